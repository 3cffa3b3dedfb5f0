/* SPDX-License-Identifier: GPL-2.0 */
/* What decides which boot policy a system needs, and which it will not take. */
#ifndef PFB_LIB_POLICY_PLATFORM_H
#define PFB_LIB_POLICY_PLATFORM_H

#include "lib/policy_root.h"

/**
 * enum pfb_policy_kind - who decides where BARs are
 * @PFB_POLICY_UNKNOWN: cannot be told
 * @PFB_POLICY_X86: the kernel keeps what fits, unless told to reallocate
 * @PFB_POLICY_ARM64_ACPI: the kernel assigns anew, unless a _DSM says no
 * @PFB_POLICY_ARM64_DT: the same, unless the device tree says no
 */
enum pfb_policy_kind {
	PFB_POLICY_UNKNOWN,
	PFB_POLICY_X86,
	PFB_POLICY_ARM64_ACPI,
	PFB_POLICY_ARM64_DT,
};

/**
 * struct pfb_policy_platform - a system
 * @kind: who decides
 * @running: it is the one that runs this
 * @secure_boot: Secure Boot is on
 * @lockdown: the kernel's lockdown: "none", "integrity", "confidentiality"; empty
 *	when it cannot be known
 * @cmdline: the running kernel's command line, empty for an image
 * @release: the running kernel's release, empty for an image
 * @no_upgrade: a kernel of the system that was built without CONFIG_ACPI_TABLE_UPGRADE,
 *	empty when there is none
 */
struct pfb_policy_platform {
	enum pfb_policy_kind kind;
	bool running;
	bool secure_boot;
	char lockdown[32];
	char cmdline[4096];
	char release[96];
	char no_upgrade[96];
};

/**
 * pfb_policy_platform_read() - look at a system
 * @root: its folder, "" for the one that runs this
 * @platform: receives what it is
 */
void pfb_policy_platform_read(const char *root, struct pfb_policy_platform *platform);

/**
 * pfb_policy_kind_name() - a kind in reports, and on the command line
 * @kind: the kind
 *
 * Return: "x86", "arm64-acpi", "arm64-dt" or "unknown".
 */
const char *pfb_policy_kind_name(enum pfb_policy_kind kind);

/**
 * pfb_policy_kind_parse() - the kind of a name
 * @name: as pfb_policy_kind_name() writes it
 *
 * Return: the kind, %PFB_POLICY_UNKNOWN for another name.
 */
enum pfb_policy_kind pfb_policy_kind_parse(const char *name);

/**
 * pfb_policy_locked_down() - is the kernel locked down
 * @platform: the system
 *
 * Return: true when it is known to be.
 */
bool pfb_policy_locked_down(const struct pfb_policy_platform *platform);

/**
 * pfb_policy_tables_refused() - will the kernel take ACPI tables from an initrd
 * @platform: the system
 *
 * Return: NULL when nothing is known against it, or why not.
 */
const char *pfb_policy_tables_refused(const struct pfb_policy_platform *platform);

#endif /* PFB_LIB_POLICY_PLATFORM_H */
