// SPDX-License-Identifier: GPL-2.0
#include "unit.h"

#include <pci_fixed_bars/fixed_bars.h>

/* A blob under construction. */
struct blob {
	u8 data[16384];
	size_t size;
};

#define MEM64	1
#define PREF	2

#define GPU	0x10de, 0x2330
#define NIC	0x15b3, 0x1021

#define GIB	(1ULL << 30)

static void v1(struct blob *b, u32 nr)
{
	memset(b, 0, sizeof(*b));
	pfb_put_le32(b->data, 1);
	pfb_put_le32(b->data + 4, nr);
	b->size = 8;
}

static void v1_device(struct blob *b, u16 vendor, u16 device, u8 bus, u8 nr_bars)
{
	u8 *p = b->data + b->size;

	pfb_put_le16(p, vendor);
	pfb_put_le16(p + 2, device);
	p[4] = nr_bars ? 1 : 0;
	p[5] = bus;
	p[6] = nr_bars;
	b->size += 8;
}

static void v1_long_device(struct blob *b, u16 vendor, u16 device, u8 bus, u8 nr_bars,
			   const char *fw_path)
{
	v1_device(b, vendor, device, bus, nr_bars);
	strcpy((char *)b->data + b->size, fw_path);
	b->size += 128;
}

static void v1_bar(struct blob *b, u8 index, u32 flags, u64 address, u64 size)
{
	u8 *p = b->data + b->size;

	p[0] = index;
	pfb_put_le32(p + 4, flags);
	pfb_put_le64(p + 8, address);
	pfb_put_le64(p + 16, size);
	b->size += 24;
}

static void v2(struct blob *b, u32 nr, u64 base, u64 size)
{
	memset(b, 0, sizeof(*b));
	pfb_put_le32(b->data, 2);
	pfb_put_le32(b->data + 4, nr);
	pfb_put_le64(b->data + 8, base);
	pfb_put_le64(b->data + 16, size);
	b->size = 32;
}

/* @path: device and function numbers in turn */
static void v2_entry(struct blob *b, u16 segment, u8 nr_hops, const u8 *path, u16 vendor,
		     u16 device, u8 bar, u32 flags, u64 address, u64 size)
{
	u8 *p = b->data + b->size;

	pfb_put_le16(p, segment);
	p[2] = nr_hops;
	p[3] = bar;
	pfb_put_le32(p + 4, flags);
	pfb_put_le64(p + 8, address);
	pfb_put_le64(p + 16, size);
	pfb_put_le16(p + 24, vendor);
	pfb_put_le16(p + 26, device);
	memcpy(p + 32, path, 2 * nr_hops);
	b->size += 48;
}

/* A guest: root buses 00 and 40 of segment 0, 00 of segment 1. */
struct guest {
	struct pfb_root roots[3];
	struct pfb_function functions[64];
	struct pfb_topology top;
	u8 next_bus;
};

static void start_guest(struct guest *g)
{
	memset(g, 0, sizeof(*g));
	g->roots[0] = (struct pfb_root){ .segment = 0, .bus = 0x00, .last_bus = 0x3f };
	g->roots[1] = (struct pfb_root){ .segment = 0, .bus = 0x40, .last_bus = 0xff };
	g->roots[2] = (struct pfb_root){ .segment = 1, .bus = 0x00, .last_bus = 0xff };
	g->top.roots = g->roots;
	g->top.nr_roots = g->top.max_roots = 3;
	g->top.functions = g->functions;
	g->top.max_functions = ARRAY_SIZE(g->functions);
	g->next_bus = 1;
}

static u32 add(struct guest *g, u32 root, u32 parent, enum pfb_port_type type, u8 devfn,
	       u16 vendor, u16 device)
{
	struct pfb_function *fn = &g->functions[g->top.nr_functions];

	fn->parent = parent;
	fn->root = root;
	fn->type = type;
	fn->devfn = devfn;
	fn->bus = parent == PFB_NO_FUNCTION ? g->roots[root].bus : g->functions[parent].secondary;
	fn->vendor = vendor;
	fn->device = device;
	if (type != PFB_PORT_ENDPOINT)
		fn->secondary = fn->subordinate = g->roots[root].bus + g->next_bus++;
	return g->top.nr_functions++;
}

static void set_bar(struct guest *g, u32 fn, unsigned int bar, u64 size, u32 flags)
{
	g->functions[fn].bars[bar] = (struct pfb_bar){ .size = size, .flags = flags };
}

/* A root port at devfn with an endpoint behind it; returns the endpoint. */
static u32 add_slot(struct guest *g, u32 root, u8 devfn, u16 vendor, u16 device)
{
	u32 port = add(g, root, PFB_NO_FUNCTION, PFB_PORT_ROOT, devfn, 0x1b36, 0x000c);

	set_bar(g, port, 0, 0x1000, 0);
	return add(g, root, port, PFB_PORT_ENDPOINT, 0x00, vendor, device);
}

static u32 add_gpu(struct guest *g, u32 root, u8 devfn, u64 size)
{
	u32 fn = add_slot(g, root, devfn, GPU);

	set_bar(g, fn, 0, 16 << 20, PFB_BAR_MEM64 | PFB_BAR_PREFETCH);
	set_bar(g, fn, 2, size, PFB_BAR_MEM64 | PFB_BAR_PREFETCH);
	return fn;
}

