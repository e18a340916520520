// SPDX-License-Identifier: GPL-2.0-only
/*
 * A test for each known hole of vhost-scsi and LIO that can be tried here.
 * CVE-2015-4036 (a tag out of range) is in configfs.c, CVE-2025-22083 (a second
 * SET_ENDPOINT) in endpoint.c.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests.h"

/* ---- CVE-2020-28374: EXTENDED COPY to a disk of somebody else ------------- */

/* SPC-4 6.4: a segment that copies block 0 between two NAA designators. */
static void put_copy(uint8_t *p, const uint8_t from[16], const uint8_t to[16])
{
	const uint8_t *naa[2] = { from, to };

	memset(p, 0, 16 + 2 * 32 + 28);
	p[3] = 2 * 32;		/* length of target descriptors */
	p[11] = 28;		/* of the segment descriptor */
	for (int i = 0; i < 2; i++) {
		uint8_t *t = p + 16 + 32 * i;

		t[0] = 0xe4;	/* identification descriptor */
		t[4] = 1;	/* binary */
		t[5] = 3;	/* NAA */
		t[7] = 16;
		memcpy(t + 8, naa[i], 16);
		t[30] = SCSI_BLOCK >> 8;
	}
	p += 16 + 2 * 32;
	p[0] = 2;		/* block to block */
	p[3] = 0x18;
	p[7] = 1;		/* from the first to the second */
	p[11] = 1;		/* one block */
}

/* The NAA designator of page 83; false: there is none. */
static bool naa_of(struct scsi_guest *g, uint16_t lun, uint8_t naa[16])
{
	struct scsi_io io = scsi_io(lun, 0x12);
	uint8_t *p = scsi_at(g, SCSI_BIG_GPA);
	struct scsi_result r;

	io.cdb[1] = 1;
	io.cdb[2] = 0x83;
	io.cdb[4] = 252;
	io.in = SCSI_BIG_GPA;
	io.in_len = 252;
	r = scsi_do(g, &io);
	if (!scsi_good(&r))
		return false;
	for (int at = 4; at < p[3] + 4; at += 4 + p[at + 3])
		if ((p[at + 1] & 15) == 3 && p[at + 3] == 16) {
			memcpy(naa, p + at + 4, 16);
			return true;
		}
	return false;
}

static void put_block(struct scsi_guest *g, uint32_t seed)
{
	struct scsi_io io = scsi_rw(0, true, 10, 0, 1, SCSI_BIG_GPA);

	scsi_fill(g, SCSI_BIG_GPA, SCSI_BLOCK, seed);
	scsi_do(g, &io);
}

static bool has_block(struct scsi_guest *g, uint32_t seed)
{
	struct scsi_io io = scsi_rw(0, false, 10, 0, 1, SCSI_BIG_GPA);

	scsi_do(g, &io);
	return !scsi_check(g, SCSI_BIG_GPA, SCSI_BLOCK, seed);
}

static struct scsi_result copy(struct scsi_guest *g, const uint8_t from[16],
			       const uint8_t to[16])
{
	struct scsi_io io = scsi_io(0, 0x83);

	put_copy(scsi_at(g, SCSI_BIG_GPA), from, to);
	io.out = SCSI_BIG_GPA;
	io.out_len = 16 + 2 * 32 + 28;
	io.cdb[13] = io.out_len;
	return scsi_do(g, &io);
}

static void extended_copy(void)
{
	struct scsi_guest mine, theirs;
	uint8_t here[16], there[16];
	struct lio_store secret;
	struct scsi_result r;
	struct lio_tpg tpg;

	lio_ramdisk(&secret, "secret", 256);
	lio_tpg_make(&tpg, OTHER_WWN, 1);
	lio_lun_add(&tpg, 0, &secret);
	scsi_start(&mine, F_V1, WWN);
	scsi_start(&theirs, F_V1, OTHER_WWN);
	put_block(&theirs, 111);
	put_block(&mine, 222);
	if (naa_of(&mine, 0, here) && naa_of(&theirs, 0, there)) {
		r = copy(&mine, there, here);
		report_ok(!scsi_good(&r) && has_block(&mine, 222),
			  "CVE-2020-28374: a copy from another guest's disk: %s",
			  scsi_text(&r));
		r = copy(&mine, here, there);
		report_ok(!scsi_good(&r) && has_block(&theirs, 111),
			  "CVE-2020-28374: a copy to another guest's disk: %s",
			  scsi_text(&r));
	} else {
		report_ok(false, "CVE-2020-28374: no designators");
	}
	scsi_close(&theirs);
	scsi_close(&mine);
	lio_tpg_remove(&tpg);
	lio_store_remove(&secret);
}

/* ---- CVE-2024-49863: a notification query kills the worker ---------------- */

static void run_query(struct scsi_guest *g, const char *name)
{
	unsigned int good = 0;

	for (uint32_t type = 1; type <= 2; type++) {
		struct virtio_scsi_ctrl_an_req req = {
			.type = htole32(type), .event_requested = htole32(2),
		};
		int slot = scsi_slot_get(g);
		struct drv_buf buf[2] = {
			{ scsi_req_gpa(g, slot), sizeof(req) },
			{ scsi_resp_gpa(g, slot), 5 },
		};

		scsi_lun(req.lun, 1, 0);
		memcpy(scsi_req(g, slot), &req, sizeof(req));
		scsi_add(g, SCSI_CONTROL, slot, buf, 1, 1, false);
		good += scsi_back(g, slot, SCSI_SOON);
		scsi_slot_put(g, slot);
	}
	report_ok(good == 2 && scsi_works(g, 0),
		  "CVE-2024-49863: %s: %u notification requests, the disk works",
		  name, good);
}

