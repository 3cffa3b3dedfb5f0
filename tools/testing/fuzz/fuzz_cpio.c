// SPDX-License-Identifier: GPL-2.0
#include "fuzz.h"

#include "lib/cpio.h"

/* Whatever an initrd begins with: each file that is found is within it, and the search ends. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t offset, length, next = 0, before;

	do {
		before = next;
		if (!pfb_cpio_find(data, size, "kernel/firmware/acpi/", before, &offset, &length, &next))
			break;
		FUZZ_HOLDS(offset <= size && length <= size - offset);
		FUZZ_HOLDS(next > before);
	} while (next < size);
	return 0;
}
