/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What /dev/vhost-test-norings has beyond the vhost interface; for the module
 * and for tests/host/norings.
 */
#ifndef RINGSIDE_TEST_NORINGS_ABI_H
#define RINGSIDE_TEST_NORINGS_ABI_H

#include <linux/ioctl.h>
#include <linux/types.h>
#include <linux/vhost.h>

enum {
	NORINGS_QUEUES = 3,
	NORINGS_MAX_NUM = 256,		/* else SET_VRING_NUM is E2BIG */
	NORINGS_ASIDS = 4,		/* else a message is ERANGE */
	NORINGS_DELAY_US = 50,		/* from kick to call, at open */
};

/* An UPDATE from here on is ENOSPC: the device's translations are full. */
#define NORINGS_FULL_IOVA 0xf000000000000000ULL

/* What one queue was asked and did since the device got its owner. */
struct norings_queue_record {
	__u64 kicks, calls;
	__u32 odd_kicks;	/* of them, where interrupts were on */
	__u32 odd_calls;	/* of them, outside of hard interrupts */
	__u32 num;		/* as set */
	__u32 addrs, call_fds;	/* times set */
	__u32 padding;
	__u64 desc;		/* as set last */
};

/* The last message, and how many; rejected ones count, too. */
struct norings_msg_record {
	__u64 iova, size;
	__u32 count;
	__u32 asid;
	__u32 batch;		/* is one open */
	__u8 type, perm;
	__u8 padding[2];
};

struct norings_record {
	__u32 index;		/* in: which queue */
	__u32 features_ok;
	struct norings_queue_record queue;
	struct norings_msg_record msg;
};

/* Anybody may read; ENOBUFS: no such queue. */
#define NORINGS_READ _IOWR(VHOST_VIRTIO, 0xe0, struct norings_record)
/* Owner: from here on until RESET_OWNER, SET_FEATURES is EBUSY. */
#define NORINGS_FEATURES_OK _IO(VHOST_VIRTIO, 0xe1)
/* Owner: microseconds from kick to call. */
#define NORINGS_SET_DELAY _IOW(VHOST_VIRTIO, 0xe2, __u32)

#endif /* RINGSIDE_TEST_NORINGS_ABI_H */
