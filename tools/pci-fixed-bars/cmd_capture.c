// SPDX-License-Identifier: GPL-2.0
/* pci-fixed-bars capture: a machine's PCI topology into one file. */
#include <argp.h>
#include <stdlib.h>

#include "command.h"
#include "lib/capture.h"
#include "lib/capture_lspci.h"
#include "lib/capture_notes.h"
#include "lib/file.h"
#include "view.h"

#define CPUINFO_SIZE_MAX	(64U << 20)

struct args {
	const char *output;
	const char *sysroot;
	const char *name;
	const char *cpuinfo;
	const char *files[PFB_LSPCI_INPUTS_MAX];
	u32 nr;
	bool lspci;
};

enum {
	OPT_SYSROOT = 0x100,
	OPT_NAME,
	OPT_LSPCI,
	OPT_CPUINFO,
};

static const struct argp_option options[] = {
	{ "output", 'o', "FILE", 0, "Where to write the capture, all or nothing (default: standard output)", 0 },
	{ "lspci", OPT_LSPCI, "FILE", 0,
	  "Read what lspci printed instead of this machine; may be repeated, and further files may follow", 0 },
	{ "cpuinfo", OPT_CPUINFO, "FILE", 0, "With --lspci: the /proc/cpuinfo of that machine", 0 },
	{ "name", OPT_NAME, "NAME", 0, "What to call the machine (default: its host name)", 0 },
	{ "sysroot", OPT_SYSROOT, "DIR", 0, "Read /sys and /proc below DIR", 0 },
	{ 0 }
};

