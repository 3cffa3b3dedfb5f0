// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <unistd.h>

#include <pci_fixed_bars/bar_spec.h>
#include <pci_fixed_bars/fixed_bars.h>
#include <pci_fixed_bars/manifest.h>

#include "lib/declared.h"
#include "lib/file.h"
#include "lib/kernel_release.h"
#include "lib/module.h"

#define DT_BASE		"/sys/firmware/devicetree/base"
#define FW_CFG_DIR	"/sys/firmware/qemu_fw_cfg"

struct reading {
	struct pfb_declared *declared;
	const struct pfb_guest *guest;
	struct pfb_source_report *report;
	bool no_memory;
};

const char *pfb_source_status_name(enum pfb_source_status status)
{
	switch (status) {
	case PFB_STATUS_ABSENT:
		return "absent";
	case PFB_STATUS_GOOD:
		return "good";
	case PFB_STATUS_BROKEN:
		return "broken";
	case PFB_STATUS_UNREADABLE:
		return "unreadable";
	case PFB_STATUS_UNKNOWN:
		return "unknown";
	}
	return "unknown";
}

static void begin(struct reading *r, enum pfb_source source, const char *label)
{
	r->report = &r->declared->reports[r->declared->nr_reports++];
	r->report->source = source;
	snprintf(r->report->label, sizeof(r->report->label), "%s", label);
	r->report->status = PFB_STATUS_ABSENT;
}

static void say(struct reading *r, enum pfb_source_status status, const char *fmt, ...)
	__printf(3, 4);

static void say(struct reading *r, enum pfb_source_status status, const char *fmt, ...)
{
	va_list args;

	r->report->status = status;
	va_start(args, fmt);
	vsnprintf(r->report->text.text, sizeof(r->report->text.text), fmt, args);
	va_end(args);
}

static int declare(void *ctx, const struct pfb_declaration *decl, struct pfb_error *err)
{
	struct reading *r = ctx;
	struct pfb_declared *d = r->declared;
	struct pfb_statement *st;

	if (d->nr_statements == d->room) {
		u32 room = d->room ? d->room * 2 : 16;
		struct pfb_statement *bigger = reallocarray(d->statements, room, sizeof(*bigger));

		if (!bigger) {
			r->no_memory = true;
			return pfb_fail(err, -ENOMEM, "out of memory");
		}
		d->statements = bigger;
		d->room = room;
	}
	st = &d->statements[d->nr_statements++];
	st->decl = *decl;
	st->report = (u32)(r->report - d->reports);
	st->function = pfb_topology_find(&r->guest->top, &decl->path);
	/* A BDF becomes a path, so that what two sources say of one function meets. */
	if (st->function != PFB_NO_FUNCTION)
		pfb_topology_path(&r->guest->top, st->function, &st->decl.path);
	r->report->nr++;
	return 0;
}

/* Nothing of a broken source is used. */
static void take_back(struct reading *r)
{
	r->declared->nr_statements -= r->report->nr;
	r->report->nr = 0;
}

static void parse_manifest(struct reading *r, const void *data, size_t size)
{
	struct pfb_error err = { "" };

	if (pfb_manifest_parse(data, size, r->report->source, declare, r, &err)) {
		take_back(r);
		say(r, PFB_STATUS_BROKEN, "%s", err.text);
	} else {
		say(r, PFB_STATUS_GOOD, "declares %u function%s", r->report->nr,
		    r->report->nr == 1 ? "" : "s");
	}
}

static void parse_fixed_bars(struct reading *r, const void *data, size_t size)
{
	enum pfb_fixed_bars_layout layout;
	struct pfb_error err = { "" };
	void *scratch;
	int ret;

	ret = pfb_fixed_bars_check(data, size, &layout, &err);
	if (!ret) {
		scratch = malloc(pfb_fixed_bars_scratch_size(size, &r->guest->top));
		if (!scratch) {
			r->no_memory = true;
			return;
		}
		ret = pfb_fixed_bars_parse(data, size, &r->guest->top, scratch, declare, r, &err);
		free(scratch);
	}
	if (ret) {
		take_back(r);
		say(r, PFB_STATUS_BROKEN, "%s", err.text);
	} else {
		say(r, PFB_STATUS_GOOD, "layout %s, declares %u function%s",
		    pfb_fixed_bars_layout_name(layout), r->report->nr,
		    r->report->nr == 1 ? "" : "s");
	}
}

