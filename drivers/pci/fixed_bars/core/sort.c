// SPDX-License-Identifier: GPL-2.0
#include <pci_fixed_bars/sort.h>

static u32 value_at(const u8 *values, u32 i)
{
	return pfb_get_le32(values + (size_t)i * 4);
}

static void swap_values(u8 *values, u32 i, u32 j)
{
	u32 value = value_at(values, i);

	pfb_put_le32(values + (size_t)i * 4, value_at(values, j));
	pfb_put_le32(values + (size_t)j * 4, value);
}

/* Let the value at @i sink among the first @nr until no child is larger. */
static void sink(u8 *values, u32 i, u32 nr, pfb_compare_fn compare, const void *ctx)
{
	u32 child;

	while (nr > 1 && i <= (nr - 2) / 2) {
		child = 2 * i + 1;
		if (child + 1 < nr &&
		    compare(ctx, value_at(values, child), value_at(values, child + 1)) < 0)
			child++;
		if (compare(ctx, value_at(values, i), value_at(values, child)) >= 0)
			return;
		swap_values(values, i, child);
		i = child;
	}
}

void pfb_sort_le32(void *values, u32 nr, pfb_compare_fn compare, const void *ctx)
{
	u32 i;

	for (i = nr / 2; i-- > 0; )
		sink(values, i, nr, compare, ctx);
	for (i = nr; i-- > 1; ) {
		swap_values(values, 0, i);
		sink(values, 0, i, compare, ctx);
	}
}
