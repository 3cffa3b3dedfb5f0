// SPDX-License-Identifier: GPL-2.0
#include <linux/pci_regs.h>

#include "lib/config_space.h"

/* Capabilities are 4-byte aligned, so a longer chain than this is a loop. */
#define CAPS_MAX	((PFB_CONFIG_SPACE_PCI - PCI_STD_HEADER_SIZEOF) / 4)
#define EXT_CAPS_MAX	((PFB_CONFIG_SPACE_MAX - PFB_CONFIG_SPACE_PCI) / 8)

/* 0: not there; above 0: its offset, with at least @need bytes readable. */
static size_t find_capability(const u8 *config, size_t size, u8 id, size_t need)
{
	unsigned int left = CAPS_MAX;
	size_t pos;

	if (!(pfb_get_le16(config + PCI_STATUS) & PCI_STATUS_CAP_LIST))
		return 0;
	for (pos = config[PCI_CAPABILITY_LIST] & ~3U; pos >= PCI_STD_HEADER_SIZEOF && left--;
	     pos = config[pos + PCI_CAP_LIST_NEXT] & ~3U) {
		if (pos + need > size || pos + 2 > size)
			return 0;
		if (config[pos] == id)
			return pos;
	}
	return 0;
}

static size_t find_ext_capability(const u8 *config, size_t size, u16 id, size_t need)
{
	unsigned int left = EXT_CAPS_MAX;
	size_t pos = PFB_CONFIG_SPACE_PCI;

	while (pos >= PFB_CONFIG_SPACE_PCI && pos + 4 <= size && left--) {
		u32 header = pfb_get_le32(config + pos);

		if (!header || header == 0xffffffff)
			return 0;
		if (PCI_EXT_CAP_ID(header) == id)
			return pos + need <= size ? pos : 0;
		pos = PCI_EXT_CAP_NEXT(header);
	}
	return 0;
}

static enum pfb_port_type port_type(u8 header, bool express, u16 express_flags)
{
	if (header == PCI_HEADER_TYPE_NORMAL)
		return PFB_PORT_ENDPOINT;
	if (express) {
		switch ((express_flags & PCI_EXP_FLAGS_TYPE) >> 4) {
		case PCI_EXP_TYPE_ROOT_PORT:
			return PFB_PORT_ROOT;
		case PCI_EXP_TYPE_UPSTREAM:
			return PFB_PORT_UPSTREAM;
		case PCI_EXP_TYPE_DOWNSTREAM:
			return PFB_PORT_DOWNSTREAM;
		}
	}
	return PFB_PORT_PCI_BRIDGE;
}

static void close_window(struct pfb_window *window)
{
	window->base = 1;
	window->limit = 0;
}

static void decode_windows(const u8 *config, struct pfb_function *fn)
{
	struct pfb_window *w = fn->windows;
	u16 base, limit;

	base = config[PCI_IO_BASE];
	limit = config[PCI_IO_LIMIT];
	if ((base & PCI_IO_RANGE_TYPE_MASK) == PCI_IO_RANGE_TYPE_32)
		fn->flags |= PFB_FN_IO32;
	/* Both zero is how a bridge without that window reads. */
	if (!base && !limit) {
		fn->flags |= PFB_FN_NO_IO_WINDOW;
		close_window(&w[PFB_WINDOW_IO]);
	} else {
		w[PFB_WINDOW_IO].base = (u64)(base & PCI_IO_RANGE_MASK & 0xff) << 8;
		w[PFB_WINDOW_IO].limit = ((u64)(limit & PCI_IO_RANGE_MASK & 0xff) << 8) | 0xfff;
		if (fn->flags & PFB_FN_IO32) {
			w[PFB_WINDOW_IO].base |=
				(u64)pfb_get_le16(config + PCI_IO_BASE_UPPER16) << 16;
			w[PFB_WINDOW_IO].limit |=
				(u64)pfb_get_le16(config + PCI_IO_LIMIT_UPPER16) << 16;
		}
	}

	base = pfb_get_le16(config + PCI_MEMORY_BASE);
	limit = pfb_get_le16(config + PCI_MEMORY_LIMIT);
	w[PFB_WINDOW_MEM].base = (u64)(base & 0xfff0) << 16;
	w[PFB_WINDOW_MEM].limit = ((u64)(limit & 0xfff0) << 16) | 0xfffff;

	base = pfb_get_le16(config + PCI_PREF_MEMORY_BASE);
	limit = pfb_get_le16(config + PCI_PREF_MEMORY_LIMIT);
	if ((base & PCI_PREF_RANGE_TYPE_MASK) == PCI_PREF_RANGE_TYPE_64)
		fn->flags |= PFB_FN_PREF64;
	if (!base && !limit) {
		fn->flags |= PFB_FN_NO_PREF_WINDOW;
		close_window(&w[PFB_WINDOW_PREF]);
		return;
	}
	w[PFB_WINDOW_PREF].base = (u64)(base & 0xfff0) << 16;
	w[PFB_WINDOW_PREF].limit = ((u64)(limit & 0xfff0) << 16) | 0xfffff;
	if (fn->flags & PFB_FN_PREF64) {
		w[PFB_WINDOW_PREF].base |=
			(u64)pfb_get_le32(config + PCI_PREF_BASE_UPPER32) << 32;
		w[PFB_WINDOW_PREF].limit |=
			(u64)pfb_get_le32(config + PCI_PREF_LIMIT_UPPER32) << 32;
	}
}

