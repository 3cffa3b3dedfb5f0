/* SPDX-License-Identifier: GPL-2.0 */
/* The boot policy: what a system needs so that its kernel keeps the boot configuration. */
#ifndef PFB_LIB_POLICY_H
#define PFB_LIB_POLICY_H

#include "lib/policy_loaders.h"
#include "lib/policy_platform.h"

/* What keeps an x86 kernel from moving BARs to make room. */
#define PFB_POLICY_WORDS	"pci=realloc=off"

/* For initramfs-tools: the cpio that its hook puts before each initrd. */
#define PFB_POLICY_CPIO		"/var/lib/pci-fixed-bars/acpi.cpio"
/* For dracut: its own way to do the same. */
#define PFB_POLICY_DRACUT	"/etc/dracut.conf.d/pci-fixed-bars-acpi.conf"

/**
 * struct pfb_policy_wish - what a person asked for
 * @kind: who decides where BARs are; what the platform says, or what was stated
 * @dsdt: file with the VM's DSDT, NULL to take the running VM's
 * @dtb: file with the device tree that the boot loader shall load, or NULL
 */
struct pfb_policy_wish {
	enum pfb_policy_kind kind;
	const char *dsdt;
	const char *dtb;
};

/**
 * pfb_policy_install() - plan what a system needs, and no more
 * @plan: receives the plan, compared with what is there; @plan->root is the system
 * @platform: the system
 * @wish: what was asked for
 * @err: receives why it is not possible, and what to do instead
 *
 * Return: number of files that change, -EOPNOTSUPP when it cannot be done here, or
 * what else is wrong.
 */
int pfb_policy_install(struct pfb_policy_plan *plan, const struct pfb_policy_platform *platform,
		       const struct pfb_policy_wish *wish, struct pfb_error *err);

/**
 * pfb_policy_remove() - plan to take all of it back, to the byte
 * @plan: receives the plan, compared with what is there
 * @err: receives what is wrong
 *
 * Return: number of files that change, or a negative errno.
 */
int pfb_policy_remove(struct pfb_policy_plan *plan, struct pfb_error *err);

/**
 * pfb_policy_update() - plan to make the ACPI tables fit the VM that runs now
 * @plan: receives the plan, compared with what is there
 * @platform: the system
 * @err: receives what is wrong
 *
 * Where they are not installed, nothing is planned. Where they no longer fit,
 * they are removed, and a note says why.
 *
 * Return: number of files that change, or a negative errno.
 */
int pfb_policy_update(struct pfb_policy_plan *plan, const struct pfb_policy_platform *platform,
		      struct pfb_error *err);

/**
 * pfb_policy_installed() - is any of it installed
 * @root: the system's folder
 * @tables: the ACPI tables are; may be NULL
 * @words: the kernel parameters are; may be NULL
 *
 * Return: true when something is.
 */
bool pfb_policy_installed(const char *root, bool *tables, bool *words);

/**
 * pfb_policy_tables_of_vm() - pack the tables for a VM
 * @root: the system's folder
 * @dsdt: file with the VM's DSDT, NULL to take the running VM's
 * @plan: receives, unless NULL, the files that initramfs-tools and dracut want
 * @data: receives, unless NULL, the cpio archive; the caller frees it
 * @size: receives its size
 * @err: receives what is wrong
 *
 * Return: 0 or a negative errno.
 */
int pfb_policy_tables_of_vm(const char *root, const char *dsdt, struct pfb_policy_plan *plan,
			    u8 **data, size_t *size, struct pfb_error *err);

#endif /* PFB_LIB_POLICY_H */
