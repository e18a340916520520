// SPDX-License-Identifier: GPL-2.0-only
/*
 * The driver's steps: add chains, take used ones back, sleep and wake up.
 * Plain or lazy, by chance. Each decision about a kick is checked.
 */
#include "world.h"

static const u32 whims = DRV_RANDOM_FREE | DRV_ODD_TABLES | DRV_MIXED_TABLES;

void guest_begin(struct world *w)
{
	struct lazy_policy policy = lazy_policy(chance(w));

	/* napping much longer than the ring takes to fill is only waiting */
	if (policy.nap_max > 2 * w->cfg->num)
		policy.nap_max = 2 * w->cfg->num;
	w->is_lazy = one_in(w, 2);
	w->tables = below(w, 9);
	if (w->is_lazy)
		lazy_init(&w->lazy, &w->fx.drv, &policy, chance(w));
	else
		drv_set_whims(&w->fx.drv, chance(w) & whims, chance(w));
}

/* ---- kicks ------------------------------------------------------------ */

static void obey_kick(struct world *w, bool kick)
{
	struct verdict v = oracle_kick(w);

	check(w, kick || !v.must, "no kick, but one must be sent");
	check(w, !kick || v.may, "a kick that nobody asked for");
	check(w, kick || !w->device_sleeps ||
		 w->visible.chains == w->seen.chains,
	      "lost wake-up: the device sleeps with work to do");
	w->kick_asked = w->visible.units;
	if (kick)
		device_wake(w);
}

void guest_flush(struct world *w)
{
	bool kick;

	if (w->is_lazy)
		kick = lazy_flush(&w->lazy);
	else
		kick = drv_kick_prepare(&w->fx.drv);
	w->visible = w->added;
	obey_kick(w, kick);
}

/* ---- adding ----------------------------------------------------------- */

/* Mostly one buffer, few have many. */
static u32 draw_buffers(struct world *w)
{
	u32 most = w->cfg->num, n, r = chance(w);

	if (has(w, DRV_F_INDIRECT) || most > MAX_BUFS)
		most = MAX_BUFS;
	if ((r & 15) < 9)
		return 1;
	if ((r & 15) < 15)
		n = 2;
	else
		n = 3 + (r >> 4 & 255) % (r >> 12 & 3 ? 4 : MAX_BUFS - 2);
	return n < most ? n : most;
}

/* How many of the buffers go to a table. */
static u32 draw_table(struct world *w, u32 n)
{
	const struct drv_ring *d = &w->fx.drv;

	if (!has(w, DRV_F_INDIRECT) || !d->n_free_tables)
		return 0;
	if (n > d->num)
		return n;
	if (below(w, 8) >= w->tables)
		return 0;
	return is_packed(w) || one_in(w, 2) ? n : 1 + below(w, n);
}

/* It was added, and the lazy driver has perhaps shown it already. */
static void note_added(struct world *w, struct slot *s, u32 slots)
{
	w->n_free--;
	s->slots = slots;
	w->order[w->added.chains & w->mask] = s - w->slot;
	advance(w, &w->added, s);
}

static bool add_one(struct world *w)
{
	struct drv_ring *d = &w->fx.drv;
	u16 at = w->free[w->n_free - 1];
	struct slot *s = &w->slot[at];
	struct drv_buf buf[MAX_BUFS];
	u32 n = draw_buffers(w), room = d->free_slots;
	bool kick = false, tables = d->n_free_tables;
	enum drv_result rc;

	payload_draw(w, s, n, buf);

	struct drv_chain c = { buf, s->n_read, s->n_write, 0, at };

	if (w->is_lazy) {
		rc = lazy_add(&w->lazy, &c, &kick);
	} else {
		c.n_table = draw_table(w, n);
		rc = drv_add(d, &c);
	}
	if (rc == DRV_GOT)
		note_added(w, s, room - d->free_slots);
	else
		check(w, rc == DRV_FULL || (n > d->num && !tables),
		      "driver rejects %u buffers", n);
	if (w->is_lazy && !d->unpublished &&
	    w->visible.chains != w->added.chains) {
		w->visible = w->added;
		obey_kick(w, kick);
	}
	return rc == DRV_GOT;
}

void guest_add(struct world *w)
{
	u32 n = 1 + below(w, w->batch);
	bool room = true;

	while (n-- && room)
		room = w->n_free && add_one(w);
	if (w->is_lazy && room)
		return;
	if (!room || !one_in(w, 4)) {
		guest_flush(w);
	} else if (one_in(w, 2)) {
		drv_publish(&w->fx.drv);	/* and ask later */
		w->visible = w->added;
	}
}

/* ---- taking back ------------------------------------------------------ */

static void check_used(struct world *w, const struct drv_used *u)
{
	u16 at = w->done[w->taken.chains & w->mask];
	struct slot *s = &w->slot[at];

	check(w, w->taken.chains < w->published.chains,
	      "used buffer %llu, before it was published",
	      (unsigned long long)u->token);
	check(w, u->token == at, "used buffer %llu, %u was pushed",
	      (unsigned long long)u->token, at);
	check(w, u->len == s->written, "%u bytes used, %u were pushed", u->len,
	      s->written);
	if (s->sampled)
		payload_check_used(w, s);
	advance(w, &w->taken, s);
	w->free[w->n_free++] = at;
	w->result->chains++;
	w->idle = 0;
}

static enum drv_result take_one(struct world *w)
{
	struct drv_used u;
	enum drv_result rc;

	if (w->is_lazy)
		rc = lazy_get_used(&w->lazy, &u);
	else
		rc = drv_get_used(&w->fx.drv, &u);
	check(w, rc != DRV_BROKEN, "the driver found a fault: %d",
	      w->fx.drv.fault);
	if (rc == DRV_GOT)
		check_used(w, &u);
	else
		check(w, w->is_lazy || w->taken.chains == w->published.chains,
		      "driver finds nothing, %llu are published",
		      (unsigned long long)(w->published.chains -
					   w->taken.chains));
	return rc;
}

static void go_to_sleep(struct world *w)
{
	u32 ahead = 0;
	bool pending, kick = false;

	if (w->is_lazy) {
		pending = !lazy_sleep(&w->lazy, &kick);
		w->visible = w->added;
		obey_kick(w, kick);
	} else {
		guest_flush(w);
		if (has(w, DRV_F_EVENT_IDX) && one_in(w, 4))
			ahead = below(w, w->cfg->num);
		pending = drv_enable_calls_after(&w->fx.drv, ahead);
	}
	check(w, pending == (w->taken.chains != w->published.chains),
	      "something used is pending: %d", pending);
	w->driver_sleeps = !pending;
	w->driver_timer = ahead;
	w->sleep_until = w->taken.units + ahead;
}

void guest_wake(struct world *w)
{
	if (w->driver_sleeps && !w->is_lazy && one_in(w, 2))
		drv_disable_calls(&w->fx.drv);
	w->driver_sleeps = false;
}

void guest_take(struct world *w)
{
	u32 n = 1 + below(w, w->batch);
	enum drv_result rc = DRV_GOT;

	if (w->driver_sleeps && w->driver_timer && one_in(w, 8))
		guest_wake(w);
	if (w->driver_sleeps)
		return;
	/* a lazy driver's nap is over after so many calls */
	while (n-- && (rc == DRV_GOT || (w->is_lazy && w->lazy.nap)))
		rc = take_one(w);
	if (rc == DRV_EMPTY && one_in(w, 2))
		go_to_sleep(w);
}
