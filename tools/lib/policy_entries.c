// SPDX-License-Identifier: GPL-2.0
/* Boot entries as boot loaders read them: a line each that holds the command line. */
#include "lib/policy_loaders.h"

#include <stdlib.h>

const struct pfb_policy_loader *const pfb_policy_loaders[PFB_POLICY_NR_LOADERS] = {
	&pfb_policy_grub,
	&pfb_policy_kernel_install,
	&pfb_policy_extlinux,
};

/*
 * The word that a line begins with, and how many words follow it before the
 * command line does: in grub.cfg, the kernel's file.
 */
static const struct source {
	const char *pattern;
	const char *word;
	unsigned int skip;
} sources[] = {
	{ "/boot/grub/grub.cfg", "linux", 1 },
	{ "/boot/loader/entries/*.conf", "options", 0 },
	{ "/boot/efi/loader/entries/*.conf", "options", 0 },
	{ "/efi/loader/entries/*.conf", "options", 0 },
	{ "/boot/extlinux/extlinux.conf", "append", 0 },
};

static void read_lines(const struct source *source, char *text, const char *file,
		       pfb_policy_entry_fn entry, void *ctx)
{
	char *save = NULL, *line;
	unsigned int i;

	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		size_t len = strlen(source->word);

		line += strspn(line, " \t");
		if (strncmp(line, source->word, len) || !strchr(" \t", line[len]))
			continue;
		line += len;
		for (i = 0; i < source->skip; i++) {
			line += strspn(line, " \t");
			line += strcspn(line, " \t");
		}
		entry(ctx, file, line + strspn(line, " \t"));
	}
}

void pfb_policy_entries(const char *root, pfb_policy_entry_fn entry, void *ctx)
{
	size_t i, j, nr, size;
	void *text;

	for (i = 0; i < ARRAY_SIZE(sources); i++) {
		char **list = pfb_policy_list(root, sources[i].pattern, &nr);

		for (j = 0; j < nr; j++) {
			if (pfb_policy_read(root, list[j], PFB_POLICY_TEXT_MAX, &text, &size, NULL))
				continue;
			read_lines(&sources[i], text, list[j], entry, ctx);
			free(text);
		}
		pfb_policy_list_free(list, nr);
	}
}
