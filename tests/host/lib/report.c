// SPDX-License-Identifier: GPL-2.0-only
/*
 * TAP lines, exit status, watchdog. The counts are in shared memory, so that
 * children may report, too.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "report.h"

static struct counts {
	uint32_t all, bad, skipped;
} *counts;

static void bite(int sig)
{
	static const char line[] = "Bail out! the watchdog bites\n";

	(void)sig;
	if (write(STDOUT_FILENO, line, sizeof(line) - 1) < 0)
		_exit(3);
	_exit(2);
}

void report_begin(unsigned int seconds)
{
	counts = mmap(NULL, sizeof(*counts), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (counts == MAP_FAILED)
		report_die("mmap");
	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGALRM, bite);
	signal(SIGPIPE, SIG_IGN);
	alarm(seconds);
}

static void say(const char *what, const char *fmt, va_list args,
		const char *why)
{
	printf("%s %u - ", what, ++counts->all);
	vprintf(fmt, args);
	if (why)
		printf(" # SKIP %s", why);
	printf("\n");
}

bool report_ok(bool ok, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say(ok ? "ok" : "not ok", fmt, args, NULL);
	va_end(args);
	if (!ok)
		counts->bad++;
	return ok;
}

void report_skip(const char *why, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say("ok", fmt, args, why);
	va_end(args);
	counts->skipped++;
}

void report_note(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	printf("# ");
	vprintf(fmt, args);
	printf("\n");
	va_end(args);
}

void report_die(const char *fmt, ...)
{
	int err = errno;
	va_list args;

	va_start(args, fmt);
	printf("Bail out! ");
	vprintf(fmt, args);
	printf(": %s\n", strerror(err));
	va_end(args);
	exit(2);
}

int report_end(void)
{
	printf("1..%u\n", counts->all);
	printf("# %u passed, %u failed, %u skipped\n",
	       counts->all - counts->bad - counts->skipped, counts->bad,
	       counts->skipped);
	return counts->bad ? 1 : 0;
}

uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

uint64_t env_number(const char *name, uint64_t otherwise)
{
	const char *value = getenv(name);

	return value && *value ? strtoull(value, NULL, 0) : otherwise;
}

const char *errno_name(int err)
{
	const char *name = strerrorname_np(err);

	return name ? name : "?";
}

bool went(int err, int want, const char *what)
{
	return report_ok(err == want, "%s: %s%s%s", what, errno_name(err),
			 err == want ? "" : ", not ",
			 err == want ? "" : errno_name(want));
}
