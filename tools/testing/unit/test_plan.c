// SPDX-License-Identifier: GPL-2.0
#include "unit.h"
#include "unit_plan.h"
#include "unit_topology.h"

#include <pci_fixed_bars/plan.h>

#define MIB	0x100000ULL
#define GIB	0x40000000ULL
#define PREF64	(PFB_BAR_MEM64 | PFB_BAR_PREFETCH)

static void test_bus_numbers(void **state)
{
	struct unit_topology *t = malloc(sizeof(*t));
	struct pfb_error err;
	struct unit_rfc rfc;
	u32 pxb, ep;

	(void)state;
	unit_add_rfc(t, &rfc);
	t->roots[0].last_bus = 0x7f;
	unit_add_root(t, 0x80, 0xff);
	pxb = unit_add(t, PFB_NO_FUNCTION, PFB_PORT_ROOT, 0, 0);
	ep = unit_add(t, pxb, PFB_PORT_ENDPOINT, 0, 0);

	assert_int_equal(pfb_plan_bus_numbers(&t->top, &err), 0);
	assert_int_equal(pfb_topology_check(&t->top, &err), 0);
	assert_int_equal(t->functions[rfc.root_port].bus, 0);
	assert_int_equal(t->functions[rfc.root_port].secondary, 1);
	assert_int_equal(t->functions[rfc.root_port].subordinate, 4);
	assert_int_equal(t->functions[rfc.upstream].bus, 1);
	assert_int_equal(t->functions[rfc.upstream].secondary, 2);
	assert_int_equal(t->functions[rfc.upstream].subordinate, 4);
	assert_int_equal(t->functions[rfc.down_gpu].secondary, 3);
	assert_int_equal(t->functions[rfc.down_gpu].subordinate, 3);
	assert_int_equal(t->functions[rfc.gpu].bus, 3);
	assert_int_equal(t->functions[rfc.down_nic].secondary, 4);
	assert_int_equal(t->functions[rfc.nic].bus, 4);
	assert_int_equal(t->functions[rfc.other_port].secondary, 5);
	assert_int_equal(t->functions[rfc.other_nic].bus, 5);
	assert_int_equal(t->functions[rfc.empty_port].secondary, 6);
	assert_int_equal(t->functions[rfc.empty_port].subordinate, 6);
	assert_int_equal(t->functions[pxb].bus, 0x80);
	assert_int_equal(t->functions[pxb].secondary, 0x81);
	assert_int_equal(t->functions[ep].bus, 0x81);
	free(t);
}

static void test_bus_numbers_run_out(void **state)
{
	struct unit_topology *t = malloc(sizeof(*t)), *before = malloc(sizeof(*t));
	struct pfb_error err;
	struct unit_rfc rfc;

	(void)state;
	unit_add_rfc(t, &rfc);
	t->roots[0].last_bus = 6;
	assert_int_equal(pfb_plan_bus_numbers(&t->top, &err), 0);
	t->roots[0].last_bus = 5;
	memcpy(before, t, sizeof(*t));
	assert_int_equal(pfb_plan_bus_numbers(&t->top, &err), -ENOSPC);
	assert_error(&err, "0000:00", "6 bridges", "00-06", "00-05", "pxb-pcie");
	assert_memory_equal(before, t, sizeof(*t));
	free(before);
	free(t);
}

/* What a bridge keeps for hot-plug comes after what is behind it, and inside those above. */
static void test_bus_numbers_reserved(void **state)
{
	struct unit_topology *t = malloc(sizeof(*t)), *before = malloc(sizeof(*t));
	struct pfb_error err;
	struct unit_rfc rfc;
	u32 pxb[2];

	(void)state;
	unit_add_rfc(t, &rfc);
	t->functions[rfc.down_gpu].reserve_buses = 2;
	t->functions[rfc.upstream].reserve_buses = 1;
	t->functions[rfc.empty_port].reserve_buses = 3;
	/* Two host bridges with preset numbers, as pxb-pcie's bus_nr: 0x20-0x21 and 0xfe-0xff. */
	t->roots[0].last_bus = 0x1f;
	unit_add_root(t, 0x20, 0x21);
	pxb[0] = unit_add(t, PFB_NO_FUNCTION, PFB_PORT_ROOT, 0, 0);
	unit_add_root(t, 0xfe, 0xff);
	pxb[1] = unit_add(t, PFB_NO_FUNCTION, PFB_PORT_ROOT, 0, 0);

	assert_int_equal(pfb_plan_bus_numbers(&t->top, &err), 0);
	assert_int_equal(pfb_topology_check(&t->top, &err), 0);
	assert_int_equal(t->functions[rfc.root_port].secondary, 1);
	assert_int_equal(t->functions[rfc.root_port].subordinate, 7);
	assert_int_equal(t->functions[rfc.upstream].secondary, 2);
	assert_int_equal(t->functions[rfc.upstream].subordinate, 7);
	assert_int_equal(t->functions[rfc.down_gpu].secondary, 3);
	assert_int_equal(t->functions[rfc.down_gpu].subordinate, 5);
	assert_int_equal(t->functions[rfc.down_nic].secondary, 6);
	assert_int_equal(t->functions[rfc.down_nic].subordinate, 6);
	assert_int_equal(t->functions[rfc.nic].bus, 6);
	assert_int_equal(t->functions[rfc.other_port].secondary, 8);
	assert_int_equal(t->functions[rfc.empty_port].secondary, 9);
	assert_int_equal(t->functions[rfc.empty_port].subordinate, 12);
	assert_int_equal(t->functions[pxb[0]].bus, 0x20);
	assert_int_equal(t->functions[pxb[0]].secondary, 0x21);
	assert_int_equal(t->functions[pxb[0]].subordinate, 0x21);
	assert_int_equal(t->functions[pxb[1]].bus, 0xfe);
	assert_int_equal(t->functions[pxb[1]].secondary, 0xff);

	/* Which host bridge has too few is said, whichever it is; nothing is changed. */
	t->functions[pxb[0]].reserve_buses = 1;
	*before = *t;
	assert_int_equal(pfb_plan_bus_numbers(&t->top, &err), -ENOSPC);
	assert_error(&err, "root bus 0000:20", "1 bridges and 1 buses reserved", "20-22", "20-21");
	assert_memory_equal(before, t, sizeof(*t));
	t->functions[pxb[0]].reserve_buses = 0;
	t->functions[pxb[1]].reserve_buses = 255;
	assert_int_equal(pfb_plan_bus_numbers(&t->top, &err), -ENOSPC);
	assert_error(&err, "root bus 0000:fe", "reserve fewer");
	free(before);
	free(t);
}

