// SPDX-License-Identifier: GPL-2.0-only
/*
 * A configuration's run: lives of a ring, one after the other, each with
 * memory of its own; in a life, steps of both sides by chance, and events that
 * happen to a ring: it is saved and restored, reset, the log goes on or off,
 * translations vanish, a side changes its habits.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "world.h"

enum {
	LIVES = 8,
	IDLE_STEPS = 200000,	/* without a chain taken back: stuck */
	MANY_TABLES = 1024,
	EVENT_GAP = 512,	/* steps between events, at most */
};

void fail(struct world *w, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(w->result->failure, sizeof(w->result->failure), format, args);
	va_end(args);
	longjmp(w->failed, 1);
}

/* ---- translation misses ----------------------------------------------- */

static void map_around(struct world *w, u64 iova)
{
	u64 page = iova / PAGE * PAGE;

	fx_map(&w->fx, page - below(w, 16) * PAGE,
	       page + (1 + below(w, 16)) * PAGE - 1, RING_RW);
	w->shot = true;
}

bool again_slow(struct world *w, enum ring_result rc)
{
	const struct ring_fault *f = ring_fault(&w->fx.ring);
	u64 iova = ring_missed(&w->fx.ring)->iova;

	check(w, rc != RING_BROKEN, "ring is broken: %s, index %u, value %#llx",
	      ring_cause_name(f->cause), f->index, (unsigned long long)f->value);
	check(w, w->fx.cfg.iotlb && !ring_iotlb_find(&w->fx.tlb, iova),
	      "misses %#llx, which is there", (unsigned long long)iova);
	check(w, iova - FX_IOVA - FX_GPA <
		 w->fx.region_bytes * w->fx.cfg.regions,
	      "misses %#llx, which nobody named", (unsigned long long)iova);
	check(w, w->idle++ < IDLE_STEPS, "misses without end");
	map_around(w, iova);
	return true;
}

/* ---- starting --------------------------------------------------------- */

/* The base of a ring that is this far, as VHOST_SET_VRING_BASE has it. */
static u32 half_base(const struct world *w, const struct place *p)
{
	u32 num = w->cfg->num;

	return p->units % num | !(p->units / num & 1) << 15;
}

static u32 expected_base(const struct world *w)
{
	if (is_packed(w))
		return half_base(w, &w->popped) |
		       half_base(w, &w->pushed) << 16;
	return (u16)w->popped.units;
}

static void start_ring(struct world *w)
{
	struct ring *r = &w->fx.ring;
	u32 base = expected_base(w);
	enum ring_result rc;

	check(w, ring_setup(r, &w->fx.ring_cfg) == RING_OK, "setup rejected: %s",
	      ring_cause_name(ring_fault(r)->cause));
	do
		rc = ring_start(r, &w->fx.space, base);
	while (again(w, rc));
	check(w, rc == RING_GOT && ring_base(r) == base,
	      "start from %#x says %d, and base is %#x", base, rc,
	      ring_base(r));
	w->fresh = true;
	w->seen = w->popped;
	device_wake(w);
}

/* A stopped ring touches nothing. */
static void check_stopped(struct world *w)
{
	struct fx *f = &w->fx;
	struct ring_batch *b = &f->batch;

	b->n_chains = 0;
	b->n_segs = 0;
	b->max_chains = 1;
	arena_poison(&f->arena, true);
	check(w, ring_pop(&f->ring, &f->space, b) == RING_EMPTY &&
		 ring_enable_kicks(&f->ring, &f->space) == RING_EMPTY &&
		 ring_peek(&f->ring, &f->space) == RING_EMPTY &&
		 ring_publish(&f->ring, &f->space) == RING_EMPTY &&
		 !ring_call_needed(&f->ring, &f->space),
	      "a ring that was reset is not empty");
	arena_poison(&f->arena, false);
}

/* Some place to begin, often close to a wrap. */
static u16 draw_position(struct world *w)
{
	u32 all = is_packed(w) ? w->cfg->num : 65536;
	u32 tail = all < 1000 ? all : 1000;

	return one_in(w, 2) ? all - 1 - below(w, tail) : below(w, all);
}

static void draw_flags(struct world *w)
{
	struct fx *f = &w->fx;
	u32 *flags = &f->ring_cfg.flags;
	bool one_range = f->cfg.regions == 1 || f->ring_bytes <= f->region_bytes;

	*flags &= ~(RING_F_LOG | RING_F_NOTIFY_ON_EMPTY);
	/* without an IOTLB the log's address of an area is one range */
	if ((one_range || f->cfg.iotlb) && !one_in(w, 4))
		*flags |= RING_F_LOG;
	if (!is_packed(w) && one_in(w, 4))
		*flags |= RING_F_NOTIFY_ON_EMPTY;
}

