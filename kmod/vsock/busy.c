// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sockets that their program keeps locked. The library locks the socket that a
 * packet is for. A program holds that lock while af_vsock copies from or to its
 * memory, and that may take for ever: the memory can be a page that another
 * program has to deliver (userfaultfd, FUSE). The worker must not wait for that,
 * for it holds tx.lock, and a thread that stops the queue needs that lock.
 *
 * So before a packet is delivered, its socket is found and looked at. The worker
 * waits a moment for the lock, as the library would; then the packet stays in the
 * ring with all behind it, the queue is blocked, and resumes when the program
 * unlocks the socket. Packets to other sockets of the guest wait meanwhile.
 *
 * A program that locks its socket between this look and the library's lock_sock()
 * is waited for: once for each packet there are some hundred instructions for it.
 *
 * In the queue's worker, or the owner's thread that stops the queue; tx.lock held.
 * The wait entry is in the list of a socket that is held; vsock_unblock() ends it.
 */
#include <linux/wait.h>

#include "socket.h"

enum { PATIENCE_MS = 10 };

/* The socket that the library finds for the packet, held; or NULL. */
static struct sock *find_receiver(const struct virtio_vsock_hdr *hdr,
				  struct net *net)
{
	struct vsock_flow flow = vsock_flow_of(hdr);
	struct sockaddr_vm src, dst;
	struct sock *sk;

	vsock_addr_init(&src, flow.src_cid, flow.src_port);
	vsock_addr_init(&dst, flow.dst_cid, flow.dst_port);
	sk = vsock_find_connected_socket_net(&src, &dst, net);
	return sk ?: vsock_find_bound_socket_net(&dst, net);
}

/* The program's thread, in release_sock(), the lock's spinlock held. */
static int unlocked(wait_queue_entry_t *wait, unsigned int mode, int flags,
		    void *key)
{
	struct vsock_blocked *b = container_of(wait, struct vsock_blocked, wait);
	struct vhost_vsock *v = container_of(b, struct vhost_vsock, blocked);

	WRITE_ONCE(b->unlocked, true);
	vhost_vq_wake(&v->tx);
	return 0;
}

void vsock_unblock(struct vhost_vsock *v)
{
	struct vsock_blocked *b = &v->blocked;

	lockdep_assert_held(&v->tx.lock);
	if (!b->sk)
		return;
	remove_wait_queue(&b->sk->sk_lock.wq, &b->wait);
	sock_put(b->sk);
	b->sk = NULL;
}

/* Takes the reference to @sk. */
static void block(struct vhost_vsock *v, struct sock *sk)
{
	struct vsock_blocked *b = &v->blocked;

	b->sk = sk;
	b->unlocked = false;
	init_waitqueue_func_entry(&b->wait, unlocked);
	add_wait_queue(&sk->sk_lock.wq, &b->wait);
}

bool vsock_is_blocked(struct vhost_vsock *v)
{
	struct vsock_blocked *b = &v->blocked;

	if (likely(!b->sk))
		return false;
	if (!READ_ONCE(b->unlocked) && sock_owned_by_user_nocheck(b->sk))
		return true;
	vsock_unblock(v);
	return false;
}

bool vsock_receiver_is_busy(struct vhost_vsock *v,
			    const struct virtio_vsock_hdr *hdr)
{
	struct sock *sk = find_receiver(hdr, v->net);

	lockdep_assert_held(&v->tx.lock);
	if (!sk)
		return false;
	if (likely(!sock_owned_by_user_nocheck(sk)) ||
	    wait_event_timeout(sk->sk_lock.wq, !sock_owned_by_user_nocheck(sk),
			       msecs_to_jiffies(PATIENCE_MS))) {
		sock_put(sk);
		return false;
	}
	block(v, sk);
	return vsock_is_blocked(v);
}
