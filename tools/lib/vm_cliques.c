// SPDX-License-Identifier: GPL-2.0
/*
 * Cliques of a planned VM. A function has one, and the guest lets a client reach
 * the providers of its own. So:
 *
 *	- providers of one clique all reach each other;
 *	- a client is in a clique all of whose providers it reaches. What clients
 *	  do to one another is nobody's concern.
 *
 * Where the host's switches route by ACS alone, who reaches whom is transitive,
 * and every pair that works is in a clique. With direct translated P2P it need
 * not be: a NIC that sends translated requests reaches two GPUs that send none
 * and so don't reach each other. What is lost then is said.
 */
#include <stdlib.h>

#include "lib/vm_host.h"

/**
 * struct pairs - the plan's pairs, by the operator's order
 * @nr: functions that are assigned
 * @to: pair of client * @nr + provider; %NULL where there is none
 */
struct pairs {
	u32 nr;
	const struct pfb_vm_pair **to;
};

static struct pfb_vm_function *assigned(const struct pfb_vm_plan *plan,
					const struct pfb_vm_host *host, u32 order)
{
	return &plan->functions[host->functions[host->assigned[order]].guest];
}

static int index_pairs(struct pairs *pairs, const struct pfb_vm_plan *plan,
		       const struct pfb_vm_host *host, struct pfb_error *err)
{
	u32 *order = calloc(plan->top.nr_functions, sizeof(*order));
	u32 i;

	pairs->nr = host->nr_assigned;
	pairs->to = calloc((size_t)pairs->nr * pairs->nr, sizeof(*pairs->to));
	if (!order || !pairs->to) {
		free(order);
		return pfb_fail(err, -ENOMEM, "out of memory");
	}
	for (i = 0; i < host->nr_assigned; i++)
		order[host->functions[host->assigned[i]].guest] = i;
	for (i = 0; i < plan->nr_pairs; i++)
		pairs->to[order[plan->pairs[i].client] * pairs->nr +
			  order[plan->pairs[i].provider]] = &plan->pairs[i];
	free(order);
	return 0;
}

static bool reaches(const struct pairs *pairs, u32 client, u32 provider)
{
	const struct pfb_vm_pair *pair = pairs->to[client * pairs->nr + provider];

	return pair && pair->verdict != PFB_VM_PAIR_NONE;
}

/* How many providers of a clique a function would join; 0 when it cannot. */
static u32 fits(const struct pfb_vm_plan *plan, const struct pfb_vm_host *host,
		const struct pairs *pairs, u32 order, u32 clique)
{
	bool both_ways = assigned(plan, host, order)->provider;
	u32 i, nr = 0;

	for (i = 0; i < pairs->nr; i++) {
		const struct pfb_vm_function *vf = assigned(plan, host, i);

		if (i == order || !vf->provider || vf->clique != clique)
			continue;
		if (!reaches(pairs, order, i) || (both_ways && !reaches(pairs, i, order)))
			return 0;
		nr++;
	}
	return nr;
}

/* Where it meets most providers, the first of these; else in one of its own. */
static void join(const struct pfb_vm_plan *plan, const struct pfb_vm_host *host,
		 const struct pairs *pairs, u32 order, u32 *nr_cliques)
{
	u32 clique, best = *nr_cliques, most = 0;

	for (clique = 0; clique < *nr_cliques; clique++) {
		u32 nr = fits(plan, host, pairs, order, clique);

		if (nr > most) {
			most = nr;
			best = clique;
		}
	}
	assigned(plan, host, order)->clique = best;
	*nr_cliques += best == *nr_cliques;
}

static void make_cliques(const struct pfb_vm_plan *plan, const struct pfb_vm_host *host,
			 const struct pairs *pairs)
{
	u32 i, nr = 0;

	for (i = 0; i < pairs->nr; i++)
		if (assigned(plan, host, i)->provider)
			join(plan, host, pairs, i, &nr);
	for (i = 0; i < pairs->nr; i++)
		if (!assigned(plan, host, i)->provider && assigned(plan, host, i)->client)
			join(plan, host, pairs, i, &nr);
}

static bool usable(const struct pfb_vm_plan *plan, const struct pfb_vm_pair *pair)
{
	return pair->verdict != PFB_VM_PAIR_NONE &&
	       plan->functions[pair->client].clique == plan->functions[pair->provider].clique;
}

/* Each one that takes part must have a peer; else its P2P would silently not be there. */
static int check_peers(const struct pfb_vm_plan *plan, const struct pfb_vm_host *host,
		       struct pfb_error *err)
{
	u32 i, j;

	for (i = 0; i < host->nr_assigned; i++) {
		u32 index = host->functions[host->assigned[i]].guest;
		const struct pfb_vm_pair *shown = NULL;
		bool has_peer = false;

		for (j = 0; j < plan->nr_pairs; j++) {
			const struct pfb_vm_pair *pair = &plan->pairs[j];

			if (pair->client != index && pair->provider != index)
				continue;
			has_peer |= usable(plan, pair);
			if (!shown || (shown->verdict == PFB_VM_PAIR_NONE &&
				       pair->verdict != PFB_VM_PAIR_NONE))
				shown = pair;
		}
		if (!shown || has_peer)
			continue;
		return pfb_fail(err, -EXDEV,
				"%s (%s) has no peer among what is assigned: from %s to %s, %s; or plan without P2P for it (--allow-indirect)",
				pfb_vm_host_bdf(host, host->assigned[i]),
				plan->functions[index].id,
				plan->functions[shown->client].id,
				plan->functions[shown->provider].id,
				shown->verdict == PFB_VM_PAIR_NONE ? shown->reason :
				"the host routes it, but each has other peers, whom they do not all reach, and a function has one clique: assign them to two VMs");
	}
	return 0;
}

static void note_pairs(struct pfb_vm_plan *plan)
{
	u32 i;

	for (i = 0; i < plan->nr_pairs; i++) {
		const struct pfb_vm_pair *pair = &plan->pairs[i];
		const struct pfb_vm_function *client = &plan->functions[pair->client];
		const struct pfb_vm_function *provider = &plan->functions[pair->provider];

		if (pair->verdict != PFB_VM_PAIR_NONE && !usable(plan, pair))
			pfb_vm_note(plan, "%s reaches %s on the host (%s), but the guest will refuse it: a function has one clique, and not all of %s's reach each other",
				    client->id, provider->id, pfb_vm_pair_name(pair->verdict),
				    client->id);
		else if (pair->verdict == PFB_VM_PAIR_TRANSLATED)
			pfb_vm_note(plan, "from %s to %s the host's switches route ATS-translated requests only, and the guest cannot see which are: keep ATS on for %s on the host",
				    client->id, provider->id,
				    plan->capture->functions[client->host].bdf);
	}
}

int pfb_vm_cliques(struct pfb_vm_plan *plan, const struct pfb_vm_host *host,
		   const struct pfb_vm_request *request, struct pfb_error *err)
{
	struct pairs pairs = { 0 };
	int ret;

	ret = index_pairs(&pairs, plan, host, err);
	if (!ret)
		make_cliques(plan, host, &pairs);
	free(pairs.to);
	if (!ret && !request->allow_indirect)
		ret = check_peers(plan, host, err);
	if (!ret)
		note_pairs(plan);
	return ret;
}
