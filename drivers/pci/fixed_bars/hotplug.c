// SPDX-License-Identifier: GPL-2.0
/*
 * The PCI bus notifier.
 *
 * BUS_NOTIFY_ADD_DEVICE comes after the core has sized a function's BARs and
 * before it assigns them: the one moment at which a BAR can be put where it
 * belongs without taking it away from anybody. For what is not declared it is
 * the moment to see whether the core can assign it at all. If it cannot, the
 * core makes room: pci_assign_unassigned_bridge_resources() (native hotplug,
 * rescan of an empty bus) releases the windows above with everything in them,
 * the BARs of siblings that are in use included, and their drivers are not
 * told. So a BAR that cannot fit is hidden from the core, and a hot-plug port
 * that has no window of some kind does not ask for one as a reserve.
 */
#define dev_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/device.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include <pci_fixed_bars/topology.h>

#include "compat.h"
#include "hotplug.h"
#include "place.h"
#include "preserve.h"
#include "registry.h"

/**
 * struct pfb_demand - room that the core will look for in one window
 * @bridge: the bridge that the room is for; NULL for a single BAR
 * @size: bytes
 * @align: alignment in bytes
 * @start: where it went in the trial, for the next one to go around
 */
struct pfb_demand {
	struct pci_dev *bridge;
	u64 size;
	u64 align;
	u64 start;
};

/**
 * struct pfb_trial - a trial assignment of what is still without an address
 * @bus: everything behind it is looked at
 * @index: the kind of window that is tried, PCI_BRIDGE_*_WINDOW
 * @growing: a window that the core will give up and size anew, or NULL
 * @demands: one for each BAR on @bus, and for each bridge on it without a window
 * @nr: used
 * @max: that fit
 */
struct pfb_trial {
	struct pci_bus *bus;
	unsigned int index;
	const struct resource *growing;
	struct pfb_demand *demands;
	unsigned int nr;
	unsigned int max;
};

static struct resource *pfb_window_of(struct pci_bus *bus, unsigned int index)
{
	return &bus->self->resource[index];
}

static unsigned int pfb_window_for(struct pci_dev *pdev, unsigned int bar)
{
	struct resource *res = &pdev->resource[bar];
	struct pci_dev *bridge = pci_upstream_bridge(pdev);

	if (bridge)
		return pfb_place_window_index(bridge, res, U32_MAX);
	if (res->flags & IORESOURCE_IO)
		return PCI_BRIDGE_IO_WINDOW;
	return res->flags & IORESOURCE_PREFETCH ? PCI_BRIDGE_PREF_MEM_WINDOW :
						  PCI_BRIDGE_MEM_WINDOW;
}

/* A BAR that the core is going to look for room for, if it needs this kind of window. */
static bool pfb_bar_wants(struct pci_dev *pdev, unsigned int bar, unsigned int index)
{
	struct resource *res = &pdev->resource[bar];

	return res->flags && !res->parent && !(res->flags & IORESOURCE_PCI_FIXED) &&
	       resource_size(res) && pfb_window_for(pdev, bar) == index;
}

/*
 * A BAR further down needs room in the window of the bridge on @trial->bus
 * that leads to it, unless a window in between has an address already.
 * *bridge is NULL for a BAR on the bus itself.
 */
static bool pfb_demand_bridge(const struct pfb_trial *trial, struct pci_dev *pdev,
			      struct pci_dev **bridge)
{
	struct pci_bus *bus;

	*bridge = NULL;
	for (bus = pdev->bus; bus != trial->bus; bus = bus->parent) {
		const struct resource *win = pfb_window_of(bus, trial->index);

		if (win->parent && win != trial->growing)
			return false;
		*bridge = bus->self;
	}
	return true;
}

static void pfb_demand_add(struct pfb_trial *trial, struct pci_dev *bridge, u64 size)
{
	u64 step = trial->index == PCI_BRIDGE_IO_WINDOW ? SZ_4K : SZ_1M;
	struct pfb_demand *demand;
	unsigned int i;

	for (i = 0; bridge && i < trial->nr; i++) {
		demand = &trial->demands[i];
		if (demand->bridge != bridge)
			continue;
		/* Bridges in between round up to a step each; so is every BAR here. */
		demand->size += ALIGN(size, step);
		demand->align = max(demand->align, size);
		return;
	}
	if (trial->nr == trial->max)
		return;
	demand = &trial->demands[trial->nr++];
	demand->bridge = bridge;
	demand->size = bridge ? ALIGN(size, step) : size;
	demand->align = bridge ? max(step, size) : size;
}

