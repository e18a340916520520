// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs commands of the host in a guest. An order is a connection: a line with the words of a command; what the command prints
 * comes back, and last a line "=STATUS". Each order runs in a process of its own, several at a time. Whoever connects
 * and is not the host is noted, and gets nothing.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sib.h"

enum { MAX_WORDS = 16, LINE = 256, MAX_VISITORS = 16, LOST = 100 };

static struct sockaddr_vm visitors[MAX_VISITORS];
static int n_visitors;
static pid_t server;

int cmd_visitors(int argc, char **argv)
{
	(void)argc, (void)argv;
	for (int i = 0; i < n_visitors; i++)
		printf("%s%u:%u", i ? " " : "", visitors[i].svm_cid, visitors[i].svm_flags);
	print("%s", n_visitors ? "" : "nobody");
	return 0;
}

int cmd_bye(int argc, char **argv)
{
	(void)argc, (void)argv;
	kill(server, SIGTERM);
	return 0;
}

/* ---- in the guest ----------------------------------------------------- */

static void read_line(int fd, char line[LINE])
{
	size_t n = 0;

	while (n < LINE - 1 && read(fd, line + n, 1) == 1 && line[n] != '\n')
		n++;
	line[n] = 0;
}

static int split(char *line, char **argv)
{
	int n = 0;

	for (char *w = strtok(line, " "); w && n < MAX_WORDS; w = strtok(NULL, " "))
		argv[n++] = w;
	return n;
}

static void obey(int fd)
{
	char line[LINE], *argv[MAX_WORDS];
	int argc, status;

	read_line(fd, line);
	argc = split(line, argv);
	if (!argc)
		return;
	dup2(fd, STDOUT_FILENO);
	dup2(fd, STDERR_FILENO);
	if (!fork()) {
		alarm(GIVE_UP_SECONDS);
		_exit(run_words(argc, argv));
	}
	wait(&status);
	print("=%d", WIFEXITED(status) ? WEXITSTATUS(status) : LOST + WTERMSIG(status));
}

static void told_to_end(int sig)
{
	(void)sig;
	_exit(0);
}

int cmd_serve(int argc, char **argv)
{
	int listener = vsock_listen(SERVE_PORT, SOCK_STREAM);

	(void)argc, (void)argv;
	server = getpid();
	signal(SIGTERM, told_to_end);
	for (;;) {
		struct sockaddr_vm peer;
		int fd = vsock_accept(listener, &peer);

		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
		if (peer.svm_cid != VMADDR_CID_HOST) {
			if (n_visitors < MAX_VISITORS)
				visitors[n_visitors++] = peer;
		} else if (!fork()) {
			obey(fd);
			_exit(0);
		}
		close(fd);
	}
}

/* ---- on the host ------------------------------------------------------ */

/* There is no such device yet, or no driver, or nobody listens; a slow guest may respond later than connect() waits. */
static bool is_early(int err)
{
	return err == ENODEV || err == EHOSTUNREACH || err == ECONNRESET || err == ETIMEDOUT;
}

int cmd_wait(int argc, char **argv)
{
	struct sockaddr_vm to = link_address(argv[1], SERVE_PORT, NULL);
	int fd;

	(void)argc;
	while ((fd = vsock_try(&to, SOCK_STREAM, IMPATIENT)) < 0) {
		if (!is_early(-fd))
			die("connect to %s: %s", argv[1], error_name(-fd));
		usleep(20000);
	}
	close(fd);
	return 0;
}

static void send_order(int fd, int argc, char **argv)
{
	FILE *f = fdopen(dup(fd), "w");

	for (int i = 0; i < argc; i++)
		fprintf(f, "%s%c", argv[i], i < argc - 1 ? ' ' : '\n');
	if (fclose(f))
		die("order: %m");
}

int cmd_at(int argc, char **argv)
{
	struct sockaddr_vm to = link_address(argv[1], SERVE_PORT, NULL);
	int fd = vsock_try(&to, SOCK_STREAM, PATIENT);
	char line[LINE];
	FILE *f;

	if (fd < 0)
		die("connect to %s: %s", argv[1], error_name(-fd));
	send_order(fd, argc - 2, argv + 2);
	f = fdopen(fd, "r");
	while (fgets(line, sizeof(line), f)) {
		if (*line == '=')
			return atoi(line + 1);
		line[strcspn(line, "\n")] = 0;
		print("%s", line);
	}
	print("lost: %s", ferror(f) ? error_name(errno) : "the end of file");
	return LOST;
}
