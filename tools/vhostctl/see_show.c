// SPDX-License-Identifier: GPL-2.0-only
/*
 * show DEV: everything about one device but its counters.
 */
#include <getopt.h>
#include <inttypes.h>
#include <string.h>

#include "see.h"

static bool has_bit(const uint64_t *words, unsigned int bit)
{
	return words[bit / 64] >> (bit % 64) & 1;
}

/* ---- for people ------------------------------------------------------- */

static void print_owner(const struct see_dev *d)
{
	if (d->pid < 0)
		printf("  owner     none\n");
	else
		printf("  owner     %lld%s%s\n", (long long)d->pid,
		       *d->comm ? " " : "", d->comm);
}

static void print_features(const struct see_dev *d)
{
	char buf[16];

	printf("  features ");
	for (unsigned int bit = 0; bit < 128; bit++)
		if (has_bit(d->features, bit))
			printf(" %s", see_feature(d->kind, bit, buf));
	printf("%s\n  backend  ", d->features[0] || d->features[1] ? "" : " -");
	for (unsigned int bit = 0; bit < 64; bit++)
		if (has_bit(&d->backend_features, bit))
			printf(" %s", see_backend_feature(bit, buf));
	printf("%s\n", d->backend_features ? "" : " -");
}

static void print_worker(const struct see_dev *d, const struct see_worker *w)
{
	printf("  worker %u ", w->id);
	if (w->tid >= 0)
		printf(" thread %lld %s,", (long long)w->tid, w->name);
	printf(" %.3f s of CPU time, queues", (double)w->cpu_ns / 1e9);
	for (size_t i = 0; i < w->n_queues; i++)
		for (size_t k = 0; k < d->n_queues; k++)
			if (d->queue[k].index == w->queue[i])
				printf(" %s[%u]", d->queue[k].name, w->queue[i]);
	printf("%s%s\n", w->n_queues ? "" : " -", w->killed ? ", killed" : "");
}

/* Packed positions are slots, with a wrap counter. */
static void print_position(const struct see_queue *q, const char *what,
			   int64_t at)
{
	if (at < 0)
		return;
	if (q->format == VHOST_RING_FORMAT_PACKED)
		printf(", %s %u wrap %u", what, (unsigned int)at & 0x7fff,
		       (unsigned int)at >> 15 & 1);
	else
		printf(", %s %lld", what, (long long)at);
}

static void print_queue(const struct see_queue *q)
{
	printf("  queue %-2u  %s, %s, %s ring of %u", q->index, q->name,
	       see_queue_state(q->state), see_format(q->format), q->size);
	print_position(q, "avail", q->avail);
	print_position(q, "used", q->used);
	printf(", %u in flight", q->in_flight);
	if (q->worker >= 0)
		printf(", worker %lld", (long long)q->worker);
	if (q->busyloop_us)
		printf(", polls for %u us", q->busyloop_us);
	printf("%s%s\n", q->kick ? "" : ", no kick eventfd",
	       q->call ? "" : ", no call eventfd");
	if (*q->failure.cause)
		printf("            last failure: %s, index %u, value %#" PRIx64 "\n",
		       q->failure.cause, q->failure_index, q->failure.count);
}

static void print_text(const struct see_dev *d)
{
	printf("%s: %s\n", d->name, see_dev_state(d->state));
	print_owner(d);
	print_features(d);
	printf("  memory    %u regions%s%s\n", d->regions,
	       d->iotlb ? ", IOTLB" : "", d->log ? ", dirty log" : "");
	printf("  netns     %" PRIu64 "\n", d->netns);
	for (size_t i = 0; i < d->n_workers; i++)
		print_worker(d, &d->worker[i]);
	for (size_t i = 0; i < d->n_queues; i++)
		print_queue(&d->queue[i]);
}

/* ---- for programs ----------------------------------------------------- */

/* Numbers of 64 bits that are masks: as text, since many readers use doubles. */
static void json_mask(struct json *j, const char *key, uint64_t mask)
{
	char text[20];

	snprintf(text, sizeof(text), "0x%" PRIx64, mask);
	json_string(j, key, text);
}

