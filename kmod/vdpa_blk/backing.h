/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The host's block device behind a vdpa_blk device, and what it says of
 * itself. Open from `vdpa dev add` to `vdpa dev del`.
 */
#ifndef RINGSIDE_VDPA_BLK_BACKING_H
#define RINGSIDE_VDPA_BLK_BACKING_H

#include <linux/blkdev.h>

struct vblk_backing {
	/* immutable while open */
	struct file *file;
	struct block_device *bdev;
	u32 block_size;		/* bytes, logical block */
	u32 addr_mask;		/* memory address bits that must be 0 */
	bool read_only;

	bool gone;		/* the disk went away; set once, READ_ONCE() */
};

/**
 * vblk_backing_open() - open the block device at @path
 * @b: zeroed; stays where it is until vblk_backing_close()
 * @read_only: open for reading, shared with others; a writable one is claimed
 *	       exclusively, as a mount does it
 *
 * Return: 0; -EBUSY when someone else has claimed it; -ENOTBLK, -ENOENT,
 * -EACCES, -EROFS as open() has them; -EOPNOTSUPP for a zoned device.
 * Context: sleeps; the caller's credentials count.
 */
int vblk_backing_open(struct vblk_backing *b, const char *path, bool read_only);

/** vblk_backing_close() - give it back. No I/O may be in flight. */
void vblk_backing_close(struct vblk_backing *b);

/** vblk_backing_sectors() - its size now, in sectors of 512 bytes */
static inline u64 vblk_backing_sectors(const struct vblk_backing *b)
{
	return READ_ONCE(b->gone) ? 0 : bdev_nr_sectors(b->bdev);
}

#endif /* RINGSIDE_VDPA_BLK_BACKING_H */
