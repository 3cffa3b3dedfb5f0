/* SPDX-License-Identifier: GPL-2.0 */
/* The part of a captured host that a VM is made of: assigned functions, and the bridges above. */
#ifndef PFB_LIB_VM_HOST_H
#define PFB_LIB_VM_HOST_H

#include "lib/vm_plan.h"

/**
 * struct pfb_vm_host_function - beside struct pfb_vm_host.top.functions, same index
 * @captured: its index in the capture
 * @guest: its index in the guest's topology, once it has one: that of an assigned
 *	function; of an upstream port that is mirrored; else %PFB_NO_FUNCTION
 * @order: its place in the operator's list, %PFB_NO_FUNCTION for a bridge
 * @provider: its memory BARs are for peers
 * @client: it is meant to reach providers
 */
struct pfb_vm_host_function {
	u32 captured;
	u32 guest;
	u32 order;
	bool provider;
	bool client;
};

/**
 * struct pfb_vm_host - a host without all that is not needed
 * @capture: what it was taken from; not owned
 * @top: assigned functions and the bridges above them, in the capture's order. Every
 *	one decodes and masters: what a driver is yet to set says nothing of P2P
 * @functions: beside @top.functions
 * @assigned: the functions that are assigned, in the operator's order
 * @nr_assigned: used entries of @assigned
 */
struct pfb_vm_host {
	const struct pfb_capture *capture;
	struct pfb_topology top;
	struct pfb_vm_host_function *functions;
	u32 assigned[PFB_VM_ASSIGNED_MAX];
	u32 nr_assigned;
};

/**
 * pfb_vm_host_take() - find what is to be assigned, and what is above
 * @host: receives it; pfb_vm_host_free() it, after an error too
 * @capture: the host
 * @request: what to assign
 * @err: receives why a function cannot be assigned
 *
 * Time is linear in the capture for each function.
 *
 * Return: 0, -EINVAL, -ENOENT, -ENODATA or -ENOMEM.
 */
int pfb_vm_host_take(struct pfb_vm_host *host, const struct pfb_capture *capture,
		     const struct pfb_vm_request *request, struct pfb_error *err);

/**
 * pfb_vm_host_free() - give back what pfb_vm_host_take() took
 * @host: the host; may be all zero
 */
void pfb_vm_host_free(struct pfb_vm_host *host);

/**
 * pfb_vm_host_bdf() - what a function is called on the host
 * @host: the host
 * @index: index in @host->top
 *
 * Return: its BDF.
 */
const char *pfb_vm_host_bdf(const struct pfb_vm_host *host, u32 index);

/**
 * pfb_vm_bar_fixable() - can a BAR have the host's address in a guest
 * @bar: the BAR
 * @index: its PCI resource index
 *
 * Only what lies in 64-bit prefetchable windows can: below 4 GiB the guest has
 * addresses of its own, its memory among them.
 *
 * Return: true for a 64-bit prefetchable memory BAR that is no VF's in a PF.
 */
bool pfb_vm_bar_fixable(const struct pfb_bar *bar, unsigned int index);

/**
 * pfb_vm_note() - say something beside a plan
 * @plan: the plan
 * @fmt: printf format
 */
void pfb_vm_note(struct pfb_vm_plan *plan, const char *fmt, ...) __printf(2, 3);

/**
 * pfb_vm_addresses() - fix what is fixed, and plan everything else around it
 * @plan: the plan, with a topology that has no numbers and addresses yet
 * @host: the host
 * @request: what was asked for
 * @err: receives what cannot be
 *
 * Return: as pfb_vm_plan().
 */
int pfb_vm_addresses(struct pfb_vm_plan *plan, const struct pfb_vm_host *host,
		     const struct pfb_vm_request *request, struct pfb_error *err);

/**
 * pfb_vm_pack() - give numbers and addresses to all that is not fixed
 * @plan: the plan, with its windows and fixed BARs
 * @err: receives what cannot be
 *
 * Return: 0, -ENOMEM, or as pfb_plan_addresses().
 */
int pfb_vm_pack(struct pfb_vm_plan *plan, struct pfb_error *err);

/**
 * pfb_vm_pairs() - ask the host's switches about every pair
 * @plan: the plan, with its fixed BARs; receives the pairs
 * @host: the host
 */
void pfb_vm_pairs(struct pfb_vm_plan *plan, const struct pfb_vm_host *host);

/**
 * pfb_vm_cliques() - make cliques of the pairs
 * @plan: the plan, with its pairs; receives each function's clique
 * @host: the host
 * @request: what was asked for
 * @err: receives which function is left without a peer, and why
 *
 * Return: 0, -EXDEV or -ENOMEM.
 */
int pfb_vm_cliques(struct pfb_vm_plan *plan, const struct pfb_vm_host *host,
		   const struct pfb_vm_request *request, struct pfb_error *err);

/**
 * pfb_vm_notes() - note what a plan rests on outside itself
 * @plan: the plan, whole
 * @host: the host
 */
void pfb_vm_notes(struct pfb_vm_plan *plan, const struct pfb_vm_host *host);

#endif /* PFB_LIB_VM_HOST_H */
