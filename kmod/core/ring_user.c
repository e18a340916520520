// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ring engine with the user memory backend: the owner's memory through uaccess. The
 * one place where vhost.ko compiles ring/engine.c; the rest of the module uses
 * what ring.h declares, with the same RING_MEM (core.h sets it).
 */
#define RING_MEM user
#include "../../ring/engine.c"
