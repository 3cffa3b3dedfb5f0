// SPDX-License-Identifier: GPL-2.0
/*
 * etc/fixed-bars, as three drafts of QEMU's fixed BARs write it. None of its
 * headers says how long a record is, nor does a v1 device of the short layout say
 * which function it is: see pfb_fixed_bars_check() and match_short().
 */
#include <pci_fixed_bars/fixed_bars.h>
#include <pci_fixed_bars/sort.h>

#define V1_HEADER		8
#define V1_NUM_DEVICES		4
#define V1_DEVICE_SHORT		8
#define V1_DEVICE_LONG		(V1_DEVICE_SHORT + V1_FW_PATH_SIZE)
#define V1_DEVICE_VENDOR	0
#define V1_DEVICE_DEVICE	2
#define V1_DEVICE_FLAGS		4
#define V1_DEVICE_ROOT_BUS	5
#define V1_DEVICE_NUM_BARS	6
#define V1_DEVICE_RESERVED	7
#define V1_FW_PATH		8
#define V1_FW_PATH_SIZE		128
#define V1_DEVICE_FIXED		0x01
#define V1_BAR			24
#define V1_BAR_INDEX		0
#define V1_BAR_RESERVED		1

#define V2_HEADER		32
#define V2_NUM_ENTRIES		4
#define V2_WINDOW_BASE		8
#define V2_WINDOW_SIZE		16
#define V2_HEADER_RESERVED	24
#define V2_ENTRY		48
#define V2_ENTRY_SEGMENT	0
#define V2_ENTRY_PATH_LEN	2
#define V2_ENTRY_BAR		3
#define V2_ENTRY_VENDOR		24
#define V2_ENTRY_DEVICE		26
#define V2_ENTRY_RESERVED	28
#define V2_ENTRY_PATH		32
#define V2_PATH_MAX		8

/* A v1 BAR record and a v2 entry have these at the same places. */
#define RECORD_FLAGS		4
#define RECORD_ADDRESS		8
#define RECORD_SIZE		16
#define RECORD_MEM64		0x01
#define RECORD_PREFETCH		0x02

#define NR_STD_BARS		6
#define END_OF_32BIT	0x100000000ULL

/* A blob whose records were all walked: every offset taken from it is within. */
struct blob {
	const u8 *data;
	size_t size;
	size_t device_size;
	u32 nr;
	enum pfb_fixed_bars_layout layout;
};

/* The caller's scratch: arrays of little-endian 32-bit numbers, for pfb_sort_le32(). */
struct work {
	const struct blob *blob;
	const struct pfb_topology *top;
	u8 *records;
	u8 *bars;
	u8 *functions;
	u32 nr_records;
	u32 nr_bars;
	u32 nr_functions;
};

static u32 get(const u8 *array, u32 i)
{
	return pfb_get_le32(array + (size_t)i * 4);
}

static void append(u8 *array, u32 *nr, size_t value)
{
	pfb_put_le32(array + (size_t)(*nr)++ * 4, (u32)value);
}

static bool all_zero(const u8 *p, size_t size)
{
	while (size--) {
		if (*p++)
			return false;
	}
	return true;
}

const char *pfb_fixed_bars_layout_name(enum pfb_fixed_bars_layout layout)
{
	switch (layout) {
	case PFB_FIXED_BARS_V1_SHORT:
		return "v1 short";
	case PFB_FIXED_BARS_V1_LONG:
		return "v1 long";
	case PFB_FIXED_BARS_V2:
		return "v2";
	}
	return "unknown";
}

static void read_record(const u8 *p, u8 index, struct pfb_declared_bar *bar)
{
	u32 flags = pfb_get_le32(p + RECORD_FLAGS);

	bar->index = index;
	bar->flags = (flags & RECORD_MEM64 ? PFB_MANIFEST_BAR_MEM64 : 0) |
		     (flags & RECORD_PREFETCH ? PFB_MANIFEST_BAR_PREFETCH : 0);
	bar->gpa = pfb_get_le64(p + RECORD_ADDRESS);
	bar->hpa = 0;
	bar->size = pfb_get_le64(p + RECORD_SIZE);
}

static int record_fault(const struct blob *b, const u8 *p, const struct pfb_declared_bar *bar,
			const char *fault, struct pfb_error *err)
{
	return pfb_fail(err, -EINVAL,
			"etc/fixed-bars: offset 0x%zx: bar%u (address 0x%llx, size 0x%llx, flags 0x%x) %s",
			(size_t)(p - b->data), bar->index, (unsigned long long)bar->gpa,
			(unsigned long long)bar->size, pfb_get_le32(p + RECORD_FLAGS), fault);
}

/* What a record alone can have wrong, whatever the layout. */
static const char *check_record(const u8 *p, const struct pfb_declared_bar *bar)
{
	if (bar->index >= NR_STD_BARS)
		return "has an index above 5, the last BAR's";
	if (pfb_get_le32(p + RECORD_FLAGS) & ~(u32)(RECORD_MEM64 | RECORD_PREFETCH))
		return "has flags other than 64-bit (1) and prefetchable (2)";
	if (!bar->size)
		return "has size 0; a BAR that exists has a size";
	if (!(bar->flags & PFB_MANIFEST_BAR_MEM64) &&
	    (bar->gpa >= END_OF_32BIT || bar->size > END_OF_32BIT - bar->gpa))
		return "is a 32-bit BAR that does not end below 4 GiB";
	return NULL;
}

