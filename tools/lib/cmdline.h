/* SPDX-License-Identifier: GPL-2.0 */
/* A Linux kernel's command line. */
#ifndef PFB_LIB_CMDLINE_H
#define PFB_LIB_CMDLINE_H

#include <pci_fixed_bars/types.h>

/**
 * pfb_cmdline_has() - is a word among the comma-separated values of a parameter
 * @cmdline: the command line
 * @param: the parameter, such as "pci"
 * @word: the whole value, such as "realloc=off"
 *
 * Return: true if any of the parameter's occurrences has it.
 */
bool pfb_cmdline_has(const char *cmdline, const char *param, const char *word);

#endif /* PFB_LIB_CMDLINE_H */