/* ---- CVE-2025-38074: the log's memory goes under a running queue ---------- */

static void run_log_gone(struct scsi_guest *g, const char *name)
{
	size_t bytes = (SCSI_BIG_GPA + SCSI_BIG) / 4096 / 8;
	void *log = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	uint64_t base = (uintptr_t)log, features = g->d.features | F_LOG_ALL;
	int err = cmd(g->d.fd, VHOST_SET_LOG_BASE, &base), slot[20], back = 0;

	if (!err)
		err = cmd(g->d.fd, VHOST_SET_FEATURES, &features);
	for (int i = 0; i < 20; i++) {
		struct scsi_io io = scsi_rw(0, false, 10, 0, 64,
					    SCSI_BIG_GPA + i * 32768);

		slot[i] = scsi_send(g, &io);
	}
	munmap(log, bytes);
	for (int i = 0; i < 20; i++)
		back += scsi_back(g, slot[i], 200);
	/* the log is switched off, and things are as they were */
	features = g->d.features;
	cmd(g->d.fd, VHOST_SET_FEATURES, &features);
	scsi_clear_endpoint(g, WWN, 1);
	for (unsigned int i = 0; i < SCSI_QUEUES; i++) {
		drv_exit(&g->d.q[i].ring);
		close(g->d.q[i].kick);
		close(g->d.q[i].call);
		close(g->d.q[i].err);
	}
	scsi_queues(g, 0, SCSI_QUEUES - 1);
	err = err ? err : scsi_set_endpoint(g, WWN, 1);
	report_ok(!err && scsi_works(g, 0),
		  "CVE-2025-38074: %s: a log that goes (%d of 20 back), then all anew: %s",
		  name, back, errno_name(err));
}

/* ---- CVE-2026-93782: commands in the disk when things are changed --------- */

/*
 * Memory table, log and eventfds change while commands wait in the disk: each
 * call ends, or ends when the disk responds, and no command is lost.
 */
static void run_changes(struct scsi_guest *g, const char *name)
{
	enum { HELD = 8 };
	int slot[HELD], back = 0, err;
	uint64_t none = 0;
	pid_t pid;

	disk_pause(&target.paused);
	for (int i = 0; i < HELD; i++) {
		struct scsi_io io = scsi_rw(1, i & 1, 10, i * 8, 8,
					    SCSI_BIG_GPA + i * 4096);

		slot[i] = scsi_send(g, &io);
	}
	scsi_works(g, 0);	/* behind them: so they were taken */
	/* the disk responds in a while, whatever the calls below wait for */
	pid = fork();
	if (!pid) {
		usleep(300000);
		disk_resume(&target.paused);
		_exit(0);
	}
	err = scsi_table(g);
	err = err ? err : cmd(g->d.fd, VHOST_SET_LOG_BASE, &none);
	for (unsigned int i = 0; i < SCSI_QUEUES && !err; i++) {
		err = queue_set_file(&g->d.q[i], VHOST_SET_VRING_CALL,
				     g->d.q[i].call);
		err = err ? err : queue_set_file(&g->d.q[i],
						 VHOST_SET_VRING_ERR,
						 g->d.q[i].err);
	}
	for (int i = 0; i < HELD; i++)
		back += scsi_take(g, slot[i], SCSI_SOON).back;
	waitpid(pid, NULL, 0);
	report_ok(!err && back == HELD && scsi_works(g, 1),
		  "CVE-2026-93782: %s: changes over commands in the disk: %s, %d of %d back",
		  name, errno_name(err), back, HELD);
}

/* The memory of commands in the disk goes, from the table and from us. */
static void run_memory_gone(struct scsi_guest *g, const char *name)
{
	enum { HELD = 8 };
	struct vhost_memory *t = memory_table(&g->d.mem);
	int slot[HELD], back = 0, err;
	pid_t pid;

	disk_pause(&target.paused);
	for (int i = 0; i < HELD; i++) {
		struct scsi_io io = scsi_rw(1, i & 1, 10, i * 8, 8,
					    SCSI_BIG_GPA + i * 4096);

		slot[i] = scsi_send(g, &io);
	}
	scsi_works(g, 0);
	pid = fork();
	if (!pid) {
		usleep(300000);
		disk_resume(&target.paused);
		_exit(0);
	}
	err = cmd(g->d.fd, VHOST_SET_MEM_TABLE, t);
	free(t);
	mmap(g->big, 1 << 20, PROT_READ | PROT_WRITE,
	     MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	for (int i = 0; i < HELD; i++)
		back += scsi_take(g, slot[i], SCSI_SOON).back;
	waitpid(pid, NULL, 0);
	err = err ? err : scsi_table(g);
	report_ok(!err && back == HELD && scsi_works(g, 1),
		  "CVE-2026-93782: %s: memory that goes under commands: %s, %d of %d back",
		  name, errno_name(err), back, HELD);
}

void test_cves(void)
{
	target_up();
	extended_copy();
	each_kind(0, run_query);
	each_kind(0, run_log_gone);
	target_down();
	if (!target_up_paused("CVE-2026-93782"))
		return;
	each_kind(0, run_changes);
	each_kind(0, run_memory_gone);
	target_down_paused();
}
