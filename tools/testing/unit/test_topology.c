// SPDX-License-Identifier: GPL-2.0
#include "unit.h"
#include "unit_topology.h"

#include <pci_fixed_bars/plan.h>

static struct unit_topology top;
static struct unit_rfc rfc;

static int setup(void **state)
{
	(void)state;
	unit_add_rfc(&top, &rfc);
	return pfb_plan_bus_numbers(&top.top, NULL);
}

#define GOOD()									\
	do {									\
		struct pfb_error good_err;					\
		if (pfb_topology_check(&top.top, &good_err))			\
			fail_msg("%s", good_err.text);				\
	} while (0)

#define BROKEN(...)								\
	do {									\
		struct pfb_error broken_err = { "" };				\
		assert_int_equal(pfb_topology_check(&top.top, &broken_err), -EINVAL); \
		assert_error(&broken_err, __VA_ARGS__);				\
		setup(NULL);							\
	} while (0)

static void test_good(void **state)
{
	(void)state;
	GOOD();
	/* An empty topology, and a bridge that nobody numbered. */
	top.functions[rfc.empty_port].secondary = 0;
	top.functions[rfc.empty_port].subordinate = 0;
	GOOD();
	unit_topology_init(&top);
	GOOD();
	/* One bus alone. */
	unit_add_root(&top, 7, 7);
	GOOD();
	unit_topology_init(&top);
	/* Segments may use the same buses; a switch may sit on a root bus. */
	unit_add_root(&top, 0, 255);
	unit_add(&top, PFB_NO_FUNCTION, PFB_PORT_UPSTREAM, 0, 0);
	unit_add_root(&top, 0, 255);
	top.roots[1].segment = 1;
	unit_add(&top, PFB_NO_FUNCTION, PFB_PORT_ENDPOINT, 0, 0);
	GOOD();
}

static void test_roots(void **state)
{
	(void)state;
	top.top.nr_roots = UNIT_MAX_ROOTS + 1;
	BROKEN("in room for");
	top.top.nr_functions = UNIT_MAX_FUNCTIONS + 1;
	BROKEN("in room for");
	top.roots[0].bus = 9;
	top.roots[0].last_bus = 8;
	BROKEN("0000:09", "last bus");
	unit_add_root(&top, 0x80, 0xff);
	BROKEN("0000:80", "00-ff");
	top.roots[0].last_bus = 0x80;
	unit_add_root(&top, 0x80, 0xff);
	BROKEN("0000:80", "00-80");
	top.roots[0].last_bus = 0x7f;
	unit_add_root(&top, 0x80, 0xff);
	top.roots[0].segment = 1;
	BROKEN("0000:80", "0001:00", "ascending");
	unit_add_root(&top, 0, 0xff);
	BROKEN("ascending");
}

static void test_reserves(void **state)
{
	(void)state;
	top.functions[rfc.gpu].reserve_buses = 1;
	BROKEN("0000:03:00.0", "no bridge");
	top.functions[rfc.gpu].reserve[PFB_WINDOW_MEM] = 1;
	BROKEN("0000:03:00.0", "32-bit memory", "0x1 bytes", "0x0 at most");
	top.functions[rfc.down_gpu].reserve[PFB_WINDOW_IO] = 0x80000001;
	BROKEN("0000:02:00.0", "I/O", "0x80000000 at most");
	top.functions[rfc.down_gpu].reserve[PFB_WINDOW_PREF] = (1ULL << 62) + 1;
	BROKEN("0000:02:00.0", "prefetchable", "0x4000000000000000 at most");
}

