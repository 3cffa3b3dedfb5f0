// SPDX-License-Identifier: GPL-2.0
/*
 * The planner: bus numbers, BAR addresses, bridge windows.
 *
 * I/O, 32-bit memory and prefetchable memory are planned one after the other,
 * each in phases over the whole tree, without recursion:
 *
 *	hulls	from the leaves up: what each bridge's window must span because
 *		of the fixed BARs behind it
 *	bounds	from the roots down: how far each of those windows may grow without
 *		touching what is fixed beside it
 *	pack	from the leaves up: everything else. A bus with fixed BARs behind it
 *		is packed around them, at addresses; one without is packed into
 *		a block that starts at 0
 *	shift	from the roots down: the blocks get their addresses
 *
 * The result depends on sizes, order and fixed addresses only, never on where
 * things were: planning a plan changes nothing.
 */
#include <pci_fixed_bars/gaps.h>
#include <pci_fixed_bars/plan.h>
#include <pci_fixed_bars/sort.h>

#define PFB_4GIB		(1ULL << 32)
#define PFB_IO16_LAST		0xffffULL

/* PCI-to-PCI Bridge Architecture 1.2, 3.2.5: what window registers can express. */
#define PFB_GRANULE_IO		0x1000ULL
#define PFB_GRANULE_MEM		0x100000ULL

/* Legacy devices decode below it; the kernel's PCIBIOS_MIN_IO stays above it too. */
#define PFB_IO_FIRST		0x1000ULL

/* BARs that share a page can't be mapped one by one. */
#define PFB_BAR_ALIGN_MIN	0x1000ULL

/* Room for a block that has no address yet. */
#define PFB_BLOCK_LAST		((1ULL << 63) - 1)

#define PFB_WINDOW_ITEM		PFB_NR_BARS	/* an item that is a bridge's window */

#define PFB_PLAN_STRATEGIES	2

/**
 * struct owner - who is at an address: a BAR, or a bridge's window
 * @function: index of the function
 * @bar: its PCI resource index, or %PFB_WINDOW_ITEM
 */
struct owner {
	u32 function;
	u32 bar;
};

/* struct bus.can: what all bridges above a bus can forward. */
#define CAN_IO			(1U << 0)
#define CAN_PREF		(1U << 1)
#define ONLY_IO16		(1U << 2)

/**
 * struct bus - a bus: those behind bridges by the bridge's index, then the root buses
 * @first: the first function on it, or %PFB_NO_FUNCTION
 * @can: CAN_*, ONLY_IO16
 * @wants: something that is not fixed lies behind the bridge
 * @hull_lo: first address that fixed BARs need; above @hull_hi when there are none
 * @hull_hi: last address that fixed BARs need
 * @hull_lo_by: the fixed BAR at @hull_lo
 * @hull_hi_by: the fixed BAR at @hull_hi
 * @bound_lo: first address that the window may have
 * @bound_hi: last address that the window may have
 * @base: the window: its address, or its offset in the block of the bus above
 * @size: bytes, 0 when closed
 * @align: what @base must be a multiple of
 * @max: highest address that the window may have
 */
struct bus {
	u32 first;
	u8 can;
	bool wants;
	u64 hull_lo;
	u64 hull_hi;
	struct owner hull_lo_by;
	struct owner hull_hi_by;
	u64 bound_lo;
	u64 bound_hi;
	u64 base;
	u64 size;
	u64 align;
	u64 max;
};

/**
 * struct slot - what is planned for a function
 * @next: the next function on its bus, or %PFB_NO_FUNCTION
 * @fixed: BARs whose address is given, by bit
 * @placed: BARs that have an address, by bit
 * @address: by PCI resource index: the address, or the offset in the block of the bus
 * @windows: bridges: by enum pfb_window_kind
 */
struct slot {
	u32 next;
	u16 fixed;
	u16 placed;
	u64 address[PFB_NR_BARS];
	struct pfb_window windows[PFB_NR_WINDOWS];
};

/**
 * struct item - something on a bus that takes addresses
 * @by: what it is
 * @size: bytes
 * @align: what its address must be a multiple of
 * @max: highest address that it may have
 * @address: where it is, once that is known
 */
struct item {
	struct owner by;
	u64 size;
	u64 align;
	u64 max;
	u64 address;
};

/**
 * struct plan - a plan in the making, in the caller's scratch
 * @top: the topology; not written before everything is planned
 * @kind: the kind of window that is planned
 * @granule: what windows of @kind start at a multiple of, bytes
 * @strategy: 0: the room between two fixed things is the lower one's to grow
 *	into, and windows grow upwards first; 1: the other way round
 * @buses: one for each function (used by bridges), then one for each root bus
 * @slots: one for each function
 * @items: what is on the bus that is worked on: @nr_pinned that have an address, then
 *	the others
 * @order: indexes into @items, little-endian, for sorting
 * @gap_memory: for @gaps
 * @nr_items: entries used in @items
 * @nr_pinned: entries at the start of @items that have an address
 * @max_items: entries in @items and @order
 */
struct plan {
	struct pfb_topology *top;
	enum pfb_window_kind kind;
	u64 granule;
	unsigned int strategy;
	struct bus *buses;
	struct slot *slots;
	struct item *items;
	u32 *order;
	struct pfb_gap *gap_memory;
	u32 nr_items;
	u32 nr_pinned;
	u32 max_items;
};

/**
 * struct owner_text - an owner in words
 * @text: "0000:00:01.0/00.0 bar2", "the window of 0000:00:01.0"
 */
struct owner_text {
	char text[PFB_PATH_TEXT_MAX + 16];
};

static const char *name_function(const struct pfb_topology *top, u32 function,
				 char *buf, size_t size)
{
	struct pfb_path path;

	if (pfb_topology_path(top, function, &path))
		snprintf(buf, size, "function %u (deeper than a path can say)", function);
	else
		pfb_path_format(&path, buf, size);
	return buf;
}

