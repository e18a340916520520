// SPDX-License-Identifier: GPL-2.0-only
/*
 * The same data written and read in buffers of all sizes and at all addresses:
 * it is the same, and copied only where the disk cannot reach the memory itself.
 */
#include <stdio.h>
#include <string.h>

#include "vdpa_blk/tests.h"

enum { BYTES = 16384, MOST = 30 };

struct cut {
	const char *name;
	uint32_t offset;	/* of the first byte behind a page's beginning */
	uint32_t size[MOST];	/* of the buffers, the last one repeated */
	bool copied;
};

static const struct cut cuts[] = {
	{ "one buffer", 0, { BYTES } },
	{ "pages", 0, { 4096 } },
	{ "sectors", 0, { 1024, 512, 512, 4096, 1536, 512 , 8192 } },
	{ "sectors across pages", 512, { 4096 } },
	{ "an address of 4", 4, { 8192 } },
	{ "an odd address", 1, { BYTES }, true },
	{ "pieces of 1 to 3 bytes at first", 0, { 1, 2, 3, 506, 7000, BYTES }, true },
	{ "no whole sector anywhere", 0, { 1000 }, true },
	{ "the last byte alone", 0, { BYTES - 1, 1 }, true },
};

/* Bits of an address that must be 0 for the disk to reach it. */
static uint32_t alignment(void)
{
	FILE *f = fopen("/sys/block/ram0/queue/dma_alignment", "r");
	uint32_t mask;

	if (!f || fscanf(f, "%u", &mask) != 1)
		report_die("/sys/block/ram0/queue/dma_alignment");
	fclose(f);
	return mask;
}

static bool is_copied(const struct cut *c)
{
	return c->copied || c->offset & alignment();
}

/* Lay @data out in a cut; where the bytes are. Return: buffers. */
static uint32_t cut_up(const struct cut *c, struct drv_mem *m, struct drv_buf *buf,
		       uint8_t **at)
{
	uint32_t n = 0, left = BYTES, place = 0, i = 0;

	while (left) {
		uint32_t size = c->size[i] < left ? c->size[i] : left;

		buf[n] = (struct drv_buf){ m->addr + place + c->offset, size };
		at[n++] = (uint8_t *)m->host + place + c->offset;
		place += (size + c->offset + 2 * 4096 - 1) / 4096 * 4096;
		left -= size;
		if (c->size[i + 1])
			i++;
	}
	return n;
}

static int transfer(struct disk *k, const struct cut *c, uint32_t type,
		    uint64_t sector, uint8_t *data)
{
	struct drv_mem m = disk_take(k, 100 * 4096 + BYTES), h = disk_take(k, 4096);
	struct drv_buf buf[MOST + 2], piece[MOST];
	bool write = type == VIRTIO_BLK_T_OUT;
	struct virtio_blk_outhdr *hdr = h.host;
	uint8_t *status = (uint8_t *)h.host + 64, *at[MOST];
	uint32_t n = cut_up(c, &m, piece, at);
	struct drv_used used;

	*hdr = (struct virtio_blk_outhdr){
		.type = htole32(type), .sector = htole64(sector),
	};
	*status = 0xff;
	buf[0] = (struct drv_buf){ h.addr, sizeof(*hdr) };
	memcpy(buf + 1, piece, n * sizeof(piece[0]));
	buf[n + 1] = (struct drv_buf){ h.addr + 64, 1 };
	for (uint32_t i = 0, done = 0; write && i < n; done += piece[i++].len)
		memcpy(at[i], data + done, piece[i].len);
	disk_submit(k, buf, write ? n + 1 : 1, write ? 1 : n + 1, 1);
	if (!disk_reap(k, &used, SOON))
		return -1;
	for (uint32_t i = 0, done = 0; !write && i < n; done += piece[i++].len)
		memcpy(data + done, at[i], piece[i].len);
	k->d.mem.used -= m.size + h.size;
	return *status;
}

static void fill(uint8_t *p, uint32_t seed)
{
	for (uint32_t i = 0; i < BYTES; i++)
		p[i] = (seed * 31 + i * 7) ^ i >> 8;
}

static void on_kind(const struct kind *kind)
{
	static uint8_t out[BYTES], in[BYTES];
	struct disk k;

	disk_open_node(&k, "d0");
	if (!disk_start(&k, kind->features)) {
		report_skip("not offered", "%s", kind->name);
		disk_close_node(&k);
		return;
	}
	for (unsigned int w = 0; w < COUNT(cuts); w++)
		for (unsigned int r = 0; r < COUNT(cuts); r++) {
			uint64_t copied = disk_counter("d0", "bounced");
			bool same;

			fill(out, w * 100 + r);
			memset(in, 0, BYTES);
			same = !transfer(&k, &cuts[w], VIRTIO_BLK_T_OUT, 40 + w, out) &&
			       !transfer(&k, &cuts[r], VIRTIO_BLK_T_IN, 40 + w, in) &&
			       !memcmp(out, in, BYTES);
			copied = disk_counter("d0", "bounced") - copied;
			report_ok(same && copied == (uint64_t)is_copied(&cuts[w]) + is_copied(&cuts[r]),
				  "%s: written in %s, read in %s: %s, %u copied",
				  kind->name, cuts[w].name, cuts[r].name,
				  same ? "the same" : "NOT the same",
				  (unsigned int)copied);
		}
	disk_close_node(&k);
}

void test_pieces(void)
{
	disk_add(&(struct disk_settings){ "d0", "/dev/ram0" });
	for (unsigned int i = 0; i < n_kinds; i++)
		on_kind(&kinds[i]);
	disk_del("d0");
}