static void test_places(void **state)
{
	(void)state;
	top.functions[rfc.gpu].root = 1;
	BROKEN("root bus 1");
	top.functions[rfc.gpu].type = 9;
	BROKEN("port type 9");
	top.functions[rfc.upstream].parent = rfc.gpu;
	BROKEN("0000:01:00.0", "depth-first");
	top.functions[rfc.upstream].parent = rfc.upstream;
	BROKEN("0000:01:00.0", "depth-first");
	top.functions[rfc.nic].parent = rfc.gpu;
	BROKEN("0000:04:00.0", "no bridge");
	/* Behind a bridge whose subtree was left already. */
	top.functions[rfc.other_nic].parent = rfc.down_gpu;
	BROKEN("apart from the bridge above");
	top.functions[rfc.down_nic].devfn = 0;
	BROKEN("0000:02:00.0", "ascending");
	top.functions[rfc.other_port].devfn = 0;
	BROKEN("0000:00:00.0", "stands after 0000:00:01.0");
	unit_add_root(&top, 0, 255);
	top.roots[0].last_bus = 0x7f;
	top.roots[1].bus = 0x80;
	top.functions[rfc.other_nic].root = 1;
	BROKEN("another root bus");
	/* Root buses in descending order. */
	top.roots[0].last_bus = 0x7f;
	unit_add_root(&top, 0x80, 0xff);
	top.functions[rfc.root_port].root = 1;
	top.functions[rfc.root_port].type = PFB_PORT_ENDPOINT;
	top.functions[rfc.root_port].bus = 0x80;
	top.functions[1] = top.functions[rfc.other_port];
	top.functions[1].type = PFB_PORT_ENDPOINT;
	top.top.nr_functions = 2;
	BROKEN("ascending");
}

static void test_types(void **state)
{
	(void)state;
	top.functions[rfc.root_port].type = PFB_PORT_DOWNSTREAM;
	BROKEN("downstream port", "root bus");
	top.functions[rfc.upstream].type = PFB_PORT_ROOT;
	BROKEN("root port cannot be below root port");
	top.functions[rfc.upstream].type = PFB_PORT_DOWNSTREAM;
	BROKEN("downstream port cannot be below root port");
	top.functions[rfc.down_nic].type = PFB_PORT_UPSTREAM;
	BROKEN("upstream port cannot be below upstream port");
	/* An endpoint or a conventional bridge may be anywhere. */
	top.functions[rfc.root_port].type = PFB_PORT_PCI_BRIDGE;
	GOOD();
}

static void test_buses(void **state)
{
	(void)state;
	top.functions[rfc.gpu].bus = 9;
	BROKEN("0000:09:00.0", "expected on bus 03");
	top.functions[rfc.down_gpu].secondary = 2;
	BROKEN("secondary bus 02");
	top.functions[rfc.root_port].subordinate = 0;
	BROKEN("subordinate 00");
	/* Outside its parent's, over its sibling's, over the root bus's end. */
	top.functions[rfc.root_port].subordinate = 3;
	BROKEN("0000:01:00.0", "02-04", "include 04");
	top.functions[rfc.down_gpu].subordinate = 4;
	BROKEN("0000:02:01.0", "include 04");
	top.functions[rfc.empty_port].secondary = 4;
	top.functions[rfc.empty_port].subordinate = 4;
	BROKEN("0000:00:03.0", "include 04");
	top.roots[0].last_bus = 5;
	BROKEN("0000:00:03.0", "include 06");
	top.functions[rfc.down_gpu].secondary = 0;
	top.functions[rfc.down_gpu].subordinate = 0;
	BROKEN("0000:03:00.0", "0000:02:00.0", "no bus number");
}

