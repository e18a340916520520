// SPDX-License-Identifier: GPL-2.0-only
/*
 * mig: one end of a vsock connection that lives until a reset ends it; one program for the guest and for the host.
 *
 *   mig give TYPE CID PORT BULK      send blocks: BULK of them at once, then some hundred a second
 *   mig keep TYPE CID PORT           receive blocks and keep them; at the end look at each again
 *   mig hold TYPE CID PORT           receive nothing: what comes stays in the kernel's buffers
 *   mig talk TYPE CID PORT [COUNT]   one block there, one back, again and again
 *   mig cid                          print the local CID
 *
 * TYPE is stream or seqpacket. CID "-" is the side that accepts, one connection; the other tries until it is there.
 *
 * It prints "connected", then, with give, "bulk sent" and some time later "much sent", and last how many blocks were
 * transferred and how it ended. The status is 0 when there was at least one block, all were right, and the end was
 * ECONNRESET, or the COUNT was reached; 3 when there was an end of file (EPIPE) instead of an error.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <sys/ioctl.h>

#include "lib/program.h"
#include "lib/socket.h"
#include "mig-block.h"

enum {
	HANGS_SECONDS = 200,
	RETRY_SECONDS = 60,
	PAUSE_MS = 5,		/* of give, between a few blocks */
	A_FEW = 3,
	MUCH = 800,		/* blocks after the bulk */
	TALK_PAUSE_MS = 2,
	BUFFER = 32 << 20,	/* of each socket */
	KEEP_MAX = 64 << 20,
};

static const char *role;

/* ---- connecting ------------------------------------------------------- */

static int new_socket(int type)
{
	uint64_t bytes = BUFFER;
	int s = vsock_socket(type);

	if (setsockopt(s, AF_VSOCK, SO_VM_SOCKETS_BUFFER_MAX_SIZE, &bytes, sizeof(bytes)) ||
	    setsockopt(s, AF_VSOCK, SO_VM_SOCKETS_BUFFER_SIZE, &bytes, sizeof(bytes)))
		die("buffer size: %m");
	return s;
}

static int accept_one(int type, unsigned int port)
{
	struct sockaddr_vm a = vsock_address(VMADDR_CID_ANY, port);
	int peer, s = new_socket(type);

	if (bind(s, (void *)&a, sizeof(a)) || listen(s, 1))
		die("listen: %m");
	peer = vsock_accept(s, NULL);
	close(s);
	return peer;
}

static int connect_to(int type, unsigned int cid, unsigned int port)
{
	struct sockaddr_vm a = vsock_address(cid, port);
	double end = now() + RETRY_SECONDS;

	for (;;) {
		int s = new_socket(type);

		if (!connect(s, (void *)&a, sizeof(a)))
			return s;
		if (now() > end)
			die("connect: %m");
		close(s);
		sleep_ms(50);
	}
}

/* ---- roles ------------------------------------------------------------ */

static int ended(unsigned long blocks, const char *wrong, int err)
{
	printf("mig %s: %lu blocks, %s%s\n", role, blocks, wrong ? wrong : err ? error_name(err) : "the count",
	       wrong ? "" : " at the end");
	if (wrong || !blocks)
		return 1;
	if (err == EPIPE)
		return 3;
	return err && err != ECONNRESET;
}

static int give(int s, uint64_t stream, unsigned long bulk)
{
	unsigned long n = 0;
	struct block b;
	int err;

	for (;; n++) {
		if (n == bulk)
			puts("bulk sent");
		if (n == bulk + MUCH)
			puts("much sent");
		if (n >= bulk && n % A_FEW == 0)
			sleep_ms(PAUSE_MS);
		block_make(&b, stream, n);
		err = send_bytes(s, &b, sizeof(b));
		if (err)
			return ended(n, NULL, err);
	}
}

