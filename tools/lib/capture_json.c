// SPDX-License-Identifier: GPL-2.0
/*
 * The capture file. Its keys are described in
 * Documentation/userspace-api/pci-fixed-bars.rst.
 *
 * json-c tells where text is no JSON, but not where a value stood that is JSON
 * and makes no sense: line_of() finds it again.
 */
#include <stdlib.h>

#include "lib/capture.h"
#include "lib/json_fields.h"
#include "lib/text.h"

/* A function's object has nested ones two levels deep; the file's is around it. */
#define DEPTH_MAX	8
/* json-c needs up to 100 bytes for a value and 1 KiB for an object. */
#define VALUES_MAX	(4U << 20)
#define OBJECTS_MAX	(512U << 10)

/* Sizes of resizable BARs: PCIe 6.0, 7.8.6.2 and 7.8.6.3 name 1 MiB to 8 EiB. */
#define REBAR_SIZES	44

#define PLACE_MAX	96

struct name {
	const char *name;
	u32 flag;
};

static const struct name function_flags[] = {
	{ "io-decode", PFB_FN_IO },
	{ "memory-decode", PFB_FN_MEMORY },
	{ "bus-master", PFB_FN_MASTER },
	{ "multifunction", PFB_FN_MULTIFUNCTION },
	{ "hotplug", PFB_FN_HOTPLUG },
	{ "io32", PFB_FN_IO32 },
	{ "pref64", PFB_FN_PREF64 },
	{ "no-io-window", PFB_FN_NO_IO_WINDOW },
	{ "no-pref-window", PFB_FN_NO_PREF_WINDOW },
	{ "vf", PFB_FN_VF },
	{ 0 }
};

static const struct name bar_flags[] = {
	{ "io", PFB_BAR_IO },
	{ "mem64", PFB_BAR_MEM64 },
	{ "prefetch", PFB_BAR_PREFETCH },
	{ "assigned", PFB_BAR_ASSIGNED },
	{ "disabled", PFB_BAR_DISABLED },
	{ 0 }
};

static const char *const window_keys[PFB_NR_WINDOWS] = {
	[PFB_WINDOW_IO] = "io",
	[PFB_WINDOW_MEM] = "mem",
	[PFB_WINDOW_PREF] = "pref",
};

static const char *const origins[] = { "sysfs", "lspci" };

static const char *const file_keys[] = {
	"format", "version", "origin", "machine", "release", "cpu_vendor", "address_bits",
	"roots", "functions", NULL
};

static const char *const root_keys[] = { "bus", "last_bus", "windows", NULL };
static const char *const function_keys[] = {
	"bdf", "parent", "pf", "id", "class", "type", "name", "driver", "numa_node",
	"iommu_group", "link", "flags", "capabilities_read", "acs", "ats", "total_vfs", "buses",
	"windows", "bars", NULL
};

static const char *const link_keys[] = { "speed", "width", NULL };
static const char *const acs_keys[] = { "capability", "control", NULL };
static const char *const bar_keys[] = {
	"bar", "address", "size", "flags", "resizable", NULL
};

/* Writing */

static void json_flags(struct json_object *obj, const struct name *names, u32 flags)
{
	struct json_object *array = json_object_new_array();

	for (; names->name; names++)
		if (flags & names->flag)
			json_object_array_add(array, json_object_new_string(names->name));
	json_object_object_add(obj, "flags", array);
}

static struct json_object *hex(u64 value, int digits)
{
	char text[24];

	snprintf(text, sizeof(text), "0x%0*llx", digits, (unsigned long long)value);
	return json_object_new_string(text);
}

static void json_windows(struct json_object *obj, const struct pfb_window *windows)
{
	struct json_object *all = json_object_new_object();
	unsigned int kind;

	for (kind = 0; kind < PFB_NR_WINDOWS; kind++) {
		struct json_object *pair = NULL;

		if (windows[kind].base <= windows[kind].limit) {
			pair = json_object_new_array();
			json_object_array_add(pair, hex(windows[kind].base, 0));
			json_object_array_add(pair, hex(windows[kind].limit, 0));
		}
		json_object_object_add(all, window_keys[kind], pair);
	}
	json_object_object_add(obj, "windows", all);
}

static void json_bars(struct json_object *obj, const struct pfb_function *fn,
		      const struct pfb_capture_function *cf)
{
	struct json_object *array = json_object_new_array();
	unsigned int i, n;

	for (i = 0; i < PFB_NR_BARS; i++) {
		const struct pfb_bar *bar = &fn->bars[i];
		struct json_object *entry, *sizes;

		if (!bar->size && !(cf->unsized & 1U << i))
			continue;
		entry = json_object_new_object();
		pfb_json_text(entry, "bar", pfb_bar_index_name(i));
		pfb_json_hex(entry, "address", bar->address);
		json_object_object_add(entry, "size", bar->size ? hex(bar->size, 0) : NULL);
		json_flags(entry, bar_flags, bar->flags);
		if (i < PFB_CONFIG_REBARS && cf->rebar_sizes[i]) {
			sizes = json_object_new_array();
			for (n = 0; n < REBAR_SIZES; n++)
				if (cf->rebar_sizes[i] >> n & 1)
					json_object_array_add(sizes, hex(1ULL << (n + 20), 0));
			json_object_object_add(entry, "resizable", sizes);
		}
		json_object_array_add(array, entry);
	}
	json_object_object_add(obj, "bars", array);
}

static void json_or_null(struct json_object *obj, const char *key, int value)
{
	json_object_object_add(obj, key, value < 0 ? NULL : json_object_new_int(value));
}

