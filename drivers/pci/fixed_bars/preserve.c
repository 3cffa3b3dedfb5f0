// SPDX-License-Identifier: GPL-2.0
/*
 * Pinning.
 *
 * What is pinned is never a BAR: with IORESOURCE_PCI_FIXED on a BAR a resize
 * returns 0 and leaves the BAR unassigned, and a VF BAR with it stays zero in
 * hardware after a reset of its PF. Pinned are the bridge windows from the
 * root port down that hold something, and the host bridge's preserve_config,
 * which makes the core refuse to resize a BAR (drivers/pci/rebar.c).
 *
 * The flags alone do not bring anything back after a removal. For that the
 * windows and BARs that were right are remembered by path, and hotplug.c puts
 * them back from the bus notifier.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt
#define dev_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/hashtable.h>
#include <linux/jhash.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include <pci_fixed_bars/path.h>
#include <pci_fixed_bars/topology.h>

#include "place.h"
#include "preserve.h"
#include "registry.h"
#include "scan.h"

#define PFB_NR_BRIDGE_WINDOWS	3

/**
 * struct pfb_pinned_window - one window of a pinned bridge
 * @kept: the fields below are meaningful
 * @set: IORESOURCE_PCI_FIXED was set here, so it is ours to clear
 * @flags: resource flags without those that say how it stands at the moment
 * @start: first bus address
 * @end: last bus address
 */
struct pfb_pinned_window {
	bool kept;
	bool set;
	unsigned long flags;
	u64 start;
	u64 end;
};

/**
 * struct pfb_pinned_bridge - a bridge from a root port down to a right BAR, or beside it
 * @node: entry in pfb_bridges
 * @path: where it sits
 * @vendor: what sits there
 * @device: what sits there
 * @pdev: referenced; NULL while the bridge is removed
 * @wanted: scratch of pfb_pin_all(): something right still needs it
 * @windows: I/O, memory, prefetchable
 */
struct pfb_pinned_bridge {
	struct list_head node;
	struct pfb_path path;
	u16 vendor;
	u16 device;
	struct pci_dev *pdev;
	bool wanted;
	struct pfb_pinned_window windows[PFB_NR_BRIDGE_WINDOWS];
};

/**
 * struct pfb_kept_function - a function that has, or had, right BARs
 * @node: entry in pfb_functions
 * @by_path: entry in pfb_functions_by_path
 * @path: where it sits
 * @vendor: what sits there
 * @device: what sits there
 * @present: scratch of pfb_pin_all()
 * @bars: bus address and size of each right BAR; size 0: none
 */
struct pfb_kept_function {
	struct list_head node;
	struct hlist_node by_path;
	struct pfb_path path;
	u16 vendor;
	u16 device;
	bool present;
	struct {
		u64 address;
		u64 size;
	} bars[PFB_NR_BARS];
};

/**
 * struct pfb_pinned_host - a host bridge with something right behind it
 * @node: entry in pfb_hosts
 * @bridge: referenced
 * @set: preserve_config was set here, so it is ours to clear
 * @wanted: scratch of pfb_pin_all()
 */
struct pfb_pinned_host {
	struct list_head node;
	struct pci_host_bridge *bridge;
	bool set;
	bool wanted;
};

/*
 * Protects the lists. Taken inside pci_lock_rescan_remove(), outside the
 * registry's lock.
 */
static DEFINE_MUTEX(pfb_preserve_lock);
static LIST_HEAD(pfb_bridges);
static LIST_HEAD(pfb_functions);
static DEFINE_HASHTABLE(pfb_functions_by_path, 8);
static LIST_HEAD(pfb_hosts);
static bool pfb_preserving;

static bool pfb_is_right(enum pfb_bar_state state)
{
	return pfb_state_passes(state, true, true);
}

static struct pfb_pinned_bridge *pfb_find_bridge(const struct pfb_path *path)
{
	struct pfb_pinned_bridge *pin;

