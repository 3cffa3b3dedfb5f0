/* SPDX-License-Identifier: GPL-2.0 */
/* What /proc/cpuinfo says of the first CPU. */
#ifndef PFB_LIB_CPUINFO_H
#define PFB_LIB_CPUINFO_H

#include "lib/guest.h"

/**
 * pfb_cpuinfo_read() - read a machine's /proc/cpuinfo
 * @guest: the machine
 *
 * Return: its text, which the caller frees, or NULL when it cannot be read.
 */
char *pfb_cpuinfo_read(const struct pfb_guest *guest);

/**
 * pfb_cpuinfo_find() - the text after "key : ", of the first CPU
 * @cpuinfo: what /proc/cpuinfo says, or NULL
 * @key: such as "vendor_id"
 * @buf: receives it, cut when it is longer; empty when there is none
 * @size: bytes in @buf
 *
 * Return: true when the key is there.
 */
bool pfb_cpuinfo_find(const char *cpuinfo, const char *key, char *buf, size_t size);

/**
 * pfb_cpuinfo_fact() - the same of a machine's /proc/cpuinfo
 * @guest: the machine
 * @key: such as "vendor_id"
 * @buf: receives it, cut when it is longer; empty when there is none
 * @size: bytes in @buf
 *
 * Return: true when the key is there.
 */
bool pfb_cpuinfo_fact(const struct pfb_guest *guest, const char *key, char *buf, size_t size);

#endif /* PFB_LIB_CPUINFO_H */