/* Room for hot-plug: in every kind of window, beside what is there, and no more than that. */
static void test_reserve(void **state)
{
	struct unit_topology *t = malloc(sizeof(*t));
	const struct pfb_window *w;
	struct pfb_plan_fixed fixed;
	struct pfb_error err;
	struct unit_rfc rfc;

	(void)state;
	unit_add_rfc(t, &rfc);
	w = t->functions[rfc.empty_port].windows;
	t->functions[rfc.empty_port].reserve[PFB_WINDOW_IO] = 0x100;
	t->functions[rfc.empty_port].reserve[PFB_WINDOW_MEM] = 3 * MIB;
	t->functions[rfc.empty_port].reserve[PFB_WINDOW_PREF] = 64 * GIB;
	assert_int_equal(unit_plan(t, NULL, 0, &err), 0);
	unit_check_plan(t, NULL, 0);
	assert_int_equal(w[PFB_WINDOW_IO].limit - w[PFB_WINDOW_IO].base + 1, 0x1000);
	assert_int_equal(w[PFB_WINDOW_MEM].limit - w[PFB_WINDOW_MEM].base + 1, 3 * MIB);
	assert_int_equal(w[PFB_WINDOW_PREF].limit - w[PFB_WINDOW_PREF].base + 1, 64 * GIB);
	assert_int_equal(w[PFB_WINDOW_PREF].base & (64 * GIB - 1), 0);

	/* Where no 64-bit window reaches, it lies below 4 GiB. */
	t->functions[rfc.empty_port].flags &= ~PFB_FN_PREF64;
	t->functions[rfc.empty_port].reserve[PFB_WINDOW_PREF] = 2 * MIB;
	assert_int_equal(unit_plan(t, NULL, 0, &err), 0);
	unit_check_plan(t, NULL, 0);
	assert_int_equal(w[PFB_WINDOW_MEM].limit - w[PFB_WINDOW_MEM].base + 1, 5 * MIB);
	assert_false(unit_window_is_open(&w[PFB_WINDOW_PREF]));

	/* Beside a fixed BAR, through every bridge above it. */
	t->functions[rfc.down_gpu].reserve[PFB_WINDOW_PREF] = 4 * GIB;
	fixed = (struct pfb_plan_fixed){ rfc.gpu, 2, UNIT_RFC_GPU_BAR2 };
	assert_int_equal(unit_plan(t, &fixed, 1, &err), 0);
	unit_check_plan(t, &fixed, 1);
	w = &t->functions[rfc.root_port].windows[PFB_WINDOW_PREF];
	assert_int_equal(w->limit - w->base + 1, 8 * GIB);

	t->roots[0].windows[PFB_WINDOW_PREF].base = UNIT_RFC_GPU_BAR2;
	t->roots[0].windows[PFB_WINDOW_PREF].limit = UNIT_RFC_GPU_BAR2 + 8 * GIB - 1;
	assert_int_equal(unit_plan(t, &fixed, 1, &err), 0);
	t->roots[0].windows[PFB_WINDOW_PREF].limit -= MIB;
	assert_int_equal(unit_plan(t, &fixed, 1, &err), -ENOSPC);
	assert_error(&err, "even if no BAR is fixed", "the window of 0000:00:01.0", "0x200000000");
	/* Without it there is room: the fixed BAR is in its way. */
	t->roots[0].windows[PFB_WINDOW_PREF].base -= 4 * GIB;
	t->roots[0].windows[PFB_WINDOW_PREF].limit = UNIT_RFC_GPU_BAR2 + 2 * GIB - 1;
	fixed.address -= 2 * GIB;
	unit_bar(t, rfc.gpu, 2, 2 * GIB, PREF64);
	assert_int_equal(unit_plan(t, &fixed, 1, &err), -ENOSPC);
	assert_error(&err, "0000:00:01.0/00.0/00.0/00.0 bar2 at 0x6b7f80000000",
		     "the hot-plug reserve of 0000:00:01.0/00.0/00.0 (0x100000000 bytes)");
	free(t);
}

