// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>

#include "lib/lspci.h"
#include "lib/lspci_text.h"
#include "lib/text.h"

struct reader {
	struct pfb_lspci *lspci;
	const struct pfb_lspci_input *input;
	struct pfb_lspci_place at;
	struct pfb_error *err;
	bool inside;		/* a function's lines: those of the last one */
	bool skip;		/* and they are passed over */
	bool last;		/* the line has no newline behind it */
	enum pfb_lspci_section section;
};

static int fail(struct reader *r, const char *fmt, ...) __printf(2, 3);

static int fail(struct reader *r, const char *fmt, ...)
{
	char text[PFB_ERROR_TEXT_MAX];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	return pfb_fail(r->err, -EINVAL, "%s line %u: %s", r->input->name, r->at.line, text);
}

static struct pfb_lspci_function *last(const struct reader *r)
{
	return &r->lspci->functions[r->lspci->nr - 1];
}

/* Return: how many digits, 0 when they are more than @max. */
static size_t hex(const char *line, size_t len, size_t max, u32 *value)
{
	size_t i;

	*value = 0;
	for (i = 0; i < len && pfb_text_hex_digit(line[i]) >= 0; i++) {
		if (i == max)
			return 0;
		*value = *value << 4 | (u32)pfb_text_hex_digit(line[i]);
	}
	return i;
}

/* "0000:3b:00.0 " or "3b:00.0 ", which may be cut there; @used is what follows the blank. */
static bool is_first_line(const char *line, size_t len, u32 *segment, u32 *bus, u32 *dev, u32 *fn,
			  size_t *used)
{
	size_t pos = 0, n;

	*segment = 0;
	n = hex(line, len, 8, segment);
	if (n >= 4 && n < len && line[n] == ':')
		pos = n + 1;
	else
		*segment = 0;
	if (len < pos + 7 || hex(line + pos, 2, 2, bus) != 2 || line[pos + 2] != ':' ||
	    hex(line + pos + 3, 2, 2, dev) != 2 || line[pos + 5] != '.' ||
	    hex(line + pos + 6, 1, 1, fn) != 1)
		return false;
	*used = len > pos + 7 ? pos + 8 : len;
	return len == pos + 7 || line[pos + 7] == ' ' || line[pos + 7] == '\t';
}

static bool is_bdf_part(const char *line, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (pfb_text_hex_digit(line[i]) < 0 && line[i] != ':' && line[i] != '.')
			return false;
	return true;
}

/* A function ends: its dump must be whole. */
static int end_function(struct reader *r)
{
	const struct pfb_lspci_function *f;

	if (!r->inside)
		return 0;
	r->inside = false;
	if (r->skip)
		return 0;
	f = last(r);
	switch (f->config_size) {
	case 0:
	case PFB_CONFIG_SPACE_MIN:
	case 128:	/* the header of a CardBus bridge */
	case 256:
	case PFB_CONFIG_SPACE_MAX:
		return 0;
	}
	return fail(r, "the dump of %04x:%02x:%02x.%x ends behind 0x%zx bytes, expected 0x40, 0x100 or 0x1000: was it cut?",
		    f->segment, f->bus, PFB_DEV(f->devfn), PFB_FN(f->devfn), f->config_size);
}

static int begin_function(struct reader *r, const char *line, size_t len, size_t used, u32 segment,
			  u32 bus, u32 dev, u32 fn)
{
	struct pfb_lspci *lspci = r->lspci;
	struct pfb_lspci_function *f;
	unsigned int kind;
	int ret;

	ret = end_function(r);
	if (ret)
		return ret;
	if (dev > 0x1f || fn > 7)
		return fail(r, "%02x:%02x.%x, expected a device up to 1f and a function up to 7",
			    bus, dev, fn);
	r->inside = true;
	r->section = PFB_LSPCI_IN_HEADER;
	/* Linux numbers the segments behind a VMD from 10000 on. */
	r->skip = segment > 0xffff;
	if (r->skip) {
		lspci->skipped++;
		return 0;
	}
	if (lspci->nr == lspci->room) {
		u32 more = lspci->room ? lspci->room * 2 : 64;

		if (lspci->nr >= PFB_LSPCI_BLOCKS_MAX)
			return pfb_fail(r->err, -E2BIG, "%s line %u: more than %u functions: this is no machine",
					r->input->name, r->at.line, PFB_LSPCI_BLOCKS_MAX);
		f = reallocarray(lspci->functions, more, sizeof(*f));
		if (!f)
			return pfb_fail(r->err, -ENOMEM, "out of memory");
		lspci->functions = f;
		lspci->room = more;
	}
	f = &lspci->functions[lspci->nr++];
	memset(f, 0, sizeof(*f));
	f->segment = (u16)segment;
	f->bus = (u8)bus;
	f->devfn = PFB_DEVFN(dev, fn);
	f->iommu_group = -1;
	f->numa_node = -1;
	f->text_at = r->at;
	for (kind = 0; kind < PFB_NR_WINDOWS; kind++)
		f->fn.windows[kind].base = 1;
	pfb_lspci_text_first(f, line + used, len - used);
	return 0;
}

