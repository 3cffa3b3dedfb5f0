/* SPDX-License-Identifier: GPL-2.0 */
/* The host bridges of a made-up device tree, as source_of.c asks for them. */
#ifndef FUZZ_LINUX_PCI_H
#define FUZZ_LINUX_PCI_H

#include <linux/of.h>

struct device {
	struct device *parent;
	struct device_node *of_node;
};

struct pci_bus {
	struct device *bridge;
};

struct pci_bus *pci_find_next_bus(const struct pci_bus *from);

#endif /* FUZZ_LINUX_PCI_H */