/* The speed is in MT/s: a number that every reader keeps as it is. */
static void json_link(struct json_object *obj, const struct pfb_link *link)
{
	struct json_object *entry = NULL;

	if (link->speed || link->width) {
		entry = json_object_new_object();
		json_or_null(entry, "speed", link->speed ? (int)link->speed : -1);
		json_or_null(entry, "width", link->width ? (int)link->width : -1);
	}
	json_object_object_add(obj, "link", entry);
}

static struct json_object *json_function(const struct pfb_capture *capture, u32 index)
{
	const struct pfb_capture_function *cf = &capture->functions[index];
	const struct pfb_function *fn = &capture->top.functions[index];
	struct json_object *obj = json_object_new_object(), *acs = NULL, *buses;
	char text[16];

	pfb_json_text(obj, "bdf", cf->bdf);
	pfb_json_text(obj, "parent", fn->parent == PFB_NO_FUNCTION ? NULL :
		      capture->functions[fn->parent].bdf);
	if (cf->pf[0])
		pfb_json_text(obj, "pf", cf->pf);
	snprintf(text, sizeof(text), "%04x:%04x", fn->vendor, fn->device);
	pfb_json_text(obj, "id", text);
	json_object_object_add(obj, "class", hex(fn->class, 6));
	pfb_json_text(obj, "type", pfb_port_type_name(fn->type));
	pfb_json_text(obj, "name", cf->name);
	pfb_json_text(obj, "driver", cf->driver);
	json_or_null(obj, "numa_node", cf->numa_node);
	json_or_null(obj, "iommu_group", cf->iommu_group);
	json_link(obj, &cf->link);
	json_flags(obj, function_flags, fn->flags);
	pfb_json_bool(obj, "capabilities_read", cf->acs_read);
	if (fn->flags & PFB_FN_ACS) {
		acs = json_object_new_object();
		json_object_object_add(acs, "capability", hex(fn->acs_cap, 2));
		json_object_object_add(acs, "control", hex(fn->acs_ctrl, 2));
	}
	json_object_object_add(obj, "acs", acs);
	pfb_json_text(obj, "ats", !(fn->flags & PFB_FN_ATS) ? NULL :
		      fn->flags & PFB_FN_ATS_ENABLED ? "on" : "off");
	if (fn->total_vfs)
		pfb_json_number(obj, "total_vfs", fn->total_vfs);
	if (pfb_topology_is_bridge(fn)) {
		buses = json_object_new_array();
		snprintf(text, sizeof(text), "%02x", fn->secondary);
		json_object_array_add(buses, json_object_new_string(text));
		snprintf(text, sizeof(text), "%02x", fn->subordinate);
		json_object_array_add(buses, json_object_new_string(text));
		json_object_object_add(obj, "buses", buses);
		json_windows(obj, fn->windows);
	}
	json_bars(obj, fn, cf);
	return obj;
}

struct json_object *pfb_capture_json(const struct pfb_capture *capture)
{
	struct json_object *obj = json_object_new_object(), *array = json_object_new_array();
	char text[16];
	u32 i;

	pfb_json_text(obj, "format", PFB_CAPTURE_FORMAT);
	pfb_json_number(obj, "version", PFB_CAPTURE_VERSION);
	pfb_json_text(obj, "origin", capture->origin);
	pfb_json_text(obj, "machine", capture->machine);
	pfb_json_text(obj, "release", capture->release);
	pfb_json_text(obj, "cpu_vendor", capture->cpu_vendor);
	json_or_null(obj, "address_bits", capture->address_bits ? (int)capture->address_bits : -1);
	for (i = 0; i < capture->top.nr_roots; i++) {
		const struct pfb_root *root = &capture->top.roots[i];
		struct json_object *entry = json_object_new_object();

		snprintf(text, sizeof(text), "%04x:%02x", root->segment, root->bus);
		pfb_json_text(entry, "bus", text);
		snprintf(text, sizeof(text), "%02x", root->last_bus);
		pfb_json_text(entry, "last_bus", text);
		json_windows(entry, root->windows);
		json_object_array_add(array, entry);
	}
	json_object_object_add(obj, "roots", array);
	array = json_object_new_array();
	for (i = 0; i < capture->top.nr_functions; i++)
		json_object_array_add(array, json_function(capture, i));
	json_object_object_add(obj, "functions", array);
	return obj;
}

/* Reading */

struct reader {
	const char *text;
	size_t size;
	struct pfb_error *err;
	struct pfb_capture *capture;
	const char *array;	/* "roots" or "functions" while one of their entries is read */
	u32 index;		/* which of them */
	char bdf[PFB_BDF_TEXT_MAX];
	const char *bar;	/* a BAR's name while it is read */
};

static const char *quote(const char *text, char *buf)
{
	return pfb_text_quote(text, strlen(text), buf);
}

static unsigned long count_lines(const char *text, size_t end)
{
	unsigned long line = 1;
	size_t i;

	for (i = 0; i < end; i++)
		line += text[i] == '\n';
	return line;
}

/* The end of a string that begins at @pos: the place after its closing quote. */
static size_t skip_string(const char *text, size_t size, size_t pos)
{
	for (pos++; pos < size && text[pos] != '"'; pos++)
		pos += text[pos] == '\\';
	return pos < size ? pos + 1 : size;
}

static size_t skip_blanks(const char *text, size_t size, size_t pos)
{
	while (pos < size && (text[pos] == ' ' || text[pos] == '\t' || text[pos] == '\r' ||
			      text[pos] == '\n'))
		pos++;
	return pos;
}

