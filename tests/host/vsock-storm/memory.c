// SPDX-License-Identifier: GPL-2.0-only
/*
 * Packets of streams that the host cannot take, since their owner's cgroup is at
 * its limit, or their memory cannot be read. Payload that cannot be charged
 * waits in the ring; when that takes too long, the connection is reset at both
 * ends. Whatever happens, the program reads the bytes in order up to the end,
 * or up to ECONNRESET, and never beyond a gap.
 */
#define _GNU_SOURCE
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "cgroup.h"
#include "storm.h"

enum {
	BYTES = 60000,
	BLOCKS = 100,
	FREE = 8,	/* blocks before there is a limit: the guest's memory
			 * is charged by then */
	ROOM = 1500,	/* KiB beyond that */
	PATIENCE = 8000, /* ms until a connection must have been reset */
};

static unsigned char block[BYTES];
static struct packet p;

/* Our threads include the worker. */
static uint64_t cpu_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* The OOM killer leaves the owner alone, as it does a protected QEMU. */
static void protect(void)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY);

	if (fd < 0 || write(fd, "-1000", 5) != 5)
		report_die("oom_score_adj");
	close(fd);
}

/* A program that does not read, whose socket takes all there is. */
static int connect_idle(struct guest *g, int l, uint32_t port)
{
	uint64_t size = BLOCKS * BYTES;
	int s = guest_to_host(g, l, port);

	if (setsockopt(s, AF_VSOCK, SO_VM_SOCKETS_BUFFER_MAX_SIZE, &size,
		       sizeof(size)) ||
	    setsockopt(s, AF_VSOCK, SO_VM_SOCKETS_BUFFER_SIZE, &size,
		       sizeof(size)))
		report_die("buffer size");
	guest_offer(g, 16);
	return s;
}

static void send_block(struct guest *g, int s, int i)
{
	memset(block, i, BYTES);
	guest_give(g, s, block, BYTES);
}

/* Send until the owner has no memory. Return: blocks sent. */
static int send_until_full(struct guest *g, int s)
{
	int i;

	for (i = 0; i < BLOCKS; i++) {
		if (i == FREE)
			cgroup_limit(cgroup_kib() + ROOM);
		send_block(g, s, i);
		if (!guest_sent(g, 200))
			return i + 1;
	}
	return i;
}

struct came {
	uint32_t bytes;
	bool gap;
	int end;	/* what recv() said then: 0, or -errno */
};

/* Each byte tells its block. */
static struct came read_all(int s, uint32_t most)
{
	struct came c = { .end = 1 };

	while (c.end > 0 && c.bytes < most) {
		c.end = host_take(s, block, 30000);
		for (int i = 0; i < c.end; i++)
			c.gap |= block[i] != (c.bytes + i) / BYTES;
		if (c.end > 0)
			c.bytes += c.end;
	}
	return c;
}

/* Memory comes back in time. */
static void waits(void)
{
	int l = host_socket(SOCK_STREAM, true), s, n;
	uint64_t busy = cpu_ms();
	struct came c;
	struct guest g;

	protect();
	guest_start(&g, F_V1, 64, 16);
	s = connect_idle(&g, l, GUEST_PORT);
	n = send_until_full(&g, s);
	report_ok(n > FREE && n < BLOCKS && g.tx_open == 1,
		  "no memory: block %d of %d stays in the ring", n, BLOCKS);
	busy = cpu_ms();
	usleep(500000);
	busy = cpu_ms() - busy;
	report_ok(busy < 100, "no memory: %u ms of CPU in 500 ms",
		  (unsigned int)busy);
	cgroup_limit(0);
	report_ok(guest_sent(&g, SOON), "memory is back: so is the buffer");
	for (; n < BLOCKS; n++)
		send_block(&g, s, n);
	guest_sent(&g, SOON);
	c = read_all(s, BLOCKS * BYTES);
	report_ok(c.bytes == BLOCKS * BYTES && !c.gap && !host_error(s, 0),
		  "memory is back: %u of %u bytes%s", c.bytes, BLOCKS * BYTES,
		  c.gap ? ", with a gap" : "");
	close(s);
	close(l);
	guest_close(&g);
}

static bool is_reset(struct guest *g, uint32_t port)
{
	while (guest_recv(g, &p, SOON))
		if (le16toh(p.hdr.op) == VIRTIO_VSOCK_OP_RST &&
		    le32toh(p.hdr.dst_port) == port)
			return true;
	return false;
}