static int parse(const struct blob *b, const struct guest *g, struct unit_collector *c,
		 struct pfb_error *err)
{
	u8 *data = malloc(b->size ? b->size : 1);
	size_t scratch_size = pfb_fixed_bars_scratch_size(b->size, &g->top);
	u8 *scratch = malloc(scratch_size ? scratch_size : 1);
	int ret;

	assert_non_null(data);
	assert_non_null(scratch);
	/* Exact allocations, which the sanitizer watches; nothing counts on zeroes. */
	memcpy(data, b->data, b->size);
	memset(scratch, 0xa5, scratch_size);
	memset(c, 0, sizeof(*c));
	c->refuse_at = -1;
	err->text[0] = '\0';
	ret = pfb_fixed_bars_parse(data, b->size, &g->top, scratch, unit_declare, c, err);
	free(scratch);
	free(data);
	return ret;
}

static void assert_path(const struct pfb_declaration *decl, const char *expected)
{
	char text[PFB_PATH_TEXT_MAX];

	assert_string_equal(pfb_path_format(&decl->path, text, sizeof(text)), expected);
}

static void assert_ok(int ret, const struct pfb_error *err)
{
	if (ret)
		fail_msg("%d: %s", ret, err->text);
}

/* Layouts */

static void test_layouts(void **state)
{
	enum pfb_fixed_bars_layout layout;
	struct pfb_error err = {};
	static struct blob b;

	(void)state;
	v1(&b, 2);
	v1_device(&b, GPU, 0, 1);
	v1_bar(&b, 2, MEM64 | PREF, 0x6b8000000000, GIB);
	v1_device(&b, NIC, 0, 0);
	assert_ok(pfb_fixed_bars_check(b.data, b.size, &layout, &err), &err);
	assert_int_equal(layout, PFB_FIXED_BARS_V1_SHORT);

	v1(&b, 2);
	v1_long_device(&b, GPU, 0, 1, "/pcie@4010000000/pci-bridge@1/display@0");
	v1_bar(&b, 2, MEM64 | PREF, 0x6b8000000000, GIB);
	v1_long_device(&b, NIC, 0, 0, "/pcie@4010000000/pci-bridge@2/ethernet@0");
	assert_ok(pfb_fixed_bars_check(b.data, b.size, &layout, &err), &err);
	assert_int_equal(layout, PFB_FIXED_BARS_V1_LONG);

	v2(&b, 1, 0x6b8000000000, GIB);
	v2_entry(&b, 0, 2, (u8[]){ 1, 0, 0, 0 }, GPU, 2, MEM64 | PREF, 0x6b8000000000, GIB);
	assert_ok(pfb_fixed_bars_check(b.data, b.size, &layout, &err), &err);
	assert_int_equal(layout, PFB_FIXED_BARS_V2);

	/* Without devices both strides end at once, and mean the same. */
	v1(&b, 0);
	assert_ok(pfb_fixed_bars_check(b.data, b.size, &layout, &err), &err);
	assert_int_equal(layout, PFB_FIXED_BARS_V1_SHORT);

	assert_string_equal(pfb_fixed_bars_layout_name(PFB_FIXED_BARS_V1_SHORT), "v1 short");
	assert_string_equal(pfb_fixed_bars_layout_name(PFB_FIXED_BARS_V1_LONG), "v1 long");
	assert_string_equal(pfb_fixed_bars_layout_name(PFB_FIXED_BARS_V2), "v2");
}

/*
 * 9 devices: 1232 bytes are 8-byte headers with 48 BARs, and as well 136-byte
 * headers with none. No smaller number of devices can be read both ways.
 */
static void test_ambiguous_stride(void **state)
{
	enum pfb_fixed_bars_layout layout;
	struct pfb_error err = {};
	static struct blob b;
	int i, bar;

	(void)state;
	v1(&b, 9);
	v1_device(&b, NIC, 0, 0);
	for (i = 0; i < 8; i++) {
		v1_device(&b, GPU, 0, 6);
		for (bar = 0; bar < 6; bar++)
			v1_bar(&b, (u8)bar, 0, 0x10000000u + (u32)(i * 6 + bar) * 0x1000, 0x1000);
	}
	assert_int_equal(b.size, 8 + 9 * 136);
	for (i = 0; i < 9; i++)
		b.data[8 + i * 136 + 6] = 0;
	/* One of those bytes was a size's or an address's, and none was a count of BARs. */
	assert_int_equal(b.data[16 + 6], 6);
	assert_int_equal(pfb_fixed_bars_check(b.data, b.size, &layout, &err), -EINVAL);
	assert_error(&err, "8-byte headers and with 136-byte ones", "manifest");
}

static void test_neither_stride(void **state)
{
	enum pfb_fixed_bars_layout layout;
	struct pfb_error err = {};
	static struct blob b;

	(void)state;
	v1(&b, 1);
	v1_device(&b, GPU, 0, 1);
	v1_bar(&b, 2, MEM64 | PREF, 0x6b8000000000, GIB);
	b.size++;
	assert_int_equal(pfb_fixed_bars_check(b.data, b.size, &layout, &err), -EINVAL);
	assert_error(&err, "8-byte headers the walk ends at 0x28", "136-byte ones at 0x8", "0x29");
}

