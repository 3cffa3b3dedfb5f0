/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PFB_SYSFS_H
#define PFB_SYSFS_H

struct pfb_registry_listener;

/*
 * Gives each function that is tracked its group ``fixed_bars/``, and takes it
 * away again. Taking it away waits for readers, who take the registry's lock.
 */
extern const struct pfb_registry_listener pfb_sysfs_listener;

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
