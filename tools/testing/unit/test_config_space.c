// SPDX-License-Identifier: GPL-2.0
#include "unit.h"

#include <linux/pci_regs.h>

#include "lib/config_space.h"

static u8 config[PFB_CONFIG_SPACE_MAX];
static struct pfb_config_bars bars;

static struct pfb_function decode(size_t size, bool complete)
{
	struct pfb_function fn = { 0 };

	assert_int_equal(pfb_config_space_decode(config, size, &fn, &bars), complete);
	return fn;
}

static int clear(void **state)
{
	(void)state;
	memset(config, 0, sizeof(config));
	return 0;
}

static void put_express(u16 flags)
{
	pfb_put_le16(config + PCI_STATUS, PCI_STATUS_CAP_LIST);
	config[PCI_CAPABILITY_LIST] = 0x40;
	config[0x40] = PCI_CAP_ID_EXP;
	pfb_put_le16(config + 0x40 + PCI_EXP_FLAGS, flags);
}

static void test_bars(void **state)
{
	struct pfb_function fn;

	(void)state;
	pfb_put_le32(config + PCI_BASE_ADDRESS_0, 0x10000000);
	pfb_put_le32(config + PCI_BASE_ADDRESS_1, 0x00006001);
	pfb_put_le32(config + PCI_BASE_ADDRESS_2, 0x8000000c);
	pfb_put_le32(config + PCI_BASE_ADDRESS_3, 0x00006b80);
	/* 64-bit in the last register: nothing is after it */
	pfb_put_le32(config + PCI_BASE_ADDRESS_5, 0x20000004);
	pfb_put_le32(config + PCI_ROM_ADDRESS, 0x30000801);
	fn = decode(256, true);
	assert_int_equal(fn.type, PFB_PORT_ENDPOINT);
	assert_int_equal(bars.address[0], 0x10000000);
	assert_int_equal(bars.flags[0], 0);
	assert_int_equal(bars.address[1], 0x6000);
	assert_int_equal(bars.flags[1], PFB_BAR_IO);
	assert_true(bars.address[2] == 0x6b8080000000ULL);
	assert_int_equal(bars.flags[2], PFB_BAR_MEM64 | PFB_BAR_PREFETCH);
	assert_int_equal(bars.address[3], 0);
	assert_int_equal(bars.address[5], 0x20000000);
	assert_int_equal(bars.flags[5], 0);
	assert_int_equal(bars.address[PFB_BAR_ROM], 0x30000800);
	assert_int_equal(bars.flags[PFB_BAR_ROM], 0);

	pfb_put_le32(config + PCI_ROM_ADDRESS, 0x30000800);
	decode(256, true);
	assert_int_equal(bars.flags[PFB_BAR_ROM], PFB_BAR_DISABLED);
}

static void test_bridge(void **state)
{
	struct pfb_function fn;

	(void)state;
	config[PCI_HEADER_TYPE] = 0x80 | PCI_HEADER_TYPE_BRIDGE;
	pfb_put_le16(config + PCI_COMMAND, PCI_COMMAND_MEMORY | PCI_COMMAND_IO);
	config[PCI_SECONDARY_BUS] = 7;
	config[PCI_SUBORDINATE_BUS] = 9;
	config[PCI_IO_BASE] = 0x21;
	config[PCI_IO_LIMIT] = 0x31;
	pfb_put_le16(config + PCI_IO_BASE_UPPER16, 1);
	pfb_put_le16(config + PCI_IO_LIMIT_UPPER16, 1);
	pfb_put_le16(config + PCI_MEMORY_BASE, 0x1010);
	pfb_put_le16(config + PCI_MEMORY_LIMIT, 0x1020);
	pfb_put_le16(config + PCI_PREF_MEMORY_BASE, 0x0001);
	pfb_put_le16(config + PCI_PREF_MEMORY_LIMIT, 0xfff1);
	pfb_put_le32(config + PCI_PREF_BASE_UPPER32, 0x6b80);
	pfb_put_le32(config + PCI_PREF_LIMIT_UPPER32, 0x6b83);
	fn = decode(256, true);
	assert_int_equal(fn.type, PFB_PORT_PCI_BRIDGE);
	assert_int_equal(fn.flags, PFB_FN_MULTIFUNCTION | PFB_FN_MEMORY | PFB_FN_IO |
			 PFB_FN_IO32 | PFB_FN_PREF64);
	assert_int_equal(fn.secondary, 7);
	assert_int_equal(fn.subordinate, 9);
	assert_int_equal(fn.windows[PFB_WINDOW_IO].base, 0x12000);
	assert_int_equal(fn.windows[PFB_WINDOW_IO].limit, 0x13fff);
	assert_int_equal(fn.windows[PFB_WINDOW_MEM].base, 0x10100000);
	assert_int_equal(fn.windows[PFB_WINDOW_MEM].limit, 0x102fffff);
	assert_true(fn.windows[PFB_WINDOW_PREF].base == 0x6b8000000000ULL);
	assert_true(fn.windows[PFB_WINDOW_PREF].limit == 0x6b83ffffffffULL);
}

