// SPDX-License-Identifier: GPL-2.0
/* What to know beside a plan: what it rests on, and what breaks it from outside. */
#include <inttypes.h>

#include "lib/topology_report.h"
#include "lib/vm_host.h"

#define MATES_SHOWN	4

#define PFB_4GIB		(1ULL << 32)
/* QEMU's hw/arm/virt.c: memory is one piece from here on. */
#define VIRT_MEMORY_BASE	0x40000000ULL
/* QEMU's hw/i386/pc_q35.c: below 4 GiB there is never memory from here on. */
#define Q35_LOW_MEMORY_END	0xb0000000ULL

void pfb_vm_note(struct pfb_vm_plan *plan, const char *fmt, ...)
{
	struct pfb_vm_note *note = &plan->notes[plan->nr_notes];
	va_list args;

	if (plan->nr_notes == plan->max_notes)
		return;
	va_start(args, fmt);
	vsnprintf(note->text, sizeof(note->text), fmt, args);
	va_end(args);
	plan->nr_notes++;
}

/*
 * A switch routes untranslated requests by the windows of its ports, whether the
 * guest means a peer's BAR or its own memory at the same address. Redirect at
 * the port that they come in by keeps it from doing so.
 */
static bool claims(const struct pfb_vm_host *host, u32 upstream)
{
	u32 i;

	for (i = upstream + 1; i < host->top.nr_functions; i++) {
		const struct pfb_function *fn = &host->top.functions[i];
		bool read = host->capture->functions[host->functions[i].captured].acs_read;

		if (fn->parent == upstream &&
		    (!read || !(fn->flags & PFB_FN_ACS) || !(fn->acs_ctrl & PFB_ACS_RR)))
			return true;
	}
	return false;
}

static bool may_be_memory(const struct pfb_vm_plan *plan, const struct pfb_window *w)
{
	const struct pfb_window *high = &plan->top.roots[0].windows[PFB_WINDOW_PREF];

	if (w->base > w->limit || (high->base <= w->base && w->limit <= high->limit))
		return false;
	if (!strcmp(plan->machine, "virt"))
		return w->limit >= VIRT_MEMORY_BASE;
	return w->base < Q35_LOW_MEMORY_END || w->limit >= PFB_4GIB;
}

static void note_claim(struct pfb_vm_plan *plan, const struct pfb_window *w, const char *bdf)
{
	char most[96] = "", size[32];

	if (!strcmp(plan->machine, "virt") && w->base <= VIRT_MEMORY_BASE)
		snprintf(most, sizeof(most), "; on virt, whose memory begins at 0x%llx, it cannot be",
			 VIRT_MEMORY_BASE);
	else if (!strcmp(plan->machine, "virt"))
		snprintf(most, sizeof(most), "; on virt, whose memory begins at 0x%llx, it can have %s",
			 VIRT_MEMORY_BASE,
			 pfb_report_size(w->base - VIRT_MEMORY_BASE, size, sizeof(size)));
	pfb_vm_note(plan, "keep the guest's memory out of 0x%" PRIx64 "-0x%" PRIx64 ": the host's switch %s claims it, and DMA to it would end at a peer%s",
		    w->base, w->limit, bdf, most);
}

static void note_claims(struct pfb_vm_plan *plan, const struct pfb_vm_host *host)
{
	unsigned int kind;
	u32 i;

	for (i = 0; i < host->top.nr_functions; i++) {
		const struct pfb_function *fn = &host->top.functions[i];

		if (fn->type != PFB_PORT_UPSTREAM || !claims(host, i))
			continue;
		for (kind = PFB_WINDOW_MEM; kind <= PFB_WINDOW_PREF; kind++)
			if (may_be_memory(plan, &fn->windows[kind]))
				note_claim(plan, &fn->windows[kind], pfb_vm_host_bdf(host, i));
	}
}

