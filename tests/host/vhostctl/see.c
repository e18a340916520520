// SPDX-License-Identifier: GPL-2.0-only
/*
 * list, show, stats and prometheus, on devices of this process: what they say about
 * what is known exactly, and that the rest is there.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/device.h"
#include "lib/netdev.h"
#include "lib/report.h"
#include "lib/workers.h"
#include "run.h"

enum { NUM = 64, HDR = 12, LEN = 100, FRAMES = 10, WAIT_MS = 3000 };

#define EMPTY "DEVICE  STATE  PID  OWNER  RING  QUEUES  WORKERS  IN FLIGHT\n"
#define NO_DEVICE "; vhostctl list shows those there are\n"

/* ---- none ------------------------------------------------------------- */

static void nothing(void)
{
	expect("list", 0, EMPTY, "");
	expect("list --json", 0, "[]\n", "");
	expect("stats", 0, "", "");
	expect("stats -j", 0, "[]\n", "");
	expect("show net0", 1, "", "vhostctl: net0: no such device" NO_DEVICE);
	expect("stats 0", 1, "", "vhostctl: 0: no such device" NO_DEVICE);
	expect_lines("prometheus", (const char *const[]){
		"# TYPE vhost_device_info gauge",
		"# TYPE vhost_queue_kicks_total counter", NULL });
}

/* ---- one without an owner --------------------------------------------- */

static void unowned(void)
{
	int fd = vsock_device(100);

	expect("list", 0,
	       "DEVICE  STATE    PID  OWNER  RING  QUEUES  WORKERS  IN FLIGHT\n"
	       "vsock0  unowned    -  -      -          2        0          0\n",
	       "");
	expect("list -j", 0,
	       "[\n  {\n    \"device\": \"vsock0\",\n    \"id\": 0,\n"
	       "    \"kind\": \"vsock\",\n    \"state\": \"unowned\",\n"
	       "    \"pid\": null,\n    \"owner\": \"\",\n    \"ring\": \"-\",\n"
	       "    \"queues\": 2,\n    \"workers\": 0,\n    \"in_flight\": 0\n"
	       "  }\n]\n", "");
	expect_lines("show vsock0", (const char *const[]){
		"vsock0: unowned", "  owner     none", "  features  -",
		"  backend   -", "  memory    0 regions",
		"  queue 0   rx, stopped, split ring of 0, 0 in flight, no kick eventfd, no call eventfd",
		NULL });
	expect("show net0", 1, "", "vhostctl: net0: no such device" NO_DEVICE);
	expect("stats vsock0", 0, "", "");
	expect_lines("stats vsock0 -j", (const char *const[]){
		"    \"device\": \"vsock0\",", "    \"kicks\": 0,", NULL });
	close(fd);
	expect("list", 0, EMPTY, "");
}

/* ---- one at work ------------------------------------------------------ */

static void send_frames(struct queue *q, int n)
{
	for (int i = 0; i < n; i++) {
		struct drv_buf buf = { MEMORY_DATA_GPA, HDR + LEN };
		struct drv_chain c = { .buf = &buf, .n_read = 1 };
		struct drv_used used;

		drv_enable_calls(&q->ring);
		if (drv_add(&q->ring, &c) != DRV_GOT)
			report_die("drv_add");
		drv_publish(&q->ring);
		queue_kick(q);
		if (!event_wait(q->call, WAIT_MS) ||
		    drv_get_used(&q->ring, &used) != DRV_GOT)
			report_ok(false, "a frame comes back");
	}
	usleep(50000);	/* the worker counts, and waits for kicks again */
}

static void names(void)
{
	static const char *const lines[] = { "net0: running", NULL };

	expect_lines("show net0", lines);
	expect_lines("show vhost-net0", lines);
	expect_lines("show 0", lines);
	expect("show net", 1, "", "vhostctl: net: no such device" NO_DEVICE);
	expect("show vsock0", 1, "", "vhostctl: vsock0: no such device" NO_DEVICE);
	expect("show 00", 1, "", "vhostctl: 00: no such device" NO_DEVICE);
}

static void listed(void)
{
	int pid = getpid(), width = snprintf(NULL, 0, "%d", pid);
	char out[256];

	width = width < 3 ? 3 : width;
	snprintf(out, sizeof(out),
		 "DEVICE  STATE    %*s  OWNER     RING    QUEUES  WORKERS  IN FLIGHT\n"
		 "net0    running  %*d  vhostctl  packed       2        1          0\n",
		 width, "PID", width, pid);
	expect("list", 0, out, "");
}

