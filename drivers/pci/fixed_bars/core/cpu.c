// SPDX-License-Identifier: GPL-2.0
/* What CPUs keep for themselves: one place, as module and tools must agree on it. */
#include <pci_fixed_bars/cpu.h>

bool pfb_cpu_reserves(const char *vendor, u64 first, u64 last)
{
	return (!strcmp(vendor, PFB_CPU_AMD) || !strcmp(vendor, PFB_CPU_HYGON)) &&
	       first <= PFB_CPU_HT_LIMIT && last >= PFB_CPU_HT_BASE;
}
