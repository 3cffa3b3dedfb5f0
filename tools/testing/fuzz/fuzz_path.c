// SPDX-License-Identifier: GPL-2.0
#include "fuzz.h"

#include <pci_fixed_bars/path.h>

/* Whatever is taken as a path can be written, and read as the same path. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct fuzz_collector nothing;
	struct pfb_path path, again;
	struct pfb_error err = {};
	char text[PFB_PATH_TEXT_MAX];
	int ret;

	ret = pfb_path_parse((const char *)data, size, &path, &err);
	fuzz_check_result(ret < 0 ? ret : 0, &err, &nothing);
	if (ret < 0)
		return 0;
	FUZZ_HOLDS(ret > 0 && (size_t)ret <= size);
	FUZZ_HOLDS(path.nr_hops > 0 && path.nr_hops <= PFB_PATH_HOPS_MAX);

	pfb_path_format(&path, text, sizeof(text));
	ret = pfb_path_parse(text, strlen(text), &again, NULL);
	FUZZ_HOLDS(ret == (int)strlen(text));
	FUZZ_HOLDS(pfb_path_equal(&path, &again));
	return 0;
}