static void shown(void)
{
	char owner[64], json_pid[64], worker[128], json_tid[64];
	unsigned int count = 0;
	pid_t tid = find_worker("/proc/self/task", &count);

	snprintf(owner, sizeof(owner), "  owner     %d vhostctl", getpid());
	snprintf(worker, sizeof(worker), "  worker 0  thread %d vhost-%d, ", tid,
		 getpid());
	snprintf(json_pid, sizeof(json_pid), "  \"pid\": %d,", getpid());
	snprintf(json_tid, sizeof(json_tid), "      \"tid\": %d,", tid);
	expect_lines("show net0", (const char *const[]){
		"net0: running", owner, worker,
		"  features  VERSION_1 RING_PACKED", "  backend   -",
		"  memory    41 regions",
		"  queue 0   rx, running, packed ring of 64, avail 0 wrap 1, used 0 wrap 1, 0 in flight, worker 0",
		"  queue 1   tx, running, packed ring of 64, avail 10 wrap 1, used 10 wrap 1, 0 in flight, worker 0",
		NULL });
	expect_lines("show net0 --json", (const char *const[]){
		"  \"device\": \"net0\",", json_pid, json_tid,
		"  \"features\": \"0x500000000\",",
		"    \"RING_PACKED\"", "  \"mem_regions\": 41,",
		"      \"avail\": 32778,", "      \"failure\": null", NULL });
}

static void counted(void)
{
	expect_lines("stats net0", (const char *const[]){
		"net0 tx[1]",
		"  kicks                              10",
		"  chains                             10",
		"  done                               10",
		"  bytes_read                       1120",
		"  calls                              10", NULL });
	expect_lines("stats -j", (const char *const[]){
		"    \"device\": \"net0\",", "    \"queue\": 1,",
		"    \"name\": \"tx\",", "    \"bytes_read\": 1120,",
		"    \"breaks\": {}", NULL });
	expect_lines("prometheus", (const char *const[]){
		"vhost_queue_chains_total{device=\"net0\",queue=\"1\",name=\"tx\"} 10",
		"vhost_queue_size{device=\"net0\",queue=\"0\",name=\"rx\"} 64",
		"vhost_queue_broken{device=\"net0\",queue=\"1\",name=\"tx\"} 0",
		NULL });
}

/* What others read is read by their programs, too. */
static void read_by_others(void)
{
	expect_filter("list -j", "python3 -m json.tool >/dev/null");
	expect_filter("show net0 -j", "python3 -m json.tool >/dev/null");
	expect_filter("stats -j", "python3 -m json.tool >/dev/null");
	expect_filter("prometheus", "python3 -c \""
		"import sys\n"
		"from prometheus_client.parser import text_string_to_metric_families as parse\n"
		"n = sum(len(f.samples) for f in parse(sys.stdin.read()))\n"
		"sys.exit(n < 40)\"");
}

/* An avail index that no driver could have. */
static void broken(struct device *d)
{
	struct queue *q = &d->q[TX];

	q->ring.pdesc[q->ring.next_avail].addr = 0x200000000ull;
	q->ring.pdesc[q->ring.next_avail].len = 100;
	q->ring.pdesc[q->ring.next_avail].id = 0;
	__atomic_store_n(&q->ring.pdesc[q->ring.next_avail].flags, 1 << 7,
			 __ATOMIC_RELEASE);
	queue_kick(q);
	event_wait(q->err, WAIT_MS);
	expect_lines("show net0", (const char *const[]){
		"net0: broken",
		"            last failure: ", NULL });
	expect_lines("show net0 -j", (const char *const[]){
		"      \"failure\": {",
		"        \"value\": \"0x200000000\"", NULL });
	expect_lines("stats net0", (const char *const[]){
		"  breaks                              1  ", NULL });
	expect_lines("prometheus", (const char *const[]){
		"vhost_queue_broken{device=\"net0\",queue=\"1\",name=\"tx\"} 1",
		"vhost_queue_breaks_total{device=\"net0\",queue=\"1\",name=\"tx\",cause=\"",
		NULL });
}

