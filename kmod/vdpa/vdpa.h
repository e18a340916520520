/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of vhost_vdpa.ko share. Grouped by the file that provides it.
 *
 * A device of the vdpa bus, its "parent" here, does everything that concerns
 * rings. This module passes on what the owner of the file says, having checked
 * it, and makes the owner's memory available to the parent.
 *
 * Locks, outermost first:
 *	node->end	removal of a parent against the end of an open file
 *	node->lock	which parent and which file a node has; held for moments
 *	dev.lock	of core.h: commands, messages, the parent's removal
 *	vq.lock		of core.h: the parent's calls that concern one queue
 *	doorbell_lock	page faults against the parent's removal; inside of
 *			mmap_lock, which is inside of dev.lock
 *	owner->lock	memory accounts
 *	config.lock	the eventfd of config interrupts; irqs off
 *
 * A parent may take its time to respond, for ever if its daemon is stopped. It
 * is only called with locks held that belong to its own device.
 */
#ifndef RINGSIDE_VDPA_H
#define RINGSIDE_VDPA_H

#include <linux/cdev.h>
#include <linux/device.h>
#include <linux/irqbypass.h>
#include <linux/vdpa.h>
#include <linux/vhost_iotlb.h>
#include <linux/virtio_config.h>

#include "core/core.h"
#include "core/parent.h"
#include "../../compat/vdpa.h"

struct vdpa_owner;
struct vdpa_user;

/* A device bound to this driver, and its node. Lives until the last file. */
struct vdpa_node {
	struct device dev;
	struct cdev cdev;
	int minor;
	struct mutex end;
	struct mutex lock;
	struct vdpa_device *vdpa;	/* NULL: was unbound; lock */
	struct vdpa_user *user;		/* who has it open, or NULL; lock */
};

struct vdpa_queue {
	struct vhost_vq vq;
	struct irq_bypass_producer producer;	/* dev.lock */
	bool bypass;			/* @producer is registered; dev.lock */
};

/* Runs that were unmapped and the parent may still use; see gone.c. */
struct vdpa_gone {
	struct vdpa_gone_page *top;	/* NULL: there are none */
	u32 n;
};

/* One address space of the parent. All under dev.lock. */
struct vdpa_space {
	struct vhost_iotlb live;	/* what is mapped */
	struct vdpa_gone gone;		/* kept pinned */
	bool batch;			/* between BATCH_BEGIN and BATCH_END */
	bool stale;			/* the parent has not got all of it */
	bool used;			/* anything was ever mapped */
};

/* Who is signalled when the configuration changes. */
struct vdpa_config_call {
	spinlock_t lock;
	struct eventfd_ctx *ctx;	/* NULL: nobody; lock, dev.lock */
};

/* The dirty log; all under dev.lock. */
struct vdpa_log {
	u64 base;			/* user address, 0: none */
	bool wanted;			/* VHOST_F_LOG_ALL is negotiated */
	struct vhost_parent_log parent;	/* bits NULL: not logging */
	struct page **pages;		/* the bitmap's, pinned */
	u32 n_pages;
};

/* How translations get to the parent; see mapper.c. */
struct vdpa_mapper {
	int (*map)(struct vdpa_user *u, u32 asid,
		   const struct vhost_iotlb_map *map);
	void (*unmap)(struct vdpa_user *u, u32 asid, u64 iova, u64 size);
	int (*sync)(struct vdpa_user *u, u32 asid);	/* NULL: not needed */
};

/* An open file. */
struct vdpa_user {
	struct vhost_dev dev;
	struct vhost_dev_ops ops;	/* immutable after open */
	struct vdpa_node *node;		/* immutable */
	struct vdpa_device *vdpa;	/* NULL: it was removed; dev.lock */
	const struct vhost_parent_ops *parent_ops;	/* NULL: none */
	bool suspended;			/* dev.lock */
	bool was_reset;			/* the last reset worked; dev.lock */
	bool bound_mm;			/* dev.lock */
	struct vdpa_config_call config;

