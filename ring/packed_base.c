// SPDX-License-Identifier: GPL-2.0-only
/*
 * Packed rings: where a ring starts, and what an owner's base can mean. Part of
 * engine.c.
 */

/*
 * Is every descriptor zero, but for those that are available in the first lap?
 * One that was used, or is left of a chain in the lap before, has an address.
 */
static enum ring_result packed_untouched(struct ring *r,
					 const struct ring_space *sp)
{
	u32 end = DESC_BYTES * ring_num(r);
	struct area_slice s = { .area = RING_DESC, .unit = DESC_BYTES };
	u64 word, any = 0;

	for (; s.off < end; s.off += s.len) {
		enum ring_result rc;
		uintptr_t at;
		u16 flags;

		s.len = end - s.off;
		rc = area_find(r, sp, &s);
		if (rc != RING_GOT)
			return rc;
		if (!mem_begin_read(s.addr, s.len))
			return ring_fail_memory(r, s.addr);
		for (at = s.addr; at < s.addr + s.len; at += DESC_BYTES) {
			mem_get(flags, at + 14, bad);
			if (packed_is_avail(swap16(PACKED_SWAP, flags), 1))
				continue;
			mem_get(word, at, bad);
			any |= word;
			mem_get(word, at + 8, bad);
			any |= word;
		}
		mem_end_read();
	}
	return any ? RING_EMPTY : RING_GOT;
bad: __attribute__((unused))
	mem_end_read();
	return ring_fail_memory(r, s.addr);
}

static struct packed_at packed_at_of(u32 half)
{
	return (struct packed_at){ half & 0x7fff, half >> 15 & 1 };
}

/* AVAIL and USED of a slot. */
struct packed_bits {
	u32 slot;
	u16 bits;
};

static enum ring_result packed_look_at(struct ring *r,
				       const struct ring_space *sp, u32 slot,
				       struct packed_bits *found)
{
	enum ring_result rc;
	u16 flags = 0;

	rc = area_get16(r, sp, RING_DESC, DESC_BYTES * slot + 14, &flags);
	found->slot = slot;
	found->bits = flags & (DESC_AVAIL | DESC_USED);
	return rc;
}

/* Down from the slot before @slot, once around: the first without @bits. */
static enum ring_result packed_last_unlike(struct ring *r,
					   const struct ring_space *sp,
					   u32 slot, u16 bits,
					   struct packed_bits *found)
{
	enum ring_result rc = RING_GOT;

	found->bits = bits;
	for (u32 i = 0; i < ring_num(r) && rc == RING_GOT &&
			found->bits == bits; i++) {
		slot = slot ? slot - 1 : r->last;
		rc = packed_look_at(r, sp, slot, found);
	}
	return rc;
}

/*
 * Which states of the descriptor ring go with a position, nothing in flight?
 *
 * The driver writes AVAIL and USED of every descriptor of a chain, for the
 * wrap counter at that slot. The device then writes both of them into the
 * first slot only, of the chain or, under IN_ORDER, of the chains that it uses
 * together; the slots behind that one stay as they were made available. In
 * the laps with wrap counter 1 and 0, slots thus hold (AVAIL USED):
 *
 *			1	0
 *	available	10	01	and what used descriptors skip
 *	used		11	00
 *
 * At the end of a lap at least one slot holds a used descriptor of that lap:
 * chains used together have no more slots than the ring, so the ones used last
 * began in it. The driver may overwrite slots with descriptors available in
 * the next lap, with other bits than any slot of this one.
 */

/*
 * At slot 0 with wrap counter 1: the position of a ring that is idle, or the
 * one of a ring that is in flight as a whole, from slot 0 with wrap counter 0
 * on? In the latter every slot is 01. In the former at least one is not: it is
 * 00, used in that lap or fresh, or 10, available in the next one.
 */
static enum ring_result packed_whole_in_flight(struct ring *r,
					       const struct ring_space *sp,
					       bool *whole)
{
	struct packed_bits last;
	enum ring_result rc = packed_last_unlike(r, sp, 0, DESC_USED, &last);

	*whole = last.bits == DESC_USED;
	return rc;
}

/*
 * Was this ring ever used, now that its owner says that the wrap counters are
 * 0 and nothing is in flight?
 *
 * In one that was, slots from the position on are of the lap with counter 1,
 * or available in the one with 0: never 00. Slots before the position are of
 * the lap with counter 0, not 10; when the driver has filled the ring since
 * and they are, then the one at the position is 01. At slot 0 a lap has just
 * ended: one slot at least is 11, or 01 since.
 *
 * In one that was not, slots are 10 up to some slot, and 00 from there on.
 * Either the position itself is 00, or all before it are 10, and so are all
 * others, up to one that is 00.
 *
 * So below the position, and then from the ring's end down, the first slot
 * that is not 10 decides; usually it is the first one looked at. The position
 * comes before them, as the driver may be filling an unused ring meanwhile.
 *
 * When all are 10 the ring was not used, but for one case that looks the same:
 * the position is the last slot, skipped a lap ago, and the driver has written
 * descriptors up to it once around, the first of them not yet published. It is
 * taken for that case, as it loses nothing, and no owner says this of a new
 * ring.
 */
static enum ring_result packed_was_used(struct ring *r,
					const struct ring_space *sp, u32 slot,
					bool *was)
{
	struct packed_bits at, last;
	enum ring_result rc = packed_look_at(r, sp, slot, &at);

	*was = false;
	if (rc != RING_GOT || !at.bits)
		return rc;
	rc = packed_last_unlike(r, sp, slot, DESC_AVAIL, &last);
	if (rc != RING_GOT)
		return rc;
	if (last.bits == DESC_AVAIL)
		*was = slot && slot == r->last;
	else
		*was = last.bits & DESC_USED || last.slot < slot;
	return RING_GOT;
}

/*
 * A used half of 0 with the available wrap counter 1 comes from an owner that
 * sends the available half alone, when nothing is in flight. Only at slot 0
 * can it be meant as it stands.
 */
static enum ring_result packed_used_of(struct ring *r,
				       const struct ring_space *sp, u32 base,
				       struct packed_at *used)
{
	enum ring_result rc = RING_GOT;
	bool whole = false;

	*used = packed_at_of(base >> 16);
	if (base >> 15 != 1)
		return RING_GOT;
	if (base == EVENT_WRAP_BIT)
		rc = packed_whole_in_flight(r, sp, &whole);
	if (!whole)
		*used = packed_at_of(base);
	return rc;
}

static bool packed_base_fits(const struct ring *r, struct packed_at avail,
			     struct packed_at used)
{
	if (avail.slot > r->last || used.slot > r->last)
		return false;
	return avail.wrap == used.wrap ? avail.slot >= used.slot :
					 avail.slot <= used.slot;
}

static enum ring_result packed_start(struct ring *r, const struct ring_space *sp,
				     u32 base)
{
	struct packed_at avail = packed_at_of(base), used;
	enum ring_result rc = packed_used_of(r, sp, base, &used);
	bool good;

	if (rc != RING_GOT)
		return rc;
	good = packed_base_fits(r, avail, used);
	if (good && avail.slot == used.slot && !avail.wrap && !used.wrap)
		rc = packed_was_used(r, sp, avail.slot, &good);
	if (rc != RING_GOT)
		return rc;
	if (!good)
		return ring_fail(r, RING_BAD_BASE, 0, base);
	r->next_avail = avail.slot;
	r->avail_wrap = avail.wrap;
	r->next_used = used.slot;
	r->used_wrap = used.wrap;
	r->seen = 0;
	return RING_GOT;
}
