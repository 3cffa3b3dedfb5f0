// SPDX-License-Identifier: GPL-2.0
/*
 * fail_each - do something over and over, and each time another allocation fails
 *
 *	fail_each SEEN SITES [prepare STEP...] try STEP... [success STEP...] [settle STEP...]
 *
 * STEP:	load FILE PARAMETERS	of a module
 *		unload NAME		if it is loaded
 *		write FILE TEXT		if there is such a file
 *		read FILE		if there is such a file
 *		is FILE TEXT		the file's first line
 *		run COMMAND ;		with arguments, up to a semicolon
 *		same			all is as it was after the first "prepare"
 *
 * "try" is done by a process of its own, until no allocation is left to fail; before each
 * time "prepare", after it "success" if it says that it succeeded all the same, and then
 * "settle". The steps of these three must succeed, and the kernel must not complain.
 *
 * SITES (of fault_sites.awk) are calls in the module pci_fixed_bars, which is loaded before
 * "try" or by it. It is done once with kcov to see which of them it reaches, and then again
 * for each of those, which fails; and so the second time that it comes by. Where a module
 * lies is known once it was loaded; where it is loaded next need not be the same, and so the
 * kernel's stack trace has to name the call that failed (fault-injection.rst of the kernel).
 *
 * One that has another way (kvmalloc()) fails together with the one after it.
 *
 * What failed is added to the file SEEN, and how many did is printed. All is in one program,
 * for in a kernel that finds faults a process is dear. Exit: 0 all well, 1 not, 2 usage,
 * 4 not possible here.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/kcov.h>

#include "snapshot.h"

#define EXIT_WRONG	1
#define EXIT_USAGE	2
#define EXIT_IMPOSSIBLE	4

#define ELEMENTS(a)	(sizeof(a) / sizeof((a)[0]))
#define SECTIONS	"/sys/module/pci_fixed_bars/sections/"
#define RECORD_MAX	8192
#define PLACES_MAX	512
#define SECTIONS_MAX	8
#define REACHED_MAX	(4UL << 20)
#define TIMES		2
#define TRIES		4

static struct snapshot before, now;
static char **prepare, **try, **success, **settle;
static FILE *seen;
static int kmsg, said, kcov = -1;
static unsigned int failures;

/* Of the module's code, and where it was when the module was there last. */
static struct section {
	char name[32];
	unsigned long address;
} sections[SECTIONS_MAX];

/* A call, as a stack trace names it. Addresses are within its section. */
static struct place {
	char name[80];
	const struct section *section;
	unsigned long address, block;
	bool other_way, reached;
} places[PLACES_MAX];

static unsigned int nr_sections, nr_places;
static const struct place *trying;
/* Whether the kernel said that it failed there, and whether "try" put the module elsewhere. */
static bool confirmed, moved;

static void die(int status, const char *what)
{
	fprintf(stderr, "fail_each: %s: %s\n", what, strerror(errno));
	exit(status);
}

/* --- steps ------------------------------------------------------------------- */

/* What commands say is only worth reading if all is not well. */
static void say_aside(void)
{
	if (dup2(said, STDOUT_FILENO) < 0 || dup2(said, STDERR_FILENO) < 0)
		_exit(EXIT_IMPOSSIBLE);
}

static void show_said(void)
{
	char text[4096];
	ssize_t len;

	lseek(said, 0, SEEK_SET);
	while ((len = read(said, text, sizeof(text))) > 0)
		fwrite(text, 1, (size_t)len, stdout);
}

static int step_load(char **arg)
{
	int fd = open(arg[0], O_RDONLY), ret;

	if (fd < 0)
		return errno;
	ret = syscall(SYS_finit_module, fd, arg[1], 0) ? errno : 0;
	close(fd);
	return ret;
}

static int step_unload(char **arg)
{
	return syscall(SYS_delete_module, arg[0], O_NONBLOCK) && errno != ENOENT ? errno : 0;
}

static int step_write(char **arg)
{
	int fd = open(arg[0], O_WRONLY), ret;

	if (fd < 0)
		return errno == ENOENT ? 0 : errno;
	ret = write(fd, arg[1], strlen(arg[1])) < 0 ? errno : 0;
	close(fd);
	return ret;
}

static int step_read(char **arg)
{
	char text[4096];
	ssize_t len;
	int fd = open(arg[0], O_RDONLY), ret;

	if (fd < 0)
		return errno == ENOENT ? 0 : errno;
	while ((len = read(fd, text, sizeof(text))) > 0)
		;
	ret = len < 0 ? errno : 0;
	close(fd);
	return ret;
}

