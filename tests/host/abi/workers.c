// SPDX-License-Identifier: GPL-2.0-only
/*
 * Worker threads: made, attached, asked for, freed, also under traffic. Linux
 * has these commands for vhost-scsi alone, so with its own module this skips.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "abi/abi.h"
#include "lib/worker_cmd.h"

/* ---- one by one --------------------------------------------------------- */

static void commands(struct device *d)
{
	unsigned int first = 0, id = 0, got = 0, more;
	int n = 0;

	went(worker_get(d->fd, 0, &first), 0, "GET_VRING_WORKER");
	went(worker_get(d->fd, 1, &got), 0, "GET_VRING_WORKER of the other");
	same(got, first, "both have the same worker");
	went(worker_get(d->fd, 2, &got), ENOBUFS, "worker of no queue");
	went(worker_free(d->fd, first), EBUSY, "FREE_WORKER in use");
	went(worker_new(d->fd, &id), 0, "NEW_WORKER");
	report_ok(id != first, "it is another one: %u, %u", id, first);
	went(worker_attach(d->fd, 1, id), 0, "ATTACH_VRING_WORKER");
	worker_get(d->fd, 1, &got);
	same(got, id, "the queue has the new one");
	worker_get(d->fd, 0, &got);
	same(got, first, "the other queue the old one");
	went(worker_free(d->fd, id), EBUSY, "FREE_WORKER of the new one in use");
	went(worker_attach(d->fd, 1, first), 0, "back to the old one");
	went(worker_free(d->fd, id), 0, "FREE_WORKER");
	went(worker_free(d->fd, id), ENODEV, "FREE_WORKER again");
	went(worker_attach(d->fd, 1, id), ENODEV, "ATTACH of one that was freed");
	went(worker_attach(d->fd, 1, 12345), ENODEV, "ATTACH of none");
	went(worker_attach(d->fd, 2, first), ENOBUFS, "ATTACH to no queue");
	while (n < 100 && !worker_new(d->fd, &more))
		n++;
	report_ok(n < 100, "at most %d more workers", n);
}

static void rights(void)
{
	struct device d;
	struct link l;
	unsigned int id;
	uint8_t mode = 0;

	stage_open(&d, &l, OPEN, 0);
	went(worker_new(d.fd, &id), EPERM, "NEW_WORKER without owner");
	went(worker_free(d.fd, 0), EPERM, "FREE_WORKER without owner");
	went(worker_attach(d.fd, 0, 0), EPERM, "ATTACH_VRING_WORKER without owner");
	went(worker_get(d.fd, 0, &id), EPERM, "GET_VRING_WORKER without owner");
	cmd(d.fd, VHOST_SET_FORK_FROM_OWNER, &mode);
	cmd(d.fd, VHOST_SET_OWNER, NULL);
	went(worker_new(d.fd, &id), EFAULT, "NEW_WORKER of kernel threads");
	went(cmd(d.fd, VHOST_NEW_WORKER, (void *)16), EFAULT, "bad pointer");
	stage_close(&d, &l);
}

/* ---- under traffic ------------------------------------------------------ */

static const char *change_all_the_time(struct device *d, struct link *l)
{
	const struct traffic_plan plan = { .lossy = true };
	static char why[120];
	struct traffic t;
	unsigned int id[3];
	bool failed;

	worker_get(d->fd, 0, &id[0]);
	if (worker_new(d->fd, &id[1]) || worker_new(d->fd, &id[2]))
		return "NEW_WORKER";
	traffic_open(&t, d, l, &plan);
	for (int i = 0; i < 60 && !t.error; i++) {
		traffic_for(&t, 2 + i % 5);
		if (worker_attach(d->fd, i & 1, id[i % 3]))
			return "ATTACH_VRING_WORKER";
	}
	failed = traffic_more(&t, 300, 300);
	snprintf(why, sizeof(why), "%s", t.error_text);
	traffic_close(&t);
	return failed ? why : NULL;
}

static void with_traffic(const char *name, uint64_t features)
{
	struct device d;
	struct link l;
	const char *why;

	stage_open(&d, &l, RUNNING, features);
	why = change_all_the_time(&d, &l);
	report_ok(!why, "other workers all the time, %s: %s", name,
		  why ? why : "fine");
	stage_close(&d, &l);
}

/* ---- what attaching costs ------------------------------------------------ */

enum { ATTACHES = 200, ATTACH_MS = 200 };

