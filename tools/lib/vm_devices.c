// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>

#include "lib/vm_devices.h"

static const struct kind {
	const char *driver;
	enum pfb_port_type type;
	bool expander;
} kinds[] = {
	{ "pcie-root-port", PFB_PORT_ROOT, false },
	{ "ioh3420", PFB_PORT_ROOT, false },
	{ "x3130-upstream", PFB_PORT_UPSTREAM, false },
	{ "xio3130-downstream", PFB_PORT_DOWNSTREAM, false },
	{ "pcie-pci-bridge", PFB_PORT_PCI_BRIDGE, false },
	{ "pci-bridge", PFB_PORT_PCI_BRIDGE, false },
	{ "i82801b11-bridge", PFB_PORT_PCI_BRIDGE, false },
	{ "pxb-pcie", PFB_PORT_ENDPOINT, true },
	{ "pxb", PFB_PORT_ENDPOINT, true },
};

static const char *const endpoints[] = {
	"vfio-pci", "vfio-pci-nohotplug", "ivshmem-plain", "ivshmem-doorbell", "nvme", "edu", "igb",
	"e1000", "e1000e", "rtl8139", "vmxnet3", "qemu-xhci", "nec-usb-xhci", "VGA", "bochs-display",
	"virtio-vga", "qxl", "qxl-vga", "megasas", "megasas-gen2", "mptsas1068", "lsi", "pvscsi",
	"pci-testdev",
};

static bool ends_in(const char *text, const char *end)
{
	size_t len = strlen(text), end_len = strlen(end);

	return len >= end_len && !strcmp(text + len - end_len, end);
}

static bool is_root_bus(const char *bus)
{
	return !strcmp(bus, "pcie.0") || !strcmp(bus, "pci.0");
}

static const struct kind *kind_of(const char *driver)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		if (!strcmp(driver, kinds[i].driver))
			return &kinds[i];
	return NULL;
}

static bool is_endpoint(const char *driver)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(endpoints); i++)
		if (!strcmp(driver, endpoints[i]))
			return true;
	return ends_in(driver, "-pci") || ends_in(driver, "-pci-non-transitional");
}

static bool makes_bus(const struct pfb_vm_device *device)
{
	return device->expander || device->type != PFB_PORT_ENDPOINT;
}

/* The bus that a device's id names, made by one that stands before it. */
static u32 find_bus(const struct pfb_vm_devices *devices, const char *bus)
{
	u32 i;

	for (i = devices->nr; i--; )
		if (makes_bus(&devices->list[i]) && !strcmp(devices->list[i].id, bus))
			return i;
	return PFB_VM_NO_DEVICE;
}

/* "slot[.function]", both hexadecimal, as QEMU reads addr=. */
static bool read_address(const char *text, u8 *devfn)
{
	unsigned long slot, function = 0;
	char *end;

	if (*text == '-' || *text == '+' || *text == ' ')
		return false;
	slot = strtoul(text, &end, 16);
	if (end == text)
		return false;
	if (*end == '.') {
		text = end + 1;
		if (*text < '0' || *text > '9')
			return false;
		function = strtoul(text, &end, 16);
	}
	if (*end || slot > 31 || function > 7)
		return false;
	*devfn = PFB_DEVFN(slot, function);
	return true;
}

/* A link has one slot; the bus of an upstream port and root buses have 32. */
static bool one_slot(const struct pfb_vm_devices *devices, u32 parent)
{
	return parent != PFB_VM_NO_DEVICE && (devices->list[parent].type == PFB_PORT_ROOT ||
					      devices->list[parent].type == PFB_PORT_DOWNSTREAM);
}

static u32 at_address(const struct pfb_vm_devices *devices, u32 parent, u8 devfn)
{
	u32 i;

	for (i = 0; i < devices->nr; i++) {
		const struct pfb_vm_device *d = &devices->list[i];

		if (d->addressed && d->parent == parent && d->devfn == devfn &&
		    d->fault != PFB_VM_FAULT_BUS)
			return i;
	}
	return PFB_VM_NO_DEVICE;
}

/* Where QEMU puts what has no addr=: the first device number that is free. */
static void choose_address(const struct pfb_vm_devices *devices, struct pfb_vm_device *d)
{
	bool taken[32] = { false };
	unsigned int slot;
	u32 i;

	/* What the machine and its defaults put on its root bus is not in the configuration. */
	if (d->parent == PFB_VM_NO_DEVICE || devices->list[d->parent].expander)
		return;
	if (one_slot(devices, d->parent)) {
		d->addressed = true;
		return;
	}
	for (i = 0; i < devices->nr; i++)
		if (devices->list[i].parent == d->parent)
			taken[PFB_DEV(devices->list[i].devfn)] = true;
	for (slot = 0; slot < 32; slot++) {
		if (taken[slot])
			continue;
		d->devfn = PFB_DEVFN(slot, 0);
		d->addressed = true;
		return;
	}
}

static void make_path(const struct pfb_vm_devices *devices, struct pfb_vm_device *d)
{
	const struct pfb_vm_device *up;
	const char *number;
	u64 bus;

	if (!d->addressed || d->expander)
		return;
	if (d->parent == PFB_VM_NO_DEVICE) {
		memset(&d->path, 0, sizeof(d->path));
	} else {
		up = &devices->list[d->parent];
		if (up->expander) {
			number = pfb_vm_option_get(devices->config, up->option, "bus_nr");
			if (!pfb_vm_size(number, 1, &bus) || bus > 255)
				return;
			memset(&d->path, 0, sizeof(d->path));
			d->path.bus = (u8)bus;
		} else if (up->has_path && up->path.nr_hops < PFB_PATH_HOPS_MAX) {
			d->path = up->path;
		} else {
			return;
		}
	}
	d->path.hops[d->path.nr_hops++] = d->devfn;
	d->has_path = true;
}

