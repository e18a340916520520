// SPDX-License-Identifier: GPL-2.0-only
/*
 * siblings: guests with a vsock device that may talk to each other, under
 * drivers of our own: groups, what goes between their members and what does
 * not, ends, bounds.
 */
#include <string.h>
#include <unistd.h>

#include "lib/parts.h"
#include "siblings.h"

int group_cmd(int fd, unsigned long nr, uint64_t cid, const char *name)
{
	struct ringside_vsock_group arg = { .guest_cid = cid };

	memcpy(arg.name, name, strnlen(name, sizeof(arg.name)));
	return cmd(fd, nr, &arg);
}

struct virtio_vsock_hdr sibling_hdr(const struct guest *from, uint64_t to,
				    uint16_t op)
{
	struct virtio_vsock_hdr hdr = guest_hdr(from, op);

	hdr.dst_cid = htole64(to);
	hdr.dst_port = htole32(GUEST_PORT);
	return hdr;
}

void say(struct guest *from, uint64_t to, uint16_t op, uint32_t port)
{
	struct virtio_vsock_hdr hdr = sibling_hdr(from, to, op);

	hdr.src_port = htole32(port);
	if (op == VIRTIO_VSOCK_OP_RESPONSE) {
		hdr.src_port = htole32(GUEST_PORT);
		hdr.dst_port = htole32(port);
	}
	if (!guest_send(from, &hdr, NULL, sizeof(hdr)))
		report_die("no room to send");
}

bool hears(struct guest *to, uint64_t from, uint16_t op, uint32_t port)
{
	static struct packet p;

	if (!guest_expect(to, &p, op))
		return false;
	if (le64toh(p.hdr.src_cid) == from && le64toh(p.hdr.dst_cid) == to->cid &&
	    (le32toh(p.hdr.src_port) == port || le32toh(p.hdr.dst_port) == port))
		return true;
	report_note("from %llu, ports %u and %u",
		    (unsigned long long)le64toh(p.hdr.src_cid),
		    le32toh(p.hdr.src_port), le32toh(p.hdr.dst_port));
	return false;
}

bool hears_nothing(struct guest *g)
{
	static struct packet p;

	return !guest_recv(g, &p, NOT);
}

bool connected(struct guest *from, struct guest *to, uint32_t port)
{
	say(from, to->cid, VIRTIO_VSOCK_OP_REQUEST, port);
	if (!hears(to, from->cid, VIRTIO_VSOCK_OP_REQUEST, port))
		return false;
	say(to, from->cid, VIRTIO_VSOCK_OP_RESPONSE, port);
	return hears(from, to->cid, VIRTIO_VSOCK_OP_RESPONSE, port);
}

void pair_start(struct guest *a, struct guest *b, bool group)
{
	guest_start(a, F_V1, CID_A, 64);
	guest_start(b, F_V1, CID_B, 64);
	if (group &&
	    (group_cmd(a->d.fd, RINGSIDE_VSOCK_JOIN_GROUP, 0, "test") ||
	     group_cmd(b->d.fd, RINGSIDE_VSOCK_JOIN_GROUP, 0, "test")))
		report_die("join");
}

int main(void)
{
	/* the kernel's own knows no groups */
	if (is_kernels_own() || access("/dev/vhost-vsock", F_OK))
		return 77;
	report_begin(120 + test_seconds());
	test_groups();
	test_policy();
	test_talk();
	test_apart();
	test_ends();
	test_bounds();
	test_storm();
	test_late();
	test_reboots();
	test_full();
	test_nomem();
	test_mutual();
	return report_end();
}
