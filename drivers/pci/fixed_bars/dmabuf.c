// SPDX-License-Identifier: GPL-2.0
/*
 * The exporter: a BAR, or ranges of it, as a dma-buf without struct pages.
 *
 *	attach	asks for the importer's path, and refuses what is not direct
 *	map	hands out the bus address that was verified: no IOMMU and no
 *		bounce buffer is in between, or the path would not be direct
 *	revoke	ends all of it, and comes back when nobody reads or writes any more
 *
 * pcim_p2pdma_provider() and dma_buf_phys_vec_to_sgt() of newer kernels are not
 * used: the first hangs devres on the function (its next probe fails, "Resources
 * present before probing", or the provider dies with another driver's unbind),
 * the second maps through the host bridge or an IOMMU where the path is not
 * direct, and does not say so.
 */
#define dev_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/dma-buf.h>
#include <linux/dma-resv.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/pci.h>
#include <linux/slab.h>

#include <pci_fixed_bars/topology.h>

#include "compat.h"
#include "dmabuf.h"
#include "export.h"
#include "mapping.h"
#include "reach.h"
#include "reach_cache.h"
#include "recheck.h"
#include "trace.h"

PFB_IMPORT_NS_DMA_BUF();

static int refuse_attach(struct pfb_export *export, struct device *client,
			 enum pfb_route_kind kind, const char *reason, int ret)
{
	trace_pfb_attach(pci_name(export->pdev), pfb_bar_index_name(export->bar),
			 dev_name(client), kind, reason, ret);
	pci_dbg(export->pdev, "%s: %s may not attach: %s\n", pfb_bar_index_name(export->bar),
		dev_name(client), reason);
	return ret;
}

static int refuse_path(struct pfb_export *export, struct device *client,
		       const struct pfb_known_reach *known)
{
	char names[PFB_ERROR_TEXT_MAX];

	return refuse_attach(export, client, known->kind,
			     pfb_reach_names(known->why, names, sizeof(names)), -EREMOTEIO);
}

static int judge_path(struct pfb_export *export, struct device *client,
		      struct pfb_known_reach *known)
{
	int ret;

	ret = pfb_reach_known(export->pdev, export->bar, client, known);
	if (ret)
		return ret;
	/* Nobody may have seen yet that it moved. */
	if (known->why & (PFB_WHY_BAR_STATE | PFB_WHY_WINDOW))
		pfb_recheck_soon();
	if (!known->passes)
		return refuse_path(export, client, known);
	if (known->address != export->address)
		return refuse_attach(export, client, known->kind, "bar-state", -EREMOTEIO);
	pfb_reach_passed(&export->last_reach, client, known);
	return 0;
}

/*
 * All that is kept of an importer is pfb_reach_generation() when its path was judged. It
 * changes under the dma-buf's reservation lock, once it is attached.
 */
static unsigned long judged_at(const struct dma_buf_attachment *attach)
{
	return (unsigned long)attach->priv;
}

static void set_judged(struct dma_buf_attachment *attach, unsigned long generation)
{
	attach->priv = (void *)generation;
}

/* An importer that cannot be told, or that wants pages, would keep what was revoked. */
static bool needs_pages(const struct dma_buf_attachment *attach)
{
	return !attach->peer2peer;
}

static bool is_revocable(const struct dma_buf_attachment *attach)
{
	return attach->importer_ops && attach->importer_ops->pfb_invalidate_mappings;
}

static noinline int attach_anew(struct pfb_export *export, struct dma_buf_attachment *attach)
{
	struct device *client = attach->dev;
	struct pfb_known_reach known;
	int ret;

	if (READ_ONCE(export->revoked))
		return refuse_attach(export, client, PFB_ROUTE_BLOCKED, "revoked", -ENODEV);
	ret = judge_path(export, client, &known);
	if (ret)
		return ret;
	if (needs_pages(attach))
		return refuse_attach(export, client, known.kind, "importer-needs-pages",
				     -EOPNOTSUPP);
	if (!is_revocable(attach))
		return refuse_attach(export, client, known.kind, "importer-not-revocable",
				     -EOPNOTSUPP);
	set_judged(attach, known.generation);
	trace_pfb_attach(pci_name(export->pdev), pfb_bar_index_name(export->bar),
			 dev_name(client), known.kind, "", 0);
	return 0;
}

/*
 * Importers attach for each buffer. For one that just was, without an IOMMU, and that nobody
 * traces, there is next to nothing to do: what takes a stack or a lock is in attach_anew().
 */
static int attach(struct dma_buf *dmabuf, struct dma_buf_attachment *attach)
{
	struct pfb_export *export = dmabuf->priv;
	unsigned long generation;

	if (unlikely(READ_ONCE(export->revoked) || needs_pages(attach) ||
		     !is_revocable(attach) || trace_pfb_attach_enabled() ||
		     !pfb_reach_still_passes(&export->last_reach, attach->dev, &generation) ||
		     export->last > pfb_reach_highest_address(attach->dev) ||
		     device_iommu_mapped(attach->dev)))
		return attach_anew(export, attach);
	set_judged(attach, generation);
	return 0;
}

