// SPDX-License-Identifier: GPL-2.0-only
/*
 * Checked traffic; see traffic.h.
 *
 * Each queue owns half of the guest's data memory, cut into slots of one chain
 * each; a chain's token is the number of its slot.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "../../driver/driver_priv.h"
#include "report.h"
#include "traffic.h"

enum {
	MAX_FRAME = 65536,
	MAX_BUFS = 6,		/* in a chain */
	BURST = 32,		/* frames before the other direction's turn */
	WINDOW = 200,		/* frames between us and the device; a tap
				 * holds 500 before it drops */
	LOST_MS = 100,		/* lossy: what comes later than that is lost */
	SMALL = 32,		/* RX buffers are all big in so small a ring, or
				 * a frame might not fit it at all */
	UNTOUCHED = 0xcc,
};

static uint32_t rnd(struct traffic *t, uint32_t below)
{
	return drv_random(&t->random) % below;
}

static void wrong(struct traffic *t, const char *fmt, ...) LIKE_PRINTF(2);
static void wrong(struct traffic *t, const char *fmt, ...)
{
	va_list args;

	if (t->error)
		return;
	va_start(args, fmt);
	vsnprintf(t->error_text, sizeof(t->error_text), fmt, args);
	va_end(args);
	t->error = t->error_text;
}

/* ---- slots ------------------------------------------------------------ */

static uint32_t find_slot(struct direction *dir)
{
	for (uint32_t i = 0; i < dir->slots; i++) {
		uint32_t s = (dir->next + i) % dir->slots;

		if (!dir->slot[s].taken) {
			dir->next = s + 1;
			return s;
		}
	}
	return dir->slots;
}

static uint64_t slot_gpa(const struct direction *dir, uint32_t s)
{
	return dir->gpa + (uint64_t)s * dir->stride;
}

/* Put a slot's bytes into the ring, cut at random. */
static bool add_slot(struct traffic *t, struct direction *dir, uint32_t s,
		     uint32_t len)
{
	bool tx = dir->q->index == TX, kick = false;
	uint32_t most = dir->q->cfg.num < MAX_BUFS ? dir->q->cfg.num : MAX_BUFS;
	uint32_t n = 1 + rnd(t, most);
	struct drv_buf buf[MAX_BUFS];
	struct drv_chain c = {
		.buf = buf,
		.n_read = tx ? n : 0,
		.n_write = tx ? 0 : n,
		.token = s,
	};
	enum drv_result res;

	lazy_cut(&dir->q->lazy, slot_gpa(dir, s), len, buf, n);
	res = lazy_add(&dir->q->lazy, &c, &kick);
	if (kick)
		queue_kick(dir->q);
	if (res == DRV_REJECTED)
		wrong(t, "the driver rejected a chain of %u", n);
	if (res != DRV_GOT)
		return false;
	dir->slot[s] = (struct slot){ .len = len, .taken = true };
	return true;
}

/* The next used slot; its number, or -1. */
static int take_slot(struct traffic *t, struct direction *dir, uint32_t *len)
{
	struct drv_used u;

	switch (lazy_get_used(&dir->q->lazy, &u)) {
	case DRV_GOT:
		break;
	case DRV_BROKEN:
		wrong(t, "%s: the device broke rule %d",
		      dir->q->index == TX ? "TX" : "RX", dir->q->ring.fault);
		return -1;
	default:
		return -1;
	}
	if (u.token >= dir->slots || !dir->slot[u.token].taken) {
		wrong(t, "chain %u was not in flight", (uint32_t)u.token);
		return -1;
	}
	dir->slot[u.token].taken = false;
	*len = u.len;
	return (int)u.token;
}

/* ---- from the device to us -------------------------------------------- */

static bool fill_rx(struct traffic *t)
{
	struct direction *rx = &t->dir[RX];
	uint32_t least = 64, n = 0, s, len;

	while ((s = find_slot(rx)) < rx->slots) {
		len = rx->stride;
		if (t->plan.rx_buf && rx->slots > SMALL)
			len = least + rnd(t, rx->stride - least + 1);
		memory_fill(&t->d->mem, slot_gpa(rx, s), UNTOUCHED, rx->stride);
		if (!add_slot(t, rx, s, len))
			break;
		n++;
	}
	return n;
}

