// SPDX-License-Identifier: GPL-2.0
/* pci-fixed-bars path: how a client's requests reach a provider's BAR, hop by hop. */
#include <stdlib.h>

#include "allow.h"
#include "command.h"
#include "lib/bar_name.h"
#include "lib/json_fields.h"
#include "lib/manifest_text.h"
#include "lib/path_question.h"
#include "lib/table.h"
#include "view.h"

struct args {
	struct pfb_view_options view;
	const char *provider;
	const char *client;
	struct pfb_allow allow;
	int bar;		/* -1: choose */
	unsigned int mask_bits;	/* 0: as the kernel shows */
	int ats;		/* -1: as the function has it */
};

enum {
	OPT_DMA_MASK = 0x100,
	OPT_ATS,
	OPT_NO_ATS,
};

static const struct argp_option options[] = {
	{ "bar", 'b', "BAR", 0,
	  "Which BAR of PROVIDER, as in 'bar2' (default: the declared memory BAR, the largest of several)",
	  0 },
	{ "dma-mask", OPT_DMA_MASK, "BITS", 0,
	  "Bits of address that CLIENT can send (default: as its driver told the kernel; 32 without a driver)",
	  0 },
	{ "ats", OPT_ATS, NULL, 0,
	  "CLIENT sends ATS-translated requests (default: if its ATS is on)", 0 },
	{ "no-ats", OPT_NO_ATS, NULL, 0, "CLIENT sends none", 0 },
	{ 0 }
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *args = state->input;
	char *end;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &args->view;
		state->child_inputs[1] = &args->allow;
		return 0;
	case 'b':
		args->bar = pfb_bar_by_name(arg);
		if (args->bar < 0)
			argp_error(state, "--bar: '%s' is no BAR; bar0 to bar5 are", arg);
		return 0;
	case OPT_DMA_MASK:
		args->mask_bits = (unsigned int)strtoul(arg, &end, 10);
		if (*arg < '0' || *arg > '9' || *end || !args->mask_bits || args->mask_bits > 64)
			argp_error(state, "--dma-mask: expected 1 to 64 bits, not '%s'", arg);
		return 0;
	case OPT_ATS:
		args->ats = 1;
		return 0;
	case OPT_NO_ATS:
		args->ats = 0;
		return 0;
	case ARGP_KEY_ARG:
		if (!args->provider)
			args->provider = arg;
		else if (!args->client)
			args->client = arg;
		else
			argp_error(state, "'%s' is one word too many", arg);
		return 0;
	case ARGP_KEY_END:
		if (!args->client)
			argp_error(state, "name PROVIDER and CLIENT");
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
	.args_doc = "PROVIDER CLIENT",
	.doc = "Follow a request from CLIENT (a NIC, say) to a BAR of PROVIDER (a GPU) through every "
	       "port, and say whether it gets there directly. Both are named by BDF, by path, or by a "
	       "file below /sys or /dev that belongs to the device, such as /sys/class/nvme/nvme0."
	       "\vVerdicts: direct, direct-translated (ATS-translated requests only), redirected (ACS "
	       "sends it up), host-bridge (no common switch), blocked.\n\n"
	       "Exit status: 0 the path is direct, 1 it is not, 3 it cannot be known here (the reason "
	       "is printed).",
};

/* What the answer is about. */
struct question {
	const struct args *args;
	const struct pfb_view *view;
	struct pfb_path_question path;
};

static const struct pfb_guest_function *guest_fn(const struct question *q, u32 index)
{
	return &q->path.routing->functions[index];
}

static const struct pfb_bar *provider_bar(const struct question *q)
{
	return pfb_path_question_provider_bar(&q->path);
}

/* "no ACS", "ACS off", or what is on. */
static const char *acs_text(const struct pfb_function *fn, char *buf, size_t size)
{
	static const struct {
		u16 bit;
		const char *name;
	} bits[] = {
		{ PFB_ACS_SV, "source validation" },
		{ PFB_ACS_TB, "translation blocking" },
		{ PFB_ACS_RR, "request redirect" },
		{ PFB_ACS_CR, "completion redirect" },
		{ PFB_ACS_UF, "upstream forwarding" },
		{ PFB_ACS_EC, "egress control" },
		{ PFB_ACS_DT, "direct translated" },
	};
	size_t used, i;

	if (!(fn->flags & PFB_FN_ACS))
		return "no ACS";
	if (!fn->acs_ctrl)
		return "ACS off";
	used = (size_t)snprintf(buf, size, "ACS:");
	for (i = 0; i < ARRAY_SIZE(bits); i++)
		if ((fn->acs_ctrl & bits[i].bit) && used < size)
			used += (size_t)snprintf(buf + used, size - used, "%s %s",
						 used > 4 ? "," : "", bits[i].name);
	return buf;
}

