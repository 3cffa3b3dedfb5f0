// SPDX-License-Identifier: GPL-2.0
/*
 * A Resizable BAR for tests: no device of QEMU has one. This module adds the
 * capability (PCI Express Base 7.8.6) to a function by standing between the
 * kernel and its extended config space, and resizes as a driver would when
 * somebody writes to its parameter "resize". The BAR itself keeps the size that
 * it has: what is tested is what the kernel makes of its own resources.
 *
 *	insmod pfb_rebar.ko function=0000:03:00.0 bar=2 log2_mib=6
 *	echo 5 > /sys/module/pfb_rebar/parameters/resize	# 2^7 MiB
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/pci.h>
#include <linux/string.h>
#include <linux/sysfs.h>

/* Where the capability is shown to be: the first place that an extended one can have. */
#define REBAR		PCI_CFG_SPACE_SIZE
#define REBAR_END	(REBAR + 12)

static char *function;
module_param(function, charp, 0444);
MODULE_PARM_DESC(function, "segment:bus:device.function");

static int bar;
module_param(bar, int, 0444);
MODULE_PARM_DESC(bar, "the BAR that is resizable");

static int log2_mib;
module_param(log2_mib, int, 0444);
MODULE_PARM_DESC(log2_mib, "its size in MiB, as a power of two; twice that is offered as well");

static struct pci_dev *pdev;
static struct pci_ops *old_ops;
static struct pci_ops new_ops;
static int old_cfg_size;
static u32 registers[3];	/* header, capability, control */

static bool is_emulated(unsigned int devfn, int where)
{
	return devfn == pdev->devfn && where >= REBAR;
}

static int read_config(struct pci_bus *bus, unsigned int devfn, int where, int size, u32 *value)
{
	if (!is_emulated(devfn, where))
		return old_ops->read(bus, devfn, where, size, value);
	*value = where + size <= REBAR_END ?
		 registers[(where - REBAR) / 4] >> (where % 4 * 8) : 0;
	return PCIBIOS_SUCCESSFUL;
}

static int write_config(struct pci_bus *bus, unsigned int devfn, int where, int size, u32 value)
{
	if (!is_emulated(devfn, where))
		return old_ops->write(bus, devfn, where, size, value);
	if (where == REBAR + PCI_REBAR_CTRL && size == 4)
		registers[2] = (registers[2] & ~PCI_REBAR_CTRL_BAR_SIZE) |
			       (value & PCI_REBAR_CTRL_BAR_SIZE);
	return PCIBIOS_SUCCESSFUL;
}

/* The kernel decided at enumeration that there is nothing to resize. */
static int show_files(void)
{
	const struct attribute_group *const *group = pdev->dev.bus->dev_groups;
	struct attribute **attr;

	for (; group && *group; group++)
		for (attr = (*group)->attrs; attr && *attr; attr++)
			if (!strcmp((*attr)->name, "resource0_resize"))
				return sysfs_update_group(&pdev->dev.kobj, *group);
	return 0;
}

static int resize_set(const char *val, const struct kernel_param *kp)
{
	u16 command;
	int size, ret;

	ret = kstrtoint(val, 0, &size);
	if (ret)
		return ret;
	if (!pdev)
		return -ENODEV;
	device_lock(&pdev->dev);
	pci_read_config_word(pdev, PCI_COMMAND, &command);
	pci_write_config_word(pdev, PCI_COMMAND, command & ~PCI_COMMAND_MEMORY);
	ret = pci_resize_resource(pdev, bar, size, 0);
	pci_write_config_word(pdev, PCI_COMMAND, command);
	device_unlock(&pdev->dev);
	pci_info(pdev, "resize of BAR %d to 2^%d MiB: %d\n", bar, size, ret);
	return ret;
}

static const struct kernel_param_ops resize_ops = {
	.set = resize_set,
};

module_param_cb(resize, &resize_ops, NULL, 0200);
MODULE_PARM_DESC(resize, "resize to this many MiB, as a power of two");

static int __init rebar_init(void)
{
	unsigned int segment, bus, slot, fn;

	if (!function || sscanf(function, "%x:%x:%x.%x", &segment, &bus, &slot, &fn) != 4)
		return -EINVAL;
	pdev = pci_get_domain_bus_and_slot((int)segment, bus, PCI_DEVFN(slot, fn));
	if (!pdev)
		return -ENODEV;
	registers[0] = PCI_EXT_CAP_ID_REBAR | 1 << 16;
	registers[1] = 3U << (log2_mib + 4);
	registers[2] = (u32)bar | 1 << 5 | (u32)log2_mib << 8;

	old_cfg_size = pdev->cfg_size;
	old_ops = pdev->bus->ops;
	new_ops = *old_ops;
	new_ops.read = read_config;
	new_ops.write = write_config;
	pci_bus_set_ops(pdev->bus, &new_ops);
	pdev->cfg_size = PCI_CFG_SPACE_EXP_SIZE;
#ifdef PFB_HAVE_REBAR_CAP
	pdev->rebar_cap = REBAR;
#endif
	return show_files();
}

static void __exit rebar_exit(void)
{
#ifdef PFB_HAVE_REBAR_CAP
	pdev->rebar_cap = 0;
#endif
	pdev->cfg_size = old_cfg_size;
	if (show_files())
		pci_warn(pdev, "its files for resizing stay\n");
	pci_bus_set_ops(pdev->bus, old_ops);
	pci_dev_put(pdev);
}

module_init(rebar_init);
module_exit(rebar_exit);

MODULE_DESCRIPTION("Resizable BAR for tests of pci_fixed_bars");
MODULE_LICENSE("GPL");
