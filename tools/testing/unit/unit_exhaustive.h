/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Is there any plan at all? Answered for small topologies by trying every
 * address of every BAR: slow, and without anything of the planner in it.
 */
#ifndef UNIT_EXHAUSTIVE_H
#define UNIT_EXHAUSTIVE_H

#include <pci_fixed_bars/plan.h>

#include "unit_topology.h"

#define UNIT_EXHAUSTIVE_BARS	16

enum unit_exhaustive {
	UNIT_EXHAUSTIVE_NONE,		/* no assignment exists */
	UNIT_EXHAUSTIVE_FOUND,		/* one does */
	UNIT_EXHAUSTIVE_UNDECIDED,	/* gave up */
};

/**
 * unit_exhaustive() - is there an assignment
 * @t: the topology; when there is one, its BARs get the addresses of one
 * @fixed: BARs whose address is given
 * @nr: how many
 * @io_step: I/O addresses are tried in steps of this, bytes: all sizes, fixed
 *	addresses and ends of windows must be multiples of it
 * @mem_step: memory addresses likewise
 * @max_tries: addresses tried before it gives up
 * @random: 0, or a seed: addresses are tried from a random one on
 *
 * Knows at most %UNIT_EXHAUSTIVE_BARS BARs and reserves. Root buses of equal windows share them.
 *
 * Return: what was found out.
 */
enum unit_exhaustive unit_exhaustive(struct unit_topology *t, const struct pfb_plan_fixed *fixed,
				     u32 nr, u64 io_step, u64 mem_step,
				     unsigned int max_tries, u64 random);

#endif /* UNIT_EXHAUSTIVE_H */
