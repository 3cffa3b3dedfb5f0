// SPDX-License-Identifier: GPL-2.0
/* What is where, and where it belongs. */
#define dev_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/bitops.h>
#include <linux/mm.h>
#include <linux/pci.h>
#include <linux/pm_runtime.h>
#include <linux/slab.h>

#include "registers.h"
#include "registry.h"
#include "scan.h"
#include "survey.h"

u64 pfb_survey_span(const struct pfb_survey *survey, u32 function, unsigned int bar)
{
	const struct pfb_function *fn = &survey->top.functions[function];

	return bar < PFB_BAR_VF0 ? fn->bars[bar].size : fn->bars[bar].size * fn->total_vfs;
}

/* On a root bus there is no window in between: what lies above 4 GiB is in the 64-bit one. */
static enum pfb_window_kind kind_of(struct pci_dev *pdev, const struct resource *res, u64 address)
{
	struct pci_dev *bridge = pci_upstream_bridge(pdev);

	if (bridge && res->parent == &bridge->resource[PCI_BRIDGE_PREF_MEM_WINDOW])
		return PFB_WINDOW_PREF;
	if (bridge && res->parent == &bridge->resource[PCI_BRIDGE_MEM_WINDOW])
		return PFB_WINDOW_MEM;
	return upper_32_bits(address) ? PFB_WINDOW_PREF : PFB_WINDOW_MEM;
}

static void cannot_move(struct pfb_survey *survey, struct pfb_site *site, unsigned int bar,
			const char *why)
{
	site->unmovable |= BIT(bar);
	if (!survey->unmovable.text[0])
		pfb_fail(&survey->unmovable, 0, "%s: %s is not moved: %s", pci_name(site->pdev),
			 pfb_bar_index_name(bar), why);
}

/*
 * A BAR whose resource the core emptied, because it found no room or somebody
 * else took it, has neither size nor kind any more. Up to 6.12 that is what
 * becomes of every BAR that could not be assigned (reset_resource() in
 * drivers/pci/setup-bus.c).
 */
static bool recall(struct pci_dev *pdev, unsigned int bar, const struct pfb_bar_report *report,
		   struct pfb_bar *found)
{
	unsigned long flags;

	if (found->size)
		return true;
	if (bar >= PCI_STD_NUM_BARS)
		return false;
	flags = pfb_bar_flags_now(pdev, bar);
	found->size = report->declared.size ?: report->size;
	found->flags = (flags & IORESOURCE_MEM_64 ? PFB_BAR_MEM64 : 0) |
		       (flags & IORESOURCE_PREFETCH ? PFB_BAR_PREFETCH : 0);
	return flags && found->size;
}

/* Without an address, and nobody said where it belongs: it may be anywhere. */
static void look_for_lost(struct pfb_site *site, const struct pfb_function *fn, unsigned int bar,
			  const struct pfb_bar_report *report, struct pfb_bar *found)
{
	struct pfb_bar sized = *found;

	if (fn->type != PFB_PORT_ENDPOINT || bar >= PCI_STD_NUM_BARS ||
	    site->assigned & BIT(bar) || !report || !recall(site->pdev, bar, report, &sized) ||
	    sized.flags & PFB_BAR_IO)
		return;
	*found = sized;
	site->lost |= BIT(bar);
}

static void look_at_bar(struct pfb_survey *survey, u32 index, unsigned int bar,
			const struct pfb_bar_report *report)
{
	struct pfb_function *fn = &survey->top.functions[index];
	struct pfb_site *site = &survey->sites[index];
	struct resource *res = &site->pdev->resource[bar];
	struct pfb_bar *found = &fn->bars[bar];
	bool wrong;

	found->flags &= ~PFB_BAR_ASSIGNED;
	if (found->size && !(found->flags & PFB_BAR_IO) && res->parent &&
	    !(res->flags & IORESOURCE_UNSET)) {
		struct pci_bus_region region;

		pcibios_resource_to_bus(site->pdev->bus, &region, res);
		/* A reset clears all of a function's, whoever declared them or not. */
		if (fn->type == PFB_PORT_ENDPOINT && bar != PFB_BAR_ROM &&
		    found->address != region.start)
			site->stale |= BIT(bar);
		found->address = region.start;
		found->flags |= PFB_BAR_ASSIGNED;
		site->assigned |= BIT(bar);
		site->kind[bar] = kind_of(site->pdev, res, region.start);
		if (bar == PFB_BAR_ROM || fn->type != PFB_PORT_ENDPOINT ||
		    pci_num_vf(site->pdev))
			site->fixed |= BIT(bar);
	}
	if (!report || !report->has_declared) {
		look_for_lost(site, fn, bar, report, found);
		return;
	}
	/* One that is only cut off is in its place: a window is wrong. */
	wrong = report->state == PFB_STATE_UNASSIGNED ||
		(report->state == PFB_STATE_MOVED &&
		 (report->registered != report->declared.gpa ||
		  report->resource != report->declared.gpa));
	if (!wrong && report->state != PFB_STATE_MOVED &&
	    report->state != PFB_STATE_DECLARED && report->state != PFB_STATE_VERIFIED &&
	    report->state != PFB_STATE_HPA_MISMATCH) {
		if (report->state == PFB_STATE_WRONG_SIZE)
			cannot_move(survey, site, bar,
				    "its size is not the declared one; a resizable BAR's size is set on the host, before the guest starts");
		return;
	}
	if (wrong && !recall(site->pdev, bar, report, found)) {
		cannot_move(survey, site, bar,
			    "the kernel has forgotten its size; state it in a manifest (size=)");
		return;
	}
	if (found->flags & PFB_BAR_IO) {
		if (wrong)
			cannot_move(survey, site, bar, "it is an I/O BAR, not memory");
		return;
	}
	site->declared |= BIT(bar);
	site->wanted[bar] = report->declared.gpa;
	if (wrong)
		site->wrong |= BIT(bar);
}

