/* SPDX-License-Identifier: GPL-2.0 */
/* A machine made of files: /sys, /proc and /lib in a temporary folder. */
#ifndef UNIT_GUEST_H
#define UNIT_GUEST_H

#include <pci_fixed_bars/topology.h>

#define UNIT_GUEST_CONFIG_SIZE	4096

/* Resource flags as sysfs prints them (include/linux/ioport.h). */
#define UNIT_RES_MEM32		0x00040200ULL
#define UNIT_RES_MEM64		0x00140204ULL
#define UNIT_RES_PREF64		0x0014220cULL
#define UNIT_RES_IO		0x00040101ULL
#define UNIT_RES_UNSET		0x20000000ULL

/**
 * struct unit_guest_bar - one BAR of a function to be made
 * @address: what register and resource hold
 * @size: bytes, 0 for none; of all VFs together for a VF BAR
 * @flags: UNIT_RES_*
 */
struct unit_guest_bar {
	u64 address;
	u64 size;
	u64 flags;
};

/**
 * struct unit_guest_fn - a function to be made
 * @link: its place below /sys/devices, from the host bridge down, as in
 *	"pci0000:00/0000:00:01.0"
 * @vendor: vendor id
 * @device: device id
 * @type: what it is
 * @command: command register
 * @secondary: bridges: secondary bus; the subordinate bus is the same unless stated
 * @subordinate: bridges: subordinate bus
 * @mem: bridges: memory window, closed when its limit is 0
 * @pref: bridges: 64-bit prefetchable window, closed when its limit is 0
 * @has_acs: it has an ACS capability
 * @acs_ctrl: ACS control
 * @ats: 0: no ATS; 1: off; 2: on
 * @total_vfs: SR-IOV TotalVFs, 0 without the capability
 * @driver: driver that is bound, or NULL
 * @dma_mask_bits: as sysfs shows it
 * @iommu_type: type of its IOMMU group, NULL without a group
 * @pf: BDF of its physical function, NULL unless it is a VF
 * @bars: by PCI resource index
 */
struct unit_guest_fn {
	const char *link;
	u16 vendor;
	u16 device;
	enum pfb_port_type type;
	u16 command;
	u8 secondary;
	u8 subordinate;
	struct pfb_window mem;
	struct pfb_window pref;
	bool has_acs;
	u16 acs_ctrl;
	int ats;
	u16 total_vfs;
	const char *driver;
	unsigned int dma_mask_bits;
	const char *iommu_type;
	const char *pf;
	struct unit_guest_bar bars[PFB_NR_BARS];
};

/**
 * struct unit_guest - the machine
 * @root: the folder, to be given as --sysroot
 * @iomem: lines of /proc/iomem, added to by unit_guest_add()
 * @iomem_used: bytes in @iomem
 * @nr_groups: IOMMU groups so far; each function has its own, numbered from 0
 */
struct unit_guest {
	char root[64];
	char iomem[16384];
	size_t iomem_used;
	unsigned int nr_groups;
};

/**
 * unit_guest_create() - an empty machine
 * @guest: receives it
 */
void unit_guest_create(struct unit_guest *guest);

/**
 * unit_guest_add() - add a function, with its lines in /proc/iomem
 * @guest: the machine
 * @fn: the function
 */
void unit_guest_add(struct unit_guest *guest, const struct unit_guest_fn *fn);

/**
 * unit_guest_add_rfc() - the QEMU RFC's layout: GPU and NIC below one switch, another NIC elsewhere
 * @guest: the machine
 * @gpu_bar2: where the GPU's BAR 2 (4 GiB) is
 *
 * 00:01.0 root port, 01:00.0 upstream port, 02:00.0 and 02:01.0 downstream
 * ports, 03:00.0 GPU (1af4:1110), 04:00.0 NIC (1b36:0010, driver nvme, 64-bit
 * DMA); 00:02.0 root port, 05:00.0 the other NIC.
 */
void unit_guest_add_rfc(struct unit_guest *guest, u64 gpu_bar2);

/**
 * unit_guest_write() - write a file of the machine, and the folders above it
 * @guest: the machine
 * @path: absolute within the machine
 * @data: content
 * @size: bytes in @data
 */
void unit_guest_write(const struct unit_guest *guest, const char *path, const void *data,
		      size_t size);

/**
 * unit_guest_text() - write a text file of the machine
 * @guest: the machine
 * @path: absolute within the machine
 * @text: content
 */
void unit_guest_text(const struct unit_guest *guest, const char *path, const char *text);

/**
 * unit_guest_config() - change configuration space of a function
 * @guest: the machine
 * @link: its place, as in struct unit_guest_fn.link
 * @offset: first byte to write
 * @data: bytes
 * @size: how many
 */
void unit_guest_config(const struct unit_guest *guest, const char *link, size_t offset,
		       const void *data, size_t size);

/**
 * unit_guest_config_cut() - let no more of configuration space be read
 * @guest: the machine
 * @link: the function's place
 * @size: bytes that can be read: 64 are a user's, 256 are root's where the kernel
 *	reaches no extended configuration space
 */
void unit_guest_config_cut(const struct unit_guest *guest, const char *link, off_t size);

/**
 * unit_guest_finish() - write what was collected: /proc/iomem and /proc/cpuinfo
 * @guest: the machine
 * @cpu_vendor: vendor_id in /proc/cpuinfo, NULL for a CPU that states none
 */
void unit_guest_finish(struct unit_guest *guest, const char *cpu_vendor);

/**
 * unit_guest_remove() - delete the machine's files
 * @guest: the machine
 */
void unit_guest_remove(struct unit_guest *guest);

#endif /* UNIT_GUEST_H */
