// SPDX-License-Identifier: GPL-2.0
/* VMs planned from hosts: what mirrors what, where BARs are, and every refusal in its own words. */
#include "unit.h"

#include <pci_fixed_bars/manifest.h>

#include "lib/vm_plan.h"
#include "unit_host.h"

#define RFC_GPU		"0000:03:00.0"
#define RFC_NIC		"0000:04:00.0"
#define RFC_SPARE	"0000:05:00.0"
#define RFC_OTHER	"0000:06:00.0"

static struct unit_host host;
static struct unit_rfc_host rfc;
static struct pfb_vm_plan plan;
static struct pfb_error error;

static int plan_with(const struct pfb_vm_request *more, ...) __attribute__((sentinel));

/* Names of functions to assign, NULL at the end; @more may state anything else. */
static int plan_with(const struct pfb_vm_request *more, ...)
{
	struct pfb_vm_request request = { 0 };
	const char *names[32];
	va_list words;

	if (more)
		request = *more;
	request.assigned = names;
	if (!request.machine)
		request.machine = "virt";
	va_start(words, more);
	while ((names[request.nr_assigned] = va_arg(words, const char *)))
		request.nr_assigned++;
	va_end(words);
	pfb_vm_plan_free(&plan);
	error.text[0] = '\0';
	return pfb_vm_plan(&plan, &host.capture, &request, &error);
}

#define PLAN(...)	plan_with(NULL, __VA_ARGS__, NULL)

static void planned(int ret)
{
	if (ret)
		fail_msg("%d: %s", ret, error.text);
}

static void refused(int ret, int expected, const char *text)
{
	assert_string_equal(error.text, text);
	assert_int_equal(ret, expected);
}

static u32 find(const char *id)
{
	u32 i;

	for (i = 0; i < plan.top.nr_functions; i++)
		if (!strcmp(plan.functions[i].id, id))
			return i;
	fail_msg("no %s in the plan", id);
	return 0;
}

static void is_at(const char *id, const char *path)
{
	struct pfb_path found;
	char text[PFB_PATH_TEXT_MAX];

	assert_int_equal(pfb_topology_path(&plan.top, find(id), &found), 0);
	assert_string_equal(pfb_path_format(&found, text, sizeof(text)), path);
}

static void bar_at(const char *id, unsigned int bar, u64 address)
{
	const struct pfb_bar *b = &plan.top.functions[find(id)].bars[bar];

	assert_true(b->flags & PFB_BAR_ASSIGNED);
	assert_int_equal(b->address, address);
}

static const struct pfb_vm_pair *pair(const char *client, const char *provider)
{
	u32 i;

	for (i = 0; i < plan.nr_pairs; i++)
		if (plan.pairs[i].client == find(client) &&
		    plan.pairs[i].provider == find(provider))
			return &plan.pairs[i];
	fail_msg("no pair %s -> %s", client, provider);
	return NULL;
}

static bool noted(const char *words)
{
	u32 i;

	for (i = 0; i < plan.nr_notes; i++)
		if (strstr(plan.notes[i].text, words))
			return true;
	return false;
}

static u32 clique(const char *id)
{
	return plan.functions[find(id)].clique;
}

static int setup(void **state)
{
	(void)state;
	unit_host_rfc(&host, &rfc);
	unit_host_finish(&host);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	pfb_vm_plan_free(&plan);
	return 0;
}

/* The RFC's example: its window, its addresses, one switch. */
static void test_rfc(void **state)
{
	const struct pfb_window *high;

	(void)state;
	planned(PLAN(RFC_GPU, RFC_NIC));
	high = &plan.top.roots[0].windows[PFB_WINDOW_PREF];
	assert_int_equal(high->base, 0x400000000000);
	assert_int_equal(high->limit - high->base + 1, 0x400000000000);

	assert_int_equal(plan.top.nr_functions, 6);
	is_at("rp0", "0000:00:01.0");
	is_at("up0", "0000:00:01.0/00.0");
	is_at("dp0", "0000:00:01.0/00.0/00.0");
	is_at("gpu0", "0000:00:01.0/00.0/00.0/00.0");
	is_at("dp1", "0000:00:01.0/00.0/01.0");
	is_at("nic0", "0000:00:01.0/00.0/01.0/00.0");
	assert_int_equal(plan.functions[find("gpu0")].host, rfc.gpu);
	assert_int_equal(plan.functions[find("up0")].host, rfc.upstream);
	assert_int_equal(pfb_topology_check(&plan.top, &error), 0);

	assert_int_equal(plan.nr_fixed, 2);
	assert_int_equal(plan.functions[find("gpu0")].fixed, 1 << 2 | 1 << 4);
	bar_at("gpu0", 2, 0x6b8000000000);
	bar_at("gpu0", 4, 0x6c8000000000);
	/* the rest in the guest's own addresses */
	assert_true(plan.top.functions[find("gpu0")].bars[0].address >= 0x10000000);
	assert_true(plan.top.functions[find("gpu0")].bars[0].address < 0x3eff0000);
	assert_true(plan.top.functions[find("nic0")].bars[0].address >= 0x400000000000);
	assert_string_equal(plan.functions[find("gpu0")].why[2],
			    "where 0000:03:00.0 has it on the host: what a peer writes there turns at the host's switch");
	assert_string_equal(plan.functions[find("gpu0")].why[0],
			    "32-bit: packed below 4 GiB, where the guest's addresses are its own; not for peers");
	assert_string_equal(plan.functions[find("nic0")].why[0],
			    "no provider's: packed around what is fixed (--provider would fix it)");
	assert_string_equal(plan.functions[find("gpu0")].why[1], "");

	assert_int_equal(plan.nr_pairs, 1);
	assert_int_equal(pair("nic0", "gpu0")->verdict, PFB_VM_PAIR_DIRECT);
	assert_string_equal(pair("nic0", "gpu0")->reason,
			    "upstream port 0000:01:00.0 turns it round");
	assert_int_equal(clique("gpu0"), 0);
	assert_int_equal(clique("nic0"), 0);
	assert_int_equal(clique("rp0"), PFB_CLIQUE_NONE);
}

