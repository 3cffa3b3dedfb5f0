/* SPDX-License-Identifier: GPL-2.0 */
/* The system that a boot policy is for: this one, or an image's folder. */
#ifndef PFB_LIB_POLICY_ROOT_H
#define PFB_LIB_POLICY_ROOT_H

#include <pci_fixed_bars/error.h>
#include <pci_fixed_bars/types.h>

#define PFB_POLICY_PATH_MAX	4096

/* Most that is read of a configuration file. */
#define PFB_POLICY_TEXT_MAX	(1U << 20)

/**
 * pfb_policy_path() - where a file of the system is
 * @root: the system's folder, "" for this one
 * @path: absolute path in the system
 * @buf: receives the path, %PFB_POLICY_PATH_MAX bytes
 * @err: receives why not
 *
 * A folder on the way that is a symbolic link out of @root is refused: what is
 * meant for an image must not reach the machine that makes it.
 *
 * Return: 0, -ENOENT when the folder is not there, -EXDEV for one outside, -ENAMETOOLONG.
 */
int pfb_policy_path(const char *root, const char *path, char *buf, struct pfb_error *err);

/**
 * pfb_policy_exists() - is a file there
 * @root: the system's folder
 * @path: absolute path in the system
 *
 * Return: true when it is.
 */
bool pfb_policy_exists(const char *root, const char *path);

/**
 * pfb_policy_read() - read a file of the system
 * @root: the system's folder
 * @path: absolute path in the system
 * @max: most bytes that are accepted
 * @data: receives malloc()ed memory, a NUL behind it; the caller frees it
 * @size: receives the number of bytes
 * @err: receives what failed
 *
 * Return: 0, -ENOENT, or what failed.
 */
int pfb_policy_read(const char *root, const char *path, size_t max, void **data, size_t *size,
		    struct pfb_error *err);

/**
 * pfb_policy_mentions() - does a file of the system hold a text
 * @root: the system's folder
 * @path: absolute path in the system
 * @text: what to look for
 *
 * Return: true when it can be read and does.
 */
bool pfb_policy_mentions(const char *root, const char *path, const char *text);

/**
 * pfb_policy_list() - names in a folder of the system
 * @root: the system's folder
 * @pattern: glob pattern of an absolute path in the system
 * @nr: receives how many there are
 *
 * Return: absolute paths in the system, sorted; pfb_policy_list_free() them. NULL
 * when there are none.
 */
char **pfb_policy_list(const char *root, const char *pattern, size_t *nr);

/**
 * pfb_policy_list_free() - give back what pfb_policy_list() returned
 * @list: the paths, or NULL
 * @nr: how many
 */
void pfb_policy_list_free(char **list, size_t nr);

#endif /* PFB_LIB_POLICY_ROOT_H */
