/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest with a SCSI host device, as its driver handles it (virtio 1.3,
 * section 5.6): requests are put together by hand, many may be in flight on all
 * queues, and each has a slot with headers of its own.
 *
 * One thread at a time. Functions that return int for a command give 0 or its
 * errno; the others end the test when they cannot do what they must.
 */
#ifndef RINGSIDE_HOST_SCSI_GUEST_H
#define RINGSIDE_HOST_SCSI_GUEST_H

#include <linux/virtio_scsi.h>
#include <stdbool.h>

#include "device.h"
#include "report.h"

#define SCSI_NODE "/dev/vhost-scsi"
#define SCSI_F_HOTPLUG BIT64(VIRTIO_SCSI_F_HOTPLUG)
#define SCSI_F_CHANGE BIT64(VIRTIO_SCSI_F_CHANGE)
#define SCSI_F_PI BIT64(VIRTIO_SCSI_F_T10_PI)
#define F_ANY_LAYOUT BIT64(VIRTIO_F_ANY_LAYOUT)

/* A region of its own, page aligned on both sides, for large transfers. */
#define SCSI_BIG_GPA 0x80000000ull

enum {
	SCSI_CONTROL, SCSI_EVENT, SCSI_IO, SCSI_QUEUES = 4,
	SCSI_NUM = 128,		/* ring size */
	SCSI_SLOTS = 256,
	SCSI_HEADER = 256,	/* bytes for each header of a slot */
	SCSI_BIG = 40 << 20,
	SCSI_MOST_BUFS = 1200,	/* of a request */
	SCSI_SOON = 5000,	/* ms for what must happen */
	SCSI_NOT = 100,		/* ms for what must not */
	SCSI_BLOCK = 512,

	/* SAM, SPC */
	GOOD = 0, CHECK_CONDITION = 2, TASK_SET_FULL = 0x28, TASK_ABORTED = 0x40,
	NO_SENSE = 0, MEDIUM_ERROR = 3, ILLEGAL_REQUEST = 5, UNIT_ATTENTION = 6,
	DATA_PROTECT = 7, ABORTED_COMMAND = 0xb,
};

struct scsi_slot {
	bool taken, back;
	uint32_t len;		/* bytes used, once it is back */
};

struct scsi_guest {
	struct device d;
	uint8_t *big;
	uint8_t *headers;
	struct scsi_slot slot[SCSI_SLOTS];
	unsigned int events;	/* event buffers given so far */
	uint32_t lost;		/* used buffers that belong to no slot */
};

/* ---- the device ------------------------------------------------------- */

/** scsi_open_bare() - the node and memory; nothing else */
void scsi_open_bare(struct scsi_guest *g);

/**
 * scsi_open() - owner, features, memory table; no queue
 *
 * Return: false when these features are not all offered.
 */
bool scsi_open(struct scsi_guest *g, uint64_t features);

/** scsi_queues() - make and set up queues from @first to @last */
void scsi_queues(struct scsi_guest *g, unsigned int first, unsigned int last);

/** scsi_table() - VHOST_SET_MEM_TABLE with the big region as well */
int scsi_table(struct scsi_guest *g);

int scsi_set_endpoint(struct scsi_guest *g, const char *wwn, uint16_t tag);
int scsi_clear_endpoint(struct scsi_guest *g, const char *wwn, uint16_t tag);

/** scsi_start() - scsi_open(), all queues, and the endpoint */
bool scsi_start(struct scsi_guest *g, uint64_t features, const char *wwn);

void scsi_close(struct scsi_guest *g);

/** scsi_is_ours() - is it Ringside's: it offers what Linux's never had */
static inline bool scsi_is_ours(const struct scsi_guest *g)
{
	return g->d.offered & F_PACKED;
}

/* ---- memory ----------------------------------------------------------- */

/** scsi_at() - where a byte of the big region lies */
static inline uint8_t *scsi_at(const struct scsi_guest *g, uint64_t gpa)
{
	return g->big + (gpa - SCSI_BIG_GPA);
}

/** scsi_fill() - write a pattern that depends on @seed and the distance */
void scsi_fill(const struct scsi_guest *g, uint64_t gpa, uint32_t len,
	       uint32_t seed);

/** scsi_check() - bytes that are not as scsi_fill() writes them */
uint32_t scsi_check(const struct scsi_guest *g, uint64_t gpa, uint32_t len,
		    uint32_t seed);

/* ---- raw requests ----------------------------------------------------- */

/** scsi_slot_get() - a free slot; its headers are filled with 0xa5 */
int scsi_slot_get(struct scsi_guest *g);
void scsi_slot_put(struct scsi_guest *g, int slot);

