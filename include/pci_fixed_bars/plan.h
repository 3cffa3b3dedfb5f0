/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PCI_FIXED_BARS_PLAN_H
#define PCI_FIXED_BARS_PLAN_H

#include <pci_fixed_bars/topology.h>

/**
 * struct pfb_plan_fixed - a BAR that must be at an address
 * @function: index of the function
 * @bar: its PCI resource index
 * @address: PCI bus address
 */
struct pfb_plan_fixed {
	u32 function;
	unsigned int bar;
	u64 address;
};

/**
 * pfb_plan_bus_numbers() - number the buses depth-first, as firmware does
 * @top: the topology; bus, secondary and subordinate of every function are set.
 *	Root bus numbers are kept
 * @err: receives why it cannot be done
 *
 * Bridges are numbered by ascending devfn, each before what is behind it; what it
 * reserves follows that. Nothing is set when a root bus has too few.
 *
 * Return: 0, or -ENOSPC when a root bus has too few bus numbers.
 */
int pfb_plan_bus_numbers(struct pfb_topology *top, struct pfb_error *err);

/**
 * pfb_plan_addresses() - give every BAR and bridge window its address
 * @top: the topology; on success every BAR and window has its planned address,
 *	on failure @top is as it was
 * @fixed: BARs whose address is given
 * @nr_fixed: how many
 * @scratch: pfb_plan_scratch_size() bytes for the planner's own use, aligned as
 *	malloc() and kmalloc() align
 * @err: receives what conflicts, and what would resolve it
 *
 * Fixed BARs are placed first, then everything else packed around them.
 * Windows nest, siblings' windows do not overlap, and none is larger than
 * what is behind it, and what it reserves, needs.
 *
 * Context: any.
 * Return: 0, -EINVAL (a fixed BAR that does not exist or is misaligned),
 * -ENOSPC (no window holds it), -EEXIST (two things need one address).
 */
int pfb_plan_addresses(struct pfb_topology *top, const struct pfb_plan_fixed *fixed,
		       u32 nr_fixed, void *scratch, struct pfb_error *err);

/**
 * pfb_plan_scratch_size() - bytes of scratch that pfb_plan_addresses() needs
 * @top: the topology
 * @nr_fixed: number of fixed BARs
 *
 * Return: the size in bytes; linear in the number of functions.
 */
size_t pfb_plan_scratch_size(const struct pfb_topology *top, u32 nr_fixed);

#endif /* PCI_FIXED_BARS_PLAN_H */
