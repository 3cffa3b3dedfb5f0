// SPDX-License-Identifier: GPL-2.0
/*
 * How the planner's time and memory grow: segments of 2^6 to 2^16 functions, with
 * nothing fixed and with every eighth prefetchable BAR fixed.
 */
#include <argp.h>
#include <json-c/json.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "plot.h"
#include "segment.h"

#define SHIFT_MIN	6U
#define SHIFT_MAX	16U
#define FIXED_EVERY	8U
#define ROUNDS_MAX	1000U

const char *argp_program_version = "bench plan " PFB_VERSION;

struct options {
	unsigned int rounds;
	const char *json;
	const char *plot;
};

/**
 * struct row - what was measured of one size
 * @functions: functions of the segment
 * @buses: buses of it
 * @bars: BARs of it
 * @fixed: BARs that were fixed in @seconds_fixed
 * @scratch: bytes of scratch
 * @seconds: CPU time of bus numbers and addresses, nothing fixed: the least of all rounds
 * @seconds_fixed: likewise, with @fixed
 */
struct row {
	u32 functions;
	u32 buses;
	u32 bars;
	u32 fixed;
	size_t scratch;
	double seconds;
	double seconds_fixed;
};

static void __attribute__((noreturn)) die(const char *what)
{
	fprintf(stderr, "bench plan: %s\n", what);
	exit(1);
}

