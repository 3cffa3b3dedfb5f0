// SPDX-License-Identifier: GPL-2.0
/*
 * Reads what is there: functions, BARs, windows, ACS. Never writes to PCI.
 */
#include <linux/ioport.h>
#include <linux/mm.h>
#include <linux/pci.h>
#include <linux/pm_runtime.h>
#include <linux/slab.h>
#include <linux/sort.h>

#include "compat.h"
#include "registers.h"
#include "scan.h"

static_assert(PFB_BAR_ROM == PCI_ROM_RESOURCE);
#ifdef CONFIG_PCI_IOV
static_assert(PFB_BAR_VF0 == PCI_IOV_RESOURCES);
static_assert(PFB_NR_BARS == PFB_NR_BAR_RESOURCES);
#else
static_assert(PFB_BAR_VF0 == PFB_NR_BAR_RESOURCES);
#endif

/* The bridge above a function, past the virtual buses that VFs are put on. */
static struct pci_dev *bridge_above(struct pci_bus *bus)
{
	while (bus && !pci_is_root_bus(bus)) {
		if (bus->self)
			return bus->self;
		bus = bus->parent;
	}
	return NULL;
}

bool pfb_scan_has_name(struct pci_bus *root)
{
	return pci_domain_nr(root) <= U16_MAX;
}

int pfb_scan_path(struct pci_dev *pdev, struct pfb_path *path)
{
	struct pci_bus *root = pdev->bus;
	struct pci_dev *dev;
	unsigned int depth = 0;

	for (dev = pdev; dev; dev = bridge_above(dev->bus))
		if (++depth > PFB_PATH_HOPS_MAX)
			return -ENAMETOOLONG;

	while (!pci_is_root_bus(root))
		root = root->parent;
	if (!pfb_scan_has_name(root))
		return -ERANGE;

	memset(path, 0, sizeof(*path));
	path->segment = pci_domain_nr(root);
	path->bus = root->number;
	path->nr_hops = depth;
	for (dev = pdev; dev; dev = bridge_above(dev->bus))
		path->hops[--depth] = dev->devfn;
	return 0;
}

/*
 * Config space is out of reach below a bridge in D3, and of a function in
 * D3cold (as pci_config_pm_runtime_get(), which is not exported, knows).
 */
static void config_get(struct pci_dev *pdev)
{
	struct device *parent = pdev->dev.parent;

	if (parent)
		pm_runtime_get_sync(parent);
	pm_runtime_get_noresume(&pdev->dev);
	pm_runtime_barrier(&pdev->dev);
	if (pdev->current_state == PCI_D3cold)
		pm_runtime_resume(&pdev->dev);
}

static void config_put(struct pci_dev *pdev)
{
	struct device *parent = pdev->dev.parent;

	pm_runtime_put(&pdev->dev);
	if (parent)
		pm_runtime_put_sync(parent);
}

static void read_resource(struct pci_dev *pdev, unsigned int bar, unsigned int total_vfs,
			  struct pfb_bar_actual *actual)
{
	struct pci_bus_region region;
	struct resource *res;

	if (bar >= PFB_BAR_VF0 && !total_vfs)
		return;

	res = pci_resource_n(pdev, bar);
	if (!res->flags || !resource_size(res))
		return;

	actual->exists = true;
	actual->io = res->flags & IORESOURCE_IO;
	actual->prefetch = res->flags & IORESOURCE_PREFETCH;
	actual->mem64 = res->flags & IORESOURCE_MEM_64;
	actual->size = resource_size(res);
	if (bar >= PFB_BAR_VF0)
		actual->size = div_u64(actual->size, total_vfs);

	actual->assigned = res->parent && !(res->flags & IORESOURCE_UNSET);
	if (!actual->assigned)
		return;
	pcibios_resource_to_bus(pdev->bus, &region, res);
	actual->resource = region.start;
}

/* Returns registers used: 2 for a 64-bit BAR. */
static unsigned int read_register(struct pci_dev *pdev, int where, bool last,
				  struct pfb_bar_actual *actual)
{
	u32 low, high = 0;
	bool mem64;

	if (pci_read_config_dword(pdev, where, &low))
		return 1;
	if (low & PCI_BASE_ADDRESS_SPACE_IO) {
		actual->registered = low & PCI_BASE_ADDRESS_IO_MASK;
		actual->io = true;
		actual->exists = true;
		return 1;
	}

