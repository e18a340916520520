// SPDX-License-Identifier: GPL-2.0-only
/*
 * sib serve                           the guest's end of all this, until the host says bye
 * sib wait CID                        until the guest of this CID serves
 * sib at CID COMMAND...               have the guest of this CID run the command; its output and status
 *
 * sib try TYPE CID PORT [to-host]     connect, and no more: "connected", or the errno's name
 * sib talk TYPE CID PORT [to-host] KBYTES   both ends send so much at once and compare what they get
 * sib hold TYPE CID PORT [to-host]    keep a connection until something ends it: "ended RECEIVED SENT", results of both
 * sib visitors                        who, other than the host, has connected to what serves: "CID:FLAGS" each
 * sib bye                             end what serves
 *
 * TYPE is stream or seqpacket. CID "-" accepts. "to-host" sets VMADDR_FLAG_TO_HOST in the address.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <signal.h>

#include "sib.h"

static const struct command commands[] = {
	{ "serve", 1, cmd_serve },
	{ "wait", 2, cmd_wait },
	{ "at", 3, cmd_at },
	{ "try", 4, cmd_try },
	{ "talk", 5, cmd_talk },
	{ "hold", 4, cmd_hold },
	{ "visitors", 1, cmd_visitors },
	{ "bye", 1, cmd_bye },
};

int run_words(int argc, char **argv)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++)
		if (argc >= commands[i].words && !strcmp(argv[0], commands[i].name))
			return commands[i].run(argc, argv);
	fprintf(stderr, "usage: see the head of main.c\n");
	return 2;
}

int main(int argc, char **argv)
{
	signal(SIGPIPE, SIG_IGN);
	if (argc > 1 && strcmp(argv[1], "serve"))
		alarm(GIVE_UP_SECONDS);
	return argc > 1 ? run_words(argc - 1, argv + 1) : 2;
}
