/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sockets of the host that are connected with a guest, or want to be: what
 * af_vsock calls (transport.c has the table), and how they end.
 */
#ifndef RINGSIDE_VSOCK_SOCKET_H
#define RINGSIDE_VSOCK_SOCKET_H

#include "vsock.h"

/* ---- transport.c ------------------------------------------------------ */

extern struct virtio_transport vsock_transport;
int vsock_transport_register(void);
void vsock_transport_unregister(void);

/* ---- send.c: packets to their guest ----------------------------------- */

/**
 * vsock_send_packet() - queue a packet for the guest that it is addressed to
 * @skb: taken, whatever the result
 *
 * Return: bytes of payload; -ENODEV or -ECONNRESET without such a guest;
 * -EHOSTUNREACH or -ENOBUFS for a connection request that cannot be queued.
 * Context: any thread, workqueues included; perhaps the socket locked.
 */
int vsock_send_packet(struct sk_buff *skb, struct net *net);

/* Queue a reply of the transmit queue's worker. Context: tx.lock held. */
void vsock_send_reply(struct vhost_vsock *v, struct sk_buff *skb);

/* Drop what a socket has queued; af_vsock's cancel_pkt. Return: 0, -ENODEV. */
int vsock_cancel_packets(struct vsock_sock *vsk);

/* ---- stream.c: af_vsock's stream_enqueue; the socket is locked; sleeps - */

ssize_t vsock_stream_enqueue(struct vsock_sock *vsk, struct msghdr *msg,
			     size_t len);

/* ---- space.c: sockets that wait for space ----------------------------- */

/* af_vsock's init, release and stream_has_space; the socket is locked. */
int vsock_socket_init(struct vsock_sock *vsk, struct vsock_sock *parent);
void vsock_socket_release(struct vsock_sock *vsk);
s64 vsock_socket_has_space(struct vsock_sock *vsk);

/**
 * vsock_resume() - let those go on that the guest's send queue had stopped
 * @v: there, or found in the caller's RCU section
 *
 * Context: any but hard interrupts; no socket locked by its spinlock.
 */
void vsock_resume(struct vhost_vsock *v, struct vsock_resume resume);

/* ---- busy.c: sockets that their program keeps locked; tx.lock held ----- */

/**
 * vsock_receiver_is_busy() - is the socket locked that a packet is for
 * @hdr: of a packet from the guest to the host, validated
 *
 * Return: true when it is, and stays so for a moment. The transmit queue is
 * blocked then: it is woken when the socket is unlocked. Context: sleeps.
 */
bool vsock_receiver_is_busy(struct vhost_vsock *v,
			    const struct virtio_vsock_hdr *hdr);
/* Is the queue still blocked. */
bool vsock_is_blocked(struct vhost_vsock *v);
/* The queue stops: wait for nothing any more. */
void vsock_unblock(struct vhost_vsock *v);

/* ---- shutdown.c: calls of af_vsock, the socket locked but in destruct -- */

int vsock_socket_shutdown(struct vsock_sock *vsk, int mode);
int vsock_socket_connect(struct vsock_sock *vsk);
void vsock_socket_destruct(struct vsock_sock *vsk);

/* ---- reset_guest.c ---------------------------------------------------- */

/**
 * vsock_reset_connections() - end all connections with a guest
 * @cid: of the guest, which is not found any more
 *
 * Those that are being made included. Context: sleeps, but not until programs
 * unlock their sockets.
 */
void vsock_reset_connections(u32 cid, struct net *net);
/* How many there are. Walks the table of sockets; sleeps. */
u32 vsock_count_connections(u32 cid, struct net *net);

/* ---- reset.c: ends without shutdown ----------------------------------- */

/**
 * vsock_socket_end() - end the connection of a socket whose guest is gone
 *
 * Return: false when its program has it locked: it ends when that unlocks it.
 * Context: the socket is held, and not locked by this thread; sleeps.
 */
bool vsock_socket_end(struct sock *sk);
/* The socket connects anew: it has not ended. Context: the socket is locked. */
void vsock_socket_begin(struct vsock_sock *vsk);

/**
 * vsock_socket_cut_off() - end a connection without shutdown
 *
 * What is queued is read, then comes ECONNRESET; the socket sends nothing any
 * more. Context: the socket is locked, by a thread or by its spinlock.
 */
void vsock_socket_cut_off(struct sock *sk);

/**
 * vsock_socket_is_cut_off() - has the connection ended in one of these two ways
 *
 * Then another guest may have its CID, or another connection its ports.
 * Context: any.
 */
bool vsock_socket_is_cut_off(const struct sock *sk);

/* Calls of af_vsock, the socket locked. */
u32 vsock_socket_seqpacket_has_data(struct vsock_sock *vsk);
ssize_t vsock_socket_seqpacket_dequeue(struct vsock_sock *vsk,
				       struct msghdr *msg, int flags);

/* ---- lost.c ----------------------------------------------------------- */

/**
 * vsock_lose_packet() - a packet from the guest to the host is lost
 * @hdr: validated
 *
 * Its connection ends where it is missing: the guest gets a reset, the program
 * ECONNRESET behind what came before.
 * Return: false without memory for the reset, or while the program keeps its
 * socket locked; nothing has changed then.
 * Context: the transmit queue's worker, tx.lock held; sleeps.
 */
bool vsock_lose_packet(struct vhost_vsock *v,
		       const struct virtio_vsock_hdr *hdr);

#endif /* RINGSIDE_VSOCK_SOCKET_H */
