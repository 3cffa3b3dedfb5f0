// SPDX-License-Identifier: GPL-2.0
/*
 * What the planner is asked, and what of its answer has to be done.
 *
 * It is asked about a machine with one root bus, whose windows are what the
 * branches that do not take part leave free, and with the branches that do.
 * What is to stay is handed to it as fixed. Where that leads to no plan it is
 * asked again with more set free.
 *
 * It makes windows as small as they can be. A window that is large enough
 * already stays as it is where nothing is in its way, so that what lives behind
 * it notices nothing, and the room to grow is kept.
 */
#include <linux/mm.h>
#include <linux/pci.h>
#include <linux/slab.h>

#include <pci_fixed_bars/plan.h>

#include "arrange.h"
#include "relocate.h"
#include "survey.h"

/* How much is set free to find a plan. */
enum freedom {
	PFB_FREE_NONE,		/* nothing that has an address */
	PFB_FREE_OUTSIDE,	/* only what cannot stay */
	PFB_FREE_KIND,		/* what shares a kind of window with what is wrong */
	PFB_FREE_ALL,
};

/**
 * struct arrangement - a plan in the making
 * @survey: the machine
 * @involved: by index of a function on a root bus: its branch takes part
 * @root: index of the root bus
 * @hull: what has to be covered, by kind
 * @gap: what is free of those that do not take part, by kind
 * @kinds: BIT(enum pfb_window_kind) with something wrong
 * @top: what the planner is asked
 * @plan: what it answered; the same functions
 * @root_bus: the only one in both
 * @of: index in @survey of each function in @top
 * @fixed: what it may not move
 * @nr_fixed: entries in @fixed
 */
struct arrangement {
	const struct pfb_survey *survey;
	bool *involved;
	u32 root;
	struct pfb_window hull[PFB_NR_WINDOWS];
	struct pfb_window gap[PFB_NR_WINDOWS];
	u32 kinds;
	struct pfb_topology top;
	struct pfb_topology plan;
	struct pfb_root root_bus;
	u32 *of;
	struct pfb_plan_fixed *fixed;
	u32 nr_fixed;
};

static const struct pfb_window closed = { 1, 0 };

static bool is_open(const struct pfb_window *window)
{
	return window->base <= window->limit;
}

static bool overlap(const struct pfb_window *a, const struct pfb_window *b)
{
	return is_open(a) && is_open(b) && a->base <= b->limit && b->base <= a->limit;
}

static bool holds(const struct pfb_window *window, const struct pfb_window *inner)
{
	return window->base <= inner->base && inner->limit <= window->limit;
}

static void add_to(struct pfb_window *hull, const struct pfb_window *more)
{
	if (!is_open(more))
		return;
	if (!is_open(hull)) {
		*hull = *more;
		return;
	}
	hull->base = min(hull->base, more->base);
	hull->limit = max(hull->limit, more->limit);
}

static enum pfb_window_kind kind_of_address(u64 address)
{
	return upper_32_bits(address) ? PFB_WINDOW_PREF : PFB_WINDOW_MEM;
}

static struct pfb_window span_at(const struct arrangement *arr, u32 index, unsigned int bar,
				 u64 address)
{
	return (struct pfb_window) {
		address, address + pfb_survey_span(arr->survey, index, bar) - 1
	};
}

static struct pfb_window current_bar(const struct arrangement *arr, u32 index, unsigned int bar)
{
	return span_at(arr, index, bar, arr->survey->top.functions[index].bars[bar].address);
}

/* A port on the root bus, whose own BARs are not behind it. */
static bool is_port_itself(const struct arrangement *arr, u32 index)
{
	const struct pfb_function *fn = &arr->survey->top.functions[index];

	return fn->parent == PFB_NO_FUNCTION && pfb_topology_is_bridge(fn);
}

