// SPDX-License-Identifier: GPL-2.0
/*
 * An importer of dma-bufs for tests: QEMU's edu, a DMA engine that moves 4 KiB
 * at a time between an address and a buffer of its own (docs/specs/edu.rst in
 * QEMU). The bytes take two hops, RAM to the engine and on to the dma-buf, or
 * back; the second is peer-to-peer DMA.
 *
 * It is an importer as it should be: it can do without struct pages, and
 * lets go when it is told to. What the engine is doing then cannot be stopped,
 * so it is covered by a fence.
 */
#include <linux/delay.h>
#include <linux/dma-buf.h>
#include <linux/dma-fence.h>
#include <linux/dma-mapping.h>
#include <linux/dma-resv.h>
#include <linux/fs.h>
#include <linux/io-64-nonatomic-lo-hi.h>
#include <linux/iopoll.h>
#include <linux/kref.h>
#include <linux/ktime.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/pci-p2pdma.h>
#include <linux/pci.h>
#include <linux/pci_fixed_bars.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/uaccess.h>

#include "../../../drivers/pci/fixed_bars/compat.h"
#include "pfb_edu.h"

/* The module does not export it, and an object belongs to one module. */
#include "../../../drivers/pci/fixed_bars/mapping.c"

#define EDU_DMA_SRC	0x80
#define EDU_DMA_DST	0x88
#define EDU_DMA_COUNT	0x90
#define EDU_DMA_CMD	0x98
#define EDU_DMA_RUN	1
#define EDU_DMA_OUT	2		/* from the engine's buffer */
#define EDU_BUFFER	0x40000		/* its address in the engine's eyes */

/* The engine takes 100 ms of the guest's time, and emulated guests are slow. */
#define EDU_TIMEOUT_US	(60 * USEC_PER_SEC)

/**
 * struct edu - one engine
 * @ref: the driver's, and one for each open file
 * @misc: /dev/pfb_edu-BDF
 * @pdev: the function
 * @regs: its registers; NULL when the driver was unbound
 * @gone: a lock for @regs going, and for one user of the engine at a time
 * @ram: a chunk of RAM
 * @ram_addr: the same for the engine
 * @context: of fences
 * @seqno: of the last fence
 */
struct edu {
	struct kref ref;
	struct miscdevice misc;
	struct pci_dev *pdev;
	void __iomem *regs;
	struct mutex gone;
	void *ram;
	dma_addr_t ram_addr;
	u64 context;
	u64 seqno;
};

/**
 * struct edu_file - one attachment
 * @edu: the engine
 * @lock: one ioctl at a time
 * @dmabuf: what is attached, referenced, or NULL
 * @attach: the attachment
 * @flags: PFB_EDU_*
 * @sgt: the mapping, or NULL; under the dma-buf's reservation lock
 * @busy: the engine uses the mapping; under the same
 * @told: to let go; under the same
 * @running: the engine is moving bytes; over before the fence says so
 */
struct edu_file {
	struct edu *edu;
	struct mutex lock;
	struct dma_buf *dmabuf;
	struct dma_buf_attachment *attach;
	u32 flags;
	struct sg_table *sgt;
	bool busy;
	bool told;
	bool running;
};

PFB_IMPORT_NS_DMA_BUF();

static void edu_free(struct kref *ref)
{
	struct edu *edu = container_of(ref, struct edu, ref);

	pci_dev_put(edu->pdev);
	kfree(edu->misc.name);
	kfree(edu);
}

/*
 * The engine.
 */

static int edu_run(struct edu *edu, u64 src, u64 dst, u32 count, u32 cmd)
{
	u32 state;

	writeq(src, edu->regs + EDU_DMA_SRC);
	writeq(dst, edu->regs + EDU_DMA_DST);
	writeq(count, edu->regs + EDU_DMA_COUNT);
	writeq(cmd | EDU_DMA_RUN, edu->regs + EDU_DMA_CMD);
	return readl_poll_timeout(edu->regs + EDU_DMA_CMD, state, !(state & EDU_DMA_RUN), 1000,
				  EDU_TIMEOUT_US);
}