static void test_sizes_and_versions(void **state)
{
	enum pfb_fixed_bars_layout layout;
	struct pfb_error err = {};
	static struct blob b;
	u8 *large;

	(void)state;
	v1(&b, 0);
	assert_int_equal(pfb_fixed_bars_check(b.data, 0, &layout, &err), -EINVAL);
	assert_error(&err, "0 bytes", "cut");
	assert_int_equal(pfb_fixed_bars_check(b.data, 7, &layout, &err), -EINVAL);
	pfb_put_le32(b.data, 3);
	assert_int_equal(pfb_fixed_bars_check(b.data, b.size, &layout, &err), -EPROTONOSUPPORT);
	assert_error(&err, "version 3", "offset 0x0");
	pfb_put_le32(b.data, 0);
	assert_int_equal(pfb_fixed_bars_check(b.data, b.size, &layout, &err), -EPROTONOSUPPORT);
	pfb_put_le32(b.data, 2);
	assert_int_equal(pfb_fixed_bars_check(b.data, b.size, &layout, &err), -EINVAL);
	assert_error(&err, "v2 header alone has 32");

	large = calloc(1, PFB_MANIFEST_SIZE_MAX + 1);
	assert_non_null(large);
	pfb_put_le32(large, 1);
	assert_int_equal(pfb_fixed_bars_check(large, PFB_MANIFEST_SIZE_MAX + 1, &layout, &err), -E2BIG);
	assert_error(&err, "1048577", "1048576");
	pfb_put_le32(large + 4, 0xffffffff);
	assert_int_equal(pfb_fixed_bars_check(large, PFB_MANIFEST_SIZE_MAX, &layout, &err), -EINVAL);
	assert_error(&err, "4294967295 devices");
	pfb_put_le32(large, 2);
	assert_int_equal(pfb_fixed_bars_check(large, PFB_MANIFEST_SIZE_MAX, &layout, &err), -EINVAL);
	assert_error(&err, "4294967295 v2 entries");
	free(large);
}

static void test_every_truncation(void **state)
{
	static struct unit_collector c;
	struct pfb_error err;
	static struct guest g;
	static struct blob b, cut;

	(void)state;
	start_guest(&g);
	add_gpu(&g, 0, 0x08, GIB);
	v1(&b, 2);
	v1_device(&b, GPU, 0, 1);
	v1_bar(&b, 2, MEM64 | PREF, 0x6b8000000000, GIB);
	v1_device(&b, 0x1b36, 0x000c, 0, 0);
	for (cut = b, cut.size = 0; cut.size < b.size; cut.size++) {
		assert_int_equal(parse(&cut, &g, &c, &err), -EINVAL);
		assert_error(&err, "etc/fixed-bars: ");
	}
	v1(&b, 1);
	v1_long_device(&b, GPU, 0, 1, "/pci@i0cf8/pci-bridge@1/display@0");
	v1_bar(&b, 2, MEM64 | PREF, 0x6b8000000000, GIB);
	for (cut = b, cut.size = 0; cut.size < b.size; cut.size++)
		assert_int_equal(parse(&cut, &g, &c, &err), -EINVAL);
	v2(&b, 1, 0x6b8000000000, GIB);
	v2_entry(&b, 1, 2, (u8[]){ 1, 0, 0, 0 }, GPU, 2, MEM64 | PREF, 0x6b8000000000, GIB);
	for (cut = b, cut.size = 0; cut.size < b.size; cut.size++)
		assert_int_equal(parse(&cut, &g, &c, &err), -EINVAL);
}

/* v1 short */

static void test_short_unique(void **state)
{
	static struct unit_collector c;
	struct pfb_error err;
	static struct guest g;
	static struct blob b;
	u32 nic;

	(void)state;
	start_guest(&g);
	add_gpu(&g, 0, 0x08, GIB);
	nic = add_slot(&g, 0, 0x10, NIC);
	set_bar(&g, nic, 0, 32 << 20, PFB_BAR_MEM64 | PFB_BAR_PREFETCH);
	/* The same GPU in another segment, which QEMU's v1 does not know. */
	add_gpu(&g, 2, 0x08, GIB);

	v1(&b, 4);
	v1_device(&b, 0x1b36, 0x000c, 0, 0);
	v1_device(&b, GPU, 0, 2);
	v1_bar(&b, 0, MEM64 | PREF, 0x6b7000000000, 16 << 20);
	v1_bar(&b, 2, MEM64 | PREF, 0x6b8000000000, GIB);
	v1_device(&b, 0x1b36, 0x000c, 0, 0);
	v1_device(&b, NIC, 0, 1);
	v1_bar(&b, 0, MEM64 | PREF, 0x6b6000000000, 32 << 20);
	assert_ok(parse(&b, &g, &c, &err), &err);
	assert_int_equal(c.nr, 2);
	assert_path(&c.decls[0], "0000:00:01.0/00.0");
	assert_path(&c.decls[1], "0000:00:02.0/00.0");
	assert_int_equal(c.decls[0].vendor, 0x10de);
	assert_int_equal(c.decls[0].device, 0x2330);
	assert_int_equal(c.decls[0].source, PFB_SOURCE_FW_CFG_FIXED_BARS);
	assert_int_equal(c.decls[0].clique, PFB_CLIQUE_NONE);
	assert_false(c.decls[0].uncertain);
	assert_false(c.decls[1].uncertain);
	assert_int_equal(c.decls[0].nr_bars, 2);
	assert_true(c.decls[0].bars[1].gpa == 0x6b8000000000);
	assert_true(c.decls[0].bars[1].size == GIB);
	/* The operator chose the address: nothing here says what the host has there. */
	assert_int_equal(c.decls[0].bars[1].hpa, 0);
	assert_int_equal(c.decls[0].bars[1].flags,
			 PFB_MANIFEST_BAR_MEM64 | PFB_MANIFEST_BAR_PREFETCH);
}

