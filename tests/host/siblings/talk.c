// SPDX-License-Identifier: GPL-2.0-only
/*
 * Members of a group: connections, data both ways, messages, half-close, on
 * all rings. Headers and payload come as they were sent.
 */
#include <stdlib.h>
#include <string.h>

#include "siblings.h"

#define F_SEQ BIT64(VIRTIO_VSOCK_F_SEQPACKET)

static struct packet p;

static void fill(uint8_t *data, uint32_t len, uint32_t seed)
{
	for (uint32_t i = 0; i < len; i++)
		data[i] = seed + i * 3 + (i >> 7);
}

/* @len bytes in one packet; in parts, as buffers allow, they come. */
static bool carry(struct guest *from, struct guest *to, uint32_t len,
		  uint16_t type)
{
	static uint8_t data[65536];
	struct virtio_vsock_hdr hdr = sibling_hdr(from, to->cid,
						  VIRTIO_VSOCK_OP_RW);
	uint32_t got = 0, marks = 0;

	fill(data, len, from->cid);
	hdr.len = htole32(len);
	hdr.type = htole16(type);
	hdr.fwd_cnt = htole32(len * 5);
	if (type == VIRTIO_VSOCK_TYPE_SEQPACKET)
		hdr.flags = htole32(VIRTIO_VSOCK_SEQ_EOM);
	guest_send(from, &hdr, data, sizeof(hdr) + len);
	while (got < len && guest_expect(to, &p, VIRTIO_VSOCK_OP_RW)) {
		marks += le32toh(p.hdr.flags) & VIRTIO_VSOCK_SEQ_EOM;
		if (got + p.len > len || memcmp(p.data, data + got, p.len) ||
		    le32toh(p.hdr.fwd_cnt) != len * 5 ||
		    le32toh(p.hdr.buf_alloc) != CREDIT ||
		    le64toh(p.hdr.src_cid) != from->cid ||
		    le16toh(p.hdr.type) != type)
			return false;
		got += p.len;
	}
	return got == len && marks == (type == VIRTIO_VSOCK_TYPE_SEQPACKET) &&
	       guest_sent(from, SOON);
}

static bool both_ways(struct guest *a, struct guest *b, uint16_t type)
{
	static const uint32_t len[] = { 1, 64, 4052, 4053, 10000, 65536 };

	for (unsigned int i = 0; i < sizeof(len) / sizeof(len[0]); i++)
		if (!carry(a, b, len[i], type) || !carry(b, a, len[i], type))
			return false;
	return true;
}

static void on_rings(const char *name, uint64_t fa, uint64_t fb)
{
	struct guest a, b;

	guest_start(&a, fa, CID_A, 64);
	guest_start(&b, fb, CID_B, 64);
	group_cmd(a.d.fd, RINGSIDE_VSOCK_JOIN_GROUP, 0, "test");
	group_cmd(a.d.fd, RINGSIDE_VSOCK_JOIN_GROUP, CID_B, "test");
	report_ok(connected(&a, &b, 5), "%s: connection", name);
	report_ok(both_ways(&a, &b, VIRTIO_VSOCK_TYPE_STREAM), "%s: data", name);
	say(&a, CID_B, VIRTIO_VSOCK_OP_SHUTDOWN, 5);
	report_ok(hears(&b, CID_A, VIRTIO_VSOCK_OP_SHUTDOWN, 5),
		  "%s: shutdown", name);
	say(&b, CID_A, VIRTIO_VSOCK_OP_RST, 5);
	report_ok(hears(&a, CID_B, VIRTIO_VSOCK_OP_RST, 5), "%s: reset", name);
	guest_close(&a);
	guest_close(&b);
}

/* Messages only when both have them. */
static void messages(void)
{
	static const uint64_t cid[] = { CID_A, CID_B, CID_C };
	struct virtio_vsock_hdr hdr;
	struct guest a, b, c;

	guest_start(&a, F_V1 | F_SEQ, CID_A, 64);
	guest_start(&b, F_V1 | F_SEQ | F_PACKED, CID_B, 64);
	guest_start(&c, F_V1, CID_C, 64);
	for (int i = 0; i < 3; i++)
		group_cmd(a.d.fd, RINGSIDE_VSOCK_JOIN_GROUP, cid[i], "test");
	hdr = sibling_hdr(&a, CID_B, VIRTIO_VSOCK_OP_REQUEST);
	hdr.type = htole16(VIRTIO_VSOCK_TYPE_SEQPACKET);
	guest_send(&a, &hdr, NULL, sizeof(hdr));
	report_ok(hears(&b, CID_A, VIRTIO_VSOCK_OP_REQUEST, GUEST_PORT),
		  "messages: request");
	report_ok(both_ways(&a, &b, VIRTIO_VSOCK_TYPE_SEQPACKET),
		  "messages: data");
	hdr.dst_cid = htole64(CID_C);
	guest_send(&a, &hdr, NULL, sizeof(hdr));
	report_ok(hears(&a, CID_C, VIRTIO_VSOCK_OP_RST, GUEST_PORT) &&
		  hears_nothing(&c), "no messages to who has them not");
	hdr = sibling_hdr(&c, CID_A, VIRTIO_VSOCK_OP_REQUEST);
	hdr.type = htole16(VIRTIO_VSOCK_TYPE_SEQPACKET);
	guest_send(&c, &hdr, NULL, sizeof(hdr));
	report_ok(hears(&c, CID_A, VIRTIO_VSOCK_OP_RST, GUEST_PORT) &&
		  hears_nothing(&a), "nor from it");
	guest_close(&a);
	guest_close(&b);
	guest_close(&c);
}

void test_talk(void)
{
	const uint64_t packed = F_V1 | F_PACKED | F_EVENT | F_INDIRECT;
	const uint64_t order = F_V1 | F_ORDER | F_EVENT;

	on_rings("split", F_V1, F_V1);
	on_rings("split and packed", F_V1 | F_EVENT, packed);
	on_rings("packed, in order", packed | F_ORDER, order);
	messages();
}
