/* SPDX-License-Identifier: GPL-2.0 */
/* A planned VM in the words of who starts it: QEMU, in three dialects, and libvirt. */
#ifndef PFB_LIB_VM_EMIT_H
#define PFB_LIB_VM_EMIT_H

#include <stdio.h>

#include "lib/dtb.h"
#include "lib/vm_plan.h"

#define PFB_VM_MANIFEST_FW_CFG	"opt/org.pci-fixed-bars/manifest"

/**
 * enum pfb_vm_dialect - how QEMU is told where BARs are
 * @PFB_VM_STOCK: not at all: on virt pci-fixed-bars preenum writes them before the CPUs
 *	run; on q35 the guest's module moves them
 * @PFB_VM_FIXED_BARS: -M virt,pci-pre-enum=on,pcie-mmio-window=BASE:SIZE and
 *	fixed-bars=barN@ADDRESS,barM@ADDRESS, as the RFC has it (qemu-devel, 8 May 2026,
 *	"PCI pre-enumeration and fixed BAR allocation")
 * @PFB_VM_FIXED_BAR_N: the same with a property for each BAR, fixed-bar-N=ADDRESS
 */
enum pfb_vm_dialect {
	PFB_VM_STOCK,
	PFB_VM_FIXED_BARS,
	PFB_VM_FIXED_BAR_N,
};

/**
 * struct pfb_vm_emit - what is written
 * @plan: the plan
 * @dialect: for which QEMU
 * @manifest: file in which QEMU finds the manifest, as QEMU shall see its name; NULL: the
 *	manifest is left out
 * @name: the domain's name, for libvirt; NULL for "planned"
 */
struct pfb_vm_emit {
	const struct pfb_vm_plan *plan;
	enum pfb_vm_dialect dialect;
	const char *manifest;
	const char *name;
};

/**
 * struct pfb_vm_arg - one of QEMU's arguments
 * @option: with its dash
 * @value: what follows, or NULL
 */
struct pfb_vm_arg {
	const char *option;
	char *value;
};

/**
 * struct pfb_vm_args - QEMU's arguments
 * @list: in the order in which QEMU needs them
 * @nr: used entries of @list
 * @room: allocated entries of @list
 */
struct pfb_vm_args {
	struct pfb_vm_arg *list;
	u32 nr;
	u32 room;
};

/**
 * pfb_vm_emit_check() - can a dialect say what was planned
 * @emit: what is to be written
 * @err: receives what cannot be said, and what to do instead
 *
 * Return: 0, -EOPNOTSUPP for what the dialect has no words for, -EINVAL for names
 * that QEMU does not take.
 */
int pfb_vm_emit_check(const struct pfb_vm_emit *emit, struct pfb_error *err);

/**
 * pfb_vm_emit_fixed() - a function's fixed BARs as a list
 * @plan: the plan
 * @index: the function
 * @comma: between two of them
 * @buf: receives "bar2@0x6b8000000000,bar4@0x6c8000000000", or "" without any
 * @size: bytes in @buf; 192 suffice
 *
 * Return: @buf.
 */
const char *pfb_vm_emit_fixed(const struct pfb_vm_plan *plan, u32 index, const char *comma,
			      char *buf, size_t size);

/**
 * pfb_vm_emit_nv_clique() - NVIDIA's number of a function's clique
 * @plan: the plan
 * @index: the function
 *
 * NVIDIA's driver lets GPUs reach each other in a VM only where the hypervisor states
 * so in a capability with four bits, which QEMU gives to NVIDIA's display functions
 * only. Cliques without such a provider take no number.
 *
 * Return: 0 and up, -1 for a function that states none. More than 15 cannot be stated.
 */
int pfb_vm_emit_nv_clique(const struct pfb_vm_plan *plan, u32 index);

/**
 * pfb_vm_emit_size() - a size as QEMU takes it
 * @size: bytes
 * @buf: receives "64T", "4G", or bytes where no unit fits
 * @len: bytes in @buf
 *
 * Return: @buf.
 */
