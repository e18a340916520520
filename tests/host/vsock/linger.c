// SPDX-License-Identifier: GPL-2.0-only
/*
 * SO_LINGER: close() waits until the guest has taken what was sent, on kernels
 * where it waits for that and not for the guest's reset.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "tests.h"

enum { CID = 61, LINGER = 8, QUICK = 1000 };

struct closing {
	int s;
	uint64_t ms;
	bool over;
};

static void *close_socket(void *arg)
{
	struct closing *c = arg;
	uint64_t since = now_ms();

	close(c->s);
	c->ms = now_ms() - since;
	__atomic_store_n(&c->over, true, __ATOMIC_RELEASE);
	return NULL;
}

static bool is_over(struct closing *c, int ms)
{
	uint64_t until = now_ms() + ms;

	while (!__atomic_load_n(&c->over, __ATOMIC_ACQUIRE)) {
		if (now_ms() > until)
			return false;
		usleep(1000);
	}
	return true;
}

static bool waits_for_bytes(void)
{
	struct utsname u;

	return !uname(&u) && atoi(u.release) >= 7;
}

static void linger(const char *what, uint32_t len)
{
	static char data[65536];
	static struct packet p;
	struct linger l = { .l_onoff = 1, .l_linger = LINGER };
	struct closing c = { 0 };
	pthread_t thread;
	uint32_t got = 0;
	struct guest g;

	guest_start(&g, F_V1, CID, 1);
	c.s = host_to_guest(&g, SOCK_STREAM);
	setsockopt(c.s, SOL_SOCKET, SO_LINGER, &l, sizeof(l));
	if (send(c.s, data, len, 0) != (ssize_t)len)
		report_die("send");
	pthread_create(&thread, NULL, close_socket, &c);
	report_ok(!is_over(&c, NOT) || len <= GUEST_BUF - sizeof(p.hdr),
		  "%s: close() waits for the guest", what);
	guest_offer(&g, 32);
	while (got < len && guest_expect(&g, &p, VIRTIO_VSOCK_OP_RW))
		got += p.len;
	report_ok(is_over(&c, QUICK), "%s: and no longer: %llu ms", what,
		  (unsigned long long)c.ms);
	guest_close(&g);
	pthread_join(thread, NULL);
}

void test_linger(void)
{
	if (!waits_for_bytes()) {
		report_skip("close() waits for a reset here", "SO_LINGER");
		return;
	}
	linger("what one buffer holds", 100);
	linger("more than the socket's memory", 65536);
}
