// SPDX-License-Identifier: GPL-2.0
/*
 * What the planner's parts share: names for errors, lists of what is on each
 * bus, and the windows that can forward a BAR.
 */
#include "plan_state.h"

const char *pfb_plan_name_function(const struct pfb_topology *top, u32 function, char *buf,
				   size_t size)
{
	struct pfb_path path;

	if (pfb_topology_path(top, function, &path))
		snprintf(buf, size, "function %u (deeper than a path can say)", function);
	else
		pfb_path_format(&path, buf, size);
	return buf;
}

const char *pfb_plan_name_owner(const struct pfb_topology *top,
				const struct pfb_plan_owner *by,
				struct pfb_plan_owner_text *out)
{
	char path[PFB_PATH_TEXT_MAX];

	pfb_plan_name_function(top, by->function, path, sizeof(path));
	if (by->bar == PFB_WINDOW_ITEM)
		snprintf(out->text, sizeof(out->text), "the window of %s", path);
	else if (by->bar == PFB_RESERVE_ITEM)
		snprintf(out->text, sizeof(out->text), "the hot-plug reserve of %s", path);
	else
		snprintf(out->text, sizeof(out->text), "%s %s", path,
			 pfb_bar_index_name(by->bar));
	return out->text;
}

const char *pfb_plan_more_room(enum pfb_window_kind kind)
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

const struct pfb_window *pfb_plan_root_window(const struct pfb_topology *top, u32 function,
					      enum pfb_window_kind kind)
{
	return &top->roots[top->functions[function].root].windows[kind];
}

/*
 * The kind of window that a BAR's address is in, or %PFB_NR_WINDOWS for one that
 * gets no address: one that is ignored, or an I/O BAR that no I/O window reaches, which
 * PCIe functions must work without (PCIe 6.0, 7.5.1.2.1).
 *
 * Behind bridges a prefetchable window forwards prefetchable BARs only; on a
 * root bus it is the 64-bit window, and takes what is fixed there.
 */
enum pfb_window_kind pfb_plan_bar_kind(const struct pfb_plan *plan, u32 function,
				       unsigned int bar)
{
	const struct pfb_topology *top = plan->top;
	const struct pfb_function *fn = &top->functions[function];
	u8 can = plan->buses[pfb_bus_of(plan, function)].can;
	u32 flags = fn->bars[bar].flags;
	const struct pfb_window *low;
	u64 address;

	if (plan->slots[function].ignored & (1U << bar))
		return PFB_NR_WINDOWS;
	if (flags & PFB_BAR_IO)
		return can & PFB_CAN_IO ? PFB_WINDOW_IO : PFB_NR_WINDOWS;
	if (!(flags & PFB_BAR_MEM64) || !(can & PFB_CAN_PREF))
		return PFB_WINDOW_MEM;
	if (!pfb_is_fixed(plan, function, bar))
		return !(flags & PFB_BAR_PREFETCH) ==
		       !(plan->slots[function].spilled & (1U << bar)) ?
		       PFB_WINDOW_MEM : PFB_WINDOW_PREF;
	if (fn->parent != PFB_NO_FUNCTION && !(flags & PFB_BAR_PREFETCH))
		return PFB_WINDOW_MEM;

	low = pfb_plan_root_window(top, function, PFB_WINDOW_MEM);
	address = plan->slots[function].address[bar];
	return pfb_window_holds(low, address, address) ? PFB_WINDOW_MEM : PFB_WINDOW_PREF;
}

bool pfb_plan_can_spill(const struct pfb_plan *plan, u32 function, unsigned int bar)
{
	const struct pfb_function *fn = &plan->top->functions[function];
	u32 flags = fn->bars[bar].flags;

	return (flags & PFB_BAR_MEM64) && !pfb_is_fixed(plan, function, bar) &&
	       !(plan->slots[function].ignored & (1U << bar)) &&
	       (plan->buses[pfb_bus_of(plan, function)].can & PFB_CAN_PREF) &&
	       ((flags & PFB_BAR_PREFETCH) || fn->parent == PFB_NO_FUNCTION);
}

static bool windows_overlap(const struct pfb_window *a, const struct pfb_window *b)
{
	return pfb_window_is_open(a) && pfb_window_is_open(b) &&
	       a->base <= b->limit && b->base <= a->limit;
}

static bool windows_equal(const struct pfb_window *a, const struct pfb_window *b)
{
	return pfb_window_is_open(a) ? a->base == b->base && a->limit == b->limit :
	       !pfb_window_is_open(b);
}

/*
 * Host bridges of one segment may share their windows, as QEMU's pxb-pcie and the
 * bridge that it is plugged into do: then what is below both is planned as one.
 */
static int find_pool(const struct pfb_topology *top, u32 root, u32 *with,
		     struct pfb_error *err)
{
	const struct pfb_root *r = &top->roots[root];
	bool overlap, equal;
	unsigned int kind;
	u32 i;

