// SPDX-License-Identifier: GPL-2.0-only
/* The shortest way round: add, pop, push, publish, take back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "fixture/fixture.h"

static void go_round(enum drv_format format, u32 features, u32 n_table)
{
	struct fx_config cfg = { .format = format, .num = 8, .features = features };
	struct drv_used used;
	struct fx f;

	fx_init(&f, &cfg);
	for (u32 lap = 0; lap < 100; lap++) {
		for (u32 i = 0; i < 3; i++)
			assert_int_equal(fx_add(&f, i * 300, 1, 1, 100, n_table),
					 DRV_GOT);
		assert_int_equal(fx_pop(&f, 32), RING_GOT);
		assert_int_equal(f.batch.n_chains, 3);
		for (u32 i = 0; i < 3; i++) {
			assert_ptr_equal(f.seg[2 * i].base, f.payload + i * 300);
			assert_int_equal(f.seg[2 * i + 1].len, 100);
			assert_int_equal(f.chain[i].write_len, 100);
		}
		assert_int_equal(fx_done(&f, 60), RING_GOT);
		for (u32 i = 0; i < 3; i++) {
			assert_int_equal(drv_get_used(&f.drv, &used), DRV_GOT);
			assert_int_equal(used.token, i * 300);
			assert_int_equal(used.len, 60);
		}
		assert_int_equal(drv_get_used(&f.drv, &used), DRV_EMPTY);
		assert_int_equal(fx_pop(&f, 32), RING_EMPTY);
	}
	fx_exit(&f);
}

static void split_direct(void **state)
{
	(void)state;
	go_round(DRV_SPLIT, 0, 0);
}

static void split_indirect(void **state)
{
	(void)state;
	go_round(DRV_SPLIT, DRV_F_INDIRECT, 2);
}

static void packed_direct(void **state)
{
	(void)state;
	go_round(DRV_PACKED, 0, 0);
}

static void packed_indirect(void **state)
{
	(void)state;
	go_round(DRV_PACKED, DRV_F_INDIRECT, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(split_direct),
		cmocka_unit_test(split_indirect),
		cmocka_unit_test(packed_direct),
		cmocka_unit_test(packed_indirect),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
