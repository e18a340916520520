// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is said of a device, its queues and its workers, in each state.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "netlink/tests.h"

enum { NUM = 64, WAIT_MS = 3000 };

static uint64_t dev_number(struct subject *s, uint16_t type)
{
	struct nl_object o;

	if (nl_get_dev(&s->nl, s->id, &o))
		report_die("dev-get");
	return nl_number(o.attrs, type, ~0ull);
}

static uint64_t queue_number(struct subject *s, int queue, uint16_t type)
{
	struct nl_object o;

	if (nl_get_queue(&s->nl, s->id, queue, &o))
		report_die("queue-get");
	return nl_number(o.attrs, type, ~0ull);
}

static void is(uint64_t got, uint64_t want, const char *what)
{
	report_ok(got == want, "%s: %llu%s", what, (unsigned long long)got,
		  got == want ? "" : ", not so");
}

/* ---- devices ---------------------------------------------------------- */

static void device(struct subject *s)
{
	char comm[16] = "";
	struct nl_object o;

	prctl(PR_GET_NAME, comm);
	went(nl_get_dev(&s->nl, s->id, &o), 0, "dev-get");
	is(nl_number(o.attrs, VHOST_A_DEV_ID, ~0ull), s->id, "id");
	report_ok(!strcmp(nl_string(o.attrs, VHOST_A_DEV_KIND), "net"),
		  "kind: %s", nl_string(o.attrs, VHOST_A_DEV_KIND));
	is(nl_number(o.attrs, VHOST_A_DEV_OWNER_PID, 0), getpid(), "owner");
	report_ok(!strcmp(nl_string(o.attrs, VHOST_A_DEV_OWNER_COMM), comm),
		  "its name: %s", nl_string(o.attrs, VHOST_A_DEV_OWNER_COMM));
	is(nl_number(o.attrs, VHOST_A_DEV_FEATURES, ~0ull), s->d.features,
	   "features");
	is(nl_number(o.attrs, VHOST_A_DEV_FEATURES_HIGH, ~0ull), 0,
	   "features from bit 64 on");
	is(nl_number(o.attrs, VHOST_A_DEV_BACKEND_FEATURES, ~0ull), 0,
	   "backend features");
	is(nl_number(o.attrs, VHOST_A_DEV_MEM_REGIONS, ~0ull), MEMORY_REGIONS,
	   "regions");
	is(nl_number(o.attrs, VHOST_A_DEV_QUEUES, ~0ull), QUEUES, "queues");
	is(nl_number(o.attrs, VHOST_A_DEV_WORKERS, ~0ull), 1, "workers");
	report_ok(!nl_first(o.attrs, VHOST_A_DEV_IOTLB) &&
			  !nl_first(o.attrs, VHOST_A_DEV_LOG),
		  "neither an IOTLB nor a log");
	report_ok(nl_number(o.attrs, VHOST_A_DEV_NETNS, 0), "a namespace");
}

/* The fields that other commands change. */
static void device_changes(struct subject *s)
{
	uint64_t features = s->d.features | F_IOMMU, base;
	uint64_t backend = BIT64(VHOST_BACKEND_F_IOTLB_MSG_V2);
	struct nl_object o;

	base = (uintptr_t)s->d.mem.rings;
	if (cmd(s->d.fd, VHOST_SET_FEATURES, &features) ||
	    cmd(s->d.fd, VHOST_SET_BACKEND_FEATURES, &backend) ||
	    cmd(s->d.fd, VHOST_SET_LOG_BASE, &base))
		report_die("changes");
	if (nl_get_dev(&s->nl, s->id, &o))
		report_die("dev-get");
	is(nl_number(o.attrs, VHOST_A_DEV_FEATURES, ~0ull), features,
	   "features that have changed");
	is(nl_number(o.attrs, VHOST_A_DEV_BACKEND_FEATURES, ~0ull), backend,
	   "backend features that have changed");
	report_ok(nl_first(o.attrs, VHOST_A_DEV_IOTLB), "an IOTLB");
	report_ok(nl_first(o.attrs, VHOST_A_DEV_LOG), "a log");
}

