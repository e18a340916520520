// SPDX-License-Identifier: GPL-2.0-only
/*
 * The policy of a guest: the host's ports it may connect to, how many connections
 * it may have, how much is queued for it, and the CID that its device is pinned to.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "siblings.h"

#define SET RINGSIDE_VSOCK_SET_POLICY
#define GET RINGSIDE_VSOCK_GET_POLICY
#define ONLY_PORTS RINGSIDE_VSOCK_POLICY_PORTS

typedef struct ringside_vsock_policy policy;

static void check(int err, int want, const char *what)
{
	report_ok(err == want, "%s: %s, want %s", what, errno_name(err),
		  errno_name(want));
}

static void set(struct guest *g, policy p)
{
	if (cmd(g->d.fd, SET, &p))
		report_die("SET_POLICY");
}

static policy get(struct guest *g)
{
	policy p = { 0 };

	if (cmd(g->d.fd, GET, &p))
		report_die("GET_POLICY");
	return p;
}

/* ---- the commands ----------------------------------------------------- */

static void bad_arguments(struct guest *g)
{
	static const struct {
		const char *what;
		policy p;
	} bad[] = {
		{ "an unknown flag", { .flags = 2 } },
		{ "reserved", { .reserved = 1 } },
		{ "17 ranges", { .flags = ONLY_PORTS, .n_ports = 17 } },
		{ "ranges without the flag", { .n_ports = 1 } },
		{ "an end before its start",
		  { .flags = ONLY_PORTS, .n_ports = 1, .ports = { { 2, 1 } } } },
		{ "ports behind the last range",
		  { .flags = ONLY_PORTS, .n_ports = 1, .ports = { { 1, 2 }, { 0, 3 } } } },
		{ "pinned to the host's CID", { .pin_cid = 2 } },
		{ "pinned to VMADDR_CID_ANY", { .pin_cid = -1u } },
		{ "pinned to a CID that it has not", { .pin_cid = CID_B } },
		{ "too few bytes", { .max_queued_bytes = 262143 } },
		{ "too many bytes", { .max_queued_bytes = (1u << 30) + 1 } },
	};
	const policy zero = { 0 };
	policy now;

	for (unsigned int i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		policy p = bad[i].p;

		check(cmd(g->d.fd, SET, &p), EINVAL, bad[i].what);
	}
	now = get(g);
	report_ok(!memcmp(&now, &zero, sizeof(now)), "all that changed nothing");
	now.guest_cid = 99;
	check(cmd(g->d.fd, SET, &now), ENODEV, "no such guest");
	check(cmd(g->d.fd, GET, &now), ENODEV, "no such guest to read");
}

static void as_it_was_set(struct guest *a, struct guest *b)
{
	policy p = {
		.guest_cid = CID_B, .flags = ONLY_PORTS, .pin_cid = CID_B,
		.max_queued_bytes = 1 << 20, .max_connections = 7, .n_ports = 2,
		.ports = { { 0, 9 }, { 80, -1u } },
	}, q = { .guest_cid = CID_B };

	check(cmd(a->d.fd, SET, &p), 0, "through another guest's device");
	check(cmd(a->d.fd, GET, &q), 0, "read in the same way");
	report_ok(!memcmp(&p, &q, sizeof(p)), "all fields are as they were set");
	q = get(b);
	p.guest_cid = 0;
	report_ok(!memcmp(&p, &q, sizeof(p)), "through its own device, too");
	q.rejected_ports = 5;
	check(cmd(b->d.fd, SET, &q), 0, "with a counter in it");
	report_ok(!get(b).rejected_ports, "counters are not set");
	set(b, (policy){ 0 });
}

static void unprivileged(struct guest *g)
{
	int status = -1;

	if (!fork()) {
		policy p = { .max_connections = 1 };
		int bad = 0;

		if (setgid(65534) || setuid(65534))
			_exit(100);
		bad += cmd(g->d.fd, SET, &p) != EPERM;
		bad += cmd(g->d.fd, GET, &p) != 0;
		p.guest_cid = CID_B;
		bad += cmd(g->d.fd, GET, &p) != EPERM;
		_exit(bad);
	}
	wait(&status);
	report_ok(!status, "without CAP_NET_ADMIN only its own can be read");
}

