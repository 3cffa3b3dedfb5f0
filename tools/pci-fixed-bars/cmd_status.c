// SPDX-License-Identifier: GPL-2.0
/* pci-fixed-bars status: where the facts came from, and each BAR's verdict. */
#include <stdlib.h>

#include "command.h"
#include "lib/json_fields.h"
#include "lib/manifest_text.h"
#include "lib/module.h"
#include "lib/table.h"
#include "view.h"

struct args {
	struct pfb_view_options view;
	bool all;
	char **functions;
	unsigned int nr_functions;
};

static const struct argp_option options[] = {
	{ "all", 'a', NULL, 0, "Also show functions and BARs of which nobody stated anything", 0 },
	{ 0 }
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *args = state->input;

	(void)arg;
	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &args->view;
		return 0;
	case 'a':
		args->all = true;
		return 0;
	case ARGP_KEY_ARGS:
		args->functions = state->argv + state->next;
		args->nr_functions = (unsigned int)(state->argc - state->next);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child children[] = { { &pfb_view_argp, 0, NULL, 0 }, { 0 } };

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.children = children,
	.args_doc = "[FUNCTION...]",
	.doc = "Show where the facts came from, and each BAR's verdict. FUNCTION is a BDF or a path; "
	       "with any, all of these is shown, and nothing of others."
	       "\vColumns: what was declared (GPA, and HPA if stated), where the BAR is, and who "
	       "declared it. A line below a BAR says what is wrong and what to do.\n\n"
	       "Exit status: 0 everything could be read, 3 something could not (what, and why, is "
	       "printed). 'verify' checks.",
};

static bool bar_shown(const struct pfb_assessed *e, unsigned int i, bool all)
{
	const struct pfb_assessed_bar *bar = &e->bars[i];

	if (!bar->exists)
		return false;
	return all || bar->declared || pfb_assessed_state(bar) != PFB_STATE_UNTRACKED;
}

/* What is asked for: all of it, what somebody spoke of, or these. */
struct choice {
	bool all;
	const struct pfb_assessed **only;
	unsigned int nr_only;
};

/* Of a bridge that nobody spoke of, registers that are where they were concern nobody. */
static bool entry_shown(const struct pfb_view *view, const struct pfb_assessed *e,
			const struct choice *choice)
{
	bool bridge = e->function != PFB_NO_FUNCTION &&
		      pfb_topology_is_bridge(&view->guest.top.functions[e->function]);
	unsigned int i;

	for (i = 0; i < choice->nr_only; i++)
		if (choice->only[i] == e)
			return true;
	if (choice->nr_only)
		return false;
	if (choice->all || e->stated)
		return true;
	for (i = 0; i < PFB_NR_BARS; i++)
		if (bar_shown(e, i, false) &&
		    !(bridge && pfb_assessed_state(&e->bars[i]) == PFB_STATE_PRESERVED))
			return true;
	return false;
}

/* Is there something to be done about it? */
static bool is_fault(enum pfb_bar_state state)
{
	return state != PFB_STATE_VERIFIED && state != PFB_STATE_PRESERVED &&
	       state != PFB_STATE_UNTRACKED;
}

/* The verdict in words, and what the module has to add. Empty when all is well. */
static const char *explain(const struct pfb_view *view, const struct pfb_assessed *e,
			   unsigned int i, char *buf, size_t size)
{
	const struct pfb_assessed_bar *bar = &e->bars[i];
	char name[32];

	buf[0] = '\0';
	if (pfb_assessed_differs(bar)) {
		snprintf(buf, size, "the module says %s: 'echo 1 > /sys/kernel/pci_fixed_bars/verify' has it check again; or it knows other sources",
			 pfb_state_name(bar->module_state));
		return buf;
	}
	if (bar->state == PFB_STATE_UNTRACKED && bar->in_module) {
		/* judged by the module alone, so it explains */
		if (!is_fault(bar->module_state))
			return buf;
		snprintf(name, sizeof(name), "%s_explain", pfb_bar_index_name(i));
		pfb_module_function_attr(&view->guest, view->guest.functions[e->function].bdf, name,
					 buf, size);
		return buf;
	}
	if (!is_fault(bar->state))
		return buf;
	if (pfb_view_addresses(view))
		pfb_verdict_explain(&bar->facts, bar->state, buf, size);
	else
		snprintf(buf, size, PFB_HIDDEN);
	return buf;
}

