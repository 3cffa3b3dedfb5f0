/* SPDX-License-Identifier: GPL-2.0 */
/* Boot loaders, and how each is told more kernel parameters or another device tree. */
#ifndef PFB_LIB_POLICY_LOADERS_H
#define PFB_LIB_POLICY_LOADERS_H

#include "lib/policy_plan.h"

/* Where the changed device tree goes. */
#define PFB_POLICY_DTB		"/boot/pci-fixed-bars.dtb"

/**
 * struct pfb_policy_loader - what a boot loader can be told
 * @name: as it is called in reports
 * @present: is it set up in a system
 * @file: what install() writes, and whose being there means that it did
 * @install: plan to give it kernel parameters, and with @dtb the device tree
 *	%PFB_POLICY_DTB; -EOPNOTSUPP with the reason when it is one that is not known
 * @remove: plan to take that back, to the byte
 * @refresh: plan the commands that make it count
 */
struct pfb_policy_loader {
	const char *name;
	bool (*present)(const char *root);
	const char *file;
	int (*install)(struct pfb_policy_plan *plan, const char *words, bool dtb,
		       struct pfb_error *err);
	int (*remove)(struct pfb_policy_plan *plan, const char *words, struct pfb_error *err);
	void (*refresh)(struct pfb_policy_plan *plan);
};

/* GRUB with Debian's drop-ins: /etc/default/grub.d/pci-fixed-bars.cfg. */
extern const struct pfb_policy_loader pfb_policy_grub;
/* systemd-boot, filled by kernel-install: /etc/kernel/cmdline. */
extern const struct pfb_policy_loader pfb_policy_kernel_install;
/* U-Boot and other readers of extlinux.conf: /etc/u-boot-menu/conf.d/pci-fixed-bars.conf. */
extern const struct pfb_policy_loader pfb_policy_extlinux;

extern const struct pfb_policy_loader *const pfb_policy_loaders[];

#define PFB_POLICY_NR_LOADERS	3

/**
 * typedef pfb_policy_entry_fn - called with each command line that a boot may have
 * @ctx: as given
 * @file: where it stands, absolute path in the system
 * @cmdline: the kernel's command line
 */
typedef void (*pfb_policy_entry_fn)(void *ctx, const char *file, const char *cmdline);

/**
 * pfb_policy_entries() - what the boot loaders will start next
 * @root: the system's folder
 * @entry: called with each entry's command line
 * @ctx: handed to @entry
 *
 * Reads what update-grub, kernel-install and u-boot-update made, not what they
 * make it from: that is what counts at boot.
 */
void pfb_policy_entries(const char *root, pfb_policy_entry_fn entry, void *ctx);

#endif /* PFB_LIB_POLICY_LOADERS_H */
