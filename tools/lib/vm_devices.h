/* SPDX-License-Identifier: GPL-2.0 */
/* The PCI devices of a configured VM as a tree, with what each one's path will be in the guest. */
#ifndef PFB_LIB_VM_DEVICES_H
#define PFB_LIB_VM_DEVICES_H

#include <pci_fixed_bars/path.h>
#include <pci_fixed_bars/topology.h>

#include "lib/vm_config.h"

#define PFB_VM_NO_DEVICE	0xffffffffU

/**
 * enum pfb_vm_fault - what is wrong with where a device is put; QEMU refuses each
 * @PFB_VM_FAULT_NONE: nothing
 * @PFB_VM_FAULT_BUS: no device before it makes its bus
 * @PFB_VM_FAULT_ID: a device before it has its id
 * @PFB_VM_FAULT_ADDRESS: its address cannot be read, or cannot be on that bus
 * @PFB_VM_FAULT_TAKEN: a device before it has its address
 * @PFB_VM_FAULT_SLOT: a port before it has its chassis and slot
 */
enum pfb_vm_fault {
	PFB_VM_FAULT_NONE,
	PFB_VM_FAULT_BUS,
	PFB_VM_FAULT_ID,
	PFB_VM_FAULT_ADDRESS,
	PFB_VM_FAULT_TAKEN,
	PFB_VM_FAULT_SLOT,
};

/**
 * struct pfb_vm_device - one PCI device, or an expander's host bridge
 * @option: the option that makes it
 * @driver: QEMU's name of what it is
 * @id: its id; "" when it has none
 * @bus: the bus that it was put on; "" when nobody said
 * @parent: the bridge above, or the expander for what is on its root bus;
 *	%PFB_VM_NO_DEVICE on the machine's own root bus
 * @type: what it is in the fabric
 * @expander: it is the host bridge of another root bus, such as pxb-pcie
 * @assigned: a function of the host (vfio-pci)
 * @addressed: its devfn was stated, or follows from what stands before it
 * @devfn: device and function number
 * @chassis: of a root or downstream port
 * @slot: of a root or downstream port
 * @has_path: @path is meaningful
 * @path: its path in the guest
 * @fault: what is wrong with its place
 * @other: the device that @fault is with, or %PFB_VM_NO_DEVICE
 */
struct pfb_vm_device {
	const struct pfb_vm_option *option;
	const char *driver;
	const char *id;
	const char *bus;
	u32 parent;
	enum pfb_port_type type;
	bool expander;
	bool assigned;
	bool addressed;
	u8 devfn;
	u64 chassis;
	u64 slot;
	bool has_path;
	struct pfb_path path;
	enum pfb_vm_fault fault;
	u32 other;
};

/**
 * struct pfb_vm_devices - all of a VM
 * @config: what they were made from
 * @list: in the order of the configuration
 * @nr: how many
 */
struct pfb_vm_devices {
	const struct pfb_vm_config *config;
	struct pfb_vm_device *list;
	u32 nr;
};

/**
 * pfb_vm_devices_read() - find a configuration's PCI devices
 * @devices: receives them; pfb_vm_devices_free() it, after an error too
 * @config: the configuration; must stay as it is
 * @err: receives what is wrong
 *
 * A device whose place is faulty says so in @fault, and is kept.
 *
 * Return: 0 or -ENOMEM.
 */
int pfb_vm_devices_read(struct pfb_vm_devices *devices, const struct pfb_vm_config *config,
			struct pfb_error *err);

/**
 * pfb_vm_devices_free() - give back its memory
 * @devices: the devices; may be all zero
 */
void pfb_vm_devices_free(struct pfb_vm_devices *devices);

/**
 * pfb_vm_devices_turn() - where a request from one device to another turns round
 * @devices: the devices
 * @a: one device
 * @b: the other
 *
 * Return: the lowest bridge above both, %PFB_VM_NO_DEVICE when there is none.
 */
u32 pfb_vm_devices_turn(const struct pfb_vm_devices *devices, u32 a, u32 b);

/**
 * pfb_vm_devices_root_port() - the root port above a device
 * @devices: the devices
 * @device: the device
 *
 * Return: its root port, or %PFB_VM_NO_DEVICE.
 */
u32 pfb_vm_devices_root_port(const struct pfb_vm_devices *devices, u32 device);

/**
 * pfb_vm_devices_name() - what to call a device in messages
 * @device: the device
 *
 * Return: its id, or its driver where it has none.
 */
const char *pfb_vm_devices_name(const struct pfb_vm_device *device);

#endif /* PFB_LIB_VM_DEVICES_H */
