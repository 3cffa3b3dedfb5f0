// SPDX-License-Identifier: GPL-2.0
#include "unit.h"

#include <linux/pci_regs.h>

#include "lib/capture.h"
#include "unit_guest.h"

#define GPU_ADDRESS	0x6b8000000000ULL
#define GPU_LINK	"pci0000:00/0000:00:01.0/0000:01:00.0/0000:02:00.0/0000:03:00.0"
#define PORT_LINK	"pci0000:00/0000:00:03.0"
#define NIC_LINK	PORT_LINK "/0000:06:00.0"
#define VF_LINK		PORT_LINK "/0000:06:00.2"

static struct unit_guest machine;
static struct pfb_capture capture;
static struct pfb_error err;

static int setup(void **state)
{
	(void)state;
	unit_guest_create(&machine);
	unit_guest_add_rfc(&machine, GPU_ADDRESS);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	pfb_capture_free(&capture);
	unit_guest_remove(&machine);
	return 0;
}

static void take(void)
{
	unit_guest_finish(&machine, NULL);
	unit_guest_text(&machine, "/proc/cpuinfo",
			"processor\t: 0\nvendor_id\t: GenuineIntel\n"
			"address sizes\t: 46 bits physical, 57 bits virtual\n\n"
			"processor\t: 1\nvendor_id\t: Other\n");
	unit_guest_text(&machine, "/proc/sys/kernel/hostname", "gpu-host-7\n");
	unit_guest_text(&machine, "/proc/sys/kernel/osrelease", "6.12.9\n");
	if (pfb_capture_sysfs(&capture, machine.root, &err))
		fail_msg("%s", err.text);
}

static void add_nic_with_vf(void)
{
	static const struct unit_guest_fn fns[] = {
		{ .link = PORT_LINK, .vendor = 0x1b36, .device = 0x000c, .type = PFB_PORT_ROOT,
		  .command = PCI_COMMAND_MEMORY, .secondary = 6, .has_acs = true,
		  .acs_ctrl = 0x1d, .pref = { 0x6c0000000000, 0x6c00ffffffff } },
		{ .link = NIC_LINK, .vendor = 0x15b3, .device = 0x1021, .ats = 2,
		  .total_vfs = 4, .driver = "mlx5_core", .iommu_type = "DMA",
		  .command = PCI_COMMAND_MEMORY,
		  .bars = { [0] = { 0x6c0000000000, 32 << 20, UNIT_RES_PREF64 },
			    [PFB_BAR_VF0] = { 0x6c0010000000, 4 << 20, UNIT_RES_PREF64 } } },
		{ .link = VF_LINK, .vendor = 0x15b3, .device = 0x101e, .pf = "0000:06:00.0",
		  .driver = "vfio-pci", .iommu_type = "DMA",
		  .bars = { { 0x6c0010000000, 1 << 20, UNIT_RES_PREF64 } } },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(fns); i++)
		unit_guest_add(&machine, &fns[i]);
	unit_guest_text(&machine, "/sys/devices/" NIC_LINK "/numa_node", "1\n");
	unit_guest_text(&machine, "/sys/devices/" VF_LINK "/numa_node", "-1\n");
	unit_guest_text(&machine, "/sys/devices/" NIC_LINK "/max_link_speed", "32.0 GT/s PCIe\n");
	unit_guest_text(&machine, "/sys/devices/" NIC_LINK "/max_link_width", "16\n");
	unit_guest_text(&machine, "/sys/devices/" VF_LINK "/max_link_speed", "Unknown\n");
	unit_guest_text(&machine, "/sys/devices/" VF_LINK "/max_link_width", "255\n");
}

static void test_machine(void **state)
{
	(void)state;
	take();
	assert_string_equal(capture.origin, "sysfs");
	assert_string_equal(capture.machine, "gpu-host-7");
	assert_string_equal(capture.release, "6.12.9");
	assert_string_equal(capture.cpu_vendor, "GenuineIntel");
	assert_int_equal(capture.address_bits, 46);
	assert_int_equal(capture.top.nr_roots, 1);
	assert_int_equal(capture.top.nr_functions, 8);
	assert_string_equal(capture.functions[3].bdf, "0000:03:00.0");
	assert_int_equal(capture.functions[3].iommu_group, -1);
	assert_int_equal(capture.functions[3].numa_node, -1);
	assert_string_equal(capture.functions[5].driver, "nvme");
	assert_true(capture.functions[0].acs_read);
	assert_true(capture.top.functions[3].bars[2].size == 1ULL << 32);
	assert_int_equal(capture.functions[3].unsized, 0);
	/* 02:01.0 forwards no prefetchable memory */
	assert_true(capture.top.functions[4].windows[PFB_WINDOW_PREF].base == 1);
	assert_true(capture.top.functions[4].windows[PFB_WINDOW_PREF].limit == 0);
}

