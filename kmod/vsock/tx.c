// SPDX-License-Identifier: GPL-2.0-only
/*
 * Transmit: packets from the guest to the sockets of the host.
 *
 * In the queue's worker, vq->lock held; sockets are locked inside it. A run
 * ends after VSOCK_MAX_PACKETS packets or VSOCK_MAX_BYTES bytes. Completions of
 * one pop are shown together.
 *
 * Nothing is left out of a stream. A packet without memory for it stays in the
 * ring, with all behind it, and the queue tries again later; when that goes on
 * for too long, or its payload cannot be read, its connection is reset at both
 * ends (lost.c).
 *
 * A packet is judged from one copy of its header before anything is allocated.
 * A malformed one is counted and gets its buffer back; nobody hears of it. An
 * unknown type is for the library, which answers with a reset (5.10.6.6). So is
 * a packet to another guest malformed unless this one is in a group; then it
 * goes to pair_send.c.
 *
 * Data and credit of one stream that come in several packets, one behind the
 * other in a batch, are handed over as one: the socket is then looked up, locked
 * and woken once, and keeps one buffer of the right size. Everything else goes
 * alone, and all in the order in which it came. What is refused in between is
 * not part of any stream.
 */
#include "pair.h"

enum {
	RETRY_MS = 20,		/* until the queue asks for memory again */
	PATIENCE_MS = 3000,	/* then connections are reset */
};

struct tx_run {
	struct vhost_vsock *v;
	u32 packets;
	u64 bytes;
};

static struct vhost_vsock *device_of(struct vhost_vq *vq)
{
	return container_of(vq, struct vhost_vsock, tx);
}

/* ---- judging ---------------------------------------------------------- */

/* Payload comes with RW and with nothing else, and there is some of it. */
static bool payload_fits(const struct virtio_vsock_hdr *hdr, u32 len)
{
	if (le16_to_cpu(hdr->op) != VIRTIO_VSOCK_OP_RW)
		return !len;
	/* the end of a message may come alone */
	if (le16_to_cpu(hdr->type) == VIRTIO_VSOCK_TYPE_SEQPACKET &&
	    le32_to_cpu(hdr->flags) & VIRTIO_VSOCK_SEQ_EOM)
		return true;
	return len;
}

static bool is_data(const struct virtio_vsock_hdr *hdr)
{
	return hdr->op == cpu_to_le16(VIRTIO_VSOCK_OP_RW);
}

static bool is_for_sibling(const struct virtio_vsock_hdr *hdr)
{
	return le64_to_cpu(hdr->dst_cid) != VMADDR_CID_HOST;
}

static bool known_type(const struct virtio_vsock_hdr *hdr)
{
	u16 type = le16_to_cpu(hdr->type);

	return type == VIRTIO_VSOCK_TYPE_STREAM ||
	       type == VIRTIO_VSOCK_TYPE_SEQPACKET;
}

/* The host; and with a group, any other guest. Who is one, pair_send.c knows. */
static bool may_address(const struct vhost_vsock *v,
			const struct virtio_vsock_hdr *hdr)
{
	u64 cid = le64_to_cpu(hdr->dst_cid);

	if (!is_for_sibling(hdr))
		return true;
	return READ_ONCE(v->n_groups) && vsock_is_guest_cid(cid) &&
	       cid != v->cid && known_type(hdr);
}

/* @room: bytes behind the header; the driver may provide more (5.10.6). */
static bool well_formed(const struct vhost_vsock *v,
			const struct virtio_vsock_hdr *hdr, u32 room)
{
	u16 op = le16_to_cpu(hdr->op);
	u32 len = le32_to_cpu(hdr->len);

	return le64_to_cpu(hdr->src_cid) == v->cid && may_address(v, hdr) &&
	       op > VIRTIO_VSOCK_OP_INVALID &&
	       op <= VIRTIO_VSOCK_OP_CREDIT_REQUEST &&
	       len <= VSOCK_MAX_PAYLOAD && len <= room &&
	       payload_fits(hdr, len);
}

/* ---- headers ---------------------------------------------------------- */