/* The line on which entry r->index of the file's array r->array begins; json-c has taken the text. */
static unsigned long line_of(const struct reader *r)
{
	size_t len = strlen(r->array), pos = 0, start;
	unsigned int depth = 0;
	bool inside = false;
	u32 index = 0;

	while (pos < r->size) {
		char c = r->text[pos];

		if (c == '"') {
			start = pos;
			pos = skip_string(r->text, r->size, pos);
			if (depth == 1 && pos - start == len + 2 &&
			    !memcmp(r->text + start + 1, r->array, len)) {
				start = skip_blanks(r->text, r->size, pos);
				inside = start < r->size && r->text[start] == ':';
				index = 0;
			}
			continue;
		}
		pos++;
		if (c == '[' || c == '{')
			depth++;
		else if ((c == ']' || c == '}') && depth)
			depth--;
		if (!inside || depth != 2 || (c != '[' && c != ','))
			continue;
		if (c == ',')
			index++;
		if (index == r->index)
			return count_lines(r->text, skip_blanks(r->text, r->size, pos));
	}
	return count_lines(r->text, r->size);
}

static int fail(struct reader *r, const char *fmt, ...) __printf(2, 3);

static int fail(struct reader *r, const char *fmt, ...)
{
	char text[PFB_ERROR_TEXT_MAX], place[PLACE_MAX] = "";
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (!r->array)
		return pfb_fail(r->err, -EINVAL, "%s", text);
	snprintf(place, sizeof(place), "%s[%u]%s%s%s%s%s", r->array, r->index,
		 r->bdf[0] ? " (" : "", r->bdf, r->bdf[0] ? ")" : "", r->bar ? " " : "",
		 r->bar ? r->bar : "");
	return pfb_fail(r->err, -EINVAL, "line %lu, %s: %s", line_of(r), place, text);
}

static int check_keys(struct reader *r, struct json_object *obj, const char *const *known)
{
	char buf[PFB_TEXT_QUOTE_MAX];
	unsigned int i;

	json_object_object_foreach(obj, key, value) {
		(void)value;
		for (i = 0; known[i] && strcmp(known[i], key); i++)
			;
		if (!known[i])
			return fail(r, "key \"%s\" is not known here (a misspelt key, or a file of a newer version)",
				    quote(key, buf));
	}
	return 0;
}

static const char *type_name(enum json_type type)
{
	switch (type) {
	case json_type_object:
		return "an object";
	case json_type_array:
		return "an array";
	case json_type_string:
		return "a string";
	case json_type_int:
		return "an integer";
	case json_type_boolean:
		return "true or false";
	default:
		return "something else";
	}
}

/* A value of one type; null and, unless it is needed, no such key give NULL. */
static int get(struct reader *r, struct json_object *obj, const char *key, enum json_type type,
	       bool needed, struct json_object **value)
{
	*value = NULL;
	if (!json_object_object_get_ex(obj, key, value) || !*value) {
		*value = NULL;
		return needed ? fail(r, "\"%s\" is missing, expected %s", key, type_name(type)) : 0;
	}
	if (!json_object_is_type(*value, type))
		return fail(r, "\"%s\" is %s, expected %s", key,
			    type_name(json_object_get_type(*value)), type_name(type));
	return 0;
}

/* @what names the value in errors. */
static int check_text(struct reader *r, struct json_object *value, const char *what, size_t max)
{
	const char *text = json_object_get_string(value);
	size_t i, len = (size_t)json_object_get_string_len(value);

	if (len >= max)
		return fail(r, "%s has %zu characters, expected at most %zu", what, len, max - 1);
	for (i = 0; i < len; i++)
		if (text[i] < 0x20 || text[i] > 0x7e)
			return fail(r, "%s has byte 0x%02x, expected printable ASCII", what,
				    (unsigned char)text[i]);
	return 0;
}

static int get_text(struct reader *r, struct json_object *obj, const char *key, bool needed,
		    char *buf, size_t size)
{
	struct json_object *value;
	int ret;

	buf[0] = '\0';
	ret = get(r, obj, key, json_type_string, needed, &value);
	if (ret || !value)
		return ret;
	ret = check_text(r, value, key, size);
	if (ret)
		return ret;
	strcpy(buf, json_object_get_string(value));
	return 0;
}

/* -1 for null and no such key. */
static int get_number(struct reader *r, struct json_object *obj, const char *key, int max,
		      int *number)
{
	struct json_object *value;
	int64_t n;
	int ret;

	*number = -1;
	ret = get(r, obj, key, json_type_int, false, &value);
	if (ret || !value)
		return ret;
	n = json_object_get_int64(value);
	if (n < 0 || n > max)
		return fail(r, "\"%s\" is %lld, expected 0 to %d", key, (long long)n, max);
	*number = (int)n;
	return 0;
}

/* Digits only. Return: how many were read, 0 when there is none or are more than @max. */
static size_t parse_hex(const char *text, size_t max, u64 *value)
{
	size_t i;

	*value = 0;
	for (i = 0; pfb_text_hex_digit(text[i]) >= 0; i++) {
		if (i == max)
			return 0;
		*value = *value << 4 | (u64)pfb_text_hex_digit(text[i]);
	}
	return i;
}

