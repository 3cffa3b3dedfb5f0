// SPDX-License-Identifier: GPL-2.0
/*
 * blob - write manifests and etc/fixed-bars blobs, good and hostile
 *
 * It shares no code with the parsers on purpose, only the uAPI header: a
 * mistake made on both sides would go unseen.
 *
 *	blob manifest   [OPTION]... [FUNCTION]...
 *	blob fixed-bars [OPTION]... LAYOUT [FUNCTION]...
 *
 * FUNCTION is the function's path and, after commas, facts about it:
 *
 *	0000:00:01.0/00.0/01.0/00.0,id=1af4:1110,clique=7,provider,bar2@0x6b8000000000+0x10000000=0x6b8000000000
 *
 * A BAR is ``NAME@GPA[+SIZE][=HPA][!FLAGS]``, with NAME bar0..bar5, rom,
 * vfbar0..vfbar5 or res<N> for an index that does not exist. In v1 layouts the
 * path is not stored, and ``rp=<bus>``, ``fixed`` and, as the last fact, because it may
 * have commas, ``fw=<OpenFirmware path>`` are.
 *
 * Options break what would be right. They act in this order:
 *
 *	-p OFFSET:HEX	write bytes before sizes and CRC are computed
 *	-x SIZE		cut (or grow, with zero bytes) to SIZE, then compute size and CRC
 *	-P OFFSET:HEX	write bytes after sizes and CRC were computed
 *	-t SIZE		cut or grow to SIZE at the very end; -SIZE counts from the end
 */
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <uapi/linux/pci_fixed_bars.h>

#define BLOB_MAX	(4U << 20)
#define HOPS_MAX	32
#define BARS_MAX	16
#define PATCHES_MAX	16

#define V1_FLAG_FIXED	0x01
#define V1_FW_PATH	128
#define V2_HOPS		8

enum kind { MANIFEST, V1_SHORT, V1_LONG, V2 };

struct bar {
	unsigned int index;
	uint64_t gpa, hpa, size;
	uint32_t flags;
};

struct function {
	unsigned int segment, bus, nr_hops;
	uint8_t hops[HOPS_MAX];
	unsigned int vendor, device;
	uint32_t flags, clique;
	unsigned int rp;
	bool fixed;
	const char *fw;
	unsigned int nr_bars;
	struct bar bars[BARS_MAX];
};

struct patch {
	size_t offset, len;
	uint8_t bytes[64];
};

struct patches {
	unsigned int nr;
	struct patch at[PATCHES_MAX];
};

static uint8_t blob[BLOB_MAX];
static size_t blob_size;

static void __attribute__((noreturn, format(printf, 1, 2))) die(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	fputs("blob: ", stderr);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
	exit(2);
}

static void put(uint64_t value, unsigned int bytes)
{
	if (blob_size + bytes > sizeof(blob))
		die("the blob would be over %u bytes", BLOB_MAX);
	while (bytes--) {
		blob[blob_size++] = (uint8_t)value;
		value >>= 8;
	}
}

static void put_at(size_t offset, uint64_t value, unsigned int bytes)
{
	while (bytes--) {
		blob[offset++] = (uint8_t)value;
		value >>= 8;
	}
}

static void put_zero(unsigned int bytes)
{
	while (bytes--)
		put(0, 1);
}

static uint64_t number(const char **text, int base)
{
	char *end;
	uint64_t value;

	errno = 0;
	value = strtoull(*text, &end, base);
	if (errno || end == *text)
		die("expected a number at '%s'", *text);
	*text = end;
	return value;
}

/* CRC-32, ISO-HDLC: reflected 0x04c11db7, as in zlib. */
static uint32_t crc32(const uint8_t *data, size_t len)
{
	uint32_t crc = ~0U;

	while (len--) {
		crc ^= *data++;
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320U : 0);
	}
	return ~crc;
}

