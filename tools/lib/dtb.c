// SPDX-License-Identifier: GPL-2.0
#include "dtb.h"

#include <inttypes.h>
#include <libfdt.h>
#include <stdlib.h>

#include "file.h"
#include "text.h"

/* Room for the flags, the nodes that hold them, and more host bridges. */
#define SLACK		65536

/* Deeper than any tree of a machine; what lies deeper is refused. */
#define DEPTH_MAX	64

/* IEEE 1275 PCI bus binding section 2.2.1.1: phys.hi of a range. */
#define RANGE_SPACE(hi)		(((hi) >> 24) & 3)
#define RANGE_SPACE_IO		1
#define RANGE_SPACE_MEM32	2
#define RANGE_SPACE_MEM64	3

static const struct {
	const char *name;
	const char *node;		/* NULL: the host bridge's */
	const char *property;
	bool empty;
} flags[PFB_NR_DTB_FLAGS] = {
	[PFB_DTB_ENUM_DONE] = { "pci-enum-done", NULL, "pci-enum-done", false },
	[PFB_DTB_UPL_PARAMS] = { "upl-params", "/options/upl-params", "pci-enum-done", true },
	[PFB_DTB_PROBE_ONLY] = { "probe-only", "/chosen", "linux,pci-probe-only", false },
};

int pfb_dtb_load(const char *path, struct pfb_dtb *dtb, struct pfb_error *err)
{
	void *raw, *fdt;
	size_t size;
	int ret;

	dtb->fdt = NULL;
	ret = pfb_file_read(path, PFB_DTB_SIZE_MAX, &raw, &size, err);
	if (ret)
		return ret;

	/* libfdt's own accessors are safe on a tree that passed this. */
	ret = fdt_check_full(raw, size);
	if (ret) {
		ret = pfb_fail(err, -EINVAL, "%s: not a sound device tree blob (%zu bytes): %s",
			       path, size, fdt_strerror(ret));
		goto out;
	}
	fdt = malloc(fdt_totalsize(raw) + SLACK);
	if (!fdt) {
		ret = pfb_fail(err, -ENOMEM, "%s: no memory to edit it", path);
		goto out;
	}
	ret = fdt_open_into(raw, fdt, (int)(fdt_totalsize(raw) + SLACK));
	if (ret) {
		free(fdt);
		ret = pfb_fail(err, -EINVAL, "%s: cannot be edited: %s", path, fdt_strerror(ret));
		goto out;
	}
	dtb->fdt = fdt;
out:
	free(raw);
	return ret;
}

void pfb_dtb_free(struct pfb_dtb *dtb)
{
	free(dtb->fdt);
	dtb->fdt = NULL;
}

int pfb_dtb_store(struct pfb_dtb *dtb, const char *path, struct pfb_error *err)
{
	int ret = fdt_pack(dtb->fdt);

	if (ret)
		return pfb_fail(err, -EINVAL, "%s: cannot be packed: %s", path, fdt_strerror(ret));
	return pfb_file_write(path, dtb->fdt, fdt_totalsize(dtb->fdt), err);
}

static bool is_pci(const void *fdt, int node)
{
	int len;
	const char *type = fdt_getprop(fdt, node, "device_type", &len);

	return type && len == sizeof("pci") && !memcmp(type, "pci", sizeof("pci"));
}

int pfb_dtb_host_bridges(const struct pfb_dtb *dtb, struct pfb_dtb_bridges *bridges,
			 struct pfb_error *err)
{
	bool below_pci[DEPTH_MAX + 1] = { false };
	const void *fdt = dtb->fdt;
	int depth = 0, node;

	bridges->nr = 0;
	for (node = 0; node >= 0 && depth >= 0; node = fdt_next_node(fdt, node, &depth)) {
		int ret;

		if (depth >= DEPTH_MAX)
			return pfb_fail(err, -EINVAL, "the device tree is nested deeper than %u nodes",
					DEPTH_MAX);
		below_pci[depth + 1] = below_pci[depth] || is_pci(fdt, node);
		if (below_pci[depth] || !below_pci[depth + 1])
			continue;

		if (bridges->nr == PFB_DTB_BRIDGES_MAX)
			return pfb_fail(err, -E2BIG, "the device tree has more than %u PCI host bridges",
					PFB_DTB_BRIDGES_MAX);
		ret = fdt_get_path(fdt, node, bridges->path[bridges->nr], PFB_DTB_PATH_MAX);
		if (ret)
			return pfb_fail(err, -EINVAL, "a PCI host bridge's path is longer than %u: %s",
					PFB_DTB_PATH_MAX - 1, fdt_strerror(ret));
		bridges->nr++;
	}
	if (node < 0 && node != -FDT_ERR_NOTFOUND)
		return pfb_fail(err, -EINVAL, "walking the device tree: %s", fdt_strerror(node));
	return 0;
}

