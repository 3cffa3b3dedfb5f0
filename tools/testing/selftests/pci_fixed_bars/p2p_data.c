// SPDX-License-Identifier: GPL-2.0
/*
 * p2p_data - does DMA between a disk and a BAR move every byte to its place
 *
 *	p2p_data [-s SIZE] [-S SEED] [-o DISK_OFFSET] to-bar|from-bar ALLOCATE DISK
 *	p2p_data [-s SIZE] [-S SEED] find|fill RESOURCE
 *	p2p_data [-s SIZE] [-S SEED] keep RESOURCE FILE
 *
 * ALLOCATE is a provider's p2pmem/allocate in sysfs, DISK a block device whose
 * content may be overwritten, RESOURCE a BAR's resourceN file in sysfs.
 *
 * to-bar:   RAM writes a pattern to the disk, the CPU fills the BAR with something
 *           else, the disk's DMA reads into the BAR, the CPU compares the BAR.
 * from-bar: the CPU writes a pattern into the BAR, the disk's DMA reads it from
 *           there, it is read back into poisoned RAM and compared.
 * find:     looks for the pattern in the BAR itself, so that what was taken for
 *           the BAR is known to be it, and prints the offset.
 * fill:     the CPU writes a pattern into the BAR itself, and compares it.
 * keep:     maps the BAR, says "held", waits until there is a FILE, and looks for
 *           the pattern through the same mapping. A signal (SIGBUS) says that the
 *           mapping was revoked.
 *
 * Every 8-byte word is a hash of the seed and of its own offset: a block that
 * lands elsewhere, twice or rotated differs, which a sum would not show.
 *
 * Exit: 0 equal, 1 different, 2 usage, 3 not possible here (reason on stderr).
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/fs.h>

#define EXIT_EQUAL	0
#define EXIT_DIFFERENT	1
#define EXIT_USAGE	2
#define EXIT_IMPOSSIBLE	3

#define POISON		0xa5
#define MIB		(1UL << 20)

struct job {
	size_t size;
	uint64_t seed;
	off_t disk_offset;
	const char *memory;
	const char *disk;
};

/* splitmix64: one multiply chain, no two offsets of a run alike. */
static uint64_t pattern(uint64_t seed, size_t offset)
{
	uint64_t x = seed + (offset / 8 + 1) * 0x9e3779b97f4a7c15ULL;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ x >> 27) * 0x94d049bb133111ebULL;
	return x ^ x >> 31;
}

static void fill(volatile uint64_t *mem, const struct job *job)
{
	for (size_t i = 0; i < job->size / 8; i++)
		mem[i] = pattern(job->seed, i * 8);
}

/* Where in the run a wrong word belongs: names a misplaced block. */
static size_t home_of(uint64_t word, const struct job *job)
{
	for (size_t offset = 0; offset < job->size; offset += 8)
		if (pattern(job->seed, offset) == word)
			return offset;
	return SIZE_MAX;
}

static int compare(const volatile uint64_t *mem, const struct job *job, const char *what)
{
	size_t bad = 0, first = SIZE_MAX, home;
	uint64_t got;

	for (size_t i = 0; i < job->size / 8; i++) {
		uint64_t expected = pattern(job->seed, i * 8);
		uint64_t actual = mem[i];

		if (actual == expected)
			continue;
		for (unsigned int byte = 0; byte < 64; byte += 8)
			bad += (actual >> byte & 0xff) != (expected >> byte & 0xff);
		if (first == SIZE_MAX)
			first = i * 8;
	}
	if (!bad) {
		printf("%s: %zu bytes, each equal\n", what, job->size);
		return EXIT_EQUAL;
	}
	got = mem[first / 8];
	printf("%s: %zu of %zu bytes differ, first at offset %#zx: expected %#018" PRIx64 ", found %#018" PRIx64,
	       what, bad, job->size, first, pattern(job->seed, first), got);
	home = home_of(got, job);
	if (home != SIZE_MAX)
		printf(" (which belongs at offset %#zx)", home);
	putchar('\n');
	return EXIT_DIFFERENT;
}

static int impossible(const char *what, const char *where)
{
	fprintf(stderr, "p2p_data: cannot %s %s: %s\n", what, where, strerror(errno));
	return EXIT_IMPOSSIBLE;
}

static int transfer(int fd, void *mem, const struct job *job, int to_disk)
{
	size_t done = 0;

	while (done < job->size) {
		char *part = (char *)mem + done;
		off_t offset = job->disk_offset + (off_t)done;
		size_t left = job->size - done;
		ssize_t n = to_disk ? pwrite(fd, part, left, offset) : pread(fd, part, left, offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			if (!n)
				errno = ENOSPC;
			return impossible(to_disk ? "write to" : "read from", job->disk);
		}
		done += (size_t)n;
	}
	return 0;
}

static int to_bar(int disk, void *bar, void *ram, const struct job *job)
{
	int rc;

	fill(ram, job);
	rc = transfer(disk, ram, job, 1);
	if (rc)
		return rc;
	memset(bar, POISON, job->size);
	if (*(volatile uint8_t *)bar != POISON) {
		printf("the BAR does not keep what the CPU writes: wrote %#x, read %#x\n", POISON,
		       *(volatile uint8_t *)bar);
		return EXIT_DIFFERENT;
	}
	rc = transfer(disk, bar, job, 0);
	return rc ? rc : compare(bar, job, "disk to BAR, read by the CPU");
}

static int from_bar(int disk, void *bar, void *ram, const struct job *job)
{
	int rc;

	/* What lies on the disk must not be the answer already. */
	memset(ram, POISON, job->size);
	rc = transfer(disk, ram, job, 1);
	if (rc)
		return rc;
	fill(bar, job);
	rc = transfer(disk, bar, job, 1);
	if (rc)
		return rc;
	memset(ram, ~POISON, job->size);
	rc = transfer(disk, ram, job, 0);
	return rc ? rc : compare(ram, job, "BAR to disk, read back into RAM");
}

