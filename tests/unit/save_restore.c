// SPDX-License-Identifier: GPL-2.0-only
/*
 * A ring is stopped at any quiescent point and goes on elsewhere from its
 * base: no chain is lost, none is doubled, and those in flight may be pushed.
 */
#include "driver/driver_priv.h"
#include "unit.h"

enum { TOKENS = 3000 };

/* Random traffic, and what is in flight on the device's side. */
struct traffic {
	struct fx f;
	const struct shape *s;
	u64 random;
	u32 added, back;
	struct ring_chain held[FX_CHAINS];
	u32 n_held;
	u32 len[TOKENS];	/* the driver must see so many bytes */
	bool seen[TOKENS];
	bool ordered;
};

static u32 chance(struct traffic *t, u32 n)
{
	return drv_random(&t->random) % n;
}

/* A chain of 1 to 3 buffers; its place in the payload tells its token. */
static void add_some(struct traffic *t)
{
	for (u32 n = chance(t, 4); n && t->added < TOKENS; n--) {
		u32 n_write = 1 + chance(t, 2), n_read = chance(t, 2);
		size_t at = (size_t)t->added * 64;

		if (fx_add(&t->f, at, n_read, n_write, 16,
			   unit_table(t->s, n_read + n_write)) != DRV_GOT)
			return;
		t->added++;
	}
}

static void pop_some(struct traffic *t)
{
	struct fx *f = &t->f;
	u32 back;

	if (fx_pop(f, chance(t, 5)) != RING_GOT)
		return;
	back = f->batch.n_chains ? chance(t, f->batch.n_chains + 1) / 2 : 0;
	f->batch.n_chains -= back;
	ring_unpop(&f->ring, &f->chain[f->batch.n_chains], back);
	for (u32 i = 0; i < f->batch.n_chains; i++) {
		struct ring_chain *c = &f->chain[i];

		c->seg = (f->seg[c->seg].base - (uintptr_t)f->payload) / 64;
		t->held[t->n_held++] = *c;
	}
}

/* Which of the chains held is completed next? */
static u32 choose(struct traffic *t)
{
	return t->ordered ? 0 : chance(t, t->n_held);
}

static void push_some(struct traffic *t)
{
	struct ring_done done[FX_CHAINS];
	u32 n = chance(t, t->n_held + 1);

	for (u32 i = 0; i < n; i++) {
		u32 k = choose(t);
		struct ring_chain c = t->held[k];
		u32 written = chance(t, 3) ? c.write_len : chance(t, 20);

		memmove(&t->held[k], &t->held[k + 1],
			(--t->n_held - k) * sizeof(c));
		done[i] = ring_done(&c, written);
		t->len[c.seg] = done[i].len;
	}
	assert_int_equal(ring_push(&t->f.ring, &t->f.space, done, n), RING_GOT);
	assert_int_equal(ring_publish(&t->f.ring, &t->f.space),
			 n ? RING_GOT : RING_EMPTY);
}

static void take_back_some(struct traffic *t)
{
	struct drv_used used;

	for (u32 n = chance(t, 6); n; n--) {
		enum drv_result rc = drv_get_used(&t->f.drv, &used);
		u32 token = used.token / 64;

		assert_int_not_equal(rc, DRV_BROKEN);
		if (rc == DRV_EMPTY)
			return;
		assert_false(t->seen[token]);
		assert_int_equal(used.len, t->len[token]);
		if (t->ordered)
			assert_int_equal(token, t->back);
		t->seen[token] = true;
		t->back++;
	}
}

static void save_and_restore(struct traffic *t)
{
	struct fx *f = &t->f;
	u32 base = ring_base(&f->ring);

	memset(&f->ring, 0xa5, sizeof(f->ring));
	assert_int_equal(fx_setup(f, base), RING_GOT);
	assert_int_equal(ring_base(&f->ring), base);
}

static void run(struct traffic *t)
{
	while (t->back < TOKENS) {
		add_some(t);
		pop_some(t);
		if (!chance(t, 3))
			save_and_restore(t);
		push_some(t);
		if (!chance(t, 3))
			save_and_restore(t);
		take_back_some(t);
	}
	assert_int_equal(t->n_held, 0);
	unit_pop_n(&t->f, 4, 0);
}

static void traffic_begin(struct traffic *t, const struct shape *s, u16 pos)
{
	memset(t, 0, sizeof(*t));
	t->s = s;
	t->random = 4711 + pos;
	t->ordered = s->features & DRV_F_IN_ORDER;
	unit_init(&t->f, s);
	unit_begin_at(&t->f, pos, true);
}

static void random_traffic_survives_being_moved(void **state)
{
	static struct traffic t;

	traffic_begin(&t, *state, 0);
	run(&t);
	fx_exit(&t.f);
}

static void traffic_over_the_end_of_the_index_survives(void **state)
{
	const struct shape *s = *state;
	static struct traffic t;

	traffic_begin(&t, s, s->format == DRV_SPLIT ? 65000 : s->num - 1);
	run(&t);
	fx_exit(&t.f);
}

static void add_three(struct fx *f, const struct shape *s)
{
	for (u32 i = 0; i < 3; i++)
		assert_int_equal(fx_add(f, i * 64, 1, 1, 16, unit_table(s, 2)),
				 DRV_GOT);
}

static void chains_in_flight_are_pushed_after_the_move(void **state)
{
	const struct shape *s = *state;
	struct fx f;

	unit_init(&f, s);
	for (u32 lap = 0; lap < 30; lap++) {
		add_three(&f, s);
		unit_pop_n(&f, 4, 3);
		assert_int_equal(fx_setup(&f, ring_base(&f.ring)), RING_GOT);
		unit_give(&f, f.chain, 3, 5);
		for (u32 i = 0; i < 3; i++)
			unit_taken_back(&f, i * 64, 5);
	}
	fx_exit(&f);
}

static void chains_not_taken_are_found_after_the_move(void **state)
{
	const struct shape *s = *state;
	struct fx f;

	unit_init(&f, s);
	for (u32 lap = 0; lap < 30; lap++) {
		add_three(&f, s);
		unit_pop_n(&f, 1, 1);
		assert_int_equal(fx_setup(&f, ring_base(&f.ring)), RING_GOT);
		unit_give(&f, f.chain, 1, 5);
		unit_pop_n(&f, 4, 2);
		unit_give(&f, f.chain, 2, 5);
		for (u32 i = 0; i < 3; i++)
			unit_taken_back(&f, i * 64, 5);
	}
	fx_exit(&f);
}

static void chains_in_flight_count_against_the_ring(void **state)
{
	const struct shape *s = *state;
	u32 n = unit_capacity(s, 1);
	struct fx f;

	unit_init(&f, s);
	for (u32 i = 0; i < n; i++)
		fx_add(&f, 0, 0, 1, 16, unit_table(s, 1));
	unit_pop_n(&f, 16, n);
	assert_int_equal(fx_setup(&f, ring_base(&f.ring)), RING_GOT);
	unit_pop_n(&f, 16, 0);
	assert_int_equal(ring_enable_kicks(&f.ring, &f.space), RING_EMPTY);
	fx_exit(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_traffic_survives_being_moved),
		cmocka_unit_test(traffic_over_the_end_of_the_index_survives),
		cmocka_unit_test(chains_in_flight_are_pushed_after_the_move),
		cmocka_unit_test(chains_not_taken_are_found_after_the_move),
		cmocka_unit_test(chains_in_flight_count_against_the_ring),
	};

	return unit_run_shapes(tests, NULL);
}
