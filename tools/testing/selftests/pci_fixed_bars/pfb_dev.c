// SPDX-License-Identifier: GPL-2.0
/*
 * pfb_dev - /dev/pci_fixed_bars and what comes of it, step by step in one process
 *
 *	pfb_dev [!ERRNO] STEP [ARGUMENT]... [[!ERRNO] STEP [ARGUMENT]...]...
 *
 * A step that fails ends it, unless ! and that very error stand before it. Steps:
 *
 *	ctl			open /dev/pci_fixed_bars (else done when it is needed)
 *	nobody			from now on as an ordinary user
 *	version N		handshake as a caller built for version N
 *	bar BDF BAR		what is known of a BAR
 *	path PROVIDER BAR CLIENT	verdict and reasons
 *	manifest FILE|-		load a manifest, or take it back
 *	verify
 *	enforce dry|do		move what is elsewhere, and print the report
 *	export BDF BAR all|OFF+LEN[,OFF+LEN]...	to a dma-buf, for all that follows
 *	close			close it
 *	name			close it, but for its name (O_PATH), which keeps it in being
 *	edu BDF			open /dev/pfb_edu-BDF, for all that follows
 *	attach good|static|pages|deaf|fenced	an importer of that kind
 *	map, unmap, detach
 *	entries ADDRESS		of the mapping: they begin at ADDRESS, none has 4 GiB or more
 *	mask BITS		the importer's DMA mask
 *	put OFF LEN SEED	by DMA, a pattern into the dma-buf
 *	get OFF LEN SEED	by DMA out of it, and compare each byte
 *	overtake FILE		load a manifest, which must not end before DMA out of the
 *				dma-buf that is going on
 *	mmap shared|private	the whole dma-buf
 *	resource FILE		the kernel's own file of a BAR, in its place
 *	fill OFF LEN SEED	by CPU, a pattern into the dma-buf
 *	check OFF LEN SEED	by CPU, compare each byte
 *	sync start|end		CPU access begins, ends
 *	vgem			import it into vgem
 *	time LOOPS		attach, map, unmap and detach, beside a dma-buf that asks nothing
 *	sizes			every request with a struct that is too short or longer
 *	short			every request with a struct that is too short
 *	beyond			nothing is written behind any request's struct
 *	later			every request with something in its last field, which this
 *				module does not know (in pfb_dev_future)
 *	reserved		every field that must be zero, or goes with another
 *	fuzz SEED COUNT FILE BDF BAR	requests with random contents; FILE is a good manifest
 *				to spoil, and BAR of BDF one that it declares
 *	repeat BDF BAR CLIENT COUNT	export two ranges, map them, ask for the BAR and the
 *				path, be refused, and close it, COUNT times
 *	say TEXT
 *	sh COMMAND		a shell command that must succeed
 *
 * SIGBUS counts as an error of fill and check. Exit: 0 all as expected, 1 not,
 * 2 usage, 3 not possible here.
 */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <grp.h>
#include <inttypes.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/dma-buf.h>
#include <uapi/linux/pci_fixed_bars.h>

#include "pfb_engine.h"
#include "pfb_ioctl.h"

#define EXIT_DIFFERENT	1
#define EXIT_IMPOSSIBLE	3

#define NOBODY		65534

/* A pseudo errno, beyond all real ones, as EDIFFERENT is. */
#define ESIGBUS		5000

static int ctl = -1;
static int buf = -1;
static int edu = -1;
static uint64_t buf_size;
static uint8_t *window;

static const struct {
	const char *name;
	int code;
} errnos[] = {
	{ "EPERM", EPERM }, { "ENOENT", ENOENT }, { "EIO", EIO }, { "ENXIO", ENXIO },
	{ "E2BIG", E2BIG }, { "EAGAIN", EAGAIN }, { "ENOMEM", ENOMEM }, { "EACCES", EACCES },
	{ "EFAULT", EFAULT }, { "EBUSY", EBUSY }, { "ENODEV", ENODEV }, { "EINVAL", EINVAL },
	{ "ENOTTY", ENOTTY }, { "ERANGE", ERANGE }, { "EOPNOTSUPP", EOPNOTSUPP },
	{ "EREMOTEIO", EREMOTEIO }, { "EPROTONOSUPPORT", EPROTONOSUPPORT },
	{ "EBADMSG", EBADMSG }, { "ENOTCONN", ENOTCONN }, { "SIGBUS", ESIGBUS },
	{ "DIFFERENT", EDIFFERENT },
};

