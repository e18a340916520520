// SPDX-License-Identifier: GPL-2.0-only
/*
 * How a ring breaks: in one place, once. Part of engine.c.
 *
 * The first cause stays until ring_setup() or ring_reset(). From then on
 * every verb says broken and touches no ring memory.
 */

static noinline enum ring_result ring_fail(struct ring *r, enum ring_cause cause,
					   u32 index, u64 value)
{
	if (r->state == RING_FAILED)
		return RING_BROKEN;
	r->state = RING_FAILED;
	r->fault = (struct ring_fault){ cause, index, value };
	return RING_BROKEN;
}

/* Ring memory at @addr could not be touched. */
static enum ring_result ring_fail_memory(struct ring *r, uintptr_t addr)
{
	return ring_fail(r, RING_BAD_MEMORY, 0, addr);
}

static noinline enum ring_result ring_miss(struct ring *r, u64 iova,
					   enum ring_access access)
{
	r->miss = (struct ring_miss){ iova, access };
	return RING_AGAIN;
}

/* Take back a failure that its finder decided not to report yet. */
static void ring_unfail(struct ring *r)
{
	r->state = RING_RUNNING;
	r->fault = (struct ring_fault){ .cause = RING_OK };
}

/* What a verb says when the ring does not run. */
static enum ring_result ring_not_running(const struct ring *r)
{
	return r->state == RING_FAILED ? RING_BROKEN : RING_EMPTY;
}
