/* SPDX-License-Identifier: GPL-2.0 */
/* Findings and rules for a reader, as text and as JSON. */
#ifndef PFB_LIB_FINDINGS_REPORT_H
#define PFB_LIB_FINDINGS_REPORT_H

#include <json-c/json.h>

#include "lib/findings.h"

/**
 * pfb_rules_print() - list rules on standard output
 * @rules: the rules
 * @nr: how many
 * @json: as a JSON array; else as a table
 *
 * Return: 0 or -ENOMEM.
 */
int pfb_rules_print(const struct pfb_rule *rules, u32 nr, bool json);

/**
 * pfb_findings_print() - print findings and a line that counts them
 * @findings: the findings
 */
void pfb_findings_print(const struct pfb_findings *findings);

/**
 * pfb_findings_json() - add findings to an object
 * @top: receives "good", "errors", "warnings", "not_shown" and "findings"
 * @findings: the findings
 *
 * Return: the array "findings", which belongs to @top: one object for each, in order.
 */
struct json_object *pfb_findings_json(struct json_object *top,
				      const struct pfb_findings *findings);

#endif /* PFB_LIB_FINDINGS_REPORT_H */
