// SPDX-License-Identifier: GPL-2.0
#include "fuzz.h"

#include <pci_fixed_bars/manifest.h>

static struct fuzz_collector found;

static u32 crc32_of(const u8 *data, size_t size)
{
	u32 crc = 0xffffffff;
	int bit;

	while (size--) {
		crc ^= *data++;
		for (bit = 0; bit < 8; bit++)
			crc = crc & 1 ? crc >> 1 ^ 0xedb88320 : crc >> 1;
	}
	return crc ^ 0xffffffff;
}

/* The format has one form for each meaning: what is read is written as the same bytes. */
static void parse(const u8 *data, size_t size)
{
	struct pfb_error err = {};
	u8 *again;
	int ret;

	found.nr = 0;
	ret = pfb_manifest_parse(data, size, PFB_SOURCE_FIRMWARE_FILE, fuzz_declare, &found, &err);
	fuzz_check_result(ret, &err, &found);
	if (ret)
		return;

	FUZZ_HOLDS(pfb_manifest_size(found.decls, found.nr) == size);
	again = malloc(size);
	FUZZ_HOLDS(again);
	FUZZ_HOLDS(!pfb_manifest_write(found.decls, found.nr, again, size, &err));
	FUZZ_HOLDS(!memcmp(again, data, size));
	free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const size_t total_size = offsetof(struct pfb_manifest_header, total_size);
	const size_t crc = offsetof(struct pfb_manifest_header, crc32);
	u8 *sealed;

	parse(data, size);

	/* No fuzzer guesses a CRC: once more with one that fits, to get behind it. */
	if (size < sizeof(struct pfb_manifest_header))
		return 0;
	sealed = malloc(size);
	FUZZ_HOLDS(sealed);
	memcpy(sealed, data, size);
	pfb_put_le32(sealed + total_size, (u32)size);
	pfb_put_le32(sealed + crc, 0);
	pfb_put_le32(sealed + crc, crc32_of(sealed, size));
	parse(sealed, size);
	free(sealed);
	return 0;
}
