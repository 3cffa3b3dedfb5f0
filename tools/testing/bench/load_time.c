// SPDX-License-Identifier: GPL-2.0
/*
 * How long the module takes to be ready, beside a rescan of the same buses by
 * the kernel. Runs in a guest in which what the module shall verify is
 * declared; the module must not be loaded.
 *
 * In each round, in turn:
 *   modprobe	the command, from its start to its end; loading is synchronous,
 *		so the module is ready then
 *   load	only the system call that loads the module: what the kernel and the
 *		module do, without a process that is started and looks for files
 *   other	the same call for a module of the kernel's own that does almost
 *		nothing (pci-pf-stub): what loading costs before a module has begun
 *   rescan	echo 1 > /sys/bus/pci/rescan, without the echo: it finds nothing new, and
 *		does not look at functions that it knows
 * And in the end, because BARs may lie elsewhere afterwards:
 *   enumerate	the same rescan after all root ports were removed, so that the kernel
 *		looks at every function
 * Each time that the module is loaded, it must find as many BARs verified as it
 * was told: there is no figure for work that was not done.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <json-c/json.h>

#define MODULE		"pci_fixed_bars"
#define OTHER		"pci_pf_stub"
#define RESCAN		"/sys/bus/pci/rescan"
#define VERIFIED	"/sys/kernel/pci_fixed_bars/states/verified"
#define ROOT_PORTS	"/sys/bus/pci/devices/0000:00:*/secondary_bus_number"
#define ROUNDS_MAX	1000
#define ENUMERATIONS	5

enum way { WAY_MODPROBE, WAY_LOAD, WAY_OTHER, WAY_RESCAN, NR_WAYS };

static const char * const way_names[NR_WAYS] = {
	[WAY_MODPROBE] = "modprobe",
	[WAY_LOAD] = "load",
	[WAY_OTHER] = "other",
	[WAY_RESCAN] = "rescan",
};

extern char **environ;

struct bench {
	unsigned int rounds;
	unsigned long functions;
	unsigned long verified;
	int module;
	int other;
	double ms[NR_WAYS][ROUNDS_MAX];
	double enumerate_ms[ENUMERATIONS];
};

static double now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static void modprobe(void)
{
	char *argv[] = { "modprobe", MODULE, NULL };
	int status, ret;
	pid_t pid;

	ret = posix_spawnp(&pid, argv[0], NULL, NULL, argv, environ);
	if (ret) {
		errno = ret;
		err(1, "modprobe: cannot be started");
	}
	if (waitpid(pid, &status, 0) != pid)
		err(1, "modprobe: waiting for its end");
	if (status)
		errx(1, "modprobe " MODULE ": expected status 0, got %#x; see dmesg", status);
}

static void load(int file, const char *name)
{
	if (syscall(SYS_finit_module, file, "", 0))
		err(1, "loading %s; see dmesg", name);
}

static void unload(const char *name)
{
	if (syscall(SYS_delete_module, name, O_NONBLOCK))
		err(1, "unloading %s", name);
}

static void write_1(const char *path)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, "1", 1) != 1)
		err(1, "%s", path);
	close(fd);
}

static void remove_root_ports(void)
{
	char path[256];
	glob_t ports;
	size_t i;

	if (glob(ROOT_PORTS, 0, NULL, &ports))
		errx(1, "no root port matches " ROOT_PORTS);
	for (i = 0; i < ports.gl_pathc; i++) {
		snprintf(path, sizeof(path), "%.*s/remove",
			 (int)(strrchr(ports.gl_pathv[i], '/') - ports.gl_pathv[i]),
			 ports.gl_pathv[i]);
		write_1(path);
	}
	globfree(&ports);
}

static double enumerate(void)
{
	double start;

	remove_root_ports();
	start = now_ms();
	write_1(RESCAN);
	return now_ms() - start;
}

static void check_verified(const struct bench *bench)
{
	unsigned long found;
	FILE *f = fopen(VERIFIED, "re");

	if (!f || fscanf(f, "%lu", &found) != 1)
		err(1, VERIFIED);
	fclose(f);
	if (found != bench->verified)
		errx(1, "the module verified %lu BARs, expected %lu: what is declared and what is there differ; see dmesg",
		     found, bench->verified);
}

