/* SPDX-License-Identifier: GPL-2.0 */
/* The SSDT that asks the kernel to keep the boot configuration of host bridges. */
#ifndef PFB_LIB_POLICY_SSDT_H
#define PFB_LIB_POLICY_SSDT_H

#include "lib/policy_dsdt.h"

/* Its OEM ID and OEM table ID: how a running kernel's tables show that it took it. */
#define PFB_POLICY_OEM_ID	"PFBARS"
#define PFB_POLICY_TABLE_ID	"PFBKEEP\0"

/**
 * pfb_policy_ssdt() - make the table
 * @bridges: host bridges; where @dsm is set, their own _DSM was renamed to XDSM
 * @table: receives malloc()ed memory that the caller frees
 * @size: receives its size
 * @err: receives what went wrong
 *
 * Beside @bridges it names those that VMMs use (``\_SB.PCI0``, ``\_SB.PC00`` to
 * ``\_SB.PCFF``), so that a host bridge that is added later is covered. One that
 * is not there, or has a _DSM already, is passed over when the table loads.
 *
 * The _DSM: function 0 offers functions 0 and 5, function 5 returns 0 (PCI Firmware
 * Specification 3.3, 4.6.5). What it does not answer itself, an XDSM answers.
 *
 * Return: 0 or -ENOMEM.
 */
int pfb_policy_ssdt(const struct pfb_policy_bridges *bridges, u8 **table, size_t *size,
		    struct pfb_error *err);

#endif /* PFB_LIB_POLICY_SSDT_H */
