/* SPDX-License-Identifier: GPL-2.0 */
/* A planned or found topology for a reader: an indented tree, or JSON. */
#ifndef PFB_TOOLS_TOPOLOGY_REPORT_H
#define PFB_TOOLS_TOPOLOGY_REPORT_H

#include <json-c/json.h>
#include <stdio.h>

#include <pci_fixed_bars/plan.h>
#include <pci_fixed_bars/topology.h>

/**
 * pfb_report_size() - a size in the largest binary unit that keeps it whole
 * @size: bytes
 * @buf: receives "256 MiB" and the like
 * @len: bytes in @buf
 *
 * Return: @buf.
 */
const char *pfb_report_size(u64 size, char *buf, size_t len);

/**
 * pfb_report_text() - print a topology as a tree
 * @out: where to
 * @top: the topology
 * @fixed: BARs that are marked as fixed
 * @nr_fixed: how many
 */
void pfb_report_text(FILE *out, const struct pfb_topology *top,
		     const struct pfb_plan_fixed *fixed, u32 nr_fixed);

/**
 * pfb_report_json() - a topology as JSON
 * @top: the topology
 * @fixed: BARs that are marked as fixed
 * @nr_fixed: how many
 *
 * Addresses and sizes are strings in hexadecimal, because JSON readers round
 * large numbers.
 *
 * Return: an object with the members "roots" and "functions", the caller's to put.
 */
struct json_object *pfb_report_json(const struct pfb_topology *top,
				    const struct pfb_plan_fixed *fixed, u32 nr_fixed);

#endif /* PFB_TOOLS_TOPOLOGY_REPORT_H */
