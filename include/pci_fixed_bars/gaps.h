/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PCI_FIXED_BARS_GAPS_H
#define PCI_FIXED_BARS_GAPS_H

#include <pci_fixed_bars/types.h>

#define PFB_NO_GAP		0xffffffffU

/**
 * struct pfb_gap - a range of free addresses
 * @lo: first address
 * @hi: last address, inclusive
 * @next: the gap that is tried after this one, or %PFB_NO_GAP
 * @from_top: it is filled from its end down, not from its start up
 */
struct pfb_gap {
	u64 lo;
	u64 hi;
	u32 next;
	bool from_top;
};

/**
 * struct pfb_gaps - free addresses, in the order in which they are tried
 * @gaps: the caller's memory: one entry for each gap that is added and one for
 *	each block that is taken
 * @max: entries in @gaps
 * @nr: entries used
 * @head: the gap that is tried first
 * @tail: the gap that is tried last
 */
struct pfb_gaps {
	struct pfb_gap *gaps;
	u32 max;
	u32 nr;
	u32 head;
	u32 tail;
};

/**
 * pfb_gaps_init() - start with nothing free
 * @gaps: the gaps
 * @memory: entries for them
 * @max: how many
 */
void pfb_gaps_init(struct pfb_gaps *gaps, struct pfb_gap *memory, u32 max);

/**
 * pfb_gaps_add() - add a free range, tried after those that were added before
 * @gaps: the gaps
 * @lo: first address
 * @hi: last address; nothing is added when it is below @lo
 * @from_top: fill it from its end down
 */
void pfb_gaps_add(struct pfb_gaps *gaps, u64 lo, u64 hi, bool from_top);

/**
 * pfb_gaps_take() - take a block out of the first gap that holds it
 * @gaps: the gaps
 * @size: bytes, not 0
 * @align: a power of two
 * @max: highest address that the block may have
 * @hint: the gap to start at: %PFB_NO_GAP for the first one, or what this
 *	function left there for a block of equal @size, @align and @max, which
 *	fits nowhere before. Receives the gap to start at for the next such block
 * @address: receives the first address of the block
 *
 * Context: any. Time grows with the number of gaps that are tried.
 * Return: true, or false when no gap holds it.
 */
bool pfb_gaps_take(struct pfb_gaps *gaps, u64 size, u64 align, u64 max, u32 *hint,
		   u64 *address);

/**
 * pfb_gaps_largest() - size of the largest gap
 * @gaps: the gaps
 *
 * Return: bytes; 0 when nothing is free.
 */
u64 pfb_gaps_largest(const struct pfb_gaps *gaps);

#endif /* PCI_FIXED_BARS_GAPS_H */