static void parse_list(struct reading *r, const char *text, size_t len)
{
	struct pfb_error err = { "" };

	if (pfb_bar_spec_parse(text, len, declare, r, &err)) {
		take_back(r);
		say(r, PFB_STATUS_BROKEN, "%s", err.text);
	} else {
		say(r, PFB_STATUS_GOOD, "declares %u function%s", r->report->nr,
		    r->report->nr == 1 ? "" : "s");
	}
}

/* Return: 0 with the file in memory, or the report says what is the matter. */
static int read_source_file(struct reading *r, const char *path, void **data, size_t *size)
{
	struct pfb_error err = { "" };
	int ret = pfb_file_read(path, PFB_MANIFEST_SIZE_MAX, data, size, &err);

	switch (ret) {
	case 0:
		break;
	case -ENOENT:
	case -ENOTDIR:
		say(r, PFB_STATUS_ABSENT, "no %s", path);
		break;
	case -EACCES:
	case -EPERM:
		say(r, PFB_STATUS_UNREADABLE, "%s: only root can read it", path);
		break;
	case -ENOMEM:
		r->no_memory = true;
		break;
	case -E2BIG:
		say(r, PFB_STATUS_BROKEN, "%s", err.text);
		break;
	default:
		say(r, PFB_STATUS_UNREADABLE, "%s", err.text);
		break;
	}
	return ret;
}

enum flag { FLAG_ABSENT, FLAG_OFF, FLAG_ON, FLAG_BAD };

/*
 * @empty_counts: an empty property says yes. The kernel takes nothing but a
 * u32 in linux,pci-probe-only (drivers/pci/of.c, of_pci_preserve_config()).
 */
static enum flag read_dt_flag(const char *node, const char *name, bool empty_counts)
{
	enum flag flag = FLAG_ABSENT;
	char *path;
	void *data;
	size_t size;

	if (asprintf(&path, "%s/%s", node, name) < 0)
		return FLAG_ABSENT;
	switch (pfb_file_read(path, 4, &data, &size, NULL)) {
	case 0:
		if (size == 4)
			flag = memcmp(data, "\0\0\0\0", 4) ? FLAG_ON : FLAG_OFF;
		else
			flag = !size && empty_counts ? FLAG_ON : FLAG_BAD;
		free(data);
		break;
	case -E2BIG:
		flag = FLAG_BAD;
		break;
	}
	free(path);
	return flag;
}

