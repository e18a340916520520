// SPDX-License-Identifier: GPL-2.0-only
/*
 * A device with requests in all of its queues; see world.h.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../driver/driver_priv.h"
#include "async/world.h"

enum {
	MAX_BUFS = 4,		/* in each half of a chain */
	BURST = 16,		/* of a queue before the next one's turn */
	STANDSTILL_MS = 15000,
};

const struct kind kinds[KINDS] = {
	{ "split", F_V1 },
	{ "split, all", F_V1 | F_EVENT | F_INDIRECT },
	{ "packed", F_V1 | F_PACKED },
	{ "packed, all", F_V1 | F_PACKED | F_EVENT | F_INDIRECT },
};

uint32_t world_rnd(struct world *w, uint32_t below)
{
	return drv_random(&w->random) % below;
}

void world_wrong(struct world *w, const char *fmt, ...)
{
	va_list args;

	if (w->error)
		return;
	va_start(args, fmt);
	vsnprintf(w->error_text, sizeof(w->error_text), fmt, args);
	va_end(args);
	w->error = w->error_text;
}

/* ---- the device ------------------------------------------------------- */

struct world *world_new(uint64_t features)
{
	struct world *w = calloc(1, sizeof(*w));

	if (!w)
		report_die("world");
	device_open_node(&w->d, NODE, ASYNC_QUEUES);
	if (features & ~w->d.offered)
		report_die("features %#llx are not offered",
			   (unsigned long long)(features & ~w->d.offered));
	w->features = features;
	w->random = drv_seed(now_ms() ^ getpid());
	w->run = (struct async_run){
		.places = ANYWHERE, .max_delay_us = 3000, .drain_ms = ENOUGH_MS,
	};
	for_each_lane(w, lane) {
		lane->index = lane - w->lane;
		lane->q = &w->d.q[lane->index];
	}
	return w;
}

struct world *world_open(const struct kind *kind, uint32_t places)
{
	struct world *w = world_new(kind->features);
	int err = device_ready(&w->d, kind->features, NUM);

	if (err)
		report_die("%s: configuration: %s", kind->name,
			   errno_name(err));
	w->run.places = places;
	for_each_lane(w, lane)
		queue_set_lazy(lane->q, 1 + world_rnd(w, 1 << 20));
	return w;
}

void world_close(struct world *w)
{
	device_close(&w->d);
	free(w);
}

static int set_running(struct world *w, uint32_t running)
{
	w->run.running = running;
	return cmd(w->d.fd, ASYNC_SET_RUNNING, &w->run);
}

int world_start(struct world *w)
{
	w->stamp = now_ms();
	return set_running(w, 1);
}

int world_stop(struct world *w)
{
	return set_running(w, 0);
}

void world_let_go(struct world *w)
{
	int err = cmd(w->d.fd, ASYNC_LET_GO, NULL);

	if (err)
		world_wrong(w, "LET_GO: %s", errno_name(err));
}

struct async_stats world_stats(struct world *w, uint32_t queue)
{
	struct async_stats s = { .queue = queue };

	if (cmd(w->d.fd, ASYNC_GET_STATS, &s))
		report_die("ASYNC_GET_STATS");
	return s;
}

/* ---- adding ----------------------------------------------------------- */

static struct slot *find_slot(struct lane *lane)
{
	for (uint32_t i = 0; i < SLOTS; i++) {
		uint32_t s = (lane->next + i) % SLOTS;

		if (!lane->slot[s].taken) {
			lane->next = s + 1;
			return &lane->slot[s];
		}
	}
	return NULL;
}

static uint32_t number(const struct lane *lane, const struct slot *slot)
{
	return slot - lane->slot;
}

/* Fill the readable part with anything behind the tag; its sum. */
static uint64_t write_request(struct world *w, uint64_t gpa, uint32_t len,
			      uint64_t tag)
{
	uint8_t bytes[STRIDE];
	uint64_t sum = 0;

	memcpy(bytes, &tag, sizeof(tag));
	for (uint32_t i = sizeof(tag); i < len; i++)
		bytes[i] = tag >> i % 8 * 8 ^ i;
	for (uint32_t i = 0; i < len; i++)
		sum += bytes[i];
	memory_put(&w->d.mem, gpa, bytes, len);
	return sum;
}