const char *pfb_vm_emit_size(u64 size, char *buf, size_t len);

/**
 * pfb_vm_emit_args() - QEMU's arguments for a plan
 * @args: receives them; pfb_vm_args_free() them, after an error too
 * @emit: what is written
 * @err: receives what cannot be said
 *
 * All that concerns PCI: machine and window, CPU model (its address bits decide what
 * becomes of the window), ports, switches, functions, manifest. Memory, number of CPUs,
 * kernel, disks and console are not in a plan.
 *
 * Return: 0, -ENOMEM, or as pfb_vm_emit_check().
 */
int pfb_vm_emit_args(struct pfb_vm_args *args, const struct pfb_vm_emit *emit,
		     struct pfb_error *err);

/**
 * pfb_vm_args_free() - give back their memory
 * @args: the arguments; may be all zero
 */
void pfb_vm_args_free(struct pfb_vm_args *args);

/**
 * pfb_vm_emit_lines() - write QEMU's arguments, one a line
 * @out: where to
 * @emit: what is written
 * @err: receives what cannot be said
 *
 * For scripts: nothing is quoted, and nothing needs to be.
 *
 * Return: as pfb_vm_emit_args(), -EOPNOTSUPP for a file name that is no line.
 */
int pfb_vm_emit_lines(FILE *out, const struct pfb_vm_emit *emit, struct pfb_error *err);

/**
 * pfb_vm_emit_run() - write a shell script that starts the VM
 * @out: where to
 * @emit: what is written; its manifest is always "manifest.bin" beside the script
 * @err: receives what cannot be said
 *
 * It takes what a plan does not have as arguments. On stock QEMU's virt it makes the device
 * tree, starts QEMU paused, has BARs and windows written, and lets it run.
 *
 * Return: as pfb_vm_emit_args().
 */
int pfb_vm_emit_run(FILE *out, const struct pfb_vm_emit *emit, struct pfb_error *err);

/**
 * pfb_vm_emit_libvirt() - write libvirt's domain XML
 * @out: where to
 * @emit: what is written; @emit->manifest has to be an absolute path
 * @err: receives what cannot be said
 *
 * Return: 0, -EOPNOTSUPP, -EINVAL.
 */
int pfb_vm_emit_libvirt(FILE *out, const struct pfb_vm_emit *emit, struct pfb_error *err);

/**
 * pfb_vm_emit_folder() - write all that starts the VM into one folder
 * @emit: what is written; its manifest is the folder's
 * @libvirt: for libvirt, else for QEMU
 * @path: the folder; is made if it is not there. Files of these names are replaced:
 *	"manifest.bin" and "plan.json"; for QEMU "run" (pfb_vm_emit_run()) and
 *	"qemu.args" (pfb_vm_emit_lines()), for libvirt "domain.xml"
 * @err: receives what failed
 *
 * Nothing is written unless all of it can be said.
 *
 * Return: 0, -ENOMEM, as pfb_vm_emit_args() or pfb_vm_emit_libvirt(), or the negative
 * errno of writing.
 */
int pfb_vm_emit_folder(const struct pfb_vm_emit *emit, bool libvirt, const char *path,
		       struct pfb_error *err);

/**
 * pfb_vm_emit_dtb() - make a device tree that keeps what was planned
 * @plan: the plan, for virt
 * @dtb: the tree that QEMU dumped of this machine; receives the flags
 * @err: receives what does not fit
 *
 * Holds the tree's host bridge against the plan first: a CPU model with too few address
 * bits makes QEMU drop the 64-bit window without a word.
 *
 * Return: 0, -EOPNOTSUPP for a machine without device tree, -EXDEV for another window
 * or other buses than planned, or as pfb_dtb_ecam() and pfb_dtb_set_flag().
 */
int pfb_vm_emit_dtb(const struct pfb_vm_plan *plan, struct pfb_dtb *dtb, struct pfb_error *err);

#endif /* PFB_LIB_VM_EMIT_H */
