// SPDX-License-Identifier: GPL-2.0
/*
 * Memory BARs that two windows could forward, when the usual one is too small: a
 * 64-bit prefetchable BAR may lie in 32-bit windows too, and a 64-bit BAR
 * on a root bus in either of the host bridge's.
 *
 * A few such BARs are tried in every combination, the fewest moved first. Of many
 * the smallest are moved, more and more of them, then the largest.
 */
#include "plan_state.h"

#define PFB_SPILL_ALL	10		/* so many are tried in every combination */
#define PFB_SPILL_TRIES	4096U

/**
 * struct spill - which BARs to move
 * @bars: those that could be, when they are few
 * @nr: how many there are
 * @tries: how often planning may be tried
 */
struct spill {
	struct pfb_plan_owner bars[PFB_SPILL_ALL];
	u32 nr;
	u32 tries;
};

static void find_bars(const struct pfb_plan *plan, struct spill *spill)
{
	unsigned int bar;
	u32 i;

	spill->nr = 0;
	for (i = 0; i < plan->top->nr_functions; i++)
		for (bar = 0; bar < PFB_NR_BARS; bar++) {
			if (!pfb_plan_has_bar(&plan->top->functions[i], bar) ||
			    !pfb_plan_can_spill(plan, i, bar))
				continue;
			if (spill->nr < PFB_SPILL_ALL)
				spill->bars[spill->nr] = (struct pfb_plan_owner){ i, bar };
			spill->nr++;
		}
}

static bool try_once(struct pfb_plan *plan, struct spill *spill)
{
	if (!spill->tries)
		return false;
	spill->tries--;
	plan->work -= plan->max_items + 1;
	return !pfb_plan_kind(plan, PFB_WINDOW_MEM, NULL) &&
	       !pfb_plan_kind(plan, PFB_WINDOW_PREF, NULL);
}

static unsigned int count_bits(u32 mask)
{
	unsigned int nr = 0;

	for (; mask; mask &= mask - 1)
		nr++;
	return nr;
}

static bool try_all(struct pfb_plan *plan, struct spill *spill)
{
	unsigned int moved, i;
	u32 mask;

	for (moved = 1; moved <= spill->nr; moved++)
		for (mask = 1; mask < 1U << spill->nr; mask++) {
			if (count_bits(mask) != moved)
				continue;
			for (i = 0; i < spill->nr; i++) {
				const struct pfb_plan_owner *by = &spill->bars[i];

				plan->slots[by->function].spilled &= ~(1U << by->bar);
				if (mask & (1U << i))
					plan->slots[by->function].spilled |= 1U << by->bar;
			}
			if (try_once(plan, spill))
				return true;
		}
	return false;
}

/* Move the BARs below @size bytes, and the first @nr of those of @size, or the reverse. */
static void move_by_size(struct pfb_plan *plan, u64 size, u32 nr, bool largest)
{
	unsigned int bar;
	u32 i;

	for (i = 0; i < plan->top->nr_functions; i++)
		for (bar = 0; bar < PFB_NR_BARS; bar++) {
			const struct pfb_function *fn = &plan->top->functions[i];
			u64 has = fn->bars[bar].size;

			plan->slots[i].spilled &= ~(1U << bar);
			if (!pfb_plan_has_bar(fn, bar) || !pfb_plan_can_spill(plan, i, bar) ||
			    pfb_bar_span(fn, bar) >= PFB_4GIB)
				continue;
			if (has == size ? nr && nr-- : largest ? has > size : has < size)
				plan->slots[i].spilled |= 1U << bar;
		}
}

static u32 count_of_size(const struct pfb_plan *plan, u64 size)
{
	unsigned int bar;
	u32 i, nr = 0;

	for (i = 0; i < plan->top->nr_functions; i++)
		for (bar = 0; bar < PFB_NR_BARS; bar++)
			if (plan->top->functions[i].bars[bar].size == size &&
			    pfb_plan_has_bar(&plan->top->functions[i], bar) &&
			    pfb_plan_can_spill(plan, i, bar))
				nr++;
	return nr;
}

static bool try_by_size(struct pfb_plan *plan, struct spill *spill, bool largest)
{
	unsigned int shift;
	u32 nr, all;

	for (shift = 0; shift < 32; shift++) {
		u64 size = 1ULL << (largest ? 31 - shift : shift);

		all = count_of_size(plan, size);
		for (nr = 1; all && nr / 2 < all; nr *= 2) {
			move_by_size(plan, size, nr, largest);
			if (try_once(plan, spill))
				return true;
			if (!spill->tries)
				return false;
		}
	}
	return false;
}

int pfb_plan_memory(struct pfb_plan *plan, struct pfb_error *err)
{
	struct spill spill;
	int ret;

	ret = pfb_plan_kind(plan, PFB_WINDOW_MEM, err);
	if (!ret)
		ret = pfb_plan_kind(plan, PFB_WINDOW_PREF, err);
	if (ret != -ENOSPC || plan->hopeless)
		return ret;

	find_bars(plan, &spill);
	if (!spill.nr)
		return ret;
	spill.tries = plan->work / (plan->max_items + 1);
	if (spill.tries > PFB_SPILL_TRIES)
		spill.tries = PFB_SPILL_TRIES;
	if (spill.nr <= PFB_SPILL_ALL ? try_all(plan, &spill) :
	    try_by_size(plan, &spill, false) || try_by_size(plan, &spill, true))
		return 0;
	if (spill.nr > PFB_SPILL_ALL || !spill.tries)
		plan->unsure = true;
	return ret;
}
