/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What lspci prints, function by function: the text of `lspci -vvv -nn`, the hex
 * dumps of `lspci -xxxx`, or both. The format is that of pciutils, whose
 * lspci.c, ls-caps.c and ls-ecaps.c write it (3.1 to 3.14 were read, 3.9 and 3.13
 * tried), and whose lib/dump.c reads the dumps.
 */
#ifndef PFB_LIB_LSPCI_H
#define PFB_LIB_LSPCI_H

#include <pci_fixed_bars/error.h>
#include <pci_fixed_bars/topology.h>

#include "lib/config_space.h"
#include "lib/link.h"

#define PFB_LSPCI_INPUTS_MAX	64U
#define PFB_LSPCI_SIZE_MAX	(64U << 20)	/* bytes of all inputs together */
/* A function may stand in a text, and again in a dump. */
#define PFB_LSPCI_BLOCKS_MAX	(2U << 16)

/**
 * struct pfb_lspci_input - one file
 * @name: what errors call it
 * @text: its bytes; need not end in a NUL
 * @size: bytes in @text
 */
struct pfb_lspci_input {
	const char *name;
	const char *text;
	size_t size;
};

/**
 * struct pfb_lspci_place - where something stands
 * @input: which input
 * @line: line, from 1; 0 when it stands nowhere
 */
struct pfb_lspci_place {
	u32 input;
	u32 line;
};

/* struct pfb_lspci_function.said */
#define PFB_LSPCI_IDS		(1U << 0)	/* class, vendor and device */
#define PFB_LSPCI_TEXT		(1U << 1)	/* more than its first line */
#define PFB_LSPCI_CONTROL	(1U << 2)	/* the command register */
#define PFB_LSPCI_STATUS	(1U << 3)	/* whether it has capabilities */
#define PFB_LSPCI_CAP_LIST	(1U << 4)	/* it has */
#define PFB_LSPCI_BUSES		(1U << 5)	/* secondary and subordinate: it is a bridge */
#define PFB_LSPCI_CAPS		(1U << 6)	/* capabilities follow */
#define PFB_LSPCI_EXT_CAPS	(1U << 7)	/* extended ones among them */
#define PFB_LSPCI_DENIED	(1U << 8)	/* "<access denied>" */
#define PFB_LSPCI_EXPRESS	(1U << 9)	/* a PCI Express capability */
#define PFB_LSPCI_PORT		(1U << 10)	/* of a port whose type is in @fn */
#define PFB_LSPCI_ACS_CAP	(1U << 11)
#define PFB_LSPCI_ACS_CTRL	(1U << 12)
#define PFB_LSPCI_DEAD		(1U << 13)	/* its header reads as all ones */
#define PFB_LSPCI_WINDOWS	(1U << 14)	/* what a bridge forwards */

/**
 * struct pfb_lspci_function - what is printed of a function
 * @segment: its segment
 * @bus: its bus number
 * @devfn: its device and function number
 * @said: PFB_LSPCI_*, of the text
 * @text_at: its first line in a text, or in a dump when it stands in none
 * @hex_at: its first line in a dump
 * @fn: what the text says. Windows that it does not name are closed; a BAR that
 *	it names without an address has no %PFB_BAR_ASSIGNED
 * @bars: by bit of the PCI resource index: BARs that the text names
 * @virtual: those of @bars whose address is the kernel's, and not in a register
 * @rebar_sizes: as in struct pfb_capture_function
 * @link: what its link can do, as the text has it
 * @sriov: where its VFs are, as the text has it
 * @iommu_group: -1 when not said
 * @numa_node: -1 when not said
 * @driver: empty when not said
 * @name: empty when not said
 * @config: configuration space of the dump, or NULL
 * @config_size: its bytes: 64, 128, 256 or 4096
 * @config_room: bytes that are allocated
 */
struct pfb_lspci_function {
	u16 segment;
	u8 bus;
	u8 devfn;
	u32 said;
	struct pfb_lspci_place text_at;
	struct pfb_lspci_place hex_at;
	struct pfb_function fn;
	u16 bars;
	u16 virtual;
	u64 rebar_sizes[PFB_CONFIG_REBARS];
	struct pfb_link link;
	struct pfb_config_sriov sriov;
	int iommu_group;
	int numa_node;
	char driver[64];
	char name[128];
	u8 *config;
	size_t config_size;
	size_t config_room;
};

/**
 * struct pfb_lspci - what was read
 * @functions: ascending by segment, bus, devfn; each once
 * @nr: how many
 * @room: allocated entries
 * @skipped: functions in segments above ffff, which no path can name
 */
struct pfb_lspci {
	struct pfb_lspci_function *functions;
	u32 nr;
	u32 room;
	u32 skipped;
};

/**
 * pfb_lspci_read() - read what lspci printed
 * @lspci: receives it; pfb_lspci_free() it, after an error too
 * @inputs: the files, in any order
 * @nr: how many
 * @err: receives what is wrong, with file and line
 *
 * CRLF, spaces at the end, tabs that became spaces and quoting with '>' do not
 * matter, nor does what stands before and between. A line that a mailer has
 * wrapped is an error.
 *
 * Return: 0, -EINVAL, -E2BIG or -ENOMEM.
 */
int pfb_lspci_read(struct pfb_lspci *lspci, const struct pfb_lspci_input *inputs, u32 nr,
		   struct pfb_error *err);

/**
 * pfb_lspci_free() - give back what pfb_lspci_read() took
 * @lspci: what was read; may be all zero
 */
void pfb_lspci_free(struct pfb_lspci *lspci);

#endif /* PFB_LIB_LSPCI_H */
