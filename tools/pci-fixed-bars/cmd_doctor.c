// SPDX-License-Identifier: GPL-2.0
/* pci-fixed-bars doctor: what in this guest would stop GPUDirect. */
#include <argp.h>
#include <stdlib.h>

#include "allow.h"
#include "command.h"
#include "lib/doctor.h"
#include "lib/file.h"
#include "lib/findings_report.h"
#include "lib/json_fields.h"
#include "lib/nccl_topo.h"
#include "view.h"

#define NAMES_MAX	64

struct names {
	const char *text[NAMES_MAX];
	u32 nr;
};

struct args {
	struct pfb_view_options view;
	struct names providers;
	struct names clients;
	struct names links;
	struct names same;
	const char *nccl_topo;
	const char *host;
	struct pfb_allow allow;
	bool rules;
};

enum {
	OPT_RULES = 0x100,
	OPT_NCCL_TOPO,
	OPT_HOST,
	OPT_SAME,
	OPT_LINK,
};

static const struct argp_option options[] = {
	{ "provider", 'p', "FUNCTION", 0,
	  "This function's BARs are to be reached; may be repeated (default: GPUs, and what is declared)",
	  0 },
	{ "client", 'c', "FUNCTION", 0,
	  "This function is to reach them; may be repeated (default: RDMA NICs, and what the manifest "
	  "calls a client)", 0 },
	{ "rules", OPT_RULES, NULL, 0, "List the rules, and read nothing", 0 },
	{ NULL, 0, NULL, 0, "A topology file for NCCL:", 1 },
	{ "nccl-topo", OPT_NCCL_TOPO, "FILE", 0,
	  "Examine nothing; write FILE (- is standard output) for NCCL_TOPO_FILE", 1 },
	{ "host", OPT_HOST, "CAPTURE", 0,
	  "State this host's tree, with its link speeds ('pci-fixed-bars capture' on the host)", 1 },
	{ "same", OPT_SAME, "GUEST=HOST", 0,
	  "The guest's function that is this one of the host's, by BDF; may be repeated. Needed where "
	  "neither a BAR's address nor the ids tell", 1 },
	{ "link", OPT_LINK, "[BDF=]SPEEDxWIDTH", 0,
	  "What the host's links do for which the capture does not say, in GT/s and lanes: 32x16; "
	  "with BDF, what that function's link does. May be repeated", 1 },
	{ 0 }
};

static void name(struct names *names, const char *arg, struct argp_state *state)
{
	if (names->nr == NAMES_MAX)
		argp_error(state, "more than %d of one option", NAMES_MAX);
	else
		names->text[names->nr++] = arg;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *args = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &args->view;
		state->child_inputs[1] = &args->allow;
		return 0;
	case 'p':
		name(&args->providers, arg, state);
		return 0;
	case 'c':
		name(&args->clients, arg, state);
		return 0;
	case OPT_SAME:
		name(&args->same, arg, state);
		return 0;
	case OPT_LINK:
		name(&args->links, arg, state);
		return 0;
	case OPT_RULES:
		args->rules = true;
		return 0;
	case OPT_NCCL_TOPO:
		args->nccl_topo = arg;
		return 0;
	case OPT_HOST:
		args->host = arg;
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "'%s' is one word too many", arg);
		return 0;
	case ARGP_KEY_END:
		if (!args->nccl_topo && (args->host || args->same.nr || args->links.nr))
			argp_error(state, "--host, --same and --link are for --nccl-topo");
		if (args->nccl_topo && !args->host && !args->links.nr)
			argp_error(state, "--nccl-topo needs --host=CAPTURE or --link=SPEEDxWIDTH: emulated ports do not tell what the host's links do");
		if (args->same.nr && !args->host)
			argp_error(state, "--same needs --host");
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
	.doc = "Examine the whole guest, and print what would stop GPUDirect, worst first: where BARs "
	       "are, ACS, IOMMU, cliques, decode and bus mastering on each way; drivers and how they "
	       "are set; the kernel; what NCCL will make of it."
	       "\vFUNCTION is a BDF, a path, or a file below /sys or /dev that belongs to the device. "
	       "Errors stop GPUDirect, warnings may, notes say what should be known.\n\n"
	       "Works without the module, and without root as far as the kernel lets it: what could not "
	       "be seen is said.\n\n"
	       "Exit status: 0 nothing stops it, 1 something would, 2 wrong usage, 3 it cannot be known "
	       "here: there is no GPU, or too little could be seen (run as root).",
};

