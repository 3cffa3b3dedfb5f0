// SPDX-License-Identifier: GPL-2.0
/* pci-fixed-bars dtb: what in a device tree keeps a boot configuration, and states all of it. */
#include <argp.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "lib/dtb.h"
#include "lib/dtb_split.h"
#include "lib/file.h"
#include "lib/json_fields.h"
#include "lib/text.h"

/* Option keys: OPT_SET + flag sets it, OPT_CLEAR + flag removes it. */
enum {
	OPT_BRIDGE = 0x100,
	OPT_JSON,
	OPT_PXB,
	OPT_SET = 0x200,
	OPT_CLEAR = 0x300,
};

enum wish {
	LEAVE,
	SET,
	CLEAR,
};

struct args {
	const char *input;
	const char *output;
	const char *bridge;
	bool json;
	u8 pxb[PFB_DTB_BRIDGES_MAX];	/* first buses */
	unsigned int nr_pxb;
	enum wish wish[PFB_NR_DTB_FLAGS];
};

static const struct argp_option options[] = {
	{ "input", 'i', "FILE", 0, "Device tree blob to read", 0 },
	{ "output", 'o', "FILE", 0,
	  "Where to write the changed one, all or nothing; may be the input", 0 },
	{ "bridge", OPT_BRIDGE, "PATH", 0,
	  "Host bridge that --pci-enum-done is about (default: all)", 0 },
	{ "pci-enum-done", OPT_SET + PFB_DTB_ENUM_DONE, NULL, 0,
	  "Set pci-enum-done = <1> on the host bridge's node, as QEMU does", 1 },
	{ "upl-params", OPT_SET + PFB_DTB_UPL_PARAMS, NULL, 0,
	  "Set pci-enum-done on /options/upl-params, as the Universal Payload specification says", 1 },
	{ "probe-only", OPT_SET + PFB_DTB_PROBE_ONLY, NULL, 0,
	  "Set linux,pci-probe-only = <1> on /chosen: what today's kernels act on", 1 },
	{ "no-pci-enum-done", OPT_CLEAR + PFB_DTB_ENUM_DONE, NULL, 0, "Remove it", 2 },
	{ "no-upl-params", OPT_CLEAR + PFB_DTB_UPL_PARAMS, NULL, 0, "Remove it", 2 },
	{ "no-probe-only", OPT_CLEAR + PFB_DTB_PROBE_ONLY, NULL, 0, "Remove it", 2 },
	{ "pxb", OPT_PXB, "BUS", 0,
	  "Give the buses from BUS on (the bus_nr of a pxb-pcie) a host bridge of their own; may be given several times",
	  3 },
	{ "json", OPT_JSON, NULL, 0, "Print the flags as JSON", 4 },
	{ 0 }
};

static bool changes(const struct args *args)
{
	unsigned int flag;

	for (flag = 0; flag < PFB_NR_DTB_FLAGS; flag++) {
		if (args->wish[flag] != LEAVE)
			return true;
	}
	return args->nr_pxb;
}

static void wish(struct argp_state *state, unsigned int flag, enum wish what)
{
	struct args *args = state->input;

	if (args->wish[flag] != LEAVE && args->wish[flag] != what)
		argp_error(state, "--%s and --no-%s contradict each other",
			   pfb_dtb_flag_name(flag), pfb_dtb_flag_name(flag));
	args->wish[flag] = what;
}

/* As QEMU reads bus_nr: decimal, or hexadecimal with 0x. */
static void add_pxb(struct argp_state *state, const char *text)
{
	struct args *args = state->input;
	unsigned long bus;
	char *end;

	errno = 0;
	bus = strtoul(text, &end, 0);
	if (end == text || *end || errno || *text == '-' || !bus || bus > 255)
		argp_error(state, "--pxb: expected a bus number from 1 to 255, got '%s'", text);
	if (args->nr_pxb == PFB_DTB_BRIDGES_MAX)
		argp_error(state, "--pxb: more than %u", PFB_DTB_BRIDGES_MAX);
	args->pxb[args->nr_pxb++] = (u8)bus;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *args = state->input;

	switch (key) {
	case 'i':
		args->input = arg;
		return 0;
	case 'o':
		args->output = arg;
		return 0;
	case OPT_BRIDGE:
		args->bridge = arg;
		return 0;
	case OPT_JSON:
		args->json = true;
		return 0;
	case OPT_PXB:
		add_pxb(state, arg);
		return 0;
	case ARGP_KEY_END:
		if (!args->input)
			argp_error(state, "--input is missing");
		if (changes(args) && !args->output)
			argp_error(state, "--output is missing: the input is not changed unless it is named there, too");
		return 0;
	default:
		break;
	}
	if (key >= OPT_SET && key < OPT_SET + PFB_NR_DTB_FLAGS)
		wish(state, (unsigned int)key - OPT_SET, SET);
	else if (key >= OPT_CLEAR && key < OPT_CLEAR + PFB_NR_DTB_FLAGS)
		wish(state, (unsigned int)key - OPT_CLEAR, CLEAR);
	else
		return ARGP_ERR_UNKNOWN;
	return 0;
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.doc = "Show the flags of a device tree that tell a kernel to keep the PCI bus numbers and addresses it finds, or set them in a copy."
	       "\v"
	       "Get QEMU's own device tree with -M virt,...,dumpdtb=FILE and the machine options that you will boot with; boot it with -dtb FILE. What is written is packed: QEMU makes twice as much room as the file has, and a kernel refuses more than 2 MiB, so that QEMU's own 1 MiB dump would not boot.\n\n"
	       "QEMU's device tree has one host bridge, and none of the buses of a pxb-pcie. --pxb takes them out of it: the new host bridge gets the upper half of its memory windows, and no I/O ports.",
};

