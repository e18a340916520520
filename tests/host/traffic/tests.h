/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The parts of the traffic program.
 */
#ifndef RINGSIDE_HOST_TRAFFIC_TESTS_H
#define RINGSIDE_HOST_TRAFFIC_TESTS_H

#include "lib/report.h"
#include "lib/traffic.h"

void traffic_kinds(void);	/* rings and backends, one after another */
void traffic_changes(void);	/* backends and rings change on the way */
void traffic_processes(void);	/* the driver in another process */
void traffic_jumps(void);	/* tables whose descriptors lie about */
void traffic_waiting(void);	/* frames that find no buffers */
void traffic_detach(void);	/* a queue of a tap that comes and goes */
void traffic_budget(void);	/* bytes of one run */
void traffic_coalesce(void);	/* a tap that collects packets */
void traffic_layer3(void);	/* IP packets through a tun */
void traffic_memory(void);	/* memory for packets that fails */

#endif /* RINGSIDE_HOST_TRAFFIC_TESTS_H */
