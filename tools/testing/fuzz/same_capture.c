// SPDX-License-Identifier: GPL-2.0
#include "fuzz.h"

#include "same_capture.h"

void fuzz_same_capture(const struct pfb_capture *a, const struct pfb_capture *b)
{
	u32 i;

	FUZZ_HOLDS(!strcmp(a->origin, b->origin));
	FUZZ_HOLDS(!strcmp(a->machine, b->machine));
	FUZZ_HOLDS(!strcmp(a->release, b->release));
	FUZZ_HOLDS(!strcmp(a->cpu_vendor, b->cpu_vendor));
	FUZZ_HOLDS(a->address_bits == b->address_bits);
	FUZZ_HOLDS(a->top.nr_roots == b->top.nr_roots);
	FUZZ_HOLDS(a->top.nr_functions == b->top.nr_functions);
	FUZZ_HOLDS(!memcmp(a->top.roots, b->top.roots, a->top.nr_roots * sizeof(*a->top.roots)));
	for (i = 0; i < a->top.nr_functions; i++) {
		FUZZ_HOLDS(!memcmp(&a->top.functions[i], &b->top.functions[i],
				   sizeof(a->top.functions[i])));
		FUZZ_HOLDS(!strcmp(a->functions[i].bdf, b->functions[i].bdf));
		FUZZ_HOLDS(!strcmp(a->functions[i].pf, b->functions[i].pf));
		FUZZ_HOLDS(!strcmp(a->functions[i].driver, b->functions[i].driver));
		FUZZ_HOLDS(!strcmp(a->functions[i].name, b->functions[i].name));
		FUZZ_HOLDS(a->functions[i].iommu_group == b->functions[i].iommu_group);
		FUZZ_HOLDS(a->functions[i].numa_node == b->functions[i].numa_node);
		FUZZ_HOLDS(a->functions[i].acs_read == b->functions[i].acs_read);
		FUZZ_HOLDS(a->functions[i].unsized == b->functions[i].unsized);
		FUZZ_HOLDS(!memcmp(a->functions[i].rebar_sizes, b->functions[i].rebar_sizes,
				   sizeof(a->functions[i].rebar_sizes)));
	}
}

void fuzz_check_capture(const struct pfb_capture *capture)
{
	struct json_object *obj, *obj_again;
	struct pfb_capture again;
	struct pfb_error err = {};
	const char *text;

	FUZZ_HOLDS(!pfb_topology_check(&capture->top, &err));
	obj = pfb_capture_json(capture);
	text = json_object_to_json_string_ext(obj, JSON_C_TO_STRING_PRETTY);
	FUZZ_HOLDS(text);
	if (pfb_capture_read(&again, text, strlen(text), &err)) {
		fprintf(stderr, "%s\n%s\n", err.text, text);
		abort();
	}
	fuzz_same_capture(capture, &again);
	obj_again = pfb_capture_json(&again);
	FUZZ_HOLDS(!strcmp(text, json_object_to_json_string_ext(obj_again,
								JSON_C_TO_STRING_PRETTY)));
	json_object_put(obj_again);
	json_object_put(obj);
	pfb_capture_free(&again);
}
