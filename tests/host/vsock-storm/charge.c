// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who pays: payload that waits for a program that does not read it is charged
 * to the cgroup of the device's owner, whose guest sent it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "storm.h"

#define ROOT "/run/vsock-storm-cgroup"
#define OURS ROOT "/owner"

enum { BYTES = 60000, PACKETS = 100 };

static bool put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);
	bool ok = fd >= 0 &&
		  write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return ok;
}

static long current_kib(void)
{
	long long bytes = -1;
	FILE *f = fopen(OURS "/memory.current", "r");

	if (!f || fscanf(f, "%lld", &bytes) != 1)
		report_die("memory.current");
	fclose(f);
	return bytes / 1024;
}

static bool enter(void)
{
	mkdir(ROOT, 0755);
	return !mount("none", ROOT, "cgroup2", 0, NULL) &&
	       put(ROOT "/cgroup.subtree_control", "+memory") &&
	       !mkdir(OURS, 0755) && put(OURS "/cgroup.procs", "0");
}

static void leave(void)
{
	put(ROOT "/cgroup.procs", "0");
	for (int i = 0; i < 50 && rmdir(OURS); i++)
		usleep(10000);
	umount(ROOT);
	rmdir(ROOT);
}

static void fill(void)
{
	int l = host_socket(SOCK_STREAM, true), s;
	uint64_t big = PACKETS * BYTES;
	char *data = calloc(1, BYTES);
	long before, full;
	struct guest g;

	guest_start(&g, F_V1, 64, 16);
	s = guest_to_host(&g, l, GUEST_PORT);
	setsockopt(s, AF_VSOCK, SO_VM_SOCKETS_BUFFER_MAX_SIZE, &big,
		   sizeof(big));
	setsockopt(s, AF_VSOCK, SO_VM_SOCKETS_BUFFER_SIZE, &big, sizeof(big));
	/* the data memory of the guest is there, and charged, afterwards */
	guest_give(&g, s, data, BYTES);
	for (int i = 0; i < 7; i++)
		guest_give(&g, s, data, BYTES);
	guest_sent(&g, SOON);
	before = current_kib();
	for (int i = 8; i < PACKETS; i++)
		guest_give(&g, s, data, BYTES);
	guest_sent(&g, SOON);
	full = current_kib();
	report_ok(full - before > (PACKETS - 8) * BYTES / 1024 * 9 / 10,
		  "%d KiB wait for a program: its owner pays %ld",
		  (PACKETS - 8) * BYTES / 1024, full - before);
	close(s);
	close(l);
	guest_close(&g);
	usleep(200000);
	report_ok(current_kib() < before + 1000, "and no more afterwards: %ld",
		  current_kib() - before);
	free(data);
}

void storm_charge(void)
{
	/* in a child: its cgroup is its own */
	pid_t pid = fork();
	int status = 0;

	if (!pid) {
		alarm(60);
		if (enter())
			fill();
		else
			report_skip("no memory controller", "who pays");
		leave();
		_exit(0);
	}
	if (waitpid(pid, &status, 0) != pid || status)
		report_ok(false, "who pays: status %#x", status);
}