static void device_states(struct subject *s)
{
	is(dev_number(s, VHOST_A_DEV_STATE), VHOST_DEV_STATE_OWNED, "owned");
	subject_start(s);
	is(dev_number(s, VHOST_A_DEV_STATE), VHOST_DEV_STATE_RUNNING, "running");
	if (device_set_backend(&s->d, -1))
		report_die("stop");
	is(dev_number(s, VHOST_A_DEV_STATE), VHOST_DEV_STATE_OWNED, "stopped");
	device_changes(s);
	if (cmd(s->d.fd, VHOST_RESET_OWNER, NULL))
		report_die("VHOST_RESET_OWNER");
	is(dev_number(s, VHOST_A_DEV_STATE), VHOST_DEV_STATE_UNOWNED,
	   "without an owner");
	is(dev_number(s, VHOST_A_DEV_OWNER_PID), ~0ull, "nobody owns it");
	is(dev_number(s, VHOST_A_DEV_FEATURES), 0, "its features");
	is(dev_number(s, VHOST_A_DEV_MEM_REGIONS), 0, "its regions");
	is(dev_number(s, VHOST_A_DEV_WORKERS), 0, "its workers");
	is(queue_number(s, TX, VHOST_A_QUEUE_SIZE), 0, "size of a queue");
	is(queue_number(s, TX, VHOST_A_QUEUE_WORKER), ~0ull, "its worker");
}

static void no_such(struct subject *s)
{
	struct nl_request r = nl_begin(&s->nl, VHOST_NL_CMD_QUEUE_GET,
				       NLM_F_DUMP);
	struct nl_reply reply = {};
	struct nl_object o;

	went(nl_get_dev(&s->nl, s->id + 1000, &o), ENODEV, "another device");
	went(nl_get_queue(&s->nl, s->id + 1000, 0, &o), ENODEV, "its queue");
	went(nl_get_queue(&s->nl, s->id, QUEUES, &o), ENOENT, "a third queue");
	went(nl_get_worker(&s->nl, s->id, 1, &o), ENOENT, "a second worker");
	nl_add_u32(&r, VHOST_A_QUEUE_DEV_ID, s->id + 1000);
	went(nl_ask(&s->nl, &r, &reply), ENODEV, "all queues of another device");
}

/* ---- queues ----------------------------------------------------------- */

static void queue(struct subject *s, int i, const char *name)
{
	bool packed = s->d.features & F_PACKED;
	struct nl_object o;

	if (nl_get_queue(&s->nl, s->id, i, &o))
		report_die("queue-get");
	is(nl_number(o.attrs, VHOST_A_QUEUE_DEV_ID, ~0ull), s->id, "its device");
	is(nl_number(o.attrs, VHOST_A_QUEUE_INDEX, ~0ull), i, "index");
	report_ok(!strcmp(nl_string(o.attrs, VHOST_A_QUEUE_NAME), name),
		  "queue %d: %s", i, nl_string(o.attrs, VHOST_A_QUEUE_NAME));
	is(nl_number(o.attrs, VHOST_A_QUEUE_FORMAT, ~0ull),
	   packed ? VHOST_RING_FORMAT_PACKED : VHOST_RING_FORMAT_SPLIT, "format");
	is(nl_number(o.attrs, VHOST_A_QUEUE_SIZE, ~0ull), NUM, "size");
	is(nl_number(o.attrs, VHOST_A_QUEUE_STATE, ~0ull),
	   VHOST_QUEUE_STATE_STOPPED, "stopped");
	is(nl_number(o.attrs, VHOST_A_QUEUE_IN_FLIGHT, ~0ull), 0, "in flight");
	is(nl_number(o.attrs, VHOST_A_QUEUE_AVAIL, ~0ull), ~0ull,
	   "no position while it is stopped");
	is(nl_number(o.attrs, VHOST_A_QUEUE_WORKER, ~0ull), 0, "worker");
	is(nl_number(o.attrs, VHOST_A_QUEUE_BUSYLOOP_US, ~0ull), 0, "busyloop");
	report_ok(nl_first(o.attrs, VHOST_A_QUEUE_KICK) &&
			  nl_first(o.attrs, VHOST_A_QUEUE_CALL),
		  "kick and call eventfds");
	report_ok(!nl_first(o.attrs, VHOST_A_QUEUE_FAILURE), "no failure");
	report_ok(nl_first(o.attrs, VHOST_A_QUEUE_STATS), "counters");
}

static void queue_changes(struct subject *s)
{
	struct queue *q = &s->d.q[TX];

	if (queue_set_state(q, VHOST_SET_VRING_BUSYLOOP_TIMEOUT, 7) ||
	    queue_set_file(q, VHOST_SET_VRING_CALL, -1) ||
	    queue_set_file(q, VHOST_SET_VRING_KICK, -1))
		report_die("changes");
	is(queue_number(s, TX, VHOST_A_QUEUE_BUSYLOOP_US), 7, "busyloop then");
	if (queue_set_state(q, VHOST_SET_VRING_BUSYLOOP_TIMEOUT, 0) ||
	    queue_set_file(q, VHOST_SET_VRING_CALL, q->call) ||
	    queue_set_file(q, VHOST_SET_VRING_KICK, q->kick))
		report_die("changes back");
}

