// SPDX-License-Identifier: GPL-2.0-only
/*
 * vpeer serve                        the guest's end
 * vpeer CID wait                     until the guest of this CID serves
 * vpeer CID unreachable              the guest of this CID does not run yet
 * vpeer CID CHECK [NUMBER [EXTRA]]   one check; what it measured is printed, exit status 0 means that all was right
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vpeer.h"

static const struct check checks[] = {
	{ "stream", SOCK_STREAM, { check_stream, check_stream } },
	{ "many", SOCK_STREAM, { check_many, check_many } },
	{ "halves", SOCK_STREAM, { check_halves, check_halves } },
	{ "messages", SOCK_SEQPACKET, { check_messages, check_messages } },
	{ "no-messages", SOCK_SEQPACKET, { check_no_messages, check_no_messages } },
	{ "killed", SOCK_STREAM, { check_killed_host, check_killed_guest } },
	{ "restart", SOCK_STREAM, { check_restart_host, check_lost_guest } },
	{ "closed", SOCK_STREAM, { check_closed_host, check_lost_guest } },
	{ "last", SOCK_SEQPACKET, { check_last_host, check_last_guest } },
	{ "bye", 0, { check_bye, check_bye } },
};

const struct check *check_find(const char *name)
{
	for (size_t i = 0; i < sizeof(checks) / sizeof(*checks); i++)
		if (!strcmp(checks[i].name, name))
			return &checks[i];
	return NULL;
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "serve"))
		return serve();
	if (argc == 3 && !strcmp(argv[2], "wait"))
		return wait_for(strtoul(argv[1], NULL, 0));
	if (argc == 3 && !strcmp(argv[2], "unreachable"))
		return no_guest(strtoul(argv[1], NULL, 0));
	if (argc >= 3 && argc <= 5)
		return order(strtoul(argv[1], NULL, 0), argv[2], argc > 3 ? argv[3] : NULL, argc > 4 ? argv[4] : NULL);
	fprintf(stderr, "usage: see the head of main.c\n");
	return 2;
}
