// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/device.h"
#include "lib/report.h"
#include "lib/rows.h"

/* ---- arguments ---------------------------------------------------------- */

static int closed_fd(void)
{
	int fd = eventfd(0, 0);

	close(fd);
	return fd;
}

/* A descriptor, to be closed afterwards. */
static int open_fd(const struct row_target *t, int which)
{
	switch (which) {
	case CLOSED: return closed_fd();
	case EVENT: return eventfd(0, EFD_NONBLOCK);
	}
	return which < -2 && t->open_fd ? t->open_fd(t, which) : which;
}

static int call(const struct row_target *t, const struct row *r)
{
	union {
		uint64_t w64;
		int32_t w32;
		uint8_t byte;
		struct vhost_vring_state state;
		struct vhost_vring_file file;
		struct vhost_vring_addr addr;
		struct uapi_vring_worker worker;
	} arg = { 0 };
	void *p = &arg;
	int fd = -1, err;

	switch (r->form) {
	case NOTHING: p = NULL; break;
	case BAD_POINTER: p = (void *)(uintptr_t)16; break;
	case WORD64: arg.w64 = r->a; break;
	case WORD32: arg.w32 = fd = open_fd(t, (int)r->a); break;
	case BYTE: arg.byte = (uint8_t)r->a; break;
	case ADDR: t->make_addr(t, r, &arg.addr); break;
	case STATE:
		arg.state = (struct vhost_vring_state){ r->a, r->b };
		break;
	case WORKER:
		arg.worker = (struct uapi_vring_worker){ r->a, r->b };
		break;
	case FILE_:
		fd = open_fd(t, (int)r->b);
		arg.file = (struct vhost_vring_file){ r->a, fd };
		break;
	}
	err = cmd(t->fd, r->nr, p);
	if (fd > STDERR_FILENO)
		close(fd);
	return err;
}

/* ---- calling ------------------------------------------------------------ */

static int call_in_child(const struct row_target *t, const struct row *r)
{
	int status = 0;
	pid_t pid = fork();

	if (!pid)
		_exit(call(t, r));
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		report_die("child");
	return WEXITSTATUS(status);
}

/* Linux has it as an option. */
static bool is_missing(int err, const struct row *r)
{
	return err == ENOTTY && (r->nr == VHOST_SET_FORK_FROM_OWNER ||
				 r->nr == VHOST_GET_FORK_FROM_OWNER);
}

void row_try(const struct row_target *t, const struct row *r)
{
	int want = r->err, err;
	char name[120];

	if (t->ours && r->ringside)
		want = r->ringside < 0 ? 0 : r->ringside;
	err = r->foreign ? call_in_child(t, r) : call(t, r);
	snprintf(name, sizeof(name), "%s, %s%s, %lld %lld%s", r->name, t->stage,
		 r->foreign ? ", not the owner" : "", (long long)r->a,
		 (long long)r->b, r->form == BAD_POINTER ? ", bad pointer" : "");
	if (is_missing(err, r))
		report_skip("not in this kernel", "%s", name);
	else
		went(err, want, name);
}