/* Where what was declared has to be, and what is there already of the other kind. */
static void find_hulls(struct arrangement *arr)
{
	const struct pfb_survey *survey = arr->survey;
	enum pfb_window_kind kind;
	unsigned int bar;
	u32 i;

	arr->kinds = 0;
	for (kind = 0; kind < PFB_NR_WINDOWS; kind++)
		arr->hull[kind] = closed;
	for (i = 0; i < survey->top.nr_functions; i++) {
		const struct pfb_site *site = &survey->sites[i];

		if (!arr->involved[site->branch])
			continue;
		for (bar = 0; bar < PFB_NR_BARS; bar++) {
			struct pfb_window range;

			if (!(site->declared & BIT(bar)))
				continue;
			range = span_at(arr, i, bar, site->wanted[bar]);
			/* Below 4 GiB, one that stays tells by where it is which kind it is of. */
			kind = site->assigned & ~site->wrong & BIT(bar) ?
			       site->kind[bar] : kind_of_address(site->wanted[bar]);
			if (site->wrong & BIT(bar))
				arr->kinds |= BIT(kind);
			add_to(&arr->hull[kind], &range);
		}
	}
	for (i = 0; i < survey->top.nr_functions; i++) {
		const struct pfb_site *site = &survey->sites[i];

		if (!arr->involved[site->branch])
			continue;
		for (bar = 0; bar < PFB_NR_BARS; bar++) {
			struct pfb_window range = current_bar(arr, i, bar);

			if (site->assigned & BIT(bar) && !(arr->kinds & BIT(site->kind[bar])) &&
			    !is_port_itself(arr, i))
				add_to(&arr->hull[site->kind[bar]], &range);
		}
	}
}

/* Every memory address that a function on the root bus takes. */
static bool next_claim(const struct pfb_survey *survey, u32 index, unsigned int *n,
		       struct pfb_window *range)
{
	const struct pfb_function *fn = &survey->top.functions[index];

	for (; *n < PFB_NR_BARS; (*n)++) {
		if (!(survey->sites[index].assigned & BIT(*n)))
			continue;
		range->base = fn->bars[*n].address;
		range->limit = range->base + pfb_survey_span(survey, index, *n) - 1;
		(*n)++;
		return true;
	}
	for (; *n < PFB_NR_BARS + PFB_NR_WINDOWS; (*n)++) {
		if (*n - PFB_NR_BARS == PFB_WINDOW_IO ||
		    fn->type == PFB_PORT_ENDPOINT || !is_open(&fn->windows[*n - PFB_NR_BARS]))
			continue;
		*range = fn->windows[*n - PFB_NR_BARS];
		(*n)++;
		return true;
	}
	return false;
}

/* Whatever is in the way takes part. Returns whether anything was. */
static bool involve(struct arrangement *arr)
{
	const struct pfb_survey *survey = arr->survey;
	struct pfb_window range;
	bool more = false;
	unsigned int n;
	u32 i;

	for (i = 0; i < survey->top.nr_functions; i++) {
		const struct pfb_function *fn = &survey->top.functions[i];

		if (fn->parent != PFB_NO_FUNCTION || fn->root != arr->root || arr->involved[i])
			continue;
		for (n = 0; next_claim(survey, i, &n, &range); ) {
			if (!overlap(&range, &arr->hull[PFB_WINDOW_MEM]) &&
			    !overlap(&range, &arr->hull[PFB_WINDOW_PREF]))
				continue;
			arr->involved[i] = true;
			more = true;
		}
	}
	return more;
}

static int find_gap(struct arrangement *arr, struct pci_bus *bus, enum pfb_window_kind kind,
		    struct pfb_error *err)
{
	struct pci_host_bridge *bridge = pci_find_host_bridge(bus);
	const struct pfb_survey *survey = arr->survey;
	const struct pfb_window *hull = &arr->hull[kind];
	struct pfb_window *gap = &arr->gap[kind];
	struct pfb_window range, widest = closed;
	struct resource_entry *entry;
	unsigned int n;
	u32 i;

