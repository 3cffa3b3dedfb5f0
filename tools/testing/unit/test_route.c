// SPDX-License-Identifier: GPL-2.0
#include "unit.h"
#include "unit_topology.h"

#include <pci_fixed_bars/plan.h>
#include <pci_fixed_bars/route.h>

#define MIB	0x100000ULL
#define PREF64	(PFB_BAR_MEM64 | PFB_BAR_PREFETCH)

static struct unit_topology top;
static struct unit_rfc rfc;
static struct pfb_route_query query;
static struct pfb_route route;

static void place(const struct pfb_plan_fixed *fixed, u32 nr)
{
	void *scratch = malloc(pfb_plan_scratch_size(&top.top, nr));
	struct pfb_error err;

	assert_non_null(scratch);
	if (pfb_plan_bus_numbers(&top.top, &err) ||
	    pfb_plan_addresses(&top.top, fixed, nr, scratch, &err))
		fail_msg("%s", err.text);
	free(scratch);
}

/* The NIC stand-in writes into the GPU stand-in's bar2, and nothing is wrong. */
static int setup(void **state)
{
	struct pfb_plan_fixed fixed;

	(void)state;
	unit_add_rfc(&top, &rfc);
	unit_bar(&top, rfc.gpu, 1, 0x80, PFB_BAR_IO);
	fixed = (struct pfb_plan_fixed){ rfc.gpu, 2, UNIT_RFC_GPU_BAR2 };
	place(&fixed, 1);
	query = (struct pfb_route_query){
		.provider = rfc.gpu, .bar = 2, .client = rfc.nic, .bar_passes = true,
		.provider_clique = PFB_CLIQUE_NONE, .client_clique = PFB_CLIQUE_NONE,
		.client_dma_mask = ~0ULL,
	};
	return 0;
}

static void ask(void)
{
	u32 i, all = 0;

	memset(&route, 0xaa, sizeof(route));
	assert_int_equal(pfb_route(&top.top, &query, &route), 0);
	assert_in_range(route.nr_hops, 1, PFB_ROUTE_HOPS_MAX);
	for (i = 0; i < route.nr_hops; i++)
		all |= route.hops[i].why;
	/* Whatever was found was found somewhere, but for what concerns both ends. */
	assert_int_equal(route.why & ~(PFB_WHY_NO_COMMON | PFB_WHY_NOT_PCI),
			 all & ~PFB_WHY_NOT_PCI);
}

#define ROUTE(expected_kind, expected_why, expected_decider)			\
	do {									\
		ask();								\
		assert_string_equal(pfb_route_kind_name(route.kind),		\
				    pfb_route_kind_name(expected_kind));	\
		assert_int_equal(route.why, expected_why);			\
		assert_int_equal(route.decider, expected_decider);		\
		setup(NULL);							\
	} while (0)

static void acs(u32 function, u16 ctrl)
{
	top.functions[function].flags |= PFB_FN_ACS;
	top.functions[function].acs_cap = 0x7f;
	top.functions[function].acs_ctrl = ctrl;
}

static u32 why_at(u32 function)
{
	u32 i;

	for (i = 0; i < route.nr_hops; i++)
		if (route.hops[i].function == function)
			return route.hops[i].why;
	return 0;
}

static void test_same_switch(void **state)
{
	static const enum pfb_hop_action actions[] = {
		PFB_HOP_START, PFB_HOP_UP, PFB_HOP_TURN, PFB_HOP_DOWN, PFB_HOP_END,
	};
	u32 functions[] = { rfc.nic, rfc.down_nic, rfc.upstream, rfc.down_gpu, rfc.gpu };
	u32 i;

	(void)state;
	ask();
	assert_int_equal(route.nr_hops, 5);
	for (i = 0; i < 5; i++) {
		assert_int_equal(route.hops[i].function, functions[i]);
		assert_int_equal(route.hops[i].action, actions[i]);
		assert_int_equal(route.hops[i].why, 0);
	}
	ROUTE(PFB_ROUTE_DIRECT, 0, rfc.upstream);
	/* What is above the turn has no say: neither its ACS nor its command register. */
	acs(rfc.root_port, PFB_ACS_RR);
	top.functions[rfc.root_port].flags &= ~(PFB_FN_MEMORY | PFB_FN_MASTER);
	ROUTE(PFB_ROUTE_DIRECT, 0, rfc.upstream);
	/* Bits that do not send anything up, and bits of a capability that is not there. */
	acs(rfc.down_nic, PFB_ACS_SV | PFB_ACS_TB | PFB_ACS_UF | PFB_ACS_DT);
	ROUTE(PFB_ROUTE_DIRECT, 0, rfc.upstream);
	top.functions[rfc.down_nic].acs_ctrl = PFB_ACS_RR | PFB_ACS_CR | PFB_ACS_EC;
	ROUTE(PFB_ROUTE_DIRECT, 0, rfc.upstream);
}

