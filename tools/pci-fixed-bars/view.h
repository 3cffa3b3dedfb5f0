/* SPDX-License-Identifier: GPL-2.0 */
/* What status, verify and path start from: the machine, what was declared, verdicts. */
#ifndef PFB_VIEW_H
#define PFB_VIEW_H

#include <argp.h>

#include "lib/assess.h"
#include "lib/declared.h"
#include "lib/guest.h"

/**
 * struct pfb_view_options - options that these commands share
 * @sysroot: read /sys, /proc and /lib below this folder; "" for the machine itself
 * @manifest: a binary manifest to be read beside the machine's sources, or NULL
 * @fixed_bars: a list as in the module's parameter, or NULL
 * @json: print JSON
 */
struct pfb_view_options {
	const char *sysroot;
	const char *manifest;
	const char *fixed_bars;
	bool json;
};

/* Their input is a struct pfb_view_options; the second is for commands that print no JSON. */
extern const struct argp pfb_view_argp;
extern const struct argp pfb_view_source_argp;

/**
 * struct pfb_view - everything that is known
 * @guest: the machine, without VFs
 * @declared: what its sources say
 * @assessment: the verdicts
 */
struct pfb_view {
	struct pfb_guest guest;
	struct pfb_declared declared;
	struct pfb_assessment assessment;
};

/**
 * pfb_view_load() - read and judge
 * @view: receives it; pfb_view_free() it, after a failure too
 * @options: the options
 * @who: the command, for error messages
 *
 * Return: %PFB_EXIT_GOOD; or, with the reason printed, %PFB_EXIT_IMPOSSIBLE, or
 * %PFB_EXIT_USAGE for a --fixed-bars that cannot be read.
 */
int pfb_view_load(struct pfb_view *view, const struct pfb_view_options *options, const char *who);

/**
 * pfb_view_free() - give back what pfb_view_load() took
 * @view: the view; may be all zero
 */
void pfb_view_free(struct pfb_view *view);

/**
 * pfb_view_unreadable() - what could not be read, and so is not known
 * @view: the view
 * @say: called with each reason
 * @ctx: handed to @say
 *
 * Return: number of reasons.
 */
unsigned int pfb_view_unreadable(const struct pfb_view *view,
				 void (*say)(void *ctx, const char *reason), void *ctx);

/**
 * pfb_view_addresses() - may addresses be shown to whoever runs this
 * @view: the view
 *
 * Those whom the kernel shows no physical address are not shown any here,
 * either, though sysfs would let them read some.
 *
 * Return: true for root, as /proc/iomem shows.
 */
bool pfb_view_addresses(const struct pfb_view *view);

/**
 * pfb_view_name() - what to call a function in reports
 * @view: the view
 * @entry: the function
 * @buf: receives its BDF, or its path when it is not there
 * @size: bytes in @buf, %PFB_PATH_TEXT_MAX suffice
 *
 * Return: @buf.
 */
const char *pfb_view_name(const struct pfb_view *view, const struct pfb_assessed *entry,
			  char *buf, size_t size);

/**
 * pfb_view_named() - the function that a word of the command line names
 * @view: the view
 * @name: a BDF or a path
 * @who: the command, for error messages
 * @found: receives what is known of it; NULL when it is neither there nor declared
 *
 * Return: %PFB_EXIT_GOOD; or, with the reason printed, %PFB_EXIT_USAGE for what is no path.
 */
int pfb_view_named(const struct pfb_view *view, const char *name, const char *who,
		   const struct pfb_assessed **found);

/**
 * pfb_complain() - print an error
 * @who: the command
 * @fmt: printf format
 */
void pfb_complain(const char *who, const char *fmt, ...) __printf(2, 3);

#endif /* PFB_VIEW_H */
