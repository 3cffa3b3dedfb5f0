// SPDX-License-Identifier: GPL-2.0
#include "enumerate.h"

#include <inttypes.h>
#include <linux/pci_regs.h>
#include <stdlib.h>

/* A whole segment. */
#define FUNCTIONS_MAX	65536

/*
 * Red Hat's vendor-specific capability: what QEMU's bus-reserve, io-reserve, mem-reserve,
 * pref32-reserve and pref64-reserve ask firmware to keep free (docs/pcie_pci_bridge.txt).
 */
#define REDHAT_VENDOR		0x1b36
#define REDHAT_TYPE		3
#define REDHAT_TYPE_RESERVE	1
#define REDHAT_RESERVE_BUSES	4	/* all ones in a field: nothing is asked for */
#define REDHAT_RESERVE_IO	8
#define REDHAT_RESERVE_MEM	16
#define REDHAT_RESERVE_PREF32	20
#define REDHAT_RESERVE_PREF64	24
#define REDHAT_RESERVE_SIZE	32

#define BDF_FMT		"%04x:%02x:%02x.%x"
#define BDF(s, fn)	(s)->cs->segment, (fn)->bus, PFB_DEV((fn)->devfn), PFB_FN((fn)->devfn)

struct scan {
	const struct pfb_config_space *cs;
	struct pfb_topology *top;
	struct pfb_error *err;
	u32 root;			/* the host bridge that is looked behind */
	u32 first;			/* the first function behind it */
	unsigned int next_bus;		/* the next number to give */
};

static int rd(const struct scan *s, const struct pfb_function *fn, u16 reg,
	      unsigned int width, u32 *value)
{
	return s->cs->read(s->cs->ctx, fn->bus, fn->devfn, reg, width, value, s->err);
}

static int wr(const struct scan *s, const struct pfb_function *fn, u16 reg,
	      unsigned int width, u32 value)
{
	return s->cs->write(s->cs->ctx, fn->bus, fn->devfn, reg, width, value, s->err);
}

/* Write @probe, see what sticks, put the old value back. */
static int probe(const struct scan *s, const struct pfb_function *fn, u16 reg, u32 pattern,
		 u32 *was, u32 *stuck)
{
	int ret;

	ret = rd(s, fn, reg, 4, was);
	if (!ret)
		ret = wr(s, fn, reg, 4, pattern);
	if (!ret)
		ret = rd(s, fn, reg, 4, stuck);
	if (!ret)
		ret = wr(s, fn, reg, 4, *was);
	return ret;
}

/* The size is the lowest address bit that can be written, if all above can. */
static int size_of_mask(const struct scan *s, const struct pfb_function *fn,
			unsigned int index, u64 mask, struct pfb_bar *bar)
{
	u64 size = mask & -mask;

	if (mask != -size)
		return pfb_fail(s->err, -EPROTO,
				BDF_FMT " %s: writable address bits 0x%" PRIx64 " are not contiguous: the device is broken",
				BDF(s, fn), pfb_bar_index_name(index), mask);
	bar->size = size;
	return 0;
}

