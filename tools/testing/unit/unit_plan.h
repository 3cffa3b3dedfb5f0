/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Planning in unit tests: the planner with its memory, and what every plan must be.
 */
#ifndef UNIT_PLAN_H
#define UNIT_PLAN_H

#include <pci_fixed_bars/plan.h>

#include "unit_topology.h"

/**
 * unit_plan() - pfb_plan_addresses() with scratch of exactly the size that it asks for
 * @t: the topology
 * @fixed: BARs whose address is given
 * @nr: how many
 * @err: receives why it cannot be done
 *
 * Return: what pfb_plan_addresses() returned.
 */
int unit_plan(struct unit_topology *t, const struct pfb_plan_fixed *fixed, u32 nr,
	      struct pfb_error *err);

/**
 * unit_check_plan() - fail the test unless a plan is all that a plan promises
 * @t: the topology, planned
 * @fixed: BARs whose address was given
 * @nr: how many
 *
 * Looks at the result only: every BAR aligned, in a window of each bridge above it,
 * beside no other; windows as large as what is in them and what they reserve; fixed
 * BARs where they must be.
 */
void unit_check_plan(const struct unit_topology *t, const struct pfb_plan_fixed *fixed, u32 nr);

/**
 * unit_bar_span() - bytes that a BAR takes, those of all VFs for a VF BAR
 * @fn: the function
 * @bar: PCI resource index
 *
 * Return: bytes.
 */
u64 unit_bar_span(const struct pfb_function *fn, unsigned int bar);

/**
 * unit_reserve() - what a bridge reserves in one of its windows
 * @t: the topology
 * @bridge: the bridge's index
 * @kind: the window
 *
 * A prefetchable reserve goes below 4 GiB where no 64-bit window reaches, an I/O
 * reserve nowhere where no I/O window does.
 *
 * Return: bytes, whole steps of the window.
 */
u64 unit_reserve(const struct unit_topology *t, u32 bridge, enum pfb_window_kind kind);

/**
 * unit_reserve_align() - what the address of a reserve is a multiple of
 * @size: bytes
 * @kind: the window
 *
 * Return: bytes: the largest power of two that is not larger.
 */
u64 unit_reserve_align(u64 size, enum pfb_window_kind kind);

/**
 * unit_has_pref() - does every bridge from one up have a 64-bit prefetchable window
 * @t: the topology
 * @bridge: the bridge's index, or %PFB_NO_FUNCTION for the root bus alone
 * @root: the root bus
 *
 * Return: true if so, and if the root bus has one.
 */
bool unit_has_pref(const struct unit_topology *t, u32 bridge, u32 root);

/**
 * unit_window_is_open() - does a window forward anything
 * @w: the window
 *
 * Return: true if so.
 */
static inline bool unit_window_is_open(const struct pfb_window *w)
{
	return w->base <= w->limit;
}

/**
 * unit_window_holds() - does an open window forward all of a range
 * @w: the window
 * @lo: first address
 * @hi: last address
 *
 * Return: true if so.
 */
static inline bool unit_window_holds(const struct pfb_window *w, u64 lo, u64 hi)
{
	return w->base <= lo && hi <= w->limit;
}

#endif /* UNIT_PLAN_H */