/* Version 1 */

/*
 * Walks the devices with one stride. Returns true if the last one ends where the
 * blob does; *@end is how far the walk came.
 */
static bool walk_v1(const u8 *data, size_t size, u32 nr, size_t device_size, size_t *end)
{
	size_t pos = V1_HEADER;
	size_t bars;
	u32 i;

	for (i = 0; i < nr; i++) {
		*end = pos;
		if (size - pos < device_size)
			return false;
		if (data[pos + V1_DEVICE_NUM_BARS] > NR_STD_BARS)
			return false;
		bars = (size_t)data[pos + V1_DEVICE_NUM_BARS] * V1_BAR;
		if (size - pos - device_size < bars)
			return false;
		pos += device_size + bars;
	}
	*end = pos;
	return pos == size;
}

static const u8 *v1_bar(const struct blob *b, const u8 *device, unsigned int i)
{
	return device + b->device_size + (size_t)i * V1_BAR;
}

static const u8 *v1_next(const struct blob *b, const u8 *device)
{
	return v1_bar(b, device, device[V1_DEVICE_NUM_BARS]);
}

static void v1_declaration(const u8 *device, struct pfb_declaration *decl)
{
	memset(decl, 0, sizeof(*decl));
	decl->source = PFB_SOURCE_FW_CFG_FIXED_BARS;
	decl->clique = PFB_CLIQUE_NONE;
	decl->vendor = pfb_get_le16(device + V1_DEVICE_VENDOR);
	decl->device = pfb_get_le16(device + V1_DEVICE_DEVICE);
}

static int v1_add_bars(const struct blob *b, const u8 *device,
		       struct pfb_declaration *decl, struct pfb_error *err)
{
	struct pfb_declared_bar bar;
	const char *fault;
	unsigned int i;
	const u8 *p;

	for (i = 0; i < device[V1_DEVICE_NUM_BARS]; i++) {
		p = v1_bar(b, device, i);
		read_record(p, p[V1_BAR_INDEX], &bar);
		fault = check_record(p, &bar);
		if (!fault && !all_zero(p + V1_BAR_RESERVED, RECORD_FLAGS - V1_BAR_RESERVED))
			fault = "has reserved bytes that are not zero";
		if (!fault)
			fault = pfb_declaration_add_bar(decl, &bar);
		if (fault)
			return record_fault(b, p, &bar, fault, err);
	}
	return 0;
}

static int fw_path_fault(const struct blob *b, const u8 *device, const char *fault,
			 size_t pos, struct pfb_error *err)
{
	const char *text = (const char *)device + V1_FW_PATH;
	char found[PFB_CHAR_TEXT_MAX];

	return pfb_fail(err, -EINVAL,
			"etc/fixed-bars: offset 0x%zx: firmware path %s, found %s; expected /HOST[/NAME@DEVICE[,FUNCTION]]* in hexadecimal",
			(size_t)(device - b->data) + V1_FW_PATH + pos, fault,
			pfb_char_text(text, strnlen(text, V1_FW_PATH_SIZE), pos, found));
}

/* A hexadecimal number of at most two digits, as QEMU prints them. */
static bool fw_path_number(const char *text, size_t end, size_t *pos, unsigned int max,
			   unsigned int *value)
{
	size_t start = *pos;
	char c;

	*value = 0;
	for (; *pos < end && *pos - start < 2; (*pos)++) {
		c = text[*pos];
		if (c >= '0' && c <= '9')
			*value = *value << 4 | (unsigned int)(c - '0');
		else if (c >= 'a' && c <= 'f')
			*value = *value << 4 | (unsigned int)(c - 'a' + 10);
		else
			break;
	}
	return *pos > start && *value <= max;
}

/* The field around the path: it ends within, and nothing stands behind its end. */
static int check_fw_path_field(const struct blob *b, const u8 *device, struct pfb_error *err)
{
	const u8 *field = device + V1_FW_PATH;
	const size_t len = strnlen((const char *)field, V1_FW_PATH_SIZE);

	/* What fills the field was written by something that would have cut more. */
	if (len >= V1_FW_PATH_SIZE - 1)
		return fw_path_fault(b, device, "fills its field, so that it may be cut",
				     V1_FW_PATH_SIZE - 1, err);
	if (!all_zero(field + len, V1_FW_PATH_SIZE - len))
		return fw_path_fault(b, device, "has bytes behind its end", len, err);
	return 0;
}

/*
 * The OpenFirmware path of a v1 long device: the host bridge, then a unit address
 * for each bridge and the device. The host bridge is named by the root bus number
 * beside it, so its node's name is of no interest.
 */
static int v1_fw_path(const struct blob *b, const u8 *device, struct pfb_path *path,
		      struct pfb_error *err)
{
	const char *text = (const char *)device + V1_FW_PATH;
	const size_t len = strnlen(text, V1_FW_PATH_SIZE);
	unsigned int dev, fn;
	size_t pos, end, at;

