/* SPDX-License-Identifier: GPL-2.0 */
/* A dry run of a plan: what every QEMU has in place of the host's functions. */
#ifndef PFB_LIB_VM_STAND_INS_H
#define PFB_LIB_VM_STAND_INS_H

#include "lib/vm_plan.h"

/**
 * pfb_vm_stand_ins() - put stand-ins into a plan for all that is assigned
 * @to: receives the plan; pfb_vm_plan_free() it, after an error too
 * @from: the plan; its capture must outlive @to
 * @err: receives what nothing can stand in for
 *
 * Ports, switches, paths and fixed addresses stay as they are. Each fixed BAR becomes
 * the memory of an ivshmem-plain, of the same size at the same address; these have
 * one such BAR, so that what has several becomes as many functions of one device.
 * Clients become NVMe controllers, whose DMA into those BARs is real peer-to-peer DMA;
 * all else becomes a pci-testdev. What is not fixed is packed anew.
 *
 * Return: 0, -EOPNOTSUPP, -ENOMEM, or as pfb_vm_plan() for addresses.
 */
int pfb_vm_stand_ins(struct pfb_vm_plan *to, const struct pfb_vm_plan *from,
		     struct pfb_error *err);

#endif /* PFB_LIB_VM_STAND_INS_H */
