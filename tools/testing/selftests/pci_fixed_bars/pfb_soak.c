// SPDX-License-Identifier: GPL-2.0
/*
 * pfb_soak - the same round, over and over, in one process
 *
 *	pfb_soak hotplug FIRST LAST GPU BAR EDU ADDRESS NEW NEW-ADDRESS
 *	pfb_soak reload FIRST LAST GPU BAR EDU ADDRESS MODULE-FILE PARAMETERS
 *	pfb_soak enforce FIRST LAST GPU BAR EDU STEPS ADDRESS MANIFEST ADDRESS MANIFEST
 *
 * hotplug: the bench's host plugs gpu1 in, which is NEW then and belongs at NEW-ADDRESS; a
 * pattern goes there and back; gpu1 is unplugged. reload: the module is unloaded
 * and loaded again. enforce: by the MANIFESTs in turn the BAR belongs at their ADDRESS; of
 * the move's STEPS one fails, another one in each round, and config space, resources
 * and /proc/iomem are as before; then it is moved.
 *
 * In each round the BAR of GPU is where it was declared, verified, and has what EDU sent in
 * the round before, byte by byte; then EDU sends what is fetched in the next one. What
 * round 0 sent ("put 0 4096 0" of pfb_dev) is there before round 1.
 *
 * Exit: 0 all held, 1 not, 2 usage, 3 not possible here.
 */
#include <glob.h>
#include <stdbool.h>
#include <sys/syscall.h>

#include "pfb_engine.h"
#include "pfb_manifest.h"

#define DEVICES		"/sys/bus/pci/devices/"
#define MODULE		"pci_fixed_bars"
#define SNAPSHOT_MAX	(512 * 1024)
#define PATIENCE	6000	/* times 5 ms */

static unsigned long this_round;
static const char *gpu;
static unsigned int bar;
static int edu, host = -1;
static const struct pfb_ioc_range part = { .length = 0x10000 };

static bool fail(const char *what, int code)
{
	printf("round %lu: %s: %s\n", this_round, what,
	       code && code != EDIFFERENT ? strerror(code) : "not as it must be");
	return false;
}

/* Bytes read, or -1. */
static ssize_t read_file(const char *name, char *text, size_t size)
{
	int fd = open(name, O_RDONLY | O_CLOEXEC);
	size_t len = 0;
	ssize_t got;

	if (fd < 0)
		return -1;
	while (len < size && (got = read(fd, text + len, size - len)) > 0)
		len += (size_t)got;
	close(fd);
	return (ssize_t)len;
}

static int write_file(const char *name, const char *text)
{
	int fd = open(name, O_WRONLY | O_CLOEXEC), ret = 0;

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		ret = errno;
	if (fd >= 0)
		close(fd);
	return ret;
}

/* The start of the BAR in the kernel's resource; 0 when there is no such function. */
static uint64_t address(const char *bdf)
{
	char name[80], text[2048], *line = text;
	unsigned int i;
	ssize_t len;

	snprintf(name, sizeof(name), DEVICES "%s/resource", bdf);
	len = read_file(name, text, sizeof(text) - 1);
	if (len <= 0)
		return 0;
	text[len] = '\0';
	for (i = 0; i < bar && line; i++)
		line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL;
	return line ? strtoull(line, NULL, 16) : 0;
}

static bool verified(const char *bdf)
{
	char name[96], text[32];

	snprintf(name, sizeof(name), DEVICES "%s/fixed_bars/bar%u_state", bdf, bar);
	return read_file(name, text, sizeof(text)) > 8 && !strncmp(text, "verified", 8);
}

static bool wait_verified(const char *bdf)
{
	int tries;

	for (tries = 0; tries < PATIENCE && !verified(bdf); tries++)
		usleep(5000);
	return verified(bdf) || fail(bdf, ETIMEDOUT);
}

static int open_ctl(void)
{
	return open(PFB_DEVICE, O_RDWR | O_CLOEXEC);
}

