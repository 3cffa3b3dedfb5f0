/* SPDX-License-Identifier: GPL-2.0 */
/* A second host bridge in a device tree: QEMU's virt states one, whatever it was given. */
#ifndef PFB_TOOLS_DTB_SPLIT_H
#define PFB_TOOLS_DTB_SPLIT_H

#include "dtb.h"

/**
 * pfb_dtb_split() - give the buses from one on to a host bridge of their own
 * @dtb: the tree
 * @bus: first bus of the new one: the bus_nr of a pxb-pcie
 * @err: receives what went wrong
 *
 * QEMU's pxb-pcie is a root bus with a preset number that the same ECAM area reaches.
 * ACPI tells of it, QEMU's device tree does not, so that a kernel never looks there. The
 * node of the host bridge that has @bus is copied: the copy gets the buses from @bus
 * on, their part of ECAM and the upper half of each memory window; I/O stays where it was.
 * It is a segment of its own, the next that is free: Linux 7 refuses a second host
 * bridge of one segment in a device tree (-ENOSPC).
 *
 * On failure the tree is not to be used.
 *
 * Return: 0, -ENOENT (no host bridge has @bus behind its first), -ENOSPC (a window that
 * cannot be halved, or no room in the tree), -EINVAL, -EOPNOTSUPP, -ENOMEM.
 */
int pfb_dtb_split(struct pfb_dtb *dtb, u8 bus, struct pfb_error *err);

#endif /* PFB_TOOLS_DTB_SPLIT_H */
