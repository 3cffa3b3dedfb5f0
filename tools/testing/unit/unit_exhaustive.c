// SPDX-License-Identifier: GPL-2.0
#include "unit.h"
#include "unit_exhaustive.h"
#include "unit_plan.h"

#define BUSES_MAX	24	/* functions of such a topology */
#define RANGES_MAX	(UNIT_EXHAUSTIVE_BARS + BUSES_MAX * PFB_NR_WINDOWS)
#define IO_FIRST	0x1000	/* what the planner gives nobody who does not ask for it */
#define PAGE		0x1000

#define RESERVE		PFB_NR_BARS	/* a reserve's "BAR" */

/*
 * A BAR or a reserve that is to be placed, on @bus. @kinds: the windows that it may be in, by bit.
 * @twin: an equal BAR of the same bus before it, or -1: their order is no difference.
 */
struct wanted {
	u32 function;
	unsigned int bar;
	u32 bus;
	u64 span;
	u64 align;
	unsigned int kinds;
	bool fixed;
	u64 address;
	enum pfb_window_kind kind;
	int twin;
};

struct search {
	const struct unit_topology *t;
	struct wanted bars[UNIT_EXHAUSTIVE_BARS];
	int nr;
	unsigned int tries;
};

struct placed {
	u64 lo;
	u64 hi;
	u32 bus;
	bool io;
};

static u32 parent_of(const struct unit_topology *t, u32 function)
{
	return t->functions[function].parent;
}

/* Window kinds that forward a BAR, wherever it is. */
static unsigned int kinds_of(const struct unit_topology *t, u32 function, unsigned int bar)
{
	u32 flags = t->functions[function].bars[bar].flags;
	bool on_root = parent_of(t, function) == PFB_NO_FUNCTION;
	unsigned int kinds = 1U << PFB_WINDOW_MEM;

	if (flags & PFB_BAR_IO)
		return 1U << PFB_WINDOW_IO;
	if ((flags & PFB_BAR_MEM64) && ((flags & PFB_BAR_PREFETCH) || on_root) &&
	    unit_has_pref(t, parent_of(t, function), t->functions[function].root))
		kinds |= 1U << PFB_WINDOW_PREF;
	return kinds;
}

static u64 granule_of(enum pfb_window_kind kind)
{
	return kind == PFB_WINDOW_IO ? 0x1000 : 0x100000;
}

/* Do the BARs placed so far, and the windows that they make, lie side by side? */
static bool consistent(const struct search *s, int nr)
{
	static struct pfb_window windows[BUSES_MAX][PFB_NR_WINDOWS];
	struct placed ranges[RANGES_MAX];
	const struct unit_topology *t = s->t;
	int nr_ranges = 0, i, j, k;
	u32 f;

	for (f = 0; f < t->top.nr_functions; f++)
		for (k = 0; k < PFB_NR_WINDOWS; k++)
			windows[f][k] = (struct pfb_window){ ~0ULL, 0 };

	for (i = 0; i < nr; i++) {
		const struct wanted *b = &s->bars[i];
		const struct pfb_window *root =
			&t->roots[t->functions[b->function].root].windows[b->kind];
		u64 lo = b->address, hi = b->address + b->span - 1;

		ranges[nr_ranges++] = (struct placed){ lo, hi, b->bus, b->kind == PFB_WINDOW_IO };
		if (b->bus != PFB_NO_FUNCTION) {
			lo &= ~(granule_of(b->kind) - 1);
			hi |= granule_of(b->kind) - 1;
		}
		if (!unit_window_holds(root, lo, hi))
			return false;
		for (f = b->bus; f != PFB_NO_FUNCTION; f = parent_of(t, f)) {
			struct pfb_window *w = &windows[f][b->kind];

			if (lo < w->base)
				w->base = lo;
			if (hi > w->limit)
				w->limit = hi;
		}
	}
	for (f = 0; f < t->top.nr_functions; f++)
		for (k = 0; k < PFB_NR_WINDOWS; k++)
			if (unit_window_is_open(&windows[f][k]))
				ranges[nr_ranges++] = (struct placed){ windows[f][k].base,
					windows[f][k].limit, parent_of(t, f), k == PFB_WINDOW_IO };
	for (i = 0; i < nr_ranges; i++)
		for (j = i + 1; j < nr_ranges; j++)
			if (ranges[i].bus == ranges[j].bus && ranges[i].io == ranges[j].io &&
			    ranges[i].lo <= ranges[j].hi && ranges[j].lo <= ranges[i].hi)
				return false;
	return true;
}

static bool equal_bars(const struct wanted *a, const struct wanted *b)
{
	return !a->fixed && !b->fixed && a->span == b->span && a->align == b->align &&
	       a->kinds == b->kinds && a->bus == b->bus;
}

static void gather_reserves(struct search *s)
{
	const struct unit_topology *t = s->t;
	enum pfb_window_kind kind;
	u32 f;

	for (f = 0; f < t->top.nr_functions; f++)
		for (kind = PFB_WINDOW_IO; kind < PFB_NR_WINDOWS; kind++) {
			u64 size = unit_reserve(t, f, kind);

			if (!size)
				continue;
			assert_true(s->nr < UNIT_EXHAUSTIVE_BARS);
			s->bars[s->nr++] = (struct wanted){ .function = f, .bar = RESERVE,
				.bus = f, .twin = -1, .span = size, .kinds = 1U << kind,
				.align = unit_reserve_align(size, kind) };
		}
}