static void test_acs(void **state)
{
	static const struct {
		u16 ctrl;
		u32 why;
	} bits[] = {
		{ PFB_ACS_RR, PFB_WHY_ACS_REDIRECT },
		{ PFB_ACS_CR, PFB_WHY_ACS_REDIRECT },
		{ PFB_ACS_EC, PFB_WHY_ACS_EGRESS },
		{ PFB_ACS_RR | PFB_ACS_EC, PFB_WHY_ACS_REDIRECT | PFB_WHY_ACS_EGRESS },
	};
	u32 asked[5] = { rfc.nic, rfc.down_nic, rfc.upstream, rfc.down_gpu, rfc.gpu };
	u32 i, b;

	(void)state;
	/* Each of those that p2pdma.c asks: both ends, and the common bridge as well. */
	for (i = 0; i < 5; i++) {
		for (b = 0; b < ARRAY_SIZE(bits); b++) {
			acs(asked[i], bits[b].ctrl);
			ask();
			assert_int_equal(why_at(asked[i]), bits[b].why);
			ROUTE(PFB_ROUTE_REDIRECTED, bits[b].why, asked[i]);
		}
	}
	/* The first on the way decides; all are told. */
	acs(rfc.down_gpu, PFB_ACS_RR);
	acs(rfc.down_nic, PFB_ACS_EC);
	ROUTE(PFB_ROUTE_REDIRECTED, PFB_WHY_ACS_REDIRECT | PFB_WHY_ACS_EGRESS, rfc.down_nic);
}

static void test_translated(void **state)
{
	(void)state;
	/* Redirect and direct translated, but the client sends no such requests. */
	acs(rfc.down_nic, PFB_ACS_RR | PFB_ACS_DT);
	ROUTE(PFB_ROUTE_REDIRECTED, PFB_WHY_ACS_REDIRECT, rfc.down_nic);
	query.client_ats = true;
	acs(rfc.down_nic, PFB_ACS_SV | PFB_ACS_RR | PFB_ACS_CR | PFB_ACS_UF | PFB_ACS_DT);
	ROUTE(PFB_ROUTE_DIRECT_TRANSLATED, PFB_WHY_ACS_REDIRECT, rfc.down_nic);
	query.client_ats = true;
	acs(rfc.down_nic, PFB_ACS_EC | PFB_ACS_DT);
	ROUTE(PFB_ROUTE_DIRECT_TRANSLATED, PFB_WHY_ACS_EGRESS, rfc.down_nic);
	/* One port without it is enough, and that one decides. */
	query.client_ats = true;
	acs(rfc.down_nic, PFB_ACS_RR | PFB_ACS_DT);
	acs(rfc.down_gpu, PFB_ACS_RR);
	ROUTE(PFB_ROUTE_REDIRECTED, PFB_WHY_ACS_REDIRECT, rfc.down_gpu);
	query.client_ats = true;
	acs(rfc.down_nic, PFB_ACS_RR);
	ROUTE(PFB_ROUTE_REDIRECTED, PFB_WHY_ACS_REDIRECT, rfc.down_nic);
	/* Translated requests that are not redirected either way. */
	query.client_ats = true;
	ROUTE(PFB_ROUTE_DIRECT, 0, rfc.upstream);

	/* Translation blocking is asked where requests enter, and of nobody else. */
	query.client_ats = true;
	acs(rfc.down_nic, PFB_ACS_RR | PFB_ACS_DT | PFB_ACS_TB);
	ROUTE(PFB_ROUTE_BLOCKED, PFB_WHY_ACS_REDIRECT | PFB_WHY_TRANSLATION_BLOCKED, rfc.down_nic);
	query.client_ats = true;
	acs(rfc.down_nic, PFB_ACS_TB);
	ROUTE(PFB_ROUTE_BLOCKED, PFB_WHY_TRANSLATION_BLOCKED, rfc.down_nic);
	query.client_ats = true;
	acs(rfc.down_gpu, PFB_ACS_TB);
	ROUTE(PFB_ROUTE_DIRECT, 0, rfc.upstream);
	acs(rfc.down_nic, PFB_ACS_TB);
	ROUTE(PFB_ROUTE_DIRECT, 0, rfc.upstream);
}

static void test_iommu(void **state)
{
	(void)state;
	query.client_translated = true;
	ROUTE(PFB_ROUTE_BLOCKED, PFB_WHY_IOMMU, rfc.nic);
	query.client_translated = true;
	query.client_ats = true;
	ROUTE(PFB_ROUTE_DIRECT_TRANSLATED, PFB_WHY_IOMMU, rfc.upstream);
	query.client_translated = true;
	query.client_ats = true;
	acs(rfc.down_gpu, PFB_ACS_RR | PFB_ACS_DT);
	ROUTE(PFB_ROUTE_DIRECT_TRANSLATED, PFB_WHY_IOMMU | PFB_WHY_ACS_REDIRECT, rfc.down_gpu);
	query.client_translated = true;
	query.client_ats = true;
	acs(rfc.down_nic, PFB_ACS_TB);
	ROUTE(PFB_ROUTE_BLOCKED, PFB_WHY_IOMMU | PFB_WHY_TRANSLATION_BLOCKED, rfc.nic);
}

