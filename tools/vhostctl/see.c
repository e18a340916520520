// SPDX-License-Identifier: GPL-2.0-only
/*
 * All that the kernel says of devices, queues and workers, in three dumps. They are
 * repeated when something came or went meanwhile; what belongs to a device that
 * only a later one knows is left out.
 */
#include <errno.h>
#include <getopt.h>
#include <linux/genetlink.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "nl.h"
#include "see.h"

enum { TRIES = 20 };

/* One element more, zeroed; NULL: no memory. */
static void *append(void **array, size_t *n, size_t size)
{
	char *more = reallocarray(*array, *n + 1, size);

	if (!more)
		return NULL;
	*array = more;
	return memset(more + size * (*n)++, 0, size);
}

#define APPEND(array, n) append((void **)&(array), &(n), sizeof(*(array)))

struct see_dev *see_add(struct see *all)
{
	return APPEND(all->dev, all->n);
}

struct see_dev *see_find(struct see *all, uint32_t id)
{
	for (size_t i = 0; i < all->n; i++)
		if (all->dev[i].id == id)
			return &all->dev[i];
	return NULL;
}

/* ---- devices ---------------------------------------------------------- */

void see_parse_dev(const struct nlmsghdr *h, struct see_dev *d)
{
	const struct nlattr *a[VHOST_A_DEV_MAX + 1];

	nl_parse(h, a, VHOST_A_DEV_MAX);
	d->id = nl_number(a[VHOST_A_DEV_ID]);
	nl_string(a[VHOST_A_DEV_KIND], d->kind, sizeof(d->kind));
	snprintf(d->name, sizeof(d->name), "%s%u", d->kind, d->id);
	d->state = nl_number(a[VHOST_A_DEV_STATE]);
	d->pid = nl_optional(a[VHOST_A_DEV_OWNER_PID]);
	nl_string(a[VHOST_A_DEV_OWNER_COMM], d->comm, sizeof(d->comm));
	d->netns = nl_number(a[VHOST_A_DEV_NETNS]);
	d->features[0] = nl_number(a[VHOST_A_DEV_FEATURES]);
	d->features[1] = nl_number(a[VHOST_A_DEV_FEATURES_HIGH]);
	d->backend_features = nl_number(a[VHOST_A_DEV_BACKEND_FEATURES]);
	d->regions = nl_number(a[VHOST_A_DEV_MEM_REGIONS]);
	d->iotlb = a[VHOST_A_DEV_IOTLB];
	d->log = a[VHOST_A_DEV_LOG];
}

static int take_dev(const struct nlmsghdr *h, void *ctx)
{
	struct see_dev *d = see_add(ctx);

	if (!d)
		return MNL_CB_ERROR;
	see_parse_dev(h, d);
	return MNL_CB_OK;
}

/* ---- queues ----------------------------------------------------------- */

static bool take_break(struct see_queue *q, const struct nlattr *nest)
{
	const struct nlattr *a[VHOST_A_BREAK_MAX + 1];
	struct see_break *b = APPEND(q->breaks, q->n_breaks);

	if (!b)
		return false;
	nl_parse_nest(nest, a, VHOST_A_BREAK_MAX);
	nl_string(a[VHOST_A_BREAK_CAUSE], b->cause, sizeof(b->cause));
	b->count = nl_number(a[VHOST_A_BREAK_COUNT]);
	return true;
}

static bool take_stats(struct see_queue *q, const struct nlattr *nest)
{
	const struct nlattr *a;

	if (!nest)
		return true;
	mnl_attr_for_each_nested(a, nest) {
		uint16_t type = mnl_attr_get_type(a);

		if (type == VHOST_A_STATS_BREAKS && !take_break(q, a))
			return false;
		if (type < VHOST_A_STATS_BREAKS)
			q->counter[type] = nl_number(a);
	}
	return true;
}

static void take_failure(struct see_queue *q, const struct nlattr *nest)
{
	const struct nlattr *a[VHOST_A_FAILURE_MAX + 1];

	nl_parse_nest(nest, a, VHOST_A_FAILURE_MAX);
	nl_string(a[VHOST_A_FAILURE_CAUSE], q->failure.cause,
		  sizeof(q->failure.cause));
	q->failure_index = nl_number(a[VHOST_A_FAILURE_INDEX]);
	q->failure.count = nl_number(a[VHOST_A_FAILURE_VALUE]);
}

bool see_parse_queue(const struct nlmsghdr *h, struct see_queue *q,
		     uint32_t *dev)
{
	const struct nlattr *a[VHOST_A_QUEUE_MAX + 1];

	nl_parse(h, a, VHOST_A_QUEUE_MAX);
	*dev = nl_number(a[VHOST_A_QUEUE_DEV_ID]);
	q->index = nl_number(a[VHOST_A_QUEUE_INDEX]);
	nl_string(a[VHOST_A_QUEUE_NAME], q->name, sizeof(q->name));
	q->state = nl_number(a[VHOST_A_QUEUE_STATE]);
	q->format = nl_number(a[VHOST_A_QUEUE_FORMAT]);
	q->size = nl_number(a[VHOST_A_QUEUE_SIZE]);
	q->in_flight = nl_number(a[VHOST_A_QUEUE_IN_FLIGHT]);
	q->busyloop_us = nl_number(a[VHOST_A_QUEUE_BUSYLOOP_US]);
	q->avail = nl_optional(a[VHOST_A_QUEUE_AVAIL]);
	q->used = nl_optional(a[VHOST_A_QUEUE_USED]);
	q->worker = nl_optional(a[VHOST_A_QUEUE_WORKER]);
	q->worker_tid = nl_optional(a[VHOST_A_QUEUE_WORKER_TID]);
	q->kick = a[VHOST_A_QUEUE_KICK];
	q->call = a[VHOST_A_QUEUE_CALL];
	take_failure(q, a[VHOST_A_QUEUE_FAILURE]);
	return take_stats(q, a[VHOST_A_QUEUE_STATS]);
}

