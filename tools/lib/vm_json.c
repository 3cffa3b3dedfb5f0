// SPDX-License-Identifier: GPL-2.0
/* A plan for programs. */
#include "lib/json_fields.h"
#include "lib/topology_report.h"
#include "lib/vm_plan.h"

/* What is not known or does not apply is negative. */
static void number_or_null(struct json_object *obj, const char *key, long long value)
{
	if (value < 0)
		json_object_object_add(obj, key, NULL);
	else
		pfb_json_number(obj, key, value);
}

/* What pfb_report_json() says of a function does not tell what it stands for. */
static void add_function(const struct pfb_vm_plan *plan, u32 index, struct json_object *obj)
{
	const struct pfb_function *fn = &plan->top.functions[index];
	const struct pfb_vm_function *vf = &plan->functions[index];
	const struct pfb_capture_function *host = vf->host == PFB_NO_FUNCTION ? NULL :
						  &plan->capture->functions[vf->host];
	struct json_object *bars = json_object_object_get(obj, "bars");
	size_t nr = 0;
	unsigned int i;

	pfb_json_text(obj, "name", vf->id);
	pfb_json_text(obj, "device", pfb_vm_device(vf->kind));
	pfb_json_text(obj, "host", host ? host->bdf : NULL);
	pfb_json_text(obj, "host_name", host ? host->name : NULL);
	number_or_null(obj, "numa_node", host ? host->numa_node : -1);
	number_or_null(obj, "iommu_group", host ? host->iommu_group : -1);
	number_or_null(obj, "clique", vf->clique == PFB_CLIQUE_NONE ? -1 : (long long)vf->clique);
	pfb_json_bool(obj, "provider", vf->provider);
	pfb_json_bool(obj, "client", vf->client);
	for (i = 0; i < PFB_NR_BARS; i++)
		if (fn->bars[i].size)
			pfb_json_text(json_object_array_get_idx(bars, nr++), "why", vf->why[i]);
}

static struct json_object *pairs_json(const struct pfb_vm_plan *plan)
{
	struct json_object *all = json_object_new_array();
	u32 i;

	for (i = 0; i < plan->nr_pairs; i++) {
		const struct pfb_vm_pair *pair = &plan->pairs[i];
		struct json_object *one = json_object_new_object();

		pfb_json_text(one, "client", plan->functions[pair->client].id);
		pfb_json_text(one, "provider", plan->functions[pair->provider].id);
		pfb_json_text(one, "verdict", pfb_vm_pair_name(pair->verdict));
		pfb_json_text(one, "reason", pair->reason);
		json_object_array_add(all, one);
	}
	return all;
}

struct json_object *pfb_vm_plan_json(const struct pfb_vm_plan *plan)
{
	struct json_object *report = pfb_report_json(&plan->top, plan->fixed, plan->nr_fixed);
	struct json_object *functions = json_object_object_get(report, "functions");
	struct json_object *notes = json_object_new_array();
	u32 i;

	for (i = 0; i < plan->top.nr_functions; i++)
		add_function(plan, i, json_object_array_get_idx(functions, i));
	pfb_json_text(report, "machine", plan->machine);
	pfb_json_text(report, "captured", plan->capture->machine);
	json_object_object_add(report, "pairs", pairs_json(plan));
	for (i = 0; i < plan->nr_notes; i++)
		json_object_array_add(notes, json_object_new_string(plan->notes[i].text));
	json_object_object_add(report, "notes", notes);
	return report;
}
