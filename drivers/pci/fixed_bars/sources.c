// SPDX-License-Identifier: GPL-2.0
/*
 * Runs the sources: each is read to its end before any of it applies, so that
 * what is broken applies not at all.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/list.h>
#include <linux/pci.h>
#include <linux/slab.h>

#include <pci_fixed_bars/manifest.h>

#include "announce.h"
#include "registry.h"
#include "scan.h"
#include "sources.h"
#include "trace.h"

static int (* const readers[PFB_NR_SOURCES])(struct pfb_source_read *read) = {
	[PFB_SOURCE_DT] = pfb_source_of_read,
	[PFB_SOURCE_ACPI] = pfb_source_acpi_read,
	[PFB_SOURCE_FW_CFG_FIXED_BARS] = pfb_source_fw_cfg_fixed_bars_read,
	[PFB_SOURCE_FW_CFG_MANIFEST] = pfb_source_fw_cfg_manifest_read,
	[PFB_SOURCE_FIRMWARE_FILE] = pfb_source_firmware_read,
	[PFB_SOURCE_PARAM] = pfb_source_param_read,
};

struct held_declaration {
	struct list_head node;
	struct pfb_declaration decl;
};

/*
 * What each source declared. One that is loaded again at run time has the
 * others declared anew beside it. Under pci_lock_rescan_remove().
 */
static LIST_HEAD(kept);

struct held_root {
	struct list_head node;
	u16 segment;
	u8 bus;
};

/* What a source said, until it is known to be good. */
struct holder {
	struct pfb_source_read read;
	struct list_head declarations;
	struct list_head roots;
	unsigned int nr_functions;
};

/* A BDF names a function until buses are renumbered; its path names it for good. */
static void resolve(struct pfb_path *path)
{
	struct pci_bus *bus = pci_find_bus(path->segment, path->bus);
	struct pfb_path full;
	struct pci_dev *pdev;

	if (path->nr_hops != 1 || !bus || pci_is_root_bus(bus))
		return;
	pdev = pci_get_slot(bus, path->hops[0]);
	if (!pdev)
		return;
	if (!pdev->is_virtfn && !pfb_scan_path(pdev, &full))
		*path = full;
	pci_dev_put(pdev);
}

static int hold_declaration(void *ctx, const struct pfb_declaration *decl, struct pfb_error *err)
{
	struct holder *holder = ctx;
	struct held_declaration *held;

	held = kmalloc(sizeof(*held), GFP_KERNEL);
	if (!held)
		return pfb_fail(err, -ENOMEM, "no memory for declarations");
	held->decl = *decl;
	resolve(&held->decl.path);
	list_add_tail(&held->node, &holder->declarations);
	holder->nr_functions++;
	return 0;
}

static int hold_root(struct pfb_source_read *read, struct pci_bus *root)
{
	struct holder *holder = container_of(read, struct holder, read);
	struct held_root *held;

	if (!pfb_scan_has_name(root))
		return 0;
	held = kmalloc(sizeof(*held), GFP_KERNEL);
	if (!held)
		return pfb_fail(&read->message, -ENOMEM, "no memory for host bridges");
	held->segment = pci_domain_nr(root);
	held->bus = root->number;
	list_add_tail(&held->node, &holder->roots);
	return 0;
}

static int apply(struct holder *holder)
{
	struct held_declaration *decl;
	struct held_root *root;
	int ret = 0;

	list_for_each_entry(root, &holder->roots, node)
		pfb_registry_preserve(root->segment, root->bus, holder->read.source);
	/* All of them: a later one may contradict what another source says. */
	list_for_each_entry(decl, &holder->declarations, node)
		ret = pfb_registry_declare(&decl->decl) ?: ret;
	if (ret)
		pfb_fail(&holder->read.message, ret,
			 "no memory to keep the declarations: some are not checked");
	return ret;
}

static void release(struct holder *holder)
{
	struct held_declaration *decl, *next_decl;
	struct held_root *root, *next_root;

	list_for_each_entry_safe(decl, next_decl, &holder->declarations, node)
		kfree(decl);
	list_for_each_entry_safe(root, next_root, &holder->roots, node)
		kfree(root);
}

static enum pfb_source_status status_of(int ret)
{
	switch (ret) {
	case 0:
		return PFB_SOURCE_OK;
	case -ENOENT:
		return PFB_SOURCE_ABSENT;
	case -EOPNOTSUPP:
		return PFB_SOURCE_UNSUPPORTED;
	default:
		return PFB_SOURCE_BROKEN;
	}
}

