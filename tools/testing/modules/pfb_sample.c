// SPDX-License-Identifier: GPL-2.0
/*
 * How a guest driver of a GPU (or of whatever has memory that peers are to
 * reach) uses pci_fixed_bars: include/linux/pci_fixed_bars.h.
 *
 * It binds to what is given to it by name (driver_override), as it knows no
 * hardware:
 *
 *	modprobe pfb_sample bar=2 client=0000:05:00.0
 *	echo pfb_sample >/sys/bus/pci/devices/0000:04:00.0/driver_override
 *	echo 0000:04:00.0 >/sys/bus/pci/drivers_probe
 *
 * asks whether the client reaches the BAR, exports the BAR, and holds the
 * dma-buf until it is unbound. A real driver would hand it to user space, or to
 * the client's driver. bar=-1 exports nothing.
 */
#include <linux/dma-buf.h>
#include <linux/err.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/pci_fixed_bars.h>

#include "../../../drivers/pci/fixed_bars/compat.h"

PFB_IMPORT_NS_DMA_BUF();

static int bar = -1;
module_param(bar, int, 0444);
MODULE_PARM_DESC(bar, "BAR to export, -1: none (default)");

static char *client;
module_param(client, charp, 0444);
MODULE_PARM_DESC(client, "BDF of the function that is to reach it");

static struct pci_dev *find_client(void)
{
	unsigned int segment, bus, slot, fn;

	if (!client || sscanf(client, "%x:%x:%x.%u", &segment, &bus, &slot, &fn) != 4)
		return NULL;
	return pci_get_domain_bus_and_slot(segment, bus, PCI_DEVFN(slot, fn));
}

/* Advice for the log: whether it is direct is asked again when the client attaches. */
static void say_path(struct pci_dev *pdev)
{
	struct pfb_path_verdict verdict;
	struct pci_dev *from = find_client();
	int ret;

	if (!from)
		return;
	ret = pfb_check_path(pdev, bar, &from->dev, &verdict);
	if (ret)
		pci_warn(pdev, "the path from %s cannot be judged (%d)\n", pci_name(from), ret);
	else
		pci_info(pdev, "%s %s BAR %d directly (why: 0x%x)\n", pci_name(from),
			 verdict.passes ? "reaches" : "does not reach", bar, verdict.why);
	pci_dev_put(from);
}

static int sample_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct pfb_error err = {};
	struct dma_buf *dmabuf;
	int ret;

	ret = pci_enable_device_mem(pdev);
	if (ret || bar < 0)
		return ret;
	say_path(pdev);
	dmabuf = pfb_export_bar(pdev, bar, NULL, 0, &err);
	if (IS_ERR(dmabuf)) {
		pci_warn(pdev, "not exported: %s\n", err.text);
		pci_disable_device(pdev);
		return PTR_ERR(dmabuf);
	}
	pci_info(pdev, "BAR %d is exported, %zu bytes\n", bar, dmabuf->size);
	pci_set_drvdata(pdev, dmabuf);
	return 0;
}

/* The export was revoked before this is called. */
static void sample_remove(struct pci_dev *pdev)
{
	struct dma_buf *dmabuf = pci_get_drvdata(pdev);

	if (dmabuf) {
		if (dma_buf_begin_cpu_access(dmabuf, DMA_FROM_DEVICE) == -ENODEV)
			pci_info(pdev, "what was exported is revoked already\n");
		dma_buf_put(dmabuf);
	}
	pci_disable_device(pdev);
}

static struct pci_driver sample_driver = {
	.name = "pfb_sample",
	.probe = sample_probe,
	.remove = sample_remove,
};
module_pci_driver(sample_driver);

MODULE_DESCRIPTION("Sample user of pci_fixed_bars");
MODULE_LICENSE("GPL");
