// SPDX-License-Identifier: GPL-2.0-only
/* What a command prints, and the connection that it is about. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sib.h"

void print(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	fflush(stdout);
}

int type_of(const char *word)
{
	if (!strcmp(word, "stream"))
		return SOCK_STREAM;
	if (!strcmp(word, "seqpacket"))
		return SOCK_SEQPACKET;
	die("%s: no type of socket", word);
}

struct sockaddr_vm link_address(const char *cid, uint32_t port, const char *word)
{
	struct sockaddr_vm a = vsock_address(strtoul(cid, NULL, 0), port);

	a.svm_flags = word && !strcmp(word, "to-host") ? VMADDR_FLAG_TO_HOST : 0;
	return a;
}

static int accept_one(uint32_t port, int type)
{
	int fd, listener = vsock_listen(port, type);

	print("listening");
	fd = vsock_accept(listener, NULL);
	close(listener);
	return fd;
}

struct end link_make(int argc, char **argv)
{
	struct end e = { .type = type_of(argv[1]), .accepted = !strcmp(argv[2], "-") };
	uint32_t port = strtoul(argv[3], NULL, 0);
	struct sockaddr_vm to = link_address(argv[2], port, argc > 4 ? argv[4] : NULL), peer;
	socklen_t len = sizeof(peer);

	e.fd = e.accepted ? accept_one(port, e.type) : vsock_try(&to, e.type, PATIENT);
	if (e.fd < 0)
		die("connect to %s:%u: %s", argv[2], port, error_name(-e.fd));
	if (getpeername(e.fd, (void *)&peer, &len))
		die("getpeername: %m");
	print("peer %u flags %u", peer.svm_cid, peer.svm_flags);
	return e;
}