static void saw_frame(struct traffic *t, struct direction *dir,
		      const uint8_t *frame, uint32_t len)
{
	const char *name = dir->q->index == TX ? "TX" : "RX";
	const char *why;
	uint32_t seq;

	if (!frame_is_ours(frame, len))
		return;
	why = frame_check(frame, len, dir->salt, &seq);
	if (why)
		wrong(t, "%s: frame %u of %u bytes: %s", name, seq, len, why);
	else if (t->plan.stale && seq <= dir->last)
		return;
	else if (seq <= dir->last || seq > dir->sent)
		wrong(t, "%s: frame %u after %u", name, seq, dir->last);
	else if (!t->plan.lossy && seq != dir->last + 1)
		wrong(t, "%s: lost %u frames before %u", name,
		      seq - dir->last - 1, seq);
	if (dir->seen < seq)
		dir->seen = seq;
	dir->last = seq;
}

/* The virtio-net header of a frame that begins in this buffer. */
static uint32_t read_header(struct traffic *t, uint64_t gpa, uint32_t len)
{
	struct virtio_net_hdr_mrg_rxbuf h = { .num_buffers = 1 };
	uint32_t bytes = header_bytes(t->d->features);

	if (len < bytes) {
		wrong(t, "RX: %u bytes used, less than a header", len);
		return bytes;
	}
	memory_get(&t->d->mem, gpa, &h, bytes);
	if (h.hdr.flags || h.hdr.gso_type)
		wrong(t, "RX: header with flags %u, type %u", h.hdr.flags,
		      h.hdr.gso_type);
	t->buffers_left = t->d->features & F_MRG ? h.num_buffers : 1;
	if (!t->buffers_left)
		wrong(t, "RX: a frame in no buffers");
	t->frame_len = 0;
	return bytes;
}

static void check_untouched(struct traffic *t, uint64_t gpa, uint32_t from,
			    uint32_t to)
{
	for (; from < to; from++)
		if (*memory_at(&t->d->mem, gpa + from) != UNTOUCHED) {
			wrong(t, "RX: wrote behind the %u bytes used", from);
			return;
		}
}

static bool take_rx(struct traffic *t)
{
	struct direction *rx = &t->dir[RX];
	uint32_t len, skip = 0;
	int s = take_slot(t, rx, &len);
	uint64_t gpa;

	if (s < 0)
		return false;
	gpa = slot_gpa(rx, s);
	check_untouched(t, gpa, len, rx->stride);
	if (t->wrote)
		t->wrote(t->ctx, gpa, len);
	if (!t->buffers_left)
		skip = read_header(t, gpa, len);
	if (t->error || t->frame_len + len - skip > MAX_FRAME) {
		wrong(t, "RX: frame too long");
		return true;
	}
	memory_get(&t->d->mem, gpa + skip, t->frame + t->frame_len, len - skip);
	t->frame_len += len - skip;
	if (!--t->buffers_left)
		saw_frame(t, rx, t->frame, t->frame_len);
	return true;
}

static uint32_t random_len(struct traffic *t)
{
	uint32_t sizes = t->plan.max_len - t->plan.min_len + 1;

	switch (rnd(t, 8)) {
	case 0:
		return t->plan.min_len;
	case 1:
		return t->plan.max_len;
	default:
		return t->plan.min_len + rnd(t, sizes);
	}
}

static bool send_rx(struct traffic *t)
{
	struct direction *rx = &t->dir[RX];
	uint8_t frame[FRAME_BIG];
	uint32_t len = random_len(t);

	if (rx->sent == t->plan.rx || rx->sent - rx->seen >= WINDOW)
		return false;
	frame_make(frame, len, rx->sent + 1, rx->salt);
	if (send(t->link->peer, frame, len, MSG_DONTWAIT) != (ssize_t)len) {
		if (errno != EAGAIN && errno != ENOBUFS)
			wrong(t, "send: %s", errno_name(errno));
		return false;
	}
	rx->sent++;
	return true;
}