static void test_host_bridge(void **state)
{
	(void)state;
	query.client = rfc.other_nic;
	ask();
	assert_int_equal(route.nr_hops, 6);
	assert_int_equal(route.hops[0].function, rfc.other_nic);
	assert_int_equal(route.hops[1].function, rfc.other_port);
	assert_int_equal(route.hops[1].action, PFB_HOP_UP);
	assert_int_equal(route.hops[2].function, rfc.root_port);
	assert_int_equal(route.hops[2].action, PFB_HOP_DOWN);
	assert_int_equal(route.hops[5].action, PFB_HOP_END);
	ROUTE(PFB_ROUTE_HOST_BRIDGE, PFB_WHY_NO_COMMON, rfc.other_port);
	/* The client's root port is where it leaves, however deep the client is. */
	query.provider = rfc.other_nic;
	query.bar = 0;
	query.client = rfc.nic;
	ROUTE(PFB_ROUTE_HOST_BRIDGE, PFB_WHY_NO_COMMON, rfc.root_port);
	query.provider = rfc.other_port;
	query.bar = 0;
	query.client = rfc.root_port;
	ROUTE(PFB_ROUTE_HOST_BRIDGE, PFB_WHY_NO_COMMON, rfc.root_port);
	/* Redirect makes no difference there, but is told. */
	query.client = rfc.other_nic;
	acs(rfc.other_port, PFB_ACS_RR);
	ROUTE(PFB_ROUTE_HOST_BRIDGE, PFB_WHY_NO_COMMON | PFB_WHY_ACS_REDIRECT, rfc.other_port);
	/* What blocks, blocks there as well. */
	query.client = rfc.other_nic;
	top.functions[rfc.root_port].flags &= ~PFB_FN_MEMORY;
	ROUTE(PFB_ROUTE_BLOCKED, PFB_WHY_NO_COMMON | PFB_WHY_MEMORY_OFF, rfc.root_port);
}

/* On the root bus itself nothing is above, not even between functions of one device. */
static void test_root_bus(void **state)
{
	u32 a, b;

	(void)state;
	unit_topology_init(&top);
	unit_add_root(&top, 0, 255);
	a = unit_add(&top, PFB_NO_FUNCTION, PFB_PORT_ENDPOINT, 1, 0);
	b = unit_add(&top, PFB_NO_FUNCTION, PFB_PORT_ENDPOINT, 1, 1);
	unit_bar(&top, a, 2, MIB, PREF64);
	place(NULL, 0);
	query.provider = a;
	query.client = b;
	ask();
	assert_int_equal(route.nr_hops, 2);
	ROUTE(PFB_ROUTE_HOST_BRIDGE, PFB_WHY_NO_COMMON, b);
}

static void test_two_functions_of_a_device(void **state)
{
	u32 rp, a, b;

	(void)state;
	unit_topology_init(&top);
	unit_add_root(&top, 0, 255);
	rp = unit_add(&top, PFB_NO_FUNCTION, PFB_PORT_ROOT, 1, 0);
	a = unit_add(&top, rp, PFB_PORT_ENDPOINT, 0, 0);
	b = unit_add(&top, rp, PFB_PORT_ENDPOINT, 0, 1);
	unit_bar(&top, a, 2, MIB, PREF64);
	place(NULL, 0);
	query.provider = a;
	query.client = b;
	ask();
	assert_int_equal(route.kind, PFB_ROUTE_DIRECT);
	assert_int_equal(route.nr_hops, 3);
	assert_int_equal(route.hops[1].function, rp);
	assert_int_equal(route.hops[1].action, PFB_HOP_TURN);
	assert_int_equal(route.decider, rp);
	/* Functions of one device have ACS of their own, and are asked. */
	acs(a, PFB_ACS_RR);
	ask();
	assert_int_equal(route.kind, PFB_ROUTE_REDIRECTED);
	assert_int_equal(route.decider, a);
	acs(a, 0);
	acs(rp, PFB_ACS_CR);
	ROUTE(PFB_ROUTE_REDIRECTED, PFB_WHY_ACS_REDIRECT, rp);
}

static void test_same_function(void **state)
{
	(void)state;
	query.client = rfc.gpu;
	ask();
	assert_int_equal(route.nr_hops, 1);
	assert_int_equal(route.hops[0].action, PFB_HOP_END);
	ROUTE(PFB_ROUTE_BLOCKED, PFB_WHY_SAME, rfc.gpu);
}

