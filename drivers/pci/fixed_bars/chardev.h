/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PFB_CHARDEV_H
#define PFB_CHARDEV_H

/**
 * pfb_chardev_init() - make /dev/pci_fixed_bars
 *
 * Called last: from now on it is asked.
 *
 * Context: may sleep.
 * Return: 0 or a negative errno.
 */
int pfb_chardev_init(void);

/**
 * pfb_chardev_exit() - remove /dev/pci_fixed_bars
 *
 * Nobody has it open: who does holds a reference on the module.
 *
 * Context: may sleep.
 */
void pfb_chardev_exit(void);

#endif /* PFB_CHARDEV_H */