static const char *name_owner(const struct pfb_topology *top, const struct owner *by,
			      struct owner_text *out)
{
	char path[PFB_PATH_TEXT_MAX];

	name_function(top, by->function, path, sizeof(path));
	if (by->bar == PFB_WINDOW_ITEM)
		snprintf(out->text, sizeof(out->text), "the window of %s", path);
	else
		snprintf(out->text, sizeof(out->text), "%s %s", path,
			 pfb_bar_index_name(by->bar));
	return out->text;
}

/* What gives a host bridge more room of a kind. */
static const char *more_room(enum pfb_window_kind kind)
{
	switch (kind) {
	case PFB_WINDOW_IO:
		return "take functions without I/O BARs (QEMU: disable-legacy=on for virtio)";
	case PFB_WINDOW_MEM:
		return "take fewer functions with 32-bit or non-prefetchable BARs below this host bridge";
	default:
		return "enlarge the host bridge's 64-bit window (QEMU: -machine virt,highmem-mmio-size=64T, or -global q35-pcihost.pci-hole64-size=64T)";
	}
}

static u64 round_down_to(u64 address, u64 align)
{
	return address & ~(align - 1);
}

static u64 last_of_granule(u64 address, u64 granule)
{
	return address | (granule - 1);
}

static bool window_is_open(const struct pfb_window *window)
{
	return window->base <= window->limit;
}

static bool window_holds(const struct pfb_window *window, u64 first, u64 last)
{
	return window->base <= first && last <= window->limit;
}

/* Bytes that a BAR takes: a PF's VF BAR holds those of all its VFs. */
static u64 bar_span(const struct pfb_function *fn, unsigned int bar)
{
	u64 size = fn->bars[bar].size;

	return bar < PFB_BAR_VF0 ? size : size * fn->total_vfs;
}

static u32 root_bus_of(const struct pfb_topology *top, u32 root)
{
	return top->nr_functions + root;
}

/* The bus that a function is on. */
static u32 bus_of(const struct pfb_topology *top, u32 function)
{
	const struct pfb_function *fn = &top->functions[function];

	return fn->parent == PFB_NO_FUNCTION ? root_bus_of(top, fn->root) : fn->parent;
}

static bool is_root_bus(const struct pfb_topology *top, u32 bus)
{
	return bus >= top->nr_functions;
}

static const struct pfb_window *root_window(const struct pfb_topology *top, u32 function,
					    enum pfb_window_kind kind)
{
	return &top->roots[top->functions[function].root].windows[kind];
}

static bool has_hull(const struct bus *bus)
{
	return bus->hull_lo <= bus->hull_hi;
}

static bool is_fixed(const struct plan *plan, u32 function, unsigned int bar)
{
	return plan->slots[function].fixed & (1U << bar);
}

/*
 * The kind of window that a BAR's address is in, or %PFB_NR_WINDOWS for one that
 * gets no address: an I/O BAR that no I/O window reaches, which PCIe functions
 * must work without (PCIe 6.0, 7.5.1.2.1).
 *
 * Behind bridges a prefetchable window forwards prefetchable BARs only; on a
 * root bus it is the 64-bit window, and takes what is fixed there.
 */
static enum pfb_window_kind bar_kind(const struct plan *plan, u32 function, unsigned int bar)
{
	const struct pfb_topology *top = plan->top;
	const struct pfb_function *fn = &top->functions[function];
	u8 can = plan->buses[bus_of(top, function)].can;
	u32 flags = fn->bars[bar].flags;
	const struct pfb_window *low;
	u64 address;

	if (flags & PFB_BAR_IO)
		return can & CAN_IO ? PFB_WINDOW_IO : PFB_NR_WINDOWS;
	if (!(flags & PFB_BAR_MEM64) || !(can & CAN_PREF))
		return PFB_WINDOW_MEM;
	if (!is_fixed(plan, function, bar))
		return flags & PFB_BAR_PREFETCH ? PFB_WINDOW_PREF : PFB_WINDOW_MEM;
	if (fn->parent != PFB_NO_FUNCTION && !(flags & PFB_BAR_PREFETCH))
		return PFB_WINDOW_MEM;

	low = root_window(top, function, PFB_WINDOW_MEM);
	address = plan->slots[function].address[bar];
	return window_holds(low, address, address) ? PFB_WINDOW_MEM : PFB_WINDOW_PREF;
}

/* Does a function have a BAR that is planned here? VFs have theirs inside their PF's. */
static bool has_bar(const struct pfb_function *fn, unsigned int bar)
{
	return fn->bars[bar].size && !(fn->flags & PFB_FN_VF);
}

int pfb_plan_bus_numbers(struct pfb_topology *top, struct pfb_error *err)
{
	u32 root, i, next;
	int ret;

	ret = pfb_topology_check_tree(top, err);
	if (ret)
		return ret;

	/* Each bridge takes one number, so that counting them tells it all. */
	for (root = 0, i = 0; root < top->nr_roots; root++) {
		const struct pfb_root *r = &top->roots[root];

		for (next = r->bus + 1U; i < top->nr_functions &&
		     top->functions[i].root == root; i++)
			if (pfb_topology_is_bridge(&top->functions[i]))
				next++;
		if (next > r->last_bus + 1U)
			return pfb_fail(err, -ENOSPC,
					"root bus %04x:%02x: %u bridges need buses %02x-%02x, but it has %02x-%02x: put a part of them below another host bridge (QEMU: pxb-pcie), or give this one more bus numbers (bus_nr of the next)",
					r->segment, r->bus, next - r->bus - 1U, r->bus,
					next - 1U, r->bus, r->last_bus);
	}

	for (root = PFB_NO_FUNCTION, next = 0, i = 0; i < top->nr_functions; i++) {
		struct pfb_function *fn = &top->functions[i];

		if (fn->root != root) {
			root = fn->root;
			next = top->roots[root].bus + 1U;
		}
		fn->bus = fn->parent == PFB_NO_FUNCTION ? top->roots[root].bus :
			  top->functions[fn->parent].secondary;
		if (!pfb_topology_is_bridge(fn))
			continue;
		fn->secondary = next;
		fn->subordinate = next;
		next++;
	}
	for (i = top->nr_functions; i--; ) {
		const struct pfb_function *fn = &top->functions[i];
		struct pfb_function *above;

		if (!pfb_topology_is_bridge(fn) || fn->parent == PFB_NO_FUNCTION)
			continue;
		above = &top->functions[fn->parent];
		if (above->subordinate < fn->subordinate)
			above->subordinate = fn->subordinate;
	}
	return 0;
}

