// SPDX-License-Identifier: GPL-2.0-only
/*
 * Siblings: guests of one host that may talk to each other. A pair is two guests
 * with a group in common (groups.c); it is the permission, the bound of what
 * waits between the two (pair_queue.c), and the table of their connections
 * (pair_conn.c). Here pairs are made and ended.
 *
 * A packet goes from the transmit queue's worker of one guest straight into the
 * send queue of the other. Credit is between the two guests, and the host trusts
 * neither: a packet that finds too much waiting already is not queued, and its
 * connection is reset on both ends, for a stream must not lose bytes. So a
 * guest that does not consume harms its connections with siblings, but neither
 * their other connections nor their packets to the host.
 *
 * Pairs are found under RCU by the peer's device id, made and ended under
 * vsock_guests_lock. Packets are admitted and queued under pair->lock, so that
 * nothing follows the resets that end a pair. What can still use a pair:
 *  1. a worker that found it: sees pair->ended under the lock, then an RCU
 *     grace period goes by before it is freed.
 *  2. packets in a send queue: each has a reference.
 * A guest that goes ends its pairs before it is freed, so a pair that is found
 * in an RCU section has two guests that exist.
 */
#include "pair.h"

static struct vsock_pair *pair_new(struct vhost_vsock *a, struct vhost_vsock *b)
{
	struct vsock_pair *pair = kvzalloc(sizeof(*pair), GFP_KERNEL_ACCOUNT);

	if (!pair)
		return NULL;
	pair->end[0] = (struct vsock_pair_end){
		.v = a, .quota = vsock_quota_get(a->quota) };
	pair->end[1] = (struct vsock_pair_end){
		.v = b, .quota = vsock_quota_get(b->quota) };
	pair->shared = 1;
	refcount_set(&pair->refs, 1);
	spin_lock_init(&pair->lock);
	return pair;
}

int vsock_pair_share(struct vhost_vsock *a, struct vhost_vsock *b)
{
	struct vsock_pair *pair = vsock_pair_find(a, b);
	int ret;

	lockdep_assert_held(&vsock_guests_lock);
	if (pair) {
		pair->shared++;
		return 0;
	}
	pair = pair_new(a, b);
	if (!pair)
		return -ENOMEM;
	ret = xa_insert(&a->siblings, b->dev.id, pair, GFP_KERNEL_ACCOUNT);
	if (ret)
		goto err_pair;
	ret = xa_insert(&b->siblings, a->dev.id, pair, GFP_KERNEL_ACCOUNT);
	if (ret)
		goto err_first;
	return 0;

err_first:
	vsock_pair_end_all(pair);	/* a packet may have gone through it */
	xa_erase(&a->siblings, b->dev.id);
err_pair:
	vsock_pair_put(pair);
	return ret;
}

void vsock_pair_unshare(struct vhost_vsock *a, struct vhost_vsock *b)
{
	struct vsock_pair *pair = vsock_pair_find(a, b);

	lockdep_assert_held(&vsock_guests_lock);
	if (--pair->shared)
		return;
	vsock_pair_end_all(pair);
	xa_erase(&a->siblings, b->dev.id);
	xa_erase(&b->siblings, a->dev.id);
	vsock_pair_put(pair);
}