static void read_dt(struct reading *r)
{
	const struct pfb_guest *guest = r->guest;
	char *base = pfb_guest_path(guest, DT_BASE);
	char *chosen = pfb_guest_path(guest, DT_BASE "/chosen");
	char *upl = pfb_guest_path(guest, DT_BASE "/options/upl-params");
	enum flag everywhere, kept_everywhere;
	u32 nodes = 0, asked = 0, kept = 0, i;
	const char *bad = NULL;

	begin(r, PFB_SOURCE_DT, pfb_source_name(PFB_SOURCE_DT));
	if (!base || !chosen || !upl) {
		r->no_memory = true;
		goto out;
	}
	if (access(base, F_OK)) {
		say(r, PFB_STATUS_ABSENT, "this machine has no device tree");
		goto out;
	}
	everywhere = read_dt_flag(upl, "pci-enum-done", true);
	kept_everywhere = read_dt_flag(chosen, "linux,pci-probe-only", false);
	if (everywhere == FLAG_BAD)
		bad = "/options/upl-params: pci-enum-done";
	if (kept_everywhere == FLAG_BAD)
		bad = "/chosen: linux,pci-probe-only";

	for (i = 0; i < guest->top.nr_roots; i++) {
		const char *node = guest->roots[i].dt_node;
		enum flag done, keep;

		if (!node)
			continue;
		nodes++;
		done = read_dt_flag(node, "pci-enum-done", true);
		keep = read_dt_flag(node, "linux,pci-probe-only", false);
		if (done == FLAG_BAD)
			bad = "a host bridge's node: pci-enum-done";
		if (keep == FLAG_BAD)
			bad = "a host bridge's node: linux,pci-probe-only";
		/*
		 * What stands on the node itself goes before what is said for all. Before
		 * 6.11 the kernel read the flag in /chosen only; nothing in sysfs tells
		 * what it made of it.
		 */
		if (keep == FLAG_ABSENT || !pfb_kernel_at_least(guest->release, 6, 11))
			keep = kept_everywhere;
		if (done == FLAG_ON || (done == FLAG_ABSENT && everywhere == FLAG_ON) ||
		    keep == FLAG_ON)
			asked++;
		if (keep == FLAG_ON) {
			r->declared->kept[i] = true;
			kept++;
		}
	}
	/* as of every source: nothing of one that is broken counts */
	if (bad)
		memset(r->declared->kept, 0, guest->top.nr_roots * sizeof(bool));
	if (bad)
		say(r, PFB_STATUS_BROKEN, "%s has another length than %s: write it as a u32 of 1",
		    bad, strstr(bad, "enum-done") ? "0 or 4 bytes" : "4 bytes");
	else if (!nodes)
		say(r, PFB_STATUS_ABSENT, "the device tree describes no PCI host bridge");
	else if (!asked)
		say(r, PFB_STATUS_ABSENT, "%u host bridge%s, none with pci-enum-done or linux,pci-probe-only",
		    nodes, nodes == 1 ? "" : "s");
	else if (kept < asked)
		say(r, PFB_STATUS_GOOD, "asks to preserve %u of %u host bridges, but without linux,pci-probe-only the kernel keeps only %u: add it ('pci-fixed-bars dtb' does)",
		    asked, nodes, kept);
	else
		say(r, PFB_STATUS_GOOD, "asks to preserve %u of %u host bridges, and the kernel does (linux,pci-probe-only)",
		    asked, nodes);
out:
	free(base);
	free(chosen);
	free(upl);
}

static void read_acpi(struct reading *r)
{
	char *tables = pfb_guest_path(r->guest, "/sys/firmware/acpi/tables");

	begin(r, PFB_SOURCE_ACPI, pfb_source_name(PFB_SOURCE_ACPI));
	if (!tables)
		r->no_memory = true;
	else if (access(tables, F_OK))
		say(r, PFB_STATUS_ABSENT, "this machine has no ACPI");
	else
		say(r, PFB_STATUS_UNKNOWN, "user space cannot evaluate _DSM: the module can, 'modprobe pci_fixed_bars'");
	free(tables);
}

/* Is there a fw_cfg device whose driver is not loaded? */
static bool fw_cfg_hidden(const struct pfb_guest *guest)
{
	static const char * const places[] = {
		"/sys/bus/acpi/devices/QEMU0002:00",
		DT_BASE "/fw-cfg@9020000",	/* QEMU virt, arm64 */
		DT_BASE "/fw-cfg@10100000",	/* QEMU virt, RISC-V */
	};
	bool hidden = false;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(places) && !hidden; i++) {
		char *path = pfb_guest_path(guest, "%s", places[i]);

		hidden = path && !access(path, F_OK);
		free(path);
	}
	return hidden;
}

static void read_fw_cfg(struct reading *r, enum pfb_source source, const char *name,
			void (*parse)(struct reading *r, const void *data, size_t size))
{
	char *dir = pfb_guest_path(r->guest, FW_CFG_DIR "/by_name");
	char *path = pfb_guest_path(r->guest, FW_CFG_DIR "/by_name/%s/raw", name);
	void *data;
	size_t size;

	begin(r, source, pfb_source_name(source));
	if (!dir || !path) {
		r->no_memory = true;
	} else if (access(dir, F_OK)) {
		if (fw_cfg_hidden(r->guest))
			say(r, PFB_STATUS_UNREADABLE, "there is a fw_cfg device without its driver: 'modprobe qemu_fw_cfg'");
		else
			say(r, PFB_STATUS_ABSENT, "this machine has no QEMU fw_cfg device");
	} else if (!read_source_file(r, path, &data, &size)) {
		parse(r, data, size);
		free(data);
	}
	free(dir);
	free(path);
}