/* A function alone behind a root port stays alone, and one in the other switch reaches nobody. */
static void test_no_common_switch(void **state)
{
	struct pfb_vm_request indirect = { .allow_indirect = true };

	(void)state;
	refused(PLAN(RFC_GPU, RFC_NIC, RFC_OTHER), -EXDEV,
		"0000:06:00.0 (nic1) has no peer among what is assigned: from nic1 to gpu0, no switch is above both: it leaves at root port 0000:00:02.0 for the root complex; assign functions below one switch; or plan without P2P for it (--allow-indirect)");
	planned(plan_with(&indirect, RFC_GPU, RFC_NIC, RFC_OTHER, NULL));
	is_at("rp1", "0000:00:02.0");
	is_at("nic1", "0000:00:02.0/00.0");
	assert_int_equal(pair("nic1", "gpu0")->verdict, PFB_VM_PAIR_NONE);
	assert_int_equal(clique("nic0"), clique("gpu0"));
	assert_int_not_equal(clique("nic1"), clique("gpu0"));

	/* alone: there is no pair that could break */
	planned(PLAN(RFC_GPU));
	is_at("gpu0", "0000:00:01.0/00.0");
	assert_int_equal(plan.nr_pairs, 0);
	bar_at("gpu0", 2, 0x6b8000000000);
}

static void set_acs(u32 index, u16 ctrl)
{
	host.t.functions[index].flags |= PFB_FN_ACS;
	host.t.functions[index].acs_cap = 0x7f;
	host.t.functions[index].acs_ctrl = ctrl;
}

static void test_acs(void **state)
{
	struct pfb_vm_request indirect = { .allow_indirect = true };

	(void)state;
	set_acs(rfc.nic - 1, PFB_ACS_SV | PFB_ACS_RR | PFB_ACS_CR | PFB_ACS_UF);
	refused(PLAN(RFC_GPU, RFC_NIC, RFC_SPARE), -EXDEV,
		"0000:04:00.0 (nic0) has no peer among what is assigned: from nic0 to gpu0, ACS at downstream port 0000:02:01.0 sends it up to the root complex: turn redirect off on the host (pci=disable_acs_redir=0000:00:01.0/00.0/01.0); or plan without P2P for it (--allow-indirect)");
	/* at both ports: one message for both */
	set_acs(rfc.gpu - 1, PFB_ACS_RR);
	assert_int_equal(PLAN(RFC_GPU, RFC_NIC), -EXDEV);
	assert_error(&error, "(pci=disable_acs_redir=0000:00:01.0/00.0/01.0;0000:00:01.0/00.0/00.0);");
	set_acs(rfc.gpu - 1, 0);

	/* one switch in the guest, two cliques: the guest is told what it cannot see */
	set_acs(rfc.nic - 1, PFB_ACS_RR);
	planned(plan_with(&indirect, RFC_GPU, RFC_NIC, RFC_SPARE, NULL));
	is_at("nic0", "0000:00:01.0/00.0/01.0/00.0");
	assert_int_not_equal(clique("nic0"), clique("gpu0"));
	assert_int_equal(clique("nic1"), clique("gpu0"));

	/* the root port above the switch is not on the way */
	setup(NULL);
	set_acs(rfc.upstream - 1, 0x7f);
	planned(PLAN(RFC_GPU, RFC_NIC));
}

