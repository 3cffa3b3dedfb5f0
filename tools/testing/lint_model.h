/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Included first into each file that "make lint" has clang's analyzer read: it sees one
 * file at a time, and of pfb_fail(), which is in another, not that it returns a code that
 * is an error.
 */
#include <pci_fixed_bars/error.h>

#define pfb_fail(err, code, ...) ({					\
	int code_ = (code);						\
									\
	pfb_fail(err, code_, __VA_ARGS__);				\
	__builtin_assume(code_ < 0);					\
	code_;								\
})
