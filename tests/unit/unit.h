/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the unit tests of the engine share: cmocka, the shapes of rings that a
 * behaviour must hold for, and the asserts that many of them need.
 *
 * A test that takes its shape from *state is run once for each shape by
 * unit_run_shapes(); the test's name then says which one.
 */
#ifndef RINGSIDE_TESTS_UNIT_H
#define RINGSIDE_TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "fixture/fixture.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct shape {
	const char *name;
	enum drv_format format;
	u32 num;
	u32 features;	/* enum drv_feature */
	bool table;	/* chains go through indirect tables */
};

static const struct shape unit_shapes[] __attribute__((unused)) = {
	{ "split", DRV_SPLIT, 8, 0, false },
	{ "split indirect", DRV_SPLIT, 8, DRV_F_INDIRECT, true },
	{ "split event_idx", DRV_SPLIT, 8, DRV_F_EVENT_IDX, false },
	{ "split in_order", DRV_SPLIT, 8, DRV_F_IN_ORDER, false },
	{ "split big-endian", DRV_SPLIT, 8, DRV_F_BIG_ENDIAN, false },
	{ "split big-endian indirect event_idx", DRV_SPLIT, 8,
	  DRV_F_BIG_ENDIAN | DRV_F_INDIRECT | DRV_F_EVENT_IDX, true },
	{ "packed", DRV_PACKED, 8, 0, false },
	{ "packed of 7", DRV_PACKED, 7, 0, false },
	{ "packed indirect", DRV_PACKED, 8, DRV_F_INDIRECT, true },
	{ "packed event_idx", DRV_PACKED, 8, DRV_F_EVENT_IDX, false },
	{ "packed in_order", DRV_PACKED, 8, DRV_F_IN_ORDER, false },
	{ "packed of 11 indirect in_order event_idx", DRV_PACKED, 11,
	  DRV_F_INDIRECT | DRV_F_IN_ORDER | DRV_F_EVENT_IDX, true },
};

static inline struct fx_config unit_config(const struct shape *s)
{
	return (struct fx_config){
		.format = s->format,
		.num = s->num,
		.features = s->features,
	};
}

static inline void unit_init(struct fx *f, const struct shape *s)
{
	struct fx_config cfg = unit_config(s);

	fx_init(f, &cfg);
}

/* The n_table of a chain of @n buffers in this shape. */
static inline u32 unit_table(const struct shape *s, u32 n)
{
	return s->table ? n : 0;
}

/* Chains of @n buffers that a ring of this shape holds. */
static inline u32 unit_capacity(const struct shape *s, u32 n)
{
	return s->table ? s->num : s->num / n;
}

/* Move both sides to a position, nothing in flight there. */
static inline void unit_begin_at(struct fx *f, u16 pos, bool wrap)
{
	u32 half = pos | (u32)wrap << 15;

	drv_restart(&f->drv, pos, wrap);
	assert_int_equal(fx_setup(f, f->cfg.format == DRV_PACKED ?
					     half | half << 16 : pos),
			 RING_GOT);
}

static inline void unit_pop_n(struct fx *f, u32 max, u32 n)
{
	assert_int_equal(fx_pop(f, max), n ? RING_GOT : RING_EMPTY);
	assert_int_equal(f->batch.n_chains, n);
}

static inline void unit_push(struct fx *f, const struct ring_chain *chain,
			     u32 n, u32 written)
{
	struct ring_done done[FX_CHAINS];

	for (u32 i = 0; i < n; i++)
		done[i] = ring_done(&chain[i], written);
	assert_int_equal(ring_push(&f->ring, &f->space, done, n), RING_GOT);
}

/* Push and publish @n chains, @written bytes each. */
static inline void unit_give(struct fx *f, const struct ring_chain *chain,
			     u32 n, u32 written)
{
	unit_push(f, chain, n, written);
	assert_int_equal(ring_publish(&f->ring, &f->space), RING_GOT);
}

/* The driver finds one more used buffer. */
static inline void unit_taken_back(struct fx *f, u64 token, u32 len)
{
	struct drv_used used;

	assert_int_equal(drv_get_used(&f->drv, &used), DRV_GOT);
	assert_int_equal(used.token, token);
	assert_int_equal(used.len, len);
}

static inline void unit_nothing_back(struct fx *f)
{
	struct drv_used used;

	assert_int_equal(drv_get_used(&f->drv, &used), DRV_EMPTY);
}

