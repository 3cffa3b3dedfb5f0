// SPDX-License-Identifier: GPL-2.0
/*
 * The registry: who is tracked. It reads functions as they come, has them
 * judged, and forgets them as they go. Beside it
 *
 *	records.c	the records, and the lock that guards them
 *	roots.c		what firmware wished for host bridges
 *	declare.c	what sources declare, merged or refused
 *	judge.c		verdicts
 *	announce.c	what changed, told
 *	report.c	what others ask
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt
#define dev_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/slab.h>

#include "announce.h"
#include "declare.h"
#include "judge.h"
#include "records.h"
#include "registry.h"
#include "roots.h"
#include "scan.h"

static DEFINE_MUTEX(track_lock);	/* who is tracked; held while the listener is told */
static enum pfb_policy current_policy;
static bool current_allow_declared;
static const struct pfb_registry_listener *listener;
static bool running;

/**
 * struct leaver - a function that was said to be removed, and may still be found
 * @node: entry in the list of leavers
 * @pdev: the function, referenced
 */
struct leaver {
	struct list_head node;
	struct pci_dev *pdev;
};

static LIST_HEAD(leavers);		/* under track_lock */

enum pfb_policy pfb_registry_policy(void)
{
	return current_policy;
}

bool pfb_registry_allow_declared(void)
{
	return current_allow_declared;
}

/*
 * Functions that come, stay and go. All under track_lock.
 */

/* Another device at the same place has nothing to do with the baseline. */
static void drop_foreign_baseline(struct pfb_record *rec)
{
	unsigned int bar;

	if (rec->seen_vendor == rec->pdev->vendor && rec->seen_device == rec->pdev->device)
		return;
	for (bar = 0; bar < PFB_NR_BARS; bar++)
		if (rec->bars[bar])
			rec->bars[bar]->has_baseline = false;
}

/*
 * Between BUS_NOTIFY_DEL_DEVICE and the end of its removal a function is found by its
 * BDF, and whoever found it before has it even longer. One that was tracked again then
 * would never be forgotten.
 */
static void note_leaver(struct pci_dev *pdev)
{
	struct leaver *leaver = kmalloc(sizeof(*leaver), GFP_KERNEL | __GFP_NOFAIL);

	leaver->pdev = pci_dev_get(pdev);
	list_add_tail(&leaver->node, &leavers);
}

/* Those that are out need no entry: they say so themselves. */
static void drop_leavers(bool all)
{
	struct leaver *leaver, *next;

	list_for_each_entry_safe(leaver, next, &leavers, node) {
		if (!all && device_is_registered(&leaver->pdev->dev))
			continue;
		list_del(&leaver->node);
		pci_dev_put(leaver->pdev);
		kfree(leaver);
	}
}

static bool leaves(struct pci_dev *pdev)
{
	const struct leaver *leaver;

	list_for_each_entry(leaver, &leavers, node)
		if (leaver->pdev == pdev)
			return true;
	return !device_is_registered(&pdev->dev);
}

/*
 * The record of a function, from now on if it had none. An ERR_PTR() where it
 * cannot have one: -ENODEV for a VF or one that is being removed, -ENAMETOOLONG too
 * deep for a path, -ERANGE in a domain that none names, -EEXIST while another function
 * has the record of that path, -ENOMEM.
 */
static struct pfb_record *track(struct pci_dev *pdev)
{
	struct pfb_record *rec;
	struct pfb_path path;
	int ret;

	drop_leavers(false);
	if (pdev->is_virtfn || leaves(pdev))
		return ERR_PTR(-ENODEV);
	ret = pfb_scan_path(pdev, &path);
	if (ret)
		return ERR_PTR(ret);

	mutex_lock(&pfb_state_lock);
	rec = pfb_record_of(pdev) ?: pfb_record_new(&path);
	if (rec && !rec->pdev) {
		rec->pdev = pci_dev_get(pdev);
		drop_foreign_baseline(rec);
		pfb_record_set_path(rec, &path);
	}
	mutex_unlock(&pfb_state_lock);
	if (!rec)
		return ERR_PTR(-ENOMEM);
	return rec->pdev == pdev ? rec : ERR_PTR(-EEXIST);
}

static void forget_hidden(struct pfb_bar_record *bar)
{
	bar->hidden_size = 0;
	kfree(bar->hidden_reason);
	bar->hidden_reason = NULL;
}