/* The folders that request_firmware() looks in, in its order. */
static void read_firmware_file(struct reading *r)
{
	const struct pfb_guest *guest = r->guest;
	char *folders[5] = { NULL };
	char custom[256] = "";
	size_t i;
	char *path;

	begin(r, PFB_SOURCE_FIRMWARE_FILE, pfb_source_name(PFB_SOURCE_FIRMWARE_FILE));
	path = pfb_guest_path(guest, "/sys/module/firmware_class/parameters/path");
	if (path)
		pfb_file_line(path, custom, sizeof(custom));
	free(path);
	if (custom[0] && asprintf(&folders[0], "%s", custom) < 0)
		folders[0] = NULL;
	if (asprintf(&folders[1], "/lib/firmware/updates/%s", guest->release) < 0)
		folders[1] = NULL;
	folders[2] = strdup("/lib/firmware/updates");
	if (asprintf(&folders[3], "/lib/firmware/%s", guest->release) < 0)
		folders[3] = NULL;
	folders[4] = strdup("/lib/firmware");

	for (i = 0; i < ARRAY_SIZE(folders); i++) {
		void *data;
		size_t size;
		int ret;

		if (!folders[i])
			continue;
		path = pfb_guest_path(guest, "%s/pci-fixed-bars/manifest.bin", folders[i]);
		if (!path) {
			r->no_memory = true;
			break;
		}
		ret = read_source_file(r, path, &data, &size);
		free(path);
		if (!ret) {
			parse_manifest(r, data, size);
			free(data);
		}
		if (r->report->status != PFB_STATUS_ABSENT)
			break;
	}
	for (i = 0; i < ARRAY_SIZE(folders); i++)
		free(folders[i]);
}

static void read_parameter(struct reading *r)
{
	char *path = pfb_guest_path(r->guest, "/sys/module/pci_fixed_bars/parameters/fixed_bars");
	void *data;
	size_t size;

	begin(r, PFB_SOURCE_PARAM, pfb_source_name(PFB_SOURCE_PARAM));
	if (!path) {
		r->no_memory = true;
	} else if (!r->guest->module_loaded) {
		say(r, PFB_STATUS_ABSENT, "the module is not loaded");
	} else if (!read_source_file(r, path, &data, &size)) {
		char *text = data;

		/* the kernel prints a string that was never set as "(null)" */
		if (!strcspn(text, "\n") || !strcmp(text, "(null)\n"))
			say(r, PFB_STATUS_ABSENT, "the module was loaded without fixed_bars=");
		else
			parse_list(r, text, strcspn(text, "\n"));
		free(data);
	}
	free(path);
}

/* Where the module says that the manifest that it was given states an address. */
static bool loaded_address(const struct pfb_guest *guest, const char *bdf, const char *bar,
			   const char *what, u64 *address)
{
	char name[48], text[32], *end;

	snprintf(name, sizeof(name), "%s_%s", bar, what);
	if (pfb_module_function_attr(guest, bdf, name, text, sizeof(text)) ||
	    strncmp(text, "0x", 2))
		return false;
	errno = 0;
	*address = strtoull(text, &end, 16);
	return !errno && !*end;
}

static void read_loaded_bar(const struct pfb_guest *guest, const char *bdf, unsigned int index,
			    struct pfb_declaration *decl)
{
	const char *bar = pfb_bar_index_name(index);
	struct pfb_declared_bar *to = &decl->bars[decl->nr_bars];
	char name[48], sources[128], *rest = sources, *word;