static void test_vf(void **state)
{
	struct pfb_capture_function *cf;
	struct pfb_function *fn;

	(void)state;
	add_nic_with_vf();
	take();
	assert_int_equal(capture.top.nr_functions, 11);
	fn = &capture.top.functions[8];
	assert_int_equal(fn->acs_ctrl, 0x1d);
	fn = &capture.top.functions[9];
	cf = &capture.functions[9];
	assert_int_equal(fn->total_vfs, 4);
	assert_true(fn->bars[PFB_BAR_VF0].size == 1 << 20);
	assert_int_equal(fn->flags & (PFB_FN_ATS_ENABLED | PFB_FN_VF), PFB_FN_ATS_ENABLED);
	assert_int_equal(cf->iommu_group, 0);
	assert_int_equal(cf->numa_node, 1);
	assert_int_equal(cf->link.speed, 32000);
	assert_int_equal(cf->link.width, 16);
	fn = &capture.top.functions[10];
	cf = &capture.functions[10];
	assert_true(fn->flags & PFB_FN_VF);
	assert_string_equal(cf->pf, "0000:06:00.0");
	assert_string_equal(cf->driver, "vfio-pci");
	assert_int_equal(fn->device, 0x101e);
	assert_true(fn->bars[0].address == 0x6c0010000000);
	assert_int_equal(cf->iommu_group, 1);
	assert_int_equal(cf->numa_node, -1);
	assert_int_equal(cf->link.speed, 0);
	assert_int_equal(cf->link.width, 0);
}

static void test_rebar(void **state)
{
	u8 cap[20];

	(void)state;
	memset(cap, 0, sizeof(cap));
	pfb_put_le32(cap, PCI_EXT_CAP_ID_REBAR | 1 << 16);
	pfb_put_le32(cap + 4, 0x3ff0);			/* 1 MiB to 512 MiB */
	pfb_put_le32(cap + 8, 1 << 16 | 2 << 5 | 2);	/* 256 TiB; 2 of them; BAR 2 */
	pfb_put_le32(cap + 12, 0x10);
	pfb_put_le32(cap + 16, 5);			/* BAR 5 is none */
	unit_guest_config(&machine, GPU_LINK, 0x100, cap, sizeof(cap));
	take();
	assert_true(capture.functions[3].rebar_sizes[2] == (0x3ff | 1ULL << 28));
	assert_true(!capture.functions[3].rebar_sizes[5]);
}

/* Without root, what is below the first 64 bytes is not "none" but unknown. */
static void test_not_root(void **state)
{
	(void)state;
	unit_guest_config_cut(&machine, GPU_LINK, 64);
	take();
	assert_false(capture.functions[3].acs_read);
	assert_true(capture.functions[5].acs_read);
}

/* What the kernel cannot read, the hardware may have all the same. */
static void test_no_extended_space(void **state)
{
	(void)state;
	unit_guest_config_cut(&machine, GPU_LINK, 256);
	take();
	assert_false(capture.functions[3].acs_read);
	assert_true(capture.functions[5].acs_read);
}

/* The kernel empties a resource that fits nowhere; the register stays. */
static void test_unsized(void **state)
{
	u8 reg[8] = { 0x0c, 0, 0, 0, 0x00, 0x6d, 0, 0 };

	(void)state;
	unit_guest_config(&machine, GPU_LINK, PCI_BASE_ADDRESS_4, reg, sizeof(reg));
	take();
	assert_int_equal(capture.functions[3].unsized, 1 << 4);
	assert_true(capture.top.functions[3].bars[4].address == 0x6d0000000000);
	assert_int_equal(capture.top.functions[3].bars[4].flags, PFB_BAR_MEM64 | PFB_BAR_PREFETCH);
}

/* What was captured can be read again. */
static void test_file(void **state)
{
	struct pfb_capture again;
	struct json_object *obj;
	const char *text;

	(void)state;
	add_nic_with_vf();
	unit_guest_text(&machine, "/proc/sys/kernel/hostname", "bad\001name\n");
	take();
	obj = pfb_capture_json(&capture);
	text = json_object_to_json_string(obj);
	if (pfb_capture_read(&again, text, strlen(text), &err))
		fail_msg("%s", err.text);
	assert_int_equal(again.top.nr_functions, capture.top.nr_functions);
	assert_memory_equal(again.functions, capture.functions,
			    capture.top.nr_functions * sizeof(*capture.functions));
	assert_memory_equal(again.top.functions, capture.top.functions,
			    capture.top.nr_functions * sizeof(*capture.top.functions));
	json_object_put(obj);
	pfb_capture_free(&again);
}

static void test_nothing(void **state)
{
	(void)state;
	assert_int_equal(pfb_capture_sysfs(&capture, "/nonexistent", &err), -ENODEV);
	assert_error(&err, "/nonexistent/sys/bus/pci/devices");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_machine, setup, teardown),
		cmocka_unit_test_setup_teardown(test_vf, setup, teardown),
		cmocka_unit_test_setup_teardown(test_rebar, setup, teardown),
		cmocka_unit_test_setup_teardown(test_not_root, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_extended_space, setup, teardown),
		cmocka_unit_test_setup_teardown(test_unsized, setup, teardown),
		cmocka_unit_test_setup_teardown(test_file, setup, teardown),
		cmocka_unit_test_setup_teardown(test_nothing, setup, teardown),
	};

	return cmocka_run_group_tests_name("capture_sysfs", tests, NULL, NULL);
}
