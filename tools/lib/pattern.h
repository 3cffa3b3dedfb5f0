/* SPDX-License-Identifier: GPL-2.0 */
/* Data whose every byte is known by its position. */
#ifndef PFB_TOOLS_PATTERN_H
#define PFB_TOOLS_PATTERN_H

#include <pci_fixed_bars/types.h>

/**
 * pfb_pattern_fill() - write a pattern
 * @buf: where to, aligned to 8 bytes
 * @size: bytes, a multiple of 8
 * @seed: which pattern; equal seeds give equal bytes
 *
 * No two 8-byte words of one pattern are equal, so that data which arrived in
 * the wrong place, twice or not at all is told apart.
 */
void pfb_pattern_fill(void *buf, size_t size, u64 seed);

/**
 * pfb_pattern_check() - compare every byte with a pattern
 * @buf: what to look at, aligned to 8 bytes
 * @size: bytes, a multiple of 8
 * @seed: which pattern
 *
 * Return: the offset of the first 8-byte word that differs, or @size.
 */
size_t pfb_pattern_check(const void *buf, size_t size, u64 seed);

#endif /* PFB_TOOLS_PATTERN_H */
