// SPDX-License-Identifier: GPL-2.0-only
/*
 * Decoding and validating requests (virtio 1.3, 5.2.6). What the driver wrote
 * is copied once and validated in the copy. A request that cannot be right gets
 * VIRTIO_BLK_S_IOERR, an unknown one VIRTIO_BLK_S_UNSUPP, and both are counted
 * by cause. Runs in the worker.
 */
#include <asm/byteorder.h>
#include <linux/virtio_byteorder.h>

#include "request.h"

/* A request in host byte order, and where its data is. */
struct decoded {
	u32 type;
	u64 sector;
	struct vblk_data out;	/* readable, behind the header */
	struct vblk_data in;	/* writable, before the status */
};

/* ---- header and status ------------------------------------------------ */

static u8 *last_byte(const struct vblk_request *req, const struct ring_seg *seg)
{
	const struct ring_chain *c = &req->chain;
	const struct ring_seg *s = &seg[c->n_read + c->n_write - 1];

	return c->n_write ? (u8 *)s->base + s->len - 1 : NULL;
}

static bool decode(const struct vblk_request *req, const struct ring_seg *seg,
		   struct decoded *d)
{
	const struct ring_chain *c = &req->chain;
	struct vblk_data all = { seg, c->n_read, 0, c->read_len };
	struct virtio_blk_outhdr hdr;

	if (c->read_len < sizeof(hdr) || !c->write_len)
		return false;
	vblk_data_copy_in(&hdr, &all, 0, sizeof(hdr));
	*d = (struct decoded){
		.type = __virtio32_to_cpu(true, hdr.type),
		.sector = __virtio64_to_cpu(true, hdr.sector),
		.out = { seg, c->n_read, sizeof(hdr), c->read_len - sizeof(hdr) },
		.in = { seg + c->n_read, c->n_write, 0, c->write_len - 1 },
	};
	return true;
}

static void reject(struct vblk_request *req, enum vblk_counter why)
{
	vblk_request_fail(req, why == VBLK_COUNT_bad_type ? VIRTIO_BLK_S_UNSUPP :
				VIRTIO_BLK_S_IOERR, why);
}

/* ---- what all that touch sectors have in common ----------------------- */

static bool blocks_whole(const struct vblk_dev *dev, u64 bytes)
{
	return !(bytes & (dev->backing.block_size - 1));
}

/* Are these sectors, at least one, on the disk, and whole logical blocks? */
static bool range_exists(const struct vblk_dev *dev, u64 sector, u64 sectors)
{
	u64 capacity = READ_ONCE(dev->capacity);

	return sectors && sectors <= capacity && sector <= capacity - sectors &&
	       blocks_whole(dev, sector << SECTOR_SHIFT) &&
	       blocks_whole(dev, sectors << SECTOR_SHIFT);
}

/* ---- reads and writes ------------------------------------------------- */

static void start_rw(struct vblk_request *req, const struct decoded *d,
		     const struct vblk_data *data, blk_opf_t opf)
{
	struct vblk_rw rw = { .opf = opf, .sector = d->sector, .data = *data };

	if (!data->len || data->len % SECTOR_SIZE)
		return reject(req, VBLK_COUNT_bad_length);
	if (!range_exists(req->vq->dev, d->sector, data->len >> SECTOR_SHIFT))
		return reject(req, VBLK_COUNT_bad_range);
	req->bytes = data->len;
	vblk_io_rw(req, &rw);
}

static void start_read(struct vblk_request *req, const struct decoded *d)
{
	if (d->out.len)
		return reject(req, VBLK_COUNT_bad_length);
	start_rw(req, d, &d->in, REQ_OP_READ);
}

static void start_write(struct vblk_request *req, const struct decoded *d)
{
	blk_opf_t opf = REQ_OP_WRITE | REQ_SYNC | REQ_IDLE;

	if (req->vq->dev->backing.read_only)
		return reject(req, VBLK_COUNT_read_only);
	if (d->in.len)
		return reject(req, VBLK_COUNT_bad_length);
	if (READ_ONCE(req->vq->dev->write_through))
		opf |= REQ_FUA;
	start_rw(req, d, &d->out, opf);
}

static void start_flush(struct vblk_request *req, const struct decoded *d)
{
	if (d->in.len || d->out.len)
		return reject(req, VBLK_COUNT_bad_length);
	vblk_io_flush(req);
}

static void start_id(struct vblk_request *req, const struct decoded *d)
{
	if (d->in.len != VIRTIO_BLK_ID_BYTES || d->out.len)
		return reject(req, VBLK_COUNT_bad_length);
	vblk_data_copy_out(&d->in, 0, req->vq->dev->serial, VIRTIO_BLK_ID_BYTES);
}

/* ---- discard, write zeroes (5.2.6.4) ---------------------------------- */

/* What a command with ranges permits. */
struct range_rules {
	u32 max_ranges;
	u32 max_sectors;	/* in one */
	u32 flags;		/* that may be set; others are not supported */
};

/* Return: VBLK_COUNTS, or why the range is rejected. */
static enum vblk_counter
take_range(const struct vblk_dev *dev, const struct range_rules *rules,
	   const struct virtio_blk_discard_write_zeroes *raw,
	   struct vblk_range *range)
{
	u32 flags = le32_to_cpu(raw->flags);