	*gap = closed;
	if (!is_open(hull))
		return 0;
	resource_list_for_each_entry(entry, &bridge->windows) {
		if (resource_type(entry->res) != IORESOURCE_MEM)
			continue;
		range.base = entry->res->start - entry->offset;
		range.limit = entry->res->end - entry->offset;
		if (kind_of_address(range.limit) == kind &&
		    (!is_open(&widest) || range.limit - range.base > widest.limit - widest.base))
			widest = range;
		if (holds(&range, hull))
			*gap = range;
	}
	if (!is_open(gap))
		return pfb_fail(err, -ENOSPC,
				"0x%llx-0x%llx is outside the windows of the host bridge, of which the widest there is 0x%llx-0x%llx: declare addresses inside, or enlarge it (QEMU: -machine virt,highmem-mmio-size=64T; -global q35-pcihost.pci-hole64-size=64T with OVMF, 128T with SeaBIOS)",
				(unsigned long long)hull->base, (unsigned long long)hull->limit,
				(unsigned long long)widest.base,
				(unsigned long long)widest.limit);
	for (i = 0; i < survey->top.nr_functions; i++) {
		const struct pfb_function *fn = &survey->top.functions[i];

		if (fn->parent != PFB_NO_FUNCTION || fn->root != arr->root ||
		    (arr->involved[i] && !is_port_itself(arr, i)))
			continue;
		for (n = 0; next_claim(survey, i, &n, &range); ) {
			/* Of a root port that takes part, its own BARs stay. */
			if (arr->involved[i] && n > PFB_NR_BARS)
				break;
			if (overlap(&range, hull))
				return pfb_fail(err, -EEXIST,
						"0x%llx-0x%llx is needed, and %s is at 0x%llx-0x%llx, which is a port's own and stays: declare another address",
						(unsigned long long)hull->base,
						(unsigned long long)hull->limit,
						pci_name(survey->sites[i].pdev),
						(unsigned long long)range.base,
						(unsigned long long)range.limit);
			if (range.limit < hull->base)
				gap->base = max(gap->base, range.limit + 1);
			else
				gap->limit = min(gap->limit, range.base - 1);
		}
	}
	/* The two must not overlap: what is below 4 GiB may be of either kind. */
	if (kind == PFB_WINDOW_PREF && overlap(gap, &arr->gap[PFB_WINDOW_MEM])) {
		struct pfb_window *low = &arr->gap[PFB_WINDOW_MEM];

		*gap = *hull;
		if (hull->base > arr->hull[PFB_WINDOW_MEM].limit)
			low->limit = min(low->limit, hull->base - 1);
		else if (hull->limit < arr->hull[PFB_WINDOW_MEM].base)
			low->base = max(low->base, hull->limit + 1);
	}
	return 0;
}

static int copy_branches(struct arrangement *arr)
{
	const struct pfb_survey *survey = arr->survey;
	u32 *to, nr = survey->top.nr_functions;
	unsigned int bar;
	u32 i;

	to = kvmalloc_array(max(nr, 1U), sizeof(*to), GFP_KERNEL);
	arr->of = kvmalloc_array(max(nr, 1U), sizeof(*arr->of), GFP_KERNEL);
	arr->top.functions = kvcalloc(max(nr, 1U), sizeof(*arr->top.functions), GFP_KERNEL);
	arr->plan.functions = kvcalloc(max(nr, 1U), sizeof(*arr->plan.functions), GFP_KERNEL);
	arr->fixed = kvmalloc_array(max(nr, 1U), PFB_NR_BARS * sizeof(*arr->fixed), GFP_KERNEL);
	if (!to || !arr->of || !arr->top.functions || !arr->plan.functions || !arr->fixed) {
		kvfree(to);
		return -ENOMEM;
	}
	arr->root_bus = survey->top.roots[arr->root];
	arr->root_bus.windows[PFB_WINDOW_IO] = closed;
	arr->root_bus.windows[PFB_WINDOW_MEM] = arr->gap[PFB_WINDOW_MEM];
	arr->root_bus.windows[PFB_WINDOW_PREF] = arr->gap[PFB_WINDOW_PREF];
	arr->top.roots = &arr->root_bus;
	arr->top.nr_roots = 1;
	arr->top.max_roots = 1;
	for (i = 0; i < nr; i++) {
		const struct pfb_site *site = &survey->sites[i];
		struct pfb_function *fn = &arr->top.functions[arr->top.nr_functions];

		if (!arr->involved[site->branch])
			continue;
		*fn = survey->top.functions[i];
		fn->root = 0;
		if (fn->parent != PFB_NO_FUNCTION)
			fn->parent = to[fn->parent];
		/*
		 * I/O stays as it is, and what has no address waits for want_lost().
		 * A root port's own BARs stay, which may be beyond others' windows.
		 */
		for (bar = 0; bar < PFB_NR_BARS; bar++)
			if (!((site->assigned | site->declared) & BIT(bar)) ||
			    is_port_itself(arr, i))
				fn->bars[bar].size = 0;
		arr->of[arr->top.nr_functions] = i;
		to[i] = arr->top.nr_functions++;
	}
	kvfree(to);
	arr->top.max_functions = arr->top.nr_functions;
	return 0;
}