static int store_actual(struct pfb_record *rec, const struct pfb_bar_actual *actual)
{
	struct pfb_bar_record *bar;
	unsigned int i;

	for (i = 0; i < PFB_NR_BARS; i++) {
		if (!actual[i].exists && !rec->bars[i])
			continue;
		bar = pfb_record_bar(rec, i);
		if (!bar)
			return -ENOMEM;
		bar->actual = actual[i];
		if (actual[i].size)
			bar->known_size = actual[i].size;
		if (actual[i].assigned)
			forget_hidden(bar);
	}
	return 0;
}

/* Reads a function. Returns 0, -ENODEV when it does not answer, or -ENOMEM. */
static int observe(struct pfb_record *rec)
{
	struct pfb_bar_actual *actual;
	int answer, ret;

	actual = kcalloc(PFB_NR_BARS, sizeof(*actual), GFP_KERNEL);
	if (!actual)
		return -ENOMEM;
	answer = pfb_scan_bars(rec->pdev, actual);

	mutex_lock(&pfb_state_lock);
	rec->answers = !answer;
	ret = store_actual(rec, actual);
	mutex_unlock(&pfb_state_lock);
	kfree(actual);
	return ret ?: answer;
}

static void tell_checked(struct pfb_record *rec)
{
	u32 bars = 0;
	unsigned int i;

	for (i = 0; i < PFB_NR_BARS; i++)
		if (rec->bars[i])
			bars |= BIT(i);
	listener->checked(rec->pdev, bars, rec->sources);
}

static int verify(struct pci_dev *pdev, struct list_head *news)
{
	struct pfb_record *rec = track(pdev);
	int ret;

	if (IS_ERR(rec))
		return PTR_ERR(rec);
	ret = observe(rec);
	if (ret == -ENOMEM)
		return ret;

	mutex_lock(&pfb_state_lock);
	pfb_judge_update(rec, news);
	mutex_unlock(&pfb_state_lock);
	tell_checked(rec);
	return ret;
}

int pfb_registry_verify(struct pci_dev *pdev)
{
	LIST_HEAD(news);
	int ret = -ENODEV;

	mutex_lock(&track_lock);
	if (running)
		ret = verify(pdev, &news);
	mutex_unlock(&track_lock);
	pfb_announce(&news);
	return ret;
}

/* A function without a verdict must not pass for one that nobody declared. */
static void warn_unchecked(struct pci_dev *pdev, int why)
{
	switch (why) {
	case -ENOMEM:
		pci_warn(pdev, "not checked: out of memory; free some, then write 1 to /sys/kernel/pci_fixed_bars/verify\n");
		break;
	case -EEXIST:
		pci_warn(pdev, "not checked: another function that had the same path is not gone yet; once it is, write 1 to /sys/kernel/pci_fixed_bars/verify\n");
		break;
	case -ENAMETOOLONG:
		pci_warn(pdev, "not checked: it lies deeper than %d functions; plug it in nearer to the root bus\n",
			 PFB_PATH_HOPS_MAX);
		break;
	}
}

void pfb_registry_verify_all(void)
{
	struct pci_dev *pdev = NULL;

	pci_lock_rescan_remove();
	for_each_pci_dev(pdev)
		if (!pdev->is_virtfn)
			warn_unchecked(pdev, pfb_registry_verify(pdev));
	pci_unlock_rescan_remove();
}

/* Returns whether anything is left to say of a function that is gone. */
static bool worth_keeping(const struct pfb_record *rec)
{
	unsigned int bar;

	if (rec->sources)
		return true;
	for (bar = 0; bar < PFB_NR_BARS; bar++)
		if (rec->bars[bar] && rec->bars[bar]->has_baseline)
			return true;
	return false;
}

static void forget_actual(struct pfb_record *rec)
{
	unsigned int i;

	kfree(rec->provider);
	rec->provider = NULL;
	rec->answers = false;
	for (i = 0; i < PFB_NR_BARS; i++) {
		struct pfb_bar_record *bar = rec->bars[i];

		if (!bar)
			continue;
		memset(&bar->actual, 0, sizeof(bar->actual));
		bar->known_size = 0;
		forget_hidden(bar);
	}
}

void pfb_registry_removed(struct pci_dev *pdev)
{
	struct pfb_record *rec;
	LIST_HEAD(news);

	mutex_lock(&track_lock);
	drop_leavers(false);
	if (running)
		note_leaver(pdev);
	mutex_lock(&pfb_state_lock);
	rec = pfb_record_tracked(pdev);
	mutex_unlock(&pfb_state_lock);
	if (!rec) {
		mutex_unlock(&track_lock);
		return;
	}
	listener->going(pdev);

	mutex_lock(&pfb_state_lock);
	rec->pdev = NULL;
	if (worth_keeping(rec)) {
		forget_actual(rec);
		pfb_judge_update(rec, &news);
	} else {
		pfb_record_free(rec);
	}
	mutex_unlock(&pfb_state_lock);
	mutex_unlock(&track_lock);

	pfb_announce(&news);
	pci_dev_put(pdev);
}

