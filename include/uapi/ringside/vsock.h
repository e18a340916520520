/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * What Ringside's vhost_vsock adds to the interface of /dev/vhost-vsock: groups
 * of guests that may talk to each other.
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

#ifdef __cplusplus
}
#endif

#endif /* RINGSIDE_UAPI_VSOCK_H */
