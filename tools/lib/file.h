/* SPDX-License-Identifier: GPL-2.0 */
/* Reading files whole, with a bound. */
#ifndef PFB_LIB_FILE_H
#define PFB_LIB_FILE_H

#include <pci_fixed_bars/error.h>
#include <pci_fixed_bars/types.h>

/**
 * pfb_file_read() - read a file to its end
 * @path: the file; "-" is standard input
 * @max: most bytes that are accepted
 * @data: receives malloc()ed memory with one NUL byte after the content; the
 *	caller frees it
 * @size: receives the number of bytes without that NUL
 * @err: receives what failed; may be NULL
 *
 * Return: 0, -E2BIG when there are more than @max bytes, -ENOMEM, or the
 * negative errno of open() or read().
 */
int pfb_file_read(const char *path, size_t max, void **data, size_t *size,
		  struct pfb_error *err);

/**
 * pfb_file_line() - read a file's first line, without the newline
 * @path: the file
 * @buf: receives the line, always with a NUL; cut when it is longer
 * @size: bytes in @buf, at least 1
 *
 * Return: 0 or the negative errno of open() or read().
 */
int pfb_file_line(const char *path, char *buf, size_t size);

/**
 * pfb_file_write() - write a whole file, or nothing
 * @path: the file, replaced at once when all is written; "-" is standard output
 * @data: the content
 * @size: bytes in @data
 * @err: receives what failed
 *
 * What was written is on the disk when this returns, and the file keeps the mode
 * that it had.
 *
 * Return: 0 or a negative errno.
 */
int pfb_file_write(const char *path, const void *data, size_t size, struct pfb_error *err);

/**
 * pfb_file_fail() - say which file an error is about
 * @err: the error; the file's name is put before its text; may be NULL
 * @code: a negative errno
 * @path: the file; "-" is standard input
 *
 * Return: @code.
 */
int pfb_file_fail(struct pfb_error *err, int code, const char *path);

#endif /* PFB_LIB_FILE_H */
