// SPDX-License-Identifier: GPL-2.0-only
/*
 * Translation misses: each says which address is missing and for what, takes
 * nothing, and the verb goes on once the translation is there. Rings and
 * buffers are mapped on demand here, and unmapped again at random.
 */
#include "driver/driver_priv.h"
#include "scatter.h"

enum { PATIENCE = 100 };

struct world {
	struct fx f;
	const struct shape *s;
	u64 entry;		/* bytes mapped for a miss */
	u64 random;
	u32 misses;
};

static void begin(struct world *w, const struct shape *s, u64 entry)
{
	struct fx_config cfg = unit_config(s);

	*w = (struct world){ .s = s, .entry = entry, .random = 3 };
	cfg.iotlb = true;
	cfg.payload = 1 << 14;
	cfg.table_len = 4;
	fx_init(&w->f, &cfg);
}

/* What area an IOVA is in, and so what must be asked for; 0: none. */
static enum ring_access area_access(const struct fx *f, u64 iova)
{
	for (int a = 0; a < RING_AREAS; a++) {
		u64 start = fx_addr(f, f->drv.cfg.area[a]);

		if (iova - start < scatter_area_bytes(f, a))
			return scatter_area_perm(f, a);
	}
	return 0;
}

static void expect_sensible(const struct world *w, const struct ring_miss *m)
{
	const struct fx *f = &w->f;
	enum ring_access area = area_access(f, m->iova);

	assert_in_range(m->iova, fx_addr(f, f->arena.base),
			fx_addr(f, f->arena.base + f->guest_bytes - 1));
	assert_null(ring_iotlb_find(&f->tlb, m->iova));
	if (area)
		assert_int_equal(m->access, area);
	else
		assert_true(m->access == RING_READ || m->access == RING_WRITE);
}

/* Do what the owner does on a miss: map an entry around the address. */
static void resolve(struct world *w)
{
	struct ring_miss m = *ring_missed(&w->f.ring);
	u64 start = m.iova / w->entry * w->entry;

	expect_sensible(w, &m);
	w->misses++;
	/* readable and writable buffers may share an entry */
	fx_map(&w->f, start, start + w->entry - 1,
	       area_access(&w->f, m.iova) ? m.access : RING_RW);
}

/* Call a verb until it says something else than RING_AGAIN. */
#define retried(w, verb) \
	({ \
		enum ring_result rc_; \
		u32 tries_ = 0; \
		u32 base_ = ring_base(&(w)->f.ring); \
		while ((rc_ = (verb)) == RING_AGAIN) { \
			assert_true(++tries_ < PATIENCE); \
			assert_int_equal(ring_base(&(w)->f.ring), base_); \
			resolve(w); \
		} \
		rc_; \
	})

static void start(struct world *w)
{
	struct fx *f = &w->f;
	u32 base = ring_initial_base(f->ring_cfg.flags);

	assert_int_equal(retried(w, ring_start(&f->ring, &f->space, base)),
			 RING_GOT);
}

static enum ring_result pop_nothing_taken(struct fx *f)
{
	enum ring_result rc = fx_pop(f, 4);

	if (rc == RING_AGAIN) {
		assert_int_equal(f->batch.n_chains, 0);
		assert_int_equal(f->batch.n_segs, 0);
	}
	return rc;
}

static enum ring_result push_nothing_pushed(struct fx *f, u32 written)
{
	struct ring_done done[4];
	u64 writes = f->arena.writes;
	enum ring_result rc;

	for (u32 i = 0; i < f->batch.n_chains; i++)
		done[i] = ring_done(&f->chain[i], written);
	rc = ring_push(&f->ring, &f->space, done, f->batch.n_chains);
	if (rc == RING_AGAIN)
		assert_int_equal(f->arena.writes, writes);
	return rc;
}

static void lap(struct world *w)
{
	struct fx *f = &w->f;
	u32 n = unit_capacity(w->s, 4) < 2 ? 1 : 2;
	u32 got = 0, len = drv_random(&w->random) % 33;

	assert_int_equal(retried(w, ring_disable_kicks(&f->ring, &f->space)), RING_GOT);
	for (u32 i = 0; i < n; i++)
		assert_int_equal(fx_add(f, i * 4096, 2, 2, 16,
					unit_table(w->s, 4)), DRV_GOT);
	assert_int_equal(retried(w, ring_peek(&f->ring, &f->space)), RING_GOT);
	while (got < n) {
		assert_int_equal(retried(w, pop_nothing_taken(f)), RING_GOT);
		assert_int_equal(retried(w, push_nothing_pushed(f, len)),
				 RING_GOT);
		got += f->batch.n_chains;
	}
	assert_int_equal(retried(w, ring_publish(&f->ring, &f->space)),
			 RING_GOT);
	assert_int_equal(retried(w, ring_enable_kicks(&f->ring, &f->space)), RING_EMPTY);
	for (u32 i = 0; i < n; i++)
		unit_taken_back(f, i * 4096, len < 32 ? len : 32);
	unit_nothing_back(f);
}

