// SPDX-License-Identifier: GPL-2.0-only
/*
 * Dumps that take several parts: complete when nothing happened, marked when
 * something did, and never wrong while devices come and go, also the one that is
 * being looked at.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "netlink/tests.h"

enum { MANY = 100, SOME = 40, READERS = 3, MOVERS = 2, SECONDS = 3 };

static int open_owned(void)
{
	int fd = open("/dev/vhost-net", O_RDWR | O_CLOEXEC);

	if (fd < 0 || ioctl(fd, VHOST_SET_OWNER, NULL))
		report_die("device");
	return fd;
}

/* ---- what a dump must be ---------------------------------------------- */

struct seen {
	uint32_t objects, out_of_order, incomplete;
	uint64_t last;		/* device and object, in the order of a dump */
	bool any;
};

static const struct look {
	const char *name;
	uint8_t command;
	uint16_t dev, index;	/* attributes; index 0: none */
	uint32_t per_device;
	uint16_t needs[6];	/* attributes that each has */
} looks[] = {
	{ "devices", VHOST_NL_CMD_DEV_GET, VHOST_A_DEV_ID, 0, 1,
	  { VHOST_A_DEV_KIND, VHOST_A_DEV_STATE, VHOST_A_DEV_FEATURES,
	    VHOST_A_DEV_QUEUES, VHOST_A_DEV_WORKERS } },
	{ "queues", VHOST_NL_CMD_QUEUE_GET, VHOST_A_QUEUE_DEV_ID,
	  VHOST_A_QUEUE_INDEX, QUEUES,
	  { VHOST_A_QUEUE_NAME, VHOST_A_QUEUE_STATE, VHOST_A_QUEUE_SIZE,
	    VHOST_A_QUEUE_IN_FLIGHT, VHOST_A_QUEUE_STATS } },
	{ "workers", VHOST_NL_CMD_WORKER_GET, VHOST_A_WORKER_DEV_ID,
	  VHOST_A_WORKER_ID, 1, { VHOST_A_WORKER_CPU_TIME } },
};

enum { LOOKS = sizeof(looks) / sizeof(looks[0]) };

struct dump {
	const struct look *look;
	struct seen seen;
};

static void see(void *ctx, struct nl_attrs attrs)
{
	struct dump *d = ctx;
	const struct look *l = d->look;
	uint64_t dev = nl_number(attrs, l->dev, ~0u);
	uint64_t index = l->index ? nl_number(attrs, l->index, ~0u) : 0;
	uint64_t place = dev << 32 | index;

	if (d->seen.any && place <= d->seen.last)
		d->seen.out_of_order++;
	d->seen.any = true;
	d->seen.last = place;
	d->seen.objects++;
	for (int i = 0; l->needs[i]; i++)
		if (!nl_first(attrs, l->needs[i]))
			d->seen.incomplete++;
}

static struct nl_reply begin(struct nl *nl, struct dump *d)
{
	struct nl_request r = nl_begin(nl, d->look->command, NLM_F_DUMP);

	if (nl_send(nl, &r))
		report_die("send");
	return (struct nl_reply){ .each = see, .ctx = d };
}

static bool sound(const struct dump *d, const struct nl_reply *r)
{
	return !r->err && !r->unsound && !d->seen.out_of_order &&
	       !d->seen.incomplete;
}

/* ---- one at a time ---------------------------------------------------- */

static void quiet(struct nl *nl, const struct look *look, uint32_t devices)
{
	struct dump d = { .look = look };
	struct nl_reply r = begin(nl, &d);
	int parts = 0;

	for (; !r.over; parts++)
		nl_receive(nl, &r);
	report_ok(sound(&d, &r) && !r.interrupted &&
			  d.seen.objects == devices * look->per_device,
		  "%u %s in %d parts", d.seen.objects, look->name, parts);
}

/* Something comes and goes between the first part and the rest. */
static void disturbed(struct nl *nl, const struct look *look)
{
	struct dump d = { .look = look };
	struct nl_reply r = begin(nl, &d);

	nl_receive(nl, &r);
	if (r.over) {
		report_ok(false, "%s in one part only", look->name);
		return;
	}
	report_ok(!r.interrupted, "the first part of %s is not marked",
		  look->name);
	close(open_owned());
	while (!r.over)
		nl_receive(nl, &r);
	report_ok(sound(&d, &r) && r.interrupted, "%s: the rest is marked",
		  look->name);
}

