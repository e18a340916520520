// SPDX-License-Identifier: GPL-2.0-only
/*
 * Siblings: guests of one host that may talk to each other. A pair is two
 * guests with a group in common (groups.c); it is the permission, the bound of
 * what waits between the two, and the memory of their connections.
 *
 * A packet goes from the transmit queue's worker of one guest straight into the
 * backlog of the other. Credit is between the two guests, and the host believes
 * neither: a packet that finds too much waiting already is not taken, and its
 * connection is reset on both ends, for a stream must not lose bytes. So a
 * guest that takes nothing harms its connections with siblings, but neither
 * their other connections nor what they have to say to the host.
 *
 * Pairs are found under RCU by the peer's device id, made and ended under
 * vsock_guests_lock. Packets are admitted and queued under pair->lock, so that
 * nothing follows the resets that end a pair. Who could still hold a pair:
 *  1. a worker that found it: sees pair->ended under the lock, then an RCU
 *     grace period goes by before it is freed.
 *  2. packets in a backlog: each has a reference.
 * A guest that goes ends its pairs before it is freed, so whoever finds one in
 * an RCU section finds two guests that are there.
 */
#include <linux/hash.h>

#include "vsock.h"

enum {
	/*
	 * Of memory that waits for one sibling, and for all of a guest's. Some
	 * of them that take nothing shall not keep it from the others, so each
	 * has a little of its own.
	 */
	MAX_PAIR = 16 << 20,
	MAX_GUEST = 64 << 20,
	OWN_PAIR = 512 << 10,
	/* packets without payload may take a quarter more: resets must go */
	SLACK = 4,

	MAX_CONNECTIONS = 1024,	/* of one pair */
	CONNECTION_BITS = 6,	/* of their hash table's size */
};

/* What one guest has waiting at its siblings. Outlives the guest. */
struct vsock_quota {
	atomic_long_t bytes;
	refcount_t refs;	/* the guest, and its pairs */
};

/* One direction: from the guest at this end. */
struct vsock_pair_end {
	struct vhost_vsock *v;
	struct vsock_quota *quota;
	atomic_long_t bytes;
};

/* A connection, by its port at either end. */
struct connection {
	struct hlist_node node;
	u32 port[2];
	u16 type;
};

struct vsock_pair {
	struct vsock_pair_end end[2];
	u32 shared;		/* groups in common; vsock_guests_lock */
	refcount_t refs;	/* existence, and packets that wait */
	struct rcu_head rcu;

	spinlock_t lock;	/* outside of backlogs' locks */
	bool ended;		/* under lock, as all below */
	u32 n_connections;
	struct hlist_head connections[1 << CONNECTION_BITS];
};

/* ---- quotas ----------------------------------------------------------- */

struct vsock_quota *vsock_quota_new(void)
{
	struct vsock_quota *q = kzalloc(sizeof(*q), GFP_KERNEL_ACCOUNT);

	if (q)
		refcount_set(&q->refs, 1);
	return q;
}

static struct vsock_quota *quota_get(struct vsock_quota *q)
{
	refcount_inc(&q->refs);
	return q;
}

void vsock_quota_put(struct vsock_quota *q)
{
	if (refcount_dec_and_test(&q->refs))
		kfree(q);
}

/* ---- pairs ------------------------------------------------------------ */

static void pair_put(struct vsock_pair *pair)
{
	if (!refcount_dec_and_test(&pair->refs))
		return;
	vsock_quota_put(pair->end[0].quota);
	vsock_quota_put(pair->end[1].quota);
	kvfree_rcu(pair, rcu);
}

static struct vsock_pair *pair_new(struct vhost_vsock *a, struct vhost_vsock *b)
{
	struct vsock_pair *pair = kvzalloc(sizeof(*pair), GFP_KERNEL_ACCOUNT);

	if (!pair)
		return NULL;
	pair->end[0] = (struct vsock_pair_end){ .v = a, .quota = quota_get(a->quota) };
	pair->end[1] = (struct vsock_pair_end){ .v = b, .quota = quota_get(b->quota) };
	pair->shared = 1;
	refcount_set(&pair->refs, 1);
	spin_lock_init(&pair->lock);
	return pair;
}

static struct vsock_pair_end *end_of(struct vsock_pair *pair, const struct vhost_vsock *v)
{
	return &pair->end[pair->end[0].v != v];
}

static struct vsock_pair_end *other_end(struct vsock_pair *pair, const struct vsock_pair_end *end)
{
	return &pair->end[end == &pair->end[0]];
}

