// SPDX-License-Identifier: GPL-2.0
/*
 * Tells what changed: in the log, in the trace, to user space and to notifiers.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt
#define dev_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kobject.h>
#include <linux/notifier.h>
#include <linux/pci.h>
#include <linux/slab.h>

#include <pci_fixed_bars/topology.h>

#include "announce.h"
#include "trace.h"

/* A manifest for another machine must not flood the log. */
#define MISSING_LINES_MAX	16

/* Nor must what is right: a serial console takes longer for a line than a verdict does. */
#define RIGHT_LINES_MAX		32

/* Lines of one announcement. */
struct pfb_log_lines {
	unsigned int missing;
	unsigned int right;
};

static BLOCKING_NOTIFIER_HEAD(change_chain);

/* Taking a baseline moves nothing from where user space thought it was. */
static bool worth_a_uevent(const struct pfb_registry_change *change)
{
	return change->pdev && !(change->old_state == PFB_STATE_UNTRACKED &&
				 change->new_state == PFB_STATE_PRESERVED);
}

static void send_uevent(const struct pfb_registry_change *change)
{
	char bar[16], state[32], old_state[32];
	char *env[4] = { bar, state, old_state, NULL };

	snprintf(bar, sizeof(bar), "PFB_BAR=%s", pfb_bar_index_name(change->bar));
	snprintf(state, sizeof(state), "PFB_STATE=%s", pfb_state_name(change->new_state));
	snprintf(old_state, sizeof(old_state), "PFB_OLD_STATE=%s",
		 pfb_state_name(change->old_state));
	kobject_uevent_env(&change->pdev->dev.kobj, KOBJ_CHANGE, env);
}

static void log_change(const struct pfb_news *item, const char *path, struct pfb_log_lines *lines)
{
	const struct pfb_registry_change *change = &item->change;
	const char *bar = pfb_bar_index_name(change->bar);
	const char *state = pfb_state_name(change->new_state);

	if (!change->pdev) {
		/* What nobody declared may go without a word. */
		if (change->new_state != PFB_STATE_UNTRACKED &&
		    lines->missing++ < MISSING_LINES_MAX)
			pr_warn("%s: %s %s: %s\n", path, bar, state, item->text);
		return;
	}

	switch (change->new_state) {
	case PFB_STATE_PRESERVED:
		pci_dbg(change->pdev, "%s %s: %s\n", bar, state, item->text);
		break;
	case PFB_STATE_UNTRACKED:
	case PFB_STATE_VERIFIED:
	case PFB_STATE_DECLARED:
		if (lines->right++ < RIGHT_LINES_MAX)
			pci_info(change->pdev, "%s %s: %s\n", bar, state, item->text);
		else
			pci_dbg(change->pdev, "%s %s: %s\n", bar, state, item->text);
		break;
	default:
		pci_warn(change->pdev, "%s %s: %s\n", bar, state, item->text);
		break;
	}
}

void pfb_announce(struct list_head *news)
{
	struct pfb_news *item, *next;
	struct pfb_log_lines lines = { 0 };
	char path[PFB_PATH_TEXT_MAX];

	list_for_each_entry_safe(item, next, news, node) {
		struct pfb_registry_change *change = &item->change;

		pfb_path_format(&change->path, path, sizeof(path));
		trace_pfb_verdict(path, pfb_bar_index_name(change->bar), change->old_state,
				  change->new_state, item->declared, item->registered,
				  item->resource);
		log_change(item, path, &lines);
		if (worth_a_uevent(change))
			send_uevent(change);
		blocking_notifier_call_chain(&change_chain, 0, change);

		list_del(&item->node);
		pci_dev_put(change->pdev);
		kfree(item);
	}
	if (lines.missing > MISSING_LINES_MAX)
		pr_warn("%u more BARs were declared for functions that are not there: see /sys/kernel/pci_fixed_bars/missing\n",
			lines.missing - MISSING_LINES_MAX);
	if (lines.right > RIGHT_LINES_MAX)
		pr_info("%u more BARs are right, too: see fixed_bars/ in each function's folder in sysfs\n",
			lines.right - RIGHT_LINES_MAX);
}

int pfb_registry_register_notifier(struct notifier_block *nb)
{
	return blocking_notifier_chain_register(&change_chain, nb);
}

void pfb_registry_unregister_notifier(struct notifier_block *nb)
{
	blocking_notifier_chain_unregister(&change_chain, nb);
}

void pfb_announce_summary(void)
{
	enum pfb_bar_state state;
	char text[256] = "";
	size_t len = 0;
	unsigned int nr;

	for (state = 0; state < PFB_NR_STATES; state++) {
		nr = pfb_registry_count(state);
		if (nr)
			len += scnprintf(text + len, sizeof(text) - len, "%s%u %s",
					 len ? ", " : "", nr, pfb_state_name(state));
	}
	pr_info("BARs: %s\n", len ? text : "none");
}
