// SPDX-License-Identifier: GPL-2.0
/*
 * Throughput of the core's parsers: each reads the same input again and again, the
 * median counts. MB/s are 10^6 bytes of input in a second.
 */
#include <argp.h>
#include <err.h>
#include <stdlib.h>
#include <time.h>

#include <json-c/json.h>

#include <pci_fixed_bars/bar_spec.h>
#include <pci_fixed_bars/fixed_bars.h>
#include <pci_fixed_bars/manifest.h>

#define MIB		(1ULL << 20)
#define BASE		0x400000000000ULL
#define MAX_ROUNDS	1001

const char *argp_program_version = "pci_fixed_bars parsers " PFB_VERSION;

struct options {
	size_t bytes;
	unsigned int rounds;
	bool json;
};

/* What one case parses, and how: each function takes of it what it needs. */
struct input {
	u8 *data;
	size_t size;
	size_t records;
	struct pfb_topology top;
	void *scratch;
};

struct bench_case {
	const char *name;
	const char *what;
	void (*make)(struct input *in, size_t bytes);
	void (*parse)(const struct input *in);
};

static void *must_alloc(size_t size)
{
	void *p = calloc(1, size ? size : 1);

	if (!p)
		err(1, "%zu bytes", size);
	return p;
}

static void must(int ret, const struct pfb_error *error)
{
	if (ret)
		errx(1, "an input of the benchmark was refused: %s", error->text);
}

static int count(void *ctx, const struct pfb_declaration *decl, struct pfb_error *error)
{
	(void)decl;
	(void)error;
	++*(size_t *)ctx;
	return 0;
}

static void check_count(const struct input *in, size_t found)
{
	if (found != in->records)
		errx(1, "a parser found %zu functions of %zu", found, in->records);
}

/* Paths as they stand in reports, one after the other. */
static void make_paths(struct input *in, size_t bytes)
{
	size_t used = 0;

	in->data = must_alloc(bytes + PFB_PATH_TEXT_MAX);
	while (used < bytes) {
		used += (size_t)sprintf((char *)in->data + used, "0000:00:%02zx.0/00.0/%02zx.0/00.0 ",
					in->records % 32, in->records / 32 % 32);
		in->records++;
	}
	in->size = used;
}

static void parse_paths(const struct input *in)
{
	struct pfb_error error;
	struct pfb_path path;
	size_t pos = 0, found = 0;
	int ret;

	while (pos < in->size) {
		ret = pfb_path_parse_at((const char *)in->data, in->size, pos, &path, &error);
		must(ret < 0 ? ret : 0, &error);
		pos += (size_t)ret + 1;
		found++;
	}
	check_count(in, found);
}

/* Lists of 8 GPUs as an operator writes them, each list on its own. */
#define LIST_FUNCTIONS	8

static size_t write_list(char *text, unsigned int nr)
{
	size_t used = 0;
	unsigned int i;

	for (i = 0; i < nr; i++)
		used += (size_t)sprintf(text + used, "%s0000:%02x:%02x.0=bar0@0x%llx,bar2@0x%llx",
					i ? ";" : "", i / 32, i % 32, BASE + 2 * i * MIB,
					BASE + (2 * i + 1) * MIB);
	return used;
}

static void make_lists(struct input *in, size_t bytes)
{
	char list[1024];
	size_t len = write_list(list, LIST_FUNCTIONS);

	in->data = must_alloc(bytes + len);
	while (in->size < bytes) {
		memcpy(in->data + in->size, list, len);
		in->size += len;
		in->records += LIST_FUNCTIONS;
	}
}

