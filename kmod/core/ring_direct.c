// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ring engine with the direct memory backend: rings and buffers at kernel
 * addresses. Nothing in vhost.ko walks such rings. It is for modules on top of
 * it whose queues have no owner's user addresses, such as software vDPA
 * parents: they include ring.h with RING_MEM direct.
 *
 * Beside the verbs, what such a module needs of the parts that every backend
 * shares (common.c, memtab.c, iotlb.c). An export has a user in the tree.
 */
#include <linux/export.h>

#define RING_MEM direct
#include "../../ring/engine.c"

EXPORT_SYMBOL_GPL(ring_setup);
EXPORT_SYMBOL_GPL(ring_start);
EXPORT_SYMBOL_GPL(ring_pop);
EXPORT_SYMBOL_GPL(ring_unpop);
EXPORT_SYMBOL_GPL(ring_push);
EXPORT_SYMBOL_GPL(ring_publish);
EXPORT_SYMBOL_GPL(ring_call_needed);
EXPORT_SYMBOL_GPL(ring_enable_kicks);
EXPORT_SYMBOL_GPL(ring_disable_kicks);
EXPORT_SYMBOL_GPL(ring_peek);
EXPORT_SYMBOL_GPL(ring_log_written);
EXPORT_SYMBOL_GPL(ring_log_guest);

EXPORT_SYMBOL_GPL(ring_flags);
EXPORT_SYMBOL_GPL(ring_initial_base);
EXPORT_SYMBOL_GPL(ring_base);
EXPORT_SYMBOL_GPL(ring_reset);
EXPORT_SYMBOL_GPL(ring_break);
EXPORT_SYMBOL_GPL(ring_cause_name);

EXPORT_SYMBOL_GPL(ring_memtab_bytes);
EXPORT_SYMBOL_GPL(ring_memtab_build);

EXPORT_SYMBOL_GPL(ring_iotlb_bytes);
EXPORT_SYMBOL_GPL(ring_iotlb_init);
EXPORT_SYMBOL_GPL(ring_iotlb_insert);
EXPORT_SYMBOL_GPL(ring_iotlb_invalidate);
