// SPDX-License-Identifier: GPL-2.0-only
/*
 * A device of which the driver has set up one queue only, as firmware does:
 * what is configured starts, the rest starts later, and stopping never fails.
 */
#define _GNU_SOURCE
#include <endian.h>
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests.h"

static void set_up(struct guest *g, unsigned int queue)
{
	queue_make(&g->d, queue, GUEST_NUM);
	if (queue_setup(&g->d.q[queue]))
		report_die("queue %u", queue);
}

/* Owner, features, memory, CID; no queue. */
static bool begin(struct guest *g, uint64_t features, const char *name)
{
	guest_open_bare(g);
	if (features & ~g->d.offered) {
		report_skip("not offered", "%s", name);
		guest_close(g);
		return false;
	}
	if (device_begin(&g->d, features) || guest_set_cid(g, 91))
		report_die("guest");
	return true;
}

static void none(const char *name, uint64_t features)
{
	struct guest g;

	if (!begin(&g, features, name))
		return;
	went(guest_set_running(&g, 0), 0, "stop, no queue configured");
	went(guest_set_running(&g, 1), EFAULT, "start, no queue configured");
	went(guest_set_running(&g, 0), 0, "stop after that");
	guest_close(&g);
}

/* The guest's RESPONSE to the REQUEST it got. */
static void respond(struct guest *g, const struct packet *p)
{
	struct virtio_vsock_hdr hdr = guest_hdr(g, VIRTIO_VSOCK_OP_RESPONSE);

	hdr.src_port = p->hdr.dst_port;
	hdr.dst_port = p->hdr.src_port;
	guest_send(g, &hdr, NULL, sizeof(hdr));
}

static void rx_first(const char *name, uint64_t features)
{
	static struct packet p;
	struct pollfd pfd = { .events = POLLOUT };
	struct guest g;

	if (!begin(&g, features, name))
		return;
	set_up(&g, RX);
	went(guest_set_running(&g, 1), 0, "start with the RX queue alone");
	guest_offer(&g, 16);
	pfd.fd = host_socket(SOCK_STREAM, false);
	report_ok(host_connect(pfd.fd, g.cid) == EINPROGRESS &&
		  guest_expect(&g, &p, VIRTIO_VSOCK_OP_REQUEST),
		  "%s: a request reaches the guest", name);
	set_up(&g, TX);
	went(guest_set_running(&g, 1), 0, "start once TX is configured");
	respond(&g, &p);
	report_ok(poll(&pfd, 1, SOON) == 1 && !host_error(pfd.fd, 0) &&
		  data_flows(&g, pfd.fd), "%s: the connection works", name);
	went(guest_set_running(&g, 0), 0, "stop both");
	close(pfd.fd);
	guest_close(&g);
}

static void tx_first(const char *name, uint64_t features)
{
	int s, l = host_socket(SOCK_STREAM, true);
	struct virtio_vsock_hdr hdr;
	static struct packet p;
	struct guest g;

	if (!begin(&g, features, name)) {
		close(l);
		return;
	}
	set_up(&g, TX);
	went(guest_set_running(&g, 1), 0, "start with the TX queue alone");
	hdr = guest_hdr(&g, VIRTIO_VSOCK_OP_REQUEST);
	hdr.src_port = htole32(4000);
	guest_send(&g, &hdr, NULL, sizeof(hdr));
	report_ok(guest_sent(&g, SOON), "%s: a request leaves the guest", name);
	set_up(&g, RX);
	guest_offer(&g, 16);
	went(guest_set_running(&g, 1), 0, "start once RX is configured");
	report_ok(guest_expect(&g, &p, VIRTIO_VSOCK_OP_RESPONSE),
		  "%s: the response comes", name);
	s = accept4(l, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	report_ok(s >= 0 && data_flows(&g, s), "%s: the connection works",
		  name);
	close(s);
	close(l);
	guest_close(&g);
}

/* Stopped with one queue, then everything set up anew. */
static void half_a_life(const char *name, uint64_t features)
{
	struct guest g;
	int s;

	if (!begin(&g, features, name))
		return;
	set_up(&g, RX);
	guest_set_running(&g, 1);
	guest_offer(&g, 3);
	went(guest_set_running(&g, 0), 0, "stop with the RX queue alone");
	went(guest_set_running(&g, 0), 0, "stop again");
	report_ok(queue_base(&g.d.q[RX]) == queue_place(&g.d.q[RX]),
		  "%s: nothing was taken", name);
	guest_new_rings(&g);
	went(guest_set_running(&g, 1), 0, "start with both");
	guest_offer(&g, 16);
	s = host_to_guest(&g, SOCK_STREAM);
	report_ok(s >= 0 && data_flows(&g, s), "%s: data flows", name);
	close(s);
	guest_close(&g);
}

void test_partial(void)
{
	static const struct {
		const char *name;
		uint64_t features;
	} kinds[] = {
		{ "split", F_V1 | F_EVENT },
		{ "packed", F_V1 | F_EVENT | F_PACKED },
	};

	for (unsigned int i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		none(kinds[i].name, kinds[i].features);
		rx_first(kinds[i].name, kinds[i].features);
		tx_first(kinds[i].name, kinds[i].features);
		half_a_life(kinds[i].name, kinds[i].features);
	}
}