static u32 same_slot(const struct pfb_vm_devices *devices, struct pfb_vm_device *d)
{
	u32 i;

	pfb_vm_size(pfb_vm_option_get(devices->config, d->option, "slot"), 1, &d->slot);
	pfb_vm_size(pfb_vm_option_get(devices->config, d->option, "chassis"), 1, &d->chassis);
	for (i = 0; i < devices->nr; i++) {
		const struct pfb_vm_device *o = &devices->list[i];

		if ((o->type == PFB_PORT_ROOT || o->type == PFB_PORT_DOWNSTREAM) &&
		    o->slot == d->slot && o->chassis == d->chassis)
			return i;
	}
	return PFB_VM_NO_DEVICE;
}

static void set_fault(struct pfb_vm_device *d, enum pfb_vm_fault fault, u32 other)
{
	if (d->fault != PFB_VM_FAULT_NONE)
		return;
	d->fault = fault;
	d->other = other;
}

static void place(const struct pfb_vm_devices *devices, struct pfb_vm_device *d)
{
	const char *address = pfb_vm_option_get(devices->config, d->option, "addr");
	u32 i;

	for (i = 0; i < devices->nr && *d->id; i++)
		if (!strcmp(devices->list[i].id, d->id))
			set_fault(d, PFB_VM_FAULT_ID, i);
	if (*d->bus && !is_root_bus(d->bus)) {
		d->parent = find_bus(devices, d->bus);
		if (d->parent == PFB_VM_NO_DEVICE) {
			set_fault(d, PFB_VM_FAULT_BUS, PFB_VM_NO_DEVICE);
			return;
		}
	}
	if (!address) {
		choose_address(devices, d);
	} else if (!read_address(address, &d->devfn) ||
		   (one_slot(devices, d->parent) && PFB_DEV(d->devfn))) {
		set_fault(d, PFB_VM_FAULT_ADDRESS, d->parent);
	} else {
		i = at_address(devices, d->parent, d->devfn);
		if (i != PFB_VM_NO_DEVICE)
			set_fault(d, PFB_VM_FAULT_TAKEN, i);
		d->addressed = true;
	}
	if (d->type == PFB_PORT_ROOT || d->type == PFB_PORT_DOWNSTREAM) {
		i = same_slot(devices, d);
		if (i != PFB_VM_NO_DEVICE)
			set_fault(d, PFB_VM_FAULT_SLOT, i);
	}
	make_path(devices, d);
}

int pfb_vm_devices_read(struct pfb_vm_devices *devices, const struct pfb_vm_config *config,
			struct pfb_error *err)
{
	u32 i;

	devices->config = config;
	devices->nr = 0;
	devices->list = calloc(config->nr ? config->nr : 1, sizeof(*devices->list));
	if (!devices->list)
		return pfb_fail(err, -ENOMEM, "out of memory");
	for (i = 0; i < config->nr; i++) {
		const struct pfb_vm_option *option = &config->options[i];
		struct pfb_vm_device *d = &devices->list[devices->nr];
		const struct kind *kind;
		const char *text;

		if (strcmp(option->name, "device"))
			continue;
		text = pfb_vm_option_get(config, option, "driver");
		d->driver = text ? text : "";
		text = pfb_vm_option_get(config, option, "id");
		d->id = text ? text : "";
		text = pfb_vm_option_get(config, option, "bus");
		d->bus = text ? text : "";
		kind = kind_of(d->driver);
		/* Of an unknown driver, the bus tells whether it is a PCI device. */
		if (!kind && !is_endpoint(d->driver) && !is_root_bus(d->bus) &&
		    find_bus(devices, d->bus) == PFB_VM_NO_DEVICE)
			continue;
		d->option = option;
		d->parent = PFB_VM_NO_DEVICE;
		d->other = PFB_VM_NO_DEVICE;
		d->type = kind ? kind->type : PFB_PORT_ENDPOINT;
		d->expander = kind && kind->expander;
		d->assigned = !strncmp(d->driver, "vfio-pci", 8);
		place(devices, d);
		devices->nr++;
	}
	return 0;
}

void pfb_vm_devices_free(struct pfb_vm_devices *devices)
{
	free(devices->list);
	memset(devices, 0, sizeof(*devices));
}

/* The bridge above, not an expander: nothing turns round there. */
static u32 bridge_above(const struct pfb_vm_devices *devices, u32 device)
{
	u32 up = devices->list[device].parent;

	return up == PFB_VM_NO_DEVICE || devices->list[up].expander ? PFB_VM_NO_DEVICE : up;
}

u32 pfb_vm_devices_turn(const struct pfb_vm_devices *devices, u32 a, u32 b)
{
	/* A parent stands before its children, so the later of the two is never above. */
	while (a != b) {
		u32 *later = a > b ? &a : &b;

		*later = bridge_above(devices, *later);
		if (*later == PFB_VM_NO_DEVICE)
			return PFB_VM_NO_DEVICE;
	}
	return a;
}

u32 pfb_vm_devices_root_port(const struct pfb_vm_devices *devices, u32 device)
{
	while (device != PFB_VM_NO_DEVICE && devices->list[device].type != PFB_PORT_ROOT)
		device = bridge_above(devices, device);
	return device;
}

const char *pfb_vm_devices_name(const struct pfb_vm_device *device)
{
	return *device->id ? device->id : device->driver;
}
