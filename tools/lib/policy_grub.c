// SPDX-License-Identifier: GPL-2.0
/* GRUB: a drop-in for Debian's grub-mkconfig, which is a shell script that reads them. */
#include "lib/policy_loaders.h"

#define DROP_IN		"/etc/default/grub.d/pci-fixed-bars.cfg"

static bool grub_present(const char *root)
{
	return pfb_policy_exists(root, "/etc/default/grub");
}

static int grub_install(struct pfb_policy_plan *plan, const char *words, bool dtb,
			struct pfb_error *err)
{
	char text[512];

	(void)dtb;
	if (!pfb_policy_mentions(plan->root, "/usr/sbin/grub-mkconfig", "/default/grub.d/"))
		return pfb_fail(err, -EOPNOTSUPP,
				"GRUB: %s/usr/sbin/grub-mkconfig reads no drop-ins in /etc/default/grub.d, as Debian's does: add '%s' by hand, such as with grubby --update-kernel=ALL --args='%s'",
				plan->root, words, words);
	snprintf(text, sizeof(text), PFB_POLICY_MARK
		 "GRUB_CMDLINE_LINUX=\"$GRUB_CMDLINE_LINUX %s\"\n", words);
	return pfb_policy_plan_write(plan, DROP_IN, text, strlen(text), err);
}

static int grub_remove(struct pfb_policy_plan *plan, const char *words, struct pfb_error *err)
{
	(void)words;
	return pfb_policy_plan_remove(plan, DROP_IN, err);
}

static void grub_refresh(struct pfb_policy_plan *plan)
{
	pfb_policy_plan_command(plan, "update-grub");
}

const struct pfb_policy_loader pfb_policy_grub = {
	.name = "GRUB",
	.present = grub_present,
	.file = DROP_IN,
	.install = grub_install,
	.remove = grub_remove,
	.refresh = grub_refresh,
};