/* "1f0:" and a blank */
static bool is_hex_line(const char *line, size_t len, u32 *offset, size_t *used)
{
	size_t n = hex(line, len, 3, offset);

	if (n < 2 || n + 1 >= len || line[n] != ':' || line[n + 1] != ' ')
		return false;
	*used = n + 1;
	return true;
}

static int hex_line(struct reader *r, const char *line, size_t len, u32 offset)
{
	struct pfb_lspci_function *f = last(r);
	unsigned int i;
	u32 byte;

	if (!f->hex_at.line)
		f->hex_at = r->at;
	if (offset != f->config_size)
		return fail(r, "this is offset 0x%x of the dump, expected 0x%zx: is a line missing, or there twice?",
			    offset, f->config_size);
	if (f->config_size == f->config_room) {
		size_t more = f->config_room ? f->config_room * 4 : PFB_CONFIG_SPACE_MIN;
		u8 *config;

		config = realloc(f->config, more);
		if (!config)
			return pfb_fail(r->err, -ENOMEM, "out of memory");
		f->config = config;
		f->config_room = more;
	}
	for (i = 0; i < 16; i++, line += 3, len -= 3) {
		if (len < 3 || line[0] != ' ' || hex(line + 1, 2, 2, &byte) != 2)
			return fail(r, "offset 0x%x of the dump has not 16 bytes in two digits each: was the line cut or wrapped?",
				    offset);
		f->config[f->config_size++] = (u8)byte;
	}
	if (len)
		return fail(r, "offset 0x%x of the dump has more than 16 bytes", offset);
	return 0;
}

/* What lspci and libpci say on standard error, if it went into the same file. */
static bool is_message(const char *line, size_t len)
{
	static const char *const begins[] = { "lspci: ", "pcilib: ", "WARNING: " };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(begins); i++)
		if (len > strlen(begins[i]) && !memcmp(line, begins[i], strlen(begins[i])))
			return true;
	return false;
}

static int take_line(struct reader *r, const char *line, size_t len)
{
	u32 segment, bus, dev, fn, offset;
	struct pfb_error why = { "" };
	char buf[PFB_TEXT_QUOTE_MAX];
	bool indented = false, quoted = false;
	size_t used;

	/* quoted once or more, as mailers do */
	while (len && *line == '>') {
		quoted = true;
		line++;
		len--;
		if (len && *line == ' ') {
			line++;
			len--;
		}
	}
	while (len && (line[len - 1] == ' ' || line[len - 1] == '\t' || line[len - 1] == '\r'))
		len--;
	/* blanks that a cut has left of a line are no empty line */
	if (!len)
		return r->last && !quoted ? 0 : end_function(r);
	while (*line == ' ' || *line == '\t') {
		indented = true;
		line++;
		len--;
	}
	if (is_message(line, len))
		return 0;
	if (!indented && is_first_line(line, len, &segment, &bus, &dev, &fn, &used))
		return begin_function(r, line, len, used, segment, bus, dev, fn);
	if (!indented && is_hex_line(line, len, &offset, &used)) {
		if (!r->inside)
			return fail(r, "this line of a dump belongs to no function: is the line missing that begins with its bus, device and function?");
		return r->skip ? 0 : hex_line(r, line + used, len - used, offset);
	}
	if (!r->inside) {
		if (r->last && !indented && is_bdf_part(line, len))
			return fail(r, "ends within a function's first line: was it cut?");
		if (!indented)
			return 0;
		return fail(r, "'%s' belongs to no function: expected a line before it that begins with its bus, device and function",
			    pfb_text_quote(line, len, buf));
	}
	if (r->skip)
		return 0;
	if (!indented)
		return fail(r, "'%s' is no line of lspci's: was the line before it wrapped on its way? Send the file as an attachment",
			    pfb_text_quote(line, len, buf));
	if (last(r)->config_size)
		return fail(r, "'%s' stands within a dump", pfb_text_quote(line, len, buf));
	if (pfb_lspci_text_line(last(r), &r->section, line, len, &why))
		return fail(r, "%s", why.text);
	return 0;
}

static int read_input(struct reader *r)
{
	const char *text = r->input->text, *end = text + r->input->size, *newline;
	int ret;

	r->at.line = 0;
	r->inside = false;
	while (text < end) {
		r->at.line++;
		newline = memchr(text, '\n', (size_t)(end - text));
		r->last = !newline;
		ret = take_line(r, text, (size_t)((newline ? newline : end) - text));
		if (ret)
			return ret;
		text = newline ? newline + 1 : end;
	}
	/* Whatever lspci shows with -v ends with an empty line: how else to tell what was cut? */
	if (r->inside && !r->skip && (last(r)->said & PFB_LSPCI_TEXT) && !last(r)->config_size)
		return fail(r, "ends within the text of %04x:%02x:%02x.%x, expected an empty line behind it: was it cut? If it is whole, add an empty line",
			    last(r)->segment, last(r)->bus, PFB_DEV(last(r)->devfn),
			    PFB_FN(last(r)->devfn));
	return end_function(r);
}