static int edu_in(struct edu *edu, u64 address, u32 count)
{
	return edu_run(edu, address, EDU_BUFFER, count, 0);
}

static int edu_out(struct edu *edu, u64 address, u32 count)
{
	return edu_run(edu, EDU_BUFFER, address, count, EDU_DMA_OUT);
}

/*
 * Fences.
 */

struct edu_fence {
	struct dma_fence base;
	spinlock_t lock;
};

static const char *fence_name(struct dma_fence *fence)
{
	return "pfb_edu";
}

static const struct dma_fence_ops fence_ops = {
	.get_driver_name = fence_name,
	.get_timeline_name = fence_name,
};

/* Under the reservation lock. */
static struct dma_fence *add_fence(struct edu *edu, struct dma_resv *resv)
{
	struct edu_fence *fence;

	if (dma_resv_reserve_fences(resv, 1))
		return NULL;
	fence = kzalloc(sizeof(*fence), GFP_KERNEL);
	if (!fence)
		return NULL;
	spin_lock_init(&fence->lock);
	dma_fence_init(&fence->base, &fence_ops, &fence->lock, edu->context, ++edu->seqno);
	dma_resv_add_fence(resv, &fence->base, DMA_RESV_USAGE_BOOKKEEP);
	return &fence->base;
}

/*
 * The importer.
 */

/* Under the reservation lock. */
static void drop_mapping(struct edu_file *ef)
{
	if (!ef->sgt)
		return;
	dma_buf_unmap_attachment(ef->attach, ef->sgt, DMA_BIDIRECTIONAL);
	ef->sgt = NULL;
}

static void let_go(struct dma_buf_attachment *attach)
{
	struct edu_file *ef = attach->importer_priv;

	if (ef->flags & PFB_EDU_DEAF)
		return;
	if (ef->busy && !(ef->flags & PFB_EDU_FENCED))
		ef->told = true;
	else
		drop_mapping(ef);
}

static const struct dma_buf_attach_ops good_ops = {
	.allow_peer2peer = true,
	.pfb_invalidate_mappings = let_go,
};

static const struct dma_buf_attach_ops pages_ops = {
	.pfb_invalidate_mappings = let_go,
};

static int do_attach(struct edu_file *ef, const struct pfb_edu_attach *arg)
{
	struct device *dev = &ef->edu->pdev->dev;
	struct dma_buf_attachment *attach;
	struct dma_buf *dmabuf;

	if (ef->dmabuf)
		return -EBUSY;
	dmabuf = dma_buf_get(arg->fd);
	if (IS_ERR(dmabuf))
		return PTR_ERR(dmabuf);
	ef->flags = arg->flags;
	if (arg->flags & PFB_EDU_STATIC)
		attach = dma_buf_attach(dmabuf, dev);
	else
		attach = dma_buf_dynamic_attach(dmabuf, dev,
						arg->flags & PFB_EDU_NEEDS_PAGES ?
						&pages_ops : &good_ops, ef);
	if (IS_ERR(attach)) {
		dma_buf_put(dmabuf);
		return PTR_ERR(attach);
	}
	ef->dmabuf = dmabuf;
	ef->attach = attach;
	ef->told = false;
	return 0;
}

static int do_map(struct edu_file *ef)
{
	struct sg_table *sgt;
	int ret = 0;

	if (!ef->dmabuf)
		return -ENOTCONN;
	dma_resv_lock(ef->dmabuf->resv, NULL);
	if (ef->sgt) {
		ret = -EBUSY;
	} else {
		sgt = dma_buf_map_attachment(ef->attach, DMA_BIDIRECTIONAL);
		if (IS_ERR(sgt))
			ret = PTR_ERR(sgt);
		else
			ef->sgt = sgt;
	}
	dma_resv_unlock(ef->dmabuf->resv);
	return ret;
}

static int do_unmap(struct edu_file *ef)
{
	if (!ef->dmabuf)
		return -ENOTCONN;
	dma_resv_lock(ef->dmabuf->resv, NULL);
	drop_mapping(ef);
	dma_resv_unlock(ef->dmabuf->resv);
	return 0;
}

