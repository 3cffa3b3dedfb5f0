// SPDX-License-Identifier: GPL-2.0
#include "unit.h"

#define HPA	PFB_MANIFEST_BAR_HPA
#define IO	PFB_MANIFEST_BAR_IO
#define MEM64	PFB_MANIFEST_BAR_MEM64
#define PREF	PFB_MANIFEST_BAR_PREFETCH

#define VF(n)	(PFB_BAR_VF0 + (n))

static const char *add_one(struct pfb_declared_bar bar)
{
	struct pfb_declaration decl = {};
	const char *fault = pfb_declaration_add_bar(&decl, &bar);

	assert_int_equal(decl.nr_bars, fault ? 0 : 1);
	return fault;
}

static void test_good_bars(void **state)
{
	static const struct pfb_declared_bar good[] = {
		{ .index = 0, .gpa = 0x10 },
		{ .index = 2, .gpa = 0x6b8000000000, .size = 0x4000000000, .flags = MEM64 | PREF },
		{ .index = 2, .gpa = 0x6b8000000000 },
		{ .index = 4, .gpa = 1ULL << 63, .size = 1ULL << 63, .flags = MEM64 },
		{ .index = 5, .gpa = 0xfffff000, .size = 0x1000 },
		{ .index = 0, .gpa = 0x4000, .size = 0x4000, .hpa = 0x8000, .flags = HPA },
		{ .index = 0, .gpa = 0x4000, .size = 0x4000, .hpa = 0, .flags = HPA },
		{ .index = 0, .gpa = 0, .size = 4, .flags = IO },
		{ .index = 0, .gpa = 0xc004, .flags = IO },
		{ .index = PFB_BAR_ROM, .gpa = 0x800 },
		{ .index = PFB_BAR_ROM, .gpa = 0xfff80000, .size = 0x80000 },
		{ .index = VF(0), .gpa = 0x10000000000, .size = 0x4000, .flags = MEM64 },
		{ .index = VF(5), .gpa = 0x10000, .size = 0x4000 },
	};
	const char *fault;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(good); i++) {
		fault = add_one(good[i]);
		if (fault)
			fail_msg("bar %zu %s", i, fault);
	}
}

static void test_bad_bars(void **state)
{
	static const struct {
		struct pfb_declared_bar bar;
		const char *why;
	} bad[] = {
		{ { .index = PFB_NR_BARS, .gpa = 0x10 }, "index" },
		{ { .index = 255, .gpa = 0x10 }, "index" },
		{ { .index = 0, .gpa = 0x10, .flags = 0x10 }, "flag bits" },
		{ { .index = 0, .gpa = 0x10, .flags = 0x80000000 }, "flag bits" },
		{ { .index = 0, .gpa = 0x10, .flags = IO | MEM64 }, "I/O" },
		{ { .index = 0, .gpa = 0x10, .flags = IO | PREF }, "I/O" },
		{ { .index = PFB_BAR_ROM, .gpa = 0x800, .flags = IO }, "I/O" },
		{ { .index = VF(0), .gpa = 0x10, .flags = IO }, "I/O" },
		{ { .index = 5, .gpa = 0x10, .flags = MEM64 }, "upper half" },
		{ { .index = VF(5), .gpa = 0x10, .flags = MEM64 }, "upper half" },
		{ { .index = PFB_BAR_ROM, .gpa = 0x800, .flags = MEM64 }, "upper half" },
		{ { .index = 0, .gpa = 0x10, .hpa = 0x10 }, "without the flag" },
		{ { .index = 0, .gpa = 0x3000, .size = 0x3000 }, "power of two" },
		{ { .index = 0, .gpa = 0x10, .size = 8 }, "smaller" },
		{ { .index = 0, .gpa = 0x10, .size = 1 }, "smaller" },
		{ { .index = 0, .gpa = 0x10, .size = 2, .flags = IO }, "smaller" },
		{ { .index = 0, .gpa = 0 }, "unassigned" },
		{ { .index = 0, .gpa = 0, .size = 0x1000 }, "unassigned" },
		{ { .index = 0, .gpa = 0x1800, .size = 0x1000 }, "multiple of its size" },
		{ { .index = 2, .gpa = 0x6b8000000000, .size = 1ULL << 63 }, "multiple of its size" },
		{ { .index = 0, .gpa = 0x8 }, "low 4 bits" },
		{ { .index = 0, .gpa = 0xc002, .flags = IO }, "low 4 bits" },
		{ { .index = PFB_BAR_ROM, .gpa = 0x400 }, "low 4 bits" },
		{ { .index = PFB_BAR_ROM, .gpa = 0x400, .size = 0x400 }, "multiple of its size" },
		{ { .index = 0, .gpa = 0x1000, .size = 0x1000, .hpa = 0x800, .flags = HPA }, "HPA" },
		{ { .index = 0, .gpa = 0x100000000, .flags = IO }, "no port is" },
		{ { .index = 5, .gpa = 0x100000000 }, "32-bit BAR" },
		{ { .index = 5, .gpa = 0x100000000, .size = 0x1000 }, "32-bit BAR" },
		{ { .index = PFB_BAR_ROM, .gpa = 0x100000000 }, "32-bit BAR" },
		{ { .index = VF(5), .gpa = 0x100000000 }, "32-bit BAR" },
	};
	const char *fault;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		fault = add_one(bad[i].bar);
		if (!fault)
			fail_msg("bar %zu was taken, expected: %s", i, bad[i].why);
		if (!strstr(fault, bad[i].why))
			fail_msg("bar %zu %s, expected: %s", i, fault, bad[i].why);
	}
}

