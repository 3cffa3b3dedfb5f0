// SPDX-License-Identifier: GPL-2.0
/*
 * A VM that mirrors a host:
 *
 *	host                                    guest
 *
 *	root port                               root port
 *	  upstream port                           upstream port
 *	    downstream port -- GPU                  downstream port -- GPU
 *	    downstream port -- NIC                  downstream port -- NIC
 *	    downstream port -- (not assigned)
 *	root port                               root port -- NIC
 *	  upstream port
 *	    downstream port -- NIC
 *
 * Only where paths meet does a switch matter; one with a single branch is left
 * out. What is behind one link in the guest is one device: the functions of a
 * device of the host, or a VF.
 */
#include <stdlib.h>

#include "lib/vm_host.h"

/* QEMU's hw/pci-bridge: gen_pcie_root_port.c, xio3130_upstream.c, xio3130_downstream.c. */
#define QEMU_VENDOR		0x1b36
#define QEMU_ROOT_PORT		0x000c
#define TI_VENDOR		0x104c
#define TI_UPSTREAM		0x8232
#define TI_DOWNSTREAM		0x8233
#define CLASS_BRIDGE		0x060400
/* A root port's MSI-X table. */
#define ROOT_PORT_BAR0		0x1000ULL

/* Device 0 of a root bus is the host bridge, and q35 has its own at 1f. */
#define ROOT_FIRST_DEV		1
#define ROOT_LAST_DEV		0x1e

const char *pfb_vm_device(enum pfb_vm_kind kind)
{
	switch (kind) {
	case PFB_VM_ROOT_PORT:
		return "pcie-root-port";
	case PFB_VM_UPSTREAM:
		return "x3130-upstream";
	case PFB_VM_DOWNSTREAM:
		return "xio3130-downstream";
	case PFB_VM_ASSIGNED:
		return "vfio-pci";
	case PFB_VM_MEMORY:
		return "ivshmem-plain";
	case PFB_VM_DISK:
		return "nvme";
	case PFB_VM_OTHER:
		return "pci-testdev";
	}
	return "unknown";
}

bool pfb_vm_has_stand_ins(const struct pfb_vm_plan *plan)
{
	u32 i;

	for (i = 0; i < plan->top.nr_functions; i++)
		if (plan->functions[i].kind > PFB_VM_ASSIGNED)
			return true;
	return false;
}

/*
 * Each function that is assigned has a port, and may have a switch of two above
 * that. Notes are at most one of each pair, two of each switch, one of each BAR
 * and group, and some of the whole.
 */
static int alloc(struct pfb_vm_plan *plan, const struct pfb_vm_host *host, struct pfb_error *err)
{
	u32 assigned = host->nr_assigned, max = 4 * assigned;

	plan->max_notes = assigned * assigned + 2 * host->top.nr_functions +
			  assigned * (PFB_NR_BARS + 1) + 8;
	plan->notes = calloc(plan->max_notes, sizeof(*plan->notes));
	plan->top.functions = calloc(max, sizeof(*plan->top.functions));
	plan->top.roots = calloc(1, sizeof(*plan->top.roots));
	plan->functions = calloc(max, sizeof(*plan->functions));
	plan->fixed = calloc((size_t)assigned * PFB_NR_BARS, sizeof(*plan->fixed));
	plan->pairs = calloc((size_t)assigned * assigned, sizeof(*plan->pairs));
	if (!plan->top.functions || !plan->top.roots || !plan->functions || !plan->fixed ||
	    !plan->pairs || !plan->notes)
		return pfb_fail(err, -ENOMEM, "out of memory");
	plan->top.max_functions = max;
	plan->top.max_roots = 1;
	return 0;
}

static u32 add(struct pfb_vm_plan *plan, u32 parent, enum pfb_vm_kind kind, u32 host)
{
	u32 index = plan->top.nr_functions++;
	struct pfb_function *fn = &plan->top.functions[index];
	struct pfb_vm_function *vf = &plan->functions[index];

	fn->parent = parent;
	fn->flags = PFB_FN_MEMORY | PFB_FN_MASTER;
	vf->kind = kind;
	vf->host = host;
	vf->clique = PFB_CLIQUE_NONE;
	if (kind == PFB_VM_ASSIGNED)
		return index;

	fn->vendor = TI_VENDOR;
	fn->class = CLASS_BRIDGE;
	fn->flags |= PFB_FN_PREF64;
	switch (kind) {
	case PFB_VM_UPSTREAM:
		fn->type = PFB_PORT_UPSTREAM;
		fn->device = TI_UPSTREAM;
		break;
	case PFB_VM_DOWNSTREAM:
		fn->type = PFB_PORT_DOWNSTREAM;
		fn->device = TI_DOWNSTREAM;
		break;
	default:
		fn->type = PFB_PORT_ROOT;
		fn->vendor = QEMU_VENDOR;
		fn->device = QEMU_ROOT_PORT;
		fn->bars[0].size = ROOT_PORT_BAR0;
		strcpy(vf->why[0], "the root port's own MSI-X table: packed below 4 GiB");
	}
	return index;
}

