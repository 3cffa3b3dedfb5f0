// SPDX-License-Identifier: GPL-2.0
/*
 * Facts for a path's verdict: the ports on the way, what the client can send,
 * and what stands between it and the bus.
 */
#include <linux/iommu.h>
#include <linux/pci-p2pdma.h>
#include <linux/pci.h>
#include <linux/slab.h>
#ifdef CONFIG_X86
#include <asm/processor.h>
#endif

#include <pci_fixed_bars/cpu.h>

#include "reach.h"
#include "registry.h"
#include "scan.h"

static_assert(PFB_NR_WHYS <= 32);

static bool cpu_reserves(u64 first, u64 size)
{
#ifdef CONFIG_X86
	return size && pfb_cpu_reserves(boot_cpu_data.x86_vendor_id, first, first + (size - 1));
#else
	return false;
#endif
}

bool pfb_reach_domain_translates(struct device *client)
{
#ifdef CONFIG_IOMMU_API
	struct iommu_domain *domain = iommu_get_domain_for_dev(client);

	return !domain || domain->type != IOMMU_DOMAIN_IDENTITY;
#else
	return false;
#endif
}

/* A VF is where its PF is: the host cannot part them. */
static u32 clique_of(struct pci_dev *pdev)
{
	return pfb_registry_clique(pci_physfn(pdev));
}

static bool sends_translated(struct pci_dev *pdev)
{
#ifdef CONFIG_PCI_ATS
	return pdev->ats_enabled;
#else
	return false;
#endif
}

static void ask_client(struct device *client, struct pfb_route_query *query)
{
	struct pci_dev *pdev;

	query->client_clique = PFB_CLIQUE_NONE;
	query->client_dma_mask = pfb_reach_highest_address(client);
	query->client_translated = pfb_reach_iommu_translates(client);
	if (!dev_is_pci(client))
		return;
	pdev = to_pci_dev(client);
	query->client_clique = clique_of(pdev);
	query->client_ats = sends_translated(pdev);
}

static void ask_provider(struct pci_dev *provider, const struct pfb_bar *bar,
			 struct pfb_route_query *query)
{
	struct pfb_bar_report report;

	query->provider_clique = clique_of(provider);
	query->bar_reserved = cpu_reserves(bar->address, bar->size);
	/* The registry's verdict is that of the last check; where the BAR is now is asked anew. */
	query->bar_passes = !pfb_registry_bar(provider, query->bar, &report) &&
			    pfb_state_passes(report.state, pfb_registry_allow_declared(), false) &&
			    report.registered == bar->address && report.size == bar->size;
}

/* The route's indices are those of a topology that is not kept. */
static void name_hops(const struct pfb_topology *top, struct pfb_reach *reach)
{
	struct pfb_route *route = &reach->route;
	u32 decider = PFB_NO_FUNCTION;
	u32 i;

	for (i = 0; i < route->nr_hops; i++) {
		const struct pfb_function *fn = &top->functions[route->hops[i].function];

		reach->hops[i].segment = top->roots[fn->root].segment;
		reach->hops[i].bus = fn->bus;
		reach->hops[i].devfn = fn->devfn;
		if (route->hops[i].function == route->decider)
			decider = i;
		route->hops[i].function = i;
	}
	route->decider = decider;
}

#ifdef CONFIG_PCI_P2PDMA
/* It knows nothing of ATS, and has no opinion on what only that makes direct. */
static void ask_kernel(struct pci_dev *provider, struct device *client, struct pfb_reach *reach)
{
	struct pfb_route *route = &reach->route;

	if (route->kind != PFB_ROUTE_DIRECT ||
	    pci_p2pdma_distance_many(provider, &client, 1, false) >= 0)
		return;
	route->kind = PFB_ROUTE_BLOCKED;
	route->why |= PFB_WHY_P2PDMA;
	route->hops[0].why |= PFB_WHY_P2PDMA;
	route->decider = 0;
}
#else
static void ask_kernel(struct pci_dev *provider, struct device *client, struct pfb_reach *reach)
{
}
#endif

int pfb_reach(struct pci_dev *provider, unsigned int bar, struct device *client,
	      struct pfb_reach *reach)
{
	struct pci_dev *client_pdev = dev_is_pci(client) ? to_pci_dev(client) : NULL;
	struct pfb_route_query query = { .bar = bar };
	struct pfb_topology top;
	const struct pfb_bar *found;
	u32 ends[2];
	int ret;

	memset(reach, 0, sizeof(*reach));
	ret = pfb_scan_route(provider, client_pdev, &top, ends);
	if (ret)
		return ret;
	query.provider = ends[0];
	query.client = ends[1];
	found = &top.functions[query.provider].bars[bar];
	reach->address = found->address;

	ask_client(client, &query);
	ask_provider(provider, found, &query);
	ret = pfb_route(&top, &query, &reach->route);
	if (!ret) {
		name_hops(&top, reach);
		ask_kernel(provider, client, reach);
	}
	pfb_scan_free(&top);
	return ret;
}

bool pfb_reach_passes(const struct pfb_reach *reach)
{
	switch (reach->route.kind) {
	case PFB_ROUTE_DIRECT:
		return true;
	case PFB_ROUTE_DIRECT_TRANSLATED:
		return !(reach->route.why & PFB_WHY_IOMMU);
	case PFB_ROUTE_REDIRECTED:
	case PFB_ROUTE_HOST_BRIDGE:
	case PFB_ROUTE_BLOCKED:
		break;
	}
	return false;
}

const char *pfb_reach_names(u32 why, char *buf, size_t size)
{
	size_t len = 0;
	u32 i;

	buf[0] = '\0';
	for (i = 0; i < PFB_NR_WHYS; i++)
		if (why & BIT(i))
			len += scnprintf(buf + len, size - len, "%s%s", len ? "," : "",
					 pfb_route_why_name(BIT(i)));
	return buf;
}
