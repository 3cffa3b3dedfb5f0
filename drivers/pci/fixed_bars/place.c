// SPDX-License-Identifier: GPL-2.0
/*
 * Put one BAR or one bridge window that has no address where it belongs.
 */
#define dev_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/align.h>
#include <linux/pci.h>
#include <linux/sizes.h>

#include <pci_fixed_bars/path.h>
#include <pci_fixed_bars/topology.h>

#include "place.h"
#include "registers.h"

/* Memory windows move in steps of 1 MiB (PCI-to-PCI Bridge 1.2, section 3.2.5.6). */
#define PFB_WINDOW_STEP		SZ_1M

/* I/O windows move in steps of 4 KiB (section 3.2.5.6 again). */
#define PFB_IO_WINDOW_STEP	SZ_4K

unsigned int pfb_place_window_index(struct pci_dev *bridge, const struct resource *res,
				    u64 limit)
{
	bool fits;

	if (res->flags & IORESOURCE_IO)
		return PCI_BRIDGE_IO_WINDOW;
	if (!(res->flags & IORESOURCE_PREFETCH) || !bridge->pref_window)
		return PCI_BRIDGE_MEM_WINDOW;
	fits = bridge->pref_64_window ? res->flags & IORESOURCE_MEM_64 : limit <= U32_MAX;
	return fits ? PCI_BRIDGE_PREF_MEM_WINDOW : PCI_BRIDGE_MEM_WINDOW;
}

/* As pci_claim_resource(), and the resource is as it was when that fails. */
static int pfb_claim(struct pci_dev *pdev, unsigned int index, unsigned long flags,
		     u64 start, u64 end)
{
	struct resource *res = &pdev->resource[index];
	struct pci_bus_region region = { .start = start, .end = end };
	struct resource old = *res;
	int ret;

	res->flags = flags & ~(IORESOURCE_UNSET | IORESOURCE_DISABLED);
	pcibios_bus_to_resource(pdev->bus, res, &region);
	ret = pci_claim_resource(pdev, (int)index);
	if (ret) {
		res->start = old.start;
		res->end = old.end;
		res->flags = old.flags;
		return -EBUSY;
	}
	return 0;
}

int pfb_place_window(struct pci_dev *bridge, unsigned int index, unsigned long flags,
		     u64 start, u64 end, struct pfb_error *err)
{
	struct resource *res = &bridge->resource[index];
	struct resource old = *res;
	int ret;

	if (res->parent)
		return pfb_fail(err, -EBUSY, "%s: %s already has an address", pci_name(bridge),
				pfb_window_name_of(index));

	ret = pfb_claim(bridge, index, flags, start, end);
	if (ret)
		return pfb_fail(err, ret,
				"%s: %s cannot be at %#llx-%#llx: the address is taken, or outside the window above; see /proc/iomem for what is there",
				pci_name(bridge), pfb_window_name_of(index),
				(unsigned long long)start, (unsigned long long)end);

	pfb_window_close(bridge, index);
	ret = pfb_window_write(bridge, index, start, end);
	if (ret) {
		release_resource(res);
		res->start = old.start;
		res->end = old.end;
		res->flags = old.flags;
		pfb_window_close(bridge, index);
		return pfb_fail(err, ret,
				"%s: %s does not hold the %#llx-%#llx written to it: the bridge cannot forward that range",
				pci_name(bridge), pfb_window_name_of(index),
				(unsigned long long)start, (unsigned long long)end);
	}
	return 0;
}

/* One bridge window as it was before pfb_place_bar() touched it. */
struct pfb_undo {
	struct pci_dev *bridge;
	unsigned int index;
	bool was_assigned;
	bool was_empty;
	resource_size_t start;
	resource_size_t end;
	unsigned long flags;
};

