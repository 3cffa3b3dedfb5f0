// SPDX-License-Identifier: GPL-2.0
/*
 * u-boot-update, which writes extlinux.conf, is a shell script that reads drop-ins
 * after /etc/default/u-boot. It takes /etc/kernel/cmdline only where no parameters
 * are set, so a drop-in that sets some must do that itself.
 */
#include "lib/policy_loaders.h"

#include <stdlib.h>

#define DROP_IN		"/etc/u-boot-menu/conf.d/pci-fixed-bars.conf"
#define UPDATE		"/usr/sbin/u-boot-update"

static bool extlinux_present(const char *root)
{
	return pfb_policy_exists(root, UPDATE);
}

static int extlinux_install(struct pfb_policy_plan *plan, const char *words, bool dtb,
			    struct pfb_error *err)
{
	char *text;
	int ret;

	if (!pfb_policy_mentions(plan->root, UPDATE, "/etc/u-boot-menu/conf.d/"))
		return pfb_fail(err, -EOPNOTSUPP,
				"extlinux: %s" UPDATE " reads no drop-ins in /etc/u-boot-menu/conf.d: install u-boot-menu 4.2 or newer, or add '%s' to U_BOOT_PARAMETERS in /etc/default/u-boot by hand",
				plan->root, words);
	ret = asprintf(&text, PFB_POLICY_MARK "%s%s%s%s",
		       *words ? "if [ -z \"$U_BOOT_PARAMETERS\" ] && [ -f /etc/kernel/cmdline ]; then\n"
				"\tU_BOOT_PARAMETERS=$(sed -e 's/root=[^[:space:]]*//' -e 's/^[[:space:]]*//' /etc/kernel/cmdline)\n"
				"\t[ -n \"$U_BOOT_ROOT\" ] || U_BOOT_ROOT=$(sed -n 's/.*\\(root=[^[:space:]]*\\).*/\\1/p' /etc/kernel/cmdline)\n"
				"fi\n"
				"U_BOOT_PARAMETERS=\"${U_BOOT_PARAMETERS:-ro quiet} " : "",
		       words, *words ? "\"\n" : "",
		       dtb ? "# With a file system of its own, /boot is the root of what U-Boot sees.\n"
			     "if [ \"$(stat --printf %d /)\" = \"$(stat --printf %d /boot)\" ]; then\n"
			     "\tU_BOOT_FDT=" PFB_POLICY_DTB "\n"
			     "else\n"
			     "\tU_BOOT_FDT=pci-fixed-bars.dtb\n"
			     "fi\n" : "");
	if (ret < 0)
		return pfb_fail(err, -ENOMEM, "out of memory");
	ret = pfb_policy_plan_write(plan, DROP_IN, text, strlen(text), err);
	free(text);
	return ret;
}

static int extlinux_remove(struct pfb_policy_plan *plan, const char *words,
			   struct pfb_error *err)
{
	(void)words;
	return pfb_policy_plan_remove(plan, DROP_IN, err);
}

static void extlinux_refresh(struct pfb_policy_plan *plan)
{
	pfb_policy_plan_command(plan, "u-boot-update");
}

const struct pfb_policy_loader pfb_policy_extlinux = {
	.name = "extlinux",
	.present = extlinux_present,
	.file = DROP_IN,
	.install = extlinux_install,
	.remove = extlinux_remove,
	.refresh = extlinux_refresh,
};
