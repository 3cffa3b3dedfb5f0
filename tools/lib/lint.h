/* SPDX-License-Identifier: GPL-2.0 */
/* What in a VM's configuration will break GPA == HPA, or P2P behind a shared switch. */
#ifndef PFB_LIB_LINT_H
#define PFB_LIB_LINT_H

#include <pci_fixed_bars/declaration.h>

#include "lib/vm_config.h"

#define PFB_LINT_FINDINGS_MAX	1000	/* after these, only that there are more */

/**
 * enum pfb_lint_severity - how bad it is
 * @PFB_LINT_NOTE: something could not be checked
 * @PFB_LINT_WARNING: it breaks under circumstances that the configuration does not tell
 * @PFB_LINT_ERROR: GPA == HPA or P2P is broken, or the VM does not start
 */
enum pfb_lint_severity {
	PFB_LINT_NOTE,
	PFB_LINT_WARNING,
	PFB_LINT_ERROR,
};

#define PFB_LINT_RULE(ident, id, severity, why)	PFB_LINT_##ident,
enum pfb_lint_rule_index {
#include "lib/lint_rules.def"
	PFB_NR_LINT_RULES
};
#undef PFB_LINT_RULE

/**
 * struct pfb_lint_rule - a rule
 * @id: its name in reports, such as "p2p-no-switch"
 * @severity: how bad it is when it fires
 * @why: why, in a sentence
 */
struct pfb_lint_rule {
	const char *id;
	enum pfb_lint_severity severity;
	const char *why;
};

extern const struct pfb_lint_rule pfb_lint_rules[PFB_NR_LINT_RULES];

/**
 * struct pfb_lint_finding - a rule that fired
 * @rule: which
 * @option: the option that it is about, or NULL when it is about what is not there
 * @what: what is wrong, with the devices' names
 * @expected: what would be right
 * @actual: what is there
 * @fix: what to do
 */
struct pfb_lint_finding {
	const struct pfb_lint_rule *rule;
	const struct pfb_vm_option *option;
	char *what;
	char *expected;
	char *actual;
	char *fix;
};

/**
 * struct pfb_lint_request - what is judged
 * @config: the configuration
 * @manifest: what its manifest declares
 * @nr_manifest: how many declarations
 * @manifest_option: the option that names the manifest, or NULL
 * @providers: ids or host BDFs of functions whose BARs are provided, beside what is found out
 * @nr_providers: how many
 * @clients: the same of functions that are to reach them
 * @nr_clients: how many
 */
struct pfb_lint_request {
	const struct pfb_vm_config *config;
	const struct pfb_declaration *manifest;
	u32 nr_manifest;
	const struct pfb_vm_option *manifest_option;
	const char *const *providers;
	u32 nr_providers;
	const char *const *clients;
	u32 nr_clients;
};

/**
 * struct pfb_lint - what was found
 * @findings: errors first, each kind in the order of the configuration
 * @nr: used entries of @findings
 * @room: allocated entries of @findings
 * @errors: how many are errors
 * @warnings: how many are warnings
 * @more: findings beyond %PFB_LINT_FINDINGS_MAX
 */
struct pfb_lint {
	struct pfb_lint_finding *findings;
	u32 nr;
	u32 room;
	u32 errors;
	u32 warnings;
	u32 more;
};

/**
 * pfb_lint() - judge a configuration
 * @lint: receives what was found; pfb_lint_free() it, after an error too
 * @request: what is judged; must stay as it is
 * @err: receives what failed
 *
 * Reads no file and asks no machine.
 *
 * Return: 0 whatever was found, -EINVAL when a provider or client that was named
 * is not in the configuration, -ENOMEM.
 */
int pfb_lint(struct pfb_lint *lint, const struct pfb_lint_request *request,
	     struct pfb_error *err);

/**
 * pfb_lint_free() - give back its memory
 * @lint: the findings; may be all zero
 */
void pfb_lint_free(struct pfb_lint *lint);

/**
 * pfb_lint_severity_name() - a severity's name in reports
 * @severity: the severity
 *
 * Return: "note", "warning" or "error".
 */
const char *pfb_lint_severity_name(enum pfb_lint_severity severity);

/**
 * pfb_lint_where() - where a finding is
 * @config: the configuration
 * @option: the option; NULL for the configuration as a whole
 * @buf: receives a text such as "line 4, argument 12, -device pcie-root-port,id=rp1"
 * @size: bytes in @buf
 *
 * Return: @buf.
 */
const char *pfb_lint_where(const struct pfb_vm_config *config, const struct pfb_vm_option *option,
			   char *buf, size_t size);

#endif /* PFB_LIB_LINT_H */