/* ---- from us to the device -------------------------------------------- */

static bool send_tx(struct traffic *t)
{
	struct direction *tx = &t->dir[TX];
	uint32_t head = header_bytes(t->d->features), s, len;
	uint8_t frame[FRAME_BIG + 12] = { 0 };

	if (tx->sent == t->plan.tx || tx->sent - tx->seen >= WINDOW)
		return false;
	s = find_slot(tx);
	if (s == tx->slots)
		return false;
	len = random_len(t);
	frame_make(frame + head, len, tx->sent + 1, tx->salt);
	memory_put(&t->d->mem, slot_gpa(tx, s), frame, head + len);
	tx->sent++;
	if (add_slot(t, tx, s, head + len))
		return true;
	tx->sent--;
	return false;
}

static bool take_tx(struct traffic *t)
{
	uint32_t len;

	if (take_slot(t, &t->dir[TX], &len) < 0)
		return false;
	if (len)
		wrong(t, "TX: %u bytes written", len);
	return true;
}

static bool receive_tx(struct traffic *t)
{
	ssize_t len = recv(t->link->peer, t->frame + MAX_FRAME, MAX_FRAME,
			   MSG_DONTWAIT);

	if (len < 0)
		return false;
	saw_frame(t, &t->dir[TX], t->frame + MAX_FRAME, len);
	return true;
}

void traffic_switch(struct traffic *t, struct link *link)
{
	while (recv(link->peer, t->frame + MAX_FRAME, MAX_FRAME, MSG_DONTWAIT) >= 0)
		;
	t->link = link;
}

/* ---- both ------------------------------------------------------------- */

static bool burst(struct traffic *t, bool (*what)(struct traffic *t))
{
	uint32_t n = 0;

	while (n < BURST && !t->error && what(t))
		n++;
	return n;
}

bool traffic_step(struct traffic *t)
{
	bool busy = false;

	if (!t->plan.leave[RX]) {
		busy |= burst(t, take_rx);
		busy |= burst(t, send_rx);
		busy |= fill_rx(t);
	}
	if (!t->plan.leave[TX]) {
		busy |= burst(t, receive_tx);
		busy |= burst(t, take_tx);
		busy |= burst(t, send_tx);
	}
	return busy;
}

static uint32_t tx_in_flight(const struct traffic *t)
{
	return t->plan.leave[TX] ? 0 : drv_in_flight(&t->dir[TX].q->ring);
}

bool traffic_done(const struct traffic *t)
{
	return t->dir[RX].seen >= t->plan.rx && t->dir[TX].seen >= t->plan.tx &&
	       !tx_in_flight(t);
}

/* Enable all notifications; false when something came meanwhile. */
static bool ready_to_sleep(struct traffic *t)
{
	bool ready = true;

	for (int i = 0; i < QUEUES; i++) {
		struct queue *q = t->dir[i].q;
		bool kick = false;

		if (t->plan.leave[i])
			continue;
		ready &= lazy_sleep(&q->lazy, &kick);
		if (kick)
			queue_kick(q);
	}
	return ready;
}

/* Wait for any event; false when none came for so long. */
static bool sleep_on(struct traffic *t, int ms)
{
	struct pollfd p[] = {
		{ .fd = t->dir[RX].q->call, .events = POLLIN },
		{ .fd = t->dir[TX].q->call, .events = POLLIN },
		{ .fd = t->link->peer, .events = POLLIN },
	};

	if (poll(p, 3, ms) <= 0)
		return false;
	for (int i = 0; i < 2; i++)
		if (p[i].revents)
			event_wait(p[i].fd, 0);
	return true;
}

static bool turn(struct traffic *t, int ms)
{
	if (traffic_step(t) || t->error || traffic_done(t))
		return true;
	return !ready_to_sleep(t) || sleep_on(t, ms);
}

