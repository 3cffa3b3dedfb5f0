// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>

#include "lib/cpuinfo.h"
#include "lib/file.h"

#define CPUINFO_SIZE_MAX	(64U << 20)

char *pfb_cpuinfo_read(const struct pfb_guest *guest)
{
	char *path = pfb_guest_path(guest, "/proc/cpuinfo");
	void *text = NULL;
	size_t size;

	if (path && pfb_file_read(path, CPUINFO_SIZE_MAX, &text, &size, NULL))
		text = NULL;
	free(path);
	return text;
}

bool pfb_cpuinfo_find(const char *cpuinfo, const char *key, char *buf, size_t size)
{
	size_t len = strlen(key);
	const char *line, *value;

	buf[0] = '\0';
	for (line = cpuinfo; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, key, len))
			continue;
		value = line + len + strspn(line + len, "\t ");
		if (*value != ':')
			continue;
		value += 1 + strspn(value + 1, " ");
		snprintf(buf, size, "%.*s", (int)strcspn(value, "\r\n"), value);
		return true;
	}
	return false;
}

bool pfb_cpuinfo_fact(const struct pfb_guest *guest, const char *key, char *buf, size_t size)
{
	char *cpuinfo = pfb_cpuinfo_read(guest);
	bool found = pfb_cpuinfo_find(cpuinfo, key, buf, size);

	free(cpuinfo);
	return found;
}
