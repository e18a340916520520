// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every attack of tests/driver/hostile.h, on each queue, over each kind of
 * ring that it fits.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <unistd.h>

#include "hostile/tests.h"

static const struct {
	const char *name;
	uint64_t features;
	uint32_t num;
} kinds[] = {
	{ "split", F_V1, 64 },
	{ "split, all", F_V1 | F_MRG | F_EVENT | F_INDIRECT, 64 },
	{ "split, in order", F_V1 | F_MRG | F_EVENT | F_INDIRECT | F_ORDER, 64 },
	{ "big split", F_V1 | F_INDIRECT, 4096 },
	{ "packed", F_V1 | F_PACKED, 64 },
	{ "packed, all", F_V1 | F_MRG | F_EVENT | F_INDIRECT | F_PACKED, 64 },
	{ "packed, in order", F_V1 | F_MRG | F_EVENT | F_PACKED | F_ORDER, 64 },
	{ "big packed", F_V1 | F_INDIRECT | F_PACKED, 4096 },
};

/* What the owner must have heard, and what it has. */
static const char *heard(struct victim *v, int queue,
			 const struct hostile_attack *a)
{
	bool must = a->cause != RING_OK && a->cause != HOSTILE_ANY;
	int fd = v->d.q[queue].err;
	uint64_t n = event_wait(fd, must ? 2000 : 10);

	for (int i = 0; i < 3; i++) {
		victim_poke(v, queue);
		usleep(2000);
	}
	n += event_wait(fd, 0);
	if (a->cause == HOSTILE_ANY)
		return n > 1 ? "heard of it more than once" : NULL;
	if (must)
		return n == 1 ? NULL : n ? "heard of it more than once" :
					   "heard of nothing";
	return n ? "broken for nothing" : NULL;
}

static const char *attack(struct victim *v, int queue,
			  const struct hostile_attack *a)
{
	struct hostile h = victim_hostile(v, queue, 7 + queue);
	const char *why;
	int err;

	if (!hostile_fits(&h, a))
		return NULL;
	a->strike(&h);
	victim_poke(v, queue);
	if (v->d.offered & F_PACKED) {
		why = heard(v, queue, a);
		if (why)
			return why;
	} else {
		/* It is free to do as it likes, but for a while only. */
		usleep(5000);
	}
	why = victim_other(v, queue);
	if (why)
		return why;
	err = victim_renew(v, queue);
	if (err)
		return errno_name(err);
	memory_reset(&v->d.mem);
	return victim_other(v, !queue);
}

/*
 * Linux's vhost_net hands a chain of 4 GiB and more on to tun, where it ends
 * in a WARN of copy_page_from_iter(): nothing to be repeated in every run.
 */
static bool linux_warns(const struct victim *v, const struct hostile_attack *a)
{
	return !(v->d.offered & F_PACKED) && a->cause == RING_BAD_TOTAL;
}

static bool fits(struct victim *v, const struct hostile_attack *a)
{
	struct hostile h = victim_hostile(v, TX, 0);

	/* Big rings are for what needs them. */
	return hostile_fits(&h, a) && (v->num == 64 || a->min_num > 64);
}

static void try(const struct hostile_attack *a, unsigned int kind, int queue)
{
	struct victim v;
	const char *why;

	if (!victim_open(&v, kinds[kind].features, kinds[kind].num))
		return;
	if (fits(&v, a) && linux_warns(&v, a)) {
		report_skip("Linux warns", "%s, %s", a->name, kinds[kind].name);
	} else if (fits(&v, a)) {
		why = attack(&v, queue, a);
		report_ok(!why, "%s, %s, %s: %s", a->name, kinds[kind].name,
			  queue == TX ? "TX" : "RX", why ? why : "fine");
	}
	victim_close(&v);
}

void hostile_one_by_one(void)
{
	for (unsigned int k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++)
		for (uint32_t i = 0; i < hostile_count; i++)
			for (int queue = 0; queue < QUEUES; queue++)
				try(&hostile_attacks[i], k, queue);
}
