// SPDX-License-Identifier: GPL-2.0-only
/*
 * A driver thread and a device thread on one ring, under ThreadSanitizer: the
 * engine's direct memory backend against the driver of tests/driver. Prints TAP.
 *
 * Payload goes both ways in plain accesses, so ThreadSanitizer reports each
 * byte that the ring's own acquires and releases do not order. Threads that
 * find nothing really sleep, so that a kick or a call that is lost stops the
 * traffic; a watchdog then says who sleeps on what. Slowness is no failure.
 *
 * Notifications are relaxed atomics and futexes, on purpose: an eventfd or a
 * mutex would order the threads for ThreadSanitizer and hide what the ring
 * forgot.
 */
#include <linux/futex.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define RING_MEM direct
#include "ring.h"
#include "driver/driver.h"
#include "driver/driver_priv.h"

enum {
	BUF_BYTES = 48,		/* bytes of a buffer */
	MAX_BUFS = 4,		/* at most, in a chain */
	CHAIN_BYTES = BUF_BYTES * MAX_BUFS,
	TABLE_LEN = 8,
	BATCH = 8,
	RUN_MS = 250,		/* the driver adds chains for so long */
	STUCK_MS = 15000,	/* nothing moved for so long: a lost wake-up */
};

#define GPA 0x10000000ull

struct test {
	const char *name;
	enum drv_format format;
	u32 num;
	u32 features;
};

/* A notification: set by one side, waited for by the other. */
struct bell {
	u32 rung;
	u32 asleep;	/* for the watchdog only */
	u64 sleeps;	/* the sleeper's own; read after it ended */
	u64 rings;	/* the ringer's own */
};

struct pair {
	const struct test *test;
	struct bell kick, call;
	u32 stop;		/* set by the driver when all came back */
	u64 moved;		/* chains back with the driver, so far */
	const char *wrong;	/* first thing that was; either thread */

	/* guest memory */
	u8 *memory;
	size_t bytes;
	u8 *payload;		/* CHAIN_BYTES for each of num chains */

	/* driver thread */
	struct drv_ring drv;
	struct drv_buf buf[MAX_BUFS];
	u64 drv_random;
	u32 *free;		/* chains not in flight */
	u32 n_free;
	struct sent {
		u32 seq;
		u32 n_read, n_write;
	} *sent;
	u32 next_seq;

	/* device thread */
	struct ring ring;
	struct ring_space space;
	struct ring_memtab mem;
	u64 dev_random;
};

#define relaxed_get(p) __atomic_load_n(p, __ATOMIC_RELAXED)
#define relaxed_set(p, v) __atomic_store_n(p, v, __ATOMIC_RELAXED)

static void wrong(struct pair *p, const char *what)
{
	const char *none = NULL;

	__atomic_compare_exchange_n(&p->wrong, &none, what, false,
				    __ATOMIC_RELAXED, __ATOMIC_RELAXED);
}

/* ---- bells ------------------------------------------------------------ */

