// SPDX-License-Identifier: GPL-2.0-only
/*
 * Network namespaces, where the kernel's vsock has them (7.3). A device belongs
 * to the namespace in which it was opened. Those of mode "global" are one world,
 * as all were before; one of mode "local" is a world of its own. The mode is
 * what the parent's child_ns_mode was, which can be written once.
 */
#define _GNU_SOURCE
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <ringside/vsock.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests.h"

#define NS_MODE "/proc/sys/net/vsock/ns_mode"
#define CHILD_MODE "/proc/sys/net/vsock/child_ns_mode"
#define NS_LIMIT "/proc/sys/user/max_net_namespaces"

enum { CID = 70 };

static struct packet p;

/* ---- namespaces, as file descriptors ---------------------------------- */

static int first;	/* where we started: global */
static int global[2];	/* children of it */
static int parent;	/* its children are local */
static int local[2];

static void put(const char *file, const char *text)
{
	int fd = open(file, O_WRONLY);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		report_die("%s", file);
	close(fd);
}

/* What is in the file, without the end of the line. */
static const char *get(const char *file)
{
	static char text[32];
	int fd = open(file, O_RDONLY);
	ssize_t n = read(fd, text, sizeof(text) - 1);

	if (n < 0)
		report_die("%s", file);
	close(fd);
	text[n] = 0;
	text[strcspn(text, "\n")] = 0;
	return text;
}

static void enter(int ns)
{
	if (setns(ns, CLONE_NEWNET))
		report_die("setns");
}

static int here(void)
{
	int fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		report_die("namespace");
	return fd;
}

/* A child of @of, which we are in afterwards. -1: there are too many. */
static int child(int of)
{
	enter(of);
	if (!unshare(CLONE_NEWNET))
		return here();
	if (errno != ENOSPC)
		report_die("unshare");
	return -1;
}

static void make_all(void)
{
	first = here();
	parent = child(first);
	put(CHILD_MODE, "local");
	for (int i = 0; i < 2; i++) {
		global[i] = child(first);
		report_ok(!strcmp(get(NS_MODE), "global"), "a global one");
		local[i] = child(parent);
		report_ok(!strcmp(get(NS_MODE), "local"), "a local one");
	}
}

static void close_all(void)
{
	enter(first);
	close(first);
	close(parent);
	for (int i = 0; i < 2; i++) {
		close(global[i]);
		close(local[i]);
	}
}

/* ---- what is done in them --------------------------------------------- */

static void start_in(int ns, struct guest *g, uint64_t cid)
{
	enter(ns);
	guest_start(g, F_V1, cid, 16);
}

static int listen_in(int ns)
{
	enter(ns);
	return host_socket(SOCK_STREAM, true);
}

static void reaches(int ns, struct guest *g, const char *what)
{
	int s;

	enter(ns);
	s = host_to_guest(g, SOCK_STREAM);
	report_ok(s >= 0, "%s: reached", what);
	if (s < 0)
		return;
	close(s);
	guest_expect(g, &p, VIRTIO_VSOCK_OP_SHUTDOWN);
}

/* It is as if nobody had the CID. */
static void misses(int ns, struct guest *g, const char *what)
{
	int s, err;

	enter(ns);
	s = host_socket(SOCK_STREAM, false);
	err = host_connect(s, g->cid);
	report_ok(err == ENODEV && !guest_recv(g, &p, NOT), "%s: %s", what,
		  errno_name(err));
	close(s);
}

static void gets_cid(struct guest *g, uint64_t cid, int want, const char *what)
{
	int err = guest_set_cid(g, cid);

	report_ok(err == want, "%s: %s, want %s", what, errno_name(err),
		  errno_name(want));
}

static void says(struct guest *g, const char *word)
{
	struct virtio_vsock_hdr hdr = guest_hdr(g, VIRTIO_VSOCK_OP_RW);

	hdr.len = htole32(strlen(word));
	guest_send(g, &hdr, word, sizeof(hdr) + strlen(word));
	guest_sent(g, SOON);
}

static bool hears(int s, const char *word)
{
	struct pollfd pfd = { .fd = s, .events = POLLIN };
	char in[32] = "";

	return poll(&pfd, 1, SOON) == 1 && recv(s, in, sizeof(in), 0) > 0 &&
	       !strcmp(in, word);
}

/* What a program sends, behind notices of credit. */
static bool hears_from(int s, struct guest *g)
{
	if (send(s, "x", 1, 0) != 1)
		return false;
	do {
		if (!guest_recv(g, &p, SOON))
			return false;
	} while (le16toh(p.hdr.op) == VIRTIO_VSOCK_OP_CREDIT_UPDATE);
	return le16toh(p.hdr.op) == VIRTIO_VSOCK_OP_RW && p.data[0] == 'x';
}