static void pfb_undo_window(const struct pfb_undo *undo)
{
	struct resource *res = &undo->bridge->resource[undo->index];
	struct pci_bus_region region;

	int ret = 0;

	if (undo->was_assigned && !undo->was_empty) {
		ret = adjust_resource(res, undo->start, undo->end - undo->start + 1);
	} else {
		if (res->parent)
			release_resource(res);
		res->start = undo->start;
		res->end = undo->end;
		res->flags = undo->flags;
		pfb_window_close(undo->bridge, undo->index);
		if (!undo->was_assigned)
			return;
		ret = pci_claim_resource(undo->bridge, (int)undo->index);
	}
	if (ret) {
		pci_err(undo->bridge, "%s cannot be taken back to %pa-%pa (%d), it is %pR\n",
			pfb_window_name_of(undo->index), &undo->start, &undo->end, ret, res);
		return;
	}
	pcibios_resource_to_bus(undo->bridge->bus, &region, res);
	pfb_window_write(undo->bridge, undo->index, region.start, region.end);
}

/*
 * Does a window of the bridge hold the range already? It need not be the one
 * that would be chosen today: the core puts what is prefetchable into the
 * other window where it must.
 */
static bool pfb_covered(struct pci_dev *bridge, const struct resource *bar, u64 start, u64 end)
{
	struct pci_bus_region region;
	struct resource *res;
	unsigned int i;

	for (i = PCI_BRIDGE_IO_WINDOW; i <= PCI_BRIDGE_PREF_MEM_WINDOW; i++) {
		res = &bridge->resource[i];
		if (!res->parent || resource_type(res) != resource_type(bar) ||
		    (res->flags & ~bar->flags & IORESOURCE_PREFETCH))
			continue;
		pcibios_resource_to_bus(bridge->bus, &region, res);
		if (region.start <= start && region.end >= end)
			return true;
	}
	return false;
}

/*
 * Make one window hold [start, end]. *touched says whether @undo was filled,
 * that is, whether there is something to take back.
 */
static int pfb_cover(struct pci_dev *bridge, const struct resource *bar, u64 start, u64 end,
		     struct pfb_undo *undo, bool *touched, struct pfb_error *err)
{
	unsigned int index = pfb_place_window_index(bridge, bar, end);
	u64 step = index == PCI_BRIDGE_IO_WINDOW ? PFB_IO_WINDOW_STEP : PFB_WINDOW_STEP;
	struct resource *res = &bridge->resource[index];
	struct pci_bus_region region;
	struct resource want;
	int ret;

	*touched = false;
	if (pfb_covered(bridge, bar, start, end))
		return 0;
	if (index == PCI_BRIDGE_MEM_WINDOW && end > U32_MAX)
		return pfb_fail(err, -EINVAL,
				"%s: no window of it forwards %#llx-%#llx: the BAR is not 64-bit prefetchable, or the bridge has no 64-bit prefetchable window; declare an address below 4 GiB",
				pci_name(bridge), (unsigned long long)start,
				(unsigned long long)end);

	*undo = (struct pfb_undo) {
		.bridge = bridge,
		.index = index,
		.was_assigned = res->parent,
		.was_empty = !res->child,
		.start = res->start,
		.end = res->end,
		.flags = res->flags,
	};
	start = ALIGN_DOWN(start, step);
	end = ALIGN(end + 1, step) - 1;

	if (!res->child) {
		/* What it holds is nothing: it may go anywhere. */
		if (res->parent)
			release_resource(res);
		ret = pfb_place_window(bridge, index,
				       pfb_window_flags(bridge, index) |
				       (res->flags & IORESOURCE_PCI_FIXED), start, end, err);
		if (ret && undo->was_assigned)
			pfb_undo_window(undo);
		*touched = !ret;
		return ret;
	}

