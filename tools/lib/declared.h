/* SPDX-License-Identifier: GPL-2.0 */
/* What every channel that user space can read says of this machine's BARs. */
#ifndef PFB_LIB_DECLARED_H
#define PFB_LIB_DECLARED_H

#include <pci_fixed_bars/declaration.h>

#include "lib/guest.h"

/**
 * enum pfb_source_status - how reading a source went
 * @PFB_STATUS_ABSENT: it is not there, which is normal
 * @PFB_STATUS_GOOD: it was read, and what it says is well-formed
 * @PFB_STATUS_BROKEN: it is there and malformed; nothing of it is used
 * @PFB_STATUS_UNREADABLE: it is or may be there, and cannot be read here
 * @PFB_STATUS_UNKNOWN: only the module can ask it, and is not loaded
 */
enum pfb_source_status {
	PFB_STATUS_ABSENT,
	PFB_STATUS_GOOD,
	PFB_STATUS_BROKEN,
	PFB_STATUS_UNREADABLE,
	PFB_STATUS_UNKNOWN,
};

/**
 * struct pfb_source_report - one source
 * @source: which
 * @label: its name; for a file given by hand, that file's
 * @status: how reading it went
 * @text: what was found, or what is wrong and the fix
 * @nr: declarations that came from it
 */
struct pfb_source_report {
	enum pfb_source source;
	char label[96];
	enum pfb_source_status status;
	struct pfb_error text;
	u32 nr;
};

/**
 * struct pfb_statement - one declaration, and who made it
 * @decl: the declaration; its path starts on a root bus if the function is there
 * @report: index of its source in struct pfb_declared.reports
 * @function: the function that it names, or %PFB_NO_FUNCTION
 */
struct pfb_statement {
	struct pfb_declaration decl;
	u32 report;
	u32 function;
};

#define PFB_REPORTS_MAX	(PFB_NR_SOURCES + 2)	/* also --manifest and --fixed-bars */

/**
 * struct pfb_declared - all that was stated
 * @reports: the sources, in reporting order
 * @nr_reports: used entries of @reports
 * @statements: the declarations of all sources that are good
 * @nr_statements: used entries of @statements
 * @room: allocated entries of @statements
 * @kept: beside the guest's root buses: the device tree asked to keep the boot
 *	configuration, and the kernel does
 */
struct pfb_declared {
	struct pfb_source_report reports[PFB_REPORTS_MAX];
	u32 nr_reports;
	struct pfb_statement *statements;
	u32 nr_statements;
	u32 room;
	bool *kept;
};

/**
 * pfb_declared_read() - read every source
 * @declared: receives what they say; pfb_declared_free() it, after an error too
 * @guest: the machine
 * @manifest: a binary manifest to be read beside them, or NULL
 * @fixed_bars: a list as in the module's parameter, or NULL
 *
 * A source that is broken or unreadable is no error: its report says so.
 *
 * Return: 0 or -ENOMEM.
 */
int pfb_declared_read(struct pfb_declared *declared, const struct pfb_guest *guest,
		      const char *manifest, const char *fixed_bars);

/**
 * pfb_declared_free() - give back what pfb_declared_read() took
 * @declared: what was read; may be all zero
 */
void pfb_declared_free(struct pfb_declared *declared);

/**
 * pfb_source_status_name() - a status' name in reports
 * @status: the status
 *
 * Return: a constant string such as "unreadable".
 */
const char *pfb_source_status_name(enum pfb_source_status status);

#endif /* PFB_LIB_DECLARED_H */
