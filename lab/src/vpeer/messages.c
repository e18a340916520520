// SPDX-License-Identifier: GPL-2.0-only
/*
 * SOCK_SEQPACKET. With the feature: messages of many sizes keep their boundaries and their end-of-record marks, in both
 * directions, on connections of both origins; a read that is too short loses the rest of its message and nothing else.
 * Without it: rejected on both ends, though somebody listens.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "vpeer.h"

enum { LONGEST = 3 * BLOCK + 1, SHORT_READ = 10 };

/* Around the sizes of headers, pages, of the buffers that guests give, and of the longest packet. */
static const uint32_t sizes[] = {
	1, 7, 43, 44, 45, 4051, 4052, 4053, 4096, 5000, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK, LONGEST, 2,
};

enum { SIZES = sizeof(sizes) / sizeof(*sizes) };

/* Every third message is marked. */
static int mark_of(uint32_t i)
{
	return i % 3 ? 0 : MSG_EOR;
}

static void send_message(int fd, uint32_t i, uint32_t seed)
{
	static char buf[LONGEST];
	ssize_t r;

	pattern_fill(buf, seed, 0, sizes[i]);
	r = send(fd, buf, sizes[i], MSG_NOSIGNAL | mark_of(i));
	if (r != sizes[i])
		die("message %u of %u bytes: send says %zd: %m", i, sizes[i], r);
}

/* @room: of the reader; what does not fit is lost, and said to be */
static void recv_message(int fd, uint32_t i, uint32_t seed, size_t room)
{
	static char buf[LONGEST + 1];
	struct iovec v = { buf, room };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1 };
	size_t want = sizes[i] < room ? sizes[i] : room;
	ssize_t r = recvmsg(fd, &m, 0);

	if (r != (ssize_t)want)
		die("message %u of %u bytes: got %zd: %m", i, sizes[i], r);
	if ((m.msg_flags & MSG_EOR) != mark_of(i))
		die("message %u: flags are %#x", i, m.msg_flags);
	if (!(m.msg_flags & MSG_TRUNC) != (sizes[i] <= room))
		die("message %u of %u bytes in %zu: flags are %#x", i, sizes[i], room, m.msg_flags);
	pattern_check(buf, seed, 0, want);
}

static void one_way(const struct job *j, int fd, enum end from)
{
	for (uint32_t i = 0; i < SIZES; i++) {
		if (j->me == from)
			send_message(fd, i, seed_of(i, from));
		else
			recv_message(fd, i, seed_of(i, from), LONGEST + 1);
	}
	/* once more, read short: the next must be whole again */
	for (uint32_t i = SIZES - 3; i < SIZES; i++) {
		if (j->me == from)
			send_message(fd, i, seed_of(i, from));
		else
			recv_message(fd, i, seed_of(i, from), i == SIZES - 2 ? SHORT_READ : LONGEST + 1);
	}
}

void check_messages(struct job *j)
{
	for (enum end origin = HOST; origin <= GUEST; origin++) {
		int fd = meet(j, origin);

		one_way(j, fd, HOST);
		one_way(j, fd, GUEST);
		barrier(j);
		close(fd);
	}
	if (j->me == HOST)
		printf("%d messages\n", 4 * (SIZES + 3));
}

void check_no_messages(struct job *j)
{
	int fd = link_try(j->cid, j->order.port, SOCK_SEQPACKET);

	if (fd != -ESOCKTNOSUPPORT)
		die("SOCK_SEQPACKET: connect says %s", fd < 0 ? strerror(-fd) : "yes");
	barrier(j);
	if (j->me == HOST)
		printf("rejected\n");
}