static void test_rfc(void **state)
{
	struct unit_topology *t = malloc(sizeof(*t));
	struct pfb_plan_fixed fixed;
	struct pfb_error err;
	struct unit_rfc rfc;
	const struct pfb_window *w;

	(void)state;
	unit_add_rfc(t, &rfc);
	assert_int_equal(pfb_plan_bus_numbers(&t->top, &err), 0);
	fixed = (struct pfb_plan_fixed){ rfc.gpu, 2, UNIT_RFC_GPU_BAR2 };
	if (unit_plan(t, &fixed, 1, &err))
		fail_msg("%s", err.text);
	unit_check_plan(t, &fixed, 1);
	assert_int_equal(pfb_topology_check(&t->top, &err), 0);

	w = &t->functions[rfc.root_port].windows[PFB_WINDOW_PREF];
	assert_int_equal(w->base, UNIT_RFC_GPU_BAR2);
	assert_int_equal(w->limit, UNIT_RFC_GPU_BAR2 + UNIT_RFC_GPU_SIZE - 1);
	w = &t->functions[rfc.down_nic].windows[PFB_WINDOW_PREF];
	assert_false(unit_window_is_open(w));
	/* NVMe: 64-bit, not prefetchable, so below 4 GiB. */
	assert_in_range(t->functions[rfc.nic].bars[0].address, UNIT_MEM_BASE, UNIT_MEM_LIMIT);
	w = t->functions[rfc.empty_port].windows;
	assert_false(unit_window_is_open(&w[PFB_WINDOW_IO]));
	assert_false(unit_window_is_open(&w[PFB_WINDOW_MEM]));
	assert_false(unit_window_is_open(&w[PFB_WINDOW_PREF]));
	/* A closed window is closed in the registers too, whoever encodes it. */
	assert_int_equal(w[PFB_WINDOW_MEM].base, 0xfff00000);
	assert_int_equal(w[PFB_WINDOW_MEM].limit, 0x000fffff);
	free(t);
}

/* Every kind of BAR at once, behind a switch with fixed ones, and beside it. */
static void test_every_kind(void **state)
{
	struct unit_topology *t = malloc(sizeof(*t));
	struct pfb_plan_fixed fixed[3];
	struct pfb_error err;
	struct unit_rfc rfc;

	(void)state;
	unit_add_rfc(t, &rfc);
	unit_bar(t, rfc.gpu, 1, 0x80, PFB_BAR_IO);
	unit_bar(t, rfc.gpu, 4, 32 * MIB, PREF64);
	unit_bar(t, rfc.gpu, PFB_BAR_ROM, 0x80000, PFB_BAR_PREFETCH | PFB_BAR_DISABLED);
	t->functions[rfc.nic].total_vfs = 7;
	unit_bar(t, rfc.nic, PFB_BAR_VF0, 0x20000, PREF64);
	unit_bar(t, rfc.nic, PFB_BAR_VF0 + 3, 0x8000, PFB_BAR_MEM64);
	unit_bar(t, rfc.other_nic, 2, 0x20, PFB_BAR_IO);
	unit_bar(t, rfc.other_nic, 3, 16 * MIB, PFB_BAR_PREFETCH);
	fixed[0] = (struct pfb_plan_fixed){ rfc.gpu, 2, UNIT_RFC_GPU_BAR2 };
	fixed[1] = (struct pfb_plan_fixed){ rfc.nic, PFB_BAR_VF0, 0x6c8000000000ULL };
	fixed[2] = (struct pfb_plan_fixed){ rfc.other_nic, 0, 0x20004000 };
	assert_int_equal(pfb_plan_bus_numbers(&t->top, &err), 0);
	if (unit_plan(t, fixed, 3, &err))
		fail_msg("%s", err.text);
	unit_check_plan(t, fixed, 3);
	/* A ROM that is off has an address all the same, and stays off. */
	assert_true(t->functions[rfc.gpu].bars[PFB_BAR_ROM].flags & PFB_BAR_DISABLED);
	/* Next to the fixed BAR, so that the window stays small. */
	assert_int_equal(t->functions[rfc.gpu].bars[4].address,
			 UNIT_RFC_GPU_BAR2 + UNIT_RFC_GPU_SIZE);
	assert_int_equal(t->functions[rfc.root_port].windows[PFB_WINDOW_IO].base, 0x1000);
	free(t);
}

/* A gap that only one neighbour's window can have, below or above it. */
static void test_windows_grow_either_way(void **state)
{
	static const u64 small = 32 * MIB, large = 4 * GIB;
	const u64 at = UNIT_RFC_GPU_BAR2;
	struct unit_topology *t = malloc(sizeof(*t));
	struct pfb_plan_fixed fixed[2];
	u32 rp, up, dp[2], gpu[2];
	struct pfb_error err;
	int i, top_is_tight;

	(void)state;
	for (top_is_tight = 0; top_is_tight < 2; top_is_tight++) {
		unit_topology_init(t);
		unit_add_root(t, 0, 255);
		rp = unit_add(t, PFB_NO_FUNCTION, PFB_PORT_ROOT, 1, 0);
		up = unit_add(t, rp, PFB_PORT_UPSTREAM, 0, 0);
		for (i = 0; i < 2; i++) {
			dp[i] = unit_add(t, up, PFB_PORT_DOWNSTREAM, i, 0);
			gpu[i] = unit_add(t, dp[i], PFB_PORT_ENDPOINT, 0, 0);
			unit_bar(t, gpu[i], 2, large, PREF64);
			unit_bar(t, gpu[i], 4, small, PREF64);
		}
		/* One gap of 32 MiB lies between them, the other at an end of the window. */
		fixed[0] = (struct pfb_plan_fixed){ gpu[0], 2, at };
		fixed[1] = (struct pfb_plan_fixed){ gpu[1], 2, at + 2 * large };
		t->roots[0].windows[PFB_WINDOW_PREF].base = top_is_tight ? at - small : at;
		t->roots[0].windows[PFB_WINDOW_PREF].limit =
			at + 3 * large - 1 + (top_is_tight ? 0 : small);
		if (unit_plan(t, fixed, 2, &err))
			fail_msg("%s", err.text);
		unit_check_plan(t, fixed, 2);
	}
	free(t);
}

