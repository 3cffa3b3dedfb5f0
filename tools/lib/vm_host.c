// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>

#include "lib/vm_host.h"

/* Class codes, upper byte: PCI Code and ID Assignment Specification 1.15, section 1. */
#define CLASS_STORAGE		0x01
#define CLASS_NETWORK		0x02
#define CLASS_DISPLAY		0x03
#define CLASS_MEMORY		0x05
#define CLASS_ACCELERATOR	0x12

#define CLASS(fn)		((fn)->class >> 16 & 0xff)

bool pfb_vm_bar_fixable(const struct pfb_bar *bar, unsigned int index)
{
	return bar->size && index < PFB_BAR_ROM && !(bar->flags & PFB_BAR_IO) &&
	       (bar->flags & PFB_BAR_MEM64) && (bar->flags & PFB_BAR_PREFETCH);
}

const char *pfb_vm_host_bdf(const struct pfb_vm_host *host, u32 index)
{
	return host->capture->functions[host->functions[index].captured].bdf;
}

static bool is_provider(const struct pfb_function *fn)
{
	return CLASS(fn) == CLASS_DISPLAY || CLASS(fn) == CLASS_MEMORY ||
	       CLASS(fn) == CLASS_ACCELERATOR;
}

static bool is_client(const struct pfb_function *fn)
{
	return CLASS(fn) == CLASS_NETWORK || CLASS(fn) == CLASS_STORAGE;
}

static int find(const struct pfb_capture *capture, const char *name, u32 *index,
		struct pfb_error *err)
{
	size_t len = strlen(name);
	struct pfb_path path;
	struct pfb_error why;
	int used;

	used = pfb_path_parse(name, len, &path, &why);
	if (used < 0)
		return pfb_fail(err, -EINVAL, "'%s' names no function: %s", name, why.text);
	if ((size_t)used != len)
		return pfb_fail(err, -EINVAL, "'%s' names no function: nothing may follow '%.*s'",
				name, used, name);
	*index = pfb_topology_find(&capture->top, &path);
	if (*index == PFB_NO_FUNCTION)
		return pfb_fail(err, -ENOENT,
				"%s: the capture has no function there: name one that it has, or capture the host again",
				name);
	return 0;
}

/* What is not known of a BAR, or of a VF, cannot be planned for. */
static int check_function(const struct pfb_capture *capture, u32 index, struct pfb_error *err)
{
	const struct pfb_function *fn = &capture->top.functions[index];
	const struct pfb_capture_function *cf = &capture->functions[index];
	unsigned int i;
	u64 sizes = 0;

	if (pfb_topology_is_bridge(fn))
		return pfb_fail(err, -EINVAL,
				"%s is a %s, which cannot be assigned: assign the functions behind it",
				cf->bdf, pfb_port_type_name(fn->type));
	for (i = 0; i < PFB_BAR_VF0; i++) {
		sizes |= fn->bars[i].size;
		if (cf->unsized & (1U << i))
			return pfb_fail(err, -ENODATA,
					"%s %s: its size is not in the capture, so that no room can be planned for it: capture the live host, or add its 'lspci -vvv'",
					cf->bdf, pfb_bar_index_name(i));
	}
	if (!(fn->flags & PFB_FN_VF))
		return 0;
	if (!cf->pf[0])
		return pfb_fail(err, -ENODATA,
				"%s is a VF, and the capture does not say of which PF: capture it with the PF ('lspci' of VFs alone has none), or assign the PF",
				cf->bdf);
	if (!sizes)
		return pfb_fail(err, -ENODATA,
				"%s is a VF of %s, and the capture has none of its BARs: capture the live host with the VF enabled",
				cf->bdf, cf->pf);
	return 0;
}

static int check_pfs(const struct pfb_capture *capture, const u32 *assigned, u32 nr,
		     struct pfb_error *err)
{
	u32 i, j;

	for (i = 0; i < nr; i++) {
		const struct pfb_capture_function *vf = &capture->functions[assigned[i]];

		for (j = 0; vf->pf[0] && j < nr; j++)
			if (!strcmp(vf->pf, capture->functions[assigned[j]].bdf))
				return pfb_fail(err, -EINVAL,
						"%s is a VF of %s, and both are assigned: the host keeps the PF of a VF, so assign one of them",
						vf->bdf, vf->pf);
	}
	return 0;
}

