/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * The manifest: what a hypervisor or operator states about a guest's BARs.
 *
 * One binary format for fw_cfg (opt/org.pci-fixed-bars/manifest), the
 * initramfs (pci-fixed-bars/manifest.bin) and the tools. All numbers are
 * little-endian, nothing is padded implicitly, every reserved byte is zero
 * and a reader refuses one that is not.
 *
 *	struct pfb_manifest_header
 *	struct pfb_manifest_function, header.nr_functions times
 *	struct pfb_manifest_bar, header.nr_bars times
 *	__le32 order, header.nr_bars times
 *
 * Functions come in ascending order of (segment, bus, hops, nr_hops), no
 * function twice. BARs come function by function, in ascending index, none
 * twice.
 *
 * The order table numbers the BARs (0 is the first in the file) by address:
 * memory BARs in ascending gpa, then I/O BARs in ascending gpa. With it a
 * reader that cannot allocate memory finds every overlap in one pass, and an
 * order table that is wrong is found in the same pass.
 */
#ifndef _UAPI_LINUX_PCI_FIXED_BARS_H
#define _UAPI_LINUX_PCI_FIXED_BARS_H

#include <linux/types.h>

/* The kernel's PCI resource numbering (include/linux/pci.h, PCI_STD_RESOURCES). */
#define PFB_BAR_ROM		6
#define PFB_BAR_VF0		7
#define PFB_NR_BARS		13

#define PFB_CLIQUE_NONE		0xffffffffU
#define PFB_ANY_ID		0xffff

#define PFB_MANIFEST_MAGIC	"PFBARS\r\n"	/* 8 bytes, no NUL; text-mode copies show */
#define PFB_MANIFEST_VERSION	1
#define PFB_MANIFEST_SIZE_MAX	(1024 * 1024)
#define PFB_MANIFEST_HOPS_MAX	16

/**
 * struct pfb_manifest_header - start of a manifest
 * @magic: %PFB_MANIFEST_MAGIC
 * @version: %PFB_MANIFEST_VERSION
 * @header_size: size of this struct in bytes
 * @total_size: size of the whole manifest in bytes, header included
 * @crc32: CRC-32 (ISO-HDLC, as in zlib) of the whole manifest with this field zero
 * @nr_functions: functions that follow
 * @nr_bars: BARs that follow, of all functions together
 * @reserved: zero
 */
struct pfb_manifest_header {
	__u8	magic[8];
	__le16	version;
	__le16	header_size;
	__le32	total_size;
	__le32	crc32;
	__le32	nr_functions;
	__le32	nr_bars;
	__u8	reserved[4];
};

/* struct pfb_manifest_function.flags */
#define PFB_MANIFEST_FN_PROVIDER	(1U << 0)	/* may provide its BARs for P2P DMA */
#define PFB_MANIFEST_FN_CLIENT		(1U << 1)	/* is meant to reach providers */

/**
 * struct pfb_manifest_function - one PCI function
 * @segment: PCI segment
 * @bus: root bus that the path starts on
 * @nr_hops: entries used in @hops, 1 to %PFB_MANIFEST_HOPS_MAX
 * @hops: devfn of each bridge from the root bus down, the function last; unused ones zero
 * @vendor: vendor id to cross-check, or %PFB_ANY_ID
 * @device: device id to cross-check, or %PFB_ANY_ID
 * @flags: PFB_MANIFEST_FN_*
 * @clique: functions of equal clique reach each other directly on the host, or %PFB_CLIQUE_NONE
 * @nr_bars: how many of the BARs are this function's; may be 0
 * @reserved: zero
 */
struct pfb_manifest_function {
	__le16	segment;
	__u8	bus;
	__u8	nr_hops;
	__u8	hops[PFB_MANIFEST_HOPS_MAX];
	__le16	vendor;
	__le16	device;
	__le32	flags;
	__le32	clique;
	__u8	nr_bars;
	__u8	reserved[7];
};

/* struct pfb_manifest_bar.flags */
#define PFB_MANIFEST_BAR_HPA		(1U << 0)	/* hpa is stated */
#define PFB_MANIFEST_BAR_IO		(1U << 1)	/* an I/O BAR; gpa is a port number */
#define PFB_MANIFEST_BAR_MEM64		(1U << 2)	/* a 64-bit BAR */
#define PFB_MANIFEST_BAR_PREFETCH	(1U << 3)	/* prefetchable */

/**
 * struct pfb_manifest_bar - one BAR
 * @index: PCI resource index, below %PFB_NR_BARS
 * @reserved: zero
 * @flags: PFB_MANIFEST_BAR_*
 * @gpa: guest-physical address; a multiple of @size, and of 16 (I/O: 4) when
 *	@size is not stated
 * @hpa: host-physical address, zero without %PFB_MANIFEST_BAR_HPA
 * @size: size in bytes, a power of two, or 0 when not stated
 */
struct pfb_manifest_bar {
	__u8	index;
	__u8	reserved[3];
	__le32	flags;
	__le64	gpa;
	__le64	hpa;
	__le64	size;
};

#endif /* _UAPI_LINUX_PCI_FIXED_BARS_H */
