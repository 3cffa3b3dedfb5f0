// SPDX-License-Identifier: GPL-2.0
#include "unit.h"

#include <pci_fixed_bars/manifest.h>

/* Offsets, written down once more: they are the format. */
#define HEADER			32
#define H_VERSION		8
#define H_HEADER_SIZE		10
#define H_TOTAL_SIZE		12
#define H_CRC			16
#define H_NR_FUNCTIONS		20
#define H_NR_BARS		24
#define H_RESERVED		28
#define FUNCTION		40
#define F_BUS			2
#define F_NR_HOPS		3
#define F_HOPS			4
#define F_VENDOR		20
#define F_FLAGS			24
#define F_CLIQUE		28
#define F_NR_BARS		32
#define F_RESERVED		33
#define BAR			32
#define B_INDEX			0
#define B_RESERVED		1
#define B_FLAGS			4
#define B_GPA			8
#define B_HPA			16
#define B_SIZE			24

/* The sample: three functions with 2, 0 and 3 BARs. */
#define SAMPLE_FUNCTIONS	3
#define SAMPLE_BARS		5
#define SAMPLE_SIZE		(HEADER + SAMPLE_FUNCTIONS * FUNCTION + SAMPLE_BARS * (BAR + 4))
#define SAMPLE_FUNCTION(n)	(HEADER + (n) * FUNCTION)
#define SAMPLE_BAR(n)		(HEADER + SAMPLE_FUNCTIONS * FUNCTION + (n) * BAR)
#define SAMPLE_ORDER(n)		(SAMPLE_BAR(SAMPLE_BARS) + (n) * 4)

static const struct pfb_declaration sample[SAMPLE_FUNCTIONS] = {
	{
		.path = { .nr_hops = 4, .hops = { 0x08, 0x00, 0x00, 0x00 } },
		.flags = PFB_MANIFEST_FN_PROVIDER,
		.clique = 7,
		.vendor = 0x1af4,
		.device = 0x1110,
		.nr_bars = 2,
		.bars = {
			{ .index = 0, .gpa = 0x10000000, .size = 0x100 },
			{ .index = 2, .gpa = 0x6b8000000000, .hpa = 0x6b8000000000, .size = 0x10000000,
			  .flags = PFB_MANIFEST_BAR_HPA | PFB_MANIFEST_BAR_MEM64 | PFB_MANIFEST_BAR_PREFETCH },
		},
	},
	{
		.path = { .nr_hops = 4, .hops = { 0x08, 0x00, 0x08, 0x00 } },
		.flags = PFB_MANIFEST_FN_CLIENT,
		.clique = 7,
		.vendor = PFB_ANY_ID,
		.device = PFB_ANY_ID,
	},
	{
		.path = { .segment = 1, .bus = 0x40, .nr_hops = 1, .hops = { 0x10 } },
		.clique = PFB_CLIQUE_NONE,
		.vendor = 0x8086,
		.device = 0x10c9,
		.nr_bars = 3,
		.bars = {
			{ .index = 0, .gpa = 0xc000, .size = 0x20, .flags = PFB_MANIFEST_BAR_IO },
			{ .index = 1, .gpa = 0xf0000 },
			{ .index = PFB_BAR_VF0, .gpa = 0x400000000000, .size = 0x4000,
			  .flags = PFB_MANIFEST_BAR_MEM64 },
		},
	},
};

static u32 reference_crc(const u8 *data, size_t size)
{
	u32 crc = 0xffffffff;
	int bit;

	while (size--) {
		crc ^= *data++;
		for (bit = 0; bit < 8; bit++)
			crc = crc & 1 ? crc >> 1 ^ 0xedb88320 : crc >> 1;
	}
	return crc ^ 0xffffffff;
}

static void seal(u8 *data, size_t size)
{
	pfb_put_le32(data + H_CRC, 0);
	pfb_put_le32(data + H_CRC, reference_crc(data, size));
}

static void write_sample(u8 *data)
{
	struct pfb_error err = {};

	assert_int_equal(pfb_manifest_size(sample, SAMPLE_FUNCTIONS), SAMPLE_SIZE);
	if (pfb_manifest_write(sample, SAMPLE_FUNCTIONS, data, SAMPLE_SIZE, &err))
		fail_msg("%s", err.text);
}