static const char *hop_text(enum pfb_hop_action action)
{
	switch (action) {
	case PFB_HOP_START:
		return "client";
	case PFB_HOP_UP:
		return "   ^ up";
	case PFB_HOP_TURN:
		return "  <> turns";
	case PFB_HOP_DOWN:
		return "   v down";
	case PFB_HOP_END:
		return "provider";
	}
	return "?";
}

static void client_text(const struct question *q, char *buf, size_t size)
{
	const struct pfb_guest_function *gf = guest_fn(q, q->path.query.client);
	char mask[48], iommu[64];

	if (q->path.mask_bits)
		snprintf(mask, sizeof(mask), "%u-bit DMA", q->path.mask_bits);
	else
		snprintf(mask, sizeof(mask), "DMA mask not known, taken for 32 bits");
	switch (gf->iommu) {
	case PFB_IOMMU_NONE:
		snprintf(iommu, sizeof(iommu), "no IOMMU");
		break;
	case PFB_IOMMU_IDENTITY:
		snprintf(iommu, sizeof(iommu), "IOMMU passes addresses unchanged");
		break;
	case PFB_IOMMU_TRANSLATES:
		snprintf(iommu, sizeof(iommu), "IOMMU translates (%s)", gf->iommu_type);
		break;
	case PFB_IOMMU_UNKNOWN:
		snprintf(iommu, sizeof(iommu), "IOMMU of unknown type");
		break;
	}
	snprintf(buf, size, "%s, %s%s", mask, iommu, q->path.query.client_ats ? ", ATS" : "");
}

static void provider_text(const struct question *q, char *buf, size_t size)
{
	const struct pfb_bar *bar = provider_bar(q);
	char bytes[24];
	char where[24] = "a hidden address";

	if (pfb_view_addresses(q->view))
		snprintf(where, sizeof(where), "0x%llx", (unsigned long long)bar->address);
	snprintf(buf, size, "%s at %s, size %s: %s", pfb_bar_index_name(q->path.query.bar), where,
		 pfb_size_format(bar->size, bytes, sizeof(bytes)),
		 q->path.bar ? pfb_state_name(q->path.state) : "untracked");
}

/* Before the turn; what follows must be another hop up, or the turn itself. */
static bool up_to_here(enum pfb_hop_action action)
{
	return action == PFB_HOP_START || action == PFB_HOP_UP;
}

static bool turns_here(enum pfb_hop_action action)
{
	return action == PFB_HOP_UP || action == PFB_HOP_TURN;
}

static void print_hops(const struct question *q)
{
	struct pfb_table table;
	char text[256];
	u32 i, w;

	pfb_table_init(&table, 5, 2);
	for (i = 0; i < q->path.route.nr_hops; i++) {
		const struct pfb_hop *hop = &q->path.route.hops[i];
		const struct pfb_function *fn = &q->path.routing->top.functions[hop->function];
		const struct pfb_guest_function *gf = guest_fn(q, hop->function);
		char found[256] = "";

		if (i && up_to_here(q->path.route.hops[i - 1].action) && !turns_here(hop->action)) {
			pfb_table_cell(&table, "  ~~ leaves");
			pfb_table_cell(&table, "root complex");
			pfb_table_cell(&table, "no switch above both");
			pfb_table_cell(&table, "%s", "");
			pfb_table_cell(&table, "%s", "");
		}
		pfb_table_cell(&table, "%s", hop_text(hop->action));
		pfb_table_cell(&table, "%s", gf->bdf);
		pfb_table_cell(&table, "%s %04x:%04x", pfb_topology_is_bridge(fn) ?
			       pfb_port_type_name(fn->type) :
			       gf->driver[0] ? gf->driver : "no driver", fn->vendor, fn->device);
		if (hop->action == PFB_HOP_START)
			client_text(q, text, sizeof(text));
		else if (hop->action == PFB_HOP_END)
			provider_text(q, text, sizeof(text));
		else
			snprintf(text, sizeof(text), "%s", acs_text(fn, found, sizeof(found)));
		pfb_table_cell(&table, "%s", text);
		found[0] = '\0';
		for (w = 0; w < PFB_NR_WHYS; w++)
			if (hop->why & (1U << w))
				snprintf(found + strlen(found), sizeof(found) - strlen(found), "%s%s",
					 found[0] ? ", " : "! ", pfb_route_why_name(1U << w));
		pfb_table_cell(&table, "%s", found);
	}
	pfb_table_print(&table);
}

