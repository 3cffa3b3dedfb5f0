// SPDX-License-Identifier: GPL-2.0
/*
 * The registry in sysfs: a group fixed_bars/ in the folder of each function,
 * and /sys/kernel/pci_fixed_bars for the module as a whole.
 * Documentation/ABI/testing/sysfs-pci-fixed-bars describes every file.
 *
 * What tells an address is readable by root only. Every show function asks the
 * registry at the time of reading; nothing is kept here.
 */
#define dev_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/bitops.h>
#include <linux/device.h>
#include <linux/hashtable.h>
#include <linux/kobject.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include <pci_fixed_bars/topology.h>

#include "compat.h"
#include "enforce.h"
#include "export.h"
#include "preserve.h"
#include "registry.h"
#include "scan.h"
#include "sysfs.h"

#define MODE_ALL	0444
#define MODE_ROOT	0400

/*
 * Files of a BAR.
 */

static ssize_t emit_address(char *buf, bool known, u64 address)
{
	if (!known)
		return sysfs_emit(buf, "none\n");
	return sysfs_emit(buf, "0x%llx\n", address);
}

static ssize_t emit_state(struct pci_dev *pdev, const struct pfb_bar_report *report, char *buf)
{
	return sysfs_emit(buf, "%s\n", pfb_state_name(report->state));
}

static ssize_t emit_declared(struct pci_dev *pdev, const struct pfb_bar_report *report, char *buf)
{
	return emit_address(buf, report->has_declared, report->declared.gpa);
}

static ssize_t emit_hpa(struct pci_dev *pdev, const struct pfb_bar_report *report, char *buf)
{
	return emit_address(buf, report->has_declared &&
			    report->declared.flags & PFB_MANIFEST_BAR_HPA, report->declared.hpa);
}

static ssize_t emit_actual(struct pci_dev *pdev, const struct pfb_bar_report *report, char *buf)
{
	return emit_address(buf, report->exists && report->assigned, report->registered);
}

static ssize_t emit_source(struct pci_dev *pdev, const struct pfb_bar_report *report, char *buf)
{
	unsigned long sources = report->sources;
	unsigned int source;
	ssize_t len = 0;

	if (!sources)
		return sysfs_emit(buf, "none\n");
	for_each_set_bit(source, &sources, PFB_NR_SOURCES)
		len += sysfs_emit_at(buf, len, "%s%s", len ? " " : "", pfb_source_name(source));
	return len + sysfs_emit_at(buf, len, "\n");
}

/* The words need the facts, not only the report: see show_bar(). */
static ssize_t emit_explain(struct pci_dev *pdev, unsigned int bar, char *buf)
{
	char *text = kmalloc(PFB_ERROR_TEXT_MAX, GFP_KERNEL);
	ssize_t len;

	if (!text)
		return -ENOMEM;
	len = sysfs_emit(buf, "%s\n",
			 pfb_registry_bar_explain(pdev, bar, text, PFB_ERROR_TEXT_MAX));
	kfree(text);
	return len;
}

static const struct bar_file {
	const char *name;
	umode_t mode;
	ssize_t (*emit)(struct pci_dev *pdev, const struct pfb_bar_report *report, char *buf);
} bar_files[] = {
	{ "state", MODE_ALL, emit_state },
	{ "declared", MODE_ROOT, emit_declared },
	{ "hpa", MODE_ROOT, emit_hpa },
	{ "actual", MODE_ROOT, emit_actual },
	{ "source", MODE_ALL, emit_source },
	{ "explain", MODE_ROOT, NULL },
};

/* One file of one BAR: "vfbar5_declared" is the longest name. */
struct bar_attribute {
	struct device_attribute dev_attr;
	unsigned int bar;
	const struct bar_file *file;
	char name[24];
};

/* What one function has in sysfs. */
struct function_group {
	struct hlist_node by_pdev;
	struct pci_dev *pdev;
	u32 bars;
	struct attribute_group group;
	struct attribute **attrs;
	struct bar_attribute files[];
};

static ssize_t show_bar(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct bar_attribute *file = container_of(attr, struct bar_attribute, dev_attr);
	struct pci_dev *pdev = to_pci_dev(dev);
	struct pfb_bar_report report;
	int ret;

	if (!file->file->emit)
		return emit_explain(pdev, file->bar, buf);
	ret = pfb_registry_bar(pdev, file->bar, &report);
	if (ret)
		return ret;
	return file->file->emit(pdev, &report, buf);
}

/*
 * Files of a function.
 */