/* Direct translated P2P, for a client that uses ATS. */
static void test_translated(void **state)
{
	struct pfb_vm_request indirect = { .allow_indirect = true };
	u32 gpu;

	(void)state;
	set_acs(rfc.nic - 1, PFB_ACS_RR | PFB_ACS_CR | PFB_ACS_DT);
	assert_int_equal(PLAN(RFC_GPU, RFC_NIC), -EXDEV);
	assert_error(&error, "turn redirect off on the host (pci=disable_acs_redir=0000:00:01.0/00.0/01.0);");
	host.t.functions[rfc.nic].flags |= PFB_FN_ATS;
	assert_int_equal(PLAN(RFC_GPU, RFC_NIC), -EXDEV);
	assert_error(&error, "or ATS on for the client: direct translated is on");
	/* no port lets them through: ATS would not help */
	set_acs(rfc.nic - 1, PFB_ACS_RR | PFB_ACS_CR);
	assert_int_equal(PLAN(RFC_GPU, RFC_NIC), -EXDEV);
	assert_null(strstr(error.text, "ATS"));
	set_acs(rfc.nic - 1, PFB_ACS_RR | PFB_ACS_CR | PFB_ACS_DT);
	/* it has ATS on, the other port is what stops it */
	host.t.functions[rfc.nic].flags |= PFB_FN_ATS_ENABLED;
	set_acs(rfc.gpu - 1, PFB_ACS_RR);
	assert_int_equal(PLAN(RFC_GPU, RFC_NIC), -EXDEV);
	assert_null(strstr(error.text, "ATS"));
	set_acs(rfc.gpu - 1, 0);
	planned(PLAN(RFC_GPU, RFC_NIC, RFC_SPARE));
	assert_int_equal(pair("nic0", "gpu0")->verdict, PFB_VM_PAIR_TRANSLATED);
	assert_string_equal(pair("nic0", "gpu0")->reason,
			    "ACS at downstream port 0000:02:01.0 redirects all but ATS-translated requests: it holds as long as the client sends such");
	assert_int_equal(pair("nic1", "gpu0")->verdict, PFB_VM_PAIR_DIRECT);
	assert_int_equal(clique("nic0"), clique("gpu0"));
	assert_int_equal(clique("nic1"), clique("gpu0"));
	assert_true(noted("from nic0 to gpu0 the host's switches route ATS-translated requests only, and the guest cannot see which are: keep ATS on for 0000:04:00.0 on the host"));
	assert_false(noted("from nic1"));

	/*
	 * All ports redirect. The NIC reaches both GPUs, the GPUs have no ATS and
	 * don't reach each other: one clique for all would be a lie to the GPUs.
	 */
	gpu = rfc.spare;
	host.t.functions[gpu].class = UNIT_CLASS_GPU;
	set_acs(rfc.gpu - 1, PFB_ACS_RR | PFB_ACS_CR | PFB_ACS_DT);
	set_acs(gpu - 1, PFB_ACS_RR | PFB_ACS_CR | PFB_ACS_DT);
	refused(PLAN(RFC_GPU, RFC_NIC, RFC_SPARE), -EXDEV,
		"0000:05:00.0 (gpu1) has no peer among what is assigned: from nic0 to gpu1, the host routes it, but each has other peers, whom they do not all reach, and a function has one clique: assign them to two VMs; or plan without P2P for it (--allow-indirect)");
	planned(plan_with(&indirect, RFC_GPU, RFC_NIC, RFC_SPARE, NULL));
	assert_int_equal(pair("nic0", "gpu1")->verdict, PFB_VM_PAIR_TRANSLATED);
	assert_int_equal(pair("gpu0", "gpu1")->verdict, PFB_VM_PAIR_NONE);
	assert_int_equal(clique("nic0"), clique("gpu0"));
	assert_int_not_equal(clique("gpu1"), clique("gpu0"));
	assert_true(noted("nic0 reaches gpu1 on the host (direct-translated), but the guest will refuse it"));

	/* once they send translated requests, they do; one way does not suffice */
	host.t.functions[gpu].flags |= PFB_FN_ATS | PFB_FN_ATS_ENABLED;
	planned(plan_with(&indirect, RFC_GPU, RFC_NIC, RFC_SPARE, NULL));
	assert_int_equal(pair("gpu1", "gpu0")->verdict, PFB_VM_PAIR_TRANSLATED);
	assert_int_equal(pair("gpu0", "gpu1")->verdict, PFB_VM_PAIR_NONE);
	assert_int_not_equal(clique("gpu1"), clique("gpu0"));
	host.t.functions[rfc.gpu].flags |= PFB_FN_ATS | PFB_FN_ATS_ENABLED;
	planned(PLAN(RFC_GPU, RFC_NIC, RFC_SPARE));
	assert_int_equal(clique("gpu0"), clique("gpu1"));
	assert_int_equal(clique("gpu0"), clique("nic0"));
	/* translation blocking at the client's port refuses just these */
	set_acs(rfc.nic - 1, PFB_ACS_RR | PFB_ACS_DT | PFB_ACS_TB);
	assert_int_equal(PLAN(RFC_GPU, RFC_NIC), -EXDEV);
}

/* The operator's order decides names, not who is with whom. */
static void test_clique_order(void **state)
{
	(void)state;
	unit_host_dgx(&host);
	/* a NIC of the first switch, of the second, a GPU of the second, of the first */
	planned(PLAN("0000:05:00.0", "0000:0b:00.0", "0000:0a:00.0", "0000:03:00.0"));
	assert_int_equal(clique("nic0"), clique("gpu1"));
	assert_int_equal(clique("nic1"), clique("gpu0"));
	assert_int_not_equal(clique("nic0"), clique("nic1"));
}

/* What is neither a provider nor a client has no part in P2P: an NVSwitch, a USB controller. */
static void test_no_part(void **state)
{
	(void)state;
	host.t.functions[rfc.spare].class = 0x068000;
	planned(PLAN(RFC_GPU, RFC_NIC, RFC_SPARE));
	is_at("dev0", "0000:00:01.0/00.0/02.0/00.0");
	assert_int_equal(plan.nr_pairs, 1);
	assert_int_equal(clique("dev0"), PFB_CLIQUE_NONE);
	assert_int_equal(plan.functions[find("dev0")].fixed, 0);
}

static void test_acs_not_read(void **state)
{
	(void)state;
	host.cf[rfc.gpu - 1].acs_read = false;
	refused(PLAN(RFC_GPU, RFC_NIC), -EXDEV,
		"0000:03:00.0 (gpu0) has no peer among what is assigned: from nic0 to gpu0, nobody could read whether ACS redirects at 0000:02:00.0: capture the host as root; or plan without P2P for it (--allow-indirect)");
}