static void test_vf_buses(void **state)
{
	u32 pf, vf;

	(void)state;
	unit_topology_init(&top);
	unit_add_root(&top, 0, 255);
	unit_add(&top, PFB_NO_FUNCTION, PFB_PORT_ROOT, 1, 0);
	pf = unit_add(&top, 0, PFB_PORT_ENDPOINT, 0, 0);
	vf = unit_add(&top, 0, PFB_PORT_ENDPOINT, 0, 1);
	assert_int_equal(pfb_plan_bus_numbers(&top.top, NULL), 0);
	/* A VF on the bus after its PF's, with the devfn of the PF. */
	top.functions[vf].bus = 2;
	top.functions[vf].devfn = 0;
	top.functions[0].subordinate = 2;
	GOOD();
	assert_int_equal(pfb_topology_find(&top.top, &(struct pfb_path){ 0, 0, 2, { 8, 0 } }), pf);
	/* On a bus before its PF's, of nobody, or of a bridge beside it. */
	top.functions[vf].bus = 0;
	top.functions[vf].devfn = 1;
	top.functions[pf].bus = 0;
	BROKEN("0000:00:00.0", "expected on bus 01");
	unit_topology_init(&top);
	unit_add_root(&top, 0, 255);
	unit_add(&top, PFB_NO_FUNCTION, PFB_PORT_ROOT, 1, 0);
	unit_add(&top, 0, PFB_PORT_PCI_BRIDGE, 0, 0);
	vf = unit_add(&top, 0, PFB_PORT_ENDPOINT, 1, 0);
	assert_int_equal(pfb_plan_bus_numbers(&top.top, NULL), 0);
	top.functions[vf].bus = 2;
	BROKEN("0000:02:01.0", "expected on bus 01");
	/* A bridge is never on such a bus. */
	top.functions[rfc.root_port].subordinate = 9;
	top.functions[rfc.upstream].subordinate = 9;
	top.functions[rfc.other_port].secondary = 10;
	top.functions[rfc.other_port].subordinate = 10;
	top.functions[rfc.other_nic].bus = 10;
	top.functions[rfc.empty_port].secondary = 11;
	top.functions[rfc.empty_port].subordinate = 11;
	GOOD();
	top.functions[rfc.down_nic].bus = 9;
	BROKEN("0000:09:01.0", "expected on bus 02");
}

static void test_bars(void **state)
{
	struct pfb_bar *bars = top.functions[rfc.gpu].bars;

	(void)state;
	bars[0].size = 3;
	BROKEN("0000:03:00.0 bar0", "0x3", "power of two");
	bars[0].size = 1ULL << 32;
	BROKEN("bar0", "2 GiB");
	bars[0].flags = PFB_BAR_IO | PFB_BAR_PREFETCH;
	BROKEN("bar0", "no I/O BAR");
	bars[PFB_BAR_ROM] = (struct pfb_bar){ .size = 0x800, .flags = PFB_BAR_IO };
	BROKEN("rom", "no I/O BAR");
	bars[3].size = 0x1000;
	BROKEN("bar2", "upper half");
	bars[5] = (struct pfb_bar){ .size = 0x1000, .flags = PFB_BAR_MEM64 };
	BROKEN("bar5", "upper half");
	bars[PFB_BAR_ROM] = (struct pfb_bar){ .size = 0x800, .flags = PFB_BAR_MEM64 };
	BROKEN("rom", "upper half");
	top.functions[rfc.gpu].total_vfs = 1;
	bars[PFB_NR_BARS - 1] = (struct pfb_bar){ .size = 0x1000, .flags = PFB_BAR_MEM64 };
	BROKEN("vfbar5", "upper half");
	top.functions[rfc.root_port].bars[1] =
		(struct pfb_bar){ .size = 0x1000, .flags = PFB_BAR_MEM64 };
	BROKEN("0000:00:01.0 bar1", "upper half");
	top.functions[rfc.root_port].bars[1].size = 0x1000;
	GOOD();
	bars[PFB_BAR_VF0].size = 0x1000;
	BROKEN("vfbar0", "TotalVFs");
	bars[PFB_BAR_VF0] = (struct pfb_bar){ .size = 1ULL << 63, .flags = PFB_BAR_MEM64 };
	top.functions[rfc.gpu].total_vfs = 2;
	BROKEN("vfbar0", "64 bits");
	bars[0].flags |= PFB_BAR_ASSIGNED;
	bars[0].address = 0x10;
	BROKEN("bar0", "0x10", "multiple of its size 0x100");
	bars[0].flags |= PFB_BAR_ASSIGNED;
	bars[0].address = 1ULL << 32;
	BROKEN("bar0", "leave the space");
	bars[PFB_BAR_VF0] = (struct pfb_bar){ .size = 0x1000, .address = ~0xfffULL,
					      .flags = PFB_BAR_MEM64 | PFB_BAR_ASSIGNED };
	top.functions[rfc.gpu].total_vfs = 2;
	BROKEN("vfbar0", "leave the space");
	bars[0].flags |= PFB_BAR_ASSIGNED;
	bars[0].address = (1ULL << 32) - 0x100;
	GOOD();
	bars[0].flags &= ~PFB_BAR_ASSIGNED;
	/* The last address there is, and one that nobody assigned. */
	bars[0].address = 0x10;
	bars[2].address = ~(UNIT_RFC_GPU_SIZE - 1);
	bars[2].flags |= PFB_BAR_ASSIGNED;
	GOOD();
	top.functions[rfc.root_port].bars[2] = (struct pfb_bar){ .size = 0x1000 };
	BROKEN("0000:00:01.0 bar2", "bridge");
}