static ssize_t path_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	char text[PFB_PATH_TEXT_MAX];
	struct pfb_path path;
	int ret;

	ret = pfb_scan_path(to_pci_dev(dev), &path);
	if (ret)
		return ret;
	return sysfs_emit(buf, "%s\n", pfb_path_format(&path, text, sizeof(text)));
}
static DEVICE_ATTR_RO(path);

static ssize_t clique_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	u32 clique = pfb_registry_clique(to_pci_dev(dev));

	if (clique == PFB_CLIQUE_NONE)
		return sysfs_emit(buf, "none\n");
	return sysfs_emit(buf, "%u\n", clique);
}
static DEVICE_ATTR_RO(clique);

/* pci_resize_resource() says only -ENOTSUPP, and nobody is told that it was asked. */
static ssize_t resize_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct pci_dev *pdev = to_pci_dev(dev);
	const char *who = NULL;

	if (pfb_preserve_guards(pdev->bus))
		who = "pci_fixed_bars keeps the addresses behind this host bridge";
	else if (pci_find_host_bridge(pdev->bus)->preserve_config)
		who = "firmware asked to keep the boot configuration, and the kernel does";
	if (!who)
		return sysfs_emit(buf, "allowed\n");
	return sysfs_emit(buf, "refused: %s, and another size would take them away: size the BAR on the host, before the guest starts\n",
			  who);
}
static DEVICE_ATTR_RO(resize);

static ssize_t preserve_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	switch (pfb_registry_preserve_of(to_pci_dev(dev))) {
	case PFB_PRESERVE_HONOURED:
		return sysfs_emit(buf, "honoured\n");
	case PFB_PRESERVE_IGNORED:
		return sysfs_emit(buf, "ignored\n");
	case PFB_PRESERVE_NOT_ASKED:
		break;
	}
	return sysfs_emit(buf, "not-asked\n");
}
static DEVICE_ATTR_RO(preserve);

/* The registry writes into a buffer of its size, sysfs gives a page. */
static ssize_t emit_text(void (*ask)(struct pci_dev *pdev, char *buf, size_t size),
			 struct device *dev, char *buf)
{
	char *text = kmalloc(PFB_ERROR_TEXT_MAX, GFP_KERNEL);
	ssize_t len;

	if (!text)
		return -ENOMEM;
	ask(to_pci_dev(dev), text, PFB_ERROR_TEXT_MAX);
	len = sysfs_emit(buf, "%s\n", text);
	kfree(text);
	return len;
}

static ssize_t provider_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return emit_text(pfb_registry_provider, dev, buf);
}
static DEVICE_ATTR_RO(provider);

static ssize_t error_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return emit_text(pfb_registry_error, dev, buf);
}
static DEVICE_ATTR(error, MODE_ROOT, error_show, NULL);

static struct attribute *function_attrs[] = {
	&dev_attr_path.attr,
	&dev_attr_clique.attr,
	&dev_attr_preserve.attr,
	&dev_attr_resize.attr,
	&dev_attr_provider.attr,
	&dev_attr_error.attr,
};

/* The registry's track lock guards it: the registry calls one at a time. */
static DEFINE_HASHTABLE(groups, 8);

static struct function_group *find_group(struct pci_dev *pdev)
{
	struct function_group *group;

	hash_for_each_possible(groups, group, by_pdev, (unsigned long)pdev)
		if (group->pdev == pdev)
			return group;
	return NULL;
}

static int add_group(struct pci_dev *pdev, u32 bars)
{
	unsigned long shown = bars;
	struct bar_attribute *file;
	struct function_group *group;
	unsigned int bar, i, nr;
	int ret;

	nr = hweight32(bars) * ARRAY_SIZE(bar_files);
	group = kzalloc(struct_size(group, files, nr), GFP_KERNEL);
	if (!group)
		return -ENOMEM;
	group->attrs = kcalloc(nr + ARRAY_SIZE(function_attrs) + 1, sizeof(*group->attrs),
			       GFP_KERNEL);
	if (!group->attrs) {
		ret = -ENOMEM;
		goto err_free;
	}
	group->pdev = pdev;
	group->bars = bars;
	group->group.name = "fixed_bars";
	group->group.attrs = group->attrs;

	nr = 0;
	for_each_set_bit(bar, &shown, PFB_NR_BARS) {
		for (i = 0; i < ARRAY_SIZE(bar_files); i++, nr++) {
			file = &group->files[nr];
			file->bar = bar;
			file->file = &bar_files[i];
			snprintf(file->name, sizeof(file->name), "%s_%s",
				 pfb_bar_index_name(bar), bar_files[i].name);
			sysfs_attr_init(&file->dev_attr.attr);
			file->dev_attr.attr.name = file->name;
			file->dev_attr.attr.mode = bar_files[i].mode;
			file->dev_attr.show = show_bar;
			group->attrs[nr] = &file->dev_attr.attr;
		}
	}
	memcpy(&group->attrs[nr], function_attrs, sizeof(function_attrs));

	ret = sysfs_create_group(&pdev->dev.kobj, &group->group);
	if (ret)
		goto err_free;
	hash_add(groups, &group->by_pdev, (unsigned long)pdev);
	return 0;

err_free:
	kfree(group->attrs);
	kfree(group);
	return ret;
}

