// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ends. Each runs in a child that has a device in some state.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lifecycle/life.h"

static uint32_t some_ms(void)
{
	return (uint32_t)(now_ms() * 2654435761u >> 7) % 12;
}

static int just_exit(struct life *f)
{
	life_go_on(f, some_ms());
	return 0;
}

static int close_it(struct life *f)
{
	life_go_on(f, some_ms());
	close(f->d.fd);
	usleep(1000);
	return 0;
}

/* Its backend and memory go before it does. */
static int memory_first(struct life *f)
{
	life_go_on(f, some_ms());
	if (f->l.backend > 0)
		close(f->l.backend);
	memory_close(&f->d.mem);
	if (f->state >= CONFIGURED)
		queue_kick(&f->d.q[TX]);
	usleep(5000);
	close(f->d.fd);
	return 0;
}

static int reset(struct life *f)
{
	int want = f->state == NO_OWNER ? EPERM : 0;

	life_go_on(f, some_ms());
	if (cmd(f->d.fd, VHOST_RESET_OWNER, NULL) != want)
		return 1;
	return cmd(f->d.fd, VHOST_RESET_OWNER, NULL) != EPERM;
}

/* ---- others who have the file ------------------------------------------- */

/* What somebody may do who is not the owner. */
static int stranger(struct life *f, int fd)
{
	uint64_t features;
	struct vhost_vring_state s = { 0, 64 };
	struct vhost_vring_file none = { 0, -1 };

	if (cmd(fd, VHOST_GET_FEATURES, &features))
		return 11;
	if (cmd(fd, VHOST_SET_VRING_NUM, &s) != EPERM)
		return 12;
	if (cmd(fd, VHOST_NET_SET_BACKEND, &none) != EPERM)
		return 13;
	if (f->state != NO_OWNER && cmd(fd, VHOST_SET_OWNER, NULL) != EBUSY)
		return 14;
	return cmd(fd, VHOST_RESET_OWNER, NULL) == EPERM ? 0 : 15;
}

static int finish(pid_t pid, int mine)
{
	int status = 0;

	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return 16;
	return WEXITSTATUS(status) ? WEXITSTATUS(status) : mine;
}

/* A child has it too, and is the last to close it. */
static int child_last(struct life *f)
{
	pid_t pid = fork();

	if (!pid) {
		int rc = stranger(f, f->d.fd);

		usleep(10000);
		_exit(rc);
	}
	life_go_on(f, some_ms());
	close(f->d.fd);
	/* Not waiting: the owner may be gone when the child closes it. */
	return pid < 0 ? 17 : 0;
}

/* The child goes first; its end must not end anything of ours. */
static int child_first(struct life *f)
{
	pid_t pid = fork();

	if (!pid)
		_exit(stranger(f, f->d.fd));
	life_go_on(f, some_ms() + 5);
	if (f->state >= RUNNING && f->t.error)
		return 18;
	return finish(pid, 0);
}

static void pass(int socket, int fd)
{
	union {
		char buf[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} u = { 0 };
	struct iovec iov = { "x", 1 };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1,
			    .msg_control = u.buf,
			    .msg_controllen = sizeof(u.buf) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	if (sendmsg(socket, &m, 0) != 1)
		report_die("sendmsg");
}

static int receive(int socket)
{
	char x, buf[CMSG_SPACE(sizeof(int))];
	struct iovec iov = { &x, 1 };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1,
			    .msg_control = buf,
			    .msg_controllen = sizeof(buf) };
	int fd = -1;

	if (recvmsg(socket, &m, 0) == 1 && CMSG_FIRSTHDR(&m))
		memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof(fd));
	return fd;
}

/* Handed to a process that never was ours; we are gone before it closes. */
static int passed_on(struct life *f)
{
	int s[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, s))
		return 19;
	pid = fork();
	if (!pid) {
		close(f->d.fd);
		f->d.fd = receive(s[1]);
		usleep(10000);
		_exit(stranger(f, f->d.fd));
	}
	pass(s[0], f->d.fd);
	life_go_on(f, some_ms());
	close(f->d.fd);
	return some_ms() & 1 ? 0 : finish(pid, 0);
}

/* In a message nobody receives: whoever closes the sockets closes it. */
static int in_a_message(struct life *f)
{
	int s[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, s))
		return 20;
	pass(s[0], f->d.fd);
	pass(s[0], s[1]);	/* a circle, for the collector */
	close(f->d.fd);
	life_go_on(f, f->state >= RUNNING ? some_ms() : 0);
	close(s[0]);
	close(s[1]);
	return 0;
}

