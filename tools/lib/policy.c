// SPDX-License-Identifier: GPL-2.0
#include "lib/policy.h"

#include <libfdt.h>
#include <stdlib.h>

#include "lib/acpi_table.h"
#include "lib/dtb.h"
#include "lib/file.h"
#include "lib/policy_tables.h"

#define DRACUT_TABLES	"/var/lib/pci-fixed-bars/acpi"
#define DRACUT_DSDT	DRACUT_TABLES "/dsdt.aml"
#define DRACUT_SSDT	DRACUT_TABLES "/ssdt.aml"

#define ASK_VMM		"ask for a VM whose host bridges have a _DSM with a function 5 that returns 0, or, with a device tree, 'linux,pci-probe-only'"

static bool has_initramfs_tools(const char *root)
{
	return pfb_policy_exists(root, "/usr/sbin/update-initramfs");
}

static bool has_dracut(const char *root)
{
	return pfb_policy_exists(root, "/usr/bin/dracut");
}

static bool has_hook(const char *root)
{
	return pfb_policy_exists(root, "/usr/share/initramfs-tools/hooks/pci-fixed-bars") ||
	       pfb_policy_exists(root, "/etc/initramfs-tools/hooks/pci-fixed-bars");
}

static void refresh_initrds(struct pfb_policy_plan *plan)
{
	if (has_initramfs_tools(plan->root))
		pfb_policy_plan_command(plan, "update-initramfs -u -k all");
	if (has_dracut(plan->root))
		pfb_policy_plan_command(plan, "dracut --regenerate-all --force");
}

static int plan_tables(struct pfb_policy_plan *plan, const struct pfb_policy_tables *tables,
		       struct pfb_error *err)
{
	static const char conf[] = PFB_POLICY_MARK
		"acpi_override=\"yes\"\nacpi_table_dir=\"" DRACUT_TABLES "\"\n";
	int ret = 0;
	size_t size;
	u8 *cpio;

	if (has_initramfs_tools(plan->root)) {
		ret = pfb_policy_tables_cpio(tables, &cpio, &size, err);
		if (ret)
			return ret;
		ret = pfb_policy_plan_write(plan, PFB_POLICY_CPIO, cpio, size, err);
		free(cpio);
	}
	if (ret || !has_dracut(plan->root))
		return ret;
	ret = pfb_policy_plan_write(plan, DRACUT_SSDT, tables->ssdt, tables->ssdt_size, err);
	if (!ret && tables->dsdt)
		ret = pfb_policy_plan_write(plan, DRACUT_DSDT, tables->dsdt, tables->dsdt_size, err);
	else if (!ret)
		ret = pfb_policy_plan_remove(plan, DRACUT_DSDT, err);
	if (!ret)
		ret = pfb_policy_plan_write(plan, PFB_POLICY_DRACUT, conf, strlen(conf), err);
	return ret;
}

static int read_dsdt(const char *root, const char *file, u8 **dsdt, size_t *size,
		     bool *seen_again, struct pfb_error *err)
{
	int ret;

	if (!file)
		return pfb_policy_vm_dsdt(root, dsdt, size, seen_again, err);
	*seen_again = true;
	ret = pfb_file_read(file, PFB_ACPI_TABLE_MAX, (void **)dsdt, size, err);
	if (ret)
		return ret;
	ret = pfb_acpi_table_check(*dsdt, *size, "DSDT", true, err);
	if (!ret)
		return 0;
	free(*dsdt);
	return pfb_file_fail(err, ret, file);
}

int pfb_policy_tables_of_vm(const char *root, const char *file, struct pfb_policy_plan *plan,
			    u8 **data, size_t *size, struct pfb_error *err)
{
	struct pfb_policy_tables tables = { 0 };
	bool seen_again;
	size_t dsdt_size = 0;
	u8 *dsdt = NULL;
	int ret;

	ret = read_dsdt(root, file, &dsdt, &dsdt_size, &seen_again, err);
	if (ret)
		return ret;
	ret = pfb_policy_tables_make(root, dsdt, dsdt_size, &tables, err);
	if (ret && file)
		pfb_file_fail(err, ret, file);
	free(dsdt);
	/* A DSDT that outlives the VM it was taken from describes another machine. */
	if (!ret && plan && tables.dsdt && !seen_again)
		ret = pfb_fail(err, -EOPNOTSUPP,
			       "this VM's DSDT has a _DSM of its own, and would have to be replaced; but whether the VM's changes later could not be seen here, as it can on QEMU: " ASK_VMM);
	if (!ret && plan)
		ret = plan_tables(plan, &tables, err);
	if (!ret && data)
		ret = pfb_policy_tables_cpio(&tables, data, size, err);
	pfb_policy_tables_free(&tables);
	return ret;
}

