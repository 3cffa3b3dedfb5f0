// SPDX-License-Identifier: GPL-2.0
#include "lib/policy_plan.h"

#include <spawn.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/file.h"

#define FILE_MAX_SIZE	(16U << 20)
#define WORDS_MAX	16

extern char **environ;

static int add_file(struct pfb_policy_plan *plan, const char *path, const void *data,
		    size_t size, struct pfb_error *err)
{
	struct pfb_policy_file *file = &plan->files[plan->nr_files];

	if (plan->nr_files == PFB_POLICY_FILES_MAX || strlen(path) >= sizeof(file->path))
		return pfb_fail(err, -E2BIG, "%s: more files than a policy has", path);
	memset(file, 0, sizeof(*file));
	if (data) {
		file->data = malloc(size + 1);
		if (!file->data)
			return pfb_fail(err, -ENOMEM, "out of memory");
		memcpy(file->data, data, size);
		file->size = size;
	}
	strcpy(file->path, path);
	plan->nr_files++;
	return 0;
}

int pfb_policy_plan_write(struct pfb_policy_plan *plan, const char *path, const void *data,
			  size_t size, struct pfb_error *err)
{
	return add_file(plan, path, data, size, err);
}

int pfb_policy_plan_remove(struct pfb_policy_plan *plan, const char *path, struct pfb_error *err)
{
	return add_file(plan, path, NULL, 0, err);
}

/* A text that is there already is not said twice. */
static void add_text(char (*list)[PFB_POLICY_TEXT], u32 *nr, u32 max, const char *fmt,
		     va_list args)
{
	u32 i;

	if (*nr == max)
		return;
	vsnprintf(list[*nr], PFB_POLICY_TEXT, fmt, args);
	for (i = 0; i < *nr && strcmp(list[i], list[*nr]); i++)
		;
	if (i == *nr)
		(*nr)++;
}

void pfb_policy_plan_command(struct pfb_policy_plan *plan, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	add_text(plan->commands, &plan->nr_commands, PFB_POLICY_COMMANDS_MAX, fmt, args);
	va_end(args);
}

void pfb_policy_plan_note(struct pfb_policy_plan *plan, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	add_text(plan->notes, &plan->nr_notes, PFB_POLICY_NOTES_MAX, fmt, args);
	va_end(args);
}

static bool begins(const char *text, const char *with)
{
	return !strncmp(text, with, strlen(with));
}

static bool is_ours(const struct pfb_policy_file *file)
{
	return begins(file->path, "/var/lib/pci-fixed-bars/") ||
	       begins(file->path, "/boot/pci-fixed-bars") ||
	       !strcmp(file->path, "/etc/kernel/cmdline") ||
	       (file->old_size >= strlen(PFB_POLICY_MARK) &&
		!memcmp(file->old, PFB_POLICY_MARK, strlen(PFB_POLICY_MARK)));
}

int pfb_policy_plan_compare(struct pfb_policy_plan *plan, u32 from, struct pfb_error *err)
{
	int changes = 0, ret;
	void *old;
	u32 i;

	for (i = from; i < plan->nr_files; i++) {
		struct pfb_policy_file *file = &plan->files[i];

		free(file->old);
		file->old = NULL;
		file->changes = false;
		ret = pfb_policy_read(plan->root, file->path, FILE_MAX_SIZE, &old, &file->old_size,
				      err);
		if (ret && ret != -ENOENT)
			return ret;
		if (ret) {
			file->changes = file->data;
		} else {
			file->old = old;
			file->changes = !file->data || file->size != file->old_size ||
					memcmp(file->data, file->old, file->size);
			if (file->changes && !is_ours(file))
				return pfb_fail(err, -EEXIST,
						"%s%s is not one that this command wrote: not touched; move it away",
						plan->root, file->path);
		}
		changes += file->changes;
	}
	return changes;
}