	list_for_each_entry(pin, &pfb_bridges, node)
		if (pfb_path_equal(&pin->path, path))
			return pin;
	return NULL;
}

static u32 pfb_path_hash(const struct pfb_path *path)
{
	return jhash(path->hops, path->nr_hops, path->segment << 8 | path->bus);
}

static struct pfb_kept_function *pfb_find_function(const struct pfb_path *path)
{
	struct pfb_kept_function *kept;

	hash_for_each_possible(pfb_functions_by_path, kept, by_path, pfb_path_hash(path))
		if (pfb_path_equal(&kept->path, path))
			return kept;
	return NULL;
}

static void pfb_forget_function(struct pfb_kept_function *kept)
{
	hash_del(&kept->by_path);
	list_del(&kept->node);
	kfree(kept);
}

static void pfb_unpin_bridge(struct pfb_pinned_bridge *pin)
{
	int i;

	for (i = 0; pin->pdev && i < PFB_NR_BRIDGE_WINDOWS; i++)
		if (pin->windows[i].set)
			pin->pdev->resource[PCI_BRIDGE_RESOURCES + i].flags &=
				~IORESOURCE_PCI_FIXED;
	list_del(&pin->node);
	pci_dev_put(pin->pdev);
	kfree(pin);
}

static void pfb_unpin_host(struct pfb_pinned_host *host)
{
	if (host->set)
		host->bridge->preserve_config = 0;
	list_del(&host->node);
	put_device(&host->bridge->dev);
	kfree(host);
}

static int pfb_pin_host(struct pci_bus *bus)
{
	struct pci_host_bridge *bridge = pci_find_host_bridge(bus);
	struct pfb_pinned_host *host;

	list_for_each_entry(host, &pfb_hosts, node) {
		if (host->bridge == bridge) {
			host->wanted = true;
			return 0;
		}
	}
	host = kzalloc(sizeof(*host), GFP_KERNEL);
	if (!host)
		return -ENOMEM;
	get_device(&bridge->dev);
	host->bridge = bridge;
	host->wanted = true;
	if (!bridge->preserve_config) {
		bridge->preserve_config = 1;
		host->set = true;
		dev_info(&bridge->dev, "resizing BARs behind it fails from now on, with error %d: size them on the host, before the guest starts\n",
			 -ENOTSUPP);
	}
	list_add_tail(&host->node, &pfb_hosts);
	return 0;
}

/*
 * A window that holds nothing has nothing to keep, and pinning it would only
 * keep the kernel from making room for what is plugged in there. One that is
 * pinned already stays so: what it held may come back.
 */
static void pfb_pin_window(struct pfb_pinned_bridge *pin, int i)
{
	struct resource *res = &pin->pdev->resource[PCI_BRIDGE_RESOURCES + i];
	struct pfb_pinned_window *win = &pin->windows[i];
	struct pci_bus_region region;

	if (!res->parent && win->set) {
		/* Taken away in spite of all: the core must be free to assign it again. */
		res->flags &= ~IORESOURCE_PCI_FIXED;
		win->set = false;
	}
	if (!res->parent || (!res->child && !win->kept))
		return;
	pcibios_resource_to_bus(pin->pdev->bus, &region, res);
	win->start = region.start;
	win->end = region.end;
	win->flags = res->flags & ~(IORESOURCE_PCI_FIXED | IORESOURCE_UNSET |
				    IORESOURCE_DISABLED | IORESOURCE_BUSY);
	win->kept = true;
	/* The kernel drops the flag when it reads a bridge's bases again. */
	if (!(res->flags & IORESOURCE_PCI_FIXED)) {
		res->flags |= IORESOURCE_PCI_FIXED;
		win->set = true;
		pci_dbg(pin->pdev, "window %pR pinned\n", res);
	}
}