static const char *errno_name(int code)
{
	static char text[16];
	size_t i;

	for (i = 0; i < sizeof(errnos) / sizeof(errnos[0]); i++)
		if (errnos[i].code == code)
			return errnos[i].name;
	snprintf(text, sizeof(text), "%d", code);
	return text;
}

static int errno_code(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(errnos) / sizeof(errnos[0]); i++)
		if (!strcmp(errnos[i].name, name))
			return errnos[i].code;
	fprintf(stderr, "pfb_dev: unknown error '%s'\n", name);
	exit(EXIT_USAGE);
}

static uint64_t number(const char *text)
{
	char *end;
	uint64_t value;

	errno = 0;
	value = strtoull(text, &end, 0);
	if (errno || *end || !*text) {
		fprintf(stderr, "pfb_dev: '%s' is no number\n", text);
		exit(EXIT_USAGE);
	}
	return value;
}

/* Steps return 0 or an errno. */

static int step_ctl(char **arg)
{
	(void)arg;
	if (ctl >= 0)
		return 0;
	ctl = open(PFB_DEVICE, O_RDWR | O_CLOEXEC);
	return ctl < 0 ? errno : 0;
}

static int ask(unsigned long cmd, void *data)
{
	int ret = step_ctl(NULL);

	if (ret)
		return ret;
	return ioctl(ctl, cmd, data) ? errno : 0;
}

static int step_nobody(char **arg)
{
	(void)arg;
	return setgroups(0, NULL) || setgid(NOBODY) || setuid(NOBODY) ? errno : 0;
}

static int step_version(char **arg)
{
	struct pfb_ioc_version v = { .version = number(arg[0]) };
	int ret = ask(PFB_IOC_VERSION, &v);

	printf("version=%u module=%s\n", v.version, v.module);
	return ret;
}

static int step_bar(char **arg)
{
	struct pfb_ioc_bar bar = { .function = function_of(arg[0]), .bar = number(arg[1]) };
	int ret = ask(PFB_IOC_BAR, &bar);

	printf("state=%u flags=0x%x registered=0x%llx resource=0x%llx size=0x%llx declared=0x%llx hpa=0x%llx clique=%d text=%s\n",
	       bar.state, bar.flags, bar.registered, bar.resource, bar.size, bar.declared, bar.hpa,
	       (int)bar.clique, bar.text);
	return ret;
}

static int step_path(char **arg)
{
	static const char * const kinds[] = {
		"direct", "direct-translated", "redirected", "host-bridge", "blocked"
	};
	struct pfb_ioc_path path = {
		.provider = function_of(arg[0]), .bar = number(arg[1]), .client = function_of(arg[2])
	};
	int ret = ask(PFB_IOC_PATH, &path);
	unsigned int i;

	if (ret)
		return ret;
	printf("kind=%s passes=%u why=0x%x hops=%u decider=", path.kind < 5 ? kinds[path.kind] : "?",
	       path.passes, path.why, path.nr_hops);
	if (path.decider < path.nr_hops)
		printf("%04x:%02x:%02x.%u", path.hops[path.decider].function.segment,
		       path.hops[path.decider].function.bus,
		       path.hops[path.decider].function.devfn >> 3,
		       path.hops[path.decider].function.devfn & 7);
	printf(" actions=");
	for (i = 0; i < path.nr_hops; i++)
		printf("%u", path.hops[i].action);
	printf(" text=%s\n", path.text);
	return 0;
}

static int step_manifest(char **arg)
{
	struct pfb_ioc_manifest manifest = { 0 };
	static uint8_t data[PFB_MANIFEST_SIZE_MAX + 1];
	ssize_t size = 0;
	int fd, ret;

	if (strcmp(arg[0], "-")) {
		fd = open(arg[0], O_RDONLY);
		if (fd < 0)
			return errno;
		size = read(fd, data, sizeof(data));
		close(fd);
		if (size < 0)
			return errno;
		manifest.data = (uintptr_t)data;
	}
	manifest.size = (uint32_t)size;
	ret = ask(PFB_IOC_MANIFEST, &manifest);
	printf("functions=%u text=%s\n", manifest.nr_functions, manifest.text);
	return ret;
}

