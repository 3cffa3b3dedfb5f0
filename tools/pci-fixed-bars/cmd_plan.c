// SPDX-License-Identifier: GPL-2.0
/* pci-fixed-bars plan: from a captured host, the VM that mirrors it. */
#include <argp.h>
#include <stdlib.h>

#include "command.h"
#include "lib/capture.h"
#include "lib/file.h"
#include "lib/json_fields.h"
#include "lib/vm_emit.h"
#include "lib/vm_plan.h"
#include "lib/vm_stand_ins.h"
#include "lib/window_text.h"
#include "view.h"

enum {
	OPT_MACHINE = 0x100,
	OPT_WINDOW64,
	OPT_ALLOW_INDIRECT,
	OPT_EXPLAIN,
	OPT_JSON,
	OPT_SVG,
	OPT_MANIFEST,
	OPT_EMIT,
	OPT_STAND_INS,
	OPT_DTB,
	OPT_NAME,
};

enum writer {
	WRITE_QEMU,
	WRITE_LIBVIRT,
	WRITE_DTB,
};

static const struct format {
	const char *name;
	enum writer writer;
	enum pfb_vm_dialect dialect;
} formats[] = {
	{ "qemu", WRITE_QEMU, PFB_VM_STOCK },
	{ "qemu-rfc", WRITE_QEMU, PFB_VM_FIXED_BARS },
	{ "qemu-fixed-bar-n", WRITE_QEMU, PFB_VM_FIXED_BAR_N },
	{ "libvirt", WRITE_LIBVIRT, PFB_VM_STOCK },
	{ "libvirt-rfc", WRITE_LIBVIRT, PFB_VM_FIXED_BARS },
	{ "libvirt-fixed-bar-n", WRITE_LIBVIRT, PFB_VM_FIXED_BAR_N },
	{ "dtb", WRITE_DTB, PFB_VM_STOCK },
};

/**
 * struct names - functions as the operator names them
 * @list: BDFs and paths
 * @nr: how many
 */
struct names {
	const char *list[PFB_VM_ASSIGNED_MAX];
	u32 nr;
};

struct args {
	const char *input;
	struct names assigned;
	struct names providers;
	const char *machine;
	struct pfb_window window64;
	bool has_window64;
	bool allow_indirect;
	bool explain;
	bool json;
	const char *svg;
	const char *manifest;
	const struct format *emit;
	const char *output;
	bool stand_ins;
	const char *dtb;
	const char *name;
};

static const struct argp_option options[] = {
	{ NULL, 0, NULL, 0, "What the VM gets:", 1 },
	{ "assign", 'a', "FUNCTION[,...]", 0,
	  "Assign these functions of the host: BDFs or paths; may be repeated", 1 },
	{ "provider", 'p', "FUNCTION[,...]", 0,
	  "These provide their BARs to peers, too. GPUs, accelerators and memory controllers always do", 1 },
	{ "machine", OPT_MACHINE, "virt|q35", 0, "QEMU's machine (default: virt)", 1 },
	{ "window64", OPT_WINDOW64, "BASE:SIZE", 0,
	  "The guest's 64-bit window (default: the smallest of 'virt' that holds all fixed BARs; what OVMF makes of 48 address bits on 'q35')", 1 },
	{ "allow-indirect", OPT_ALLOW_INDIRECT, NULL, 0,
	  "Plan although a function has no peer that the host's switches let it reach", 1 },
	{ "stand-ins", OPT_STAND_INS, NULL, 0,
	  "A dry run: memory of ivshmem-plain for fixed BARs, NVMe controllers for clients, nothing of the host", 1 },
	{ NULL, 0, NULL, 0, "What is written:", 2 },
	{ "explain", OPT_EXPLAIN, NULL, 0, "Tell why each BAR is where it is", 2 },
	{ "json", OPT_JSON, NULL, 0, "Print JSON instead of a tree", 2 },
	{ "svg", OPT_SVG, "FILE", 0, "Draw it as SVG", 2 },
	{ "manifest", OPT_MANIFEST, "FILE", 0, "Write the binary manifest that the VM is given", 2 },
	{ "emit", OPT_EMIT, "FORMAT", 0,
	  "Write what starts the VM: qemu (stock QEMU), qemu-rfc (fixed-bars=, pci-pre-enum=on, pcie-mmio-window=), qemu-fixed-bar-n (the same with fixed-bar-N=), libvirt, libvirt-rfc, libvirt-fixed-bar-n, or dtb", 2 },
	{ "output", 'o', "PATH", 0,
	  "Where to: for qemu and libvirt a folder with all that is needed, for dtb a file. Without it, QEMU's arguments one a line, or the domain's XML, on standard output", 2 },
	{ "dtb", OPT_DTB, "FILE", 0,
	  "For --emit dtb: the device tree that QEMU dumped of the machine (-machine ...,dumpdtb=FILE)", 2 },
	{ "name", OPT_NAME, "NAME", 0,
	  "For --emit libvirt: the domain's name, printable ASCII without ',' and '/' (default: planned)", 2 },
	{ 0 }
};

