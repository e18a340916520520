// SPDX-License-Identifier: GPL-2.0-only
/*
 * What programs write to stream sockets, on its way into a send queue: a message
 * that finds the one before it still waiting joins it, instead of becoming a
 * packet of its own. That spares memory, time, and buffers of the guest; when
 * the guest keeps up, nothing waits and nothing is joined.
 *
 * A full packet is followed by one with twice the room, up to ROOM_MAX: so much
 * of what waits for a busy guest is payload. Long messages, messages sent
 * without copying, and whatever cannot be done here in a moment are left to the
 * library.
 *
 * In threads of programs, the socket locked: no other thread sends on it. A
 * packet that waits in a send queue changes under the queue's lock only, so what
 * is added to it is copied with page faults off; a page that is not present makes
 * a packet of its own.
 */
#include <linux/uaccess.h>

#include "socket.h"

enum {
	JOIN_MAX = 8 << 10,	/* bytes; so much is copied under a lock */
	ROOM_MAX = PAGE_SIZE << PAGE_ALLOC_COSTLY_ORDER,
	LOOK_BACK = 8,		/* packets: others may send in between */
};

/* ---- joining ---------------------------------------------------------- */

/* Can it take more of the same stream. */
static bool is_open(struct sk_buff *skb)
{
	return vsock_is_op(skb, VIRTIO_VSOCK_OP_RW) &&
	       !virtio_vsock_hdr(skb)->flags && !skb_is_nonlinear(skb) &&
	       !skb_zcopy(skb);
}

/* The socket's last packet, if it is among the last few that wait. */
static struct sk_buff *last_packet_locked(struct vsock_sendq *q,
					  struct sock *sk)
{
	struct sk_buff *skb;
	u32 n = 0;

	lockdep_assert_held(&q->list.lock);
	skb_queue_reverse_walk(&q->list, skb) {
		if (skb->sk == sk)
			return skb;
		if (++n == LOOK_BACK)
			break;
	}
	return NULL;
}

/* Return: bytes copied, which @skb now ends with. */
static u32 append(struct sk_buff *skb, struct msghdr *msg, u32 bytes)
{
	u32 n = copy_from_iter(skb_tail_pointer(skb), bytes, &msg->msg_iter);

	skb_put(skb, n);
	virtio_vsock_hdr(skb)->len = cpu_to_le32(skb->len);
	return n;
}

/* Take as much of the socket's credit. Return: bytes appended. */
static u32 append_on_credit(struct virtio_vsock_sock *vvs, struct sk_buff *skb,
			    struct msghdr *msg, u32 bytes)
{
	u32 credit = virtio_transport_get_credit(vvs, bytes);
	u32 n = credit ? append(skb, msg, credit) : 0;

	virtio_transport_put_credit(vvs, credit - n);
	if (n)
		virtio_transport_inc_tx_pkt(vvs, skb);
	return n;
}

struct joined {
	u32 bytes;	/* that found room */
	u32 size;	/* of the packet's memory, when it is full; or 0 */
};

static u32 size_of(const struct sk_buff *skb)
{
	return SKB_DATA_ALIGN(sizeof(struct skb_shared_info)) +
	       skb_end_pointer(skb) - skb->head;
}

static struct joined join_locked(struct vsock_sendq *q, struct vsock_sock *vsk,
				 struct msghdr *msg, u32 bytes)
{
	struct sk_buff *skb = last_packet_locked(q, sk_vsock(vsk));
	u32 room;

	if (!skb || !is_open(skb))
		return (struct joined){ };
	room = min_t(u32, bytes, skb_tailroom(skb));
	if (!room)
		return (struct joined){ .size = size_of(skb) };
	pagefault_disable();
	room = append_on_credit(vsk->trans, skb, msg, room);
	pagefault_enable();
	return (struct joined){ .bytes = room };
}

/* Into a packet that waits. When one does, its worker has been woken. */
static struct joined join(struct vsock_sock *vsk, struct msghdr *msg, u32 bytes)
{
	struct joined joined = { };
	struct vhost_vsock *v;

	guard(rcu)();
	v = vsock_guest_of(vsk);
	if (!v || skb_queue_empty_lockless(&v->sendq.list))
		return joined;
	spin_lock_bh(&v->sendq.list.lock);
	joined = join_locked(&v->sendq, vsk, msg, bytes);
	spin_unlock_bh(&v->sendq.list.lock);
	return joined;
}

/* ---- a packet with room ----------------------------------------------- */

static void set_header(struct sk_buff *skb, const struct vsock_sock *vsk)
{
	*virtio_vsock_hdr(skb) = (struct virtio_vsock_hdr){
		.src_cid = cpu_to_le64(VMADDR_CID_HOST),
		.dst_cid = cpu_to_le64(vsk->remote_addr.svm_cid),
		.src_port = cpu_to_le32(vsk->local_addr.svm_port),
		.dst_port = cpu_to_le32(vsk->remote_addr.svm_port),
		.type = cpu_to_le16(VIRTIO_VSOCK_TYPE_STREAM),
		.op = cpu_to_le16(VIRTIO_VSOCK_OP_RW),
	};
}

/* Behind one whose memory has @size bytes: for @bytes, and more to come. */
static struct sk_buff *new_packet(struct vsock_sock *vsk, u32 size, u32 bytes)
{
	u32 least = SKB_TRUESIZE(VSOCK_HDR + bytes);
	struct sk_buff *skb;

	size = clamp_t(u32, 2 * size, roundup_pow_of_two(least), ROOM_MAX);
	skb = virtio_vsock_alloc_skb(SKB_WITH_OVERHEAD(size),
				     GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN);
	if (!skb)
		return NULL;
	skb_set_owner_w(skb, sk_vsock(vsk));
	set_header(skb, vsk);
	return skb;
}

static int queue(struct vsock_sock *vsk, struct sk_buff *skb)
{
	struct vhost_vsock *v;

	guard(rcu)();
	v = vsock_guest_of(vsk);
	if (!v)
		return -ECONNRESET;
	vsock_sendq_add(&v->sendq, skb, VSOCK_FROM_SOCKET);
	vhost_vq_wake(&v->rx);
	return 0;
}

/* Return: bytes sent, 0 without credit or memory, or -errno. */
static ssize_t send_with_room(struct vsock_sock *vsk, struct msghdr *msg,
			      u32 bytes, u32 size)
{
	struct sk_buff *skb = new_packet(vsk, size, bytes);
	u32 n = skb ? append_on_credit(vsk->trans, skb, msg, bytes) : 0;
	int ret = n ? queue(vsk, skb) : 0;

	if (likely(n && !ret))
		return n;
	/* With what has been copied so far, if anything: it is not unsent. */
	if (skb)
		virtio_transport_consume_skb_sent(skb, true);
	return ret;
}

/* ---- af_vsock's call -------------------------------------------------- */

ssize_t vsock_stream_enqueue(struct vsock_sock *vsk, struct msghdr *msg,
			     size_t len)
{
	struct joined joined;
	ssize_t n;

	if (len > JOIN_MAX || msg->msg_flags & MSG_ZEROCOPY)
		return virtio_transport_stream_enqueue(vsk, msg, len);
	joined = join(vsk, msg, len);
	if (joined.bytes)
		return joined.bytes;
	n = joined.size ? send_with_room(vsk, msg, len, joined.size) : 0;
	return n ?: virtio_transport_stream_enqueue(vsk, msg, len);
}
