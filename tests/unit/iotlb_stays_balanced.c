// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tree stays balanced in whatever order a guest maps and unmaps: that, not
 * a clock, is what shows that lookups are O(log n).
 *
 * The nodes are private to iotlb.c, so this test holds a copy of it, under
 * names that do not meet those of the one every test is linked with.
 */
#define ring_iotlb_bytes copy_iotlb_bytes
#define ring_iotlb_init copy_iotlb_init
#define ring_iotlb_moves copy_iotlb_moves
#define ring_iotlb_insert copy_iotlb_insert
#define ring_iotlb_invalidate copy_iotlb_invalidate
#define ring_iotlb_find copy_iotlb_find
#include "../../ring/iotlb.c"

#include "iotlb_help.h"
#include "space_random.h"

/* The least number of entries that a balanced tree of a height has. */
static u64 fewest_entries(u32 height)
{
	u64 fewest = 0, before = 0;

	for (u32 h = 1; h <= height; h++) {
		u64 now = 1 + fewest + before;

		before = fewest;
		fewest = now;
	}
	return fewest;
}

static void assert_node_ok(const struct ring_iotlb_node *node, u32 at)
{
	u32 left = child_height(node, at, LEFT);
	u32 right = child_height(node, at, RIGHT);

	assert_true(left <= right + 1 && right <= left + 1);
	assert_int_equal(node[at].height, 1 + (left > right ? left : right));
	for (u32 side = LEFT; side <= RIGHT; side++) {
		u32 child = node[at].child[side];

		if (child != NONE)
			assert_int_equal(node[child].parent, at);
	}
}

static void assert_balanced(const struct ring_iotlb *tlb)
{
	const struct ring_iotlb_node *node = tlb->node;
	u32 at = first_reaching(tlb, 0), count = 0, ages = 0;

	assert_int_equal(node[NONE].height, 0);
	if (tlb->root != NONE)
		assert_int_equal(node[tlb->root].parent, NONE);
	while (at != NONE) {
		u32 next = next_by_iova(node, at);

		assert_node_ok(node, at);
		if (next != NONE)
			assert_true(node[next].range.start >
				    node[at].range.last);
		count++;
		at = next;
	}
	for (at = oldest(tlb); at != NONE; at = node[at].newer)
		ages++;
	assert_int_equal(count, tlb->count);
	assert_int_equal(ages, tlb->count);
	assert_true(fewest_entries(node[tlb->root].height) <= count);
}

static void map_page(struct ring_iotlb *tlb, u64 page)
{
	map_ok(tlb, page << 12, (page << 12) + 0xfff, 0);
}

static u32 unmap_pages(struct ring_iotlb *tlb, u64 first, u64 last)
{
	return ring_iotlb_invalidate(tlb, first << 12, (last << 12) + 0xfff);
}

static void rising_and_falling_addresses(void **state)
{
	struct ring_iotlb up = make_iotlb(5000, RING_IOTLB_EVICT);
	struct ring_iotlb down = make_iotlb(5000, RING_IOTLB_EVICT);

	(void)state;
	for (u64 i = 0; i < 12000; i++) {
		map_page(&up, i);
		map_page(&down, 12000 - i);
		if (i % 100 == 0) {
			assert_balanced(&up);
			assert_balanced(&down);
		}
	}
	drop_iotlb(&up);
	drop_iotlb(&down);
}

static void both_ends_towards_the_middle(void **state)
{
	struct ring_iotlb tlb = make_iotlb(5000, RING_IOTLB_EVICT);

	(void)state;
	for (u64 i = 0; i < 6000; i++) {
		map_page(&tlb, i % 2 ? 10000 - i : i);
		if (i % 100 == 0)
			assert_balanced(&tlb);
	}
	drop_iotlb(&tlb);
}

static void taking_out_one_after_the_other(void **state)
{
	(void)state;
	/* Every stride takes other nodes: leaves, the root, both ends. */
	for (u64 stride = 1; stride < 40; stride += 3) {
		struct ring_iotlb tlb = make_iotlb(1009, RING_IOTLB_REJECT);

		for (u64 i = 0; i < 1009; i++)
			map_page(&tlb, i);
		for (u64 i = 0; i < 1009; i++) {
			u64 page = i * stride % 1009;

			assert_int_equal(unmap_pages(&tlb, page, page), 1);
			if (i % 7 == 0 || i > 990)
				assert_balanced(&tlb);
		}
		assert_int_equal(tlb.count, 0);
		drop_iotlb(&tlb);
	}
}

static void always_taking_out_the_root(void **state)
{
	struct ring_iotlb tlb = make_iotlb(1000, RING_IOTLB_REJECT);

	(void)state;
	for (u64 i = 0; i < 1000; i++)
		map_page(&tlb, i);
	while (tlb.count > 0) {
		const u64 iova = tlb.node[tlb.root].range.start;

		assert_int_equal(ring_iotlb_invalidate(&tlb, iova, iova), 1);
		assert_balanced(&tlb);
	}
	drop_iotlb(&tlb);
}

static void taking_out_whole_stretches(void **state)
{
	struct ring_iotlb tlb = make_iotlb(2000, RING_IOTLB_EVICT);
	u64 random = 99;

	(void)state;
	for (u32 round = 0; round < 300; round++) {
		u64 first = random_below(&random, 2000);
		u64 count = random_below(&random, 1 + round * 5);

		for (u64 i = 0; i < 2000; i += 1 + round % 3)
			map_page(&tlb, i);
		unmap_pages(&tlb, first, first + count);
		assert_balanced(&tlb);
	}
	drop_iotlb(&tlb);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rising_and_falling_addresses),
		cmocka_unit_test(both_ends_towards_the_middle),
		cmocka_unit_test(taking_out_one_after_the_other),
		cmocka_unit_test(always_taking_out_the_root),
		cmocka_unit_test(taking_out_whole_stretches),
	};

	return cmocka_run_group_tests_name("iotlb: stays balanced", tests, NULL,
					   NULL);
}
