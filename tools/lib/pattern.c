// SPDX-License-Identifier: GPL-2.0
#include "pattern.h"

/* Odd, so that its multiples do not repeat before 2^64; all its bytes vary. */
#define STEP	0x9e3779b97f4a7c15ULL

/* Seeds that are close must not give patterns that are shifted copies. */
static u64 start(u64 seed)
{
	u64 z = seed * 0xbf58476d1ce4e5b9ULL + 0x94d049bb133111ebULL;

	return z ^ z >> 29;
}

void pfb_pattern_fill(void *buf, size_t size, u64 seed)
{
	u64 *word = buf, value = start(seed);
	size_t i;

	for (i = 0; i < size / 8; i++, value += STEP)
		word[i] = value;
}

size_t pfb_pattern_check(const void *buf, size_t size, u64 seed)
{
	/* The memory may be a device's. */
	const volatile u64 *word = buf;
	u64 value = start(seed);
	size_t i;

	for (i = 0; i < size / 8; i++, value += STEP) {
		if (word[i] != value)
			return i * 8;
	}
	return size;
}
