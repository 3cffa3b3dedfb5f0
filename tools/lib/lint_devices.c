// SPDX-License-Identifier: GPL-2.0
/* Where devices are put, and what that makes of P2P between them. */
#include <stdlib.h>

#include "lib/lint_checks.h"

#define NV_VENDOR	0x10de
#define CLIQUE_MAX	15	/* four bits, NVIDIA's GPUDirect P2P capability */

static const char *name_of(const struct pfb_lint_context *c, u32 device)
{
	return device == PFB_VM_NO_DEVICE ? "the root bus" :
	       pfb_vm_devices_name(&c->devices.list[device]);
}

static void check_place(struct pfb_lint_context *c, u32 index)
{
	const struct pfb_vm_device *d = &c->devices.list[index];
	const char *addr = pfb_vm_option_get(c->config, d->option, "addr");
	const char *name = pfb_vm_devices_name(d);
	const char *other = name_of(c, d->other);

	switch (d->fault) {
	case PFB_VM_FAULT_NONE:
		break;
	case PFB_VM_FAULT_BUS:
		pfb_lint_say(c, PFB_LINT_BUS_MISSING, d->option,
			     pfb_findings_text("a port or bridge with id=%s before it", d->bus), "none",
			     "correct bus=, or put the port that makes it before this device",
			     "%s is put on bus '%s', which is not there", name, d->bus);
		break;
	case PFB_VM_FAULT_ID:
		pfb_lint_say(c, PFB_LINT_ID_DUPLICATE, d->option, "an id of its own",
			     pfb_findings_text("id=%s twice", d->id), "give it another id",
			     "two devices have the id '%s'", d->id);
		break;
	case PFB_VM_FAULT_ADDRESS:
		pfb_lint_say(c, PFB_LINT_ADDRESS_INVALID, d->option,
			     d->other == PFB_VM_NO_DEVICE ? "0 to 1f, and .0 to .7" :
			     "0.0 to 0.7 behind a port", pfb_findings_text("addr=%s", addr),
			     "correct addr=: hexadecimal device number, a dot, function number",
			     "%s cannot be at addr=%s on %s", name, addr, name_of(c, d->parent));
		break;
	case PFB_VM_FAULT_TAKEN:
		pfb_lint_say(c, PFB_LINT_ADDRESS_DUPLICATE, d->option, "an address of its own",
			     pfb_findings_text("addr=%s, which %s has", addr, other),
			     "give one of them another addr=",
			     "%s and %s are at the same address on %s", name, other,
			     name_of(c, d->parent));
		break;
	case PFB_VM_FAULT_SLOT:
		pfb_lint_say(c, PFB_LINT_SLOT_DUPLICATE, d->option,
			     "chassis= and slot= that no other port has",
			     pfb_findings_text("chassis %llu, slot %llu, as %s",
					       (unsigned long long)d->chassis,
					       (unsigned long long)d->slot, other),
			     "give one of them another slot=",
			     "the ports %s and %s have the same chassis and slot", name, other);
		break;
	}
}

/* Only of what a path is asked for: providers, and what the manifest could mean. */
static void check_implicit(struct pfb_lint_context *c, u32 index)
{
	const struct pfb_vm_device *d = &c->devices.list[index];
	u32 top = index;

	if (d->has_path || d->fault != PFB_VM_FAULT_NONE || d->type != PFB_PORT_ENDPOINT ||
	    d->expander || !(d->assigned || c->roles[index].flags))
		return;
	while (c->devices.list[top].addressed && c->devices.list[top].parent != PFB_VM_NO_DEVICE)
		top = c->devices.list[top].parent;
	if (c->devices.list[top].addressed || c->devices.list[top].fault != PFB_VM_FAULT_NONE)
		return;
	pfb_lint_say(c, PFB_LINT_ADDRESS_IMPLICIT, c->devices.list[top].option, "addr=",
		     "no addr=", "state bus= and addr=",
		     top == index ? "where %s will be on its bus is not stated" :
		     "where %s will be is not known: the address of what is above it, %s, is not stated",
		     pfb_vm_devices_name(d), name_of(c, top));
}

