// SPDX-License-Identifier: GPL-2.0
/* What a CPU keeps for itself, by who made it. */
#include "unit.h"

#include <pci_fixed_bars/cpu.h>

static void test_vendors(void **state)
{
	(void)state;
	assert_true(pfb_cpu_reserves("AuthenticAMD", 0xfd00000000, 0xffffffffff));
	assert_true(pfb_cpu_reserves("HygonGenuine", 0xfd00000000, 0xffffffffff));
	assert_false(pfb_cpu_reserves("GenuineIntel", 0xfd00000000, 0xffffffffff));
	assert_false(pfb_cpu_reserves("AuthenticAMD ", 0xfd00000000, 0xffffffffff));
	assert_false(pfb_cpu_reserves("", 0xfd00000000, 0xffffffffff));
}

static void test_edges(void **state)
{
	(void)state;
	assert_false(pfb_cpu_reserves("AuthenticAMD", 0, 0xfcffffffff));
	assert_true(pfb_cpu_reserves("AuthenticAMD", 0, 0xfd00000000));
	assert_true(pfb_cpu_reserves("AuthenticAMD", 0xffffffffff, ~0ULL));
	assert_false(pfb_cpu_reserves("AuthenticAMD", 0x10000000000, ~0ULL));
	assert_true(pfb_cpu_reserves("AuthenticAMD", 0, ~0ULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vendors),
		cmocka_unit_test(test_edges),
	};

	return cmocka_run_group_tests_name("cpu", tests, NULL, NULL);
}
