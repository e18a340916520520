/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A parent's own state, shared by the files of ringside_test_parent.ko.
 */
#ifndef RINGSIDE_TEST_PARENT_H
#define RINGSIDE_TEST_PARENT_H

#include <linux/eventfd.h>
#include <linux/vdpa.h>
#include <linux/vhost_iotlb.h>
#include <linux/virtio_config.h>
#include <linux/wait.h>
#include <uapi/linux/virtio_ring.h>

#include "abi.h"
#include "core/parent.h"
#include "../../../compat/vdpa.h"

struct parent_queue {
	struct vdpa_callback cb;	/* parent->cb_lock */
	atomic_t kicks;
	u64 desc;
	u32 num;
	bool ready;
	struct vdpa_vq_state state;
};

struct parent {
	struct vdpa_device vdpa;
	struct vdpa_config_ops ops;	/* with what its shape has */
	struct parent_shape shape;
	struct parent_queue queue[PARENT_QUEUES];
	spinlock_t cb_lock;		/* callbacks; irqs off */
	struct vdpa_callback config_cb;	/* cb_lock */
	u8 status;
	u64 features;
	u32 generation;
	u8 config[PARENT_CONFIG_BYTES];
	u32 group_asid[PARENT_GROUPS];
	bool bound;
	u32 resets, suspends, resumes;

	/* memory.c */
	struct mutex map_lock;
	struct vhost_iotlb map[PARENT_SPACES];	/* map_lock */
	u64 bytes[PARENT_SPACES];	/* map_lock */
	u32 maps, unmaps, tables, map_resets;
	struct vhost_parent_log log;	/* bits NULL: none; map_lock */
	unsigned long doorbell;		/* two pages, or 0 */

	/* orders */
	s64 fail_map, fail_table, fail_reset;
	bool fail_addr;
	s64 group;			/* -1: the queue's number */
	bool hold;
	wait_queue_head_t held;
	atomic_t waiting;
};

static inline struct parent *parent_of(struct vdpa_device *vdpa)
{
	return container_of(vdpa, struct parent, vdpa);
}

/* ops.c */
extern const struct vdpa_config_ops parent_all_ops;
/* Wait while the test holds the parent; -EINTR when killed. */
int parent_wait(struct parent *p);
int parent_irq(struct parent *p, u32 index);
int parent_trigger(struct parent *p, u32 index);
int parent_irq_config(struct parent *p);

/* memory.c */
void parent_memory_init(struct parent *p);
void parent_memory_free(struct parent *p);
int parent_dma(struct parent *p, struct parent_dma *dma);
int parent_dma_map(struct vdpa_device *vdpa, unsigned int asid, u64 iova,
		   u64 size, u64 pa, u32 perm, void *opaque);
int parent_dma_unmap(struct vdpa_device *vdpa, unsigned int asid, u64 iova,
		     u64 size);
int parent_set_map(struct vdpa_device *vdpa, unsigned int asid,
		   struct vhost_iotlb *iotlb);
int parent_reset_map(struct vdpa_device *vdpa, unsigned int asid);
struct vdpa_notification_area parent_doorbell(struct vdpa_device *vdpa,
					      u16 index);
extern const struct vhost_parent_ops parent_log_ops;

#endif /* RINGSIDE_TEST_PARENT_H */
