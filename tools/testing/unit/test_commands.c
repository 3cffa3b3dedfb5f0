// SPDX-License-Identifier: GPL-2.0
/* The commands as a user runs them: words in, text and exit status out. */
#include "unit.h"

#include <fcntl.h>
#include <json-c/json.h>
#include <linux/pci_regs.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pci-fixed-bars/command.h"
#include "unit_command.h"
#include "unit_guest.h"

#define GPU_ADDRESS	0x6b8000000000ULL
#define GPU		"0000:00:01.0/00.0/00.0/00.0"
#define NIC		"0000:00:01.0/00.0/01.0/00.0"
#define GPU_LINK	"pci0000:00/0000:00:01.0/0000:01:00.0/0000:02:00.0/0000:03:00.0"
#define NIC_LINK	"pci0000:00/0000:00:01.0/0000:01:00.0/0000:02:01.0/0000:04:00.0"

#define GOOD_MANIFEST							\
	"function " GPU " id=1af4:1110 clique=3 provider\n"		\
	"\tbar2 gpa=0x6b8000000000 hpa=0x6b8000000000 size=4G mem64 prefetch\n" \
	"\n"								\
	"function " NIC " clique=3 client\n"

static struct unit_guest machine;
static char manifest[128];

#define RUN(name, ...)	\
	run(pfb_cmd_##name, "--sysroot", machine.root, ##__VA_ARGS__, NULL)

/* Builds with the command itself, which is how users do it. */
static void put_manifest(const char *text)
{
	char source[128];

	snprintf(source, sizeof(source), "%s/manifest.txt", machine.root);
	unit_guest_text(&machine, "/manifest.txt", text);
	expect(run(pfb_cmd_manifest, "build", source, "-o", manifest, NULL), PFB_EXIT_GOOD);
	assert_string_equal(out, "");
}

static int setup(void **state)
{
	(void)state;
	unit_guest_create(&machine);
	unit_guest_add_rfc(&machine, GPU_ADDRESS);
	unit_guest_finish(&machine, NULL);
	snprintf(manifest, sizeof(manifest), "%s/manifest.bin", machine.root);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	unit_guest_remove(&machine);
	return 0;
}

static void test_status(void **state)
{
	struct json_object *top, *function, *bar;

	(void)state;
	expect(RUN(status), PFB_EXIT_GOOD);
	says("nothing declared");
	says_not("0000:03:00.0");

	put_manifest(GOOD_MANIFEST);
	expect(RUN(status, "--manifest", manifest), PFB_EXIT_GOOD);
	says("0000:03:00.0  1af4:1110  no driver  path " GPU "  clique 3  provider");
	says("bar2  verified  0x6b8000000000  0x6b8000000000  0x6b8000000000  4G    --manifest");
	says("1 verified");
	says_not("bar0");

	/* of what is named, all; of others nothing */
	expect(RUN(status, "--manifest", manifest, GPU), PFB_EXIT_GOOD);
	says("0000:03:00.0  1af4:1110");
	says("bar0  untracked");
	expect(RUN(status, "--manifest", manifest, "0000:04:00.0"), PFB_EXIT_GOOD);
	says("0000:04:00.0  ");
	says_not("0000:03:00.0");
	expect(RUN(status, "--manifest", manifest, "04:00.0", "--json"), PFB_EXIT_GOOD);
	top = json();
	assert_int_equal(json_count(top, "functions"), 1);
	json_object_put(top);
	expect(RUN(status, "0000:1f:00.0"), PFB_EXIT_IMPOSSIBLE);
	says("none was declared");

	expect(RUN(status, "--manifest", manifest, "--json", "--all"), PFB_EXIT_GOOD);
	top = json();
	assert_int_equal(json_count(top, "functions"), 8);
	assert_int_equal(json_count(top, "sources"), 7);
	assert_int_equal(json_count(top, "not_known"), 0);
	function = json_at(top, "functions", 3);
	assert_string_equal(json_text(function, "bdf"), "0000:03:00.0");
	assert_string_equal(json_text(function, "path"), GPU);
	assert_string_equal(json_text(function, "clique"), "3");
	bar = json_at(function, "bars", 1);
	assert_string_equal(json_text(bar, "bar"), "bar2");
	assert_string_equal(json_text(bar, "state"), "verified");
	assert_string_equal(json_text(bar, "declared"), "0x6b8000000000");
	assert_string_equal(json_text(bar, "hpa"), "0x6b8000000000");
	assert_string_equal(json_text(bar, "resource"), "0x6b8000000000");
	assert_string_equal(json_text(bar, "size"), "0x100000000");
	json_object_put(top);
}

/* What firmware left is shown, and is no fault; a bridge's own registers concern nobody. */
static void test_status_preserved(void **state)
{
	static const struct unit_guest_fn port = {
		.link = "pci0000:00/0000:00:03.0", .vendor = 0x1b36, .device = 0x000c,
		.type = PFB_PORT_ROOT, .secondary = 6,
		.bars = { { 0x10300000, 4096, UNIT_RES_MEM32 } },
	};
	char path[256];

	(void)state;
	unit_guest_add(&machine, &port);
	unit_guest_finish(&machine, NULL);
	unit_guest_write(&machine, "/sys/firmware/devicetree/base/pcie@10000000/ranges", "", 0);
	unit_guest_write(&machine, "/sys/firmware/devicetree/base/chosen/linux,pci-probe-only",
			 "\0\0\0\1", 4);
	snprintf(path, sizeof(path), "%s/sys/devices/pci0000:00/of_node", machine.root);
	assert_int_equal(symlink("../../firmware/devicetree/base/pcie@10000000", path), 0);
	expect(RUN(status), PFB_EXIT_GOOD);
	says("bar2  preserved  -         0x6b8000000000  -    4G    device-tree\n");
	says("5 preserved");
	says_not("0000:00:03.0");
	says_not("declare it");
	expect(RUN(status, "--all"), PFB_EXIT_GOOD);
	says("0000:00:03.0");
	expect(RUN(verify), PFB_EXIT_FAILED);
	says("nothing is declared");
	expect(RUN(verify, "--allow-preserved"), PFB_EXIT_GOOD);
	says("5 passed");
}

static void test_verify(void **state)
{
	struct json_object *top;

	(void)state;
	expect(RUN(verify), PFB_EXIT_FAILED);
	says("nothing is declared");

	put_manifest(GOOD_MANIFEST);
	expect(RUN(verify, "--manifest", manifest), PFB_EXIT_GOOD);
	says("pass  0000:03:00.0 bar2  verified");
	says("pass  0000:04:00.0  present");
	says("2 passed");
	expect(RUN(verify, "--manifest", manifest, "--quiet"), PFB_EXIT_GOOD);
	assert_string_equal(out, "");
	expect(RUN(verify, "--manifest", manifest, "--json"), PFB_EXIT_GOOD);
	top = json();
	assert_string_equal(json_text(top, "verdict"), "pass");
	assert_int_equal(json_count(top, "results"), 2);
	json_object_put(top);

	/* by name: only these, and each must have something declared */
	expect(RUN(verify, "--manifest", manifest, "03:00.0"), PFB_EXIT_GOOD);
	says("1 passed");
	expect(RUN(verify, "--manifest", manifest, GPU, "04:00.0"), PFB_EXIT_GOOD);
	expect(RUN(verify, "--manifest", manifest, "05:00.0"), PFB_EXIT_FAILED);
	says("05:00.0  nobody declared anything");
	expect(RUN(verify, "--manifest", manifest, "09:00.0"), PFB_EXIT_FAILED);
	says("09:00.0  no PCI function is there");
	expect(RUN(verify, "--manifest", manifest, "gpu"), PFB_EXIT_USAGE);
}

static void test_verify_declared(void **state)
{
	static const char list[] = "03:00.0=bar2@0x6b8000000000";

	(void)state;
	expect(RUN(verify, "--fixed-bars", list), PFB_EXIT_FAILED);
	says("FAIL  0000:03:00.0 bar2  declared");
	says("--allow-declared");
	expect(RUN(verify, "--fixed-bars", list, "--allow-preserved"), PFB_EXIT_FAILED);
	expect(RUN(verify, "--fixed-bars", list, "--allow-declared"), PFB_EXIT_GOOD);
	expect(RUN(verify, "--fixed-bars", "03:00.0=bar2"), PFB_EXIT_USAGE);
	says("column");
}

static void test_verify_wrong(void **state)
{
	struct json_object *top;

	(void)state;
	put_manifest("function " GPU "\n bar2 gpa=0x6b8100000000 hpa=gpa\n");
	expect(RUN(verify, "--manifest", manifest), PFB_EXIT_FAILED);
	says("FAIL  0000:03:00.0 bar2  moved: expected at 0x6b8100000000 as declared, is at 0x6b8000000000");
	expect(RUN(verify, "--manifest", manifest, "--json"), PFB_EXIT_FAILED);
	top = json();
	assert_string_equal(json_text(top, "verdict"), "fail");
	assert_string_equal(json_text(top, "failed"), "1");
	json_object_put(top);

	/* contradicting sources: a conflict is no verdict of a BAR, and no pass either */
	expect(RUN(verify, "--manifest", manifest, "--fixed-bars", "03:00.0=bar2@0x6b8000000000",
		   "--allow-declared"), PFB_EXIT_FAILED);
	says("guest-physical address: --manifest says 0x6b8100000000, --fixed-bars says 0x6b8000000000");

	put_manifest("function 00:09.0 clique=1\n");
	expect(RUN(verify, "--manifest", manifest), PFB_EXIT_FAILED);
	says("FAIL  0000:00:09.0  missing");
	put_manifest("function " NIC " id=1b36:0011\n");
	expect(RUN(verify, "--manifest", manifest), PFB_EXIT_FAILED);
	says("FAIL  0000:04:00.0  id-mismatch");
}

/* A source that is broken fails all, whatever the others say. */
static void test_verify_broken_source(void **state)
{
	(void)state;
	put_manifest(GOOD_MANIFEST);
	unit_guest_text(&machine, "/lib/firmware/pci-fixed-bars/manifest.bin", "nonsense");
	expect(RUN(verify, "--manifest", manifest), PFB_EXIT_FAILED);
	says("firmware:pci-fixed-bars/manifest.bin is broken");
	says("pass  0000:03:00.0 bar2  verified");
}

/* What cannot be known is never a pass. */
static void test_verify_unknown(void **state)
{
	struct json_object *top;

	(void)state;
	put_manifest(GOOD_MANIFEST);
	unit_guest_text(&machine, "/sys/bus/acpi/devices/QEMU0002:00/hid", "QEMU0002\n");
	expect(RUN(verify, "--manifest", manifest), PFB_EXIT_IMPOSSIBLE);
	says("not known: source fw_cfg:");
	says("modprobe qemu_fw_cfg");
	expect(RUN(verify, "--manifest", manifest, "--json"), PFB_EXIT_IMPOSSIBLE);
	top = json();
	assert_string_equal(json_text(top, "verdict"), "unknown");
	assert_int_equal(json_count(top, "not_known"), 2);
	json_object_put(top);
	expect(RUN(status, "--manifest", manifest), PFB_EXIT_IMPOSSIBLE);
	says("Not known: source fw_cfg:");
	expect(RUN(path, "--manifest", manifest, "03:00.0", "04:00.0"), PFB_EXIT_IMPOSSIBLE);
}

/* An ordinary user: /proc/iomem is all zero, configuration space 64 bytes. */
static void test_unprivileged(void **state)
{
	(void)state;
	put_manifest(GOOD_MANIFEST);
	unit_guest_config_cut(&machine, GPU_LINK, 64);
	unit_guest_text(&machine, "/proc/iomem", "00000000-00000000 : 0000:03:00.0\n");
	expect(RUN(verify, "--manifest", manifest), PFB_EXIT_IMPOSSIBLE);
	says("run as root");
	expect(RUN(verify, "--manifest", manifest, "--allow-declared", "--allow-preserved"),
	       PFB_EXIT_IMPOSSIBLE);
	expect(RUN(status, "--manifest", manifest, "--all"), PFB_EXIT_IMPOSSIBLE);
	says("hidden");
	says_not("6b80000");
	expect(RUN(status, "--manifest", manifest, "--all", "--json"), PFB_EXIT_IMPOSSIBLE);
	says_not("6b80000");
	expect(RUN(path, "--manifest", manifest, "03:00.0", "04:00.0"), PFB_EXIT_IMPOSSIBLE);
	says("0000:03:00.0: its capabilities cannot be read");
	says_not("6b80000");

	put_manifest("function " GPU "\n bar2 gpa=0x6b8100000000 hpa=gpa\n");
	expect(RUN(verify, "--manifest", manifest), PFB_EXIT_FAILED);
	says_not("6b8");
	expect(RUN(verify, "--manifest", manifest, "--fixed-bars", "03:00.0=bar2@0x6b8000000000"),
	       PFB_EXIT_FAILED);
	says_not("6b8");
}

/* Root of a machine without extended configuration space knows all that its kernel knows. */
static void test_no_extended_space(void **state)
{
	(void)state;
	put_manifest(GOOD_MANIFEST);
	unit_guest_config_cut(&machine, GPU_LINK, 256);
	expect(RUN(verify, "--manifest", manifest), PFB_EXIT_GOOD);
	says_not("as root");
	expect(RUN(path, "--manifest", manifest, "03:00.0", "04:00.0"), PFB_EXIT_GOOD);
	expect(RUN(capture), PFB_EXIT_GOOD);
	says("03:00.0: capabilities could not be read");
	says("no extended configuration space");
}

static void test_module(void **state)
{
	static const char bar_state[] = "/sys/devices/" GPU_LINK "/fixed_bars/bar2_state";
	struct json_object *top;

	(void)state;
	put_manifest(GOOD_MANIFEST);
	unit_guest_text(&machine, "/sys/kernel/pci_fixed_bars/version", PFB_VERSION "\n");
	unit_guest_text(&machine, "/sys/kernel/pci_fixed_bars/policy", "observe\n");
	unit_guest_text(&machine, "/sys/devices/" GPU_LINK "/fixed_bars/provider", "registered\n");
	unit_guest_text(&machine, bar_state, "verified\n");
	expect(RUN(status, "--manifest", manifest), PFB_EXIT_GOOD);
	says("Module    " PFB_VERSION ", policy observe");
	says("provider: registered");
	expect(RUN(verify, "--manifest", manifest), PFB_EXIT_GOOD);

	/* they differ: not a pass, and both are named */
	unit_guest_text(&machine, bar_state, "moved\n");
	expect(RUN(status, "--manifest", manifest), PFB_EXIT_GOOD);
	says("the module says moved");
	expect(RUN(verify, "--manifest", manifest), PFB_EXIT_FAILED);
	says("FAIL  0000:03:00.0 bar2  verified: the module says moved");
	expect(RUN(path, "--manifest", manifest, "03:00.0", "04:00.0"), PFB_EXIT_FAILED);
	says("this program says verified, the module moved");

	/* the module alone knows, from a source that is not to be seen here */
	unit_guest_text(&machine, bar_state, "verified\n");
	expect(RUN(verify), PFB_EXIT_GOOD);
	unit_guest_text(&machine, bar_state, "preserved\n");
	expect(RUN(verify), PFB_EXIT_FAILED);
	expect(RUN(verify, "--allow-preserved"), PFB_EXIT_GOOD);
	unit_guest_text(&machine, bar_state, "moved\n");
	unit_guest_text(&machine, "/sys/devices/" GPU_LINK "/fixed_bars/bar2_explain",
			"expected elsewhere\n");
	expect(RUN(verify, "--allow-preserved"), PFB_EXIT_FAILED);
	says("FAIL  0000:03:00.0 bar2  moved: expected elsewhere");

	/* nor does it matter that what it has read cannot be read any more */
	unit_guest_text(&machine, "/sys/bus/acpi/devices/QEMU0002:00/hid", "QEMU0002\n");
	unit_guest_text(&machine, bar_state, "verified\n");
	unit_guest_text(&machine, "/sys/kernel/pci_fixed_bars/sources/fw_cfg_fixed_bars_status",
			"ok\n");
	unit_guest_text(&machine, "/sys/kernel/pci_fixed_bars/sources/fw_cfg_manifest_status",
			"absent\n");
	expect(RUN(verify), PFB_EXIT_IMPOSSIBLE);
	unit_guest_text(&machine, "/sys/kernel/pci_fixed_bars/sources/fw_cfg_manifest_status",
			"ok\n");
	expect(RUN(verify), PFB_EXIT_GOOD);

	/* a source that only the module finds broken */
	unit_guest_text(&machine, bar_state, "verified\n");
	unit_guest_text(&machine, "/sys/kernel/pci_fixed_bars/sources/acpi_status", "broken\n");
	unit_guest_text(&machine, "/sys/kernel/pci_fixed_bars/sources/acpi_message", "_DSM ate it\n");
	expect(RUN(verify, "--manifest", manifest), PFB_EXIT_FAILED);
	says("source acpi is broken, says the module: _DSM ate it");

	/* and what it says of ACPI is what there is to say */
	unit_guest_text(&machine, "/sys/firmware/acpi/tables/DSDT", "");
	unit_guest_text(&machine, "/sys/kernel/pci_fixed_bars/sources/acpi_status", "ok\n");
	expect(RUN(status, "--manifest", manifest, "--json"), PFB_EXIT_GOOD);
	top = json();
	assert_string_equal(json_text(json_at(top, "sources", 1), "status"), "unknown");
	assert_string_equal(json_text(json_at(top, "sources", 1), "module_status"), "ok");
	json_object_put(top);
	expect(RUN(status, "--manifest", manifest), PFB_EXIT_GOOD);
	says("module: _DSM ate it");
}

static void test_path_direct(void **state)
{
	struct json_object *top;

	(void)state;
	put_manifest(GOOD_MANIFEST);
	expect(RUN(path, "--manifest", manifest, "03:00.0", "04:00.0"), PFB_EXIT_GOOD);
	says("verdict: direct, decided at 0000:01:00.0\n");
	says("64-bit DMA, no IOMMU");
	says("bar2 at 0x6b8000000000, size 4G: verified");
	expect(RUN(path, "--manifest", manifest, GPU, "/sys/bus/pci/devices/0000:04:00.0", "--json"),
	       PFB_EXIT_GOOD);
	top = json();
	assert_string_equal(json_text(top, "verdict"), "direct");
	assert_string_equal(json_text(top, "direct"), "true");
	assert_int_equal(json_count(top, "hops"), 5);
	assert_int_equal(json_count(top, "reasons"), 0);
	assert_string_equal(json_text(json_at(top, "hops", 2), "action"), "turn");
	json_object_put(top);
}

static void test_path_reasons(void **state)
{
	const u16 off = 0;

	(void)state;
	put_manifest(GOOD_MANIFEST);
	expect(RUN(path, "--manifest", manifest, "03:00.0", "04:00.0", "--dma-mask", "32"),
	       PFB_EXIT_FAILED);
	says("verdict: blocked");
	says("dma-mask");
	expect(RUN(path, "--manifest", manifest, "03:00.0", "05:00.0"), PFB_EXIT_FAILED);
	says("no-common-bridge");
	says("clique");
	says("root complex");
	expect(RUN(path, "03:00.0", "04:00.0"), PFB_EXIT_FAILED);
	says("bar-state");
	says("nobody stated");
	expect(RUN(path, "--fixed-bars", "03:00.0=bar2@0x6b8000000000", "03:00.0", "04:00.0"),
	       PFB_EXIT_FAILED);
	expect(RUN(path, "--fixed-bars", "03:00.0=bar2@0x6b8000000000", "--allow-declared",
		   "03:00.0", "04:00.0"), PFB_EXIT_GOOD);
	unit_guest_config(&machine, NIC_LINK, PCI_COMMAND, &off, 2);
	expect(RUN(path, "--manifest", manifest, "03:00.0", "04:00.0"), PFB_EXIT_FAILED);
	says("master-off");
}

/* Which of the BARs: the declared one, else the largest; or as named. */
static void test_path_bar(void **state)
{
	(void)state;
	put_manifest("function " GPU "\n bar0 gpa=0x10000000 hpa=gpa\n");
	expect(RUN(path, "--manifest", manifest, "03:00.0", "04:00.0"), PFB_EXIT_GOOD);
	says("bar0 at 0x10000000");
	expect(RUN(path, "--manifest", manifest, "--bar", "bar2", "03:00.0", "04:00.0"),
	       PFB_EXIT_FAILED);
	says("bar2 at 0x6b8000000000");
	expect(RUN(path, "--manifest", manifest, "--bar", "5", "03:00.0", "04:00.0"),
	       PFB_EXIT_FAILED);
	says("no-bar");
	expect(RUN(path, "03:00.0", "04:00.0"), PFB_EXIT_FAILED);
	says("bar2 at 0x6b8000000000");
	expect(RUN(path, "--bar", "bar9", "03:00.0", "04:00.0"), PFB_EXIT_USAGE);
	expect(RUN(path, "01:00.0", "04:00.0"), PFB_EXIT_IMPOSSIBLE);
	says("has no memory BAR");
}

static void test_path_iommu(void **state)
{
	struct unit_guest_fn nic = {
		.link = "pci0000:00/0000:00:01.0/0000:01:00.0/0000:02:01.0/0000:04:00.1",
		.vendor = 0x1b36, .device = 0x0010, .driver = "nvme", .dma_mask_bits = 64,
		.command = PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER, .iommu_type = "DMA",
	};

	(void)state;
	unit_guest_add(&machine, &nic);
	nic.link = "pci0000:00/0000:00:01.0/0000:01:00.0/0000:02:01.0/0000:04:00.2";
	nic.iommu_type = "identity";
	unit_guest_add(&machine, &nic);
	nic.link = "pci0000:00/0000:00:01.0/0000:01:00.0/0000:02:01.0/0000:04:00.3";
	nic.iommu_type = "";
	unit_guest_add(&machine, &nic);
	unit_guest_finish(&machine, NULL);
	put_manifest("function " GPU "\n bar2 gpa=0x6b8000000000 hpa=gpa\n");
	expect(RUN(path, "--manifest", manifest, "03:00.0", "04:00.1"), PFB_EXIT_FAILED);
	says("IOMMU translates (DMA)");
	expect(RUN(path, "--manifest", manifest, "03:00.0", "04:00.2"), PFB_EXIT_GOOD);
	says("IOMMU passes addresses unchanged");
	expect(RUN(path, "--manifest", manifest, "03:00.0", "04:00.3"), PFB_EXIT_FAILED);
	says("taken for translating");
}

/* The CPU of some machines answers for these addresses itself. */
static void test_path_reserved(void **state)
{
	(void)state;
	unit_guest_remove(&machine);
	unit_guest_create(&machine);
	unit_guest_add_rfc(&machine, 0xfd00000000ULL);
	snprintf(manifest, sizeof(manifest), "%s/manifest.bin", machine.root);
	put_manifest("function " GPU "\n bar2 gpa=0xfd00000000 hpa=gpa\n");
	unit_guest_finish(&machine, "GenuineIntel");
	expect(RUN(path, "--manifest", manifest, "03:00.0", "04:00.0"), PFB_EXIT_GOOD);
	unit_guest_finish(&machine, "AuthenticAMD");
	expect(RUN(path, "--manifest", manifest, "03:00.0", "04:00.0"), PFB_EXIT_FAILED);
	says("reserve");
	unit_guest_finish(&machine, "HygonGenuine");
	expect(RUN(path, "--manifest", manifest, "03:00.0", "04:00.0"), PFB_EXIT_FAILED);
	says("on AMD and Hygon, outside the HyperTransport hole");
}

/* A VF as the client, and as the provider: its BARs stand and fall with its PF's. */
static void test_path_vf(void **state)
{
	struct unit_guest_fn pf = {
		.link = "pci0000:00/0000:00:01.0/0000:01:00.0/0000:02:01.0/0000:04:00.1",
		.vendor = 0x8086, .device = 0x10c9, .total_vfs = 8, .driver = "igb",
		.dma_mask_bits = 64, .command = PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER,
		.bars = { [PFB_BAR_VF0] = { 0x10110000, 8 * 4096, UNIT_RES_MEM64 } },
	};
	struct unit_guest_fn vf = {
		.link = "pci0000:00/0000:00:01.0/0000:01:00.0/0000:02:01.0/0000:04:10.1",
		.vendor = 0x8086, .device = 0x10ca, .pf = "0000:04:00.1", .driver = "igbvf",
		.dma_mask_bits = 64, .command = PCI_COMMAND_MASTER,
		.bars = { { 0x10111000, 4096, UNIT_RES_MEM64 } },
	};

	(void)state;
	unit_guest_add(&machine, &pf);
	unit_guest_add(&machine, &vf);
	unit_guest_finish(&machine, NULL);
	put_manifest(GOOD_MANIFEST
		     "function 0000:00:01.0/00.0/01.0/00.1 clique=3\n vfbar0 gpa=0x10110000 hpa=gpa\n");
	expect(RUN(path, "--manifest", manifest, "03:00.0", "04:10.1"), PFB_EXIT_GOOD);
	expect(RUN(path, "--manifest", manifest, "04:10.1", "04:00.0"), PFB_EXIT_GOOD);
	says("bar0 at 0x10111000, size 4K: verified");
}

static void test_path_usage(void **state)
{
	(void)state;
	unit_guest_text(&machine, "/sys/devices/virtual/mem/null/dev", "1:3\n");
	expect(RUN(path), PFB_EXIT_USAGE);
	expect(RUN(path, "03:00.0"), PFB_EXIT_USAGE);
	expect(RUN(path, "03:00.0", "04:00.0", "05:00.0"), PFB_EXIT_USAGE);
	expect(RUN(path, "03:00.0", "somewhere"), PFB_EXIT_USAGE);
	expect(RUN(path, "03:00.0", "04:00.0", "--dma-mask", "65"), PFB_EXIT_USAGE);
	expect(RUN(path, "03:00.0", "04:00.0", "--dma-mask", "-1"), PFB_EXIT_USAGE);
	expect(RUN(path, "1f:00.0", "04:00.0"), PFB_EXIT_IMPOSSIBLE);
	expect(RUN(path, "/sys/devices/virtual/mem/null", "04:00.0"), PFB_EXIT_USAGE);
	says("is no PCI function");
	expect(RUN(path, "03:00.0", "/sys/devices/virtual/mem/null"), PFB_EXIT_FAILED);
	says("not-pci");
	expect(RUN(path, "03:00.0", "/sys/devices/virtual/mem/null", "--json"), PFB_EXIT_FAILED);
	json_object_put(json());
}

static void test_manifest(void **state)
{
	struct json_object *top;

	(void)state;
	put_manifest(GOOD_MANIFEST);
	expect(run(pfb_cmd_manifest, "show", manifest, NULL), PFB_EXIT_GOOD);
	assert_string_equal(out, GOOD_MANIFEST);
	expect(run(pfb_cmd_manifest, "show", "--json", manifest, NULL), PFB_EXIT_GOOD);
	top = json();
	assert_int_equal(json_count(top, "functions"), 2);
	assert_string_equal(json_text(json_at(json_at(top, "functions", 0), "bars", 0), "gpa"),
			    "0x6b8000000000");
	json_object_put(top);
	expect(run(pfb_cmd_manifest, "check", manifest, NULL), PFB_EXIT_GOOD);
	says("good, 2 functions, 1 BAR");
	expect(RUN(manifest, "check", "--machine", manifest), PFB_EXIT_GOOD);
	says("fits this machine");
	expect(RUN(manifest, "check", "--machine", "--quiet", manifest), PFB_EXIT_GOOD);
	assert_string_equal(out, "");
}

static void test_manifest_wrong(void **state)
{
	char text[128], before[4096];
	struct stat st;

	(void)state;
	snprintf(text, sizeof(text), "%s/bad.txt", machine.root);
	unit_guest_text(&machine, "/bad.txt", "function 0:1.0\n\tbar0 gpa=1\n");
	expect(run(pfb_cmd_manifest, "build", text, "-o", manifest, NULL), PFB_EXIT_FAILED);
	says("bad.txt: line 2, column 2: bar0");
	assert_int_not_equal(stat(manifest, &st), 0);
	unit_guest_text(&machine, "/bad.txt", "function 0:1.0\n bar0 gpa=0x1000 size=4K\n"
			"function 0:2.0\n bar0 gpa=0x1000 size=4K\n");
	expect(run(pfb_cmd_manifest, "build", text, "-o", manifest, NULL), PFB_EXIT_FAILED);
	assert_int_not_equal(stat(manifest, &st), 0);
	unit_guest_text(&machine, "/bad.txt", "# nothing\n");
	expect(run(pfb_cmd_manifest, "build", text, "-o", manifest, NULL), PFB_EXIT_FAILED);
	says("no function");

	/* one that was there stays as it was */
	put_manifest(GOOD_MANIFEST);
	expect(run(pfb_cmd_manifest, "show", manifest, NULL), PFB_EXIT_GOOD);
	snprintf(before, sizeof(before), "%.4000s", out);
	expect(run(pfb_cmd_manifest, "build", text, "-o", manifest, NULL), PFB_EXIT_FAILED);
	expect(run(pfb_cmd_manifest, "show", manifest, NULL), PFB_EXIT_GOOD);
	assert_string_equal(out, before);

	expect(run(pfb_cmd_manifest, "build", "/nowhere", "-o", manifest, NULL),
	       PFB_EXIT_IMPOSSIBLE);
	expect(run(pfb_cmd_manifest, "build", text, "-o", "/nowhere/else", NULL), PFB_EXIT_FAILED);
	expect(run(pfb_cmd_manifest, "show", text, NULL), PFB_EXIT_FAILED);
	expect(run(pfb_cmd_manifest, "check", text, NULL), PFB_EXIT_FAILED);
	expect(run(pfb_cmd_manifest, "check", "/nowhere", NULL), PFB_EXIT_IMPOSSIBLE);
	expect(run(pfb_cmd_manifest, "burn", text, NULL), PFB_EXIT_USAGE);
	expect(run(pfb_cmd_manifest, "show", NULL), PFB_EXIT_USAGE);
	expect(run(pfb_cmd_manifest, "show", text, text, NULL), PFB_EXIT_USAGE);
	expect(run(pfb_cmd_manifest, "show", text, "-o", manifest, NULL), PFB_EXIT_USAGE);
	expect(run(pfb_cmd_manifest, "build", "--json", text, NULL), PFB_EXIT_USAGE);
	expect(run(pfb_cmd_manifest, "show", "--machine", text, NULL), PFB_EXIT_USAGE);
	expect(run(pfb_cmd_manifest, NULL), PFB_EXIT_USAGE);
}

static void test_manifest_machine(void **state)
{
	static const struct {
		const char *text;
		const char *what;
	} wrong[] = {
		{ "function 00:09.0\n", "no PCI function is there" },
		{ "function " GPU " id=1af4:1111\n", "found 1af4:1110" },
		{ "function " GPU "\n bar4 gpa=0x20000000\n", "no such BAR" },
		{ "function " GPU "\n bar2 gpa=0x6b8000000000 size=2G\n", "size 0x80000000" },
		{ "function " GPU "\n bar2 gpa=0x6b8080000000\n", "no multiple" },
		{ "function " GPU "\n bar0 gpa=0x6000 io\n", "remove 'io'" },
		{ "function " GPU "\n bar0 gpa=0x10000000 mem64\n", "remove 'mem64'" },
		{ "function " GPU "\n bar0 gpa=0x10000000 prefetch\n", "remove 'prefetch'" },
		{ "function " GPU "\n bar0 gpa=0x6b8000000000\n", "above 4 GiB" },
		{ "function " GPU "\n bar2 gpa=0x800000000000\n", "is in none of its host bridge's windows" },
	};
	static const char * const right[] = {
		"function " GPU "\n bar2 gpa=0x4000000000\n",
		"function " GPU "\n bar2 gpa=0x6b8000000000\n",
	};
	struct json_object *top;
	size_t i;

	(void)state;
	/* two windows above 4 GiB, as Firecracker's host bridge has when a GPU is assigned */
	strcat(machine.iomem, "4000000000-7fffffffff : PCI Bus 0000:00\n"
	       "400000000000-7fffffffffff : PCI Bus 0000:00\n");
	unit_guest_finish(&machine, NULL);
	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		put_manifest(wrong[i].text);
		expect(RUN(manifest, "check", "--machine", manifest), PFB_EXIT_FAILED);
		says(wrong[i].what);
		expect(RUN(manifest, "check", "--machine", manifest, "--json"), PFB_EXIT_FAILED);
		top = json();
		assert_string_equal(json_text(top, "good"), "false");
		json_object_put(top);
	}
	for (i = 0; i < ARRAY_SIZE(right); i++) {
		put_manifest(right[i]);
		expect(RUN(manifest, "check", "--machine", manifest), PFB_EXIT_GOOD);
	}
	unit_guest_config_cut(&machine, NIC_LINK, 64);
	expect(RUN(manifest, "check", "--machine", manifest), PFB_EXIT_IMPOSSIBLE);
	says("run as root");
}

