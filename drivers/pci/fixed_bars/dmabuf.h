/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A dma-buf without struct pages, made of ranges of one BAR. Who may have one,
 * and when it is taken back, is export.h's.
 */
#ifndef PFB_DMABUF_H
#define PFB_DMABUF_H

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/pci_fixed_bars.h>
#include <linux/types.h>
#include <linux/wait.h>

#include "reach_cache.h"

struct dma_buf;
struct pci_dev;

/**
 * struct pfb_export - a dma-buf and what it is made of
 * @node: entry in the list of exports, of export.c
 * @pdev: the function that has the BAR, referenced
 * @bar: PCI resource index
 * @owner: driver that the function was bound to, empty: none
 * @address: bus address of the BAR, as it was verified
 * @start: the same as the CPU has it
 * @size: bytes in all ranges
 * @last: highest bus address in them
 * @prefetch: the BAR is prefetchable, so that writes to it may be combined
 * @dmabuf: the dma-buf
 * @revoked: no more mappings; under the dma-buf's reservation lock
 * @last_reach: whose path passed last
 * @mappings: struct pfb_mapping that importers hold; under the same lock
 * @unmapped: once revoked, woken when one of them goes
 * @drain: held while it is revoked, so that whoever revokes waits for the end
 * @drained: revoking is over; under @drain
 * @nr_ranges: entries in @ranges
 * @ranges: the parts of the BAR, of whole pages, ascending
 */
struct pfb_export {
	struct list_head node;
	struct pci_dev *pdev;
	unsigned int bar;
	char owner[sizeof_field(struct pfb_ioc_export, owner)];
	u64 address;
	phys_addr_t start;
	u64 size;
	u64 last;
	bool prefetch;
	struct dma_buf *dmabuf;
	bool revoked;
	struct pfb_last_reach last_reach;
	struct list_head mappings;
	wait_queue_head_t unmapped;
	struct mutex drain;
	bool drained;
	unsigned int nr_ranges;
	struct pfb_range ranges[];
};

/**
 * pfb_dmabuf_create() - make the dma-buf of an export
 * @export: all but dmabuf and what belongs to revoking filled in. When the
 *	dma-buf goes, pfb_export_forget() gets it back
 *
 * Context: may sleep.
 * Return: 0 and @export->dmabuf, or a negative errno and no dma-buf.
 */
int pfb_dmabuf_create(struct pfb_export *export);

/**
 * pfb_dmabuf_revoke() - take a dma-buf back
 * @export: the export; the caller holds a reference on its dma-buf
 * @reason: why, for log and trace
 *
 * Importers are told, mappings of user space go, and DMA is waited for, which
 * importers say with fences, and by unmapping. One that does neither within
 * ten seconds is named in the log. Nothing can be mapped any more from the
 * moment that it is told. When it is revoked already, waits until that is over.
 *
 * Context: may sleep. The dma-buf's reservation lock is not held.
 */
void pfb_dmabuf_revoke(struct pfb_export *export, const char *reason);

/**
 * pfb_dmabuf_recheck() - judge the paths of all importers again
 * @export: the export; the caller holds a reference on its dma-buf
 * @names: receives the reasons of the first path that does not pass
 * @size: bytes in @names
 *
 * Context: may sleep. The dma-buf's reservation lock is not held.
 * Return: true when every importer still reaches it directly.
 */
bool pfb_dmabuf_recheck(struct pfb_export *export, char *names, size_t size);

#endif /* PFB_DMABUF_H */
