// SPDX-License-Identifier: GPL-2.0
#include "fuzz.h"

#include "same_capture.h"

/* What is taken can be written, and that reads as the same to the last byte. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pfb_capture capture;
	struct pfb_error err = {};
	int ret;

	ret = pfb_capture_read(&capture, (const char *)data, size, &err);
	fuzz_check_error(ret, &err);
	if (!ret)
		fuzz_check_capture(&capture);
	pfb_capture_free(&capture);
	return 0;
}
