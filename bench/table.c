// SPDX-License-Identifier: GPL-2.0-only
/* Results as text; see report.h. */
#include "clock.h"
#include "machine.h"
#include "report.h"

static const double target_ns[] = { [DRV_SPLIT] = 15, [DRV_PACKED] = 12 };

static void say_machine(FILE *out, const struct report *r)
{
	struct machine m;

	machine_look(&m);
	fprintf(out, "machine   %s, %ld CPUs, load %.1f, %s\n", m.cpu, m.cpus,
		m.load, m.kernel);
	fprintf(out, "compiler  %s %s\n", m.compiler, m.flags);
	fprintf(out, "ring      %d descriptors, one memory region, "
		     "buffers in %d KiB\n", RIG_NUM, RIG_BUFFERS / 1024);
	fprintf(out, "clock     reading it costs %.1f ns, subtracted\n",
		clock_cost_ns);
	fprintf(out, "run       %.1f s; figures are min/median/max of up to "
		     "%d samples, contenders in turns\n",
		r->seconds, STAT_MAX);
}

static const char *format_name(enum drv_format f)
{
	return f == DRV_PACKED ? "packed" : "split";
}

static void say_shape(FILE *out, const struct rig_shape *s)
{
	fprintf(out, "%-6s %d %-8s ", format_name(s->format), s->descs,
		s->indirect ? "indirect" : "direct");
	if (s->payload)
		fprintf(out, "%6u", s->payload);
	else
		fprintf(out, "%6s", "-");
}

/* About three digits are worth printing. */
static int digits(double v)
{
	return v < 10 ? 2 : v < 100 ? 1 : 0;
}

static void say_stat(FILE *out, const struct stat *s)
{
	struct stat_summary v = stat_sum_up(s);
	char text[64];

	if (!s->n) {
		fprintf(out, " %16s", "-");
		return;
	}
	snprintf(text, sizeof(text), "%.*f/%.*f/%.*f", digits(v.min), v.min,
		 digits(v.median), v.median, digits(v.max), v.max);
	fprintf(out, " %16s", text);
}

/* ---- the sections ----------------------------------------------------- */

static void say_phases(FILE *out, const struct report *r)
{
	fprintf(out, "\n1 direct descriptor, no payload, one core, batch %d: "
		     "device's ns per chain\n", PHASES_BATCH);
	fprintf(out, "%-6s %16s %16s %16s %16s  %s\n", "", "pop",
		"push+publish", "all", "all+call", "target for all");
	for (int f = DRV_SPLIT; f <= DRV_PACKED; f++) {
		const struct phases *p = &r->phases[f];
		bool hit = stat_sum_up(&p->all).median <= target_ns[f];

		fprintf(out, "%-6s", format_name(f));
		say_stat(out, &p->pop);
		say_stat(out, &p->push);
		say_stat(out, &p->all);
		say_stat(out, &p->calling);
		fprintf(out, "  %.0f: %s\n", target_ns[f],
			hit ? "reached" : "missed");
	}
}

/* Copying alone, the last contender, has no second core. */
static int columns(enum measure_cores cores)
{
	return cores == ONE_CORE ? CONTENDERS : CONTENDERS - 1;
}

static void say_head(FILE *out, enum measure_cores cores, const char *more)
{
	fprintf(out, "%-6s %s %-8s %6s", "ring", "n", "", "bytes");
	for (int i = 0; i < columns(cores); i++) {
		char text[32];

		if (contender[i].kind == DEVICE_ENGINE)
			snprintf(text, sizeof(text), "engine, %u",
				 contender[i].batch);
		else
			snprintf(text, sizeof(text), "%s",
				 device_name(contender[i].kind));
		fprintf(out, " %16s", text);
	}
	fprintf(out, "%s\n", more);
}

static void say_one_core(FILE *out, const struct report *r)
{
	fprintf(out, "\nOne core: device's ns per chain (engine by batch)\n");
	say_head(out, ONE_CORE, "");
	for (uint32_t i = 0; i < r->rows; i++) {
		if (r->row[i].cores != ONE_CORE)
			continue;
		say_shape(out, &r->row[i].shape);
		for (int c = 0; c < CONTENDERS; c++)
			say_stat(out, &r->row[i].cell[c].device);
		fprintf(out, "\n");
	}
}

static void say_two_cores(FILE *out, const struct report *r)
{
	fprintf(out, "\nTwo cores: ns from chain to chain (the slower side's), "
		     "and the device's own in batches of 32\n");
	say_head(out, TWO_CORES, " device's own, 32");
	for (uint32_t i = 0; i < r->rows; i++) {
		const struct cell *cell = r->row[i].cell;

		if (r->row[i].cores != TWO_CORES)
			continue;
		say_shape(out, &r->row[i].shape);
		for (int c = 0; c < columns(TWO_CORES); c++)
			say_stat(out, &cell[c].wall);
		say_stat(out, &cell[2].device);
		fprintf(out, "\n");
	}
}

/* A byte a nanosecond is a gigabyte a second. */
static void say_rate(FILE *out, const struct stat *s, uint32_t bytes)
{
	double ns = stat_sum_up(s).median;

	if (ns > 0)
		fprintf(out, " %16.2f", bytes / ns);
	else
		fprintf(out, " %16s", "-");
}

static void say_rates(FILE *out, const struct report *r,
		      enum measure_cores cores)
{
	fprintf(out, "\n%s: GB/s at the median\n",
		cores == ONE_CORE ? "One core" : "Two cores");
	say_head(out, cores, "");
	for (uint32_t i = 0; i < r->rows; i++) {
		const struct row *row = &r->row[i];

		if (row->cores != cores || !row->shape.payload)
			continue;
		say_shape(out, &row->shape);
		for (int c = 0; c < columns(cores); c++)
			say_rate(out, cores == ONE_CORE ? &row->cell[c].device :
							  &row->cell[c].wall,
				 row->shape.payload);
		fprintf(out, "\n");
	}
}

void report_table(FILE *out, const struct report *r)
{
	say_machine(out, r);
	say_phases(out, r);
	say_one_core(out, r);
	say_rates(out, r, ONE_CORE);
	if (!two_cores_here()) {
		fprintf(out, "\nTwo cores: not measured, there is one\n");
		return;
	}
	say_two_cores(out, r);
	say_rates(out, r, TWO_CORES);
}
