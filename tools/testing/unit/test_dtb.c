// SPDX-License-Identifier: GPL-2.0
/* Device trees: good ones, odd ones, and ones made to break a reader. */
#include "unit.h"

#include <fcntl.h>
#include <libfdt.h>
#include <unistd.h>

#include "lib/dtb.h"
#include "lib/dtb_split.h"
#include "pci-fixed-bars/command.h"
#include "unit_command.h"

#define BRIDGE	"/soc/pcie@10000000"
#define SIZE	8192

static char file[] = "/tmp/pfb-test-dtb-XXXXXX";

/* What of a host bridge's node is not as it should be. */
struct odd {
	const char *compatible;
	const u32 *ranges;
	u32 nr_ranges;
	u32 bus_last;
	u64 reg_size;
	u32 segment;
};

static const u32 good_ranges[] = {
	0x01000000, 0, 0, 0, 0x3eff0000, 0, 0x10000,
	0x02000000, 0, 0x10000000, 0, 0x10000000, 0, 0x2eff0000,
	0x43000000, 0x4000, 0, 0x4000, 0, 0x4000, 0,
};

static const struct odd good = {
	.compatible = "pci-host-ecam-generic",
	.ranges = good_ranges,
	.nr_ranges = ARRAY_SIZE(good_ranges),
	.bus_last = 0xff,
	.reg_size = 0x10000000,
	.segment = 2,
};

static void cells(void *fdt, const char *name, const u32 *values, u32 nr)
{
	fdt32_t be[64];
	u32 i;

	assert_true(nr <= ARRAY_SIZE(be));
	for (i = 0; i < nr; i++)
		be[i] = cpu_to_fdt32(values[i]);
	assert_int_equal(fdt_property(fdt, name, be, (int)(nr * 4)), 0);
}

static void add_bridge_node(void *fdt, const char *name, const struct odd *odd)
{
	const u32 reg[] = { 0x40, 0x10000000, (u32)(odd->reg_size >> 32), (u32)odd->reg_size };
	const u32 buses[] = { 0, odd->bus_last };

	assert_int_equal(fdt_begin_node(fdt, name), 0);
	assert_int_equal(fdt_property_string(fdt, "device_type", "pci"), 0);
	assert_int_equal(fdt_property_string(fdt, "compatible", odd->compatible), 0);
	assert_int_equal(fdt_property_u32(fdt, "#address-cells", 3), 0);
	assert_int_equal(fdt_property_u32(fdt, "#size-cells", 2), 0);
	cells(fdt, "reg", reg, 4);
	cells(fdt, "ranges", odd->ranges, odd->nr_ranges);
	cells(fdt, "bus-range", buses, 2);
	assert_int_equal(fdt_property_u32(fdt, "linux,pci-domain", odd->segment), 0);
	/* A bridge below is no host bridge, however far below. */
	assert_int_equal(fdt_begin_node(fdt, "slot"), 0);
	assert_int_equal(fdt_begin_node(fdt, "pci@1,0"), 0);
	assert_int_equal(fdt_property_string(fdt, "device_type", "pci"), 0);
	assert_int_equal(fdt_end_node(fdt), 0);
	assert_int_equal(fdt_end_node(fdt), 0);
	assert_int_equal(fdt_end_node(fdt), 0);
}

static void *make_tree(const struct odd *odd, unsigned int bridges)
{
	void *fdt = calloc(1, SIZE);
	unsigned int i;

	assert_non_null(fdt);
	assert_int_equal(fdt_create(fdt, SIZE), 0);
	assert_int_equal(fdt_finish_reservemap(fdt), 0);
	assert_int_equal(fdt_begin_node(fdt, ""), 0);
	assert_int_equal(fdt_begin_node(fdt, "soc"), 0);
	assert_int_equal(fdt_property_u32(fdt, "#address-cells", 2), 0);
	assert_int_equal(fdt_property_u32(fdt, "#size-cells", 2), 0);
	for (i = 0; i < bridges; i++) {
		char name[32];

		snprintf(name, sizeof(name), "pcie@%x0000000", i + 1);
		add_bridge_node(fdt, name, odd);
	}
	assert_int_equal(fdt_end_node(fdt), 0);
	assert_int_equal(fdt_end_node(fdt), 0);
	assert_int_equal(fdt_finish(fdt), 0);
	return fdt;
}

