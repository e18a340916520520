/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an administrator permits one guest. policy.c; its part of the ABI is
 * struct ringside_vsock_policy.
 */
#ifndef RINGSIDE_VSOCK_POLICY_H
#define RINGSIDE_VSOCK_POLICY_H

#include <linux/types.h>
#include <linux/virtio_vsock.h>

struct vhost_io;
struct vhost_vsock;
struct vsock_port_set;

struct vsock_policy {
	/* written under vsock_guests_lock */
	struct vsock_port_set __rcu *ports;	/* NULL: all */
	u32 max_connections;		/* 0: no limit; read by the tx queue */
	u32 pinned_cid;			/* 0: any; read under that lock */

	/* written by the transmit queue, under tx.lock */
	u32 connections;		/* with the host, when last counted, and
					 * requests since then */
	unsigned long counted_at;	/* jiffies */
	bool counted;
	u64 rejected_ports, rejected_connections;
};

/**
 * vsock_policy_permits() - may the guest open this connection with the host
 * @hdr: of a connection request, validated
 *
 * A request that is rejected is counted. Context: the transmit queue's worker,
 * tx.lock held; sleeps.
 */
bool vsock_policy_permits(struct vhost_vsock *v,
			  const struct virtio_vsock_hdr *hdr);

/* Free what the policy of a device holds, when nothing can find it any more. */
void vsock_policy_free(struct vsock_policy *p);

int vsock_policy_set_execute(struct vhost_io *io);
int vsock_policy_get_execute(struct vhost_io *io);

#endif /* RINGSIDE_VSOCK_POLICY_H */
