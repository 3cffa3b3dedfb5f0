/* SPDX-License-Identifier: GPL-2.0 */
/* The uevents that the module sends when a verdict changes. */
#ifndef PFB_LIB_UEVENT_H
#define PFB_LIB_UEVENT_H

#include <pci_fixed_bars/error.h>
#include <pci_fixed_bars/types.h>

#define PFB_UEVENT_MAX	8192

/**
 * struct pfb_uevent - a verdict that changed
 * @function: the function's BDF
 * @bar: its BAR, such as "bar2"
 * @state: the verdict
 * @old_state: what it was
 *
 * Each points into the message.
 */
struct pfb_uevent {
	const char *function;
	const char *bar;
	const char *state;
	const char *old_state;
};

/**
 * pfb_uevent_parse() - is a message of the kernel one of ours
 * @message: as it came: strings, each with a NUL behind it
 * @len: bytes in @message
 * @event: receives what it says
 *
 * Return: true when it is.
 */
bool pfb_uevent_parse(const char *message, size_t len, struct pfb_uevent *event);

/**
 * pfb_uevent_open() - listen to the kernel
 * @err: receives what failed
 *
 * Return: a netlink socket, or a negative errno.
 */
int pfb_uevent_open(struct pfb_error *err);

#endif /* PFB_LIB_UEVENT_H */
