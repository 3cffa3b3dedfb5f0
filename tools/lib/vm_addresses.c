// SPDX-License-Identifier: GPL-2.0
/* Which BARs of a planned VM are fixed, the window that holds them, and the rest around them. */
#include <stdlib.h>

#include <pci_fixed_bars/cpu.h>

#include "lib/vm_host.h"

#define PFB_4GIB		(1ULL << 32)

/*
 * QEMU's hw/arm/virt.c: the size of the 64-bit window is a power of two of at least
 * this (virt_set_highmem_mmio_size()), and it begins at the first multiple of its
 * size above all memory (virt_set_high_memmap()).
 */
#define VIRT_WINDOW_MIN		(512ULL << 30)

static const struct pfb_window virt_io = { 0x0, 0xffff };
static const struct pfb_window virt_mem = { 0x10000000, 0x3efeffff };
/* Above SeaBIOS's configuration space, below OVMF's. */
static const struct pfb_window q35_io = { 0x1000, 0xffff };
static const struct pfb_window q35_mem = { 0xc0000000, 0xdfffffff };
/* What OVMF makes of -cpu max,phys-bits=48 -global q35-pcihost.pci-hole64-size=64T. */
static const struct pfb_window q35_high = { 0x380000000000, 0x77ffffffffff };

/**
 * struct wanted - a BAR that must be where it is on the host
 * @host: its function in struct pfb_vm_host.top
 * @bar: PCI resource index
 * @first: first address
 * @last: last address
 */
struct wanted {
	u32 host;
	unsigned int bar;
	u64 first;
	u64 last;
};

/* A CPU that the capture does not name may be any. */
static bool may_reserve(const struct pfb_capture *capture, u64 first, u64 last)
{
	return pfb_cpu_reserves(capture->cpu_vendor[0] ? capture->cpu_vendor : PFB_CPU_AMD,
				first, last);
}

static bool holds(const struct pfb_window *window, const struct wanted *w)
{
	return window->base <= w->first && w->last <= window->limit;
}

static bool beyond(const struct pfb_capture *capture, u64 last)
{
	return capture->address_bits && capture->address_bits < 64 &&
	       last >> capture->address_bits;
}

static int check_wanted(const struct pfb_vm_host *host, struct wanted *w, struct pfb_error *err)
{
	const struct pfb_bar *bar = &host->top.functions[w->host].bars[w->bar];
	const struct pfb_capture *capture = host->capture;
	const char *name = pfb_bar_index_name(w->bar);
	const char *bdf = pfb_vm_host_bdf(host, w->host);
	unsigned long long first;

	if (!(bar->flags & PFB_BAR_ASSIGNED) || !bar->address)
		return pfb_fail(err, -EXDEV,
				"%s %s: has no address on the host, which the guest's could equal: find why the host gave it none (\"can't assign\" in its kernel log), and capture it again",
				bdf, name);
	w->first = bar->address;
	first = w->first;
	if (w->first & (bar->size - 1))
		return pfb_fail(err, -ENODATA,
				"%s %s: at 0x%llx on the host, no multiple of its 0x%llx bytes: the capture is wrong, capture the host again",
				bdf, name, first, (unsigned long long)bar->size);
	/* aligned to a power of two, it does not wrap */
	w->last = w->first + (bar->size - 1);
	if (w->first < PFB_4GIB)
		return pfb_fail(err, -EXDEV,
				"%s %s: at 0x%llx on the host, below 4 GiB, where a guest has its memory: turn on \"above 4G decoding\" in the host's firmware",
				bdf, name, first);
	if (beyond(capture, w->last))
		return pfb_fail(err, -EXDEV,
				"%s %s: ends at 0x%llx on the host, beyond the %u address bits of its CPU, which a guest has, too: the host's firmware must place it lower",
				bdf, name, (unsigned long long)w->last, capture->address_bits);
	if (!may_reserve(capture, w->first, w->last))
		return 0;
	if (capture->cpu_vendor[0])
		return pfb_fail(err, -EXDEV,
				"%s %s: 0x%llx-0x%llx lies in 0x%llx-0x%llx, which AMD and Hygon CPUs reserve: the host's firmware must place it elsewhere",
				bdf, name, first, (unsigned long long)w->last,
				PFB_CPU_HT_BASE, PFB_CPU_HT_LIMIT);
	return pfb_fail(err, -EXDEV,
			"%s %s: 0x%llx-0x%llx lies in 0x%llx-0x%llx, which AMD and Hygon CPUs reserve, and the capture does not name the CPU: set \"cpu_vendor\" in it",
			bdf, name, first, (unsigned long long)w->last,
			PFB_CPU_HT_BASE, PFB_CPU_HT_LIMIT);
}