/* The slot's readable and writable header, here and at the guest's address. */
void *scsi_req(const struct scsi_guest *g, int slot);
void *scsi_resp(const struct scsi_guest *g, int slot);
uint64_t scsi_req_gpa(const struct scsi_guest *g, int slot);
uint64_t scsi_resp_gpa(const struct scsi_guest *g, int slot);

/**
 * scsi_add() - add a chain for a slot, publish it, kick when asked
 * @table: through an indirect table
 */
enum drv_result scsi_add(struct scsi_guest *g, unsigned int queue, int slot,
			 const struct drv_buf *buf, uint32_t n_read,
			 uint32_t n_write, bool table);

/** scsi_poll() - take back what was used, on all queues; Return: how many */
unsigned int scsi_poll(struct scsi_guest *g);

/** scsi_back() - wait for a slot's chain to come back */
bool scsi_back(struct scsi_guest *g, int slot, int ms);

/* ---- commands --------------------------------------------------------- */

struct scsi_io {
	unsigned int queue;	/* 0: the first I/O queue */
	uint8_t lun[8];
	uint64_t tag;
	uint8_t attr;
	uint8_t cdb[32];
	uint64_t out, in;	/* addresses of data */
	uint32_t out_len, in_len;
	uint32_t piece;		/* bytes of a data buffer; 0: all in one */
	uint32_t pi_out, pi_in;	/* bytes of T10-PI, in front of the data */
	uint64_t pi;		/* address of either */
	uint32_t req_pad, resp_pad;	/* bytes too many in header buffers */
	bool direct;		/* no table even when INDIRECT is negotiated */
	bool odd;		/* all cut in odd pieces (ANY_LAYOUT) */
};

struct scsi_result {
	bool back;
	uint32_t len;
	struct virtio_scsi_cmd_resp resp;
};

/** scsi_lun() - the address of a LUN in the only format that is supported */
void scsi_lun(uint8_t lun[8], uint8_t target, uint16_t number);

/** scsi_io() - a command to LUN @lun of target 1 */
struct scsi_io scsi_io(uint16_t lun, uint8_t opcode);

/** scsi_rw() - READ or WRITE of blocks; @cdb_len is 6, 10 or 16 */
struct scsi_io scsi_rw(uint16_t lun, bool write, int cdb_len, uint64_t lba,
		       uint32_t blocks, uint64_t gpa);

/** scsi_inquiry() - with the data at the start of the big region */
struct scsi_io scsi_inquiry(uint16_t lun);

/** scsi_send() - Return: its slot, or -1 when the ring is full */
int scsi_send(struct scsi_guest *g, const struct scsi_io *io);

/** scsi_take() - wait for a command, read its response, free the slot */
struct scsi_result scsi_take(struct scsi_guest *g, int slot, int ms);

/** scsi_once() - both */
struct scsi_result scsi_once(struct scsi_guest *g, const struct scsi_io *io);

/** scsi_do() - the same; unit attentions are passed over */
struct scsi_result scsi_do(struct scsi_guest *g, const struct scsi_io *io);

bool scsi_good(const struct scsi_result *r);

/* Of fixed or descriptor sense data; 0 when there is none. */
int scsi_sense_key(const struct scsi_result *r);
int scsi_asc(const struct scsi_result *r);	/* ASC << 8 | ASCQ */

/** scsi_text() - "S_OK, status 2, sense 5/2400, residual 0" */
const char *scsi_text(const struct scsi_result *r);

/** scsi_works() - a block is written on each I/O queue and read back */
bool scsi_works(struct scsi_guest *g, uint16_t lun);

/* ---- control and events ----------------------------------------------- */

/** scsi_tmf_send() - Return: its slot */
int scsi_tmf_send(struct scsi_guest *g, uint32_t subtype, const uint8_t lun[8],
		  uint64_t tag);

/** scsi_tmf_take() - its response byte; -1: not back in @ms */
int scsi_tmf_take(struct scsi_guest *g, int slot, int ms);

/** scsi_tmf() - both, to LUN @lun of target 1 */
int scsi_tmf(struct scsi_guest *g, uint32_t subtype, uint16_t lun,
	     uint64_t tag);

/** scsi_give_events() - so many buffers more for the event queue */
void scsi_give_events(struct scsi_guest *g, unsigned int n);

/** scsi_event() - the next event; false: none in @ms */
bool scsi_event(struct scsi_guest *g, struct virtio_scsi_event *e, int ms);

#endif /* RINGSIDE_HOST_SCSI_GUEST_H */
