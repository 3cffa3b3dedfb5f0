// SPDX-License-Identifier: GPL-2.0
#include "lib/policy_tables.h"

#include <stdlib.h>

#include "lib/acpi_table.h"
#include "lib/cpio.h"
#include "lib/file.h"
#include "lib/policy_root.h"
#include "lib/policy_ssdt.h"

#define LIVE_DSDT	"/sys/firmware/acpi/tables/DSDT"
#define QEMU_TABLES	"/sys/firmware/qemu_fw_cfg/by_name/etc/acpi/tables/raw"

/* As the module reads fw_cfg: the kernel reads it from 0 again for each chunk. */
#define QEMU_TABLES_MAX	(1U << 20)

/* The DSDT in QEMU's tables, which firmware copies and whose checksum it sets. */
static int qemu_dsdt(const char *root, u8 **dsdt, size_t *size, struct pfb_error *err)
{
	size_t offset, blob_size;
	void *blob;
	int ret;

	ret = pfb_policy_read(root, QEMU_TABLES, QEMU_TABLES_MAX, &blob, &blob_size, err);
	if (ret)
		return ret;
	ret = pfb_acpi_table_find(blob, blob_size, "DSDT", &offset, size, err);
	if (!ret) {
		*dsdt = malloc(*size);
		if (*dsdt) {
			memcpy(*dsdt, (u8 *)blob + offset, *size);
			pfb_acpi_table_seal(*dsdt, *size);
		} else {
			ret = pfb_fail(err, -ENOMEM, "out of memory");
		}
	}
	free(blob);
	return ret;
}

static int count_renamed(void *ctx, const struct pfb_aml_object *object, struct pfb_error *err)
{
	const char *dot = strrchr(object->path, '.');

	(void)err;
	if (object->kind == PFB_AML_METHOD && dot && !strcmp(dot, ".XDSM"))
		++*(unsigned int *)ctx;
	return 0;
}

static bool is_patched(const u8 *dsdt, size_t size)
{
	unsigned int renamed = 0;

	return !pfb_aml_walk(dsdt, size, count_renamed, &renamed, NULL) && renamed;
}

static int choose(u8 *live, size_t live_size, u8 *vm, size_t vm_size, bool have_vm,
		  struct pfb_error *err)
{
	if (have_vm) {
		if ((live_size == vm_size && !memcmp(live, vm, vm_size)) ||
		    is_patched(live, live_size))
			return 0;
		return pfb_fail(err, -EOPNOTSUPP,
				"the DSDT that the kernel uses is neither QEMU's nor ours: firmware changes it, so that a later change could not be seen; have the VMM give the host bridges a _DSM whose function 5 returns 0");
	}
	if (is_patched(live, live_size))
		return pfb_fail(err, -EOPNOTSUPP,
				"the DSDT that the kernel uses is ours, and what the VM brings cannot be read: run 'pci-fixed-bars policy remove', reboot, and install again (on QEMU: modprobe qemu_fw_cfg)");
	return 0;
}

int pfb_policy_vm_dsdt(const char *root, u8 **dsdt, size_t *size, bool *seen_again,
		       struct pfb_error *err)
{
	size_t live_size, vm_size = 0;
	void *live;
	u8 *vm = NULL;
	int ret;

	*dsdt = NULL;
	*seen_again = false;
	ret = pfb_policy_read(root, LIVE_DSDT, PFB_ACPI_TABLE_MAX, &live, &live_size, err);
	if (ret)
		return ret == -ENOENT ? 0 : ret;
	ret = pfb_acpi_table_check(live, live_size, "DSDT", true, err);
	if (ret) {
		pfb_file_fail(err, ret, LIVE_DSDT);
	} else {
		*seen_again = !qemu_dsdt(root, &vm, &vm_size, err);
		ret = choose(live, live_size, vm, vm_size, *seen_again, err);
	}
	if (ret) {
		free(live);
		free(vm);
		return ret;
	}
	*dsdt = *seen_again ? vm : live;
	*size = *seen_again ? vm_size : live_size;
	free(*seen_again ? live : vm);
	return 0;
}

