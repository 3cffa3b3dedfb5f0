/* SPDX-License-Identifier: GPL-2.0 */
/* What a kernel's release says of what it can do. */
#ifndef PFB_LIB_KERNEL_RELEASE_H
#define PFB_LIB_KERNEL_RELEASE_H

#include <stdbool.h>

/**
 * pfb_kernel_at_least() - is a kernel of this release or a later one
 * @release: such as "6.12.1-amd64"
 * @major: the release's first number
 * @minor: its second
 *
 * Return: false for an older one, and for a text that is no release.
 */
bool pfb_kernel_at_least(const char *release, unsigned int major, unsigned int minor);

#endif /* PFB_LIB_KERNEL_RELEASE_H */
