// SPDX-License-Identifier: GPL-2.0-only
/*
 * The driver side tested by itself, against the naive device: content, order
 * and lengths of random traffic, notifications neither lost nor needless,
 * rules of adding, and what it says of a device that breaks the rules.
 *
 * Says nothing about the engine. Runs in one thread, but for one test.
 */
#include <pthread.h>
#include <sched.h>

#include "selftest_rig.h"

static void traffic_on(enum drv_format format, uint32_t num, uint32_t features,
		       const struct lazy_policy *lazy)
{
	static const uint16_t start[] = { 0, 1, 65535, 65530, 32767 };
	static const struct lazy_policy plain;
	struct rig g;

	rig_open(&g, format, num, features);
	g.be_lazy = lazy;
	lazy_init(&g.lazy, &g.ring, lazy ? lazy : &plain, num + features);
	for (unsigned int i = 0; i < 5; i++) {
		uint16_t pos = format == DRV_SPLIT ? start[i] : start[i] % num;

		if (i)
			rig_restart(&g, pos, i & 1);
		rig_traffic(&g, 100);
		rig_drain(&g);
	}
	rig_close(&g);
}

static const uint32_t split_nums[] = { 1, 2, 4, 8, 64, 256, 0 };
static const uint32_t packed_nums[] = { 1, 2, 3, 5, 7, 64, 100, 257, 0 };

static void traffic(enum drv_format format, uint32_t feature_bits)
{
	const uint32_t *num = format == DRV_SPLIT ? split_nums : packed_nums;
	struct lazy_policy lazy;
	uint32_t seed = 0;

	for (; *num; num++)
		for (uint32_t f = 0; f <= feature_bits; f++) {
			traffic_on(format, *num, f, NULL);
			for (int i = 0; i < 3; i++) {
				lazy = lazy_policy(seed++);
				traffic_on(format, *num, f, &lazy);
			}
		}
}

static void split_traffic(void **state)
{
	(void)state;
	traffic(DRV_SPLIT, 15);
}

static void packed_traffic(void **state)
{
	(void)state;
	traffic(DRV_PACKED, 7);
}

/* ---- layout ----------------------------------------------------------- */

static void areas_have_the_spec_sizes(void **state)
{
	(void)state;
	assert_int_equal(drv_area_bytes(DRV_SPLIT, 8, DRV_DESC, true), 128);
	assert_int_equal(drv_area_bytes(DRV_SPLIT, 8, DRV_DRIVER, true), 22);
	assert_int_equal(drv_area_bytes(DRV_SPLIT, 8, DRV_DEVICE, true), 70);
	assert_int_equal(drv_area_bytes(DRV_SPLIT, 8, DRV_DRIVER, false), 20);
	assert_int_equal(drv_area_bytes(DRV_PACKED, 9, DRV_DESC, true), 144);
	assert_int_equal(drv_area_bytes(DRV_PACKED, 9, DRV_DRIVER, true), 4);
	assert_int_equal(drv_area_bytes(DRV_PACKED, 9, DRV_DEVICE, true), 4);
}

static void layout_is_aligned_and_apart(void **state)
{
	struct drv_config cfg = { .format = DRV_SPLIT, .num = 2,
				  .features = DRV_F_EVENT_IDX };

	(void)state;
	assert_int_equal(drv_layout(&cfg, (void *)8192, 4096), 4096 + 22);
	assert_ptr_equal(cfg.area[DRV_DESC], (void *)8192);
	assert_ptr_equal(cfg.area[DRV_DRIVER], (void *)(8192 + 32));
	assert_ptr_equal(cfg.area[DRV_DEVICE], (void *)(8192 + 4096));
}

/* ---- rules of adding -------------------------------------------------- */

static struct drv_chain chain_of(const struct drv_buf *buf, uint32_t n,
				 uint32_t n_table)
{
	return (struct drv_chain){ .buf = buf, .n_read = n,
				   .n_table = n_table };
}