/* Drivers have the header in a piece of its own, or all in one piece. */
static bool copy_header(struct vhost_vq *vq, const struct ring_chain *c,
			struct virtio_vsock_hdr *hdr)
{
	const struct iovec *iov = vhost_seg_iov(vhost_vq_read_segs(vq, c));
	struct iov_iter it;

	if (likely(iov->iov_len >= VSOCK_HDR))
		return !copy_from_user(hdr, iov->iov_base, VSOCK_HDR);
	vhost_vq_readable(vq, c, &it);
	return copy_from_iter_full(hdr, VSOCK_HDR, &it);
}

static void find_payload(struct vhost_vq *vq, const struct ring_chain *c,
			 struct iov_iter *it)
{
	vhost_vq_readable(vq, c, it);
	iov_iter_advance(it, VSOCK_HDR);
}

/* The operation of a header that stands for a packet refused. */
static void refuse(struct virtio_vsock_hdr *hdr)
{
	hdr->op = cpu_to_le16(VIRTIO_VSOCK_OP_INVALID);
}

static bool is_refused(const struct virtio_vsock_hdr *hdr)
{
	return hdr->op == cpu_to_le16(VIRTIO_VSOCK_OP_INVALID);
}

static void judge(struct vhost_vsock *v, const struct ring_chain *c,
		  struct virtio_vsock_hdr *to)
{
	struct virtio_vsock_hdr hdr = { };

	if (unlikely(c->n_write || c->read_len < VSOCK_HDR ||
		     !copy_header(&v->tx, c, &hdr) ||
		     !well_formed(v, &hdr, c->read_len - VSOCK_HDR)))
		refuse(&hdr);
	*to = hdr;
}

/* ---- handing over ----------------------------------------------------- */

/*
 * What may wait for somebody is charged to the owner, in whose cgroup the worker
 * is. At its limit the allocation fails rather than have the owner killed.
 * Everything else goes also then, so that connections without data are served.
 */
static bool is_charged(const struct virtio_vsock_hdr *hdr)
{
	return is_data(hdr) || is_for_sibling(hdr);
}

static gfp_t gfp_of(const struct virtio_vsock_hdr *hdr)
{
	if (!is_charged(hdr))
		return GFP_KERNEL;
	return GFP_KERNEL_ACCOUNT | __GFP_RETRY_MAYFAIL | __GFP_NOWARN;
}

static struct sk_buff *read_packet(struct vhost_vq *vq,
				   const struct ring_chain *c,
				   const struct virtio_vsock_hdr *hdr)
{
	u32 len = le32_to_cpu(hdr->len);
	struct iov_iter it;
	struct sk_buff *skb;

	skb = virtio_vsock_alloc_skb(VSOCK_HDR + len, gfp_of(hdr));
	if (!skb)
		return ERR_PTR(-ENOMEM);
	*virtio_vsock_hdr(skb) = *hdr;
	if (!len)
		return skb;
	virtio_vsock_skb_put(skb, len);
	find_payload(vq, c, &it);
	if (skb_copy_datagram_from_iter(skb, 0, &it, len)) {
		kfree_skb(skb);
		return ERR_PTR(-EFAULT);
	}
	return skb;
}

/* What is queued for the guest meanwhile are answers to this packet. */
static void hand_over(struct vhost_vsock *v, struct sk_buff *skb)
{
	virtio_transport_deliver_tap_pkt(skb);
	WRITE_ONCE(v->replying, current);
	virtio_transport_recv_pkt(&vsock_transport, skb, v->net);
	WRITE_ONCE(v->replying, NULL);
}

/* Once it is over it stays so until there is memory for data again. */
static bool patience_is_over(struct vhost_vsock *v)
{
	if (!v->starving)
		v->give_up_at = jiffies + msecs_to_jiffies(PATIENCE_MS);
	v->starving = true;
	return time_after_eq(jiffies, v->give_up_at);
}

static bool lose(struct vhost_vsock *v, const struct virtio_vsock_hdr *hdr)
{
	if (!is_for_sibling(hdr))
		return vsock_lose_packet(v, hdr);
	vsock_sibling_lost(v, hdr);
	return true;
}

