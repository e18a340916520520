// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests of each wrong kind: the descriptor comes back, with a response that
 * is no success where there is room for one, and the queue goes on.
 */
#include <stdio.h>
#include <unistd.h>

#include "tests.h"

enum {
	REQ = sizeof(struct virtio_scsi_cmd_req),
	REQ_PI = sizeof(struct virtio_scsi_cmd_req_pi),
	RESP = sizeof(struct virtio_scsi_cmd_resp),
	DATA = 4096,
};

static const uint64_t data_gpa = SCSI_BIG_GPA;
#define NOWHERE 0x500000000ull

/* ---- shapes of the chain ------------------------------------------------ */

struct shape {
	const char *name;
	uint32_t req, out, resp, in;	/* bytes; 0: no such buffer */
	bool good;			/* no mistake, after all */
};

static const struct shape shapes[] = {
	{ "nothing but a response", 0, 0, RESP, 0 },
	{ "nothing but a request", REQ, 0, 0, 0 },
	{ "a request of one byte", 1, 0, RESP, 0 },
	{ "a request one byte short", REQ - 1, 0, RESP, 0 },
	{ "a response of one byte", REQ, 0, 1, 0 },
	{ "a response without sense", REQ, 0, RESP - 96, 0 },
	{ "a response one byte short", REQ, 0, RESP - 1, 0 },
	{ "data both ways", REQ, DATA, RESP, DATA },
	{ "one byte of data both ways", REQ, 1, RESP, 1 },
	{ "as it must be", REQ, 0, RESP, 36, true },
};

static void put_inquiry(struct scsi_guest *g, int slot)
{
	struct virtio_scsi_cmd_req req = { .tag = htole64(7) };

	scsi_lun(req.lun, 1, 0);
	req.cdb[0] = 0x12;
	req.cdb[4] = 36;
	memcpy(scsi_req(g, slot), &req, sizeof(req));
}

static void try_shape(struct scsi_guest *g, const char *name,
		      const struct shape *s)
{
	int slot = scsi_slot_get(g);
	struct drv_buf buf[4];
	struct scsi_result r;
	uint32_t n = 0, n_read;
	bool right;

	put_inquiry(g, slot);
	if (s->req)
		buf[n++] = (struct drv_buf){ scsi_req_gpa(g, slot), s->req };
	if (s->out)
		buf[n++] = (struct drv_buf){ data_gpa, s->out };
	n_read = n;
	if (s->resp)
		buf[n++] = (struct drv_buf){ scsi_resp_gpa(g, slot), s->resp };
	if (s->in)
		buf[n++] = (struct drv_buf){ data_gpa, s->in };
	scsi_add(g, SCSI_IO, slot, buf, n_read, n - n_read, false);
	r = scsi_take(g, slot, SCSI_SOON);
	right = r.back;
	if (s->resp >= RESP && s->req >= REQ)
		right &= scsi_good(&r) == s->good;
	report_ok(right, "%s: %s: %s", name, s->name, scsi_text(&r));
}

/* ---- what the header says ----------------------------------------------- */

static void rejected(struct scsi_guest *g, const char *name,
		     const struct scsi_io *io, const char *what)
{
	struct scsi_result r = scsi_do(g, io);

	report_ok(r.back && !scsi_good(&r), "%s: %s: %s", name, what,
		  scsi_text(&r));
}

static void luns(struct scsi_guest *g, const char *name)
{
	static const struct {
		const char *what;
		uint8_t lun[8];
	} rows[] = {
		{ "first byte 0", { 0, 1, 0x40, 0 } },
		{ "first byte 2", { 2, 1, 0x40, 0 } },
		{ "first byte 255", { 255, 1, 0x40, 0 } },
		{ "all ones", { 255, 255, 255, 255, 255, 255, 255, 255 } },
		{ "another well-known LUN", { 0xc1, 0x02 } },
		{ "target 2", { 1, 2, 0x40, 0 } },
		{ "target 255", { 1, 255, 0x40, 0 } },
	};

	for (unsigned int i = 0; i < COUNT(rows); i++) {
		struct scsi_io io = scsi_rw(0, false, 10, 0, 8, data_gpa);

		memcpy(io.lun, rows[i].lun, 8);
		rejected(g, name, &io, rows[i].what);
	}
}