static int run(const struct job *job, int (*direction)(int, void *, void *, const struct job *))
{
	int disk, alloc, rc = EXIT_IMPOSSIBLE;
	uint64_t disk_size = 0;
	void *bar, *ram;

	disk = open(job->disk, O_RDWR | O_DIRECT | O_EXCL | O_CLOEXEC);
	if (disk < 0)
		return impossible("open", job->disk);
	if (ioctl(disk, BLKGETSIZE64, &disk_size) ||
	    disk_size < (uint64_t)job->disk_offset + job->size) {
		fprintf(stderr, "p2p_data: %s has %" PRIu64 " bytes, %zu at %jd are needed\n",
			job->disk, disk_size, job->size, (intmax_t)job->disk_offset);
		goto err_disk;
	}
	alloc = open(job->memory, O_RDWR | O_CLOEXEC);
	if (alloc < 0) {
		rc = impossible("open", job->memory);
		goto err_disk;
	}
	bar = mmap(NULL, job->size, PROT_READ | PROT_WRITE, MAP_SHARED, alloc, 0);
	if (bar == MAP_FAILED) {
		rc = impossible("map", job->memory);
		goto err_alloc;
	}
	ram = mmap(NULL, job->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (ram == MAP_FAILED) {
		rc = impossible("map", "RAM");
		goto err_bar;
	}

	rc = direction(disk, bar, ram, job);

	munmap(ram, job->size);
err_bar:
	munmap(bar, job->size);
err_alloc:
	close(alloc);
err_disk:
	close(disk);
	return rc;
}

static int find(const struct job *job)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	int rc = EXIT_DIFFERENT;
	struct stat st;
	uint8_t *bar;
	size_t size;
	int fd;

	fd = open(job->memory, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return impossible("open", job->memory);
	if (fstat(fd, &st)) {
		rc = impossible("get the size of", job->memory);
		goto err_fd;
	}
	/* gen_pool hands out from the start: no need to map 256 GiB to find it. */
	size = (size_t)st.st_size < 64 * MIB ? (size_t)st.st_size : 64 * MIB;
	bar = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
	if (bar == MAP_FAILED) {
		rc = impossible("map", job->memory);
		goto err_fd;
	}

	for (size_t offset = 0; offset + job->size <= size; offset += page) {
		if (*(volatile uint64_t *)(bar + offset) != pattern(job->seed, 0))
			continue;
		printf("the pattern starts at offset %#zx of the BAR\n", offset);
		rc = compare((volatile uint64_t *)(bar + offset), job, "BAR, read through its resource file");
		goto out;
	}
	printf("the pattern is nowhere in the first %zu bytes of the BAR\n", size);
out:
	munmap(bar, size);
err_fd:
	close(fd);
	return rc;
}

static int fill_resource(const struct job *job)
{
	int fd, rc;
	void *bar;

	fd = open(job->memory, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return impossible("open", job->memory);
	bar = mmap(NULL, job->size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (bar == MAP_FAILED)
		return impossible("map", job->memory);
	fill(bar, job);
	rc = compare(bar, job, "BAR, written and read through its resource file");
	munmap(bar, job->size);
	return rc;
}

static int keep(const struct job *job, const char *file)
{
	volatile uint64_t *bar;
	int fd, rc;

	fd = open(job->memory, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return impossible("open", job->memory);
	bar = mmap(NULL, job->size, PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	if (bar == MAP_FAILED)
		return impossible("map", job->memory);
	printf("held, the first word is %#018" PRIx64 "\n", bar[0]);
	fflush(stdout);
	while (access(file, F_OK))
		usleep(50000);
	rc = compare(bar, job, "BAR, through a mapping that was made before");
	munmap((void *)bar, job->size);
	return rc;
}

int main(int argc, char **argv)
{
	struct job job = { .size = MIB, .seed = 1 };
	int opt, bad = 0;

	while ((opt = getopt(argc, argv, "+s:S:o:")) != -1) {
		switch (opt) {
		case 's':
			job.size = strtoull(optarg, NULL, 0);
			break;
		case 'S':
			job.seed = strtoull(optarg, NULL, 0);
			break;
		case 'o':
			job.disk_offset = (off_t)strtoull(optarg, NULL, 0);
			break;
		default:
			bad = 1;
		}
	}
	argc -= optind;
	argv += optind;
	if (!job.size || job.size % 4096 || job.disk_offset % 4096)
		bad = 1;
	if (!bad && argc == 2) {
		job.memory = argv[1];
		if (!strcmp(argv[0], "find"))
			return find(&job);
		if (!strcmp(argv[0], "fill"))
			return fill_resource(&job);
	}
	if (!bad && argc == 3) {
		job.memory = argv[1];
		if (!strcmp(argv[0], "keep"))
			return keep(&job, argv[2]);
		job.disk = argv[2];
		if (!strcmp(argv[0], "to-bar"))
			return run(&job, to_bar);
		if (!strcmp(argv[0], "from-bar"))
			return run(&job, from_bar);
	}
	fputs("usage: p2p_data [-s SIZE] [-S SEED] [-o DISK_OFFSET] to-bar|from-bar ALLOCATE DISK\n"
	      "       p2p_data [-s SIZE] [-S SEED] find|fill RESOURCE\n"
	      "       p2p_data [-s SIZE] [-S SEED] keep RESOURCE FILE\n"
	      "SIZE and DISK_OFFSET are multiples of 4096.\n", stderr);
	return EXIT_USAGE;
}