static void commands(void)
{
	struct guest a, b;

	guest_start(&a, F_V1, CID_A, 0);
	guest_start(&b, F_V1, CID_B, 0);
	bad_arguments(&a);
	as_it_was_set(&a, &b);
	unprivileged(&a);
	guest_close(&a);
	guest_close(&b);
}

/* ---- connections ------------------------------------------------------ */

/* Does the guest's request from @from to the host's port @to get this reply? */
static bool request_gets(struct guest *g, uint32_t from, uint32_t to, uint16_t op)
{
	struct virtio_vsock_hdr hdr = guest_hdr(g, VIRTIO_VSOCK_OP_REQUEST);
	static struct packet p;

	hdr.src_port = htole32(from);
	hdr.dst_port = htole32(to);
	guest_send(g, &hdr, NULL, sizeof(hdr));
	return guest_expect(g, &p, op) && p.hdr.src_port == hdr.dst_port &&
	       p.hdr.dst_port == hdr.src_port &&
	       le64toh(p.hdr.src_cid) == VMADDR_CID_HOST;
}

static void ports(void)
{
	int listener = host_socket(SOCK_STREAM, true), s, t;
	struct guest g;

	guest_start(&g, F_V1, CID_A, 32);
	set(&g, (policy){ .flags = ONLY_PORTS, .n_ports = 2,
			  .ports = { { 1, 10 }, { HOST_PORT, HOST_PORT } } });
	s = guest_to_host(&g, listener, 5000);
	report_ok(data_flows(&g, s), "a port of a range");
	set(&g, (policy){ .flags = ONLY_PORTS, .n_ports = 1,
			  .ports = { { HOST_PORT + 1, -1u } } });
	report_ok(request_gets(&g, 5001, HOST_PORT, VIRTIO_VSOCK_OP_RST),
		  "a port below the only range is reset");
	report_ok(data_flows(&g, s), "what is open stays open");
	set(&g, (policy){ .flags = ONLY_PORTS, .n_ports = 1,
			  .ports = { { 0, HOST_PORT - 1 } } });
	report_ok(request_gets(&g, 5002, HOST_PORT, VIRTIO_VSOCK_OP_RST),
		  "a port above it, too");
	set(&g, (policy){ .flags = ONLY_PORTS });
	report_ok(request_gets(&g, 5003, HOST_PORT, VIRTIO_VSOCK_OP_RST),
		  "no range, no port");
	report_ok(get(&g).rejected_ports == 3 && !get(&g).rejected_connections,
		  "three are counted");
	g.fwd_cnt = 0;	/* of a new connection */
	t = host_to_guest(&g, SOCK_STREAM);
	report_ok(t >= 0, "the host still connects to the guest");
	guest_close(&g);
	close(s);
	close(t);
	guest_start(&g, F_V1, CID_A, 32);
	s = guest_to_host(&g, listener, 5004);
	report_ok(data_flows(&g, s), "a new device has no policy");
	close(s);
	guest_close(&g);
	close(listener);
}

