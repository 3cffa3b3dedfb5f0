/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PCI_FIXED_BARS_FIXED_BARS_H
#define PCI_FIXED_BARS_FIXED_BARS_H

#include <pci_fixed_bars/declaration.h>
#include <pci_fixed_bars/topology.h>

enum pfb_fixed_bars_layout {
	PFB_FIXED_BARS_V1_SHORT,
	PFB_FIXED_BARS_V1_LONG,
	PFB_FIXED_BARS_V2,
};

/**
 * pfb_fixed_bars_layout_name() - a layout's name in reports
 * @layout: the layout
 *
 * Return: "v1 short", "v1 long" or "v2".
 */
const char *pfb_fixed_bars_layout_name(enum pfb_fixed_bars_layout layout);

/**
 * pfb_fixed_bars_check() - find out which layout a blob has, and check each record
 * @data: the bytes of fw_cfg file ``etc/fixed-bars``
 * @size: how many
 * @layout: receives the layout
 * @err: receives what is wrong, with its offset
 *
 * Both v1 layouts say version 1, so the blob is walked with each stride and
 * the one that ends exactly at its end is taken. Neither, or both, is an error;
 * without any device the two are the same, and %PFB_FIXED_BARS_V1_SHORT is
 * reported. What takes all records together (duplicates, overlaps) is checked
 * by pfb_fixed_bars_parse().
 *
 * Context: any. Linear time.
 * Return: 0, -EINVAL (malformed or ambiguous), -E2BIG (over
 * %PFB_MANIFEST_SIZE_MAX), -EPROTONOSUPPORT (unknown version).
 */
int pfb_fixed_bars_check(const void *data, size_t size,
			 enum pfb_fixed_bars_layout *layout, struct pfb_error *err);

/**
 * pfb_fixed_bars_scratch_size() - bytes of scratch that pfb_fixed_bars_parse() needs
 * @size: bytes in the blob
 * @top: the topology
 *
 * Context: any.
 * Return: the size in bytes; linear in @size and in the number of functions.
 */
size_t pfb_fixed_bars_scratch_size(size_t size, const struct pfb_topology *top);

/**
 * pfb_fixed_bars_parse() - read ``etc/fixed-bars`` against the functions that are there
 * @data: the bytes
 * @size: how many
 * @top: the guest's topology: v1 names a function by its place in the order
 * @scratch: pfb_fixed_bars_scratch_size() bytes for the parser's own use, aligned
 *	as malloc() and kmalloc() align
 * @declare: receives one declaration for each function with fixed BARs;
 *	never an HPA, which the blob does not state
 * @ctx: handed to @declare
 * @err: receives what is wrong, with its offset
 *
 * v1 short entries are matched by order within (root-port bus, vendor:device)
 * and cross-checked by BAR sizes; where an entry would fit another function of
 * its kind as well, its declaration is marked uncertain. v1 long and v2 entries
 * name a path, which is declared whether or not a function is there; v2 does
 * not name the root bus, so where a segment has several, the path must fit
 * behind exactly one of them by vendor:device and BAR sizes. v1 speaks of
 * segment 0. A v2 BAR with address 0 may be anywhere and is not declared.
 *
 * Context: any. Time grows with n log n in the number of records and functions.
 * Return: as pfb_fixed_bars_check(), -ENODEV when it cannot be told which
 * function an entry means, or what @declare returned.
 */
int pfb_fixed_bars_parse(const void *data, size_t size, const struct pfb_topology *top,
			 void *scratch, pfb_declare_fn declare, void *ctx,
			 struct pfb_error *err);

#endif /* PCI_FIXED_BARS_FIXED_BARS_H */
