/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's vhost ABI, for headers that are older than Linux 7.3: what they
 * lack is defined here. Names are the kernel's.
 */
#ifndef RINGSIDE_HOST_UAPI_H
#define RINGSIDE_HOST_UAPI_H

#include <linux/vhost.h>
#include <linux/virtio_config.h>
#include <linux/virtio_net.h>
#include <linux/virtio_ring.h>
#include <stdint.h>

#define BIT64(n) (1ULL << ((n) & 63))

#ifndef VIRTIO_F_RING_PACKED
#define VIRTIO_F_RING_PACKED 34
#endif
#ifndef VIRTIO_F_IN_ORDER
#define VIRTIO_F_IN_ORDER 35
#endif
#ifndef VIRTIO_F_RING_RESET
#define VIRTIO_F_RING_RESET 40
#endif

/* Not everyone's names are the same here, so these are ours. */
struct uapi_worker {
	unsigned int worker_id;
};

struct uapi_vring_worker {
	unsigned int index;
	unsigned int worker_id;
};

struct uapi_features_array {
	uint64_t count;
	uint64_t features[];
};

#ifndef VHOST_NEW_WORKER
#define VHOST_NEW_WORKER _IOR(VHOST_VIRTIO, 0x8, struct uapi_worker)
#define VHOST_FREE_WORKER _IOW(VHOST_VIRTIO, 0x9, struct uapi_worker)
#define VHOST_ATTACH_VRING_WORKER _IOW(VHOST_VIRTIO, 0x15, \
				       struct uapi_vring_worker)
#define VHOST_GET_VRING_WORKER _IOWR(VHOST_VIRTIO, 0x16, \
				     struct uapi_vring_worker)
#endif
#ifndef VHOST_GET_FEATURES_ARRAY
#define VHOST_GET_FEATURES_ARRAY _IOR(VHOST_VIRTIO, 0x83, \
				      struct uapi_features_array)
#define VHOST_SET_FEATURES_ARRAY _IOW(VHOST_VIRTIO, 0x83, \
				      struct uapi_features_array)
#endif
#ifndef VHOST_SET_FORK_FROM_OWNER
#define VHOST_FORK_OWNER_KTHREAD 0
#define VHOST_FORK_OWNER_TASK 1
#define VHOST_SET_FORK_FROM_OWNER _IOW(VHOST_VIRTIO, 0x84, __u8)
#define VHOST_GET_FORK_FROM_OWNER _IOR(VHOST_VIRTIO, 0x85, __u8)
#endif

/* Words that appear often in tests. */
#define F_LOG_ALL BIT64(VHOST_F_LOG_ALL)
#define F_NET_HDR BIT64(VHOST_NET_F_VIRTIO_NET_HDR)
#define F_MRG BIT64(VIRTIO_NET_F_MRG_RXBUF)
#define F_V1 BIT64(VIRTIO_F_VERSION_1)
#define F_EVENT BIT64(VIRTIO_RING_F_EVENT_IDX)
#define F_INDIRECT BIT64(VIRTIO_RING_F_INDIRECT_DESC)
#define F_PACKED BIT64(VIRTIO_F_RING_PACKED)
#define F_ORDER BIT64(VIRTIO_F_IN_ORDER)
#define F_RESET BIT64(VIRTIO_F_RING_RESET)
#define F_IOMMU BIT64(VIRTIO_F_ACCESS_PLATFORM)

#endif /* RINGSIDE_HOST_UAPI_H */