static void test_no_io_window(void **state)
{
	struct unit_topology *t = malloc(sizeof(*t));
	struct pfb_plan_fixed fixed;
	struct pfb_error err;
	struct unit_rfc rfc;

	(void)state;
	unit_add_rfc(t, &rfc);
	unit_bar(t, rfc.other_nic, 2, 0x20, PFB_BAR_IO);
	t->functions[rfc.other_port].flags |= PFB_FN_NO_IO_WINDOW;
	assert_int_equal(unit_plan(t, NULL, 0, &err), 0);
	assert_false(t->functions[rfc.other_nic].bars[2].flags & PFB_BAR_ASSIGNED);
	fixed = (struct pfb_plan_fixed){ rfc.other_nic, 2, 0x2000 };
	assert_int_equal(unit_plan(t, &fixed, 1, &err), -ENOSPC);
	assert_error(&err, "0000:00:02.0/00.0 bar2", "0x2000", "no I/O window");

	t->functions[rfc.other_port].flags &= ~PFB_FN_NO_IO_WINDOW;
	t->roots[0].windows[PFB_WINDOW_IO].limit = 0x1ffff;
	fixed.address = 0x10000;
	assert_int_equal(unit_plan(t, &fixed, 1, &err), -ENOSPC);
	assert_error(&err, "bar2", "16-bit");
	t->functions[rfc.other_port].flags |= PFB_FN_IO32;
	assert_int_equal(unit_plan(t, &fixed, 1, &err), 0);
	unit_check_plan(t, &fixed, 1);
	free(t);
}

/* Without a 64-bit window everything goes below 4 GiB, if it fits. */
static void test_no_pref_window(void **state)
{
	struct unit_topology *t = malloc(sizeof(*t));
	struct pfb_plan_fixed fixed;
	struct pfb_error err;
	struct unit_rfc rfc;

	(void)state;
	unit_add_rfc(t, &rfc);
	unit_bar(t, rfc.gpu, 2, 64 * MIB, PREF64);
	t->functions[rfc.down_gpu].flags &= ~PFB_FN_PREF64;
	assert_int_equal(unit_plan(t, NULL, 0, &err), 0);
	unit_check_plan(t, NULL, 0);
	assert_in_range(t->functions[rfc.gpu].bars[2].address, UNIT_MEM_BASE, UNIT_MEM_LIMIT);

	fixed = (struct pfb_plan_fixed){ rfc.gpu, 2, UNIT_RFC_GPU_BAR2 };
	assert_int_equal(unit_plan(t, &fixed, 1, &err), -ENOSPC);
	assert_error(&err, "0000:00:01.0/00.0/00.0/00.0 bar2", "0x6b8000000000", "64-bit prefetchable");

	unit_bar(t, rfc.gpu, 2, 2 * GIB, PREF64);
	assert_int_equal(unit_plan(t, NULL, 0, &err), -ENOSPC);
	assert_error(&err, "0x80000000", "32-bit memory", "0x10000000-0x3efeffff");
	free(t);
}

/* A fixed prefetchable BAR below 4 GiB lies in the 32-bit window, pref or not. */
static void test_fixed_below_4g(void **state)
{
	struct unit_topology *t = malloc(sizeof(*t));
	struct pfb_plan_fixed fixed;
	struct pfb_error err;
	struct unit_rfc rfc;

	(void)state;
	unit_add_rfc(t, &rfc);
	unit_bar(t, rfc.gpu, 2, 64 * MIB, PREF64);
	fixed = (struct pfb_plan_fixed){ rfc.gpu, 2, 0x20000000 };
	assert_int_equal(unit_plan(t, &fixed, 1, &err), 0);
	unit_check_plan(t, &fixed, 1);
	assert_true(unit_window_holds(&t->functions[rfc.down_gpu].windows[PFB_WINDOW_MEM],
				      0x20000000, 0x23ffffff));
	assert_false(unit_window_is_open(&t->functions[rfc.down_gpu].windows[PFB_WINDOW_PREF]));
	free(t);
}

