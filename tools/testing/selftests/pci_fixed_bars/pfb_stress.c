// SPDX-License-Identifier: GPL-2.0
/*
 * pfb_stress - exports under fire
 *
 *	pfb_stress [-p NAME] [-c PORT] [-u] SECONDS SEED GPU BAR GOOD BAD EDU...
 *
 * Importers, one for each EDU (the same may be named several times), export a part of
 * their own of the BAR, attach, map, send a pattern by DMA, fetch it back, compare every
 * byte, look at it by CPU, and let go, over and over. Meanwhile one thread takes
 * it all away: a manifest by which the BAR is wrong (BAD) instead of the right one
 * (GOOD), a driver (pfb_sample) that binds and unbinds; or has everything checked. Another
 * asks for verdicts all the time, for exports that nobody uses, and tries to unload
 * the module. And
 *
 *	-p NAME	the host pulls the GPU, which it calls so, and plugs it in again
 *	-c PORT	the port above the importers stops to forward for a moment
 *	-u	instead of the driver: the module is unloaded whenever nobody has it, and loaded
 *		again, under one policy or the other
 *
 * What must hold: an importer fails only with an error that says that something was
 * taken away; bytes that arrived are right; once a request that revokes has returned,
 * nothing goes through an export that was made before it; and the module cannot be unloaded
 * while somebody has it.
 *
 * Exit: 0 all held, 1 not, 2 usage, 3 not possible here.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <uapi/linux/pci_fixed_bars.h>

#include "../../modules/pfb_edu.h"
#include "pfb_manifest.h"
#include "pfb_pattern.h"

#define PART		0x10000
#define MAX_IMPORTERS	16

static int ctl = -1;			/* -1 with -u: each opens it for itself */
static const char *plugged, *port;
static bool unloads;
static struct pfb_ioc_function gpu;
static const char *gpu_name;
static uint32_t bar;
static struct manifest good, bad;
static const char *importers[MAX_IMPORTERS];
static int nr_importers;
static time_t end;

/* Revokes that have begun, and those that are over; what was exported before one began is gone when it is over. */
static atomic_ulong begun, over;
static atomic_bool failed, unload_wanted;
static atomic_ulong nr_rounds, nr_copies, nr_taken, nr_revokes, nr_binds, nr_exports, nr_plugs,
	nr_paths, nr_unloads, nr_kept;

static void fail(const char *what, int code)
{
	printf("%s: %s\n", what, code ? strerror(code) : "not as it must be");
	atomic_store(&failed, true);
}

static bool go_on(void)
{
	return !atomic_load(&failed) && time(NULL) < end;
}

/* xorshift, one state for each thread. */
static uint32_t rnd(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return (uint32_t)(*state >> 16);
}

/* Most of the time nobody begins anything while the module is to be unloaded; but one may. */
static bool let_unload(uint64_t *state)
{
	if (!atomic_load(&unload_wanted) || rnd(state) % 128 == 0)
		return false;
	usleep(20000);
	return true;
}

/* What happens to one who did nothing wrong. */
static bool taken_away(int code)
{
	switch (code) {
	case ENODEV:	/* revoked */
	case ENXIO:	/* and so not mapped any more */
	case EPERM:	/* the BAR's verdict */
	case EREMOTEIO:	/* the path */
	case EIO:	/* memory decode is off: no driver has it */
	case EAGAIN:
		return true;
	case ENOENT:	/* the module is not there */
		return unloads;
	default:
		return false;
	}
}

static bool check(const char *what, int ret)
{
	if (!ret)
		return true;
	if (taken_away(errno))
		atomic_fetch_add(&nr_taken, 1);
	else
		fail(what, errno);
	return false;
}

/* The module's device: everybody's, or one's own. */
static int get_ctl(void)
{
	return ctl >= 0 ? ctl : open(PFB_DEVICE, O_RDWR | O_CLOEXEC);
}

static void put_ctl(int fd)
{
	if (fd >= 0 && fd != ctl)
		close(fd);
}