/* A packet that could not be read. Return: false when it is to be tried again. */
static bool handle_unread(struct vhost_vsock *v,
			  const struct virtio_vsock_hdr *hdr, int err)
{
	if (err == -ENOMEM && !patience_is_over(v))
		return false;
	if (!lose(v, hdr))
		return false;
	if (err == -ENOMEM)
		vhost_vq_dropped(&v->tx, 1);
	else
		vhost_vq_bad_request(&v->tx);
	return true;
}

/* Return: chains handled; 0: there is no memory for this one now. */
static u32 handle_one(struct vhost_vsock *v, const struct ring_chain *c,
		      const struct virtio_vsock_hdr *hdr)
{
	struct vhost_vq *vq = &v->tx;
	struct sk_buff *skb;

	if (unlikely(is_refused(hdr))) {
		vhost_vq_bad_request(vq);
		return 1;
	}
	skb = read_packet(vq, c, hdr);
	if (IS_ERR(skb))
		return handle_unread(v, hdr, PTR_ERR(skb));
	if (unlikely(v->starving && is_charged(hdr)))
		v->starving = false;
	if (unlikely(!known_type(hdr)))
		vhost_vq_bad_request(vq);
	if (unlikely(is_for_sibling(hdr)))
		vsock_sibling_send(v, skb);
	else
		hand_over(v, skb);
	return 1;
}

/* ---- packets that are joined ------------------------------------------ */

/* In one piece of memory, of an order that is easily had. */
static const u32 joined_max =
	SKB_WITH_OVERHEAD(PAGE_SIZE << PAGE_ALLOC_COSTLY_ORDER) - VSOCK_HDR;

static bool can_join(const struct virtio_vsock_hdr *hdr)
{
	return vsock_hdr_can_join(hdr) && !is_for_sibling(hdr);
}

struct group {
	u32 n;		/* chains, refused ones in between included */
	u32 bytes;	/* of payload */
};

/* What goes as one with the packet at @hdr; behind it are @n - 1 others. */
static struct group find_group(const struct virtio_vsock_hdr *hdr, u32 n)
{
	struct group g = { .n = 1, .bytes = le32_to_cpu(hdr->len) };

	if (!can_join(hdr))
		return g;
	for (u32 i = 1; i < n; i++) {
		const struct virtio_vsock_hdr *next = hdr + i;
		u32 len = le32_to_cpu(next->len);

		if (is_refused(next))
			continue;
		if (!can_join(next) || !vsock_same_stream(hdr, next) ||
		    g.bytes + len > joined_max)
			break;
		g.bytes += len;
		g.n = i + 1;
	}
	return g;
}

/* Return: false when it cannot be read. */
static bool append(struct vhost_vq *vq, const struct ring_chain *c,
		   const struct virtio_vsock_hdr *hdr, struct sk_buff *skb)
{
	struct virtio_vsock_hdr *to = virtio_vsock_hdr(skb);
	u32 len = le32_to_cpu(hdr->len);
	struct iov_iter it;

	if (len) {
		find_payload(vq, c, &it);
		if (unlikely(!copy_from_iter_full(skb_tail_pointer(skb), len,
						  &it)))
			return false;
		skb_put(skb, len);
		to->op = hdr->op;
		to->len = cpu_to_le32(skb->len);
	}
	to->buf_alloc = hdr->buf_alloc;
	to->fwd_cnt = hdr->fwd_cnt;
	return true;
}

/* A notice of credit, until there is data. */
static struct sk_buff *begin_group(const struct virtio_vsock_hdr *hdr,
				   const struct group *g)
{
	struct sk_buff *skb = virtio_vsock_alloc_skb(
		VSOCK_HDR + g->bytes,
		GFP_KERNEL_ACCOUNT | __GFP_NORETRY | __GFP_NOWARN);

	if (!skb)
		return NULL;
	*virtio_vsock_hdr(skb) = *hdr;
	virtio_vsock_hdr(skb)->op = cpu_to_le16(VIRTIO_VSOCK_OP_CREDIT_UPDATE);
	virtio_vsock_hdr(skb)->len = 0;
	return skb;
}

