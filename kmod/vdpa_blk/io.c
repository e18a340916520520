// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bios for validated requests, straight from and to guest memory. Submitting
 * runs in the worker and may sleep; the ends of bios come in any context.
 *
 * Guest memory is reached by its pages in the linear mapping. A segment is
 * contiguous there, however many pages it has.
 */
#include <linux/mm.h>

#include "request.h"

enum {
	/* Split what a driver that ignores SIZE_MAX may send: bi_size is a u32,
	 * and the block layer splits further. A multiple of any block size. */
	MAX_BIO_BYTES = 16 << 20,
};

/* ---- the end of a bio ------------------------------------------------- */

static void bio_ended(struct bio *bio)
{
	struct vblk_request *req = bio->bi_private;

	if (unlikely(bio->bi_status))
		vblk_request_bio_ended(req, bio->bi_status);
	if (bio == &req->bio)
		bio_uninit(bio);
	else
		bio_put(bio);
	vblk_request_put(req);
}

static void submit(struct vblk_request *req, struct bio *bio)
{
	vblk_request_get(req);
	bio->bi_private = req;
	bio->bi_end_io = bio_ended;
	submit_bio(bio);
}

/* ---- reads and writes ------------------------------------------------- */

/* A read or write under way. */
struct rw_walk {
	struct vblk_request *req;
	const struct vblk_rw *rw;
	struct bio *bio;	/* being filled; NULL: none */
	sector_t sector;	/* of the next byte */
	u32 vecs;		/* segments left, at most */
};

static struct bio *new_bio(struct rw_walk *w)
{
	struct vblk_request *req = w->req;
	struct vblk_dev *dev = req->vq->dev;
	struct bio *bio;

	if (w->vecs <= VBLK_INLINE_VECS && w->sector == w->rw->sector) {
		bio = &req->bio;
		bio_init(bio, dev->backing.bdev, req->vec, VBLK_INLINE_VECS,
			 w->rw->opf);
	} else {
		bio = bio_alloc_bioset(dev->backing.bdev,
				       bio_max_segs(w->vecs + 1), w->rw->opf,
				       GFP_NOIO, &dev->bios);
	}
	bio->bi_iter.bi_sector = w->sector;
	return bio;
}

static void submit_filled(struct rw_walk *w)
{
	submit(w->req, w->bio);
	w->bio = NULL;
}

/* Add up to @len bytes. Return: how many were. */
static u32 add_bytes(struct rw_walk *w, const u8 *base, u32 len)
{
	u32 room = MAX_BIO_BYTES - (w->bio ? w->bio->bi_iter.bi_size : 0);

	len = min(len, room);
	if (!w->bio)
		w->bio = new_bio(w);
	if (!bio_add_page(w->bio, virt_to_page(base), len, offset_in_page(base))) {
		submit_filled(w);
		return 0;
	}
	w->sector += len >> SECTOR_SHIFT;
	if (w->bio->bi_iter.bi_size == MAX_BIO_BYTES)
		submit_filled(w);
	return len;
}

static void add_segment(struct rw_walk *w, const u8 *base, u32 len)
{
	while (len) {
		u32 added = add_bytes(w, base, len);

		base += added;
		len -= added;
	}
	w->vecs--;
}

/* The bytes of segment @i that belong to @d. */
static u32 data_part(const struct vblk_data *d, u32 i, u32 left, u32 *skip)
{
	u64 len = d->seg[i].len;

	if (*skip >= len) {
		*skip -= len;
		return 0;
	}
	return min_t(u64, len - *skip, left);
}

static void map_segments(struct rw_walk *w)
{
	const struct vblk_data *d = &w->rw->data;
	u32 left = d->len, skip = d->skip;

	for (u32 i = 0; i < d->n && left; i++) {
		u32 part = data_part(d, i, left, &skip);

		if (!part)
			continue;
		add_segment(w, (u8 *)d->seg[i].base + skip, part);
		skip = 0;
		left -= part;
	}
	if (w->bio)
		submit_filled(w);
}

/*
 * Can the backing device reach the memory of @d as it is? Each segment must lie
 * on an address that it can, and hold whole sectors. A bio ends where its
 * segments run out: that must be the end of a logical block, too.
 */
static bool can_map(const struct vblk_dev *dev, const struct vblk_data *d)
{
	const struct vblk_backing *b = &dev->backing;
	u32 left = d->len, skip = d->skip;
	u32 len_mask = d->n < BIO_MAX_VECS ? SECTOR_SIZE - 1 : b->block_size - 1;

	for (u32 i = 0; i < d->n && left; i++) {
		u32 part = data_part(d, i, left, &skip);

		if (!part)
			continue;
		if ((d->seg[i].base + skip) & b->addr_mask ||
		    part & (len_mask | b->addr_mask))
			return false;
		skip = 0;
		left -= part;
	}
	return true;
}

void vblk_io_rw(struct vblk_request *req, const struct vblk_rw *rw)
{
	struct rw_walk w = {
		.req = req,
		.rw = rw,
		.sector = rw->sector,
		.vecs = rw->data.n,
	};

	if (!can_map(req->vq->dev, &rw->data))
		return vblk_bounce_rw(req, rw);
	map_segments(&w);
}

/* ---- others ----------------------------------------------------------- */

void vblk_io_flush(struct vblk_request *req)
{
	bio_init(&req->bio, req->vq->dev->backing.bdev, NULL, 0,
		 REQ_OP_WRITE | REQ_PREFLUSH);
	submit(req, &req->bio);
}

/* @bio is the last of a chain of bios, or NULL where there are none. */
static void submit_last(struct vblk_request *req, struct bio *bio)
{
	if (bio)
		submit(req, bio);
}

void vblk_io_discard(struct vblk_request *req, const struct vblk_range *range,
		     u32 n)
{
	struct block_device *bdev = req->vq->dev->backing.bdev;
	struct bio *bio = NULL;

	for (u32 i = 0; i < n; i++)
		__blkdev_issue_discard(bdev, range[i].sector, range[i].sectors,
				       GFP_NOIO, &bio);
	submit_last(req, bio);
}

/*
 * Zeroes that must be stable when they are reported (5.2.6.4): no FUA exists for
 * them, so they are waited for and flushed.
 */
static void zero_through(struct vblk_request *req, struct bio *bio)
{
	submit_bio_wait(bio);
	if (bio->bi_status)
		vblk_request_bio_ended(req, bio->bi_status);
	bio_put(bio);
	vblk_io_flush(req);
}

void vblk_io_zero(struct vblk_request *req, const struct vblk_range *range,
		  u32 n)
{
	struct vblk_dev *dev = req->vq->dev;
	struct bio *bio = NULL;
	int err = 0;

	for (u32 i = 0; i < n && !err; i++)
		err = __blkdev_issue_zeroout(dev->backing.bdev, range[i].sector,
					     range[i].sectors, GFP_NOIO, &bio,
					     range[i].unmap ? 0 : BLKDEV_ZERO_NOUNMAP);
	if (err)
		vblk_request_bio_ended(req, errno_to_blk_status(err));
	if (bio && READ_ONCE(dev->write_through))
		zero_through(req, bio);
	else
		submit_last(req, bio);
}
