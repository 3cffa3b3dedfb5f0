// SPDX-License-Identifier: GPL-2.0
/*
 * pci-fixed-bars preenum: what a hypervisor with fixed BARs does before it
 * starts a guest, done from outside to a stock QEMU that was started with -S.
 */
#include <argp.h>
#include <inttypes.h>
#include <stdlib.h>

#include <pci_fixed_bars/bar_spec.h>
#include <pci_fixed_bars/manifest.h>
#include <pci_fixed_bars/plan.h>

#include "command.h"
#include "lib/config_access.h"
#include "lib/dtb.h"
#include "lib/enumerate.h"
#include "lib/file.h"
#include "lib/json_fields.h"
#include "lib/prefetchable.h"
#include "lib/program.h"
#include "lib/qmp.h"
#include "lib/qtest.h"
#include "lib/topology_report.h"
#include "lib/window_text.h"

#define OP_TIMEOUT_MS		10000
#define TIMEOUT_S_DEFAULT	60
#define TIMEOUT_S_MAX		3600

/* QEMU's PCI Express expander bridge, as it shows on the bus above. */
#define PXB_VENDOR		0x1b36
#define PXB_PCIE_DEVICE		0x000b

enum {
	OPT_QTEST = 0x100,
	OPT_QMP,
	OPT_DTB,
	OPT_BRIDGE,
	OPT_ECAM,
	OPT_BUSES,
	OPT_IO,
	OPT_MEM32,
	OPT_MEM64,
	OPT_FIXED_BARS,
	OPT_MANIFEST,
	OPT_ONLY_PREFETCHABLE,
	OPT_NO_RESUME,
	OPT_TIMEOUT,
	OPT_JSON,
};

struct args {
	const char *qtest;
	const char *qmp;
	const char *dtb;
	const char *bridge;
	const char *fixed_bars;
	const char *manifest;
	bool only_prefetchable;
	bool no_resume;
	bool json;
	bool has_ecam;
	bool has_details;		/* --buses, --io, --mem32, --mem64 */
	unsigned int timeout_s;
	struct pfb_dtb_ecam ecam;
};

static const struct argp_option options[] = {
	{ "qtest", OPT_QTEST, "SOCKET", 0, "QEMU's qtest socket: -qtest unix:SOCKET,server=on,wait=off", 0 },
	{ "qmp", OPT_QMP, "SOCKET", 0, "QEMU's QMP socket: -qmp unix:SOCKET,server=on,wait=off", 0 },
	{ NULL, 0, NULL, 0, "Where the host bridge is:", 1 },
	{ "dtb", OPT_DTB, "FILE", 0, "From this device tree: -M virt,...,dumpdtb=FILE", 1 },
	{ "bridge", OPT_BRIDGE, "PATH", 0, "This node of it only (default: every host bridge)", 1 },
	{ "ecam", OPT_ECAM, "ADDRESS", 0, "Or by hand: address of the configuration space", 2 },
	{ "buses", OPT_BUSES, "FIRST-LAST", 0, "Bus numbers, hexadecimal (default 00-ff)", 2 },
	{ "io", OPT_IO, "BASE:SIZE", 0, "I/O ports", 2 },
	{ "mem32", OPT_MEM32, "BASE:SIZE", 0, "Memory window below 4 GiB", 2 },
	{ "mem64", OPT_MEM64, "BASE:SIZE", 0, "64-bit memory window", 2 },
	{ NULL, 0, NULL, 0, "What has to be where:", 3 },
	{ "fixed-bars", OPT_FIXED_BARS, "LIST", 0,
	  "PATH=barN@ADDRESS[,barM@ADDRESS][;...]", 3 },
	{ "manifest", OPT_MANIFEST, "FILE", 0, "Binary manifest (pci-fixed-bars manifest build)", 3 },
	{ "only-prefetchable", OPT_ONLY_PREFETCHABLE, NULL, 0,
	  "Bus numbers, 64-bit prefetchable BARs and their windows only, as a QEMU with fixed BARs does; the kernel has to place the rest",
	  3 },
	{ NULL, 0, NULL, 0, "Other:", 4 },
	{ "no-resume", OPT_NO_RESUME, NULL, 0, "Leave the machine paused", 4 },
	{ "timeout", OPT_TIMEOUT, "SECONDS", 0, "Give up after this long (default 60)", 4 },
	{ "json", OPT_JSON, NULL, 0, "Print what was programmed as JSON", 4 },
	{ 0 }
};

