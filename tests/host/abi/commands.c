// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table: a command, with this argument, at this stage, returns that errno.
 * Each on a fresh device.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "abi/abi.h"
#include "lib/rows.h"

/* Descriptors beside those of lib/rows.h. */
enum fd {
	FULL = ROW_OTHER_FD, PIPE, DEVNULL, ITSELF, TAP, TCP, INET_RAW,
	PACKET_COOKED, PACKET_RAW,
};

#define ADDRESS (~0ull << 12)	/* never a user's */

static const struct row rows[] = {
	/* who calls */
	{ ROW(GET_FEATURES), OPEN, 0, WORD64 },
	{ ROW(GET_FEATURES), OWNED, 0, WORD64, .foreign = true },
	{ ROW(GET_FEATURES), OPEN, EFAULT, BAD_POINTER },
	{ ROW(GET_BACKEND_FEATURES), OPEN, 0, WORD64 },
	{ ROW(GET_BACKEND_FEATURES), OPEN, EFAULT, BAD_POINTER },
	{ ROW(SET_OWNER), OPEN, 0 },
	{ ROW(SET_OWNER), OWNED, EBUSY },
	{ ROW(SET_OWNER), OWNED, EBUSY, .foreign = true },
	{ ROW(RESET_OWNER), OPEN, EPERM },
	{ ROW(RESET_OWNER), OWNED, EPERM, .foreign = true },
	{ ROW(RESET_OWNER), OWNED, 0 },
	{ ROW(RESET_OWNER), RUNNING, 0 },
	{ ROW(SET_MEM_TABLE), OPEN, EPERM, WORD64 },
	{ ROW(SET_LOG_BASE), OPEN, EPERM, WORD64 },
	{ ROW(SET_LOG_FD), OPEN, EPERM, WORD32, EVENT },
	{ ROW(SET_VRING_NUM), OPEN, EPERM, STATE, 0, 64 },
	{ ROW(SET_VRING_ADDR), OPEN, EPERM, ADDR },
	{ ROW(SET_VRING_BASE), OPEN, EPERM, STATE },
	{ ROW(GET_VRING_BASE), OPEN, EPERM, STATE },
	{ ROW(SET_VRING_KICK), OPEN, EPERM, FILE_, 0, EVENT },
	{ ROW(SET_VRING_CALL), OPEN, EPERM, FILE_, 0, EVENT },
	{ ROW(SET_VRING_ERR), OPEN, EPERM, FILE_, 0, EVENT },
	{ ROW(SET_VRING_BUSYLOOP_TIMEOUT), OPEN, EPERM, STATE },
	{ ROW(GET_VRING_BUSYLOOP_TIMEOUT), OPEN, EPERM, STATE },
	{ ROW(NET_SET_BACKEND), OPEN, EPERM, FILE_, 0, TAP },
	{ ROW(SET_MEM_TABLE), READY, EPERM, WORD64, .foreign = true },
	{ ROW(SET_LOG_BASE), READY, EPERM, WORD64, .foreign = true },
	{ ROW(SET_LOG_FD), READY, EPERM, WORD32, EVENT, .foreign = true },
	{ ROW(SET_VRING_NUM), READY, EPERM, STATE, 0, 64, .foreign = true },
	{ ROW(SET_VRING_ADDR), READY, EPERM, ADDR, .foreign = true },
	{ ROW(SET_VRING_BASE), READY, EPERM, STATE, .foreign = true },
	{ ROW(GET_VRING_BASE), READY, EPERM, STATE, .foreign = true },
	{ ROW(SET_VRING_KICK), READY, EPERM, FILE_, 0, EVENT, .foreign = true },
	{ ROW(SET_VRING_CALL), READY, EPERM, FILE_, 0, EVENT, .foreign = true },
	{ ROW(SET_VRING_ERR), READY, EPERM, FILE_, 0, EVENT, .foreign = true },
	{ ROW(SET_VRING_BUSYLOOP_TIMEOUT), READY, EPERM, STATE,
	  .foreign = true },
	{ ROW(GET_VRING_BUSYLOOP_TIMEOUT), READY, EPERM, STATE,
	  .foreign = true },
	{ ROW(NET_SET_BACKEND), READY, EPERM, FILE_, 0, TAP, .foreign = true },
	{ ROW(NET_SET_BACKEND), RUNNING, EPERM, FILE_, 0, NONE,
	  .foreign = true },

	/* commands that are none */
	{ _IO(VHOST_VIRTIO, 0xfe), "an unknown one", OPEN, EPERM, STATE },
	{ _IO(VHOST_VIRTIO, 0xfe), "an unknown one", OWNED, ENOTTY, STATE },
	{ _IO('T', 1), "another device's", OWNED, ENOTTY, STATE },
	{ _IOW(VHOST_VIRTIO, 0x10, char), "SET_VRING_NUM of another size",
	  OWNED, ENOTTY, STATE },
	{ _IOR(VHOST_VIRTIO, 0x10, struct vhost_vring_state),
	  "SET_VRING_NUM the other way", OWNED, ENOTTY, STATE },
	{ VHOST_SCSI_SET_ENDPOINT, "SCSI_SET_ENDPOINT", OWNED, ENOTTY, STATE },
	{ VHOST_VSOCK_SET_RUNNING, "VSOCK_SET_RUNNING", OWNED, ENOTTY, STATE },
	{ VHOST_VDPA_GET_STATUS, "VDPA_GET_STATUS", OWNED, ENOTTY, STATE },

	/* features */
	{ ROW(SET_FEATURES), OPEN, 0, WORD64, 0 },
	{ ROW(SET_FEATURES), OPEN, 0, WORD64, F_V1 | F_MRG },
	{ ROW(SET_FEATURES), OWNED, 0, WORD64, F_V1, .foreign = true },
	{ ROW(SET_FEATURES), OPEN, EOPNOTSUPP, WORD64, 1ull << 63 },
	{ ROW(SET_FEATURES), OPEN, EOPNOTSUPP, WORD64, F_V1 | 1 },
	{ ROW(SET_FEATURES), OPEN, EFAULT, BAD_POINTER },
	{ ROW(SET_FEATURES), RUNNING, 0, WORD64, F_V1 | F_MRG | F_EVENT },
	{ ROW(SET_FEATURES), RUNNING, EOPNOTSUPP, WORD64, 1ull << 62 },
	{ ROW(SET_BACKEND_FEATURES), OPEN, 0, WORD64, 0 },
	{ ROW(SET_BACKEND_FEATURES), OPEN, 0, WORD64,
	  1ull << VHOST_BACKEND_F_IOTLB_MSG_V2 },
	{ ROW(SET_BACKEND_FEATURES), OPEN, EOPNOTSUPP, WORD64, 1ull << 60 },
	{ ROW(SET_BACKEND_FEATURES), OPEN, EFAULT, BAD_POINTER },

	/* worker mode */
	{ ROW(SET_FORK_FROM_OWNER), OPEN, 0, BYTE, 0 },
	{ ROW(SET_FORK_FROM_OWNER), OPEN, 0, BYTE, 1 },
	{ ROW(SET_FORK_FROM_OWNER), OPEN, EINVAL, BYTE, 2 },
	{ ROW(SET_FORK_FROM_OWNER), OPEN, EINVAL, BYTE, 255 },
	{ ROW(SET_FORK_FROM_OWNER), OWNED, EBUSY, BYTE, 1 },
	{ ROW(SET_FORK_FROM_OWNER), OPEN, EFAULT, BAD_POINTER },
	{ ROW(GET_FORK_FROM_OWNER), OPEN, 0, BYTE },
	{ ROW(GET_FORK_FROM_OWNER), OWNED, 0, BYTE },
	{ ROW(GET_FORK_FROM_OWNER), OPEN, EFAULT, BAD_POINTER },

	/* the log */
	{ ROW(SET_LOG_BASE), OWNED, 0, WORD64, 0 },
	{ ROW(SET_LOG_BASE), OWNED, EFAULT, BAD_POINTER },
	{ ROW(SET_LOG_FD), OWNED, 0, WORD32, NONE },
	{ ROW(SET_LOG_FD), OWNED, 0, WORD32, EVENT },
	{ ROW(SET_LOG_FD), OWNED, EBADF, WORD32, CLOSED },
	{ ROW(SET_LOG_FD), OWNED, EINVAL, WORD32, PIPE },
	{ ROW(SET_LOG_FD), OWNED, EINVAL, WORD32, ITSELF },
	{ ROW(SET_LOG_FD), OWNED, EFAULT, BAD_POINTER },

	/* size */
	{ ROW(SET_VRING_NUM), OWNED, 0, STATE, 0, 1 },
	{ ROW(SET_VRING_NUM), OWNED, 0, STATE, 1, 256 },
	{ ROW(SET_VRING_NUM), OWNED, 0, STATE, 0, 32768 },
	{ ROW(SET_VRING_NUM), OWNED, EINVAL, STATE, 0, 0 },
	{ ROW(SET_VRING_NUM), OWNED, EINVAL, STATE, 0, 3 },
	{ ROW(SET_VRING_NUM), OWNED, EINVAL, STATE, 0, 65535 },
	{ ROW(SET_VRING_NUM), OWNED, EINVAL, STATE, 0, 65536 },
	{ ROW(SET_VRING_NUM), OWNED, EINVAL, STATE, 0, 1u << 31 },
	{ ROW(SET_VRING_NUM), OWNED, ENOBUFS, STATE, 2, 256 },
	{ ROW(SET_VRING_NUM), OWNED, ENOBUFS, STATE, ~0u, 256 },
	{ ROW(SET_VRING_NUM), OWNED, ENOBUFS, STATE, 2, 3 },
	{ ROW(SET_VRING_NUM), RUNNING, EBUSY, STATE, 0, 64 },
	{ ROW(SET_VRING_NUM), RUNNING, EBUSY, STATE, 0, 3 },
	{ ROW(SET_VRING_NUM), OWNED, EFAULT, BAD_POINTER },

	/* base */
	{ ROW(SET_VRING_BASE), OWNED, 0, STATE, 0, 0 },
	{ ROW(SET_VRING_BASE), OWNED, 0, STATE, 1, 65535 },
	{ ROW(SET_VRING_BASE), OWNED, EINVAL, STATE, 0, 65536 },
	{ ROW(SET_VRING_BASE), OWNED, EINVAL, STATE, 0, 0x80008000 },
	{ ROW(SET_VRING_BASE), OWNED, ENOBUFS, STATE, 2, 0 },
	{ ROW(SET_VRING_BASE), RUNNING, EBUSY, STATE, 0, 0 },
	{ ROW(SET_VRING_BASE), OWNED, EFAULT, BAD_POINTER },
	{ ROW(GET_VRING_BASE), OWNED, 0, STATE, 0, 0 },
	{ ROW(GET_VRING_BASE), RUNNING, 0, STATE, 1, 0 },
	{ ROW(GET_VRING_BASE), OWNED, ENOBUFS, STATE, 2, 0 },
	{ ROW(GET_VRING_BASE), OWNED, EFAULT, BAD_POINTER },

	/* addresses */
	{ ROW(SET_VRING_ADDR), READY, 0, ADDR },
	{ ROW(SET_VRING_ADDR), READY, 0, ADDR,
	  .addr = { .flags = 1 << VHOST_VRING_F_LOG } },
	{ ROW(SET_VRING_ADDR), READY, EOPNOTSUPP, ADDR, .addr = { .flags = 2 } },
	{ ROW(SET_VRING_ADDR), READY, EOPNOTSUPP, ADDR,
	  .addr = { .flags = 1u << 31 } },
	{ ROW(SET_VRING_ADDR), READY, 0, ADDR,
	  .addr = { .desc_user_addr = 8 }, OURS(EINVAL) },
	{ ROW(SET_VRING_ADDR), READY, EINVAL, ADDR,
	  .addr = { .avail_user_addr = 1 } },
	{ ROW(SET_VRING_ADDR), READY, 0, ADDR, .addr = { .avail_user_addr = 2 } },
	{ ROW(SET_VRING_ADDR), READY, EINVAL, ADDR,
	  .addr = { .used_user_addr = 1 } },
	{ ROW(SET_VRING_ADDR), READY, EINVAL, ADDR,
	  .addr = { .used_user_addr = 2 } },
	{ ROW(SET_VRING_ADDR), READY, 0, ADDR, .addr = { .used_user_addr = 4 } },
	{ ROW(SET_VRING_ADDR), READY, EINVAL, ADDR,
	  .addr = { .log_guest_addr = 2 } },
	{ ROW(SET_VRING_ADDR), READY, ENOBUFS, ADDR, .addr = { .index = 2 } },
	{ ROW(SET_VRING_ADDR), READY, 0, ADDR,
	  .addr = { .desc_user_addr = ADDRESS } },
	{ ROW(SET_VRING_ADDR), RUNNING, 0, ADDR },
	{ ROW(SET_VRING_ADDR), RUNNING, EINVAL, ADDR,
	  .addr = { .desc_user_addr = ADDRESS } },
	{ ROW(SET_VRING_ADDR), RUNNING, EINVAL, ADDR,
	  .addr = { .avail_user_addr = ADDRESS } },
	{ ROW(SET_VRING_ADDR), RUNNING, EINVAL, ADDR,
	  .addr = { .used_user_addr = ADDRESS } },
	{ ROW(SET_VRING_ADDR), OWNED, EFAULT, BAD_POINTER },

	/* eventfds */
	{ ROW(SET_VRING_KICK), OWNED, 0, FILE_, 0, EVENT },
	{ ROW(SET_VRING_KICK), OWNED, 0, FILE_, 1, NONE },
	{ ROW(SET_VRING_KICK), RUNNING, 0, FILE_, 0, NONE },
	{ ROW(SET_VRING_KICK), RUNNING, 0, FILE_, 0, EVENT },
	{ ROW(SET_VRING_KICK), OWNED, EBADF, FILE_, 0, CLOSED },
	{ ROW(SET_VRING_KICK), OWNED, EBADF, FILE_, 0, -2 },
	{ ROW(SET_VRING_KICK), OWNED, EINVAL, FILE_, 0, PIPE },
	{ ROW(SET_VRING_KICK), OWNED, EINVAL, FILE_, 0, ITSELF },
	{ ROW(SET_VRING_KICK), OWNED, 0, FILE_, 0, FULL },
	{ ROW(SET_VRING_KICK), OWNED, ENOBUFS, FILE_, 2, EVENT },
	{ ROW(SET_VRING_KICK), OWNED, EFAULT, BAD_POINTER },
	{ ROW(SET_VRING_CALL), OWNED, 0, FILE_, 0, EVENT },
	{ ROW(SET_VRING_CALL), RUNNING, 0, FILE_, 0, NONE },
	{ ROW(SET_VRING_CALL), RUNNING, 0, FILE_, 0, EVENT },
	{ ROW(SET_VRING_CALL), OWNED, 0, FILE_, 0, FULL },
	{ ROW(SET_VRING_CALL), OWNED, EBADF, FILE_, 0, CLOSED },
	{ ROW(SET_VRING_CALL), OWNED, EBADF, FILE_, 0, -2 },
	{ ROW(SET_VRING_CALL), OWNED, EINVAL, FILE_, 0, DEVNULL },
	{ ROW(SET_VRING_CALL), OWNED, ENOBUFS, FILE_, ~0u, EVENT },
	{ ROW(SET_VRING_CALL), OWNED, EFAULT, BAD_POINTER },
	{ ROW(SET_VRING_ERR), OWNED, 0, FILE_, 0, EVENT },
	{ ROW(SET_VRING_ERR), RUNNING, 0, FILE_, 0, NONE },
	{ ROW(SET_VRING_ERR), OWNED, EBADF, FILE_, 0, CLOSED },
	{ ROW(SET_VRING_ERR), OWNED, EINVAL, FILE_, 0, TAP },
	{ ROW(SET_VRING_ERR), OWNED, ENOBUFS, FILE_, 2, EVENT },
	{ ROW(SET_VRING_ERR), OWNED, EFAULT, BAD_POINTER },

	/* busy polling */
	{ ROW(SET_VRING_BUSYLOOP_TIMEOUT), OWNED, 0, STATE, 0, 50 },
	{ ROW(SET_VRING_BUSYLOOP_TIMEOUT), OWNED, 0, STATE, 0, ~0u },
	{ ROW(SET_VRING_BUSYLOOP_TIMEOUT), RUNNING, 0, STATE, 1, 50 },
	{ ROW(SET_VRING_BUSYLOOP_TIMEOUT), OWNED, ENOBUFS, STATE, 2, 50 },
	{ ROW(SET_VRING_BUSYLOOP_TIMEOUT), OWNED, EFAULT, BAD_POINTER },
	{ ROW(GET_VRING_BUSYLOOP_TIMEOUT), OWNED, ENOBUFS, STATE, 2 },
	{ ROW(GET_VRING_BUSYLOOP_TIMEOUT), OWNED, EFAULT, BAD_POINTER },

	/* the backend */
	{ ROW(NET_SET_BACKEND), OWNED, EFAULT, FILE_, 0, NONE, OURS(0) },
	{ ROW(NET_SET_BACKEND), MEMORY, 0, FILE_, 1, NONE },
	{ ROW(NET_SET_BACKEND), READY, 0, FILE_, 0, NONE },
	{ ROW(NET_SET_BACKEND), OWNED, EFAULT, FILE_, 0, TAP },
	{ ROW(NET_SET_BACKEND), MEMORY, EFAULT, FILE_, 1, TAP },
	{ ROW(NET_SET_BACKEND), READY, 0, FILE_, 0, TAP },
	{ ROW(NET_SET_BACKEND), READY, 0, FILE_, 1, PACKET_RAW },
	{ ROW(NET_SET_BACKEND), READY, ENOBUFS, FILE_, 2, TAP },
	{ ROW(NET_SET_BACKEND), READY, ENOBUFS, FILE_, ~0u, NONE },
	{ ROW(NET_SET_BACKEND), READY, ENOTSOCK, FILE_, 0, CLOSED },
	{ ROW(NET_SET_BACKEND), READY, ENOTSOCK, FILE_, 0, -2 },
	{ ROW(NET_SET_BACKEND), READY, ENOTSOCK, FILE_, 0, PIPE },
	{ ROW(NET_SET_BACKEND), READY, ENOTSOCK, FILE_, 0, DEVNULL },
	{ ROW(NET_SET_BACKEND), READY, ENOTSOCK, FILE_, 0, EVENT },
	{ ROW(NET_SET_BACKEND), READY, ENOTSOCK, FILE_, 0, ITSELF },
	{ ROW(NET_SET_BACKEND), READY, ENOTSOCK, FILE_, 0, TCP },
	{ ROW(NET_SET_BACKEND), READY, ENOTSOCK, FILE_, 0, INET_RAW },
	{ ROW(NET_SET_BACKEND), READY, ENOTSOCK, FILE_, 0, PACKET_COOKED },
	{ ROW(NET_SET_BACKEND), RUNNING, ENOTSOCK, FILE_, 0, PIPE },
	{ ROW(NET_SET_BACKEND), RUNNING, 0, FILE_, 0, TAP },
	{ ROW(NET_SET_BACKEND), RUNNING, 0, FILE_, 1, NONE },
	{ ROW(NET_SET_BACKEND), READY, EFAULT, BAD_POINTER },
};

