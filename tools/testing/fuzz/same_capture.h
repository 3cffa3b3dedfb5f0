/* SPDX-License-Identifier: GPL-2.0 */
/* What a capture must hold to, whoever read it. */
#ifndef SAME_CAPTURE_H
#define SAME_CAPTURE_H

#include "lib/capture.h"

/**
 * fuzz_same_capture() - two captures say the same, to the last byte
 * @a: one
 * @b: the other
 */
void fuzz_same_capture(const struct pfb_capture *a, const struct pfb_capture *b);

/**
 * fuzz_check_capture() - it keeps the topology's rules, can be written, and reads as the same
 * @capture: what a reader took
 */
void fuzz_check_capture(const struct pfb_capture *capture);

#endif /* SAME_CAPTURE_H */
