// SPDX-License-Identifier: GPL-2.0
/* The machine that this runs on, as its kernel shows it. */
#include <inttypes.h>
#include <stdlib.h>

#include "lib/capture.h"
#include "lib/cpuinfo.h"
#include "lib/file.h"

void pfb_capture_cpu(struct pfb_capture *capture, const char *cpuinfo)
{
	char sizes[64];
	unsigned int bits;

	pfb_cpuinfo_find(cpuinfo, "vendor_id", capture->cpu_vendor, sizeof(capture->cpu_vendor));
	if (pfb_cpuinfo_find(cpuinfo, "address sizes", sizes, sizeof(sizes)) &&
	    sscanf(sizes, "%u bits physical", &bits) == 1 && bits <= 64)
		capture->address_bits = bits;
}

static void read_cpu(struct pfb_capture *capture, const struct pfb_guest *guest)
{
	char *cpuinfo = pfb_cpuinfo_read(guest);

	if (cpuinfo)
		pfb_capture_cpu(capture, cpuinfo);
	free(cpuinfo);
}

static void read_machine(struct pfb_capture *capture, const struct pfb_guest *guest)
{
	char *path = pfb_guest_path(guest, "/proc/sys/kernel/hostname");

	if (path)
		pfb_file_line(path, capture->machine, sizeof(capture->machine));
	free(path);
	memcpy(capture->release, guest->release, sizeof(capture->release));
}

static void read_rebar(struct pfb_capture_function *cf, const struct pfb_guest *guest)
{
	char *path = pfb_guest_path(guest, "/sys/bus/pci/devices/%s/config", cf->bdf);
	void *config;
	size_t size;

	if (path && !pfb_file_read(path, PFB_CONFIG_SPACE_MAX, &config, &size, NULL)) {
		if (size >= PFB_CONFIG_SPACE_MIN)
			pfb_config_space_rebar(config, size, cf->rebar_sizes);
		free(config);
	}
	free(path);
}

static void take_function(struct pfb_capture *capture, const struct pfb_guest *guest, u32 index)
{
	const struct pfb_guest_function *gf = &guest->functions[index];
	struct pfb_capture_function *cf = &capture->functions[index];
	struct pfb_function *fn = &capture->top.functions[index];
	unsigned int i;

	*fn = guest->top.functions[index];
	strcpy(cf->bdf, gf->bdf);
	strcpy(cf->pf, gf->pf);
	strcpy(cf->driver, gf->driver);
	cf->iommu_group = gf->iommu_group;
	cf->numa_node = gf->numa_node;
	pfb_link_read(guest, gf->bdf, &cf->link);
	/* What this kernel cannot read the hardware has all the same. */
	cf->acs_read = gf->caps_read && !gf->no_ext_space;
	if (gf->caps_read)
		read_rebar(cf, guest);
	/* A register whose resource the kernel has emptied: its size is lost. */
	for (i = 0; i < PFB_NR_BARS; i++)
		if (gf->seen[i] && !fn->bars[i].size)
			cf->unsized |= (u16)(1U << i);
}

int pfb_capture_sysfs(struct pfb_capture *capture, const char *sysroot, struct pfb_error *err)
{
	struct pfb_guest guest;
	u32 i;
	int ret;

	memset(capture, 0, sizeof(*capture));
	ret = pfb_guest_read(&guest, sysroot, true, err);
	if (!ret)
		ret = pfb_capture_alloc(capture, "sysfs", guest.top.nr_functions,
					guest.top.nr_roots, err);
	if (ret)
		goto out;
	memcpy(capture->top.roots, guest.top.roots,
	       guest.top.nr_roots * sizeof(*guest.top.roots));
	capture->top.nr_roots = guest.top.nr_roots;
	for (i = 0; i < guest.top.nr_functions; i++)
		take_function(capture, &guest, i);
	capture->top.nr_functions = guest.top.nr_functions;
	capture->skipped = guest.skipped;
	read_machine(capture, &guest);
	read_cpu(capture, &guest);
	pfb_capture_normalize(capture);
out:
	pfb_guest_free(&guest);
	return ret;
}