static int pfb_demand_function(struct pci_dev *pdev, void *ctx)
{
	struct pfb_trial *trial = ctx;
	struct pci_dev *bridge;
	unsigned int bar;

	if (pdev->is_virtfn || !pfb_demand_bridge(trial, pdev, &bridge))
		return 0;
	for (bar = 0; bar < PCI_STD_NUM_BARS; bar++)
		if (pfb_bar_wants(pdev, bar, trial->index))
			pfb_demand_add(trial, bridge, pci_resource_len(pdev, bar));
	return 0;
}

static int pfb_demand_count(struct pci_dev *pdev, void *ctx)
{
	unsigned int *nr = ctx;

	*nr += PCI_STD_NUM_BARS;
	return 0;
}

/* The lowest address in @win that is clear of what lies there and of the trial so far. */
static bool pfb_trial_place(const struct pfb_trial *trial, const struct resource *win,
			    struct pfb_demand *demand, unsigned int placed)
{
	u64 start = ALIGN((u64)win->start, demand->align), end;
	const struct resource *child;
	unsigned int i;
	bool moved;

	do {
		moved = false;
		if (start < win->start || check_add_overflow(start, demand->size - 1, &end) ||
		    end > win->end)
			return false;
		for (child = win->child; child; child = child->sibling) {
			if (child == trial->growing || child->end < start || child->start > end)
				continue;
			start = ALIGN((u64)child->end + 1, demand->align);
			moved = true;
			break;
		}
		for (i = 0; !moved && i < placed; i++) {
			const struct pfb_demand *other = &trial->demands[i];

			if (other->start + other->size - 1 < start || other->start > end)
				continue;
			start = ALIGN(other->start + other->size, demand->align);
			moved = true;
		}
	} while (moved);
	demand->start = start;
	return true;
}

/* Strictest alignment first, as the core does. */
static bool pfb_trial_run(struct pfb_trial *trial, const struct resource *win)
{
	unsigned int i, j;

	for (i = 0; i < trial->nr; i++) {
		for (j = i + 1; j < trial->nr; j++)
			if (trial->demands[j].align > trial->demands[i].align)
				swap(trial->demands[i], trial->demands[j]);
		if (!pfb_trial_place(trial, win, &trial->demands[i], i))
			return false;
	}
	return true;
}

/*
 * Would everything behind @bus that needs this kind of window get room in
 * @win, and another @extra bytes? Only functions can come meanwhile that are
 * added by whoever holds pci_lock_rescan_remove(), and that is the caller.
 */
static bool pfb_trial_bus(struct pci_bus *bus, const struct resource *win, unsigned int index,
			  const struct resource *growing, u64 extra)
{
	struct pfb_trial trial = { .bus = bus, .index = index, .growing = growing, .max = 1 };
	bool fits;

	pci_walk_bus(bus, pfb_demand_count, &trial.max);
	trial.demands = kcalloc(trial.max, sizeof(*trial.demands), GFP_KERNEL);
	if (!trial.demands)
		return false;
	if (extra)
		pfb_demand_add(&trial, NULL, extra);
	pci_walk_bus(bus, pfb_demand_function, &trial);
	fits = pfb_trial_run(&trial, win);
	kfree(trial.demands);
	return fits;
}

static bool pfb_trial_root(struct pci_bus *bus, unsigned int index,
			   const struct resource *growing, u64 extra)
{
	unsigned long type = index == PCI_BRIDGE_IO_WINDOW ? IORESOURCE_IO : IORESOURCE_MEM;
	struct resource *win;
	int i;

	pci_bus_for_each_resource(bus, win, i) {
		if (!win || (win->flags & (IORESOURCE_IO | IORESOURCE_MEM)) != type)
			continue;
		/* What is not 64-bit prefetchable stays below 4 GiB. */
		if (index == PCI_BRIDGE_MEM_WINDOW && win->start > U32_MAX)
			continue;
		if (pfb_trial_bus(bus, win, index, growing, extra))
			return true;
	}
	return false;
}

/*
 * Can the core assign what waits below @bus without releasing anything that
 * is in use? It looks in the window that leads to @bus. If that is one that
 * holds nothing it may give it up and look for a larger one above.
 */
static bool pfb_core_can_assign(struct pci_bus *bus, unsigned int index, u64 extra)
{
	const struct resource *growing = NULL;

	for (; !pci_is_root_bus(bus); bus = bus->parent) {
		struct resource *win = pfb_window_of(bus, index);

		if (!win->parent)
			continue;
		if (pfb_trial_bus(bus, win, index, growing, extra))
			return true;
		if (growing || win->child || win->flags & IORESOURCE_PCI_FIXED)
			return false;
		growing = win;
	}
	return pfb_trial_root(bus, index, growing, extra);
}

/**
 * struct pfb_modest - a bridge that asks for no reserve for the time of a hot-add
 * @node: entry in pfb_modest_bridges
 * @bridge: referenced; its is_hotplug_bridge was cleared
 */
struct pfb_modest {
	struct list_head node;
	struct pci_dev *bridge;
};

