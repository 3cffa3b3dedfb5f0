/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which BARs may be had as a dma-buf, and when they are taken back.
 */
#ifndef PFB_EXPORT_H
#define PFB_EXPORT_H

#include <linux/types.h>

#include <pci_fixed_bars/error.h>

struct pci_dev;
struct pfb_export;
struct pfb_range;

/**
 * pfb_export_make() - export a BAR
 * @pdev: the function that has it
 * @bar: PCI resource index
 * @ranges: the parts, of whole pages, ascending without overlap; NULL with
 *	@nr_ranges 0: the whole BAR
 * @nr_ranges: how many
 * @err: receives why not
 *
 * The function is verified first. The export's dma-buf is the caller's; when
 * it goes, so does the export.
 *
 * Context: may sleep. Takes the registry's locks. Safe from a driver's probe.
 * Return: the export, or an ERR_PTR() as pfb_export_bar() says.
 */
struct pfb_export *pfb_export_make(struct pci_dev *pdev, unsigned int bar,
				   const struct pfb_range *ranges, unsigned int nr_ranges,
				   struct pfb_error *err);

/**
 * pfb_export_forget() - the dma-buf of an export went
 * @export: the export, is freed
 *
 * Context: may sleep.
 */
void pfb_export_forget(struct pfb_export *export);

/**
 * pfb_export_revoke() - take back what is exported of a function
 * @pdev: the function
 * @bars: BIT(PCI resource index) of the BARs
 * @reason: why, for log and trace
 *
 * On return nothing is read or written through an export of these BARs any more, but by
 * an importer that did not stop within ten seconds, which all of them have together: see
 * pfb_export_user().
 *
 * Context: may sleep, for as long as importers need to stop their DMA.
 */
void pfb_export_revoke(struct pci_dev *pdev, u32 bars, const char *reason);

/**
 * pfb_export_user() - does an importer still use what was revoked of a function
 * @pdev: the function
 * @name: receives what to call it in a message
 * @size: bytes in @name
 *
 * For whoever is about to change where a BAR is, or what is behind it, and may leave it.
 *
 * Context: may sleep.
 * Return: true if one does.
 */
bool pfb_export_user(struct pci_dev *pdev, char *name, size_t size);

/**
 * pfb_export_recheck() - judge the paths of all importers again
 *
 * Exports that one of their importers no longer reaches directly are revoked.
 *
 * Context: may sleep. Takes the registry's lock.
 */
void pfb_export_recheck(void);

/**
 * pfb_export_init() - begin to listen to what revokes exports
 *
 * Context: may sleep.
 * Return: 0 or a negative errno.
 */
int pfb_export_init(void);

/**
 * pfb_export_exit() - stop listening
 *
 * There are no exports any more: each holds a reference on the module.
 *
 * Context: may sleep.
 */
void pfb_export_exit(void);

#endif /* PFB_EXPORT_H */
