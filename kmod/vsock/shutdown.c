// SPDX-License-Identifier: GPL-2.0-only
/*
 * shutdown() of sockets: a shutdown packet is sent once for each side. A program
 * may call it as often as it likes, and the packets would wait for a guest that
 * does not consume.
 *
 * The sides that a socket has shut down are in a table until the socket connects
 * anew or ends. It has at most as many entries as there are such sockets.
 * The socket is locked but in destruct; shutdown_lock is for the table.
 */
#include <linux/hashtable.h>
#include <linux/slab.h>

#include "socket.h"

struct shutdown {
	struct hlist_node node;
	const struct vsock_sock *vsk;
	int sent;		/* sides, SEND_SHUTDOWN and RCV_SHUTDOWN */
};

static DEFINE_HASHTABLE(shutdowns, 8);	/* shutdown_lock */
static DEFINE_SPINLOCK(shutdown_lock);

static struct shutdown *find_locked(const struct vsock_sock *vsk)
{
	struct shutdown *s;

	lockdep_assert_held(&shutdown_lock);
	hash_for_each_possible(shutdowns, s, node, (unsigned long)vsk)
		if (s->vsk == vsk)
			return s;
	return NULL;
}

/* Sides that were sent. */
static int sent_sides(const struct vsock_sock *vsk)
{
	const struct shutdown *s;
	int sent;

	spin_lock_bh(&shutdown_lock);
	s = find_locked(vsk);
	sent = s ? s->sent : 0;
	spin_unlock_bh(&shutdown_lock);
	return sent;
}

/* Without memory they are sent once more when the program says so. */
static void mark_sent(const struct vsock_sock *vsk, int mode)
{
	struct shutdown *spare = kzalloc(sizeof(*spare), GFP_KERNEL_ACCOUNT);
	struct shutdown *s;

	spin_lock_bh(&shutdown_lock);
	s = find_locked(vsk);
	if (!s && spare) {
		s = spare;
		spare = NULL;
		s->vsk = vsk;
		hash_add(shutdowns, &s->node, (unsigned long)vsk);
	}
	if (s)
		s->sent |= mode;
	spin_unlock_bh(&shutdown_lock);
	kfree(spare);
}

int vsock_socket_shutdown(struct vsock_sock *vsk, int mode)
{
	int ret;

	/* The caller has just cleared the flag, which keeps packets away. */
	if (vsock_socket_is_cut_off(sk_vsock(vsk))) {
		sock_set_flag(sk_vsock(vsk), SOCK_DONE);
		return 0;
	}
	if (!(mode & ~sent_sides(vsk)))
		return 0;
	ret = virtio_transport_shutdown(vsk, mode);
	if (ret >= 0)
		mark_sent(vsk, mode);
	return ret;
}

static void forget(const struct vsock_sock *vsk)
{
	struct shutdown *s;

	spin_lock_bh(&shutdown_lock);
	s = find_locked(vsk);
	if (s)
		hash_del(&s->node);
	spin_unlock_bh(&shutdown_lock);
	kfree(s);
}

int vsock_socket_connect(struct vsock_sock *vsk)
{
	forget(vsk);
	vsock_socket_begin(vsk);
	return virtio_transport_connect(vsk);
}

void vsock_socket_destruct(struct vsock_sock *vsk)
{
	forget(vsk);
	virtio_transport_destruct(vsk);
}
