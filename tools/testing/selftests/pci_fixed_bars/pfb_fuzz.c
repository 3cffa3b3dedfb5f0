// SPDX-License-Identifier: GPL-2.0
/*
 * pfb_fuzz - requests and files of the module with contents that were made up, kept and
 * changed again when they reached code that none before did
 *
 *	pfb_fuzz [-s SEED] [-n EXECUTIONS] [-t SECONDS] [-u UID] MANIFEST BDF BAR
 *
 *	-s	another sequence (default: 1)
 *	-n, -t	it ends after either, and with neither after 10 s
 *	-u	as this user: the device is opened before, as if somebody had handed it out
 *
 * MANIFEST is a good manifest to spoil, BAR of BDF one that it declares. What code was
 * reached the kernel's kcov says (Documentation/dev-tools/kcov.rst); it must have been built
 * with it, and the module, too.
 *
 * Whatever is asked: the kernel writes no byte behind the struct that it was given, answers
 * with an error that user space has, and ends each text. A user gets nothing but the
 * version, reads no file that is root's and writes none. Exit: 0 all of that, 1 not, 2
 * usage, 3 not possible here.
 */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <grp.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <linux/dma-buf.h>
#include <linux/kcov.h>
#include <uapi/linux/pci_fixed_bars.h>

#include "pfb_ioctl.h"

#define EXIT_BROKEN	1
#define EXIT_IMPOSSIBLE	3

#define ARG_MAX_SIZE	1024
#define DATA_MAX	4096
#define KEPT_MAX	1024
#define FILES_MAX	2048
#define FUNCTIONS_MAX	64
#define BUFS_MAX	8
#define REPORT_ROOM	8192
#define CANARY		0xa5
#define COVER_ENTRIES	(256U * 1024)
#define SEEN_SLOTS	(64U * 1024)	/* of program counters, a power of two */
#define KERNEL_ERRNOS	512		/* from here on they are the kernel's own */

enum op { OP_REQUEST, OP_READ, OP_WRITE, OP_BUF, NR_OPS };

enum pointer { POINTER_GOOD, POINTER_NULL, POINTER_EDGE, POINTER_KERNEL, NR_POINTERS };

/* Everything that decides what is asked; all of it may be changed. */
struct input {
	uint32_t op;
	uint32_t which;		/* request, file or what is done with a dma-buf */
	uint32_t size;		/* of the struct, as the request's number says it */
	uint32_t pointer;	/* to the struct or the buffer */
	uint32_t inner;		/* in the struct; beyond NR_POINTERS it stays as it is */
	uint32_t offset;
	uint32_t len;		/* of data */
	uint8_t arg[ARG_MAX_SIZE];
	uint8_t data[DATA_MAX];
};

/* A file of the module; its group may come and go, so it is known by its name. */
struct file {
	char *name;
	mode_t mode;
};

static const char * const words[] = {
	"1", "1\n", "0", "dry-run", "dry-run\n", "", "\n", "1\0", "observe", "-1", "11", "yes"
};

static const uint64_t edges[] = {
	0, 1, 2, 6, 7, 12, 13, 16, 0x7f, 0x80, 0xff, 0x100, 0x3ff, 0x400, 0x401, 0xfff, 0x1000, 0x7fff, 0x8000,
	0xffff, 0x10000, 0x40000, 0xfffff, 0x100000, 0x100001, 0x7fffffff, 0x80000000, 0xfffff000,
	0xffffffff, 0x100000000, 0x7fffffffffffffff, 0x8000000000000000, 0xfffffffffffff000,
	0xffffffffffffffff
};

#define ELEMENTS(array)	(sizeof(array) / sizeof((array)[0]))

static uint64_t random_state;
static int ctl = -1;
static bool as_user;

static uint8_t good[DATA_MAX];
static size_t good_size;
static struct pfb_ioc_function target, functions[FUNCTIONS_MAX];
static uint32_t target_bar, nr_functions;
static struct file files[FILES_MAX];
static uint32_t nr_files;
static int bufs[BUFS_MAX];

static unsigned long *cover;
static unsigned long seen[SEEN_SLOTS];
static uint8_t seen_edges[SEEN_SLOTS];
static uint64_t nr_seen;

static struct input *kept[KEPT_MAX];
static uint32_t nr_kept;
static uint64_t executions, served[NR_OPS], nr_ops[NR_OPS];

