// SPDX-License-Identifier: GPL-2.0-only
/*
 * Chains: what is in them, and what must come out of the engine.
 *
 * Each chain has a slot of guest-physical addresses, one behind the other and
 * without regard to pages, so that some lie across pages and regions. A
 * chain's buffers fill its slot from the start without gaps.
 */
#include <string.h>

#include "world.h"

/* The areas and tables lie in the first region, chains around an end. */
size_t payload_bytes(const struct fx_config *c)
{
	size_t tables = (c->features & DRV_F_INDIRECT) ?
			drv_tables_bytes(c->table_len, c->tables) : 0;
	size_t ring = (size_t)c->num * (16 + 2 + 8) + 3 * PAGE;
	size_t chains = (size_t)c->num * SLOT_BYTES + PAGE;

	if (c->regions == 1)
		return chains;
	return c->regions * (chains + ring + tables + c->regions * PAGE);
}

static bool in_payload(const struct fx *f, const u8 *host)
{
	return host >= f->payload && host < f->payload + f->payload_bytes;
}

static struct slot make_slot(const struct fx *f, u64 gpa)
{
	struct slot s = { .gpa = gpa, .host = fx_host(f, gpa), .cut = 1 };

	while (s.cut < SLOT_BYTES && fx_host(f, gpa + s.cut) == s.host + s.cut)
		s.cut++;
	s.rest = s.cut < SLOT_BYTES ? fx_host(f, gpa + s.cut) : NULL;
	return s;
}

/* Slots from @gpa on, as far as they are payload. Returns how many there are. */
static u32 cut_slots(struct world *w, u64 gpa, u32 n)
{
	struct fx *f = &w->fx;
	u64 end = FX_GPA + f->cfg.regions * f->region_bytes;

	for (; gpa + SLOT_BYTES <= end && n < w->cfg->num; gpa += SLOT_BYTES) {
		u8 *first = fx_host(f, gpa);
		u8 *last = fx_host(f, gpa + SLOT_BYTES - 1);

		if (!in_payload(f, first) || !in_payload(f, last))
			continue;
		w->slot[n++] = make_slot(f, gpa);
	}
	return n;
}

void payload_init(struct world *w)
{
	struct fx *f = &w->fx;
	u64 start = FX_GPA;
	u32 n;

	/* the end of the second region in guest memory is inside payload */
	if (f->cfg.regions > 3)
		start += 2 * f->region_bytes -
			 below(w, w->cfg->num) * SLOT_BYTES - 1 -
			 below(w, SLOT_BYTES - 1);
	n = cut_slots(w, start, 0);
	check(w, n == w->cfg->num, "room for %u chains only", n);
}

/* Where a byte of a slot is. */
static u8 *at(const struct slot *s, u32 i)
{
	return i < s->cut ? s->host + i : s->rest + (i - s->cut);
}

/* How many of @len bytes from @i on are contiguous at the device. */
static u32 contiguous(const struct slot *s, u32 i, u32 len)
{
	return i < s->cut && i + len > s->cut ? s->cut - i : len;
}

static u8 sent_byte(const struct slot *s, u32 i)
{
	return (s->gpa / SLOT_BYTES * 7) ^ (s->read_len * 5 + i * 3);
}

static u8 received_byte(const struct slot *s, u32 i)
{
	return (s->gpa / SLOT_BYTES * 11) ^ (s->written + i * 5);
}

/* What the driver leaves where the device may write. */
static u8 blank_byte(const struct slot *s, u32 i)
{
	return (s->gpa / SLOT_BYTES * 13) ^ i;
}

/* ---- the driver's part ------------------------------------------------ */

static void prepare(const struct slot *s)
{
	for (u32 i = 0; i < s->read_len; i++)
		*at(s, i) = sent_byte(s, i);
	for (u32 i = 0; i < s->write_len; i++)
		*at(s, s->read_len + i) = blank_byte(s, i);
}

void payload_draw(struct world *w, struct slot *s, u32 n, struct drv_buf *buf)
{
	u64 addr = s->gpa + (w->fx.cfg.iotlb ? FX_IOVA : 0);
	u32 most = n <= 2 ? SLOT_BYTES / 2 : SLOT_BYTES / MAX_BUFS;
	u32 len[2] = { 0, 0 }, luck = chance(w);

	s->n_read = (luck & 255) * (n + 1) >> 8;
	s->n_write = n - s->n_read;
	s->sampled = !(luck >> 8 & 15);
	for (u32 i = 0; i < n; i++) {
		luck = luck >> 9 | luck << 23;
		s->len[i] = 1 + ((luck & 255) * most >> 8);
		buf[i] = (struct drv_buf){ addr, s->len[i] };
		addr += s->len[i];
		len[i >= s->n_read] += s->len[i];
	}
	s->read_len = len[0];
	s->write_len = len[1];
	if (s->sampled)
		prepare(s);
}

