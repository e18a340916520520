// SPDX-License-Identifier: GPL-2.0-only
/* Messages: what went wrong, on standard error, in the name of the program. */
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>

#include "vhostctl.h"

static void say(const char *fmt, va_list args)
{
	fputs("vhostctl: ", stderr);
	vfprintf(stderr, fmt, args);
	fputc('\n', stderr);
}

enum status say_failed(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say(fmt, args);
	va_end(args);
	return FAILED;
}

void say_synopsis(FILE *f, const char *before, const struct command *c)
{
	fprintf(f, "%s%s%s%s%s%s\n", before, c->object, *c->object ? " " : "",
		c->name, *c->args ? " " : "", c->args);
}

enum status say_usage(const struct command *c, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say(fmt, args);
	va_end(args);
	if (c)
		say_synopsis(stderr, "usage: vhostctl ", c);
	else
		fprintf(stderr, "See vhostctl --help\n");
	return USAGE;
}

enum status say_bad_option(const struct command *c, int got, char **argv)
{
	const char *word = argv[optind - 1];

	if (got == ':')
		return say_usage(c, "%s: a value is missing", word);
	return say_usage(c, "%s: no such option", word);
}