static void parse_path(const char **text, struct function *fn)
{
	uint64_t first = number(text, 16);
	uint64_t second;

	if (**text != ':')
		die("expected ':' at '%s'", *text);
	++*text;
	second = number(text, 16);
	if (**text == ':') {
		fn->segment = (unsigned int)first;
		fn->bus = (unsigned int)second;
		++*text;
		second = number(text, 16);
	} else {
		fn->bus = (unsigned int)first;
	}
	for (;;) {
		if (**text != '.')
			die("expected '.' at '%s'", *text);
		++*text;
		if (fn->nr_hops == HOPS_MAX)
			die("more than %u hops", HOPS_MAX);
		fn->hops[fn->nr_hops++] = (uint8_t)(second << 3 | number(text, 16));
		if (**text != '/')
			return;
		++*text;
		second = number(text, 16);
	}
}

static unsigned int parse_bar_name(const char *name, size_t len)
{
	unsigned int index;
	char text[16];

	if (len >= sizeof(text))
		die("'%s' is no BAR", name);
	memcpy(text, name, len);
	text[len] = '\0';
	if (!strcmp(text, "rom"))
		return PFB_BAR_ROM;
	if (sscanf(text, "vfbar%u", &index) == 1)
		return PFB_BAR_VF0 + index;
	if (sscanf(text, "bar%u", &index) == 1 || sscanf(text, "res%u", &index) == 1)
		return index;
	die("'%s' is no BAR", text);
}

static void parse_bar(const char *text, const char *at, struct function *fn)
{
	struct bar *bar = &fn->bars[fn->nr_bars];

	if (fn->nr_bars++ == BARS_MAX)
		die("more than %u BARs", BARS_MAX);
	bar->index = parse_bar_name(text, (size_t)(at - text));
	text = at + 1;
	bar->gpa = number(&text, 0);
	if (*text == '+') {
		text++;
		bar->size = number(&text, 0);
	}
	if (*text == '=') {
		text++;
		bar->hpa = number(&text, 0);
		bar->flags |= PFB_MANIFEST_BAR_HPA;
	}
	if (*text == '!') {
		text++;
		bar->flags |= (uint32_t)number(&text, 0);
	}
	if (*text)
		die("cannot read '%s' of a BAR", text);
}

static void parse_function(char *arg, struct function *fn)
{
	char *fw = strstr(arg, ",fw=");
	const char *text = arg;
	char *word, *save;

	*fn = (struct function) {
		.vendor = PFB_ANY_ID,
		.device = PFB_ANY_ID,
		.clique = PFB_CLIQUE_NONE,
	};
	if (fw) {
		*fw = '\0';
		fn->fw = fw + 4;
	}
	parse_path(&text, fn);
	if (*text && *text != ',')
		die("cannot read '%s' of a path", text);

	for (word = strtok_r((char *)text, ",", &save); word; word = strtok_r(NULL, ",", &save)) {
		const char *at = strchr(word, '@');

		if (at) {
			parse_bar(word, at, fn);
		} else if (sscanf(word, "id=%x:%x", &fn->vendor, &fn->device) == 2) {
			continue;
		} else if (!strcmp(word, "provider")) {
			fn->flags |= PFB_MANIFEST_FN_PROVIDER;
		} else if (!strcmp(word, "client")) {
			fn->flags |= PFB_MANIFEST_FN_CLIENT;
		} else if (!strcmp(word, "fixed")) {
			fn->fixed = true;
		} else if (!strncmp(word, "clique=", 7)) {
			text = word + 7;
			fn->clique = (uint32_t)number(&text, 0);
		} else if (!strncmp(word, "flags=", 6)) {
			text = word + 6;
			fn->flags |= (uint32_t)number(&text, 0);
		} else if (!strncmp(word, "rp=", 3)) {
			text = word + 3;
			fn->rp = (unsigned int)number(&text, 0);
		} else {
			die("cannot read '%s'", word);
		}
	}
}

struct bar_ref {
	const struct bar *bar;
	unsigned int nr;
};

static int by_address(const void *a, const void *b)
{
	const struct bar *x = ((const struct bar_ref *)a)->bar;
	const struct bar *y = ((const struct bar_ref *)b)->bar;
	bool x_io = x->flags & PFB_MANIFEST_BAR_IO;
	bool y_io = y->flags & PFB_MANIFEST_BAR_IO;

	if (x_io != y_io)
		return x_io ? 1 : -1;
	return x->gpa < y->gpa ? -1 : x->gpa > y->gpa;
}