static void impossible_chains_are_rejected(void **state)
{
	struct drv_buf buf[9] = { { GUEST, 1 } };
	struct drv_chain none = chain_of(buf, 0, 0);
	struct drv_chain longer = chain_of(buf, 5, 0);
	struct drv_chain table = chain_of(buf, 3, 3);
	struct drv_chain mixed = chain_of(buf, 3, 2);
	struct drv_chain big = chain_of(buf, 9, 9);
	struct rig g;

	(void)state;
	for (int f = DRV_SPLIT; f <= DRV_PACKED; f++) {
		rig_open(&g, f, 4, 0);
		assert_int_equal(drv_add(&g.ring, &none), DRV_REJECTED);
		assert_int_equal(drv_add(&g.ring, &longer), DRV_REJECTED);
		assert_int_equal(drv_add(&g.ring, &table), DRV_REJECTED);
		rig_close(&g);
		rig_open(&g, f, 4, DRV_F_INDIRECT);
		assert_int_equal(drv_add(&g.ring, &big), DRV_REJECTED);
		assert_int_equal(drv_add(&g.ring, &mixed),
				 f == DRV_SPLIT ? DRV_GOT : DRV_REJECTED);
		rig_close(&g);
	}
}

static void impossible_rings_are_rejected(void **state)
{
	static uint64_t area[64];
	struct drv_config cfg = { .area = { area, area, area } };
	struct drv_ring r;

	(void)state;
	for (int f = DRV_SPLIT; f <= DRV_PACKED; f++) {
		cfg.format = f;
		cfg.num = 0;
		assert_false(drv_init(&r, &cfg));
		cfg.num = 32769;
		assert_false(drv_init(&r, &cfg));
		cfg.num = 3;
		assert_int_equal(drv_init(&r, &cfg), f == DRV_PACKED);
		drv_exit(&r);
	}
}

static void full_ring_takes_no_more(void **state)
{
	struct drv_buf buf[3] = { { GUEST, 1 }, { GUEST, 1 }, { GUEST, 1 } };
	struct drv_chain three = chain_of(buf, 3, 0), two = chain_of(buf, 2, 0);
	struct rig g;

	(void)state;
	for (int f = DRV_SPLIT; f <= DRV_PACKED; f++) {
		rig_open(&g, f, 4, 0);
		assert_int_equal(drv_add(&g.ring, &three), DRV_GOT);
		assert_int_equal(drv_add(&g.ring, &two), DRV_FULL);
		assert_int_equal(drv_free_slots(&g.ring), 1);
		assert_int_equal(drv_in_flight(&g.ring), 1);
		rig_close(&g);
	}
}

/* ---- visibility and notifications ------------------------------------- */

static void add_one(struct rig *g)
{
	struct drv_buf buf = { DATA, 8 };
	struct drv_chain c = { .buf = &buf, .n_write = 1 };

	assert_int_equal(drv_add(&g->ring, &c), DRV_GOT);
}

static void nothing_shows_before_publish(void **state)
{
	struct rig g;

	(void)state;
	for (int f = DRV_SPLIT; f <= DRV_PACKED; f++) {
		rig_open(&g, f, 8, 0);
		for (int i = 0; i < 3; i++)
			add_one(&g);
		assert_false(naive_pop(&g.dev, &g.held[0]));
		drv_publish(&g.ring);
		for (int i = 0; i < 3; i++)
			assert_true(naive_pop(&g.dev, &g.held[i]));
		assert_false(naive_pop(&g.dev, &g.held[3]));
		rig_close(&g);
	}
}

static bool kick_after(struct rig *g, int chains)
{
	while (chains--)
		add_one(g);
	return drv_kick_prepare(&g->ring);
}

static void kicks_follow_the_flags(void **state)
{
	struct rig g;

	(void)state;
	for (int f = DRV_SPLIT; f <= DRV_PACKED; f++) {
		rig_open(&g, f, 8, 0);
		assert_true(kick_after(&g, 1));
		assert_false(drv_kick_prepare(&g.ring));
		naive_disable_kicks(&g.dev);
		assert_false(kick_after(&g, 2));
		naive_enable_kicks(&g.dev);
		assert_true(kick_after(&g, 1));
		rig_close(&g);
	}
}