static unsigned long wrong_blocks(const char *kept, size_t bytes)
{
	unsigned long wrong = 0;

	for (size_t at = 0; at < bytes; at += BLOCK_BYTES) {
		size_t left = bytes - at < BLOCK_BYTES ? bytes - at : BLOCK_BYTES;

		wrong += !block_is(kept + at, BLOCK_KEPT, at / BLOCK_BYTES, left);
	}
	return wrong;
}

static int keep(int s)
{
	char *kept = malloc(KEEP_MAX);
	size_t bytes = 0, got;
	const char *wrong = NULL;
	int err = 0;

	if (!kept)
		die("no memory");
	while (!err && !wrong && bytes + BLOCK_BYTES <= KEEP_MAX) {
		err = recv_bytes(s, kept + bytes, BLOCK_BYTES, &got);
		if (!block_is(kept + bytes, BLOCK_KEPT, bytes / BLOCK_BYTES, got))
			wrong = "the last was wrong when it came";
		bytes += got;
	}
	if (!wrong && wrong_blocks(kept, bytes))
		wrong = "some have changed since they came";
	return ended(bytes / BLOCK_BYTES, wrong, err);
}

static int hold(int s)
{
	struct pollfd p = { .fd = s };

	poll(&p, 1, -1);
	return ended(1, NULL, socket_error(s, EPIPE));
}

static int talk(int s, bool first, unsigned long count)
{
	size_t got;
	struct block b;
	int err;

	for (unsigned long n = 0; !count || n < count; n++) {
		block_make(&b, BLOCK_THERE, n);
		err = first ? send_bytes(s, &b, sizeof(b)) : recv_bytes(s, &b, sizeof(b), &got);
		if (err)
			return ended(n, NULL, err);
		if (!first && !block_is(&b, BLOCK_THERE, n, sizeof(b)))
			return ended(n, "then a wrong one", 0);
		block_make(&b, BLOCK_BACK, n);
		err = first ? recv_bytes(s, &b, sizeof(b), &got) : send_bytes(s, &b, sizeof(b));
		if (err)
			return ended(n, NULL, err);
		if (first && !block_is(&b, BLOCK_BACK, n, sizeof(b)))
			return ended(n, "then a wrong reply", 0);
		if (first && !count)
			sleep_ms(TALK_PAUSE_MS);
	}
	/* the end that sends last must not close before its peer has read */
	if (!first)
		recv_bytes(s, &b, 1, &got);
	return ended(count, NULL, 0);
}

static int print_cid(void)
{
	unsigned int cid;
	int fd = open("/dev/vsock", O_RDONLY);

	if (fd < 0 || ioctl(fd, IOCTL_VM_SOCKETS_GET_LOCAL_CID, &cid))
		die("/dev/vsock: %m");
	printf("%u\n", cid);
	return 0;
}

static int run(char **arg, unsigned long number)
{
	int type = !strcmp(arg[0], "stream") ? SOCK_STREAM : SOCK_SEQPACKET;
	bool first = strcmp(arg[1], "-");
	unsigned int port = atoi(arg[2]);
	int s = first ? connect_to(type, strtoul(arg[1], NULL, 0), port) : accept_one(type, port);

	puts("connected");
	if (!strcmp(role, "give"))
		return give(s, type == SOCK_STREAM ? BLOCK_KEPT : BLOCK_HELD, number);
	if (!strcmp(role, "keep"))
		return keep(s);
	if (!strcmp(role, "hold"))
		return hold(s);
	if (!strcmp(role, "talk"))
		return talk(s, first, number);
	return 2;
}

int main(int argc, char **argv)
{
	setlinebuf(stdout);
	signal(SIGPIPE, SIG_IGN);
	alarm(HANGS_SECONDS);
	role = argc > 1 ? argv[1] : "";
	if (argc == 2 && !strcmp(role, "cid"))
		return print_cid();
	if (argc == 5 || argc == 6)
		return run(argv + 2, argc == 6 ? strtoul(argv[5], NULL, 0) : 0);
	fprintf(stderr, "usage: see the head of mig.c\n");
	return 2;
}
