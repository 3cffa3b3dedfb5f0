/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PCI_FIXED_BARS_PATH_H
#define PCI_FIXED_BARS_PATH_H

#include <pci_fixed_bars/error.h>
#include <pci_fixed_bars/types.h>

/* Deeper than any machine seen; what lies deeper is reported, never guessed. */
#define PFB_PATH_HOPS_MAX	16

/* "ffff:ff:1f.7" and "/1f.7" for each further hop, and the NUL. */
#define PFB_PATH_TEXT_MAX	(12 + 5 * (PFB_PATH_HOPS_MAX - 1) + 1)

#define PFB_DEVFN(dev, fn)	((u8)((((dev) & 0x1f) << 3) | ((fn) & 7)))
#define PFB_DEV(devfn)		(((devfn) >> 3) & 0x1f)
#define PFB_FN(devfn)		((devfn) & 7)

/**
 * struct pfb_path - where a function sits, independent of bus numbers below the root
 * @segment: PCI segment (Linux calls it domain)
 * @bus: number of the bus that the first hop is on: a root bus in a path
 * @nr_hops: hops used, 1 to %PFB_PATH_HOPS_MAX
 * @hops: device and function number (devfn) of each bridge from @bus down,
 *	the function itself last
 *
 * Written as ``segment:bus:dd.f/dd.f/...``, the syntax that the kernel's own
 * ``pci=`` parameters take (Documentation/admin-guide/kernel-parameters.txt,
 * "<pci_dev>"). A plain BDF is the same with one hop and a @bus that is not a
 * root bus: it names a function only until buses are renumbered.
 */
struct pfb_path {
	u16 segment;
	u8 bus;
	u8 nr_hops;
	u8 hops[PFB_PATH_HOPS_MAX];
};

/**
 * pfb_path_parse() - read a path or BDF
 * @text: ``[segment:]bus:dd.f[/dd.f]*`` in hexadecimal; need not end at the path
 * @len: number of bytes that may be read from @text
 * @path: receives the result
 * @err: receives what is wrong and where
 *
 * Stops at the first byte that cannot belong to a path.
 *
 * Context: any.
 * Return: the number of bytes read (at least 1), or -EINVAL.
 */
int pfb_path_parse(const char *text, size_t len, struct pfb_path *path,
		   struct pfb_error *err);

/**
 * pfb_path_parse_at() - read a path that stands within a longer text
 * @text: the whole text
 * @len: bytes in @text
 * @pos: where in @text the path begins, at most @len
 * @path: receives the result
 * @err: receives what is wrong, with its column in the whole text
 *
 * Context: any.
 * Return: as pfb_path_parse().
 */
int pfb_path_parse_at(const char *text, size_t len, size_t pos,
		      struct pfb_path *path, struct pfb_error *err);

/**
 * pfb_path_format() - write a path as text
 * @path: the path
 * @buf: receives the text, always with a NUL
 * @size: bytes in @buf; %PFB_PATH_TEXT_MAX always suffices
 *
 * Context: any.
 * Return: @buf, so that it can be used as an argument of printf.
 */
const char *pfb_path_format(const struct pfb_path *path, char *buf, size_t size);

/**
 * pfb_path_equal() - compare two paths
 * @a: one path
 * @b: the other
 *
 * Context: any.
 * Return: true when they name the same place.
 */
bool pfb_path_equal(const struct pfb_path *a, const struct pfb_path *b);

/**
 * pfb_path_compare() - the order of paths: depth-first, as buses are scanned
 * @a: one path
 * @b: the other
 *
 * Context: any.
 * Return: negative, 0 or positive, as @a is before, equal to or after @b.
 */
int pfb_path_compare(const struct pfb_path *a, const struct pfb_path *b);

#endif /* PCI_FIXED_BARS_PATH_H */
