// SPDX-License-Identifier: GPL-2.0
/* A plan for the guest: which BARs must be where, and who reaches whom. */
#include <stdlib.h>

#include <pci_fixed_bars/manifest.h>

#include "lib/vm_plan.h"

static void declare(const struct pfb_vm_plan *plan, u32 index, struct pfb_declaration *decl)
{
	const struct pfb_function *fn = &plan->top.functions[index];
	const struct pfb_vm_function *vf = &plan->functions[index];
	unsigned int i;

	memset(decl, 0, sizeof(*decl));
	pfb_topology_path(&plan->top, index, &decl->path);
	decl->vendor = fn->vendor;
	decl->device = fn->device;
	decl->clique = vf->clique;
	decl->flags = (vf->provider ? PFB_MANIFEST_FN_PROVIDER : 0) |
		      (vf->client ? PFB_MANIFEST_FN_CLIENT : 0);
	for (i = 0; i < PFB_NR_BARS; i++) {
		if (!(vf->fixed & (1U << i)))
			continue;
		decl->bars[decl->nr_bars++] = (struct pfb_declared_bar) {
			.gpa = fn->bars[i].address,
			.hpa = fn->bars[i].address,
			.size = fn->bars[i].size,
			.flags = PFB_MANIFEST_BAR_HPA | PFB_MANIFEST_BAR_MEM64 |
				 PFB_MANIFEST_BAR_PREFETCH,
			.index = (u8)i,
		};
	}
}

int pfb_vm_plan_manifest(const struct pfb_vm_plan *plan, void **data, size_t *size,
			 struct pfb_error *err)
{
	struct pfb_declaration *decls = calloc(plan->top.nr_functions, sizeof(*decls));
	u32 i, nr = 0;
	int ret;

	*data = NULL;
	if (!decls)
		return pfb_fail(err, -ENOMEM, "out of memory");
	/* Depth-first is the manifest's order, too. */
	for (i = 0; i < plan->top.nr_functions; i++)
		if (plan->functions[i].provider || plan->functions[i].client)
			declare(plan, i, &decls[nr++]);
	*size = pfb_manifest_size(decls, nr);
	*data = malloc(*size);
	if (!*data)
		ret = pfb_fail(err, -ENOMEM, "out of memory");
	else
		ret = pfb_manifest_write(decls, nr, *data, *size, err);
	free(decls);
	if (ret) {
		free(*data);
		*data = NULL;
	}
	return ret;
}
