// SPDX-License-Identifier: GPL-2.0-only
/*
 * Single frames through the transmit queue, of one buffer each, for tests that
 * count descriptors.
 */
#define _GNU_SOURCE
#include <unistd.h>

#include "abi/abi.h"

void frame_add(struct device *d)
{
	struct drv_buf buf = { MEMORY_DATA_GPA, 12 + 60 };
	struct drv_chain c = { .buf = &buf, .n_read = 1 };

	memory_fill(&d->mem, buf.addr, 0, buf.len);
	if (drv_add(&d->q[TX].ring, &c) != DRV_GOT)
		report_die("drv_add");
	drv_publish(&d->q[TX].ring);
}

bool frame_used(struct device *d, uint32_t ms)
{
	uint64_t end = now_ms() + ms;
	struct drv_used u;

	while (now_ms() < end) {
		if (drv_get_used(&d->q[TX].ring, &u) == DRV_GOT)
			return true;
		usleep(1000);
	}
	return false;
}

uint32_t frames_pass(struct device *d, uint32_t n)
{
	uint32_t used = 0;

	while (used < n) {
		frame_add(d);
		queue_kick(&d->q[TX]);
		if (!frame_used(d, 1000))
			break;
		used++;
	}
	return used;
}