static double measure(const struct bench *bench, enum way way)
{
	double start = now_ms(), took;

	switch (way) {
	case WAY_MODPROBE:
		modprobe();
		break;
	case WAY_LOAD:
		load(bench->module, MODULE);
		break;
	case WAY_OTHER:
		load(bench->other, OTHER);
		break;
	default:
		write_1(RESCAN);
		break;
	}
	took = now_ms() - start;
	if (way == WAY_OTHER) {
		unload(OTHER);
	} else if (way != WAY_RESCAN) {
		check_verified(bench);
		unload(MODULE);
	}
	return took;
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

static int open_module(const char *where)
{
	struct utsname name;
	char path[256];
	int fd;

	uname(&name);
	snprintf(path, sizeof(path), "/lib/modules/%s/%s.ko", name.release, where);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		err(1, "%s", path);
	return fd;
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

static void report(struct bench *bench, const char *path)
{
	struct json_object *top = json_object_new_object();
	double ratio[2][ROUNDS_MAX], ms[NR_WAYS], of_rescan[2], enumerate_ms;
	unsigned int way, i;

	/* Of each round on its own, before sorting tears them apart. */
	for (way = WAY_MODPROBE; way <= WAY_LOAD; way++) {
		for (i = 0; i < bench->rounds; i++)
			ratio[way][i] = bench->ms[way][i] / bench->ms[WAY_RESCAN][i];
		of_rescan[way] = median(ratio[way], bench->rounds);
	}
	for (way = 0; way < NR_WAYS; way++)
		ms[way] = median(bench->ms[way], bench->rounds);
	enumerate_ms = median(bench->enumerate_ms, ENUMERATIONS);

	printf("%9s  %8s  %11s  %8s  %8s  %9s  %12s  %15s  %18s\n", "functions", "verified",
	       "modprobe ms", "load ms", "other ms", "rescan ms", "enumerate ms",
	       "modprobe/rescan", "modprobe/enumerate");
	printf("%9lu  %8lu  %11.1f  %8.1f  %8.1f  %9.1f  %12.1f  %15.2f  %18.2f\n",
	       bench->functions, bench->verified, ms[WAY_MODPROBE], ms[WAY_LOAD], ms[WAY_OTHER],
	       ms[WAY_RESCAN], enumerate_ms, of_rescan[WAY_MODPROBE],
	       ms[WAY_MODPROBE] / enumerate_ms);

	json_object_object_add(top, "functions", json_object_new_int64((int64_t)bench->functions));
	json_object_object_add(top, "verified_bars",
			       json_object_new_int64((int64_t)bench->verified));
	json_object_object_add(top, "rounds", json_object_new_int64(bench->rounds));
	for (way = 0; way < NR_WAYS; way++) {
		char key[32];

		snprintf(key, sizeof(key), "%s_ms", way_names[way]);
		json_object_object_add(top, key, json_object_new_double(ms[way]));
	}
	json_object_object_add(top, "enumerate_ms", json_object_new_double(enumerate_ms));
	for (way = WAY_MODPROBE; way <= WAY_LOAD; way++) {
		char key[48];

		snprintf(key, sizeof(key), "%s_ratio_to_rescan", way_names[way]);
		json_object_object_add(top, key, json_object_new_double(of_rescan[way]));
		snprintf(key, sizeof(key), "%s_ratio_to_enumerate", way_names[way]);
		json_object_object_add(top, key, json_object_new_double(ms[way] / enumerate_ms));
	}
	if (json_object_to_file_ext(path, top, JSON_C_TO_STRING_PRETTY))
		err(1, "%s", path);
	json_object_put(top);
}

int main(int argc, char **argv)
{
	static struct bench bench;
	unsigned int round, i;

	if (argc != 5)
		errx(2, "usage: load_time ROUNDS FUNCTIONS VERIFIED-BARS JSON-FILE");
	bench.rounds = (unsigned int)number("ROUNDS", argv[1], ROUNDS_MAX);
	bench.functions = number("FUNCTIONS", argv[2], 1UL << 20);
	bench.verified = number("VERIFIED-BARS", argv[3], 1UL << 20);
	bench.module = open_module("updates/" MODULE);
	bench.other = open_module("kernel/drivers/pci/pci-pf-stub");

	/* What is read for the first time is read before the first round. */
	for (i = 0; i < NR_WAYS; i++)
		measure(&bench, i);
	for (round = 0; round < bench.rounds; round++)
		for (i = 0; i < NR_WAYS; i++) {
			unsigned int way = (round + i) % NR_WAYS;

			bench.ms[way][round] = measure(&bench, way);
		}
	for (i = 0; i < ENUMERATIONS; i++)
		bench.enumerate_ms[i] = enumerate();
	report(&bench, argv[4]);
	return 0;
}
