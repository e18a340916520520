// SPDX-License-Identifier: GPL-2.0-only
/*
 * Task management with nothing in flight, and what it says of LUNs, targets and
 * functions that are not there (5.6.6.2; SAM-5, clause 7).
 */
#include "tests.h"

enum {
	COMPLETE = 0,	/* FUNCTION COMPLETE */
	BAD_TARGET = VIRTIO_SCSI_S_BAD_TARGET,
	REJECTED = VIRTIO_SCSI_S_FUNCTION_REJECTED,
	SUCCEEDED = VIRTIO_SCSI_S_FUNCTION_SUCCEEDED, /* Linux's own says */
	INCORRECT_LUN = VIRTIO_SCSI_S_INCORRECT_LUN,
};

struct row {
	const char *name;
	uint32_t subtype;
	uint8_t tgt;
	uint16_t lun;
	int want, or;		/* responses */
	bool ours;		/* rejected by Linux's own */
};

static const struct row rows[] = {
	{ "ABORT TASK", 0, 1, 0, COMPLETE, COMPLETE, true },
	{ "ABORT TASK SET", 1, 1, 0, COMPLETE, COMPLETE, true },
	{ "CLEAR ACA", 2, 1, 0, REJECTED, REJECTED },
	{ "CLEAR TASK SET", 3, 1, 0, COMPLETE, COMPLETE, true },
	{ "I_T NEXUS RESET", 4, 1, 0, COMPLETE, COMPLETE, true },
	{ "LOGICAL UNIT RESET", 5, 1, 0, COMPLETE, SUCCEEDED },
	{ "QUERY TASK", 6, 1, 0, COMPLETE, COMPLETE, true },
	{ "QUERY TASK SET", 7, 1, 0, COMPLETE, COMPLETE, true },
	{ "function 8", 8, 1, 0, REJECTED, REJECTED },
	{ "function 2^32 - 1", ~0u, 1, 0, REJECTED, REJECTED },
	{ "ABORT TASK, no LUN", 0, 1, 77, INCORRECT_LUN, BAD_TARGET, true },
	{ "ABORT TASK SET, no LUN", 1, 1, 77, INCORRECT_LUN, BAD_TARGET,
	  true },
	{ "CLEAR TASK SET, no LUN", 3, 1, 77, INCORRECT_LUN, BAD_TARGET,
	  true },
	{ "LOGICAL UNIT RESET, no LUN", 5, 1, 77, INCORRECT_LUN, BAD_TARGET,
	  true },
	{ "QUERY TASK, no LUN", 6, 1, 77, INCORRECT_LUN, BAD_TARGET, true },
	{ "I_T NEXUS RESET, no such LUN", 4, 1, 77, COMPLETE, COMPLETE,
	  true },
	{ "ABORT TASK, no target", 0, 9, 0, BAD_TARGET, BAD_TARGET, true },
	{ "LOGICAL UNIT RESET, no target", 5, 9, 0, BAD_TARGET, BAD_TARGET,
	  true },
	{ "I_T NEXUS RESET, no target", 4, 9, 0, BAD_TARGET, BAD_TARGET,
	  true },
};

static void try(struct scsi_guest *g, const char *name, const struct row *r)
{
	uint8_t lun[8];
	int got;

	scsi_lun(lun, r->tgt, r->lun);
	got = scsi_tmf_take(g, scsi_tmf_send(g, r->subtype, lun, 4711),
			    SCSI_SOON);
	if (r->ours && !scsi_is_ours(g))
		report_ok(got >= 0, "%s: %s: %d", name, r->name, got);
	else
		report_ok(got == r->want || got == r->or, "%s: %s: %d", name,
			  r->name, got);
}

/* SAM-5 5.14: what was reset is reported by a unit attention, once. */
static void attention(struct scsi_guest *g, const char *name)
{
	struct scsi_io io = scsi_io(0, 0);
	struct scsi_result r = scsi_do(g, &io);

	scsi_tmf(g, VIRTIO_SCSI_T_TMF_LOGICAL_UNIT_RESET, 0, 0);
	r = scsi_once(g, &io);
	report_ok(scsi_sense_key(&r) == UNIT_ATTENTION &&
		  scsi_asc(&r) >> 8 == 0x29,
		  "%s: a unit attention after a reset: %s", name,
		  scsi_text(&r));
	r = scsi_once(g, &io);
	report_ok(scsi_good(&r), "%s: only one: %s", name, scsi_text(&r));
}

static void run(struct scsi_guest *g, const char *name)
{
	for (unsigned int i = 0; i < COUNT(rows); i++)
		try(g, name, &rows[i]);
	attention(g, name);
	report_ok(scsi_works(g, 0), "%s: the disk works", name);
}

void test_tmf(void)
{
	target_up();
	each_kind(0, run);
	target_down();
}