/* @text is a word of the command line, which stays as long as the program runs. */
static void add_names(struct argp_state *state, struct names *names, const char *option, char *text)
{
	char *name;

	while ((name = strsep(&text, ","))) {
		if (!*name)
			argp_error(state, "--%s: an empty name; expected FUNCTION[,FUNCTION...]", option);
		else if (names->nr == ARRAY_SIZE(names->list))
			argp_error(state, "--%s: more than %u functions", option,
				   PFB_VM_ASSIGNED_MAX);
		else
			names->list[names->nr++] = name;
	}
}

static bool is_stdout(const char *path)
{
	return path && !strcmp(path, "-");
}

/* Only one thing can be written to standard output; the tree is when nothing else is. */
static unsigned int count_stdout(const struct args *args)
{
	return args->json + is_stdout(args->svg) + is_stdout(args->manifest) +
	       (args->emit && (!args->output || is_stdout(args->output)));
}

static void check_emit(struct argp_state *state, const struct args *args)
{
	enum writer writer = args->emit ? args->emit->writer : WRITE_QEMU;

	if (args->output && !args->emit)
		argp_error(state, "--output goes with --emit");
	if (args->dtb && writer != WRITE_DTB)
		argp_error(state, "--dtb goes with --emit dtb");
	if (args->name && writer != WRITE_LIBVIRT)
		argp_error(state, "--name goes with --emit libvirt");
	if (writer == WRITE_DTB && !args->dtb)
		argp_error(state, "--emit dtb: name the device tree that QEMU dumped with --dtb");
	if (writer != WRITE_DTB && is_stdout(args->output))
		argp_error(state, "--output: a folder; without it, standard output is written to");
}

static const struct format *find_format(struct argp_state *state, const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(formats); i++)
		if (!strcmp(name, formats[i].name))
			return &formats[i];
	argp_error(state, "--emit: expected qemu, qemu-rfc, qemu-fixed-bar-n, libvirt, libvirt-rfc, libvirt-fixed-bar-n or dtb, got '%s'",
		   name);
	return NULL;
}

