// SPDX-License-Identifier: GPL-2.0
/* Who reaches whom on the host, and the cliques that follow. */
#include <stdlib.h>

#include <pci_fixed_bars/route.h>

#include "lib/vm_host.h"

/* What is told by the verdict itself. */
#define WHY_ROUTING	(PFB_WHY_ACS_REDIRECT | PFB_WHY_ACS_EGRESS | PFB_WHY_NO_COMMON)

/**
 * struct reach - what the host does with requests from one function to another
 * @verdict: the worst of all BARs
 * @reason: why
 */
struct reach {
	enum pfb_vm_pair_verdict verdict;
	char reason[256];
};

const char *pfb_vm_pair_name(enum pfb_vm_pair_verdict verdict)
{
	switch (verdict) {
	case PFB_VM_PAIR_DIRECT:
		return "direct";
	case PFB_VM_PAIR_TRANSLATED:
		return "direct-translated";
	case PFB_VM_PAIR_NONE:
		break;
	}
	return "none";
}

static void say(struct reach *reach, enum pfb_vm_pair_verdict verdict, const char *fmt, ...)
	__printf(3, 4);

static void say(struct reach *reach, enum pfb_vm_pair_verdict verdict, const char *fmt, ...)
{
	va_list args;

	reach->verdict = verdict;
	va_start(args, fmt);
	vsnprintf(reach->reason, sizeof(reach->reason), fmt, args);
	va_end(args);
}

/* A port whose ACS nobody could read may redirect. */
static u32 acs_unknown(const struct pfb_vm_host *host, const struct pfb_route *route)
{
	u32 i;

	for (i = 0; i < route->nr_hops; i++) {
		u32 function = route->hops[i].function;

		if (!host->capture->functions[host->functions[function].captured].acs_read)
			return function;
	}
	return PFB_NO_FUNCTION;
}

/* Where it turns, if that is a place that a guest can mirror: a switch, or one device. */
static bool turns_in_switch(const struct pfb_vm_plan *plan, const struct pfb_vm_host *host,
			    const struct pfb_route *route, u32 *turn)
{
	const struct pfb_vm_host_function *from = &host->functions[route->hops[0].function];
	const struct pfb_vm_host_function *to =
		&host->functions[route->hops[route->nr_hops - 1].function];
	u32 i;

	*turn = PFB_NO_FUNCTION;
	for (i = 0; i < route->nr_hops; i++)
		if (route->hops[i].action == PFB_HOP_TURN)
			*turn = route->hops[i].function;
	if (*turn == PFB_NO_FUNCTION)
		return false;
	return host->top.functions[*turn].type == PFB_PORT_UPSTREAM ||
	       plan->top.functions[from->guest].parent == plan->top.functions[to->guest].parent;
}

static void judge(const struct pfb_vm_plan *plan, const struct pfb_vm_host *host,
		  const struct pfb_route *route, unsigned int bar, struct reach *reach)
{
	u32 decider = route->decider == PFB_NO_FUNCTION ? route->hops[0].function : route->decider;
	const struct pfb_function *fn = &host->top.functions[decider];
	const char *at = pfb_vm_host_bdf(host, decider);
	const char *type = pfb_port_type_name(fn->type);
	u32 unknown = acs_unknown(host, route);
	u32 turn;
	u32 bit;

	if (route->kind == PFB_ROUTE_HOST_BRIDGE) {
		say(reach, PFB_VM_PAIR_NONE,
		    "no switch is above both: it leaves at %s %s for the root complex; assign functions below one switch",
		    type, at);
	} else if (unknown != PFB_NO_FUNCTION) {
		say(reach, PFB_VM_PAIR_NONE,
		    "nobody could read whether ACS redirects at %s: capture the host as root",
		    pfb_vm_host_bdf(host, unknown));
	} else if (route->kind == PFB_ROUTE_REDIRECTED) {
		say(reach, PFB_VM_PAIR_NONE,
		    "ACS at %s %s sends it up to the root complex: turn P2P redirect and egress control off there on the host (pci=disable_acs_redir=%s)",
		    type, at, at);
	} else if (route->kind == PFB_ROUTE_BLOCKED) {
		for (bit = 1; !(route->why & ~WHY_ROUTING & bit); bit <<= 1)
			;
		say(reach, PFB_VM_PAIR_NONE, "%s: %s at %s %s on the host",
		    pfb_bar_index_name(bar), pfb_route_why_name(bit), type, at);
	} else if (!turns_in_switch(plan, host, route, &turn)) {
		say(reach, PFB_VM_PAIR_NONE,
		    "both are behind one link, at %s %s: no switch is between them that could route it; assign functions behind two ports of a switch",
		    turn == PFB_NO_FUNCTION ? type :
		    pfb_port_type_name(host->top.functions[turn].type),
		    turn == PFB_NO_FUNCTION ? at : pfb_vm_host_bdf(host, turn));
	} else if (route->kind == PFB_ROUTE_DIRECT_TRANSLATED) {
		say(reach, PFB_VM_PAIR_TRANSLATED,
		    "ACS at %s %s redirects all but ATS-translated requests: it holds as long as the client sends such",
		    type, at);
	} else {
		say(reach, PFB_VM_PAIR_DIRECT, "%s %s turns it round",
		    pfb_port_type_name(host->top.functions[turn].type),
		    pfb_vm_host_bdf(host, turn));
	}
}