/* The longest lists that are read: there the check for duplicates weighs most. */
static void make_long_lists(struct input *in, size_t bytes)
{
	char list[2 * PFB_BAR_SPEC_MAX];
	unsigned int nr = 1;
	size_t len;

	while (write_list(list, nr) <= PFB_BAR_SPEC_MAX)
		nr++;
	len = write_list(list, --nr);
	memset(list + len, ' ', PFB_BAR_SPEC_MAX - len);

	in->data = must_alloc(bytes + PFB_BAR_SPEC_MAX);
	while (in->size < bytes) {
		memcpy(in->data + in->size, list, PFB_BAR_SPEC_MAX);
		in->size += PFB_BAR_SPEC_MAX;
		in->records += nr;
	}
}

static void parse_each(const struct input *in, size_t len)
{
	struct pfb_error error;
	size_t pos, found = 0;

	for (pos = 0; pos < in->size; pos += len)
		must(pfb_bar_spec_parse((const char *)in->data + pos, len, count, &found, &error),
		     &error);
	check_count(in, found);
}

static void parse_lists(const struct input *in)
{
	char list[1024];

	parse_each(in, write_list(list, LIST_FUNCTIONS));
}

static void parse_long_lists(const struct input *in)
{
	parse_each(in, PFB_BAR_SPEC_MAX);
}

/* Two BARs for each function, the addresses in no order. */
static u64 scattered(size_t i)
{
	/* Odd, so that no number comes twice. */
	return BASE + (i * 40503 & 0xffff) * MIB;
}

static void make_manifest(struct input *in, size_t bytes)
{
	const size_t nr = (bytes - sizeof(struct pfb_manifest_header)) /
			  (sizeof(struct pfb_manifest_function) +
			   2 * (sizeof(struct pfb_manifest_bar) + 4));
	struct pfb_declaration *decls = must_alloc(nr * sizeof(*decls));
	struct pfb_error error;
	size_t i, bar;

	for (i = 0; i < nr; i++) {
		decls[i].path.nr_hops = 2;
		decls[i].path.bus = (u8)(i >> 16);
		decls[i].path.hops[0] = (u8)(i >> 8);
		decls[i].path.hops[1] = (u8)i;
		decls[i].clique = 1;
		decls[i].vendor = 0x10de;
		decls[i].device = 0x2330;
		decls[i].nr_bars = 2;
		for (bar = 0; bar < 2; bar++) {
			decls[i].bars[bar].index = (u8)(2 * bar);
			decls[i].bars[bar].gpa = scattered(2 * i + bar);
			decls[i].bars[bar].hpa = decls[i].bars[bar].gpa;
			decls[i].bars[bar].size = MIB;
			decls[i].bars[bar].flags = PFB_MANIFEST_BAR_HPA | PFB_MANIFEST_BAR_MEM64 |
						   PFB_MANIFEST_BAR_PREFETCH;
		}
	}
	in->records = nr;
	in->size = pfb_manifest_size(decls, nr);
	in->data = must_alloc(in->size);
	must(pfb_manifest_write(decls, nr, in->data, in->size, &error), &error);
	free(decls);
}

static void parse_manifest(const struct input *in)
{
	struct pfb_error error;
	size_t found = 0;

	must(pfb_manifest_parse(in->data, in->size, PFB_SOURCE_FIRMWARE_FILE, count, &found, &error),
	     &error);
	check_count(in, found);
}

/* One root bus per 256 functions, all of one kind. */
static void make_topology(struct input *in)
{
	const size_t nr_roots = in->records / 256 + 1;
	struct pfb_function *fn;
	size_t i;

	in->top.nr_roots = (u32)nr_roots;
	in->top.max_roots = (u32)nr_roots;
	in->top.roots = must_alloc(nr_roots * sizeof(*in->top.roots));
	for (i = 0; i < nr_roots; i++) {
		in->top.roots[i].bus = (u8)i;
		in->top.roots[i].last_bus = (u8)i;
	}
	in->top.nr_functions = (u32)in->records;
	in->top.max_functions = (u32)in->records;
	in->top.functions = must_alloc(in->records * sizeof(*fn));
	for (i = 0; i < in->records; i++) {
		fn = &in->top.functions[i];
		fn->parent = PFB_NO_FUNCTION;
		fn->root = (u32)(i / 256);
		fn->bus = (u8)(i / 256);
		fn->devfn = (u8)i;
		fn->vendor = 0x10de;
		fn->device = 0x2330;
		fn->bars[0].size = MIB;
		fn->bars[2].size = MIB;
	}
	in->scratch = must_alloc(pfb_fixed_bars_scratch_size(in->size, &in->top));
}

