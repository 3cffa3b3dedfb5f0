// SPDX-License-Identifier: GPL-2.0
#include "unit.h"

#include <linux/pci_regs.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/guest.h"
#include "unit_guest.h"

#define GPU_ADDRESS	0x6b8000000000ULL
#define GPU_LINK	"pci0000:00/0000:00:01.0/0000:01:00.0/0000:02:00.0/0000:03:00.0"

static struct unit_guest machine;
static struct pfb_guest guest;
static struct pfb_error err;

static int setup(void **state)
{
	(void)state;
	unit_guest_create(&machine);
	err.text[0] = '\0';
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	pfb_guest_free(&guest);
	unit_guest_remove(&machine);
	return 0;
}

static void read_guest(bool vfs, const char *cpu)
{
	unit_guest_finish(&machine, cpu);
	if (pfb_guest_read(&guest, machine.root, vfs, &err))
		fail_msg("%s", err.text);
}

static u32 find(const char *name)
{
	u32 index;

	if (pfb_guest_find(&guest, name, &index, &err))
		fail_msg("%s", err.text);
	return index;
}

static void test_rfc(void **state)
{
	static const struct {
		const char *bdf;
		enum pfb_port_type type;
		u32 parent;
		const char *path;
	} expected[] = {
		{ "0000:00:01.0", PFB_PORT_ROOT, PFB_NO_FUNCTION, "0000:00:01.0" },
		{ "0000:01:00.0", PFB_PORT_UPSTREAM, 0, "0000:00:01.0/00.0" },
		{ "0000:02:00.0", PFB_PORT_DOWNSTREAM, 1, "0000:00:01.0/00.0/00.0" },
		{ "0000:03:00.0", PFB_PORT_ENDPOINT, 2, "0000:00:01.0/00.0/00.0/00.0" },
		{ "0000:02:01.0", PFB_PORT_DOWNSTREAM, 1, "0000:00:01.0/00.0/01.0" },
		{ "0000:04:00.0", PFB_PORT_ENDPOINT, 4, "0000:00:01.0/00.0/01.0/00.0" },
		{ "0000:00:02.0", PFB_PORT_ROOT, PFB_NO_FUNCTION, "0000:00:02.0" },
		{ "0000:05:00.0", PFB_PORT_ENDPOINT, 6, "0000:00:02.0/00.0" },
	};
	char text[PFB_PATH_TEXT_MAX];
	struct pfb_path path;
	struct pfb_bar *bar;
	u32 i;

	(void)state;
	unit_guest_add_rfc(&machine, GPU_ADDRESS);
	read_guest(false, NULL);
	assert_int_equal(guest.top.nr_roots, 1);
	assert_int_equal(guest.top.nr_functions, ARRAY_SIZE(expected));
	for (i = 0; i < ARRAY_SIZE(expected); i++) {
		assert_string_equal(guest.functions[i].bdf, expected[i].bdf);
		assert_int_equal(guest.top.functions[i].type, expected[i].type);
		assert_int_equal(guest.top.functions[i].parent, expected[i].parent);
		assert_int_equal(pfb_topology_path(&guest.top, i, &path), 0);
		assert_string_equal(pfb_path_format(&path, text, sizeof(text)), expected[i].path);
		assert_true(guest.functions[i].caps_read);
	}
	assert_true(guest.tree_read);
	assert_int_equal(guest.config_cut, 0);

	bar = &guest.top.functions[3].bars[2];
	assert_true(bar->address == GPU_ADDRESS);
	assert_true(bar->size == 1ULL << 32);
	assert_int_equal(bar->flags, PFB_BAR_MEM64 | PFB_BAR_PREFETCH | PFB_BAR_ASSIGNED);
	assert_true(guest.functions[3].resource[2] == GPU_ADDRESS);
	assert_int_equal(guest.top.functions[3].flags & (PFB_FN_MEMORY | PFB_FN_MASTER),
			 PFB_FN_MEMORY);
	assert_string_equal(guest.functions[3].driver, "");
	/* nobody has set the GPU's mask, so the kernel's 32 says nothing */
	assert_int_equal(guest.functions[3].dma_mask_bits, 0);
	assert_string_equal(guest.functions[5].driver, "nvme");
	assert_int_equal(guest.functions[5].dma_mask_bits, 64);
	assert_int_equal(guest.functions[5].iommu, PFB_IOMMU_NONE);
	assert_true(guest.top.functions[0].flags & PFB_FN_ACS);
}

