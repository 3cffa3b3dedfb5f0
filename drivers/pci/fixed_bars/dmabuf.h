/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A dma-buf without struct pages, made of ranges of one BAR. Who may have one,
 * and when it is taken back, is export.h's.
 */
#ifndef PFB_DMABUF_H
#define PFB_DMABUF_H

#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/pci_fixed_bars.h>
#include <linux/types.h>
#include <linux/wait.h>

#include "reach_cache.h"

struct dma_buf;
struct inode;
struct pci_dev;

/* How long importers are waited for that were told to stop. */
#define PFB_DRAIN_TIMEOUT	(10 * HZ)

/**
 * struct pfb_export - a dma-buf and what it is made of
 * @node: entry in the list of exports, of export.c
 * @users: who revokes or judges it, for whom its release waits; of export.c
 * @gone: its release has begun; of export.c
 * @pdev: the function that has the BAR, referenced
 * @bar: PCI resource index
 * @owner: driver that the function was bound to, empty: none
 * @address: bus address of the BAR, as it was verified
 * @start: the same as the CPU has it
 * @size: bytes in all ranges
 * @last: highest bus address in them
 * @prefetch: the BAR is prefetchable, so that writes to it may be combined
 * @dmabuf: the dma-buf
 * @inode: of its file, which may be gone before it (open by path only); referenced
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
	unsigned int users;
	bool gone;
	struct pci_dev *pdev;
	unsigned int bar;
	char owner[sizeof_field(struct pfb_ioc_export, owner)];
	u64 address;
	phys_addr_t start;
	u64 size;
	u64 last;
	bool prefetch;
	struct dma_buf *dmabuf;
	struct inode *inode;
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
 * pfb_dmabuf_destroy() - the dma-buf of an export goes
 * @export: the export
 *
 * Context: may sleep.
 */
void pfb_dmabuf_destroy(struct pfb_export *export);

/**
 * pfb_dmabuf_revoke() - take a dma-buf back
 * @export: the export; its dma-buf does not go meanwhile
 *
 * Importers are told, and mappings of user space go. Nothing can be mapped any more
 * from that moment on. pfb_dmabuf_drain() waits until nobody uses it.
 *
 * Context: may sleep. The dma-buf's reservation lock is not held.
 */
void pfb_dmabuf_revoke(struct pfb_export *export);

/**
 * pfb_dmabuf_drain() - wait for the DMA of a dma-buf that was taken back
 * @export: the export, after pfb_dmabuf_revoke()
 * @deadline: jiffies, until when it is waited
 * @reason: why it was revoked, for log and trace
 *
 * Importers say with fences, and by unmapping, that they have stopped. One that does
 * neither in time is named in the log. Who waits for the same one waits for that, too.
 *
 * Context: may sleep. The dma-buf's reservation lock is not held.
 */
void pfb_dmabuf_drain(struct pfb_export *export, unsigned long deadline, const char *reason);

/**
 * pfb_dmabuf_user() - does an importer still use a dma-buf that was taken back
 * @export: the export; its dma-buf does not go meanwhile
 * @name: receives what to call it in a message
 * @size: bytes in @name
 *
 * Context: may sleep. The dma-buf's reservation lock is not held.
 * Return: true if one does.
 */
bool pfb_dmabuf_user(struct pfb_export *export, char *name, size_t size);

/**
 * pfb_dmabuf_recheck() - judge the paths of all importers again
 * @export: the export; its dma-buf does not go meanwhile
 * @names: receives the reasons of the first path that does not pass
 * @size: bytes in @names
 *
 * Context: may sleep. The dma-buf's reservation lock is not held.
 * Return: true when every importer still reaches it directly.
 */
bool pfb_dmabuf_recheck(struct pfb_export *export, char *names, size_t size);

#endif /* PFB_DMABUF_H */
