// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is set can be read back, and does what it says: busy polling, byte
 * order, worker mode, eventfds, and the reset of everything.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "abi/abi.h"

static int get_state(struct queue *q, unsigned long nr, uint32_t *num)
{
	struct vhost_vring_state s = { .index = q->index, .num = 0xdeadbeef };
	int err = cmd(q->dev->fd, nr, &s);

	*num = s.num;
	return err;
}

/* Is the queue index kept, and each queue's own value given? */
static void read_back(struct device *d, unsigned long set, unsigned long get,
		      const char *what, uint32_t a, uint32_t b)
{
	uint32_t got[2] = { 0 };

	d->q[0].index = 0;
	d->q[1].index = 1;
	d->q[0].dev = d->q[1].dev = d;
	report_ok(!queue_set_state(&d->q[0], set, a) &&
			  !queue_set_state(&d->q[1], set, b) &&
			  !get_state(&d->q[0], get, &got[0]) &&
			  !get_state(&d->q[1], get, &got[1]) && got[0] == a &&
			  got[1] == b,
		  "%s: %u and %u", what, got[0], got[1]);
	d->q[0].dev = d->q[1].dev = NULL;
}

static void numbers(void)
{
	struct device d;
	struct link l;
	struct vhost_vring_state s = { 0, 1 };

	stage_open(&d, &l, OWNED, 0);
	read_back(&d, VHOST_SET_VRING_BUSYLOOP_TIMEOUT,
		  VHOST_GET_VRING_BUSYLOOP_TIMEOUT, "busy polling", 50, ~0u);
	read_back(&d, VHOST_SET_VRING_BASE, VHOST_GET_VRING_BASE, "base", 7,
		  65535);
	if (cmd(d.fd, VHOST_SET_VRING_ENDIAN, &s) == ENOTTY) {
		report_skip("not in this kernel", "byte order");
	} else {
		read_back(&d, VHOST_SET_VRING_ENDIAN, VHOST_GET_VRING_ENDIAN,
			  "byte order", 1, 0);
		s.num = 2;
		went(cmd(d.fd, VHOST_SET_VRING_ENDIAN, &s), EINVAL,
		     "byte order 2");
		s.index = 2;
		went(cmd(d.fd, VHOST_SET_VRING_ENDIAN, &s), ENOBUFS,
		     "byte order of no queue");
	}
	stage_close(&d, &l);
}

static void worker_mode(void)
{
	struct device d;
	struct link l;
	uint8_t mode = 9, first = 9;

	stage_open(&d, &l, OPEN, 0);
	if (cmd(d.fd, VHOST_GET_FORK_FROM_OWNER, &first) == ENOTTY) {
		report_skip("not in this kernel", "worker mode");
		stage_close(&d, &l);
		return;
	}
	same(first, 1, "worker mode at first");
	for (uint8_t want = 0; want < 2; want++) {
		cmd(d.fd, VHOST_SET_FORK_FROM_OWNER, &want);
		cmd(d.fd, VHOST_GET_FORK_FROM_OWNER, &mode);
		same(mode, want, "worker mode");
	}
	mode = 0;
	cmd(d.fd, VHOST_SET_FORK_FROM_OWNER, &mode);
	cmd(d.fd, VHOST_SET_OWNER, NULL);
	cmd(d.fd, VHOST_RESET_OWNER, NULL);
	cmd(d.fd, VHOST_GET_FORK_FROM_OWNER, &mode);
	same(mode, 1, "worker mode after RESET_OWNER");
	stage_close(&d, &l);
}

/* Traffic by a kernel thread. */
static void kernel_thread(void)
{
	const struct traffic_plan plan = { .tx = 300, .rx = 300 };
	struct device d;
	struct link l;
	uint8_t mode = 0;
	const char *why;

	device_open(&d);
	if (cmd(d.fd, VHOST_SET_FORK_FROM_OWNER, &mode) == ENOTTY) {
		report_skip("not in this kernel", "a kernel thread's traffic");
		device_close(&d);
		return;
	}
	link_tap(&l, 12);
	if (device_ready(&d, F_V1, 64) || device_set_backend(&d, l.backend))
		report_die("device");
	why = traffic_once(&d, &l, &plan);
	report_ok(!why, "a kernel thread's traffic: %s", why ? why : "fine");
	stage_close(&d, &l);
}

