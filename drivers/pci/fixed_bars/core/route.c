// SPDX-License-Identifier: GPL-2.0
/*
 * The route of a memory request from a client to a provider's BAR:
 *
 *	            root port
 *	                |
 *	         upstream port           TURN: the lowest bridge above both
 *	          /           \
 *	 downstream port   downstream port
 *	  UP    |               |    DOWN
 *	      client         provider
 *	      START            END
 *
 * Each port on the way is asked what the kernel asks it (ACS), and what only
 * the hardware asks: does its window claim the address, may it forward.
 */
#include <pci_fixed_bars/route.h>

#define PFB_ACS_REDIR		(PFB_ACS_RR | PFB_ACS_CR)
#define PFB_DMA_MASK_32		0xffffffffULL

/* Reasons that leave the verdict to the ports; any other blocks. */
#define PFB_WHY_ROUTING		(PFB_WHY_ACS_REDIRECT | PFB_WHY_ACS_EGRESS | PFB_WHY_NO_COMMON)

/**
 * struct ancestry - a function and the bridges above it
 * @nr: entries used
 * @fn: the function first, the one on the root bus last
 */
struct ancestry {
	u32 nr;
	u32 fn[PFB_PATH_HOPS_MAX];
};

static int climb(const struct pfb_topology *top, u32 index, struct ancestry *up)
{
	up->nr = 0;
	while (index != PFB_NO_FUNCTION) {
		u32 parent = top->functions[index].parent;

		if (up->nr == PFB_PATH_HOPS_MAX)
			return -ENAMETOOLONG;
		/* Depth-first order; it also keeps a broken topology from looping. */
		if (parent != PFB_NO_FUNCTION && parent >= index)
			return -EINVAL;
		up->fn[up->nr++] = index;
		index = parent;
	}
	return 0;
}

static void add_hop(struct pfb_route *route, u32 function, enum pfb_hop_action action)
{
	struct pfb_hop *hop = &route->hops[route->nr_hops++];

	hop->function = function;
	hop->action = action;
	hop->why = 0;
}

/* The way there: up from the client, one turn, down to the provider. */
static void lay_hops(const struct ancestry *client, const struct ancestry *provider,
		     struct pfb_route *route)
{
	u32 nr_up = client->nr;
	u32 nr_down = provider->nr;
	bool turns = false;
	u32 i;

	/* From the root down, as long as both go the same way. */
	while (nr_up && nr_down && client->fn[nr_up - 1] == provider->fn[nr_down - 1]) {
		nr_up--;
		nr_down--;
		turns = true;
	}

	for (i = 0; i < nr_up; i++)
		add_hop(route, client->fn[i], i ? PFB_HOP_UP : PFB_HOP_START);
	/* Where one end is itself a bridge above the other, it is its end of the way. */
	if (turns)
		add_hop(route, client->fn[nr_up], !nr_down ? PFB_HOP_END :
			nr_up ? PFB_HOP_TURN : PFB_HOP_START);
	else
		route->why |= PFB_WHY_NO_COMMON;
	for (i = nr_down; i--; )
		add_hop(route, provider->fn[i], i ? PFB_HOP_DOWN : PFB_HOP_END);
}

/**
 * struct span - the addresses of a BAR, first and last
 * @first: first address
 * @last: last address, inclusive
 */
struct span {
	u64 first;
	u64 last;
};

static bool window_covers(const struct pfb_window *window, const struct span *span)
{
	return window->base <= span->first && span->last <= window->limit;
}

static bool window_touches(const struct pfb_window *window, const struct span *span)
{
	return window->base <= window->limit &&
	       window->base <= span->last && span->first <= window->limit;
}

static bool bridge_covers(const struct pfb_function *fn, const struct span *span)
{
	return window_covers(&fn->windows[PFB_WINDOW_MEM], span) ||
	       window_covers(&fn->windows[PFB_WINDOW_PREF], span);
}

