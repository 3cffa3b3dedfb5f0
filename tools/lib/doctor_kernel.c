// SPDX-License-Identifier: GPL-2.0
/* What the kernel was built with, and what it is told at boot. */
#include "lib/cpuinfo.h"
#include "lib/doctor_checks.h"
#include "lib/kernel_cmdline.h"
#include "lib/module_key.h"

#define CMDLINE		"/proc/cmdline"
#define CMDLINE_MAX	8192	/* more than any architecture takes: COMMAND_LINE_SIZE */

static void check_cmdline(struct pfb_doctor_context *c)
{
	enum pfb_kernel_option automatic;
	enum pfb_cmdline_realloc realloc;
	char cmdline[CMDLINE_MAX], vendor[32];

	if (pfb_doctor_line(c, cmdline, sizeof(cmdline), CMDLINE)) {
		pfb_doctor_say(c, PFB_DOCTOR_NOT_SEEN, CMDLINE, "the kernel's command line",
			       "it cannot be read", "mount /proc",
			       CMDLINE " cannot be read: whether the kernel is told to move BARs is not known");
		return;
	}
	realloc = pfb_cmdline_realloc(cmdline, NULL);
	if (realloc == PFB_CMDLINE_REALLOC_ON) {
		pfb_doctor_say(c, PFB_DOCTOR_PCI_REALLOC, CMDLINE, "pci=realloc=off", "pci=realloc",
			       "replace it with pci=realloc=off in the boot loader's configuration",
			       "the kernel's command line has pci=realloc");
	} else if (realloc == PFB_CMDLINE_REALLOC_UNSAID &&
		   pfb_cpuinfo_fact(c->request->guest, "vendor_id", vendor, sizeof(vendor))) {
		/* drivers/pci/setup-bus.c, pci_realloc_detect() */
		automatic = pfb_kernel_config_get(&c->config, "PCI_REALLOC_ENABLE_AUTO", NULL);
		if (automatic == PFB_KERNEL_OPTION_ON)
			pfb_doctor_say(c, PFB_DOCTOR_PCI_REALLOC_AUTO, c->config.path,
				       "pci=realloc=off on the command line",
				       "CONFIG_PCI_REALLOC_ENABLE_AUTO=y, and no pci=realloc=",
				       "add pci=realloc=off in the boot loader's configuration",
				       "the kernel was built to move BARs when it finds reason");
	}
	if (pfb_cmdline_pci(cmdline, "assign-busses"))
		pfb_doctor_say(c, PFB_DOCTOR_PCI_RENUMBER, CMDLINE, "no pci=assign-busses",
			       "pci=assign-busses", "remove it from the boot loader's configuration",
			       "the kernel's command line has pci=assign-busses");
}

/*
 * Who gives up without P2PDMA: amdgpu_dma_buf_attach(), xe_dma_buf_attach() take
 * pci_p2pdma_distance() < 0, which is all that include/linux/pci-p2pdma.h has
 * without CONFIG_PCI_P2PDMA, for "not peer to peer".
 */
static bool needs_p2pdma(const char *driver)
{
	return !strcmp(driver, "amdgpu") || !strcmp(driver, "xe");
}

static void check_p2pdma(struct pfb_doctor_context *c)
{
	const char *fix = "boot a kernel with it (Debian's are from 7.0 on, not 6.1 and 6.12)";
	const char *where = c->config.text ? c->config.path : "/proc/kallsyms";
	enum pfb_kernel_option on;
	char name[PFB_DOCTOR_NAME_MAX];
	bool needed = false;
	u32 i;

	/* exported, and so never inlined away (drivers/pci/p2pdma.c) */
	on = pfb_kernel_config_get(&c->config, "PCI_P2PDMA", "pci_p2pdma_add_resource");
	if (on == PFB_KERNEL_OPTION_UNKNOWN)
		pfb_doctor_say(c, PFB_DOCTOR_KERNEL_CONFIG, "CONFIG_PCI_P2PDMA",
			       "/boot/config-RELEASE or /proc/kallsyms", "neither can be read",
			       "install the kernel's configuration in /boot",
			       "whether the kernel has CONFIG_PCI_P2PDMA is not known");
	if (on != PFB_KERNEL_OPTION_OFF)
		return;
	for (i = 0; i < c->roles->nr_providers; i++) {
		const char *driver =
			c->request->routing->functions[c->roles->providers[i]].driver;

		if (!needs_p2pdma(driver))
			continue;
		needed = true;
		pfb_doctor_name(c, c->roles->providers[i], name);
		pfb_doctor_say(c, PFB_DOCTOR_P2PDMA_NEEDED, name, "CONFIG_PCI_P2PDMA=y", "not set",
			       fix, "%s gives its memory to no peer on this kernel", name);
	}
	if (!needed)
		pfb_doctor_say(c, PFB_DOCTOR_P2PDMA_OFF, where, "CONFIG_PCI_P2PDMA=y", "not set",
			       fix, "the kernel %s has no CONFIG_PCI_P2PDMA",
			       c->request->guest->release);
}

static void say_module_absent(struct pfb_doctor_context *c)
{
	const char *actual = "it is not loaded", *fix = "modprobe pci_fixed_bars", *key;
	const char *root = c->request->guest->sysroot;
	struct pfb_policy_platform platform;

	pfb_policy_platform_read(root, &platform);
	key = pfb_module_key_missing(root, &platform);
	if (key) {
		actual = "the kernel refuses it: its key is not enrolled";
		fix = pfb_findings_text(PFB_MODULE_KEY_FIX, key);
	} else if (pfb_module_key_wanted(root, &platform)) {
		actual = "it is not loaded, and this kernel loads signed modules only";
		fix = "modprobe pci_fixed_bars, which must be signed with a key that this kernel knows: its own build's, or one that 'mokutil --import' enrolled";
	}
	pfb_doctor_say(c, PFB_DOCTOR_MODULE_ABSENT, "/sys/module/pci_fixed_bars", "the module",
		       actual, fix, "the module pci_fixed_bars is not loaded");
}

void pfb_doctor_kernel(struct pfb_doctor_context *c)
{
	check_cmdline(c);
	check_p2pdma(c);
	if (!c->request->guest->module_loaded)
		say_module_absent(c);
}
