// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <sys/time.h>
#include <unistd.h>

#include "lib/program.h"
#include "lib/socket.h"

enum { PENDING_CONNECTIONS = 512 };

struct sockaddr_vm vsock_address(uint32_t cid, uint32_t port)
{
	return (struct sockaddr_vm){ .svm_family = AF_VSOCK, .svm_cid = cid, .svm_port = port };
}

int vsock_socket(int type)
{
	int fd = socket(AF_VSOCK, type | SOCK_CLOEXEC, 0);

	if (fd < 0)
		die("socket: %m");
	return fd;
}

int vsock_listen(uint32_t port, int type)
{
	struct sockaddr_vm a = vsock_address(VMADDR_CID_ANY, port);
	int fd = vsock_socket(type);

	if (bind(fd, (void *)&a, sizeof(a)) || listen(fd, PENDING_CONNECTIONS))
		die("listen on port %u: %m", port);
	return fd;
}

int vsock_accept(int listener, struct sockaddr_vm *peer)
{
	socklen_t len = sizeof(*peer);
	int fd = accept(listener, (void *)peer, peer ? &len : NULL);

	if (fd < 0)
		die("accept: %m");
	return fd;
}

int vsock_try(const struct sockaddr_vm *to, int type, unsigned int seconds)
{
	struct timeval limit = { .tv_sec = seconds };
	int err, fd = vsock_socket(type);

	if (seconds && setsockopt(fd, AF_VSOCK, SO_VM_SOCKETS_CONNECT_TIMEOUT, &limit, sizeof(limit)))
		die("connect timeout: %m");
	if (!connect(fd, (void *)to, sizeof(*to)))
		return fd;
	err = errno;
	close(fd);
	return -err;
}

int socket_error(int fd, int err)
{
	int pending = 0;
	socklen_t len = sizeof(pending);

	getsockopt(fd, SOL_SOCKET, SO_ERROR, &pending, &len);
	return pending ? pending : err;
}

int send_bytes(int fd, const void *from, size_t n)
{
	const char *p = from;

	while (n) {
		ssize_t r = send(fd, p, n, MSG_NOSIGNAL);

		if (r < 0)
			return socket_error(fd, errno);
		p += r;
		n -= r;
	}
	return 0;
}

int recv_bytes(int fd, void *to, size_t n, size_t *got)
{
	for (*got = 0; *got < n; ) {
		ssize_t r = recv(fd, (char *)to + *got, n - *got, 0);

		if (r <= 0)
			return socket_error(fd, r ? errno : EPIPE);
		*got += r;
	}
	return 0;
}

void send_all(int fd, const void *from, size_t n)
{
	errno = send_bytes(fd, from, n);
	if (errno)
		die("send: %m");
}

void recv_all(int fd, void *to, size_t n)
{
	size_t got;
	int err = recv_bytes(fd, to, n, &got);

	if (err)
		die("recv: %s, %zu of %zu bytes came", error_name(err), got, n);
}