static u32 add_port(struct pfb_vm_plan *plan, u32 above)
{
	return add(plan, above, above == PFB_NO_FUNCTION ? PFB_VM_ROOT_PORT : PFB_VM_DOWNSTREAM,
		   PFB_NO_FUNCTION);
}

/* What QEMU shows of a function of the host: its BARs without addresses, no SR-IOV. */
static void add_assigned(struct pfb_vm_plan *plan, struct pfb_vm_host *host, u32 index, u32 port)
{
	const struct pfb_function *from = &host->top.functions[index];
	struct pfb_vm_host_function *hf = &host->functions[index];
	struct pfb_vm_function *vf;
	struct pfb_function *fn;
	unsigned int i;

	hf->guest = add(plan, port, PFB_VM_ASSIGNED, hf->captured);
	fn = &plan->top.functions[hf->guest];
	vf = &plan->functions[hf->guest];
	fn->vendor = from->vendor;
	fn->device = from->device;
	fn->class = from->class;
	fn->flags |= from->flags & PFB_FN_ATS;
	fn->devfn = from->devfn;
	for (i = 0; i < PFB_BAR_VF0; i++) {
		fn->bars[i].size = from->bars[i].size;
		fn->bars[i].flags = from->bars[i].flags &
				    (PFB_BAR_IO | PFB_BAR_MEM64 | PFB_BAR_PREFETCH);
	}
	vf->provider = hf->provider;
	vf->client = hf->client;
}

/* Is a function of the host one of the device that the function before it is of? */
static bool same_device(const struct pfb_vm_host *host, u32 index)
{
	const struct pfb_function *fn = &host->top.functions[index];
	const struct pfb_function *before = fn - 1;

	return index && host->functions[index - 1].order != PFB_NO_FUNCTION &&
	       before->parent == fn->parent && before->root == fn->root &&
	       before->bus == fn->bus && PFB_DEV(before->devfn) == PFB_DEV(fn->devfn) &&
	       !((before->flags | fn->flags) & PFB_FN_VF);
}

/* Branches below each upstream port of the host; a bridge counts when something is behind it. */
static void count_branches(const struct pfb_vm_host *host, u32 *branches)
{
	u32 i;

	for (i = 0; i < host->top.nr_functions; i++)
		if (host->top.functions[i].parent != PFB_NO_FUNCTION)
			branches[host->top.functions[i].parent]++;
}

/*
 * The host's functions come depth-first, and so do the guest's that are made of
 * them. @below: by function of the host: what ports of the guest hang on that are
 * made for what is behind it.
 */
static void mirror(struct pfb_vm_plan *plan, struct pfb_vm_host *host, const u32 *branches,
		   u32 *below)
{
	u32 i, port = PFB_NO_FUNCTION;

	for (i = 0; i < host->top.nr_functions; i++) {
		const struct pfb_function *fn = &host->top.functions[i];
		u32 above = fn->parent == PFB_NO_FUNCTION ? PFB_NO_FUNCTION : below[fn->parent];

		if (host->functions[i].order != PFB_NO_FUNCTION) {
			if (!same_device(host, i))
				port = add_port(plan, above);
			add_assigned(plan, host, i, port);
		} else if (fn->type == PFB_PORT_UPSTREAM && branches[i] > 1) {
			port = add_port(plan, above);
			below[i] = add(plan, port, PFB_VM_UPSTREAM, host->functions[i].captured);
			host->functions[i].guest = below[i];
		} else {
			below[i] = above;
		}
	}
}

static u32 count_children(const struct pfb_topology *top, u32 parent)
{
	u32 i, nr = 0;

	for (i = parent == PFB_NO_FUNCTION ? 0 : parent + 1; i < top->nr_functions; i++)
		nr += top->functions[i].parent == parent;
	return nr;
}

/* Ports get a device each; when there are too many, up to eight share one. */
static int place_ports(struct pfb_vm_plan *plan, u32 parent, struct pfb_error *err)
{
	struct pfb_topology *top = &plan->top;
	u32 first = parent == PFB_NO_FUNCTION ? ROOT_FIRST_DEV : 0;
	u32 last = parent == PFB_NO_FUNCTION ? ROOT_LAST_DEV : 31;
	u32 i, nr = 0, ports = count_children(top, parent);
	u32 each = ports > last - first + 1 ? 8 : 1;

	if (ports > 8 * (last - first + 1))
		return pfb_fail(err, -ENOSPC, "%u ports on one bus, expected at most %u: assign fewer functions",
				ports, 8 * (last - first + 1));
	for (i = parent == PFB_NO_FUNCTION ? 0 : parent + 1; i < top->nr_functions; i++) {
		struct pfb_function *fn = &top->functions[i];

		if (fn->parent != parent)
			continue;
		fn->devfn = PFB_DEVFN(first + nr / each, nr % each);
		if (each > 1)
			fn->flags |= PFB_FN_MULTIFUNCTION;
		nr++;
	}
	return 0;
}