/* Put the device's event `ahead` chains on from the very beginning. */
static void set_event(struct rig *g, uint16_t ahead)
{
	uint32_t num = g->cfg.num;

	if (g->cfg.format == DRV_SPLIT) {
		uint16_t *end = (uint16_t *)(void *)&g->ring.used->ring[num];

		wire_store(end, ahead);
		return;
	}
	wire_store_event(g->ring.device_event, (struct wire_event){
		.off_wrap = ahead % num |
			    (ahead < num ? WIRE_EVENT_WRAP : 0),
		.flags = WIRE_EVENT_DESC,
	});
}

static void kicks_follow_the_event_index(void **state)
{
	struct rig g;

	(void)state;
	for (int f = DRV_SPLIT; f <= DRV_PACKED; f++) {
		rig_open(&g, f, 16, DRV_F_EVENT_IDX);
		set_event(&g, 3);
		assert_false(kick_after(&g, 3));
		assert_true(kick_after(&g, 1));
		assert_false(kick_after(&g, 1));
		set_event(&g, 7);
		assert_true(kick_after(&g, 4));
		rig_close(&g);
	}
}

static void kicks_follow_the_event_index_over_the_wrap(void **state)
{
	struct rig g;

	(void)state;
	rig_open(&g, DRV_PACKED, 5, DRV_F_EVENT_IDX);
	rig_restart(&g, 3, true);
	set_event(&g, 6);		/* slot 1 on the next lap */
	assert_false(kick_after(&g, 1));	/* slot 3 */
	assert_false(kick_after(&g, 2));	/* slots 4 and 0 */
	assert_true(kick_after(&g, 1));		/* slot 1 */
	set_event(&g, 4);
	assert_false(kick_after(&g, 1));
	rig_close(&g);
}

static void publishing_apart_from_asking_loses_no_kick(void **state)
{
	struct rig g;

	(void)state;
	for (int f = DRV_SPLIT; f <= DRV_PACKED; f++) {
		rig_open(&g, f, 16, DRV_F_EVENT_IDX);
		set_event(&g, 1);
		for (int i = 0; i < 5; i++) {
			add_one(&g);
			drv_publish(&g.ring);
		}
		add_one(&g);
		assert_true(drv_kick_needed(&g.ring));
		assert_false(drv_kick_prepare(&g.ring));
		rig_close(&g);
	}
}

static void unpublished_chains_need_no_kick(void **state)
{
	struct rig g;

	(void)state;
	for (int f = DRV_SPLIT; f <= DRV_PACKED; f++) {
		rig_open(&g, f, 16, DRV_F_EVENT_IDX);
		set_event(&g, 5);
		for (int i = 0; i < 5; i++)
			add_one(&g);
		drv_publish(&g.ring);
		add_one(&g);
		assert_false(drv_kick_needed(&g.ring));
		assert_true(drv_kick_prepare(&g.ring));
		rig_close(&g);
	}
}

static void reserved_event_flags_do_no_harm(void **state)
{
	struct rig g;

	(void)state;
	rig_open(&g, DRV_PACKED, 4, DRV_F_EVENT_IDX);
	wire_store_event(g.ring.device_event,
			 (struct wire_event){ 0xffff, 0xffff });
	assert_true(kick_after(&g, 1));
	rig_close(&g);
}

/* Device: take and give back n chains. */
static bool serve(struct rig *g, int n)
{
	while (n--) {
		assert_true(naive_pop(&g->dev, &g->held[0]));
		naive_push(&g->dev, &g->held[0], 8);
	}
	return naive_call_needed(&g->dev);
}

static void used_suppression_can_look_ahead(void **state)
{
	struct rig g;

	(void)state;
	for (int f = DRV_SPLIT; f <= DRV_PACKED; f++) {
		rig_open(&g, f, 7 + (f == DRV_SPLIT), DRV_F_EVENT_IDX);
		for (int lap = 0; lap < 5; lap++) {
			struct drv_used u;

			kick_after(&g, 6);
			assert_false(drv_enable_calls_after(&g.ring, 3));
			assert_false(serve(&g, 3));
			assert_true(serve(&g, 1));
			assert_false(serve(&g, 2));
			assert_true(drv_enable_calls(&g.ring));
			for (int i = 0; i < 6; i++)
				assert_int_equal(drv_get_used(&g.ring, &u),
						 DRV_GOT);
			assert_int_equal(drv_get_used(&g.ring, &u), DRV_EMPTY);
			drv_disable_calls(&g.ring);
			kick_after(&g, 1);
			assert_false(serve(&g, 1));
			assert_int_equal(drv_get_used(&g.ring, &u), DRV_GOT);
		}
		rig_close(&g);
	}
}

