// SPDX-License-Identifier: GPL-2.0-only
/*
 * Enabling and disabling kicks: what is written where (2.7.10, 2.8.10), what the
 * driver makes of it, and that nothing added meanwhile is missed.
 */
#include "unit.h"

static bool event_idx(const struct shape *s)
{
	return s->features & DRV_F_EVENT_IDX;
}

static bool packed(const struct shape *s)
{
	return s->format == DRV_PACKED;
}

static bool split(const struct shape *s)
{
	return !packed(s);
}

static enum ring_result enable_kicks(struct fx *f)
{
	return ring_enable_kicks(&f->ring, &f->space);
}

static void add(struct fx *f, const struct shape *s)
{
	assert_int_equal(fx_add(f, 0, 0, 1, 16, unit_table(s, 1)), DRV_GOT);
}

/* Pop, push and take back the only chain there is. */
static void serve(struct fx *f)
{
	unit_pop_n(f, 4, 1);
	unit_give(f, f->chain, 1, 16);
	unit_taken_back(f, 0, 16);
}

/* What the device said; the event is 0xffff where there is none. */
struct said {
	u16 flags, event;
};

static struct said said(const struct fx *f, const struct shape *s)
{
	const struct drv_ring *r = &f->drv;
	struct said now = { .event = 0xffff };

	if (packed(s))
		return (struct said){
			r->device_event->flags, r->device_event->off_wrap,
		};
	now.flags = wire16(r->swap, r->used->flags);
	if (!event_idx(s))
		return now;
	memcpy(&now.event, &r->used->ring[r->num], sizeof(now.event));
	now.event = wire16(r->swap, now.event);
	return now;
}

/* Where the driver adds next, in the form of an event. */
static u16 next_place(const struct fx *f, const struct shape *s)
{
	if (!packed(s))
		return f->drv.next_avail;
	return f->drv.next_avail | (f->drv.avail_wrap ? WIRE_EVENT_WRAP : 0);
}

static void expect_enabled(const struct fx *f, const struct shape *s)
{
	struct said now = said(f, s);

	if (!packed(s))
		assert_int_equal(now.flags, 0);
	else
		assert_int_equal(now.flags, event_idx(s) ? WIRE_EVENT_DESC :
							   WIRE_EVENT_ENABLE);
	if (event_idx(s))
		assert_int_equal(now.event, next_place(f, s));
}

static void enable_asks_for_a_kick_at_the_next_chain(void **state)
{
	const struct shape *s = *state;
	struct fx f;

	unit_init(&f, s);
	for (u32 lap = 0; lap < 3 * s->num; lap++) {
		assert_int_equal(enable_kicks(&f), RING_EMPTY);
		expect_enabled(&f, s);
		add(&f, s);
		assert_true(drv_kick_needed(&f.drv));
		assert_int_equal(ring_disable_kicks(&f.ring, &f.space), RING_GOT);
		serve(&f);
	}
	fx_exit(&f);
}

static void enable_at_the_end_of_the_split_index(void **state)
{
	const struct shape *s = *state;
	struct fx f;

	unit_init(&f, s);
	unit_begin_at(&f, 65533, true);
	for (u32 lap = 0; lap < 8; lap++) {
		assert_int_equal(enable_kicks(&f), RING_EMPTY);
		expect_enabled(&f, s);
		add(&f, s);
		assert_true(drv_kick_needed(&f.drv));
		serve(&f);
	}
	fx_exit(&f);
}

static void disable_makes_kicks_needless(void **state)
{
	const struct shape *s = *state;
	struct fx f;

	unit_init(&f, s);
	assert_int_equal(enable_kicks(&f), RING_EMPTY);
	add(&f, s);
	assert_true(drv_kick_needed(&f.drv));
	serve(&f);
	assert_int_equal(ring_disable_kicks(&f.ring, &f.space), RING_GOT);
	for (u32 i = 0; i < 3; i++) {
		add(&f, s);
		assert_false(drv_kick_needed(&f.drv));
		serve(&f);
	}
	fx_exit(&f);
}

