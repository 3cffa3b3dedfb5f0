// SPDX-License-Identifier: GPL-2.0
/*
 * Both directions, writing and comparing, walk one list of (register, width,
 * value) for each function, so that nothing is written that is not compared.
 */
#include "program.h"

#include <inttypes.h>
#include <linux/pci_regs.h>

/* 6 + 6 BARs of at most 2 registers, ROM, bus numbers, 8 for windows, command. */
#define REGISTERS_MAX	32

struct reg {
	const char *name;
	u16 offset;
	u8 width;
	u32 value;
	u32 mask;		/* bits that are compared */
};

struct regs {
	unsigned int nr;
	struct reg reg[REGISTERS_MAX];
};

static void add(struct regs *regs, const char *name, unsigned int offset, u8 width,
		u32 value, u32 mask)
{
	regs->reg[regs->nr++] = (struct reg) {
		.name = name,
		.offset = (u16)offset,
		.width = width,
		.value = value,
		.mask = mask,
	};
}

static bool is_open(const struct pfb_window *window)
{
	return window->base <= window->limit;
}

static int bad_window(struct pfb_error *err, const struct pfb_function *fn,
		      const struct pfb_window *window, const char *what)
{
	return pfb_fail(err, -EINVAL,
			"%02x:%02x.%x %s window 0x%" PRIx64 "-0x%" PRIx64 ": its registers cannot hold this plan; this is a fault of the planner",
			fn->bus, PFB_DEV(fn->devfn), PFB_FN(fn->devfn), what, window->base,
			window->limit);
}

/* Base and limit of 64 bits fit a window of @granule if the ends are its ends. */
static bool window_fits(const struct pfb_window *window, u64 granule, u64 max)
{
	return !(window->base & (granule - 1)) && !((window->limit + 1) & (granule - 1)) &&
	       window->limit <= max;
}

static int io_window(struct regs *regs, const struct pfb_function *fn, struct pfb_error *err)
{
	const struct pfb_window *window = &fn->windows[PFB_WINDOW_IO];
	bool io32 = fn->flags & PFB_FN_IO32;
	u32 low = 0x00f0, upper = 0;	/* closed: base above limit */

	if (fn->flags & PFB_FN_NO_IO_WINDOW) {
		if (is_open(window))
			return bad_window(err, fn, window, "I/O");
		return 0;
	}
	if (is_open(window)) {
		if (!window_fits(window, 0x1000, io32 ? 0xffffffff : 0xffff))
			return bad_window(err, fn, window, "I/O");
		low = (u32)(window->limit & 0xf000) | (u32)(window->base & 0xf000) >> 8;
		upper = (u32)(window->limit >> 16) << 16 | (u32)(window->base >> 16);
	}
	add(regs, "I/O base and limit", PCI_IO_BASE, 2, low, 0xf0f0);
	if (io32)
		add(regs, "I/O upper base and limit", PCI_IO_BASE_UPPER16, 4, upper, 0xffffffff);
	return 0;
}

static int mem_window(struct regs *regs, const struct pfb_function *fn, struct pfb_error *err)
{
	const struct pfb_window *window = &fn->windows[PFB_WINDOW_MEM];
	u32 value = 0x0000fff0;

	if (is_open(window)) {
		if (!window_fits(window, 0x100000, 0xffffffff))
			return bad_window(err, fn, window, "memory");
		value = (u32)(window->limit & 0xfff00000) | (u32)(window->base >> 16);
	}
	add(regs, "memory base and limit", PCI_MEMORY_BASE, 4, value, 0xfff0fff0);
	return 0;
}

/* The order counts: what pci_setup_bridge_mmio_pref() does, and for its reason. */
static int pref_window(struct regs *regs, const struct pfb_function *fn,
		       struct pfb_error *err)
{
	const struct pfb_window *window = &fn->windows[PFB_WINDOW_PREF];
	bool pref64 = fn->flags & PFB_FN_PREF64;
	u32 low = 0x0000fff0, base_upper = 0, limit_upper = 0;

	if (fn->flags & PFB_FN_NO_PREF_WINDOW) {
		if (is_open(window))
			return bad_window(err, fn, window, "prefetchable");
		return 0;
	}
	if (is_open(window)) {
		if (!window_fits(window, 0x100000, pref64 ? UINT64_MAX : 0xffffffff))
			return bad_window(err, fn, window, "prefetchable");
		low = (u32)(window->limit & 0xfff00000) | (u32)(window->base & 0xfff00000) >> 16;
		base_upper = (u32)(window->base >> 32);
		limit_upper = (u32)(window->limit >> 32);
	}
	add(regs, "prefetchable base and limit", PCI_PREF_MEMORY_BASE, 4, low, 0xfff0fff0);
	if (pref64) {
		add(regs, "prefetchable upper limit", PCI_PREF_LIMIT_UPPER32, 4, limit_upper,
		    0xffffffff);
		add(regs, "prefetchable upper base", PCI_PREF_BASE_UPPER32, 4, base_upper,
		    0xffffffff);
	}
	return 0;
}

