/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The PCI bus notifier. It is the registry's ears and, under the policy
 * ``preserve``, places or hides what is hot-added. Per event:
 *
 *	ADD_DEVICE	place or hide declared BARs; have all functions verified soon
 *	DEL_DEVICE	pfb_registry_removed()
 *	BOUND_DRIVER	pfb_registry_verify(): probing may have resized or moved
 *	UNBOUND_DRIVER	pfb_registry_verify()
 */
#ifndef PFB_HOTPLUG_H
#define PFB_HOTPLUG_H

/**
 * pfb_hotplug_start() - listen to the PCI bus
 *
 * Called before the first scan, under every policy: the registry must hear of
 * functions that come and go even when nothing is to be placed.
 *
 * Context: may sleep. pci_lock_rescan_remove() is held.
 * Return: 0 or a negative errno.
 */
int pfb_hotplug_start(void);

/**
 * pfb_hotplug_stop() - stop listening
 *
 * On return no callback and no work of it runs any more. Harmless when it was
 * not started.
 *
 * Context: may sleep. pci_lock_rescan_remove() is not held.
 */
void pfb_hotplug_stop(void);

#endif /* PFB_HOTPLUG_H */