bool world_add(struct world *w, struct lane *lane)
{
	uint32_t r_len = sizeof(struct async_request) + world_rnd(w, 700);
	uint32_t w_len = sizeof(struct async_response) + world_rnd(w, 900);
	struct slot *slot = find_slot(lane);
	struct drv_buf buf[2 * MAX_BUFS];
	struct drv_chain c = {
		.buf = buf,
		.n_read = 1 + world_rnd(w, MAX_BUFS),
		.n_write = 1 + world_rnd(w, MAX_BUFS),
	};
	uint64_t r_gpa, w_gpa, tag;
	bool kick = false;
	enum drv_result res;

	if (!slot)
		return false;
	c.token = number(lane, slot);
	r_gpa = world_write_gpa(lane) - HALF_BYTES + c.token * STRIDE +
		world_rnd(w, STRIDE - r_len);
	w_gpa = world_write_gpa(lane) + c.token * STRIDE +
		world_rnd(w, STRIDE - w_len);
	tag = (uint64_t)drv_random(&w->random) << 32 | drv_random(&w->random);
	lazy_cut(&lane->q->lazy, r_gpa, r_len, buf, c.n_read);
	lazy_cut(&lane->q->lazy, w_gpa, w_len, buf + c.n_read, c.n_write);
	*slot = (struct slot){
		.nth = lane->added,
		.len = w_len,
		.gpa = w_gpa,
		.tag = tag,
		.sum = write_request(w, r_gpa, r_len, tag),
	};
	res = lazy_add(&lane->q->lazy, &c, &kick);
	if (kick)
		queue_kick(lane->q);
	if (res == DRV_REJECTED)
		world_wrong(w, "the driver rejected a chain");
	slot->taken = res == DRV_GOT;
	lane->added += slot->taken;
	return slot->taken;
}

static void show(struct lane *lane)
{
	if (lazy_flush(&lane->q->lazy))
		queue_kick(lane->q);
}

void world_fill_lane(struct world *w, struct lane *lane, uint32_t n)
{
	for (uint32_t i = 0; i < n && world_add(w, lane); i++)
		;
	show(lane);
}

void world_fill(struct world *w, uint32_t n)
{
	for_each_lane(w, lane)
		world_fill_lane(w, lane, n);
}

/* ---- taking back ------------------------------------------------------ */

static uint8_t *mirror_of(struct lane *lane, uint64_t gpa)
{
	return lane->mirror + (gpa - world_write_gpa(lane));
}

/* What the slot's memory must be like now. */
static void expect_response(struct lane *lane, const struct slot *slot)
{
	const struct async_response response = { slot->tag, slot->sum };
	uint8_t *at = mirror_of(lane, slot->gpa);

	memset(at, slot->tag & 0xff, slot->len);
	memcpy(at, &response, sizeof(response));
}

static bool slot_as_mirrored(struct world *w, struct lane *lane, uint32_t n)
{
	uint64_t gpa = world_write_gpa(lane) + (uint64_t)n * STRIDE;
	uint8_t is[STRIDE];

	memory_get(&w->d.mem, gpa, is, STRIDE);
	return !memcmp(is, mirror_of(lane, gpa), STRIDE);
}

/* Its memory vanished: a part of the response may have been written. */
static void back_empty(struct world *w, struct lane *lane,
		       const struct slot *slot)
{
	lane->vanished++;
	memory_get(&w->d.mem, slot->gpa, mirror_of(lane, slot->gpa), slot->len);
}

static void back_with(struct world *w, struct lane *lane,
		      const struct slot *slot, uint32_t len)
{
	if (len != slot->len || slot->must_vanish)
		return world_wrong(w, "queue %u, request %u: %u bytes, not %u",
				   lane->index, slot->nth, len,
				   slot->must_vanish ? 0 : slot->len);
	expect_response(lane, slot);
	if (!slot_as_mirrored(w, lane, number(lane, slot)))
		world_wrong(w, "queue %u, request %u: wrong response",
			    lane->index, slot->nth);
}

