/* SPDX-License-Identifier: GPL-2.0 */
/*
 * News: verdicts that changed, from the moment they do, under the registry's
 * lock, to the moment they can be told, under none.
 */
#ifndef PFB_ANNOUNCE_H
#define PFB_ANNOUNCE_H

#include <linux/list.h>
#include <linux/types.h>

#include <pci_fixed_bars/error.h>

#include "registry.h"

/**
 * struct pfb_news - a verdict that changed, until it can be told without a lock
 * @node: entry in a list of news
 * @change: what notifiers are told; its pdev is referenced
 * @declared: where the BAR was declared, 0 when it was not
 * @registered: address in the BAR's register
 * @resource: start of the kernel's resource as a bus address
 * @text: the verdict in words
 */
struct pfb_news {
	struct list_head node;
	struct pfb_registry_change change;
	u64 declared;
	u64 registered;
	u64 resource;
	char text[PFB_ERROR_TEXT_MAX];
};

/**
 * pfb_announce() - tell what changed, in log, trace, uevents and to notifiers
 * @news: list of struct pfb_news; is emptied
 *
 * Context: may sleep. No lock of the registry is held.
 */
void pfb_announce(struct list_head *news);

/**
 * pfb_announce_summary() - log how many BARs are in each state
 *
 * Context: may sleep. Takes the registry's lock.
 */
void pfb_announce_summary(void);

#endif /* PFB_ANNOUNCE_H */