static void mapped_on_demand(const struct shape *s, u64 entry)
{
	struct world w;
	u32 once;

	begin(&w, s, entry);
	start(&w);
	for (u32 i = 0; i < 40; i++)
		lap(&w);
	once = w.misses;
	assert_true(once > 2);
	for (u32 i = 0; i < 40; i++)
		lap(&w);
	assert_int_equal(w.misses, once);
	fx_exit(&w.f);
}

static void page_by_page(void **state)
{
	mapped_on_demand(*state, 4096);
}

static void in_pieces_of_64_bytes(void **state)
{
	mapped_on_demand(*state, 64);
}

static void in_pieces_of_16_bytes(void **state)
{
	mapped_on_demand(*state, 16);
}

static void unmapped(const struct shape *s, u64 entry, bool all)
{
	struct world w;

	begin(&w, s, entry);
	start(&w);
	for (u32 i = 0; i < 200; i++) {
		u64 at = fx_addr(&w.f, w.f.arena.base) +
			 drv_random(&w.random) % w.f.guest_bytes;

		if (all)
			ring_iotlb_invalidate(&w.f.tlb, 0, U64_MAX);
		else
			ring_iotlb_invalidate(&w.f.tlb, at, at + 6000);
		lap(&w);
	}
	assert_true(w.misses > 100);
	fx_exit(&w.f);
}

static void unmapped_here_and_there(void **state)
{
	unmapped(*state, 4096, false);
	unmapped(*state, 16, false);
}

static void unmapped_altogether(void **state)
{
	unmapped(*state, 4096, true);
}

/* Each verb on its own, with nothing mapped at all. */
static void every_verb_can_miss(void **state)
{
	const struct shape *s = *state;
	struct ring_space *sp;
	struct world w;
	struct ring *r;

	begin(&w, s, 4096);
	start(&w);
	lap(&w);
	r = &w.f.ring;
	sp = &w.f.space;
	fx_add(&w.f, 0, 1, 1, 16, unit_table(s, 2));
	ring_iotlb_invalidate(&w.f.tlb, 0, U64_MAX);
	assert_int_equal(ring_peek(r, sp), RING_AGAIN);
	assert_int_equal(fx_pop(&w.f, 4), RING_AGAIN);
	assert_int_equal(retried(&w, pop_nothing_taken(&w.f)), RING_GOT);
	ring_iotlb_invalidate(&w.f.tlb, 0, U64_MAX);
	assert_int_equal(push_nothing_pushed(&w.f, 16), RING_AGAIN);
	assert_int_equal(retried(&w, push_nothing_pushed(&w.f, 16)), RING_GOT);
	ring_iotlb_invalidate(&w.f.tlb, 0, U64_MAX);
	assert_int_equal(ring_publish(r, sp), RING_AGAIN);
	unit_nothing_back(&w.f);
	assert_int_equal(retried(&w, ring_publish(r, sp)), RING_GOT);
	ring_iotlb_invalidate(&w.f.tlb, 0, U64_MAX);
	assert_true(ring_call_needed(r, sp));
	ring_iotlb_invalidate(&w.f.tlb, 0, U64_MAX);
	assert_int_equal(ring_enable_kicks(r, sp), RING_AGAIN);
	assert_int_equal(retried(&w, ring_enable_kicks(r, sp)), RING_EMPTY);
	fx_exit(&w.f);
}

static void chains_before_a_miss_are_delivered_first(void **state)
{
	const struct shape *s = *state;
	struct world w;

	begin(&w, s, 4096);
	start(&w);
	lap(&w);
	for (u32 i = 0; i < 3; i++)
		fx_add(&w.f, i * 4096, 1, 0, 16, unit_table(s, 1));
	scatter_map(&w.f, w.f.payload, w.f.payload_bytes, 4096, RING_RW);
	assert_int_equal(ring_iotlb_invalidate(&w.f.tlb,
					fx_addr(&w.f, w.f.payload + 4096),
					fx_addr(&w.f, w.f.payload + 4096)), 1);
	unit_pop_n(&w.f, 4, 1);
	assert_int_equal(fx_pop(&w.f, 4), RING_AGAIN);
	assert_int_equal(ring_missed(&w.f.ring)->iova,
			 fx_addr(&w.f, w.f.payload + 4096));
	assert_int_equal(ring_missed(&w.f.ring)->access, RING_READ);
	assert_int_equal(retried(&w, pop_nothing_taken(&w.f)), RING_GOT);
	fx_exit(&w.f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(page_by_page),
		cmocka_unit_test(in_pieces_of_64_bytes),
		cmocka_unit_test(in_pieces_of_16_bytes),
		cmocka_unit_test(unmapped_here_and_there),
		cmocka_unit_test(unmapped_altogether),
		cmocka_unit_test(every_verb_can_miss),
		cmocka_unit_test(chains_before_a_miss_are_delivered_first),
	};

	return unit_run_shapes(tests, NULL);
}