/* A switch below a switch, and bridges of conventional PCI. */
static void test_nested(void **state)
{
	u32 rp, up, dp0, dp1, up2, dp2, near, far, pci, old[2];

	(void)state;
	unit_topology_init(&top);
	unit_add_root(&top, 0, 255);
	rp = unit_add(&top, PFB_NO_FUNCTION, PFB_PORT_ROOT, 1, 0);
	up = unit_add(&top, rp, PFB_PORT_UPSTREAM, 0, 0);
	dp0 = unit_add(&top, up, PFB_PORT_DOWNSTREAM, 0, 0);
	near = unit_add(&top, dp0, PFB_PORT_ENDPOINT, 0, 0);
	dp1 = unit_add(&top, up, PFB_PORT_DOWNSTREAM, 1, 0);
	up2 = unit_add(&top, dp1, PFB_PORT_UPSTREAM, 0, 0);
	dp2 = unit_add(&top, up2, PFB_PORT_DOWNSTREAM, 0, 0);
	far = unit_add(&top, dp2, PFB_PORT_ENDPOINT, 0, 0);
	pci = unit_add(&top, PFB_NO_FUNCTION, PFB_PORT_PCI_BRIDGE, 2, 0);
	old[0] = unit_add(&top, pci, PFB_PORT_ENDPOINT, 0, 0);
	old[1] = unit_add(&top, pci, PFB_PORT_ENDPOINT, 1, 0);
	unit_bar(&top, far, 2, 64 * MIB, PREF64);
	unit_bar(&top, old[0], 0, MIB, 0);
	unit_bar(&top, up, 0, MIB, 0);
	place(NULL, 0);

	query.provider = far;
	query.client = near;
	ask();
	assert_int_equal(route.kind, PFB_ROUTE_DIRECT);
	assert_int_equal(route.nr_hops, 7);
	assert_int_equal(route.hops[2].function, up);
	assert_int_equal(route.hops[2].action, PFB_HOP_TURN);
	acs(dp1, PFB_ACS_RR);
	ask();
	assert_int_equal(route.kind, PFB_ROUTE_REDIRECTED);
	assert_int_equal(route.decider, dp1);
	acs(dp1, 0);

	query.provider = old[0];
	query.bar = 0;
	query.client = old[1];
	ask();
	assert_int_equal(route.kind, PFB_ROUTE_DIRECT);
	assert_int_equal(route.decider, pci);

	/* The provider is itself a bridge above the client, or below it. */
	query.provider = up;
	query.client = far;
	ask();
	assert_int_equal(route.kind, PFB_ROUTE_DIRECT);
	assert_int_equal(route.nr_hops, 5);
	assert_int_equal(route.hops[4].function, up);
	assert_int_equal(route.hops[4].action, PFB_HOP_END);
	query.provider = far;
	query.bar = 2;
	query.client = up;
	ask();
	assert_int_equal(route.kind, PFB_ROUTE_DIRECT);
	assert_int_equal(route.nr_hops, 5);
	assert_int_equal(route.hops[0].function, up);
	assert_int_equal(route.hops[0].action, PFB_HOP_START);
	setup(NULL);
}

static void test_windows(void **state)
{
	struct pfb_window *w;

	(void)state;
	/* One byte short at either end, at each bridge on the way down and at the turn. */
	top.functions[rfc.down_gpu].windows[PFB_WINDOW_PREF].limit--;
	ask();
	assert_int_equal(why_at(rfc.down_gpu), PFB_WHY_WINDOW);
	ROUTE(PFB_ROUTE_BLOCKED, PFB_WHY_WINDOW, rfc.down_gpu);
	top.functions[rfc.upstream].windows[PFB_WINDOW_PREF].base++;
	ROUTE(PFB_ROUTE_BLOCKED, PFB_WHY_WINDOW, rfc.upstream);
	top.functions[rfc.root_port].windows[PFB_WINDOW_PREF].base++;
	ROUTE(PFB_ROUTE_DIRECT, 0, rfc.upstream);
	/* Any memory window will do. */
	w = top.functions[rfc.down_gpu].windows;
	w[PFB_WINDOW_MEM] = w[PFB_WINDOW_PREF];
	w[PFB_WINDOW_PREF] = (struct pfb_window){ 1, 0 };
	ROUTE(PFB_ROUTE_DIRECT, 0, rfc.upstream);
	/* An I/O window will not. */
	w[PFB_WINDOW_IO] = w[PFB_WINDOW_PREF];
	w[PFB_WINDOW_PREF] = (struct pfb_window){ 1, 0 };
	ROUTE(PFB_ROUTE_BLOCKED, PFB_WHY_WINDOW, rfc.down_gpu);
	/* The client's own port claims a part of the BAR: it never leaves that port. */
	top.functions[rfc.down_nic].windows[PFB_WINDOW_PREF] =
		(struct pfb_window){ UNIT_RFC_GPU_BAR2 + UNIT_RFC_GPU_SIZE - MIB,
				     UNIT_RFC_GPU_BAR2 + 2 * UNIT_RFC_GPU_SIZE - 1 };
	ROUTE(PFB_ROUTE_BLOCKED, PFB_WHY_WINDOW, rfc.down_nic);
	/* To the byte: the BAR's last, its first, and one beside it on either side. */
	w = &top.functions[rfc.down_nic].windows[PFB_WINDOW_PREF];
	*w = (struct pfb_window){ UNIT_RFC_GPU_BAR2 + UNIT_RFC_GPU_SIZE - 1, ~0ULL };
	ROUTE(PFB_ROUTE_BLOCKED, PFB_WHY_WINDOW, rfc.down_nic);
	*w = (struct pfb_window){ UNIT_RFC_GPU_BAR2 + UNIT_RFC_GPU_SIZE, ~0ULL };
	ROUTE(PFB_ROUTE_DIRECT, 0, rfc.upstream);
	*w = (struct pfb_window){ 0, UNIT_RFC_GPU_BAR2 };
	ROUTE(PFB_ROUTE_BLOCKED, PFB_WHY_WINDOW, rfc.down_nic);
	*w = (struct pfb_window){ 0, UNIT_RFC_GPU_BAR2 - 1 };
	ROUTE(PFB_ROUTE_DIRECT, 0, rfc.upstream);
	/* All VFs' BARs need the window, not only the first's. */
	top.functions[rfc.gpu].total_vfs = 4;
	top.functions[rfc.gpu].bars[PFB_BAR_VF0] = (struct pfb_bar){
		UNIT_RFC_GPU_BAR2, UNIT_RFC_GPU_SIZE / 4, PREF64 | PFB_BAR_ASSIGNED };
	query.bar = PFB_BAR_VF0;
	ask();
	assert_int_equal(route.why, 0);
	top.functions[rfc.gpu].total_vfs = 5;
	ask();
	assert_int_equal(route.why, PFB_WHY_WINDOW);
	setup(NULL);
}

