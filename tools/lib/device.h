/* SPDX-License-Identifier: GPL-2.0 */
/* /dev/pci_fixed_bars, with errors that a person can act on. */
#ifndef PFB_LIB_DEVICE_H
#define PFB_LIB_DEVICE_H

#include <uapi/linux/pci_fixed_bars.h>

#include <pci_fixed_bars/error.h>
#include <pci_fixed_bars/path.h>

/**
 * pfb_device_open() - open the module's device, and shake hands
 * @err: receives why not, and the fix
 *
 * Return: a file descriptor that the caller closes; -ENOENT when there is no
 * such device, -EACCES, -EPROTONOSUPPORT for a module that is older than this
 * program, or another negative errno.
 */
int pfb_device_open(struct pfb_error *err);

/**
 * pfb_device_function() - a BDF as requests have it
 * @bdf: segment:bus:device.function, in full
 * @function: receives it
 *
 * Return: 0 or -EINVAL.
 */
int pfb_device_function(const char *bdf, struct pfb_ioc_function *function);

/**
 * pfb_device_ask() - make a request
 * @fd: the device
 * @request: PFB_IOC_*
 * @arg: its struct
 * @text: the struct's text, NULL when it has none
 * @err: receives why it failed: @text, when the module wrote one
 *
 * Return: 0 or a negative errno.
 */
int pfb_device_ask(int fd, unsigned long request, void *arg, const char *text,
		   struct pfb_error *err);

#endif /* PFB_LIB_DEVICE_H */