static void test_order_and_duplicates(void **state)
{
	static const u8 order[] = { 6, 0, 12, 3, 1, 7, 5, 2, 4, 11, 8, 10, 9 };
	struct pfb_declaration decl = {};
	struct pfb_declared_bar bar;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(order); i++) {
		bar = (struct pfb_declared_bar){ .index = order[i], .gpa = 0x1000u * (order[i] + 1) };
		assert_null(pfb_declaration_add_bar(&decl, &bar));
	}
	assert_int_equal(decl.nr_bars, PFB_NR_BARS);
	for (i = 0; i < PFB_NR_BARS; i++) {
		assert_int_equal(decl.bars[i].index, i);
		assert_int_equal(decl.bars[i].gpa, 0x1000 * (i + 1));
	}
	for (i = 0; i < PFB_NR_BARS; i++) {
		bar = (struct pfb_declared_bar){ .index = (u8)i, .gpa = 0x100000 };
		assert_non_null(strstr(pfb_declaration_add_bar(&decl, &bar), "twice"));
	}
	assert_int_equal(decl.nr_bars, PFB_NR_BARS);
}

/* The register after a 64-bit BAR is its upper half, in whatever order they come. */
static void test_upper_halves(void **state)
{
	const struct pfb_declared_bar by_flag = { .index = 2, .gpa = 0x1000, .flags = MEM64 };
	const struct pfb_declared_bar by_address = { .index = 2, .gpa = 0x100000000 };
	const struct pfb_declared_bar low = { .index = 2, .gpa = 0x1000 };
	const struct pfb_declared_bar next = { .index = 3, .gpa = 0x2000 };
	const struct pfb_declared_bar vf = { .index = VF(0), .gpa = 0x100000000, .flags = MEM64 };
	const struct pfb_declared_bar rom = { .index = PFB_BAR_ROM, .gpa = 0x800 };
	struct pfb_declaration decl = {};

	(void)state;
	assert_null(pfb_declaration_add_bar(&decl, &by_flag));
	assert_non_null(strstr(pfb_declaration_add_bar(&decl, &next), "upper half"));
	decl.nr_bars = 0;
	assert_null(pfb_declaration_add_bar(&decl, &by_address));
	assert_non_null(strstr(pfb_declaration_add_bar(&decl, &next), "upper half"));
	decl.nr_bars = 0;
	assert_null(pfb_declaration_add_bar(&decl, &next));
	assert_non_null(strstr(pfb_declaration_add_bar(&decl, &by_flag), "upper half"));
	assert_non_null(strstr(pfb_declaration_add_bar(&decl, &by_address), "upper half"));
	assert_null(pfb_declaration_add_bar(&decl, &low));
	decl.nr_bars = 0;
	assert_null(pfb_declaration_add_bar(&decl, &vf));
	assert_null(pfb_declaration_add_bar(&decl, &rom));
	assert_int_equal(decl.nr_bars, 2);
}

static void test_source_names(void **state)
{
	unsigned int i, j;

	(void)state;
	for (i = 0; i < PFB_NR_SOURCES; i++) {
		assert_string_not_equal(pfb_source_name(i), "unknown");
		for (j = 0; j < i; j++)
			assert_string_not_equal(pfb_source_name(i), pfb_source_name(j));
	}
	assert_string_equal(pfb_source_name(PFB_NR_SOURCES), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good_bars),
		cmocka_unit_test(test_bad_bars),
		cmocka_unit_test(test_order_and_duplicates),
		cmocka_unit_test(test_upper_halves),
		cmocka_unit_test(test_source_names),
	};

	return cmocka_run_group_tests_name("declaration", tests, NULL, NULL);
}
