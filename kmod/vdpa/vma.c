// SPDX-License-Identifier: GPL-2.0-only
/*
 * VA mode: the parent is given the owner's addresses, and the file behind them,
 * which a parent in user space maps itself. Nothing is pinned.
 *
 * Only shared mappings of files can be had there. Others are left out, without
 * an error: the memory of a guest is one piece in the owner's eyes, but some of
 * it, such as its firmware, may be private.
 *
 * In the owner's thread, under dev.lock. The parent is not called with mmap_lock
 * held.
 */
#include <linux/mm.h>
#include <linux/sched/signal.h>

#include "vdpa/vdpa.h"

/* A part of the owner's memory that lies in one area. */
struct area {
	u64 bytes;
	struct vdpa_map_file *file;	/* NULL: not to be had */
};

static bool is_shared_file(const struct vm_area_struct *vma)
{
	return vma->vm_file && (vma->vm_flags & VM_SHARED) &&
	       !(vma->vm_flags & (VM_IO | VM_PFNMAP));
}

/* The area at @uaddr, up to @bytes of it. */
static int find_area(u64 uaddr, u64 bytes, u32 perm, struct area *area)
{
	struct mm_struct *mm = current->mm;
	struct vm_area_struct *vma;
	int ret = 0;

	area->file = NULL;
	if (mmap_read_lock_killable(mm))
		return -EINTR;
	vma = vma_lookup(mm, uaddr);
	if (!vma) {
		ret = -EFAULT;
		goto unlock;
	}
	area->bytes = min(bytes, vma->vm_end - uaddr);
	if (!is_shared_file(vma))
		goto unlock;
	if ((perm & VHOST_MAP_WO) && !(vma->vm_flags & VM_MAYWRITE)) {
		ret = -EACCES;
		goto unlock;
	}
	area->file = vdpa_run_new_file(vma->vm_file, ((u64)vma->vm_pgoff << PAGE_SHIFT) +
			      (uaddr - vma->vm_start));
	if (!area->file)
		ret = -ENOMEM;
unlock:
	mmap_read_unlock(mm);
	return ret;
}

static int map_area(struct vdpa_user *u, u32 asid,
		    const struct vhost_iotlb_msg *msg, u64 done, u64 *bytes)
{
	struct area area;
	int ret = find_area(msg->uaddr + done, msg->size - done, msg->perm,
			    &area);

	if (ret)
		return ret;
	*bytes = area.bytes;
	if (!area.file)
		return 0;
	ret = vdpa_space_add(u, asid, msg->iova + done, area.bytes,
			     msg->uaddr + done, msg->perm, area.file);
	if (ret)
		vdpa_run_put_file(area.file);
	return ret;
}

int vdpa_vma_map(struct vdpa_user *u, u32 asid,
		 const struct vhost_iotlb_msg *msg)
{
	u64 bytes;

	lockdep_assert_held(&u->dev.lock);
	for (u64 done = 0; done < msg->size; done += bytes) {
		int ret = map_area(u, asid, msg, done, &bytes);

		if (!ret && fatal_signal_pending(current))
			ret = -EINTR;
		if (ret) {
			vdpa_space_undo(u, asid, msg->iova,
					msg->iova + (msg->size - 1));
			return ret;
		}
	}
	return 0;
}
