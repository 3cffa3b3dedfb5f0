// SPDX-License-Identifier: GPL-2.0
#include "fuzz.h"

#include "lib/config_space.h"

/* A function behind a hostile or broken device must not lead the reader astray. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	u64 sizes[PFB_CONFIG_REBARS];
	struct pfb_config_sriov sriov;
	struct pfb_config_bars bars;
	struct pfb_function fn = {};
	unsigned int i;

	if (size < PFB_CONFIG_SPACE_MIN)
		return 0;
	if (size > PFB_CONFIG_SPACE_MAX)
		size = PFB_CONFIG_SPACE_MAX;
	if (size == PFB_CONFIG_SPACE_MIN)
		FUZZ_HOLDS(!pfb_config_space_decode(data, size, &fn, &bars) || !(data[6] & 0x10));
	else
		pfb_config_space_decode(data, size, &fn, &bars);

	pfb_config_space_rebar(data, size, sizes);
	for (i = 0; i < PFB_CONFIG_REBARS; i++)
		FUZZ_HOLDS(!(sizes[i] >> 44));
	pfb_config_space_sriov(data, size, &sriov);
	FUZZ_HOLDS(size > 256 || !sriov.nr);

	FUZZ_HOLDS(fn.type <= PFB_PORT_PCI_BRIDGE);
	FUZZ_HOLDS(fn.class <= 0xffffff);
	FUZZ_HOLDS(!(fn.acs_cap & ~0x7f) && !(fn.acs_ctrl & ~0x7f));
	FUZZ_HOLDS((fn.flags & PFB_FN_ACS) || !fn.acs_ctrl);
	for (i = 0; i < PFB_NR_BARS; i++) {
		FUZZ_HOLDS(bars.flags[i] & PFB_BAR_MEM64 || !(bars.address[i] >> 32));
		/* the register after a 64-bit one is no BAR */
		FUZZ_HOLDS(!(bars.flags[i] & PFB_BAR_MEM64) ||
			   (!bars.address[i + 1] && !bars.flags[i + 1]));
	}
	return 0;
}
