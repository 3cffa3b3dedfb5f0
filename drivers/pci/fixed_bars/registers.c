// SPDX-License-Identifier: GPL-2.0
/* The registers of BARs and bridge windows. */
#include <linux/pci.h>

#include <pci_fixed_bars/topology.h>

#include "compat.h"
#include "registers.h"

/* Bits 3:0 of base and limit say what kind of window it is (PCI-to-PCI Bridge 1.2, 3.2.5.6). */
#define PFB_WINDOW_MASK		0xfff0fff0

const char *pfb_window_name_of(unsigned int index)
{
	switch (index) {
	case PCI_BRIDGE_IO_WINDOW:
		return "I/O window";
	case PCI_BRIDGE_MEM_WINDOW:
		return "memory window";
	default:
		return "prefetchable window";
	}
}

unsigned long pfb_window_flags(struct pci_dev *bridge, unsigned int index)
{
	switch (index) {
	case PCI_BRIDGE_IO_WINDOW:
		return IORESOURCE_IO;
	case PCI_BRIDGE_MEM_WINDOW:
		return IORESOURCE_MEM;
	default:
		return IORESOURCE_MEM | IORESOURCE_PREFETCH |
		       (bridge->pref_64_window ?
			IORESOURCE_MEM_64 | PCI_PREF_RANGE_TYPE_64 : 0);
	}
}

static u32 low_halves(u64 start, u64 end)
{
	return (u32)(start >> 16 & 0xfff0) | (u32)(end & 0xfff00000);
}

static int write_io_window(struct pci_dev *bridge, u64 start, u64 end)
{
	u16 io, back;

	pci_read_config_word(bridge, PCI_IO_BASE, &io);
	if ((io & PCI_IO_RANGE_TYPE_MASK) == PCI_IO_RANGE_TYPE_32)
		pci_write_config_dword(bridge, PCI_IO_BASE_UPPER16,
				       (u32)(end & 0xffff0000) | (u32)(start >> 16));
	io = (u16)((start >> 8 & 0xf0) | (end & 0xf000));
	pci_write_config_word(bridge, PCI_IO_BASE, io);
	pci_read_config_word(bridge, PCI_IO_BASE, &back);
	return (io ^ back) & 0xf0f0 ? -EIO : 0;
}

void pfb_window_read_now(struct pci_dev *bridge, unsigned int index, struct pfb_window *window)
{
	u32 low, base = 0, limit = 0;

	if (index == PCI_BRIDGE_MEM_WINDOW) {
		pci_read_config_dword(bridge, PCI_MEMORY_BASE, &low);
	} else {
		pci_read_config_dword(bridge, PCI_PREF_MEMORY_BASE, &low);
		if (bridge->pref_64_window) {
			pci_read_config_dword(bridge, PCI_PREF_BASE_UPPER32, &base);
			pci_read_config_dword(bridge, PCI_PREF_LIMIT_UPPER32, &limit);
		}
	}
	window->base = (u64)base << 32 | (low & 0xfff0) << 16;
	window->limit = (u64)limit << 32 | (low & 0xfff00000) | 0xfffff;
}

bool pfb_window_holds_now(struct pci_dev *bridge, unsigned int index, u64 start, u64 end)
{
	struct pfb_window now;

	pfb_window_read_now(bridge, index, &now);
	return now.base == start && now.limit == end;
}

/*
 * Each write of a window has a hypervisor make the address map of all devices
 * anew, which takes longer than all else that moving a BAR needs: none is made
 * that changes nothing.
 */
static void set_dword(struct pci_dev *bridge, int reg, u32 value, u32 mask)
{
	u32 now;

	pci_read_config_dword(bridge, reg, &now);
	if ((now ^ value) & mask)
		pci_write_config_dword(bridge, reg, value);
}

/*
 * A base that rises goes before the limit, one that falls after it: a window
 * whose lower halves are closed then holds no more in between than in the end, and
 * one that grows no less than before.
 */
static void set_upper(struct pci_dev *bridge, u32 base, u32 limit)
{
	u32 now;

	pci_read_config_dword(bridge, PCI_PREF_BASE_UPPER32, &now);
	if (base > now)
		pci_write_config_dword(bridge, PCI_PREF_BASE_UPPER32, base);
	set_dword(bridge, PCI_PREF_LIMIT_UPPER32, limit, U32_MAX);
	set_dword(bridge, PCI_PREF_BASE_UPPER32, base, U32_MAX);
}

static bool has_upper(struct pci_dev *bridge, unsigned int index)
{
	return index == PCI_BRIDGE_PREF_MEM_WINDOW && bridge->pref_64_window;
}

static int lower_reg(unsigned int index)
{
	return index == PCI_BRIDGE_MEM_WINDOW ? PCI_MEMORY_BASE : PCI_PREF_MEMORY_BASE;
}

