// SPDX-License-Identifier: GPL-2.0-only
/*
 * Data between the guest and LIO: scatterlists of the guest's own pages, pinned,
 * or of copies.
 *
 * Pages are used as they are for the commands that transfer blocks, where every
 * cut between two buffers and two pages is a multiple of the LUN's block, which
 * backstores rely on (a bio for dm-crypt must not end within a sector). All
 * other data are copied: LIO takes the buffer of other commands for pages that
 * are filled up, and would find it elsewhere in one that the guest cut as it
 * likes.
 *
 * In the queue's worker, or whoever stops the queue; vq->lock held.
 */
#include <linux/blk_types.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/uio.h>

#include "scsi.h"

enum {
	AT_ONCE = 32,			/* pages pinned by one call */
	COPY_AT_ONCE = 64 << 10,	/* bytes given back by one call */
};

static struct vhost_scsi *device_of(const struct scsi_cmd *cmd)
{
	return scsi_device(cmd->q->vq.dev);
}

/* ---- the guest's buffers ---------------------------------------------- */

/* A part of them that is in one piece for the owner. */
struct piece {
	unsigned long user;
	u32 len;
};

/* The first piece of @left bytes, which are taken off. Return: is there one. */
static bool next_piece(struct scsi_bytes *at, u32 *left, struct piece *p)
{
	if (!*left)
		return false;
	p->user = at->seg->base + at->skip;
	p->len = min_t(size_t, at->seg->len - at->skip, *left);
	at->seg++;
	at->skip = 0;
	*left -= p->len;
	return true;
}

static u32 pages_in(const struct piece *p)
{
	return DIV_ROUND_UP(offset_in_page(p->user) + (size_t)p->len, PAGE_SIZE);
}

struct shape {
	u32 pages;		/* entries that it takes at most */
	unsigned long cuts;	/* all addresses and lengths of pieces, or-ed */
};

static struct shape shape_of(struct scsi_bytes at, u32 len)
{
	struct shape shape = {};
	struct piece p;

	while (next_piece(&at, &len, &p)) {
		shape.pages += pages_in(&p);
		shape.cuts |= p.user | p.len;
	}
	return shape;
}

/* ---- scatterlists ----------------------------------------------------- */

static void free_list(struct scsi_cmd *cmd, struct scsi_data *d)
{
	if (d->table.sgl)
		sg_free_table(&d->table);
	d->table.sgl = NULL;
	if (d->charge)
		scsi_uncharge(device_of(cmd), d->charge);
	d->charge = 0;
	d->kind = SCSI_DATA_NONE;
}

/* Room for @n entries. @more: bytes that are charged, too. */
static int alloc_list(struct scsi_cmd *cmd, struct scsi_data *d, u32 n, u32 more)
{
	u32 charge = n * sizeof(struct scatterlist) + more;

	d->n = 0;
	d->charge = 0;
	d->table.sgl = NULL;
	if (d == &cmd->data && n <= SCSI_INLINE && !more) {
		d->sgl = cmd->inline_sg;
		sg_init_table(d->sgl, n);
		return 0;
	}
	if (!scsi_charge(device_of(cmd), charge))
		return -ENOMEM;
	d->charge = charge;
	if (sg_alloc_table(&d->table, n, GFP_KERNEL_ACCOUNT | __GFP_NOWARN)) {
		d->table.sgl = NULL;
		free_list(cmd, d);
		return -ENOMEM;
	}
	d->sgl = d->table.sgl;
	return 0;
}

/* ---- the guest's pages ------------------------------------------------ */

struct filling {
	struct scsi_data *d;
	struct scatterlist *last;	/* filled, or NULL */
};

/* A new page continues the last entry if it is behind it in memory. */
static bool joins(const struct scatterlist *last, struct page *page, u32 offset)
{
	return last && !offset && !is_zone_device_page(page) &&
	       page_to_phys(sg_page((struct scatterlist *)last)) + last->offset +
	       last->length == page_to_phys(page);
}

static void append_page(struct filling *f, struct page *page, u32 offset, u32 len)
{
	if (joins(f->last, page, offset)) {
		f->last->length += len;
		return;
	}
	f->last = f->last ? sg_next(f->last) : f->d->sgl;
	sg_set_page(f->last, page, len, offset);
	f->d->n++;
}