/* Would the planner put it into the kind of window that it is in? */
static bool can_stay(const struct arrangement *arr, u32 index, unsigned int bar)
{
	const struct pfb_site *site = &arr->survey->sites[index];
	struct pfb_window range = current_bar(arr, index, bar);
	enum pfb_window_kind kind = site->kind[bar];
	unsigned int other;
	u32 i;

	if (!holds(&arr->gap[kind], &range))
		return false;
	if (kind == PFB_WINDOW_PREF && holds(&arr->gap[PFB_WINDOW_MEM], &range))
		return false;
	for (i = 0; i < arr->survey->top.nr_functions; i++) {
		const struct pfb_site *by = &arr->survey->sites[i];

		if (!arr->involved[by->branch] || !by->declared)
			continue;
		for (other = 0; other < PFB_NR_BARS; other++) {
			struct pfb_window taken;

			if (!(by->declared & BIT(other)))
				continue;
			taken = span_at(arr, i, other, by->wanted[other]);
			if (overlap(&taken, &range))
				return false;
		}
	}
	return true;
}

static bool is_free(const struct arrangement *arr, u32 index, unsigned int bar,
		    enum freedom freedom)
{
	const struct pfb_site *site = &arr->survey->sites[index];

	if (site->fixed & BIT(bar) || freedom == PFB_FREE_NONE)
		return false;
	if (freedom == PFB_FREE_ALL || !can_stay(arr, index, bar))
		return true;
	return freedom == PFB_FREE_KIND && arr->kinds & BIT(site->kind[bar]);
}

static void fix(struct arrangement *arr, enum freedom freedom)
{
	unsigned int bar;
	u32 i;

	arr->nr_fixed = 0;
	for (i = 0; i < arr->top.nr_functions; i++) {
		const struct pfb_site *site = &arr->survey->sites[arr->of[i]];

		for (bar = 0; bar < PFB_NR_BARS; bar++) {
			struct pfb_plan_fixed fixed = { .function = i, .bar = bar };

			if (!arr->top.functions[i].bars[bar].size)
				continue;
			if (site->declared & BIT(bar))
				fixed.address = site->wanted[bar];
			else if (site->assigned & BIT(bar) &&
				 !is_free(arr, arr->of[i], bar, freedom))
				fixed.address = arr->top.functions[i].bars[bar].address;
			else
				continue;
			arr->fixed[arr->nr_fixed++] = fixed;
		}
	}
}

/* Returns whether there is any. */
static bool want_lost(struct arrangement *arr)
{
	const struct pfb_survey *survey = arr->survey;
	bool found = false;
	unsigned int bar;
	u32 i;

	for (i = 0; i < arr->top.nr_functions; i++) {
		for (bar = 0; bar < PCI_STD_NUM_BARS; bar++) {
			if (!(survey->sites[arr->of[i]].lost & BIT(bar)))
				continue;
			arr->top.functions[i].bars[bar].size =
				survey->top.functions[arr->of[i]].bars[bar].size;
			found = true;
		}
	}
	return found;
}

