/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A PCI segment of any size up to a full one, for what is measured of the planner.
 */
#ifndef BENCH_SEGMENT_H
#define BENCH_SEGMENT_H

#include <pci_fixed_bars/plan.h>

#define SEGMENT_FUNCTIONS_MAX	65536U
#define SEGMENT_BUSES_MAX	256U
#define SEGMENT_ROOM		(1ULL << 30)

/**
 * segment_make() - a segment's functions: no bus numbers, no addresses
 * @top: receives them, in malloc()ed memory; see segment_free()
 * @nr: how many, at most %SEGMENT_FUNCTIONS_MAX, a multiple of 16
 *
 * One bus for every 16 functions up to %SEGMENT_BUSES_MAX, four behind each; all
 * buses have equally many functions. Endpoints have I/O, 32-bit, 64-bit prefetchable
 * and VF BARs and ROMs, of sizes that differ, in windows that hold them all.
 *
 * Return: false when there is no memory.
 */
bool segment_make(struct pfb_topology *top, u32 nr);

/**
 * segment_fix() - addresses for some of the prefetchable BARs
 * @top: the segment; what it has for addresses is lost
 * @every: one of so many functions that have such a BAR
 * @nr: receives how many BARs are fixed
 *
 * They are where a plan has them if each had %SEGMENT_ROOM bytes, so that there is
 * room beside them.
 *
 * Return: malloc()ed fixed BARs, or NULL when there is no memory.
 */
struct pfb_plan_fixed *segment_fix(struct pfb_topology *top, u32 every, u32 *nr);

/**
 * segment_free() - release what segment_make() allocated
 * @top: the segment
 */
void segment_free(struct pfb_topology *top);

#endif /* BENCH_SEGMENT_H */