static void test_window_on_host(void **state)
{
	(void)state;
	host.t.functions[rfc.gpu - 1].windows[PFB_WINDOW_PREF].limit -= 0x100000;
	refused(PLAN(RFC_GPU, RFC_NIC), -EXDEV,
		"0000:03:00.0 (gpu0) has no peer among what is assigned: from nic0 to gpu0, bar4: window at downstream port 0000:02:00.0 on the host; or plan without P2P for it (--allow-indirect)");
}

static void test_addresses_refused(void **state)
{
	struct pfb_bar *bar = &host.t.functions[rfc.gpu].bars[2];

	(void)state;
	bar->flags &= ~PFB_BAR_ASSIGNED;
	refused(PLAN(RFC_GPU, RFC_NIC), -EXDEV,
		"0000:03:00.0 bar2: has no address on the host, which the guest's could equal: find why the host gave it none (\"can't assign\" in its kernel log), and capture it again");
	bar->flags |= PFB_BAR_ASSIGNED;

	host.capture.address_bits = 46;
	refused(PLAN(RFC_GPU, RFC_NIC), -EXDEV,
		"0000:03:00.0 bar2: ends at 0x6b9fffffffff on the host, beyond the 46 address bits of its CPU, which a guest has, too: the host's firmware must place it lower");
	host.capture.address_bits = 0;
	planned(PLAN(RFC_GPU, RFC_NIC));
	assert_true(noted("the capture does not say how many address bits the host's CPU has: check that it reaches 0x7fffffffffff"));
	host.capture.address_bits = 47;
	planned(PLAN(RFC_GPU, RFC_NIC));

	bar->address = 0xe0000000;
	bar->size = 0x10000000;
	refused(PLAN(RFC_GPU, RFC_NIC), -EXDEV,
		"0000:03:00.0 bar2: at 0xe0000000 on the host, below 4 GiB, where a guest has its memory: turn on \"above 4G decoding\" in the host's firmware");
	bar->address = 0x4000000000;
	refused(PLAN(RFC_GPU, RFC_NIC), -EXDEV,
		"0000:03:00.0 bar2: at 0x4000000000 on the host, below 0x8000000000, where the lowest 64-bit window of QEMU's virt begins: the host's firmware must place it higher, or state the window that the guest has with --window64");
	bar->address = 0x10000000000;
	refused(PLAN(RFC_GPU, RFC_NIC), -EXDEV,
		"0000:03:00.0 bar2 at 0x10000000000 and 0000:03:00.0 bar4 at 0x6c8000000000 fit in no one window of QEMU's virt, which begins at its size, a power of two: assign them to two VMs, or state the window that the guest has with --window64");
	bar->address = 0x6b8010000000;
	bar->size = 0x20000000;
	refused(PLAN(RFC_GPU, RFC_NIC), -ENODATA,
		"0000:03:00.0 bar2: at 0x6b8010000000 on the host, no multiple of its 0x20000000 bytes: the capture is wrong, capture the host again");
}

static void test_reserved_by_amd(void **state)
{
	struct pfb_bar *bar = &host.t.functions[rfc.gpu].bars[2];

	(void)state;
	bar->address = 0xfc00000000;
	bar->size = 0x100000000;
	host.t.functions[rfc.gpu].bars[4].address = 0xf000000000;
	/* Intel: nothing is reserved there; the host's windows are what is wrong now */
	assert_int_equal(PLAN(RFC_GPU, RFC_NIC), -EXDEV);
	assert_error(&error, "no peer", "window");
	strcpy(host.capture.cpu_vendor, "AuthenticAMD");
	refused(PLAN(RFC_GPU, RFC_NIC), -EXDEV,
		"the guest's 64-bit window 0x8000000000-0xffffffffff overlaps 0xfd00000000-0xffffffffff, which AMD and Hygon CPUs reserve: state one beside it with --window64");
	bar->address = 0xfe00000000;
	refused(PLAN(RFC_GPU, RFC_NIC), -EXDEV,
		"0000:03:00.0 bar2: 0xfe00000000-0xfeffffffff lies in 0xfd00000000-0xffffffffff, which AMD and Hygon CPUs reserve: the host's firmware must place it elsewhere");
	strcpy(host.capture.cpu_vendor, "HygonGenuine");
	assert_int_equal(PLAN(RFC_GPU, RFC_NIC), -EXDEV);
	host.capture.cpu_vendor[0] = '\0';
	refused(PLAN(RFC_GPU, RFC_NIC), -EXDEV,
		"0000:03:00.0 bar2: 0xfe00000000-0xfeffffffff lies in 0xfd00000000-0xffffffffff, which AMD and Hygon CPUs reserve, and the capture does not name the CPU: set \"cpu_vendor\" in it");
}