/* Those of the running machine; a table may also make one that the DSDT has not. */
static void add_live_bridges(const char *root, struct pfb_policy_bridges *bridges)
{
	size_t nr, i;
	char **list = pfb_policy_list(root, "/sys/devices/pci*/firmware_node/path", &nr);
	u32 j;

	for (i = 0; i < nr; i++) {
		size_t size;
		void *text;

		if (pfb_policy_read(root, list[i], PFB_AML_PATH_MAX - 1, &text, &size, NULL))
			continue;
		((char *)text)[strcspn(text, "\n")] = '\0';
		for (j = 0; j < bridges->nr && strcmp(bridges->path[j], text); j++)
			;
		/* "\ABCD.EFGH": what the kernel prints, and an SSDT can name */
		if (j == bridges->nr && *(char *)text == '\\' && strlen(text) % 5 == 0 &&
		    j < PFB_POLICY_BRIDGES_MAX) {
			strcpy(bridges->path[j], text);
			bridges->dsm[j] = 0;
			bridges->nr++;
		}
		free(text);
	}
	pfb_policy_list_free(list, nr);
}

int pfb_policy_tables_make(const char *root, const u8 *dsdt, size_t size,
			   struct pfb_policy_tables *tables, struct pfb_error *err)
{
	struct pfb_policy_bridges *bridges = calloc(1, sizeof(*bridges));
	bool patch = false;
	int ret = 0;
	u32 i;

	memset(tables, 0, sizeof(*tables));
	if (!bridges)
		return pfb_fail(err, -ENOMEM, "out of memory");
	if (dsdt)
		ret = pfb_policy_dsdt_bridges(dsdt, size, bridges, err);
	for (i = 0; i < bridges->nr; i++)
		patch |= bridges->dsm[i] != 0;
	if (!ret && patch) {
		tables->dsdt = malloc(size);
		tables->dsdt_size = size;
		if (tables->dsdt) {
			memcpy(tables->dsdt, dsdt, size);
			ret = pfb_policy_dsdt_patch(tables->dsdt, size, bridges, err);
		} else {
			ret = pfb_fail(err, -ENOMEM, "out of memory");
		}
	}
	add_live_bridges(root, bridges);
	if (!ret)
		ret = pfb_policy_ssdt(bridges, &tables->ssdt, &tables->ssdt_size, err);
	if (ret)
		pfb_policy_tables_free(tables);
	free(bridges);
	return ret;
}

void pfb_policy_tables_free(struct pfb_policy_tables *tables)
{
	free(tables->ssdt);
	free(tables->dsdt);
	memset(tables, 0, sizeof(*tables));
}

int pfb_policy_tables_cpio(const struct pfb_policy_tables *tables, u8 **data, size_t *size,
			   struct pfb_error *err)
{
	struct pfb_cpio cpio = { 0 };
	int ret;

	pfb_cpio_add(&cpio, "kernel", NULL, 0);
	pfb_cpio_add(&cpio, "kernel/firmware", NULL, 0);
	pfb_cpio_add(&cpio, "kernel/firmware/acpi", NULL, 0);
	if (tables->dsdt)
		pfb_cpio_add(&cpio, "kernel/firmware/acpi/pci-fixed-bars-dsdt.aml", tables->dsdt,
			     tables->dsdt_size);
	pfb_cpio_add(&cpio, "kernel/firmware/acpi/pci-fixed-bars-ssdt.aml", tables->ssdt,
		     tables->ssdt_size);
	ret = pfb_cpio_end(&cpio, err);
	*data = cpio.data;
	*size = cpio.size;
	return ret;
}

bool pfb_policy_tables_used(const char *root)
{
	size_t nr, i, size;
	char **list = pfb_policy_list(root, "/sys/firmware/acpi/tables/SSDT*", &nr);
	bool used = false;
	void *table;

	for (i = 0; i < nr && !used; i++) {
		if (pfb_policy_read(root, list[i], PFB_ACPI_TABLE_MAX, &table, &size, NULL))
			continue;
		used = size >= PFB_ACPI_HEADER &&
		       !memcmp((u8 *)table + PFB_ACPI_OEM_ID, PFB_POLICY_OEM_ID, 6) &&
		       !memcmp((u8 *)table + PFB_ACPI_OEM_TABLE_ID, PFB_POLICY_TABLE_ID, 8);
		free(table);
	}
	pfb_policy_list_free(list, nr);
	return used;
}