static void check_args(struct argp_state *state, const struct args *args)
{
	if (!args->input)
		argp_error(state, "name the capture, or - for standard input");
	if (!args->assigned.nr)
		argp_error(state, "name the functions to assign with --assign");
	if (count_stdout(args) > 1)
		argp_error(state, "only one of --json, --svg -, --manifest - and --emit without a folder can be written to standard output");
	if (args->explain && count_stdout(args))
		argp_error(state, "--explain goes with the tree; --json always explains");
	check_emit(state, args);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *args = state->input;
	struct pfb_error err;

	switch (key) {
	case 'a':
		add_names(state, &args->assigned, "assign", arg);
		return 0;
	case 'p':
		add_names(state, &args->providers, "provider", arg);
		return 0;
	case OPT_MACHINE:
		if (strcmp(arg, "virt") && strcmp(arg, "q35"))
			argp_error(state, "--machine: expected virt or q35, got '%s'", arg);
		args->machine = arg;
		return 0;
	case OPT_WINDOW64:
		args->has_window64 = true;
		if (pfb_window_text_parse(arg, UINT64_MAX, &args->window64, &err))
			argp_error(state, "--window64: %s", err.text);
		return 0;
	case OPT_ALLOW_INDIRECT:
		args->allow_indirect = true;
		return 0;
	case OPT_EXPLAIN:
		args->explain = true;
		return 0;
	case OPT_JSON:
		args->json = true;
		return 0;
	case OPT_SVG:
		args->svg = arg;
		return 0;
	case OPT_MANIFEST:
		args->manifest = arg;
		return 0;
	case OPT_EMIT:
		args->emit = find_format(state, arg);
		return 0;
	case 'o':
		args->output = arg;
		return 0;
	case OPT_STAND_INS:
		args->stand_ins = true;
		return 0;
	case OPT_DTB:
		args->dtb = arg;
		return 0;
	case OPT_NAME:
		args->name = arg;
		return 0;
	case ARGP_KEY_ARG:
		if (args->input)
			argp_error(state, "'%s' is one word too many", arg);
		args->input = arg;
		return 0;
	case ARGP_KEY_END:
		check_args(state, args);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "CAPTURE",
	.doc = "Plan a VM that mirrors a captured host, so that P2P between what is assigned works as it does there."
	       "\v"
	       "CAPTURE is the host's topology as JSON; - is standard input. Functions that share a "
	       "switch there share one in the VM. 64-bit prefetchable BARs of providers get the address "
	       "that they have on the host, everything else is packed around them. The host's switches "
	       "and ACS settings decide who reaches whom: 'direct', or 'direct-translated' where only "
	       "ATS-translated requests are routed by the switch. Functions of one clique may use P2P.\n\n"
	       "The machine is not touched, and nothing is written unless the whole plan is good.\n\n"
	       "With --emit qemu -o DIR, 'sh DIR/run -m 16G -smp 8 -kernel ...' starts the VM: on 'virt' it "
	       "has pci-fixed-bars write bus numbers, BARs and windows before the CPUs run; on 'q35' firmware "
	       "places them, and the guest's module moves them (policy=enforce).\n\n"
	       "Exit status: 0 planned, 1 refused, because P2P would break or an address cannot be given, "
	       "2 wrong usage, 3 the capture cannot be read or does not say what is needed, or the format "
	       "cannot say what was planned.",
};

static int write_svg(const struct args *args, const struct pfb_vm_plan *plan, struct pfb_error *err)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	int ret;

	if (!out)
		return pfb_fail(err, -ENOMEM, "out of memory");
	ret = pfb_vm_svg(out, plan, err);
	if (fclose(out) && !ret)
		ret = pfb_fail(err, -ENOMEM, "out of memory");
	if (!ret)
		ret = pfb_file_write(args->svg, text, size, err);
	free(text);
	return ret;
}

static int write_manifest(const struct args *args, const struct pfb_vm_plan *plan,
			  struct pfb_error *err)
{
	size_t size;
	void *data;
	int ret;

	ret = pfb_vm_plan_manifest(plan, &data, &size, err);
	if (ret)
		return ret;
	ret = pfb_file_write(args->manifest, data, size, err);
	free(data);
	return ret;
}

static int write_dtb(const struct args *args, const struct pfb_vm_plan *plan, struct pfb_error *err)
{
	struct pfb_dtb dtb;
	int ret;

	ret = pfb_dtb_load(args->dtb, &dtb, err);
	if (ret)
		return ret;
	ret = pfb_vm_emit_dtb(plan, &dtb, err);
	if (ret)
		pfb_file_fail(err, ret, args->dtb);
	else
		ret = pfb_dtb_store(&dtb, args->output ? args->output : "-", err);
	pfb_dtb_free(&dtb);
	return ret;
}

/* To standard output, all or nothing. */
static int write_text(const struct args *args, const struct pfb_vm_emit *emit, struct pfb_error *err)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	int ret;

	if (!out)
		return pfb_fail(err, -ENOMEM, "out of memory");
	if (args->emit->writer == WRITE_LIBVIRT)
		ret = pfb_vm_emit_libvirt(out, emit, err);
	else
		ret = pfb_vm_emit_lines(out, emit, err);
	if (fclose(out) && !ret)
		ret = pfb_fail(err, -ENOMEM, "out of memory");
	if (!ret)
		ret = pfb_file_write("-", text, size, err);
	free(text);
	return ret;
}

static int write_emit(const struct args *args, const struct pfb_vm_plan *plan,
		      struct pfb_error *err)
{
	struct pfb_vm_emit emit = {
		.plan = plan, .dialect = args->emit->dialect, .name = args->name,
	};
	char *manifest = NULL;
	int ret;

