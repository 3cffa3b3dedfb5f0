/* SPDX-License-Identifier: GPL-2.0 */
/*
 * From what is wrong below a root port to what goes where, as little as
 * possible. The core's planner decides; here is what it is asked.
 */
#ifndef PFB_ARRANGE_H
#define PFB_ARRANGE_H

#include <linux/types.h>

#include <pci_fixed_bars/error.h>

struct pfb_relocation;
struct pfb_survey;

/**
 * pfb_arrange() - plan to put right what is wrong in one branch
 * @survey: the machine
 * @branch: index of a function on a root bus: a root port, or what sits there
 * @rel: receives what moves; empty of moves when nothing has to
 * @err: receives why there is no plan, and the way out
 *
 * Declared BARs go where they were declared. Whatever else is below the same
 * root port stays where it is if it can, else what shares a kind of window with
 * them moves, else all of it. Another root port takes part when its window, or a
 * BAR on the root bus, is where a declared BAR goes.
 *
 * Context: may sleep. The caller holds pci_lock_rescan_remove().
 * Return: 0, -ENOSPC (no window of the host bridge holds it), -EEXIST (two
 * things need one address), -EINVAL, -ENOMEM.
 */
int pfb_arrange(const struct pfb_survey *survey, u32 branch, struct pfb_relocation **rel,
		struct pfb_error *err);

#endif /* PFB_ARRANGE_H */
