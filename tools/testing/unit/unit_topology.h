/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Topologies for unit tests, built function by function in depth-first order.
 */
#ifndef UNIT_TOPOLOGY_H
#define UNIT_TOPOLOGY_H

#include <pci_fixed_bars/topology.h>

#define UNIT_MAX_ROOTS		4
#define UNIT_MAX_FUNCTIONS	512

/* The window of the QEMU RFC, and what QEMU's arm64 "virt" has below 4 GiB. */
#define UNIT_PREF_BASE		0x400000000000ULL
#define UNIT_PREF_LIMIT		0x7fffffffffffULL
#define UNIT_MEM_BASE		0x10000000ULL
#define UNIT_MEM_LIMIT		0x3efeffffULL
#define UNIT_IO_BASE		0x0ULL
#define UNIT_IO_LIMIT		0xffffULL

/**
 * struct unit_topology - a topology with its memory
 * @top: the topology
 * @roots: its root buses
 * @functions: its functions
 */
struct unit_topology {
	struct pfb_topology top;
	struct pfb_root roots[UNIT_MAX_ROOTS];
	struct pfb_function functions[UNIT_MAX_FUNCTIONS];
};

/**
 * unit_topology_init() - start with no root bus
 * @t: the topology
 */
void unit_topology_init(struct unit_topology *t);

/**
 * unit_add_root() - add a host bridge of segment 0 with the RFC's windows
 * @t: the topology
 * @bus: root bus number
 * @last_bus: its last bus number
 *
 * Return: its index.
 */
u32 unit_add_root(struct unit_topology *t, u8 bus, u8 last_bus);

/**
 * unit_add() - add a function to the last root bus
 * @t: the topology
 * @parent: index of the bridge above, or %PFB_NO_FUNCTION
 * @type: what it is; a bridge gets 64-bit prefetchable and 16-bit I/O windows
 * @dev: device number
 * @fn: function number
 *
 * Memory decode and bus mastering are on.
 *
 * Return: its index.
 */
u32 unit_add(struct unit_topology *t, u32 parent, enum pfb_port_type type, u8 dev, u8 fn);

/**
 * unit_bar() - give a function a BAR without an address
 * @t: the topology
 * @function: its index
 * @bar: PCI resource index
 * @size: bytes
 * @flags: PFB_BAR_*
 */
void unit_bar(struct unit_topology *t, u32 function, unsigned int bar, u64 size, u32 flags);

/**
 * struct unit_rfc - the functions of the RFC's topology, by index
 * @root_port: 0000:00:01.0
 * @upstream: the switch's upstream port
 * @down_gpu: the downstream port above the GPU
 * @gpu: GPU stand-in: 64-bit prefetchable bar2 of 4 GiB, small bar0
 * @down_nic: the downstream port above the NIC
 * @nic: NIC stand-in (NVMe): 64-bit bar0, not prefetchable
 * @other_port: 0000:00:02.0
 * @other_nic: a second NVMe behind @other_port
 * @empty_port: 0000:00:03.0, with nothing behind it
 */
struct unit_rfc {
	u32 root_port;
	u32 upstream;
	u32 down_gpu;
	u32 gpu;
	u32 down_nic;
	u32 nic;
	u32 other_port;
	u32 other_nic;
	u32 empty_port;
};

#define UNIT_RFC_GPU_BAR2	0x6b8000000000ULL
#define UNIT_RFC_GPU_SIZE	0x100000000ULL

/**
 * unit_add_rfc() - build the RFC's topology: no bus numbers, no addresses
 * @t: the topology, initialised here
 * @rfc: receives the indexes
 */
void unit_add_rfc(struct unit_topology *t, struct unit_rfc *rfc);

#endif /* UNIT_TOPOLOGY_H */