static void length_without_write_means_nothing(void **state)
{
	struct drv_used u;
	struct rig g;

	(void)state;
	rig_open(&g, DRV_PACKED, 4, 0);
	kick_after(&g, 1);
	serve(&g, 1);
	g.ring.pdesc[0].flags &= (uint16_t)~WIRE_WRITE;
	assert_int_equal(drv_get_used(&g.ring, &u), DRV_GOT);
	assert_int_equal(u.len, 0);
	rig_close(&g);
}

/* ---- in-order batches ------------------------------------------------- */

static void in_order_batch_completes_the_skipped(void **state)
{
	struct rig g;

	(void)state;
	for (int f = DRV_SPLIT; f <= DRV_PACKED; f++) {
		rig_open(&g, f, 4, DRV_F_IN_ORDER);
		for (int lap = 0; lap < 5; lap++) {
			struct drv_used u;

			kick_after(&g, 3);
			for (int i = 0; i < 3; i++)
				naive_pop(&g.dev, &g.held[i]);
			naive_push_batch(&g.dev, &g.held[2], 5, 3, 3);
			for (int i = 0; i < 3; i++) {
				assert_int_equal(drv_get_used(&g.ring, &u),
						 DRV_GOT);
				assert_int_equal(u.skipped, i < 2);
				assert_int_equal(u.len, i < 2 ? 8 : 5);
				assert_int_equal(u.id, g.held[i].id);
			}
			assert_int_equal(drv_get_used(&g.ring, &u), DRV_EMPTY);
		}
		rig_close(&g);
	}
}

/* ---- devices that break the rules ------------------------------------- */

static enum drv_fault fault_of(struct rig *g)
{
	struct drv_used u;
	enum drv_result res;

	do
		res = drv_get_used(&g->ring, &u);
	while (res == DRV_GOT);
	assert_int_equal(res, DRV_BROKEN);
	assert_int_equal(drv_get_used(&g->ring, &u), DRV_BROKEN);
	return g->ring.fault;
}

static void bad_used_ids_are_noticed(void **state)
{
	static const uint16_t bad[] = { 2, 8, 0xffff };
	struct rig g;

	(void)state;
	for (int f = DRV_SPLIT; f <= DRV_PACKED; f++)
		for (int i = 0; i < 3; i++) {
			rig_open(&g, f, 8, 0);
			kick_after(&g, 2);
			g.held[0] = (struct naive_chain){ .id = bad[i],
							  .slots = 1 };
			naive_push(&g.dev, &g.held[0], 0);
			assert_int_equal(fault_of(&g), DRV_BAD_USED_ID);
			rig_close(&g);
		}
}

static void bad_used_lengths_are_noticed(void **state)
{
	struct rig g;

	(void)state;
	for (int f = DRV_SPLIT; f <= DRV_PACKED; f++) {
		rig_open(&g, f, 8, 0);
		kick_after(&g, 1);
		naive_pop(&g.dev, &g.held[0]);
		naive_push(&g.dev, &g.held[0], 9);
		assert_int_equal(fault_of(&g), DRV_BAD_USED_LEN);
		rig_close(&g);
	}
}

static void bad_used_index_is_noticed(void **state)
{
	struct rig g;

	(void)state;
	rig_open(&g, DRV_SPLIT, 8, 0);
	kick_after(&g, 2);
	add_one(&g);		/* not published */
	wire_store_release(&g.ring.used->idx, 3);
	assert_int_equal(fault_of(&g), DRV_BAD_USED_IDX);
	rig_close(&g);
}

