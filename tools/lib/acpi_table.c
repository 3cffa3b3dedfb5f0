// SPDX-License-Identifier: GPL-2.0
#include "lib/acpi_table.h"

static u8 sum(const u8 *table, size_t size)
{
	u8 total = 0;
	size_t i;

	for (i = 0; i < size; i++)
		total = (u8)(total + table[i]);
	return total;
}

int pfb_acpi_table_check(const u8 *table, size_t size, const char *signature, bool checksum,
			 struct pfb_error *err)
{
	u32 length;

	if (size < PFB_ACPI_HEADER || size > PFB_ACPI_TABLE_MAX)
		return pfb_fail(err, -EINVAL,
				"%zu bytes, expected %d to %u: this is no ACPI table", size,
				PFB_ACPI_HEADER, PFB_ACPI_TABLE_MAX);
	if (memcmp(table, signature, 4))
		return pfb_fail(err, -EINVAL,
				"its signature is 0x%08x, expected '%s': this is another table, or none",
				pfb_get_le32(table), signature);
	length = pfb_get_le32(table + PFB_ACPI_LENGTH);
	if (length != size)
		return pfb_fail(err, -EINVAL,
				"its header states %u bytes, there are %zu: the table is cut, or has something behind it",
				length, size);
	if (checksum && sum(table, size))
		return pfb_fail(err, -EINVAL,
				"its bytes add up to 0x%02x, expected 0: the table is damaged",
				sum(table, size));
	return 0;
}

void pfb_acpi_table_seal(u8 *table, size_t size)
{
	table[PFB_ACPI_CHECKSUM] = 0;
	table[PFB_ACPI_CHECKSUM] = (u8)-sum(table, size);
}

/* Names that OEMs give are text; what only looks like a signature is not followed by any. */
static bool is_header(const u8 *table, size_t room)
{
	u32 length;
	size_t i;

	if (room < PFB_ACPI_HEADER)
		return false;
	length = pfb_get_le32(table + PFB_ACPI_LENGTH);
	if (length < PFB_ACPI_HEADER || length > room)
		return false;
	for (i = PFB_ACPI_OEM_ID; i < PFB_ACPI_OEM_REVISION; i++) {
		if (table[i] && (table[i] < 0x20 || table[i] > 0x7e))
			return false;
	}
	return true;
}

int pfb_acpi_table_find(const u8 *blob, size_t size, const char *signature, size_t *offset,
			size_t *length, struct pfb_error *err)
{
	const u8 *at = blob, *end = blob + size;
	unsigned int found = 0;

	while ((at = memmem(at, (size_t)(end - at), signature, 4))) {
		if (is_header(at, (size_t)(end - at))) {
			found++;
			*offset = (size_t)(at - blob);
			*length = pfb_get_le32(at + PFB_ACPI_LENGTH);
		}
		at++;
	}
	if (!found)
		return pfb_fail(err, -ENOENT, "there is no '%s' in it", signature);
	if (found > 1)
		return pfb_fail(err, -EINVAL, "there are %u tables '%s' in it, expected one", found,
				signature);
	return 0;
}