static int install_tables(struct pfb_policy_plan *plan,
			  const struct pfb_policy_platform *platform,
			  const struct pfb_policy_wish *wish, struct pfb_error *err)
{
	const char *refused = pfb_policy_tables_refused(platform);
	int ret;

	if (refused)
		return pfb_fail(err, -EOPNOTSUPP, "%s: " ASK_VMM, refused);
	if (*platform->no_upgrade)
		pfb_policy_plan_note(plan,
				     "Linux %s was built without CONFIG_ACPI_TABLE_UPGRADE, and will ignore the table",
				     platform->no_upgrade);
	if (!has_initramfs_tools(plan->root) && !has_dracut(plan->root))
		return pfb_fail(err, -EOPNOTSUPP,
				"neither initramfs-tools nor dracut is in %s/: write the table with 'pci-fixed-bars policy table --output FILE', and put FILE before the initrd that the VM is started with",
				plan->root);
	if (has_initramfs_tools(plan->root) && !has_hook(plan->root))
		return pfb_fail(err, -EOPNOTSUPP,
				"%s/usr/share/initramfs-tools/hooks/pci-fixed-bars is missing, which puts the table before the initrd: install the package pci-fixed-bars-tools",
				plan->root);
	ret = pfb_policy_tables_of_vm(plan->root, wish->dsdt, plan, NULL, NULL, err);
	if (!ret && !platform->running && !wish->dsdt)
		pfb_policy_plan_note(plan,
				     "no VM's DSDT was given: where the VM has a _DSM of its own (QEMU on arm64), the table counts from the second boot on; give that VM's with --dsdt");
	if (!ret)
		refresh_initrds(plan);
	return ret;
}

static int install_words(struct pfb_policy_plan *plan, struct pfb_error *err)
{
	unsigned int i, found = 0;
	int ret = 0;

	for (i = 0; i < PFB_POLICY_NR_LOADERS && !ret; i++) {
		const struct pfb_policy_loader *loader = pfb_policy_loaders[i];

		if (!loader->present(plan->root))
			continue;
		found++;
		ret = loader->install(plan, PFB_POLICY_WORDS, false, err);
		if (!ret)
			loader->refresh(plan);
	}
	if (!ret && !found)
		return pfb_fail(err, -EOPNOTSUPP,
				"no boot loader that is known (GRUB, systemd-boot, extlinux) is in %s/: add '" PFB_POLICY_WORDS "' to the kernel's command line where the VM is started",
				plan->root);
	return ret;
}

static int install_dtb(struct pfb_policy_plan *plan, const char *file, struct pfb_error *err)
{
	struct pfb_dtb_bridges bridges;
	struct pfb_dtb dtb;
	unsigned int i;
	int ret;

	if (!file || !pfb_policy_extlinux.present(plan->root))
		return pfb_fail(err, -EOPNOTSUPP,
				"the device tree comes from the VMM: set 'linux,pci-probe-only' there (pci-fixed-bars dtb -i IN -o OUT --pci-enum-done --probe-only), or, where U-Boot loads one for extlinux, name it with --dtb");
	ret = pfb_dtb_load(file, &dtb, err);
	if (ret)
		return ret;
	ret = pfb_dtb_host_bridges(&dtb, &bridges, err);
	if (!ret && !bridges.nr)
		ret = pfb_fail(err, -ENODEV, "there is no PCI host bridge in it");
	for (i = 0; !ret && i < bridges.nr; i++)
		ret = pfb_dtb_set_flag(&dtb, PFB_DTB_ENUM_DONE, bridges.path[i], true, err);
	if (!ret)
		ret = pfb_dtb_set_flag(&dtb, PFB_DTB_PROBE_ONLY, NULL, true, err);
	if (!ret && fdt_pack(dtb.fdt))
		ret = pfb_fail(err, -EINVAL, "it cannot be packed");
	if (ret)
		pfb_file_fail(err, ret, file);
	else
		ret = pfb_policy_plan_write(plan, PFB_POLICY_DTB, dtb.fdt, fdt_totalsize(dtb.fdt), err);
	pfb_dtb_free(&dtb);
	if (!ret)
		ret = pfb_policy_extlinux.install(plan, "", true, err);
	if (!ret)
		pfb_policy_extlinux.refresh(plan);
	return ret;
}

