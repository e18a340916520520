// SPDX-License-Identifier: GPL-2.0-only
/*
 * The nodes of vhost_vdpa as their owner handles them; see tests.h.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "vdpa/tests.h"

int node_try(uint32_t id)
{
	char name[16];
	int fd;

	snprintf(name, sizeof(name), "tp%u", id);
	fd = open(node_path(name), O_RDWR | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int node_open(uint32_t id)
{
	int fd = node_try(id);

	if (fd < 0)
		report_die("open of tp%u: %s", id, errno_name(-fd));
	return fd;
}

int node_owned(uint32_t id)
{
	int fd = node_open(id);
	uint64_t backend = get_u64(fd, VHOST_GET_BACKEND_FEATURES);

	if (cmd(fd, VHOST_SET_OWNER, NULL) ||
	    cmd(fd, VHOST_SET_BACKEND_FEATURES, &backend))
		report_die("SET_OWNER, SET_BACKEND_FEATURES");
	return fd;
}

/* ---- commands ------------------------------------------------------------- */

uint32_t get_u32(int fd, unsigned long nr)
{
	uint32_t n = 0;

	if (cmd(fd, nr, &n))
		report_die("ioctl %lx", nr);
	return n;
}

uint64_t get_u64(int fd, unsigned long nr)
{
	uint64_t n = 0;

	if (cmd(fd, nr, &n))
		report_die("ioctl %lx", nr);
	return n;
}

uint8_t status_of(int fd)
{
	uint8_t status = 0xff;

	if (cmd(fd, VHOST_VDPA_GET_STATUS, &status))
		report_die("GET_STATUS");
	return status;
}

int set_status(int fd, uint8_t status)
{
	return cmd(fd, VHOST_VDPA_SET_STATUS, &status);
}

int set_features(int fd, uint64_t features)
{
	return cmd(fd, VHOST_SET_FEATURES, &features);
}

int set_state(int fd, unsigned long nr, uint32_t index, uint32_t num)
{
	struct vhost_vring_state s = { index, num };

	return cmd(fd, nr, &s);
}

int64_t get_state(int fd, unsigned long nr, uint32_t index)
{
	struct vhost_vring_state s = { index, 0 };
	int err = cmd(fd, nr, &s);

	return err ? -err : (int64_t)s.num;
}

int set_file(int fd, unsigned long nr, uint32_t index, int file)
{
	struct vhost_vring_file f = { index, file };

	return cmd(fd, nr, &f);
}

int set_addr(int fd, uint32_t index, uint64_t at)
{
	struct vhost_vring_addr a = {
		.index = index,
		.desc_user_addr = at,
		.avail_user_addr = at + 0x1000,
		.used_user_addr = at + 0x2000,
	};

	return cmd(fd, VHOST_SET_VRING_ADDR, &a);
}

void node_run(int fd)
{
	if (set_status(fd, ACKNOWLEDGE | DRIVER) ||
	    set_features(fd, F_V1 | F_IOMMU) ||
	    set_status(fd, ACKNOWLEDGE | DRIVER | FEATURES_OK) ||
	    set_state(fd, VHOST_SET_VRING_NUM, 0, 64) ||
	    set_addr(fd, 0, 0x10000) ||
	    set_state(fd, VHOST_VDPA_SET_VRING_ENABLE, 0, 1) ||
	    set_status(fd, ACKNOWLEDGE | DRIVER | FEATURES_OK | DRIVER_OK))
		report_die("a queue does not start");
}

/* ---- memory --------------------------------------------------------------- */

static int message(int fd, uint32_t asid, uint8_t what, uint64_t iova,
		   uint64_t size, uint64_t at, uint8_t perm)
{
	struct iotlb_msg m = iotlb_message(V2, what, iova, size, at, perm);

	m.asid = asid;
	return iotlb_write(fd, &m, sizeof(m));
}

int map(int fd, uint32_t asid, uint64_t iova, uint64_t size, const void *at,
	uint8_t perm)
{
	return message(fd, asid, VHOST_IOTLB_UPDATE, iova, size,
		       (uintptr_t)at, perm);
}

int unmap(int fd, uint32_t asid, uint64_t iova, uint64_t size)
{
	return message(fd, asid, VHOST_IOTLB_INVALIDATE, iova, size, 0, 0);
}

int batch(int fd, uint32_t asid, uint8_t what)
{
	return message(fd, asid, what, 0, 0, 0, 0);
}

uint8_t *fresh_memory(size_t bytes)
{
	uint8_t *m = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (m == MAP_FAILED)
		report_die("mmap");
	for (size_t i = 0; i < bytes; i++)
		m[i] = i / PAGE;
	return m;
}

static long number_in(const char *path, const char *fmt)
{
	FILE *f = fopen(path, "r");
	char line[200];
	long n = -1;

	if (!f)
		report_die("%s", path);
	while (n < 0 && fgets(line, sizeof(line), f))
		sscanf(line, fmt, &n);
	fclose(f);
	return n;
}

long pinned_kib(void)
{
	return number_in("/proc/self/status", "VmPin: %ld");
}

uint32_t max_entries(uint32_t n)
{
	const char *path = "/sys/module/vhost_vdpa/parameters/max_iotlb_entries";
	long was = number_in(path, "%ld");
	FILE *f = fopen(path, "w");

	if (!f || fprintf(f, "%u", n) < 0 || fclose(f))
		report_die("%s", path);
	return was;
}

/* ---- results -------------------------------------------------------------- */

int in_child(int (*fn)(int fd), int fd)
{
	pid_t pid = fork();
	int status;

	if (pid < 0)
		report_die("fork");
	if (!pid) {
		signal(SIGALRM, SIG_DFL);
		alarm(20);
		_exit(fn(fd));
	}
	if (waitpid(pid, &status, 0) != pid)
		report_die("waitpid");
	return WIFEXITED(status) ? WEXITSTATUS(status) :
				   1000 + WTERMSIG(status);
}
