// SPDX-License-Identifier: GPL-2.0
/* pci-fixed-bars verify: exit 0 only if every declared BAR is where it must be. */
#include <stdlib.h>
#include <unistd.h>

#include "allow.h"
#include "command.h"
#include "lib/device.h"
#include "lib/json_fields.h"
#include "lib/module.h"
#include "view.h"

struct args {
	struct pfb_view_options view;
	struct pfb_allow allow;
	bool quiet;
	bool recheck;
	char **functions;
	unsigned int nr_functions;
};

static const struct argp_option options[] = {
	{ "quiet", 'q', NULL, 0, "Print only what does not pass", 0 },
	{ "recheck", 'r', NULL, 0,
	  "Have the module look again at everything first; what it exported and no longer passes is revoked",
	  0 },
	{ 0 }
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *args = state->input;

	(void)arg;
	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &args->view;
		state->child_inputs[1] = &args->allow;
		return 0;
	case 'q':
		args->quiet = true;
		return 0;
	case 'r':
		args->recheck = true;
		return 0;
	case ARGP_KEY_ARGS:
		args->functions = state->argv + state->next;
		args->nr_functions = (unsigned int)(state->argc - state->next);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child children[] = {
	{ &pfb_view_argp, 0, NULL, 0 },
	{ &pfb_allow_argp, 0, NULL, 0 },
	{ 0 }
};

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.children = children,
	.args_doc = "[FUNCTION...]",
	.doc = "Check that every declared BAR is where it was declared, at its host-physical address, "
	       "and that the sources agree. FUNCTION is a BDF or a path; with any, only these are "
	       "checked, and each must have something declared."
	       "\vExit status: 0 all that was declared passes; 1 something does not, or nothing is "
	       "declared; 3 it cannot be known here (the reason is printed). Unknown is never a pass.",
};

struct check {
	const struct args *args;
	const struct pfb_view *view;
	const char *who;
	struct json_object *results;
	struct json_object *problems;
	struct json_object *unknown;
	unsigned int passed;
	unsigned int failed;	/* BARs and functions */
	unsigned int wrong;	/* what is not about one BAR */
	unsigned int unreadable;
};

static void add_result(struct check *c, const struct pfb_assessed *e, const char *bar,
		       const char *state, bool pass, const char *reason)
{
	char name[PFB_PATH_TEXT_MAX], path[PFB_PATH_TEXT_MAX];

	c->passed += pass;
	c->failed += !pass;
	pfb_view_name(c->view, e, name, sizeof(name));
	if (c->results) {
		struct json_object *obj = json_object_new_object();

		pfb_json_text(obj, "function", name);
		pfb_json_text(obj, "path", pfb_path_format(&e->path, path, sizeof(path)));
		pfb_json_text(obj, "bar", bar);
		pfb_json_text(obj, "state", state);
		pfb_json_bool(obj, "pass", pass);
		pfb_json_text(obj, "reason", pass ? NULL : reason);
		json_object_array_add(c->results, obj);
	} else if (!pass) {
		printf("FAIL  %s%s%s  %s: %s\n", name, bar ? " " : "", bar ? bar : "", state,
		       reason);
	} else if (!c->args->quiet) {
		printf("pass  %s%s%s  %s\n", name, bar ? " " : "", bar ? bar : "", state);
	}
}

static void add_problem(struct check *c, const char *fmt, ...) __printf(2, 3);

static void add_problem(struct check *c, const char *fmt, ...)
{
	char text[2 * PFB_ERROR_TEXT_MAX];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	c->wrong++;
	if (c->problems)
		json_object_array_add(c->problems, json_object_new_string(text));
	else
		printf("FAIL  %s\n", text);
}

static void add_unknown(void *ctx, const char *reason)
{
	struct check *c = ctx;

	c->unreadable++;
	if (c->unknown)
		json_object_array_add(c->unknown, json_object_new_string(reason));
	else
		pfb_complain(c->who, "not known: %s", reason);
}