static void gather(struct search *s, const struct pfb_plan_fixed *fixed, u32 nr_fixed)
{
	const struct unit_topology *t = s->t;
	unsigned int bar;
	int i, j;
	u32 f;

	for (f = 0; f < t->top.nr_functions; f++)
		for (bar = 0; bar < PFB_NR_BARS; bar++) {
			const struct pfb_function *fn = &t->functions[f];
			struct wanted *b = &s->bars[s->nr];
			u32 n;

			if (!fn->bars[bar].size)
				continue;
			assert_true(s->nr < UNIT_EXHAUSTIVE_BARS);
			*b = (struct wanted){ .function = f, .bar = bar, .twin = -1,
					      .bus = parent_of(t, f),
					      .span = unit_bar_span(fn, bar),
					      .align = fn->bars[bar].size,
					      .kinds = kinds_of(t, f, bar) };
			if (!(fn->bars[bar].flags & PFB_BAR_IO) && b->align < PAGE)
				b->align = PAGE;
			for (n = 0; n < nr_fixed; n++)
				if (fixed[n].function == f && fixed[n].bar == bar) {
					b->fixed = true;
					b->address = fixed[n].address;
				}
			s->nr++;
		}
	gather_reserves(s);

	/* Fixed ones first, then the large ones: what cannot be shows early. */
	for (i = 1; i < s->nr; i++)
		for (j = i; j && (s->bars[j].fixed > s->bars[j - 1].fixed ||
				  (s->bars[j].fixed == s->bars[j - 1].fixed &&
				   s->bars[j].span > s->bars[j - 1].span)); j--) {
			struct wanted b = s->bars[j];

			s->bars[j] = s->bars[j - 1];
			s->bars[j - 1] = b;
		}
	for (i = 0; i < s->nr; i++)
		for (j = 0; j < i; j++)
			if (equal_bars(&s->bars[i], &s->bars[j]))
				s->bars[i].twin = j;
}

/* A fixed BAR is in the window that its address is in. */
static bool place_fixed(struct search *s)
{
	enum pfb_window_kind k;
	int i;

	for (i = 0; i < s->nr && s->bars[i].fixed; i++) {
		struct wanted *b = &s->bars[i];
		const struct pfb_root *root = &s->t->roots[s->t->functions[b->function].root];

		for (k = PFB_WINDOW_IO; k < PFB_NR_WINDOWS; k++)
			if ((b->kinds & (1U << k)) &&
			    unit_window_holds(&root->windows[k], b->address,
					      b->address + b->span - 1))
				break;
		if (k == PFB_NR_WINDOWS)
			return false;
		b->kind = k;
	}
	return consistent(s, i);
}

/* One after the other; @n counts those that have an address. */
enum unit_exhaustive unit_exhaustive(struct unit_topology *t, const struct pfb_plan_fixed *fixed,
				     u32 nr, u64 io_step, u64 mem_step,
				     unsigned int max_tries, u64 random)
{
	u64 start[UNIT_EXHAUSTIVE_BARS + 1], tried[UNIT_EXHAUSTIVE_BARS + 1];
	struct search s = { .t = t };
	int n, first;

	assert_true(t->top.nr_functions <= BUSES_MAX);
	gather(&s, fixed, nr);
	if (!place_fixed(&s))
		return UNIT_EXHAUSTIVE_NONE;
	for (first = 0; first < s.nr && s.bars[first].fixed; first++)
		;

	tried[first] = 0;
	start[first] = random;
	for (n = first; n < s.nr; ) {
		struct wanted *b = &s.bars[n];
		const struct pfb_root *root = &t->roots[t->functions[b->function].root];
		u64 step = b->kinds & (1U << PFB_WINDOW_IO) ? io_step : mem_step;
		u64 slots[PFB_NR_WINDOWS], total = 0, at;
		enum pfb_window_kind k;
		bool placed = false;

		if (step < b->align)
			step = b->align;
		for (k = PFB_WINDOW_IO; k < PFB_NR_WINDOWS; k++) {
			const struct pfb_window *w = &root->windows[k];

			slots[k] = 0;
			if ((b->kinds & (1U << k)) && unit_window_is_open(w))
				slots[k] = w->limit / step - w->base / step + 1;
			total += slots[k];
		}
		while (tried[n] < total) {
			at = (start[n] % total + tried[n]++) % total;
			if (++s.tries > max_tries)
				return UNIT_EXHAUSTIVE_UNDECIDED;
			for (k = PFB_WINDOW_IO; at >= slots[k]; k++)
				at -= slots[k];
			b->kind = k;
			b->address = (root->windows[k].base / step + at) * step;
			if (!b->address || (k == PFB_WINDOW_IO && b->address < IO_FIRST))
				continue;
			if (!random && b->twin >= 0 && s.bars[b->twin].kind == b->kind &&
			    s.bars[b->twin].address > b->address)
				continue;
			if (consistent(&s, n + 1)) {
				placed = true;
				break;
			}
		}
		if (placed) {
			n++;
			tried[n] = 0;
			start[n] = random >> 4 * (n % 16);
		} else {
			if (n == first)
				return UNIT_EXHAUSTIVE_NONE;
			n--;
		}
	}

	for (n = 0; n < s.nr; n++) {
		struct pfb_bar *bar = &t->functions[s.bars[n].function].bars[s.bars[n].bar];

		if (s.bars[n].bar == RESERVE)
			continue;
		bar->address = s.bars[n].address;
		bar->flags |= PFB_BAR_ASSIGNED;
	}
	return UNIT_EXHAUSTIVE_FOUND;
}
