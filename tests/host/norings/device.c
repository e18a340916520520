// SPDX-License-Identifier: GPL-2.0-only
/*
 * The device as its owner handles it; see tests.h.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "norings/tests.h"

int node_open(void)
{
	int fd = open(NODE, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		report_die(NODE);
	return fd;
}

int node_owned(void)
{
	int fd = node_open();

	if (cmd(fd, VHOST_SET_OWNER, NULL))
		report_die("VHOST_SET_OWNER");
	return fd;
}

struct norings_record node_read(int fd, unsigned int queue)
{
	struct norings_record r = { .index = queue };

	if (cmd(fd, NORINGS_READ, &r))
		report_die("NORINGS_READ");
	return r;
}

int set_state(int fd, unsigned long nr, unsigned int queue, uint32_t num)
{
	struct vhost_vring_state state = { .index = queue, .num = num };

	return cmd(fd, nr, &state);
}

int set_file(int fd, unsigned long nr, unsigned int queue, int file)
{
	struct vhost_vring_file f = { .index = queue, .fd = file };

	return cmd(fd, nr, &f);
}

uint32_t base_of(int fd, unsigned int queue)
{
	struct vhost_vring_state state = { .index = queue };

	if (cmd(fd, VHOST_GET_VRING_BASE, &state))
		report_die("VHOST_GET_VRING_BASE");
	return state.num;
}

void set_delay(int fd, uint32_t us)
{
	if (cmd(fd, NORINGS_SET_DELAY, &us))
		report_die("NORINGS_SET_DELAY");
}

/* ---- notifications ------------------------------------------------------- */

struct notify notify_fds(int fd, unsigned int queue)
{
	struct notify n = { event_new(), event_new() };

	if (set_file(fd, VHOST_SET_VRING_CALL, queue, n.call) ||
	    set_file(fd, VHOST_SET_VRING_KICK, queue, n.kick))
		report_die("SET_VRING_CALL, SET_VRING_KICK");
	return n;
}

void notify_close(const struct notify *n)
{
	close(n->kick);
	close(n->call);
}

/* ---- results ------------------------------------------------------------ */

int in_child(int (*fn)(int fd), int fd)
{
	pid_t pid = fork();
	int status;

	if (pid < 0)
		report_die("fork");
	if (!pid) {
		signal(SIGALRM, SIG_DFL);
		alarm(3);
		_exit(fn(fd));
	}
	if (waitpid(pid, &status, 0) != pid)
		report_die("waitpid");
	return WIFEXITED(status) ? WEXITSTATUS(status) :
				   1000 + WTERMSIG(status);
}

