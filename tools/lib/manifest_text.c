// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>

#include <pci_fixed_bars/topology.h>

#include "lib/manifest_text.h"

/* A word is quoted in errors up to here. */
#define QUOTE_MAX	40

static const struct {
	const char *name;
	u32 flag;
} function_flags[] = {
	{ "provider", PFB_MANIFEST_FN_PROVIDER },
	{ "client", PFB_MANIFEST_FN_CLIENT },
}, bar_flags[] = {
	{ "io", PFB_MANIFEST_BAR_IO },
	{ "mem64", PFB_MANIFEST_BAR_MEM64 },
	{ "prefetch", PFB_MANIFEST_BAR_PREFETCH },
};

static const char size_units[] = "KMGTP";

struct word {
	size_t pos;	/* in the line */
	size_t len;
};

struct parser {
	const char *line;	/* the current one */
	size_t len;		/* without newline and comment */
	size_t pos;
	unsigned long number;
	struct pfb_error *err;

	struct pfb_declaration *decls;
	u32 nr;
	u32 room;
	unsigned long *lines;	/* beside @decls: where each function was named */
	unsigned int seen;	/* facts of this line that were stated already */
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static int fail(struct parser *p, size_t pos, const char *fmt, ...) __printf(3, 4);

static int fail(struct parser *p, size_t pos, const char *fmt, ...)
{
	char text[PFB_ERROR_TEXT_MAX];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	return pfb_fail(p->err, -EINVAL, "line %lu, column %zu: %s", p->number, pos + 1, text);
}

/* A word of hostile text, fit for a terminal. */
static const char *quote(const struct parser *p, const struct word *w, char *buf)
{
	size_t i, len = w->len < QUOTE_MAX ? w->len : QUOTE_MAX;

	for (i = 0; i < len; i++) {
		char c = p->line[w->pos + i];

		buf[i] = c > 0x20 && c < 0x7f ? c : '?';
	}
	strcpy(buf + len, len < w->len ? "..." : "");
	return buf;
}

static bool next_word(struct parser *p, struct word *w)
{
	while (p->pos < p->len && is_blank(p->line[p->pos]))
		p->pos++;
	w->pos = p->pos;
	while (p->pos < p->len && !is_blank(p->line[p->pos]))
		p->pos++;
	w->len = p->pos - w->pos;
	return w->len;
}

static bool word_is(const struct parser *p, const struct word *w, const char *text)
{
	return w->len == strlen(text) && !memcmp(p->line + w->pos, text, w->len);
}

/* "key=value": leaves the value in @value. */
static bool word_has_key(const struct parser *p, const struct word *w, const char *key,
			 struct word *value)
{
	size_t len = strlen(key);

