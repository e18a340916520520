// SPDX-License-Identifier: GPL-2.0-only
/* Connections between the two ends, and what they say to each other on the control connection. */
#include <signal.h>
#include <unistd.h>
#include <sys/prctl.h>

#include "vpeer.h"

struct said {
	uint32_t word, value;
};

int start_child(void)
{
	pid_t parent = getpid(), pid = fork();

	if (pid < 0)
		die("fork: %m");
	if (!pid && (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != parent))
		_exit(1);
	return pid;
}

int link_try(uint32_t cid, uint32_t port, int type)
{
	struct sockaddr_vm to = vsock_address(cid, port);

	return vsock_try(&to, type, 0);
}

int link_connect(uint32_t cid, uint32_t port, int type)
{
	int fd = link_try(cid, port, type);

	if (fd < 0)
		die("connect to %u:%u: %s", cid, port, error_name(-fd));
	return fd;
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

void send_word(const struct job *j, enum word word, uint32_t value)
{
	struct said s = { word, value };

	send_all(j->control, &s, sizeof(s));
}

uint32_t expect_word(const struct job *j, enum word word)
{
	struct said s;

	recv_all(j->control, &s, sizeof(s));
	if (s.word != word)
		die("%s: the other end said %u, not %u", j->order.name, s.word, word);
	return s.value;
}

void barrier(const struct job *j)
{
	send_word(j, BARRIER, 0);
	expect_word(j, BARRIER);
}

int meet(const struct job *j, enum end origin)
{
	if (j->me == origin)
		return link_connect(j->cid, j->order.port, j->type);
	return vsock_accept(j->listener, NULL);
}
