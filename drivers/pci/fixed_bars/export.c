// SPDX-License-Identifier: GPL-2.0
/*
 * Who may export what, and what takes it back: an unbind or a bind of the
 * function, its removal, a verdict that no longer passes, a path of an importer
 * that is no longer direct.
 */
#define dev_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/device.h>
#include <linux/dma-buf.h>
#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/overflow.h>
#include <linux/pci.h>
#include <linux/pci_fixed_bars.h>
#include <linux/pm_runtime.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/wait.h>

#include <pci_fixed_bars/topology.h>

#include "compat.h"
#include "dmabuf.h"
#include "export.h"
#include "provider.h"
#include "reach.h"
#include "reach_cache.h"
#include "registry.h"
#include "trace.h"

/* Guards the list, and who uses an entry; never held while an importer is waited for. */
static DEFINE_MUTEX(exports_lock);
static LIST_HEAD(exports);
static DECLARE_WAIT_QUEUE_HEAD(unused);

/* A BAR with struct pages is given out by whoever made them; in two hands nothing can be revoked. */
static bool has_pages(struct pci_dev *pdev, unsigned int bar)
{
#ifdef CONFIG_PCI_P2PDMA
	unsigned long pfn = PHYS_PFN(pci_resource_start(pdev, bar));
	unsigned long end = pfn + PHYS_PFN(pci_resource_len(pdev, bar));

	if (!rcu_access_pointer(pdev->p2pdma))
		return false;
	/* ZONE_DEVICE comes in whole subsections. */
	for (; pfn < end; pfn += PHYS_PFN(SZ_2M))
		if (pfn_valid(pfn))
			return true;
#endif
	return false;
}

static int judge_state(struct pci_dev *pdev, unsigned int bar, struct pfb_bar_report *report,
		       struct pfb_error *err)
{
	char text[PFB_ERROR_TEXT_MAX];
	int ret;

	ret = pfb_registry_bar(pdev, bar, report);
	if (ret == -ENODEV)
		return pfb_fail(err, ret, "%s was removed meanwhile", pci_name(pdev));
	if (ret)
		return pfb_fail(err, -EINVAL, "%s: %s has no such BAR: name one that it has",
				pfb_bar_index_name(bar), pci_name(pdev));
	if (pfb_state_passes(report->state, pfb_registry_allow_declared(), false))
		return 0;
	return pfb_fail(err, -EPERM, "%s is %s: %s%s", pfb_bar_index_name(bar),
			pfb_state_name(report->state),
			pfb_registry_bar_explain(pdev, bar, text, sizeof(text)),
			report->state == PFB_STATE_DECLARED ?
			"; allow_declared=1 would let it pass" : "");
}

static int judge_bar(struct pci_dev *pdev, unsigned int bar, const struct device_driver *driver,
		     struct pfb_error *err)
{
	resource_size_t start = pci_resource_start(pdev, bar);
	resource_size_t size = pci_resource_len(pdev, bar);
	u16 cmd = 0;

	if (!(pci_resource_flags(pdev, bar) & IORESOURCE_MEM))
		return pfb_fail(err, -EINVAL, "%s is no memory BAR: name one that is",
				pfb_bar_index_name(bar));
	if (!PAGE_ALIGNED(start) || !PAGE_ALIGNED(size))
		return pfb_fail(err, -EINVAL,
				"%s has %llu bytes: a BAR that shares a page of %lu bytes with others cannot be exported",
				pfb_bar_index_name(bar), (unsigned long long)size, PAGE_SIZE);
	if ((driver && !strcmp(driver->name, PFB_PROVIDER_DRIVER)) || has_pages(pdev, bar))
		return pfb_fail(err, -EBUSY,
				"%s is provided with struct pages (p2pmem): unbind the driver that does so first",
				pfb_bar_index_name(bar));
	pci_read_config_word(pdev, PCI_COMMAND, &cmd);
	if (!(cmd & PCI_COMMAND_MEMORY))
		return pfb_fail(err, -EIO,
				"memory decode is off, the BARs of %s do not answer: bind its driver, or enable it (setpci -s %s COMMAND=2:2)",
				pci_name(pdev), pci_name(pdev));
	return 0;
}

static int take_ranges(struct pfb_export *export, const struct pfb_range *ranges,
		       struct pfb_error *err)
{
	u64 size = pci_resource_len(export->pdev, export->bar);
	u64 floor = 0;
	unsigned int i;

