/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The model test: random traffic through the engine, checked against a model
 * so simple that it can be read against the specification.
 *
 * The model is a handful of counts that never wrap (how many chains were
 * added, shown, popped, pushed, published, taken back) and two queues. What
 * the engine says and what it leaves in memory is compared with it at every
 * step. One program for each ring format; each calls model_main().
 */
#ifndef RINGSIDE_TESTS_MODEL_H
#define RINGSIDE_TESTS_MODEL_H

#include "driver/driver.h"

struct model_config {
	enum drv_format format;
	uint32_t num;
	uint32_t features;	/* enum drv_feature, without BIG_ENDIAN */
};

/**
 * model_main() - run every configuration of a format
 * @sizes: ring sizes; each is run with all combinations of features
 *
 * Arguments: [CONFIG [SEED]] runs one configuration only, numbered as in the
 * output, as a failure prints them. Environment: MODEL_CHAINS, chains in each
 * configuration (10^6); MODEL_SEED, for another run than always the same.
 * Return: the program's exit status.
 */
int model_main(int argc, char **argv, enum drv_format format,
	       const uint32_t *sizes, unsigned int n_sizes);

/* What became of one configuration. */
struct model_result {
	uint64_t chains;	/* taken back by the driver, each checked */
	uint64_t steps;
	char failure[512];	/* "": none */
};

/** model_run() - run one configuration until @chains chains came back */
void model_run(const struct model_config *cfg, uint64_t seed, uint64_t chains,
	       struct model_result *result);

#endif /* RINGSIDE_TESTS_MODEL_H */
