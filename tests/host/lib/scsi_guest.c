// SPDX-License-Identifier: GPL-2.0-only
/*
 * A guest with a SCSI host device; see scsi_guest.h.
 */
#define _GNU_SOURCE
#include <endian.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "scsi_guest.h"

enum {
	TABLE_LEN = SCSI_MOST_BUFS,
	TABLES = 24,
	/* Slots from here on are those of event buffers. */
	EVENT_TOKENS = 1000,
	EVENTS = 64,
};

/* ---- the device ------------------------------------------------------- */

void scsi_open_bare(struct scsi_guest *g)
{
	*g = (struct scsi_guest){ 0 };
	device_open_node(&g->d, SCSI_NODE, SCSI_QUEUES);
	g->big = mmap(NULL, SCSI_BIG, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (g->big == MAP_FAILED)
		report_die("memory of %d bytes", SCSI_BIG);
	g->headers = memory_take(&g->d.mem,
				 (2 * SCSI_SLOTS + 1) * SCSI_HEADER, 4096);
}

int scsi_table(struct scsi_guest *g)
{
	struct vhost_memory *t = memory_table(&g->d.mem);
	int err;

	t = realloc(t, sizeof(*t) + (t->nregions + 1) * sizeof(t->regions[0]));
	if (!t)
		report_die("memory table");
	t->regions[t->nregions++] = (struct vhost_memory_region){
		.guest_phys_addr = SCSI_BIG_GPA,
		.memory_size = SCSI_BIG,
		.userspace_addr = (uintptr_t)g->big,
	};
	err = cmd(g->d.fd, VHOST_SET_MEM_TABLE, t);
	free(t);
	return err;
}

bool scsi_open(struct scsi_guest *g, uint64_t features)
{
	scsi_open_bare(g);
	if (features & ~g->d.offered) {
		scsi_close(g);
		return false;
	}
	if (device_begin(&g->d, features) || scsi_table(g))
		report_die("owner, features, memory");
	return true;
}

void scsi_queues(struct scsi_guest *g, unsigned int first, unsigned int last)
{
	for (unsigned int i = first; i <= last; i++) {
		queue_make_tables(&g->d, i, SCSI_NUM, TABLE_LEN, TABLES);
		errno = queue_setup(&g->d.q[i]);
		if (errno)
			report_die("queue %u", i);
	}
}

static int endpoint(struct scsi_guest *g, unsigned long nr, const char *wwn,
		    uint16_t tag)
{
	struct vhost_scsi_target t = {
		.abi_version = VHOST_SCSI_ABI_VERSION,
		.vhost_tpgt = tag,
	};

	snprintf(t.vhost_wwpn, sizeof(t.vhost_wwpn), "%s", wwn);
	return cmd(g->d.fd, nr, &t);
}

int scsi_set_endpoint(struct scsi_guest *g, const char *wwn, uint16_t tag)
{
	return endpoint(g, VHOST_SCSI_SET_ENDPOINT, wwn, tag);
}

int scsi_clear_endpoint(struct scsi_guest *g, const char *wwn, uint16_t tag)
{
	return endpoint(g, VHOST_SCSI_CLEAR_ENDPOINT, wwn, tag);
}

bool scsi_start(struct scsi_guest *g, uint64_t features, const char *wwn)
{
	if (!scsi_open(g, features))
		return false;
	scsi_queues(g, 0, SCSI_QUEUES - 1);
	errno = scsi_set_endpoint(g, wwn, 1);
	if (errno)
		report_die("endpoint %s", wwn);
	return true;
}

void scsi_close(struct scsi_guest *g)
{
	device_close(&g->d);
	munmap(g->big, SCSI_BIG);
}

/* ---- memory ----------------------------------------------------------- */

static uint8_t pattern(uint32_t seed, uint32_t at)
{
	uint32_t x = (seed + (at >> 2)) * 2654435761u;

	return (x ^ x >> 15) >> (at & 3) * 8;
}

void scsi_fill(const struct scsi_guest *g, uint64_t gpa, uint32_t len,
	       uint32_t seed)
{
	uint8_t *p = scsi_at(g, gpa);

	for (uint32_t i = 0; i < len; i++)
		p[i] = pattern(seed, i);
}

uint32_t scsi_check(const struct scsi_guest *g, uint64_t gpa, uint32_t len,
		    uint32_t seed)
{
	const uint8_t *p = scsi_at(g, gpa);
	uint32_t wrong = 0;

	for (uint32_t i = 0; i < len; i++)
		wrong += p[i] != pattern(seed, i);
	return wrong;
}

/* ---- raw requests ----------------------------------------------------- */

void *scsi_req(const struct scsi_guest *g, int slot)
{
	return g->headers + (size_t)slot * 2 * SCSI_HEADER;
}

void *scsi_resp(const struct scsi_guest *g, int slot)
{
	return (uint8_t *)scsi_req(g, slot) + SCSI_HEADER;
}

uint64_t scsi_req_gpa(const struct scsi_guest *g, int slot)
{
	return memory_gpa(&g->d.mem, scsi_req(g, slot));
}

uint64_t scsi_resp_gpa(const struct scsi_guest *g, int slot)
{
	return memory_gpa(&g->d.mem, scsi_resp(g, slot));
}

int scsi_slot_get(struct scsi_guest *g)
{
	for (int i = 0; i < SCSI_SLOTS; i++)
		if (!g->slot[i].taken) {
			g->slot[i] = (struct scsi_slot){ .taken = true };
			memset(scsi_req(g, i), 0xa5, 2 * SCSI_HEADER);
			return i;
		}
	report_die("no free slot");
}

void scsi_slot_put(struct scsi_guest *g, int slot)
{
	g->slot[slot].taken = false;
}

enum drv_result scsi_add(struct scsi_guest *g, unsigned int queue, int slot,
			 const struct drv_buf *buf, uint32_t n_read,
			 uint32_t n_write, bool table)
{
	struct queue *q = &g->d.q[queue];
	struct drv_chain chain = {
		.buf = buf,
		.n_read = n_read,
		.n_write = n_write,
		.n_table = table ? n_read + n_write : 0,
		.token = slot,
	};
	enum drv_result rc = drv_add(&q->ring, &chain);

	if (rc == DRV_GOT && drv_kick_prepare(&q->ring))
		queue_kick(q);
	return rc;
}

static void note_used(struct scsi_guest *g, const struct drv_used *used)
{
	struct scsi_slot *s = &g->slot[used->token];

	if (used->token >= SCSI_SLOTS || !s->taken || s->back) {
		g->lost++;
		return;
	}
	s->back = true;
	s->len = used->len;
}

unsigned int scsi_poll(struct scsi_guest *g)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < SCSI_QUEUES; i++) {
		struct queue *q = &g->d.q[i];
		enum drv_result rc;
		struct drv_used used;

		if (i == SCSI_EVENT || !q->dev)
			continue;
		while ((rc = drv_get_used(&q->ring, &used)) == DRV_GOT) {
			note_used(g, &used);
			n++;
		}
		if (rc == DRV_BROKEN)
			report_die("queue %u: rule %d broken", i,
				   q->ring.fault);
	}
	return n;
}

