// SPDX-License-Identifier: GPL-2.0-only
/* Sockets, the control connection, and how this program gives up. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <linux/vm_sockets.h>

#include "vpeer.h"

struct said {
	uint32_t word, value;
};

void die(const char *format, ...)
{
	va_list args;

	fputs("vpeer: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

int start_child(void)
{
	pid_t parent = getpid(), pid = fork();

	if (pid < 0)
		die("fork: %m");
	if (!pid && (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != parent))
		_exit(1);
	return pid;
}

static struct sockaddr_vm address(uint32_t cid, uint32_t port)
{
	return (struct sockaddr_vm){ .svm_family = AF_VSOCK, .svm_cid = cid, .svm_port = port };
}

int link_listen(uint32_t port, int type)
{
	struct sockaddr_vm a = address(VMADDR_CID_ANY, port);
	int fd = socket(AF_VSOCK, type | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (void *)&a, sizeof(a)) || listen(fd, 512))
		die("listen on port %u: %m", port);
	return fd;
}

int link_accept(int listener)
{
	int fd = accept(listener, NULL, NULL);

	if (fd < 0)
		die("accept: %m");
	return fd;
}

int link_try(uint32_t cid, uint32_t port, int type)
{
	struct sockaddr_vm a = address(cid, port);
	int fd = socket(AF_VSOCK, type | SOCK_CLOEXEC, 0);
	int err;

	if (fd < 0)
		die("socket: %m");
	if (!connect(fd, (void *)&a, sizeof(a)))
		return fd;
	err = errno;
	close(fd);
	return -err;
}

int link_connect(uint32_t cid, uint32_t port, int type)
{
	int fd = link_try(cid, port, type);

	if (fd < 0)
		die("connect to %u:%u: %s", cid, port, strerror(-fd));
	return fd;
}

void send_all(int fd, const void *p, size_t n)
{
	const char *c = p;
	ssize_t r;

	for (; n; c += r, n -= r) {
		r = send(fd, c, n, MSG_NOSIGNAL);
		if (r <= 0)
			die("send: %m");
	}
}

void recv_all(int fd, void *p, size_t n)
{
	char *c = p;
	ssize_t r;

	for (; n; c += r, n -= r) {
		r = recv(fd, c, n, 0);
		if (r < 0)
			die("recv: %m");
		if (!r)
			die("recv: an early end, %zu bytes missing", n);
	}
}

void expect_eof(int fd, const char *who)
{
	char c;
	ssize_t r = recv(fd, &c, 1, 0);

	if (r < 0)
		die("%s: an error instead of the end: %m", who);
	if (r)
		die("%s: data behind the end", who);
}

void tell(const struct job *j, enum word word, uint32_t value)
{
	struct said s = { word, value };

	send_all(j->control, &s, sizeof(s));
}

uint32_t hear(const struct job *j, enum word word)
{
	struct said s;

	recv_all(j->control, &s, sizeof(s));
	if (s.word != word)
		die("%s: the other end said %u, not %u", j->order.name, s.word, word);
	return s.value;
}

void barrier(const struct job *j)
{
	tell(j, BARRIER, 0);
	hear(j, BARRIER);
}

int meet(const struct job *j, enum end origin)
{
	if (j->me == origin)
		return link_connect(j->cid, j->order.port, j->type);
	return link_accept(j->listener);
}