static u8 *put_bar(u8 *p, u8 index, u64 address)
{
	p[0] = index;
	pfb_put_le32(p + 4, 3);
	pfb_put_le64(p + 8, address);
	pfb_put_le64(p + 16, MIB);
	return p + 24;
}

static void make_v1(struct input *in, size_t bytes, bool with_path)
{
	const size_t record = 8 + (with_path ? 128 : 0) + 2 * 24;
	size_t i;
	u8 *p;

	in->records = (bytes - 8) / record;
	in->size = 8 + in->records * record;
	in->data = must_alloc(in->size);
	pfb_put_le32(in->data, 1);
	pfb_put_le32(in->data + 4, (u32)in->records);
	p = in->data + 8;
	for (i = 0; i < in->records; i++) {
		pfb_put_le16(p, 0x10de);
		pfb_put_le16(p + 2, 0x2330);
		p[4] = 1;
		p[5] = (u8)(i / 256);
		p[6] = 2;
		p += 8;
		if (with_path) {
			sprintf((char *)p, "/pcie@4010000000/display@%zx,%zx", i / 8 % 32, i % 8);
			p += 128;
		}
		p = put_bar(p, 0, scattered(2 * i));
		p = put_bar(p, 2, scattered(2 * i + 1));
	}
	make_topology(in);
}

static void make_v1_short(struct input *in, size_t bytes)
{
	make_v1(in, bytes, false);
}

static void make_v1_long(struct input *in, size_t bytes)
{
	make_v1(in, bytes, true);
}

static void make_v2(struct input *in, size_t bytes)
{
	size_t i;
	u8 *p;

	in->records = (bytes - 32) / 48 / 2;
	in->size = 32 + in->records * 2 * 48;
	in->data = must_alloc(in->size);
	pfb_put_le32(in->data, 2);
	pfb_put_le32(in->data + 4, (u32)in->records * 2);
	pfb_put_le64(in->data + 8, BASE);
	pfb_put_le64(in->data + 16, 0x10000 * MIB);
	p = in->data + 32;
	for (i = 0; i < 2 * in->records; i++, p += 48) {
		/* The same leading fields as a v1 BAR, but for the first four bytes. */
		put_bar(p, 0, scattered(i));
		pfb_put_le16(p, 0);
		p[2] = 2;
		p[3] = i & 1 ? 2 : 0;
		pfb_put_le16(p + 24, 0x10de);
		pfb_put_le16(p + 26, 0x2330);
		p[32] = (u8)(i / 2 >> 11 & 0x1f);
		p[33] = (u8)(i / 2 >> 8 & 7);
		p[34] = (u8)(i / 2 >> 3 & 0x1f);
		p[35] = (u8)(i / 2 & 7);
	}
	make_topology(in);
	/* Several root buses would make it a search; that is measured by v1 short. */
	in->top.nr_roots = 1;
	in->top.nr_functions = 0;
}

static void parse_fixed_bars(const struct input *in)
{
	struct pfb_error error;
	size_t found = 0;

	must(pfb_fixed_bars_parse(in->data, in->size, &in->top, in->scratch, count, &found, &error),
	     &error);
	check_count(in, found);
}

