/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pairs of siblings: two guests of one host that may talk to each other. The
 * first part is for the rest of the module, the second for the files pair*.c.
 */
#ifndef RINGSIDE_VSOCK_PAIR_H
#define RINGSIDE_VSOCK_PAIR_H

#include "vsock.h"

/* ---- pair_share.c: permission ----------------------------------------------- */

/*
 * @a and @b have one group more in common; with the first they are siblings.
 * Return: 0 or -ENOMEM. Context: vsock_guests_lock held; sleeps.
 */
int vsock_pair_share(struct vhost_vsock *a, struct vhost_vsock *b);
/*
 * One group less; with the last they are no siblings any more, and their
 * connections are reset on both ends. Context: vsock_guests_lock held; sleeps.
 */
void vsock_pair_unshare(struct vhost_vsock *a, struct vhost_vsock *b);

/* ---- pair_queue.c: bounds ---------------------------------------------- */

/*
 * The count of what a guest has waiting at all its siblings; outlives the guest.
 * Return: it, or NULL without memory. The guest drops it with the second.
 */
struct vsock_quota *vsock_quota_new(void);
void vsock_quota_put(struct vsock_quota *quota);

/* ---- pair_send.c: packets --------------------------------------------- */

/**
 * vsock_sibling_send() - pass a packet on to another guest
 * @skb: its header validated; taken, whatever the result
 *
 * When it is rejected its sender gets a reset, and when its connection is broken
 * by that, both ends do: the receiver when there is room for it.
 * Return: false without memory for that: try again with the same packet.
 * Context: the transmit queue's worker, tx.lock held; sleeps.
 */
bool vsock_sibling_send(struct vhost_vsock *v, struct sk_buff *skb);

/**
 * vsock_sibling_lost() - a packet to another guest is lost
 *
 * Both ends of its connection get a reset. Return and context: as
 * vsock_sibling_send().
 */
bool vsock_sibling_lost(struct vhost_vsock *v,
			const struct virtio_vsock_hdr *hdr);

/* ---- pair_reset.c: ends of connections -------------------------------- */

/*
 * @v was reset: its siblings get a reset for each connection with it, when there
 * is room for it. Context: vsock_guests_lock held; sleeps.
 */
void vsock_siblings_reset(struct vhost_vsock *v);
/*
 * @v gives up its CID: all its connections are reset, room or not. They stay
 * siblings. Context: vsock_guests_lock held; sleeps.
 */
void vsock_siblings_end(struct vhost_vsock *v);
/**
 * vsock_siblings_flush() - queue the resets for @v that are pending
 *
 * As far as there is room and memory. Context: its receive queue's worker,
 * rx.lock held; sleeps.
 */
void vsock_siblings_flush(struct vhost_vsock *v);

/* ---- for pair*.c only ------------------------------------------------- */

enum {
	VSOCK_CONNECTION_BITS = 6,	/* of their hash table's size */
};

/* One direction: from the guest at this end. */
struct vsock_pair_end {
	struct vhost_vsock *v;
	struct vsock_quota *quota;
	atomic_long_t bytes;	/* of memory that wait for the other guest */
};

struct vsock_pair {
	struct vsock_pair_end end[2];
	u32 shared;		/* groups in common; vsock_guests_lock */
	refcount_t refs;	/* existence, and packets that wait */
	struct rcu_head rcu;

	spinlock_t lock;	/* outside of send queues' locks */
	bool ended;		/* under lock, as all below */
	u32 n_connections;
	u32 n_pending[2];	/* of these, with a reset for the guest at
				 * that end pending */
	struct hlist_head connections[1 << VSOCK_CONNECTION_BITS];
};

/* A connection of a pair, by its port at either end. */
struct vsock_connection {
	struct hlist_node node;
	u32 port[2];		/* indexed as vsock_pair.end */
	u16 type;
	bool pending[2];	/* it has ended, and the guest at that end will
				 * get a reset when there is room */
};

/* The end of @v, which is one of the two. */
static inline struct vsock_pair_end *vsock_pair_end(struct vsock_pair *pair,
						    const struct vhost_vsock *v)
{
	return &pair->end[pair->end[0].v != v];
}

static inline struct vsock_pair_end *
vsock_pair_other(struct vsock_pair *pair, const struct vsock_pair_end *end)
{
	return &pair->end[end == &pair->end[0]];
}

/* The pair of @v and @peer, or NULL. In an RCU section or vsock_guests_lock. */
static inline struct vsock_pair *vsock_pair_find(struct vhost_vsock *v,
						 const struct vhost_vsock *peer)
{
	return xa_load(&v->siblings, peer->dev.id);
}

/* pair_queue.c. */
/* A reference to the quota of a guest that is an end of a new pair. */
struct vsock_quota *vsock_quota_get(struct vsock_quota *quota);
/* Drop a reference; with the last, the pair is freed after a grace period. */
void vsock_pair_put(struct vsock_pair *pair);
/* Is there room for @skb from that end. pair->lock held. */
bool vsock_pair_has_room(const struct vsock_pair_end *from,
			 const struct sk_buff *skb);
/*
 * Put @skb from that end into the send queue of the other guest, whose receive
 * queue the caller wakes. pair->lock held.
 */
void vsock_pair_queue_locked(struct vsock_pair *pair,
			     struct vsock_pair_end *from, struct sk_buff *skb);

/*
 * pair_conn.c: the connections of a pair. pair->lock held but in the last two.
 */
/* The connection that a packet from @from belongs to, not in the table. */
struct vsock_connection
vsock_connection_of(struct vsock_pair *pair, const struct vsock_pair_end *from,
		    const struct virtio_vsock_hdr *hdr);
/*
 * Enter a connection into the table unless it is there; *@spare is used up then,
 * and NULL. Return: false when there are too many, or no spare.
 */
bool vsock_connection_add(struct vsock_pair *pair,
			  const struct vsock_connection *key,
			  struct vsock_connection **spare);
struct vsock_connection *
vsock_connection_find(struct vsock_pair *pair,
		      const struct vsock_connection *key);
/* Remove one that was found, and free it. */
void vsock_connection_remove(struct vsock_pair *pair,
			     struct vsock_connection *c);
/* It has ended; the guest at end @i gets a reset when there is room. */
void vsock_connection_set_pending(struct vsock_pair *pair,
				  struct vsock_connection *c, u32 i);
/* One with a reset pending for the guest at end @i; there is one. */
struct vsock_connection *vsock_connection_first_pending(struct vsock_pair *pair,
							u32 i);
/*
 * Move the whole table to a list of the caller's, or what is left of it back; a
 * reset is pending for the guest at end @i then, for all of those.
 */
void vsock_connections_take(struct vsock_pair *pair, struct hlist_head *taken);
void vsock_connections_return(struct vsock_pair *pair, struct hlist_head *taken,
			      u32 i);

/* pair_reset.c: nothing passes from here on; both guests get their resets. */
void vsock_pair_end_all(struct vsock_pair *pair);

#endif /* RINGSIDE_VSOCK_PAIR_H */
