// SPDX-License-Identifier: GPL-2.0
/*
 * Free addresses between what is placed: the planner's first fit.
 *
 * A gap that is too small for a block stays as it is, so the order in which
 * gaps are tried is the order in which they were added, and what is left over
 * around a block is tried where the gap stood.
 */
#include <pci_fixed_bars/gaps.h>

void pfb_gaps_init(struct pfb_gaps *gaps, struct pfb_gap *memory, u32 max)
{
	gaps->gaps = memory;
	gaps->max = max;
	gaps->nr = 0;
	gaps->head = PFB_NO_GAP;
	gaps->tail = PFB_NO_GAP;
}

void pfb_gaps_add(struct pfb_gaps *gaps, u64 lo, u64 hi, bool from_top)
{
	struct pfb_gap *gap;

	if (lo > hi || gaps->nr == gaps->max)
		return;
	gap = &gaps->gaps[gaps->nr];
	gap->lo = lo;
	gap->hi = hi;
	gap->from_top = from_top;
	gap->next = PFB_NO_GAP;
	if (gaps->tail == PFB_NO_GAP)
		gaps->head = gaps->nr;
	else
		gaps->gaps[gaps->tail].next = gaps->nr;
	gaps->tail = gaps->nr++;
}

static bool fits(const struct pfb_gap *gap, u64 size, u64 align, u64 max, u64 *address)
{
	u64 hi = gap->hi < max ? gap->hi : max;
	u64 first, last;

	if (hi < gap->lo || hi - gap->lo < size - 1)
		return false;
	if (gap->from_top) {
		first = (hi - (size - 1)) & ~(align - 1);
		if (first < gap->lo)
			return false;
	} else {
		if (check_add_overflow(gap->lo, align - 1, &first))
			return false;
		first &= ~(align - 1);
		if (check_add_overflow(first, size - 1, &last) || last > hi)
			return false;
	}
	*address = first;
	return true;
}

/*
 * Cut [first, last] out of a gap. The entry keeps what is too small for another
 * block of this kind, so that smaller ones try it first; the rest gets an entry
 * behind it. Returns the entry at which the next such block's search starts.
 */
static u32 cut(struct pfb_gaps *gaps, u32 index, u64 first, u64 last)
{
	struct pfb_gap *gap = &gaps->gaps[index];
	bool below = gap->lo < first, above = gap->hi > last;
	struct pfb_gap *rest;

	if (below && above && gaps->nr < gaps->max) {
		rest = &gaps->gaps[gaps->nr];
		*rest = *gap;
		if (gap->from_top) {
			rest->hi = first - 1;
			gap->lo = last + 1;
			gap->from_top = false;
		} else {
			rest->lo = last + 1;
			gap->hi = first - 1;
		}
		gap->next = gaps->nr;
		if (gaps->tail == index)
			gaps->tail = gaps->nr;
		return gaps->nr++;
	}

	if (below && (gap->from_top || !above)) {
		gap->hi = first - 1;
	} else if (above) {
		gap->lo = last + 1;
	} else {
		gap->lo = 1;
		gap->hi = 0;
	}
	return index;
}

bool pfb_gaps_take(struct pfb_gaps *gaps, u64 size, u64 align, u64 max, u32 *hint,
		   u64 *address)
{
	u32 i;

	for (i = *hint == PFB_NO_GAP ? gaps->head : *hint; i != PFB_NO_GAP;
	     i = gaps->gaps[i].next) {
		const struct pfb_gap *gap = &gaps->gaps[i];

		if (gap->lo > gap->hi || !fits(gap, size, align, max, address))
			continue;
		*hint = cut(gaps, i, *address, *address + (size - 1));
		return true;
	}
	return false;
}

u64 pfb_gaps_largest(const struct pfb_gaps *gaps)
{
	u64 largest = 0;
	u32 i;

	for (i = 0; i < gaps->nr; i++) {
		const struct pfb_gap *gap = &gaps->gaps[i];

		if (gap->lo <= gap->hi && gap->hi - gap->lo >= largest)
			largest = gap->hi - gap->lo + 1;
	}
	return largest;
}