	*with = root;
	for (i = root; i-- && top->roots[i].segment == r->segment; ) {
		const struct pfb_root *other = &top->roots[i];

		overlap = false;
		equal = true;
		for (kind = 0; kind < PFB_NR_WINDOWS; kind++) {
			overlap |= windows_overlap(&r->windows[kind], &other->windows[kind]);
			equal &= windows_equal(&r->windows[kind], &other->windows[kind]);
		}
		if (overlap && !equal)
			return pfb_fail(err, -EINVAL,
					"host bridges %04x:%02x and %04x:%02x share a part of their windows, expected all (a pxb-pcie and its host bridge) or nothing",
					other->segment, other->bus, r->segment, r->bus);
		if (overlap)
			*with = i;
	}
	return 0;
}

/* A reserve goes where a BAR of its kind would. */
void pfb_plan_take_reserve(struct pfb_plan *plan, u32 index)
{
	const u64 *asked = plan->top->functions[index].reserve;
	u64 *reserve = plan->slots[index].reserve;
	u8 can = plan->buses[index].can;
	unsigned int kind;

	memset(reserve, 0, sizeof(plan->slots[index].reserve));
	for (kind = 0; kind < PFB_NR_WINDOWS; kind++) {
		u64 granule = kind == PFB_WINDOW_IO ? PFB_GRANULE_IO : PFB_GRANULE_MEM;
		u64 bytes = pfb_round_down(asked[kind] + granule - 1, granule);

		if (kind == PFB_WINDOW_PREF && !(can & PFB_CAN_PREF))
			reserve[PFB_WINDOW_MEM] += bytes;
		else if (kind != PFB_WINDOW_IO || (can & PFB_CAN_IO))
			reserve[kind] = bytes;
	}
}

int pfb_plan_init(struct pfb_plan *plan, struct pfb_error *err)
{
	const struct pfb_topology *top = plan->top;
	u32 i, with;
	int ret;

	for (i = 0; i < top->nr_roots; i++) {
		struct pfb_plan_bus *bus = &plan->buses[pfb_root_bus_of(top, i)];
		const struct pfb_window *windows = top->roots[i].windows;

		memset(bus, 0, sizeof(*bus));
		ret = find_pool(top, i, &with, err);
		if (ret)
			return ret;
		bus->first = PFB_NO_FUNCTION;
		bus->pool = pfb_root_bus_of(top, with);
		if (pfb_window_is_open(&windows[PFB_WINDOW_IO]))
			bus->can |= PFB_CAN_IO;
		if (pfb_window_is_open(&windows[PFB_WINDOW_PREF]))
			bus->can |= PFB_CAN_PREF;
	}
	for (i = 0; i < top->nr_functions; i++) {
		const struct pfb_function *fn = &top->functions[i];
		struct pfb_plan_bus *bus = &plan->buses[i];

		memset(bus, 0, sizeof(*bus));
		bus->first = PFB_NO_FUNCTION;
		bus->can = plan->buses[pfb_bus_of(plan, i)].can;
		if (fn->flags & PFB_FN_NO_IO_WINDOW)
			bus->can &= ~PFB_CAN_IO;
		if (!(fn->flags & PFB_FN_PREF64) || (fn->flags & PFB_FN_NO_PREF_WINDOW))
			bus->can &= ~PFB_CAN_PREF;
		if (!(fn->flags & PFB_FN_IO32))
			bus->can |= PFB_ONLY_IO16;
		memset(&plan->slots[i], 0, sizeof(plan->slots[i]));
		pfb_plan_take_reserve(plan, i);
	}
	/* From the end, so that each list is in ascending order. */
	for (i = top->nr_functions; i--; ) {
		struct pfb_plan_bus *bus = &plan->buses[pfb_bus_of(plan, i)];

		plan->slots[i].next = bus->first;
		bus->first = i;
	}
	return 0;
}

struct pfb_plan_item *pfb_plan_add_item(struct pfb_plan *plan, u32 function, unsigned int bar,
					u64 size)
{
	struct pfb_plan_item *item = &plan->items[plan->nr_items++];

	memset(item, 0, sizeof(*item));
	item->by.function = function;
	item->by.bar = bar;
	item->size = size;
	return item;
}

u64 pfb_plan_highest(const struct pfb_plan *plan, u8 can)
{
	switch (plan->kind) {
	case PFB_WINDOW_IO:
		return can & PFB_ONLY_IO16 ? PFB_IO16_LAST : PFB_4GIB - 1;
	case PFB_WINDOW_MEM:
		return PFB_4GIB - 1;
	default:
		return ~0ULL;
	}
}

