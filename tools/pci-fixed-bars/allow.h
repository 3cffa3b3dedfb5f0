/* SPDX-License-Identifier: GPL-2.0 */
/* The options that say which verdicts pass. */
#ifndef PFB_ALLOW_H
#define PFB_ALLOW_H

#include <argp.h>
#include <stdbool.h>

/**
 * struct pfb_allow - what passes besides verified BARs
 * @declared: BARs whose host-physical address nobody stated
 * @preserved: BARs that nobody declared, where firmware left them
 */
struct pfb_allow {
	bool declared;
	bool preserved;
};

/* Its input is a struct pfb_allow. */
extern const struct argp pfb_allow_argp;

#endif /* PFB_ALLOW_H */