static const char *reason_detail(const struct question *q, u32 why, char *buf, size_t size)
{
	return pfb_path_question_detail(&q->path, q->args->client, why, buf, size);
}

static void print_text(const struct question *q)
{
	char text[2 * PFB_ERROR_TEXT_MAX];
	u32 w;

	print_hops(q);
	printf("\nverdict: %s", pfb_route_kind_name(q->path.route.kind));
	if (q->path.route.decider != PFB_NO_FUNCTION)
		printf(", decided at %s", guest_fn(q, q->path.route.decider)->bdf);
	putchar('\n');
	for (w = 0; w < PFB_NR_WHYS; w++) {
		u32 why = 1U << w;

		if (!(q->path.route.why & why))
			continue;
		printf("  %s: %s\n", pfb_route_why_name(why), pfb_route_why_text(why));
		if (*reason_detail(q, why, text, sizeof(text)))
			printf("    %s\n", text);
	}
}

static struct json_object *json_whys(const struct question *q, u32 whys, bool details)
{
	struct json_object *array = json_object_new_array();
	char text[2 * PFB_ERROR_TEXT_MAX];
	u32 w;

	for (w = 0; w < PFB_NR_WHYS; w++) {
		struct json_object *obj;
		u32 why = 1U << w;

		if (!(whys & why))
			continue;
		if (!details) {
			json_object_array_add(array,
					      json_object_new_string(pfb_route_why_name(why)));
			continue;
		}
		obj = json_object_new_object();
		pfb_json_text(obj, "reason", pfb_route_why_name(why));
		pfb_json_text(obj, "text", pfb_route_why_text(why));
		pfb_json_text(obj, "detail", reason_detail(q, why, text, sizeof(text)));
		json_object_array_add(array, obj);
	}
	return array;
}

static int print_json(const struct question *q)
{
	const struct pfb_bar *bar = provider_bar(q);
	struct json_object *top = json_object_new_object();
	struct json_object *hops = json_object_new_array();
	struct json_object *end = json_object_new_object();
	u32 i;

	pfb_json_text(end, "function", guest_fn(q, q->path.query.provider)->bdf);
	pfb_json_text(end, "bar", pfb_bar_index_name(q->path.query.bar));
	if (pfb_view_addresses(q->view))
		pfb_json_hex(end, "address", bar->address);
	pfb_json_hex(end, "size", bar->size);
	pfb_json_text(end, "state", q->path.bar ? pfb_state_name(q->path.state) : "untracked");
	if (q->path.query.provider_clique != PFB_CLIQUE_NONE)
		pfb_json_number(end, "clique", q->path.query.provider_clique);
	json_object_object_add(top, "provider", end);

	end = json_object_new_object();
	pfb_json_text(end, "name", q->args->client);
	if (q->path.query.client != PFB_NO_FUNCTION) {
		const struct pfb_guest_function *gf = guest_fn(q, q->path.query.client);

		pfb_json_text(end, "function", gf->bdf);
		pfb_json_text(end, "driver", gf->driver);
		pfb_json_number(end, "dma_mask_bits", q->path.mask_bits);
		pfb_json_text(end, "iommu_group_type", gf->iommu_type);
		pfb_json_bool(end, "iommu_translates", q->path.query.client_translated);
		pfb_json_bool(end, "ats", q->path.query.client_ats);
		if (q->path.query.client_clique != PFB_CLIQUE_NONE)
			pfb_json_number(end, "clique", q->path.query.client_clique);
	}
	json_object_object_add(top, "client", end);

	for (i = 0; i < q->path.route.nr_hops; i++) {
		const struct pfb_hop *hop = &q->path.route.hops[i];
		const struct pfb_function *fn = &q->path.routing->top.functions[hop->function];
		struct json_object *obj = json_object_new_object();

		pfb_json_text(obj, "function", guest_fn(q, hop->function)->bdf);
		pfb_json_text(obj, "action", pfb_hop_action_name(hop->action));
		pfb_json_text(obj, "type", pfb_port_type_name(fn->type));
		if (fn->flags & PFB_FN_ACS) {
			pfb_json_hex(obj, "acs_capability", fn->acs_cap);
			pfb_json_hex(obj, "acs_control", fn->acs_ctrl);
		}
		json_object_object_add(obj, "reasons", json_whys(q, hop->why, false));
		json_object_array_add(hops, obj);
	}
	json_object_object_add(top, "hops", hops);
	pfb_json_text(top, "verdict", pfb_route_kind_name(q->path.route.kind));
	pfb_json_bool(top, "direct", q->path.route.kind == PFB_ROUTE_DIRECT);
	pfb_json_text(top, "decided_at", q->path.route.decider == PFB_NO_FUNCTION ? NULL :
		      guest_fn(q, q->path.route.decider)->bdf);
	json_object_object_add(top, "reasons", json_whys(q, q->path.route.why, true));
	return pfb_json_print(top) ? PFB_EXIT_IMPOSSIBLE : PFB_EXIT_GOOD;
}

