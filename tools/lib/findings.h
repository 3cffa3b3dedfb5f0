/* SPDX-License-Identifier: GPL-2.0 */
/* What lint and doctor find: rules that fired, worst first. */
#ifndef PFB_LIB_FINDINGS_H
#define PFB_LIB_FINDINGS_H

#include <pci_fixed_bars/types.h>

#define PFB_FINDINGS_MAX	1000	/* after these, only that there are more */

/**
 * enum pfb_severity - how bad it is
 * @PFB_SEVERITY_NOTE: something could not be checked, or should be known
 * @PFB_SEVERITY_WARNING: it breaks under circumstances that cannot be seen
 * @PFB_SEVERITY_ERROR: it is broken
 */
enum pfb_severity {
	PFB_SEVERITY_NOTE,
	PFB_SEVERITY_WARNING,
	PFB_SEVERITY_ERROR,
};

/**
 * struct pfb_rule - a rule
 * @id: its name in reports, such as "p2p-no-switch"
 * @severity: how bad it is when it fires
 * @why: why, in a sentence
 */
struct pfb_rule {
	const char *id;
	enum pfb_severity severity;
	const char *why;
};

/**
 * struct pfb_finding - a rule that fired
 * @rule: which; an entry of its program's array of rules
 * @place: orders findings of one severity; 0 comes first
 * @where: where it is
 * @what: what is wrong, with the devices' names
 * @expected: what would be right
 * @actual: what is there
 * @fix: what to do
 */
struct pfb_finding {
	const struct pfb_rule *rule;
	u32 place;
	char *where;
	char *what;
	char *expected;
	char *actual;
	char *fix;
};

/**
 * struct pfb_findings - what was found
 * @findings: after pfb_findings_sort(): the worst first
 * @nr: used entries of @findings
 * @room: allocated entries of @findings
 * @errors: how many are errors
 * @warnings: how many are warnings
 * @more: findings beyond %PFB_FINDINGS_MAX
 * @failed: memory ran out, findings are missing
 */
struct pfb_findings {
	struct pfb_finding *findings;
	u32 nr;
	u32 room;
	u32 errors;
	u32 warnings;
	u32 more;
	bool failed;
};

/**
 * pfb_findings_vadd() - add a finding
 * @findings: receives it, or that there are more, or @failed
 * @rule: the rule that fires
 * @place: see struct pfb_finding
 * @where: where it is
 * @expected: what would be right
 * @actual: what is there
 * @fix: what to do
 * @fmt: printf format: what is wrong
 * @args: its arguments
 */
void pfb_findings_vadd(struct pfb_findings *findings, const struct pfb_rule *rule, u32 place,
		       const char *where, const char *expected, const char *actual,
		       const char *fix, const char *fmt, va_list args) __printf(8, 0);

/**
 * pfb_findings_text() - a text that lives until the next eight of them
 * @fmt: printf format
 *
 * For the arguments of pfb_findings_vadd(), which are formatted one by one.
 *
 * Return: the text, cut at 256 bytes.
 */
const char *pfb_findings_text(const char *fmt, ...) __printf(1, 2);

/**
 * pfb_findings_sort() - put the worst first
 * @findings: sorted by severity, then place, then the rule's place in its array
 */
void pfb_findings_sort(struct pfb_findings *findings);

/**
 * pfb_findings_free() - give back their memory
 * @findings: the findings; may be all zero
 */
void pfb_findings_free(struct pfb_findings *findings);

/**
 * pfb_severity_name() - a severity's name in reports
 * @severity: the severity
 *
 * Return: "note", "warning" or "error".
 */
const char *pfb_severity_name(enum pfb_severity severity);

#endif /* PFB_LIB_FINDINGS_H */