static int step_is(char **arg)
{
	char text[256] = "";
	FILE *stream = fopen(arg[0], "r");

	if (stream && !fgets(text, sizeof(text), stream))
		text[0] = '\0';
	if (stream)
		fclose(stream);
	text[strcspn(text, "\n")] = '\0';
	if (!strcmp(text, arg[1]))
		return 0;
	printf("%s: expected '%s', found '%s'\n", arg[0], arg[1], text);
	return EINVAL;
}

static int step_same(char **arg)
{
	(void)arg;
	if (!snapshot_take(&now))
		return E2BIG;
	return snapshot_same(&before, &now) ? 0 : EINVAL;
}

static int run(char **command)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		say_aside();
		execvp(command[0], command);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return errno;
	return WIFEXITED(status) && !WEXITSTATUS(status) ? 0 : EINVAL;
}

static const struct {
	const char *name;
	int nr_args;
	int (*step)(char **arg);
} steps[] = {
	{ "load", 2, step_load }, { "unload", 1, step_unload }, { "write", 2, step_write },
	{ "read", 1, step_read }, { "is", 2, step_is }, { "same", 0, step_same },
};

/* "run" up to its semicolon. Returns what follows. */
static char **do_run(char **command, bool last, int *ret)
{
	char **end = command;

	while (*end && strcmp(*end, ";"))
		end++;
	if (!*end || end == command)
		die(EXIT_USAGE, "run wants a command and a semicolon");
	*end = NULL;
	if (last) {
		execvp(command[0], command);
		*ret = errno;
	} else {
		*ret = run(command);
	}
	*end = (char *)";";
	return end + 1;
}

/*
 * All up to the next word of "try", "success" and "settle". @last: in place of the process,
 * which tells nobody, as it may lack memory.
 */
static int do_steps(char **word, bool last)
{
	char **step;
	size_t i;
	int ret = 0, arg;

	while (word && *word && !ret && strcmp(*word, "try") && strcmp(*word, "success") &&
	       strcmp(*word, "settle")) {
		step = word++;
		if (!strcmp(*step, "run")) {
			word = do_run(word, last, &ret);
		} else {
			for (i = 0; i < ELEMENTS(steps) && strcmp(*step, steps[i].name); i++)
				;
			if (i == ELEMENTS(steps))
				die(EXIT_USAGE, *step);
			for (arg = 0; arg < steps[i].nr_args; arg++, word++)
				if (!*word)
					die(EXIT_USAGE, *step);
			ret = steps[i].step(step + 1);
		}
		if (ret && !last)
			printf("%s %s: %s\n", *step, step[1] ? step[1] : "", strerror(ret));
	}
	return ret;
}

/* --- one failure ------------------------------------------------------------- */

static bool put(const char *file, unsigned long value)
{
	char text[24];
	int fd = open(file, O_WRONLY);
	int len = snprintf(text, sizeof(text), "%lu", value);
	bool done = fd >= 0 && write(fd, text, (size_t)len) == len;

	if (fd >= 0)
		close(fd);
	return done;
}

static void set_all(const char *setting, unsigned long value)
{
	static const char * const injectors[] = { "failslab", "fail_page_alloc" };
	char name[64];
	size_t i;

	for (i = 0; i < ELEMENTS(injectors); i++) {
		snprintf(name, sizeof(name), "/sys/kernel/debug/%s/%s", injectors[i], setting);
		if (!put(name, value))
			die(EXIT_IMPOSSIBLE, name);
	}
}

/* Once the n-th has failed, @more others of a task that says so. */
static void set_more(unsigned int more)
{
	set_all("task-filter", 1);
	set_all("times", 1 + more);
	set_all("probability", more ? 100 : 0);
}

/* What it counts down to 0 outlives exec(), and is 0 from fork() on. */
static void become(unsigned int nth)
{
	say_aside();
	if (kcov >= 0 && ioctl(kcov, KCOV_ENABLE, KCOV_TRACE_PC))
		_exit(EXIT_IMPOSSIBLE);
	if (!put("/proc/self/make-it-fail", 1) || !put("/proc/self/fail-nth", nth))
		_exit(EXIT_IMPOSSIBLE);
	_exit(do_steps(try, true) ? EXIT_WRONG : 0);
}

