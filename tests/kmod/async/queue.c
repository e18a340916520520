// SPDX-License-Identifier: GPL-2.0-only
/*
 * The queues of the test device: requests are taken in the queue's worker, and
 * kept; what is no request comes back at once with no byte written.
 */
#include "test.h"

static void take_batch(struct vhost_vq *vq)
{
	const struct ring_batch *b = &vq->batch;

	for (u32 i = 0; i < b->n_chains; i++) {
		const struct ring_chain *c = &b->chain[i];

		if (async_request_take(vq, c))
			continue;
		vhost_vq_bad_request(vq);
		vhost_vq_done(vq, c, 0);
	}
}

static enum vhost_run async_run(struct vhost_vq *vq)
{
	u32 requests = 0;

	if (vhost_vq_disable_kicks(vq) != RING_GOT)
		return VHOST_RUN_DONE;
	do {
		enum ring_result rc = vhost_vq_pop(vq, VHOST_BATCH);

		if (rc == RING_EMPTY) {
			rc = vhost_vq_wait(vq);
		} else if (rc == RING_GOT) {
			take_batch(vq);
			rc = vhost_vq_complete(vq);
		}
		if (rc != RING_GOT)
			return VHOST_RUN_DONE;
	} while (!vhost_vq_budget_used(vq, &requests, 0));
	return VHOST_RUN_MORE;
}

const struct vhost_vq_ops async_vq_ops = {
	.name = "q",
	.run = async_run,
	.respond = async_request_respond,
	.release = async_request_release,
};
