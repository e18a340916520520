// SPDX-License-Identifier: GPL-2.0-only
/*
 * Space for what programs send: the credit of their connection, and the bound of
 * the guest's send queue.
 *
 * A program that waits for space is woken by the library when credit comes, and
 * by vsock_resume() when the send queue has drained; both only while not much of
 * the socket's memory is in packets (sock_writeable()). So it must be woken by
 * packets that are freed, too, which the flag SOCK_USE_WRITE_QUEUE turns off:
 * it is set on sockets that do not wait for space. A program that closes its
 * socket with SO_LINGER waits for freed packets as well, on kernels where close()
 * waits until all bytes are sent.
 */
#include "socket.h"

int vsock_socket_init(struct vsock_sock *vsk, struct vsock_sock *parent)
{
	sock_set_flag(sk_vsock(vsk), SOCK_USE_WRITE_QUEUE);
	return virtio_transport_do_socket_init(vsk, parent);
}

void vsock_socket_release(struct vsock_sock *vsk)
{
	sock_reset_flag(sk_vsock(vsk), SOCK_USE_WRITE_QUEUE);
	virtio_transport_release(vsk);
}

static s64 space_now(struct vsock_sock *vsk)
{
	struct vhost_vsock *v;

	scoped_guard(rcu) {
		v = vsock_guest_of(vsk);
		if (v && !vsock_sendq_has_space(&v->sendq))
			return 0;
	}
	return virtio_transport_stream_has_space(vsk);
}

/* The flag goes before the look, so that a packet freed meanwhile wakes. */
s64 vsock_socket_has_space(struct vsock_sock *vsk)
{
	s64 space;

	/* It has ended: poll() must not wait, and send() says EPIPE. */
	if (vsock_socket_is_cut_off(sk_vsock(vsk)) &&
	    vsk->peer_shutdown & RCV_SHUTDOWN)
		return 1;
	sock_reset_flag(sk_vsock(vsk), SOCK_USE_WRITE_QUEUE);
	space = space_now(vsk);
	if (space > 0)
		sock_set_flag(sk_vsock(vsk), SOCK_USE_WRITE_QUEUE);
	return space;
}

static void wake_sender(struct sock *sk)
{
	sk->sk_write_space(sk);
}

/* The senders of all guests look again: it is rare, and those of others wait on. */
void vsock_resume(struct vhost_vsock *v, struct vsock_resume resume)
{
	if (resume.tx)
		vhost_vq_wake(&v->tx);
	if (resume.senders)
		vsock_for_each_connected_socket(v->transport, wake_sender);
}
