// SPDX-License-Identifier: GPL-2.0
/* Plans of the prefetchable part only: what gets an address, and what must not matter. */
#include "unit.h"

#include "lib/prefetchable.h"

#define FIXED_AT	0x6b8000000000ULL
#define MEM_RESERVE	0x40000000ULL	/* more than there is room for */

static struct pfb_root root;
static struct pfb_function functions[4];
static struct pfb_topology top;

/* A root port with a GPU behind it, and a bridge without a 64-bit window with another. */
static void start(void)
{
	root = (struct pfb_root) {
		.last_bus = 0xff,
		.windows = {
			[PFB_WINDOW_IO] = { 1, 0 },
			[PFB_WINDOW_MEM] = { 0x10000000, 0x101fffff },
			[PFB_WINDOW_PREF] = { 0x400000000000, 0x7fffffffffff },
		},
	};
	memset(functions, 0, sizeof(functions));
	functions[0] = (struct pfb_function) {
		.parent = PFB_NO_FUNCTION, .type = PFB_PORT_ROOT, .devfn = PFB_DEVFN(1, 0),
		.flags = PFB_FN_PREF64, .reserve = { [PFB_WINDOW_MEM] = MEM_RESERVE },
	};
	functions[1] = (struct pfb_function) { .parent = 0 };
	functions[1].bars[0] = (struct pfb_bar) { .size = 0x40000000 };
	functions[1].bars[2] = (struct pfb_bar) {
		.size = 1ULL << 32, .flags = PFB_BAR_MEM64 | PFB_BAR_PREFETCH,
	};
	functions[1].bars[4] = (struct pfb_bar) { .size = 0x4000, .flags = PFB_BAR_MEM64 };
	functions[1].bars[PFB_BAR_ROM] = (struct pfb_bar) { .size = 0x40000000 };
	functions[2] = (struct pfb_function) {
		.parent = PFB_NO_FUNCTION, .type = PFB_PORT_PCI_BRIDGE, .devfn = PFB_DEVFN(2, 0),
	};
	functions[3] = (struct pfb_function) { .parent = 2 };
	functions[3].bars[0] = (struct pfb_bar) {
		.size = 0x1000, .flags = PFB_BAR_MEM64 | PFB_BAR_PREFETCH,
	};
	top = (struct pfb_topology) {
		.roots = &root, .nr_roots = 1, .max_roots = 1,
		.functions = functions, .nr_functions = ARRAY_SIZE(functions),
		.max_functions = ARRAY_SIZE(functions),
	};
}

static int plan(u64 address, struct pfb_error *err)
{
	const struct pfb_plan_fixed fixed = { .function = 1, .bar = 2, .address = address };
	void *scratch = malloc(pfb_plan_scratch_size(&top, 1) + 1);
	int ret;

	assert_non_null(scratch);
	assert_int_equal(pfb_plan_bus_numbers(&top, err), 0);
	ret = pfb_plan_prefetchable(&top, &fixed, 1, scratch, err);
	free(scratch);
	assert_int_equal(functions[0].reserve[PFB_WINDOW_MEM], MEM_RESERVE);
	return ret;
}

/* 1 GiB of 32-bit memory doesn't fit; that is the kernel's to find. */
static void test_plan(void **state)
{
	struct pfb_error err;
	unsigned int kind;
	u32 i;

	(void)state;
	start();
	assert_int_equal(plan(FIXED_AT, &err), 0);
	assert_true(functions[1].bars[2].address == FIXED_AT);
	assert_true(functions[1].bars[2].flags & PFB_BAR_ASSIGNED);
	assert_true(functions[0].windows[PFB_WINDOW_PREF].base == FIXED_AT);
	assert_true(functions[0].windows[PFB_WINDOW_PREF].limit == FIXED_AT + 0xffffffff);

	assert_int_equal(functions[1].bars[0].size, 0x40000000);
	assert_int_equal(functions[1].bars[0].flags, 0);
	assert_int_equal(functions[1].bars[4].size, 0x4000);
	assert_int_equal(functions[1].bars[4].flags, PFB_BAR_MEM64);
	assert_int_equal(functions[1].bars[PFB_BAR_ROM].size, 0x40000000);
	/* It could only be below 4 GiB. */
	assert_int_equal(functions[3].bars[0].size, 0x1000);
	assert_int_equal(functions[3].bars[0].flags, PFB_BAR_MEM64 | PFB_BAR_PREFETCH);
	assert_int_equal(functions[3].bars[0].address, 0);
	for (i = 0; i < top.nr_functions; i += 2) {
		for (kind = 0; kind < PFB_NR_WINDOWS; kind++) {
			if (i || kind != PFB_WINDOW_PREF)
				assert_true(functions[i].windows[kind].base >
					    functions[i].windows[kind].limit);
		}
	}
}

static void test_fails(void **state)
{
	struct pfb_error err;

	(void)state;
	start();
	assert_int_equal(plan(FIXED_AT + 0x1000, &err), -EINVAL);
	/* What was left out is back. */
	assert_int_equal(functions[1].bars[0].size, 0x40000000);
	start();
	assert_int_equal(plan(0x300000000000, &err), -ENOSPC);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plan),
		cmocka_unit_test(test_fails),
	};

	return cmocka_run_group_tests_name("prefetchable", tests, NULL, NULL);
}
