/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The survey before anything is moved: what is where, and where it belongs.
 */
#ifndef PFB_SURVEY_H
#define PFB_SURVEY_H

#include <pci_fixed_bars/topology.h>

#include "compat.h"

struct pci_dev;

/**
 * struct pfb_site - one function, beside its entry in struct pfb_topology
 * @pdev: referenced; NULL when it went meanwhile
 * @branch: index of the function on the root bus that it is, or is behind
 * @declared: BIT(PCI resource index) of BARs that were declared and can be moved
 * @wrong: those of them that are elsewhere, in the register or the resource
 * @assigned: BIT(PCI resource index) of memory BARs that have an address
 * @lost: memory BARs of known size that have none, and that nobody declared
 * @fixed: BARs that are not moved for others: a bridge's, ROMs, those of a PF
 *	with VFs
 * @stale: assigned BARs whose register does not hold what the resource says
 * @wrong_windows: BIT(enum pfb_window_kind) of windows whose registers do not
 *	hold what the resource says
 * @unmovable: declared BARs that are elsewhere and cannot be moved
 * @wanted: where a declared BAR belongs, PCI bus address
 * @kind: the kind of window that an assigned BAR is in
 */
struct pfb_site {
	struct pci_dev *pdev;
	u32 branch;
	u32 declared;
	u32 wrong;
	u32 assigned;
	u32 lost;
	u32 fixed;
	u32 stale;
	u32 wrong_windows;
	u32 unmovable;
	u64 wanted[PFB_NR_BARS];
	enum pfb_window_kind kind[PFB_NR_BARS];
};

/**
 * struct pfb_survey - the machine
 * @top: as the kernel has it: addresses of BARs are those of the resources, and
 *	one that has lost its size has the declared one, or that it had before
 * @sites: one for each function
 * @unmovable: why the first of those that cannot be moved is not, in one line
 */
struct pfb_survey {
	struct pfb_topology top;
	struct pfb_site *sites;
	struct pfb_error unmovable;
};

/**
 * pfb_survey_make() - look at every function
 * @survey: receives what was found; release it with pfb_survey_free()
 * @err: receives why not
 *
 * Has every function verified, so that verdicts are of this moment.
 *
 * Context: may sleep. The caller holds pci_lock_rescan_remove().
 * Return: 0, -ENOMEM, or what pfb_scan_topology() says.
 */
int pfb_survey_make(struct pfb_survey *survey, struct pfb_error *err);

/**
 * pfb_survey_again() - look once more at what is behind one port
 * @survey: the survey
 * @branch: index of a function on a root bus
 * @err: receives why not
 *
 * After something was moved there. Everything else stays as it was found.
 *
 * Context: may sleep. The caller holds pci_lock_rescan_remove(), and has since
 * pfb_survey_make().
 * Return: 0 or -ENOMEM, and the survey is of no more use.
 */
int pfb_survey_again(struct pfb_survey *survey, u32 branch, struct pfb_error *err);

/**
 * pfb_survey_free() - release what pfb_survey_make() gave
 * @survey: the survey; harmless when it is all zero
 *
 * Context: may sleep.
 */
void pfb_survey_free(struct pfb_survey *survey);

/**
 * pfb_survey_span() - bytes that a BAR takes
 * @survey: the survey
 * @function: index of the function
 * @bar: PCI resource index
 *
 * Context: any.
 * Return: its size; of a VF BAR that of all VFs together.
 */
u64 pfb_survey_span(const struct pfb_survey *survey, u32 function, unsigned int bar);

/**
 * pfb_survey_wrong() - is anything wrong in a branch
 * @survey: the survey
 * @branch: index of a function on a root bus
 *
 * Context: any.
 * Return: true when a declared BAR there, or a window above one, is not as it
 * has to be.
 */
bool pfb_survey_wrong(const struct pfb_survey *survey, u32 branch);

/**
 * pfb_survey_lost() - has anything in a branch no address that could have one
 * @survey: the survey
 * @branch: index of a function on a root bus
 *
 * Only where something was declared: nothing else is any of this module's business.
 *
 * Context: any.
 * Return: true when there is a BAR that nobody declared and that has no address.
 */
bool pfb_survey_lost(const struct pfb_survey *survey, u32 branch);

/**
 * pfb_survey_unmovable() - how many BARs are elsewhere and cannot be moved
 * @survey: the survey
 *
 * Context: any.
 * Return: their number; the first one's reason is in @survey->unmovable.
 */
unsigned int pfb_survey_unmovable(const struct pfb_survey *survey);

#endif /* PFB_SURVEY_H */
