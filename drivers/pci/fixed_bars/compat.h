/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What differs between kernels, each difference once. Kbuild looks in the
 * headers of $(KDIR) and defines PFB_HAVE_*.
 */
#ifndef PFB_COMPAT_H
#define PFB_COMPAT_H

#include <linux/device.h>
#include <linux/dma-buf.h>
#include <linux/mm.h>
#include <linux/module.h>
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

/*
 * Since 6.13 the name of a namespace is a string; before it was a word.
 * %PFB_HAVE_NS_WORD says that linux/module.h still makes a string of it.
 */
#ifdef PFB_HAVE_NS_WORD
#define PFB_IMPORT_NS_DMA_BUF()	MODULE_IMPORT_NS(DMA_BUF)
#else
#define PFB_IMPORT_NS_DMA_BUF()	MODULE_IMPORT_NS("DMA_BUF")
#endif

/*
 * What tells an importer that its mappings go was renamed in 7.x, and is no
 * longer mandatory for importers: %PFB_HAVE_DMA_BUF_INVALIDATE says that linux/dma-buf.h
 * has dma_buf_invalidate_mappings().
 */
#ifdef PFB_HAVE_DMA_BUF_INVALIDATE
#define pfb_invalidate_mappings		invalidate_mappings
#define pfb_dma_buf_invalidate(dmabuf)	dma_buf_invalidate_mappings(dmabuf)
#else
#define pfb_invalidate_mappings		move_notify
#define pfb_dma_buf_invalidate(dmabuf)	dma_buf_move_notify(dmabuf)
#endif

/**
 * pfb_vm_flags_set() - set flags of a mapping that is being made
 * @vma: the mapping, its mmap lock is held for writing
 * @flags: VM_*
 *
 * vm_flags cannot be written since 6.3; stable kernels took the function for
 * it over: %PFB_HAVE_VM_FLAGS_SET says that linux/mm.h has vm_flags_set().
 *
 * Context: may sleep.
 */
static inline void pfb_vm_flags_set(struct vm_area_struct *vma, unsigned long flags)
{
#ifdef PFB_HAVE_VM_FLAGS_SET
	vm_flags_set(vma, flags);
#else
	vma->vm_flags |= flags;
#endif
}

#endif /* PFB_COMPAT_H */