static void test_find(void **state)
{
	u32 index;

	(void)state;
	unit_guest_add_rfc(&machine, GPU_ADDRESS);
	unit_guest_text(&machine, "/sys/devices/" GPU_LINK "/nvme/nvme7/dev", "1:2\n");
	unit_guest_text(&machine, "/sys/devices/virtual/mem/null/dev", "1:3\n");
	unit_guest_text(&machine, "/elsewhere/file", "");
	read_guest(false, NULL);
	assert_int_equal(find("03:00.0"), 3);
	assert_int_equal(find("0000:00:01.0/00.0/00.0/00.0"), 3);
	assert_int_equal(find("/sys/bus/pci/devices/0000:03:00.0"), 3);
	assert_int_equal(find("/sys/devices/" GPU_LINK "/nvme/nvme7"), 3);
	assert_int_equal(find("/sys/devices/virtual/mem/null"), PFB_NO_FUNCTION);

	assert_int_equal(pfb_guest_find(&guest, "03:00", &index, &err), -EINVAL);
	assert_error(&err, "'03:00'", "column");
	assert_int_equal(pfb_guest_find(&guest, "03:00.0 ", &index, &err), -EINVAL);
	assert_error(&err, "nothing may follow");
	assert_int_equal(pfb_guest_find(&guest, "09:00.0", &index, &err), -ENODEV);
	assert_error(&err, "09:00.0");
	assert_int_equal(pfb_guest_find(&guest, "/sys/class/none", &index, &err), -ENODEV);
	assert_int_equal(pfb_guest_find(&guest, "/elsewhere/file", &index, &err), -EINVAL);
	assert_error(&err, "is no device");
}

/* A resource that has no address, and one that left the resource tree. */
static void test_unassigned(void **state)
{
	struct unit_guest_fn fn = {
		.link = "pci0000:00/0000:00:03.0", .vendor = 1, .device = 2,
		.bars = { { 0, 4096, UNIT_RES_MEM32 | UNIT_RES_UNSET }, { 0x20000000, 4096, UNIT_RES_MEM32 } },
	};

	(void)state;
	unit_guest_add(&machine, &fn);
	/* the second BAR's line goes */
	machine.iomem_used = 0;
	strcpy(machine.iomem, "  10000000-10000fff : 0000:00:03.0\n");
	read_guest(false, NULL);
	assert_int_equal(guest.top.functions[0].bars[0].size, 4096);
	assert_int_equal(guest.top.functions[0].bars[0].flags, 0);
	assert_int_equal(guest.top.functions[0].bars[1].size, 4096);
	assert_int_equal(guest.top.functions[0].bars[1].flags, 0);
	assert_int_equal(guest.top.functions[0].bars[1].address, 0x20000000);
}

/* Another function's line at the same place is not this function's. */
static void test_tree_names_the_function(void **state)
{
	struct unit_guest_fn fn = {
		.link = "pci0000:00/0000:00:03.0", .vendor = 1, .device = 2,
		.bars = { { 0x20000000, 4096, UNIT_RES_MEM32 } },
	};

	(void)state;
	unit_guest_add(&machine, &fn);
	/* nor is one whose name only begins like this one's */
	strcpy(machine.iomem, "  20000000-20000fff : 0000:00:04.0\n"
			      "  20000000-20000fff : 0000:00:03.0 ");
	memset(machine.iomem + strlen(machine.iomem), 'x', sizeof(machine.iomem) / 2);
	read_guest(false, NULL);
	assert_int_equal(guest.top.functions[0].bars[0].flags, 0);
}

/* What a user without privileges sees. */
static void test_unprivileged(void **state)
{
	(void)state;
	unit_guest_add_rfc(&machine, GPU_ADDRESS);
	unit_guest_config_cut(&machine, GPU_LINK, 64);
	strcpy(machine.iomem, "00000000-00000000 : PCI Bus 0000:00\n  00000000-00000000 : 0000:03:00.0\n");
	read_guest(false, NULL);
	assert_false(guest.tree_read);
	assert_int_equal(guest.config_cut, 1);
	assert_false(guest.functions[3].caps_read);
	/* sysfs shows addresses to all; the tree is what is not known */
	assert_true(guest.top.functions[3].bars[2].flags & PFB_BAR_ASSIGNED);
}