static u64 read_cells(const fdt32_t *cells, int nr)
{
	u64 value = 0;

	while (nr--)
		value = value << 32 | fdt32_ld(cells++);
	return value;
}

/* "reg" of a child of a node whose addresses and sizes take 1 or 2 cells each. */
static int read_reg(const void *fdt, int node, const char *path, int addr_cells,
		    int size_cells, u64 *base, u64 *size, struct pfb_error *err)
{
	u64 end;
	int len;
	const fdt32_t *reg = fdt_getprop(fdt, node, "reg", &len);

	if (!reg)
		return pfb_fail(err, -EINVAL, "%s: has no 'reg', expected at least %d bytes", path,
				4 * (addr_cells + size_cells));
	if (len < 4 * (addr_cells + size_cells))
		return pfb_fail(err, -EINVAL, "%s: 'reg' has %d bytes, expected at least %d",
				path, len, 4 * (addr_cells + size_cells));
	*base = read_cells(reg, addr_cells);
	*size = read_cells(reg + addr_cells, size_cells);
	if (!*size || check_add_overflow(*base, *size - 1, &end))
		return pfb_fail(err, -EINVAL, "%s: 'reg' at 0x%" PRIx64 " is empty or wraps around (size 0x%" PRIx64 ")",
				path, *base, *size);
	return 0;
}

static int read_range(const char *path, u32 hi, u64 bus_addr, u64 cpu_addr, u64 size,
		      struct pfb_root *root, struct pfb_error *err)
{
	enum pfb_window_kind kind;
	u64 limit;

	switch (RANGE_SPACE(hi)) {
	case RANGE_SPACE_IO:
		kind = PFB_WINDOW_IO;
		break;
	case RANGE_SPACE_MEM32:
		kind = PFB_WINDOW_MEM;
		break;
	case RANGE_SPACE_MEM64:
		kind = PFB_WINDOW_PREF;
		break;
	default:
		return pfb_fail(err, -EINVAL, "%s: a range of configuration space in 'ranges'", path);
	}
	if (!size || check_add_overflow(bus_addr, size - 1, &limit))
		return pfb_fail(err, -EINVAL, "%s: the range at 0x%" PRIx64 " is empty or wraps around (size 0x%" PRIx64 ")",
				path, bus_addr, size);
	if (kind == PFB_WINDOW_MEM && limit >> 32)
		return pfb_fail(err, -EINVAL, "%s: the 32-bit memory range 0x%" PRIx64 "-0x%" PRIx64 " goes beyond 4 GiB",
				path, bus_addr, limit);
	if (kind != PFB_WINDOW_IO && bus_addr != cpu_addr)
		return pfb_fail(err, -EOPNOTSUPP,
				"%s: bus address 0x%" PRIx64 " is CPU address 0x%" PRIx64 ": a window that translates cannot hold BARs at host-physical addresses",
				path, bus_addr, cpu_addr);
	if (root->windows[kind].base <= root->windows[kind].limit)
		return pfb_fail(err, -EOPNOTSUPP, "%s: two ranges of one kind, at 0x%" PRIx64 " and 0x%" PRIx64 "; only one is supported",
				path, root->windows[kind].base, bus_addr);
	root->windows[kind] = (struct pfb_window) { .base = bus_addr, .limit = limit };
	return 0;
}

static int read_ranges(const void *fdt, int node, const char *path, int addr_cells,
		       struct pfb_root *root, struct pfb_error *err)
{
	int len, stride = 3 + addr_cells + 2;
	const fdt32_t *cell = fdt_getprop(fdt, node, "ranges", &len);
	int i, ret;

	if (!cell)
		return pfb_fail(err, -EINVAL, "%s: has no 'ranges', expected a multiple of %d bytes",
				path, 4 * stride);
	if (len <= 0 || len % (4 * stride))
		return pfb_fail(err, -EINVAL, "%s: 'ranges' has %d bytes, expected a multiple of %d",
				path, len, 4 * stride);

	for (i = 0; i < len / (4 * stride); i++, cell += stride) {
		ret = read_range(path, fdt32_ld(cell), read_cells(cell + 1, 2),
				 read_cells(cell + 3, addr_cells),
				 read_cells(cell + 3 + addr_cells, 2), root, err);
		if (ret)
			return ret;
	}
	return 0;
}