/* What is planned with grows with what is wanted, so that each question brings its own. */
static int ask_once(struct arrangement *arr, enum freedom freedom, struct pfb_error *err)
{
	struct pfb_function *functions = arr->plan.functions;
	void *scratch;
	int ret;

	fix(arr, freedom);
	arr->plan = arr->top;
	arr->plan.functions = functions;
	memcpy(functions, arr->top.functions, arr->top.nr_functions * sizeof(*functions));
	scratch = kvmalloc(pfb_plan_scratch_size(&arr->plan, arr->nr_fixed), GFP_KERNEL);
	if (!scratch)
		return pfb_fail(err, -ENOMEM, "no memory to plan");
	ret = pfb_plan_addresses(&arr->plan, arr->fixed, arr->nr_fixed, scratch, err);
	kvfree(scratch);
	return ret;
}

/* The largest is the one that finds no room. Returns whether there was one. */
static bool drop_largest_lost(struct arrangement *arr)
{
	struct pfb_bar *largest = NULL;
	unsigned int bar;
	u32 i;

	for (i = 0; i < arr->top.nr_functions; i++) {
		for (bar = 0; bar < PCI_STD_NUM_BARS; bar++) {
			struct pfb_bar *lost = &arr->top.functions[i].bars[bar];

			if (arr->survey->sites[arr->of[i]].lost & BIT(bar) && lost->size &&
			    (!largest || lost->size > largest->size))
				largest = lost;
		}
	}
	if (largest)
		largest->size = 0;
	return largest;
}

static int ask(struct arrangement *arr, bool wrong, struct pfb_error *err)
{
	enum freedom freedom = wrong ? PFB_FREE_OUTSIDE : PFB_FREE_NONE;
	enum freedom most = wrong ? PFB_FREE_ALL : PFB_FREE_NONE;
	int ret = 0;

	for (; freedom <= most; freedom++) {
		ret = ask_once(arr, freedom, err);
		if (!ret || ret == -ENOMEM)
			break;
	}
	/* Room for what nobody declared is welcome, but no more is set free for it. */
	if (ret || !want_lost(arr))
		return ret;
	do
		ret = ask_once(arr, freedom, err);
	while (ret && ret != -ENOMEM && drop_largest_lost(arr));
	return ret;
}

/* Does a range run into anything beside a bridge, as it will be? */
static bool is_in_the_way(const struct arrangement *arr, u32 bridge, const struct pfb_window *range)
{
	const struct pfb_function *functions = arr->plan.functions;
	unsigned int bar;
	u32 i;

	for (i = 0; i < arr->plan.nr_functions; i++) {
		const struct pfb_function *fn = &functions[i];

		if (fn->parent != functions[bridge].parent)
			continue;
		for (bar = 0; bar < PFB_NR_BARS; bar++) {
			struct pfb_window taken;

			if (!fn->bars[bar].size || !(fn->bars[bar].flags & PFB_BAR_ASSIGNED))
				continue;
			taken = span_at(arr, arr->of[i], bar, fn->bars[bar].address);
			if (overlap(&taken, range))
				return true;
		}
		if (i == bridge || !pfb_topology_is_bridge(fn))
			continue;
		if (overlap(&fn->windows[PFB_WINDOW_MEM], range) ||
		    overlap(&fn->windows[PFB_WINDOW_PREF], range))
			return true;
	}
	return false;
}

/*
 * Windows that can stay as they are do. Bridges come before what is behind
 * them: the window above is settled by then.
 */
static void keep_windows(struct arrangement *arr)
{
	struct pfb_function *functions = arr->plan.functions;
	enum pfb_window_kind kind;
	u32 i;

	for (i = 0; i < arr->plan.nr_functions; i++) {
		if (!pfb_topology_is_bridge(&functions[i]))
			continue;
		for (kind = PFB_WINDOW_MEM; kind <= PFB_WINDOW_PREF; kind++) {
			const struct pfb_window *now = &arr->top.functions[i].windows[kind];
			struct pfb_window *planned = &functions[i].windows[kind];
			const struct pfb_window *above = &arr->gap[kind];

			if (functions[i].parent != PFB_NO_FUNCTION)
				above = &functions[functions[i].parent].windows[kind];
			if (!is_open(now) || (is_open(planned) && !holds(now, planned)))
				continue;
			/* On a root bus it stays clear of others because it is there. */
			if (functions[i].parent != PFB_NO_FUNCTION &&
			    (!is_open(above) || !holds(above, now)))
				continue;
			if (overlap(now, &functions[i].windows[kind == PFB_WINDOW_MEM ?
							       PFB_WINDOW_PREF :
							       PFB_WINDOW_MEM]) ||
			    is_in_the_way(arr, i, now))
				continue;
			*planned = *now;
		}
	}
}