static int to_hex(struct reader *r, struct json_object *value, const char *what, u64 max,
		  u64 *number)
{
	char buf[PFB_TEXT_QUOTE_MAX];
	const char *text;
	size_t used;

	if (!json_object_is_type(value, json_type_string))
		return fail(r, "%s is %s, expected a string such as \"0x1000\"", what,
			    value ? type_name(json_object_get_type(value)) : "null");
	text = json_object_get_string(value);
	if (text[0] != '0' || text[1] != 'x')
		return fail(r, "%s is \"%s\", expected a string such as \"0x1000\"", what,
			    quote(text, buf));
	used = parse_hex(text + 2, 16, number);
	if (!used || text[2 + used] ||
	    (size_t)json_object_get_string_len(value) != used + 2 || *number > max)
		return fail(r, "%s is \"%s\", expected a hexadecimal number up to 0x%llx", what,
			    quote(text, buf), (unsigned long long)max);
	return 0;
}

static int get_hex(struct reader *r, struct json_object *obj, const char *key, u64 max, u64 *number)
{
	struct json_object *value;
	int ret;

	ret = get(r, obj, key, json_type_string, true, &value);
	return ret ? ret : to_hex(r, value, key, max, number);
}

/* A bus number in two digits. */
static int to_bus(struct reader *r, const char *text, const char *what, u8 *bus)
{
	char buf[PFB_TEXT_QUOTE_MAX];
	u64 number;

	if (parse_hex(text, 2, &number) != 2 || text[2])
		return fail(r, "%s is \"%s\", expected a bus number such as \"3f\"", what,
			    quote(text, buf));
	*bus = (u8)number;
	return 0;
}

static int get_flags(struct reader *r, struct json_object *obj, const struct name *names, u32 *flags)
{
	struct json_object *array, *entry;
	char buf[PFB_TEXT_QUOTE_MAX];
	const struct name *n;
	size_t i;
	int ret;

	ret = get(r, obj, "flags", json_type_array, false, &array);
	if (ret || !array)
		return ret;
	for (i = 0; i < json_object_array_length(array); i++) {
		entry = json_object_array_get_idx(array, i);
		if (!json_object_is_type(entry, json_type_string))
			return fail(r, "flag %zu is no string", i);
		for (n = names; n->name; n++)
			if (!strcmp(n->name, json_object_get_string(entry)))
				break;
		if (!n->name)
			return fail(r, "flag \"%s\" is not known here",
				    quote(json_object_get_string(entry), buf));
		*flags |= n->flag;
	}
	return 0;
}

static int get_windows(struct reader *r, struct json_object *obj, struct pfb_window *windows)
{
	static const char *const keys[] = { "io", "mem", "pref", NULL };
	struct json_object *all, *pair;
	unsigned int kind;
	int ret;

	ret = get(r, obj, "windows", json_type_object, true, &all);
	if (ret)
		return ret;
	ret = check_keys(r, all, keys);
	if (ret)
		return ret;
	for (kind = 0; kind < PFB_NR_WINDOWS; kind++) {
		windows[kind].base = 1;
		windows[kind].limit = 0;
		ret = get(r, all, window_keys[kind], json_type_array, false, &pair);
		if (ret)
			return ret;
		if (!pair)
			continue;
		if (json_object_array_length(pair) != 2)
			return fail(r, "window \"%s\" has %zu entries, expected its first and last address",
				    window_keys[kind], json_object_array_length(pair));
		ret = to_hex(r, json_object_array_get_idx(pair, 0), window_keys[kind], ~0ULL,
			     &windows[kind].base);
		if (ret)
			return ret;
		ret = to_hex(r, json_object_array_get_idx(pair, 1), window_keys[kind], ~0ULL,
			     &windows[kind].limit);
		if (ret)
			return ret;
		if (windows[kind].base > windows[kind].limit)
			return fail(r, "window \"%s\" is from 0x%llx to 0x%llx, expected null when it is closed",
				    window_keys[kind], (unsigned long long)windows[kind].base,
				    (unsigned long long)windows[kind].limit);
	}
	return 0;
}

static int read_root(struct reader *r, struct json_object *obj, struct pfb_root *root)
{
	char text[16] = "", buf[PFB_TEXT_QUOTE_MAX];
	u64 segment, bus;
	int ret;

	ret = check_keys(r, obj, root_keys);
	if (ret)
		return ret;
	ret = get_text(r, obj, "bus", true, text, sizeof(text));
	if (ret)
		return ret;
	if (parse_hex(text, 4, &segment) != 4 || text[4] != ':' ||
	    parse_hex(text + 5, 2, &bus) != 2 || text[7])
		return fail(r, "bus is \"%s\", expected segment and bus such as \"0000:3a\"",
			    quote(text, buf));
	root->segment = (u16)segment;
	root->bus = (u8)bus;
	ret = get_text(r, obj, "last_bus", true, text, sizeof(text));
	if (ret)
		return ret;
	ret = to_bus(r, text, "last_bus", &root->last_bus);
	return ret ? ret : get_windows(r, obj, root->windows);
}

static int get_bdf(struct reader *r, struct json_object *obj, const char *key, bool needed,
		   char *bdf, struct pfb_path *path)
{
	char text[PFB_BDF_TEXT_MAX], buf[PFB_TEXT_QUOTE_MAX];
	int ret;

	bdf[0] = '\0';
	ret = get_text(r, obj, key, needed, text, sizeof(text));
	if (ret || !text[0])
		return ret ? ret : needed ? fail(r, "%s is empty", key) : 0;
	if (strlen(text) != 12 || pfb_path_parse(text, 12, path, NULL) != 12 || path->nr_hops != 1)
		return fail(r, "%s is \"%s\", expected segment, bus, device and function such as \"0000:3b:00.0\"",
			    key, quote(text, buf));
	snprintf(bdf, PFB_BDF_TEXT_MAX, "%04x:%02x:%02x.%x", path->segment, path->bus,
		 PFB_DEV(path->hops[0]), PFB_FN(path->hops[0]));
	return 0;
}

