/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the core's unit tests share: cmocka with what it wants included first, a
 * collector of declarations, and checks of error texts.
 */
#ifndef UNIT_H
#define UNIT_H

#ifdef __KERNEL__

#include "unit_kernel.h"

#else

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* One that the kernel has no time for. */
#define unit_test_large(f)	cmocka_unit_test(f)
#define unit_test_large_setup(f, before)	cmocka_unit_test_setup(f, before)

#endif /* __KERNEL__ */

#include <pci_fixed_bars/declaration.h>
#include <pci_fixed_bars/error.h>

#define UNIT_MAX_DECLARATIONS	64

/**
 * struct unit_collector - a pfb_declare_fn's context that keeps what it was given
 * @nr: how many came
 * @refuse_at: the call (counted from 0) that is refused with -EPERM; -1 for none
 * @decls: the first %UNIT_MAX_DECLARATIONS of them
 */
struct unit_collector {
	unsigned int nr;
	int refuse_at;
	struct pfb_declaration decls[UNIT_MAX_DECLARATIONS];
};

/**
 * unit_declare() - a pfb_declare_fn that collects
 * @ctx: a struct unit_collector
 * @decl: the declaration
 * @err: receives a text when it is refused
 *
 * Return: 0, or -EPERM where the collector says so.
 */
int unit_declare(void *ctx, const struct pfb_declaration *decl, struct pfb_error *err);

/**
 * unit_assert_error() - an error text names what it must and is one line
 * @err: the error
 * @words: what must be in it, each word or phrase a string, NULL at the end
 */
void unit_assert_error(const struct pfb_error *err, const char *const *words);

#define assert_error(err, ...) \
	unit_assert_error(err, (const char *const[]){ __VA_ARGS__, NULL })

#endif /* UNIT_H */