static int read_bus_range(const void *fdt, int node, const char *path, u64 ecam_size,
			  struct pfb_root *root, struct pfb_error *err)
{
	u64 buses = ecam_size >> 20;
	u32 first = 0, last = 255;
	int len;
	const fdt32_t *cell = fdt_getprop(fdt, node, "bus-range", &len);

	if (cell) {
		if (len != 8)
			return pfb_fail(err, -EINVAL, "%s: 'bus-range' has %d bytes, expected 8", path, len);
		first = fdt32_ld(cell);
		last = fdt32_ld(cell + 1);
	}
	if (first > last || last > 255)
		return pfb_fail(err, -EINVAL, "%s: 'bus-range' is 0x%x to 0x%x, expected 0 to 0xff at most",
				path, first, last);
	if (!buses)
		return pfb_fail(err, -EINVAL, "%s: 'reg' has 0x%" PRIx64 " bytes, less than one bus's configuration space (0x100000)",
				path, ecam_size);
	if (last - first >= buses)
		last = (u32)(first + buses - 1);
	root->bus = (u8)first;
	root->last_bus = (u8)last;

	cell = fdt_getprop(fdt, node, "linux,pci-domain", &len);
	if (cell) {
		if (len != 4 || fdt32_ld(cell) > 0xffff)
			return pfb_fail(err, -EINVAL, "%s: 'linux,pci-domain' is no number up to 0xffff",
					path);
		root->segment = (u16)fdt32_ld(cell);
	}
	return 0;
}

/*
 * A cell count that is not what it has to be. libfdt's answer is no help there: an
 * error's code, or what counts where the property is missing.
 */
static int bad_cells(const void *fdt, int node, const char *path, const char *property,
		     int cells, const char *expected, int code, struct pfb_error *err)
{
	int len;
	const fdt32_t *value = fdt_getprop(fdt, node, property, &len);

	if (!value)
		return pfb_fail(err, code, "%s: '%s' is missing, which means %d, expected %s", path,
				property, cells, expected);
	if (len != 4)
		return pfb_fail(err, code, "%s: '%s' has %d bytes, expected 4 that say %s", path,
				property, len, expected);
	return pfb_fail(err, code, "%s: '%s' is %u, expected %s", path, property,
			fdt32_ld(value), expected);
}

static int read_cell_counts(const void *fdt, int node, const char *path, int *addr_cells,
			    int *size_cells, struct pfb_error *err)
{
	int parent = fdt_parent_offset(fdt, node);
	char above[PFB_DTB_PATH_MAX];

	if (parent < 0)
		return pfb_fail(err, -EINVAL, "%s: is the root node", path);
	if (fdt_get_path(fdt, parent, above, sizeof(above)))
		snprintf(above, sizeof(above), "the node above it");
	*addr_cells = fdt_address_cells(fdt, parent);
	*size_cells = fdt_size_cells(fdt, parent);
	if (*addr_cells < 1 || *addr_cells > 2)
		return bad_cells(fdt, parent, above, "#address-cells", *addr_cells, "1 or 2",
				 -EOPNOTSUPP, err);
	if (*size_cells < 1 || *size_cells > 2)
		return bad_cells(fdt, parent, above, "#size-cells", *size_cells, "1 or 2",
				 -EOPNOTSUPP, err);
	if (fdt_address_cells(fdt, node) != 3)
		return bad_cells(fdt, node, path, "#address-cells", fdt_address_cells(fdt, node), "3",
				 -EINVAL, err);
	if (fdt_size_cells(fdt, node) != 2)
		return bad_cells(fdt, node, path, "#size-cells", fdt_size_cells(fdt, node), "2",
				 -EINVAL, err);
	return 0;
}

static int read_ecam(const void *fdt, const char *path, struct pfb_dtb_ecam *ecam,
		     struct pfb_error *err)
{
	int node, addr_cells, size_cells, ret;
	unsigned int i;
	u64 size = 0;

	node = fdt_path_offset(fdt, path);
	if (node < 0)
		return pfb_fail(err, -ENOENT, "%s: not in the device tree: %s", path,
				fdt_strerror(node));
	if (fdt_node_check_compatible(fdt, node, "pci-host-ecam-generic"))
		return pfb_fail(err, -EOPNOTSUPP, "%s: not compatible with pci-host-ecam-generic; only ECAM is supported",
				path);
	ret = read_cell_counts(fdt, node, path, &addr_cells, &size_cells, err);
	if (ret)
		return ret;