static double now(void)
{
	struct timespec time;

	/* One thread that waits for nothing: what other work takes of the CPU is not counted. */
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static double plan_once(struct pfb_topology *top, const struct pfb_plan_fixed *fixed, u32 nr,
			void *scratch)
{
	struct pfb_error err;
	double start = now();

	if (pfb_plan_bus_numbers(top, &err) || pfb_plan_addresses(top, fixed, nr, scratch, &err))
		die(err.text);
	return now() - start;
}

/* What else the machine does, to the caches too, only adds. */
static double measure(struct pfb_topology *top, const struct pfb_plan_fixed *fixed, u32 nr,
		      unsigned int rounds, size_t *size)
{
	double best = INFINITY, time;
	void *scratch;
	unsigned int i;

	*size = pfb_plan_scratch_size(top, nr);
	scratch = malloc(*size);
	if (!scratch)
		die("out of memory");
	for (i = 0; i < rounds; i++) {
		time = plan_once(top, fixed, nr, scratch);
		if (time < best)
			best = time;
	}
	free(scratch);
	return best;
}

static struct row measure_row(u32 functions, unsigned int rounds)
{
	struct row row = { .functions = functions, .buses = 1 };
	struct pfb_plan_fixed *fixed;
	struct pfb_topology top;
	unsigned int bar;
	u32 i;

	if (!segment_make(&top, functions))
		die("out of memory");
	for (i = 0; i < top.nr_functions; i++) {
		row.buses += pfb_topology_is_bridge(&top.functions[i]);
		for (bar = 0; bar < PFB_NR_BARS; bar++)
			row.bars += top.functions[i].bars[bar].size != 0;
	}
	row.seconds = measure(&top, NULL, 0, rounds, &row.scratch);
	fixed = segment_fix(&top, FIXED_EVERY, &row.fixed);
	if (!fixed)
		die("out of memory");
	row.seconds_fixed = measure(&top, fixed, row.fixed, rounds, &row.scratch);
	free(fixed);
	segment_free(&top);
	return row;
}

static double n_log_n(u32 n)
{
	return n * log2(n);
}

static double scaled(double seconds, u32 n)
{
	return seconds / n_log_n(n) * 1e9;
}

static void print_table(const struct row *rows, unsigned int nr)
{
	unsigned int i;

	printf("functions  buses    BARs  fixed     scratch  per function |       time  /(n log n) |  with fixed  /(n log n)\n");
	for (i = 0; i < nr; i++) {
		const struct row *r = &rows[i];

		printf("%9u  %5u  %6u  %5u  %6zu KiB  %10zu B | %7.2f ms  %8.2f ns | %8.2f ms  %8.2f ns\n",
		       r->functions, r->buses, r->bars, r->fixed, r->scratch / 1024,
		       r->scratch / r->functions, r->seconds * 1e3,
		       scaled(r->seconds, r->functions), r->seconds_fixed * 1e3,
		       scaled(r->seconds_fixed, r->functions));
	}
}

static bool write_json(const char *path, const struct row *rows, unsigned int nr)
{
	struct json_object *results = json_object_new_array();
	unsigned int i;
	bool good;

	for (i = 0; i < nr; i++) {
		struct json_object *o = json_object_new_object();

		json_object_object_add(o, "functions", json_object_new_int64(rows[i].functions));
		json_object_object_add(o, "buses", json_object_new_int64(rows[i].buses));
		json_object_object_add(o, "bars", json_object_new_int64(rows[i].bars));
		json_object_object_add(o, "fixed", json_object_new_int64(rows[i].fixed));
		json_object_object_add(o, "scratch_bytes",
				       json_object_new_int64((int64_t)rows[i].scratch));
		json_object_object_add(o, "least_seconds", json_object_new_double(rows[i].seconds));
		json_object_object_add(o, "least_seconds_fixed",
				       json_object_new_double(rows[i].seconds_fixed));
		json_object_array_add(results, o);
	}
	good = !json_object_to_file_ext(path, results, JSON_C_TO_STRING_PRETTY);
	json_object_put(results);
	return good;
}

/* Both measured lines, and n log n through the last point of the slower one. */
static bool write_plot(const char *path, const struct row *rows, unsigned int nr)
{
	const struct row *last = &rows[nr - 1];
	struct plot plot = {
		.title = "pci_fixed_bars: CPU time to plan a segment",
		.x_title = "functions",
		.y_title = "seconds",
		.nr_points = nr,
		.nr_lines = 3,
		.lines = { { .name = "nothing fixed" },
			   { .name = "every 8th prefetchable BAR fixed" },
			   { .name = "n log n", .dashed = true } },
	};
	double most = last->seconds > last->seconds_fixed ? last->seconds : last->seconds_fixed;
	unsigned int i;

	for (i = 0; i < nr; i++) {
		plot.x[i] = rows[i].functions;
		plot.lines[0].y[i] = rows[i].seconds;
		plot.lines[1].y[i] = rows[i].seconds_fixed;
		plot.lines[2].y[i] = most * n_log_n(rows[i].functions) / n_log_n(last->functions);
	}
	return plot_write(&plot, path);
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;
	unsigned long value;
	char *end;

	switch (key) {
	case 'r':
		value = strtoul(arg, &end, 10);
		if (!*arg || *arg == '-' || *end || !value || value > ROUNDS_MAX)
			argp_error(state, "--rounds is '%s', expected 1 to %u", arg, ROUNDS_MAX);
		o->rounds = (unsigned int)value;
		return 0;
	case 'j':
		o->json = arg;
		return 0;
	case 'p':
		o->plot = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

int main(int argc, char **argv)
{
	static const struct argp_option option_list[] = {
		{ "rounds", 'r', "N", 0, "times each is measured; the least counts (default 7)", 0 },
		{ "json", 'j', "FILE", 0, "write the figures as JSON", 0 },
		{ "plot", 'p', "FILE", 0, "draw the times as SVG", 0 },
		{ 0 },
	};
	static const struct argp argp = {
		option_list, parse_option, NULL, "Time and memory of the core's planner.",
		NULL, NULL, NULL,
	};
	struct options o = { .rounds = 7 };
	struct row rows[SHIFT_MAX - SHIFT_MIN + 1];
	unsigned int i;

	argp_parse(&argp, argc, argv, 0, NULL, &o);
	for (i = 0; i < ARRAY_SIZE(rows); i++)
		rows[i] = measure_row(1U << (SHIFT_MIN + i), o.rounds);
	print_table(rows, ARRAY_SIZE(rows));
	if (o.json && !write_json(o.json, rows, ARRAY_SIZE(rows)))
		die(json_util_get_last_err());
	if (o.plot && !write_plot(o.plot, rows, ARRAY_SIZE(rows)))
		die(strerror(errno));
	return 0;
}