static int take_queue(const struct nlmsghdr *h, void *ctx)
{
	struct see_queue new = {}, *q = NULL;
	struct see_dev *d;
	uint32_t dev;
	bool ok = see_parse_queue(h, &new, &dev);

	d = see_find(ctx, dev);
	if (ok && d)
		q = APPEND(d->queue, d->n_queues);
	if (q)
		*q = new;
	else
		free(new.breaks);
	return ok && (q || !d) ? MNL_CB_OK : MNL_CB_ERROR;
}

/* ---- workers ---------------------------------------------------------- */

static bool take_served(struct see_worker *w, const struct nlmsghdr *h)
{
	const struct nlattr *a;

	mnl_attr_for_each(a, h, sizeof(struct genlmsghdr)) {
		uint32_t *queue;

		if (mnl_attr_get_type(a) != VHOST_A_WORKER_QUEUE)
			continue;
		queue = APPEND(w->queue, w->n_queues);
		if (!queue)
			return false;
		*queue = nl_number(a);
	}
	return true;
}

static int take_worker(const struct nlmsghdr *h, void *ctx)
{
	const struct nlattr *a[VHOST_A_WORKER_MAX + 1];
	struct see_worker *w;
	struct see_dev *d;

	nl_parse(h, a, VHOST_A_WORKER_MAX);
	d = see_find(ctx, nl_number(a[VHOST_A_WORKER_DEV_ID]));
	if (!d)
		return MNL_CB_OK;
	w = APPEND(d->worker, d->n_workers);
	if (!w)
		return MNL_CB_ERROR;
	w->id = nl_number(a[VHOST_A_WORKER_ID]);
	w->tid = nl_optional(a[VHOST_A_WORKER_TID]);
	nl_string(a[VHOST_A_WORKER_NAME], w->name, sizeof(w->name));
	w->cpu_ns = nl_number(a[VHOST_A_WORKER_CPU_TIME]);
	w->killed = a[VHOST_A_WORKER_KILLED];
	return take_served(w, h) ? MNL_CB_OK : MNL_CB_ERROR;
}

/* ---- all -------------------------------------------------------------- */

static void free_dev(struct see_dev *d)
{
	for (size_t i = 0; i < d->n_queues; i++)
		free(d->queue[i].breaks);
	for (size_t i = 0; i < d->n_workers; i++)
		free(d->worker[i].queue);
	free(d->queue);
	free(d->worker);
}

void see_free(struct see *all)
{
	for (size_t i = 0; i < all->n; i++)
		free_dev(&all->dev[i]);
	free(all->dev);
	*all = (struct see){};
}

static int read_once(struct see *all)
{
	int err = see_read_devs(all);

	if (!err)
		err = nl_dump(VHOST_NL_CMD_QUEUE_GET, take_queue, all);
	if (!err)
		err = nl_dump(VHOST_NL_CMD_WORKER_GET, take_worker, all);
	return err;
}

static enum status say_no_family(void)
{
	if (access("/sys/module/vhost", F_OK))
		return say_failed("the module vhost is not loaded: there are no devices");
	return say_failed("the kernel's own vhost modules are loaded, which do not show their devices; Ringside's do");
}

int see_read_devs(struct see *all)
{
	return nl_dump(VHOST_NL_CMD_DEV_GET, take_dev, all);
}

enum status see_say_why(int err)
{
	switch (err) {
	case ENOENT:
		return say_no_family();
	case EPERM:
		return say_failed("the devices of this host: not permitted: that needs CAP_NET_ADMIN, and not in a container");
	case EINTR:
		return say_failed("the devices of this host: they come and go too fast; try again");
	default:
		return say_failed("the devices of this host: %s", strerror(err));
	}
}

enum status see_read(struct see *all)
{
	int err = EINTR;

	for (int i = 0; i < TRIES && err == EINTR; i++) {
		*all = (struct see){};
		err = read_once(all);
		if (err)
			see_free(all);
	}
	return err ? see_say_why(err) : DONE;
}

/* ---- the one ---------------------------------------------------------- */

static bool is_called(const struct see_dev *d, const char *name)
{
	char number[16];

	snprintf(number, sizeof(number), "%u", d->id);
	if (!strncmp(name, "vhost-", 6))
		name += 6;
	return !strcmp(name, d->name) || !strcmp(name, number);
}

bool see_only(struct see *all, const char *name)
{
	size_t n = 0;

	for (size_t i = 0; i < all->n; i++) {
		if (is_called(&all->dev[i], name))
			all->dev[n++] = all->dev[i];
		else
			free_dev(&all->dev[i]);
	}
	all->n = n;
	if (!n)
		say_failed("%s: no such device; vhostctl list shows those there are",
			   name);
	return n;
}

enum status see_words(const struct command *self, int argc, char **argv,
		      bool *json, int min, int max)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' }, {}
	};
	int o;

	while ((o = getopt_long(argc, argv, json ? ":j" : ":",
				json ? options : options + 1, NULL)) != -1) {
		if (o != 'j')
			return say_bad_option(self, o, argv);
		*json = true;
	}
	if (argc - optind < min)
		return say_usage(self, "a device is missing");
	if (argc - optind > max)
		return say_usage(self, "'%s': nothing more is expected",
				 argv[optind + max]);
	return DONE;
}
