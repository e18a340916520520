// SPDX-License-Identifier: GPL-2.0-only
/*
 * prometheus: everything as Prometheus reads it (text exposition format 0.0.4),
 * for example by way of the textfile collector of its node exporter.
 *
 * All samples of a metric stand together, behind its type.
 */
#include <inttypes.h>

#include "see.h"

static void begin(const char *metric, const char *type, const char *help)
{
	printf("# HELP %s %s.\n# TYPE %s %s\n", metric, help, metric, type);
}

static void print_label(const char *name, const char *value)
{
	printf("%s=\"", name);
	for (; *value; value++) {
		if (*value == '"' || *value == '\\')
			putchar('\\');
		putchar(*value);
	}
	putchar('"');
}

static void begin_queue(const char *metric, const struct see_dev *d,
			const struct see_queue *q)
{
	printf("%s{", metric);
	print_label("device", d->name);
	printf(",queue=\"%u\",", q->index);
	print_label("name", q->name);
}

/* ---- metrics of devices ----------------------------------------------- */

static void info(const struct see *all)
{
	begin("vhost_device_info", "gauge", "A device, its state and its owner");
	for (size_t i = 0; i < all->n; i++) {
		const struct see_dev *d = &all->dev[i];

		printf("vhost_device_info{");
		print_label("device", d->name);
		putchar(',');
		print_label("kind", d->kind);
		putchar(',');
		print_label("state", see_dev_state(d->state));
		if (d->pid >= 0)
			printf(",pid=\"%lld\",", (long long)d->pid);
		else
			printf(",pid=\"\",");
		print_label("owner", d->comm);
		printf("} 1\n");
	}
}

static void workers(const struct see *all)
{
	const char *metric = "vhost_worker_cpu_seconds_total";

	begin(metric, "counter", "CPU time of a worker");
	for (size_t i = 0; i < all->n; i++) {
		const struct see_dev *d = &all->dev[i];

		for (size_t k = 0; k < d->n_workers; k++) {
			uint64_t ns = d->worker[k].cpu_ns;

			printf("%s{", metric);
			print_label("device", d->name);
			printf(",worker=\"%u\"} %" PRIu64 ".%09" PRIu64 "\n",
			       d->worker[k].id, ns / 1000000000,
			       ns % 1000000000);
		}
	}
}

/* ---- metrics of queues ------------------------------------------------ */

static uint64_t in_flight(const struct see_queue *q)
{
	return q->in_flight;
}

static uint64_t size(const struct see_queue *q)
{
	return q->size;
}

static uint64_t is_broken(const struct see_queue *q)
{
	return q->state == VHOST_QUEUE_STATE_BROKEN;
}

static const struct gauge {
	const char *metric, *help;
	uint64_t (*value)(const struct see_queue *q);
} gauges[] = {
	{ "vhost_queue_in_flight", "Chains taken and not completed", in_flight },
	{ "vhost_queue_size", "Descriptors in the ring", size },
	{ "vhost_queue_broken", "1 while the queue is broken", is_broken },
};

static void print_gauge(const struct see *all, const struct gauge *g)
{
	begin(g->metric, "gauge", g->help);
	for (size_t i = 0; i < all->n; i++)
		for (size_t k = 0; k < all->dev[i].n_queues; k++) {
			const struct see_queue *q = &all->dev[i].queue[k];

			begin_queue(g->metric, &all->dev[i], q);
			printf("} %" PRIu64 "\n", g->value(q));
		}
}

static void print_counter(const struct see *all, int counter)
{
	char metric[64];

	snprintf(metric, sizeof(metric), "vhost_queue_%s_total",
		 see_counters[counter].key);
	begin(metric, "counter", see_counters[counter].help);
	for (size_t i = 0; i < all->n; i++)
		for (size_t k = 0; k < all->dev[i].n_queues; k++) {
			const struct see_queue *q = &all->dev[i].queue[k];

			begin_queue(metric, &all->dev[i], q);
			printf("} %" PRIu64 "\n", q->counter[counter]);
		}
}

static void print_breaks(const struct see_dev *d, const struct see_queue *q,
			 const char *metric)
{
	for (size_t i = 0; i < q->n_breaks; i++) {
		begin_queue(metric, d, q);
		putchar(',');
		print_label("cause", q->breaks[i].cause);
		printf("} %" PRIu64 "\n", q->breaks[i].count);
	}
}

static void breaks(const struct see *all)
{
	const char *metric = "vhost_queue_breaks_total";

	begin(metric, "counter", "Times the ring broke or was rejected, by cause");
	for (size_t i = 0; i < all->n; i++)
		for (size_t k = 0; k < all->dev[i].n_queues; k++)
			print_breaks(&all->dev[i], &all->dev[i].queue[k], metric);
}

enum status see_prometheus(const struct command *self, int argc, char **argv)
{
	enum status status = see_words(self, argc, argv, NULL, 0, 0);
	struct see all;

	if (status == DONE)
		status = see_read(&all);
	if (status != DONE)
		return status;
	info(&all);
	workers(&all);
	for (size_t i = 0; i < sizeof(gauges) / sizeof(gauges[0]); i++)
		print_gauge(&all, &gauges[i]);
	for (int i = 1; i < COUNTERS; i++)
		print_counter(&all, i);
	breaks(&all);
	see_free(&all);
	return DONE;
}
