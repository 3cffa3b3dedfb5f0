// SPDX-License-Identifier: GPL-2.0
/*
 * Bridges that a reset cleared, and that nobody restored.
 *
 * A fatal error resets the link below the port that reports it. If any function
 * there has no driver, or one without error handlers, the recovery is given up
 * after the reset, and the ports that were reset stay as they are: without bus
 * numbers, and with nobody behind them that answers (pcie_do_recovery() in
 * drivers/pci/pcie/err.c). A reset of a switch's upstream port through sysfs does
 * the same to the ports below it. What they were is in the state that was saved of
 * them: by their driver, or after they were moved.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt
#define dev_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/pci.h>

#include "registers.h"
#include "revive.h"

/* Neither one that does not answer: there is nothing to be written to. */
static bool lost_its_buses(struct pci_dev *bridge)
{
	u32 buses;

	if (bridge->hdr_type != PCI_HEADER_TYPE_BRIDGE || !bridge->subordinate ||
	    !pci_device_is_present(bridge))
		return false;
	pci_read_config_dword(bridge, PCI_PRIMARY_BUS, &buses);
	return (buses >> 8 & 0xff) != bridge->subordinate->busn_res.start;
}

/*
 * Whoever restores a state, as the kernel does when a port wakes up, marks it as
 * used. It is still there, and what changed since was saved by who changed it.
 */
static void take_last_state(struct pci_dev *bridge)
{
	u32 buses = bridge->saved_config_space[PCI_PRIMARY_BUS / 4];

	if ((buses >> 8 & 0xff) == bridge->subordinate->busn_res.start)
		bridge->state_saved = true;
}

/*
 * A port that slept after the reset has saved what the reset left. What the kernel
 * itself knows of it leads to what is behind it again.
 */
static void rebuild(struct pci_dev *bridge)
{
	const struct pci_bus *bus = bridge->subordinate;
	unsigned int index;

	pci_write_config_dword(bridge, PCI_PRIMARY_BUS, bus->primary |
			       (u32)bus->busn_res.start << 8 | (u32)bus->busn_res.end << 16);
	for (index = PCI_BRIDGE_IO_WINDOW; index <= PCI_BRIDGE_PREF_MEM_WINDOW; index++) {
		struct resource *res = pci_resource_n(bridge, index);
		struct pci_bus_region region;

		if ((index == PCI_BRIDGE_IO_WINDOW && !bridge->io_window) ||
		    (index == PCI_BRIDGE_PREF_MEM_WINDOW && !bridge->pref_window))
			continue;
		pcibios_resource_to_bus(bridge->bus, &region, res);
		if (res->parent)
			pfb_window_write(bridge, index, region.start, region.end);
		else
			pfb_window_close(bridge, index);
	}
	pci_write_config_word(bridge, PCI_COMMAND,
			      PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
	pci_warn(bridge, "a reset had cleared it, and no state of it was saved: its bus numbers and windows are written, what its driver had set is not; if its slot no longer hears of what is plugged in, write %s to unbind and to bind in /sys/bus/pci/drivers/pcieport\n",
		 pci_name(bridge));
}

int pfb_revive(bool dry_run, pfb_revive_line_fn tell, void *ctx)
{
	struct pci_dev *bridge = NULL;
	char line[96];
	int ret = 0;

	/* In the order in which they were found: one that is restored leads to the next. */
	for_each_pci_dev(bridge) {
		if (!lost_its_buses(bridge))
			continue;
		scnprintf(line, sizeof(line), "restore %s: a reset cleared it", pci_name(bridge));
		tell(ctx, line);
		ret = ret ?: 1;
		if (dry_run)
			continue;
		take_last_state(bridge);
		pci_restore_state(bridge);
		if (!lost_its_buses(bridge))
			pci_warn(bridge, "a reset had cleared it, and nobody restored it: restored\n");
		else
			rebuild(bridge);
		if (lost_its_buses(bridge)) {
			pci_err(bridge, "a reset cleared it, and it takes no bus numbers: remove it and rescan (echo 1 > remove in its folder, echo 1 > /sys/bus/pci/rescan)\n");
			ret = -EIO;
			continue;
		}
		/* Some kernels forget a state that was restored. */
		pci_save_state(bridge);
	}
	return ret;
}