static void check_bar(struct check *c, const struct pfb_assessed *e, unsigned int i)
{
	const struct pfb_assessed_bar *bar = &e->bars[i];
	enum pfb_bar_state state = pfb_assessed_state(bar);
	char text[PFB_ERROR_TEXT_MAX] = "", name[32];
	bool pass = pfb_state_passes(state, c->args->allow.declared, c->args->allow.preserved);

	if (pfb_assessed_differs(bar)) {
		snprintf(text, sizeof(text), "the module says %s: it looked at another time (--recheck has it look again) or knows other sources",
			 pfb_state_name(bar->module_state));
		pass = false;
	} else if (!pass && !pfb_view_addresses(c->view)) {
		snprintf(text, sizeof(text), PFB_HIDDEN);
	} else if (!pass && state == bar->state) {
		pfb_verdict_explain(&bar->facts, state, text, sizeof(text));
		if (state == PFB_STATE_DECLARED)
			strncat(text, "; or accept it with --allow-declared",
				sizeof(text) - strlen(text) - 1);
	} else if (!pass) {
		snprintf(name, sizeof(name), "%s_explain", pfb_bar_index_name(i));
		if (pfb_module_function_attr(&c->view->guest,
					     c->view->guest.functions[e->function].bdf, name, text,
					     sizeof(text)))
			snprintf(text, sizeof(text), "as the module says, which alone knows why");
	}
	add_result(c, e, pfb_bar_index_name(i), pfb_state_name(state), pass, text);
}

/* What was declared of the function itself: that it is there, and what it is. */
static void check_presence(struct check *c, const struct pfb_assessed *e)
{
	const struct pfb_function *fn;
	char text[128];

	if (e->function == PFB_NO_FUNCTION) {
		add_result(c, e, NULL, pfb_state_name(PFB_STATE_MISSING), false,
			   "declared, and no function is at this path: plug the device in, or correct the path that was declared");
		return;
	}
	fn = &c->view->guest.top.functions[e->function];
	if ((e->vendor != PFB_ANY_ID && e->vendor != fn->vendor) ||
	    (e->device != PFB_ANY_ID && e->device != fn->device)) {
		snprintf(text, sizeof(text), "expected %04x:%04x (ffff: any), found %04x:%04x: correct the path or the id in what was declared",
			 e->vendor, e->device, fn->vendor, fn->device);
		add_result(c, e, NULL, pfb_state_name(PFB_STATE_ID_MISMATCH), false, text);
		return;
	}
	add_result(c, e, NULL, "present", true, NULL);
}

/*
 * Is there something that must hold for this BAR? What nobody declared and
 * firmware merely left is a matter for those who ask for it, unless it moved.
 */
static bool bar_counts(const struct check *c, const struct pfb_assessed *e, unsigned int i)
{
	const struct pfb_assessed_bar *bar = &e->bars[i];
	enum pfb_bar_state state = pfb_assessed_state(bar);

	if (!bar->exists)
		return false;
	if (bar->declared && !e->conflict.text[0])
		return true;
	if (state == PFB_STATE_PRESERVED)
		return c->args->allow.preserved;
	return state != PFB_STATE_UNTRACKED;
}

static unsigned int check_entry(struct check *c, const struct pfb_assessed *e)
{
	char name[PFB_PATH_TEXT_MAX];
	unsigned int i, nr = 0, declared = 0;

	if (e->conflict.text[0]) {
		add_problem(c, "%s  %s", pfb_view_name(c->view, e, name, sizeof(name)),
			    pfb_view_addresses(c->view) ? e->conflict.text : PFB_HIDDEN);
		nr++;
	}
	for (i = 0; i < PFB_NR_BARS; i++) {
		declared += e->bars[i].declared;
		if (!bar_counts(c, e, i))
			continue;
		check_bar(c, e, i);
		nr++;
	}
	if (e->stated && !declared && !e->conflict.text[0]) {
		check_presence(c, e);
		nr++;
	}
	return nr;
}

static void check_sources(struct check *c)
{
	struct pfb_module_source ms;
	u32 i;

	for (i = 0; i < c->view->declared.nr_reports; i++) {
		const struct pfb_source_report *report = &c->view->declared.reports[i];

		if (report->status == PFB_STATUS_BROKEN)
			add_problem(c, "source %s is broken: %s", report->label, report->text.text);
		else if (pfb_assessed_module_source(&c->view->assessment, &c->view->guest,
						    report, &ms) &&
			 !strcmp(ms.status, "broken"))
			add_problem(c, "source %s is broken, says the module: %s", report->label,
				    ms.message[0] ? ms.message : PFB_HIDDEN);
	}
}

