// SPDX-License-Identifier: GPL-2.0-only
/*
 * top: what the queues do now, the busiest first: how much their counters move in a
 * second. On a terminal each picture takes the place of the one before.
 */
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "see.h"

struct options {
	double delay;		/* seconds between pictures */
	unsigned long pictures;	/* 0: for ever */
};

/* A queue, and what it did in a second. */
struct pace {
	const struct see_dev *dev;
	const struct see_queue *queue;
	double rate[COUNTERS];
	double cpu;		/* of its worker, in percent */
};

/* ---- comparing -------------------------------------------------------- */

static const struct see_dev *same_dev(const struct see *all,
				      const struct see_dev *d)
{
	for (size_t i = 0; i < all->n; i++)
		if (all->dev[i].id == d->id && all->dev[i].pid == d->pid &&
		    !strcmp(all->dev[i].kind, d->kind))
			return &all->dev[i];
	return NULL;
}

static uint64_t cpu_of(const struct see_dev *d, int64_t worker)
{
	for (size_t i = 0; d && i < d->n_workers; i++)
		if (d->worker[i].id == worker)
			return d->worker[i].cpu_ns;
	return 0;
}

/* A number may belong to another device than before: then it counts from 0. */
static double grown(uint64_t now, uint64_t before)
{
	return (double)(now >= before ? now - before : now);
}

static void compare(struct pace *p, const struct see_dev *before, double seconds)
{
	const struct see_queue *q = p->queue;
	const struct see_queue *old = NULL;

	for (size_t i = 0; before && i < before->n_queues; i++)
		if (before->queue[i].index == q->index)
			old = &before->queue[i];
	for (int i = 1; i < COUNTERS; i++)
		p->rate[i] = grown(q->counter[i], old ? old->counter[i] : 0) /
			     seconds;
	if (before)
		p->cpu = grown(cpu_of(p->dev, q->worker),
			       cpu_of(before, q->worker)) / 1e7 / seconds;
}

static double busy(const struct pace *p)
{
	return p->rate[VHOST_A_STATS_CHAINS] + p->rate[VHOST_A_STATS_KICKS];
}

static int by_busy(const void *a, const void *b)
{
	double x = busy(a), y = busy(b);

	return x < y ? 1 : x > y ? -1 : 0;
}

/* ---- printing --------------------------------------------------------- */

/* A number of at most five characters. */
static const char *brief(double value, char buf[16])
{
	static const char units[] = " kMGTPE";
	int unit = 0;

	while (value >= 9999.5 && units[unit + 1]) {
		value /= 1000;
		unit++;
	}
	snprintf(buf, 16, "%.0f%.*s", value, unit > 0, &units[unit]);
	return buf;
}

static void print_pace(const struct pace *p)
{
	static const int columns[] = {
		VHOST_A_STATS_KICKS, VHOST_A_STATS_CHAINS,
		VHOST_A_STATS_BYTES_READ, VHOST_A_STATS_BYTES_WRITTEN,
		VHOST_A_STATS_CALLS, VHOST_A_STATS_DROPPED,
	};
	char name[32], buf[16];

	snprintf(name, sizeof(name), "%s[%u]", p->queue->name, p->queue->index);
	printf("%-9s %-9s", p->dev->name, name);
	for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
		printf(" %8s", brief(p->rate[columns[i]], buf));
	printf(" %6u %5.1f  %s\n", p->queue->in_flight, p->cpu,
	       see_queue_state(p->queue->state));
}

static size_t lines(void)
{
	const char *text = getenv("LINES");
	unsigned long n = text ? strtoul(text, NULL, 10) : 0;

	return n ? n : 24;
}

static void print_all(struct pace *pace, size_t n)
{
	bool screen = isatty(STDOUT_FILENO);
	size_t most = screen && lines() > 2 ? lines() - 2 : n;

	qsort(pace, n, sizeof(*pace), by_busy);
	if (screen)
		printf("\033[H\033[J");
	printf("%-9s %-9s %8s %8s %8s %8s %8s %8s %6s %5s  %s\n", "DEVICE",
	       "QUEUE", "KICKS/s", "CHAINS/s", "READ/s", "WRITE/s", "CALLS/s",
	       "DROP/s", "FLIGHT", "CPU%", "STATE");
	for (size_t i = 0; i < n && i < most; i++)
		print_pace(&pace[i]);
	if (!screen)
		printf("\n");
}

/* ---- a picture -------------------------------------------------------- */

static size_t count_queues(const struct see *all)
{
	size_t n = 0;

	for (size_t i = 0; i < all->n; i++)
		n += all->dev[i].n_queues;
	return n;
}

/* Queues that the owner has set up, and those of which only the parent knows. */
static bool is_shown(const struct see_queue *q)
{
	return q->size || q->in_flight;
}

static bool picture(const struct see *now, const struct see *before,
		    double seconds)
{
	struct pace *pace = calloc(count_queues(now) + 1, sizeof(*pace));
	size_t n = 0;

	if (!pace)
		return false;
	for (size_t i = 0; i < now->n; i++) {
		const struct see_dev *d = &now->dev[i];

		for (size_t k = 0; k < d->n_queues; k++) {
			if (!is_shown(&d->queue[k]))
				continue;
			pace[n].dev = d;
			pace[n].queue = &d->queue[k];
			compare(&pace[n++], same_dev(before, d), seconds);
		}
	}
	print_all(pace, n);
	free(pace);
	return true;
}

static double now_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void wait_for(double seconds)
{
	struct timespec t = { .tv_sec = (time_t)seconds };

	t.tv_nsec = (long)((seconds - (double)t.tv_sec) * 1e9);
	while (nanosleep(&t, &t) && errno == EINTR)
		;
}

static enum status top(const struct options *o)
{
	struct see before, now;
	enum status status = see_read(&before);
	double then = now_seconds(), at;

	for (unsigned long i = 0; status == DONE && (!o->pictures || i < o->pictures);
	     i++) {
		wait_for(o->delay);
		status = see_read(&now);
		if (status != DONE)
			break;
		at = now_seconds();
		if (!picture(&now, &before, at - then) || fflush(stdout))
			status = say_failed("%s", strerror(errno));
		then = at;
		see_free(&before);
		before = now;
	}
	if (status == DONE)
		see_free(&before);
	return status;
}

/* ---- the command ------------------------------------------------------ */

static bool is_delay(const char *word, double *delay)
{
	char *end;

	*delay = strtod(word, &end);
	return end != word && !*end && isfinite(*delay) && *delay >= 0.01 &&
	       *delay <= 86400;
}

static bool is_count(const char *word, unsigned long *count)
{
	char *end;

	*count = strtoul(word, &end, 10);
	return *word >= '0' && *word <= '9' && !*end && *count;
}

enum status see_top(const struct command *self, int argc, char **argv)
{
	static const struct option long_options[] = {
		{ "delay", required_argument, NULL, 'd' },
		{ "count", required_argument, NULL, 'n' }, {}
	};
	struct options o = { .delay = 1 };
	int c;

	while ((c = getopt_long(argc, argv, ":d:n:", long_options, NULL)) != -1) {
		if (c != 'd' && c != 'n')
			return say_bad_option(self, c, argv);
		if (c == 'd' && !is_delay(optarg, &o.delay))
			return say_usage(self, "'%s': no number of seconds from 0.01 on",
					 optarg);
		if (c == 'n' && !is_count(optarg, &o.pictures))
			return say_usage(self, "'%s': no number of pictures from 1 on",
					 optarg);
	}
	if (optind < argc)
		return say_usage(self, "'%s': nothing more is expected",
				 argv[optind]);
	return top(&o);
}
