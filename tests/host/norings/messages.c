// SPDX-License-Identifier: GPL-2.0-only
/*
 * IOTLB messages: passed on to the device as they were written, by the owner
 * alone; address spaces and batches; errnos of the device's own.
 */
#define _GNU_SOURCE
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "lib/iotlb.h"
#include "norings/tests.h"

enum { BATCH_BEGIN = 5, BATCH_END = 6 };	/* VHOST_IOTLB_BATCH_... */

#define F_MSG_V2 BIT64(VHOST_BACKEND_F_IOTLB_MSG_V2)
#define F_BATCH BIT64(2)	/* VHOST_BACKEND_F_IOTLB_BATCH */
#define F_ASID BIT64(3)		/* VHOST_BACKEND_F_IOTLB_ASID */

static const uint32_t layouts[] = { VHOST_IOTLB_MSG, VHOST_IOTLB_MSG_V2 };

static int send(int fd, uint32_t layout, uint8_t what, uint64_t iova,
		uint64_t size, uint8_t perm)
{
	struct iotlb_msg m = iotlb_message(layout, what, iova, size, 0x1000,
					   perm);

	return iotlb_write(fd, &m, sizeof(m));
}

static bool recorded(int fd, uint8_t what, uint64_t iova, uint64_t size,
		     uint8_t perm)
{
	struct norings_msg_record r = node_read(fd, 0).msg;

	return r.type == what && r.iova == iova && r.size == size &&
	       r.perm == perm;
}

/* ---- what arrives ------------------------------------------------------- */

static const struct {
	const char *name;
	uint8_t what;
	uint64_t iova, size;
	uint8_t perm;
	int err;
} rows[] = {
	{ "update", VHOST_IOTLB_UPDATE, 0x4000, 0x2000, 3, 0 },
	{ "update, no permission", VHOST_IOTLB_UPDATE, 0x4000, 0x2000, 0, 0 },
	{ "update, no bytes", VHOST_IOTLB_UPDATE, 0x4000, 0, 1, 0 },
	{ "update, no room", VHOST_IOTLB_UPDATE, NORINGS_FULL_IOVA, 4096, 3,
	  ENOSPC },
	{ "invalidate", VHOST_IOTLB_INVALIDATE, 0x4000, 0x2000, 0, 0 },
	{ "invalidate all", VHOST_IOTLB_INVALIDATE, 0, -1ull, 0, 0 },
	{ "invalidate, wraps", VHOST_IOTLB_INVALIDATE, -4096ull, 8192, 0, 0 },
	{ "what 0", 0, 1, 2, 3, EBADMSG },
	{ "a miss", VHOST_IOTLB_MISS, 1, 2, 3, EBADMSG },
	{ "access failure", VHOST_IOTLB_ACCESS_FAIL, 1, 2, 3, EBADMSG },
	{ "what 255", 255, 1, 2, 3, EBADMSG },
};

static void check_row(int fd, unsigned int i, uint32_t layout)
{
	int err = send(fd, layout, rows[i].what, rows[i].iova, rows[i].size,
		       rows[i].perm);

	went(err, rows[i].err, rows[i].name);
	report_ok(recorded(fd, rows[i].what, rows[i].iova, rows[i].size,
			   rows[i].perm), "it came as it was sent");
}

/* ---- what does not ------------------------------------------------------ */

static int expect_perm(int fd)
{
	for (unsigned int i = 0; i < 2; i++)
		if (send(fd, layouts[i], VHOST_IOTLB_UPDATE, 0, 4096, 3) !=
		    EPERM)
			return 1;
	return 0;
}

static void check_refused(int fd)
{
	struct iotlb_msg m = iotlb_message(VHOST_IOTLB_MSG_V2,
					   VHOST_IOTLB_UPDATE, 0, 1, 0, 3);
	size_t least = offsetof(struct iotlb_msg, rest);
	uint32_t before = node_read(fd, 0).msg.count, wrong = 0;

	for (size_t len = 0; len < least; len++)
		wrong += iotlb_write(fd, &m, len) != EINVAL;
	report_ok(!wrong, "%u short messages did not end in EINVAL", wrong);
	went(send(fd, 0, VHOST_IOTLB_UPDATE, 0, 1, 3), EINVAL, "layout 0");
	went(send(fd, 3, VHOST_IOTLB_UPDATE, 0, 1, 3), EINVAL, "layout 3");
	went(iotlb_write(fd, (void *)8, sizeof(m)), EINVAL, "no memory of ours");
	report_ok(!in_child(expect_perm, fd), "EPERM for another process");
	report_ok(node_read(fd, 0).msg.count == before,
		  "none of these came to the device");
}

