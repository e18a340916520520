// SPDX-License-Identifier: GPL-2.0-only
/*
 * The dirty log: each page the device writes has its bit set: data, sense,
 * responses, events, rings; also when the log was switched on while a command
 * was already in the disk. No other page has.
 */
#include <pthread.h>
#include <unistd.h>

#include "lib/dirty.h"
#include "tests.h"

enum {
	PAGE = 4096,
	PAGES = (SCSI_BIG_GPA + SCSI_BIG) / PAGE,
	LOG_BYTES = PAGES / 8,
	CANARY = 64,
};

static uint8_t log_bits[LOG_BYTES + CANARY], must[LOG_BYTES], may[LOG_BYTES];

/* What can be written at any time: rings, and all response headers. */
static void mark_rings(struct scsi_guest *g)
{
	for (int i = 0; i < SCSI_QUEUES; i++) {
		const struct drv_config *c = &g->d.q[i].cfg;

		for (int a = 0; a < DRV_AREAS; a++)
			dirty_mark(may, memory_gpa(&g->d.mem, c->area[a]),
			     drv_area_bytes(c->format, c->num, a, true));
	}
}

static void clear(struct scsi_guest *g)
{
	memset(log_bits, 0, LOG_BYTES);
	memset(log_bits + LOG_BYTES, 0xa5, CANARY);
	memset(must, 0, LOG_BYTES);
	memset(may, 0, LOG_BYTES);
	mark_rings(g);
}

static void log_on(struct scsi_guest *g, bool on)
{
	uint64_t base = (uintptr_t)log_bits;
	uint64_t features = g->d.features | (on ? F_LOG_ALL : 0);

	if (cmd(g->d.fd, VHOST_SET_LOG_BASE, &base) ||
	    cmd(g->d.fd, VHOST_SET_FEATURES, &features))
		report_die("log");
	for (int i = 0; i < SCSI_QUEUES; i++) {
		g->d.q[i].log = on;
		if (queue_set_addr(&g->d.q[i]))
			report_die("log of queue %d", i);
	}
}

static void check_log(const char *name, const char *what)
{
	uint32_t missing = 0, extra = 0;
	uint64_t first = 0, wrong = 0;
	bool behind = false;

	for (uint64_t p = 0; p < PAGES; p++) {
		if (dirty_get(must, p) && !dirty_get(log_bits, p)) {
			first = missing++ ? first : p;
		} else if (dirty_get(log_bits, p) && !dirty_get(must, p) && !dirty_get(may, p)) {
			wrong = extra++ ? wrong : p;
		}
	}
	for (int i = 0; i < CANARY; i++)
		behind |= log_bits[LOG_BYTES + i] != 0xa5;
	report_ok(!missing && !extra && !behind,
		  "%s: %s: %u pages written are missing (%#llx), %u were not written (%#llx)",
		  name, what, missing, (unsigned long long)first * PAGE, extra,
		  (unsigned long long)wrong * PAGE);
}

/* A slot's response header, before the slot is known: the first free one's. */
static void must_respond(struct scsi_guest *g, int slot)
{
	dirty_mark(must, scsi_resp_gpa(g, slot),
	     sizeof(struct virtio_scsi_cmd_resp) - 96);
	dirty_mark(may, scsi_resp_gpa(g, slot), sizeof(struct virtio_scsi_cmd_resp));
}

static void one(struct scsi_guest *g, const char *name, const char *what,
		struct scsi_io *io, bool good)
{
	struct scsi_result r;
	int slot;

	clear(g);
	slot = scsi_send(g, io);
	if (good)
		dirty_mark(must, io->in, io->in_len);
	else
		dirty_mark(may, io->in, io->in_len);
	must_respond(g, slot);
	r = scsi_take(g, slot, SCSI_SOON);
	report_ok(scsi_good(&r) == good, "%s: %s: %s", name, what,
		  scsi_text(&r));
	check_log(name, what);
}

static void commands(struct scsi_guest *g, const char *name, uint16_t lun)
{
	struct scsi_io io = scsi_io(lun, 0);

	scsi_do(g, &io);
	io = scsi_rw(lun, false, 10, 0, 8, SCSI_BIG_GPA + 5 * PAGE);
	one(g, name, "READ of a page", &io, true);
	io = scsi_rw(lun, false, 10, 0, 800, SCSI_BIG_GPA + 9 * PAGE + 512);
	io.piece = 64 * SCSI_BLOCK;
	one(g, name, "READ of 400 KiB, offset by 512", &io, true);
	io = scsi_rw(lun, false, 10, 0, 16, SCSI_BIG_GPA + 50 * PAGE + 4093);
	one(g, name, "READ at an odd place", &io, true);
	io = scsi_rw(lun, false, 10, 0, 16, SCSI_BIG_GPA + 60 * PAGE);
	io.piece = 1000;
	one(g, name, "READ in odd pieces", &io, true);
	io = scsi_rw(lun, true, 10, 0, 16, SCSI_BIG_GPA + 70 * PAGE);
	one(g, name, "WRITE", &io, true);
	io = scsi_rw(lun, false, 10, 1 << 30, 8, SCSI_BIG_GPA + 80 * PAGE);
	one(g, name, "READ beyond the end: sense", &io, false);
}

