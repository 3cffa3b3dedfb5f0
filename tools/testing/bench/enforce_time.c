// SPDX-License-Identifier: GPL-2.0
/*
 * How long it takes to put every declared BAR where it was declared, beside what the
 * kernel's own way takes: removing the same root ports and rescanning. Runs in a guest in
 * which each declared BAR is elsewhere; the module must not be loaded.
 *
 * In each round, in turn:
 *   enforce	the module is loaded (policy=preserve), and "1" written to its file
 *		enforce: one system call, which ends when all is done. Meanwhile a
 *		bystander, an NVMe below one of the switches that nobody declared, is read
 *		without a pause
 *   idle	the same reads for as long, with nothing else going on
 *   rescan	every root port is removed, and the bus rescanned: BARs are where the kernel
 *		puts them, which is where the next round finds them
 * All of it without drivers of NICs, as from an initramfs: first with nobody who reads,
 * then with the bystander's reader; and then with drivers, which both ways then release and
 * attach, and end when every NIC has its disk again.
 *
 * Each time, as many BARs must be verified as were declared: there is no figure for
 * work that was not done.
 */
#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <pthread.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <json-c/json.h>

#define MODULE		"pci_fixed_bars"
#define PCI		"/sys/bus/pci/"
#define ENFORCE		"/sys/kernel/pci_fixed_bars/enforce"
#define VERIFIED	"/sys/kernel/pci_fixed_bars/states/verified"
#define ROOT_PORTS	PCI "devices/0000:00:*/secondary_bus_number"
#define DISKS		PCI "drivers/nvme/*/nvme/nvme*/nvme*n1"
#define BLOCK		4096
#define ROUNDS_MAX	1000

enum way { WAY_ENFORCE, WAY_RESCAN, NR_WAYS };
enum pause { PAUSE_ENFORCE, PAUSE_IDLE, NR_PAUSES };

/* Of a series of rounds, in ms. */
struct series {
	const char *name;
	bool reader;
	bool drivers;
	double ms[NR_WAYS][ROUNDS_MAX];
	double pause[NR_PAUSES][ROUNDS_MAX];
	double silent[ROUNDS_MAX];	/* by the module's own word */
};

struct reader {
	int fd;
	volatile bool stop;
	double longest;
	unsigned long reads;
};

extern char **environ;

static unsigned long rounds, verified, disks;
static const char *bystander;

static double now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static void run(const char *program, const char *first, const char *second)
{
	char *argv[] = { (char *)program, (char *)first, (char *)second, NULL };
	int status, ret;
	pid_t pid;

	ret = posix_spawnp(&pid, program, NULL, NULL, argv, environ);
	if (ret) {
		errno = ret;
		err(1, "%s: cannot be started", program);
	}
	if (waitpid(pid, &status, 0) != pid || status)
		errx(1, "%s %s: expected status 0, got %#x; see dmesg", program, first, status);
}

static void write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		err(1, "%s", path);
	close(fd);
}

static unsigned long read_number(const char *path)
{
	unsigned long found;
	FILE *f = fopen(path, "re");

	if (!f || fscanf(f, "%lu", &found) != 1)
		err(1, "%s", path);
	fclose(f);
	return found;
}

static unsigned long count(const char *pattern)
{
	unsigned long nr = 0;
	glob_t found;

	if (!glob(pattern, 0, NULL, &found))
		nr = found.gl_pathc;
	globfree(&found);
	return nr;
}

static void wait_for_disks(unsigned long wanted)
{
	double start = now_ms();

	while (count(DISKS) != wanted) {
		if (now_ms() - start > 60000)
			errx(1, "expected %lu disks within 60 s, found %lu", wanted, count(DISKS));
		usleep(1000);
	}
}

/* The bystander keeps its driver; all others lose theirs. */
static void unbind_nics(void)
{
	struct dirent *entry;
	DIR *dir = opendir(PCI "drivers/nvme");

	if (!dir)
		err(1, PCI "drivers/nvme");
	while ((entry = readdir(dir)))
		if (!strncmp(entry->d_name, "0000:", 5) && strcmp(entry->d_name, bystander))
			write_text(PCI "drivers/nvme/unbind", entry->d_name);
	closedir(dir);
}