static void write_file(const void *data, size_t size)
{
	int fd = open(file, O_WRONLY | O_TRUNC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, size), (int)size);
	close(fd);
}

static struct pfb_dtb load(void *fdt)
{
	struct pfb_error err = { 0 };
	struct pfb_dtb dtb;

	write_file(fdt, fdt_totalsize(fdt));
	free(fdt);
	if (pfb_dtb_load(file, &dtb, &err))
		fail_msg("%s", err.text);
	return dtb;
}

static void test_host_bridge(void **state)
{
	struct pfb_dtb dtb = load(make_tree(&good, 1));
	struct pfb_dtb_bridges bridges;
	struct pfb_dtb_ecam ecam;
	struct pfb_error err;

	(void)state;
	assert_int_equal(pfb_dtb_host_bridges(&dtb, &bridges, &err), 0);
	assert_int_equal(bridges.nr, 1);
	assert_string_equal(bridges.path[0], BRIDGE);

	assert_int_equal(pfb_dtb_ecam(&dtb, BRIDGE, &ecam, &err), 0);
	assert_true(ecam.ecam_base == 0x4010000000);
	assert_int_equal(ecam.root.segment, 2);
	assert_int_equal(ecam.root.bus, 0);
	assert_int_equal(ecam.root.last_bus, 0xff);
	assert_int_equal(ecam.root.windows[PFB_WINDOW_IO].base, 0);
	assert_int_equal(ecam.root.windows[PFB_WINDOW_IO].limit, 0xffff);
	assert_int_equal(ecam.root.windows[PFB_WINDOW_MEM].base, 0x10000000);
	assert_int_equal(ecam.root.windows[PFB_WINDOW_MEM].limit, 0x3efeffff);
	assert_true(ecam.root.windows[PFB_WINDOW_PREF].base == 0x400000000000);
	assert_true(ecam.root.windows[PFB_WINDOW_PREF].limit == 0x7fffffffffff);

	assert_int_equal(pfb_dtb_ecam(&dtb, "/soc", &ecam, &err), -EOPNOTSUPP);
	assert_int_equal(pfb_dtb_ecam(&dtb, "/nope", &ecam, &err), -ENOENT);
	assert_int_equal(pfb_dtb_ecam(&dtb, "/", &ecam, &err), -EOPNOTSUPP);
	pfb_dtb_free(&dtb);
}