	/* the parent's address spaces; immutable but for what is in them */
	struct vdpa_space *space;
	u32 n_spaces;
	struct vdpa_iova_range range;
	const struct vdpa_mapper *mapper;
	struct iommu_domain *domain;	/* NULL: the parent translates itself */
	struct vdpa_owner *owner;	/* NULL: nothing is pinned; dev.lock */
	struct page **pages;		/* scratch of pin.c; dev.lock */

	/* doorbells */
	struct mutex doorbell_lock;
	struct vdpa_device *doorbell;	/* NULL: removed; doorbell_lock */
	struct address_space *mapping;	/* of the device file */

	struct vdpa_log log;

	/* the end */
	struct work_struct end_work;
	struct completion ended;
	refcount_t refs;

	struct vhost_vq **vqs;		/* for the core */
	struct vdpa_queue queue[];
};

static inline struct vdpa_user *vdpa_user_of(struct vhost_dev *dev)
{
	return container_of(dev, struct vdpa_user, dev);
}

static inline struct vdpa_queue *vdpa_queue_of(struct vhost_vq *vq)
{
	return container_of(vq, struct vdpa_queue, vq);
}

/* The parent; every command and message finds one (vhost_dev.revoked). */
static inline struct vdpa_device *vdpa_parent_of(struct vhost_dev *dev)
{
	lockdep_assert_held(&dev->lock);
	return vdpa_user_of(dev)->vdpa;
}

/* bus.c: devices come and go; their nodes */
extern struct vdpa_driver vdpa_bus_driver;
int vdpa_nodes_init(void);
void vdpa_nodes_exit(void);

/* dev.c: a file from open to close */
extern const struct file_operations vdpa_fops;
int vdpa_files_init(void);
void vdpa_files_exit(void);
/* The node's parent goes: node->end held, node->vdpa is NULL. */
void vdpa_user_revoke(struct vdpa_user *u);

/* cmds.c: the table of commands */
extern const struct vhost_cmd vdpa_cmds[];
extern const u32 vdpa_n_cmds;

/* features.c */
u64 vdpa_features_offered(struct vdpa_user *u);
u64 vdpa_backend_features(const struct vdpa_device *vdpa);
int vdpa_backend_features_check(struct vhost_io *io);
void vdpa_backend_features_apply(struct vhost_io *io);
int vdpa_features_check(struct vhost_io *io);
int vdpa_features_execute(struct vhost_io *io);

static inline u8 vdpa_status(struct vdpa_user *u)
{
	lockdep_assert_held(&u->dev.lock);
	return u->vdpa->config->get_status(u->vdpa);
}

/* DRIVER_OK, and not suspended */
static inline bool vdpa_is_running(struct vdpa_user *u)
{
	return !u->suspended && (vdpa_status(u) & VIRTIO_CONFIG_S_DRIVER_OK);
}

/* status.c. All: dev.lock held. */
/* Reset the parent, and forget what a reset makes void. 0 or -errno */
int vdpa_reset_parent(struct vdpa_user *u);
void vdpa_status_get_apply(struct vhost_io *io);
int vdpa_status_set_execute(struct vhost_io *io);
int vdpa_suspend_execute(struct vhost_io *io);
int vdpa_resume_execute(struct vhost_io *io);

/* config.c */
int vdpa_config_get_execute(struct vhost_io *io);
int vdpa_config_set_execute(struct vhost_io *io);
int vdpa_config_call_prepare(struct vhost_io *io);
void vdpa_config_call_apply(struct vhost_io *io);
void vdpa_config_call_init(struct vdpa_config_call *call);
/* No config interrupt comes any more; dev.lock held. */
void vdpa_config_call_end(struct vdpa_user *u);
irqreturn_t vdpa_config_changed(void *private);

/* vring.c */
extern const struct vhost_vq_ops vdpa_vq_ops;
int vdpa_num_check(struct vhost_io *io);
void vdpa_num_apply(struct vhost_io *io);
int vdpa_addr_check(struct vhost_io *io);
int vdpa_addr_execute(struct vhost_io *io);
int vdpa_base_check(struct vhost_io *io);
int vdpa_base_execute(struct vhost_io *io);
int vdpa_base_get_execute(struct vhost_io *io);
void vdpa_enable_apply(struct vhost_io *io);
void vdpa_call_apply(struct vhost_io *io);
/* Kick each queue that is ready, as if its driver had. dev.lock held. */
void vdpa_kick_ready(struct vdpa_user *u);
/* A reset ends the life of all rings: forget their bases. dev.lock held. */
void vdpa_forget_bases(struct vdpa_user *u);

