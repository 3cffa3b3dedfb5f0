/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What sparse 0.6.4 does not know and Linux 7's headers use; read by sparse
 * only, before everything else.
 */

/* C23; the qualifiers that it drops are none of sparse's concern. */
#define __typeof_unqual__ __typeof__

/* In MODULE_INFO()'s static_assert() on a literal, which sparse does not fold. */
#define __builtin_strlen(s) (sizeof(s) - 1)