static void test_short_order(void **state)
{
	static struct unit_collector c;
	struct pfb_error err;
	static struct guest g;
	static struct blob b;

	(void)state;
	start_guest(&g);
	add_gpu(&g, 0, 0x08, GIB);
	add_gpu(&g, 0, 0x10, GIB);
	add_gpu(&g, 1, 0x08, GIB);
	add_gpu(&g, 0, 0x18, 2 * GIB);

	/* 4 GPUs below two root buses; the order is within each. */
	v1(&b, 4);
	v1_device(&b, GPU, 0, 1);
	v1_bar(&b, 2, MEM64 | PREF, 0x6b8000000000, GIB);
	v1_device(&b, GPU, 0, 0);
	v1_device(&b, GPU, 0, 1);
	v1_bar(&b, 2, MEM64 | PREF, 0x6b8080000000, 2 * GIB);
	v1_device(&b, GPU, 0x40, 1);
	v1_bar(&b, 2, MEM64 | PREF, 0x6b8040000000, GIB);
	assert_ok(parse(&b, &g, &c, &err), &err);
	assert_int_equal(c.nr, 3);
	assert_path(&c.decls[0], "0000:00:01.0/00.0");
	/* Would fit 02.0 as well. */
	assert_true(c.decls[0].uncertain);
	/* No other of this size below root bus 00; alone below 40. */
	assert_path(&c.decls[1], "0000:00:03.0/00.0");
	assert_false(c.decls[1].uncertain);
	assert_path(&c.decls[2], "0000:40:01.0/00.0");
	assert_false(c.decls[2].uncertain);
}

/* Identical GPUs swap places when an order drifts: nobody may call that verified. */
static void test_short_identical_are_uncertain(void **state)
{
	static struct unit_collector c;
	struct pfb_error err;
	static struct guest g;
	static struct blob b;
	u32 i;

	(void)state;
	start_guest(&g);
	for (i = 0; i < 8; i++)
		add_gpu(&g, 0, (u8)(0x08 * (i + 1)), GIB);
	v1(&b, 8);
	for (i = 0; i < 8; i++) {
		v1_device(&b, GPU, 0, 1);
		v1_bar(&b, 2, MEM64 | PREF, 0x6b8000000000 + i * GIB, GIB);
	}
	assert_ok(parse(&b, &g, &c, &err), &err);
	assert_int_equal(c.nr, 8);
	for (i = 0; i < 8; i++) {
		assert_int_equal(c.decls[i].path.hops[0], 8 * (i + 1));
		assert_true(c.decls[i].bars[0].gpa == 0x6b8000000000 + i * GIB);
		assert_true(c.decls[i].uncertain);
	}
}

static void test_short_misfits(void **state)
{
	static struct unit_collector c;
	struct pfb_error err;
	static struct guest g;
	static struct blob b;

	(void)state;
	start_guest(&g);
	add_gpu(&g, 0, 0x08, GIB);
	add_gpu(&g, 0, 0x10, 2 * GIB);

	/* Swapped: each size is there, and not in its place. */
	v1(&b, 2);
	v1_device(&b, GPU, 0, 1);
	v1_bar(&b, 2, MEM64 | PREF, 0x6b8080000000, 2 * GIB);
	v1_device(&b, GPU, 0, 1);
	v1_bar(&b, 2, MEM64 | PREF, 0x6b8000000000, GIB);
	assert_int_equal(parse(&b, &g, &c, &err), -ENODEV);
	assert_error(&err, "offset 0x8", "10de:2330", "0000:00:01.0/00.0", "0x80000000",
		     "0x40000000", "manifest");
	assert_int_equal(c.nr, 0);

	/* A BAR that the function has not, and one that is I/O there. */
	v1(&b, 2);
	v1_device(&b, GPU, 0, 1);
	v1_bar(&b, 2, MEM64 | PREF, 0x6b8000000000, GIB);
	v1_device(&b, GPU, 0, 1);
	v1_bar(&b, 4, MEM64 | PREF, 0x6b8080000000, 0x1000);
	assert_int_equal(parse(&b, &g, &c, &err), -ENODEV);
	assert_error(&err, "bar4", "0000:00:02.0/00.0");
	assert_int_equal(c.nr, 0);
	set_bar(&g, 3, 4, 0x1000, PFB_BAR_IO);
	assert_int_equal(parse(&b, &g, &c, &err), -ENODEV);
	set_bar(&g, 3, 4, 0x1000, PFB_BAR_MEM64);
	assert_ok(parse(&b, &g, &c, &err), &err);

	/* Not the number that the guest has. */
	v1(&b, 1);
	v1_device(&b, GPU, 0, 1);
	v1_bar(&b, 2, MEM64 | PREF, 0x6b8000000000, GIB);
	assert_int_equal(parse(&b, &g, &c, &err), -ENODEV);
	assert_error(&err, "1 devices 10de:2330 below root bus 00", "the guest has 2", "manifest");
	v1(&b, 1);
	v1_device(&b, GPU, 0x40, 1);
	v1_bar(&b, 2, MEM64 | PREF, 0x6b8000000000, GIB);
	assert_int_equal(parse(&b, &g, &c, &err), -ENODEV);
	assert_error(&err, "below root bus 40", "the guest has 0");

	/* Where nothing is fixed it does not matter. */
	v1(&b, 3);
	v1_device(&b, GPU, 0, 0);
	v1_device(&b, NIC, 0, 0);
	v1_device(&b, NIC, 0x77, 0);
	assert_ok(parse(&b, &g, &c, &err), &err);
	assert_int_equal(c.nr, 0);
}

