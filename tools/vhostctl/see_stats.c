// SPDX-License-Identifier: GPL-2.0-only
/*
 * stats [DEV]: the counters of each queue. For people without queues of which nothing
 * was counted: a SCSI device has 130, and its guest uses some.
 */
#include <getopt.h>
#include <inttypes.h>

#include "see.h"

enum { KEY = 16, NUMBER = 20 };

static bool is_idle(const struct see_queue *q)
{
	for (int i = 1; i < COUNTERS; i++)
		if (q->counter[i])
			return false;
	return !q->n_breaks;
}

static void print_queue(const struct see_dev *d, const struct see_queue *q)
{
	printf("%s %s[%u]\n", d->name, q->name, q->index);
	for (int i = 1; i < COUNTERS; i++)
		printf("  %-*s %*" PRIu64 "\n", KEY, see_counters[i].key, NUMBER,
		       q->counter[i]);
	for (size_t i = 0; i < q->n_breaks; i++)
		printf("  %-*s %*" PRIu64 "  %s\n", KEY, "breaks", NUMBER,
		       q->breaks[i].count, q->breaks[i].cause);
}

static void print_text(const struct see *all)
{
	for (size_t i = 0; i < all->n; i++)
		for (size_t k = 0; k < all->dev[i].n_queues; k++)
			if (!is_idle(&all->dev[i].queue[k]))
				print_queue(&all->dev[i], &all->dev[i].queue[k]);
}

static void json_queue(struct json *j, const struct see_dev *d,
		       const struct see_queue *q)
{
	json_open(j, NULL, '{');
	json_string(j, "device", d->name);
	json_number(j, "queue", q->index);
	json_string(j, "name", q->name);
	for (int i = 1; i < COUNTERS; i++)
		json_number(j, see_counters[i].key, q->counter[i]);
	json_open(j, "breaks", '{');
	for (size_t i = 0; i < q->n_breaks; i++)
		json_number(j, q->breaks[i].cause, q->breaks[i].count);
	json_close(j, '}');
	json_close(j, '}');
}

static void print_json(const struct see *all)
{
	struct json j = {};

	json_open(&j, NULL, '[');
	for (size_t i = 0; i < all->n; i++)
		for (size_t k = 0; k < all->dev[i].n_queues; k++)
			json_queue(&j, &all->dev[i], &all->dev[i].queue[k]);
	json_close(&j, ']');
}

enum status see_stats(const struct command *self, int argc, char **argv)
{
	bool json = false;
	enum status status = see_words(self, argc, argv, &json, 0, 1);
	struct see all;

	if (status == DONE)
		status = see_read(&all);
	if (status != DONE)
		return status;
	if (optind < argc && !see_only(&all, argv[optind]))
		status = FAILED;
	else if (json)
		print_json(&all);
	else
		print_text(&all);
	see_free(&all);
	return status;
}
