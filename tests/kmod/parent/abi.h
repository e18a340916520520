/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * /dev/vhost-test-parent makes parents on the vdpa bus, says what vhost_vdpa did
 * to them, and tells them what to do; for the module and for tests/host/vdpa.
 */
#ifndef RINGSIDE_TEST_PARENT_ABI_H
#define RINGSIDE_TEST_PARENT_ABI_H

#include <linux/ioctl.h>
#include <linux/types.h>

enum {
	PARENT_MOST = 8,		/* parents at a time */
	PARENT_QUEUES = 8,		/* of one parent, at most */
	PARENT_GROUPS = 16,
	PARENT_SPACES = 4,
	PARENT_NUM_MIN = 4,
	PARENT_NUM_MAX = 512,
	PARENT_CONFIG_BYTES = 60,
	PARENT_DMA_BYTES = 64,
	PARENT_DEVICE_ID = 2,		/* a block device */
};

/* IOVAs that a parent takes. */
#define PARENT_IOVA_FIRST 0x1000ULL
#define PARENT_IOVA_LAST 0xffffffffffffULL

enum parent_flags {
	PARENT_BY_RUN = 1 << 0,		/* takes runs, else tables */
	PARENT_USE_VA = 1 << 1,
	PARENT_DOORBELL = 1 << 2,	/* queues 0 and 1 have one each */
	PARENT_SUSPEND = 1 << 3,
	PARENT_LOG = 1 << 4,
	PARENT_BARE = 1 << 5,		/* none of the optional ops */
	PARENT_RESET_MAP = 1 << 6,
	PARENT_DOMAIN = 1 << 7,		/* does not translate */
};

struct parent_shape {
	__u32 id;			/* out */
	__u32 flags;			/* enum parent_flags */
	__u32 queues, groups, spaces;
};

/* ENOSPC: there are PARENT_MOST; EINVAL: a number is out of range. The name on
 * the bus is "tp" and the id. */
#define PARENT_NEW _IOWR('P', 1, struct parent_shape)
#define PARENT_END _IOW('P', 2, __u32)

struct parent_record {
	__u32 id;			/* in */
	__u32 status;
	__u32 resets, suspends, resumes;
	__u32 maps, unmaps, tables;	/* calls; tables: set_map */
	__u32 map_resets;
	__u32 entries[PARENT_SPACES];	/* mapped now */
	__u32 callbacks, triggers;	/* bit n: queue n has one */
	__u32 config_callback;
	__u32 bound;			/* to an mm */
	__u32 waiting;			/* calls that are held now */
	__u32 group_asid[PARENT_GROUPS];
	__u32 kicks[PARENT_QUEUES];
	__u32 ready[PARENT_QUEUES], num[PARENT_QUEUES];
	__u32 log_pages;		/* 0: does not log */
	__u64 features;
	__u64 desc[PARENT_QUEUES];
	__u64 bytes[PARENT_SPACES];	/* mapped now */
};

#define PARENT_READ _IOWR('P', 3, struct parent_record)

enum parent_what {
	PARENT_FAIL_MAP,	/* the map call after so many fails; -1: none */
	PARENT_FAIL_TABLE,	/* so many calls of set_map fail */
	PARENT_HOLD,		/* 1: calls that may sleep wait for 0 */
	PARENT_IRQ,		/* call the callback of this queue */
	PARENT_IRQ_TRIGGER,	/* signal the eventfd of this queue */
	PARENT_IRQ_CONFIG,
	PARENT_GROUP,		/* get_vq_group says this */
	PARENT_FAIL_ADDR,	/* set_vq_address fails */
	PARENT_FAIL_RESET,	/* so many resets fail */
};

struct parent_order {
	__u32 id;
	__u32 what;			/* enum parent_what */
	__s64 value;
};

#define PARENT_DO _IOW('P', 4, struct parent_order)

/* Read or write guest memory as a device does. EFAULT: the parent was not given
 * of it, or not with this right. */
struct parent_dma {
	__u32 id;
	__u32 asid;
	__u64 iova;
	__u32 len;
	__u32 write;
	__u8 data[PARENT_DMA_BYTES];
};

#define PARENT_DMA _IOWR('P', 5, struct parent_dma)

#endif /* RINGSIDE_TEST_PARENT_ABI_H */
