// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every attack of tests/driver/hostile.h on a disk's queue: the device asks for a
 * reset once and is as new after it, or goes on; the disk next to it always does.
 */
#include <unistd.h>

#include "../driver/hostile.h"
#include "vdpa_blk/tests.h"

#define BAD_ADDR 0x500000000ull	/* not mapped */

enum { GOOD_BYTES = 1 << 20, NEEDS_RESET = 0x40 };

/* Has it broken, as it must or must not? */
static const char *look(struct disk *k, const struct hostile_attack *a)
{
	bool must = a->cause != RING_OK && a->cause != HOSTILE_ANY;
	uint64_t calls = event_wait(k->config_call, must ? SOON : 20);
	bool broken = disk_status(k) & NEEDS_RESET;

	queue_kick(&k->d.q[0]);
	usleep(1000);
	calls += event_take(k->config_call);
	if (calls != broken)
		return "notified without a reason, or not once";
	if (a->cause != HOSTILE_ANY && broken != must)
		return broken ? "it asks for a reset" : "it does not ask for a reset";
	return NULL;
}

static const char *attack(const struct hostile_attack *a, const struct kind *kind,
			  struct disk *k, struct disk *next)
{
	const char *why = NULL;
	struct hostile h;

	disk_start(k, kind->features);
	h = (struct hostile){
		.ring = &k->d.q[0].ring,
		.good = disk_take(k, GOOD_BYTES),
		.bad = BAD_ADDR,
		.seed = 3,
	};
	if (!hostile_fits(&h, a)) {
		disk_reset(k);
		return "";
	}
	a->strike(&h);
	queue_kick(&k->d.q[0]);
	why = look(k, a);
	if (!why && !disk_works(next))
		why = "the disk next to it suffers";
	disk_reset(k);
	if (!why && (disk_status(k) || !disk_start(k, kind->features) || !disk_works(k)))
		why = "it is not as new after a reset";
	disk_reset(k);
	event_take(k->config_call);
	return why;
}

static void on_kind(const struct kind *kind, struct disk *next)
{
	uint32_t done = 0;
	struct disk k;

	disk_open_node(&k, "d0");
	if (disk_start(&k, kind->features)) {
		disk_reset(&k);
		for (uint32_t i = 0; i < hostile_count; i++) {
			const struct hostile_attack *a = &hostile_attacks[i];
			const char *why = attack(a, kind, &k, next);

			if (why && *why)
				report_ok(false, "%s, %s: %s", a->name, kind->name, why);
			done += !why;
		}
		report_ok(done > 15, "%s: %u attacks", kind->name, done);
	} else {
		report_skip("not offered", "%s", kind->name);
	}
	disk_close_node(&k);
}

void test_rings(void)
{
	struct disk next;

	disk_add(&(struct disk_settings){ "d0", "/dev/ram0" });
	disk_add(&(struct disk_settings){ "d1", "/dev/ram1" });
	disk_open_node(&next, "d1");
	disk_start(&next, F_V1 | F_IOMMU);
	for (unsigned int i = 0; i < n_kinds; i++)
		on_kind(&kinds[i], &next);
	disk_close_node(&next);
	disk_del("d0");
	disk_del("d1");
}