/* QEMU lists what has a memory BAR, and so counts only that. */
static void test_short_counts_memory_bars(void **state)
{
	static struct unit_collector c;
	struct pfb_error err;
	static struct guest g;
	static struct blob b;
	u32 fn;

	(void)state;
	start_guest(&g);
	fn = add_slot(&g, 0, 0x08, GPU);
	set_bar(&g, fn, 0, 0x20, PFB_BAR_IO);
	set_bar(&g, fn, PFB_BAR_ROM, 0x10000, 0);
	add_gpu(&g, 0, 0x10, GIB);
	v1(&b, 1);
	v1_device(&b, GPU, 0, 1);
	v1_bar(&b, 2, MEM64 | PREF, 0x6b8000000000, GIB);
	assert_ok(parse(&b, &g, &c, &err), &err);
	assert_int_equal(c.nr, 1);
	assert_path(&c.decls[0], "0000:00:02.0/00.0");
	assert_false(c.decls[0].uncertain);
}

static void test_v1_refusals(void **state)
{
	static const struct {
		size_t offset;
		unsigned int bytes;
		u64 value;
		const char *where;
		const char *what;
	} bad[] = {
		{ 8, 2, 0xffff, "offset 0x8", "vendor id 0xffff" },
		{ 12, 1, 3, "offset 0x8", "flags 0x03" },
		{ 12, 1, 0, "offset 0x8", "not marked fixed" },
		{ 15, 1, 1, "offset 0xf", "reserved" },
		{ 16, 1, 6, "offset 0x10", "index above 5" },
		{ 16, 1, 255, "offset 0x10", "index above 5" },
		{ 19, 1, 1, "offset 0x10", "reserved" },
		{ 20, 4, 7, "offset 0x10", "flags" },
		{ 20, 4, 2, "offset 0x10", "32-bit BAR" },
		{ 24, 8, 0, "offset 0x10", "unassigned" },
		{ 24, 8, 0x6b8000001000, "offset 0x10",
		  "bar2 (address 0x6b8000001000, size 0x40000000, flags 0x3) has a GPA" },
		{ 24, 8, 0x6c0000000000, "offset 0x10", "overlaps" },
		{ 32, 8, 0, "offset 0x10", "size 0" },
		{ 32, 8, 0x30000000, "offset 0x10", "power of two" },
		{ 32, 8, 1, "offset 0x10", "smaller" },
		{ 40, 1, 2, "offset 0x28", "twice" },
		{ 40, 1, 3, "offset 0x28", "upper half" },
		{ 40, 1, 1, "offset 0x28", "upper half" },
	};
	static struct unit_collector c;
	struct pfb_error err;
	static struct guest g;
	static struct blob b;
	u8 value[8];
	size_t i;
	int ret;

	(void)state;
	start_guest(&g);
	add_gpu(&g, 0, 0x08, GIB);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		v1(&b, 1);
		v1_device(&b, GPU, 0, 2);
		v1_bar(&b, 2, MEM64 | PREF, 0x6b8000000000, GIB);
		v1_bar(&b, 0, MEM64 | PREF, 0x6c0000000000, 16 << 20);
		assert_ok(parse(&b, &g, &c, &err), &err);
		pfb_put_le64(value, bad[i].value);
		memcpy(b.data + bad[i].offset, value, bad[i].bytes);
		ret = parse(&b, &g, &c, &err);
		if (ret != -EINVAL)
			fail_msg("case %zu: %d: %s", i, ret, err.text);
		assert_error(&err, "etc/fixed-bars: ", bad[i].where, bad[i].what);
		assert_int_equal(c.nr, 0);
	}
}

/* Overlaps are found between any two devices, whatever lies between them. */
static void test_overlap_far_apart(void **state)
{
	static struct unit_collector c;
	struct pfb_error err;
	static struct guest g;
	static struct blob b;
	u32 i;

	(void)state;
	start_guest(&g);
	for (i = 0; i < 8; i++)
		add_gpu(&g, 0, (u8)(0x08 * (i + 1)), GIB);
	v1(&b, 8);
	for (i = 0; i < 8; i++) {
		v1_device(&b, GPU, 0, 1);
		v1_bar(&b, 2, MEM64 | PREF, 0x6b8000000000 + (i % 7) * GIB, GIB);
	}
	assert_int_equal(parse(&b, &g, &c, &err), -EINVAL);
	assert_error(&err, "offset 0xf0", "offset 0x10", "overlaps");
	assert_int_equal(c.nr, 0);
}

/* v1 long */

static void long_blob(struct blob *b, const char *fw_path)
{
	v1(b, 1);
	v1_long_device(b, GPU, 0, 1, fw_path);
	v1_bar(b, 2, MEM64 | PREF, 0x6b8000000000, GIB);
}

