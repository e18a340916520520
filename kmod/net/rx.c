// SPDX-License-Identifier: GPL-2.0-only
/*
 * Receive: frames from the backend to the guest's buffers; with mergeable
 * buffers one frame may take several.
 *
 * In the queue's worker, vq->lock held. A run ends after NET_MAX_PACKETS
 * frames or NET_MAX_BYTES bytes.
 *
 * A run ends early without frames or without buffers. Without frames, the
 * backend's file wakes the queue. Without buffers, the driver does: the run
 * gives back the chains that it popped, asks for a kick and stops polling the
 * file. "Without" means too few for the next frame: only buffers that are new
 * since the run looked let it try again (vhost_vq_enable_kicks()), so a driver
 * that offers too little makes the queue wait, not spin. A frame that no number
 * of buffers can hold is lost.
 */
#include "net.h"

enum {
	RX_MAX_CHAINS = RING_MAX_SEGS,	/* one frame may take */
};

struct rx_run {
	struct net_rx *rx;
	struct net_backend *backend;
	struct net_hdr layout;
	bool merge;		/* a frame may take several chains */
	u32 next;		/* first unused chain of the batch */
	u32 packets;
	u64 bytes;
};

static struct rx_run begin(struct net_rx *rx)
{
	return (struct rx_run){
		.rx = rx,
		.backend = rx->vq.backend,
		.layout = net_hdr_now(&rx->vq),
		.merge = vhost_vq_has(&rx->vq, VIRTIO_NET_F_MRG_RXBUF),
		.next = rx->vq.batch.n_chains,	/* all used: pop anew */
	};
}

/* Give back the chains that were not used and show the driver the others. */
static enum ring_result flush_batch(struct rx_run *run)
{
	struct vhost_vq *vq = &run->rx->vq;

	vhost_vq_unpop(vq, run->next);
	return vhost_vq_complete(vq);
}

/* ---- buffers for a frame ---------------------------------------------- */

static bool well_formed(const struct ring_chain *c)
{
	return c->n_write && !c->n_read;
}

/* Complete leading chains that are no receive buffers, with length 0. */
static u32 skip_malformed(struct rx_run *run)
{
	struct vhost_vq *vq = &run->rx->vq;
	const struct ring_batch *b = &vq->batch;
	u32 first = run->next;

	while (run->next < b->n_chains && !well_formed(&b->chain[run->next])) {
		vhost_vq_bad_request(vq);
		vhost_vq_done(vq, &b->chain[run->next++], 0);
	}
	return run->next - first;
}

/*
 * Do the batch's chains hold a frame. Both members 0: not yet known, since more
 * chains are needed.
 */
struct fit {
	u32 chains;	/* from run->next on: as many as hold the frame */
	bool never;	/* more chains would not help */
};

/* Does the next chain alone hold @need bytes, as it does nearly always. */
static bool fits_next(const struct rx_run *run, u32 need)
{
	const struct ring_batch *b = &run->rx->vq.batch;
	const struct ring_chain *c = &b->chain[run->next];

	return run->next < b->n_chains && well_formed(c) && c->write_len >= need;
}

/* Do the batch's unused chains hold @need bytes. */
static struct fit try_fit(const struct rx_run *run, u32 need)
{
	const struct ring_batch *b = &run->rx->vq.batch;
	u32 most = run->merge ? RX_MAX_CHAINS : 1;
	u64 have = 0;

	for (u32 i = run->next; i < b->n_chains; i++) {
		u32 n = i - run->next + 1;

		if (!well_formed(&b->chain[i]))
			return (struct fit){ .never = true };
		have += b->chain[i].write_len;
		if (have >= need)
			return (struct fit){ .chains = n };
		if (n == most)
			return (struct fit){ .never = true };
	}
	return (struct fit){ };
}

/*
 * How many chains to pop for the frames that wait, by the length of the last
 * buffer. At least twice @unused, the chains that the frame has already, so that
 * a long frame takes few steps.
 */
