// SPDX-License-Identifier: GPL-2.0
#include "unit.h"
#include "unit_plan.h"

#define MIB	0x100000ULL

int unit_plan(struct unit_topology *t, const struct pfb_plan_fixed *fixed, u32 nr,
	      struct pfb_error *err)
{
	void *scratch = malloc(pfb_plan_scratch_size(&t->top, nr));
	int ret;

	assert_non_null(scratch);
	ret = pfb_plan_addresses(&t->top, fixed, nr, scratch, err);
	free(scratch);
	return ret;
}

u64 unit_bar_span(const struct pfb_function *fn, unsigned int bar)
{
	return bar < PFB_BAR_VF0 ? fn->bars[bar].size : fn->bars[bar].size * fn->total_vfs;
}

bool unit_has_pref(const struct unit_topology *t, u32 bridge, u32 root)
{
	for (; bridge != PFB_NO_FUNCTION; bridge = t->functions[bridge].parent)
		if (!(t->functions[bridge].flags & PFB_FN_PREF64) ||
		    (t->functions[bridge].flags & PFB_FN_NO_PREF_WINDOW))
			return false;
	return unit_window_is_open(&t->roots[root].windows[PFB_WINDOW_PREF]);
}

static bool has_io(const struct unit_topology *t, u32 bridge)
{
	const struct pfb_root *root = &t->roots[t->functions[bridge].root];

	for (; bridge != PFB_NO_FUNCTION; bridge = t->functions[bridge].parent)
		if (t->functions[bridge].flags & PFB_FN_NO_IO_WINDOW)
			return false;
	return unit_window_is_open(&root->windows[PFB_WINDOW_IO]);
}

static u64 granule_of(enum pfb_window_kind kind)
{
	return kind == PFB_WINDOW_IO ? 0x1000 : MIB;
}

static u64 whole(u64 bytes, enum pfb_window_kind kind)
{
	return (bytes + granule_of(kind) - 1) & ~(granule_of(kind) - 1);
}

u64 unit_reserve(const struct unit_topology *t, u32 bridge, enum pfb_window_kind kind)
{
	const u64 *asked = t->functions[bridge].reserve;
	bool pref = unit_has_pref(t, bridge, t->functions[bridge].root);

	switch (kind) {
	case PFB_WINDOW_IO:
		return has_io(t, bridge) ? whole(asked[kind], kind) : 0;
	case PFB_WINDOW_MEM:
		return whole(asked[kind], kind) +
		       (pref ? 0 : whole(asked[PFB_WINDOW_PREF], PFB_WINDOW_PREF));
	default:
		return pref ? whole(asked[kind], kind) : 0;
	}
}

u64 unit_reserve_align(u64 size, enum pfb_window_kind kind)
{
	u64 align = granule_of(kind);

	while (align * 2 <= size)
		align *= 2;
	return align;
}

/* A range that a function takes on its bus: a BAR, or a window of its own. */
struct placed {
	u64 lo;
	u64 hi;
	bool io;
	u32 function;
	int what;
};

static u32 ranges_of(const struct pfb_function *fn, u32 function, struct placed *out)
{
	u32 nr = 0;
	int i;

	for (i = 0; i < PFB_NR_BARS; i++)
		if (fn->bars[i].size && (fn->bars[i].flags & PFB_BAR_ASSIGNED))
			out[nr++] = (struct placed){ fn->bars[i].address,
				fn->bars[i].address + unit_bar_span(fn, i) - 1,
				fn->bars[i].flags & PFB_BAR_IO, function, i };
	if (!pfb_topology_is_bridge(fn))
		return nr;
	for (i = 0; i < PFB_NR_WINDOWS; i++)
		if (unit_window_is_open(&fn->windows[i]))
			out[nr++] = (struct placed){ fn->windows[i].base, fn->windows[i].limit,
				i == PFB_WINDOW_IO, function, PFB_NR_BARS + i };
	return nr;
}

/* A range must lie in one of the windows of what is above it; which one is told. */
static int window_above(const struct unit_topology *t, const struct placed *r)
{
	const struct pfb_function *fn = &t->functions[r->function];
	const struct pfb_window *windows = fn->parent == PFB_NO_FUNCTION ?
		t->roots[fn->root].windows : t->functions[fn->parent].windows;
	int first = r->io ? PFB_WINDOW_IO : PFB_WINDOW_MEM;
	int last = r->io ? PFB_WINDOW_IO : PFB_WINDOW_PREF;
	int i;

	for (i = first; i <= last; i++)
		if (unit_window_is_open(&windows[i]) &&
		    unit_window_holds(&windows[i], r->lo, r->hi))
			return i;
	return -1;
}

static bool is_free(const struct unit_topology *t, u32 bridge, const struct placed *ranges, u32 nr,
		    const struct placed *want)
{
	u32 i;

	for (i = 0; i < nr; i++)
		if (t->functions[ranges[i].function].parent == bridge &&
		    ranges[i].io == want->io && ranges[i].lo <= want->hi &&
		    want->lo <= ranges[i].hi)
			return false;
	return true;
}

/*
 * A window with a reserve: that is free, at one end of the window or between what is in
 * it, and the window is no larger than both need.
 */
