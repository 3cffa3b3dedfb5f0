/* SPDX-License-Identifier: GPL-2.0 */
/* How fast a block device moves data to and from a provider's BAR, and to and from RAM. */
#ifndef PFB_TOOLS_BANDWIDTH_H
#define PFB_TOOLS_BANDWIDTH_H

#include "p2p_memory.h"

/**
 * enum pfb_bw_way - where the device's DMA goes
 * @PFB_BW_P2P: into the provider's BAR
 * @PFB_BW_RAM: into RAM in pages of the same size as the BAR's
 * @PFB_BW_HUGE: into RAM in huge pages
 * @PFB_BW_BOUNCE: into RAM, and from there the CPU copies into the BAR (or, when
 *	the device is written, the other way round)
 * @PFB_NR_BW_WAYS: how many there are
 */
enum pfb_bw_way {
	PFB_BW_P2P,
	PFB_BW_RAM,
	PFB_BW_HUGE,
	PFB_BW_BOUNCE,
	PFB_NR_BW_WAYS
};

/**
 * struct pfb_bw - a measurement's two ends, and the memory between
 * @fd: the block device, open with O_DIRECT
 * @region: bytes of the device, from its start, that are overwritten; a multiple of
 *	@depth times each size that is measured
 * @depth: transfers in flight, each in a thread of its own
 * @rounds: how often each way is measured, in turn with the others
 * @p2p: @region bytes of the provider's memory
 * @ram: @region bytes of RAM in normal pages
 * @huge: @region bytes of RAM in huge pages; NULL where there are none
 * @check: @region bytes of RAM, to prepare the device from and read it back into
 * @seed: changes with each pattern that is written
 */
struct pfb_bw {
	int fd;
	size_t region;
	unsigned int depth;
	unsigned int rounds;
	struct pfb_p2p_memory *p2p;
	void *ram;
	void *huge;
	void *check;
	u64 seed;
};

#define PFB_BW_DEPTH_MAX	16

/**
 * struct pfb_bw_result - one size and direction
 * @write: data went from memory to the device (DMA reads memory)
 * @size: bytes of a transfer
 * @mib_s: median by way, in MiB/s (MiB = 2^20 bytes); 0 where the way is not there
 * @ratio: median of P2P / way, each round on its own; 0 where the way is not there
 * @cpu_us: median by way of the CPU time that a transfer takes in this machine,
 *	microseconds, kernel and program together: what pinning, mapping and
 *	copying cost
 * @copy_mib_s: speed of the bounce's copy alone, MiB/s of one thread
 */
struct pfb_bw_result {
	bool write;
	size_t size;
	double mib_s[PFB_NR_BW_WAYS];
	double ratio[PFB_NR_BW_WAYS];
	double cpu_us[PFB_NR_BW_WAYS];
	double copy_mib_s;
};

/**
 * pfb_bw_way_name() - a way's name in reports
 * @way: the way
 *
 * Return: "p2p", "ram", "huge" or "bounce".
 */
const char *pfb_bw_way_name(enum pfb_bw_way way);

/**
 * pfb_bw_alloc_ram() - RAM to measure with
 * @size: bytes
 * @huge: in huge pages, all of them, or not one of them
 *
 * Return: the memory, zeroed and present, to be released with
 * pfb_bw_free_ram(); NULL when there is none of that kind.
 */
void *pfb_bw_alloc_ram(size_t size, bool huge);

/**
 * pfb_bw_free_ram() - give RAM back
 * @ram: what pfb_bw_alloc_ram() returned; may be NULL
 * @size: the size it was asked for
 */
void pfb_bw_free_ram(void *ram, size_t size);

/**
 * pfb_bw_open_device() - find out that a block device can be measured, and open it
 * @path: the device
 * @region: bytes that will be overwritten
 * @fd: receives the file
 * @err: receives why not
 *
 * Return: 0, -ENOTBLK, -ENOSPC (too small), -EBUSY (mounted or otherwise in use), or
 * what opening said.
 */
int pfb_bw_open_device(const char *path, size_t region, int *fd, struct pfb_error *err);

/**
 * pfb_bw_measure() - measure all ways at one size, and check every byte
 * @bw: the ends
 * @write: direction, see struct pfb_bw_result
 * @size: bytes of a transfer
 * @result: receives the figures
 * @err: receives what went wrong
 *
 * The ways take turns in each round, so that what else the machine does meets
 * all of them. Before the first and after the last round each way moves
 * fresh patterns, as many at once as are measured at once, and each is compared
 * byte by byte at its far end: no figure without that.
 *
 * Return: 0, -EILSEQ when data differs, -EOPNOTSUPP when the kernel refuses P2P
 * between these two, -ENOMEM, or what reading or writing said.
 */
int pfb_bw_measure(struct pfb_bw *bw, bool write, size_t size, struct pfb_bw_result *result,
		   struct pfb_error *err);

#endif /* PFB_TOOLS_BANDWIDTH_H */
