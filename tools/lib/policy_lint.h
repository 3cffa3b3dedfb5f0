/* SPDX-License-Identifier: GPL-2.0 */
/* What in a system's boot settings moves BARs, or keeps a policy from counting. */
#ifndef PFB_LIB_POLICY_LINT_H
#define PFB_LIB_POLICY_LINT_H

#include "lib/policy_platform.h"

/**
 * typedef pfb_policy_finding_fn - called with each finding
 * @ctx: as given
 * @error: it breaks something; else it may
 * @where: which setting, of which boot
 * @text: what is wrong, and the fix
 */
typedef void (*pfb_policy_finding_fn)(void *ctx, bool error, const char *where,
				      const char *text);

/**
 * pfb_policy_lint() - check a system
 * @root: its folder, "" for the one that runs this
 * @platform: what it is
 * @say: called with each finding
 * @ctx: handed to @say
 *
 * Return: number of errors among the findings.
 */
unsigned int pfb_policy_lint(const char *root, const struct pfb_policy_platform *platform,
			     pfb_policy_finding_fn say, void *ctx);

#endif /* PFB_LIB_POLICY_LINT_H */
