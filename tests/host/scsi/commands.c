// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table: a command, with this argument, at this stage, returns that errno.
 * Each on a fresh device. What all devices share is in the abi program in full;
 * here are the device's own commands, and each common one on this device.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/rows.h"
#include "tests.h"

enum stage { OPEN, OWNED, READY, SET };

static const char *const stages[] = { "open", "owned", "ready",
				      "endpoint set" };

static const struct row rows[] = {
	{ ROW(SCSI_SET_ENDPOINT), READY, EFAULT, BAD_POINTER },
	{ ROW(SCSI_CLEAR_ENDPOINT), SET, EFAULT, BAD_POINTER },

	{ ROW(SCSI_GET_ABI_VERSION), OPEN, 0, WORD32, 0 },
	{ ROW(SCSI_GET_ABI_VERSION), OPEN, 0, WORD32, 0, .foreign = true },
	{ ROW(SCSI_GET_ABI_VERSION), OPEN, EFAULT, BAD_POINTER },
	{ ROW(SCSI_SET_EVENTS_MISSED), OPEN, 0, WORD32, 0 },
	{ ROW(SCSI_SET_EVENTS_MISSED), SET, 0, WORD32, 1 },
	{ ROW(SCSI_SET_EVENTS_MISSED), OPEN, 0, WORD32, 2 },
	{ ROW(SCSI_SET_EVENTS_MISSED), OPEN, EFAULT, BAD_POINTER },
	{ ROW(SCSI_GET_EVENTS_MISSED), OPEN, 0, WORD32, 0 },
	{ ROW(SCSI_GET_EVENTS_MISSED), OPEN, EFAULT, BAD_POINTER },

	/* other devices' */
	{ ROW(NET_SET_BACKEND), OWNED, ENOBUFS, STATE, 200, OURS(ENOTTY) },
	{ ROW(VSOCK_SET_RUNNING), OWNED, ENOBUFS, STATE, 200, OURS(ENOTTY) },
	{ ROW(VDPA_GET_STATUS), OWNED, ENOBUFS, STATE, 200, OURS(ENOTTY) },
	{ _IO('T', 1), "another device's", OWNED, ENOBUFS, STATE, 200,
	  OURS(ENOTTY) },

	/* the owner */
	{ ROW(SET_OWNER), OPEN, 0 },
	{ ROW(SET_OWNER), OWNED, EBUSY },
	{ ROW(RESET_OWNER), OPEN, EPERM },
	{ ROW(RESET_OWNER), OWNED, EFAULT, OURS(0) },

	/* features; only LOG_ALL may change under an endpoint */
	{ ROW(GET_FEATURES), OPEN, 0, WORD64 },
	{ ROW(SET_FEATURES), OPEN, 0, WORD64, F_V1 | SCSI_F_HOTPLUG },
	{ ROW(SET_FEATURES), READY, 0, WORD64, F_V1 | SCSI_F_PI },
	{ ROW(SET_FEATURES), OPEN, EOPNOTSUPP, WORD64, F_V1 | 1 },
	{ ROW(SET_FEATURES), OPEN, EOPNOTSUPP, WORD64, 1ull << 63 },
	{ ROW(SET_FEATURES), OPEN, EFAULT, BAD_POINTER },
	{ ROW(SET_FEATURES), SET, 0, WORD64, F_V1 | F_LOG_ALL },

	/* queues: control, event, and as many as max_io_vqs says */
	{ ROW(SET_VRING_NUM), OWNED, 0, STATE, 0, 128 },
	{ ROW(SET_VRING_NUM), OWNED, 0, STATE, 129, 1024 },
	{ ROW(SET_VRING_NUM), OWNED, ENOBUFS, STATE, 130, 128 },
	{ ROW(SET_VRING_NUM), OWNED, ENOBUFS, STATE, 1u << 31, 128 },
	{ ROW(SET_VRING_NUM), OWNED, EINVAL, STATE, 2, 3 },
	{ ROW(SET_VRING_NUM), OPEN, EPERM, STATE, 2, 128 },
	{ ROW(SET_VRING_NUM), SET, EBUSY, STATE, 2, 64 },
	{ ROW(SET_VRING_BASE), OWNED, 0, STATE, 2, 5 },
	{ ROW(SET_VRING_BASE), OWNED, EINVAL, STATE, 2, 65536 },
	{ ROW(SET_VRING_BASE), SET, EBUSY, STATE, 2, 0 },
	{ ROW(GET_VRING_BASE), OWNED, 0, STATE, 2 },
	{ ROW(GET_VRING_BASE), SET, 0, STATE, 2 },
	{ ROW(GET_VRING_BASE), OWNED, ENOBUFS, STATE, 130 },
	{ ROW(SET_VRING_KICK), OWNED, 0, FILE_, 2, EVENT },
	{ ROW(SET_VRING_KICK), OWNED, EBADF, FILE_, 2, CLOSED },
	{ ROW(SET_VRING_CALL), SET, 0, FILE_, 2, EVENT },
	{ ROW(SET_VRING_CALL), OWNED, EBADF, FILE_, 2, CLOSED },
	{ ROW(SET_VRING_ERR), SET, 0, FILE_, 2, EVENT },
	{ ROW(SET_VRING_ERR), OWNED, EBADF, FILE_, 2, CLOSED },
	{ ROW(SET_VRING_BUSYLOOP_TIMEOUT), OWNED, 0, STATE, 2, 50 },
	{ ROW(GET_VRING_BUSYLOOP_TIMEOUT), OWNED, 0, STATE, 2 },

	/* memory, log */
	{ ROW(SET_MEM_TABLE), OPEN, EPERM, WORD64 },
	{ ROW(SET_MEM_TABLE), SET, EFAULT, BAD_POINTER },
	{ ROW(SET_LOG_BASE), OWNED, 0, WORD64, 0 },
	{ ROW(SET_LOG_BASE), OPEN, EPERM, WORD64, 0 },
	{ ROW(SET_LOG_FD), OWNED, 0, WORD32, -1u },

	/* workers */
	{ ROW(GET_VRING_WORKER), OPEN, EINVAL, WORKER, 2, OURS(EPERM) },
	{ ROW(GET_VRING_WORKER), OWNED, 0, WORKER, 2 },
	{ ROW(GET_VRING_WORKER), OWNED, ENOBUFS, WORKER, 500 },
	{ ROW(NEW_WORKER), OPEN, EINVAL, WORKER, OURS(EPERM) },
	{ ROW(NEW_WORKER), OWNED, 0, WORKER },
	{ ROW(FREE_WORKER), OWNED, ENODEV, WORKER, 99 },
	{ ROW(ATTACH_VRING_WORKER), SET, ENODEV, WORKER, 2, 99 },
};

