/* SPDX-License-Identifier: GPL-2.0 */
/* Does a request of one function arrive at another's BARs on the host. */
#ifndef PFB_LIB_VM_REACH_H
#define PFB_LIB_VM_REACH_H

#include "lib/vm_host.h"

/**
 * struct pfb_vm_reach - what the host does with requests from one function to another
 * @verdict: the worst of all BARs
 * @reason: why, and what to do about it; names the host's port that decides
 */
struct pfb_vm_reach {
	enum pfb_vm_pair_verdict verdict;
	char reason[256];
};

/**
 * pfb_vm_reach() - ask the host's switches about one client and one provider
 * @host: the host
 * @client: who sends, index in @host->top
 * @provider: whose BARs, index in @host->top
 * @bars: which of them, by bit of the PCI resource index; 64-bit prefetchable ones
 * @one_device: both are functions of one device, in which requests need no switch
 * @reach: receives the worst of them, "none" when @bars is empty
 */
void pfb_vm_reach(const struct pfb_vm_host *host, u32 client, u32 provider, u16 bars,
		  bool one_device, struct pfb_vm_reach *reach);

#endif /* PFB_LIB_VM_REACH_H */
