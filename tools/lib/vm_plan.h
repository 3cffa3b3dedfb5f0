/* SPDX-License-Identifier: GPL-2.0 */
/* A VM planned from a capture: the guest's topology, what stands for what, and where every BAR is. */
#ifndef PFB_LIB_VM_PLAN_H
#define PFB_LIB_VM_PLAN_H

#include <json-c/json.h>
#include <stdio.h>

#include <pci_fixed_bars/error.h>
#include <pci_fixed_bars/plan.h>
#include <pci_fixed_bars/topology.h>

#include "lib/capture.h"

/* A root bus has 256 bus numbers, and each function that is assigned takes one at least. */
#define PFB_VM_ASSIGNED_MAX	255

/**
 * enum pfb_vm_kind - what a function of the planned guest is made of
 * @PFB_VM_ROOT_PORT: QEMU's pcie-root-port
 * @PFB_VM_UPSTREAM: QEMU's x3130-upstream
 * @PFB_VM_DOWNSTREAM: QEMU's xio3130-downstream
 * @PFB_VM_ASSIGNED: vfio-pci: a function of the host
 * @PFB_VM_MEMORY: ivshmem-plain, whose memory stands in for a fixed BAR
 * @PFB_VM_DISK: nvme, which stands in for a client
 * @PFB_VM_OTHER: pci-testdev, which stands in for anything else
 */
enum pfb_vm_kind {
	PFB_VM_ROOT_PORT,
	PFB_VM_UPSTREAM,
	PFB_VM_DOWNSTREAM,
	PFB_VM_ASSIGNED,
	PFB_VM_MEMORY,
	PFB_VM_DISK,
	PFB_VM_OTHER,
};

/* The BAR of a %PFB_VM_MEMORY that is its memory. */
#define PFB_VM_MEMORY_BAR	2

/**
 * struct pfb_vm_function - beside struct pfb_vm_plan.top.functions, same index
 * @kind: what it is made of
 * @id: its QEMU id, such as "rp0", "up0", "dp1", "gpu0", "nic1", "disk0", "dev2"
 * @host: index in the capture of what it stands for: an assigned function (of a
 *	stand-in: whose it takes the place of), or the host's upstream port that an
 *	upstream port mirrors; else %PFB_NO_FUNCTION
 * @clique: on the host, its members reach the providers among them, directly or
 *	with translated requests; %PFB_CLIQUE_NONE for ports, and for functions
 *	without a part in P2P
 * @provider: its fixed BARs are offered for P2P
 * @client: it is meant to reach providers
 * @fixed: BARs that must be at the host's address, by bit of the PCI resource index
 * @why: by PCI resource index: why that BAR is where it is; empty for BARs that
 *	do not exist
 */
struct pfb_vm_function {
	enum pfb_vm_kind kind;
	char id[32];
	u32 host;
	u32 clique;
	bool provider;
	bool client;
	u16 fixed;
	char why[PFB_NR_BARS][160];
};

/**
 * enum pfb_vm_pair_verdict - P2P from one assigned function to another, on the host
 * @PFB_VM_PAIR_DIRECT: the host's switch routes it
 * @PFB_VM_PAIR_TRANSLATED: the host's switch routes ATS-translated requests only
 * @PFB_VM_PAIR_NONE: it goes up to the root complex, or nowhere
 */
enum pfb_vm_pair_verdict {
	PFB_VM_PAIR_DIRECT,
	PFB_VM_PAIR_TRANSLATED,
	PFB_VM_PAIR_NONE,
};

/**
 * struct pfb_vm_pair - one ordered pair of assigned functions
 * @client: who sends; index in struct pfb_vm_plan.top
 * @provider: whose fixed BARs; index in struct pfb_vm_plan.top
 * @verdict: what the host does with it
 * @reason: why, naming the host's port that decides
 */
struct pfb_vm_pair {
	u32 client;
	u32 provider;
	enum pfb_vm_pair_verdict verdict;
	char reason[256];
};

/**
 * struct pfb_vm_note - something that the plan rests on, or that it could not check
 * @text: one sentence
 */
struct pfb_vm_note {
	char text[384];
};

/**
 * struct pfb_vm_plan - a planned VM
 * @capture: what it was planned from; not owned
 * @machine: the QEMU machine that it is for, "virt" or "q35"
 * @top: the guest's topology with every bus number, BAR and bridge window. It has one
 *	root bus, 0000:00, whose %PFB_WINDOW_PREF is the 64-bit window
 * @functions: beside @top.functions
 * @fixed: the fixed BARs, as the planner took them
 * @nr_fixed: used entries of @fixed
 * @pairs: every ordered pair of a client (or other provider) and a provider; those
 *	of one client stand together
 * @nr_pairs: used entries of @pairs
 * @notes: what to know beside it
 * @nr_notes: used entries of @notes
 * @max_notes: entries that fit in @notes
 */
