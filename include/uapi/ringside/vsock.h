/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * What Ringside's vhost_vsock adds to the interface of /dev/vhost-vsock: groups
 * of guests that may talk to each other, and a policy for each guest.
 *
 * Two guests of one host are siblings while a group has both as members. A
 * guest in no group reaches the host and nobody else, as ever. Groups exist by
 * having members, and are per network namespace on host kernels where vsock
 * has these: guests of different ones never meet.
 *
 * The commands work on any open /dev/vhost-vsock, with or without an owner.
 * Linux's own module does not know them (ENOTTY, or EPERM without an owner).
 */
#ifndef RINGSIDE_UAPI_VSOCK_H
#define RINGSIDE_UAPI_VSOCK_H

#include <linux/types.h>
#include <linux/ioctl.h>

#ifdef __cplusplus
extern "C" {
#endif

#define RINGSIDE_VSOCK_GROUP_NAME	32	/* bytes, the zero included */
#define RINGSIDE_VSOCK_MAX_GROUPS	16	/* of one guest */
#define RINGSIDE_VSOCK_MAX_MEMBERS	256	/* of one group */

/*
 * @guest_cid: which guest; 0: the one of this file, whether it has a CID yet or
 *	not. Others are looked up in the caller's network namespace.
 * @index: RINGSIDE_VSOCK_GET_GROUP: which of its groups, from 0; otherwise 0
 * @name: 1 to 31 of the characters A-Z a-z 0-9 . _ -; the rest zero
 */
struct ringside_vsock_group {
	__u64 guest_cid;
	__u32 index;
	__u32 reserved;		/* 0 */
	char name[RINGSIDE_VSOCK_GROUP_NAME];
};

/*
 * Make the guest a member. From then on it reaches, and is reached by, each
 * member that runs. Being one already is success.
 * EPERM: the caller lacks CAP_NET_ADMIN (in the user namespace that owns the
 * device's network namespace). EINVAL: a bad name, or fields that are not 0.
 * ENODEV: no such guest. ENOSPC: a limit above is reached. ENOMEM.
 */
#define RINGSIDE_VSOCK_JOIN_GROUP \
	_IOW(0xAF, 0xE0, struct ringside_vsock_group)

/*
 * End the membership. Connections with guests that are no siblings any more are
 * reset. Errors as above; ENOENT: it is no member.
 */
#define RINGSIDE_VSOCK_LEAVE_GROUP \
	_IOW(0xAF, 0xE1, struct ringside_vsock_group)

/*
 * Tell the name of one group. Errors as above, CAP_NET_ADMIN only needed for
 * guests of other files; ENOENT: @index is behind the last.
 */
#define RINGSIDE_VSOCK_GET_GROUP \
	_IOWR(0xAF, 0xE2, struct ringside_vsock_group)

/*
 * In: a number; out: the lowest CID above it that a guest of the caller's
 * network namespace has. EPERM: as above; ENOENT: there is none.
 */
#define RINGSIDE_VSOCK_NEXT_GUEST	_IOWR(0xAF, 0xE3, __u64)

#define RINGSIDE_VSOCK_MAX_PORT_RANGES	16

/* Ports @first to @last, both included. */
struct ringside_vsock_ports {
	__u32 first, last;
};

#define RINGSIDE_VSOCK_POLICY_PORTS	(1 << 0)	/* only @ports */

/*
 * What a guest may do. A device starts with all fields 0: everything. A policy
 * stays with the device until it is closed, also over VHOST_RESET_OWNER.
 * @guest_cid: as in struct ringside_vsock_group
 * @flags: RINGSIDE_VSOCK_POLICY_PORTS: the guest may connect to these ports of the
 *	host, and to none when @n_ports is 0. Connections that are open stay.
 * @pin_cid: the only CID that VHOST_VSOCK_SET_GUEST_CID gives the device; 0: any
 * @max_queued_bytes: memory of packets that programs of the host may queue for the
 *	guest, 256 KiB to 1 GiB; 0: the module's parameter of that name
 * @max_connections: the guest may open no more connections with the host while
 *	there are so many, those that the host opened included; 0: no limit
 * @rejected_ports, @rejected_connections: how many of the guest's connection
 *	requests were reset for each reason, since the device was opened; ignored
 *	by RINGSIDE_VSOCK_SET_POLICY
 */
struct ringside_vsock_policy {
	__u64 guest_cid;
	__u32 flags;
	__u32 pin_cid;
	__u32 max_queued_bytes;
	__u32 max_connections;
	__u32 reserved;		/* 0 */
	__u32 n_ports;
	struct ringside_vsock_ports ports[RINGSIDE_VSOCK_MAX_PORT_RANGES];
	__u64 rejected_ports;
	__u64 rejected_connections;
};

/*
 * Replace the policy as a whole. Errors as RINGSIDE_VSOCK_JOIN_GROUP; EINVAL also
 * for a range whose end is before its start, ranges without the flag for them, and
 * a @pin_cid that is not the CID which the device has; EBUSY: it is being given
 * another CID. VHOST_VSOCK_SET_GUEST_CID with another CID than @pin_cid is EPERM.
 */
#define RINGSIDE_VSOCK_SET_POLICY \
	_IOW(0xAF, 0xE4, struct ringside_vsock_policy)

/* Read the policy. Errors as RINGSIDE_VSOCK_GET_GROUP, without ENOENT. */
#define RINGSIDE_VSOCK_GET_POLICY \
	_IOWR(0xAF, 0xE5, struct ringside_vsock_policy)

#ifdef __cplusplus
}
#endif

#endif /* RINGSIDE_UAPI_VSOCK_H */