static int parse(const u8 *data, size_t size, struct unit_collector *c, struct pfb_error *err)
{
	memset(c, 0, sizeof(*c));
	c->refuse_at = -1;
	err->text[0] = '\0';
	return pfb_manifest_parse(data, size, PFB_SOURCE_FIRMWARE_FILE, unit_declare, c, err);
}

static void assert_same(const struct pfb_declaration *a, const struct pfb_declaration *b)
{
	unsigned int i;

	assert_true(pfb_path_equal(&a->path, &b->path));
	assert_int_equal(a->flags, b->flags);
	assert_int_equal(a->clique, b->clique);
	assert_int_equal(a->vendor, b->vendor);
	assert_int_equal(a->device, b->device);
	assert_int_equal(a->uncertain, b->uncertain);
	assert_int_equal(a->nr_bars, b->nr_bars);
	for (i = 0; i < a->nr_bars; i++) {
		assert_int_equal(a->bars[i].index, b->bars[i].index);
		assert_int_equal(a->bars[i].flags, b->bars[i].flags);
		assert_true(a->bars[i].gpa == b->bars[i].gpa);
		assert_true(a->bars[i].hpa == b->bars[i].hpa);
		assert_true(a->bars[i].size == b->bars[i].size);
	}
}

static void test_round_trip(void **state)
{
	u8 unaligned[SAMPLE_SIZE + 1];
	static struct unit_collector c;
	struct pfb_error err;
	size_t i;

	(void)state;
	write_sample(unaligned + 1);
	assert_int_equal(parse(unaligned + 1, SAMPLE_SIZE, &c, &err), 0);
	assert_int_equal(c.nr, SAMPLE_FUNCTIONS);
	for (i = 0; i < SAMPLE_FUNCTIONS; i++) {
		assert_same(&c.decls[i], &sample[i]);
		assert_int_equal(c.decls[i].source, PFB_SOURCE_FIRMWARE_FILE);
	}
}

static void test_bytes(void **state)
{
	static const u8 header[] = {
		'P', 'F', 'B', 'A', 'R', 'S', '\r', '\n', 1, 0, 32, 0, 0x4c, 0x01, 0, 0,
	};
	static const u8 function[FUNCTION] = {
		0, 0, 0, 4, 0x08, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		0xf4, 0x1a, 0x10, 0x11, 1, 0, 0, 0, 7, 0, 0, 0, 2,
	};
	static const u8 bar[BAR] = {
		2, 0, 0, 0, 0x0d, 0, 0, 0,
		0, 0, 0, 0, 0x80, 0x6b, 0, 0, 0, 0, 0, 0, 0x80, 0x6b, 0, 0,
		0, 0, 0, 0x10, 0, 0, 0, 0,
	};
	/* Memory by address: 0xf0000, 0x10000000, 0x400000000000, 0x6b8000000000; I/O last. */
	static const u8 order[] = { 3, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0 };
	u8 data[SAMPLE_SIZE], copy[SAMPLE_SIZE];

	(void)state;
	assert_int_equal(reference_crc((const u8 *)"123456789", 9), 0xcbf43926);
	write_sample(data);
	assert_memory_equal(data, header, sizeof(header));
	memcpy(copy, data, sizeof(copy));
	seal(copy, sizeof(copy));
	assert_memory_equal(data, copy, sizeof(data));
	assert_int_equal(pfb_get_le32(data + H_NR_FUNCTIONS), SAMPLE_FUNCTIONS);
	assert_int_equal(pfb_get_le32(data + H_NR_BARS), SAMPLE_BARS);
	assert_memory_equal(data + SAMPLE_FUNCTION(0), function, sizeof(function));
	assert_memory_equal(data + SAMPLE_BAR(1), bar, sizeof(bar));
	assert_memory_equal(data + SAMPLE_ORDER(0), order, sizeof(order));
	assert_int_equal(sizeof(struct pfb_manifest_header), HEADER);
	assert_int_equal(sizeof(struct pfb_manifest_function), FUNCTION);
	assert_int_equal(sizeof(struct pfb_manifest_bar), BAR);
}

