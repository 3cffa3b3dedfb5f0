// SPDX-License-Identifier: GPL-2.0
#include "lib/text.h"

#define SHOWN	(PFB_TEXT_QUOTE_MAX - 4)

static char shown(char c)
{
	return c >= 0x20 && c < 0x7f ? c : '?';
}

const char *pfb_text_quote(const char *text, size_t len, char *buf)
{
	size_t i;

	for (i = 0; i < len && i < SHOWN; i++)
		buf[i] = shown(text[i]);
	strcpy(buf + i, i < len ? "..." : "");
	return buf;
}

char *pfb_text_clean(char *text)
{
	char *c;

	for (c = text; *c; c++)
		*c = shown(*c);
	return text;
}

int pfb_text_hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

void pfb_text_put_xml(FILE *out, const char *text, bool ascii)
{
	for (; *text; text++) {
		switch (*text) {
		case '&':
			fputs("&amp;", out);
			break;
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '\'':
			fputs("&apos;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		default:
			putc(ascii ? shown(*text) : *text, out);
		}
	}
}