static int step_verify(char **arg)
{
	struct pfb_ioc_verify verify = { 0 };
	int ret = ask(PFB_IOC_VERIFY, &verify);
	unsigned int i;

	(void)arg;
	printf("states=%u bars=", verify.nr_states);
	for (i = 0; i < verify.nr_states && i < 16; i++)
		printf("%s%u", i ? "," : "", verify.bars[i]);
	putchar('\n');
	return ret;
}

static char report[2 * PFB_ENFORCE_REPORT_MAX];

/* A report that there is not room for is cut there, and says how long it is. */
static int check_cut(uint32_t whole)
{
	struct pfb_ioc_enforce cut = {
		.report = (uintptr_t)report, .size = whole - 5, .flags = PFB_ENFORCE_DRY_RUN
	};
	struct pfb_ioc_enforce none = { .flags = PFB_ENFORCE_DRY_RUN };

	if (whole < 8 || report[whole] != '#')
		return EDIFFERENT;
	memset(report, '#', sizeof(report));
	if (ask(PFB_IOC_ENFORCE, &cut) || ask(PFB_IOC_ENFORCE, &none))
		return EDIFFERENT;
	return cut.size == whole && none.size == whole && report[whole - 6] != '#' &&
	       report[whole - 5] == '#' ? 0 : EDIFFERENT;
}

static int step_enforce(char **arg)
{
	struct pfb_ioc_enforce enforce = {
		.report = (uintptr_t)report, .size = PFB_ENFORCE_REPORT_MAX,
		.flags = strcmp(arg[0], "do") ? PFB_ENFORCE_DRY_RUN : 0,
	};
	int ret;

	memset(report, '#', sizeof(report));
	ret = ask(PFB_IOC_ENFORCE, &enforce);
	if (enforce.size > PFB_ENFORCE_REPORT_MAX)
		return EDIFFERENT;
	printf("refused=%u text=%s\n%.*s", enforce.nr_refused, enforce.text, (int)enforce.size,
	       report);
	return ret || !enforce.flags ? ret : check_cut(enforce.size);
}

static int step_export(char **arg)
{
	struct pfb_ioc_export export = { .provider = function_of(arg[0]), .bar = number(arg[1]) };
	struct pfb_ioc_range ranges[PFB_EXPORT_RANGES_MAX + 1];
	char *item, *rest = arg[2], *plus;
	int ret;

	if (strcmp(arg[2], "all")) {
		while ((item = strsep(&rest, ",")) && export.nr_ranges <= PFB_EXPORT_RANGES_MAX) {
			plus = strchr(item, '+');
			if (!plus)
				return EINVAL;
			*plus = '\0';
			ranges[export.nr_ranges].offset = number(item);
			ranges[export.nr_ranges++].length = number(plus + 1);
		}
		export.ranges = (uintptr_t)ranges;
	}
	ret = ask(PFB_IOC_EXPORT, &export);
	printf("size=0x%llx owner=%s text=%s\n", export.size, export.owner, export.text);
	if (ret)
		return ret;
	if (fcntl(export.fd, F_GETFD) != FD_CLOEXEC)
		return EDIFFERENT;
	buf = export.fd;
	buf_size = export.size;
	return 0;
}

static int step_close(char **arg)
{
	(void)arg;
	close(buf);
	buf = -1;
	return 0;
}

static int step_name(char **arg)
{
	char path[32];
	int name;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", buf);
	name = open(path, O_PATH | O_CLOEXEC);
	if (name < 0)
		return errno;
	return step_close(arg);
}

static int step_edu(char **arg)
{
	char name[64];

	snprintf(name, sizeof(name), "/dev/pfb_edu-%s", arg[0]);
	if (edu >= 0)
		close(edu);
	edu = open(name, O_RDWR | O_CLOEXEC);
	return edu < 0 ? errno : 0;
}

static int step_attach(char **arg)
{
	struct pfb_edu_attach attach = { .fd = buf };

	if (!strcmp(arg[0], "static"))
		attach.flags = PFB_EDU_STATIC;
	else if (!strcmp(arg[0], "pages"))
		attach.flags = PFB_EDU_NEEDS_PAGES;
	else if (!strcmp(arg[0], "deaf"))
		attach.flags = PFB_EDU_DEAF;
	else if (!strcmp(arg[0], "fenced"))
		attach.flags = PFB_EDU_FENCED;
	return ioctl(edu, PFB_EDU_ATTACH, &attach) ? errno : 0;
}

static int step_map(char **arg)
{
	(void)arg;
	return ioctl(edu, PFB_EDU_MAP) ? errno : 0;
}