/* Copy the assigned functions and what is above, in the capture's order. */
static int copy_needed(struct pfb_vm_host *host, const u32 *assigned, u32 nr,
		       struct pfb_error *err)
{
	const struct pfb_topology *from = &host->capture->top;
	struct pfb_topology *top = &host->top;
	u32 *place;	/* index in @top plus 1, 0 where it is not needed */
	u32 i, above, needed = 0;

	place = calloc((size_t)from->nr_functions + 1, sizeof(*place));
	if (!place)
		return pfb_fail(err, -ENOMEM, "out of memory");
	for (i = 0; i < nr; i++) {
		for (above = assigned[i]; above != PFB_NO_FUNCTION && !place[above];
		     above = from->functions[above].parent) {
			place[above] = 1;
			needed++;
		}
	}

	top->roots = calloc((size_t)from->nr_roots + 1, sizeof(*top->roots));
	top->functions = calloc((size_t)needed + 1, sizeof(*top->functions));
	host->functions = calloc((size_t)needed + 1, sizeof(*host->functions));
	if (!top->roots || !top->functions || !host->functions) {
		free(place);
		return pfb_fail(err, -ENOMEM, "out of memory");
	}
	memcpy(top->roots, from->roots, from->nr_roots * sizeof(*top->roots));
	top->nr_roots = from->nr_roots;
	top->max_roots = from->nr_roots;
	top->max_functions = needed;

	for (i = 0; i < from->nr_functions; i++) {
		struct pfb_function *fn = &top->functions[top->nr_functions];
		struct pfb_vm_host_function *hf = &host->functions[top->nr_functions];

		if (!place[i])
			continue;
		*fn = from->functions[i];
		if (fn->parent != PFB_NO_FUNCTION)
			fn->parent = place[fn->parent] - 1;
		fn->flags |= PFB_FN_MEMORY | PFB_FN_MASTER;
		hf->captured = i;
		hf->guest = PFB_NO_FUNCTION;
		hf->order = PFB_NO_FUNCTION;
		place[i] = ++top->nr_functions;
	}
	for (i = 0; i < nr; i++) {
		u32 index = place[assigned[i]] - 1;

		host->functions[index].order = i;
		host->functions[index].provider = is_provider(&top->functions[index]);
		host->functions[index].client = is_client(&top->functions[index]);
		host->assigned[i] = index;
	}
	host->nr_assigned = nr;
	free(place);
	return 0;
}

static int name_providers(struct pfb_vm_host *host, const struct pfb_vm_request *request,
			  struct pfb_error *err)
{
	u32 i, j, index;
	int ret;

	for (i = 0; i < request->nr_providers; i++) {
		ret = find(host->capture, request->providers[i], &index, err);
		if (ret)
			return ret;
		for (j = 0; j < host->nr_assigned; j++)
			if (host->functions[host->assigned[j]].captured == index)
				break;
		if (j == host->nr_assigned)
			return pfb_fail(err, -EINVAL,
					"%s is to be a provider, but is not assigned: name it among the functions, too",
					host->capture->functions[index].bdf);
		host->functions[host->assigned[j]].provider = true;
	}
	return 0;
}

int pfb_vm_host_take(struct pfb_vm_host *host, const struct pfb_capture *capture,
		     const struct pfb_vm_request *request, struct pfb_error *err)
{
	u32 assigned[PFB_VM_ASSIGNED_MAX];
	u32 i, j;
	int ret;

	memset(host, 0, sizeof(*host));
	host->capture = capture;
	if (!request->nr_assigned || request->nr_assigned > PFB_VM_ASSIGNED_MAX)
		return pfb_fail(err, -EINVAL, "%u functions to assign, expected 1 to %u",
				request->nr_assigned, PFB_VM_ASSIGNED_MAX);
	for (i = 0; i < request->nr_assigned; i++) {
		ret = find(capture, request->assigned[i], &assigned[i], err);
		if (!ret)
			ret = check_function(capture, assigned[i], err);
		if (ret)
			return ret;
		for (j = 0; j < i; j++)
			if (assigned[j] == assigned[i])
				return pfb_fail(err, -EINVAL,
						"%s is named twice, as '%s' and as '%s': leave one out",
						capture->functions[assigned[i]].bdf,
						request->assigned[j], request->assigned[i]);
	}
	ret = check_pfs(capture, assigned, request->nr_assigned, err);
	if (!ret)
		ret = copy_needed(host, assigned, request->nr_assigned, err);
	if (!ret)
		ret = name_providers(host, request, err);
	return ret;
}

void pfb_vm_host_free(struct pfb_vm_host *host)
{
	free(host->functions);
	free(host->top.functions);
	free(host->top.roots);
	memset(host, 0, sizeof(*host));
}
