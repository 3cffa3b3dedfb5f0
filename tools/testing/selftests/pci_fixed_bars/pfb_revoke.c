// SPDX-License-Identifier: GPL-2.0
/*
 * pfb_revoke - a BAR is exported, mapped, used and revoked, over and over
 *
 *	pfb_revoke ROUNDS GPU BAR GOOD BAD EDU...
 *
 * Each EDU has a thread, which exports 64 KiB of the BAR that no other has, attaches, maps
 * and sends a pattern by DMA, of which the CPU compares every byte, or the other way round;
 * that is a round. Then all go on with DMA, and under that the exports are
 * revoked: by a manifest by which the BAR is wrong (BAD), or by taking the manifest back, in
 * turn. After that neither DMA nor the CPU gets through; then the right manifest (GOOD)
 * is loaded again. All rounds are one process, whose file descriptors are counted.
 *
 * Exit: 0 all held, 1 not, 2 usage, 3 not possible here.
 */
#include <dirent.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/mman.h>

#include "pfb_engine.h"
#include "pfb_manifest.h"

#define PART		0x10000
#define OTHER		0x8000	/* where in a part is written until it is revoked */
#define MAX_ENGINES	16

static int ctl, engines[MAX_ENGINES];
static int nr_engines;
static struct pfb_ioc_function gpu;
static uint32_t bar;
static pthread_barrier_t begins, running, ends;
static atomic_bool done, revoked, failed;
static atomic_ulong nr_rounds, nr_interrupted;
static unsigned long this_time;

static void fail(const char *what, int code)
{
	printf("time %lu: %s: %s\n", this_time, what,
	       code && code != EDIFFERENT ? strerror(code) : "not as it must be");
	atomic_store(&failed, true);
}

static __thread sigjmp_buf back;

static void bus_error(int sig)
{
	(void)sig;
	siglongjmp(back, 1);
}

/* In words, as device memory wants it. */
static void fill(volatile uint64_t *window, uint64_t seed)
{
	uint64_t offset, word;
	unsigned int b;

	for (offset = 0; offset < PFB_EDU_CHUNK; offset += sizeof(word)) {
		for (word = 0, b = 0; b < sizeof(word); b++)
			word |= (uint64_t)pattern(seed, offset + b) << (8 * b);
		window[offset / sizeof(word)] = word;
	}
}

static int compare(const volatile uint64_t *window, uint64_t seed)
{
	uint64_t data[PFB_EDU_CHUNK / sizeof(uint64_t)];
	size_t i;

	for (i = 0; i < PFB_EDU_CHUNK / sizeof(uint64_t); i++)
		data[i] = window[i];
	return pattern_differs((uint8_t *)data, 0, sizeof(data), seed) ? EDIFFERENT : 0;
}

/* One way by DMA, the other by CPU. Returns 0 or an errno. */
static int transfer(int edu, volatile uint64_t *window, uint64_t seed)
{
	int ret;

	if (sigsetjmp(back, 1))
		return EFAULT;
	if (seed % 2) {
		fill(window, seed);
		return engine_fetch(edu, 0, seed);
	}
	ret = engine_send(edu, 0, seed);
	return ret ? ret : compare(window, seed);
}

static bool cpu_reads(const volatile uint64_t *window)
{
	if (sigsetjmp(back, 1))
		return false;
	(void)window[0];
	return true;
}

/* DMA until it is taken away; one that began before that may end well. */
static void go_on(int edu, uint64_t seed)
{
	bool late;
	int ret;

	do {
		late = atomic_load(&revoked);
		ret = engine_send(edu, OTHER, seed);
	} while (!ret && !late);
	if (!ret)
		fail("DMA went through an export that was revoked", 0);
	else if (ret != ENXIO && ret != ENODEV)
		fail("DMA while it is revoked", ret);
	else
		atomic_fetch_add(&nr_interrupted, 1);
}

static int export_part(unsigned int nr)
{
	struct pfb_ioc_range range = { .offset = (uint64_t)nr * PART, .length = PART };
	struct pfb_ioc_export export = {
		.provider = gpu, .bar = bar, .ranges = (uintptr_t)&range, .nr_ranges = 1
	};

	if (!ioctl(ctl, PFB_IOC_EXPORT, &export))
		return export.fd;
	fail(export.text, errno);
	return -1;
}

