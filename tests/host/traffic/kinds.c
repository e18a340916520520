// SPDX-License-Identifier: GPL-2.0-only
/*
 * One kind of ring and backend after the other.
 */
#include "traffic/tests.h"

enum backend { TAP, PACKET, MACVTAP };

struct kind {
	const char *name;
	uint64_t features;
	enum backend backend;
	uint32_t num;		/* 0: 256 */
	uint32_t rx_buf;	/* mergeable: most bytes in a buffer, 0: 700 */
	uint32_t max_len;	/* 0: FRAME_MAX */
	uint32_t frames;	/* each way, 0: 1000 */
	uint32_t lazy;		/* so many more runs, with odd manners */
	int sndbuf;		/* of the tap */
};

#define PLAIN (F_V1)
#define USUAL (F_V1 | F_INDIRECT | F_EVENT | F_MRG)

static const struct kind kinds[] = {
	{ "legacy split", 0, .lazy = 1 },
	{ "legacy split, mergeable", F_MRG },
	{ "split", PLAIN, .lazy = 3 },
	{ "split of 2", PLAIN, .num = 2, .frames = 300 },
	{ "split of 16", PLAIN, .num = 16, .lazy = 1 },
	{ "split of 1024", PLAIN, .num = 1024, .frames = 3000 },
	{ "split of 32768", PLAIN, .num = 32768, .frames = 3000 },
	{ "split, indirect", PLAIN | F_INDIRECT, .lazy = 3 },
	{ "split, event index", PLAIN | F_EVENT, .lazy = 3 },
	{ "split, mergeable", PLAIN | F_MRG, .lazy = 3 },
	{ "split, all", USUAL, .lazy = 6, .frames = 2000 },
	{ "split of 2, all", USUAL, .num = 2, .rx_buf = 1600, .frames = 300 },
	{ "split, in order", PLAIN | F_ORDER, .lazy = 3 },
	{ "split, in order, all", USUAL | F_ORDER, .lazy = 6 },
	{ "packed", PLAIN | F_PACKED, .lazy = 3 },
	{ "packed of 1", PLAIN | F_PACKED, .num = 1, .frames = 300 },
	{ "packed of 7", PLAIN | F_PACKED, .num = 7, .lazy = 1 },
	{ "packed of 100, all", USUAL | F_PACKED, .num = 100, .lazy = 2 },
	{ "packed of 32768", PLAIN | F_PACKED, .num = 32768, .frames = 3000 },
	{ "packed, indirect", PLAIN | F_PACKED | F_INDIRECT, .lazy = 3 },
	{ "packed, event index", PLAIN | F_PACKED | F_EVENT, .lazy = 3 },
	{ "packed, all", USUAL | F_PACKED, .lazy = 6, .frames = 3000 },
	{ "packed, in order", PLAIN | F_PACKED | F_ORDER, .lazy = 3 },
	{ "packed, in order, all", USUAL | F_PACKED | F_ORDER, .lazy = 6 },

	{ "tap without header, legacy", F_NET_HDR },
	{ "tap without header", PLAIN | F_NET_HDR, .lazy = 1 },
	{ "tap without header, all", USUAL | F_NET_HDR, .lazy = 2 },
	{ "tap without header, packed", USUAL | F_NET_HDR | F_PACKED,
	  .lazy = 2 },
	{ "tap with a small send buffer", USUAL, .sndbuf = 20000 },
	{ "tap with a small send buffer, packed", USUAL | F_PACKED,
	  .sndbuf = 20000 },
	{ "9000 byte frames", USUAL, .max_len = FRAME_BIG, .rx_buf = 1526,
	  .lazy = 2 },
	{ "9000 byte frames, packed", USUAL | F_PACKED, .max_len = FRAME_BIG,
	  .rx_buf = 1526, .lazy = 2 },
	{ "9000 byte frames, in order", USUAL | F_ORDER, .max_len = FRAME_BIG,
	  .rx_buf = 1526 },
	{ "9000 byte frames, not mergeable", PLAIN, .max_len = FRAME_BIG },

	{ "packet socket, legacy", F_NET_HDR, PACKET },
	{ "packet socket", USUAL | F_NET_HDR, PACKET, .lazy = 2 },
	{ "packet socket, packed", USUAL | F_NET_HDR | F_PACKED, PACKET },
	{ "macvtap, legacy", 0, MACVTAP },
	{ "macvtap", USUAL, MACVTAP, .lazy = 2 },
	{ "macvtap, packed", USUAL | F_PACKED, MACVTAP },
	{ "macvtap without header", PLAIN | F_NET_HDR, MACVTAP },
};

static bool open_link(struct link *l, const struct kind *k)
{
	size_t header = k->features & F_NET_HDR ? 0 : header_bytes(k->features);

	switch (k->backend) {
	case PACKET:
		return link_packet(l);
	case MACVTAP:
		return link_macvtap(l, header);
	default:
		link_tap(l, header);
		break;
	}
	if (k->sndbuf)
		link_sndbuf(l, k->sndbuf);
	if (k->max_len > FRAME_MAX)
		link_mtu(l, (int)k->max_len - 14);
	return true;
}

static struct traffic_plan make_plan(const struct kind *k, uint32_t lazy)
{
	uint32_t frames = k->frames ? k->frames : 1000;
	uint32_t merge = k->rx_buf ? k->rx_buf : 700;

	if (lazy)
		frames = frames / 3 + 1;
	return (struct traffic_plan){
		.tx = frames,
		.rx = frames,
		.max_len = k->max_len,
		.rx_buf = k->features & F_MRG ? merge : 0,
		.lazy = lazy,
	};
}

static const char *run(const struct kind *k, struct device *d, struct link *l,
		       uint32_t lazy)
{
	struct traffic_plan plan = make_plan(k, lazy);
	int err = device_ready(d, k->features, k->num ? k->num : 256);

	if (!err)
		err = device_set_backend(d, l->backend);
	return err ? errno_name(err) : traffic_once(d, l, &plan);
}

static void try(const struct kind *k, uint32_t lazy)
{
	struct device d;
	struct link l;
	const char *why;

	device_open(&d);
	if (k->features & ~d.offered) {
		report_skip("not offered", "%s, manners %u", k->name, lazy);
	} else if (!open_link(&l, k)) {
		report_skip("no such interface", "%s", k->name);
	} else {
		uint64_t start = now_ms();

		why = run(k, &d, &l, lazy);
		report_ok(!why, "%s, manners %u: %s, %u ms", k->name, lazy,
			  why ? why : "fine", (uint32_t)(now_ms() - start));
		link_close(&l);
	}
	device_close(&d);
}

void traffic_kinds(void)
{
	for (uint32_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		for (uint32_t lazy = 0; lazy <= kinds[i].lazy; lazy++)
			try(&kinds[i], lazy ? lazy * 100 + i : 0);
}
