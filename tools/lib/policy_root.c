// SPDX-License-Identifier: GPL-2.0
#include "lib/policy_root.h"

#include <glob.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/file.h"

/* realpath() of a path's folder must still be below the root's. */
static int check_inside(const char *root, const char *full, struct pfb_error *err)
{
	char *folder = strdup(full), *real = NULL, *real_root = NULL;
	size_t len;
	int ret = 0;

	if (!folder)
		return pfb_fail(err, -ENOMEM, "out of memory");
	*strrchr(folder, '/') = '\0';
	real_root = realpath(root, NULL);
	real = realpath(*folder ? folder : "/", NULL);
	if (!real_root || !real) {
		ret = pfb_fail(err, -errno, "%s: %s", real_root ? folder : root, strerror(errno));
		goto out;
	}
	len = strlen(real_root);
	if (strcmp(real_root, "/") &&
	    (strncmp(real, real_root, len) || (real[len] && real[len] != '/')))
		ret = pfb_fail(err, -EXDEV,
			       "%s leads to %s, outside of %s: not touched; correct the link in the image",
			       folder, real, real_root);
out:
	free(real_root);
	free(real);
	free(folder);
	return ret;
}

int pfb_policy_path(const char *root, const char *path, char *buf, struct pfb_error *err)
{
	if (snprintf(buf, PFB_POLICY_PATH_MAX, "%s%s", root, path) >= PFB_POLICY_PATH_MAX)
		return pfb_fail(err, -ENAMETOOLONG, "%s%s: the path is too long", root, path);
	return *root ? check_inside(root, buf, err) : 0;
}

bool pfb_policy_exists(const char *root, const char *path)
{
	char full[PFB_POLICY_PATH_MAX];

	return !pfb_policy_path(root, path, full, NULL) && !access(full, F_OK);
}

int pfb_policy_read(const char *root, const char *path, size_t max, void **data, size_t *size,
		    struct pfb_error *err)
{
	char full[PFB_POLICY_PATH_MAX];
	int ret = pfb_policy_path(root, path, full, err);

	return ret ? ret : pfb_file_read(full, max, data, size, err);
}

bool pfb_policy_mentions(const char *root, const char *path, const char *text)
{
	size_t size;
	void *data;
	bool found;

	if (pfb_policy_read(root, path, PFB_POLICY_TEXT_MAX, &data, &size, NULL))
		return false;
	found = memmem(data, size, text, strlen(text));
	free(data);
	return found;
}

char **pfb_policy_list(const char *root, const char *pattern, size_t *nr)
{
	char full[PFB_POLICY_PATH_MAX];
	char **list = NULL;
	glob_t found;
	size_t i;

	*nr = 0;
	if (snprintf(full, sizeof(full), "%s%s", root, pattern) >= (int)sizeof(full) ||
	    glob(full, 0, NULL, &found))
		return NULL;
	list = calloc(found.gl_pathc, sizeof(*list));
	for (i = 0; list && i < found.gl_pathc; i++) {
		const char *path = found.gl_pathv[i] + strlen(root);

		if (pfb_policy_path(root, path, full, NULL))
			continue;
		list[*nr] = strdup(path);
		if (list[*nr])
			(*nr)++;
	}
	globfree(&found);
	return list;
}

void pfb_policy_list_free(char **list, size_t nr)
{
	while (list && nr)
		free(list[--nr]);
	free(list);
}