	mem64 = !last && (low & PCI_BASE_ADDRESS_MEM_TYPE_MASK) == PCI_BASE_ADDRESS_MEM_TYPE_64;
	if (mem64 && pci_read_config_dword(pdev, where + 4, &high))
		return 2;
	actual->registered = (u64)high << 32 | (low & ~0xfU);
	if (low || high) {
		actual->exists = true;
		actual->mem64 = mem64;
		actual->prefetch = low & PCI_BASE_ADDRESS_MEM_PREFETCH;
	}
	return mem64 ? 2 : 1;
}

static void read_rom(struct pci_dev *pdev, struct pfb_bar_actual *actual)
{
	u32 value;

	if (!actual->exists ||
	    pci_read_config_dword(pdev, pdev->rom_base_reg, &value))
		return;
	actual->disabled = !(value & PCI_ROM_ADDRESS_ENABLE);
	actual->registered = value & PCI_ROM_ADDRESS_MASK;
}

static unsigned int nr_std_bars(struct pci_dev *pdev)
{
	switch (pdev->hdr_type) {
	case PCI_HEADER_TYPE_NORMAL:
		return PCI_STD_NUM_BARS;
	case PCI_HEADER_TYPE_BRIDGE:
		return 2;
	case PCI_HEADER_TYPE_CARDBUS:
		return 1;
	default:
		return 0;
	}
}

static unsigned int read_total_vfs(struct pci_dev *pdev, int *pos)
{
	u16 total = 0;

	*pos = 0;
	if (!pdev->is_physfn)
		return 0;
	*pos = pci_find_ext_capability(pdev, PCI_EXT_CAP_ID_SRIOV);
	if (*pos)
		pci_read_config_word(pdev, *pos + PCI_SRIOV_TOTAL_VF, &total);
	return total;
}

static void read_bars(struct pci_dev *pdev, unsigned int nr, int where,
		      struct pfb_bar_actual *bars)
{
	unsigned int bar;

	for (bar = 0; bar < nr; )
		bar += read_register(pdev, where + 4 * bar, bar == nr - 1, &bars[bar]);
}

/* @held: by BAR, the resource whose parent is a window of the next bridge up. */
static void look_at_window(struct pci_dev *pdev, struct pci_dev *bridge, unsigned int index,
			   const struct resource **held, struct pfb_bar_actual *bars)
{
	const struct resource *res = pci_resource_n(bridge, index);
	struct pci_bus_region region;
	struct pfb_window now;
	bool known = false;
	unsigned int bar;

	for (bar = 0; bar < PFB_NR_BARS; bar++) {
		if (!held[bar] || held[bar]->parent != res)
			continue;
		if (!known)
			pfb_window_read_now(bridge, index, &now);
		known = true;
		pcibios_resource_to_bus(pdev->bus, &region, pci_resource_n(pdev, bar));
		if (region.start < now.base || region.end > now.limit)
			bars[bar].cut_off = true;
		held[bar] = res;
	}
}

/*
 * The registers of windows above, which error recovery can restore to what they
 * were once, while every BAR is in its place. That they hold the BAR is enough:
 * while others move, a window may forward less than its resource says.
 */
static void look_for_cuts(struct pci_dev *pdev, struct pfb_bar_actual *bars)
{
	const struct resource *held[PFB_NR_BARS] = {};
	struct pci_dev *bridge;
	unsigned int bar;

	for (bar = 0; bar < PFB_NR_BARS; bar++)
		if (bars[bar].assigned && !bars[bar].io && bar != PFB_BAR_ROM)
			held[bar] = pci_resource_n(pdev, bar);
	for (bridge = bridge_above(pdev->bus); bridge; bridge = bridge_above(bridge->bus)) {
		if (bridge->hdr_type != PCI_HEADER_TYPE_BRIDGE)
			continue;
		look_at_window(pdev, bridge, PCI_BRIDGE_MEM_WINDOW, held, bars);
		look_at_window(pdev, bridge, PCI_BRIDGE_PREF_MEM_WINDOW, held, bars);
	}
}