static void read_upper(struct pci_dev *bridge, u32 *base, u32 *limit)
{
	pci_read_config_dword(bridge, PCI_PREF_BASE_UPPER32, base);
	pci_read_config_dword(bridge, PCI_PREF_LIMIT_UPPER32, limit);
}

/*
 * Base and limit share one register, their upper halves have one each. With
 * the upper halves first, a window that only grows holds all that it held at
 * every moment in between. One that its upper halves close stays closed while
 * the lower ones are written, and holds no more in between than in the end.
 */
static void write_window(struct pci_dev *bridge, unsigned int index, u32 lower, u32 base,
			 u32 limit)
{
	u32 now_base = 0, now_limit = 0;

	if (has_upper(bridge, index)) {
		read_upper(bridge, &now_base, &now_limit);
		if (now_base > now_limit)
			set_dword(bridge, lower_reg(index), lower, PFB_WINDOW_MASK);
		set_upper(bridge, base, limit);
	}
	set_dword(bridge, lower_reg(index), lower, PFB_WINDOW_MASK);
}

int pfb_window_write(struct pci_dev *bridge, unsigned int index, u64 start, u64 end)
{
	if (index == PCI_BRIDGE_IO_WINDOW)
		return write_io_window(bridge, start, end);
	write_window(bridge, index, low_halves(start, end), upper_32_bits(start),
		     upper_32_bits(end));
	return pfb_window_holds_now(bridge, index, start, end) ? 0 : -EIO;
}

/* With the upper halves last, a window that only shrinks holds all that is left. */
int pfb_window_narrow(struct pci_dev *bridge, unsigned int index, u64 start, u64 end)
{
	if (index == PCI_BRIDGE_IO_WINDOW)
		return write_io_window(bridge, start, end);
	set_dword(bridge, lower_reg(index), low_halves(start, end), PFB_WINDOW_MASK);
	if (has_upper(bridge, index))
		set_upper(bridge, upper_32_bits(start), upper_32_bits(end));
	return pfb_window_holds_now(bridge, index, start, end) ? 0 : -EIO;
}

void pfb_window_leave(struct pci_dev *bridge, unsigned int index, u64 start, u64 end)
{
	u32 base, limit;

	if (has_upper(bridge, index)) {
		read_upper(bridge, &base, &limit);
		if (upper_32_bits(start) > limit)
			set_dword(bridge, PCI_PREF_BASE_UPPER32, upper_32_bits(start), U32_MAX);
		else if (upper_32_bits(end) < base)
			set_dword(bridge, PCI_PREF_LIMIT_UPPER32, upper_32_bits(end), U32_MAX);
		else
			pfb_window_close(bridge, index);
	} else {
		pfb_window_close(bridge, index);
	}
}

/* Closed: base above limit. */
void pfb_window_close(struct pci_dev *bridge, unsigned int index)
{
	u32 base, limit;

	switch (index) {
	case PCI_BRIDGE_IO_WINDOW:
		pci_write_config_word(bridge, PCI_IO_BASE, 0x00f0);
		break;
	case PCI_BRIDGE_MEM_WINDOW:
		set_dword(bridge, PCI_MEMORY_BASE, 0x0000fff0, PFB_WINDOW_MASK);
		break;
	default:
		/* What is left in between is a part of what it was. */
		set_dword(bridge, PCI_PREF_MEMORY_BASE, 0x0000fff0, PFB_WINDOW_MASK);
		if (!bridge->pref_64_window)
			break;
		read_upper(bridge, &base, &limit);
		if (limit > base)
			pci_write_config_dword(bridge, PCI_PREF_LIMIT_UPPER32, base);
	}
}

void pfb_window_save(struct pci_dev *bridge, unsigned int index, struct pfb_raw *raw)
{
	if (index == PCI_BRIDGE_MEM_WINDOW) {
		pci_read_config_dword(bridge, PCI_MEMORY_BASE, &raw->value[0]);
		return;
	}
	pci_read_config_dword(bridge, PCI_PREF_MEMORY_BASE, &raw->value[0]);
	pci_read_config_dword(bridge, PCI_PREF_BASE_UPPER32, &raw->value[1]);
	pci_read_config_dword(bridge, PCI_PREF_LIMIT_UPPER32, &raw->value[2]);
}

int pfb_window_restore(struct pci_dev *bridge, unsigned int index, const struct pfb_raw *raw)
{
	struct pfb_raw back = *raw;

	write_window(bridge, index, raw->value[0], raw->value[1], raw->value[2]);
	pfb_window_save(bridge, index, &back);
	return memcmp(&back, raw, sizeof(back)) ? -EIO : 0;
}

