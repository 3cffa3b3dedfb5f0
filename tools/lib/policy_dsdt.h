/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A VM's own DSDT, with the _DSM of its host bridges out of the way: an SSDT can add
 * one only where there is none.
 */
#ifndef PFB_LIB_POLICY_DSDT_H
#define PFB_LIB_POLICY_DSDT_H

#include "lib/aml_walk.h"

/* QEMU has at most one host bridge for each bus. */
#define PFB_POLICY_BRIDGES_MAX	288

/**
 * struct pfb_policy_bridges - host bridges by their ACPI path
 * @nr: used entries
 * @path: such as ``\_SB_.PCI0``
 * @dsm: offset in the table of the name of its ``_DSM``, 0 without one
 */
struct pfb_policy_bridges {
	u32 nr;
	char path[PFB_POLICY_BRIDGES_MAX][PFB_AML_PATH_MAX];
	size_t dsm[PFB_POLICY_BRIDGES_MAX];
};

/**
 * pfb_policy_dsdt_bridges() - find a table's PCI host bridges
 * @table: the table, header included; it may be hostile
 * @size: bytes in @table
 * @bridges: receives them
 * @err: receives what is wrong
 *
 * A host bridge is a device whose _HID or _CID is PNP0A03 or PNP0A08.
 *
 * Return: 0, -EINVAL or -EOPNOTSUPP for AML that is broken or not understood,
 * -E2BIG, -ENOMEM.
 */
int pfb_policy_dsdt_bridges(const u8 *table, size_t size, struct pfb_policy_bridges *bridges,
			    struct pfb_error *err);

/**
 * pfb_policy_dsdt_patch() - take the _DSM of every host bridge out of the way
 * @table: the table, changed in place
 * @size: bytes in @table
 * @bridges: as pfb_policy_dsdt_bridges() found them
 * @err: receives what is wrong
 *
 * Each becomes XDSM; the OEM revision goes up by one, without which the kernel
 * would not take it in place of the VM's; the checksum is made right.
 *
 * Return: 0, or -ERANGE when the revision cannot go up.
 */
int pfb_policy_dsdt_patch(u8 *table, size_t size, const struct pfb_policy_bridges *bridges,
			  struct pfb_error *err);

#endif /* PFB_LIB_POLICY_DSDT_H */
