/* SPDX-License-Identifier: GPL-2.0 */
/* 4 KiB at a time by edu's DMA, between a dma-buf that is mapped and a pattern. */
#ifndef PFB_ENGINE_H
#define PFB_ENGINE_H

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

#include "../../modules/pfb_edu.h"
#include "pfb_pattern.h"

/* A pseudo errno: what was fetched is not what it must be. */
#define EDIFFERENT	5001

/* Returns 0 or an errno. */
static inline int engine_send(int edu, uint64_t offset, uint64_t seed)
{
	uint8_t data[PFB_EDU_CHUNK];
	struct pfb_edu_copy copy = {
		.data = (uintptr_t)data, .offset = offset, .length = sizeof(data), .to_buf = 1
	};
	size_t i;

	for (i = 0; i < sizeof(data); i++)
		data[i] = pattern(seed, offset + i);
	return ioctl(edu, PFB_EDU_COPY, &copy) ? errno : 0;
}

/* Returns 0, an errno, or EDIFFERENT. */
static inline int engine_fetch(int edu, uint64_t offset, uint64_t seed)
{
	uint8_t data[PFB_EDU_CHUNK];
	struct pfb_edu_copy copy = {
		.data = (uintptr_t)data, .offset = offset, .length = sizeof(data)
	};

	memset(data, 0x5a, sizeof(data));
	if (ioctl(edu, PFB_EDU_COPY, &copy))
		return errno;
	return pattern_differs(data, offset, sizeof(data), seed) ? EDIFFERENT : 0;
}

/* Attached and mapped. Returns 0 or an errno. */
static inline int engine_map(int edu, int buf)
{
	struct pfb_edu_attach attach = { .fd = buf };

	return ioctl(edu, PFB_EDU_ATTACH, &attach) || ioctl(edu, PFB_EDU_MAP) ? errno : 0;
}

#endif /* PFB_ENGINE_H */
