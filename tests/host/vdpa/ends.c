// SPDX-License-Identifier: GPL-2.0-only
/*
 * How devices end: exclusive use and its end, removal of a parent in use, and
 * parents that do not respond.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "vdpa/tests.h"

static const uint64_t at = 0x100000;

/* ---- exclusive use -------------------------------------------------------- */

void test_open(void)
{
	uint32_t id = parent_new(0, 1, 1, 1), busy = 0;
	uint8_t *m = fresh_memory(1 << 20);
	int fd = node_owned(id), copy = dup(fd);

	report_ok(node_try(id) == -EBUSY, "EBUSY while it is open");
	close(fd);
	report_ok(node_try(id) == -EBUSY, "and while a copy is open");
	close(copy);
	for (int i = 0; i < 2000; i++) {
		fd = node_try(id);
		if (fd < 0) {
			busy++;
			continue;
		}
		cmd(fd, VHOST_SET_OWNER, NULL);
		if (!(i % 16))
			map(fd, 0, at, 1 << 20, m, 3);
		if (!(i % 64))
			node_run(fd);
		close(fd);
	}
	report_ok(!busy, "%u of 2000 opens after close were rejected", busy);
	report_ok(!pinned_kib(), "nothing is pinned");
	munmap(m, 1 << 20);
	parent_end(id);
}

struct opener {
	uint32_t id;
	uint32_t *holders;
	uint32_t good, odd, shared;
};

static void *open_often(void *arg)
{
	struct opener *o = arg;

	for (int i = 0; i < 2000; i++) {
		int fd = node_try(o->id);

		if (fd < 0) {
			o->odd += fd != -EBUSY;
			continue;
		}
		o->good++;
		o->shared += __atomic_add_fetch(o->holders, 1,
						__ATOMIC_SEQ_CST) != 1;
		sched_yield();
		__atomic_sub_fetch(o->holders, 1, __ATOMIC_SEQ_CST);
		close(fd);
	}
	return NULL;
}

void test_open_race(void)
{
	uint32_t id = parent_new(0, 1, 1, 1), holders = 0;
	struct opener o[2] = { { id, &holders }, { id, &holders } };
	pthread_t thread[2];

	for (int i = 0; i < 2; i++)
		pthread_create(&thread[i], NULL, open_often, &o[i]);
	for (int i = 0; i < 2; i++)
		pthread_join(thread[i], NULL);
	report_ok(!o[0].odd && !o[1].odd && !o[0].shared && !o[1].shared,
		  "two threads: %u and %u opens, never both at a time",
		  o[0].good, o[1].good);
	parent_end(id);
}

/* ---- removal -------------------------------------------------------------- */

static void check_removed(int fd)
{
	struct vhost_vring_state s = {};
	uint8_t status = 0, *m = fresh_memory(PAGE);

	went(cmd(fd, VHOST_VDPA_GET_STATUS, &status), ENODEV, "GET_STATUS");
	went(cmd(fd, VHOST_GET_VRING_BASE, &s), ENODEV, "GET_VRING_BASE");
	went(cmd(fd, VHOST_SET_OWNER, NULL), ENODEV, "SET_OWNER");
	went(map(fd, 0, at, PAGE, m, 3), ENODEV, "a map");
	munmap(m, PAGE);
}

void test_removal(void)
{
	uint32_t id, used = 0;

	for (int i = 0; i < 50; i++) {
		uint8_t *m = fresh_memory(64 * PAGE);
		int fd, kick = event_new(), call = event_new();

		id = parent_new(i & 1 ? PARENT_BY_RUN : 0, 2, 1, 1);
		fd = node_owned(id);
		map(fd, 0, at, 64 * PAGE, m, 3);
		set_file(fd, VHOST_SET_VRING_KICK, 0, kick);
		set_file(fd, VHOST_SET_VRING_CALL, 0, call);
		node_run(fd);
		parent_end(id);
		used += pinned_kib() != 0;
		event_add(kick);
		if (!i)
			check_removed(fd);
		close(fd);
		close(kick);
		close(call);
		munmap(m, 64 * PAGE);
	}
	report_ok(!used, "50 removals in use: %u left memory pinned", used);
	id = parent_new(0, 1, 1, 1);
	report_ok(node_path("tp0") != NULL, "a new parent has a node");
	parent_end(id);
}

/* ---- parents that do not respond ------------------------------------------- */

struct held {
	int fd;
	int err;
};

static void *start_it(void *arg)
{
	struct held *h = arg;

	h->err = set_status(h->fd, ACKNOWLEDGE);
	return NULL;
}

static bool is_waiting(uint32_t id)
{
	for (int i = 0; i < 200; i++) {
		if (parent_read(id).waiting)
			return true;
		usleep(10000);
	}
	return false;
}

static uint32_t held_id;

static int hang(int unused)
{
	int fd = node_owned(held_id);
	uint8_t *m = fresh_memory(16 * PAGE);

	(void)unused;
	map(fd, 0, at, 16 * PAGE, m, 3);
	parent_do(held_id, PARENT_HOLD, 1);
	return set_status(fd, ACKNOWLEDGE);
}

/* The caller is killed; its exit must not wait for the parent either. */
static void check_killed(void)
{
	uint64_t start = now_ms();
	pid_t pid = fork();
	int status = 0, fd;

	if (!pid)
		_exit(hang(-1));
	report_ok(is_waiting(held_id), "a process waits for the parent");
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	report_ok(WIFSIGNALED(status) && now_ms() - start < 5000,
		  "it can be killed");
	parent_do(held_id, PARENT_HOLD, 0);
	for (int i = 0; i < 100; i++) {
		fd = node_try(held_id);
		if (fd != -EBUSY)
			break;
		usleep(10000);
	}
	report_ok(fd >= 0 && !parent_read(held_id).bytes[0],
		  "and the device is free within 1 s");
	close(fd);
}

void test_held(void)
{
	uint32_t other = parent_new(USUAL, 1, 1, 1);
	struct held h = { .err = -1 };
	pthread_t thread;
	int fd, err;

	held_id = parent_new(USUAL, 1, 1, 1);
	h.fd = node_owned(held_id);
	parent_do(held_id, PARENT_HOLD, 1);
	pthread_create(&thread, NULL, start_it, &h);
	report_ok(is_waiting(held_id), "a call waits for the parent");
	fd = node_owned(other);
	node_run(fd);
	report_ok(!set_status(fd, 0), "another device works");
	close(fd);
	err = node_try(held_id);
	report_ok(err == -EBUSY, "a second open does not wait");
	parent_do(held_id, PARENT_HOLD, 0);
	pthread_join(thread, NULL);
	report_ok(!h.err, "the parent responds, the call ends");
	close(h.fd);
	check_killed();
	parent_end(held_id);
	parent_end(other);
}