void test_messages(void)
{
	uint64_t features = F_V1 | F_IOMMU;
	int fd = node_open();

	report_ok(!expect_perm(fd), "EPERM without an owner");
	cmd(fd, VHOST_SET_OWNER, NULL);
	/* Whether the guest's addresses are the device's does not matter. */
	for (int iommu = 0; iommu < 2; iommu++) {
		for (unsigned int l = 0; l < 2; l++)
			for (unsigned int i = 0;
			     i < sizeof(rows) / sizeof(rows[0]); i++)
				check_row(fd, i, layouts[l]);
		check_refused(fd);
		went(cmd(fd, VHOST_SET_FEATURES, &features), 0,
		     "ACCESS_PLATFORM");
	}
	close(fd);
}

/* ---- address spaces ----------------------------------------------------- */

static int send_asid(int fd, uint32_t layout, uint32_t asid)
{
	struct iotlb_msg m = iotlb_message(layout, VHOST_IOTLB_UPDATE, 0x1000,
					   4096, 0, 3);

	m.asid = asid;
	return iotlb_write(fd, &m, sizeof(m));
}

static int set_backend_features(int fd, uint64_t features)
{
	return cmd(fd, VHOST_SET_BACKEND_FEATURES, &features);
}

static void check_asid(int fd, uint32_t layout, uint32_t asid, uint32_t want,
		       const char *what)
{
	went(send_asid(fd, layout, asid), 0, what);
	report_ok(node_read(fd, 0).msg.asid == want, "address space %u",
		  node_read(fd, 0).msg.asid);
}

void test_asids(void)
{
	int fd = node_owned();

	went(set_backend_features(fd, BIT64(40)), EOPNOTSUPP,
	     "backend features that are not offered");
	check_asid(fd, VHOST_IOTLB_MSG_V2, 3, 0, "not negotiated");
	went(set_backend_features(fd, F_MSG_V2), 0, "MSG_V2 alone");
	check_asid(fd, VHOST_IOTLB_MSG_V2, 3, 0, "not negotiated");
	went(set_backend_features(fd, F_MSG_V2 | F_ASID), 0, "ASID");
	check_asid(fd, VHOST_IOTLB_MSG_V2, 3, 3, "negotiated");
	check_asid(fd, VHOST_IOTLB_MSG, 3, 0, "padding of the first layout");
	went(send_asid(fd, VHOST_IOTLB_MSG_V2, NORINGS_ASIDS), ERANGE,
	     "no such address space: the device's own error");
	close(fd);
}

/* ---- batches ------------------------------------------------------------ */

void test_batches(void)
{
	const uint32_t v2 = VHOST_IOTLB_MSG_V2;
	int fd = node_owned();

	set_backend_features(fd, F_MSG_V2 | F_BATCH);
	went(send(fd, v2, BATCH_END, 0, 0, 0), EINVAL, "END without BEGIN");
	went(send(fd, v2, BATCH_BEGIN, 0, 0, 0), 0, "BEGIN");
	went(send(fd, v2, BATCH_BEGIN, 0, 0, 0), EALREADY, "BEGIN in a batch");
	went(send(fd, v2, VHOST_IOTLB_UPDATE, 0, 4096, 3), 0, "update in it");
	went(send(fd, v2, VHOST_IOTLB_UPDATE, NORINGS_FULL_IOVA, 4096, 3),
	     ENOSPC, "one that finds no room");
	report_ok(node_read(fd, 0).msg.batch == 1, "the batch is open still");
	went(send(fd, v2, BATCH_END, 0, 0, 0), 0, "END");
	went(send(fd, v2, BATCH_END, 0, 0, 0), EINVAL, "END again");
	went(send(fd, v2, BATCH_BEGIN, 0, 0, 0), 0, "BEGIN");
	cmd(fd, VHOST_RESET_OWNER, NULL);
	cmd(fd, VHOST_SET_OWNER, NULL);
	went(send(fd, v2, BATCH_END, 0, 0, 0), EINVAL, "END after RESET_OWNER");
	close(fd);
}