static void write_manifest(const struct function *fns, unsigned int nr)
{
	unsigned int nr_bars = 0;
	struct bar_ref *refs;

	for (unsigned int i = 0; i < nr; i++)
		nr_bars += fns[i].nr_bars;
	refs = calloc(nr_bars + 1, sizeof(*refs));
	if (!refs)
		die("out of memory");

	for (const char *c = PFB_MANIFEST_MAGIC; *c; c++)
		put((uint8_t)*c, 1);
	put(PFB_MANIFEST_VERSION, 2);
	put(32, 2);
	put(0, 4);
	put(0, 4);
	put(nr, 4);
	put(nr_bars, 4);
	put_zero(4);

	for (unsigned int i = 0; i < nr; i++) {
		const struct function *fn = &fns[i];

		put(fn->segment, 2);
		put(fn->bus, 1);
		put(fn->nr_hops, 1);
		for (unsigned int h = 0; h < PFB_MANIFEST_HOPS_MAX; h++)
			put(fn->hops[h], 1);
		put(fn->vendor, 2);
		put(fn->device, 2);
		put(fn->flags, 4);
		put(fn->clique, 4);
		put(fn->nr_bars, 1);
		put_zero(7);
	}

	nr_bars = 0;
	for (unsigned int i = 0; i < nr; i++) {
		for (unsigned int b = 0; b < fns[i].nr_bars; b++) {
			const struct bar *bar = &fns[i].bars[b];

			put(bar->index, 1);
			put_zero(3);
			put(bar->flags, 4);
			put(bar->gpa, 8);
			put(bar->hpa, 8);
			put(bar->size, 8);
			refs[nr_bars].bar = bar;
			refs[nr_bars].nr = nr_bars;
			nr_bars++;
		}
	}

	qsort(refs, nr_bars, sizeof(*refs), by_address);
	for (unsigned int i = 0; i < nr_bars; i++)
		put(refs[i].nr, 4);
	free(refs);
}

static void write_v1(const struct function *fns, unsigned int nr, bool with_path)
{
	put(1, 4);
	put(nr, 4);
	for (unsigned int i = 0; i < nr; i++) {
		const struct function *fn = &fns[i];
		size_t len = fn->fw ? strlen(fn->fw) : 0;

		put(fn->vendor, 2);
		put(fn->device, 2);
		put(fn->fixed ? V1_FLAG_FIXED : 0, 1);
		put(fn->rp, 1);
		put(fn->nr_bars, 1);
		put(0, 1);
		for (unsigned int c = 0; with_path && c < V1_FW_PATH; c++)
			put(c < len ? (uint8_t)fn->fw[c] : 0, 1);
		for (unsigned int b = 0; b < fn->nr_bars; b++) {
			put(fn->bars[b].index, 1);
			put_zero(3);
			put(fn->bars[b].flags, 4);
			put(fn->bars[b].gpa, 8);
			put(fn->bars[b].size, 8);
		}
	}
}

static void write_v2(const struct function *fns, unsigned int nr, uint64_t window_base,
		     uint64_t window_size)
{
	unsigned int entries = 0;

	for (unsigned int i = 0; i < nr; i++)
		entries += fns[i].nr_bars;
	put(2, 4);
	put(entries, 4);
	put(window_base, 8);
	put(window_size, 8);
	put_zero(8);

	for (unsigned int i = 0; i < nr; i++) {
		const struct function *fn = &fns[i];

		for (unsigned int b = 0; b < fn->nr_bars; b++) {
			put(fn->segment, 2);
			put(fn->nr_hops, 1);
			put(fn->bars[b].index, 1);
			put(fn->bars[b].flags, 4);
			put(fn->bars[b].gpa, 8);
			put(fn->bars[b].size, 8);
			put(fn->vendor, 2);
			put(fn->device, 2);
			put_zero(4);
			for (unsigned int h = 0; h < V2_HOPS; h++) {
				bool used = h < fn->nr_hops;

				put(used ? fn->hops[h] >> 3 : 0, 1);
				put(used ? fn->hops[h] & 7 : 0, 1);
			}
		}
	}
}

