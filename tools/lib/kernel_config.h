/* SPDX-License-Identifier: GPL-2.0 */
/* What the running kernel was built with, as far as files tell. */
#ifndef PFB_LIB_KERNEL_CONFIG_H
#define PFB_LIB_KERNEL_CONFIG_H

#include "lib/guest.h"

enum pfb_kernel_option {
	PFB_KERNEL_OPTION_UNKNOWN,
	PFB_KERNEL_OPTION_OFF,
	PFB_KERNEL_OPTION_ON,
};

/**
 * struct pfb_kernel_config - a kernel's configuration
 * @text: the file, NULL when there is none that can be read
 * @path: which file, empty without one
 * @guest: the machine
 */
struct pfb_kernel_config {
	char *text;
	char path[256];
	const struct pfb_guest *guest;
};

/**
 * pfb_kernel_config_read() - find the configuration of the kernel that runs
 * @config: receives it; pfb_kernel_config_free() it
 * @guest: the machine; must stay
 *
 * Looked for where distributions put it: /boot/config-RELEASE, and config and
 * build/.config in /lib/modules/RELEASE. /proc/config.gz would take a library.
 */
void pfb_kernel_config_read(struct pfb_kernel_config *config, const struct pfb_guest *guest);

/**
 * pfb_kernel_config_get() - is an option on
 * @config: the configuration
 * @option: without CONFIG_
 * @symbol: a function that is in the kernel itself if and only if the option is
 *	on, for kernels whose configuration is not found; or NULL
 *
 * /proc/kallsyms names functions to everybody, addresses to root only.
 *
 * Return: on for y and m; not known without configuration and symbol.
 */
enum pfb_kernel_option pfb_kernel_config_get(const struct pfb_kernel_config *config,
					     const char *option, const char *symbol);

/**
 * pfb_kernel_config_free() - give back its memory
 * @config: the configuration; may be all zero
 */
void pfb_kernel_config_free(struct pfb_kernel_config *config);

#endif /* PFB_LIB_KERNEL_CONFIG_H */
