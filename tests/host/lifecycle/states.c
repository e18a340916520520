// SPDX-License-Identifier: GPL-2.0-only
/*
 * The states.
 */
#define _GNU_SOURCE
#include <unistd.h>

#include "../driver/hostile.h"
#include "lifecycle/life.h"

const char *const state_names[STATES] = {
	"no owner", "owned", "configured", "running", "running by a kthread",
	"broken",
};

static void strike(struct life *f)
{
	struct queue *q = &f->d.q[TX];
	struct hostile h = {
		.ring = &q->ring,
		.good = { f->d.mem.rings + MEMORY_RINGS - 65536, 65536,
			  MEMORY_RINGS_GPA + MEMORY_RINGS - 65536 },
		.bad = 0x200000000ull,
	};

	hostile_find("address_outside")->strike(&h);
	queue_kick(q);
	event_wait(q->err, 1000);
}

static bool start(struct life *f)
{
	link_tap(&f->l, header_bytes(f->features));
	if (device_ready(&f->d, f->features, 64) ||
	    device_set_backend(&f->d, f->l.backend))
		return false;
	if (f->state == BROKEN)
		strike(f);
	traffic_open(&f->t, &f->d, &f->l, &(struct traffic_plan){
		.lossy = true, .leave[TX] = f->state == BROKEN });
	return true;
}

bool life_begin(struct life *f, enum state state, uint64_t features)
{
	uint8_t mode = VHOST_FORK_OWNER_KTHREAD;

	*f = (struct life){ .state = state, .features = features };
	device_open(&f->d);
	if (features & ~f->d.offered)
		return false;
	switch (state) {
	case NO_OWNER:
		return true;
	case OWNED:
		return !cmd(f->d.fd, VHOST_SET_OWNER, NULL);
	case CONFIGURED:
		return !device_ready(&f->d, features, 64);
	case KTHREAD:
		if (cmd(f->d.fd, VHOST_SET_FORK_FROM_OWNER, &mode))
			return false;
		break;
	default:
		break;
	}
	return start(f);
}

void life_go_on(struct life *f, uint32_t ms)
{
	uint64_t end = now_ms() + ms;
	struct vhost_vring_state s = { 0, 64 };

	if (f->state >= RUNNING) {
		traffic_for(&f->t, ms);
		return;
	}
	while (now_ms() < end) {
		cmd(f->d.fd, VHOST_SET_VRING_NUM, &s);
		cmd(f->d.fd, VHOST_GET_VRING_BASE, &s);
	}
}
