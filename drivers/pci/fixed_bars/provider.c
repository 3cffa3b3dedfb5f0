// SPDX-License-Identifier: GPL-2.0
/*
 * The provider with struct pages: a PCI driver that hands a verified BAR to
 * pci_p2pdma_add_resource(), for O_DIRECT and RDMA memory registration.
 *
 * p2pdma hangs everything on the function's devres. On a function without a
 * driver that makes the next probe fail ("Resources present before probing"),
 * and on one with a driver it goes when that driver is unbound. So it is only
 * done for functions bound to this driver, and inside a devres group of its
 * own, so that a BAR whose verdict stops passing can be withdrawn while the
 * function stays bound: releasing the group takes away the mappings of user
 * space and waits for every page that DMA still uses.
 *
 * The BAR's region is not requested: that would keep root from mapping
 * resourceN to look at the data (CONFIG_IO_STRICT_DEVMEM).
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/device.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/pci-p2pdma.h>
#include <linux/pci.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include <pci_fixed_bars/topology.h>

#include "compat.h"
#include "provider.h"
#include "registry.h"

/* ZONE_DEVICE maps whole subsections (SUBSECTION_SIZE); smaller BARs hold registers. */
#define PFB_PROVIDER_SIZE_MIN	SZ_2M

/**
 * struct pfb_provider - a function bound to this driver
 * @node: entry in pfb_providers
 * @pdev: the function
 * @work: judges it again after a verdict changed
 * @group: devres group that holds what p2pdma allocated; NULL: nothing is provided
 */
struct pfb_provider {
	struct list_head node;
	struct pci_dev *pdev;
	struct work_struct work;
	void *group;
};

/**
 * struct pfb_dynid - vendor:device of a function flagged as provider
 * @node: entry in pfb_dynids
 * @vendor: vendor id
 * @device: device id
 */
struct pfb_dynid {
	struct list_head node;
	u16 vendor;
	u16 device;
};

/* Protects pfb_providers; never held across a probe or a release of pages. */
static DEFINE_MUTEX(pfb_provider_lock);
static LIST_HEAD(pfb_providers);

/* Only pfb_attach() uses it, one at a time. */
static LIST_HEAD(pfb_dynids);

static struct pci_driver pfb_driver;

/* A BAR to provide, if its verdict passes: an aperture, not registers. */
static bool pfb_is_aperture(struct pci_dev *pdev, unsigned int bar,
			    const struct pfb_bar_report *report)
{
	const unsigned long type = IORESOURCE_MEM | IORESOURCE_MEM_64 | IORESOURCE_PREFETCH;

	return report->has_declared && (pci_resource_flags(pdev, bar) & type) == type &&
	       report->size >= PFB_PROVIDER_SIZE_MIN;
}

/**
 * struct pfb_refusal - why a function is not provided
 * @status: one line for sysfs, without addresses: anybody can read it
 * @detail: what the kernel log says beside it, expected, actual and the fix;
 *	empty when @status says it all
 */
struct pfb_refusal {
	struct pfb_error status;
	struct pfb_error detail;
};

#define PFB_REFUSED	"refused: "

#define pfb_refuse(refusal, ret, ...) \
	pfb_fail(&(refusal)->status, ret, PFB_REFUSED __VA_ARGS__)

/* What is wrong with a BAR; the first is enough to act on, the registry tells of each. */
static void pfb_refuse_bar(struct pci_dev *pdev, unsigned int bar, enum pfb_bar_state state,
			   const char *hint, struct pfb_refusal *refusal)
{
	if (refusal->detail.text[0])
		return;
	pfb_registry_bar_log_text(pdev, bar, refusal->detail.text, sizeof(refusal->detail.text));
	pfb_refuse(refusal, -EPERM, "%s is %s%s", pfb_bar_index_name(bar), pfb_state_name(state),
		   hint);
}

/* One line in the log, with all that is known, and one in sysfs. */
static void pfb_refusal_tell(struct pci_dev *pdev, const char *what,
			     const struct pfb_refusal *refusal)
{
	pci_warn(pdev, "%s: %s%s%s\n", what, refusal->status.text + strlen(PFB_REFUSED),
		 refusal->detail.text[0] ? ": " : "", refusal->detail.text);
	pfb_registry_set_provider(pdev, refusal->status.text);
}

