/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Split ring: no wake-up is lost, nothing stale is read, and nobody spins.
 *
 * A driver passes CHAINS chains through a ring of NUM entries to a device and
 * waits for all of them. Both sleep when there is nothing to do. The device
 * is ring/split.c, the driver tests/driver/split.c, each reduced to what is
 * shared. Indices count modulo 8 and wrap on the way.
 *
 * Proved: each run ends, with all chains back. A lost wake-up is a run that
 * ends sooner ("invalid end state"); spinning is a run that does not end
 * ("non-progress cycle"); reading what has not been written yet is an
 * "assertion violated".
 *
 * EVENT: with VIRTIO_F_EVENT_IDX, else by flags.
 * HUNGRY: the device takes two chains at a time or none: what it has seen and
 *	not taken must neither keep it awake nor hide what comes next.
 *
 * prove  | event index                        | -DEVENT
 * prove  | flags                              |
 * prove  | event index, seen but not taken    | -DEVENT -DHUNGRY
 * prove  | flags, seen but not taken          | -DHUNGRY
 * refute | without B1                         | -DEVENT -DNO_B1          | assertion violated
 * refute | without B2                         | -DEVENT -DNO_B2          | assertion violated
 * refute | without B3                         | -DEVENT -DNO_B3          | invalid end state
 * refute | without B3, flags                  | -DNO_B3                  | invalid end state
 * refute | without B4                         | -DEVENT -DNO_B4          | invalid end state
 * refute | without B4, flags                  | -DNO_B4                  | invalid end state
 * refute | without DRV-1                      | -DEVENT -DNO_DRV1        | assertion violated
 * refute | without DRV-3                      | -DEVENT -DNO_DRV3        | invalid end state
 * refute | without DRV-4                      | -DEVENT -DNO_DRV4        | assertion violated
 * refute | without DRV-6                      | -DEVENT -DNO_DRV6        | invalid end state
 * refute | without looking again              | -DEVENT -DNO_LOOK        | invalid end state
 * refute | enabling for what is seen, not taken | -DEVENT -DHUNGRY -DENABLE_TAKEN | non-progress cycle
 * refute | event at what is seen, not taken   | -DEVENT -DHUNGRY -DEVENT_TAKEN  | invalid end state
 */
#ifdef HUNGRY
#define CHAINS 4
#define BITE 2
#else
#define CHAINS 3
#define BITE 1
#endif
#define NUM 2
#define FIRST 6				/* where the indices begin */
#define NEXT(x) (((x) + 1) % 8)
#define MINUS(a, b) (((a) + 8 - (b)) % 8)
/* vring_need_event of the spec: is the event among the entries (old, new]? */
#define EVENT_IN(event, new, old) (MINUS(new, NEXT(event)) < MINUS(new, old))

#define AVAIL_IDX 0
#define AVAIL_RING 1			/* NUM entries */
#define AVAIL_SAYS (AVAIL_RING + NUM)	/* used_event, or flags */
#define USED_IDX (AVAIL_SAYS + 1)
#define USED_RING (USED_IDX + 1)
#define USED_SAYS (USED_RING + NUM)	/* avail_event, or flags */
#define LOCATIONS (USED_SAYS + 1)

#include "memory.h"

#define DRIVER 0
#define DEVICE 1

bool kick, call;

#ifdef NO_B2
#define B2_HOW RELAXED
#else
#define B2_HOW RELEASE
#endif
#ifdef NO_DRV1
#define DRV1_HOW RELAXED
#else
#define DRV1_HOW RELEASE
#endif

/* Every entry says which chain it is: the index it is at, never 0. */
#define MARK(index) ((index) + 1)

/* ---- the device ------------------------------------------------------- */

byte v_event, v_avail, v_used, v_published, v_seen;

/* split_look() and split_heads() */
inline look(entry)
{
#ifdef NO_B1
	if
	:: load(DEVICE, AVAIL_RING + v_avail % NUM, entry);
	   load(DEVICE, AVAIL_IDX, v_seen)
	:: load(DEVICE, AVAIL_IDX, v_seen);
	   load(DEVICE, AVAIL_RING + v_avail % NUM, entry)
	fi
#else
	load(DEVICE, AVAIL_IDX, v_seen);		/* B1 */
	load(DEVICE, AVAIL_RING + v_avail % NUM, entry)
#endif
}

/* split_chain() and ring_push() of the entry just read */
inline pass(entry)
{
	assert(entry == MARK(v_avail));
	store(DEVICE, USED_RING + v_used % NUM, MARK(v_avail), RELAXED);
	v_avail = NEXT(v_avail);
	v_used = NEXT(v_used)
}

/* ring_publish() and ring_call_needed() */
inline publish()
{
	store(DEVICE, USED_IDX, v_used, B2_HOW);
	atomic {
#ifndef NO_B3
		barrier(DEVICE);
#endif
		load(DEVICE, AVAIL_SAYS, v_event);
		if
#ifdef EVENT
		:: EVENT_IN(v_event, v_used, v_published) -> call = true
#else
		:: !v_event -> call = true
#endif
		:: else
		fi;
		v_published = v_used;
		v_event = 0
	}
}

