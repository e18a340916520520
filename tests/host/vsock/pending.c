// SPDX-License-Identifier: GPL-2.0-only
/*
 * A guest is paused while a part of a ring has no translation: what the device
 * could not show the driver is not taken, and comes when the guest goes on.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/iotlb.h"
#include "tests.h"

enum { TYPE = VHOST_IOTLB_MSG_V2, PACKETS = 5 };

static void map_all(struct guest *g)
{
	int err = iotlb_map_rings(&g->d, TYPE);

	if (!err)
		err = iotlb_map_data(&g->d, TYPE);
	if (err)
		report_die("map: %s", errno_name(err));
}

static bool begin(struct guest *g, uint64_t features)
{
	guest_open_bare(g);
	if (features & ~g->d.offered) {
		guest_close(g);
		return false;
	}
	iotlb_begin(&g->d, features, TYPE, GUEST_NUM);
	map_all(g);
	if (guest_set_cid(g, 94) || guest_set_running(g, 1))
		report_die("start");
	guest_offer(g, 32);
	return true;
}

/* One step for each packet, so that each is a run of its own if it can be. */
static void use_queue(struct guest *g, int s, int queue)
{
	for (int i = 0; i < PACKETS; i++) {
		if (queue == TX)
			guest_say(g, s, VIRTIO_VSOCK_OP_CREDIT_UPDATE, 0);
		else if (send(s, "x", 1, 0) != 1)
			report_die("send");
		usleep(2000);
	}
}

static uint32_t received(struct guest *g)
{
	static struct packet p;
	uint32_t n = 0;

	while (n < PACKETS && guest_recv(g, &p, SOON))
		n += p.len;
	g->fwd_cnt += n;
	return n;
}

static int pause_and_resume(struct guest *g)
{
	uint32_t base[QUEUES];
	int err = guest_set_running(g, 0);

	map_all(g);
	for (int i = 0; i < QUEUES && !err; i++) {
		base[i] = queue_base(&g->d.q[i]);
		err = queue_set_state(&g->d.q[i], VHOST_SET_VRING_BASE,
				      base[i]);
	}
	return err ? err : guest_set_running(g, 1);
}

static void try(const char *name, uint64_t features, int queue,
		enum drv_area area)
{
	static const char *const names[DRV_AREAS] = {
		"descriptors", "driver area", "device area",
	};
	struct guest g;
	bool all;
	int s, err;

	if (!begin(&g, features | F_IOMMU)) {
		report_skip("not offered", "%s", name);
		return;
	}
	s = host_to_guest(&g, SOCK_STREAM);
	if (s < 0 || !data_flows(&g, s))
		report_die("no data before");
	iotlb_unmap_area(&g.d.q[queue], TYPE, area);
	use_queue(&g, s, queue);
	err = pause_and_resume(&g);
	all = queue == TX ? guest_sent(&g, SOON) : received(&g) == PACKETS;
	report_ok(!err && all, "%s, %s: all %d packets come: %s", name,
		  names[area], PACKETS, errno_name(err));
	report_ok(all && data_flows(&g, s), "%s, %s: and what follows", name,
		  names[area]);
	close(s);
	guest_close(&g);
}

void test_pending(void)
{
	for (int a = 0; a < DRV_AREAS; a++) {
		try("split, RX", F_V1 | F_EVENT, RX, a);
		try("split, TX", F_V1 | F_EVENT, TX, a);
		try("packed, RX", F_V1 | F_EVENT | F_PACKED, RX, a);
		try("packed, TX", F_V1 | F_EVENT | F_PACKED, TX, a);
	}
}