static void test_windows(void **state)
{
	(void)state;
	top.functions[rfc.root_port].windows[PFB_WINDOW_MEM] =
		(struct pfb_window){ 0xfff00000, 1ULL << 32 };
	BROKEN("0000:00:01.0", "32-bit memory", "below 4 GiB");
	top.functions[rfc.root_port].windows[PFB_WINDOW_IO] =
		(struct pfb_window){ 0, 1ULL << 32 };
	BROKEN("I/O", "below 4 GiB");
	/* A closed one may read as anything. */
	top.functions[rfc.root_port].windows[PFB_WINDOW_MEM] =
		(struct pfb_window){ ~0ULL, 1ULL << 40 };
	GOOD();
}

static void test_path_and_find(void **state)
{
	struct pfb_function *exact;
	struct pfb_path path, bdf;
	u32 i;

	(void)state;
	for (i = 0; i < top.top.nr_functions; i++) {
		assert_int_equal(pfb_topology_path(&top.top, i, &path), 0);
		assert_int_equal(pfb_topology_find(&top.top, &path), i);
		bdf = (struct pfb_path){ 0, top.functions[i].bus, 1, { top.functions[i].devfn } };
		assert_int_equal(pfb_topology_find(&top.top, &bdf), i);
	}
	assert_int_equal(pfb_topology_path(&top.top, rfc.nic, &path), 0);
	assert_int_equal(path.nr_hops, 4);
	assert_int_equal(path.hops[0], PFB_DEVFN(1, 0));
	assert_int_equal(path.hops[2], PFB_DEVFN(1, 0));

	/* Not there: at the end, in the middle, in another segment, too long, empty. */
	path.hops[3] = 1;
	assert_int_equal(pfb_topology_find(&top.top, &path), PFB_NO_FUNCTION);
	path = (struct pfb_path){ 0, 0, 2, { PFB_DEVFN(3, 0), 0 } };
	assert_int_equal(pfb_topology_find(&top.top, &path), PFB_NO_FUNCTION);
	/* What is behind the next bridge is not behind this one. */
	path = (struct pfb_path){ 0, 0, 3, { PFB_DEVFN(2, 0), 0, 0 } };
	assert_int_equal(pfb_topology_find(&top.top, &path), PFB_NO_FUNCTION);
	path = (struct pfb_path){ 1, 0, 1, { PFB_DEVFN(1, 0) } };
	assert_int_equal(pfb_topology_find(&top.top, &path), PFB_NO_FUNCTION);
	path = (struct pfb_path){ 0, 0, PFB_PATH_HOPS_MAX + 1, { PFB_DEVFN(1, 0) } };
	assert_int_equal(pfb_topology_find(&top.top, &path), PFB_NO_FUNCTION);
	path = (struct pfb_path){ 0, 0, 0, { PFB_DEVFN(1, 0) } };
	assert_int_equal(pfb_topology_find(&top.top, &path), PFB_NO_FUNCTION);
	/* A path starts on a root bus; only a BDF may name another. */
	path = (struct pfb_path){ 0, 1, 2, { 0, 0 } };
	assert_int_equal(pfb_topology_find(&top.top, &path), PFB_NO_FUNCTION);

	/* A bridge that is last has nothing behind it, and nothing is read there. */
	exact = malloc(top.top.nr_functions * sizeof(*exact));
	assert_non_null(exact);
	memcpy(exact, top.functions, top.top.nr_functions * sizeof(*exact));
	top.top.functions = exact;
	path = (struct pfb_path){ 0, 0, 2, { PFB_DEVFN(3, 0), 0 } };
	assert_int_equal(pfb_topology_find(&top.top, &path), PFB_NO_FUNCTION);
	path = (struct pfb_path){ 0, 0, 1, { PFB_DEVFN(4, 0) } };
	assert_int_equal(pfb_topology_find(&top.top, &path), PFB_NO_FUNCTION);
	free(exact);

	/* Before buses are numbered, all are 0: a BDF on bus 0 is on the root bus. */
	unit_add_rfc(&top, &rfc);
	path = (struct pfb_path){ 0, 0, 1, { 0 } };
	assert_int_equal(pfb_topology_find(&top.top, &path), PFB_NO_FUNCTION);
}

