// SPDX-License-Identifier: GPL-2.0
/* pci-fixed-bars enforce: have the module move what is elsewhere to where it was declared. */
#include <argp.h>
#include <stdlib.h>
#include <unistd.h>

#include "command.h"
#include "lib/device.h"
#include "view.h"

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

static int print_report(const struct pfb_ioc_enforce *enforce, const char *who)
{
	const char *report = (const char *)(uintptr_t)enforce->report;

	fwrite(report, 1, enforce->size, stdout);
	if (fflush(stdout)) {
		pfb_complain(who, "cannot print what the module says: %s", strerror(errno));
		return PFB_EXIT_IMPOSSIBLE;
	}
	return PFB_EXIT_GOOD;
}

static int enforce(int fd, bool dry_run, char *room, const char *who)
{
	struct pfb_ioc_enforce enforce = {
		.report = (uintptr_t)room, .size = PFB_ENFORCE_REPORT_MAX,
		.flags = dry_run ? PFB_ENFORCE_DRY_RUN : 0,
	};
	struct pfb_error err = { "" };
	int ret, printed;

	ret = pfb_device_ask(fd, PFB_IOC_ENFORCE, &enforce, enforce.text, &err);
	/* What nobody refused was not tried: rights, policy, a module that does not know it. */
	if (ret == -EPERM || ret == -ENOTTY || (ret && !enforce.nr_refused)) {
		pfb_complain(who, "%s", err.text);
		return PFB_EXIT_IMPOSSIBLE;
	}
	printed = print_report(&enforce, who);
	if (printed != PFB_EXIT_GOOD)
		return printed;
	return ret ? PFB_EXIT_FAILED : PFB_EXIT_GOOD;
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
	struct pfb_error err = { "" };
	char *room;
	int fd, ret;

	if (argp_parse(&argp, argc, argv, 0, NULL, &args))
		return PFB_EXIT_USAGE;
	fd = pfb_device_open(&err);
	if (fd < 0) {
		pfb_complain(argv[0], "%s", err.text);
		return PFB_EXIT_IMPOSSIBLE;
	}
	room = malloc(PFB_ENFORCE_REPORT_MAX);
	if (room) {
		ret = enforce(fd, args.dry_run, room, argv[0]);
	} else {
		pfb_complain(argv[0], "out of memory");
		ret = PFB_EXIT_IMPOSSIBLE;
	}
	free(room);
	close(fd);
	return ret;
}