/* Returns whether an allocation failed, and in @succeeded whether it succeeded all the same. */
static bool attempt(unsigned int nth, bool *succeeded)
{
	char name[64], left[32] = "";
	siginfo_t info;
	pid_t pid;
	int fd;

	if (ftruncate(said, 0) || lseek(said, 0, SEEK_SET))
		die(EXIT_IMPOSSIBLE, "what it says");
	pid = fork();
	if (pid < 0)
		die(EXIT_IMPOSSIBLE, "fork");
	if (!pid)
		become(nth);
	/* Of a process that has ended and is not waited for, /proc still tells. */
	if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT))
		die(EXIT_IMPOSSIBLE, "waitid");
	snprintf(name, sizeof(name), "/proc/%d/fail-nth", pid);
	fd = open(name, O_RDONLY);
	if (fd < 0 || read(fd, left, sizeof(left) - 1) <= 0)
		die(EXIT_IMPOSSIBLE, name);
	close(fd);
	waitpid(pid, NULL, 0);
	*succeeded = info.si_code == CLD_EXITED && !info.si_status;
	if (!atoi(left) || *succeeded)
		return !atoi(left);
	show_said();
	printf("none of %u allocations failed, and it did not succeed\n", nth);
	exit(EXIT_WRONG);
}

static bool is_complaint(const char *text)
{
	static const char * const bad[] = {
		"BUG", "KASAN", "UBSAN", "WARNING:", "Oops", "refcount_t:", "suspicious RCU",
		"possible circular", "possible recursive", "sleeping function",
	};
	size_t i;

	for (i = 0; i < ELEMENTS(bad); i++)
		if (strstr(text, bad[i]))
			return true;
	return false;
}

/* What the kernel said meanwhile: where an allocation failed, and complaints. */
static bool look_through(void)
{
	static char record[RECORD_MAX + 1];
	bool good = true;
	ssize_t len;
	char *text;

	while ((len = read(kmsg, record, RECORD_MAX)) > 0 || (len < 0 && errno == EPIPE)) {
		if (len < 0)
			continue;
		record[len] = '\0';
		text = strchr(record, ';');
		if (!text)
			continue;
		text++;
		text[strcspn(text, "\n")] = '\0';
		if (is_complaint(text)) {
			printf("the kernel: %s\n", text);
			good = false;
		}
		/* Lines of a trace: " FUNCTION+0xOFFSET/0xSIZE [MODULE]". */
		text += strspn(text, " ");
		text[strcspn(text, "/")] = '\0';
		if (trying && !strcmp(text, trying->name))
			confirmed = true;
	}
	return good;
}

/* Where the module's code is, if it is there: else nothing is known that was not before. */
static void find_sections(void)
{
	struct section *section;
	unsigned long address;
	char name[80];
	FILE *stream;

	for (section = sections; section < sections + nr_sections; section++) {
		snprintf(name, sizeof(name), SECTIONS "%.31s", section->name);
		stream = fopen(name, "r");
		if (!stream)
			continue;
		if (fscanf(stream, "%lx", &address) != 1 || !address)
			die(EXIT_IMPOSSIBLE, name);
		fclose(stream);
		moved = moved || section->address != address;
		section->address = address;
	}
}

/* What is to fail: by where a call returns to, which is then on the stack. */
static void look_at(const struct place *place)
{
	unsigned long address = place ? place->section->address + place->address : 0;

	set_all("require-start", address);
	set_all("require-end", address + 1);
}

static const char *whereabouts(void)
{
	return trying ? trying->name : "nothing is to fail";
}

/* Of the n-th, from "prepare" to "settle". Returns whether it failed. */
static bool fail_once(unsigned int nth)
{
	bool failed, succeeded, good;

	confirmed = false;
	if (do_steps(prepare, false)) {
		show_said();
		printf("before it failed a %u. time: %s\n", nth, whereabouts());
		exit(EXIT_WRONG);
	}
	if (!before.nr && !snapshot_take(&before))
		die(EXIT_IMPOSSIBLE, "the machine's state");
	find_sections();
	look_at(trying);
	moved = false;
	failed = attempt(nth, &succeeded);
	find_sections();
	good = look_through();
	if (!good || (succeeded && do_steps(success, false)) || do_steps(settle, false) ||
	    !look_through()) {
		show_said();
		printf("after it failed a %u. time: %s\n", nth, whereabouts());
		exit(EXIT_WRONG);
	}
	return failed;
}

/* --- one site after the other ------------------------------------------------ */

static const struct section *section_of(const char *name)
{
	struct section *section = sections;

	while (section < sections + nr_sections && strcmp(section->name, name))
		section++;
	if (section == sections + nr_sections) {
		if (nr_sections == SECTIONS_MAX)
			die(EXIT_IMPOSSIBLE, "too many sections");
		snprintf(section->name, sizeof(section->name), "%s", name);
		nr_sections++;
	}
	return section;
}

