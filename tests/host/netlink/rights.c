// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who may ask, and what is seen from which network namespace. Each caller is a
 * process of its own.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "netlink/tests.h"

enum { NOBODY = 65534 };

static const uint8_t commands[] = {
	VHOST_NL_CMD_DEV_GET, VHOST_NL_CMD_QUEUE_GET, VHOST_NL_CMD_WORKER_GET,
};

enum { COMMANDS = sizeof(commands) };

/* Run it in a child; it reports itself. */
static void in_child(void (*run)(void *ctx), void *ctx)
{
	pid_t child = fork();
	int status = -1;

	if (child < 0)
		report_die("fork");
	if (!child) {
		run(ctx);
		_exit(0);
	}
	waitpid(child, &status, 0);
	if (status)
		report_ok(false, "the child ended with status %#x", status);
}

/* ---- without the capability ------------------------------------------- */

static void are_denied(struct nl *nl, uint32_t id)
{
	struct nl_object o;

	for (int i = 0; i < COMMANDS; i++) {
		struct nl_request r = nl_begin(nl, commands[i], NLM_F_DUMP);
		struct nl_reply reply = {};

		went(nl_ask(nl, &r, &reply), EPERM, "all");
		report_ok(!reply.objects, "nothing was said");
	}
	went(nl_get_dev(nl, id, &o), EPERM, "a device");
	went(nl_get_queue(nl, id, 0, &o), EPERM, "a queue");
	went(nl_get_worker(nl, id, 0, &o), EPERM, "a worker");
	went(nl_get_dev(nl, id + 1000, &o), EPERM, "no device");
}

static void as_nobody(void *ctx)
{
	struct subject *s = ctx;
	struct nl nl;

	if (setresgid(NOBODY, NOBODY, NOBODY) || setresuid(NOBODY, NOBODY, NOBODY))
		report_die("setresuid");
	report_ok(nl_open(&nl), "the family is known to anybody");
	are_denied(&nl, s->id);
}

/* A socket of root in hands of another: the kernel looks at both. */
static void with_roots_socket(void *ctx)
{
	struct subject *s = ctx;
	struct nl nl;

	if (!nl_open(&nl))
		report_die("no family");
	if (setresgid(NOBODY, NOBODY, NOBODY) || setresuid(NOBODY, NOBODY, NOBODY))
		report_die("setresuid");
	are_denied(&nl, s->id);
}

static void as_root_of_a_container(void *ctx)
{
	struct subject *s = ctx;
	struct nl nl;

	if (unshare(CLONE_NEWUSER | CLONE_NEWNET)) {
		report_skip("no user namespaces", "root of a container");
		return;
	}
	report_ok(nl_open(&nl), "the family is known in a container");
	are_denied(&nl, s->id);
}

/* ---- network namespaces ----------------------------------------------- */

static uint32_t count_all(struct nl *nl, uint8_t command)
{
	struct nl_request r = nl_begin(nl, command, NLM_F_DUMP);
	struct nl_reply reply = {};

	if (nl_ask(nl, &r, &reply))
		report_die("dump: %s", errno_name(reply.err));
	return reply.objects;
}

/* The parent's socket belongs to the initial namespace still. */
static void in_another_namespace(void *ctx)
{
	struct subject *s = ctx;
	uint32_t before[COMMANDS];
	struct nl inside, *outside = &s->nl;
	struct nl_object o;
	uint32_t id;
	int fd;

	for (int i = 0; i < COMMANDS; i++)
		before[i] = count_all(outside, commands[i]);
	if (unshare(CLONE_NEWNET))
		report_die("unshare");
	report_ok(nl_open(&inside), "the family is known in a namespace");
	for (int i = 0; i < COMMANDS; i++)
		report_ok(!count_all(&inside, commands[i]),
			  "nothing of others is seen there");
	went(nl_get_dev(&inside, s->id, &o), ENODEV, "another's device");
	went(nl_get_queue(&inside, s->id, 0, &o), ENODEV, "its queue");
	went(nl_get_worker(&inside, s->id, 0, &o), ENODEV, "its worker");

	fd = open("/dev/vhost-net", O_RDWR | O_CLOEXEC);
	if (fd < 0 || ioctl(fd, VHOST_SET_OWNER, NULL))
		report_die("device");
	report_ok(count_all(&inside, VHOST_NL_CMD_DEV_GET) == 1, "one's own is");
	report_ok(count_all(&inside, VHOST_NL_CMD_QUEUE_GET) == QUEUES,
		  "its queues");
	report_ok(count_all(&inside, VHOST_NL_CMD_WORKER_GET) == 1, "its worker");
	id = nl_only_dev_of(&inside, getpid());
	went(nl_get_dev(&inside, id, &o), 0, "get it");
	report_ok(count_all(outside, VHOST_NL_CMD_DEV_GET) == before[0] + 1,
		  "the initial namespace sees both");
	report_ok(nl_only_dev_of(outside, getpid()) == id, "under one number");
	close(fd);
	went(nl_get_dev(&inside, id, &o), ENODEV, "closed");
	nl_close(&inside);
}

void netlink_rights(void)
{
	struct subject s;

	subject_open(&s, F_V1, 64);
	in_child(as_nobody, &s);
	in_child(with_roots_socket, &s);
	in_child(as_root_of_a_container, &s);
	in_child(in_another_namespace, &s);
	subject_close(&s);
}