static int do_detach(struct edu_file *ef)
{
	if (!ef->dmabuf)
		return -ENOTCONN;
	do_unmap(ef);
	dma_buf_detach(ef->dmabuf, ef->attach);
	dma_buf_put(ef->dmabuf);
	ef->dmabuf = NULL;
	return 0;
}

static int do_entry(struct edu_file *ef, struct pfb_edu_entry *arg)
{
	struct scatterlist *sg;
	int i, ret = -ENOENT;

	if (!ef->dmabuf)
		return -ENOTCONN;
	dma_resv_lock(ef->dmabuf->resv, NULL);
	arg->nr = ef->sgt ? ef->sgt->nents : 0;
	if (ef->sgt) {
		for_each_sgtable_dma_sg(ef->sgt, sg, i) {
			if (i != arg->index)
				continue;
			arg->address = sg_dma_address(sg);
			arg->length = sg_dma_len(sg);
			ret = 0;
		}
	}
	dma_resv_unlock(ef->dmabuf->resv);
	return ret;
}

/* The DMA address of a part of the dma-buf that is in one entry; 0: none. */
static u64 address_of(struct edu_file *ef, u64 offset, u32 length)
{
	struct scatterlist *sg;
	int i;

	for_each_sgtable_dma_sg(ef->sgt, sg, i) {
		if (offset < sg_dma_len(sg))
			return length <= sg_dma_len(sg) - offset ? sg_dma_address(sg) + offset : 0;
		offset -= sg_dma_len(sg);
	}
	return 0;
}

static int begin(struct edu_file *ef, const struct pfb_edu_copy *arg, u64 *address,
		 struct dma_fence **fence)
{
	int ret = 0;

	dma_resv_lock(ef->dmabuf->resv, NULL);
	*address = ef->sgt ? address_of(ef, arg->offset, arg->length) : 0;
	if (!ef->sgt)
		ret = -ENXIO;
	else if (!*address)
		ret = -EINVAL;
	if (!ret) {
		*fence = add_fence(ef->edu, ef->dmabuf->resv);
		if (*fence) {
			ef->busy = true;
			WRITE_ONCE(ef->running, true);
		} else {
			ret = -ENOMEM;
		}
	}
	dma_resv_unlock(ef->dmabuf->resv);
	return ret;
}

static void end(struct edu_file *ef, struct dma_fence *fence)
{
	WRITE_ONCE(ef->running, false);
	/* First, as whoever revokes may wait for it with a lock that the next line takes. */
	dma_fence_signal(fence);
	dma_fence_put(fence);
	dma_resv_lock(ef->dmabuf->resv, NULL);
	ef->busy = false;
	if (ef->told)
		drop_mapping(ef);
	ef->told = false;
	dma_resv_unlock(ef->dmabuf->resv);
}

static int do_copy(struct edu_file *ef, const struct pfb_edu_copy *arg)
{
	struct edu *edu = ef->edu;
	struct dma_fence *fence;
	u64 address;
	unsigned int runs;
	int ret;

	if (!ef->dmabuf)
		return -ENOTCONN;
	if (!arg->length || arg->length > PFB_EDU_CHUNK)
		return -EINVAL;

	mutex_lock(&edu->gone);
	ret = edu->regs ? 0 : -ENODEV;
	if (!ret && arg->to_buf) {
		if (copy_from_user(edu->ram, u64_to_user_ptr(arg->data), arg->length))
			ret = -EFAULT;
		else
			ret = edu_in(edu, edu->ram_addr, arg->length);
	}
	if (!ret)
		ret = begin(ef, arg, &address, &fence);
	if (!ret) {
		/* Long enough for whoever does not wait for the fence to be done before. */
		for (runs = ef->flags & PFB_EDU_FENCED ? 15 : 1; !ret && runs; runs--)
			ret = arg->to_buf ? edu_out(edu, address, arg->length) :
					    edu_in(edu, address, arg->length);
		end(ef, fence);
	}
	if (!ret && !arg->to_buf) {
		memset(edu->ram, 0xa5, arg->length);
		ret = edu_out(edu, edu->ram_addr, arg->length);
		if (!ret && copy_to_user(u64_to_user_ptr(arg->data), edu->ram, arg->length))
			ret = -EFAULT;
	}
	mutex_unlock(&edu->gone);
	return ret;
}