int pfb_scan_bars(struct pci_dev *pdev, struct pfb_bar_actual bars[PFB_NR_BARS])
{
	unsigned int total_vfs, bar;
	int sriov;

	memset(bars, 0, PFB_NR_BARS * sizeof(*bars));

	config_get(pdev);
	if (!pci_device_is_present(pdev)) {
		config_put(pdev);
		return -ENODEV;
	}

	total_vfs = read_total_vfs(pdev, &sriov);
	for (bar = 0; bar < PFB_NR_BARS; bar++)
		read_resource(pdev, bar, total_vfs, &bars[bar]);

	/* What the register says of its kind goes before what the resource says. */
	read_bars(pdev, nr_std_bars(pdev), PCI_BASE_ADDRESS_0, bars);
	if (pdev->rom_base_reg)
		read_rom(pdev, &bars[PFB_BAR_ROM]);
	if (sriov && total_vfs)
		read_bars(pdev, PCI_STD_NUM_BARS, sriov + PCI_SRIOV_BAR, &bars[PFB_BAR_VF0]);
	look_for_cuts(pdev, bars);
	config_put(pdev);
	return 0;
}

static enum pfb_port_type port_type(struct pci_dev *pdev)
{
	if (pdev->hdr_type != PCI_HEADER_TYPE_BRIDGE &&
	    pdev->hdr_type != PCI_HEADER_TYPE_CARDBUS)
		return PFB_PORT_ENDPOINT;
	if (!pci_is_pcie(pdev))
		return PFB_PORT_PCI_BRIDGE;

	switch (pci_pcie_type(pdev)) {
	case PCI_EXP_TYPE_ROOT_PORT:
		return PFB_PORT_ROOT;
	case PCI_EXP_TYPE_UPSTREAM:
		return PFB_PORT_UPSTREAM;
	case PCI_EXP_TYPE_DOWNSTREAM:
		return PFB_PORT_DOWNSTREAM;
	default:
		return PFB_PORT_PCI_BRIDGE;
	}
}

static void close_window(struct pfb_window *window)
{
	window->base = 1;
	window->limit = 0;
}

static void read_window(struct pci_dev *pdev, enum pfb_window_kind kind,
			struct pfb_window *window)
{
	struct resource *res = pci_resource_n(pdev, PCI_BRIDGE_RESOURCES + kind);
	struct pci_bus_region region;

	close_window(window);
	if (!res->flags || (res->flags & (IORESOURCE_UNSET | IORESOURCE_DISABLED)) || !res->parent)
		return;
	pcibios_resource_to_bus(pdev->bus, &region, res);
	window->base = region.start;
	window->limit = region.end;
}

static void read_bridge(struct pci_dev *pdev, struct pfb_function *fn)
{
	/* Of one that is being removed it goes. */
	const struct pci_bus *below = READ_ONCE(pdev->subordinate);
	enum pfb_window_kind kind;
	u8 io_base = 0;

	if (below) {
		fn->secondary = below->busn_res.start;
		fn->subordinate = below->busn_res.end;
	}
	for (kind = 0; kind < PFB_NR_WINDOWS; kind++)
		close_window(&fn->windows[kind]);
	/* A CardBus bridge's windows are of another shape; nothing routes through one. */
	if (pdev->hdr_type != PCI_HEADER_TYPE_BRIDGE)
		return;
	for (kind = 0; kind < PFB_NR_WINDOWS; kind++)
		read_window(pdev, kind, &fn->windows[kind]);

	if (!pdev->io_window)
		fn->flags |= PFB_FN_NO_IO_WINDOW;
	else if (!pci_read_config_byte(pdev, PCI_IO_BASE, &io_base) &&
		 (io_base & PCI_IO_RANGE_TYPE_MASK) == PCI_IO_RANGE_TYPE_32)
		fn->flags |= PFB_FN_IO32;
	if (!pdev->pref_window)
		fn->flags |= PFB_FN_NO_PREF_WINDOW;
	if (pdev->pref_64_window)
		fn->flags |= PFB_FN_PREF64;
	if (pdev->is_hotplug_bridge)
		fn->flags |= PFB_FN_HOTPLUG;
}