/* A device of several functions keeps their numbers, unless function 0 is not assigned. */
static void place_functions(struct pfb_vm_plan *plan, u32 port)
{
	struct pfb_topology *top = &plan->top;
	bool several = count_children(top, port) > 1;
	bool keep = several && !PFB_FN(top->functions[port + 1].devfn);
	u8 next = 0;
	u32 i;

	for (i = port + 1; i < top->nr_functions && top->functions[i].parent == port; i++) {
		struct pfb_function *fn = &top->functions[i];

		fn->devfn = PFB_DEVFN(0, keep ? PFB_FN(fn->devfn) : next++);
		if (several)
			fn->flags |= PFB_FN_MULTIFUNCTION;
	}
}

static int place_all(struct pfb_vm_plan *plan, struct pfb_error *err)
{
	struct pfb_topology *top = &plan->top;
	u32 i;
	int ret;

	ret = place_ports(plan, PFB_NO_FUNCTION, err);
	for (i = 0; !ret && i < top->nr_functions; i++) {
		if (plan->functions[i].kind == PFB_VM_UPSTREAM)
			ret = place_ports(plan, i, err);
		else if (plan->functions[i].kind != PFB_VM_ASSIGNED &&
			 plan->functions[i + 1].kind == PFB_VM_ASSIGNED)
			place_functions(plan, i);
	}
	return ret;
}

static const char *id_stem(const struct pfb_function *fn, bool provider)
{
	switch (fn->class >> 16 & 0xff) {
	case 0x01:
		return "disk";
	case 0x02:
		return "nic";
	case 0x03:
	case 0x12:
		return "gpu";
	default:
		return provider ? "mem" : "dev";
	}
}

/* Ports are numbered as they stand, assigned functions as the operator named them. */
static void name_all(struct pfb_vm_plan *plan, const struct pfb_vm_host *host)
{
	static const char *const stems[] = {
		[PFB_VM_ROOT_PORT] = "rp", [PFB_VM_UPSTREAM] = "up", [PFB_VM_DOWNSTREAM] = "dp",
	};
	u32 i, j, nr[ARRAY_SIZE(stems)] = { 0 };

	for (i = 0; i < plan->top.nr_functions; i++) {
		struct pfb_vm_function *vf = &plan->functions[i];

		if (vf->kind != PFB_VM_ASSIGNED)
			snprintf(vf->id, sizeof(vf->id), "%s%u", stems[vf->kind], nr[vf->kind]++);
	}
	for (i = 0; i < host->nr_assigned; i++) {
		u32 guest = host->functions[host->assigned[i]].guest;
		struct pfb_vm_function *vf = &plan->functions[guest];
		const char *stem = id_stem(&plan->top.functions[guest], vf->provider);
		u32 before = 0;

		for (j = 0; j < i; j++) {
			const char *id =
				plan->functions[host->functions[host->assigned[j]].guest].id;

			before += !strncmp(id, stem, strlen(stem));
		}
		snprintf(vf->id, sizeof(vf->id), "%s%u", stem, before);
	}
}

static int build(struct pfb_vm_plan *plan, struct pfb_vm_host *host, struct pfb_error *err)
{
	u32 *branches = calloc(host->top.nr_functions, sizeof(*branches));
	u32 *below = calloc(host->top.nr_functions, sizeof(*below));
	int ret = -ENOMEM;

	if (!branches || !below) {
		pfb_fail(err, ret, "out of memory");
	} else {
		count_branches(host, branches);
		mirror(plan, host, branches, below);
		ret = place_all(plan, err);
		name_all(plan, host);
	}
	free(branches);
	free(below);
	return ret;
}

int pfb_vm_plan(struct pfb_vm_plan *plan, const struct pfb_capture *capture,
		const struct pfb_vm_request *request, struct pfb_error *err)
{
	struct pfb_vm_host host;
	int ret;

	memset(plan, 0, sizeof(*plan));
	plan->capture = capture;
	if (strcmp(request->machine, "virt") && strcmp(request->machine, "q35"))
		return pfb_fail(err, -EINVAL, "machine '%s', expected virt or q35",
				request->machine);
	strcpy(plan->machine, request->machine);

	ret = pfb_vm_host_take(&host, capture, request, err);
	if (!ret)
		ret = alloc(plan, &host, err);
	if (!ret)
		ret = build(plan, &host, err);
	if (!ret)
		ret = pfb_vm_addresses(plan, &host, request, err);
	if (!ret) {
		pfb_vm_pairs(plan, &host);
		ret = pfb_vm_cliques(plan, &host, request, err);
	}
	if (!ret)
		pfb_vm_notes(plan, &host);
	pfb_vm_host_free(&host);
	return ret;
}

void pfb_vm_plan_free(struct pfb_vm_plan *plan)
{
	free(plan->top.functions);
	free(plan->top.roots);
	free(plan->functions);
	free(plan->fixed);
	free(plan->pairs);
	free(plan->notes);
	memset(plan, 0, sizeof(*plan));
}
