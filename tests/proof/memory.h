/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Shared memory that is as weak as a driver and a device may meet. Include
 * after defining LOCATIONS.
 *
 * A store waits in its thread's buffer until drain() moves it to memory, in
 * any order but for two rules: stores to one place stay in order, and a
 * RELEASE store leaves after all that came before it. So a later load may
 * overtake a store (as on x86), and a later store may (as on ARM or POWER).
 * barrier() waits for the buffer to be empty: a full barrier.
 *
 * Loads happen where they are written. Where the code under proof has an
 * acquire, the model without it does the two loads in either order, itself.
 */
#define BUFFER 3
#define RELAXED false
#define RELEASE true

typedef buffer {
	byte n;
	byte at[BUFFER];
	byte value[BUFFER];
	bool release[BUFFER]
}

byte memory[LOCATIONS];
buffer waiting[2];
byte i_;

inline store(me, place, what, how)
{
	atomic {
		waiting[me].n < BUFFER;
		waiting[me].at[waiting[me].n] = place;
		waiting[me].value[waiting[me].n] = what;
		waiting[me].release[waiting[me].n] = how;
		waiting[me].n++
	}
}

/* What this thread stored last, even if nobody else can see it yet. */
inline load(me, place, to)
{
	d_step {
		to = memory[place];
		i_ = 0;
		do
		:: i_ < waiting[me].n ->
			if
			:: waiting[me].at[i_] == place ->
				to = waiting[me].value[i_]
			:: else
			fi;
			i_++
		:: else -> break
		od;
		i_ = 0
	}
}

inline barrier(me)
{
	waiting[me].n == 0
}

inline move_(me, a, b)
{
	waiting[me].at[a] = waiting[me].at[b];
	waiting[me].value[a] = waiting[me].value[b];
	waiting[me].release[a] = waiting[me].release[b]
}

/* The k-th leaves; what is not used is kept 0, to tell fewer states apart. */
inline leave_(me, k)
{
	memory[waiting[me].at[k]] = waiting[me].value[k];
	if
	:: k < 1 -> move_(me, 0, 1)
	:: else
	fi;
	if
	:: k < 2 -> move_(me, 1, 2)
	:: else
	fi;
	waiting[me].at[2] = 0;
	waiting[me].value[2] = 0;
	waiting[me].release[2] = false;
	waiting[me].n--
}

#define PASSES_(me, k, j) (waiting[me].at[k] != waiting[me].at[j])

proctype drain(byte me)
{
end_drain:
	do
	:: d_step { waiting[me].n > 0 -> leave_(me, 0) }
	:: d_step {
		waiting[me].n > 1 && !waiting[me].release[1] &&
		PASSES_(me, 1, 0) ->
			leave_(me, 1)
	}
	:: d_step {
		waiting[me].n > 2 && !waiting[me].release[2] &&
		PASSES_(me, 2, 0) && PASSES_(me, 2, 1) ->
			leave_(me, 2)
	}
	od
}
