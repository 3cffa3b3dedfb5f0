/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Host bridges as the registry knows them. For the files that it is made of;
 * pfb_registry_preserve() and pfb_registry_preserve_of() are for all others.
 */
#ifndef PFB_ROOTS_H
#define PFB_ROOTS_H

#include <linux/types.h>

#include <pci_fixed_bars/path.h>

#include "registry.h"

/**
 * pfb_roots_note() - note which host bridges there are, and how they were treated
 *
 * Context: may sleep. The caller holds pci_lock_rescan_remove(); nobody reads yet.
 * Return: 0 or -ENOMEM; pfb_roots_forget() cleans up after either.
 */
int pfb_roots_note(void);

/**
 * pfb_roots_forget() - forget all host bridges
 *
 * Context: may sleep. pfb_state_lock is held.
 */
void pfb_roots_forget(void);

/**
 * pfb_roots_warn_ignored() - log where firmware asked and the kernel did otherwise
 *
 * Context: may sleep. pfb_state_lock is held.
 */
void pfb_roots_warn_ignored(void);

/**
 * pfb_root_preserve() - what came of firmware's wish to keep a host bridge
 * @path: of a function behind it
 *
 * Context: may sleep. pfb_state_lock is held.
 * Return: whether firmware asked, and whether the kernel did it.
 */
enum pfb_preserve pfb_root_preserve(const struct pfb_path *path);

/**
 * pfb_root_sources() - who asked to keep a host bridge
 * @path: of a function behind it
 *
 * Context: may sleep. pfb_state_lock is held.
 * Return: BIT(enum pfb_source) of those who did.
 */
u32 pfb_root_sources(const struct pfb_path *path);

#endif /* PFB_ROOTS_H */
