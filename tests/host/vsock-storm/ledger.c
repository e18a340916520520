// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the host has in use, before, meanwhile and after.
 */
#define _GNU_SOURCE
#include <unistd.h>

#include "storm.h"

/*
 * ms: sockets that connected live that long whatever becomes of them, and are
 * freed after grace periods
 */
enum { QUIET_MS = CONNECT_MS + 150 };

void ledger_open(struct ledger *l)
{
	usleep(QUIET_MS * 1000);
	*l = (struct ledger){
		.slab = hostmem_slab(),
		.free = hostmem_free(),
		.uses = module_uses("vhost_vsock"),
		.files = hostmem_files(),
	};
	l->slab_peak = l->slab;
	l->free_least = l->free;
}

void ledger_look(struct ledger *l)
{
	long slab = hostmem_slab(), left = hostmem_free();

	if (slab > l->slab_peak)
		l->slab_peak = slab;
	if (left < l->free_least)
		l->free_least = left;
}

void ledger_close(struct ledger *l, const char *what)
{
	bool released = module_falls_to("vhost_vsock", l->uses, SOON);
	long slab, left;

	report_ok(released, "%s: the module is used %ld times, as before",
		  what, module_uses("vhost_vsock"));
	usleep(QUIET_MS * 1000);
	ledger_look(l);
	slab = hostmem_slab() - l->slab;
	left = l->free - hostmem_free();
	report_ok(slab < SLACK && left < 4 * SLACK,
		  "%s: small objects grew by %ld KiB (at most %ld), all by %ld (%ld)",
		  what, slab, l->slab_peak - l->slab, left,
		  l->free - l->free_least);
	report_ok(hostmem_files() == l->files, "%s: %d open files, as before",
		  what, hostmem_files());
}
