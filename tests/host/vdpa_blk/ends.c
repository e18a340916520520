// SPDX-License-Identifier: GPL-2.0-only
/*
 * Disks that come and go a hundred times while an owner uses them: the owner is
 * killed, the device deleted, its driver unbound, in every order. Each time the next
 * disk works, and in the end no page is pinned. And a driver that cannot be bound.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/faults.h"
#include "vdpa_blk/tests.h"

#define NAME "d0"
#define DRIVER_DIR "/sys/bus/vdpa/drivers/vhost_vdpa/"

enum { ROUNDS = 100, LATEST_US = 15000, MOST_PLACES = 300 };

static const struct disk_settings ram = { NAME, "/dev/ram0" };

/* An owner that does I/O for as long as it lives. */
static pid_t start_owner(void)
{
	int ready[2];
	pid_t pid;
	char c;

	if (pipe(ready))
		report_die("pipe");
	pid = fork();
	if (!pid) {
		struct disk k;

		disk_open_node(&k, NAME);
		disk_start(&k, BLK_FEATURES);
		if (write(ready[1], "", 1) != 1)
			_exit(1);
		for (;;)
			disk_works(&k);
	}
	close(ready[1]);
	if (read(ready[0], &c, 1) != 1)
		report_die("the owner does not start");
	close(ready[0]);
	return pid;
}

static void kill_owner(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static bool try_bind(const char *what)
{
	char path[100];
	bool ok;
	int fd;

	snprintf(path, sizeof(path), DRIVER_DIR "%s", what);
	fd = open(path, O_WRONLY);
	ok = fd >= 0 && write(fd, NAME, strlen(NAME)) > 0;
	close(fd);
	return ok;
}

static void bind(const char *what)
{
	if (!try_bind(what))
		report_die(DRIVER_DIR "%s", what);
}

static void deleted(pid_t pid)
{
	disk_del(NAME);
	kill_owner(pid);
}

static void killed(pid_t pid)
{
	kill_owner(pid);
	disk_del(NAME);
}

static void killed_and_deleted(pid_t pid)
{
	kill(pid, SIGKILL);
	disk_del(NAME);
	waitpid(pid, NULL, 0);
}

static void unbound(pid_t pid)
{
	bind("unbind");
	bind("bind");
	kill_owner(pid);
	pid = start_owner();
	usleep(rand() % LATEST_US);
	deleted(pid);
}

/* Pages that are pinned for long, by anybody. */
static long pinned_pages(void)
{
	long acquired = 0, released = 0, value;
	FILE *f = fopen("/proc/vmstat", "r");
	char name[64];

	while (f && fscanf(f, "%63s %ld", name, &value) == 2) {
		if (!strcmp(name, "nr_foll_pin_acquired"))
			acquired = value;
		if (!strcmp(name, "nr_foll_pin_released"))
			released = value;
	}
	if (f)
		fclose(f);
	return acquired - released;
}

/*
 * CVE-2023-52795: a driver that does not get all it needs when it is bound to a
 * device. Each place that can fail is tried, until none is left.
 */
static void bind_without_memory(void)
{
	unsigned int n = 0, bound = 0;
	struct disk k;
	bool hit = true;

	if (!faults_begin()) {
		report_skip("no fault injection", "a driver without memory");
		return;
	}
	disk_add(&ram);
	while (hit && n < MOST_PLACES) {
		if (!n || bound)
			bind("unbind");
		fault_inject(gettid(), ++n);
		bound = try_bind("bind");
		hit = fault_stop();
	}
	report_ok(n > 2 && n < MOST_PLACES && bound,
		  "a driver without memory, at %u places: bound then", n - 1);
	disk_open_node(&k, NAME);
	report_ok(disk_start(&k, BLK_FEATURES) && disk_works(&k),
		  "a driver without memory: the disk works then");
	disk_close_node(&k);
	disk_del(NAME);
}

void test_ends(void)
{
	static void (*const end[])(pid_t pid) = {
		deleted, killed, killed_and_deleted, unbound,
	};
	uint32_t good = 0;
	struct disk k;

	bind_without_memory();
	srand(2);
	for (int i = 0; i < ROUNDS; i++) {
		pid_t pid;

		disk_add(&ram);
		pid = start_owner();
		usleep(rand() % LATEST_US);
		end[i % COUNT(end)](pid);
		disk_add(&ram);
		disk_open_node(&k, NAME);
		good += disk_start(&k, BLK_FEATURES) && disk_works(&k);
		disk_close_node(&k);
		disk_del(NAME);
	}
	report_ok(good == ROUNDS, "ended in use %d times; %u times the next disk works",
		  ROUNDS, good);
	report_ok(!pinned_pages(), "%ld pages are pinned", pinned_pages());
}
