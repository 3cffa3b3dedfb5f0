// SPDX-License-Identifier: GPL-2.0
#include "dtb_split.h"

#include <inttypes.h>
#include <libfdt.h>
#include <stdlib.h>

/* What bridge windows are made of; a half that is not whole ones would waste its end. */
#define HALF_ALIGN	0x100000ULL

/* IEEE 1275 PCI bus binding section 2.2.1.1: phys.hi, bits 25 and 24. */
#define RANGE_IS_MEMORY(hi)	((hi) >> 25 & 1)

#define CELLS_MAX	7
#define RANGES_MAX	16

/**
 * struct halves - a host bridge's node and what becomes of it
 * @path: the node
 * @addr_cells: #address-cells of the node above
 * @size_cells: #size-cells of the node above
 * @ecam: what it states
 * @low: "ranges" that it keeps
 * @high: "ranges" of the new one
 * @nr_low: cells used in @low
 * @nr_high: cells used in @high
 */
struct halves {
	const char *path;
	int addr_cells;
	int size_cells;
	struct pfb_dtb_ecam ecam;
	fdt32_t low[CELLS_MAX * RANGES_MAX];
	fdt32_t high[CELLS_MAX * RANGES_MAX];
	unsigned int nr_low;
	unsigned int nr_high;
};

static u64 get_cells(const fdt32_t *cells, int nr)
{
	u64 value = 0;

	while (nr--)
		value = value << 32 | fdt32_ld(cells++);
	return value;
}

static void put_cells(fdt32_t *cells, int nr, u64 value)
{
	while (nr--) {
		fdt32_st(&cells[nr], (u32)value);
		value >>= 32;
	}
}

static int tree_error(struct pfb_error *err, const char *path, const char *what, int code)
{
	return pfb_fail(err, code == -FDT_ERR_NOSPACE ? -ENOSPC : -EINVAL, "%s: %s: %s", path,
			what, fdt_strerror(code));
}

/* One range to both, or to the lower only. pfb_dtb_ecam() has seen that it is sound. */
static int halve_range(struct halves *h, const fdt32_t *range, struct pfb_error *err)
{
	int addr = h->addr_cells, stride = 3 + addr + 2;
	fdt32_t *low = h->low + h->nr_low, *high = h->high + h->nr_high;
	u64 base = get_cells(range + 1, 2), cpu = get_cells(range + 3, addr);
	u64 size = get_cells(range + 3 + addr, 2), middle;

	memcpy(low, range, (size_t)stride * sizeof(*range));
	h->nr_low += (unsigned int)stride;
	if (!RANGE_IS_MEMORY(fdt32_ld(range)))
		return 0;

	middle = (base + size / 2) & ~(HALF_ALIGN - 1);
	if (middle <= base)
		return pfb_fail(err, -ENOSPC, "%s: the window at 0x%" PRIx64 " has 0x%" PRIx64 " bytes, too few for two host bridges",
				h->path, base, size);
	memcpy(high, range, (size_t)stride * sizeof(*range));
	h->nr_high += (unsigned int)stride;
	put_cells(low + 3 + addr, 2, middle - base);
	put_cells(high + 1, 2, middle);
	put_cells(high + 3, addr, cpu + (middle - base));
	put_cells(high + 3 + addr, 2, size - (middle - base));
	return 0;
}

static int halve_ranges(struct halves *h, const void *fdt, int node, struct pfb_error *err)
{
	int stride = 3 + h->addr_cells + 2, len, i, ret;
	const fdt32_t *ranges = fdt_getprop(fdt, node, "ranges", &len);

	if (!ranges || len / (4 * stride) > RANGES_MAX)
		return pfb_fail(err, -EINVAL, "%s: more than %u ranges", h->path, RANGES_MAX);
	for (i = 0; i < len / (4 * stride); i++) {
		ret = halve_range(h, ranges + i * stride, err);
		if (ret)
			return ret;
	}
	return 0;
}

/* Everything but what names this one node. */
static int copy_properties(const void *from, int node, void *to, const char *path)
{
	int prop, len;

	fdt_for_each_property_offset(prop, from, node) {
		const char *name;
		const void *value = fdt_getprop_by_offset(from, prop, &name, &len);
		int ret;

		if (!value)
			return len;
		if (!strcmp(name, "phandle") || !strcmp(name, "linux,phandle"))
			continue;
		ret = fdt_setprop(to, fdt_path_offset(to, path), name, value, len);
		if (ret)
			return ret;
	}
	return 0;
}

/* What says which buses, and where, for one of the two. */
static int set_place(void *fdt, const char *path, const struct halves *h, u64 first_bus,
		     u64 last_bus, u16 segment, const fdt32_t *ranges, unsigned int nr)
{
	u64 base = h->ecam.ecam_base + ((first_bus - h->ecam.root.bus) << 20);
	fdt32_t reg[4], buses[2];
	int node, ret;

	put_cells(reg, h->addr_cells, base);
	put_cells(reg + h->addr_cells, h->size_cells, (last_bus - first_bus + 1) << 20);
	put_cells(buses, 1, first_bus);
	put_cells(buses + 1, 1, last_bus);

	node = fdt_path_offset(fdt, path);
	if (node < 0)
		return node;
	ret = fdt_setprop(fdt, node, "reg", reg, 4 * (h->addr_cells + h->size_cells));
	if (!ret)
		ret = fdt_setprop(fdt, node, "bus-range", buses, sizeof(buses));
	if (!ret)
		ret = fdt_setprop(fdt, node, "ranges", ranges, (int)(nr * sizeof(*ranges)));
	if (!ret)
		ret = fdt_setprop_u32(fdt, node, "linux,pci-domain", segment);
	return ret;
}