static void cell_address(const struct pfb_view *view, struct pfb_table *table, bool known,
			 u64 address)
{
	if (known && !pfb_view_addresses(view))
		pfb_table_cell(table, "hidden");
	else if (known)
		pfb_table_cell(table, "0x%llx", (unsigned long long)address);
	else
		pfb_table_cell(table, "-");
}

/* Who declared it; of what this program knows nothing about, the module may know. */
static const char *sources_of(const struct pfb_view *view, const struct pfb_assessed *e,
			      unsigned int i, char *buf, size_t size)
{
	const struct pfb_assessed_bar *bar = &e->bars[i];
	char name[32], text[256];

	pfb_assessed_sources(&view->declared, bar->reports, buf, size);
	if (!buf[0] && bar->in_module && bar->module_state != PFB_STATE_UNTRACKED) {
		snprintf(name, sizeof(name), "%s_source", pfb_bar_index_name(i));
		if (!pfb_module_function_attr(&view->guest, view->guest.functions[e->function].bdf,
					      name, text, sizeof(text)))
			snprintf(buf, size, "module (%s)", text);
	}
	return buf;
}

static void print_bars(const struct pfb_view *view, const struct pfb_assessed *e, bool all)
{
	char text[PFB_ERROR_TEXT_MAX], size[24];
	struct pfb_table table;
	bool any = false;
	unsigned int i;

	pfb_table_init(&table, 8, 2);
	for (i = 0; i < 7; i++) {
		static const char * const heads[] = {
			"BAR", "verdict", "declared", "actual", "HPA", "size", "source",
		};

		pfb_table_cell(&table, "%s", heads[i]);
	}
	pfb_table_cell(&table, "%s", view->assessment.with_module ? "module" : "");
	for (i = 0; i < PFB_NR_BARS; i++) {
		const struct pfb_assessed_bar *bar = &e->bars[i];
		bool applies = bar->declared && !e->conflict.text[0];

		if (!bar_shown(e, i, all))
			continue;
		any = true;
		pfb_table_cell(&table, "%s", pfb_bar_index_name(i));
		pfb_table_cell(&table, "%s", pfb_state_name(pfb_assessed_state(bar)));
		cell_address(view, &table, applies, bar->bar.gpa);
		cell_address(view, &table, bar->facts.assigned, bar->facts.registered);
		cell_address(view, &table, applies && (bar->bar.flags & PFB_MANIFEST_BAR_HPA),
			     bar->bar.hpa);
		if (bar->facts.size)
			pfb_table_cell(&table, "%s",
				       pfb_size_format(bar->facts.size, size, sizeof(size)));
		else
			pfb_table_cell(&table, "-");
		pfb_table_cell(&table, "%s", sources_of(view, e, i, text, sizeof(text)));
		pfb_table_cell(&table, "%s", bar->in_module ? pfb_state_name(bar->module_state) : "");
	}
	if (!any) {
		for (i = 0; i < table.nr; i++)
			free(table.cells[i]);
		free(table.cells);
		return;
	}
	pfb_table_print(&table);
	for (i = 0; i < PFB_NR_BARS; i++) {
		if (!bar_shown(e, i, all))
			continue;
		explain(view, e, i, text, sizeof(text));
		if (text[0])
			printf("    %s: %s\n", pfb_bar_index_name(i), text);
	}
}

