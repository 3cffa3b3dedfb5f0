// SPDX-License-Identifier: GPL-2.0
/*
 * The planner: BAR addresses and bridge windows.
 *
 * I/O, 32-bit memory and prefetchable memory are planned one after the other, each
 * quickly (plan_pack.c) and, where that finds nothing, thoroughly (plan_order.c).
 * When memory windows are too small for what usually goes there, BARs that the other
 * one could forward move (plan_spill.c). When there is no plan, plan_conflict.c says why.
 *
 * The result depends on sizes, order and fixed addresses only, never on where
 * things were: planning a plan changes nothing.
 */
#include "plan_state.h"

static int check_root_windows(const struct pfb_topology *top, struct pfb_error *err)
{
	u32 i;

	for (i = 0; i < top->nr_roots; i++) {
		const struct pfb_root *root = &top->roots[i];
		const struct pfb_window *low = &root->windows[PFB_WINDOW_MEM];
		const struct pfb_window *high = &root->windows[PFB_WINDOW_PREF];

		if (pfb_window_is_open(low) && low->limit >= PFB_4GIB)
			return pfb_fail(err, -EINVAL,
					"host bridge %04x:%02x: 32-bit memory window 0x%llx-0x%llx, expected it below 4 GiB",
					root->segment, root->bus, (unsigned long long)low->base,
					(unsigned long long)low->limit);
		if (pfb_window_is_open(low) && pfb_window_is_open(high) &&
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
static int check_reach(const struct pfb_plan *plan, const struct pfb_plan_fixed *fixed,
		       u64 last, struct pfb_error *err)
{
	const struct pfb_topology *top = plan->top;
	const struct pfb_function *fn = &top->functions[fixed->function];
	const struct pfb_plan_owner by = { fixed->function, fixed->bar };
	enum pfb_window_kind kind = pfb_plan_bar_kind(plan, fixed->function, fixed->bar);
	unsigned long long first_ull = fixed->address, last_ull = last;
	const struct pfb_window *window;
	struct pfb_plan_owner_text name;
	u8 can = plan->buses[pfb_bus_of(plan, fixed->function)].can;

	pfb_plan_name_owner(top, &by, &name);
	if (kind == PFB_NR_WINDOWS)
		return pfb_fail(err, -ENOSPC,
				"%s: fixed at port 0x%llx, but no I/O window reaches it: put it below bridges and a host bridge that have one",
				name.text, first_ull);
	if (kind == PFB_WINDOW_IO && (can & PFB_ONLY_IO16) && last > PFB_IO16_LAST)
		return pfb_fail(err, -ENOSPC,
				"%s: fixed at ports 0x%llx-0x%llx, but a bridge above it forwards 16-bit ports only: choose ports up to 0xffff",
				name.text, first_ull, last_ull);

	window = pfb_plan_root_window(top, fixed->function, kind);
	if (pfb_window_is_open(window) && pfb_window_holds(window, fixed->address, last))
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
			pfb_plan_more_room(kind));
}

static int take_fixed(struct pfb_plan *plan, const struct pfb_plan_fixed *fixed,
		      struct pfb_error *err)
{
	const struct pfb_topology *top = plan->top;
	const struct pfb_function *fn;
	struct pfb_plan_owner_text name;
	struct pfb_plan_owner by = { fixed->function, fixed->bar };
	struct pfb_plan_slot *slot;
	u64 size, last;

	if (fixed->function >= top->nr_functions)
		return pfb_fail(err, -EINVAL,
				"fixed address 0x%llx is for function %u, but there are %u",
				(unsigned long long)fixed->address, fixed->function,
				top->nr_functions);
	fn = &top->functions[fixed->function];
	slot = &plan->slots[fixed->function];
	pfb_plan_name_owner(top, &by, &name);

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
	if (check_add_overflow(fixed->address, pfb_bar_span(fn, fixed->bar) - 1, &last) ||
	    (!(fn->bars[fixed->bar].flags & PFB_BAR_MEM64) && last >= PFB_4GIB))
		return pfb_fail(err, -EINVAL,
				"%s: fixed at 0x%llx with 0x%llx bytes, beyond the %s that it can address: choose a lower address",
				name.text, (unsigned long long)fixed->address,
				(unsigned long long)pfb_bar_span(fn, fixed->bar),
				fn->bars[fixed->bar].flags & PFB_BAR_MEM64 ? "64 bits" : "4 GiB");

	slot->fixed |= 1U << fixed->bar;
	slot->address[fixed->bar] = fixed->address;
	return check_reach(plan, fixed, last, err);
}

static void commit(const struct pfb_plan *plan)
{
	struct pfb_topology *top = plan->top;
	unsigned int bar;
	u32 i;

	for (i = 0; i < top->nr_functions; i++) {
		const struct pfb_plan_slot *slot = &plan->slots[i];
		struct pfb_function *fn = &top->functions[i];

		for (bar = 0; bar < PFB_NR_BARS; bar++) {
			if (!pfb_plan_has_bar(fn, bar))
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
		/* Its window, and its reserve. */
		if (pfb_topology_is_bridge(&top->functions[i]))
			nr += 2;
		for (bar = 0; bar < PFB_NR_BARS; bar++)
			if (pfb_plan_has_bar(&top->functions[i], bar))
				nr++;
	}
	return nr;
}

size_t pfb_plan_scratch_size(const struct pfb_topology *top, u32 nr_fixed)
{
	u32 items = count_items(top);

	return (top->nr_functions + (size_t)top->nr_roots) * sizeof(struct pfb_plan_bus) +
	       top->nr_functions * sizeof(struct pfb_plan_slot) +
	       items * (sizeof(struct pfb_plan_item) + sizeof(u32)) +
	       (nr_fixed + (size_t)items) * sizeof(struct pfb_plan_member) +
	       (2 * (size_t)items + 2) * sizeof(struct pfb_gap) +
	       pfb_plan_order_size(top->nr_functions + top->nr_roots, items);
}

/* The structs with 64-bit members first, so that everything is aligned. */
static void divide_scratch(struct pfb_plan *plan, u32 nr_fixed, void *scratch)
{
	const struct pfb_topology *top = plan->top;

	plan->max_items = count_items(top);
	plan->buses = scratch;
	plan->slots = (struct pfb_plan_slot *)(plan->buses + top->nr_functions + top->nr_roots);
	plan->items = (struct pfb_plan_item *)(plan->slots + top->nr_functions);
	plan->members = (struct pfb_plan_member *)(plan->items + plan->max_items);
	plan->gap_memory = (struct pfb_gap *)(plan->members + plan->max_items + nr_fixed);
	plan->search = plan->gap_memory + 2 * plan->max_items + 2;
	plan->order = (u32 *)((u8 *)plan->search +
			      pfb_plan_order_size(top->nr_functions + top->nr_roots,
						  plan->max_items));
}

int pfb_plan_kind(struct pfb_plan *plan, enum pfb_window_kind kind, struct pfb_error *err)
{
	u32 steps;
	int ret;

	plan->kind = kind;
	plan->granule = kind == PFB_WINDOW_IO ? PFB_GRANULE_IO : PFB_GRANULE_MEM;
	ret = pfb_plan_pack(plan, &plan->hopeless, err);
	if (ret != -ENOSPC || plan->hopeless)
		return ret;

	steps = plan->budget < PFB_PLAN_STEPS ? plan->budget : PFB_PLAN_STEPS;
	plan->steps = steps;
	if (!pfb_plan_order(plan))
		ret = 0;
	plan->budget -= steps - plan->steps;
	return ret;
}

int pfb_plan_prepare(struct pfb_plan *plan, struct pfb_topology *top, u32 nr_fixed,
		     void *scratch, struct pfb_error *err)
{
	int ret;

	ret = pfb_topology_check_tree(top, err);
	if (ret)
		return ret;
	ret = check_root_windows(top, err);
	if (ret)
		return ret;

	memset(plan, 0, sizeof(*plan));
	plan->top = top;
	plan->budget = PFB_PLAN_BUDGET;
	plan->work = PFB_PLAN_WORK;
	divide_scratch(plan, nr_fixed, scratch);
	return 0;
}

int pfb_plan_begin(struct pfb_plan *plan, const struct pfb_plan_fixed *fixed, u32 nr_fixed,
		   struct pfb_error *err)
{
	u32 i;
	int ret;

	ret = pfb_plan_init(plan, err);
	for (i = 0; !ret && i < nr_fixed; i++)
		ret = take_fixed(plan, &fixed[i], err);
	return ret;
}

int pfb_plan_all(struct pfb_plan *plan, struct pfb_error *err)
{
	int ret;

	ret = pfb_plan_kind(plan, PFB_WINDOW_IO, err);
	return ret ? ret : pfb_plan_memory(plan, err);
}

int pfb_plan_addresses(struct pfb_topology *top, const struct pfb_plan_fixed *fixed,
		       u32 nr_fixed, void *scratch, struct pfb_error *err)
{
	struct pfb_plan_conflict conflict;
	struct pfb_plan plan;
	int ret;

	ret = pfb_plan_prepare(&plan, top, nr_fixed, scratch, err);
	if (!ret)
		ret = pfb_plan_begin(&plan, fixed, nr_fixed, err);
	if (ret)
		return ret;
	ret = pfb_plan_all(&plan, err);
	if (!ret)
		commit(&plan);
	else if (err && nr_fixed)
		ret = pfb_plan_explain(&plan, fixed, nr_fixed, ret, &conflict, err);
	return ret;
}