static int change_flag(struct pfb_dtb *dtb, const struct args *args, unsigned int flag,
		       const struct pfb_dtb_bridges *bridges, struct pfb_error *err)
{
	bool set = args->wish[flag] == SET;
	bool found = false;
	unsigned int i;
	int ret;

	if (flag != PFB_DTB_ENUM_DONE)
		return pfb_dtb_set_flag(dtb, flag, NULL, set, err);
	for (i = 0; i < bridges->nr; i++) {
		if (args->bridge && strcmp(args->bridge, bridges->path[i]))
			continue;
		found = true;
		ret = pfb_dtb_set_flag(dtb, flag, bridges->path[i], set, err);
		if (ret)
			return ret;
	}
	if (!found)
		return pfb_fail(err, -ENOENT, "no PCI host bridge%s%s in it (a node of device_type \"pci\"); without options this command lists them",
				args->bridge ? " " : "", args->bridge ? args->bridge : "");
	return 0;
}

static int change(struct pfb_dtb *dtb, const struct args *args,
		  struct pfb_dtb_bridges *bridges, struct pfb_error *err)
{
	unsigned int flag, i;
	int ret;

	for (i = 0; i < args->nr_pxb; i++) {
		ret = pfb_dtb_split(dtb, args->pxb[i], err);
		if (ret)
			return ret;
	}
	ret = pfb_dtb_host_bridges(dtb, bridges, err);
	if (ret)
		return ret;
	for (flag = 0; flag < PFB_NR_DTB_FLAGS; flag++) {
		if (args->wish[flag] == LEAVE)
			continue;
		ret = change_flag(dtb, args, flag, bridges, err);
		if (ret)
			return ret;
	}
	return 0;
}

static const char *state_name(const struct pfb_dtb *dtb, enum pfb_dtb_flag flag,
			      const char *bridge)
{
	return pfb_dtb_flag_state_name(pfb_dtb_get_flag(dtb, flag, bridge));
}

/* The paths are looked up no more after this: nodes may be named anything. */
static const char *shown_name(struct pfb_dtb_bridges *bridges, unsigned int i)
{
	return pfb_text_clean(bridges->path[i]);
}

static void show_text(const struct pfb_dtb *dtb, struct pfb_dtb_bridges *bridges)
{
	unsigned int i;

	for (i = 0; i < bridges->nr; i++) {
		const char *state = state_name(dtb, PFB_DTB_ENUM_DONE, bridges->path[i]);

		printf("%s pci-enum-done: %s\n", shown_name(bridges, i), state);
	}
	printf("/options/upl-params pci-enum-done: %s\n",
	       state_name(dtb, PFB_DTB_UPL_PARAMS, NULL));
	printf("/chosen linux,pci-probe-only: %s\n",
	       state_name(dtb, PFB_DTB_PROBE_ONLY, NULL));
}

static int show_json(const struct pfb_dtb *dtb, struct pfb_dtb_bridges *bridges)
{
	struct json_object *root = json_object_new_object();
	struct json_object *array = json_object_new_array();
	unsigned int i;

	for (i = 0; i < bridges->nr; i++) {
		struct json_object *bridge = json_object_new_object();
		const char *state = state_name(dtb, PFB_DTB_ENUM_DONE, bridges->path[i]);

		pfb_json_text(bridge, "path", shown_name(bridges, i));
		pfb_json_text(bridge, "pci_enum_done", state);
		json_object_array_add(array, bridge);
	}
	json_object_object_add(root, "host_bridges", array);
	pfb_json_text(root, "upl_params", state_name(dtb, PFB_DTB_UPL_PARAMS, NULL));
	pfb_json_text(root, "probe_only", state_name(dtb, PFB_DTB_PROBE_ONLY, NULL));
	return pfb_json_print(root);
}

/**
 * pfb_cmd_dtb() - show or set a device tree's flags
 * @argc: number of words
 * @argv: the words
 *
 * Return: an enum pfb_exit.
 */
int pfb_cmd_dtb(int argc, char **argv)
{
	struct args args = { 0 };
	struct pfb_dtb_bridges *bridges;
	struct pfb_error err = { 0 };
	struct pfb_dtb dtb;
	int ret;

	if (argp_parse(&argp, argc, argv, 0, NULL, &args))
		return PFB_EXIT_USAGE;

	bridges = malloc(sizeof(*bridges));
	if (!bridges) {
		fprintf(stderr, "pci-fixed-bars dtb: out of memory\n");
		return PFB_EXIT_IMPOSSIBLE;
	}
	ret = pfb_dtb_load(args.input, &dtb, &err);
	if (ret)
		goto out;
	ret = pfb_dtb_host_bridges(&dtb, bridges, &err);
	if (!ret && args.output)
		ret = change(&dtb, &args, bridges, &err);
	if (ret)
		pfb_file_fail(&err, ret, args.input);
	else if (args.output)
		ret = pfb_dtb_store(&dtb, args.output, &err);
	/* Standard output has the tree, or the report, never both. */
	if (!ret && (!args.output || strcmp(args.output, "-"))) {
		if (!args.json)
			show_text(&dtb, bridges);
		else if (show_json(&dtb, bridges))
			ret = pfb_fail(&err, -ENOMEM, "out of memory");
	}
	pfb_dtb_free(&dtb);
out:
	free(bridges);
	if (!ret)
		return PFB_EXIT_GOOD;
	fprintf(stderr, "pci-fixed-bars dtb: %s\n", err.text);
	return PFB_EXIT_IMPOSSIBLE;
}