/* group.c */
int vdpa_group_get_execute(struct vhost_io *io);
int vdpa_desc_group_get_execute(struct vhost_io *io);
int vdpa_group_asid_check(struct vhost_io *io);
int vdpa_group_asid_execute(struct vhost_io *io);

/* info.c: what the parent is like */
void vdpa_device_id_apply(struct vhost_io *io);
void vdpa_num_max_apply(struct vhost_io *io);
void vdpa_vq_size_apply(struct vhost_io *io);
void vdpa_iova_range_apply(struct vhost_io *io);
void vdpa_config_size_apply(struct vhost_io *io);
void vdpa_as_num_apply(struct vhost_io *io);
void vdpa_vqs_count_apply(struct vhost_io *io);
void vdpa_group_num_apply(struct vhost_io *io);

/* msg.c: vhost_dev_ops.msg */
int vdpa_msg(struct vhost_dev *dev, u32 asid,
	     const struct vhost_iotlb_msg *msg);

/*
 * space.c: what is mapped in an address space. All: dev.lock held, the parent
 * is there.
 */
extern unsigned int vdpa_max_iotlb_entries;
void vdpa_space_init(struct vdpa_space *s);
/**
 * vdpa_space_add() - map one run
 * @size: bytes, not 0; the range is free
 * @addr: physical address, or the owner's in VA mode
 * @opaque: VA mode: a struct vdpa_map_file, which the space then owns
 *
 * A parent that takes whole tables gets it by vdpa_space_sync().
 * Return: 0; -ENOSPC: there are vdpa_max_iotlb_entries; -ENOMEM; what the
 * parent returned. On errors @opaque and the pages stay the caller's.
 */
int vdpa_space_add(struct vdpa_user *u, u32 asid, u64 iova, u64 size, u64 addr,
		   u32 perm, void *opaque);
/** vdpa_space_is_free() - is nothing mapped from @iova to @last */
bool vdpa_space_is_free(struct vdpa_user *u, u32 asid, u64 iova, u64 last);
/**
 * vdpa_space_remove() - unmap from @start to @last, and nothing else
 *
 * Return: 0; -ENOSPC or -ENOMEM: a run that lies only partly in the range could
 * not be cut in two; nothing has changed, or, where the parent could not map
 * what remains of the run, all of the run is unmapped.
 */
int vdpa_space_remove(struct vdpa_user *u, u32 asid, u64 start, u64 last);
/**
 * vdpa_space_undo() - take back what vdpa_space_add() added since the last
 * vdpa_space_sync(), from @start to @last: no other runs are there
 */
void vdpa_space_undo(struct vdpa_user *u, u32 asid, u64 start, u64 last);
/** vdpa_space_sync() - tell the parent; then unpin what is gone. 0, -errno */
int vdpa_space_sync(struct vdpa_user *u, u32 asid);
/** vdpa_space_clear() - unmap all and end a batch, right after a reset */
void vdpa_space_clear(struct vdpa_user *u, u32 asid);

/* gone.c: runs that are unmapped, and not yet at their end. dev.lock held. */
/* Keep what @map refers to: 0 or -ENOMEM */
int vdpa_gone_push(struct vdpa_gone *g, const struct vhost_iotlb_map *map);
/* One that is not kept any more, addr, size, perm, opaque; false: there is none */
bool vdpa_gone_pop(struct vdpa_gone *g, struct vhost_iotlb_map *map);

/* mapper.c: how the parent translates. dev.lock held. */
/* Which of them @vdpa needs: 0, or -errno when it cannot be served */
int vdpa_mapper_check(const struct vdpa_device *vdpa);
int vdpa_mapper_open(struct vdpa_user *u);
void vdpa_mapper_close(struct vdpa_user *u);
/* Back to what the parent translates by default; nothing is mapped. */
void vdpa_mapper_reset(struct vdpa_user *u, u32 asid);