/* A running ring is where GET_VRING_BASE says. */
static void position(struct subject *s)
{
	bool packed = s->d.features & F_PACKED;
	uint32_t base;

	subject_start(s);
	is(queue_number(s, TX, VHOST_A_QUEUE_STATE), VHOST_QUEUE_STATE_RUNNING,
	   "running");
	base = queue_base(&s->d.q[TX]);
	is(queue_number(s, TX, VHOST_A_QUEUE_AVAIL), base & 0xffff,
	   "avail position");
	is(queue_number(s, TX, VHOST_A_QUEUE_USED),
	   packed ? base >> 16 : base & 0xffff, "used position");
	if (device_set_backend(&s->d, -1))
		report_die("stop");
}

/* ---- workers ---------------------------------------------------------- */

static void thread_name(uint32_t tid, char *name, size_t size)
{
	char path[64];
	ssize_t got;
	int fd;

	*name = 0;
	snprintf(path, sizeof(path), "/proc/self/task/%u/comm", tid);
	fd = open(path, O_RDONLY);
	if (fd < 0)
		return;
	got = read(fd, name, size - 1);
	name[got > 0 ? got - 1 : 0] = 0;
	close(fd);
}

/* Its thread has a number when it has run for the first time. */
static uint32_t await_worker(struct subject *s, uint32_t id, struct nl_object *o)
{
	uint64_t end = now_ms() + WAIT_MS;
	uint32_t tid = 0;
	int err;

	do {
		err = nl_get_worker(&s->nl, s->id, id, o);
		if (!err)
			tid = nl_number(o->attrs, VHOST_A_WORKER_TID, 0);
		usleep(1000);
	} while (!err && !tid && now_ms() < end);
	return tid;
}

/* The queues it serves, as a mask. */
static uint32_t served(const struct nl_object *o)
{
	const struct nlattr *a = nl_first(o->attrs, VHOST_A_WORKER_QUEUE);
	uint32_t mask = 0, index;

	for (; a; a = nl_next(o->attrs, a, VHOST_A_WORKER_QUEUE)) {
		memcpy(&index, a + 1, sizeof(index));
		mask |= 1u << index;
	}
	return mask;
}

static void worker(struct subject *s, uint32_t id, uint32_t queues)
{
	struct nl_object o;
	uint32_t tid = await_worker(s, id, &o);
	char name[32];

	thread_name(tid, name, sizeof(name));
	report_ok(*name && !strcmp(name, nl_string(o.attrs, VHOST_A_WORKER_NAME)),
		  "worker %u is thread %u of ours: %s", id, tid, name);
	is(nl_number(o.attrs, VHOST_A_WORKER_DEV_ID, ~0ull), s->id, "its device");
	is(served(&o), queues, "queues that it serves, as a mask");
	report_ok(nl_number(o.attrs, VHOST_A_WORKER_CPU_TIME, ~0ull) < ~0ull,
		  "CPU time");
	report_ok(!nl_first(o.attrs, VHOST_A_WORKER_KILLED), "it lives");
}

static void workers(struct subject *s)
{
	struct uapi_vring_worker both = { .index = TX };
	struct uapi_worker more = {};
	struct nl_object o;

	worker(s, 0, 1 << RX | 1 << TX);
	if (cmd(s->d.fd, VHOST_NEW_WORKER, &more))
		report_die("VHOST_NEW_WORKER");
	worker(s, more.worker_id, 0);
	both.worker_id = more.worker_id;
	if (cmd(s->d.fd, VHOST_ATTACH_VRING_WORKER, &both))
		report_die("VHOST_ATTACH_VRING_WORKER");
	worker(s, 0, 1 << RX);
	worker(s, more.worker_id, 1 << TX);
	is(queue_number(s, TX, VHOST_A_QUEUE_WORKER), more.worker_id,
	   "the queue's worker");
	is(queue_number(s, TX, VHOST_A_QUEUE_WORKER_TID),
	   await_worker(s, more.worker_id, &o), "its thread");
	is(dev_number(s, VHOST_A_DEV_WORKERS), 2, "workers");
	both.worker_id = 0;
	if (cmd(s->d.fd, VHOST_ATTACH_VRING_WORKER, &both) ||
	    cmd(s->d.fd, VHOST_FREE_WORKER, &more))
		report_die("VHOST_FREE_WORKER");
	went(nl_get_worker(&s->nl, s->id, more.worker_id, &o), ENOENT,
	     "a worker that was freed");
	worker(s, 0, 1 << RX | 1 << TX);
}