static void init_buses(struct plan *plan)
{
	const struct pfb_topology *top = plan->top;
	u32 i;

	for (i = 0; i < top->nr_roots; i++) {
		struct bus *bus = &plan->buses[root_bus_of(top, i)];
		const struct pfb_window *windows = top->roots[i].windows;

		memset(bus, 0, sizeof(*bus));
		bus->first = PFB_NO_FUNCTION;
		if (window_is_open(&windows[PFB_WINDOW_IO]))
			bus->can |= CAN_IO;
		if (window_is_open(&windows[PFB_WINDOW_PREF]))
			bus->can |= CAN_PREF;
	}
	for (i = 0; i < top->nr_functions; i++) {
		const struct pfb_function *fn = &top->functions[i];
		struct bus *bus = &plan->buses[i];

		memset(bus, 0, sizeof(*bus));
		bus->first = PFB_NO_FUNCTION;
		bus->can = plan->buses[bus_of(top, i)].can;
		if (fn->flags & PFB_FN_NO_IO_WINDOW)
			bus->can &= ~CAN_IO;
		if (!(fn->flags & PFB_FN_PREF64) || (fn->flags & PFB_FN_NO_PREF_WINDOW))
			bus->can &= ~CAN_PREF;
		if (!(fn->flags & PFB_FN_IO32))
			bus->can |= ONLY_IO16;
		memset(&plan->slots[i], 0, sizeof(plan->slots[i]));
	}
	/* From the end, so that each list is in ascending order. */
	for (i = top->nr_functions; i--; ) {
		struct bus *bus = &plan->buses[bus_of(top, i)];

		plan->slots[i].next = bus->first;
		bus->first = i;
	}
}

static int check_root_windows(const struct pfb_topology *top, struct pfb_error *err)
{
	u32 i;

	for (i = 0; i < top->nr_roots; i++) {
		const struct pfb_root *root = &top->roots[i];
		const struct pfb_window *low = &root->windows[PFB_WINDOW_MEM];
		const struct pfb_window *high = &root->windows[PFB_WINDOW_PREF];

		if (window_is_open(low) && low->limit >= PFB_4GIB)
			return pfb_fail(err, -EINVAL,
					"host bridge %04x:%02x: 32-bit memory window 0x%llx-0x%llx, expected it below 4 GiB",
					root->segment, root->bus, (unsigned long long)low->base,
					(unsigned long long)low->limit);
		if (window_is_open(low) && window_is_open(high) &&
		    low->base <= high->limit && high->base <= low->limit)
			return pfb_fail(err, -EEXIST,
					"host bridge %04x:%02x: its 32-bit window 0x%llx-0x%llx and its 64-bit window 0x%llx-0x%llx overlap, expected two ranges",
					root->segment, root->bus, (unsigned long long)low->base,
					(unsigned long long)low->limit,
					(unsigned long long)high->base,
					(unsigned long long)high->limit);
	}
	return 0;
}

/* Why no window above a fixed BAR can hold its address, if so. */
static int check_reach(const struct plan *plan, const struct pfb_plan_fixed *fixed,
		       u64 last, struct pfb_error *err)
{
	const struct pfb_topology *top = plan->top;
	const struct pfb_function *fn = &top->functions[fixed->function];
	const struct owner by = { fixed->function, fixed->bar };
	enum pfb_window_kind kind = bar_kind(plan, fixed->function, fixed->bar);
	unsigned long long first_ull = fixed->address, last_ull = last;
	const struct pfb_window *window;
	struct owner_text name;
	u8 can = plan->buses[bus_of(top, fixed->function)].can;

	name_owner(top, &by, &name);
	if (kind == PFB_NR_WINDOWS)
		return pfb_fail(err, -ENOSPC,
				"%s: fixed at port 0x%llx, but no I/O window reaches it: put it below bridges and a host bridge that have one",
				name.text, first_ull);
	if (kind == PFB_WINDOW_IO && (can & ONLY_IO16) && last > PFB_IO16_LAST)
		return pfb_fail(err, -ENOSPC,
				"%s: fixed at ports 0x%llx-0x%llx, but a bridge above it forwards 16-bit ports only: choose ports up to 0xffff",
				name.text, first_ull, last_ull);

	window = root_window(top, fixed->function, kind);
	if (window_is_open(window) && window_holds(window, fixed->address, last))
		return 0;

	if (kind == PFB_WINDOW_MEM && fixed->address >= PFB_4GIB &&
	    !(fn->bars[fixed->bar].flags & PFB_BAR_PREFETCH))
		return pfb_fail(err, -ENOSPC,
				"%s: fixed at 0x%llx, but it is not prefetchable, and bridges forward that below 4 GiB only: choose an address in the host bridge's 0x%llx-0x%llx",
				name.text, first_ull, (unsigned long long)window->base,
				(unsigned long long)window->limit);
	if (kind == PFB_WINDOW_MEM && fixed->address >= PFB_4GIB)
		return pfb_fail(err, -ENOSPC,
				"%s: fixed at 0x%llx, but a bridge or host bridge above it has no 64-bit prefetchable window: use bridges that have one (QEMU: pcie-root-port), or choose an address in 0x%llx-0x%llx",
				name.text, first_ull, (unsigned long long)window->base,
				(unsigned long long)window->limit);
	return pfb_fail(err, -ENOSPC,
			"%s: fixed at 0x%llx-0x%llx, outside its host bridge's %s window 0x%llx-0x%llx: choose an address inside, or %s",
			name.text, first_ull, last_ull, pfb_window_name(kind),
			(unsigned long long)window->base, (unsigned long long)window->limit,
			more_room(kind));
}

