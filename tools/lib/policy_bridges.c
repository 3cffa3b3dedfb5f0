// SPDX-License-Identifier: GPL-2.0
#include "lib/policy_bridges.h"

#include <stdlib.h>

#include "lib/file.h"
#include "lib/kernel_cmdline.h"
#include "lib/module.h"

static bool probe_only(const struct pfb_guest *guest)
{
	char *path = pfb_guest_path(guest, "/sys/firmware/devicetree/base/chosen/linux,pci-probe-only");
	size_t size;
	void *data;
	bool set;

	if (!path || pfb_file_read(path, 64, &data, &size, NULL)) {
		free(path);
		return false;
	}
	free(path);
	/* of_pci_check_probe_only(): a u32 that is not 0 */
	set = size == 4 && memcmp(data, "\0\0\0\0", 4);
	free(data);
	return set;
}

static void judge(const struct pfb_guest *guest, const struct pfb_policy_platform *platform,
		  bool tables, struct pfb_policy_bridge *bridge)
{
	bridge->kept = true;
	if (!strcmp(bridge->asked, "honoured")) {
		bridge->why = tables ? "the installed ACPI table asked the kernel to" :
			      "firmware asked the kernel to";
		return;
	}
	switch (platform->kind) {
	case PFB_POLICY_X86:
		if (pfb_cmdline_realloc(platform->cmdline, NULL) == PFB_CMDLINE_REALLOC_OFF) {
			bridge->why = "x86 keeps what fits, and pci=realloc=off the rest";
			return;
		}
		bridge->kept = false;
		bridge->why = "x86 keeps what fits; pci=realloc=off is missing";
		return;
	case PFB_POLICY_ARM64_DT:
		if (probe_only(guest)) {
			bridge->why = "the device tree's linux,pci-probe-only";
			return;
		}
		bridge->kept = false;
		bridge->why = "linux,pci-probe-only in the device tree is missing";
		return;
	case PFB_POLICY_ARM64_ACPI:
		if (tables && !*bridge->asked) {
			bridge->why = "the installed ACPI table (modprobe pci_fixed_bars to have it checked)";
			return;
		}
		bridge->kept = false;
		bridge->why = *bridge->asked ? "a _DSM whose function 5 returns 0 is missing" :
			      "not known: modprobe pci_fixed_bars, which asks the _DSM";
		return;
	default:
		bridge->kept = false;
		bridge->why = "not known on this architecture";
	}
}

void pfb_policy_bridge_read(const struct pfb_guest *guest, u32 root,
			    const struct pfb_policy_platform *platform, bool tables,
			    struct pfb_policy_bridge *bridge)
{
	const struct pfb_root *bus = &guest->top.roots[root];
	char *path;
	u32 i;

	memset(bridge, 0, sizeof(*bridge));
	snprintf(bridge->name, sizeof(bridge->name), "%04x:%02x", bus->segment, bus->bus);
	path = pfb_guest_path(guest, "/sys/devices/pci%s/firmware_node/path", bridge->name);
	if (path)
		pfb_file_line(path, bridge->acpi_path, sizeof(bridge->acpi_path));
	free(path);
	/* The module says it of functions: bridges without BARs are none of them. */
	for (i = 0; i < guest->top.nr_functions && !*bridge->asked; i++) {
		if (guest->top.functions[i].root == root)
			pfb_module_function_attr(guest, guest->functions[i].bdf, "preserve",
						 bridge->asked, sizeof(bridge->asked));
	}
	judge(guest, platform, tables, bridge);
}
