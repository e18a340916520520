/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a test program says: TAP lines on standard output, an exit status, and
 * a watchdog, so that nothing hangs in silence.
 *
 * Processes made by fork() share the count; they report one at a time.
 */
#ifndef RINGSIDE_HOST_REPORT_H
#define RINGSIDE_HOST_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#define LIKE_PRINTF(n) __attribute__((format(printf, n, (n) + 1)))

/** report_begin() - before anything else; @seconds until the watchdog bites */
void report_begin(unsigned int seconds);

/** report_ok() - one result; returns @ok */
bool report_ok(bool ok, const char *fmt, ...) LIKE_PRINTF(2);

/** report_skip() - one result that could not be had here, and why */
void report_skip(const char *why, const char *fmt, ...) LIKE_PRINTF(2);

/** report_note() - a remark: "# ..." */
void report_note(const char *fmt, ...) LIKE_PRINTF(1);

/** report_die() - the test itself cannot go on (with errno); exits */
void report_die(const char *fmt, ...) LIKE_PRINTF(1) __attribute__((noreturn));

/** report_end() - print the plan; the exit status: 1 when anything failed */
int report_end(void);

/** now_ms() - a monotonic clock */
uint64_t now_ms(void);

/** env_number() - an environment variable, or @otherwise */
uint64_t env_number(const char *name, uint64_t otherwise);

/** errno_name() - "EINVAL"; 0 is "0" */
const char *errno_name(int err);

/** went() - report a command that must end with this errno; returns if it did */
bool went(int err, int want, const char *what);

#endif /* RINGSIDE_HOST_REPORT_H */