static void disable_writes_what_the_format_has_for_it(void **state)
{
	const struct shape *s = *state;
	struct said now;
	struct fx f;
	u64 writes;

	unit_init(&f, s);
	writes = f.arena.writes;
	assert_int_equal(ring_disable_kicks(&f.ring, &f.space), RING_GOT);
	now = said(&f, s);
	if (packed(s)) {
		assert_int_equal(now.flags, WIRE_EVENT_DISABLE);
	} else if (event_idx(s)) {
		/* 2.7.10.2: flags are 0 under EVENT_IDX; an event left behind
		 * is all there is to write
		 */
		assert_int_equal(now.flags, 0);
		assert_int_equal(f.arena.writes, writes);
	} else {
		assert_int_equal(now.flags, WIRE_NO_NOTIFY);
	}
	fx_exit(&f);
}

static void what_was_said_is_not_said_again(void **state)
{
	const struct shape *s = *state;
	struct fx f;
	u64 writes;

	unit_init(&f, s);
	assert_int_equal(ring_disable_kicks(&f.ring, &f.space), RING_GOT);
	writes = f.arena.writes;
	assert_int_equal(ring_disable_kicks(&f.ring, &f.space), RING_GOT);
	assert_int_equal(f.arena.writes, writes);
	assert_int_equal(enable_kicks(&f), RING_EMPTY);
	writes = f.arena.writes;
	assert_int_equal(enable_kicks(&f), RING_EMPTY);
	assert_int_equal(f.arena.writes, writes + event_idx(s));
	fx_exit(&f);
}

/* Whoever ran the ring before may have left kicks off. */
static void the_first_enable_after_a_start_always_writes(void **state)
{
	const struct shape *s = *state;
	struct fx f;

	unit_init(&f, s);
	unit_begin_at(&f, 1, true);
	if (packed(s))
		f.drv.device_event->flags = WIRE_EVENT_DISABLE;
	else if (!event_idx(s))
		f.drv.used->flags = wire16(f.drv.swap, WIRE_NO_NOTIFY);
	assert_int_equal(enable_kicks(&f), RING_EMPTY);
	expect_enabled(&f, s);
	fx_exit(&f);
}

static void enable_finds_what_came_before_it(void **state)
{
	const struct shape *s = *state;
	struct fx f;

	unit_init(&f, s);
	for (u32 lap = 0; lap < 2 * s->num; lap++) {
		unit_pop_n(&f, 4, 0);
		add(&f, s);
		assert_int_equal(enable_kicks(&f), RING_GOT);
		serve(&f);
		assert_int_equal(enable_kicks(&f), RING_EMPTY);
	}
	fx_exit(&f);
}

/* Adds a chain before the @at-th access from now. */
struct adder {
	struct fx *f;
	const struct shape *s;
	u32 at;
	bool kick;
};

static void add_on_access(void *arg, uintptr_t addr, size_t len, int op)
{
	struct adder *a = arg;

	(void)addr;
	(void)len;
	(void)op;
	if (!a->at || --a->at)
		return;
	add(a->f, a->s);
	a->kick = drv_kick_needed(&a->f->drv);
}

static void a_chain_added_while_enabling_is_found_or_kicked_for(void **state)
{
	const struct shape *s = *state;
	struct fx f;

	unit_init(&f, s);
	for (u32 i = 0; i < 6 * s->num; i++) {
		struct adder a = { &f, s, 1 + i % 4, false };
		enum ring_result rc;

		assert_int_equal(ring_disable_kicks(&f.ring, &f.space), RING_GOT);
		f.arena.hook = add_on_access;
		f.arena.hook_arg = &a;
		rc = enable_kicks(&f);
		f.arena.hook = NULL;
		if (a.at) {	/* it made fewer accesses: after it, then */
			assert_int_equal(rc, RING_EMPTY);
			add(&f, s);
			a.kick = drv_kick_needed(&f.drv);
		}
		assert_true(rc == RING_GOT || a.kick);
		serve(&f);
	}
	fx_exit(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(enable_asks_for_a_kick_at_the_next_chain),
		cmocka_unit_test(disable_makes_kicks_needless),
		cmocka_unit_test(disable_writes_what_the_format_has_for_it),
		cmocka_unit_test(what_was_said_is_not_said_again),
		cmocka_unit_test(the_first_enable_after_a_start_always_writes),
		cmocka_unit_test(enable_finds_what_came_before_it),
		cmocka_unit_test(a_chain_added_while_enabling_is_found_or_kicked_for),
	};
	const struct CMUnitTest of_split[] = {
		cmocka_unit_test(enable_at_the_end_of_the_split_index),
	};
	int failed = unit_run_shapes(tests, NULL);

	return failed + unit_run_shapes(of_split, split);
}
