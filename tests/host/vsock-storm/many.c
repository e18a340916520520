// SPDX-License-Identifier: GPL-2.0-only
/*
 * A guest with a great many connections is reset: all of them are notified, and the
 * guest does not wait long for that.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "storm.h"

enum { CID = 70, MOST = 20000, QUICK = 1000 };

static void allow_files(uint32_t n)
{
	struct rlimit r = { n, n };

	if (setrlimit(RLIMIT_NOFILE, &r))
		report_die("limit of open files");
}

static uint64_t reboot_ms(struct guest *g)
{
	uint64_t since = now_ms();

	guest_set_running(g, 0);
	guest_new_rings(g);
	guest_set_running(g, 1);
	return now_ms() - since;
}

void storm_many(void)
{
	uint32_t n = rounds() < MOST ? rounds() : MOST, notified = 0;
	int l = host_socket(SOCK_STREAM, true);
	int *s = calloc(n, sizeof(*s));
	struct guest g;
	uint64_t ms;

	allow_files(2 * MOST);
	guest_start(&g, F_V1, CID, 32);
	for (uint32_t i = 0; i < n; i++)
		s[i] = guest_to_host(&g, l, 4000 + i);
	ms = reboot_ms(&g);
	for (uint32_t i = 0; i < n; i++) {
		notified += host_error(s[i], 0) == ECONNRESET;
		close(s[i]);
	}
	report_ok(notified == n && ms < QUICK, "%u of %u connections reset in %llu ms",
		  notified, n, (unsigned long long)ms);
	free(s);
	close(l);
	guest_close(&g);
}
