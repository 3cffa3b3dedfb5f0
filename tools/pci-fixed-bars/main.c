// SPDX-License-Identifier: GPL-2.0
/* pci-fixed-bars: finds the sub-command and hands over to it. */
#include <argp.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"

struct command {
	const char *name;
	const char *summary;
	int (*run)(int argc, char **argv);
};

static const struct command commands[] = {
#define PFB_COMMAND(ident, name, summary) { name, summary, pfb_cmd_##ident },
#include "commands.def"
#undef PFB_COMMAND
	{ 0 }
};

const char *argp_program_version = "pci-fixed-bars " PFB_VERSION;

/* argp frees what a help filter returns when it is not the text it was given. */
static char *list_commands(int key, const char *text, void *input)
{
	const struct command *cmd;
	char *help = NULL;
	size_t len = 0;
	FILE *f;

	(void)input;
	if (key != ARGP_KEY_HELP_POST_DOC)
		return (char *)text;

	f = open_memstream(&help, &len);
	if (!f)
		return (char *)text;
	fputs("Commands:\n", f);
	for (cmd = commands; cmd->name; cmd++)
		fprintf(f, "  %-10s %s\n", cmd->name, cmd->summary);
	fputs("\n'pci-fixed-bars COMMAND --help' tells more.\n\n"
	      "Exit status: 0 good, 1 a check failed, 2 wrong usage, 3 not possible here "
	      "(the reason is printed).", f);
	if (fclose(f)) {
		free(help);
		return (char *)text;
	}
	return help;
}

struct selection {
	const struct command *command;
	int first;		/* index in argv of the sub-command's name */
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct selection *sel = state->input;
	const struct command *cmd;

	switch (key) {
	case ARGP_KEY_ARG:
		for (cmd = commands; cmd->name; cmd++) {
			if (!strcmp(arg, cmd->name)) {
				sel->command = cmd;
				sel->first = state->next - 1;
				/* the rest belongs to the sub-command */
				state->next = state->argc;
				return 0;
			}
		}
		argp_error(state, "no command '%s'; '--help' lists them", arg);
		return EINVAL;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "no command given; '--help' lists them");
		return EINVAL;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.parser = parse,
	.args_doc = "COMMAND [OPTION...]",
	.doc = "Read, verify and use the addresses that a hypervisor or operator fixed for PCI BARs."
	       "\v",
	.help_filter = list_commands,
};

/**
 * main() - run one sub-command
 * @argc: number of words
 * @argv: the words
 *
 * Return: an enum pfb_exit.
 */
int main(int argc, char **argv)
{
	struct selection sel = { 0 };
	char *name;
	int ret;

	argp_err_exit_status = PFB_EXIT_USAGE;
	ret = argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &sel);
	if (ret || !sel.command)
		return PFB_EXIT_USAGE;

	if (asprintf(&name, "pci-fixed-bars %s", sel.command->name) < 0) {
		fprintf(stderr, "pci-fixed-bars: out of memory\n");
		return PFB_EXIT_IMPOSSIBLE;
	}
	argv[sel.first] = name;
	ret = sel.command->run(argc - sel.first, argv + sel.first);

	/* A report that did not reach its reader must not count as one. */
	if (fflush(stdout) || ferror(stdout)) {
		fprintf(stderr, "pci-fixed-bars: writing the output: %s\n", strerror(errno));
		if (ret == PFB_EXIT_GOOD)
			ret = PFB_EXIT_IMPOSSIBLE;
	}
	free(name);
	return ret;
}