	memset(path, 0, sizeof(*path));
	path->bus = device[V1_DEVICE_ROOT_BUS];

	if (!len || text[0] != '/')
		return fw_path_fault(b, device, "does not begin with '/'", 0, err);
	for (pos = 1; pos < len && text[pos] != '/'; )
		pos++;
	if (pos == 1 || pos == len)
		return fw_path_fault(b, device, "has no device behind its host bridge", pos, err);

	while (pos < len) {
		at = 0;
		for (end = ++pos; end < len && text[end] != '/'; end++) {
			if (text[end] == '@')
				at = end;
		}
		if (!at)
			return fw_path_fault(b, device, "has a node without '@'", pos, err);
		if (path->nr_hops == PFB_PATH_HOPS_MAX)
			return fw_path_fault(b, device, "is deeper than 16 hops", pos, err);
		pos = at + 1;
		fn = 0;
		if (!fw_path_number(text, end, &pos, 0x1f, &dev))
			return fw_path_fault(b, device, "has no device number from 0 to 1f",
					     pos, err);
		if (pos < end && text[pos] == ',') {
			pos++;
			if (!fw_path_number(text, end, &pos, 7, &fn))
				return fw_path_fault(b, device, "has no function number up to 7",
						     pos, err);
		}
		if (pos != end)
			return fw_path_fault(b, device, "has more behind device and function",
					     pos, err);
		path->hops[path->nr_hops++] = PFB_DEVFN(dev, fn);
	}
	return 0;
}

static int check_v1_device(const struct blob *b, const u8 *device,
			   struct pfb_declaration *decl, struct pfb_error *err)
{
	const size_t offset = (size_t)(device - b->data);
	int ret;

	v1_declaration(device, decl);
	if (decl->vendor == PFB_ANY_ID)
		return pfb_fail(err, -EINVAL,
					"etc/fixed-bars: offset 0x%zx: vendor id 0xffff, which no function has",
				offset);
	if (device[V1_DEVICE_FLAGS] & ~V1_DEVICE_FIXED)
		return pfb_fail(err, -EINVAL,
					"etc/fixed-bars: offset 0x%zx: device flags 0x%02x, of which only bit 0 (fixed) is known",
				offset, device[V1_DEVICE_FLAGS]);
	if (device[V1_DEVICE_RESERVED])
		return pfb_fail(err, -EINVAL,
					"etc/fixed-bars: offset 0x%zx: reserved byte of a device is 0x%02x, expected 0",
				offset + V1_DEVICE_RESERVED, device[V1_DEVICE_RESERVED]);
	if (device[V1_DEVICE_NUM_BARS] && !(device[V1_DEVICE_FLAGS] & V1_DEVICE_FIXED))
		return pfb_fail(err, -EINVAL,
					"etc/fixed-bars: offset 0x%zx: %u BARs of a device that is not marked fixed; only fixed ones have records",
				offset, device[V1_DEVICE_NUM_BARS]);
	if (b->layout == PFB_FIXED_BARS_V1_LONG) {
		ret = check_fw_path_field(b, device, err);
		if (!ret)
			ret = v1_fw_path(b, device, &decl->path, err);
		if (ret)
			return ret;
	}
	return v1_add_bars(b, device, decl, err);
}

static int check_v1(const void *data, size_t size, struct blob *b,
		    struct pfb_declaration *decl, struct pfb_error *err)
{
	size_t end_short, end_long;
	bool fits_short, fits_long;
	const u8 *device;
	u32 i;
	int ret;

	b->nr = pfb_get_le32(b->data + V1_NUM_DEVICES);
	fits_short = walk_v1(data, size, b->nr, V1_DEVICE_SHORT, &end_short);
	fits_long = walk_v1(data, size, b->nr, V1_DEVICE_LONG, &end_long);
	if (!fits_short && !fits_long)
		return pfb_fail(err, -EINVAL,
				"etc/fixed-bars: offset 0x%zx: %u devices do not end where the blob does, at 0x%zx; with 8-byte headers the walk ends at 0x%zx, with 136-byte ones at 0x%zx",
				(size_t)V1_HEADER, b->nr, size, end_short, end_long);
	if (fits_short && fits_long && b->nr)
		return pfb_fail(err, -EINVAL,
				"etc/fixed-bars: offset 0x%zx: %u devices fit with 8-byte headers and with 136-byte ones, so it cannot be told which is meant; use a manifest",
				(size_t)V1_HEADER, b->nr);
	b->layout = fits_short ? PFB_FIXED_BARS_V1_SHORT : PFB_FIXED_BARS_V1_LONG;
	b->device_size = fits_short ? V1_DEVICE_SHORT : V1_DEVICE_LONG;

	device = b->data + V1_HEADER;
	for (i = 0; i < b->nr; i++) {
		ret = check_v1_device(b, device, decl, err);
		if (ret)
			return ret;
		device = v1_next(b, device);
	}
	return 0;
}

/* Version 2 */

static const u8 *v2_entry(const struct blob *b, u32 i)
{
	return b->data + V2_HEADER + (size_t)i * V2_ENTRY;
}