/* Every command explains itself. */
static void test_help(void **state)
{
	(void)state;
	expect(run(pfb_cmd_status, "--help", NULL), PFB_EXIT_GOOD);
	says("--json");
	expect(run(pfb_cmd_verify, "--help", NULL), PFB_EXIT_GOOD);
	says("--allow-declared");
	says("Exit status");
	says_not("--sysroot");
	expect(run(pfb_cmd_path, "--help", NULL), PFB_EXIT_GOOD);
	says("PROVIDER CLIENT");
	expect(run(pfb_cmd_manifest, "--help", NULL), PFB_EXIT_GOOD);
	says("hpa=gpa");
	expect(run(pfb_cmd_verify, "--nonsense", NULL), PFB_EXIT_USAGE);
	expect(RUN(status, "word"), PFB_EXIT_USAGE);
	says("names no function");
}

/* What an alert is made of; no addresses, which any user may read there. */
static void test_metrics(void **state)
{
	(void)state;
	expect(RUN(metrics), PFB_EXIT_GOOD);
	says("# TYPE pci_fixed_bars_bar_state gauge\n");
	says_not("pci_fixed_bars_bar_state{");
	says("\npci_fixed_bars_functions_missing 0\n");
	says("\npci_fixed_bars_module_loaded 0\n");
	put_manifest(GOOD_MANIFEST);
	expect(RUN(metrics, "--manifest", manifest), PFB_EXIT_GOOD);
	says("\npci_fixed_bars_bar_state{function=\"0000:03:00.0\",bar=\"bar2\",state=\"verified\"} 1\n");
	says_not("6b80");
	expect(RUN(metrics, "--json"), PFB_EXIT_USAGE);
	expect(run(pfb_cmd_metrics, "--help", NULL), PFB_EXIT_GOOD);
	says("--manifest");
	says_not("--json");
}