	if (args->emit->writer == WRITE_DTB)
		return write_dtb(args, plan, err);
	if (args->output)
		return pfb_vm_emit_folder(&emit, args->emit->writer == WRITE_LIBVIRT, args->output,
					  err);
	/* QEMU may be started in another folder. */
	if (args->manifest) {
		manifest = realpath(args->manifest, NULL);
		if (!manifest)
			return pfb_fail(err, -errno, "%s: %s", args->manifest, strerror(errno));
		emit.manifest = manifest;
	} else {
		fprintf(stderr, "note: the guest gets no manifest: name a file with --manifest, or a folder with --output\n");
	}
	ret = write_text(args, &emit, err);
	free(manifest);
	return ret;
}

/* Files first: a report on the terminal then says that they are there. */
static int write_all(const struct args *args, const struct pfb_vm_plan *plan,
		     struct pfb_error *err)
{
	int ret = 0;

	if (args->manifest)
		ret = write_manifest(args, plan, err);
	if (!ret && args->svg)
		ret = write_svg(args, plan, err);
	if (!ret && args->emit)
		ret = write_emit(args, plan, err);
	if (ret)
		return ret;
	if (args->json && pfb_json_print(pfb_vm_plan_json(plan)))
		return pfb_fail(err, -ENOMEM, "out of memory");
	if (!count_stdout(args))
		pfb_vm_tree(stdout, plan, args->explain);
	return 0;
}

/* Why, and with what the whole plan has of pairs: mending one may not suffice. */
static int refuse(const char *who, const struct pfb_vm_plan *plan, int ret,
		  const struct pfb_error *err)
{
	pfb_complain(who, "%s", err->text);
	switch (ret) {
	case -EINVAL:
		return PFB_EXIT_USAGE;
	case -EXDEV:
		if (plan->nr_pairs) {
			fprintf(stderr, "\nOn the host, what a client sends to a provider:\n");
			pfb_vm_tree_pairs(stderr, plan);
		}
		return PFB_EXIT_FAILED;
	case -ENOSPC:
	case -EEXIST:
		return PFB_EXIT_FAILED;
	default:
		return PFB_EXIT_IMPOSSIBLE;
	}
}

static int plan_capture(const struct args *args, const struct pfb_capture *capture, const char *who)
{
	const struct pfb_vm_request request = {
		.assigned = args->assigned.list,
		.nr_assigned = args->assigned.nr,
		.providers = args->providers.list,
		.nr_providers = args->providers.nr,
		.machine = args->machine,
		.window64 = args->has_window64 ? &args->window64 : NULL,
		.allow_indirect = args->allow_indirect,
	};
	struct pfb_vm_plan plan, dry = { 0 };
	struct pfb_error err = { "" };
	int ret;

	ret = pfb_vm_plan(&plan, capture, &request, &err);
	if (!ret && args->stand_ins)
		ret = pfb_vm_stand_ins(&dry, &plan, &err);
	if (ret) {
		ret = refuse(who, &plan, ret, &err);
	} else if (write_all(args, args->stand_ins ? &dry : &plan, &err)) {
		pfb_complain(who, "%s", err.text);
		ret = PFB_EXIT_IMPOSSIBLE;
	}
	pfb_vm_plan_free(&dry);
	pfb_vm_plan_free(&plan);
	return ret;
}

/**
 * pfb_cmd_plan() - pci-fixed-bars plan
 * @argc: number of words
 * @argv: the words
 *
 * Return: an enum pfb_exit.
 */
int pfb_cmd_plan(int argc, char **argv)
{
	struct args args = { .machine = "virt" };
	struct pfb_error err = { "" };
	struct pfb_capture capture;
	int ret;

	if (argp_parse(&argp, argc, argv, 0, NULL, &args))
		return PFB_EXIT_USAGE;
	if (pfb_capture_load(&capture, args.input, &err)) {
		pfb_complain(argv[0], "%s", err.text);
		ret = PFB_EXIT_IMPOSSIBLE;
	} else {
		ret = plan_capture(&args, &capture, argv[0]);
	}
	pfb_capture_free(&capture);
	return ret;
}
