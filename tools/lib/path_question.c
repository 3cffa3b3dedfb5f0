// SPDX-License-Identifier: GPL-2.0
#include "lib/path_question.h"

static const struct pfb_guest_function *guest_fn(const struct pfb_path_question *q, u32 index)
{
	return &q->routing->functions[index];
}

const struct pfb_bar *pfb_path_question_provider_bar(const struct pfb_path_question *q)
{
	return &q->routing->top.functions[q->query.provider].bars[q->query.bar];
}

const struct pfb_assessed *pfb_path_question_assessed(const struct pfb_path_question *q,
						      u32 function)
{
	const struct pfb_guest_function *gf = guest_fn(q, function);
	const char *bdf = gf->pf[0] ? gf->pf : gf->bdf;
	u32 i;

	for (i = 0; i < q->guest->top.nr_functions; i++)
		if (!strcmp(q->guest->functions[i].bdf, bdf))
			return &q->assessment->entries[i];
	return NULL;
}

static bool is_memory(const struct pfb_bar *bar)
{
	return bar->size && !(bar->flags & PFB_BAR_IO);
}

int pfb_path_question_choose_bar(const struct pfb_path_question *q)
{
	const struct pfb_assessed *provider = pfb_path_question_assessed(q, q->query.provider);
	const struct pfb_function *fn = &q->routing->top.functions[q->query.provider];
	unsigned int first_assessed = guest_fn(q, q->query.provider)->pf[0] ? PFB_BAR_VF0 : 0;
	int best = -1, i;
	bool best_declared = false;

	for (i = 0; i < PFB_BAR_ROM; i++) {
		bool declared = provider &&
				provider->bars[first_assessed + (unsigned int)i].declared;

		if (!is_memory(&fn->bars[i]) || (best_declared && !declared))
			continue;
		if (best >= 0 && declared == best_declared &&
		    fn->bars[i].size <= fn->bars[best].size)
			continue;
		best = i;
		best_declared = declared;
	}
	return best;
}

static void ask_provider(struct pfb_path_question *q)
{
	const struct pfb_bar *bar = pfb_path_question_provider_bar(q);
	struct pfb_route_query *query = &q->query;
	unsigned int assessed_bar;

	assessed_bar = query->bar + (guest_fn(q, query->provider)->pf[0] ? PFB_BAR_VF0 : 0);
	query->provider_clique = PFB_CLIQUE_NONE;
	q->provider = pfb_path_question_assessed(q, query->provider);
	if (q->provider) {
		query->provider_clique = q->provider->clique;
		if (assessed_bar < PFB_NR_BARS)
			q->bar = &q->provider->bars[assessed_bar];
	}
	if (q->bar) {
		q->state = pfb_assessed_state(q->bar);
		query->bar_passes = !pfb_assessed_differs(q->bar) &&
				    pfb_state_passes(q->state, q->allow_declared,
						     q->allow_preserved);
	}
	query->bar_passes |= q->bar_aside;
	query->bar_reserved = pfb_guest_reserved(q->routing, bar->address, bar->size);
}

static void ask_client(struct pfb_path_question *q)
{
	struct pfb_route_query *query = &q->query;
	const struct pfb_guest_function *gf;
	const struct pfb_assessed *e;

	query->client_clique = PFB_CLIQUE_NONE;
	if (query->client != PFB_NO_FUNCTION) {
		gf = guest_fn(q, query->client);
		e = pfb_path_question_assessed(q, query->client);
		if (e)
			query->client_clique = e->clique;
		if (!q->mask_bits)
			q->mask_bits = gf->dma_mask_bits;
		/* A group whose type cannot be read may translate: unknown is never a pass. */
		query->client_translated = gf->iommu == PFB_IOMMU_TRANSLATES ||
					   gf->iommu == PFB_IOMMU_UNKNOWN;
		query->client_ats = q->ats >= 0 ? q->ats > 0 :
				    q->routing->top.functions[query->client].flags &
				    PFB_FN_ATS_ENABLED;
	}
	if (q->mask_bits)
		query->client_dma_mask = q->mask_bits >= 64 ? ~0ULL : (1ULL << q->mask_bits) - 1;
}

int pfb_path_question_ask(struct pfb_path_question *q)
{
	ask_provider(q);
	ask_client(q);
	return pfb_route(&q->routing->top, &q->query, &q->route);
}

u32 pfb_path_question_unreadable(const struct pfb_path_question *q)
{
	u32 i;

	for (i = 0; i < q->route.nr_hops; i++)
		if (!guest_fn(q, q->route.hops[i].function)->caps_read)
			return q->route.hops[i].function;
	return PFB_NO_FUNCTION;
}

const char *pfb_path_question_detail(const struct pfb_path_question *q, const char *client,
				     u32 why, char *buf, size_t size)
{
	buf[0] = '\0';
	switch (why) {
	case PFB_WHY_BAR_STATE:
		if (!q->bar)
			break;
		if (!q->guest->tree_read)
			snprintf(buf, size, PFB_HIDDEN);
		else if (pfb_assessed_differs(q->bar))
			snprintf(buf, size, "this program says %s, the module %s",
				 pfb_state_name(q->bar->state),
				 pfb_state_name(q->bar->module_state));
		else if (q->provider->conflict.text[0])
			snprintf(buf, size, "%s", q->provider->conflict.text);
		else if (q->state == q->bar->state)
			pfb_verdict_explain(&q->bar->facts, q->state, buf, size);
		else
			snprintf(buf, size, "%s, says the module", pfb_state_name(q->state));
		break;
	case PFB_WHY_ACS_REDIRECT:
		if (pfb_route_acs_param(&q->routing->top, &q->route, buf, size) <= 0)
			buf[0] = '\0';
		break;
	case PFB_WHY_DMA_MASK:
		if (!q->mask_bits)
			snprintf(buf, size, "no driver has stated what %s can send; --dma-mask=BITS says it for a device whose driver is yet to come",
				 client);
		break;
	case PFB_WHY_IOMMU:
		if (q->query.client != PFB_NO_FUNCTION &&
		    guest_fn(q, q->query.client)->iommu == PFB_IOMMU_UNKNOWN)
			snprintf(buf, size, "the type of its IOMMU group cannot be read; taken for translating");
		break;
	}
	return buf;
}