#define SOURCE(name, status) \
	"\npci_fixed_bars_source_status{source=\"" name "\",status=\"" status "\"} 1\n"

/* That nothing is declared is no news where what declares it cannot be read. */
static void test_metrics_sources(void **state)
{
	char path[256];

	(void)state;
	expect(RUN(metrics), PFB_EXIT_GOOD);
	says("# TYPE pci_fixed_bars_source_status gauge\n");
	says(SOURCE("firmware:pci-fixed-bars/manifest.bin", "absent"));
	unit_guest_text(&machine, "/lib/firmware/pci-fixed-bars/manifest.bin", "nonsense");
	expect(RUN(metrics), PFB_EXIT_GOOD);
	says(SOURCE("firmware:pci-fixed-bars/manifest.bin", "broken"));
	says("\npci_fixed_bars_functions_missing 0\n");

	/* what is known is written all the same */
	snprintf(path, sizeof(path), "%s/metrics.prom", machine.root);
	expect(RUN(metrics, "--manifest", "/nonexistent"), PFB_EXIT_IMPOSSIBLE);
	says(SOURCE("--manifest", "unreadable"));
	says("not known: source --manifest: no /nonexistent");
	expect(RUN(metrics, "--manifest", "/nonexistent", "--output", path), PFB_EXIT_IMPOSSIBLE);
	says_not("pci_fixed_bars_source_status");
	assert_int_equal(access(path, R_OK), 0);

	/* what the module has read is known, and that it found it broken */
	unit_guest_text(&machine, "/sys/module/pci_fixed_bars/parameters/fixed_bars", "(null)\n");
	unit_guest_text(&machine, "/sys/kernel/pci_fixed_bars/version", PFB_VERSION "\n");
	unit_guest_text(&machine, "/sys/firmware/acpi/tables/DSDT", "");
	unit_guest_text(&machine, "/sys/kernel/pci_fixed_bars/sources/acpi_status", "ok\n");
	unit_guest_text(&machine, "/sys/kernel/pci_fixed_bars/sources/device_tree_status",
			"broken\n");
	expect(RUN(metrics), PFB_EXIT_GOOD);
	says(SOURCE("acpi", "good"));
	says(SOURCE("device-tree", "broken"));
}