static bool bridge_touches(const struct pfb_function *fn, const struct span *span)
{
	return window_touches(&fn->windows[PFB_WINDOW_MEM], span) ||
	       window_touches(&fn->windows[PFB_WINDOW_PREF], span);
}

static u32 ask_acs(const struct pfb_function *fn)
{
	u32 why = 0;

	if (!(fn->flags & PFB_FN_ACS))
		return 0;
	if (fn->acs_ctrl & PFB_ACS_REDIR)
		why |= PFB_WHY_ACS_REDIRECT;
	if (fn->acs_ctrl & PFB_ACS_EC)
		why |= PFB_WHY_ACS_EGRESS;
	return why;
}

/*
 * A bridge takes a request up when none of its windows claims the address and
 * it may master the bus above it; it takes one down when a window claims it
 * and memory decode is on. The bridge where it turns must do as if both: with
 * decode off, or without a window on the BAR, it passes everything up.
 */
static u32 ask_function(const struct pfb_function *fn, enum pfb_hop_action action,
			const struct span *span, bool memory)
{
	u32 why = ask_acs(fn);

	switch (action) {
	case PFB_HOP_START:
		if (!(fn->flags & PFB_FN_MASTER))
			why |= PFB_WHY_MASTER_OFF;
		break;
	case PFB_HOP_UP:
		if (!(fn->flags & PFB_FN_MASTER))
			why |= PFB_WHY_MASTER_OFF;
		if (span && bridge_touches(fn, span))
			why |= PFB_WHY_WINDOW;
		break;
	case PFB_HOP_TURN:
		if (!(fn->flags & PFB_FN_MASTER))
			why |= PFB_WHY_MASTER_OFF;
		fallthrough;
	case PFB_HOP_DOWN:
		if (!(fn->flags & PFB_FN_MEMORY))
			why |= PFB_WHY_MEMORY_OFF;
		if (span && !bridge_covers(fn, span))
			why |= PFB_WHY_WINDOW;
		break;
	case PFB_HOP_END:
		if (memory && !(fn->flags & PFB_FN_MEMORY))
			why |= PFB_WHY_MEMORY_OFF;
		break;
	}
	return why;
}

/* PCIe 6.0, 6.12.1.1: DT overrides redirect and egress control for translated requests. */
static bool passes_translated(const struct pfb_function *fn)
{
	return !ask_acs(fn) || (fn->acs_ctrl & PFB_ACS_DT);
}

/* TB refuses translated requests at the port that they enter, coming from below. */
static bool blocks_translated(const struct pfb_function *fn, enum pfb_hop_action action)
{
	return action == PFB_HOP_UP && (fn->flags & PFB_FN_ACS) && (fn->acs_ctrl & PFB_ACS_TB);
}

/*
 * The addresses of the BAR; for a VF BAR those of all VFs, which one window
 * must hold. Returns false when there are none that a window could hold.
 */
static bool bar_span(const struct pfb_function *fn, unsigned int index, struct span *span,
		     u32 *why)
{
	const struct pfb_bar *bar = &fn->bars[index];
	u64 size = bar->size;

	if (index >= PFB_BAR_VF0 && check_mul_overflow(size, (u64)fn->total_vfs, &size))
		size = 0;
	/* A ROM is no memory to peers: it takes no writes, and shares its decoder. */
	if (!size || (bar->flags & PFB_BAR_IO) || index == PFB_BAR_ROM) {
		*why |= PFB_WHY_NO_BAR;
		return false;
	}
	span->first = bar->address;
	if (!(bar->flags & PFB_BAR_ASSIGNED) ||
	    check_add_overflow(bar->address, size - 1, &span->last)) {
		*why |= PFB_WHY_BAR_STATE;
		return false;
	}
	return true;
}

static u32 ask_client(const struct pfb_route_query *query, const struct span *span)
{
	u64 mask = query->client_dma_mask ? query->client_dma_mask : PFB_DMA_MASK_32;
	u32 why = 0;

	if (span && span->last > mask)
		why |= PFB_WHY_DMA_MASK;
	if (query->client_translated)
		why |= PFB_WHY_IOMMU;
	return why;
}

