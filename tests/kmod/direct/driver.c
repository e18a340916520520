// SPDX-License-Identifier: GPL-2.0-only
/*
 * The driver: adds requests in bursts through Linux's virtqueue functions,
 * kicks when they say so, and checks every byte that comes back. When it has
 * nothing to do it enables callbacks and sleeps.
 */
#include "test.h"

#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/scatterlist.h>

/* ---- adding ----------------------------------------------------------- */

static struct request *free_request(struct rig *rig)
{
	for (u32 i = 0; i < SLOTS; i++) {
		if (!rig->request[i].busy)
			return &rig->request[i];
	}
	return NULL;
}

/*
 * Is there room for it? The driver code notifies the device, whatever it was
 * asked for, when it finds none.
 */
static bool has_room(const struct rig *rig, const struct request *rq)
{
	bool indirect = rig->features & BIT_ULL(VIRTIO_RING_F_INDIRECT_DESC);

	return rig->vq->num_free >= (indirect ? 1 : rq->n_out + rq->n_in);
}

static void fill_table(struct scatterlist *sg, const struct request *rq,
		       u32 first, u32 n)
{
	sg_init_table(sg, n);
	for (u32 i = 0; i < n; i++) {
		const struct request_entry *e = &rq->entry[first + i];

		sg_set_buf(&sg[i], rq->slot + e->off, e->len);
	}
}

static bool add_request(struct rig *rig, struct request *rq)
{
	struct scatterlist sg[MAX_ENTRIES];
	struct scatterlist *sgs[2];
	u32 lists = 0;
	int err;

	if (rq->n_out) {
		fill_table(sg, rq, 0, rq->n_out);
		sgs[lists++] = sg;
	}
	if (rq->n_in) {
		fill_table(sg + rq->n_out, rq, rq->n_out, rq->n_in);
		sgs[lists++] = sg + rq->n_out;
	}
	err = virtqueue_add_sgs(rig->vq, sgs, !!rq->n_out, !!rq->n_in, rq,
				GFP_KERNEL);
	if (err)
		rig_fail(rig, "a request cannot be added: %d", err);
	return !err;
}

static bool add_one(struct rig *rig, u32 max_entries)
{
	struct request *rq = free_request(rig);

	if (!rq)
		return false;
	request_shape(rq, &rig->driver_rnd, max_entries);
	if (!has_room(rig, rq))
		return false;
	request_fill(rq, rq->slot);
	if (!add_request(rig, rq))
		return false;
	rq->busy = true;
	rig->added++;
	return true;
}

u32 driver_add(struct rig *rig, u32 burst)
{
	/* at times many short chains, at times few long ones */
	u32 max_entries = 1 + below(&rig->driver_rnd, MAX_ENTRIES);
	u32 n = 0;

	while (n < burst && add_one(rig, max_entries))
		n++;
	if (n && virtqueue_kick_prepare(rig->vq))
		virtqueue_notify(rig->vq);
	return n;
}

/* ---- what comes back -------------------------------------------------- */

static void check_returned(struct rig *rig, struct request *rq, u32 len)
{
	if (!rq->busy)
		rig_fail(rig, "a request came back twice");
	else if (!request_echoed(rq, len, rig->driver_scratch))
		rig_fail(rig, "a request of %u+%u bytes came back wrong, length %u",
			 rq->read_len, rq->write_len, len);
	else if (rig->space.log && !log_has_request(rig, rq, len))
		rig_fail(rig, "a write is not in the dirty log");
	rq->busy = false;
	rig->returned++;
}

static u32 take_returned(struct rig *rig)
{
	struct request *rq;
	u32 len, n = 0;

	while ((rq = virtqueue_get_buf(rig->vq, &len))) {
		check_returned(rig, rq, len);
		n++;
	}
	if (virtqueue_is_broken(rig->vq))
		rig_fail(rig, "the driver code found the ring broken");
	return n;
}

/* ---- queue reset ------------------------------------------------------ */

static void recycle(struct virtqueue *vq, void *buf)
{
	struct rig *rig = container_of(vq->vdev, struct rig, vdev);
	struct request *rq = buf;

	rq->busy = false;
	rig->added--;
}

static void reset_queue(struct rig *rig)
{
	int err = virtqueue_reset(rig->vq, recycle, NULL);

	if (err)
		rig_fail(rig, "queue reset: %d", err);
	if (rig->added != rig->returned)
		rig_fail(rig, "requests are gone after a queue reset");
	rig->resets++;
}

/* ---- the loop --------------------------------------------------------- */

static void wait_for_call(struct rig *rig)
{
	bool empty = one_in(&rig->driver_rnd, 2) ?
		virtqueue_enable_cb(rig->vq) :
		virtqueue_enable_cb_delayed(rig->vq);

	if (!empty)
		return;
	if (!rig_wait(rig, &rig->call))
		rig_fail(rig, "the driver was not called");
}

static void driver_wait(struct rig *rig, unsigned long progress)
{
	if (!(rig->ways & RIG_POLL)) {
		wait_for_call(rig);
		return;
	}
	usleep_range(20, 50);
	if (time_after(jiffies, progress + STALL))
		rig_fail(rig, "nothing came back for long");
}

/* Return: how much happened; 0 when there is nothing to do but wait. */
static u32 driver_step(struct rig *rig)
{
	u32 left = rig->requests - rig->added;
	/* small bursts let the device run dry, and sleep */
	u32 burst = 1 + below(&rig->driver_rnd, one_in(&rig->driver_rnd, 2) ? 4 : SLOTS);
	u32 n;

	virtqueue_disable_cb(rig->vq);
	n = take_returned(rig);
	n += driver_add(rig, min(left, burst));
	if (rig->ways & RIG_RESET && one_in(&rig->driver_rnd, 16)) {
		reset_queue(rig);
		n++;	/* nothing is left to wait for */
	}
	return n;
}

void driver_run(struct rig *rig)
{
	unsigned long progress = jiffies;

	while (rig->returned < rig->requests && !READ_ONCE(rig->failed)) {
		if (driver_step(rig))
			progress = jiffies;
		else if (rig->returned < rig->requests)
			driver_wait(rig, progress);
		cond_resched();
	}
}

void driver_run_one(struct rig *rig)
{
	u32 returned = rig->returned;

	rig->requests = rig->added + 1;
	if (!driver_add(rig, 1))
		rig_fail(rig, "no room for a single request");
	mutex_lock(&rig->lock);
	while (device_step(rig) == DEVICE_BUSY)
		;
	mutex_unlock(&rig->lock);
	take_returned(rig);
	if (rig->returned != returned + 1)
		rig_fail(rig, "a single request did not come back");
}