static int by_address(const void *a, const void *b)
{
	const struct wanted *x = a, *y = b;

	return x->first < y->first ? -1 : x->first > y->first;
}

static int check_overlaps(const struct pfb_vm_host *host, const struct wanted *w, u32 nr,
			  struct pfb_error *err)
{
	u32 i;

	for (i = 1; i < nr; i++)
		if (w[i - 1].last >= w[i].first)
			return pfb_fail(err, -EEXIST,
					"%s %s at 0x%llx-0x%llx and %s %s at 0x%llx-0x%llx overlap, which no guest can mirror: assign one of them, or capture the host again if it is wrong",
					pfb_vm_host_bdf(host, w[i - 1].host),
					pfb_bar_index_name(w[i - 1].bar),
					(unsigned long long)w[i - 1].first,
					(unsigned long long)w[i - 1].last,
					pfb_vm_host_bdf(host, w[i].host),
					pfb_bar_index_name(w[i].bar),
					(unsigned long long)w[i].first,
					(unsigned long long)w[i].last);
	return 0;
}

static int find_wanted(const struct pfb_vm_host *host, struct wanted *wanted, u32 *nr,
		       struct pfb_error *err)
{
	unsigned int bar;
	u32 i;
	int ret;

	*nr = 0;
	for (i = 0; i < host->nr_assigned; i++) {
		u32 index = host->assigned[i];

		for (bar = 0; host->functions[index].provider && bar < PFB_NR_BARS; bar++) {
			struct wanted *w = &wanted[*nr];

			if (!pfb_vm_bar_fixable(&host->top.functions[index].bars[bar], bar))
				continue;
			*w = (struct wanted) { .host = index, .bar = bar };
			ret = check_wanted(host, w, err);
			if (ret)
				return ret;
			(*nr)++;
		}
	}
	qsort(wanted, *nr, sizeof(*wanted), by_address);
	return check_overlaps(host, wanted, *nr, err);
}

/* The largest power of two up to an address. */
static u64 power_below(u64 address)
{
	return 1ULL << (63 - __builtin_clzll(address));
}

/* @wanted: in ascending order */
static int choose_window(const struct pfb_vm_plan *plan, const struct pfb_vm_host *host,
			 const struct wanted *wanted, u32 nr, struct pfb_window *window,
			 struct pfb_error *err)
{
	const struct wanted *low = wanted, *high = wanted + nr - 1;
	u64 size = VIRT_WINDOW_MIN;

	if (!strcmp(plan->machine, "q35")) {
		*window = q35_high;
		return 0;
	}
	if (nr && low->first < VIRT_WINDOW_MIN)
		return pfb_fail(err, -EXDEV,
				"%s %s: at 0x%llx on the host, below 0x%llx, where the lowest 64-bit window of QEMU's virt begins: the host's firmware must place it higher, or state the window that the guest has with --window64",
				pfb_vm_host_bdf(host, low->host), pfb_bar_index_name(low->bar),
				(unsigned long long)low->first, VIRT_WINDOW_MIN);
	if (nr)
		size = power_below(low->first);
	if (nr && high->last - size >= size)
		return pfb_fail(err, -EXDEV,
				"%s %s at 0x%llx and %s %s at 0x%llx fit in no one window of QEMU's virt, which begins at its size, a power of two: assign them to two VMs, or state the window that the guest has with --window64",
				pfb_vm_host_bdf(host, low->host), pfb_bar_index_name(low->bar),
				(unsigned long long)low->first,
				pfb_vm_host_bdf(host, high->host), pfb_bar_index_name(high->bar),
				(unsigned long long)high->first);
	*window = (struct pfb_window) { size, size + (size - 1) };
	return 0;
}

