// SPDX-License-Identifier: GPL-2.0-only
/* Results as JSON; see report.h. Times are nanoseconds per chain. */
#include "clock.h"
#include "machine.h"
#include "report.h"

static void put_stat(FILE *f, const char *name, const struct stat *s)
{
	struct stat_summary v = stat_sum_up(s);

	fprintf(f, ", \"%s\": {\"samples\": %u, \"min\": %.3f, "
		   "\"median\": %.3f, \"max\": %.3f}",
		name, s->n, v.min, v.median, v.max);
}

static void put_machine(FILE *f)
{
	struct machine m;

	machine_look(&m);
	fprintf(f, "\"machine\": {\"cpu\": \"%s\", \"cpus\": %ld, "
		   "\"kernel\": \"%s\", \"load\": %.2f},\n",
		m.cpu, m.cpus, m.kernel, m.load);
	fprintf(f, "\"compiler\": {\"version\": \"%s\", \"flags\": \"%s\"},\n",
		m.compiler, m.flags);
}

static const char *format_name(int format)
{
	return format == DRV_PACKED ? "packed" : "split";
}

static void put_phases(FILE *f, const struct phases *p)
{
	fprintf(f, "\"verbs\": [");
	for (int i = DRV_SPLIT; i <= DRV_PACKED; i++) {
		fprintf(f, "%s\n{\"ring\": \"%s\", \"batch\": %d",
			i == DRV_SPLIT ? "" : ",", format_name(i), PHASES_BATCH);
		put_stat(f, "pop_ns", &p[i].pop);
		put_stat(f, "push_publish_ns", &p[i].push);
		put_stat(f, "all_ns", &p[i].all);
		put_stat(f, "all_and_call_ns", &p[i].calling);
		fprintf(f, "}");
	}
	fprintf(f, "\n],\n");
}

static void put_cell(FILE *f, const struct row *row, int i)
{
	const struct rig_shape *s = &row->shape;
	const struct cell *c = &row->cell[i];
	const struct stat *t = row->cores == ONE_CORE ? &c->device : &c->wall;
	double ns = stat_sum_up(t).median;

	fprintf(f, "{\"cores\": %d, \"ring\": \"%s\", \"descriptors\": %u, "
		   "\"indirect\": %s, \"payload\": %u, \"device\": \"%s\", "
		   "\"batch\": %u",
		row->cores, format_name(s->format), s->descs,
		s->indirect ? "true" : "false", s->payload,
		device_name(contender[i].kind), contender[i].batch);
	put_stat(f, "device_ns", &c->device);
	put_stat(f, row->cores == ONE_CORE ? "driver_ns" : "wall_ns",
		 row->cores == ONE_CORE ? &c->driver : &c->wall);
	if (s->payload && ns > 0)
		fprintf(f, ", \"gb_per_s\": %.3f", s->payload / ns);
	fprintf(f, "}");
}

static void put_rows(FILE *f, const struct report *r)
{
	const char *comma = "";

	fprintf(f, "\"results\": [");
	for (uint32_t i = 0; i < r->rows; i++) {
		for (int c = 0; c < CONTENDERS; c++) {
			if (!r->row[i].cell[c].device.n)
				continue;
			fprintf(f, "%s\n", comma);
			put_cell(f, &r->row[i], c);
			comma = ",";
		}
	}
	fprintf(f, "\n]\n");
}

bool report_json(const char *path, const struct report *r)
{
	FILE *f = fopen(path, "w");
	bool ok;

	if (!f)
		return false;
	fprintf(f, "{\n\"bench\": \"ring\", \"seconds\": %.1f, "
		   "\"ring_size\": %d, \"clock_cost_ns\": %.2f,\n",
		r->seconds, RIG_NUM, clock_cost_ns);
	put_machine(f);
	put_phases(f, r->phases);
	put_rows(f, r);
	fprintf(f, "}\n");
	ok = !ferror(f);
	return !fclose(f) && ok;
}