	region.start = start;
	region.end = end;
	want.flags = res->flags;
	pcibios_bus_to_resource(bridge->bus, &want, &region);
	want.start = min(want.start, res->start);
	want.end = max(want.end, res->end);
	ret = adjust_resource(res, want.start, resource_size(&want));
	if (ret)
		return pfb_fail(err, -EBUSY,
				"%s: %s cannot be extended to %#llx-%#llx: a neighbour is in the way, or the window above ends before; give the port a larger window on the host, or declare an address inside the one it has",
				pci_name(bridge), pfb_window_name_of(index),
				(unsigned long long)want.start, (unsigned long long)want.end);
	*touched = true;
	pcibios_resource_to_bus(bridge->bus, &region, res);
	ret = pfb_window_write(bridge, index, region.start, region.end);
	if (ret) {
		pfb_undo_window(undo);
		*touched = false;
		return pfb_fail(err, ret, "%s: %s does not hold the range written to it",
				pci_name(bridge), pfb_window_name_of(index));
	}
	return 0;
}

int pfb_place_bar(struct pci_dev *pdev, unsigned int bar, u64 start, struct pfb_error *err)
{
	struct pci_dev *chain[PFB_PATH_HOPS_MAX], *bridge;
	struct pfb_undo undo[PFB_PATH_HOPS_MAX];
	struct resource *res, old;
	unsigned int depth = 0, done = 0, i;
	u64 size, end;
	bool touched;
	int ret;

	res = &pdev->resource[bar];
	if (!pfb_bar_register(pdev, bar) || !res->flags || !resource_size(res))
		return pfb_fail(err, -EINVAL, "%s: %s does not exist", pci_name(pdev),
				pfb_bar_index_name(bar));
	if (res->parent)
		return pfb_fail(err, -EBUSY, "%s: %s already has an address",
				pci_name(pdev), pfb_bar_index_name(bar));

	/* A VF BAR's resource is that of all VFs together, and all must fit. */
	size = resource_size(res);
	if (check_add_overflow(start, size - 1, &end))
		return pfb_fail(err, -EINVAL, "%s: %s at %#llx wraps around", pci_name(pdev),
				pfb_bar_index_name(bar), (unsigned long long)start);
	if (!(res->flags & IORESOURCE_MEM_64) && end > U32_MAX)
		return pfb_fail(err, -EINVAL,
				"%s: %s has 32 bits and cannot be at %#llx: declare an address below 4 GiB",
				pci_name(pdev), pfb_bar_index_name(bar),
				(unsigned long long)start);

	for (bridge = pci_upstream_bridge(pdev); bridge; bridge = pci_upstream_bridge(bridge)) {
		if (depth == ARRAY_SIZE(chain))
			return pfb_fail(err, -EINVAL, "%s: more than %u bridges above",
					pci_name(pdev), depth);
		chain[depth++] = bridge;
	}

	for (i = depth; i-- > 0; ) {
		ret = pfb_cover(chain[i], res, start, end, &undo[done], &touched, err);
		if (ret)
			goto err_undo;
		done += touched;
	}

	old = *res;
	ret = pfb_claim(pdev, bar, res->flags, start, end);
	if (ret) {
		pfb_fail(err, ret,
			 "%s: %s cannot be at %#llx-%#llx: something else is there, see /proc/iomem; remove that function first, or declare another address",
			 pci_name(pdev), pfb_bar_index_name(bar), (unsigned long long)start,
			 (unsigned long long)end);
		goto err_undo;
	}
	ret = pfb_bar_write(pdev, bar, res->flags, start);
	if (ret) {
		pfb_fail(err, ret, "%s: %s does not hold the %#llx written to it",
			 pci_name(pdev), pfb_bar_index_name(bar), (unsigned long long)start);
		goto err_release;
	}

	/*
	 * A bridge that was live before keeps a saved state; without a fresh
	 * one the first error recovery brings the old window back.
	 */
	for (i = 0; i < done; i++)
		if (undo[i].was_assigned)
			pci_save_state(undo[i].bridge);
	return 0;

err_release:
	release_resource(res);
	res->start = old.start;
	res->end = old.end;
	res->flags = old.flags;
err_undo:
	while (done-- > 0)
		pfb_undo_window(&undo[done]);
	return ret;
}