/* ---- file descriptors --------------------------------------------------- */

static int full_event(void)
{
	uint64_t most = ~1ull;
	int fd = eventfd(0, EFD_NONBLOCK);

	/* Its reader would get 2^64 - 2; a signal then makes it an error. */
	if (write(fd, &most, sizeof(most)) != sizeof(most))
		report_die("eventfd");
	return fd;
}

static int pipe_end(void)
{
	int fd[2];

	if (pipe(fd))
		report_die("pipe");
	close(fd[1]);
	return fd[0];
}

static int new_tap(void)
{
	struct link l;

	link_tap(&l, 12);
	close(l.peer);
	return l.backend;
}

static int open_fd(const struct row_target *t, int which)
{
	switch (which) {
	case FULL: return full_event();
	case PIPE: return pipe_end();
	case DEVNULL: return open("/dev/null", O_RDWR);
	case ITSELF: return dup(t->fd);
	case TAP: return new_tap();
	case TCP: return socket(AF_INET, SOCK_STREAM, 0);
	case INET_RAW: return socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
	case PACKET_COOKED: return socket(AF_PACKET, SOCK_DGRAM, 0);
	case PACKET_RAW: return socket(AF_PACKET, SOCK_RAW, 0);
	default: return which;
	}
}

/* ---- running a row ------------------------------------------------------ */

