// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table: a command, with this argument, at this stage, returns that errno.
 * Each on a fresh device. What all devices share is in the abi program in full;
 * here are the device's own commands, and each common one on this device.
 */
#define _GNU_SOURCE
#include <errno.h>

#include "lib/rows.h"
#include "tests.h"

enum stage { OPEN, OWNED, HALF, READY, RUNNING };

static const struct row rows[] = {
	/* the CID; whoever has the file may set it */
	{ ROW(VSOCK_SET_GUEST_CID), OPEN, 0, WORD64, 3 },
	{ ROW(VSOCK_SET_GUEST_CID), OPEN, 0, WORD64, 0xfffffffe },
	{ ROW(VSOCK_SET_GUEST_CID), OPEN, 0, WORD64, 3, .foreign = true },
	{ ROW(VSOCK_SET_GUEST_CID), RUNNING, 0, WORD64, 3 },
	{ ROW(VSOCK_SET_GUEST_CID), OPEN, EINVAL, WORD64, 0 },
	{ ROW(VSOCK_SET_GUEST_CID), OPEN, EINVAL, WORD64, 1 },
	{ ROW(VSOCK_SET_GUEST_CID), OPEN, EINVAL, WORD64, 2 },
	{ ROW(VSOCK_SET_GUEST_CID), OPEN, EINVAL, WORD64, 0xffffffff },
	{ ROW(VSOCK_SET_GUEST_CID), OPEN, EINVAL, WORD64, 0x100000003 },
	{ ROW(VSOCK_SET_GUEST_CID), RUNNING, EINVAL, WORD64, ~0ull },
	{ ROW(VSOCK_SET_GUEST_CID), OPEN, EFAULT, BAD_POINTER },

	/* starting and stopping; the owner's */
	{ ROW(VSOCK_SET_RUNNING), OPEN, EPERM, WORD32, 1 },
	{ ROW(VSOCK_SET_RUNNING), OPEN, EPERM, WORD32, 0 },
	{ ROW(VSOCK_SET_RUNNING), OWNED, EFAULT, WORD32, 1 },
	{ ROW(VSOCK_SET_RUNNING), OWNED, 0, WORD32, 0 },
	{ ROW(VSOCK_SET_RUNNING), HALF, EFAULT, WORD32, 1, OURS(0) },
	{ ROW(VSOCK_SET_RUNNING), HALF, 0, WORD32, 0 },
	{ ROW(VSOCK_SET_RUNNING), READY, 0, WORD32, 1 },
	{ ROW(VSOCK_SET_RUNNING), READY, 0, WORD32, -1u },
	{ ROW(VSOCK_SET_RUNNING), READY, 0, WORD32, 0 },
	{ ROW(VSOCK_SET_RUNNING), RUNNING, 0, WORD32, 1 },
	{ ROW(VSOCK_SET_RUNNING), RUNNING, 0, WORD32, 0 },
	{ ROW(VSOCK_SET_RUNNING), READY, EPERM, WORD32, 1, .foreign = true },
	{ ROW(VSOCK_SET_RUNNING), RUNNING, EPERM, WORD32, 0, .foreign = true },
	{ ROW(VSOCK_SET_RUNNING), READY, EFAULT, BAD_POINTER },

	/* other devices' */
	{ ROW(NET_SET_BACKEND), OWNED, ENOTTY, STATE },
	{ ROW(SCSI_SET_ENDPOINT), OWNED, ENOTTY, STATE },
	{ ROW(VDPA_GET_STATUS), OWNED, ENOTTY, STATE },
	{ _IO('T', 1), "another device's", OWNED, ENOTTY, STATE },
	{ _IOW(VHOST_VIRTIO, 0x61, char), "SET_RUNNING of another size",
	  OWNED, ENOTTY, WORD32 },

	/* the owner */
	{ ROW(SET_OWNER), OPEN, 0 },
	{ ROW(SET_OWNER), OWNED, EBUSY },
	{ ROW(SET_OWNER), OWNED, EBUSY, .foreign = true },
	{ ROW(RESET_OWNER), OPEN, EPERM },
	{ ROW(RESET_OWNER), OWNED, EFAULT, OURS(0) },
	{ ROW(RESET_OWNER), RUNNING, EFAULT, OURS(0) },
	{ ROW(RESET_OWNER), RUNNING, EPERM, .foreign = true },

	/* features */
	{ ROW(GET_FEATURES), OPEN, 0, WORD64 },
	{ ROW(SET_FEATURES), OPEN, 0, WORD64, F_V1 | F_SEQ | F_IOMMU },
	{ ROW(SET_FEATURES), OPEN, EOPNOTSUPP, WORD64, F_V1 | F_MRG },
	{ ROW(SET_FEATURES), OPEN, EOPNOTSUPP, WORD64, 1ull << 63 },
	{ ROW(SET_FEATURES), OPEN, EOPNOTSUPP, WORD64, F_V1 | 1 },
	{ ROW(SET_FEATURES), OPEN, EFAULT, BAD_POINTER },
	{ ROW(SET_FEATURES), RUNNING, 0, WORD64, F_V1 | F_SEQ },
	{ ROW(GET_BACKEND_FEATURES), OPEN, 0, WORD64 },
	{ ROW(SET_BACKEND_FEATURES), OPEN, 0, WORD64,
	  1ull << VHOST_BACKEND_F_IOTLB_MSG_V2 },
	{ ROW(SET_BACKEND_FEATURES), OPEN, EOPNOTSUPP, WORD64, 1ull << 5 },

	/* queues: there are two, the event queue is not here */
	{ ROW(SET_VRING_NUM), OWNED, 0, STATE, 1, 128 },
	{ ROW(SET_VRING_NUM), OWNED, EINVAL, STATE, 0, 3 },
	{ ROW(SET_VRING_NUM), OWNED, ENOBUFS, STATE, 2, 128 },
	{ ROW(SET_VRING_NUM), RUNNING, EBUSY, STATE, 0, 64 },
	{ ROW(SET_VRING_NUM), OPEN, EPERM, STATE, 0, 128 },
	{ ROW(SET_VRING_BASE), OWNED, 0, STATE, 1, 5 },
	{ ROW(SET_VRING_BASE), OWNED, EINVAL, STATE, 0, 65536 },
	{ ROW(SET_VRING_BASE), OWNED, ENOBUFS, STATE, 2, 0 },
	{ ROW(SET_VRING_BASE), RUNNING, EBUSY, STATE, 0, 0 },
	{ ROW(GET_VRING_BASE), OWNED, 0, STATE, 0 },
	{ ROW(GET_VRING_BASE), RUNNING, 0, STATE, 1 },
	{ ROW(GET_VRING_BASE), OWNED, ENOBUFS, STATE, 2 },
	{ ROW(SET_VRING_KICK), OWNED, 0, FILE_, 0, EVENT },
	{ ROW(SET_VRING_KICK), OWNED, EBADF, FILE_, 0, CLOSED },
	{ ROW(SET_VRING_KICK), OWNED, ENOBUFS, FILE_, 2, EVENT },
	{ ROW(SET_VRING_CALL), RUNNING, 0, FILE_, 1, EVENT },
	{ ROW(SET_VRING_CALL), OWNED, EBADF, FILE_, 1, CLOSED },
	{ ROW(SET_VRING_ERR), RUNNING, 0, FILE_, 1, EVENT },
	{ ROW(SET_VRING_ERR), OWNED, EBADF, FILE_, 1, CLOSED },
	{ ROW(SET_VRING_BUSYLOOP_TIMEOUT), OWNED, 0, STATE, 0, 50 },
	{ ROW(SET_VRING_BUSYLOOP_TIMEOUT), OWNED, ENOBUFS, STATE, 2, 50 },
	{ ROW(GET_VRING_BUSYLOOP_TIMEOUT), OWNED, 0, STATE, 1 },
	{ ROW(GET_VRING_BUSYLOOP_TIMEOUT), OPEN, EPERM, STATE, 1 },

	/* memory, log */
	{ ROW(SET_MEM_TABLE), OPEN, EPERM, WORD64 },
	{ ROW(SET_MEM_TABLE), RUNNING, EFAULT, BAD_POINTER },
	{ ROW(SET_LOG_BASE), OWNED, 0, WORD64, 0 },
	{ ROW(SET_LOG_BASE), OPEN, EPERM, WORD64, 0 },
	{ ROW(SET_LOG_FD), OWNED, 0, WORD32, -1u },

	/* Workers, which Linux has for scsi alone. What its vsock does not know
	 * it takes for a command on a queue, and the argument for its number.
	 */
	{ ROW(GET_VRING_WORKER), OPEN, EPERM, WORKER, 0 },
	{ ROW(GET_VRING_WORKER), OWNED, ENOTTY, WORKER, 0, OURS(0) },
	{ ROW(GET_VRING_WORKER), OWNED, ENOBUFS, WORKER, 5, OURS(ENOBUFS) },
	{ ROW(NEW_WORKER), OPEN, EPERM, WORKER },
	{ ROW(NEW_WORKER), OWNED, ENOTTY, WORKER, OURS(0) },
	{ ROW(FREE_WORKER), OWNED, ENOBUFS, WORKER, 99, OURS(ENODEV) },
	{ ROW(ATTACH_VRING_WORKER), RUNNING, ENOTTY, WORKER, 0, 99,
	  OURS(ENODEV) },
};