static void bad_in_order_batch_is_noticed(void **state)
{
	struct rig g;

	(void)state;
	for (int f = DRV_SPLIT; f <= DRV_PACKED; f++) {
		rig_open(&g, f, 8, DRV_F_IN_ORDER);
		kick_after(&g, 2);
		add_one(&g);	/* not published */
		for (int i = 0; i < 2; i++)
			naive_pop(&g.dev, &g.held[i]);
		g.held[2].id = g.ring.order[2];
		naive_push_batch(&g.dev, &g.held[2], 0, 2, 2);
		assert_int_equal(fault_of(&g), DRV_BAD_USED_BATCH);
		rig_close(&g);
	}
}

/* ---- two threads ------------------------------------------------------ */

enum { THREAD_CHAINS = 20000 };

struct pair {
	struct rig g;
	uint32_t kicks, calls;	/* eventfds of a sort */
};

static void event_raise(uint32_t *event)
{
	__atomic_store_n(event, 1, __ATOMIC_RELEASE);
}

static void event_await(uint32_t *event)
{
	while (!__atomic_exchange_n(event, 0, __ATOMIC_ACQUIRE))
		sched_yield();
}

static uint32_t fill_chain(void *arg, const struct naive_chain *c)
{
	(void)arg;
	write_chain(c, c->write_len);
	return c->write_len;
}

static void *device_thread(void *arg)
{
	struct pair *p = arg;
	uint32_t done = 0;

	while (done < THREAD_CHAINS) {
		bool call = false;

		naive_disable_kicks(&p->g.dev);
		done += naive_run(&p->g.dev, fill_chain, NULL, &call);
		if (call)
			event_raise(&p->calls);
		if (done < THREAD_CHAINS && !naive_enable_kicks(&p->g.dev))
			event_await(&p->kicks);
	}
	return NULL;
}

static void driver_thread(struct pair *p)
{
	struct rig *g = &p->g;

	while (g->back < THREAD_CHAINS) {
		while (g->added < THREAD_CHAINS && rig_add(g))
			;
		if (drv_kick_prepare(&g->ring))
			event_raise(&p->kicks);
		rig_take(g);
		if (drv_in_flight(&g->ring) && !drv_enable_calls(&g->ring))
			event_await(&p->calls);
		drv_disable_calls(&g->ring);
	}
}

static void threads_on(enum drv_format format, uint32_t features)
{
	struct pair p = { 0 };
	pthread_t thread;

	rig_open(&p.g, format, 32, features);
	assert_int_equal(pthread_create(&thread, NULL, device_thread, &p), 0);
	driver_thread(&p);
	pthread_join(thread, NULL);
	rig_close(&p.g);
}

static void two_threads_lose_nothing(void **state)
{
	(void)state;
	for (int f = DRV_SPLIT; f <= DRV_PACKED; f++)
		for (uint32_t features = 0; features < 8; features++)
			threads_on(f, features);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(areas_have_the_spec_sizes),
		cmocka_unit_test(layout_is_aligned_and_apart),
		cmocka_unit_test(impossible_chains_are_rejected),
		cmocka_unit_test(impossible_rings_are_rejected),
		cmocka_unit_test(full_ring_takes_no_more),
		cmocka_unit_test(nothing_shows_before_publish),
		cmocka_unit_test(kicks_follow_the_flags),
		cmocka_unit_test(kicks_follow_the_event_index),
		cmocka_unit_test(kicks_follow_the_event_index_over_the_wrap),
		cmocka_unit_test(publishing_apart_from_asking_loses_no_kick),
		cmocka_unit_test(unpublished_chains_need_no_kick),
		cmocka_unit_test(reserved_event_flags_do_no_harm),
		cmocka_unit_test(used_suppression_can_look_ahead),
		cmocka_unit_test(length_without_write_means_nothing),
		cmocka_unit_test(in_order_batch_completes_the_skipped),
		cmocka_unit_test(bad_used_ids_are_noticed),
		cmocka_unit_test(bad_used_lengths_are_noticed),
		cmocka_unit_test(bad_used_index_is_noticed),
		cmocka_unit_test(bad_in_order_batch_is_noticed),
		cmocka_unit_test(split_traffic),
		cmocka_unit_test(packed_traffic),
		cmocka_unit_test(two_threads_lose_nothing),
	};

	return cmocka_run_group_tests_name("driver", tests, NULL, NULL);
}
