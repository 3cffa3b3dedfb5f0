// SPDX-License-Identifier: GPL-2.0
#include "lib/kernel_release.h"

#include <stdio.h>

bool pfb_kernel_at_least(const char *release, unsigned int major, unsigned int minor)
{
	unsigned int has_major, has_minor;

	return sscanf(release, "%u.%u", &has_major, &has_minor) == 2 &&
	       (has_major > major || (has_major == major && has_minor >= minor));
}