static void test_command_registers(void **state)
{
	(void)state;
	top.functions[rfc.gpu].flags &= ~PFB_FN_MEMORY;
	ROUTE(PFB_ROUTE_BLOCKED, PFB_WHY_MEMORY_OFF, rfc.gpu);
	top.functions[rfc.down_gpu].flags &= ~PFB_FN_MEMORY;
	ROUTE(PFB_ROUTE_BLOCKED, PFB_WHY_MEMORY_OFF, rfc.down_gpu);
	top.functions[rfc.upstream].flags &= ~PFB_FN_MEMORY;
	ROUTE(PFB_ROUTE_BLOCKED, PFB_WHY_MEMORY_OFF, rfc.upstream);
	top.functions[rfc.nic].flags &= ~PFB_FN_MASTER;
	ROUTE(PFB_ROUTE_BLOCKED, PFB_WHY_MASTER_OFF, rfc.nic);
	top.functions[rfc.down_nic].flags &= ~PFB_FN_MASTER;
	ROUTE(PFB_ROUTE_BLOCKED, PFB_WHY_MASTER_OFF, rfc.down_nic);
	top.functions[rfc.upstream].flags &= ~PFB_FN_MASTER;
	ROUTE(PFB_ROUTE_BLOCKED, PFB_WHY_MASTER_OFF, rfc.upstream);
	/* The provider masters nothing, the client's decode is its own. */
	top.functions[rfc.gpu].flags &= ~PFB_FN_MASTER;
	top.functions[rfc.down_gpu].flags &= ~PFB_FN_MASTER;
	top.functions[rfc.nic].flags &= ~PFB_FN_MEMORY;
	top.functions[rfc.down_nic].flags &= ~PFB_FN_MEMORY;
	ROUTE(PFB_ROUTE_DIRECT, 0, rfc.upstream);
}

