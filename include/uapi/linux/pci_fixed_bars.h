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

#include <linux/ioctl.h>
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

/*
 * /dev/pci_fixed_bars: questions about BARs and paths, and dma-bufs of verified
 * BARs for peer-to-peer DMA.
 *
 * Each request's struct has its size in the request's number, and grows at its
 * end only. A module that is older than its caller takes a longer struct when
 * what it does not know is zero (else -E2BIG); one that is newer takes a
 * shorter one, with zero for what is missing. Every reserved field must be zero
 * (else -EINVAL), and so must every bit of flags that is not defined here.
 *
 * Where a struct has a text, it says in one line what the answer means or why
 * the request was refused: expected, actual and the fix. It is written on errors,
 * too, and may name addresses. A request that does not get that far may leave it
 * as the caller gave it, or empty: the caller lacks the capability, a field of the
 * struct cannot be as it is, memory or descriptors ran out.
 *
 * All requests but PFB_IOC_VERSION need CAP_SYS_ADMIN; PFB_IOC_EXPORT needs
 * CAP_SYS_RAWIO instead, and a kernel that is not locked down.
 */
#define PFB_DEVICE		"/dev/pci_fixed_bars"
#define PFB_IOC_MAGIC		0xbf
#define PFB_API_VERSION		1
#define PFB_TEXT_MAX		384

/**
 * enum pfb_bar_state - verdict of a BAR
 * @PFB_STATE_UNTRACKED: nobody stated anything
 * @PFB_STATE_VERIFIED: register and resource equal the declared GPA, and the
 *	declared HPA equals it too
 * @PFB_STATE_DECLARED: register and resource equal the declared GPA; no HPA was
 *	stated, or the match is uncertain
 * @PFB_STATE_PRESERVED: nothing declared, but firmware asked for preservation, the
 *	kernel honours it, and the BAR is where firmware left it
 * @PFB_STATE_MOVED: declared or baselined somewhere, and elsewhere now
 * @PFB_STATE_HPA_MISMATCH: where it was declared, and the stated HPA is another address
 * @PFB_STATE_UNASSIGNED: it has no address
 * @PFB_STATE_WRONG_SIZE: its size is not the declared one
 * @PFB_STATE_MISSING: the function, or the BAR, is not there
 * @PFB_STATE_ID_MISMATCH: another vendor:device sits at the declared path
 * @PFB_NR_STATES: how many there are; more may come
 */
enum pfb_bar_state {
	PFB_STATE_UNTRACKED,
	PFB_STATE_VERIFIED,
	PFB_STATE_DECLARED,
	PFB_STATE_PRESERVED,
	PFB_STATE_MOVED,
	PFB_STATE_HPA_MISMATCH,
	PFB_STATE_UNASSIGNED,
	PFB_STATE_WRONG_SIZE,
	PFB_STATE_MISSING,
	PFB_STATE_ID_MISMATCH,
	PFB_NR_STATES
};

/**
 * enum pfb_route_kind - verdict of a path between a provider BAR and a client
 * @PFB_ROUTE_DIRECT: the switch routes it
 * @PFB_ROUTE_DIRECT_TRANSLATED: only ATS-translated requests are routed by the
 *	switch, and the client sends those: ACS redirect is on and direct translated
 *	too, or an IOMMU translates what the client sends otherwise
 * @PFB_ROUTE_REDIRECTED: ACS sends it up to the root complex
 * @PFB_ROUTE_HOST_BRIDGE: no common switch
 * @PFB_ROUTE_BLOCKED: it cannot be used, whatever the ports do
 */
enum pfb_route_kind {
	PFB_ROUTE_DIRECT,
	PFB_ROUTE_DIRECT_TRANSLATED,
	PFB_ROUTE_REDIRECTED,
	PFB_ROUTE_HOST_BRIDGE,
	PFB_ROUTE_BLOCKED,
};

/* Why a path is not direct: every reason found, not only the first. */
#define PFB_WHY_BAR_STATE	(1U << 0)	/* the BAR's verdict does not pass */
#define PFB_WHY_CLIQUE		(1U << 1)	/* the host does not put them into one clique */
#define PFB_WHY_WINDOW		(1U << 2)	/* a bridge window does not cover the BAR */
#define PFB_WHY_MEMORY_OFF	(1U << 3)	/* memory decode off, provider or a bridge above it */
#define PFB_WHY_MASTER_OFF	(1U << 4)	/* bus mastering off, client or a bridge above it */
#define PFB_WHY_DMA_MASK	(1U << 5)	/* the client is not known to address the whole BAR */
#define PFB_WHY_IOMMU		(1U << 6)	/* an IOMMU translates the client's addresses */
#define PFB_WHY_NOT_PCI		(1U << 7)	/* the client is not a PCI device */
#define PFB_WHY_RESERVED	(1U << 8)	/* the CPU reserves the BAR's range */
#define PFB_WHY_ACS_REDIRECT	(1U << 9)	/* ACS P2P request or completion redirect is on */
#define PFB_WHY_ACS_EGRESS	(1U << 10)	/* ACS P2P egress control is on */
#define PFB_WHY_NO_COMMON	(1U << 11)	/* no bridge is above both */
#define PFB_WHY_NO_BAR		(1U << 12)	/* the provider has no such memory BAR */
#define PFB_WHY_SAME		(1U << 13)	/* provider and client are one function */
#define PFB_WHY_TRANSLATION_BLOCKED (1U << 14)	/* ACS refuses the client's translated requests */
#define PFB_WHY_P2PDMA		(1U << 15)	/* the kernel's p2pdma core says no */
#define PFB_NR_WHYS		16