static void test_long_paths(void **state)
{
	static const struct {
		const char *fw_path;
		const char *path;
	} good[] = {
		{ "/pcie@4010000000/pci-bridge@1/pci-bridge@0/pci-bridge@1/display@0",
		  "0000:00:01.0/00.0/01.0/00.0" },
		{ "/pci@i0cf8/pci-bridge@1,2/pci10de,2330@0", "0000:00:01.2/00.0" },
		{ "/pci@i0cf8,1/display@1f,7", "0000:00:1f.7" },
		{ "/pci@i0cf8/a@b@3", "0000:00:03.0" },
	};
	static struct unit_collector c;
	struct pfb_error err;
	static struct guest g;
	static struct blob b;
	size_t i;

	(void)state;
	start_guest(&g);
	for (i = 0; i < ARRAY_SIZE(good); i++) {
		long_blob(&b, good[i].fw_path);
		assert_ok(parse(&b, &g, &c, &err), &err);
		assert_int_equal(c.nr, 1);
		/* The function is not there: that is for the verdict to say. */
		assert_path(&c.decls[0], good[i].path);
		assert_false(c.decls[0].uncertain);
		assert_int_equal(c.decls[0].vendor, 0x10de);
		assert_true(c.decls[0].bars[0].gpa == 0x6b8000000000);
	}
}

static void test_long_refusals(void **state)
{
	static const struct {
		const char *fw_path;
		const char *what;
	} bad[] = {
		{ "", "does not begin with '/', found the end" },
		{ "pcie@1/x@0", "does not begin with '/', found 'p'" },
		{ "/", "no device behind its host bridge" },
		{ "/pcie@4010000000", "no device behind its host bridge" },
		{ "//display@0", "no device behind its host bridge" },
		{ "/pcie@0/", "without '@'" },
		{ "/pcie@0/display", "without '@'" },
		{ "/pcie@0//display@0", "without '@'" },
		{ "/pcie@0/display@", "no device number" },
		{ "/pcie@0/display@20", "no device number" },
		{ "/pcie@0/display@100", "more behind device and function" },
		{ "/pcie@0/display@0,8", "no function number up to 7" },
		{ "/pcie@0/display@0,", "no function number up to 7" },
		{ "/pcie@0/display@0,1x", "more behind device and function" },
		{ "/pcie@0/display@0.1", "more behind device and function" },
		{ "/pcie@0/\x1b@0x", "found 'x'" },
		{ "/pcie@0/display@\x1b", "found 0x1b" },
		{ "/p/@1/@1/@1/@1/@1/@1/@1/@1/@1/@1/@1/@1/@1/@1/@1/@1/@1", "16 hops" },
	};
	static struct unit_collector c;
	struct pfb_error err;
	static struct guest g;
	static struct blob b;
	size_t i;

	(void)state;
	start_guest(&g);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		long_blob(&b, bad[i].fw_path);
		if (parse(&b, &g, &c, &err) != -EINVAL)
			fail_msg("'%s' was taken", bad[i].fw_path);
		assert_error(&err, "etc/fixed-bars: offset 0x", "firmware path", bad[i].what);
		assert_int_equal(c.nr, 0);
	}

	long_blob(&b, "/pcie@0/display@0");
	b.data[16 + 100] = 'x';
	assert_int_equal(parse(&b, &g, &c, &err), -EINVAL);
	assert_error(&err, "bytes behind its end");
	long_blob(&b, "/pcie@0/display@0");
	memset(b.data + 16, 'x', 128);
	assert_int_equal(parse(&b, &g, &c, &err), -EINVAL);
	assert_error(&err, "may be cut");
}

static void test_long_roots_and_duplicates(void **state)
{
	static struct unit_collector c;
	struct pfb_error err;
	static struct guest g;
	static struct blob b;

	(void)state;
	start_guest(&g);
	long_blob(&b, "/pci@i0cf8,1/pci-bridge@1/display@0");
	b.data[8 + 5] = 0x40;
	assert_ok(parse(&b, &g, &c, &err), &err);
	assert_path(&c.decls[0], "0000:40:01.0/00.0");
	b.data[8 + 5] = 0x41;
	assert_int_equal(parse(&b, &g, &c, &err), -ENODEV);
	assert_error(&err, "offset 0x8", "root bus 41");

	/* The same place under two names, with another device in between. */
	v1(&b, 3);
	v1_long_device(&b, GPU, 0, 0, "/pcie@0/pci-bridge@1/display@0");
	v1_long_device(&b, GPU, 0, 0, "/pcie@0/pci-bridge@2/display@0");
	v1_long_device(&b, NIC, 0, 0, "/pcie@0/pci-bridge@1/ethernet@0,0");
	assert_int_equal(parse(&b, &g, &c, &err), -EINVAL);
	assert_error(&err, "offset 0x118", "0000:00:01.0/00.0", "offset 0x8");
	b.data[8 + 2 * 136 + 5] = 0x40;
	assert_ok(parse(&b, &g, &c, &err), &err);
	assert_int_equal(c.nr, 0);
}

/* v2 */

#define HOPS	(u8[]){ 1, 0, 0, 0 }

