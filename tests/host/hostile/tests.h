/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The parts of the hostile program, and the victim.
 */
#ifndef RINGSIDE_HOST_HOSTILE_TESTS_H
#define RINGSIDE_HOST_HOSTILE_TESTS_H

#include "../../driver/hostile.h"
#include "lib/report.h"
#include "lib/traffic.h"

struct victim {
	struct device d;
	struct link l;
	struct drv_mem good;	/* one big region more */
	uint64_t features;
	uint32_t num;
};

/** victim_open() - a running device; false when it lacks a feature */
bool victim_open(struct victim *v, uint64_t features, uint32_t num);
void victim_close(struct victim *v);

/** victim_hostile() - all that an attack on a queue needs to know */
struct hostile victim_hostile(struct victim *v, int queue, uint64_t seed);

/** victim_other() - does the other queue work; NULL or what is wrong */
const char *victim_other(struct victim *v, int queue);

/** victim_renew() - make a queue anew, as a driver does that resets it */
int victim_renew(struct victim *v, int queue);

/** victim_poke() - make the device look at a queue */
void victim_poke(struct victim *v, int queue);

void hostile_one_by_one(void);
void hostile_storms(void);

#endif /* RINGSIDE_HOST_HOSTILE_TESTS_H */