/* A machine without ECAM (QEMU's pc; pci=nommconf): root sees what the kernel sees. */
static void test_no_extended_space(void **state)
{
	(void)state;
	unit_guest_add_rfc(&machine, GPU_ADDRESS);
	unit_guest_config_cut(&machine, GPU_LINK, 256);
	read_guest(false, NULL);
	assert_int_equal(guest.config_cut, 0);
	assert_true(guest.functions[3].caps_read);
	assert_true(guest.functions[3].no_ext_space);
	assert_false(guest.functions[5].no_ext_space);
	assert_int_equal(guest.top.functions[3].type, PFB_PORT_ENDPOINT);
}

static void test_sriov(void **state)
{
	struct unit_guest_fn pf = {
		.link = "pci0000:00/0000:00:03.0", .vendor = 0x8086, .device = 0x10c9,
		.total_vfs = 8,
		.bars = { { 0x20000000, 16384, UNIT_RES_MEM32 },
			  [PFB_BAR_VF0] = { 0x6c0000000000ULL, 8 * 16384, UNIT_RES_PREF64 } },
	};
	struct unit_guest_fn vf = {
		.link = "pci0000:00/0000:00:10.0", .vendor = 0x8086, .device = 0x10ca,
		.pf = "0000:00:03.0", .bars = { { 0x6c0000000000ULL, 16384, UNIT_RES_PREF64 } },
	};
	u32 index;

	(void)state;
	unit_guest_add(&machine, &pf);
	unit_guest_add(&machine, &vf);
	read_guest(false, NULL);
	assert_int_equal(guest.top.nr_functions, 1);
	assert_int_equal(guest.top.functions[0].bars[PFB_BAR_VF0].size, 16384);
	assert_true(guest.top.functions[0].bars[PFB_BAR_VF0].address == 0x6c0000000000ULL);
	assert_true(guest.top.functions[0].bars[PFB_BAR_VF0].flags & PFB_BAR_ASSIGNED);
	pfb_guest_free(&guest);

	read_guest(true, NULL);
	assert_int_equal(guest.top.nr_functions, 2);
	index = find("00:10.0");
	assert_string_equal(guest.functions[index].pf, "0000:00:03.0");
	assert_int_equal(guest.top.functions[index].vendor, 0x8086);
	assert_int_equal(guest.top.functions[index].device, 0x10ca);
	assert_true(guest.top.functions[index].bars[0].address == 0x6c0000000000ULL);
	assert_true(guest.top.functions[index].flags & PFB_FN_MEMORY);
}

static void test_iommu_and_drivers(void **state)
{
	struct unit_guest_fn fn = { .link = "pci0000:00/0000:00:03.0", .vendor = 1, .device = 2,
				    .driver = "nvme", .dma_mask_bits = 44,
				    .iommu_type = "identity" };

	(void)state;
	unit_guest_add(&machine, &fn);
	fn.link = "pci0000:00/0000:00:04.0";
	fn.iommu_type = "DMA-FQ";
	fn.driver = "vfio-pci";
	unit_guest_add(&machine, &fn);
	fn.link = "pci0000:00/0000:00:05.0";
	fn.iommu_type = "";
	unit_guest_add(&machine, &fn);
	read_guest(false, NULL);
	assert_int_equal(guest.functions[0].iommu, PFB_IOMMU_IDENTITY);
	assert_int_equal(guest.functions[0].dma_mask_bits, 44);
	assert_int_equal(guest.functions[1].iommu, PFB_IOMMU_TRANSLATES);
	assert_string_equal(guest.functions[1].iommu_type, "DMA-FQ");
	assert_int_equal(guest.functions[1].dma_mask_bits, 0);
	assert_int_equal(guest.functions[2].iommu, PFB_IOMMU_UNKNOWN);
}

