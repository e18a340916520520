// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copying from and to a request's segments in guest memory.
 */
#include <linux/string.h>

#include "request.h"

/* A part of @d that lies in one segment. */
struct part {
	u8 *base;
	u32 len;
};

/* Walks @d from *@i, *@off on: no chain has more than RING_MAX_SEGS segments. */
struct walk {
	const struct vblk_data *d;
	u32 i;
	u64 off;
};

static struct walk walk_to(const struct vblk_data *d, u32 at)
{
	struct walk w = { .d = d, .off = (u64)d->skip + at };

	while (w.i < d->n && w.off >= d->seg[w.i].len)
		w.off -= d->seg[w.i++].len;
	return w;
}

static struct part walk_next(struct walk *w, u32 len)
{
	const struct ring_seg *s = &w->d->seg[w->i];
	struct part p = {
		.base = (u8 *)s->base + w->off,
		.len = min_t(u64, s->len - w->off, len),
	};

	w->off += p.len;
	if (w->off == s->len) {
		w->off = 0;
		w->i++;
	}
	return p;
}

void vblk_data_copy_in(void *to, const struct vblk_data *d, u32 at, u32 len)
{
	struct walk w = walk_to(d, at);

	while (len) {
		struct part p = walk_next(&w, len);

		memcpy(to, p.base, p.len);
		to += p.len;
		len -= p.len;
	}
}

void vblk_data_copy_out(const struct vblk_data *d, u32 at, const void *from,
			u32 len)
{
	struct walk w = walk_to(d, at);

	while (len) {
		struct part p = walk_next(&w, len);

		memcpy(p.base, from, p.len);
		from += p.len;
		len -= p.len;
	}
}