static void test_split(void **state)
{
	static const char upper[] = "/soc/pcie@4018000000";
	struct pfb_dtb dtb = load(make_tree(&good, 1));
	struct pfb_dtb_bridges bridges;
	struct pfb_dtb_ecam ecam;
	struct pfb_error err;
	int node, len;

	(void)state;
	assert_int_equal(pfb_dtb_split(&dtb, 0x80, &err), 0);
	assert_int_equal(pfb_dtb_host_bridges(&dtb, &bridges, &err), 0);
	assert_int_equal(bridges.nr, 2);

	assert_int_equal(pfb_dtb_ecam(&dtb, BRIDGE, &ecam, &err), 0);
	assert_true(ecam.ecam_base == 0x4010000000);
	assert_int_equal(ecam.root.segment, 2);
	assert_int_equal(ecam.root.last_bus, 0x7f);
	assert_int_equal(ecam.root.windows[PFB_WINDOW_IO].limit, 0xffff);
	assert_int_equal(ecam.root.windows[PFB_WINDOW_MEM].limit, 0x276fffff);
	assert_true(ecam.root.windows[PFB_WINDOW_PREF].limit == 0x5fffffffffff);

	assert_int_equal(pfb_dtb_ecam(&dtb, upper, &ecam, &err), 0);
	assert_true(ecam.ecam_base == 0x4018000000);
	assert_int_equal(ecam.root.segment, 3);
	assert_int_equal(ecam.root.bus, 0x80);
	assert_int_equal(ecam.root.last_bus, 0xff);
	assert_true(ecam.root.windows[PFB_WINDOW_IO].base > ecam.root.windows[PFB_WINDOW_IO].limit);
	assert_int_equal(ecam.root.windows[PFB_WINDOW_MEM].base, 0x27700000);
	assert_int_equal(ecam.root.windows[PFB_WINDOW_MEM].limit, 0x3efeffff);
	assert_true(ecam.root.windows[PFB_WINDOW_PREF].base == 0x600000000000);
	assert_true(ecam.root.windows[PFB_WINDOW_PREF].limit == 0x7fffffffffff);
	/* The rest is the same, as interrupt maps have to be. */
	node = fdt_path_offset(dtb.fdt, upper);
	assert_string_equal(fdt_getprop(dtb.fdt, node, "compatible", &len), "pci-host-ecam-generic");

	/* Again, of the upper half, and of nobody. */
	assert_int_equal(pfb_dtb_split(&dtb, 0xc0, &err), 0);
	assert_int_equal(pfb_dtb_ecam(&dtb, "/soc/pcie@401c000000", &ecam, &err), 0);
	assert_int_equal(ecam.root.segment, 4);
	assert_true(ecam.root.windows[PFB_WINDOW_PREF].base == 0x700000000000);
	assert_int_equal(pfb_dtb_split(&dtb, 0x80, &err), -ENOENT);
	assert_error(&err, "0x80", "bus_nr");
	pfb_dtb_free(&dtb);
}

static void test_split_fails(void **state)
{
	static const u32 small[] = {
		0x02000000, 0, 0x10000000, 0, 0x10000000, 0, 0x100000,
	};
	struct odd odd = good;
	struct pfb_error err;
	struct pfb_dtb dtb;

	(void)state;
	odd.ranges = small;
	odd.nr_ranges = ARRAY_SIZE(small);
	dtb = load(make_tree(&odd, 1));
	assert_int_equal(pfb_dtb_split(&dtb, 0x80, &err), -ENOSPC);
	assert_error(&err, "0x10000000", "0x100000");
	pfb_dtb_free(&dtb);

	odd = good;
	odd.segment = 0xffff;
	dtb = load(make_tree(&odd, 1));
	assert_int_equal(pfb_dtb_split(&dtb, 0x80, &err), -ENOSPC);
	assert_error(&err, "ffff");
	pfb_dtb_free(&dtb);

	dtb = load(make_tree(&good, 0));
	assert_int_equal(pfb_dtb_split(&dtb, 0x80, &err), -ENOENT);
	pfb_dtb_free(&dtb);
}

/* ECAM that is too small for all buses cuts the bus range, not the machine. */
static void test_small_ecam(void **state)
{
	struct odd odd = good;
	struct pfb_dtb_ecam ecam;
	struct pfb_error err;
	struct pfb_dtb dtb;

	(void)state;
	odd.reg_size = 0x1000000;
	dtb = load(make_tree(&odd, 1));
	assert_int_equal(pfb_dtb_ecam(&dtb, BRIDGE, &ecam, &err), 0);
	assert_int_equal(ecam.root.last_bus, 15);
	pfb_dtb_free(&dtb);
}