	if (w->len <= len || memcmp(p->line + w->pos, key, len) || p->line[w->pos + len] != '=')
		return false;
	value->pos = w->pos + len + 1;
	value->len = w->len - len - 1;
	return true;
}

static int once(struct parser *p, const struct word *w, unsigned int fact)
{
	char text[QUOTE_MAX + 4];

	if (p->seen & (1U << fact))
		return fail(p, w->pos, "'%s' is stated twice on this line; keep one",
			    quote(p, w, text));
	p->seen |= 1U << fact;
	return 0;
}

static int digit_of(char c, unsigned int base)
{
	int digit = c >= '0' && c <= '9' ? c - '0' :
		    c >= 'a' && c <= 'f' ? c - 'a' + 10 :
		    c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;

	return digit < (int)base ? digit : -1;
}

/* @units: a K, M, G, T or P may follow. */
static int parse_number(struct parser *p, const struct word *w, const char *what, bool units,
			u64 max, u64 *value)
{
	const char *text = p->line + w->pos;
	char found[PFB_CHAR_TEXT_MAX];
	unsigned int base = 10;
	size_t i = 0, first;
	u64 v = 0;

	if (w->len >= 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
		base = 16;
		i = 2;
	}
	for (first = i; i < w->len; i++) {
		int digit = digit_of(text[i], base);

		if (digit < 0)
			break;
		if (check_mul_overflow(v, (u64)base, &v) || check_add_overflow(v, (u64)digit, &v))
			return fail(p, w->pos, "%s does not fit 64 bits", what);
	}
	if (i == first)
		return fail(p, w->pos + i,
			    "expected %s as a decimal or 0x-hexadecimal number, found %s", what,
			    pfb_char_text(p->line, w->pos + w->len, w->pos + i, found));
	if (units && i + 1 == w->len) {
		const char *unit = strchr(size_units, text[i]);

		if (unit && *unit) {
			unsigned int shift = 10 * (unsigned int)(unit - size_units + 1);

			if (v > ~0ULL >> shift)
				return fail(p, w->pos, "%s does not fit 64 bits", what);
			v <<= shift;
			i++;
		}
	}
	if (i < w->len)
		return fail(p, w->pos + i, "expected %s to end here%s, found %s", what,
			    units ? ", or one of K, M, G, T, P" : "",
			    pfb_char_text(p->line, w->pos + w->len, w->pos + i, found));
	if (v > max)
		return fail(p, w->pos, "%s is 0x%llx, expected at most 0x%llx", what,
			    (unsigned long long)v, (unsigned long long)max);
	*value = v;
	return 0;
}

/* One half of "1af4:1110": up to four hexadecimal digits, or '*'. */
static int parse_id(struct parser *p, const struct word *w, const char *what, u16 *id)
{
	char found[PFB_CHAR_TEXT_MAX];
	unsigned int v = 0;
	size_t i;

	if (w->len == 1 && p->line[w->pos] == '*') {
		*id = PFB_ANY_ID;
		return 0;
	}
	for (i = 0; i < w->len && i < 4; i++) {
		int digit = digit_of(p->line[w->pos + i], 16);

		if (digit < 0)
			break;
		v = v << 4 | (unsigned int)digit;
	}
	if (!i || i < w->len)
		return fail(p, w->pos + i,
			    "expected %s as 1 to 4 hexadecimal digits or '*', found %s; write id=VVVV:DDDD",
			    what, pfb_char_text(p->line, w->pos + w->len, w->pos + i, found));
	if (v == PFB_ANY_ID)
		return fail(p, w->pos, "%s ffff is what a missing function reads as; write '*' for any",
			    what);
	*id = (u16)v;
	return 0;
}

static int parse_ids(struct parser *p, const struct word *w, struct pfb_declaration *decl)
{
	const char *colon = memchr(p->line + w->pos, ':', w->len);
	struct word vendor = *w, device;
	int ret;

	if (!colon)
		return fail(p, w->pos, "expected vendor and device id with ':' between them; write id=VVVV:DDDD");
	vendor.len = (size_t)(colon - (p->line + w->pos));
	device.pos = vendor.pos + vendor.len + 1;
	device.len = w->len - vendor.len - 1;
	ret = parse_id(p, &vendor, "the vendor id", &decl->vendor);
	return ret ? ret : parse_id(p, &device, "the device id", &decl->device);
}

static int parse_function_fact(struct parser *p, const struct word *w,
			       struct pfb_declaration *decl)
{
	char text[QUOTE_MAX + 4];
	struct word value;
	u64 number = 0;
	size_t i;
	int ret;

