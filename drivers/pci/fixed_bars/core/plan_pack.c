// SPDX-License-Identifier: GPL-2.0
/*
 * The quick way to addresses: first fit by falling alignment, in phases over the
 * whole tree, without recursion:
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
 * It keeps windows small and takes n log n, but does not find every plan that
 * there is; pfb_plan_order() looks for those.
 */
#include "plan_state.h"

/* Room for a block that has no address yet. */
#define PFB_BLOCK_LAST		((1ULL << 63) - 1)

#define PFB_PACK_STRATEGIES	2

static void widen_hull(struct pfb_plan_bus *bus, u64 lo, u64 hi, const struct pfb_plan_owner *lo_by,
		       const struct pfb_plan_owner *hi_by)
{
	bool first = !pfb_has_hull(bus);

	if (first || lo < bus->hull_lo) {
		bus->hull_lo = lo;
		bus->hull_lo_by = *lo_by;
	}
	if (first || hi > bus->hull_hi) {
		bus->hull_hi = hi;
		bus->hull_hi_by = *hi_by;
	}
}

/* Phase 1, leaves first. */
void pfb_plan_find_hulls(struct pfb_plan *plan)
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
		struct pfb_plan_bus *bus = &plan->buses[pfb_bus_of(plan, i)];
		struct pfb_plan_bus *behind = &plan->buses[i];

		if (pfb_has_hull(behind)) {
			behind->hull_lo = pfb_round_down(behind->hull_lo, plan->granule);
			behind->hull_hi = pfb_last_of_granule(behind->hull_hi, plan->granule);
			widen_hull(bus, behind->hull_lo, behind->hull_hi,
				   &behind->hull_lo_by, &behind->hull_hi_by);
		}
		behind->wants |= plan->slots[i].reserve[plan->kind] != 0;
		bus->wants |= behind->wants;

		for (bar = 0; bar < PFB_NR_BARS; bar++) {
			struct pfb_plan_owner by = { i, bar };
			u64 address = plan->slots[i].address[bar];

			if (!pfb_plan_has_bar(fn, bar) ||
			    pfb_plan_bar_kind(plan, i, bar) != plan->kind)
				continue;
			if (pfb_is_fixed(plan, i, bar))
				widen_hull(bus, address, address + (pfb_bar_span(fn, bar) - 1),
					   &by, &by);
			else
				bus->wants = true;
		}
	}
}

/* The fixed BAR that makes an item be where it is. */
static const struct pfb_plan_owner *fixed_of(const struct pfb_plan *plan,
					     const struct pfb_plan_item *item, bool hi)
{
	const struct pfb_plan_bus *behind = &plan->buses[item->by.function];

	if (item->by.bar != PFB_WINDOW_ITEM)
		return &item->by;
	return hi ? &behind->hull_hi_by : &behind->hull_lo_by;
}

static u64 fixed_address(const struct pfb_plan *plan, const struct pfb_plan_owner *by)
{
	return plan->slots[by->function].address[by->bar];
}

static void add_culprits(struct pfb_plan *plan, const struct pfb_plan_item *item)
{
	const struct pfb_plan_owner *lo = fixed_of(plan, item, false);
	const struct pfb_plan_owner *hi = fixed_of(plan, item, true);

	plan->culprits[plan->nr_culprits++] = *lo;
	if (lo->function != hi->function || lo->bar != hi->bar)
		plan->culprits[plan->nr_culprits++] = *hi;
}