static void append_pages(struct filling *f, struct page **pages, size_t offset,
			 size_t bytes)
{
	for (u32 i = 0; bytes; i++) {
		u32 len = min(bytes, PAGE_SIZE - offset);

		append_page(f, pages[i], offset, len);
		bytes -= len;
		offset = 0;
	}
}

static void unpin(struct scsi_data *d)
{
	struct scatterlist *sg;
	u32 i;

	if (d->cut)
		d->cut->length = d->cut_len;
	for_each_sg(d->sgl, sg, d->n, i)
		unpin_user_page_range_dirty_lock(sg_page(sg),
				PAGE_ALIGN(sg->offset + sg->length) >> PAGE_SHIFT,
				d->to_guest);
}

static int pin_piece(struct filling *f, struct piece p)
{
	unsigned int flags = f->d->to_guest ? FOLL_WRITE : 0;

	while (p.len) {
		struct page *pages[AT_ONCE] __uninitialized;
		u32 offset = offset_in_page(p.user), bytes;
		int n = pin_user_pages_fast(p.user - offset,
					    min_t(u32, pages_in(&p), AT_ONCE),
					    flags, pages);

		if (n <= 0)
			return -EFAULT;
		bytes = min_t(size_t, p.len, n * PAGE_SIZE - offset);
		append_pages(f, pages, offset, bytes);
		p.user += bytes;
		p.len -= bytes;
	}
	return 0;
}

/* @pages: that its pieces have at most. */
static int pin(struct scsi_cmd *cmd, struct scsi_data *d, struct scsi_bytes at,
	       u32 pages)
{
	int ret = alloc_list(cmd, d, pages, 0);
	struct filling f = { .d = d };
	u32 left = d->len;
	struct piece p;

	while (!ret && next_piece(&at, &left, &p)) {
		ret = pin_piece(&f, p);
		if (ret) {
			unpin(d);
			free_list(cmd, d);
		}
	}
	if (!ret)
		d->kind = SCSI_DATA_PINNED;
	return ret;
}

/* ---- copies ----------------------------------------------------------- */

static void free_pages_of(struct scsi_data *d)
{
	struct scatterlist *sg;
	u32 i;

	for_each_sg(d->sgl, sg, d->n, i)
		__free_page(sg_page(sg));
}

static int alloc_pages_of(struct scsi_data *d)
{
	struct scatterlist *sg = d->sgl;

	for (u32 done = 0; done < d->len; done += PAGE_SIZE, sg = sg_next(sg)) {
		struct page *page = alloc_page(GFP_KERNEL_ACCOUNT | __GFP_ZERO);

		if (!page)
			return -ENOMEM;
		sg_set_page(sg, page, min(d->len - done, PAGE_SIZE), 0);
		d->n++;
	}
	return 0;
}

static int copy_in(struct scsi_data *d, const struct scsi_bytes *at)
{
	struct scatterlist *sg;
	struct iov_iter it;
	u32 i;

	iov_iter_init(&it, ITER_SOURCE, vhost_seg_iov(at->seg), at->n,
		      (size_t)at->skip + d->len);
	iov_iter_advance(&it, at->skip);
	for_each_sg(d->sgl, sg, d->n, i)
		if (copy_page_from_iter(sg_page(sg), 0, sg->length, &it) !=
		    sg->length)
			return -EFAULT;
	return 0;
}

static int copy(struct scsi_cmd *cmd, struct scsi_data *d,
		const struct scsi_bytes *at)
{
	u32 pages = DIV_ROUND_UP(d->len, PAGE_SIZE);
	int ret = alloc_list(cmd, d, pages, pages * PAGE_SIZE);

	if (ret)
		return ret;
	ret = alloc_pages_of(d);
	if (!ret && !d->to_guest)
		ret = copy_in(d, at);
	if (ret) {
		free_pages_of(d);
		free_list(cmd, d);
		return ret;
	}
	d->kind = SCSI_DATA_COPIED;
	return 0;
}

/* Give back @len bytes, which are at @at of the chain's writable part. */
static enum ring_result copy_out(struct vhost_vq *vq, struct scsi_cmd *cmd,
				 struct scsi_data *d, u32 at, u32 len)
{
	struct scatterlist *sg = d->sgl;

