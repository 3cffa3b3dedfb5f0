// SPDX-License-Identifier: GPL-2.0
/*
 * Lines are taken apart by patterns: ' ' is one or more blanks (a tab may have
 * become spaces on the way), %x a hexadecimal and %d a decimal number (u64 *), %f
 * a '+' or '-' (bool *); the rest is itself.
 */
#include "lib/lspci_text.h"
#include "lib/text.h"

/* What "Region 0:" and "BAR 0:" number. */
#define REGIONS		6

struct line {
	const char *at;
	const char *end;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static int digit(char c, int base)
{
	int value = pfb_text_hex_digit(c);

	return value < base ? value : -1;
}

/* At most 16 digits, of which more than 64 bits are none. */
static bool number(struct line *l, int base, u64 *value)
{
	const char *first = l->at;

	*value = 0;
	for (; l->at < l->end && digit(*l->at, base) >= 0; l->at++) {
		if (check_mul_overflow(*value, (u64)base, value) ||
		    check_add_overflow(*value, (u64)digit(*l->at, base), value))
			return false;
	}
	return l->at > first && l->at - first <= 16;
}

static bool take_va(struct line *l, const char *pattern, va_list args)
{
	struct line at = *l;

	for (; *pattern; pattern++) {
		if (*pattern == ' ') {
			if (at.at == at.end || !is_blank(*at.at))
				return false;
			while (at.at < at.end && is_blank(*at.at))
				at.at++;
			continue;
		}
		if (*pattern != '%') {
			if (at.at == at.end || *at.at++ != *pattern)
				return false;
			continue;
		}
		pattern++;
		if (*pattern == 'f') {
			if (at.at == at.end || (*at.at != '+' && *at.at != '-'))
				return false;
			*va_arg(args, bool *) = *at.at++ == '+';
		} else if (!number(&at, *pattern == 'x' ? 16 : 10, va_arg(args, u64 *))) {
			return false;
		}
	}
	*l = at;
	return true;
}

/* Takes what the pattern says off the line's begin, or nothing. */
static bool take(struct line *l, const char *pattern, ...)
{
	va_list args;
	bool ret;

	va_start(args, pattern);
	ret = take_va(l, pattern, args);
	va_end(args);
	return ret;
}

static void copy(char *buf, size_t size, const char *text, const char *end)
{
	size_t len = (size_t)(end - text);

	if (len >= size)
		len = size - 1;
	memcpy(buf, text, len);
	buf[len] = '\0';
}

static bool hex_at(const char *text, const char *end, size_t digits, u64 *value)
{
	struct line l = { text, end };

	if ((size_t)(end - text) < digits)
		return false;
	l.end = text + digits;
	return number(&l, 16, value) && l.at == l.end;
}

/*
 * -nn: "3D controller [0302]: NVIDIA Corporation GH100 [10de:2330] (rev a1)";
 * -n: "0302: 10de:2330 (rev a1)". Without either there are names only.
 */
void pfb_lspci_text_first(struct pfb_lspci_function *f, const char *line, size_t len)
{
	const char *end = line + len, *class_end = NULL, *ids = NULL, *p;
	u64 class, vendor, device, prog_if = 0;
	struct line l = { line, end };

	if (hex_at(line, end, 4, &class) && take(&l, "%x: %x:%x", &class, &vendor, &device) &&
	    class <= 0xffff && vendor <= 0xffff && device <= 0xffff)
		goto out_ids;

	for (p = line; p + 8 <= end && !class_end; p++)
		if (p[0] == '[' && hex_at(p + 1, end, 4, &class) && p[5] == ']' && p[6] == ':' &&
		    is_blank(p[7]))
			class_end = p + 8;
	/* the last one: a name may have brackets of its own */
	for (p = class_end; p && p + 11 <= end; p++)
		if (p[0] == '[' && hex_at(p + 1, end, 4, &vendor) && p[5] == ':' &&
		    hex_at(p + 6, end, 4, &device) && p[10] == ']')
			ids = p;
	if (!ids)
		return;
	hex_at(ids + 1, end, 4, &vendor);
	l.at = ids + 11;
	for (p = ids; p > class_end && is_blank(p[-1]); p--)
		;
	/* what lspci calls a device that it does not know, of a vendor that it does not know */
	if (p - class_end != 6 || memcmp(class_end, "Device", 6))
		copy(f->name, sizeof(f->name), class_end, p);
out_ids:
	for (; l.at < l.end; l.at++)
		if (take(&l, "(prog-if %x", &prog_if))
			break;
	f->said |= PFB_LSPCI_IDS;
	f->fn.class = (u32)class << 8 | (u32)(prog_if & 0xff);
	f->fn.vendor = (u16)vendor;
	f->fn.device = (u16)device;
}

static int broken(struct pfb_error *err, const char *begin, const char *expected)
{
	return pfb_fail(err, -EINVAL, "what begins with '%s' does not go on as lspci writes it, expected '%s': was the line cut or wrapped on its way? Send the file as an attachment",
			begin, expected);
}

/* " [size=128G]" and marks such as " [disabled]", in any order, to the line's end. */
static bool marks(struct line *l, u64 *size, bool *virtual, bool *disabled)
{
	static const char units[] = "KMGT";
	const char *unit;
	u64 number;

	while (l->at < l->end) {
		if (take(l, " [size=%d", &number)) {
			unit = l->at < l->end ? memchr(units, *l->at, 4) : NULL;
			if (unit)
				l->at++;
			if (!number || !take(l, "]") ||
			    check_mul_overflow(number, unit ? 1024ULL << 10 * (unit - units) : 1ULL,
					       size))
				return false;
		} else if (take(l, " [virtual]")) {
			*virtual = true;
		} else if (take(l, " [disabled]")) {
			*disabled = true;
		} else if (!take(l, " [enhanced]") && !take(l, " [disabled by cmd]")) {
			return false;
		}
	}
	return true;
}

/* An address, or that there is none. */
static bool address(struct line *l, struct pfb_bar *bar)
{
	if (take(l, "<ignored>") || take(l, "<unassigned>") || take(l, "<broken-64-bit-slot>") ||
	    take(l, "<invalid-64bit-slot>"))
		return true;
	if (!take(l, "%x", &bar->address))
		return false;
	if (bar->address)
		bar->flags |= PFB_BAR_ASSIGNED;
	return true;
}

/* "(64-bit, prefetchable)" */
static bool memory_kind(struct line *l, u32 *flags)
{
	if (take(l, " (64-bit, "))
		*flags |= PFB_BAR_MEM64;
	else if (!take(l, " (32-bit, ") && !take(l, " (low-1M, ") && !take(l, " (type 3, "))
		return false;
	if (take(l, "prefetchable)")) {
		*flags |= PFB_BAR_PREFETCH;
		return true;
	}
	return take(l, "non-prefetchable)");
}

static int state_bar(struct pfb_lspci_function *f, unsigned int index, const struct pfb_bar *bar,
		     bool virtual, struct pfb_error *err)
{
	if (f->bars & 1U << index)
		return pfb_fail(err, -EINVAL, "%s is stated twice", pfb_bar_index_name(index));
	f->bars |= (u16)(1U << index);
	if (virtual)
		f->virtual |= (u16)(1U << index);
	f->fn.bars[index] = *bar;
	return 0;
}

static int region(struct pfb_lspci_function *f, struct line *l, struct pfb_error *err)
{
	static const char expected[] = "Region 2: Memory at 6b8000000000 (64-bit, prefetchable) [size=128G]";
	bool virtual = false, disabled = false;
	struct pfb_bar bar = { 0 };
	u64 index;

	if (!take(l, "%d: ", &index) || index >= REGIONS)
		return broken(err, "Region", expected);
	/* before 3.7 marks stood before */
	if (take(l, "[virtual] "))
		virtual = true;
	take(l, "[enhanced] ");
	if (take(l, "I/O ports at ")) {
		bar.flags |= PFB_BAR_IO;
		if (!address(l, &bar))
			return broken(err, "Region", expected);
	} else if (!take(l, "Memory at ") || !address(l, &bar) || !memory_kind(l, &bar.flags)) {
		return broken(err, "Region", expected);
	}
	if (!marks(l, &bar.size, &virtual, &disabled))
		return broken(err, "Region", expected);
	return state_bar(f, (unsigned int)index, &bar, virtual, err);
}

static int rom(struct pfb_lspci_function *f, struct line *l, bool virtual, struct pfb_error *err)
{
	struct pfb_bar bar = { 0 };
	bool disabled = false;

	if (!address(l, &bar) || !marks(l, &bar.size, &virtual, &disabled))
		return broken(err, "Expansion ROM", "Expansion ROM at fe000000 [disabled] [size=512K]");
	if (disabled || virtual)
		bar.flags |= PFB_BAR_DISABLED;
	return state_bar(f, PFB_BAR_ROM, &bar, virtual, err);
}

/* "SrcValid+ TransBlk+ ReqRedir+ CmpltRedir+ UpstreamFwd+ EgressCtrl- DirectTrans+" */
static bool acs(struct line *l, u16 *value)
{
	bool b[7];
	unsigned int i;

	if (!take(l, " SrcValid%f TransBlk%f ReqRedir%f CmpltRedir%f UpstreamFwd%f EgressCtrl%f DirectTrans%f",
		  &b[0], &b[1], &b[2], &b[3], &b[4], &b[5], &b[6]))
		return false;
	*value = 0;
	for (i = 0; i < ARRAY_SIZE(b); i++)
		*value |= (u16)(b[i] << i);
	return true;
}

/*
 * Closed ones are "None" (before 3.7), "[disabled]" alone, or have their base above
 * their limit. What was never opened reads as 0 to 0, of which lspci makes the
 * first KiB or MiB: but for the memory window, which always exists, registers
 * that are 0 say that there is no window.
 */
static int window(struct pfb_lspci_function *f, struct line *l, enum pfb_window_kind kind,
		  struct pfb_error *err)
{
	static const u64 nothing[PFB_NR_WINDOWS] = {
		[PFB_WINDOW_IO] = 0xfff, [PFB_WINDOW_PREF] = 0xfffff,
	};
	static const u32 no_window[PFB_NR_WINDOWS] = {
		[PFB_WINDOW_IO] = PFB_FN_NO_IO_WINDOW, [PFB_WINDOW_PREF] = PFB_FN_NO_PREF_WINDOW,
	};
	struct pfb_window *w = &f->fn.windows[kind];
	const char *first;
	u64 base, limit, size;

