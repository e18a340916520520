// SPDX-License-Identifier: GPL-2.0-only
/*
 * The end of a connection whose guest is gone, and cannot shut it down.
 *
 * What a guest had sent is read first. Then a program gets ECONNRESET, or the
 * end of file if the guest had shut down its side before. The socket stays
 * TCP_ESTABLISHED, since af_vsock looks at nothing else of a socket that is not:
 *
 *  - Streams: af_vsock reads what is queued, then returns sk_err.
 *  - Messages: af_vsock takes a message off the queue and returns sk_err instead
 *    of it; with nothing queued it returns 0. So vsock_socket_seqpacket_has_data()
 *    claims one message more than there is, and taking that one is the error.
 *    sk_err is 0 while a real one is taken.
 *
 * A socket that is still connecting is as if the guest had rejected it.
 *
 * Nothing goes from such a socket to the guest that has the CID next: it is
 * marked as PEER_GONE, until it connects anew.
 *
 * A program may keep its socket locked as long as it likes (it writes from memory
 * that never comes), so no thread waits for that lock: such a socket is marked and
 * leaves the table, and the rest is put into its backlog, which the kernel handles
 * when the program unlocks it.
 */
#include "socket.h"

/* In vsk->peer_shutdown, beside the two bits which the library looks at. */
enum {
	PEER_GONE = BIT(28),	/* set once, read without a lock */
	PEER_RESET = BIT(29),	/* without shutdown; the socket is locked */
};

/* ---- one socket ------------------------------------------------------- */

static void mark(struct vsock_sock *vsk, u32 bits)
{
	WRITE_ONCE(vsk->peer_shutdown, READ_ONCE(vsk->peer_shutdown) | bits);
}

bool vsock_socket_is_cut_off(const struct sock *sk)
{
	return READ_ONCE(vsock_sk(sk)->peer_shutdown) & PEER_GONE;
}

void vsock_socket_begin(struct vsock_sock *vsk)
{
	WRITE_ONCE(vsk->peer_shutdown, 0);
}

void vsock_socket_cut_off(struct sock *sk)
{
	sock_set_flag(sk, SOCK_DONE);
	mark(vsock_sk(sk), SHUTDOWN_MASK | PEER_RESET | PEER_GONE);
	sk->sk_state_change(sk);
	sk->sk_err = ECONNRESET;
	sk_error_report(sk);
}

/*
 * Its program has closed it, and the library waits some seconds for the guest's
 * reset: end that time, unless it has just run out.
 */
static void stop_lingering(struct vsock_sock *vsk)
{
	if (cancel_delayed_work(&vsk->close_work))
		schedule_delayed_work(&vsk->close_work, 0);
}

/* As when it times out. A connect() that failed is over already. */
static void end_connecting(struct sock *sk)
{
	if (!sk->sk_socket || sk->sk_socket->state != SS_CONNECTING)
		return;
	sk->sk_socket->state = SS_UNCONNECTED;
	sk->sk_state = TCP_CLOSE;
	sk->sk_err = ECONNRESET;
	sk_error_report(sk);
}

/* The socket is locked, by a thread or by its spinlock. */
static void end_locked(struct sock *sk)
{
	struct vsock_sock *vsk = vsock_sk(sk);
	bool orderly = vsk->peer_shutdown & SEND_SHUTDOWN;

	if (sk->sk_state == TCP_SYN_SENT)
		end_connecting(sk);
	if (sk->sk_state == TCP_SYN_SENT || sk->sk_state == TCP_CLOSE)
		return;
	if (vsk->close_work_scheduled) {
		stop_lingering(vsk);
		return;
	}
	if (!orderly) {
		vsock_socket_cut_off(sk);
		return;
	}
	sock_set_flag(sk, SOCK_DONE);
	mark(vsk, SHUTDOWN_MASK);
	sk->sk_state_change(sk);
}

static int end_from_backlog(struct sock *sk, struct sk_buff *skb)
{
	kfree_skb(skb);
	end_locked(sk);
	return 0;
}

/* Return: false when its program has it locked. */
static bool end_now(struct sock *sk)
{
	bool owned;

	spin_lock_bh(&sk->sk_lock.slock);
	mark(vsock_sk(sk), PEER_GONE);
	vsock_remove_connected(vsock_sk(sk));
	owned = sock_owned_by_user(sk);
	if (!owned)
		end_locked(sk);
	spin_unlock_bh(&sk->sk_lock.slock);
	return !owned;
}

/*
 * Nothing else uses the backlog of these sockets. The packet has no content; it
 * must be taken, so the backlog has no limit for it, and it does not count as
 * memory from the reserves.
 */
static void end_when_released(struct sock *sk)
{
	struct sk_buff *skb = alloc_skb(0, GFP_KERNEL | __GFP_NOFAIL);

	skb->pfmemalloc = false;
	spin_lock_bh(&sk->sk_lock.slock);
	sk->sk_backlog_rcv = end_from_backlog;
	if (!sock_owned_by_user(sk))
		end_from_backlog(sk, skb);
	else if (WARN_ON_ONCE(sk_add_backlog(sk, skb, UINT_MAX)))
		kfree_skb(skb);
	spin_unlock_bh(&sk->sk_lock.slock);
}

bool vsock_socket_end(struct sock *sk)
{
	if (end_now(sk))
		return true;
	end_when_released(sk);
	return false;
}

/* ---- reading messages: calls of af_vsock, the socket locked ------------ */

u32 vsock_socket_seqpacket_has_data(struct vsock_sock *vsk)
{
	u32 n = virtio_transport_seqpacket_has_data(vsk);

	return n ?: !!(vsk->peer_shutdown & PEER_RESET);
}

ssize_t vsock_socket_seqpacket_dequeue(struct vsock_sock *vsk,
				       struct msghdr *msg, int flags)
{
	struct sock *sk = sk_vsock(vsk);

	if (likely(!(vsk->peer_shutdown & PEER_RESET)))
		return virtio_transport_seqpacket_dequeue(vsk, msg, flags);
	if (!virtio_transport_seqpacket_has_data(vsk)) {
		sk->sk_err = ECONNRESET;
		sk_error_report(sk);	/* others may wait for space */
		return -ECONNRESET;
	}
	sk->sk_err = 0;
	return virtio_transport_seqpacket_dequeue(vsk, msg, flags);
}