static int check_window(const struct pfb_vm_host *host, const struct wanted *wanted, u32 nr,
			const struct pfb_window *window, struct pfb_error *err)
{
	unsigned long long base = window->base, limit = window->limit;
	u32 i;

	if (window->base < PFB_4GIB || window->limit < window->base)
		return pfb_fail(err, -EINVAL,
				"the guest's 64-bit window 0x%llx-0x%llx, expected one above 4 GiB: correct --window64",
				base, limit);
	for (i = 0; i < nr; i++)
		if (!holds(window, &wanted[i]))
			return pfb_fail(err, -EXDEV,
					"%s %s: at 0x%llx-0x%llx on the host, outside the guest's 64-bit window 0x%llx-0x%llx: state another window with --window64",
					pfb_vm_host_bdf(host, wanted[i].host),
					pfb_bar_index_name(wanted[i].bar),
					(unsigned long long)wanted[i].first,
					(unsigned long long)wanted[i].last, base, limit);
	if (beyond(host->capture, window->limit))
		return pfb_fail(err, -EXDEV,
				"the guest's 64-bit window 0x%llx-0x%llx ends beyond the %u address bits of the host's CPU: state a lower or smaller one with --window64",
				base, limit, host->capture->address_bits);
	if (pfb_cpu_reserves(host->capture->cpu_vendor, window->base, window->limit))
		return pfb_fail(err, -EXDEV,
				"the guest's 64-bit window 0x%llx-0x%llx overlaps 0x%llx-0x%llx, which AMD and Hygon CPUs reserve: state one beside it with --window64",
				base, limit, PFB_CPU_HT_BASE, PFB_CPU_HT_LIMIT);
	return 0;
}

static void fix(struct pfb_vm_plan *plan, const struct pfb_vm_host *host,
		const struct wanted *wanted, u32 nr)
{
	u32 i;

	for (i = 0; i < nr; i++) {
		u32 guest = host->functions[wanted[i].host].guest;
		struct pfb_vm_function *vf = &plan->functions[guest];

		plan->fixed[plan->nr_fixed++] = (struct pfb_plan_fixed) {
			.function = guest, .bar = wanted[i].bar, .address = wanted[i].first,
		};
		vf->fixed |= (u16)(1U << wanted[i].bar);
		snprintf(vf->why[wanted[i].bar], sizeof(vf->why[0]),
			 "where %s has it on the host: what a peer writes there turns at the host's switch",
			 pfb_vm_host_bdf(host, wanted[i].host));
	}
}

static const char *why_not_fixed(const struct pfb_bar *bar, unsigned int index)
{
	if (bar->flags & PFB_BAR_IO)
		return bar->flags & PFB_BAR_ASSIGNED ?
		       "I/O ports: packed into the guest's own, peers do not use them" :
		       "I/O ports: without an address, each bridge would take 4 KiB of the guest's 64 KiB";
	if (index == PFB_BAR_ROM)
		return "expansion ROM: packed below 4 GiB, peers do not use it";
	if (!(bar->flags & PFB_BAR_MEM64))
		return "32-bit: packed below 4 GiB, where the guest's addresses are its own; not for peers";
	if (!(bar->flags & PFB_BAR_PREFETCH))
		return "not prefetchable, which bridges forward below 4 GiB only, where the guest's addresses are its own; not for peers";
	return "no provider's: packed around what is fixed (--provider would fix it)";
}

static void explain(struct pfb_vm_plan *plan)
{
	unsigned int bar;
	u32 i;

	for (i = 0; i < plan->top.nr_functions; i++) {
		struct pfb_vm_function *vf = &plan->functions[i];

		for (bar = 0; bar < PFB_NR_BARS; bar++) {
			const struct pfb_bar *b = &plan->top.functions[i].bars[bar];

			if (b->size && !vf->why[bar][0])
				snprintf(vf->why[bar], sizeof(vf->why[bar]), "%s",
					 why_not_fixed(b, bar));
		}
	}
}

static bool has_io(const struct pfb_topology *top)
{
	unsigned int bar;
	u32 i;

	for (i = 0; i < top->nr_functions; i++)
		for (bar = 0; bar < PFB_BAR_ROM; bar++)
			if (top->functions[i].bars[bar].size &&
			    (top->functions[i].bars[bar].flags & PFB_BAR_IO))
				return true;
	return false;
}

