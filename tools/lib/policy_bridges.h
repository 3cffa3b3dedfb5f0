/* SPDX-License-Identifier: GPL-2.0 */
/* Who keeps the boot configuration of each host bridge. */
#ifndef PFB_LIB_POLICY_BRIDGES_H
#define PFB_LIB_POLICY_BRIDGES_H

#include "lib/guest.h"
#include "lib/policy_platform.h"

/**
 * struct pfb_policy_bridge - a host bridge of the running system
 * @name: segment and bus, as in "0000:00"
 * @acpi_path: its path in ACPI, empty without one
 * @asked: what the module says of it: "not-asked", "honoured", "ignored"; empty
 *	when it is not loaded
 * @kept: its boot configuration is kept, as far as can be known
 * @why: who keeps it, or what is missing
 */
struct pfb_policy_bridge {
	char name[16];
	char acpi_path[96];
	char asked[32];
	bool kept;
	const char *why;
};

/**
 * pfb_policy_bridge_read() - look at a host bridge
 * @guest: the machine
 * @root: index of the root bus
 * @platform: the system
 * @tables: the kernel uses our ACPI table
 * @bridge: receives what is known
 */
void pfb_policy_bridge_read(const struct pfb_guest *guest, u32 root,
			    const struct pfb_policy_platform *platform, bool tables,
			    struct pfb_policy_bridge *bridge);

#endif /* PFB_LIB_POLICY_BRIDGES_H */
