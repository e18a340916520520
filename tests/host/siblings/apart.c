// SPDX-License-Identifier: GPL-2.0-only
/*
 * What keeps guests apart: no common group, forged addresses.
 */
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "siblings.h"

/* As if there were nobody: the buffer comes back, and nobody hears a thing. */
static void silence(struct guest *from, struct guest *to, const char *what)
{
	bool back = guest_sent(from, SOON);

	report_ok(back && hears_nothing(to) && hears_nothing(from), "%s", what);
}

static void no_group(void)
{
	struct guest a, b;

	pair_start(&a, &b, false);
	say(&a, CID_B, VIRTIO_VSOCK_OP_REQUEST, 5);
	silence(&a, &b, "no groups at all");
	group_cmd(b.d.fd, RINGSIDE_VSOCK_JOIN_GROUP, 0, "test");
	say(&a, CID_B, VIRTIO_VSOCK_OP_REQUEST, 5);
	silence(&a, &b, "only the other is in a group");
	say(&b, CID_A, VIRTIO_VSOCK_OP_REQUEST, 5);
	report_ok(hears(&b, CID_A, VIRTIO_VSOCK_OP_RST, 5) && hears_nothing(&a),
		  "a member to a guest outside");
	group_cmd(a.d.fd, RINGSIDE_VSOCK_JOIN_GROUP, 0, "test2");
	say(&a, CID_B, VIRTIO_VSOCK_OP_REQUEST, 5);
	report_ok(hears(&a, CID_B, VIRTIO_VSOCK_OP_RST, 5) && hears_nothing(&b),
		  "different groups");
	say(&a, 99, VIRTIO_VSOCK_OP_REQUEST, 5);
	report_ok(hears(&a, 99, VIRTIO_VSOCK_OP_RST, 5),
		  "a CID that nobody has: the same reply");
	say(&a, CID_B, VIRTIO_VSOCK_OP_RST, 5);
	silence(&a, &b, "a reset has no reply");
	guest_close(&a);
	guest_close(&b);
}

/* C is in a group with each of the others, and they are not with each other. */
static void in_between(void)
{
	struct guest a, b, c;

	pair_start(&a, &b, false);
	guest_start(&c, F_V1, CID_C, 16);
	group_cmd(c.d.fd, RINGSIDE_VSOCK_JOIN_GROUP, CID_A, "left");
	group_cmd(c.d.fd, RINGSIDE_VSOCK_JOIN_GROUP, CID_C, "left");
	group_cmd(c.d.fd, RINGSIDE_VSOCK_JOIN_GROUP, CID_C, "right");
	group_cmd(c.d.fd, RINGSIDE_VSOCK_JOIN_GROUP, CID_B, "right");
	report_ok(connected(&a, &c, 5) && connected(&c, &b, 6),
		  "a parent and two");
	say(&a, CID_B, VIRTIO_VSOCK_OP_REQUEST, 7);
	report_ok(hears(&a, CID_B, VIRTIO_VSOCK_OP_RST, 7) && hears_nothing(&b),
		  "the two are apart");
	guest_close(&c);
	guest_close(&a);
	guest_close(&b);
}

static void forged(void)
{
	static const uint64_t reserved[] = {
		0, VMADDR_CID_LOCAL, CID_A, VMADDR_CID_ANY,
		CID_B | 1ull << 32, VMADDR_CID_HOST | 1ull << 32,
	};
	struct virtio_vsock_hdr hdr;
	struct guest a, b, c;

	pair_start(&a, &b, true);
	guest_start(&c, F_V1, CID_C, 16);
	group_cmd(c.d.fd, RINGSIDE_VSOCK_JOIN_GROUP, 0, "test");
	report_ok(connected(&c, &b, 5), "a connection to pretend");
	for (unsigned int i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++) {
		say(&a, reserved[i], VIRTIO_VSOCK_OP_REQUEST, 5);
		silence(&a, &b, "to a reserved CID");
	}
	hdr = sibling_hdr(&a, CID_B, VIRTIO_VSOCK_OP_RW);
	hdr.len = htole32(4);
	hdr.src_port = htole32(5);
	hdr.src_cid = htole64(CID_C);
	guest_send(&a, &hdr, "evil", sizeof(hdr) + 4);
	silence(&a, &b, "in another member's name");
	hdr.src_cid = htole64(VMADDR_CID_HOST);
	guest_send(&a, &hdr, "evil", sizeof(hdr) + 4);
	silence(&a, &b, "in the host's name");
	hdr.src_cid = htole64(CID_A);
	hdr.type = htole16(77);
	guest_send(&a, &hdr, "evil", sizeof(hdr) + 4);
	silence(&a, &b, "of an unknown type");
	hdr.type = htole16(VIRTIO_VSOCK_TYPE_STREAM);
	hdr.len = htole32(5);
	guest_send(&a, &hdr, "evil", sizeof(hdr) + 4);
	silence(&a, &b, "longer than its buffer");
	report_ok(hears_nothing(&c), "the one whose name it was hears nothing");
	guest_close(&a);
	guest_close(&b);
	guest_close(&c);
}

/* The host is reached as ever, and reaches members as ever. */
static void host(void)
{
	struct guest a, b;
	int s, l = host_socket(SOCK_STREAM, true);

	pair_start(&a, &b, true);
	s = guest_to_host(&a, l, 77);
	report_ok(s >= 0, "a member to the host");
	close(s);
	hears(&a, VMADDR_CID_HOST, VIRTIO_VSOCK_OP_SHUTDOWN, 77);
	s = host_to_guest(&b, SOCK_STREAM);
	report_ok(s >= 0, "the host to a member");
	close(s);
	close(l);
	guest_close(&a);
	guest_close(&b);
}

void test_apart(void)
{
	no_group();
	in_between();
	forged();
	host();
}