static int read_rebar(struct reader *r, struct json_object *obj, unsigned int index, u64 *sizes)
{
	struct json_object *array;
	u64 size;
	size_t i;
	int ret;

	ret = get(r, obj, "resizable", json_type_array, false, &array);
	if (ret || !array)
		return ret;
	if (index >= PFB_CONFIG_REBARS)
		return fail(r, "only bar0 to bar5 can be resizable");
	for (i = 0; i < json_object_array_length(array); i++) {
		ret = to_hex(r, json_object_array_get_idx(array, i), "resizable", ~0ULL, &size);
		if (ret)
			return ret;
		if (size & (size - 1) || size < 1U << 20)
			return fail(r, "resizable to 0x%llx, expected powers of two from 1 MiB on",
				    (unsigned long long)size);
		*sizes |= size >> 20;
	}
	return 0;
}

static int read_bar(struct reader *r, struct json_object *obj, u32 index)
{
	struct pfb_capture_function *cf = &r->capture->functions[index];
	struct pfb_function *fn = &r->capture->top.functions[index];
	char name[16], buf[PFB_TEXT_QUOTE_MAX];
	struct json_object *size;
	struct pfb_bar *bar;
	unsigned int i;
	int ret;

	if (!json_object_is_type(obj, json_type_object))
		return fail(r, "an entry of \"bars\" is no object");
	ret = check_keys(r, obj, bar_keys);
	if (ret)
		return ret;
	ret = get_text(r, obj, "bar", true, name, sizeof(name));
	if (ret)
		return ret;
	for (i = 0; i < PFB_NR_BARS && strcmp(name, pfb_bar_index_name(i)); i++)
		;
	if (i == PFB_NR_BARS)
		return fail(r, "bar is \"%s\", expected bar0 to bar5, rom, or vfbar0 to vfbar5",
			    quote(name, buf));
	r->bar = pfb_bar_index_name(i);
	bar = &fn->bars[i];
	if (bar->size || cf->unsized & 1U << i)
		return fail(r, "is stated twice");
	ret = get_hex(r, obj, "address", ~0ULL, &bar->address);
	if (ret)
		return ret;
	if (!json_object_object_get_ex(obj, "size", &size))
		return fail(r, "\"size\" is missing, expected bytes, or null where it is not known");
	if (size) {
		ret = to_hex(r, size, "size", ~0ULL, &bar->size);
		if (ret)
			return ret;
		if (!bar->size)
			return fail(r, "size is 0, expected bytes, or null where it is not known");
	} else {
		cf->unsized |= (u16)(1U << i);
	}
	ret = get_flags(r, obj, bar_flags, &bar->flags);
	return ret ? ret : read_rebar(r, obj, i, &cf->rebar_sizes[i < PFB_CONFIG_REBARS ? i : 0]);
}

static int read_bars(struct reader *r, struct json_object *obj, u32 index)
{
	struct json_object *array;
	size_t i;
	int ret;

	ret = get(r, obj, "bars", json_type_array, true, &array);
	if (ret)
		return ret;
	for (i = 0; i < json_object_array_length(array); i++) {
		ret = read_bar(r, json_object_array_get_idx(array, i), index);
		if (ret)
			return ret;
		r->bar = NULL;
	}
	return 0;
}

static int read_acs(struct reader *r, struct json_object *obj, struct pfb_function *fn)
{
	struct json_object *acs;
	u64 cap = 0, ctrl = 0;
	int ret;

	ret = get(r, obj, "acs", json_type_object, false, &acs);
	if (ret || !acs)
		return ret;
	ret = check_keys(r, acs, acs_keys);
	if (!ret)
		ret = get_hex(r, acs, "capability", 0x7f, &cap);
	if (!ret)
		ret = get_hex(r, acs, "control", 0x7f, &ctrl);
	fn->flags |= PFB_FN_ACS;
	fn->acs_cap = (u16)cap;
	fn->acs_ctrl = (u16)ctrl;
	return ret;
}

static int read_link(struct reader *r, struct json_object *obj, struct pfb_link *link)
{
	struct json_object *entry;
	int ret, speed, width;

	ret = get(r, obj, "link", json_type_object, false, &entry);
	if (ret || !entry)
		return ret;
	ret = check_keys(r, entry, link_keys);
	if (!ret)
		ret = get_number(r, entry, "speed", 64000, &speed);
	if (!ret)
		ret = get_number(r, entry, "width", PFB_LINK_WIDTH_MAX, &width);
	if (ret)
		return ret;
	if (speed >= 0 && !pfb_link_speed_known((unsigned int)speed))
		return fail(r, "\"speed\" is %d, expected MT/s: 2500, 5000, 8000, 16000, 32000 or 64000",
			    speed);
	link->speed = speed < 0 ? 0 : (unsigned int)speed;
	link->width = width < 0 ? 0 : (unsigned int)width;
	return 0;
}

static int read_type(struct reader *r, struct json_object *obj, struct pfb_function *fn)
{
	char text[32], buf[PFB_TEXT_QUOTE_MAX];
	unsigned int type;
	int ret;

	ret = get_text(r, obj, "type", true, text, sizeof(text));
	if (ret)
		return ret;
	for (type = 0; type <= PFB_PORT_PCI_BRIDGE; type++) {
		if (strcmp(text, pfb_port_type_name(type)))
			continue;
		fn->type = type;
		return 0;
	}
	return fail(r, "type is \"%s\", expected \"%s\", \"%s\", \"%s\", \"%s\" or \"%s\"",
		    quote(text, buf), pfb_port_type_name(PFB_PORT_ENDPOINT),
		    pfb_port_type_name(PFB_PORT_ROOT), pfb_port_type_name(PFB_PORT_UPSTREAM),
		    pfb_port_type_name(PFB_PORT_DOWNSTREAM),
		    pfb_port_type_name(PFB_PORT_PCI_BRIDGE));
}

