/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PCI_FIXED_BARS_DECLARATION_H
#define PCI_FIXED_BARS_DECLARATION_H

#include <uapi/linux/pci_fixed_bars.h>
#include <pci_fixed_bars/path.h>
#include <pci_fixed_bars/types.h>

/**
 * enum pfb_source - where a fact was read
 * @PFB_SOURCE_DT: device tree, ``pci-enum-done`` or ``linux,pci-probe-only``
 * @PFB_SOURCE_ACPI: ACPI ``_DSM`` function 5 of a host bridge
 * @PFB_SOURCE_FW_CFG_FIXED_BARS: fw_cfg file ``etc/fixed-bars``
 * @PFB_SOURCE_FW_CFG_MANIFEST: fw_cfg file ``opt/org.pci-fixed-bars/manifest``
 * @PFB_SOURCE_FIRMWARE_FILE: firmware file ``pci-fixed-bars/manifest.bin``
 * @PFB_SOURCE_PARAM: module parameter ``fixed_bars=`` (in tools: the same text)
 * @PFB_SOURCE_IOCTL: manifest loaded at run time
 * @PFB_NR_SOURCES: how many there are
 *
 * The order is that of reports; no source outranks another, and two that
 * disagree are both refused.
 */
enum pfb_source {
	PFB_SOURCE_DT,
	PFB_SOURCE_ACPI,
	PFB_SOURCE_FW_CFG_FIXED_BARS,
	PFB_SOURCE_FW_CFG_MANIFEST,
	PFB_SOURCE_FIRMWARE_FILE,
	PFB_SOURCE_PARAM,
	PFB_SOURCE_IOCTL,
	PFB_NR_SOURCES
};

/**
 * pfb_source_name() - a source's name in reports
 * @source: the source
 *
 * Context: any.
 * Return: a constant string such as "fw_cfg:etc/fixed-bars".
 */
const char *pfb_source_name(enum pfb_source source);

/**
 * struct pfb_declared_bar - where one BAR was said to be
 * @gpa: guest-physical address
 * @hpa: host-physical address; only with %PFB_MANIFEST_BAR_HPA in @flags
 * @size: size in bytes; 0 when it was not stated
 * @flags: %PFB_MANIFEST_BAR_*
 * @index: PCI resource index, 0 to %PFB_NR_BARS - 1: BARs 0 to 5, %PFB_BAR_ROM,
 *	VF BARs from %PFB_BAR_VF0
 */
struct pfb_declared_bar {
	u64 gpa;
	u64 hpa;
	u64 size;
	u32 flags;
	u8 index;
};

/**
 * struct pfb_declaration - what one source says of one function
 * @path: the function; where nr_hops is 1 it may be a BDF
 * @source: who says so
 * @flags: %PFB_MANIFEST_FN_*
 * @clique: functions of equal clique reach each other directly on the host;
 *	%PFB_CLIQUE_NONE when not stated
 * @vendor: PCI vendor id to cross-check, %PFB_ANY_ID when not stated
 * @device: PCI device id to cross-check, %PFB_ANY_ID when not stated
 * @uncertain: the function was matched by something that also fits another
 *	(identical functions in ``etc/fixed-bars`` v1); its BARs are never
 *	``verified``
 * @nr_bars: entries in @bars
 * @bars: the declared BARs, in ascending @index, no index twice
 */
struct pfb_declaration {
	struct pfb_path path;
	enum pfb_source source;
	u32 flags;
	u32 clique;
	u16 vendor;
	u16 device;
	bool uncertain;
	u8 nr_bars;
	struct pfb_declared_bar bars[PFB_NR_BARS];
};

/**
 * pfb_declaration_add_bar() - add a BAR to a declaration, if it can be a BAR
 * @decl: the declaration; @bar is inserted by its index
 * @bar: the BAR
 *
 * Checks all that can be told without the function itself: flags, a size that
 * is a power of two, addresses that are multiples of it (and so cannot wrap), 32-bit
 * BARs below 4 GiB, no index twice, and no BAR in the upper half of a 64-bit one.
 *
 * Context: any.
 * Return: NULL, or what is wrong with it, a constant text that follows the
 * name of the BAR in a sentence; then @decl is unchanged.
 */
const char *pfb_declaration_add_bar(struct pfb_declaration *decl,
				    const struct pfb_declared_bar *bar);

/**
 * typedef pfb_declare_fn - receives each declaration that a parser finds
 * @ctx: the caller's
 * @decl: valid during the call
 * @err: describe a refusal here
 *
 * Parsers check the whole input before the first call: what is broken
 * declares nothing.
 *
 * Return: 0 to go on, or a negative errno, which ends the parse.
 */
typedef int (*pfb_declare_fn)(void *ctx, const struct pfb_declaration *decl,
			      struct pfb_error *err);

#endif /* PCI_FIXED_BARS_DECLARATION_H */