/* Through an export of the BAR: what was sent is there; into a fresh one it is sent before. */
static int exchange(int ctl, const char *bdf, bool fresh)
{
	struct pfb_ioc_export export = { .bar = bar, .ranges = (uintptr_t)&part, .nr_ranges = 1 };
	unsigned int segment, bus, slot, fn;
	int ret;

	sscanf(bdf, "%x:%x:%x.%u", &segment, &bus, &slot, &fn);
	export.provider = (struct pfb_ioc_function){ segment, bus, slot << 3 | fn };
	if (ioctl(ctl, PFB_IOC_EXPORT, &export)) {
		ret = errno;
		printf("%s: %s\n", bdf, export.text);
		return ret;
	}
	ret = engine_map(edu, export.fd);
	if (!ret && fresh)
		ret = engine_send(edu, 0, this_round);
	if (!ret)
		ret = engine_fetch(edu, 0, fresh ? this_round : this_round - 1);
	if (!ret && !fresh)
		ret = engine_send(edu, 0, this_round);
	ioctl(edu, PFB_EDU_DETACH);
	close(export.fd);
	return ret;
}

static bool at(const char *bdf, uint64_t where, bool fresh)
{
	int ctl = open_ctl(), ret;

	if (ctl < 0)
		return fail(PFB_DEVICE, errno);
	if (address(bdf) != where)
		return fail("address", 0);
	if (!verified(bdf))
		return fail("state", 0);
	ret = exchange(ctl, bdf, fresh);
	close(ctl);
	return !ret || fail("data", ret);
}

/* As pfb-host. */
static bool ask_host(const char *request)
{
	char answer[512];
	size_t len = 0;

	if (dprintf(host, "@host %s\n", request) < 0)
		return false;
	while (len < sizeof(answer) && read(host, answer + len, 1) == 1 && answer[len] != '\n')
		len++;
	return len >= 3 && !strncmp(answer, "@ok", 3);
}

/* Memory decode, which a driver would turn on. */
static bool decode(const char *bdf)
{
	uint16_t command;
	char name[80];
	bool ok;
	int fd;

	snprintf(name, sizeof(name), DEVICES "%s/config", bdf);
	fd = open(name, O_RDWR | O_CLOEXEC);
	ok = fd >= 0 && pread(fd, &command, 2, 4) == 2;
	command |= 2;
	ok = ok && pwrite(fd, &command, 2, 4) == 2;
	if (fd >= 0)
		close(fd);
	return ok || fail(bdf, errno);
}

static bool hotplug(char **arg)
{
	uint64_t here = strtoull(arg[0], NULL, 0), there = strtoull(arg[2], NULL, 0);
	const char *new = arg[1];
	char folder[80];
	int tries;

	/* The name is free a moment after the kernel has let go of it. */
	for (tries = 0; !ask_host("plug gpu1"); tries++) {
		if (tries == 100)
			return fail("plug", ETIMEDOUT);
		usleep(50000);
	}
	if (!wait_verified(new) || !decode(new) || !at(new, there, true) || !at(gpu, here, false))
		return false;
	if (!ask_host("qmp {\"execute\":\"device_del\",\"arguments\":{\"id\":\"gpu1\"}}"))
		return fail("unplug", EIO);
	snprintf(folder, sizeof(folder), DEVICES "%s", new);
	for (tries = 0; !access(folder, F_OK); tries++) {
		if (tries == PATIENCE)
			return fail("unplugged", ETIMEDOUT);
		usleep(5000);
	}
	return true;
}

static bool reload(char **arg)
{
	int fd;

	if (syscall(SYS_delete_module, MODULE, O_NONBLOCK))
		return fail("unload", errno);
	fd = open(arg[1], O_RDONLY | O_CLOEXEC);
	if (fd < 0 || syscall(SYS_finit_module, fd, arg[2], 0))
		return fail("load", errno);
	close(fd);
	return at(gpu, strtoull(arg[0], NULL, 0), false);
}

/* /proc/iomem, and resources and config space of every function. */
static size_t snapshot(char *text)
{
	static const char * const patterns[] = {
		"/proc/iomem", DEVICES "*/resource", DEVICES "*/config"
	};
	size_t len = 0, i, p;
	ssize_t got;
	glob_t found;

	for (p = 0; p < sizeof(patterns) / sizeof(patterns[0]); p++) {
		if (glob(patterns[p], 0, NULL, &found))
			continue;
		for (i = 0; i < found.gl_pathc && len < SNAPSHOT_MAX; i++) {
			/* Of config space what a driver's own doing does not change. */
			size_t room = p == 2 ? 64 : SNAPSHOT_MAX - len;

			len += (size_t)snprintf(text + len, 128, "\n%s:\n", found.gl_pathv[i]);
			got = read_file(found.gl_pathv[i], text + len, room);
			len += got > 0 ? (size_t)got : 0;
		}
		globfree(&found);
	}
	return len;
}

