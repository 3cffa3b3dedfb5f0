// SPDX-License-Identifier: GPL-2.0
#include "unit.h"

#include <pci_fixed_bars/manifest.h>

#include "lib/manifest_text.h"

static int parse(const char *text, struct pfb_declaration **decls, u32 *nr, struct pfb_error *err)
{
	size_t len = strlen(text);
	char *exact = malloc(len ? len : 1);
	int ret;

	/* without a NUL behind it, so that reading past the end shows */
	assert_non_null(exact);
	memcpy(exact, text, len);
	err->text[0] = '\0';
	ret = pfb_manifest_text_parse(exact, len, decls, nr, err);
	free(exact);
	return ret;
}

static void test_all_facts(void **state)
{
	static const char text[] =
		"# comment\r\n"
		"\n"
		"function 0000:00:01.0/00.0/01.0/00.0 clique=7 client # the NIC\n"
		"  function 00:01.0/00.0/00.0/00.0 provider id=1af4:* clique=0x7\r\n"
		"\tvfbar0 gpa=0x6c0000000000 size=1G mem64 prefetch\n"
		"\tbar2 size=16G prefetch mem64 hpa=gpa gpa=0x6b8000000000\n"
		"bar0 gpa=268435456 hpa=0x20000000\n"
		"\tbar1 io gpa=0x6000 size=64";
	struct pfb_declaration *decls = NULL;
	struct pfb_error err;
	u32 nr = 0;

	(void)state;
	if (parse(text, &decls, &nr, &err))
		fail_msg("%s", err.text);
	assert_int_equal(nr, 2);

	/* in the order of the binary, whatever that of the text */
	assert_int_equal(decls[0].path.hops[2], 0);
	assert_int_equal(decls[0].vendor, 0x1af4);
	assert_int_equal(decls[0].device, PFB_ANY_ID);
	assert_int_equal(decls[0].clique, 7);
	assert_int_equal(decls[0].flags, PFB_MANIFEST_FN_PROVIDER);
	assert_int_equal(decls[0].nr_bars, 4);
	assert_int_equal(decls[0].bars[0].index, 0);
	assert_int_equal(decls[0].bars[0].gpa, 0x10000000);
	assert_int_equal(decls[0].bars[0].hpa, 0x20000000);
	assert_int_equal(decls[0].bars[0].size, 0);
	assert_int_equal(decls[0].bars[0].flags, PFB_MANIFEST_BAR_HPA);
	assert_int_equal(decls[0].bars[1].flags, PFB_MANIFEST_BAR_IO);
	assert_int_equal(decls[0].bars[1].size, 64);
	assert_int_equal(decls[0].bars[2].index, 2);
	assert_true(decls[0].bars[2].gpa == 0x6b8000000000ULL);
	assert_true(decls[0].bars[2].hpa == 0x6b8000000000ULL);
	assert_true(decls[0].bars[2].size == 1ULL << 34);
	assert_int_equal(decls[0].bars[2].flags, PFB_MANIFEST_BAR_HPA | PFB_MANIFEST_BAR_MEM64 |
			 PFB_MANIFEST_BAR_PREFETCH);
	assert_int_equal(decls[0].bars[3].index, PFB_BAR_VF0);
	assert_int_equal(decls[0].bars[3].flags, PFB_MANIFEST_BAR_MEM64 |
			 PFB_MANIFEST_BAR_PREFETCH);

	assert_int_equal(decls[1].flags, PFB_MANIFEST_FN_CLIENT);
	assert_int_equal(decls[1].clique, 7);
	assert_int_equal(decls[1].vendor, PFB_ANY_ID);
	assert_int_equal(decls[1].nr_bars, 0);
	free(decls);
}

static void test_empty(void **state)
{
	struct pfb_declaration *decls = NULL;
	struct pfb_error err;
	u32 nr = 1;

	(void)state;
	assert_int_equal(parse("", &decls, &nr, &err), 0);
	assert_int_equal(nr, 0);
	assert_int_equal(parse("# nothing\n\n \t\n", &decls, &nr, &err), 0);
	assert_int_equal(nr, 0);
	free(decls);
}

#define FN	"function 0:1.0\n"