/* Lines of FUNCTION+0xOFFSET, what is called there, the section, and of it where the call
 * returns to and what kcov tells when it is reached.
 */
static void read_sites(const char *file)
{
	char line[256], called[80], section[32];
	FILE *stream = fopen(file, "r");
	struct place *place;

	if (!stream)
		die(EXIT_IMPOSSIBLE, file);
	while (fgets(line, sizeof(line), stream)) {
		if (nr_places == PLACES_MAX)
			die(EXIT_IMPOSSIBLE, "too many sites");
		place = &places[nr_places++];
		if (sscanf(line, "%79s %79s %31s %lx %lx", place->name, called, section,
			   &place->address, &place->block) != 5)
			die(EXIT_IMPOSSIBLE, line);
		place->section = section_of(section);
		place->other_way = !strncmp(called, "__kvmalloc", 10);
	}
	fclose(stream);
}

/* Which sites it comes by if nothing fails. */
static void find_reached(void)
{
	struct place *place;
	uint64_t *reached, i;

	kcov = open("/sys/kernel/debug/kcov", O_RDWR);
	if (kcov < 0 || ioctl(kcov, KCOV_INIT_TRACE, REACHED_MAX))
		die(EXIT_IMPOSSIBLE, "kcov");
	reached = mmap(NULL, REACHED_MAX * sizeof(*reached), PROT_READ | PROT_WRITE, MAP_SHARED,
		       kcov, 0);
	if (reached == MAP_FAILED)
		die(EXIT_IMPOSSIBLE, "kcov");
	if (fail_once(1) || reached[0] >= REACHED_MAX - 1)
		die(EXIT_IMPOSSIBLE, "what is reached");
	close(kcov);
	kcov = -1;
	for (place = places; place < places + nr_places; place++)
		for (i = 1; i <= reached[0] && !place->reached; i++)
			place->reached = reached[i] == place->section->address + place->block;
	munmap(reached, REACHED_MAX * sizeof(*reached));
}

/*
 * Returns whether it failed there. Below a call what finds faults may allocate for itself
 * (KASAN's stacks, __GFP_NOWARN): that it failed is not said, and it is the next one's turn.
 */
static bool fail_at(const struct place *place, unsigned int nth)
{
	unsigned int tries = 0;
	bool failed;

	trying = place;
	do {
		failed = fail_once(nth);
		nth += failed;
	} while ((failed ? !confirmed : moved) && ++tries < TRIES);
	trying = NULL;
	if (failed && !confirmed) {
		printf("an allocation failed, but not at %s\n", place->name);
		exit(EXIT_WRONG);
	}
	return failed;
}

static void fail_sites(void)
{
	struct place *place;
	unsigned int nth;

	/* With the stack trace. */
	set_all("verbose", 2);
	for (place = places; place < places + nr_places; place++) {
		if (!place->reached)
			continue;
		set_more(place->other_way);
		/* One that may not fail (__GFP_NOFAIL) does not. */
		for (nth = 1; nth <= TIMES && fail_at(place, nth); nth++) {
			failures++;
			if (nth == 1)
				fprintf(seen, "%s\n", place->name);
		}
	}
}

static char **find_word(char **word, const char *name)
{
	while (*word && strcmp(*word, name))
		word++;
	return *word ? word + 1 : NULL;
}

int main(int argc, char **argv)
{
	try = argc > 3 ? find_word(argv + 3, "try") : NULL;
	if (!try) {
		fprintf(stderr, "usage: fail_each SEEN SITES [prepare STEP...] try STEP... [success STEP...] [settle STEP...]\n");
		return EXIT_USAGE;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	prepare = find_word(argv + 3, "prepare");
	success = find_word(argv + 3, "success");
	settle = find_word(argv + 3, "settle");
	seen = fopen(argv[1], "a");
	said = open("/tmp", O_TMPFILE | O_RDWR | O_APPEND | O_CLOEXEC, 0600);
	kmsg = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (!seen || said < 0 || kmsg < 0 || lseek(kmsg, 0, SEEK_END) < 0)
		die(EXIT_IMPOSSIBLE, "/dev/kmsg");
	set_more(0);
	read_sites(argv[2]);
	find_reached();
	fail_sites();
	fclose(seen);
	printf("%u allocations failed, one at a time\n", failures);
	return 0;
}
