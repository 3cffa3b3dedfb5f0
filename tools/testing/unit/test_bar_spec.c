// SPDX-License-Identifier: GPL-2.0
#include "unit.h"

#include <pci_fixed_bars/bar_spec.h>

static int parse(const char *text, struct unit_collector *c, struct pfb_error *err)
{
	memset(c, 0, sizeof(*c));
	c->refuse_at = -1;
	err->text[0] = '\0';
	return pfb_bar_spec_parse(text, strlen(text), unit_declare, c, err);
}

static void test_one_function(void **state)
{
	static struct unit_collector c;
	struct pfb_error err;

	(void)state;
	assert_int_equal(parse("0000:00:01.0/00.0/01.0/00.0=bar2@0x6b8000000000", &c, &err), 0);
	assert_int_equal(c.nr, 1);
	assert_int_equal(c.decls[0].path.nr_hops, 4);
	assert_int_equal(c.decls[0].path.hops[2], 0x08);
	assert_int_equal(c.decls[0].source, PFB_SOURCE_PARAM);
	assert_int_equal(c.decls[0].clique, PFB_CLIQUE_NONE);
	assert_int_equal(c.decls[0].vendor, PFB_ANY_ID);
	assert_int_equal(c.decls[0].device, PFB_ANY_ID);
	assert_int_equal(c.decls[0].flags, 0);
	assert_false(c.decls[0].uncertain);
	assert_int_equal(c.decls[0].nr_bars, 1);
	assert_int_equal(c.decls[0].bars[0].index, 2);
	assert_true(c.decls[0].bars[0].gpa == 0x6b8000000000);
	assert_int_equal(c.decls[0].bars[0].size, 0);
	assert_int_equal(c.decls[0].bars[0].flags, 0);
}

static void test_lists(void **state)
{
	static struct unit_collector c;
	struct pfb_error err;

	(void)state;
	assert_int_equal(parse(" 00:01.0 = bar4 @ 0X6B8000000000 , rom@0x10000,bar0@16\t;\n"
			       "02:00.0=vfbar5@0x20,vfbar0@8388608 ; ", &c, &err), 0);
	assert_int_equal(c.nr, 2);
	assert_int_equal(c.decls[0].nr_bars, 3);
	assert_int_equal(c.decls[0].bars[0].index, 0);
	assert_int_equal(c.decls[0].bars[0].gpa, 16);
	assert_int_equal(c.decls[0].bars[1].index, 4);
	assert_true(c.decls[0].bars[1].gpa == 0x6b8000000000);
	assert_int_equal(c.decls[0].bars[2].index, PFB_BAR_ROM);
	assert_int_equal(c.decls[1].path.bus, 2);
	assert_int_equal(c.decls[1].nr_bars, 2);
	assert_int_equal(c.decls[1].bars[0].index, PFB_BAR_VF0);
	assert_int_equal(c.decls[1].bars[0].gpa, 8388608);
	assert_int_equal(c.decls[1].bars[1].index, PFB_BAR_VF0 + 5);
}

static void test_empty(void **state)
{
	static struct unit_collector c;
	struct pfb_error err;

	(void)state;
	assert_int_equal(parse("", &c, &err), 0);
	assert_int_equal(parse(" \t\r\n", &c, &err), 0);
	assert_int_equal(c.nr, 0);
}

static void test_largest_address(void **state)
{
	static struct unit_collector c;
	struct pfb_error err;

	(void)state;
	assert_int_equal(parse("0:1.0=bar0@0xfffffffffffffff0", &c, &err), 0);
	assert_true(c.decls[0].bars[0].gpa == 0xfffffffffffffff0);
	assert_int_equal(parse("0:1.0=bar0@18446744073709551600", &c, &err), 0);
	assert_true(c.decls[0].bars[0].gpa == 0xfffffffffffffff0);
	/* Digits, not their number, decide. */
	assert_int_equal(parse("0:1.0=bar0@0x000000000000000000000010", &c, &err), 0);
	assert_int_equal(parse("0:1.0=bar0@18446744073709551616", &c, &err), -EINVAL);
	assert_error(&err, "column 12:", "64 bits");
	assert_int_equal(parse("0:1.0=bar0@0x10000000000000000", &c, &err), -EINVAL);
	assert_error(&err, "column 12:", "64 bits");
}

