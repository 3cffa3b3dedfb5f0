// SPDX-License-Identifier: GPL-2.0
#include "bandwidth.h"

#include <fcntl.h>
#include <inttypes.h>
#include <linux/fs.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "pattern.h"

/* Long against a clock's resolution, short against what else happens. */
#define TURN_NS		4000000ULL
#define REPEATS_MAX	512
#define HUGE_PAGE	(2UL << 20)

static const char * const way_names[PFB_NR_BW_WAYS] = {
	[PFB_BW_P2P] = "p2p",
	[PFB_BW_RAM] = "ram",
	[PFB_BW_HUGE] = "huge",
	[PFB_BW_BOUNCE] = "bounce",
};

const char *pfb_bw_way_name(enum pfb_bw_way way)
{
	return way_names[way];
}

static u64 clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (u64)now.tv_sec * 1000000000ULL + (u64)now.tv_nsec;
}

/* "AnonHugePages" of the mapping that @addr starts, in bytes. */
static size_t huge_bytes(const void *addr)
{
	unsigned long start, kib = 0;
	bool inside = false;
	char line[256];
	FILE *f = fopen("/proc/self/smaps", "re");

	if (!f)
		return 0;
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%lx-%*x %*4s", &start) == 1 && strchr(line, '-') &&
		    strspn(line, "0123456789abcdef") == (size_t)(strchr(line, '-') - line))
			inside = start == (unsigned long)addr;
		else if (inside && sscanf(line, "AnonHugePages: %lu kB", &kib) == 1)
			break;
	}
	fclose(f);
	return kib * 1024;
}

static size_t whole_pages(size_t size)
{
	return (size + HUGE_PAGE - 1) & ~(HUGE_PAGE - 1);
}

