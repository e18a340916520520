/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What older kernels lack, so that the code can be written for the newest one.
 * Kbuild forces this file in before every other, for modules only; ring/ never
 * needs it. Each shim stands under the fact that compat/probe found out, never
 * under a version number, and goes when the last kernel without it goes.
 */
#ifndef RINGSIDE_COMPAT_H
#define RINGSIDE_COMPAT_H

/* In a directory of this kernel's own, which Kbuild adds to the search path. */
#include <probed.h>

#if !defined(HAVE_FEATURES_ARRAY) || !defined(HAVE_FORK_FROM_OWNER)
#include <linux/vhost.h>
#endif

/* Feature bits beyond 64: two ioctls that 7.0 added, and their argument. */
#ifndef HAVE_FEATURES_ARRAY
struct vhost_features_array {
	__u64 count;
	__u64 features[];
};
#define VHOST_GET_FEATURES_ARRAY \
	_IOR(VHOST_VIRTIO, 0x83, struct vhost_features_array)
#define VHOST_SET_FEATURES_ARRAY \
	_IOW(VHOST_VIRTIO, 0x83, struct vhost_features_array)
#endif

/* The choice of worker threads came late to the stable series of 6.12. */
#ifndef HAVE_FORK_FROM_OWNER
#define VHOST_FORK_OWNER_KTHREAD 0
#define VHOST_FORK_OWNER_TASK 1
#define VHOST_SET_FORK_FROM_OWNER _IOW(VHOST_VIRTIO, 0x84, __u8)
#define VHOST_GET_FORK_FROM_OWNER _IOR(VHOST_VIRTIO, 0x85, __u8)
#endif

/* The handle that ties coverage to its owner was a bare number. */
#ifndef HAVE_KCOV_HANDLE_TYPE
#include <linux/kcov.h>

struct kcov_common_handle_id {
	u64 val;
};

static inline struct kcov_common_handle_id compat_kcov_common_handle(void)
{
	return (struct kcov_common_handle_id){ kcov_common_handle() };
}
#define kcov_common_handle compat_kcov_common_handle

static inline void
compat_kcov_remote_start_common(struct kcov_common_handle_id id)
{
	kcov_remote_start_common(id.val);
}
#define kcov_remote_start_common compat_kcov_remote_start_common
#endif

#endif /* RINGSIDE_COMPAT_H */
