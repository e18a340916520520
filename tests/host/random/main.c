// SPDX-License-Identifier: GPL-2.0-only
/*
 * random [SECONDS [SEED]], or by the environment RANDOM_SECONDS (10) and
 * RANDOM_SEED (1): random calls from several threads. The same seed calls the
 * same, thread by thread.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "random/random.h"
#include "../driver/driver_priv.h"

enum { CALLERS = 4 };

int main(int argc, char **argv)
{
	uint32_t seconds = argc > 1 ? strtoul(argv[1], NULL, 0) :
				      env_number("RANDOM_SECONDS", 10);
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 0) :
				   env_number("RANDOM_SEED", 1);
	pthread_t thread[CALLERS + 2];
	struct caller c[CALLERS + 1];
	struct world w;
	uint64_t calls = 0, good = 0;
	void *why;

	report_begin(seconds + 60);
	report_note("%u s, seed %llu", seconds,
		    (unsigned long long)seed);
	world_open(&w);
	for (int i = 0; i <= CALLERS; i++) {
		c[i] = (struct caller){ &w, drv_seed(seed * 64 + i) };
		pthread_create(&thread[i], NULL,
			       i ? random_calls : random_driver, &c[i]);
	}
	pthread_create(&thread[CALLERS + 1], NULL, calm_neighbour, &w);
	sleep(seconds);
	__atomic_store_n(&w.stop, true, __ATOMIC_RELAXED);
	for (int i = 0; i <= CALLERS + 1; i++)
		pthread_join(thread[i], &why);
	for (int i = 1; i <= CALLERS; i++) {
		calls += c[i].calls;
		good += c[i].good;
	}
	world_close(&w);
	report_ok(calls, "%llu calls, %llu of them successful",
		  (unsigned long long)calls, (unsigned long long)good);
	report_ok(!why, "the neighbour: %s", why ? (char *)why : "fine");
	return report_end();
}
