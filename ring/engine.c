// SPDX-License-Identifier: GPL-2.0-only
/*
 * The engine as one translation unit, compiled once for each memory backend.
 *
 * Everything between a verb and ring memory is static and inlines into it; a
 * program that needs two backends compiles this file twice, with two RING_MEMs.
 * What does not touch ring memory (memory table, IOTLB, names) is compiled
 * apart, once: memtab.c, iotlb.c, common.c.
 *
 * The parts, bottom up:
 *   fault.c          the first cause of a failure
 *   area.c           where a ring's areas are; single fields in them
 *   log.c            the dirty log
 *   chain.c          validate and translate a descriptor
 *   table.c          indirect tables
 *   split.c          split rings: taking chains; _used, _events, _base: giving
 *                    them back, notifications, where a ring starts
 *   packed.c         packed rings, in the same parts
 *   setup.c          configuration and start
 *   verbs.c          the other verbs that ring.h promises
 */
#include "ring.h"
#include "layout.h"
#include "mem/mem.h"

#include "fault.c"
#include "area.c"
#include "log.c"
#include "chain.c"
#include "table.c"
#include "split.c"
#include "split_used.c"
#include "split_events.c"
#include "split_base.c"
#include "packed.c"
#include "packed_used.c"
#include "packed_events.c"
#include "packed_base.c"
#include "setup.c"
#include "verbs.c"
