/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PCI_FIXED_BARS_MANIFEST_H
#define PCI_FIXED_BARS_MANIFEST_H

#include <pci_fixed_bars/declaration.h>

/**
 * pfb_manifest_parse() - read a binary manifest
 * @data: the bytes; need not be aligned
 * @size: how many
 * @source: written into each declaration
 * @declare: receives one declaration for each function
 * @ctx: handed to @declare
 * @err: receives what is wrong, with its offset
 *
 * The whole manifest is checked (lengths, CRC, reserved bytes, order,
 * duplicates, alignment and wrap of every BAR, overlaps between declared
 * BARs) before @declare is called first. The format is that of
 * include/uapi/linux/pci_fixed_bars.h.
 *
 * Context: any. Linear time, no memory of its own.
 * Return: 0, -EINVAL (malformed), -E2BIG (over %PFB_MANIFEST_SIZE_MAX),
 * -EPROTONOSUPPORT (a version that this code does not know), -EBADMSG (CRC),
 * or what @declare returned.
 */
int pfb_manifest_parse(const void *data, size_t size, enum pfb_source source,
		       pfb_declare_fn declare, void *ctx, struct pfb_error *err);

/**
 * pfb_manifest_size() - bytes that a manifest of these declarations takes
 * @decls: the declarations
 * @nr: how many
 *
 * Context: any.
 * Return: the size in bytes.
 */
size_t pfb_manifest_size(const struct pfb_declaration *decls, size_t nr);

/**
 * pfb_manifest_write() - write a binary manifest
 * @decls: the declarations, in the order that the format demands
 * @nr: how many
 * @buf: receives the manifest
 * @size: bytes in @buf, at least pfb_manifest_size()
 * @err: receives what is wrong
 *
 * What is written is read back with pfb_manifest_parse() before it is
 * returned, so that nothing is written that would be refused. Declarations
 * that are uncertain are refused too: the format could not say so.
 *
 * Context: any. Time grows with n log n in the number of BARs.
 * Return: 0, -ENOSPC, -EINVAL, or what pfb_manifest_parse() says of the result.
 */
int pfb_manifest_write(const struct pfb_declaration *decls, size_t nr,
		       void *buf, size_t size, struct pfb_error *err);

#endif /* PCI_FIXED_BARS_MANIFEST_H */