static int read_bridge(struct reader *r, struct json_object *obj, struct pfb_function *fn)
{
	u8 *const buses[] = { &fn->secondary, &fn->subordinate };
	static const char *const only[] = { "buses", "windows" };
	struct json_object *array, *entry;
	size_t i;
	int ret;

	if (!pfb_topology_is_bridge(fn)) {
		for (i = 0; i < ARRAY_SIZE(only); i++)
			if (json_object_object_get_ex(obj, only[i], &entry))
				return fail(r, "an endpoint has no \"%s\"", only[i]);
		for (i = 0; i < PFB_NR_WINDOWS; i++)
			fn->windows[i].base = 1;
		return 0;
	}
	ret = get(r, obj, "buses", json_type_array, true, &array);
	if (ret)
		return ret;
	if (json_object_array_length(array) != 2)
		return fail(r, "\"buses\" has %zu entries, expected secondary and subordinate",
			    json_object_array_length(array));
	for (i = 0; i < 2; i++) {
		entry = json_object_array_get_idx(array, i);
		if (!json_object_is_type(entry, json_type_string))
			return fail(r, "\"buses\" has something else than strings");
		ret = to_bus(r, json_object_get_string(entry), "an entry of \"buses\"", buses[i]);
		if (ret)
			return ret;
	}
	return get_windows(r, obj, fn->windows);
}

/* The bridge above: in depth-first order the function before, or above that. */
static int find_parent(struct reader *r, struct json_object *obj, const struct pfb_path *place,
		       u32 index)
{
	struct pfb_capture *capture = r->capture;
	struct pfb_function *fn = &capture->top.functions[index];
	char bdf[PFB_BDF_TEXT_MAX];
	struct pfb_path path;
	u32 above, root;
	int ret;

	ret = get_bdf(r, obj, "parent", false, bdf, &path);
	if (ret)
		return ret;
	fn->parent = PFB_NO_FUNCTION;
	if (bdf[0]) {
		for (above = index ? index - 1 : PFB_NO_FUNCTION; above != PFB_NO_FUNCTION;
		     above = capture->top.functions[above].parent)
			if (!strcmp(capture->functions[above].bdf, bdf))
				break;
		if (above == PFB_NO_FUNCTION)
			return fail(r, "its parent %s is not among the bridges above the function before it, expected depth-first order",
				    bdf);
		if (path.segment != place->segment)
			return fail(r, "its parent %s is in another segment", bdf);
		fn->parent = above;
		fn->root = capture->top.functions[above].root;
		return 0;
	}
	/* Root buses ascend, and so do the functions on them. */
	for (root = index ? capture->top.functions[index - 1].root : 0;
	     root < capture->top.nr_roots; root++)
		if (capture->top.roots[root].segment == place->segment &&
		    capture->top.roots[root].bus == place->bus)
			break;
	if (root == capture->top.nr_roots)
		return fail(r, "has no parent, and \"roots\" has no bus %04x:%02x after that of the function before it",
			    place->segment, place->bus);
	fn->root = root;
	return 0;
}

static int read_function(struct reader *r, struct json_object *obj, u32 index)
{
	struct pfb_capture_function *cf = &r->capture->functions[index];
	struct pfb_function *fn = &r->capture->top.functions[index];
	struct json_object *value;
	struct pfb_path path = { 0 }, pf;
	u64 number, device;
	char text[32] = "", buf[PFB_TEXT_QUOTE_MAX];
	int ret, n;

	ret = get_bdf(r, obj, "bdf", true, cf->bdf, &path);
	if (ret)
		return ret;
	strcpy(r->bdf, cf->bdf);
	fn->bus = path.bus;
	fn->devfn = path.hops[0];
	ret = check_keys(r, obj, function_keys);
	if (ret)
		return ret;
	ret = find_parent(r, obj, &path, index);
	if (ret)
		return ret;
	ret = get_bdf(r, obj, "pf", false, cf->pf, &pf);
	if (ret)
		return ret;
	if (cf->pf[0])
		fn->flags |= PFB_FN_VF;

	ret = get_text(r, obj, "id", true, text, sizeof(text));
	if (ret)
		return ret;
	if (parse_hex(text, 4, &number) != 4 || text[4] != ':' ||
	    parse_hex(text + 5, 4, &device) != 4 || text[9])
		return fail(r, "id is \"%s\", expected vendor and device such as \"10de:2330\"",
			    quote(text, buf));
	fn->vendor = (u16)number;
	fn->device = (u16)device;
	ret = get_hex(r, obj, "class", 0xffffff, &number);
	if (ret)
		return ret;
	fn->class = (u32)number;
	ret = read_type(r, obj, fn);
	if (!ret)
		ret = get_text(r, obj, "name", false, cf->name, sizeof(cf->name));
	if (!ret)
		ret = get_text(r, obj, "driver", false, cf->driver, sizeof(cf->driver));
	if (!ret)
		ret = get_number(r, obj, "numa_node", 65535, &cf->numa_node);
	if (!ret)
		ret = get_number(r, obj, "iommu_group", 0x7fffffff, &cf->iommu_group);
	if (!ret)
		ret = read_link(r, obj, &cf->link);
	if (!ret)
		ret = get_flags(r, obj, function_flags, &fn->flags);
	if (!ret)
		ret = get(r, obj, "capabilities_read", json_type_boolean, true, &value);
	if (ret)
		return ret;
	cf->acs_read = json_object_get_boolean(value);
	ret = read_acs(r, obj, fn);
	if (!ret)
		ret = get_text(r, obj, "ats", false, text, sizeof(text));
	if (ret)
		return ret;
	if (!strcmp(text, "on"))
		fn->flags |= PFB_FN_ATS | PFB_FN_ATS_ENABLED;
	else if (!strcmp(text, "off"))
		fn->flags |= PFB_FN_ATS;
	else if (text[0])
		return fail(r, "ats is \"%s\", expected \"on\", \"off\", or null without ATS",
			    quote(text, buf));
	ret = get_number(r, obj, "total_vfs", 65535, &n);
	if (ret)
		return ret;
	fn->total_vfs = n < 0 ? 0 : (u16)n;
	ret = read_bridge(r, obj, fn);
	return ret ? ret : read_bars(r, obj, index);
}

