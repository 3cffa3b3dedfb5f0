/* SPDX-License-Identifier: GPL-2.0 */
/* Bytes that tell where they belong, and who may have written them. */
#ifndef PFB_PATTERN_H
#define PFB_PATTERN_H

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>

/* splitmix64's finish: no two offsets of a run alike, so that nothing can be swapped unseen. */
static inline uint8_t pattern(uint64_t seed, uint64_t offset)
{
	uint64_t x = seed * 0x2545f4914f6cdd1dULL + (offset / 8 + 1) * 0x9e3779b97f4a7c15ULL;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ x >> 27) * 0x94d049bb133111ebULL;
	x ^= x >> 31;
	return (uint8_t)(x >> (8 * (offset % 8)));
}

/* How many bytes are not the pattern's; the first is printed. */
static inline uint64_t pattern_differs(const uint8_t *data, uint64_t offset, uint64_t length,
				       uint64_t seed)
{
	uint64_t i, wrong = 0;

	for (i = 0; i < length; i++) {
		if (data[i] == pattern(seed, offset + i))
			continue;
		if (!wrong++)
			printf("at 0x%" PRIx64 ": expected %02x, found %02x\n", offset + i,
			       pattern(seed, offset + i), data[i]);
	}
	if (wrong)
		printf("%" PRIu64 " of %" PRIu64 " bytes differ\n", wrong, length);
	return wrong;
}

#endif /* PFB_PATTERN_H */
