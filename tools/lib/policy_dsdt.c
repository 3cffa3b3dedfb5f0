// SPDX-License-Identifier: GPL-2.0
#include "lib/policy_dsdt.h"

#include <stdlib.h>

#include "lib/acpi_table.h"

/* EISAID ("PNP0A03") and EISAID ("PNP0A08"), as a DWordConst holds them */
#define EISA_PCI	0x030ad041
#define EISA_PCIE	0x080ad041

struct found {
	const u8 *table;
	struct pfb_policy_bridges *bridges;
	struct pfb_policy_bridges *dsms;	/* all _DSM, of whatever device */
};

static bool is_bridge_id(const u8 *value, size_t size)
{
	if (size >= 5 && value[0] == 0x0c) {
		u32 id = pfb_get_le32(value + 1);

		return id == EISA_PCI || id == EISA_PCIE;
	}
	return size >= 9 && value[0] == 0x0d &&
	       (!memcmp(value + 1, "PNP0A03", 8) || !memcmp(value + 1, "PNP0A08", 8));
}

/* _CID may be a package: of constants and strings, which are looked at one by one. */
static bool states_bridge(const u8 *value, size_t size)
{
	size_t i;

	if (!size || value[0] != 0x12)
		return is_bridge_id(value, size);
	for (i = 1; i < size; i++) {
		if (is_bridge_id(value + i, size - i))
			return true;
	}
	return false;
}

/* The path of what an object belongs to; false for one at the root. */
static bool parent_of(const char *path, char *parent)
{
	const char *dot = strrchr(path, '.');

	if (!dot)
		return false;
	memcpy(parent, path, (size_t)(dot - path));
	parent[dot - path] = '\0';
	return true;
}

static u32 find(const struct pfb_policy_bridges *list, const char *path)
{
	u32 i;

	for (i = 0; i < list->nr; i++) {
		if (!strcmp(list->path[i], path))
			break;
	}
	return i;
}

static int add(struct pfb_policy_bridges *list, const char *path, size_t dsm,
	       struct pfb_error *err)
{
	if (list->nr == PFB_POLICY_BRIDGES_MAX)
		return pfb_fail(err, -E2BIG, "more than %d host bridges or _DSM",
				PFB_POLICY_BRIDGES_MAX);
	strcpy(list->path[list->nr], path);
	list->dsm[list->nr++] = dsm;
	return 0;
}

static int look(void *ctx, const struct pfb_aml_object *object, struct pfb_error *err)
{
	struct found *found = ctx;
	const u8 *name = found->table + object->name;
	char parent[PFB_AML_PATH_MAX];

	if (!parent_of(object->path, parent))
		return 0;
	switch (object->kind) {
	case PFB_AML_NAME:
		if (memcmp(name, "_HID", 4) && memcmp(name, "_CID", 4))
			return 0;
		if (!states_bridge(found->table + object->value, object->end - object->value) ||
		    find(found->bridges, parent) < found->bridges->nr)
			return 0;
		return add(found->bridges, parent, 0, err);
	case PFB_AML_METHOD:
		if (memcmp(name, "_DSM", 4))
			return 0;
		return add(found->dsms, parent, object->name, err);
	default:
		return 0;
	}
}

int pfb_policy_dsdt_bridges(const u8 *table, size_t size, struct pfb_policy_bridges *bridges,
			    struct pfb_error *err)
{
	struct found found = { table, bridges, calloc(1, sizeof(*found.dsms)) };
	u32 i, at;
	int ret;

	bridges->nr = 0;
	if (!found.dsms)
		return pfb_fail(err, -ENOMEM, "out of memory");
	ret = pfb_aml_walk(table, size, look, &found, err);
	for (i = 0; !ret && i < found.dsms->nr; i++) {
		at = find(bridges, found.dsms->path[i]);
		if (at == bridges->nr)
			continue;
		if (bridges->dsm[at])
			ret = pfb_fail(err, -EOPNOTSUPP,
				       "%s has two _DSM: which one counts depends on how the table runs",
				       bridges->path[at]);
		bridges->dsm[at] = found.dsms->dsm[i];
	}
	free(found.dsms);
	return ret;
}

int pfb_policy_dsdt_patch(u8 *table, size_t size, const struct pfb_policy_bridges *bridges,
			  struct pfb_error *err)
{
	u32 revision = pfb_get_le32(table + PFB_ACPI_OEM_REVISION), i;

	if (revision == UINT32_MAX)
		return pfb_fail(err, -ERANGE,
				"its OEM revision is 0x%x, the highest: no table can take its place",
				revision);
	for (i = 0; i < bridges->nr; i++) {
		if (bridges->dsm[i])
			memcpy(table + bridges->dsm[i], "XDSM", 4);
	}
	pfb_put_le32(table + PFB_ACPI_OEM_REVISION, revision + 1);
	pfb_acpi_table_seal(table, size);
	return 0;
}
