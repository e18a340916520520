/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vpeer: checks of vsock between a host and a real guest; one program for both ends.
 *
 * The guest runs "vpeer serve". The host runs one check after the other: it opens a control connection to the guest,
 * sends its order, and both ends do their part, in step. Most checks are one function that both ends run; struct job
 * says which end it is. An end that finds something wrong says so on its standard error and exits: its peer sees the
 * control connection end and fails as well.
 */
#ifndef RINGSIDE_VPEER_H
#define RINGSIDE_VPEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "lib/pattern.h"
#include "lib/program.h"
#include "lib/socket.h"

enum {
	CONTROL_PORT = 1000,
	FIRST_PORT = 10000,
	BLOCK = 65536,
	MEBIBYTE = 1 << 20,
	GIVE_UP_SECONDS = 100,
	BOOT_SECONDS = 250,	/* in a host that is emulated */
};

enum end { HOST, GUEST };

static inline enum end other(enum end e)
{
	return e == HOST ? GUEST : HOST;
}

/* What the host sends to begin with. */
struct order {
	char name[16];
	uint32_t port;		/* where both ends listen during this check */
	uint32_t number;	/* of connections, or what the check makes of it */
};

/* What they report to each other meanwhile. Each has its place; another word is a failure. */
enum word { READY = 1, BARRIER, MOVED, ENDED, REBOOT, DONE };

struct job {
	enum end me;
	uint32_t cid;		/* the other end's */
	int control;		/* -1: the guest is gone */
	int listener;
	int type;		/* SOCK_STREAM or SOCK_SEQPACKET */
	struct order order;
	const char *extra;	/* host: third word of the command line */
};

struct check {
	const char *name;
	int type;
	void (*run[2])(struct job *);	/* by enum end */
};

/* main.c */
const struct check *check_find(const char *name);

/* serve.c: the guest's end; host.c: the host's */
int serve(void);
int order(uint32_t cid, const char *name, const char *number, const char *extra);
int wait_for(uint32_t cid);
int no_guest(uint32_t cid);

/* link.c: connections. link_connect() ends the program when it cannot; link_try() returns the socket, or -errno. */
int link_try(uint32_t cid, uint32_t port, int type);
int link_connect(uint32_t cid, uint32_t port, int type);
/* the end of file must be next */
void expect_eof(int fd, const char *who);
/* a child that does not outlive its parent */
int start_child(void);

/* link.c: the control connection */
void send_word(const struct job *j, enum word word, uint32_t value);
uint32_t expect_word(const struct job *j, enum word word);
void barrier(const struct job *j);
/* one connection, opened by @origin; both ends call it, and get their own socket of it */
int meet(const struct job *j, enum end origin);

/* the pattern that @from sends on connection @i */
static inline uint32_t seed_of(uint32_t i, enum end from)
{
	return 2 * i + from;
}

/* flow.c: both directions of many connections at once, to their end */
struct flow {
	int fd;
	uint32_t in_seed, out_seed;
	uint64_t in, out, bytes;
};
struct flow flow_of(int fd, enum end me, uint32_t i, uint64_t bytes);
void flow_all(struct flow *f, size_t n);

/* mover.c: one direction, until something ends it; how it ended is returned: an errno, or 0 for the end of file */
struct mover {
	int fd;
	uint32_t seed;
	bool out;		/* sends, or receives */
	void (*moved)(void *);	/* called once a mebibyte was moved */
	void *arg;
};
int mover_run(const struct mover *m);

/* the checks */
void check_stream(struct job *j);
void check_messages(struct job *j);
void check_no_messages(struct job *j);
void check_many(struct job *j);
void check_halves(struct job *j);
void check_killed_host(struct job *j);
void check_killed_guest(struct job *j);
void check_restart_host(struct job *j);
void check_closed_host(struct job *j);
void check_lost_guest(struct job *j);
void check_last_host(struct job *j);
void check_last_guest(struct job *j);
void check_bye(struct job *j);

#endif /* RINGSIDE_VPEER_H */
