// SPDX-License-Identifier: GPL-2.0
/*
 * Plans of random hosts: whatever is planned must hold what plans promise.
 *
 * PFB_PLAN_INSTANCES=N tries N hosts instead of the few that make check has time
 * for, PFB_PLAN_SEED=N others.
 */
#include "unit.h"

#include <stdlib.h>

#include <pci_fixed_bars/manifest.h>
#include <pci_fixed_bars/route.h>

#include "lib/vm_plan.h"
#include "unit_host.h"
#include "unit_plan.h"

#define INSTANCES	1500
#define DEPTH_MAX	3
#define ASSIGNED_MAX	24
#define MIB		0x100000ULL
#define PREF64		(PFB_BAR_MEM64 | PFB_BAR_PREFETCH)

static u64 seed = 1;
static struct unit_host host;
static struct pfb_vm_plan plan;

static u32 rnd(u32 below)
{
	/* xorshift64*: reproducible everywhere. */
	seed ^= seed >> 12;
	seed ^= seed << 25;
	seed ^= seed >> 27;
	return (u32)((seed * 0x2545f4914f6cdd1dULL) >> 33) % below;
}

static void add_function(u32 parent, u8 dev, u8 fn)
{
	static const u32 classes[] = {
		UNIT_CLASS_GPU, UNIT_CLASS_GPU, UNIT_CLASS_NIC, UNIT_CLASS_NIC, UNIT_CLASS_AUDIO,
		0x010802, 0x068000, 0x120000,
	};
	u32 index = unit_add(&host.t, parent, PFB_PORT_ENDPOINT, dev, fn);
	struct pfb_function *f = &host.t.functions[index];

	f->class = classes[rnd(ARRAY_SIZE(classes))];
	f->vendor = 0x10de;
	f->device = (u16)index;
	if (rnd(2))
		f->flags |= PFB_FN_ATS | (rnd(2) ? PFB_FN_ATS_ENABLED : 0);
	if (rnd(3))
		unit_bar(&host.t, index, 0, 0x1000 << rnd(8), 0);
	if (rnd(8))
		unit_bar(&host.t, index, 2, MIB << rnd(16), PREF64);
	else
		unit_bar(&host.t, index, 2, 0x1000 << rnd(8), PFB_BAR_MEM64);
	if (!rnd(3))
		unit_bar(&host.t, index, 4, MIB << rnd(6), PREF64);
}

static void add_device(u32 parent, u8 dev)
{
	u8 fn, nr = rnd(4) ? 1 : (u8)(1 + rnd(3));

	for (fn = 0; fn < nr; fn++)
		add_function(parent, dev, fn);
}

static void set_acs(u32 port)
{
	static const u16 ctrls[] = {
		0, 0, 0, PFB_ACS_SV | PFB_ACS_UF, PFB_ACS_SV | PFB_ACS_RR | PFB_ACS_CR | PFB_ACS_UF,
		PFB_ACS_RR | PFB_ACS_CR | PFB_ACS_DT, PFB_ACS_RR | PFB_ACS_DT | PFB_ACS_TB, PFB_ACS_EC,
	};

	host.t.functions[port].flags |= PFB_FN_ACS;
	host.t.functions[port].acs_cap = 0x7f;
	host.t.functions[port].acs_ctrl = ctrls[rnd(ARRAY_SIZE(ctrls))];
}

static void add_below(u32 port, unsigned int depth)
{
	u32 up, down;
	u8 i, nr;

	if (depth >= DEPTH_MAX || rnd(2)) {
		add_device(port, 0);
		return;
	}
	up = unit_add(&host.t, port, PFB_PORT_UPSTREAM, 0, 0);
	nr = (u8)(1 + rnd(4));
	for (i = 0; i < nr; i++) {
		down = unit_add(&host.t, up, PFB_PORT_DOWNSTREAM, i, 0);
		set_acs(down);
		add_below(down, depth + 1);
	}
}

static void make_host(void)
{
	u32 i, nr = 1 + rnd(3), port;

	unit_host_init(&host);
	host.t.roots[0].last_bus = 0xff;
	for (i = 0; i < nr; i++) {
		port = unit_add(&host.t, PFB_NO_FUNCTION, PFB_PORT_ROOT, (u8)(1 + i), 0);
		set_acs(port);
		/* so that a switch is more often there than not */
		add_below(port, rnd(3) ? 0 : DEPTH_MAX);
	}
	unit_host_finish(&host);
	for (i = 0; i < host.t.top.nr_functions; i++)
		host.cf[i].acs_read = rnd(40);
}