static int take_fixed(struct plan *plan, const struct pfb_plan_fixed *fixed,
		      struct pfb_error *err)
{
	const struct pfb_topology *top = plan->top;
	const struct pfb_function *fn;
	struct owner_text name;
	struct owner by = { fixed->function, fixed->bar };
	struct slot *slot;
	u64 size, last;

	if (fixed->function >= top->nr_functions)
		return pfb_fail(err, -EINVAL,
				"fixed address 0x%llx is for function %u, but there are %u",
				(unsigned long long)fixed->address, fixed->function,
				top->nr_functions);
	fn = &top->functions[fixed->function];
	slot = &plan->slots[fixed->function];
	name_owner(top, &by, &name);

	if (fixed->bar >= PFB_NR_BARS || !fn->bars[fixed->bar].size)
		return pfb_fail(err, -EINVAL,
				"%s: fixed at 0x%llx, but function %04x:%04x has no such BAR: correct the BAR's index or the path",
				name.text, (unsigned long long)fixed->address, fn->vendor,
				fn->device);
	if (fn->flags & PFB_FN_VF)
		return pfb_fail(err, -EINVAL,
				"%s: fixed at 0x%llx, but it is a VF, whose BARs lie in its PF's: fix the PF's vfbar",
				name.text, (unsigned long long)fixed->address);
	if (slot->fixed & (1U << fixed->bar))
		return pfb_fail(err, -EINVAL,
				"%s: fixed at 0x%llx and at 0x%llx, expected one address: leave one out",
				name.text, (unsigned long long)slot->address[fixed->bar],
				(unsigned long long)fixed->address);
	size = fn->bars[fixed->bar].size;
	if (!fixed->address || (fixed->address & (size - 1)))
		return pfb_fail(err, -EINVAL,
				"%s: fixed at 0x%llx, expected a multiple of its size 0x%llx, and not 0",
				name.text, (unsigned long long)fixed->address,
				(unsigned long long)size);
	if (check_add_overflow(fixed->address, bar_span(fn, fixed->bar) - 1, &last) ||
	    (!(fn->bars[fixed->bar].flags & PFB_BAR_MEM64) && last >= PFB_4GIB))
		return pfb_fail(err, -EINVAL,
				"%s: fixed at 0x%llx with 0x%llx bytes, beyond the %s that it can address: choose a lower address",
				name.text, (unsigned long long)fixed->address,
				(unsigned long long)bar_span(fn, fixed->bar),
				fn->bars[fixed->bar].flags & PFB_BAR_MEM64 ? "64 bits" : "4 GiB");

	slot->fixed |= 1U << fixed->bar;
	slot->address[fixed->bar] = fixed->address;
	return check_reach(plan, fixed, last, err);
}

static void widen_hull(struct bus *bus, u64 lo, u64 hi, const struct owner *lo_by,
		       const struct owner *hi_by)
{
	bool first = !has_hull(bus);

	if (first || lo < bus->hull_lo) {
		bus->hull_lo = lo;
		bus->hull_lo_by = *lo_by;
	}
	if (first || hi > bus->hull_hi) {
		bus->hull_hi = hi;
		bus->hull_hi_by = *hi_by;
	}
}

/* Phase 1, leaves first: what fixed BARs make each window span. */
static void find_hulls(struct plan *plan)
{
	const struct pfb_topology *top = plan->top;
	unsigned int bar;
	u32 i;

	for (i = 0; i < top->nr_functions + top->nr_roots; i++) {
		plan->buses[i].hull_lo = 1;
		plan->buses[i].hull_hi = 0;
		plan->buses[i].size = 0;
		plan->buses[i].wants = false;
	}

	for (i = top->nr_functions; i--; ) {
		const struct pfb_function *fn = &top->functions[i];
		struct bus *bus = &plan->buses[bus_of(top, i)];
		struct bus *behind = &plan->buses[i];

		if (has_hull(behind)) {
			behind->hull_lo = round_down_to(behind->hull_lo, plan->granule);
			behind->hull_hi = last_of_granule(behind->hull_hi, plan->granule);
			widen_hull(bus, behind->hull_lo, behind->hull_hi,
				   &behind->hull_lo_by, &behind->hull_hi_by);
		}
		bus->wants |= behind->wants;

		for (bar = 0; bar < PFB_NR_BARS; bar++) {
			struct owner by = { i, bar };
			u64 address = plan->slots[i].address[bar];

			if (!has_bar(fn, bar) || bar_kind(plan, i, bar) != plan->kind)
				continue;
			if (is_fixed(plan, i, bar))
				widen_hull(bus, address, address + (bar_span(fn, bar) - 1),
					   &by, &by);
			else
				bus->wants = true;
		}
	}
}

static struct item *add_item(struct plan *plan, u32 function, unsigned int bar, u64 size)
{
	struct item *item = &plan->items[plan->nr_items++];

	memset(item, 0, sizeof(*item));
	item->by.function = function;
	item->by.bar = bar;
	item->size = size;
	return item;
}

static u64 highest_address(const struct plan *plan, u8 can)
{
	switch (plan->kind) {
	case PFB_WINDOW_IO:
		return can & ONLY_IO16 ? PFB_IO16_LAST : PFB_4GIB - 1;
	case PFB_WINDOW_MEM:
		return PFB_4GIB - 1;
	default:
		return ~0ULL;
	}
}

