// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a request looks like, what its bytes are, and what a device makes of
 * them. Both sides use echo_length() and echo_byte(); everything else is the
 * driver's, which compares whole slots, so that a byte written beside a buffer
 * shows as well.
 */
#include "test.h"

enum { POISON = 0xee };

/*
 * Each entry has an equal share of the slot and lies anywhere in it. Most are
 * short; the long ones cross pages, which are regions of their own.
 */
static struct request_entry entry_shape(struct rnd_state *rnd, u32 i, u32 n)
{
	u32 share = SLOT_BYTES / n;
	u32 len = 1 + below(rnd, one_in(rnd, 4) ? share / 2 : 64);

	return (struct request_entry){
		.off = i * share + below(rnd, share - len + 1),
		.len = len,
	};
}

void request_shape(struct request *rq, struct rnd_state *rnd, u32 max_entries)
{
	u32 n = 1 + below(rnd, max_entries);

	rq->seed = prandom_u32_state(rnd);
	rq->n_out = below(rnd, n + 1);
	rq->n_in = n - rq->n_out;
	rq->read_len = 0;
	rq->write_len = 0;
	for (u32 i = 0; i < n; i++) {
		rq->entry[i] = entry_shape(rnd, i, n);
		if (i < rq->n_out)
			rq->read_len += rq->entry[i].len;
		else
			rq->write_len += rq->entry[i].len;
	}
}

void request_fill(const struct request *rq, u8 *slot)
{
	struct rnd_state rnd;

	prandom_seed_state(&rnd, rq->seed);
	memset(slot, POISON, SLOT_BYTES);
	for (u32 i = 0; i < rq->n_out; i++)
		prandom_bytes_state(&rnd, slot + rq->entry[i].off,
				    rq->entry[i].len);
}

u32 echo_length(const u8 *read, u32 read_len, u32 write_len)
{
	if (!read_len || read[0] & 1)
		return write_len;
	return write_len * read[0] / 256;
}

u8 echo_byte(const u8 *read, u32 read_len, u32 i)
{
	return read_len ? read[i % read_len] ^ 0x5a : (u8)i;
}

static void gather(const struct request *rq, const u8 *slot, u8 *read)
{
	for (u32 i = 0; i < rq->n_out; i++) {
		memcpy(read, slot + rq->entry[i].off, rq->entry[i].len);
		read += rq->entry[i].len;
	}
}

static void echo_into(const struct request *rq, const u8 *read, u32 len,
		      u8 *slot)
{
	u32 at = 0;

	for (u32 i = rq->n_out; i < rq->n_out + rq->n_in; i++) {
		const struct request_entry *e = &rq->entry[i];

		for (u32 k = 0; k < e->len && at < len; k++, at++)
			slot[e->off + k] = echo_byte(read, rq->read_len, at);
	}
}

bool request_echoed(const struct request *rq, u32 len, u8 *scratch)
{
	u8 *slot = scratch, *read = scratch + SLOT_BYTES;

	request_fill(rq, slot);
	gather(rq, slot, read);
	if (len != echo_length(read, rq->read_len, rq->write_len))
		return false;
	echo_into(rq, read, len, slot);
	return !memcmp(slot, rq->slot, SLOT_BYTES);
}
