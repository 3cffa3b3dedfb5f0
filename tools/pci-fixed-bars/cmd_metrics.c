// SPDX-License-Identifier: GPL-2.0
/* pci-fixed-bars metrics: verdicts for node_exporter's textfile collector. */
#include <argp.h>
#include <stdlib.h>

#include "command.h"
#include "lib/file.h"
#include "view.h"

struct args {
	struct pfb_view_options view;
	const char *output;
};

static const struct argp_option options[] = {
	{ "output", 'o', "FILE", 0,
	  "Where to write them, all or nothing (default: standard output)", 0 },
	{ 0 }
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *args = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &args->view;
		return 0;
	case 'o':
		args->output = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child children[] = { { &pfb_view_source_argp, 0, NULL, 0 }, { 0 } };

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.children = children,
	.doc = "Write each BAR's verdict in the text format of Prometheus, for node_exporter's textfile "
	       "collector. No addresses are in it.\v"
	       "pci_fixed_bars_bar_state is 1 for the verdict that holds; one that must not be there is "
	       "an alert: pci_fixed_bars_bar_state{state!~\"verified|declared|preserved\"}. So is a source "
	       "of which nothing is used: pci_fixed_bars_source_status{status=~\"broken|unreadable\"}.\n\n"
	       "Exit status: 0 written; 3 it cannot be known here, or not all of it: what is known is "
	       "written all the same.",
};

static void write_bars(FILE *out, const struct pfb_view *view)
{
	unsigned int i;
	u32 e;

	fputs("# HELP pci_fixed_bars_bar_state Verdict of a BAR of which something is stated.\n"
	      "# TYPE pci_fixed_bars_bar_state gauge\n", out);
	for (e = 0; e < view->assessment.nr; e++) {
		const struct pfb_assessed *entry = &view->assessment.entries[e];
		char name[PFB_PATH_TEXT_MAX];

		for (i = 0; i < PFB_NR_BARS; i++) {
			enum pfb_bar_state state = pfb_assessed_state(&entry->bars[i]);

			if (!entry->bars[i].exists || state == PFB_STATE_UNTRACKED)
				continue;
			fprintf(out, "pci_fixed_bars_bar_state{function=\"%s\",bar=\"%s\",state=\"%s\"} 1\n",
				pfb_view_name(view, entry, name, sizeof(name)),
				pfb_bar_index_name(i), pfb_state_name(state));
		}
	}
}

static void write_sources(FILE *out, const struct pfb_view *view)
{
	u32 i;

	fputs("# HELP pci_fixed_bars_source_status How reading a source of declarations went.\n"
	      "# TYPE pci_fixed_bars_source_status gauge\n", out);
	/* labels are this program's own words, with nothing in them to be escaped */
	for (i = 0; i < view->declared.nr_reports; i++) {
		const struct pfb_source_report *report = &view->declared.reports[i];

		fprintf(out, "pci_fixed_bars_source_status{source=\"%s\",status=\"%s\"} 1\n",
			report->label,
			pfb_assessed_source_status(&view->assessment, &view->guest, report));
	}
}

static void write_functions(FILE *out, const struct pfb_view *view)
{
	unsigned int missing = 0, conflicts = 0;
	u32 e;

	for (e = 0; e < view->assessment.nr; e++) {
		const struct pfb_assessed *entry = &view->assessment.entries[e];

		missing += entry->stated && entry->function == PFB_NO_FUNCTION;
		conflicts += *entry->conflict.text != '\0';
	}
	fprintf(out, "# HELP pci_fixed_bars_functions_missing Functions that are declared and not there.\n"
		"# TYPE pci_fixed_bars_functions_missing gauge\n"
		"pci_fixed_bars_functions_missing %u\n"
		"# HELP pci_fixed_bars_functions_conflicting Functions of which sources contradict each other.\n"
		"# TYPE pci_fixed_bars_functions_conflicting gauge\n"
		"pci_fixed_bars_functions_conflicting %u\n"
		"# HELP pci_fixed_bars_module_loaded The module pci_fixed_bars is loaded.\n"
		"# TYPE pci_fixed_bars_module_loaded gauge\n"
		"pci_fixed_bars_module_loaded %d\n", missing, conflicts, view->guest.module_loaded);
}

static void say_not_known(void *ctx, const char *reason)
{
	pfb_complain(ctx, "not known: %s", reason);
}

/**
 * pfb_cmd_metrics() - pci-fixed-bars metrics
 * @argc: number of words
 * @argv: the words
 *
 * Return: an enum pfb_exit.
 */
int pfb_cmd_metrics(int argc, char **argv)
{
	struct args args = { .view = { .sysroot = "" } };
	struct pfb_error err = { "" };
	struct pfb_view view = { 0 };
	char *text = NULL;
	size_t len = 0;
	FILE *out;
	int ret;

	if (argp_parse(&argp, argc, argv, 0, NULL, &args))
		return PFB_EXIT_USAGE;
	ret = pfb_view_load(&view, &args.view, argv[0]);
	if (ret)
		goto out;
	out = open_memstream(&text, &len);
	if (out) {
		write_bars(out, &view);
		write_sources(out, &view);
		write_functions(out, &view);
	}
	if (!out || fclose(out)) {
		pfb_complain(argv[0], "out of memory");
		ret = PFB_EXIT_IMPOSSIBLE;
		goto out;
	}
	if (pfb_file_write(args.output ? args.output : "-", text, len, &err)) {
		pfb_complain(argv[0], "%s", err.text);
		ret = PFB_EXIT_IMPOSSIBLE;
	}
	if (pfb_view_unreadable(&view, say_not_known, argv[0]))
		ret = PFB_EXIT_IMPOSSIBLE;
out:
	free(text);
	pfb_view_free(&view);
	return ret;
}