static void check_reserve(const struct unit_topology *t, u32 bridge, enum pfb_window_kind kind,
			  const struct placed *ranges, u32 nr, const struct pfb_window *content)
{
	const struct pfb_window *w = &t->functions[bridge].windows[kind];
	u64 size = unit_reserve(t, bridge, kind), align = unit_reserve_align(size, kind);
	u64 granule = granule_of(kind);
	u64 at;

	assert_true(unit_window_is_open(w));
	for (at = (w->base + align - 1) & ~(align - 1); at + size - 1 <= w->limit; at += align) {
		struct placed want = { at, at + size - 1, kind == PFB_WINDOW_IO, bridge, 0 };
		u64 lo = content->base < want.lo ? content->base : want.lo;
		u64 hi = content->limit > want.hi ? content->limit : want.hi;

		if (is_free(t, bridge, ranges, nr, &want) && w->base == (lo & ~(granule - 1)) &&
		    w->limit == (hi | (granule - 1)))
			return;
	}
	fail_msg("bridge %u: no 0x%llx bytes are free in its window 0x%llx-0x%llx, or it is larger than that needs",
		 bridge, (unsigned long long)size, (unsigned long long)w->base,
		 (unsigned long long)w->limit);
}

/* Host bridges of one segment with the same windows have one bus's worth of addresses. */
static bool share_windows(const struct pfb_root *a, const struct pfb_root *b)
{
	return a->segment == b->segment &&
	       !memcmp(a->windows, b->windows, sizeof(a->windows));
}

/* Everything that a plan promises, without looking at how it was made. */
void unit_check_plan(const struct unit_topology *t, const struct pfb_plan_fixed *fixed,
		     u32 nr_fixed)
{
	static struct placed ranges[UNIT_MAX_FUNCTIONS * (PFB_NR_BARS + PFB_NR_WINDOWS)];
	static struct pfb_window content[UNIT_MAX_FUNCTIONS][PFB_NR_WINDOWS];
	u32 nr = 0, i, j;
	int k;

	for (i = 0; i < nr_fixed; i++) {
		const struct pfb_bar *bar = &t->functions[fixed[i].function].bars[fixed[i].bar];

		assert_true(bar->flags & PFB_BAR_ASSIGNED);
		assert_int_equal(bar->address, fixed[i].address);
	}

	for (i = 0; i < t->top.nr_functions; i++) {
		const struct pfb_function *fn = &t->functions[i];

		nr += ranges_of(fn, i, &ranges[nr]);
		for (k = 0; k < PFB_NR_BARS; k++) {
			const struct pfb_bar *bar = &fn->bars[k];

			if (!bar->size)
				continue;
			/* Only an I/O BAR may be left out, and none is below 4 KiB windows here. */
			if (!(bar->flags & PFB_BAR_IO))
				assert_true(bar->flags & PFB_BAR_ASSIGNED);
			if (!(bar->flags & PFB_BAR_ASSIGNED))
				continue;
			assert_int_equal(bar->address & (bar->size - 1), 0);
			assert_int_not_equal(bar->address, 0);
			if (!(bar->flags & PFB_BAR_MEM64))
				assert_true(bar->address + unit_bar_span(fn, k) <= 1ULL << 32);
		}
		for (k = 0; k < PFB_NR_WINDOWS; k++)
			content[i][k] = (struct pfb_window){ ~0ULL, 0 };
	}

	for (i = 0; i < nr; i++) {
		const struct pfb_function *a = &t->functions[ranges[i].function];
		int kind = window_above(t, &ranges[i]);

		if (kind < 0)
			fail_msg("function %u range %d 0x%llx-0x%llx: in no window above",
				 ranges[i].function, ranges[i].what,
				 (unsigned long long)ranges[i].lo, (unsigned long long)ranges[i].hi);
		if (a->parent != PFB_NO_FUNCTION) {
			struct pfb_window *c = &content[a->parent][kind];

			if (ranges[i].lo < c->base)
				c->base = ranges[i].lo;
			if (ranges[i].hi > c->limit)
				c->limit = ranges[i].hi;
			/* A prefetchable window forwards nothing else. */
			if (kind == PFB_WINDOW_PREF && ranges[i].what < PFB_NR_BARS)
				assert_true(a->bars[ranges[i].what].flags & PFB_BAR_PREFETCH);
			if (kind == PFB_WINDOW_PREF && ranges[i].what >= PFB_NR_BARS)
				assert_int_equal(ranges[i].what, PFB_NR_BARS + PFB_WINDOW_PREF);
		}
		/* On one bus nothing overlaps; below, nesting makes it so. */
		for (j = i + 1; j < nr; j++) {
			const struct pfb_function *b = &t->functions[ranges[j].function];

			if (a->parent != b->parent || ranges[i].io != ranges[j].io ||
			    !share_windows(&t->roots[a->root], &t->roots[b->root]))
				continue;
			if (ranges[i].lo <= ranges[j].hi && ranges[j].lo <= ranges[i].hi)
				fail_msg("functions %u and %u overlap: 0x%llx-0x%llx, 0x%llx-0x%llx",
					 ranges[i].function, ranges[j].function,
					 (unsigned long long)ranges[i].lo,
					 (unsigned long long)ranges[i].hi,
					 (unsigned long long)ranges[j].lo,
					 (unsigned long long)ranges[j].hi);
		}
	}

	for (i = 0; i < t->top.nr_functions; i++) {
		const struct pfb_function *fn = &t->functions[i];

		if (!pfb_topology_is_bridge(fn))
			continue;
		for (k = 0; k < PFB_NR_WINDOWS; k++) {
			const struct pfb_window *c = &content[i][k];
			u64 granule = granule_of(k);

			if (unit_reserve(t, i, k)) {
				check_reserve(t, i, k, ranges, nr, c);
				continue;
			}
			if (!unit_window_is_open(c)) {
				assert_false(unit_window_is_open(&fn->windows[k]));
				continue;
			}
			assert_true(unit_window_is_open(&fn->windows[k]));
			assert_int_equal(fn->windows[k].base, c->base & ~(granule - 1));
			assert_int_equal(fn->windows[k].limit, c->limit | (granule - 1));
		}
	}
}
