// SPDX-License-Identifier: GPL-2.0-only
/*
 * The connections of a pair: a hash table by the ports at both ends, from the
 * response that makes a connection to the reset that ends it. It is what the
 * host needs to reset a connection on one end when the other end is gone. One
 * whose reset has no room stays in the table until it has, with that pending.
 *
 * The table is under pair->lock. Entries are allocated by the caller, outside.
 */
#include <linux/hash.h>

#include "limits.h"
#include "pair.h"

static struct hlist_head *bucket_of(struct vsock_pair *pair,
				    const struct vsock_connection *c)
{
	u32 hash = c->port[0] ^ hash_32(c->port[1], 32);

	return &pair->connections[hash_32(hash, VSOCK_CONNECTION_BITS)];
}

struct vsock_connection
vsock_connection_of(struct vsock_pair *pair, const struct vsock_pair_end *from,
		    const struct virtio_vsock_hdr *hdr)
{
	struct vsock_connection c = { .type = le16_to_cpu(hdr->type) };
	u32 i = from - pair->end;

	c.port[i] = le32_to_cpu(hdr->src_port);
	c.port[!i] = le32_to_cpu(hdr->dst_port);
	return c;
}

struct vsock_connection *
vsock_connection_find(struct vsock_pair *pair,
		      const struct vsock_connection *key)
{
	struct vsock_connection *c;

	lockdep_assert_held(&pair->lock);
	hlist_for_each_entry(c, bucket_of(pair, key), node)
		if (c->port[0] == key->port[0] && c->port[1] == key->port[1] &&
		    c->type == key->type)
			return c;
	return NULL;
}

void vsock_connection_remove(struct vsock_pair *pair,
			     struct vsock_connection *c)
{
	lockdep_assert_held(&pair->lock);
	hlist_del(&c->node);
	pair->n_connections--;
	for (u32 i = 0; i < 2; i++)
		pair->n_pending[i] -= c->pending[i];
	kfree(c);
}

bool vsock_connection_add(struct vsock_pair *pair,
			  const struct vsock_connection *key,
			  struct vsock_connection **spare)
{
	struct vsock_connection *c = *spare;

	if (vsock_connection_find(pair, key))
		return true;
	if (!c || pair->n_connections >= READ_ONCE(vsock_max_connections))
		return false;
	*c = *key;
	hlist_add_head(&c->node, bucket_of(pair, c));
	pair->n_connections++;
	*spare = NULL;
	return true;
}

/* ---- resets that are pending ------------------------------------------ */

void vsock_connection_set_pending(struct vsock_pair *pair,
				  struct vsock_connection *c, u32 i)
{
	lockdep_assert_held(&pair->lock);
	if (c->pending[i])
		return;
	c->pending[i] = true;
	pair->n_pending[i]++;
	WRITE_ONCE(pair->end[i].v->resets_pending, true);
}

struct vsock_connection *vsock_connection_first_pending(struct vsock_pair *pair,
							u32 i)
{
	struct vsock_connection *c;

	lockdep_assert_held(&pair->lock);
	for (u32 b = 0; b < ARRAY_SIZE(pair->connections); b++)
		hlist_for_each_entry(c, &pair->connections[b], node)
			if (c->pending[i])
				return c;
	return NULL;
}

/* ---- all of them ------------------------------------------------------- */

void vsock_connections_take(struct vsock_pair *pair, struct hlist_head *taken)
{
	struct vsock_connection *c;
	struct hlist_node *next;

	spin_lock_bh(&pair->lock);
	for (u32 i = 0; i < ARRAY_SIZE(pair->connections); i++) {
		hlist_for_each_entry_safe(c, next, &pair->connections[i], node) {
			hlist_del(&c->node);
			hlist_add_head(&c->node, taken);
		}
	}
	pair->n_connections = 0;
	pair->n_pending[0] = pair->n_pending[1] = 0;
	spin_unlock_bh(&pair->lock);
}

void vsock_connections_return(struct vsock_pair *pair, struct hlist_head *taken,
			      u32 i)
{
	struct vsock_connection *c;
	struct hlist_node *next;

	spin_lock_bh(&pair->lock);
	hlist_for_each_entry_safe(c, next, taken, node) {
		hlist_del(&c->node);
		hlist_add_head(&c->node, bucket_of(pair, c));
		pair->n_connections++;
		c->pending[0] = c->pending[1] = false;
		vsock_connection_set_pending(pair, c, i);
	}
	spin_unlock_bh(&pair->lock);
}