/* Everything that is known of the guest. */
struct guest {
	struct pfb_view view;
	struct pfb_guest routing;
	u32 providers[NAMES_MAX];
	u32 clients[NAMES_MAX];
	struct pfb_doctor_request request;
	struct pfb_doctor_roles roles;
};

static int find_named(const struct guest *g, const struct names *names, u32 *list, const char *who)
{
	struct pfb_error err = { "" };
	u32 i;
	int ret;

	for (i = 0; i < names->nr; i++) {
		ret = pfb_guest_find(&g->routing, names->text[i], &list[i], &err);
		if (!ret && list[i] == PFB_NO_FUNCTION)
			ret = pfb_fail(&err, -EINVAL, "%s is no PCI function", names->text[i]);
		if (ret) {
			pfb_complain(who, "%s", err.text);
			return ret == -EINVAL ? PFB_EXIT_USAGE : PFB_EXIT_IMPOSSIBLE;
		}
	}
	return PFB_EXIT_GOOD;
}

static int load(struct guest *g, const struct args *args, const char *who)
{
	struct pfb_error err = { "" };
	int ret;

	ret = pfb_view_load(&g->view, &args->view, who);
	if (ret != PFB_EXIT_GOOD)
		return ret;
	if (pfb_guest_read(&g->routing, args->view.sysroot, true, &err)) {
		pfb_complain(who, "%s", err.text);
		return PFB_EXIT_IMPOSSIBLE;
	}
	ret = find_named(g, &args->providers, g->providers, who);
	if (ret == PFB_EXIT_GOOD)
		ret = find_named(g, &args->clients, g->clients, who);
	if (ret != PFB_EXIT_GOOD)
		return ret;
	g->request = (struct pfb_doctor_request){
		.guest = &g->view.guest, .routing = &g->routing, .declared = &g->view.declared,
		.assessment = &g->view.assessment,
		.providers = g->providers, .nr_providers = args->providers.nr,
		.clients = g->clients, .nr_clients = args->clients.nr,
		.allow_declared = args->allow.declared,
		.allow_preserved = args->allow.preserved,
	};
	if (pfb_doctor_roles(&g->roles, &g->request)) {
		pfb_complain(who, "out of memory");
		return PFB_EXIT_IMPOSSIBLE;
	}
	return PFB_EXIT_GOOD;
}

/* Why there is no provider, as far as can be said. */
static int complain_of_none(const char *who, bool errors, bool unseen)
{
	if (errors) {
		pfb_complain(who, "there is no GPU in this guest, and nothing of what was declared can be checked further; name a function with --provider");
		return PFB_EXIT_FAILED;
	}
	pfb_complain(who, "there is no GPU in this guest, and no BAR is declared%s: nothing to check; name a function with --provider",
		     unseen ? " that could be read" : "");
	return PFB_EXIT_IMPOSSIBLE;
}

static void not_seen(void *ctx, const char *reason, ...) __printf(2, 3);

static void not_seen(void *ctx, const char *reason, ...)
{
	va_list args;

	va_start(args, reason);
	pfb_findings_vadd(ctx, &pfb_doctor_rules[PFB_DOCTOR_NOT_SEEN], 0, "the guest as a whole",
			  "to be read", "it cannot be read here", "run as root", reason, args);
	va_end(args);
}

