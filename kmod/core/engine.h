/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ring engine as vhost.ko uses it: on the owner's user addresses. Every
 * file of the core and of the device modules sees ring.h through this header,
 * so that all of them mean the same engine.
 */
#ifndef RINGSIDE_CORE_ENGINE_H
#define RINGSIDE_CORE_ENGINE_H

#define RING_MEM user
#include "ring.h"

#endif /* RINGSIDE_CORE_ENGINE_H */