/* PCI 3.0 section 6.2.5.1. Sets @slots to the number of registers it takes. */
static int size_bar(const struct scan *s, struct pfb_function *fn, unsigned int index,
		    u16 reg, bool last, unsigned int *slots)
{
	struct pfb_bar *bar = &fn->bars[index];
	u32 was, stuck, was_high = 0, stuck_high = 0xffffffff;
	u64 mask;
	int ret;

	*slots = 1;
	ret = probe(s, fn, reg, 0xffffffff, &was, &stuck);
	if (ret || !stuck)
		return ret;

	if (stuck & PCI_BASE_ADDRESS_SPACE_IO) {
		bar->flags = PFB_BAR_IO;
		/* Upper 16 bits may be hard-wired to 0, which says nothing of the size. */
		mask = stuck & PCI_BASE_ADDRESS_IO_MASK;
		if (mask && mask <= 0xffff)
			mask |= 0xffff0000;
		bar->address = was & (u32)PCI_BASE_ADDRESS_IO_MASK;
	} else {
		if (stuck & PCI_BASE_ADDRESS_MEM_PREFETCH)
			bar->flags |= PFB_BAR_PREFETCH;
		if ((stuck & PCI_BASE_ADDRESS_MEM_TYPE_MASK) == PCI_BASE_ADDRESS_MEM_TYPE_64) {
			if (last)
				return pfb_fail(s->err, -EPROTO,
						BDF_FMT " %s: a 64-bit BAR in the last register: the device is broken",
						BDF(s, fn), pfb_bar_index_name(index));
			*slots = 2;
			bar->flags |= PFB_BAR_MEM64;
			ret = probe(s, fn, reg + 4, 0xffffffff, &was_high, &stuck_high);
			if (ret)
				return ret;
		}
		mask = (u64)stuck_high << 32 | (stuck & (u32)PCI_BASE_ADDRESS_MEM_MASK);
		bar->address = (u64)was_high << 32 | (was & (u32)PCI_BASE_ADDRESS_MEM_MASK);
		/* Size bits in the low half only: the high half has to be all ones. */
		if (!(*slots == 2) && mask == 0xffffffff00000000ULL)
			mask = 0;
	}
	if (!mask) {
		*bar = (struct pfb_bar) { 0 };
		return 0;
	}
	/* I/O masks are 32 bits wide; as 64-bit ones they go on to the top. */
	if (bar->flags & PFB_BAR_IO)
		mask |= 0xffffffff00000000ULL;
	return size_of_mask(s, fn, index, mask, bar);
}

static int size_bars(const struct scan *s, struct pfb_function *fn, unsigned int first,
		     u16 reg, unsigned int nr)
{
	unsigned int i, slots;
	int ret;

	for (i = 0; i < nr; i += slots) {
		ret = size_bar(s, fn, first + i, reg + 4 * i, i == nr - 1, &slots);
		if (ret)
			return ret;
	}
	return 0;
}

static int size_rom(const struct scan *s, struct pfb_function *fn, u16 reg)
{
	struct pfb_bar *bar = &fn->bars[PFB_BAR_ROM];
	u32 was, stuck;
	int ret;

	ret = probe(s, fn, reg, (u32)PCI_ROM_ADDRESS_MASK, &was, &stuck);
	if (ret)
		return ret;
	stuck &= (u32)PCI_ROM_ADDRESS_MASK;
	if (!stuck)
		return 0;

	if (!(was & PCI_ROM_ADDRESS_ENABLE))
		bar->flags = PFB_BAR_DISABLED;
	bar->address = was & (u32)PCI_ROM_ADDRESS_MASK;
	return size_of_mask(s, fn, PFB_BAR_ROM, 0xffffffff00000000ULL | stuck, bar);
}

static int read_sriov(const struct scan *s, struct pfb_function *fn)
{
	u32 total, ctrl;
	u16 cap;
	int ret;

	ret = pfb_config_find_ext_cap(s->cs, fn->bus, fn->devfn, PCI_EXT_CAP_ID_SRIOV, &cap,
				      s->err);
	if (ret || !cap)
		return ret;
	ret = rd(s, fn, cap + PCI_SRIOV_CTRL, 2, &ctrl);
	if (ret)
		return ret;
	if (ctrl & PCI_SRIOV_CTRL_VFE)
		return pfb_fail(s->err, -EPROTO,
				BDF_FMT ": its VFs are enabled before the machine started; start it anew",
				BDF(s, fn));
	ret = rd(s, fn, cap + PCI_SRIOV_TOTAL_VF, 2, &total);
	if (ret)
		return ret;
	fn->total_vfs = (u16)total;
	return size_bars(s, fn, PFB_BAR_VF0, cap + PCI_SRIOV_BAR, 6);
}

