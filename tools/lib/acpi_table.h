/* SPDX-License-Identifier: GPL-2.0 */
/* ACPI tables as bytes: the header that all have, and its checksum. */
#ifndef PFB_LIB_ACPI_TABLE_H
#define PFB_LIB_ACPI_TABLE_H

#include <pci_fixed_bars/error.h>
#include <pci_fixed_bars/types.h>

/* ACPI specification, 5.2.6: the header of every description table. */
#define PFB_ACPI_HEADER		36
#define PFB_ACPI_LENGTH		4
#define PFB_ACPI_REVISION	8
#define PFB_ACPI_CHECKSUM	9
#define PFB_ACPI_OEM_ID		10
#define PFB_ACPI_OEM_TABLE_ID	16
#define PFB_ACPI_OEM_REVISION	24
#define PFB_ACPI_CREATOR_ID	28
#define PFB_ACPI_CREATOR_REV	32

/* More than any VM's; what is read is held in memory. */
#define PFB_ACPI_TABLE_MAX	(4U << 20)

/**
 * pfb_acpi_table_check() - is this one whole table
 * @table: the bytes
 * @size: bytes in @table
 * @signature: four characters that it must begin with
 * @checksum: its checksum must be right; before firmware has linked a table it is not
 * @err: receives what is wrong
 *
 * Return: 0 or -EINVAL.
 */
int pfb_acpi_table_check(const u8 *table, size_t size, const char *signature, bool checksum,
			 struct pfb_error *err);

/**
 * pfb_acpi_table_seal() - make the checksum right
 * @table: the table
 * @size: bytes in @table, at least %PFB_ACPI_HEADER
 */
void pfb_acpi_table_seal(u8 *table, size_t size);

/**
 * pfb_acpi_table_find() - find the only table of a signature among others
 * @blob: tables behind each other, with any padding, as in QEMU's etc/acpi/tables
 * @size: bytes in @blob
 * @signature: four characters
 * @offset: receives where it begins
 * @length: receives its length
 * @err: receives why there is none
 *
 * Return: 0, -ENOENT, or -EINVAL when there are several.
 */
int pfb_acpi_table_find(const u8 *blob, size_t size, const char *signature, size_t *offset,
			size_t *length, struct pfb_error *err);

#endif /* PFB_LIB_ACPI_TABLE_H */