static void test_empty(void **state)
{
	static struct unit_collector c;
	struct pfb_error err;
	u8 data[HEADER];

	(void)state;
	assert_int_equal(pfb_manifest_write(NULL, 0, data, sizeof(data), &err), 0);
	assert_int_equal(parse(data, sizeof(data), &c, &err), 0);
	assert_int_equal(c.nr, 0);
}

static void test_every_truncation(void **state)
{
	static struct unit_collector c;
	struct pfb_error err;
	u8 data[SAMPLE_SIZE];
	size_t size;
	u8 *copy;

	(void)state;
	write_sample(data);
	for (size = 0; size < SAMPLE_SIZE; size++) {
		copy = malloc(size ? size : 1);
		assert_non_null(copy);
		memcpy(copy, data, size);
		assert_int_equal(parse(copy, size, &c, &err), -EINVAL);
		assert_error(&err, "bytes");
		/* Even where the header agrees with what is left. */
		if (size >= HEADER) {
			pfb_put_le32(copy + H_TOTAL_SIZE, (u32)size);
			seal(copy, size);
			assert_int_equal(parse(copy, size, &c, &err), -EINVAL);
		}
		assert_int_equal(c.nr, 0);
		free(copy);
	}
}

/* Damage is found; a changed byte under a good CRC is taken whole or not at all. */
static void test_every_byte(void **state)
{
	static struct unit_collector c;
	struct pfb_error err;
	u8 data[SAMPLE_SIZE];
	size_t pos;
	int bit;

	(void)state;
	write_sample(data);
	for (pos = 0; pos < SAMPLE_SIZE; pos++) {
		for (bit = 0; bit < 8; bit++) {
			data[pos] ^= 1 << bit;
			assert_int_not_equal(parse(data, SAMPLE_SIZE, &c, &err), 0);
			assert_error(&err, "manifest: ");
			assert_int_equal(c.nr, 0);
			seal(data, SAMPLE_SIZE);
			if (parse(data, SAMPLE_SIZE, &c, &err)) {
				assert_error(&err, "manifest: ");
				assert_int_equal(c.nr, 0);
			} else {
				assert_int_equal(c.nr, SAMPLE_FUNCTIONS);
			}
			data[pos] ^= 1 << bit;
			seal(data, SAMPLE_SIZE);
		}
	}
	assert_int_equal(parse(data, SAMPLE_SIZE, &c, &err), 0);
}

static void test_damage_is_named(void **state)
{
	static struct unit_collector c;
	struct pfb_error err;
	u8 data[SAMPLE_SIZE];

	(void)state;
	write_sample(data);
	data[SAMPLE_BAR(1) + B_GPA + 3] ^= 0x10;
	assert_int_equal(parse(data, SAMPLE_SIZE, &c, &err), -EBADMSG);
	assert_error(&err, "offset 0x10", "CRC-32", "damaged");
}