/* Only what does not depend on the time: a queue that does nothing, and one that did. */
static void topped(void)
{
	expect_lines("top -d 0.05 -n 2", (const char *const[]){
		"DEVICE    QUEUE      KICKS/s CHAINS/s   READ/s  WRITE/s  CALLS/s   DROP/s FLIGHT  CPU%  STATE",
		"net0      rx[0]            0        0        0        0        0        0      0 ",
		"net0      tx[1]            0        0        0        0        0        0      0 ",
		NULL });
}

static void at_work(void)
{
	struct device d;
	struct link l;

	device_open(&d);
	link_tap(&l, HDR);
	if (device_ready(&d, F_V1 | F_PACKED, NUM) ||
	    device_set_backend(&d, l.backend))
		report_die("device");
	send_frames(&d.q[TX], FRAMES);
	names();
	listed();
	shown();
	counted();
	read_by_others();
	topped();
	broken(&d);
	run_unprivileged(true);
	expect("list", 1, "", "vhostctl: the devices of this host: not permitted: that needs CAP_NET_ADMIN, ");
	expect("prometheus", 1, "", "vhostctl: the devices of this host: not permitted: that needs CAP_NET_ADMIN, ");
	run_unprivileged(false);
	link_close(&l);
	device_close(&d);
	expect("list", 0, EMPTY, "");
}

/* ---- what happens ----------------------------------------------------- */

/* It listens from some moment on; devices come and go until it has heard of one. */
static struct tool start_watch(const char *words)
{
	struct tool t = tool_start(words);
	uint64_t end = now_ms() + WAIT_MS;

	while (!tool_printed(&t) && now_ms() < end) {
		close(vsock_device(100));
		usleep(10000);
	}
	return t;
}

static void happen(struct device *d, struct link *l)
{
	device_open(d);
	link_tap(l, HDR);
	if (device_ready(d, F_V1 | F_PACKED, NUM) ||
	    device_set_backend(d, l->backend))
		report_die("device");
	d->q[TX].ring.pdesc[0].addr = 0x200000000ull;
	d->q[TX].ring.pdesc[0].len = 100;
	__atomic_store_n(&d->q[TX].ring.pdesc[0].flags, 1 << 7, __ATOMIC_RELEASE);
	queue_kick(&d->q[TX]);
	event_wait(d->q[TX].err, WAIT_MS);
	link_close(l);
	device_close(d);
}

static void watched(void)
{
	struct tool t = start_watch("watch");
	char want[1024];
	struct device d;
	struct link l;

	happen(&d, &l);
	snprintf(want, sizeof(want),
		 "net0 opened\n"
		 "net0 owned, owner %d vhostctl\n"
		 "net0 rx[0] running\nnet0 tx[1] running\n"
		 "net0 tx[1] broken: address in no region, index 0, value 0x200000000\n"
		 "net0 closing, owner %d vhostctl\n"
		 "net0 rx[0] stopped\nnet0 tx[1] stopped\n"
		 "net0 closing\nnet0 closed\n", getpid(), getpid());
	tool_end(&t, "watch", want);

	t = start_watch("watch --json");
	close(vsock_device(100));
	tool_end(&t, "watch --json",
		 "{\"device\": \"vsock0\", \"queue\": null, \"event\": \"opened\", \"pid\": null, \"owner\": \"\"}\n"
		 "{\"device\": \"vsock0\", \"queue\": null, \"event\": \"closing\", \"pid\": null, \"owner\": \"\"}\n"
		 "{\"device\": \"vsock0\", \"queue\": null, \"event\": \"closed\", \"pid\": null, \"owner\": \"\"}\n");
	run_unprivileged(true);
	expect("watch", 1, "", "vhostctl: the devices of this host: not permitted: that needs CAP_NET_ADMIN, ");
	run_unprivileged(false);
}

void see_not(void)
{
	const char *why = "vhostctl: the kernel's own vhost modules are loaded, which do not show their devices; Ringside's do\n";

	expect("list", 1, "", why);
	expect("show net0 -j", 1, "", why);
	expect("stats", 1, "", why);
	expect("watch", 1, "", why);
	expect("prometheus", 1, "", why);
}

void see(void)
{
	nothing();
	unowned();
	if (access("/dev/vhost-net", F_OK))
		report_skip("no vhost_net", "a network device");
	else {
		at_work();
		watched();
	}
}
