/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Random planning problems, small enough that an exhaustive search knows the answer.
 */
#ifndef UNIT_INSTANCE_H
#define UNIT_INSTANCE_H

#include "unit_exhaustive.h"
#include "unit_plan.h"

#define UNIT_INSTANCE_BARS	8

/**
 * unit_seed() - begin a sequence of random numbers
 * @value: not 0
 */
void unit_seed(u64 value);

/**
 * unit_rnd() - the next random number, the same on every machine
 * @below: how many there are
 *
 * Return: 0 to @below - 1.
 */
u32 unit_rnd(u32 below);

/**
 * unit_instance() - make a planning problem
 * @t: receives the topology: up to 8 BARs, 8 bridges, two host bridges and two reserves
 * @fixed: receives BARs to fix, at most %UNIT_INSTANCE_BARS
 * @value: seed of the random numbers
 * @planted: fix them where some assignment has them, if one is found
 *
 * Return: how many BARs are fixed.
 */
u32 unit_instance(struct unit_topology *t, struct pfb_plan_fixed *fixed, u64 value, bool planted);

/**
 * unit_instance_exists() - unit_exhaustive() with the steps of such a problem
 * @t: the topology; when there is an assignment, its BARs get the addresses of one
 * @fixed: BARs whose address is given
 * @nr: how many
 *
 * Return: what was found out.
 */
enum unit_exhaustive unit_instance_exists(struct unit_topology *t,
					  const struct pfb_plan_fixed *fixed, u32 nr);

/**
 * unit_instance_print() - print a problem
 * @t: the topology
 * @fixed: BARs whose address is given
 * @nr: how many
 */
void unit_instance_print(const struct unit_topology *t, const struct pfb_plan_fixed *fixed,
			 u32 nr);

#endif /* UNIT_INSTANCE_H */