int pfb_bar_register(struct pci_dev *pdev, unsigned int bar)
{
	int cap;

	if (bar < PCI_STD_NUM_BARS)
		return PCI_BASE_ADDRESS_0 + 4 * (int)bar;
	if (bar < PFB_BAR_VF0 || bar >= PFB_NR_BAR_RESOURCES)
		return 0;
	cap = pci_find_ext_capability(pdev, PCI_EXT_CAP_ID_SRIOV);
	return cap ? cap + PCI_SRIOV_BAR + 4 * (int)(bar - PFB_BAR_VF0) : 0;
}

/* Half-written 64-bit BARs must not answer; those of VFs do not while VFs are off. */
static u16 decode_off(struct pci_dev *pdev, unsigned int bar)
{
	u16 cmd;

	pci_read_config_word(pdev, PCI_COMMAND, &cmd);
	if (bar < PFB_BAR_VF0)
		pci_write_config_word(pdev, PCI_COMMAND,
				      cmd & ~(PCI_COMMAND_IO | PCI_COMMAND_MEMORY));
	return cmd;
}

static void decode_back(struct pci_dev *pdev, unsigned int bar, u16 cmd)
{
	if (bar < PFB_BAR_VF0)
		pci_write_config_word(pdev, PCI_COMMAND, cmd);
}

int pfb_bar_write(struct pci_dev *pdev, unsigned int bar, unsigned long flags, u64 start)
{
	u32 low, back, keep = flags & IORESOURCE_IO ? ~(u32)PCI_BASE_ADDRESS_IO_MASK :
						     ~(u32)PCI_BASE_ADDRESS_MEM_MASK;
	int reg = pfb_bar_register(pdev, bar);
	u16 cmd = decode_off(pdev, bar);
	int ret = 0;

	pci_read_config_dword(pdev, reg, &low);
	low = (lower_32_bits(start) & ~keep) | (low & keep);
	pci_write_config_dword(pdev, reg, low);
	pci_read_config_dword(pdev, reg, &back);
	if (back != low)
		ret = -EIO;
	if (flags & IORESOURCE_MEM_64) {
		pci_write_config_dword(pdev, reg + 4, upper_32_bits(start));
		pci_read_config_dword(pdev, reg + 4, &back);
		if (back != upper_32_bits(start))
			ret = -EIO;
	}
	decode_back(pdev, bar, cmd);
	return ret;
}

void pfb_bar_save(struct pci_dev *pdev, unsigned int bar, unsigned long flags,
		  struct pfb_raw *raw)
{
	int reg = pfb_bar_register(pdev, bar);

	pci_read_config_dword(pdev, reg, &raw->value[0]);
	if (flags & IORESOURCE_MEM_64)
		pci_read_config_dword(pdev, reg + 4, &raw->value[1]);
}

int pfb_bar_restore(struct pci_dev *pdev, unsigned int bar, unsigned long flags,
		    const struct pfb_raw *raw)
{
	int reg = pfb_bar_register(pdev, bar);
	struct pfb_raw back = *raw;

	pci_write_config_dword(pdev, reg, raw->value[0]);
	if (flags & IORESOURCE_MEM_64)
		pci_write_config_dword(pdev, reg + 4, raw->value[1]);
	pfb_bar_save(pdev, bar, flags, &back);
	return memcmp(&back, raw, sizeof(back)) ? -EIO : 0;
}

unsigned long pfb_bar_flags_now(struct pci_dev *pdev, unsigned int bar)
{
	unsigned long flags = IORESOURCE_MEM | IORESOURCE_SIZEALIGN;
	u32 low;

	pci_read_config_dword(pdev, pfb_bar_register(pdev, bar), &low);
	if (low & PCI_BASE_ADDRESS_SPACE_IO)
		return 0;
	flags |= low & ~(u32)PCI_BASE_ADDRESS_MEM_MASK;
	if (low & PCI_BASE_ADDRESS_MEM_PREFETCH)
		flags |= IORESOURCE_PREFETCH;
	if ((low & PCI_BASE_ADDRESS_MEM_TYPE_MASK) == PCI_BASE_ADDRESS_MEM_TYPE_64)
		flags |= IORESOURCE_MEM_64;
	return flags;
}

u64 pfb_bar_size_now(struct pci_dev *pdev, unsigned int bar, unsigned long flags)
{
	int reg = pfb_bar_register(pdev, bar);
	u32 low, high = U32_MAX;
	struct pfb_raw raw;
	u64 mask;

	pfb_bar_save(pdev, bar, flags, &raw);
	pci_write_config_dword(pdev, reg, U32_MAX);
	pci_read_config_dword(pdev, reg, &low);
	if (flags & IORESOURCE_MEM_64) {
		pci_write_config_dword(pdev, reg + 4, U32_MAX);
		pci_read_config_dword(pdev, reg + 4, &high);
	}
	pfb_bar_restore(pdev, bar, flags, &raw);
	mask = (u64)high << 32 | (low & (u32)PCI_BASE_ADDRESS_MEM_MASK);
	if (!low || low == U32_MAX)
		return 0;
	return ~mask + 1;
}
