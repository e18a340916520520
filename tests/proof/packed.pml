/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Packed ring: no wake-up is lost, nothing stale is read, and nobody spins.
 *
 * The same as split.pml for ring/packed.c and tests/driver/packed.c: CHAINS
 * chains of one descriptor through a ring of NUM. Event suppression is two
 * fields, offset (with wrap) and flags, written and read one after the other.
 *
 * A place is a slot with its wrap counter, counted modulo two laps.
 *
 * EVENT: with VIRTIO_F_EVENT_IDX, else by flags.
 * HUNGRY: the device takes two chains at a time or none; see split.pml.
 * TORN: number each enabling, and demand that flags that point at the offset are
 *	never read with the offset of an earlier enabling. This is what B5 and B6
 *	are for. No wake-up hangs on it: who reads one field too old reads it
 *	before the other side's full barrier, and then the other side sees,
 *	looking again, what this notification would have said.
 *
 * prove  | event index                        | -DEVENT
 * prove  | flags                              |
 * prove  | event index, seen but not taken    | -DEVENT -DHUNGRY
 * prove  | flags, seen but not taken          | -DHUNGRY
 * prove  | offset not older than flags        | -DEVENT -DTORN
 * prove  | no wake-up is lost without B5 or B6 | -DEVENT -DNO_B5 -DNO_B6
 * refute | without B1                         | -DEVENT -DNO_B1          | assertion violated
 * refute | without B2                         | -DEVENT -DNO_B2          | assertion violated
 * refute | without B3                         | -DEVENT -DNO_B3          | invalid end state
 * refute | without B3, flags                  | -DNO_B3                  | invalid end state
 * refute | without B4                         | -DEVENT -DNO_B4          | invalid end state
 * refute | without B4, flags                  | -DNO_B4                  | invalid end state
 * refute | without B5                         | -DEVENT -DTORN -DNO_B5   | assertion violated
 * refute | without B6                         | -DEVENT -DTORN -DNO_B6   | assertion violated
 * refute | without DRV-2                      | -DEVENT -DNO_DRV2        | assertion violated
 * refute | without DRV-3                      | -DEVENT -DNO_DRV3        | invalid end state
 * refute | without DRV-5                      | -DEVENT -DNO_DRV5        | assertion violated
 * refute | without DRV-6                      | -DEVENT -DNO_DRV6        | invalid end state
 * refute | without looking again              | -DEVENT -DNO_LOOK        | invalid end state
 * refute | enabling for what is seen, not taken | -DEVENT -DHUNGRY -DENABLE_TAKEN | non-progress cycle
 * refute | event at what is seen, not taken   | -DEVENT -DHUNGRY -DEVENT_TAKEN  | invalid end state
 */
#if defined(HUNGRY)
#define CHAINS 4
#elif defined(TORN)
#define CHAINS 2
#else
#define CHAINS 3
#endif
#define NUM 2
#define LAPS (2 * NUM)
#define STEP(p) (((p) + 1) % LAPS)
#define MINUS(a, b) (((a) + LAPS - (b)) % LAPS)
#define SLOT(p) ((p) % NUM)
#define WRAP(p) ((p) < NUM)

/* AVAIL is 1, USED is 2 */
#define AVAIL_AT(p) (WRAP(p) -> 1 : 2)
#define USED_AT(p) (WRAP(p) -> 3 : 0)

#define FLAGS 0				/* NUM descriptors' */
#define ID (FLAGS + NUM)		/* and the rest of them */
#define KICK_OFF (ID + NUM)		/* device event suppression */
#define KICK_FLAGS (KICK_OFF + 1)
#define CALL_OFF (KICK_FLAGS + 1)	/* driver event suppression */
#define CALL_FLAGS (CALL_OFF + 1)
#define LOCATIONS (CALL_FLAGS + 1)

#include "memory.h"

#define DRIVER 0
#define DEVICE 1

#define ENABLE 0
#define DISABLE 1
#define DESC 2
#ifdef EVENT
#define ON DESC
#else
#define ON ENABLE
#endif

/* A descriptor says where it was put, and by whom; never 0. */
#define FRESH(p) ((p) + 1)
#define WAS_USED(p) ((p) + 1 + LAPS)

#ifdef TORN
#define STAMPED(n, v) ((n) * LAPS + (v))
#define STAMP_OF(v) ((v) / LAPS)
#else
#define STAMPED(n, v) (v)
#endif
#define PLAIN(v) ((v) % LAPS)

#ifdef NO_B2
#define B2_HOW RELAXED
#else
#define B2_HOW RELEASE
#endif
#ifdef NO_B5
#define B5_HOW RELAXED
#else
#define B5_HOW RELEASE
#endif
#ifdef NO_DRV2
#define DRV2_HOW RELAXED
#else
#define DRV2_HOW RELEASE
#endif

bool kick, call;