/**
 * struct pfb_ioc_function - a PCI function by its present BDF
 * @segment: PCI segment
 * @bus: bus number
 * @devfn: device number times 8, plus function number
 */
struct pfb_ioc_function {
	__u16	segment;
	__u8	bus;
	__u8	devfn;
};

/**
 * struct pfb_ioc_version - handshake
 * @version: in: the %PFB_API_VERSION that the caller was built for; out: the module's
 * @reserved: zero
 * @module: out: the module's version, text
 *
 * Fails with -EPROTONOSUPPORT, and @version filled in, when the caller's is
 * higher than the module's: the caller may count on what is not there.
 */
struct pfb_ioc_version {
	__u32	version;
	__u32	reserved;
	char	module[32];
};

/* struct pfb_ioc_bar.flags */
#define PFB_IOC_BAR_EXISTS	(1U << 0)	/* there is such a BAR */
#define PFB_IOC_BAR_ASSIGNED	(1U << 1)	/* the kernel gave it an address */
#define PFB_IOC_BAR_DECLARED	(1U << 2)	/* declared is meaningful */
#define PFB_IOC_BAR_HPA		(1U << 3)	/* hpa is meaningful */

/**
 * struct pfb_ioc_bar - all that is known of one BAR, as of the last check
 * @function: in: the function
 * @bar: in: PCI resource index, below %PFB_NR_BARS
 * @state: out: enum pfb_bar_state
 * @flags: out: PFB_IOC_BAR_*
 * @registered: out: address that the BAR's register holds
 * @resource: out: start of the kernel's resource, as a bus address
 * @size: out: bytes
 * @declared: out: guest-physical address that was declared
 * @hpa: out: host-physical address that was declared
 * @clique: out: clique of the function, or %PFB_CLIQUE_NONE
 * @manifest_flags: out: PFB_MANIFEST_FN_* of the function
 * @reserved: zero
 * @text: out: the verdict in words
 *
 * Fails with -ENODEV when there is no such function, or it is not checked (a VF, one that
 * is being removed, one that no path can name), -ENOENT when nothing is known of such a BAR.
 */
struct pfb_ioc_bar {
	struct pfb_ioc_function function;
	__u32	bar;
	__u32	state;
	__u32	flags;
	__u64	registered;
	__u64	resource;
	__u64	size;
	__u64	declared;
	__u64	hpa;
	__u32	clique;
	__u32	manifest_flags;
	__u64	reserved;
	char	text[PFB_TEXT_MAX];
};

#define PFB_IOC_PATH_HOPS	33

/**
 * struct pfb_ioc_hop - one station of a request
 * @function: the function
 * @action: 0 the client, 1 forwarded up, 2 turned round, 3 forwarded down, 4 the provider
 * @why: PFB_WHY_* found at this very place
 */
struct pfb_ioc_hop {
	struct pfb_ioc_function function;
	__u32	action;
	__u32	why;
};

/**
 * struct pfb_ioc_path - does a client reach a BAR directly
 * @provider: in: the function that has the BAR
 * @bar: in: PCI resource index
 * @client: in: the function that sends
 * @kind: out: enum pfb_route_kind
 * @why: out: all PFB_WHY_* found
 * @passes: out: 1 when an importer with this client may attach to an export of
 *	the BAR, else 0
 * @decider: out: index in @hops of the port that decides, or 0xffffffff
 * @nr_hops: out: entries used in @hops
 * @hops: out: from the client to the provider
 * @reserved: zero
 * @text: out: the reasons in words, whole ones, in ascending order of their bits; it
 *	ends in "(+N more)" where there is not room for all of @why
 *
 * What is asked is what an importer's attach asks. Fails with -ENODEV when one
 * of the functions is not there.
 */
struct pfb_ioc_path {
	struct pfb_ioc_function provider;
	__u32	bar;
	struct pfb_ioc_function client;
	__u32	kind;
	__u32	why;
	__u32	passes;
	__u32	decider;
	__u32	nr_hops;
	struct pfb_ioc_hop hops[PFB_IOC_PATH_HOPS];
	__u32	reserved;
	char	text[PFB_TEXT_MAX];
};

/**
 * struct pfb_ioc_manifest - declare by a manifest
 * @data: in: address of the manifest in the caller's memory; 0 with @size 0
 *	takes back what was loaded before
 * @size: in: bytes, at most %PFB_MANIFEST_SIZE_MAX
 * @flags: in: zero
 * @nr_functions: out: how many functions it declares
 * @reserved: zero
 * @text: out: what was loaded, or what is wrong with it
 *
 * Takes the place of what was loaded by an earlier call. It is one source among
 * others: what contradicts another source applies to neither. Verdicts, exports
 * and bindings follow before the call returns. Fails with what is wrong with the manifest
 * (-EINVAL, -E2BIG, -EPROTONOSUPPORT, -EBADMSG), and then changes nothing.
 */