	for (i = 0; i < export->nr_ranges; i++) {
		const struct pfb_range *range = &export->ranges[i];
		u64 end;

		export->ranges[i] = ranges[i];
		if (!range->length || !PAGE_ALIGNED(range->offset) ||
		    !PAGE_ALIGNED(range->length))
			return pfb_fail(err, -EINVAL,
					"range %u: 0x%llx+0x%llx is not made of whole pages of %lu bytes",
					i, range->offset, range->length, PAGE_SIZE);
		if (check_add_overflow(range->offset, range->length, &end) || end > size)
			return pfb_fail(err, -EINVAL,
					"range %u: 0x%llx+0x%llx goes beyond the end of %s, 0x%llx bytes",
					i, range->offset, range->length,
					pfb_bar_index_name(export->bar), size);
		if (range->offset < floor)
			return pfb_fail(err, -EINVAL,
					"range %u: 0x%llx+0x%llx begins before the end of the one before it, 0x%llx: give them in ascending order, without overlap",
					i, range->offset, range->length, floor);
		floor = end;
		export->size += range->length;
		export->last = export->address + end - 1;
	}
	return 0;
}

static struct pfb_export *make(struct pci_dev *pdev, unsigned int bar,
			       const struct device_driver *driver,
			       const struct pfb_bar_report *report,
			       const struct pfb_range *ranges, unsigned int nr_ranges,
			       struct pfb_error *err)
{
	struct pfb_range whole = { .length = pci_resource_len(pdev, bar) };
	struct pfb_export *export;
	int ret;

	if (!nr_ranges) {
		ranges = &whole;
		nr_ranges = 1;
	}
	export = kvzalloc(struct_size(export, ranges, nr_ranges), GFP_KERNEL);
	if (!export) {
		pfb_fail(err, -ENOMEM, "out of memory");
		return ERR_PTR(-ENOMEM);
	}
	INIT_LIST_HEAD(&export->node);
	export->pdev = pdev;
	export->bar = bar;
	export->address = report->registered;
	export->start = pci_resource_start(pdev, bar);
	export->prefetch = pci_resource_flags(pdev, bar) & IORESOURCE_PREFETCH;
	export->nr_ranges = nr_ranges;
	if (driver)
		strscpy(export->owner, driver->name, sizeof(export->owner));
	ret = take_ranges(export, ranges, err);
	if (!ret) {
		ret = pfb_dmabuf_create(export);
		if (ret)
			pfb_fail(err, ret, "no dma-buf could be made (error %d)", ret);
	}
	if (ret) {
		kvfree(export);
		return ERR_PTR(ret);
	}
	pci_dev_get(pdev);
	/* A peer reads ones of a function that sleeps, and nobody would wake it up for that. */
	pm_runtime_get_sync(&pdev->dev);
	return export;
}

struct pfb_export *pfb_export_make(struct pci_dev *pdev, unsigned int bar,
				   const struct pfb_range *ranges, unsigned int nr_ranges,
				   struct pfb_error *err)
{
	const struct device_driver *driver;
	struct pfb_bar_report report;
	struct pfb_export *export;
	int ret;

	if (pdev->is_virtfn) {
		ret = pfb_fail(err, -EOPNOTSUPP,
			       "%s is a VF, whose BARs are not verified: export from its PF",
			       pci_name(pdev));
		goto err;
	}
	if (bar >= PCI_STD_NUM_BARS || nr_ranges > PFB_EXPORT_RANGES_MAX) {
		ret = pfb_fail(err, -EINVAL, "expected a BAR from 0 to 5, and at most %u ranges",
			       PFB_EXPORT_RANGES_MAX);
		goto err;
	}
	/* A verdict of yesterday is no verdict. */
	ret = pfb_registry_verify(pdev);
	if (ret) {
		pfb_fail(err, ret, "%s cannot be verified (error %d): it does not answer",
			 pci_name(pdev), ret);
		goto err;
	}
	driver = READ_ONCE(pdev->dev.driver);
	ret = judge_state(pdev, bar, &report, err);
	if (!ret)
		ret = judge_bar(pdev, bar, driver, err);
	if (ret)
		goto err;