/* The path without its root bus, which v2 does not state. */
static void v2_path(const u8 *entry, struct pfb_path *path)
{
	unsigned int i;

	memset(path, 0, sizeof(*path));
	path->segment = pfb_get_le16(entry + V2_ENTRY_SEGMENT);
	path->nr_hops = entry[V2_ENTRY_PATH_LEN];
	for (i = 0; i < path->nr_hops; i++)
		path->hops[i] = PFB_DEVFN(entry[V2_ENTRY_PATH + 2 * i],
					  entry[V2_ENTRY_PATH + 2 * i + 1]);
}

static int check_v2_path(const struct blob *b, const u8 *entry, struct pfb_error *err)
{
	const unsigned int len = entry[V2_ENTRY_PATH_LEN];
	const u8 *path = entry + V2_ENTRY_PATH;
	unsigned int i;

	if (!len || len > V2_PATH_MAX)
		return pfb_fail(err, -EINVAL,
					"etc/fixed-bars: offset 0x%zx: path of %u hops, expected 1 to %d",
				(size_t)(entry - b->data) + V2_ENTRY_PATH_LEN, len, V2_PATH_MAX);
	for (i = 0; i < len; i++) {
		if (path[2 * i] > 0x1f || path[2 * i + 1] > 7)
			return pfb_fail(err, -EINVAL,
					"etc/fixed-bars: offset 0x%zx: hop %u is device 0x%x, function 0x%x; at most 0x1f and 7 can be",
					(size_t)(path - b->data) + 2 * i, i, path[2 * i],
					path[2 * i + 1]);
	}
	if (!all_zero(path + 2 * len, 2 * (V2_PATH_MAX - len)))
		return pfb_fail(err, -EINVAL,
					"etc/fixed-bars: offset 0x%zx: unused hops of a path are not zero",
				(size_t)(path - b->data) + 2 * len);
	return 0;
}

static int check_v2_entry(const struct blob *b, const u8 *entry, u64 base, u64 window_size,
			  struct pfb_declaration *decl, struct pfb_error *err)
{
	struct pfb_declared_bar bar;
	const char *fault;

	read_record(entry, entry[V2_ENTRY_BAR], &bar);
	fault = check_record(entry, &bar);
	if (!fault && pfb_get_le16(entry + V2_ENTRY_VENDOR) == PFB_ANY_ID)
		fault = "is of vendor id 0xffff, which no function has";
	if (!fault && !all_zero(entry + V2_ENTRY_RESERVED, V2_ENTRY_PATH - V2_ENTRY_RESERVED))
		fault = "has reserved bytes that are not zero";
	if (!fault && !bar.gpa) {
		if (bar.size & (bar.size - 1))
			fault = "has a size that is not a power of two";
	} else if (!fault) {
		decl->nr_bars = 0;
		fault = pfb_declaration_add_bar(decl, &bar);
		if (!fault && (bar.gpa < base || bar.gpa - base > window_size ||
			       bar.size > window_size - (bar.gpa - base)))
			fault = "lies outside the window that the header states at offset 0x8";
	}
	if (fault)
		return record_fault(b, entry, &bar, fault, err);
	return check_v2_path(b, entry, err);
}

static int check_v2(size_t size, struct blob *b, struct pfb_declaration *decl,
		    struct pfb_error *err)
{
	u64 base, window_size, end, expected;
	u32 i;
	int ret;

	if (size < V2_HEADER)
		return pfb_fail(err, -EINVAL,
					"etc/fixed-bars: it has %zu bytes, and a v2 header alone has %d; it was cut",
				size, V2_HEADER);
	b->layout = PFB_FIXED_BARS_V2;
	b->nr = pfb_get_le32(b->data + V2_NUM_ENTRIES);
	expected = V2_HEADER + (u64)b->nr * V2_ENTRY;
	if (expected != size)
		return pfb_fail(err, -EINVAL,
					"etc/fixed-bars: offset 0x4: %u v2 entries take %llu bytes, and it has %zu",
				b->nr, (unsigned long long)expected, size);
	if (!all_zero(b->data + V2_HEADER_RESERVED, V2_HEADER - V2_HEADER_RESERVED))
		return pfb_fail(err, -EINVAL,
					"etc/fixed-bars: offset 0x%x: reserved bytes of the header are not zero",
				V2_HEADER_RESERVED);
	base = pfb_get_le64(b->data + V2_WINDOW_BASE);
	window_size = pfb_get_le64(b->data + V2_WINDOW_SIZE);
	if (window_size && check_add_overflow(base, window_size - 1, &end))
		return pfb_fail(err, -EINVAL,
				"etc/fixed-bars: offset 0x%x: a window at 0x%llx of size 0x%llx wraps past the end of the address space",
				V2_WINDOW_BASE, (unsigned long long)base,
				(unsigned long long)window_size);

	for (i = 0; i < b->nr; i++) {
		ret = check_v2_entry(b, v2_entry(b, i), base, window_size, decl, err);
		if (ret)
			return ret;
	}
	return 0;
}

static int check(const void *data, size_t size, struct blob *b,
		 struct pfb_declaration *decl, struct pfb_error *err)
{
	u32 version;

	memset(b, 0, sizeof(*b));
	b->data = data;
	b->size = size;