static int read_ext_caps(const struct scan *s, struct pfb_function *fn)
{
	u32 value;
	u16 cap;
	int ret;

	ret = pfb_config_find_ext_cap(s->cs, fn->bus, fn->devfn, PCI_EXT_CAP_ID_ACS, &cap,
				      s->err);
	if (ret)
		return ret;
	if (cap) {
		fn->flags |= PFB_FN_ACS;
		ret = rd(s, fn, cap + PCI_ACS_CAP, 2, &value);
		if (ret)
			return ret;
		fn->acs_cap = value & 0x7f;
		ret = rd(s, fn, cap + PCI_ACS_CTRL, 2, &value);
		if (ret)
			return ret;
		fn->acs_ctrl = value & 0x7f;
	}

	ret = pfb_config_find_ext_cap(s->cs, fn->bus, fn->devfn, PCI_EXT_CAP_ID_ATS, &cap,
				      s->err);
	if (ret)
		return ret;
	if (cap) {
		fn->flags |= PFB_FN_ATS;
		ret = rd(s, fn, cap + PCI_ATS_CTRL, 2, &value);
		if (ret)
			return ret;
		if (value & PCI_ATS_CTRL_ENABLE)
			fn->flags |= PFB_FN_ATS_ENABLED;
	}
	return read_sriov(s, fn);
}

/* Port type and slot from the PCI Express capability. */
static int read_express(const struct scan *s, struct pfb_function *fn, bool bridge)
{
	u32 flags, slot;
	u16 cap;
	int ret;

	fn->type = bridge ? PFB_PORT_PCI_BRIDGE : PFB_PORT_ENDPOINT;
	ret = pfb_config_find_cap(s->cs, fn->bus, fn->devfn, PCI_CAP_ID_EXP, &cap, s->err);
	if (ret || !cap)
		return ret;

	ret = rd(s, fn, cap + PCI_EXP_FLAGS, 2, &flags);
	if (ret)
		return ret;
	if (bridge) {
		switch ((flags & PCI_EXP_FLAGS_TYPE) >> 4) {
		case PCI_EXP_TYPE_ROOT_PORT:
			fn->type = PFB_PORT_ROOT;
			break;
		case PCI_EXP_TYPE_UPSTREAM:
			fn->type = PFB_PORT_UPSTREAM;
			break;
		case PCI_EXP_TYPE_DOWNSTREAM:
			fn->type = PFB_PORT_DOWNSTREAM;
			break;
		case PCI_EXP_TYPE_PCI_BRIDGE:
		case PCI_EXP_TYPE_PCIE_BRIDGE:
			break;
		default:
			return pfb_fail(s->err, -EPROTO,
					BDF_FMT ": a bridge's header, but PCI Express type 0x%x, which is no port: the device is broken",
					BDF(s, fn), (flags & PCI_EXP_FLAGS_TYPE) >> 4);
		}
		if (flags & PCI_EXP_FLAGS_SLOT) {
			ret = rd(s, fn, cap + PCI_EXP_SLTCAP, 4, &slot);
			if (ret)
				return ret;
			if (slot & PCI_EXP_SLTCAP_HPC)
				fn->flags |= PFB_FN_HOTPLUG;
		}
	}
	return read_ext_caps(s, fn);
}

/* Which windows a bridge has: an absent one is hard-wired to 0. */
static int read_windows(const struct scan *s, struct pfb_function *fn)
{
	static const struct pfb_window closed = { .base = 1, .limit = 0 };
	u32 was, stuck;
	unsigned int i;
	int ret;

	for (i = 0; i < PFB_NR_WINDOWS; i++)
		fn->windows[i] = closed;

	/* Only the lower half is I/O base and limit; ones in Secondary Status would clear it. */
	ret = rd(s, fn, PCI_IO_BASE, 2, &was);
	if (!ret)
		ret = wr(s, fn, PCI_IO_BASE, 2, 0xe0f0);
	if (!ret)
		ret = rd(s, fn, PCI_IO_BASE, 2, &stuck);
	if (!ret)
		ret = wr(s, fn, PCI_IO_BASE, 2, was);
	if (ret)
		return ret;
	if (!stuck)
		fn->flags |= PFB_FN_NO_IO_WINDOW;
	else if ((stuck & PCI_IO_RANGE_TYPE_MASK) == PCI_IO_RANGE_TYPE_32)
		fn->flags |= PFB_FN_IO32;

	ret = probe(s, fn, PCI_PREF_MEMORY_BASE, 0xffe0fff0, &was, &stuck);
	if (ret)
		return ret;
	if (!stuck)
		fn->flags |= PFB_FN_NO_PREF_WINDOW;
	else if ((stuck & PCI_PREF_RANGE_TYPE_MASK) == PCI_PREF_RANGE_TYPE_64)
		fn->flags |= PFB_FN_PREF64;
	return 0;
}