/*
 * A dma-buf that asks nothing, to compare with. Its mappings are made, kept and freed as
 * the module's are, of a page at whatever address, and could be revoked.
 */

struct plain {
	struct list_head mappings;
	struct pfb_range range;
	bool revoked;
};

static int plain_attach(struct dma_buf *dmabuf, struct dma_buf_attachment *attach)
{
	struct plain *plain = dmabuf->priv;

	attach->priv = NULL;
	return READ_ONCE(plain->revoked) ? -ENODEV : 0;
}

static struct sg_table *plain_map(struct dma_buf_attachment *attach, enum dma_data_direction dir)
{
	struct plain *plain = attach->dmabuf->priv;
	struct pfb_mapping *mapping;

	if (plain->revoked)
		return ERR_PTR(-ENODEV);
	mapping = pfb_mapping_make(attach->dev, PAGE_SIZE, &plain->range, 1);
	if (IS_ERR(mapping))
		return ERR_CAST(mapping);
	list_add(&mapping->node, &plain->mappings);
	return &mapping->sgt;
}

static void plain_unmap(struct dma_buf_attachment *attach, struct sg_table *sgt,
			enum dma_data_direction dir)
{
	struct pfb_mapping *mapping = container_of(sgt, struct pfb_mapping, sgt);
	struct plain *plain = attach->dmabuf->priv;

	list_del(&mapping->node);
	pfb_mapping_free(mapping);
	if (plain->revoked)
		pr_debug("nobody waits for it\n");
}

static int plain_pin(struct dma_buf_attachment *attach)
{
	return 0;
}

static void plain_unpin(struct dma_buf_attachment *attach)
{
}

static void plain_release(struct dma_buf *dmabuf)
{
	kfree(dmabuf->priv);
}

static const struct dma_buf_ops plain_ops = {
	.attach = plain_attach,
	.pin = plain_pin,
	.unpin = plain_unpin,
	.map_dma_buf = plain_map,
	.unmap_dma_buf = plain_unmap,
	.release = plain_release,
};

static struct dma_buf *plain_export(void)
{
	struct plain *plain = kzalloc(sizeof(*plain), GFP_KERNEL);
	DEFINE_DMA_BUF_EXPORT_INFO(info);
	struct dma_buf *dmabuf;

	if (!plain)
		return ERR_PTR(-ENOMEM);
	INIT_LIST_HEAD(&plain->mappings);
	plain->range.length = PAGE_SIZE;
	info.ops = &plain_ops;
	info.size = PAGE_SIZE;
	info.flags = O_RDWR;
	info.priv = plain;
	dmabuf = dma_buf_export(&info);
	if (IS_ERR(dmabuf))
		kfree(plain);
	return dmabuf;
}

static void time_let_go(struct dma_buf_attachment *attach)
{
}

static const struct dma_buf_attach_ops time_ops = {
	.allow_peer2peer = true,
	.pfb_invalidate_mappings = time_let_go,
};

static int once(struct edu *edu, struct dma_buf *dmabuf)
{
	struct dma_buf_attachment *attach;
	struct sg_table *sgt;
	int ret = 0;

	attach = dma_buf_dynamic_attach(dmabuf, &edu->pdev->dev, &time_ops, NULL);
	if (IS_ERR(attach))
		return PTR_ERR(attach);
	dma_resv_lock(dmabuf->resv, NULL);
	sgt = dma_buf_map_attachment(attach, DMA_BIDIRECTIONAL);
	if (IS_ERR(sgt))
		ret = PTR_ERR(sgt);
	else
		dma_buf_unmap_attachment(attach, sgt, DMA_BIDIRECTIONAL);
	dma_resv_unlock(dmabuf->resv);
	dma_buf_detach(dmabuf, attach);
	return ret;
}

