// SPDX-License-Identifier: GPL-2.0
#include "lib/cpio.h"

#include <stdlib.h>
#include <sys/stat.h>

#define MAGIC		"070701"
#define HEADER		110
#define FIELD(nr)	(6 + 8 * (nr))	/* in a header: 13 fields of 8 hex digits */
#define FIELD_FILESIZE	6
#define FIELD_NAMESIZE	11
#define NAME_MAX_SIZE	4096

static void put(struct pfb_cpio *cpio, const void *data, size_t size, size_t align)
{
	size_t end = (cpio->size + size + align - 1) / align * align;
	u8 *bigger;

	if (cpio->failed)
		return;
	bigger = realloc(cpio->data, end);
	if (!bigger) {
		cpio->failed = true;
		return;
	}
	cpio->data = bigger;
	if (size)
		memcpy(bigger + cpio->size, data, size);
	memset(bigger + cpio->size + size, 0, end - cpio->size - size);
	cpio->size = end;
}

static void put_entry(struct pfb_cpio *cpio, const char *name, unsigned int mode,
		      unsigned int links, const void *data, size_t size)
{
	char header[HEADER + 1];

	snprintf(header, sizeof(header),
		 MAGIC "%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x", 0, mode, 0, 0,
		 links, 0, (u32)size, 0, 0, 0, 0, (u32)strlen(name) + 1, 0);
	put(cpio, header, HEADER, 1);
	put(cpio, name, strlen(name) + 1, 4);
	put(cpio, data, size, 4);
}

void pfb_cpio_add(struct pfb_cpio *cpio, const char *name, const void *data, size_t size)
{
	if (data)
		put_entry(cpio, name, S_IFREG | 0644, 1, data, size);
	else
		put_entry(cpio, name, S_IFDIR | 0755, 2, NULL, 0);
}

int pfb_cpio_end(struct pfb_cpio *cpio, struct pfb_error *err)
{
	put_entry(cpio, "TRAILER!!!", 0, 1, NULL, 0);
	put(cpio, NULL, 0, 512);
	if (!cpio->failed)
		return 0;
	free(cpio->data);
	cpio->data = NULL;
	return pfb_fail(err, -ENOMEM, "out of memory");
}

static bool read_field(const u8 *header, unsigned int nr, size_t *value)
{
	const u8 *at = header + FIELD(nr);
	unsigned int i;

	*value = 0;
	for (i = 0; i < 8; i++) {
		u8 digit = at[i];

		if (digit >= '0' && digit <= '9')
			digit -= '0';
		else if (digit >= 'a' && digit <= 'f')
			digit = (u8)(digit - 'a' + 10);
		else if (digit >= 'A' && digit <= 'F')
			digit = (u8)(digit - 'A' + 10);
		else
			return false;
		*value = *value << 4 | digit;
	}
	return true;
}

/* Sizes have 32 bits each, so sums of them do not wrap in a size_t of 64. */
static u64 aligned(u64 value)
{
	return (value + 3) & ~3ULL;
}

static bool matches(const u8 *stored, size_t size, const char *name)
{
	size_t len = strlen(name);

	if (!size || stored[size - 1])
		return false;
	if (name[len - 1] == '/')
		return size - 1 > len && !memcmp(stored, name, len);
	return size - 1 == len && !memcmp(stored, name, len);
}

bool pfb_cpio_find(const u8 *data, size_t size, const char *name, size_t from, size_t *offset,
		   size_t *length, size_t *next)
{
	u64 at = from;

	while (at + HEADER < size) {
		size_t name_size, file_size;
		u64 content, behind;

		if (!data[at]) {
			at++;
			continue;
		}
		if (memcmp(data + at, MAGIC, 6) ||
		    !read_field(data + at, FIELD_NAMESIZE, &name_size) ||
		    !read_field(data + at, FIELD_FILESIZE, &file_size) || name_size > NAME_MAX_SIZE)
			return false;
		content = aligned(at + HEADER + name_size);
		behind = aligned(content + file_size);
		if (content + file_size > size)
			return false;
		if (matches(data + at + HEADER, name_size, name)) {
			*offset = (size_t)content;
			*length = file_size;
			if (next)
				*next = (size_t)behind;
			return true;
		}
		at = behind;
	}
	return false;
}
