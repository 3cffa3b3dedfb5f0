/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PFB_PROVIDER_H
#define PFB_PROVIDER_H

#define PFB_PROVIDER_DRIVER	"pci_fixed_bars"

/**
 * pfb_provider_init() - register the driver that provides BARs
 *
 * The driver ``pci_fixed_bars`` has no id table: it binds by driver_override
 * or to a function that has the manifest's provider flag and no driver.
 * Called last, when every verdict is in.
 *
 * Context: may sleep. pci_lock_rescan_remove() is not held.
 * Return: 0 or a negative errno. A kernel without CONFIG_PCI_P2PDMA is no
 * error: it is said once, and each function's provider state says it too.
 */
int pfb_provider_init(void);

/**
 * pfb_provider_exit() - unregister the driver
 *
 * On return nothing is provided any more.
 *
 * Context: may sleep. pci_lock_rescan_remove() is not held.
 */
void pfb_provider_exit(void);

#endif /* PFB_PROVIDER_H */