static void bell_ring(struct bell *b)
{
	b->rings++;
	__atomic_exchange_n(&b->rung, 1, __ATOMIC_RELAXED);
	syscall(SYS_futex, &b->rung, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

/* Sleep until it has been rung since the last time. */
static void bell_wait(struct bell *b)
{
	relaxed_set(&b->asleep, 1);
	while (!__atomic_exchange_n(&b->rung, 0, __ATOMIC_RELAXED)) {
		b->sleeps++;
		syscall(SYS_futex, &b->rung, FUTEX_WAIT_PRIVATE, 0, NULL, NULL,
			0);
	}
	relaxed_set(&b->asleep, 0);
}

/* ---- payload ---------------------------------------------------------- */

static u8 pattern(u32 seq, u32 i)
{
	return seq * 13 + i * 7 + (seq >> 8);
}

static void fill(u8 *to, u32 len, u32 seq)
{
	for (u32 i = 0; i < len; i++)
		to[i] = pattern(seq, i);
}

static bool holds(const u8 *at, u32 len, u32 seq)
{
	for (u32 i = 0; i < len; i++)
		if (at[i] != pattern(seq, i))
			return false;
	return true;
}

/* ---- the device ------------------------------------------------------- */

/* What was read begins with its number; reply with the pattern of the next number. */
static u32 serve_chain(struct pair *p, const struct ring_chain *c,
		       const struct ring_seg *seg)
{
	u32 seq, left;

	memcpy(&seq, (const void *)seg[0].base, sizeof(seq));
	if (!holds((const u8 *)seg[0].base + 4, seg[0].len - 4, seq))
		wrong(p, "the device read something else");
	for (u32 i = 1; i < c->n_read; i++)
		if (!holds((const u8 *)seg[i].base, seg[i].len, seq))
			wrong(p, "the device read something else");
	left = drv_random(&p->dev_random) % 4 ?
		       c->write_len : drv_random(&p->dev_random) % c->write_len;

	u32 written = left;

	for (u32 i = c->n_read; left; i++) {
		u32 part = left < seg[i].len ? left : seg[i].len;

		fill((u8 *)seg[i].base, part, seq + 1);
		left -= part;
	}
	return written;
}

/* Give a batch back, all at once or in two, in any order that is allowed. */
static void give_back(struct pair *p, struct ring_done *done, u32 n)
{
	u32 cut = drv_random(&p->dev_random) % (n + 1);
	bool bad = false;

	if (!(p->test->features & DRV_F_IN_ORDER) && n > 1) {
		u32 i = drv_random(&p->dev_random) % n;
		struct ring_done first = done[0];

		done[0] = done[i];
		done[i] = first;
	}
	if (cut) {
		bad |= ring_push(&p->ring, &p->space, done, cut) != RING_GOT;
		bad |= ring_publish(&p->ring, &p->space) != RING_GOT;
	}
	if (cut < n) {
		bad |= ring_push(&p->ring, &p->space, done + cut, n - cut) !=
		       RING_GOT;
		bad |= ring_publish(&p->ring, &p->space) != RING_GOT;
	}
	if (bad)
		wrong(p, "the engine would not take a chain back");
	if (ring_call_needed(&p->ring, &p->space))
		bell_ring(&p->call);
}

/* Everything there is; false when the ring broke. */
static bool serve(struct pair *p)
{
	struct ring_chain chain[BATCH];
	struct ring_seg seg[BATCH * MAX_BUFS];
	struct ring_done done[BATCH];
	enum ring_result rc;

	for (;;) {
		struct ring_batch b = {
			.chain = chain,
			.seg = seg,
			.max_chains = 1 + drv_random(&p->dev_random) % BATCH,
			.max_segs = BATCH * MAX_BUFS,
		};

		rc = ring_pop(&p->ring, &p->space, &b);
		if (rc != RING_GOT)
			break;
		/* changing one's mind must cost nothing */
		if (drv_random(&p->dev_random) % 8 == 0) {
			ring_unpop(&p->ring, chain, b.n_chains);
			ring_enable_kicks(&p->ring, &p->space);
			ring_disable_kicks(&p->ring, &p->space);
			continue;
		}
		for (u32 i = 0; i < b.n_chains; i++)
			done[i] = ring_done(&chain[i],
					    serve_chain(p, &chain[i],
							seg + chain[i].seg));
		give_back(p, done, b.n_chains);
	}
	return rc == RING_EMPTY;
}

static void *device(void *arg)
{
	struct pair *p = arg;
	enum ring_result rc;

	while (!relaxed_get(&p->stop)) {
		ring_disable_kicks(&p->ring, &p->space);
		if (!serve(p))
			break;
		rc = ring_enable_kicks(&p->ring, &p->space);
		if (rc == RING_EMPTY)
			bell_wait(&p->kick);
		else if (rc != RING_GOT)
			break;
	}
	if (ring_fault(&p->ring)->cause)
		wrong(p, ring_cause_name(ring_fault(&p->ring)->cause));
	return NULL;
}

/* ---- the driver ------------------------------------------------------- */

static u8 *chain_at(const struct pair *p, u32 i)
{
	return p->payload + (size_t)i * CHAIN_BYTES;
}

static bool add_one(struct pair *p)
{
	u32 i = p->free[p->n_free - 1], dice = drv_random(&p->drv_random);
	struct sent *s = &p->sent[i];
	struct drv_chain c = { .buf = p->buf, .token = i };
	bool small = p->test->num < 4 && !(p->test->features & DRV_F_INDIRECT);

	c.n_read = small ? 1 : 1 + dice % 2;
	c.n_write = p->test->num < 2 && small ? 0 : small ? 1 : 1 + dice / 2 % 2;
	if (p->test->features & DRV_F_INDIRECT && (dice & 4 || p->test->num < 4))
		c.n_table = c.n_read + c.n_write;
	for (u32 k = 0; k < c.n_read + c.n_write; k++)
		p->buf[k] = (struct drv_buf){
			GPA + (u64)(chain_at(p, i) - p->memory) + k * BUF_BYTES,
			BUF_BYTES,
		};
	*s = (struct sent){ p->next_seq, c.n_read, c.n_write };
	memcpy(chain_at(p, i), &s->seq, 4);
	fill(chain_at(p, i) + 4, BUF_BYTES - 4, s->seq);
	if (c.n_read > 1)
		fill(chain_at(p, i) + BUF_BYTES, BUF_BYTES, s->seq);
	if (drv_add(&p->drv, &c) != DRV_GOT)
		return false;
	p->next_seq++;
	p->n_free--;
	return true;
}

static void add_some(struct pair *p)
{
	u32 n = 1 + drv_random(&p->drv_random) % (2 * BATCH);

	while (n && p->n_free && add_one(p)) {
		n--;
		if (drv_random(&p->drv_random) % 2)
			continue;
		if (drv_kick_prepare(&p->drv))
			bell_ring(&p->kick);
	}
	if (drv_kick_prepare(&p->drv))
		bell_ring(&p->kick);
}

static void check_answer(struct pair *p, const struct drv_used *u)
{
	const struct sent *s = &p->sent[u->token];
	const u8 *at = chain_at(p, u->token) + s->n_read * BUF_BYTES;
	u32 left = u->len;

	for (u32 k = 0; k < s->n_write && left; k++) {
		u32 part = left < BUF_BYTES ? left : BUF_BYTES;

		if (!holds(at + k * BUF_BYTES, part, s->seq + 1))
			wrong(p, "the driver read something else");
		left -= part;
	}
}

/* Take back what there is; false when the driver saw a rule broken. */
static bool take_some(struct pair *p)
{
	struct drv_used u;
	enum drv_result rc;

	while ((rc = drv_get_used(&p->drv, &u)) == DRV_GOT) {
		check_answer(p, &u);
		p->free[p->n_free++] = u.token;
		relaxed_set(&p->moved, p->moved + 1);
	}
	if (rc == DRV_BROKEN)
		wrong(p, "the device broke a rule");
	return rc != DRV_BROKEN;
}

static u64 now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000ull + t.tv_nsec / 1000000;
}

static void *driver(void *arg)
{
	struct pair *p = arg;
	u64 end = now_ms() + RUN_MS;

	while (take_some(p)) {
		bool adding = now_ms() < end;

		if (!adding && !drv_in_flight(&p->drv))
			break;
		if (adding)
			add_some(p);
		if (drv_random(&p->drv_random) % 4)
			drv_disable_calls(&p->drv);
		/* sometimes let a few pass, as drivers do */
		else if (drv_random(&p->drv_random) % 2 &&
			 drv_enable_calls_after(&p->drv, drv_in_flight(&p->drv) / 2))
			continue;
		if (drv_in_flight(&p->drv) && !drv_enable_calls(&p->drv))
			bell_wait(&p->call);
	}
	relaxed_set(&p->stop, 1);
	bell_ring(&p->kick);
	return NULL;
}

/* ---- setting up and watching ------------------------------------------ */

static void build_space(struct pair *p)
{
	struct ring_region region = {
		.guest = GPA, .size = p->bytes, .user = (uintptr_t)p->memory,
	};

	if (ring_memtab_build(&p->mem, malloc(ring_memtab_bytes(1)), &region, 1,
			      1) != RING_OK)
		abort();
	p->space.mem = &p->mem;
}

static u32 engine_flags(const struct test *t)
{
	return (t->format == DRV_PACKED ? RING_F_PACKED : 0) |
	       (t->features & DRV_F_INDIRECT ? RING_F_INDIRECT : 0) |
	       (t->features & DRV_F_EVENT_IDX ? RING_F_EVENT_IDX : 0) |
	       (t->features & DRV_F_IN_ORDER ? RING_F_IN_ORDER : 0);
}

static struct pair *set_up(const struct test *t)
{
	struct pair *p = calloc(1, sizeof(*p));
	struct drv_config c = {
		.format = t->format,
		.num = t->num,
		.features = t->features,
		.table_len = TABLE_LEN,
	};
	struct ring_config rc = { .num = t->num, .flags = engine_flags(t) };
	size_t ring = drv_layout(&c, (void *)4096, 4096) + 4096;
	size_t tables = drv_tables_bytes(TABLE_LEN, t->num);

	p->test = t;
	p->drv_random = 1;
	p->dev_random = 2;
	ring -= ring % 4096;
	p->bytes = ring + tables + (size_t)t->num * CHAIN_BYTES;
	p->memory = aligned_alloc(4096, (p->bytes + 4095) / 4096 * 4096);
	drv_layout(&c, p->memory, 4096);
	c.tables = (struct drv_mem){ p->memory + ring, tables, GPA + ring };
	p->payload = p->memory + ring + tables;
	p->free = calloc(t->num, sizeof(*p->free));
	p->sent = calloc(t->num, sizeof(*p->sent));
	for (u32 i = 0; i < t->num; i++)
		p->free[p->n_free++] = i;
	build_space(p);
	for (int a = 0; a < RING_AREAS; a++)
		rc.area[a] = (uintptr_t)c.area[a];
	if (!drv_init(&p->drv, &c) || ring_setup(&p->ring, &rc) != RING_OK ||
	    ring_start(&p->ring, &p->space, ring_initial_base(rc.flags)) !=
		    RING_GOT)
		abort();
	return p;
}

static void tear_down(struct pair *p)
{
	drv_exit(&p->drv);
	free(p->mem.region);
	free(p->memory);
	free(p->free);
	free(p->sent);
	free(p);
}

/* Wait for both; nothing moving for a long time ends the program. */
static void watch(struct pair *p, int at)
{
	u64 moved = 0, since = now_ms();

	while (!relaxed_get(&p->stop)) {
		u64 now = relaxed_get(&p->moved);

		if (now != moved)
			since = now_ms();
		moved = now;
		if (now_ms() - since > STUCK_MS || relaxed_get(&p->wrong)) {
			printf("not ok %d - %s: %s after %llu chains; "
			       "driver %s, device %s\n",
			       at, p->test->name,
			       p->wrong ? p->wrong : "lost wake-up",
			       (unsigned long long)moved,
			       relaxed_get(&p->call.asleep) ? "asleep" : "awake",
			       relaxed_get(&p->kick.asleep) ? "asleep" : "awake");
			fflush(stdout);
			_exit(1);
		}
		usleep(1000);
	}
}

static void run(const struct test *t, int at)
{
	struct pair *p = set_up(t);
	pthread_t drv, dev;

	if (pthread_create(&dev, NULL, device, p) ||
	    pthread_create(&drv, NULL, driver, p))
		abort();
	watch(p, at);
	pthread_join(drv, NULL);
	pthread_join(dev, NULL);
	if (p->wrong || p->moved != p->next_seq) {
		printf("not ok %d - %s: %s\n", at, t->name,
		       p->wrong ? p->wrong : "not everything came back");
		exit(1);
	}
	printf("ok %d - %s: %llu chains, %llu kicks, %llu calls; slept: device "
	       "%llu, driver %llu\n",
	       at, t->name, (unsigned long long)p->moved,
	       (unsigned long long)p->kick.rings,
	       (unsigned long long)p->call.rings,
	       (unsigned long long)p->kick.sleeps,
	       (unsigned long long)p->call.sleeps);
	fflush(stdout);
	tear_down(p);
}

#define EVENT DRV_F_EVENT_IDX
#define ORDER DRV_F_IN_ORDER
#define TABLE DRV_F_INDIRECT

static const struct test tests[] = {
	{ "split", DRV_SPLIT, 16, 0 },
	{ "split, event index", DRV_SPLIT, 16, EVENT },
	{ "split, in order", DRV_SPLIT, 16, ORDER },
	{ "split, event index, in order, tables", DRV_SPLIT, 32,
	  EVENT | ORDER | TABLE },
	{ "split, event index, 4 descriptors", DRV_SPLIT, 4, EVENT },
	{ "split, event index, one descriptor", DRV_SPLIT, 1, EVENT | TABLE },
	{ "packed", DRV_PACKED, 16, 0 },
	{ "packed, event index", DRV_PACKED, 16, EVENT },
	{ "packed, in order", DRV_PACKED, 13, ORDER },
	{ "packed, event index, in order, tables", DRV_PACKED, 33,
	  EVENT | ORDER | TABLE },
	{ "packed, event index, 4 descriptors", DRV_PACKED, 4, EVENT },
	{ "packed, event index, one descriptor", DRV_PACKED, 1, EVENT | TABLE },
};

enum { TESTS = sizeof(tests) / sizeof(*tests) };

int main(void)
{
	printf("1..%d\n", TESTS);
	for (int i = 0; i < TESTS; i++)
		run(&tests[i], i + 1);
	return 0;
}
