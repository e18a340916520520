// SPDX-License-Identifier: GPL-2.0-only
/* Sockets, and how a command tells what happened. */
#define _GNU_SOURCE
#include <errno.h>
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

void die(const char *format, ...)
{
	va_list args;

	printf("failed: ");
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	fflush(stdout);
	_exit(1);
}

const char *error_name(int err)
{
	const char *name = strerrorname_np(err);

	return name ? name : "?";
}

int type_of(const char *word)
{
	if (!strcmp(word, "stream"))
		return SOCK_STREAM;
	if (!strcmp(word, "seqpacket"))
		return SOCK_SEQPACKET;
	die("%s: no type of socket", word);
}

static int new_socket(int type)
{
	int fd = socket(AF_VSOCK, type | SOCK_CLOEXEC, 0);

	if (fd < 0)
		die("socket: %m");
	return fd;
}

int link_listen(uint32_t port, int type)
{
	struct sockaddr_vm a = { .svm_family = AF_VSOCK, .svm_cid = VMADDR_CID_ANY, .svm_port = port };
	int fd = new_socket(type);

	if (bind(fd, (void *)&a, sizeof(a)) || listen(fd, 16))
		die("listen on port %u: %m", port);
	return fd;
}

int link_accept(int listener, struct sockaddr_vm *peer)
{
	socklen_t len = sizeof(*peer);
	int fd = accept(listener, (void *)peer, &len);

	if (fd < 0)
		die("accept: %m");
	return fd;
}

struct sockaddr_vm link_address(const char *cid, uint32_t port, const char *word)
{
	return (struct sockaddr_vm){
		.svm_family = AF_VSOCK, .svm_cid = strtoul(cid, NULL, 0), .svm_port = port,
		.svm_flags = word && !strcmp(word, "to-host") ? VMADDR_FLAG_TO_HOST : 0,
	};
}

int link_try(const struct sockaddr_vm *to, int type, unsigned int seconds)
{
	struct timeval limit = { .tv_sec = seconds };
	int err, fd = new_socket(type);

	if (setsockopt(fd, AF_VSOCK, SO_VM_SOCKETS_CONNECT_TIMEOUT, &limit, sizeof(limit)))
		die("connect timeout: %m");
	if (!connect(fd, (void *)to, sizeof(*to)))
		return fd;
	err = errno;
	close(fd);
	return -err;
}

static int accept_one(uint32_t port, int type)
{
	int fd, listener = link_listen(port, type);
	struct sockaddr_vm peer;

	print("listening");
	fd = link_accept(listener, &peer);
	close(listener);
	return fd;
}

struct end link_make(int argc, char **argv)
{
	struct end e = { .type = type_of(argv[1]), .accepted = !strcmp(argv[2], "-") };
	uint32_t port = strtoul(argv[3], NULL, 0);
	struct sockaddr_vm to = link_address(argv[2], port, argc > 4 ? argv[4] : NULL), peer;
	socklen_t len = sizeof(peer);

	e.fd = e.accepted ? accept_one(port, e.type) : link_try(&to, e.type, PATIENT);
	if (e.fd < 0)
		die("connect to %s:%u: %s", argv[2], port, error_name(-e.fd));
	if (getpeername(e.fd, (void *)&peer, &len))
		die("getpeername: %m");
	print("peer %u flags %u", peer.svm_cid, peer.svm_flags);
	return e;
}