static void add_file(struct argp_state *state, const char *file)
{
	struct args *args = state->input;

	if (args->nr == PFB_LSPCI_INPUTS_MAX)
		argp_error(state, "more than %u files", PFB_LSPCI_INPUTS_MAX);
	args->files[args->nr++] = file;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *args = state->input;
	u32 i, stdins = 0;

	switch (key) {
	case 'o':
		args->output = arg;
		return 0;
	case OPT_LSPCI:
		args->lspci = true;
		add_file(state, arg);
		return 0;
	case OPT_CPUINFO:
		args->cpuinfo = arg;
		return 0;
	case OPT_NAME:
		args->name = arg;
		return 0;
	case OPT_SYSROOT:
		args->sysroot = arg;
		return 0;
	case ARGP_KEY_ARG:
		add_file(state, arg);
		return 0;
	case ARGP_KEY_END:
		if (args->nr && !args->lspci)
			argp_error(state, "'%s': files are read with --lspci only", args->files[0]);
		if (args->lspci && args->sysroot)
			argp_error(state, "--lspci and --sysroot are two machines: give one of them");
		if (args->cpuinfo && !args->lspci)
			argp_error(state, "--cpuinfo goes with --lspci");
		for (i = 0; i < args->nr; i++)
			stdins += !strcmp(args->files[i], "-");
		if (stdins + (args->cpuinfo && !strcmp(args->cpuinfo, "-")) > 1)
			argp_error(state, "standard input can be read once only");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "[--lspci FILE [FILE...]]",
	.doc = "Write a machine's PCI topology, which VMs are planned by, into one file (JSON): functions, "
	       "BARs and their sizes, bridge windows, ACS, ATS, IOMMU groups, NUMA nodes."
	       "\v"
	       "Run it as root on the host. Where it is not installed, run there, as root,\n"
	       "\n"
	       "  lspci -vvv -nn > text; lspci -xxxx > dump\n"
	       "\n"
	       "(or 'lspci -vvvnnxxxx'), have the files sent, and give them with --lspci, in any order; \"-\" is "
	       "standard input.\n"
	       "\n"
	       "What is not known is said on standard error, with what it means for planning.\n"
	       "\n"
	       "Exit status: 0 the capture was written, 2 wrong usage, 3 it could not be made (the reason is printed).",
};

/* A capture that plan would refuse must not be written. */
static int write_capture(const struct pfb_capture *capture, const char *output, const char *who)
{
	struct json_object *obj = pfb_capture_json(capture);
	struct pfb_capture again = { 0 };
	struct pfb_error err = { "" };
	char *text = NULL;
	const char *json;
	int len, ret;

	json = json_object_to_json_string_ext(obj, JSON_C_TO_STRING_PRETTY |
					      JSON_C_TO_STRING_NOSLASHESCAPE);
	len = json ? asprintf(&text, "%s\n", json) : -1;
	json_object_put(obj);
	if (len < 0) {
		pfb_complain(who, "out of memory");
		return PFB_EXIT_IMPOSSIBLE;
	}
	ret = pfb_capture_read(&again, text, (size_t)len, &err);
	pfb_capture_free(&again);
	if (ret)
		pfb_complain(who, "what was captured cannot be read again%s: %s",
			     ret == -EINVAL ? ", which is a fault of this program" : "", err.text);
	if (!ret) {
		ret = pfb_file_write(output, text, (size_t)len, &err);
		if (ret)
			pfb_complain(who, "%s", err.text);
	}
	free(text);
	return ret ? PFB_EXIT_IMPOSSIBLE : PFB_EXIT_GOOD;
}

static int read_cpuinfo(struct pfb_capture *capture, const char *file, struct pfb_error *err)
{
	size_t size;
	void *text;
	int ret;

	ret = pfb_file_read(file, CPUINFO_SIZE_MAX, &text, &size, err);
	if (ret)
		return ret;
	pfb_capture_cpu(capture, text);
	free(text);
	if (!capture->cpu_vendor[0] && !capture->address_bits)
		return pfb_fail(err, -EINVAL, "%s: has neither 'vendor_id' nor 'address sizes', expected the /proc/cpuinfo of an x86 machine",
				file);
	pfb_capture_normalize(capture);
	return 0;
}

static int capture_files(struct pfb_capture *capture, const struct args *args,
			 struct pfb_error *err)
{
	struct pfb_lspci_input inputs[PFB_LSPCI_INPUTS_MAX];
	void *text;
	u32 i, nr;
	int ret = 0;

	for (nr = 0; nr < args->nr; nr++) {
		ret = pfb_file_read(args->files[nr], PFB_LSPCI_SIZE_MAX, &text, &inputs[nr].size,
				    err);
		if (ret)
			goto out;
		inputs[nr].text = text;
		inputs[nr].name = strcmp(args->files[nr], "-") ? args->files[nr] : "standard input";
	}
	ret = pfb_capture_lspci(capture, inputs, nr, args->name, err);
	if (!ret && args->cpuinfo)
		ret = read_cpuinfo(capture, args->cpuinfo, err);
out:
	for (i = 0; i < nr; i++)
		free((void *)inputs[i].text);
	return ret;
}

/**
 * pfb_cmd_capture() - pci-fixed-bars capture
 * @argc: number of words
 * @argv: the words
 *
 * Return: an enum pfb_exit.
 */
int pfb_cmd_capture(int argc, char **argv)
{
	struct pfb_capture capture = { 0 };
	struct args args = { .output = "-" };
	struct pfb_capture_notes notes;
	struct pfb_error err = { "" };
	u32 i;
	int ret;

	if (argp_parse(&argp, argc, argv, 0, NULL, &args))
		return PFB_EXIT_USAGE;
	if (args.lspci) {
		ret = capture_files(&capture, &args, &err);
	} else {
		ret = pfb_capture_sysfs(&capture, args.sysroot ? args.sysroot : "", &err);
		if (!ret && args.name) {
			snprintf(capture.machine, sizeof(capture.machine), "%s", args.name);
			pfb_capture_normalize(&capture);
		}
	}
	if (ret) {
		pfb_complain(argv[0], "%s", err.text);
		ret = PFB_EXIT_IMPOSSIBLE;
	} else {
		pfb_capture_notes(&capture, &notes);
		for (i = 0; i < notes.nr; i++)
			pfb_complain(argv[0], "note: %s", notes.text[i]);
		ret = write_capture(&capture, args.output, argv[0]);
	}
	pfb_capture_free(&capture);
	return ret;
}