static void report(struct holder *holder, int ret)
{
	const char *name = pfb_source_name(holder->read.source);
	struct pfb_source_report report = {
		.status = status_of(ret),
		.nr_functions = ret ? 0 : holder->nr_functions,
		.message = holder->read.message,
	};

	pfb_registry_set_source(holder->read.source, &report);
	trace_pfb_source(name, report.status, report.nr_functions, report.message.text);

	switch (report.status) {
	case PFB_SOURCE_OK:
		if (report.nr_functions)
			pr_info("source %s: %s; functions it declares: %u\n", name,
				report.message.text, report.nr_functions);
		else
			pr_info("source %s: %s\n", name, report.message.text);
		break;
	case PFB_SOURCE_ABSENT:
		pr_debug("source %s: %s\n", name, report.message.text);
		break;
	case PFB_SOURCE_UNSUPPORTED:
		pr_warn("source %s: %s\n", name, report.message.text);
		break;
	case PFB_SOURCE_BROKEN:
		pr_err("source %s: %s; nothing of this source is applied\n", name,
		       report.message.text);
		break;
	}
}

static void note_not_loaded(void)
{
	struct pfb_source_report report = { .status = PFB_SOURCE_ABSENT };

	pfb_fail(&report.message, 0, "no manifest was loaded through " PFB_DEVICE);
	pfb_registry_set_source(PFB_SOURCE_IOCTL, &report);
}

int pfb_sources_read(void)
{
	enum pfb_source source;
	struct holder *holder;
	int ret;

	holder = kmalloc(sizeof(*holder), GFP_KERNEL);
	if (!holder)
		return -ENOMEM;

	for (source = 0; source < PFB_NR_SOURCES; source++) {
		if (!readers[source])
			continue;
		memset(holder, 0, sizeof(*holder));
		INIT_LIST_HEAD(&holder->declarations);
		INIT_LIST_HEAD(&holder->roots);
		holder->read.source = source;
		holder->read.declare = hold_declaration;
		holder->read.ctx = holder;
		holder->read.preserve = hold_root;

		ret = readers[source](&holder->read);
		if (!ret)
			ret = apply(holder);
		report(holder, ret);
		/* Those that could not be applied for want of memory are in force in part. */
		if (!ret || ret == -ENOMEM)
			list_splice_tail_init(&holder->declarations, &kept);
		release(holder);
	}
	kfree(holder);
	note_not_loaded();
	return 0;
}

/* Takes out what the source ``ioctl`` declared. */
static void take_loaded(struct list_head *loaded)
{
	struct held_declaration *held, *next;

	list_for_each_entry_safe(held, next, &kept, node)
		if (held->decl.source == PFB_SOURCE_IOCTL)
			list_move_tail(&held->node, loaded);
}

static int declare_kept(int (*declare)(const struct pfb_declaration *decl))
{
	struct held_declaration *held;
	int ret = 0;

	list_for_each_entry(held, &kept, node) {
		/* What was not there when it was read may be by now. */
		resolve(&held->decl.path);
		/* All of them: a later one may contradict what another source says. */
		ret = declare(&held->decl) ?: ret;
	}
	return ret;
}

static int load(struct holder *holder, const void *data, size_t size, struct list_head *news)
{
	LIST_HEAD(loaded);
	int ret;

	if (size) {
		ret = pfb_manifest_parse(data, size, PFB_SOURCE_IOCTL, hold_declaration, holder,
					 &holder->read.message);
		if (ret)
			return ret;
		pfb_source_say(&holder->read, "a manifest of %zu bytes", size);
	}
	take_loaded(&loaded);
	list_splice_tail_init(&holder->declarations, &kept);
	/* For release(). */
	list_splice_tail_init(&loaded, &holder->declarations);

	ret = pfb_registry_redeclare(declare_kept, news);
	if (ret)
		pfb_fail(&holder->read.message, ret,
			 "no memory to keep the declarations: some are not checked; free some, and load it again");
	if (size || ret)
		report(holder, ret);
	else
		note_not_loaded();
	return ret;
}

int pfb_sources_load(const void *data, size_t size, unsigned int *nr_functions,
		     struct pfb_error *message)
{
	struct holder *holder;
	LIST_HEAD(news);
	int ret;

	holder = kzalloc(sizeof(*holder), GFP_KERNEL);
	if (!holder)
		return pfb_fail(message, -ENOMEM, "no memory for a manifest");
	INIT_LIST_HEAD(&holder->declarations);
	INIT_LIST_HEAD(&holder->roots);
	holder->read.source = PFB_SOURCE_IOCTL;

	pci_lock_rescan_remove();
	ret = load(holder, data, size, &news);
	pci_unlock_rescan_remove();
	*message = holder->read.message;
	*nr_functions = holder->nr_functions;
	release(holder);
	kfree(holder);
	pfb_announce(&news);
	return ret;
}

void pfb_sources_forget(void)
{
	struct held_declaration *held, *next;

	list_for_each_entry_safe(held, next, &kept, node) {
		list_del(&held->node);
		kfree(held);
	}
}
