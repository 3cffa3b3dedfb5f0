// SPDX-License-Identifier: GPL-2.0
#include <pci_fixed_bars/bar_spec.h>
#include <pci_fixed_bars/topology.h>

#define SYNTAX	"the syntax is PATH=barN@ADDRESS[,barM@ADDRESS]*[;PATH=...]"

struct spec {
	const char *text;
	size_t len;
	size_t pos;
};

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void skip_space(struct spec *s)
{
	while (s->pos < s->len && is_space(s->text[s->pos]))
		s->pos++;
}

/* Between tokens: is @c next? */
static bool take(struct spec *s, char c)
{
	skip_space(s);
	if (s->pos >= s->len || s->text[s->pos] != c)
		return false;
	s->pos++;
	return true;
}

static bool take_word(struct spec *s, const char *word, size_t len)
{
	if (s->len - s->pos < len || memcmp(s->text + s->pos, word, len))
		return false;
	s->pos += len;
	return true;
}

static int unexpected(const struct spec *s, const char *expected, struct pfb_error *err)
{
	char found[PFB_CHAR_TEXT_MAX];

	return pfb_fail(err, -EINVAL, "column %zu: expected %s, found %s; " SYNTAX,
			s->pos + 1, expected,
			pfb_char_text(s->text, s->len, s->pos, found));
}

static int parse_index(struct spec *s, u8 *index, struct pfb_error *err)
{
	u8 first = 0;

	skip_space(s);
	if (take_word(s, "rom", 3)) {
		*index = PFB_BAR_ROM;
		return 0;
	}
	if (take_word(s, "vfbar", 5))
		first = PFB_BAR_VF0;
	else if (!take_word(s, "bar", 3))
		return unexpected(s, "bar0 to bar5, vfbar0 to vfbar5 or rom", err);

	if (s->pos >= s->len || s->text[s->pos] < '0' || s->text[s->pos] > '5')
		return unexpected(s, "a BAR number from 0 to 5", err);
	*index = first + (u8)(s->text[s->pos++] - '0');
	return 0;
}

static int digit_of(char c, unsigned int base)
{
	unsigned int digit;

	if (c >= '0' && c <= '9')
		digit = (unsigned int)(c - '0');
	else if (c >= 'a' && c <= 'f')
		digit = (unsigned int)(c - 'a') + 10;
	else if (c >= 'A' && c <= 'F')
		digit = (unsigned int)(c - 'A') + 10;
	else
		return -1;
	return digit < base ? (int)digit : -1;
}

/* A value ends here; what else follows is part of it, and a typo. */
static bool at_separator(const struct spec *s)
{
	return s->pos == s->len || s->text[s->pos] == ',' || s->text[s->pos] == ';' ||
	       is_space(s->text[s->pos]);
}

static int parse_address(struct spec *s, u64 *address, struct pfb_error *err)
{
	unsigned int base = 10;
	u64 value = 0;
	size_t start, first;
	int digit;

	skip_space(s);
	start = s->pos;
	if (take_word(s, "0x", 2) || take_word(s, "0X", 2))
		base = 16;

	first = s->pos;
	while (s->pos < s->len && (digit = digit_of(s->text[s->pos], base)) >= 0) {
		if (check_mul_overflow(value, (u64)base, &value) ||
		    check_add_overflow(value, (u64)digit, &value))
			return pfb_fail(err, -EINVAL,
					"column %zu: the address does not fit in 64 bits; " SYNTAX,
					start + 1);
		s->pos++;
	}
	if (s->pos == first)
		return unexpected(s, base == 16 ? "hexadecimal digits after 0x" :
				     "an address, decimal or 0x-hexadecimal", err);
	if (!at_separator(s))
		return unexpected(s, base == 16 ? "hexadecimal digits" : "decimal digits", err);
	/* C and the shell read it as octal, people as decimal. */
	if (base == 10 && s->pos - first > 1 && s->text[first] == '0')
		return pfb_fail(err, -EINVAL,
				"column %zu: an address that begins with 0 could be octal; write it decimal without the 0, or 0x-hexadecimal",
				start + 1);
	*address = value;
	return 0;
}

static int parse_bar(struct spec *s, struct pfb_declared_bar *bar, struct pfb_error *err)
{
	int ret;

	memset(bar, 0, sizeof(*bar));
	ret = parse_index(s, &bar->index, err);
	if (ret)
		return ret;
	if (!take(s, '@'))
		return unexpected(s, "'@' and an address after the BAR's name", err);
	return parse_address(s, &bar->gpa, err);
}

static int parse_path(struct spec *s, struct pfb_path *path, struct pfb_error *err)
{
	int ret;

	skip_space(s);
	ret = pfb_path_parse_at(s->text, s->len, s->pos, path, err);
	if (ret < 0)
		return ret;
	s->pos += (size_t)ret;
	return take(s, '=') ? 0 : unexpected(s, "'=' after the path", err);
}

