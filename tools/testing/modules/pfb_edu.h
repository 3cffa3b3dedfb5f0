/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * /dev/pfb_edu-BDF: one attachment for each open file. For tests only: no
 * interface to count on.
 */
#ifndef PFB_EDU_H
#define PFB_EDU_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define PFB_EDU_CHUNK		4096	/* bytes that the engine moves at once */

/* struct pfb_edu_attach.flags: an importer that is worse than it should be */
#define PFB_EDU_STATIC		(1U << 0)	/* does not want to be told of changes */
#define PFB_EDU_NEEDS_PAGES	(1U << 1)	/* cannot do peer-to-peer */
#define PFB_EDU_DEAF		(1U << 2)	/* is told to let go, and does not */
/* unmaps when it is told to, and leaves it to its fence to say when the engine has stopped */
#define PFB_EDU_FENCED		(1U << 3)

struct pfb_edu_attach {
	__s32	fd;
	__u32	flags;
};

/**
 * struct pfb_edu_entry - one entry of the mapping
 * @index: in: which
 * @nr: out: how many there are
 * @address: out: DMA address
 * @length: out: bytes
 */
struct pfb_edu_entry {
	__u32	index;
	__u32	nr;
	__u64	address;
	__u64	length;
};

/**
 * struct pfb_edu_copy - move bytes between the caller's memory and the dma-buf, by DMA
 * @data: address in the caller's memory
 * @offset: bytes from the dma-buf's start
 * @length: at most %PFB_EDU_CHUNK, within one entry
 * @to_buf: 1: into the dma-buf, 0: out of it
 */
struct pfb_edu_copy {
	__u64	data;
	__u64	offset;
	__u32	length;
	__u32	to_buf;
};

/**
 * struct pfb_edu_time - how long attaching, mapping and letting go takes
 * @fd: in: the dma-buf; -1: one of this module's own, which asks nothing of an importer
 * @loops: in: how often
 * @ns: out: nanoseconds, all together
 */
struct pfb_edu_time {
	__s32	fd;
	__u32	loops;
	__u64	ns;
};

/**
 * struct pfb_edu_path - how long it takes to judge a path from this engine
 * @segment: in: the provider's
 * @bus: in: the provider's
 * @devfn: in: the provider's
 * @bar: in: the provider's, or -1: pci_p2pdma_distance_many() is asked, which knows no
 *	BARs, instead of pfb_check_path()
 * @loops: in: how often
 * @ns: out: nanoseconds, all together
 */
struct pfb_edu_path {
	__u16	segment;
	__u8	bus;
	__u8	devfn;
	__s32	bar;
	__u64	loops;
	__u64	ns;
};

#define PFB_EDU_ATTACH		_IOW(0xbe, 0, struct pfb_edu_attach)
#define PFB_EDU_DETACH		_IO(0xbe, 1)
#define PFB_EDU_MAP		_IO(0xbe, 2)
#define PFB_EDU_UNMAP		_IO(0xbe, 3)
#define PFB_EDU_ENTRY		_IOWR(0xbe, 4, struct pfb_edu_entry)
#define PFB_EDU_COPY		_IOW(0xbe, 5, struct pfb_edu_copy)
#define PFB_EDU_MASK		_IOW(0xbe, 6, __u64)	/* the driver's DMA mask */
#define PFB_EDU_TIME		_IOWR(0xbe, 7, struct pfb_edu_time)
#define PFB_EDU_PATH		_IOWR(0xbe, 8, struct pfb_edu_path)
#define PFB_EDU_RUNNING		_IO(0xbe, 9)	/* 1: the engine is moving bytes, 0: not */

#endif /* PFB_EDU_H */