	if (size > PFB_MANIFEST_SIZE_MAX)
		return pfb_fail(err, -E2BIG,
					"etc/fixed-bars: it has %zu bytes, at most %d are read",
				size, PFB_MANIFEST_SIZE_MAX);
	if (size < V1_HEADER)
		return pfb_fail(err, -EINVAL,
					"etc/fixed-bars: it has %zu bytes, and a header alone has %d; it was cut",
				size, V1_HEADER);
	version = pfb_get_le32(data);
	if (version == 1)
		return check_v1(data, size, b, decl, err);
	if (version == 2)
		return check_v2(size, b, decl, err);
	return pfb_fail(err, -EPROTONOSUPPORT,
			"etc/fixed-bars: offset 0x0: version %u, and this reads versions 1 and 2",
			version);
}

int pfb_fixed_bars_check(const void *data, size_t size,
			 enum pfb_fixed_bars_layout *layout, struct pfb_error *err)
{
	struct pfb_declaration decl;
	struct blob b;
	int ret;

	ret = check(data, size, &b, &decl, err);
	*layout = b.layout;
	return ret;
}

/* All records together */

static int compare_addresses(const void *ctx, u32 a, u32 b)
{
	const struct work *w = ctx;
	u64 address_a = pfb_get_le64(w->blob->data + a + RECORD_ADDRESS);
	u64 address_b = pfb_get_le64(w->blob->data + b + RECORD_ADDRESS);

	if (address_a != address_b)
		return address_a < address_b ? -1 : 1;
	return a < b ? -1 : a > b;
}

static int check_overlaps(struct work *w, struct pfb_error *err)
{
	const u8 *low, *high;
	u64 low_at, low_size, high_at;
	u32 i;

	pfb_sort_le32(w->bars, w->nr_bars, compare_addresses, w);
	for (i = 1; i < w->nr_bars; i++) {
		low = w->blob->data + get(w->bars, i - 1);
		high = w->blob->data + get(w->bars, i);
		low_at = pfb_get_le64(low + RECORD_ADDRESS);
		low_size = pfb_get_le64(low + RECORD_SIZE);
		high_at = pfb_get_le64(high + RECORD_ADDRESS);
		if (high_at - low_at < low_size)
			return pfb_fail(err, -EINVAL,
					"etc/fixed-bars: offset 0x%x: the BAR at 0x%llx overlaps the one at offset 0x%x, 0x%llx with size 0x%llx; no two BARs can share an address",
					get(w->bars, i), (unsigned long long)high_at,
					get(w->bars, i - 1), (unsigned long long)low_at,
					(unsigned long long)low_size);
	}
	return 0;
}

/* Where each record is, and where each BAR with an address is. */
static void list_records(struct work *w)
{
	const struct blob *b = w->blob;
	const u8 *p = b->data + V1_HEADER;
	unsigned int bar;
	u32 i;

	for (i = 0; i < b->nr; i++) {
		if (b->layout == PFB_FIXED_BARS_V2) {
			p = v2_entry(b, i);
			append(w->records, &w->nr_records, (size_t)(p - b->data));
			if (pfb_get_le64(p + RECORD_ADDRESS))
				append(w->bars, &w->nr_bars, (size_t)(p - b->data));
			continue;
		}
		append(w->records, &w->nr_records, (size_t)(p - b->data));
		for (bar = 0; bar < p[V1_DEVICE_NUM_BARS]; bar++)
			append(w->bars, &w->nr_bars, (size_t)(v1_bar(b, p, bar) - b->data));
		p = v1_next(b, p);
	}
}

static bool fits(const struct pfb_function *fn, const struct pfb_declared_bar *bar)
{
	const struct pfb_bar *actual = &fn->bars[bar->index];

	return actual->size == bar->size && !(actual->flags & PFB_BAR_IO);
}

/* v1 short: by order within (root-port bus, vendor:device) */

static u64 class_of(u8 bus, u16 vendor, u16 device)
{
	return (u64)bus << 32 | (u32)vendor << 16 | device;
}

static u64 device_class(const struct work *w, u32 offset)
{
	const u8 *device = w->blob->data + offset;

	return class_of(device[V1_DEVICE_ROOT_BUS], pfb_get_le16(device + V1_DEVICE_VENDOR),
			pfb_get_le16(device + V1_DEVICE_DEVICE));
}

static u64 function_class(const struct work *w, u32 index)
{
	const struct pfb_function *fn = &w->top->functions[index];

	return class_of(w->top->roots[fn->root].bus, fn->vendor, fn->device);
}

static int compare_devices(const void *ctx, u32 a, u32 b)
{
	u64 class_a = device_class(ctx, a);
	u64 class_b = device_class(ctx, b);

	if (class_a != class_b)
		return class_a < class_b ? -1 : 1;
	return a < b ? -1 : a > b;
}

static int compare_functions(const void *ctx, u32 a, u32 b)
{
	u64 class_a = function_class(ctx, a);
	u64 class_b = function_class(ctx, b);

	if (class_a != class_b)
		return class_a < class_b ? -1 : 1;
	return a < b ? -1 : a > b;
}

