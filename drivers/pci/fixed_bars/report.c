// SPDX-License-Identifier: GPL-2.0
/*
 * What the registry answers, from the facts of the last check. Every answer is
 * a copy made under the registry's lock: nothing of a record gets out.
 */
#include <linux/mm.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include "judge.h"
#include "records.h"
#include "registry.h"
#include "roots.h"
#include "scan.h"

static bool id_applies(const struct pfb_record *rec, struct pci_dev *pdev)
{
	return (rec->decl_vendor == PFB_ANY_ID || rec->decl_vendor == pdev->vendor) &&
	       (rec->decl_device == PFB_ANY_ID || rec->decl_device == pdev->device);
}

int pfb_registry_declared_bar(struct pci_dev *pdev, unsigned int bar,
			      struct pfb_declared_bar *declared)
{
	const struct pfb_declared_bar *found = NULL;
	struct pfb_record *rec;

	if (bar >= PFB_NR_BARS)
		return -ENOENT;
	mutex_lock(&pfb_state_lock);
	rec = pfb_record_of(pdev);
	if (rec && id_applies(rec, pdev))
		found = pfb_record_applies(rec, bar);
	if (found)
		*declared = *found;
	mutex_unlock(&pfb_state_lock);
	return found ? 0 : -ENOENT;
}

static void fill_report(const struct pfb_record *rec, unsigned int bar,
			struct pfb_bar_report *report)
{
	const struct pfb_bar_record *record = rec->bars[bar];
	const struct pfb_declared_bar *declared = pfb_record_applies(rec, bar);
	struct pfb_bar_facts facts;

	pfb_judge_facts(rec, bar, &facts);
	memset(report, 0, sizeof(*report));
	report->state = record->state;
	report->exists = facts.exists;
	report->assigned = facts.assigned;
	report->registered = record->actual.registered;
	report->resource = facts.resource;
	report->cut_off = facts.cut_off;
	report->size = facts.size;
	report->clique = rec->error ? PFB_CLIQUE_NONE : rec->clique;
	report->flags = rec->error ? 0 : rec->flags;
	report->preserve = pfb_root_preserve(&rec->path);
	if (declared) {
		report->has_declared = true;
		report->declared = *declared;
		report->sources = record->sources;
	} else if (record->has_baseline) {
		report->sources = pfb_root_sources(&rec->path);
	}
}

int pfb_registry_bar(struct pci_dev *pdev, unsigned int bar, struct pfb_bar_report *report)
{
	struct pfb_record *rec;
	int ret = -ENOENT;

	if (bar >= PFB_NR_BARS)
		return ret;
	mutex_lock(&pfb_state_lock);
	rec = pfb_record_tracked(pdev);
	if (!rec) {
		ret = -ENODEV;
	} else if (rec->bars[bar]) {
		fill_report(rec, bar, report);
		ret = 0;
	}
	mutex_unlock(&pfb_state_lock);
	return ret;
}

u32 pfb_registry_bars(struct pci_dev *pdev, struct pfb_bar_report *reports)
{
	struct pfb_record *rec;
	unsigned int bar;
	u32 found = 0;

	mutex_lock(&pfb_state_lock);
	rec = pfb_record_tracked(pdev);
	for (bar = 0; rec && bar < PFB_NR_BARS; bar++) {
		if (!rec->bars[bar])
			continue;
		fill_report(rec, bar, &reports[bar]);
		found |= BIT(bar);
	}
	mutex_unlock(&pfb_state_lock);
	return found;
}

/* @logged: not only root reads it. */
static const char *explain(struct pci_dev *pdev, unsigned int bar, bool logged, char *buf,
			   size_t size)
{
	struct pfb_bar_facts facts;
	struct pfb_record *rec;

	mutex_lock(&pfb_state_lock);
	rec = pfb_record_tracked(pdev);
	if (!rec) {
		scnprintf(buf, size, "the function is not checked: it is a VF, is being removed, or no path can name it");
	} else if (bar >= PFB_NR_BARS || !rec->bars[bar]) {
		scnprintf(buf, size, "there is no such BAR");
	} else if (rec->bars[bar]->hidden_reason) {
		scnprintf(buf, size, "%s", rec->bars[bar]->hidden_reason);
	} else if (rec->error && rec->bars[bar]->has_declared) {
		scnprintf(buf, size, "%s", logged ? "its sources disagree, as the log says above" :
						    rec->error);
	} else {
		pfb_judge_facts(rec, bar, &facts);
		if (logged)
			pfb_verdict_log_text(&facts, rec->bars[bar]->state, buf, size);
		else
			pfb_verdict_explain(&facts, rec->bars[bar]->state, buf, size);
	}
	mutex_unlock(&pfb_state_lock);
	return buf;
}

const char *pfb_registry_bar_explain(struct pci_dev *pdev, unsigned int bar,
				     char *buf, size_t size)
{
	return explain(pdev, bar, false, buf, size);
}

const char *pfb_registry_bar_log_text(struct pci_dev *pdev, unsigned int bar,
				      char *buf, size_t size)
{
	return explain(pdev, bar, true, buf, size);
}

