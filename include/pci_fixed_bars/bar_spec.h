/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PCI_FIXED_BARS_BAR_SPEC_H
#define PCI_FIXED_BARS_BAR_SPEC_H

#include <pci_fixed_bars/declaration.h>

/* More than a kernel command line holds; a longer list belongs in a manifest. */
#define PFB_BAR_SPEC_MAX	4096

/**
 * pfb_bar_spec_parse() - read ``<path or BDF>=barN@<addr>[,barM@<addr>]*[;...]``
 * @text: the list, as in the module parameter ``fixed_bars=``
 * @len: bytes in @text
 * @declare: receives one declaration for each function, source %PFB_SOURCE_PARAM
 * @ctx: handed to @declare
 * @err: receives what is wrong, with the column it is wrong at
 *
 * The BAR list is the syntax of the QEMU RFC's ``fixed-bars=`` property.
 * ``<addr>`` is decimal or 0x-hexadecimal. Also accepted are ``vfbarN@`` and
 * ``rom@``. White space around separators is ignored, as is a separator at the
 * end; an empty list is valid. No function and no address may stand twice.
 *
 * Context: any.
 * Return: 0, -EINVAL for bad text (nothing was declared), -E2BIG for a text
 * longer than %PFB_BAR_SPEC_MAX, or what @declare returned.
 */
int pfb_bar_spec_parse(const char *text, size_t len, pfb_declare_fn declare,
		       void *ctx, struct pfb_error *err);

#endif /* PCI_FIXED_BARS_BAR_SPEC_H */
