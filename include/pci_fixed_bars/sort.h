/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PCI_FIXED_BARS_SORT_H
#define PCI_FIXED_BARS_SORT_H

#include <pci_fixed_bars/types.h>

/**
 * typedef pfb_compare_fn - the order of two values
 * @ctx: the caller's
 * @a: one value
 * @b: the other
 *
 * Return: negative, 0 or positive, as @a is before, equal to or after @b.
 */
typedef int (*pfb_compare_fn)(const void *ctx, u32 a, u32 b);

/**
 * pfb_sort_le32() - sort little-endian 32-bit numbers in place
 * @values: the numbers; need not be aligned
 * @nr: how many
 * @compare: their order
 * @ctx: handed to @compare
 *
 * A heap sort: no recursion, no memory, and no input that makes it slow. Not
 * stable; an order that must be reproducible ends in a comparison of the values.
 *
 * Context: any. Time grows with n log n.
 */
void pfb_sort_le32(void *values, u32 nr, pfb_compare_fn compare, const void *ctx);

#endif /* PCI_FIXED_BARS_SORT_H */
