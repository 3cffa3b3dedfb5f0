// SPDX-License-Identifier: GPL-2.0
/*
 * Looking again.
 *
 * No notifier tells of a reset: its callbacks are the bound driver's own, and
 * bridges and many functions are bound to somebody else or to nobody. So a work
 * item compares what registers hold with what the last check found, and has
 * what differs checked anew. Who hears of a verdict then does the rest: uevents,
 * exports that are taken back, and under the policy ``enforce`` a repair.
 *
 * A difference counts when it was seen twice, PFB_CONFIRM_MS apart. In between,
 * error recovery has reset a link and not yet restored what is behind it.
 * What is being reset, probed or moved is not looked at: all of them hold the
 * function's device lock or the rescan lock.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt
#define dev_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/moduleparam.h>
#include <linux/notifier.h>
#include <linux/pci.h>
#include <linux/pm_runtime.h>
#include <linux/slab.h>
#include <linux/suspend.h>
#include <linux/workqueue.h>

#include "recheck.h"
#include "registry.h"
#include "scan.h"
#include "trace.h"

#define PFB_CONFIRM_MS		250

/* Of one pass over all functions. */
struct pass {
	struct pfb_bar_report reports[PFB_NR_BARS];
	struct pfb_bar_actual actual[PFB_NR_BARS];
	bool confirm;		/* what differs was seen before: check it */
	unsigned int looked;
	unsigned int differ;
};

static unsigned int recheck_ms = 1000;
static bool running;		/* under kernel_param_lock() */
static bool confirm;		/* only for the work item, which never runs twice at once */

/* A verdict that nothing can change for the worse needs no looking after. */
static bool has_verdict(const struct pfb_bar_report *report)
{
	return report->has_declared || report->state != PFB_STATE_UNTRACKED;
}

static bool differs(const struct pfb_bar_report *report, const struct pfb_bar_actual *actual)
{
	return report->registered != actual->registered ||
	       report->resource != actual->resource ||
	       report->assigned != actual->assigned || report->cut_off != actual->cut_off;
}

/* Nothing is woken up to be looked at: what sleeps is not reset, and is read when it resumes. */
static bool is_asleep(struct pci_dev *pdev)
{
	return pdev->current_state == PCI_D3cold ||
	       (pdev->dev.parent && pm_runtime_suspended(pdev->dev.parent));
}

/* 1: something is not as the last check found it, 0: all is, or now is not the time. */
static int look_at(struct pci_dev *pdev, struct pass *pass)
{
	u32 found = pfb_registry_bars(pdev, pass->reports);
	unsigned int bar;
	int ret = 0;

	for (bar = 0; bar < PFB_NR_BARS; bar++)
		if (found & BIT(bar) && !has_verdict(&pass->reports[bar]))
			found &= ~BIT(bar);
	if (!found || is_asleep(pdev))
		return 0;
	pass->looked++;
	/* What does not answer has no BAR: that differs once, and then it is missing. */
	pfb_scan_bars(pdev, pass->actual);
	for (bar = 0; bar < PFB_NR_BARS; bar++)
		if (found & BIT(bar) && differs(&pass->reports[bar], &pass->actual[bar]))
			ret = 1;
	return ret;
}

static int look_unlocked(struct pci_dev *pdev, void *ctx)
{
	struct pass *pass = ctx;

	if (!device_trylock(&pdev->dev))
		return 0;
	if (look_at(pdev, pass)) {
		pci_dbg(pdev, "is not as it was%s\n", pass->confirm ? ", again" : "");
		pass->differ++;
	}
	device_unlock(&pdev->dev);
	return 0;
}

/* Under pci_lock_rescan_remove(): what is just being moved is not mistaken for moved. */
static int check_locked(struct pci_dev *pdev, void *ctx)
{
	struct pass *pass = ctx;

	if (!device_trylock(&pdev->dev))
		return 0;
	if (look_at(pdev, pass))
		pfb_registry_verify(pdev);
	device_unlock(&pdev->dev);
	return 0;
}

static void recheck_work_fn(struct work_struct *work);
static DECLARE_DELAYED_WORK(recheck_work, recheck_work_fn);

/* Freezable: while the system suspends, registers are being saved and restored. */
static void queue(unsigned int ms)
{
	mod_delayed_work(system_freezable_wq, &recheck_work, msecs_to_jiffies(ms));
}

static void recheck_work_fn(struct work_struct *work)
{
	unsigned int period = READ_ONCE(recheck_ms);
	struct pass *pass = kzalloc(sizeof(*pass), GFP_KERNEL);
	ktime_t begin = ktime_get();

	if (pass) {
		pass->confirm = confirm;
		pfb_registry_for_each(look_unlocked, pass);
		trace_pfb_recheck(pass->looked, pass->differ,
				  ktime_us_delta(ktime_get(), begin));
		if (pass->differ && confirm) {
			pci_lock_rescan_remove();
			pfb_registry_for_each(check_locked, pass);
			pci_unlock_rescan_remove();
		}
		confirm = pass->differ && !confirm;
	}
	kfree(pass);
	if (confirm)
		queue(PFB_CONFIRM_MS);
	else if (period)
		queue(period);
}

void pfb_recheck_soon(void)
{
	queue(0);
}

static int set_recheck_ms(const char *val, const struct kernel_param *kp)
{
	int ret = param_set_uint(val, kp);

	if (ret || !running)
		return ret;
	if (recheck_ms)
		queue(recheck_ms);
	else
		cancel_delayed_work(&recheck_work);
	return 0;
}

static const struct kernel_param_ops recheck_ms_ops = {
	.set = set_recheck_ms,
	.get = param_get_uint,
};

module_param_cb(recheck_ms, &recheck_ms_ops, &recheck_ms, 0644);
MODULE_PARM_DESC(recheck_ms,
		 "milliseconds between two looks at the registers of what has a verdict (default: 1000; 0: only when something asks)");

/*
 * Resuming restores config space from what was saved on the way down, or by whoever
 * saved it last. All tasks run again by now, and devices are awake.
 */
static int pm_event(struct notifier_block *nb, unsigned long event, void *data)
{
	switch (event) {
	case PM_POST_SUSPEND:
	case PM_POST_HIBERNATION:
	case PM_POST_RESTORE:
		pfb_registry_verify_all();
		break;
	}
	return NOTIFY_DONE;
}

static struct notifier_block pm_nb = {
	.notifier_call = pm_event,
};

int pfb_recheck_start(void)
{
	int ret;

	ret = register_pm_notifier(&pm_nb);
	if (ret)
		return ret;
	kernel_param_lock(THIS_MODULE);
	running = true;
	if (recheck_ms)
		queue(recheck_ms);
	kernel_param_unlock(THIS_MODULE);
	return 0;
}

void pfb_recheck_stop(void)
{
	if (!running)
		return;
	unregister_pm_notifier(&pm_nb);
	kernel_param_lock(THIS_MODULE);
	running = false;
	kernel_param_unlock(THIS_MODULE);
	cancel_delayed_work_sync(&recheck_work);
}