static void free_slots(struct world *w)
{
	u32 num = w->cfg->num;

	for (u32 i = 0; i < num; i++)
		w->free[i] = num - 1 - i;
	w->n_free = num;
}

/* Nothing is in flight, here. */
static void set_places(struct world *w, u16 pos, bool wrap)
{
	struct place p = { .units = pos };

	if (is_packed(w) && !wrap)
		p.units += w->cfg->num;
	w->added = w->visible = w->popped = p;
	w->pushed = w->published = w->taken = p;
	w->kick_asked = w->call_asked = p.units;
}

static void begin_ring(struct world *w)
{
	u16 pos = draw_position(w);
	bool wrap = one_in(w, 2);

	drv_restart(&w->fx.drv, pos, wrap);
	set_places(w, pos, wrap);
	free_slots(w);
	draw_flags(w);
	w->driver_sleeps = false;
	guest_begin(w);
	device_begin(w);
	start_ring(w);
	oracle_remember(w);
}

/* ---- events ----------------------------------------------------------- */

static void flush_log(struct world *w)
{
	check(w, ring_log_flush(&w->fx.ring, &w->fx.space) == RING_GOT,
	      "cannot flush the log");
	dirty_check(w);
}

/* Chains in flight stay so. */
static void save_and_restore(struct world *w)
{
	u32 base;

	device_publish(w);
	base = ring_base(&w->fx.ring);
	check(w, base == expected_base(w), "base is %#x, should be %#x", base,
	      expected_base(w));
	ring_reset(&w->fx.ring);
	start_ring(w);
}

static void reset(struct world *w)
{
	bool log = w->fx.space.log;

	if (w->cfg->num > 4096 && !one_in(w, 4))
		return;		/* it throws away much work */
	flush_log(w);
	ring_reset(&w->fx.ring);
	check_stopped(w);
	dirty_on(w, false);
	begin_ring(w);
	dirty_on(w, log);
}

static void log_toggle(struct world *w)
{
	if (w->fx.space.log)
		flush_log(w);
	dirty_on(w, !w->fx.space.log && one_in(w, 2));
}

/* As migration does: read the log and clear it. */
static void log_sync(struct world *w)
{
	if (!w->fx.space.log)
		return;
	flush_log(w);
	dirty_on(w, true);
}

static void change_habits(struct world *w)
{
	guest_flush(w);
	guest_begin(w);
	device_begin(w);
}

/* Enabling kicks reaches nothing without a translation, whatever is cached. */
static void shoot_all(struct world *w)
{
	struct fx *f = &w->fx;
	enum ring_result rc;

	ring_iotlb_invalidate(&f->tlb, 0, U64_MAX);
	w->shot = true;
	rc = ring_enable_kicks(&f->ring, &f->space);
	check(w, rc == RING_AGAIN || (rc == RING_EMPTY && is_packed(w) &&
				      !has(w, DRV_F_EVENT_IDX)),
	      "enable_kicks says %d without any translation", rc);
}

static void shoot(struct world *w)
{
	struct fx *f = &w->fx;
	u64 start = FX_IOVA + FX_GPA + below(w, f->guest_bytes);

	if (!f->cfg.iotlb)
		return;
	if (one_in(w, 4)) {
		fx_map_all(f);
		w->shot = false;
		return;
	}
	if (one_in(w, 4)) {
		shoot_all(w);
		return;
	}
	ring_iotlb_invalidate(&f->tlb, start, start + below(w, 64 * PAGE));
}

static void event(struct world *w)
{
	static void (*const what[])(struct world *w) = {
		save_and_restore, save_and_restore, reset, change_habits,
		log_toggle, log_sync, log_sync, shoot,
	};

	w->until_event = 1 + below(w, EVENT_GAP);
	what[below(w, sizeof(what) / sizeof(*what))](w);
	check(w, !arena_violations(&w->fx.arena),
	      "the engine touched memory it may not, first at %#zx",
	      (size_t)w->fx.arena.first_bad);
}

/* ---- steps ------------------------------------------------------------ */

