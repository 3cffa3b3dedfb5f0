// SPDX-License-Identifier: GPL-2.0
#include "unit.h"

#include <pci_fixed_bars/path.h>

static struct pfb_path path_of(u16 segment, u8 bus, unsigned int nr, const u8 *hops)
{
	struct pfb_path path = { .segment = segment, .bus = bus, .nr_hops = (u8)nr };

	memcpy(path.hops, hops, nr);
	return path;
}

#define PATH(segment, bus, ...) \
	path_of(segment, bus, sizeof((u8[]){ __VA_ARGS__ }), (u8[]){ __VA_ARGS__ })

static void test_parse(void **state)
{
	static const struct {
		const char *text;
		int used;
		u16 segment;
		u8 bus;
		u8 nr_hops;
		u8 hops[4];
	} good[] = {
		{ "0000:00:01.0/00.0/01.0/00.0", 27, 0, 0, 4, { 0x08, 0, 0x08, 0 } },
		{ "00:01.0", 7, 0, 0, 1, { 0x08 } },
		{ "0:1.0", 5, 0, 0, 1, { 0x08 } },
		{ "ffff:ff:1f.7", 12, 0xffff, 0xff, 1, { 0xff } },
		{ "FFFF:Ff:1F.7/1f.7", 17, 0xffff, 0xff, 2, { 0xff, 0xff } },
		{ "a:b:c.d", 0, 0, 0, 0, { 0 } },	/* function d */
		{ "a:b:c.5", 7, 0xa, 0xb, 1, { 0x65 } },
		{ "ab:c.5", 6, 0, 0xab, 1, { 0x65 } },
		{ "000000:0000:0001.0", 18, 0, 0, 1, { 0x08 } },
		/* stops at what cannot belong to a path */
		{ "00:01.0=bar2@0x1000", 7, 0, 0, 1, { 0x08 } },
		{ "00:01.0 ", 7, 0, 0, 1, { 0x08 } },
		{ "00:01.0/1.0,", 11, 0, 0, 2, { 0x08, 0x08 } },
	};
	struct pfb_error err;
	struct pfb_path path;
	size_t i;
	int ret;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(good); i++) {
		err.text[0] = '\0';
		ret = pfb_path_parse(good[i].text, strlen(good[i].text), &path, &err);
		if (!good[i].used) {
			assert_int_equal(ret, -EINVAL);
			continue;
		}
		if (ret != good[i].used)
			fail_msg("%s: %d, expected %d: %s", good[i].text, ret, good[i].used, err.text);
		assert_int_equal(path.segment, good[i].segment);
		assert_int_equal(path.bus, good[i].bus);
		assert_int_equal(path.nr_hops, good[i].nr_hops);
		assert_memory_equal(path.hops, good[i].hops, path.nr_hops);
	}
}

static void test_refusals(void **state)
{
	static const struct {
		const char *text;
		const char *column;
		const char *what;
	} bad[] = {
		{ "", "column 1:", "found the end" },
		{ "x", "column 1:", "found 'x'" },
		{ "\x1b[31m", "column 1:", "found 0x1b" },
		{ "\xff", "column 1:", "found 0xff" },
		{ ":00:01.0", "column 1:", "found ':'" },
		{ "00", "column 3:", "expected ':'" },
		{ "00:", "column 4:", "the device number" },
		{ "00:01", "column 6:", "expected '.'" },
		{ "00:01.", "column 7:", "the function number" },
		{ "00:01.8", "column 7:", "at most 7" },
		{ "00:20.0", "column 4:", "at most 1f" },
		{ "100:01.0", "column 1:", "at most ff" },
		{ "0000:100:01.0", "column 6:", "at most ff" },
		{ "10000:00:01.0", "column 1:", "at most ffff" },
		{ "0000:00:00:01.0", "column 11:", "expected '.'" },
		{ "00:01.0/", "column 9:", "the device number" },
		{ "00:01.0//1.0", "column 9:", "found '/'" },
		{ "00:01.0/1", "column 10:", "expected '.'" },
		{ "ffffffffffffffffffffffffff:01.0", "column 1:", "at most ffff" },
	};
	struct pfb_error err;
	struct pfb_path path;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		if (pfb_path_parse(bad[i].text, strlen(bad[i].text), &path, &err) != -EINVAL)
			fail_msg("'%s' was taken", bad[i].text);
		assert_error(&err, bad[i].column, bad[i].what);
		assert_int_equal(pfb_path_parse(bad[i].text, strlen(bad[i].text), &path, NULL),
				 -EINVAL);
	}
}

