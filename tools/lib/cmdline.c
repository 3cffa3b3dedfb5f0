// SPDX-License-Identifier: GPL-2.0
#include "lib/cmdline.h"

bool pfb_cmdline_has(const char *cmdline, const char *param, const char *word)
{
	size_t name = strlen(param), len = strlen(word);
	const char *at = cmdline;

	while ((at = strstr(at, param))) {
		bool begins = at == cmdline || at[-1] == ' ';

		at += name;
		if (!begins || *at != '=')
			continue;
		at++;
		while (*at && *at != ' ') {
			size_t part = strcspn(at, ", ");

			if (part == len && !memcmp(at, word, len))
				return true;
			at += part;
			at += *at == ',';
		}
	}
	return false;
}
