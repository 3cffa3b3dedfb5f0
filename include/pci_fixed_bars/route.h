/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PCI_FIXED_BARS_ROUTE_H
#define PCI_FIXED_BARS_ROUTE_H

#include <pci_fixed_bars/topology.h>
#include <pci_fixed_bars/verdict.h>	/* and with it enum pfb_route_kind, PFB_WHY_* */

enum pfb_hop_action {
	PFB_HOP_START,		/* the client */
	PFB_HOP_UP,		/* forwarded upstream */
	PFB_HOP_TURN,		/* turned round: the lowest bridge above both */
	PFB_HOP_DOWN,		/* forwarded downstream */
	PFB_HOP_END,		/* the provider */
};

/**
 * struct pfb_hop - one station of a request
 * @function: index of the function
 * @action: what happens there
 * @why: PFB_WHY_* found at this very place
 */
struct pfb_hop {
	u32 function;
	enum pfb_hop_action action;
	u32 why;
};

#define PFB_ROUTE_HOPS_MAX	(2 * PFB_PATH_HOPS_MAX + 1)

/**
 * struct pfb_route_query - which path, and what is known outside the topology
 * @provider: index of the function that has the BAR
 * @bar: its PCI resource index
 * @client: index of the function that sends, %PFB_NO_FUNCTION when it is no PCI device
 * @bar_passes: the BAR's verdict suffices for the user
 * @provider_clique: clique or %PFB_CLIQUE_NONE
 * @client_clique: clique or %PFB_CLIQUE_NONE. A clique that is stated for one
 *	of the two only does not hold the other
 * @client_dma_mask: highest address that the client can send; 0 when not known,
 *	which is taken for 32 bits, as every function without a driver has. Where
 *	no driver can be asked (a paused guest, a capture), ~0 leaves the mask out
 * @client_translated: an IOMMU translates the client's addresses
 * @client_ats: the client sends ATS-translated requests: ATS is on, and its
 *	driver uses it
 * @bar_reserved: the BAR lies in a range that the CPU reserves
 */
struct pfb_route_query {
	u32 provider;
	unsigned int bar;
	u32 client;
	bool bar_passes;
	u32 provider_clique;
	u32 client_clique;
	u64 client_dma_mask;
	bool client_translated;
	bool client_ats;
	bool bar_reserved;
};

/**
 * struct pfb_route - the answer
 * @kind: the verdict
 * @why: all PFB_WHY_* found
 * @decider: the function that decides: where it turns (direct), the first port
 *	that redirects, where it leaves for the root complex (host-bridge), the
 *	first that blocks; %PFB_NO_FUNCTION when there is none
 * @nr_hops: entries in @hops
 * @hops: from the client to the provider; without a common bridge both halves
 *	up to their root ports
 */
struct pfb_route {
	enum pfb_route_kind kind;
	u32 why;
	u32 decider;
	u32 nr_hops;
	struct pfb_hop hops[PFB_ROUTE_HOPS_MAX];
};

/**
 * pfb_route() - follow a request from a client to a provider's BAR
 * @top: the topology
 * @query: the two ends and what else is known
 * @route: receives the answer
 *
 * Every port that the kernel's P2PDMA core would ask is asked
 * (drivers/pci/p2pdma.c, calc_map_type_and_dist()), and beside it windows,
 * command registers and the host's cliques. Two functions of one device meet
 * at the port above them, as for the kernel. One function with itself is
 * blocked: whether it finds its own memory is its own affair, not its port's.
 * Only what the request passes is asked; bridges above the turn are not.
 *
 * Context: any. Time grows with the depth only.
 * Return: 0, -EINVAL for an index outside the topology, -ENAMETOOLONG for a
 * function that is deeper than %PFB_PATH_HOPS_MAX.
 */
int pfb_route(const struct pfb_topology *top, const struct pfb_route_query *query,
	      struct pfb_route *route);

/**
 * pfb_route_acs_param() - the kernel parameter that turns a route's ACS redirect off
 * @top: the topology
 * @route: what pfb_route() answered
 * @buf: receives ``pci=disable_acs_redir=PATH[;PATH]*``, empty when no port redirects;
 *	always with a NUL
 * @size: bytes in @buf
 *
 * It concerns the ports that the guest sees; the host's are the host's.
 *
 * Context: any.
 * Return: the text's length, 0 when nothing redirects, -ENOSPC when it does not
 * fit, -ENAMETOOLONG for a port that is too deep.
 */
int pfb_route_acs_param(const struct pfb_topology *top, const struct pfb_route *route,
			char *buf, size_t size);

/**
 * pfb_route_kind_name() - a verdict's name in reports
 * @kind: the verdict
 *
 * Return: "direct", "direct-translated", "redirected", "host-bridge" or "blocked".
 */
const char *pfb_route_kind_name(enum pfb_route_kind kind);

/**
 * pfb_route_why_text() - one reason in words
 * @why: exactly one PFB_WHY_* bit
 *
 * Return: a constant sentence that says what is wrong and what to do.
 */
const char *pfb_route_why_text(u32 why);

/**
 * pfb_route_why_name() - one reason's short name for sysfs and JSON
 * @why: exactly one PFB_WHY_* bit
 *
 * Return: a constant such as "acs-redirect".
 */
const char *pfb_route_why_name(u32 why);

/**
 * pfb_route_why_list() - reasons in words, one after another
 * @why: PFB_WHY_*
 * @buf: receives ``name: text[; name: text]*``, always with a NUL, empty without a
 *	reason. Where there is not room for all, none is cut: it ends in ``(+N more)``,
 *	and @why says which
 * @size: bytes in @buf; %PFB_ERROR_TEXT_MAX has room for any one and the end
 *
 * Context: any.
 * Return: @buf.
 */
const char *pfb_route_why_list(u32 why, char *buf, size_t size);

/**
 * pfb_hop_action_name() - what a hop does, in reports
 * @action: the action
 *
 * Return: "start", "up", "turn", "down" or "end".
 */
const char *pfb_hop_action_name(enum pfb_hop_action action);

#endif /* PCI_FIXED_BARS_ROUTE_H */
