// SPDX-License-Identifier: GPL-2.0
/* The core's unit tests (tools/testing/unit) in the kernel, which the core runs in, too. */
#include <linux/module.h>
#include <linux/prandom.h>

#include "../unit/unit_kernel.h"

struct rnd_state unit_random;

int unit_run(const struct unit_test *tests, size_t nr)
{
	void *state = NULL;
	size_t i;

	for (i = 0; i < nr; i++) {
		kunit_info(unit_now, "%s%s\n", tests[i].name, tests[i].large ? ": not here" : "");
		if (tests[i].large)
			continue;
		if (tests[i].setup)
			assert_int_equal(tests[i].setup(&state), 0);
		tests[i].test(&state);
		cond_resched();
	}
	return 0;
}

#define UNIT_CASE(file)						\
static void run_##file(struct kunit *test)			\
{								\
	KUNIT_EXPECT_EQ(test, unit_main_##file(), 0);		\
}

UNIT_FILES(UNIT_CASE)

#define UNIT_ENTRY(file)	{ .run_case = run_##file, .name = #file },
static struct kunit_case cases[] = {
	UNIT_FILES(UNIT_ENTRY)
	{}
};

static struct kunit_suite suite = {
	.name = "pci_fixed_bars_core",
	.test_cases = cases,
};

kunit_test_suite(suite);

MODULE_DESCRIPTION("Unit tests of pci_fixed_bars' core");
MODULE_LICENSE("GPL");