static void print_entry(const struct pfb_view *view, const struct pfb_assessed *e, bool all)
{
	char path[PFB_PATH_TEXT_MAX], text[PFB_ERROR_TEXT_MAX];

	pfb_path_format(&e->path, path, sizeof(path));
	if (e->function == PFB_NO_FUNCTION) {
		printf("\n%s  not there", path);
	} else {
		const struct pfb_guest_function *gf = &view->guest.functions[e->function];
		const struct pfb_function *fn = &view->guest.top.functions[e->function];

		printf("\n%s  %04x:%04x  %s", gf->bdf, fn->vendor, fn->device,
		       gf->driver[0] ? gf->driver : "no driver");
		if (e->path.nr_hops > 1)
			printf("  path %s", path);
	}
	if (e->clique != PFB_CLIQUE_NONE)
		printf("  clique %u", e->clique);
	if (e->flags & PFB_MANIFEST_FN_PROVIDER)
		printf("  provider");
	if (e->flags & PFB_MANIFEST_FN_CLIENT)
		printf("  client");
	putchar('\n');
	if (e->conflict.text[0])
		printf("  CONFLICT: %s; nothing that was declared of this function is used\n",
		       pfb_view_addresses(view) ? e->conflict.text : PFB_HIDDEN);
	print_bars(view, e, all);
	if (view->assessment.with_module && e->function != PFB_NO_FUNCTION &&
	    !pfb_module_function_attr(&view->guest, view->guest.functions[e->function].bdf,
				      "provider", text, sizeof(text)) && strcmp(text, "none"))
		printf("  provider: %s\n", text);
}

static void print_module(const struct pfb_view *view)
{
	char version[32], policy[32];

	if (!view->assessment.with_module) {
		printf("Module    %s\n", view->guest.module_loaded ?
		       "loaded, and has not judged yet" :
		       "not loaded; verdicts are this program's own");
		return;
	}
	pfb_module_attr(&view->guest, "version", version, sizeof(version));
	pfb_module_attr(&view->guest, "policy", policy, sizeof(policy));
	printf("Module    %s, policy %s\n", version, policy);
	if (strcmp(version, PFB_VERSION))
		printf("          this program is %s: update the older one\n", PFB_VERSION);
}

static void print_reason(void *ctx, const char *reason)
{
	unsigned int *nr = ctx;

	if (!(*nr)++)
		putchar('\n');
	printf("Not known: %s\n", reason);
}

static int print_text(const struct pfb_view *view, const struct choice *choice)
{
	u32 counts[PFB_NR_STATES] = { 0 };
	unsigned int nr = 0, hidden = 0;
	struct pfb_table table;
	u32 i, b;

	print_module(view);
	printf("\nSources\n");
	pfb_table_init(&table, 3, 2);
	for (i = 0; i < view->declared.nr_reports; i++) {
		const struct pfb_source_report *report = &view->declared.reports[i];
		struct pfb_module_source ms;
		bool known = pfb_assessed_module_source(&view->assessment, &view->guest,
							report, &ms);

		/* one that only the module can ask, or that it could ask when it was loaded */
		if ((report->status == PFB_STATUS_UNKNOWN ||
		     report->status == PFB_STATUS_UNREADABLE) && known) {
			pfb_table_cell(&table, "%s", report->label);
			pfb_table_cell(&table, "%s", ms.status);
			pfb_table_cell(&table, "module: %s", ms.message);
			continue;
		}
		pfb_table_cell(&table, "%s", report->label);
		pfb_table_cell(&table, "%s", pfb_source_status_name(report->status));
		if (known && !strcmp(ms.status, "broken") &&
		    report->status != PFB_STATUS_BROKEN)
			pfb_table_cell(&table, "%s; the module found it broken: %s",
				       report->text.text, ms.message);
		else
			pfb_table_cell(&table, "%s", report->text.text);
	}
	pfb_table_print(&table);

	for (i = 0; i < view->assessment.nr; i++) {
		const struct pfb_assessed *e = &view->assessment.entries[i];

		for (b = 0; b < PFB_NR_BARS; b++)
			if (e->bars[b].exists)
				counts[pfb_assessed_state(&e->bars[b])]++;
		if (!entry_shown(view, e, choice)) {
			hidden++;
			continue;
		}
		print_entry(view, e, choice->all);
	}

	printf("\n%u function%s,", view->guest.top.nr_functions,
	       view->guest.top.nr_functions == 1 ? "" : "s");
	for (i = 0, b = 0; i < PFB_NR_STATES; i++)
		if (counts[i] && i != PFB_STATE_UNTRACKED)
			printf("%s %u %s", b++ ? "," : " BARs:", counts[i], pfb_state_name(i));
	if (!b)
		printf(" nothing declared");
	printf(", %u untracked%s\n", counts[PFB_STATE_UNTRACKED],
	       hidden || (counts[PFB_STATE_UNTRACKED] && !choice->all) ? " (--all shows the rest)" : "");
	if (view->guest.skipped)
		printf("%u function%s in segments above ffff left out: no path can name them\n",
		       view->guest.skipped, view->guest.skipped == 1 ? "" : "s");
	return pfb_view_unreadable(view, print_reason, &nr) ? PFB_EXIT_IMPOSSIBLE : PFB_EXIT_GOOD;
}