static void test_ends(void **state)
{
	const u64 last = UNIT_RFC_GPU_BAR2 + UNIT_RFC_GPU_SIZE - 1;

	(void)state;
	query.bar_passes = false;
	ROUTE(PFB_ROUTE_BLOCKED, PFB_WHY_BAR_STATE, rfc.gpu);
	query.bar_reserved = true;
	ROUTE(PFB_ROUTE_BLOCKED, PFB_WHY_RESERVED, rfc.gpu);

	/* The mask must hold the last address, not the first. */
	query.client_dma_mask = last;
	ROUTE(PFB_ROUTE_DIRECT, 0, rfc.upstream);
	query.client_dma_mask = last - 1;
	ROUTE(PFB_ROUTE_BLOCKED, PFB_WHY_DMA_MASK, rfc.nic);
	query.client_dma_mask = 0;
	ROUTE(PFB_ROUTE_BLOCKED, PFB_WHY_DMA_MASK, rfc.nic);
	query.client_dma_mask = 0;
	query.bar = 0;
	ROUTE(PFB_ROUTE_DIRECT, 0, rfc.upstream);

	query.provider_clique = 1;
	query.client_clique = 1;
	ROUTE(PFB_ROUTE_DIRECT, 0, rfc.upstream);
	query.provider_clique = 1;
	query.client_clique = 2;
	ROUTE(PFB_ROUTE_BLOCKED, PFB_WHY_CLIQUE, rfc.gpu);
	query.provider_clique = 1;
	ROUTE(PFB_ROUTE_BLOCKED, PFB_WHY_CLIQUE, rfc.gpu);
	query.client_clique = 0;
	ROUTE(PFB_ROUTE_BLOCKED, PFB_WHY_CLIQUE, rfc.gpu);

	query.bar = 1;
	ROUTE(PFB_ROUTE_BLOCKED, PFB_WHY_NO_BAR, rfc.gpu);
	query.bar = 5;
	ROUTE(PFB_ROUTE_BLOCKED, PFB_WHY_NO_BAR, rfc.gpu);
	query.bar = PFB_BAR_ROM;
	top.functions[rfc.gpu].bars[PFB_BAR_ROM].size = 0x800;
	ROUTE(PFB_ROUTE_BLOCKED, PFB_WHY_NO_BAR, rfc.gpu);
	/* An address that means nothing is not judged by windows or masks. */
	top.functions[rfc.gpu].bars[2].flags &= ~PFB_BAR_ASSIGNED;
	query.client_dma_mask = 0;
	ROUTE(PFB_ROUTE_BLOCKED, PFB_WHY_BAR_STATE, rfc.gpu);

	query.client = PFB_NO_FUNCTION;
	ROUTE(PFB_ROUTE_BLOCKED, PFB_WHY_NOT_PCI, PFB_NO_FUNCTION);
	query.client = PFB_NO_FUNCTION;
	query.bar_passes = false;
	ROUTE(PFB_ROUTE_BLOCKED, PFB_WHY_NOT_PCI | PFB_WHY_BAR_STATE, rfc.gpu);
}

static void test_every_reason_at_once(void **state)
{
	(void)state;
	query.bar_passes = false;
	query.bar_reserved = true;
	query.client_dma_mask = 1;
	query.client_translated = true;
	query.client_ats = true;
	query.client_clique = 3;
	acs(rfc.down_nic, PFB_ACS_RR | PFB_ACS_EC | PFB_ACS_TB);
	top.functions[rfc.upstream].flags &= ~(PFB_FN_MEMORY | PFB_FN_MASTER);
	top.functions[rfc.down_gpu].windows[PFB_WINDOW_PREF].base += MIB;
	/* More than one at a place. */
	acs(rfc.upstream, PFB_ACS_RR);
	top.functions[rfc.down_nic].flags &= ~PFB_FN_MASTER;
	top.functions[rfc.down_nic].windows[PFB_WINDOW_PREF] = (struct pfb_window){ 0, ~0ULL };
	acs(rfc.down_gpu, PFB_ACS_RR);
	top.functions[rfc.down_gpu].flags &= ~PFB_FN_MEMORY;
	acs(rfc.gpu, PFB_ACS_RR);
	top.functions[rfc.gpu].flags &= ~PFB_FN_MEMORY;
	acs(rfc.nic, PFB_ACS_RR);
	top.functions[rfc.nic].flags &= ~PFB_FN_MASTER;
	ask();
	assert_int_equal(why_at(rfc.nic), PFB_WHY_ACS_REDIRECT | PFB_WHY_MASTER_OFF |
			 PFB_WHY_DMA_MASK | PFB_WHY_IOMMU);
	assert_int_equal(why_at(rfc.down_nic), PFB_WHY_ACS_REDIRECT | PFB_WHY_ACS_EGRESS |
			 PFB_WHY_TRANSLATION_BLOCKED | PFB_WHY_MASTER_OFF | PFB_WHY_WINDOW);
	assert_int_equal(why_at(rfc.upstream), PFB_WHY_ACS_REDIRECT | PFB_WHY_MEMORY_OFF |
			 PFB_WHY_MASTER_OFF);
	assert_int_equal(why_at(rfc.down_gpu), PFB_WHY_ACS_REDIRECT | PFB_WHY_MEMORY_OFF |
			 PFB_WHY_WINDOW);
	assert_int_equal(why_at(rfc.gpu), PFB_WHY_ACS_REDIRECT | PFB_WHY_MEMORY_OFF |
			 PFB_WHY_BAR_STATE | PFB_WHY_RESERVED | PFB_WHY_CLIQUE);
	ROUTE(PFB_ROUTE_BLOCKED,
	      PFB_WHY_BAR_STATE | PFB_WHY_RESERVED | PFB_WHY_DMA_MASK | PFB_WHY_IOMMU |
	      PFB_WHY_CLIQUE | PFB_WHY_ACS_REDIRECT | PFB_WHY_ACS_EGRESS |
	      PFB_WHY_TRANSLATION_BLOCKED | PFB_WHY_MEMORY_OFF | PFB_WHY_MASTER_OFF |
	      PFB_WHY_WINDOW, rfc.nic);
}