static DEFINE_MUTEX(pfb_modest_lock);
static LIST_HEAD(pfb_modest_bridges);

static void pfb_modest_end(struct work_struct *work)
{
	struct pfb_modest *modest, *next;

	/* Whoever is adding something holds this until it is assigned. */
	pci_lock_rescan_remove();
	mutex_lock(&pfb_modest_lock);
	list_for_each_entry_safe(modest, next, &pfb_modest_bridges, node) {
		modest->bridge->is_hotplug_bridge = 1;
		pci_dev_put(modest->bridge);
		list_del(&modest->node);
		kfree(modest);
	}
	mutex_unlock(&pfb_modest_lock);
	pci_unlock_rescan_remove();
}

static DECLARE_WORK(pfb_modest_work, pfb_modest_end);

static bool pfb_is_modest(const struct pci_dev *bridge)
{
	struct pfb_modest *modest;
	bool found = false;

	mutex_lock(&pfb_modest_lock);
	list_for_each_entry(modest, &pfb_modest_bridges, node)
		found |= modest->bridge == bridge;
	mutex_unlock(&pfb_modest_lock);
	return found;
}

static bool pfb_lacks_window(struct pci_dev *bridge)
{
	const struct resource *win = &bridge->resource[PCI_BRIDGE_RESOURCES];

	return (bridge->io_window && !win[0].parent) || !win[1].parent ||
	       (bridge->pref_window && !win[2].parent);
}

/*
 * Below a hot-plug port the core wants windows larger than what is there
 * needs, for what may come (pci=hpmmiosize= and friends). That reserve is
 * optional, but where the port has no window at all, not getting one counts
 * as a failure like any other (drivers/pci/setup-bus.c,
 * __assign_resources_sorted()), and room is made for it. The reserve is asked
 * for because of is_hotplug_bridge. The flag cannot be IORESOURCE_PCI_FIXED on
 * the window: the core would find its request left over (BUG_ON() up to 6.12).
 */
static void pfb_be_modest(struct pci_dev *bridge)
{
	struct pfb_modest *modest;

	if (!bridge->is_hotplug_bridge)
		return;
	/* Without it, adding a function releases the BARs of others. */
	modest = kzalloc(sizeof(*modest), GFP_KERNEL | __GFP_NOFAIL);
	modest->bridge = pci_dev_get(bridge);
	bridge->is_hotplug_bridge = 0;
	mutex_lock(&pfb_modest_lock);
	list_add_tail(&modest->node, &pfb_modest_bridges);
	mutex_unlock(&pfb_modest_lock);
	schedule_work(&pfb_modest_work);
}

/*
 * A port with a driver was there before: something is plugged in behind it.
 * One without is being scanned itself, and the core sizes it as it should be.
 * A bridge that comes with what is plugged in asks for no more than the port.
 */
static void pfb_limit_reserves(struct pci_dev *pdev)
{
	struct pci_dev *bridge = pci_upstream_bridge(pdev);

	if (!bridge)
		return;
	if (bridge->dev.driver && pfb_lacks_window(bridge))
		pfb_be_modest(bridge);
	if (pdev->hdr_type == PCI_HEADER_TYPE_BRIDGE && pfb_is_modest(bridge))
		pfb_be_modest(pdev);
}

static bool pfb_bar_can_fit(struct pci_dev *pdev, unsigned int bar)
{
	unsigned int index = pfb_window_for(pdev, bar);

	if (pfb_core_can_assign(pdev->bus, index, 0))
		return true;
	/* The core puts what is prefetchable into the other window if it must. */
	return index == PCI_BRIDGE_PREF_MEM_WINDOW &&
	       pfb_core_can_assign(pdev->bus, PCI_BRIDGE_MEM_WINDOW,
				   pci_resource_len(pdev, bar));
}

static void pfb_hide(struct pci_dev *pdev, unsigned int bar)
{
	struct resource *res = &pdev->resource[bar];
	u64 size = resource_size(res);
	const char *reason =
		"hidden from the kernel: no room without taking that of others in use";

	pci_warn(pdev, "%s (%llu bytes) hidden from the kernel, which could only make room for it by taking the addresses of functions in use: give this slot a larger window on the host, or plug it in behind another root port\n",
		 pfb_bar_index_name(bar), size);
	res->start = 0;
	res->end = 0;
	res->flags = 0;
	if (pfb_registry_hidden(pdev, bar, size, reason))
		pci_warn(pdev, "%s: out of memory, its verdict will not say why it has no address\n",
			 pfb_bar_index_name(bar));
}