static u32 ask_provider(const struct pfb_route_query *query)
{
	u32 why = 0;

	if (!query->bar_passes)
		why |= PFB_WHY_BAR_STATE;
	if (query->bar_reserved)
		why |= PFB_WHY_RESERVED;
	/* Stated for one of them only, the host did not put them together either. */
	if (query->provider_clique != query->client_clique)
		why |= PFB_WHY_CLIQUE;
	return why;
}

static u32 first_hop_that(const struct pfb_route *route, u32 why)
{
	u32 i;

	for (i = 0; i < route->nr_hops; i++)
		if (route->hops[i].why & why)
			return route->hops[i].function;
	return PFB_NO_FUNCTION;
}

static u32 first_redirect(const struct pfb_topology *top, const struct pfb_route *route,
			  bool translated)
{
	u32 i;

	for (i = 0; i < route->nr_hops; i++) {
		const struct pfb_function *fn = &top->functions[route->hops[i].function];

		if (translated ? !passes_translated(fn) : ask_acs(fn))
			return route->hops[i].function;
	}
	return PFB_NO_FUNCTION;
}

/* Where the request leaves for the root complex: the client's last hop up. */
static u32 top_of_client(const struct pfb_route *route)
{
	u32 i = 0;

	while (i + 1 < route->nr_hops && route->hops[i + 1].action == PFB_HOP_UP)
		i++;
	return route->hops[i].function;
}

static u32 turn(const struct pfb_route *route)
{
	u32 i;

	for (i = 0; i < route->nr_hops; i++)
		if (route->hops[i].action == PFB_HOP_TURN)
			return route->hops[i].function;
	return PFB_NO_FUNCTION;
}

static void decide(const struct pfb_topology *top, const struct pfb_route_query *query,
		   struct pfb_route *route)
{
	u32 blocking = route->why & ~PFB_WHY_ROUTING;
	bool translated = query->client_ats && !(route->why & PFB_WHY_TRANSLATION_BLOCKED);

	/* A client whose requests are translated sends the address behind the IOMMU. */
	if (translated)
		blocking &= ~PFB_WHY_IOMMU;

	if (blocking) {
		route->kind = PFB_ROUTE_BLOCKED;
		route->decider = first_hop_that(route, blocking);
	} else if (route->why & PFB_WHY_NO_COMMON) {
		route->kind = PFB_ROUTE_HOST_BRIDGE;
		route->decider = top_of_client(route);
	} else if (!(route->why & (PFB_WHY_ROUTING | PFB_WHY_IOMMU))) {
		route->kind = PFB_ROUTE_DIRECT;
		route->decider = turn(route);
	} else if (!translated) {
		route->kind = PFB_ROUTE_REDIRECTED;
		route->decider = first_redirect(top, route, false);
	} else {
		route->decider = first_redirect(top, route, true);
		if (route->decider != PFB_NO_FUNCTION) {
			route->kind = PFB_ROUTE_REDIRECTED;
		} else {
			route->kind = PFB_ROUTE_DIRECT_TRANSLATED;
			route->decider = first_redirect(top, route, false);
			if (route->decider == PFB_NO_FUNCTION)
				route->decider = turn(route);
		}
	}
}

int pfb_route(const struct pfb_topology *top, const struct pfb_route_query *query,
	      struct pfb_route *route)
{
	const struct pfb_function *provider;
	struct ancestry up, down;
	struct span bar;
	const struct span *span;
	u32 why = 0, client_why;
	u32 i;
	int ret;

	if (query->provider >= top->nr_functions || query->bar >= PFB_NR_BARS ||
	    (query->client != PFB_NO_FUNCTION && query->client >= top->nr_functions))
		return -EINVAL;

	memset(route, 0, sizeof(*route));
	route->decider = PFB_NO_FUNCTION;

