/* SPDX-License-Identifier: GPL-2.0 */
/* A machine's topology from what lspci printed there. */
#ifndef PFB_LIB_CAPTURE_LSPCI_H
#define PFB_LIB_CAPTURE_LSPCI_H

#include "lib/capture.h"
#include "lib/lspci.h"

/**
 * pfb_capture_lspci() - capture a machine from lspci's text, dumps, or both
 * @capture: receives it; pfb_capture_free() it, after an error too
 * @inputs: the files, in any order
 * @nr: how many
 * @machine: what the operator calls it, or NULL
 * @err: receives what is wrong, with file and line
 *
 * Dumps say what registers hold, text what the kernel made of it: the sizes of
 * BARs, whether they have an address, groups, nodes, drivers, names. What only
 * one of them has is taken from that; where both have it and differ, that is
 * an error which names both. What neither has stays unknown: struct
 * pfb_capture_function.acs_read and .unsized say so.
 *
 * A VF's PF follows from the PF's SR-IOV capability, the size of VF BARs from its
 * VFs. The windows of root buses are never known, the highest bus of one is
 * taken to be that before the next one.
 *
 * Return: 0, -EINVAL, -E2BIG or -ENOMEM.
 */
int pfb_capture_lspci(struct pfb_capture *capture, const struct pfb_lspci_input *inputs, u32 nr,
		      const char *machine, struct pfb_error *err);

#endif /* PFB_LIB_CAPTURE_LSPCI_H */
