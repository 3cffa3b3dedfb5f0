// SPDX-License-Identifier: GPL-2.0
/* pci-fixed-bars enforce: have the module move what is elsewhere to where it was declared. */
#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "view.h"

#define ENFORCE	"/sys/kernel/pci_fixed_bars/enforce"

struct args {
	bool dry_run;
};

static const struct argp_option options[] = {
	{ "dry-run", 'n', NULL, 0, "Print what would move, and touch nothing", 0 },
	{ 0 }
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *args = state->input;

	(void)arg;
	switch (key) {
	case 'n':
		args->dry_run = true;
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "it takes no arguments: what is declared says what moves");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.doc = "Have the module move every declared BAR that is elsewhere to its address, with the "
	       "bridge windows above it and whatever is in its way, all or nothing for each root "
	       "port. Drivers of functions that move are released and attached again; all others "
	       "go on. Prints what moved, and why what was refused was."
	       "\vExit status: 0 all that was declared is where it must be, or has a plan with "
	       "--dry-run; 1 something was refused, and stays where it is; 3 it cannot be done "
	       "here (the reason is printed).",
};

/* Return: 0, what the module refused with, or -ENOENT, -EACCES, -EPERM. */
static int ask(bool dry_run)
{
	const char *word = dry_run ? "dry-run" : "1";
	int fd, ret = 0;

	fd = open(ENFORCE, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (write(fd, word, strlen(word)) < 0)
		ret = -errno;
	close(fd);
	return ret;
}

static int print_report(const char *who)
{
	char buf[4096];
	ssize_t n;
	int fd;

	fd = open(ENFORCE, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		pfb_complain(who, "cannot read " ENFORCE ": %s", strerror(errno));
		return PFB_EXIT_IMPOSSIBLE;
	}
	while ((n = read(fd, buf, sizeof(buf))) > 0)
		fwrite(buf, 1, (size_t)n, stdout);
	close(fd);
	if (n < 0 || fflush(stdout)) {
		pfb_complain(who, "cannot print what the module says: %s", strerror(errno));
		return PFB_EXIT_IMPOSSIBLE;
	}
	return PFB_EXIT_GOOD;
}

/**
 * pfb_cmd_enforce() - pci-fixed-bars enforce
 * @argc: number of words
 * @argv: the words
 *
 * Return: an enum pfb_exit.
 */
int pfb_cmd_enforce(int argc, char **argv)
{
	struct args args = { 0 };
	int ret, printed;

	if (argp_parse(&argp, argc, argv, 0, NULL, &args))
		return PFB_EXIT_USAGE;
	ret = ask(args.dry_run);
	switch (ret) {
	case -ENOENT:
		pfb_complain(argv[0], "the module is not loaded, and only it can move BARs: modprobe pci_fixed_bars");
		return PFB_EXIT_IMPOSSIBLE;
	case -EACCES:
		pfb_complain(argv[0], "only root may move BARs");
		return PFB_EXIT_IMPOSSIBLE;
	case -EPERM:
		pfb_complain(argv[0], "the module was loaded with policy=observe, which touches nothing: load it with policy=preserve or policy=enforce");
		return PFB_EXIT_IMPOSSIBLE;
	}
	printed = print_report(argv[0]);
	if (printed != PFB_EXIT_GOOD)
		return printed;
	return ret ? PFB_EXIT_FAILED : PFB_EXIT_GOOD;
}