static void *read_on(void *data)
{
	struct reader *reader = data;
	double last = now_ms(), then;
	void *buffer;

	if (posix_memalign(&buffer, BLOCK, BLOCK))
		errx(1, "out of memory");
	while (!reader->stop) {
		if (pread(reader->fd, buffer, BLOCK, 0) != BLOCK)
			err(1, "the bystander's disk cannot be read any more");
		then = now_ms();
		if (then - last > reader->longest)
			reader->longest = then - last;
		last = then;
		reader->reads++;
	}
	free(buffer);
	return NULL;
}

static int open_bystander(void)
{
	char path[256];
	glob_t found;
	const char *name;
	int fd;

	snprintf(path, sizeof(path), PCI "devices/%s/nvme/nvme*/nvme*n1", bystander);
	if (glob(path, 0, NULL, &found))
		errx(1, "the bystander %s has no disk", bystander);
	name = strrchr(found.gl_pathv[0], '/') + 1;
	snprintf(path, sizeof(path), "/dev/%s", name);
	fd = open(path, O_RDONLY | O_DIRECT | O_CLOEXEC);
	if (fd < 0)
		err(1, "%s", path);
	globfree(&found);
	return fd;
}

static void begin_reading(struct reader *reader, pthread_t *thread)
{
	*reader = (struct reader){ .fd = open_bystander() };
	if (pthread_create(thread, NULL, read_on, reader))
		errx(1, "no thread");
	while (reader->reads < 8)
		usleep(1000);
	reader->longest = 0;
}

static double end_reading(struct reader *reader, pthread_t thread)
{
	unsigned long seen = reader->reads;

	/* A read that waits for what is measured counts. */
	while (reader->reads < seen + 2)
		usleep(100);
	reader->stop = true;
	pthread_join(thread, NULL);
	close(reader->fd);
	return reader->longest;
}

/* "done: 120 steps, 8 drivers restarted, 12345 us without an answer", for each root port */
static double silent_ms(void)
{
	unsigned long us, longest = 0;
	char line[512];
	FILE *f = fopen(ENFORCE, "re");

	if (!f)
		err(1, ENFORCE);
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, " done: %*u steps, %*u drivers restarted, %lu us", &us) == 1 &&
		    us > longest)
			longest = us;
	fclose(f);
	return (double)longest / 1e3;
}

static void enforce(struct series *series, unsigned long round)
{
	struct reader reader;
	pthread_t thread;
	double start;

	run("modprobe", MODULE, "policy=preserve");
	if (series->reader)
		begin_reading(&reader, &thread);
	start = now_ms();
	write_text(ENFORCE, "1");
	if (series->drivers)
		wait_for_disks(disks);
	series->ms[WAY_ENFORCE][round] = now_ms() - start;
	if (series->reader)
		series->pause[PAUSE_ENFORCE][round] = end_reading(&reader, thread);
	series->silent[round] = silent_ms();
	if (read_number(VERIFIED) != verified)
		errx(1, "%lu BARs are verified, expected %lu; see dmesg",
		     read_number(VERIFIED), verified);

	if (series->reader) {
		begin_reading(&reader, &thread);
		usleep((useconds_t)(series->ms[WAY_ENFORCE][round] * 1e3));
		series->pause[PAUSE_IDLE][round] = end_reading(&reader, thread);
	}
	run("rmmod", MODULE, NULL);
}

