/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PCI_FIXED_BARS_ERROR_H
#define PCI_FIXED_BARS_ERROR_H

#include <pci_fixed_bars/types.h>

#define PFB_ERROR_TEXT_MAX	384

/**
 * struct pfb_error - what went wrong, in one line for a person
 * @text: what, where, expected, actual and the fix; empty when nothing failed
 */
struct pfb_error {
	char text[PFB_ERROR_TEXT_MAX];
};

/**
 * pfb_fail() - describe an error and return its code
 * @err: receives the text; may be NULL
 * @code: a negative errno
 * @fmt: printf format; only conversions that libc and the kernel share
 *
 * A text that does not fit is cut.
 *
 * Context: any.
 * Return: @code, so that a caller can write ``return pfb_fail(err, -EINVAL, ...)``.
 */
int pfb_fail(struct pfb_error *err, int code, const char *fmt, ...) __printf(3, 4);

#define PFB_CHAR_TEXT_MAX	8

/**
 * pfb_char_text() - name a character of hostile text in an error
 * @text: the text
 * @len: bytes in @text
 * @pos: the character; at or past @len it is "the end"
 * @buf: receives the name, %PFB_CHAR_TEXT_MAX bytes
 *
 * Control characters and bytes above 0x7e are named by their code, so that an
 * error stays one line and changes no terminal.
 *
 * Context: any.
 * Return: @buf.
 */
const char *pfb_char_text(const char *text, size_t len, size_t pos, char *buf);

#endif /* PCI_FIXED_BARS_ERROR_H */
