// SPDX-License-Identifier: GPL-2.0
#include "fuzz.h"

#include <pci_fixed_bars/manifest.h>

#include "lib/manifest_text.h"

static bool same_all(const struct pfb_declaration *a, const struct pfb_declaration *b, u32 nr)
{
	u32 i;

	for (i = 0; i < nr; i++)
		if (!fuzz_same(&a[i], &b[i]))
			return false;
	return true;
}

/*
 * Whatever is taken as text can be written as text that reads as the same. Its
 * binary form, where it has one (text does not see overlaps), says the same, too.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct fuzz_collector binary;
	struct pfb_declaration *decls = NULL, *again = NULL;
	struct pfb_error err = {};
	u32 nr = 0, nr_again = 0, i;
	char *text = NULL;
	size_t len = 0;
	void *manifest;
	FILE *out;
	int ret;

	binary.nr = 0;
	ret = pfb_manifest_text_parse((const char *)data, size, &decls, &nr, &err);
	fuzz_check_result(ret, &err, &binary);
	if (ret) {
		FUZZ_HOLDS(!strncmp(err.text, "line ", 5) && strstr(err.text, ", column "));
		return 0;
	}
	for (i = 0; i < nr; i++) {
		FUZZ_HOLDS(!fuzz_declare(&binary, &decls[i], &err));
		FUZZ_HOLDS(!i || pfb_path_compare(&decls[i - 1].path, &decls[i].path) < 0);
	}

	out = open_memstream(&text, &len);
	FUZZ_HOLDS(out);
	FUZZ_HOLDS(!pfb_manifest_text_write(out, decls, nr));
	fclose(out);
	FUZZ_HOLDS(!pfb_manifest_text_parse(text, len, &again, &nr_again, &err));
	FUZZ_HOLDS(nr == nr_again && same_all(decls, again, nr));
	free(again);
	free(text);

	len = pfb_manifest_size(decls, nr);
	manifest = malloc(len);
	FUZZ_HOLDS(manifest);
	if (!pfb_manifest_write(decls, nr, manifest, len, &err)) {
		binary.nr = 0;
		FUZZ_HOLDS(!pfb_manifest_parse(manifest, len, PFB_SOURCE_IOCTL, fuzz_declare,
					       &binary, &err));
		FUZZ_HOLDS(binary.nr == nr && same_all(decls, binary.decls, nr));
	}
	free(manifest);
	free(decls);
	return 0;
}
