/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sib: guests that talk to each other, as the host asks.
 *
 * A guest runs "sib serve". On the host "sib at CID COMMAND..." has that guest run a command, and prints what it
 * printed. So a scenario of the host has all guests at its fingers, and sees each end of a connection. Commands are
 * rows of the table in main.c; the host can run them, too.
 */
#ifndef RINGSIDE_SIB_H
#define RINGSIDE_SIB_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/program.h"
#include "lib/socket.h"

enum {
	SERVE_PORT = 900,
	GIVE_UP_SECONDS = 150,
	PATIENT = 20,		/* seconds, for what must work */
	IMPATIENT = 1,		/* for what must not */
	STAY = 20,		/* of an end whose connection has ended */
};

struct command {
	const char *name;
	int words;		/* at least, its own name included */
	int (*run)(int argc, char **argv);
};

/* main.c: run the command that the words are. Return: exit status */
int run_words(int argc, char **argv);

/* link.c */
/* the line that the host waits for must not stay in a buffer */
void print(const char *format, ...) __attribute__((format(printf, 1, 2)));
int type_of(const char *word);
/* @word: "to-host" or something else, or NULL */
struct sockaddr_vm link_address(const char *cid, uint32_t port, const char *word);
/*
 * What many commands begin with: TYPE CID PORT [to-host]. CID "-" is the side that accepts: it prints "listening", then
 * waits for one connection. Both print "peer CID flags FLAGS", as getpeername() has it.
 */
struct end {
	int fd, type;
	bool accepted;
};
struct end link_make(int argc, char **argv);

/* agent.c */
int cmd_serve(int argc, char **argv);
int cmd_at(int argc, char **argv);
int cmd_wait(int argc, char **argv);
int cmd_visitors(int argc, char **argv);
int cmd_bye(int argc, char **argv);

/* talk.c */
int cmd_talk(int argc, char **argv);

/* hold.c */
int cmd_try(int argc, char **argv);
int cmd_hold(int argc, char **argv);

#endif /* RINGSIDE_SIB_H */