static void remove_group(struct function_group *group)
{
	hash_del(&group->by_pdev);
	sysfs_remove_group(&group->pdev->dev.kobj, &group->group);
	kfree(group->attrs);
	kfree(group);
}

/* The group has files for BARs that exist: a new one needs a new group. */
static void function_checked(struct pci_dev *pdev, u32 bars, bool declared)
{
	struct function_group *group = find_group(pdev);
	int ret;

	if (group ? group->bars == bars : !bars && !declared)
		return;
	if (group)
		remove_group(group);
	ret = add_group(pdev, bars);
	if (ret)
		pci_warn(pdev, "no fixed_bars/ in sysfs (error %d): it is checked all the same\n",
			 ret);
}

static void function_going(struct pci_dev *pdev)
{
	struct function_group *group = find_group(pdev);

	if (group)
		remove_group(group);
}

const struct pfb_registry_listener pfb_sysfs_listener = {
	.checked = function_checked,
	.going = function_going,
};

/*
 * The module as a whole.
 */

static ssize_t version_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%s\n", THIS_MODULE->version);
}

static struct kobj_attribute version_attr = __ATTR_RO(version);

static ssize_t policy_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	static const char * const names[] = {
		[PFB_POLICY_OBSERVE] = "observe",
		[PFB_POLICY_PRESERVE] = "preserve",
		[PFB_POLICY_ENFORCE] = "enforce",
	};

	return sysfs_emit(buf, "%s\n", names[pfb_registry_policy()]);
}

static struct kobj_attribute policy_attr = __ATTR_RO(policy);

static ssize_t missing_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return pfb_registry_emit_missing(buf);
}

static struct kobj_attribute missing_attr = __ATTR_RO(missing);

static ssize_t errors_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return pfb_registry_emit_errors(buf);
}

static struct kobj_attribute errors_attr = __ATTR(errors, MODE_ROOT, errors_show, NULL);

static ssize_t verify_store(struct kobject *kobj, struct kobj_attribute *attr, const char *buf,
			    size_t count)
{
	/* Not "yes" or "11": what is not asked for today may mean something tomorrow. */
	if (!sysfs_streq(buf, "1"))
		return -EINVAL;
	pfb_registry_verify_all();
	pfb_export_recheck();
	return count;
}

static struct kobj_attribute verify_attr = __ATTR_WO(verify);

static struct attribute *module_attrs[] = {
	&version_attr.attr,
	&policy_attr.attr,
	&missing_attr.attr,
	&errors_attr.attr,
	&verify_attr.attr,
	NULL,
};

/*
 * enforce: a plan is longer than the page that an attribute has.
 */

static ssize_t enforce_read(struct file *file, struct kobject *kobj,
			    PFB_BIN_ATTRIBUTE *attr, char *buf, loff_t offset, size_t count)
{
	return pfb_enforce_report(buf, offset, count);
}

static ssize_t enforce_write(struct file *file, struct kobject *kobj,
			     PFB_BIN_ATTRIBUTE *attr, char *buf, loff_t offset, size_t count)
{
	char word[16] = "";
	bool dry_run;
	int ret;

	if (offset || count >= sizeof(word))
		return -EINVAL;
	memcpy(word, buf, count);
	dry_run = sysfs_streq(word, "dry-run");
	if (!dry_run && !sysfs_streq(word, "1"))
		return -EINVAL;
	ret = pfb_enforce(dry_run, NULL);
	return ret ?: (ssize_t)count;
}

static const struct bin_attribute enforce_attr = {
	.attr = { .name = "enforce", .mode = 0600 },
	.read = enforce_read,
	.write = enforce_write,
};

static const struct attribute_group module_group = {
	.attrs = module_attrs,
};

/* states/: a file for each state, named as it is. */

static struct kobj_attribute state_attrs[PFB_NR_STATES];
static struct attribute *state_attr_list[PFB_NR_STATES + 1];

static ssize_t state_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", pfb_registry_count(attr - state_attrs));
}

static const struct attribute_group states_group = {
	.name = "states",
	.attrs = state_attr_list,
};

/* sources/: three files for each source. */