static u32 asked32(const u32 *cap, unsigned int at)
{
	return cap[at / 4] == 0xffffffff ? 0 : cap[at / 4];
}

static u64 asked64(const u32 *cap, unsigned int at)
{
	u64 value = (u64)cap[at / 4 + 1] << 32 | cap[at / 4];

	return value == ~0ULL ? 0 : value;
}

/* What QEMU's options ask to keep free behind a bridge. */
static int read_reserve(const struct scan *s, struct pfb_function *fn)
{
	u32 cap[REDHAT_RESERVE_SIZE / 4], buses;
	unsigned int i;
	u16 at;
	int ret;

	if (fn->vendor != REDHAT_VENDOR)
		return 0;
	ret = pfb_config_find_cap(s->cs, fn->bus, fn->devfn, PCI_CAP_ID_VNDR, &at, s->err);
	if (ret || !at)
		return ret;
	if (at + REDHAT_RESERVE_SIZE > PCI_CFG_SPACE_SIZE)
		return 0;
	for (i = 0; i < ARRAY_SIZE(cap); i++) {
		ret = rd(s, fn, at + 4 * i, 4, &cap[i]);
		if (ret)
			return ret;
	}
	if (cap[0] >> 8 * REDHAT_TYPE != REDHAT_TYPE_RESERVE ||
	    (cap[0] >> 16 & 0xff) < REDHAT_RESERVE_SIZE)
		return 0;

	buses = asked32(cap, REDHAT_RESERVE_BUSES);
	if (buses > 0xff)
		return pfb_fail(s->err, -ENOSPC,
				BDF_FMT ": asks for %u bus numbers behind it (bus-reserve), expected at most 255",
				BDF(s, fn), buses);
	fn->reserve_buses = (u8)buses;
	fn->reserve[PFB_WINDOW_IO] = asked64(cap, REDHAT_RESERVE_IO);
	fn->reserve[PFB_WINDOW_MEM] = asked32(cap, REDHAT_RESERVE_MEM);
	/* QEMU takes one of the two; which window they go into is the planner's. */
	fn->reserve[PFB_WINDOW_PREF] = asked64(cap, REDHAT_RESERVE_PREF64);
	if (!fn->reserve[PFB_WINDOW_PREF])
		fn->reserve[PFB_WINDOW_PREF] = asked32(cap, REDHAT_RESERVE_PREF32);
	return 0;
}

/* A slot that is taken has no room to keep: what is in it has what it needs. */
static void drop_reserve_of_taken(struct pfb_topology *top, u32 index)
{
	struct pfb_function *fn = &top->functions[index];

	if (top->nr_functions == index + 1 ||
	    (fn->type != PFB_PORT_ROOT && fn->type != PFB_PORT_DOWNSTREAM))
		return;
	fn->reserve_buses = 0;
	memset(fn->reserve, 0, sizeof(fn->reserve));
}