/* SPC-4 4.2.5.1: 0x7f has a length; 24 more bytes make the 32 there are. */
static void long_cdbs(struct scsi_guest *g, const char *name)
{
	static const uint8_t more[] = { 24, 25, 32, 128, 255 };

	for (unsigned int i = 0; i < COUNT(more); i++) {
		struct scsi_io io = scsi_io(0, 0x7f);
		char what[40];

		io.cdb[7] = more[i];
		io.cdb[8] = 0xff;	/* no such service action */
		io.in = data_gpa;
		io.in_len = DATA;
		snprintf(what, sizeof(what), "a CDB of %u bytes", 8 + more[i]);
		rejected(g, name, &io, what);
	}
}

struct lengths {
	const char *what;
	bool write;
	uint32_t blocks;	/* in the CDB */
	uint32_t out, in;	/* bytes of buffers */
	bool good;		/* served, with the rest as residual */
	bool any;		/* LIO goes by the direction of the buffers */
};

static const struct lengths lengths[] = {
	{ "WRITE of 8 blocks from 4", true, 8, 2048, 0 },
	{ "WRITE of 8 blocks from one byte", true, 8, 1, 0 },
	{ "WRITE of 8 blocks from none", true, 8, 0, 0 },
	{ "WRITE of 8 blocks from a buffer to read to", true, 8, 0, 4096,
	  .any = true },
	{ "READ of 8 blocks to a buffer to write from", false, 8, 4096, 0,
	  .any = true },
	{ "READ of 8 blocks to none", false, 8, 0, 0 },
	{ "WRITE of 65535 blocks from 8", true, 65535, 4096, 0 },
	{ "READ of 4 blocks to 8", false, 4, 0, 4096, true },
};

static void try_lengths(struct scsi_guest *g, const char *name)
{
	for (unsigned int i = 0; i < COUNT(lengths); i++) {
		const struct lengths *l = &lengths[i];
		struct scsi_io io = scsi_rw(0, l->write, 10, 0, l->blocks,
					    data_gpa);
		struct scsi_result r;

		io.out = io.in = data_gpa;
		io.out_len = l->out;
		io.in_len = l->in;
		r = scsi_do(g, &io);
		report_ok(l->good ? scsi_good(&r) &&
			  le32toh(r.resp.resid) == 2048 :
			  r.back &&
			  (l->any || !scsi_good(&r) || r.resp.resid),
			  "%s: %s: %s", name, l->what, scsi_text(&r));
	}
}

/* READ of more than there is room for: nothing behind may be written. */
static void overrun(struct scsi_guest *g, const char *name)
{
	struct scsi_io io = scsi_rw(0, false, 10, 0, 8, data_gpa);
	struct scsi_result r;
	uint32_t touched = 0;

	io.in_len = 700;
	memset(scsi_at(g, data_gpa), 0xa5, 4096);
	r = scsi_do(g, &io);
	for (int i = 700; i < 4096; i++)
		touched += scsi_at(g, data_gpa)[i] != 0xa5;
	report_ok(r.back && !touched,
		  "%s: READ of 8 blocks to 700 bytes: %u written behind, %s",
		  name, touched, scsi_text(&r));
}

static void attributes(struct scsi_guest *g, const char *name)
{
	static const uint8_t attrs[] = { 0, 1, 2, 3, 4, 7, 255 };
	unsigned int back = 0;

	for (unsigned int i = 0; i < COUNT(attrs); i++) {
		struct scsi_io io = scsi_inquiry(0);
		struct scsi_result r;

		io.attr = attrs[i];
		r = scsi_do(g, &io);
		back += r.back && (attrs[i] > 2 || scsi_good(&r));
	}
	report_ok(back == COUNT(attrs), "%s: %u of %zu task attributes", name,
		  back, COUNT(attrs));
}

static void run(struct scsi_guest *g, const char *name)
{
	for (unsigned int i = 0; i < COUNT(shapes); i++)
		try_shape(g, name, &shapes[i]);
	luns(g, name);
	long_cdbs(g, name);
	try_lengths(g, name);
	overrun(g, name);
	attributes(g, name);
	report_ok(scsi_works(g, 0), "%s: the disk works after all that", name);
}

/* ---- addresses ---------------------------------------------------------- */

struct place {
	const char *what;
	bool write;
	uint64_t gpa;
};

