/* SPDX-License-Identifier: GPL-2.0 */
/* A line of `lspci -vvv -nn`. */
#ifndef PFB_LIB_LSPCI_TEXT_H
#define PFB_LIB_LSPCI_TEXT_H

#include "lib/lspci.h"

/**
 * enum pfb_lspci_section - what the lines that follow are about
 * @PFB_LSPCI_IN_HEADER: the header of configuration space; the first
 * @PFB_LSPCI_IN_EXPRESS: the PCI Express capability
 * @PFB_LSPCI_IN_ACS: the ACS capability
 * @PFB_LSPCI_IN_ATS: the ATS capability
 * @PFB_LSPCI_IN_SRIOV: the SR-IOV capability
 * @PFB_LSPCI_IN_REBAR: the (physical) resizable BAR capability
 * @PFB_LSPCI_IN_OTHER: another capability
 */
enum pfb_lspci_section {
	PFB_LSPCI_IN_HEADER,
	PFB_LSPCI_IN_EXPRESS,
	PFB_LSPCI_IN_ACS,
	PFB_LSPCI_IN_ATS,
	PFB_LSPCI_IN_SRIOV,
	PFB_LSPCI_IN_REBAR,
	PFB_LSPCI_IN_OTHER,
};

/**
 * pfb_lspci_text_first() - take what stands behind a function's BDF
 * @f: the function
 * @line: what follows the BDF and a blank; need not end in a NUL
 * @len: bytes in @line, without what ends the line
 */
void pfb_lspci_text_first(struct pfb_lspci_function *f, const char *line, size_t len);

/**
 * pfb_lspci_text_line() - take a line of a function's text
 * @f: the function
 * @section: where in the text it stands; changes with the lines
 * @line: the line without the blanks before it; need not end in a NUL
 * @len: bytes in @line, without what ends the line
 * @err: receives what is wrong, without the place
 *
 * Lines that say nothing that is needed are passed over; one that begins as
 * such a line does must go on as one, so that what was cut or wrapped is no
 * other fact.
 *
 * Return: 0 or -EINVAL.
 */
int pfb_lspci_text_line(struct pfb_lspci_function *f, enum pfb_lspci_section *section,
			const char *line, size_t len, struct pfb_error *err);

#endif /* PFB_LIB_LSPCI_TEXT_H */