/* One row of base address registers: @nr of them from @offset, as resources from @first. */
static void decode_bars(const u8 *config, size_t offset, unsigned int nr, unsigned int first,
			struct pfb_config_bars *bars)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		u32 low = pfb_get_le32(config + offset + 4 * i);
		unsigned int index = first + i;

		if (low & PCI_BASE_ADDRESS_SPACE_IO) {
			bars->flags[index] = PFB_BAR_IO;
			bars->address[index] = low & PCI_BASE_ADDRESS_IO_MASK;
			continue;
		}
		bars->address[index] = low & (u32)PCI_BASE_ADDRESS_MEM_MASK;
		if (low & PCI_BASE_ADDRESS_MEM_PREFETCH)
			bars->flags[index] |= PFB_BAR_PREFETCH;
		if ((low & PCI_BASE_ADDRESS_MEM_TYPE_MASK) == PCI_BASE_ADDRESS_MEM_TYPE_64 &&
		    i + 1 < nr) {
			bars->flags[index] |= PFB_BAR_MEM64;
			i++;
			bars->address[index] |=
				(u64)pfb_get_le32(config + offset + 4 * i) << 32;
		}
	}
}

static void decode_rom(u32 reg, struct pfb_config_bars *bars)
{
	bars->address[PFB_BAR_ROM] = reg & (u32)PCI_ROM_ADDRESS_MASK;
	if (!(reg & PCI_ROM_ADDRESS_ENABLE))
		bars->flags[PFB_BAR_ROM] |= PFB_BAR_DISABLED;
}

static void decode_ext_capabilities(const u8 *config, size_t size, struct pfb_function *fn,
				    struct pfb_config_bars *bars)
{
	size_t pos;

	pos = find_ext_capability(config, size, PCI_EXT_CAP_ID_ACS, 8);
	if (pos) {
		fn->flags |= PFB_FN_ACS;
		fn->acs_cap = pfb_get_le16(config + pos + PCI_ACS_CAP) & 0x7f;
		fn->acs_ctrl = pfb_get_le16(config + pos + PCI_ACS_CTRL) & 0x7f;
	}
	pos = find_ext_capability(config, size, PCI_EXT_CAP_ID_ATS, 8);
	if (pos) {
		fn->flags |= PFB_FN_ATS;
		if (pfb_get_le16(config + pos + PCI_ATS_CTRL) & PCI_ATS_CTRL_ENABLE)
			fn->flags |= PFB_FN_ATS_ENABLED;
	}
	pos = find_ext_capability(config, size, PCI_EXT_CAP_ID_SRIOV, 0x40);
	if (pos) {
		fn->total_vfs = pfb_get_le16(config + pos + PCI_SRIOV_TOTAL_VF);
		decode_bars(config, pos + PCI_SRIOV_BAR, 6, PFB_BAR_VF0, bars);
	}
}

bool pfb_config_space_decode(const u8 *config, size_t size, struct pfb_function *fn,
			     struct pfb_config_bars *bars)
{
	u16 command = pfb_get_le16(config + PCI_COMMAND);
	u8 header = config[PCI_HEADER_TYPE] & 0x7f;
	bool complete = size > PFB_CONFIG_SPACE_MIN ||
			!(pfb_get_le16(config + PCI_STATUS) & PCI_STATUS_CAP_LIST);
	u16 express_flags = 0;
	size_t express;
	unsigned int i;

	memset(bars, 0, sizeof(*bars));
	fn->vendor = pfb_get_le16(config + PCI_VENDOR_ID);
	fn->device = pfb_get_le16(config + PCI_DEVICE_ID);
	fn->class = pfb_get_le32(config + PCI_CLASS_REVISION) >> 8;
	if (command & PCI_COMMAND_IO)
		fn->flags |= PFB_FN_IO;
	if (command & PCI_COMMAND_MEMORY)
		fn->flags |= PFB_FN_MEMORY;
	if (command & PCI_COMMAND_MASTER)
		fn->flags |= PFB_FN_MASTER;
	if (config[PCI_HEADER_TYPE] & 0x80)
		fn->flags |= PFB_FN_MULTIFUNCTION;
	for (i = 0; i < PFB_NR_WINDOWS; i++)
		close_window(&fn->windows[i]);

