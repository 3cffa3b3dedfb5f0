/* SPDX-License-Identifier: GPL-2.0 */
/* The ACPI tables that a boot policy gives the kernel, made from what the VM has. */
#ifndef PFB_LIB_POLICY_TABLES_H
#define PFB_LIB_POLICY_TABLES_H

#include "lib/policy_dsdt.h"

/**
 * struct pfb_policy_tables - what the kernel is given
 * @ssdt: the SSDT
 * @ssdt_size: bytes in @ssdt
 * @dsdt: the VM's DSDT with its host bridges' _DSM renamed, NULL when they have none
 * @dsdt_size: bytes in @dsdt
 */
struct pfb_policy_tables {
	u8 *ssdt;
	size_t ssdt_size;
	u8 *dsdt;
	size_t dsdt_size;
};

/**
 * pfb_policy_vm_dsdt() - the DSDT that the VM brings
 * @root: the system's folder; only "" has a VM
 * @dsdt: receives malloc()ed memory, or NULL without ACPI; the caller frees it
 * @size: receives its size
 * @seen_again: receives whether it can be read even while another takes its place
 * @err: receives why it cannot be known
 *
 * /sys/firmware/acpi shows what the kernel uses, which may be ours. What the VM
 * brings is in QEMU's etc/acpi/tables.
 *
 * Return: 0, -EACCES (root can), -EOPNOTSUPP, or what reading said.
 */
int pfb_policy_vm_dsdt(const char *root, u8 **dsdt, size_t *size, bool *seen_again,
		       struct pfb_error *err);

/**
 * pfb_policy_tables_make() - make the tables
 * @root: the system's folder, whose host bridges are covered
 * @dsdt: the VM's DSDT, or NULL
 * @size: bytes in @dsdt
 * @tables: receives them; pfb_policy_tables_free() it
 * @err: receives what is wrong
 *
 * Return: 0, or why @dsdt cannot be used (see pfb_policy_dsdt_bridges()).
 */
int pfb_policy_tables_make(const char *root, const u8 *dsdt, size_t size,
			   struct pfb_policy_tables *tables, struct pfb_error *err);

/**
 * pfb_policy_tables_free() - give back what pfb_policy_tables_make() took
 * @tables: the tables; may be all zero
 */
void pfb_policy_tables_free(struct pfb_policy_tables *tables);

/**
 * pfb_policy_tables_cpio() - pack them as the kernel looks for them
 * @tables: the tables
 * @data: receives malloc()ed memory that the caller frees
 * @size: receives its size
 * @err: receives what went wrong
 *
 * Return: 0 or -ENOMEM.
 */
int pfb_policy_tables_cpio(const struct pfb_policy_tables *tables, u8 **data, size_t *size,
			   struct pfb_error *err);

/**
 * pfb_policy_tables_used() - does the running kernel use our SSDT
 * @root: the system's folder
 *
 * Return: true when it is among the kernel's tables; false also for a user who
 * may not read them.
 */
bool pfb_policy_tables_used(const char *root);

#endif /* PFB_LIB_POLICY_TABLES_H */
