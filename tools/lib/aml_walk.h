/* SPDX-License-Identifier: GPL-2.0 */
/* The named objects of an ACPI table's AML, found without running any of it. */
#ifndef PFB_LIB_AML_WALK_H
#define PFB_LIB_AML_WALK_H

#include <pci_fixed_bars/error.h>
#include <pci_fixed_bars/types.h>

#define PFB_AML_SEGS_MAX	16
#define PFB_AML_PATH_MAX	(2 + 5 * PFB_AML_SEGS_MAX)

/**
 * enum pfb_aml_kind - what was found
 * @PFB_AML_DEVICE: a Device
 * @PFB_AML_METHOD: a Method
 * @PFB_AML_NAME: a Name
 */
enum pfb_aml_kind {
	PFB_AML_DEVICE,
	PFB_AML_METHOD,
	PFB_AML_NAME,
};

/**
 * struct pfb_aml_object - a named object
 * @kind: what it is
 * @path: its path, such as ``\_SB_.PCI0._HID``
 * @name: offset in the table of the last four characters of its name
 * @args: of a method: how many arguments it takes
 * @value: of a name: offset in the table of its value
 * @end: of a name: offset behind its value
 */
struct pfb_aml_object {
	enum pfb_aml_kind kind;
	const char *path;
	size_t name;
	unsigned int args;
	size_t value;
	size_t end;
};

/**
 * typedef pfb_aml_visit_fn - called with each object, in the table's order
 * @ctx: as given
 * @object: valid during the call
 * @err: receives what went wrong
 *
 * Return: 0, or a negative errno that ends the walk.
 */
typedef int (*pfb_aml_visit_fn)(void *ctx, const struct pfb_aml_object *object,
				struct pfb_error *err);

/**
 * pfb_aml_walk() - visit the named objects of a table
 * @table: the table, header included; it may be hostile
 * @size: bytes in @table, more than %PFB_ACPI_HEADER
 * @visit: called with each device, method and name outside of methods
 * @ctx: handed to @visit
 * @err: receives what was not understood, and where
 *
 * Both branches of an If that runs while the table loads are visited. A table
 * that calls a method with arguments while it loads is refused: how many
 * arguments there are cannot be told without running it.
 *
 * Return: 0, -EINVAL (not sound AML), -EOPNOTSUPP (not understood), or what
 * @visit returned.
 */
int pfb_aml_walk(const u8 *table, size_t size, pfb_aml_visit_fn visit, void *ctx,
		 struct pfb_error *err);

#endif /* PFB_LIB_AML_WALK_H */