static void test_refusals(void **state)
{
	static const struct {
		size_t offset;
		unsigned int bytes;
		u64 value;
		int code;
		const char *where;
		const char *what;
	} bad[] = {
		{ 0, 1, 'p', -EINVAL, "offset 0x0", "PFBARS" },
		{ 6, 2, '\n', -EINVAL, "offset 0x0", "PFBARS" },
		{ H_VERSION, 2, 2, -EPROTONOSUPPORT, "offset 0x8", "version 2" },
		{ H_VERSION, 2, 0, -EPROTONOSUPPORT, "offset 0x8", "version 0" },
		{ H_HEADER_SIZE, 2, 40, -EINVAL, "offset 0xa", "expected 32" },
		{ H_TOTAL_SIZE, 4, 0xffffffff, -EINVAL, "offset 0xc", "4294967295" },
		{ H_NR_FUNCTIONS, 4, 0xffffffff, -EINVAL, "offset 0x14", "4294967295" },
		{ H_NR_FUNCTIONS, 4, 2, -EINVAL, "offset 0x14", "2 functions" },
		{ H_NR_BARS, 4, 0xffffffff, -EINVAL, "offset 0x14", "4294967295 BARs" },
		{ H_RESERVED + 3, 1, 1, -EINVAL, "offset 0x1c", "reserved" },
		{ SAMPLE_FUNCTION(0) + F_NR_HOPS, 1, 0, -EINVAL, "offset 0x20", "0 hops" },
		{ SAMPLE_FUNCTION(0) + F_NR_HOPS, 1, 17, -EINVAL, "offset 0x20", "17 hops" },
		{ SAMPLE_FUNCTION(0) + F_HOPS + 15, 1, 1, -EINVAL, "offset 0x24", "unused hops" },
		{ SAMPLE_FUNCTION(0) + F_FLAGS, 4, 4, -EINVAL, "offset 0x20", "flags 0x4" },
		{ SAMPLE_FUNCTION(0) + F_NR_BARS, 1, 14, -EINVAL, "offset 0x20", "at most 13" },
		{ SAMPLE_FUNCTION(0) + F_NR_BARS, 1, 6, -EINVAL, "offset 0x20", "5 are left" },
		{ SAMPLE_FUNCTION(2) + F_NR_BARS, 1, 2, -EINVAL, "offset 0x18", "the functions have 4" },
		{ SAMPLE_FUNCTION(2) + F_RESERVED + 6, 1, 1, -EINVAL, "offset 0x91", "reserved" },
		{ SAMPLE_FUNCTION(1) + F_HOPS + 2, 1, 0, -EINVAL, "offset 0x48", "twice" },
		{ SAMPLE_FUNCTION(0) + F_BUS, 1, 1, -EINVAL, "offset 0x48", "must come before" },
		{ SAMPLE_BAR(0) + B_INDEX, 1, 13, -EINVAL, "offset 0x98", "(index 13, " },
		{ SAMPLE_BAR(0) + B_INDEX, 1, 2, -EINVAL, "offset 0xb8", "twice" },
		{ SAMPLE_BAR(0) + B_INDEX, 1, 4, -EINVAL, "offset 0xb8", "higher index" },
		{ SAMPLE_BAR(0) + B_RESERVED + 2, 1, 1, -EINVAL, "offset 0x99", "reserved" },
		{ SAMPLE_BAR(0) + B_FLAGS, 4, 0x10, -EINVAL, "offset 0x98", "flag bits" },
		{ SAMPLE_BAR(0) + B_GPA, 8, 0x10000010, -EINVAL, "offset 0x98",
		  "bar0 of 0000:00:01.0/00.0/00.0/00.0 (index 0, gpa 0x10000010, size 0x100" },
		{ SAMPLE_BAR(0) + B_GPA, 8, 0, -EINVAL, "offset 0x98", "unassigned" },
		{ SAMPLE_BAR(0) + B_HPA, 8, 1, -EINVAL, "offset 0x98", "without the flag" },
		{ SAMPLE_BAR(1) + B_HPA, 8, 1, -EINVAL, "offset 0xb8", "HPA" },
		{ SAMPLE_BAR(0) + B_SIZE, 8, 0x180, -EINVAL, "offset 0x98", "power of two" },
		{ SAMPLE_ORDER(0), 4, 5, -EINVAL, "offset 0x138", "names BAR 5" },
		{ SAMPLE_ORDER(0), 4, 0xffffffff, -EINVAL, "offset 0x138", "names BAR 4294967295" },
		{ SAMPLE_ORDER(1), 4, 3, -EINVAL, "offset 0x13c", "each once" },
		{ SAMPLE_ORDER(1), 4, 1, -EINVAL, "offset 0x140", "ascending" },
		{ SAMPLE_ORDER(3), 4, 2, -EINVAL, "offset 0x148", "each once" },
		{ SAMPLE_ORDER(4), 4, 3, -EINVAL, "offset 0x148", "ascending" },
		/* The BAR of unstated size at 0xf0000 is in the first one now. */
		{ SAMPLE_BAR(0) + B_GPA, 8, 0xf0000, -EINVAL, "overlaps", "0xf0000" },
	};
	static struct unit_collector c;
	struct pfb_error err;
	u8 data[SAMPLE_SIZE];
	u8 value[8];
	size_t i;
	int ret;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		write_sample(data);
		pfb_put_le64(value, bad[i].value);
		memcpy(data + bad[i].offset, value, bad[i].bytes);
		seal(data, SAMPLE_SIZE);
		ret = parse(data, SAMPLE_SIZE, &c, &err);
		if (ret != bad[i].code)
			fail_msg("case %zu: %d, expected %d: %s", i, ret, bad[i].code, err.text);
		assert_error(&err, "manifest: ", bad[i].where, bad[i].what);
		assert_int_equal(c.nr, 0);
	}
}

