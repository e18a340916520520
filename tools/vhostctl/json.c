// SPDX-License-Identifier: GPL-2.0-only
/*
 * JSON on standard output. Strings are printable ASCII: nl_string() sees to that.
 */
#include <inttypes.h>

#include "see.h"

static void print_string(const char *s)
{
	putchar('"');
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			putchar('\\');
		putchar(*s);
	}
	putchar('"');
}

static void begin_line(struct json *j)
{
	if (j->depth && j->compact)
		printf("%s", j->first ? "" : ", ");
	else if (j->depth)
		printf("%s\n%*s", j->first ? "" : ",", (int)(2 * j->depth), "");
	j->first = false;
}

static void begin_value(struct json *j, const char *key)
{
	begin_line(j);
	if (!key)
		return;
	print_string(key);
	printf(": ");
}

void json_open(struct json *j, const char *key, char bracket)
{
	begin_value(j, key);
	putchar(bracket);
	j->depth++;
	j->first = true;
}

void json_close(struct json *j, char bracket)
{
	j->depth--;
	if (!j->first && !j->compact)
		printf("\n%*s", (int)(2 * j->depth), "");
	j->first = false;
	putchar(bracket);
	if (!j->depth)
		putchar('\n');
}

void json_string(struct json *j, const char *key, const char *value)
{
	begin_value(j, key);
	print_string(value);
}

void json_number(struct json *j, const char *key, uint64_t value)
{
	begin_value(j, key);
	printf("%" PRIu64, value);
}

void json_bool(struct json *j, const char *key, bool value)
{
	begin_value(j, key);
	printf("%s", value ? "true" : "false");
}

void json_null(struct json *j, const char *key)
{
	begin_value(j, key);
	printf("null");
}

void json_optional(struct json *j, const char *key, int64_t value)
{
	if (value < 0)
		json_null(j, key);
	else
		json_number(j, key, value);
}