static void inquiry(struct scsi_guest *g, const char *name)
{
	struct scsi_io io = scsi_inquiry(0);

	io.in = SCSI_BIG_GPA + 90 * PAGE - 10;
	one(g, name, "INQUIRY across a page's end", &io, true);
}

static void control(struct scsi_guest *g, const char *name)
{
	uint8_t lun[8];
	int slot;

	clear(g);
	scsi_lun(lun, 1, 0);
	slot = scsi_tmf_send(g, VIRTIO_SCSI_T_TMF_LOGICAL_UNIT_RESET, lun, 0);
	dirty_mark(must, scsi_resp_gpa(g, slot), 1);
	scsi_tmf_take(g, slot, SCSI_SOON);
	check_log(name, "a control response");
}

static void event(struct scsi_guest *g, const char *name)
{
	struct virtio_scsi_event e;
	bool got;

	scsi_give_events(g, 1);
	clear(g);
	dirty_mark(must, SCSI_BIG_GPA + SCSI_BIG - 16384, sizeof(e));
	lio_lun_add(&target.tpg, 9, &target.disk);
	got = scsi_event(g, &e, SCSI_SOON);
	report_ok(got, "%s: an event", name);
	check_log(name, "an event");
	lio_lun_remove(&target.tpg, 9);
}

static void run(struct scsi_guest *g, const char *name)
{
	log_on(g, true);
	commands(g, name, 0);
	inquiry(g, name);
	control(g, name);
	event(g, name);
	log_on(g, false);
	clear(g);
	report_ok(scsi_works(g, 0), "%s: works without the log", name);
	check_log(name, "nothing is logged then");
}

struct switcher {
	struct scsi_guest *g;
	bool done;
};

static void *switch_on(void *arg)
{
	struct switcher *s = arg;

	log_on(s->g, true);
	__atomic_store_n(&s->done, true, __ATOMIC_RELEASE);
	return NULL;
}

/*
 * In the disk when the log is switched on: it must be in it, unless the device
 * waits for the command before it is done with switching.
 */
static void run_held(struct scsi_guest *g, const char *name)
{
	struct scsi_io io = scsi_rw(1, false, 10, 0, 64, SCSI_BIG_GPA);
	struct switcher s = { .g = g };
	struct scsi_result r;
	pthread_t thread;
	bool waits;
	int slot;

	scsi_works(g, 1);
	disk_pause(&target.paused);
	slot = scsi_send(g, &io);
	scsi_works(g, 0);	/* behind it in the same queue */
	clear(g);
	pthread_create(&thread, NULL, switch_on, &s);
	for (int i = 0; i < 60; i++)
		if (!__atomic_load_n(&s.done, __ATOMIC_ACQUIRE))
			usleep(5000);
	waits = !__atomic_load_n(&s.done, __ATOMIC_ACQUIRE);
	dirty_mark(waits ? may : must, io.in, io.in_len);
	if (waits)
		dirty_mark(may, scsi_resp_gpa(g, slot), SCSI_HEADER);
	else
		must_respond(g, slot);
	disk_resume(&target.paused);
	pthread_join(thread, NULL);
	r = scsi_take(g, slot, SCSI_SOON);
	report_ok(scsi_good(&r), "%s: READ under way (switching %s): %s",
		  name, waits ? "waits for it" : "does not wait",
		  scsi_text(&r));
	check_log(name, "READ under way when the log is switched on");
	commands(g, name, 1);
	log_on(g, false);
}

/* And one that waits at a stop is written before the base is read. */
static void run_stop(struct scsi_guest *g, const char *name)
{
	struct scsi_io io = scsi_rw(0, false, 10, 0, 64, SCSI_BIG_GPA);
	int slot[20];

	log_on(g, true);
	clear(g);
	for (int i = 0; i < 20; i++) {
		io.in = SCSI_BIG_GPA + (uint64_t)i * 10 * PAGE;
		slot[i] = scsi_send(g, &io);
	}
	scsi_clear_endpoint(g, WWN, 1);
	queue_base(&g->d.q[SCSI_IO]);
	scsi_poll(g);
	for (int i = 0; i < 20; i++) {
		io.in = SCSI_BIG_GPA + (uint64_t)i * 10 * PAGE;
		dirty_mark(g->slot[slot[i]].back ? must : may, io.in, io.in_len);
		dirty_mark(may, scsi_resp_gpa(g, slot[i]),
		     sizeof(struct virtio_scsi_cmd_resp));
	}
	report_ok(queue_base(&g->d.q[SCSI_IO]) == queue_place(&g->d.q[SCSI_IO]),
		  "%s: all that was taken is back", name);
	check_log(name, "20 READs at a stop");
	log_on(g, false);
	scsi_set_endpoint(g, WWN, 1);
	queue_kick(&g->d.q[SCSI_IO]);
	for (int i = 0; i < 20; i++)
		if (!scsi_take(g, slot[i], SCSI_SOON).back)
			report_ok(false, "%s: READ %d is lost", name, i);
}

void test_dirty_log(void)
{
	target_up();
	each_kind(SCSI_F_HOTPLUG, run);
	each_kind(0, run_stop);
	target_down();
	if (!target_up_paused("dirty log of a disk that waits"))
		return;
	each_kind(0, run_held);
	target_down_paused();
}