/* Two functions with a BAR each, at a and b, of sizes as given. */
static int parse_two(u64 a, u64 a_size, u32 a_flags, u64 b, u64 b_size, u32 b_flags,
		     struct pfb_error *err)
{
	struct pfb_declaration decls[2] = {
		{ .path = { .nr_hops = 1, .hops = { 0x08 } }, .nr_bars = 1,
		  .bars = { { .index = 0, .gpa = a, .size = a_size, .flags = a_flags } } },
		{ .path = { .nr_hops = 1, .hops = { 0x10 } }, .nr_bars = 1,
		  .bars = { { .index = 0, .gpa = b, .size = b_size, .flags = b_flags } } },
	};
	u8 data[HEADER + 2 * (FUNCTION + BAR + 4)];

	err->text[0] = '\0';
	return pfb_manifest_write(decls, 2, data, sizeof(data), err);
}

static void test_overlaps(void **state)
{
	const u32 io = PFB_MANIFEST_BAR_IO;
	struct pfb_error err;

	(void)state;
	assert_int_equal(parse_two(0x10000, 0x10000, 0, 0x20000, 0x10000, 0, &err), 0);
	assert_int_equal(parse_two(0x20000, 0x10000, 0, 0x10000, 0x10000, 0, &err), 0);
	assert_int_equal(parse_two(0x10000, 0x10000, 0, 0x1f000, 0x1000, 0, &err), -EINVAL);
	assert_error(&err, "0x1f000 overlaps", "0x10000 with size 0x10000");
	assert_int_equal(parse_two(0x1f000, 0x1000, 0, 0x10000, 0x10000, 0, &err), -EINVAL);
	assert_error(&err, "0x1f000 overlaps", "0x10000 with size 0x10000");
	assert_int_equal(parse_two(0x10000, 0x10000, 0, 0x10000, 0x1000, 0, &err), -EINVAL);
	assert_int_equal(parse_two(0x10000, 0, 0, 0x10000, 0, 0, &err), -EINVAL);
	assert_int_equal(parse_two(0x10000, 0, 0, 0x10010, 0, 0, &err), 0);
	/* Ports and memory are two spaces. */
	assert_int_equal(parse_two(0xc000, 0x20, io, 0xc000, 0x1000, 0, &err), 0);
	assert_int_equal(parse_two(0xc000, 0x20, 0, 0xc000, 0x20, io, &err), 0);
	assert_int_equal(parse_two(0xc000, 0x20, io, 0xc010, 0x10, io, &err), -EINVAL);
	/* The end of the address space is no wrap. */
	assert_int_equal(parse_two(1ULL << 63, 1ULL << 63, 0, 0x1000, 0x1000, 0, &err), 0);
}

static void test_size_limit(void **state)
{
	static struct unit_collector c;
	struct pfb_error err;
	u8 *data;

	(void)state;
	data = calloc(1, PFB_MANIFEST_SIZE_MAX + 1);
	assert_non_null(data);
	write_sample(data);
	assert_int_equal(parse(data, PFB_MANIFEST_SIZE_MAX + 1, &c, &err), -E2BIG);
	assert_error(&err, "1048577", "1048576");
	free(data);
}

