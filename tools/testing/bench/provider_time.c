// SPDX-License-Identifier: GPL-2.0
/*
 * What it costs to make a BAR available for peer-to-peer DMA, as a dma-buf without
 * pages and as struct pages (p2pmem), in time and in memory; what an importer pays
 * for being judged; and a path's verdict beside the kernel's own.
 *
 *	provider_time ROUNDS EDU JSON BDF:BAR...
 *
 * Runs in a guest in which each BAR is declared and verified, its function has no
 * driver, and pfb_edu drives EDU.
 *
 * In each round, in turn, for each BAR:
 *	export	the request that exports the whole BAR, until it returns
 *	bind	the function is bound to pci_fixed_bars: it is verified, and
 *		pci_p2pdma_add_resource() makes its pages (fewer rounds: it takes seconds)
 * Memory is what MemFree lost: over 256 exports, and over one bind.
 * And once, for the first BAR:
 *	attach	attach, map, unmap and detach, and the same with a dma-buf that asks
 *		nothing of an importer
 *	path	a path's verdict for a driver (known from the last time), for the request
 *		(asked anew each time), and what pci_p2pdma_distance_many() takes
 *	threads	attach, map, unmap and detach by several importers at once, each of a
 *		dma-buf of its own, of BARs in turn
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include <json-c/json.h>
#include <pthread.h>
#include <uapi/linux/pci_fixed_bars.h>

#include "../modules/pfb_edu.h"

#define ROUNDS_MAX	1000
#define BIND_ROUNDS	3
#define EXPORTS		256
#define LOOPS		200
#define THREADS_MAX	64
#define THREAD_LOOPS	12800	/* of all threads together */
#define BARS_MAX	16
#define DRIVER		"pci_fixed_bars"

static int ctl;

static double now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *values, unsigned int nr)
{
	qsort(values, nr, sizeof(*values), compare);
	return nr % 2 ? values[nr / 2] : (values[nr / 2 - 1] + values[nr / 2]) / 2;
}

static long free_kib(void)
{
	char line[128];
	long kib = -1;
	FILE *f = fopen("/proc/meminfo", "r");

	if (!f)
		err(1, "/proc/meminfo");
	while (kib < 0 && fgets(line, sizeof(line), f))
		sscanf(line, "MemFree: %ld kB", &kib);
	fclose(f);
	return kib;
}

static struct pfb_ioc_function function(const char *bdf)
{
	unsigned int segment, bus, slot, fn;

	if (sscanf(bdf, "%x:%x:%x.%u", &segment, &bus, &slot, &fn) != 4)
		errx(2, "'%s' is no BDF", bdf);
	return (struct pfb_ioc_function){ segment, bus, slot << 3 | fn };
}

static int export_bar(const char *bdf, unsigned int bar, uint64_t *size)
{
	struct pfb_ioc_export export = { .provider = function(bdf), .bar = bar };

	if (ioctl(ctl, PFB_IOC_EXPORT, &export))
		err(1, "export of bar%u of %s: %s", bar, bdf, export.text);
	*size = export.size;
	return export.fd;
}

static void write_file(const char *text, const char *fmt, const char *bdf)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), fmt, bdf);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		err(1, "%s", path);
	close(fd);
}

static bool has_p2pmem(const char *bdf)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/p2pmem/size", bdf);
	return !access(path, F_OK);
}

static void say_provider(const char *bdf)
{
	char path[128], text[512] = "";
	FILE *f;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/fixed_bars/provider", bdf);
	f = fopen(path, "r");
	if (f && fgets(text, sizeof(text), f))
		fputs(text, stderr);
	if (f)
		fclose(f);
}

static void memory_on(const char *bdf)
{
	char path[128];
	uint16_t command;
	int fd;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/config", bdf);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0 || pread(fd, &command, 2, 4) != 2)
		err(1, "%s", path);
	command |= 2;
	if (pwrite(fd, &command, 2, 4) != 2)
		err(1, "%s", path);
	close(fd);
}

static struct json_object *measure_bar(const char *bdf, unsigned int bar, unsigned int rounds)
{
	double export_ms[ROUNDS_MAX], bind_ms[BIND_ROUNDS], export_median, bind_median;
	struct json_object *obj = json_object_new_object();
	long before, export_kib, bind_kib = 0;
	int fds[EXPORTS];
	unsigned int i;
	uint64_t size;
	double start;

	memory_on(bdf);
	/* The first of all has caches to fill, in the emulator too. */
	close(export_bar(bdf, bar, &size));
	for (i = 0; i < rounds; i++) {
		start = now_ms();
		fds[0] = export_bar(bdf, bar, &size);
		export_ms[i] = now_ms() - start;
		close(fds[0]);
	}
	before = free_kib();
	for (i = 0; i < EXPORTS; i++)
		fds[i] = export_bar(bdf, bar, &size);
	export_kib = before - free_kib();
	for (i = 0; i < EXPORTS; i++)
		close(fds[i]);

