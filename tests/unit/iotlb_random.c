// SPDX-License-Identifier: GPL-2.0-only
/* Random inserts, invalidations and lookups agree with the naive model. */
#include "iotlb_help.h"
#include "iotlb_model.h"
#include "space_random.h"

static struct model_iotlb model;

static void random_insert(struct ring_iotlb *tlb, u64 *random)
{
	struct ring_range r = {
		.start = random_address(random),
		.user = random_address(random),
		.perm = (enum ring_access)(random_below(random, 40) % 4),
	};
	enum ring_cause want;
	u64 gen = tlb->gen;

	r.last = r.start + random_below(random, 40);
	/* half of them translate alike, and so may add up */
	if (random_below(random, 2))
		r.user = r.start + (random_below(random, 4) ? 0x10000 : 0x20000);
	want = model_iotlb_insert(&model, &r);
	assert_int_equal(ring_iotlb_insert(tlb, &r), want);
	assert_int_equal(tlb->gen > gen, want == RING_OK);
}

static void random_invalidate(struct ring_iotlb *tlb, u64 *random)
{
	u64 start = random_address(random);
	u64 last = start + random_below(random, 100);
	u64 gen = tlb->gen;
	u32 want;

	if (random_below(random, 50) == 0)
		last = random_address(random);
	want = model_iotlb_invalidate(&model, start, last);
	assert_int_equal(ring_iotlb_invalidate(tlb, start, last), want);
	assert_int_equal(tlb->gen > gen, want > 0);
}

static void assert_same_find(const struct ring_iotlb *tlb, u64 iova)
{
	assert_true(model_same_range(ring_iotlb_find(tlb, iova),
				     model_iotlb_find(&model, iova)));
}

static void assert_same(const struct ring_iotlb *tlb)
{
	assert_int_equal(tlb->count, model.count);
	for (u32 i = 0; i < model.count; i++) {
		const struct ring_range *r = &model.entry[i];

		assert_same_find(tlb, r->start);
		assert_same_find(tlb, r->last);
		assert_same_find(tlb, r->start - 1);
		assert_same_find(tlb, r->last + 1);
	}
}

static void run(u32 capacity, enum ring_iotlb_full full, u32 rounds)
{
	struct ring_iotlb tlb = make_iotlb(capacity, full);
	u64 random = capacity * 2 + full + 1;

	model_iotlb_init(&model, capacity, full);
	for (u32 round = 0; round < rounds; round++) {
		if (random_below(&random, 5) == 0)
			random_invalidate(&tlb, &random);
		else
			random_insert(&tlb, &random);
		assert_same_find(&tlb, random_address(&random));
		if (round % 16 == 0)
			assert_same(&tlb);
	}
	drop_iotlb(&tlb);
}

static void one_that_evicts_agrees_with_the_model(void **state)
{
	(void)state;
	for (u32 capacity = 1; capacity <= 128; capacity = capacity * 3 / 2 + 1)
		run(capacity, RING_IOTLB_EVICT, 20000);
}

static void one_that_rejects_agrees_with_the_model(void **state)
{
	(void)state;
	for (u32 capacity = 1; capacity <= 128; capacity = capacity * 3 / 2 + 1)
		run(capacity, RING_IOTLB_REJECT, 20000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_that_evicts_agrees_with_the_model),
		cmocka_unit_test(one_that_rejects_agrees_with_the_model),
	};

	return cmocka_run_group_tests_name("iotlb: random", tests, NULL, NULL);
}