static bool share_switch(const struct pfb_lint_context *c, u32 a, u32 b)
{
	u32 turn = pfb_vm_devices_turn(&c->devices, a, b);

	return turn != PFB_VM_NO_DEVICE && c->devices.list[turn].type != PFB_PORT_ROOT;
}

static u32 clique_of(const struct pfb_lint_context *c, u32 device)
{
	const struct pfb_declaration *decl = c->roles[device].declaration;

	return decl ? decl->clique : PFB_CLIQUE_NONE;
}

static const char *place_text(const struct pfb_lint_context *c, u32 device)
{
	u32 port = pfb_vm_devices_root_port(&c->devices, device);

	if (port == PFB_VM_NO_DEVICE)
		return pfb_findings_text("%s is on no root port", name_of(c, device));
	return pfb_findings_text("%s is behind root port %s", name_of(c, device), name_of(c, port));
}

static void no_switch(struct pfb_lint_context *c, u32 provider, u32 client, const char *why)
{
	pfb_lint_say(c, PFB_LINT_P2P_NO_SWITCH, c->devices.list[client].option,
		     "one switch (x3130-upstream, xio3130-downstream) above both",
		     pfb_findings_text("%s, %s", place_text(c, provider), place_text(c, client)),
		     "put both behind downstream ports of one switch, as on the host",
		     "%s and %s share no switch%s", name_of(c, provider), name_of(c, client), why);
}

/* The clients that @provider is meant for: of its clique where cliques are stated. */
static void check_provider(struct pfb_lint_context *c, u32 provider, bool known_clients)
{
	u32 i, away = PFB_VM_NO_DEVICE, p_clique = clique_of(c, provider);
	bool reached = false;

	for (i = 0; i < c->devices.nr; i++) {
		const struct pfb_lint_role *role = &c->roles[i];
		u32 turn, clique = clique_of(c, i);

		if (i == provider || c->devices.list[i].type != PFB_PORT_ENDPOINT ||
		    c->devices.list[i].expander)
			continue;
		if (known_clients ? !(role->flags & PFB_LINT_CLIENT) :
				    !c->devices.list[i].assigned || role->flags)
			continue;
		turn = pfb_vm_devices_turn(&c->devices, provider, i);
		if (turn != PFB_VM_NO_DEVICE && c->devices.list[turn].type == PFB_PORT_ROOT &&
		    !pfb_vm_is_on(pfb_vm_option_get(c->config, c->devices.list[turn].option,
						    "disable-acs"), false)) {
			pfb_lint_say(c, PFB_LINT_P2P_ROOT_PORT, c->devices.list[turn].option,
				     "a switch above both, or disable-acs=on at the root port",
				     "neither", "put both behind a switch, or add disable-acs=on",
				     "what %s sends to %s turns at root port %s", name_of(c, i),
				     name_of(c, provider), name_of(c, turn));
			reached = true;
		} else if (turn != PFB_VM_NO_DEVICE) {
			reached = true;
		} else if (p_clique != PFB_CLIQUE_NONE && p_clique == clique) {
			no_switch(c, provider, i, ", and the manifest puts them into one clique");
			reached = true;
		} else if (p_clique == PFB_CLIQUE_NONE || clique == PFB_CLIQUE_NONE) {
			away = i;
		}
	}
	if (!reached && away != PFB_VM_NO_DEVICE)
		no_switch(c, provider, away, "");
}