static void test_window_stated(void **state)
{
	struct pfb_window window = { 0x600000000000, 0x6bffffffffff };
	struct pfb_vm_request request = { .window64 = &window };

	(void)state;
	refused(plan_with(&request, RFC_GPU, RFC_NIC, NULL), -EXDEV,
		"0000:03:00.0 bar4: at 0x6c8000000000-0x6c8001ffffff on the host, outside the guest's 64-bit window 0x600000000000-0x6bffffffffff: state another window with --window64");
	window.limit = 0x6fffffffffff;
	planned(plan_with(&request, RFC_GPU, RFC_NIC, NULL));
	bar_at("gpu0", 4, 0x6c8000000000);
	window.limit = 0xffffffffffffff;
	refused(plan_with(&request, RFC_GPU, RFC_NIC, NULL), -EXDEV,
		"the guest's 64-bit window 0x600000000000-0xffffffffffffff ends beyond the 52 address bits of the host's CPU: state a lower or smaller one with --window64");
	window.base = 0x80000000;
	refused(plan_with(&request, RFC_GPU, RFC_NIC, NULL), -EINVAL,
		"the guest's 64-bit window 0x80000000-0xffffffffffffff, expected one above 4 GiB: correct --window64");
}

static void test_overlap(void **state)
{
	(void)state;
	unit_host_init(&host);
	rfc.upstream = unit_host_switch(&host, 1);
	rfc.gpu = unit_host_below(&host, rfc.upstream, 0, UNIT_CLASS_GPU);
	unit_host_gpu(&host, rfc.gpu, 0x600000000000, 0x604000000000);
	rfc.other = unit_host_below(&host, rfc.upstream, 1, UNIT_CLASS_GPU);
	unit_host_gpu(&host, rfc.other, 0x610000000000, 0x614000000000);
	unit_host_finish(&host);
	host.t.functions[rfc.other].bars[4].address = 0x601000000000;
	refused(PLAN(RFC_GPU, RFC_NIC), -EEXIST,
		"0000:03:00.0 bar2 at 0x600000000000-0x601fffffffff and 0000:04:00.0 bar4 at 0x601000000000-0x601001ffffff overlap, which no guest can mirror: assign one of them, or capture the host again if it is wrong");
}

static void test_functions_refused(void **state)
{
	struct pfb_function *fn = &host.t.functions[rfc.spare];
	const char *names[] = { RFC_OTHER };
	struct pfb_vm_request request = { .providers = names, .nr_providers = 1 };

	(void)state;
	refused(PLAN("0000:99:00.0"), -ENOENT,
		"0000:99:00.0: the capture has no function there: name one that it has, or capture the host again");
	refused(PLAN("03:00.0x"), -EINVAL,
		"'03:00.0x' names no function: nothing may follow '03:00.0'");
	assert_int_equal(PLAN("gpu"), -EINVAL);
	assert_error(&error, "'gpu' names no function");
	refused(PLAN("0000:02:00.0"), -EINVAL,
		"0000:02:00.0 is a downstream port, which cannot be assigned: assign the functions behind it");
	refused(PLAN(RFC_GPU, "0000:00:01.0/00.0/00.0/00.0"), -EINVAL,
		"0000:03:00.0 is named twice, as '0000:03:00.0' and as '0000:00:01.0/00.0/00.0/00.0': leave one out");
	refused(plan_with(&request, RFC_GPU, RFC_NIC, NULL), -EINVAL,
		"0000:06:00.0 is to be a provider, but is not assigned: name it among the functions, too");
	request = (struct pfb_vm_request) { .machine = "pc" };
	refused(plan_with(&request, RFC_GPU, NULL), -EINVAL, "machine 'pc', expected virt or q35");
	refused(plan_with(NULL, NULL), -EINVAL, "0 functions to assign, expected 1 to 255");

	fn->flags |= PFB_FN_VF;
	refused(PLAN(RFC_GPU, RFC_SPARE), -ENODATA,
		"0000:05:00.0 is a VF, and the capture does not say of which PF: capture it with the PF ('lspci' of VFs alone has none), or assign the PF");
	strcpy(host.cf[rfc.spare].pf, RFC_NIC);
	refused(PLAN(RFC_GPU, RFC_SPARE, RFC_NIC), -EINVAL,
		"0000:05:00.0 is a VF of 0000:04:00.0, and both are assigned: the host keeps the PF of a VF, so assign one of them");
	planned(PLAN(RFC_GPU, RFC_SPARE));
	assert_false(plan.top.functions[find("nic0")].flags & PFB_FN_VF);
	fn->bars[0].size = 0;
	refused(PLAN(RFC_GPU, RFC_SPARE), -ENODATA,
		"0000:05:00.0 is a VF of 0000:04:00.0, and the capture has none of its BARs: capture the live host with the VF enabled");

	host.cf[rfc.gpu].unsized = 1 << 2;
	refused(PLAN(RFC_GPU, RFC_NIC), -ENODATA,
		"0000:03:00.0 bar2: its size is not in the capture, so that no room can be planned for it: capture the live host, or add its 'lspci -vvv'");
}

static void test_provider_without_fixable_bar(void **state)
{
	struct pfb_bar *bars = host.t.functions[rfc.gpu].bars;
	struct pfb_vm_request indirect = { .allow_indirect = true };

	(void)state;
	bars[2].flags &= ~PFB_BAR_PREFETCH;
	bars[2].size = 0x1000000;
	bars[4].size = 0;
	planned(plan_with(&indirect, RFC_GPU, RFC_NIC, NULL));
	assert_int_equal(plan.nr_fixed, 0);
	assert_string_equal(plan.functions[find("gpu0")].why[2],
			    "not prefetchable, which bridges forward below 4 GiB only, where the guest's addresses are its own; not for peers");
	assert_true(plan.top.functions[find("gpu0")].bars[2].address < 0x3eff0000);
	refused(PLAN(RFC_GPU, RFC_NIC), -EXDEV,
		"0000:03:00.0 (gpu0) has no peer among what is assigned: from nic0 to gpu0, 0000:03:00.0 has no 64-bit prefetchable BAR, and no other can have the host's address in a guest; or plan without P2P for it (--allow-indirect)");
}