static int pfb_pin_bridge(struct pci_dev *pdev, void *ctx)
{
	int *ret = ctx;
	struct pfb_pinned_bridge *pin;
	struct pfb_path path;
	int i;

	if (pdev->hdr_type != PCI_HEADER_TYPE_BRIDGE)
		return 0;
	*ret = pfb_scan_path(pdev, &path);
	if (*ret) {
		/* What lies deeper than a path can say cannot be declared either. */
		*ret = 0;
		return 0;
	}
	pin = pfb_find_bridge(&path);
	if (!pin) {
		pin = kzalloc(sizeof(*pin), GFP_KERNEL);
		if (!pin) {
			*ret = -ENOMEM;
			return *ret;
		}
		pin->path = path;
		list_add_tail(&pin->node, &pfb_bridges);
	}
	if (pin->pdev != pdev) {
		pci_dev_put(pin->pdev);
		pin->pdev = pci_dev_get(pdev);
		for (i = 0; i < PFB_NR_BRIDGE_WINDOWS; i++)
			pin->windows[i].set = false;
		if (pin->vendor != pdev->vendor || pin->device != pdev->device)
			memset(pin->windows, 0, sizeof(pin->windows));
		pin->vendor = pdev->vendor;
		pin->device = pdev->device;
	}
	pin->wanted = true;
	for (i = 0; i < PFB_NR_BRIDGE_WINDOWS; i++)
		pfb_pin_window(pin, i);
	return 0;
}

/* Everything from the bridge on the root bus down, once for all that is right in there. */
static int pfb_pin_branch(struct pci_dev *top)
{
	struct pfb_pinned_bridge *pin;
	struct pfb_path path;
	int ret;

	ret = pfb_scan_path(top, &path);
	if (ret)
		return ret;
	pin = pfb_find_bridge(&path);
	if (pin && pin->wanted && pin->pdev == top)
		return 0;

	pfb_pin_bridge(top, &ret);
	if (!ret && top->subordinate)
		pci_walk_bus(top->subordinate, pfb_pin_bridge, &ret);
	return ret;
}

static struct pci_dev *pfb_top_of(struct pci_dev *pdev)
{
	struct pci_dev *up;

	while ((up = pci_upstream_bridge(pdev)))
		pdev = up;
	return pdev;
}

static struct pfb_kept_function *pfb_keep(const struct pfb_path *path)
{
	struct pfb_kept_function *kept = kzalloc(sizeof(*kept), GFP_KERNEL);

	if (!kept)
		return NULL;
	kept->path = *path;
	hash_add(pfb_functions_by_path, &kept->by_path, pfb_path_hash(path));
	list_add_tail(&kept->node, &pfb_functions);
	return kept;
}

static int pfb_pin_function(struct pci_dev *pdev, void *ctx)
{
	struct pfb_bar_report *reports = ctx;
	struct pfb_kept_function *kept;
	struct pfb_path path;
	bool right = false;
	unsigned int bar;
	u32 found;
	int ret;

	if (pfb_scan_path(pdev, &path))
		return 0;
	kept = pfb_find_function(&path);
	if (kept) {
		kept->present = true;
		memset(kept->bars, 0, sizeof(kept->bars));
	}
	found = pfb_registry_bars(pdev, reports);
	for (bar = 0; bar < PFB_NR_BARS; bar++) {
		if (!(found & BIT(bar)) || !pfb_is_right(reports[bar].state))
			continue;
		if (!kept) {
			kept = pfb_keep(&path);
			if (!kept)
				return -ENOMEM;
			kept->present = true;
		}
		kept->bars[bar].address = reports[bar].resource;
		kept->bars[bar].size = reports[bar].size;
		right = true;
	}
	if (!right) {
		if (kept)
			pfb_forget_function(kept);
		return 0;
	}
	kept->vendor = pdev->vendor;
	kept->device = pdev->device;

	ret = pfb_pin_host(pdev->bus);
	if (!ret && pci_upstream_bridge(pdev))
		ret = pfb_pin_branch(pfb_top_of(pdev));
	return ret;
}

