// SPDX-License-Identifier: GPL-2.0-only
/*
 * Split rings: where a ring starts. Part of engine.c.
 */

/* Is every entry of the used ring zero? */
static enum ring_result split_untouched(struct ring *r,
					const struct ring_space *sp)
{
	u32 end = USED_RING + USED_ENTRY * ring_num(r), word, any = 0;
	struct area_slice s = { .area = RING_DEVICE, .off = USED_RING, .unit = 4 };

	for (; s.off < end; s.off += s.len) {
		enum ring_result rc;
		uintptr_t at;

		s.len = end - s.off;
		rc = area_find(r, sp, &s);
		if (rc != RING_GOT)
			return rc;
		if (!mem_begin_read(s.addr, s.len))
			return ring_fail_memory(r, s.addr);
		for (at = s.addr; at < s.addr + s.len; at += 4) {
			mem_get(word, at, bad);
			any |= word;
		}
		mem_end_read();
	}
	return any ? RING_EMPTY : RING_GOT;
bad: __attribute__((unused))
	mem_end_read();
	return ring_fail_memory(r, s.addr);
}

static enum ring_result split_start(struct ring *r, const struct ring_space *sp,
				    u32 base)
{
	enum ring_result rc;
	u16 used;

	if (base > U16_MAX)
		return ring_fail(r, RING_BAD_BASE, 0, base);
	rc = area_get16(r, sp, RING_DEVICE, USED_IDX, &used);
	if (rc != RING_GOT)
		return rc;
	if ((u16)(base - used) > ring_num(r))
		return ring_fail(r, RING_BAD_USED_IDX, base, used);
	r->next_avail = base;
	r->avail_idx = base;
	r->seen = 0;
	r->next_used = used;
	r->published = used;
	return RING_GOT;
}