static void test_bad_host_bridge(void **state)
{
	static const u32 translated[] = { 0x03000000, 0x4000, 0, 0x5000, 0, 0x4000, 0 };
	static const u32 wraps[] = { 0x03000000, 0xffffffff, 0, 0xffffffff, 0, 0x4000, 0 };
	static const u32 empty[] = { 0x03000000, 0x4000, 0, 0x4000, 0, 0, 0 };
	static const u32 empty_at_0[] = { 0x01000000, 0, 0, 0, 0x3eff0000, 0, 0 };
	static const u32 config[] = { 0, 0x4000, 0, 0x4000, 0, 1, 0 };
	static const u32 twice[] = { 0x03000000, 0x4000, 0, 0x4000, 0, 0x1, 0,
				     0x43000000, 0x5000, 0, 0x5000, 0, 0x1, 0 };
	static const u32 high[] = { 0x02000000, 0, 0xf0000000, 0, 0xf0000000, 0, 0x20000000 };
	static const struct {
		const u32 *ranges;
		u32 nr;
		u32 bus_last;
		u64 reg_size;
		u32 segment;
		const char *compatible;
		int code;
		const char *word;
	} cases[] = {
		{ .ranges = translated, .nr = 7, .code = -EOPNOTSUPP, .word = "translates" },
		{ .ranges = wraps, .nr = 7, .code = -EINVAL, .word = "wraps" },
		{ .ranges = empty, .nr = 7, .code = -EINVAL, .word = "empty" },
		{ .ranges = empty_at_0, .nr = 7, .code = -EINVAL, .word = "empty" },
		{ .ranges = config, .nr = 7, .code = -EINVAL, .word = "configuration space" },
		{ .ranges = twice, .nr = 14, .code = -EOPNOTSUPP, .word = "two ranges" },
		{ .ranges = high, .nr = 7, .code = -EINVAL, .word = "4 GiB" },
		{ .ranges = good_ranges, .nr = 6, .code = -EINVAL, .word = "'ranges' has 24 bytes" },
		{ .ranges = good_ranges, .nr = 0, .code = -EINVAL, .word = "'ranges' has 0 bytes" },
		{ .bus_last = 0x100, .code = -EINVAL, .word = "bus-range" },
		{ .reg_size = 0xfffff, .code = -EINVAL, .word = "one bus" },
		{ .reg_size = ~0ULL, .code = -EINVAL, .word = "wraps" },
		{ .segment = 0x10000, .code = -EINVAL, .word = "linux,pci-domain" },
		{ .compatible = "pci-host-cam-generic", .code = -EOPNOTSUPP, .word = "ECAM" },
	};
	struct pfb_dtb_ecam ecam;
	struct pfb_error err;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct odd odd = good;
		struct pfb_dtb dtb;
		int ret;

		if (cases[i].ranges) {
			odd.ranges = cases[i].ranges;
			odd.nr_ranges = cases[i].nr;
		}
		if (cases[i].bus_last)
			odd.bus_last = cases[i].bus_last;
		if (cases[i].reg_size)
			odd.reg_size = cases[i].reg_size;
		if (cases[i].segment)
			odd.segment = cases[i].segment;
		if (cases[i].compatible)
			odd.compatible = cases[i].compatible;
		dtb = load(make_tree(&odd, 1));
		ret = pfb_dtb_ecam(&dtb, BRIDGE, &ecam, &err);
		if (ret != cases[i].code)
			fail_msg("case %zu: %d, expected %d", i, ret, cases[i].code);
		assert_error(&err, cases[i].word, BRIDGE);
		pfb_dtb_free(&dtb);
	}
}

/* A property that is not there, or is no number, is said to be that. */
static void test_odd_cells(void **state)
{
	static const struct {
		const char *node;
		const char *property;
		const char *value;	/* NULL: it is removed */
		int len;
		const char *says;
	} cases[] = {
		{ BRIDGE, "#address-cells", NULL, 0,
		  BRIDGE ": '#address-cells' is missing, which means 2, expected 3" },
		{ BRIDGE, "#address-cells", "\0\0\0\5", 4, BRIDGE ": '#address-cells' is 5, expected 3" },
		{ BRIDGE, "#size-cells", "\0\2", 2,
		  BRIDGE ": '#size-cells' has 2 bytes, expected 4 that say 2" },
		{ "/soc", "#address-cells", "", 0,
		  "/soc: '#address-cells' has 0 bytes, expected 4 that say 1 or 2" },
		{ "/soc", "#size-cells", "\377\377\377\377", 4,
		  "/soc: '#size-cells' is 4294967295, expected 1 or 2" },
		{ BRIDGE, "reg", NULL, 0, BRIDGE ": has no 'reg', expected at least 16 bytes" },
		{ BRIDGE, "ranges", NULL, 0, BRIDGE ": has no 'ranges', expected a multiple of 28 bytes" },
	};
	struct pfb_dtb_ecam ecam;
	struct pfb_error err;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct pfb_dtb dtb = load(make_tree(&good, 1));
		int node = fdt_path_offset(dtb.fdt, cases[i].node);

		if (cases[i].value)
			assert_int_equal(fdt_setprop(dtb.fdt, node, cases[i].property,
						     cases[i].value, cases[i].len), 0);
		else
			assert_int_equal(fdt_delprop(dtb.fdt, node, cases[i].property), 0);
		assert_true(pfb_dtb_ecam(&dtb, BRIDGE, &ecam, &err) < 0);
		assert_string_equal(err.text, cases[i].says);
		pfb_dtb_free(&dtb);
	}
}

