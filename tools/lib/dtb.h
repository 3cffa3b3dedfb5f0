/* SPDX-License-Identifier: GPL-2.0 */
/* Device trees in files: PCI host bridges, and the flags that keep what they enumerated. */
#ifndef PFB_TOOLS_DTB_H
#define PFB_TOOLS_DTB_H

#include <pci_fixed_bars/topology.h>

/* The kernel takes no larger one on arm64 (Documentation/arch/arm64/booting.rst). */
#define PFB_DTB_SIZE_MAX	(2 * 1024 * 1024)
#define PFB_DTB_BRIDGES_MAX	64
#define PFB_DTB_PATH_MAX	256

/**
 * struct pfb_dtb - a device tree in memory
 * @fdt: the tree; has been through fdt_check_full()
 */
struct pfb_dtb {
	void *fdt;
};

/**
 * struct pfb_dtb_bridges - the PCI host bridges of a tree
 * @nr: used entries of @path
 * @path: their node's paths, in the tree's order
 */
struct pfb_dtb_bridges {
	unsigned int nr;
	char path[PFB_DTB_BRIDGES_MAX][PFB_DTB_PATH_MAX];
};

/**
 * struct pfb_dtb_ecam - a host bridge with ECAM, as its node states it
 * @ecam_base: CPU address of the first bus's configuration space
 * @root: segment, buses and windows, as bus addresses
 */
struct pfb_dtb_ecam {
	u64 ecam_base;
	struct pfb_root root;
};

/**
 * enum pfb_dtb_flag - the flags that these tools know
 * @PFB_DTB_ENUM_DONE: ``pci-enum-done`` in a host bridge's node (QEMU RFC: u32 1)
 * @PFB_DTB_UPL_PARAMS: ``pci-enum-done`` in ``/options/upl-params`` (Universal
 *	Payload specification: empty)
 * @PFB_DTB_PROBE_ONLY: ``linux,pci-probe-only`` in ``/chosen`` (u32 1): what today's
 *	kernels act on
 * @PFB_NR_DTB_FLAGS: how many there are
 */
enum pfb_dtb_flag {
	PFB_DTB_ENUM_DONE,
	PFB_DTB_UPL_PARAMS,
	PFB_DTB_PROBE_ONLY,
	PFB_NR_DTB_FLAGS
};

/**
 * enum pfb_dtb_flag_state - what a tree says
 * @PFB_DTB_FLAG_ABSENT: the property is not there
 * @PFB_DTB_FLAG_SET: it is there
 * @PFB_DTB_FLAG_ZERO: it is there as a u32 of 0, which means no
 * @PFB_DTB_FLAG_MALFORMED: it is neither empty nor a u32
 */
enum pfb_dtb_flag_state {
	PFB_DTB_FLAG_ABSENT,
	PFB_DTB_FLAG_SET,
	PFB_DTB_FLAG_ZERO,
	PFB_DTB_FLAG_MALFORMED,
};

/**
 * pfb_dtb_load() - read and check a device tree
 * @path: the file; "-" is standard input
 * @dtb: receives the tree, to be released with pfb_dtb_free()
 * @err: receives what went wrong
 *
 * Return: 0, -E2BIG (over %PFB_DTB_SIZE_MAX), -EINVAL (not a sound tree),
 * -ENOMEM, or what reading said.
 */
int pfb_dtb_load(const char *path, struct pfb_dtb *dtb, struct pfb_error *err);

/**
 * pfb_dtb_free() - release a tree
 * @dtb: the tree
 */
void pfb_dtb_free(struct pfb_dtb *dtb);

/**
 * pfb_dtb_store() - write a tree to a file, all or nothing
 * @dtb: the tree; packed by this
 * @path: the file, replaced at once when all is written; "-" is standard output
 * @err: receives what went wrong
 *
 * Return: 0, -EINVAL, or what writing said.
 */
int pfb_dtb_store(struct pfb_dtb *dtb, const char *path, struct pfb_error *err);

/**
 * pfb_dtb_host_bridges() - find the PCI host bridges
 * @dtb: the tree
 * @bridges: receives their paths
 * @err: receives what went wrong
 *
 * One pass over the tree. A host bridge is a node of device_type "pci" that
 * does not sit below another.
 *
 * Return: 0, -E2BIG for more than %PFB_DTB_BRIDGES_MAX, -EINVAL for a tree that
 * is nested too deep or has too long a path.
 */
int pfb_dtb_host_bridges(const struct pfb_dtb *dtb, struct pfb_dtb_bridges *bridges,
			 struct pfb_error *err);

/**
 * pfb_dtb_fail() - make an error that names nodes fit to be shown
 * @err: the error; may be NULL
 * @code: a negative errno
 *
 * Nodes may be named anything. Errors of the functions here have been through this; they
 * do not say which file the tree is from (pfb_file_fail()).
 *
 * Return: @code.
 */
int pfb_dtb_fail(struct pfb_error *err, int code);

/**
 * pfb_dtb_ecam() - read a host bridge's node
 * @dtb: the tree
 * @path: the node
 * @ecam: receives what it states
 * @err: receives what is wrong, or not supported
 *
 * Refuses memory windows that translate between CPU and bus addresses: a
 * guest-physical address would not be what a peer's request has to carry.
 *
 * Return: 0, -ENOENT (no such node), -EINVAL (malformed), -EOPNOTSUPP.
 */
int pfb_dtb_ecam(const struct pfb_dtb *dtb, const char *path, struct pfb_dtb_ecam *ecam,
		 struct pfb_error *err);

/**
 * pfb_dtb_flag_name() - a flag's name on command lines and in JSON
 * @flag: the flag
 *
 * Return: "pci-enum-done", "upl-params" or "probe-only".
 */
const char *pfb_dtb_flag_name(enum pfb_dtb_flag flag);

/**
 * pfb_dtb_flag_state_name() - a state in reports
 * @state: the state
 *
 * Return: "absent", "set", "zero" or "malformed".
 */
const char *pfb_dtb_flag_state_name(enum pfb_dtb_flag_state state);

/**
 * pfb_dtb_get_flag() - is a flag in a tree
 * @dtb: the tree
 * @flag: the flag
 * @bridge: the host bridge's path; only for %PFB_DTB_ENUM_DONE
 *
 * Return: its state.
 */
enum pfb_dtb_flag_state pfb_dtb_get_flag(const struct pfb_dtb *dtb, enum pfb_dtb_flag flag,
					 const char *bridge);

/**
 * pfb_dtb_set_flag() - set or remove a flag
 * @dtb: the tree
 * @flag: the flag; its node is made where it is missing
 * @bridge: the host bridge's path; only for %PFB_DTB_ENUM_DONE
 * @set: set it, or remove it
 * @err: receives what went wrong
 *
 * Return: 0, -ENOENT (no such bridge), -EINVAL.
 */
int pfb_dtb_set_flag(struct pfb_dtb *dtb, enum pfb_dtb_flag flag, const char *bridge,
		     bool set, struct pfb_error *err);

#endif /* PFB_TOOLS_DTB_H */