/* ---- the device ------------------------------------------------------- */

/* v_new: pushed since publish; v_ahead: seen and not taken */
byte v_avail, v_used, v_new, v_ahead, v_enablings;
bool v_on;			/* what the device last wrote about kicks */

/* packed_read() of one descriptor */
inline look(place)
{
#ifdef NO_B1
	if
	:: load(DEVICE, ID + SLOT(place), id);
	   load(DEVICE, FLAGS + SLOT(place), flags)
	:: load(DEVICE, FLAGS + SLOT(place), flags);
	   load(DEVICE, ID + SLOT(place), id)
	fi
#else
	load(DEVICE, FLAGS + SLOT(place), flags);	/* B1 */
	load(DEVICE, ID + SLOT(place), id)
#endif
}

/* packed_chain() and packed_push(): all but the flags of the first one */
inline pass()
{
	assert(id == FRESH(v_avail));
	store(DEVICE, ID + SLOT(v_used), WAS_USED(v_used), RELAXED);
	if
	:: v_new > 0 ->
		store(DEVICE, FLAGS + SLOT(v_used), USED_AT(v_used), RELAXED)
	:: else
	fi;
	v_new++;
	v_avail = STEP(v_avail);
	v_used = STEP(v_used)
}

/* packed_event_distance() */
#define NEAR(e) (SLOT(e) < SLOT(v_used) -> SLOT(v_used) - SLOT(e) : 0)
#define FAR(e) (SLOT(v_used) + NUM - SLOT(e))
#define DISTANCE(e) (WRAP(e) == WRAP(v_used) -> NEAR(e) : FAR(e))

/* packed_call_wanted(), once both fields are read */
inline decide_call()
{
#ifdef TORN
	assert(PLAIN(flags) != DESC || STAMP_OF(off) >= STAMP_OF(flags));
#endif
	off = PLAIN(off);
	if
	:: PLAIN(flags) == ENABLE -> call = true
	:: PLAIN(flags) == DESC && DISTANCE(off) >= 1 &&
	   DISTANCE(off) <= v_new -> call = true
	:: else
	fi;
	v_new = 0;
	flags = 0;
	off = 0
}

/* ring_publish() and ring_call_needed() */
inline publish()
{
	store(DEVICE, FLAGS + SLOT(MINUS(v_used, v_new)),
	      USED_AT(MINUS(v_used, v_new)), B2_HOW);
#ifndef NO_B3
	barrier(DEVICE);
#endif
#ifdef NO_B6
	if
	:: load(DEVICE, CALL_OFF, off);
	   atomic { load(DEVICE, CALL_FLAGS, flags); decide_call() }
	:: load(DEVICE, CALL_FLAGS, flags);
	   atomic { load(DEVICE, CALL_OFF, off); decide_call() }
	fi
#else
	load(DEVICE, CALL_FLAGS, flags);		/* B6 */
	atomic { load(DEVICE, CALL_OFF, off); decide_call() }
#endif
}

inline say_kicks(on)
{
	if
	:: v_on != on ->
		store(DEVICE, KICK_FLAGS,
		      STAMPED(v_enablings, (on -> ON : DISABLE)), B5_HOW);
		v_on = on
	:: else
	fi
}

#if defined(ENABLE_TAKEN)
#define AWAITED v_avail
#define EVENT_PLACE v_avail
#elif defined(EVENT_TAKEN)
#define AWAITED ((v_avail + v_ahead) % LAPS)
#define EVENT_PLACE v_avail
#else
#define AWAITED ((v_avail + v_ahead) % LAPS)
#define EVENT_PLACE AWAITED
#endif

/* packed_enable_kicks(), and sleep if it says so */
inline enable_and_sleep()
{
	atomic {
#ifdef TORN
		v_enablings++;
#endif
#ifdef EVENT
		store(DEVICE, KICK_OFF, STAMPED(v_enablings, EVENT_PLACE), RELAXED);
#endif
		say_kicks(true)
	};
	atomic {
#ifndef NO_B4
		barrier(DEVICE);
#endif
		flags = 0;
#ifndef NO_LOOK
		load(DEVICE, FLAGS + SLOT(AWAITED), flags);
#endif
		if
		:: flags != AVAIL_AT(AWAITED) || v_ahead == NUM ->
			flags = 0;
end_asleep:		kick;
			kick = false;
			if
			:: say_kicks(false)
			:: skip
			fi
		:: else -> flags = 0
		fi
	}
}