/* A VMM attaches each queue of a device at its start: nobody uses them yet. */
static void attach_unused(void)
{
	unsigned int id[2];
	uint64_t start;
	struct device d;
	struct link l;
	int err = 0;

	stage_open(&d, &l, READY, F_V1);
	worker_get(d.fd, TX, &id[0]);
	err = worker_new(d.fd, &id[1]);
	start = now_ms();
	for (int i = 0; i < ATTACHES && !err; i++)
		err = worker_attach(d.fd, TX, id[!(i & 1)]);
	report_ok(!err && now_ms() - start < ATTACH_MS,
		  "%d attaches of a queue that nobody uses: %llu ms, %s",
		  ATTACHES, (unsigned long long)(now_ms() - start),
		  errno_name(err));
	went(worker_free(d.fd, id[1]), 0, "then free that worker");
	stage_close(&d, &l);
}

/* Attach under traffic, and the old worker is not needed any more. */
static void free_at_once(const char *name, uint64_t features)
{
	const struct traffic_plan plan = { .lossy = true };
	unsigned int old, new, spare;
	struct traffic t;
	struct device d;
	struct link l;
	int err = 0;

	stage_open(&d, &l, RUNNING, features);
	traffic_open(&t, &d, &l, &plan);
	worker_get(d.fd, TX, &old);
	if (worker_new(d.fd, &spare) || worker_attach(d.fd, RX, spare))
		report_die("worker");
	for (int i = 0; i < 30 && !err && !t.error; i++) {
		traffic_for(&t, 2 + i % 3);
		err = worker_new(d.fd, &new);
		if (!err)
			err = worker_attach(d.fd, TX, new);
		if (!err)
			err = worker_free(d.fd, old);
		old = new;
	}
	if (!err && !t.error)
		traffic_more(&t, 300, 300);
	report_ok(!err && !t.error, "%s, attach and free at once: %s, %s", name,
		  errno_name(err), t.error ? t.error : "fine");
	traffic_close(&t);
	stage_close(&d, &l);
}

/* ---- names ---------------------------------------------------------------- */

#define PID_NAMES "/sys/module/vhost/parameters/worker_pid_names"

/* How many threads of this process have a name that begins so. */
static int threads_named(const char *begin)
{
	DIR *dir = opendir("/proc/self/task");
	struct dirent *e;
	int n = 0;

	while (dir && (e = readdir(dir))) {
		char path[80], name[20] = "";
		int fd;

		snprintf(path, sizeof(path), "/proc/self/task/%.20s/comm",
			 e->d_name);
		fd = open(path, O_RDONLY);
		if (fd >= 0 && read(fd, name, sizeof(name) - 1) > 0) {
			name[strcspn(name, "\n")] = 0;
			n += !strncmp(name, begin, strlen(begin));
		}
		if (fd >= 0)
			close(fd);
	}
	if (dir)
		closedir(dir);
	return n;
}

static bool set_pid_names(const char *yes)
{
	int fd = open(PID_NAMES, O_WRONLY);
	bool ok = fd >= 0 && write(fd, yes, 1) == 1;

	if (fd >= 0)
		close(fd);
	return ok;
}

/* Worker tasks are threads of this process. Scripts look for vhost-PID. */
static void pid_names(void)
{
	struct device d;
	struct link l;
	char name[20];
	unsigned int id;

	snprintf(name, sizeof(name), "vhost-%d", getpid());
	stage_open(&d, &l, RUNNING, F_V1);
	report_ok(threads_named("vhost-") == 1 && threads_named(name) == 1,
		  "a worker is %s: %d, %d others", name, threads_named(name),
		  threads_named("vhost-") - threads_named(name));
	if (!worker_new(d.fd, &id))
		report_ok(threads_named(name) == 2, "and so is another: %d",
			  threads_named(name));
	stage_close(&d, &l);
}

/* Names by device and queue are there when asked for. */
static void device_names(void)
{
	struct device d;
	struct link l;
	unsigned int id;

	if (access(PID_NAMES, F_OK)) {
		report_skip("Linux has only vhost-PID", "names by device");
		return;
	}
	if (!set_pid_names("N"))
		report_die("%s", PID_NAMES);
	stage_open(&d, &l, RUNNING, F_V1);
	report_ok(threads_named("vhost-net") == 1, "a worker is vhost-netN");
	if (worker_new(d.fd, &id) || worker_attach(d.fd, TX, id))
		report_die("worker");
	report_ok(threads_named("vhost-net") == 2, "one for each queue");
	stage_close(&d, &l);
	set_pid_names("Y");
}

void abi_workers(void)
{
	struct device d;
	struct link l;
	unsigned int id;

	pid_names();
	device_names();
	stage_open(&d, &l, OWNED, 0);
	if (worker_get(d.fd, 0, &id) == ENOTTY) {
		report_skip("not for net in Linux", "workers");
		stage_close(&d, &l);
		return;
	}
	commands(&d);
	stage_close(&d, &l);
	rights();
	attach_unused();
	free_at_once("split", F_V1 | F_EVENT);
	free_at_once("packed", F_V1 | F_EVENT | F_PACKED);
	with_traffic("split", F_V1 | F_EVENT);
	with_traffic("packed", F_V1 | F_EVENT | F_PACKED);
}