/* What a node is called is up to whoever made the tree; it is not up to the terminal. */
static void test_hostile_names(void **state)
{
	struct pfb_dtb dtb = load(make_tree(&good, 1));
	struct odd odd = good;
	struct pfb_error err;
	char where[64];
	int node;

	(void)state;
	node = fdt_path_offset(dtb.fdt, BRIDGE);
	assert_int_equal(fdt_set_name(dtb.fdt, node, "pcie@\033[31m\200"), 0);
	assert_int_equal(pfb_dtb_store(&dtb, file, &err), 0);
	pfb_dtb_free(&dtb);
	expect(run(pfb_cmd_dtb, "-i", file, NULL), PFB_EXIT_GOOD);
	says("/soc/pcie@?[31m? pci-enum-done: absent\n");
	expect(run(pfb_cmd_dtb, "-i", file, "--json", NULL), PFB_EXIT_GOOD);
	says("\"/soc/pcie@?[31m?\"");

	/* and an error says in which file */
	odd.segment = 0x10000;
	dtb = load(make_tree(&odd, 1));
	node = fdt_path_offset(dtb.fdt, BRIDGE);
	assert_int_equal(fdt_set_name(dtb.fdt, node, "pcie@\033[31m\200"), 0);
	assert_int_equal(pfb_dtb_store(&dtb, file, &err), 0);
	pfb_dtb_free(&dtb);
	snprintf(where, sizeof(where), " %s: /soc/pcie@?[31m?: 'linux,pci-domain'", file);
	expect(run(pfb_cmd_dtb, "-i", file, "-o", "/dev/null", "--pxb", "0x80", NULL),
	       PFB_EXIT_IMPOSSIBLE);
	says(where);
	says_not("\033");
	expect(run(pfb_cmd_preenum, "--dtb", file, "--qtest", "/nowhere", "--qmp", "/nowhere", NULL),
	       PFB_EXIT_IMPOSSIBLE);
	says(where);
	says_not("\033");
}

/* Each flag alone: set, stored, read again, removed; the others stay as they are. */
static void test_flags(void **state)
{
	unsigned int flag, other;
	struct pfb_error err;

	(void)state;
	for (flag = 0; flag < PFB_NR_DTB_FLAGS; flag++) {
		struct pfb_dtb dtb = load(make_tree(&good, 1));

		assert_int_equal(pfb_dtb_get_flag(&dtb, flag, BRIDGE), PFB_DTB_FLAG_ABSENT);
		/* to remove what is not there is no error */
		assert_int_equal(pfb_dtb_set_flag(&dtb, flag, BRIDGE, false, &err), 0);
		assert_int_equal(pfb_dtb_set_flag(&dtb, flag, BRIDGE, true, &err), 0);
		assert_int_equal(pfb_dtb_set_flag(&dtb, flag, BRIDGE, true, &err), 0);
		assert_int_equal(pfb_dtb_store(&dtb, file, &err), 0);
		pfb_dtb_free(&dtb);

		assert_int_equal(pfb_dtb_load(file, &dtb, &err), 0);
		for (other = 0; other < PFB_NR_DTB_FLAGS; other++)
			assert_int_equal(pfb_dtb_get_flag(&dtb, other, BRIDGE),
					 other == flag ? PFB_DTB_FLAG_SET : PFB_DTB_FLAG_ABSENT);
		assert_int_equal(pfb_dtb_set_flag(&dtb, flag, BRIDGE, false, &err), 0);
		assert_int_equal(pfb_dtb_get_flag(&dtb, flag, BRIDGE), PFB_DTB_FLAG_ABSENT);
		pfb_dtb_free(&dtb);
	}
}

