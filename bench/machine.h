/* SPDX-License-Identifier: GPL-2.0-only */
/* What a benchmark ran on, without naming the machine. */
#ifndef RINGSIDE_BENCH_MACHINE_H
#define RINGSIDE_BENCH_MACHINE_H

struct machine {
	char cpu[128];		/* its model, as it calls itself */
	long cpus;
	char kernel[128];	/* name and release */
	double load;		/* average of the last minute: who disturbs us */
	const char *compiler;
	const char *flags;
};

void machine_look(struct machine *m);

#endif /* RINGSIDE_BENCH_MACHINE_H */
