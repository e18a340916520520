// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table: a command, with this argument, at this stage, returns that errno.
 * Each on a fresh device. What all devices share is in the abi program in full;
 * here are the device's own commands, and each common one on this device.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests.h"

enum stage { OPEN, OWNED, READY, SET };

enum form { NOTHING, WORD64, WORD32, STATE, EVENT, CLOSED, WORKER, TARGET,
	    BAD_POINTER };

struct row {
	unsigned long nr;
	const char *name;
	enum stage stage;
	int err;		/* in Linux 7.3 */
	enum form form;
	uint64_t a, b;		/* index and number, or the only number */
	int ringside;		/* where Ringside differs; else 0 */
	bool foreign;		/* called by another process */
	const char *wwn;
	int reserved;
	bool late;		/* 6.12 does not reject it yet */
};

#define ROW(cmd) VHOST_##cmd, #cmd
#define OURS(e) .ringside = (e) ? (e) : -1

static const struct row rows[] = {
	/* the endpoint; a: the TPG's tag */
	{ ROW(SCSI_SET_ENDPOINT), READY, 0, TARGET, 1, .wwn = WWN },
	{ ROW(SCSI_SET_ENDPOINT), READY, 0, TARGET, 2, .wwn = WWN },
	{ ROW(SCSI_SET_ENDPOINT), OPEN, EFAULT, TARGET, 1, OURS(EPERM),
	  .wwn = WWN },
	{ ROW(SCSI_SET_ENDPOINT), OWNED, EFAULT, TARGET, 1, .wwn = WWN },
	{ ROW(SCSI_SET_ENDPOINT), READY, 0, TARGET, 1, OURS(EPERM),
	  .wwn = WWN, .foreign = true },
	{ ROW(SCSI_SET_ENDPOINT), READY, ENODEV, TARGET, 1, .wwn = "naa.1" },
	{ ROW(SCSI_SET_ENDPOINT), READY, ENODEV, TARGET, 1, .wwn = "" },
	{ ROW(SCSI_SET_ENDPOINT), READY, EOPNOTSUPP, TARGET, 1, .wwn = WWN,
	  .reserved = 1 },
	{ ROW(SCSI_SET_ENDPOINT), READY, EFAULT, BAD_POINTER },
	{ ROW(SCSI_SET_ENDPOINT), SET, EEXIST, TARGET, 1, .wwn = WWN },
	{ ROW(SCSI_SET_ENDPOINT), SET, EEXIST, TARGET, 1, .wwn = OTHER_WWN },
	{ ROW(SCSI_CLEAR_ENDPOINT), SET, 0, TARGET, 1, .wwn = WWN },
	{ ROW(SCSI_CLEAR_ENDPOINT), SET, EINVAL, TARGET, 1, .wwn = "naa.1" },
	{ ROW(SCSI_CLEAR_ENDPOINT), SET, 0, TARGET, 1, OURS(EPERM),
	  .wwn = WWN, .foreign = true },
	{ ROW(SCSI_CLEAR_ENDPOINT), READY, 0, TARGET, 1, .wwn = WWN },
	{ ROW(SCSI_CLEAR_ENDPOINT), OPEN, EFAULT, TARGET, 1, OURS(EPERM),
	  .wwn = WWN },
	{ ROW(SCSI_CLEAR_ENDPOINT), SET, EOPNOTSUPP, TARGET, 1, .wwn = WWN,
	  .reserved = 1 },
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
	{ ROW(SET_FEATURES), SET, EBUSY, WORD64, F_V1 | SCSI_F_HOTPLUG,
	  .late = true },
	{ ROW(SET_FEATURES), SET, EBUSY, WORD64, F_V1 | SCSI_F_PI,
	  .late = true },
	{ ROW(SET_FEATURES), SET, EBUSY, WORD64, 0, .late = true },

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
	{ ROW(SET_VRING_KICK), OWNED, 0, EVENT, 2 },
	{ ROW(SET_VRING_KICK), OWNED, EBADF, CLOSED, 2 },
	{ ROW(SET_VRING_CALL), SET, 0, EVENT, 2 },
	{ ROW(SET_VRING_CALL), OWNED, EBADF, CLOSED, 2 },
	{ ROW(SET_VRING_ERR), SET, 0, EVENT, 2 },
	{ ROW(SET_VRING_ERR), OWNED, EBADF, CLOSED, 2 },
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

static int closed_fd(void)
{
	int fd = eventfd(0, 0);

	close(fd);
	return fd;
}

static int call(const struct scsi_guest *g, const struct row *r)
{
	union {
		uint64_t w64;
		uint32_t w32;
		struct vhost_vring_state state;
		struct vhost_vring_file file;
		struct uapi_vring_worker worker;
		struct vhost_scsi_target target;
	} arg = { 0 };
	void *p = &arg;
	int fd = -1, err;

	switch (r->form) {
	case NOTHING: p = NULL; break;
	case BAD_POINTER: p = (void *)(uintptr_t)16; break;
	case WORD64: arg.w64 = r->a; break;
	case WORD32: arg.w32 = r->a; break;
	case STATE:
		arg.state = (struct vhost_vring_state){ r->a, r->b };
		break;
	case WORKER:
		arg.worker = (struct uapi_vring_worker){ r->a, r->b };
		break;
	case EVENT:
		fd = eventfd(0, EFD_NONBLOCK);
		arg.file = (struct vhost_vring_file){ r->a, fd };
		break;
	case CLOSED:
		arg.file = (struct vhost_vring_file){ r->a, closed_fd() };
		break;
	case TARGET:
		arg.target.abi_version = VHOST_SCSI_ABI_VERSION;
		arg.target.vhost_tpgt = r->a;
		arg.target.reserved = r->reserved;
		snprintf(arg.target.vhost_wwpn, sizeof(arg.target.vhost_wwpn),
			 "%s", r->wwn);
		break;
	}
	err = cmd(g->d.fd, r->nr, p);
	if (fd >= 0)
		close(fd);
	return err;
}

static int call_in_child(const struct scsi_guest *g, const struct row *r)
{
	int status = 0;
	pid_t pid = fork();

	if (!pid)
		_exit(call(g, r));
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		report_die("child");
	return WEXITSTATUS(status);
}

static void try(const struct row *r)
{
	static const char *const stages[] = { "open", "owned", "ready",
					      "endpoint set" };
	struct scsi_guest g;
	int err, want = r->err;
	char name[160];

	bring_to(&g, r->stage);
	if (r->late && !scsi_is_ours(&g)) {
		scsi_close(&g);
		return;
	}
	if (scsi_is_ours(&g) && r->ringside)
		want = r->ringside < 0 ? 0 : r->ringside;
	err = r->foreign ? call_in_child(&g, r) : call(&g, r);
	snprintf(name, sizeof(name), "%s, %s%s, %s %lld %lld%s", r->name,
		 stages[r->stage], r->foreign ? ", not the owner" : "",
		 r->wwn ? r->wwn : "", (long long)r->a, (long long)r->b,
		 r->form == BAD_POINTER ? ", bad pointer" : "");
	went(err, want, name);
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
	features();
	numbers();
	target_down();
}