/* It does not. Another connection of the guest outlives that. */
static void ends(void)
{
	int l = host_socket(SOCK_STREAM, true), s, other, n;
	struct came c;
	struct guest g;

	protect();
	guest_start(&g, F_V1, 64, 16);
	other = guest_to_host(&g, l, GUEST_PORT + 1);
	s = connect_idle(&g, l, GUEST_PORT);
	n = send_until_full(&g, s);
	report_ok(n < BLOCKS && guest_sent(&g, PATIENCE),
		  "never any memory: block %d is given up", n);
	report_ok(is_reset(&g, GUEST_PORT),
		  "never any memory: the guest's end is reset");
	c = read_all(s, BLOCKS * BYTES);
	report_ok(!c.gap && c.bytes == (uint32_t)(n - 1) * BYTES &&
		  c.end == -ECONNRESET,
		  "never any memory: %u bytes%s, then %s", c.bytes,
		  c.gap ? " with a gap" : "",
		  c.end > 0 ? "nothing" : errno_name(-c.end));
	close(s);
	while (guest_recv(&g, &p, NOT))
		;
	report_ok(data_flows(&g, other),
		  "never any memory: other connections go on");
	close(other);
	cgroup_limit(0);
	close(l);
	guest_close(&g);
}

/* ---- memory that is there and cannot be read --------------------------- */

/* In the data memory, far from what the library uses of it. */
enum { HEADERS = 1200000, GOOD = 1240000, BAD = 1020000, LITTLE = 100 };

static void protect_page(struct guest *g, int prot)
{
	uintptr_t at = (uintptr_t)memory_at(&g->d.mem, MEMORY_DATA_GPA + BAD);

	if (mprotect((void *)(at & -4096ul), 4096, prot))
		report_die("mprotect");
}

/* The driver kicks for all of them at once, later. */
static void add_little(struct guest *g, int s, uint32_t i, uint64_t where)
{
	struct virtio_vsock_hdr hdr = guest_hdr_of(g, s, VIRTIO_VSOCK_OP_RW);
	uint64_t gpa = MEMORY_DATA_GPA + HEADERS + i * sizeof(hdr);
	struct drv_buf buf[] = {
		{ gpa, sizeof(hdr) },
		{ MEMORY_DATA_GPA + where, LITTLE },
	};
	struct drv_chain chain = { .buf = buf, .n_read = 2 };

	hdr.len = htole32(LITTLE);
	memory_put(&g->d.mem, gpa, &hdr, sizeof(hdr));
	if (drv_add(&g->d.q[TX].ring, &chain) != DRV_GOT)
		report_die("TX ring is full");
	g->tx_open++;
}

static void unreadable(void)
{
	int l = host_socket(SOCK_STREAM, true), s, other, n;
	struct guest g;

	guest_start(&g, F_V1, 64, 16);
	other = guest_to_host(&g, l, GUEST_PORT + 1);
	s = guest_to_host(&g, l, GUEST_PORT);
	protect_page(&g, PROT_NONE);
	add_little(&g, s, 0, GOOD);
	add_little(&g, s, 1, GOOD);
	add_little(&g, s, 2, BAD);
	add_little(&g, s, 3, GOOD);
	drv_kick_prepare(&g.d.q[TX].ring);
	queue_kick(&g.d.q[TX]);
	report_ok(guest_sent(&g, SOON) && is_reset(&g, GUEST_PORT),
		  "payload that cannot be read: the guest's end is reset");
	protect_page(&g, PROT_READ | PROT_WRITE);
	n = host_take(s, block, BYTES);
	report_ok(n == 2 * LITTLE, "payload that cannot be read: %d bytes before",
		  n);
	n = host_take(s, block, BYTES);
	report_ok(n == -ECONNRESET, "payload that cannot be read: then %s",
		  n < 0 ? errno_name(-n) : "more");
	close(s);
	while (guest_recv(&g, &p, NOT))
		;
	report_ok(data_flows(&g, other),
		  "payload that cannot be read: other connections go on");
	close(other);
	close(l);
	guest_close(&g);
}

void storm_memory(void)
{
	unreadable();
	cgroup_run(waits, "streams without memory, for a time");
	cgroup_run(ends, "streams without memory");
}