static struct json_object *json_source(const struct pfb_view *view,
				       const struct pfb_source_report *report)
{
	struct json_object *obj = json_object_new_object();
	struct pfb_module_source ms;

	pfb_json_text(obj, "source", report->label);
	pfb_json_text(obj, "status", pfb_source_status_name(report->status));
	pfb_json_text(obj, "message", report->text.text);
	pfb_json_number(obj, "functions", report->nr);
	if (pfb_assessed_module_source(&view->assessment, &view->guest, report, &ms)) {
		pfb_json_text(obj, "module_status", ms.status);
		pfb_json_text(obj, "module_message", ms.message);
	}
	return obj;
}

static struct json_object *json_bar(const struct pfb_view *view, const struct pfb_assessed *e,
				    unsigned int i)
{
	const struct pfb_assessed_bar *bar = &e->bars[i];
	struct json_object *obj = json_object_new_object();
	bool shown = pfb_view_addresses(view);
	char text[PFB_ERROR_TEXT_MAX];

	pfb_json_text(obj, "bar", pfb_bar_index_name(i));
	pfb_json_text(obj, "state", pfb_state_name(pfb_assessed_state(bar)));
	if (bar->declared) {
		if (shown)
			pfb_json_hex(obj, "declared", bar->bar.gpa);
		if (shown && (bar->bar.flags & PFB_MANIFEST_BAR_HPA))
			pfb_json_hex(obj, "hpa", bar->bar.hpa);
		if (bar->bar.size)
			pfb_json_hex(obj, "declared_size", bar->bar.size);
		pfb_json_bool(obj, "uncertain", bar->facts.uncertain);
	}
	if (bar->facts.exists) {
		pfb_json_bool(obj, "assigned", bar->facts.assigned);
		if (shown) {
			pfb_json_hex(obj, "register", bar->facts.registered);
			pfb_json_hex(obj, "resource", bar->facts.resource);
		}
		pfb_json_hex(obj, "size", bar->facts.size);
	}
	pfb_json_text(obj, "source", sources_of(view, e, i, text, sizeof(text)));
	if (bar->in_module) {
		pfb_json_text(obj, "module_state", pfb_state_name(bar->module_state));
		pfb_json_bool(obj, "differs", pfb_assessed_differs(bar));
	}
	pfb_json_text(obj, "explanation", explain(view, e, i, text, sizeof(text)));
	return obj;
}

static struct json_object *json_entry(const struct pfb_view *view, const struct pfb_assessed *e,
				      bool all)
{
	struct json_object *obj = json_object_new_object();
	struct json_object *bars = json_object_new_array();
	char path[PFB_PATH_TEXT_MAX], text[PFB_ERROR_TEXT_MAX];
	unsigned int i;

	pfb_json_text(obj, "path", pfb_path_format(&e->path, path, sizeof(path)));
	pfb_json_bool(obj, "present", e->function != PFB_NO_FUNCTION);
	if (e->function != PFB_NO_FUNCTION) {
		const struct pfb_guest_function *gf = &view->guest.functions[e->function];
		const struct pfb_function *fn = &view->guest.top.functions[e->function];

		pfb_json_text(obj, "bdf", gf->bdf);
		snprintf(text, sizeof(text), "%04x:%04x", fn->vendor, fn->device);
		pfb_json_text(obj, "id", text);
		pfb_json_text(obj, "type", pfb_port_type_name(fn->type));
		pfb_json_text(obj, "driver", gf->driver);
		if (view->assessment.with_module &&
		    !pfb_module_function_attr(&view->guest, gf->bdf, "provider", text,
					      sizeof(text)))
			pfb_json_text(obj, "provider_state", text);
	}
	if (e->clique != PFB_CLIQUE_NONE)
		pfb_json_number(obj, "clique", e->clique);
	pfb_json_bool(obj, "provider", e->flags & PFB_MANIFEST_FN_PROVIDER);
	pfb_json_bool(obj, "client", e->flags & PFB_MANIFEST_FN_CLIENT);
	pfb_json_text(obj, "conflict", e->conflict.text[0] && !pfb_view_addresses(view) ?
		      PFB_HIDDEN : e->conflict.text);
	for (i = 0; i < PFB_NR_BARS; i++)
		if (bar_shown(e, i, all))
			json_object_array_add(bars, json_bar(view, e, i));
	json_object_object_add(obj, "bars", bars);
	return obj;
}

