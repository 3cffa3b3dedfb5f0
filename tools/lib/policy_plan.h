/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a boot policy is about to do, before any of it is done: files that are
 * written or removed, commands that make them count, and what a person must know.
 */
#ifndef PFB_LIB_POLICY_PLAN_H
#define PFB_LIB_POLICY_PLAN_H

#include "lib/policy_root.h"

#define PFB_POLICY_FILES_MAX	16
#define PFB_POLICY_COMMANDS_MAX	32
#define PFB_POLICY_NOTES_MAX	32
#define PFB_POLICY_TEXT		512

/* The first line of each file that is ours as a whole; without it, it is not touched. */
#define PFB_POLICY_MARK		"# Written by 'pci-fixed-bars policy install'; 'pci-fixed-bars policy remove' removes it.\n"

/**
 * struct pfb_policy_file - what a file shall be
 * @path: absolute path in the system
 * @data: its content, NULL to remove it
 * @size: bytes in @data
 * @changes: it is something else now; set by pfb_policy_plan_compare()
 * @old: what it was, NULL when it was not there
 * @old_size: bytes in @old
 */
struct pfb_policy_file {
	char path[256];
	u8 *data;
	size_t size;
	bool changes;
	u8 *old;
	size_t old_size;
};

/**
 * struct pfb_policy_plan - all of it
 * @root: the system's folder, "" for this one
 * @files: files, in the order that they are written
 * @nr_files: used entries of @files
 * @commands: commands, each a line of words without quotes
 * @nr_commands: used entries of @commands
 * @notes: what a person must know: what is not possible, and what to do instead
 * @nr_notes: used entries of @notes
 */
struct pfb_policy_plan {
	const char *root;
	struct pfb_policy_file files[PFB_POLICY_FILES_MAX];
	u32 nr_files;
	char commands[PFB_POLICY_COMMANDS_MAX][PFB_POLICY_TEXT];
	u32 nr_commands;
	char notes[PFB_POLICY_NOTES_MAX][PFB_POLICY_TEXT];
	u32 nr_notes;
};

/**
 * pfb_policy_plan_write() - a file shall have this content
 * @plan: the plan
 * @path: absolute path in the system
 * @data: the content, copied
 * @size: bytes in @data
 * @err: receives what went wrong
 *
 * Return: 0, -ENOMEM or -E2BIG.
 */
int pfb_policy_plan_write(struct pfb_policy_plan *plan, const char *path, const void *data,
			  size_t size, struct pfb_error *err);

/**
 * pfb_policy_plan_remove() - a file shall not be there
 * @plan: the plan
 * @path: absolute path in the system
 * @err: receives what went wrong
 *
 * Return: 0, -ENOMEM or -E2BIG.
 */
int pfb_policy_plan_remove(struct pfb_policy_plan *plan, const char *path, struct pfb_error *err);

/**
 * pfb_policy_plan_command() - a command shall run once the files are there
 * @plan: the plan
 * @fmt: printf format of its words
 */
void pfb_policy_plan_command(struct pfb_policy_plan *plan, const char *fmt, ...) __printf(2, 3);

/**
 * pfb_policy_plan_note() - something that a person must know
 * @plan: the plan
 * @fmt: printf format
 */
void pfb_policy_plan_note(struct pfb_policy_plan *plan, const char *fmt, ...) __printf(2, 3);

/**
 * pfb_policy_plan_compare() - find which files are something else now
 * @plan: the plan
 * @from: compare the files from this index on
 * @err: receives what is wrong
 *
 * A file that is to be removed or written over must be ours: begin with
 * %PFB_POLICY_MARK, or be below /var/lib/pci-fixed-bars or /boot/pci-fixed-bars, or
 * be one that the plan restores (/etc/kernel/cmdline).
 *
 * Return: number of files that change, -EEXIST for a file that is somebody
 * else's, or what reading said.
 */
int pfb_policy_plan_compare(struct pfb_policy_plan *plan, u32 from, struct pfb_error *err);

/**
 * pfb_policy_plan_apply() - write and remove the files
 * @plan: the plan, compared
 * @err: receives what failed
 *
 * Each file is written to the disk and then renamed. When one fails, those
 * before it are as they were.
 *
 * Return: 0, or what failed.
 */
int pfb_policy_plan_apply(struct pfb_policy_plan *plan, struct pfb_error *err);

/**
 * pfb_policy_plan_undo() - make all files as they were
 * @plan: the plan, applied
 *
 * Return: 0, or a negative errno when a file could not be restored.
 */
int pfb_policy_plan_undo(struct pfb_policy_plan *plan);

/**
 * pfb_policy_plan_run() - run the commands on this system
 * @plan: the plan
 * @err: receives which command failed, and how
 *
 * Return: 0, or -ECHILD.
 */
int pfb_policy_plan_run(struct pfb_policy_plan *plan, struct pfb_error *err);

/**
 * pfb_policy_plan_free() - give back what the plan took
 * @plan: the plan; may be all zero
 */
void pfb_policy_plan_free(struct pfb_policy_plan *plan);

#endif /* PFB_LIB_POLICY_PLAN_H */