/* What the kernel is given, each with a page behind it that nobody may touch. */
static uint8_t *arena, *arena_end;
static uint8_t *inner_arena, *inner_end;

static uint64_t rnd(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

static uint32_t below(uint32_t n)
{
	return (uint32_t)(rnd() >> 16) % n;
}

static void impossible(const char *what)
{
	fprintf(stderr, "pfb_fuzz: %s: %s\n", what, strerror(errno));
	exit(EXIT_IMPOSSIBLE);
}

static void broken(const struct input *in, const char *what, int code)
{
	uint32_t i, size = in->size < ARG_MAX_SIZE ? in->size : ARG_MAX_SIZE;

	printf("execution %" PRIu64 ": %s (%d): op %u which %u size %u pointer %u inner %u offset %u len %u\narg",
	       executions, what, code, in->op, in->which, in->size, in->pointer, in->inner,
	       in->offset, in->len);
	for (i = 0; i < size; i++)
		printf(" %02x", in->arg[i]);
	if (in->op == OP_READ || in->op == OP_WRITE)
		printf("\nfile %s", files[in->which % nr_files].name);
	printf("\n");
	exit(EXIT_BROKEN);
}

/* --- what there is ----------------------------------------------------------- */

static void find_functions(void)
{
	glob_t found;
	size_t i;

	if (glob("/sys/bus/pci/devices/*", 0, NULL, &found))
		impossible("/sys/bus/pci/devices");
	for (i = 0; i < found.gl_pathc && nr_functions < FUNCTIONS_MAX; i++)
		functions[nr_functions++] = function_of(strrchr(found.gl_pathv[i], '/') + 1);
	globfree(&found);
}

static void find_files(const char *pattern)
{
	struct stat st;
	glob_t found;
	size_t i;

	if (glob(pattern, 0, NULL, &found))
		impossible(pattern);
	for (i = 0; i < found.gl_pathc && nr_files < FILES_MAX; i++) {
		if (stat(found.gl_pathv[i], &st) || !S_ISREG(st.st_mode))
			continue;
		files[nr_files].name = strdup(found.gl_pathv[i]);
		files[nr_files++].mode = st.st_mode;
	}
	globfree(&found);
}

static uint8_t *guarded(size_t size, uint8_t **end)
{
	size_t page = (size_t)getpagesize(), room = (size + page - 1) / page * page;
	uint8_t *at = mmap(NULL, room + page, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED || mprotect(at + room, page, PROT_NONE))
		impossible("memory");
	*end = at + room;
	return at;
}

static void start_cover(void)
{
	int fd = open("/sys/kernel/debug/kcov", O_RDWR | O_CLOEXEC);

	if (fd < 0 || ioctl(fd, KCOV_INIT_TRACE, COVER_ENTRIES))
		impossible("/sys/kernel/debug/kcov");
	cover = mmap(NULL, COVER_ENTRIES * sizeof(*cover), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (cover == MAP_FAILED || ioctl(fd, KCOV_ENABLE, KCOV_TRACE_PC))
		impossible("/sys/kernel/debug/kcov");
}

static void become(unsigned long id)
{
	if (setgroups(0, NULL) || setresgid((gid_t)id, (gid_t)id, (gid_t)id) ||
	    setresuid((uid_t)id, (uid_t)id, (uid_t)id))
		impossible("setresuid");
	as_user = true;
	if (open(PFB_DEVICE, O_RDWR) >= 0) {
		printf("a user may open %s\n", PFB_DEVICE);
		exit(EXIT_BROKEN);
	}
}

/* --- what is asked ----------------------------------------------------------- */

static struct pfb_ioc_function some_function(void)
{
	switch (below(8)) {
	case 0:
		return (struct pfb_ioc_function){ .bus = below(256), .devfn = below(256) };
	case 1:
	case 2:
		return functions[below(nr_functions)];
	default:
		return target;
	}
}

static uint32_t some_bar(void)
{
	return below(4) ? target_bar : below(PFB_NR_BARS + 3);
}

/* Ascending ranges of whole pages, most of them within the BAR. */
static void make_ranges(struct input *in, struct pfb_ioc_export *export)
{
	struct pfb_ioc_range *range = (void *)in->data;
	uint64_t at = 0;
	uint32_t i;

	export->nr_ranges = below(8) ? below(8) : below(DATA_MAX / sizeof(*range));
	for (i = 0; i < export->nr_ranges; i++) {
		at += (uint64_t)below(16) << 12;
		range[i].offset = at;
		range[i].length = (uint64_t)(1 + below(16)) << 12;
		at += range[i].length;
	}
	in->len = export->nr_ranges * sizeof(*range);
}

static void make_request(struct input *in)
{
	void *arg = in->arg;
	struct pfb_ioc_manifest *manifest = arg;
	struct pfb_ioc_version *version = arg;
	struct pfb_ioc_enforce *enforce = arg;
	struct pfb_ioc_export *export = arg;
	struct pfb_ioc_path *path = arg;
	struct pfb_ioc_bar *bar = arg;

	in->which = below(NR_REQUESTS);
	/* Those that read every function are slow, and have little to vary. */
	if (requests[in->which] == PFB_IOC_VERIFY && below(8))
		in->which = below(NR_REQUESTS);
	in->size = _IOC_SIZE(requests[in->which]);
	switch (requests[in->which]) {
	case PFB_IOC_VERSION:
		version->version = below(PFB_API_VERSION + 3);
		break;
	case PFB_IOC_BAR:
		bar->function = some_function();
		bar->bar = some_bar();
		break;
	case PFB_IOC_PATH:
		path->provider = some_function();
		path->bar = some_bar();
		path->client = functions[below(nr_functions)];
		break;
	case PFB_IOC_MANIFEST:
		memcpy(in->data, good, good_size);
		in->len = below(8) ? (uint32_t)good_size : 0;
		manifest->size = in->len;
		break;
	case PFB_IOC_EXPORT:
		export->provider = some_function();
		export->bar = some_bar();
		if (below(2))
			make_ranges(in, export);
		break;
	case PFB_IOC_ENFORCE:
		enforce->flags = PFB_ENFORCE_DRY_RUN;
		enforce->size = below(2) ? below(REPORT_ROOM) : 0;
		break;
	}
}

/* Few may be written, and of those each more than all others together. */
static uint32_t some_written_file(void)
{
	uint32_t i = below(nr_files), n;

	for (n = 0; n < nr_files; n++, i = (i + 1) % nr_files)
		if (files[i].mode & 0222 && strncmp(files[i].name, "/sys/module/", 12))
			break;
	return i;
}

static void make_text(struct input *in)
{
	uint32_t i = below(ELEMENTS(words));

	in->len = (uint32_t)strlen(words[i]) + (below(8) == 0);
	memcpy(in->data, words[i], in->len);
}

static void make(struct input *in)
{
	memset(in, 0, sizeof(*in));
	switch (below(8)) {
	case 0:
		in->op = OP_WRITE;
		in->which = below(4) ? some_written_file() : below(nr_files);
		make_text(in);
		break;
	case 1:
	case 2:
		in->op = OP_READ;
		in->which = below(nr_files);
		in->len = DATA_MAX;
		break;
	case 3:
		in->op = OP_BUF;
		in->which = (uint32_t)rnd();
		in->offset = (uint32_t)rnd();
		break;
	default:
		in->op = OP_REQUEST;
		make_request(in);
	}
}

static void put_edge(uint8_t *data, size_t size)
{
	uint64_t value = below(4) ? edges[below(ELEMENTS(edges))] : rnd() >> below(64);
	size_t width = (size_t)1 << below(4);

	if (size >= width)
		memcpy(data + below((uint32_t)(size / width)) * width, &value, width);
}

static void change(struct input *in)
{
	uint32_t arg_size = in->size && in->size < ARG_MAX_SIZE ? in->size : ARG_MAX_SIZE;
	uint32_t len = in->len && in->len < DATA_MAX ? in->len : DATA_MAX;
	const struct input *other = kept[below(nr_kept)];

	switch (below(12)) {
	case 0:
		in->arg[below(arg_size)] ^= (uint8_t)(1U << below(8));
		break;
	case 1:
		/* What is asked stands at the beginning, what is answered behind it. */
		put_edge(in->arg, arg_size < 64 ? arg_size : 64);
		break;
	case 2:
		put_edge(in->arg, arg_size);
		break;
	case 3:
		in->size = below(4) ? in->size + below(17) - 8 : below(ARG_MAX_SIZE + 1);
		break;
	case 4:
		in->pointer = below(NR_POINTERS);
		break;
	case 5:
		in->inner = below(NR_POINTERS + 1);
		break;
	case 6:
	case 7:
		in->data[below(len)] ^= (uint8_t)(1U << below(8));
		break;
	case 8:
		put_edge(in->data, len);
		break;
	case 9:
		in->len = below(4) ? in->len + (below(65) & ~7U) - 32 : below(DATA_MAX + 1);
		break;
	case 10:
		if (other->op == in->op && other->which == in->which)
			memcpy(in->data + below(DATA_MAX / 2), other->data + below(DATA_MAX / 2),
			       below(DATA_MAX / 2));
		else
			in->offset = (uint32_t)edges[below(ELEMENTS(edges))];
		break;
	case 11:
		if (in->op == OP_REQUEST)
			in->which = below(NR_REQUESTS);
		else
			in->which = (uint32_t)rnd();
		break;
	}
	if (in->len > DATA_MAX)
		in->len = DATA_MAX;
	if (in->size > ARG_MAX_SIZE)
		in->size = ARG_MAX_SIZE;
}

/* --- asking ------------------------------------------------------------------ */

static uint8_t *place(enum pointer pointer, uint8_t *start, uint8_t *end, size_t size)
{
	switch (pointer) {
	case POINTER_NULL:
		return NULL;
	case POINTER_EDGE:
		return end - size / 2;
	case POINTER_KERNEL:
		return (uint8_t *)0xffff888000000000UL;
	default:
		return start;
	}
}

/* Where the struct says where something else lies, and how long that is. */
static void set_inner(const struct input *in, uint8_t *arg)
{
	struct pfb_ioc_manifest *manifest = (void *)arg;
	struct pfb_ioc_enforce *enforce = (void *)arg;
	struct pfb_ioc_export *export = (void *)arg;
	uint64_t at;

	if (in->inner >= NR_POINTERS)
		return;
	memset(inner_arena, CANARY, (size_t)(inner_end - inner_arena));
	memcpy(inner_arena, in->data, in->len);
	at = (uintptr_t)place(in->inner, inner_arena, inner_end, in->len);
	switch (requests[in->which]) {
	case PFB_IOC_MANIFEST:
		if (below(8)) {
			fix_manifest(inner_arena, in->len);
			manifest->size = in->len;
		}
		manifest->data = manifest->size ? at : 0;
		break;
	case PFB_IOC_EXPORT:
		export->ranges = export->nr_ranges ? at : 0;
		break;
	case PFB_IOC_ENFORCE:
		enforce->size %= REPORT_ROOM;
		enforce->report = enforce->size ? at : 0;
		/* Moving is slow, and takes drivers away. */
		if (below(64))
			enforce->flags |= PFB_ENFORCE_DRY_RUN;
		break;
	}
}

static const char *text_of(unsigned int nr, const uint8_t *arg)
{
	switch (requests[nr]) {
	case PFB_IOC_BAR:
		return ((const struct pfb_ioc_bar *)arg)->text;
	case PFB_IOC_PATH:
		return ((const struct pfb_ioc_path *)arg)->text;
	case PFB_IOC_MANIFEST:
		return ((const struct pfb_ioc_manifest *)arg)->text;
	case PFB_IOC_EXPORT:
		return ((const struct pfb_ioc_export *)arg)->text;
	case PFB_IOC_ENFORCE:
		return ((const struct pfb_ioc_enforce *)arg)->text;
	default:
		return NULL;
	}
}

static void keep_buf(int fd)
{
	uint32_t slot = below(BUFS_MAX);

	if (bufs[slot] >= 0)
		close(bufs[slot]);
	bufs[slot] = fd;
}

/* Of today's size or longer it is known, and of the first version's size. */
static void check_user(const struct input *in, int code)
{
	if (!as_user || requests[in->which] == PFB_IOC_VERSION)
		return;
	if (code != EPERM && !(code == EINVAL && in->size < _IOC_SIZE(requests[in->which])))
		broken(in, "a user is not refused", code);
}

static int do_request(const struct input *in)
{
	unsigned long cmd = resized(requests[in->which], in->size);
	uint8_t *arg = place(in->pointer, arena, arena_end, in->size);
	bool mine = in->pointer == POINTER_GOOD;
	const char *text;
	size_t i;
	int code;

	memset(arena, CANARY, (size_t)(arena_end - arena));
	memcpy(arena, in->arg, in->size);
	if (in->size >= 64)
		set_inner(in, arena);
	code = ioctl(ctl, cmd, arg) ? errno : 0;
	check_user(in, code);
	for (i = in->size; mine && i < (size_t)(arena_end - arena); i++)
		if (arena[i] != CANARY)
			broken(in, "written behind the struct", (int)i);
	if (code || !mine)
		return code;
	if (requests[in->which] == PFB_IOC_EXPORT)
		keep_buf(((struct pfb_ioc_export *)arena)->fd);
	text = in->size == _IOC_SIZE(cmd) && in->size >= _IOC_SIZE(requests[in->which]) ?
		text_of(in->which, arena) : NULL;
	if (text && !memchr(text, '\0', PFB_TEXT_MAX))
		broken(in, "a text without an end", 0);
	return 0;
}

static int do_read(const struct input *in)
{
	const struct file *file = &files[in->which % nr_files];
	uint8_t *to = place(in->pointer, arena, arena_end, in->len);
	int fd = open(file->name, O_RDONLY), code;

	if (fd < 0)
		return errno;
	if (as_user && !(file->mode & 0004))
		broken(in, "a user reads what is root's", 0);
	code = pread(fd, to, in->len, in->offset) < 0 ? errno : 0;
	close(fd);
	return code;
}

static int do_write(const struct input *in)
{
	const struct file *file = &files[in->which % nr_files];
	int fd, code;

	/* A parameter stays as the test set it. */
	if (!strncmp(file->name, "/sys/module/", 12) && !as_user)
		return EPERM;
	fd = open(file->name, O_WRONLY);
	if (fd < 0)
		return errno;
	if (as_user)
		broken(in, "a user may write", 0);
	memcpy(arena, in->data, in->len);
	/* Really moving is asked for by the requests already, and seldom. */
	if (strstr(file->name, "/enforce") && arena[0] == '1' && below(16))
		arena[0] = '2';
	code = pwrite(fd, place(in->pointer, arena, arena_end, in->len), in->len, in->offset) < 0 ?
		errno : 0;
	close(fd);
	return code;
}

static int do_buf(const struct input *in)
{
	struct dma_buf_sync sync = { .flags = in->offset & 0xf };
	int *buf = &bufs[in->which % BUFS_MAX];
	size_t page = (size_t)getpagesize();
	void *at;
	int code = 0;

	if (*buf < 0)
		return EBADF;
	switch (in->which / BUFS_MAX % 6) {
	case 0:
		code = ioctl(*buf, DMA_BUF_IOCTL_SYNC, &sync) ? errno : 0;
		break;
	case 1:
		at = mmap(NULL, page * (1 + in->offset % 16), PROT_READ | PROT_WRITE,
			  in->offset & 1 ? MAP_SHARED : MAP_PRIVATE, *buf,
			  (off_t)(in->offset / 2 * page));
		if (at == MAP_FAILED)
			return errno;
		munmap(at, page * (1 + in->offset % 16));
		break;
	case 2:
		code = lseek(*buf, 0, (int)(in->offset % 4)) < 0 ? errno : 0;
		break;
	case 3:
		code = ioctl(*buf, DMA_BUF_SET_NAME_A, in->data) ? errno : 0;
		break;
	case 4:
		code = pread(*buf, arena, 16, 0) < 0 ? errno : 0;
		break;
	case 5:
		close(*buf);
		*buf = -1;
		break;
	}
	return code;
}

static int execute(const struct input *in)
{
	static int (* const run[NR_OPS])(const struct input *in) = {
		[OP_REQUEST] = do_request, [OP_READ] = do_read, [OP_WRITE] = do_write,
		[OP_BUF] = do_buf,
	};
	int code;

	__atomic_store_n(&cover[0], 0, __ATOMIC_RELAXED);
	code = run[in->op](in);
	executions++;
	nr_ops[in->op]++;
	if (code >= KERNEL_ERRNOS)
		broken(in, "an error that user space does not have", code);
	if (!code)
		served[in->op]++;
	return code;
}

/* --- what was reached -------------------------------------------------------- */

static void note_pc(unsigned long pc)
{
	uint32_t slot = (uint32_t)((pc * 0x9e3779b97f4a7c15UL) >> 40) & (SEEN_SLOTS - 1);

	while (seen[slot] && seen[slot] != pc)
		slot = (slot + 1) & (SEEN_SLOTS - 1);
	if (seen[slot] || nr_seen > SEEN_SLOTS / 2)
		return;
	seen[slot] = pc;
	nr_seen++;
}

/* From where to where is what tells one input from another; how much of the code, the places. */
static bool is_news(void)
{
	unsigned long n = __atomic_load_n(&cover[0], __ATOMIC_RELAXED), before = 0, i;
	bool news = false;
	uint32_t edge;

	for (i = 1; i <= n && i < COVER_ENTRIES; i++) {
		edge = (uint32_t)((cover[i] ^ before << 1) * 0x9e3779b97f4a7c15UL >> 40) &
			(SEEN_SLOTS - 1);
		before = cover[i];
		if (seen_edges[edge])
			continue;
		seen_edges[edge] = 1;
		note_pc(cover[i]);
		news = true;
	}
	return news;
}

static void keep(const struct input *in)
{
	struct input *copy = kept[nr_kept < KEPT_MAX ? nr_kept : below(KEPT_MAX)];

	if (!copy) {
		copy = malloc(sizeof(*copy));
		if (!copy)
			impossible("memory");
		kept[nr_kept++] = copy;
	}
	*copy = *in;
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void fuzz(uint64_t count, double seconds)
{
	double begin = now();
	struct input in;
	uint32_t n;

	while (executions < count && now() - begin < seconds) {
		if (nr_kept && below(4)) {
			in = *kept[below(nr_kept)];
			for (n = 1 + below(4); n; n--)
				change(&in);
		} else {
			make(&in);
		}
		execute(&in);
		if (is_news())
			keep(&in);
	}
	printf("%" PRIu64 " executions in %.0f s, %u inputs kept, %" PRIu64 " places reached\n", executions,
	       now() - begin, nr_kept, nr_seen);
	printf("served: requests %" PRIu64 " of %" PRIu64 ", reads %" PRIu64 " of %" PRIu64
	       ", writes %" PRIu64 " of %" PRIu64 ", of dma-bufs %" PRIu64 " of %" PRIu64 "\n",
	       served[OP_REQUEST], nr_ops[OP_REQUEST], served[OP_READ], nr_ops[OP_READ],
	       served[OP_WRITE], nr_ops[OP_WRITE], served[OP_BUF], nr_ops[OP_BUF]);
}

static void read_good(const char *name)
{
	int fd = open(name, O_RDONLY);
	ssize_t len = fd < 0 ? -1 : read(fd, good, sizeof(good));

	if (len <= 0)
		impossible(name);
	close(fd);
	good_size = (size_t)len;
}

int main(int argc, char **argv)
{
	uint64_t seed = 1, count = 0;
	unsigned long user = 0, i;
	double seconds = 0;
	int option;

	while ((option = getopt(argc, argv, "s:n:t:u:")) != -1) {
		switch (option) {
		case 's':
			seed = strtoull(optarg, NULL, 0);
			break;
		case 'n':
			count = strtoull(optarg, NULL, 0);
			break;
		case 't':
			seconds = strtod(optarg, NULL);
			break;
		case 'u':
			user = strtoul(optarg, NULL, 0);
			break;
		default:
			return EXIT_USAGE;
		}
	}
	if (argc - optind != 3) {
		fprintf(stderr, "usage: pfb_fuzz [-s SEED] [-n EXECUTIONS] [-t SECONDS] [-u UID] MANIFEST BDF BAR\n");
		return EXIT_USAGE;
	}
	random_state = seed * 2 + 1;
	read_good(argv[optind]);
	target = function_of(argv[optind + 1]);
	target_bar = (uint32_t)strtoul(argv[optind + 2], NULL, 0);
	find_functions();
	find_files("/sys/bus/pci/devices/*/fixed_bars/*");
	find_files("/sys/kernel/pci_fixed_bars/*");
	find_files("/sys/kernel/pci_fixed_bars/*/*");
	find_files("/sys/module/pci_fixed_bars/parameters/*");
	arena = guarded(ARG_MAX_SIZE + DATA_MAX, &arena_end);
	inner_arena = guarded(REPORT_ROOM + DATA_MAX, &inner_end);
	for (i = 0; i < BUFS_MAX; i++)
		bufs[i] = -1;
	ctl = open(PFB_DEVICE, O_RDWR | O_CLOEXEC);
	if (ctl < 0)
		impossible(PFB_DEVICE);
	start_cover();
	if (user)
		become(user);
	fuzz(count ? count : UINT64_MAX, seconds ? seconds : count ? 1e9 : 10);
	return 0;
}