	range->sector = le64_to_cpu(raw->sector);
	range->sectors = le32_to_cpu(raw->num_sectors);
	range->unmap = flags & VIRTIO_BLK_WRITE_ZEROES_FLAG_UNMAP;
	if (flags & ~rules->flags)
		return VBLK_COUNT_bad_type;
	if (range->sectors > rules->max_sectors ||
	    !range_exists(dev, range->sector, range->sectors))
		return VBLK_COUNT_bad_range;
	return VBLK_COUNTS;
}

/* Return: VBLK_COUNTS and @range[] filled, or why the request is rejected. */
static enum vblk_counter
take_ranges(const struct vblk_dev *dev, const struct decoded *d,
	    const struct range_rules *rules, struct vblk_range *range, u32 *n)
{
	struct virtio_blk_discard_write_zeroes raw[VBLK_DISCARD_SEGS];

	*n = d->out.len / sizeof(raw[0]);
	if (dev->backing.read_only)
		return VBLK_COUNT_read_only;
	if (d->in.len || !*n || d->out.len % sizeof(raw[0]) ||
	    *n > rules->max_ranges)
		return VBLK_COUNT_bad_length;
	vblk_data_copy_in(raw, &d->out, 0, d->out.len);
	for (u32 i = 0; i < *n; i++) {
		enum vblk_counter why = take_range(dev, rules, &raw[i], &range[i]);

		if (why != VBLK_COUNTS)
			return why;
	}
	return VBLK_COUNTS;
}

static void start_discard(struct vblk_request *req, const struct decoded *d)
{
	struct range_rules rules = {
		.max_ranges = VBLK_DISCARD_SEGS,
		.max_sectors = req->vq->dev->max_discard,
	};
	struct vblk_range range[VBLK_DISCARD_SEGS];
	enum vblk_counter why;
	u32 n;

	why = take_ranges(req->vq->dev, d, &rules, range, &n);
	if (why != VBLK_COUNTS)
		return reject(req, why);
	vblk_io_discard(req, range, n);
}

static void start_zero(struct vblk_request *req, const struct decoded *d)
{
	struct range_rules rules = {
		.max_ranges = VBLK_ZERO_SEGS,
		.max_sectors = req->vq->dev->max_zero,
		.flags = VIRTIO_BLK_WRITE_ZEROES_FLAG_UNMAP,
	};
	struct vblk_range range[VBLK_ZERO_SEGS];
	enum vblk_counter why;
	u32 n;

	why = take_ranges(req->vq->dev, d, &rules, range, &n);
	if (why != VBLK_COUNTS)
		return reject(req, why);
	vblk_io_zero(req, range, n);
}

/* ---- dispatch --------------------------------------------------------- */

static const struct command {
	u32 type;
	enum vblk_counter counter;	/* when it is carried out */
	u64 feature;			/* needed; 0: none */
	void (*start)(struct vblk_request *req, const struct decoded *d);
} commands[] = {
	{ VIRTIO_BLK_T_IN, VBLK_COUNT_reads, 0, start_read },
	{ VIRTIO_BLK_T_OUT, VBLK_COUNT_writes, 0, start_write },
	{ VIRTIO_BLK_T_FLUSH, VBLK_COUNT_flushes, 0, start_flush },
	{ VIRTIO_BLK_T_GET_ID, VBLK_COUNT_ids, 0, start_id },
	{ VIRTIO_BLK_T_DISCARD, VBLK_COUNT_discards,
	  BIT_ULL(VIRTIO_BLK_F_DISCARD), start_discard },
	{ VIRTIO_BLK_T_WRITE_ZEROES, VBLK_COUNT_write_zeroes,
	  BIT_ULL(VIRTIO_BLK_F_WRITE_ZEROES), start_zero },
};

static const struct command *find_command(const struct vblk_dev *dev, u32 type)
{
	for (u32 i = 0; i < ARRAY_SIZE(commands); i++) {
		const struct command *c = &commands[i];

		if (c->type == type)
			return (dev->features & c->feature) == c->feature ? c :
									    NULL;
	}
	return NULL;
}

static void start(struct vblk_request *req, const struct ring_seg *seg)
{
	struct vblk_dev *dev = req->vq->dev;
	const struct command *command;
	struct decoded d;

	if (!decode(req, seg, &d))
		return reject(req, VBLK_COUNT_bad_header);
	command = find_command(dev, d.type);
	if (!command)
		return reject(req, VBLK_COUNT_bad_type);
	if (READ_ONCE(dev->backing.gone))
		return reject(req, VBLK_COUNT_io_errors);
	req->counter = command->counter;
	command->start(req, &d);
}

static void begin(struct vblk_request *req, const struct ring_seg *seg)
{
	req->status = last_byte(req, seg);
	req->result = VIRTIO_BLK_S_OK;
	req->bounced = false;
	req->bytes = 0;
	atomic_set(&req->pending, 1);
}

void vblk_request_start(struct vblk_request *req, const struct ring_seg *seg)
{
	begin(req, seg);
	start(req, seg);
	vblk_request_put(req);
}

void vblk_request_start_failed(struct vblk_request *req,
			       const struct ring_seg *seg, enum vblk_counter why)
{
	begin(req, seg);
	reject(req, why);
	vblk_request_put(req);
}
