// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads and writes whose guest memory the backing device cannot reach as it is:
 * data at odd addresses, or segments that are no whole sectors. They are copied
 * through a buffer of the queue, a part at a time, and the worker waits for each
 * part: memory is bounded, at the price that the queue's next requests wait.
 * Linux drivers never need it; boot loaders and test programs do.
 */
#include "request.h"

static blk_status_t submit_part(struct vblk_request *req, blk_opf_t opf,
				sector_t sector, u32 len)
{
	struct bio *bio = &req->bio;
	blk_status_t status;

	bio_init(bio, req->vq->dev->backing.bdev, req->vec, 1, opf);
	bio->bi_iter.bi_sector = sector;
	__bio_add_page(bio, virt_to_page(req->vq->bounce), len,
		       offset_in_page(req->vq->bounce));
	submit_bio_wait(bio);
	status = bio->bi_status;
	bio_uninit(bio);
	return status;
}

static blk_status_t copy_part(struct vblk_request *req, const struct vblk_rw *rw,
			      u32 at, u32 len)
{
	void *bounce = req->vq->bounce;
	sector_t sector = rw->sector + (at >> SECTOR_SHIFT);
	blk_status_t status;

	if (op_is_write(rw->opf))
		vblk_data_copy_in(bounce, &rw->data, at, len);
	status = submit_part(req, rw->opf, sector, len);
	if (!op_is_write(rw->opf) && status == BLK_STS_OK)
		vblk_data_copy_out(&rw->data, at, bounce, len);
	return status;
}

void vblk_bounce_rw(struct vblk_request *req, const struct vblk_rw *rw)
{
	u32 left = rw->data.len;

	req->bounced = true;
	for (u32 at = 0, part; left; at += part, left -= part) {
		blk_status_t status;

		/* those that are done already need not wait for this one */
		vblk_flush(req->vq);
		part = min_t(u32, left, VBLK_BOUNCE_BYTES);
		status = copy_part(req, rw, at, part);
		if (status == BLK_STS_OK)
			continue;
		vblk_request_bio_ended(req, status);
		return;
	}
}