static int step_unmap(char **arg)
{
	(void)arg;
	return ioctl(edu, PFB_EDU_UNMAP) ? errno : 0;
}

static int step_detach(char **arg)
{
	(void)arg;
	return ioctl(edu, PFB_EDU_DETACH) ? errno : 0;
}

static int step_entries(char **arg)
{
	struct pfb_edu_entry entry = { 0 };
	uint64_t first = 0, total = 0;

	do {
		if (ioctl(edu, PFB_EDU_ENTRY, &entry))
			return errno;
		if (!entry.index)
			first = entry.address;
		if (!entry.length || entry.length >> 32)
			return EDIFFERENT;
		total += entry.length;
	} while (++entry.index < entry.nr);
	printf("entries=%u first=0x%" PRIx64 " size=0x%" PRIx64 "\n", entry.nr, first, total);
	return first == number(arg[0]) && total == buf_size ? 0 : EDIFFERENT;
}

static int step_mask(char **arg)
{
	unsigned int bits = number(arg[0]);
	__u64 mask = bits < 64 ? (1ULL << bits) - 1 : ~0ULL;

	return ioctl(edu, PFB_EDU_MASK, &mask) ? errno : 0;
}

static int compare(const uint8_t *data, uint64_t offset, uint64_t length, uint64_t seed)
{
	return pattern_differs(data, offset, length, seed) ? EDIFFERENT : 0;
}

static int dma(char **arg, bool to_buf)
{
	uint64_t offset = number(arg[0]), left = number(arg[1]), seed = number(arg[2]), done = 0, i;
	uint8_t data[PFB_EDU_CHUNK];
	int ret;

	for (; left; offset += i, left -= i) {
		struct pfb_edu_copy copy = {
			.data = (uintptr_t)data, .offset = offset, .to_buf = to_buf,
			.length = left < PFB_EDU_CHUNK ? left : PFB_EDU_CHUNK,
		};

		for (i = 0; i < copy.length; i++)
			data[i] = to_buf ? pattern(seed, offset + i) : 0x5a;
		if (ioctl(edu, PFB_EDU_COPY, &copy))
			return errno;
		if (!to_buf) {
			ret = compare(data, offset, copy.length, seed);
			if (ret)
				return ret;
		}
		done += copy.length;
	}
	printf("%" PRIu64 " bytes %s\n", done, to_buf ? "sent" : "each equal");
	return 0;
}

static int step_put(char **arg)
{
	return dma(arg, true);
}

static int step_get(char **arg)
{
	return dma(arg, false);
}

static int step_mmap(char **arg)
{
	int flags = strcmp(arg[0], "private") ? MAP_SHARED : MAP_PRIVATE;

	window = mmap(NULL, buf_size, PROT_READ | PROT_WRITE, flags, buf, 0);
	return window == MAP_FAILED ? errno : 0;
}

