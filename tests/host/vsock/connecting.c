// SPDX-License-Identifier: GPL-2.0-only
/*
 * A guest goes while a socket is connecting to it: connect() fails at once, and
 * the socket can connect to the next guest. The guest may have taken the request
 * or not.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests.h"

enum { CID = 59, QUICK = CONNECT_MS - 100 };
enum ending { CLOSED, REBOOTED, MOVED, RESET_OWNER, ENDINGS };

static const char *const names[] = { "closed", "rebooted", "another CID",
				     "RESET_OWNER" };
static struct packet p;

static void end(struct guest *g, enum ending how)
{
	switch (how) {
	case CLOSED:
		guest_close(g);
		break;
	case REBOOTED:
		guest_set_running(g, 0);
		guest_new_rings(g);
		guest_set_running(g, 1);
		break;
	case MOVED:
		guest_set_cid(g, CID + 1);
		break;
	default:
		cmd(g->d.fd, VHOST_RESET_OWNER, NULL);
	}
}

static void next_guest(int s, const char *name)
{
	struct virtio_vsock_hdr hdr;
	struct guest g;

	guest_start(&g, F_V1, CID, 16);
	report_ok(host_connect(s, CID) == EINPROGRESS &&
		  guest_expect(&g, &p, VIRTIO_VSOCK_OP_REQUEST),
		  "%s: the socket connects to the next guest", name);
	hdr = guest_hdr(&g, VIRTIO_VSOCK_OP_RESPONSE);
	hdr.src_port = p.hdr.dst_port;
	hdr.dst_port = p.hdr.src_port;
	guest_send(&g, &hdr, NULL, sizeof(hdr));
	guest_sent(&g, SOON);
	report_ok(!host_error(s, NOT) && send(s, "data", 4, 0) == 4 &&
		  guest_expect(&g, &p, VIRTIO_VSOCK_OP_RW),
		  "%s: and is connected", name);
	guest_close(&g);
}

static void polling(enum ending how, bool taken)
{
	int s = host_socket(SOCK_STREAM, false), err;
	uint64_t ms;
	struct guest g;

	guest_start(&g, F_V1, CID, taken ? 16 : 0);
	host_connect(s, CID);
	if (taken)
		guest_expect(&g, &p, VIRTIO_VSOCK_OP_REQUEST);
	ms = now_ms();
	end(&g, how);
	err = host_error(s, QUICK);
	ms = now_ms() - ms;
	report_ok(err == ECONNRESET && ms < QUICK,
		  "%s, the request %s: %s after %llu ms", names[how],
		  taken ? "is taken" : "waits", errno_name(err),
		  (unsigned long long)ms);
	if (how != CLOSED)
		guest_close(&g);
	next_guest(s, names[how]);
	close(s);
}

static void *connect_blocking(void *arg)
{
	int *s = arg, flags = fcntl(*s, F_GETFL);

	fcntl(*s, F_SETFL, flags & ~O_NONBLOCK);
	*s = host_connect(*s, CID);
	return NULL;
}

static void blocking(void)
{
	int s = host_socket(SOCK_STREAM, false), arg = s;
	pthread_t thread;
	struct guest g;
	uint64_t ms;

	guest_start(&g, F_V1, CID, 16);
	pthread_create(&thread, NULL, connect_blocking, &arg);
	guest_expect(&g, &p, VIRTIO_VSOCK_OP_REQUEST);
	ms = now_ms();
	guest_close(&g);
	pthread_join(thread, NULL);
	ms = now_ms() - ms;
	report_ok(arg == ECONNRESET && ms < QUICK,
		  "a blocking connect(): %s after %llu ms", errno_name(arg),
		  (unsigned long long)ms);
	close(s);
}

/* Those of another guest go on. */
static void others(void)
{
	int s = host_socket(SOCK_STREAM, false);
	struct guest g, other;
	struct virtio_vsock_hdr hdr;

	guest_start(&g, F_V1, CID, 16);
	guest_start(&other, F_V1, CID + 1, 16);
	host_connect(s, CID);
	guest_expect(&g, &p, VIRTIO_VSOCK_OP_REQUEST);
	guest_close(&other);
	hdr = guest_hdr(&g, VIRTIO_VSOCK_OP_RESPONSE);
	hdr.src_port = p.hdr.dst_port;
	hdr.dst_port = p.hdr.src_port;
	guest_send(&g, &hdr, NULL, sizeof(hdr));
	guest_sent(&g, SOON);
	report_ok(!host_error(s, NOT) && send(s, "data", 4, 0) == 4,
		  "a socket that connects to another guest goes on");
	close(s);
	guest_close(&g);
}

void test_connecting(void)
{
	for (int how = 0; how < ENDINGS; how++) {
		/* a reboot before the guest has used a ring is none */
		if (how != REBOOTED)
			polling(how, false);
		polling(how, true);
	}
	blocking();
	others();
}