/* What the operator makes a provider is fixed as a GPU is, and is asked about both ways. */
static void test_named_provider(void **state)
{
	const char *names[] = { RFC_NIC };
	struct pfb_vm_request request = { .providers = names, .nr_providers = 1 };

	(void)state;
	planned(plan_with(&request, RFC_GPU, RFC_NIC, NULL));
	assert_int_equal(plan.nr_fixed, 3);
	bar_at("nic0", 0, host.t.functions[rfc.nic].bars[0].address);
	assert_int_equal(plan.nr_pairs, 2);
	assert_int_equal(pair("gpu0", "nic0")->verdict, PFB_VM_PAIR_DIRECT);
}

/* Two host bridges, four switches, eight GPUs and eight NICs: four cliques. */
static void test_dgx(void **state)
{
	struct pfb_vm_request request = { .machine = "virt" };
	const char *names[16];
	char text[16][16];
	u32 i, nr = 0, gpus = 0, nics = 0, direct = 0;

	(void)state;
	unit_host_dgx(&host);
	for (i = 0; i < host.t.top.nr_functions; i++) {
		if (host.t.functions[i].type != PFB_PORT_ENDPOINT)
			continue;
		assert_true(nr < 16);
		strcpy(text[nr], host.cf[i].bdf);
		names[nr] = text[nr];
		nr++;
	}
	assert_int_equal(nr, 16);
	request.assigned = names;
	request.nr_assigned = nr;
	planned(pfb_vm_plan(&plan, &host.capture, &request, &error));
	assert_int_equal(pfb_topology_check(&plan.top, &error), 0);
	/* 4 root ports and upstream ports, 16 downstream ports, 16 functions */
	assert_int_equal(plan.top.nr_functions, 40);
	is_at("gpu0", "0000:00:01.0/00.0/00.0/00.0");
	is_at("nic7", "0000:00:04.0/00.0/03.0/00.0");
	for (i = 0; i < plan.top.nr_functions; i++) {
		const struct pfb_vm_function *vf = &plan.functions[i];

		if (!strncmp(vf->id, "gpu", 3)) {
			u32 n = (u32)(vf->id[3] - '0');

			gpus++;
			assert_int_equal(vf->clique, n / 2);
			bar_at(vf->id, 2, 0x600000000000 + n * 0x8000000000);
		} else if (!strncmp(vf->id, "nic", 3)) {
			nics++;
			assert_int_equal(vf->clique, (vf->id[3] - '0') / 2);
			assert_int_equal(vf->fixed, 0);
		}
	}
	assert_int_equal(gpus, 8);
	assert_int_equal(nics, 8);
	/* every NIC and every GPU to every other GPU; within a switch of 2 and 2 that are 2 * 3 */
	assert_int_equal(plan.nr_pairs, 8 * 8 + 8 * 7);
	for (i = 0; i < plan.nr_pairs; i++)
		direct += plan.pairs[i].verdict == PFB_VM_PAIR_DIRECT;
	assert_int_equal(direct, 4 * 6);
}

/* A switch below a switch: both where branches meet in both, one where only one has. */
static void test_nested(void **state)
{
	u32 up, down, inner;

	(void)state;
	unit_host_init(&host);
	up = unit_host_switch(&host, 1);
	down = unit_add(&host.t, up, PFB_PORT_DOWNSTREAM, 0, 0);
	inner = unit_add(&host.t, down, PFB_PORT_UPSTREAM, 0, 0);
	unit_host_gpu(&host, unit_host_below(&host, inner, 0, 0), 0x600000000000, 0x604000000000);
	unit_host_nic(&host, unit_host_below(&host, inner, 1, 0));
	unit_host_nic(&host, unit_host_below(&host, up, 1, 0));
	unit_host_finish(&host);

	planned(PLAN("0000:05:00.0", "0000:06:00.0", "0000:07:00.0"));
	is_at("gpu0", "0000:00:01.0/00.0/00.0/00.0/00.0/00.0");
	is_at("nic0", "0000:00:01.0/00.0/00.0/00.0/01.0/00.0");
	is_at("nic1", "0000:00:01.0/00.0/01.0/00.0");
	assert_int_equal(clique("nic1"), clique("gpu0"));
	assert_string_equal(pair("nic1", "gpu0")->reason, "upstream port 0000:01:00.0 turns it round");
	assert_string_equal(pair("nic0", "gpu0")->reason, "upstream port 0000:03:00.0 turns it round");

	planned(PLAN("0000:05:00.0", "0000:06:00.0"));
	is_at("gpu0", "0000:00:01.0/00.0/00.0/00.0");
	planned(PLAN("0000:05:00.0", "0000:07:00.0"));
	is_at("gpu0", "0000:00:01.0/00.0/00.0/00.0");
	is_at("nic0", "0000:00:01.0/00.0/01.0/00.0");
}