	f->said |= PFB_LSPCI_WINDOWS;
	f->fn.flags &= ~no_window[kind];
	if (take(l, " None"))
		return 0;
	first = l->at;
	if (take(l, " %x-%x", &base, &limit)) {
		/* 64 bits are 16 digits, unless the kernel was asked, who has told of none */
		if (kind == PFB_WINDOW_PREF && (l->at - first >= 32 || limit >> 32))
			f->fn.flags |= PFB_FN_PREF64;
		if (!base && limit == nothing[kind])
			f->fn.flags |= no_window[kind];
		else if (base <= limit)
			*w = (struct pfb_window){ base, limit };
	}
	while (l->at < l->end) {
		if (take(l, " [64-bit]")) {
			f->fn.flags |= PFB_FN_PREF64;
		} else if (take(l, " [32-bit]")) {
			if (kind == PFB_WINDOW_IO)
				f->fn.flags |= PFB_FN_IO32;
		} else if (take(l, " [size=%d", &size)) {
			while (l->at < l->end && *l->at++ != ']')
				;
		} else if (!take(l, " [16-bit]") && !take(l, " [disabled]") && !take(l, " [empty]")) {
			return broken(err, "behind bridge:", "Memory behind bridge: fdc00000-fe1fffff [size=6M] [32-bit]");
		}
	}
	return 0;
}

static int header_line(struct pfb_lspci_function *f, struct line *l, struct pfb_error *err)
{
	u64 primary, secondary, subordinate, value;
	bool io, mem, master, cap;

	if (take(l, "Control:")) {
		if (!take(l, " I/O%f Mem%f BusMaster%f", &io, &mem, &master))
			return broken(err, "Control:", "Control: I/O+ Mem+ BusMaster+");
		f->said |= PFB_LSPCI_CONTROL;
		f->fn.flags |= (io ? PFB_FN_IO : 0) | (mem ? PFB_FN_MEMORY : 0) |
			       (master ? PFB_FN_MASTER : 0);
		return 0;
	}
	if (take(l, "Status:")) {
		if (!take(l, " Cap%f", &cap))
			return broken(err, "Status:", "Status: Cap+");
		f->said |= PFB_LSPCI_STATUS | (cap ? PFB_LSPCI_CAP_LIST : 0);
		return 0;
	}
	if (take(l, "Flags:"))
		return pfb_fail(err, -EINVAL, "this is 'lspci -v', which does not number BARs: send the output of 'lspci -vvv -nn'");
	if (take(l, "!!! Unknown header type")) {
		f->said |= PFB_LSPCI_DEAD;
		return 0;
	}
	if (take(l, "Bus:")) {
		if (!take(l, " primary=%x, secondary=%x, subordinate=%x, sec-latency=", &primary,
			  &secondary, &subordinate) || secondary > 0xff || subordinate > 0xff)
			return broken(err, "Bus:", "Bus: primary=00, secondary=01, subordinate=05, sec-latency=0");
		f->said |= PFB_LSPCI_BUSES;
		f->fn.secondary = (u8)secondary;
		f->fn.subordinate = (u8)subordinate;
		f->fn.flags |= PFB_FN_NO_IO_WINDOW | PFB_FN_NO_PREF_WINDOW;
		return 0;
	}
	if (take(l, "I/O behind bridge:"))
		return window(f, l, PFB_WINDOW_IO, err);
	if (take(l, "Memory behind bridge:"))
		return window(f, l, PFB_WINDOW_MEM, err);
	if (take(l, "Prefetchable memory behind bridge:"))
		return window(f, l, PFB_WINDOW_PREF, err);
	if (take(l, "Region "))
		return region(f, l, err);
	if (take(l, "Expansion ROM at ") || take(l, "[enhanced] Expansion ROM at "))
		return rom(f, l, false, err);
	if (take(l, "[virtual] Expansion ROM at "))
		return rom(f, l, true, err);
	if (take(l, "NUMA node:")) {
		if (!take(l, " %d", &value) || value > 65535)
			return broken(err, "NUMA node:", "NUMA node: 0");
		f->numa_node = (int)value;
		return 0;
	}
	if (take(l, "IOMMU group:")) {
		if (!take(l, " %d", &value) || value > 0x7fffffff)
			return broken(err, "IOMMU group:", "IOMMU group: 7");
		f->iommu_group = (int)value;
	}
	return 0;
}

static void express(struct pfb_lspci_function *f, struct line *l)
{
	u64 version;

	f->said |= PFB_LSPCI_EXPRESS;
	take(l, "(v%d) ", &version);
	if (take(l, "Root Port"))
		f->fn.type = PFB_PORT_ROOT;
	else if (take(l, "Upstream Port"))
		f->fn.type = PFB_PORT_UPSTREAM;
	else if (take(l, "Downstream Port"))
		f->fn.type = PFB_PORT_DOWNSTREAM;
	else
		return;
	f->said |= PFB_LSPCI_PORT;
}

/* "Port #0, Speed 2.5GT/s, Width x1, ASPM L0s": of a VF "Speed unknown, Width x0" */
static void link_cap(struct pfb_lspci_function *f, struct line *l)
{
	u64 port, whole, tenths = 0, width;

	if (!take(l, " Port #%d, Speed %d", &port, &whole))
		return;
	take(l, ".%d", &tenths);
	if (whole < 1000 && tenths < 10 && take(l, "GT/s, Width x%d", &width) &&
	    pfb_link_speed_known((unsigned int)(whole * 1000 + tenths * 100)) &&
	    width && width <= PFB_LINK_WIDTH_MAX) {
		f->link.speed = (unsigned int)(whole * 1000 + tenths * 100);
		f->link.width = (unsigned int)width;
	}
}

static int express_line(struct pfb_lspci_function *f, struct line *l, struct pfb_error *err)
{
	bool hotplug;

	if (take(l, "LnkCap:")) {
		link_cap(f, l);
		return 0;
	}
	if (!take(l, "SltCap:"))
		return 0;
	for (; l->at < l->end; l->at++) {
		if (!take(l, "HotPlug%f", &hotplug))
			continue;
		if (hotplug)
			f->fn.flags |= PFB_FN_HOTPLUG;
		return 0;
	}
	return broken(err, "SltCap:", "SltCap: AttnBtn- PwrCtrl- MRL- AttnInd- PwrInd- HotPlug+ Surprise-");
}

/* "[148 v1] Access Control Services", "[54] Express (v2) Root Port (Slot+), MSI 00" */
static int capability(struct pfb_lspci_function *f, enum pfb_lspci_section *section,
		      struct line *l, struct pfb_error *err)
{
	u64 offset, version;

