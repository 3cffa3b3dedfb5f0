// SPDX-License-Identifier: GPL-2.0
/*
 * The device tree: firmware's word that the buses are enumerated.
 *
 * ``pci-enum-done`` stands on a host bridge's node (QEMU's fixed-BAR RFC: a u32
 * of 1) or in /options/upl-params (Universal Payload: empty; some write a u32).
 * ``linux,pci-probe-only`` on a host bridge or in /chosen is what Linux itself
 * reads; who sets it asks for the same.
 */
#include <linux/of.h>
#include <linux/pci.h>

#include "sources.h"

/* Returns 1: it asks, 0: it does not, or -EINVAL. */
static int read_flag(struct pfb_source_read *read, const struct device_node *node,
		     const char *name, bool may_be_empty)
{
	const __be32 *value;
	int len;

	if (!node)
		return 0;
	value = of_get_property(node, name, &len);
	if (!value)
		return 0;
	if (!len && may_be_empty)
		return 1;
	if (len != sizeof(*value))
		return pfb_fail(&read->message, -EINVAL,
				"%pOF: property %s is %d bytes long, expected %s4 (a u32): correct the device tree; nothing in it is taken as a request to preserve",
				node, name, len, may_be_empty ? "0 or " : "");
	return be32_to_cpup(value) != 0;
}

/* 1 when either flag of a node asks, 0, or -EINVAL when one of them is malformed. */
static int read_node(struct pfb_source_read *read, const struct device_node *node)
{
	int done, probe_only;

	done = read_flag(read, node, "pci-enum-done", true);
	if (done < 0)
		return done;
	probe_only = read_flag(read, node, "linux,pci-probe-only", false);
	if (probe_only < 0)
		return probe_only;
	return done || probe_only;
}

static int read_whole_tree(struct pfb_source_read *read)
{
	struct device_node *node;
	int chosen, upl;

	node = of_find_node_by_path("/chosen");
	chosen = read_flag(read, node, "linux,pci-probe-only", false);
	of_node_put(node);
	if (chosen < 0)
		return chosen;

	node = of_find_node_by_path("/options/upl-params");
	upl = read_flag(read, node, "pci-enum-done", true);
	of_node_put(node);
	if (upl < 0)
		return upl;
	return chosen || upl;
}

static struct device_node *bridge_node(struct pci_bus *root)
{
	struct device *dev;

	for (dev = root->bridge; dev; dev = dev->parent)
		if (dev->of_node)
			return dev->of_node;
	return NULL;
}

/**
 * pfb_source_of_read() - read the device tree's flags
 * @read: receives the host bridges that firmware asked to keep
 *
 * Context: may sleep. The caller holds pci_lock_rescan_remove().
 * Return: 0, -ENOENT without a device tree or without any flag that asks,
 * -EINVAL for a flag of the wrong length.
 */
int pfb_source_of_read(struct pfb_source_read *read)
{
	struct pci_bus *root = NULL;
	unsigned int bridges = 0, asked = 0;
	int everywhere, here, ret;
	struct device_node *node;

	node = of_find_node_by_path("/");
	if (!node)
		return pfb_fail(&read->message, -ENOENT, "there is no device tree");
	of_node_put(node);

	everywhere = read_whole_tree(read);
	if (everywhere < 0)
		return everywhere;

	while ((root = pci_find_next_bus(root))) {
		bridges++;
		here = read_node(read, bridge_node(root));
		if (here < 0)
			return here;
		if (!here && !everywhere)
			continue;
		ret = read->preserve(read, root);
		if (ret)
			return ret;
		asked++;
	}
	if (!asked)
		return pfb_fail(&read->message, -ENOENT,
				"neither pci-enum-done nor linux,pci-probe-only asks to keep any of %u host bridges",
				bridges);
	pfb_source_say(read, "asks to keep %u of %u host bridges as firmware left them",
		       asked, bridges);
	return 0;
}