	write_file(DRIVER "\n", "/sys/bus/pci/devices/%s/driver_override", bdf);
	for (i = 0; i < BIND_ROUNDS; i++) {
		before = free_kib();
		start = now_ms();
		write_file(bdf, "/sys/bus/pci/drivers_probe", "");
		bind_ms[i] = now_ms() - start;
		bind_kib = before - free_kib();
		/* There is no figure for work that was not done. */
		if (!has_p2pmem(bdf)) {
			say_provider(bdf);
			errx(1, "%s was not provided with pages", bdf);
		}
		write_file(bdf, "/sys/bus/pci/drivers/" DRIVER "/unbind", "");
	}
	write_file("\n", "/sys/bus/pci/devices/%s/driver_override", bdf);

	export_median = median(export_ms, rounds);
	bind_median = median(bind_ms, BIND_ROUNDS);
	printf("%7llu GiB  %9.3f ms  %9.1f KiB  %9.1f ms  %9.1f MiB  %9.0f\n",
	       (unsigned long long)(size >> 30), export_median, (double)export_kib / EXPORTS,
	       bind_median, (double)bind_kib / 1024, bind_median / export_median);
	json_object_object_add(obj, "bytes", json_object_new_int64((int64_t)size));
	json_object_object_add(obj, "export_ms", json_object_new_double(export_median));
	json_object_object_add(obj, "export_worst_ms",
			       json_object_new_double(export_ms[rounds - 1]));
	json_object_object_add(obj, "export_kib",
			       json_object_new_double((double)export_kib / EXPORTS));
	json_object_object_add(obj, "bind_ms", json_object_new_double(bind_median));
	json_object_object_add(obj, "bind_kib", json_object_new_int64(bind_kib));
	return obj;
}

static void add_ns(struct json_object *obj, const char *name, double *ns, unsigned int nr)
{
	json_object_object_add(obj, name, json_object_new_double(median(ns, nr)));
}

static struct json_object *measure_importer(const char *edu_bdf, const char *bdf, unsigned int bar,
					    unsigned int rounds)
{
	static double ours[ROUNDS_MAX], plain[ROUNDS_MAX], path[ROUNDS_MAX], distance[ROUNDS_MAX],
		known[ROUNDS_MAX], ratio[ROUNDS_MAX];
	struct json_object *obj = json_object_new_object();
	struct pfb_ioc_path ask = {
		.provider = function(bdf), .bar = bar, .client = function(edu_bdf)
	};
	char name[64];
	uint64_t size;
	unsigned int i, j;
	double start;
	int edu, buf;

	snprintf(name, sizeof(name), "/dev/pfb_edu-%s", edu_bdf);
	edu = open(name, O_RDWR | O_CLOEXEC);
	if (edu < 0)
		err(1, "%s", name);
	memory_on(bdf);
	buf = export_bar(bdf, bar, &size);
	for (i = 0; i < rounds; i++) {
		struct pfb_edu_time with = { .fd = buf, .loops = LOOPS };
		struct pfb_edu_time without = { .fd = -1, .loops = LOOPS };
		struct pfb_edu_path kernel = {
			.segment = ask.provider.segment, .bus = ask.provider.bus,
			.devfn = ask.provider.devfn, .bar = -1, .loops = LOOPS
		};
		struct pfb_edu_path module = kernel;

		if (ioctl(edu, PFB_EDU_TIME, &without) || ioctl(edu, PFB_EDU_TIME, &with))
			err(1, "attaching");
		ours[i] = (double)with.ns / LOOPS;
		plain[i] = (double)without.ns / LOOPS;
		start = now_ms();
		for (j = 0; j < LOOPS; j++)
			if (ioctl(ctl, PFB_IOC_PATH, &ask) || !ask.passes)
				errx(1, "the path does not pass: %s", ask.text);
		path[i] = (now_ms() - start) * 1e6 / LOOPS;
		if (ioctl(edu, PFB_EDU_PATH, &kernel))
			err(1, "pci_p2pdma_distance_many()");
		distance[i] = (double)kernel.ns / LOOPS;
		module.bar = (int)bar;
		if (ioctl(edu, PFB_EDU_PATH, &module))
			err(1, "pfb_check_path()");
		known[i] = (double)module.ns / LOOPS;
		ratio[i] = ours[i] / plain[i];
	}
	add_ns(obj, "attach_ns", ours, rounds);
	add_ns(obj, "attach_unjudged_ns", plain, rounds);
	json_object_object_add(obj, "attach_ratio", json_object_new_double(median(ratio, rounds)));
	add_ns(obj, "path_ns", path, rounds);
	add_ns(obj, "path_known_ns", known, rounds);
	add_ns(obj, "distance_ns", distance, rounds);
	printf("attach, map, unmap, detach: %.2f us; with a dma-buf that judges nobody: %.2f us; ratio %.3f\n",
	       median(ours, rounds) / 1e3, median(plain, rounds) / 1e3, median(ratio, rounds));
	printf("a path's verdict: %.2f us; asked anew, system call included: %.1f us; pci_p2pdma_distance_many(): %.2f us\n",
	       median(known, rounds) / 1e3, median(path, rounds) / 1e3,
	       median(distance, rounds) / 1e3);
	close(buf);
	close(edu);
	return obj;
}