static int export_part(int fd, unsigned int part)
{
	struct pfb_ioc_range range = { .offset = (uint64_t)part * PART, .length = PART };
	struct pfb_ioc_export export = {
		.provider = gpu, .bar = bar, .ranges = (uintptr_t)&range, .nr_ranges = 1
	};
	int code;

	if (fd < 0)
		return -1;
	if (!ioctl(fd, PFB_IOC_EXPORT, &export))
		return export.fd;
	code = errno;
	if (!taken_away(code))
		printf("export: %s\n", export.text);
	errno = code;
	return -1;
}

/* Returns 0, or -1 with errno. Fails the test when a copy goes through that must not. */
static int copy(int edu, uint8_t *data, uint64_t offset, bool to_buf, unsigned long exported)
{
	struct pfb_edu_copy copy = {
		.data = (uintptr_t)data, .offset = offset, .length = PFB_EDU_CHUNK, .to_buf = to_buf
	};
	bool revoked = atomic_load(&over) > exported;
	int ret = ioctl(edu, PFB_EDU_COPY, &copy);

	if (!ret && revoked)
		fail("DMA went through an export that was revoked", 0);
	if (!ret)
		atomic_fetch_add(&nr_copies, 1);
	return ret;
}

static __thread sigjmp_buf back;

static void bus_error(int sig)
{
	(void)sig;
	siglongjmp(back, 1);
}

/* By CPU: right, or a bus error once it was revoked. */
static void look(int buf, uint64_t offset, uint64_t seed, unsigned long exported)
{
	volatile uint64_t *window = mmap(NULL, PART, PROT_READ, MAP_SHARED, buf, 0);
	uint64_t word = 0;
	bool revoked;

	if (window == MAP_FAILED) {
		check("mmap", -1);
		return;
	}
	if (!sigsetjmp(back, 1)) {
		revoked = atomic_load(&over) > exported;
		word = window[offset / 8];
		if (revoked)
			fail("the CPU read from an export that was revoked", 0);
		if (pattern_differs((uint8_t *)&word, offset, sizeof(word), seed))
			fail("what the CPU read", 0);
	}
	munmap((void *)window, PART);
}

static void use(int buf, int edu, uint64_t *state, unsigned long exported)
{
	uint64_t seed = rnd(state), offset = rnd(state) % (PART / PFB_EDU_CHUNK) * PFB_EDU_CHUNK;
	struct pfb_edu_attach attach = { .fd = buf };
	uint8_t data[PFB_EDU_CHUNK];
	size_t i;

	if (!check("attach", ioctl(edu, PFB_EDU_ATTACH, &attach)))
		return;
	if (check("map", ioctl(edu, PFB_EDU_MAP))) {
		for (i = 0; i < sizeof(data); i++)
			data[i] = pattern(seed, offset + i);
		if (check("put", copy(edu, data, offset, true, exported)) &&
		    check("get", copy(edu, data, offset, false, exported))) {
			if (pattern_differs(data, offset, sizeof(data), seed))
				fail("what DMA fetched", 0);
			look(buf, offset, seed, exported);
			atomic_fetch_add(&nr_rounds, 1);
		}
		if (rnd(state) % 2)
			ioctl(edu, PFB_EDU_UNMAP);
	}
	ioctl(edu, PFB_EDU_DETACH);
}

static void *import(void *arg)
{
	unsigned int part = (unsigned int)(uintptr_t)arg;
	uint64_t state = part * 7919 + 12345;
	unsigned long exported;
	char name[64];
	int edu, buf, fd;

	snprintf(name, sizeof(name), "/dev/pfb_edu-%s", importers[part]);
	while (go_on()) {
		if (let_unload(&state))
			continue;
		edu = open(name, O_RDWR | O_CLOEXEC);
		if (edu < 0) {
			fail(name, errno);
			break;
		}
		fd = get_ctl();
		buf = export_part(fd, part);
		/* What begins from here on takes it. */
		exported = atomic_load(&begun);
		if (check("export", buf < 0 ? -1 : 0))
			use(buf, edu, &state, exported);
		else
			usleep(2000);
		if (buf >= 0)
			close(buf);
		put_ctl(fd);
		close(edu);
	}
	return NULL;
}

static void load(const struct manifest *manifest)
{
	int fd = get_ctl();

	if (fd < 0 || load_manifest(fd, manifest))
		fail("manifest", errno);
	put_ctl(fd);
}