/*
 * pin.c, vma.c: make the owner's memory available. Called in the owner's
 * thread, for a range of IOVAs that is free and in bounds. On errors nothing
 * stays mapped, pinned or accounted.
 */
int vdpa_pin_map(struct vdpa_user *u, u32 asid,
		 const struct vhost_iotlb_msg *msg);
int vdpa_vma_map(struct vdpa_user *u, u32 asid,
		 const struct vhost_iotlb_msg *msg);
/* The bytes that a message maps: PA mode maps whole pages. 0: too many */
static inline u64 vdpa_msg_bytes(const struct vdpa_user *u,
				 const struct vhost_iotlb_msg *msg)
{
	return u->vdpa->use_va ? msg->size : PAGE_ALIGN(msg->size);
}

/* run.c: what a run holds. dev.lock held; they sleep. */
/* The end of a run: unpin and uncharge its pages; put its file. */
void vdpa_run_drop_pages(struct vdpa_user *u, const struct vhost_iotlb_map *map);
void vdpa_run_drop_file(const struct vhost_iotlb_map *map);
/* Unpin and uncharge pages that are in no run yet. */
void vdpa_run_unpin(struct vdpa_user *u, unsigned long pfn, unsigned long n,
		    u32 perm);
/* A file for a run, with a reference of its own, or NULL; and its end. */
struct vdpa_map_file *vdpa_run_new_file(struct file *file, u64 offset);
void vdpa_run_put_file(struct vdpa_map_file *f);
/* What a run refers to from @bytes on, for one of its own; NULL: no memory */
void *vdpa_run_split_file(const struct vhost_iotlb_map *map, u64 bytes);

/* charge.c: pinned pages, counted once for each owner, whatever pins them */
struct vdpa_owner *vdpa_owner_get(struct mm_struct *mm);	/* or NULL */
void vdpa_owner_put(struct vdpa_owner *o);
/**
 * vdpa_charge() - account @n pages from @pfn on
 *
 * Return: 0; -ENOMEM: RLIMIT_MEMLOCK, or no memory; -ENOSPC: one of the pages
 * is pinned too often. Context: the owner's thread; sleeps.
 */
int vdpa_charge(struct vdpa_owner *o, unsigned long pfn, unsigned long n);
/* Undo it. Sleeps, cannot fail. */
void vdpa_uncharge(struct vdpa_owner *o, unsigned long pfn, unsigned long n);

/* irq.c: interrupts of the parent. dev.lock held. */
/* Give the parent the queue's callback and eventfd. */
void vdpa_irq_set(struct vdpa_user *u, struct vhost_vq *vq);
/* All queues' callbacks, and that of the configuration: before DRIVER_OK */
void vdpa_irq_set_all(struct vdpa_user *u);
/* After a reset: the parent refers to no queue any more. */
void vdpa_irq_clear_all(struct vdpa_user *u);
/* Let a hypervisor take the queue's interrupt; before and after a change of
 * its eventfd, and with DRIVER_OK and without. */
void vdpa_bypass_start(struct vdpa_user *u, struct vhost_vq *vq);
void vdpa_bypass_stop(struct vdpa_user *u, struct vhost_vq *vq);

/* doorbell.c */
int vdpa_mmap(struct file *file, struct vm_area_struct *vma);
/* No doorbell of the parent is mapped any more, or ever again. */
void vdpa_doorbell_revoke(struct vdpa_user *u);

/* log.c: dirty logging. dev.lock held. */
bool vdpa_log_offered(const struct vdpa_user *u);
/* Begin or end to log as @wanted says. 0, -errno: nothing has changed */
int vdpa_log_set_wanted(struct vdpa_user *u, bool wanted);
int vdpa_log_base_execute(struct vhost_io *io);
int vdpa_log_fd_check(struct vhost_io *io);
/* Memory up to @last is about to be mapped: the log must cover it. 0, -errno */
int vdpa_log_cover(struct vdpa_user *u, u64 last);
void vdpa_log_end(struct vdpa_user *u);

#endif /* RINGSIDE_VDPA_H */
