/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The manifest as a person writes it. One line for each fact:
 *
 *	# anything after a number sign is a comment
 *	function 0000:00:01.0/00.0/00.0/00.0 id=1af4:1110 clique=1 provider
 *		bar2 gpa=0x6b8000000000 hpa=gpa size=16G mem64 prefetch
 *
 *	function 0000:00:01.0/00.0/01.0/00.0 clique=1 client
 *
 * A `function` line names a function by its path and is followed by a line for
 * each of its BARs. Indentation means nothing. What may follow the path, each
 * once and in any order:
 *
 *	id=VVVV:DDDD	vendor and device id to cross-check, `*` for any
 *	clique=N	which functions the host lets reach each other directly
 *	provider	it may provide its BARs for peer-to-peer DMA
 *	client		it is meant to reach providers
 *
 * and what may follow `bar0` to `bar5`, `rom`, `vfbar0` to `vfbar5`:
 *
 *	gpa=ADDRESS	guest-physical address; must be there
 *	hpa=ADDRESS	host-physical address; `hpa=gpa` says that it is the same
 *	size=SIZE	bytes, of one VF's BAR for a VF BAR; K, M, G, T, P are powers of 1024
 *	io mem64 prefetch	what kind of BAR it is
 *
 * Numbers are decimal, or hexadecimal after 0x.
 */
#ifndef PFB_LIB_MANIFEST_TEXT_H
#define PFB_LIB_MANIFEST_TEXT_H

#include <stdio.h>

#include <pci_fixed_bars/declaration.h>

/* A line takes at most some 200 bytes of text for its 32 or more in the binary. */
#define PFB_MANIFEST_TEXT_MAX	(8U * PFB_MANIFEST_SIZE_MAX)

/**
 * pfb_manifest_text_parse() - read a manifest in its text form
 * @text: the text
 * @len: bytes in @text
 * @decls: receives a malloc()ed array of declarations in the order of the binary
 *	format, source %PFB_SOURCE_IOCTL; the caller frees it
 * @nr: receives the number of declarations
 * @err: receives what is wrong, beginning with "line N, column N: "
 *
 * What takes more than one function to see (overlaps) is checked when the
 * binary is written.
 *
 * Return: 0, -EINVAL for bad text, -E2BIG for more than %PFB_MANIFEST_TEXT_MAX
 * bytes, -ENOMEM.
 */
int pfb_manifest_text_parse(const char *text, size_t len, struct pfb_declaration **decls,
			    u32 *nr, struct pfb_error *err);

/**
 * pfb_manifest_text_write() - write a manifest in its text form
 * @out: receives the text, which reads back as the same declarations
 * @decls: the declarations
 * @nr: how many
 *
 * Return: 0, or -EIO when @out failed.
 */
int pfb_manifest_text_write(FILE *out, const struct pfb_declaration *decls, u32 nr);

/**
 * pfb_size_format() - a size in the form that the text takes
 * @size: bytes
 * @buf: receives the text, such as "16G"
 * @room: bytes in @buf, 24 suffice
 *
 * Return: @buf.
 */
const char *pfb_size_format(u64 size, char *buf, size_t room);

#endif /* PFB_LIB_MANIFEST_TEXT_H */
