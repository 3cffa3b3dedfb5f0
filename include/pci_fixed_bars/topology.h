/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PCI_FIXED_BARS_TOPOLOGY_H
#define PCI_FIXED_BARS_TOPOLOGY_H

#include <uapi/linux/pci_fixed_bars.h>
#include <pci_fixed_bars/path.h>
#include <pci_fixed_bars/types.h>

#define PFB_NO_FUNCTION		0xffffffffU

/* Root buses have windows of three kinds; so do bridges. */
enum pfb_window_kind {
	PFB_WINDOW_IO,
	PFB_WINDOW_MEM,		/* non-prefetchable, below 4 GiB */
	PFB_WINDOW_PREF,	/* prefetchable; on a root bus: the 64-bit window */
	PFB_NR_WINDOWS
};

/**
 * struct pfb_window - addresses forwarded downstream
 * @base: first address
 * @limit: last address (inclusive); below @base when the window is closed
 */
struct pfb_window {
	u64 base;
	u64 limit;
};

/* struct pfb_bar.flags */
#define PFB_BAR_IO		(1U << 0)
#define PFB_BAR_MEM64		(1U << 1)
#define PFB_BAR_PREFETCH	(1U << 2)
#define PFB_BAR_ASSIGNED	(1U << 3)	/* address is meaningful */
#define PFB_BAR_DISABLED	(1U << 4)	/* an expansion ROM with its enable bit off */

/**
 * struct pfb_bar - one base address register, as it is
 * @address: address in the register (PCI bus address)
 * @size: size in bytes, a power of two; 0 when the BAR does not exist. For a
 *	VF BAR: the size of one VF's; the PF's window needs @size times TotalVFs
 * @flags: PFB_BAR_*
 */
struct pfb_bar {
	u64 address;
	u64 size;
	u32 flags;
};

/* PCI Express device/port types, PCIe 6.0 section 7.5.3.2, plus two of our own. */
enum pfb_port_type {
	PFB_PORT_ENDPOINT,		/* endpoints, legacy endpoints, RCiEPs */
	PFB_PORT_ROOT,
	PFB_PORT_UPSTREAM,
	PFB_PORT_DOWNSTREAM,
	PFB_PORT_PCI_BRIDGE,		/* PCIe to PCI, PCI to PCI */
};

/* ACS capability and control bits, PCIe 6.0 section 7.7.11. */
#define PFB_ACS_SV		0x01	/* source validation */
#define PFB_ACS_TB		0x02	/* translation blocking */
#define PFB_ACS_RR		0x04	/* P2P request redirect */
#define PFB_ACS_CR		0x08	/* P2P completion redirect */
#define PFB_ACS_UF		0x10	/* upstream forwarding */
#define PFB_ACS_EC		0x20	/* P2P egress control */
#define PFB_ACS_DT		0x40	/* direct translated P2P */

/* struct pfb_function.flags */
#define PFB_FN_ACS		(1U << 0)	/* has an ACS capability */
#define PFB_FN_MEMORY		(1U << 1)	/* memory decode on */
#define PFB_FN_MASTER		(1U << 2)	/* bus mastering on */
#define PFB_FN_IO		(1U << 3)	/* I/O decode on */
#define PFB_FN_ATS		(1U << 4)	/* has ATS */
#define PFB_FN_ATS_ENABLED	(1U << 5)	/* ATS is on */
#define PFB_FN_HOTPLUG		(1U << 6)	/* a hot-plug capable slot */
#define PFB_FN_MULTIFUNCTION	(1U << 7)	/* header type bit 7 */
#define PFB_FN_PREF64		(1U << 8)	/* a bridge whose prefetchable window is 64-bit */
#define PFB_FN_IO32		(1U << 9)	/* a bridge with 32-bit I/O addressing */
#define PFB_FN_NO_IO_WINDOW	(1U << 10)	/* a bridge without an I/O window */
#define PFB_FN_NO_PREF_WINDOW	(1U << 11)	/* a bridge without a prefetchable window */
#define PFB_FN_VF		(1U << 12)	/* a VF: its BARs lie in its PF's VF BARs */

/**
 * struct pfb_function - one PCI function
 * @parent: index of the bridge above, or %PFB_NO_FUNCTION on a root bus
 * @root: index of its root bus in struct pfb_topology.roots
 * @type: what it is in the fabric
 * @bus: bus number it is on
 * @devfn: device and function number
 * @secondary: bridges: secondary bus number
 * @subordinate: bridges: subordinate bus number
 * @vendor: vendor id
 * @device: device id
 * @class: class code, 24 bits
 * @flags: PFB_FN_*
 * @acs_cap: ACS capability bits
 * @acs_ctrl: ACS control bits
 * @total_vfs: SR-IOV TotalVFs, 0 without SR-IOV
 * @bars: by PCI resource index, see struct pfb_declared_bar.index
 * @windows: bridges: by enum pfb_window_kind
 * @reserve: bridges: bytes that a plan keeps free behind it for what is plugged in
 *	later, beside what is there, by enum pfb_window_kind
 * @reserve_buses: bridges: bus numbers that a plan keeps for that
 */