struct pfb_ioc_manifest {
	__u64	data;
	__u32	size;
	__u32	flags;
	__u32	nr_functions;
	__u32	reserved;
	char	text[PFB_TEXT_MAX];
};

/**
 * struct pfb_ioc_verify - read every function again and judge it
 * @flags: in: zero
 * @nr_states: out: entries used in @bars
 * @bars: out: how many BARs are in each state, by enum pfb_bar_state
 *
 * Paths of importers that are attached are judged again, too: an export that
 * one of them no longer reaches directly is revoked.
 */
struct pfb_ioc_verify {
	__u32	flags;
	__u32	nr_states;
	__u32	bars[16];
};

#define PFB_EXPORT_RANGES_MAX	1024

/**
 * struct pfb_ioc_range - a part of a BAR
 * @offset: bytes from the BAR's start, a multiple of the page size
 * @length: bytes, a multiple of the page size, not 0
 */
struct pfb_ioc_range {
	__u64	offset;
	__u64	length;
};

/**
 * struct pfb_ioc_export - make a dma-buf of a verified BAR
 * @provider: in: the function that has the BAR
 * @bar: in: PCI resource index, 0 to 5
 * @ranges: in: address of struct pfb_ioc_range in the caller's memory, in
 *	ascending order without overlap; 0 with @nr_ranges 0: the whole BAR
 * @nr_ranges: in: how many, at most %PFB_EXPORT_RANGES_MAX
 * @flags: in: zero
 * @fd: out: the dma-buf, close-on-exec
 * @reserved: zero
 * @size: out: bytes in the dma-buf
 * @owner: out: driver that the function is bound to, text; empty: none. The
 *	export is revoked when that driver unbinds, or another one binds
 * @text: out: why there is no export
 *
 * Fails with -ENODEV when there is no such function, or it does not answer, -EPERM
 * when the BAR's verdict does not pass, or the caller may not, -EINVAL for what is no
 * memory BAR or a range that is not within it or not of whole pages, -EBUSY when the
 * BAR has struct pages (p2pmem), -EIO when memory decode is off, -EOPNOTSUPP for a
 * VF, -EAGAIN when the BAR moved, or the function got another driver, meanwhile: ask
 * again.
 */
struct pfb_ioc_export {
	struct pfb_ioc_function provider;
	__u32	bar;
	__u64	ranges;
	__u32	nr_ranges;
	__u32	flags;
	__s32	fd;
	__u32	reserved;
	__u64	size;
	char	owner[64];
	char	text[PFB_TEXT_MAX];
};

/* struct pfb_ioc_enforce.flags */
#define PFB_ENFORCE_DRY_RUN	(1U << 0)	/* only plan, and touch nothing */

#define PFB_ENFORCE_REPORT_MAX	(256 * 1024)

/**
 * struct pfb_ioc_enforce - move every declared BAR that is elsewhere to its address
 * @report: in: address in the caller's memory that receives what was planned and
 *	done, as text without a NUL; 0 with @size 0: none
 * @size: in: bytes there; out: bytes that the whole report has, at most
 *	%PFB_ENFORCE_REPORT_MAX, of which as many were written as there was room for
 * @flags: in: PFB_ENFORCE_*
 * @nr_refused: out: how often something was refused
 * @reserved: zero
 * @text: out: what was refused first, and why
 *
 * All or nothing for each root port, with the windows above what moves and what is in
 * its way; drivers of functions that move are released and attached again. The report
 * is that of /sys/kernel/pci_fixed_bars/enforce. Fails with -EPERM under
 * policy=observe, unless it is a dry run, and with the last error when something
 * was refused: the rest is done.
 */
struct pfb_ioc_enforce {
	__u64	report;
	__u32	size;
	__u32	flags;
	__u32	nr_refused;
	__u32	reserved;
	char	text[PFB_TEXT_MAX];
};

#define PFB_IOC_VERSION		_IOWR(PFB_IOC_MAGIC, 0, struct pfb_ioc_version)
#define PFB_IOC_BAR		_IOWR(PFB_IOC_MAGIC, 1, struct pfb_ioc_bar)
#define PFB_IOC_PATH		_IOWR(PFB_IOC_MAGIC, 2, struct pfb_ioc_path)
#define PFB_IOC_MANIFEST	_IOWR(PFB_IOC_MAGIC, 3, struct pfb_ioc_manifest)
#define PFB_IOC_VERIFY		_IOWR(PFB_IOC_MAGIC, 4, struct pfb_ioc_verify)
#define PFB_IOC_EXPORT		_IOWR(PFB_IOC_MAGIC, 5, struct pfb_ioc_export)
#define PFB_IOC_ENFORCE		_IOWR(PFB_IOC_MAGIC, 6, struct pfb_ioc_enforce)

#endif /* _UAPI_LINUX_PCI_FIXED_BARS_H */