static void json_reason(void *ctx, const char *reason)
{
	json_object_array_add(ctx, json_object_new_string(reason));
}

static int print_json(const struct pfb_view *view, const struct choice *choice)
{
	struct json_object *top = json_object_new_object();
	struct json_object *sources = json_object_new_array();
	struct json_object *functions = json_object_new_array();
	struct json_object *reasons = json_object_new_array();
	struct json_object *module = NULL;
	unsigned int unreadable;
	char text[32];
	u32 i;

	pfb_json_text(top, "version", PFB_VERSION);
	if (view->assessment.with_module) {
		module = json_object_new_object();
		pfb_module_attr(&view->guest, "version", text, sizeof(text));
		pfb_json_text(module, "version", text);
		pfb_module_attr(&view->guest, "policy", text, sizeof(text));
		pfb_json_text(module, "policy", text);
	}
	json_object_object_add(top, "module", module);
	for (i = 0; i < view->declared.nr_reports; i++)
		json_object_array_add(sources, json_source(view, &view->declared.reports[i]));
	json_object_object_add(top, "sources", sources);
	for (i = 0; i < view->assessment.nr; i++)
		if (entry_shown(view, &view->assessment.entries[i], choice))
			json_object_array_add(functions, json_entry(view, &view->assessment.entries[i],
								    choice->all));
	json_object_object_add(top, "functions", functions);
	unreadable = pfb_view_unreadable(view, json_reason, reasons);
	json_object_object_add(top, "not_known", reasons);
	if (pfb_json_print(top))
		return PFB_EXIT_IMPOSSIBLE;
	return unreadable ? PFB_EXIT_IMPOSSIBLE : PFB_EXIT_GOOD;
}

static int choose(struct choice *choice, const struct args *args, const struct pfb_view *view,
		  const char *who)
{
	unsigned int n;
	int ret;

	choice->all = args->all || args->nr_functions;
	choice->only = calloc(args->nr_functions + 1UL, sizeof(*choice->only));
	if (!choice->only) {
		pfb_complain(who, "out of memory");
		return PFB_EXIT_IMPOSSIBLE;
	}
	for (n = 0; n < args->nr_functions; n++) {
		const struct pfb_assessed **found = &choice->only[choice->nr_only++];

		ret = pfb_view_named(view, args->functions[n], who, found);
		if (ret != PFB_EXIT_GOOD)
			return ret;
		if (!*found) {
			pfb_complain(who, "%s: no PCI function is there, and none was declared",
				     args->functions[n]);
			return PFB_EXIT_IMPOSSIBLE;
		}
	}
	return PFB_EXIT_GOOD;
}

/**
 * pfb_cmd_status() - pci-fixed-bars status
 * @argc: number of words
 * @argv: the words
 *
 * Return: an enum pfb_exit.
 */
int pfb_cmd_status(int argc, char **argv)
{
	struct choice choice = { 0 };
	struct args args = { 0 };
	struct pfb_view view;
	int ret;

	if (argp_parse(&argp, argc, argv, 0, NULL, &args))
		return PFB_EXIT_USAGE;
	ret = pfb_view_load(&view, &args.view, argv[0]);
	if (ret == PFB_EXIT_GOOD)
		ret = choose(&choice, &args, &view, argv[0]);
	if (ret == PFB_EXIT_GOOD)
		ret = args.view.json ? print_json(&view, &choice) : print_text(&view, &choice);
	free(choice.only);
	pfb_view_free(&view);
	return ret;
}
