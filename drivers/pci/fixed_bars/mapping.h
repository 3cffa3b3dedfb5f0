/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What an importer of a dma-buf gets: the bus addresses of ranges of a BAR.
 */
#ifndef PFB_MAPPING_H
#define PFB_MAPPING_H

#include <linux/list.h>
#include <linux/scatterlist.h>
#include <linux/types.h>

struct device;
struct pfb_range;

/**
 * struct pfb_mapping - one importer's addresses
 * @node: entry in a list of whoever made it
 * @client: the importer's device
 * @sgt: the addresses; says that it has no entries for CPUs, as there are no pages
 * @nr_entries: how many there are to free
 */
struct pfb_mapping {
	struct list_head node;
	const struct device *client;
	struct sg_table sgt;
	unsigned int nr_entries;
};

/**
 * pfb_mapping_make() - bus addresses for an importer
 * @client: the importer's device
 * @address: bus address of the BAR
 * @ranges: the parts of the BAR, of whole pages, ascending
 * @nr_ranges: how many
 *
 * Entries are of at most 2 GiB: their length has 32 bits.
 *
 * Context: may sleep.
 * Return: the mapping or an ERR_PTR(-ENOMEM).
 */
struct pfb_mapping *pfb_mapping_make(const struct device *client, u64 address,
				     const struct pfb_range *ranges, unsigned int nr_ranges);

/**
 * pfb_mapping_free() - take it back
 * @mapping: in no list any more
 *
 * Context: any.
 */
void pfb_mapping_free(struct pfb_mapping *mapping);

#endif /* PFB_MAPPING_H */
