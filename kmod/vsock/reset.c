// SPDX-License-Identifier: GPL-2.0-only
/*
 * The end of a guest's connections when the guest itself cannot shut them down.
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
 * Nothing goes from such a socket to the guest that has the CID next: it is
 * marked as PEER_GONE.
 *
 * Runs in the thread that ends the guest, under its dev->lock. Sockets are
 * counted and collected under the table's spinlock, softirqs off, in two walks
 * however many there are, and held. A program may keep its socket locked as long
 * as it likes (it writes from memory that never comes), so this thread does not
 * wait for that lock: such a socket is marked and leaves the table, and the rest
 * is put into its backlog, which the kernel handles when the program unlocks it.
 * No socket enters the table meanwhile, for the guest is not found any more and
 * its queues have stopped or are locked. A socket that is still connecting is not
 * in the table; it gets no reply and times out.
 */
#include "socket.h"

enum { HANDFUL = 64 };

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

/* The socket is locked, by a thread or by its spinlock. */
static void end_locked(struct sock *sk)
{
	struct vsock_sock *vsk = vsock_sk(sk);
	bool orderly = vsk->peer_shutdown & SEND_SHUTDOWN;

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
 * Nothing else uses the backlog of these sockets, and each comes here once. The
 * packet has no content; it must be taken, so the backlog has no limit for it,
 * and it does not count as memory from the reserves.
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

/* ---- all of a guest --------------------------------------------------- */

/* What the walker of the table looks for: it takes no argument. */
static struct {
	u32 cid;
	struct net *net;
	struct sock **sk;
	u32 room;
	u32 n;			/* those without room included */
} found;
static DEFINE_MUTEX(found_lock);

static void collect(struct sock *sk)
{
	const struct vsock_sock *vsk = vsock_sk(sk);

	if (vsk->remote_addr.svm_cid != found.cid ||
	    !vsock_net_check_mode(sock_net(sk), found.net))
		return;
	if (found.n < found.room) {
		sock_hold(sk);
		found.sk[found.n] = sk;
	}
	found.n++;
}

/* Return: how many there are; the first @room of them are in @sk, and held. */
static u32 find_sockets(u32 cid, struct net *net, struct sock **sk, u32 room)
{
	guard(mutex)(&found_lock);
	found.cid = cid;
	found.net = net;
	found.sk = sk;
	found.room = room;
	found.n = 0;
	vsock_for_each_connected_socket(&vsock_transport.transport, collect);
	return found.n;
}

/* Return: were some of them locked. */
static bool end_sockets(struct sock **sk, u32 n)
{
	bool locked = false;

	for (u32 i = 0; i < n; i++) {
		if (!end_now(sk[i])) {
			end_when_released(sk[i]);
			locked = true;
		}
		sock_put(sk[i]);
		cond_resched();
	}
	return locked;
}

/*
 * Up to HANDFUL sockets need no memory; without memory for more, the table is
 * walked once for each HANDFUL. Return: were some of them locked.
 */
static bool end_all(u32 cid, struct net *net)
{
	struct sock *few[HANDFUL], **sk = few;
	u32 room = HANDFUL, n;
	bool locked = false;

	while ((n = find_sockets(cid, net, sk, room))) {
		locked |= end_sockets(sk, min(n, room));
		if (n <= room)
			break;
		if (sk != few)
			continue;
		sk = kvmalloc_array(n - room, sizeof(*sk),
				    GFP_KERNEL | __GFP_NOWARN);
		if (sk)
			room = n - room;
		else
			sk = few;
	}
	if (sk != few)
		kvfree(sk);
	return locked;
}

/*
 * A thread that has its socket locked reads the mark without a lock. After a
 * grace period it cannot find the next guest of the CID and miss the mark.
 */
void vsock_reset_connections(u32 cid, struct net *net)
{
	if (end_all(cid, net))
		synchronize_rcu();
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
