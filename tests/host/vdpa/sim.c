// SPDX-License-Identifier: GPL-2.0-only
/*
 * A disk of the kernel's simulator, "simblk" on the bus, or of a daemon behind
 * VDUSE, "vduseblk", with the driver's side here: requests, suspend and resume, a
 * reset, memory that goes. The same with the kernel's own vhost_vdpa, to compare.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/virtio_blk.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "driver/driver.h"
#include "lib/parts.h"
#include "vdpa/tests.h"

enum {
	NUM = 64,
	BYTES = 1 << 21,
	DATA = 1 << 20,			/* where data begins */
	SECTORS = 8,			/* of a request */
	REQUESTS = 40,
};
#define IOVA 0x10000000ull

struct request {
	struct virtio_blk_outhdr out;
	uint8_t status;
	uint8_t pad[47];
	uint8_t data[SECTORS * 512];
};

struct disk {
	int fd, kick, call;
	uint8_t *memory;
	struct drv_ring ring;
	struct drv_mem mem;
};

/* ---- set-up --------------------------------------------------------------- */

static const char *disk_name;

static int try_open(void)
{
	return open(node_path(disk_name), O_RDWR | O_CLOEXEC);
}

static void memory_new(struct disk *d)
{
	int file = memfd_create("guest", MFD_CLOEXEC);

	if (file < 0 || ftruncate(file, BYTES))
		report_die("memfd");
	d->memory = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, file,
			 0);
	if (d->memory == MAP_FAILED)
		report_die("mmap");
	memset(d->memory, 0, BYTES);
	close(file);
	d->mem = (struct drv_mem){ d->memory, BYTES, IOVA };
}

static void ring_new(struct disk *d)
{
	struct drv_config cfg = { .format = DRV_SPLIT, .num = NUM };

	drv_layout(&cfg, d->memory, 4096);
	if (!drv_init(&d->ring, &cfg))
		report_die("drv_init");
}

static int set_ring(struct disk *d)
{
	void **area = d->ring.cfg.area;
	struct vhost_vring_addr a = {
		.desc_user_addr = drv_addr(&d->mem, area[DRV_DESC]),
		.avail_user_addr = drv_addr(&d->mem, area[DRV_DRIVER]),
		.used_user_addr = drv_addr(&d->mem, area[DRV_DEVICE]),
	};

	return cmd(d->fd, VHOST_SET_VRING_ADDR, &a);
}

/* From a reset to DRIVER_OK, without a base. */
static void start(struct disk *d)
{
	uint64_t f = get_u64(d->fd, VHOST_GET_FEATURES) & (F_V1 | F_IOMMU);

	if (set_status(d->fd, ACKNOWLEDGE | DRIVER) ||
	    set_features(d->fd, f) ||
	    set_status(d->fd, ACKNOWLEDGE | DRIVER | FEATURES_OK) ||
	    set_state(d->fd, VHOST_SET_VRING_NUM, 0, NUM) || set_ring(d) ||
	    set_file(d->fd, VHOST_SET_VRING_KICK, 0, d->kick) ||
	    set_file(d->fd, VHOST_SET_VRING_CALL, 0, d->call) ||
	    set_state(d->fd, VHOST_VDPA_SET_VRING_ENABLE, 0, 1) ||
	    set_status(d->fd, ACKNOWLEDGE | DRIVER | FEATURES_OK | DRIVER_OK))
		report_die("the disk does not start");
}

static void disk_open(struct disk *d)
{
	uint64_t backend;

	*d = (struct disk){ .fd = try_open() };
	if (d->fd < 0)
		report_die("%s", disk_name);
	d->kick = event_new();
	d->call = event_new();
	backend = get_u64(d->fd, VHOST_GET_BACKEND_FEATURES);
	if (cmd(d->fd, VHOST_SET_OWNER, NULL) ||
	    cmd(d->fd, VHOST_SET_BACKEND_FEATURES, &backend))
		report_die("SET_OWNER, SET_BACKEND_FEATURES");
	memory_new(d);
	ring_new(d);
}

static void disk_close(struct disk *d)
{
	close(d->fd);
	close(d->kick);
	close(d->call);
	drv_exit(&d->ring);
	munmap(d->memory, BYTES);
}

/* ---- requests ------------------------------------------------------------- */

static struct request *request_of(struct disk *d, uint32_t i)
{
	return (struct request *)(d->memory + DATA) + i;
}

