/* SPDX-License-Identifier: GPL-2.0 */
/* ACPI tables to test with, made term by term. */
#ifndef UNIT_AML_H
#define UNIT_AML_H

#include <pci_fixed_bars/types.h>

#define UNIT_AML_MAX	4096

/**
 * struct unit_aml - bytes of AML, or a whole table
 * @data: the bytes
 * @nr: how many
 */
struct unit_aml {
	u8 data[UNIT_AML_MAX];
	size_t nr;
};

/**
 * unit_aml_put() - append bytes
 * @to: where to
 * @data: the bytes
 * @nr: how many
 */
void unit_aml_put(struct unit_aml *to, const void *data, size_t nr);

/**
 * unit_aml_package() - append an opcode, a package length, a name and what is in it
 * @to: where to
 * @op: the opcode, with 0x5b00 for an extended one
 * @name: name string as it stands in AML, or NULL
 * @body: what is in it
 */
void unit_aml_package(struct unit_aml *to, unsigned int op, const char *name,
		      const struct unit_aml *body);

/**
 * unit_aml_table() - make a table of some AML
 * @table: receives it, checksum and all
 * @signature: four characters
 * @body: the AML
 */
void unit_aml_table(struct unit_aml *table, const char *signature, const struct unit_aml *body);

/**
 * unit_aml_dsdt() - a DSDT as QEMU's for arm64 is built
 * @table: receives it
 * @dsm: the host bridge \_SB.PCI0 has a _DSM
 *
 * A device below the host bridge has one in any case.
 */
void unit_aml_dsdt(struct unit_aml *table, bool dsm);

#define UNIT_AML_PUT(to, ...) \
	unit_aml_put(to, (const u8[]){ __VA_ARGS__ }, sizeof((const u8[]){ __VA_ARGS__ }))

#endif /* UNIT_AML_H */
