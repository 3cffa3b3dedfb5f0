/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Does a device reach a BAR directly? The rules are the core's
 * (pci_fixed_bars/route.h); the facts for them are put together here, at the
 * moment of asking: nothing is kept. reach_cache.h keeps what passes.
 */
#ifndef PFB_REACH_H
#define PFB_REACH_H

#include <linux/device.h>
#include <linux/minmax.h>
#include <linux/types.h>

#include <pci_fixed_bars/error.h>
#include <pci_fixed_bars/route.h>

struct pci_dev;

/**
 * struct pfb_reach - the answer
 * @route: the route; its functions are indices in @hops
 * @hops: the BDF of each station, in the order of the route's hops
 * @address: bus address in the BAR's register
 */
struct pfb_reach {
	struct pfb_route route;
	struct pfb_ioc_function hops[PFB_ROUTE_HOPS_MAX];
	u64 address;
};

/**
 * pfb_reach() - ask for the path from a device to a BAR
 * @provider: the function that has the BAR
 * @bar: PCI resource index, below %PFB_NR_BARS
 * @client: the device that sends; need not be a PCI function
 * @reach: receives the answer
 *
 * Where the kernel has a p2pdma core it is asked, too: what it does not take
 * for direct is not.
 *
 * Context: may sleep. Takes the registry's lock. The caller holds references
 * on both.
 * Return: 0, -ENOMEM, -ENAMETOOLONG when one of them lies too deep, -ERANGE when one is in
 * a domain that no path names.
 */
int pfb_reach(struct pci_dev *provider, unsigned int bar, struct device *client,
	      struct pfb_reach *reach);

/**
 * pfb_reach_passes() - may the BAR's bus address be handed to the client
 * @reach: the answer
 *
 * ``direct`` passes. So does ``direct-translated``, which only a client with ATS on
 * gets, unless a guest's IOMMU translates for that client: the bus address is
 * no address behind that IOMMU then.
 *
 * Context: any.
 * Return: true when it may.
 */
bool pfb_reach_passes(const struct pfb_reach *reach);

/**
 * pfb_reach_highest_address() - how far a device can send
 * @client: the device
 *
 * Context: any.
 * Return: the highest bus address that its driver and its bus allow.
 */
static inline u64 pfb_reach_highest_address(const struct device *client)
{
	u64 mask = client->dma_mask ? *client->dma_mask : 0;

	return client->bus_dma_limit ? min(mask, client->bus_dma_limit) : mask;
}

/**
 * pfb_reach_domain_translates() - what the domain of a device in an IOMMU group does
 * @client: a device of which device_iommu_mapped() is true
 *
 * One whose domain is not known may be translated: unknown is never a pass.
 *
 * Context: any.
 * Return: true unless its addresses pass as they are.
 */
bool pfb_reach_domain_translates(struct device *client);

/**
 * pfb_reach_iommu_translates() - does an IOMMU stand between a device and the bus
 * @client: the device that sends
 *
 * Context: any.
 * Return: true unless its addresses pass as they are.
 */
static inline bool pfb_reach_iommu_translates(struct device *client)
{
	return device_iommu_mapped(client) && pfb_reach_domain_translates(client);
}

/**
 * pfb_reach_map_why() - why a path that passed no longer does, as far as that costs nothing to ask
 * @client: the device that sends, a PCI function
 * @last: highest bus address that it is to send
 *
 * Context: any.
 * Return: 0, or the first of %PFB_WHY_DMA_MASK, %PFB_WHY_IOMMU found.
 */
static inline u32 pfb_reach_map_why(struct device *client, u64 last)
{
	if (last > pfb_reach_highest_address(client))
		return PFB_WHY_DMA_MASK;
	return pfb_reach_iommu_translates(client) ? PFB_WHY_IOMMU : 0;
}

/**
 * pfb_reach_names() - the reasons by their short names
 * @why: PFB_WHY_*
 * @buf: receives the names with commas between, empty when there are none
 * @size: bytes in @buf; %PFB_ERROR_TEXT_MAX holds all
 *
 * Context: any.
 * Return: @buf.
 */
const char *pfb_reach_names(u32 why, char *buf, size_t size);

#endif /* PFB_REACH_H */