/* One chain of @n_read and @n_write buffers of 16 bytes goes all the way. */
static inline void unit_lap(struct fx *f, const struct shape *s, u32 n_read,
			    u32 n_write)
{
	u32 n = n_read + n_write;

	assert_int_equal(fx_add(f, 0, n_read, n_write, 16, unit_table(s, n)),
			 DRV_GOT);
	unit_pop_n(f, 4, 1);
	unit_give(f, f->chain, 1, n_write * 16);
	unit_taken_back(f, 0, n_write * 16);
}

static inline void unit_laps(struct fx *f, const struct shape *s, u32 laps)
{
	while (laps--)
		unit_lap(f, s, 1, 1);
}

/* What every verb says, and that none of them touches memory. */
static inline void unit_all_verbs_say(struct fx *f, enum ring_result says)
{
	struct ring *r = &f->ring;
	struct ring_space *sp = &f->space;
	struct ring_seg seg = { (uintptr_t)f->payload, 1 };
	struct ring_done done = { .len = 1 };
	struct ring_log log = { (uintptr_t)f->log_at, 1 };
	struct ring_space logged = *sp;
	u64 before = f->arena.accesses;
	u32 n = 1;

	logged.log = &log;
	assert_int_equal(fx_pop(f, 4), says);
	assert_int_equal(f->batch.n_chains, 0);
	ring_unpop(r, f->chain, 1);
	assert_int_equal(ring_push(r, sp, &done, 1), says);
	assert_int_equal(ring_publish(r, sp), says);
	assert_int_equal(ring_call_needed(r, sp), says == RING_BROKEN);
	assert_int_equal(ring_enable_kicks(r, sp), says);
	assert_int_equal(ring_disable_kicks(r, sp), says);
	assert_int_equal(ring_peek(r, sp), says);
	assert_int_equal(ring_log_written(r, &logged, &seg, NULL, 1, 1), says);
	assert_int_equal(ring_log_guest(r, &logged, FX_GPA, 1), says);
	assert_int_equal(ring_log_user(r, &logged, seg.base, 1), says);
	assert_int_equal(ring_log_flush(r, &logged), says);
	assert_int_equal(ring_translate(r, sp, FX_GPA, 1, RING_READ, &seg, &n),
			 says);
	assert_int_equal(n, 0);
	assert_int_equal(f->arena.accesses, before);
}

/* The ring broke for this reason, and stays so. */
static inline void unit_expect_broken(struct fx *f, enum ring_cause cause)
{
	struct ring_fault first = *ring_fault(&f->ring), now;

	assert_string_equal(ring_cause_name(first.cause), ring_cause_name(cause));
	unit_all_verbs_say(f, RING_BROKEN);
	assert_int_equal(ring_start(&f->ring, &f->space, 0), RING_BROKEN);
	now = *ring_fault(&f->ring);
	assert_int_equal(now.cause, first.cause);
	assert_int_equal(now.index, first.index);
	assert_int_equal(now.value, first.value);
}

enum { UNIT_NAME = 256 };

/* Each test once for each shape that @fits (NULL: all of them). */
static inline int unit_run_shapes_(const char *group,
				   const struct CMUnitTest *test, size_t n_test,
				   bool (*fits)(const struct shape *s))
{
	struct CMUnitTest *run = calloc(n_test * COUNT(unit_shapes), sizeof(*run));
	size_t n = 0;
	int rc;

	for (size_t t = 0; t < n_test; t++) {
		for (size_t i = 0; i < COUNT(unit_shapes); i++) {
			const struct shape *s = &unit_shapes[i];
			char *name;

			if (fits && !fits(s))
				continue;
			name = malloc(UNIT_NAME);
			snprintf(name, UNIT_NAME, "%s: %s", test[t].name, s->name);
			run[n] = test[t];
			run[n].name = name;
			run[n++].initial_state = (void *)s;
		}
	}
	rc = _cmocka_run_group_tests(group, run, n, NULL, NULL);
	for (size_t i = 0; i < n; i++)
		free((void *)run[i].name);
	free(run);
	return rc;
}

#define unit_run_shapes(test, fits) \
	unit_run_shapes_(#test, test, COUNT(test), fits)

#endif /* RINGSIDE_TESTS_UNIT_H */