/* Those that QEMU would list: in its only segment, with a memory BAR. */
static void list_functions(struct work *w)
{
	const struct pfb_function *fn;
	unsigned int bar;
	u32 i;

	for (i = 0; i < w->top->nr_functions; i++) {
		fn = &w->top->functions[i];
		if (w->top->roots[fn->root].segment)
			continue;
		for (bar = 0; bar < NR_STD_BARS; bar++) {
			if (!fn->bars[bar].size || fn->bars[bar].flags & PFB_BAR_IO)
				continue;
			append(w->functions, &w->nr_functions, i);
			break;
		}
	}
	pfb_sort_le32(w->functions, w->nr_functions, compare_functions, w);
}

static const struct pfb_declared_bar *misfit(const struct pfb_declaration *decl,
					     const struct pfb_function *fn)
{
	unsigned int i;

	for (i = 0; i < decl->nr_bars; i++) {
		if (!fits(fn, &decl->bars[i]))
			return &decl->bars[i];
	}
	return NULL;
}

/* A run of devices and the run of functions of the same class. */
struct class_runs {
	u32 devices;
	u32 nr_devices;
	u32 functions;
	u32 nr_functions;
};

/*
 * Could the device be any other function of its class? The first that fits
 * decides. Only functions of one kind whose BAR sizes all differ make this walk
 * long, and of those a machine has few.
 */
static bool fits_another(const struct work *w, const struct class_runs *c, u32 own,
			 const struct pfb_declaration *decl)
{
	u32 i;

	for (i = c->functions; i < c->functions + c->nr_functions; i++) {
		if (i != own && !misfit(decl, &w->top->functions[get(w->functions, i)]))
			return true;
	}
	return false;
}

static int match_one(const struct work *w, const struct class_runs *c, u32 nr,
		     struct pfb_declaration *decl, struct pfb_error *err)
{
	const u32 offset = get(w->records, c->devices + nr);
	const u8 *device = w->blob->data + offset;
	const struct pfb_declared_bar *bar;
	const struct pfb_function *fn;
	char name[PFB_PATH_TEXT_MAX];
	u32 index;
	int ret;

	v1_declaration(device, decl);
	ret = v1_add_bars(w->blob, device, decl, err);
	if (ret)
		return ret;
	if (c->nr_functions != c->nr_devices)
		return pfb_fail(err, -ENODEV,
				"etc/fixed-bars: offset 0x%x: %u devices %04x:%04x below root bus %02x, and the guest has %u, so their order says nothing; state the paths in a manifest",
				offset, c->nr_devices, decl->vendor, decl->device,
				device[V1_DEVICE_ROOT_BUS], c->nr_functions);

	index = get(w->functions, c->functions + nr);
	fn = &w->top->functions[index];
	if (pfb_topology_path(w->top, index, &decl->path))
		return pfb_fail(err, -ENODEV,
				"etc/fixed-bars: offset 0x%x: device %04x:%04x is deeper than %d hops in the guest; no path can name it",
				offset, decl->vendor, decl->device, PFB_PATH_HOPS_MAX);
	bar = misfit(decl, fn);
	if (bar)
		return pfb_fail(err, -ENODEV,
				"etc/fixed-bars: offset 0x%x: bar%u of device %04x:%04x has size 0x%llx, and that of %s, the function in its place, 0x%llx; state the paths in a manifest",
				offset, bar->index, decl->vendor, decl->device,
				(unsigned long long)bar->size,
				pfb_path_format(&decl->path, name, sizeof(name)),
				(unsigned long long)fn->bars[bar->index].size);
	decl->uncertain = fits_another(w, c, c->functions + nr, decl);
	return 0;
}

/* Matches all devices; declares them if @declare is given. */
static int match_short(struct work *w, struct pfb_declaration *decl,
		       pfb_declare_fn declare, void *ctx, struct pfb_error *err)
{
	struct class_runs c = {};
	const u8 *device;
	u64 class;
	u32 nr;
	int ret;

	while (c.devices < w->nr_records) {
		class = device_class(w, get(w->records, c.devices));
		for (nr = c.devices + 1; nr < w->nr_records; nr++) {
			if (device_class(w, get(w->records, nr)) != class)
				break;
		}
		c.nr_devices = nr - c.devices;
		while (c.functions < w->nr_functions &&
		       function_class(w, get(w->functions, c.functions)) < class)
			c.functions++;
		for (nr = c.functions; nr < w->nr_functions; nr++) {
			if (function_class(w, get(w->functions, nr)) != class)
				break;
		}
		c.nr_functions = nr - c.functions;
		for (nr = 0; nr < c.nr_devices; nr++) {
			device = w->blob->data + get(w->records, c.devices + nr);
			/* Where nothing is fixed, nothing has to be found. */
			if (!device[V1_DEVICE_NUM_BARS])
				continue;
			ret = match_one(w, &c, nr, decl, err);
			if (!ret && declare)
				ret = declare(ctx, decl, err);
			if (ret)
				return ret;
		}
		c.devices += c.nr_devices;
		c.functions += c.nr_functions;
	}
	return 0;
}

static int parse_v1_short(struct work *w, struct pfb_declaration *decl,
			  pfb_declare_fn declare, void *ctx, struct pfb_error *err)
{
	int ret;

	list_functions(w);
	pfb_sort_le32(w->records, w->nr_records, compare_devices, w);
	ret = match_short(w, decl, NULL, NULL, err);
	return ret ? ret : match_short(w, decl, declare, ctx, err);
}