/* Who else is in a group, and cannot stay with the host or go to another VM. */
static void note_group(struct pfb_vm_plan *plan, const struct pfb_vm_host *host, int group,
		       const char *of)
{
	const struct pfb_capture *capture = host->capture;
	char mates[160] = "";
	size_t used = 0;
	u32 i, j, nr = 0;

	for (i = 0; i < capture->top.nr_functions; i++) {
		const struct pfb_capture_function *cf = &capture->functions[i];

		/* VFIO lets ports stay with the host's port driver */
		if (cf->iommu_group != group || pfb_topology_is_bridge(&capture->top.functions[i]))
			continue;
		for (j = 0; j < host->nr_assigned; j++)
			if (host->functions[host->assigned[j]].captured == i)
				break;
		if (j < host->nr_assigned || nr++ >= MATES_SHOWN)
			continue;
		used += (size_t)snprintf(mates + used, sizeof(mates) - used, "%s%s (%.16s)",
					 used ? ", " : "", cf->bdf,
					 cf->driver[0] ? cf->driver : "no driver");
	}
	if (!nr)
		return;
	if (nr > MATES_SHOWN)
		snprintf(mates + used, sizeof(mates) - used, " and %u more", nr - MATES_SHOWN);
	pfb_vm_note(plan, "IOMMU group %d of %s also has %s: VFIO gives a group to one VM only, as a whole; assign these, too, or unbind their drivers",
		    group, of, mates);
}

static void note_groups(struct pfb_vm_plan *plan, const struct pfb_vm_host *host)
{
	const char *unknown = NULL;
	u32 i, j, nr_unknown = 0;

	for (i = 0; i < host->nr_assigned; i++) {
		u32 captured = host->functions[host->assigned[i]].captured;
		int group = host->capture->functions[captured].iommu_group;

		if (group < 0) {
			nr_unknown++;
			unknown = unknown ? unknown : host->capture->functions[captured].bdf;
			continue;
		}
		for (j = 0; j < i; j++)
			if (host->capture->functions[host->functions[host->assigned[j]].captured]
				    .iommu_group == group)
				break;
		if (j == i)
			note_group(plan, host, group, host->capture->functions[captured].bdf);
	}
	if (nr_unknown)
		pfb_vm_note(plan, "the capture has no IOMMU group of %s%s: without one VFIO cannot assign it, and what else is in its group must be assigned along; turn the host's IOMMU on, and capture the live host",
			    unknown, nr_unknown > 1 ? " and others" : "");
}

static void note_nodes(struct pfb_vm_plan *plan, const struct pfb_vm_host *host)
{
	int first = -1;
	u32 i;

	for (i = 0; i < host->nr_assigned; i++) {
		u32 captured = host->functions[host->assigned[i]].captured;
		int node = host->capture->functions[captured].numa_node;

		if (first < 0)
			first = node;
		if (node < 0 || node == first)
			continue;
		pfb_vm_note(plan, "what is assigned is on NUMA nodes %d and %d of the host, and a guest with one host bridge is not told: place its memory and CPUs by hand (--json has each function's node)",
			    first, node);
		return;
	}
}

/* A guest cannot resize what is fixed. */
static void note_sizes(struct pfb_vm_plan *plan, const struct pfb_vm_host *host)
{
	char now[32], most[32];
	u32 i;

	for (i = 0; i < plan->nr_fixed; i++) {
		const struct pfb_plan_fixed *fixed = &plan->fixed[i];
		u32 captured = plan->functions[fixed->function].host;
		const struct pfb_capture_function *cf = &host->capture->functions[captured];
		u64 size = plan->top.functions[fixed->function].bars[fixed->bar].size;
		u64 sizes = fixed->bar < PFB_CONFIG_REBARS ? cf->rebar_sizes[fixed->bar] : 0;

		if (!sizes || sizes < size >> 20 << 1)
			continue;
		pfb_vm_note(plan, "%s %s has %s of the up to %s that it can have, and the guest cannot resize it: resize it on the host first, if peers are to reach more",
			    cf->bdf, pfb_bar_index_name(fixed->bar),
			    pfb_report_size(size, now, sizeof(now)),
			    pfb_report_size(1ULL << (63 - __builtin_clzll(sizes) + 20), most,
					    sizeof(most)));
	}
}

/* Only x86 has a vendor_id in /proc/cpuinfo. */
static void note_machine(struct pfb_vm_plan *plan, const struct pfb_vm_host *host)
{
	if (!strcmp(plan->machine, "virt") && host->capture->cpu_vendor[0])
		pfb_vm_note(plan, "virt is an arm64 machine, and the host's CPU is %s: with KVM only --machine q35 runs there",
			    host->capture->cpu_vendor);
}

void pfb_vm_notes(struct pfb_vm_plan *plan, const struct pfb_vm_host *host)
{
	note_machine(plan, host);
	note_sizes(plan, host);
	note_claims(plan, host);
	note_groups(plan, host);
	note_nodes(plan, host);
}