/* A right function that is away keeps its branch pinned: it may come back. */
static int pfb_pin_absent(struct pfb_kept_function *kept)
{
	struct pci_dev *top;
	int ret;

	top = pci_get_domain_bus_and_slot(kept->path.segment, kept->path.bus,
					  kept->path.hops[0]);
	if (!top)
		return 0;
	ret = pfb_pin_host(top->bus);
	if (!ret && kept->path.nr_hops > 1)
		ret = pfb_pin_branch(top);
	pci_dev_put(top);
	return ret;
}

/* Bridges that are away are remembered as long as a function behind them is. */
static bool pfb_leads_to_kept(const struct pfb_pinned_bridge *pin)
{
	struct pfb_kept_function *kept;

	list_for_each_entry(kept, &pfb_functions, node)
		if (kept->path.segment == pin->path.segment &&
		    kept->path.bus == pin->path.bus &&
		    kept->path.hops[0] == pin->path.hops[0])
			return true;
	return false;
}

/* The pins as the verdicts of this moment want them. */
static int pfb_pin_all(void)
{
	struct pfb_pinned_bridge *pin, *pin_next;
	struct pfb_pinned_host *host, *host_next;
	struct pfb_kept_function *kept;
	struct pfb_bar_report *reports;
	int ret;

	reports = kmalloc_array(PFB_NR_BARS, sizeof(*reports), GFP_KERNEL);
	if (!reports)
		return -ENOMEM;

	list_for_each_entry(pin, &pfb_bridges, node)
		pin->wanted = false;
	list_for_each_entry(host, &pfb_hosts, node)
		host->wanted = false;
	list_for_each_entry(kept, &pfb_functions, node)
		kept->present = false;

	ret = pfb_registry_for_each(pfb_pin_function, reports);
	kfree(reports);
	if (ret)
		return ret;
	list_for_each_entry(kept, &pfb_functions, node) {
		if (kept->present)
			continue;
		ret = pfb_pin_absent(kept);
		if (ret)
			return ret;
	}

	list_for_each_entry_safe(pin, pin_next, &pfb_bridges, node)
		if (!pin->wanted && (pin->pdev || !pfb_leads_to_kept(pin)))
			pfb_unpin_bridge(pin);
	list_for_each_entry_safe(host, host_next, &pfb_hosts, node)
		if (!host->wanted)
			pfb_unpin_host(host);
	return 0;
}

static void pfb_unpin_all(void)
{
	struct pfb_pinned_bridge *pin, *pin_next;
	struct pfb_pinned_host *host, *host_next;
	struct pfb_kept_function *kept, *kept_next;

	list_for_each_entry_safe(pin, pin_next, &pfb_bridges, node)
		pfb_unpin_bridge(pin);
	list_for_each_entry_safe(host, host_next, &pfb_hosts, node)
		pfb_unpin_host(host);
	list_for_each_entry_safe(kept, kept_next, &pfb_functions, node)
		pfb_forget_function(kept);
}

static int pfb_repin(void)
{
	int ret;

	/* Resource flags belong to whoever holds this lock. */
	pci_lock_rescan_remove();
	mutex_lock(&pfb_preserve_lock);
	ret = pfb_pin_all();
	mutex_unlock(&pfb_preserve_lock);
	pci_unlock_rescan_remove();
	return ret;
}

static void pfb_repin_work_fn(struct work_struct *work);
static DECLARE_DELAYED_WORK(pfb_repin_work, pfb_repin_work_fn);

/* Verdicts that do not change any more would not have it tried again. */
static void pfb_repin_work_fn(struct work_struct *work)
{
	if (!pfb_repin())
		return;
	pr_warn_ratelimited("out of memory while pinning: some bridge windows are not pinned yet; free some, it is tried again every second\n");
	schedule_delayed_work(&pfb_repin_work, HZ);
}

