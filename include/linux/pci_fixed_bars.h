/* SPDX-License-Identifier: GPL-2.0 */
/*
 * For other drivers in the guest: does a device reach a BAR directly, and a
 * dma-buf of a BAR that is where it must be.
 *
 * tools/testing/modules/pfb_sample.c is a driver that uses it.
 */
#ifndef _LINUX_PCI_FIXED_BARS_H
#define _LINUX_PCI_FIXED_BARS_H

#include <linux/types.h>

#include <pci_fixed_bars/error.h>
#include <uapi/linux/pci_fixed_bars.h>

struct device;
struct dma_buf;
struct pci_dev;

/**
 * struct pfb_range - a part of a BAR
 * @offset: bytes from the BAR's start
 * @length: bytes
 */
struct pfb_range {
	u64 offset;
	u64 length;
};

/**
 * struct pfb_path_verdict - does a device reach a BAR directly
 * @kind: the verdict
 * @why: all PFB_WHY_* found
 * @passes: an importer with this device may attach to an export of the BAR
 */
struct pfb_path_verdict {
	enum pfb_route_kind kind;
	u32 why;
	bool passes;
};

/**
 * pfb_check_path() - does a device reach a BAR directly
 * @provider: the function that has the BAR
 * @bar: PCI resource index
 * @client: the device that sends: what it is to give dma_buf_attach()
 * @verdict: receives the answer
 *
 * Asks every port on the way, unless the same path passed within the last second and
 * nothing that the kernel knows of has changed since: then it takes less than what
 * reads a register. The verdict of the BAR itself is that of the last check.
 *
 * Context: may sleep. The caller holds references on both. Not under a lock
 * that is taken in a PCI bus notifier.
 * Return: 0, -EINVAL for no BAR's index, -ENOMEM, -ENAMETOOLONG for a function
 * behind more than 15 bridges, -ERANGE for one in a domain above ffff, which no path names.
 */
int pfb_check_path(struct pci_dev *provider, unsigned int bar, struct device *client,
		   struct pfb_path_verdict *verdict);

/**
 * pfb_export_bar() - a dma-buf of a BAR, or of parts of it
 * @provider: the function that has the BAR
 * @bar: PCI resource index, 0 to 5
 * @ranges: the parts, of whole pages, in ascending order without overlap; NULL
 *	with @nr_ranges 0: the whole BAR
 * @nr_ranges: how many, at most %PFB_EXPORT_RANGES_MAX
 * @err: receives why not, in one line
 *
 * The caller is trusted: neither capabilities nor lockdown are asked. Importers
 * may attach when they reach the BAR directly, can do without struct pages, and
 * let their mappings be invalidated. The dma-buf is revoked when @provider is
 * unbound from its driver, or bound to one, when it is removed, and when the
 * BAR's verdict or an importer's path no longer passes: mapping then fails with
 * -ENODEV. A driver that exports its own function's BAR does so in its probe or
 * later, and need not do anything at its remove.
 *
 * Context: may sleep. Safe from a probe; not from a remove.
 * Return: the dma-buf, which the caller gives back with dma_buf_put(), or an
 * ERR_PTR(): -EPERM when the BAR's verdict does not pass, -EINVAL for what is no
 * memory BAR or a range that is not within it or not of whole pages, -EBUSY when it has
 * struct pages (p2pmem), -EIO when memory decode is off, -EOPNOTSUPP for a VF,
 * -EAGAIN when it moved or got another driver meanwhile, -ENODEV, -ENOMEM. As long as
 * there is a dma-buf, @provider does not suspend at run time.
 */
struct dma_buf *pfb_export_bar(struct pci_dev *provider, unsigned int bar,
			       const struct pfb_range *ranges, unsigned int nr_ranges,
			       struct pfb_error *err);

#endif /* _LINUX_PCI_FIXED_BARS_H */