/* Reads nothing at or behind len: the sanitizer watches an exact allocation. */
static void test_every_prefix(void **state)
{
	static const char text[] = "0123:45:1f.7/0e.1/00.0";
	struct pfb_path path;
	size_t len;
	char *copy;
	int ret;

	(void)state;
	for (len = 0; len < sizeof(text); len++) {
		copy = malloc(len ? len : 1);
		assert_non_null(copy);
		memcpy(copy, text, len);
		ret = pfb_path_parse(copy, len, &path, NULL);
		if (len == strlen("0123:45:1f.7") || len == strlen("0123:45:1f.7/0e.1") ||
		    len == strlen("0123:45:1f.7/0e.1/00.0"))
			assert_int_equal(ret, len);
		free(copy);
	}
}

static void test_position(void **state)
{
	static const char text[] = "  00:01.0/zz";
	struct pfb_error err;
	struct pfb_path path;

	(void)state;
	assert_int_equal(pfb_path_parse_at(text, 9, 2, &path, &err), 7);
	assert_int_equal(pfb_path_parse_at(text, strlen(text), 2, &path, &err), -EINVAL);
	assert_error(&err, "column 11:");
}

static void test_depth(void **state)
{
	char text[12 + 5 * 16 + 1] = "ffff:ff:1f.7";
	char again[PFB_PATH_TEXT_MAX];
	struct pfb_error err;
	struct pfb_path path;
	int hop;

	(void)state;
	for (hop = 1; hop < PFB_PATH_HOPS_MAX; hop++)
		strcat(text, "/1f.7");
	assert_int_equal(pfb_path_parse(text, strlen(text), &path, &err), strlen(text));
	assert_int_equal(path.nr_hops, PFB_PATH_HOPS_MAX);
	/* The longest path there is fits, with its NUL. */
	assert_int_equal(strlen(text), PFB_PATH_TEXT_MAX - 1);
	assert_string_equal(pfb_path_format(&path, again, sizeof(again)), text);

	strcat(text, "/1f.7");
	assert_int_equal(pfb_path_parse(text, strlen(text), &path, &err), -EINVAL);
	assert_error(&err, "16 hops");
}

static void test_format(void **state)
{
	struct pfb_path path = PATH(0x12, 0x3, 0x08, 0x00, 0x65);
	const char *whole = "0012:03:01.0/00.0/0c.5";
	char buf[PFB_PATH_TEXT_MAX];
	size_t size;

	(void)state;
	assert_string_equal(pfb_path_format(&path, buf, sizeof(buf)), whole);
	for (size = 1; size < strlen(whole) + 2; size++) {
		memset(buf, 'x', sizeof(buf));
		pfb_path_format(&path, buf, size);
		assert_int_equal(strlen(buf), size - 1 < strlen(whole) ? size - 1 : strlen(whole));
		assert_memory_equal(buf, whole, strlen(buf));
		assert_int_equal(buf[size], 'x');
	}
	buf[0] = 'x';
	pfb_path_format(&path, buf, 0);
	assert_int_equal(buf[0], 'x');
}

static void test_order(void **state)
{
	const struct pfb_path ascending[] = {
		PATH(0, 0, 0x00),
		PATH(0, 0, 0x00, 0x00),
		PATH(0, 0, 0x00, 0x00, 0x07),
		PATH(0, 0, 0x00, 0x08),
		PATH(0, 0, 0x08),
		PATH(0, 0, 0x08, 0x00),
		PATH(0, 0, 0xff),
		PATH(0, 1, 0x00),
		PATH(1, 0, 0x00),
		PATH(0xffff, 0xff, 0xff),
	};
	size_t i, j;
	int order;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(ascending); i++) {
		for (j = 0; j < ARRAY_SIZE(ascending); j++) {
			order = pfb_path_compare(&ascending[i], &ascending[j]);
			assert_int_equal(order < 0, i < j);
			assert_int_equal(order > 0, i > j);
			assert_int_equal(pfb_path_equal(&ascending[i], &ascending[j]), i == j);
		}
	}
}

/* What stands behind the last hop is no part of a path. */
static void test_equal_ignores_unused_hops(void **state)
{
	struct pfb_path a = PATH(0, 0, 0x08);
	struct pfb_path b = a;

	(void)state;
	b.hops[1] = 0x55;
	assert_true(pfb_path_equal(&a, &b));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_every_prefix),
		cmocka_unit_test(test_position),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_format),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_equal_ignores_unused_hops),
	};

	return cmocka_run_group_tests_name("path", tests, NULL, NULL);
}
