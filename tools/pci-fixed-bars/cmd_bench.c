// SPDX-License-Identifier: GPL-2.0
/* pci-fixed-bars bench: P2P bandwidth against DMA to RAM and against bouncing. */
#include <argp.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "lib/bandwidth.h"
#include "lib/guest.h"
#include "lib/json_fields.h"
#include "lib/table.h"
#include "lib/topology_report.h"

#define SIZES_MAX	16
#define SIZE_MIN	4096
#define SIZE_MAX_BYTES	(64UL << 20)
#define ROUNDS_DEFAULT	15
#define ROUNDS_MAX	1000

enum {
	OPT_OVERWRITE = 0x100,
	OPT_SIZES,
	OPT_ROUNDS,
	OPT_DIRECTION,
	OPT_DEPTH,
	OPT_PROFILE,
	OPT_JSON,
	OPT_JSON_FILE,
};

struct args {
	const char *provider;
	const char *client;
	size_t sizes[SIZES_MAX];
	unsigned int nr_sizes;
	unsigned int rounds;
	unsigned int depth;
	bool overwrite;
	bool profile;
	bool read;
	bool write;
	bool json;
	const char *json_file;
};

static const struct argp_option options[] = {
	{ "overwrite", OPT_OVERWRITE, NULL, 0,
	  "Yes, the start of the client's disk may be overwritten (needed)", 0 },
	{ "sizes", OPT_SIZES, "LIST", 0,
	  "Bytes of a transfer, with K or M (default 4K,16K,64K,256K,1M,2M,4M,8M)", 0 },
	{ "rounds", OPT_ROUNDS, "N", 0, "Turns of each way, for the median (default 15)", 0 },
	{ "direction", OPT_DIRECTION, "WHICH", 0,
	  "read (disk to memory), write (memory to disk) or both (default)", 0 },
	{ "depth", OPT_DEPTH, "N", 0, "Transfers in flight, each in a thread (default 1)", 0 },
	{ "profile", OPT_PROFILE, NULL, 0,
	  "Also print the CPU time of a transfer, and the speed of the bounce's copy alone", 0 },
	{ "json", OPT_JSON, NULL, 0, "Print all of that as JSON", 0 },
	{ "json-file", OPT_JSON_FILE, "FILE", 0, "Write all of that to FILE as JSON, too", 0 },
	{ 0 }
};

static size_t parse_size(struct argp_state *state, const char *text, char **end)
{
	unsigned long size;

	errno = 0;
	size = strtoul(text, end, 0);
	if (*end == text || errno || *text == '-')
		argp_error(state, "--sizes: expected a size, got '%s'", text);
	if (size <= SIZE_MAX_BYTES && **end == 'K') {
		size <<= 10;
		(*end)++;
	} else if (size <= SIZE_MAX_BYTES && **end == 'M') {
		size <<= 20;
		(*end)++;
	}
	if (size < SIZE_MIN || size > SIZE_MAX_BYTES || size % SIZE_MIN)
		argp_error(state, "--sizes: expected multiples of 4K up to 64M, got '%s'", text);
	return size;
}

static void parse_sizes(struct argp_state *state, const char *text)
{
	struct args *args = state->input;
	char *end;

	args->nr_sizes = 0;
	for (;;) {
		if (args->nr_sizes == SIZES_MAX)
			argp_error(state, "--sizes: more than %u", SIZES_MAX);
		args->sizes[args->nr_sizes++] = parse_size(state, text, &end);
		if (!*end)
			return;
		if (*end != ',')
			argp_error(state, "--sizes: expected ',' before '%s'", end);
		text = end + 1;
	}
}

