// SPDX-License-Identifier: GPL-2.0
/* Scatterlists without pages. */
#include <linux/err.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include <linux/pci_fixed_bars.h>

#include "mapping.h"

/* Below 4 GiB, as a length has 32 bits, and a power of two, so that large pages stay whole. */
#define PFB_SEGMENT_MAX		SZ_2G

static unsigned int count_entries(const struct pfb_range *ranges, unsigned int nr_ranges)
{
	unsigned int i, nr = 0;

	for (i = 0; i < nr_ranges; i++)
		nr += DIV_ROUND_UP_ULL(ranges[i].length, PFB_SEGMENT_MAX);
	return nr;
}

static struct scatterlist *fill_entries(struct scatterlist *sg, u64 address, u64 left)
{
	while (left) {
		u64 length = min_t(u64, left, PFB_SEGMENT_MAX);

		sg_dma_address(sg) = address;
		sg_dma_len(sg) = length;
		address += length;
		left -= length;
		sg = sg_next(sg);
	}
	return sg;
}

struct pfb_mapping *pfb_mapping_make(const struct device *client, u64 address,
				     const struct pfb_range *ranges, unsigned int nr_ranges)
{
	struct pfb_mapping *mapping;
	struct scatterlist *sg;
	unsigned int i;
	int ret;

	mapping = kzalloc(sizeof(*mapping), GFP_KERNEL);
	if (!mapping)
		return ERR_PTR(-ENOMEM);
	mapping->client = client;
	mapping->nr_entries = count_entries(ranges, nr_ranges);
	ret = sg_alloc_table(&mapping->sgt, mapping->nr_entries, GFP_KERNEL);
	if (ret) {
		kfree(mapping);
		return ERR_PTR(ret);
	}
	sg = mapping->sgt.sgl;
	for (i = 0; i < nr_ranges; i++)
		sg = fill_entries(sg, address + ranges[i].offset, ranges[i].length);
	mapping->sgt.orig_nents = 0;
	return mapping;
}

void pfb_mapping_free(struct pfb_mapping *mapping)
{
	mapping->sgt.orig_nents = mapping->nr_entries;
	sg_free_table(&mapping->sgt);
	kfree(mapping);
}