static int add_moves(struct arrangement *arr, struct pfb_relocation *rel)
{
	enum pfb_window_kind kind;
	unsigned int bar;
	int ret = 0;
	u32 i;

	for (i = 0; i < arr->plan.nr_functions && !ret; i++) {
		const struct pfb_function *now = &arr->top.functions[i];
		const struct pfb_function *then = &arr->plan.functions[i];
		const struct pfb_site *site = &arr->survey->sites[arr->of[i]];
		struct pfb_target target = { .pdev = site->pdev };

		for (kind = PFB_WINDOW_MEM; kind <= PFB_WINDOW_PREF && !ret; kind++) {
			const struct pfb_window *from = &now->windows[kind];
			const struct pfb_window *to = &then->windows[kind];
			bool same = is_open(from) ? from->base == to->base &&
						    from->limit == to->limit : !is_open(to);

			if (!pfb_topology_is_bridge(now) ||
			    (same && !(site->wrong_windows & BIT(kind))))
				continue;
			target.index = PCI_BRIDGE_RESOURCES + kind;
			target.open = is_open(to);
			target.start = to->base;
			target.end = to->limit;
			ret = pfb_relocation_add(rel, &target);
		}
		for (bar = 0; bar < PFB_NR_BARS && !ret; bar++) {
			if (!then->bars[bar].size)
				continue;
			if (!((site->wrong | site->stale | site->lost) & BIT(bar)) &&
			    then->bars[bar].address == now->bars[bar].address)
				continue;
			target.index = bar;
			target.open = true;
			target.start = then->bars[bar].address;
			target.end = target.start + pfb_survey_span(arr->survey, arr->of[i], bar) - 1;
			ret = pfb_relocation_add(rel, &target);
		}
	}
	return ret;
}

int pfb_arrange(const struct pfb_survey *survey, u32 branch, struct pfb_relocation **rel,
		struct pfb_error *err)
{
	struct arrangement arr = {
		.survey = survey,
		.root = survey->top.functions[branch].root,
	};
	struct pci_dev *pdev = survey->sites[branch].pdev;
	int ret;

	*rel = pfb_relocation_new();
	arr.involved = kvcalloc(survey->top.nr_functions, sizeof(*arr.involved), GFP_KERNEL);
	if (!*rel || !arr.involved || !pdev) {
		ret = pfb_fail(err, -ENOMEM, "no memory to plan");
		goto out;
	}
	arr.involved[branch] = true;
	do {
		find_hulls(&arr);
	} while (involve(&arr));

	ret = find_gap(&arr, pdev->bus, PFB_WINDOW_MEM, err);
	if (!ret)
		ret = find_gap(&arr, pdev->bus, PFB_WINDOW_PREF, err);
	if (ret)
		goto out;
	ret = copy_branches(&arr);
	if (ret) {
		pfb_fail(err, ret, "no memory to plan");
		goto out;
	}
	ret = ask(&arr, pfb_survey_wrong(survey, branch), err);
	if (ret)
		goto out;
	keep_windows(&arr);
	ret = add_moves(&arr, *rel);
	if (ret)
		pfb_fail(err, ret, "no memory to plan");
out:
	kvfree(arr.involved);
	kvfree(arr.of);
	kvfree(arr.fixed);
	kvfree(arr.top.functions);
	kvfree(arr.plan.functions);
	if (ret) {
		pfb_relocation_free(*rel);
		*rel = NULL;
	}
	return ret;
}