static void say_not_seen(void *ctx, const char *reason)
{
	not_seen(ctx, "%s", reason);
}

static int examine(const struct guest *g, const struct args *args, const char *who)
{
	struct pfb_findings findings = { 0 };
	struct pfb_error err = { "" };
	struct json_object *top;
	unsigned int unseen;
	int ret;

	if (pfb_doctor(&findings, &g->request, &g->roles, &err)) {
		pfb_complain(who, "%s", err.text);
		ret = PFB_EXIT_IMPOSSIBLE;
		goto out;
	}
	unseen = pfb_view_unreadable(&g->view, say_not_seen, &findings);
	pfb_findings_sort(&findings);
	if (!g->roles.nr_providers)
		ret = complain_of_none(who, findings.errors, unseen);
	else
		ret = findings.errors ? PFB_EXIT_FAILED : unseen ? PFB_EXIT_IMPOSSIBLE :
								   PFB_EXIT_GOOD;
	if (!args->view.json) {
		if (findings.nr || g->roles.nr_providers)
			pfb_findings_print(&findings);
		if (ret == PFB_EXIT_IMPOSSIBLE && g->roles.nr_providers)
			pfb_complain(who, "too little could be seen to say that nothing stops GPUDirect: run as root");
		goto out;
	}
	top = json_object_new_object();
	pfb_json_text(top, "verdict", ret == PFB_EXIT_GOOD ? "good" :
		      ret == PFB_EXIT_FAILED ? "stopped" : "unknown");
	pfb_json_number(top, "providers", g->roles.nr_providers);
	pfb_json_number(top, "clients", g->roles.nr_clients);
	pfb_findings_json(top, &findings);
	if (pfb_json_print(top))
		ret = PFB_EXIT_IMPOSSIBLE;
out:
	pfb_findings_free(&findings);
	return ret;
}

static bool parse_link(const char *text, struct pfb_link *link)
{
	const char *end;
	char *rest;
	unsigned long width;

	link->speed = pfb_link_parse_speed(text, &end);
	if (!link->speed || *end != 'x' || end[1] < '0' || end[1] > '9')
		return false;
	width = strtoul(end + 1, &rest, 10);
	link->width = (unsigned int)width;
	return !*rest && width && width <= PFB_LINK_WIDTH_MAX;
}

static u32 find_bdf(const struct pfb_nccl_request *request, const char *bdf, size_t len)
{
	u32 i;

	for (i = 0; i < request->nr_functions; i++) {
		const char *own = request->guest->functions[request->functions[i].guest].bdf;

		if (strlen(own) == len && !strncmp(own, bdf, len))
			return i;
	}
	return PFB_NO_FUNCTION;
}

static u32 find_captured(const struct pfb_capture *host, const char *bdf)
{
	u32 i;

	for (i = 0; i < host->top.nr_functions; i++)
		if (!strcmp(host->functions[i].bdf, bdf))
			return i;
	return PFB_NO_FUNCTION;
}

/* --link and --same, which name functions that take part. */
static int take_statements(struct pfb_nccl_request *request, const struct args *args,
			   struct pfb_error *err)
{
	const char *text, *equals;
	u32 i, f;

	for (i = 0; i < args->links.nr; i++) {
		struct pfb_link *link = &request->link;

		text = args->links.text[i];
		equals = strchr(text, '=');
		if (equals) {
			f = find_bdf(request, text, (size_t)(equals - text));
			if (f == PFB_NO_FUNCTION)
				return pfb_fail(err, -EINVAL, "--link=%s: expected the BDF of a provider or client, such as 0000:03:00.0",
						text);
			link = &request->functions[f].link;
		}
		if (!parse_link(equals ? equals + 1 : text, link))
			return pfb_fail(err, -EINVAL, "--link=%s: expected SPEEDxWIDTH, with 2.5, 5, 8, 16, 32 or 64 GT/s and 1 to 32 lanes",
					text);
	}
	/* There are none without a capture of the host. */
	for (i = 0; request->host && i < args->same.nr; i++) {
		text = args->same.text[i];
		equals = strchr(text, '=');
		f = equals ? find_bdf(request, text, (size_t)(equals - text)) : PFB_NO_FUNCTION;
		if (f == PFB_NO_FUNCTION)
			return pfb_fail(err, -EINVAL, "--same=%s: expected GUEST=HOST, with the BDF of a provider or client of the guest",
					text);
		request->functions[f].host = find_captured(request->host, equals + 1);
		if (request->functions[f].host == PFB_NO_FUNCTION)
			return pfb_fail(err, -EINVAL, "--same=%s: the host's capture has no function '%s'",
					text, equals + 1);
	}
	return 0;
}