/* v1 long: by firmware path */

static int compare_fw_paths(const void *ctx, u32 a, u32 b)
{
	const struct work *w = ctx;
	struct pfb_path path_a, path_b;
	int order;

	v1_fw_path(w->blob, w->blob->data + a, &path_a, NULL);
	v1_fw_path(w->blob, w->blob->data + b, &path_b, NULL);
	order = pfb_path_compare(&path_a, &path_b);
	if (order)
		return order;
	return a < b ? -1 : a > b;
}

static u32 count_roots(const struct pfb_topology *top, u16 segment)
{
	u32 i, nr = 0;

	for (i = 0; i < top->nr_roots; i++)
		nr += top->roots[i].segment == segment;
	return nr;
}

static bool has_root(const struct pfb_topology *top, u16 segment, u8 bus)
{
	u32 i;

	for (i = 0; i < top->nr_roots; i++) {
		if (top->roots[i].segment == segment && top->roots[i].bus == bus)
			return true;
	}
	return false;
}

static int check_fw_paths(const struct work *w, struct pfb_error *err)
{
	struct pfb_path path, before = {};
	char name[PFB_PATH_TEXT_MAX];
	const u8 *device;
	u32 i, offset;

	for (i = 0; i < w->nr_records; i++) {
		offset = get(w->records, i);
		device = w->blob->data + offset;
		v1_fw_path(w->blob, device, &path, NULL);
		if (i && pfb_path_equal(&path, &before))
			return pfb_fail(err, -EINVAL,
					"etc/fixed-bars: offset 0x%x: a second device at %s, after the one at offset 0x%x; a function can be there once",
					offset, pfb_path_format(&path, name, sizeof(name)),
					get(w->records, i - 1));
		if (device[V1_DEVICE_NUM_BARS] && !has_root(w->top, 0, path.bus))
			return pfb_fail(err, -ENODEV,
					"etc/fixed-bars: offset 0x%x: device below root bus %02x, which the guest does not have; state its path in a manifest",
					offset, path.bus);
		before = path;
	}
	return 0;
}

static int parse_v1_long(struct work *w, struct pfb_declaration *decl,
			 pfb_declare_fn declare, void *ctx, struct pfb_error *err)
{
	const u8 *device;
	u32 i;
	int ret;

	pfb_sort_le32(w->records, w->nr_records, compare_fw_paths, w);
	ret = check_fw_paths(w, err);
	for (i = 0; !ret && i < w->nr_records; i++) {
		device = w->blob->data + get(w->records, i);
		if (!device[V1_DEVICE_NUM_BARS])
			continue;
		ret = check_v1_device(w->blob, device, decl, err);
		if (!ret)
			ret = declare(ctx, decl, err);
	}
	return ret;
}

/* v2: by path below a root bus that has to be found */

static int compare_entries(const void *ctx, u32 a, u32 b)
{
	const struct work *w = ctx;
	const u8 *entry_a = w->blob->data + a;
	const u8 *entry_b = w->blob->data + b;
	struct pfb_path path_a, path_b;
	int order;

	v2_path(entry_a, &path_a);
	v2_path(entry_b, &path_b);
	order = pfb_path_compare(&path_a, &path_b);
	if (!order)
		order = (int)entry_a[V2_ENTRY_BAR] - (int)entry_b[V2_ENTRY_BAR];
	if (order)
		return order;
	return a < b ? -1 : a > b;
}

/* How many entries from the @first on are of its function? */
static u32 v2_run(const struct work *w, u32 first, struct pfb_path *path)
{
	struct pfb_path other;
	u32 nr;

	v2_path(w->blob->data + get(w->records, first), path);
	for (nr = 1; first + nr < w->nr_records; nr++) {
		v2_path(w->blob->data + get(w->records, first + nr), &other);
		if (!pfb_path_equal(path, &other))
			break;
	}
	return nr;
}

static int v2_declaration(const struct work *w, u32 first, u32 nr,
			  struct pfb_declaration *decl, struct pfb_error *err)
{
	struct pfb_declared_bar bar;
	const u8 *entry = w->blob->data + get(w->records, first);
	const u8 *before;
	const char *fault;
	u32 i;

	decl->source = PFB_SOURCE_FW_CFG_FIXED_BARS;
	decl->clique = PFB_CLIQUE_NONE;
	decl->vendor = pfb_get_le16(entry + V2_ENTRY_VENDOR);
	decl->device = pfb_get_le16(entry + V2_ENTRY_DEVICE);

	for (i = 0; i < nr; i++) {
		before = entry;
		entry = w->blob->data + get(w->records, first + i);
		read_record(entry, entry[V2_ENTRY_BAR], &bar);
		fault = NULL;
		if (i && before[V2_ENTRY_BAR] == entry[V2_ENTRY_BAR])
			fault = "stands twice at its path; if root buses differ, use a manifest";
		else if (pfb_get_le16(entry + V2_ENTRY_VENDOR) != decl->vendor ||
			 pfb_get_le16(entry + V2_ENTRY_DEVICE) != decl->device)
			fault = "is of another vendor:device than the BAR before it at its path";
		else if (bar.gpa)
			fault = pfb_declaration_add_bar(decl, &bar);
		if (fault)
			return record_fault(w->blob, entry, &bar, fault, err);
	}
	return 0;
}

