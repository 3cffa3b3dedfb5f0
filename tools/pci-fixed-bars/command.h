/* SPDX-License-Identifier: GPL-2.0 */
/* What main.c and the cmd_*.c files agree on. */
#ifndef PFB_COMMAND_H
#define PFB_COMMAND_H

/**
 * enum pfb_exit - exit codes of every sub-command
 * @PFB_EXIT_GOOD: done, and every check passed
 * @PFB_EXIT_FAILED: a check failed
 * @PFB_EXIT_USAGE: the command line is wrong
 * @PFB_EXIT_IMPOSSIBLE: it cannot be done or known here; the reason was printed
 */
enum pfb_exit {
	PFB_EXIT_GOOD = 0,
	PFB_EXIT_FAILED = 1,
	PFB_EXIT_USAGE = 2,
	PFB_EXIT_IMPOSSIBLE = 3,
};

/*
 * A sub-command gets its own words: argv[0] is "pci-fixed-bars NAME", which is
 * what argp shows in its usage. It returns an enum pfb_exit.
 */
#define PFB_COMMAND(ident, name, summary) \
	int pfb_cmd_##ident(int argc, char **argv);
#include "commands.def"
#undef PFB_COMMAND

#endif /* PFB_COMMAND_H */
