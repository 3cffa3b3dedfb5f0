/* SPDX-License-Identifier: GPL-2.0 */
/* What a function's configuration space says, wherever it was read. */
#ifndef PFB_LIB_CONFIG_SPACE_H
#define PFB_LIB_CONFIG_SPACE_H

#include <pci_fixed_bars/topology.h>

#define PFB_CONFIG_SPACE_MIN	64	/* what the kernel lets everybody read */
#define PFB_CONFIG_SPACE_PCI	256	/* what PCI Express calls PCI-compatible */
#define PFB_CONFIG_SPACE_MAX	4096

/**
 * struct pfb_config_bars - what the base address registers hold
 * @address: by PCI resource index: the register's address bits
 * @flags: by PCI resource index: PFB_BAR_*; meaningless where no BAR is
 */
struct pfb_config_bars {
	u64 address[PFB_NR_BARS];
	u32 flags[PFB_NR_BARS];
};

/**
 * pfb_config_space_decode() - read a function's configuration space
 * @config: the bytes
 * @size: how many, %PFB_CONFIG_SPACE_MIN to %PFB_CONFIG_SPACE_MAX
 * @fn: its type, ids, class, flags, bus numbers, windows and capabilities are set;
 *	its place in the topology and its BARs are not
 * @bars: receives the base address registers. Which of them exist cannot be
 *	told from reading: sizes come from elsewhere
 *
 * Of 64 bytes the capabilities cannot be told: then a bridge is
 * %PFB_PORT_PCI_BRIDGE.
 *
 * Return: true when the capabilities that exist could be read.
 */
bool pfb_config_space_decode(const u8 *config, size_t size, struct pfb_function *fn,
			     struct pfb_config_bars *bars);

/**
 * pfb_config_space_lnkcap() - what a PCI Express function's link can do
 * @config: the bytes
 * @size: how many, %PFB_CONFIG_SPACE_MIN to %PFB_CONFIG_SPACE_MAX
 *
 * Return: the Link Capabilities register, 0 where none can be read.
 */
u32 pfb_config_space_lnkcap(const u8 *config, size_t size);

/* BARs 0 to 5 can be resizable. */
#define PFB_CONFIG_REBARS	6

/**
 * pfb_config_space_rebar() - which sizes resizable BARs can have
 * @config: the bytes
 * @size: how many, %PFB_CONFIG_SPACE_MIN to %PFB_CONFIG_SPACE_MAX
 * @sizes: receives by BAR: bit n is 2^(n + 20) bytes; 0 for a BAR that is not resizable
 */
void pfb_config_space_rebar(const u8 *config, size_t size, u64 sizes[PFB_CONFIG_REBARS]);

/**
 * struct pfb_config_sriov - where a PF's VFs are
 * @nr: VFs that are enabled, 0 without SR-IOV
 * @offset: from the PF's routing id (bus << 8 | devfn) to that of its first VF
 * @stride: from one VF to the next
 * @device: device id of the VFs
 */
struct pfb_config_sriov {
	u16 nr;
	u16 offset;
	u16 stride;
	u16 device;
};

/**
 * pfb_config_space_sriov() - where a PF's VFs are
 * @config: the bytes
 * @size: how many, %PFB_CONFIG_SPACE_MIN to %PFB_CONFIG_SPACE_MAX
 * @sriov: receives it
 */
void pfb_config_space_sriov(const u8 *config, size_t size, struct pfb_config_sriov *sriov);

#endif /* PFB_LIB_CONFIG_SPACE_H */
