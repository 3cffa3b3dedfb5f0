/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PFB_SYSFS_H
#define PFB_SYSFS_H

#include <linux/types.h>

struct pci_dev;
struct pfb_sysfs;

/**
 * pfb_sysfs_add() - give a function its group ``fixed_bars/``
 * @pdev: the function
 * @bars: BIT(PCI resource index) of the BARs that get files
 *
 * Context: may sleep. Under the registry's sysfs lock, not under its lock.
 * Return: a handle for pfb_sysfs_remove(), or an ERR_PTR().
 */
struct pfb_sysfs *pfb_sysfs_add(struct pci_dev *pdev, u32 bars);

/**
 * pfb_sysfs_remove() - take a function's group away
 * @group: what pfb_sysfs_add() returned; NULL is harmless
 *
 * Waits for readers: they take the registry's lock, so the caller must not
 * hold it.
 *
 * Context: may sleep. Under the registry's sysfs lock.
 */
void pfb_sysfs_remove(struct pfb_sysfs *group);

/**
 * pfb_sysfs_init() - make /sys/kernel/pci_fixed_bars
 *
 * Context: may sleep.
 * Return: 0 or a negative errno.
 */
int pfb_sysfs_init(void);

/**
 * pfb_sysfs_exit() - remove /sys/kernel/pci_fixed_bars
 *
 * Waits for readers and for a write to ``verify``: no lock may be held.
 *
 * Context: may sleep.
 */
void pfb_sysfs_exit(void);

#endif /* PFB_SYSFS_H */