/*
 * Return: chains handled, up to one that cannot be read; 0 without memory. The
 * next can still go alone.
 */
static u32 handle_group(struct vhost_vsock *v, const struct ring_chain *c,
			const struct virtio_vsock_hdr *hdr,
			const struct group *g)
{
	struct sk_buff *skb = begin_group(hdr, g);
	u32 i;

	if (!skb)
		return 0;
	for (i = 0; i < g->n; i++)
		if (unlikely(is_refused(hdr + i)))
			vhost_vq_bad_request(&v->tx);
		else if (unlikely(!append(&v->tx, c + i, hdr + i, skb)))
			break;
	if (unlikely(!i)) {	/* the first of a group is not refused */
		kfree_skb(skb);
		return 0;
	}
	v->starving = false;
	hand_over(v, skb);
	return i;
}

/* ---- a run ------------------------------------------------------------ */

/* Return: chains handled; 0: there is no memory for the first one now. */
static u32 handle_next(struct vhost_vsock *v, const struct ring_chain *c,
		       const struct virtio_vsock_hdr *hdr, u32 left)
{
	struct group g = find_group(hdr, left);
	u32 n = 0;

	if (g.n > 1)
		n = handle_group(v, c, hdr, &g);
	return n ?: handle_one(v, c, hdr);
}

/*
 * Judge packets until the run has its bytes; the others go back. The next pop
 * takes no more than there were, so that long packets are not walked for
 * nothing. Return: how many there are to handle.
 */
static u32 judge_batch(struct tx_run *run)
{
	struct vhost_vsock *v = run->v;
	const struct ring_batch *b = &v->tx.batch;
	u32 n = 0;

	do {
		judge(v, &b->chain[n], &v->tx_hdr[n]);
		run->bytes += b->chain[n].read_len;
		n++;
	} while (n < b->n_chains && run->bytes < VSOCK_MAX_BYTES);
	v->tx_batch = run->bytes < VSOCK_MAX_BYTES ? 0 : n;
	return n;
}

/* Return: false when packets went back to wait for memory. */
static bool handle_batch(struct tx_run *run)
{
	struct vhost_vsock *v = run->v;
	const struct ring_batch *b = &v->tx.batch;
	u32 n = judge_batch(run), done, step;

	for (done = 0; done < n; done += step) {
		step = handle_next(v, &b->chain[done], &v->tx_hdr[done],
				   n - done);
		if (unlikely(!step))
			break;
	}
	for (u32 i = 0; i < done; i++)
		vhost_vq_done(&v->tx, &b->chain[i], 0);
	run->packets += done;
	vhost_vq_unpop(&v->tx, done);
	return done == n;
}

static enum vhost_run vsock_tx_run(struct vhost_vq *vq)
{
	struct tx_run run = { .v = device_of(vq) };

	if (vhost_vq_disable_kicks(vq) != RING_GOT)
		return VHOST_RUN_DONE;
	do {
		enum ring_result rc;
		bool all = true;

		/* The receive queue wakes us when it takes its answers. */
		if (!vsock_sendq_accepts_replies(&run.v->sendq))
			return VHOST_RUN_DONE;
		rc = vhost_vq_pop(vq, run.v->tx_batch ?: VHOST_BATCH);
		if (rc == RING_EMPTY) {
			rc = vhost_vq_wait(vq);
		} else if (rc == RING_GOT) {
			all = handle_batch(&run);
			rc = vhost_vq_complete(vq);
		}
		if (unlikely(!all)) {
			vhost_vq_wake_later(vq, RETRY_MS);
			return VHOST_RUN_DONE;
		}
		if (rc != RING_GOT)
			return VHOST_RUN_DONE;
	} while (!vhost_vq_budget_used(vq, &run.packets, run.bytes));
	return VHOST_RUN_MORE;
}

const struct vhost_vq_ops vsock_tx_ops = {
	.name = "tx",
	.run = vsock_tx_run,
};
