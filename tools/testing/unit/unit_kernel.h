/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the core's unit tests need of cmocka and libc, from the kernel: pfb_kunit.ko is these
 * tests as cases of KUnit, one a file. Where one fails the rest of its file is not run.
 */
#ifndef UNIT_KERNEL_H
#define UNIT_KERNEL_H

#include <kunit/test.h>
#include <kunit/test-bug.h>
#include <linux/bitops.h>
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/sort.h>

/**
 * struct unit_test - a test, as cmocka has it
 * @name: its name
 * @test: its function
 * @setup: called before it, or NULL
 * @large: one that takes minutes where everything is slow, and is not run here
 */
struct unit_test {
	const char *name;
	void (*test)(void **state);
	int (*setup)(void **state);
	bool large;
};

#define CMUnitTest	unit_test

/**
 * unit_run() - run a file's tests
 * @tests: the tests
 * @nr: how many
 *
 * Return: 0. One that fails does not return.
 */
int unit_run(const struct unit_test *tests, size_t nr);

#define cmocka_unit_test(f)			{ #f, f, NULL, false }
#define cmocka_unit_test_setup(f, before)	{ #f, f, before, false }
#define unit_test_large(f)			{ #f, f, NULL, true }
#define unit_test_large_setup(f, before)	{ #f, f, before, true }
#define cmocka_run_group_tests(tests, setup, teardown)	unit_run(tests, ARRAY_SIZE(tests))
#define cmocka_run_group_tests_name(name, tests, setup, teardown) \
	cmocka_run_group_tests(tests, setup, teardown)

/* Each file's main() has a name of its own. Kbuild says which files there are. */
#define UNIT_MAIN(name) int unit_main_##name(void);
UNIT_FILES(UNIT_MAIN)

#define unit_now			kunit_get_current_test()
/* KUnit keeps what it compares, which an array cannot be. */
#define unit_at(p)			((const void *)(p))
#define unit_text(p)			((const char *)(p))
#define assert_true(c)			KUNIT_ASSERT_TRUE(unit_now, !!(c))
#define assert_false(c)			KUNIT_ASSERT_FALSE(unit_now, !!(c))
#define assert_int_equal(a, b)		KUNIT_ASSERT_EQ(unit_now, (u64)(a), (u64)(b))
#define assert_int_not_equal(a, b)	KUNIT_ASSERT_NE(unit_now, (u64)(a), (u64)(b))
#define assert_ptr_equal(a, b)		KUNIT_ASSERT_PTR_EQ(unit_now, unit_at(a), unit_at(b))
#define assert_null(p)			KUNIT_ASSERT_NULL(unit_now, p)
#define assert_non_null(p)		KUNIT_ASSERT_NOT_NULL(unit_now, p)
#define assert_string_equal(a, b)	KUNIT_ASSERT_STREQ(unit_now, unit_text(a), unit_text(b))
#define assert_string_not_equal(a, b)	KUNIT_ASSERT_STRNEQ(unit_now, unit_text(a), unit_text(b))
#define assert_memory_equal(a, b, size)	KUNIT_ASSERT_MEMEQ(unit_now, unit_at(a), unit_at(b), size)
#define assert_in_range(a, least, most) \
	assert_true((u64)(a) >= (u64)(least) && (u64)(a) <= (u64)(most))
#define fail_msg(fmt, ...)		KUNIT_ASSERT_TRUE_MSG(unit_now, false, fmt, ##__VA_ARGS__)
#define print_message(fmt, ...)		kunit_info(unit_now, fmt, ##__VA_ARGS__)

#define malloc(size)			kvmalloc(size, GFP_KERNEL)
#define calloc(nr, size)		kvcalloc(nr, size, GFP_KERNEL)
#define free(p)				kvfree(p)
#define qsort(base, nr, size, compare)	sort(base, nr, size, compare, NULL)
#define srand(seed)			prandom_seed_state(&unit_random, seed)
#define rand()				((int)(prandom_u32_state(&unit_random) >> 1))
#define __builtin_popcount(bits)	hweight32(bits)

extern struct rnd_state unit_random;

#endif /* UNIT_KERNEL_H */