/* Linux 6.12 takes these, and 7.3 does not any more. */
static const struct row ours_only[] = {
	{ ROW(SET_FEATURES), SET, EBUSY, WORD64, F_V1 | SCSI_F_HOTPLUG },
	{ ROW(SET_FEATURES), SET, EBUSY, WORD64, F_V1 | SCSI_F_PI },
	{ ROW(SET_FEATURES), SET, EBUSY, WORD64, 0 },
};

/* The commands that name a target. */
struct endpoint_row {
	unsigned long nr;
	const char *name;
	enum stage stage;
	int err;		/* in Linux 7.3 */
	uint16_t tag;
	int ringside;		/* where Ringside differs; else 0 */
	const char *wwn;
	bool foreign;		/* called by another process */
	int reserved;
};

static const struct endpoint_row endpoint_rows[] = {
	{ ROW(SCSI_SET_ENDPOINT), READY, 0, 1, .wwn = WWN },
	{ ROW(SCSI_SET_ENDPOINT), READY, 0, 2, .wwn = WWN },
	{ ROW(SCSI_SET_ENDPOINT), OPEN, EFAULT, 1, OURS(EPERM),
	  .wwn = WWN },
	{ ROW(SCSI_SET_ENDPOINT), OWNED, EFAULT, 1, .wwn = WWN },
	{ ROW(SCSI_SET_ENDPOINT), READY, 0, 1, OURS(EPERM),
	  .wwn = WWN, .foreign = true },
	{ ROW(SCSI_SET_ENDPOINT), READY, ENODEV, 1, .wwn = "naa.1" },
	{ ROW(SCSI_SET_ENDPOINT), READY, ENODEV, 1, .wwn = "" },
	{ ROW(SCSI_SET_ENDPOINT), READY, EOPNOTSUPP, 1, .wwn = WWN,
	  .reserved = 1 },
	{ ROW(SCSI_SET_ENDPOINT), SET, EEXIST, 1, .wwn = WWN },
	{ ROW(SCSI_SET_ENDPOINT), SET, EEXIST, 1, .wwn = OTHER_WWN },
	{ ROW(SCSI_CLEAR_ENDPOINT), SET, 0, 1, .wwn = WWN },
	{ ROW(SCSI_CLEAR_ENDPOINT), SET, EINVAL, 1, .wwn = "naa.1" },
	{ ROW(SCSI_CLEAR_ENDPOINT), SET, 0, 1, OURS(EPERM),
	  .wwn = WWN, .foreign = true },
	{ ROW(SCSI_CLEAR_ENDPOINT), READY, 0, 1, .wwn = WWN },
	{ ROW(SCSI_CLEAR_ENDPOINT), OPEN, EFAULT, 1, OURS(EPERM),
	  .wwn = WWN },
	{ ROW(SCSI_CLEAR_ENDPOINT), SET, EOPNOTSUPP, 1, .wwn = WWN,
	  .reserved = 1 },
};

/* ---- stages ----------------------------------------------------------- */

static void bring_to(struct scsi_guest *g, enum stage stage)
{
	switch (stage) {
	case OPEN:
		scsi_open_bare(g);
		break;
	case OWNED:
		scsi_open_bare(g);
		if (cmd(g->d.fd, VHOST_SET_OWNER, NULL))
			report_die("VHOST_SET_OWNER");
		break;
	case READY:
		scsi_open(g, F_V1);
		scsi_queues(g, 0, SCSI_QUEUES - 1);
		break;
	case SET:
		scsi_start(g, F_V1, WWN);
		break;
	}
}