	*section = PFB_LSPCI_IN_OTHER;
	if (take(l, " <")) {
		/* or a chain that is broken or loops: whatever comes behind is not known */
		f->said |= PFB_LSPCI_DENIED;
		return 0;
	}
	if (!take(l, " [%x", &offset))
		return broken(err, "Capabilities:", "Capabilities: [148 v1] Access Control Services");
	if (offset >= 0x100)
		f->said |= PFB_LSPCI_EXT_CAPS;
	else
		f->said |= PFB_LSPCI_CAPS;
	take(l, " v%d", &version);
	if (!take(l, "] "))
		return broken(err, "Capabilities:", "Capabilities: [148 v1] Access Control Services");
	if (take(l, "<chain ")) {
		f->said |= PFB_LSPCI_DENIED;
	} else if (offset < 0x100 && take(l, "Express ")) {
		*section = PFB_LSPCI_IN_EXPRESS;
		express(f, l);
	} else if (offset < 0x100) {
		return 0;
	} else if (take(l, "Access Control Services")) {
		*section = PFB_LSPCI_IN_ACS;
	} else if (take(l, "Address Translation Service")) {
		*section = PFB_LSPCI_IN_ATS;
	} else if (take(l, "Single Root I/O Virtualization")) {
		*section = PFB_LSPCI_IN_SRIOV;
	} else if (take(l, "Physical Resizable BAR")) {
		*section = PFB_LSPCI_IN_REBAR;
	}
	return 0;
}

static int acs_line(struct pfb_lspci_function *f, struct line *l, struct pfb_error *err)
{
	static const char expected[] = "SrcValid+ TransBlk+ ReqRedir+ CmpltRedir+ UpstreamFwd+ EgressCtrl- DirectTrans+";

	if (take(l, "ACSCap:")) {
		if (!acs(l, &f->fn.acs_cap))
			return broken(err, "ACSCap:", expected);
		f->said |= PFB_LSPCI_ACS_CAP;
		f->fn.flags |= PFB_FN_ACS;
	} else if (take(l, "ACSCtl:")) {
		if (!acs(l, &f->fn.acs_ctrl))
			return broken(err, "ACSCtl:", expected);
		f->said |= PFB_LSPCI_ACS_CTRL;
	}
	return 0;
}

static int ats_line(struct pfb_lspci_function *f, struct line *l, struct pfb_error *err)
{
	bool on;

	if (!take(l, "ATSCtl:"))
		return 0;
	if (!take(l, " Enable%f", &on))
		return broken(err, "ATSCtl:", "ATSCtl: Enable+, Smallest Translation Unit: 00");
	f->fn.flags |= PFB_FN_ATS | (on ? PFB_FN_ATS_ENABLED : 0);
	return 0;
}

static int vf_region(struct pfb_lspci_function *f, struct line *l, struct pfb_error *err)
{
	static const char expected[] = "Region 0: Memory at 0000400000200000 (64-bit, prefetchable)";
	struct pfb_bar bar = { 0 };
	u64 index;

	if (!take(l, "%d: Memory at %x", &index, &bar.address) || index >= REGIONS ||
	    !memory_kind(l, &bar.flags))
		return broken(err, "Region", expected);
	if (bar.address)
		bar.flags |= PFB_BAR_ASSIGNED;
	return state_bar(f, PFB_BAR_VF0 + (unsigned int)index, &bar, false, err);
}

static int sriov_line(struct pfb_lspci_function *f, struct line *l, struct pfb_error *err)
{
	static const char numbers[] = "Initial VFs: 8, Total VFs: 8, Number of VFs: 2, Function Dependency Link: 00";
	u64 initial, total, nr, offset, stride, device;
	bool on;

	if (take(l, "IOVCtl:")) {
		if (!take(l, " Enable%f", &on))
			return broken(err, "IOVCtl:", "IOVCtl: Enable+");
		if (!on)
			f->sriov.nr = 0;
		else
			f->sriov.nr = 1;	/* how many follows */
	} else if (take(l, "Initial VFs:")) {
		if (!take(l, " %d, Total VFs: %d, Number of VFs: %d,", &initial, &total, &nr) ||
		    total > 0xffff || nr > 0xffff)
			return broken(err, "Initial VFs:", numbers);
		f->fn.total_vfs = (u16)total;
		if (f->sriov.nr)
			f->sriov.nr = (u16)nr;
	} else if (take(l, "VF offset:")) {
		if (!take(l, " %d, stride: %d, Device ID: %x", &offset, &stride, &device) ||
		    offset > 0xffff || stride > 0xffff || device > 0xffff)
			return broken(err, "VF offset:", "VF offset: 128, stride: 2, Device ID: 10ca");
		f->sriov.offset = (u16)offset;
		f->sriov.stride = (u16)stride;
		f->sriov.device = (u16)device;
	} else if (take(l, "Region ")) {
		return vf_region(f, l, err);
	}
	return 0;
}

/* "BAR 1: current size: 256MB, supported: 64MB 128MB 256MB 1GB" */
static int rebar_line(struct pfb_lspci_function *f, struct line *l, struct pfb_error *err)
{
	static const char expected[] = "BAR 1: current size: 256MB, supported: 128MB 256MB";
	static const char units[] = "MGTPE";
	const char *unit;
	u64 index, size, sizes = 0, current;

	if (!take(l, "BAR "))
		return 0;
	if (!take(l, "%d: current size:", &index))
		return broken(err, "BAR", expected);
	if (take(l, " <unknown>") || !take(l, " %d", &current))
		return 0;
	l->at += l->at < l->end;
	if (!take(l, "B"))
		return broken(err, "BAR", expected);
	if (take(l, ", supported:")) {
		while (take(l, " %d", &size)) {
			unit = l->at < l->end ? memchr(units, *l->at, 5) : NULL;
			if (!unit)
				return broken(err, "BAR", expected);
			l->at++;
			if (!take(l, "B") || size > 512 || size & (size - 1))
				return broken(err, "BAR", expected);
			/* bit n is 2^(n + 20) bytes */
			if (unit - units < 4 || size <= 8)
				sizes |= size << 10 * (unit - units);
		}
	}
	if (l->at < l->end)
		return broken(err, "BAR", expected);
	if (index < PFB_CONFIG_REBARS)
		f->rebar_sizes[index] = sizes;
	return 0;
}

int pfb_lspci_text_line(struct pfb_lspci_function *f, enum pfb_lspci_section *section,
			const char *line, size_t len, struct pfb_error *err)
{
	struct line l = { line, line + len };

	f->said |= PFB_LSPCI_TEXT;
	if (take(&l, "Capabilities:"))
		return capability(f, section, &l, err);
	if (take(&l, "Kernel driver in use: ")) {
		copy(f->driver, sizeof(f->driver), l.at, l.end);
		*section = PFB_LSPCI_IN_OTHER;
		return 0;
	}
	switch (*section) {
	case PFB_LSPCI_IN_HEADER:
		return header_line(f, &l, err);
	case PFB_LSPCI_IN_EXPRESS:
		return express_line(f, &l, err);
	case PFB_LSPCI_IN_ACS:
		return acs_line(f, &l, err);
	case PFB_LSPCI_IN_ATS:
		return ats_line(f, &l, err);
	case PFB_LSPCI_IN_SRIOV:
		return sriov_line(f, &l, err);
	case PFB_LSPCI_IN_REBAR:
		return rebar_line(f, &l, err);
	case PFB_LSPCI_IN_OTHER:
		break;
	}
	return 0;
}