static void parse_patch(const char *text, struct patches *patches)
{
	struct patch *patch = &patches->at[patches->nr];

	if (patches->nr++ == PATCHES_MAX)
		die("more than %u patches", PATCHES_MAX);
	patch->offset = number(&text, 0);
	if (*text++ != ':')
		die("a patch is OFFSET:HEX");
	for (; *text; text += 2) {
		unsigned int byte;

		if (patch->len == sizeof(patch->bytes) || sscanf(text, "%2x", &byte) != 1 ||
		    !text[1])
			die("'%s' is not a byte of a patch", text);
		patch->bytes[patch->len++] = (uint8_t)byte;
	}
}

static void apply(const struct patches *patches)
{
	for (unsigned int i = 0; i < patches->nr; i++) {
		const struct patch *patch = &patches->at[i];

		if (patch->offset + patch->len > blob_size)
			die("a patch at %zu is outside of %zu bytes", patch->offset, blob_size);
		memcpy(blob + patch->offset, patch->bytes, patch->len);
	}
}

static void resize(long long size)
{
	if (size < 0)
		size += (long long)blob_size;
	if (size < 0 || size > (long long)sizeof(blob))
		die("cannot make it %lld bytes long", size);
	if ((size_t)size > blob_size)
		memset(blob + blob_size, 0, (size_t)size - blob_size);
	blob_size = (size_t)size;
}

static void seal(void)
{
	if (blob_size < 24)
		return;
	put_at(12, blob_size, 4);
	put_at(16, 0, 4);
	put_at(16, crc32(blob, blob_size), 4);
}

static enum kind parse_kind(int *argc, char ***argv)
{
	static const char * const layouts[] = { "", "v1-short", "v1-long", "v2" };

	for (unsigned int i = V1_SHORT; i <= V2; i++) {
		if (*argc > 0 && !strcmp(**argv, layouts[i])) {
			--*argc;
			++*argv;
			return (enum kind)i;
		}
	}
	die("a layout is v1-short, v1-long or v2");
}

int main(int argc, char **argv)
{
	static const char usage[] =
		"usage: blob manifest|fixed-bars [-p OFF:HEX] [-x SIZE] [-P OFF:HEX] [-t SIZE] [-w BASE+SIZE] [LAYOUT] [FUNCTION]...";
	uint64_t window_base = 0, window_size = 0;
	struct patches before = { 0 }, after = { 0 };
	long long grow = 0, cut = 0;
	bool has_grow = false, has_cut = false;
	struct function *fns;
	enum kind kind;
	const char *text;
	int opt;

	if (argc < 2 || (strcmp(argv[1], "manifest") && strcmp(argv[1], "fixed-bars")))
		die("%s", usage);
	kind = strcmp(argv[1], "manifest") ? V2 : MANIFEST;
	argc--;
	argv++;

	while ((opt = getopt(argc, argv, "+p:x:P:t:w:")) != -1) {
		switch (opt) {
		case 'p':
			parse_patch(optarg, &before);
			break;
		case 'P':
			parse_patch(optarg, &after);
			break;
		case 'x':
			grow = strtoll(optarg, NULL, 0);
			has_grow = true;
			break;
		case 't':
			cut = strtoll(optarg, NULL, 0);
			has_cut = true;
			break;
		case 'w':
			text = optarg;
			window_base = number(&text, 0);
			if (*text++ != '+')
				die("a window is BASE+SIZE");
			window_size = number(&text, 0);
			break;
		default:
			die("%s", usage);
		}
	}
	argc -= optind;
	argv += optind;
	if (kind != MANIFEST)
		kind = parse_kind(&argc, &argv);

	fns = calloc((size_t)argc + 1, sizeof(*fns));
	if (!fns)
		die("out of memory");
	for (int i = 0; i < argc; i++)
		parse_function(argv[i], &fns[i]);

	if (kind == MANIFEST)
		write_manifest(fns, (unsigned int)argc);
	else if (kind == V2)
		write_v2(fns, (unsigned int)argc, window_base, window_size);
	else
		write_v1(fns, (unsigned int)argc, kind == V1_LONG);
	free(fns);

	apply(&before);
	if (has_grow)
		resize(grow);
	if (kind == MANIFEST)
		seal();
	apply(&after);
	if (has_cut)
		resize(cut);

	if (fwrite(blob, 1, blob_size, stdout) != blob_size || fflush(stdout))
		die("cannot write: %s", strerror(errno));
	return 0;
}