/* Return: an enum pfb_exit for what is wrong with the command line, else good. */
static int check_named(struct check *c)
{
	unsigned int n;

	for (n = 0; n < c->args->nr_functions; n++) {
		const char *name = c->args->functions[n];
		const struct pfb_assessed *found;
		int ret = pfb_view_named(c->view, name, c->who, &found);

		if (ret != PFB_EXIT_GOOD)
			return ret;
		if (!found)
			add_problem(c, "%s  no PCI function is there, and none was declared", name);
		else if (!check_entry(c, found))
			add_problem(c, "%s  nobody declared anything of it: declare it, in a manifest or with fixed_bars=",
				    name);
	}
	return PFB_EXIT_GOOD;
}

static int conclude(struct check *c, bool any)
{
	const char *verdict;
	int ret;

	if (c->failed || c->wrong)
		ret = PFB_EXIT_FAILED;
	else if (c->unreadable)
		ret = PFB_EXIT_IMPOSSIBLE;
	else
		ret = any ? PFB_EXIT_GOOD : PFB_EXIT_FAILED;

	verdict = ret == PFB_EXIT_GOOD ? "pass" : ret == PFB_EXIT_FAILED ? "fail" : "unknown";
	if (c->results) {
		struct json_object *top = json_object_new_object();

		pfb_json_text(top, "verdict", verdict);
		pfb_json_number(top, "passed", c->passed);
		pfb_json_number(top, "failed", c->failed);
		json_object_object_add(top, "results", c->results);
		json_object_object_add(top, "problems", c->problems);
		json_object_object_add(top, "not_known", c->unknown);
		if (pfb_json_print(top))
			return PFB_EXIT_IMPOSSIBLE;
		return ret;
	}
	if (ret == PFB_EXIT_GOOD) {
		if (!c->args->quiet)
			printf("%u passed: all that was declared is where it must be\n", c->passed);
	} else if (any || c->wrong) {
		printf("%u passed, %u failed%s\n", c->passed, c->failed + c->wrong,
		       c->unreadable ? ", and not everything could be read" : "");
	}
	return ret;
}

static int recheck(const char *who)
{
	struct pfb_ioc_verify verify = { 0 };
	struct pfb_error err = { "" };
	int fd = pfb_device_open(&err);
	int ret = fd;

	if (fd >= 0) {
		ret = pfb_device_ask(fd, PFB_IOC_VERIFY, &verify, NULL, &err);
		close(fd);
	}
	if (!ret)
		return PFB_EXIT_GOOD;
	pfb_complain(who, "--recheck: %s", err.text);
	return PFB_EXIT_IMPOSSIBLE;
}

/**
 * pfb_cmd_verify() - pci-fixed-bars verify
 * @argc: number of words
 * @argv: the words
 *
 * Return: an enum pfb_exit.
 */
int pfb_cmd_verify(int argc, char **argv)
{
	struct check c = { .who = argv[0] };
	struct args args = { 0 };
	struct pfb_view view;
	unsigned int nr = 0;
	u32 i;
	int ret;

	if (argp_parse(&argp, argc, argv, 0, NULL, &args))
		return PFB_EXIT_USAGE;
	if (args.recheck) {
		ret = recheck(argv[0]);
		if (ret != PFB_EXIT_GOOD)
			return ret;
	}
	ret = pfb_view_load(&view, &args.view, argv[0]);
	if (ret != PFB_EXIT_GOOD)
		goto out;

	c.args = &args;
	c.view = &view;
	if (args.view.json) {
		c.results = json_object_new_array();
		c.problems = json_object_new_array();
		c.unknown = json_object_new_array();
	}
	check_sources(&c);
	if (args.nr_functions) {
		ret = check_named(&c);
		if (ret != PFB_EXIT_GOOD)
			goto out_json;
	} else {
		for (i = 0; i < view.assessment.nr; i++)
			check_entry(&c, &view.assessment.entries[i]);
	}
	pfb_view_unreadable(&view, add_unknown, &c);
	nr = c.passed + c.failed;
	if (!nr && !c.wrong) {
		if (args.allow.preserved && !view.assessment.with_module)
			add_unknown(&c, "nothing is declared, and whether firmware asked to preserve anything only the module can tell: 'modprobe pci_fixed_bars'");
		else if (!c.unreadable)
			add_problem(&c, "nothing is declared, so nothing can be verified: declare BARs in a manifest or with fixed_bars=");
	}
	ret = conclude(&c, nr);
	goto out;

out_json:
	json_object_put(c.results);
	json_object_put(c.problems);
	json_object_put(c.unknown);
out:
	pfb_view_free(&view);
	return ret;
}
