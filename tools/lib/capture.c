// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>

#include "lib/capture.h"
#include "lib/file.h"
#include "lib/text.h"

int pfb_capture_alloc(struct pfb_capture *capture, const char *origin, u32 nr_functions,
		      u32 nr_roots, struct pfb_error *err)
{
	struct pfb_topology *top = &capture->top;
	unsigned int kind;
	u32 i;

	memset(capture, 0, sizeof(*capture));
	capture->origin = origin;
	if (nr_functions > PFB_CAPTURE_FUNCTIONS_MAX || nr_roots > PFB_CAPTURE_FUNCTIONS_MAX)
		return pfb_fail(err, -E2BIG, "%u functions on %u root buses, expected at most %u of each",
				nr_functions, nr_roots, PFB_CAPTURE_FUNCTIONS_MAX);
	/* one more than asked for: calloc() of nothing may be NULL */
	top->functions = calloc((size_t)nr_functions + 1, sizeof(*top->functions));
	top->roots = calloc((size_t)nr_roots + 1, sizeof(*top->roots));
	capture->functions = calloc((size_t)nr_functions + 1, sizeof(*capture->functions));
	if (!top->functions || !top->roots || !capture->functions)
		return pfb_fail(err, -ENOMEM, "out of memory");
	top->max_functions = nr_functions;
	top->max_roots = nr_roots;
	for (i = 0; i < nr_functions; i++) {
		capture->functions[i].iommu_group = -1;
		capture->functions[i].numa_node = -1;
	}
	for (i = 0; i < nr_roots; i++)
		for (kind = 0; kind < PFB_NR_WINDOWS; kind++)
			top->roots[i].windows[kind].base = 1;
	return 0;
}

static void normalize_windows(struct pfb_window *windows)
{
	unsigned int kind;

	for (kind = 0; kind < PFB_NR_WINDOWS; kind++) {
		if (windows[kind].base <= windows[kind].limit)
			continue;
		windows[kind].base = 1;
		windows[kind].limit = 0;
	}
}

void pfb_capture_normalize(struct pfb_capture *capture)
{
	struct pfb_topology *top = &capture->top;
	unsigned int bar;
	u32 i;

	pfb_text_clean(capture->machine);
	pfb_text_clean(capture->release);
	pfb_text_clean(capture->cpu_vendor);
	for (i = 0; i < top->nr_roots; i++)
		normalize_windows(top->roots[i].windows);
	for (i = 0; i < top->nr_functions; i++) {
		struct pfb_capture_function *cf = &capture->functions[i];
		struct pfb_function *fn = &top->functions[i];

		pfb_text_clean(cf->driver);
		pfb_text_clean(cf->name);
		normalize_windows(fn->windows);
		for (bar = 0; bar < PFB_NR_BARS; bar++) {
			if (fn->bars[bar].size || cf->unsized & 1U << bar)
				continue;
			memset(&fn->bars[bar], 0, sizeof(fn->bars[bar]));
			if (bar < PFB_CONFIG_REBARS)
				cf->rebar_sizes[bar] = 0;
		}
	}
}

void pfb_capture_free(struct pfb_capture *capture)
{
	free(capture->functions);
	free(capture->top.functions);
	free(capture->top.roots);
	memset(capture, 0, sizeof(*capture));
}

int pfb_capture_load(struct pfb_capture *capture, const char *path, struct pfb_error *err)
{
	struct pfb_error why = { "" };
	size_t size;
	void *text;
	int ret;

	memset(capture, 0, sizeof(*capture));
	ret = pfb_file_read(path, PFB_CAPTURE_SIZE_MAX, &text, &size, err);
	if (ret)
		return ret;
	ret = pfb_capture_read(capture, text, size, &why);
	free(text);
	if (ret)
		pfb_fail(err, ret, "%s: %s", strcmp(path, "-") ? path : "standard input", why.text);
	return ret;
}