/* What is on a bus and has an address; @hulls: bridges' hulls, not yet their windows. */
static void gather_pinned(struct plan *plan, const struct bus *bus, bool hulls)
{
	const struct pfb_topology *top = plan->top;
	unsigned int bar;
	u32 i;

	plan->nr_items = 0;
	for (i = bus->first; i != PFB_NO_FUNCTION; i = plan->slots[i].next) {
		const struct pfb_function *fn = &top->functions[i];
		const struct bus *behind = &plan->buses[i];

		if (has_hull(behind))
			add_item(plan, i, PFB_WINDOW_ITEM,
				 hulls ? behind->hull_hi - behind->hull_lo + 1 :
				 behind->size)->address =
				hulls ? behind->hull_lo : behind->base;
		for (bar = 0; plan->slots[i].fixed >> bar; bar++)
			if (is_fixed(plan, i, bar) && bar_kind(plan, i, bar) == plan->kind)
				add_item(plan, i, bar, bar_span(fn, bar))->address =
					plan->slots[i].address[bar];
	}
	plan->nr_pinned = plan->nr_items;
}

/* What is on a bus and needs an address. */
static void gather_others(struct plan *plan, const struct bus *bus)
{
	const struct pfb_topology *top = plan->top;
	struct item *item;
	unsigned int bar;
	u32 i;

	for (i = bus->first; i != PFB_NO_FUNCTION; i = plan->slots[i].next) {
		const struct pfb_function *fn = &top->functions[i];
		const struct bus *behind = &plan->buses[i];

		if (behind->size && !has_hull(behind)) {
			item = add_item(plan, i, PFB_WINDOW_ITEM, behind->size);
			item->align = behind->align;
			item->max = behind->max;
		}
		for (bar = 0; bar < PFB_NR_BARS; bar++) {
			if (!has_bar(fn, bar) || is_fixed(plan, i, bar) ||
			    bar_kind(plan, i, bar) != plan->kind)
				continue;
			item = add_item(plan, i, bar, bar_span(fn, bar));
			item->align = fn->bars[bar].size;
			if (plan->kind != PFB_WINDOW_IO && item->align < PFB_BAR_ALIGN_MIN)
				item->align = PFB_BAR_ALIGN_MIN;
			item->max = highest_address(plan, bus->can);
		}
	}
}

static int compare_owner(const struct owner *a, const struct owner *b)
{
	if (a->function != b->function)
		return a->function < b->function ? -1 : 1;
	return a->bar < b->bar ? -1 : a->bar > b->bar;
}

static int by_address(const void *ctx, u32 a, u32 b)
{
	const struct item *x = (const struct item *)ctx + a;
	const struct item *y = (const struct item *)ctx + b;

	if (x->address != y->address)
		return x->address < y->address ? -1 : 1;
	return compare_owner(&x->by, &y->by);
}

/*
 * Descending alignment leaves no holes. Of equal alignment, what ends off it
 * comes last: a hole after each of those would be as large as the alignment.
 */
static int by_alignment(const void *ctx, u32 a, u32 b)
{
	const struct item *x = (const struct item *)ctx + a;
	const struct item *y = (const struct item *)ctx + b;
	bool x_off = x->size & (x->align - 1), y_off = y->size & (y->align - 1);

	if (x->align != y->align)
		return x->align > y->align ? -1 : 1;
	if (x_off != y_off)
		return x_off ? 1 : -1;
	if (x->size != y->size)
		return x->size > y->size ? -1 : 1;
	if (x->max != y->max)
		return x->max < y->max ? -1 : 1;
	return compare_owner(&x->by, &y->by);
}

static void sort_items(struct plan *plan, u32 from, u32 to, pfb_compare_fn compare)
{
	u32 i;

	for (i = from; i < to; i++)
		pfb_put_le32(&plan->order[i], i);
	pfb_sort_le32(plan->order + from, to - from, compare, plan->items);
}

static struct item *nth_item(const struct plan *plan, u32 n)
{
	return &plan->items[pfb_get_le32(&plan->order[n])];
}

static u64 item_last(const struct item *item)
{
	return item->address + (item->size - 1);
}

/* The fixed BAR that makes an item be where it is. */
static const struct owner *fixed_of(const struct plan *plan, const struct item *item, bool hi)
{
	const struct bus *behind = &plan->buses[item->by.function];

	if (item->by.bar != PFB_WINDOW_ITEM)
		return &item->by;
	return hi ? &behind->hull_hi_by : &behind->hull_lo_by;
}

static u64 fixed_address(const struct plan *plan, const struct owner *by)
{
	return plan->slots[by->function].address[by->bar];
}

static int fail_overlap(const struct plan *plan, const struct item *low,
			const struct item *high, struct pfb_error *err)
{
	const struct owner *a = fixed_of(plan, low, true);
	const struct owner *b = fixed_of(plan, high, false);
	unsigned long long at_a = fixed_address(plan, a), at_b = fixed_address(plan, b);
	struct owner_text name_a, name_b;

	name_owner(plan->top, a, &name_a);
	name_owner(plan->top, b, &name_b);
	if (low->by.bar != PFB_WINDOW_ITEM && high->by.bar != PFB_WINDOW_ITEM)
		return pfb_fail(err, -EEXIST,
				"%s at 0x%llx-0x%llx and %s at 0x%llx-0x%llx overlap: give one of them another address",
				name_a.text, at_a, (unsigned long long)item_last(low),
				name_b.text, at_b, (unsigned long long)item_last(high));
	return pfb_fail(err, -EEXIST,
			"%s at 0x%llx and %s at 0x%llx need windows that overlap, 0x%llx-0x%llx and 0x%llx-0x%llx (in steps of 0x%llx): give one another address, or put both below one bridge",
			name_a.text, at_a, name_b.text, at_b,
			(unsigned long long)low->address, (unsigned long long)item_last(low),
			(unsigned long long)high->address, (unsigned long long)item_last(high),
			(unsigned long long)plan->granule);
}

