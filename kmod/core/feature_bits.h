/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * virtio feature bits: how they are stored, and what the core can do for any
 * device.
 */
#ifndef RINGSIDE_CORE_FEATURE_BITS_H
#define RINGSIDE_CORE_FEATURE_BITS_H

#include <linux/vhost.h>
#include <linux/virtio_config.h>
#include <linux/virtio_ring.h>

enum {
	VHOST_FEATURE_WORDS = 2,	/* u64 words of virtio feature bits */
};

/* Feature bit @bit (0 to 127) as a mask within word @bit / 64. */
#define VHOST_BIT(bit) (1ULL << ((bit) & 63))

/*
 * What the core can do for any device, and the owner may always be offered; in
 * word 0 of ops->features. A device adds, where it holds for it:
 *  IN_ORDER	chains are completed in the order in which they were taken
 *  RING_RESET	user space can reset one queue of this kind of device: QEMU
 *		passes the bit on to the guest without looking, and a guest
 *		that resets a queue takes its memory back
 * By default a device offers nothing that QEMU would negotiate unasked and that
 * Linux's own module of the same release lacks: a guest must be able to move
 * back to it. RING_PACKED and IN_ORDER are off in QEMU unless asked for.
 */
#define VHOST_CORE_FEATURES                                               \
	(VHOST_BIT(VIRTIO_F_NOTIFY_ON_EMPTY) | VHOST_BIT(VHOST_F_LOG_ALL) | \
	 VHOST_BIT(VIRTIO_F_ANY_LAYOUT) |                                  \
	 VHOST_BIT(VIRTIO_RING_F_INDIRECT_DESC) |                          \
	 VHOST_BIT(VIRTIO_RING_F_EVENT_IDX) | VHOST_BIT(VIRTIO_F_VERSION_1) | \
	 VHOST_BIT(VIRTIO_F_RING_PACKED))

#endif /* RINGSIDE_CORE_FEATURE_BITS_H */