static u32 guess(const struct rx_run *run, u32 need, u32 unused)
{
	u32 each = run->merge && run->rx->last_len ?
			   DIV_ROUND_UP(need, run->rx->last_len) : 1;
	u32 frames = net_source_pending(run->rx, run->backend);
	u32 all = clamp_t(u64, (u64)each * frames, 1, VHOST_BATCH);

	return clamp_t(u32, max(each, 2 * unused), all, RX_MAX_CHAINS);
}

/*
 * Get more chains into the batch: behind those that wait unused, else a new
 * batch. Return: RING_GOT, and *grown whether there are more now.
 */
static enum ring_result get_more(struct rx_run *run, u32 need, bool *grown)
{
	struct vhost_vq *vq = &run->rx->vq;
	u32 unused = vq->batch.n_chains - run->next;
	u32 want = guess(run, need, unused);
	enum ring_result rc;

	if (unused) {
		rc = vhost_vq_pop_more(vq, run->next + want);
		*grown = vq->batch.n_chains - run->next > unused;
		if (rc != RING_GOT || *grown || !run->next)
			return rc;
	}
	/* All used, or no room behind the used ones: begin a new batch. */
	rc = flush_batch(run);
	if (rc != RING_GOT)
		return rc;
	run->next = 0;
	rc = vhost_vq_pop(vq, want);
	*grown = true;	/* a new batch has room to grow, if it has not yet */
	return rc;
}

/*
 * Chains from run->next on that hold @need bytes. Each turn adds chains or is
 * the last, and a batch begins anew only when some of it are used up.
 * Return: RING_GOT: see @fit; RING_EMPTY: the driver offers too little for
 * now; or as the ring says.
 */
static enum ring_result reserve(struct rx_run *run, u32 need, struct fit *fit)
{
	bool grown = true;
	enum ring_result rc;
	u32 bad;

	while (grown) {
		*fit = (struct fit){ };
		bad = skip_malformed(run);
		run->packets += bad;
		if (bad)
			return RING_GOT;	/* the run checks the budget */
		*fit = try_fit(run, need);
		if (fit->chains || fit->never)
			return RING_GOT;
		rc = get_more(run, need, &grown);
		if (rc != RING_GOT)
			return rc;
	}
	fit->never = true;	/* a whole batch does not hold it */
	return RING_GOT;
}

/* ---- one frame -------------------------------------------------------- */

/* Complete the chains that a frame of @bytes bytes was written to. */
static void complete_used(struct rx_run *run, u32 chains, u32 bytes)
{
	struct vhost_vq *vq = &run->rx->vq;

	while (chains--) {
		const struct ring_chain *c = &vq->batch.chain[run->next++];
		u32 part = min(bytes, c->write_len);

		run->rx->last_len = c->write_len;
		vhost_vq_done(vq, c, part);
		bytes -= part;
	}
}

/* An iterator over the first @need bytes of @chains chains; none is readable. */
static struct iov_iter buffers(const struct rx_run *run, u32 chains, u32 need)
{
	const struct vhost_vq *vq = &run->rx->vq;
	const struct ring_chain *c = &vq->batch.chain[run->next];
	struct iov_iter it;
	u32 segs = 0;

	for (u32 i = 0; i < chains; i++)
		segs += c[i].n_write;
	iov_iter_init(&it, ITER_DEST, vhost_seg_iov(vhost_vq_write_segs(vq, c)),
		      segs, need);
	return it;
}

/* Where the socket has no header, write one of zeros. */
static bool put_own_header(const struct net_hdr *layout, struct iov_iter *it)
{
	u32 own = layout->guest - layout->sock;

	return !own || iov_iter_zero(own, it) == own;
}

/*
 * The next frame, of @len bytes, to @chains chains. They stay unused when it
 * cannot be written, or is not as long as expected (a tap whose header has
 * another length, a frame replaced by another reader of the socket).
 */