/* ---- tests ------------------------------------------------------------ */

static void reach(void)
{
	struct guest g;

	start_in(local[0], &g, CID);
	reaches(local[0], &g, "local, from inside");
	misses(local[1], &g, "local, from another local one");
	misses(first, &g, "local, from the first");
	misses(global[0], &g, "local, from a global one");
	misses(parent, &g, "local, from its parent");
	guest_close(&g);

	start_in(global[0], &g, CID);
	reaches(global[0], &g, "global, from inside");
	reaches(global[1], &g, "global, from another global one");
	reaches(first, &g, "global, from the first");
	misses(local[0], &g, "global, from a local one");
	guest_close(&g);
}

static void cids(void)
{
	struct guest g[6];
	int ns[6] = { local[0], local[0], local[1], global[0], global[1],
		      first };

	for (int i = 0; i < 6; i++) {
		enter(ns[i]);
		guest_open(&g[i], F_V1);
	}
	/* It does not matter who asks: we are in the first one. */
	enter(first);
	gets_cid(&g[0], CID, 0, "local");
	gets_cid(&g[1], CID, EADDRINUSE, "the same in the same local one");
	gets_cid(&g[2], CID, 0, "the same in another local one");
	gets_cid(&g[3], CID, 0, "and in a global one");
	gets_cid(&g[4], CID, EADDRINUSE, "but not in another global one");
	gets_cid(&g[5], CID, EADDRINUSE, "nor in the first");
	gets_cid(&g[0], CID + 1, 0, "the local one has another");
	gets_cid(&g[1], CID, 0, "then it is free there");
	guest_close(&g[3]);
	gets_cid(&g[5], CID, 0, "the global one has gone: free in the first");
	for (int i = 0; i < 6; i++)
		if (i != 3)
			guest_close(&g[i]);
}

/* Three guests with one CID, and one port each at both ends. */
static void same_names(void)
{
	static const char *const word[] = { "local", "other", "global" };
	int ns[3] = { local[0], local[1], first }, l[3], s[3], n = 0;
	struct guest g[3];

	for (int i = 0; i < 3; i++) {
		l[i] = listen_in(ns[i]);
		start_in(ns[i], &g[i], CID);
		s[i] = guest_to_host(&g[i], l[i], GUEST_PORT);
	}
	enter(first);
	for (int i = 0; i < 3; i++)
		says(&g[i], word[i]);
	for (int i = 0; i < 3; i++)
		n += hears(s[i], word[i]);
	report_ok(n == 3, "%d of 3 connections of one name heard their own", n);
	guest_close(&g[0]);
	report_ok(host_error(s[0], SOON) == ECONNRESET, "one ends: reset");
	says(&g[1], "on");
	says(&g[2], "on");
	report_ok(!host_error(s[1], NOT) && hears(s[1], "on") &&
		  !host_error(s[2], NOT) && hears(s[2], "on"),
		  "the others go on");
	report_ok(hears_from(s[1], &g[1]), "both ways");
	guest_close(&g[2]);
	report_ok(host_error(s[2], SOON) == ECONNRESET &&
		  !host_error(s[1], NOT), "the global one ends, not the local");
	guest_close(&g[1]);
	report_ok(host_error(s[1], SOON) == ECONNRESET, "all have ended");
	for (int i = 0; i < 3; i++) {
		close(s[i]);
		close(l[i]);
	}
}

/* What waits in another namespace is not there for the guest. */
static void listener_elsewhere(void)
{
	struct virtio_vsock_hdr hdr;
	struct pollfd pfd = { .events = POLLIN };
	struct guest g;

	pfd.fd = listen_in(first);
	start_in(local[0], &g, CID);
	hdr = guest_hdr(&g, VIRTIO_VSOCK_OP_REQUEST);
	guest_send(&g, &hdr, NULL, sizeof(hdr));
	report_ok(guest_expect(&g, &p, VIRTIO_VSOCK_OP_RST) &&
		  !poll(&pfd, 1, NOT), "local guest, global listener");
	guest_close(&g);
	start_in(global[0], &g, CID);
	guest_send(&g, &hdr, NULL, sizeof(hdr));
	report_ok(guest_expect(&g, &p, VIRTIO_VSOCK_OP_RESPONSE) &&
		  poll(&pfd, 1, SOON) == 1, "global guest, global listener");
	guest_close(&g);
	close(pfd.fd);
}