/* The machine of files as an image: what is wrong with the words, and what is shown. */
static void test_policy(void **state)
{
	struct json_object *top, *value;

	(void)state;
	expect(run(pfb_cmd_policy, NULL), PFB_EXIT_USAGE);
	expect(run(pfb_cmd_policy, "nonsense", NULL), PFB_EXIT_USAGE);
	expect(run(pfb_cmd_policy, "show", "install", NULL), PFB_EXIT_USAGE);
	expect(run(pfb_cmd_policy, "table", NULL), PFB_EXIT_USAGE);
	says("--output");
	expect(run(pfb_cmd_policy, "install", "--platform", "vax", NULL), PFB_EXIT_USAGE);
	says("arm64-dt");
	expect(run(pfb_cmd_policy, "install", "--root", machine.root, NULL), PFB_EXIT_IMPOSSIBLE);
	says("--platform");
	expect(run(pfb_cmd_policy, "install", "--root", machine.root, "--platform", "x86", NULL),
	       PFB_EXIT_IMPOSSIBLE);
	says("no boot loader that is known");
	says("pci=realloc=off");
	expect(run(pfb_cmd_policy, "remove", "--root", machine.root, NULL), PFB_EXIT_GOOD);
	says("nothing to change");
	unit_guest_text(&machine, "/proc/sys/kernel/osrelease", "6.12.1-test\n");
	expect(run(pfb_cmd_policy, "show", "--root", machine.root, "--json", NULL), PFB_EXIT_FAILED);
	top = json();
	assert_true(json_object_object_get_ex(top, "table_in_use", &value));
	assert_false(json_object_get_boolean(value));
	assert_string_equal(json_text(json_at(top, "bridges", 0), "bridge"), "0000:00");
	json_object_put(top);
	expect(run(pfb_cmd_policy, "show", "--root", machine.root, NULL), PFB_EXIT_FAILED);
	says("0000:00 ");
	says("not kept");
	says("no boot entry is here");
	expect(run(pfb_cmd_policy, "lint", "--root", machine.root, "--json", NULL), PFB_EXIT_GOOD);
}