void *pfb_bw_alloc_ram(size_t size, bool huge)
{
	size_t whole = whole_pages(size);
	u8 *map, *start;

	/* One huge page more, to cut an aligned piece from. */
	map = mmap(NULL, whole + HUGE_PAGE, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (map == MAP_FAILED)
		return NULL;
	start = (u8 *)(((uintptr_t)map + HUGE_PAGE - 1) & ~(HUGE_PAGE - 1));
	if (start > map)
		munmap(map, (size_t)(start - map));
	munmap(start + whole, HUGE_PAGE - (size_t)(start - map));

	if (madvise(start, whole, huge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE) && huge)
		goto err_unmap;
	memset(start, 0, whole);
	if (huge && huge_bytes(start) < whole)
		goto err_unmap;
	return start;

err_unmap:
	munmap(start, whole);
	return NULL;
}

void pfb_bw_free_ram(void *ram, size_t size)
{
	if (ram)
		munmap(ram, whole_pages(size));
}

int pfb_bw_open_device(const char *path, size_t region, int *fd, struct pfb_error *err)
{
	struct stat st;
	u64 size;
	int ret;

	/* For a block device O_EXCL means: nobody else has claimed it. */
	*fd = open(path, O_RDWR | O_DIRECT | O_EXCL | O_CLOEXEC);
	if (*fd < 0)
		return pfb_fail(err, -errno, "%s: %s%s", path, strerror(errno),
				errno == EBUSY ? "; it is mounted or otherwise in use, and would be overwritten" : "");
	if (fstat(*fd, &st) || !S_ISBLK(st.st_mode)) {
		ret = pfb_fail(err, -ENOTBLK, "%s: expected a block device, such as /dev/nvme0n1", path);
		goto err_close;
	}
	if (ioctl(*fd, BLKGETSIZE64, &size)) {
		ret = pfb_fail(err, -errno, "%s: its size: %s", path, strerror(errno));
		goto err_close;
	}
	if (size < region) {
		ret = pfb_fail(err, -ENOSPC, "%s: has %" PRIu64 " bytes, %zu are needed", path, size,
			       region);
		goto err_close;
	}
	return 0;

err_close:
	close(*fd);
	return ret;
}

/* What the device's DMA reads or writes. */
static void *dma_buffer(const struct pfb_bw *bw, enum pfb_bw_way way)
{
	switch (way) {
	case PFB_BW_P2P:
		return bw->p2p->dma;
	case PFB_BW_HUGE:
		return bw->huge;
	default:
		return bw->ram;
	}
}

/* Where the data has to end up, or comes from, for this way's user: seen by the CPU. */
static void *far_end(const struct pfb_bw *bw, enum pfb_bw_way way)
{
	return way == PFB_BW_P2P || way == PFB_BW_BOUNCE ? bw->p2p->cpu : dma_buffer(bw, way);
}

static int io_error(enum pfb_bw_way way, bool write, size_t size,
		    ssize_t done, struct pfb_error *err)
{
	int code = done < 0 ? -errno : -EIO;

	/* No P2P pages for this queue, or no mapping of them for this device. */
	if (way == PFB_BW_P2P && (code == -EFAULT || code == -EREMOTEIO || code == -EOPNOTSUPP ||
				  code == -EINVAL))
		return pfb_fail(err, -EOPNOTSUPP,
				"the kernel refuses P2P DMA between these two (%s of %zu bytes: %s); 'pci-fixed-bars path' says why",
				write ? "write" : "read", size, strerror(-code));
	return pfb_fail(err, code, "%s of %zu bytes, way %s: %s", write ? "write" : "read", size,
			way_names[way],
			done < 0 ? strerror(-code) : "fewer bytes were moved than asked for");
}

/* One of the transfers in flight: its buffer, and its part of the device. */
struct slot {
	const struct pfb_bw *bw;
	enum pfb_bw_way way;
	bool write;
	size_t size;
	unsigned int index;
	unsigned int repeats;
	pthread_mutex_t *gate;
	u64 copy_ns;
	int ret;
	struct pfb_error err;
};

static size_t slot_offset(const struct slot *slot)
{
	return slot->index * slot->size;
}

static off_t slot_place(const struct slot *slot, unsigned int i)
{
	size_t part = slot->bw->region / slot->bw->depth;

	return (off_t)(slot->index * part + i % (part / slot->size) * slot->size);
}

static void copy(struct slot *slot, void *to, const void *from)
{
	u64 start = clock_ns(CLOCK_MONOTONIC);

	memcpy(to, from, slot->size);
	/* The copy has left the CPU, not only its program. */
	__sync_synchronize();
	slot->copy_ns += clock_ns(CLOCK_MONOTONIC) - start;
}

static int move(struct slot *slot, off_t at)
{
	const struct pfb_bw *bw = slot->bw;
	u8 *buf = (u8 *)dma_buffer(bw, slot->way) + slot_offset(slot);
	u8 *bar = (u8 *)bw->p2p->cpu + slot_offset(slot);
	bool bounce = slot->way == PFB_BW_BOUNCE;
	ssize_t done;

	if (slot->write && bounce)
		copy(slot, buf, bar);
	done = slot->write ? pwrite(bw->fd, buf, slot->size, at) :
			     pread(bw->fd, buf, slot->size, at);
	if (done != (ssize_t)slot->size)
		return io_error(slot->way, slot->write, slot->size, done, &slot->err);
	if (!slot->write && bounce)
		copy(slot, bar, buf);
	return 0;
}

static void *run_slot(void *ctx)
{
	struct slot *slot = ctx;
	unsigned int i;

	if (slot->gate) {
		pthread_mutex_lock(slot->gate);
		pthread_mutex_unlock(slot->gate);
	}
	for (i = 0; !slot->ret && i < slot->repeats; i++)
		slot->ret = move(slot, slot_place(slot, i));
	return NULL;
}

/* What a turn took. */
struct took {
	u64 ns;
	u64 cpu_ns;
	u64 copy_ns;
};

/* All slots at once, each in a thread; the clock starts when all have been made. */
static int run_threads(struct slot *slots, unsigned int nr, struct took *took,
		       struct pfb_error *err)
{
	pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
	pthread_t threads[PFB_BW_DEPTH_MAX];
	unsigned int i, made;
	u64 from, cpu_from;
	int ret = 0;

	pthread_mutex_lock(&gate);
	for (made = 0; made < nr; made++) {
		slots[made].gate = &gate;
		ret = pthread_create(&threads[made], NULL, run_slot, &slots[made]);
		if (ret)
			break;
	}
	for (i = 0; ret && i < made; i++)
		slots[i].repeats = 0;

	from = clock_ns(CLOCK_MONOTONIC);
	cpu_from = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
	pthread_mutex_unlock(&gate);
	for (i = 0; i < made; i++)
		pthread_join(threads[i], NULL);
	took->ns = clock_ns(CLOCK_MONOTONIC) - from;
	took->cpu_ns = clock_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu_from;
	if (ret)
		return pfb_fail(err, -ret, "thread %u of %u: %s", made + 1, nr, strerror(ret));
	return 0;
}

/* One way's turn: @repeats transfers in each slot. */
static int turn(const struct pfb_bw *bw, enum pfb_bw_way way, bool write, size_t size,
		unsigned int repeats, struct took *took, struct pfb_error *err)
{
	struct slot slots[PFB_BW_DEPTH_MAX];
	unsigned int i;
	u64 from, cpu_from;
	int ret;

	for (i = 0; i < bw->depth; i++)
		slots[i] = (struct slot) {
			.bw = bw,
			.way = way,
			.write = write,
			.size = size,
			.index = i,
			.repeats = repeats,
		};
	if (bw->depth == 1) {
		from = clock_ns(CLOCK_MONOTONIC);
		cpu_from = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
		run_slot(&slots[0]);
		took->ns = clock_ns(CLOCK_MONOTONIC) - from;
		took->cpu_ns = clock_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu_from;
	} else {
		ret = run_threads(slots, bw->depth, took, err);
		if (ret)
			return ret;
	}
	if (!took->ns)
		took->ns = 1;
	took->copy_ns = 0;
	for (i = 0; i < bw->depth; i++) {
		took->copy_ns += slots[i].copy_ns;
		if (slots[i].ret) {
			*err = slots[i].err;
			return slots[i].ret;
		}
	}
	return 0;
}

static int differs(const char *what, enum pfb_bw_way way, bool write, size_t size, size_t at,
		   struct pfb_error *err)
{
	return pfb_fail(err, -EILSEQ,
			"%s of %zu bytes, way %s: the data differs at byte %zu of %s: this path must not be used",
			write ? "write" : "read", size, way_names[way], at % size, what);
}

/* The whole of @check to the device, or back: slot by slot, through plain RAM. */
static int move_check(struct pfb_bw *bw, bool write, size_t size, struct pfb_error *err)
{
	unsigned int i;

	for (i = 0; i < bw->depth; i++) {
		struct slot slot = { .bw = bw, .size = size, .index = i };
		u8 *buf = (u8 *)bw->check + slot_offset(&slot);
		off_t at = slot_place(&slot, 0);

		if ((write ? pwrite(bw->fd, buf, size, at) : pread(bw->fd, buf, size, at)) !=
		    (ssize_t)size)
			return pfb_fail(err, -EIO, "%s the disk from plain RAM for a check: %s",
					write ? "filling" : "reading", strerror(errno));
	}
	return 0;
}

/* The device gets a pattern from plain RAM, the way under test fetches it. */
static int check_read(struct pfb_bw *bw, enum pfb_bw_way way, size_t size,
		      struct pfb_error *err)
{
	size_t all = size * bw->depth, bad;
	u64 seed = ++bw->seed;
	void *end = far_end(bw, way);
	struct took took;
	int ret;

	pfb_pattern_fill(bw->check, all, seed);
	ret = move_check(bw, true, size, err);
	if (ret)
		return ret;
	pfb_pattern_fill(end, all, ++bw->seed);
	__sync_synchronize();
	ret = turn(bw, way, false, size, 1, &took, err);
	if (ret)
		return ret;
	bad = pfb_pattern_check(end, all, seed);
	if (bad != all)
		return differs("memory", way, false, size, bad, err);
	/* The mapping that DMA used has to show it as well. */
	if (way == PFB_BW_P2P) {
		bad = pfb_pattern_check(bw->p2p->dma, all, seed);
		if (bad != all)
			return differs("the p2pmem mapping", way, false, size, bad, err);
	}
	return 0;
}

/* The way under test brings a pattern to the device, plain RAM fetches it back. */
static int check_write(struct pfb_bw *bw, enum pfb_bw_way way, size_t size,
		       struct pfb_error *err)
{
	size_t all = size * bw->depth, bad;
	u64 seed = ++bw->seed;
	struct took took;
	int ret;

	pfb_pattern_fill(far_end(bw, way), all, seed);
	__sync_synchronize();
	ret = turn(bw, way, true, size, 1, &took, err);
	if (ret)
		return ret;
	pfb_pattern_fill(bw->check, all, ++bw->seed);
	ret = move_check(bw, false, size, err);
	if (ret)
		return ret;
	bad = pfb_pattern_check(bw->check, all, seed);
	if (bad != all)
		return differs("the device", way, true, size, bad, err);
	return 0;
}

static int check_all(struct pfb_bw *bw, bool write, size_t size, struct pfb_error *err)
{
	unsigned int way;
	int ret;

	for (way = 0; way < PFB_NR_BW_WAYS; way++) {
		if (!dma_buffer(bw, way))
			continue;
		ret = write ? check_write(bw, way, size, err) : check_read(bw, way, size, err);
		if (ret)
			return ret;
	}
	return 0;
}

/* So many that a turn takes about TURN_NS; the same number for each way. */
static int calibrate(const struct pfb_bw *bw, bool write, size_t size, unsigned int *repeats,
		     struct pfb_error *err)
{
	struct took took = { .ns = 1 };
	int ret;

	ret = turn(bw, PFB_BW_RAM, write, size, 4, &took, err);
	if (ret)
		return ret;
	*repeats = (unsigned int)(4 * TURN_NS / took.ns);
	if (*repeats < 1)
		*repeats = 1;
	if (*repeats > REPEATS_MAX)
		*repeats = REPEATS_MAX;
	return 0;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *values, unsigned int nr)
{
	qsort(values, nr, sizeof(*values), by_value);
	return nr % 2 ? values[nr / 2] : (values[nr / 2 - 1] + values[nr / 2]) / 2;
}

/* What was measured, round by round: [way][round] each. */
struct samples {
	double *speed;
	double *cpu_us;
	double *copy;
	double *ratio;
};

static int all_rounds(const struct pfb_bw *bw, bool write, size_t size,
		      const struct samples *samples, struct pfb_error *err)
{
	unsigned int repeats = 1, round, i;
	int ret;

	ret = calibrate(bw, write, size, &repeats, err);
	if (ret)
		return ret;
	for (round = 0; round < bw->rounds; round++) {
		for (i = 0; i < PFB_NR_BW_WAYS; i++) {
			/* Each way is first in some rounds. */
			unsigned int way = (round + i) % PFB_NR_BW_WAYS;
			double transfers = (double)repeats * bw->depth;
			double mib = transfers * (double)size / (1 << 20);
			struct took took = { .ns = 1 };

			if (!dma_buffer(bw, way))
				continue;
			ret = turn(bw, way, write, size, repeats, &took, err);
			if (ret)
				return ret;
			samples->speed[way * bw->rounds + round] = mib / ((double)took.ns / 1e9);
			samples->cpu_us[way * bw->rounds + round] =
				(double)took.cpu_ns / 1e3 / transfers;
			if (way == PFB_BW_BOUNCE)
				samples->copy[round] = took.copy_ns ?
					mib / ((double)took.copy_ns / 1e9) : 0;
		}
	}
	return 0;
}

static void summarize(const struct pfb_bw *bw, const struct samples *samples,
		      struct pfb_bw_result *result)
{
	unsigned int way, round, rounds = bw->rounds;

	for (way = 0; way < PFB_NR_BW_WAYS; way++) {
		if (!dma_buffer(bw, way))
			continue;
		/* Of each round on its own, before sorting tears them apart. */
		for (round = 0; round < rounds; round++)
			samples->ratio[round] = samples->speed[PFB_BW_P2P * rounds + round] /
						samples->speed[way * rounds + round];
		result->ratio[way] = median(samples->ratio, rounds);
	}
	for (way = 0; way < PFB_NR_BW_WAYS; way++) {
		if (!dma_buffer(bw, way))
			continue;
		result->mib_s[way] = median(samples->speed + way * rounds, rounds);
		result->cpu_us[way] = median(samples->cpu_us + way * rounds, rounds);
	}
	result->copy_mib_s = median(samples->copy, rounds);
}

int pfb_bw_measure(struct pfb_bw *bw, bool write, size_t size, struct pfb_bw_result *result,
		   struct pfb_error *err)
{
	size_t rounds = bw->rounds, by_way = PFB_NR_BW_WAYS * rounds;
	double *all = calloc(2 * by_way + 2 * rounds, sizeof(*all));
	struct samples samples = {
		.speed = all,
		.cpu_us = all + by_way,
		.copy = all + 2 * by_way,
		.ratio = all + 2 * by_way + rounds,
	};
	int ret;

	if (!all)
		return pfb_fail(err, -ENOMEM, "no memory for %u rounds", bw->rounds);
	memset(result, 0, sizeof(*result));
	result->write = write;
	result->size = size;

	ret = check_all(bw, write, size, err);
	if (!ret)
		ret = all_rounds(bw, write, size, &samples, err);
	if (!ret)
		ret = check_all(bw, write, size, err);
	if (!ret)
		summarize(bw, &samples, result);
	free(all);
	return ret;
}