	export = make(pdev, bar, driver, &report, ranges, nr_ranges, err);
	if (IS_ERR(export))
		return export;
	mutex_lock(&exports_lock);
	list_add_tail(&export->node, &exports);
	mutex_unlock(&exports_lock);

	/* What changed before there was an entry to find. */
	ret = judge_state(pdev, bar, &report, err);
	if (!ret)
		ret = judge_bar(pdev, bar, driver, err);
	if (!ret && report.registered != export->address)
		ret = pfb_fail(err, -EAGAIN, "%s moved meanwhile: ask again",
			       pfb_bar_index_name(bar));
	if (!ret && READ_ONCE(pdev->dev.driver) != driver)
		ret = pfb_fail(err, -EAGAIN, "%s got another driver meanwhile: ask again",
			       pci_name(pdev));
	if (ret) {
		dma_buf_put(export->dmabuf);
		goto err;
	}
	trace_pfb_export(pci_name(pdev), pfb_bar_index_name(bar), export->owner, export->size);
	return export;
err:
	/* Not the text, which is for who asked: it may hold a host-physical address. */
	pci_dbg(pdev, "%s is not exported (error %d)\n", pfb_bar_index_name(bar), ret);
	return ERR_PTR(ret);
}

/*
 * A dma-buf that is found in the list is kept from going by this, and not by a reference: of
 * its file nothing may be left but the name (O_PATH), while it goes on.
 */
static void put(struct pfb_export *export)
{
	mutex_lock(&exports_lock);
	if (!--export->users)
		wake_up_all(&unused);
	mutex_unlock(&exports_lock);
}

void pfb_export_forget(struct pfb_export *export)
{
	mutex_lock(&exports_lock);
	export->gone = true;
	while (export->users) {
		mutex_unlock(&exports_lock);
		wait_event(unused, !READ_ONCE(export->users));
		mutex_lock(&exports_lock);
	}
	/* Empty when it never got that far. */
	list_del_init(&export->node);
	mutex_unlock(&exports_lock);
	pfb_dmabuf_destroy(export);
	pm_runtime_put(&export->pdev->dev);
	pci_dev_put(export->pdev);
	kvfree(export);
}

/* What next() looks for. */
enum wanted {
	PFB_WANT_VALID,		/* not revoked */
	PFB_WANT_BUSY,		/* not drained */
	PFB_WANT_ANY,
};

static bool is_wanted(const struct pfb_export *export, enum wanted wanted)
{
	switch (wanted) {
	case PFB_WANT_VALID:
		return !READ_ONCE(export->revoked);
	case PFB_WANT_BUSY:
		return !READ_ONCE(export->drained);
	case PFB_WANT_ANY:
		break;
	}
	return true;
}

/*
 * The first one behind @after that is wanted, of all functions or of one's BARs. @after is
 * put, and what is returned must be, or handed in again.
 */
static struct pfb_export *next(struct pfb_export *after, struct pci_dev *pdev, u32 bars,
			       enum wanted wanted)
{
	struct pfb_export *export, *found = NULL;

	mutex_lock(&exports_lock);
	export = after ? list_next_entry(after, node) :
			 list_first_entry(&exports, struct pfb_export, node);
	list_for_each_entry_from(export, &exports, node) {
		if (export->gone || (pdev && export->pdev != pdev) ||
		    !(bars & BIT(export->bar)) || !is_wanted(export, wanted))
			continue;
		export->users++;
		found = export;
		break;
	}
	mutex_unlock(&exports_lock);
	if (after)
		put(after);
	return found;
}

/* All are told before anybody is waited for. */
void pfb_export_revoke(struct pci_dev *pdev, u32 bars, const char *reason)
{
	unsigned long deadline = jiffies + PFB_DRAIN_TIMEOUT;
	struct pfb_export *export = NULL;

	pfb_reach_changed();
	while ((export = next(export, pdev, bars, PFB_WANT_VALID)))
		pfb_dmabuf_revoke(export);
	while ((export = next(export, pdev, bars, PFB_WANT_BUSY))) {
		/* One that another revokes just now may not have been told yet. */
		pfb_dmabuf_revoke(export);
		pfb_dmabuf_drain(export, deadline, reason);
	}
}

bool pfb_export_user(struct pci_dev *pdev, char *name, size_t size)
{
	struct pfb_export *export = NULL;

	while ((export = next(export, pdev, U32_MAX, PFB_WANT_ANY))) {
		if (pfb_dmabuf_user(export, name, size)) {
			put(export);
			return true;
		}
	}
	return false;
}

