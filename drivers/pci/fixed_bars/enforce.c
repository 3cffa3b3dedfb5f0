// SPDX-License-Identifier: GPL-2.0
/*
 * Enforcing: one root port after the other is put right, each completely or
 * not at all.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt
#define dev_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/atomic.h>
#include <linux/bitops.h>
#include <linux/jiffies.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/workqueue.h>

#include "arrange.h"
#include "enforce.h"
#include "registry.h"
#include "relocate.h"
#include "revive.h"
#include "survey.h"

/* A machine with a thousand BARs has its plan in less. */
#define REPORT_MAX	PFB_ENFORCE_REPORT_MAX

/*
 * How often, and for how long, it is looked whether a link is back that was reset. Most
 * devices need a second at most (PCIe 6.0, 6.6.1); the kernel itself waits for 60 (drivers/pci/
 * pci.c, PCIE_RESET_READY_POLL_MS).
 */
#define PFB_BACK_MS	1000
#define PFB_BACK_WAITS	60

/* What did not take what was written to it is tried again this often: each time is logged. */
#define PFB_BACK_RETRIES	3u

/* Who reads while another is enforcing sees the report of the last time. */
static DEFINE_MUTEX(report_lock);
static char *report;

/**
 * struct run - one go at everything
 * @text: the report so far; NULL: out of memory, and nothing is kept
 * @len: bytes in @text
 * @dry_run: only plan
 * @ret: the last error
 */
struct run {
	char *text;
	size_t len;
	bool dry_run;
	int ret;
};

static __printf(2, 3) void say(struct run *run, const char *fmt, ...)
{
	va_list args;

	if (!run->text)
		return;
	va_start(args, fmt);
	run->len += vscnprintf(run->text + run->len, REPORT_MAX - run->len, fmt, args);
	va_end(args);
}

static void say_line(void *ctx, const char *line)
{
	say(ctx, "  %s\n", line);
}

static void say_line_alone(void *ctx, const char *line)
{
	say(ctx, "%s\n", line);
}

static void refuse(struct run *run, struct pci_dev *top, int ret, const struct pfb_error *err)
{
	run->ret = ret;
	say(run, "  refused: %s\n", err->text);
	if (!run->dry_run)
		pci_warn(top, "what is below it stays where it is: %s\n", err->text);
}

/* Said before anything is planned: around a PF that stays there may be no plan at all. */
static int check_vfs(const struct pfb_survey *survey, u32 branch, struct pfb_error *err)
{
	u32 i;
	int ret;

	for (i = branch; i < survey->top.nr_functions; i++) {
		const struct pfb_site *site = &survey->sites[i];

		if (site->branch != branch || !site->pdev || !site->wrong)
			continue;
		ret = pfb_relocation_check_vfs(site->pdev, err);
		if (ret)
			return ret;
	}
	return 0;
}

static void say_lost(struct run *run, const struct pfb_survey *survey, u32 branch)
{
	unsigned int bar;
	u32 i;

	for (i = branch; i < survey->top.nr_functions; i++) {
		const struct pfb_site *site = &survey->sites[i];

		for (bar = 0; site->branch == branch && bar < PCI_STD_NUM_BARS; bar++) {
			if (site->lost & BIT(bar))
				say(run, "  %s %s has no address, and was not declared: it gets one where there is room\n",
				    pci_name(site->pdev), pfb_bar_index_name(bar));
		}
	}
}

static void say_done(struct run *run, struct pci_dev *top,
		     const struct pfb_relocation_result *result, bool wrong)
{
	say(run, "  done: %u steps, %u drivers restarted, %llu us without an answer\n",
	    result->steps, result->drivers, (unsigned long long)result->pause_us);
	pci_info(top, "BARs below it were moved to where they were declared%s: %u steps, %u drivers restarted, %llu us without an answer\n",
		 wrong ? "" : ", or got an address", result->steps, result->drivers,
		 (unsigned long long)result->pause_us);
}