static int split_node(struct pfb_dtb *dtb, struct halves *h, u8 bus, u16 segment,
		      struct pfb_error *err)
{
	const char *slash = strrchr(h->path, '/');
	u64 ecam = h->ecam.ecam_base + ((u64)(bus - h->ecam.root.bus) << 20);
	char above[PFB_DTB_PATH_MAX], path[2 * PFB_DTB_PATH_MAX];
	void *from;
	int ret;

	snprintf(above, sizeof(above), "%.*s", (int)(slash - h->path), h->path);
	snprintf(path, sizeof(path), "%s/pcie@%" PRIx64, above, ecam);
	if (strlen(path) >= PFB_DTB_PATH_MAX)
		return pfb_fail(err, -EINVAL, "%s: the path is too long", path);

	from = malloc(fdt_totalsize(dtb->fdt));
	if (!from)
		return pfb_fail(err, -ENOMEM, "no memory for a copy of the device tree");
	memcpy(from, dtb->fdt, fdt_totalsize(dtb->fdt));

	ret = halve_ranges(h, from, fdt_path_offset(from, h->path), err);
	if (ret)
		goto out;
	ret = fdt_add_subnode(dtb->fdt, fdt_path_offset(dtb->fdt, *above ? above : "/"),
			      strrchr(path, '/') + 1);
	if (ret >= 0)
		ret = copy_properties(from, fdt_path_offset(from, h->path), dtb->fdt, path);
	if (!ret)
		ret = set_place(dtb->fdt, path, h, bus, h->ecam.root.last_bus, segment, h->high,
				h->nr_high);
	if (!ret)
		ret = set_place(dtb->fdt, h->path, h, h->ecam.root.bus, bus - 1U,
				h->ecam.root.segment, h->low, h->nr_low);
	if (ret)
		ret = tree_error(err, path, "a host bridge's node", ret);
out:
	free(from);
	return ret;
}

static int try_bridge(struct pfb_dtb *dtb, const char *path, u8 bus, u16 segment, bool *done,
		      struct pfb_error *err)
{
	struct halves *h = calloc(1, sizeof(*h));
	int parent, ret;

	if (!h)
		return pfb_fail(err, -ENOMEM, "no memory for a host bridge's node");
	h->path = path;
	ret = pfb_dtb_ecam(dtb, path, &h->ecam, err);
	if (ret || bus <= h->ecam.root.bus || bus > h->ecam.root.last_bus)
		goto out;
	parent = fdt_parent_offset(dtb->fdt, fdt_path_offset(dtb->fdt, path));
	h->addr_cells = fdt_address_cells(dtb->fdt, parent);
	h->size_cells = fdt_size_cells(dtb->fdt, parent);
	*done = true;
	ret = split_node(dtb, h, bus, segment, err);
out:
	free(h);
	return ret;
}

/* The lowest segment above all that there are. */
static int next_segment(const struct pfb_dtb *dtb, const struct pfb_dtb_bridges *bridges,
			u16 *segment, struct pfb_error *err)
{
	struct pfb_dtb_ecam ecam;
	unsigned int i;
	int ret;

	*segment = 0;
	for (i = 0; i < bridges->nr; i++) {
		ret = pfb_dtb_ecam(dtb, bridges->path[i], &ecam, err);
		if (ret)
			return ret;
		if (ecam.root.segment == 0xffff)
			return pfb_fail(err, -ENOSPC, "%s: is segment ffff already; no higher one is left",
					bridges->path[i]);
		if (*segment <= ecam.root.segment)
			*segment = ecam.root.segment + 1;
	}
	return 0;
}

int pfb_dtb_split(struct pfb_dtb *dtb, u8 bus, struct pfb_error *err)
{
	struct pfb_dtb_bridges *bridges = malloc(sizeof(*bridges));
	bool done = false;
	u16 segment = 0;
	unsigned int i;
	int ret;

	if (!bridges)
		return pfb_fail(err, -ENOMEM, "no memory for a list of host bridges");
	ret = pfb_dtb_host_bridges(dtb, bridges, err);
	if (!ret)
		ret = next_segment(dtb, bridges, &segment, err);
	for (i = 0; !ret && !done && i < bridges->nr; i++)
		ret = try_bridge(dtb, bridges->path[i], bus, segment, &done, err);
	if (!ret && !done)
		ret = pfb_fail(err, -ENOENT, "no host bridge in the device tree has bus 0x%02x behind its first; give the bus_nr of the pxb-pcie",
			       bus);
	free(bridges);
	return ret ? pfb_dtb_fail(err, ret) : 0;
}
