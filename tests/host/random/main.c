// SPDX-License-Identifier: GPL-2.0-only
/*
 * random [SECONDS [SEED]], or by the environment RANDOM_SECONDS (10) and
 * RANDOM_SEED (1): random calls from several threads, on each device for so
 * long, or only on RANDOM_DEVICE (net, vsock). The same seed calls the same,
 * thread by thread.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/hostmem.h"
#include "random/random.h"
#include "../driver/driver_priv.h"

enum { CALLERS = 4 };

/* A socket that connected lives for CONNECT_MS; Linux's own linger for 8 s. */
static void sockets_end(const struct caller *c)
{
	report_ok(c->good, "vsock: %llu calls on sockets, %llu of them successful",
		  (unsigned long long)c->calls, (unsigned long long)c->good);
	report_ok(module_falls_to("vhost_vsock", 0,
				  c->w->d.offered & F_PACKED ? 2 * CONNECT_MS :
							       10000),
		  "vsock: nothing uses the module any more");
}

static void try(const char *name, enum kind kind, uint32_t seconds,
		uint64_t seed)
{
	pthread_t thread[CALLERS + 3];
	struct caller c[CALLERS + 2];
	struct world w;
	uint64_t calls = 0, good = 0;
	void *why;

	world_open(&w, kind);
	for (int i = 0; i < CALLERS + 2; i++) {
		c[i] = (struct caller){ &w, drv_seed(seed * 64 + i) };
		pthread_create(&thread[i], NULL,
			       i == CALLERS + 1 ? random_sockets :
			       i ? random_calls : random_driver, &c[i]);
	}
	pthread_create(&thread[CALLERS + 2], NULL, calm_neighbour, &w);
	sleep(seconds);
	__atomic_store_n(&w.stop, true, __ATOMIC_RELAXED);
	for (int i = 0; i < CALLERS + 3; i++)
		pthread_join(thread[i], &why);
	for (int i = 1; i <= CALLERS; i++) {
		calls += c[i].calls;
		good += c[i].good;
	}
	world_close(&w);
	report_ok(calls, "%s: %llu calls, %llu of them successful", name,
		  (unsigned long long)calls, (unsigned long long)good);
	if (kind == VSOCK)
		sockets_end(&c[CALLERS + 1]);
	report_ok(!why, "%s: the neighbour: %s", name,
		  why ? (char *)why : "fine");
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name, *path;
		enum kind kind;
	} devices[] = {
		{ "net", "/dev/vhost-net", NET },
		{ "vsock", "/dev/vhost-vsock", VSOCK },
	};
	uint32_t seconds = argc > 1 ? strtoul(argv[1], NULL, 0) :
				      env_number("RANDOM_SECONDS", 10);
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 0) :
				   env_number("RANDOM_SEED", 1);
	const char *only = getenv("RANDOM_DEVICE");

	report_begin(2 * seconds + 60);
	report_note("%u s, seed %llu", seconds, (unsigned long long)seed);
	for (int i = 0; i < 2; i++) {
		if (only && *only && strcmp(only, devices[i].name))
			continue;
		if (access(devices[i].path, F_OK))
			report_skip("no such device here", "%s",
				    devices[i].name);
		else
			try(devices[i].name, devices[i].kind, seconds, seed);
	}
	return report_end();
}
