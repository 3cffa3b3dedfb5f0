// SPDX-License-Identifier: GPL-2.0
/* What every writer of a planned VM asks: can it be said, and in which numbers. */
#include <ctype.h>

#include "lib/vm_emit.h"

#define NV_VENDOR		0x10de
#define NV_CLIQUES		16	/* four bits, NVIDIA's GPUDirect P2P capability */
#define CLASS_DISPLAY		0x03

/* QEMU's hw/arm/virt.c: highmem-mmio-size is a power of two, at least this. */
#define VIRT_WINDOW_MIN		(512ULL << 30)

static bool is_virt(const struct pfb_vm_plan *plan)
{
	return !strcmp(plan->machine, "virt");
}

const char *pfb_vm_emit_fixed(const struct pfb_vm_plan *plan, u32 index, const char *comma,
			      char *buf, size_t size)
{
	const struct pfb_function *fn = &plan->top.functions[index];
	unsigned int i;
	size_t len = 0;

	buf[0] = '\0';
	for (i = 0; i < PFB_BAR_ROM && len < size; i++)
		if (plan->functions[index].fixed & (1U << i))
			len += (size_t)snprintf(buf + len, size - len, "%sbar%u@0x%llx",
						len ? comma : "", i,
						(unsigned long long)fn->bars[i].address);
	return buf;
}

static bool states_clique(const struct pfb_vm_plan *plan, u32 index)
{
	const struct pfb_function *fn = &plan->top.functions[index];
	const struct pfb_vm_function *vf = &plan->functions[index];

	return vf->kind == PFB_VM_ASSIGNED && vf->provider && vf->clique != PFB_CLIQUE_NONE &&
	       fn->vendor == NV_VENDOR && fn->class >> 16 == CLASS_DISPLAY;
}

int pfb_vm_emit_nv_clique(const struct pfb_vm_plan *plan, u32 index)
{
	int number = 0;
	u32 i, j;

	if (!states_clique(plan, index))
		return -1;
	/* Numbered as they first come. */
	for (i = 0; plan->functions[i].clique != plan->functions[index].clique ||
		    !states_clique(plan, i); i++) {
		if (!states_clique(plan, i))
			continue;
		for (j = 0; j < i; j++)
			if (states_clique(plan, j) &&
			    plan->functions[j].clique == plan->functions[i].clique)
				break;
		number += j == i;
	}
	return number;
}

const char *pfb_vm_emit_size(u64 size, char *buf, size_t len)
{
	static const char units[] = "KMGTPE";
	int unit = -1;

	while (size && !(size & 1023) && units[unit + 1]) {
		size >>= 10;
		unit++;
	}
	if (unit < 0)
		snprintf(buf, len, "%llu", (unsigned long long)size);
	else
		snprintf(buf, len, "%llu%c", (unsigned long long)size, units[unit]);
	return buf;
}

/* QEMU's util/id.c. */
static bool is_id(const char *id)
{
	if (!isalpha((unsigned char)*id))
		return false;
	for (; *id; id++)
		if (!isalnum((unsigned char)*id) && !strchr("-._", *id))
			return false;
	return true;
}

static int check_window(const struct pfb_vm_plan *plan, struct pfb_error *err)
{
	const struct pfb_window *window = &plan->top.roots[0].windows[PFB_WINDOW_PREF];
	u64 size = window->limit - window->base + 1;

	if (!is_virt(plan) || (window->base == size && !(size & (size - 1)) &&
			       size >= VIRT_WINDOW_MIN))
		return 0;
	return pfb_fail(err, -EOPNOTSUPP,
			"the 64-bit window 0x%llx-0x%llx: stock QEMU's virt has only windows of a power of two of bytes, 512 GiB or more, that begin at their size: plan without --window64, or emit for a QEMU with pcie-mmio-window (--emit qemu-rfc)",
			(unsigned long long)window->base, (unsigned long long)window->limit);
}

int pfb_vm_emit_check(const struct pfb_vm_emit *emit, struct pfb_error *err)
{
	const struct pfb_vm_plan *plan = emit->plan;
	u32 i;

	if (emit->dialect == PFB_VM_STOCK) {
		int ret = check_window(plan, err);

		if (ret)
			return ret;
	} else if (!is_virt(plan)) {
		return pfb_fail(err, -EOPNOTSUPP,
				"machine %s: pci-pre-enum and pcie-mmio-window are properties of virt; on %s the firmware places BARs, and the guest's module moves them (policy=enforce): emit for stock QEMU",
				plan->machine, plan->machine);
	}
	for (i = 0; i < plan->top.nr_functions; i++) {
		if (!is_id(plan->functions[i].id))
			return pfb_fail(err, -EINVAL,
					"id '%s' of a function: QEMU takes letters, digits, '-', '.' and '_', a letter first: rename it",
					plan->functions[i].id);
		if (pfb_vm_emit_nv_clique(plan, i) >= NV_CLIQUES)
			return pfb_fail(err, -EOPNOTSUPP,
					"%s is of the %uth clique of NVIDIA GPUs, and x-nv-gpudirect-clique has numbers for %u: assign fewer GPUs, or some that share a switch",
					plan->functions[i].id, NV_CLIQUES + 1, NV_CLIQUES);
	}
	return 0;
}