struct pfb_function {
	u32 parent;
	u32 root;
	enum pfb_port_type type;
	u8 bus;
	u8 devfn;
	u8 secondary;
	u8 subordinate;
	u16 vendor;
	u16 device;
	u32 class;
	u32 flags;
	u16 acs_cap;
	u16 acs_ctrl;
	u16 total_vfs;
	struct pfb_bar bars[PFB_NR_BARS];
	struct pfb_window windows[PFB_NR_WINDOWS];
	u64 reserve[PFB_NR_WINDOWS];
	u8 reserve_buses;
};

/**
 * struct pfb_root - a root bus: what is behind one host bridge
 * @segment: PCI segment
 * @bus: root bus number
 * @last_bus: highest bus number of this host bridge
 * @windows: what the host bridge forwards, as bus addresses
 */
struct pfb_root {
	u16 segment;
	u8 bus;
	u8 last_bus;
	struct pfb_window windows[PFB_NR_WINDOWS];
};

/**
 * struct pfb_topology - a machine's PCI functions, from whatever origin
 * @roots: root buses in ascending (segment, bus)
 * @nr_roots: used entries of @roots
 * @max_roots: entries that fit in @roots
 * @functions: depth-first, devfn ascending on each bus: a bridge stands before
 *	everything behind it, and that before the bridge's next sibling. VFs
 *	whose bus number is after their PF's come last below their bridge; a
 *	path does not tell them from what is on the bridge's own bus, so that
 *	a reader may as well leave them out
 * @nr_functions: used entries of @functions
 * @max_functions: entries that fit in @functions
 *
 * The caller owns the memory. Readers (config space, sysfs, qtest, captures)
 * add in order and call pfb_topology_check() at the end.
 */
struct pfb_topology {
	struct pfb_root *roots;
	u32 nr_roots;
	u32 max_roots;
	struct pfb_function *functions;
	u32 nr_functions;
	u32 max_functions;
};

/**
 * pfb_topology_check() - hold a topology against its own rules
 * @top: the topology
 * @err: receives the first rule that is broken, and by what
 *
 * Checks order, parents, bus ranges that nest, BAR sizes, reserves, port types that
 * can stand where they stand. A bridge whose secondary and subordinate are both
 * 0 was numbered by nobody: that is no error unless something is behind it.
 * Whether windows nest is not a rule but a finding, which pfb_route() makes.
 *
 * Context: any. Linear time.
 * Return: 0 or -EINVAL.
 */
int pfb_topology_check(const struct pfb_topology *top, struct pfb_error *err);

/**
 * pfb_topology_check_tree() - hold a topology that has no bus numbers yet against the rules
 * @top: the topology
 * @err: receives the first rule that is broken, and by what
 *
 * pfb_topology_check() without bus numbers and windows, which a planner is yet
 * to give.
 *
 * Context: any. Linear time.
 * Return: 0 or -EINVAL.
 */
int pfb_topology_check_tree(const struct pfb_topology *top, struct pfb_error *err);

/**
 * pfb_topology_is_bridge() - does a function have a bus behind it
 * @fn: the function
 *
 * Return: true for every port and bridge.
 */
static inline bool pfb_topology_is_bridge(const struct pfb_function *fn)
{
	return fn->type != PFB_PORT_ENDPOINT;
}

/**
 * pfb_topology_path() - the path of a function
 * @top: the topology
 * @index: the function
 * @path: receives the path
 *
 * Context: any.
 * Return: 0, or -ENAMETOOLONG when it is deeper than %PFB_PATH_HOPS_MAX.
 */
int pfb_topology_path(const struct pfb_topology *top, u32 index,
		      struct pfb_path *path);

/**
 * pfb_topology_find() - the function that a path or BDF names
 * @top: the topology
 * @path: the path; a BDF when it has one hop and its bus is not a root bus
 *
 * Context: any.
 * Return: its index, or %PFB_NO_FUNCTION.
 */
u32 pfb_topology_find(const struct pfb_topology *top, const struct pfb_path *path);

/**
 * pfb_bar_index_name() - a BAR's name by its resource index
 * @index: PCI resource index
 *
 * Context: any.
 * Return: "bar0" to "bar5", "rom", "vfbar0" to "vfbar5"; "bar?" for any other:
 * say the index beside it where it may be one that no BAR has.
 */
const char *pfb_bar_index_name(unsigned int index);

/**
 * pfb_port_type_name() - a port type's name in reports
 * @type: the type
 *
 * Context: any.
 * Return: a constant string such as "downstream port".
 */
const char *pfb_port_type_name(enum pfb_port_type type);

/**
 * pfb_window_name() - a window's name in reports
 * @kind: which window
 *
 * Context: any.
 * Return: "I/O", "32-bit memory" or "prefetchable".
 */
const char *pfb_window_name(enum pfb_window_kind kind);

#endif /* PCI_FIXED_BARS_TOPOLOGY_H */
