// SPDX-License-Identifier: GPL-2.0-only
/*
 * shutdown() of sockets: what a guest has been told once it is not told again. A
 * program may call it as often as it likes, and the packets would wait for a
 * guest that takes nothing.
 *
 * A connection that has been shut down on a side is remembered by its socket,
 * until it connects anew or ends. There are as many of these as such sockets.
 * The socket is locked in all but its end; told_lock is for the table.
 */
#include <linux/hashtable.h>
#include <linux/slab.h>

#include "socket.h"

struct told {
	struct hlist_node node;
	const struct vsock_sock *vsk;
	int mode;		/* sides that were told of */
};

static DEFINE_HASHTABLE(table, 8);	/* told_lock */
static DEFINE_SPINLOCK(told_lock);

static struct told *find_locked(const struct vsock_sock *vsk)
{
	struct told *t;

	lockdep_assert_held(&told_lock);
	hash_for_each_possible(table, t, node, (unsigned long)vsk)
		if (t->vsk == vsk)
			return t;
	return NULL;
}

/* Return: sides of @mode that the guest has not been told of until now. */
static int tell_locked(const struct vsock_sock *vsk, int mode,
		       struct told **spare)
{
	struct told *t = find_locked(vsk);
	int news = mode;

	if (t) {
		news &= ~t->mode;
		t->mode |= mode;
	} else if (*spare) {
		**spare = (struct told){ .vsk = vsk, .mode = mode };
		hash_add(table, &(*spare)->node, (unsigned long)vsk);
		*spare = NULL;
	}
	return news;
}

int vsock_socket_shutdown(struct vsock_sock *vsk, int mode)
{
	struct told *spare;
	int news;

	/* The caller has just cleared the flag, which keeps packets away. */
	if (vsock_socket_is_cut_off(sk_vsock(vsk))) {
		sock_set_flag(sk_vsock(vsk), SOCK_DONE);
		return 0;
	}
	spare = kzalloc(sizeof(*spare), GFP_KERNEL_ACCOUNT);
	spin_lock_bh(&told_lock);
	news = tell_locked(vsk, mode, &spare);
	spin_unlock_bh(&told_lock);
	kfree(spare);
	return news ? virtio_transport_shutdown(vsk, mode) : 0;
}

static void forget(const struct vsock_sock *vsk)
{
	struct told *t;

	spin_lock_bh(&told_lock);
	t = find_locked(vsk);
	if (t)
		hash_del(&t->node);
	spin_unlock_bh(&told_lock);
	kfree(t);
}

int vsock_socket_connect(struct vsock_sock *vsk)
{
	forget(vsk);
	return virtio_transport_connect(vsk);
}

void vsock_socket_destruct(struct vsock_sock *vsk)
{
	forget(vsk);
	virtio_transport_destruct(vsk);
}
