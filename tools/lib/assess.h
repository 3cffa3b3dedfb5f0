/* SPDX-License-Identifier: GPL-2.0 */
/* Declarations of all sources, merged, matched to functions and judged. */
#ifndef PFB_LIB_ASSESS_H
#define PFB_LIB_ASSESS_H

#include <pci_fixed_bars/verdict.h>

#include "lib/declared.h"
#include "lib/module.h"
#include "lib/guest.h"

/**
 * struct pfb_assessed_bar - one BAR
 * @exists: it exists, or was declared: there is something to say of it
 * @declared: @bar is meaningful
 * @bar: what was declared, merged from all sources that speak of it
 * @reports: bit n: struct pfb_declared.reports[n] declared it, or asked to preserve it
 * @facts: what the verdict is made of
 * @state: this program's verdict
 * @in_module: the module shows it
 * @module_state: the module's verdict
 */
struct pfb_assessed_bar {
	bool exists;
	bool declared;
	struct pfb_declared_bar bar;
	u32 reports;
	struct pfb_bar_facts facts;
	enum pfb_bar_state state;
	bool in_module;
	enum pfb_bar_state module_state;
};

/**
 * struct pfb_assessed - one function
 * @function: its index, %PFB_NO_FUNCTION when it was declared and is not there
 * @path: its path
 * @stated: some source declared something of it
 * @conflict: why nothing of what was declared applies; empty when it does
 * @vendor: declared vendor id or %PFB_ANY_ID
 * @device: declared device id or %PFB_ANY_ID
 * @flags: %PFB_MANIFEST_FN_*, as far as what was declared applies
 * @clique: its clique, as far as what was declared applies, or %PFB_CLIQUE_NONE
 * @reports: bit n: struct pfb_declared.reports[n] speaks of it
 * @bars: by PCI resource index
 */
struct pfb_assessed {
	u32 function;
	struct pfb_path path;
	bool stated;
	struct pfb_error conflict;
	u16 vendor;
	u16 device;
	u32 flags;
	u32 clique;
	u32 reports;
	struct pfb_assessed_bar bars[PFB_NR_BARS];
};

/**
 * struct pfb_assessment - every function
 * @entries: those of the topology by index, then those that are missing
 * @nr: used entries of @entries
 * @with_module: the module's view was read, too
 */
struct pfb_assessment {
	struct pfb_assessed *entries;
	u32 nr;
	bool with_module;
};

/**
 * pfb_assess() - merge, match and judge
 * @assessment: receives the verdicts; pfb_assess_free() it, after an error too
 * @guest: the machine, read without VFs
 * @declared: what its sources say
 *
 * Where two sources contradict each other in what they say of one function,
 * or two functions are declared at one address, nothing that was declared of
 * these functions applies, and the entry says who says what.
 *
 * Return: 0 or -ENOMEM.
 */
int pfb_assess(struct pfb_assessment *assessment, const struct pfb_guest *guest,
	       const struct pfb_declared *declared);

/**
 * pfb_assess_free() - give back what pfb_assess() took
 * @assessment: the verdicts; may be all zero
 */
void pfb_assess_free(struct pfb_assessment *assessment);

/**
 * pfb_assessed_state() - the verdict that counts
 * @bar: the BAR
 *
 * What this program can judge, it judges itself. Of a BAR that no source
 * available to it speaks of the module may know more: a manifest in the
 * initramfs, ACPI, or where firmware had left it.
 *
 * Return: the state.
 */
enum pfb_bar_state pfb_assessed_state(const struct pfb_assessed_bar *bar);

/**
 * pfb_assessed_differs() - do this program and the module contradict each other
 * @bar: the BAR
 *
 * Return: true when both know what must be and judge differently.
 */
bool pfb_assessed_differs(const struct pfb_assessed_bar *bar);

/**
 * pfb_assessed_sources() - who declared something
 * @declared: the sources
 * @reports: bit n: struct pfb_declared.reports[n]
 * @buf: receives their names, separated by ", "; empty without any
 * @size: bytes in @buf
 *
 * Return: @buf.
 */
const char *pfb_assessed_sources(const struct pfb_declared *declared, u32 reports,
				 char *buf, size_t size);

/**
 * pfb_assessed_module_source() - what the module says of a source
 * @assessment: the verdicts
 * @guest: the machine
 * @report: this program's own report of it
 * @seen: receives it
 *
 * Return: false when it says nothing: it is not loaded, or @report is of a
 * source that was named on the command line.
 */
bool pfb_assessed_module_source(const struct pfb_assessment *assessment,
				const struct pfb_guest *guest,
				const struct pfb_source_report *report,
				struct pfb_module_source *seen);

/**
 * pfb_assessed_source_status() - how reading a source went, as far as anybody knows
 * @assessment: the verdicts
 * @guest: the machine
 * @report: this program's own report of it
 *
 * What only the module can read, or could when it was loaded, it knows. That it
 * found nothing may mean that it could not look, either.
 *
 * Return: "absent", "good", "broken", "unreadable", "unknown" or "unsupported".
 */
const char *pfb_assessed_source_status(const struct pfb_assessment *assessment,
				       const struct pfb_guest *guest,
				       const struct pfb_source_report *report);

#endif /* PFB_LIB_ASSESS_H */
