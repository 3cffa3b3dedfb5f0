/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Paths that passed a moment ago. To follow a path is to read the config space of
 * every port on it, which leaves the guest for each register: too slow for each
 * buffer that an importer attaches.
 *
 * Only what passes is kept: a refusal is never repeated, but judged anew. A verdict is
 * taken for good no longer, whichever comes first, when
 *	- a BAR's verdict or what is declared changed, something was revoked, or everything
 *	  was asked to be checked;
 *	- a PCI function came or went, or a driver;
 *	- the kernel moved the BAR, or enabled or disabled one of both ends, its bus
 *	  mastering, its ATS, its power; or the client's DMA mask or IOMMU domain is another;
 *	- it is older than a second: what is written to config space behind the kernel's back
 *	  (setpci) nobody is told of.
 */
#ifndef PFB_REACH_CACHE_H
#define PFB_REACH_CACHE_H

#include <linux/atomic.h>
#include <linux/jiffies.h>
#include <linux/seqlock.h>
#include <linux/types.h>

#include "reach.h"

/**
 * struct pfb_known_reach - a path's verdict in short
 * @kind: the verdict
 * @why: all PFB_WHY_* found
 * @passes: pfb_reach_passes()
 * @address: bus address in the BAR's register
 * @generation: pfb_reach_generation() when it was judged
 * @judged: jiffies when it was
 */
struct pfb_known_reach {
	enum pfb_route_kind kind;
	u32 why;
	bool passes;
	u64 address;
	unsigned long generation;
	unsigned long judged;
};

/* For how long a verdict is taken for good. */
#define PFB_REACH_KNOWN_FOR	HZ

/* For pfb_reach_generation() alone. */
extern atomic_long_t pfb_reach_changes;

/**
 * pfb_reach_generation() - how often pfb_reach_changed() was called
 *
 * A verdict that was asked for after this was read is not older than it.
 *
 * Context: any.
 * Return: the number.
 */
static inline unsigned long pfb_reach_generation(void)
{
	return atomic_long_read(&pfb_reach_changes);
}

/**
 * struct pfb_last_reach - who was last found to reach a BAR
 * @lock: for the rest
 * @client: only compared; NULL: nobody yet
 * @generation: pfb_reach_generation() when it was judged
 * @judged: jiffies when it was
 */
struct pfb_last_reach {
	seqlock_t lock;
	const struct device *client;
	unsigned long generation;
	unsigned long judged;
};

/**
 * pfb_reach_still_passes() - is this who passed last, and has nobody heard of a change
 * @last: who passed last
 * @client: the device that sends
 * @generation: receives pfb_reach_generation() when it was judged
 *
 * For whom an attachment of a moment ago would serve as well: what is neither told nor a
 * second old is not looked at, as it is not for those who are attached.
 *
 * Context: any.
 * Return: true when it need not be judged again.
 */
static inline bool pfb_reach_still_passes(const struct pfb_last_reach *last,
					  const struct device *client,
					  unsigned long *generation)
{
	unsigned int seq = read_seqbegin(&last->lock);
	unsigned long judged = last->judged;

	*generation = last->generation;
	return last->client == client && !read_seqretry(&last->lock, seq) &&
	       *generation == pfb_reach_generation() && jiffies - judged < PFB_REACH_KNOWN_FOR;
}

/**
 * pfb_reach_passed() - remember who passed
 * @last: receives it
 * @client: the device that sends
 * @known: what it was judged by
 *
 * Context: any.
 */
void pfb_reach_passed(struct pfb_last_reach *last, const struct device *client,
		      const struct pfb_known_reach *known);

/**
 * pfb_reach_known() - does a device reach a BAR directly, as of a second ago at most
 * @provider: the function that has the BAR
 * @bar: PCI resource index, below %PFB_NR_BARS
 * @client: the device that sends; need not be a PCI function
 * @known: receives the answer
 *
 * Context: may sleep. Takes the registry's lock when it has to ask anew. The caller
 * holds references on both.
 * Return: 0, or what pfb_reach() returns.
 */
int pfb_reach_known(struct pci_dev *provider, unsigned int bar, struct device *client,
		    struct pfb_known_reach *known);

/**
 * pfb_reach_anew() - ask for a path, whatever is known
 * @provider: the function that has the BAR
 * @bar: PCI resource index, below %PFB_NR_BARS
 * @client: the device that sends; need not be a PCI function
 * @reach: receives the answer, which pfb_reach_known() repeats from now on
 *
 * Context: may sleep. Takes the registry's lock. The caller holds references on
 * both.
 * Return: 0, or what pfb_reach() returns.
 */
int pfb_reach_anew(struct pci_dev *provider, unsigned int bar, struct device *client,
		   struct pfb_reach *reach);

/**
 * pfb_reach_changed() - whatever is known may be wrong from now on
 *
 * Context: any.
 */
void pfb_reach_changed(void);

#endif /* PFB_REACH_CACHE_H */
