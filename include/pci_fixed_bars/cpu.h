/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PCI_FIXED_BARS_CPU_H
#define PCI_FIXED_BARS_CPU_H

#include <pci_fixed_bars/types.h>

/* What CPUID says, and /proc/cpuinfo as vendor_id. Hygon's CPUs are made after AMD's Zen. */
#define PFB_CPU_AMD		"AuthenticAMD"
#define PFB_CPU_HYGON		"HygonGenuine"

/*
 * HyperTransport's addresses: AMD64 manual volume 2, 15.36, and AMD I/O
 * Virtualization Technology (IOMMU) Specification, table 3.
 */
#define PFB_CPU_HT_BASE		0xfd00000000ULL
#define PFB_CPU_HT_LIMIT	0xffffffffffULL

/**
 * pfb_cpu_reserves() - does a CPU keep a part of a range for itself
 * @vendor: its vendor, as CPUID has it; empty when not known, of which nothing is reserved
 * @first: first address of the range
 * @last: last address of it
 *
 * Context: any.
 * Return: true when a device cannot be reached there by its own address.
 */
bool pfb_cpu_reserves(const char *vendor, u64 first, u64 last);

#endif /* PCI_FIXED_BARS_CPU_H */