static void rescan(struct series *series, unsigned long round)
{
	unsigned long before, after;
	char path[256];
	glob_t ports;
	double start;
	size_t i;

	if (glob(ROOT_PORTS, 0, NULL, &ports))
		errx(1, "no root port matches " ROOT_PORTS);
	before = count(PCI "devices/*");
	start = now_ms();
	for (i = 0; i < ports.gl_pathc; i++) {
		snprintf(path, sizeof(path), "%.*s/remove",
			 (int)(strrchr(ports.gl_pathv[i], '/') - ports.gl_pathv[i]),
			 ports.gl_pathv[i]);
		write_text(path, "1");
	}
	write_text(PCI "rescan", "1");
	if (series->drivers)
		wait_for_disks(disks);
	series->ms[WAY_RESCAN][round] = now_ms() - start;
	globfree(&ports);
	after = count(PCI "devices/*");
	if (after != before)
		errx(1, "%lu functions before the rescan, %lu after", before, after);
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(const double *values)
{
	static double sorted[ROUNDS_MAX];

	memcpy(sorted, values, rounds * sizeof(*values));
	qsort(sorted, rounds, sizeof(*sorted), by_value);
	return rounds % 2 ? sorted[rounds / 2] :
			    (sorted[rounds / 2 - 1] + sorted[rounds / 2]) / 2;
}

static double greatest(const double *values)
{
	double most = 0;
	unsigned long i;

	for (i = 0; i < rounds; i++)
		if (values[i] > most)
			most = values[i];
	return most;
}

static void add(struct json_object *object, const char *key, double value)
{
	json_object_object_add(object, key, json_object_new_double(value));
}

static void report(struct series *series, struct json_object *top)
{
	struct json_object *object = json_object_new_object();
	double ratio[ROUNDS_MAX];
	unsigned long i;

	for (i = 0; i < rounds; i++)
		ratio[i] = series->ms[WAY_ENFORCE][i] / series->ms[WAY_RESCAN][i];
	printf("%-8s  %10.1f  %11.1f  %9.1f  %7.2f  %12.1f", series->name,
	       median(series->ms[WAY_ENFORCE]), greatest(series->ms[WAY_ENFORCE]),
	       median(series->ms[WAY_RESCAN]), median(ratio), median(series->silent));
	add(object, "enforce_ms", median(series->ms[WAY_ENFORCE]));
	add(object, "enforce_longest_ms", greatest(series->ms[WAY_ENFORCE]));
	add(object, "rescan_ms", median(series->ms[WAY_RESCAN]));
	add(object, "enforce_ratio_to_rescan", median(ratio));
	add(object, "silent_ms", median(series->silent));
	if (series->reader) {
		printf("  %9.1f  %8.1f  %8.1f", median(series->pause[PAUSE_ENFORCE]),
		       greatest(series->pause[PAUSE_ENFORCE]),
		       greatest(series->pause[PAUSE_IDLE]));
		add(object, "bystander_pause_ms", median(series->pause[PAUSE_ENFORCE]));
		add(object, "bystander_longest_pause_ms",
		    greatest(series->pause[PAUSE_ENFORCE]));
		add(object, "bystander_idle_longest_pause_ms",
		    greatest(series->pause[PAUSE_IDLE]));
	}
	printf("\n");
	json_object_object_add(top, series->name, object);
}

static unsigned long number(const char *what, const char *text, unsigned long max)
{
	unsigned long value;
	char *end;

	errno = 0;
	value = strtoul(text, &end, 10);
	if (end == text || *end || errno || !value || value > max)
		errx(2, "%s: expected 1 to %lu, got '%s'", what, max, text);
	return value;
}

int main(int argc, char **argv)
{
	static struct series series[] = {
		{ .name = "alone" },
		{ .name = "reading", .reader = true },
		{ .name = "drivers", .reader = true, .drivers = true },
	};
	struct json_object *top = json_object_new_object();
	unsigned long round;
	size_t i;

	if (argc != 5)
		errx(2, "usage: enforce_time ROUNDS VERIFIED-BARS BYSTANDER JSON-FILE");
	rounds = number("ROUNDS", argv[1], ROUNDS_MAX);
	verified = number("VERIFIED-BARS", argv[2], 1UL << 20);
	bystander = argv[3];
	disks = count(DISKS);

	printf("%-8s  %10s  %11s  %9s  %7s  %12s  %9s  %8s  %8s\n", "series", "enforce ms",
	       "longest ms", "rescan ms", "ratio", "no answer ms", "pause ms", "longest",
	       "idle");
	for (i = 0; i < sizeof(series) / sizeof(*series); i++) {
		for (round = 0; round < rounds; round++) {
			wait_for_disks(disks);
			if (!series[i].drivers)
				unbind_nics();
			enforce(&series[i], round);
			write_text(PCI "drivers_autoprobe", series[i].drivers ? "1" : "0");
			rescan(&series[i], round);
			write_text(PCI "drivers_autoprobe", "1");
			if (!series[i].drivers)
				run("sh", "-c",
				    "for d in " PCI "devices/*; do [ -e $d/driver ] || echo ${d##*/} >" PCI "drivers_probe; done");
		}
		report(&series[i], top);
	}
	json_object_object_add(top, "rounds", json_object_new_int64((int64_t)rounds));
	json_object_object_add(top, "verified_bars", json_object_new_int64((int64_t)verified));
	if (json_object_to_file_ext(argv[4], top, JSON_C_TO_STRING_PRETTY))
		err(1, "%s", argv[4]);
	json_object_put(top);
	return 0;
}