static void read_capabilities(struct pci_dev *pdev, struct pfb_function *fn)
{
	u16 command = 0;

	pci_read_config_word(pdev, PCI_COMMAND, &command);
	if (command & PCI_COMMAND_MEMORY)
		fn->flags |= PFB_FN_MEMORY;
	if (command & PCI_COMMAND_MASTER)
		fn->flags |= PFB_FN_MASTER;
	if (command & PCI_COMMAND_IO)
		fn->flags |= PFB_FN_IO;
	if (pdev->multifunction)
		fn->flags |= PFB_FN_MULTIFUNCTION;
	if (pdev->acs_cap) {
		fn->flags |= PFB_FN_ACS;
		pci_read_config_word(pdev, pdev->acs_cap + PCI_ACS_CAP, &fn->acs_cap);
		pci_read_config_word(pdev, pdev->acs_cap + PCI_ACS_CTRL, &fn->acs_ctrl);
	}
#ifdef CONFIG_PCI_ATS
	if (pdev->ats_cap)
		fn->flags |= PFB_FN_ATS;
	if (pdev->ats_enabled)
		fn->flags |= PFB_FN_ATS_ENABLED;
#endif
}

/* @actual: room for the BARs; NULL: they are not asked for. */
static void read_function(struct pci_dev *pdev, struct pfb_bar_actual *actual,
			  struct pfb_function *fn)
{
	unsigned int bar;
	int sriov;

	fn->type = port_type(pdev);
	fn->bus = pdev->bus->number;
	fn->devfn = pdev->devfn;
	fn->vendor = pdev->vendor;
	fn->device = pdev->device;
	fn->class = pdev->class;

	/* One that does not answer is there all the same, with nothing on. */
	if (actual && pfb_scan_bars(pdev, actual))
		return;

	config_get(pdev);
	if (pci_device_is_present(pdev)) {
		fn->total_vfs = read_total_vfs(pdev, &sriov);
		read_capabilities(pdev, fn);
		if (pfb_topology_is_bridge(fn))
			read_bridge(pdev, fn);
	}
	config_put(pdev);
	if (!actual)
		return;

	for (bar = 0; bar < PFB_NR_BARS; bar++) {
		struct pfb_bar *to = &fn->bars[bar];

		to->size = actual[bar].size;
		if (!to->size)
			continue;
		to->address = actual[bar].registered;
		to->flags = (actual[bar].io ? PFB_BAR_IO : 0) |
			    (actual[bar].mem64 ? PFB_BAR_MEM64 : 0) |
			    (actual[bar].prefetch ? PFB_BAR_PREFETCH : 0) |
			    (actual[bar].assigned ? PFB_BAR_ASSIGNED : 0) |
			    (actual[bar].disabled ? PFB_BAR_DISABLED : 0);
	}
}

/* The widest window of each kind: a root bus may have several. */
static void read_root(struct pci_bus *bus, struct pfb_root *root)
{
	struct pci_host_bridge *bridge = pci_find_host_bridge(bus);
	struct resource_entry *entry;
	enum pfb_window_kind kind;

	root->segment = pci_domain_nr(bus);
	root->bus = bus->number;
	root->last_bus = bus->busn_res.end;
	for (kind = 0; kind < PFB_NR_WINDOWS; kind++)
		close_window(&root->windows[kind]);

	resource_list_for_each_entry(entry, &bridge->windows) {
		u64 base = entry->res->start - entry->offset;
		u64 limit = entry->res->end - entry->offset;
		struct pfb_window *window;

		if (entry->res->flags & IORESOURCE_BUS || limit < base)
			continue;
		if (entry->res->flags & IORESOURCE_IO)
			kind = PFB_WINDOW_IO;
		else if (upper_32_bits(limit))
			kind = PFB_WINDOW_PREF;
		else
			kind = PFB_WINDOW_MEM;
		window = &root->windows[kind];
		if (window->limit < window->base || window->limit - window->base < limit - base) {
			window->base = base;
			window->limit = limit;
		}
	}
}

/* Functions in the order that struct pfb_topology wants. */
struct found {
	struct pfb_path path;
	struct pci_dev *pdev;
};

struct finder {
	struct found *found;
	u32 nr;
	u32 max;
	int ret;
};

