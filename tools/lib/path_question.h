/* SPDX-License-Identifier: GPL-2.0 */
/* A path between a provider's BAR and a client, with all that a guest knows of both. */
#ifndef PFB_LIB_PATH_QUESTION_H
#define PFB_LIB_PATH_QUESTION_H

#include <pci_fixed_bars/route.h>

#include "lib/assess.h"
#include "lib/guest.h"

/**
 * struct pfb_path_question - what is asked, and the answer
 * @guest: the machine that was assessed, without VFs
 * @assessment: its verdicts
 * @routing: the machine with VFs; indexes in @query are its
 * @allow_declared: a BAR passes whose host-physical address nobody stated
 * @allow_preserved: a BAR passes that nobody declared, where firmware left it
 * @bar_aside: leave the BAR's verdict aside: it is judged elsewhere
 * @mask_bits: bits of address that the client can send; 0: as the kernel shows,
 *	which replaces it; still 0 afterwards: not known
 * @ats: the client uses ATS: 1 or 0; -1: if its ATS is on
 * @query: provider, client and bar are the caller's, the rest is filled in
 * @route: the answer
 * @provider: verdicts of the provider; of a VF: its PF's. NULL when there are none
 * @bar: the BAR's verdict, or NULL
 * @state: the verdict that counts
 */
struct pfb_path_question {
	const struct pfb_guest *guest;
	const struct pfb_assessment *assessment;
	const struct pfb_guest *routing;
	bool allow_declared;
	bool allow_preserved;
	bool bar_aside;
	unsigned int mask_bits;
	int ats;
	struct pfb_route_query query;
	struct pfb_route route;
	const struct pfb_assessed *provider;
	const struct pfb_assessed_bar *bar;
	enum pfb_bar_state state;
};

/**
 * pfb_path_question_assessed() - the verdicts of a function
 * @q: the question
 * @function: index in @q->routing
 *
 * Return: them; those of its PF for a VF; NULL when there are none.
 */
const struct pfb_assessed *pfb_path_question_assessed(const struct pfb_path_question *q,
						      u32 function);

/**
 * pfb_path_question_choose_bar() - the BAR that is meant when none is named
 * @q: the question, with its provider in the query
 *
 * Return: the declared memory BAR, the largest of several; -1 when there is none.
 */
int pfb_path_question_choose_bar(const struct pfb_path_question *q);

/**
 * pfb_path_question_ask() - fill in the query, and answer it
 * @q: the question, with provider, client and bar in the query
 *
 * Return: as pfb_route().
 */
int pfb_path_question_ask(struct pfb_path_question *q);

/**
 * pfb_path_question_provider_bar() - the BAR that is asked about
 * @q: the question
 *
 * Return: the BAR.
 */
const struct pfb_bar *pfb_path_question_provider_bar(const struct pfb_path_question *q);

/**
 * pfb_path_question_unreadable() - a port on the way whose capabilities cannot be read
 * @q: the question, answered
 *
 * Such a port makes every verdict a guess.
 *
 * Return: its index in @q->routing, or %PFB_NO_FUNCTION.
 */
u32 pfb_path_question_unreadable(const struct pfb_path_question *q);

/**
 * pfb_path_question_detail() - more than the reason's general text: what exactly, here
 * @q: the question, answered
 * @client: what to call the client
 * @why: exactly one PFB_WHY_* bit
 * @buf: receives it, empty when there is no more to say
 * @size: bytes in @buf
 *
 * Return: @buf.
 */
const char *pfb_path_question_detail(const struct pfb_path_question *q, const char *client,
				     u32 why, char *buf, size_t size);

#endif /* PFB_LIB_PATH_QUESTION_H */
