// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rings that break: each cause is counted once, and the last failure says which it
 * was; what the counters say adds up over all attacks.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "../driver/hostile.h"
#include "netlink/tests.h"

enum { NUM = 64, WAIT_MS = 3000 };

static struct hostile hostile_of(struct subject *s)
{
	return (struct hostile){
		.ring = &s->d.q[TX].ring,
		.good = { s->d.mem.rings + MEMORY_RINGS - 65536, 65536,
			  MEMORY_RINGS_GPA + MEMORY_RINGS - 65536 },
		.bad = 0x200000000ull,
		.seed = 11,
	};
}

/* The count of one cause; 0: it is not named. */
static uint64_t breaks_by(struct nl_attrs stats, enum ring_cause cause)
{
	const struct nlattr *a = nl_first(stats, VHOST_A_STATS_BREAKS);

	for (; a; a = nl_next(stats, a, VHOST_A_STATS_BREAKS))
		if (!strcmp(nl_string(nl_inside(a), VHOST_A_BREAK_CAUSE),
			    ring_cause_name(cause)))
			return nl_number(nl_inside(a), VHOST_A_BREAK_COUNT, 0);
	return 0;
}

/* Is what the kernel counts what was done so far; otherwise what is not so. */
static const char *compare(struct subject *s, const uint64_t *want,
			   enum ring_cause last)
{
	struct nl_attrs stats, failure;
	struct nl_object o;

	if (nl_get_queue(&s->nl, s->id, TX, &o))
		return "queue-get";
	if (nl_number(o.attrs, VHOST_A_QUEUE_STATE, ~0ull) !=
	    VHOST_QUEUE_STATE_BROKEN)
		return "not broken";
	failure = nl_inside(nl_first(o.attrs, VHOST_A_QUEUE_FAILURE));
	if (strcmp(nl_string(failure, VHOST_A_FAILURE_CAUSE),
		   ring_cause_name(last)))
		return "another failure";
	if (!nl_first(failure, VHOST_A_FAILURE_INDEX) ||
	    !nl_first(failure, VHOST_A_FAILURE_VALUE))
		return "no index and value";
	stats = nl_inside(nl_first(o.attrs, VHOST_A_QUEUE_STATS));
	for (int cause = 0; cause < RING_CAUSES; cause++)
		if (breaks_by(stats, cause) != want[cause])
			return ring_cause_name(cause);
	if (nl_get_dev(&s->nl, s->id, &o) ||
	    nl_number(o.attrs, VHOST_A_DEV_STATE, ~0ull) !=
		    VHOST_DEV_STATE_BROKEN)
		return "the device is not broken";
	return NULL;
}

/* The queue anew, in memory of its own. */
static void renew(struct subject *s)
{
	struct queue *q = &s->d.q[TX];
	int err = queue_set_file(q, VHOST_NET_SET_BACKEND, -1);

	drv_exit(&q->ring);
	close(q->kick);
	close(q->call);
	close(q->err);
	queue_make(&s->d, TX, NUM);
	if (!err)
		err = queue_setup(q);
	if (!err)
		err = queue_set_file(q, VHOST_NET_SET_BACKEND, s->l.backend);
	if (err)
		report_die("renew: %s", errno_name(err));
}

static bool fits(const struct hostile *h, const struct hostile_attack *a)
{
	return hostile_fits(h, a) && a->state == HOSTILE_IDLE &&
	       a->cause != RING_OK && a->cause != HOSTILE_ANY;
}

static void strike_all(uint64_t features)
{
	uint64_t want[RING_CAUSES] = {};
	struct subject s;
	int tried = 0;

	subject_open(&s, features, NUM);
	subject_start(&s);
	for (uint32_t i = 0; i < hostile_count; i++) {
		const struct hostile_attack *a = &hostile_attacks[i];
		struct hostile h = hostile_of(&s);
		const char *wrong;

		if (!fits(&h, a))
			continue;
		a->strike(&h);
		queue_kick(&s.d.q[TX]);
		if (!event_wait(s.d.q[TX].err, WAIT_MS))
			report_ok(false, "%s: heard of nothing", a->name);
		want[a->cause]++;
		wrong = compare(&s, want, a->cause);
		report_ok(!wrong, "%s: %s%s%s", a->name,
			  ring_cause_name(a->cause), wrong ? ", wrong: " : "",
			  wrong ?: "");
		tried++;
		memory_reset(&s.d.mem);
		renew(&s);
	}
	report_ok(tried > 8, "%d attacks", tried);
	subject_close(&s);
}

/* One that is rejected when it starts was counted, too, and stays stopped. */
static void rejected(void)
{
	struct subject s;
	struct nl_attrs stats;
	struct nl_object o;

	subject_open(&s, F_V1 | F_PACKED, NUM);
	if (queue_set_state(&s.d.q[TX], VHOST_SET_VRING_BASE, 0))
		report_die("VHOST_SET_VRING_BASE");
	went(queue_set_file(&s.d.q[TX], VHOST_NET_SET_BACKEND, s.l.backend),
	     EINVAL, "a start at an impossible base");
	if (nl_get_queue(&s.nl, s.id, TX, &o))
		report_die("queue-get");
	stats = nl_inside(nl_first(o.attrs, VHOST_A_QUEUE_STATS));
	report_ok(breaks_by(stats, RING_BAD_BASE) == 1, "is counted");
	report_ok(nl_number(o.attrs, VHOST_A_QUEUE_STATE, ~0ull) ==
			  VHOST_QUEUE_STATE_STOPPED,
		  "and it is stopped");
	subject_close(&s);
}

void netlink_breaks(void)
{
	strike_all(F_V1 | F_INDIRECT);
	strike_all(F_V1 | F_INDIRECT | F_PACKED);
	rejected();
}