static int find_one(struct pci_dev *pdev, void *data)
{
	struct finder *finder = data;
	struct found *entry;
	int ret;

	if (pdev->is_virtfn)
		return 0;

	if (finder->nr == finder->max) {
		u32 max = finder->max ? 2 * finder->max : 64;

		entry = kvmalloc_array(max, sizeof(*entry), GFP_KERNEL);
		if (!entry) {
			finder->ret = -ENOMEM;
			return -ENOMEM;
		}
		if (finder->nr)
			memcpy(entry, finder->found, finder->nr * sizeof(*entry));
		kvfree(finder->found);
		finder->found = entry;
		finder->max = max;
	}

	entry = &finder->found[finder->nr];
	ret = pfb_scan_path(pdev, &entry->path);
	if (ret == -ENAMETOOLONG)
		pci_warn(pdev, "deeper than %d bridges, expected at most that many: neither checked nor kept\n",
			 PFB_PATH_HOPS_MAX);
	if (ret)
		return 0;
	entry->pdev = pci_dev_get(pdev);
	finder->nr++;
	return 0;
}

static int compare_found(const void *left, const void *right)
{
	const struct found *a = left;
	const struct found *b = right;

	return pfb_path_compare(&a->path, &b->path);
}

static int compare_root_entries(const void *left, const void *right)
{
	const struct pfb_root *a = left;
	const struct pfb_root *b = right;

	if (a->segment != b->segment)
		return a->segment < b->segment ? -1 : 1;
	return (int)a->bus - (int)b->bus;
}

static int read_roots(struct pfb_topology *top)
{
	struct pci_bus *bus = NULL;

	while ((bus = pci_find_next_bus(bus)))
		top->max_roots++;
	top->roots = kvcalloc(max(top->max_roots, 1U), sizeof(*top->roots), GFP_KERNEL);
	if (!top->roots)
		return -ENOMEM;

	bus = NULL;
	while (top->nr_roots < top->max_roots && (bus = pci_find_next_bus(bus)))
		if (pfb_scan_has_name(bus))
			read_root(bus, &top->roots[top->nr_roots++]);
	sort(top->roots, top->nr_roots, sizeof(*top->roots), compare_root_entries, NULL);
	return 0;
}

/* @only: whose BARs are read; NULL: everybody's. */
static void read_functions(struct pfb_topology *top, const struct found *found, u32 nr,
			   struct pci_dev *only, struct pfb_bar_actual *actual)
{
	u32 above[PFB_PATH_HOPS_MAX];
	u32 root = 0;
	u32 i;

	for (i = 0; i < nr; i++) {
		struct pfb_function *fn = &top->functions[i];
		const struct pfb_path *path = &found[i].path;

		while (top->roots[root].segment != path->segment ||
		       top->roots[root].bus != path->bus)
			root++;
		above[path->nr_hops - 1] = i;
		fn->root = root;
		fn->parent = path->nr_hops > 1 ? above[path->nr_hops - 2] : PFB_NO_FUNCTION;
		read_function(found[i].pdev, !only || only == found[i].pdev ? actual : NULL, fn);
	}
	top->nr_functions = nr;
}

int pfb_scan_topology(struct pfb_topology *top, struct pfb_error *err)
{
	struct finder finder = {};
	struct pfb_bar_actual *actual;
	struct pci_bus *bus = NULL;
	int ret;
	u32 i;

	memset(top, 0, sizeof(*top));
	actual = kcalloc(PFB_NR_BARS, sizeof(*actual), GFP_KERNEL);
	if (!actual)
		return pfb_fail(err, -ENOMEM, "no memory to read BARs");

	while (!finder.ret && (bus = pci_find_next_bus(bus)))
		pci_walk_bus(bus, find_one, &finder);
	ret = finder.ret ?: read_roots(top);
	if (ret) {
		pfb_fail(err, ret, "no memory for the topology");
		goto out;
	}
	sort(finder.found, finder.nr, sizeof(*finder.found), compare_found, NULL);

	top->functions = kvcalloc(max(finder.nr, 1U), sizeof(*top->functions), GFP_KERNEL);
	if (!top->functions) {
		ret = pfb_fail(err, -ENOMEM, "no memory for %u functions", finder.nr);
		goto out;
	}
	top->max_functions = finder.nr;
	read_functions(top, finder.found, finder.nr, NULL, actual);
	ret = pfb_topology_check(top, err);
out:
	for (i = 0; i < finder.nr; i++)
		pci_dev_put(finder.found[i].pdev);
	kvfree(finder.found);
	kfree(actual);
	if (ret)
		pfb_scan_free(top);
	return ret;
}