static bool useful(const struct world *w, u32 i)
{
	switch (i) {
	case 0:
		return w->fx.drv.free_slots;
	case 1:
		return !w->driver_sleeps &&
		       w->published.chains != w->taken.chains;
	case 2:
		return !w->device_sleeps &&
		       w->visible.chains != w->popped.chains;
	default:
		return w->popped.chains != w->published.chains ||
		       w->call_asked != w->published.units;
	}
}

static void step(struct world *w)
{
	static void (*const act[])(struct world *w) = {
		guest_add, guest_take, device_pop, device_complete,
	};
	u32 luck = chance(w), i = luck & 3;

	/* mostly something that can be done, but not always */
	if (luck & 0x70)
		for (u32 k = 0; k < 4 && !useful(w, i); k++)
			i = (i + 1) & 3;
	act[i](w);
	w->result->steps++;
	check(w, w->idle++ < IDLE_STEPS,
	      "stuck: device %s, driver %s, %llu chains to pop, %llu to take",
	      w->device_sleeps ? "sleeps" : "runs",
	      w->driver_sleeps ? "sleeps" : "runs",
	      (unsigned long long)(w->visible.chains - w->popped.chains),
	      (unsigned long long)(w->published.chains - w->taken.chains));
	if (!--w->until_event)
		event(w);
}

/* Finish all there is: each chain came back once, and none is left. */
static void drain(struct world *w)
{
	guest_flush(w);
	while (w->taken.chains != w->added.chains) {
		device_wake(w);
		guest_wake(w);
		device_pop(w);
		device_complete(w);
		guest_take(w);
		check(w, w->idle++ < IDLE_STEPS, "some chains never come back");
	}
	check(w, !drv_in_flight(&w->fx.drv) && w->n_free == w->cfg->num &&
		 !drv_used_pending(&w->fx.drv),
	      "something is left in flight");
	flush_log(w);
	check(w, !arena_violations(&w->fx.arena),
	      "the engine touched memory it may not, first at %#zx",
	      (size_t)w->fx.arena.first_bad);
}

/* ---- lives ------------------------------------------------------------ */

static void *need(size_t n, size_t size)
{
	void *p = calloc(n, size);

	if (!p)
		abort();
	return p;
}

static void allocate(struct world *w)
{
	u32 size = 1;

	while (size < w->cfg->num)
		size *= 2;
	w->mask = size - 1;
	w->order = need(size, sizeof(*w->order));
	w->done = need(size, sizeof(*w->done));
	w->owned = need(size, sizeof(*w->owned));
	w->slot = need(size, sizeof(*w->slot));
	w->free = need(size, sizeof(*w->free));
}

static void deallocate(struct world *w)
{
	free(w->order);
	free(w->done);
	free(w->owned);
	free(w->slot);
	free(w->free);
}

static void build(struct world *w)
{
	static const u32 regions[] = { 1, 1, 1, 1, 2, 4, 4, 5 };
	struct fx_config c = {
		.format = w->cfg->format,
		.num = w->cfg->num,
		.features = w->cfg->features,
		.table_len = MAX_BUFS,
		.tables = w->cfg->num < MANY_TABLES ? w->cfg->num : MANY_TABLES,
		.regions = regions[below(w, 8)],
		.iotlb = one_in(w, 8),
	};

	if (!is_packed(w) && one_in(w, 8))
		c.features |= DRV_F_BIG_ENDIAN;
	c.payload = payload_bytes(&c);
	fx_init(&w->fx, &c);
	if (c.iotlb)
		fx_map_all(&w->fx);
	w->shot = false;
	w->fx.batch.chain = w->chain;
	w->fx.batch.seg = w->seg;
	dirty_init(w);
}

static void tear_down(struct world *w)
{
	fx_drop(&w->fx);
	free(w->dirty);
	free(w->page_of);
}

static void live(struct world *w, u64 chains)
{
	build(w);
	if (!setjmp(w->failed)) {
		payload_init(w);
		begin_ring(w);
		dirty_on(w, one_in(w, 2));
		w->until_event = 1 + below(w, EVENT_GAP);
		w->idle = 0;
		while (w->result->chains < chains)
			step(w);
		drain(w);
	}
	tear_down(w);
}

void model_run(const struct model_config *cfg, uint64_t seed, uint64_t chains,
	       struct model_result *result)
{
	static struct world world;
	struct world *w = &world;

	*w = (struct world){
		.cfg = cfg,
		.result = result,
		.random = seed | 1,
	};
	allocate(w);
	for (u32 i = 1; i <= LIVES && !*result->failure; i++)
		live(w, chains * i / LIVES);
	deallocate(w);
}
