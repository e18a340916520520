// SPDX-License-Identifier: GPL-2.0-only
/*
 * The dirty log names exactly the pages that were written: those of the ring,
 * as the arena saw them written, and those of the payload, as the device says.
 */
#include "driver/driver_priv.h"
#include "scatter.h"

enum { PAGE = RING_LOG_PAGE, MAX_PAGES = 1024 };

struct world {
	struct fx f;
	const struct shape *s;
	bool dirty[MAX_PAGES];	/* of guest memory, from arena.base on */
	u64 random;
};

static void mark(struct world *w, uintptr_t addr, size_t len)
{
	uintptr_t base = (uintptr_t)w->f.arena.base;

	for (size_t i = 0; i < len; i++)
		w->dirty[(addr + i - base) / PAGE] = true;
}

static void on_access(void *arg, uintptr_t addr, size_t len, int op)
{
	if (op == 1)	/* ARENA_WRITE */
		mark(arg, addr, len);
}

static void begin(struct world *w, const struct shape *s, struct fx_config cfg)
{
	memset(w, 0, sizeof(*w));
	w->s = s;
	w->random = 99;
	cfg.ring_flags |= RING_F_LOG;
	if (cfg.iotlb)
		scatter_init(&w->f, &cfg, 16);
	else
		fx_init(&w->f, &cfg);
	assert_true(w->f.guest_bytes / PAGE <= MAX_PAGES);
	fx_log_on(&w->f, true);
	w->f.arena.hook = on_access;
	w->f.arena.hook_arg = w;
}

/* Compare, and begin anew with a clean log. */
static void expect_exact(struct world *w)
{
	struct fx *f = &w->f;

	for (u32 p = 0; p < f->guest_bytes / PAGE; p++) {
		bool logged = fx_page_dirty(f, f->arena.base + p * PAGE);

		if (logged != w->dirty[p])
			fail_msg("page %u: written %d, logged %d", p,
				 w->dirty[p], logged);
	}
	memset(w->dirty, 0, sizeof(w->dirty));
	fx_log_on(f, true);
}

/* The device writes @bytes into a chain, and says so. */
static void write_payload(struct world *w, const struct ring_chain *c, u32 bytes,
			  bool by_guest)
{
	struct fx *f = &w->f;
	u32 first = c->seg + c->n_read, left = bytes;

	for (u32 i = 0; i < c->n_write && left; i++) {
		const struct ring_seg *seg = &f->seg[first + i];
		u32 part = left < seg->len ? left : seg->len;

		mark(w, seg->base, part);
		left -= part;
	}
	assert_int_equal(ring_log_written(&f->ring, &f->space, &f->seg[first],
					  by_guest ? &f->guest[first] : NULL,
					  c->n_write, bytes), RING_GOT);
}

static void serve_some(struct world *w, bool by_guest)
{
	struct fx *f = &w->f;
	struct ring_done done[FX_CHAINS];
	u32 n;

	if (fx_pop(f, 1 + drv_random(&w->random) % FX_CHAINS) != RING_GOT)
		return;
	n = f->batch.n_chains;
	for (u32 i = 0; i < n; i++) {
		u32 bytes = drv_random(&w->random) %
			    (f->chain[i].write_len + 1);

		write_payload(w, &f->chain[i], bytes, by_guest);
		done[i] = ring_done(&f->chain[i], bytes);
	}
	assert_int_equal(ring_push(&f->ring, &f->space, done, n), RING_GOT);
	assert_int_equal(ring_publish(&f->ring, &f->space), RING_GOT);
}

static void add_some(struct world *w)
{
	u32 n = 1 + drv_random(&w->random) % FX_CHAINS;

	while (n--) {
		size_t room = w->f.payload_bytes - 3 * 6000;
		size_t at = drv_random(&w->random) % room;

		if (fx_add(&w->f, at, 1, 2, 1 + drv_random(&w->random) % 6000,
			   unit_table(w->s, 3)) != DRV_GOT)
			return;
	}
}

static void traffic(struct world *w, bool by_guest)
{
	struct drv_used used;
	struct fx *f = &w->f;

	for (u32 lap = 0; lap < 60; lap++) {
		add_some(w);
		serve_some(w, by_guest);
		expect_exact(w);
		assert_int_equal(ring_disable_kicks(&f->ring, &f->space), RING_GOT);
		assert_int_not_equal(ring_enable_kicks(&f->ring, &f->space), RING_BROKEN);
		expect_exact(w);
		while (drv_get_used(&f->drv, &used) == DRV_GOT)
			;
	}
	fx_exit(f);
}

static void payload_by_guest_address(void **state)
{
	static struct world w;

	begin(&w, *state, unit_config(*state));
	traffic(&w, true);
}

static void payload_by_user_address(void **state)
{
	static struct world w;

	begin(&w, *state, unit_config(*state));
	traffic(&w, false);
}

static void everything_through_an_iotlb(void **state)
{
	struct fx_config cfg = unit_config(*state);
	static struct world w;

	cfg.iotlb = true;
	begin(&w, *state, cfg);
	traffic(&w, true);
}

/* Rings of several pages, from their last entries to their first. */
static void a_batch_over_the_end_of_a_large_ring(void **state)
{
	const struct shape *s = *state;
	struct fx_config cfg = unit_config(s);
	static struct world w;

	cfg.num = s->num % 2 ? 1023 : 1024;
	cfg.tables = 64;
	begin(&w, s, cfg);
	for (u32 back = 1; back < 32; back++) {
		w.f.arena.hook = NULL;
		unit_begin_at(&w.f, cfg.num - back, true);
		w.f.arena.hook = on_access;
		for (u32 i = 0; i < 31; i++)
			fx_add(&w.f, i * 128, 1, 1, 16, unit_table(s, 2));
		serve_some(&w, true);
		expect_exact(&w);
	}
	fx_exit(&w.f);
}

static void the_ring_is_not_logged_unless_asked_for(void **state)
{
	const struct shape *s = *state;
	struct fx f;

	unit_init(&f, s);
	fx_log_on(&f, true);
	unit_laps(&f, s, 20);
	ring_disable_kicks(&f.ring, &f.space);
	ring_enable_kicks(&f.ring, &f.space);
	assert_int_equal(f.arena.log_writes, 0);
	fx_exit(&f);
}

static void nothing_is_logged_without_a_log(void **state)
{
	const struct shape *s = *state;
	struct fx_config cfg = unit_config(s);
	struct fx f;

	cfg.ring_flags = RING_F_LOG;
	fx_init(&f, &cfg);
	fx_add(&f, 0, 0, 1, 16, unit_table(s, 1));
	unit_pop_n(&f, 4, 1);
	assert_int_equal(ring_log_written(&f.ring, &f.space, f.seg, f.guest, 1,
					  16), RING_GOT);
	unit_give(&f, f.chain, 1, 16);
	assert_int_equal(ring_log_flush(&f.ring, &f.space), RING_GOT);
	assert_int_equal(f.arena.log_writes, 0);
	fx_exit(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(payload_by_guest_address),
		cmocka_unit_test(payload_by_user_address),
		cmocka_unit_test(everything_through_an_iotlb),
		cmocka_unit_test(a_batch_over_the_end_of_a_large_ring),
		cmocka_unit_test(the_ring_is_not_logged_unless_asked_for),
		cmocka_unit_test(nothing_is_logged_without_a_log),
	};

	return unit_run_shapes(tests, NULL);
}