/* Small BARs first: registers are worth more than an aperture. */
static void pfb_hide_what_cannot_fit(struct pci_dev *pdev)
{
	bool keep[PCI_STD_NUM_BARS] = {};
	unsigned long saved[PCI_STD_NUM_BARS];
	unsigned int bar, next, n;

	/*
	 * Try the BARs one by one, smallest first, with those not yet tried
	 * out of sight: one that fails is hidden, and does not count against
	 * those after it.
	 */
	for (bar = 0; bar < PCI_STD_NUM_BARS; bar++) {
		struct resource *res = &pdev->resource[bar];

		saved[bar] = res->flags;
		if (!res->flags || res->parent || !resource_size(res))
			keep[bar] = true;
		else
			res->flags = 0;
	}
	for (n = 0; n < PCI_STD_NUM_BARS; n++) {
		next = PCI_STD_NUM_BARS;
		for (bar = 0; bar < PCI_STD_NUM_BARS; bar++)
			if (!keep[bar] && (next == PCI_STD_NUM_BARS ||
					   pci_resource_len(pdev, bar) <
					   pci_resource_len(pdev, next)))
				next = bar;
		if (next == PCI_STD_NUM_BARS)
			break;
		keep[next] = true;
		pdev->resource[next].flags = saved[next];
		if (!pfb_bar_can_fit(pdev, next))
			pfb_hide(pdev, next);
	}
}

/* Where a BAR has to be: where it was declared, or where it was before it was removed. */
static bool pfb_place_of(struct pci_dev *pdev, unsigned int bar, u64 *address)
{
	struct pfb_declared_bar declared;

	if (!pfb_registry_declared_bar(pdev, bar, &declared)) {
		*address = declared.gpa;
		return true;
	}
	return pfb_preserve_bar(pdev, bar, address);
}

static void pfb_place_function(struct pci_dev *pdev)
{
	struct pfb_error err;
	unsigned int bar;
	u64 address;

	for (bar = 0; bar < PFB_NR_BAR_RESOURCES; bar++) {
		/* ROMs are assigned when somebody reads them, and are not for DMA. */
		if (bar == PFB_BAR_ROM || !pdev->resource[bar].flags ||
		    pdev->resource[bar].parent)
			continue;
		if (!pfb_place_of(pdev, bar, &address))
			continue;
		if (pfb_place_bar(pdev, bar, address, &err))
			pci_warn(pdev, "%s cannot go where it belongs, the kernel chooses: %s\n",
				 pfb_bar_index_name(bar), err.text);
		else
			pci_info(pdev, "%s placed at %pR\n", pfb_bar_index_name(bar),
				 &pdev->resource[bar]);
	}
}

/*
 * The kernel assigns addresses only after BUS_NOTIFY_ADD_DEVICE, under
 * pci_lock_rescan_remove(): the check waits for that. What is added can have
 * pushed others away, so all are checked again.
 */
static void pfb_verify_work_fn(struct work_struct *work)
{
	pfb_registry_verify_all();
}

static DECLARE_WORK(pfb_verify_work, pfb_verify_work_fn);

static void pfb_device_added(struct pci_dev *pdev)
{
	if (pfb_registry_policy() >= PFB_POLICY_PRESERVE) {
		if (pdev->hdr_type == PCI_HEADER_TYPE_BRIDGE)
			pfb_preserve_bridge_added(pdev);
		pfb_place_function(pdev);
		if (pfb_preserve_guards(pdev->bus)) {
			pfb_hide_what_cannot_fit(pdev);
			pfb_limit_reserves(pdev);
		}
	}
	schedule_work(&pfb_verify_work);
}

static int pfb_bus_event(struct notifier_block *nb, unsigned long event, void *data)
{
	struct pci_dev *pdev = to_pci_dev(data);

	/*
	 * A VF has no BAR registers of its own: its addresses come with those
	 * of its PF's VF BARs, which are judged, pinned and placed there.
	 */
	if (pdev->is_virtfn)
		return NOTIFY_DONE;

	switch (event) {
	case BUS_NOTIFY_ADD_DEVICE:
		pfb_device_added(pdev);
		break;
	case BUS_NOTIFY_DEL_DEVICE:
		pfb_preserve_removed(pdev);
		pfb_registry_removed(pdev);
		break;
	case BUS_NOTIFY_BOUND_DRIVER:
	case BUS_NOTIFY_UNBOUND_DRIVER:
		/* A function that does not answer any more is about to be removed. */
		pfb_registry_verify(pdev);
		break;
	}
	return NOTIFY_DONE;
}

static struct notifier_block pfb_bus_nb = {
	.notifier_call = pfb_bus_event,
};

int pfb_hotplug_start(void)
{
	return bus_register_notifier(&pci_bus_type, &pfb_bus_nb);
}

void pfb_hotplug_stop(void)
{
	bus_unregister_notifier(&pci_bus_type, &pfb_bus_nb);
	cancel_work_sync(&pfb_verify_work);
	flush_work(&pfb_modest_work);
}