static int compare(const void *a, const void *b)
{
	const struct pfb_lspci_function *x = a, *y = b;

	if (x->segment != y->segment)
		return x->segment < y->segment ? -1 : 1;
	if (x->bus != y->bus)
		return x->bus < y->bus ? -1 : 1;
	if (x->devfn != y->devfn)
		return x->devfn < y->devfn ? -1 : 1;
	if (x->text_at.input != y->text_at.input)
		return x->text_at.input < y->text_at.input ? -1 : 1;
	return x->text_at.line < y->text_at.line ? -1 : x->text_at.line > y->text_at.line;
}

#define PLACE_FMT		"%s line %u"
#define PLACE_ARGS(inputs, p)	(inputs)[(p)->input].name, (p)->line

/* The same function again: what the one says and the other doesn't. */
static int join(struct pfb_lspci_function *into, struct pfb_lspci_function *from,
		const struct pfb_lspci_input *inputs, struct pfb_error *err)
{
	struct pfb_lspci_function keep;

	if ((into->said & from->said & PFB_LSPCI_TEXT) || (into->config && from->config))
		return pfb_fail(err, -EINVAL,
				"%04x:%02x:%02x.%x is in " PLACE_FMT " and again in " PLACE_FMT ": send one listing, of one machine",
				into->segment, into->bus, PFB_DEV(into->devfn),
				PFB_FN(into->devfn), PLACE_ARGS(inputs, &into->text_at),
				PLACE_ARGS(inputs, &from->text_at));
	if ((into->said & from->said & PFB_LSPCI_IDS) &&
	    (into->fn.vendor != from->fn.vendor || into->fn.device != from->fn.device))
		return pfb_fail(err, -EINVAL,
				"%04x:%02x:%02x.%x is %04x:%04x in " PLACE_FMT ", but %04x:%04x in " PLACE_FMT ": these are two machines, or one that has changed",
				into->segment, into->bus, PFB_DEV(into->devfn),
				PFB_FN(into->devfn), into->fn.vendor, into->fn.device,
				PLACE_ARGS(inputs, &into->text_at), from->fn.vendor,
				from->fn.device, PLACE_ARGS(inputs, &from->text_at));
	/* the one with the text stays, and gets the other's dump and ids */
	if (from->said & PFB_LSPCI_TEXT) {
		keep = *into;
		*into = *from;
		*from = keep;
	}
	if (from->said & ~into->said & PFB_LSPCI_IDS) {
		into->fn.vendor = from->fn.vendor;
		into->fn.device = from->fn.device;
		into->fn.class = from->fn.class;
		into->said |= PFB_LSPCI_IDS;
		memcpy(into->name, from->name, sizeof(into->name));
	}
	if (from->config) {
		into->config = from->config;
		into->config_size = from->config_size;
		into->config_room = from->config_room;
		into->hex_at = from->hex_at;
		from->config = NULL;
	}
	return 0;
}

static int join_all(struct pfb_lspci *lspci, const struct pfb_lspci_input *inputs,
		    struct pfb_error *err)
{
	struct pfb_lspci_function *all = lspci->functions;
	u32 from, nr = lspci->nr, into = 0;
	int ret;

	if (!nr)
		return 0;
	qsort(all, nr, sizeof(*all), compare);
	for (from = 1; from < nr; from++) {
		if (all[from].segment == all[into].segment && all[from].bus == all[into].bus &&
		    all[from].devfn == all[into].devfn) {
			ret = join(&all[into], &all[from], inputs, err);
			if (ret)
				return ret;
		} else if (++into != from) {
			all[into] = all[from];
			all[from].config = NULL;
		}
	}
	lspci->nr = into + 1;
	return 0;
}

int pfb_lspci_read(struct pfb_lspci *lspci, const struct pfb_lspci_input *inputs, u32 nr,
		   struct pfb_error *err)
{
	struct reader r = { .lspci = lspci, .err = err };
	size_t size = 0;
	u32 i;
	int ret;

	memset(lspci, 0, sizeof(*lspci));
	for (i = 0; i < nr; i++) {
		if (inputs[i].size > PFB_LSPCI_SIZE_MAX - size)
			return pfb_fail(err, -E2BIG, "%s: more than %u MiB in all, expected what lspci prints of one machine",
					inputs[i].name, PFB_LSPCI_SIZE_MAX >> 20);
		size += inputs[i].size;
	}
	for (i = 0; i < nr; i++) {
		r.input = &inputs[i];
		r.at.input = i;
		ret = read_input(&r);
		if (ret)
			return ret;
	}
	if (!lspci->nr)
		return pfb_fail(err, -EINVAL, "%s: no PCI function%s: expected the output of 'lspci -vvv -nn', of 'lspci -xxxx', or of both",
				nr ? inputs[0].name : "nothing",
				lspci->skipped ? " in a segment up to ffff" : "");
	return join_all(lspci, inputs, err);
}

void pfb_lspci_free(struct pfb_lspci *lspci)
{
	u32 i;

	for (i = 0; i < lspci->nr; i++)
		free(lspci->functions[i].config);
	free(lspci->functions);
	memset(lspci, 0, sizeof(*lspci));
}