static int fail_overlap(struct pfb_plan *plan, const struct pfb_plan_item *low,
			const struct pfb_plan_item *high, struct pfb_error *err)
{
	const struct pfb_plan_owner *a = fixed_of(plan, low, true);
	const struct pfb_plan_owner *b = fixed_of(plan, high, false);
	unsigned long long at_a = fixed_address(plan, a), at_b = fixed_address(plan, b);
	struct pfb_plan_owner_text name_a, name_b;

	plan->nr_culprits = 0;
	add_culprits(plan, low);
	add_culprits(plan, high);
	pfb_plan_name_owner(plan->top, a, &name_a);
	pfb_plan_name_owner(plan->top, b, &name_b);
	if (low->by.bar != PFB_WINDOW_ITEM && high->by.bar != PFB_WINDOW_ITEM)
		return pfb_fail(err, -EEXIST,
				"%s at 0x%llx-0x%llx and %s at 0x%llx-0x%llx overlap: give one of them another address",
				name_a.text, at_a, (unsigned long long)pfb_item_last(low),
				name_b.text, at_b, (unsigned long long)pfb_item_last(high));
	return pfb_fail(err, -EEXIST,
			"%s at 0x%llx and %s at 0x%llx need windows that overlap, 0x%llx-0x%llx and 0x%llx-0x%llx (in steps of 0x%llx): give one another address, or put both below one bridge",
			name_a.text, at_a, name_b.text, at_b,
			(unsigned long long)low->address, (unsigned long long)pfb_item_last(low),
			(unsigned long long)high->address, (unsigned long long)pfb_item_last(high),
			(unsigned long long)plan->granule);
}

static int fail_out_of_root(const struct pfb_plan *plan, u32 root, const struct pfb_plan_item *item,
			    struct pfb_error *err)
{
	const struct pfb_root *r = &plan->top->roots[root];
	const struct pfb_window *window = &r->windows[plan->kind];
	const struct pfb_plan_owner *by = fixed_of(plan, item, item->address >= window->base);
	struct pfb_plan_owner_text name;

	return pfb_fail(err, -ENOSPC,
			"%s at 0x%llx needs a window 0x%llx-0x%llx, outside the host bridge's 0x%llx-0x%llx: keep it 0x%llx bytes away from the ends",
			pfb_plan_name_owner(plan->top, by, &name),
			(unsigned long long)fixed_address(plan, by),
			(unsigned long long)item->address, (unsigned long long)pfb_item_last(item),
			(unsigned long long)window->base, (unsigned long long)window->limit,
			(unsigned long long)plan->granule);
}

/*
 * Phase 2, on one bus: how far the window of each bridge with fixed BARs behind
 * it may grow. What lies between two of them is one's alone, by strategy,
 * unless that one has nothing to put there.
 */
static int bound_windows(struct pfb_plan *plan, u32 index, struct pfb_error *err)
{
	const struct pfb_plan_bus *bus = &plan->buses[index];
	u32 i;

	plan->nr_items = 0;
	pfb_plan_add_pinned(plan, index, true);
	plan->nr_pinned = plan->nr_items;
	pfb_plan_sort_items(plan, 0, plan->nr_pinned, pfb_plan_by_address);

	for (i = 0; i < plan->nr_pinned; i++) {
		const struct pfb_plan_item *item = pfb_nth_item(plan, i);
		const struct pfb_plan_item *below = i ? pfb_nth_item(plan, i - 1) : NULL;

		if (below && pfb_item_last(below) >= item->address)
			return fail_overlap(plan, below, item, err);
		/* Below a root bus hulls are within the hull above them. */
		if (pfb_is_root_bus(plan->top, index) &&
		    (item->address < bus->bound_lo || pfb_item_last(item) > bus->bound_hi))
			return fail_out_of_root(plan, index - plan->top->nr_functions, item, err);
	}

	for (i = 0; i < plan->nr_pinned; i++) {
		const struct pfb_plan_item *item = pfb_nth_item(plan, i);
		const struct pfb_plan_item *below = i ? pfb_nth_item(plan, i - 1) : NULL;
		const struct pfb_plan_item *above =
			i + 1 < plan->nr_pinned ? pfb_nth_item(plan, i + 1) : NULL;
		struct pfb_plan_bus *behind = &plan->buses[item->by.function];
		bool below_wants, above_wants;
		u64 lo, hi;

		if (item->by.bar != PFB_WINDOW_ITEM)
			continue;
		below_wants = below && below->by.bar == PFB_WINDOW_ITEM &&
			      plan->buses[below->by.function].wants;
		above_wants = above && above->by.bar == PFB_WINDOW_ITEM &&
			      plan->buses[above->by.function].wants;

		lo = below ? pfb_item_last(below) + 1 : bus->bound_lo;
		if (below_wants && plan->strategy == 0)
			lo = item->address;
		hi = above ? above->address - 1 : bus->bound_hi;
		if (above_wants && plan->strategy == 1)
			hi = pfb_item_last(item);
		if (hi > pfb_plan_highest(plan, behind->can))
			hi = pfb_plan_highest(plan, behind->can);

		/* Whole granules only; the hull is made of such. */
		if (lo != item->address)
			lo = pfb_last_of_granule(lo - 1, plan->granule) + 1;
		if (hi != pfb_item_last(item))
			hi = pfb_round_down(hi + 1, plan->granule) - 1;
		behind->bound_lo = lo;
		behind->bound_hi = hi;
	}
	return 0;
}

