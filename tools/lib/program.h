/* SPDX-License-Identifier: GPL-2.0 */
/* What firmware does last: write a planned topology into the machine. */
#ifndef PFB_TOOLS_PROGRAM_H
#define PFB_TOOLS_PROGRAM_H

#include <pci_fixed_bars/topology.h>

#include "config_access.h"

/**
 * enum pfb_program_scope - how much of a plan is written
 * @PFB_PROGRAM_ALL: everything, and decode is switched on
 * @PFB_PROGRAM_PREFETCHABLE: bus numbers, the BARs that are assigned, bridges' prefetchable
 *	windows. I/O and memory windows stay as they are, and so does decode: a function
 *	that decodes would answer at its unassigned BARs' address 0 too
 */
enum pfb_program_scope {
	PFB_PROGRAM_ALL,
	PFB_PROGRAM_PREFETCHABLE,
};

/**
 * pfb_program() - write bus numbers, BARs, bridge windows and decode bits
 * @cs: configuration space as pfb_enumerate() left it: nothing decodes, no
 *	bridge has bus numbers
 * @top: the planned topology; BARs without %PFB_BAR_ASSIGNED are left alone. On
 *	success the flags %PFB_FN_MEMORY,
 *	%PFB_FN_IO and %PFB_FN_MASTER state what was written
 * @root: index of the root bus; what is behind others is left alone
 * @scope: how much of it is written
 * @err: receives what went wrong
 *
 * Windows are written closed first and their real upper base last, so that
 * no step decodes an address that was not planned. Expansion ROMs and VFs stay
 * disabled. Then decode is switched on as firmware does: memory and I/O
 * where the function has a BAR or open window of that kind, bus mastering on
 * bridges, so that they forward; endpoints' bus mastering is their drivers'.
 *
 * Return: 0, -EINVAL for a plan that registers cannot hold, or what access to
 * configuration space said.
 */
int pfb_program(const struct pfb_config_space *cs, struct pfb_topology *top, u32 root,
		enum pfb_program_scope scope, struct pfb_error *err);

/**
 * pfb_program_verify() - read everything back and compare it with the plan
 * @cs: the configuration space
 * @top: the topology as pfb_program() left it
 * @root: index of the root bus
 * @scope: as it was given to pfb_program()
 * @err: receives the first register that differs: which, expected, actual
 *
 * Return: 0, -EIO for a difference, or what access to configuration space said.
 */
int pfb_program_verify(const struct pfb_config_space *cs, const struct pfb_topology *top,
		       u32 root, enum pfb_program_scope scope, struct pfb_error *err);

#endif /* PFB_TOOLS_PROGRAM_H */
