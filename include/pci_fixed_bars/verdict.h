/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PCI_FIXED_BARS_VERDICT_H
#define PCI_FIXED_BARS_VERDICT_H

#include <pci_fixed_bars/declaration.h>	/* and with it enum pfb_bar_state */

/**
 * struct pfb_bar_facts - all that a verdict is made of
 * @declared: what was declared for this BAR, or NULL
 * @uncertain: the declaration may mean an identical function instead
 * @decl_vendor: declared vendor id or %PFB_ANY_ID
 * @decl_device: declared device id or %PFB_ANY_ID
 * @vendor: vendor id found
 * @device: device id found
 * @present: the function exists
 * @exists: the BAR exists (has a size)
 * @assigned: the resource has an address and is in the resource tree
 * @registered: address that the BAR's register holds
 * @resource: start of the kernel's resource, as a bus address
 * @cut_off: a bridge window above does not hold it in hardware, so that accesses
 *	do not arrive
 * @size: size found, bytes
 * @preserve: firmware asked for preservation and the kernel honours it
 * @has_baseline: @baseline is meaningful. Without one nobody knows where
 *	firmware left the BAR, so that it cannot be ``preserved``
 * @baseline: address when the baseline was taken
 */
struct pfb_bar_facts {
	const struct pfb_declared_bar *declared;
	bool uncertain;
	u16 decl_vendor;
	u16 decl_device;
	u16 vendor;
	u16 device;
	bool present;
	bool exists;
	bool assigned;
	u64 registered;
	u64 resource;
	bool cut_off;
	u64 size;
	bool preserve;
	bool has_baseline;
	u64 baseline;
};

/**
 * pfb_verdict() - declared against actual
 * @facts: the facts
 *
 * Context: any.
 * Return: the state; the first of missing (the function), id-mismatch, missing
 * (the BAR), wrong-size, unassigned, moved, hpa-mismatch that applies, else how
 * good the good case is.
 */
enum pfb_bar_state pfb_verdict(const struct pfb_bar_facts *facts);

/**
 * pfb_verdict_explain() - a verdict in words: expected, actual and the fix
 * @facts: the facts
 * @state: what pfb_verdict() said of them
 * @buf: receives the text, always with a NUL. It names addresses; the caller
 *	names the function and the BAR
 * @size: bytes in @buf; %PFB_ERROR_TEXT_MAX always suffices
 *
 * Context: any.
 * Return: @buf.
 */
const char *pfb_verdict_explain(const struct pfb_bar_facts *facts,
				enum pfb_bar_state state, char *buf, size_t size);

/**
 * pfb_verdict_log_text() - a verdict in words that everybody may read
 * @facts: the facts
 * @state: what pfb_verdict() said of them
 * @buf: receives the text, always with a NUL
 * @size: bytes in @buf; %PFB_ERROR_TEXT_MAX always suffices
 *
 * As pfb_verdict_explain(), without a host-physical address: whoever may read the kernel's log
 * learns guest-physical addresses from the PCI core, but none of the host.
 *
 * Context: any.
 * Return: @buf.
 */
const char *pfb_verdict_log_text(const struct pfb_bar_facts *facts,
				 enum pfb_bar_state state, char *buf, size_t size);

/**
 * pfb_state_name() - a state's name in reports and in sysfs
 * @state: the state
 *
 * Context: any.
 * Return: a constant string such as "hpa-mismatch".
 */
const char *pfb_state_name(enum pfb_bar_state state);

/**
 * pfb_state_passes() - does a check pass on this state
 * @state: the state
 * @allow_declared: the user says that ``declared`` suffices
 * @allow_preserved: the user says that ``preserved`` suffices
 *
 * Context: any.
 * Return: true for ``verified``, and for what was allowed. Unknown never passes.
 */
bool pfb_state_passes(enum pfb_bar_state state, bool allow_declared, bool allow_preserved);

#endif /* PCI_FIXED_BARS_VERDICT_H */