static void test_too_deep(void **state)
{
	struct pfb_path path;
	u32 i, parent = PFB_NO_FUNCTION;

	(void)state;
	unit_topology_init(&top);
	unit_add_root(&top, 0, 255);
	for (i = 0; i <= PFB_PATH_HOPS_MAX; i++)
		parent = unit_add(&top, parent, PFB_PORT_PCI_BRIDGE, 0, 0);
	assert_int_equal(pfb_topology_path(&top.top, PFB_PATH_HOPS_MAX - 1, &path), 0);
	assert_int_equal(path.nr_hops, PFB_PATH_HOPS_MAX);
	assert_int_equal(pfb_topology_find(&top.top, &path), PFB_PATH_HOPS_MAX - 1);
	assert_int_equal(pfb_topology_path(&top.top, PFB_PATH_HOPS_MAX, &path), -ENAMETOOLONG);
}

static void test_names(void **state)
{
	(void)state;
	assert_string_equal(pfb_bar_index_name(0), "bar0");
	assert_string_equal(pfb_bar_index_name(5), "bar5");
	assert_string_equal(pfb_bar_index_name(PFB_BAR_ROM), "rom");
	assert_string_equal(pfb_bar_index_name(PFB_BAR_VF0), "vfbar0");
	assert_string_equal(pfb_bar_index_name(PFB_NR_BARS - 1), "vfbar5");
	assert_string_equal(pfb_bar_index_name(PFB_NR_BARS), "bar?");
	assert_string_equal(pfb_port_type_name(PFB_PORT_DOWNSTREAM), "downstream port");
	assert_string_equal(pfb_window_name(PFB_WINDOW_PREF), "prefetchable");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_good, setup),
		cmocka_unit_test_setup(test_roots, setup),
		cmocka_unit_test_setup(test_reserves, setup),
		cmocka_unit_test_setup(test_places, setup),
		cmocka_unit_test_setup(test_types, setup),
		cmocka_unit_test_setup(test_buses, setup),
		cmocka_unit_test_setup(test_vf_buses, setup),
		cmocka_unit_test_setup(test_bars, setup),
		cmocka_unit_test_setup(test_windows, setup),
		cmocka_unit_test_setup(test_path_and_find, setup),
		cmocka_unit_test_setup(test_too_deep, setup),
		cmocka_unit_test_setup(test_names, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