/* Folders of ours may be missing; those of others must not be, and are not made. */
static int make_folders(const char *root, const char *path, struct pfb_error *err)
{
	static const char *const ours[] = {
		"/var/lib/pci-fixed-bars", "/var/lib/pci-fixed-bars/saved",
		"/var/lib/pci-fixed-bars/acpi", "/etc/default/grub.d",
		"/etc/u-boot-menu", "/etc/u-boot-menu/conf.d", "/etc/dracut.conf.d",
	};
	char full[PFB_POLICY_PATH_MAX];
	size_t i;
	int ret;

	for (i = 0; i < ARRAY_SIZE(ours); i++) {
		if (!begins(path, ours[i]) || path[strlen(ours[i])] != '/')
			continue;
		ret = pfb_policy_path(root, ours[i], full, err);
		if (ret)
			return ret;
		if (mkdir(full, 0755) && errno != EEXIST)
			return pfb_fail(err, -errno, "%s: %s", full, strerror(errno));
	}
	return 0;
}

static int put(const char *root, const char *path, const void *data, size_t size,
	       struct pfb_error *err)
{
	char full[PFB_POLICY_PATH_MAX];
	int ret;

	ret = data ? make_folders(root, path, err) : 0;
	if (!ret)
		ret = pfb_policy_path(root, path, full, err);
	if (ret)
		return ret;
	if (data)
		return pfb_file_write(full, data, size, err);
	if (unlink(full) && errno != ENOENT)
		return pfb_fail(err, -errno, "%s: %s", full, strerror(errno));
	return 0;
}

static int restore(struct pfb_policy_plan *plan, u32 nr)
{
	int failed = 0, ret;

	while (nr--) {
		struct pfb_policy_file *file = &plan->files[nr];

		if (!file->changes)
			continue;
		ret = put(plan->root, file->path, file->old, file->old_size, NULL);
		failed = failed ? failed : ret;
	}
	return failed;
}

/* An empty folder of ours is a trace, too; one of others is left. */
static void remove_folders(const char *root)
{
	static const char *const folders[] = {
		"/var/lib/pci-fixed-bars/saved", "/var/lib/pci-fixed-bars/acpi",
		"/var/lib/pci-fixed-bars",
	};
	char full[PFB_POLICY_PATH_MAX];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(folders); i++) {
		if (!pfb_policy_path(root, folders[i], full, NULL))
			rmdir(full);
	}
}

int pfb_policy_plan_apply(struct pfb_policy_plan *plan, struct pfb_error *err)
{
	u32 i;
	int ret;

	for (i = 0; i < plan->nr_files; i++) {
		struct pfb_policy_file *file = &plan->files[i];

		if (!file->changes)
			continue;
		ret = put(plan->root, file->path, file->data, file->size, err);
		if (ret) {
			restore(plan, i);
			remove_folders(plan->root);
			return ret;
		}
	}
	remove_folders(plan->root);
	return 0;
}

int pfb_policy_plan_undo(struct pfb_policy_plan *plan)
{
	int ret = restore(plan, plan->nr_files);

	remove_folders(plan->root);
	return ret;
}

static int run(const char *command, struct pfb_error *err)
{
	char words[PFB_POLICY_TEXT], *argv[WORDS_MAX + 1] = { NULL }, *save = NULL;
	int nr = 0, status, ret;
	pid_t pid;

	snprintf(words, sizeof(words), "%s", command);
	while (nr < WORDS_MAX && (argv[nr] = strtok_r(nr ? NULL : words, " ", &save)))
		nr++;
	if (!nr)
		return pfb_fail(err, -EINVAL, "there is no command in '%s'", command);
	fflush(stdout);
	ret = posix_spawnp(&pid, argv[0], NULL, NULL, argv, environ);
	if (ret)
		return pfb_fail(err, -ECHILD, "'%s' cannot be started: %s", command, strerror(ret));
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return pfb_fail(err, -ECHILD, "'%s': %s", command, strerror(errno));
	}
	if (WIFEXITED(status) && !WEXITSTATUS(status))
		return 0;
	return pfb_fail(err, -ECHILD, "'%s' failed (%s %d); what it printed says why", command,
			WIFEXITED(status) ? "exit status" : "signal",
			WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
}

int pfb_policy_plan_run(struct pfb_policy_plan *plan, struct pfb_error *err)
{
	int ret = 0;
	u32 i;

	for (i = 0; i < plan->nr_commands && !ret; i++)
		ret = run(plan->commands[i], err);
	return ret;
}

void pfb_policy_plan_free(struct pfb_policy_plan *plan)
{
	u32 i;

	for (i = 0; i < plan->nr_files; i++) {
		free(plan->files[i].data);
		free(plan->files[i].old);
	}
	plan->nr_files = 0;
}
