// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ring memory or the dirty log fails under each verb at its first access, its
 * second, and so on until none is left: the verb either breaks the ring and
 * says why, or went well, and touches nothing forbidden on the way.
 */
#include "scatter.h"

enum { CHAINS = 3 };

static enum ring_result call_start(struct fx *f)
{
	u32 base = ring_base(&f->ring);

	assert_int_equal(ring_setup(&f->ring, &f->ring_cfg), RING_OK);
	return ring_start(&f->ring, &f->space, base);
}

static enum ring_result call_pop(struct fx *f)
{
	enum ring_result rc = fx_pop(f, 8);

	/* what failed behind good chains is found by the next pop */
	if (rc == RING_GOT)
		assert_true(f->batch.n_chains >= 1);
	return rc;
}

static enum ring_result call_peek(struct fx *f)
{
	return ring_peek(&f->ring, &f->space);
}

static enum ring_result call_enable_kicks(struct fx *f)
{
	return ring_enable_kicks(&f->ring, &f->space);
}

static enum ring_result call_disable_kicks(struct fx *f)
{
	return ring_disable_kicks(&f->ring, &f->space);
}

static enum ring_result call_push(struct fx *f)
{
	struct ring_done done[CHAINS];

	for (u32 i = 0; i < CHAINS; i++)
		done[i] = ring_done(&f->chain[i], i);
	return ring_push(&f->ring, &f->space, done, CHAINS);
}

static enum ring_result call_publish(struct fx *f)
{
	return ring_publish(&f->ring, &f->space);
}

static enum ring_result call_call_needed(struct fx *f)
{
	bool yes = ring_call_needed(&f->ring, &f->space);

	if (f->ring.state != RING_FAILED)
		return RING_GOT;
	assert_true(yes);
	return RING_BROKEN;
}

static enum ring_result call_log_flush(struct fx *f)
{
	return ring_log_flush(&f->ring, &f->space);
}

static enum ring_result call_log_written(struct fx *f)
{
	/* far from what is collected, so that this is written out */
	struct ring_seg seg = {
		(uintptr_t)f->payload + f->payload_bytes - 16, 16,
	};

	return ring_log_written(&f->ring, &f->space, &seg, NULL, 1, 16);
}

/* Each verb is called in the state that the steps before it leave. */
enum step { ADDED, POPPED, PUSHED, PUBLISHED };

static const struct verb {
	const char *name;
	enum ring_result (*call)(struct fx *f);
	enum step after;
	bool touches;	/* ring memory or log, in every shape */
} verbs[] = {
	{ "start", call_start, ADDED, false },
	{ "pop", call_pop, ADDED, true },
	{ "peek", call_peek, ADDED, true },
	{ "disable_kicks", call_disable_kicks, ADDED, false },
	{ "enable_kicks", call_enable_kicks, POPPED, true },
	{ "push", call_push, POPPED, true },
	{ "log_flush", call_log_flush, PUSHED, true },
	{ "log_written", call_log_written, PUSHED, true },
	{ "publish", call_publish, PUSHED, true },
	{ "call_needed", call_call_needed, PUBLISHED, true },
};

static void advance(struct fx *f, const struct shape *s, enum step to)
{
	for (u32 i = 0; i < CHAINS; i++)
		assert_int_equal(fx_add(f, i * 64, 0, 2, 16, unit_table(s, 2)),
				 DRV_GOT);
	if (to == ADDED)
		return;
	unit_pop_n(f, 8, CHAINS);
	if (to == POPPED)
		return;
	for (u32 i = 0; i < CHAINS; i++)
		ring_log_written(&f->ring, &f->space,
				 &f->seg[f->chain[i].seg], NULL, 2, 32);
	assert_int_equal(call_push(f), RING_GOT);
	if (to == PUBLISHED)
		assert_int_equal(call_publish(f), RING_GOT);
}

static void ready(struct fx *f, const struct shape *s, const struct verb *v,
		  bool scattered)
{
	struct fx_config cfg = unit_config(s);

	cfg.ring_flags = RING_F_LOG;
	if (scattered)
		scatter_init(f, &cfg, 16);
	else
		fx_init(f, &cfg);
	fx_log_on(f, true);
	advance(f, s, v->after);
}

static void expect_failed(struct fx *f)
{
	enum ring_cause cause = ring_fault(&f->ring)->cause;

	assert_true(cause == RING_BAD_MEMORY || cause == RING_BAD_LOG);
	unit_expect_broken(f, cause);
}

/* Returns false when the verb makes fewer than @n accesses. */
static bool fail_nth(const struct shape *s, const struct verb *v, bool scattered,
		     u32 n, bool on)
{
	enum ring_result rc;
	struct fx f;
	bool failed;

	ready(&f, s, v, scattered);
	arena_fail(&f.arena, n, on);
	rc = v->call(&f);
	failed = f.arena.failed;
	if (failed && v->call == call_pop && rc == RING_GOT)
		assert_in_range(f.batch.n_chains, 1, CHAINS);
	else if (failed)
		assert_int_equal(rc, RING_BROKEN);
	else
		assert_int_not_equal(rc, RING_BROKEN);
	if (rc == RING_BROKEN)
		expect_failed(&f);
	assert_int_equal(arena_violations(&f.arena), 0);
	fx_exit(&f);
	return failed;
}

static void each_access_of(const struct verb *v, const struct shape *s)
{
	for (u32 way = 0; way < 4; way++) {
		u32 n = 1;

		while (fail_nth(s, v, way & 1, n, way & 2))
			n++;
		if (v->touches)
			assert_true(n > 1);
	}
}

#define TEST_OF(n, verb) \
	static void memory_fails_under_##verb(void **state) \
	{ \
		assert_string_equal(verbs[n].name, #verb); \
		each_access_of(&verbs[n], *state); \
	}

TEST_OF(0, start)
TEST_OF(1, pop)
TEST_OF(2, peek)
TEST_OF(3, disable_kicks)
TEST_OF(4, enable_kicks)
TEST_OF(5, push)
TEST_OF(6, log_flush)
TEST_OF(7, log_written)
TEST_OF(8, publish)
TEST_OF(9, call_needed)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_fails_under_start),
		cmocka_unit_test(memory_fails_under_pop),
		cmocka_unit_test(memory_fails_under_peek),
		cmocka_unit_test(memory_fails_under_disable_kicks),
		cmocka_unit_test(memory_fails_under_enable_kicks),
		cmocka_unit_test(memory_fails_under_push),
		cmocka_unit_test(memory_fails_under_log_flush),
		cmocka_unit_test(memory_fails_under_log_written),
		cmocka_unit_test(memory_fails_under_publish),
		cmocka_unit_test(memory_fails_under_call_needed),
	};

	return unit_run_shapes(tests, NULL);
}
