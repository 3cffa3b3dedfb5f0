// SPDX-License-Identifier: GPL-2.0
/*
 * The host bridges: which of them firmware asked to keep as they were, and
 * whether the kernel did.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/pci.h>
#include <linux/slab.h>

#include "records.h"
#include "roots.h"
#include "scan.h"

/* One host bridge that somebody asked to keep. */
struct pfb_root_record {
	struct list_head node;
	u16 segment;
	u8 bus;
	u32 sources;
	bool honoured;
};

static LIST_HEAD(roots);

static struct pfb_root_record *find_root(const struct pfb_path *path)
{
	struct pfb_root_record *root;

	list_for_each_entry(root, &roots, node)
		if (root->segment == path->segment && root->bus == path->bus)
			return root;
	return NULL;
}

enum pfb_preserve pfb_root_preserve(const struct pfb_path *path)
{
	struct pfb_root_record *root = find_root(path);

	if (!root || !root->sources)
		return PFB_PRESERVE_NOT_ASKED;
	return root->honoured ? PFB_PRESERVE_HONOURED : PFB_PRESERVE_IGNORED;
}

u32 pfb_root_sources(const struct pfb_path *path)
{
	struct pfb_root_record *root = find_root(path);

	return root ? root->sources : 0;
}

void pfb_registry_preserve(u16 segment, u8 bus, enum pfb_source source)
{
	struct pfb_path path = { .segment = segment, .bus = bus };
	struct pfb_root_record *root;

	mutex_lock(&pfb_state_lock);
	root = find_root(&path);
	if (root)
		root->sources |= BIT(source);
	mutex_unlock(&pfb_state_lock);
}

/*
 * Did the kernel keep the boot configuration? On x86 and arm64 it says so in
 * the host bridge (from _DSM, and from the device tree since 6.11), before
 * that and elsewhere in a flag for the whole machine. Asked once, before the
 * module itself sets what keeps a bridge.
 */
static bool is_honoured(struct pci_bus *root)
{
	return pci_find_host_bridge(root)->preserve_config || pci_has_flag(PCI_PROBE_ONLY);
}

int pfb_roots_note(void)
{
	struct pfb_root_record *record;
	struct pci_bus *root = NULL;

	while ((root = pci_find_next_bus(root))) {
		if (!pfb_scan_has_name(root))
			continue;
		record = kzalloc(sizeof(*record), GFP_KERNEL);
		if (!record)
			return -ENOMEM;
		record->segment = pci_domain_nr(root);
		record->bus = root->number;
		record->honoured = is_honoured(root);
		list_add_tail(&record->node, &roots);
	}
	return 0;
}

void pfb_roots_warn_ignored(void)
{
	struct pfb_root_record *root;

	list_for_each_entry(root, &roots, node) {
		if (!root->sources || root->honoured)
			continue;
		pr_warn("host bridge %04x:%02x: firmware asked to keep the boot configuration (%s), this kernel did not: BARs may have moved, and only declared ones can be checked; %s\n",
			root->segment, root->bus, pfb_first_source_name(root->sources),
			root->sources & BIT(PFB_SOURCE_DT) ?
			"put linux,pci-probe-only = <1> beside pci-enum-done in the device tree (in /chosen for kernels before 6.11)" :
			"start the kernel with pci=realloc=off");
	}
}

void pfb_roots_forget(void)
{
	struct pfb_root_record *root, *next;

	list_for_each_entry_safe(root, next, &roots, node) {
		list_del(&root->node);
		kfree(root);
	}
}
