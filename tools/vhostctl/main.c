// SPDX-License-Identifier: GPL-2.0-only
/*
 * vhostctl [OBJECT] COMMAND [ARGUMENT...]: shows and manages vhost devices.
 *
 * Here are the table of the commands, and what is the same for all of them:
 * help, version, and the exit status (0 done, 1 failed, 2 wrong usage, 3 a check
 * found changes).
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "see.h"
#include "vhostctl.h"

static const struct command commands[] = {
	{ "", "list", "[-j | --json]", "show devices, a line each", see_list },
	{ "", "show", "[-j | --json] DEVICE",
	  "show a device, its queues and its workers", see_show },
	{ "", "stats", "[-j | --json] [DEVICE]",
	  "show the counters of queues", see_stats },
	{ "", "top", "[-d SECONDS] [-n COUNT]",
	  "show what queues do now, again and again", see_top },
	{ "", "watch", "[-j | --json]",
	  "print what happens to devices and queues, as it happens", see_watch },
	{ "", "prometheus", "",
	  "print all that as Prometheus reads it", see_prometheus },
	{ "vsock", "list", "[-j | --json]",
	  "show guests and the groups that they are in", vsock_list },
	{ "vsock", "join", "CID GROUP...",
	  "make a guest a member of groups", vsock_join },
	{ "vsock", "leave", "CID GROUP...",
	  "end its membership, and what it had open with others there",
	  vsock_leave },
	{ "vsock", "policy", "CID [none | SETTING...]",
	  "show what a guest may do, or set it", vsock_policy },
	{ "vsock", "apply", "[-c | --check] [-d XML | --domain XML] FILE",
	  "make groups and policies of guests what a file says", vsock_apply },
	{ "vsock", "exec", "-g GROUP [-g GROUP]... [-p SETTING]... -- COMMAND [ARGUMENT]...",
	  "run a program, {} being the number of a device in these groups",
	  vsock_exec },
};

enum { COMMANDS = sizeof(commands) / sizeof(commands[0]) };

/* Of one object, or of all. */
static void print_help(const char *object)
{
	printf("usage: vhostctl [OBJECT] COMMAND [ARGUMENT...]\n"
	       "       vhostctl --help | --version\n\n");
	for (int i = 0; i < COMMANDS; i++) {
		const struct command *c = &commands[i];

		if (object && strcmp(c->object, object))
			continue;
		say_synopsis(stdout, "", c);
		printf("\t%s\n", c->what);
	}
}

static void print_command_help(const struct command *c)
{
	say_synopsis(stdout, "usage: vhostctl ", c);
	printf("\t%s\n", c->what);
}

static bool is_help(const char *word)
{
	return !strcmp(word, "--help") || !strcmp(word, "-h");
}

static bool is_object(const char *word)
{
	if (!*word)
		return false;
	for (int i = 0; i < COMMANDS; i++)
		if (!strcmp(commands[i].object, word))
			return true;
	return false;
}

static const struct command *find_command(const char *object, const char *name)
{
	for (int i = 0; i < COMMANDS; i++)
		if (!strcmp(commands[i].object, object) &&
		    !strcmp(commands[i].name, name))
			return &commands[i];
	return NULL;
}

static enum status run_command(const struct command *c, int argc, char **argv)
{
	if (argc > 1 && is_help(argv[1])) {
		print_command_help(c);
		return DONE;
	}
	return c->run(c, argc, argv);
}

static enum status run_object(int argc, char **argv)
{
	const char *object = argv[0];
	const struct command *c;

	if (!is_object(object))
		return say_usage(NULL, "%s: no such command or object", object);
	if (argc < 2)
		return say_usage(NULL, "%s: a command is missing", object);
	if (is_help(argv[1])) {
		print_help(object);
		return DONE;
	}
	c = find_command(object, argv[1]);
	if (!c)
		return say_usage(NULL, "%s %s: no such command", object,
				 argv[1]);
	return run_command(c, argc - 1, argv + 1);
}

static enum status run(int argc, char **argv)
{
	const struct command *c;

	if (argc < 2)
		return say_usage(NULL, "what is to be done?");
	if (is_help(argv[1])) {
		print_help(NULL);
		return DONE;
	}
	if (!strcmp(argv[1], "--version")) {
		printf("vhostctl (Ringside) %s\n", VHOSTCTL_VERSION);
		return DONE;
	}
	c = find_command("", argv[1]);
	if (c)
		return run_command(c, argc - 1, argv + 1);
	return run_object(argc - 1, argv + 1);
}

int main(int argc, char **argv)
{
	enum status status = run(argc, argv);

	/* a full disk is a failure, too */
	if (fflush(stdout) && status == DONE)
		status = say_failed("standard output: %s", strerror(errno));
	return status;
}