/* Which BARs may be provided. */
static int pfb_judge(struct pci_dev *pdev, unsigned long *bars, struct pfb_refusal *refusal)
{
	bool allow = pfb_registry_allow_declared();
	struct pfb_bar_report report;
	bool wrong = false;
	unsigned int bar;
	u16 cmd;

	*bars = 0;
	refusal->detail.text[0] = '\0';
	if (!IS_ENABLED(CONFIG_PCI_P2PDMA))
		return pfb_refuse(refusal, -EOPNOTSUPP,
				  "this kernel was built without CONFIG_PCI_P2PDMA; boot one that has it");

	for (bar = 0; bar < PCI_STD_NUM_BARS; bar++) {
		if (pfb_registry_bar(pdev, bar, &report))
			continue;
		/* One that is not where it was declared may look like no aperture at all. */
		if (report.has_declared && !pfb_state_passes(report.state, true, false)) {
			pfb_refuse_bar(pdev, bar, report.state, "", refusal);
			wrong = true;
			continue;
		}
		if (!pfb_is_aperture(pdev, bar, &report))
			continue;
		if (!pfb_state_passes(report.state, allow, false)) {
			pfb_refuse_bar(pdev, bar, report.state,
				       "; allow_declared=1 would let it pass", refusal);
			wrong = true;
			continue;
		}
		*bars |= BIT(bar);
	}
	if (wrong)
		return -EPERM;
	if (!*bars)
		return pfb_refuse(refusal, -EPERM,
				  "no BAR to provide; it takes a declared, 64-bit prefetchable memory BAR of 2 MiB or more");

	pci_read_config_word(pdev, PCI_COMMAND, &cmd);
	if (!(cmd & PCI_COMMAND_MEMORY))
		return pfb_refuse(refusal, -EIO,
				  "memory decode is off, its BARs do not answer; enable the function");
	return 0;
}

/* Memory for struct pages: asked for once, since what is provided has them already. */
static int pfb_check_memory(struct pci_dev *pdev, unsigned long bars, struct pfb_refusal *refusal)
{
	u64 pages = 0, cost, free;
	unsigned int bar;

	for_each_set_bit(bar, &bars, PCI_STD_NUM_BARS)
		pages += (u64)pci_resource_len(pdev, bar) >> PAGE_SHIFT;
	cost = pages * sizeof(struct page);
	free = (u64)max(si_mem_available(), 0L) << PAGE_SHIFT;
	if (cost > free / 2)
		return pfb_refuse(refusal, -ENOMEM,
				  "%llu MiB of struct pages for %llu MiB of BARs, and %llu MiB of memory are available; give the guest more memory",
				  (unsigned long long)(cost >> 20),
				  (unsigned long long)(pages >> (20 - PAGE_SHIFT)),
				  (unsigned long long)(free >> 20));
	return 0;
}

static int pfb_add_fail(unsigned int bar, int ret, struct pfb_refusal *refusal)
{
	const char *why = "see the kernel log";

	switch (ret) {
	case -EINVAL:
	case -ERANGE:
	case -E2BIG:
		why = "its address is beyond what this kernel can map; on x86-64 that is 64 TiB without 5-level page tables (la57), on arm64 the size of the linear map: declare a lower address, or use a CPU model and kernel with the larger one";
		break;
	case -ENOMEM:
		why = "out of memory for its struct pages: give the guest more memory";
		break;
	case -EOPNOTSUPP:
		why = "the function's BARs cannot be mapped by CPUs or peers";
		break;
	}
	return pfb_refuse(refusal, ret, "%s: pci_p2pdma_add_resource() returned %d: %s",
			  pfb_bar_index_name(bar), ret, why);
}

static int pfb_provide(struct pfb_provider *provider, struct pfb_refusal *refusal)
{
	struct pci_dev *pdev = provider->pdev;
	unsigned long bars;
	unsigned int bar;
	void *group;
	int ret;

	ret = pfb_judge(pdev, &bars, refusal);
	if (!ret)
		ret = pfb_check_memory(pdev, bars, refusal);
	if (ret)
		return ret;

	group = devres_open_group(&pdev->dev, NULL, GFP_KERNEL);
	if (!group)
		return pfb_refuse(refusal, -ENOMEM, "out of memory");
	for_each_set_bit(bar, &bars, PCI_STD_NUM_BARS) {
		ret = pci_p2pdma_add_resource(pdev, (int)bar, 0, 0);
		if (ret) {
			devres_release_group(&pdev->dev, group);
			return pfb_add_fail(bar, ret, refusal);
		}
	}
	devres_close_group(&pdev->dev, group);
	provider->group = group;
	pci_p2pmem_publish(pdev, true);

	for_each_set_bit(bar, &bars, PCI_STD_NUM_BARS)
		pci_info(pdev, "%s is provided for peer-to-peer DMA (%llu MiB)\n",
			 pfb_bar_index_name(bar),
			 (unsigned long long)pci_resource_len(pdev, bar) >> 20);
	pfb_registry_set_provider(pdev, "registered");
	return 0;
}

