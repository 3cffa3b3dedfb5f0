/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Pinning: what is right stays where it is, and is remembered so that it can
 * go back there when it is removed and comes again.
 */
#ifndef PFB_PRESERVE_H
#define PFB_PRESERVE_H

#include <linux/types.h>

struct pci_bus;
struct pci_dev;

/**
 * pfb_preserve_start() - pin what is right
 *
 * Called once after the first verdicts, and only under the policy
 * ``preserve``. Pins functions that come later from the registry's notifier.
 *
 * Context: may sleep. pci_lock_rescan_remove() is not held.
 * Return: 0 or a negative errno, with nothing pinned.
 */
int pfb_preserve_start(void);

/**
 * pfb_preserve_stop() - undo all pinning
 *
 * Everything that pfb_preserve_start() and what came later changed is as it
 * was. Harmless when nothing was started.
 *
 * Context: may sleep. pci_lock_rescan_remove() is not held.
 */
void pfb_preserve_stop(void);

/**
 * pfb_preserve_guards() - is anything pinned behind this bus's host bridge
 * @bus: any bus behind it
 *
 * Context: may sleep.
 * Return: true when what is added there must not disturb what is pinned.
 */
bool pfb_preserve_guards(struct pci_bus *bus);

/**
 * pfb_preserve_bar() - where a BAR that was right once has its place
 * @pdev: a function that was just added; may have been removed before
 * @bar: PCI resource index
 * @address: receives the bus address it had
 *
 * Context: may sleep.
 * Return: true when the same function (path, vendor:device) had the same BAR
 * (size) there while it was pinned.
 */
bool pfb_preserve_bar(struct pci_dev *pdev, unsigned int bar, u64 *address);

/**
 * pfb_preserve_bridge_added() - give a bridge that comes back the windows it had
 * @bridge: a bridge that was just added
 *
 * For BUS_NOTIFY_ADD_DEVICE: before anything behind the bridge is scanned.
 * Windows that cannot go back are said and left to the kernel.
 *
 * Context: may sleep. The caller holds pci_lock_rescan_remove().
 */
void pfb_preserve_bridge_added(struct pci_dev *bridge);

/**
 * pfb_preserve_removed() - a function is going
 * @pdev: the function
 *
 * Drops the reference to it; what is remembered of it stays.
 *
 * Context: may sleep.
 */
void pfb_preserve_removed(struct pci_dev *pdev);

#endif /* PFB_PRESERVE_H */