static struct vsock_pair *find_pair(struct vhost_vsock *v,
				    const struct vhost_vsock *peer)
{
	return xa_load(&v->siblings, peer->dev.id);
}

/* ---- connections of a pair -------------------------------------------- */

static struct hlist_head *bucket_of(struct vsock_pair *pair,
				    const struct connection *c)
{
	return &pair->connections[hash_32(c->port[0] ^ hash_32(c->port[1], 32),
					  CONNECTION_BITS)];
}

/* The connection that a packet from @from belongs to, by its ports. */
static struct connection key_of(struct vsock_pair *pair, const struct vsock_pair_end *from,
				const struct virtio_vsock_hdr *hdr)
{
	struct connection c = { .type = le16_to_cpu(hdr->type) };
	u32 i = from - pair->end;

	c.port[i] = le32_to_cpu(hdr->src_port);
	c.port[!i] = le32_to_cpu(hdr->dst_port);
	return c;
}

static struct connection *find_connection(struct vsock_pair *pair,
					  const struct connection *key)
{
	struct connection *c;

	lockdep_assert_held(&pair->lock);
	hlist_for_each_entry(c, bucket_of(pair, key), node)
		if (c->port[0] == key->port[0] && c->port[1] == key->port[1] &&
		    c->type == key->type)
			return c;
	return NULL;
}

static void forget(struct vsock_pair *pair, const struct connection *key)
{
	struct connection *c = find_connection(pair, key);

	if (!c)
		return;
	hlist_del(&c->node);
	pair->n_connections--;
	kfree(c);
}

/* Remember it, by @spare, which is used up then. False: there are too many. */
static bool remember(struct vsock_pair *pair, const struct connection *key,
		     struct connection **spare)
{
	struct connection *c = *spare;

	if (find_connection(pair, key))
		return true;
	if (!c || pair->n_connections == MAX_CONNECTIONS)
		return false;
	*c = *key;
	hlist_add_head(&c->node, bucket_of(pair, c));
	pair->n_connections++;
	*spare = NULL;
	return true;
}

/* ---- queueing --------------------------------------------------------- */

static void packet_gone(struct sk_buff *skb)
{
	struct vsock_cb *cb = vsock_cb(skb);

	atomic_long_sub(skb->truesize, &cb->sibling.from->bytes);
	atomic_long_sub(skb->truesize, &cb->sibling.from->quota->bytes);
	pair_put(cb->sibling.pair);
}

static bool within(const atomic_long_t *bytes, u32 more, bool payload, long max)
{
	if (!payload)
		max += max / SLACK;
	return atomic_long_read(bytes) + more <= max;
}

static bool has_room(const struct vsock_pair_end *from, const struct sk_buff *skb)
{
	u32 more = skb->truesize;

	return within(&from->bytes, more, skb->len, MAX_PAIR) &&
	       (within(&from->quota->bytes, more, skb->len, MAX_GUEST) ||
		within(&from->bytes, more, skb->len, OWN_PAIR));
}

/* Into the backlog of the other end. The caller wakes its receive queue. */
static void queue_locked(struct vsock_pair *pair, struct vsock_pair_end *from,
			 struct sk_buff *skb)
{
	struct vsock_cb *cb = vsock_cb(skb);

	lockdep_assert_held(&pair->lock);
	cb->sibling.from = from;
	cb->sibling.pair = pair;
	refcount_inc(&pair->refs);
	atomic_long_add(skb->truesize, &from->bytes);
	atomic_long_add(skb->truesize, &from->quota->bytes);
	skb->destructor = packet_gone;
	vsock_sendq_add(&other_end(pair, from)->v->sendq, skb,
			VSOCK_FROM_SIBLING);
}

/* ---- admission -------------------------------------------------------- */

enum verdict {
	TAKEN,		/* queued */
	REFUSED,	/* the sender gets a reset */
	BROKEN,		/* both get one: the connection has lost something */
};

static bool may_connect(const struct vhost_vsock *from,
			const struct vhost_vsock *to, u16 type)
{
	if (!READ_ONCE(to->running))
		return false;
	return type == VIRTIO_VSOCK_TYPE_STREAM ||
	       (READ_ONCE(from->seqpacket) && READ_ONCE(to->seqpacket));
}

