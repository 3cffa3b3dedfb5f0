// SPDX-License-Identifier: GPL-2.0
/*
 * pci_fixed_bars: BARs where the hypervisor put them.
 *
 * For GPUDirect in a virtual machine, the guest-physical address of a GPU's
 * BAR must be its host-physical address. This module reads what hypervisor or
 * operator declared, verifies it, keeps it, and provides it for peer-to-peer
 * DMA. Documentation/admin-guide/pci-fixed-bars.rst says how to use it,
 * Documentation/PCI/pci-fixed-bars.rst how it is made.
 *
 * This file starts the rooms in order, and stops them in reverse.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/list.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/string.h>

#include "announce.h"
#include "chardev.h"
#include "enforce.h"
#include "export.h"
#include "hotplug.h"
#include "preserve.h"
#include "provider.h"
#include "recheck.h"
#include "registry.h"
#include "sources.h"
#include "sysfs.h"

#define CREATE_TRACE_POINTS
#include "trace.h"

static char *policy = "preserve";
module_param(policy, charp, 0444);
MODULE_PARM_DESC(policy,
		 "observe: verify and report; preserve: also pin what is right (default); enforce: also move what is wrong");

static bool allow_declared;
module_param(allow_declared, bool, 0444);
MODULE_PARM_DESC(allow_declared,
		 "provide BARs whose host-physical address nobody stated (default: no)");

static int parse_policy(enum pfb_policy *parsed)
{
	if (sysfs_streq(policy, "observe")) {
		*parsed = PFB_POLICY_OBSERVE;
		return 0;
	}
	if (sysfs_streq(policy, "preserve")) {
		*parsed = PFB_POLICY_PRESERVE;
		return 0;
	}
	if (sysfs_streq(policy, "enforce")) {
		*parsed = PFB_POLICY_ENFORCE;
		return 0;
	}
	pr_err("policy=%s: unknown; use observe, preserve or enforce\n", policy);
	return -EINVAL;
}

/*
 * The notifier of hotplug listens until the registry has let go of the last
 * function: one that leaves meanwhile waits for that, and its folder in sysfs
 * is not pulled away from under it.
 */
static void pfb_stop(void)
{
	pfb_registry_stop();
	pfb_hotplug_stop();
	pfb_sources_forget();
}

/* Sources, and then verdicts: nobody comes or goes until the last is known. */
static int pfb_start(enum pfb_policy parsed)
{
	LIST_HEAD(news);
	int ret;

	pfb_source_fw_cfg_prepare();

	pci_lock_rescan_remove();
	ret = pfb_registry_init(parsed, allow_declared, &pfb_sysfs_listener);
	if (!ret)
		ret = pfb_hotplug_start();
	if (!ret)
		ret = pfb_sources_read();
	if (!ret)
		ret = pfb_registry_start(&news);
	pci_unlock_rescan_remove();
	if (ret) {
		pfb_stop();
		return ret;
	}
	pfb_announce(&news);
	pfb_announce_summary();
	return 0;
}

static int __init pfb_init(void)
{
	enum pfb_policy parsed;
	int ret;

	ret = parse_policy(&parsed);
	if (ret)
		return ret;
	ret = pfb_start(parsed);
	if (ret)
		return ret;
	/* What is wrong is put right before it is pinned. */
	if (parsed == PFB_POLICY_ENFORCE) {
		ret = pfb_enforce_start();
		if (ret)
			goto err_stop;
	}
	if (parsed >= PFB_POLICY_PRESERVE) {
		ret = pfb_preserve_start();
		if (ret)
			goto err_enforce;
	}
	ret = pfb_provider_init();
	if (ret)
		goto err_preserve;
	ret = pfb_export_init();
	if (ret)
		goto err_provider;
	ret = pfb_recheck_start();
	if (ret)
		goto err_export;
	/* Last: what is there to be read and asked for is then all there. */
	ret = pfb_sysfs_init();
	if (ret)
		goto err_recheck;
	ret = pfb_chardev_init();
	if (ret)
		goto err_sysfs;
	return 0;

err_sysfs:
	pfb_sysfs_exit();
err_recheck:
	pfb_recheck_stop();
err_export:
	pfb_export_exit();
err_provider:
	pfb_provider_exit();
err_preserve:
	pfb_preserve_stop();
err_enforce:
	pfb_enforce_stop();
err_stop:
	pfb_stop();
	return ret;
}

static void __exit pfb_exit(void)
{
	pfb_chardev_exit();
	pfb_sysfs_exit();
	pfb_recheck_stop();
	pfb_export_exit();
	pfb_provider_exit();
	pfb_preserve_stop();
	pfb_enforce_stop();
	pfb_stop();
}

module_init(pfb_init);
module_exit(pfb_exit);

MODULE_AUTHOR("pci_fixed_bars developers");
MODULE_DESCRIPTION("PCI BARs where the hypervisor put them: verify, keep, provide for P2P DMA");
MODULE_LICENSE("GPL");
MODULE_VERSION(PFB_VERSION);
MODULE_SOFTDEP("pre: qemu_fw_cfg");
MODULE_FIRMWARE("pci-fixed-bars/manifest.bin");
