/* SPDX-License-Identifier: GPL-2.0 */
/* The module's own view, as Documentation/ABI/testing/sysfs-pci-fixed-bars states it. */
#ifndef PFB_LIB_MODULE_H
#define PFB_LIB_MODULE_H

#include <pci_fixed_bars/verdict.h>

#include "lib/guest.h"

/**
 * pfb_module_ready() - has the module judged every function
 * @guest: the machine
 *
 * Return: true when it is loaded and its view can be read.
 */
bool pfb_module_ready(const struct pfb_guest *guest);

/**
 * pfb_module_attr() - one attribute of the module as a whole
 * @guest: the machine
 * @name: below /sys/kernel/pci_fixed_bars, such as "policy"
 * @buf: receives its first line, empty when it cannot be read
 * @size: bytes in @buf
 *
 * Return: 0 or a negative errno.
 */
int pfb_module_attr(const struct pfb_guest *guest, const char *name, char *buf, size_t size);

/**
 * pfb_module_function_attr() - one attribute of a function
 * @guest: the machine
 * @bdf: the function
 * @name: in its group fixed_bars, such as "clique"
 * @buf: receives its first line, empty when it cannot be read
 * @size: bytes in @buf
 *
 * Return: 0 or a negative errno.
 */
int pfb_module_function_attr(const struct pfb_guest *guest, const char *bdf, const char *name,
			     char *buf, size_t size);

/**
 * pfb_module_bar_state() - the module's verdict of a BAR
 * @guest: the machine
 * @bdf: the function
 * @bar: PCI resource index
 * @state: receives the verdict
 *
 * Return: 0, -ENOENT when the module shows no such BAR, -EPROTO for a word that
 * is no state.
 */
int pfb_module_bar_state(const struct pfb_guest *guest, const char *bdf, unsigned int bar,
			 enum pfb_bar_state *state);

/**
 * struct pfb_module_source - what the module says of a source
 * @status: "absent", "ok", "unsupported" or "broken"
 * @message: what was found, or what is wrong; empty when it cannot be read (root can)
 */
struct pfb_module_source {
	char status[32];
	char message[PFB_ERROR_TEXT_MAX];
};

/**
 * pfb_module_source() - what the module says of a source
 * @guest: the machine
 * @source: the source
 * @seen: receives it
 *
 * Return: true when it says something.
 */
bool pfb_module_source(const struct pfb_guest *guest, enum pfb_source source,
		       struct pfb_module_source *seen);

/**
 * pfb_module_refusal() - why the module did not move what is declared
 * @guest: the machine
 * @function: index in @guest's topology: what was to be moved
 * @buf: receives what the module's last report says of its root port, empty for nothing
 * @size: bytes in @buf
 *
 * The report names addresses, and is root's to read.
 *
 * Return: true when it was refused.
 */
bool pfb_module_refusal(const struct pfb_guest *guest, u32 function, char *buf, size_t size);

#endif /* PFB_LIB_MODULE_H */