static uint64_t moved(uint64_t by, uint64_t right)
{
	return by < 4096 ? right + by : by;
}

/* What is below 4096 is added to the right address. */
static void make_addr(const struct row_target *t, const struct row *r,
		      struct vhost_vring_addr *a)
{
	const struct device *d = t->program;
	void *const *area = d->q[0].cfg.area;

	*a = r->addr;
	a->desc_user_addr = moved(a->desc_user_addr, (uintptr_t)area[DRV_DESC]);
	a->avail_user_addr = moved(a->avail_user_addr,
				   (uintptr_t)area[DRV_DRIVER]);
	a->used_user_addr = moved(a->used_user_addr,
				  (uintptr_t)area[DRV_DEVICE]);
	a->log_guest_addr = moved(a->log_guest_addr, MEMORY_RINGS_GPA);
}

static void try(const struct row *r)
{
	static const char *const stages[] = {
		"open", "owned", "memory", "ready", "running",
	};
	struct device d;
	struct link l;

	if (!stage_open(&d, &l, r->stage, F_V1 | F_MRG))
		report_die("stage %d", r->stage);
	row_try(&(struct row_target){
		.fd = d.fd,
		.ours = ringside(&d),
		.stage = stages[r->stage],
		.open_fd = open_fd,
		.make_addr = make_addr,
		.program = &d,
	}, r);
	stage_close(&d, &l);
}

void abi_commands(void)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		try(&rows[i]);
}
