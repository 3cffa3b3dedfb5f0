// SPDX-License-Identifier: GPL-2.0
#include "unit_aml.h"

#include <stdlib.h>

#include "lib/acpi_table.h"

void unit_aml_put(struct unit_aml *to, const void *data, size_t nr)
{
	if (nr > UNIT_AML_MAX - to->nr)
		abort();
	memcpy(to->data + to->nr, data, nr);
	to->nr += nr;
}

void unit_aml_package(struct unit_aml *to, unsigned int op, const char *name,
		      const struct unit_aml *body)
{
	size_t name_len = name ? strlen(name) : 0, length = 2 + name_len + body->nr;

	if (op >> 8)
		UNIT_AML_PUT(to, (u8)(op >> 8));
	UNIT_AML_PUT(to, (u8)op, (u8)(0x40 | (length & 0x0f)), (u8)(length >> 4));
	unit_aml_put(to, name ? name : "", name_len);
	unit_aml_put(to, body->data, body->nr);
}

void unit_aml_table(struct unit_aml *table, const char *signature, const struct unit_aml *body)
{
	table->nr = PFB_ACPI_HEADER;
	memset(table->data, 0, PFB_ACPI_HEADER);
	memcpy(table->data, signature, 4);
	table->data[PFB_ACPI_REVISION] = 2;
	memcpy(table->data + PFB_ACPI_OEM_ID, "BOCHS BXPC    ", 14);
	pfb_put_le32(table->data + PFB_ACPI_OEM_REVISION, 1);
	unit_aml_put(table, body->data, body->nr);
	pfb_put_le32(table->data + PFB_ACPI_LENGTH, (u32)table->nr);
	pfb_acpi_table_seal(table->data, table->nr);
}

static void put_dsm(struct unit_aml *to)
{
	struct unit_aml method = { .nr = 0 };

	UNIT_AML_PUT(&method, 0x04, 0xa4, 0x11, 0x04, 0x0a, 0x01, 0x00);
	unit_aml_package(to, 0x14, "_DSM", &method);
}

void unit_aml_dsdt(struct unit_aml *table, bool dsm)
{
	struct unit_aml all = { .nr = 0 }, sb = { .nr = 0 }, bridge = { .nr = 0 },
			slot = { .nr = 0 }, other = { .nr = 0 };

	/* Name (_HID, EISAID ("PNP0A08")), Name (_CID, EISAID ("PNP0A03")) */
	UNIT_AML_PUT(&bridge, 0x08, '_', 'H', 'I', 'D', 0x0c, 0x41, 0xd0, 0x0a, 0x08);
	UNIT_AML_PUT(&bridge, 0x08, '_', 'C', 'I', 'D', 0x0c, 0x41, 0xd0, 0x0a, 0x03);
	UNIT_AML_PUT(&bridge, 0x5b, 0x80, 'R', 'E', 'G', '0', 0x01, 0x0b, 0x00, 0x10, 0x0a, 0x08);
	if (dsm)
		put_dsm(&bridge);
	UNIT_AML_PUT(&slot, 0x08, '_', 'A', 'D', 'R', 0x00);
	put_dsm(&slot);
	unit_aml_package(&bridge, 0x5b82, "S00_", &slot);
	/* Name (_HID, "LNRO0005") */
	UNIT_AML_PUT(&other, 0x08, '_', 'H', 'I', 'D', 0x0d, 'L', 'N', 'R', 'O', '0', '0', '0', '5', 0);
	put_dsm(&other);
	unit_aml_package(&sb, 0x5b82, "VR00", &other);
	unit_aml_package(&sb, 0x5b82, "PCI0", &bridge);
	unit_aml_package(&all, 0x10, "\\_SB_", &sb);
	unit_aml_table(table, "DSDT", &all);
}
