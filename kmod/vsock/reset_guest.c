// SPDX-License-Identifier: GPL-2.0-only
/*
 * All sockets that are connected with a guest, or connecting to it, when it is
 * gone: found, collected and ended (reset.c).
 *
 * Runs in the thread that ends the guest, under its dev->lock. Sockets are
 * counted and collected under the table's spinlock, softirqs off, in two walks
 * however many there are, and held. No socket enters the tables meanwhile, for
 * the guest is not found any more and its queues have stopped or are locked.
 *
 * Connected ones are in a table of their own, and leave it when they end. Those
 * that are connecting are among all bound sockets, by their state.
 */
#include "socket.h"

enum { HANDFUL = 64 };

/* What a walk looks for: the walker of the table takes no argument. */
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

static void collect_connecting(void)
{
	const struct vsock_transport *ours = &vsock_transport.transport;
	struct vsock_sock *vsk;

	spin_lock_bh(&vsock_table_lock);
	for (u32 i = 0; i < ARRAY_SIZE(vsock_bind_table); i++)
		list_for_each_entry(vsk, &vsock_bind_table[i], bound_table)
			if (READ_ONCE(sk_vsock(vsk)->sk_state) == TCP_SYN_SENT &&
			    READ_ONCE(vsk->transport) == ours &&
			    !vsock_socket_is_cut_off(sk_vsock(vsk)))
				collect(sk_vsock(vsk));
	spin_unlock_bh(&vsock_table_lock);
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
	collect_connecting();
	return found.n;
}

u32 vsock_count_connections(u32 cid, struct net *net)
{
	return find_sockets(cid, net, NULL, 0);
}

/* Return: were some of them locked. */
static bool end_sockets(struct sock **sk, u32 n)
{
	bool locked = false;

	for (u32 i = 0; i < n; i++) {
		locked |= !vsock_socket_end(sk[i]);
		sock_put(sk[i]);
		cond_resched();
	}
	return locked;
}

/*
 * Up to HANDFUL sockets need no memory; without memory for more, the tables are
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
