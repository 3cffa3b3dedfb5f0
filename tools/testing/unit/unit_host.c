// SPDX-License-Identifier: GPL-2.0
#include "unit.h"
#include "unit_host.h"

void unit_host_init(struct unit_host *host)
{
	memset(host, 0, sizeof(*host));
	unit_topology_init(&host->t);
	unit_add_root(&host->t, 0, 0x7f);
}

u32 unit_host_switch(struct unit_host *host, u8 dev)
{
	u32 port = unit_add(&host->t, PFB_NO_FUNCTION, PFB_PORT_ROOT, dev, 0);

	return unit_add(&host->t, port, PFB_PORT_UPSTREAM, 0, 0);
}

u32 unit_host_below(struct unit_host *host, u32 upstream, u8 dev, u32 class)
{
	u32 port = unit_add(&host->t, upstream, PFB_PORT_DOWNSTREAM, dev, 0);
	u32 index = unit_add(&host->t, port, PFB_PORT_ENDPOINT, 0, 0);

	host->t.functions[index].class = class;
	return index;
}

static void put(struct unit_host *host, u32 index, unsigned int bar, u64 address)
{
	assert_true(host->nr_fixed < UNIT_FIXED_MAX);
	host->fixed[host->nr_fixed++] = (struct pfb_plan_fixed) { index, bar, address };
}

void unit_host_gpu(struct unit_host *host, u32 index, u64 bar2, u64 bar4)
{
	host->t.functions[index].class = UNIT_CLASS_GPU;
	host->t.functions[index].vendor = 0x10de;
	host->t.functions[index].device = 0x2330;
	unit_bar(&host->t, index, 0, 16 << 20, 0);
	unit_bar(&host->t, index, 2, 128ULL << 30, PFB_BAR_MEM64 | PFB_BAR_PREFETCH);
	unit_bar(&host->t, index, 4, 32 << 20, PFB_BAR_MEM64 | PFB_BAR_PREFETCH);
	put(host, index, 2, bar2);
	put(host, index, 4, bar4);
}

void unit_host_nic(struct unit_host *host, u32 index)
{
	host->t.functions[index].class = UNIT_CLASS_NIC;
	host->t.functions[index].vendor = 0x15b3;
	host->t.functions[index].device = 0x1021;
	unit_bar(&host->t, index, 0, 32 << 20, PFB_BAR_MEM64 | PFB_BAR_PREFETCH);
}

void unit_host_finish(struct unit_host *host)
{
	struct pfb_topology *top = &host->t.top;
	struct pfb_error err = { "" };
	void *scratch;
	u32 i;

	if (pfb_plan_bus_numbers(top, &err))
		fail_msg("%s", err.text);
	scratch = malloc(pfb_plan_scratch_size(top, host->nr_fixed));
	assert_non_null(scratch);
	if (pfb_plan_addresses(top, host->fixed, host->nr_fixed, scratch, &err))
		fail_msg("%s", err.text);
	free(scratch);

	for (i = 0; i < top->nr_functions; i++) {
		const struct pfb_function *fn = &top->functions[i];
		struct pfb_capture_function *cf = &host->cf[i];

		snprintf(cf->bdf, sizeof(cf->bdf), "0000:%02x:%02x.%x", fn->bus,
			 PFB_DEV(fn->devfn), PFB_FN(fn->devfn));
		cf->iommu_group = -1;
		cf->numa_node = -1;
		cf->acs_read = true;
	}
	host->capture = (struct pfb_capture) {
		.origin = "sysfs",
		.machine = "host",
		.cpu_vendor = "GenuineIntel",
		.address_bits = 52,
		.top = *top,
		.functions = host->cf,
	};
}

void unit_host_rfc(struct unit_host *host, struct unit_rfc_host *rfc)
{
	u32 port;

	unit_host_init(host);
	rfc->upstream = unit_host_switch(host, 1);
	rfc->gpu = unit_host_below(host, rfc->upstream, 0, UNIT_CLASS_GPU);
	unit_host_gpu(host, rfc->gpu, 0x6b8000000000, 0x6c8000000000);
	rfc->nic = unit_host_below(host, rfc->upstream, 1, UNIT_CLASS_NIC);
	unit_host_nic(host, rfc->nic);
	rfc->spare = unit_host_below(host, rfc->upstream, 2, UNIT_CLASS_NIC);
	unit_host_nic(host, rfc->spare);
	port = unit_add(&host->t, PFB_NO_FUNCTION, PFB_PORT_ROOT, 2, 0);
	rfc->other = unit_add(&host->t, port, PFB_PORT_ENDPOINT, 0, 0);
	unit_host_nic(host, rfc->other);
}

void unit_host_dgx(struct unit_host *host)
{
	u32 sw, gpu, nic, upstream;

	unit_host_init(host);
	/* each host bridge has a 64-bit window of its own */
	host->t.roots[0].windows[PFB_WINDOW_PREF].limit = 0x61ffffffffff;
	host->t.roots[0].windows[PFB_WINDOW_MEM].limit = 0x1fffffff;
	for (sw = 0; sw < 4; sw++) {
		if (sw == 2) {
			unit_add_root(&host->t, 0x80, 0xff);
			host->t.roots[1].windows[PFB_WINDOW_PREF].base = 0x620000000000;
			host->t.roots[1].windows[PFB_WINDOW_MEM].base = 0x20000000;
			host->t.roots[1].windows[PFB_WINDOW_IO] = (struct pfb_window) { 1, 0 };
		}
		upstream = unit_host_switch(host, (u8)(1 + sw % 2));
		for (gpu = 2 * sw; gpu < 2 * sw + 2; gpu++) {
			u64 base = 0x600000000000 + gpu * 0x8000000000;

			unit_host_gpu(host, unit_host_below(host, upstream, (u8)(gpu % 2),
							    UNIT_CLASS_GPU),
				      base, base + 0x4000000000);
		}
		for (nic = 2; nic < 4; nic++)
			unit_host_nic(host, unit_host_below(host, upstream, (u8)nic,
							    UNIT_CLASS_NIC));
	}
	unit_host_finish(host);
}

void unit_host_plan(struct pfb_vm_plan *plan, const struct unit_host *host,
		    const struct pfb_vm_request *more, const char *names)
{
	struct pfb_vm_request request = { 0 };
	struct pfb_error err = { "" };
	const char *list[32];
	char words[1024], *rest = words;

	if (more)
		request = *more;
	if (!request.machine)
		request.machine = "virt";
	assert_true(strlen(names) < sizeof(words));
	strcpy(words, names);
	request.assigned = list;
	while ((list[request.nr_assigned] = strsep(&rest, " ")))
		assert_true(++request.nr_assigned < ARRAY_SIZE(list));
	if (pfb_vm_plan(plan, &host->capture, &request, &err))
		fail_msg("%s", err.text);
}
