/* SPDX-License-Identifier: GPL-2.0 */
/* BARs as people name them on a command line. */
#ifndef PFB_LIB_BAR_NAME_H
#define PFB_LIB_BAR_NAME_H

/**
 * pfb_bar_by_name() - which BAR a word names
 * @name: "bar2" as pfb_bar_index_name() has it, or "2" for one of the first six
 *
 * Return: PCI resource index, or -1 for what is no BAR.
 */
int pfb_bar_by_name(const char *name);

#endif /* PFB_LIB_BAR_NAME_H */