static void connections(void)
{
	int listener = host_socket(SOCK_STREAM, true), s[3];
	static struct packet p;
	struct guest g;
	int resets = 0;

	guest_start(&g, F_V1, CID_A, 64);
	s[0] = host_to_guest(&g, SOCK_STREAM);
	usleep(30000);	/* longer than a count is valid */
	set(&g, (policy){ .max_connections = 3 });
	s[1] = guest_to_host(&g, listener, 5000);
	s[2] = guest_to_host(&g, listener, 5001);
	report_ok(request_gets(&g, 5002, HOST_PORT, VIRTIO_VSOCK_OP_RST),
		  "the fourth connection is reset");
	for (int i = 0; i < 300; i++) {
		struct virtio_vsock_hdr hdr = guest_hdr(&g, VIRTIO_VSOCK_OP_REQUEST);

		hdr.src_port = htole32(6000 + i);
		guest_send(&g, &hdr, NULL, sizeof(hdr));
		resets += guest_expect(&g, &p, VIRTIO_VSOCK_OP_RST);
	}
	report_ok(resets == 300 && get(&g).rejected_connections == 301,
		  "each of 300 more gets a reset, and is counted");
	guest_say(&g, s[1], VIRTIO_VSOCK_OP_RST, 0);
	guest_sent(&g, SOON);
	close(s[1]);
	while (guest_recv(&g, &p, NOT))
		;
	s[1] = guest_to_host(&g, listener, 5003);
	report_ok(s[1] >= 0, "when one has ended there is room for one");
	report_ok(request_gets(&g, 5004, HOST_PORT, VIRTIO_VSOCK_OP_RST),
		  "and not for two");
	guest_close(&g);
	for (int i = 0; i < 3; i++)
		close(s[i]);
	close(listener);
}

/* ---- what is queued --------------------------------------------------- */

/* Bytes that one send after the other takes for a guest that does not consume. */
static uint64_t queued(uint32_t max)
{
	static char data[16384];
	uint64_t n = 0;
	struct guest g;
	ssize_t sent;
	int s;

	guest_start(&g, F_V1, CID_A, 1);
	set(&g, (policy){ .max_queued_bytes = max });
	s = host_to_guest(&g, SOCK_STREAM);
	for (uint64_t big = 8 << 20; n < 4 << 20; n += sent) {
		setsockopt(s, SOL_SOCKET, SO_SNDBUF, &(int){ 16 << 20 }, sizeof(int));
		setsockopt(s, AF_VSOCK, SO_VM_SOCKETS_BUFFER_MAX_SIZE, &big, sizeof(big));
		setsockopt(s, AF_VSOCK, SO_VM_SOCKETS_BUFFER_SIZE, &big, sizeof(big));
		sent = send(s, data, sizeof(data), MSG_DONTWAIT);
		if (sent <= 0)
			break;
	}
	close(s);
	guest_close(&g);
	return n;
}

static void bytes(void)
{
	uint64_t few = queued(256 << 10), many = queued(2 << 20);

	report_ok(few >= 64 << 10 && few <= 512 << 10 && many > 2 * few &&
		  many <= 3 << 20,
		  "%llu bytes are queued of at most 256 KiB, %llu of at most 2 MiB",
		  (unsigned long long)few, (unsigned long long)many);
}

/* ---- the CID ---------------------------------------------------------- */

static void take_owner(struct guest *g)
{
	if (cmd(g->d.fd, VHOST_SET_OWNER, NULL))
		report_die("SET_OWNER");
}

static void pinned(void)
{
	struct guest a, b;

	pair_start(&a, &b, true);
	set(&a, (policy){ .pin_cid = CID_A });
	check(guest_set_cid(&a, CID_A), 0, "the CID that it is pinned to");
	check(guest_set_cid(&a, CID_C), EPERM, "another one");
	guest_close(&b);
	check(guest_set_cid(&a, CID_B), EPERM, "that of a sibling that has gone");
	check(cmd(a.d.fd, VHOST_RESET_OWNER, NULL), 0, "RESET_OWNER");
	take_owner(&a);
	check(guest_set_cid(&a, CID_B), EPERM, "is no way around it");
	check(guest_set_cid(&a, CID_A), 0, "its own again");
	set(&a, (policy){ 0 });
	check(guest_set_cid(&a, CID_B), 0, "without the pin it could");
	guest_close(&a);

	guest_open(&b, F_V1);
	set(&b, (policy){ .pin_cid = CID_C });
	check(guest_set_cid(&b, CID_A), EPERM, "pinned before it has one");
	check(guest_set_cid(&b, CID_C), 0, "then that one");
	guest_close(&b);
}

void test_policy(void)
{
	commands();
	ports();
	connections();
	bytes();
	pinned();
}
