/* SPDX-License-Identifier: GPL-2.0 */
/*
 * PCI configuration space of one segment, wherever it is: the enumerator and
 * the programmer see no more of a machine than this.
 */
#ifndef PFB_TOOLS_CONFIG_ACCESS_H
#define PFB_TOOLS_CONFIG_ACCESS_H

#include <pci_fixed_bars/error.h>
#include <pci_fixed_bars/types.h>

#include "line_socket.h"

/**
 * struct pfb_config_space - access to functions by bus and devfn
 * @read: read @width (1, 2, 4) bytes at @reg in one access; a function that
 *	is not there reads as all ones, which is no error
 * @write: write them
 * @ctx: handed to both
 * @segment: PCI segment
 * @first_bus: lowest bus that can be reached
 * @last_bus: highest bus that can be reached
 */
struct pfb_config_space {
	int (*read)(void *ctx, u8 bus, u8 devfn, u16 reg, unsigned int width, u32 *value,
		    struct pfb_error *err);
	int (*write)(void *ctx, u8 bus, u8 devfn, u16 reg, unsigned int width, u32 value,
		     struct pfb_error *err);
	void *ctx;
	u16 segment;
	u8 first_bus;
	u8 last_bus;
};

/**
 * struct pfb_ecam - configuration space as memory (PCIe 6.0 section 7.2.2)
 * @qtest: reaches that memory
 * @base: guest-physical address of bus @first_bus, device 0, function 0
 * @first_bus: the bus that @base belongs to
 * @last_bus: the last one that the area has room for
 */
struct pfb_ecam {
	struct pfb_line_socket *qtest;
	u64 base;
	u8 first_bus;
	u8 last_bus;
};

/**
 * pfb_ecam_config_space() - reach configuration space through ECAM and qtest
 * @ecam: where it is; must outlive @cs
 * @segment: its PCI segment
 * @cs: receives the access
 */
void pfb_ecam_config_space(struct pfb_ecam *ecam, u16 segment, struct pfb_config_space *cs);

/**
 * pfb_config_find_cap() - find a capability (PCI 3.0 section 6.7)
 * @cs: the configuration space
 * @bus: bus
 * @devfn: device and function
 * @id: capability id
 * @offset: receives where it is, 0 when there is none
 * @err: receives what went wrong
 *
 * A list that loops or leaves configuration space is an error.
 *
 * Return: 0, -EPROTO for a broken list, or what reading said.
 */
int pfb_config_find_cap(const struct pfb_config_space *cs, u8 bus, u8 devfn, u8 id,
			u16 *offset, struct pfb_error *err);

/**
 * pfb_config_find_ext_cap() - find an extended capability (PCIe 6.0 section 7.6)
 * @cs: the configuration space
 * @bus: bus
 * @devfn: device and function
 * @id: extended capability id
 * @offset: receives where it is, 0 when there is none
 * @err: receives what went wrong
 *
 * Return: 0, -EPROTO for a broken list, or what reading said.
 */
int pfb_config_find_ext_cap(const struct pfb_config_space *cs, u8 bus, u8 devfn, u16 id,
			    u16 *offset, struct pfb_error *err);

#endif /* PFB_TOOLS_CONFIG_ACCESS_H */