static void check_p2p(struct pfb_lint_context *c)
{
	u32 i, providers = 0, clients = 0, unknown = 0, last = PFB_VM_NO_DEVICE;

	for (i = 0; i < c->devices.nr; i++) {
		providers += !!(c->roles[i].flags & PFB_LINT_PROVIDER);
		clients += !!(c->roles[i].flags & PFB_LINT_CLIENT);
		if (c->devices.list[i].assigned && !c->roles[i].flags) {
			unknown++;
			last = i;
		}
	}
	for (i = 0; i < c->devices.nr && providers; i++)
		if (c->roles[i].flags & PFB_LINT_PROVIDER)
			check_provider(c, i, clients);
	if (unknown > 1 && (!providers || !clients))
		pfb_lint_say(c, PFB_LINT_P2P_ROLES_UNKNOWN, c->devices.list[last].option,
			     "known providers and clients",
			     pfb_findings_text("%u assigned functions of which neither is known", unknown),
			     "name them: --provider ID and --client ID, or state them in the manifest",
			     providers ? "which functions are to reach the providers is not known" :
			     "which functions provide their BARs is not known, so that no switch was looked for");
}

/* 0 to 15, or -1 without one (or with one that cannot be). */
static int nv_clique(const struct pfb_lint_context *c, u32 device)
{
	const char *text = pfb_vm_option_get(c->config, c->devices.list[device].option,
					     "x-nv-gpudirect-clique");
	u64 clique;

	return pfb_vm_size(text, 1, &clique) && clique <= CLIQUE_MAX ? (int)clique : -1;
}

static void check_pair_of_cliques(struct pfb_lint_context *c, u32 a, u32 b)
{
	const struct pfb_vm_option *at = c->devices.list[b].option;
	int x = nv_clique(c, a), y = nv_clique(c, b);
	u32 m = clique_of(c, a), n = clique_of(c, b);
	bool one = share_switch(c, a, b);

	if (m != PFB_CLIQUE_NONE && n != PFB_CLIQUE_NONE && (m == n) != (x == y))
		pfb_lint_say(c, PFB_LINT_CLIQUE_INCONSISTENT, at,
			     "the manifest's cliques and x-nv-gpudirect-clique to say the same",
			     pfb_findings_text("x-nv-gpudirect-clique %d and %d, manifest %u and %u", x,
					       y, m, n),
			     "take the host's switches and ACS for both: 'pci-fixed-bars plan' computes cliques from them",
			     "%s and %s are of %s clique for the GPU's driver, and of %s for the manifest",
			     name_of(c, a), name_of(c, b), x == y ? "one" : "another",
			     m == n ? "one" : "another");
	else if (x != y && one)
		pfb_lint_say(c, PFB_LINT_CLIQUE_INCONSISTENT, at,
			     "one x-nv-gpudirect-clique behind one switch",
			     pfb_findings_text("%d and %d", x, y),
			     "state the same for both, or put them behind different switches, as on the host",
			     "%s and %s share a switch, and are stated to be of different cliques",
			     name_of(c, a), name_of(c, b));
	else if (x == y && !one)
		pfb_lint_say(c, PFB_LINT_CLIQUE_NO_SWITCH, at, "one switch above both",
			     pfb_findings_text("%s, %s", place_text(c, a), place_text(c, b)),
			     "put both behind one switch if the host has them so, or state different cliques",
			     "%s and %s are of x-nv-gpudirect-clique %d, and share no switch",
			     name_of(c, a), name_of(c, b), x);
}

/* The clique's capability is NVIDIA's; of another maker's function QEMU refuses it. */
static bool other_maker(const struct pfb_lint_context *c, u32 device)
{
	const struct pfb_declaration *decl = c->roles[device].declaration;

	return decl && decl->vendor != PFB_ANY_ID && decl->vendor != NV_VENDOR;
}