/* What the packet means for its connection. False: that cannot come about. */
static bool follow_locked(struct vsock_pair *pair, struct vsock_pair_end *from,
			  const struct sk_buff *skb, struct connection **spare)
{
	const struct virtio_vsock_hdr *hdr =
		virtio_vsock_hdr((struct sk_buff *)skb);
	struct connection key = key_of(pair, from, hdr);

	switch (le16_to_cpu(hdr->op)) {
	case VIRTIO_VSOCK_OP_REQUEST:
		return may_connect(from->v, other_end(pair, from)->v, key.type);
	case VIRTIO_VSOCK_OP_RESPONSE:
		return remember(pair, &key, spare);
	case VIRTIO_VSOCK_OP_RST:
		forget(pair, &key);
		return true;
	default:
		return true;
	}
}

static enum verdict admit_locked(struct vsock_pair *pair, struct vsock_pair_end *from,
				 struct sk_buff *skb, struct connection **spare)
{
	bool request = vsock_is_op(skb, VIRTIO_VSOCK_OP_REQUEST);

	if (pair->ended)
		return REFUSED;
	/* a reset that cannot go must not be taken for one that went */
	if (!has_room(from, skb) || !follow_locked(pair, from, skb, spare))
		return request ? REFUSED : BROKEN;
	queue_locked(pair, from, skb);
	return TAKEN;
}

/* To the guest at @cid, if it is a sibling. Only when taken is @skb gone. */
static enum verdict pass_on(struct vhost_vsock *v, u64 cid, struct sk_buff *skb,
			    struct connection **spare)
{
	enum verdict verdict;
	struct vhost_vsock *to;
	struct vsock_pair *pair;

	guard(rcu)();
	to = vsock_guest_find(cid, v->net);
	pair = to ? find_pair(v, to) : NULL;
	if (!pair)
		return REFUSED;
	scoped_guard(spinlock_bh, &pair->lock)
		verdict = admit_locked(pair, end_of(pair, v), skb, spare);
	if (verdict == TAKEN)
		vhost_vq_wake(&to->rx);
	return verdict;
}

/* ---- resets ----------------------------------------------------------- */

/* Resets never get one themselves (5.10.6.6 knows none for them). */
static void reset_sender(struct vhost_vsock *v, const struct vsock_flow *flow)
{
	struct vsock_flow answer = vsock_flow_back(flow);
	struct sk_buff *skb = vsock_make_reset(&answer);

	if (!skb)
		return;
	vsock_sendq_add(&v->sendq, skb, VSOCK_REPLY);
	vhost_vq_wake(&v->rx);
}

static void reset_peer(struct vhost_vsock *v, const struct vsock_flow *flow)
{
	struct sk_buff *skb = vsock_make_reset(flow);
	struct connection *none = NULL;

	if (skb && pass_on(v, flow->dst_cid, skb, &none) != TAKEN)
		kfree_skb(skb);
}

void vsock_sibling_send(struct vhost_vsock *v, struct sk_buff *skb)
{
	struct vsock_flow flow = vsock_flow_of(virtio_vsock_hdr(skb));
	u16 op = le16_to_cpu(virtio_vsock_hdr(skb)->op);
	struct connection *spare = NULL;
	enum verdict verdict;

	lockdep_assert_held(&v->tx.lock);
	if (op == VIRTIO_VSOCK_OP_RESPONSE)
		spare = kzalloc(sizeof(*spare), GFP_KERNEL_ACCOUNT);
	verdict = pass_on(v, flow.dst_cid, skb, &spare);
	kfree(spare);
	if (likely(verdict == TAKEN))
		return;
	kfree_skb(skb);
	if (verdict == BROKEN)
		vhost_vq_dropped(&v->tx, 1);
	else
		vhost_vq_bad_request(&v->tx);
	if (op == VIRTIO_VSOCK_OP_RST)
		return;
	reset_sender(v, &flow);
	if (verdict == BROKEN)
		reset_peer(v, &flow);
}

void vsock_sibling_lost(struct vhost_vsock *v,
			const struct virtio_vsock_hdr *hdr)
{
	struct vsock_flow flow = vsock_flow_of(hdr);

	lockdep_assert_held(&v->tx.lock);
	if (le16_to_cpu(hdr->op) != VIRTIO_VSOCK_OP_RST)
		reset_sender(v, &flow);
	reset_peer(v, &flow);
}

/* ---- ends of connections ---------------------------------------------- */

/* Whatever has been connected, to the caller's own list. */
static void take_connections(struct vsock_pair *pair, struct hlist_head *taken)
{
	struct connection *c;
	struct hlist_node *next;

	spin_lock_bh(&pair->lock);
	for (u32 i = 0; i < ARRAY_SIZE(pair->connections); i++) {
		hlist_for_each_entry_safe(c, next, &pair->connections[i], node) {
			hlist_del(&c->node);
			hlist_add_head(&c->node, taken);
		}
	}
	pair->n_connections = 0;
	spin_unlock_bh(&pair->lock);
}