static void look_at_windows(struct pfb_site *site)
{
	enum pfb_window_kind kind;

	for (kind = PFB_WINDOW_MEM; kind <= PFB_WINDOW_PREF; kind++) {
		struct resource *res = &site->pdev->resource[PCI_BRIDGE_RESOURCES + kind];
		struct pci_bus_region region;

		if (!res->parent)
			continue;
		pcibios_resource_to_bus(site->pdev->bus, &region, res);
		if (!pfb_window_holds_now(site->pdev, PCI_BRIDGE_RESOURCES + kind, region.start,
					  region.end))
			site->wrong_windows |= BIT(kind);
	}
}

/* @reports: room for those of a function. Returns 0 or -ENOMEM: what it is then is not known. */
static int look_at(struct pfb_survey *survey, u32 index, struct pfb_bar_report *reports)
{
	struct pfb_site *site = &survey->sites[index];
	unsigned int bar;
	u32 found;
	int ret;

	ret = pfb_registry_verify(site->pdev);
	if (ret == -ENOMEM)
		return ret;
	found = ret ? 0 : pfb_registry_bars(site->pdev, reports);
	pm_runtime_get_sync(&site->pdev->dev);
	for (bar = 0; bar < PFB_NR_BAR_RESOURCES && bar < PFB_NR_BARS; bar++)
		look_at_bar(survey, index, bar, found & BIT(bar) ? &reports[bar] : NULL);
	if (site->pdev->hdr_type == PCI_HEADER_TYPE_BRIDGE)
		look_at_windows(site);
	pm_runtime_put(&site->pdev->dev);
	return 0;
}

static struct pci_dev *get_function(const struct pfb_topology *top, u32 index)
{
	const struct pfb_function *fn = &top->functions[index];

	return pci_get_domain_bus_and_slot(top->roots[fn->root].segment, fn->bus, fn->devfn);
}

int pfb_survey_make(struct pfb_survey *survey, struct pfb_error *err)
{
	struct pfb_bar_report *reports;
	int ret;
	u32 i;

	memset(survey, 0, sizeof(*survey));
	ret = pfb_scan_topology(&survey->top, err);
	if (ret)
		return ret;
	survey->sites = kvcalloc(max(survey->top.nr_functions, 1U), sizeof(*survey->sites),
				 GFP_KERNEL);
	reports = kcalloc(PFB_NR_BARS, sizeof(*reports), GFP_KERNEL);
	ret = survey->sites && reports ? 0 : -ENOMEM;
	for (i = 0; i < survey->top.nr_functions && !ret; i++) {
		struct pfb_site *site = &survey->sites[i];
		u32 parent = survey->top.functions[i].parent;

		site->branch = parent == PFB_NO_FUNCTION ? i : survey->sites[parent].branch;
		site->pdev = get_function(&survey->top, i);
		if (site->pdev)
			ret = look_at(survey, i, reports);
	}
	kfree(reports);
	if (ret) {
		pfb_fail(err, ret, "no memory for %u functions", survey->top.nr_functions);
		pfb_survey_free(survey);
	}
	return ret;
}

int pfb_survey_again(struct pfb_survey *survey, u32 branch, struct pfb_error *err)
{
	struct pfb_bar_report *reports = kcalloc(PFB_NR_BARS, sizeof(*reports), GFP_KERNEL);
	int ret = reports ? 0 : -ENOMEM;
	u32 i;

	for (i = branch; i < survey->top.nr_functions && !ret; i++) {
		struct pfb_site *site = &survey->sites[i];

		if (site->branch != branch || !site->pdev)
			continue;
		*site = (struct pfb_site) { .branch = branch, .pdev = site->pdev };
		ret = pfb_scan_again(site->pdev, &survey->top.functions[i]);
		if (!ret)
			ret = look_at(survey, i, reports);
	}
	kfree(reports);
	return ret ? pfb_fail(err, ret, "no memory to look at what was moved") : 0;
}

void pfb_survey_free(struct pfb_survey *survey)
{
	u32 i;

	for (i = 0; survey->sites && i < survey->top.nr_functions; i++)
		pci_dev_put(survey->sites[i].pdev);
	kvfree(survey->sites);
	pfb_scan_free(&survey->top);
	memset(survey, 0, sizeof(*survey));
}

/* What was found in a branch, all sites together. */
struct sum {
	u32 declared;
	u32 wrong;
	u32 lost;
	u32 wrong_windows;
};

static struct sum sum_up(const struct pfb_survey *survey, u32 branch)
{
	struct sum sum = {};
	u32 i;

	for (i = branch; i < survey->top.nr_functions; i++) {
		const struct pfb_site *site = &survey->sites[i];

		if (site->branch != branch)
			continue;
		sum.declared |= site->declared;
		sum.wrong |= site->wrong;
		sum.lost |= site->lost;
		sum.wrong_windows |= site->wrong_windows;
	}
	return sum;
}

bool pfb_survey_wrong(const struct pfb_survey *survey, u32 branch)
{
	struct sum sum = sum_up(survey, branch);

	return sum.wrong || (sum.declared && sum.wrong_windows);
}

bool pfb_survey_lost(const struct pfb_survey *survey, u32 branch)
{
	struct sum sum = sum_up(survey, branch);

	return sum.declared && sum.lost;
}

unsigned int pfb_survey_unmovable(const struct pfb_survey *survey)
{
	unsigned int nr = 0;
	u32 i;

	for (i = 0; i < survey->top.nr_functions; i++)
		nr += hweight32(survey->sites[i].unmovable);
	return nr;
}
