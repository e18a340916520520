// SPDX-License-Identifier: GPL-2.0-only
/*
 * The model test's command line, its list of configurations and its report
 * (TAP, one line a configuration). What is run is in world.c.
 */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "model.h"

enum {
	FEATURES = 8,		/* combinations of the three below */
	DEFAULT_CHAINS = 1000000,
};

static const struct {
	uint32_t feature;
	const char *name;
} feature[] = {
	{ DRV_F_INDIRECT, " indirect" },
	{ DRV_F_EVENT_IDX, " event_idx" },
	{ DRV_F_IN_ORDER, " in_order" },
};

/* What is run now, for a crash to name it. */
static char now[256];

struct job {
	const char *program;
	struct model_config cfg;
	unsigned int number;
	uint64_t seed, chains;
};

static void describe(const struct model_config *cfg, char *to, size_t size)
{
	int n = snprintf(to, size, "%s num=%u",
			 cfg->format == DRV_PACKED ? "packed" : "split",
			 cfg->num);

	for (unsigned int i = 0; i < sizeof(feature) / sizeof(*feature); i++) {
		if (cfg->features & feature[i].feature)
			n += snprintf(to + n, size - n, "%s", feature[i].name);
	}
}

static void replay(const struct job *j, char *to, size_t size)
{
	snprintf(to, size, "# replay: MODEL_CHAINS=%" PRIu64 " %s %u %#" PRIx64 "\n",
		 j->chains, j->program, j->number, j->seed);
}

static bool run(const struct job *j, struct model_result *total)
{
	struct model_result res = { 0 };
	clock_t start = clock();
	char name[128];
	double ns;

	describe(&j->cfg, name, sizeof(name));
	replay(j, now, sizeof(now));
	model_run(&j->cfg, j->seed, j->chains, &res);
	total->chains += res.chains;
	total->steps += res.steps;
	ns = (double)(clock() - start) / CLOCKS_PER_SEC * 1e9;
	if (*res.failure) {
		printf("not ok %u - %s: %s\n# after %" PRIu64 " chains, step %" PRIu64
		       "\n%s", j->number, name, res.failure, res.chains,
		       res.steps, now);
		return false;
	}
	printf("ok %u - %s: %" PRIu64 " chains, %" PRIu64 " steps, %.0f ns a chain\n",
	       j->number, name, res.chains, res.steps, ns / res.chains);
	fflush(stdout);
	return true;
}

/* Each configuration has a seed of its own, so that one can be replayed. */
static uint64_t seed_of(uint64_t seed, unsigned int number)
{
	return (seed * 1000003 + number) * 0x9e3779b97f4a7c15ull;
}

static uint64_t number_or(const char *text, uint64_t otherwise)
{
	return text ? strtoull(text, NULL, 0) : otherwise;
}

/* Async-signal-safe: the process may be in any state. */
static void name_culprit(void)
{
	if (write(STDOUT_FILENO, now, strlen(now)) < 0)
		_exit(1);
}

static void died(int sig)
{
	name_culprit();
	signal(sig, SIG_DFL);
	raise(sig);
}

/* Present in programs with a sanitizer only. */
void __sanitizer_set_death_callback(void (*callback)(void))
	__attribute__((weak));

static void expect_death(void)
{
	if (__sanitizer_set_death_callback)
		__sanitizer_set_death_callback(name_culprit);
	signal(SIGABRT, died);
	signal(SIGTERM, died);
}

int model_main(int argc, char **argv, enum drv_format format,
	       const uint32_t *sizes, unsigned int n_sizes)
{
	uint64_t only = number_or(argc > 1 ? argv[1] : NULL, 0);
	uint64_t base = number_or(getenv("MODEL_SEED"), 1);
	struct job j = {
		.program = argv[0],
		.chains = number_or(getenv("MODEL_CHAINS"), DEFAULT_CHAINS),
	};
	struct model_result total = { 0 };
	bool good = true;

	expect_death();
	for (unsigned int i = 0; i < n_sizes * FEATURES; i++) {
		j.number = i + 1;
		if (only && only != j.number)
			continue;
		j.cfg = (struct model_config){ format, sizes[i / FEATURES], 0 };
		for (unsigned int f = 0; f < sizeof(feature) / sizeof(*feature); f++)
			if (i % FEATURES >> f & 1)
				j.cfg.features |= feature[f].feature;
		j.seed = number_or(argc > 2 ? argv[2] : NULL,
				   seed_of(base, j.number));
		good &= run(&j, &total);
	}
	printf("# %" PRIu64 " chains, %" PRIu64 " steps, %.1f s\n", total.chains,
	       total.steps, (double)clock() / CLOCKS_PER_SEC);
	return good ? 0 : 1;
}