static void test_policy_table(void **state)
{
	char file[128], where[192];

	(void)state;
	unit_guest_text(&machine, "/DSDT", "nonsense");
	snprintf(file, sizeof(file), "%s/DSDT", machine.root);
	snprintf(where, sizeof(where), "pci-fixed-bars test: %s: 8 bytes, expected", file);
	expect(run(pfb_cmd_policy, "table", "--dsdt", file, "-o", "/dev/null", NULL),
	       PFB_EXIT_IMPOSSIBLE);
	says(where);
	/* what the kernel has of this VM is a file, too */
	unit_guest_text(&machine, "/sys/firmware/acpi/tables/DSDT", "nonsense");
	expect(run(pfb_cmd_policy, "table", "--root", machine.root, "-o", "/dev/null", NULL),
	       PFB_EXIT_IMPOSSIBLE);
	says("/sys/firmware/acpi/tables/DSDT: 8 bytes, expected");
}

/* What is no folder is no image that needs nothing. */
static void test_policy_no_root(void **state)
{
	static const char *const verbs[] = { "show", "install", "remove", "update", "lint", "table" };
	char file[128];
	size_t i;

	(void)state;
	unit_guest_text(&machine, "/file", "");
	snprintf(file, sizeof(file), "%s/file", machine.root);
	for (i = 0; i < ARRAY_SIZE(verbs); i++) {
		expect(run(pfb_cmd_policy, verbs[i], "-o", "-", "--root", "/nowhere", NULL),
		       PFB_EXIT_IMPOSSIBLE);
		says("--root /nowhere: No such file or directory, expected the folder of an image");
		expect(run(pfb_cmd_policy, verbs[i], "-o", "-", "--root", file, NULL),
		       PFB_EXIT_IMPOSSIBLE);
		says("/file: Not a directory, expected the folder of an image");
	}
	/* nor is it this machine */
	expect(run(pfb_cmd_policy, "lint", "--root", "", NULL), PFB_EXIT_IMPOSSIBLE);
	says("--root '': No such file or directory");
}

