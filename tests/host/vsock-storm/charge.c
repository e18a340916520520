// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who pays: payload that waits for a program that does not read it is charged
 * to the cgroup of the device's owner, whose guest sent it.
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cgroup.h"
#include "storm.h"

enum { BYTES = 60000, PACKETS = 100 };

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
	before = cgroup_kib();
	for (int i = 8; i < PACKETS; i++)
		guest_give(&g, s, data, BYTES);
	guest_sent(&g, SOON);
	full = cgroup_kib();
	report_ok(full - before > (PACKETS - 8) * BYTES / 1024 * 9 / 10,
		  "%d KiB wait for a program: its owner pays %ld",
		  (PACKETS - 8) * BYTES / 1024, full - before);
	close(s);
	close(l);
	guest_close(&g);
	usleep(200000);
	report_ok(cgroup_kib() < before + 1000, "and no more afterwards: %ld",
		  cgroup_kib() - before);
	free(data);
}

void storm_charge(void)
{
	cgroup_run(fill, "who pays");
}