	snprintf(name, sizeof(name), "%s_source", bar);
	if (pfb_module_function_attr(guest, bdf, name, sources, sizeof(sources)))
		return;
	while ((word = strsep(&rest, " ")))
		if (!strcmp(word, pfb_source_name(PFB_SOURCE_IOCTL)))
			break;
	if (!word || !loaded_address(guest, bdf, bar, "declared", &to->gpa))
		return;
	to->index = (u8)index;
	if (loaded_address(guest, bdf, bar, "hpa", &to->hpa))
		to->flags |= PFB_MANIFEST_BAR_HPA;
	decl->nr_bars++;
}

/* A manifest that was loaded at run time only the module has, and shows BAR by BAR. */
static void read_loaded(struct reading *r)
{
	const struct pfb_guest *guest = r->guest;
	struct pfb_module_source seen;
	unsigned int bar;
	char clique[16];
	u32 i;

	if (!pfb_module_source(guest, PFB_SOURCE_IOCTL, &seen) || strcmp(seen.status, "ok"))
		return;
	begin(r, PFB_SOURCE_IOCTL, pfb_source_name(PFB_SOURCE_IOCTL));
	for (i = 0; i < guest->top.nr_functions; i++) {
		const char *bdf = guest->functions[i].bdf;
		struct pfb_declaration decl = {
			.source = PFB_SOURCE_IOCTL, .clique = PFB_CLIQUE_NONE,
			.vendor = PFB_ANY_ID, .device = PFB_ANY_ID,
		};
		struct pfb_error err;

		for (bar = 0; bar < PFB_NR_BARS; bar++)
			read_loaded_bar(guest, bdf, bar, &decl);
		if (!decl.nr_bars)
			continue;
		if (!pfb_module_function_attr(guest, bdf, "clique", clique, sizeof(clique)) &&
		    clique[0] >= '0' && clique[0] <= '9')
			decl.clique = (u32)strtoul(clique, NULL, 10);
		pfb_topology_path(&guest->top, i, &decl.path);
		if (declare(r, &decl, &err))
			return;
	}
	if (guest->tree_read)
		say(r, PFB_STATUS_GOOD, "declares %u function%s, as the module has it",
		    r->report->nr, r->report->nr == 1 ? "" : "s");
	else
		say(r, PFB_STATUS_UNREADABLE, "a manifest was loaded: " PFB_HIDDEN);
}

int pfb_declared_read(struct pfb_declared *declared, const struct pfb_guest *guest,
		      const char *manifest, const char *fixed_bars)
{
	struct reading r = { .declared = declared, .guest = guest };
	void *data;
	size_t size;

	memset(declared, 0, sizeof(*declared));
	declared->kept = calloc(guest->top.nr_roots + 1, sizeof(bool));
	if (!declared->kept)
		return -ENOMEM;
	read_dt(&r);
	read_acpi(&r);
	read_fw_cfg(&r, PFB_SOURCE_FW_CFG_FIXED_BARS, "etc/fixed-bars", parse_fixed_bars);
	read_fw_cfg(&r, PFB_SOURCE_FW_CFG_MANIFEST, "opt/org.pci-fixed-bars/manifest",
		    parse_manifest);
	read_firmware_file(&r);
	read_parameter(&r);
	read_loaded(&r);
	if (manifest) {
		begin(&r, PFB_SOURCE_IOCTL, "--manifest");
		if (!read_source_file(&r, manifest, &data, &size)) {
			parse_manifest(&r, data, size);
			free(data);
		} else if (r.report->status == PFB_STATUS_ABSENT) {
			/* asked for by name: that it is not there is no normal case */
			r.report->status = PFB_STATUS_UNREADABLE;
		}
	}
	if (fixed_bars) {
		begin(&r, PFB_SOURCE_PARAM, "--fixed-bars");
		parse_list(&r, fixed_bars, strlen(fixed_bars));
	}
	return r.no_memory ? -ENOMEM : 0;
}

void pfb_declared_free(struct pfb_declared *declared)
{
	free(declared->statements);
	free(declared->kept);
	memset(declared, 0, sizeof(*declared));
}