/* ---- eventfds ----------------------------------------------------------- */

static void kicks(void)
{
	struct device d;
	struct link l;
	struct queue *q = &d.q[TX];

	stage_open(&d, &l, RUNNING, F_V1);
	frame_add(&d);
	queue_kick(q);
	report_ok(frame_used(&d, 2000), "a kick has effect");
	report_ok(event_wait(q->call, 2000), "and a call comes");
	queue_set_file(q, VHOST_SET_VRING_KICK, -1);
	frame_add(&d);
	queue_kick(q);
	report_ok(!frame_used(&d, 100), "no kick eventfd, no effect");
	queue_set_file(q, VHOST_SET_VRING_KICK, q->kick);
	report_ok(frame_used(&d, 2000), "a kick from before it was given");
	queue_set_file(q, VHOST_SET_VRING_CALL, -1);
	event_wait(q->call, 0);
	frame_add(&d);
	queue_kick(q);
	report_ok(frame_used(&d, 2000), "no call eventfd: still used");
	report_ok(!event_wait(q->call, 50), "no call eventfd: no call");
	report_ok(!event_wait(q->err, 0), "no error all the time");
	stage_close(&d, &l);
}

/* A kick that came while there was no backend. */
static void early_kick(void)
{
	struct device d;
	struct link l;

	stage_open(&d, &l, READY, F_V1);
	link_tap(&l, 12);
	frame_add(&d);
	queue_kick(&d.q[TX]);
	usleep(20000);
	report_ok(!frame_used(&d, 20), "no backend, no effect");
	device_set_backend(&d, l.backend);
	if (!frame_used(&d, 200)) {
		report_note("needs a kick after the start");
		queue_kick(&d.q[TX]);
	}
	report_ok(frame_used(&d, 1) || !drv_in_flight(&d.q[TX].ring) ||
			  frame_used(&d, 2000),
		  "used after the start");
	stage_close(&d, &l);
}

/* ---- reset -------------------------------------------------------------- */

static void everything_again(void)
{
	const struct traffic_plan plan = { .tx = 200, .rx = 200 };
	struct device d;
	struct link l;
	const char *why = NULL;
	int err = 0;

	stage_open(&d, &l, RUNNING, F_V1);
	for (int i = 0; i < 5 && !why && !err; i++) {
		why = traffic_once(&d, &l, &plan);
		err = cmd(d.fd, VHOST_RESET_OWNER, NULL);
		for (int k = 0; k < QUEUES; k++) {
			drv_exit(&d.q[k].ring);
			close(d.q[k].kick);
			close(d.q[k].call);
			close(d.q[k].err);
		}
		memory_reset(&d.mem);
		if (!err)
			err = device_ready(&d, F_V1, 64);
		if (!err)
			err = device_set_backend(&d, l.backend);
	}
	report_ok(!why && !err, "RESET_OWNER and all again: %s, %s",
		  errno_name(err), why ? why : "fine");
	stage_close(&d, &l);
}

/* After a reset nothing of the owner's configuration is left. */
static void reset_forgets(void)
{
	struct device d;
	struct link l;
	uint32_t num;

	stage_open(&d, &l, READY, F_V1);
	queue_set_state(&d.q[0], VHOST_SET_VRING_BUSYLOOP_TIMEOUT, 77);
	queue_set_state(&d.q[0], VHOST_SET_VRING_BASE, 99);
	cmd(d.fd, VHOST_RESET_OWNER, NULL);
	link_tap(&l, 12);
	went(queue_set_file(&d.q[0], VHOST_NET_SET_BACKEND, l.backend), EPERM,
	     "start after RESET_OWNER");
	cmd(d.fd, VHOST_SET_OWNER, NULL);
	get_state(&d.q[0], VHOST_GET_VRING_BUSYLOOP_TIMEOUT, &num);
	same(num, 0, "busy polling after RESET_OWNER");
	get_state(&d.q[0], VHOST_GET_VRING_BASE, &num);
	same(num, 0, "base after RESET_OWNER");
	went(queue_set_file(&d.q[0], VHOST_NET_SET_BACKEND, l.backend), EFAULT,
	     "start after RESET_OWNER and SET_OWNER");
	stage_close(&d, &l);
}

void abi_settings(void)
{
	numbers();
	worker_mode();
	kernel_thread();
	kicks();
	early_kick();
	everything_again();
	reset_forgets();
}