/* True: something was used meanwhile. */
static bool arm(struct scsi_guest *g)
{
	bool any = false;

	for (unsigned int i = 0; i < SCSI_QUEUES; i++)
		if (i != SCSI_EVENT && g->d.q[i].dev)
			any |= drv_enable_calls(&g->d.q[i].ring);
	return any;
}

static void await_calls(struct scsi_guest *g, int ms)
{
	struct pollfd p[SCSI_QUEUES];
	int n = 0;

	for (unsigned int i = 0; i < SCSI_QUEUES; i++)
		if (i != SCSI_EVENT && g->d.q[i].dev)
			p[n++] = (struct pollfd){ g->d.q[i].call, POLLIN, 0 };
	if (poll(p, n, ms) <= 0)
		return;
	for (int i = 0; i < n; i++)
		if (p[i].revents)
			event_wait(p[i].fd, 0);
}

bool scsi_back(struct scsi_guest *g, int slot, int ms)
{
	uint64_t until = now_ms() + ms;

	for (;;) {
		uint64_t now = now_ms();

		scsi_poll(g);
		if (g->slot[slot].back)
			return true;
		if (now >= until)
			return false;
		if (!arm(g))
			await_calls(g, until - now);
	}
}

/* ---- commands --------------------------------------------------------- */