static u64 bdf_key(const struct pfb_capture *capture, u32 index)
{
	const struct pfb_function *fn = &capture->top.functions[index];

	return (u64)capture->top.roots[fn->root].segment << 48 | (u64)fn->bus << 40 |
	       (u64)fn->devfn << 32 | index;
}

static int compare_keys(const void *a, const void *b)
{
	const u64 *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static int compare_bdfs(const void *a, const void *b)
{
	const u64 *x = a, *y = b;

	return *x >> 32 < *y >> 32 ? -1 : *x >> 32 > *y >> 32;
}

/* No BDF twice, and each VF's PF is there. */
static int check_names(struct reader *r)
{
	struct pfb_capture *capture = r->capture;
	u32 i, nr = capture->top.nr_functions;
	u64 *keys, *found, want;
	int ret = 0;

	keys = calloc((size_t)nr + 1, sizeof(*keys));
	if (!keys)
		return pfb_fail(r->err, -ENOMEM, "out of memory");
	for (i = 0; i < nr; i++)
		keys[i] = bdf_key(capture, i);
	qsort(keys, nr, sizeof(*keys), compare_keys);
	for (i = 1; i < nr && !ret; i++) {
		if (keys[i] >> 32 != keys[i - 1] >> 32)
			continue;
		r->index = (u32)keys[i];
		strcpy(r->bdf, capture->functions[r->index].bdf);
		ret = fail(r, "is functions[%u], too: expected each function once",
			   (u32)keys[i - 1]);
	}
	for (i = 0; i < nr && !ret; i++) {
		struct pfb_path path;

		if (!capture->functions[i].pf[0])
			continue;
		r->index = i;
		strcpy(r->bdf, capture->functions[i].bdf);
		pfb_path_parse(capture->functions[i].pf, 12, &path, NULL);
		want = (u64)path.segment << 48 | (u64)path.bus << 40 | (u64)path.hops[0] << 32;
		found = bsearch(&want, keys, nr, sizeof(*keys), compare_bdfs);
		if (!found || (u32)*found == i || capture->functions[(u32)*found].pf[0])
			ret = fail(r, "its PF %s is %s", capture->functions[i].pf,
				   found ? "a VF itself" : "no function of this capture");
	}
	free(keys);
	return ret;
}

/* The topology's rules know functions, not lines: what they say begins with a BDF. */
static int check_topology(struct reader *r)
{
	struct pfb_capture *capture = r->capture;
	struct pfb_error err;
	size_t len;
	u32 i;
	int ret;

	ret = pfb_topology_check(&capture->top, &err);
	if (!ret)
		return 0;
	for (i = 0; i < capture->top.nr_functions; i++) {
		len = strlen(capture->functions[i].bdf);
		if (strncmp(err.text, capture->functions[i].bdf, len))
			continue;
		r->index = i;
		strcpy(r->bdf, capture->functions[i].bdf);
		return fail(r, "%s", err.text + len + strspn(err.text + len, ": "));
	}
	return pfb_fail(r->err, ret, "%s", err.text);
}

/* Bounds what json-c will take, before it does. */
static int check_bounds(const char *text, size_t size, struct pfb_error *err)
{
	size_t pos = 0, values = 0, objects = 0;

	if (size > PFB_CAPTURE_SIZE_MAX)
		return pfb_fail(err, -E2BIG, "%zu bytes, expected at most %u MiB", size,
				PFB_CAPTURE_SIZE_MAX >> 20);
	while (pos < size) {
		switch (text[pos]) {
		case '"':
			pos = skip_string(text, size, pos);
			continue;
		case '{':
			objects++;
			fallthrough;
		case '[':
		case ',':
			values++;
			break;
		}
		pos++;
	}
	if (values > VALUES_MAX || objects > OBJECTS_MAX)
		return pfb_fail(err, -E2BIG, "%zu values in %zu objects, expected at most %u in %u: this is no capture",
				values, objects, VALUES_MAX, OBJECTS_MAX);
	return 0;
}

static int parse(const char *text, size_t size, struct json_object **top, struct pfb_error *err)
{
	struct json_tokener *tok = json_tokener_new_ex(DEPTH_MAX);
	size_t line_start, end;
	int ret = 0;

	*top = NULL;
	if (!tok)
		return pfb_fail(err, -ENOMEM, "out of memory");
	json_tokener_set_flags(tok, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	*top = json_tokener_parse_ex(tok, text, (int)size);
	end = json_tokener_get_parse_end(tok);
	if (end > size)
		end = size;
	for (line_start = end; line_start && text[line_start - 1] != '\n'; line_start--)
		;
	if (json_tokener_get_error(tok) == json_tokener_continue) {
		ret = pfb_fail(err, -EINVAL, "line %lu: the file ends in the middle, expected all of its JSON: was it cut?",
			       count_lines(text, size));
	} else if (json_tokener_get_error(tok) != json_tokener_success) {
		ret = pfb_fail(err, -EINVAL, "line %lu, column %zu: no JSON: %s",
			       count_lines(text, end), end - line_start + 1,
			       json_tokener_error_desc(json_tokener_get_error(tok)));
	}
	json_tokener_free(tok);
	if (ret && *top) {
		json_object_put(*top);
		*top = NULL;
	}
	return ret;
}

static int read_head(struct reader *r, struct json_object *top, const char **origin)
{
	char text[64], buf[PFB_TEXT_QUOTE_MAX];
	unsigned int i;
	int ret, version;

	ret = get_text(r, top, "format", true, text, sizeof(text));
	if (ret)
		return ret;
	if (strcmp(text, PFB_CAPTURE_FORMAT))
		return fail(r, "format is \"%s\", expected \"" PFB_CAPTURE_FORMAT "\"",
			    quote(text, buf));
	ret = get_number(r, top, "version", 0x7fffffff, &version);
	if (ret)
		return ret;
	if (version != PFB_CAPTURE_VERSION)
		return fail(r, "version is %d, expected %d: use the pci-fixed-bars that wrote it, or capture again",
			    version, PFB_CAPTURE_VERSION);
	ret = check_keys(r, top, file_keys);
	if (!ret)
		ret = get_text(r, top, "origin", true, text, sizeof(text));
	if (ret)
		return ret;
	for (i = 0; i < ARRAY_SIZE(origins); i++) {
		if (strcmp(text, origins[i]))
			continue;
		*origin = origins[i];
		return 0;
	}
	return fail(r, "origin is \"%s\", expected \"sysfs\" or \"lspci\"", quote(text, buf));
}

static int read_machine(struct reader *r, struct json_object *top)
{
	struct pfb_capture *capture = r->capture;
	int ret, bits = 0;

	ret = get_text(r, top, "machine", false, capture->machine, sizeof(capture->machine));
	if (!ret)
		ret = get_text(r, top, "release", false, capture->release,
			       sizeof(capture->release));
	if (!ret)
		ret = get_text(r, top, "cpu_vendor", false, capture->cpu_vendor,
			       sizeof(capture->cpu_vendor));
	if (!ret)
		ret = get_number(r, top, "address_bits", 64, &bits);
	capture->address_bits = bits < 0 ? 0 : (unsigned int)bits;
	return ret;
}

static int read_all(struct reader *r, struct json_object *top)
{
	struct json_object *roots, *functions, *entry;
	struct pfb_capture *capture = r->capture;
	const char *origin = NULL;
	size_t i;
	int ret;

	if (!json_object_is_type(top, json_type_object))
		return fail(r, "the file is no JSON object, expected {\"format\": \"" PFB_CAPTURE_FORMAT "\", ...}");
	ret = read_head(r, top, &origin);
	if (!ret)
		ret = get(r, top, "roots", json_type_array, true, &roots);
	if (!ret)
		ret = get(r, top, "functions", json_type_array, true, &functions);
	if (ret)
		return ret;
	if (json_object_array_length(roots) > PFB_CAPTURE_FUNCTIONS_MAX ||
	    json_object_array_length(functions) > PFB_CAPTURE_FUNCTIONS_MAX)
		return pfb_fail(r->err, -E2BIG, "%zu functions on %zu root buses, expected at most %u of each",
				json_object_array_length(functions),
				json_object_array_length(roots), PFB_CAPTURE_FUNCTIONS_MAX);
	ret = pfb_capture_alloc(capture, origin, (u32)json_object_array_length(functions),
				(u32)json_object_array_length(roots), r->err);
	if (!ret)
		ret = read_machine(r, top);
	if (ret)
		return ret;

	r->array = "roots";
	for (i = 0; i < capture->top.max_roots; i++) {
		r->index = (u32)i;
		entry = json_object_array_get_idx(roots, i);
		if (!json_object_is_type(entry, json_type_object))
			return fail(r, "is no object");
		ret = read_root(r, entry, &capture->top.roots[i]);
		if (ret)
			return ret;
		capture->top.nr_roots++;
	}
	r->array = "functions";
	for (i = 0; i < capture->top.max_functions; i++) {
		r->index = (u32)i;
		r->bdf[0] = '\0';
		entry = json_object_array_get_idx(functions, i);
		if (!json_object_is_type(entry, json_type_object))
			return fail(r, "is no object");
		ret = read_function(r, entry, (u32)i);
		if (ret)
			return ret;
		capture->top.nr_functions++;
	}
	ret = check_names(r);
	return ret ? ret : check_topology(r);
}

int pfb_capture_read(struct pfb_capture *capture, const char *json, size_t size,
		     struct pfb_error *err)
{
	struct reader r = { .text = json, .size = size, .err = err, .capture = capture };
	struct json_object *top;
	int ret;

	memset(capture, 0, sizeof(*capture));
	ret = check_bounds(json, size, err);
	if (ret)
		return ret;
	ret = parse(json, size, &top, err);
	if (ret)
		return ret;
	ret = read_all(&r, top);
	json_object_put(top);
	return ret;
}