/* Verdicts change in contexts that may hold the rescan lock already. */
static int pfb_verdict_changed(struct notifier_block *nb, unsigned long event, void *data)
{
	schedule_delayed_work(&pfb_repin_work, 0);
	return NOTIFY_DONE;
}

static struct notifier_block pfb_verdict_nb = {
	.notifier_call = pfb_verdict_changed,
};

int pfb_preserve_start(void)
{
	int ret;

	ret = pfb_registry_register_notifier(&pfb_verdict_nb);
	if (ret)
		return ret;
	pfb_preserving = true;
	ret = pfb_repin();
	if (ret)
		pfb_preserve_stop();
	return ret;
}

void pfb_preserve_stop(void)
{
	if (!pfb_preserving)
		return;
	pfb_registry_unregister_notifier(&pfb_verdict_nb);
	cancel_delayed_work_sync(&pfb_repin_work);
	pci_lock_rescan_remove();
	mutex_lock(&pfb_preserve_lock);
	pfb_unpin_all();
	pfb_preserving = false;
	mutex_unlock(&pfb_preserve_lock);
	pci_unlock_rescan_remove();
}

bool pfb_preserve_guards(struct pci_bus *bus)
{
	struct pci_host_bridge *bridge = pci_find_host_bridge(bus);
	struct pfb_pinned_host *host;
	bool found = false;

	mutex_lock(&pfb_preserve_lock);
	list_for_each_entry(host, &pfb_hosts, node)
		found |= host->bridge == bridge;
	mutex_unlock(&pfb_preserve_lock);
	return found;
}

bool pfb_preserve_bar(struct pci_dev *pdev, unsigned int bar, u64 *address)
{
	struct pfb_kept_function *kept;
	struct pfb_path path;
	bool found = false;

	if (pfb_scan_path(pdev, &path))
		return false;
	mutex_lock(&pfb_preserve_lock);
	kept = pfb_find_function(&path);
	if (kept && kept->vendor == pdev->vendor && kept->device == pdev->device &&
	    kept->bars[bar].size) {
		u64 size = pci_resource_len(pdev, bar);

		/* The resource of a VF BAR holds one slice for each VF. */
		if (bar >= PFB_BAR_VF0 && pci_sriov_get_totalvfs(pdev) > 0)
			size = div_u64(size, (u32)pci_sriov_get_totalvfs(pdev));
		found = size == kept->bars[bar].size;
		*address = kept->bars[bar].address;
	}
	mutex_unlock(&pfb_preserve_lock);
	return found;
}

void pfb_preserve_bridge_added(struct pci_dev *bridge)
{
	struct pfb_pinned_bridge *pin;
	struct pfb_error err;
	struct pfb_path path;
	int i;

	if (pfb_scan_path(bridge, &path))
		return;
	mutex_lock(&pfb_preserve_lock);
	pin = pfb_find_bridge(&path);
	if (!pin || pin->pdev || pin->vendor != bridge->vendor || pin->device != bridge->device)
		goto out;
	for (i = 0; i < PFB_NR_BRIDGE_WINDOWS; i++) {
		struct pfb_pinned_window *win = &pin->windows[i];

		if (!win->kept)
			continue;
		if (pfb_place_window(bridge, PCI_BRIDGE_RESOURCES + i, win->flags,
				     win->start, win->end, &err))
			pci_warn(bridge, "a window did not go back to where it was, the kernel chooses: %s\n",
				 err.text);
	}
out:
	mutex_unlock(&pfb_preserve_lock);
}

void pfb_preserve_removed(struct pci_dev *pdev)
{
	struct pfb_pinned_bridge *pin;

	mutex_lock(&pfb_preserve_lock);
	list_for_each_entry(pin, &pfb_bridges, node) {
		if (pin->pdev == pdev) {
			pci_dev_put(pin->pdev);
			pin->pdev = NULL;
			break;
		}
	}
	mutex_unlock(&pfb_preserve_lock);
}
