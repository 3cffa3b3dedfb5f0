/* SPDX-License-Identifier: GPL-2.0 */
/* cpio archives in the kernel's "newc" format, uncompressed. */
#ifndef PFB_LIB_CPIO_H
#define PFB_LIB_CPIO_H

#include <pci_fixed_bars/error.h>
#include <pci_fixed_bars/types.h>

/**
 * struct pfb_cpio - an archive that grows
 * @data: its bytes
 * @size: used bytes of @data
 * @failed: memory ran out; pfb_cpio_end() reports it
 */
struct pfb_cpio {
	u8 *data;
	size_t size;
	bool failed;
};

/**
 * pfb_cpio_add() - add a folder or file
 * @cpio: the archive; all zero at first
 * @name: its path, without a slash at the beginning
 * @data: the file's content; NULL for a folder
 * @size: bytes in @data
 */
void pfb_cpio_add(struct pfb_cpio *cpio, const char *name, const void *data, size_t size);

/**
 * pfb_cpio_end() - finish it, padded to 512 bytes so that another can follow
 * @cpio: the archive
 * @err: receives what went wrong
 *
 * The same files give the same bytes: no times, no inode numbers of a disk.
 *
 * Return: 0, or -ENOMEM (@cpio->data is then NULL).
 */
int pfb_cpio_end(struct pfb_cpio *cpio, struct pfb_error *err);

/**
 * pfb_cpio_find() - find a file in archives that are behind each other
 * @data: the archives, as at the beginning of an initrd; they may be hostile
 * @size: bytes in @data
 * @name: the file's path; with "/" at its end, the first one below that folder
 * @from: start behind this offset; 0 at first, and what @next was then
 * @offset: receives where its content begins
 * @length: receives the content's size
 * @next: receives where to go on; may be NULL
 *
 * Looks as the kernel does before it unpacks anything: archive for archive until
 * something else comes, such as a compressed one.
 *
 * Return: true when it is there.
 */
bool pfb_cpio_find(const u8 *data, size_t size, const char *name, size_t from, size_t *offset,
		   size_t *length, size_t *next);

#endif /* PFB_LIB_CPIO_H */
