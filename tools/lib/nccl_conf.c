// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>

#include "lib/file.h"
#include "lib/nccl_conf.h"

#define CONF_SIZE_MAX	65536

bool pfb_nccl_conf_get(const struct pfb_guest *guest, const char *name, char *buf, size_t size)
{
	char *path = pfb_guest_path(guest, PFB_NCCL_CONF);
	size_t bytes, len = strlen(name);
	bool found = false;
	const char *line;
	void *text;

	buf[0] = '\0';
	if (path && !pfb_file_read(path, CONF_SIZE_MAX, &text, &bytes, NULL)) {
		for (line = text; line && !found; line = strchr(line, '\n')) {
			line += *line == '\n';
			if (strncmp(line, name, len) || line[len] != '=')
				continue;
			line += len + 1;
			snprintf(buf, size, "%.*s", (int)strcspn(line, "\r\n"), line);
			found = true;
		}
		free(text);
	}
	free(path);
	return found;
}
