/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Moving: BARs and bridge windows of live functions go from where they are to
 * where a plan says, all together or not at all.
 */
#ifndef PFB_RELOCATE_H
#define PFB_RELOCATE_H

#include <linux/types.h>

#include <pci_fixed_bars/error.h>

struct pci_dev;
struct pfb_relocation;

/**
 * struct pfb_target - where one BAR or bridge window goes
 * @pdev: the function
 * @index: PCI resource index of a standard BAR, a VF BAR, or a memory window
 * @open: it gets an address; a window may be closed instead
 * @start: first bus address
 * @end: last bus address; for a VF BAR that of the last VF's
 */
struct pfb_target {
	struct pci_dev *pdev;
	unsigned int index;
	bool open;
	u64 start;
	u64 end;
};

/**
 * pfb_relocation_new() - start with nothing to move
 *
 * Context: may sleep.
 * Return: the relocation or NULL.
 */
struct pfb_relocation *pfb_relocation_new(void);

/**
 * pfb_relocation_free() - forget what was to be moved
 * @rel: the relocation or NULL
 *
 * Context: may sleep.
 */
void pfb_relocation_free(struct pfb_relocation *rel);

/**
 * pfb_relocation_add() - one more that moves
 * @rel: the relocation
 * @target: copied; a bridge's windows before anything behind it
 *
 * What is added need not move: a register that no longer holds what the
 * resource says is written again.
 *
 * Context: may sleep. The caller holds pci_lock_rescan_remove().
 * Return: 0 or -ENOMEM.
 */
int pfb_relocation_add(struct pfb_relocation *rel, const struct pfb_target *target);

/**
 * pfb_relocation_is_empty() - is there nothing to do
 * @rel: the relocation
 *
 * Context: any.
 * Return: true when nothing moves and nothing is written.
 */
bool pfb_relocation_is_empty(const struct pfb_relocation *rel);

/**
 * pfb_relocation_has() - does anything of a function move
 * @rel: the relocation
 * @pdev: the function
 *
 * Context: any.
 * Return: true when it does, or is written again.
 */
bool pfb_relocation_has(const struct pfb_relocation *rel, const struct pci_dev *pdev);

/**
 * typedef pfb_relocation_line_fn - receives a relocation, a line at a time
 * @ctx: the caller's
 * @line: without a newline
 */
typedef void (*pfb_relocation_line_fn)(void *ctx, const char *line);

/**
 * pfb_relocation_describe() - what moves, from where to where, and whose driver stops
 * @rel: the relocation
 * @tell: called for each line
 * @ctx: handed to @tell
 *
 * Context: may sleep. The caller holds pci_lock_rescan_remove().
 */
void pfb_relocation_describe(struct pfb_relocation *rel, pfb_relocation_line_fn tell, void *ctx);

/**
 * pfb_relocation_check_vfs() - a PF whose VFs are enabled stays where it is
 * @pdev: the function
 * @err: receives how many there are, and the commands that turn them off and on again
 *
 * Context: any.
 * Return: 0, or -EBUSY when @pdev is a PF with VFs.
 */
int pfb_relocation_check_vfs(struct pci_dev *pdev, struct pfb_error *err);

/**
 * pfb_relocation_check() - would it be refused
 * @rel: the relocation
 * @err: receives why, and the way out
 *
 * Touches nothing.
 *
 * Context: may sleep. The caller holds pci_lock_rescan_remove().
 * Return: 0, -EBUSY (VFs are enabled, or a BAR has a user that is no driver),
 * -EOPNOTSUPP (a bridge's own BAR, or one that is not for memory).
 */
int pfb_relocation_check(struct pfb_relocation *rel, struct pfb_error *err);

/**
 * struct pfb_relocation_result - what it took
 * @steps: steps that can fail, each of them undone where a later one does
 * @drivers: that were released and attached again
 * @pause_us: microseconds for which functions that moved did not answer
 */
struct pfb_relocation_result {
	unsigned int steps;
	unsigned int drivers;
	u64 pause_us;
};

/**
 * pfb_relocation_run() - move everything
 * @rel: the relocation, checked
 * @result: receives what it took, on failure too
 * @err: receives why not
 *
 * Drivers of functions with a standard BAR that moves are released before and
 * attached again after; those of all others go on. A function without a driver
 * that gets an address for a BAR is offered to drivers. On failure every resource,
 * register and driver is as it was.
 *
 * Context: may sleep, and takes device locks. The caller holds
 * pci_lock_rescan_remove().
 * Return: 0, -EBUSY (an address is taken, or a BAR has a user that does not let
 * go), -EIO (a register does not hold what was written), -EINVAL (a BAR is not
 * as large as it was said to be).
 */
int pfb_relocation_run(struct pfb_relocation *rel, struct pfb_relocation_result *result,
		       struct pfb_error *err);

#endif /* PFB_RELOCATE_H */