	for (i = 0; i < ARRAY_SIZE(function_flags); i++) {
		if (word_is(p, w, function_flags[i].name)) {
			decl->flags |= function_flags[i].flag;
			return once(p, w, (unsigned int)i);
		}
	}
	if (word_has_key(p, w, "id", &value)) {
		ret = once(p, w, 8);
		return ret ? ret : parse_ids(p, &value, decl);
	}
	if (word_has_key(p, w, "clique", &value)) {
		ret = once(p, w, 9);
		if (!ret)
			ret = parse_number(p, &value, "the clique", false, PFB_CLIQUE_NONE - 1,
					   &number);
		if (!ret)
			decl->clique = (u32)number;
		return ret;
	}
	return fail(p, w->pos, "'%s' says nothing of a function; id=VVVV:DDDD, clique=N, provider and client do",
		    quote(p, w, text));
}

static int new_declaration(struct parser *p)
{
	struct pfb_declaration *decl;

	if (p->nr == p->room) {
		u32 room = p->room ? p->room * 2 : 16;
		unsigned long *lines;

		decl = reallocarray(p->decls, room, sizeof(*decl));
		if (!decl)
			return pfb_fail(p->err, -ENOMEM, "out of memory");
		p->decls = decl;
		lines = reallocarray(p->lines, room, sizeof(*lines));
		if (!lines)
			return pfb_fail(p->err, -ENOMEM, "out of memory");
		p->lines = lines;
		p->room = room;
	}
	decl = &p->decls[p->nr];
	memset(decl, 0, sizeof(*decl));
	decl->source = PFB_SOURCE_IOCTL;
	decl->vendor = PFB_ANY_ID;
	decl->device = PFB_ANY_ID;
	decl->clique = PFB_CLIQUE_NONE;
	p->lines[p->nr++] = p->number;
	return 0;
}

static int parse_function(struct parser *p)
{
	struct pfb_declaration *decl;
	struct pfb_error why;
	struct word w;
	int ret, used;

	ret = new_declaration(p);
	if (ret)
		return ret;
	decl = &p->decls[p->nr - 1];
	if (!next_word(p, &w))
		return fail(p, p->len, "'function' names none; write its path, [segment:]bus:dd.f[/dd.f]*");
	used = pfb_path_parse_at(p->line, w.pos + w.len, w.pos, &decl->path, &why);
	if (used < 0)
		return pfb_fail(p->err, -EINVAL, "line %lu, %s", p->number, why.text);
	if ((size_t)used < w.len) {
		char found[PFB_CHAR_TEXT_MAX];

		return fail(p, w.pos + (size_t)used, "expected the path to end here, found %s",
			    pfb_char_text(p->line, w.pos + w.len, w.pos + (size_t)used, found));
	}
	p->seen = 0;
	while (next_word(p, &w)) {
		ret = parse_function_fact(p, &w, decl);
		if (ret)
			return ret;
	}
	return 0;
}

static int parse_bar_fact(struct parser *p, const struct word *w, struct pfb_declared_bar *bar,
			  bool *same)
{
	char text[QUOTE_MAX + 4];
	struct word value;
	size_t i;
	int ret;

	for (i = 0; i < ARRAY_SIZE(bar_flags); i++) {
		if (word_is(p, w, bar_flags[i].name)) {
			bar->flags |= bar_flags[i].flag;
			return once(p, w, (unsigned int)i);
		}
	}
	if (word_has_key(p, w, "gpa", &value)) {
		ret = once(p, w, 8);
		return ret ? ret : parse_number(p, &value, "the guest-physical address", false,
						~0ULL, &bar->gpa);
	}
	if (word_has_key(p, w, "hpa", &value)) {
		bar->flags |= PFB_MANIFEST_BAR_HPA;
		*same = word_is(p, &value, "gpa");
		ret = once(p, w, 9);
		if (ret || *same)
			return ret;
		return parse_number(p, &value, "the host-physical address", false, ~0ULL,
				    &bar->hpa);
	}
	if (word_has_key(p, w, "size", &value)) {
		ret = once(p, w, 10);
		if (!ret)
			ret = parse_number(p, &value, "the size", true, ~0ULL, &bar->size);
		if (!ret && !bar->size)
			ret = fail(p, value.pos, "a BAR of size 0 does not exist; leave size= out if it is not known");
		return ret;
	}
	return fail(p, w->pos, "'%s' says nothing of a BAR; gpa=, hpa=, size=, io, mem64 and prefetch do",
		    quote(p, w, text));
}

static int parse_bar(struct parser *p, const struct word *name, unsigned int index)
{
	struct pfb_declared_bar bar = { .index = (u8)index };
	bool same = false;
	const char *fault;
	struct word w;
	int ret;

	if (!p->nr)
		return fail(p, name->pos, "%s before any function; a line 'function PATH' must come first",
			    pfb_bar_index_name(index));
	p->seen = 0;
	while (next_word(p, &w)) {
		ret = parse_bar_fact(p, &w, &bar, &same);
		if (ret)
			return ret;
	}
	if (!(p->seen & (1U << 8)))
		return fail(p, name->pos, "%s has no gpa=; state the guest-physical address that it must have",
			    pfb_bar_index_name(index));
	if (same)
		bar.hpa = bar.gpa;
	fault = pfb_declaration_add_bar(&p->decls[p->nr - 1], &bar);
	if (fault)
		return fail(p, name->pos, "%s %s", pfb_bar_index_name(index), fault);
	return 0;
}

static int parse_line(struct parser *p)
{
	char text[QUOTE_MAX + 4];
	unsigned int i;
	struct word w;

	if (!next_word(p, &w))
		return 0;
	if (word_is(p, &w, "function"))
		return parse_function(p);
	for (i = 0; i < PFB_NR_BARS; i++)
		if (word_is(p, &w, pfb_bar_index_name(i)))
			return parse_bar(p, &w, i);
	return fail(p, w.pos, "a line begins with 'function' or with the name of a BAR (bar0 to bar5, rom, vfbar0 to vfbar5), not with '%s'",
		    quote(p, &w, text));
}

static int compare_declarations(const void *a, const void *b)
{
	const struct pfb_declaration *x = a, *y = b;

	return pfb_path_compare(&x->path, &y->path);
}

/* Sorted beside its line, so that the second of two can be named by both lines. */
struct placed {
	struct pfb_path path;
	unsigned long line;
};

static int compare_placed(const void *a, const void *b)
{
	const struct placed *x = a, *y = b;
	int diff = pfb_path_compare(&x->path, &y->path);

	if (diff)
		return diff;
	return x->line < y->line ? -1 : x->line > y->line;
}

static int check_duplicates(struct parser *p)
{
	char path[PFB_PATH_TEXT_MAX];
	struct placed *placed;
	u32 i;
	int ret = 0;

	placed = calloc((size_t)p->nr + 1, sizeof(*placed));
	if (!placed)
		return pfb_fail(p->err, -ENOMEM, "out of memory");
	for (i = 0; i < p->nr; i++) {
		placed[i].path = p->decls[i].path;
		placed[i].line = p->lines[i];
	}
	qsort(placed, p->nr, sizeof(*placed), compare_placed);
	for (i = 1; i < p->nr && !ret; i++)
		if (pfb_path_equal(&placed[i - 1].path, &placed[i].path))
			ret = pfb_fail(p->err, -EINVAL,
				       "line %lu, column 1: function %s stands in line %lu already; put its BARs there",
				       placed[i].line,
				       pfb_path_format(&placed[i].path, path, sizeof(path)),
				       placed[i - 1].line);
	free(placed);
	return ret;
}

int pfb_manifest_text_parse(const char *text, size_t len, struct pfb_declaration **decls,
			    u32 *nr, struct pfb_error *err)
{
	struct parser p = { .err = err };
	int ret = 0;

	if (len > PFB_MANIFEST_TEXT_MAX)
		return pfb_fail(err, -E2BIG, "line 1, column 1: the text has %zu bytes, expected at most %u",
				len, PFB_MANIFEST_TEXT_MAX);
	while (len && !ret) {
		const char *newline = memchr(text, '\n', len);
		size_t line_len = newline ? (size_t)(newline - text) : len;
		const char *comment = memchr(text, '#', line_len);

		p.line = text;
		p.len = comment ? (size_t)(comment - text) : line_len;
		p.pos = 0;
		p.number++;
		ret = parse_line(&p);
		line_len += !!newline;
		text += line_len;
		len -= line_len;
	}
	if (!ret)
		ret = check_duplicates(&p);
	free(p.lines);
	if (ret) {
		free(p.decls);
		return ret;
	}
	if (p.nr)
		qsort(p.decls, p.nr, sizeof(*p.decls), compare_declarations);
	*decls = p.decls;
	*nr = p.nr;
	return 0;
}

const char *pfb_size_format(u64 size, char *buf, size_t room)
{
	int unit = -1;

	while (size && !(size & 1023) && size_units[unit + 1]) {
		size >>= 10;
		unit++;
	}
	if (unit < 0)
		snprintf(buf, room, "%llu", (unsigned long long)size);
	else
		snprintf(buf, room, "%llu%c", (unsigned long long)size, size_units[unit]);
	return buf;
}

static void write_id(FILE *out, u16 id)
{
	if (id == PFB_ANY_ID)
		fputc('*', out);
	else
		fprintf(out, "%04x", id);
}

int pfb_manifest_text_write(FILE *out, const struct pfb_declaration *decls, u32 nr)
{
	char path[PFB_PATH_TEXT_MAX], size[24];
	unsigned int b;
	size_t k;
	u32 i;

	for (i = 0; i < nr; i++) {
		const struct pfb_declaration *decl = &decls[i];

		fprintf(out, "%sfunction %s", i ? "\n" : "",
			pfb_path_format(&decl->path, path, sizeof(path)));
		if (decl->vendor != PFB_ANY_ID || decl->device != PFB_ANY_ID) {
			fputs(" id=", out);
			write_id(out, decl->vendor);
			fputc(':', out);
			write_id(out, decl->device);
		}
		if (decl->clique != PFB_CLIQUE_NONE)
			fprintf(out, " clique=%u", decl->clique);
		for (k = 0; k < ARRAY_SIZE(function_flags); k++)
			if (decl->flags & function_flags[k].flag)
				fprintf(out, " %s", function_flags[k].name);
		fputc('\n', out);

		for (b = 0; b < decl->nr_bars; b++) {
			const struct pfb_declared_bar *bar = &decl->bars[b];

			fprintf(out, "\t%s gpa=0x%llx", pfb_bar_index_name(bar->index),
				(unsigned long long)bar->gpa);
			if (bar->flags & PFB_MANIFEST_BAR_HPA)
				fprintf(out, " hpa=0x%llx", (unsigned long long)bar->hpa);
			if (bar->size)
				fprintf(out, " size=%s",
					pfb_size_format(bar->size, size, sizeof(size)));
			for (k = 0; k < ARRAY_SIZE(bar_flags); k++)
				if (bar->flags & bar_flags[k].flag)
					fprintf(out, " %s", bar_flags[k].name);
			fputc('\n', out);
		}
	}
	return ferror(out) ? -EIO : 0;
}
