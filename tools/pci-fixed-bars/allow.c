// SPDX-License-Identifier: GPL-2.0
#include "allow.h"

enum {
	OPT_ALLOW_DECLARED = 0x2000,
	OPT_ALLOW_PRESERVED,
};

static const struct argp_option options[] = {
	{ "allow-declared", OPT_ALLOW_DECLARED, NULL, 0,
	  "Also pass BARs whose host-physical address nobody stated", 0 },
	{ "allow-preserved", OPT_ALLOW_PRESERVED, NULL, 0,
	  "Also pass BARs that nobody declared, that firmware asked to preserve, and that are "
	  "where firmware left them (only the module knows)", 0 },
	{ 0 }
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct pfb_allow *allow = state->input;

	(void)arg;
	switch (key) {
	case OPT_ALLOW_DECLARED:
		allow->declared = true;
		return 0;
	case OPT_ALLOW_PRESERVED:
		allow->preserved = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp pfb_allow_argp = { .options = options, .parser = parse };
