/* SPDX-License-Identifier: GPL-2.0 */
/* Words of a kernel command line, as the kernel takes them apart. */
#ifndef PFB_LIB_KERNEL_CMDLINE_H
#define PFB_LIB_KERNEL_CMDLINE_H

#include <pci_fixed_bars/types.h>

/**
 * pfb_cmdline_has() - is a word in it
 * @cmdline: the command line
 * @word: the whole word, such as "acpi=off"
 *
 * Return: true when it is.
 */
bool pfb_cmdline_has(const char *cmdline, const char *word);

/**
 * pfb_cmdline_pci() - is something among the values of its "pci=" parameters
 * @cmdline: the command line
 * @value: one of the values between commas, such as "realloc=off"
 *
 * Return: true when it is.
 */
bool pfb_cmdline_pci(const char *cmdline, const char *value);

/**
 * pfb_cmdline_pci_starting() - the value of a "pci=" parameter that begins with something
 * @cmdline: the command line
 * @start: how it begins, such as "config_acs="
 * @len: receives how many bytes it has from there to the parameter's end
 *
 * Return: where it begins in @cmdline, or NULL.
 */
const char *pfb_cmdline_pci_starting(const char *cmdline, const char *start, size_t *len);

/**
 * enum pfb_cmdline_realloc - may the kernel move BARs to make room
 * @PFB_CMDLINE_REALLOC_UNSAID: nothing is said; x86 kernels that were built to, may
 * @PFB_CMDLINE_REALLOC_OFF: no
 * @PFB_CMDLINE_REALLOC_ON: yes
 */
enum pfb_cmdline_realloc {
	PFB_CMDLINE_REALLOC_UNSAID,
	PFB_CMDLINE_REALLOC_OFF,
	PFB_CMDLINE_REALLOC_ON,
};

/**
 * pfb_cmdline_realloc() - what "pci=realloc" comes to
 * @cmdline: the command line
 * @contradicts: receives whether it is said both ways; may be NULL
 *
 * Return: what the last one says, which counts.
 */
enum pfb_cmdline_realloc pfb_cmdline_realloc(const char *cmdline, bool *contradicts);

#endif /* PFB_LIB_KERNEL_CMDLINE_H */