static void test_refusals(void **state)
{
	struct unit_topology *t = malloc(sizeof(*t)), *before = malloc(sizeof(*t));
	struct pfb_plan_fixed fixed[4];
	struct pfb_error err;
	struct unit_rfc rfc;
	u32 vf;

	(void)state;
	unit_add_rfc(t, &rfc);
	unit_bar(t, rfc.nic, 2, 16 * MIB, PREF64);
	unit_bar(t, rfc.other_nic, 2, 16 * MIB, PREF64);
	vf = rfc.other_nic;
	assert_int_equal(unit_plan(t, NULL, 0, &err), 0);
	memcpy(before, t, sizeof(*t));

#define REFUSED(nr, code, ...)							\
	do {									\
		assert_int_equal(unit_plan(t, fixed, nr, &err), code);		\
		assert_error(&err, __VA_ARGS__);				\
		assert_memory_equal(before, t, sizeof(*t));			\
	} while (0)

	fixed[0] = (struct pfb_plan_fixed){ t->top.nr_functions, 2, 0x1000 };
	REFUSED(1, -EINVAL, "there are 9");
	fixed[0] = (struct pfb_plan_fixed){ rfc.gpu, 5, 0x1000 };
	REFUSED(1, -EINVAL, "0000:00:01.0/00.0/00.0/00.0 bar5", "no such BAR");
	fixed[0] = (struct pfb_plan_fixed){ rfc.gpu, PFB_NR_BARS, 0x1000 };
	REFUSED(1, -EINVAL, "no such BAR");
	fixed[0] = (struct pfb_plan_fixed){ rfc.gpu, 2, UNIT_RFC_GPU_BAR2 + MIB };
	REFUSED(1, -EINVAL, "0x6b8000100000", "multiple of its size 0x100000000");
	fixed[0] = (struct pfb_plan_fixed){ rfc.gpu, 2, 0 };
	REFUSED(1, -EINVAL, "not 0");
	fixed[0] = (struct pfb_plan_fixed){ rfc.gpu, 2, 0xffffffff00000000ULL };
	REFUSED(1, -ENOSPC, "outside", "0x400000000000-0x7fffffffffff", "highmem-mmio-size");
	fixed[0] = (struct pfb_plan_fixed){ rfc.gpu, 0, UNIT_PREF_BASE };
	REFUSED(1, -EINVAL, "bar0", "4 GiB");
	fixed[0] = (struct pfb_plan_fixed){ rfc.nic, 0, UNIT_PREF_BASE };
	REFUSED(1, -ENOSPC, "0000:00:01.0/00.0/01.0/00.0 bar0", "not prefetchable");

	/* The same BAR twice, two BARs at one place, and two that share a granule. */
	fixed[0] = (struct pfb_plan_fixed){ rfc.gpu, 2, UNIT_RFC_GPU_BAR2 };
	fixed[1] = (struct pfb_plan_fixed){ rfc.gpu, 2, UNIT_RFC_GPU_BAR2 + 4 * GIB };
	REFUSED(2, -EINVAL, "0x6b8000000000", "0x6b8100000000", "one address");
	fixed[1] = (struct pfb_plan_fixed){ rfc.nic, 2, UNIT_RFC_GPU_BAR2 + 16 * MIB };
	REFUSED(2, -EEXIST, "0000:00:01.0/00.0/00.0/00.0 bar2",
		"0000:00:01.0/00.0/01.0/00.0 bar2", "overlap");
	fixed[0] = (struct pfb_plan_fixed){ rfc.nic, 0, 0x20000000 };
	fixed[1] = (struct pfb_plan_fixed){ rfc.other_nic, 0, 0x20004000 };
	REFUSED(2, -EEXIST, "0x20000000", "0x20004000", "overlap", "0x100000");
	fixed[0] = (struct pfb_plan_fixed){ rfc.gpu, 0, 0x20000000 };
	fixed[1] = (struct pfb_plan_fixed){ rfc.root_port, 0, 0x20000000 };
	REFUSED(2, -EEXIST, "0000:00:01.0 bar0", "overlap");

	/* The other root port's BAR lies between two that the first one must span. */
	fixed[0] = (struct pfb_plan_fixed){ rfc.gpu, 2, UNIT_RFC_GPU_BAR2 };
	fixed[1] = (struct pfb_plan_fixed){ rfc.nic, 2, UNIT_RFC_GPU_BAR2 + 12 * GIB };
	fixed[2] = (struct pfb_plan_fixed){ rfc.other_nic, 2, UNIT_RFC_GPU_BAR2 + 8 * GIB };
	REFUSED(3, -EEXIST, "0000:00:01.0/00.0/00.0/00.0 bar2 at 0x6b8000000000",
		"0000:00:01.0/00.0/01.0/00.0 bar2 at 0x6b8300000000",
		"0000:00:02.0/00.0 bar2 at 0x6b8200000000", "overlap", "no fewer conflict",
		"fix 0000:00:01.0/00.0/00.0/00.0 bar2 at 0x", "below one bridge");

	/* Between its neighbours there is no room for what is not fixed. */
	unit_bar(t, rfc.gpu, 4, 2 * GIB, PREF64);
	t->roots[0].windows[PFB_WINDOW_PREF].base = UNIT_RFC_GPU_BAR2;
	memcpy(before, t, sizeof(*t));
	fixed[0] = (struct pfb_plan_fixed){ rfc.gpu, 2, UNIT_RFC_GPU_BAR2 };
	fixed[1] = (struct pfb_plan_fixed){ rfc.nic, 2, UNIT_RFC_GPU_BAR2 + 4 * GIB };
	REFUSED(2, -ENOSPC, "0000:00:01.0/00.0/00.0/00.0 bar2 at 0x6b8000000000",
		"0000:00:01.0/00.0/01.0/00.0 bar2 at 0x6b8100000000",
		"room for 0000:00:01.0/00.0/00.0/00.0 bar4 (0x80000000 bytes)",
		"no fewer conflict", "fix 0000:00:01.0/00.0/00.0/00.0 bar2 at 0x", "move them apart");

	/* A VF's BARs are its PF's. */
	t->functions[vf].flags |= PFB_FN_VF;
	memcpy(before, t, sizeof(*t));
	fixed[0] = (struct pfb_plan_fixed){ vf, 2, UNIT_RFC_GPU_BAR2 };
	REFUSED(1, -EINVAL, "0000:00:02.0/00.0 bar2", "VF");
	t->functions[vf].flags &= ~PFB_FN_VF;

	/* Host bridges whose windows make no sense. */
	t->roots[0].windows[PFB_WINDOW_MEM].limit = 1ULL << 32;
	memcpy(before, t, sizeof(*t));
	REFUSED(0, -EINVAL, "below 4 GiB");
	t->roots[0].windows[PFB_WINDOW_MEM].limit = UNIT_MEM_LIMIT;
	t->roots[0].windows[PFB_WINDOW_PREF].base = UNIT_MEM_LIMIT;
	memcpy(before, t, sizeof(*t));
	REFUSED(0, -EEXIST, "overlap", "two ranges");
	t->roots[0].windows[PFB_WINDOW_PREF] = (struct pfb_window){ 1, 0 };
	memcpy(before, t, sizeof(*t));
	REFUSED(0, -ENOSPC, "0000:00:01.0/00.0/00.0/00.0 bar4", "64-bit prefetchable window");
	unit_bar(t, rfc.gpu, 2, 64 * MIB, PREF64);
	t->roots[0].windows[PFB_WINDOW_MEM] = (struct pfb_window){ 1, 0 };
	memcpy(before, t, sizeof(*t));
	REFUSED(0, -ENOSPC, "has no 32-bit memory window");
#undef REFUSED
	free(before);
	free(t);
}