static void add(struct disk *d, uint32_t i, uint32_t type, uint64_t sector)
{
	struct request *r = request_of(d, i);
	bool in = type == VIRTIO_BLK_T_IN;
	struct drv_buf buf[3] = {
		{ drv_addr(&d->mem, &r->out), sizeof(r->out) },
		{ drv_addr(&d->mem, r->data), sizeof(r->data) },
		{ drv_addr(&d->mem, &r->status), 1 },
	};
	struct drv_chain chain = { buf, in ? 1 : 2, in ? 2 : 1, 0, i };

	r->out = (struct virtio_blk_outhdr){ type, 0, sector };
	r->status = 0xff;
	if (drv_add(&d->ring, &chain) != DRV_GOT)
		report_die("drv_add");
	drv_publish(&d->ring);
}

/* What came back within @ms, notifications included. */
static uint32_t take(struct disk *d, uint32_t want, int ms)
{
	struct pollfd p = { .fd = d->call, .events = POLLIN };
	uint64_t end = now_ms() + ms;
	struct drv_used used;
	uint32_t n = 0;

	while (n < want && now_ms() < end) {
		while (drv_get_used(&d->ring, &used) == DRV_GOT)
			n++;
		if (n < want && poll(&p, 1, 50) > 0)
			event_take(d->call);
	}
	return n;
}

static bool one(struct disk *d, uint32_t i, uint32_t type, uint64_t sector)
{
	add(d, i, type, sector);
	event_add(d->kick);
	return take(d, 1, 3000) == 1 && request_of(d, i)->status == 0;
}

static bool round_trip(struct disk *d, uint32_t i, uint8_t byte)
{
	struct request *r = request_of(d, i);

	memset(r->data, byte, sizeof(r->data));
	if (!one(d, i, VIRTIO_BLK_T_OUT, i * SECTORS))
		return false;
	memset(r->data, 0, sizeof(r->data));
	return one(d, i, VIRTIO_BLK_T_IN, i * SECTORS) && r->data[0] == byte &&
	       r->data[sizeof(r->data) - 1] == byte;
}

/* ---- tests ---------------------------------------------------------------- */

static void check_traffic(struct disk *d)
{
	uint32_t wrong = 0;

	for (uint32_t i = 0; i < REQUESTS; i++)
		wrong += !round_trip(d, i, i + 1);
	report_ok(!wrong, "%u of %u round trips went wrong", wrong, REQUESTS);
	report_ok(get_state(d->fd, VHOST_GET_VRING_BASE, 0) == 2 * REQUESTS,
		  "the base is what was used");
}

static void check_pause(struct disk *d)
{
	int64_t base;

	went(cmd(d->fd, VHOST_VDPA_SUSPEND, NULL), 0, "SUSPEND");
	base = get_state(d->fd, VHOST_GET_VRING_BASE, 0);
	add(d, 0, VIRTIO_BLK_T_IN, 0);
	add(d, 1, VIRTIO_BLK_T_IN, SECTORS);
	event_add(d->kick);
	report_ok(!take(d, 1, 200), "a suspended disk does nothing");
	report_ok(get_state(d->fd, VHOST_GET_VRING_BASE, 0) == base,
		  "and keeps its base");
	went(cmd(d->fd, VHOST_VDPA_RESUME, NULL), 0, "RESUME");
	report_ok(take(d, 2, 3000) == 2 && !request_of(d, 1)->status,
		  "both requests are served, without a new kick");
}

/* The same without a kick before: only RESUME can wake the disk. */
static void check_quiet_pause(struct disk *d)
{
	cmd(d->fd, VHOST_VDPA_SUSPEND, NULL);
	add(d, 0, VIRTIO_BLK_T_IN, 0);
	cmd(d->fd, VHOST_VDPA_RESUME, NULL);
	if (is_kernels_own())
		event_add(d->kick);
	report_ok(take(d, 1, 3000) == 1, "what was added while it slept");
}

static void check_reset(struct disk *d)
{
	cmd(d->fd, VHOST_VDPA_SUSPEND, NULL);
	went(set_status(d->fd, 0), 0, "a reset while suspended");
	drv_exit(&d->ring);
	ring_new(d);
	start(d);
	report_ok(round_trip(d, 3, 99), "a new ring from its beginning");
	report_ok(get_state(d->fd, VHOST_GET_VRING_BASE, 0) == 2, "base");
}

/* The memory of buffers goes while the ring stays. */
static void check_unmapped(struct disk *d)
{
	went(unmap(d->fd, 0, IOVA + DATA, DATA), 0, "unmap the data");
	add(d, 4, VIRTIO_BLK_T_IN, 0);
	event_add(d->kick);
	take(d, 1, 300);
	report_ok(request_of(d, 4)->status == 0xff, "no byte is written there");
	went(map(d->fd, 0, IOVA + DATA, DATA, d->memory + DATA, 3), 0,
	     "map it again");
	set_status(d->fd, 0);
	drv_exit(&d->ring);
	ring_new(d);
	start(d);
	report_ok(round_trip(d, 5, 7), "then it works");
}