struct pfb_vm_plan {
	const struct pfb_capture *capture;
	char machine[16];
	struct pfb_topology top;
	struct pfb_vm_function *functions;
	struct pfb_plan_fixed *fixed;
	u32 nr_fixed;
	struct pfb_vm_pair *pairs;
	u32 nr_pairs;
	struct pfb_vm_note *notes;
	u32 nr_notes;
	u32 max_notes;
};

/**
 * struct pfb_vm_request - what to plan
 * @assigned: BDFs or paths of the host's functions that are assigned, in the operator's order
 * @nr_assigned: how many, 1 to %PFB_VM_ASSIGNED_MAX
 * @providers: those of @assigned that are providers beside GPUs, accelerators and
 *	memory controllers, which always are; in the same words
 * @nr_providers: how many
 * @machine: "virt" or "q35"
 * @window64: the guest's 64-bit window; %NULL for the machine's own: on "virt" the
 *	smallest that holds every fixed BAR
 * @allow_indirect: plan although a function reaches no other, or is reached by none
 */
struct pfb_vm_request {
	const char *const *assigned;
	u32 nr_assigned;
	const char *const *providers;
	u32 nr_providers;
	const char *machine;
	const struct pfb_window *window64;
	bool allow_indirect;
};

/**
 * pfb_vm_plan() - plan a VM that mirrors the host
 * @plan: receives it; pfb_vm_plan_free() it, after an error too
 * @capture: the host; must outlive @plan
 * @request: what to plan
 * @err: receives why it cannot be, and what to do about it
 *
 * Functions that share a switch on the host share one in the guest. A switch of
 * the host that only one branch of the plan hangs on is left out: nothing can be
 * routed there. Memory BARs of providers that are 64-bit and prefetchable get the
 * host's address, everything else is packed around them.
 *
 * Return: 0; -EINVAL (a request that makes no sense), -ENOENT (no such function),
 * -ENODATA (the capture does not say what is needed, or cannot be true), -EXDEV
 * (peer-to-peer would break; see @request->allow_indirect), -ENOSPC or -EEXIST
 * (addresses that cannot be given), -ENOMEM.
 */
int pfb_vm_plan(struct pfb_vm_plan *plan, const struct pfb_capture *capture,
		const struct pfb_vm_request *request, struct pfb_error *err);

/**
 * pfb_vm_plan_free() - give back what a plan holds
 * @plan: the plan; may be all zero
 */
void pfb_vm_plan_free(struct pfb_vm_plan *plan);

/**
 * pfb_vm_plan_manifest() - the plan's binary manifest
 * @plan: the plan
 * @data: receives malloc()ed memory; the caller frees it
 * @size: receives its size in bytes
 * @err: receives what is wrong
 *
 * Return: 0, -ENOMEM, or what pfb_manifest_write() says.
 */
int pfb_vm_plan_manifest(const struct pfb_vm_plan *plan, void **data, size_t *size,
			 struct pfb_error *err);

/**
 * pfb_vm_plan_json() - a plan as JSON
 * @plan: the plan
 *
 * The members of pfb_report_json(); in each function its QEMU id ("name"), what it
 * is made of ("device"), what it stands for ("host", "host_name") with its
 * "numa_node" and "iommu_group", "clique", "provider" and "client"; in each BAR "why". Beside these "machine", "captured"
 * (the host's name), "pairs" and "notes".
 *
 * Return: the object, which the caller puts.
 */
struct json_object *pfb_vm_plan_json(const struct pfb_vm_plan *plan);

/**
 * pfb_vm_pair_name() - a pair's verdict in reports
 * @verdict: the verdict
 *
 * Return: "direct", "direct-translated" or "none".
 */
const char *pfb_vm_pair_name(enum pfb_vm_pair_verdict verdict);

/**
 * pfb_vm_device() - what QEMU calls a function's kind
 * @kind: the kind
 *
 * Return: a constant such as "pcie-root-port".
 */
const char *pfb_vm_device(enum pfb_vm_kind kind);

/**
 * pfb_vm_has_stand_ins() - is it a dry run
 * @plan: the plan
 *
 * Return: whether anything in it stands in for a function of the host.
 */
bool pfb_vm_has_stand_ins(const struct pfb_vm_plan *plan);

/**
 * pfb_vm_tree() - print a plan as a tree
 * @out: where to
 * @plan: the plan
 * @explain: tell why each BAR is where it is
 */
void pfb_vm_tree(FILE *out, const struct pfb_vm_plan *plan, bool explain);

/**
 * pfb_vm_tree_pairs() - print a plan's pairs, as pfb_vm_tree() does
 * @out: where to
 * @plan: the plan; one that was refused for its pairs has them, too
 */
void pfb_vm_tree_pairs(FILE *out, const struct pfb_vm_plan *plan);

/**
 * pfb_vm_svg() - draw a plan as SVG
 * @out: where to
 * @plan: the plan
 * @err: receives what failed
 *
 * Return: 0 or -ENOMEM. What @out says of writing is the caller's to ask.
 */
int pfb_vm_svg(FILE *out, const struct pfb_vm_plan *plan, struct pfb_error *err);

#endif /* PFB_LIB_VM_PLAN_H */