static u32 choose(const char **names)
{
	u32 i, j, nr = 0;

	for (i = 0; i < host.t.top.nr_functions && nr < ASSIGNED_MAX; i++)
		if (!pfb_topology_is_bridge(&host.t.functions[i]) && rnd(3))
			names[nr++] = host.cf[i].bdf;
	for (i = 1; i < nr; i++) {
		const char *name = names[i];

		j = rnd(i + 1);
		names[i] = names[j];
		names[j] = name;
	}
	return nr;
}

/* The lowest bridge above both, if there is one. */
static u32 meet(const struct pfb_topology *top, u32 a, u32 b)
{
	u32 up;

	for (a = top->functions[a].parent; a != PFB_NO_FUNCTION; a = top->functions[a].parent)
		for (up = top->functions[b].parent; up != PFB_NO_FUNCTION;
		     up = top->functions[up].parent)
			if (up == a)
				return a;
	return PFB_NO_FUNCTION;
}

/* Who shares a switch there shares it here, and nobody else. */
static void check_mirror(u32 a, u32 b)
{
	u32 there = meet(&host.t.top, plan.functions[a].host, plan.functions[b].host);
	u32 here = meet(&plan.top, a, b);

	if (there != PFB_NO_FUNCTION && host.t.functions[there].type == PFB_PORT_UPSTREAM) {
		assert_int_not_equal(here, PFB_NO_FUNCTION);
		assert_int_equal(plan.functions[here].kind, PFB_VM_UPSTREAM);
		assert_int_equal(plan.functions[here].host, there);
	} else if (here != PFB_NO_FUNCTION) {
		/* functions of one device */
		assert_true(plan.functions[here].kind == PFB_VM_ROOT_PORT ||
			    plan.functions[here].kind == PFB_VM_DOWNSTREAM);
		assert_int_equal(plan.top.functions[a].parent, plan.top.functions[b].parent);
	}
}

static bool usable(const struct pfb_vm_pair *pair)
{
	return pair->verdict != PFB_VM_PAIR_NONE &&
	       plan.functions[pair->client].clique == plan.functions[pair->provider].clique;
}

/* What the guest is told is true on the host, and the guest can see it for itself. */
static void check_pair(const struct pfb_vm_pair *pair)
{
	const struct pfb_vm_function *client = &plan.functions[pair->client];
	const struct pfb_vm_function *provider = &plan.functions[pair->provider];
	struct pfb_route_query query = {
		.provider = pair->provider, .client = pair->client, .bar_passes = true,
		.provider_clique = provider->clique, .client_clique = client->clique,
		.client_dma_mask = ~0ULL,
	};
	struct pfb_route route;

	assert_true(provider->provider);
	assert_true(client->client || client->provider);
	if (client->clique == provider->clique)
		assert_int_not_equal(pair->verdict, PFB_VM_PAIR_NONE);
	for (query.bar = 0; query.bar < PFB_BAR_ROM; query.bar++) {
		if (!(provider->fixed & 1U << query.bar))
			continue;
		assert_int_equal(pfb_route(&plan.top, &query, &route), 0);
		assert_int_equal(route.kind == PFB_ROUTE_DIRECT, usable(pair));
	}
}

static void check_addresses(void)
{
	static struct unit_topology planned;
	u32 i;

	assert_true(plan.top.nr_functions <= UNIT_MAX_FUNCTIONS);
	planned.top = plan.top;
	memcpy(planned.functions, plan.top.functions,
	       plan.top.nr_functions * sizeof(*planned.functions));
	memcpy(planned.roots, plan.top.roots, sizeof(*planned.roots));
	planned.top.functions = planned.functions;
	planned.top.roots = planned.roots;
	unit_check_plan(&planned, plan.fixed, plan.nr_fixed);
	for (i = 0; i < plan.nr_fixed; i++) {
		const struct pfb_plan_fixed *fixed = &plan.fixed[i];
		const struct pfb_vm_function *vf = &plan.functions[fixed->function];

		assert_true(vf->provider && (vf->fixed & 1U << fixed->bar));
		assert_int_equal(plan.top.functions[fixed->function].bars[fixed->bar].address,
				 host.t.functions[vf->host].bars[fixed->bar].address);
	}
}

static void check_manifest(void)
{
	struct unit_collector found = { .refuse_at = -1 };
	struct pfb_error err = { "" };
	u32 i, parts = 0;
	size_t size;
	void *data;

	for (i = 0; i < plan.top.nr_functions; i++)
		parts += plan.functions[i].clique != PFB_CLIQUE_NONE;
	if (pfb_vm_plan_manifest(&plan, &data, &size, &err) ||
	    pfb_manifest_parse(data, size, PFB_SOURCE_IOCTL, unit_declare, &found, &err))
		fail_msg("%s", err.text);
	free(data);
	assert_int_equal(found.nr, parts);
}