	provider = &top->functions[query->provider];
	span = bar_span(provider, query->bar, &bar, &why) ? &bar : NULL;
	why |= ask_provider(query);
	client_why = ask_client(query, span);

	ret = climb(top, query->provider, &down);
	if (ret)
		return ret;

	if (query->client == PFB_NO_FUNCTION) {
		/* It sits nowhere: what can be said is what is wrong at the provider. */
		add_hop(route, query->provider, PFB_HOP_END);
		route->why = PFB_WHY_NOT_PCI | client_why;
	} else {
		ret = climb(top, query->client, &up);
		if (ret)
			return ret;
		lay_hops(&up, &down, route);
		route->hops[0].why = client_why;
		if (query->client == query->provider)
			why |= PFB_WHY_SAME;
	}

	route->hops[route->nr_hops - 1].why |= why;
	for (i = 0; i < route->nr_hops; i++) {
		struct pfb_hop *hop = &route->hops[i];
		const struct pfb_function *fn = &top->functions[hop->function];

		hop->why |= ask_function(fn, hop->action, span, !(why & PFB_WHY_NO_BAR));
		if (query->client_ats && blocks_translated(fn, hop->action))
			hop->why |= PFB_WHY_TRANSLATION_BLOCKED;
		route->why |= hop->why;
	}

	decide(top, query, route);
	return 0;
}

int pfb_route_acs_param(const struct pfb_topology *top, const struct pfb_route *route,
			char *buf, size_t size)
{
	char text[PFB_PATH_TEXT_MAX];
	struct pfb_path path;
	size_t used = 0;
	u32 i;
	int ret;

	if (!size)
		return -ENOSPC;
	buf[0] = '\0';
	for (i = 0; i < route->nr_hops; i++) {
		u32 function = route->hops[i].function;

		if (!ask_acs(&top->functions[function]))
			continue;
		ret = pfb_topology_path(top, function, &path);
		if (ret)
			return ret;
		ret = snprintf(buf + used, size - used, "%s%s",
			       used ? ";" : "pci=disable_acs_redir=",
			       pfb_path_format(&path, text, sizeof(text)));
		if (ret < 0 || (size_t)ret >= size - used)
			return -ENOSPC;
		used += ret;
	}
	return used;
}

const char *pfb_route_kind_name(enum pfb_route_kind kind)
{
	switch (kind) {
	case PFB_ROUTE_DIRECT:
		return "direct";
	case PFB_ROUTE_DIRECT_TRANSLATED:
		return "direct-translated";
	case PFB_ROUTE_REDIRECTED:
		return "redirected";
	case PFB_ROUTE_HOST_BRIDGE:
		return "host-bridge";
	case PFB_ROUTE_BLOCKED:
		return "blocked";
	}
	return "unknown";
}

const char *pfb_hop_action_name(enum pfb_hop_action action)
{
	switch (action) {
	case PFB_HOP_START:
		return "start";
	case PFB_HOP_UP:
		return "up";
	case PFB_HOP_TURN:
		return "turn";
	case PFB_HOP_DOWN:
		return "down";
	case PFB_HOP_END:
		return "end";
	}
	return "unknown";
}

struct why {
	u32 bit;
	const char *name;
	const char *text;
};

