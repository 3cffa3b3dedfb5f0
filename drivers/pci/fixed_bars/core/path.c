// SPDX-License-Identifier: GPL-2.0
#include <pci_fixed_bars/path.h>

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

#define SYNTAX	"a path is [segment:]bus:dd.f[/dd.f]* in hexadecimal"

/*
 * A hexadecimal number at *pos, at most @max. Leading zeros are as welcome as
 * they are in lspci's output; what counts is the value.
 */
static int parse_number(const char *text, size_t len, size_t *pos, u32 max,
			const char *what, u32 *value, struct pfb_error *err)
{
	char found[PFB_CHAR_TEXT_MAX];
	size_t start = *pos;
	u32 v = 0;

	while (*pos < len) {
		int digit = hex_digit(text[*pos]);

		if (digit < 0)
			break;
		v = v << 4 | (u32)digit;
		(*pos)++;
		if (v > max)
			return pfb_fail(err, -EINVAL,
					"column %zu: %s begins with %x and is at most %x; " SYNTAX,
					start + 1, what, v, max);
	}
	if (*pos == start)
		return pfb_fail(err, -EINVAL, "column %zu: expected %s, found %s; " SYNTAX,
				start + 1, what, pfb_char_text(text, len, start, found));
	*value = v;
	return 0;
}

static int expect(const char *text, size_t len, size_t *pos, char c,
		  const char *after, struct pfb_error *err)
{
	char found[PFB_CHAR_TEXT_MAX];

	if (*pos < len && text[*pos] == c) {
		(*pos)++;
		return 0;
	}
	return pfb_fail(err, -EINVAL,
			"column %zu: expected '%c' after %s, found %s; " SYNTAX,
			*pos + 1, c, after, pfb_char_text(text, len, *pos, found));
}

static int parse_function(const char *text, size_t len, size_t *pos, u8 *devfn,
			  struct pfb_error *err)
{
	u32 fn = 0;
	u32 dev;
	int ret;

	ret = parse_number(text, len, pos, 0x1f, "the device number", &dev, err);
	if (!ret)
		ret = expect(text, len, pos, '.', "the device number", err);
	if (!ret)
		ret = parse_number(text, len, pos, 7, "the function number", &fn, err);
	if (!ret)
		*devfn = PFB_DEVFN(dev, fn);
	return ret;
}

/* Was the first number a segment? The one behind it ends in ':' too, then. */
static bool second_number_is_bus(const char *text, size_t len, size_t pos)
{
	size_t start = pos;

	while (pos < len && hex_digit(text[pos]) >= 0)
		pos++;
	return pos > start && pos < len && text[pos] == ':';
}

int pfb_path_parse_at(const char *text, size_t len, size_t pos,
		      struct pfb_path *path, struct pfb_error *err)
{
	size_t start = pos;
	u32 first, bus;
	int ret;

	memset(path, 0, sizeof(*path));

	ret = parse_number(text, len, &pos, 0xffff, "the segment or bus number", &first, err);
	if (!ret)
		ret = expect(text, len, &pos, ':', "the segment or bus number", err);
	if (ret)
		return ret;

	if (second_number_is_bus(text, len, pos)) {
		path->segment = (u16)first;
		ret = parse_number(text, len, &pos, 0xff, "the bus number", &bus, err);
		if (ret)
			return ret;
		pos++;
	} else if (first > 0xff) {
		return pfb_fail(err, -EINVAL,
				"column %zu: the bus number is %x and is at most ff; " SYNTAX,
				start + 1, first);
	} else {
		bus = first;
	}
	path->bus = (u8)bus;

	for (;;) {
		if (path->nr_hops == PFB_PATH_HOPS_MAX)
			return pfb_fail(err, -EINVAL,
					"column %zu: the path has more than %d hops; no known machine is that deep",
					pos + 1, PFB_PATH_HOPS_MAX);
		ret = parse_function(text, len, &pos, &path->hops[path->nr_hops], err);
		if (ret)
			return ret;
		path->nr_hops++;
		if (pos >= len || text[pos] != '/')
			return (int)(pos - start);
		pos++;
	}
}

int pfb_path_parse(const char *text, size_t len, struct pfb_path *path,
		   struct pfb_error *err)
{
	return pfb_path_parse_at(text, len, 0, path, err);
}

const char *pfb_path_format(const struct pfb_path *path, char *buf, size_t size)
{
	char text[PFB_PATH_TEXT_MAX];
	size_t used;
	unsigned int i;

	if (!size)
		return buf;

	used = (size_t)snprintf(text, sizeof(text), "%04x:%02x:", path->segment, path->bus);
	for (i = 0; i < path->nr_hops && i < PFB_PATH_HOPS_MAX; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%02x.%x",
					 i ? "/" : "", PFB_DEV(path->hops[i]),
					 PFB_FN(path->hops[i]));

	if (used >= size)
		used = size - 1;
	memcpy(buf, text, used);
	buf[used] = '\0';
	return buf;
}

int pfb_path_compare(const struct pfb_path *a, const struct pfb_path *b)
{
	unsigned int i;

	if (a->segment != b->segment)
		return a->segment < b->segment ? -1 : 1;
	if (a->bus != b->bus)
		return a->bus < b->bus ? -1 : 1;
	for (i = 0; i < a->nr_hops && i < b->nr_hops && i < PFB_PATH_HOPS_MAX; i++) {
		if (a->hops[i] != b->hops[i])
			return a->hops[i] < b->hops[i] ? -1 : 1;
	}
	return (int)a->nr_hops - (int)b->nr_hops;
}

bool pfb_path_equal(const struct pfb_path *a, const struct pfb_path *b)
{
	return !pfb_path_compare(a, b);
}
