/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Looking again: nobody tells of a reset, of error recovery, or of a state that
 * was restored, so what has a verdict is read again from time to time.
 */
#ifndef PFB_RECHECK_H
#define PFB_RECHECK_H

/**
 * pfb_recheck_start() - look again from now on, and after each resume
 *
 * Called once after the first verdicts, under every policy: it only reads.
 *
 * Context: may sleep.
 * Return: 0 or what register_pm_notifier() says.
 */
int pfb_recheck_start(void);

/**
 * pfb_recheck_stop() - look no more
 *
 * Harmless when nothing was started.
 *
 * Context: may sleep. pci_lock_rescan_remove() is not held.
 */
void pfb_recheck_stop(void);

/**
 * pfb_recheck_soon() - somebody saw a BAR that is not where its verdict says
 *
 * Context: any.
 */
void pfb_recheck_soon(void);

#endif /* PFB_RECHECK_H */