int pfb_scan_again(struct pci_dev *pdev, struct pfb_function *fn)
{
	struct pfb_bar_actual *actual = kcalloc(PFB_NR_BARS, sizeof(*actual), GFP_KERNEL);
	struct pfb_function was = *fn;

	if (!actual)
		return -ENOMEM;
	*fn = (struct pfb_function) { .root = was.root, .parent = was.parent };
	read_function(pdev, actual, fn);
	kfree(actual);
	return 0;
}

/* Entries for a function and what is above it, in no order. */
static u32 note_chain(struct pci_dev *pdev, struct found *found)
{
	struct pci_dev *dev;
	u32 nr = 0;

	for (dev = pdev; dev; dev = bridge_above(dev->bus)) {
		found[nr].pdev = dev;
		/* Not too deep: it is above one that isn't. */
		pfb_scan_path(dev, &found[nr].path);
		nr++;
	}
	return nr;
}

/* Depth-first, and what is above both once. */
static u32 order_chains(struct found *found, u32 nr)
{
	u32 i, kept = 0;

	sort(found, nr, sizeof(*found), compare_found, NULL);
	for (i = 0; i < nr; i++)
		if (!kept || found[kept - 1].pdev != found[i].pdev)
			found[kept++] = found[i];
	return kept;
}

static void note_roots(struct pfb_topology *top, const struct found *found, u32 nr)
{
	u32 i;

	for (i = 0; i < nr; i++) {
		struct pfb_root *last = top->nr_roots ? &top->roots[top->nr_roots - 1] : NULL;

		if (last && last->segment == found[i].path.segment &&
		    last->bus == found[i].path.bus)
			continue;
		top->roots[top->nr_roots].segment = found[i].path.segment;
		top->roots[top->nr_roots].bus = found[i].path.bus;
		top->nr_roots++;
	}
}

/* A request goes by the registers, whatever the kernel thinks they hold. */
static void read_windows_now(struct pci_dev *pdev, struct pfb_function *fn)
{
	if (pdev->hdr_type != PCI_HEADER_TYPE_BRIDGE)
		return;
	config_get(pdev);
	if (pci_device_is_present(pdev)) {
		pfb_window_read_now(pdev, PCI_BRIDGE_MEM_WINDOW, &fn->windows[PFB_WINDOW_MEM]);
		if (pdev->pref_window)
			pfb_window_read_now(pdev, PCI_BRIDGE_PREF_MEM_WINDOW,
					    &fn->windows[PFB_WINDOW_PREF]);
	}
	config_put(pdev);
}

int pfb_scan_route(struct pci_dev *provider, struct pci_dev *client, struct pfb_topology *top,
		   u32 ends[2])
{
	struct pfb_bar_actual *actual;
	struct pfb_path path;
	struct found *found;
	u32 nr = 0, i;
	int ret;

	memset(top, 0, sizeof(*top));
	ret = pfb_scan_path(provider, &path);
	if (!ret && client)
		ret = pfb_scan_path(client, &path);
	if (ret)
		return ret;

	top->max_roots = 2;
	top->max_functions = 2 * PFB_PATH_HOPS_MAX;
	found = kcalloc(top->max_functions, sizeof(*found), GFP_KERNEL);
	actual = kcalloc(PFB_NR_BARS, sizeof(*actual), GFP_KERNEL);
	top->roots = kvcalloc(top->max_roots, sizeof(*top->roots), GFP_KERNEL);
	top->functions = kvcalloc(top->max_functions, sizeof(*top->functions), GFP_KERNEL);
	if (found && actual && top->roots && top->functions) {
		nr = note_chain(provider, found);
		if (client)
			nr += note_chain(client, found + nr);
		nr = order_chains(found, nr);
		note_roots(top, found, nr);
		read_functions(top, found, nr, provider, actual);
		ends[0] = PFB_NO_FUNCTION;
		ends[1] = PFB_NO_FUNCTION;
		for (i = 0; i < nr; i++) {
			read_windows_now(found[i].pdev, &top->functions[i]);
			if (found[i].pdev == provider)
				ends[0] = i;
			if (found[i].pdev == client)
				ends[1] = i;
		}
	} else {
		pfb_scan_free(top);
		ret = -ENOMEM;
	}
	kfree(actual);
	kfree(found);
	return ret;
}

void pfb_scan_free(struct pfb_topology *top)
{
	kvfree(top->functions);
	kvfree(top->roots);
	memset(top, 0, sizeof(*top));
}