/* One BAR: what is worse than before, counts. */
static void ask(const struct pfb_vm_plan *plan, const struct pfb_vm_host *host, u32 client,
		u32 provider, unsigned int bar, struct reach *worst, bool *asked)
{
	struct pfb_route_query query = {
		.provider = provider,
		.bar = bar,
		.client = client,
		.bar_passes = true,
		.provider_clique = PFB_CLIQUE_NONE,
		.client_clique = PFB_CLIQUE_NONE,
		.client_dma_mask = ~0ULL,
		.client_ats = host->top.functions[client].flags & PFB_FN_ATS_ENABLED,
	};
	struct pfb_route route;
	struct reach reach;

	if (pfb_route(&host->top, &query, &route))
		say(&reach, PFB_VM_PAIR_NONE, "the path is deeper than %u functions",
		    PFB_PATH_HOPS_MAX);
	else
		judge(plan, host, &route, bar, &reach);
	if (!*asked || reach.verdict > worst->verdict)
		*worst = reach;
	*asked = true;
}

/* To every fixed BAR; to a client's own BARs, which are not, only to make cliques. */
static void find_reach(const struct pfb_vm_plan *plan, const struct pfb_vm_host *host,
		       u32 client, u32 provider, struct reach *reach)
{
	const struct pfb_function *fn = &host->top.functions[provider];
	u16 fixed = plan->functions[host->functions[provider].guest].fixed;
	bool asked = false;
	unsigned int bar;

	for (bar = 0; bar < PFB_BAR_ROM; bar++) {
		const struct pfb_bar *b = &fn->bars[bar];

		if (fixed ? !(fixed & (1U << bar)) : !b->size || (b->flags & PFB_BAR_IO) ||
						     !(b->flags & PFB_BAR_ASSIGNED))
			continue;
		ask(plan, host, client, provider, bar, reach, &asked);
	}
	if (!fixed && host->functions[provider].provider)
		say(reach, PFB_VM_PAIR_NONE,
		    "%s has no 64-bit prefetchable BAR, and no other can have the host's address",
		    pfb_vm_host_bdf(host, provider));
	else if (!asked)
		say(reach, PFB_VM_PAIR_NONE, "%s has no memory BAR with an address",
		    pfb_vm_host_bdf(host, provider));
}

static bool takes_part(const struct pfb_vm_host *host, u32 index)
{
	return host->functions[index].provider || host->functions[index].client;
}

static bool mutual(const struct pfb_vm_plan *plan, const struct pfb_vm_host *host, u32 a, u32 b)
{
	struct reach there, back;

	find_reach(plan, host, a, b, &there);
	find_reach(plan, host, b, a, &back);
	return there.verdict == PFB_VM_PAIR_DIRECT && back.verdict == PFB_VM_PAIR_DIRECT;
}