static int fail_out_of_root(const struct plan *plan, u32 root, const struct item *item,
			    struct pfb_error *err)
{
	const struct pfb_root *r = &plan->top->roots[root];
	const struct pfb_window *window = &r->windows[plan->kind];
	const struct owner *by = fixed_of(plan, item, item->address >= window->base);
	struct owner_text name;

	return pfb_fail(err, -ENOSPC,
			"%s at 0x%llx needs a window 0x%llx-0x%llx, outside the host bridge's 0x%llx-0x%llx: keep it 0x%llx bytes away from the ends",
			name_owner(plan->top, by, &name),
			(unsigned long long)fixed_address(plan, by),
			(unsigned long long)item->address, (unsigned long long)item_last(item),
			(unsigned long long)window->base, (unsigned long long)window->limit,
			(unsigned long long)plan->granule);
}

/*
 * Phase 2, on one bus: how far the window of each bridge with fixed BARs behind
 * it may grow. What lies between two of them is one's alone, by strategy,
 * unless that one has nothing to put there.
 */
static int bound_windows(struct plan *plan, u32 index, struct pfb_error *err)
{
	const struct bus *bus = &plan->buses[index];
	u32 i;

	gather_pinned(plan, bus, true);
	sort_items(plan, 0, plan->nr_pinned, by_address);

	for (i = 0; i < plan->nr_pinned; i++) {
		const struct item *item = nth_item(plan, i);
		const struct item *below = i ? nth_item(plan, i - 1) : NULL;

		if (below && item_last(below) >= item->address)
			return fail_overlap(plan, below, item, err);
		/* Below a root bus hulls are within the hull above them. */
		if (is_root_bus(plan->top, index) &&
		    (item->address < bus->bound_lo || item_last(item) > bus->bound_hi))
			return fail_out_of_root(plan, index - plan->top->nr_functions, item, err);
	}

	for (i = 0; i < plan->nr_pinned; i++) {
		const struct item *item = nth_item(plan, i);
		const struct item *below = i ? nth_item(plan, i - 1) : NULL;
		const struct item *above = i + 1 < plan->nr_pinned ? nth_item(plan, i + 1) : NULL;
		struct bus *behind = &plan->buses[item->by.function];
		bool below_wants, above_wants;
		u64 lo, hi;

		if (item->by.bar != PFB_WINDOW_ITEM)
			continue;
		below_wants = below && below->by.bar == PFB_WINDOW_ITEM &&
			      plan->buses[below->by.function].wants;
		above_wants = above && above->by.bar == PFB_WINDOW_ITEM &&
			      plan->buses[above->by.function].wants;

		lo = below ? item_last(below) + 1 : bus->bound_lo;
		if (below_wants && plan->strategy == 0)
			lo = item->address;
		hi = above ? above->address - 1 : bus->bound_hi;
		if (above_wants && plan->strategy == 1)
			hi = item_last(item);
		if (hi > highest_address(plan, behind->can))
			hi = highest_address(plan, behind->can);

		/* Whole granules only; the hull is made of such. */
		if (lo != item->address)
			lo = last_of_granule(lo - 1, plan->granule) + 1;
		if (hi != item_last(item))
			hi = round_down_to(hi + 1, plan->granule) - 1;
		behind->bound_lo = lo;
		behind->bound_hi = hi;
	}
	return 0;
}

static int bound_all(struct plan *plan, struct pfb_error *err)
{
	const struct pfb_topology *top = plan->top;
	u32 i;
	int ret;

	for (i = 0; i < top->nr_roots; i++) {
		struct bus *bus = &plan->buses[root_bus_of(top, i)];
		const struct pfb_window *window = &top->roots[i].windows[plan->kind];

		bus->bound_lo = window->base;
		bus->bound_hi = window->limit;
		if (!has_hull(bus))
			continue;
		ret = bound_windows(plan, root_bus_of(top, i), err);
		if (ret)
			return ret;
	}
	for (i = 0; i < top->nr_functions; i++) {
		if (!has_hull(&plan->buses[i]))
			continue;
		ret = bound_windows(plan, i, err);
		if (ret)
			return ret;
	}
	return 0;
}

static void add_inner_gaps(struct plan *plan, struct pfb_gaps *gaps)
{
	u32 i;

	for (i = 1; i < plan->nr_pinned; i++)
		pfb_gaps_add(gaps, item_last(nth_item(plan, i - 1)) + 1,
			     nth_item(plan, i)->address - 1, false);
}

/*
 * What is free on a bus whose addresses are known. A host bridge's window is as
 * large as it is and is filled from its start. A bridge's is kept small: first
 * between what is fixed, then next to it.
 */
static void find_gaps(struct plan *plan, u32 index, struct pfb_gaps *gaps)
{
	const struct bus *bus = &plan->buses[index];
	u64 lo = bus->bound_lo, hi = bus->bound_hi;
	const struct item *first, *last;

	pfb_gaps_init(gaps, plan->gap_memory, 2 * plan->max_items + 2);
	/* Software takes address 0 for "none". */
	if (!lo)
		lo = 1;
	if (is_root_bus(plan->top, index)) {
		if (plan->kind == PFB_WINDOW_IO && lo < PFB_IO_FIRST)
			lo = PFB_IO_FIRST;
		if (!plan->nr_pinned) {
			pfb_gaps_add(gaps, lo, hi, false);
			return;
		}
	}

	first = nth_item(plan, 0);
	last = nth_item(plan, plan->nr_pinned - 1);
	if (is_root_bus(plan->top, index)) {
		if (lo < first->address)
			pfb_gaps_add(gaps, lo, first->address - 1, false);
		add_inner_gaps(plan, gaps);
		if (item_last(last) < hi)
			pfb_gaps_add(gaps, item_last(last) + 1, hi, false);
		return;
	}

	add_inner_gaps(plan, gaps);
	if (plan->strategy == 1 && lo < first->address)
		pfb_gaps_add(gaps, lo, first->address - 1, true);
	if (item_last(last) < hi)
		pfb_gaps_add(gaps, item_last(last) + 1, hi, false);
	if (plan->strategy == 0 && lo < first->address)
		pfb_gaps_add(gaps, lo, first->address - 1, true);
}

