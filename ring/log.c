// SPDX-License-Identifier: GPL-2.0-only
/*
 * The dirty log: which guest pages the device wrote. Part of engine.c.
 *
 * Writes are collected as runs of pages, payload and ring apart since they
 * alternate, and a run is written out when the next write does not touch it,
 * or at publish. A bit is set only after the write it stands for: an owner
 * that clears the bit and then reads the page sees that write (barrier B7).
 */

enum dirty_kind {
	DIRTY_PAYLOAD,
	DIRTY_RING,
};

static inline bool run_empty(const struct ring_dirty *run)
{
	return run->first == run->end;
}

/* Set the bits of pages [first, end), all within one 32-bit word. */
static bool log_word(const struct ring_log *log, u64 first, u64 end)
{
	uintptr_t at = log->bits + first / 8;
	u32 shift = (at & 3) * 8 + first % 8;
	u32 mask = (~0u >> (32 - (end - first))) << shift;

#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	mask = __builtin_bswap32(mask);
#endif
	return mem_log_or(at & ~(uintptr_t)3, mask);
}

/* The bitmap starts at any byte: words end where their address says. */
static u64 log_word_end(const struct ring_log *log, u64 page)
{
	uintptr_t at = log->bits + page / 8;

	return page - page % 8 + (4 - (at & 3)) * 8;
}

static enum ring_result log_flush_run(struct ring *r,
				      const struct ring_space *sp,
				      struct ring_dirty *run)
{
	u64 page = run->first, end = run->end, stop;

	*run = (struct ring_dirty){ 0 };
	if (page == end || !sp->log)
		return RING_GOT;
	if (end > sp->log->pages)
		return ring_fail(r, RING_BAD_LOG, 0, end - 1);
	mem_mb();	/* B7: the write before its bit */
	for (; page < end; page = stop) {
		stop = log_word_end(sp->log, page);
		if (stop > end)
			stop = end;
		if (!log_word(sp->log, page, stop))
			return ring_fail(r, RING_BAD_LOG, 0, page);
	}
	return RING_GOT;
}

static enum ring_result log_flush(struct ring *r, const struct ring_space *sp)
{
	enum ring_result rc = log_flush_run(r, sp, &r->dirty[DIRTY_PAYLOAD]);

	if (rc != RING_GOT)
		return rc;
	return log_flush_run(r, sp, &r->dirty[DIRTY_RING]);
}

/* Collect pages [first, end). A failure shows in the ring. */
static void log_add_pages(struct ring *r, const struct ring_space *sp,
			  enum dirty_kind kind, u64 first, u64 end)
{
	struct ring_dirty *run = &r->dirty[kind];

	if (run_empty(run) || first > run->end || end < run->first) {
		log_flush_run(r, sp, run);
		*run = (struct ring_dirty){ first, end };
		return;
	}
	if (first < run->first)
		run->first = first;
	if (end > run->end)
		run->end = end;
}

/* Collect [guest, guest + len), len not 0. */
static void log_add(struct ring *r, const struct ring_space *sp,
		    enum dirty_kind kind, u64 guest, u64 len)
{
	log_add_pages(r, sp, kind, guest / RING_LOG_PAGE,
		      (guest + (len - 1)) / RING_LOG_PAGE + 1);
}

/* The same of payload, as far as the log has bits for it. */
static void log_add_clipped(struct ring *r, const struct ring_space *sp,
			    u64 guest, u64 len)
{
	u64 last = guest + (len - 1) < guest ? U64_MAX : guest + (len - 1);
	u64 first = guest / RING_LOG_PAGE, end = last / RING_LOG_PAGE + 1;

	if (end > sp->log->pages)
		end = sp->log->pages;
	if (first < end)
		log_add_pages(r, sp, DIRTY_PAYLOAD, first, end);
}

struct log_visit {
	struct ring *r;
	const struct ring_space *sp;
	enum dirty_kind kind;
};

static void log_visit(void *arg, u64 guest, u64 len)
{
	struct log_visit *v = arg;

	log_add(v->r, v->sp, v->kind, guest, len);
}

static void log_visit_clipped(void *arg, u64 guest, u64 len)
{
	struct log_visit *v = arg;

	log_add_clipped(v->r, v->sp, guest, len);
}

/* Collect by user address: all the guest addresses that stand for it. */
static void log_add_user(struct ring *r, const struct ring_space *sp,
			 enum dirty_kind kind, uintptr_t user, u64 len)
{
	struct log_visit v = { r, sp, kind };

	if (!sp->mem ||
	    ring_memtab_each_guest(sp->mem, user, len, log_visit, &v) < len)
		ring_fail(r, RING_BAD_LOG, 0, user);
}

/* The device wrote @s, found by area_find(), of one of its areas. */
static noinline void log_area_write(struct ring *r, const struct ring_space *sp,
				    const struct area_slice *s)
{
	if (r->flags & RING_F_IOVA)
		log_add_user(r, sp, DIRTY_RING, s->addr, s->len);
	else
		log_add(r, sp, DIRTY_RING, r->log_gpa[s->area] + s->off, s->len);
}

static inline bool log_areas(const struct ring *r, const struct ring_space *sp)
{
	return unlikely(sp->log) && (r->flags & RING_F_LOG);
}

static void log_payload(struct ring *r, const struct ring_space *sp,
			const struct ring_seg *seg, const u64 *guest, u64 len)
{
	if (guest && !sp->tlb)
		log_add(r, sp, DIRTY_PAYLOAD, *guest, len);
	else
		log_add_user(r, sp, DIRTY_PAYLOAD, seg->base, len);
}

static noinline enum ring_result log_area16(struct ring *r,
					    const struct ring_space *sp,
					    enum ring_area area, u32 off)
{
	struct area_slice s = { .area = area, .off = off, .len = 2, .unit = 2 };
	enum ring_result rc = area_find(r, sp, &s);

	if (rc == RING_GOT)
		log_area_write(r, sp, &s);
	return r->state == RING_FAILED ? RING_BROKEN : rc;
}

/* A u16 of an area, written and logged. */
static __always_inline enum ring_result area_put16_logged(struct ring *r,
							  const struct ring_space *sp,
							  enum ring_area area,
							  u32 off, u16 value)
{
	enum ring_result rc = area_put16(r, sp, area, off, value);

	if (likely(!log_areas(r, sp)) || rc != RING_GOT)
		return rc;
	return log_area16(r, sp, area, off);
}