/* The first clique all of whose members it reaches, and that reach it; else a new one. */
static void make_cliques(struct pfb_vm_plan *plan, const struct pfb_vm_host *host)
{
	u32 i, j, nr = 0, clique;

	for (i = 0; i < host->nr_assigned; i++) {
		u32 index = host->assigned[i];
		bool fits = false;

		if (!takes_part(host, index))
			continue;
		for (clique = 0; clique < nr && !fits; clique++) {
			fits = true;
			for (j = 0; j < i && fits; j++) {
				u32 member = host->functions[host->assigned[j]].guest;

				if (plan->functions[member].clique == clique)
					fits = mutual(plan, host, index, host->assigned[j]);
			}
		}
		plan->functions[host->functions[index].guest].clique = fits ? clique - 1 : nr++;
	}
}

static void find_pairs(struct pfb_vm_plan *plan, const struct pfb_vm_host *host)
{
	u32 i, j;

	for (i = 0; i < host->nr_assigned; i++) {
		for (j = 0; j < host->nr_assigned; j++) {
			u32 client = host->assigned[i], provider = host->assigned[j];
			struct pfb_vm_pair *pair = &plan->pairs[plan->nr_pairs];
			struct reach reach;

			if (i == j || !takes_part(host, client) ||
			    !host->functions[provider].provider)
				continue;
			find_reach(plan, host, client, provider, &reach);
			pair->client = host->functions[client].guest;
			pair->provider = host->functions[provider].guest;
			pair->verdict = reach.verdict;
			memcpy(pair->reason, reach.reason, sizeof(pair->reason));
			plan->nr_pairs++;
		}
	}
}

/* Each one that takes part must have a peer; else its P2P would silently not be there. */
static int check_peers(const struct pfb_vm_plan *plan, const struct pfb_vm_host *host,
		       struct pfb_error *err)
{
	u32 i, j;

	for (i = 0; i < host->nr_assigned; i++) {
		u32 index = host->functions[host->assigned[i]].guest;
		const struct pfb_vm_pair *worst = NULL;
		bool has_peer = false;

		for (j = 0; j < plan->nr_pairs; j++) {
			const struct pfb_vm_pair *pair = &plan->pairs[j];

			if (pair->client != index && pair->provider != index)
				continue;
			has_peer |= pair->verdict != PFB_VM_PAIR_NONE;
			if (!worst)
				worst = pair;
		}
		if (worst && !has_peer)
			return pfb_fail(err, -EXDEV,
					"%s (%s) has no peer among what is assigned: from %s to %s, %s; or plan without P2P for it (--allow-indirect)",
					pfb_vm_host_bdf(host, host->assigned[i]),
					plan->functions[index].id,
					plan->functions[worst->client].id,
					plan->functions[worst->provider].id, worst->reason);
	}
	return 0;
}

/* A switch that routes P2P takes every address that it claims, the guest's memory, too. */
static void note_claims(struct pfb_vm_plan *plan, const struct pfb_vm_host *host)
{
	const struct pfb_window *high = &plan->top.roots[0].windows[PFB_WINDOW_PREF];
	unsigned int kind;
	u32 i;

	for (i = 0; i < host->top.nr_functions; i++) {
		const struct pfb_function *fn = &host->top.functions[i];

		if (host->functions[i].guest == PFB_NO_FUNCTION || fn->type != PFB_PORT_UPSTREAM)
			continue;
		for (kind = PFB_WINDOW_MEM; kind <= PFB_WINDOW_PREF; kind++) {
			const struct pfb_window *w = &fn->windows[kind];

			if (w->base > w->limit ||
			    (high->base <= w->base && w->limit <= high->limit))
				continue;
			pfb_vm_note(plan, "keep the guest's memory out of 0x%llx-0x%llx: the host's switch %s claims it, and DMA to it would end at a peer",
				    (unsigned long long)w->base, (unsigned long long)w->limit,
				    pfb_vm_host_bdf(host, i));
		}
	}
}

int pfb_vm_pairs(struct pfb_vm_plan *plan, const struct pfb_vm_host *host,
		 const struct pfb_vm_request *request, struct pfb_error *err)
{
	int ret;

	find_pairs(plan, host);
	ret = request->allow_indirect ? 0 : check_peers(plan, host, err);
	if (ret)
		return ret;
	make_cliques(plan, host);
	note_claims(plan, host);
	return 0;
}