static int step_resource(char **arg)
{
	int fd = open(arg[0], O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return errno;
	window = mmap(NULL, 0x100000, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	return window == MAP_FAILED ? errno : 0;
}

static sigjmp_buf back;

static void bus_error(int sig)
{
	(void)sig;
	siglongjmp(back, 1);
}

/* Words of eight bytes: a byte at a time is not what device memory is for. */
static int cpu(char **arg, bool write)
{
	uint64_t offset = number(arg[0]), length = number(arg[1]), seed = number(arg[2]), i;
	uint8_t word[8];
	int ret = 0, b;

	signal(SIGBUS, bus_error);
	if (sigsetjmp(back, 1))
		return ESIGBUS;
	for (i = 0; !ret && i < length; i += sizeof(word)) {
		volatile uint64_t *at = (volatile uint64_t *)(window + offset + i);
		uint64_t value;

		if (write) {
			for (b = 0; b < 8; b++)
				word[b] = pattern(seed, offset + i + b);
			memcpy(&value, word, sizeof(value));
			*at = value;
		} else {
			value = *at;
			memcpy(word, &value, sizeof(value));
			ret = compare(word, offset + i, sizeof(word), seed);
		}
	}
	if (!ret)
		printf("%" PRIu64 " bytes %s\n", length, write ? "written" : "each equal");
	return ret;
}

static int step_fill(char **arg)
{
	return cpu(arg, true);
}

static int step_check(char **arg)
{
	return cpu(arg, false);
}

static int step_sync(char **arg)
{
	struct dma_buf_sync sync = { .flags = DMA_BUF_SYNC_RW };

	sync.flags |= strcmp(arg[0], "end") ? DMA_BUF_SYNC_START : DMA_BUF_SYNC_END;
	return ioctl(buf, DMA_BUF_IOCTL_SYNC, &sync) ? errno : 0;
}

/* As in the kernel's uapi/drm/drm.h, of which nothing else is needed. */
struct drm_version {
	int major, minor, patch;
	size_t name_len;
	char *name;
	size_t date_len;
	char *date;
	size_t desc_len;
	char *desc;
};

struct drm_prime {
	uint32_t handle, flags;
	int32_t fd;
};

#define DRM_VERSION	_IOWR('d', 0x00, struct drm_version)
#define DRM_FD_TO_HANDLE _IOWR('d', 0x2e, struct drm_prime)

static int step_vgem(char **arg)
{
	struct drm_prime prime = { .fd = buf };
	glob_t found;
	size_t i;
	int ret = ENODEV;

	(void)arg;
	if (glob("/dev/dri/card*", 0, NULL, &found)) {
		fprintf(stderr, "pfb_dev: there is no /dev/dri/card*\n");
		exit(EXIT_IMPOSSIBLE);
	}
	for (i = 0; ret == ENODEV && i < found.gl_pathc; i++) {
		char name[16] = "";
		struct drm_version version = { .name = name, .name_len = sizeof(name) - 1 };
		int fd = open(found.gl_pathv[i], O_RDWR);

		if (fd < 0)
			continue;
		if (!ioctl(fd, DRM_VERSION, &version) && !strcmp(name, "vgem"))
			ret = ioctl(fd, DRM_FD_TO_HANDLE, &prime) ? errno : 0;
		close(fd);
	}
	globfree(&found);
	return ret;
}

static int step_time(char **arg)
{
	struct pfb_edu_time ours = { .fd = buf, .loops = number(arg[0]) };
	struct pfb_edu_time plain = { .fd = -1, .loops = ours.loops };

	if (ioctl(edu, PFB_EDU_TIME, &plain) || ioctl(edu, PFB_EDU_TIME, &ours))
		return errno;
	printf("ours=%llu plain=%llu ns\n", (unsigned long long)ours.ns / ours.loops,
	       (unsigned long long)plain.ns / plain.loops);
	return 0;
}

/* Longer is good while the rest is zero; shorter than the first version never was. */
static int step_sizes(char **arg)
{
	uint8_t data[2048];
	size_t i, size;
	int ret;

	(void)arg;
	for (i = 0; i < NR_REQUESTS; i++) {
		size = _IOC_SIZE(requests[i]);
		memset(data, 0, sizeof(data));
		ret = ask(resized(requests[i], size - 4), data);
		if (ret != EINVAL)
			return printf("request %zu, too short: %s\n", i, errno_name(ret)), EDIFFERENT;
		memset(data, 0, sizeof(data));
		ret = ask(resized(requests[i], size + 8), data);
		if (ret == E2BIG || ret == ENOTTY)
			return printf("request %zu, longer: %s\n", i, errno_name(ret)), EDIFFERENT;
		memset(data, 0, sizeof(data));
		data[size + 7] = 1;
		ret = ask(resized(requests[i], size + 8), data);
		if (ret != E2BIG)
			return printf("request %zu, unknown field: %s\n", i, errno_name(ret)), EDIFFERENT;
	}
	if (ask(_IOWR(PFB_IOC_MAGIC, 0x7f, struct pfb_ioc_version), data) != ENOTTY ||
	    ask(_IOR(PFB_IOC_MAGIC, 0, struct pfb_ioc_version), data) != ENOTTY)
		return EDIFFERENT;
	return 0;
}

static int step_short(char **arg)
{
	uint8_t data[2048] = { 0 };
	size_t i;

	(void)arg;
	for (i = 0; i < NR_REQUESTS; i++)
		if (ask(resized(requests[i], _IOC_SIZE(requests[i]) - 4), data) != EINVAL)
			return printf("request %zu\n", i), EDIFFERENT;
	return 0;
}

/* Whether it is served or refused. */
static int step_beyond(char **arg)
{
	uint8_t data[2048];
	size_t i, size, at;

	(void)arg;
	for (i = 0; i < NR_REQUESTS; i++) {
		size = _IOC_SIZE(requests[i]);
		memset(data, 0, size);
		memset(data + size, 0xa5, sizeof(data) - size);
		ask(requests[i], data);
		for (at = size; at < sizeof(data); at++)
			if (data[at] != 0xa5)
				return printf("request %zu: byte %zu\n", i, at), EDIFFERENT;
	}
	return 0;
}

static int step_later(char **arg)
{
	uint8_t data[2048];
	size_t i, size;

	(void)arg;
	for (i = 0; i < NR_REQUESTS; i++) {
		size = _IOC_SIZE(requests[i]);
		memset(data, 0, sizeof(data));
		data[size - 1] = 1;
		if (ask(requests[i], data) != E2BIG)
			return printf("request %zu\n", i), EDIFFERENT;
	}
	return 0;
}

/* One field of each request that is not as it must be; the rest is zero. */
static int step_reserved(char **arg)
{
	struct pfb_ioc_range range = { .length = 0x10000 };
	struct pfb_ioc_version version = { .reserved = 1 };
	struct pfb_ioc_bar bar = { .reserved = 1 };
	struct pfb_ioc_path path = { .reserved = 1 }, no_bar = { .bar = PFB_NR_BARS };
	struct pfb_ioc_manifest manifest[] = {
		{ .flags = 1 }, { .reserved = 1 }, { .data = (uintptr_t)&range }
	};
	struct pfb_ioc_verify verify = { .flags = 1 };
	struct pfb_ioc_export export[] = {
		{ .flags = 1 }, { .reserved = 1 }, { .ranges = (uintptr_t)&range },
		{ .nr_ranges = 1 },
		{ .ranges = (uintptr_t)&range, .nr_ranges = PFB_EXPORT_RANGES_MAX + 1 },
	};
	struct pfb_ioc_enforce enforce[] = {
		{ .flags = 2 | PFB_ENFORCE_DRY_RUN }, { .flags = PFB_ENFORCE_DRY_RUN, .reserved = 1 },
		{ .flags = PFB_ENFORCE_DRY_RUN, .size = 8 },
		{ .flags = PFB_ENFORCE_DRY_RUN, .report = (uintptr_t)report },
	};
	size_t i;

	(void)arg;
	if (ask(PFB_IOC_VERSION, &version) != EINVAL || ask(PFB_IOC_BAR, &bar) != EINVAL ||
	    ask(PFB_IOC_PATH, &path) != EINVAL || ask(PFB_IOC_PATH, &no_bar) != EINVAL ||
	    ask(PFB_IOC_VERIFY, &verify) != EINVAL)
		return EDIFFERENT;
	for (i = 0; i < sizeof(manifest) / sizeof(manifest[0]); i++)
		if (ask(PFB_IOC_MANIFEST, &manifest[i]) != EINVAL)
			return printf("manifest %zu\n", i), EDIFFERENT;
	for (i = 0; i < sizeof(export) / sizeof(export[0]); i++)
		if (ask(PFB_IOC_EXPORT, &export[i]) != EINVAL)
			return printf("export %zu\n", i), EDIFFERENT;
	for (i = 0; i < sizeof(enforce) / sizeof(enforce[0]); i++)
		if (ask(PFB_IOC_ENFORCE, &enforce[i]) != EINVAL)
			return printf("enforce %zu\n", i), EDIFFERENT;
	bar.reserved = 0;
	bar.flags = PFB_IOC_BAR_EXISTS;
	return ask(PFB_IOC_BAR, &bar) == EINVAL ? 0 : EDIFFERENT;
}

static uint64_t random_state;

static uint64_t rnd(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

#define FUZZ_MANIFEST_MAX	4096

/* A good one with a few bytes, or its length, changed; its CRC is right more often than not. */
static size_t spoil_manifest(const uint8_t *good, size_t size, uint8_t *data)
{
	uint64_t nr;

	memset(data, 0, FUZZ_MANIFEST_MAX);
	memcpy(data, good, size);
	for (nr = rnd() % 4; nr; nr--)
		data[rnd() % size] ^= (uint8_t)(1U << rnd() % 8);
	if (rnd() % 8 == 0)
		size = rnd() % FUZZ_MANIFEST_MAX;
	if (rnd() % 8)
		fix_manifest(data, size);
	return size;
}

static struct pfb_ioc_function wild_function(void)
{
	return (struct pfb_ioc_function){ .bus = rnd() % 12, .devfn = (rnd() % 4) << 3 };
}

/* All functions read again: slow, and without an argument to speak of. */
static bool slow(unsigned long cmd)
{
	return cmd == PFB_IOC_VERIFY || cmd == PFB_IOC_ENFORCE;
}

/*
 * Structured: a right struct with a field or two that are wild; else all random.
 * What is exported by luck is closed.
 */
static int step_fuzz(char **arg)
{
	uint64_t count = number(arg[1]), i, done[NR_REQUESTS] = { 0 }, refused = 0;
	static uint8_t good[FUZZ_MANIFEST_MAX], manifest[FUZZ_MANIFEST_MAX];
	uint8_t data[2048] __attribute__((aligned(8)));
	uint64_t room[64];
	size_t j, size;
	ssize_t good_size;
	int fd;

	fd = open(arg[2], O_RDONLY);
	good_size = fd < 0 ? -1 : read(fd, good, sizeof(good));
	if (good_size <= 0) {
		fprintf(stderr, "pfb_dev: %s: %s\n", arg[2], strerror(errno));
		exit(EXIT_IMPOSSIBLE);
	}
	close(fd);
	random_state = number(arg[0]) * 2 + 1;
	for (i = 0; i < count; i++) {
		size_t which = rnd() % NR_REQUESTS;
		unsigned long cmd = requests[which];
		struct pfb_ioc_export *export = (void *)data;

		if (slow(cmd) && rnd() % 16)
			continue;
		size = _IOC_SIZE(cmd);
		memset(data, 0, sizeof(data));
		if (rnd() % 4) {
			if (cmd == PFB_IOC_BAR || cmd == PFB_IOC_PATH || cmd == PFB_IOC_EXPORT) {
				export->provider = rnd() % 4 ? function_of(arg[3]) : wild_function();
				export->bar = rnd() % 4 ? number(arg[4]) : rnd() % 16;
			}
			if (cmd == PFB_IOC_PATH)
				((struct pfb_ioc_path *)data)->client = wild_function();
			if (cmd == PFB_IOC_VERSION)
				*(uint32_t *)data = rnd() % (PFB_API_VERSION + 3);
			if (cmd == PFB_IOC_EXPORT && rnd() % 2) {
				for (j = 0; j < 64; j++)
					room[j] = rnd() % 3 ? rnd() >> (rnd() % 64) & ~0xfffULL : rnd();
				export->ranges = (uintptr_t)room;
				export->nr_ranges = rnd() % 40;
			}
			if (cmd == PFB_IOC_MANIFEST) {
				struct pfb_ioc_manifest *arg = (void *)data;

				arg->size = spoil_manifest(good, (size_t)good_size, manifest);
				arg->data = arg->size && rnd() % 8 ? (uintptr_t)manifest : 0;
			}
			if (cmd == PFB_IOC_ENFORCE) {
				struct pfb_ioc_enforce *arg = (void *)data;

				arg->flags = rnd() % 8 ? PFB_ENFORCE_DRY_RUN : rnd() % 4;
				/* In its middle, as both ends may be written to. */
				arg->report = (uintptr_t)report + PFB_ENFORCE_REPORT_MAX;
				arg->size = rnd() % 4096;
			}
			if (rnd() % 4 == 0)
				data[rnd() % size] = (uint8_t)rnd();
		} else {
			for (j = 0; j < sizeof(data); j++)
				data[j] = (uint8_t)rnd();
		}
		if (rnd() % 8 == 0)
			cmd = resized(cmd, rnd() % 2000);
		if (ask(cmd, rnd() % 64 ? (void *)data : (void *)(uintptr_t)rnd())) {
			refused++;
		} else {
			done[which]++;
			if (_IOC_NR(cmd) == _IOC_NR(PFB_IOC_EXPORT))
				close(export->fd);
		}
	}
	printf("served");
	for (j = 0; j < NR_REQUESTS; j++)
		printf(" %" PRIu64, done[j]);
	printf(", refused %" PRIu64 "\n", refused);
	return 0;
}

static int repeat(char **arg)
{
	struct pfb_ioc_range ranges[2] = { { 0, 0x10000 }, { 0x20000, 0x10000 } };
	struct pfb_ioc_export export = {
		.provider = function_of(arg[0]), .bar = number(arg[1]), .ranges = (uintptr_t)ranges,
		.nr_ranges = 2,
	};
	struct pfb_ioc_path path = {
		.provider = export.provider, .bar = export.bar, .client = function_of(arg[2])
	};
	struct pfb_ioc_bar bar = { .function = export.provider, .bar = export.bar };
	void *at;

	if (ask(PFB_IOC_BAR, &bar) || ask(PFB_IOC_PATH, &path) || ask(PFB_IOC_EXPORT, &export))
		return EDIFFERENT;
	at = mmap(NULL, export.size, PROT_READ, MAP_SHARED, export.fd, 0);
	if (at == MAP_FAILED)
		return errno;
	(void)*(volatile uint8_t *)at;
	munmap(at, export.size);
	close(export.fd);
	ranges[1].offset = 0x10001;
	return ask(PFB_IOC_EXPORT, &export) == EINVAL ? 0 : EDIFFERENT;
}

static void *read_once(void *data)
{
	struct pfb_edu_copy copy = { .data = (uintptr_t)data, .length = PFB_EDU_CHUNK };

	return ioctl(edu, PFB_EDU_COPY, &copy) ? data : NULL;
}

static int step_overtake(char **arg)
{
	static uint8_t data[PFB_EDU_CHUNK];
	pthread_t thread;
	int ret, tries;
	void *failed;

	if (pthread_create(&thread, NULL, read_once, data))
		return EAGAIN;
	for (tries = 0; !ioctl(edu, PFB_EDU_RUNNING) && tries < 30000; tries++)
		usleep(1000);
	ret = step_manifest(arg);
	if (!ret && ioctl(edu, PFB_EDU_RUNNING))
		ret = EBUSY;
	pthread_join(thread, &failed);
	return ret ?: failed ? EIO : 0;
}

static int step_repeat(char **arg)
{
	uint64_t left;
	int ret = 0;

	for (left = number(arg[3]); !ret && left; left--)
		ret = repeat(arg);
	return ret;
}

static int step_say(char **arg)
{
	puts(arg[0]);
	return 0;
}

static int step_sh(char **arg)
{
	return system(arg[0]) ? EDIFFERENT : 0;
}

static const struct {
	const char *name;
	int nr_args;
	int (*run)(char **arg);
} steps[] = {
	{ "ctl", 0, step_ctl }, { "nobody", 0, step_nobody }, { "version", 1, step_version },
	{ "bar", 2, step_bar }, { "path", 3, step_path }, { "manifest", 1, step_manifest },
	{ "verify", 0, step_verify }, { "enforce", 1, step_enforce }, { "export", 3, step_export },
	{ "close", 0, step_close }, { "name", 0, step_name },
	{ "edu", 1, step_edu }, { "attach", 1, step_attach }, { "map", 0, step_map },
	{ "unmap", 0, step_unmap }, { "detach", 0, step_detach }, { "entries", 1, step_entries },
	{ "mask", 1, step_mask }, { "put", 3, step_put }, { "get", 3, step_get },
	{ "mmap", 1, step_mmap }, { "resource", 1, step_resource }, { "fill", 3, step_fill }, { "check", 3, step_check },
	{ "sync", 1, step_sync }, { "vgem", 0, step_vgem }, { "time", 1, step_time },
	{ "sizes", 0, step_sizes }, { "short", 0, step_short }, { "beyond", 0, step_beyond },
	{ "later", 0, step_later }, { "reserved", 0, step_reserved }, { "fuzz", 5, step_fuzz }, { "repeat", 4, step_repeat },
	{ "overtake", 1, step_overtake },
	{ "say", 1, step_say },
	{ "sh", 1, step_sh },
};

#define NR_STEPS	(sizeof(steps) / sizeof(steps[0]))

int main(int argc, char **argv)
{
	int i = 1, expected, ret;
	size_t s;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc < 2)
		return EXIT_USAGE;
	while (i < argc) {
		expected = 0;
		if (argv[i][0] == '!')
			expected = errno_code(argv[i++] + 1);
		for (s = 0; i < argc && s < NR_STEPS; s++)
			if (!strcmp(steps[s].name, argv[i]))
				break;
		if (i >= argc || s == NR_STEPS || i + steps[s].nr_args >= argc) {
			fprintf(stderr, "pfb_dev: '%s' is no step, or lacks an argument\n",
				i < argc ? argv[i] : "");
			return EXIT_USAGE;
		}
		ret = steps[s].run(argv + i + 1);
		if (ret != expected) {
			printf("%s: expected %s, got %s\n", steps[s].name,
			       expected ? errno_name(expected) : "success",
			       ret ? errno_name(ret) : "success");
			return EXIT_DIFFERENT;
		}
		i += 1 + steps[s].nr_args;
	}
	return 0;
}
