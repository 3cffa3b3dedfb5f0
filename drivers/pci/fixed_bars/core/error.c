// SPDX-License-Identifier: GPL-2.0
#include <pci_fixed_bars/error.h>

int pfb_fail(struct pfb_error *err, int code, const char *fmt, ...)
{
	va_list args;

	if (!err)
		return code;

	va_start(args, fmt);
	vsnprintf(err->text, sizeof(err->text), fmt, args);
	va_end(args);
	return code;
}

const char *pfb_char_text(const char *text, size_t len, size_t pos, char *buf)
{
	u8 c;

	if (pos >= len) {
		snprintf(buf, PFB_CHAR_TEXT_MAX, "the end");
		return buf;
	}

	c = (u8)text[pos];
	if (c >= 0x20 && c < 0x7f)
		snprintf(buf, PFB_CHAR_TEXT_MAX, "'%c'", c);
	else
		snprintf(buf, PFB_CHAR_TEXT_MAX, "0x%02x", c);
	return buf;
}