static void test_errors(void **state)
{
	static const struct {
		const char *text;
		const char *where;
		const char *what;
	} bad[] = {
		{ "bar0 gpa=0x1000", "line 1, column 1: ", "before any function" },
		{ "\n\n  funktion 0:1.0", "line 3, column 3: ", "'funktion'" },
		{ "bar6 gpa=0x1000", "line 1, column 1: ", "'bar6'" },
		{ "function", "line 1, column 9: ", "names none" },
		{ "function # 0:1.0", "line 1, column 10: ", "names none" },
		{ "function 0:1.8", "line 1, column 14: ", "function number" },
		{ "function 0:1.0x", "line 1, column 15: ", "expected the path to end" },
		{ "function 0:1.0 clique=-1", "line 1, column 23: ", "the clique" },
		{ "function 0:1.0 clique=", "line 1, column 23: ", "found the end" },
		{ "function 0:1.0 clique=4294967295", "line 1, column 23: ", "at most 0xfffffffe" },
		{ "function 0:1.0 clique=1 clique=1", "line 1, column 25: ", "twice" },
		{ "function 0:1.0 provider provider", "line 1, column 25: ", "twice" },
		{ "function 0:1.0 id=1af4", "line 1, column 19: ", "VVVV:DDDD" },
		{ "function 0:1.0 id=1af4:", "line 1, column 24: ", "the device id" },
		{ "function 0:1.0 id=1af45:1", "line 1, column 23: ", "the vendor id" },
		{ "function 0:1.0 id=ffff:1", "line 1, column 19: ", "'*'" },
		{ "function 0:1.0 gpa=0x1000", "line 1, column 16: ", "says nothing of a function" },
		{ FN "bar0 0x1000", "line 2, column 6: ", "says nothing of a BAR" },
		{ FN "bar0", "line 2, column 1: ", "no gpa=" },
		{ FN " bar0 hpa=gpa", "line 2, column 2: ", "no gpa=" },
		{ FN "bar0 gpa=0x", "line 2, column 12: ", "0x-hexadecimal" },
		{ FN "bar0 gpa=12z", "line 2, column 12: ", "to end here, found 'z'" },
		{ FN "bar0 gpa=0x10000000000000000", "line 2, column 10: ", "64 bits" },
		{ FN "bar0 gpa=18446744073709551616", "line 2, column 10: ", "64 bits" },
		{ FN "bar0 gpa=4K", "line 2, column 11: ", "found 'K'" },
		{ FN "bar0 gpa=0x1000 size=0", "line 2, column 22: ", "size 0" },
		{ FN "bar0 gpa=0x1000 size=4X", "line 2, column 23: ", "K, M, G, T, P" },
		{ FN "bar0 gpa=0x1000 size=K", "line 2, column 22: ", "found 'K'" },
		{ FN "bar0 gpa=0x1000 size=16384P", "line 2, column 22: ", "64 bits" },
		{ FN "bar0 gpa=0x1000 size=3K", "line 2, column 1: ", "power of two" },
		{ FN "bar0 gpa=0x1000 size=8K", "line 2, column 1: ", "naturally aligned" },
		{ FN "bar0 gpa=0x1000\nbar0 gpa=0x2000", "line 3, column 1: ", "twice" },
		{ FN "bar0 gpa=0x1000 mem64\nbar1 gpa=0x2000", "line 3, column 1: ", "upper half" },
		{ FN "\nfunction 0000:00:01.0", "line 3, column 1: ", "stands in line 1 already" },
		{ FN "bar0 gpa=\x1b[31m1", "line 2, column 10: ", "0x1b" },
		{ "function 0:1.0 \x1b[31mred", "line 1, column 16: ", "'?[31mred'" },
	};
	struct pfb_declaration *decls;
	struct pfb_error err;
	size_t i;
	u32 nr;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		int ret = parse(bad[i].text, &decls, &nr, &err);

		if (ret != -EINVAL)
			fail_msg("\"%s\": %d, expected -EINVAL", bad[i].text, ret);
		if (strncmp(err.text, bad[i].where, strlen(bad[i].where)) ||
		    !strstr(err.text, bad[i].what))
			fail_msg("\"%s\": \"%s\", expected \"%s...%s\"", bad[i].text, err.text,
				 bad[i].where, bad[i].what);
	}
}

static void test_too_long(void **state)
{
	struct pfb_declaration *decls;
	struct pfb_error err;
	u32 nr;

	(void)state;
	/* refused before a byte is read */
	assert_int_equal(pfb_manifest_text_parse("", PFB_MANIFEST_TEXT_MAX + 1u, &decls, &nr, &err),
			 -E2BIG);
}

/* What is written reads back as the same. */
static void test_round_trip(void **state)
{
	static const char text[] =
		"function 0000:00:01.0/00.0/00.0/00.0 id=1af4:* clique=0 provider client\n"
		"\tbar0 gpa=0x10000000 hpa=0x20000000\n"
		"\tbar1 gpa=0x6000 size=64 io\n"
		"\tbar2 gpa=0x6b8000000000 hpa=0x6b8000000000 size=16G mem64 prefetch\n"
		"\trom gpa=0x10010000 size=2K\n"
		"\tvfbar0 gpa=0x6c0000000000 size=64G\n"
		"\n"
		"function 0001:40:02.1 id=*:0010\n";
	struct pfb_declaration *decls = NULL;
	struct pfb_error err;
	char *again = NULL;
	size_t len;
	FILE *out;
	u32 nr;

	(void)state;
	if (parse(text, &decls, &nr, &err))
		fail_msg("%s", err.text);
	out = open_memstream(&again, &len);
	assert_non_null(out);
	assert_int_equal(pfb_manifest_text_write(out, decls, nr), 0);
	fclose(out);
	assert_string_equal(again, text);
	free(again);
	free(decls);
}

static void test_sizes(void **state)
{
	static const struct {
		u64 size;
		const char *text;
	} sizes[] = {
		{ 0, "0" }, { 1, "1" }, { 1023, "1023" }, { 1024, "1K" }, { 1536, "1536" },
		{ 1 << 20, "1M" }, { 3 << 19, "1536K" }, { 1ULL << 34, "16G" },
		{ 1ULL << 40, "1T" }, { 1ULL << 50, "1P" }, { 1ULL << 63, "8192P" },
	};
	char buf[24];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		assert_string_equal(pfb_size_format(sizes[i].size, buf, sizeof(buf)),
				    sizes[i].text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_facts),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_too_long),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_sizes),
	};

	return cmocka_run_group_tests_name("manifest_text", tests, NULL, NULL);
}