static void check_cliques(struct pfb_lint_context *c)
{
	const struct pfb_vm_device *list = c->devices.list;
	u32 i, j;

	for (i = 0; i < c->devices.nr; i++) {
		const char *text = pfb_vm_option_get(c->config, list[i].option, "x-nv-gpudirect-clique");

		if (text && nv_clique(c, i) < 0)
			pfb_lint_say(c, PFB_LINT_CLIQUE_INVALID, list[i].option, "0 to 15", text,
				     "number cliques from 0", "x-nv-gpudirect-clique=%s of %s is no clique",
				     text, pfb_vm_devices_name(&list[i]));
		if (!list[i].assigned || !(c->roles[i].flags & PFB_LINT_PROVIDER))
			continue;
		for (j = 0; j < i; j++) {
			if (!list[j].assigned || !(c->roles[j].flags & PFB_LINT_PROVIDER))
				continue;
			if (nv_clique(c, i) >= 0 && nv_clique(c, j) >= 0) {
				check_pair_of_cliques(c, j, i);
				continue;
			}
			if (text || !share_switch(c, j, i) || other_maker(c, i) || other_maker(c, j))
				continue;
			pfb_lint_say(c, PFB_LINT_CLIQUE_MISSING, list[i].option,
				     "x-nv-gpudirect-clique=N on both", "none",
				     "add x-nv-gpudirect-clique=N, N equal for GPUs that reach each other on the host (NVIDIA's GPUs only)",
				     "%s shares a switch with %s, and has no x-nv-gpudirect-clique",
				     pfb_vm_devices_name(&list[i]), pfb_vm_devices_name(&list[j]));
			break;
		}
	}
}

/* Does the kernel leave the IOMMU of the guest out for devices of its own? */
static bool passthrough(const struct pfb_lint_context *c)
{
	const char *cmdline = pfb_vm_config_get(c->config, "append", "value", NULL);

	return cmdline && (strstr(cmdline, "iommu=pt") || strstr(cmdline, "iommu.passthrough=1") ||
			   strstr(cmdline, "iommu.passthrough=on"));
}

static void check_iommu(struct pfb_lint_context *c)
{
	static const struct {
		const char *driver;
		const char *ats;
	} iommus[] = {
		{ "intel-iommu", "device-iotlb" }, { "amd-iommu", "device-iotlb" },
		{ "virtio-iommu-pci", NULL }, { "arm-smmuv3", "ats" },
	};
	u32 i;
	size_t k;

	for (i = 0; i < c->config->nr; i++) {
		const struct pfb_vm_option *o = &c->config->options[i];
		const char *driver = strcmp(o->name, "device") ? NULL :
				     pfb_vm_option_get(c->config, o, "driver");
		const char *machine_iommu = strcmp(o->name, "machine") ? NULL :
					    pfb_vm_option_get(c->config, o, "iommu");

		if (machine_iommu && !strcmp(machine_iommu, "smmuv3"))
			driver = "arm-smmuv3";
		for (k = 0; driver && k < ARRAY_SIZE(iommus); k++) {
			const char *ats = iommus[k].ats;

			if (strcmp(driver, iommus[k].driver) || passthrough(c) ||
			    (ats && pfb_vm_is_on(pfb_vm_option_get(c->config, o, ats), false)))
				continue;
			pfb_lint_say(c, PFB_LINT_IOMMU_TRANSLATES, o,
				     ats ? pfb_findings_text("%s=on, or iommu=pt for the guest's kernel", ats) :
				     "iommu=pt for the guest's kernel", "neither",
				     ats ? pfb_findings_text("add iommu=pt (arm64: iommu.passthrough=1) to the guest's kernel command line, or %s=on with clients that use ATS (direct-translated)", ats) :
				     "add iommu=pt (arm64: iommu.passthrough=1) to the guest's kernel command line",
				     "%s translates what clients in the guest send", driver);
		}
	}
}

void pfb_lint_devices_check(struct pfb_lint_context *c)
{
	u32 i;

	for (i = 0; i < c->devices.nr; i++) {
		check_place(c, i);
		check_implicit(c, i);
	}
}

void pfb_lint_paths_check(struct pfb_lint_context *c)
{
	check_p2p(c);
	check_cliques(c);
	check_iommu(c);
}