int pfb_registry_hidden(struct pci_dev *pdev, unsigned int bar, u64 size, const char *reason)
{
	struct pfb_bar_record *record = NULL;
	struct pfb_record *rec;
	char *text;

	if (bar >= PFB_NR_BARS)
		return -EINVAL;
	text = kstrdup(reason, GFP_KERNEL);
	if (!text)
		return -ENOMEM;

	mutex_lock(&track_lock);
	rec = running ? track(pdev) : ERR_PTR(-ENODEV);
	if (!IS_ERR(rec)) {
		mutex_lock(&pfb_state_lock);
		record = pfb_record_bar(rec, bar);
		if (record) {
			record->hidden_size = size;
			swap(record->hidden_reason, text);
		}
		mutex_unlock(&pfb_state_lock);
	}
	mutex_unlock(&track_lock);
	kfree(text);
	return record ? 0 : -ENOMEM;
}

/* What was declared by a source that no longer does, and is not there. */
static void drop_undeclared(void)
{
	struct pfb_record *rec, *next;

	list_for_each_entry_safe(rec, next, &pfb_records, node)
		if (!rec->pdev && !worth_keeping(rec))
			pfb_record_free(rec);
}

int pfb_registry_redeclare(pfb_redeclare_fn all, struct list_head *news)
{
	struct pfb_record *rec;
	int ret, overlaps;

	mutex_lock(&track_lock);
	mutex_lock(&pfb_state_lock);
	pfb_declare_forget();
	ret = all(pfb_declare_one);
	overlaps = pfb_declare_refuse_overlaps();
	if (overlaps) {
		/* What was not compared must not pass. */
		pfb_declare_forget();
		ret = overlaps;
	}
	list_for_each_entry(rec, &pfb_records, node)
		pfb_judge_update(rec, news);
	drop_undeclared();
	mutex_unlock(&pfb_state_lock);

	list_for_each_entry(rec, &pfb_records, node)
		if (rec->pdev)
			tell_checked(rec);
	mutex_unlock(&track_lock);
	return ret;
}

/*
 * Start and stop.
 */

static int observe_all(void)
{
	struct pci_dev *pdev = NULL;
	struct pfb_record *rec;
	int ret;

	for_each_pci_dev(pdev) {
		if (pdev->is_virtfn)
			continue;
		rec = track(pdev);
		ret = IS_ERR(rec) ? PTR_ERR(rec) : observe(rec);
		if (ret == -ENOMEM) {
			pci_dev_put(pdev);
			return ret;
		}
		warn_unchecked(pdev, ret);
	}
	return 0;
}

static int conclude_all(struct list_head *news)
{
	struct pfb_record *rec;
	int ret;

	mutex_lock(&pfb_state_lock);
	ret = pfb_declare_refuse_overlaps();
	if (!ret) {
		list_for_each_entry(rec, &pfb_records, node)
			pfb_judge_first(rec, news);
		pfb_roots_warn_ignored();
	}
	mutex_unlock(&pfb_state_lock);
	if (ret)
		return ret;

	list_for_each_entry(rec, &pfb_records, node)
		if (rec->pdev)
			tell_checked(rec);
	return 0;
}

int pfb_registry_init(enum pfb_policy policy, bool allow_declared,
		      const struct pfb_registry_listener *told)
{
	current_policy = policy;
	current_allow_declared = allow_declared;
	listener = told;
	return pfb_roots_note();
}

int pfb_registry_start(struct list_head *news)
{
	int ret;

	mutex_lock(&track_lock);
	running = true;
	ret = observe_all();
	if (!ret)
		ret = conclude_all(news);
	mutex_unlock(&track_lock);
	return ret;
}

void pfb_registry_stop(void)
{
	struct pfb_record *rec, *next;

	mutex_lock(&track_lock);
	running = false;
	list_for_each_entry_safe(rec, next, &pfb_records, node) {
		struct pci_dev *pdev = rec->pdev;

		if (pdev)
			listener->going(pdev);
		mutex_lock(&pfb_state_lock);
		pfb_record_free(rec);
		mutex_unlock(&pfb_state_lock);
		pci_dev_put(pdev);
	}
	drop_leavers(true);
	mutex_lock(&pfb_state_lock);
	pfb_roots_forget();
	mutex_unlock(&pfb_state_lock);
	mutex_unlock(&track_lock);
}