void pfb_export_recheck(void)
{
	struct pfb_export *export = NULL;
	char names[PFB_ERROR_TEXT_MAX];

	pfb_reach_changed();
	while ((export = next(export, NULL, U32_MAX, PFB_WANT_BUSY))) {
		if (pfb_dmabuf_recheck(export, names, sizeof(names)))
			continue;
		pfb_dmabuf_revoke(export);
		pfb_dmabuf_drain(export, jiffies + PFB_DRAIN_TIMEOUT, names);
	}
}

/*
 * Without p2pdma this module's own driver takes no function, but is offered the
 * flagged ones whenever a verdict becomes good.
 */
static bool is_idle_provider(struct pci_dev *pdev)
{
	const struct device_driver *driver = READ_ONCE(pdev->dev.driver);

	return !IS_ENABLED(CONFIG_PCI_P2PDMA) && driver &&
	       !strcmp(driver->name, PFB_PROVIDER_DRIVER);
}

static int bus_changed(struct notifier_block *nb, unsigned long action, void *data)
{
	struct pci_dev *pdev = to_pci_dev(data);

	/* A bridge's coming or a client's going, too. */
	pfb_reach_changed();
	if (action != BUS_NOTIFY_DEL_DEVICE && is_idle_provider(pdev))
		return NOTIFY_DONE;
	switch (action) {
	case BUS_NOTIFY_UNBIND_DRIVER:
	case BUS_NOTIFY_UNBOUND_DRIVER:
		pfb_export_revoke(pdev, U32_MAX, "its driver unbinds");
		break;
	case BUS_NOTIFY_BIND_DRIVER:
		pfb_export_revoke(pdev, U32_MAX, "a driver binds");
		break;
	case BUS_NOTIFY_DRIVER_NOT_BOUND:
		pfb_export_revoke(pdev, U32_MAX, "its driver did not bind");
		break;
	case BUS_NOTIFY_DEL_DEVICE:
		pfb_export_revoke(pdev, U32_MAX, "it is removed");
		break;
	}
	return NOTIFY_DONE;
}

static struct notifier_block bus_nb = {
	.notifier_call = bus_changed,
};

static int verdict_changed(struct notifier_block *nb, unsigned long event, void *data)
{
	const struct pfb_registry_change *change = data;

	pfb_reach_changed();
	if (change->pdev &&
	    !pfb_state_passes(change->new_state, pfb_registry_allow_declared(), false))
		pfb_export_revoke(change->pdev, BIT(change->bar),
				  pfb_state_name(change->new_state));
	return NOTIFY_DONE;
}

static struct notifier_block verdict_nb = {
	.notifier_call = verdict_changed,
};

int pfb_export_init(void)
{
	int ret;

	ret = bus_register_notifier(&pci_bus_type, &bus_nb);
	if (ret)
		return ret;
	ret = pfb_registry_register_notifier(&verdict_nb);
	if (ret)
		bus_unregister_notifier(&pci_bus_type, &bus_nb);
	return ret;
}

void pfb_export_exit(void)
{
	pfb_registry_unregister_notifier(&verdict_nb);
	bus_unregister_notifier(&pci_bus_type, &bus_nb);
}

int pfb_check_path(struct pci_dev *provider, unsigned int bar, struct device *client,
		   struct pfb_path_verdict *verdict)
{
	struct pfb_known_reach known;
	int ret;

	if (bar >= PFB_NR_BARS)
		return -EINVAL;
	ret = pfb_reach_known(provider, bar, client, &known);
	if (!ret) {
		verdict->kind = known.kind;
		verdict->why = known.why;
		verdict->passes = known.passes;
	}
	return ret;
}
EXPORT_SYMBOL_GPL(pfb_check_path);

struct dma_buf *pfb_export_bar(struct pci_dev *provider, unsigned int bar,
			       const struct pfb_range *ranges, unsigned int nr_ranges,
			       struct pfb_error *err)
{
	struct pfb_export *export = pfb_export_make(provider, bar, ranges, nr_ranges, err);

	return IS_ERR(export) ? ERR_CAST(export) : export->dmabuf;
}
EXPORT_SYMBOL_GPL(pfb_export_bar);
