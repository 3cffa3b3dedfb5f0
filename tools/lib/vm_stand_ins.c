// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>

#include "lib/vm_host.h"
#include "lib/vm_stand_ins.h"

/* QEMU's docs/specs/pci-ids.rst. */
#define IVSHMEM_VENDOR		0x1af4
#define IVSHMEM_DEVICE		0x1110
#define IVSHMEM_CLASS		0x050000
#define IVSHMEM_BAR0		0x100ULL
#define QEMU_VENDOR		0x1b36
#define NVME_DEVICE		0x0010
#define NVME_CLASS		0x010802
#define NVME_BAR0		0x4000ULL
#define TESTDEV_DEVICE		0x0005
#define TESTDEV_CLASS		0x00ff00
#define TESTDEV_BAR0		0x1000ULL
#define TESTDEV_BAR1		0x100ULL

#define PAGE			4096	/* the least that QEMU has memory of */

/* Where a function of the old plan went: the first, and how many. */
struct moved {
	u32 first;
	u32 nr;
};

static int alloc(struct pfb_vm_plan *to, const struct pfb_vm_plan *from, struct moved **moved,
		 struct pfb_error *err)
{
	u32 max = from->top.nr_functions + from->nr_fixed, i;
	size_t pairs = 0;

	for (i = 0; i < from->nr_pairs; i++)
		pairs += (size_t)__builtin_popcount(from->functions[from->pairs[i].provider].fixed);
	to->top.functions = calloc(max, sizeof(*to->top.functions));
	to->top.roots = calloc(1, sizeof(*to->top.roots));
	to->functions = calloc(max, sizeof(*to->functions));
	to->fixed = calloc((size_t)from->nr_fixed + 1, sizeof(*to->fixed));
	to->pairs = calloc(pairs + 1, sizeof(*to->pairs));
	to->notes = calloc((size_t)from->nr_notes + 2, sizeof(*to->notes));
	*moved = calloc(from->top.nr_functions, sizeof(**moved));
	if (!to->top.functions || !to->top.roots || !to->functions || !to->fixed || !to->pairs ||
	    !to->notes || !*moved)
		return pfb_fail(err, -ENOMEM, "out of memory");
	to->top.max_functions = max;
	to->top.max_roots = 1;
	to->top.nr_roots = 1;
	to->top.roots[0] = from->top.roots[0];
	to->max_notes = from->nr_notes + 2;
	for (i = 0; i < from->nr_notes; i++)
		to->notes[i] = from->notes[i];
	to->nr_notes = from->nr_notes;
	return 0;
}

/* One more function, that stands where @index of the old plan does. */
static u32 add(struct pfb_vm_plan *to, const struct pfb_vm_plan *from, u32 index,
	       struct moved *moved)
{
	const struct pfb_function *old = &from->top.functions[index];
	bool on_root = old->parent == PFB_NO_FUNCTION;
	u32 at = to->top.nr_functions++;
	struct pfb_function *fn = &to->top.functions[at];

	*fn = (struct pfb_function) {
		.parent = on_root ? PFB_NO_FUNCTION : moved[old->parent].first,
		.type = old->type,
		.devfn = old->devfn,
		.vendor = old->vendor,
		.device = old->device,
		.class = old->class,
		.flags = old->flags,
	};
	to->functions[at] = from->functions[index];
	memset(to->functions[at].why, 0, sizeof(to->functions[at].why));
	if (!moved[index].nr++)
		moved[index].first = at;
	return at;
}

static void add_port(struct pfb_vm_plan *to, const struct pfb_vm_plan *from, u32 index,
		     struct moved *moved)
{
	u32 at = add(to, from, index, moved);
	unsigned int i;

	for (i = 0; i < PFB_NR_BARS; i++) {
		to->top.functions[at].bars[i].size = from->top.functions[index].bars[i].size;
		to->top.functions[at].bars[i].flags = from->top.functions[index].bars[i].flags &
						      (u32)~PFB_BAR_ASSIGNED;
	}
	memcpy(to->functions[at].why, from->functions[index].why, sizeof(to->functions[at].why));
}

static void become(struct pfb_vm_plan *to, u32 at, enum pfb_vm_kind kind, u16 vendor, u16 device,
		   u32 class)
{
	struct pfb_function *fn = &to->top.functions[at];

	fn->vendor = vendor;
	fn->device = device;
	fn->class = class;
	fn->flags = PFB_FN_MEMORY | PFB_FN_MASTER | (fn->flags & PFB_FN_MULTIFUNCTION);
	to->functions[at].kind = kind;
	to->functions[at].fixed = 0;
}

static void become_memory(struct pfb_vm_plan *to, u32 at, const struct pfb_vm_plan *from, u32 index,
			  unsigned int bar)
{
	const struct pfb_bar *old = &from->top.functions[index].bars[bar];
	struct pfb_vm_function *vf = &to->functions[at];
	struct pfb_function *fn = &to->top.functions[at];

	become(to, at, PFB_VM_MEMORY, IVSHMEM_VENDOR, IVSHMEM_DEVICE, IVSHMEM_CLASS);
	fn->bars[0].size = IVSHMEM_BAR0;
	fn->bars[PFB_VM_MEMORY_BAR].size = old->size;
	fn->bars[PFB_VM_MEMORY_BAR].flags = PFB_BAR_MEM64 | PFB_BAR_PREFETCH;
	vf->fixed = 1U << PFB_VM_MEMORY_BAR;
	/* it answers, and never asks */
	vf->client = false;
	snprintf(vf->why[PFB_VM_MEMORY_BAR], sizeof(vf->why[0]),
		 "where %s has its %s on the host",
		 from->capture->functions[vf->host].bdf, pfb_bar_index_name(bar));
	to->fixed[to->nr_fixed++] = (struct pfb_plan_fixed) {
		.function = at, .bar = PFB_VM_MEMORY_BAR, .address = old->address,
	};
}