/*
 * Nothing here moves, so that pinning keeps nothing from moving; and it does
 * not keep from revoking. Without these two the dma-buf core would cache a
 * mapping for each importer, beyond the reach of a revoke.
 */
static int pin(struct dma_buf_attachment *attach)
{
	struct pfb_export *export = attach->dmabuf->priv;

	dma_resv_assert_held(attach->dmabuf->resv);
	return export->revoked ? -ENODEV : 0;
}

static void unpin(struct dma_buf_attachment *attach)
{
}

/* One that attached while paths were judged again was not in the list yet. */
static noinline int judge_again(struct pfb_export *export, struct dma_buf_attachment *attach)
{
	struct pfb_known_reach known;
	int ret;

	ret = judge_path(export, attach->dev, &known);
	if (!ret)
		set_judged(attach, known.generation);
	return ret;
}

/* DMA mask and IOMMU its driver may have changed without a word. */
static int judge_map(struct pfb_export *export, struct dma_buf_attachment *attach)
{
	u32 why;
	int ret;

	if (judged_at(attach) != pfb_reach_generation()) {
		ret = judge_again(export, attach);
		if (ret)
			return ret;
	}
	why = pfb_reach_map_why(attach->dev, export->last);
	if (why)
		return refuse_attach(export, attach->dev, PFB_ROUTE_BLOCKED,
				     pfb_route_why_name(why), -EREMOTEIO);
	return 0;
}

static struct sg_table *map(struct dma_buf_attachment *attach, enum dma_data_direction dir)
{
	struct pfb_export *export = attach->dmabuf->priv;
	struct pfb_mapping *mapping;
	int ret;

	dma_resv_assert_held(attach->dmabuf->resv);
	if (export->revoked)
		return ERR_PTR(-ENODEV);
	ret = judge_map(export, attach);
	if (ret)
		return ERR_PTR(ret);
	mapping = pfb_mapping_make(attach->dev, export->address, export->ranges,
				   export->nr_ranges);
	if (IS_ERR(mapping))
		return ERR_CAST(mapping);
	list_add(&mapping->node, &export->mappings);
	return &mapping->sgt;
}

static void unmap(struct dma_buf_attachment *attach, struct sg_table *sgt,
		  enum dma_data_direction dir)
{
	struct pfb_mapping *mapping = container_of(sgt, struct pfb_mapping, sgt);
	struct pfb_export *export = attach->dmabuf->priv;

	dma_resv_assert_held(attach->dmabuf->resv);
	list_del(&mapping->node);
	pfb_mapping_free(mapping);
	/* Nobody waits before. */
	if (export->revoked)
		wake_up_all(&export->unmapped);
}

static int begin_cpu_access(struct dma_buf *dmabuf, enum dma_data_direction dir)
{
	struct pfb_export *export = dmabuf->priv;

	return READ_ONCE(export->revoked) ? -ENODEV : 0;
}

static int end_cpu_access(struct dma_buf *dmabuf, enum dma_data_direction dir)
{
	/* Writes may be combined, and must be out before the importer is told to read. */
	wmb();
	return 0;
}

static bool find_page(const struct pfb_export *export, u64 offset, phys_addr_t *address)
{
	unsigned int i;

	for (i = 0; i < export->nr_ranges; i++) {
		const struct pfb_range *range = &export->ranges[i];

		if (offset < range->length) {
			*address = export->start + range->offset + offset;
			return true;
		}
		offset -= range->length;
	}
	return false;
}

static vm_fault_t fault(struct vm_fault *vmf)
{
	struct pfb_export *export = vmf->vma->vm_private_data;
	vm_fault_t ret = VM_FAULT_SIGBUS;
	phys_addr_t address;

	if (!find_page(export, (u64)vmf->pgoff << PAGE_SHIFT, &address))
		return ret;
	dma_resv_lock(export->dmabuf->resv, NULL);
	if (!export->revoked)
		ret = vmf_insert_pfn(vmf->vma, vmf->address, PHYS_PFN(address));
	dma_resv_unlock(export->dmabuf->resv);
	return ret;
}

static const struct vm_operations_struct vm_ops = {
	.fault = fault,
};

static int mmap(struct dma_buf *dmabuf, struct vm_area_struct *vma)
{
	struct pfb_export *export = dmabuf->priv;

	if (!(vma->vm_flags & VM_SHARED))
		return -EINVAL;
	if (READ_ONCE(export->revoked))
		return -ENODEV;
	pfb_vm_flags_set(vma, VM_IO | VM_PFNMAP | VM_DONTEXPAND | VM_DONTDUMP);
	/* A guest with encrypted memory shares its devices' with the host. */
	vma->vm_page_prot = pgprot_decrypted(vma->vm_page_prot);
	vma->vm_page_prot = export->prefetch ? pgprot_writecombine(vma->vm_page_prot) :
					       pgprot_device(vma->vm_page_prot);
	vma->vm_private_data = export;
	vma->vm_ops = &vm_ops;
	return 0;
}

