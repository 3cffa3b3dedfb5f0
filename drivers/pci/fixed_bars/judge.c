// SPDX-License-Identifier: GPL-2.0
/*
 * From what was declared and what was found to verdicts, and what is new of them.
 */
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "announce.h"
#include "judge.h"
#include "records.h"
#include "roots.h"

void pfb_judge_facts(const struct pfb_record *rec, unsigned int index,
		     struct pfb_bar_facts *facts)
{
	const struct pfb_bar_record *bar = rec->bars[index];

	memset(facts, 0, sizeof(*facts));
	facts->declared = pfb_record_applies(rec, index);
	facts->uncertain = bar->uncertain;
	facts->decl_vendor = rec->decl_vendor;
	facts->decl_device = rec->decl_device;
	facts->vendor = rec->pdev ? rec->pdev->vendor : PFB_ANY_ID;
	facts->device = rec->pdev ? rec->pdev->device : PFB_ANY_ID;
	facts->present = rec->pdev && rec->answers;
	facts->exists = bar->actual.exists;
	facts->assigned = bar->actual.assigned;
	facts->registered = bar->actual.registered;
	facts->resource = bar->actual.resource;
	facts->cut_off = bar->actual.cut_off;
	facts->size = bar->actual.size;
	facts->preserve = pfb_root_preserve(&rec->path) == PFB_PRESERVE_HONOURED;
	facts->has_baseline = bar->has_baseline;
	facts->baseline = bar->baseline;

	/*
	 * A BAR that is known to exist, but whose resource was emptied because
	 * it did not fit, has no size any more. It is unassigned, not wrong.
	 */
	if (!facts->size && (bar->hidden_size || bar->known_size)) {
		facts->exists = true;
		facts->size = bar->hidden_size ?: bar->known_size;
	}
	if (facts->exists && !facts->size && facts->declared)
		facts->size = facts->declared->size;

	/* The kernel writes a ROM's register only when the ROM is enabled. */
	if (index == PFB_BAR_ROM && bar->actual.disabled && !facts->declared)
		facts->registered = facts->resource;
}

static void take_baseline(struct pfb_record *rec, unsigned int index)
{
	struct pfb_bar_record *bar = rec->bars[index];

	if (!rec->pdev || pfb_record_applies(rec, index) || !bar->actual.assigned ||
	    pfb_root_preserve(&rec->path) != PFB_PRESERVE_HONOURED)
		return;
	bar->has_baseline = true;
	bar->baseline = index == PFB_BAR_ROM && bar->actual.disabled ?
			bar->actual.resource : bar->actual.registered;
	rec->seen_vendor = rec->pdev->vendor;
	rec->seen_device = rec->pdev->device;
}

static void note_change(struct pfb_record *rec, unsigned int index,
			const struct pfb_bar_facts *facts, enum pfb_bar_state state,
			struct list_head *news)
{
	struct pfb_bar_record *bar = rec->bars[index];
	struct pfb_news *item;

	/* Who hears of it takes exports and struct pages back: it must not be lost. */
	item = kzalloc(sizeof(*item), GFP_KERNEL | __GFP_NOFAIL);
	item->change.pdev = pci_dev_get(rec->pdev);
	item->change.path = rec->path;
	item->change.bar = index;
	item->change.old_state = bar->state;
	item->change.new_state = state;
	item->declared = facts->declared ? facts->declared->gpa : 0;
	item->registered = facts->registered;
	item->resource = facts->resource;
	if (bar->hidden_reason)
		strscpy(item->text, bar->hidden_reason, sizeof(item->text));
	else
		pfb_verdict_log_text(facts, state, item->text, sizeof(item->text));
	list_add_tail(&item->node, news);
}

/* @first: what firmware left is what is there now. */
static void judge(struct pfb_record *rec, bool first, struct list_head *news)
{
	struct pfb_bar_facts facts;
	enum pfb_bar_state state;
	unsigned int bar;

	for (bar = 0; bar < PFB_NR_BARS; bar++) {
		if (!rec->bars[bar])
			continue;
		if (first)
			take_baseline(rec, bar);
		pfb_judge_facts(rec, bar, &facts);
		state = pfb_verdict(&facts);
		/* What nobody declared and is gone is nobody's loss. */
		if (state == PFB_STATE_MISSING && !facts.declared)
			state = PFB_STATE_UNTRACKED;
		/* What is hidden lacks an address, whoever declared it or not. */
		if (state == PFB_STATE_UNTRACKED && rec->bars[bar]->hidden_reason)
			state = PFB_STATE_UNASSIGNED;
		if (state == rec->bars[bar]->state)
			continue;
		note_change(rec, bar, &facts, state, news);
		rec->bars[bar]->state = state;
	}
}

void pfb_judge_first(struct pfb_record *rec, struct list_head *news)
{
	judge(rec, true, news);
}

void pfb_judge_update(struct pfb_record *rec, struct list_head *news)
{
	judge(rec, false, news);
}
