/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the host has in use: memory, files, modules. For tests that say that
 * nothing grows, and that what ends is really gone.
 */
#ifndef RINGSIDE_HOST_HOSTMEM_H
#define RINGSIDE_HOST_HOSTMEM_H

#include <stdbool.h>

/** hostmem_slab() - KiB of the kernel's small objects that it cannot drop */
long hostmem_slab(void);

/** hostmem_free() - KiB of memory that programs could get */
long hostmem_free(void);

/** hostmem_files() - open file descriptors of this process */
int hostmem_files(void);

/** module_uses() - how often a module is used; -1: it is not loaded */
long module_uses(const char *module);

/** module_falls_to() - wait until it is used so often, or less */
bool module_falls_to(const char *module, long uses, int ms);

#endif /* RINGSIDE_HOST_HOSTMEM_H */