/* With all barriers, whatever fails: the others wait there. */
static void one_round(unsigned int nr, uint64_t seed)
{
	int edu = engines[nr], buf = export_part(nr), ret;
	volatile uint64_t *window = mmap(NULL, PART, PROT_READ | PROT_WRITE, MAP_SHARED, buf, 0);

	if (window == MAP_FAILED) {
		fail("mmap", errno);
		pthread_barrier_wait(&running);
		pthread_barrier_wait(&ends);
		return;
	}
	ret = engine_map(edu, buf);
	if (!ret)
		ret = transfer(edu, window, seed);
	if (ret)
		fail("attach, map and DMA", ret);
	else
		atomic_fetch_add(&nr_rounds, 1);
	pthread_barrier_wait(&running);
	go_on(edu, seed);
	pthread_barrier_wait(&ends);
	if (cpu_reads(window))
		fail("the CPU read from an export that was revoked", 0);
	munmap((void *)window, PART);
	ioctl(edu, PFB_EDU_DETACH);
	close(buf);
}

static void *work(void *arg)
{
	unsigned int nr = (unsigned int)(uintptr_t)arg;

	for (;;) {
		pthread_barrier_wait(&begins);
		if (atomic_load(&done))
			return NULL;
		one_round(nr, this_time * MAX_ENGINES + nr + this_time % 2);
		/* Nobody begins the next one before all are done with this. */
		pthread_barrier_wait(&ends);
	}
}

static void one_time(const struct manifest *good, const struct manifest *bad)
{
	atomic_store(&revoked, false);
	if (load_manifest(ctl, good))
		fail("the right manifest", errno);
	pthread_barrier_wait(&begins);
	pthread_barrier_wait(&running);
	/* The engines take 100 ms for each transfer: these have begun. */
	usleep(20000);
	if (load_manifest(ctl, this_time % 2 ? bad : NULL))
		fail("the manifest that revokes", errno);
	atomic_store(&revoked, true);
	pthread_barrier_wait(&ends);
	pthread_barrier_wait(&ends);
}

static unsigned int open_files(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned int n = 0;

	if (!dir)
		return 0;
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

static void open_all(char **names)
{
	char name[64];

	ctl = open(PFB_DEVICE, O_RDWR | O_CLOEXEC);
	if (ctl < 0) {
		perror(PFB_DEVICE);
		exit(3);
	}
	for (; *names && nr_engines < MAX_ENGINES; names++, nr_engines++) {
		snprintf(name, sizeof(name), "/dev/pfb_edu-%s", *names);
		engines[nr_engines] = open(name, O_RDWR | O_CLOEXEC);
		if (engines[nr_engines] < 0) {
			perror(name);
			exit(3);
		}
	}
}

int main(int argc, char **argv)
{
	unsigned int segment, bus, slot, fn, files;
	pthread_t threads[MAX_ENGINES];
	struct manifest good, bad;
	unsigned long rounds;
	int i;

	if (argc < 7 || sscanf(argv[2], "%x:%x:%x.%u", &segment, &bus, &slot, &fn) != 4) {
		fprintf(stderr, "usage: pfb_revoke ROUNDS GPU BAR GOOD BAD EDU...\n");
		return 2;
	}
	rounds = strtoul(argv[1], NULL, 0);
	gpu = (struct pfb_ioc_function){ segment, bus, slot << 3 | fn };
	bar = (uint32_t)atoi(argv[3]);
	read_manifest(argv[4], &good);
	read_manifest(argv[5], &bad);
	open_all(argv + 6);
	signal(SIGBUS, bus_error);
	pthread_barrier_init(&begins, NULL, nr_engines + 1);
	pthread_barrier_init(&running, NULL, nr_engines + 1);
	pthread_barrier_init(&ends, NULL, nr_engines + 1);
	for (i = 0; i < nr_engines; i++)
		pthread_create(&threads[i], NULL, work, (void *)(uintptr_t)i);
	files = open_files();
	for (; nr_rounds < rounds && !atomic_load(&failed); this_time++)
		one_time(&good, &bad);
	if (open_files() != files)
		fail("file descriptors", EMFILE);
	atomic_store(&done, true);
	pthread_barrier_wait(&begins);
	for (i = 0; i < nr_engines; i++)
		pthread_join(threads[i], NULL);
	printf("%lu rounds, %lu of them with DMA while it was revoked, %u files open\n",
	       nr_rounds, nr_interrupted, files);
	return failed || nr_rounds < rounds;
}