static void check_plan(const struct pfb_vm_request *request)
{
	struct pfb_error err = { "" };
	u32 i, j, nr = 0;

	if (pfb_topology_check(&plan.top, &err))
		fail_msg("%s", err.text);
	check_addresses();
	for (i = 0; i < plan.top.nr_functions; i++) {
		bool pairs = false, peer = false;

		if (plan.functions[i].kind != PFB_VM_ASSIGNED)
			continue;
		nr++;
		for (j = 0; j < i; j++)
			if (plan.functions[j].kind == PFB_VM_ASSIGNED)
				check_mirror(i, j);
		for (j = 0; j < plan.nr_pairs; j++) {
			if (plan.pairs[j].client != i && plan.pairs[j].provider != i)
				continue;
			pairs = true;
			peer |= usable(&plan.pairs[j]);
		}
		assert_true(request->allow_indirect || !pairs || peer);
	}
	assert_int_equal(nr, request->nr_assigned);
	for (i = 0; i < plan.nr_pairs; i++)
		check_pair(&plan.pairs[i]);
	check_manifest();
}

/* The planned guest, planned again as if it were a host, is the same guest. */
static void check_again(void)
{
	static struct pfb_capture_function cf[UNIT_MAX_FUNCTIONS];
	struct pfb_capture guest = {
		.origin = "sysfs", .cpu_vendor = "GenuineIntel", .address_bits = 52,
		.top = plan.top, .functions = cf,
	};
	const char *names[ASSIGNED_MAX];
	struct pfb_vm_request request = {
		.assigned = names, .machine = plan.machine, .allow_indirect = true,
	};
	struct pfb_error err = { "" };
	struct pfb_vm_plan again;
	unsigned int bar;
	u32 i;

	for (i = 0; i < plan.top.nr_functions; i++) {
		const struct pfb_function *fn = &plan.top.functions[i];

		memset(&cf[i], 0, sizeof(cf[i]));
		snprintf(cf[i].bdf, sizeof(cf[i].bdf), "0000:%02x:%02x.%x", fn->bus,
			 PFB_DEV(fn->devfn), PFB_FN(fn->devfn));
		cf[i].acs_read = true;
		if (plan.functions[i].kind == PFB_VM_ASSIGNED)
			names[request.nr_assigned++] = cf[i].bdf;
	}
	if (pfb_vm_plan(&again, &guest, &request, &err))
		fail_msg("%s", err.text);
	assert_int_equal(again.top.nr_functions, plan.top.nr_functions);
	assert_memory_equal(again.top.roots, plan.top.roots, sizeof(*plan.top.roots));
	for (i = 0; i < plan.top.nr_functions; i++) {
		const struct pfb_function *a = &plan.top.functions[i];
		const struct pfb_function *b = &again.top.functions[i];

		assert_true(a->parent == b->parent && a->type == b->type && a->bus == b->bus &&
			    a->devfn == b->devfn && a->secondary == b->secondary &&
			    a->subordinate == b->subordinate && a->flags == b->flags);
		assert_memory_equal(a->windows, b->windows, sizeof(a->windows));
		for (bar = 0; bar < PFB_NR_BARS; bar++)
			assert_true(a->bars[bar].address == b->bars[bar].address &&
				    a->bars[bar].size == b->bars[bar].size &&
				    a->bars[bar].flags == b->bars[bar].flags);
		assert_int_equal(plan.functions[i].fixed, again.functions[i].fixed);
	}
	pfb_vm_plan_free(&again);
}

static void test_random(void **state)
{
	const char *instances = getenv("PFB_PLAN_INSTANCES"), *start = getenv("PFB_PLAN_SEED");
	unsigned long i, nr = instances ? strtoul(instances, NULL, 0) : INSTANCES;
	const char *names[ASSIGNED_MAX];
	unsigned long planned = 0, refused = 0;

	(void)state;
	if (start)
		seed = strtoull(start, NULL, 0);
	for (i = 0; i < nr; i++) {
		struct pfb_vm_request request = { .assigned = names, .machine = "virt" };
		struct pfb_error err = { "" };
		int ret;

		make_host();
		request.nr_assigned = choose(names);
		if (!request.nr_assigned)
			continue;
		request.allow_indirect = rnd(4);
		ret = pfb_vm_plan(&plan, &host.capture, &request, &err);
		if (ret) {
			/* the host is sound: all that can be wrong is that P2P would break */
			if (ret != -EXDEV)
				fail_msg("instance %lu: %d: %s", i, ret, err.text);
			assert_error(&err, "has no peer");
			assert_false(request.allow_indirect);
			refused++;
		} else {
			check_plan(&request);
			check_again();
			planned++;
		}
		pfb_vm_plan_free(&plan);
	}
	/* a generator that makes only one kind tests nothing */
	assert_true(planned > nr / 2 && refused > nr / 50);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests_name("vm_plan_random", tests, NULL, NULL);
}
