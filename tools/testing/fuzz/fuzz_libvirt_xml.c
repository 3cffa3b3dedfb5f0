// SPDX-License-Identifier: GPL-2.0
#include "fuzz.h"

#include "lib/libvirt_xml.h"
#include "same_vm.h"

/* What is taken can be judged, and is the same when it is written as QEMU's command line. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pfb_vm_config config = {};
	struct pfb_error err = {};
	int ret;

	ret = pfb_libvirt_xml_parse(&config, (const char *)data, size, &err);
	fuzz_check_error(ret, &err);
	if (!ret)
		fuzz_check_vm(&config);
	pfb_vm_config_free(&config);
	return 0;
}
