// SPDX-License-Identifier: GPL-2.0-only
/* The host's end of a check, and waiting for the guest. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vpeer.h"

int order(uint32_t cid, const char *name, const char *number, const char *extra)
{
	const struct check *c = check_find(name);
	struct job j = { .me = HOST, .cid = cid, .extra = extra };

	if (!c)
		die("no check '%s'", name);
	alarm(GIVE_UP_SECONDS);
	setvbuf(stdout, NULL, _IOLBF, 0);
	snprintf(j.order.name, sizeof(j.order.name), "%s", name);
	j.order.port = FIRST_PORT + getpid();
	j.order.number = number ? strtoul(number, NULL, 0) : 0;
	j.type = c->type;
	if (c->type)
		j.listener = vsock_listen(j.order.port, c->type);
	j.control = link_connect(cid, CONTROL_PORT, SOCK_STREAM);
	send_all(j.control, &j.order, sizeof(j.order));
	expect_word(&j, READY);
	c->run[HOST](&j);
	if (j.control >= 0)
		expect_word(&j, DONE);
	return 0;
}

/*
 * Until the guest serves. Before it has a driver there is nobody (ENODEV, no device yet; EHOSTUNREACH, it does not
 * run), then nobody listens (ECONNRESET); a slow guest may take longer to say so than a connect waits (ETIMEDOUT).
 */
static bool is_early(int err)
{
	return err == -ENODEV || err == -EHOSTUNREACH || err == -ECONNRESET || err == -ETIMEDOUT;
}

int wait_for(uint32_t cid)
{
	int fd;

	alarm(BOOT_SECONDS);
	while ((fd = link_try(cid, CONTROL_PORT, SOCK_STREAM)) < 0) {
		if (!is_early(fd))
			die("connect to %u: %s", cid, strerror(-fd));
		usleep(20000);
	}
	close(fd);
	return 0;
}

/* A device that does not run: connect() does not wait for a response that cannot come. */
int no_guest(uint32_t cid)
{
	double t = now();
	int fd = link_try(cid, CONTROL_PORT, SOCK_STREAM);

	t = now() - t;
	if (fd != -EHOSTUNREACH || t > 0.5)
		die("connect to a stopped guest says %s after %.0f ms", fd < 0 ? strerror(-fd) : "yes", t * 1000);
	printf("%.1f ms\n", t * 1000);
	return 0;
}
