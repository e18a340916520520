// SPDX-License-Identifier: GPL-2.0-only
/* Connections that carry next to nothing: can there be one, and what ends it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sib.h"

int cmd_try(int argc, char **argv)
{
	struct sockaddr_vm to = link_address(argv[2], strtoul(argv[3], NULL, 0), argc > 4 ? argv[4] : NULL);
	int fd = vsock_try(&to, type_of(argv[1]), IMPATIENT);

	print("%s", fd < 0 ? error_name(-fd) : "connected");
	if (fd >= 0)
		close(fd);
	return 0;
}

/* A byte each way: both ends are connected then, not only the one that says so first. */
static void greet(int fd)
{
	char c = 'x';

	if (send(fd, &c, 1, 0) != 1 || recv(fd, &c, 1, 0) != 1 || c != 'x')
		die("greeting: %m");
}

/*
 * Linux tells a program of the virtio socket library that its peer has reset the connection by an end of file, and
 * EPIPE for what it sends. So would an orderly close of both directions look: this end stays for a while, so that what
 * the other end sees meanwhile is not its doing.
 */
int cmd_hold(int argc, char **argv)
{
	struct end e = link_make(argc, argv);
	const char *received, *sent;
	char c = 'x';
	ssize_t r;

	greet(e.fd);
	print("held");
	r = recv(e.fd, &c, 1, 0);
	if (r > 0)
		die("somebody sent a byte");
	received = r < 0 ? error_name(errno) : "0";
	sent = send(e.fd, &c, 1, 0) < 0 ? error_name(errno) : "sent";
	print("ended %s %s", received, sent);
	sleep(STAY);
	return 0;
}