static int bound_all(struct pfb_plan *plan, struct pfb_error *err)
{
	const struct pfb_topology *top = plan->top;
	u32 i;
	int ret;

	for (i = 0; i < top->nr_roots; i++) {
		struct pfb_plan_bus *bus = &plan->buses[pfb_root_bus_of(top, i)];
		const struct pfb_window *window = &top->roots[i].windows[plan->kind];

		bus->bound_lo = window->base;
		bus->bound_hi = window->limit;
		if (bus->pool != pfb_root_bus_of(top, i) || !pfb_has_hull(bus))
			continue;
		ret = bound_windows(plan, pfb_root_bus_of(top, i), err);
		if (ret)
			return ret;
	}
	for (i = 0; i < top->nr_functions; i++) {
		if (!pfb_has_hull(&plan->buses[i]))
			continue;
		ret = bound_windows(plan, i, err);
		if (ret)
			return ret;
	}
	return 0;
}

static void add_inner_gaps(struct pfb_plan *plan, struct pfb_gaps *gaps)
{
	u32 i;

	for (i = 1; i < plan->nr_pinned; i++)
		pfb_gaps_add(gaps, pfb_item_last(pfb_nth_item(plan, i - 1)) + 1,
			     pfb_nth_item(plan, i)->address - 1, false);
}

/*
 * What is free on a bus whose addresses are known. A host bridge's window is as
 * large as it is and is filled from its start. A bridge's is kept small: first
 * between what is fixed, then next to it.
 */
static void find_gaps(struct pfb_plan *plan, u32 index, struct pfb_gaps *gaps)
{
	const struct pfb_plan_bus *bus = &plan->buses[index];
	u64 lo = bus->bound_lo, hi = bus->bound_hi;
	const struct pfb_plan_item *first, *last;

	pfb_gaps_init(gaps, plan->gap_memory, 2 * plan->max_items + 2);
	if (lo < pfb_first_free(plan))
		lo = pfb_first_free(plan);
	if (pfb_is_root_bus(plan->top, index) && !plan->nr_pinned) {
		pfb_gaps_add(gaps, lo, hi, false);
		return;
	}

	first = pfb_nth_item(plan, 0);
	last = pfb_nth_item(plan, plan->nr_pinned - 1);
	if (pfb_is_root_bus(plan->top, index)) {
		if (lo < first->address)
			pfb_gaps_add(gaps, lo, first->address - 1, false);
		add_inner_gaps(plan, gaps);
		if (pfb_item_last(last) < hi)
			pfb_gaps_add(gaps, pfb_item_last(last) + 1, hi, false);
		return;
	}

	add_inner_gaps(plan, gaps);
	if (plan->strategy == 1 && lo < first->address)
		pfb_gaps_add(gaps, lo, first->address - 1, true);
	if (pfb_item_last(last) < hi)
		pfb_gaps_add(gaps, pfb_item_last(last) + 1, hi, false);
	if (plan->strategy == 0 && lo < first->address)
		pfb_gaps_add(gaps, lo, first->address - 1, true);
}