/* Three kinds of tight: the window as large as the BARs need it, and one byte less. */
static void test_exact_fit(void **state)
{
	struct unit_topology *t = malloc(sizeof(*t));
	struct pfb_error err;
	u32 rp, ep;

	(void)state;
	unit_topology_init(t);
	unit_add_root(t, 0, 255);
	rp = unit_add(t, PFB_NO_FUNCTION, PFB_PORT_ROOT, 1, 0);
	ep = unit_add(t, rp, PFB_PORT_ENDPOINT, 0, 0);
	unit_bar(t, ep, 0, 64 * MIB, PREF64);
	unit_bar(t, ep, 2, MIB, PREF64);
	unit_bar(t, ep, 4, 32 * MIB, PREF64);
	t->roots[0].windows[PFB_WINDOW_PREF] =
		(struct pfb_window){ UNIT_PREF_BASE, UNIT_PREF_BASE + 97 * MIB - 1 };
	t->roots[0].windows[PFB_WINDOW_MEM] = (struct pfb_window){ 1, 0 };
	assert_int_equal(unit_plan(t, NULL, 0, &err), 0);
	unit_check_plan(t, NULL, 0);
	t->roots[0].windows[PFB_WINDOW_PREF].limit--;
	assert_int_equal(unit_plan(t, NULL, 0, &err), -ENOSPC);
	assert_error(&err, "the window of 0000:00:01.0", "0x6100000", "highmem-mmio-size");
	free(t);
}

/* What is left over between large blocks is filled with small ones. */
static void test_holes_are_filled(void **state)
{
	struct unit_topology *t = malloc(sizeof(*t));
	struct pfb_error err;
	u32 rp, up, dp, ep;
	int i;

	(void)state;
	unit_topology_init(t);
	unit_add_root(t, 0, 255);
	rp = unit_add(t, PFB_NO_FUNCTION, PFB_PORT_ROOT, 1, 0);
	up = unit_add(t, rp, PFB_PORT_UPSTREAM, 0, 0);
	for (i = 0; i < 2; i++) {
		dp = unit_add(t, up, PFB_PORT_DOWNSTREAM, i, 0);
		ep = unit_add(t, dp, PFB_PORT_ENDPOINT, 0, 0);
		unit_bar(t, ep, 0, 64 * MIB, PREF64);
		unit_bar(t, ep, 2, MIB, PREF64);
	}
	for (; i < 4; i++) {
		dp = unit_add(t, up, PFB_PORT_DOWNSTREAM, i, 0);
		ep = unit_add(t, dp, PFB_PORT_ENDPOINT, 0, 0);
		unit_bar(t, ep, 0, 32 * MIB >> (i - 2), PREF64);
	}
	assert_int_equal(unit_plan(t, NULL, 0, &err), 0);
	unit_check_plan(t, NULL, 0);
	/* 65 MiB, 63 MiB of which 48 are used, and 65 MiB. */
	assert_int_equal(t->functions[rp].windows[PFB_WINDOW_PREF].base, UNIT_PREF_BASE);
	assert_int_equal(t->functions[rp].windows[PFB_WINDOW_PREF].limit,
			 UNIT_PREF_BASE + 193 * MIB - 1);
	free(t);
}

