/* SPDX-License-Identifier: GPL-2.0-only */
/* Runs the tool as a person would, and compares all that it says. */
#ifndef RINGSIDE_HOST_VHOSTCTL_RUN_H
#define RINGSIDE_HOST_VHOSTCTL_RUN_H

#include <stdbool.h>
#include <stdint.h>

enum { MAX_OUTPUT = 16384 };

/* Where the tool is, and this program; found by run_begin(). */
extern char tool_path[], self_path[];
void run_begin(void);

/* From now on, run it without CAP_NET_ADMIN. */
void run_unprivileged(bool yes);

/*
 * Run it with these words, divided by single spaces: it must end with @status,
 * having printed @out, and on standard error something that begins with @err.
 */
void expect(const char *words, int status, const char *out, const char *err);

/*
 * It must end well, and have printed lines that begin with these; NULL is behind the
 * last one.
 */
void expect_lines(const char *words, const char *const *lines);

/* It must end well, and so must the shell command @filter that reads its output. */
void expect_filter(const char *words, const char *filter);

/* Run it until tool_end(); @out: a file with what it prints. */
struct tool {
	int pid, out;
};

struct tool tool_start(const char *words);
/* Bytes that it has printed so far. */
long tool_printed(const struct tool *t);
/* Wait until what it printed ends with @end, and end it. */
void tool_end(struct tool *t, const char *words, const char *end);

/* What vsock list prints above the guests. */
#define TABLE "CID         GROUPS\n"

/* main.c: a device with this CID and no guest behind it. */
int vsock_device(uint64_t cid);

/* apply.c */
void apply(void);

/* see.c: with our modules, and with the kernel's own */
void see(void);
void see_not(void);

#endif /* RINGSIDE_HOST_VHOSTCTL_RUN_H */