static void put_be32(u8 *p, u32 v)
{
	p[0] = (u8)(v >> 24);
	p[1] = (u8)(v >> 16);
	p[2] = (u8)(v >> 8);
	p[3] = (u8)v;
}

/* A host bridge that forwards to other addresses than the CPU uses. */
static void test_dt_ranges(void **state)
{
	static const u32 ranges[] = {
		0x01000000, 0, 0, 0x40, 0x3eff0000, 0, 0x10000,
		0x02000000, 0, 0x10000000, 0x50, 0x10000000, 0, 0x2eff0000,
		0x03000000, 0x4000, 0, 0x4000, 0, 0x4000, 0,
	};
	struct unit_guest_fn fn = {
		.link = "platform/4010000000.pcie/pci0000:00/0000:00:03.0", .vendor = 1, .device = 2,
		.bars = { { 0x5020000000ULL, 4096, UNIT_RES_MEM32 } },
	};
	u8 bytes[sizeof(ranges)], bus_range[8];
	char target[128], path[256];
	u32 reg = 0x20000000;
	size_t i;

	(void)state;
	unit_guest_add(&machine, &fn);
	unit_guest_config(&machine, fn.link, PCI_BASE_ADDRESS_0, &reg, 4);
	for (i = 0; i < ARRAY_SIZE(ranges); i++)
		put_be32(bytes + 4 * i, ranges[i]);
	unit_guest_write(&machine, "/sys/firmware/devicetree/base/pcie@10000000/ranges", bytes,
			 sizeof(bytes));
	put_be32(bus_range, 0);
	put_be32(bus_range + 4, 0x7f);
	unit_guest_write(&machine, "/sys/firmware/devicetree/base/pcie@10000000/bus-range",
			 bus_range, 8);
	snprintf(target, sizeof(target), "../../../firmware/devicetree/base/pcie@10000000");
	snprintf(path, sizeof(path), "%s/sys/devices/platform/4010000000.pcie/of_node",
		 machine.root);
	assert_int_equal(symlink(target, path), 0);
	read_guest(false, NULL);

	assert_int_equal(guest.top.roots[0].last_bus, 0x7f);
	assert_true(guest.top.roots[0].windows[PFB_WINDOW_PREF].base == 0x400000000000ULL);
	assert_true(guest.top.roots[0].windows[PFB_WINDOW_PREF].limit == 0x7fffffffffffULL);
	assert_int_equal(guest.top.roots[0].windows[PFB_WINDOW_MEM].base, 0x10000000);
	assert_int_equal(guest.top.roots[0].windows[PFB_WINDOW_MEM].limit, 0x3efeffff);
	assert_int_equal(guest.top.roots[0].windows[PFB_WINDOW_IO].limit, 0xffff);
	/* CPU 0x5020000000 is bus 0x20000000, which the register holds */
	assert_int_equal(guest.functions[0].resource[0], 0x20000000);
	assert_int_equal(guest.top.functions[0].bars[0].address, 0x20000000);
	assert_true(guest.top.functions[0].bars[0].flags & PFB_BAR_ASSIGNED);
}

static void test_acpi_windows(void **state)
{
	struct unit_guest_fn fn = { .link = "pci0000:00/0000:00:03.0", .vendor = 1, .device = 2 };

	(void)state;
	unit_guest_add(&machine, &fn);
	fn.link = "pci0000:80/0000:80:03.0";
	unit_guest_add(&machine, &fn);
	strcpy(machine.iomem,
	       "c0000000-febfffff : PCI Bus 0000:00\n"
	       "  c0000000-c00fffff : PCI Bus 0000:01\n"
	       "b0000000-bfffffff : PCI ECAM 0000 [bus 00-ff]\n"
	       "  00000000-bfffffff : PCI Bus 0000:00\n"
	       "380000000000-3fffffffffff : PCI Bus 0000:00\n"
	       "400000000000-4fffffffffff : PCI Bus 0000:80\n");
	machine.iomem_used = 0;
	read_guest(false, NULL);
	assert_int_equal(guest.top.nr_roots, 2);
	assert_int_equal(guest.top.roots[0].last_bus, 0x7f);
	assert_int_equal(guest.top.roots[1].last_bus, 0xff);
	assert_int_equal(guest.top.roots[0].windows[PFB_WINDOW_MEM].base, 0xc0000000);
	assert_int_equal(guest.top.roots[0].windows[PFB_WINDOW_MEM].limit, 0xfebfffff);
	assert_true(guest.top.roots[0].windows[PFB_WINDOW_PREF].base == 0x380000000000ULL);
	assert_true(guest.top.roots[1].windows[PFB_WINDOW_PREF].limit == 0x4fffffffffffULL);
}

