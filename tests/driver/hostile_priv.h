/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What hostile.c and the attacks share: writing chains of any content.
 * Not for tests.
 */
#ifndef RINGSIDE_TESTS_HOSTILE_PRIV_H
#define RINGSIDE_TESTS_HOSTILE_PRIV_H

#include "hostile.h"

/* A descriptor to be, for either format. */
struct hostile_link {
	uint64_t addr;
	uint32_t len;
	uint16_t flags;		/* packed: AVAIL and USED come by themselves */
	uint16_t next;		/* split; as an index relative to the chain */
};

enum {
	R = 0,
	W = WIRE_WRITE,
	N = WIRE_NEXT,
	I = WIRE_INDIRECT,
};

/** hostile_place() - write a chain into free descriptors, not yet visible
 *
 * The next field of link k leads to link k + 1 unless it was set.
 */
void hostile_place(struct hostile *h, const struct hostile_link *l, uint32_t n);

/** hostile_slot() - ring index of the chain's k-th descriptor */
uint32_t hostile_slot(const struct hostile *h, uint32_t k);

/** hostile_next() - split: set the next field of the k-th to anything */
void hostile_next(struct hostile *h, uint32_t k, uint16_t next);

/** hostile_flags() - packed: set the flags of the k-th to anything; not of
 * the first one: that is for hostile_show()
 */
void hostile_flags(struct hostile *h, uint32_t k, uint16_t flags);

/** hostile_id() - packed: set the buffer id of the k-th to anything */
void hostile_id(struct hostile *h, uint32_t k, uint16_t id);

/** hostile_show() - let the device see the chain placed */
void hostile_show(struct hostile *h);

/** hostile_avail() - split: show n entries, all of this head */
void hostile_avail(struct hostile *h, uint16_t head, uint16_t n);

/** hostile_table() - write a table where the ring has its tables
 *
 * Return: the link that refers to it. As in hostile_place() for next.
 */
struct hostile_link hostile_table(struct hostile *h,
				  const struct hostile_link *l, uint32_t n);

/** hostile_strike_links() - place and show */
void hostile_strike_links(struct hostile *h, const struct hostile_link *l,
			  uint32_t n);

/** hostile_strike_table() - the same, through a table */
void hostile_strike_table(struct hostile *h, const struct hostile_link *l,
			  uint32_t n);

/** hostile_good() - a link of len good bytes */
static inline struct hostile_link hostile_good(const struct hostile *h,
					       uint32_t len, uint16_t flags)
{
	return (struct hostile_link){ h->good.addr, len, flags, 0 };
}

/* The attacks, by what they are about; see hostile.c. */
#define ATTACK(name) void hostile_##name(struct hostile *h)

/* hostile_chain.c: what a chain looks like, in either format */
ATTACK(zero_length);
ATTACK(zero_length_tail);
ATTACK(zero_length_table);
ATTACK(address_outside);
ATTACK(address_outside_tail);
ATTACK(address_over_edge);
ATTACK(address_read_only);
ATTACK(address_write_only);
ATTACK(address_wraps);
ATTACK(address_top);
ATTACK(order);
ATTACK(order_table);
ATTACK(order_mixed);
ATTACK(total_direct);
ATTACK(total_table);
ATTACK(segs_direct);
ATTACK(segs_table);

/* hostile_table.c: indirect tables */
ATTACK(table_rejected);
ATTACK(table_empty);
ATTACK(table_short);
ATTACK(table_odd);
ATTACK(table_huge);
ATTACK(table_with_next);
ATTACK(table_outside);
ATTACK(table_wraps);
ATTACK(table_nested);
ATTACK(table_loop);
ATTACK(table_self_loop);
ATTACK(table_next_range);
ATTACK(table_next_far);
ATTACK(table_in_list);
ATTACK(table_write_flag);
ATTACK(table_odd_flags);

/* hostile_split.c: the split ring itself */
ATTACK(avail_jump);
ATTACK(avail_far);
ATTACK(avail_back);
ATTACK(avail_beyond_free);
ATTACK(avail_when_full);
ATTACK(head_range);
ATTACK(head_far);
ATTACK(next_range);
ATTACK(next_far);
ATTACK(loop);
ATTACK(self_loop);
ATTACK(split_events);
ATTACK(split_used_area);

/* hostile_packed.c: the packed ring itself */
ATTACK(list_of_whole_ring);
ATTACK(list_into_in_flight);
ATTACK(head_when_full);
ATTACK(list_other_lap);
ATTACK(list_used);
ATTACK(list_never);
ATTACK(list_stale_tail);
ATTACK(head_other_lap);
ATTACK(head_used);
ATTACK(id_range);
ATTACK(id_far);
ATTACK(id_range_list);
ATTACK(id_early);
ATTACK(packed_events);
ATTACK(packed_reserved_event);
ATTACK(packed_device_area);

/* hostile.c */
ATTACK(storm);

#endif /* RINGSIDE_TESTS_HOSTILE_PRIV_H */