static void standstill(struct traffic *t)
{
	const struct direction *rx = &t->dir[RX], *tx = &t->dir[TX];

	wrong(t, "standstill: RX %u of %u, TX %u of %u, %u in flight",
	      rx->seen, rx->sent, tx->seen, tx->sent,
	      drv_in_flight(&tx->q->ring));
}

/* Take what has not come for lost; should it come later, that is fine. */
static bool forgive(struct traffic *t)
{
	if (!t->plan.lossy || tx_in_flight(t))
		return false;
	for (int i = 0; i < QUEUES; i++)
		t->dir[i].seen = t->dir[i].sent;
	return true;
}

const char *traffic_run(struct traffic *t)
{
	int nap = t->plan.lossy ? LOST_MS : t->plan.ms;
	int idle = 0;

	while (!t->error && !traffic_done(t)) {
		if (turn(t, nap) || forgive(t)) {
			idle = 0;
		} else if ((idle += nap) >= (int)t->plan.ms) {
			standstill(t);
			break;
		}
	}
	return t->error;
}

const char *traffic_more(struct traffic *t, uint32_t tx, uint32_t rx)
{
	t->plan.tx = t->dir[TX].sent + tx;
	t->plan.rx = t->dir[RX].sent + rx;
	return traffic_run(t);
}

const char *traffic_for(struct traffic *t, uint32_t ms)
{
	uint64_t end = now_ms() + ms;

	t->plan.tx = t->plan.rx = UINT32_MAX;
	while (!t->error && now_ms() < end)
		if (!turn(t, 10))
			forgive(t);
	return t->error;
}

/* ---- from open to close ----------------------------------------------- */

static void place_slots(struct traffic *t, int i)
{
	struct direction *dir = &t->dir[i];
	uint32_t len = header_bytes(t->d->features) + t->plan.max_len;
	uint32_t fit;

	dir->q = &t->d->q[i];
	dir->next = 0;
	dir->gpa = MEMORY_DATA_GPA + (uint64_t)i * MEMORY_DATA / 2;
	dir->stride = i == RX && t->plan.rx_buf ? t->plan.rx_buf : len;
	fit = MEMORY_DATA / 2 / dir->stride;
	dir->slots = dir->q->cfg.num < fit ? dir->q->cfg.num : fit;
	dir->slot = calloc(dir->slots, sizeof(*dir->slot));
	if (!dir->slot)
		report_die("slots");
	queue_set_lazy(dir->q, t->plan.lazy ? t->plan.lazy + i : 0);
}

void traffic_reopen(struct traffic *t, int queue)
{
	free(t->dir[queue].slot);
	place_slots(t, queue);
	if (queue == RX)
		t->buffers_left = 0;
}

void traffic_open(struct traffic *t, struct device *d, struct link *link,
		  const struct traffic_plan *plan)
{
	static uint32_t salt;

	*t = (struct traffic){ .d = d, .link = link, .plan = *plan };
	if (!t->plan.max_len)
		t->plan.max_len = FRAME_MAX;
	if (!t->plan.min_len)
		t->plan.min_len = FRAME_MIN;
	if (!t->plan.ms)
		t->plan.ms = 5000;
	t->random = drv_seed(plan->lazy + 1);
	t->frame = malloc(2 * MAX_FRAME);
	for (int i = 0; i < QUEUES; i++) {
		t->dir[i].salt = salt++;
		place_slots(t, i);
	}
}

void traffic_close(struct traffic *t)
{
	for (int i = 0; i < QUEUES; i++)
		free(t->dir[i].slot);
	free(t->frame);
}

const char *traffic_once(struct device *d, struct link *link,
			 const struct traffic_plan *plan)
{
	static char why[sizeof(((struct traffic *)0)->error_text)];
	struct traffic t;
	bool failed;

	traffic_open(&t, d, link, plan);
	failed = traffic_run(&t);
	if (failed)
		memcpy(why, t.error_text, sizeof(why));
	traffic_close(&t);
	return failed ? why : NULL;
}