/* Waits for DMA that still uses the pages. */
static void pfb_withdraw(struct pfb_provider *provider)
{
	if (!provider->group)
		return;
	pci_p2pmem_publish(provider->pdev, false);
	devres_release_group(&provider->pdev->dev, provider->group);
	provider->group = NULL;
}

static void pfb_judge_again(struct work_struct *work)
{
	struct pfb_provider *provider = container_of(work, struct pfb_provider, work);
	struct pci_dev *pdev = provider->pdev;
	struct pfb_refusal refusal;
	unsigned long bars;

	if (!provider->group) {
		if (pfb_provide(provider, &refusal))
			pfb_refusal_tell(pdev, "not provided", &refusal);
		return;
	}
	if (!pfb_judge(pdev, &bars, &refusal)) {
		/* The verdict came back before anything was taken away. */
		pci_p2pmem_publish(pdev, true);
		return;
	}
	pfb_refusal_tell(pdev, "withdrawn from peer-to-peer DMA", &refusal);
	pfb_withdraw(provider);
}

static int pfb_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct pfb_refusal refusal = {};
	struct pfb_provider *provider;
	int ret;

	/* The dynamic id names a model; only the flag names the function. */
	if (!pfb_has_driver_override(pdev) &&
	    !(pfb_registry_flags(pdev) & PFB_MANIFEST_FN_PROVIDER))
		return -ENODEV;

	provider = kzalloc(sizeof(*provider), GFP_KERNEL);
	if (!provider)
		return -ENOMEM;
	provider->pdev = pdev;
	INIT_WORK(&provider->work, pfb_judge_again);

	ret = pci_enable_device_mem(pdev);
	if (ret) {
		pfb_refuse(&refusal, ret, "the function cannot be enabled (%d): a BAR of it, or a bridge above it, has no address",
			   ret);
		goto err_free;
	}
	/* A verdict of yesterday is no verdict. */
	ret = pfb_registry_verify(pdev);
	if (ret) {
		pfb_refuse(&refusal, ret, "the function cannot be verified (%d): it does not answer, or is a VF",
			   ret);
		goto err_disable;
	}
	ret = pfb_provide(provider, &refusal);
	if (ret)
		goto err_disable;

	/* For the recovery from an error that resets it. */
	pci_save_state(pdev);
	pci_set_drvdata(pdev, provider);
	mutex_lock(&pfb_provider_lock);
	list_add_tail(&provider->node, &pfb_providers);
	mutex_unlock(&pfb_provider_lock);
	/* In case a verdict changed before there was an entry to find. */
	schedule_work(&provider->work);
	return 0;

err_disable:
	pci_disable_device(pdev);
err_free:
	kfree(provider);
	pfb_refusal_tell(pdev, "not provided", &refusal);
	/* A refusal is no failure: with any other error the driver core adds a line of its own. */
	return -ENODEV;
}

static void pfb_remove(struct pci_dev *pdev)
{
	struct pfb_provider *provider = pci_get_drvdata(pdev);

	mutex_lock(&pfb_provider_lock);
	list_del(&provider->node);
	mutex_unlock(&pfb_provider_lock);
	cancel_work_sync(&provider->work);

	pfb_withdraw(provider);
	pci_disable_device(pdev);
	pfb_registry_set_provider(pdev, NULL);
	kfree(provider);
}

/*
 * Resets and errors. Without these the recovery of a whole switch is given up for
 * a function that is bound here. Nobody new gets memory from the reset on, and who has
 * some is left with it: it is there again afterwards, or the verdict says otherwise.
 */

static pci_ers_result_t pfb_error_detected(struct pci_dev *pdev, pci_channel_state_t state)
{
	struct pfb_provider *provider = pci_get_drvdata(pdev);

	switch (state) {
	case pci_channel_io_normal:
		return PCI_ERS_RESULT_CAN_RECOVER;
	case pci_channel_io_frozen:
		if (provider->group)
			pci_p2pmem_publish(pdev, false);
		return PCI_ERS_RESULT_NEED_RESET;
	default:
		return PCI_ERS_RESULT_DISCONNECT;
	}
}

static pci_ers_result_t pfb_slot_reset(struct pci_dev *pdev)
{
	pci_restore_state(pdev);
	/* Some kernels forget a state that was restored. */
	pci_save_state(pdev);
	return PCI_ERS_RESULT_RECOVERED;
}

/* Verified by the work item's own look at it: before that nothing is published. */
static void pfb_is_back(struct pci_dev *pdev)
{
	struct pfb_provider *provider = pci_get_drvdata(pdev);

	pfb_registry_verify(pdev);
	schedule_work(&provider->work);
}