int pfb_policy_install(struct pfb_policy_plan *plan, const struct pfb_policy_platform *platform,
		       const struct pfb_policy_wish *wish, struct pfb_error *err)
{
	int ret;

	switch (wish->kind) {
	case PFB_POLICY_X86:
		ret = install_words(plan, err);
		break;
	case PFB_POLICY_ARM64_ACPI:
		ret = install_tables(plan, platform, wish, err);
		break;
	case PFB_POLICY_ARM64_DT:
		ret = install_dtb(plan, wish->dtb, err);
		break;
	default:
		return pfb_fail(err, -EOPNOTSUPP,
				"what kind of machine %s/ is for cannot be told: state it with --platform x86, arm64-acpi or arm64-dt",
				plan->root);
	}
	return ret ? ret : pfb_policy_plan_compare(plan, 0, err);
}

static int remove_tables(struct pfb_policy_plan *plan, struct pfb_error *err)
{
	static const char *const files[] = {
		PFB_POLICY_CPIO, PFB_POLICY_DRACUT, DRACUT_DSDT, DRACUT_SSDT,
	};
	u32 before = plan->nr_files;
	int ret = 0;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(files) && !ret; i++)
		ret = pfb_policy_plan_remove(plan, files[i], err);
	if (!ret)
		ret = pfb_policy_plan_compare(plan, before, err);
	if (ret > 0)
		refresh_initrds(plan);
	return ret;
}

int pfb_policy_remove(struct pfb_policy_plan *plan, struct pfb_error *err)
{
	int ret, changes = 0;
	unsigned int i;

	for (i = 0; i < PFB_POLICY_NR_LOADERS; i++) {
		const struct pfb_policy_loader *loader = pfb_policy_loaders[i];
		u32 before = plan->nr_files;

		ret = loader->remove(plan, PFB_POLICY_WORDS, err);
		if (!ret)
			ret = pfb_policy_plan_compare(plan, before, err);
		if (ret < 0)
			return ret;
		if (ret)
			loader->refresh(plan);
		changes += ret;
	}
	ret = pfb_policy_plan_remove(plan, PFB_POLICY_DTB, err);
	if (!ret)
		ret = pfb_policy_plan_compare(plan, plan->nr_files - 1, err);
	if (ret < 0)
		return ret;
	changes += ret;
	ret = remove_tables(plan, err);
	return ret < 0 ? ret : changes + ret;
}

bool pfb_policy_installed(const char *root, bool *tables, bool *words)
{
	bool some_tables, some_words = false, some = false;
	unsigned int i;

	some_tables = pfb_policy_exists(root, PFB_POLICY_CPIO) ||
		      pfb_policy_exists(root, PFB_POLICY_DRACUT);
	for (i = 0; i < PFB_POLICY_NR_LOADERS; i++) {
		const struct pfb_policy_loader *loader = pfb_policy_loaders[i];

		if (!pfb_policy_exists(root, loader->file))
			continue;
		some = true;
		/* extlinux may have been given a device tree only; what is saved has no words. */
		some_words |= loader != &pfb_policy_extlinux ||
			      pfb_policy_mentions(root, loader->file, PFB_POLICY_WORDS);
	}
	if (tables)
		*tables = some_tables;
	if (words)
		*words = some_words;
	return some_tables || some;
}

int pfb_policy_update(struct pfb_policy_plan *plan, const struct pfb_policy_platform *platform,
		      struct pfb_error *err)
{
	const struct pfb_policy_wish wish = { .kind = PFB_POLICY_ARM64_ACPI };
	bool tables;
	int ret;

	pfb_policy_installed(plan->root, &tables, NULL);
	if (!tables)
		return 0;
	ret = pfb_policy_install(plan, platform, &wish, err);
	if (ret != -EOPNOTSUPP && ret != -EINVAL && ret != -ERANGE)
		return ret;
	/* A table that is not known to fit is worse than none. */
	pfb_policy_plan_note(plan, "the ACPI table is dropped: %s", err->text);
	pfb_policy_plan_free(plan);
	plan->nr_commands = 0;
	return remove_tables(plan, err);
}