static void write_to(const char *file, const char *text)
{
	int fd = open(file, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	if (write(fd, text, strlen(text)) < 0 && errno != ENODEV && errno != EINVAL)
		fail(file, errno);
	close(fd);
}

/* A bit of the command register, as setpci does it. */
static void command(const char *bdf, uint16_t bit, bool on)
{
	char file[80];
	uint16_t value;
	int fd;

	snprintf(file, sizeof(file), "/sys/bus/pci/devices/%s/config", bdf);
	fd = open(file, O_RDWR | O_CLOEXEC);
	if (fd < 0 || pread(fd, &value, 2, 4) != 2) {
		fail(file, errno);
		return;
	}
	value = on ? value | bit : value & ~bit;
	if (pwrite(fd, &value, 2, 4) != 2)
		fail(file, errno);
	close(fd);
}

static void verify(void)
{
	struct pfb_ioc_verify arg = { 0 };
	int fd = get_ctl();

	if (fd < 0 || ioctl(fd, PFB_IOC_VERIFY, &arg))
		fail("verify", errno);
	put_ctl(fd);
}

static void take_manifest(void)
{
	atomic_fetch_add(&begun, 1);
	load(&bad);
	atomic_fetch_add(&over, 1);
	atomic_fetch_add(&nr_revokes, 1);
	usleep(20000);
	load(&good);
}

static void take_driver(void)
{
	char file[80];

	snprintf(file, sizeof(file), "/sys/bus/pci/devices/%s/driver/unbind", gpu_name);
	atomic_fetch_add(&begun, 1);
	if (access(file, F_OK))
		write_to("/sys/bus/pci/drivers_probe", gpu_name);
	else
		write_to(file, gpu_name);
	atomic_fetch_add(&over, 1);
	atomic_fetch_add(&nr_binds, 1);
	/* The driver core turns memory decode off with the driver. */
	command(gpu_name, 2, true);
}

static void run(const char *fmt, const char *arg)
{
	char command[128];

	snprintf(command, sizeof(command), fmt, arg);
	if (system(command))
		fail(command, 0);
}

/* It comes back as it was: the module puts its BAR where it was declared. */
static void take_function(void)
{
	char file[80];
	int tries;

	atomic_fetch_add(&begun, 1);
	run("pfb-host unplug %s >/dev/null", plugged);
	atomic_fetch_add(&over, 1);
	run("pfb-host plug %s >/dev/null", plugged);
	snprintf(file, sizeof(file), "/sys/bus/pci/devices/%s/fixed_bars/bar%u_state", gpu_name, bar);
	for (tries = 0; tries < 300 && access(file, F_OK); tries++)
		usleep(100000);
	if (access(file, F_OK)) {
		fail("the function that was plugged in again", errno);
		return;
	}
	snprintf(file, sizeof(file), "/sys/bus/pci/devices/%s/driver_override", gpu_name);
	write_to(file, "pfb_sample");
	command(gpu_name, 2, true);
	verify();
	atomic_fetch_add(&nr_plugs, 1);
}

/* Takes back what is in use; what is not, may be used afterwards. */
static void take_path(void)
{
	command(port, 4, false);
	verify();
	command(port, 4, true);
	atomic_fetch_add(&nr_paths, 1);
}

static bool unload(void)
{
	return !syscall(SYS_delete_module, "pci_fixed_bars", O_NONBLOCK);
}

/* Whenever nobody has it, for as long as it takes. */
static void take_module(uint64_t *state)
{
	bool unloaded = false;

	atomic_store(&unload_wanted, true);
	while (!unloaded && go_on()) {
		unloaded = unload();
		if (!unloaded)
			usleep(1000);
	}
	if (unloaded) {
		atomic_fetch_add(&nr_unloads, 1);
		run("modprobe pci_fixed_bars policy=%s", rnd(state) % 2 ? "observe" : "preserve");
		load(&good);
	}
	atomic_store(&unload_wanted, false);
}

static void *take(void *arg)
{
	uint64_t state = (uintptr_t)arg;

	if (plugged && go_on())
		take_function();
	if (unloads && go_on())
		take_module(&state);
	while (go_on()) {
		usleep(100000 + rnd(&state) % 2000000);
		switch (rnd(&state) % 12) {
		case 0 ... 3:
			take_manifest();
			break;
		case 4 ... 6:
			if (unloads)
				take_module(&state);
			else
				take_driver();
			break;
		case 7 ... 8:
			if (port)
				take_path();
			break;
		case 9:
			if (plugged)
				take_function();
			break;
		default:
			verify();
			break;
		}
	}
	return NULL;
}

static void *ask(void *arg)
{
	uint64_t state = (uintptr_t)arg;
	struct pfb_ioc_path path = { .provider = gpu, .bar = bar };
	unsigned int segment, bus, slot, fn;
	int buf, fd;

	sscanf(importers[0], "%x:%x:%x.%u", &segment, &bus, &slot, &fn);
	path.client = (struct pfb_ioc_function){ segment, bus, slot << 3 | fn };
	while (go_on()) {
		if (let_unload(&state))
			continue;
		fd = get_ctl();
		/* The module may be away, and the GPU. */
		check("path", fd < 0 || ioctl(fd, PFB_IOC_PATH, &path) ? -1 : 0);
		if (fd >= 0 && unload()) {
			fail("the module was unloaded while its device was open", 0);
			break;
		}
		atomic_fetch_add(&nr_kept, 1);
		buf = export_part(fd, MAX_IMPORTERS + rnd(&state) % 16);
		if (buf >= 0) {
			atomic_fetch_add(&nr_exports, 1);
			close(buf);
		} else {
			check("export", -1);
		}
		put_ctl(fd);
		usleep(rnd(&state) % (unloads ? 200000 : 20000));
	}
	return NULL;
}

static int usage(void)
{
	fprintf(stderr, "usage: pfb_stress [-p NAME] [-c PORT] [-u] SECONDS SEED GPU BAR GOOD BAD EDU...\n");
	return 2;
}

int main(int argc, char **argv)
{
	pthread_t threads[MAX_IMPORTERS + 2];
	unsigned int segment, bus, slot, fn;
	int i, option;

	while ((option = getopt(argc, argv, "+p:c:u")) != -1) {
		switch (option) {
		case 'p':
			plugged = optarg;
			break;
		case 'c':
			port = optarg;
			break;
		case 'u':
			unloads = true;
			break;
		default:
			return usage();
		}
	}
	argv += optind - 1;
	argc -= optind - 1;
	if (argc < 8 || argc - 7 > MAX_IMPORTERS ||
	    sscanf(argv[3], "%x:%x:%x.%u", &segment, &bus, &slot, &fn) != 4)
		return usage();
	gpu = (struct pfb_ioc_function){ segment, bus, slot << 3 | fn };
	gpu_name = argv[3];
	bar = (uint32_t)atoi(argv[4]);
	read_manifest(argv[5], &good);
	read_manifest(argv[6], &bad);
	for (i = 7; i < argc; i++)
		importers[nr_importers++] = argv[i];
	if (!unloads) {
		ctl = open(PFB_DEVICE, O_RDWR | O_CLOEXEC);
		if (ctl < 0) {
			perror(PFB_DEVICE);
			return 3;
		}
	}
	signal(SIGBUS, bus_error);
	load(&good);
	end = time(NULL) + atoi(argv[1]);

	for (i = 0; i < nr_importers; i++)
		pthread_create(&threads[i], NULL, import, (void *)(uintptr_t)i);
	pthread_create(&threads[i++], NULL, take, (void *)(uintptr_t)(atoi(argv[2]) * 2 + 1));
	pthread_create(&threads[i++], NULL, ask, (void *)(uintptr_t)(atoi(argv[2]) * 2 + 77));
	while (i--)
		pthread_join(threads[i], NULL);
	printf("%lu rounds, %lu transfers of 4 KiB, %lu more exports; %lu times taken away, by %lu manifests, %lu drivers, %lu paths, %lu hot-unplugs, %lu unloads; %lu unloads refused\n",
	       nr_rounds, nr_copies, nr_exports, nr_taken, nr_revokes, nr_binds, nr_paths, nr_plugs,
	       nr_unloads, nr_kept);
	/* A test in which nothing happened shows nothing. */
	return failed || !nr_rounds || !nr_taken || !nr_exports || !nr_kept ||
	       !(nr_revokes + nr_binds + nr_paths + nr_plugs + nr_unloads) ||
	       (plugged && !nr_plugs) || (unloads && !nr_unloads) ? 1 : 0;
}
