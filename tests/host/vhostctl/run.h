/* SPDX-License-Identifier: GPL-2.0-only */
/* Runs the tool as a person would, and compares all that it says. */
#ifndef RINGSIDE_HOST_VHOSTCTL_RUN_H
#define RINGSIDE_HOST_VHOSTCTL_RUN_H

#include <stdbool.h>
#include <stdint.h>

enum { MAX_OUTPUT = 8192 };

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

/* What vsock list prints above the guests. */
#define TABLE "CID         GROUPS\n"

/* main.c: a device with this CID and no guest behind it. */
int device_open(uint64_t cid);

/* apply.c */
void apply(void);

#endif /* RINGSIDE_HOST_VHOSTCTL_RUN_H */
