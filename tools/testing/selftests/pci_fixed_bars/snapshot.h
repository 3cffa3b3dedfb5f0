/* SPDX-License-Identifier: GPL-2.0 */
/* What the module could change of the machine: addresses, config space, drivers; taken and compared. */
#ifndef SNAPSHOT_H
#define SNAPSHOT_H

#include <fcntl.h>
#include <glob.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SNAPSHOT_BYTES	(512 * 1024)
#define SNAPSHOT_PARTS	512

/* One file after the other, or what a link leads to. */
struct snapshot {
	size_t size, nr;
	struct {
		char name[96];
		size_t at, size;
	} parts[SNAPSHOT_PARTS];
	char data[SNAPSHOT_BYTES];
};

static inline bool snapshot_part(struct snapshot *snap, const char *name, bool link)
{
	size_t room = SNAPSHOT_BYTES - snap->size, size = 0;
	char *to = snap->data + snap->size;
	ssize_t len = 0;
	int fd;

	if (snap->nr == SNAPSHOT_PARTS)
		return false;
	if (link) {
		len = readlink(name, to, room);
		size = len > 0 ? (size_t)len : 0;
	} else {
		fd = open(name, O_RDONLY);
		if (fd < 0)
			return false;
		while ((len = read(fd, to + size, room - size)) > 0)
			size += (size_t)len;
		close(fd);
	}
	snprintf(snap->parts[snap->nr].name, sizeof(snap->parts[0].name), "%s", name);
	snap->parts[snap->nr].at = snap->size;
	snap->parts[snap->nr++].size = size;
	snap->size += size;
	return len >= 0 && size < room;
}

/* Returns whether all of it was read. */
static inline bool snapshot_take(struct snapshot *snap)
{
	static const char * const files[] = { "resource", "config", "driver" };
	char pattern[64];
	glob_t found;
	size_t i, j;
	bool all;

	snap->size = 0;
	snap->nr = 0;
	all = snapshot_part(snap, "/proc/iomem", false);
	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(pattern, sizeof(pattern), "/sys/bus/pci/devices/*/%s", files[i]);
		if (glob(pattern, 0, NULL, &found))
			continue;
		for (j = 0; j < found.gl_pathc; j++)
			all &= snapshot_part(snap, found.gl_pathv[j], !strcmp(files[i], "driver"));
		globfree(&found);
	}
	return all;
}

/* Returns whether they are the same, or says what the first difference is. */
static inline bool snapshot_same(const struct snapshot *before, const struct snapshot *after)
{
	size_t i, at;

	for (i = 0; i < before->nr && i < after->nr; i++) {
		const char *a = before->data + before->parts[i].at;
		const char *b = after->data + after->parts[i].at;
		size_t size = before->parts[i].size;

		if (!strcmp(before->parts[i].name, after->parts[i].name) &&
		    size == after->parts[i].size && !memcmp(a, b, size))
			continue;
		for (at = 0; at < size && at < after->parts[i].size && a[at] == b[at]; at++)
			;
		printf("%s (%zu bytes) is not %s (%zu bytes) any more, from byte 0x%zx on\n",
		       before->parts[i].name, size, after->parts[i].name, after->parts[i].size,
		       at);
		return false;
	}
	if (before->nr != after->nr)
		printf("there are %zu files of PCI functions, not %zu\n", after->nr, before->nr);
	return before->nr == after->nr;
}

#endif
