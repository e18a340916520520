// SPDX-License-Identifier: GPL-2.0-only
/*
 * Notifications: all that happens to a device, in its order, once, and only to those
 * who may hear it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include "netlink/tests.h"

enum { NUM = 64, WAIT_MS = 3000, NOT_MS = 100, NOBODY = 65534 };

/* What must come next: a command, and a state; of a queue, its index. */
static void next(struct nl *nl, uint8_t command, uint64_t state, uint64_t index,
		 const char *what)
{
	bool queue = command == VHOST_NL_CMD_QUEUE_CHANGE_NTF;
	struct nl_object o;
	uint8_t got = nl_event(nl, WAIT_MS, &o);
	uint64_t said = nl_number(o.attrs, queue ? VHOST_A_QUEUE_STATE :
						   VHOST_A_DEV_STATE, ~0ull);
	uint64_t about = queue ? nl_number(o.attrs, VHOST_A_QUEUE_INDEX, ~0ull) :
				 index;

	report_ok(got == command && nl_sound(o.attrs) && said == state &&
			  about == index,
		  "%s: command %u, state %llu", what, got,
		  (unsigned long long)said);
}

static void queue_is(struct nl *nl, int index, uint64_t state, const char *what)
{
	next(nl, VHOST_NL_CMD_QUEUE_CHANGE_NTF, state, index, what);
}

static void device_is(struct nl *nl, uint64_t state, const char *what)
{
	next(nl, VHOST_NL_CMD_DEV_CHANGE_NTF, state, 0, what);
}

static void nothing(struct nl *nl, const char *what)
{
	struct nl_object o;

	report_ok(!nl_event(nl, NOT_MS, &o), "nothing else: %s", what);
}

/* A descriptor whose address is nowhere. */
static void break_tx(struct device *d)
{
	struct drv_buf buf = { 0x200000000ull, 100 };
	struct drv_chain c = { .buf = &buf, .n_read = 1 };

	if (drv_add(&d->q[TX].ring, &c) != DRV_GOT)
		report_die("drv_add");
	drv_publish(&d->q[TX].ring);
	queue_kick(&d->q[TX]);
}

static void a_life(struct nl *nl)
{
	struct device d;
	struct link l;

	device_open(&d);
	next(nl, VHOST_NL_CMD_DEV_ADD_NTF, VHOST_DEV_STATE_UNOWNED, 0, "opened");
	link_tap(&l, header_bytes(F_V1));
	if (device_ready(&d, F_V1, NUM))
		report_die("device");
	device_is(nl, VHOST_DEV_STATE_OWNED, "an owner");
	nothing(nl, "configured");
	if (device_set_backend(&d, l.backend))
		report_die("backend");
	queue_is(nl, RX, VHOST_QUEUE_STATE_RUNNING, "started");
	queue_is(nl, TX, VHOST_QUEUE_STATE_RUNNING, "started");
	break_tx(&d);
	queue_is(nl, TX, VHOST_QUEUE_STATE_BROKEN, "broken");
	nothing(nl, "it breaks once");
	if (device_set_backend(&d, -1))
		report_die("stop");
	queue_is(nl, RX, VHOST_QUEUE_STATE_STOPPED, "stopped");
	queue_is(nl, TX, VHOST_QUEUE_STATE_STOPPED, "stopped");
	if (device_set_backend(&d, -1))
		report_die("stop");
	nothing(nl, "stopped again");
	if (cmd(d.fd, VHOST_RESET_OWNER, NULL))
		report_die("VHOST_RESET_OWNER");
	device_is(nl, VHOST_DEV_STATE_UNOWNED, "no owner");
	close(d.fd);
	d.fd = -1;
	device_is(nl, VHOST_DEV_STATE_CLOSING, "closing");
	next(nl, VHOST_NL_CMD_DEV_DEL_NTF, VHOST_DEV_STATE_CLOSING, 0, "closed");
	nothing(nl, "closed");
	link_close(&l);
	device_close(&d);
}

/* Closed while it runs: its queues stop before it loses its owner. */
static void a_sudden_end(struct nl *nl)
{
	struct nl_object o;
	struct device d;
	struct link l;

	device_open(&d);
	link_tap(&l, header_bytes(F_V1));
	if (device_ready(&d, F_V1, NUM) || device_set_backend(&d, l.backend))
		report_die("device");
	for (int i = 0; i < 4; i++)
		nl_event(nl, WAIT_MS, &o);
	close(d.fd);
	d.fd = -1;
	device_is(nl, VHOST_DEV_STATE_CLOSING, "closing");
	queue_is(nl, RX, VHOST_QUEUE_STATE_STOPPED, "stopped");
	queue_is(nl, TX, VHOST_QUEUE_STATE_STOPPED, "stopped");
	device_is(nl, VHOST_DEV_STATE_CLOSING, "no owner");
	next(nl, VHOST_NL_CMD_DEV_DEL_NTF, VHOST_DEV_STATE_CLOSING, 0, "closed");
	link_close(&l);
	device_close(&d);
}

/* ---- who may ---------------------------------------------------------- */

static void as_nobody(struct nl *nl)
{
	(void)nl;
	if (setresgid(NOBODY, NOBODY, NOBODY) || setresuid(NOBODY, NOBODY, NOBODY))
		report_die("setresuid");
}

static void elsewhere(struct nl *nl)
{
	(void)nl;
	if (unshare(CLONE_NEWNET))
		report_die("unshare");
}

/* In a child that is changed first. */
static void child_hears(void (*change)(struct nl *nl), int want, const char *who)
{
	pid_t child = fork();
	struct nl_object o;
	struct device d;
	struct nl nl;

	if (child < 0)
		report_die("fork");
	if (child) {
		waitpid(child, NULL, 0);
		return;
	}
	change(&nl);
	if (!nl_open(&nl))
		report_die("no family");
	went(nl_join(&nl), want, who);
	if (!want) {
		device_open(&d);
		device_close(&d);
		report_ok(!nl_event(&nl, NOT_MS, &o), "and hears nothing");
	}
	_exit(0);
}

void netlink_events(void)
{
	struct nl nl;

	if (!nl_open(&nl))
		report_die("no family");
	went(nl_join(&nl), 0, "listen");
	a_life(&nl);
	a_sudden_end(&nl);
	nl_close(&nl);
	child_hears(as_nobody, EPERM, "nobody listens");
	child_hears(elsewhere, 0, "root listens in another namespace");
}
