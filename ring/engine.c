// SPDX-License-Identifier: GPL-2.0-only
/*
 * The engine as one translation unit, compiled once for each home.
 *
 * Everything between a verb and ring memory is static and inlines into it; a
 * program that needs two homes compiles this file twice with two RING_HOMEs.
 * What does not touch ring memory (memory table, IOTLB, names) is compiled
 * apart, once: memtab.c, iotlb.c, common.c.
 *
 * The parts, bottom up:
 *   fault.c   the first cause, and who is told
 *   area.c    where a ring's areas are; single fields in them
 *   log.c     the dirty log
 *   chain.c   judge and translate a descriptor; indirect tables
 *   split.c   positions, entries and events of a split ring
 *   packed.c  the same of a packed ring
 *   verbs.c   what ring.h promises, on top of the two
 */
#include "ring.h"
#include "layout.h"
#include "seam/seam.h"

#include "fault.c"
#include "area.c"
#include "log.c"
#include "chain.c"
#include "split.c"
#include "packed.c"
#include "verbs.c"