static void test_reserved(void **state)
{
	(void)state;
	unit_guest_add_rfc(&machine, GPU_ADDRESS);
	read_guest(false, "AuthenticAMD");
	assert_true(pfb_guest_reserved(&guest, 0xfd00000000ULL, 4096));
	assert_true(pfb_guest_reserved(&guest, 0xfffffff000ULL, 4096));
	assert_true(pfb_guest_reserved(&guest, 0x8000000000ULL, 1ULL << 39));
	assert_false(pfb_guest_reserved(&guest, 0xfcfffff000ULL, 4096));
	assert_false(pfb_guest_reserved(&guest, 0x10000000000ULL, 4096));
	assert_false(pfb_guest_reserved(&guest, 0xfd00000000ULL, 0));
	pfb_guest_free(&guest);
	read_guest(false, "HygonGenuine");
	assert_true(pfb_guest_reserved(&guest, 0xfd00000000ULL, 4096));
	pfb_guest_free(&guest);
	read_guest(false, "GenuineIntel");
	assert_false(pfb_guest_reserved(&guest, 0xfd00000000ULL, 4096));
}

static void test_nothing_there(void **state)
{
	(void)state;
	assert_int_equal(pfb_guest_read(&guest, machine.root, false, &err), -ENODEV);
	assert_error(&err, "is empty");
	pfb_guest_free(&guest);
	assert_int_equal(pfb_guest_read(&guest, "/nowhere", false, &err), -ENODEV);
	assert_error(&err, "/nowhere/sys/bus/pci/devices", "no PCI");
}

/* PCI that changes while it is read, and a topology that is none. */
static void test_contradictions(void **state)
{
	struct unit_guest_fn fn = { .link = "pci0000:00/0000:00:01.0/0000:01:00.0", .vendor = 1,
				    .device = 2 };
	const u8 odd = 9;

	(void)state;
	unit_guest_add(&machine, &fn);
	assert_int_equal(pfb_guest_read(&guest, machine.root, false, &err), -EAGAIN);
	assert_error(&err, "0000:01:00.0", "the bridge above it", "try again");
	pfb_guest_free(&guest);

	fn.link = "pci0000:00/0000:00:01.0";
	fn.type = PFB_PORT_ROOT;
	fn.secondary = 1;
	unit_guest_add(&machine, &fn);
	read_guest(false, NULL);
	pfb_guest_free(&guest);
	unit_guest_config(&machine, fn.link, PCI_SECONDARY_BUS, &odd, 1);
	assert_int_equal(pfb_guest_read(&guest, machine.root, false, &err), -EINVAL);
	assert_error(&err, "0000:00:01.0");
}

static void test_large_segments(void **state)
{
	struct unit_guest_fn fn = { .link = "pci0000:00/0000:00:03.0", .vendor = 1, .device = 2 };

	(void)state;
	unit_guest_add(&machine, &fn);
	fn.link = "pci0000:00/0000:00:03.0/pci10000:e0/10000:e0:00.0";
	unit_guest_add(&machine, &fn);
	read_guest(false, NULL);
	assert_int_equal(guest.top.nr_functions, 1);
	assert_int_equal(guest.skipped, 1);
}

#define TEST(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_rfc),
		TEST(test_find),
		TEST(test_unassigned),
		TEST(test_tree_names_the_function),
		TEST(test_unprivileged),
		TEST(test_no_extended_space),
		TEST(test_sriov),
		TEST(test_iommu_and_drivers),
		TEST(test_dt_ranges),
		TEST(test_acpi_windows),
		TEST(test_reserved),
		TEST(test_nothing_there),
		TEST(test_contradictions),
		TEST(test_large_segments),
	};

	return cmocka_run_group_tests_name("guest", tests, NULL, NULL);
}
