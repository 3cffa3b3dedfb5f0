/* SPDX-License-Identifier: GPL-2.0 */
/* A window as a person states it. */
#ifndef PFB_LIB_WINDOW_TEXT_H
#define PFB_LIB_WINDOW_TEXT_H

#include <pci_fixed_bars/error.h>
#include <pci_fixed_bars/topology.h>

/**
 * pfb_window_text_parse() - read BASE:SIZE
 * @text: two numbers, decimal or hexadecimal after 0x; SIZE may end in K, M, G or T
 * @max: highest address that it may reach
 * @window: receives the window
 * @err: receives what is wrong
 *
 * Return: 0 or -EINVAL.
 */
int pfb_window_text_parse(const char *text, u64 max, struct pfb_window *window,
			  struct pfb_error *err);

#endif /* PFB_LIB_WINDOW_TEXT_H */