/* As many BARs as fit, their addresses in no order, and one overlap among them. */
static void test_largest(void **state)
{
	const size_t nr = (PFB_MANIFEST_SIZE_MAX - HEADER) / (FUNCTION + 2 * (BAR + 4));
	struct pfb_declaration *decls;
	static struct unit_collector c;
	struct pfb_error err;
	size_t size, i;
	u8 *data;

	(void)state;
	decls = calloc(nr, sizeof(*decls));
	data = malloc(PFB_MANIFEST_SIZE_MAX);
	assert_non_null(decls);
	assert_non_null(data);
	for (i = 0; i < nr; i++) {
		decls[i].path.segment = (u16)(i >> 8);
		decls[i].path.nr_hops = 1;
		decls[i].path.hops[0] = (u8)i;
		decls[i].nr_bars = 2;
		/* 40503 is odd: it visits every 16-bit number once. */
		decls[i].bars[0].index = 2;
		decls[i].bars[0].gpa = (1 + (2 * i * 40503) % 65536) << 20;
		decls[i].bars[0].size = 1 << 20;
		decls[i].bars[1].index = 4;
		decls[i].bars[1].gpa = (1 + ((2 * i + 1) * 40503) % 65536) << 20;
		decls[i].bars[1].size = 1 << 20;
	}
	size = pfb_manifest_size(decls, nr);
	assert_int_equal(pfb_manifest_write(decls, nr, data, PFB_MANIFEST_SIZE_MAX, &err), 0);
	assert_int_equal(parse(data, size, &c, &err), 0);
	assert_int_equal(c.nr, nr);

	decls[nr / 2].bars[0].gpa = decls[nr / 3].bars[1].gpa;
	assert_int_equal(pfb_manifest_write(decls, nr, data, PFB_MANIFEST_SIZE_MAX, &err), -EINVAL);
	assert_error(&err, "overlaps");
	free(decls);
	free(data);
}

static void test_write_refusals(void **state)
{
	struct pfb_declaration decls[2] = { sample[0], sample[1] };
	struct pfb_error err;
	u8 data[SAMPLE_SIZE];

	(void)state;
	assert_int_equal(pfb_manifest_write(sample, SAMPLE_FUNCTIONS, data, SAMPLE_SIZE - 1, &err),
			 -ENOSPC);
	assert_error(&err, "332", "331");

	decls[0].uncertain = true;
	assert_int_equal(pfb_manifest_write(decls, 2, data, sizeof(data), &err), -EINVAL);
	assert_error(&err, "0000:00:01.0/00.0/00.0/00.0", "by hand");
	decls[0] = sample[1];
	decls[1] = sample[0];
	assert_int_equal(pfb_manifest_write(decls, 2, data, sizeof(data), &err), -EINVAL);
	assert_error(&err, "must come before");
	decls[1] = sample[1];
	assert_int_equal(pfb_manifest_write(decls, 2, data, sizeof(data), &err), -EINVAL);
	assert_error(&err, "twice");
	decls[0].path.nr_hops = 0;
	assert_int_equal(pfb_manifest_write(decls, 2, data, sizeof(data), &err), -EINVAL);
	assert_error(&err, "0 hops");
	decls[0].path.nr_hops = 17;
	assert_int_equal(pfb_manifest_write(decls, 2, data, sizeof(data), &err), -EINVAL);
	assert_error(&err, "17 hops");
	decls[0] = sample[0];
	decls[0].nr_bars = PFB_NR_BARS + 1;
	assert_int_equal(pfb_manifest_write(decls, 2, data, sizeof(data), &err), -EINVAL);
	assert_error(&err, "14 BARs");
}

/* What stands in unused hops of a declaration does not get into the file. */
static void test_unused_hops_are_not_written(void **state)
{
	struct pfb_declaration decl = sample[1];
	u8 data[HEADER + FUNCTION];
	struct pfb_error err;

	(void)state;
	memset(decl.path.hops + 4, 0x55, 12);
	assert_int_equal(pfb_manifest_write(&decl, 1, data, sizeof(data), &err), 0);
}

static void test_refusing_caller(void **state)
{
	static struct unit_collector c = { .refuse_at = 1 };
	struct pfb_error err;
	u8 data[SAMPLE_SIZE];

	(void)state;
	write_sample(data);
	assert_int_equal(pfb_manifest_parse(data, SAMPLE_SIZE, PFB_SOURCE_IOCTL, unit_declare, &c, &err),
			 -EPERM);
	assert_string_equal(err.text, "refused by the test");
	assert_int_equal(c.nr, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_every_truncation),
		cmocka_unit_test(test_every_byte),
		cmocka_unit_test(test_damage_is_named),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_overlaps),
		cmocka_unit_test(test_size_limit),
		cmocka_unit_test(test_largest),
		cmocka_unit_test(test_write_refusals),
		cmocka_unit_test(test_unused_hops_are_not_written),
		cmocka_unit_test(test_refusing_caller),
	};

	return cmocka_run_group_tests_name("manifest", tests, NULL, NULL);
}