static void test_bad_input(void **state)
{
	u32 i, parent = PFB_NO_FUNCTION;

	(void)state;
	query.provider = top.top.nr_functions;
	assert_int_equal(pfb_route(&top.top, &query, &route), -EINVAL);
	setup(NULL);
	query.client = top.top.nr_functions;
	assert_int_equal(pfb_route(&top.top, &query, &route), -EINVAL);
	setup(NULL);
	query.bar = PFB_NR_BARS;
	assert_int_equal(pfb_route(&top.top, &query, &route), -EINVAL);
	setup(NULL);
	/* A loop of parents, which no checked topology has, ends. */
	top.functions[rfc.root_port].parent = rfc.upstream;
	assert_int_equal(pfb_route(&top.top, &query, &route), -EINVAL);

	unit_topology_init(&top);
	unit_add_root(&top, 0, 255);
	for (i = 0; i <= PFB_PATH_HOPS_MAX; i++)
		parent = unit_add(&top, parent, PFB_PORT_PCI_BRIDGE, 0, 0);
	query = (struct pfb_route_query){ .provider = parent, .client = 0 };
	assert_int_equal(pfb_route(&top.top, &query, &route), -ENAMETOOLONG);
	query = (struct pfb_route_query){ .provider = 0, .client = parent };
	assert_int_equal(pfb_route(&top.top, &query, &route), -ENAMETOOLONG);
	/* The deepest that there may be. */
	query.client = parent - 1;
	assert_int_equal(pfb_route(&top.top, &query, &route), 0);
	setup(NULL);
}

static void test_acs_param(void **state)
{
	char buf[256];
	int ret;

	(void)state;
	ask();
	assert_int_equal(pfb_route_acs_param(&top.top, &route, buf, sizeof(buf)), 0);
	assert_string_equal(buf, "");
	acs(rfc.down_nic, PFB_ACS_RR);
	acs(rfc.down_gpu, PFB_ACS_EC);
	acs(rfc.root_port, PFB_ACS_RR);
	ask();
	ret = pfb_route_acs_param(&top.top, &route, buf, sizeof(buf));
	assert_string_equal(buf, "pci=disable_acs_redir=0000:00:01.0/00.0/01.0;0000:00:01.0/00.0/00.0");
	assert_int_equal(ret, strlen(buf));
	assert_int_equal(pfb_route_acs_param(&top.top, &route, buf, ret + 1), ret);
	assert_int_equal(pfb_route_acs_param(&top.top, &route, buf, ret), -ENOSPC);
	assert_int_equal(pfb_route_acs_param(&top.top, &route, buf, 0), -ENOSPC);
	setup(NULL);
}

static void test_names(void **state)
{
	unsigned int i, j;

	(void)state;
	assert_string_equal(pfb_route_kind_name(PFB_ROUTE_DIRECT_TRANSLATED), "direct-translated");
	assert_string_equal(pfb_hop_action_name(PFB_HOP_TURN), "turn");
	for (i = 0; i < PFB_NR_WHYS; i++) {
		assert_string_not_equal(pfb_route_why_name(1U << i), "unknown");
		/* What is wrong, then what to do about it. */
		assert_non_null(strstr(pfb_route_why_text(1U << i), ": "));
		for (j = 0; j < i; j++)
			assert_string_not_equal(pfb_route_why_name(1U << i),
						pfb_route_why_name(1U << j));
	}
	assert_string_equal(pfb_route_why_name(1U << PFB_NR_WHYS), "unknown");
	assert_string_equal(pfb_route_why_name(0), "unknown");
	assert_string_equal(pfb_route_why_text(0), "unknown reason");
}

/* Every set of reasons, in every room: whole reasons in order, and how many more there are. */
static void test_why_list(void **state)
{
	static char buf[PFB_ERROR_TEXT_MAX], expected[8192];
	char more[32];
	u32 why, i;

	(void)state;
	for (why = 0; why < 1U << PFB_NR_WHYS; why++) {
		unsigned int nr = 0, shown = 0;
		size_t len = 0;

		assert_ptr_equal(pfb_route_why_list(why, buf, sizeof(buf)), buf);
		for (i = 0; i < PFB_NR_WHYS; i++)
			nr += why >> i & 1;
		for (i = 0; i < PFB_NR_WHYS; i++) {
			if (!(why >> i & 1))
				continue;
			len += (size_t)snprintf(expected + len, sizeof(expected) - len, "%s%s: %s",
						len ? "; " : "", pfb_route_why_name(1U << i),
						pfb_route_why_text(1U << i));
			if (len >= sizeof(buf) || strncmp(buf, expected, len))
				break;
			shown++;
		}
		if (shown == nr) {
			assert_string_equal(buf, why ? expected : "");
			continue;
		}
		/* Any one has room. */
		assert_int_not_equal(shown, 0);
		snprintf(more, sizeof(more), "; (+%u more)", nr - shown);
		assert_string_equal(buf + strlen(buf) - strlen(more), more);
	}
	for (i = 1; i < 64; i++) {
		memset(buf, 0xaa, sizeof(buf));
		pfb_route_why_list(PFB_WHY_IOMMU | PFB_WHY_CLIQUE, buf, i);
		assert_in_range(strlen(buf), 0, i - 1);
		assert_int_equal((unsigned char)buf[i], 0xaa);
	}
	assert_string_equal(pfb_route_why_list(PFB_WHY_IOMMU | PFB_WHY_CLIQUE, buf, 32), "(+2 more)");
	buf[0] = 'x';
	pfb_route_why_list(PFB_WHY_IOMMU, buf, 0);
	assert_int_equal(buf[0], 'x');
}