/* ---- stages ----------------------------------------------------------- */

static void set_up(struct guest *g, unsigned int queues)
{
	for (unsigned int i = 0; i < queues; i++) {
		queue_make(&g->d, i, GUEST_NUM);
		if (queue_setup(&g->d.q[i]))
			report_die("queue %u", i);
	}
}

static void bring_to(struct guest *g, enum stage stage)
{
	guest_open_bare(g);
	if (stage == OWNED && cmd(g->d.fd, VHOST_SET_OWNER, NULL))
		report_die("VHOST_SET_OWNER");
	if (stage > OWNED && device_begin(&g->d, F_V1))
		report_die("features and memory");
	if (stage > OWNED)
		set_up(g, stage == HALF ? 1 : QUEUES);
	if (stage == RUNNING && (guest_set_cid(g, 90) ||
				 guest_set_running(g, 1)))
		report_die("start");
}

static void try(const struct row *r)
{
	static const char *const stages[] = {
		"open", "owned", "half ready", "ready", "running",
	};
	struct guest g;

	bring_to(&g, r->stage);
	row_try(&(struct row_target){
		.fd = g.d.fd,
		.ours = guest_is_ours(&g),
		.stage = stages[r->stage],
	}, r);
	guest_close(&g);
}

/* ---- features --------------------------------------------------------- */