static void test_v2_one_root(void **state)
{
	static struct unit_collector c;
	struct pfb_error err;
	static struct guest g;
	static struct blob b;

	(void)state;
	start_guest(&g);
	/* Entries of two functions, mixed, BARs in no order; one BAR may be anywhere. */
	v2(&b, 4, 0x6b8000000000, 4 * GIB);
	v2_entry(&b, 1, 4, (u8[]){ 1, 0, 0, 0, 1, 0, 0, 0 }, NIC, 0, MEM64, 0x6b8080000000, 32 << 20);
	v2_entry(&b, 1, 2, HOPS, GPU, 2, MEM64 | PREF, 0x6b8040000000, GIB);
	v2_entry(&b, 1, 2, HOPS, GPU, 4, MEM64 | PREF, 0, GIB);
	v2_entry(&b, 1, 2, HOPS, GPU, 0, MEM64 | PREF, 0x6b8000000000, 16 << 20);
	assert_ok(parse(&b, &g, &c, &err), &err);
	assert_int_equal(c.nr, 2);
	assert_path(&c.decls[0], "0001:00:01.0/00.0");
	assert_int_equal(c.decls[0].nr_bars, 2);
	assert_int_equal(c.decls[0].bars[0].index, 0);
	assert_int_equal(c.decls[0].bars[1].index, 2);
	assert_true(c.decls[0].bars[1].gpa == 0x6b8040000000);
	assert_int_equal(c.decls[0].bars[1].hpa, 0);
	assert_int_equal(c.decls[0].vendor, 0x10de);
	assert_int_equal(c.decls[0].source, PFB_SOURCE_FW_CFG_FIXED_BARS);
	assert_false(c.decls[0].uncertain);
	assert_path(&c.decls[1], "0001:00:01.0/00.0/01.0/00.0");

	/* Only BARs that may be anywhere: nothing is declared, and no root is needed. */
	v2(&b, 1, 0, 0);
	v2_entry(&b, 7, 2, HOPS, GPU, 2, MEM64 | PREF, 0, GIB);
	assert_ok(parse(&b, &g, &c, &err), &err);
	assert_int_equal(c.nr, 0);
}

/* Segment 0 has two root buses, and v2 does not say which. */
static void test_v2_many_roots(void **state)
{
	static struct unit_collector c;
	struct pfb_error err;
	static struct guest g;
	static struct blob b;
	u32 a, z;

	(void)state;
	start_guest(&g);
	a = add_gpu(&g, 0, 0x08, 2 * GIB);
	z = add_gpu(&g, 1, 0x08, GIB);
	v2(&b, 1, 0x6b8000000000, 4 * GIB);
	v2_entry(&b, 0, 2, HOPS, GPU, 2, MEM64 | PREF, 0x6b8040000000, GIB);
	assert_ok(parse(&b, &g, &c, &err), &err);
	assert_path(&c.decls[0], "0000:40:01.0/00.0");

	g.functions[a].bars[2].size = GIB;
	assert_int_equal(parse(&b, &g, &c, &err), -ENODEV);
	assert_error(&err, "2 root buses of segment 0000", "10de:2330", "0000:40:01.0/00.0", "manifest");
	g.functions[z].device++;
	assert_ok(parse(&b, &g, &c, &err), &err);
	assert_path(&c.decls[0], "0000:00:01.0/00.0");
	g.functions[a].vendor++;
	assert_int_equal(parse(&b, &g, &c, &err), -ENODEV);
	assert_error(&err, "none of the 2 root buses", "manifest");
	assert_int_equal(c.nr, 0);

	v2(&b, 1, 0x6b8000000000, 4 * GIB);
	v2_entry(&b, 9, 2, HOPS, GPU, 2, MEM64 | PREF, 0x6b8040000000, GIB);
	assert_int_equal(parse(&b, &g, &c, &err), -ENODEV);
	assert_error(&err, "none of the 0 root buses of segment 0009");
}

/* A BAR that may be anywhere still tells one function from another. */
static void test_v2_unplaced_bar_is_a_fact(void **state)
{
	static struct unit_collector c;
	struct pfb_error err;
	static struct guest g;
	static struct blob b;

	(void)state;
	start_guest(&g);
	add_gpu(&g, 0, 0x08, GIB);
	set_bar(&g, add_gpu(&g, 1, 0x08, GIB), 4, 0x10000, PFB_BAR_MEM64);
	v2(&b, 2, 0x6b8000000000, 4 * GIB);
	v2_entry(&b, 0, 2, HOPS, GPU, 2, MEM64 | PREF, 0x6b8040000000, GIB);
	v2_entry(&b, 0, 2, HOPS, GPU, 4, MEM64, 0, 0x10000);
	assert_ok(parse(&b, &g, &c, &err), &err);
	assert_int_equal(c.nr, 1);
	assert_int_equal(c.decls[0].nr_bars, 1);
	assert_path(&c.decls[0], "0000:40:01.0/00.0");
}