static void test_refusals(void **state)
{
	static const struct {
		const char *text;
		const char *column;
		const char *what;
	} bad[] = {
		{ ";", "column 1:", "found ';'" },
		{ "gpu=bar0@16", "column 1:", "found 'g'" },
		{ "0:1.0", "column 6:", "expected '=' after the path, found the end" },
		{ "0:1.0 bar0@16", "column 7:", "found 'b'" },
		{ "0:1.0=", "column 7:", "found the end" },
		{ "0:1.0=bar", "column 10:", "from 0 to 5" },
		{ "0:1.0=bar6@16", "column 10:", "found '6'" },
		{ "0:1.0=Bar0@16", "column 7:", "found 'B'" },
		{ "0:1.0=vfbar6@16", "column 12:", "found '6'" },
		{ "0:1.0=bar00@16", "column 11:", "expected '@'" },
		{ "0:1.0=bar0", "column 11:", "expected '@'" },
		{ "0:1.0=bar0=16", "column 11:", "found '='" },
		{ "0:1.0=bar0@", "column 12:", "an address" },
		{ "0:1.0=bar0@0x", "column 14:", "after 0x" },
		{ "0:1.0=bar0@0xg", "column 14:", "found 'g'" },
		{ "0:1.0=bar0@16g", "column 14:", "found 'g'" },
		{ "0:1.0=bar0@1000a", "column 16:", "found 'a'" },
		{ "0:1.0=bar0@-16", "column 12:", "found '-'" },
		{ "0:1.0=bar0@020", "column 12:", "octal" },
		{ "0:1.0=bar0@16,", "column 15:", "found the end" },
		{ "0:1.0=bar0@16,;", "column 15:", "found ';'" },
		{ "0:1.0=bar0@16;;", "column 15:", "found ';'" },
		{ "0:1.0=bar0@16 0:2.0=bar0@32", "column 15:", "found '0'" },
		{ "0:1.0=bar0@8", "column 7:", "bar0@0x8 has a GPA that no BAR can hold" },
		{ "0:1.0=bar0@0", "column 7:", "unassigned" },
		{ "0:1.0=rom@0x400", "column 7:", "rom@0x400" },
		{ "0:1.0=bar0@16,bar0@32", "column 15:", "twice" },
		{ "0:1.0=bar2@0x6b8000000000,bar3@0x1000", "column 27:", "upper half" },
		{ "0:1.0=bar0@16,bar1@16", "column 1:", "both at 0x10" },
		{ "0:2.0=bar1@32; 0:1.0=bar0@16,bar1@16", "column 16:", "both at 0x10" },
		{ "0:1.0=bar0@16;0:2.0=bar3@16", "column 21:", "bar0's of 0000:00:01.0" },
		{ "0:1.0=bar0@16;0:2.0=bar3@32;0:3.0=bar0@48,bar4@16", "column 43:", "0x10" },
		{ "0:1.0=bar0@16; 0000:00:01.0=bar1@32", "column 16:", "second time" },
		{ "0:1.0=bar0@16;\x01", "column 15:", "found 0x01" },
	};
	static struct unit_collector c;
	struct pfb_error err;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		if (parse(bad[i].text, &c, &err) != -EINVAL)
			fail_msg("'%s' was taken", bad[i].text);
		assert_error(&err, bad[i].column, bad[i].what);
		/* What is broken declares nothing, also what stands before the fault. */
		assert_int_equal(c.nr, 0);
	}
}

static void test_nul_is_no_end(void **state)
{
	static const char text[] = "0:1.0=bar0@16\0;0:2.0=bar0@32";
	static struct unit_collector c = { .refuse_at = -1 };
	struct pfb_error err;

	(void)state;
	assert_int_equal(pfb_bar_spec_parse(text, sizeof(text) - 1, unit_declare, &c, &err), -EINVAL);
	assert_error(&err, "column 14:", "found 0x00");
}

static void test_every_prefix(void **state)
{
	static const char text[] = "0:1.0/1.0=bar0@0x10,vfbar1@32,rom@0x800; 1:0.0=bar0@48;";
	static struct unit_collector c;
	struct pfb_error err;
	char *copy;
	size_t len;

	(void)state;
	for (len = 0; len < sizeof(text); len++) {
		copy = malloc(len ? len : 1);
		assert_non_null(copy);
		memcpy(copy, text, len);
		c.nr = 0;
		c.refuse_at = -1;
		pfb_bar_spec_parse(copy, len, unit_declare, &c, &err);
		free(copy);
	}
	assert_int_equal(c.nr, 2);
}

static void test_longest(void **state)
{
	static char text[PFB_BAR_SPEC_MAX + 1];
	static struct unit_collector c = { .refuse_at = -1 };
	struct pfb_error err;

	(void)state;
	memset(text, ' ', sizeof(text));
	memcpy(text, "0:1.0=bar0@16", 13);
	assert_int_equal(pfb_bar_spec_parse(text, PFB_BAR_SPEC_MAX, unit_declare, &c, &err), 0);
	assert_int_equal(c.nr, 1);
	assert_int_equal(pfb_bar_spec_parse(text, PFB_BAR_SPEC_MAX + 1, unit_declare, &c, &err), -E2BIG);
	assert_error(&err, "4097", "4096", "manifest");
	assert_int_equal(c.nr, 1);
}

static void test_refusing_caller(void **state)
{
	static const char text[] = "0:1.0=bar0@16;0:2.0=bar0@32;0:3.0=bar0@48";
	static struct unit_collector c = { .refuse_at = 1 };
	struct pfb_error err;

	(void)state;
	assert_int_equal(pfb_bar_spec_parse(text, strlen(text), unit_declare, &c, &err), -EPERM);
	assert_string_equal(err.text, "refused by the test");
	assert_int_equal(c.nr, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_function),
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_largest_address),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_nul_is_no_end),
		cmocka_unit_test(test_every_prefix),
		cmocka_unit_test(test_longest),
		cmocka_unit_test(test_refusing_caller),
	};

	return cmocka_run_group_tests_name("bar_spec", tests, NULL, NULL);
}
