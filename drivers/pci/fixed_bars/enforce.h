/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Enforcing: what was declared and is elsewhere is moved there. At load and
 * whenever a verdict says so under the policy ``enforce``; under ``preserve``
 * only when root asks for it.
 */
#ifndef PFB_ENFORCE_H
#define PFB_ENFORCE_H

#include <linux/types.h>

/**
 * pfb_enforce_start() - move what is wrong, and keep doing so
 *
 * Called once after the first verdicts, and only under the policy ``enforce``.
 * What could not be moved is said in the log, and is no error.
 *
 * Context: may sleep. pci_lock_rescan_remove() is not held.
 * Return: 0 or a negative errno, with nothing started.
 */
int pfb_enforce_start(void);

/**
 * pfb_enforce_stop() - move nothing any more
 *
 * What was moved stays where it is. Harmless when nothing was started.
 *
 * Context: may sleep. pci_lock_rescan_remove() is not held.
 */
void pfb_enforce_stop(void);

/**
 * pfb_enforce() - move what is wrong now
 * @dry_run: only plan, and touch nothing
 * @copy: receives what pfb_enforce_report() says of this run, whoever enforces
 *	next; PFB_ENFORCE_REPORT_MAX bytes, or NULL
 *
 * Context: may sleep, and takes pci_lock_rescan_remove(), and device locks.
 * Return: 0 when everything declared is right or, with @dry_run, has a plan; -EPERM
 * under the policy ``observe``, unless it is a dry run; else the last error.
 * pfb_enforce_report() says more.
 */
int pfb_enforce(bool dry_run, char *copy);

/**
 * pfb_enforce_report() - what the last pfb_enforce() planned and did
 * @buf: receives a part of the text
 * @offset: where the part begins
 * @count: bytes in @buf
 *
 * Context: may sleep.
 * Return: bytes written, 0 at the end.
 */
ssize_t pfb_enforce_report(char *buf, loff_t offset, size_t count);

#endif /* PFB_ENFORCE_H */
