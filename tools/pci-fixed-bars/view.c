// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>

#include "command.h"
#include "view.h"

enum {
	OPT_SYSROOT = 0x1000,
	OPT_MANIFEST,
	OPT_FIXED_BARS,
	OPT_JSON,
};

static const struct argp_option source_options[] = {
	{ "manifest", OPT_MANIFEST, "FILE", 0,
	  "Also take the binary manifest FILE for declared", 0 },
	{ "fixed-bars", OPT_FIXED_BARS, "LIST", 0,
	  "Also take LIST for declared, written as the module's parameter: "
	  "PATH=barN@ADDRESS[,...][;...]", 0 },
	/* For trees captured on other machines, and for tests. */
	{ "sysroot", OPT_SYSROOT, "DIR", OPTION_HIDDEN,
	  "Read /sys, /proc and /lib below DIR", 0 },
	{ 0 }
};

static error_t parse_source(int key, char *arg, struct argp_state *state)
{
	struct pfb_view_options *opts = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		opts->sysroot = "";
		return 0;
	case OPT_SYSROOT:
		opts->sysroot = arg;
		return 0;
	case OPT_MANIFEST:
		opts->manifest = arg;
		return 0;
	case OPT_FIXED_BARS:
		opts->fixed_bars = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp pfb_view_source_argp = { .options = source_options, .parser = parse_source };

static const struct argp_option options[] = {
	{ "json", OPT_JSON, NULL, 0, "Print JSON", 0 },
	{ 0 }
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct pfb_view_options *opts = state->input;

	(void)arg;
	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = opts;
		return 0;
	case OPT_JSON:
		opts->json = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child children[] = { { &pfb_view_source_argp, 0, NULL, 0 }, { 0 } };

const struct argp pfb_view_argp = { .options = options, .parser = parse, .children = children };

int pfb_view_load(struct pfb_view *view, const struct pfb_view_options *opts, const char *who)
{
	struct pfb_error err = { "" };
	u32 i;

	memset(view, 0, sizeof(*view));
	if (pfb_guest_read(&view->guest, opts->sysroot, false, &err)) {
		pfb_complain(who, "%s", err.text);
		return PFB_EXIT_IMPOSSIBLE;
	}
	if (pfb_declared_read(&view->declared, &view->guest, opts->manifest, opts->fixed_bars) ||
	    pfb_assess(&view->assessment, &view->guest, &view->declared)) {
		pfb_complain(who, "out of memory");
		return PFB_EXIT_IMPOSSIBLE;
	}
	/* A list that was typed wrong is wrong usage; the machine's own sources are findings. */
	for (i = 0; i < view->declared.nr_reports; i++) {
		const struct pfb_source_report *report = &view->declared.reports[i];

		if (!strcmp(report->label, "--fixed-bars") && report->status == PFB_STATUS_BROKEN) {
			pfb_complain(who, "--fixed-bars: %s", report->text.text);
			return PFB_EXIT_USAGE;
		}
	}
	return PFB_EXIT_GOOD;
}

void pfb_view_free(struct pfb_view *view)
{
	pfb_assess_free(&view->assessment);
	pfb_declared_free(&view->declared);
	pfb_guest_free(&view->guest);
}

unsigned int pfb_view_unreadable(const struct pfb_view *view,
				 void (*say)(void *ctx, const char *reason), void *ctx)
{
	char text[PFB_ERROR_TEXT_MAX + 128];
	unsigned int nr = 0;
	u32 i;

	for (i = 0; i < view->declared.nr_reports; i++) {
		const struct pfb_source_report *report = &view->declared.reports[i];

		if (strcmp(pfb_assessed_source_status(&view->assessment, &view->guest, report),
			   pfb_source_status_name(PFB_STATUS_UNREADABLE)))
			continue;
		snprintf(text, sizeof(text), "source %s: %s", report->label, report->text.text);
		say(ctx, text);
		nr++;
	}
	if (!view->guest.tree_read) {
		say(ctx, "/proc/iomem shows no addresses: whether a BAR is in the kernel's resource tree is not known; run as root");
		nr++;
	}
	if (view->guest.config_cut) {
		snprintf(text, sizeof(text), "the capabilities of %u function%s could not be read (SR-IOV, ACS, port types): run as root",
			 view->guest.config_cut, view->guest.config_cut == 1 ? "" : "s");
		say(ctx, text);
		nr++;
	}
	return nr;
}

bool pfb_view_addresses(const struct pfb_view *view)
{
	return view->guest.tree_read;
}

const char *pfb_view_name(const struct pfb_view *view, const struct pfb_assessed *entry,
			  char *buf, size_t size)
{
	if (entry->function == PFB_NO_FUNCTION)
		return pfb_path_format(&entry->path, buf, size);
	snprintf(buf, size, "%s", view->guest.functions[entry->function].bdf);
	return buf;
}

int pfb_view_named(const struct pfb_view *view, const char *name, const char *who,
		   const struct pfb_assessed **found)
{
	size_t len = strlen(name);
	struct pfb_error why;
	struct pfb_path path;
	u32 function, i;
	int used = pfb_path_parse(name, len, &path, &why);

	*found = NULL;
	if (used < 0 || (size_t)used != len) {
		pfb_complain(who, "'%s' names no function: %s", name,
			     used < 0 ? why.text : "something follows the path");
		return PFB_EXIT_USAGE;
	}
	function = pfb_topology_find(&view->guest.top, &path);
	for (i = 0; i < view->assessment.nr && !*found; i++) {
		const struct pfb_assessed *e = &view->assessment.entries[i];

		if (function == PFB_NO_FUNCTION ?
		    e->function == PFB_NO_FUNCTION && pfb_path_equal(&e->path, &path) :
		    e->function == function)
			*found = e;
	}
	return PFB_EXIT_GOOD;
}

void pfb_complain(const char *who, const char *fmt, ...)
{
	va_list args;

	fflush(stdout);
	fprintf(stderr, "%s: ", who);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
}
