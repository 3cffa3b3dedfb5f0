// SPDX-License-Identifier: GPL-2.0
/* Small words that several commands read: a BAR's name, a kernel's release. */
#include "unit.h"

#include <pci_fixed_bars/topology.h>

#include "lib/bar_name.h"
#include "lib/kernel_release.h"

static void test_bar_names(void **state)
{
	static const char *const none[] = {
		"", "bar", "bar6", "bar22", "Bar2", "bar2 ", "6", "22", "-1", " 2",
	};
	unsigned int i;
	char digit[2];

	(void)state;
	for (i = 0; i < PFB_NR_BARS; i++)
		assert_int_equal(pfb_bar_by_name(pfb_bar_index_name(i)), i);
	for (i = 0; i < PFB_BAR_ROM; i++) {
		snprintf(digit, sizeof(digit), "%u", i % 10);
		assert_int_equal(pfb_bar_by_name(digit), i);
	}
	for (i = 0; i < ARRAY_SIZE(none); i++)
		assert_int_equal(pfb_bar_by_name(none[i]), -1);
}

static void test_releases(void **state)
{
	(void)state;
	assert_true(pfb_kernel_at_least("6.11", 6, 11));
	assert_true(pfb_kernel_at_least("6.12.1-amd64", 6, 11));
	assert_true(pfb_kernel_at_least("7.0.0-rc1", 6, 11));
	assert_false(pfb_kernel_at_least("6.9.3", 6, 11));
	assert_false(pfb_kernel_at_least("5.15.0-91-generic", 6, 11));
	assert_false(pfb_kernel_at_least("", 0, 0));
	assert_false(pfb_kernel_at_least("6", 6, 0));
	assert_false(pfb_kernel_at_least("next-20240101", 6, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bar_names),
		cmocka_unit_test(test_releases),
	};

	return cmocka_run_group_tests_name("words", tests, NULL, NULL);
}