static void is_back(struct world *w, struct lane *lane,
		    const struct drv_used *u)
{
	struct slot *slot = &lane->slot[u->token];

	if (u->token >= SLOTS || !slot->taken)
		return world_wrong(w, "queue %u: slot %u was not in flight",
				   lane->index, (uint32_t)u->token);
	slot->taken = false;
	lane->back++;
	w->back++;
	if (slot->nth < lane->last)
		w->overtaken++;
	else
		lane->last = slot->nth;
	if (!u->len && (slot->may_vanish || slot->must_vanish))
		back_empty(w, lane, slot);
	else
		back_with(w, lane, slot, u->len);
}

static bool take_one(struct world *w, struct lane *lane)
{
	struct drv_used u;
	enum drv_result res = lazy_get_used(&lane->q->lazy, &u);

	if (res == DRV_GOT)
		is_back(w, lane, &u);
	if (res == DRV_BROKEN)
		world_wrong(w, "queue %u: the device broke rule %d",
			    lane->index, lane->q->ring.fault);
	return res == DRV_GOT;
}

void world_collect_lane(struct world *w, struct lane *lane)
{
	do
		lane->q->lazy.nap = 0;
	while (take_one(w, lane));
}

void world_collect(struct world *w)
{
	for_each_lane(w, lane)
		world_collect_lane(w, lane);
}

bool world_all_taken(struct world *w)
{
	uint64_t end = now_ms() + STANDSTILL_MS;

	for_each_lane(w, lane) {
		show(lane);
		while (world_stats(w, lane->index).popped !=
		       lane->taken_before + lane->added) {
			if (now_ms() > end) {
				world_wrong(w, "queue %u: not all is popped",
					    lane->index);
				return false;
			}
			usleep(500);
		}
	}
	return true;
}

/* ---- running ---------------------------------------------------------- */

static bool step(struct world *w)
{
	bool busy = false;

	for_each_lane(w, lane) {
		for (int i = 0; i < BURST && w->left && world_add(w, lane);
		     i++) {
			w->left -= w->left != UINT64_MAX;
			busy = true;
		}
		for (int i = 0; i < BURST && take_one(w, lane); i++)
			busy = true;
	}
	return busy;
}

/* Enable all notifications; false when something came meanwhile. */
static bool ready_to_sleep(struct world *w)
{
	bool ready = true;

	for_each_lane(w, lane) {
		bool kick = false;

		ready &= lazy_sleep(&lane->q->lazy, &kick);
		if (kick)
			queue_kick(lane->q);
	}
	return ready;
}

/* What was used after that comes with a notification, or is not seen. */
static bool sleep_on(struct world *w, int ms)
{
	struct pollfd p[ASYNC_QUEUES];

	for (int i = 0; i < ASYNC_QUEUES; i++)
		p[i] = (struct pollfd){ w->d.q[i].call, POLLIN, 0 };
	if (poll(p, ASYNC_QUEUES, ms) <= 0)
		return false;
	for (int i = 0; i < ASYNC_QUEUES; i++)
		if (p[i].revents)
			event_wait(p[i].fd, 0);
	return true;
}

static uint64_t in_flight(struct world *w)
{
	uint64_t n = 0;

	for_each_lane(w, lane)
		n += drv_in_flight(&lane->q->ring);
	return n;
}

static bool is_done(struct world *w)
{
	return !w->left && !in_flight(w);
}

/* Do something, or wait until @end for something to do. */
static void turn(struct world *w, uint64_t end)
{
	uint64_t now;

	if (step(w)) {
		w->stamp = now_ms();
		return;
	}
	if (w->error || is_done(w) || !ready_to_sleep(w))
		return;
	now = now_ms();
	if (sleep_on(w, now < end ? end - now : 0))
		w->stamp = now_ms();
	else if (now_ms() - w->stamp >= STANDSTILL_MS)
		world_wrong(w, "standstill: %llu in flight",
			    (unsigned long long)in_flight(w));
}

