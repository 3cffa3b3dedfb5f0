// SPDX-License-Identifier: GPL-2.0
/* What a plan says beside itself: each note where it belongs, and only there. */
#include "unit.h"

#include "lib/vm_plan.h"
#include "unit_host.h"

#define RFC_PAIR	"0000:03:00.0 0000:04:00.0"

static struct unit_host host;
static struct unit_rfc_host rfc;
static struct pfb_vm_plan plan;

static int setup(void **state)
{
	u32 i;

	(void)state;
	unit_host_rfc(&host, &rfc);
	unit_host_finish(&host);
	for (i = 0; i < host.t.top.nr_functions; i++)
		host.cf[i].iommu_group = (int)i;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	pfb_vm_plan_free(&plan);
	return 0;
}

static void plan_it(const struct pfb_vm_request *more, const char *names)
{
	pfb_vm_plan_free(&plan);
	unit_host_plan(&plan, &host, more, names);
}

static void notes(const char *text)
{
	u32 i;

	for (i = 0; i < plan.nr_notes; i++)
		if (!strcmp(plan.notes[i].text, text))
			return;
	for (i = 0; i < plan.nr_notes; i++)
		print_message("note: %s\n", plan.notes[i].text);
	fail_msg("not noted: %s", text);
}

static void notes_no(const char *words)
{
	u32 i;

	for (i = 0; i < plan.nr_notes; i++)
		if (strstr(plan.notes[i].text, words))
			fail_msg("noted: %s", plan.notes[i].text);
}

static void set_acs(u32 index, u16 ctrl)
{
	host.t.functions[index].flags |= PFB_FN_ACS;
	host.t.functions[index].acs_cap = 0x5f;
	host.t.functions[index].acs_ctrl = ctrl;
}

/* A switch takes what its windows claim, unless the port below redirects. */
static void test_claims(void **state)
{
	struct pfb_vm_request indirect = { .allow_indirect = true };

	(void)state;
	host.t.functions[rfc.upstream].windows[PFB_WINDOW_MEM] =
		(struct pfb_window) { 0x50000000, 0x51ffffff };
	plan_it(NULL, RFC_PAIR);
	notes("keep the guest's memory out of 0x50000000-0x51ffffff: the host's switch 0000:01:00.0 claims it, and DMA to it would end at a peer; on virt, whose memory begins at 0x40000000, it can have 256 MiB");
	/* of a switch that the guest does not see, too: others may be behind it */
	plan_it(NULL, "0000:04:00.0");
	assert_int_equal(plan.top.nr_functions, 2);
	notes("keep the guest's memory out of 0x50000000-0x51ffffff: the host's switch 0000:01:00.0 claims it, and DMA to it would end at a peer; on virt, whose memory begins at 0x40000000, it can have 256 MiB");
	/* not where all DMA goes up; where nobody knows, it may */
	set_acs(rfc.nic - 1, PFB_ACS_RR);
	plan_it(NULL, "0000:04:00.0");
	notes_no("claims it");
	host.cf[rfc.nic - 1].acs_read = false;
	plan_it(NULL, "0000:04:00.0");
	notes("keep the guest's memory out of 0x50000000-0x51ffffff: the host's switch 0000:01:00.0 claims it, and DMA to it would end at a peer; on virt, whose memory begins at 0x40000000, it can have 256 MiB");
	/* one port that does not suffices */
	host.cf[rfc.nic - 1].acs_read = true;
	plan_it(&indirect, RFC_PAIR);
	notes("keep the guest's memory out of 0x50000000-0x51ffffff: the host's switch 0000:01:00.0 claims it, and DMA to it would end at a peer; on virt, whose memory begins at 0x40000000, it can have 256 MiB");
	/* no switch above it */
	plan_it(NULL, "0000:06:00.0");
	notes_no("claims it");
	set_acs(rfc.nic - 1, 0);
	/* what lies in the guest's 64-bit window is no memory of it */
	host.t.functions[rfc.upstream].windows[PFB_WINDOW_PREF].base = 0x3fff00000000;
	plan_it(NULL, RFC_PAIR);
	notes("keep the guest's memory out of 0x3fff00000000-0x6c8005ffffff: the host's switch 0000:01:00.0 claims it, and DMA to it would end at a peer; on virt, whose memory begins at 0x40000000, it can have 65531 GiB");
}

/* Where a machine never has memory, nobody needs to keep it out. */
static void test_claims_of_machines(void **state)
{
	struct pfb_window *claim = &host.t.functions[rfc.upstream].windows[PFB_WINDOW_MEM];
	struct pfb_vm_request q35 = { .machine = "q35" };

	(void)state;
	*claim = (struct pfb_window) { 0x30000000, 0x3fffffff };
	plan_it(NULL, RFC_PAIR);
	notes_no("claims it");
	plan_it(&q35, RFC_PAIR);
	notes("keep the guest's memory out of 0x30000000-0x3fffffff: the host's switch 0000:01:00.0 claims it, and DMA to it would end at a peer");
	claim->limit = 0x40000000;
	plan_it(NULL, RFC_PAIR);
	notes("keep the guest's memory out of 0x30000000-0x40000000: the host's switch 0000:01:00.0 claims it, and DMA to it would end at a peer; on virt, whose memory begins at 0x40000000, it cannot be");
	*claim = (struct pfb_window) { 0xb0000000, 0xbfffffff };
	plan_it(&q35, RFC_PAIR);
	notes_no("claims it");
	claim->base = 0xaff00000;
	plan_it(&q35, RFC_PAIR);
	notes("keep the guest's memory out of 0xaff00000-0xbfffffff: the host's switch 0000:01:00.0 claims it, and DMA to it would end at a peer");
}