	for (u32 done = 0; done < len;) {
		u32 part = min_t(u32, len - done, COPY_AT_ONCE);
		struct iov_iter it;
		enum ring_result rc;

		rc = vhost_kept_writable(vq, &cmd->kept, at + done, part, &it);
		if (rc != RING_GOT)
			return rc;
		for (; iov_iter_count(&it); sg = sg_next(sg)) {
			u32 n = min_t(size_t, sg->length, iov_iter_count(&it));

			if (copy_page_to_iter(sg_page(sg), 0, n, &it) != n)
				return RING_EMPTY;
		}
		done += part;
	}
	return RING_GOT;
}

enum ring_result scsi_data_copy_back(struct vhost_vq *vq, struct scsi_cmd *cmd)
{
	u32 at = cmd->data_at, len = cmd->data_len;
	enum ring_result rc = RING_GOT;
	u32 pi = min(len, cmd->prot.kind ? cmd->prot.len : 0);

	if (cmd->prot.kind == SCSI_DATA_COPIED && cmd->prot.to_guest)
		rc = copy_out(vq, cmd, &cmd->prot, at, pi);
	if (rc == RING_GOT && cmd->data.kind == SCSI_DATA_COPIED &&
	    cmd->data.to_guest)
		rc = copy_out(vq, cmd, &cmd->data, at + pi, len - pi);
	return rc;
}

/* ---- both ------------------------------------------------------------- */

/* Of @len bytes, the next of @rq. */
static void begin(struct scsi_data *d, const struct scsi_request *rq, u32 len)
{
	d->len = len;
	d->to_guest = rq->to_guest;
	d->cut = NULL;
}

static int map_prot(struct scsi_cmd *cmd, struct scsi_request *rq)
{
	struct scsi_bytes at = rq->at;

	begin(&cmd->prot, rq, rq->pi_len);
	scsi_bytes_skip(&rq->at, rq->pi_len);
	return copy(cmd, &cmd->prot, &at);
}

/* Most buffers are whole pages; only for others the LUN is asked. */
static bool fits_blocks(const struct scsi_request *rq, unsigned long cuts)
{
	if (!(cuts & (PAGE_SIZE - 1)))
		return true;
	if (cuts & (SECTOR_SIZE - 1))
		return false;
	return !(cuts & (scsi_lun_block(rq->tpg, rq->lun) - 1));
}

static int map_data(struct scsi_cmd *cmd, const struct scsi_request *rq)
{
	begin(&cmd->data, rq, rq->data_len);
	if (scsi_is_transfer(rq->cdb)) {
		struct shape shape = shape_of(rq->at, rq->data_len);

		if (fits_blocks(rq, shape.cuts))
			return pin(cmd, &cmd->data, rq->at, shape.pages);
	}
	return copy(cmd, &cmd->data, &rq->at);
}

int scsi_data_map(struct scsi_cmd *cmd, struct scsi_request *rq)
{
	int ret = 0;

	cmd->data.kind = SCSI_DATA_NONE;
	cmd->prot.kind = SCSI_DATA_NONE;
	if (unlikely(rq->pi_len))
		ret = map_prot(cmd, rq);
	if (!ret && rq->data_len)
		ret = map_data(cmd, rq);
	if (ret)
		scsi_data_unmap(cmd);
	return ret;
}

/*
 * Backstores go by the list, not by the length beside it: without this a READ
 * of less than there is room for would read more.
 */
void scsi_data_trim(struct scsi_cmd *cmd, u32 len)
{
	struct scsi_data *d = &cmd->data;
	struct scatterlist *sg;
	u32 i;

	if (!d->kind || len >= d->len || cmd->se.t_data_sg != d->sgl)
		return;
	for_each_sg(d->sgl, sg, d->n, i) {
		if (len <= sg->length)
			break;
		len -= sg->length;
	}
	cmd->se.t_data_nents = len ? i + 1 : i;
	if (!len)
		return;
	d->cut = sg;
	d->cut_len = sg->length;
	sg->length = len;
}

static void unmap_part(struct scsi_cmd *cmd, struct scsi_data *d)
{
	switch (d->kind) {
	case SCSI_DATA_PINNED:
		unpin(d);
		break;
	case SCSI_DATA_COPIED:
		free_pages_of(d);
		break;
	default:
		return;
	}
	free_list(cmd, d);
}

void scsi_data_unmap(struct scsi_cmd *cmd)
{
	unmap_part(cmd, &cmd->data);
	unmap_part(cmd, &cmd->prot);
}
