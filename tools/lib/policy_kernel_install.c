// SPDX-License-Identifier: GPL-2.0
/*
 * kernel-install has no drop-ins: the whole command line is one file, which is the
 * administrator's. What it was is kept, so that it can be restored to the byte.
 */
#include "lib/policy_loaders.h"

#include <stdlib.h>

#define CMDLINE		"/etc/kernel/cmdline"
#define SAVED		"/var/lib/pci-fixed-bars/saved/kernel-cmdline"
#define KERNELS		"/lib/modules/"

static bool kernel_install_present(const char *root)
{
	static const char *const entries[] = {
		"/boot/loader/entries", "/boot/efi/loader/entries", "/efi/loader/entries",
	};
	size_t i;

	if (!pfb_policy_exists(root, "/usr/bin/kernel-install"))
		return false;
	for (i = 0; i < ARRAY_SIZE(entries); i++) {
		if (pfb_policy_exists(root, entries[i]))
			return true;
	}
	return false;
}

/* @words behind the first line that holds anything; the caller frees it. */
static char *with_words(const char *old, const char *words)
{
	size_t line = strcspn(old, "\n");
	char *text;

	if (asprintf(&text, "%.*s%s%s%s", (int)line, old, line && old[line - 1] != ' ' ? " " : "",
		     words, old + line) < 0)
		return NULL;
	return text;
}

static bool has_words(const char *text, const char *words)
{
	const char *at = text;
	size_t len = strlen(words);

	while ((at = strstr(at, words))) {
		if ((at == text || strchr(" \n", at[-1])) && strchr(" \n", at[len]))
			return true;
		at++;
	}
	return false;
}

static int kernel_install_install(struct pfb_policy_plan *plan, const char *words, bool dtb,
				  struct pfb_error *err)
{
	char *old, *text;
	size_t size;
	int ret;

	(void)dtb;
	ret = pfb_policy_read(plan->root, CMDLINE, PFB_POLICY_TEXT_MAX, (void **)&old, &size, err);
	if (ret == -ENOENT)
		return pfb_fail(err, -EOPNOTSUPP,
				"systemd-boot: there is no %s" CMDLINE ", so kernel-install takes the command line of the kernel that runs it: write the command line that is wanted (with root=) there first",
				plan->root);
	if (ret)
		return ret;
	if (strlen(old) != size || strchr(old, '#')) {
		free(old);
		return pfb_fail(err, -EOPNOTSUPP,
				"%s" CMDLINE ": expected one line of kernel parameters, without NUL or '#'",
				plan->root);
	}
	if (has_words(old, words)) {
		free(old);
		return 0;
	}
	text = with_words(old, words);
	if (!text) {
		free(old);
		return pfb_fail(err, -ENOMEM, "out of memory");
	}
	ret = pfb_policy_plan_write(plan, SAVED, old, size, err);
	if (!ret)
		ret = pfb_policy_plan_write(plan, CMDLINE, text, strlen(text), err);
	free(text);
	free(old);
	return ret;
}

/* The words out of a line that somebody changed meanwhile. */
static void cut_words(char *text, const char *words)
{
	char *at = text;
	size_t len = strlen(words);

	while ((at = strstr(at, words))) {
		if ((at == text || at[-1] == ' ') && strchr(" \n", at[len])) {
			char *from = at > text ? at - 1 : at;

			memmove(from, at + len, strlen(at + len) + 1);
			return;
		}
		at++;
	}
}

static int kernel_install_remove(struct pfb_policy_plan *plan, const char *words,
				 struct pfb_error *err)
{
	char *now = NULL, *saved, *ours = NULL;
	size_t size, saved_size;
	int ret;

	ret = pfb_policy_read(plan->root, SAVED, PFB_POLICY_TEXT_MAX, (void **)&saved, &saved_size,
			      err);
	if (ret)
		return ret == -ENOENT ? 0 : ret;
	ret = pfb_policy_read(plan->root, CMDLINE, PFB_POLICY_TEXT_MAX, (void **)&now, &size, err);
	if (ret == -ENOENT) {
		ret = 0;
	} else if (!ret) {
		ours = with_words(saved, words);
		if (!ours) {
			ret = pfb_fail(err, -ENOMEM, "out of memory");
		} else if (strcmp(now, ours)) {
			pfb_policy_plan_note(plan,
					     CMDLINE " was changed since: only '%s' is taken out of it",
					     words);
			cut_words(now, words);
			ret = pfb_policy_plan_write(plan, CMDLINE, now, strlen(now), err);
		} else {
			ret = pfb_policy_plan_write(plan, CMDLINE, saved, saved_size, err);
		}
	}
	if (!ret)
		ret = pfb_policy_plan_remove(plan, SAVED, err);
	free(ours);
	free(now);
	free(saved);
	return ret;
}

static void kernel_install_refresh(struct pfb_policy_plan *plan)
{
	size_t nr, i;
	char **list = pfb_policy_list(plan->root, KERNELS "*", &nr);

	for (i = 0; i < nr; i++) {
		const char *version = list[i] + strlen(KERNELS);
		char image[PFB_POLICY_PATH_MAX];

		snprintf(image, sizeof(image), "/boot/vmlinuz-%s", version);
		if (pfb_policy_exists(plan->root, image))
			pfb_policy_plan_command(plan, "kernel-install add %s %s", version, image);
	}
	pfb_policy_list_free(list, nr);
}

const struct pfb_policy_loader pfb_policy_kernel_install = {
	.name = "systemd-boot",
	.present = kernel_install_present,
	.file = SAVED,
	.install = kernel_install_install,
	.remove = kernel_install_remove,
	.refresh = kernel_install_refresh,
};
