// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>

#include "lib/file.h"
#include "lib/kernel_config.h"

#define CONFIG_SIZE_MAX		(4U << 20)
#define KALLSYMS_SIZE_MAX	(128U << 20)

void pfb_kernel_config_read(struct pfb_kernel_config *config, const struct pfb_guest *guest)
{
	static const char *const places[] = {
		"/boot/config-%s", "/lib/modules/%s/config", "/lib/modules/%s/build/.config",
	};
	char *path, *below;
	void *text;
	size_t size, i;

	memset(config, 0, sizeof(*config));
	config->guest = guest;
	for (i = 0; i < ARRAY_SIZE(places) && guest->release[0] && !config->text; i++) {
		char place[160];

		snprintf(place, sizeof(place), "%.*s%s%s", (int)strcspn(places[i], "%"), places[i],
			 guest->release, strchr(places[i], '%') + 2);
		path = pfb_guest_path(guest, "%s", place);
		if (path && !pfb_file_read(path, CONFIG_SIZE_MAX, &text, &size, NULL)) {
			config->text = text;
			below = path + strlen(guest->sysroot);
			snprintf(config->path, sizeof(config->path), "%s", below);
		}
		free(path);
	}
}

static enum pfb_kernel_option in_text(const char *text, const char *option)
{
	size_t len = strlen(option);
	const char *line;

	for (line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (!strncmp(line, "CONFIG_", 7) && !strncmp(line + 7, option, len) &&
		    line[7 + len] == '=')
			return line[8 + len] == 'y' || line[8 + len] == 'm' ?
			       PFB_KERNEL_OPTION_ON : PFB_KERNEL_OPTION_OFF;
	}
	/* what is not set, or whose conditions are not met, is not there */
	return PFB_KERNEL_OPTION_OFF;
}

static enum pfb_kernel_option in_symbols(const struct pfb_guest *guest, const char *symbol)
{
	char *path = pfb_guest_path(guest, "/proc/kallsyms");
	enum pfb_kernel_option found = PFB_KERNEL_OPTION_UNKNOWN;
	size_t size, len = strlen(symbol);
	const char *at;
	void *text;

	if (path && !pfb_file_read(path, KALLSYMS_SIZE_MAX, &text, &size, NULL)) {
		/* an empty one is no kernel's: it has no symbols to show */
		if (size)
			found = PFB_KERNEL_OPTION_OFF;
		for (at = text; (at = strstr(at, symbol)); at += len) {
			if (at == text || at[-1] != ' ' || (at[len] != '\n' && at[len]))
				continue;
			found = PFB_KERNEL_OPTION_ON;
			break;
		}
		free(text);
	}
	free(path);
	return found;
}

enum pfb_kernel_option pfb_kernel_config_get(const struct pfb_kernel_config *config,
					     const char *option, const char *symbol)
{
	if (config->text)
		return in_text(config->text, option);
	return symbol ? in_symbols(config->guest, symbol) : PFB_KERNEL_OPTION_UNKNOWN;
}

void pfb_kernel_config_free(struct pfb_kernel_config *config)
{
	free(config->text);
	memset(config, 0, sizeof(*config));
}