/* Its index is the number of functions there were. */
static int add_function(struct scan *s, u32 parent, unsigned int bus, u8 devfn)
{
	struct pfb_topology *top = s->top;

	if (top->nr_functions == top->max_functions) {
		u32 max = top->max_functions ? 2 * top->max_functions : 64;
		struct pfb_function *more;

		if (max > FUNCTIONS_MAX)
			return pfb_fail(s->err, -ENOSPC, "more than %u functions", FUNCTIONS_MAX);
		more = realloc(top->functions, max * sizeof(*more));
		if (!more)
			return pfb_fail(s->err, -ENOMEM, "no memory for %u functions", max);
		top->functions = more;
		top->max_functions = max;
	}
	top->functions[top->nr_functions++] = (struct pfb_function) {
		.parent = parent,
		.root = s->root,
		.bus = (u8)bus,
		.devfn = devfn,
	};
	return 0;
}

static int scan_bus(struct scan *s, u32 parent, unsigned int bus, unsigned int depth);

static int scan_behind(struct scan *s, u32 index, unsigned int depth)
{
	struct pfb_function *fn = &s->top->functions[index];
	const struct pfb_root *root = &s->top->roots[s->root];
	unsigned int secondary = s->next_bus;
	int ret;

	if (depth == PFB_PATH_HOPS_MAX)
		return pfb_fail(s->err, -ENAMETOOLONG,
				BDF_FMT ": bridges are nested deeper than %u; is the hierarchy a loop?",
				BDF(s, fn), PFB_PATH_HOPS_MAX - 1);
	if (secondary > root->last_bus)
		return pfb_fail(s->err, -ENOSPC,
				BDF_FMT ": no bus number left for what is behind it: the host bridge has buses %02x to %02x; use fewer bridges or a larger bus range",
				BDF(s, fn), root->bus, root->last_bus);
	s->next_bus++;

	/* Everything further goes through here until what is behind has been counted. */
	ret = wr(s, fn, PCI_PRIMARY_BUS, 4,
		 (u32)root->last_bus << 16 | secondary << 8 | fn->bus);
	if (ret)
		return ret;
	ret = scan_bus(s, index, secondary, depth + 1);
	if (ret)
		return ret;

	/* scan_bus() may have moved the array. */
	fn = &s->top->functions[index];
	fn->secondary = (u8)secondary;
	fn->subordinate = (u8)(s->next_bus - 1);
	return wr(s, fn, PCI_PRIMARY_BUS, 4,
		  (u32)fn->subordinate << 16 | secondary << 8 | fn->bus);
}

static int scan_function(struct scan *s, u32 parent, unsigned int bus, u8 devfn, u32 id,
			 unsigned int depth, bool *multifunction)
{
	struct pfb_function *fn;
	u32 index = s->top->nr_functions;
	u32 class, header;
	bool bridge;
	int ret;

	ret = add_function(s, parent, bus, devfn);
	if (ret)
		return ret;
	fn = &s->top->functions[index];
	fn->vendor = (u16)id;
	fn->device = (u16)(id >> 16);

	ret = rd(s, fn, PCI_CLASS_REVISION, 4, &class);
	if (!ret)
		ret = rd(s, fn, PCI_HEADER_TYPE, 1, &header);
	/* BARs read and write as addresses while they are sized: nothing may decode. */
	if (!ret)
		ret = wr(s, fn, PCI_COMMAND, 2, 0);
	if (ret)
		return ret;
	fn->class = class >> 8;
	*multifunction = header & 0x80;
	if (*multifunction)
		fn->flags |= PFB_FN_MULTIFUNCTION;
	header &= 0x7f;
	if (header != PCI_HEADER_TYPE_NORMAL && header != PCI_HEADER_TYPE_BRIDGE)
		return pfb_fail(s->err, -EPROTO,
				BDF_FMT ": header type 0x%02x, expected 0 (function) or 1 (bridge); CardBus is not supported, take the device out",
				BDF(s, fn), header);
	bridge = header == PCI_HEADER_TYPE_BRIDGE;

	ret = read_express(s, fn, bridge);
	if (!ret)
		ret = size_bars(s, fn, 0, PCI_BASE_ADDRESS_0, bridge ? 2 : 6);
	if (!ret)
		ret = size_rom(s, fn, bridge ? PCI_ROM_ADDRESS1 : PCI_ROM_ADDRESS);
	if (ret || !bridge)
		return ret;

	ret = read_windows(s, fn);
	if (!ret)
		ret = read_reserve(s, fn);
	if (!ret)
		ret = scan_behind(s, index, depth);
	if (!ret)
		drop_reserve_of_taken(s->top, index);
	return ret;
}

