/* SPDX-License-Identifier: GPL-2.0 */
/* What in a VM's configuration will break GPA == HPA, or P2P behind a shared switch. */
#ifndef PFB_LIB_LINT_H
#define PFB_LIB_LINT_H

#include <pci_fixed_bars/declaration.h>

#include "lib/capture.h"
#include "lib/findings.h"
#include "lib/vm_config.h"

#define PFB_LINT_RULE(ident, id, severity, why)	PFB_LINT_##ident,
enum pfb_lint_rule_index {
#include "lib/lint_rules.def"
	PFB_NR_LINT_RULES
};

#undef PFB_LINT_RULE

/* How bad it is: an error breaks GPA == HPA or P2P, or the VM does not start. */
extern const struct pfb_rule pfb_lint_rules[PFB_NR_LINT_RULES];

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
 * @host: the host that the VM runs on, or NULL: then nothing is held against it
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
	const struct pfb_capture *host;
};

/**
 * pfb_lint() - judge a configuration
 * @lint: receives what was found, each kind in the order of the configuration;
 *	pfb_findings_free() it, after an error too
 * @request: what is judged; must stay as it is
 * @err: receives what failed
 *
 * Reads no file and asks no machine.
 *
 * Return: 0 whatever was found, -EINVAL when a provider or client that was named
 * is not in the configuration, -ENOMEM.
 */
int pfb_lint(struct pfb_findings *lint, const struct pfb_lint_request *request,
	     struct pfb_error *err);

/**
 * pfb_lint_option() - the option that a finding is about
 * @config: the configuration
 * @finding: the finding
 *
 * Return: the option, NULL when it is about what is not there.
 */
const struct pfb_vm_option *pfb_lint_option(const struct pfb_vm_config *config,
					    const struct pfb_finding *finding);

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
