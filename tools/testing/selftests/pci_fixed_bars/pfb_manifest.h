/* SPDX-License-Identifier: GPL-2.0 */
/* A manifest's file, and the request that loads it. */
#ifndef PFB_MANIFEST_H
#define PFB_MANIFEST_H

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <uapi/linux/pci_fixed_bars.h>

#define MANIFEST_MAX	4096

struct manifest {
	uint8_t data[MANIFEST_MAX];
	uint32_t size;
};

/* Ends the program with 3 when there is no such file. */
static inline void read_manifest(const char *name, struct manifest *manifest)
{
	int fd = open(name, O_RDONLY);
	ssize_t size = fd < 0 ? -1 : read(fd, manifest->data, sizeof(manifest->data));

	if (size <= 0) {
		perror(name);
		exit(3);
	}
	close(fd);
	manifest->size = (uint32_t)size;
}

/* NULL takes back what was loaded. Returns 0, or -1 with errno. */
static inline int load_manifest(int fd, const struct manifest *manifest)
{
	struct pfb_ioc_manifest arg = {
		.data = manifest ? (uintptr_t)manifest->data : 0,
		.size = manifest ? manifest->size : 0,
	};

	return ioctl(fd, PFB_IOC_MANIFEST, &arg);
}

#endif /* PFB_MANIFEST_H */