static unsigned int largest(const struct pfb_vm_plan *plan, u32 index)
{
	const struct pfb_function *fn = &plan->top.functions[index];
	unsigned int bar, best = PFB_NR_BARS;

	for (bar = 0; bar < PFB_NR_BARS; bar++)
		if (plan->functions[index].fixed & (1U << bar) &&
		    (best == PFB_NR_BARS || fn->bars[bar].size > fn->bars[best].size))
			best = bar;
	return best;
}

static void add_first(struct pfb_vm_plan *to, const struct pfb_vm_plan *from, u32 index,
		      struct moved *moved)
{
	u32 at = add(to, from, index, moved);
	struct pfb_function *fn = &to->top.functions[at];

	if (from->functions[index].fixed) {
		become_memory(to, at, from, index, largest(from, index));
	} else if (from->functions[index].client) {
		become(to, at, PFB_VM_DISK, QEMU_VENDOR, NVME_DEVICE, NVME_CLASS);
		fn->bars[0] = (struct pfb_bar) { .size = NVME_BAR0, .flags = PFB_BAR_MEM64 };
	} else {
		become(to, at, PFB_VM_OTHER, QEMU_VENDOR, TESTDEV_DEVICE, TESTDEV_CLASS);
		fn->bars[0].size = TESTDEV_BAR0;
		fn->bars[1] = (struct pfb_bar) { .size = TESTDEV_BAR1, .flags = PFB_BAR_IO };
	}
}

static int check_fixed(const struct pfb_vm_plan *from, u32 index, struct pfb_error *err)
{
	const struct pfb_bar *bars = from->top.functions[index].bars;
	unsigned int bar;

	for (bar = 0; bar < PFB_NR_BARS; bar++)
		if (from->functions[index].fixed & (1U << bar) && bars[bar].size < PAGE)
			return pfb_fail(err, -EOPNOTSUPP,
					"%s %s has 0x%llx bytes, and a stand-in's memory has at least a page: plan without stand-ins",
					from->functions[index].id, pfb_bar_index_name(bar),
					(unsigned long long)bars[bar].size);
	return 0;
}

/* The functions of one device: those of the host, then those for their further BARs. */
static int add_device(struct pfb_vm_plan *to, const struct pfb_vm_plan *from, u32 first, u32 nr,
		      struct moved *moved, struct pfb_error *err)
{
	u32 before = to->top.nr_functions, i, at;
	u8 devfn = 0;
	unsigned int bar;
	int ret;

	for (i = first; i < first + nr; i++) {
		ret = check_fixed(from, i, err);
		if (ret)
			return ret;
		devfn = from->top.functions[i].devfn;
		add_first(to, from, i, moved);
	}
	for (i = first; i < first + nr; i++) {
		for (bar = 0; bar < PFB_NR_BARS; bar++) {
			if (!(from->functions[i].fixed & (1U << bar)) || bar == largest(from, i))
				continue;
			if (PFB_FN(devfn) == 7)
				return pfb_fail(err, -EOPNOTSUPP,
						"%s %s: each fixed BAR takes a stand-in of its own, and the device has no function number left for it: assign fewer functions of that device",
						from->functions[i].id, pfb_bar_index_name(bar));
			at = add(to, from, i, moved);
			to->top.functions[at].devfn = ++devfn;
			become_memory(to, at, from, i, bar);
			snprintf(to->functions[at].id, sizeof(to->functions[at].id), "%.20s-%s",
				 from->functions[i].id, pfb_bar_index_name(bar));
		}
	}
	for (i = before; to->top.nr_functions - before > 1 && i < to->top.nr_functions; i++)
		to->top.functions[i].flags |= PFB_FN_MULTIFUNCTION;
	return 0;
}

static void add_pairs(struct pfb_vm_plan *to, const struct pfb_vm_plan *from,
		      const struct moved *moved)
{
	u32 i, at;

	for (i = 0; i < from->nr_pairs; i++) {
		const struct pfb_vm_pair *pair = &from->pairs[i];
		const struct moved *provider = &moved[pair->provider];

		/* The further functions of a device come after all of the host's. */
		for (at = provider->first; at < to->top.nr_functions; at++) {
			if (to->functions[at].kind != PFB_VM_MEMORY ||
			    to->functions[at].host != from->functions[pair->provider].host)
				continue;
			to->pairs[to->nr_pairs] = *pair;
			to->pairs[to->nr_pairs].client = moved[pair->client].first;
			to->pairs[to->nr_pairs++].provider = at;
		}
	}
}

int pfb_vm_stand_ins(struct pfb_vm_plan *to, const struct pfb_vm_plan *from,
		     struct pfb_error *err)
{
	struct moved *moved = NULL;
	u32 i, nr;
	int ret;

	memset(to, 0, sizeof(*to));
	to->capture = from->capture;
	memcpy(to->machine, from->machine, sizeof(to->machine));
	ret = alloc(to, from, &moved, err);
	for (i = 0; i < from->top.nr_functions && !ret; i += nr) {
		nr = 1;
		if (pfb_topology_is_bridge(&from->top.functions[i])) {
			add_port(to, from, i, moved);
			continue;
		}
		while (i + nr < from->top.nr_functions &&
		       from->top.functions[i + nr].parent == from->top.functions[i].parent)
			nr++;
		ret = add_device(to, from, i, nr, moved, err);
	}
	if (!ret) {
		add_pairs(to, from, moved);
		pfb_vm_note(to, "a dry run: stand-ins for what is assigned, and nothing of the host");
		ret = pfb_vm_pack(to, err);
	}
	free(moved);
	return ret;
}