void scsi_lun(uint8_t lun[8], uint8_t target, uint16_t number)
{
	memset(lun, 0, 8);
	lun[0] = 1;
	lun[1] = target;
	lun[2] = 0x40 | number >> 8;
	lun[3] = number;
}

struct scsi_io scsi_io(uint16_t lun, uint8_t opcode)
{
	static uint64_t tags;
	struct scsi_io io = { .tag = ++tags, .cdb = { opcode } };

	scsi_lun(io.lun, 1, lun);
	return io;
}

struct scsi_io scsi_rw(uint16_t lun, bool write, int cdb_len, uint64_t lba,
		       uint32_t blocks, uint64_t gpa)
{
	struct scsi_io io = scsi_io(lun, 0);
	uint64_t be64 = htobe64(lba);
	uint32_t be32 = htobe32(lba), n32 = htobe32(blocks);

	switch (cdb_len) {
	case 6:
		io.cdb[0] = write ? 0x0a : 0x08;
		memcpy(io.cdb + 1, (uint8_t *)&be32 + 1, 3);
		io.cdb[4] = blocks;
		break;
	case 10:
		io.cdb[0] = write ? 0x2a : 0x28;
		memcpy(io.cdb + 2, &be32, 4);
		memcpy(io.cdb + 7, (uint8_t *)&n32 + 2, 2);
		break;
	default:
		io.cdb[0] = write ? 0x8a : 0x88;
		memcpy(io.cdb + 2, &be64, 8);
		memcpy(io.cdb + 10, &n32, 4);
	}
	if (write) {
		io.out = gpa;
		io.out_len = blocks * SCSI_BLOCK;
	} else {
		io.in = gpa;
		io.in_len = blocks * SCSI_BLOCK;
	}
	return io;
}

struct scsi_io scsi_inquiry(uint16_t lun)
{
	struct scsi_io io = scsi_io(lun, 0x12);

	io.cdb[4] = 36;
	io.in = SCSI_BIG_GPA;
	io.in_len = 36;
	return io;
}

/* The readable header of a command; Return: its bytes. */
static uint32_t put_request(struct scsi_guest *g, int slot,
			    const struct scsi_io *io)
{
	struct virtio_scsi_cmd_req_pi pi = {
		.tag = htole64(io->tag),
		.task_attr = io->attr,
		.pi_bytesout = htole32(io->pi_out),
		.pi_bytesin = htole32(io->pi_in),
	};
	struct virtio_scsi_cmd_req plain = {
		.tag = htole64(io->tag), .task_attr = io->attr,
	};

	memcpy(pi.lun, io->lun, sizeof(pi.lun));
	memcpy(plain.lun, io->lun, sizeof(plain.lun));
	memcpy(pi.cdb, io->cdb, sizeof(pi.cdb));
	memcpy(plain.cdb, io->cdb, sizeof(plain.cdb));
	if (g->d.features & SCSI_F_PI) {
		memcpy(scsi_req(g, slot), &pi, sizeof(pi));
		return sizeof(pi);
	}
	memcpy(scsi_req(g, slot), &plain, sizeof(plain));
	return sizeof(plain);
}

/* Buffers for a range; Return: how many there are now. */
static uint32_t put_range(struct scsi_guest *g, const struct scsi_io *io,
			  struct drv_buf *buf, uint32_t n, uint64_t gpa,
			  uint32_t len, uint32_t piece)
{
	uint32_t most = SCSI_MOST_BUFS - n;

	if (!len)
		return n;
	if (io->odd) {
		uint32_t cuts = len < 12 ? len : 12;

		lazy_cut(&g->d.q[SCSI_IO].lazy, gpa, len, buf + n, cuts);
		return n + cuts;
	}
	if (!piece)
		piece = len;
	for (uint32_t at = 0; at < len; at += piece, n++) {
		if (!most--)
			report_die("too many buffers");
		buf[n].addr = gpa + at;
		buf[n].len = len - at < piece ? len - at : piece;
	}
	return n;
}

