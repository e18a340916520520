// SPDX-License-Identifier: GPL-2.0-only
/*
 * A guest that is reset: its driver sets the rings up anew and knows of nothing
 * before. Sockets that are connected with it learn that at once, those that
 * only read included; a guest that is merely paused keeps its connections.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests.h"

static void reset(const char *name, uint64_t features)
{
	static struct packet p;
	struct guest g;
	int to, from, again, l = host_socket(SOCK_STREAM, true);

	if (!guest_start(&g, features, 55, 16)) {
		report_skip("not offered", "%s", name);
		close(l);
		return;
	}
	to = host_to_guest(&g, SOCK_STREAM);
	from = guest_to_host(&g, l, 4000);
	guest_set_running(&g, 0);
	send(to, "lost", 4, 0);
	guest_new_rings(&g);
	report_ok(host_error(to, 0) == 0 && host_error(from, 0) == 0,
		  "%s: connected while it is down", name);
	guest_set_running(&g, 1);
	report_ok(host_error(to, SOON) == ECONNRESET &&
		  host_error(from, SOON) == ECONNRESET,
		  "%s: reset when it is up again", name);
	guest_offer(&g, 16);
	report_ok(!guest_recv(&g, &p, NOT), "%s: nothing from before", name);
	again = guest_to_host(&g, l, 4000);
	report_ok(again >= 0, "%s: the same port again", name);
	close(again);
	close(to);
	close(from);
	close(l);
	guest_close(&g);
}

static void pause_twice(void)
{
	struct guest g;
	int s, l = host_socket(SOCK_STREAM, true);

	guest_start(&g, F_V1, 55, 16);
	s = guest_to_host(&g, l, 4000);
	for (int i = 0; i < 2; i++) {
		guest_set_running(&g, 0);
		for (unsigned int j = 0; j < QUEUES; j++)
			queue_set_state(&g.d.q[j], VHOST_SET_VRING_BASE,
					queue_base(&g.d.q[j]));
		guest_set_running(&g, 1);
	}
	report_ok(host_error(s, NOT) == 0, "paused: still connected");
	close(s);
	close(l);
	guest_close(&g);
}

void test_reboot(void)
{
	reset("split", F_V1 | F_EVENT);
	reset("packed", F_V1 | F_EVENT | F_PACKED);
	pause_twice();
}
