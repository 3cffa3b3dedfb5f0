// SPDX-License-Identifier: GPL-2.0
#include "fuzz.h"

#include "lib/capture_lspci.h"
#include "lib/capture_notes.h"
#include "same_capture.h"

/*
 * One file, or two with a NUL between. What is taken is a capture, which can be
 * written and read; the order of the files does not matter.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *nul = memchr(data, '\0', size);
	size_t first = nul ? (size_t)(nul - data) : size;
	struct pfb_lspci_input inputs[2] = {
		{ "one", (const char *)data, first },
		{ "two", nul ? (const char *)nul + 1 : "", nul ? size - first - 1 : 0 },
	};
	struct pfb_capture capture, swapped;
	struct pfb_capture_notes notes;
	struct pfb_lspci_input keep;
	struct pfb_error err = {};
	u32 i;
	int ret;

	ret = pfb_capture_lspci(&capture, inputs, 2, "host", &err);
	fuzz_check_error(ret, &err);
	keep = inputs[0];
	inputs[0] = inputs[1];
	inputs[1] = keep;
	err.text[0] = '\0';
	FUZZ_HOLDS(pfb_capture_lspci(&swapped, inputs, 2, "host", &err) == ret);
	if (!ret) {
		pfb_capture_notes(&capture, &notes);
		for (i = 0; i < notes.nr; i++)
			FUZZ_HOLDS(strlen(notes.text[i]) < sizeof(notes.text[i]) - 1);
		fuzz_check_capture(&capture);
		/* of two names, the first one's is kept */
		for (i = 0; i < capture.top.nr_functions; i++)
			memset(swapped.functions[i].name, 0, sizeof(swapped.functions[i].name));
		for (i = 0; i < capture.top.nr_functions; i++)
			memset(capture.functions[i].name, 0, sizeof(capture.functions[i].name));
		fuzz_same_capture(&capture, &swapped);
	}
	pfb_capture_free(&swapped);
	pfb_capture_free(&capture);
	return 0;
}