int scsi_send(struct scsi_guest *g, const struct scsi_io *io)
{
	static struct drv_buf buf[SCSI_MOST_BUFS];
	int slot = scsi_slot_get(g);
	uint32_t n, n_read, req = put_request(g, slot, io) + io->req_pad;
	uint32_t resp = sizeof(struct virtio_scsi_cmd_resp) + io->resp_pad;
	unsigned int queue = io->queue ? io->queue : SCSI_IO;
	bool table = g->d.features & F_INDIRECT && !io->direct;

	n = put_range(g, io, buf, 0, scsi_req_gpa(g, slot), req, 0);
	n = put_range(g, io, buf, n, io->pi, io->pi_out, 0);
	n = put_range(g, io, buf, n, io->out, io->out_len, io->piece);
	n_read = n;
	n = put_range(g, io, buf, n, scsi_resp_gpa(g, slot), resp, 0);
	n = put_range(g, io, buf, n, io->pi, io->pi_in, 0);
	n = put_range(g, io, buf, n, io->in, io->in_len, io->piece);
	if (scsi_add(g, queue, slot, buf, n_read, n - n_read, table) ==
	    DRV_GOT)
		return slot;
	scsi_slot_put(g, slot);
	return -1;
}

struct scsi_result scsi_take(struct scsi_guest *g, int slot, int ms)
{
	struct scsi_result r = { .back = scsi_back(g, slot, ms) };

	r.len = g->slot[slot].len;
	memcpy(&r.resp, scsi_resp(g, slot), sizeof(r.resp));
	if (r.back)
		scsi_slot_put(g, slot);
	return r;
}

struct scsi_result scsi_once(struct scsi_guest *g, const struct scsi_io *io)
{
	int slot = scsi_send(g, io);

	if (slot < 0)
		report_die("queue %u is full: %u slots free",
			   io->queue ? io->queue : SCSI_IO,
			   drv_free_slots(&g->d.q[io->queue ? io->queue :
						  SCSI_IO].ring));
	return scsi_take(g, slot, SCSI_SOON);
}

struct scsi_result scsi_do(struct scsi_guest *g, const struct scsi_io *io)
{
	struct scsi_result r;

	for (int i = 0; i < 8; i++) {
		r = scsi_once(g, io);
		if (!r.back || scsi_sense_key(&r) != UNIT_ATTENTION)
			break;
	}
	return r;
}

bool scsi_good(const struct scsi_result *r)
{
	return r->back && r->resp.response == VIRTIO_SCSI_S_OK &&
	       r->resp.status == GOOD;
}

int scsi_sense_key(const struct scsi_result *r)
{
	const uint8_t *s = r->resp.sense;

	if (!r->back || r->resp.status != CHECK_CONDITION ||
	    !le32toh(r->resp.sense_len))
		return 0;
	return (s[0] & 0x7f) >= 0x72 ? s[1] & 15 : s[2] & 15;
}

int scsi_asc(const struct scsi_result *r)
{
	const uint8_t *s = r->resp.sense;

	if (!scsi_sense_key(r))
		return 0;
	return (s[0] & 0x7f) >= 0x72 ? s[2] << 8 | s[3] : s[12] << 8 | s[13];
}

const char *scsi_text(const struct scsi_result *r)
{
	static char text[4][100];
	static int next;
	char *t = text[next++ & 3];

	if (!r->back)
		return "not back";
	snprintf(t, sizeof(text[0]),
		 "response %u, status %u, sense %x/%04x, residual %u, %u used",
		 r->resp.response, r->resp.status, scsi_sense_key(r),
		 scsi_asc(r), le32toh(r->resp.resid), r->len);
	return t;
}

