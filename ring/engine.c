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
 *   fault.c   the first cause of a failure
 *   area.c    where a ring's areas are; single fields in them
 *   log.c     the dirty log
 *   chain.c   validate and translate a descriptor
 *   split.c   positions, entries and events of a split ring
 *   packed.c  the same of a packed ring
 *   verbs.c   what ring.h promises, on top of the two
 */
#include "ring.h"
#include "layout.h"
#include "mem/mem.h"

#include "fault.c"
#include "area.c"
#include "log.c"
#include "chain.c"
#include "split.c"
#include "packed.c"
#include "verbs.c"