/* A kernel thread, which is none of ours. */
static void kernel_thread(void)
{
	uint8_t mode = VHOST_FORK_OWNER_KTHREAD;
	char path[64], name[32] = "";
	struct subject s;
	struct nl_object o;
	uint32_t tid;
	ssize_t got;
	int fd;

	if (!nl_open(&s.nl))
		report_die("no family");
	device_open(&s.d);
	if (cmd(s.d.fd, VHOST_SET_FORK_FROM_OWNER, &mode) ||
	    cmd(s.d.fd, VHOST_SET_OWNER, NULL))
		report_die("owner");
	s.id = nl_only_dev_of(&s.nl, getpid());
	tid = await_worker(&s, 0, &o);
	snprintf(path, sizeof(path), "/proc/%u/comm", tid);
	fd = open(path, O_RDONLY);
	got = fd < 0 ? 0 : read(fd, name, sizeof(name) - 1);
	name[got > 0 ? got - 1 : 0] = 0;
	report_ok(tid && *name &&
			  !strcmp(name, nl_string(o.attrs, VHOST_A_WORKER_NAME)),
		  "a kernel thread is worker %u: %s", tid, name);
	is(served(&o), 1 << RX | 1 << TX, "queues that it serves, as a mask");
	close(fd);
	device_close(&s.d);
	nl_close(&s.nl);
}

/* ---- an owner that is killed ------------------------------------------ */

static pid_t be_owned_by_child(int fd)
{
	int ready[2];
	pid_t child;
	char byte;

	if (pipe(ready))
		report_die("pipe");
	child = fork();
	if (child < 0)
		report_die("fork");
	if (!child) {
		if (ioctl(fd, VHOST_SET_OWNER, NULL) ||
		    write(ready[1], "x", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	if (read(ready[0], &byte, 1) != 1)
		report_die("the child");
	close(ready[0]);
	close(ready[1]);
	return child;
}

static void orphan(void)
{
	uint64_t end = now_ms() + WAIT_MS;
	struct subject s;
	struct nl_object o;
	pid_t child;

	if (!nl_open(&s.nl))
		report_die("no family");
	device_open(&s.d);
	child = be_owned_by_child(s.d.fd);
	s.id = nl_only_dev_of(&s.nl, child);
	is(dev_number(&s, VHOST_A_DEV_OWNER_PID), child, "owned by a child");
	is(queue_number(&s, TX, VHOST_A_QUEUE_WORKER), 0, "its worker");
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	do {
		if (nl_get_worker(&s.nl, s.id, 0, &o))
			report_die("worker-get");
		usleep(1000);
	} while (!nl_first(o.attrs, VHOST_A_WORKER_KILLED) && now_ms() < end);
	report_ok(nl_first(o.attrs, VHOST_A_WORKER_KILLED),
		  "the worker was killed with it");
	is(served(&o), 0, "and serves nothing");
	is(queue_number(&s, TX, VHOST_A_QUEUE_WORKER), ~0ull, "no worker");
	is(dev_number(&s, VHOST_A_DEV_STATE), VHOST_DEV_STATE_OWNED,
	   "the device is owned still");
	if (nl_get_dev(&s.nl, s.id, &o))
		report_die("dev-get");
	report_ok(!nl_first(o.attrs, VHOST_A_DEV_OWNER_COMM),
		  "the owner has no name any more");
	device_close(&s.d);
	nl_close(&s.nl);
}

/* ---- all -------------------------------------------------------------- */

static void look_at(uint64_t features)
{
	struct subject s;
	struct nl_object o;

	subject_open(&s, features, NUM);
	device(&s);
	queue(&s, RX, "rx");
	queue(&s, TX, "tx");
	queue_changes(&s);
	workers(&s);
	no_such(&s);
	position(&s);
	device_states(&s);
	close(s.d.fd);
	s.d.fd = -1;
	went(nl_get_dev(&s.nl, s.id, &o), ENODEV, "a closed device");
	subject_close(&s);
}

void netlink_objects(void)
{
	look_at(F_V1);
	look_at(F_V1 | F_PACKED | F_EVENT);
	kernel_thread();
	orphan();
}