void pfb_plan_add_pinned(struct pfb_plan *plan, u32 index, bool hulls)
{
	const struct pfb_topology *top = plan->top;
	unsigned int bar;
	u32 i;

	for (i = plan->buses[index].first; i != PFB_NO_FUNCTION; i = plan->slots[i].next) {
		const struct pfb_function *fn = &top->functions[i];
		const struct pfb_plan_bus *behind = &plan->buses[i];

		if (pfb_has_hull(behind))
			pfb_plan_add_item(plan, i, PFB_WINDOW_ITEM,
					  hulls ? behind->hull_hi - behind->hull_lo + 1 :
					  behind->size)->address =
				hulls ? behind->hull_lo : behind->base;
		for (bar = 0; plan->slots[i].fixed >> bar; bar++)
			if (pfb_is_fixed(plan, i, bar) &&
			    pfb_plan_bar_kind(plan, i, bar) == plan->kind)
				pfb_plan_add_item(plan, i, bar, pfb_bar_span(fn, bar))->address =
					plan->slots[i].address[bar];
	}
}

/* What is plugged in is at most so large, and aligned to its size. */
static u64 reserve_align(const struct pfb_plan *plan, u64 size)
{
	u64 align = plan->granule;

	while (align <= size / 2)
		align *= 2;
	return align;
}

void pfb_plan_add_bars(struct pfb_plan *plan, u32 index)
{
	const struct pfb_topology *top = plan->top;
	u64 max = pfb_plan_highest(plan, plan->buses[index].can);
	struct pfb_plan_item *item;
	unsigned int bar;
	u64 reserve;
	u32 i;

	for (i = plan->buses[index].first; i != PFB_NO_FUNCTION; i = plan->slots[i].next) {
		const struct pfb_function *fn = &top->functions[i];

		for (bar = 0; bar < PFB_NR_BARS; bar++) {
			if (!pfb_plan_has_bar(fn, bar) || pfb_is_fixed(plan, i, bar) ||
			    pfb_plan_bar_kind(plan, i, bar) != plan->kind)
				continue;
			item = pfb_plan_add_item(plan, i, bar, pfb_bar_span(fn, bar));
			item->align = fn->bars[bar].size;
			if (plan->kind != PFB_WINDOW_IO && item->align < PFB_BAR_ALIGN_MIN)
				item->align = PFB_BAR_ALIGN_MIN;
			item->max = max;
		}
	}
	reserve = pfb_is_root_bus(top, index) ? 0 : plan->slots[index].reserve[plan->kind];
	if (!reserve)
		return;
	item = pfb_plan_add_item(plan, index, PFB_RESERVE_ITEM, reserve);
	item->align = reserve_align(plan, reserve);
	item->max = max;
}

static int compare_owner(const struct pfb_plan_owner *a, const struct pfb_plan_owner *b)
{
	if (a->function != b->function)
		return a->function < b->function ? -1 : 1;
	return a->bar < b->bar ? -1 : a->bar > b->bar;
}

int pfb_plan_by_address(const void *ctx, u32 a, u32 b)
{
	const struct pfb_plan_item *x = (const struct pfb_plan_item *)ctx + a;
	const struct pfb_plan_item *y = (const struct pfb_plan_item *)ctx + b;

	if (x->address != y->address)
		return x->address < y->address ? -1 : 1;
	return compare_owner(&x->by, &y->by);
}

/*
 * Descending alignment leaves no holes. Of equal alignment, what ends off it
 * comes last: a hole after each of those would be as large as the alignment.
 */
int pfb_plan_by_alignment(const void *ctx, u32 a, u32 b)
{
	const struct pfb_plan_item *x = (const struct pfb_plan_item *)ctx + a;
	const struct pfb_plan_item *y = (const struct pfb_plan_item *)ctx + b;
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

void pfb_plan_sort_items(struct pfb_plan *plan, u32 from, u32 to, pfb_compare_fn compare)
{
	u32 i;

	for (i = from; i < to; i++)
		pfb_put_le32(&plan->order[i], i);
	pfb_sort_le32(plan->order + from, to - from, compare, plan->items);
}

/* As the registers hold it: base all ones, limit zero. */
static struct pfb_window closed_window(enum pfb_window_kind kind)
{
	struct pfb_window io = { 0xf000, 0x0fff };
	struct pfb_window mem = { 0xfff00000, 0x000fffff };

	return kind == PFB_WINDOW_IO ? io : mem;
}

void pfb_plan_finish_kind(struct pfb_plan *plan)
{
	const struct pfb_topology *top = plan->top;
	unsigned int bar;
	u32 i;

	for (i = 0; i < top->nr_functions; i++) {
		const struct pfb_function *fn = &top->functions[i];
		const struct pfb_plan_bus *behind = &plan->buses[i];
		struct pfb_plan_slot *slot = &plan->slots[i];

		for (bar = 0; bar < PFB_NR_BARS; bar++)
			if (pfb_plan_has_bar(fn, bar) &&
			    pfb_plan_bar_kind(plan, i, bar) == plan->kind)
				slot->placed |= 1U << bar;
		if (!pfb_topology_is_bridge(fn))
			continue;
		slot->windows[plan->kind] = closed_window(plan->kind);
		if (behind->size) {
			slot->windows[plan->kind].base = behind->base;
			slot->windows[plan->kind].limit = behind->base + (behind->size - 1);
		}
	}
}
