// SPDX-License-Identifier: GPL-2.0
#include "lib/policy_lint.h"

#include <stdlib.h>

#include "lib/kernel_cmdline.h"
#include "lib/kernel_release.h"
#include "lib/module_key.h"
#include "lib/policy.h"

struct lint {
	const struct pfb_policy_platform *platform;
	bool tables;		/* ACPI tables are installed */
	bool words;		/* kernel parameters are */
	bool known;		/* an entry that counts was seen */
	unsigned int errors;
	pfb_policy_finding_fn say;
	void *ctx;
	const char *where;
};

static void say(struct lint *lint, bool error, const char *fmt, ...) __printf(3, 4);

static void say(struct lint *lint, bool error, const char *fmt, ...)
{
	char text[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	lint->errors += error;
	lint->say(lint->ctx, error, lint->where, text);
}

static void check_realloc(struct lint *lint, const char *cmdline)
{
	bool contradicts;
	enum pfb_cmdline_realloc realloc = pfb_cmdline_realloc(cmdline, &contradicts);

	if (contradicts)
		say(lint, realloc == PFB_CMDLINE_REALLOC_ON,
		    "pci=realloc and pci=realloc=off contradict each other; the last one counts, which says %s: remove pci=realloc",
		    realloc == PFB_CMDLINE_REALLOC_ON ? "on" : "off");
	else if (realloc == PFB_CMDLINE_REALLOC_ON)
		say(lint, true,
		    "pci=realloc lets the kernel move BARs: replace it with pci=realloc=off");
	else if (realloc == PFB_CMDLINE_REALLOC_UNSAID && lint->words)
		say(lint, true,
		    "pci=realloc=off is installed, and not in it: run 'pci-fixed-bars policy install' again, or the boot loader's own update command");
	else if (realloc == PFB_CMDLINE_REALLOC_UNSAID && lint->platform->kind == PFB_POLICY_X86)
		say(lint, false,
		    "no pci=realloc=off: a kernel that was built to may move BARs where an SR-IOV BAR does not fit: run 'pci-fixed-bars policy install'");
}

static void check_cmdline(struct lint *lint, const char *cmdline)
{
	const char *acs;
	size_t len;

	check_realloc(lint, cmdline);
	if (pfb_cmdline_pci(cmdline, "assign-busses"))
		say(lint, true,
		    "pci=assign-busses gives bus numbers anew, which closes bridge windows: remove it");
	if (pfb_cmdline_pci(cmdline, "nocrs"))
		say(lint, false,
		    "pci=nocrs ignores the host bridges' windows, so that BARs that fit in them may move: remove it");
	if (pfb_cmdline_pci_starting(cmdline, "resource_alignment=", &len))
		say(lint, true,
		    "pci=resource_alignment= makes the kernel assign these functions' BARs anew: remove it");
	acs = pfb_cmdline_pci_starting(cmdline, "config_acs=", &len);
	/* older ones read nothing of what follows the first function */
	if (acs && memchr(acs, ';', len) && !pfb_kernel_at_least(lint->platform->release, 6, 15))
		say(lint, false,
		    "pci=config_acs= with several functions does not work before Linux 6.15 (%s): one function, or a newer kernel",
		    *lint->platform->release ? lint->platform->release : "which kernel it is for is not known");
	if (lint->tables && pfb_cmdline_has(cmdline, "acpi=off"))
		say(lint, true, "acpi=off: the ACPI table that is installed does not count");
	if (lint->tables && (pfb_cmdline_has(cmdline, "lockdown=integrity") ||
			     pfb_cmdline_has(cmdline, "lockdown=confidentiality")))
		say(lint, true,
		    "lockdown=: the kernel ignores the ACPI table that is installed");
}

static void check_module_key(struct lint *lint, const char *root)
{
	const char *key = pfb_module_key_missing(root, lint->platform);

	if (key)
		say(lint, true,
		    "the kernel refuses the module: it is signed with a key that is not enrolled: " PFB_MODULE_KEY_FIX,
		    key);
}

static void check_entry(void *ctx, const char *file, const char *cmdline)
{
	struct lint *lint = ctx;

	lint->where = file;
	lint->known = true;
	check_cmdline(lint, cmdline);
}

unsigned int pfb_policy_lint(const char *root, const struct pfb_policy_platform *platform,
			     pfb_policy_finding_fn say_fn, void *ctx)
{
	struct lint lint = { .platform = platform, .say = say_fn, .ctx = ctx };
	const char *refused = pfb_policy_tables_refused(platform);

	pfb_policy_installed(root, &lint.tables, &lint.words);
	/* What is installed counts from the next boot on. */
	if (platform->running) {
		struct lint now = lint;

		now.words = false;
		now.where = "this boot";
		check_cmdline(&now, platform->cmdline);
		check_module_key(&now, root);
		lint.errors = now.errors;
	}
	pfb_policy_entries(root, check_entry, &lint);
	lint.where = "next boot";
	if (lint.words && !lint.known)
		say(&lint, false,
		    "kernel parameters are installed, and no boot entry can be read that has them");
	if (lint.tables && refused)
		say(&lint, true, "the ACPI table that is installed does not count: %s", refused);
	if (lint.tables && *platform->no_upgrade)
		say(&lint, false,
		    "Linux %s was built without CONFIG_ACPI_TABLE_UPGRADE, and ignores the ACPI table",
		    platform->no_upgrade);
	return lint.errors;
}