/* A planned BAR is one that was given an address. */
static bool has_address(const struct pfb_bar *bar)
{
	return bar->size && (bar->flags & PFB_BAR_ASSIGNED);
}

static int bar_regs(struct regs *regs, const struct pfb_function *fn, unsigned int index,
		    unsigned int offset, struct pfb_error *err)
{
	const struct pfb_bar *bar = &fn->bars[index];
	const char *name = pfb_bar_index_name(index);
	u32 mask = bar->flags & PFB_BAR_IO ? (u32)PCI_BASE_ADDRESS_IO_MASK :
					     (u32)PCI_BASE_ADDRESS_MEM_MASK;

	if (!has_address(bar))
		return 0;
	if (bar->address & (bar->size - 1) ||
	    (!(bar->flags & PFB_BAR_MEM64) && bar->address >> 32))
		return pfb_fail(err, -EINVAL,
				"%02x:%02x.%x %s: its register cannot hold 0x%" PRIx64 " (size 0x%" PRIx64 "); this is a fault of the planner",
				fn->bus, PFB_DEV(fn->devfn), PFB_FN(fn->devfn), name, bar->address,
				bar->size);

	if (index == PFB_BAR_ROM)
		mask = (u32)PCI_ROM_ADDRESS_MASK;
	add(regs, name, offset, 4, (u32)bar->address & mask, mask);
	if (bar->flags & PFB_BAR_MEM64)
		add(regs, name, offset + 4, 4, (u32)(bar->address >> 32), 0xffffffff);
	return 0;
}

static int all_bar_regs(const struct pfb_config_space *cs, struct regs *regs,
			const struct pfb_function *fn, struct pfb_error *err)
{
	bool bridge = pfb_topology_is_bridge(fn);
	unsigned int i;
	u16 sriov = 0;
	int ret;

	for (i = 0; i < (bridge ? 2 : 6); i++) {
		ret = bar_regs(regs, fn, i, PCI_BASE_ADDRESS_0 + 4 * i, err);
		if (ret)
			return ret;
	}
	ret = bar_regs(regs, fn, PFB_BAR_ROM, bridge ? PCI_ROM_ADDRESS1 : PCI_ROM_ADDRESS, err);
	if (ret || !fn->total_vfs)
		return ret;

	ret = pfb_config_find_ext_cap(cs, fn->bus, fn->devfn, PCI_EXT_CAP_ID_SRIOV, &sriov, err);
	if (ret)
		return ret;
	if (!sriov)
		return pfb_fail(err, -EPROTO,
				"%02x:%02x.%x: its SR-IOV capability has gone: the device is broken",
				fn->bus, PFB_DEV(fn->devfn), PFB_FN(fn->devfn));
	for (i = 0; i < 6; i++) {
		ret = bar_regs(regs, fn, PFB_BAR_VF0 + i, sriov + PCI_SRIOV_BAR + 4 * i, err);
		if (ret)
			return ret;
	}
	return 0;
}

static u32 bus_numbers(const struct pfb_function *fn)
{
	return (u32)fn->subordinate << 16 | (u32)fn->secondary << 8 | fn->bus;
}

/* Everything but the command register, in the order of writing. */
static int function_regs(const struct pfb_config_space *cs, const struct pfb_function *fn,
			 enum pfb_program_scope scope, struct regs *regs,
			 struct pfb_error *err)
{
	int ret = 0;

	regs->nr = 0;
	if (pfb_topology_is_bridge(fn)) {
		add(regs, "bus numbers", PCI_PRIMARY_BUS, 4, bus_numbers(fn), 0x00ffffff);
		if (scope == PFB_PROGRAM_ALL)
			ret = io_window(regs, fn, err);
		if (!ret && scope == PFB_PROGRAM_ALL)
			ret = mem_window(regs, fn, err);
		if (!ret)
			ret = pref_window(regs, fn, err);
		if (ret)
			return ret;
	}
	return all_bar_regs(cs, regs, fn, err);
}

static u32 command_of(const struct pfb_function *fn)
{
	u32 command = 0;

	if (fn->flags & PFB_FN_IO)
		command |= PCI_COMMAND_IO;
	if (fn->flags & PFB_FN_MEMORY)
		command |= PCI_COMMAND_MEMORY;
	if (fn->flags & PFB_FN_MASTER)
		command |= PCI_COMMAND_MASTER;
	return command;
}