/* Functions of one device stay one device; VFs of one PF get a port each. */
static void test_devices(void **state)
{
	u32 up, gpu, nic, vf[2], i;

	(void)state;
	unit_host_init(&host);
	up = unit_host_switch(&host, 1);
	gpu = unit_host_below(&host, up, 0, 0);
	unit_host_gpu(&host, gpu, 0x600000000000, 0x604000000000);
	i = unit_add(&host.t, gpu - 1, PFB_PORT_ENDPOINT, 0, 1);
	host.t.functions[i].class = UNIT_CLASS_AUDIO;
	unit_bar(&host.t, i, 0, 0x4000, 0);
	nic = unit_host_below(&host, up, 1, 0);
	unit_host_nic(&host, nic);
	for (i = 0; i < 2; i++) {
		vf[i] = unit_add(&host.t, nic - 1, PFB_PORT_ENDPOINT, 0, (u8)(1 + i));
		unit_host_nic(&host, vf[i]);
	}
	unit_host_finish(&host);

	planned(PLAN("0000:03:00.0", "0000:03:00.1", "0000:04:00.1", "0000:04:00.2"));
	is_at("gpu0", "0000:00:01.0/00.0/00.0/00.0");
	is_at("dev0", "0000:00:01.0/00.0/00.0/00.1");
	/* function 0 is not assigned, and a device must have one */
	is_at("nic0", "0000:00:01.0/00.0/01.0/00.0");
	is_at("nic1", "0000:00:01.0/00.0/01.0/00.1");
	assert_true(plan.top.functions[find("gpu0")].flags & PFB_FN_MULTIFUNCTION);
	/* an audio function has no part in P2P */
	assert_int_equal(clique("dev0"), PFB_CLIQUE_NONE);
	assert_int_equal(plan.nr_pairs, 2);

	for (i = 0; i < 2; i++) {
		host.t.functions[vf[i]].flags |= PFB_FN_VF;
		strcpy(host.cf[vf[i]].pf, "0000:04:00.0");
	}
	planned(PLAN("0000:03:00.0", "0000:04:00.1", "0000:04:00.2"));
	is_at("nic0", "0000:00:01.0/00.0/01.0/00.0");
	is_at("nic1", "0000:00:01.0/00.0/02.0/00.0");
	assert_int_equal(clique("nic0"), clique("gpu0"));
}

/* The manifest says of each function what the plan says. */
static void test_manifest(void **state)
{
	struct unit_collector found = { .refuse_at = -1 };
	void *data;
	size_t size;

	(void)state;
	planned(PLAN(RFC_GPU, RFC_NIC));
	assert_int_equal(pfb_vm_plan_manifest(&plan, &data, &size, &error), 0);
	assert_int_equal(pfb_manifest_parse(data, size, PFB_SOURCE_IOCTL, unit_declare, &found,
					    &error), 0);
	free(data);
	assert_int_equal(found.nr, 2);
	assert_int_equal(found.decls[0].flags, PFB_MANIFEST_FN_PROVIDER);
	assert_int_equal(found.decls[0].vendor, 0x10de);
	assert_int_equal(found.decls[0].clique, 0);
	assert_int_equal(found.decls[0].nr_bars, 2);
	assert_int_equal(found.decls[0].bars[0].gpa, 0x6b8000000000);
	assert_int_equal(found.decls[0].bars[0].hpa, 0x6b8000000000);
	assert_int_equal(found.decls[0].bars[0].size, 128ULL << 30);
	assert_true(found.decls[0].bars[0].flags & PFB_MANIFEST_BAR_HPA);
	assert_int_equal(found.decls[1].flags, PFB_MANIFEST_FN_CLIENT);
	assert_int_equal(found.decls[1].clique, 0);
	assert_int_equal(found.decls[1].nr_bars, 0);
}

static struct json_object *get(struct json_object *obj, const char *key)
{
	struct json_object *value;

	if (!json_object_object_get_ex(obj, key, &value))
		fail_msg("no \"%s\" in %s", key, json_object_to_json_string(obj));
	return value;
}

static const char *text(struct json_object *obj, const char *key)
{
	return json_object_get_string(get(obj, key));
}

/* Programs are told all that people are. */
static void test_json(void **state)
{
	struct json_object *top, *function, *bar, *one;

	(void)state;
	strcpy(host.cf[rfc.gpu].name, "NVIDIA \"H100\"");
	planned(PLAN(RFC_GPU, RFC_NIC));
	top = pfb_vm_plan_json(&plan);
	assert_string_equal(text(top, "machine"), "virt");
	assert_string_equal(text(top, "captured"), "host");
	assert_int_equal(json_object_array_length(get(top, "functions")), 6);
	function = json_object_array_get_idx(get(top, "functions"), find("gpu0"));
	assert_string_equal(text(function, "name"), "gpu0");
	assert_string_equal(text(function, "device"), "vfio-pci");
	assert_string_equal(text(function, "host"), RFC_GPU);
	assert_string_equal(text(function, "host_name"), "NVIDIA \"H100\"");
	assert_string_equal(text(function, "path"), "0000:00:01.0/00.0/00.0/00.0");
	assert_int_equal(json_object_get_int(get(function, "clique")), 0);
	assert_true(json_object_get_boolean(get(function, "provider")));
	assert_false(json_object_get_boolean(get(function, "client")));
	/* bar0, bar2, bar4: each beside its own reason */
	bar = json_object_array_get_idx(get(function, "bars"), 1);
	assert_string_equal(text(bar, "bar"), "bar2");
	assert_string_equal(text(bar, "address"), "0x6b8000000000");
	assert_true(json_object_get_boolean(get(bar, "fixed")));
	assert_string_equal(text(bar, "why"), plan.functions[find("gpu0")].why[2]);

	function = json_object_array_get_idx(get(top, "functions"), find("rp0"));
	assert_string_equal(text(function, "device"), "pcie-root-port");
	assert_null(get(function, "host"));
	assert_null(get(function, "clique"));
	function = json_object_array_get_idx(get(top, "functions"), find("up0"));
	assert_string_equal(text(function, "host"), "0000:01:00.0");

	assert_int_equal(json_object_array_length(get(top, "pairs")), 1);
	one = json_object_array_get_idx(get(top, "pairs"), 0);
	assert_string_equal(text(one, "client"), "nic0");
	assert_string_equal(text(one, "provider"), "gpu0");
	assert_string_equal(text(one, "verdict"), "direct");
	assert_string_equal(text(one, "reason"), "upstream port 0000:01:00.0 turns it round");
	assert_int_equal(json_object_array_length(get(top, "notes")), plan.nr_notes);
	json_object_put(top);
}