/* Ports that legacy devices decode stay free; so does the rest of a small BAR's page. */
static void test_low_ports_and_pages(void **state)
{
	struct unit_topology *t = malloc(sizeof(*t));
	struct pfb_plan_fixed fixed;
	struct pfb_error err;
	u32 ep;

	(void)state;
	unit_topology_init(t);
	unit_add_root(t, 0, 255);
	ep = unit_add(t, PFB_NO_FUNCTION, PFB_PORT_ENDPOINT, 1, 0);
	unit_bar(t, ep, 0, 0x20, PFB_BAR_IO);
	unit_bar(t, ep, 1, 0x10, 0);
	unit_bar(t, ep, 2, 0x10, 0);
	assert_int_equal(unit_plan(t, NULL, 0, &err), 0);
	unit_check_plan(t, NULL, 0);
	assert_int_equal(t->functions[ep].bars[0].address, 0x1000);
	assert_int_equal(t->functions[ep].bars[1].address, UNIT_MEM_BASE);
	assert_int_equal(t->functions[ep].bars[2].address, UNIT_MEM_BASE + 0x1000);
	/* Who asks for a low port by name gets it; a window above them stays there. */
	fixed = (struct pfb_plan_fixed){ ep, 0, 0x400 };
	assert_int_equal(unit_plan(t, &fixed, 1, &err), 0);
	unit_check_plan(t, &fixed, 1);
	t->roots[0].windows[PFB_WINDOW_IO].base = 0x6000;
	assert_int_equal(unit_plan(t, NULL, 0, &err), 0);
	assert_int_equal(t->functions[ep].bars[0].address, 0x6000);
	/* 0 is no address: memory that starts there is used from the next page on. */
	t->roots[0].windows[PFB_WINDOW_MEM].base = 0;
	assert_int_equal(unit_plan(t, NULL, 0, &err), 0);
	assert_int_equal(t->functions[ep].bars[1].address, 0x1000);
	free(t);
}

/* Nothing that the scratch is too small for: the sanitizer watches its end. */
static void test_empty(void **state)
{
	struct unit_topology *t = malloc(sizeof(*t));
	struct pfb_error err;

	(void)state;
	unit_topology_init(t);
	assert_int_equal(pfb_plan_bus_numbers(&t->top, &err), 0);
	assert_int_equal(unit_plan(t, NULL, 0, &err), 0);
	unit_add_root(t, 0, 0);
	assert_int_equal(pfb_plan_bus_numbers(&t->top, &err), 0);
	assert_int_equal(unit_plan(t, NULL, 0, &err), 0);
	free(t);
}

static u64 seed;

static u32 rnd(u32 below)
{
	/* xorshift64*: reproducible everywhere. */
	seed ^= seed >> 12;
	seed ^= seed << 25;
	seed ^= seed >> 27;
	return (u32)((seed * 0x2545f4914f6cdd1dULL) >> 33) % below;
}

static void random_bars(struct unit_topology *t, u32 function, bool bridge)
{
	struct pfb_function *fn = &t->functions[function];
	unsigned int bar;

	for (bar = 0; bar < (bridge ? 2 : 6); bar++) {
		switch (rnd(bridge ? 8 : 5)) {
		case 0:
			unit_bar(t, function, bar, 16ULL << rnd(18), 0);
			break;
		case 1:
			if (bar == 5 || (bridge && bar))
				break;
			unit_bar(t, function, bar++, 0x1000ULL << rnd(11), PFB_BAR_MEM64);
			break;
		case 2:
			if (bar == 5 || (bridge && bar))
				break;
			unit_bar(t, function, bar++, MIB << rnd(16), PREF64);
			break;
		case 3:
			unit_bar(t, function, bar, 4ULL << rnd(6), PFB_BAR_IO);
			break;
		}
	}
	if (!rnd(6))
		unit_bar(t, function, PFB_BAR_ROM, 0x800ULL << rnd(8), PFB_BAR_DISABLED);
	if (!bridge && !rnd(6)) {
		fn->total_vfs = 1 + rnd(16);
		unit_bar(t, function, PFB_BAR_VF0, 0x4000ULL << rnd(8), PREF64);
		if (rnd(2))
			unit_bar(t, function, PFB_BAR_VF0 + 2, 0x1000ULL << rnd(4),
				 PFB_BAR_MEM64);
	}
}

static void random_bus(struct unit_topology *t, u32 parent, unsigned int depth)
{
	static const enum pfb_port_type below[] = {
		[PFB_PORT_ROOT] = PFB_PORT_UPSTREAM, [PFB_PORT_UPSTREAM] = PFB_PORT_DOWNSTREAM,
		[PFB_PORT_DOWNSTREAM] = PFB_PORT_UPSTREAM, [PFB_PORT_PCI_BRIDGE] = PFB_PORT_PCI_BRIDGE,
	};
	unsigned int dev, devices;
	enum pfb_port_type type;
	u32 function;

	devices = parent == PFB_NO_FUNCTION ? 1 + rnd(4) :
		  t->functions[parent].type == PFB_PORT_UPSTREAM ? 1 + rnd(3) : rnd(3);
	for (dev = 0; dev < devices && t->top.nr_functions < 40; dev++) {
		bool bridge = depth && rnd(3);

		if (parent == PFB_NO_FUNCTION)
			type = rnd(4) ? PFB_PORT_ROOT : PFB_PORT_PCI_BRIDGE;
		else
			type = below[t->functions[parent].type];
		if (!bridge)
			type = PFB_PORT_ENDPOINT;
		function = unit_add(t, parent, type, dev, 0);
		random_bars(t, function, bridge);
		if (!bridge)
			continue;
		if (!rnd(8))
			t->functions[function].flags &= ~PFB_FN_PREF64;
		if (!rnd(8))
			t->functions[function].flags |= PFB_FN_NO_IO_WINDOW;
		if (!rnd(4))
			t->functions[function].flags |= PFB_FN_IO32;
		random_bus(t, function, depth - 1);
	}
}

/* Some of a plan's own addresses as fixed ones: that there is an answer is known. */
static u32 fix_some(const struct unit_topology *t, struct pfb_plan_fixed *fixed, u32 max)
{
	u32 i, nr = 0;
	unsigned int bar;

	for (i = 0; i < t->top.nr_functions; i++)
		for (bar = 0; bar < PFB_NR_BARS; bar++) {
			const struct pfb_bar *b = &t->functions[i].bars[bar];

			if (b->size && (b->flags & PFB_BAR_ASSIGNED) && nr < max && !rnd(4))
				fixed[nr++] = (struct pfb_plan_fixed){ i, bar, b->address };
		}
	return nr;
}

