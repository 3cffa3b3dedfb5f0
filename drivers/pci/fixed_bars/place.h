/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Put one BAR or one bridge window where it belongs: the resource is claimed,
 * the register is written and read back. Addresses are PCI bus addresses.
 */
#ifndef PFB_PLACE_H
#define PFB_PLACE_H

#include <linux/types.h>

#include <pci_fixed_bars/error.h>

struct pci_bus;
struct pci_dev;
struct resource;

/**
 * pfb_place_window_index() - the bridge window that a resource goes through
 * @bridge: the bridge
 * @res: a BAR or window somewhere below it
 * @limit: the highest bus address that has to go through
 *
 * The choice is the PCI core's own (pbus_select_window() in
 * drivers/pci/setup-bus.c): what is prefetchable goes through the
 * prefetchable window where there is one that reaches @limit and is as wide.
 *
 * Context: any.
 * Return: an index into pci_dev.resource.
 */
unsigned int pfb_place_window_index(struct pci_dev *bridge, const struct resource *res,
				    u64 limit);

/**
 * pfb_place_window() - give a bridge window that has no address one
 * @bridge: the bridge; nothing is live behind it yet
 * @index: index into pci_dev.resource
 * @flags: resource flags to give the window
 * @start: first bus address
 * @end: last bus address
 * @err: receives why not
 *
 * Context: may sleep. The caller holds pci_lock_rescan_remove().
 * Return: 0, -EBUSY when the address is taken or outside the window above,
 * -EIO when the register does not hold what was written. On error the
 * resource is as it was.
 */
int pfb_place_window(struct pci_dev *bridge, unsigned int index, unsigned long flags,
		     u64 start, u64 end, struct pfb_error *err);

/**
 * pfb_place_bar() - give a BAR that has no address the one it must have
 * @pdev: the function, just added: not enabled, no driver, no VF enabled
 * @bar: PCI resource index
 * @start: bus address for the BAR (for a VF BAR: of the first VF's)
 * @err: receives why not, and the fix
 *
 * Bridge windows above that have no address yet, or end short of the BAR, are
 * extended to hold it, root port first; what they already hold stays inside.
 *
 * Context: may sleep. The caller holds pci_lock_rescan_remove().
 * Return: 0, -EINVAL for a BAR that cannot be there, -EBUSY when the address
 * or a window that it needs is taken, -EIO when a register does not hold what
 * was written. On error every resource and window is as it was.
 */
int pfb_place_bar(struct pci_dev *pdev, unsigned int bar, u64 start, struct pfb_error *err);

#endif /* PFB_PLACE_H */
