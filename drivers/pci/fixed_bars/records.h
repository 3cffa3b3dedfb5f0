/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The registry's records. For the files that the registry is made of; all
 * others ask it through registry.h.
 *
 * Two locks guard them, the outer one the registry's track lock (registry.c):
 *
 *	which records there are, the pdev of each and which BARs it has: written
 *		under both locks once the registry runs, read under either
 *	everything else: under pfb_state_lock
 */
#ifndef PFB_RECORDS_H
#define PFB_RECORDS_H

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/types.h>

#include <pci_fixed_bars/declaration.h>
#include <pci_fixed_bars/verdict.h>

#include "scan.h"

struct pci_dev;

/**
 * struct pfb_bar_record - one BAR that exists or was declared
 * @declared: where it was declared; merged from all sources that agree
 * @has_declared: @declared is meaningful
 * @uncertain: of no source that declared it the match is certain
 * @sources: BIT(enum pfb_source) of those that declared it
 * @actual: what was found at the last check
 * @known_size: bytes; outlives a resource that is emptied
 * @has_baseline: @baseline is meaningful
 * @baseline: bus address at which firmware left it
 * @hidden_size: bytes it has in hardware, where it was hidden from the kernel
 * @hidden_reason: why it was; NULL: it was not
 * @state: the verdict as of the last check
 */
struct pfb_bar_record {
	struct pfb_declared_bar declared;
	bool has_declared;
	bool uncertain;
	u32 sources;
	struct pfb_bar_actual actual;
	u64 known_size;
	bool has_baseline;
	u64 baseline;
	u64 hidden_size;
	char *hidden_reason;
	enum pfb_bar_state state;
};

/**
 * struct pfb_record - one function that is there or was declared
 * @by_path: entry in a hash by path
 * @node: entry in pfb_records
 * @path: where it sits
 * @pdev: the function, referenced; NULL while it is not there
 * @answers: its config space did at the last check
 * @sources: BIT(enum pfb_source) of those that declared it
 * @flags: %PFB_MANIFEST_FN_*
 * @clique: as declared, or %PFB_CLIQUE_NONE
 * @decl_vendor: as declared, or %PFB_ANY_ID
 * @decl_device: as declared, or %PFB_ANY_ID
 * @seen_vendor: whose baselines they are
 * @seen_device: whose baselines they are
 * @error: why nothing that was declared applies; NULL: it does. See
 *	pfb_record_clear_error()
 * @provider: how it stands as a provider; NULL: not at all
 * @bars: by PCI resource index; NULL: nothing is known of such a BAR
 */
struct pfb_record {
	struct hlist_node by_path;
	struct list_head node;
	struct pfb_path path;
	struct pci_dev *pdev;
	bool answers;
	u32 sources;
	u32 flags;
	u32 clique;
	u16 decl_vendor;
	u16 decl_device;
	u16 seen_vendor;
	u16 seen_device;
	const char *error;
	char *provider;
	struct pfb_bar_record *bars[PFB_NR_BARS];
};

/* The registry's lock: a leaf, never held across a callback. */
extern struct mutex pfb_state_lock;

/* All records, in the order in which they were made. */
extern struct list_head pfb_records;

/**
 * pfb_record_find() - the record of a path
 * @path: the path, as the record has it
 *
 * Context: may sleep. pfb_state_lock is held.
 * Return: the record or NULL.
 */
struct pfb_record *pfb_record_find(const struct pfb_path *path);

/**
 * pfb_record_of() - the record of the place where a function sits
 * @pdev: the function; need not be tracked
 *
 * Context: may sleep. pfb_state_lock is held.
 * Return: the record, which may be without a function or have another one, or
 * NULL; always NULL for a VF.
 */
struct pfb_record *pfb_record_of(struct pci_dev *pdev);

/**
 * pfb_record_tracked() - the record of a function that is tracked
 * @pdev: the function
 *
 * Context: may sleep. pfb_state_lock is held.
 * Return: the record whose pdev it is, or NULL.
 */
struct pfb_record *pfb_record_tracked(struct pci_dev *pdev);

/**
 * pfb_record_new() - make a record
 * @path: its path, which no other record has
 *
 * Context: may sleep. pfb_state_lock is held.
 * Return: the record, with nothing declared, or NULL when memory is out.
 */
struct pfb_record *pfb_record_new(const struct pfb_path *path);

/**
 * pfb_record_set_path() - give a record the path that its function turned out to have
 * @rec: the record
 * @path: the path from a root bus down
 *
 * Context: may sleep. pfb_state_lock is held.
 */
void pfb_record_set_path(struct pfb_record *rec, const struct pfb_path *path);

/* The error of a record where there was no memory for another; not to be freed. */
extern const char pfb_record_error_unsaid[];

/**
 * pfb_record_clear_error() - what was declared applies again
 * @rec: the record
 *
 * Context: may sleep. pfb_state_lock is held.
 */
void pfb_record_clear_error(struct pfb_record *rec);

/**
 * pfb_record_free() - forget a record
 * @rec: the record; the reference on its pdev is the caller's
 *
 * Context: may sleep. pfb_state_lock and the registry's track lock are held.
 */
void pfb_record_free(struct pfb_record *rec);

/**
 * pfb_record_bar() - the record of a BAR, from now on if there was none
 * @rec: the function's
 * @bar: PCI resource index
 *
 * Context: may sleep. pfb_state_lock is held.
 * Return: the record or NULL when memory is out.
 */
struct pfb_bar_record *pfb_record_bar(struct pfb_record *rec, unsigned int bar);

/**
 * pfb_record_applies() - what is declared for a BAR and applies
 * @rec: the function's
 * @bar: PCI resource index
 *
 * Context: may sleep. pfb_state_lock is held.
 * Return: the declaration; NULL when there is none, or sources conflict.
 */
const struct pfb_declared_bar *pfb_record_applies(const struct pfb_record *rec,
						  unsigned int bar);

/**
 * pfb_first_source_name() - a name for messages
 * @sources: BIT(enum pfb_source), at least one
 *
 * Context: any.
 * Return: the name of the first of them.
 */
const char *pfb_first_source_name(u32 sources);

#endif /* PFB_RECORDS_H */