static int fail_no_room(const struct pfb_plan *plan, u32 index, const struct pfb_plan_item *item,
			const struct pfb_gaps *gaps, struct pfb_error *err)
{
	const struct pfb_topology *top = plan->top;
	const struct pfb_plan_bus *bus = &plan->buses[index];
	unsigned long long size = item->size, align = item->align;
	unsigned long long largest = pfb_gaps_largest(gaps);
	struct pfb_plan_owner_text name, lo_by, hi_by;
	char path[PFB_PATH_TEXT_MAX];

	pfb_plan_name_owner(top, &item->by, &name);
	if (pfb_is_root_bus(top, index)) {
		const struct pfb_root *root = &top->roots[index - top->nr_functions];
		const struct pfb_window *window = &root->windows[plan->kind];

		if (!pfb_window_is_open(window))
			return pfb_fail(err, -ENOSPC,
					"%s needs 0x%llx bytes, but host bridge %04x:%02x has no %s window: %s",
					name.text, size, root->segment, root->bus,
					pfb_window_name(plan->kind),
					pfb_plan_more_room(plan->kind));
		return pfb_fail(err, -ENOSPC,
				"%s needs 0x%llx bytes (aligned to 0x%llx), but the largest room left in the %s window 0x%llx-0x%llx of host bridge %04x:%02x is 0x%llx: %s",
				name.text, size, align, pfb_window_name(plan->kind),
				(unsigned long long)window->base,
				(unsigned long long)window->limit, root->segment, root->bus,
				largest, pfb_plan_more_room(plan->kind));
	}

	pfb_plan_name_function(top, index, path, sizeof(path));
	if (!pfb_has_hull(bus) && item->by.bar < PFB_NR_BARS && plan->kind == PFB_WINDOW_MEM &&
	    (top->functions[item->by.function].bars[item->by.bar].flags & PFB_BAR_PREFETCH))
		return pfb_fail(err, -ENOSPC,
				"%s needs 0x%llx bytes below 4 GiB, beside all else below %s: it would go higher if every bridge above it, and the host bridge, had a 64-bit prefetchable window",
				name.text, size, path);
	if (!pfb_has_hull(bus))
		return pfb_fail(err, -ENOSPC,
				"%s needs 0x%llx bytes (aligned to 0x%llx) beside all else below %s, more than a %s window can hold: take fewer functions below it",
				name.text, size, align, path, pfb_window_name(plan->kind));
	return pfb_fail(err, -ENOSPC,
			"%s needs 0x%llx bytes (aligned to 0x%llx); the window of %s must lie in 0x%llx-0x%llx for %s and %s, and has 0x%llx left: move fixed BARs apart",
			name.text, size, align, path, (unsigned long long)bus->bound_lo,
			(unsigned long long)bus->bound_hi,
			pfb_plan_name_owner(top, &bus->hull_lo_by, &lo_by),
			pfb_plan_name_owner(top, &bus->hull_hi_by, &hi_by), largest);
}

static void add_blocks(struct pfb_plan *plan, u32 index)
{
	struct pfb_plan_item *item;
	u32 i;

	for (i = plan->buses[index].first; i != PFB_NO_FUNCTION; i = plan->slots[i].next) {
		const struct pfb_plan_bus *behind = &plan->buses[i];

		if (!behind->size || pfb_has_hull(behind))
			continue;
		item = pfb_plan_add_item(plan, i, PFB_WINDOW_ITEM, behind->size);
		item->align = behind->align;
		item->max = behind->max;
	}
}

static void settle(struct pfb_plan *plan, const struct pfb_plan_item *item)
{
	if (item->by.bar == PFB_RESERVE_ITEM)
		return;
	if (item->by.bar == PFB_WINDOW_ITEM)
		plan->buses[item->by.function].base = item->address;
	else
		plan->slots[item->by.function].address[item->by.bar] = item->address;
}