static void test_no_windows(void **state)
{
	struct pfb_function fn;

	(void)state;
	config[PCI_HEADER_TYPE] = PCI_HEADER_TYPE_BRIDGE;
	pfb_put_le16(config + PCI_MEMORY_BASE, 0xfff0);
	fn = decode(256, true);
	assert_int_equal(fn.flags, PFB_FN_NO_IO_WINDOW | PFB_FN_NO_PREF_WINDOW);
	assert_true(fn.windows[PFB_WINDOW_IO].base > fn.windows[PFB_WINDOW_IO].limit);
	assert_true(fn.windows[PFB_WINDOW_MEM].base > fn.windows[PFB_WINDOW_MEM].limit);
	assert_true(fn.windows[PFB_WINDOW_PREF].base > fn.windows[PFB_WINDOW_PREF].limit);
}

static void test_capabilities(void **state)
{
	struct pfb_function fn;

	(void)state;
	config[PCI_HEADER_TYPE] = PCI_HEADER_TYPE_BRIDGE;
	put_express(2 | PCI_EXP_TYPE_DOWNSTREAM << 4 | PCI_EXP_FLAGS_SLOT);
	pfb_put_le32(config + 0x40 + PCI_EXP_SLTCAP, PCI_EXP_SLTCAP_HPC);
	/* VFIO hides a capability by taking its id and version, not what follows it */
	pfb_put_le32(config + 0x100, 0x134u << 20);
	pfb_put_le32(config + 0x134, PCI_EXT_CAP_ID_ATS | 1 << 16 | 0x200u << 20);
	pfb_put_le16(config + 0x134 + PCI_ATS_CTRL, PCI_ATS_CTRL_ENABLE);
	pfb_put_le32(config + 0x200, PCI_EXT_CAP_ID_ACS | 1 << 16 | 0x300u << 20);
	pfb_put_le16(config + 0x204, 0x5f);
	pfb_put_le16(config + 0x206, 0x1d);
	pfb_put_le32(config + 0x300, PCI_EXT_CAP_ID_SRIOV | 1 << 16);
	pfb_put_le16(config + 0x300 + PCI_SRIOV_TOTAL_VF, 7);
	pfb_put_le32(config + 0x300 + PCI_SRIOV_BAR, 0x0000000c);
	pfb_put_le32(config + 0x300 + PCI_SRIOV_BAR + 4, 0x6b90);
	fn = decode(PFB_CONFIG_SPACE_MAX, true);
	assert_int_equal(fn.type, PFB_PORT_DOWNSTREAM);
	assert_true(fn.flags & PFB_FN_HOTPLUG);
	assert_true(fn.flags & PFB_FN_ATS);
	assert_true(fn.flags & PFB_FN_ATS_ENABLED);
	assert_true(fn.flags & PFB_FN_ACS);
	assert_int_equal(fn.acs_cap, 0x5f);
	assert_int_equal(fn.acs_ctrl, 0x1d);
	assert_int_equal(fn.total_vfs, 7);
	assert_true(bars.address[PFB_BAR_VF0] == 0x6b9000000000ULL);
	assert_int_equal(bars.flags[PFB_BAR_VF0], PFB_BAR_MEM64 | PFB_BAR_PREFETCH);

	/* 256 bytes show the port type, and hide ACS: not complete */
	fn = decode(256, false);
	assert_int_equal(fn.type, PFB_PORT_DOWNSTREAM);
	assert_false(fn.flags & PFB_FN_ACS);
	/* 64 hide all */
	fn = decode(64, false);
	assert_int_equal(fn.type, PFB_PORT_PCI_BRIDGE);
}

/* Chains that loop, or lead out of what was read, end. */
static void test_hostile_chains(void **state)
{
	struct pfb_function fn;
	size_t i;

	(void)state;
	pfb_put_le16(config + PCI_STATUS, PCI_STATUS_CAP_LIST);
	config[PCI_CAPABILITY_LIST] = 0x40;
	config[0x40] = PCI_CAP_ID_PM;
	config[0x41] = 0x40;
	pfb_put_le32(config + 0x100, 0x1234 | 1 << 16 | 0x100u << 20);
	decode(PFB_CONFIG_SPACE_MAX, true);

	config[0x41] = 0xfc;
	config[0xfc] = PCI_CAP_ID_EXP;
	pfb_put_le32(config + 0x100, 0x1234 | 1 << 16 | 0xffcu << 20);
	pfb_put_le32(config + 0xffc, PCI_EXT_CAP_ID_SRIOV | 1 << 16);
	fn = decode(PFB_CONFIG_SPACE_MAX, true);
	assert_int_equal(fn.total_vfs, 0);
	decode(257, true);

	/* every size, with every byte set: whatever comes out, nothing is read beyond */
	memset(config, 0xff, sizeof(config));
	for (i = PFB_CONFIG_SPACE_MIN; i <= 300; i++) {
		u8 *exact = malloc(i);
		struct pfb_function any = { 0 };

		assert_non_null(exact);
		memcpy(exact, config, i);
		pfb_config_space_decode(exact, i, &any, &bars);
		free(exact);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_bars, clear),
		cmocka_unit_test_setup(test_bridge, clear),
		cmocka_unit_test_setup(test_no_windows, clear),
		cmocka_unit_test_setup(test_capabilities, clear),
		cmocka_unit_test_setup(test_hostile_chains, clear),
	};

	return cmocka_run_group_tests_name("config_space", tests, NULL, NULL);
}
