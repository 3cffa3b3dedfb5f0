/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The core's only seam to its two homes: fixed-width types, errno values and
 * string functions, from the kernel in the module and from libc in the tools.
 */
#ifndef PCI_FIXED_BARS_TYPES_H
#define PCI_FIXED_BARS_TYPES_H

#ifdef __KERNEL__

#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/overflow.h>
#include <linux/stdarg.h>
#include <linux/string.h>
#include <linux/types.h>

#else

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <linux/types.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;

#ifndef __printf
#define __printf(fmt, args) __attribute__((format(printf, fmt, args)))
#endif

#ifndef check_add_overflow
#define check_add_overflow(a, b, d) __builtin_add_overflow(a, b, d)
#endif
#ifndef check_mul_overflow
#define check_mul_overflow(a, b, d) __builtin_mul_overflow(a, b, d)
#endif

#ifndef ARRAY_SIZE
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#endif

#ifndef fallthrough
#define fallthrough __attribute__((__fallthrough__))
#endif

#endif /* __KERNEL__ */

/* Unaligned little-endian reads: blobs have no alignment that could be trusted. */

static inline u16 pfb_get_le16(const void *p)
{
	const u8 *b = p;

	return (u16)(b[0] | b[1] << 8);
}

static inline u32 pfb_get_le32(const void *p)
{
	const u8 *b = p;

	return (u32)pfb_get_le16(b) | (u32)pfb_get_le16(b + 2) << 16;
}

static inline u64 pfb_get_le64(const void *p)
{
	const u8 *b = p;

	return (u64)pfb_get_le32(b) | (u64)pfb_get_le32(b + 4) << 32;
}

static inline void pfb_put_le16(void *p, u16 v)
{
	u8 *b = p;

	b[0] = (u8)v;
	b[1] = (u8)(v >> 8);
}

static inline void pfb_put_le32(void *p, u32 v)
{
	pfb_put_le16(p, (u16)v);
	pfb_put_le16((u8 *)p + 2, (u16)(v >> 16));
}

static inline void pfb_put_le64(void *p, u64 v)
{
	pfb_put_le32(p, (u32)v);
	pfb_put_le32((u8 *)p + 4, (u32)(v >> 32));
}

#endif /* PCI_FIXED_BARS_TYPES_H */