static void test_v2_refusals(void **state)
{
	static const struct {
		size_t offset;
		unsigned int bytes;
		u64 value;
		const char *where;
		const char *what;
	} bad[] = {
		{ 4, 4, 3, "offset 0x4", "3 v2 entries take 176 bytes" },
		{ 4, 4, 1, "offset 0x4", "1 v2 entries" },
		{ 8, 8, 0xfffffffff0000000, "offset 0x8", "wraps" },
		{ 8, 8, 0x6b8040000000, "offset 0x20", "outside the window" },
		{ 16, 8, GIB, "offset 0x50", "outside the window" },
		{ 16, 8, 0, "offset 0x20", "outside the window" },
		{ 24, 1, 1, "offset 0x18", "reserved" },
		{ 31, 1, 1, "offset 0x18", "reserved" },
		{ 32 + 2, 1, 0, "offset 0x22", "0 hops" },
		{ 32 + 2, 1, 9, "offset 0x22", "9 hops" },
		{ 32 + 3, 1, 6, "offset 0x20", "index above 5" },
		{ 32 + 3, 1, 2, "offset 0x50", "twice" },
		{ 32 + 3, 1, 1, "offset 0x50", "upper half" },
		{ 32 + 4, 4, 4, "offset 0x20", "flags" },
		{ 32 + 4, 4, 0, "offset 0x20", "32-bit BAR" },
		{ 32 + 8, 8, 0x6b8000001000, "offset 0x20", "multiple of its size" },
		{ 32 + 16, 8, 0, "offset 0x20", "size 0" },
		{ 32 + 16, 8, 0x1800, "offset 0x20", "power of two" },
		{ 32 + 24, 2, 0xffff, "offset 0x20", "vendor id 0xffff" },
		{ 32 + 24, 2, 0x15b3, "offset 0x50", "another vendor:device" },
		{ 32 + 26, 2, 0x15b3, "offset 0x50", "another vendor:device" },
		{ 32 + 28, 1, 1, "offset 0x20", "reserved" },
		{ 32 + 31, 1, 1, "offset 0x20", "reserved" },
		{ 32 + 32, 1, 0x20, "offset 0x40", "device 0x20" },
		{ 32 + 33, 1, 8, "offset 0x40", "function 0x8" },
		{ 32 + 36, 1, 1, "offset 0x44", "unused hops" },
		{ 32 + 47, 1, 1, "offset 0x44", "unused hops" },
	};
	static struct unit_collector c;
	struct pfb_error err;
	static struct guest g;
	static struct blob b;
	u8 value[8];
	size_t i;
	int ret;

	(void)state;
	start_guest(&g);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		v2(&b, 2, 0x6b8000000000, 4 * GIB);
		v2_entry(&b, 1, 2, HOPS, GPU, 0, MEM64 | PREF, 0x6b8000000000, 16 << 20);
		v2_entry(&b, 1, 2, HOPS, GPU, 2, MEM64 | PREF, 0x6b8040000000, GIB);
		assert_ok(parse(&b, &g, &c, &err), &err);
		pfb_put_le64(value, bad[i].value);
		memcpy(b.data + bad[i].offset, value, bad[i].bytes);
		ret = parse(&b, &g, &c, &err);
		if (ret != -EINVAL)
			fail_msg("case %zu: %d: %s", i, ret, err.text);
		assert_error(&err, "etc/fixed-bars: ", bad[i].where, bad[i].what);
		assert_int_equal(c.nr, 0);
	}
	/* An unplaced BAR has a size, too. */
	v2(&b, 1, 0, 0);
	v2_entry(&b, 1, 2, HOPS, GPU, 2, MEM64, 0, 0x1800);
	assert_int_equal(parse(&b, &g, &c, &err), -EINVAL);
	assert_error(&err, "power of two");
	v2(&b, 2, 0x6b8000000000, 4 * GIB);
	v2_entry(&b, 1, 2, HOPS, GPU, 0, MEM64 | PREF, 0x6b8000000000, GIB);
	v2_entry(&b, 1, 1, HOPS, NIC, 2, MEM64 | PREF, 0x6b8001000000, 16 << 20);
	assert_int_equal(parse(&b, &g, &c, &err), -EINVAL);
	assert_error(&err, "0x6b8001000000 overlaps");
}

static void test_refusing_caller(void **state)
{
	static struct unit_collector c = { .refuse_at = 1 };
	struct pfb_error err;
	static struct guest g;
	static struct blob b;
	static u8 scratch[16384];

	(void)state;
	start_guest(&g);
	v2(&b, 2, 0x6b8000000000, 4 * GIB);
	v2_entry(&b, 1, 2, HOPS, GPU, 0, MEM64 | PREF, 0x6b8000000000, 16 << 20);
	v2_entry(&b, 1, 1, HOPS, NIC, 2, MEM64 | PREF, 0x6b8040000000, GIB);
	assert_int_equal(pfb_fixed_bars_parse(b.data, b.size, &g.top, scratch, unit_declare, &c, &err),
			 -EPERM);
	assert_string_equal(err.text, "refused by the test");
	assert_int_equal(c.nr, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_layouts),
		cmocka_unit_test(test_ambiguous_stride),
		cmocka_unit_test(test_neither_stride),
		cmocka_unit_test(test_sizes_and_versions),
		cmocka_unit_test(test_every_truncation),
		cmocka_unit_test(test_short_unique),
		cmocka_unit_test(test_short_order),
		cmocka_unit_test(test_short_identical_are_uncertain),
		cmocka_unit_test(test_short_misfits),
		cmocka_unit_test(test_short_counts_memory_bars),
		cmocka_unit_test(test_v1_refusals),
		cmocka_unit_test(test_overlap_far_apart),
		cmocka_unit_test(test_long_paths),
		cmocka_unit_test(test_long_refusals),
		cmocka_unit_test(test_long_roots_and_duplicates),
		cmocka_unit_test(test_v2_one_root),
		cmocka_unit_test(test_v2_many_roots),
		cmocka_unit_test(test_v2_unplaced_bar_is_a_fact),
		cmocka_unit_test(test_v2_refusals),
		cmocka_unit_test(test_refusing_caller),
	};

	return cmocka_run_group_tests_name("fixed_bars", tests, NULL, NULL);
}
