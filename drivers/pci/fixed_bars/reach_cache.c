// SPDX-License-Identifier: GPL-2.0
/*
 * What is known of paths: a small table, in which one path takes another's place
 * where both fall on one entry.
 */
#include <linux/atomic.h>
#include <linux/dma-mapping.h>
#include <linux/hash.h>
#include <linux/jiffies.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/seqlock.h>

#include "reach_cache.h"

#define KNOWN_BITS	7

/**
 * struct end - what the kernel itself knows of one end of a path, without asking it
 * @driver: its driver; only compared
 * @enabled: how often it was enabled
 * @power: its power state
 * @channel: is it cut off by an error
 * @master: it may master the bus
 * @ats: ATS is on
 */
struct end {
	const void *driver;
	int enabled;
	pci_power_t power;
	pci_channel_state_t channel;
	bool master;
	bool ats;
};

/**
 * struct stamp - what a verdict rests on that costs nothing to look at
 * @ends: provider and client
 * @start: start of the BAR, as the CPU has it
 * @flags: of its resource
 */
struct stamp {
	struct end ends[2];
	resource_size_t start;
	unsigned long flags;
};

/**
 * struct entry - a path that passed
 * @provider: only compared; NULL: nothing is known here
 * @client: the same
 * @bar: PCI resource index
 * @last: highest address in the BAR
 * @stamp: what it rested on
 * @known: the verdict
 */
struct entry {
	const struct pci_dev *provider;
	const struct device *client;
	unsigned int bar;
	u64 last;
	struct stamp stamp;
	struct pfb_known_reach known;
};

/* Whoever looks up only reads, and again where somebody wrote meanwhile. */
static DEFINE_SEQLOCK(known_lock);
static struct entry entries[1 << KNOWN_BITS];
atomic_long_t pfb_reach_changes;

void pfb_reach_changed(void)
{
	/* Ordered before whatever the caller does about it. */
	atomic_long_inc_return(&pfb_reach_changes);
}

void pfb_reach_passed(struct pfb_last_reach *last, const struct device *client,
		      const struct pfb_known_reach *known)
{
	write_seqlock(&last->lock);
	last->client = client;
	last->generation = known->generation;
	last->judged = known->judged;
	write_sequnlock(&last->lock);
}

static struct entry *entry_of(const struct pci_dev *provider, unsigned int bar,
			      const struct device *client)
{
	unsigned long key = (unsigned long)provider ^ ((unsigned long)client << 1) ^ bar;

	return &entries[hash_long(key, KNOWN_BITS)];
}

static bool has_ats(const struct pci_dev *pdev)
{
#ifdef CONFIG_PCI_ATS
	return pdev->ats_enabled;
#else
	return false;
#endif
}

static void look_at(const struct pci_dev *pdev, struct end *end)
{
	end->driver = READ_ONCE(pdev->dev.driver);
	end->enabled = atomic_read(&pdev->enable_cnt);
	end->power = READ_ONCE(pdev->current_state);
	end->channel = READ_ONCE(pdev->error_state);
	end->master = pdev->is_busmaster;
	end->ats = has_ats(pdev);
}

static bool is_as_seen(const struct pci_dev *pdev, const struct end *end)
{
	return end->driver == READ_ONCE(pdev->dev.driver) &&
	       end->enabled == atomic_read(&pdev->enable_cnt) &&
	       end->power == READ_ONCE(pdev->current_state) &&
	       end->channel == READ_ONCE(pdev->error_state) &&
	       end->master == pdev->is_busmaster && end->ats == has_ats(pdev);
}

static void take_stamp(struct pci_dev *provider, unsigned int bar, struct pci_dev *client,
		       struct stamp *stamp)
{
	look_at(provider, &stamp->ends[0]);
	look_at(client, &stamp->ends[1]);
	stamp->start = pci_resource_start(provider, bar);
	stamp->flags = pci_resource_flags(provider, bar);
}

static bool still_holds(const struct stamp *stamp, struct pci_dev *provider, unsigned int bar,
			struct pci_dev *client)
{
	return is_as_seen(provider, &stamp->ends[0]) && is_as_seen(client, &stamp->ends[1]) &&
	       stamp->start == pci_resource_start(provider, bar) &&
	       stamp->flags == pci_resource_flags(provider, bar);
}

static bool find(struct pci_dev *provider, unsigned int bar, struct device *client,
		 struct pfb_known_reach *known)
{
	const struct entry *entry = entry_of(provider, bar, client);
	unsigned int seq;
	bool found;
	u64 last;

	if (!dev_is_pci(client))
		return false;
	do {
		seq = read_seqbegin(&known_lock);
		found = entry->provider == provider && entry->client == client &&
			entry->bar == bar &&
			entry->known.generation == pfb_reach_generation() &&
			jiffies - entry->known.judged < PFB_REACH_KNOWN_FOR &&
			still_holds(&entry->stamp, provider, bar, to_pci_dev(client));
		*known = entry->known;
		last = entry->last;
	} while (read_seqretry(&known_lock, seq));
	return found && !pfb_reach_map_why(client, last);
}

static void shorten(const struct pfb_reach *reach, unsigned long now, unsigned long judged,
		    struct pfb_known_reach *known)
{
	known->kind = reach->route.kind;
	known->why = reach->route.why;
	known->passes = pfb_reach_passes(reach);
	known->address = reach->address;
	known->generation = now;
	known->judged = judged;
}

/* What does not pass takes out what did, and so does another that falls on the same entry. */
static void keep(struct pci_dev *provider, unsigned int bar, struct device *client,
		 const struct stamp *stamp, const struct pfb_known_reach *known)
{
	struct entry *entry = entry_of(provider, bar, client);

	write_seqlock(&known_lock);
	entry->provider = NULL;
	if (known->passes) {
		entry->provider = provider;
		entry->client = client;
		entry->bar = bar;
		entry->last = known->address + pci_resource_len(provider, bar) - 1;
		entry->stamp = *stamp;
		entry->known = *known;
	}
	write_sequnlock(&known_lock);
}

int pfb_reach_anew(struct pci_dev *provider, unsigned int bar, struct device *client,
		   struct pfb_reach *reach)
{
	/* All taken before it is judged, so that what changes meanwhile shows. */
	unsigned long now = pfb_reach_generation();
	unsigned long judged = jiffies;
	struct pfb_known_reach known;
	struct stamp stamp;
	int ret;

	if (dev_is_pci(client))
		take_stamp(provider, bar, to_pci_dev(client), &stamp);
	ret = pfb_reach(provider, bar, client, reach);
	if (!ret && dev_is_pci(client)) {
		shorten(reach, now, judged, &known);
		keep(provider, bar, client, &stamp, &known);
	}
	return ret;
}

int pfb_reach_known(struct pci_dev *provider, unsigned int bar, struct device *client,
		    struct pfb_known_reach *known)
{
	unsigned long now = pfb_reach_generation();
	unsigned long judged = jiffies;
	struct pfb_reach *reach;
	int ret;

	if (find(provider, bar, client, known))
		return 0;
	reach = kmalloc(sizeof(*reach), GFP_KERNEL);
	if (!reach)
		return -ENOMEM;
	ret = pfb_reach_anew(provider, bar, client, reach);
	if (!ret)
		shorten(reach, now, judged, known);
	kfree(reach);
	return ret;
}