/* In which file, and where. */
static bool same(const char *before, size_t len, const char *after, size_t len_after)
{
	size_t at = 0, start = 0;

	while (at < len && at < len_after && before[at] == after[at]) {
		if (!strncmp(before + at, "\n/", 2))
			start = at + 1;
		at++;
	}
	if (len == len_after && at == len)
		return true;
	printf("%.*s byte %zu of it\n", (int)strcspn(before + start, "\n"), before + start,
	       at - start - strcspn(before + start, "\n") - 1);
	return false;
}

/* Windows are pinned and unpinned a moment after a verdict changed. Returns the length. */
static size_t settled(char *text, char *again)
{
	size_t len = snapshot(text), len_again;
	int tries;

	for (tries = 0; tries < 100; tries++) {
		usleep(20000);
		len_again = snapshot(again);
		if (len_again == len && !memcmp(text, again, len))
			break;
		len = len_again;
		memcpy(text, again, len);
	}
	return len;
}

static bool enforce(char **arg)
{
	static char before[SNAPSHOT_MAX + 256], after[SNAPSHOT_MAX + 256];
	static const char fail_step[] = "/sys/module/" MODULE "/parameters/fail_step";
	struct pfb_ioc_enforce request = { 0 };
	unsigned long steps = strtoul(arg[0], NULL, 0);
	char **to = arg + 1 + this_round % 2 * 2, step[24];
	struct manifest manifest;
	int ctl = open_ctl(), ret;
	size_t len;

	read_manifest(to[1], &manifest);
	if (ctl < 0 || load_manifest(ctl, &manifest))
		return fail(to[1], errno);
	len = settled(before, after);
	snprintf(step, sizeof(step), "%lu", this_round % steps + 1);
	ret = write_file(fail_step, step);
	if (ret)
		return fail(fail_step, ret);
	if (!ioctl(ctl, PFB_IOC_ENFORCE, &request) || errno != EIO || !strstr(request.text, "fail_step"))
		return fail("the step that fails", errno);
	if (!same(before, len, after, snapshot(after)))
		return fail("what is undone", 0);
	memset(&request, 0, sizeof(request));
	if (ioctl(ctl, PFB_IOC_ENFORCE, &request))
		return fail(request.text, errno);
	close(ctl);
	return at(gpu, strtoull(to[0], NULL, 0), false);
}

static const struct {
	const char *name;
	int nr_args;
	bool (*run)(char **arg);
} kinds[] = {
	{ "hotplug", 3, hotplug }, { "reload", 3, reload }, { "enforce", 5, enforce },
};

int main(int argc, char **argv)
{
	unsigned long last;
	char name[64];
	size_t kind;

	for (kind = 0; kind < 3 && argc > 1; kind++)
		if (!strcmp(kinds[kind].name, argv[1]))
			break;
	if (argc < 2 || kind == 3 || argc != 7 + kinds[kind].nr_args) {
		fprintf(stderr, "usage: pfb_soak hotplug|reload|enforce FIRST LAST GPU BAR EDU ...\n");
		return 2;
	}
	last = strtoul(argv[3], NULL, 0);
	gpu = argv[4];
	bar = (unsigned int)atoi(argv[5]);
	snprintf(name, sizeof(name), "/dev/pfb_edu-%s", argv[6]);
	edu = open(name, O_RDWR | O_CLOEXEC);
	if (edu < 0) {
		perror(name);
		return 3;
	}
	if (kinds[kind].run == hotplug) {
		host = open(getenv("PFB_HOST_TTY") ?: "", O_RDWR | O_CLOEXEC);
		if (host < 0) {
			perror("PFB_HOST_TTY");
			return 3;
		}
	}
	for (this_round = strtoul(argv[2], NULL, 0); this_round <= last; this_round++)
		if (!kinds[kind].run(argv + 7))
			return 1;
	return 0;
}