proctype device()
{
	byte flags, id, off;

	do
	:: look(v_avail);
	   if
	   :: flags == AVAIL_AT(v_avail) ->
#ifdef HUNGRY
		v_ahead = 1;
		load(DEVICE, FLAGS + SLOT(STEP(v_avail)), flags);
		if
		:: flags == AVAIL_AT(STEP(v_avail)) ->
			atomic { v_ahead = 0; flags = 0; pass() };
			atomic {
				load(DEVICE, ID + SLOT(v_avail), id);
				pass();
				id = 0
			};
			publish()
		:: else ->
			atomic { id = 0; flags = 0 };
			enable_and_sleep()
		fi
#else
		atomic { flags = 0; pass(); id = 0 };
		if	/* now, or with the next; no more than the ring holds */
		:: publish()
		:: v_new < NUM
		fi
#endif
	   :: else ->
		atomic { id = 0; flags = 0 };
		if
		:: v_new > 0 -> publish()
		:: else
		fi;
		enable_and_sleep()
	   fi
	od
}

/* ---- the driver ------------------------------------------------------- */

byte r_avail, r_used, r_back, r_enablings;

/* drv_packed_put(), all but the flags of the first one */
inline put(count)
{
	store(DRIVER, ID + SLOT(r_avail), FRESH(r_avail), RELAXED);
	if
	:: count == 2 ->
		store(DRIVER, ID + SLOT(STEP(r_avail)), FRESH(STEP(r_avail)),
		      RELAXED);
		store(DRIVER, FLAGS + SLOT(STEP(r_avail)),
		      AVAIL_AT(STEP(r_avail)), DRV2_HOW)
	:: else
	fi
}

/* slots_since() */
#define SINCE(e) (r_avail == (e) -> LAPS : MINUS(r_avail, e))

/* drv_publish() and drv_kick_needed() */
inline offer(count)
{
	atomic {
		store(DRIVER, FLAGS + SLOT(r_avail), AVAIL_AT(r_avail),
		      DRV2_HOW);
		r_avail = (r_avail + count) % LAPS
	};
#ifndef NO_DRV3
	barrier(DRIVER);
#endif
	load(DRIVER, KICK_FLAGS, flags);
	atomic {
		load(DRIVER, KICK_OFF, off);
#ifdef TORN
		assert(PLAIN(flags) != DESC ||
		       STAMP_OF(off) >= STAMP_OF(flags));
#endif
		off = PLAIN(off);
		if
		:: PLAIN(flags) == ENABLE -> kick = true
		:: PLAIN(flags) == DESC && SINCE(off) <= count -> kick = true
		:: else
		fi;
		flags = 0;
		off = 0
	}
}

/* drv_get_used(), until there is none */
inline look_back()
{
#ifdef NO_DRV5
	if
	:: load(DRIVER, ID + SLOT(r_used), id);
	   load(DRIVER, FLAGS + SLOT(r_used), flags)
	:: load(DRIVER, FLAGS + SLOT(r_used), flags);
	   load(DRIVER, ID + SLOT(r_used), id)
	fi
#else
	load(DRIVER, FLAGS + SLOT(r_used), flags);	/* DRV-5 */
	load(DRIVER, ID + SLOT(r_used), id)
#endif
}

inline take_back()
{
	look_back();
	do
	:: atomic { r_used != r_avail && flags == USED_AT(r_used) ->
		assert(id == WAS_USED(r_used));
		r_used = STEP(r_used);
		r_back++ };
		look_back()
	:: else -> break
	od;
	atomic { flags = 0; id = 0 }
}

/* drv_enable_calls(), and sleep if it says so */
inline wait()
{
	atomic {
#ifdef TORN
		r_enablings++;
#endif
#ifdef EVENT
		store(DRIVER, CALL_OFF, STAMPED(r_enablings, r_used), RELAXED);
#endif
		store(DRIVER, CALL_FLAGS, STAMPED(r_enablings, ON), RELEASE)
	};
	atomic {
#ifndef NO_DRV6
		barrier(DRIVER);
#endif
		load(DRIVER, FLAGS + SLOT(r_used), flags);
		if
		:: flags != USED_AT(r_used) ->
			flags = 0;
			call;		/* asleep */
			call = false;
			if
			:: store(DRIVER, CALL_FLAGS, STAMPED(r_enablings, DISABLE),
				 RELEASE)
			:: skip
			fi
		:: else -> flags = 0
		fi
	}
}

#ifdef HUNGRY
#define WAITING (MINUS(r_avail, r_used) == NUM)
#else
#define WAITING (r_avail != r_used)
#endif

proctype driver()
{
	byte flags, id, off, added;

	do
	:: added < CHAINS && MINUS(r_avail, r_used) < NUM ->
		if
		:: atomic { put(1); added++ };
		   offer(1)
		:: added + 2 <= CHAINS && r_avail == r_used ->
		   atomic { put(2); added = added + 2 };
		   offer(2)
		fi
	:: r_back < CHAINS && WAITING ->
		take_back();
		if
		:: WAITING -> wait()
		:: else
		fi
	:: r_back == CHAINS -> break
	od
}

init {
	atomic {
		run drain(DRIVER);
		run drain(DEVICE);
		run device();
		run driver()
	}
}
