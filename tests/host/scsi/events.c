// SPDX-License-Identifier: GPL-2.0-only
/*
 * Events: LUNs that come, go and change, and those that were missed (5.6.6.3).
 */
#include "tests.h"

static unsigned int event_lun(const struct virtio_scsi_event *e)
{
	return (e->lun[2] & 0x3f) << 8 | e->lun[3];
}

static void expect(struct scsi_guest *g, const char *name, uint32_t what,
		   uint32_t reason, unsigned int lun)
{
	struct virtio_scsi_event e = { 0 };
	bool got = scsi_event(g, &e, SCSI_SOON);

	report_ok(got && le32toh(e.event) == what &&
		  le32toh(e.reason) == reason && e.lun[0] == 1 &&
		  e.lun[1] == 1 && event_lun(&e) == lun,
		  "%s: event %#x, reason %#x, LUN %u; want %#x, %#x, %u", name,
		  le32toh(e.event), le32toh(e.reason), event_lun(&e), what,
		  reason, lun);
}

static void nothing(struct scsi_guest *g, const char *name)
{
	struct virtio_scsi_event e;

	report_ok(!scsi_event(g, &e, SCSI_NOT), "%s: no event", name);
}

static void plug(struct scsi_guest *g, const char *name)
{
	static const unsigned int luns[] = { 1, 255, 256, 16383 };

	scsi_give_events(g, 16);
	nothing(g, name);
	for (unsigned int i = 0; i < COUNT(luns); i++) {
		lio_lun_add(&target.tpg, luns[i], &target.disk);
		expect(g, name, VIRTIO_SCSI_T_TRANSPORT_RESET,
		       VIRTIO_SCSI_EVT_RESET_RESCAN, luns[i]);
		report_ok(scsi_works(g, luns[i]), "%s: the new LUN works",
			  name);
		lio_lun_remove(&target.tpg, luns[i]);
		expect(g, name, VIRTIO_SCSI_T_TRANSPORT_RESET,
		       VIRTIO_SCSI_EVT_RESET_REMOVED, luns[i]);
	}
	nothing(g, name);
}

static uint32_t missed(struct scsi_guest *g)
{
	uint32_t n = 77;

	cmd(g->d.fd, VHOST_SCSI_GET_EVENTS_MISSED, &n);
	return n;
}

static void change(unsigned int times)
{
	while (times--) {
		lio_lun_add(&target.tpg, 9, &target.disk);
		lio_lun_remove(&target.tpg, 9);
	}
}

/* No buffer is left then. */
static void use_up(struct scsi_guest *g)
{
	uint32_t left;

	while ((left = drv_in_flight(&g->d.q[SCSI_EVENT].ring))) {
		struct virtio_scsi_event e;

		change(1);
		for (left = left < 2 ? left : 2; left; left--)
			if (!scsi_event(g, &e, SCSI_SOON))
				report_die("no event");
	}
}

/* All events there are, with new buffers; Return: how many. */
static unsigned int drain(struct scsi_guest *g, unsigned int *flagged)
{
	struct virtio_scsi_event e;
	unsigned int n = 0;

	*flagged = 0;
	for (;;) {
		if (!drv_in_flight(&g->d.q[SCSI_EVENT].ring))
			scsi_give_events(g, 16);
		if (!scsi_event(g, &e, SCSI_NOT))
			return n;
		n++;
		*flagged += !!(le32toh(e.event) & VIRTIO_SCSI_T_EVENTS_MISSED);
	}
}

/*
 * No buffer. Linux's own drops the event, and says so with the next one; ours
 * keeps 128 until there are buffers.
 */
static void no_buffers(struct scsi_guest *g, const char *name)
{
	unsigned int n, flagged;

	use_up(g);
	change(1);
	if (!scsi_is_ours(g)) {
		report_ok(missed(g) == 1, "%s: GET_EVENTS_MISSED says %u",
			  name, missed(g));
		scsi_give_events(g, 4);
		change(1);
		n = drain(g, &flagged);
		/* it may be reported by an event of its own (NO_EVENT) */
		report_ok((n == 2 || n == 3) && flagged == 1 && !missed(g),
			  "%s: reported with the next event (%u, %u)", name, n,
			  flagged);
		return;
	}
	report_ok(missed(g) == 0, "%s: nothing is missed yet", name);
	n = drain(g, &flagged);
	report_ok(n == 2 && !flagged, "%s: %u events come with new buffers",
		  name, n);
	use_up(g);
	drain(g, &flagged);
	use_up(g);
	change(60);
	n = drain(g, &flagged);
	report_ok(n == 120 && !flagged && !missed(g),
		  "%s: 120 changes: %u events, %u flagged", name, n, flagged);
	use_up(g);
	change(100);
	report_ok(missed(g) == 1, "%s: 200 changes: some are missed", name);
	n = drain(g, &flagged);
	report_ok(n >= 1 && n < 200 && flagged == 1 && !missed(g),
		  "%s: 200 changes: %u events, %u flagged", name, n, flagged);
}