#define ROUNDS	4000
#define FIXED_MAX	64

static void test_random(void **state)
{
	struct unit_topology *t = malloc(sizeof(*t)), *first = malloc(sizeof(*t));
	struct pfb_plan_fixed fixed[FIXED_MAX];
	unsigned int round, planned = 0, refused = 0, moved = 0, moved_refused = 0;
	struct pfb_error err;
	u32 nr, i;
	int ret;

	(void)state;
	for (round = 0; round < ROUNDS; round++) {
		seed = 0x9e3779b97f4a7c15ULL * (round + 1);
		unit_topology_init(t);
		unit_add_root(t, 0, 0x7f);
		random_bus(t, PFB_NO_FUNCTION, 4);
		if (rnd(2)) {
			unit_add_root(t, 0x80, 0xff);
			random_bus(t, PFB_NO_FUNCTION, 2);
		}
		assert_int_equal(pfb_plan_bus_numbers(&t->top, &err), 0);
		if (pfb_topology_check(&t->top, &err))
			fail_msg("round %u: %s", round, err.text);

		memcpy(first, t, sizeof(*t));
		ret = unit_plan(t, NULL, 0, &err);
		if (ret) {
			assert_int_equal(ret, -ENOSPC);
			assert_memory_equal(first, t, sizeof(*t));
			refused++;
			continue;
		}
		planned++;
		unit_check_plan(t, NULL, 0);
		if (pfb_topology_check(&t->top, &err))
			fail_msg("round %u: %s", round, err.text);

		/* Planning a plan changes nothing. */
		memcpy(first, t, sizeof(*t));
		assert_int_equal(unit_plan(t, NULL, 0, &err), 0);
		assert_memory_equal(first, t, sizeof(*t));

		/* Fixed where they are anyway, and some of the large ones elsewhere. */
		nr = fix_some(t, fixed, FIXED_MAX);
		for (i = 0; i < nr; i++) {
			const struct pfb_bar *b = &t->functions[fixed[i].function].bars[fixed[i].bar];

			if (fixed[i].address >= UNIT_PREF_BASE && rnd(2))
				fixed[i].address += b->size * (1 + rnd(64));
		}
		/* Saying why takes far longer than planning. */
		ret = unit_plan(t, fixed, nr, round % 8 ? NULL : &err);
		if (ret) {
			assert_true(ret == -ENOSPC || ret == -EEXIST);
			assert_memory_equal(first, t, sizeof(*t));
			moved_refused++;
			continue;
		}
		moved++;
		unit_check_plan(t, fixed, nr);
		memcpy(first, t, sizeof(*t));
		assert_int_equal(unit_plan(t, fixed, nr, &err), 0);
		assert_memory_equal(first, t, sizeof(*t));
	}
	print_message("# %u planned, %u refused; with fixed BARs %u planned, %u refused\n",
		      planned, refused, moved, moved_refused);
	/* A planner that refuses everything would pass all of the above. */
	assert_true(planned > ROUNDS / 2);
	assert_true(moved > ROUNDS / 4);
	free(first);
	free(t);
}

/* Fixing every BAR where a plan has it is that plan. */
static void test_fix_everything(void **state)
{
	struct unit_topology *t = malloc(sizeof(*t)), *first = malloc(sizeof(*t));
	struct pfb_plan_fixed *fixed = calloc(UNIT_MAX_FUNCTIONS * PFB_NR_BARS, sizeof(*fixed));
	struct pfb_error err;
	unsigned int round, bar, done = 0;
	u32 nr, i;

	(void)state;
	for (round = 0; round < 500; round++) {
		seed = 0xd1342543de82ef95ULL * (round + 1);
		unit_topology_init(t);
		unit_add_root(t, 0, 255);
		random_bus(t, PFB_NO_FUNCTION, 4);
		if (unit_plan(t, NULL, 0, &err))
			continue;
		for (i = 0, nr = 0; i < t->top.nr_functions; i++)
			for (bar = 0; bar < PFB_NR_BARS; bar++)
				if (t->functions[i].bars[bar].flags & PFB_BAR_ASSIGNED)
					fixed[nr++] = (struct pfb_plan_fixed){
						i, bar, t->functions[i].bars[bar].address };
		memcpy(first, t, sizeof(*t));
		if (unit_plan(t, fixed, nr, &err))
			fail_msg("round %u: %s", round, err.text);
		assert_memory_equal(first, t, sizeof(*t));
		done++;
	}
	assert_true(done > 300);
	free(fixed);
	free(first);
	free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bus_numbers),
		cmocka_unit_test(test_bus_numbers_run_out),
		cmocka_unit_test(test_bus_numbers_reserved),
		cmocka_unit_test(test_reserve),
		cmocka_unit_test(test_rfc),
		cmocka_unit_test(test_every_kind),
		cmocka_unit_test(test_windows_grow_either_way),
		cmocka_unit_test(test_no_io_window),
		cmocka_unit_test(test_no_pref_window),
		cmocka_unit_test(test_fixed_below_4g),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_exact_fit),
		cmocka_unit_test(test_holes_are_filled),
		cmocka_unit_test(test_low_ports_and_pages),
		cmocka_unit_test(test_empty),
		unit_test_large(test_random),
		unit_test_large(test_fix_everything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