/* What was moved is elsewhere now, behind whichever ports. */
static int look_again(struct pfb_survey *survey, const struct pfb_relocation *rel,
		      struct pfb_error *err)
{
	u32 i, branch = PFB_NO_FUNCTION;
	int ret = 0;

	for (i = 0; i < survey->top.nr_functions && !ret; i++) {
		if (survey->sites[i].branch == branch ||
		    !pfb_relocation_has(rel, survey->sites[i].pdev))
			continue;
		branch = survey->sites[i].branch;
		ret = pfb_survey_again(survey, branch, err);
	}
	return ret;
}

/*
 * Under pci_lock_rescan_remove(), so that what was surveyed is there. Returns
 * whether the survey is still good for another branch.
 */
static bool enforce_branch(struct run *run, struct pfb_survey *survey, u32 branch)
{
	struct pci_dev *top = survey->sites[branch].pdev;
	bool wrong = pfb_survey_wrong(survey, branch);
	struct pfb_relocation_result result = {};
	struct pfb_relocation *rel = NULL;
	struct pfb_error err;
	bool good = true;
	int ret;

	say(run, "below %s\n", pci_name(top));
	say_lost(run, survey, branch);
	ret = check_vfs(survey, branch, &err);
	if (!ret)
		ret = pfb_arrange(survey, branch, &rel, &err);
	if (ret)
		goto out;
	if (pfb_relocation_is_empty(rel)) {
		say(run, "  no room that is free already: nothing to move\n");
		goto out;
	}
	pfb_relocation_describe(rel, say_line, run);
	ret = pfb_relocation_check(rel, &err);
	if (ret || run->dry_run)
		goto out;
	ret = pfb_relocation_run(rel, &result, &err);
	if (ret)
		refuse(run, top, ret, &err);
	else
		say_done(run, top, &result, wrong);
	ret = look_again(survey, rel, &err);
	good = !ret;
out:
	pfb_relocation_free(rel);
	if (ret)
		refuse(run, top, ret, &err);
	return good;
}

static bool has_work(const struct pfb_survey *survey, u32 index)
{
	const struct pfb_site *site = &survey->sites[index];

	return site->branch == index && site->pdev &&
	       (pfb_survey_wrong(survey, index) || pfb_survey_lost(survey, index));
}

/* Each branch once. One that is put right may have moved what is behind others. */
static int enforce_all(struct run *run)
{
	struct pfb_survey survey;
	struct pfb_error err;
	unsigned int unmovable;
	u32 branch;
	int ret;

	ret = pfb_survey_make(&survey, &err);
	if (ret) {
		say(run, "refused: %s\n", err.text);
		return ret;
	}
	for (branch = 0; branch < survey.top.nr_functions; branch++)
		if (has_work(&survey, branch) && !enforce_branch(run, &survey, branch))
			break;
	unmovable = pfb_survey_unmovable(&survey);
	if (unmovable) {
		run->ret = -EOPNOTSUPP;
		say(run, "refused: %s (%u such)\n", survey.unmovable.text, unmovable);
		if (!run->dry_run)
			pr_warn("%s (%u such)\n", survey.unmovable.text, unmovable);
	}
	pfb_survey_free(&survey);
	return run->ret;
}

static const char observes[] =
	"policy=observe touches nothing: load the module with policy=preserve or policy=enforce to move BARs";

/* What is behind a bridge that was reset does not answer, and is planned for once it does. */
static int revive_and_move(struct run *run)
{
	int ret;

	pci_lock_rescan_remove();
	ret = pfb_revive(run->dry_run, say_line_alone, run);
	if (ret > 0 && run->dry_run) {
		say(run, "what is behind cannot be planned before that\n");
		ret = 0;
	} else {
		run->ret = min(ret, 0);
		ret = enforce_all(run);
	}
	pci_unlock_rescan_remove();
	return ret;
}