struct importer {
	pthread_t thread;
	int edu;
	int buf;
	unsigned int loops;
};

static pthread_barrier_t barrier;

static void *import(void *arg)
{
	struct importer *importer = arg;
	struct pfb_edu_time time = { .fd = importer->buf, .loops = importer->loops };

	pthread_barrier_wait(&barrier);
	if (ioctl(importer->edu, PFB_EDU_TIME, &time))
		err(1, "attaching");
	return NULL;
}

/* Microseconds for each attach, map, unmap and detach, of all threads together. */
static double import_at_once(const char *edu_bdf, char * const *bdfs, const unsigned int *bars,
			     unsigned int nr_bars, unsigned int nr)
{
	struct importer importers[THREADS_MAX];
	char name[64];
	unsigned int i;
	uint64_t size;
	double start;

	snprintf(name, sizeof(name), "/dev/pfb_edu-%s", edu_bdf);
	pthread_barrier_init(&barrier, NULL, nr + 1);
	for (i = 0; i < nr; i++) {
		importers[i].loops = THREAD_LOOPS / nr;
		importers[i].buf = export_bar(bdfs[i % nr_bars], bars[i % nr_bars], &size);
		importers[i].edu = open(name, O_RDWR | O_CLOEXEC);
		if (importers[i].edu < 0)
			err(1, "%s", name);
		if (pthread_create(&importers[i].thread, NULL, import, &importers[i]))
			errx(1, "no more threads");
	}
	pthread_barrier_wait(&barrier);
	start = now_ms();
	for (i = 0; i < nr; i++)
		pthread_join(importers[i].thread, NULL);
	start = now_ms() - start;
	for (i = 0; i < nr; i++) {
		close(importers[i].edu);
		close(importers[i].buf);
	}
	pthread_barrier_destroy(&barrier);
	return start * 1e3 / (THREAD_LOOPS / nr * nr);
}

static struct json_object *measure_threads(const char *edu_bdf, char * const *bdfs,
					   const unsigned int *bars, unsigned int nr_bars,
					   unsigned int rounds)
{
	static const unsigned int counts[] = { 1, 4, 16, 64 };
	static double us[4][ROUNDS_MAX], own[4][ROUNDS_MAX];
	struct json_object *array = json_object_new_array();
	unsigned int c, i;

	for (i = 0; i < nr_bars; i++)
		memory_on(bdfs[i]);
	for (i = 0; i < rounds; i++) {
		for (c = 0; c < 4; c++) {
			us[c][i] = import_at_once(edu_bdf, bdfs, bars, 1, counts[c]);
			own[c][i] = import_at_once(edu_bdf, bdfs, bars, nr_bars, counts[c]);
		}
	}
	printf("importers at once   us each, of one BAR   us each, of %u BARs\n", nr_bars);
	for (c = 0; c < 4; c++) {
		struct json_object *obj = json_object_new_object();
		double one = median(us[c], rounds), several = median(own[c], rounds);

		printf("%17u   %18.2f   %16.2f\n", counts[c], one, several);
		json_object_object_add(obj, "importers", json_object_new_int((int)counts[c]));
		json_object_object_add(obj, "one_bar_us", json_object_new_double(one));
		json_object_object_add(obj, "several_bars_us", json_object_new_double(several));
		json_object_array_add(array, obj);
	}
	return array;
}

int main(int argc, char **argv)
{
	struct json_object *top = json_object_new_object(), *bars = json_object_new_array();
	unsigned int rounds, bars_of[BARS_MAX], nr = 0;
	char *bdfs[BARS_MAX], *colon;
	int i;

	if (argc < 5 || argc - 4 > BARS_MAX)
		errx(2, "usage: provider_time ROUNDS EDU JSON BDF:BAR...");
	rounds = (unsigned int)strtoul(argv[1], NULL, 10);
	if (!rounds || rounds > ROUNDS_MAX)
		errx(2, "1 to %d rounds", ROUNDS_MAX);
	ctl = open(PFB_DEVICE, O_RDWR | O_CLOEXEC);
	if (ctl < 0)
		err(1, PFB_DEVICE);
	for (i = 4; i < argc; i++) {
		colon = strrchr(argv[i], ':');
		if (!colon)
			errx(2, "'%s' is not like 0000:04:00.0:2", argv[i]);
		*colon = '\0';
		bars_of[nr] = (unsigned int)strtoul(colon + 1, NULL, 10);
		bdfs[nr++] = argv[i];
	}
	json_object_object_add(top, "importer",
			       measure_importer(argv[2], bdfs[0], bars_of[0], rounds));
	json_object_object_add(top, "threads",
			       measure_threads(argv[2], bdfs, bars_of, nr, rounds));
	printf("    size         export        memory        p2pmem        memory      ratio\n");
	for (i = 0; i < (int)nr; i++)
		json_object_array_add(bars, measure_bar(bdfs[i], bars_of[i], rounds));
	json_object_object_add(top, "bars", bars);
	if (json_object_to_file_ext(argv[3], top, JSON_C_TO_STRING_PRETTY))
		errx(1, "%s cannot be written", argv[3]);
	return 0;
}