#ifndef EVENT
#define KICK_EVENT 0		/* the flag: kicks are welcome */
#elif defined(ENABLE_TAKEN) || defined(EVENT_TAKEN)
#define KICK_EVENT v_avail
#else
#define KICK_EVENT v_seen
#endif
#ifdef ENABLE_TAKEN
#define NOTHING_CAME (v_seen == v_avail)
#else
#define NOTHING_CAME (v_seen == old)
#endif

/* split_enable_kicks(), and sleep if it says so */
inline enable_and_sleep()
{
	atomic {
		old = v_seen;
		store(DEVICE, USED_SAYS, KICK_EVENT, RELEASE)
	};
	atomic {
#ifndef NO_B4
		barrier(DEVICE);
#endif
#ifndef NO_LOOK
		load(DEVICE, AVAIL_IDX, v_seen);
#endif
		if
		:: NOTHING_CAME ->
end_asleep:		kick;
			kick = false;
#ifndef EVENT
			store(DEVICE, USED_SAYS, 1, RELEASE)
#endif
		:: else
		fi;
		old = 0
	}
}

proctype device()
{
	byte entry, old;

	do
	:: look(entry);
	   if
	   :: MINUS(v_seen, v_avail) >= BITE ->
		atomic { pass(entry) };
#ifdef HUNGRY
		atomic {
			load(DEVICE, AVAIL_RING + v_avail % NUM, entry);
			pass(entry)
		};
#endif
		entry = 0;
		if	/* now, or with the next */
		:: publish()
		:: skip
		fi
	   :: else ->
		entry = 0;
		if
		:: v_used != v_published -> publish()
		:: else
		fi;
		enable_and_sleep()
	   fi
	od
}

/* ---- the driver ------------------------------------------------------- */

byte r_event, r_avail, r_used, r_idx, r_back;

inline put()
{
	store(DRIVER, AVAIL_RING + r_avail % NUM, MARK(r_avail), RELAXED);
	r_avail = NEXT(r_avail)
}

/* drv_publish() and drv_kick_needed(), after so many */
inline offer(count)
{
	store(DRIVER, AVAIL_IDX, r_avail, DRV1_HOW);
	atomic {
#ifndef NO_DRV3
		barrier(DRIVER);
#endif
		load(DRIVER, USED_SAYS, r_event);
		if
#ifdef EVENT
		:: EVENT_IN(r_event, r_avail, MINUS(r_avail, count)) ->
			kick = true
#else
		:: !r_event -> kick = true
#endif
		:: else
		fi;
		r_event = 0
	}
}

/* drv_get_used(), until there is none */
inline take_back()
{
#ifdef NO_DRV4
	if
	:: load(DRIVER, USED_RING + r_used % NUM, entry);
	   load(DRIVER, USED_IDX, r_idx)
	:: load(DRIVER, USED_IDX, r_idx);
	   load(DRIVER, USED_RING + r_used % NUM, entry)
	fi;
#else
	load(DRIVER, USED_IDX, r_idx);			/* DRV-4 */
	load(DRIVER, USED_RING + r_used % NUM, entry);
#endif
	do
	:: atomic { r_used != r_idx ->
		assert(entry == MARK(r_used));
		r_used = NEXT(r_used);
		r_back++ };
		load(DRIVER, USED_RING + r_used % NUM, entry)
	:: else -> break
	od;
	atomic { entry = 0; r_idx = 0 }
}

#ifdef EVENT
#define CALL_EVENT r_used
#else
#define CALL_EVENT 0		/* the flag: calls are welcome */
#endif

/* drv_enable_calls(), and sleep if it says so */
inline wait()
{
	store(DRIVER, AVAIL_SAYS, CALL_EVENT, RELAXED);
	atomic {
#ifndef NO_DRV6
		barrier(DRIVER);
#endif
		load(DRIVER, USED_IDX, r_idx);
		if
		:: r_idx == r_used ->
			r_idx = 0;
			call;		/* asleep */
			call = false;
#ifndef EVENT
			store(DRIVER, AVAIL_SAYS, 1, RELAXED)
#endif
		:: else -> r_idx = 0
		fi
	}
}

proctype driver()
{
	byte entry, added;

	do
	:: added < CHAINS && MINUS(r_avail, r_used) < NUM ->
		if
		:: atomic { put(); added++ };
		   offer(1)
		:: added + 2 <= CHAINS && r_avail == r_used ->
		   atomic { put(); put(); added = added + 2 };
		   offer(2)
		fi
	:: r_back < CHAINS && MINUS(r_avail, r_used) >= BITE ->
		take_back();
		if
		:: MINUS(r_avail, r_used) >= BITE -> wait()
		:: else
		fi
	:: r_back == CHAINS -> break
	od
}

init {
	atomic {
		memory[AVAIL_IDX] = FIRST;
		memory[USED_IDX] = FIRST;
		r_avail = FIRST;
		r_used = FIRST;
		v_avail = FIRST;
		v_used = FIRST;
		v_published = FIRST;
		v_seen = FIRST;
		run drain(DRIVER);
		run drain(DEVICE);
		run device();
		run driver()
	}
}
