/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A request (virtio 1.3, 5.2.6) from its pop to its push.
 *
 *  1. worker.c pops a chain, takes a spare request for it.
 *  2. vblk_request_start() decodes and validates it (request.c), and starts
 *     bios for it (io.c, bounce.c) or none.
 *  3. vblk_request_put() by whoever ends the last bio, or by the worker where
 *     there is none, puts it on vq->done.
 *  4. vblk_flush() writes its status, pushes it, notifies the driver
 *     (complete.c). The request is spare again.
 */
#ifndef RINGSIDE_VDPA_BLK_REQUEST_H
#define RINGSIDE_VDPA_BLK_REQUEST_H

#include "blk.h"

enum {
	VBLK_INLINE_VECS = 8,		/* of a request's own bio */
	VBLK_BOUNCE_BYTES = 64 << 10,	/* copied at a time */
};

/* A part of guest memory that a request writes to, for the dirty log. */
struct vblk_dirty {
	u64 guest;
	u64 len;
};

struct vblk_request {
	struct llist_node node;		/* on vq->done */
	struct vblk_vq *vq;		/* immutable */
	struct ring_chain chain;
	u8 *status;			/* where the status goes; NULL: nowhere */
	atomic_t pending;		/* bios, and one for the worker */
	u8 result;			/* VIRTIO_BLK_S_*; any of the ends of its
					 * bios may write an error */
	bool bounced;
	u8 counter;			/* enum vblk_counter: how it went */
	u32 bytes;			/* data to read or write */
	u64 status_guest;		/* guest address of status */
	struct vblk_dirty *dirty;	/* chain.n_write of them, or NULL: no
					 * data is logged */
	struct bio bio;			/* the first, where its vecs suffice */
	struct bio_vec vec[VBLK_INLINE_VECS];
};

/* Data in guest memory: @len bytes, @skip bytes into @seg. */
struct vblk_data {
	const struct ring_seg *seg;
	u32 n;
	u32 skip;
	u32 len;
};

/**
 * vblk_request_start() - carry out the request in a chain
 * @seg: the chain's segments, until the call returns
 * Context: the worker; no lock held.
 */
void vblk_request_start(struct vblk_request *req, const struct ring_seg *seg);

/* vblk_request_start_failed() - end it with VIRTIO_BLK_S_IOERR instead */
void vblk_request_start_failed(struct vblk_request *req,
			       const struct ring_seg *seg, enum vblk_counter why);

/** vblk_request_get() - one more bio. */
static inline void vblk_request_get(struct vblk_request *req)
{
	atomic_inc(&req->pending);
}

/**
 * vblk_request_put() - a bio has ended, or the worker is through
 * Context: any. @req may be gone afterwards.
 */
void vblk_request_put(struct vblk_request *req);

/** vblk_request_fail() - note an error. Context: any; a put follows. */
static inline void vblk_request_fail(struct vblk_request *req, u8 result,
				     enum vblk_counter why)
{
	WRITE_ONCE(req->result, result);
	WRITE_ONCE(req->counter, why);
}

/** vblk_request_bio_ended() - the same for the status of a bio */
void vblk_request_bio_ended(struct vblk_request *req, blk_status_t status);

/* vblk_data_copy_in/out() - copy @len bytes, from @at on, from/to the guest */
void vblk_data_copy_in(void *to, const struct vblk_data *d, u32 at, u32 len);
void vblk_data_copy_out(const struct vblk_data *d, u32 at, const void *from,
			u32 len);

/* ---- io.c, bounce.c --------------------------------------------------- */

/* A validated read or write. */
struct vblk_rw {
	blk_opf_t opf;
	sector_t sector;
	struct vblk_data data;
};

/* A validated range of a discard or write-zeroes request. */
struct vblk_range {
	sector_t sector;
	sector_t sectors;
	bool unmap;
};

/* Start bios; errors go to the request. Context: the worker, may sleep. */
void vblk_io_rw(struct vblk_request *req, const struct vblk_rw *rw);
void vblk_io_flush(struct vblk_request *req);
void vblk_io_discard(struct vblk_request *req, const struct vblk_range *range,
		     u32 n);
void vblk_io_zero(struct vblk_request *req, const struct vblk_range *range,
		  u32 n);

/* A read or write whose memory the backing device cannot reach: copy it. */
void vblk_bounce_rw(struct vblk_request *req, const struct vblk_rw *rw);

/* ---- complete.c ------------------------------------------------------- */

/**
 * vblk_flush() - push all that is on vq->done
 * Context: any; no lock held.
 */
void vblk_flush(struct vblk_vq *vq);

/** vblk_flush_work() - the same, of vq->flush */
void vblk_flush_work(struct work_struct *work);

#endif /* RINGSIDE_VDPA_BLK_REQUEST_H */