bool scsi_works(struct scsi_guest *g, uint16_t lun)
{
	const uint64_t a = SCSI_BIG_GPA + SCSI_BIG - 8192, b = a + 4096;
	static uint32_t seed;

	for (unsigned int i = SCSI_IO; i < SCSI_QUEUES; i++) {
		struct scsi_io w = scsi_rw(lun, true, 10, 8 * i, 8, a);
		struct scsi_io r = scsi_rw(lun, false, 10, 8 * i, 8, b);
		struct scsi_result res;

		if (!g->d.q[i].dev)
			continue;
		w.queue = i;
		r.queue = i;
		scsi_fill(g, a, 4096, ++seed);
		memset(scsi_at(g, b), 0, 4096);
		res = scsi_do(g, &w);
		if (scsi_good(&res))
			res = scsi_do(g, &r);
		if (!scsi_good(&res) || scsi_check(g, b, 4096, seed)) {
			report_note("queue %u: %s", i, scsi_text(&res));
			return false;
		}
	}
	return true;
}

/* ---- control and events ----------------------------------------------- */

int scsi_tmf_send(struct scsi_guest *g, uint32_t subtype, const uint8_t lun[8],
		  uint64_t tag)
{
	struct virtio_scsi_ctrl_tmf_req req = {
		.type = htole32(VIRTIO_SCSI_T_TMF),
		.subtype = htole32(subtype),
		.tag = htole64(tag),
	};
	int slot = scsi_slot_get(g);
	struct drv_buf buf[2] = {
		{ scsi_req_gpa(g, slot), sizeof(req) },
		{ scsi_resp_gpa(g, slot), 1 },
	};

	memcpy(req.lun, lun, sizeof(req.lun));
	memcpy(scsi_req(g, slot), &req, sizeof(req));
	if (scsi_add(g, SCSI_CONTROL, slot, buf, 1, 1, false) != DRV_GOT)
		report_die("control queue is full");
	return slot;
}

int scsi_tmf_take(struct scsi_guest *g, int slot, int ms)
{
	if (!scsi_back(g, slot, ms))
		return -1;
	scsi_slot_put(g, slot);
	return *(uint8_t *)scsi_resp(g, slot);
}

int scsi_tmf(struct scsi_guest *g, uint32_t subtype, uint16_t lun,
	     uint64_t tag)
{
	uint8_t address[8];

	scsi_lun(address, 1, lun);
	return scsi_tmf_take(g, scsi_tmf_send(g, subtype, address, tag),
			     SCSI_SOON);
}

static uint64_t event_gpa(unsigned int i)
{
	return SCSI_BIG_GPA + SCSI_BIG - 16384 + i % EVENTS * 64;
}

void scsi_give_events(struct scsi_guest *g, unsigned int n)
{
	struct queue *q = &g->d.q[SCSI_EVENT];

	while (n--) {
		unsigned int i = g->events++;
		struct drv_buf buf = { event_gpa(i),
				       sizeof(struct virtio_scsi_event) };
		struct drv_chain chain = { .buf = &buf, .n_write = 1,
					   .token = EVENT_TOKENS + i % EVENTS };

		memset(scsi_at(g, buf.addr), 0xa5, 64);
		if (drv_add(&q->ring, &chain) != DRV_GOT)
			report_die("event queue is full");
		if (drv_kick_prepare(&q->ring))
			queue_kick(q);
	}
}

bool scsi_event(struct scsi_guest *g, struct virtio_scsi_event *e, int ms)
{
	struct queue *q = &g->d.q[SCSI_EVENT];
	uint64_t until = now_ms() + ms;

	for (;;) {
		struct drv_used used;
		enum drv_result rc = drv_get_used(&q->ring, &used);
		uint64_t now = now_ms();

		if (rc == DRV_BROKEN)
			report_die("event queue: rule %d broken",
				   q->ring.fault);
		if (rc == DRV_GOT) {
			memcpy(e, scsi_at(g, event_gpa(used.token -
						       EVENT_TOKENS)),
			       sizeof(*e));
			return true;
		}
		if (now >= until)
			return false;
		if (!drv_enable_calls(&q->ring))
			event_wait(q->call, until - now);
	}
}