static int plan_rest(struct pfb_vm_plan *plan, struct pfb_error *err)
{
	struct pfb_topology *top = &plan->top;
	struct pfb_window *io = &top->roots[0].windows[PFB_WINDOW_IO];
	struct pfb_error why;
	void *scratch;
	int ret, again;

	ret = pfb_plan_bus_numbers(top, &why);
	if (ret)
		return pfb_fail(err, ret, "in the guest: %s", why.text);
	scratch = malloc(pfb_plan_scratch_size(top, plan->nr_fixed));
	if (!scratch)
		return pfb_fail(err, -ENOMEM, "out of memory");
	ret = pfb_plan_addresses(top, plan->fixed, plan->nr_fixed, scratch, &why);
	/* Every PCI Express function must work without I/O (PCIe 6.0, 7.5.1.2.1). */
	if (ret == -ENOSPC && has_io(top)) {
		struct pfb_window was = *io;

		*io = (struct pfb_window) { 1, 0 };
		again = pfb_plan_addresses(top, plan->fixed, plan->nr_fixed, scratch, NULL);
		if (again)
			*io = was;
		else
			pfb_vm_note(plan, "I/O BARs get no address: each bridge above one takes 4 KiB of the guest's 64 KiB of ports, and there are too many; PCI Express functions must work without");
		ret = again ? ret : 0;
	}
	free(scratch);
	return ret ? pfb_fail(err, ret, "in the guest: %s", why.text) : 0;
}

/* Who makes the window, and what it has to be told so that it is this one. */
static void note_window(struct pfb_vm_plan *plan, const struct pfb_window *stated)
{
	const struct pfb_window *window = &plan->top.roots[0].windows[PFB_WINDOW_PREF];
	unsigned long long base = window->base, size = window->limit - window->base + 1;

	pfb_vm_note(plan, "the guest's memory must end below the 64-bit window at 0x%llx", base);
	if (!strcmp(plan->machine, "q35"))
		pfb_vm_note(plan, "on q35 the firmware makes the 64-bit window: %s; compare it with the guest's /proc/iomem",
			    stated ? "that it is the stated one is not checked" :
			    "0x380000000000-0x77ffffffffff is OVMF's with phys-bits=48 and pci-hole64-size=64T");
	else if (size < VIRT_WINDOW_MIN || size & (size - 1) || base != size)
		pfb_vm_note(plan, "a stock virt's 64-bit window begins at its size, a power of two from 512 GiB on: 0x%llx:0x%llx takes a QEMU with pcie-mmio-window",
			    base, size);
}

int pfb_vm_pack(struct pfb_vm_plan *plan, struct pfb_error *err)
{
	int ret = plan_rest(plan, err);

	if (!ret)
		explain(plan);
	return ret;
}

int pfb_vm_addresses(struct pfb_vm_plan *plan, const struct pfb_vm_host *host,
		     const struct pfb_vm_request *request, struct pfb_error *err)
{
	bool virt = !strcmp(plan->machine, "virt");
	struct pfb_root *root = &plan->top.roots[0];
	struct wanted *wanted;
	u32 nr;
	int ret;

	plan->top.nr_roots = 1;
	*root = (struct pfb_root) { .last_bus = 0xff };
	root->windows[PFB_WINDOW_IO] = virt ? virt_io : q35_io;
	root->windows[PFB_WINDOW_MEM] = virt ? virt_mem : q35_mem;

	wanted = calloc((size_t)host->nr_assigned * PFB_NR_BARS, sizeof(*wanted));
	if (!wanted)
		return pfb_fail(err, -ENOMEM, "out of memory");
	ret = find_wanted(host, wanted, &nr, err);
	if (!ret && request->window64)
		root->windows[PFB_WINDOW_PREF] = *request->window64;
	else if (!ret)
		ret = choose_window(plan, host, wanted, nr, &root->windows[PFB_WINDOW_PREF], err);
	if (!ret)
		ret = check_window(host, wanted, nr, &root->windows[PFB_WINDOW_PREF], err);
	if (!ret) {
		fix(plan, host, wanted, nr);
		ret = pfb_vm_pack(plan, err);
	}
	free(wanted);
	if (ret)
		return ret;

	note_window(plan, request->window64);
	if (!host->capture->address_bits)
		pfb_vm_note(plan, "the capture does not say how many address bits the host's CPU has: check that it reaches 0x%llx",
			    (unsigned long long)root->windows[PFB_WINDOW_PREF].limit);
	return 0;
}
