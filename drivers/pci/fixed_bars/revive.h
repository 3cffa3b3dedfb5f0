/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Reviving: bridges that a reset cleared, and that nobody restored, lead to what
 * is behind them again.
 */
#ifndef PFB_REVIVE_H
#define PFB_REVIVE_H

#include <linux/types.h>

/**
 * typedef pfb_revive_line_fn - receives what is done, a line at a time
 * @ctx: the caller's
 * @line: without a newline
 */
typedef void (*pfb_revive_line_fn)(void *ctx, const char *line);

/**
 * pfb_revive() - restore the bridges that lost their bus numbers
 * @dry_run: only tell
 * @tell: called for each such bridge
 * @ctx: handed to @tell
 *
 * What is restored is the state that the kernel saved last, as the recovery would
 * have that failed; where that leads nowhere, bus numbers and windows from its resources.
 *
 * Context: may sleep. The caller holds pci_lock_rescan_remove().
 * Return: 1 when there were such bridges, 0 when not, -EIO when one does not take its
 * bus numbers back.
 */
int pfb_revive(bool dry_run, pfb_revive_line_fn tell, void *ctx);

#endif /* PFB_REVIVE_H */
