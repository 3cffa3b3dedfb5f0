// SPDX-License-Identifier: GPL-2.0
#include "fuzz.h"

#include <pci_fixed_bars/bar_spec.h>
#include <pci_fixed_bars/topology.h>

static struct fuzz_collector first, second;

/* No function and no address stands twice in what is taken. */
static void check_unique(const struct pfb_declaration *decl, const struct pfb_declaration *before)
{
	unsigned int i, j;

	FUZZ_HOLDS(!pfb_path_equal(&decl->path, &before->path));
	for (i = 0; i < decl->nr_bars; i++) {
		for (j = 0; j < before->nr_bars; j++)
			FUZZ_HOLDS(decl->bars[i].gpa != before->bars[j].gpa);
	}
}

/* Whatever is taken as a list can be written, and read as the same list. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* The longest form of each function and of each BAR. */
	static char text[FUZZ_MAX_DECLARATIONS * (PFB_PATH_TEXT_MAX + PFB_NR_BARS * 32)];
	char path[PFB_PATH_TEXT_MAX];
	struct pfb_error err = {};
	unsigned int i, bar, before;
	size_t len = 0;
	int ret;

	first.nr = 0;
	ret = pfb_bar_spec_parse((const char *)data, size, fuzz_declare, &first, &err);
	fuzz_check_result(ret, &err, &first);
	if (ret)
		return 0;

	for (i = 0; i < first.nr; i++) {
		FUZZ_HOLDS(first.decls[i].source == PFB_SOURCE_PARAM);
		FUZZ_HOLDS(first.decls[i].nr_bars > 0);
		for (before = 0; before < i; before++)
			check_unique(&first.decls[i], &first.decls[before]);
		len += (size_t)sprintf(text + len, "%s%s=", i ? ";" : "",
				       pfb_path_format(&first.decls[i].path, path, sizeof(path)));
		for (bar = 0; bar < first.decls[i].nr_bars; bar++)
			len += (size_t)sprintf(text + len, "%s%s@0x%llx", bar ? "," : "",
					       pfb_bar_index_name(first.decls[i].bars[bar].index),
					       (unsigned long long)first.decls[i].bars[bar].gpa);
	}
	/* The short forms of paths make a list longer when it is written in full. */
	if (len > PFB_BAR_SPEC_MAX)
		return 0;

	second.nr = 0;
	FUZZ_HOLDS(!pfb_bar_spec_parse(text, len, fuzz_declare, &second, &err));
	FUZZ_HOLDS(first.nr == second.nr);
	for (i = 0; i < first.nr; i++)
		FUZZ_HOLDS(fuzz_same(&first.decls[i], &second.decls[i]));
	return 0;
}
