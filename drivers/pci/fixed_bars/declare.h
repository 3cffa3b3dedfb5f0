/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What was declared, as a whole. Sources declare through registry.h.
 */
#ifndef PFB_DECLARE_H
#define PFB_DECLARE_H

struct pfb_declaration;

/**
 * pfb_declare_one() - pfb_registry_declare(), for whoever holds the lock
 * @decl: the declaration
 *
 * Context: may sleep. pfb_state_lock is held.
 * Return: 0 or -ENOMEM.
 */
int pfb_declare_one(const struct pfb_declaration *decl);

/**
 * pfb_declare_forget() - forget what all sources declared
 *
 * Records stay, with what was found.
 *
 * Context: may sleep. pfb_state_lock is held.
 */
void pfb_declare_forget(void);

/**
 * pfb_declare_refuse_overlaps() - refuse declarations that share an address
 *
 * Both functions of an overlap are refused, and both say so. Called when
 * everything is declared and every function was read: a size that nobody
 * stated is that of the BAR.
 *
 * Context: may sleep. pfb_state_lock is held.
 * Return: 0 or -ENOMEM.
 */
int pfb_declare_refuse_overlaps(void);

#endif /* PFB_DECLARE_H */