u32 pfb_registry_flags(struct pci_dev *pdev)
{
	struct pfb_record *rec;
	u32 flags = 0;

	mutex_lock(&pfb_state_lock);
	rec = pfb_record_of(pdev);
	if (rec && !rec->error && id_applies(rec, pdev))
		flags = rec->flags;
	mutex_unlock(&pfb_state_lock);
	return flags;
}

u32 pfb_registry_clique(struct pci_dev *pdev)
{
	u32 clique = PFB_CLIQUE_NONE;
	struct pfb_record *rec;

	mutex_lock(&pfb_state_lock);
	rec = pfb_record_of(pdev);
	if (rec && !rec->error && id_applies(rec, pdev))
		clique = rec->clique;
	mutex_unlock(&pfb_state_lock);
	return clique;
}

enum pfb_preserve pfb_registry_preserve_of(struct pci_dev *pdev)
{
	enum pfb_preserve preserve = PFB_PRESERVE_NOT_ASKED;
	struct pfb_path path;

	if (pfb_scan_path(pdev, &path))
		return preserve;
	mutex_lock(&pfb_state_lock);
	preserve = pfb_root_preserve(&path);
	mutex_unlock(&pfb_state_lock);
	return preserve;
}

int pfb_registry_for_each(pfb_registry_fn fn, void *ctx)
{
	struct pci_dev **pdevs;
	struct pfb_record *rec;
	unsigned int nr = 0, i;
	int ret = 0;

	mutex_lock(&pfb_state_lock);
	list_for_each_entry(rec, &pfb_records, node)
		nr += !!rec->pdev;
	pdevs = kvmalloc_array(max(nr, 1U), sizeof(*pdevs), GFP_KERNEL);
	nr = 0;
	if (pdevs)
		list_for_each_entry(rec, &pfb_records, node)
			if (rec->pdev)
				pdevs[nr++] = pci_dev_get(rec->pdev);
	mutex_unlock(&pfb_state_lock);
	if (!pdevs)
		return -ENOMEM;

	for (i = 0; i < nr; i++) {
		if (!ret)
			ret = fn(pdevs[i], ctx);
		pci_dev_put(pdevs[i]);
	}
	kvfree(pdevs);
	return ret;
}

void pfb_registry_set_provider(struct pci_dev *pdev, const char *text)
{
	char *copy = text ? kstrdup(text, GFP_KERNEL) : NULL;
	struct pfb_record *rec;

	mutex_lock(&pfb_state_lock);
	rec = pfb_record_tracked(pdev);
	if (rec)
		swap(rec->provider, copy);
	mutex_unlock(&pfb_state_lock);
	kfree(copy);
}

void pfb_registry_provider(struct pci_dev *pdev, char *buf, size_t size)
{
	struct pfb_record *rec;

	mutex_lock(&pfb_state_lock);
	rec = pfb_record_tracked(pdev);
	scnprintf(buf, size, "%s", rec && rec->provider ? rec->provider : "none");
	mutex_unlock(&pfb_state_lock);
}

void pfb_registry_error(struct pci_dev *pdev, char *buf, size_t size)
{
	struct pfb_record *rec;

	mutex_lock(&pfb_state_lock);
	rec = pfb_record_tracked(pdev);
	scnprintf(buf, size, "%s", rec && rec->error ? rec->error : "none");
	mutex_unlock(&pfb_state_lock);
}

unsigned int pfb_registry_count(enum pfb_bar_state state)
{
	struct pfb_record *rec;
	unsigned int nr = 0;
	unsigned int bar;

	mutex_lock(&pfb_state_lock);
	list_for_each_entry(rec, &pfb_records, node)
		for (bar = 0; bar < PFB_NR_BARS; bar++)
			if (rec->bars[bar] && (rec->pdev || pfb_record_applies(rec, bar)) &&
			    rec->bars[bar]->state == state)
				nr++;
	mutex_unlock(&pfb_state_lock);
	return nr;
}

ssize_t pfb_registry_emit_missing(char *buf)
{
	char path[PFB_PATH_TEXT_MAX];
	struct pfb_record *rec;
	ssize_t len = 0;

	mutex_lock(&pfb_state_lock);
	list_for_each_entry(rec, &pfb_records, node)
		if (!rec->pdev && rec->sources)
			len += sysfs_emit_at(buf, len, "%s\n",
					     pfb_path_format(&rec->path, path, sizeof(path)));
	mutex_unlock(&pfb_state_lock);
	return len;
}

ssize_t pfb_registry_emit_errors(char *buf)
{
	char path[PFB_PATH_TEXT_MAX];
	struct pfb_record *rec;
	ssize_t len = 0;

	mutex_lock(&pfb_state_lock);
	list_for_each_entry(rec, &pfb_records, node)
		if (rec->error)
			len += sysfs_emit_at(buf, len, "%s: %s\n",
					     pfb_path_format(&rec->path, path, sizeof(path)),
					     rec->error);
	mutex_unlock(&pfb_state_lock);
	return len;
}
