// SPDX-License-Identifier: GPL-2.0-only
/*
 * A request's life: read and kept in the worker, completed after a random delay
 * in one of several contexts, responded to in the worker, released.
 */
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/slab.h>

#include "test.h"

/* ---- completing ------------------------------------------------------- */

static void complete_request(struct async_request_state *r)
{
	vhost_kept_complete(&r->kept, r->kept.chain.write_len);
}

static enum hrtimer_restart hard_timer(struct hrtimer *timer)
{
	complete_request(container_of(timer, struct async_request_state, hard));
	return HRTIMER_NORESTART;
}

static void soft_timer(struct timer_list *timer)
{
	complete_request(container_of(timer, struct async_request_state, soft));
}

static void thread_work(struct work_struct *work)
{
	complete_request(container_of(to_delayed_work(work),
				      struct async_request_state, thread));
}

void async_requests_let_go(struct async_device *d)
{
	struct async_request_state *r, *next;
	LIST_HEAD(held);

	spin_lock(&d->held_lock);
	list_splice_init(&d->held, &held);
	spin_unlock(&d->held_lock);
	list_for_each_entry_safe(r, next, &held, held)
		complete_request(r);
}

/* ---- waiting ---------------------------------------------------------- */

static u32 choose_place(u32 places)
{
	u32 nth = get_random_u32_below(hweight32(places));

	while (nth--)
		places &= places - 1;
	return places & -places;
}

static void start_delay(struct async_device *d, struct async_request_state *r)
{
	u32 us = get_random_u32_below(d->run.max_delay_us + 1);

	switch (choose_place(READ_ONCE(d->run.places))) {
	case ASYNC_HARDIRQ:
		hrtimer_setup(&r->hard, hard_timer, CLOCK_MONOTONIC,
			      HRTIMER_MODE_REL_HARD);
		hrtimer_start(&r->hard, ns_to_ktime((u64)us * NSEC_PER_USEC),
			      HRTIMER_MODE_REL_HARD);
		break;
	case ASYNC_SOFTIRQ:
		timer_setup(&r->soft, soft_timer, 0);
		mod_timer(&r->soft, jiffies + usecs_to_jiffies(us));
		break;
	case ASYNC_THREAD:
		INIT_DELAYED_WORK(&r->thread, thread_work);
		queue_delayed_work(async_threads, &r->thread,
				   usecs_to_jiffies(us));
		break;
	default:
		spin_lock(&d->held_lock);
		list_add_tail(&r->held, &d->held);
		spin_unlock(&d->held_lock);
		break;
	}
}

/* ---- taking ----------------------------------------------------------- */

/* Read all readable bytes; false when the guest's memory cannot be read. */
static bool read_request(struct vhost_vq *vq, const struct ring_chain *c,
			 struct async_request_state *r)
{
	struct async_request request;
	struct iov_iter it;
	u8 part[256];
	size_t n;

	vhost_vq_readable(vq, c, &it);
	if (!copy_from_iter_full(&request, sizeof(request), &it))
		return false;
	r->tag = request.tag;
	vhost_vq_readable(vq, c, &it);
	while (iov_iter_count(&it)) {
		n = copy_from_iter(part, sizeof(part), &it);
		if (!n)
			return false;
		for (size_t i = 0; i < n; i++)
			r->sum += part[i];
	}
	return true;
}

static bool is_request(const struct ring_chain *c)
{
	return c->read_len >= sizeof(struct async_request) &&
	       c->read_len <= ASYNC_MAX_BYTES &&
	       c->write_len >= sizeof(struct async_response) &&
	       c->write_len <= ASYNC_MAX_BYTES;
}

bool async_request_take(struct vhost_vq *vq, const struct ring_chain *c)
{
	struct async_request_state *r;

	if (!is_request(c))
		return false;
	r = kvzalloc(struct_size(r, buf, c->n_write), GFP_KERNEL_ACCOUNT);
	if (!r)
		return false;
	if (!read_request(vq, c, r)) {
		kvfree(r);
		return false;
	}
	vhost_vq_keep(vq, c, &r->kept, r->buf);
	async_queue(vq)->kept++;
	start_delay(async_device(vq->dev), r);
	return true;
}

/* ---- ending ----------------------------------------------------------- */

static enum ring_result fill(struct vhost_vq *vq, struct vhost_kept *k, u8 byte)
{
	u32 done = sizeof(struct async_response);
	u8 part[256];

	memset(part, byte, sizeof(part));
	while (done < k->chain.write_len) {
		u32 n = min_t(u32, k->chain.write_len - done, sizeof(part));
		enum ring_result rc;

		rc = vhost_kept_write(vq, k, done, part, n);
		if (rc != RING_GOT)
			return rc;
		done += n;
	}
	return RING_GOT;
}

enum ring_result async_request_respond(struct vhost_vq *vq,
				       struct vhost_kept *k)
{
	struct async_request_state *r =
		container_of(k, struct async_request_state, kept);
	struct async_response response = { .tag = r->tag, .sum = r->sum };
	enum ring_result rc;

	rc = vhost_kept_write(vq, k, 0, &response, sizeof(response));
	return rc == RING_GOT ? fill(vq, k, r->tag) : rc;
}

void async_request_release(struct vhost_vq *vq, struct vhost_kept *k,
			   enum vhost_kept_end how)
{
	struct async_queue *q = async_queue(vq);

	lockdep_assert_held(&vq->lock);
	switch (how) {
	case VHOST_KEPT_PUSHED:
		q->pushed++;
		break;
	case VHOST_KEPT_GIVEN_BACK:
		q->given_back++;
		break;
	case VHOST_KEPT_DROPPED:
		q->dropped++;
		break;
	}
	kvfree(container_of(k, struct async_request_state, kept));
}