static const struct why whys[] = {
	{ PFB_WHY_BAR_STATE, "bar-state",
	  "the BAR is not verified to be where its peers write: see its own verdict for the fix" },
	{ PFB_WHY_CLIQUE, "clique",
	  "the host does not state one clique for both: pass both through from below one host switch, and state the same clique for both in the manifest" },
	{ PFB_WHY_WINDOW, "window",
	  "a bridge window on the way down does not cover the BAR, or one on the way up claims it: plan the windows again (pci-fixed-bars preenum), and keep them (pci=realloc=off, or linux,pci-probe-only in the device tree)" },
	{ PFB_WHY_MEMORY_OFF, "memory-off",
	  "memory decode is off at the provider or a bridge above it: bind a driver to the provider, or set bit 1 of the command register (setpci -s BDF COMMAND=2:2)" },
	{ PFB_WHY_MASTER_OFF, "master-off",
	  "bus mastering is off at the client or a bridge above it: bind a driver to the client, or set bit 2 of the command register (setpci -s BDF COMMAND=4:4)" },
	{ PFB_WHY_DMA_MASK, "dma-mask",
	  "the client is not known to address the whole BAR: bind the client's driver, which sets its DMA mask (dma_mask_bits in sysfs), or declare the BAR at a lower address" },
	{ PFB_WHY_IOMMU, "iommu",
	  "an IOMMU translates the client's addresses: boot with iommu.passthrough=1 (arm64) or iommu=pt (x86), leave out QEMU's -device intel-iommu or -machine iommu=smmuv3, or turn on ATS at the client" },
	{ PFB_WHY_NOT_PCI, "not-pci",
	  "the client is not a PCI device: choose a PCI function below the provider's switch" },
	{ PFB_WHY_RESERVED, "reserved",
	  "the CPU reserves a part of the BAR's range: declare the BAR outside the reserved ranges (on AMD and Hygon, outside the HyperTransport hole 0xfd00000000-0xffffffffff)" },
	{ PFB_WHY_ACS_REDIRECT, "acs-redirect",
	  "ACS sends peer-to-peer requests or completions up to the root complex: boot with pci=disable_acs_redir=PATH for each port that says so" },
	{ PFB_WHY_ACS_EGRESS, "acs-egress",
	  "ACS egress control is on, which may block peer-to-peer requests: boot with pci=disable_acs_redir=PATH for each port that says so, which turns it off too" },
	{ PFB_WHY_NO_COMMON, "no-common-bridge",
	  "no bridge is above both: put both below one switch (QEMU: -device xio3130-downstream on the bus of one x3130-upstream)" },
	{ PFB_WHY_NO_BAR, "no-bar",
	  "the provider has no such memory BAR: name one that it has (pci-fixed-bars status lists them)" },
	{ PFB_WHY_SAME, "same-function",
	  "provider and client are one function, and no port sends a request back to where it came from: choose another client" },
	{ PFB_WHY_TRANSLATION_BLOCKED, "translation-blocked",
	  "ACS translation blocking refuses the client's ATS-translated requests: turn it off at each port that says so (pci=config_acs=x0x@PATH on Linux 6.15 and later), or turn off ATS at the client" },
	{ PFB_WHY_P2PDMA, "p2pdma",
	  "the kernel's own p2pdma core does not take the path for one that the switch routes: its warning in the kernel log says why (pci=disable_acs_redir=PATH is the usual fix)" },
};

static const struct why *find_why(u32 bit)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(whys); i++)
		if (whys[i].bit == bit)
			return &whys[i];
	return NULL;
}

const char *pfb_route_why_text(u32 why)
{
	const struct why *found = find_why(why);

	return found ? found->text : "unknown reason";
}

const char *pfb_route_why_name(u32 why)
{
	const struct why *found = find_why(why);

	return found ? found->name : "unknown";
}

const char *pfb_route_why_list(u32 why, char *buf, size_t size)
{
	const size_t more = strlen("; (+16 more)");
	unsigned int left = 0, i;
	size_t used = 0;

	if (!size)
		return buf;
	buf[0] = '\0';
	for (i = 0; i < ARRAY_SIZE(whys); i++)
		left += !!(why & whys[i].bit);
	for (i = 0; i < ARRAY_SIZE(whys); i++) {
		size_t need = strlen("; : ") + strlen(whys[i].name) + strlen(whys[i].text);

		if (!(why & whys[i].bit))
			continue;
		if (need + (left > 1 ? more : 0) >= size - used)
			break;
		used += snprintf(buf + used, size - used, "%s%s: %s", used ? "; " : "",
				 whys[i].name, whys[i].text);
		left--;
	}
	if (left)
		snprintf(buf + used, size - used, "%s(+%u more)", used ? "; " : "", left);
	return buf;
}