static const struct bench_case cases[] = {
	{ "path", "paths of 4 hops", make_paths, parse_paths },
	{ "bar_spec", "lists of 8 functions with 2 BARs", make_lists, parse_lists },
	{ "bar_spec longest", "lists of 4096 characters", make_long_lists, parse_long_lists },
	{ "manifest", "one manifest, 2 BARs per function", make_manifest, parse_manifest },
	{ "fixed_bars v1 short", "one blob, matched by order", make_v1_short, parse_fixed_bars },
	{ "fixed_bars v1 long", "one blob, firmware paths", make_v1_long, parse_fixed_bars },
	{ "fixed_bars v2", "one blob, paths", make_v2, parse_fixed_bars },
};

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static int compare_times(const void *a, const void *b)
{
	double x = *(const double *)a;
	double y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* The median of an odd number of rounds, after one that nobody counts. */
static double measure(const struct bench_case *bench, const struct input *in, unsigned int rounds)
{
	static double times[MAX_ROUNDS];
	unsigned int i;
	double start;

	bench->parse(in);
	for (i = 0; i < rounds; i++) {
		start = seconds();
		bench->parse(in);
		times[i] = seconds() - start;
	}
	qsort(times, rounds, sizeof(*times), compare_times);
	return times[rounds / 2];
}

static void report(struct json_object *results, const struct bench_case *bench,
		   const struct input *in, double time)
{
	struct json_object *o;

	if (!results) {
		printf("%-20s %8.1f MB/s %9zu bytes %7zu functions %8.3f ms  %s\n", bench->name,
		       (double)in->size / time / 1e6, in->size, in->records, time * 1e3, bench->what);
		return;
	}
	o = json_object_new_object();
	json_object_object_add(o, "parser", json_object_new_string(bench->name));
	json_object_object_add(o, "input", json_object_new_string(bench->what));
	json_object_object_add(o, "bytes", json_object_new_int64((int64_t)in->size));
	json_object_object_add(o, "functions", json_object_new_int64((int64_t)in->records));
	json_object_object_add(o, "median_seconds", json_object_new_double(time));
	json_object_object_add(o, "megabytes_per_second",
			       json_object_new_double((double)in->size / time / 1e6));
	json_object_array_add(results, o);
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;
	unsigned long value = 0;
	char *end;

	if (key == 'b' || key == 'r') {
		value = strtoul(arg, &end, 10);
		if (!*arg || *arg == '-' || *end)
			argp_error(state, "'%s' is not a number", arg);
	}
	switch (key) {
	case 'b':
		if (value < 1000 || value > 1000000)
			argp_error(state, "--bytes is %lu, expected 1000 to 1000000", value);
		o->bytes = value;
		return 0;
	case 'r':
		if (!(value & 1) || value > MAX_ROUNDS)
			argp_error(state, "--rounds is %lu, expected an odd number up to %d", value,
				   MAX_ROUNDS);
		o->rounds = (unsigned int)value;
		return 0;
	case 'j':
		o->json = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

int main(int argc, char **argv)
{
	static const struct argp_option option_list[] = {
		{ "bytes", 'b', "N", 0, "size of each input (default 1000000)", 0 },
		{ "rounds", 'r', "N", 0, "times each is measured, odd (default 15)", 0 },
		{ "json", 'j', NULL, 0, "print JSON", 0 },
		{ 0 },
	};
	static const struct argp argp = {
		option_list, parse_option, NULL, "Throughput of the core's parsers.", NULL, NULL, NULL,
	};
	struct options o = { .bytes = 1000000, .rounds = 15 };
	struct json_object *results = NULL;
	struct input in;
	size_t i;

	argp_parse(&argp, argc, argv, 0, NULL, &o);
	if (o.json)
		results = json_object_new_array();
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		memset(&in, 0, sizeof(in));
		cases[i].make(&in, o.bytes);
		report(results, &cases[i], &in, measure(&cases[i], &in, o.rounds));
		free(in.data);
		free(in.scratch);
		free(in.top.roots);
		free(in.top.functions);
	}
	if (results) {
		puts(json_object_to_json_string_ext(results, JSON_C_TO_STRING_PRETTY));
		json_object_put(results);
	}
	return 0;
}