/* What Linux 6.12's vhost_vsock offers. */
#define LEAST 0x33d000002ull

/*
 * QEMU passes RING_RESET on but cannot reset a queue of this device, and the
 * kernel's own never offered it: a guest that took it could not move there.
 */
static void ring_bits(const struct guest *g)
{
	report_ok(!(g->d.offered & F_RESET), "RING_RESET is not offered");
	if (guest_is_ours(g))
		report_ok(g->d.offered & F_PACKED && g->d.offered & F_ORDER,
			  "RING_PACKED and IN_ORDER are");
}

static void each_bit(struct guest *g)
{
	int bad = 0;

	for (int bit = 0; bit < 64; bit++) {
		uint64_t one = 1ull << bit;
		int err = cmd(g->d.fd, VHOST_SET_FEATURES, &one);

		bad += err != (one & g->d.offered ? 0 : EOPNOTSUPP);
	}
	report_ok(!bad, "%d of 64 bits are taken or rejected wrongly", bad);
}

static void feature_array(struct guest *g)
{
	uint64_t get[4] = { 2, 1, 1, 77 }, set[3] = { 1, F_V1 };
	int err = cmd(g->d.fd, VHOST_GET_FEATURES_ARRAY, get);

	if (!guest_is_ours(g)) {
		went(err, ENOBUFS, "GET_FEATURES_ARRAY, which only net has");
		return;
	}
	report_ok(!err && get[1] == g->d.offered && !get[2] && get[3] == 77,
		  "GET_FEATURES_ARRAY: %s", errno_name(err));
	went(cmd(g->d.fd, VHOST_SET_FEATURES_ARRAY, set), 0,
	     "SET_FEATURES_ARRAY");
	set[1] = 1ull << 63;
	went(cmd(g->d.fd, VHOST_SET_FEATURES_ARRAY, set), EOPNOTSUPP,
	     "SET_FEATURES_ARRAY, bit 63");
}

static void features(void)
{
	uint64_t backend = 0;
	struct guest g;

	guest_open_bare(&g);
	report_ok((g.d.offered & LEAST) == LEAST, "features offered: %#llx",
		  (unsigned long long)g.d.offered);
	cmd(g.d.fd, VHOST_GET_BACKEND_FEATURES, &backend);
	report_ok(backend == 1ull << VHOST_BACKEND_F_IOTLB_MSG_V2,
		  "backend features: %#llx", (unsigned long long)backend);
	ring_bits(&g);
	each_bit(&g);
	cmd(g.d.fd, VHOST_SET_OWNER, NULL);
	feature_array(&g);
	guest_close(&g);
}

void test_commands(void)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		try(&rows[i]);
	features();
}