static int fail_no_room(const struct plan *plan, u32 index, const struct item *item,
			const struct pfb_gaps *gaps, struct pfb_error *err)
{
	const struct pfb_topology *top = plan->top;
	const struct bus *bus = &plan->buses[index];
	unsigned long long size = item->size, align = item->align;
	unsigned long long largest = pfb_gaps_largest(gaps);
	struct owner_text name, lo_by, hi_by;
	char path[PFB_PATH_TEXT_MAX];

	name_owner(top, &item->by, &name);
	if (is_root_bus(top, index)) {
		const struct pfb_root *root = &top->roots[index - top->nr_functions];
		const struct pfb_window *window = &root->windows[plan->kind];

		if (!window_is_open(window))
			return pfb_fail(err, -ENOSPC,
					"%s needs 0x%llx bytes, but host bridge %04x:%02x has no %s window: %s",
					name.text, size, root->segment, root->bus,
					pfb_window_name(plan->kind), more_room(plan->kind));
		return pfb_fail(err, -ENOSPC,
				"%s needs 0x%llx bytes (aligned to 0x%llx), but the largest room left in the %s window 0x%llx-0x%llx of host bridge %04x:%02x is 0x%llx: %s",
				name.text, size, align, pfb_window_name(plan->kind),
				(unsigned long long)window->base,
				(unsigned long long)window->limit, root->segment, root->bus,
				largest, more_room(plan->kind));
	}

	name_function(top, index, path, sizeof(path));
	if (!has_hull(bus) && item->by.bar < PFB_NR_BARS && plan->kind == PFB_WINDOW_MEM &&
	    (top->functions[item->by.function].bars[item->by.bar].flags & PFB_BAR_PREFETCH))
		return pfb_fail(err, -ENOSPC,
				"%s needs 0x%llx bytes below 4 GiB, beside all else below %s: it would go higher if every bridge above it, and the host bridge, had a 64-bit prefetchable window",
				name.text, size, path);
	if (!has_hull(bus))
		return pfb_fail(err, -ENOSPC,
				"%s needs 0x%llx bytes (aligned to 0x%llx) beside all else below %s, more than a %s window can hold: take fewer functions below it",
				name.text, size, align, path, pfb_window_name(plan->kind));
	return pfb_fail(err, -ENOSPC,
			"%s needs 0x%llx bytes (aligned to 0x%llx); the window of %s must lie in 0x%llx-0x%llx for %s and %s, and has 0x%llx left: move fixed BARs apart",
			name.text, size, align, path, (unsigned long long)bus->bound_lo,
			(unsigned long long)bus->bound_hi,
			name_owner(top, &bus->hull_lo_by, &lo_by),
			name_owner(top, &bus->hull_hi_by, &hi_by), largest);
}

static void settle(struct plan *plan, const struct item *item)
{
	if (item->by.bar == PFB_WINDOW_ITEM)
		plan->buses[item->by.function].base = item->address;
	else
		plan->slots[item->by.function].address[item->by.bar] = item->address;
}

/* Phase 3, on one bus: everything that is not fixed, first fit by falling alignment. */
static int pack_bus(struct plan *plan, u32 index, struct pfb_error *err)
{
	struct bus *bus = &plan->buses[index];
	bool block = !is_root_bus(plan->top, index) && !has_hull(bus);
	const struct item *before = NULL;
	u32 hint = PFB_NO_GAP;
	struct pfb_gaps gaps;
	u64 lo, hi;
	u32 i;

	gather_pinned(plan, bus, false);
	gather_others(plan, bus);
	if (!plan->nr_items)
		return 0;

	sort_items(plan, 0, plan->nr_pinned, by_address);
	sort_items(plan, plan->nr_pinned, plan->nr_items, by_alignment);
	bus->align = plan->granule;
	bus->max = highest_address(plan, bus->can);
	if (block) {
		pfb_gaps_init(&gaps, plan->gap_memory, 2 * plan->max_items + 2);
		pfb_gaps_add(&gaps, 0, bus->max < PFB_BLOCK_LAST ? bus->max : PFB_BLOCK_LAST,
			     false);
	} else {
		find_gaps(plan, index, &gaps);
	}

	for (i = plan->nr_pinned; i < plan->nr_items; i++) {
		struct item *item = nth_item(plan, i);

		if (before && (before->size != item->size || before->align != item->align ||
			       before->max != item->max))
			hint = PFB_NO_GAP;
		if (!pfb_gaps_take(&gaps, item->size, item->align, item->max, &hint,
				   &item->address))
			return fail_no_room(plan, index, item, &gaps, err);
		settle(plan, item);
		if (item->align > bus->align)
			bus->align = item->align;
		if (item->max < bus->max)
			bus->max = item->max;
		before = item;
	}

	lo = plan->items[0].address;
	hi = item_last(&plan->items[0]);
	for (i = 1; i < plan->nr_items; i++) {
		const struct item *item = &plan->items[i];

		if (item->address < lo)
			lo = item->address;
		if (item_last(item) > hi)
			hi = item_last(item);
	}
	bus->base = round_down_to(lo, plan->granule);
	bus->size = last_of_granule(hi, plan->granule) - bus->base + 1;
	return 0;
}

static int pack_all(struct plan *plan, struct pfb_error *err)
{
	const struct pfb_topology *top = plan->top;
	u32 i;
	int ret;

	/* Root buses have the highest indexes, and come last. */
	for (i = top->nr_functions; i--; ) {
		if (!pfb_topology_is_bridge(&top->functions[i]))
			continue;
		ret = pack_bus(plan, i, err);
		if (ret)
			return ret;
	}
	for (i = 0; i < top->nr_roots; i++) {
		ret = pack_bus(plan, root_bus_of(top, i), err);
		if (ret)
			return ret;
	}
	return 0;
}