static void choose_decode(struct pfb_function *fn, enum pfb_program_scope scope)
{
	unsigned int i;

	fn->flags &= ~(PFB_FN_IO | PFB_FN_MEMORY | PFB_FN_MASTER);
	if (scope != PFB_PROGRAM_ALL)
		return;
	for (i = 0; i < PFB_BAR_ROM; i++) {
		if (has_address(&fn->bars[i]))
			fn->flags |= fn->bars[i].flags & PFB_BAR_IO ? PFB_FN_IO : PFB_FN_MEMORY;
	}
	if (!pfb_topology_is_bridge(fn))
		return;

	fn->flags |= PFB_FN_MASTER;
	if (is_open(&fn->windows[PFB_WINDOW_IO]))
		fn->flags |= PFB_FN_IO;
	if (is_open(&fn->windows[PFB_WINDOW_MEM]) || is_open(&fn->windows[PFB_WINDOW_PREF]))
		fn->flags |= PFB_FN_MEMORY;
}

static int write_reg(const struct pfb_config_space *cs, const struct pfb_function *fn,
		     u16 offset, u8 width, u32 value, struct pfb_error *err)
{
	return cs->write(cs->ctx, fn->bus, fn->devfn, offset, width, value, err);
}

/* Closed as pci_setup_bridge_mmio_pref() closes, for every state it may be found in. */
static int close_windows(const struct pfb_config_space *cs, const struct pfb_function *fn,
			 enum pfb_program_scope scope, struct pfb_error *err)
{
	int ret = 0;

	if (scope == PFB_PROGRAM_ALL)
		ret = write_reg(cs, fn, PCI_IO_BASE, 2, 0x00f0, err);
	if (!ret && scope == PFB_PROGRAM_ALL)
		ret = write_reg(cs, fn, PCI_MEMORY_BASE, 4, 0x0000fff0, err);
	if (!ret)
		ret = write_reg(cs, fn, PCI_PREF_LIMIT_UPPER32, 4, 0, err);
	if (!ret)
		ret = write_reg(cs, fn, PCI_PREF_BASE_UPPER32, 4, 0xffffffff, err);
	if (!ret)
		ret = write_reg(cs, fn, PCI_PREF_MEMORY_BASE, 4, 0x0000fff0, err);
	return ret;
}

int pfb_program(const struct pfb_config_space *cs, struct pfb_topology *top, u32 root,
		enum pfb_program_scope scope, struct pfb_error *err)
{
	struct regs regs;
	unsigned int r;
	u32 i;
	int ret;

	/* Depth-first: a bridge has its numbers before anything behind it is asked. */
	for (i = 0; i < top->nr_functions; i++) {
		const struct pfb_function *fn = &top->functions[i];

		if (fn->root != root)
			continue;
		if (pfb_topology_is_bridge(fn)) {
			ret = close_windows(cs, fn, scope, err);
			if (ret)
				return ret;
		}
		ret = function_regs(cs, fn, scope, &regs, err);
		for (r = 0; !ret && r < regs.nr; r++)
			ret = write_reg(cs, fn, regs.reg[r].offset, regs.reg[r].width,
					regs.reg[r].value, err);
		if (ret)
			return ret;
	}

	for (i = 0; i < top->nr_functions; i++) {
		struct pfb_function *fn = &top->functions[i];

		if (fn->root != root)
			continue;
		choose_decode(fn, scope);
		ret = write_reg(cs, fn, PCI_COMMAND, 2, command_of(fn), err);
		if (ret)
			return ret;
	}
	return 0;
}

static int compare(const struct pfb_config_space *cs, const struct pfb_function *fn,
		   const struct reg *reg, struct pfb_error *err)
{
	u32 value;
	int ret;

	ret = cs->read(cs->ctx, fn->bus, fn->devfn, reg->offset, reg->width, &value, err);
	if (ret)
		return ret;
	if ((value ^ reg->value) & reg->mask)
		return pfb_fail(err, -EIO,
				"%04x:%02x:%02x.%x %s (register 0x%x): wrote 0x%x, read back 0x%x: the device does not take what its sizing promised",
				cs->segment, fn->bus, PFB_DEV(fn->devfn), PFB_FN(fn->devfn), reg->name,
				reg->offset, reg->value, value & reg->mask);
	return 0;
}

int pfb_program_verify(const struct pfb_config_space *cs, const struct pfb_topology *top,
		       u32 root, enum pfb_program_scope scope, struct pfb_error *err)
{
	struct regs regs;
	unsigned int r;
	u32 i;
	int ret;

	for (i = 0; i < top->nr_functions; i++) {
		const struct pfb_function *fn = &top->functions[i];

		if (fn->root != root)
			continue;
		ret = function_regs(cs, fn, scope, &regs, err);
		if (ret)
			return ret;
		add(&regs, "vendor and device", PCI_VENDOR_ID, 4,
		    (u32)fn->device << 16 | fn->vendor, 0xffffffff);
		add(&regs, "command", PCI_COMMAND, 2, command_of(fn),
		    PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
		for (r = 0; r < regs.nr; r++) {
			ret = compare(cs, fn, &regs.reg[r], err);
			if (ret)
				return ret;
		}
	}
	return 0;
}
