// SPDX-License-Identifier: GPL-2.0-only
/*
 * Streams whose both directions are busy at once.
 *   stream: one connection of each origin, order.number KiB each way
 *   many:   order.number connections, half of each origin, all open before the first byte of data is sent, and still
 *           open behind the last; the command in "extra" runs on the host while they are
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "vpeer.h"

enum { MANY_BYTES = 32768 };

static void close_all(const struct flow *f, size_t n)
{
	for (size_t i = 0; i < n; i++)
		close(f[i].fd);
}

void check_stream(struct job *j)
{
	uint64_t bytes = j->order.number * 1024ull;
	struct flow f[2];
	double t;

	for (enum end e = HOST; e <= GUEST; e++)
		f[e] = flow_of(meet(j, e), j->me, e, bytes);
	t = now();
	flow_all(f, 2);
	barrier(j);
	t = now() - t;
	close_all(f, 2);
	if (j->me == HOST)
		printf("%.0f KiB/s\n", 4 * bytes / 1024 / t);
}

/* ---- many ------------------------------------------------------------- */

/* They are accepted in any order: each connection begins with its number. */
static void connect_many(const struct job *j, struct flow *f, uint32_t first, uint32_t n)
{
	for (uint32_t i = first; i < first + n; i++) {
		int fd = link_connect(j->cid, j->order.port, j->type);

		send_all(fd, &i, sizeof(i));
		f[i] = flow_of(fd, j->me, i, MANY_BYTES);
	}
}

static void accept_many(const struct job *j, struct flow *f, uint32_t first, uint32_t n)
{
	for (uint32_t k = 0; k < n; k++) {
		int fd = vsock_accept(j->listener, NULL);
		uint32_t i;

		recv_all(fd, &i, sizeof(i));
		if (i < first || i >= first + n || f[i].fd)
			die("connection %u is not one of %u to %u, or comes twice", i, first, first + n - 1);
		f[i] = flow_of(fd, j->me, i, MANY_BYTES);
	}
}

/* Open, and nothing to be read: neither data nor an end. */
static void expect_open(const struct flow *f, size_t n)
{
	char c;

	for (size_t i = 0; i < n; i++)
		if (recv(f[i].fd, &c, 1, MSG_DONTWAIT) != -1 || errno != EAGAIN)
			die("connection %zu is not open and quiet", i);
}

void check_many(struct job *j)
{
	uint32_t n = j->order.number, half = n / 2;
	struct flow *f = calloc(n, sizeof(*f));

	if (!f)
		die("no memory");
	for (enum end origin = HOST; origin <= GUEST; origin++) {
		uint32_t first = origin == HOST ? 0 : half, count = origin == HOST ? half : n - half;

		(origin == j->me ? connect_many : accept_many)(j, f, first, count);
	}
	barrier(j);
	expect_open(f, n);
	barrier(j);
	if (j->extra && system(j->extra))
		die("%s: failed", j->extra);
	flow_all(f, n);
	barrier(j);
	expect_open(f, n);
	barrier(j);
	close_all(f, n);
	free(f);
}
