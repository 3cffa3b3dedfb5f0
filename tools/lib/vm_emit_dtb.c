// SPDX-License-Identifier: GPL-2.0
/* The device tree of a planned VM: QEMU's own, held against the plan, with the flags. */
#include <stdlib.h>

#include "lib/vm_emit.h"

static int check_window(const struct pfb_vm_plan *plan, const struct pfb_root *found,
			struct pfb_error *err)
{
	const struct pfb_window *want = &plan->top.roots[0].windows[PFB_WINDOW_PREF];
	const struct pfb_window *have = &found->windows[PFB_WINDOW_PREF];

	if (have->limit < have->base)
		return pfb_fail(err, -EXDEV,
				"the device tree has no 64-bit window, expected 0x%llx-0x%llx: QEMU drops it when it does not fit the CPU's address bits: -cpu max or host, and the machine's highmem-mmio-size",
				(unsigned long long)want->base, (unsigned long long)want->limit);
	if (have->base == want->base && have->limit == want->limit)
		return 0;
	return pfb_fail(err, -EXDEV,
			"the device tree has the 64-bit window 0x%llx-0x%llx, expected 0x%llx-0x%llx: dump it with the -machine and -cpu that were emitted, and less memory than lies below the window",
			(unsigned long long)have->base, (unsigned long long)have->limit,
			(unsigned long long)want->base, (unsigned long long)want->limit);
}

static u8 last_bus(const struct pfb_topology *top)
{
	u8 last = 0;
	u32 i;

	for (i = 0; i < top->nr_functions; i++)
		if (pfb_topology_is_bridge(&top->functions[i]) &&
		    top->functions[i].subordinate > last)
			last = top->functions[i].subordinate;
	return last;
}

static int keep(const struct pfb_vm_plan *plan, struct pfb_dtb *dtb,
		const struct pfb_dtb_bridges *bridges, struct pfb_error *err)
{
	struct pfb_dtb_ecam ecam;
	int ret;

	if (bridges->nr != 1)
		return pfb_fail(err, -EXDEV,
				"%u PCI host bridges in the device tree, expected one: dump that of the machine that was emitted",
				bridges->nr);
	ret = pfb_dtb_ecam(dtb, bridges->path[0], &ecam, err);
	if (!ret)
		ret = check_window(plan, &ecam.root, err);
	if (!ret && (ecam.root.bus || ecam.root.last_bus < last_bus(&plan->top)))
		ret = pfb_fail(err, -EXDEV,
			       "the device tree has buses %02x-%02x, and the plan takes 00-%02x: highmem-ecam=off leaves too few, remove it",
			       ecam.root.bus, ecam.root.last_bus, last_bus(&plan->top));
	if (!ret)
		ret = pfb_dtb_set_flag(dtb, PFB_DTB_ENUM_DONE, bridges->path[0], true, err);
	if (!ret)
		ret = pfb_dtb_set_flag(dtb, PFB_DTB_PROBE_ONLY, NULL, true, err);
	return ret;
}

int pfb_vm_emit_dtb(const struct pfb_vm_plan *plan, struct pfb_dtb *dtb, struct pfb_error *err)
{
	struct pfb_dtb_bridges *bridges;
	int ret;

	if (strcmp(plan->machine, "virt"))
		return pfb_fail(err, -EOPNOTSUPP,
				"machine %s has no device tree, virt has: its firmware places BARs, and the guest's module moves them (policy=enforce)",
				plan->machine);
	bridges = malloc(sizeof(*bridges));
	if (!bridges)
		return pfb_fail(err, -ENOMEM, "out of memory");
	ret = pfb_dtb_host_bridges(dtb, bridges, err);
	if (!ret)
		ret = keep(plan, dtb, bridges, err);
	free(bridges);
	return ret;
}