static u64 parse_number(struct argp_state *state, const char *option, const char *text,
			char **end)
{
	u64 value;

	errno = 0;
	value = strtoull(text, end, 0);
	if (*end == text || errno || *text == '-' || *text == '+')
		argp_error(state, "--%s: expected a number, got '%s'", option, text);
	return value;
}

static void parse_window(struct argp_state *state, const char *option, const char *text,
			 enum pfb_window_kind kind)
{
	struct args *args = state->input;
	struct pfb_error err;

	args->has_details = true;
	if (pfb_window_text_parse(text, kind == PFB_WINDOW_PREF ? UINT64_MAX : UINT32_MAX,
				  &args->ecam.root.windows[kind], &err))
		argp_error(state, "--%s: %s", option, err.text);
}

static void parse_buses(struct argp_state *state, const char *text)
{
	struct args *args = state->input;
	unsigned int first, last;
	int used = 0;

	args->has_details = true;
	if (sscanf(text, "%2x-%2x%n", &first, &last, &used) != 2 || text[used] || first > last)
		argp_error(state, "--buses: expected FIRST-LAST such as 00-ff, got '%s'", text);
	args->ecam.root.bus = (u8)first;
	args->ecam.root.last_bus = (u8)last;
}

static void check_args(struct argp_state *state, const struct args *args)
{
	u64 area = (u64)(args->ecam.root.last_bus - args->ecam.root.bus + 1) << 20, end;

	if (!args->qtest || !args->qmp)
		argp_error(state, "--qtest and --qmp are both needed");
	if (!args->dtb == !args->has_ecam)
		argp_error(state, "either --dtb or --ecam is needed, to find the host bridge");
	if (args->dtb && args->has_details)
		argp_error(state, "--buses, --io, --mem32 and --mem64 go with --ecam; --dtb states them itself");
	if (args->bridge && !args->dtb)
		argp_error(state, "--bridge goes with --dtb");
	if (check_add_overflow(args->ecam.ecam_base, area - 1, &end))
		argp_error(state, "--ecam: the area wraps around");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *args = state->input;
	char *end;
	u64 value;

	switch (key) {
	case OPT_QTEST:
		args->qtest = arg;
		break;
	case OPT_QMP:
		args->qmp = arg;
		break;
	case OPT_DTB:
		args->dtb = arg;
		break;
	case OPT_BRIDGE:
		args->bridge = arg;
		break;
	case OPT_ECAM:
		args->ecam.ecam_base = parse_number(state, "ecam", arg, &end);
		if (*end || args->ecam.ecam_base & 0xfffff)
			argp_error(state, "--ecam: expected an address that is aligned to 1 MiB, got '%s'",
				   arg);
		args->has_ecam = true;
		break;
	case OPT_BUSES:
		parse_buses(state, arg);
		break;
	case OPT_IO:
		parse_window(state, "io", arg, PFB_WINDOW_IO);
		break;
	case OPT_MEM32:
		parse_window(state, "mem32", arg, PFB_WINDOW_MEM);
		break;
	case OPT_MEM64:
		parse_window(state, "mem64", arg, PFB_WINDOW_PREF);
		break;
	case OPT_FIXED_BARS:
		args->fixed_bars = arg;
		break;
	case OPT_MANIFEST:
		args->manifest = arg;
		break;
	case OPT_ONLY_PREFETCHABLE:
		args->only_prefetchable = true;
		break;
	case OPT_NO_RESUME:
		args->no_resume = true;
		break;
	case OPT_TIMEOUT:
		value = parse_number(state, "timeout", arg, &end);
		if (*end || !value || value > TIMEOUT_S_MAX)
			argp_error(state, "--timeout: expected 1 to %u seconds, got '%s'",
				   TIMEOUT_S_MAX, arg);
		args->timeout_s = (unsigned int)value;
		break;
	case OPT_JSON:
		args->json = true;
		break;
	case ARGP_KEY_END:
		check_args(state, args);
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.doc = "Give a paused QEMU's PCI functions their bus numbers and addresses before its CPUs run, with chosen BARs at chosen addresses; read everything back, print it, and let the machine run."
	       "\v"
	       "QEMU has to be started with -S, and the kernel booted with a device tree whose flags make it keep what it finds (pci-fixed-bars dtb --pci-enum-done --probe-only). Memory and I/O decode are switched on where they are used, and bus mastering on bridges, as firmware does; expansion ROMs and VFs stay off. A reset of the machine undoes all of it: use -no-reboot.\n\n"
	       "With --only-prefetchable nothing else is written, and decode stays off, because a function that decodes would answer at the addresses of its unassigned BARs too.\n\n"
	       "When anything goes wrong the machine is not resumed. Start it anew then: what was written so far stays.",
};

/* The declarations, from wherever. */
struct wishes {
	struct pfb_declaration *decls;
	size_t nr;
	size_t max;
};

static int add_wish(void *ctx, const struct pfb_declaration *decl, struct pfb_error *err)
{
	struct wishes *wishes = ctx;

	if (wishes->nr == wishes->max) {
		size_t max = wishes->max ? 2 * wishes->max : 16;
		struct pfb_declaration *more = realloc(wishes->decls, max * sizeof(*more));

		if (!more)
			return pfb_fail(err, -ENOMEM, "no memory for %zu declarations", max);
		wishes->decls = more;
		wishes->max = max;
	}
	wishes->decls[wishes->nr++] = *decl;
	return 0;
}

static int read_manifest(const char *path, struct wishes *wishes, struct pfb_error *err)
{
	struct pfb_error inner;
	size_t size;
	void *data;
	int ret;

	ret = pfb_file_read(path, PFB_MANIFEST_SIZE_MAX, &data, &size, err);
	if (ret)
		return ret;
	ret = pfb_manifest_parse(data, size, PFB_SOURCE_FIRMWARE_FILE, add_wish, wishes, &inner);
	free(data);
	return ret ? pfb_fail(err, ret, "%s: %s", path, inner.text) : 0;
}

static int read_wishes(const struct args *args, struct wishes *wishes, struct pfb_error *err)
{
	int ret;

	if (args->fixed_bars) {
		ret = pfb_bar_spec_parse(args->fixed_bars, strlen(args->fixed_bars), add_wish,
					 wishes, err);
		if (ret)
			return ret;
	}
	if (args->manifest)
		return read_manifest(args->manifest, wishes, err);
	return 0;
}

/* The BARs that have to be somewhere, as the planner takes them. */
struct fixed {
	struct pfb_plan_fixed *list;
	u32 nr;
};

static int add_fixed(struct fixed *fixed, u32 function, const struct pfb_declared_bar *bar,
		     const char *where, struct pfb_error *err)
{
	u32 i;

	for (i = 0; i < fixed->nr; i++) {
		const struct pfb_plan_fixed *had = &fixed->list[i];

		if (had->function != function || had->bar != bar->index)
			continue;
		if (had->address == bar->gpa)
			return 0;
		return pfb_fail(err, -EINVAL, "%s %s: declared at 0x%" PRIx64 " and at 0x%" PRIx64 "; keep one",
				where, pfb_bar_index_name(bar->index), had->address, bar->gpa);
	}
	fixed->list[fixed->nr++] = (struct pfb_plan_fixed) {
		.function = function,
		.bar = bar->index,
		.address = bar->gpa,
	};
	return 0;
}

static int resolve_one(const struct pfb_topology *top, const struct pfb_declaration *decl,
		       bool only_prefetchable, struct fixed *fixed, struct pfb_error *err)
{
	char where[PFB_PATH_TEXT_MAX];
	const struct pfb_function *fn;
	u32 index;
	u8 i;
	int ret;

	pfb_path_format(&decl->path, where, sizeof(where));
	index = pfb_topology_find(top, &decl->path);
	if (index == PFB_NO_FUNCTION)
		return pfb_fail(err, -ENODEV, "%s: there is no such function in this machine; without --fixed-bars and with --no-resume this command lists them",
				where);
	fn = &top->functions[index];
	if ((decl->vendor != PFB_ANY_ID && decl->vendor != fn->vendor) ||
	    (decl->device != PFB_ANY_ID && decl->device != fn->device))
		return pfb_fail(err, -EINVAL, "%s: declared to be %04x:%04x, but %04x:%04x sits there",
				where, decl->vendor, decl->device, fn->vendor, fn->device);

	for (i = 0; i < decl->nr_bars; i++) {
		const struct pfb_declared_bar *bar = &decl->bars[i];
		u64 size = fn->bars[bar->index].size;

		if (!size)
			return pfb_fail(err, -EINVAL, "%s: declares %s, which %04x:%04x does not have",
					where, pfb_bar_index_name(bar->index), fn->vendor, fn->device);
		if (bar->size && bar->size != size)
			return pfb_fail(err, -EINVAL, "%s %s: declared with size 0x%" PRIx64 ", it has 0x%" PRIx64,
					where, pfb_bar_index_name(bar->index), bar->size, size);
		if (only_prefetchable && !pfb_bar_is_prefetchable64(&fn->bars[bar->index]))
			return pfb_fail(err, -EINVAL, "%s %s: is no 64-bit prefetchable BAR, which --only-prefetchable leaves to the kernel; give one or the other",
					where, pfb_bar_index_name(bar->index));
		ret = add_fixed(fixed, index, bar, where, err);
		if (ret)
			return ret;
	}
	return 0;
}

static int resolve(const struct pfb_topology *top, const struct wishes *wishes,
		   bool only_prefetchable, struct fixed *fixed, struct pfb_error *err)
{
	size_t i, bars = 0;
	int ret;

	for (i = 0; i < wishes->nr; i++)
		bars += wishes->decls[i].nr_bars;
	fixed->list = calloc(bars + 1, sizeof(*fixed->list));
	if (!fixed->list)
		return pfb_fail(err, -ENOMEM, "no memory for %zu fixed BARs", bars);

	for (i = 0; i < wishes->nr; i++) {
		ret = resolve_one(top, &wishes->decls[i], only_prefetchable, fixed, err);
		if (ret)
			return ret;
	}
	return 0;
}

static int plan(struct pfb_topology *top, const struct wishes *wishes,
		bool only_prefetchable, struct fixed *fixed, struct pfb_error *err)
{
	void *scratch;
	int ret;

	ret = pfb_plan_bus_numbers(top, err);
	if (ret)
		return ret;
	ret = resolve(top, wishes, only_prefetchable, fixed, err);
	if (ret)
		return ret;

	scratch = malloc(pfb_plan_scratch_size(top, fixed->nr) + 1);
	if (!scratch)
		return pfb_fail(err, -ENOMEM, "no memory to plan with");
	if (only_prefetchable)
		ret = pfb_plan_prefetchable(top, fixed->list, fixed->nr, scratch, err);
	else
		ret = pfb_plan_addresses(top, fixed->list, fixed->nr, scratch, err);
	free(scratch);
	if (ret)
		return ret;
	return pfb_topology_check(top, err);
}

/* The host bridges, by ascending segment and bus, and how each is reached. */
struct host_bridges {
	unsigned int nr;
	struct pfb_root roots[PFB_DTB_BRIDGES_MAX];
	struct pfb_ecam ecams[PFB_DTB_BRIDGES_MAX];
	struct pfb_config_space spaces[PFB_DTB_BRIDGES_MAX];
};

static u32 root_key(const struct pfb_root *root)
{
	return (u32)root->segment << 8 | root->bus;
}

static void add_host_bridge(struct host_bridges *hosts, const struct pfb_dtb_ecam *ecam)
{
	unsigned int at = hosts->nr;

	for (; at && root_key(&hosts->roots[at - 1]) > root_key(&ecam->root); at--) {
		hosts->roots[at] = hosts->roots[at - 1];
		hosts->ecams[at] = hosts->ecams[at - 1];
	}
	hosts->roots[at] = ecam->root;
	hosts->ecams[at] = (struct pfb_ecam) {
		.base = ecam->ecam_base,
		.first_bus = ecam->root.bus,
		.last_bus = ecam->root.last_bus,
	};
	hosts->nr++;
}

static int check_host_bridges(const struct host_bridges *hosts, struct pfb_error *err)
{
	unsigned int i;

	for (i = 1; i < hosts->nr; i++) {
		const struct pfb_root *below = &hosts->roots[i - 1], *root = &hosts->roots[i];

		if (below->segment == root->segment && below->last_bus >= root->bus)
			return pfb_fail(err, -EINVAL, "two PCI host bridges of segment %04x have buses %02x-%02x and %02x-%02x, expected none in both; choose one with --bridge",
					root->segment, below->bus, below->last_bus, root->bus,
					root->last_bus);
	}
	return 0;
}

static int read_host_bridges(const struct args *args, const struct pfb_dtb *dtb,
			     struct pfb_dtb_bridges *bridges, struct host_bridges *hosts,
			     struct pfb_error *err)
{
	struct pfb_dtb_ecam ecam;
	unsigned int i;
	int ret;

	ret = pfb_dtb_host_bridges(dtb, bridges, err);
	if (ret)
		return ret;
	if (args->bridge) {
		snprintf(bridges->path[0], sizeof(bridges->path[0]), "%s", args->bridge);
		bridges->nr = 1;
	}
	if (!bridges->nr)
		return pfb_fail(err, -ENOENT, "no PCI host bridge in it (a node of device_type \"pci\")");
	for (i = 0; i < bridges->nr; i++) {
		ret = pfb_dtb_ecam(dtb, bridges->path[i], &ecam, err);
		if (ret)
			return ret;
		add_host_bridge(hosts, &ecam);
	}
	return check_host_bridges(hosts, err);
}

static int find_host_bridges(const struct args *args, struct host_bridges *hosts,
			     struct pfb_error *err)
{
	struct pfb_dtb_bridges *bridges;
	struct pfb_dtb dtb;
	int ret;

	if (!args->dtb) {
		add_host_bridge(hosts, &args->ecam);
		return 0;
	}
	bridges = malloc(sizeof(*bridges));
	if (!bridges)
		return pfb_fail(err, -ENOMEM, "no memory for a list of host bridges");
	ret = pfb_dtb_load(args->dtb, &dtb, err);
	if (!ret) {
		ret = read_host_bridges(args, &dtb, bridges, hosts, err);
		if (ret)
			pfb_file_fail(err, ret, args->dtb);
		pfb_dtb_free(&dtb);
	}
	free(bridges);
	return ret;
}

static int check_prelaunch(struct pfb_line_socket *qmp, struct pfb_error *err)
{
	char status[PFB_QMP_STATUS_MAX];
	int ret;

	ret = pfb_qmp_status(qmp, status, err);
	if (ret)
		return ret;
	if (strcmp(status, "prelaunch"))
		return pfb_fail(err, -EBUSY, "the machine is '%s', expected 'prelaunch': its CPUs must not have run; start QEMU with -S",
				status);
	return 0;
}

static void report(const struct args *args, const struct pfb_topology *top,
		   const struct fixed *fixed, u64 took_ms)
{
	struct json_object *json;

	if (!args->json) {
		pfb_report_text(stdout, top, fixed->list, fixed->nr);
		printf("%u functions programmed and read back, %u BARs fixed, in %" PRIu64 " ms; the machine %s\n",
		       top->nr_functions, fixed->nr, took_ms,
		       args->no_resume ? "stays paused" : "runs");
		return;
	}
	json = pfb_report_json(top, fixed->list, fixed->nr);
	pfb_json_bool(json, "only_prefetchable", args->only_prefetchable);
	pfb_json_bool(json, "resumed", !args->no_resume);
	pfb_json_number(json, "milliseconds", (long long)took_ms);
	if (pfb_json_print(json))
		fprintf(stderr, "pci-fixed-bars preenum: no memory to print what was programmed\n");
}

/* A root bus that nobody stated: what is on it would go without addresses. */
static int check_expanders(const struct args *args, const struct pfb_topology *top,
			   struct pfb_error *err)
{
	u32 nr = 0, i;

	for (i = 0; i < top->nr_functions; i++)
		nr += top->functions[i].vendor == PXB_VENDOR &&
		      top->functions[i].device == PXB_PCIE_DEVICE;
	/* Who names one host bridge leaves the others to somebody else. */
	if (nr < top->nr_roots || args->bridge || !args->dtb)
		return 0;
	return pfb_fail(err, -ENODEV, "%u pxb-pcie, expected %u, one for each further host bridge: the device tree does not have all their buses; add them with pci-fixed-bars dtb --pxb BUS_NR, boot with that device tree and name it with --dtb",
			nr, top->nr_roots - 1);
}

/* All that is written to the machine; it does not run before the end of this. */
static int preenumerate(const struct args *args, struct host_bridges *hosts,
			struct pfb_line_socket *qtest, struct pfb_topology *top,
			const struct wishes *wishes, struct fixed *fixed,
			struct pfb_error *err)
{
	enum pfb_program_scope scope = args->only_prefetchable ? PFB_PROGRAM_PREFETCHABLE :
								 PFB_PROGRAM_ALL;
	u32 root;
	int ret;

	for (root = 0; root < top->nr_roots; root++) {
		u32 before = top->nr_functions;

		hosts->ecams[root].qtest = qtest;
		pfb_ecam_config_space(&hosts->ecams[root], top->roots[root].segment,
				      &hosts->spaces[root]);
		ret = pfb_enumerate(&hosts->spaces[root], top, root, err);
		if (ret)
			return ret;
		if (top->nr_functions == before)
			return pfb_fail(err, -ENODEV, "no PCI function at ECAM address 0x%" PRIx64 ": does the device tree belong to this machine (same -M options, a pxb-pcie for each dtb --pxb)?",
					hosts->ecams[root].base);
	}
	ret = check_expanders(args, top, err);
	if (!ret)
		ret = plan(top, wishes, args->only_prefetchable, fixed, err);
	for (root = 0; !ret && root < top->nr_roots; root++)
		ret = pfb_program(&hosts->spaces[root], top, root, scope, err);
	for (root = 0; !ret && root < top->nr_roots; root++)
		ret = pfb_program_verify(&hosts->spaces[root], top, root, scope, err);
	return ret;
}

/* How far it got: what a failure leaves behind. */
enum progress {
	UNTOUCHED,
	PAUSED,			/* seen paused, and may have been written to */
	RESUMED,		/* told to run */
};

static int run(const struct args *args, enum progress *progress, struct pfb_error *err)
{
	u64 start = pfb_now_ms(), deadline = start + args->timeout_s * 1000ULL;
	struct pfb_line_socket *qtest, *qmp;
	struct wishes wishes = { 0 };
	struct fixed fixed = { 0 };
	struct host_bridges *hosts;
	struct pfb_topology top = { 0 };
	int ret;

	qtest = malloc(sizeof(*qtest));
	qmp = malloc(sizeof(*qmp));
	hosts = calloc(1, sizeof(*hosts));
	if (!qtest || !qmp || !hosts) {
		ret = pfb_fail(err, -ENOMEM, "no memory for two connections");
		goto err_free;
	}
	ret = find_host_bridges(args, hosts, err);
	top.roots = hosts->roots;
	top.nr_roots = hosts->nr;
	top.max_roots = hosts->nr;
	if (!ret)
		ret = read_wishes(args, &wishes, err);
	if (ret)
		goto err_free;

	/* QEMU greets when all devices are there, and vfio-pci pins the VM's whole memory first. */
	ret = pfb_qmp_open(qmp, args->qmp, args->timeout_s * 1000, deadline, err);
	if (ret)
		goto err_free;
	ret = check_prelaunch(qmp, err);
	if (ret)
		goto err_qmp;
	ret = pfb_qtest_open(qtest, args->qtest, OP_TIMEOUT_MS, deadline, err);
	if (ret)
		goto err_qmp;

	*progress = PAUSED;
	ret = preenumerate(args, hosts, qtest, &top, &wishes, &fixed, err);
	/* Nobody else may have let it run meanwhile. */
	if (!ret)
		ret = check_prelaunch(qmp, err);
	if (!ret && !args->no_resume) {
		*progress = RESUMED;
		ret = pfb_qmp_continue(qmp, err);
	}
	if (!ret)
		report(args, &top, &fixed, pfb_now_ms() - start);

	pfb_line_socket_close(qtest);
err_qmp:
	pfb_line_socket_close(qmp);
err_free:
	pfb_enumerate_free(&top);
	free(fixed.list);
	free(wishes.decls);
	free(hosts);
	free(qmp);
	free(qtest);
	return ret;
}

/**
 * pfb_cmd_preenum() - enumerate a paused QEMU's PCI functions as firmware would
 * @argc: number of words
 * @argv: the words
 *
 * Return: an enum pfb_exit.
 */
int pfb_cmd_preenum(int argc, char **argv)
{
	struct args args = {
		.timeout_s = TIMEOUT_S_DEFAULT,
		.ecam.root.last_bus = 0xff,
	};
	struct pfb_error err = { 0 };
	enum progress progress = UNTOUCHED;
	unsigned int i;
	int ret;

	for (i = 0; i < PFB_NR_WINDOWS; i++)
		args.ecam.root.windows[i] = (struct pfb_window) { .base = 1, .limit = 0 };
	if (argp_parse(&argp, argc, argv, 0, NULL, &args))
		return PFB_EXIT_USAGE;

	ret = run(&args, &progress, &err);
	if (!ret)
		return PFB_EXIT_GOOD;

	fprintf(stderr, "pci-fixed-bars preenum: %s\n", err.text);
	if (progress == RESUMED)
		fprintf(stderr, "The machine was told to run; whether it does is not known.\n");
	else if (progress == UNTOUCHED)
		fprintf(stderr, "Nothing was written to the machine.\n");
	else if (ret != -EPIPE && ret != -ECONNRESET)
		fprintf(stderr, "The machine was not resumed: it stays paused. Start it anew.\n");
	return ret == -EIO ? PFB_EXIT_FAILED : PFB_EXIT_IMPOSSIBLE;
}