/* One function with its BARs, and the ';' behind it. */
static int parse_function(struct spec *s, struct pfb_declaration *decl, struct pfb_error *err)
{
	struct pfb_declared_bar bar;
	const char *fault;
	size_t start;
	int ret;

	memset(decl, 0, sizeof(*decl));
	decl->source = PFB_SOURCE_PARAM;
	decl->clique = PFB_CLIQUE_NONE;
	decl->vendor = PFB_ANY_ID;
	decl->device = PFB_ANY_ID;

	ret = parse_path(s, &decl->path, err);
	if (ret)
		return ret;
	do {
		skip_space(s);
		start = s->pos;
		ret = parse_bar(s, &bar, err);
		if (ret)
			return ret;
		fault = pfb_declaration_add_bar(decl, &bar);
		if (fault)
			return pfb_fail(err, -EINVAL, "column %zu: %s@0x%llx %s", start + 1,
					pfb_bar_index_name(bar.index),
					(unsigned long long)bar.gpa, fault);
	} while (take(s, ','));

	if (take(s, ';'))
		return 0;
	return s->pos == s->len ? 0 : unexpected(s, "',', ';' or the end after the address", err);
}

static bool at_end(struct spec *s)
{
	skip_space(s);
	return s->pos == s->len;
}

/*
 * Hold one function against each that follows it. The rest of the text was
 * parsed before, so it is only walked here. PFB_BAR_SPEC_MAX bounds the square.
 */
static int check_against_rest(struct spec rest, const struct pfb_declaration *decl,
			      struct pfb_error *err)
{
	char name[PFB_PATH_TEXT_MAX];
	struct pfb_declared_bar bar;
	struct pfb_path path;
	unsigned int i;
	size_t start;

	while (!at_end(&rest)) {
		start = rest.pos;
		if (parse_path(&rest, &path, NULL))
			return -EINVAL;
		if (pfb_path_equal(&path, &decl->path))
			return pfb_fail(err, -EINVAL,
					"column %zu: %s stands in the list a second time; join its BARs with ','",
					start + 1, pfb_path_format(&path, name, sizeof(name)));
		do {
			skip_space(&rest);
			start = rest.pos;
			if (parse_bar(&rest, &bar, NULL))
				return -EINVAL;
			for (i = 0; i < decl->nr_bars; i++) {
				if (decl->bars[i].gpa != bar.gpa)
					continue;
				return pfb_fail(err, -EINVAL,
						"column %zu: address 0x%llx is %s's of %s already; no two BARs can share one",
						start + 1, (unsigned long long)bar.gpa,
						pfb_bar_index_name(decl->bars[i].index),
						pfb_path_format(&decl->path, name, sizeof(name)));
			}
		} while (take(&rest, ','));
		take(&rest, ';');
	}
	return 0;
}

/* The same within one function. */
static int check_within(const struct pfb_declaration *decl, size_t start, struct pfb_error *err)
{
	char name[PFB_PATH_TEXT_MAX];
	unsigned int i, j;

	for (i = 0; i < decl->nr_bars; i++) {
		for (j = i + 1; j < decl->nr_bars; j++) {
			if (decl->bars[i].gpa != decl->bars[j].gpa)
				continue;
			return pfb_fail(err, -EINVAL,
					"column %zu: %s and %s of %s are both at 0x%llx; no two BARs can share an address",
					start + 1, pfb_bar_index_name(decl->bars[i].index),
					pfb_bar_index_name(decl->bars[j].index),
					pfb_path_format(&decl->path, name, sizeof(name)),
					(unsigned long long)decl->bars[i].gpa);
		}
	}
	return 0;
}

int pfb_bar_spec_parse(const char *text, size_t len, pfb_declare_fn declare,
		       void *ctx, struct pfb_error *err)
{
	struct spec s = { .text = text, .len = len };
	struct pfb_declaration decl;
	size_t start;
	int ret;

	if (len > PFB_BAR_SPEC_MAX)
		return pfb_fail(err, -E2BIG,
				"the list has %zu characters, at most %d are read; put a longer one into a manifest",
				len, PFB_BAR_SPEC_MAX);

	while (!at_end(&s)) {
		ret = parse_function(&s, &decl, err);
		if (ret)
			return ret;
	}

	s.pos = 0;
	while (!at_end(&s)) {
		start = s.pos;
		ret = parse_function(&s, &decl, err);
		if (!ret)
			ret = check_within(&decl, start, err);
		if (!ret)
			ret = check_against_rest(s, &decl, err);
		if (ret)
			return ret;
	}

	s.pos = 0;
	while (!at_end(&s)) {
		ret = parse_function(&s, &decl, err);
		if (!ret)
			ret = declare(ctx, &decl, err);
		if (ret)
			return ret;
	}
	return 0;
}