/* Does the function at decl->path have the ids and all the BARs of the run? */
static bool v2_fits(const struct work *w, u32 first, u32 nr, const struct pfb_declaration *decl)
{
	const u32 index = pfb_topology_find(w->top, &decl->path);
	const struct pfb_function *fn;
	struct pfb_declared_bar bar;
	const u8 *entry;
	u32 i;

	if (index == PFB_NO_FUNCTION)
		return false;
	fn = &w->top->functions[index];
	if (fn->vendor != decl->vendor || fn->device != decl->device)
		return false;
	for (i = 0; i < nr; i++) {
		entry = w->blob->data + get(w->records, first + i);
		read_record(entry, entry[V2_ENTRY_BAR], &bar);
		if (!fits(fn, &bar))
			return false;
	}
	return true;
}

static int v2_find_root(const struct work *w, u32 first, u32 nr,
			struct pfb_declaration *decl, struct pfb_error *err)
{
	const u32 offset = get(w->records, first);
	const u32 nr_roots = count_roots(w->top, decl->path.segment);
	char name[PFB_PATH_TEXT_MAX];
	u32 i, found = 0;
	u8 bus = 0;

	for (i = 0; i < w->top->nr_roots; i++) {
		if (w->top->roots[i].segment != decl->path.segment)
			continue;
		decl->path.bus = w->top->roots[i].bus;
		if (nr_roots > 1 && !v2_fits(w, first, nr, decl))
			continue;
		bus = decl->path.bus;
		found++;
	}
	decl->path.bus = bus;
	if (found == 1)
		return 0;
	if (!found)
		return pfb_fail(err, -ENODEV,
				"etc/fixed-bars: offset 0x%x: none of the %u root buses of segment %04x has a %04x:%04x with these BARs at the path (%s); state it in a manifest",
				offset, nr_roots, decl->path.segment, decl->vendor, decl->device,
				pfb_path_format(&decl->path, name, sizeof(name)));
	return pfb_fail(err, -ENODEV,
			"etc/fixed-bars: offset 0x%x: %u root buses of segment %04x have a %04x:%04x with these BARs at the path (%s is the last); state which in a manifest",
			offset, found, decl->path.segment, decl->vendor, decl->device,
			pfb_path_format(&decl->path, name, sizeof(name)));
}

static int match_v2(const struct work *w, struct pfb_declaration *decl,
		    pfb_declare_fn declare, void *ctx, struct pfb_error *err)
{
	u32 first, nr;
	int ret;

	for (first = 0; first < w->nr_records; first += nr) {
		memset(decl, 0, sizeof(*decl));
		nr = v2_run(w, first, &decl->path);
		ret = v2_declaration(w, first, nr, decl, err);
		if (ret)
			return ret;
		if (!decl->nr_bars)
			continue;
		ret = v2_find_root(w, first, nr, decl, err);
		if (!ret && declare)
			ret = declare(ctx, decl, err);
		if (ret)
			return ret;
	}
	return 0;
}

static int parse_v2(struct work *w, struct pfb_declaration *decl,
		    pfb_declare_fn declare, void *ctx, struct pfb_error *err)
{
	int ret;

	pfb_sort_le32(w->records, w->nr_records, compare_entries, w);
	ret = match_v2(w, decl, NULL, NULL, err);
	return ret ? ret : match_v2(w, decl, declare, ctx, err);
}

static size_t max_records(size_t size)
{
	return size / V1_DEVICE_SHORT;
}

static size_t max_bars(size_t size)
{
	return size / V1_BAR;
}

size_t pfb_fixed_bars_scratch_size(size_t size, const struct pfb_topology *top)
{
	/* What is larger is refused before scratch is touched. */
	if (size > PFB_MANIFEST_SIZE_MAX)
		size = PFB_MANIFEST_SIZE_MAX;
	return (max_records(size) + max_bars(size) + top->nr_functions) * 4;
}

int pfb_fixed_bars_parse(const void *data, size_t size, const struct pfb_topology *top,
			 void *scratch, pfb_declare_fn declare, void *ctx,
			 struct pfb_error *err)
{
	struct pfb_declaration decl;
	struct work w = { .top = top };
	struct blob b;
	int ret;

	ret = check(data, size, &b, &decl, err);
	if (ret)
		return ret;

	w.blob = &b;
	w.records = scratch;
	w.bars = w.records + max_records(size) * 4;
	w.functions = w.bars + max_bars(size) * 4;
	list_records(&w);
	ret = check_overlaps(&w, err);
	if (ret)
		return ret;

	switch (b.layout) {
	case PFB_FIXED_BARS_V1_SHORT:
		return parse_v1_short(&w, &decl, declare, ctx, err);
	case PFB_FIXED_BARS_V1_LONG:
		return parse_v1_long(&w, &decl, declare, ctx, err);
	case PFB_FIXED_BARS_V2:
		return parse_v2(&w, &decl, declare, ctx, err);
	}
	return -EINVAL;
}