static unsigned int parse_count(struct argp_state *state, const char *option, const char *text,
				unsigned int max)
{
	char *end;
	long n = strtol(text, &end, 10);

	if (end == text || *end || n < 1 || n > (long)max)
		argp_error(state, "--%s: expected 1 to %u, got '%s'", option, max, text);
	return (unsigned int)n;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *args = state->input;

	switch (key) {
	case OPT_OVERWRITE:
		args->overwrite = true;
		return 0;
	case OPT_SIZES:
		parse_sizes(state, arg);
		return 0;
	case OPT_ROUNDS:
		args->rounds = parse_count(state, "rounds", arg, ROUNDS_MAX);
		return 0;
	case OPT_DEPTH:
		args->depth = parse_count(state, "depth", arg, PFB_BW_DEPTH_MAX);
		return 0;
	case OPT_PROFILE:
		args->profile = true;
		return 0;
	case OPT_DIRECTION:
		args->read = strcmp(arg, "write");
		args->write = strcmp(arg, "read");
		if (args->read && args->write && strcmp(arg, "both"))
			argp_error(state, "--direction: expected read, write or both, got '%s'", arg);
		return 0;
	case OPT_JSON:
		args->json = true;
		return 0;
	case OPT_JSON_FILE:
		args->json_file = arg;
		return 0;
	case ARGP_KEY_ARG:
		if (!args->provider)
			args->provider = arg;
		else if (!args->client)
			args->client = arg;
		else
			argp_error(state, "two functions, not more: '%s'", arg);
		return 0;
	case ARGP_KEY_END:
		if (!args->client)
			argp_error(state, "PROVIDER and CLIENT are both needed");
		if (!args->overwrite)
			argp_error(state, "this overwrites the first bytes of %s's disk, as many as the transfers in flight have at most; say --overwrite if that is wanted",
				   args->client);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "PROVIDER CLIENT",
	.doc = "Measure P2P DMA between an NVMe controller (CLIENT) and a BAR (of PROVIDER, which pci_fixed_bars provides), against DMA to RAM and against bouncing through RAM."
	       "\v"
	       "Both are named by path, BDF, or a file of theirs such as /dev/nvme0n1. All ways are measured in turn, each figure is a median in MiB/s (MiB = 2^20 bytes), each ratio the median of the rounds' own. Every byte is compared before and after each measurement; without that there is no figure.\n\n"
	       "ways: p2p: into the BAR; ram: into RAM in normal pages; huge: into RAM in huge pages; bounce: into RAM, and copied into the BAR by the CPU.",
};

/* A namespace's own name; "nvme0c1n1" is a path of one, "nvme0n1p1" a partition. */
static bool parse_namespace(const char *name, unsigned int *ctrl, unsigned int *ns)
{
	int used = 0;

	return sscanf(name, "nvme%un%u%n", ctrl, ns, &used) == 2 && !name[used];
}

/* The first namespace of an NVMe function, as a file below /dev. */
static int find_disk(const struct pfb_guest *guest, const char *bdf, char *disk, size_t size,
		     struct pfb_error *err)
{
	char *pattern = pfb_guest_path(guest, "/sys/bus/pci/devices/%s/nvme/nvme*/nvme*n*", bdf);
	unsigned int ctrl, ns;
	bool found = false;
	glob_t names;
	size_t i;

	if (!pattern)
		return pfb_fail(err, -ENOMEM, "no memory to find the disk of %s", bdf);
	if (!glob(pattern, 0, NULL, &names)) {
		for (i = 0; !found && i < names.gl_pathc; i++)
			found = parse_namespace(strrchr(names.gl_pathv[i], '/') + 1, &ctrl, &ns);
		globfree(&names);
	}
	free(pattern);
	if (!found)
		return pfb_fail(err, -ENODEV, "%s: no NVMe disk belongs to it; is the driver 'nvme' bound?",
				bdf);
	snprintf(disk, size, "/dev/nvme%un%u", ctrl, ns);
	return 0;
}

/* Names become a BDF and a disk. */
static int find_ends(const struct args *args, char *provider, size_t provider_size,
		     char *client, size_t client_size, char *disk, size_t disk_size,
		     struct pfb_error *err)
{
	struct pfb_guest guest = { 0 };
	unsigned int ctrl, ns;
	u32 p = PFB_NO_FUNCTION, c = PFB_NO_FUNCTION;
	int ret;

	ret = pfb_guest_read(&guest, "", false, err);
	if (!ret)
		ret = pfb_guest_find(&guest, args->provider, &p, err);
	if (!ret)
		ret = pfb_guest_find(&guest, args->client, &c, err);
	if (!ret && (p == PFB_NO_FUNCTION || c == PFB_NO_FUNCTION))
		ret = pfb_fail(err, -ENODEV, "%s is no PCI function",
			       p == PFB_NO_FUNCTION ? args->provider : args->client);
	if (!ret) {
		snprintf(provider, provider_size, "%s", guest.functions[p].bdf);
		snprintf(client, client_size, "%s", guest.functions[c].bdf);
		/* A disk that was named is that disk, not the controller's first. */
		if (!strncmp(args->client, "/dev/", 5) && parse_namespace(args->client + 5, &ctrl, &ns))
			snprintf(disk, disk_size, "%s", args->client);
		else
			ret = find_disk(&guest, client, disk, disk_size, err);
	}
	pfb_guest_free(&guest);
	return ret;
}

struct report {
	char provider[PFB_BDF_TEXT_MAX];
	char client[PFB_BDF_TEXT_MAX];
	char disk[64];
	const struct pfb_p2p_memory *p2p;
	bool huge;
	struct pfb_bw_result results[2 * SIZES_MAX];
	unsigned int nr_results;
};

static struct json_object *report_json(const struct report *report, const struct args *args)
{
	struct json_object *top = json_object_new_object();
	struct json_object *results = json_object_new_array();
	char bar[8];
	unsigned int i, way;

	snprintf(bar, sizeof(bar), "bar%u", report->p2p->bar);
	pfb_json_text(top, "provider", report->provider);
	pfb_json_text(top, "bar", bar);
	pfb_json_text(top, "client", report->client);
	pfb_json_text(top, "disk", report->disk);
	pfb_json_text(top, "unit", "MiB/s");
	pfb_json_text(top, "bounce_copies_through", report->p2p->cpu_name);
	pfb_json_number(top, "rounds", args->rounds);
	pfb_json_number(top, "depth", args->depth);
	pfb_json_bool(top, "every_byte_compared", true);
	for (i = 0; i < report->nr_results; i++) {
		const struct pfb_bw_result *result = &report->results[i];
		struct json_object *one = json_object_new_object();
		struct json_object *ratios = json_object_new_object();
		struct json_object *cpu = json_object_new_object();

		pfb_json_text(one, "direction", result->write ? "write" : "read");
		pfb_json_number(one, "bytes", (long long)result->size);
		for (way = 0; way < PFB_NR_BW_WAYS; way++) {
			const char *name = pfb_bw_way_name(way);

			if (way == PFB_BW_HUGE && !report->huge) {
				pfb_json_text(one, name, NULL);
				pfb_json_text(ratios, name, NULL);
				pfb_json_text(cpu, name, NULL);
				continue;
			}
			json_object_object_add(one, name,
					       json_object_new_double(result->mib_s[way]));
			json_object_object_add(cpu, name,
					       json_object_new_double(result->cpu_us[way]));
			if (way != PFB_BW_P2P)
				json_object_object_add(ratios, name,
						       json_object_new_double(result->ratio[way]));
		}
		json_object_object_add(one, "p2p_ratio_to", ratios);
		json_object_object_add(one, "cpu_us", cpu);
		json_object_object_add(one, "bounce_copy_alone",
				       json_object_new_double(result->copy_mib_s));
		json_object_array_add(results, one);
	}
	json_object_object_add(top, "results", results);
	return top;
}

static void print_json(const struct report *report, const struct args *args)
{
	if (pfb_json_print(report_json(report, args)))
		fprintf(stderr, "pci-fixed-bars bench: no memory to print the figures\n");
}

static int write_json(const struct report *report, const struct args *args, struct pfb_error *err)
{
	struct json_object *top = report_json(report, args);
	int ret = 0;

	if (json_object_to_file_ext(args->json_file, top, JSON_C_TO_STRING_PRETTY |
				    JSON_C_TO_STRING_SPACED | JSON_C_TO_STRING_NOSLASHESCAPE))
		ret = pfb_fail(err, -EIO, "%s: %s", args->json_file, json_util_get_last_err());
	json_object_put(top);
	return ret;
}

static void cell(struct pfb_table *table, bool there, const char *fmt, double value)
{
	char text[32];

	snprintf(text, sizeof(text), fmt, value);
	pfb_table_cell(table, "%s", there ? text : "-");
}

static void print_table(const struct report *report, bool write)
{
	static const char * const heads[] = {
		"size", "p2p", "ram", "huge", "bounce", "p2p/ram", "p2p/huge", "p2p/bounce",
	};
	struct pfb_table table;
	unsigned int i;
	char size[32];

	pfb_table_init(&table, ARRAY_SIZE(heads), 2);
	for (i = 0; i < ARRAY_SIZE(heads); i++)
		pfb_table_cell(&table, "%s", heads[i]);
	for (i = 0; i < report->nr_results; i++) {
		const struct pfb_bw_result *result = &report->results[i];

		if (result->write != write)
			continue;
		pfb_table_cell(&table, "%s", pfb_report_size(result->size, size, sizeof(size)));
		cell(&table, true, "%.1f", result->mib_s[PFB_BW_P2P]);
		cell(&table, true, "%.1f", result->mib_s[PFB_BW_RAM]);
		cell(&table, report->huge, "%.1f", result->mib_s[PFB_BW_HUGE]);
		cell(&table, true, "%.1f", result->mib_s[PFB_BW_BOUNCE]);
		cell(&table, true, "%.2f", result->ratio[PFB_BW_RAM]);
		cell(&table, report->huge, "%.2f", result->ratio[PFB_BW_HUGE]);
		cell(&table, true, "%.2f", result->ratio[PFB_BW_BOUNCE]);
	}
	printf("%s, MiB/s:\n", write ? "memory to disk (write)" : "disk to memory (read)");
	if (pfb_table_print(&table))
		fprintf(stderr, "pci-fixed-bars bench: no memory to print the figures\n");
}

static void print_profile(const struct report *report, bool write)
{
	static const char * const heads[] = { "size", "p2p", "ram", "huge", "bounce", "copy alone" };
	struct pfb_table table;
	unsigned int i;
	char size[32];

	pfb_table_init(&table, ARRAY_SIZE(heads), 2);
	for (i = 0; i < ARRAY_SIZE(heads); i++)
		pfb_table_cell(&table, "%s", heads[i]);
	for (i = 0; i < report->nr_results; i++) {
		const struct pfb_bw_result *result = &report->results[i];

		if (result->write != write)
			continue;
		pfb_table_cell(&table, "%s", pfb_report_size(result->size, size, sizeof(size)));
		cell(&table, true, "%.1f", result->cpu_us[PFB_BW_P2P]);
		cell(&table, true, "%.1f", result->cpu_us[PFB_BW_RAM]);
		cell(&table, report->huge, "%.1f", result->cpu_us[PFB_BW_HUGE]);
		cell(&table, true, "%.1f", result->cpu_us[PFB_BW_BOUNCE]);
		cell(&table, true, "%.0f MiB/s", result->copy_mib_s);
	}
	printf("CPU time of a %s, us; and the speed of the bounce's copy alone:\n",
	       write ? "write" : "read");
	if (pfb_table_print(&table))
		fprintf(stderr, "pci-fixed-bars bench: no memory to print the profile\n");
}

static void print_text(const struct report *report, const struct args *args)
{
	bool write = false;

	printf("%s (%s) and bar%u of %s, %u in flight, medians of %u rounds\n", report->disk,
	       report->client, report->p2p->bar, report->provider, args->depth, args->rounds);
	do {
		if (write ? args->write : args->read) {
			print_table(report, write);
			if (args->profile)
				print_profile(report, write);
		}
		write = !write;
	} while (write);
	if (!report->huge)
		printf("huge: no huge pages to be had here (see /sys/kernel/mm/transparent_hugepage/enabled)\n");
	printf("bounce copies through %s. Every byte was compared before and after each measurement.\n",
	       report->p2p->cpu_name);
}

static int measure_all(const struct args *args, struct pfb_bw *bw, struct report *report,
		       struct pfb_error *err)
{
	unsigned int i, write;
	int ret;

	for (write = 0; write < 2; write++) {
		if (!(write ? args->write : args->read))
			continue;
		for (i = 0; i < args->nr_sizes; i++) {
			ret = pfb_bw_measure(bw, write, args->sizes[i],
					     &report->results[report->nr_results], err);
			if (ret)
				return ret;
			report->nr_results++;
		}
	}
	return 0;
}

static int bench(const struct args *args, struct report *report, struct pfb_error *err)
{
	struct pfb_p2p_memory p2p;
	struct pfb_bw bw = {
		.fd = -1,
		.rounds = args->rounds,
		.depth = args->depth,
		.p2p = &p2p,
		.seed = 1,
	};
	unsigned int i;
	int ret;

	for (i = 0; i < args->nr_sizes; i++) {
		if (args->sizes[i] > bw.region)
			bw.region = args->sizes[i];
	}
	bw.region *= args->depth;
	ret = find_ends(args, report->provider, sizeof(report->provider), report->client,
			sizeof(report->client), report->disk, sizeof(report->disk), err);
	if (ret)
		return ret;
	ret = pfb_p2p_memory_open(report->provider, bw.region, &p2p, err);
	if (ret)
		return ret;
	ret = pfb_bw_open_device(report->disk, bw.region, &bw.fd, err);
	if (ret)
		goto err_p2p;

	bw.ram = pfb_bw_alloc_ram(bw.region, false);
	bw.check = pfb_bw_alloc_ram(bw.region, false);
	bw.huge = pfb_bw_alloc_ram(bw.region, true);
	report->p2p = &p2p;
	report->huge = bw.huge;
	if (!bw.ram || !bw.check) {
		ret = pfb_fail(err, -ENOMEM, "no memory for buffers of %zu bytes", bw.region);
		goto err_ram;
	}
	ret = measure_all(args, &bw, report, err);
	if (!ret && args->json)
		print_json(report, args);
	else if (!ret)
		print_text(report, args);
	if (!ret && args->json_file)
		ret = write_json(report, args, err);

err_ram:
	report->p2p = NULL;
	pfb_bw_free_ram(bw.huge, bw.region);
	pfb_bw_free_ram(bw.check, bw.region);
	pfb_bw_free_ram(bw.ram, bw.region);
	close(bw.fd);
err_p2p:
	pfb_p2p_memory_close(&p2p);
	return ret;
}

/**
 * pfb_cmd_bench() - measure P2P bandwidth
 * @argc: number of words
 * @argv: the words
 *
 * Return: an enum pfb_exit.
 */
int pfb_cmd_bench(int argc, char **argv)
{
	struct args args = {
		.sizes = { 4 << 10, 16 << 10, 64 << 10, 256 << 10, 1 << 20, 2 << 20, 4 << 20, 8 << 20 },
		.nr_sizes = 8,
		.rounds = ROUNDS_DEFAULT,
		.depth = 1,
		.read = true,
		.write = true,
	};
	struct report report = { 0 };
	struct pfb_error err = { 0 };
	int ret;

	if (argp_parse(&argp, argc, argv, 0, NULL, &args))
		return PFB_EXIT_USAGE;

	ret = bench(&args, &report, &err);
	if (!ret)
		return PFB_EXIT_GOOD;
	fprintf(stderr, "pci-fixed-bars bench: %s\n", err.text);
	return ret == -EILSEQ ? PFB_EXIT_FAILED : PFB_EXIT_IMPOSSIBLE;
}