static void release(struct dma_buf *dmabuf)
{
	pfb_export_forget(dmabuf->priv);
}

static const struct dma_buf_ops ops = {
	.attach = attach,
	.pin = pin,
	.unpin = unpin,
	.map_dma_buf = map,
	.unmap_dma_buf = unmap,
	.begin_cpu_access = begin_cpu_access,
	.end_cpu_access = end_cpu_access,
	.mmap = mmap,
	.release = release,
};

int pfb_dmabuf_create(struct pfb_export *export)
{
	DEFINE_DMA_BUF_EXPORT_INFO(info);
	struct dma_buf *dmabuf;

	seqlock_init(&export->last_reach.lock);
	INIT_LIST_HEAD(&export->mappings);
	mutex_init(&export->drain);
	init_waitqueue_head(&export->unmapped);
	info.ops = &ops;
	info.size = export->size;
	info.flags = O_RDWR | O_CLOEXEC;
	info.priv = export;
	dmabuf = dma_buf_export(&info);
	if (IS_ERR(dmabuf))
		return PTR_ERR(dmabuf);
	export->dmabuf = dmabuf;
	export->inode = file_inode(dmabuf->file);
	ihold(export->inode);
	return 0;
}

void pfb_dmabuf_destroy(struct pfb_export *export)
{
	iput(export->inode);
}

/* Who did not let go. Those that only left a fence cannot be told from others. */
static void name_importers(struct pfb_export *export)
{
	const struct pfb_mapping *mapping;

	pci_err(export->pdev, "%s: revoked, but after %u s not every importer has stopped\n",
		pfb_bar_index_name(export->bar), PFB_DRAIN_TIMEOUT / HZ);
	dma_resv_lock(export->dmabuf->resv, NULL);
	list_for_each_entry(mapping, &export->mappings, node)
		pci_err(export->pdev, "%s: %s still uses it, and cannot be stopped from here: unbind its driver\n",
			pfb_bar_index_name(export->bar), dev_name(mapping->client));
	dma_resv_unlock(export->dmabuf->resv);
}

/* What importers cannot stop at once they say with fences. */
static bool drain(struct pfb_export *export, unsigned long deadline)
{
	long left = max_t(long, deadline - jiffies, 1);

	if (dma_resv_wait_timeout(export->dmabuf->resv, DMA_RESV_USAGE_BOOKKEEP, false, left) <= 0)
		return false;
	left = max_t(long, deadline - jiffies, 1);
	return wait_event_timeout(export->unmapped, list_empty(&export->mappings), left);
}

void pfb_dmabuf_revoke(struct pfb_export *export)
{
	dma_resv_lock(export->dmabuf->resv, NULL);
	if (!export->revoked) {
		WRITE_ONCE(export->revoked, true);
		pfb_dma_buf_invalidate(export->dmabuf);
	}
	dma_resv_unlock(export->dmabuf->resv);
	unmap_mapping_range(export->inode->i_mapping, 0, 0, 1);
}

void pfb_dmabuf_drain(struct pfb_export *export, unsigned long deadline, const char *reason)
{
	mutex_lock(&export->drain);
	if (export->drained)
		goto out;
	if (!drain(export, deadline))
		name_importers(export);
	WRITE_ONCE(export->drained, true);
	trace_pfb_revoke(pci_name(export->pdev), pfb_bar_index_name(export->bar), reason);
	pci_info(export->pdev, "%s: an export of %llu KiB was revoked: %s\n",
		 pfb_bar_index_name(export->bar), (unsigned long long)(export->size >> 10),
		 reason);
out:
	mutex_unlock(&export->drain);
}

bool pfb_dmabuf_user(struct pfb_export *export, char *name, size_t size)
{
	const struct pfb_mapping *mapping;
	bool used = true;

	dma_resv_lock(export->dmabuf->resv, NULL);
	mapping = list_first_entry_or_null(&export->mappings, struct pfb_mapping, node);
	if (mapping)
		strscpy(name, dev_name(mapping->client), size);
	else if (!dma_resv_test_signaled(export->dmabuf->resv, DMA_RESV_USAGE_BOOKKEEP))
		strscpy(name, "an importer that has unmapped it", size);
	else
		used = false;
	dma_resv_unlock(export->dmabuf->resv);
	return used;
}

bool pfb_dmabuf_recheck(struct pfb_export *export, char *names, size_t size)
{
	struct dma_buf_attachment *attachment;
	struct pfb_reach *reach;
	bool passes = true;

	reach = kmalloc(sizeof(*reach), GFP_KERNEL);
	if (!reach) {
		scnprintf(names, size, "no memory to judge its importers");
		return false;
	}
	dma_resv_lock(export->dmabuf->resv, NULL);
	list_for_each_entry(attachment, &export->dmabuf->attachments, node) {
		passes = !pfb_reach(export->pdev, export->bar, attachment->dev, reach) &&
			 pfb_reach_passes(reach);
		if (!passes) {
			pfb_reach_names(reach->route.why, names, size);
			break;
		}
	}
	dma_resv_unlock(export->dmabuf->resv);
	kfree(reach);
	return passes;
}