/* All devices go after the first part. */
static void vanishing(struct nl *nl, const struct look *look)
{
	struct dump d = { .look = look };
	struct nl_reply r;
	int fd[MANY];

	for (int i = 0; i < MANY; i++)
		fd[i] = open_owned();
	r = begin(nl, &d);
	nl_receive(nl, &r);
	for (int i = 0; i < MANY; i++)
		close(fd[i]);
	while (!r.over)
		nl_receive(nl, &r);
	report_ok(sound(&d, &r) &&
			  (r.interrupted ||
			   d.seen.objects == MANY * look->per_device),
		  "%s that vanish: %u seen, the rest is marked", look->name,
		  d.seen.objects);
}

static void one_by_one(void)
{
	int fd[MANY];
	struct nl nl;

	if (!nl_open(&nl))
		report_die("no family");
	for (int k = 0; k < LOOKS; k++)
		quiet(&nl, &looks[k], 0);
	for (int i = 0; i < MANY; i++)
		fd[i] = open_owned();
	for (int k = 0; k < LOOKS; k++) {
		quiet(&nl, &looks[k], MANY);
		disturbed(&nl, &looks[k]);
	}
	for (int i = 0; i < MANY; i++)
		close(fd[i]);
	for (int k = 0; k < LOOKS; k++)
		vanishing(&nl, &looks[k]);
	nl_close(&nl);
}

/* ---- all at once ------------------------------------------------------ */

struct storm {
	atomic_bool over;
	atomic_uint moves, dumps, marked, wrong, gets, gone;
	uint32_t stays;		/* the number of a device that does */
};

static void *mover(void *ctx)
{
	struct storm *storm = ctx;
	struct device d;

	while (!storm->over) {
		device_open(&d);
		if (device_ready(&d, F_V1 | F_PACKED, 64))
			report_die("device");
		if (storm->moves % 3 == 0 && cmd(d.fd, VHOST_RESET_OWNER, NULL))
			report_die("VHOST_RESET_OWNER");
		device_close(&d);
		storm->moves++;
	}
	return NULL;
}

/* All of one kind, then one that may have gone. */
static void *reader(void *ctx)
{
	struct storm *storm = ctx;
	struct nl_object o;
	struct nl nl;
	int err;

	if (!nl_open(&nl))
		report_die("no family");
	for (unsigned int i = 0; !storm->over; i++) {
		struct dump d = { .look = &looks[i % LOOKS] };
		struct nl_reply r = begin(&nl, &d);

		while (!r.over)
			nl_receive(&nl, &r);
		storm->dumps++;
		storm->marked += r.interrupted;
		storm->wrong += !sound(&d, &r);
		err = nl_get_queue(&nl, storm->stays, TX, &o);
		storm->wrong += !!err;
		err = nl_get_worker(&nl, storm->stays + SOME + i % 4, 0, &o);
		storm->gone += err;
		storm->wrong += err && err != ENODEV && err != ENOENT;
		storm->gets += !err;
	}
	nl_close(&nl);
	return NULL;
}

static void all_at_once(void)
{
	uint64_t seconds = env_number("NETLINK_SECONDS", SECONDS);
	pthread_t thread[MOVERS + READERS];
	struct storm storm = {};
	int fd[SOME];
	struct subject s;

	subject_open(&s, F_V1, 64);
	subject_start(&s);
	storm.stays = s.id;
	for (int i = 0; i < SOME; i++)
		fd[i] = open_owned();
	for (int i = 0; i < MOVERS + READERS; i++)
		if (pthread_create(&thread[i], NULL, i < MOVERS ? mover : reader,
				   &storm))
			report_die("thread");
	sleep(seconds);
	storm.over = true;
	for (int i = 0; i < MOVERS + READERS; i++)
		pthread_join(thread[i], NULL);
	for (int i = 0; i < SOME; i++)
		close(fd[i]);
	report_ok(!storm.wrong && storm.moves && storm.dumps && storm.marked,
		  "%u devices came and went; %u dumps, %u marked; %u workers got; %u wrong",
		  storm.moves, storm.dumps, storm.marked, storm.gets,
		  storm.wrong);
	subject_close(&s);
}

void netlink_dumps(void)
{
	one_by_one();
	all_at_once();
}