/* Messages are negotiated by each guest, also where two have one CID. */
static void messages(void)
{
	struct guest with, without;
	int s;

	start_in(local[0], &without, CID);
	enter(local[1]);
	guest_start(&with, F_V1 | BIT64(VIRTIO_VSOCK_F_SEQPACKET), CID, 16);
	s = host_to_guest(&with, SOCK_SEQPACKET);
	report_ok(s >= 0, "messages where they are negotiated");
	close(s);
	enter(local[0]);
	s = host_socket(SOCK_SEQPACKET, false);
	report_ok(host_connect(s, CID) == ESOCKTNOSUPPORT,
		  "not where they are not");
	close(s);
	guest_close(&with);
	guest_close(&without);
}

static int join(struct guest *g)
{
	struct ringside_vsock_group group = { .name = "test" };

	return ioctl(g->d.fd, RINGSIDE_VSOCK_JOIN_GROUP, &group) ? errno : 0;
}

/* One name of a group in two namespaces: two groups. */
static void siblings(void)
{
	struct virtio_vsock_hdr hdr;
	struct guest a, b, far;

	start_in(local[0], &a, CID);
	start_in(local[0], &b, CID + 1);
	start_in(local[1], &far, CID + 1);
	if (join(&a)) {
		report_skip("no groups", "siblings");
	} else {
		join(&far);
		hdr = guest_hdr(&a, VIRTIO_VSOCK_OP_REQUEST);
		hdr.dst_cid = htole64(CID + 1);
		guest_send(&a, &hdr, NULL, sizeof(hdr));
		report_ok(guest_sent(&a, SOON) && !guest_recv(&far, &p, NOT) &&
			  !guest_recv(&b, &p, NOT),
			  "a group of two namespaces is none");
		while (guest_recv(&a, &p, NOT))
			;
		join(&b);
		guest_send(&a, &hdr, NULL, sizeof(hdr));
		report_ok(guest_expect(&b, &p, VIRTIO_VSOCK_OP_REQUEST) &&
			  !guest_recv(&far, &p, NOT),
			  "one of one namespace is");
	}
	guest_close(&a);
	guest_close(&b);
	guest_close(&far);
}

/* Only the device and a socket are left of it. */
static void gone(void)
{
	int ns = child(parent), l = listen_in(ns), s;
	struct guest g;

	start_in(ns, &g, CID);
	s = guest_to_host(&g, l, GUEST_PORT);
	close(l);
	close(ns);
	enter(first);
	says(&g, "still here");
	report_ok(hears(s, "still here"), "from a namespace without name");
	report_ok(hears_from(s, &g), "and to it");
	guest_close(&g);
	report_ok(host_error(s, SOON) == ECONNRESET, "its guest ends");
	close(s);

	/* Without any socket. */
	ns = child(parent);
	start_in(ns, &g, CID);
	close(ns);
	enter(first);
	says(&g, "to nobody");
	report_ok(guest_expect(&g, &p, VIRTIO_VSOCK_OP_RST), "nobody there");
	guest_close(&g);
}

/* The end of a namespace takes its time. */
static int child_soon(int of)
{
	for (int i = 0; i < 100; i++) {
		int ns = child(of);

		if (ns >= 0)
			return ns;
		usleep(20000);
	}
	return -1;
}

/*
 * More in a row than there may be at once, each with a device and a socket.
 * (With the kernel's own, sockets that were closed last hold theirs for 8 s.)
 */
static void none_stays(void)
{
	enum { AT_ONCE = 8, ROUNDS = 12 };
	char was[32], now[32];
	int made = 0;

	if (is_kernels_own()) {
		report_skip("sockets linger", "namespaces come and go");
		return;
	}
	enter(first);
	snprintf(was, sizeof(was), "%s", get(NS_LIMIT));
	snprintf(now, sizeof(now), "%d", AT_ONCE);
	put(NS_LIMIT, now);
	while (made < ROUNDS) {
		int ns = child_soon(parent), l, s;
		bool socket_first = made % 2;
		struct guest g;

		if (ns < 0)
			break;
		l = host_socket(SOCK_STREAM, true);
		guest_start(&g, F_V1, CID, 16);
		s = guest_to_host(&g, l, GUEST_PORT);
		close(l);
		close(ns);
		if (socket_first)
			close(s);
		guest_close(&g);
		if (!socket_first)
			close(s);
		made++;
	}
	enter(first);
	put(NS_LIMIT, was);
	report_ok(made == ROUNDS, "%d of %d namespaces came and went", made,
		  ROUNDS);
}

void test_net_ns(void)
{
	if (access(NS_MODE, F_OK)) {
		report_skip("this kernel's vsock has none", "namespaces");
		return;
	}
	make_all();
	reach();
	cids();
	same_names();
	listener_elsewhere();
	messages();
	siblings();
	gone();
	none_stays();
	close_all();
}
