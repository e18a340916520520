// SPDX-License-Identifier: GPL-2.0-only
/*
 * Backends: the socket behind a file descriptor, set as a queue's backend,
 * replaced or removed, also under traffic.
 *
 * Runs in ioctls under dev->lock; what touches a queue also under vq->lock, so
 * never beside the queue's handler. The descriptor is looked up once; the file
 * found is the one that is validated and kept.
 *
 * The end of a backend. Who could still hold it, and what ends that:
 *  1. the handler: uses it under vq->lock only and keeps no pointer to it;
 *     quiesce() and the exchange happen under that lock.
 *  2. the wait queue of its file: vhost_poll_stop() in quiesce(). An event that
 *     came before wakes the handler, which then looks at the new backend.
 *  3. frames fetched ahead from its ring: given back to it by quiesce().
 *  4. packets copied for a batch: none is pending between runs.
 *  Nobody new arrives: vq->backend is the only way to it. So its file is
 *  dropped right after vq->lock is released, without waiting for the worker.
 */
#include <linux/file.h>
#include <linux/if_arp.h>
#include <linux/if_packet.h>
#include <linux/if_tap.h>
#include <linux/netdevice.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <net/sock.h>

#include "net.h"

/* ---- finding ---------------------------------------------------------- */

/*
 * The name of the device that a file of tun is attached to: what its fdinfo says,
 * "iff:\tNAME\n". tun exports no function for it.
 */
static bool tun_name(const struct file *file, char name[IFNAMSIZ])
{
	char text[64] = "";
	struct seq_file m = { .buf = text, .size = sizeof(text) - 1 };

	if (!file->f_op->show_fdinfo)
		return false;
	file->f_op->show_fdinfo(&m, (struct file *)file);
	return sscanf(text, "iff: %15s", name) == 1;
}

/*
 * tun takes what comes in a batch for Ethernet frames, also in its layer 3 mode,
 * where it damages every packet. A device that is not found, since it was moved to
 * another network namespace, say, gets no batches either.
 */
static bool tun_is_ethernet(const struct net_backend *b)
{
	char name[IFNAMSIZ];
	struct net_device *dev;

	if (!tun_name(b->file, name))
		return false;
	guard(rcu)();
	dev = dev_get_by_name_rcu(sock_net(b->sock->sk), name);
	return dev && dev->type == ARPHRD_ETHER;
}

static bool find_tun(struct net_backend *b)
{
	b->sock = tun_get_socket(b->file);
	b->ring = tun_get_tx_ring(b->file);
	if (IS_ERR(b->sock) || IS_ERR(b->ring))
		return false;
	b->batches = tun_is_ethernet(b);
	return true;
}

/* macvtap and ipvtap */
static bool find_tap(struct net_backend *b)
{
	b->sock = tap_get_socket(b->file);
	b->ring = tap_get_ptr_ring(b->file);
	b->batches = true;
	return !IS_ERR(b->sock) && !IS_ERR(b->ring);
}

/* Whole Ethernet frames, without a protocol that replies. */
static bool find_packet(struct net_backend *b)
{
	b->sock = sock_from_file(b->file);
	b->ring = NULL;
	b->batches = false;
	return b->sock && b->sock->sk->sk_family == AF_PACKET &&
	       b->sock->sk->sk_type == SOCK_RAW;
}

static void put_backend(struct net_backend *b)
{
	if (!b)
		return;
	fput(b->file);
	kfree(b);
}

/* Whatever else @fd may be, Linux has one error: -ENOTSOCK. */
static struct net_backend *get_backend(int fd)
{
	struct net_backend *b = kzalloc(sizeof(*b), GFP_KERNEL_ACCOUNT);

	if (!b)
		return ERR_PTR(-ENOMEM);
	b->file = fget(fd);
	if (!b->file) {
		kfree(b);
		return ERR_PTR(-ENOTSOCK);
	}
	if (find_tun(b) || find_tap(b) || find_packet(b))
		return b;
	put_backend(b);
	return ERR_PTR(-ENOTSOCK);
}

/* ---- polling ---------------------------------------------------------- */

/*
 * A socket's pending error makes it look ready for anything until somebody
 * reads it, and only this code does: a link that went down, for one.
 */
int net_backend_watch(const struct net_backend *b, struct vhost_poll *poll)
{
	if (!vhost_poll_start(poll, b->file))
		return 0;
	sock_error(b->sock->sk);
	return vhost_poll_start(poll, b->file);
}

/* ---- setting and removing ---------------------------------------------- */

/* Stop the queue's use of its backend: polls, frames fetched ahead, fragments. */
static void quiesce(struct vhost_vq *vq)
{
	lockdep_assert_held(&vq->lock);
	if (vq->index == NET_RX) {
		struct net_rx *rx = net_rx_of(vq);

		vhost_poll_stop(&rx->poll);
		if (vq->backend)
			net_source_return(rx, vq->backend);
	} else {
		struct net_tx *tx = net_tx_of(vq);

		vhost_poll_stop(&tx->poll);
		net_xdp_end(tx);
	}
}

static int check_ring(struct vhost_vq *vq)
{
	guard(mutex)(&vq->lock);
	return vhost_vq_check_config(vq);
}

/*
 * io->res: the backend, or NULL to remove the queue's. Removing never fails for
 * lack of configuration: QEMU removes those of all queues when it stops a device,
 * and the guest may have set up only some of them.
 */
int net_backend_prepare(struct vhost_io *io)
{
	int fd = io->arg.file.fd;
	struct net_backend *b;
	int ret;

	if (fd == VHOST_FILE_UNBIND)
		return 0;
	ret = check_ring(io->vq);
	if (ret)
		return ret;
	b = get_backend(fd);
	if (IS_ERR(b))
		return PTR_ERR(b);
	io->res = b;
	return 0;
}

/* A file with an error: a tap without its device, for one. */
int net_backend_check(struct vhost_io *io)
{
	struct net_backend *b = io->res;

	return b && (vfs_poll(b->file, NULL) & EPOLLERR) ? -EINVAL : 0;
}

/* Return: the backend that the queue had, or NULL. */
static struct net_backend *remove_backend(struct vhost_vq *vq)
{
	quiesce(vq);
	return vhost_vq_stop(vq);
}

/* io->res becomes the backend that is not in use. */
int net_backend_execute(struct vhost_io *io)
{
	struct vhost_vq *vq = io->vq;
	struct net_backend *b = io->res, *old = vq->backend;
	int ret;

	if (!b) {
		io->res = remove_backend(vq);
		return 0;
	}
	if (old)
		quiesce(vq);
	ret = vhost_vq_start(vq, b);	/* cannot fail where it replaces */
	if (ret)
		return ret;
	io->res = old;
	/* The handler begins to poll, and finds what is there already. */
	vhost_vq_wake(vq);
	return 0;
}

void net_backend_finish(struct vhost_io *io)
{
	put_backend(io->res);
}

void net_backends_stop(struct vhost_dev *dev)
{
	for (u32 i = 0; i < dev->nvqs; i++) {
		struct vhost_vq *vq = dev->vqs[i];
		struct net_backend *b;

		mutex_lock(&vq->lock);
		b = remove_backend(vq);
		mutex_unlock(&vq->lock);
		put_backend(b);
	}
}
