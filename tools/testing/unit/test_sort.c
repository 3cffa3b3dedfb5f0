// SPDX-License-Identifier: GPL-2.0
#include "unit.h"

#include <pci_fixed_bars/sort.h>

#define LENGTH_MAX	300

static unsigned int compares;

static int ascending(const void *ctx, u32 a, u32 b)
{
	(void)ctx;
	compares++;
	return a < b ? -1 : a > b;
}

static int descending(const void *ctx, u32 a, u32 b)
{
	return ascending(ctx, b, a);
}

static int qsort_ascending(const void *a, const void *b)
{
	return ascending(NULL, *(const u32 *)a, *(const u32 *)b);
}

/* Every length up to LENGTH_MAX, at an odd address, against libc's sort. */
static void test_against_qsort(void **state)
{
	u32 expected[LENGTH_MAX];
	u8 values[LENGTH_MAX * 4 + 1];
	u32 nr, i;

	(void)state;
	srand(1);
	for (nr = 0; nr <= LENGTH_MAX; nr++) {
		for (i = 0; i < nr; i++) {
			/* Few values, so that many are equal. */
			expected[i] = (u32)rand() % (nr / 2 + 1) * 0x01010101u;
			pfb_put_le32(values + 1 + 4 * i, expected[i]);
		}
		qsort(expected, nr, sizeof(*expected), qsort_ascending);
		pfb_sort_le32(values + 1, nr, ascending, NULL);
		for (i = 0; i < nr; i++)
			assert_int_equal(pfb_get_le32(values + 1 + 4 * i), expected[i]);
	}
}

/* Neither sorted nor reversed nor equal input makes it quadratic. */
static void test_comparisons_are_bounded(void **state)
{
	static u8 values[4 * 4096];
	unsigned int pattern;
	u32 i;

	(void)state;
	for (pattern = 0; pattern < 3; pattern++) {
		for (i = 0; i < 4096; i++)
			pfb_put_le32(values + 4 * i,
				     pattern == 0 ? i : pattern == 1 ? 4096 - i : 7);
		compares = 0;
		pfb_sort_le32(values, 4096, descending, NULL);
		/* 2 n log2 n and the building of the heap */
		assert_true(compares < 2 * 4096 * 12 + 2 * 4096);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_against_qsort),
		cmocka_unit_test(test_comparisons_are_bounded),
	};

	return cmocka_run_group_tests_name("sort", tests, NULL, NULL);
}
