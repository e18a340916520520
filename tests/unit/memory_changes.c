// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory that changes while it is read: by what was read already, which must
 * not matter, and at random, which may break the ring but do no harm.
 */
#include "driver/hostile.h"
#include "unit.h"

enum { UNDOS = 4096 };

/* Spoils whatever the engine has read, as soon as it makes the next access. */
struct spoiler {
	struct undo {
		void *at;
		size_t len;
		u8 was[256];
	} undo[UNDOS];
	u32 n;
	uintptr_t addr;		/* of the last read; 0: none */
	size_t len;
	u8 value;
};

static void spoil(struct spoiler *s, void *at, size_t len)
{
	struct undo *u = &s->undo[s->n++];

	assert_true(s->n <= UNDOS && len <= sizeof(u->was));
	u->at = at;
	u->len = len;
	memcpy(u->was, at, len);
	memset(at, s->value, len);
}

static void on_access(void *arg, uintptr_t addr, size_t len, int op)
{
	struct spoiler *s = arg;

	if (s->addr)
		spoil(s, (void *)s->addr, s->len);
	s->addr = op == 0 ? addr : 0;	/* ARENA_READ */
	s->len = len;
}

static struct spoiler *spoiler_begin(struct fx *f, u8 value)
{
	struct spoiler *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	s->value = value;
	f->arena.hook = on_access;
	f->arena.hook_arg = s;
	return s;
}

/* Afterwards memory is what it was. */
static void spoiler_end(struct fx *f, struct spoiler *s)
{
	f->arena.hook = NULL;
	while (s->n--)
		memcpy(s->undo[s->n].at, s->undo[s->n].was, s->undo[s->n].len);
	free(s);
}

static void pop_spoiled(struct fx *f, u32 n, u8 value)
{
	struct spoiler *s = spoiler_begin(f, value);

	unit_pop_n(f, 8, n);
	spoiler_end(f, s);
}

static void what_was_read_may_change(const struct shape *s, u8 value)
{
	u32 chains = unit_capacity(s, 3) < 4 ? 2 : 4;
	struct fx_config cfg = unit_config(s);
	struct fx f;

	cfg.table_len = 40;
	fx_init(&f, &cfg);
	for (u32 lap = 0; lap < 20; lap++) {
		u32 n = s->table ? 40 : 3, len = n - 1;

		for (u32 i = 0; i < chains; i++)
			assert_int_equal(fx_add(&f, i * 1024, 1, len, 16,
						unit_table(s, n)), DRV_GOT);
		pop_spoiled(&f, chains, value);
		for (u32 i = 0; i < chains; i++) {
			const struct ring_chain *c = &f.chain[i];

			assert_int_equal(c->n_read, 1);
			assert_int_equal(c->n_write, len);
			assert_int_equal(c->write_len, len * 16);
			assert_ptr_equal(f.seg[c->seg + len].base,
					 f.payload + i * 1024 + len * 16);
		}
		unit_give(&f, f.chain, chains, 5);
		for (u32 i = 0; i < chains; i++)
			unit_taken_back(&f, i * 1024, 5);
	}
	fx_exit(&f);
}

static void what_pop_has_read_may_turn_to_ones(void **state)
{
	what_was_read_may_change(*state, 0xff);
}

static void what_pop_has_read_may_turn_to_zeros(void **state)
{
	what_was_read_may_change(*state, 0);
}

/* ---- at random -------------------------------------------------------- */

static void scribble_on_access(void *arg, uintptr_t addr, size_t len, int op)
{
	(void)addr;
	(void)len;
	(void)op;
	hostile_scribble(arg, 1);
}

static void use_everything(struct fx *f)
{
	ring_peek(&f->ring, &f->space);
	if (fx_pop(f, 4) == RING_GOT && f->batch.n_chains) {
		assert_true(f->batch.n_segs <= FX_SEGS);
		ring_unpop(&f->ring, &f->chain[f->batch.n_chains - 1], 1);
		f->batch.n_chains--;
		fx_done(f, 16);
	}
	ring_call_needed(&f->ring, &f->space);
	ring_enable_kicks(&f->ring, &f->space);
	ring_disable_kicks(&f->ring, &f->space);
}

static void anything_may_change_at_any_time(void **state)
{
	const struct shape *s = *state;
	struct fx_config cfg = unit_config(s);
	struct hostile h;
	struct fx f;
	u32 broken = 0;

	cfg.ring_flags = RING_F_LOG;
	cfg.payload = 4096;
	fx_init(&f, &cfg);
	fx_log_on(&f, true);
	arena_allow(&f.arena, f.arena.base, f.guest_bytes, ARENA_MAY_READ);
	h = (struct hostile){
		.ring = &f.drv,
		.good = { f.payload, f.payload_bytes, fx_addr(&f, f.payload) },
		.seed = 5,
	};
	f.arena.hook = scribble_on_access;
	f.arena.hook_arg = &h;
	for (u32 life = 0; life < 300; life++) {
		f.arena.hook = NULL;
		unit_begin_at(&f, life % s->num, life & 1);
		for (u32 i = 0; i < unit_capacity(s, 2); i++)
			fx_add(&f, i * 64, 1, 1, 16, unit_table(s, 2));
		f.arena.hook = scribble_on_access;
		for (u32 i = 0; i < 4; i++)
			use_everything(&f);
		broken += ring_fault(&f.ring)->cause != RING_OK;
	}
	assert_true(broken > 10);
	fx_exit(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_pop_has_read_may_turn_to_ones),
		cmocka_unit_test(what_pop_has_read_may_turn_to_zeros),
		cmocka_unit_test(anything_may_change_at_any_time),
	};

	return unit_run_shapes(tests, NULL);
}
