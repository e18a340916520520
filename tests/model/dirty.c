// SPDX-License-Identifier: GPL-2.0-only
/*
 * The dirty log as it should be: every page written, and no other. Writes to
 * the ring's areas are noticed by the arena's hook, as the engine does them;
 * payload is marked by whoever writes it.
 */
#include <stdlib.h>
#include <string.h>

#include "world.h"

enum {
	LOG_SHIFTS = 4,		/* bytes of a word it may begin at */
};

/* Bytes compared. */
static size_t log_bytes(const struct world *w)
{
	return w->fx.log_bytes - LOG_SHIFTS;
}

void dirty_init(struct world *w)
{
	struct fx *f = &w->fx;
	size_t pages = f->guest_bytes / PAGE;

	w->dirty = calloc(1, f->log_bytes);
	w->page_of = calloc(pages, sizeof(*w->page_of));
	if (!w->dirty || !w->page_of)
		abort();
	for (size_t i = 0; i < pages; i++)
		w->page_of[i] = (fx_gpa(f, f->arena.base + i * PAGE) - FX_GPA) /
				PAGE;
	/*
	 * The log may begin at any byte. Regions of equal size may reach a
	 * little beyond the block, so it ends as late as there is memory.
	 */
	w->log_shift = below(w, LOG_SHIFTS);
	f->log.bits += w->log_shift;
	f->log.pages = FX_GPA / PAGE + log_bytes(w) * 8;
}

void dirty_mark(struct world *w, const u8 *host, size_t len)
{
	size_t at = host - w->fx.arena.base;

	for (size_t i = at / PAGE; i <= (at + len - 1) / PAGE; i++)
		w->dirty[w->page_of[i] / 8] |= 1 << w->page_of[i] % 8;
}

static void engine_writes(void *arg, uintptr_t addr, size_t len, int op)
{
	if (op == 1)	/* ARENA_WRITE, the engine's own header has it */
		dirty_mark(arg, (const u8 *)addr, len);
}

void dirty_on(struct world *w, bool on)
{
	struct fx *f = &w->fx;

	fx_log_on(f, on);
	memset(w->dirty, 0, f->log_bytes);
	f->arena.hook = on && (f->ring_cfg.flags & RING_F_LOG) ? engine_writes :
								 NULL;
	f->arena.hook_arg = w;
}

static void complain(struct world *w)
{
	const u8 *log = w->fx.log_at + w->log_shift;

	for (size_t i = 0; i < log_bytes(w) * 8; i++) {
		bool is = log[i / 8] >> i % 8 & 1;
		bool should = w->dirty[i / 8] >> i % 8 & 1;

		check(w, is == should, "guest page %zu is %s, but was %s", i,
		      is ? "logged" : "not logged",
		      should ? "written" : "not written");
	}
}

void dirty_check(struct world *w)
{
	if (w->fx.space.log && memcmp(w->fx.log_at + w->log_shift, w->dirty,
				      log_bytes(w)))
		complain(w);
}
