// SPDX-License-Identifier: GPL-2.0
#include "lib/bar_name.h"

#include <pci_fixed_bars/topology.h>

int pfb_bar_by_name(const char *name)
{
	unsigned int i;

	for (i = 0; i < PFB_NR_BARS; i++)
		if (!strcmp(name, pfb_bar_index_name(i)))
			return (int)i;
	return name[0] >= '0' && name[0] <= '5' && !name[1] ? name[0] - '0' : -1;
}