static void deliver(struct rx_run *run, u32 chains, u32 len)
{
	struct vhost_vq *vq = &run->rx->vq;
	const struct net_hdr *layout = &run->layout;
	struct iov_iter it = buffers(run, chains, layout->guest + len);
	struct iov_iter at = it;
	int got;

	if (unlikely(!put_own_header(layout, &it))) {
		net_source_drop(run->rx, run->backend);
		vhost_vq_bad_request(vq);
		return;
	}
	got = net_source_take(run->rx, run->backend, &it);
	if (unlikely(got != layout->sock + len)) {
		if (got == -EFAULT)
			vhost_vq_bad_request(vq);
		else if (got != -EAGAIN)
			vhost_vq_dropped(vq, 1);
		return;
	}
	if (unlikely(!net_hdr_put_buffers(layout, &at, chains))) {
		vhost_vq_bad_request(vq);
		return;
	}
	complete_used(run, chains, layout->guest + len);
}

static enum ring_result receive(struct rx_run *run, u32 len)
{
	u32 need = run->layout.guest + len;
	struct fit fit = { .chains = 1 };
	enum ring_result rc = RING_GOT;

	if (unlikely(!fits_next(run, need)))
		rc = reserve(run, need, &fit);
	if (unlikely(rc != RING_GOT))
		return rc;
	if (likely(fit.chains)) {
		deliver(run, fit.chains, len);
		run->bytes += len;
	} else if (fit.never) {
		net_source_drop(run->rx, run->backend);
		vhost_vq_dropped(&run->rx->vq, 1);
	}
	return RING_GOT;
}

/* ---- a run ------------------------------------------------------------ */

/*
 * Too few buffers. Frames that were fetched go back meanwhile: a tap whose queue is
 * detached loses those it has. Return: RING_GOT when new buffers came.
 */
static enum ring_result wait_for_driver(struct rx_run *run)
{
	struct vhost_vq *vq = &run->rx->vq;
	enum ring_result rc = flush_batch(run);

	if (rc == RING_GOT)
		rc = vhost_vq_enable_kicks(vq);
	if (rc == RING_EMPTY)
		net_source_return(run->rx, run->backend);
	return rc == RING_GOT ? vhost_vq_disable_kicks(vq) : rc;
}

/* No frames. Return: RING_GOT when some came while we busy polled. */
static enum ring_result wait_for_frames(struct rx_run *run)
{
	enum ring_result rc = flush_batch(run);
	struct vhost_spin spin;

	if (rc != RING_GOT || !vhost_spin_start(&run->rx->vq, &spin))
		return rc == RING_GOT ? RING_EMPTY : rc;
	while (vhost_spin_on(&spin)) {
		if (net_source_next(run->rx, run->backend) >= 0)
			return RING_GOT;
		cpu_relax();
	}
	return RING_EMPTY;
}

static bool budget_used(struct rx_run *run)
{
	return vhost_vq_budget_used(&run->rx->vq, &run->packets, run->bytes);
}

/*
 * The queue waits for the driver, or for the owner: frames that come meanwhile
 * need not wake it.
 */
static enum vhost_run stop_polling(struct rx_run *run)
{
	flush_batch(run);
	vhost_poll_stop(&run->rx->poll);
	return VHOST_RUN_DONE;
}

/*
 * The queue waits for frames. The backend is polled only in this state: it wakes
 * the queue at once if it has frames, again and again while there are no buffers.
 */
static enum vhost_run poll_backend(struct rx_run *run)
{
	net_backend_watch(run->backend, &run->rx->poll);
	return VHOST_RUN_DONE;
}

static enum vhost_run net_rx_run(struct vhost_vq *vq)
{
	struct rx_run run = begin(net_rx_of(vq));

	if (vhost_vq_disable_kicks(vq) != RING_GOT)
		return stop_polling(&run);
	do {
		int len = net_source_next(run.rx, run.backend);
		enum ring_result rc;

		if (len < 0) {
			rc = wait_for_frames(&run);
			if (rc == RING_EMPTY)
				return poll_backend(&run);
		} else {
			rc = receive(&run, len);
			if (rc == RING_EMPTY)
				rc = wait_for_driver(&run);
		}
		if (rc != RING_GOT)
			return stop_polling(&run);
	} while (!budget_used(&run));
	flush_batch(&run);
	return VHOST_RUN_MORE;
}

const struct vhost_vq_ops net_rx_ops = {
	.name = "rx",
	.max_chains = RX_MAX_CHAINS,
	.run = net_rx_run,
};
