/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PFB_SCAN_H
#define PFB_SCAN_H

#include <pci_fixed_bars/topology.h>

struct pci_bus;
struct pci_dev;

/**
 * pfb_scan_topology() - the guest's topology as the kernel and config space have it
 * @top: receives the topology; release it with pfb_scan_free()
 * @err: receives why not
 *
 * Functions come depth-first in order of devfn, VFs left out. BAR addresses
 * are those of the registers, bridge windows those that the kernel holds.
 *
 * Context: may sleep. The caller holds pci_lock_rescan_remove().
 * Return: 0, -ENOMEM, or what pfb_topology_check() says.
 */
int pfb_scan_topology(struct pfb_topology *top, struct pfb_error *err);

/**
 * pfb_scan_again() - read one function of a topology once more
 * @pdev: the function
 * @fn: its entry, with what pfb_scan_topology() read
 *
 * Context: may sleep. The caller holds pci_lock_rescan_remove(), and has since
 * pfb_scan_topology().
 * Return: 0 or -ENOMEM, and @fn is as it was then.
 */
int pfb_scan_again(struct pci_dev *pdev, struct pfb_function *fn);

/**
 * pfb_scan_route() - as much of the topology as a request passes
 * @provider: the function that has the BAR
 * @client: the function that sends; NULL: none that could be placed
 * @top: receives both and every bridge above them, with BARs of the provider
 *	only, bridge windows as the registers have them, and no host bridge
 *	windows; release it with pfb_scan_free()
 * @ends: receives the index of @provider and that of @client in @top,
 *	%PFB_NO_FUNCTION for one that is NULL
 *
 * Works while buses are scanned and functions come and go: what is above a
 * function that is referenced stays in memory. The picture is that of the
 * moment, and not of one moment for all.
 *
 * Context: may sleep. The caller holds references on both functions.
 * Return: 0, -ENOMEM, -ENAMETOOLONG when one is deeper than %PFB_PATH_HOPS_MAX, -ERANGE when
 * one is in a domain that no path names.
 */
int pfb_scan_route(struct pci_dev *provider, struct pci_dev *client, struct pfb_topology *top,
		   u32 ends[2]);

/**
 * pfb_scan_free() - release what pfb_scan_topology() gave
 * @top: the topology; also what pfb_scan_route() gave
 *
 * Context: may sleep.
 */
void pfb_scan_free(struct pfb_topology *top);

/**
 * pfb_scan_path() - the path of a function, from its root bus down
 * @pdev: the function, not a VF
 * @path: receives the path
 *
 * Works from BUS_NOTIFY_ADD_DEVICE on, whether the function is tracked or not.
 *
 * Context: any; the caller holds a reference on @pdev.
 * Return: 0, -ENAMETOOLONG when it is deeper than %PFB_PATH_HOPS_MAX, -ERANGE when
 * no path names its root bus.
 */
int pfb_scan_path(struct pci_dev *pdev, struct pfb_path *path);

/**
 * pfb_scan_has_name() - can a path name what is behind a root bus
 * @root: the root bus
 *
 * A path has a segment as the hardware and ACPI do, of 16 bits. What the kernel numbers
 * from 0x10000 on, as Intel VMD's buses, is of its own making (drivers/pci/controller/vmd.c,
 * vmd_find_free_domain()).
 *
 * Context: any.
 * Return: false where none can.
 */
bool pfb_scan_has_name(struct pci_bus *root);

/**
 * struct pfb_bar_actual - one BAR as register and resource have it
 * @exists: the kernel holds a resource for it, or its register is not zero
 * @assigned: the resource has an address and is in the resource tree
 * @io: it is an I/O BAR
 * @mem64: its register is 64 bits wide
 * @prefetch: it is prefetchable
 * @disabled: an expansion ROM whose enable bit is off
 * @cut_off: a bridge above forwards another range than the kernel's window for it
 * @registered: address that the register holds
 * @resource: start of the kernel's resource as a bus address, 0 when not assigned
 * @size: bytes, of one VF's for a VF BAR; 0 when the kernel holds no resource
 */
struct pfb_bar_actual {
	bool exists;
	bool assigned;
	bool io;
	bool mem64;
	bool prefetch;
	bool disabled;
	bool cut_off;
	u64 registered;
	u64 resource;
	u64 size;
};

/**
 * pfb_scan_bars() - read all BARs of a function
 * @pdev: the function, not a VF
 * @bars: receives them, by PCI resource index
 *
 * Registers are only read: sizing one would take the BAR away for a moment.
 * So a 32-bit BAR whose resource was emptied and whose register is zero can't
 * be told from one that does not exist.
 *
 * Context: may sleep (a suspended function is resumed to be read).
 * Return: 0, -ENODEV when config space does not answer.
 */
int pfb_scan_bars(struct pci_dev *pdev, struct pfb_bar_actual bars[PFB_NR_BARS]);

#endif /* PFB_SCAN_H */
