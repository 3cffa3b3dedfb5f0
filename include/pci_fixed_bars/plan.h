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

#define PFB_PLAN_RESERVE	0xffU	/* a bridge's reserve, where a BAR's index stands */

/**
 * struct pfb_plan_member - a part of a conflict
 * @function: index of the function
 * @bar: its PCI resource index, or %PFB_PLAN_RESERVE
 * @fixed: its address is given; if not, it needs room
 * @address: the address that is given
 * @size: bytes that it takes
 */
struct pfb_plan_member {
	u32 function;
	u16 bar;
	u16 fixed;
	u64 address;
	u64 size;
};

/* How few the fixed BARs of a conflict are. */
enum pfb_plan_least {
	PFB_PLAN_SOME,		/* they conflict; fewer of them may, too */
	PFB_PLAN_MINIMAL,	/* leave any one of them free, and there is a plan */
	PFB_PLAN_SMALLEST,	/* that, and no smaller set of fixed BARs conflicts */
};

/**
 * struct pfb_plan_conflict - why there is no plan
 * @members: fixed BARs that cannot all be kept, then what needs room beside them; in
 *	the scratch. No fixed BAR when there is no plan without any, either
 * @nr: how many members
 * @nr_fixed: how many of them are fixed
 * @least: how few the fixed ones are
 * @room_minimal: leave out any one of those that need room, and there is a plan for
 *	the others
 * @proven: there is no plan; if not, the planner found none and has not tried everything
 * @movable: a fixed member that would fit elsewhere with all else as it was asked
 *	for, or @nr when none is known
 * @address: where it would fit
 */
struct pfb_plan_conflict {
	const struct pfb_plan_member *members;
	u32 nr;
	u32 nr_fixed;
	enum pfb_plan_least least;
	bool room_minimal;
	bool proven;
	u32 movable;
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
 * @err: receives what conflicts, and what would resolve it, see pfb_plan_find_conflict();
 *	NULL saves the time to find that out
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
 * pfb_plan_find_conflict() - the smallest set of fixed BARs that leaves no plan
 * @top: the topology
 * @fixed: BARs whose address is given
 * @nr_fixed: how many
 * @scratch: as for pfb_plan_addresses()
 * @conflict: receives the conflict
 * @err: receives why there is no plan, as from pfb_plan_addresses()
 *
 * Plans again and again with fewer fixed BARs, and then with less beside them, until none
 * can be left out. Bounded: about as long as a few dozen plans take, or a few
 * hundred thousand steps of a thorough search; what was found until then is what it tells.
 *
 * Context: any.
 * Return: -ENOSPC or -EEXIST when there is a conflict, 0 when there is a plan (@conflict
 * has no members), -EINVAL as pfb_plan_addresses(). A fixed BAR that cannot be there
 * whatever the others do is refused without members; the error names it.
 */
int pfb_plan_find_conflict(struct pfb_topology *top, const struct pfb_plan_fixed *fixed,
			   u32 nr_fixed, void *scratch, struct pfb_plan_conflict *conflict,
			   struct pfb_error *err);

/**
 * pfb_plan_scratch_size() - bytes of scratch that pfb_plan_addresses() needs
 * @top: the topology
 * @nr_fixed: number of fixed BARs
 *
 * Return: the size in bytes; linear in the number of functions and of fixed BARs.
 */
size_t pfb_plan_scratch_size(const struct pfb_topology *top, u32 nr_fixed);

#endif /* PCI_FIXED_BARS_PLAN_H */
