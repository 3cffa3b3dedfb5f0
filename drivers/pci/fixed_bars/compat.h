/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What differs between kernels, each difference once. Kbuild looks in the
 * headers of $(KDIR) and defines PFB_HAVE_*.
 */
#ifndef PFB_COMPAT_H
#define PFB_COMPAT_H

#include <linux/device.h>
#include <linux/pci.h>

/*
 * pci_dev.resource[] has BARs up to here. Without CONFIG_PCI_IOV it has none
 * for VF BARs, and bridge windows follow right behind the ROM: an index of a
 * VF BAR is then that of a window, or past the end.
 */
#define PFB_NR_BAR_RESOURCES	PCI_BRIDGE_RESOURCES

/**
 * pfb_has_driver_override() - is a function meant for one driver only
 * @pdev: the function; its device lock is held, as in a probe
 *
 * The name of the driver moved from struct pci_dev into struct device in 7.x,
 * and stable kernels took that over: %PFB_HAVE_DEVICE_DRIVER_OVERRIDE says
 * that linux/device.h has device_has_driver_override().
 *
 * Context: any.
 * Return: true when a driver_override is set.
 */
static inline bool pfb_has_driver_override(struct pci_dev *pdev)
{
#if defined(__CHECKER__)
	/* sparse takes the scoped lock inside for an imbalance of the caller. */
	return false;
#elif defined(PFB_HAVE_DEVICE_DRIVER_OVERRIDE)
	return device_has_driver_override(&pdev->dev);
#else
	return pdev->driver_override;
#endif
}

/*
 * A binary attribute is handed to its own read and write as const from 6.16 on:
 * %PFB_HAVE_CONST_BIN_ATTRIBUTE says that linux/sysfs.h has it so.
 */
#ifdef PFB_HAVE_CONST_BIN_ATTRIBUTE
#define PFB_BIN_ATTRIBUTE	const struct bin_attribute
#else
#define PFB_BIN_ATTRIBUTE	struct bin_attribute
#endif

#endif /* PFB_COMPAT_H */