static void take_functions(struct pfb_nccl_request *request, const u32 *list, u32 nr)
{
	u32 i, k;

	for (i = 0; i < nr; i++) {
		struct pfb_nccl_function *f = &request->functions[request->nr_functions];

		for (k = 0; k < request->nr_functions; k++)
			if (request->functions[k].guest == list[i])
				break;
		if (k < request->nr_functions)
			continue;
		*f = (struct pfb_nccl_function){ .guest = list[i], .host = PFB_NO_FUNCTION };
		request->nr_functions++;
	}
}

static int write_topology(const struct guest *g, const struct args *args, const char *who)
{
	struct pfb_nccl_request request = { .guest = &g->routing };
	struct pfb_capture capture = { 0 };
	struct pfb_error err = { "" };
	char *xml = NULL;
	int ret;

	if (!g->roles.nr_providers)
		return complain_of_none(who, false, false);
	request.functions = calloc((size_t)g->roles.nr_providers + g->roles.nr_clients,
				   sizeof(*request.functions));
	if (!request.functions) {
		ret = pfb_fail(&err, -ENOMEM, "out of memory");
		goto out;
	}
	take_functions(&request, g->roles.providers, g->roles.nr_providers);
	take_functions(&request, g->roles.clients, g->roles.nr_clients);
	if (args->host) {
		if (pfb_capture_load(&capture, args->host, &err)) {
			/* what is wrong with the file is not wrong with the command line */
			ret = -ENODATA;
			goto out;
		}
		request.host = &capture;
	}
	ret = take_statements(&request, args, &err);
	if (!ret)
		ret = pfb_nccl_topo(&request, &xml, &err);
	if (!ret)
		ret = pfb_file_write(args->nccl_topo, xml, strlen(xml), &err);
out:
	if (ret)
		pfb_complain(who, "%s", err.text);
	pfb_capture_free(&capture);
	free(request.functions);
	free(xml);
	return !ret ? PFB_EXIT_GOOD : ret == -EINVAL ? PFB_EXIT_USAGE : PFB_EXIT_IMPOSSIBLE;
}

/**
 * pfb_cmd_doctor() - pci-fixed-bars doctor
 * @argc: number of words
 * @argv: the words
 *
 * Return: an enum pfb_exit.
 */
int pfb_cmd_doctor(int argc, char **argv)
{
	struct args args = { 0 };
	struct guest g = { 0 };
	int ret;

	if (argp_parse(&argp, argc, argv, 0, NULL, &args))
		return PFB_EXIT_USAGE;
	if (args.rules)
		return pfb_rules_print(pfb_doctor_rules, PFB_NR_DOCTOR_RULES, args.view.json) ?
		       PFB_EXIT_IMPOSSIBLE : PFB_EXIT_GOOD;
	ret = load(&g, &args, argv[0]);
	if (ret == PFB_EXIT_GOOD)
		ret = args.nccl_topo ? write_topology(&g, &args, argv[0]) :
				       examine(&g, &args, argv[0]);
	pfb_doctor_roles_free(&g.roles);
	pfb_guest_free(&g.routing);
	pfb_view_free(&g.view);
	return ret;
}