/* More bridges above I/O BARs than the guest has ports for: without addresses, and said so. */
static void test_io(void **state)
{
	struct pfb_vm_request request = { .machine = "virt", .allow_indirect = true };
	const char *names[20];
	char text[20][16];
	u32 up, i;

	(void)state;
	unit_host_init(&host);
	up = unit_host_switch(&host, 1);
	for (i = 0; i < 20; i++) {
		u32 nic = unit_host_below(&host, up, (u8)i, 0);

		unit_host_nic(&host, nic);
		snprintf(text[i], sizeof(text[i]), "0000:%02x:00.0", 3 + i);
		names[i] = text[i];
	}
	unit_host_finish(&host);
	for (i = 0; i < host.t.top.nr_functions; i++)
		if (host.t.functions[i].type == PFB_PORT_ENDPOINT)
			unit_bar(&host.t, i, 5, 0x80, PFB_BAR_IO);
	request.assigned = names;
	request.nr_assigned = 20;
	planned(pfb_vm_plan(&plan, &host.capture, &request, &error));
	assert_false(plan.top.functions[find("nic0")].bars[5].flags & PFB_BAR_ASSIGNED);
	assert_true(noted("I/O BARs get no address: each bridge above one takes 4 KiB of the guest's 64 KiB of ports, and there are too many; PCI Express functions must work without"));
	assert_string_equal(plan.functions[find("nic0")].why[5],
			    "I/O ports: without an address, each bridge would take 4 KiB of the guest's 64 KiB");
	/* few enough: they get one */
	request.nr_assigned = 3;
	pfb_vm_plan_free(&plan);
	planned(pfb_vm_plan(&plan, &host.capture, &request, &error));
	assert_true(plan.top.functions[find("nic0")].bars[5].flags & PFB_BAR_ASSIGNED);
}

static void test_q35(void **state)
{
	struct pfb_vm_request request = { .machine = "q35" };

	(void)state;
	planned(plan_with(&request, RFC_GPU, RFC_NIC, NULL));
	bar_at("gpu0", 2, 0x6b8000000000);
	assert_int_equal(plan.top.roots[0].windows[PFB_WINDOW_PREF].base, 0x380000000000);
	host.t.functions[rfc.gpu].bars[2].address = 0x200000000000;
	refused(plan_with(&request, RFC_GPU, RFC_NIC, NULL), -EXDEV,
		"0000:03:00.0 bar2: at 0x200000000000-0x201fffffffff on the host, outside the guest's 64-bit window 0x380000000000-0x77ffffffffff: state another window with --window64");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_rfc, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_common_switch, setup, teardown),
		cmocka_unit_test_setup_teardown(test_acs, setup, teardown),
		cmocka_unit_test_setup_teardown(test_translated, setup, teardown),
		cmocka_unit_test_setup_teardown(test_clique_order, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_part, setup, teardown),
		cmocka_unit_test_setup_teardown(test_acs_not_read, setup, teardown),
		cmocka_unit_test_setup_teardown(test_window_on_host, setup, teardown),
		cmocka_unit_test_setup_teardown(test_addresses_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_reserved_by_amd, setup, teardown),
		cmocka_unit_test_setup_teardown(test_window_stated, setup, teardown),
		cmocka_unit_test_setup_teardown(test_overlap, setup, teardown),
		cmocka_unit_test_setup_teardown(test_functions_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_provider_without_fixable_bar, setup, teardown),
		cmocka_unit_test_setup_teardown(test_named_provider, setup, teardown),
		cmocka_unit_test_setup_teardown(test_dgx, setup, teardown),
		cmocka_unit_test_setup_teardown(test_nested, setup, teardown),
		cmocka_unit_test_setup_teardown(test_devices, setup, teardown),
		cmocka_unit_test_setup_teardown(test_manifest, setup, teardown),
		cmocka_unit_test_setup_teardown(test_json, setup, teardown),
		cmocka_unit_test_setup_teardown(test_io, setup, teardown),
		cmocka_unit_test_setup_teardown(test_q35, setup, teardown),
	};

	return cmocka_run_group_tests_name("vm_plan", tests, NULL, NULL);
}
