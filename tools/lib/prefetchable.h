/* SPDX-License-Identifier: GPL-2.0 */
/* The part of a plan that a QEMU with fixed BARs makes: 64-bit prefetchable BARs. */
#ifndef PFB_TOOLS_PREFETCHABLE_H
#define PFB_TOOLS_PREFETCHABLE_H

#include <pci_fixed_bars/plan.h>
#include <pci_fixed_bars/topology.h>

/**
 * pfb_bar_is_prefetchable64() - is a BAR one of those that such a QEMU places
 * @bar: the BAR
 *
 * Return: true for a 64-bit prefetchable BAR that exists, a VF BAR included.
 */
bool pfb_bar_is_prefetchable64(const struct pfb_bar *bar);

/**
 * pfb_plan_prefetchable() - give 64-bit prefetchable BARs and their windows addresses
 * @top: the topology; every other BAR, and one that no 64-bit window reaches, is left
 *	without an address, every other window closed. On failure nothing is known of it
 * @fixed: BARs whose address is given, all of them 64-bit prefetchable
 * @nr_fixed: how many
 * @scratch: pfb_plan_scratch_size() bytes for the planner's own use
 * @err: receives what conflicts, and what would resolve it
 *
 * What is left out cannot make the plan fail.
 *
 * Return: 0, -ENOMEM, or as pfb_plan_addresses().
 */
int pfb_plan_prefetchable(struct pfb_topology *top, const struct pfb_plan_fixed *fixed,
			  u32 nr_fixed, void *scratch, struct pfb_error *err);

#endif /* PFB_TOOLS_PREFETCHABLE_H */