static void test_no_pci(void **state)
{
	(void)state;
	expect(run(pfb_cmd_status, "--sysroot", "/nowhere", NULL), PFB_EXIT_IMPOSSIBLE);
	says("no PCI");
	expect(run(pfb_cmd_verify, "--sysroot", "/nowhere", NULL), PFB_EXIT_IMPOSSIBLE);
	expect(run(pfb_cmd_path, "--sysroot", "/nowhere", "0:1.0", "0:2.0", NULL),
	       PFB_EXIT_IMPOSSIBLE);
}

/* Into a file, which reads as what it is; what is lacking is said, and is no failure. */
static void test_capture(void **state)
{
	struct json_object *top, *function;
	char file[128], dump[128], cpu[128];

	(void)state;
	snprintf(file, sizeof(file), "%s/capture", machine.root);
	snprintf(dump, sizeof(dump), "%s/dump", machine.root);
	snprintf(cpu, sizeof(cpu), "%s/proc/cpuinfo", machine.root);
	unit_guest_text(&machine, "/proc/sys/kernel/hostname", "gpu-host-7\n");
	expect(RUN(capture, "-o", file), PFB_EXIT_GOOD);
	says("pci-fixed-bars test: note: no function has an IOMMU group: the IOMMU is off");
	says_not("capabilities could not be read");
	top = json_object_from_file(file);
	assert_non_null(top);
	assert_string_equal(json_text(top, "machine"), "gpu-host-7");
	assert_int_equal(json_count(top, "functions"), 8);
	function = json_at(top, "functions", 3);
	assert_string_equal(json_text(function, "bdf"), "0000:03:00.0");
	assert_string_equal(json_text(json_at(function, "bars", 1), "size"), "0x100000000");
	json_object_put(top);

	unit_guest_config_cut(&machine, GPU_LINK, 64);
	expect(RUN(capture, "--name", "other", "-o", file), PFB_EXIT_GOOD);
	says("note: 0000:03:00.0: capabilities could not be read");
	says("no plan can say that peer-to-peer is direct. Run it as root");
	top = json_object_from_file(file);
	assert_string_equal(json_text(top, "machine"), "other");
	json_object_put(top);

	unit_guest_text(&machine, "/dump", "00:01.0 Class [0200]: Device [15b3:1021]\n"
			"\tControl: I/O- Mem+ BusMaster-\n\tStatus: Cap-\n\tIOMMU group: 1\n\n");
	unit_guest_text(&machine, "/proc/cpuinfo", "vendor_id\t: AuthenticAMD\n"
			"address sizes\t: 52 bits physical, 57 bits virtual\n");
	expect(run(pfb_cmd_capture, "--lspci", dump, "--cpuinfo", cpu, NULL), PFB_EXIT_GOOD);
	top = json();
	assert_string_equal(json_text(top, "origin"), "lspci");
	assert_string_equal(json_text(top, "cpu_vendor"), "AuthenticAMD");
	assert_string_equal(json_text(top, "address_bits"), "52");
	json_object_put(top);

	expect(run(pfb_cmd_capture, "--lspci", dump, dump, NULL), PFB_EXIT_IMPOSSIBLE);
	says("dump line 1 and again in");
	expect(run(pfb_cmd_capture, "--lspci", dump, "--cpuinfo", dump, NULL), PFB_EXIT_IMPOSSIBLE);
	says("'vendor_id'");
	expect(run(pfb_cmd_capture, "--lspci", "/nonexistent", NULL), PFB_EXIT_IMPOSSIBLE);
	says("/nonexistent: No such file");
	expect(RUN(capture, "-o", "/nonexistent/capture"), PFB_EXIT_IMPOSSIBLE);
	expect(run(pfb_cmd_capture, "--sysroot", "/nonexistent", NULL), PFB_EXIT_IMPOSSIBLE);
	says("has no PCI, or /sys is not mounted");
	expect(RUN(capture, dump), PFB_EXIT_USAGE);
	says("--lspci");
	expect(RUN(capture, "--lspci", dump), PFB_EXIT_USAGE);
	says("two machines");
	expect(run(pfb_cmd_capture, "--cpuinfo", cpu, NULL), PFB_EXIT_USAGE);
	expect(run(pfb_cmd_capture, "--lspci", "-", "-", NULL), PFB_EXIT_USAGE);
	says("once only");
}

#define TEST(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_status),
		TEST(test_status_preserved),
		TEST(test_verify),
		TEST(test_verify_declared),
		TEST(test_verify_wrong),
		TEST(test_verify_broken_source),
		TEST(test_verify_unknown),
		TEST(test_unprivileged),
		TEST(test_no_extended_space),
		TEST(test_module),
		TEST(test_path_direct),
		TEST(test_path_reasons),
		TEST(test_path_bar),
		TEST(test_path_iommu),
		TEST(test_path_reserved),
		TEST(test_path_vf),
		TEST(test_path_usage),
		TEST(test_manifest),
		TEST(test_manifest_wrong),
		TEST(test_manifest_machine),
		TEST(test_help),
		TEST(test_metrics),
		TEST(test_metrics_sources),
		TEST(test_policy),
		TEST(test_policy_table),
		TEST(test_policy_no_root),
		TEST(test_no_pci),
		TEST(test_capture),
	};

	return cmocka_run_group_tests_name("commands", tests, NULL, NULL);
}
