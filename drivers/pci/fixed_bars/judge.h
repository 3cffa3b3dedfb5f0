/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Verdicts on the registry's records. The rules are the core's
 * (pci_fixed_bars/verdict.h); the facts for them are put together here.
 */
#ifndef PFB_JUDGE_H
#define PFB_JUDGE_H

#include <pci_fixed_bars/verdict.h>

struct list_head;
struct pfb_record;

/**
 * pfb_judge_facts() - what is known of a BAR, as the core wants to have it
 * @rec: the function's record
 * @index: PCI resource index of a BAR that has a record
 * @facts: receives them; what was declared is pointed to, not copied
 *
 * Context: may sleep. pfb_state_lock is held, as long as @facts is used.
 */
void pfb_judge_facts(const struct pfb_record *rec, unsigned int index,
		     struct pfb_bar_facts *facts);

/**
 * pfb_judge_first() - judge a function for the first time
 * @rec: its record
 * @news: receives a struct pfb_news for each verdict that changed
 *
 * Where firmware asked to keep the host bridge and nobody declared more, what
 * is there now is what firmware left: the baseline for all later verdicts.
 *
 * Context: may sleep. pfb_state_lock is held.
 */
void pfb_judge_first(struct pfb_record *rec, struct list_head *news);

/**
 * pfb_judge_update() - judge a function by what was found now
 * @rec: its record
 * @news: receives a struct pfb_news for each verdict that changed
 *
 * Context: may sleep. pfb_state_lock is held.
 */
void pfb_judge_update(struct pfb_record *rec, struct list_head *news);

#endif /* PFB_JUDGE_H */