/* Those that are still to be ended. Nobody has made any meanwhile. */
static void return_connections(struct vsock_pair *pair,
			       struct hlist_head *taken)
{
	struct connection *c;
	struct hlist_node *next;

	spin_lock_bh(&pair->lock);
	hlist_for_each_entry_safe(c, next, taken, node) {
		hlist_del(&c->node);
		hlist_add_head(&c->node, bucket_of(pair, c));
		pair->n_connections++;
	}
	spin_unlock_bh(&pair->lock);
}

enum need {
	IF_ROOM,	/* there will be another chance */
	ALWAYS,
};

/* Tell the guest at end @i that the other one has reset the connection. */
static bool tell(struct vsock_pair *pair, u32 i, const struct connection *c,
		 enum need need)
{
	struct vsock_pair_end *from = &pair->end[!i];
	struct sk_buff *skb = vsock_make_reset(&(struct vsock_flow){
		.src_cid = from->v->cid,
		.dst_cid = pair->end[i].v->cid,
		.src_port = c->port[!i],
		.dst_port = c->port[i],
		.type = c->type,
	});
	bool goes;

	if (!skb)
		return false;
	spin_lock_bh(&pair->lock);
	goes = need == ALWAYS || has_room(from, skb);
	if (goes)
		queue_locked(pair, from, skb);
	spin_unlock_bh(&pair->lock);
	if (!goes)
		kfree_skb(skb);
	return goes;
}

/* By the guest at one end. What the other one cannot be told stays as it is. */
static void reset_by(struct vsock_pair *pair, const struct vsock_pair_end *by,
		     enum need need)
{
	struct vsock_pair_end *other = other_end(pair, by);
	HLIST_HEAD(connections);
	struct connection *c;
	struct hlist_node *next;

	lockdep_assert_held(&vsock_guests_lock);
	take_connections(pair, &connections);
	hlist_for_each_entry_safe(c, next, &connections, node) {
		if (!tell(pair, other - pair->end, c, need) && need == IF_ROOM)
			break;
		hlist_del(&c->node);
		kfree(c);
	}
	return_connections(pair, &connections);
	vhost_vq_wake(&other->v->rx);
}

/*
 * It was reset, perhaps by itself, and as often as it likes: so these resets
 * wait within its bounds.
 */
void vsock_siblings_reset(struct vhost_vsock *v)
{
	struct vsock_pair *pair;
	unsigned long id;

	lockdep_assert_held(&vsock_guests_lock);
	xa_for_each(&v->siblings, id, pair)
		reset_by(pair, end_of(pair, v), IF_ROOM);
}

/* Its CID may be another guest's soon. */
void vsock_siblings_end(struct vhost_vsock *v)
{
	struct vsock_pair *pair;
	unsigned long id;

	lockdep_assert_held(&vsock_guests_lock);
	xa_for_each(&v->siblings, id, pair)
		reset_by(pair, end_of(pair, v), ALWAYS);
}

/* ---- beginning and end ------------------------------------------------ */

/* From here on nothing goes; both hear of what went on. */
static void end_pair(struct vsock_pair *pair)
{
	HLIST_HEAD(connections);
	struct connection *c;
	struct hlist_node *next;

	lockdep_assert_held(&vsock_guests_lock);
	scoped_guard(spinlock_bh, &pair->lock)
		pair->ended = true;
	take_connections(pair, &connections);
	hlist_for_each_entry_safe(c, next, &connections, node) {
		tell(pair, 0, c, ALWAYS);
		tell(pair, 1, c, ALWAYS);
		kfree(c);
	}
	vhost_vq_wake(&pair->end[0].v->rx);
	vhost_vq_wake(&pair->end[1].v->rx);
}

int vsock_pair_share(struct vhost_vsock *a, struct vhost_vsock *b)
{
	struct vsock_pair *pair = find_pair(a, b);
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
	end_pair(pair);		/* a packet may have gone through it */
	xa_erase(&a->siblings, b->dev.id);
err_pair:
	pair_put(pair);
	return ret;
}

void vsock_pair_unshare(struct vhost_vsock *a, struct vhost_vsock *b)
{
	struct vsock_pair *pair = find_pair(a, b);

	lockdep_assert_held(&vsock_guests_lock);
	if (--pair->shared)
		return;
	end_pair(pair);
	xa_erase(&a->siblings, b->dev.id);
	xa_erase(&b->siblings, a->dev.id);
	pair_put(pair);
}