	memset(ecam, 0, sizeof(*ecam));
	for (i = 0; i < PFB_NR_WINDOWS; i++)
		ecam->root.windows[i] = (struct pfb_window) { .base = 1, .limit = 0 };

	ret = read_reg(fdt, node, path, addr_cells, size_cells, &ecam->ecam_base, &size, err);
	if (!ret)
		ret = read_bus_range(fdt, node, path, size, &ecam->root, err);
	if (!ret)
		ret = read_ranges(fdt, node, path, addr_cells, &ecam->root, err);
	return ret;
}

int pfb_dtb_fail(struct pfb_error *err, int code)
{
	if (err)
		pfb_text_clean(err->text);
	return code;
}

int pfb_dtb_ecam(const struct pfb_dtb *dtb, const char *path, struct pfb_dtb_ecam *ecam,
		 struct pfb_error *err)
{
	int ret = read_ecam(dtb->fdt, path, ecam, err);

	return ret ? pfb_dtb_fail(err, ret) : 0;
}

const char *pfb_dtb_flag_name(enum pfb_dtb_flag flag)
{
	return flags[flag].name;
}

const char *pfb_dtb_flag_state_name(enum pfb_dtb_flag_state state)
{
	switch (state) {
	case PFB_DTB_FLAG_ABSENT:
		return "absent";
	case PFB_DTB_FLAG_SET:
		return "set";
	case PFB_DTB_FLAG_ZERO:
		return "zero";
	default:
		return "malformed";
	}
}

enum pfb_dtb_flag_state pfb_dtb_get_flag(const struct pfb_dtb *dtb, enum pfb_dtb_flag flag,
					 const char *bridge)
{
	const char *path = flags[flag].node ? flags[flag].node : bridge;
	int node = fdt_path_offset(dtb->fdt, path);
	const fdt32_t *value;
	int len;

	if (node < 0)
		return PFB_DTB_FLAG_ABSENT;
	value = fdt_getprop(dtb->fdt, node, flags[flag].property, &len);
	if (!value)
		return PFB_DTB_FLAG_ABSENT;
	if (!len)
		return PFB_DTB_FLAG_SET;
	if (len != 4)
		return PFB_DTB_FLAG_MALFORMED;
	return fdt32_ld(value) ? PFB_DTB_FLAG_SET : PFB_DTB_FLAG_ZERO;
}

/* Find a node, or make it with those above it. */
static int make_node(void *fdt, const char *path)
{
	const char *name = path + 1;
	int node = 0;

	while (*name) {
		int len = (int)strcspn(name, "/");
		int child = fdt_subnode_offset_namelen(fdt, node, name, len);

		if (child == -FDT_ERR_NOTFOUND)
			child = fdt_add_subnode_namelen(fdt, node, name, len);
		if (child < 0)
			return child;
		node = child;
		name += len;
		if (*name == '/')
			name++;
	}
	return node;
}

static int set_flag(struct pfb_dtb *dtb, enum pfb_dtb_flag flag, const char *bridge, bool set,
		    struct pfb_error *err)
{
	const char *path = flags[flag].node ? flags[flag].node : bridge;
	const char *property = flags[flag].property;
	int node, ret;

	if (set && flags[flag].node)
		node = make_node(dtb->fdt, path);
	else
		node = fdt_path_offset(dtb->fdt, path);
	if (node < 0) {
		if (!set && node == -FDT_ERR_NOTFOUND && flags[flag].node)
			return 0;
		return pfb_fail(err, node == -FDT_ERR_NOTFOUND ? -ENOENT : -EINVAL,
				"%s: %s", path, fdt_strerror(node));
	}

	if (!set) {
		ret = fdt_delprop(dtb->fdt, node, property);
		if (ret == -FDT_ERR_NOTFOUND)
			ret = 0;
	} else if (flags[flag].empty) {
		ret = fdt_setprop_empty(dtb->fdt, node, property);
	} else {
		ret = fdt_setprop_u32(dtb->fdt, node, property, 1);
	}
	if (ret)
		return pfb_fail(err, -EINVAL, "%s: property '%s': %s", path, property,
				fdt_strerror(ret));
	return 0;
}

int pfb_dtb_set_flag(struct pfb_dtb *dtb, enum pfb_dtb_flag flag, const char *bridge,
		     bool set, struct pfb_error *err)
{
	int ret = set_flag(dtb, flag, bridge, set, err);

	return ret ? pfb_dtb_fail(err, ret) : 0;
}