/* Bus numbers left from before would claim those that are given now. */
static int close_bridges(const struct scan *s, unsigned int bus, unsigned int devices)
{
	unsigned int devfn;
	u32 id, header;
	int ret;

	for (devfn = 0; devfn < 8 * devices; devfn++) {
		const struct pfb_function fn = { .bus = (u8)bus, .devfn = (u8)devfn };

		ret = rd(s, &fn, PCI_VENDOR_ID, 4, &id);
		if (ret)
			return ret;
		if ((id & 0xffff) == 0xffff) {
			/* Without a function 0 there is no device. */
			if (!PFB_FN(devfn))
				devfn |= 7;
			continue;
		}
		ret = rd(s, &fn, PCI_HEADER_TYPE, 1, &header);
		if (!ret && (header & 0x7f) == PCI_HEADER_TYPE_BRIDGE)
			ret = wr(s, &fn, PCI_PRIMARY_BUS, 4, 0);
		if (ret)
			return ret;
	}
	return 0;
}

static int scan_bus(struct scan *s, u32 parent, unsigned int bus, unsigned int depth)
{
	enum pfb_port_type above = parent == PFB_NO_FUNCTION ? PFB_PORT_ENDPOINT :
							       s->top->functions[parent].type;
	/* A link has one device at its end, PCIe 6.0 section 7.3.1. */
	unsigned int devices = above == PFB_PORT_ROOT || above == PFB_PORT_DOWNSTREAM ? 1 : 32;
	unsigned int dev, fn;
	int ret;

	ret = close_bridges(s, bus, devices);
	if (ret)
		return ret;
	for (dev = 0; dev < devices; dev++) {
		bool multifunction = true;

		for (fn = 0; fn < 8 && (!fn || multifunction); fn++) {
			u8 devfn = PFB_DEVFN(dev, fn);
			bool multi;
			u32 id;

			ret = s->cs->read(s->cs->ctx, (u8)bus, devfn, PCI_VENDOR_ID, 4, &id,
					  s->err);
			if (ret)
				return ret;
			if ((id & 0xffff) == 0xffff || !(id & 0xffff)) {
				if (!fn)
					multifunction = false;
				continue;
			}
			ret = scan_function(s, parent, bus, devfn, id, depth, &multi);
			if (ret)
				return ret;
			if (!fn)
				multifunction = multi;
		}
	}
	return 0;
}

/* Deepest first: a bridge that forgot its numbers hides what is behind it. */
static int forget_bus_numbers(const struct scan *s)
{
	u32 i;
	int ret;

	for (i = s->top->nr_functions; i-- > s->first; ) {
		const struct pfb_function *fn = &s->top->functions[i];

		if (!pfb_topology_is_bridge(fn))
			continue;
		ret = wr(s, fn, PCI_PRIMARY_BUS, 4, 0);
		if (ret)
			return ret;
	}
	return 0;
}

int pfb_enumerate(const struct pfb_config_space *cs, struct pfb_topology *top, u32 root,
		  struct pfb_error *err)
{
	struct scan s = {
		.cs = cs,
		.top = top,
		.err = err,
		.root = root,
		.first = top->nr_functions,
		.next_bus = top->roots[root].bus + 1U,
	};
	int ret;

	ret = scan_bus(&s, PFB_NO_FUNCTION, top->roots[root].bus, 0);
	if (ret)
		return ret;
	return forget_bus_numbers(&s);
}

void pfb_enumerate_free(struct pfb_topology *top)
{
	free(top->functions);
	top->functions = NULL;
	top->nr_functions = 0;
	top->max_functions = 0;
}