/* ---- exec --------------------------------------------------------------- */

int life_after_exec(int fd)
{
	struct life f = { .state = OWNED };

	return fcntl(fd, F_GETFD) < 0 ? 0 : stranger(&f, fd);
}

static int do_exec(struct life *f, bool keep)
{
	char fd[20];

	life_go_on(f, some_ms());
	snprintf(fd, sizeof(fd), "%d", f->d.fd);
	fcntl(f->d.fd, F_SETFD, keep ? 0 : FD_CLOEXEC);
	if (f->state == NO_OWNER && keep)
		cmd(f->d.fd, VHOST_SET_OWNER, NULL);
	execl("/proc/self/exe", "lifecycle", "--after-exec", fd, NULL);
	return 21;
}

static int exec_closes(struct life *f)
{
	return do_exec(f, false);
}

static int exec_keeps(struct life *f)
{
	return do_exec(f, true);
}

/* ---- threads ------------------------------------------------------------ */

static void *hammer(void *arg)
{
	struct life *f = arg;
	struct vhost_vring_state s = { 1, 64 };
	struct vhost_vring_file none = { 1, -1 };

	/* Until the file is closed under our hands. */
	for (int i = 0; i < 100000; i++) {
		if (cmd(f->d.fd, VHOST_GET_VRING_BASE, &s) == EBADF)
			break;
		cmd(f->d.fd, VHOST_NET_SET_BACKEND, &none);
	}
	return NULL;
}

static int close_under_ioctl(struct life *f)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, hammer, f))
		return 22;
	usleep(some_ms() * 500);
	close(f->d.fd);
	pthread_join(thread, NULL);
	return 0;
}

static int exit_under_ioctl(struct life *f)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, hammer, f))
		return 22;
	usleep(some_ms() * 500);
	return 0;
}

static void *reader(void *arg)
{
	struct life *f = arg;
	char buf[72];

	if (read(f->d.fd, buf, sizeof(buf)) > 0)
		report_note("a message?");
	return NULL;
}

/* Polled and read while it goes away. */
static int polled(struct life *f)
{
	struct epoll_event e = { .events = EPOLLIN };
	int ep = epoll_create1(EPOLL_CLOEXEC);
	uint64_t iommu = F_V1 | F_IOMMU;
	pthread_t thread;

	epoll_ctl(ep, EPOLL_CTL_ADD, f->d.fd, &e);
	if (f->state < RUNNING)
		cmd(f->d.fd, VHOST_SET_FEATURES, &iommu);
	if (pthread_create(&thread, NULL, reader, f))
		return 22;
	epoll_wait(ep, &e, 1, 1 + some_ms());
	close(f->d.fd);
	epoll_wait(ep, &e, 1, 1);
	return 0;
}

/* ---- killed ------------------------------------------------------------- */

static int wait_for_it(struct life *f)
{
	life_go_on(f, 20000);
	return 23;
}

static int wait_in_ioctls(struct life *f)
{
	uint64_t end = now_ms() + 20000;

	while (now_ms() < end) {
		struct vhost_memory *t = memory_table(&f->d.mem);
		uint64_t features = f->features;

		cmd(f->d.fd, VHOST_SET_MEM_TABLE, t);
		free(t);
		cmd(f->d.fd, VHOST_SET_FEATURES, &features);
		if (f->state >= RUNNING) {
			device_set_backend(&f->d, -1);
			device_set_backend(&f->d, f->l.backend);
			queue_kick(&f->d.q[RX]);
		} else {
			cmd(f->d.fd, VHOST_RESET_OWNER, NULL);
			cmd(f->d.fd, VHOST_SET_OWNER, NULL);
		}
	}
	return 23;
}

const struct end ends[] = {
	{ "exit", just_exit },
	{ "close", close_it },
	{ "memory and backend first", memory_first },
	{ "RESET_OWNER", reset },
	{ "a child is last", child_last },
	{ "a child is first", child_first },
	{ "passed on", passed_on },
	{ "in a message", in_a_message },
	{ "exec closes it", exec_closes },
	{ "exec keeps it", exec_keeps },
	{ "close under ioctls", close_under_ioctl },
	{ "exit under ioctls", exit_under_ioctl },
	{ "polled and read", polled },
	{ "owner killed", wait_for_it, .killed = true },
	{ "owner killed in ioctls", wait_in_ioctls, .killed = true },
	{ "worker killed", wait_for_it, .killed = true, .worker = true },
};

const unsigned int n_ends = sizeof(ends) / sizeof(ends[0]);
