/* SPDX-License-Identifier: GPL-2.0 */
/* What firmware does first: find every function, and what it needs. */
#ifndef PFB_TOOLS_ENUMERATE_H
#define PFB_TOOLS_ENUMERATE_H

#include <pci_fixed_bars/topology.h>

#include "config_access.h"

/**
 * pfb_enumerate() - find what is behind a root bus of a machine that has not started
 * @cs: its configuration space, from the root bus on
 * @top: topology with its roots, whose windows are kept; functions are added
 *	with malloc()ed memory, see pfb_enumerate_free()
 * @root: index of the root bus; those below it come first
 * @err: receives what went wrong
 *
 * What QEMU's bus-reserve, io-reserve, mem-reserve, pref32-reserve and pref64-reserve ask
 * to keep free behind a bridge is read from it, as firmware does; a port whose slot is
 * taken keeps nothing.
 *
 * Bridges get bus numbers while behind them is looked at. At the end every
 * command register is 0, every bridge's bus numbers are 0 and every BAR and
 * window is as it was: nothing decodes. Functions carry the provisional bus
 * numbers, depth-first.
 *
 * The CPUs must not run, and nothing may rely on a device's decode.
 *
 * Return: 0, -ENOSPC (more buses than the root has), -ENAMETOOLONG (bridges
 * nested deeper than a path can say), -EPROTO (a device that breaks the
 * specification), -ENOMEM, or what access to configuration space said.
 */
int pfb_enumerate(const struct pfb_config_space *cs, struct pfb_topology *top, u32 root,
		  struct pfb_error *err);

/**
 * pfb_enumerate_free() - release what pfb_enumerate() allocated
 * @top: the topology
 */
void pfb_enumerate_free(struct pfb_topology *top);

#endif /* PFB_TOOLS_ENUMERATE_H */
