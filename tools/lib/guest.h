/* SPDX-License-Identifier: GPL-2.0 */
/* The PCI functions of the machine this runs on, as its kernel shows them. */
#ifndef PFB_LIB_GUEST_H
#define PFB_LIB_GUEST_H

#include <pci_fixed_bars/error.h>
#include <pci_fixed_bars/topology.h>

#define PFB_BDF_TEXT_MAX	16	/* "ffff:ff:1f.7" */

enum pfb_iommu {
	PFB_IOMMU_NONE,		/* no IOMMU group */
	PFB_IOMMU_IDENTITY,	/* in a group, addresses pass unchanged */
	PFB_IOMMU_TRANSLATES,
	PFB_IOMMU_UNKNOWN,	/* in a group whose type cannot be read */
};

/**
 * struct pfb_guest_function - what the kernel shows beside configuration space
 * @bdf: segment:bus:device.function
 * @pf: of an SR-IOV virtual function: its physical function, else empty
 * @driver: driver that is bound, empty without one
 * @iommu_type: the kernel's word for the type of its IOMMU group, else empty
 * @iommu: what that means for the addresses it sends
 * @iommu_group: number of its IOMMU group, -1 without one
 * @numa_node: its NUMA node, -1 without one
 * @dma_mask_bits: bits of address that its driver said it can send, 0 when not
 *	known; the kernel's 32 means nothing while no driver has set it
 * @caps_read: its capabilities could be read, as far as the kernel can (root can)
 * @no_ext_space: the kernel reaches no extended configuration space of it, though it
 *	is PCI Express: for this kernel it has no ACS, ATS or SR-IOV
 * @resource: by PCI resource index: start of the kernel's resource, as a bus address
 * @seen: by PCI resource index: the register is that of a BAR, whether or not the
 *	kernel has kept a resource (it empties those that fit nowhere)
 * @in_tree: by PCI resource index: the resource stands in the kernel's resource
 *	tree; meaningless unless struct pfb_guest.tree_read
 */
struct pfb_guest_function {
	char bdf[PFB_BDF_TEXT_MAX];
	char pf[PFB_BDF_TEXT_MAX];
	char driver[64];
	char iommu_type[32];
	enum pfb_iommu iommu;
	int iommu_group;
	int numa_node;
	unsigned int dma_mask_bits;
	bool caps_read;
	bool no_ext_space;
	u64 resource[PFB_NR_BARS];
	bool seen[PFB_NR_BARS];
	bool in_tree[PFB_NR_BARS];
};

/* A host bridge of a device tree may forward to other addresses than it is asked for. */
#define PFB_RANGES_MAX		16

/**
 * struct pfb_guest_range - one of the windows of a host bridge (an entry of its ``ranges``)
 * @cpu: first address, as the CPU sees it
 * @bus: the same place, as PCI sees it
 * @size: bytes
 */
struct pfb_guest_range {
	u64 cpu;
	u64 bus;
	u64 size;
};

/**
 * struct pfb_guest_root - what the kernel shows of a host bridge
 * @dt_node: folder of its device-tree node, NULL without one
 * @ranges: memory that it forwards, from the device tree; else from /proc/iomem, where
 *	the two addresses are taken for one
 * @nr_ranges: used entries of @ranges
 */
struct pfb_guest_root {
	char *dt_node;
	struct pfb_guest_range ranges[PFB_RANGES_MAX];
	unsigned int nr_ranges;
};

/**
 * struct pfb_guest - a machine
 * @sysroot: put before every path; empty on the machine itself
 * @top: its functions
 * @functions: beside @top.functions, same index
 * @roots: beside @top.roots, same index
 * @tree_read: /proc/iomem shows addresses (root only)
 * @module_loaded: the module pci_fixed_bars is loaded
 * @release: the kernel's release, empty when it cannot be read
 * @cpu_vendor: such as "GenuineIntel", "AuthenticAMD"; empty when not known
 * @config_cut: functions whose capabilities could not be read
 * @skipped: functions in segments above ffff, which no path can name
 */
struct pfb_guest {
	char *sysroot;
	struct pfb_topology top;
	struct pfb_guest_function *functions;
	struct pfb_guest_root *roots;
	bool tree_read;
	bool module_loaded;
	char release[96];
	char cpu_vendor[32];
	u32 config_cut;
	u32 skipped;
};

/* What stands in place of a text that names addresses, unless struct pfb_guest.tree_read. */
#define PFB_HIDDEN	"run as root to see it: it names addresses"

/**
 * pfb_guest_read() - read all PCI functions of the machine
 * @guest: receives them; pfb_guest_free() it, after an error too
 * @sysroot: put before every path, "" for the machine itself
 * @vfs: with SR-IOV virtual functions. What is declared is matched without them,
 *	as in the module; a VF as the client of a path takes them
 * @err: receives what failed
 *
 * Return: 0, -ENODEV when there is no PCI, -ENOMEM, -EAGAIN when a function went
 * meanwhile, -EINVAL for a topology that contradicts itself, or the negative
 * errno of reading.
 */
int pfb_guest_read(struct pfb_guest *guest, const char *sysroot, bool vfs,
		   struct pfb_error *err);

/**
 * pfb_guest_free() - give back what pfb_guest_read() took
 * @guest: the machine; may be all zero
 */
void pfb_guest_free(struct pfb_guest *guest);

/**
 * pfb_guest_range_of() - by which of a host bridge's ranges an address is forwarded
 * @root: the host bridge
 * @first: the first bus address
 * @last: the last one, in the same range or there is none
 *
 * Return: the range, or NULL.
 */
const struct pfb_guest_range *pfb_guest_range_of(const struct pfb_guest_root *root, u64 first,
						 u64 last);

/**
 * pfb_guest_path() - a path below the machine's root
 * @guest: the machine
 * @fmt: printf format of an absolute path
 *
 * Return: malloc()ed text that the caller frees, or NULL without memory.
 */
char *pfb_guest_path(const struct pfb_guest *guest, const char *fmt, ...) __printf(2, 3);

/**
 * pfb_guest_find() - the function that a person named
 * @guest: the machine
 * @name: a path or BDF (the segment may be left out), or a file below /sys or
 *	/dev that belongs to a device, such as /sys/class/nvme/nvme0
 * @index: receives the function, %PFB_NO_FUNCTION when @name is a device that is
 *	no PCI function
 * @err: receives why there is none
 *
 * Return: 0, -EINVAL for text that names nothing, -ENODEV when nothing is there.
 */
int pfb_guest_find(const struct pfb_guest *guest, const char *name, u32 *index,
		   struct pfb_error *err);

/**
 * pfb_guest_reserved() - does the CPU reserve a part of a range
 * @guest: the machine
 * @base: first address
 * @size: bytes
 *
 * Return: true when a device cannot be reached there by its own address.
 */
bool pfb_guest_reserved(const struct pfb_guest *guest, u64 base, u64 size);

#endif /* PFB_LIB_GUEST_H */