/* Whatever a port on the way hides makes every verdict a guess. */
static bool ports_readable(const struct question *q, const char *who)
{
	u32 port = pfb_path_question_unreadable(&q->path);

	if (port == PFB_NO_FUNCTION)
		return true;
	pfb_complain(who, "%s: its capabilities cannot be read, so neither its port type nor its ACS is known: run as root",
		     guest_fn(q, port)->bdf);
	return false;
}

static void say_unreadable(void *who, const char *reason)
{
	pfb_complain(who, "not known: %s", reason);
}

static int find_exit(int ret)
{
	return ret == -EINVAL ? PFB_EXIT_USAGE : PFB_EXIT_IMPOSSIBLE;
}

static int run(struct question *q, const char *who)
{
	struct pfb_error err = { "" };
	int ret, bar;

	ret = pfb_guest_find(q->path.routing, q->args->provider, &q->path.query.provider, &err);
	if (!ret && q->path.query.provider == PFB_NO_FUNCTION)
		ret = pfb_fail(&err, -EINVAL, "%s is no PCI function, so it has no BAR to provide",
			       q->args->provider);
	if (!ret)
		ret = pfb_guest_find(q->path.routing, q->args->client, &q->path.query.client, &err);
	if (ret) {
		pfb_complain(who, "%s", err.text);
		return find_exit(ret);
	}
	bar = q->args->bar >= 0 ? q->args->bar : pfb_path_question_choose_bar(&q->path);
	if (bar < 0) {
		pfb_complain(who, "%s has no memory BAR: nothing to reach", q->args->provider);
		return PFB_EXIT_IMPOSSIBLE;
	}
	q->path.query.bar = (unsigned int)bar;
	ret = pfb_path_question_ask(&q->path);
	if (ret) {
		pfb_complain(who, "the path cannot be followed: %s",
			     ret == -ENAMETOOLONG ? "a function lies deeper than 16 bridges" :
			     strerror(-ret));
		return PFB_EXIT_IMPOSSIBLE;
	}
	if (!ports_readable(q, who))
		return PFB_EXIT_IMPOSSIBLE;
	if (q->args->view.json) {
		ret = print_json(q);
		if (ret != PFB_EXIT_GOOD)
			return ret;
	} else {
		print_text(q);
	}
	if (q->path.route.kind != PFB_ROUTE_DIRECT)
		return PFB_EXIT_FAILED;
	/* A source that could not be read may contradict those that could. */
	return pfb_view_unreadable(q->view, say_unreadable, (void *)who) ? PFB_EXIT_IMPOSSIBLE :
								  PFB_EXIT_GOOD;
}

/**
 * pfb_cmd_path() - pci-fixed-bars path
 * @argc: number of words
 * @argv: the words
 *
 * Return: an enum pfb_exit.
 */
int pfb_cmd_path(int argc, char **argv)
{
	struct args args = { .bar = -1, .ats = -1 };
	struct pfb_guest routing = { 0 };
	struct question q = { .args = &args };
	struct pfb_error err = { "" };
	struct pfb_view view;
	int ret;

	if (argp_parse(&argp, argc, argv, 0, NULL, &args))
		return PFB_EXIT_USAGE;
	ret = pfb_view_load(&view, &args.view, argv[0]);
	if (ret == PFB_EXIT_GOOD && pfb_guest_read(&routing, args.view.sysroot, true, &err)) {
		pfb_complain(argv[0], "%s", err.text);
		ret = PFB_EXIT_IMPOSSIBLE;
	}
	if (ret == PFB_EXIT_GOOD) {
		q.view = &view;
		q.path.guest = &view.guest;
		q.path.assessment = &view.assessment;
		q.path.routing = &routing;
		q.path.allow_declared = args.allow.declared;
		q.path.allow_preserved = args.allow.preserved;
		q.path.mask_bits = args.mask_bits;
		q.path.ats = args.ats;
		ret = run(&q, argv[0]);
	}
	pfb_guest_free(&routing);
	pfb_view_free(&view);
	return ret;
}