void payload_check_used(struct world *w, const struct slot *s)
{
	for (u32 i = 0; i < s->write_len; i++) {
		u8 byte = *at(s, s->read_len + i);

		check(w, byte == (i < s->written ? received_byte(s, i) :
						   blank_byte(s, i)),
		      "byte %u of %u used is %#x", i, s->written, byte);
	}
}

/* ---- the device's part ------------------------------------------------ */

/* Segments may be cut anew by regions and mappings, bytes may not move. */
static void check_pieces(struct world *w, const struct slot *s,
			 const struct ring_chain *c, u32 first, u32 n, u32 off,
			 u32 len)
{
	const struct ring_seg *seg = &w->seg[c->seg + first];
	u32 end = off + len;

	for (u32 i = 0; i < n; i++) {
		check(w, seg[i].len && seg[i].len <= end - off,
		      "segment %u: %zu bytes of %u left", i, seg[i].len,
		      end - off);
		check(w, (u8 *)seg[i].base == at(s, off) &&
		      contiguous(s, off, seg[i].len) == seg[i].len,
		      "segment %u at byte %u lies elsewhere", i, off);
		off += seg[i].len;
	}
	check(w, off == end, "%u bytes of segments missing", end - off);
}

/* Segments are the buffers, one for one. */
static void check_buffers(struct world *w, const struct slot *s,
			  const struct ring_chain *c)
{
	const struct ring_seg *seg = &w->seg[c->seg];
	uintptr_t base = (uintptr_t)s->host;

	check(w, c->n_read == s->n_read && c->n_write == s->n_write,
	      "%u + %u segments, %u + %u added", c->n_read, c->n_write,
	      s->n_read, s->n_write);
	for (u32 i = 0; i < (u32)s->n_read + s->n_write; i++) {
		check(w, seg[i].base == base && seg[i].len == s->len[i],
		      "segment %u is %zu bytes at %+ld, should be %u", i,
		      seg[i].len, (long)(seg[i].base - base), s->len[i]);
		base += seg[i].len;
	}
}

static void check_guest(struct world *w, const struct slot *s,
			const struct ring_chain *c)
{
	u64 addr = s->gpa + (w->fx.cfg.iotlb ? FX_IOVA : 0);

	for (u32 i = 0; i < (u32)c->n_read + c->n_write; i++) {
		check(w, w->guest[c->seg + i] == addr,
		      "segment %u: guest address %#llx", i,
		      (unsigned long long)w->guest[c->seg + i]);
		addr += w->seg[c->seg + i].len;
	}
}

static void read_bytes(struct world *w, const struct slot *s,
		       const struct ring_chain *c)
{
	const struct ring_seg *seg = &w->seg[c->seg];
	u32 n = 0;

	for (u32 k = 0; k < c->n_read; k++) {
		const u8 *from = (const u8 *)seg[k].base;

		for (u32 i = 0; i < seg[k].len; i++, n++)
			check(w, from[i] == sent_byte(s, n),
			      "byte %u read is %#x", n, from[i]);
	}
}

void payload_check_popped(struct world *w, const struct slot *s,
			  const struct ring_chain *c)
{
	check(w, c->read_len == s->read_len && c->write_len == s->write_len,
	      "%u + %u bytes, %u + %u added", c->read_len, c->write_len,
	      s->read_len, s->write_len);
	check(w, c->slots == s->slots, "%u descriptors, %u added", c->slots,
	      s->slots);
	if (s->cut == SLOT_BYTES && !w->shot) {
		check_buffers(w, s, c);
	} else {
		check_pieces(w, s, c, 0, c->n_read, 0, s->read_len);
		check_pieces(w, s, c, c->n_read, c->n_write, s->read_len,
			     s->write_len);
	}
	if (w->fx.batch.guest)
		check_guest(w, s, c);
	if (s->sampled)
		read_bytes(w, s, c);
}

static void write_bytes(const struct slot *s)
{
	for (u32 i = 0; i < s->written; i++)
		*at(s, s->read_len + i) = received_byte(s, i);
}

/* Log the writable buffers, cut where regions end. */
static void log_bytes(struct world *w, const struct slot *s)
{
	struct ring_seg seg[MIN_SEGS];
	u64 guest[MIN_SEGS];
	u32 off = s->read_len, end = off + s->written, n = 0;

	for (u32 i = s->n_read; i < (u32)s->n_read + s->n_write; i++) {
		for (u32 left = s->len[i], len; left; left -= len, n++) {
			len = contiguous(s, off, left);
			seg[n].base = (uintptr_t)at(s, off);
			seg[n].len = len;
			guest[n] = s->gpa + off;
			if (off < end)
				dirty_mark(w, (u8 *)seg[n].base,
					   len < end - off ? len : end - off);
			off += len;
		}
	}
	check(w, ring_log_written(&w->fx.ring, &w->fx.space, seg,
				  one_in(w, 2) ? guest : NULL, n,
				  s->written) == RING_GOT,
	      "cannot log payload");
}

void payload_write(struct world *w, struct slot *s, u32 written)
{
	s->written = written;
	if (s->sampled)
		write_bytes(s);
	if (w->fx.space.log && written)
		log_bytes(w, s);
}
