// SPDX-License-Identifier: GPL-2.0
#include "p2p_memory.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "file.h"

#define SYSFS_PCI	"/sys/bus/pci/devices"

/* Documentation/admin-guide/mm/pagemap.rst */
#define PAGEMAP_PRESENT	(1ULL << 63)
#define PAGEMAP_PFN	((1ULL << 55) - 1)

struct bar_range {
	u64 start;
	u64 end;
};

static int read_bars(const char *bdf, struct bar_range bars[6], struct pfb_error *err)
{
	char path[128];
	unsigned int i;
	FILE *f;
	int ret = 0;

	snprintf(path, sizeof(path), SYSFS_PCI "/%s/resource", bdf);
	f = fopen(path, "re");
	if (!f)
		return pfb_fail(err, errno == ENOENT ? -ENODEV : -errno, "%s: %s", path,
				strerror(errno));
	for (i = 0; i < 6; i++) {
		if (fscanf(f, "%" SCNx64 " %" SCNx64 " %*x", &bars[i].start, &bars[i].end) != 2) {
			ret = pfb_fail(err, -EPROTO, "%s: line %u is not 'start end flags'", path,
				       i + 1);
			break;
		}
	}
	fclose(f);
	return ret;
}

/* Why there is no p2pmem: what the module says, where it says something. */
static int no_p2pmem(const char *bdf, struct pfb_error *err)
{
	char path[128], text[160];

	snprintf(path, sizeof(path), SYSFS_PCI "/%s/fixed_bars/provider", bdf);
	if (!pfb_file_line(path, text, sizeof(text)) && text[0])
		return pfb_fail(err, -EOPNOTSUPP, "%s provides no p2pmem: the module says '%s'", bdf,
				text);
	return pfb_fail(err, -EOPNOTSUPP,
			"%s provides no p2pmem: load pci_fixed_bars on a kernel with CONFIG_PCI_P2PDMA and bind the function to it (driver_override)",
			bdf);
}

static int map_p2pmem(const char *bdf, size_t size, struct pfb_p2p_memory *memory,
		      struct pfb_error *err)
{
	char path[128], text[32];
	u64 available;
	int fd, ret;

	snprintf(path, sizeof(path), SYSFS_PCI "/%s/p2pmem/available", bdf);
	ret = pfb_file_line(path, text, sizeof(text));
	if (ret == -ENOENT)
		return no_p2pmem(bdf, err);
	if (ret)
		return pfb_fail(err, ret, "%s: %s", path, strerror(-ret));
	available = strtoull(text, NULL, 0);
	if (available < size)
		return pfb_fail(err, -ENOSPC, "%s: p2pmem has %" PRIu64 " bytes left, %zu are needed; use smaller --sizes, or end what holds it",
				bdf, available, size);

	snprintf(path, sizeof(path), SYSFS_PCI "/%s/p2pmem/allocate", bdf);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return pfb_fail(err, errno == ENOENT ? -EOPNOTSUPP : -errno,
				"%s: %s; this needs root, and a kernel of 6.2 or later", path,
				strerror(errno));
	memory->dma = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ret = memory->dma == MAP_FAILED ? -errno : 0;
	close(fd);
	if (ret) {
		memory->dma = NULL;
		return pfb_fail(err, ret, "%s: mmap of %zu bytes: %s", path, size, strerror(-ret));
	}
	memory->size = size;
	return 0;
}

static int physical(int pagemap, const volatile u8 *addr, size_t page, u64 *phys)
{
	u64 entry;

	/* A page that was never touched has no entry. */
	(void)*addr;
	if (pread(pagemap, &entry, sizeof(entry), (off_t)((uintptr_t)addr / page * 8)) !=
	    (ssize_t)sizeof(entry))
		return -EIO;
	if (!(entry & PAGEMAP_PRESENT) || !(entry & PAGEMAP_PFN))
		return -EPERM;
	*phys = (entry & PAGEMAP_PFN) * page;
	return 0;
}

/* Every page inside one BAR, one after the other. */
static int locate(const char *bdf, const struct bar_range *bars,
		  struct pfb_p2p_memory *memory, struct pfb_error *err)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), at;
	u64 first = 0, phys = 0;
	unsigned int i;
	int fd, ret = 0;

	fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return pfb_fail(err, -errno, "/proc/self/pagemap: %s", strerror(errno));
	for (at = 0; !ret && at < memory->size; at += page) {
		ret = physical(fd, (u8 *)memory->dma + at, page, &phys);
		if (!at)
			first = phys;
		if (!ret && phys != first + at)
			ret = -EIO;
	}
	close(fd);
	if (ret)
		return pfb_fail(err, ret, "%s: p2pmem page %zu: %s", bdf, at / page - 1,
				ret == -EPERM ? "/proc/self/pagemap does not say where it is; this needs root" :
						"not adjacent to the page before it");

	for (i = 0; i < 6; i++) {
		if (bars[i].end && first >= bars[i].start && phys + page - 1 <= bars[i].end) {
			memory->bar = i;
			memory->offset = first - bars[i].start;
			return 0;
		}
	}
	return pfb_fail(err, -EIO, "%s: p2pmem lies at 0x%" PRIx64 ", expected it inside one of its BARs",
			bdf, first);
}

static int map_resource(const char *bdf, const char *suffix, struct pfb_p2p_memory *memory)
{
	char path[128];
	void *map;
	int fd;

	snprintf(memory->cpu_name, sizeof(memory->cpu_name), "resource%u%s", memory->bar, suffix);
	snprintf(path, sizeof(path), SYSFS_PCI "/%s/%s", bdf, memory->cpu_name);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	map = mmap(NULL, memory->size, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		   (off_t)memory->offset);
	close(fd);
	if (map == MAP_FAILED)
		return -errno;
	memory->cpu = map;
	return 0;
}

int pfb_p2p_memory_open(const char *bdf, size_t size, struct pfb_p2p_memory *memory,
			struct pfb_error *err)
{
	struct bar_range bars[6];
	int ret;

	memset(memory, 0, sizeof(*memory));
	ret = read_bars(bdf, bars, err);
	if (ret)
		return ret;
	ret = map_p2pmem(bdf, size, memory, err);
	if (ret)
		return ret;
	ret = locate(bdf, bars, memory, err);
	if (ret) {
		pfb_p2p_memory_close(memory);
		return ret;
	}

	/* Write-combining is how a driver would copy; not every kernel allows it. */
	if (map_resource(bdf, "_wc", memory) && map_resource(bdf, "", memory)) {
		memory->cpu = memory->dma;
		snprintf(memory->cpu_name, sizeof(memory->cpu_name), "p2pmem");
	}
	return 0;
}

void pfb_p2p_memory_close(struct pfb_p2p_memory *memory)
{
	if (memory->cpu && memory->cpu != memory->dma)
		munmap(memory->cpu, memory->size);
	if (memory->dma)
		munmap(memory->dma, memory->size);
	memory->cpu = NULL;
	memory->dma = NULL;
}