static int do_time(struct edu_file *ef, struct pfb_edu_time *arg)
{
	struct dma_buf *dmabuf = arg->fd < 0 ? plain_export() : dma_buf_get(arg->fd);
	u64 start;
	int ret = 0;
	u32 i;

	if (IS_ERR(dmabuf))
		return PTR_ERR(dmabuf);
	start = ktime_get_ns();
	for (i = 0; !ret && i < arg->loops; i++)
		ret = once(ef->edu, dmabuf);
	arg->ns = ktime_get_ns() - start;
	dma_buf_put(dmabuf);
	return ret;
}

#ifdef CONFIG_PCI_P2PDMA
static int ask_kernel(struct pci_dev *provider, struct device *client, u64 loops)
{
	while (loops--)
		pci_p2pdma_distance_many(provider, &client, 1, false);
	return 0;
}
#else
static int ask_kernel(struct pci_dev *provider, struct device *client, u64 loops)
{
	return -EOPNOTSUPP;
}
#endif

/* By name, so that this module does without the other. */
static int ask_module(struct pci_dev *provider, unsigned int bar, struct device *client, u64 loops)
{
	typeof(pfb_check_path) *check = symbol_get(pfb_check_path);
	struct pfb_path_verdict verdict = { .passes = true };
	int ret = 0;

	if (!check)
		return -EOPNOTSUPP;
	while (!ret && verdict.passes && loops--)
		ret = check(provider, bar, client, &verdict);
	symbol_put(pfb_check_path);
	return ret ?: verdict.passes ? 0 : -EREMOTEIO;
}

static int do_path(struct edu_file *ef, struct pfb_edu_path *arg)
{
	struct pci_dev *provider = pci_get_domain_bus_and_slot(arg->segment, arg->bus, arg->devfn);
	struct device *client = &ef->edu->pdev->dev;
	u64 start;
	int ret;

	if (!provider)
		return -ENODEV;
	start = ktime_get_ns();
	ret = arg->bar < 0 ? ask_kernel(provider, client, arg->loops) :
			     ask_module(provider, arg->bar, client, arg->loops);
	arg->ns = ktime_get_ns() - start;
	pci_dev_put(provider);
	return ret;
}

static int do_mask(struct edu_file *ef, u64 mask)
{
	struct edu *edu = ef->edu;
	int ret = -ENODEV;

	mutex_lock(&edu->gone);
	if (edu->regs)
		ret = dma_set_mask(&edu->pdev->dev, mask);
	mutex_unlock(&edu->gone);
	return ret;
}

static long edu_ioctl(struct file *file, unsigned int cmd, unsigned long user)
{
	struct edu_file *ef = file->private_data;
	void __user *from = (void __user *)user;
	union {
		struct pfb_edu_attach attach;
		struct pfb_edu_entry entry;
		struct pfb_edu_copy copy;
		struct pfb_edu_time time;
		struct pfb_edu_path path;
		u64 mask;
	} arg = {};
	int ret;

	/* While another of the file's ioctls goes on. */
	if (cmd == PFB_EDU_RUNNING)
		return READ_ONCE(ef->running);
	if (_IOC_SIZE(cmd) > sizeof(arg))
		return -ENOTTY;
	if (_IOC_DIR(cmd) & _IOC_WRITE && copy_from_user(&arg, from, _IOC_SIZE(cmd)))
		return -EFAULT;
	mutex_lock(&ef->lock);
	switch (cmd) {
	case PFB_EDU_ATTACH:
		ret = do_attach(ef, &arg.attach);
		break;
	case PFB_EDU_DETACH:
		ret = do_detach(ef);
		break;
	case PFB_EDU_MAP:
		ret = do_map(ef);
		break;
	case PFB_EDU_UNMAP:
		ret = do_unmap(ef);
		break;
	case PFB_EDU_ENTRY:
		ret = do_entry(ef, &arg.entry);
		break;
	case PFB_EDU_COPY:
		ret = do_copy(ef, &arg.copy);
		break;
	case PFB_EDU_MASK:
		ret = do_mask(ef, arg.mask);
		break;
	case PFB_EDU_TIME:
		ret = do_time(ef, &arg.time);
		break;
	case PFB_EDU_PATH:
		ret = do_path(ef, &arg.path);
		break;
	default:
		ret = -ENOTTY;
	}
	mutex_unlock(&ef->lock);
	if (!ret && _IOC_DIR(cmd) & _IOC_READ && copy_to_user(from, &arg, _IOC_SIZE(cmd)))
		ret = -EFAULT;
	return ret;
}