/* As the registers hold it: base all ones, limit zero. */
static struct pfb_window closed_window(enum pfb_window_kind kind)
{
	struct pfb_window io = { 0xf000, 0x0fff };
	struct pfb_window mem = { 0xfff00000, 0x000fffff };

	return kind == PFB_WINDOW_IO ? io : mem;
}

/* Phase 4, roots first: offsets in blocks become addresses. */
static void shift_all(struct plan *plan)
{
	const struct pfb_topology *top = plan->top;
	unsigned int bar;
	u32 i;

	for (i = 0; i < top->nr_functions; i++) {
		const struct pfb_function *fn = &top->functions[i];
		u32 above = bus_of(top, i);
		bool block = !is_root_bus(top, above) && !has_hull(&plan->buses[above]);
		u64 shift = block ? plan->buses[above].base : 0;
		struct slot *slot = &plan->slots[i];
		struct bus *behind = &plan->buses[i];

		for (bar = 0; bar < PFB_NR_BARS; bar++) {
			if (!has_bar(fn, bar) || bar_kind(plan, i, bar) != plan->kind)
				continue;
			slot->address[bar] += shift;
			slot->placed |= 1U << bar;
		}
		if (!pfb_topology_is_bridge(fn))
			continue;
		slot->windows[plan->kind] = closed_window(plan->kind);
		if (behind->size) {
			behind->base += shift;
			slot->windows[plan->kind].base = behind->base;
			slot->windows[plan->kind].limit = behind->base + (behind->size - 1);
		}
	}
}

static int plan_kind(struct plan *plan, enum pfb_window_kind kind, struct pfb_error *err)
{
	struct pfb_error *first = err;
	int ret = 0, failed = 0;

	plan->kind = kind;
	plan->granule = kind == PFB_WINDOW_IO ? PFB_GRANULE_IO : PFB_GRANULE_MEM;
	for (plan->strategy = 0; plan->strategy < PFB_PLAN_STRATEGIES; plan->strategy++) {
		find_hulls(plan);
		ret = bound_all(plan, first);
		/* Fixed BARs that conflict do so whatever the strategy. */
		if (ret)
			return ret;
		ret = pack_all(plan, first);
		if (!ret) {
			shift_all(plan);
			return 0;
		}
		/* The first try's words are those that are reported. */
		if (!failed)
			failed = ret;
		first = NULL;
	}
	return failed;
}

static void commit(const struct plan *plan)
{
	struct pfb_topology *top = plan->top;
	unsigned int bar;
	u32 i;

	for (i = 0; i < top->nr_functions; i++) {
		const struct slot *slot = &plan->slots[i];
		struct pfb_function *fn = &top->functions[i];

		for (bar = 0; bar < PFB_NR_BARS; bar++) {
			if (!has_bar(fn, bar))
				continue;
			fn->bars[bar].address = slot->placed & (1U << bar) ? slot->address[bar] : 0;
			fn->bars[bar].flags &= ~PFB_BAR_ASSIGNED;
			if (slot->placed & (1U << bar))
				fn->bars[bar].flags |= PFB_BAR_ASSIGNED;
		}
		if (pfb_topology_is_bridge(fn))
			memcpy(fn->windows, slot->windows, sizeof(fn->windows));
	}
}

static u32 count_items(const struct pfb_topology *top)
{
	unsigned int bar;
	u32 nr = 0;
	u32 i;

	for (i = 0; i < top->nr_functions; i++) {
		if (pfb_topology_is_bridge(&top->functions[i]))
			nr++;
		for (bar = 0; bar < PFB_NR_BARS; bar++)
			if (has_bar(&top->functions[i], bar))
				nr++;
	}
	return nr;
}

size_t pfb_plan_scratch_size(const struct pfb_topology *top, u32 nr_fixed)
{
	size_t items = count_items(top);

	/* Fixed BARs are kept with the function that has them. */
	(void)nr_fixed;
	return (top->nr_functions + (size_t)top->nr_roots) * sizeof(struct bus) +
	       top->nr_functions * sizeof(struct slot) +
	       items * (sizeof(struct item) + sizeof(u32)) +
	       (2 * items + 2) * sizeof(struct pfb_gap);
}

/* The structs with 64-bit members first, so that everything is aligned. */
static void divide_scratch(struct plan *plan, void *scratch)
{
	const struct pfb_topology *top = plan->top;

	plan->max_items = count_items(top);
	plan->buses = scratch;
	plan->slots = (struct slot *)(plan->buses + top->nr_functions + top->nr_roots);
	plan->items = (struct item *)(plan->slots + top->nr_functions);
	plan->gap_memory = (struct pfb_gap *)(plan->items + plan->max_items);
	plan->order = (u32 *)(plan->gap_memory + 2 * plan->max_items + 2);
}

int pfb_plan_addresses(struct pfb_topology *top, const struct pfb_plan_fixed *fixed,
		       u32 nr_fixed, void *scratch, struct pfb_error *err)
{
	struct plan plan = { .top = top };
	unsigned int kind;
	u32 i;
	int ret;

	ret = pfb_topology_check_tree(top, err);
	if (ret)
		return ret;
	ret = check_root_windows(top, err);
	if (ret)
		return ret;

	divide_scratch(&plan, scratch);
	init_buses(&plan);
	for (i = 0; i < nr_fixed; i++) {
		ret = take_fixed(&plan, &fixed[i], err);
		if (ret)
			return ret;
	}
	for (kind = 0; kind < PFB_NR_WINDOWS; kind++) {
		ret = plan_kind(&plan, kind, err);
		if (ret)
			return ret;
	}
	commit(&plan);
	return 0;
}
