// SPDX-License-Identifier: GPL-2.0
#include "unit.h"

#include <pci_fixed_bars/gaps.h>

static struct pfb_gap memory[16];
static struct pfb_gaps gaps;

static int setup(void **state)
{
	(void)state;
	pfb_gaps_init(&gaps, memory, ARRAY_SIZE(memory));
	return 0;
}

static u64 take(u64 size, u64 align, u64 max)
{
	u32 hint = PFB_NO_GAP;
	u64 address;

	return pfb_gaps_take(&gaps, size, align, max, &hint, &address) ? address : ~0ULL;
}

static void test_first_fit(void **state)
{
	(void)state;
	assert_int_equal(take(1, 1, ~0ULL), ~0ULL);
	pfb_gaps_add(&gaps, 0x1800, 0x17ff, false);
	assert_int_equal(pfb_gaps_largest(&gaps), 0);
	pfb_gaps_add(&gaps, 0x1800, 0x5fff, false);
	pfb_gaps_add(&gaps, 0x100, 0x8ff, false);
	assert_int_equal(pfb_gaps_largest(&gaps), 0x4800);
	/* The gap that was added first is tried first, and cut in the middle. */
	assert_int_equal(take(0x1000, 0x1000, ~0ULL), 0x2000);
	/* What was left over below it is tried first for less. */
	assert_int_equal(take(0x800, 0x800, ~0ULL), 0x1800);
	assert_int_equal(take(0x800, 0x800, ~0ULL), 0x3000);
	assert_int_equal(take(0x800, 0x10, ~0ULL), 0x3800);
	assert_int_equal(take(0x2001, 1, ~0ULL), ~0ULL);
	assert_int_equal(take(0x2000, 0x1000, ~0ULL), 0x4000);
	assert_int_equal(take(0x800, 0x100, ~0ULL), 0x100);
	assert_int_equal(take(1, 1, ~0ULL), ~0ULL);
	assert_int_equal(pfb_gaps_largest(&gaps), 0);
}

static void test_from_top(void **state)
{
	(void)state;
	pfb_gaps_add(&gaps, 0x1000, 0x57ff, true);
	assert_int_equal(take(0x1000, 0x1000, ~0ULL), 0x4000);
	assert_int_equal(take(0x1000, 0x1000, ~0ULL), 0x3000);
	/* What was left over above it is tried first for less, from its start. */
	assert_int_equal(take(0x400, 0x400, ~0ULL), 0x5000);
	/* A lower limit. */
	assert_int_equal(take(0x400, 0x400, 0x1fff), 0x1c00);
	assert_int_equal(take(0xc00, 0x400, ~0ULL), 0x2000);
	assert_int_equal(take(0x800, 0x800, ~0ULL), 0x1000);
	assert_int_equal(take(0x400, 0x400, ~0ULL), 0x5400);
	assert_int_equal(take(0x400, 0x400, ~0ULL), 0x2c00);
	assert_int_equal(take(0x400, 0x400, ~0ULL), 0x1800);
	assert_int_equal(take(1, 1, ~0ULL), ~0ULL);
}

static void test_limits(void **state)
{
	(void)state;
	pfb_gaps_add(&gaps, 0xffffffff00000001ULL, ~0ULL, false);
	/* Rounding up, and adding the size, would pass 2^64. */
	assert_int_equal(take(1, 1ULL << 63, ~0ULL), ~0ULL);
	assert_int_equal(take(0x100000000ULL, 1, ~0ULL), ~0ULL);
	assert_int_equal(take(0xffffffffULL, 0x1000, ~0ULL), ~0ULL);
	assert_int_equal(take(0xffffffffULL, 1, ~0ULL), 0xffffffff00000001ULL);
	setup(NULL);
	pfb_gaps_add(&gaps, 0xf000, 0x1ffff, false);
	assert_int_equal(take(0x1000, 0x1000, 0xfffe), ~0ULL);
	assert_int_equal(take(0x1000, 0x1000, 0xffff), 0xf000);
	assert_int_equal(take(0x1000, 0x1000, 0xffff), ~0ULL);
	assert_int_equal(take(0x1000, 0x1000, 0x10fff), 0x10000);
	setup(NULL);
	pfb_gaps_add(&gaps, 0, 0xfff, true);
	assert_int_equal(take(0x1001, 1, ~0ULL), ~0ULL);
	assert_int_equal(take(0x1000, 1, ~0ULL), 0);
}

/* What is added late comes last, also behind the slack of what was last before. */
static void test_order(void **state)
{
	(void)state;
	pfb_gaps_add(&gaps, 0x1800, 0x2fff, false);
	assert_int_equal(take(0x800, 0x1000, ~0ULL), 0x2000);
	pfb_gaps_add(&gaps, 0x8000, 0x8fff, false);
	assert_int_equal(take(0x800, 1, ~0ULL), 0x1800);
	assert_int_equal(take(0x800, 1, ~0ULL), 0x2800);
	assert_int_equal(take(0x1000, 1, ~0ULL), 0x8000);
	assert_int_equal(take(1, 1, ~0ULL), ~0ULL);
}

/* Without an entry for it slack is lost, never memory. */
static void test_full(void **state)
{
	(void)state;
	pfb_gaps_init(&gaps, memory, 1);
	pfb_gaps_add(&gaps, 0x800, 0x2fff, false);
	pfb_gaps_add(&gaps, 0x8000, 0x8fff, false);
	assert_int_equal(gaps.nr, 1);
	assert_int_equal(take(0x1000, 0x1000, ~0ULL), 0x1000);
	assert_int_equal(gaps.nr, 1);
	assert_int_equal(take(0x1000, 1, ~0ULL), 0x2000);
	assert_int_equal(take(1, 1, ~0ULL), ~0ULL);
}

/* Starting at the hint finds what starting at the head finds. */
static void test_hint(void **state)
{
	struct pfb_gap memory2[ARRAY_SIZE(memory)];
	struct pfb_gaps with;
	u32 hint = PFB_NO_GAP;
	u64 address, expected;
	int i, top, taken = 0;

	(void)state;
	for (top = 0; top < 2; top++) {
		setup(NULL);
		pfb_gaps_init(&with, memory2, ARRAY_SIZE(memory2));
		hint = PFB_NO_GAP;
		for (i = 0; i < 3; i++) {
			pfb_gaps_add(&gaps, 0x10000 * i + 0x100, 0x10000 * i + 0x3fff, top);
			pfb_gaps_add(&with, 0x10000 * i + 0x100, 0x10000 * i + 0x3fff, top);
		}
		do {
			expected = take(0x1000, 0x1000, ~0ULL);
			if (!pfb_gaps_take(&with, 0x1000, 0x1000, ~0ULL, &hint, &address))
				address = ~0ULL;
			assert_int_equal(address, expected);
			taken++;
		} while (expected != ~0ULL);
	}
	/* 3 in each of 3 gaps, and the one that fails, twice. */
	assert_int_equal(taken, 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_first_fit, setup),
		cmocka_unit_test_setup(test_from_top, setup),
		cmocka_unit_test_setup(test_limits, setup),
		cmocka_unit_test_setup(test_order, setup),
		cmocka_unit_test_setup(test_full, setup),
		cmocka_unit_test_setup(test_hint, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