/* What waits when the device is stopped is missed, as QEMU asks then. */
static void stopped(struct scsi_guest *g, const char *name)
{
	unsigned int n, flagged;

	use_up(g);
	change(1);
	scsi_clear_endpoint(g, WWN, 1);
	report_ok(missed(g) == 1, "%s: stopped before it was reported: %u missed",
		  name, missed(g));
	went(scsi_set_endpoint(g, WWN, 1), 0, "set again");
	if (!scsi_is_ours(g))
		change(1);
	n = drain(g, &flagged);
	report_ok(flagged == 1, "%s: reported after it (%u, %u flagged)", name, n,
		  flagged);
}

/* Flag as QEMU restores it after a migration. */
static void restored(struct scsi_guest *g, const char *name)
{
	struct virtio_scsi_event e = { 0 };
	uint32_t one = 1;

	scsi_give_events(g, 4);
	cmd(g->d.fd, VHOST_SCSI_SET_EVENTS_MISSED, &one);
	lio_lun_add(&target.tpg, 9, &target.disk);
	scsi_event(g, &e, SCSI_SOON);
	report_ok(le32toh(e.event) & VIRTIO_SCSI_T_EVENTS_MISSED,
		  "%s: missed before a move, reported after it: %#x", name,
		  le32toh(e.event));
	lio_lun_remove(&target.tpg, 9);
}

static void run(struct scsi_guest *g, const char *name)
{
	plug(g, name);
	no_buffers(g, name);
	stopped(g, name);
	restored(g, name);
	report_ok(scsi_works(g, 0), "%s: the disk works", name);
}

/* Without the feature no event is sent. */
static void run_without(struct scsi_guest *g, const char *name)
{
	scsi_give_events(g, 4);
	lio_lun_add(&target.tpg, 1, &target.disk);
	lio_lun_remove(&target.tpg, 1);
	nothing(g, name);
}

/* Too short for an event: it comes back sometime, and nothing is written behind. */
static void run_short(struct scsi_guest *g, const char *name)
{
	struct queue *q = &g->d.q[SCSI_EVENT];
	uint8_t *p = scsi_at(g, SCSI_BIG_GPA);
	struct drv_buf buf = { SCSI_BIG_GPA, 8 };
	struct drv_chain chain = { .buf = &buf, .n_write = 1 };
	bool clean = true;

	memset(p, 0xa5, 64);
	drv_add(&q->ring, &chain);
	drv_kick_prepare(&q->ring);
	queue_kick(q);
	lio_lun_add(&target.tpg, 1, &target.disk);
	lio_lun_remove(&target.tpg, 1);
	event_wait(q->call, SCSI_NOT);
	for (int i = 8; i < 64; i++)
		clean &= p[i] == 0xa5;
	report_ok(clean && scsi_works(g, 0),
		  "%s: an event buffer of 8 bytes: nothing behind is written",
		  name);
}

/* ---- capacity ----------------------------------------------------------- */

/* 5.6.6.3: PARAM_CHANGE; the reason is the ASC, and the ASCQ above it. */
static void run_capacity(struct scsi_guest *g, const char *name)
{
	uint64_t before = target.paused.sectors;
	struct scsi_io io = scsi_io(1, 0);

	scsi_do(g, &io);
	scsi_give_events(g, 4);
	disk_resize(&target.paused, before / 2);
	scsi_once(g, &io);	/* LIO looks at the size when it is used */
	expect(g, name, VIRTIO_SCSI_T_PARAM_CHANGE, 0x092a, 1);
	disk_resize(&target.paused, before);
	scsi_once(g, &io);
	expect(g, name, VIRTIO_SCSI_T_PARAM_CHANGE, 0x092a, 1);
	report_ok(scsi_works(g, 1), "%s: the disk works", name);
}

void test_events(void)
{
	target_up();
	each_kind(SCSI_F_HOTPLUG, run);
	each_kind(0, run_without);
	each_kind(SCSI_F_HOTPLUG, run_short);
	target_down();
	if (!target_up_paused("capacity"))
		return;
	each_kind(SCSI_F_HOTPLUG | SCSI_F_CHANGE, run_capacity);
	target_down_paused();
}