int pfb_enforce(bool dry_run, char *copy)
{
	struct run run = { .dry_run = dry_run };
	int ret;

	run.text = kvzalloc(REPORT_MAX, GFP_KERNEL);
	if (!dry_run && pfb_registry_policy() == PFB_POLICY_OBSERVE) {
		ret = -EPERM;
		say(&run, "refused: %s\n", observes);
		pr_warn("%s\n", observes);
	} else {
		ret = revive_and_move(&run);
	}
	if (!run.len)
		say(&run, "nothing to move\n");
	if (copy)
		strscpy(copy, run.text ?: "", REPORT_MAX);

	mutex_lock(&report_lock);
	swap(report, run.text);
	mutex_unlock(&report_lock);
	kvfree(run.text);
	return ret;
}

ssize_t pfb_enforce_report(char *buf, loff_t offset, size_t count)
{
	ssize_t len = 0;

	mutex_lock(&report_lock);
	if (report)
		len = memory_read_from_buffer(buf, count, &offset, report, strlen(report));
	mutex_unlock(&report_lock);
	return len;
}

static void say_nothing(void *ctx, const char *line)
{
}

static bool can_revive(void)
{
	int ret;

	pci_lock_rescan_remove();
	ret = pfb_revive(true, say_nothing, NULL);
	pci_unlock_rescan_remove();
	return ret > 0;
}

static int is_missing(struct pci_dev *pdev, void *ctx)
{
	struct pfb_bar_report *reports = ctx;
	unsigned long bars = pfb_registry_bars(pdev, reports);
	unsigned int bar;

	for_each_set_bit(bar, &bars, PFB_NR_BARS)
		if (reports[bar].state == PFB_STATE_MISSING)
			return 1;
	return 0;
}

static void enforce_work_fn(struct work_struct *work);
static DECLARE_DELAYED_WORK(enforce_work, enforce_work_fn);
static atomic_t verdicts_changed = ATOMIC_INIT(0);

/*
 * Only a verdict that changes has it tried again: what was refused is not
 * tried over and over. But what a reset took away may not be back yet, and that
 * its bridges are, cleared, changes no verdict.
 */
static void enforce_work_fn(struct work_struct *work)
{
	/* Of this work item alone, which never runs twice at once. */
	static struct pfb_bar_report reports[PFB_NR_BARS];
	static unsigned int waits;
	bool changed = atomic_xchg(&verdicts_changed, 0);

	if (changed)
		waits = PFB_BACK_WAITS;
	if ((changed || can_revive()) && pfb_enforce(false, NULL) == -EIO)
		waits = min(waits, PFB_BACK_RETRIES);
	if (waits && pfb_registry_for_each(is_missing, reports) > 0) {
		waits--;
		queue_delayed_work(system_freezable_wq, &enforce_work,
				   msecs_to_jiffies(PFB_BACK_MS));
	}
}

/*
 * Freezable: while the system suspends, registers are being saved and restored, and what
 * is behind a port that sleeps does not answer.
 *
 * One that is missing, and still in the tree of devices, may be behind a port that
 * was reset.
 */
static int verdict_changed(struct notifier_block *nb, unsigned long event, void *data)
{
	const struct pfb_registry_change *change = data;

	if (change->pdev && (change->new_state == PFB_STATE_MOVED ||
			     change->new_state == PFB_STATE_UNASSIGNED ||
			     change->new_state == PFB_STATE_MISSING)) {
		atomic_set(&verdicts_changed, 1);
		mod_delayed_work(system_freezable_wq, &enforce_work, 0);
	}
	return NOTIFY_DONE;
}

static struct notifier_block verdict_nb = {
	.notifier_call = verdict_changed,
};

static bool started;

int pfb_enforce_start(void)
{
	int ret;

	pfb_enforce(false, NULL);
	ret = pfb_registry_register_notifier(&verdict_nb);
	started = !ret;
	return ret;
}

void pfb_enforce_stop(void)
{
	if (started) {
		pfb_registry_unregister_notifier(&verdict_nb);
		cancel_delayed_work_sync(&enforce_work);
		started = false;
	}
	kvfree(report);
	report = NULL;
}
