// SPDX-License-Identifier: GPL-2.0-only
/*
 * list: a line for each device.
 */
#include <string.h>

#include "see.h"

enum { COLUMNS = 8, CELL = 40 };

/* Words left, numbers right. */
static const struct column {
	const char *head;
	bool right;
} columns[COLUMNS] = {
	{ "DEVICE", false }, { "STATE", false }, { "PID", true },
	{ "OWNER", false }, { "RING", false }, { "QUEUES", true },
	{ "WORKERS", true }, { "IN FLIGHT", true },
};

typedef char row[COLUMNS][CELL];

/* Of the queues that the owner has given a size. */
static const char *ring_of(const struct see_dev *d)
{
	for (size_t i = 0; i < d->n_queues; i++)
		if (d->queue[i].size)
			return see_format(d->queue[i].format);
	return "-";
}

static uint64_t in_flight(const struct see_dev *d)
{
	uint64_t n = 0;

	for (size_t i = 0; i < d->n_queues; i++)
		n += d->queue[i].in_flight;
	return n;
}

static void fill(row r, const struct see_dev *d)
{
	snprintf(r[0], CELL, "%s", d->name);
	snprintf(r[1], CELL, "%s", see_dev_state(d->state));
	if (d->pid < 0)
		strcpy(r[2], "-");
	else
		snprintf(r[2], CELL, "%lld", (long long)d->pid);
	snprintf(r[3], CELL, "%s", *d->comm ? d->comm : "-");
	snprintf(r[4], CELL, "%s", ring_of(d));
	snprintf(r[5], CELL, "%zu", d->n_queues);
	snprintf(r[6], CELL, "%zu", d->n_workers);
	snprintf(r[7], CELL, "%llu", (unsigned long long)in_flight(d));
}

static void measure(row r, int *width)
{
	for (int c = 0; c < COLUMNS; c++)
		if ((int)strlen(r[c]) > width[c])
			width[c] = strlen(r[c]);
}

static void print_row(row r, const int *width)
{
	for (int c = 0; c < COLUMNS; c++)
		printf("%*s%s", columns[c].right ? width[c] : -width[c], r[c],
		       c < COLUMNS - 1 ? "  " : "\n");
}

static void print_table(const struct see *all)
{
	int width[COLUMNS] = {};
	row r;

	for (int c = 0; c < COLUMNS; c++)
		strcpy(r[c], columns[c].head);
	measure(r, width);
	for (size_t i = 0; i < all->n; i++) {
		fill(r, &all->dev[i]);
		measure(r, width);
	}
	for (int c = 0; c < COLUMNS; c++)
		strcpy(r[c], columns[c].head);
	print_row(r, width);
	for (size_t i = 0; i < all->n; i++) {
		fill(r, &all->dev[i]);
		print_row(r, width);
	}
}

static void print_json(const struct see *all)
{
	struct json j = {};

	json_open(&j, NULL, '[');
	for (size_t i = 0; i < all->n; i++) {
		const struct see_dev *d = &all->dev[i];

		json_open(&j, NULL, '{');
		json_string(&j, "device", d->name);
		json_number(&j, "id", d->id);
		json_string(&j, "kind", d->kind);
		json_string(&j, "state", see_dev_state(d->state));
		json_optional(&j, "pid", d->pid);
		json_string(&j, "owner", d->comm);
		json_string(&j, "ring", ring_of(d));
		json_number(&j, "queues", d->n_queues);
		json_number(&j, "workers", d->n_workers);
		json_number(&j, "in_flight", in_flight(d));
		json_close(&j, '}');
	}
	json_close(&j, ']');
}

enum status see_list(const struct command *self, int argc, char **argv)
{
	bool json = false;
	enum status status = see_words(self, argc, argv, &json, 0, 0);
	struct see all;

	if (status == DONE)
		status = see_read(&all);
	if (status != DONE)
		return status;
	if (json)
		print_json(&all);
	else
		print_table(&all);
	see_free(&all);
	return DONE;
}