const char *world_for(struct world *w, uint32_t ms)
{
	uint64_t end = now_ms() + ms;

	w->left = UINT64_MAX;
	w->stamp = now_ms();
	while (!w->error && now_ms() < end)
		turn(w, end);
	w->left = 0;
	return w->error;
}

const char *world_more(struct world *w, uint64_t requests)
{
	w->left = requests;
	w->stamp = now_ms();
	while (!w->error && !is_done(w))
		turn(w, w->stamp + STANDSTILL_MS);
	w->left = 0;
	return w->error;
}

const char *world_finish(struct world *w)
{
	return world_more(w, 0);
}

/* ---- stopped ---------------------------------------------------------- */

static uint64_t ended(const struct async_stats *s)
{
	return s->pushed + s->given_back + s->dropped;
}

/* A stop does not wait for what an earlier stop did not wait for. */
static struct async_stats final_stats(struct world *w, uint32_t queue)
{
	uint64_t end = now_ms() + 5000;
	struct async_stats s = world_stats(w, queue);

	while (s.kept != ended(&s) && now_ms() < end) {
		usleep(1000);
		s = world_stats(w, queue);
	}
	return s;
}

const char *world_exact(struct world *w, uint32_t base[ASYNC_QUEUES])
{
	world_collect(w);
	for_each_lane(w, lane) {
		uint32_t i = lane->index, place = queue_place(lane->q);
		struct async_stats s = final_stats(w, i);

		base[i] = queue_base(lane->q);
		if (base[i] != place)
			world_wrong(w, "queue %u: base %#x, used to %#x", i,
				    base[i], place);
		if (s.in_flight)
			world_wrong(w, "queue %u: %u in flight", i,
				    s.in_flight);
		if (s.kept != ended(&s))
			world_wrong(w, "queue %u: %llu kept, %llu ended", i,
				    (unsigned long long)s.kept,
				    (unsigned long long)ended(&s));
	}
	return w->error;
}

int world_resume(struct world *w, const uint32_t base[ASYNC_QUEUES])
{
	int err = 0;

	for (int i = 0; i < ASYNC_QUEUES && !err; i++)
		err = queue_setup_at(&w->d.q[i], base[i]);
	return err ? err : world_start(w);
}

int world_take_over(struct world *w, const uint32_t base[ASYNC_QUEUES])
{
	int old = w->d.fd, err;
	bool first = world_rnd(w, 2);

	w->d.fd = open(NODE, O_RDWR | O_CLOEXEC);
	if (w->d.fd < 0)
		report_die(NODE);
	if (first)
		close(old);
	err = device_begin(&w->d, w->features);
	for (int i = 0; i < ASYNC_QUEUES; i++)
		w->d.q[i].log = false;
	for_each_lane(w, lane)
		lane->taken_before = -lane->back;
	if (!err)
		err = world_resume(w, base);
	if (!first)
		close(old);
	return err;
}

void world_forget(struct world *w)
{
	for_each_lane(w, lane) {
		/* what is in the memory is what is right from here on */
		memory_get(&w->d.mem, world_write_gpa(lane), lane->mirror,
			   HALF_BYTES);
		drv_restart(&lane->q->ring, 0, true);
		memset(lane->slot, 0, sizeof(lane->slot));
		lane->added = 0;
		lane->back = 0;
		lane->last = 0;
		lane->taken_before = world_stats(w, lane->index).popped;
	}
}

int world_renew(struct world *w)
{
	int err = 0;

	world_forget(w);
	for (int i = 0; i < ASYNC_QUEUES && !err; i++)
		err = queue_setup(&w->d.q[i]);
	return err ? err : world_start(w);
}

bool world_mirror_ok(struct world *w)
{
	for_each_lane(w, lane)
		for (uint32_t i = 0; i < SLOTS; i++)
			if (!lane->slot[i].taken &&
			    !slot_as_mirrored(w, lane, i))
				return false;
	return true;
}
