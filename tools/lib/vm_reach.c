// SPDX-License-Identifier: GPL-2.0
/* Does a request of one function arrive at another's BARs on the host. */
#include <pci_fixed_bars/route.h>

#include "lib/vm_reach.h"

/* What is told by the verdict itself. */
#define WHY_ROUTING	(PFB_WHY_ACS_REDIRECT | PFB_WHY_ACS_EGRESS | PFB_WHY_NO_COMMON)
#define ACS_REDIRECTS	(PFB_ACS_RR | PFB_ACS_CR | PFB_ACS_EC)

/* Bytes of pci=disable_acs_redir= that a reason has room for. */
#define ACS_PARAM_MAX	104

static void say(struct pfb_vm_reach *reach, enum pfb_vm_pair_verdict verdict, const char *fmt, ...)
	__printf(3, 4);

static void say(struct pfb_vm_reach *reach, enum pfb_vm_pair_verdict verdict, const char *fmt, ...)
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
static bool turns_in_switch(const struct pfb_vm_host *host, const struct pfb_route *route,
			    bool one_device, u32 *turn)
{
	u32 i;

	*turn = PFB_NO_FUNCTION;
	for (i = 0; i < route->nr_hops; i++)
		if (route->hops[i].action == PFB_HOP_TURN)
			*turn = route->hops[i].function;
	if (*turn == PFB_NO_FUNCTION)
		return false;
	return one_device || host->top.functions[*turn].type == PFB_PORT_UPSTREAM;
}

/* Does every port that redirects let translated requests through? Then ATS is all that lacks. */
static bool lacks_ats(const struct pfb_vm_host *host, const struct pfb_route *route)
{
	u32 i, client = host->top.functions[route->hops[0].function].flags;

	if (!(client & PFB_FN_ATS) || (client & PFB_FN_ATS_ENABLED) ||
	    (route->why & PFB_WHY_TRANSLATION_BLOCKED))
		return false;
	for (i = 0; i < route->nr_hops; i++) {
		const struct pfb_function *fn = &host->top.functions[route->hops[i].function];

		if ((fn->flags & PFB_FN_ACS) && (fn->acs_ctrl & ACS_REDIRECTS) &&
		    !(fn->acs_ctrl & PFB_ACS_DT))
			return false;
	}
	return true;
}

/* Every port on the way that redirects has to stop: mending one at a time costs a boot each. */
static void say_redirected(const struct pfb_vm_host *host, const struct pfb_route *route,
			   const char *type, const char *at, struct pfb_vm_reach *reach)
{
	char param[ACS_PARAM_MAX];

	if (pfb_route_acs_param(&host->top, route, param, sizeof(param)) <= 0)
		snprintf(param, sizeof(param), "pci=disable_acs_redir=%s", at);
	say(reach, PFB_VM_PAIR_NONE,
	    "ACS at %s %s sends it up to the root complex: turn redirect off on the host (%s)%s",
	    type, at, param, lacks_ats(host, route) ?
	    ", or ATS on for the client: direct translated is on" : "");
}

static void judge(const struct pfb_vm_host *host, const struct pfb_route *route, unsigned int bar,
		  bool one_device, struct pfb_vm_reach *reach)
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
		say_redirected(host, route, type, at, reach);
	} else if (route->kind == PFB_ROUTE_BLOCKED) {
		for (bit = 1; !(route->why & ~WHY_ROUTING & bit); bit <<= 1)
			;
		say(reach, PFB_VM_PAIR_NONE, "%s: %s at %s %s on the host",
		    pfb_bar_index_name(bar), pfb_route_why_name(bit), type, at);
	} else if (!turns_in_switch(host, route, one_device, &turn)) {
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
static void ask(const struct pfb_vm_host *host, u32 client, u32 provider, unsigned int bar,
		bool one_device, struct pfb_vm_reach *worst, bool *asked)
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
	struct pfb_vm_reach reach;

	if (pfb_route(&host->top, &query, &route))
		say(&reach, PFB_VM_PAIR_NONE, "the path is deeper than %u functions",
		    PFB_PATH_HOPS_MAX);
	else
		judge(host, &route, bar, one_device, &reach);
	if (!*asked || reach.verdict > worst->verdict)
		*worst = reach;
	*asked = true;
}

void pfb_vm_reach(const struct pfb_vm_host *host, u32 client, u32 provider, u16 bars,
		  bool one_device, struct pfb_vm_reach *reach)
{
	bool asked = false;
	unsigned int bar;

	for (bar = 0; bar < PFB_BAR_ROM; bar++)
		if (bars & (1U << bar))
			ask(host, client, provider, bar, one_device, reach, &asked);
	if (!asked)
		say(reach, PFB_VM_PAIR_NONE,
		    "%s has no 64-bit prefetchable BAR, and no other can have the host's address in a guest",
		    pfb_vm_host_bdf(host, provider));
}
