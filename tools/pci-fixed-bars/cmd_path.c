// SPDX-License-Identifier: GPL-2.0
/* pci-fixed-bars path: how a client's requests reach a provider's BAR, hop by hop. */
#include <stdlib.h>

#include <pci_fixed_bars/route.h>

#include "command.h"
#include "lib/json_fields.h"
#include "lib/manifest_text.h"
#include "lib/table.h"
#include "view.h"

struct args {
	struct pfb_view_options view;
	const char *provider;
	const char *client;
	bool allow_declared;
	bool allow_preserved;
	int bar;		/* -1: choose */
	unsigned int mask_bits;	/* 0: as the kernel shows */
	int ats;		/* -1: as the function has it */
};

enum {
	OPT_ALLOW_DECLARED = 0x100,
	OPT_ALLOW_PRESERVED,
	OPT_DMA_MASK,
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
	{ "allow-declared", OPT_ALLOW_DECLARED, NULL, 0,
	  "Accept a BAR whose host-physical address nobody stated", 0 },
	{ "allow-preserved", OPT_ALLOW_PRESERVED, NULL, 0,
	  "Accept a BAR that nobody declared and that is where firmware left it", 0 },
	{ 0 }
};

static int bar_by_name(const char *name)
{
	unsigned int i;

	for (i = 0; i < PFB_NR_BARS; i++)
		if (!strcmp(name, pfb_bar_index_name(i)))
			return (int)i;
	if (name[0] >= '0' && name[0] <= '5' && !name[1])
		return name[0] - '0';
	return -1;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *args = state->input;
	char *end;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &args->view;
		return 0;
	case 'b':
		args->bar = bar_by_name(arg);
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
	case OPT_ALLOW_DECLARED:
		args->allow_declared = true;
		return 0;
	case OPT_ALLOW_PRESERVED:
		args->allow_preserved = true;
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

static const struct argp_child children[] = { { &pfb_view_argp, 0, NULL, 0 }, { 0 } };

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

/* What the answer is about. Indices are those of @routing, which has VFs, too. */
struct question {
	const struct args *args;
	const struct pfb_view *view;
	const struct pfb_guest *routing;
	struct pfb_route_query query;
	struct pfb_route route;
	const struct pfb_assessed *provider;	/* of a VF: its PF */
	const struct pfb_assessed_bar *bar;
	unsigned int assessed_bar;
	enum pfb_bar_state state;
	unsigned int mask_bits;
};

static const struct pfb_guest_function *guest_fn(const struct question *q, u32 index)
{
	return &q->routing->functions[index];
}

static const struct pfb_bar *provider_bar(const struct question *q)
{
	return &q->routing->top.functions[q->query.provider].bars[q->query.bar];
}

/* The verdicts of a function; those of a VF's BARs are its PF's. */
static const struct pfb_assessed *find_assessed(const struct question *q, u32 index)
{
	const struct pfb_guest_function *gf = guest_fn(q, index);
	const char *bdf = gf->pf[0] ? gf->pf : gf->bdf;
	u32 i;

	for (i = 0; i < q->view->guest.top.nr_functions; i++)
		if (!strcmp(q->view->guest.functions[i].bdf, bdf))
			return &q->view->assessment.entries[i];
	return NULL;
}

static bool is_memory(const struct pfb_bar *bar)
{
	return bar->size && !(bar->flags & PFB_BAR_IO);
}

/* Return: the BAR that is meant, -1 when there is none to choose from. */
static int choose_bar(const struct question *q)
{
	const struct pfb_function *fn = &q->routing->top.functions[q->query.provider];
	unsigned int first_assessed = guest_fn(q, q->query.provider)->pf[0] ? PFB_BAR_VF0 : 0;
	int best = -1, i;
	bool best_declared = false;

	for (i = 0; i < PFB_BAR_ROM; i++) {
		bool declared = q->provider &&
				q->provider->bars[first_assessed + (unsigned int)i].declared;

		if (!is_memory(&fn->bars[i]) || (best_declared && !declared))
			continue;
		if (best >= 0 && declared == best_declared &&
		    fn->bars[i].size <= fn->bars[best].size)
			continue;
		best = i;
		best_declared = declared;
	}
	return best;
}

static void ask(struct question *q)
{
	const struct args *args = q->args;
	struct pfb_route_query *query = &q->query;
	const struct pfb_bar *bar = provider_bar(q);

	q->assessed_bar = query->bar + (guest_fn(q, query->provider)->pf[0] ? PFB_BAR_VF0 : 0);
	query->provider_clique = PFB_CLIQUE_NONE;
	query->client_clique = PFB_CLIQUE_NONE;
	if (q->provider) {
		query->provider_clique = q->provider->clique;
		if (q->assessed_bar < PFB_NR_BARS)
			q->bar = &q->provider->bars[q->assessed_bar];
	}
	if (q->bar) {
		q->state = pfb_assessed_state(q->bar);
		query->bar_passes = !pfb_assessed_differs(q->bar) &&
				    pfb_state_passes(q->state, args->allow_declared,
						     args->allow_preserved);
	}
	query->bar_reserved = pfb_guest_reserved(q->routing, bar->address, bar->size);

	q->mask_bits = args->mask_bits;
	if (query->client != PFB_NO_FUNCTION) {
		const struct pfb_guest_function *gf = guest_fn(q, query->client);
		const struct pfb_function *client = &q->routing->top.functions[query->client];
		const struct pfb_assessed *e = find_assessed(q, query->client);

		if (e)
			query->client_clique = e->clique;
		if (!q->mask_bits)
			q->mask_bits = gf->dma_mask_bits;
		/* A group whose type cannot be read may translate: unknown is never a pass. */
		query->client_translated = gf->iommu == PFB_IOMMU_TRANSLATES ||
					   gf->iommu == PFB_IOMMU_UNKNOWN;
		query->client_ats = args->ats >= 0 ? args->ats > 0 :
						     client->flags & PFB_FN_ATS_ENABLED;
	}
	if (q->mask_bits)
		query->client_dma_mask = q->mask_bits >= 64 ? ~0ULL : (1ULL << q->mask_bits) - 1;
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
	const struct pfb_guest_function *gf = guest_fn(q, q->query.client);
	char mask[48], iommu[64];

	if (q->mask_bits)
		snprintf(mask, sizeof(mask), "%u-bit DMA", q->mask_bits);
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
	snprintf(buf, size, "%s, %s%s", mask, iommu, q->query.client_ats ? ", ATS" : "");
}

static void provider_text(const struct question *q, char *buf, size_t size)
{
	const struct pfb_bar *bar = provider_bar(q);
	char bytes[24];
	char where[24] = "a hidden address";

	if (pfb_view_addresses(q->view))
		snprintf(where, sizeof(where), "0x%llx", (unsigned long long)bar->address);
	snprintf(buf, size, "%s at %s, size %s: %s", pfb_bar_index_name(q->query.bar), where,
		 pfb_size_format(bar->size, bytes, sizeof(bytes)),
		 q->bar ? pfb_state_name(q->state) : "untracked");
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
	for (i = 0; i < q->route.nr_hops; i++) {
		const struct pfb_hop *hop = &q->route.hops[i];
		const struct pfb_function *fn = &q->routing->top.functions[hop->function];
		const struct pfb_guest_function *gf = guest_fn(q, hop->function);
		char found[256] = "";

		if (i && up_to_here(q->route.hops[i - 1].action) && !turns_here(hop->action)) {
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

/* More than the reason's general text: what exactly, here. Empty when there is no more. */
static const char *reason_detail(const struct question *q, u32 why, char *buf, size_t size)
{
	buf[0] = '\0';
	switch (why) {
	case PFB_WHY_BAR_STATE:
		if (!q->bar)
			break;
		if (!pfb_view_addresses(q->view))
			snprintf(buf, size, PFB_HIDDEN);
		else if (pfb_assessed_differs(q->bar))
			snprintf(buf, size, "this program says %s, the module %s",
				 pfb_state_name(q->bar->state),
				 pfb_state_name(q->bar->module_state));
		else if (q->provider->conflict.text[0])
			snprintf(buf, size, "%s", q->provider->conflict.text);
		else if (q->state == q->bar->state)
			pfb_verdict_explain(&q->bar->facts, q->state, buf, size);
		else
			snprintf(buf, size, "%s, says the module", pfb_state_name(q->state));
		break;
	case PFB_WHY_ACS_REDIRECT:
		if (pfb_route_acs_param(&q->routing->top, &q->route, buf, size) <= 0)
			buf[0] = '\0';
		break;
	case PFB_WHY_DMA_MASK:
		if (!q->mask_bits)
			snprintf(buf, size, "no driver has stated what %s can send; --dma-mask=BITS says it for a device whose driver is yet to come",
				 q->args->client);
		break;
	case PFB_WHY_IOMMU:
		if (q->query.client != PFB_NO_FUNCTION &&
		    guest_fn(q, q->query.client)->iommu == PFB_IOMMU_UNKNOWN)
			snprintf(buf, size, "the type of its IOMMU group cannot be read; taken for translating");
		break;
	}
	return buf;
}

static void print_text(const struct question *q)
{
	char text[2 * PFB_ERROR_TEXT_MAX];
	u32 w;

	print_hops(q);
	printf("\nverdict: %s", pfb_route_kind_name(q->route.kind));
	if (q->route.decider != PFB_NO_FUNCTION)
		printf(", decided at %s", guest_fn(q, q->route.decider)->bdf);
	putchar('\n');
	for (w = 0; w < PFB_NR_WHYS; w++) {
		u32 why = 1U << w;

		if (!(q->route.why & why))
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

	pfb_json_text(end, "function", guest_fn(q, q->query.provider)->bdf);
	pfb_json_text(end, "bar", pfb_bar_index_name(q->query.bar));
	if (pfb_view_addresses(q->view))
		pfb_json_hex(end, "address", bar->address);
	pfb_json_hex(end, "size", bar->size);
	pfb_json_text(end, "state", q->bar ? pfb_state_name(q->state) : "untracked");
	if (q->query.provider_clique != PFB_CLIQUE_NONE)
		pfb_json_number(end, "clique", q->query.provider_clique);
	json_object_object_add(top, "provider", end);

	end = json_object_new_object();
	pfb_json_text(end, "name", q->args->client);
	if (q->query.client != PFB_NO_FUNCTION) {
		const struct pfb_guest_function *gf = guest_fn(q, q->query.client);

		pfb_json_text(end, "function", gf->bdf);
		pfb_json_text(end, "driver", gf->driver);
		pfb_json_number(end, "dma_mask_bits", q->mask_bits);
		pfb_json_text(end, "iommu_group_type", gf->iommu_type);
		pfb_json_bool(end, "iommu_translates", q->query.client_translated);
		pfb_json_bool(end, "ats", q->query.client_ats);
		if (q->query.client_clique != PFB_CLIQUE_NONE)
			pfb_json_number(end, "clique", q->query.client_clique);
	}
	json_object_object_add(top, "client", end);

	for (i = 0; i < q->route.nr_hops; i++) {
		const struct pfb_hop *hop = &q->route.hops[i];
		const struct pfb_function *fn = &q->routing->top.functions[hop->function];
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
	pfb_json_text(top, "verdict", pfb_route_kind_name(q->route.kind));
	pfb_json_bool(top, "direct", q->route.kind == PFB_ROUTE_DIRECT);
	pfb_json_text(top, "decided_at", q->route.decider == PFB_NO_FUNCTION ? NULL :
		      guest_fn(q, q->route.decider)->bdf);
	json_object_object_add(top, "reasons", json_whys(q, q->route.why, true));
	return pfb_json_print(top) ? PFB_EXIT_IMPOSSIBLE : PFB_EXIT_GOOD;
}

/* Whatever a port on the way hides makes every verdict a guess. */
static bool ports_readable(const struct question *q, const char *who)
{
	u32 i;

	for (i = 0; i < q->route.nr_hops; i++) {
		const struct pfb_guest_function *gf = guest_fn(q, q->route.hops[i].function);

		if (gf->caps_read)
			continue;
		pfb_complain(who, "%s: its capabilities cannot be read, so neither its port type nor its ACS is known: run as root",
			     gf->bdf);
		return false;
	}
	return true;
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

	ret = pfb_guest_find(q->routing, q->args->provider, &q->query.provider, &err);
	if (!ret && q->query.provider == PFB_NO_FUNCTION)
		ret = pfb_fail(&err, -EINVAL, "%s is no PCI function, so it has no BAR to provide",
			       q->args->provider);
	if (!ret)
		ret = pfb_guest_find(q->routing, q->args->client, &q->query.client, &err);
	if (ret) {
		pfb_complain(who, "%s", err.text);
		return find_exit(ret);
	}
	q->provider = find_assessed(q, q->query.provider);
	bar = q->args->bar >= 0 ? q->args->bar : choose_bar(q);
	if (bar < 0) {
		pfb_complain(who, "%s has no memory BAR: nothing to reach", q->args->provider);
		return PFB_EXIT_IMPOSSIBLE;
	}
	q->query.bar = (unsigned int)bar;
	ask(q);
	ret = pfb_route(&q->routing->top, &q->query, &q->route);
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
	if (q->route.kind != PFB_ROUTE_DIRECT)
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
		q.routing = &routing;
		ret = run(&q, argv[0]);
	}
	pfb_guest_free(&routing);
	pfb_view_free(&view);
	return ret;
}
