/* SPDX-License-Identifier: GPL-2.0 */
/* NCCL's system-wide settings. */
#ifndef PFB_LIB_NCCL_CONF_H
#define PFB_LIB_NCCL_CONF_H

#include "lib/guest.h"

#define PFB_NCCL_CONF		"/etc/nccl.conf"
/* where NCCL looks without NCCL_TOPO_FILE: its src/graph/topo.cc, ncclTopoGetSystem() */
#define PFB_NCCL_TOPO_DEFAULT	"/var/run/nvidia-topologyd/virtualTopology.xml"

/**
 * pfb_nccl_conf_get() - a setting in /etc/nccl.conf
 * @guest: the machine
 * @name: such as "NCCL_TOPO_FILE"
 * @buf: receives the value, cut when it is longer; empty when it is not set
 * @size: bytes in @buf
 *
 * Read as NCCL does (src/misc/param.cc, setEnvFile()): NAME=VALUE lines, '#'
 * first in a line for a comment, the first of two settings counts. What a job
 * has in its environment goes before, and cannot be seen from here.
 *
 * Return: true when it is set.
 */
bool pfb_nccl_conf_get(const struct pfb_guest *guest, const char *name, char *buf, size_t size);

#endif /* PFB_LIB_NCCL_CONF_H */
