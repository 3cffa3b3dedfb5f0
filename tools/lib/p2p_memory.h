/* SPDX-License-Identifier: GPL-2.0 */
/* A BAR's memory in a process: for DMA through p2pmem, for the CPU through sysfs. */
#ifndef PFB_TOOLS_P2P_MEMORY_H
#define PFB_TOOLS_P2P_MEMORY_H

#include <pci_fixed_bars/error.h>
#include <pci_fixed_bars/types.h>

/**
 * struct pfb_p2p_memory - a piece of a provider's BAR
 * @size: bytes
 * @dma: mapping whose pages a block device's O_DIRECT takes (p2pmem/allocate)
 * @cpu: mapping of the same bytes for the CPU alone; @dma itself where the
 *	kernel does not allow another
 * @cpu_name: what @cpu is: "resource2_wc", "resource2" or "p2pmem"
 * @bar: index of the BAR that the memory lies in
 * @offset: where in that BAR
 */
struct pfb_p2p_memory {
	size_t size;
	void *dma;
	void *cpu;
	char cpu_name[24];
	unsigned int bar;
	u64 offset;
};

/**
 * pfb_p2p_memory_open() - allocate from a provider's p2pmem
 * @bdf: the provider, segment:bus:device.function
 * @size: bytes, a multiple of the page size
 * @memory: receives the memory
 * @err: receives why not, and what to do
 *
 * Where every page lies is looked up in /proc/self/pagemap and held against the
 * provider's BARs: what a "P2P" figure was measured with is that BAR for certain.
 *
 * Return: 0, -ENODEV (no such function), -EOPNOTSUPP (it provides no p2pmem),
 * -ENOSPC (too little left), -EIO (memory outside its BARs), or an errno.
 */
int pfb_p2p_memory_open(const char *bdf, size_t size, struct pfb_p2p_memory *memory,
			struct pfb_error *err);

/**
 * pfb_p2p_memory_close() - give the memory back
 * @memory: the memory
 */
void pfb_p2p_memory_close(struct pfb_p2p_memory *memory);

#endif /* PFB_TOOLS_P2P_MEMORY_H */