/* Phase 3, on one bus: everything that is not fixed, first fit by falling alignment. */
static int pack_bus(struct pfb_plan *plan, u32 index, struct pfb_error *err)
{
	struct pfb_plan_bus *bus = &plan->buses[index];
	bool block = !pfb_is_root_bus(plan->top, index) && !pfb_has_hull(bus);
	const struct pfb_plan_item *before = NULL;
	u32 hint = PFB_NO_GAP;
	struct pfb_gaps gaps;
	u64 lo, hi;
	u32 i;

	plan->nr_items = 0;
	pfb_plan_add_pinned(plan, index, false);
	plan->nr_pinned = plan->nr_items;
	add_blocks(plan, index);
	pfb_plan_add_bars(plan, index);
	if (!plan->nr_items)
		return 0;

	pfb_plan_sort_items(plan, 0, plan->nr_pinned, pfb_plan_by_address);
	pfb_plan_sort_items(plan, plan->nr_pinned, plan->nr_items, pfb_plan_by_alignment);
	bus->align = plan->granule;
	bus->max = pfb_plan_highest(plan, bus->can);
	if (block) {
		pfb_gaps_init(&gaps, plan->gap_memory, 2 * plan->max_items + 2);
		pfb_gaps_add(&gaps, 0, bus->max < PFB_BLOCK_LAST ? bus->max : PFB_BLOCK_LAST,
			     false);
	} else {
		find_gaps(plan, index, &gaps);
	}

	for (i = plan->nr_pinned; i < plan->nr_items; i++) {
		struct pfb_plan_item *item = pfb_nth_item(plan, i);

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
	hi = pfb_item_last(&plan->items[0]);
	for (i = 1; i < plan->nr_items; i++) {
		const struct pfb_plan_item *item = &plan->items[i];

		if (item->address < lo)
			lo = item->address;
		if (pfb_item_last(item) > hi)
			hi = pfb_item_last(item);
	}
	bus->base = pfb_round_down(lo, plan->granule);
	bus->size = pfb_last_of_granule(hi, plan->granule) - bus->base + 1;
	return 0;
}

static int pack_all(struct pfb_plan *plan, struct pfb_error *err)
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
		ret = pack_bus(plan, pfb_root_bus_of(top, i), err);
		if (ret)
			return ret;
	}
	return 0;
}

/* Phase 4, roots first: offsets in blocks become addresses. */
static void shift_all(struct pfb_plan *plan)
{
	const struct pfb_topology *top = plan->top;
	unsigned int bar;
	u32 i;

	for (i = 0; i < top->nr_functions; i++) {
		const struct pfb_function *fn = &top->functions[i];
		u32 above = pfb_bus_of(plan, i);

		if (pfb_is_root_bus(top, above) || pfb_has_hull(&plan->buses[above]))
			continue;
		for (bar = 0; bar < PFB_NR_BARS; bar++)
			if (pfb_plan_has_bar(fn, bar) &&
			    pfb_plan_bar_kind(plan, i, bar) == plan->kind)
				plan->slots[i].address[bar] += plan->buses[above].base;
		if (pfb_topology_is_bridge(fn) && plan->buses[i].size)
			plan->buses[i].base += plan->buses[above].base;
	}
}

int pfb_plan_pack(struct pfb_plan *plan, bool *hopeless, struct pfb_error *err)
{
	struct pfb_error *first = err;
	int ret, failed = 0;

	*hopeless = false;
	for (plan->strategy = 0; plan->strategy < PFB_PACK_STRATEGIES; plan->strategy++) {
		pfb_plan_find_hulls(plan);
		ret = bound_all(plan, first);
		/* Fixed BARs that conflict do so whatever the strategy. */
		if (ret) {
			*hopeless = true;
			return ret;
		}
		ret = pack_all(plan, first);
		if (!ret) {
			shift_all(plan);
			pfb_plan_finish_kind(plan);
			return 0;
		}
		/* The first try's words are those that are reported. */
		if (!failed)
			failed = ret;
		first = NULL;
	}
	return failed;
}