static const struct place places[] = {
	{ "READ to no memory", false, NOWHERE },
	{ "WRITE from no memory", true, NOWHERE },
	{ "READ beyond the end of memory", false,
	  SCSI_BIG_GPA + SCSI_BIG - 512 },
	{ "READ to the last address", false, ~0ull - 4095 },
};

/*
 * An address outside the memory table breaks the ring, as with all devices: the
 * owner is notified, and the queue works again once it is set up anew.
 */
static void run_addresses(struct scsi_guest *g, const char *name)
{
	for (unsigned int i = 0; i < COUNT(places); i++) {
		const struct place *p = &places[i];
		struct scsi_io io = scsi_rw(0, p->write, 10, 0, 8, p->gpa);
		struct queue *q = &g->d.q[SCSI_IO];
		int slot = scsi_send(g, &io), err;
		bool notified = event_wait(q->err, SCSI_SOON);
		struct scsi_result r;

		report_ok(notified && !scsi_back(g, slot, 0),
			  "%s: %s: the owner is notified", name, p->what);
		scsi_slot_put(g, slot);
		io = scsi_inquiry(0);
		io.queue = SCSI_IO + 1;
		r = scsi_do(g, &io);
		report_ok(scsi_good(&r), "%s: the other queue goes on: %s",
			  name, scsi_text(&r));
		err = scsi_clear_endpoint(g, WWN, 1);
		drv_exit(&q->ring);
		close(q->kick);
		close(q->call);
		close(q->err);
		scsi_queues(g, SCSI_IO, SCSI_IO);
		err = err ? err : scsi_set_endpoint(g, WWN, 1);
		report_ok(!err && scsi_works(g, 0),
			  "%s: it works again: %s", name, errno_name(err));
	}
}

/* ---- protection information --------------------------------------------- */

struct pi_lengths {
	const char *what;
	bool write;
	uint32_t pi_out, pi_in;		/* in the header */
	uint32_t out, in;		/* bytes of buffers, with PI */
};

static const struct pi_lengths pi_rows[] = {
	{ "PI both ways", true, 64, 64, 4096 + 64, 64 },
	{ "more PI than data out", true, 5000, 0, 4096, 0 },
	{ "more PI than data in", false, 0, 5000, 0, 4096 },
	{ "4 GiB of PI out", true, ~0u, 0, 4096, 0 },
	{ "4 GiB of PI in", false, 0, ~0u, 0, 4096 },
	{ "PI in for a WRITE", true, 0, 64, 4096, 0 },
	{ "PI out for a READ", false, 64, 0, 0, 4096 },
	{ "PI out of no data", true, 64, 0, 0, 0 },
};

static void run_pi(struct scsi_guest *g, const char *name)
{
	for (unsigned int i = 0; i < COUNT(pi_rows); i++) {
		const struct pi_lengths *p = &pi_rows[i];
		struct virtio_scsi_cmd_req_pi req = {
			.tag = htole64(9),
			.pi_bytesout = htole32(p->pi_out),
			.pi_bytesin = htole32(p->pi_in),
			.cdb = { p->write ? 0x2a : 0x28, 0x20, [8] = 8 },
		};
		int slot = scsi_slot_get(g);
		struct drv_buf buf[4] = { { scsi_req_gpa(g, slot), REQ_PI } };
		struct scsi_result r;
		uint32_t n = 1, n_read;

		scsi_lun(req.lun, 1, 0);
		memcpy(scsi_req(g, slot), &req, sizeof(req));
		if (p->out)
			buf[n++] = (struct drv_buf){ data_gpa, p->out };
		n_read = n;
		buf[n++] = (struct drv_buf){ scsi_resp_gpa(g, slot), RESP };
		if (p->in)
			buf[n++] = (struct drv_buf){ data_gpa, p->in };
		scsi_add(g, SCSI_IO, slot, buf, n_read, n - n_read, false);
		r = scsi_take(g, slot, SCSI_SOON);
		report_ok(r.back && !scsi_good(&r), "%s: %s: %s", name,
			  p->what, scsi_text(&r));
	}
	report_ok(scsi_works(g, 0), "%s: works without PI after that", name);
}

void test_malformed(void)
{
	target_up();
	each_kind(0, run);
	each_kind(0, run_addresses);
	each_kind(SCSI_F_PI, run_pi);
	target_down();
}