static void test_groups(void **state)
{
	u32 i;

	(void)state;
	plan_it(NULL, RFC_PAIR);
	notes_no("IOMMU group");
	/* switch and all: what is assigned, and ports, are no mates that matter */
	for (i = rfc.upstream; i <= rfc.nic; i++)
		host.cf[i].iommu_group = 17;
	plan_it(NULL, RFC_PAIR);
	notes_no("IOMMU group");
	host.cf[rfc.spare].iommu_group = 17;
	strcpy(host.cf[rfc.spare].driver, "nvme");
	plan_it(NULL, RFC_PAIR);
	notes("IOMMU group 17 of 0000:03:00.0 also has 0000:05:00.0 (nvme): VFIO gives a group to one VM only, as a whole; assign these, too, or unbind their drivers");
	plan_it(NULL, RFC_PAIR " 0000:05:00.0");
	notes_no("IOMMU group");
	host.cf[rfc.nic].iommu_group = -1;
	plan_it(NULL, RFC_PAIR " 0000:05:00.0");
	notes("the capture has no IOMMU group of 0000:04:00.0: without one VFIO cannot assign it, and what else is in its group must be assigned along; turn the host's IOMMU on, and capture the live host");
}

/* A group of a whole machine is told in a line. */
static void test_large_group(void **state)
{
	u32 i;

	(void)state;
	unit_host_dgx(&host);
	for (i = 0; i < host.t.top.nr_functions; i++)
		host.cf[i].iommu_group = 1;
	plan_it(NULL, "0000:03:00.0");
	notes("IOMMU group 1 of 0000:03:00.0 also has 0000:04:00.0 (no driver), 0000:05:00.0 (no driver), 0000:06:00.0 (no driver), 0000:09:00.0 (no driver) and 11 more: VFIO gives a group to one VM only, as a whole; assign these, too, or unbind their drivers");
}

static void test_nodes(void **state)
{
	(void)state;
	plan_it(NULL, RFC_PAIR);
	notes_no("NUMA");
	host.cf[rfc.gpu].numa_node = 1;
	plan_it(NULL, RFC_PAIR);
	notes_no("NUMA");
	host.cf[rfc.nic].numa_node = 0;
	plan_it(NULL, RFC_PAIR);
	notes("what is assigned is on NUMA nodes 1 and 0 of the host, and a guest with one host bridge is not told: place its memory and CPUs by hand (--json has each function's node)");
	host.cf[rfc.nic].numa_node = 1;
	plan_it(NULL, RFC_PAIR);
	notes_no("NUMA");
}

static void test_sizes(void **state)
{
	(void)state;
	plan_it(NULL, RFC_PAIR);
	notes_no("resize");
	/* bit n: 2^(n + 20) bytes */
	host.cf[rfc.gpu].rebar_sizes[2] = 1ULL << 8 | 1ULL << 17;
	plan_it(NULL, RFC_PAIR);
	notes_no("resize");
	host.cf[rfc.gpu].rebar_sizes[2] |= 1ULL << 18;
	plan_it(NULL, RFC_PAIR);
	notes("0000:03:00.0 bar2 has 128 GiB of the up to 256 GiB that it can have, and the guest cannot resize it: resize it on the host first, if peers are to reach more");
	/* what is not fixed is nobody's concern */
	host.cf[rfc.gpu].rebar_sizes[2] = 0;
	host.cf[rfc.nic].rebar_sizes[0] = 1ULL << 30;
	plan_it(NULL, RFC_PAIR);
	notes_no("resize");
}

static void test_window(void **state)
{
	struct pfb_window window = { 0x400000000000, 0x7fffffffffff };
	struct pfb_vm_request request = { .window64 = &window };

	(void)state;
	plan_it(&request, RFC_PAIR);
	notes("virt is an arm64 machine, and the host's CPU is GenuineIntel: with KVM only --machine q35 runs there");
	host.capture.cpu_vendor[0] = '\0';
	plan_it(&request, RFC_PAIR);
	notes_no("KVM");
	strcpy(host.capture.cpu_vendor, "GenuineIntel");
	notes("the guest's memory must end below the 64-bit window at 0x400000000000");
	notes_no("pcie-mmio-window");
	window = (struct pfb_window) { 0x600000000000, 0x6fffffffffff };
	plan_it(&request, RFC_PAIR);
	notes("a stock virt's 64-bit window begins at its size, a power of two from 512 GiB on: 0x600000000000:0x100000000000 takes a QEMU with pcie-mmio-window");
	request.machine = "q35";
	plan_it(&request, RFC_PAIR);
	notes_no("KVM");
	notes_no("pcie-mmio-window");
	notes("on q35 the firmware makes the 64-bit window: that it is the stated one is not checked; compare it with the guest's /proc/iomem");
	request.window64 = NULL;
	plan_it(&request, RFC_PAIR);
	notes("on q35 the firmware makes the 64-bit window: 0x380000000000-0x77ffffffffff is OVMF's with phys-bits=48 and pci-hole64-size=64T; compare it with the guest's /proc/iomem");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_claims, setup, teardown),
		cmocka_unit_test_setup_teardown(test_claims_of_machines, setup, teardown),
		cmocka_unit_test_setup_teardown(test_groups, setup, teardown),
		cmocka_unit_test_setup_teardown(test_large_group, setup, teardown),
		cmocka_unit_test_setup_teardown(test_nodes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_sizes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_window, setup, teardown),
	};

	return cmocka_run_group_tests_name("vm_notes", tests, NULL, NULL);
}