static int edu_open(struct inode *inode, struct file *file)
{
	struct edu *edu = container_of(file->private_data, struct edu, misc);
	struct edu_file *ef = kzalloc(sizeof(*ef), GFP_KERNEL);

	if (!ef)
		return -ENOMEM;
	mutex_init(&ef->lock);
	ef->edu = edu;
	kref_get(&edu->ref);
	file->private_data = ef;
	return 0;
}

static int edu_close(struct inode *inode, struct file *file)
{
	struct edu_file *ef = file->private_data;

	do_detach(ef);
	kref_put(&ef->edu->ref, edu_free);
	kfree(ef);
	return 0;
}

static const struct file_operations edu_fops = {
	.owner = THIS_MODULE,
	.open = edu_open,
	.release = edu_close,
	.unlocked_ioctl = edu_ioctl,
};

static int edu_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct edu *edu;
	int ret;

	edu = kzalloc(sizeof(*edu), GFP_KERNEL);
	if (!edu)
		return -ENOMEM;
	kref_init(&edu->ref);
	mutex_init(&edu->gone);
	edu->pdev = pci_dev_get(pdev);
	edu->context = dma_fence_context_alloc(1);
	edu->misc.minor = MISC_DYNAMIC_MINOR;
	edu->misc.name = kasprintf(GFP_KERNEL, "pfb_edu-%s", pci_name(pdev));
	edu->misc.fops = &edu_fops;
	edu->misc.mode = 0600;
	ret = -ENOMEM;
	if (!edu->misc.name)
		goto err_put;
	ret = pci_enable_device_mem(pdev);
	if (ret)
		goto err_put;
	ret = dma_set_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(64));
	if (ret)
		goto err_disable;
	ret = -ENOMEM;
	edu->regs = pci_iomap(pdev, 0, 0);
	if (!edu->regs)
		goto err_disable;
	edu->ram = dma_alloc_coherent(&pdev->dev, PFB_EDU_CHUNK, &edu->ram_addr, GFP_KERNEL);
	if (!edu->ram)
		goto err_unmap;
	pci_set_master(pdev);
	pci_set_drvdata(pdev, edu);
	ret = misc_register(&edu->misc);
	if (ret)
		goto err_ram;
	return 0;

err_ram:
	dma_free_coherent(&pdev->dev, PFB_EDU_CHUNK, edu->ram, edu->ram_addr);
err_unmap:
	pci_iounmap(pdev, edu->regs);
err_disable:
	pci_disable_device(pdev);
err_put:
	kref_put(&edu->ref, edu_free);
	return ret;
}

static void edu_remove(struct pci_dev *pdev)
{
	struct edu *edu = pci_get_drvdata(pdev);
	void __iomem *regs = edu->regs;

	misc_deregister(&edu->misc);
	mutex_lock(&edu->gone);
	edu->regs = NULL;
	mutex_unlock(&edu->gone);
	dma_free_coherent(&pdev->dev, PFB_EDU_CHUNK, edu->ram, edu->ram_addr);
	pci_iounmap(pdev, regs);
	pci_disable_device(pdev);
	kref_put(&edu->ref, edu_free);
}

static const struct pci_device_id edu_ids[] = {
	{ PCI_DEVICE(0x1234, 0x11e8) },
	{ }
};
MODULE_DEVICE_TABLE(pci, edu_ids);

static struct pci_driver edu_driver = {
	.name = "pfb_edu",
	.id_table = edu_ids,
	.probe = edu_probe,
	.remove = edu_remove,
};
module_pci_driver(edu_driver);

MODULE_DESCRIPTION("Test importer of dma-bufs on QEMU's edu");
MODULE_LICENSE("GPL");
