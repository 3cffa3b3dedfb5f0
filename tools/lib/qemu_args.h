/* SPDX-License-Identifier: GPL-2.0 */
/*
 * QEMU's command line as text: as it stands in a shell script (quotes, lines
 * that go on behind a backslash), as arguments one a line, or as
 * /proc/PID/cmdline has it, with a NUL behind each.
 */
#ifndef PFB_LIB_QEMU_ARGS_H
#define PFB_LIB_QEMU_ARGS_H

#include "lib/vm_config.h"

/**
 * pfb_qemu_args_parse() - read a command line
 * @config: receives it, all zero before; pfb_vm_config_free() it, after an error too
 * @text: the text
 * @len: bytes in @text
 * @err: receives what is wrong, with its line or argument
 *
 * Nothing is expanded: what stands for a variable in a shell stays as it is, and
 * is noted as an option "unread" with the properties "value" and "why"; so
 * are options that name a file with more options. In a text of several
 * commands, QEMU's is read.
 *
 * Return: 0, -EINVAL for what is no command line of QEMU, -E2BIG, -ENOMEM.
 */
int pfb_qemu_args_parse(struct pfb_vm_config *config, const char *text, size_t len,
			struct pfb_error *err);

/**
 * pfb_qemu_args_option() - take one option of a command line
 * @config: the configuration; receives it
 * @name: the option with its dash
 * @value: the word that follows, or NULL
 * @argument: its place among the arguments, or 0
 * @line: its line, or 0
 * @takes: receives whether @value belongs to it
 * @err: receives what is wrong
 *
 * Return: 0, -EINVAL, -E2BIG or -ENOMEM.
 */
int pfb_qemu_args_option(struct pfb_vm_config *config, const char *name, const char *value,
			 u32 argument, u32 line, bool *takes, struct pfb_error *err);

#endif /* PFB_LIB_QEMU_ARGS_H */
