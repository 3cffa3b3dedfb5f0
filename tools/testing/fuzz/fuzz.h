/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the fuzz targets share. A target holds its parser to properties, not only to
 * not crashing: an error is one printable line, what is refused declared nothing,
 * and what is declared is well formed.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pci_fixed_bars/declaration.h>

/* Most declarations that an input of -max_len can hold: 40 bytes of manifest each. */
#define FUZZ_MAX_DECLARATIONS	1024

/**
 * struct fuzz_collector - keeps what a parser declared
 * @nr: how many
 * @decls: the declarations
 */
struct fuzz_collector {
	unsigned int nr;
	struct pfb_declaration decls[FUZZ_MAX_DECLARATIONS];
};

/**
 * FUZZ_HOLDS() - end the run when a property does not hold
 * @property: the property
 */
#define FUZZ_HOLDS(property) do {						\
	if (!(property)) {							\
		fprintf(stderr, "%s:%d: does not hold: %s\n",			\
			__FILE__, __LINE__, #property);				\
		abort();							\
	}									\
} while (0)

/**
 * fuzz_declare() - a pfb_declare_fn that checks and keeps
 * @ctx: a struct fuzz_collector
 * @decl: the declaration
 * @err: not used
 *
 * Return: 0.
 */
int fuzz_declare(void *ctx, const struct pfb_declaration *decl, struct pfb_error *err);

/**
 * fuzz_check_result() - hold a parser to its contract
 * @ret: what it returned
 * @err: its error, whose text was empty before
 * @c: what it declared
 */
void fuzz_check_result(int ret, const struct pfb_error *err, const struct fuzz_collector *c);

/**
 * fuzz_check_error() - an error is one line for a person, and there is one exactly when it failed
 * @ret: what a reader returned
 * @err: its error, whose text was empty before
 */
void fuzz_check_error(int ret, const struct pfb_error *err);

/**
 * fuzz_same() - are two declarations the same, but for their source
 * @a: one
 * @b: the other
 *
 * Return: true when they are.
 */
bool fuzz_same(const struct pfb_declaration *a, const struct pfb_declaration *b);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif /* FUZZ_H */
