// SPDX-License-Identifier: GPL-2.0
#include "topology_report.h"

#include <inttypes.h>

#include "json_fields.h"

static bool is_fixed(const struct pfb_plan_fixed *fixed, u32 nr, u32 function,
		     unsigned int bar)
{
	u32 i;

	for (i = 0; i < nr; i++) {
		if (fixed[i].function == function && fixed[i].bar == bar)
			return true;
	}
	return false;
}

static const char *bdf(const struct pfb_topology *top, const struct pfb_function *fn,
		       char *buf, size_t len)
{
	snprintf(buf, len, "%04x:%02x:%02x.%x", top->roots[fn->root].segment, fn->bus,
		 PFB_DEV(fn->devfn), PFB_FN(fn->devfn));
	return buf;
}

static unsigned int depth_of(const struct pfb_topology *top, u32 index)
{
	unsigned int depth = 0;

	while (top->functions[index].parent != PFB_NO_FUNCTION) {
		index = top->functions[index].parent;
		depth++;
	}
	return depth;
}

const char *pfb_report_size(u64 size, char *buf, size_t len)
{
	static const char * const units[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	unsigned int unit = 0;

	while (size && !(size % 1024) && unit + 1 < ARRAY_SIZE(units)) {
		size /= 1024;
		unit++;
	}
	snprintf(buf, len, "%" PRIu64 " %s", size, units[unit]);
	return buf;
}

static void print_windows(FILE *out, const struct pfb_window *windows, int indent)
{
	unsigned int kind;

	for (kind = 0; kind < PFB_NR_WINDOWS; kind++) {
		if (windows[kind].base <= windows[kind].limit)
			fprintf(out, "%*swindow %s 0x%" PRIx64 "-0x%" PRIx64 "\n", indent, "",
				pfb_window_name(kind), windows[kind].base, windows[kind].limit);
	}
}

static void print_bar(FILE *out, const struct pfb_bar *bar, unsigned int index,
		      int indent, bool fixed)
{
	char size[32], address[32] = "no address";

	if (!bar->size)
		return;
	if (bar->flags & PFB_BAR_ASSIGNED)
		snprintf(address, sizeof(address), "0x%" PRIx64, bar->address);
	fprintf(out, "%*s%s %s, %s%s%s%s%s\n", indent, "", pfb_bar_index_name(index), address,
		pfb_report_size(bar->size, size, sizeof(size)),
		bar->flags & PFB_BAR_IO ? ", I/O" : "",
		bar->flags & PFB_BAR_MEM64 ? ", 64-bit" : "",
		bar->flags & PFB_BAR_PREFETCH ? ", prefetchable" : "",
		fixed ? ", fixed" : "");
}

void pfb_report_text(FILE *out, const struct pfb_topology *top,
		     const struct pfb_plan_fixed *fixed, u32 nr_fixed)
{
	u32 root = PFB_NO_FUNCTION, i;
	unsigned int bar;
	char name[32];

	for (i = 0; i < top->nr_functions; i++) {
		const struct pfb_function *fn = &top->functions[i];
		int indent = 2 * (int)depth_of(top, i) + 2;

		if (fn->root != root) {
			root = fn->root;
			fprintf(out, "host bridge %04x, buses %02x-%02x\n",
				top->roots[root].segment, top->roots[root].bus,
				top->roots[root].last_bus);
			print_windows(out, top->roots[root].windows, 4);
		}
		fprintf(out, "%*s%s %04x:%04x %s", indent, "",
			bdf(top, fn, name, sizeof(name)), fn->vendor, fn->device,
			pfb_port_type_name(fn->type));
		if (pfb_topology_is_bridge(fn))
			fprintf(out, ", buses %02x-%02x", fn->secondary, fn->subordinate);
		fputc('\n', out);
		for (bar = 0; bar < PFB_NR_BARS; bar++)
			print_bar(out, &fn->bars[bar], bar, indent + 4,
				  is_fixed(fixed, nr_fixed, i, bar));
		if (pfb_topology_is_bridge(fn))
			print_windows(out, fn->windows, indent + 4);
	}
}

/* Keys, which programs look up: not the words that people read. */
static const char * const window_keys[PFB_NR_WINDOWS] = {
	[PFB_WINDOW_IO] = "io",
	[PFB_WINDOW_MEM] = "mem",
	[PFB_WINDOW_PREF] = "pref",
};

static struct json_object *windows_json(const struct pfb_window *windows)
{
	struct json_object *all = json_object_new_object();
	unsigned int kind;

	for (kind = 0; kind < PFB_NR_WINDOWS; kind++) {
		struct json_object *window;

		if (windows[kind].base > windows[kind].limit)
			continue;
		window = json_object_new_object();
		pfb_json_hex(window, "base", windows[kind].base);
		pfb_json_hex(window, "limit", windows[kind].limit);
		json_object_object_add(all, window_keys[kind], window);
	}
	return all;
}

static struct json_object *bars_json(const struct pfb_function *fn, u32 index,
				     const struct pfb_plan_fixed *fixed, u32 nr_fixed)
{
	struct json_object *all = json_object_new_array();
	unsigned int i;

	for (i = 0; i < PFB_NR_BARS; i++) {
		const struct pfb_bar *bar = &fn->bars[i];
		struct json_object *one;

		if (!bar->size)
			continue;
		one = json_object_new_object();
		pfb_json_text(one, "bar", pfb_bar_index_name(i));
		if (bar->flags & PFB_BAR_ASSIGNED)
			pfb_json_hex(one, "address", bar->address);
		else
			pfb_json_text(one, "address", NULL);
		pfb_json_hex(one, "size", bar->size);
		pfb_json_bool(one, "io", bar->flags & PFB_BAR_IO);
		pfb_json_bool(one, "mem64", bar->flags & PFB_BAR_MEM64);
		pfb_json_bool(one, "prefetchable", bar->flags & PFB_BAR_PREFETCH);
		pfb_json_bool(one, "fixed", is_fixed(fixed, nr_fixed, index, i));
		json_object_array_add(all, one);
	}
	return all;
}

static struct json_object *function_json(const struct pfb_topology *top, u32 index,
					 const struct pfb_plan_fixed *fixed, u32 nr_fixed)
{
	const struct pfb_function *fn = &top->functions[index];
	struct json_object *one = json_object_new_object();
	char text[PFB_PATH_TEXT_MAX];
	struct pfb_path path;

	pfb_json_text(one, "bdf", bdf(top, fn, text, sizeof(text)));
	if (!pfb_topology_path(top, index, &path))
		pfb_json_text(one, "path", pfb_path_format(&path, text, sizeof(text)));
	pfb_json_text(one, "type", pfb_port_type_name(fn->type));
	snprintf(text, sizeof(text), "%04x:%04x", fn->vendor, fn->device);
	pfb_json_text(one, "id", text);
	if (fn->total_vfs)
		pfb_json_number(one, "total_vfs", fn->total_vfs);
	json_object_object_add(one, "bars", bars_json(fn, index, fixed, nr_fixed));
	if (pfb_topology_is_bridge(fn)) {
		pfb_json_number(one, "secondary", fn->secondary);
		pfb_json_number(one, "subordinate", fn->subordinate);
		json_object_object_add(one, "windows", windows_json(fn->windows));
	}
	return one;
}

struct json_object *pfb_report_json(const struct pfb_topology *top,
				    const struct pfb_plan_fixed *fixed, u32 nr_fixed)
{
	struct json_object *report = json_object_new_object();
	struct json_object *roots = json_object_new_array();
	struct json_object *functions = json_object_new_array();
	u32 i;

	for (i = 0; i < top->nr_roots; i++) {
		struct json_object *root = json_object_new_object();

		pfb_json_number(root, "segment", top->roots[i].segment);
		pfb_json_number(root, "bus", top->roots[i].bus);
		pfb_json_number(root, "last_bus", top->roots[i].last_bus);
		json_object_object_add(root, "windows", windows_json(top->roots[i].windows));
		json_object_array_add(roots, root);
	}
	for (i = 0; i < top->nr_functions; i++)
		json_object_array_add(functions, function_json(top, i, fixed, nr_fixed));
	json_object_object_add(report, "roots", roots);
	json_object_object_add(report, "functions", functions);
	return report;
}