/* What the flags are made of is what kernels and QEMU look for, to the byte. */
static void test_flag_bytes(void **state)
{
	struct pfb_dtb dtb = load(make_tree(&good, 1));
	const fdt32_t *value;
	struct pfb_error err;
	unsigned int flag;
	int len;

	(void)state;
	for (flag = 0; flag < PFB_NR_DTB_FLAGS; flag++)
		assert_int_equal(pfb_dtb_set_flag(&dtb, flag, BRIDGE, true, &err), 0);

	value = fdt_getprop(dtb.fdt, fdt_path_offset(dtb.fdt, BRIDGE), "pci-enum-done", &len);
	assert_int_equal(len, 4);
	assert_int_equal(fdt32_ld(value), 1);
	value = fdt_getprop(dtb.fdt, fdt_path_offset(dtb.fdt, "/options/upl-params"),
			    "pci-enum-done", &len);
	assert_non_null(value);
	assert_int_equal(len, 0);
	value = fdt_getprop(dtb.fdt, fdt_path_offset(dtb.fdt, "/chosen"), "linux,pci-probe-only",
			    &len);
	assert_int_equal(len, 4);
	assert_int_equal(fdt32_ld(value), 1);
	pfb_dtb_free(&dtb);
}

static void test_flag_states(void **state)
{
	struct pfb_dtb dtb = load(make_tree(&good, 1));
	int node = fdt_path_offset(dtb.fdt, BRIDGE);
	struct pfb_error err;

	(void)state;
	assert_int_equal(fdt_setprop_empty(dtb.fdt, node, "pci-enum-done"), 0);
	assert_int_equal(pfb_dtb_get_flag(&dtb, PFB_DTB_ENUM_DONE, BRIDGE), PFB_DTB_FLAG_SET);
	assert_int_equal(fdt_setprop_u32(dtb.fdt, node, "pci-enum-done", 0), 0);
	assert_int_equal(pfb_dtb_get_flag(&dtb, PFB_DTB_ENUM_DONE, BRIDGE), PFB_DTB_FLAG_ZERO);
	assert_int_equal(fdt_setprop(dtb.fdt, node, "pci-enum-done", "\0\0", 2), 0);
	assert_int_equal(pfb_dtb_get_flag(&dtb, PFB_DTB_ENUM_DONE, BRIDGE),
			 PFB_DTB_FLAG_MALFORMED);
	assert_int_equal(pfb_dtb_set_flag(&dtb, PFB_DTB_ENUM_DONE, "/soc/nope", true, &err),
			 -ENOENT);
	assert_error(&err, "/soc/nope");
	pfb_dtb_free(&dtb);
}

static void test_several_bridges(void **state)
{
	struct pfb_dtb dtb = load(make_tree(&good, 3));
	struct pfb_dtb_bridges bridges;
	struct pfb_error err;

	(void)state;
	assert_int_equal(pfb_dtb_host_bridges(&dtb, &bridges, &err), 0);
	assert_int_equal(bridges.nr, 3);
	/* A flag on one moves the others' nodes, and is not theirs. */
	assert_int_equal(pfb_dtb_set_flag(&dtb, PFB_DTB_ENUM_DONE, bridges.path[1], true, &err), 0);
	assert_int_equal(pfb_dtb_get_flag(&dtb, PFB_DTB_ENUM_DONE, bridges.path[0]),
			 PFB_DTB_FLAG_ABSENT);
	assert_int_equal(pfb_dtb_get_flag(&dtb, PFB_DTB_ENUM_DONE, bridges.path[1]),
			 PFB_DTB_FLAG_SET);
	assert_int_equal(pfb_dtb_get_flag(&dtb, PFB_DTB_ENUM_DONE, bridges.path[2]),
			 PFB_DTB_FLAG_ABSENT);
	pfb_dtb_free(&dtb);
}

