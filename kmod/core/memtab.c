// SPDX-License-Identifier: GPL-2.0-only
/*
 * The memory table: SET_MEM_TABLE, which replaces it as a whole.
 *
 * In the owner's thread, under dev->lock; the new table takes the old one's
 * place under the locks of all queues. space.c says how queues look it up.
 */
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "core/common_cmds.h"
#include "core/locks.h"
#include "core/memory.h"
#include "core/queue.h"

static ushort max_mem_regions = 509;
module_param(max_mem_regions, ushort, 0444);
MODULE_PARM_DESC(max_mem_regions, "Most regions in a memory table");

#define FIRST_TABLE_GEN (1ULL << 63)

const struct ring_memtab vhost_no_memory = { .gen = FIRST_TABLE_GEN };

/* A table and the memory it points into. */
struct memtab {
	struct ring_memtab tab;
	u64 memory[];
};

void vhost_memtab_free(const struct ring_memtab *tab)
{
	if (tab != &vhost_no_memory)
		kvfree(container_of(tab, struct memtab, tab));
}

/* Validate the owner's regions, and convert them to the engine's, in place. */
static int convert_regions(void *regions, u32 n)
{
	const struct vhost_memory_region *from = regions;
	struct ring_region *to = regions;

	static_assert(sizeof(*to) <= sizeof(*from));
	for (u32 i = 0; i < n; i++) {
		struct vhost_memory_region r = from[i];

		if (!r.memory_size ||
		    !vhost_user_range_ok(r.userspace_addr, r.memory_size))
			return -EFAULT;
		to[i] = (struct ring_region){
			.guest = r.guest_phys_addr,
			.size = r.memory_size,
			.user = r.userspace_addr,
		};
	}
	return 0;
}

static int table_error(enum ring_cause cause)
{
	switch (cause) {
	case RING_OK:
		return 0;
	case RING_BAD_OVERLAP:
		return -EINVAL;
	default:
		return -EFAULT;
	}
}

/* @regions: n of struct ring_region. */
static struct memtab *build_table(const void *regions, u32 n, u64 gen)
{
	struct memtab *new;
	int ret;

	new = kvmalloc(sizeof(*new) + ring_memtab_bytes(n), GFP_KERNEL_ACCOUNT);
	if (!new)
		return ERR_PTR(-ENOMEM);
	ret = table_error(ring_memtab_build(&new->tab, new->memory, regions, n,
					    gen));
	if (!ret)
		return new;
	kvfree(new);
	return ERR_PTR(ret);
}

static void *copy_regions(const struct vhost_io *io, u32 n)
{
	const struct vhost_memory __user *user = io->user;
	size_t bytes = n * sizeof(struct vhost_memory_region);
	void *regions = kvmalloc(max(bytes, 1ul), GFP_KERNEL_ACCOUNT);

	if (!regions)
		return ERR_PTR(-ENOMEM);
	if (!copy_from_user(regions, user->regions, bytes))
		return regions;
	kvfree(regions);
	return ERR_PTR(-EFAULT);
}

/* io->res: the new table, as a struct ring_memtab. */
int vhost_mem_table_prepare(struct vhost_io *io)
{
	struct vhost_memory head;
	struct memtab *new;
	void *regions;
	int ret;

	memcpy(&head, io->arg.raw, sizeof(head));
	if (head.padding)
		return -EOPNOTSUPP;
	if (head.nregions > max_mem_regions)
		return -E2BIG;
	regions = copy_regions(io, head.nregions);
	if (IS_ERR(regions))
		return PTR_ERR(regions);
	ret = convert_regions(regions, head.nregions);
	if (!ret) {
		new = build_table(regions, head.nregions, io->dev->mem_gen);
		ret = PTR_ERR_OR_ZERO(new);
	}
	kvfree(regions);
	if (!ret)
		io->res = &new->tab;
	return ret;
}

/* The log must have a bit for each page of the new table. */
int vhost_mem_table_check(struct vhost_io *io)
{
	struct vhost_log_plan plan = vhost_log_current(io->dev);

	plan.mem = io->res;
	return vhost_log_ok(io->dev, &plan) ? 0 : -EFAULT;
}

/* A packed ring's log address depends on the table, see setup.c. */
static bool depends_on_table(const struct vhost_vq *vq)
{
	return (vq->config.addr.flags & BIT(VHOST_VRING_F_LOG)) &&
	       vhost_vq_has(vq, VIRTIO_F_RING_PACKED);
}

void vhost_mem_table_apply(struct vhost_io *io)
{
	struct vhost_dev *dev = io->dev;
	const struct ring_memtab *new = io->res;

	vhost_dev_assert_vqs_locked(dev);
	io->res = (void *)dev->mem;
	dev->mem = new;
	WRITE_ONCE(dev->n_regions, new->count);
	dev->mem_gen++;
	for (u32 i = 0; i < dev->nvqs; i++) {
		if (depends_on_table(dev->vqs[i]))
			vhost_vq_changed(dev->vqs[i]);
		else
			vhost_vq_refresh_space(dev->vqs[i]);
	}
}

void vhost_mem_table_finish(struct vhost_io *io)
{
	vhost_memtab_free(io->res);
}