/* ---- running a row ---------------------------------------------------- */

static void try(const struct row *r)
{
	struct scsi_guest g;

	bring_to(&g, r->stage);
	row_try(&(struct row_target){
		.fd = g.d.fd,
		.ours = scsi_is_ours(&g),
		.stage = stages[r->stage],
	}, r);
	scsi_close(&g);
}

static int call(const struct scsi_guest *g, const struct endpoint_row *r)
{
	struct vhost_scsi_target t = {
		.abi_version = VHOST_SCSI_ABI_VERSION,
		.vhost_tpgt = r->tag,
		.reserved = r->reserved,
	};

	memcpy(t.vhost_wwpn, r->wwn, strlen(r->wwn));
	return cmd(g->d.fd, r->nr, &t);
}

static int call_in_child(const struct scsi_guest *g,
			 const struct endpoint_row *r)
{
	int status = 0;
	pid_t pid = fork();

	if (!pid)
		_exit(call(g, r));
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		report_die("child");
	return WEXITSTATUS(status);
}

static void try_endpoint(const struct endpoint_row *r)
{
	struct scsi_guest g;
	int err, want = r->err;
	char name[400];

	bring_to(&g, r->stage);
	if (scsi_is_ours(&g) && r->ringside)
		want = r->ringside < 0 ? 0 : r->ringside;
	err = r->foreign ? call_in_child(&g, r) : call(&g, r);
	snprintf(name, sizeof(name), "%s, %s%s, \"%.40s\" %u, reserved %d",
		 r->name, stages[r->stage],
		 r->foreign ? ", not the owner" : "", r->wwn, r->tag,
		 r->reserved);
	went(err, want, name);
	scsi_close(&g);
}

/* A name without an end, of which as much is looked at as there is. */
static void endless_name(void)
{
	struct vhost_scsi_target t = { .vhost_tpgt = 1 };
	struct scsi_guest g;

	bring_to(&g, READY);
	memset(t.vhost_wwpn, 'n', sizeof(t.vhost_wwpn));
	memcpy(t.vhost_wwpn, WWN, strlen(WWN));
	report_ok(cmd(g.d.fd, VHOST_SCSI_SET_ENDPOINT, &t),
		  "SET_ENDPOINT with a name without an end is rejected");
	scsi_close(&g);
}

/* ---- what they return -------------------------------------------------- */

/* What Linux 6.12's vhost_scsi offers. */
#define LEAST 0x13d00000aull

static void features(void)
{
	struct scsi_guest g;
	int bad = 0;

	scsi_open_bare(&g);
	report_ok((g.d.offered & LEAST) == LEAST, "features offered: %#llx",
		  (unsigned long long)g.d.offered);
	/* QEMU would pass them on, and the guest could not move away. */
	report_ok(!(g.d.offered & (F_RESET | F_ORDER)),
		  "neither RING_RESET nor IN_ORDER is offered");
	for (int bit = 0; bit < 64; bit++) {
		uint64_t one = 1ull << bit;
		int err = cmd(g.d.fd, VHOST_SET_FEATURES, &one);

		bad += err != (one & g.d.offered ? 0 : EOPNOTSUPP);
	}
	report_ok(!bad, "%d of 64 bits are taken or rejected wrongly", bad);
	scsi_close(&g);
}

static void numbers(void)
{
	int version = 77;
	uint32_t missed = 77, one = 1, zero = 0;
	struct scsi_guest g;

	scsi_open_bare(&g);
	cmd(g.d.fd, VHOST_SCSI_GET_ABI_VERSION, &version);
	report_ok(version == 1, "ABI version %d", version);
	cmd(g.d.fd, VHOST_SCSI_GET_EVENTS_MISSED, &missed);
	report_ok(missed == 0, "events missed at first: %u", missed);
	cmd(g.d.fd, VHOST_SCSI_SET_EVENTS_MISSED, &one);
	cmd(g.d.fd, VHOST_SCSI_GET_EVENTS_MISSED, &missed);
	report_ok(missed == 1, "events missed once set: %u", missed);
	cmd(g.d.fd, VHOST_SCSI_SET_EVENTS_MISSED, &zero);
	cmd(g.d.fd, VHOST_SCSI_GET_EVENTS_MISSED, &missed);
	report_ok(missed == 0, "events missed once cleared: %u", missed);
	scsi_close(&g);
}

void test_commands(void)
{
	target_up();
	for (size_t i = 0; i < COUNT(rows); i++)
		try(&rows[i]);
	for (size_t i = 0; i < COUNT(ours_only) && !is_kernels_own(); i++)
		try(&ours_only[i]);
	for (size_t i = 0; i < COUNT(endpoint_rows); i++)
		try_endpoint(&endpoint_rows[i]);
	endless_name();
	features();
	numbers();
	target_down();
}