enum source_file {
	SOURCE_STATUS,
	SOURCE_MESSAGE,
	SOURCE_FUNCTIONS,
	NR_SOURCE_FILES
};

static const struct {
	const char *name;
	umode_t mode;
} source_files[NR_SOURCE_FILES] = {
	[SOURCE_STATUS] = { "status", MODE_ALL },
	[SOURCE_MESSAGE] = { "message", MODE_ROOT },
	[SOURCE_FUNCTIONS] = { "functions", MODE_ALL },
};

/* Names without the slashes and colons that reports have. */
static const char * const source_folders[PFB_NR_SOURCES] = {
	[PFB_SOURCE_DT] = "device_tree",
	[PFB_SOURCE_ACPI] = "acpi",
	[PFB_SOURCE_FW_CFG_FIXED_BARS] = "fw_cfg_fixed_bars",
	[PFB_SOURCE_FW_CFG_MANIFEST] = "fw_cfg_manifest",
	[PFB_SOURCE_FIRMWARE_FILE] = "firmware_file",
	[PFB_SOURCE_PARAM] = "parameter",
	[PFB_SOURCE_IOCTL] = "ioctl",
};

static struct source_attribute {
	struct kobj_attribute attr;
	char name[32];
} source_attrs[PFB_NR_SOURCES][NR_SOURCE_FILES];
static struct attribute *source_attr_list[PFB_NR_SOURCES * NR_SOURCE_FILES + 1];

static ssize_t source_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	struct source_attribute *file = container_of(attr, struct source_attribute, attr);
	unsigned int nr = file - &source_attrs[0][0];
	struct pfb_source_report *report;
	ssize_t len = 0;

	report = kmalloc(sizeof(*report), GFP_KERNEL);
	if (!report)
		return -ENOMEM;
	pfb_registry_get_source(nr / NR_SOURCE_FILES, report);
	switch ((enum source_file)(nr % NR_SOURCE_FILES)) {
	case SOURCE_STATUS:
		len = sysfs_emit(buf, "%s\n", pfb_source_status_name(report->status));
		break;
	case SOURCE_MESSAGE:
		len = sysfs_emit(buf, "%s\n", report->message.text);
		break;
	case SOURCE_FUNCTIONS:
		len = sysfs_emit(buf, "%u\n", report->nr_functions);
		break;
	case NR_SOURCE_FILES:
		break;
	}
	kfree(report);
	return len;
}

static const struct attribute_group sources_group = {
	.name = "sources",
	.attrs = source_attr_list,
};

static const struct attribute_group *all_groups[] = {
	&module_group,
	&states_group,
	&sources_group,
	NULL,
};

static struct kobject *module_kobj;

static void name_files(void)
{
	struct source_attribute *source;
	unsigned int i, j, nr = 0;

	for (i = 0; i < PFB_NR_STATES; i++) {
		sysfs_attr_init(&state_attrs[i].attr);
		state_attrs[i].attr.name = pfb_state_name(i);
		state_attrs[i].attr.mode = MODE_ALL;
		state_attrs[i].show = state_show;
		state_attr_list[i] = &state_attrs[i].attr;
	}
	for (i = 0; i < PFB_NR_SOURCES; i++) {
		for (j = 0; j < NR_SOURCE_FILES; j++) {
			source = &source_attrs[i][j];
			snprintf(source->name, sizeof(source->name), "%s_%s",
				 source_folders[i], source_files[j].name);
			sysfs_attr_init(&source->attr.attr);
			source->attr.attr.name = source->name;
			source->attr.attr.mode = source_files[j].mode;
			source->attr.show = source_show;
			source_attr_list[nr++] = &source->attr.attr;
		}
	}
}

/* Not left to who drops the last reference: the name is free when the module comes again. */
static void remove_folder(void)
{
	kobject_del(module_kobj);
	kobject_put(module_kobj);
}

int pfb_sysfs_init(void)
{
	int ret;

	name_files();
	module_kobj = kobject_create_and_add("pci_fixed_bars", kernel_kobj);
	if (!module_kobj)
		return -ENOMEM;
	ret = sysfs_create_groups(module_kobj, all_groups);
	if (ret)
		goto err_folder;
	ret = sysfs_create_bin_file(module_kobj, &enforce_attr);
	if (ret)
		goto err_groups;
	return 0;

err_groups:
	sysfs_remove_groups(module_kobj, all_groups);
err_folder:
	remove_folder();
	return ret;
}

void pfb_sysfs_exit(void)
{
	sysfs_remove_bin_file(module_kobj, &enforce_attr);
	sysfs_remove_groups(module_kobj, all_groups);
	remove_folder();
}
