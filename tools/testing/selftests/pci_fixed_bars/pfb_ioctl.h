/* SPDX-License-Identifier: GPL-2.0 */
/* The requests of /dev/pci_fixed_bars, and manifests that were changed, for those who spoil them. */
#ifndef PFB_IOCTL_H
#define PFB_IOCTL_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>

#include <uapi/linux/pci_fixed_bars.h>

#define EXIT_USAGE	2

static const unsigned long requests[] = {
	PFB_IOC_VERSION, PFB_IOC_BAR, PFB_IOC_PATH, PFB_IOC_MANIFEST, PFB_IOC_VERIFY, PFB_IOC_EXPORT,
	PFB_IOC_ENFORCE
};

#define NR_REQUESTS	(sizeof(requests) / sizeof(requests[0]))

static inline unsigned long resized(unsigned long cmd, size_t size)
{
	return _IOC(_IOC_DIR(cmd), _IOC_TYPE(cmd), _IOC_NR(cmd), size);
}

/* Ends the program, as for wrong usage, when it is no BDF. */
static inline struct pfb_ioc_function function_of(const char *bdf)
{
	unsigned int segment, bus, slot, fn;

	if (sscanf(bdf, "%x:%x:%x.%u", &segment, &bus, &slot, &fn) != 4) {
		fprintf(stderr, "'%s' is no BDF\n", bdf);
		exit(EXIT_USAGE);
	}
	return (struct pfb_ioc_function){ segment, bus, slot << 3 | fn };
}

/* As the uAPI header has it: CRC-32/ISO-HDLC with the field itself zero. */
static inline void fix_manifest(uint8_t *data, size_t size)
{
	struct pfb_manifest_header *header = (void *)data;
	uint32_t crc = ~0U;
	size_t i;
	int bit;

	if (size < sizeof(*header))
		return;
	header->total_size = (uint32_t)size;
	header->crc32 = 0;
	for (i = 0; i < size; i++)
		for (crc ^= data[i], bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320U : 0);
	header->crc32 = ~crc;
}

#endif /* PFB_IOCTL_H */
