/* SPDX-License-Identifier: GPL-2.0 */
/* What the readers of text that anybody may have written share. */
#ifndef PFB_LIB_TEXT_H
#define PFB_LIB_TEXT_H

#include <stdbool.h>
#include <stdio.h>

#include <pci_fixed_bars/types.h>

#define PFB_TEXT_QUOTE_MAX	44	/* 40 characters, "..." and the NUL */

/**
 * pfb_text_quote() - the begin of a hostile text, fit for an error
 * @text: the text; need not end in a NUL
 * @len: bytes in @text
 * @buf: receives it, %PFB_TEXT_QUOTE_MAX bytes: one line, printable ASCII
 *
 * Return: @buf.
 */
const char *pfb_text_quote(const char *text, size_t len, char *buf);

/**
 * pfb_text_clean() - make a hostile text fit to be shown, in place
 * @text: the text; what is not printable ASCII becomes '?'
 *
 * Return: @text.
 */
char *pfb_text_clean(char *text);

/**
 * pfb_text_hex_digit() - the value of a hexadecimal digit
 * @c: the digit
 *
 * Return: 0 to 15, or -1 for any other character.
 */
int pfb_text_hex_digit(char c);

/**
 * pfb_text_put_xml() - write a text so that XML has it, between tags or in an attribute
 * @out: where to
 * @text: the text
 * @ascii: write '?' for what is not printable ASCII; without, the caller knows that it
 *	is UTF-8 without control characters, most of which XML cannot have
 */
void pfb_text_put_xml(FILE *out, const char *text, bool ascii);

#endif /* PFB_LIB_TEXT_H */