static const struct pci_error_handlers pfb_error_handlers = {
	.error_detected = pfb_error_detected,
	.slot_reset = pfb_slot_reset,
	.resume = pfb_is_back,
	.reset_done = pfb_is_back,
};

static struct pci_driver pfb_driver = {
	.name = PFB_PROVIDER_DRIVER,
	.probe = pfb_probe,
	.remove = pfb_remove,
	.err_handler = &pfb_error_handlers,
};

/* 1: new, 0: known, or -ENOMEM. */
static int pfb_dynid_note(struct pci_dev *pdev)
{
	struct pfb_dynid *dynid;

	list_for_each_entry(dynid, &pfb_dynids, node)
		if (dynid->vendor == pdev->vendor && dynid->device == pdev->device)
			return 0;
	dynid = kzalloc(sizeof(*dynid), GFP_KERNEL);
	if (!dynid)
		return -ENOMEM;
	dynid->vendor = pdev->vendor;
	dynid->device = pdev->device;
	list_add_tail(&dynid->node, &pfb_dynids);
	return 1;
}

static void pfb_dynid_forget(struct pfb_dynid *dynid)
{
	list_del(&dynid->node);
	kfree(dynid);
}

static int pfb_attach_flagged(struct pci_dev *pdev, void *ctx)
{
	bool *again = ctx;
	int ret;

	if (!(pfb_registry_flags(pdev) & PFB_MANIFEST_FN_PROVIDER) || pdev->dev.driver)
		return 0;
	ret = pfb_dynid_note(pdev);
	if (ret < 0)
		return ret;
	if (!ret) {
		*again = true;
		return 0;
	}
	ret = pci_add_dynid(&pfb_driver, pdev->vendor, pdev->device, PCI_ANY_ID, PCI_ANY_ID,
			    0, 0, 0);
	if (ret == -ENOMEM)
		pfb_dynid_forget(list_last_entry(&pfb_dynids, struct pfb_dynid, node));
	return ret;
}

/* Binds flagged functions that have no driver. Takes their device locks. */
static void pfb_attach(struct work_struct *work)
{
	bool again = false;
	int ret;

	ret = pfb_registry_for_each(pfb_attach_flagged, &again);
	if (ret)
		pr_warn("functions with the provider flag could not all be bound (%d); bind them by driver_override\n",
			ret);
	if (again && driver_attach(&pfb_driver.driver))
		pr_warn("functions with the provider flag could not be probed again\n");
}

static DECLARE_WORK(pfb_attach_work, pfb_attach);

static int pfb_verdict_changed(struct notifier_block *nb, unsigned long event, void *data)
{
	const struct pfb_registry_change *change = data;
	bool passes = pfb_state_passes(change->new_state, pfb_registry_allow_declared(), false);
	struct pfb_provider *provider;
	bool bound = false;

	if (!change->pdev)
		return NOTIFY_DONE;
	mutex_lock(&pfb_provider_lock);
	list_for_each_entry(provider, &pfb_providers, node) {
		if (provider->pdev != change->pdev)
			continue;
		/* Nobody new from now on; whoever is there goes in the work item. */
		if (!passes)
			pci_p2pmem_publish(provider->pdev, false);
		schedule_work(&provider->work);
		bound = true;
	}
	mutex_unlock(&pfb_provider_lock);
	if (!bound && passes)
		schedule_work(&pfb_attach_work);
	return NOTIFY_DONE;
}

static struct notifier_block pfb_verdict_nb = {
	.notifier_call = pfb_verdict_changed,
};

static void pfb_forget_dynids(void)
{
	struct pfb_dynid *dynid, *next;

	list_for_each_entry_safe(dynid, next, &pfb_dynids, node)
		pfb_dynid_forget(dynid);
}

int pfb_provider_init(void)
{
	int ret;

	if (!IS_ENABLED(CONFIG_PCI_P2PDMA))
		pr_info("this kernel has no CONFIG_PCI_P2PDMA: BARs are verified and kept, but none can be provided for peer-to-peer DMA\n");

	ret = pci_register_driver(&pfb_driver);
	if (ret)
		return ret;
	ret = pfb_registry_register_notifier(&pfb_verdict_nb);
	if (ret)
		goto err_unregister;
	schedule_work(&pfb_attach_work);
	flush_work(&pfb_attach_work);
	return 0;

err_unregister:
	pci_unregister_driver(&pfb_driver);
	return ret;
}

void pfb_provider_exit(void)
{
	pfb_registry_unregister_notifier(&pfb_verdict_nb);
	cancel_work_sync(&pfb_attach_work);
	pci_unregister_driver(&pfb_driver);
	pfb_forget_dynids();
}
