/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A table of commands: each row is a command, its argument and a stage of a
 * device, and the errno that the command then returns. The program makes the
 * device, one for each row.
 */
#ifndef RINGSIDE_HOST_ROWS_H
#define RINGSIDE_HOST_ROWS_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/uapi.h"

/* The argument; a and b are members of struct row. */
enum row_form {
	NOTHING,	/* NULL */
	WORD64,		/* a */
	WORD32,		/* a; or a descriptor, as in FILE_ */
	BYTE,		/* a */
	STATE,		/* struct vhost_vring_state: a, b */
	FILE_,		/* struct vhost_vring_file: a, and the descriptor b */
	ADDR,		/* struct vhost_vring_addr: addr */
	WORKER,		/* struct vhost_vring_worker: a, b */
	BAD_POINTER,
};

/* Descriptors that are opened when used; other numbers are what they are. */
enum row_fd {
	NONE = -1,
	CLOSED = -100,
	EVENT,
	ROW_OTHER_FD,	/* the program's own from here to -3 */
};

struct row {
	unsigned long nr;
	const char *name;
	int stage;
	int err;		/* in Linux 7.3 */
	enum row_form form;
	uint64_t a, b;
	struct vhost_vring_addr addr;
	int ringside;		/* where Ringside differs; else 0 */
	bool foreign;		/* called by another process */
};

#define ROW(cmd) VHOST_##cmd, #cmd
#define OURS(e) .ringside = (e) ? (e) : -1

/* A device at the stage of a row. */
struct row_target {
	int fd;
	bool ours;		/* Ringside's module, not Linux's own */
	const char *stage;	/* for people */
	/* the program's own descriptors; NULL: it has none */
	int (*open_fd)(const struct row_target *t, int which);
	/* the argument of a row of form ADDR; NULL: there is none */
	void (*make_addr)(const struct row_target *t, const struct row *r,
			  struct vhost_vring_addr *addr);
	const void *program;	/* for these two */
};

/** row_try() - call the command and report whether it went as the row says */
void row_try(const struct row_target *t, const struct row *r);

#endif /* RINGSIDE_HOST_ROWS_H */