static void disk_start(struct disk *d)
{
	disk_open(d);
	if (map(d->fd, 0, IOVA, DATA, d->memory, 3) ||
	    map(d->fd, 0, IOVA + DATA, DATA, d->memory + DATA, 3))
		report_die("map");
	start(d);
}

static void use_disk(void)
{
	struct disk d;

	disk_start(&d);
	check_traffic(&d);
	check_pause(&d);
	check_quiet_pause(&d);
	check_reset(&d);
	check_unmapped(&d);
	disk_close(&d);
	report_ok(!pinned_kib(), "after close nothing is pinned");
}

void test_sim(void)
{
	int fd;

	disk_name = "simblk";
	fd = try_open();
	if (fd < 0)
		report_die("%s", disk_name);
	report_ok(get_u32(fd, VHOST_VDPA_GET_DEVICE_ID) == 2, "a disk");
	report_ok(try_open() < 0 && errno == EBUSY, "open once at a time");
	close(fd);
	/* a second life of the same device, right after the first */
	use_disk();
	use_disk();
}

/* ---- a daemon that does not respond ---------------------------------------- */

static void daemon_send(int sig)
{
	if (kill(env_number("VDUSE_PID", 0), sig))
		report_die("VDUSE_PID");
}

static void set_timeout(int seconds)
{
	FILE *f = fopen("/sys/class/vduse/vduseblk/msg_timeout", "w");

	if (!f || fprintf(f, "%d", seconds) < 0 || fclose(f))
		report_die("msg_timeout");
}

static void check_life(void)
{
	struct disk d;

	disk_start(&d);
	check_traffic(&d);
	disk_close(&d);
}

/* What waits for the daemon, each in a process that is then killed. */
static int wait_status(int unused)
{
	struct disk d;

	(void)unused;
	disk_start(&d);
	daemon_send(SIGSTOP);
	return set_status(d.fd, 0);
}

static int wait_base(int unused)
{
	struct disk d;

	(void)unused;
	disk_start(&d);
	daemon_send(SIGSTOP);
	return get_state(d.fd, VHOST_GET_VRING_BASE, 0) < 0;
}

static int wait_unmap(int unused)
{
	struct disk d;

	(void)unused;
	disk_start(&d);
	daemon_send(SIGSTOP);
	return unmap(d.fd, 0, IOVA, DATA);
}

static int wait_close(int unused)
{
	struct disk d;

	(void)unused;
	disk_start(&d);
	daemon_send(SIGSTOP);
	return close(d.fd);
}

/* Another open meets EBUSY until the daemon has responded, and no longer. */
static bool is_free_soon(void)
{
	for (int i = 0; i < 100; i++) {
		int fd = try_open();

		if (fd >= 0) {
			close(fd);
			return true;
		}
		usleep(10000);
	}
	return false;
}

static void check_kill(int (*fn)(int unused), const char *what)
{
	uint64_t start;
	int status = 0;
	pid_t pid = fork();

	if (!pid)
		_exit(fn(-1));
	usleep(700000);
	report_ok(!waitpid(pid, &status, WNOHANG), "%s: waits", what);
	start = now_ms();
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	report_ok(WIFSIGNALED(status) && now_ms() - start < 3000,
		  "%s: and is killed within %u ms", what,
		  (unsigned int)(now_ms() - start));
	daemon_send(SIGCONT);
	report_ok(is_free_soon(), "%s: the device is free when it goes on",
		  what);
}

/* The daemon does not respond within the time that VDUSE gives it. */
static void check_timeout(void)
{
	uint64_t start;
	struct disk d;
	int64_t base;

	disk_start(&d);
	set_timeout(1);
	daemon_send(SIGSTOP);
	start = now_ms();
	base = get_state(d.fd, VHOST_GET_VRING_BASE, 0);
	report_ok(base < 0 && now_ms() - start < 5000,
		  "a timeout ends the wait: %s", errno_name(-base));
	disk_close(&d);
	report_ok(!pinned_kib(), "and close, too");
	daemon_send(SIGCONT);
}

void test_vduse(void)
{
	disk_name = "vduseblk";
	set_timeout(0);		/* for ever */
	check_life();
	check_kill(wait_status, "SET_STATUS");
	check_life();
	check_kill(wait_base, "GET_VRING_BASE");
	check_kill(wait_unmap, "unmap");
	check_kill(wait_close, "close");
	check_life();
	check_timeout();
}
