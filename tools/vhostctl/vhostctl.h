/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vhostctl: what its files share. A command is a row of the table in main.c and
 * a function; it says what went wrong itself, once, and returns a status.
 */
#ifndef RINGSIDE_VHOSTCTL_H
#define RINGSIDE_VHOSTCTL_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <ringside/vsock.h>

#define LIKE_PRINTF(n) __attribute__((format(printf, n, (n) + 1)))

enum status {
	DONE,
	FAILED,		/* could not be done */
	USAGE,		/* wrong words or a wrong file; nothing was done */
	CHANGES,	/* a check found what would be changed */
};

struct command {
	const char *object, *name;	/* object "": none */
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
/* "BEFORE[OBJECT ]NAME[ ARGS]" and a line's end. */
void say_synopsis(FILE *f, const char *before, const struct command *c);
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

/* ---- vsock_policy.c --------------------------------------------------- */

/*
 * Set what one word says: pin, pin=CID, ports=LIST, connections=N, queued=BYTES.
 * @cid: of the guest; 0: not known yet. False: no such word.
 */
bool vsock_policy_word(struct ringside_vsock_policy *p, uint32_t cid,
		       const char *word);
/* Print the words of a policy, each behind a space; " none" without any. */
void vsock_policy_print(FILE *f, const struct ringside_vsock_policy *p);
/* About guest @cid, 0: that of @fd. Return: 0 or an errno. */
int vsock_policy_get(int fd, uint32_t cid, struct ringside_vsock_policy *p);
int vsock_policy_set(int fd, uint32_t cid, const struct ringside_vsock_policy *p);
/* Say why one of them failed. Returns FAILED. */
enum status vsock_policy_say_failed(int fd, uint32_t cid,
				    const struct ringside_vsock_policy *p,
				    int err);

/* ---- libvirt.c -------------------------------------------------------- */

enum { VSOCK_UUID_LEN = 36 };

struct libvirt_domain {
	char uuid[VSOCK_UUID_LEN + 1];
	uint32_t cid;		/* 0: it has no vsock device */
};

/* From a file with its XML, "-": standard input. It says why it could not. */
enum status libvirt_read_domain(const char *name, struct libvirt_domain *d);
/* The CID of the domain that runs under this UUID, or 0. */
uint32_t libvirt_find(const char *uuid);

/* ---- vsock_file.c: what guests shall have ------------------------------ */

struct vsock_entry {
	uint32_t cid;		/* 0: not known yet */
	char uuid[VSOCK_UUID_LEN + 1];	/* or empty */
	bool pin;		/* to its CID */
	struct ringside_vsock_policy policy;
	int n_groups;
	char group[RINGSIDE_VSOCK_MAX_GROUPS][RINGSIDE_VSOCK_GROUP_NAME];
};

struct vsock_file {
	const char *name;
	unsigned int line;	/* the last one that was read */
	struct vsock_entry *entry;
	size_t n;
};

/* It says what was wrong, and where. Free it after success only. */
enum status vsock_file_read(struct vsock_file *f, const char *name);
void vsock_file_free(struct vsock_file *f);

/* ---- the commands ----------------------------------------------------- */

/* vsock_list.c */
enum status vsock_list(const struct command *self, int argc, char **argv);
/* vsock_member.c */
enum status vsock_join(const struct command *self, int argc, char **argv);
enum status vsock_leave(const struct command *self, int argc, char **argv);
/* vsock_policy.c */
enum status vsock_policy(const struct command *self, int argc, char **argv);
/* vsock_apply.c */
enum status vsock_apply(const struct command *self, int argc, char **argv);
/* vsock_exec.c */
enum status vsock_exec(const struct command *self, int argc, char **argv);

#endif /* RINGSIDE_VHOSTCTL_H */
