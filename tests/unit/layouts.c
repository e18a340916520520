// SPDX-License-Identifier: GPL-2.0-only
/*
 * However a driver lays a request out (any framing; tables at odd addresses,
 * mixed with direct descriptors, in any order), the device gets the same bytes
 * in the same order.
 */
#include "driver/driver_priv.h"
#include "unit.h"

enum {
	MAX_PARTS = 24,
	READ_LEN = 600,
	WRITE_LEN = 400,
};

struct layout {
	struct fx f;
	const struct shape *s;
	u64 random;
	u8 *at;			/* the request: readable bytes, writable ones */
};

/* Cut [at, at + len) into @n buffers anywhere. */
static void cut(struct layout *l, u8 *at, u32 len, struct drv_buf *buf, u32 n)
{
	for (u32 i = 0; i < n; i++) {
		u32 left = n - 1 - i;
		u32 part = left ? 1 + drv_random(&l->random) % (len - left) : len;

		buf[i] = (struct drv_buf){ fx_addr(&l->f, at), part };
		at += part;
		len -= part;
	}
}

static void begin(struct layout *l, const struct shape *s)
{
	struct fx_config cfg = unit_config(s);

	cfg.num = 64;
	cfg.table_len = 2 * MAX_PARTS;
	l->s = s;
	l->random = 77;
	fx_init(&l->f, &cfg);
	l->at = l->f.payload + 1000;
}

/* What the device reads: all segments one behind the other. */
static void expect_bytes(const struct layout *l)
{
	const struct ring_chain *c = &l->f.chain[0];
	const struct ring_seg *seg = &l->f.seg[c->seg];
	u32 at = 0;

	assert_int_equal(c->read_len, READ_LEN);
	assert_int_equal(c->write_len, WRITE_LEN);
	for (u32 i = 0; i < (u32)c->n_read + c->n_write; i++) {
		if (i == c->n_read)
			assert_int_equal(at, READ_LEN);
		assert_int_equal(seg[i].base, (uintptr_t)l->at + at);
		at += seg[i].len;
	}
	assert_int_equal(at, READ_LEN + WRITE_LEN);
}

static void go_round(struct layout *l, const struct drv_chain *c)
{
	struct fx *f = &l->f;

	assert_int_equal(drv_add(&f->drv, c), DRV_GOT);
	drv_publish(&f->drv);
	unit_pop_n(f, 4, 1);
	expect_bytes(l);
	unit_give(f, f->chain, 1, 3);
	unit_taken_back(f, c->token, 3);
}

/* @tables: 0 none, 1 all, 2 as many buffers as chance has it. */
static void many_framings(struct layout *l, u32 tables)
{
	struct drv_buf buf[2 * MAX_PARTS];

	for (u32 i = 0; i < 300; i++) {
		u32 n_read = 1 + drv_random(&l->random) % MAX_PARTS;
		u32 n_write = 1 + drv_random(&l->random) % MAX_PARTS;
		u32 n = n_read + n_write;
		struct drv_chain c = {
			.buf = buf,
			.n_read = n_read,
			.n_write = n_write,
			.token = i,
			.n_table = tables == 2 ? drv_random(&l->random) % n :
				   tables ? n : 0,
		};

		cut(l, l->at, READ_LEN, buf, n_read);
		cut(l, l->at + READ_LEN, WRITE_LEN, buf + n_read, n_write);
		go_round(l, &c);
	}
}

static void any_framing_gives_the_same_bytes(void **state)
{
	const struct shape *s = *state;
	struct layout l;

	begin(&l, s);
	many_framings(&l, s->table);
	fx_exit(&l.f);
}

/* A header of 12 bytes, split at each of its bytes. */
static void a_header_may_be_split_anywhere(void **state)
{
	const struct shape *s = *state;
	struct drv_buf buf[3];
	struct layout l;

	begin(&l, s);
	for (u32 at = 1; at < 12; at++) {
		struct drv_chain c = {
			.buf = buf, .n_read = 2, .n_write = 1,
			.n_table = unit_table(s, 3),
		};

		buf[0] = (struct drv_buf){ fx_addr(&l.f, l.at), at };
		buf[1] = (struct drv_buf){
			fx_addr(&l.f, l.at + at), READ_LEN - at,
		};
		buf[2] = (struct drv_buf){
			fx_addr(&l.f, l.at + READ_LEN), WRITE_LEN,
		};
		go_round(&l, &c);
	}
	fx_exit(&l.f);
}

static void descriptors_and_tables_may_be_scattered(void **state)
{
	const struct shape *s = *state;
	u32 whims = DRV_ODD_TABLES | DRV_MIXED_TABLES;
	struct layout l;

	begin(&l, s);
	if (!(s->features & DRV_F_IN_ORDER))
		whims |= DRV_RANDOM_FREE;
	drv_set_whims(&l.f.drv, whims, 9);
	many_framings(&l, s->table);
	fx_exit(&l.f);
}

/* 2.8.7: a packed table stands alone. */
static bool may_mix(const struct shape *s)
{
	return s->format == DRV_SPLIT && s->table;
}

static void direct_descriptors_may_lead_to_a_table(void **state)
{
	const struct shape *s = *state;
	struct layout l;

	begin(&l, s);
	many_framings(&l, 2);
	fx_exit(&l.f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_framing_gives_the_same_bytes),
		cmocka_unit_test(a_header_may_be_split_anywhere),
		cmocka_unit_test(descriptors_and_tables_may_be_scattered),
	};
	const struct CMUnitTest mixed[] = {
		cmocka_unit_test(direct_descriptors_may_lead_to_a_table),
	};
	int failed = unit_run_shapes(tests, NULL);

	return failed + unit_run_shapes(mixed, may_mix);
}
