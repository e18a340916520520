// SPDX-License-Identifier: GPL-2.0-only
/*
 * Devices that go while sockets send and connect.
 *
 * CVE-2018-14625: a socket that sends must not meet a device that is freed.
 * CVE-2026-80932: what is queued for a worker when the device is released must
 *	not run afterwards. The guest kicks until the very end.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "storm.h"

enum { CID = 69, SENDERS = 4, CONNECTORS = 2 };

struct end {
	int s[SENDERS];
	int kick[QUEUES];
	bool stop;
	uint32_t connects, resets, others;
	uint64_t bytes;
};

struct sender {
	struct end *e;
	int s;
};

static bool stopped(struct end *e)
{
	return __atomic_load_n(&e->stop, __ATOMIC_RELAXED);
}

/* Until there is nobody to send to. A blocked send must end, too. */
static void *sender(void *arg)
{
	static const char data[4096];
	struct sender *me = arg;
	int flags = me->s % 2 ? MSG_ZEROCOPY : 0;
	ssize_t n;

	while ((n = send(me->s, data, sizeof(data), flags)) > 0)
		__atomic_fetch_add(&me->e->bytes, n, __ATOMIC_RELAXED);
	/* a program that sends once more hears EPIPE instead */
	if (errno == ECONNRESET || errno == EPIPE || errno == ENODEV)
		__atomic_fetch_add(&me->e->resets, 1, __ATOMIC_RELAXED);
	else
		__atomic_fetch_add(&me->e->others, 1, __ATOMIC_RELAXED);
	return NULL;
}

static void *connector(void *arg)
{
	struct end *e = arg;

	while (!stopped(e)) {
		int s = host_socket(SOCK_STREAM, false);

		host_connect(s, CID);
		close(s);
		__atomic_fetch_add(&e->connects, 1, __ATOMIC_RELAXED);
		usleep(100);
	}
	return NULL;
}

static void *kicker(void *arg)
{
	struct end *e = arg;
	uint64_t one = 1;

	while (!stopped(e)) {
		for (int i = 0; i < QUEUES; i++)
			if (write(e->kick[i], &one, sizeof(one)) < 0)
				return "kick";
		usleep(50);
	}
	return NULL;
}

static void open_sockets(struct end *e, struct guest *g)
{
	struct timeval patience = { .tv_sec = 5 };
	int on = 1, block = 0;

	for (int i = 0; i < SENDERS; i++) {
		e->s[i] = host_to_guest(g, SOCK_STREAM);
		ioctl(e->s[i], FIONBIO, &block);
		setsockopt(e->s[i], SOL_SOCKET, SO_SNDTIMEO, &patience,
			   sizeof(patience));
		setsockopt(e->s[i], SOL_SOCKET, SO_ZEROCOPY, &on, sizeof(on));
	}
	for (int i = 0; i < QUEUES; i++)
		e->kick[i] = dup(g->d.q[i].kick);
}

static void close_sockets(struct end *e)
{
	for (int i = 0; i < SENDERS; i++)
		close(e->s[i]);
	for (int i = 0; i < QUEUES; i++)
		close(e->kick[i]);
}

/* The ways in which a guest goes. */
static void by_close(struct guest *g)
{
	guest_close(g);
}

static void by_reset(struct guest *g)
{
	if (cmd(g->d.fd, VHOST_RESET_OWNER, NULL) == EFAULT)
		guest_set_cid(g, CID + 1);	/* the kernel's own has none */
	guest_close(g);
}

static void by_cid(struct guest *g)
{
	guest_set_cid(g, CID + 1);
	guest_close(g);
}

static void once(struct end *e, void (*go)(struct guest *g), int us)
{
	pthread_t thread[SENDERS + CONNECTORS + 1];
	struct sender me[SENDERS];
	struct guest g;
	int n = 0;

	e->stop = false;
	guest_start(&g, F_V1, CID, 64);
	open_sockets(e, &g);
	pthread_create(&thread[n++], NULL, kicker, e);
	for (int i = 0; i < SENDERS; i++) {
		me[i] = (struct sender){ e, e->s[i] };
		pthread_create(&thread[n++], NULL, sender, &me[i]);
	}
	for (int i = 0; i < CONNECTORS; i++)
		pthread_create(&thread[n++], NULL, connector, e);
	usleep(us);
	go(&g);
	for (int i = 1; i <= SENDERS; i++)
		pthread_join(thread[i], NULL);
	__atomic_store_n(&e->stop, true, __ATOMIC_RELAXED);
	pthread_join(thread[0], NULL);
	for (int i = 1 + SENDERS; i < n; i++)
		pthread_join(thread[i], NULL);
	close_sockets(e);
}

static void many(const char *how, void (*go)(struct guest *g))
{
	uint32_t n = rounds() / 400;
	struct end e = { 0 };

	for (uint32_t i = 0; i < n; i++)
		once(&e, go, i * 137 % 4000);
	report_ok(e.resets == n * SENDERS && !e.others,
		  "CVE-2018-14625, CVE-2026-80932: %s, %u times: %u of %u senders notified, %llu bytes, %u connects",
		  how, n, e.resets, n * SENDERS, (unsigned long long)e.bytes,
		  e.connects);
}

void storm_ends(void)
{
	many("close", by_close);
	many("RESET_OWNER", by_reset);
	many("another CID", by_cid);
}