	express = find_capability(config, size, PCI_CAP_ID_EXP, 4);
	if (express) {
		express_flags = pfb_get_le16(config + express + PCI_EXP_FLAGS);
		if ((express_flags & PCI_EXP_FLAGS_SLOT) &&
		    express + PCI_EXP_SLTCAP + 4 <= size &&
		    (pfb_get_le32(config + express + PCI_EXP_SLTCAP) & PCI_EXP_SLTCAP_HPC))
			fn->flags |= PFB_FN_HOTPLUG;
	}
	fn->type = port_type(header, express, express_flags);

	switch (header) {
	case PCI_HEADER_TYPE_NORMAL:
		decode_bars(config, PCI_BASE_ADDRESS_0, 6, 0, bars);
		decode_rom(pfb_get_le32(config + PCI_ROM_ADDRESS), bars);
		break;
	case PCI_HEADER_TYPE_BRIDGE:
		fn->secondary = config[PCI_SECONDARY_BUS];
		fn->subordinate = config[PCI_SUBORDINATE_BUS];
		decode_bars(config, PCI_BASE_ADDRESS_0, 2, 0, bars);
		decode_rom(pfb_get_le32(config + PCI_ROM_ADDRESS1), bars);
		decode_windows(config, fn);
		break;
	case PCI_HEADER_TYPE_CARDBUS:
		fn->secondary = config[PCI_CB_CARD_BUS];
		fn->subordinate = config[PCI_CB_SUBORDINATE_BUS];
		decode_bars(config, PCI_BASE_ADDRESS_0, 1, 0, bars);
		break;
	}
	/* ACS and ATS of a PCIe function only: conventional ones have no such space. */
	if (size > PFB_CONFIG_SPACE_PCI)
		decode_ext_capabilities(config, size, fn, bars);
	/* A PCIe function whose extended space cannot be read hides its ACS. */
	return complete && !(express && size <= PFB_CONFIG_SPACE_PCI);
}

u32 pfb_config_space_lnkcap(const u8 *config, size_t size)
{
	size_t express = find_capability(config, size, PCI_CAP_ID_EXP, PCI_EXP_LNKCAP + 4);

	return express ? pfb_get_le32(config + express + PCI_EXP_LNKCAP) : 0;
}

void pfb_config_space_rebar(const u8 *config, size_t size, u64 sizes[PFB_CONFIG_REBARS])
{
	unsigned int nr, bar;
	size_t pos;

	memset(sizes, 0, PFB_CONFIG_REBARS * sizeof(sizes[0]));
	if (size <= PFB_CONFIG_SPACE_PCI)
		return;
	pos = find_ext_capability(config, size, PCI_EXT_CAP_ID_REBAR, 12);
	if (!pos)
		return;
	nr = (pfb_get_le32(config + pos + PCI_REBAR_CTRL) & PCI_REBAR_CTRL_NBAR_MASK) >> 5;
	for (; nr && pos + 12 <= size; nr--, pos += 8) {
		u32 cap = pfb_get_le32(config + pos + PCI_REBAR_CAP);
		u32 ctrl = pfb_get_le32(config + pos + PCI_REBAR_CTRL);

		/* 1 MiB to 128 TiB in the one, 256 TiB to 8 EiB in the other */
		bar = ctrl & PCI_REBAR_CTRL_BAR_IDX;
		if (bar < PFB_CONFIG_REBARS)
			sizes[bar] = cap >> 4 | (u64)(ctrl >> 16) << 28;
	}
}

void pfb_config_space_sriov(const u8 *config, size_t size, struct pfb_config_sriov *sriov)
{
	size_t pos;

	memset(sriov, 0, sizeof(*sriov));
	if (size <= PFB_CONFIG_SPACE_PCI)
		return;
	pos = find_ext_capability(config, size, PCI_EXT_CAP_ID_SRIOV, 0x40);
	if (!pos || !(pfb_get_le16(config + pos + PCI_SRIOV_CTRL) & PCI_SRIOV_CTRL_VFE))
		return;
	sriov->nr = pfb_get_le16(config + pos + PCI_SRIOV_NUM_VF);
	sriov->offset = pfb_get_le16(config + pos + PCI_SRIOV_VF_OFFSET);
	sriov->stride = pfb_get_le16(config + pos + PCI_SRIOV_VF_STRIDE);
	sriov->device = pfb_get_le16(config + pos + PCI_SRIOV_VF_DID);
}