static u64 seed;

static u32 rnd(u32 below)
{
	seed ^= seed >> 12;
	seed ^= seed << 25;
	seed ^= seed >> 27;
	return (u32)((seed * 0x2545f4914f6cdd1dULL) >> 33) % below;
}

/*
 * What drivers/pci/p2pdma.c answers, by its rules instead of by hops: whoever is
 * on the way, ends and meeting point included, and has RR, CR or EC on sends
 * it through the host bridge. So does having no meeting point.
 */
static bool kernel_says_direct(u32 provider, u32 client)
{
	u8 mark[UNIT_MAX_FUNCTIONS] = { 0 };
	u32 i, meet;

	for (i = client; i != PFB_NO_FUNCTION; i = top.functions[i].parent)
		mark[i] = 1;
	for (meet = provider; meet != PFB_NO_FUNCTION && !mark[meet];
	     meet = top.functions[meet].parent)
		mark[meet] = 2;
	if (meet == PFB_NO_FUNCTION)
		return false;
	for (i = top.functions[meet].parent; i != PFB_NO_FUNCTION; i = top.functions[i].parent)
		mark[i] = 0;
	for (i = 0; i < top.top.nr_functions; i++)
		if (mark[i] && (top.functions[i].flags & PFB_FN_ACS) &&
		    (top.functions[i].acs_ctrl & (PFB_ACS_RR | PFB_ACS_CR | PFB_ACS_EC)))
			return false;
	return true;
}

static void random_tree(u32 parent, unsigned int depth)
{
	unsigned int dev, devices = 1 + rnd(3);
	u32 function;

	for (dev = 0; dev < devices && top.top.nr_functions < 48; dev++) {
		bool bridge = depth && rnd(4);

		function = unit_add(&top, parent, bridge ? PFB_PORT_PCI_BRIDGE : PFB_PORT_ENDPOINT,
				    dev, 0);
		if (!rnd(12))
			acs(function, rnd(0x80));
		else
			top.functions[function].acs_ctrl = 0x7f;
		if (bridge)
			random_tree(function, depth - 1);
		else
			unit_bar(&top, function, 2, MIB << rnd(4), PREF64);
	}
}

static void test_agrees_with_the_kernel(void **state)
{
	unsigned int round, direct = 0, other = 0;
	u32 a, b;

	(void)state;
	for (round = 0; round < 300; round++) {
		seed = 0x9e3779b97f4a7c15ULL * (round + 1);
		unit_topology_init(&top);
		unit_add_root(&top, 0, 255);
		random_tree(PFB_NO_FUNCTION, 5);
		place(NULL, 0);
		for (a = 0; a < top.top.nr_functions; a++) {
			if (!top.functions[a].bars[2].size)
				continue;
			for (b = 0; b < top.top.nr_functions; b++) {
				bool expected = kernel_says_direct(a, b);

				if (a == b)
					continue;
				query.provider = a;
				query.client = b;
				ask();
				assert_int_equal(route.kind == PFB_ROUTE_DIRECT, expected);
				if (expected)
					direct++;
				else
					other++;
			}
		}
	}
	print_message("# %u direct, %u not\n", direct, other);
	assert_true(direct > 1000);
	assert_true(other > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_same_switch, setup),
		cmocka_unit_test_setup(test_acs, setup),
		cmocka_unit_test_setup(test_translated, setup),
		cmocka_unit_test_setup(test_iommu, setup),
		cmocka_unit_test_setup(test_host_bridge, setup),
		cmocka_unit_test_setup(test_root_bus, setup),
		cmocka_unit_test_setup(test_two_functions_of_a_device, setup),
		cmocka_unit_test_setup(test_same_function, setup),
		cmocka_unit_test_setup(test_nested, setup),
		cmocka_unit_test_setup(test_windows, setup),
		cmocka_unit_test_setup(test_command_registers, setup),
		cmocka_unit_test_setup(test_ends, setup),
		cmocka_unit_test_setup(test_every_reason_at_once, setup),
		cmocka_unit_test_setup(test_bad_input, setup),
		cmocka_unit_test_setup(test_acs_param, setup),
		cmocka_unit_test_setup(test_names, setup),
		unit_test_large(test_why_list),
		unit_test_large_setup(test_agrees_with_the_kernel, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
