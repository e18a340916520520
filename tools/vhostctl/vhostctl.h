/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vhostctl: what its files share. A command is a row of the table in main.c and
 * a function; it says what went wrong itself, once, and returns a status.
 */
#ifndef RINGSIDE_VHOSTCTL_H
#define RINGSIDE_VHOSTCTL_H

#include <stdbool.h>
#include <stdint.h>
#include <ringside/vsock.h>

#define LIKE_PRINTF(n) __attribute__((format(printf, n, (n) + 1)))

enum status {
	DONE,
	FAILED,		/* could not be done */
	USAGE,		/* was asked for in the wrong way; nothing was done */
};

struct command {
	const char *object, *name;
	const char *args;	/* for people */
	const char *what;
	/* argv[0] is the command's own name */
	enum status (*run)(const struct command *self, int argc, char **argv);
};

/* ---- say.c: messages, on standard error ------------------------------- */

/* "vhostctl: ...". Returns FAILED. */
enum status say_failed(const char *fmt, ...) LIKE_PRINTF(1);
/* The same, and how it is used; @c NULL: nobody knows which command. USAGE. */
enum status say_usage(const struct command *c, const char *fmt, ...)
	LIKE_PRINTF(2);
/* What getopt_long() did not like. Returns USAGE. */
enum status say_bad_option(const struct command *c, int got, char **argv);

/* ---- vsock_dev.c: the device, as administrators see it ---------------- */

/*
 * Open it, and see that it knows groups. Closed on exec, and never one of the
 * standard descriptors. Below 0: it said why not.
 */
int vsock_open(void);
/* A group command about guest @cid, 0: that of @fd. Return: 0 or an errno. */
int vsock_group(int fd, unsigned long nr, uint32_t cid, const char *name);
/* The name of one group, by its index. Return: 0 or an errno. */
int vsock_group_name(int fd, uint32_t cid, uint32_t index,
		     char name[RINGSIDE_VSOCK_GROUP_NAME]);
/* Say why a group command failed. Returns FAILED. */
enum status vsock_say_failed(int fd, uint32_t cid, const char *name, int err);

/* Words of the command line; false for others. */
bool vsock_is_cid(const char *word, uint32_t *cid);
bool vsock_is_group(const char *word);
/* Are all of them names; otherwise it said which is not. */
bool vsock_are_groups(const struct command *c, char **words, int n);

/* ---- the commands ----------------------------------------------------- */

/* vsock_list.c */
enum status vsock_list(const struct command *self, int argc, char **argv);
/* vsock_member.c */
enum status vsock_join(const struct command *self, int argc, char **argv);
enum status vsock_leave(const struct command *self, int argc, char **argv);
/* vsock_exec.c */
enum status vsock_exec(const struct command *self, int argc, char **argv);

#endif /* RINGSIDE_VHOSTCTL_H */
