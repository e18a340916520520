// SPDX-License-Identifier: GPL-2.0-only
/*
 * One run of the tool. Its two outputs go to files that have no name, so that
 * it never waits for us.
 */
#define _GNU_SOURCE
#include <limits.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/report.h"
#include "run.h"

enum { MAX_WORDS = 64 };

char tool_path[PATH_MAX + 32], self_path[PATH_MAX];
static bool unprivileged;

void run_begin(void)
{
	char *slash;
	ssize_t len = readlink("/proc/self/exe", self_path, PATH_MAX - 1);

	if (len < 0)
		report_die("/proc/self/exe");
	slash = strrchr(self_path, '/');
	snprintf(tool_path, sizeof(tool_path), "%.*s/../tools/vhostctl",
		 (int)(slash - self_path), self_path);
	if (access(tool_path, X_OK))
		report_die("%s", tool_path);
}

void run_unprivileged(bool yes)
{
	unprivileged = yes;
}

static void split(char *words, char **argv)
{
	int n = 0;

	argv[n++] = tool_path;
	for (char *w = strtok(words, " "); w; w = strtok(NULL, " "))
		if (n < MAX_WORDS - 1)
			argv[n++] = w;
	argv[n] = NULL;
}

static void become_tool(const char *words, int out, int err)
{
	char *argv[MAX_WORDS], *copy = strdup(words);

	split(copy, argv);
	if (unprivileged && prctl(PR_CAPBSET_DROP, CAP_NET_ADMIN, 0, 0, 0))
		_exit(100);
	dup2(out, STDOUT_FILENO);
	dup2(err, STDERR_FILENO);
	execv(argv[0], argv);
	_exit(101);
}

static void read_back(int fd, char text[MAX_OUTPUT])
{
	ssize_t len = pread(fd, text, MAX_OUTPUT - 1, 0);

	text[len < 0 ? 0 : len] = 0;
	close(fd);
}

/* One run: its wait status, and what it printed. */
static int run(const char *words, char *out, char *err)
{
	int o = memfd_create("out", MFD_CLOEXEC);
	int e = memfd_create("err", MFD_CLOEXEC);
	int how = -1;
	pid_t pid = fork();

	if (pid < 0 || o < 0 || e < 0)
		report_die("a process and its outputs");
	if (!pid)
		become_tool(words, o, e);
	waitpid(pid, &how, 0);
	read_back(o, out);
	read_back(e, err);
	return how;
}

static char got_out[MAX_OUTPUT], got_err[MAX_OUTPUT];

static void note(int how)
{
	report_note("status %#x, output '%s', messages '%s'", how, got_out,
		    got_err);
}

void expect(const char *words, int status, const char *out, const char *err)
{
	int how = run(words, got_out, got_err);
	bool ok = WIFEXITED(how) && WEXITSTATUS(how) == status &&
		  !strcmp(got_out, out) && !strncmp(got_err, err, strlen(err)) &&
		  !*err == !*got_err;

	if (!report_ok(ok, "%.100s", words))
		note(how);
}

static bool has_line(const char *text, const char *line)
{
	while (text && strncmp(text, line, strlen(line))) {
		text = strchr(text, '\n');
		text += !!text;
	}
	return text;
}

void expect_lines(const char *words, const char *const *lines)
{
	int how = run(words, got_out, got_err);

	if (!report_ok(!how && !*got_err, "%.100s: ends well", words))
		note(how);
	for (; *lines; lines++)
		if (!report_ok(has_line(got_out, *lines), "%.100s: '%s'", words,
			       *lines))
			note(how);
}

void expect_filter(const char *words, const char *filter)
{
	int how = run(words, got_out, got_err), status = -1;
	FILE *f = popen(filter, "w");

	if (f) {
		fputs(got_out, f);
		status = pclose(f);
	}
	if (!report_ok(!how && !status, "%.100s: read by %.20s", words, filter))
		note(how);
}

struct tool tool_start(const char *words)
{
	struct tool t = { .out = memfd_create("out", MFD_CLOEXEC) };

	t.pid = fork();
	if (t.pid < 0 || t.out < 0)
		report_die("a process and its output");
	if (!t.pid)
		become_tool(words, t.out, STDERR_FILENO);
	return t;
}

long tool_printed(const struct tool *t)
{
	struct stat s;

	return fstat(t->out, &s) ? 0 : s.st_size;
}

static bool ends_with(const struct tool *t, const char *end)
{
	long from = tool_printed(t) - (long)strlen(end);
	ssize_t got;

	if (from < 0)
		return false;
	got = pread(t->out, got_out, MAX_OUTPUT - 1, from);
	got_out[got < 0 ? 0 : got] = 0;
	return !strcmp(got_out, end);
}

void tool_end(struct tool *t, const char *words, const char *end)
{
	uint64_t limit = now_ms() + 3000;
	int how;

	while (!ends_with(t, end) && now_ms() < limit)
		usleep(1000);
	if (!report_ok(ends_with(t, end), "%.100s", words))
		report_note("output '%s'", got_out);
	kill(t->pid, SIGTERM);
	waitpid(t->pid, &how, 0);
	close(t->out);
}
