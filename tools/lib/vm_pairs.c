// SPDX-License-Identifier: GPL-2.0
/* Who of a plan reaches whom. */
#include "lib/vm_reach.h"

const char *pfb_vm_pair_name(enum pfb_vm_pair_verdict verdict)
{
	switch (verdict) {
	case PFB_VM_PAIR_DIRECT:
		return "direct";
	case PFB_VM_PAIR_TRANSLATED:
		return "direct-translated";
	case PFB_VM_PAIR_NONE:
		break;
	}
	return "none";
}

/* To every BAR of it that is fixed: the worst counts. */
static void find_reach(const struct pfb_vm_plan *plan, const struct pfb_vm_host *host,
		       u32 client, u32 provider, struct pfb_vm_reach *reach)
{
	u32 from = host->functions[client].guest, to = host->functions[provider].guest;

	pfb_vm_reach(host, client, provider, plan->functions[to].fixed,
		     plan->top.functions[from].parent == plan->top.functions[to].parent, reach);
}

static bool takes_part(const struct pfb_vm_host *host, u32 index)
{
	return host->functions[index].provider || host->functions[index].client;
}

void pfb_vm_pairs(struct pfb_vm_plan *plan, const struct pfb_vm_host *host)
{
	u32 i, j;

	for (i = 0; i < host->nr_assigned; i++) {
		for (j = 0; j < host->nr_assigned; j++) {
			u32 client = host->assigned[i], provider = host->assigned[j];
			struct pfb_vm_pair *pair = &plan->pairs[plan->nr_pairs];
			struct pfb_vm_reach reach;

			if (i == j || !takes_part(host, client) ||
			    !host->functions[provider].provider)
				continue;
			find_reach(plan, host, client, provider, &reach);
			pair->client = host->functions[client].guest;
			pair->provider = host->functions[provider].guest;
			pair->verdict = reach.verdict;
			memcpy(pair->reason, reach.reason, sizeof(pair->reason));
			plan->nr_pairs++;
		}
	}
}
