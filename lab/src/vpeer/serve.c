// SPDX-License-Identifier: GPL-2.0-only
/* The guest's end: takes orders, runs each in a process of its own, until it is asked to stop. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/vm_sockets.h>

#include "vpeer.h"

void check_bye(struct job *j)
{
	(void)j;
}

/* In the process of its own. */
static void obey(struct job *j, const struct check *c)
{
	alarm(GIVE_UP_SECONDS);
	if (c->type)
		j->listener = vsock_listen(j->order.port, c->type);
	j->type = c->type;
	send_word(j, READY, 0);
	c->run[GUEST](j);
	send_word(j, DONE, 0);
}

static bool run_apart(struct job *j, const struct check *c)
{
	int status;
	pid_t pid = start_child();

	if (!pid) {
		obey(j, c);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	if (status)
		printf("FAIL vpeer serve: %s ended with status %#x\n", c->name, status);
	return !status;
}

/* The other end's order; its connection stays open for what they say to each other. */
static struct job take_order(int listener)
{
	struct job j = { .me = GUEST, .cid = VMADDR_CID_HOST, .control = vsock_accept(listener, NULL) };
	char known;

	/* "wait" only knocks */
	if (recv(j.control, &known, 1, MSG_PEEK) == 1)
		recv_all(j.control, &j.order, sizeof(j.order));
	return j;
}

int serve(void)
{
	int listener = vsock_listen(CONTROL_PORT, SOCK_STREAM), good = 0, bad = 0;
	bool bye = false;

	signal(SIGPIPE, SIG_IGN);
	while (!bye) {
		struct job j = take_order(listener);
		const struct check *c = check_find(j.order.name);

		if (c && run_apart(&j, c))
			good++;
		else if (*j.order.name)
			bad++;
		bye = c && c->run[HOST] == check_bye;
		close(j.control);
	}
	printf("vpeer serve: %d checks, %d of them failed\n", good + bad, bad);
	return bad || !good;
}
