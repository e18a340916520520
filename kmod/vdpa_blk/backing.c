// SPDX-License-Identifier: GPL-2.0-only
/*
 * Opening the block device behind a vdpa_blk device, and noticing that its
 * disk has gone. Runs in the thread of `vdpa dev add` and `dev del`; the notice
 * comes in the thread that removes the disk.
 */
#include <linux/file.h>

#include "backing.h"

/*
 * The disk is being removed. Requests that arrive from here on fail at once;
 * those in flight are ended by the block layer with an error. The device
 * itself stays: its driver sees I/O errors, until an administrator deletes it.
 */
static void disk_gone(struct block_device *bdev, bool surprise)
{
	struct vblk_backing *b = bdev->bd_holder;

	WRITE_ONCE(b->gone, true);
	mutex_unlock(&bdev->bd_holder_lock);
}

static const struct blk_holder_ops holder_ops = {
	.mark_dead = disk_gone,
};

static struct file *open_device(struct vblk_backing *b, const char *path)
{
	/* a holder makes the open exclusive */
	if (b->read_only)
		return bdev_file_open_by_path(path, BLK_OPEN_READ, NULL, NULL);
	return bdev_file_open_by_path(path, BLK_OPEN_READ | BLK_OPEN_WRITE, b,
				      &holder_ops);
}

int vblk_backing_open(struct vblk_backing *b, const char *path, bool read_only)
{
	b->read_only = read_only;
	b->file = open_device(b, path);
	if (IS_ERR(b->file))
		return PTR_ERR(b->file);
	b->bdev = file_bdev(b->file);
	if (bdev_is_zoned(b->bdev)) {
		vblk_backing_close(b);
		return -EOPNOTSUPP;
	}
	b->block_size = bdev_logical_block_size(b->bdev);
	b->addr_mask = bdev_dma_alignment(b->bdev);
	return 0;
}

void vblk_backing_close(struct vblk_backing *b)
{
	bdev_fput(b->file);
	b->file = NULL;
	b->bdev = NULL;
}