static void json_features(struct json *j, const struct see_dev *d)
{
	char buf[16];

	json_mask(j, "features", d->features[0]);
	json_mask(j, "features_high", d->features[1]);
	json_open(j, "feature_names", '[');
	for (unsigned int bit = 0; bit < 128; bit++)
		if (has_bit(d->features, bit))
			json_string(j, NULL, see_feature(d->kind, bit, buf));
	json_close(j, ']');
	json_mask(j, "backend_features", d->backend_features);
	json_open(j, "backend_feature_names", '[');
	for (unsigned int bit = 0; bit < 64; bit++)
		if (has_bit(&d->backend_features, bit))
			json_string(j, NULL, see_backend_feature(bit, buf));
	json_close(j, ']');
}

static void json_worker(struct json *j, const struct see_worker *w)
{
	json_open(j, NULL, '{');
	json_number(j, "id", w->id);
	json_optional(j, "tid", w->tid);
	json_string(j, "name", w->name);
	json_number(j, "cpu_ns", w->cpu_ns);
	json_bool(j, "killed", w->killed);
	json_open(j, "queues", '[');
	for (size_t i = 0; i < w->n_queues; i++)
		json_number(j, NULL, w->queue[i]);
	json_close(j, ']');
	json_close(j, '}');
}

static void json_failure(struct json *j, const struct see_queue *q)
{
	if (!*q->failure.cause) {
		json_null(j, "failure");
		return;
	}
	json_open(j, "failure", '{');
	json_string(j, "cause", q->failure.cause);
	json_number(j, "index", q->failure_index);
	json_mask(j, "value", q->failure.count);
	json_close(j, '}');
}

static void json_queue(struct json *j, const struct see_queue *q)
{
	json_open(j, NULL, '{');
	json_number(j, "index", q->index);
	json_string(j, "name", q->name);
	json_string(j, "state", see_queue_state(q->state));
	json_string(j, "format", see_format(q->format));
	json_number(j, "size", q->size);
	json_optional(j, "avail", q->avail);
	json_optional(j, "used", q->used);
	json_number(j, "in_flight", q->in_flight);
	json_optional(j, "worker", q->worker);
	json_optional(j, "worker_tid", q->worker_tid);
	json_number(j, "busyloop_us", q->busyloop_us);
	json_bool(j, "kick", q->kick);
	json_bool(j, "call", q->call);
	json_failure(j, q);
	json_close(j, '}');
}

static void print_json(const struct see_dev *d)
{
	struct json j = {};

	json_open(&j, NULL, '{');
	json_string(&j, "device", d->name);
	json_number(&j, "id", d->id);
	json_string(&j, "kind", d->kind);
	json_string(&j, "state", see_dev_state(d->state));
	json_optional(&j, "pid", d->pid);
	json_string(&j, "owner", d->comm);
	json_number(&j, "netns", d->netns);
	json_features(&j, d);
	json_number(&j, "mem_regions", d->regions);
	json_bool(&j, "iotlb", d->iotlb);
	json_bool(&j, "log", d->log);
	json_open(&j, "workers", '[');
	for (size_t i = 0; i < d->n_workers; i++)
		json_worker(&j, &d->worker[i]);
	json_close(&j, ']');
	json_open(&j, "queues", '[');
	for (size_t i = 0; i < d->n_queues; i++)
		json_queue(&j, &d->queue[i]);
	json_close(&j, ']');
	json_close(&j, '}');
}

/* ---- the command ------------------------------------------------------ */

enum status see_show(const struct command *self, int argc, char **argv)
{
	bool json = false;
	enum status status = see_words(self, argc, argv, &json, 1, 1);
	struct see all;

	if (status == DONE)
		status = see_read(&all);
	if (status != DONE)
		return status;
	if (!see_only(&all, argv[optind]))
		status = FAILED;
	else if (json)
		print_json(&all.dev[0]);
	else
		print_text(&all.dev[0]);
	see_free(&all);
	return status;
}