static void test_nested(void **state)
{
	void *fdt = calloc(1, 1 << 20);
	struct pfb_dtb_bridges bridges;
	struct pfb_error err;
	struct pfb_dtb dtb;
	unsigned int i;

	(void)state;
	assert_non_null(fdt);
	assert_int_equal(fdt_create(fdt, 1 << 20), 0);
	assert_int_equal(fdt_finish_reservemap(fdt), 0);
	assert_int_equal(fdt_begin_node(fdt, ""), 0);
	for (i = 0; i < 1000; i++)
		assert_int_equal(fdt_begin_node(fdt, "n"), 0);
	for (i = 0; i < 1001; i++)
		assert_int_equal(fdt_end_node(fdt), 0);
	assert_int_equal(fdt_finish(fdt), 0);
	dtb = load(fdt);
	assert_int_equal(pfb_dtb_host_bridges(&dtb, &bridges, &err), -EINVAL);
	assert_error(&err, "nested");
	pfb_dtb_free(&dtb);
}

/* A tree that is cut anywhere is refused, and so is one that is too large. */
static void test_cut(void **state)
{
	void *fdt = make_tree(&good, 1);
	struct pfb_error err;
	struct pfb_dtb dtb;
	size_t size = fdt_totalsize(fdt), i;
	void *large;

	(void)state;
	for (i = 0; i < size; i += i < 64 ? 1 : 37) {
		write_file(fdt, i);
		assert_int_equal(pfb_dtb_load(file, &dtb, &err), -EINVAL);
		assert_error(&err, file);
	}
	free(fdt);

	large = calloc(1, PFB_DTB_SIZE_MAX + 1);
	assert_non_null(large);
	write_file(large, PFB_DTB_SIZE_MAX + 1);
	free(large);
	assert_int_equal(pfb_dtb_load(file, &dtb, &err), -E2BIG);
	assert_int_equal(pfb_dtb_load("/nonexistent/dtb", &dtb, &err), -ENOENT);
}

/* Whatever byte is wrong: refused, or read and edited without harm. */
static void test_flipped(void **state)
{
	void *fdt = make_tree(&good, 1);
	size_t size = fdt_totalsize(fdt), i;
	unsigned int loaded = 0;

	(void)state;
	for (i = 0; i < size; i++) {
		struct pfb_dtb_bridges bridges;
		struct pfb_dtb_ecam ecam;
		struct pfb_error err;
		struct pfb_dtb dtb;
		u8 *byte = (u8 *)fdt + i;

		*byte ^= 1U << i % 8;
		write_file(fdt, size);
		if (!pfb_dtb_load(file, &dtb, &err)) {
			loaded++;
			pfb_dtb_host_bridges(&dtb, &bridges, &err);
			pfb_dtb_ecam(&dtb, BRIDGE, &ecam, &err);
			pfb_dtb_set_flag(&dtb, PFB_DTB_ENUM_DONE, BRIDGE, true, &err);
			pfb_dtb_set_flag(&dtb, PFB_DTB_UPL_PARAMS, NULL, true, &err);
			pfb_dtb_split(&dtb, 0x80, &err);
			pfb_dtb_store(&dtb, file, &err);
			pfb_dtb_free(&dtb);
		}
		*byte ^= 1U << i % 8;
	}
	assert_true(loaded > 0);
	free(fdt);
}

static int setup(void **state)
{
	int fd = mkstemp(file);

	(void)state;
	if (fd < 0)
		return -1;
	close(fd);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	return unlink(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_host_bridge),
		cmocka_unit_test(test_split),
		cmocka_unit_test(test_split_fails),
		cmocka_unit_test(test_small_ecam),
		cmocka_unit_test(test_bad_host_bridge),
		cmocka_unit_test(test_odd_cells),
		cmocka_unit_test(test_hostile_names),
		cmocka_unit_test(test_flags),
		cmocka_unit_test(test_flag_bytes),
		cmocka_unit_test(test_flag_states),
		cmocka_unit_test(test_several_bridges),
		cmocka_unit_test(test_nested),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_flipped),
	};

	return cmocka_run_group_tests_name("dtb", tests, setup, teardown);
}
