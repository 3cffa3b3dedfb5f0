// SPDX-License-Identifier: GPL-2.0
/*
 * doctor as a user runs it, on machines with drivers that the bench does not have.
 * Each rule fires on its own fault, and not on a machine without it.
 */
#include "unit.h"

#include <argp.h>
#include <linux/pci_regs.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/doctor.h"
#include "pci-fixed-bars/command.h"
#include "unit_command.h"
#include "unit_guest.h"

#define GPU_ADDRESS	0x6b8000000000ULL
#define ROOT_LINK	"pci0000:00/0000:00:01.0"
#define UP_LINK		ROOT_LINK "/0000:01:00.0"
#define GPU_LINK	UP_LINK "/0000:02:00.0/0000:03:00.0"
#define NIC_LINK	UP_LINK "/0000:02:01.0/0000:04:00.0"
#define FAR_LINK	"pci0000:00/0000:00:02.0/0000:05:00.0"
#define ON		(PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER)

#define DEVICE(bdf, file)	"/sys/bus/pci/devices/0000:" bdf "/" file

static struct unit_guest machine;
static char manifest[128];
static const char *gpu_path, *nic_path;

/* What is declared of the GPU and of the NIC, wherever they are. */
static void put_manifest(const char *gpu, const char *nic)
{
	char text[512], source[128];

	snprintf(text, sizeof(text), "function %s %s\nfunction %s %s\n", gpu_path, gpu, nic_path,
		 nic);
	unit_guest_text(&machine, "/manifest.txt", text);
	snprintf(source, sizeof(source), "%s/manifest.txt", machine.root);
	expect(run(pfb_cmd_manifest, "build", source, "-o", manifest, NULL),
	       PFB_EXIT_GOOD);
}

#define GOOD_GPU	"\n bar2 gpa=0x6b8000000000 hpa=gpa size=4G"

/* What differs from a machine on which all is well. */
struct machine {
	u16 gpu_vendor;
	const char *gpu_driver;
	u16 nic_vendor;
	const char *nic_driver;
	u16 nic_command;
	unsigned int nic_mask;
	const char *nic_iommu;
	u16 root_acs;
	bool nic_at_root;	/* beside the switch, on a root port of its own */
	bool siblings;		/* GPU and NIC are functions of one root port */
	u64 gpu_bar;		/* where it is; in test_machines(), from GPU_ADDRESS on */
};

static const struct machine good = {
	.gpu_vendor = 0x10de, .gpu_driver = "nvidia", .nic_vendor = 0x15b3,
	.nic_driver = "mlx5_core", .nic_command = ON, .nic_mask = 64, .gpu_bar = GPU_ADDRESS,
};

static void set_class(const char *link, u32 class)
{
	u8 bytes[3] = { (u8)class, (u8)(class >> 8), (u8)(class >> 16) };

	unit_guest_config(&machine, link, PCI_CLASS_PROG, bytes, sizeof(bytes));
}

static void make(const struct machine *m)
{
	const struct pfb_window window = { m->gpu_bar, m->gpu_bar + (1ULL << 32) - 1 };
	const char *gpu_link = m->siblings ? ROOT_LINK "/0000:01:00.0" : GPU_LINK;
	const char *nic_link = m->siblings ? ROOT_LINK "/0000:01:00.1" :
			       m->nic_at_root ? FAR_LINK : NIC_LINK;
	const struct unit_guest_fn ports[] = {
		{ .link = ROOT_LINK, .vendor = 0x1b36, .device = 0x000c, .type = PFB_PORT_ROOT,
		  .command = ON, .secondary = 1, .subordinate = m->siblings ? 1 : 4,
		  .mem = { 0x10000000, 0x101fffff }, .pref = window, .has_acs = true,
		  .acs_ctrl = m->root_acs },
		{ .link = UP_LINK, .vendor = 0x104c, .device = 0x8232, .type = PFB_PORT_UPSTREAM,
		  .command = ON, .secondary = 2, .subordinate = 4,
		  .mem = { 0x10000000, 0x101fffff }, .pref = window },
		{ .link = UP_LINK "/0000:02:00.0", .vendor = 0x104c, .device = 0x8233,
		  .type = PFB_PORT_DOWNSTREAM, .command = ON, .secondary = 3, .pref = window },
		{ .link = UP_LINK "/0000:02:01.0", .vendor = 0x104c, .device = 0x8233,
		  .type = PFB_PORT_DOWNSTREAM, .command = ON, .secondary = 4,
		  .mem = { 0x10100000, 0x101fffff } },
		{ .link = "pci0000:00/0000:00:02.0", .vendor = 0x1b36, .device = 0x000c,
		  .type = PFB_PORT_ROOT, .command = ON, .secondary = 5,
		  .mem = { 0x10200000, 0x102fffff } },
	};
	const struct unit_guest_fn gpu = {
		.link = gpu_link, .vendor = m->gpu_vendor, .device = 0x2330, .command = ON,
		.driver = m->gpu_driver, .dma_mask_bits = 64,
		.bars = { { 0 }, { 0 }, { m->gpu_bar, 1ULL << 32, UNIT_RES_PREF64 } },
	};
	const struct unit_guest_fn nic = {
		.link = nic_link, .vendor = m->nic_vendor, .device = 0x1021,
		.command = m->nic_command, .driver = m->nic_driver,
		.dma_mask_bits = m->nic_mask, .iommu_type = m->nic_iommu,
		.bars = { { m->nic_at_root ? 0x10200000 : 0x10100000, 16384, UNIT_RES_MEM64 } },
	};
	size_t i;

	unit_guest_create(&machine);
	snprintf(manifest, sizeof(manifest), "%s/manifest.bin", machine.root);
	for (i = 0; i < (m->siblings ? 1 : ARRAY_SIZE(ports)); i++)
		unit_guest_add(&machine, &ports[i]);
	unit_guest_add(&machine, &gpu);
	unit_guest_add(&machine, &nic);
	set_class(gpu_link, 0x030200);
	set_class(nic_link, 0x020700);
	unit_guest_finish(&machine, "GenuineIntel");
	unit_guest_text(&machine, "/proc/sys/kernel/osrelease", "6.12.0\n");
	unit_guest_text(&machine, "/proc/cmdline", "root=/dev/vda pci=realloc=off\n");
	unit_guest_text(&machine, "/boot/config-6.12.0",
			"CONFIG_PCI_P2PDMA=y\nCONFIG_PCI_REALLOC_ENABLE_AUTO=y\n"
			"CONFIG_INFINIBAND_ON_DEMAND_PAGING=y\n");
	unit_guest_text(&machine, "/sys/module/nvidia_peermem/version", "595.45.04\n");
	unit_guest_text(&machine, "/proc/driver/nvidia/version",
			"NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  595.45.04\n");
	unit_guest_text(&machine, "/proc/driver/nvidia/params",
			"ResmanDebugLevel: 4294967295\nEnableStreamMemOPs: 1\n"
			"GrdmaPciTopoCheckOverride: 0\nRmMsg: \"\"\n");
	unit_guest_text(&machine, "/sys/class/infiniband_verbs/abi_version", "6\n");
	unit_guest_text(&machine, m->nic_at_root ? DEVICE("05:00.0", "infiniband/mlx5_0/guid") :
			m->siblings ? DEVICE("01:00.1", "infiniband/mlx5_0/guid") :
			DEVICE("04:00.0", "infiniband/mlx5_0/guid"), "");
	gpu_path = m->siblings ? "0000:00:01.0/00.0" : "0000:00:01.0/00.0/00.0/00.0";
	nic_path = m->siblings ? "0000:00:01.0/00.1" :
		   m->nic_at_root ? "0000:00:02.0/00.0" : "0000:00:01.0/00.0/01.0/00.0";
	put_manifest(GOOD_GPU, "");
}

static int teardown(void **state)
{
	(void)state;
	unit_guest_remove(&machine);
	return 0;
}

#define DOCTOR(...)	\
	run(pfb_cmd_doctor, "--sysroot", machine.root, "--manifest", manifest, ##__VA_ARGS__, NULL)

static bool reports(enum pfb_doctor_rule_index rule)
{
	char line[96];

	snprintf(line, sizeof(line), "%s %s: ", pfb_severity_name(pfb_doctor_rules[rule].severity),
		 pfb_doctor_rules[rule].id);
	return strstr(out, line);
}

/* Only this rule, or a note. */
static void fires(enum pfb_doctor_rule_index rule, const char *words)
{
	bool error = pfb_doctor_rules[rule].severity == PFB_SEVERITY_ERROR;
	u32 i;

	expect(DOCTOR(), error ? PFB_EXIT_FAILED : PFB_EXIT_GOOD);
	if (!reports(rule))
		fail_msg("%s does not fire:\n%s", pfb_doctor_rules[rule].id, out);
	says(words);
	for (i = 0; i < PFB_NR_DOCTOR_RULES; i++)
		if (i != rule && pfb_doctor_rules[i].severity != PFB_SEVERITY_NOTE && reports(i))
			fail_msg("%s fires, too:\n%s", pfb_doctor_rules[i].id, out);
}

static void test_good(void **state)
{
	struct json_object *top;

	(void)state;
	make(&good);
	expect(DOCTOR(), PFB_EXIT_GOOD);
	says("0 errors, 0 warnings");
	says("note module-absent");
	expect(DOCTOR("--json"), PFB_EXIT_GOOD);
	top = json();
	assert_string_equal(json_text(top, "verdict"), "good");
	assert_string_equal(json_text(top, "providers"), "1");
	assert_string_equal(json_text(top, "clients"), "1");
	assert_int_equal(json_count(top, "findings"), 1);
	json_object_put(top);
}

/* modprobe alone would not help. */
static void test_module_key(void **state)
{
	(void)state;
	make(&good);
	unit_guest_text(&machine, "/var/lib/dkms/mok.pub", "a certificate");
	expect(DOCTOR(), PFB_EXIT_GOOD);
	says("modprobe pci_fixed_bars");
	unit_guest_text(&machine, "/sys/kernel/security/lockdown",
			"none [integrity] confidentiality\n");
	expect(DOCTOR(), PFB_EXIT_GOOD);
	says("mokutil --import /var/lib/dkms/mok.pub");
	/* A kernel built so that it asks, and nobody has a key. */
	make(&good);
	unit_guest_text(&machine, "/sys/module/module/parameters/sig_enforce", "N\n");
	expect(DOCTOR(), PFB_EXIT_GOOD);
	says("actual    it is not loaded\n");
	unit_guest_text(&machine, "/sys/module/module/parameters/sig_enforce", "Y\n");
	expect(DOCTOR(), PFB_EXIT_GOOD);
	says("this kernel loads signed modules only");
	says("a key that this kernel knows");
}

/* Faults that are a file of the guest. */
static void test_files(void **state)
{
	static const struct {
		enum pfb_doctor_rule_index rule;
		const char *path;
		const char *text;	/* NULL: removed */
		const char *words;
	} cases[] = {
		{ PFB_DOCTOR_PCI_REALLOC, "/proc/cmdline", "quiet pci=nomsi,realloc\n",
		  "replace it with pci=realloc=off" },
		{ PFB_DOCTOR_PCI_REALLOC, "/proc/cmdline", "pci=realloc=on quiet\n", "pci=realloc" },
		{ PFB_DOCTOR_PCI_REALLOC_AUTO, "/proc/cmdline", "quiet xpci=realloc=off\n",
		  "CONFIG_PCI_REALLOC_ENABLE_AUTO=y" },
		{ PFB_DOCTOR_PCI_RENUMBER, "/proc/cmdline", "pci=realloc=off,assign-busses\n",
		  "assign-busses" },
		{ PFB_DOCTOR_P2PDMA_OFF, "/boot/config-6.12.0",
		  "# CONFIG_PCI_P2PDMA is not set\nCONFIG_INFINIBAND_ON_DEMAND_PAGING=y\n",
		  "CONFIG_PCI_P2PDMA" },
		{ PFB_DOCTOR_NVIDIA_DENIES, "/proc/driver/nvidia/params",
		  "EnableStreamMemOPs: 1\nGrdmaPciTopoCheckOverride: 2\n",
		  "NVreg_GrdmaPciTopoCheckOverride=2" },
		{ PFB_DOCTOR_NVIDIA_MEMOPS, "/proc/driver/nvidia/params",
		  "EnableStreamMemOPs: 0\n", "EnableStreamMemOPs: 0" },
		{ PFB_DOCTOR_NOT_SEEN, "/proc/driver/nvidia/params", NULL,
		  "/proc/driver/nvidia/params cannot be read" },
		{ PFB_DOCTOR_NOT_SEEN, "/proc/cmdline", NULL, "/proc/cmdline cannot be read" },
		{ PFB_DOCTOR_NIC_NO_RDMA, "/sys/bus/pci/devices/0000:04:00.0/infiniband", NULL,
		  "modprobe mlx5_ib" },
		{ PFB_DOCTOR_NO_VERBS, "/sys/class/infiniband_verbs", NULL, "modprobe ib_uverbs" },
		{ PFB_DOCTOR_NCCL_OFF, "/etc/nccl.conf", "# site\nNCCL_NET_GDR_LEVEL=LOC\n",
		  "NCCL_NET_GDR_LEVEL=LOC" },
		{ PFB_DOCTOR_NCCL_OFF, "/etc/nccl.conf", "NCCL_IB_DISABLE=1\nNCCL_DEBUG=INFO\n",
		  "NCCL_IB_DISABLE=1" },
		{ PFB_DOCTOR_NCCL_TOPO_MISSING, "/etc/nccl.conf", "NCCL_TOPO_FILE=/etc/none.xml\n",
		  "/etc/none.xml" },
		{ PFB_DOCTOR_NCCL_TOPO_OTHER, "/var/run/nvidia-topologyd/virtualTopology.xml",
		  "<system version=\"1\"><cpu numaid=\"0\"><pci busid=\"0000:03:00.0\"/></cpu></system>",
		  "does not name 0000:04:00.0" },
		{ PFB_DOCTOR_NCCL_LINK, "/sys/bus/pci/devices/0000:02:01.0/max_link_speed",
		  "2.5 GT/s PCIe\n", "0000:02:01.0" },
		{ PFB_DOCTOR_SOURCE_BROKEN, "/lib/firmware/pci-fixed-bars/manifest.bin", "nonsense",
		  "firmware:pci-fixed-bars/manifest.bin" },
	};
	char path[256];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		make(&good);
		expect(DOCTOR(), PFB_EXIT_GOOD);
		assert_false(reports(cases[i].rule));
		snprintf(path, sizeof(path), "rm -rf %s%s", machine.root, cases[i].path);
		if (cases[i].text)
			unit_guest_text(&machine, cases[i].path, cases[i].text);
		else
			assert_int_equal(system(path), 0);
		fires(cases[i].rule, cases[i].words);
		unit_guest_remove(&machine);
	}
	unit_guest_create(&machine);
}

/* Faults of the machine itself. */
static void test_machines(void **state)
{
	static const struct {
		enum pfb_doctor_rule_index rule;
		struct machine m;
		const char *words;
	} cases[] = {
#define BASE	.gpu_vendor = 0x10de, .gpu_driver = "nvidia", .nic_vendor = 0x15b3
#define DRIVEN	.nic_driver = "mlx5_core", .nic_mask = 64
		{ PFB_DOCTOR_MASTER_OFF, { BASE, DRIVEN, .nic_command = PCI_COMMAND_MEMORY },
		  "setpci -s 0000:04:00.0 COMMAND=4:4" },
		{ PFB_DOCTOR_NIC_DRIVER, { BASE, .nic_command = 0 }, "0000:04:00.0 (no driver, 15b3:1021)" },
		{ PFB_DOCTOR_DMA_MASK, { BASE, .nic_driver = "mlx5_core", .nic_mask = 40,
					 .nic_command = ON }, "40 bits" },
		{ PFB_DOCTOR_IOMMU, { BASE, DRIVEN, .nic_command = ON, .nic_iommu = "DMA-FQ" },
		  "iommu.passthrough=1" },
		{ PFB_DOCTOR_NO_SWITCH, { BASE, DRIVEN, .nic_command = ON, .nic_at_root = true },
		  "0000:05:00.0 and 0000:03:00.0" },
		{ PFB_DOCTOR_ACS_REDIRECT, { BASE, DRIVEN, .nic_command = ON, .siblings = true,
					     .root_acs = PFB_ACS_RR },
		  "disable_acs_redir=" },
		{ PFB_DOCTOR_ACS_EGRESS, { BASE, DRIVEN, .nic_command = ON, .siblings = true,
					   .root_acs = PFB_ACS_EC },
		  "setpci -s 0000:00:01.0 ECAP000d+6.w=0:20" },
		{ PFB_DOCTOR_BAR_MOVED, { BASE, DRIVEN, .nic_command = ON,
					  .gpu_bar = 1ULL << 32 },
		  "0x6b8100000000" },
		{ PFB_DOCTOR_GPU_DRIVER, { .gpu_vendor = 0x10de, .gpu_driver = "nouveau",
					   .nic_vendor = 0x15b3, DRIVEN,
					   .nic_command = ON }, "modprobe nvidia" },
#undef BASE
#undef DRIVEN
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct machine m = cases[i].m;

		m.gpu_bar += GPU_ADDRESS;
		make(&m);
		fires(cases[i].rule, cases[i].words);
		unit_guest_remove(&machine);
	}
	unit_guest_create(&machine);
}

/* What is declared, against what is there. */
static void test_declared(void **state)
{
	static const struct {
		enum pfb_doctor_rule_index rule;
		const char *gpu;
		const char *nic;
		const char *words;
	} cases[] = {
		{ PFB_DOCTOR_BAR_HPA, "\n bar2 gpa=0x6b8000000000 hpa=0x6b9000000000 size=4G", "",
		  "do not use P2P" },
		{ PFB_DOCTOR_BAR_UNVERIFIED, "\n bar2 gpa=0x6b8000000000 size=4G", "",
		  "--allow-declared" },
		{ PFB_DOCTOR_BAR_UNVERIFIED, "", "client", "nobody stated" },
		{ PFB_DOCTOR_BAR_SIZE, "\n bar2 gpa=0x6b8000000000 hpa=gpa size=8G", "",
		  "size 0x200000000" },
		{ PFB_DOCTOR_BAR_MISSING, GOOD_GPU "\n bar4 gpa=0x6b9000000000 hpa=gpa size=4G", "",
		  "no such BAR" },
		{ PFB_DOCTOR_BAR_ID, "id=10de:2331" GOOD_GPU, "", "10de:2330" },
		{ PFB_DOCTOR_CLIQUE, "clique=1" GOOD_GPU, "clique=2", "cliques 1 and 2" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		make(&good);
		put_manifest(cases[i].gpu, cases[i].nic);
		fires(cases[i].rule, cases[i].words);
		unit_guest_remove(&machine);
	}
	make(&good);
	put_manifest("\n bar2 gpa=0x6b8000000000 size=4G", "");
	expect(DOCTOR("--allow-declared"), PFB_EXIT_GOOD);
}

/* nvidia-peermem, or the open driver's dma-buf. */
static void test_nvidia_rdma(void **state)
{
	char command[160];

	(void)state;
	make(&good);
	snprintf(command, sizeof(command), "rm -rf %s/sys/module/nvidia_peermem", machine.root);
	assert_int_equal(system(command), 0);
	fires(PFB_DOCTOR_NVIDIA_DMABUF, "the open driver exports dma-bufs");
	unit_guest_text(&machine, "/boot/config-6.12.0", "CONFIG_PCI_P2PDMA=y\n");
	fires(PFB_DOCTOR_DMABUF_ODP, "CONFIG_INFINIBAND_ON_DEMAND_PAGING");
	unit_guest_text(&machine, "/proc/driver/nvidia/version",
			"NVRM version: NVIDIA UNIX x86_64 Kernel Module  470.256.02\n");
	fires(PFB_DOCTOR_NVIDIA_NO_WAY, "modprobe nvidia-peermem");
	unit_guest_text(&machine, "/sys/kernel/mm/memory_peers/nv_mem/version", "1.3\n");
	expect(DOCTOR(), PFB_EXIT_GOOD);
	says("0 errors, 0 warnings");
}

static void test_amdgpu(void **state)
{
	static const struct machine amd = {
		.gpu_vendor = 0x1002, .gpu_driver = "amdgpu", .nic_vendor = 0x15b3,
		.nic_driver = "mlx5_core", .nic_command = ON, .nic_mask = 64,
		.gpu_bar = GPU_ADDRESS,
	};

	(void)state;
	make(&amd);
	fires(PFB_DOCTOR_AMDGPU_NO_KFD, "CONFIG_HSA_AMD_P2P");
	unit_guest_text(&machine, "/sys/module/amdgpu/parameters/pcie_p2p", "Y\n");
	expect(DOCTOR(), PFB_EXIT_GOOD);
	says("0 errors, 0 warnings");
	unit_guest_text(&machine, DEVICE("03:00.0", "mem_info_vram_total"), "17179869184\n");
	unit_guest_text(&machine, DEVICE("03:00.0", "mem_info_vis_vram_total"), "268435456\n");
	fires(PFB_DOCTOR_AMDGPU_SMALL_BAR, "16384 MiB");
	unit_guest_text(&machine, DEVICE("03:00.0", "mem_info_vis_vram_total"), "17179869184\n");
	unit_guest_text(&machine, "/sys/module/amdgpu/parameters/pcie_p2p", "N\n");
	fires(PFB_DOCTOR_AMDGPU_OFF, "amdgpu.pcie_p2p=0");
	unit_guest_text(&machine, "/sys/module/amdgpu/parameters/pcie_p2p", "Y\n");
	unit_guest_text(&machine, "/boot/config-6.12.0", "CONFIG_PCI=y\n");
	fires(PFB_DOCTOR_P2PDMA_NEEDED, "0000:03:00.0 (amdgpu, 1002:2330)");
}

/* Without a configuration the kernel's own functions tell; without these, nobody. */
static void test_kernel_symbols(void **state)
{
	char command[160];

	(void)state;
	make(&good);
	snprintf(command, sizeof(command), "rm -rf %s/boot", machine.root);
	assert_int_equal(system(command), 0);
	fires(PFB_DOCTOR_KERNEL_CONFIG, "CONFIG_PCI_P2PDMA is not known");
	unit_guest_text(&machine, "/proc/kallsyms",
			"0000000000000000 T pci_p2pdma_add_resource_x\n0000000000000000 T pci_enable_device\n");
	fires(PFB_DOCTOR_P2PDMA_OFF, "/proc/kallsyms");
	unit_guest_text(&machine, "/proc/kallsyms",
			"0000000000000000 T pci_enable_device\n0000000000000000 T pci_p2pdma_add_resource\n");
	expect(DOCTOR(), PFB_EXIT_GOOD);
	says("0 errors, 0 warnings");
}

/* Several faults: the worst first, whatever was found first. */
static void test_order(void **state)
{
	const char *hpa, *master, *realloc;

	(void)state;
	make(&(const struct machine){
		.gpu_vendor = 0x10de, .gpu_driver = "nvidia", .nic_vendor = 0x15b3,
		.nic_driver = "mlx5_core", .nic_command = PCI_COMMAND_MEMORY, .nic_mask = 64,
		.gpu_bar = GPU_ADDRESS,
	});
	unit_guest_text(&machine, "/proc/cmdline", "pci=realloc\n");
	put_manifest("\n bar2 gpa=0x6b8000000000 hpa=0x6b9000000000 size=4G", "");
	expect(DOCTOR(), PFB_EXIT_FAILED);
	hpa = strstr(out, "error bar-hpa-mismatch");
	master = strstr(out, "error bus-master-off");
	realloc = strstr(out, "warning pci-realloc");
	assert_true(hpa == out && hpa < master && master < realloc);
	says("2 errors, 1 warning");
}

/* One NIC for each switch: that others are elsewhere is nobody's loss, unless it is asked for. */
static void test_peers(void **state)
{
	static const struct unit_guest_fn far = {
		.link = FAR_LINK, .vendor = 0x15b3, .device = 0x1021, .command = ON,
		.driver = "mlx5_core", .dma_mask_bits = 64,
		.bars = { { 0x10200000, 16384, UNIT_RES_MEM64 } },
	};

	(void)state;
	make(&good);
	unit_guest_add(&machine, &far);
	set_class(FAR_LINK, 0x020700);
	unit_guest_text(&machine, DEVICE("05:00.0", "infiniband/mlx5_1/guid"), "");
	fires(PFB_DOCTOR_NIC_APART, "0000:05:00.0");
	/* whatever else is wrong with the BAR */
	put_manifest("\n bar2 gpa=0x6b8000000000 size=4G", "");
	expect(DOCTOR(), PFB_EXIT_FAILED);
	assert_true(reports(PFB_DOCTOR_NIC_APART) && !reports(PFB_DOCTOR_NO_SWITCH));
	put_manifest(GOOD_GPU, "");
	expect(DOCTOR("--provider", "03:00.0", "--client", "05:00.0"), PFB_EXIT_FAILED);
	assert_true(reports(PFB_DOCTOR_NO_SWITCH));
	says("note nvidia-topo-check");
	expect(DOCTOR("--provider", "03:00.0", "--client", "04:00.0"), PFB_EXIT_GOOD);
	/* a port that is in the way of two is one fault */
	unit_guest_config(&machine, UP_LINK "/0000:02:00.0", PCI_COMMAND, "\0\0", 2);
	expect(DOCTOR("--provider", "03:00.0", "--client", "04:00.0", "--client", "05:00.0"),
	       PFB_EXIT_FAILED);
	assert_true(reports(PFB_DOCTOR_MEMORY_OFF) && reports(PFB_DOCTOR_NO_SWITCH));
	says("2 errors");
	expect(DOCTOR("--client", "09:00.0"), PFB_EXIT_IMPOSSIBLE);
	expect(DOCTOR("--client", "gpu"), PFB_EXIT_USAGE);
}

/* Two GPUs, each with a NIC of its own: that one's cannot reach the other is no fault. */
static void test_pairs(void **state)
{
	static const struct unit_guest_fn fns[] = {
		{ .link = FAR_LINK, .vendor = 0x10de, .device = 0x2330, .command = ON,
		  .driver = "nvidia", .dma_mask_bits = 64,
		  .bars = { { 0x10200000, 1 << 20, UNIT_RES_MEM64 } } },
		{ .link = "pci0000:00/0000:00:02.0/0000:05:00.1", .vendor = 0x15b3,
		  .device = 0x1021, .command = ON, .driver = "mlx5_core", .dma_mask_bits = 64 },
	};
	char list[64];

	(void)state;
	make(&good);
	unit_guest_add(&machine, &fns[0]);
	unit_guest_add(&machine, &fns[1]);
	unit_guest_finish(&machine, "GenuineIntel");
	set_class(fns[0].link, 0x030200);
	set_class(fns[1].link, 0x020700);
	unit_guest_text(&machine, DEVICE("05:00.1", "infiniband/mlx5_1/guid"), "");
	snprintf(list, sizeof(list), "05:00.0=bar0@0x10200000");
	expect(DOCTOR("--fixed-bars", list, "--allow-declared"), PFB_EXIT_GOOD);
	says("0 errors, 0 warnings");
}

static void test_no_gpu(void **state)
{
	char path[128];

	(void)state;
	unit_guest_create(&machine);
	unit_guest_add_rfc(&machine, GPU_ADDRESS);
	unit_guest_finish(&machine, NULL);
	expect(run(pfb_cmd_doctor, "--sysroot", machine.root, NULL), PFB_EXIT_IMPOSSIBLE);
	says("nothing to check");
	/* that nothing is declared may be the fault of what declares it */
	expect(run(pfb_cmd_doctor, "--sysroot", machine.root, "--manifest", "/nonexistent", NULL),
	       PFB_EXIT_IMPOSSIBLE);
	assert_true(reports(PFB_DOCTOR_NOT_SEEN));
	says("source --manifest: no /nonexistent");
	says("no BAR is declared that could be read: nothing to check");
	unit_guest_text(&machine, "/manifest.bin", "nonsense");
	snprintf(path, sizeof(path), "%s/manifest.bin", machine.root);
	expect(run(pfb_cmd_doctor, "--sysroot", machine.root, "--manifest", path, NULL),
	       PFB_EXIT_FAILED);
	assert_true(reports(PFB_DOCTOR_SOURCE_BROKEN));
	says("the source --manifest cannot be used");
	says_not("nothing to check");
	expect(run(pfb_cmd_doctor, "--sysroot", machine.root, "--nccl-topo", "-", "--link", "32x16",
		   NULL), PFB_EXIT_IMPOSSIBLE);
	says("nothing to check");
	/* only the module can read ACPI */
	unit_guest_text(&machine, "/sys/kernel/pci_fixed_bars/version", PFB_VERSION "\n");
	unit_guest_text(&machine, "/sys/kernel/pci_fixed_bars/sources/acpi_status", "broken\n");
	unit_guest_text(&machine, "/sys/kernel/pci_fixed_bars/sources/acpi_message",
			"_DSM ate it\n");
	expect(run(pfb_cmd_doctor, "--sysroot", machine.root, NULL), PFB_EXIT_FAILED);
	assert_true(reports(PFB_DOCTOR_SOURCE_BROKEN));
	says("_DSM ate it");
	unit_guest_text(&machine, "/sys/kernel/pci_fixed_bars/sources/acpi_status", "absent\n");
	/* a stand-in is one as soon as somebody says so */
	expect(run(pfb_cmd_doctor, "--sysroot", machine.root, "--provider", "03:00.0", NULL),
		    PFB_EXIT_FAILED);
	assert_true(reports(PFB_DOCTOR_BAR_UNVERIFIED));
	assert_true(reports(PFB_DOCTOR_NO_CLIENT));
	/* nothing is its own client */
	expect(run(pfb_cmd_doctor, "--sysroot", machine.root, "--provider", "03:00.0", "--client",
		   "03:00.0", NULL), PFB_EXIT_FAILED);
	assert_true(reports(PFB_DOCTOR_NO_CLIENT));
	says("none but the GPU itself");
}

/* An ordinary user: what cannot be seen is no fault, and no pass either. */
static void test_unprivileged(void **state)
{
	(void)state;
	make(&good);
	unit_guest_text(&machine, "/proc/iomem", "00000000-00000000 : PCI Bus 0000:00\n");
	unit_guest_config_cut(&machine, ROOT_LINK, 64);
	unit_guest_config_cut(&machine, UP_LINK, 64);
	unit_guest_config_cut(&machine, UP_LINK "/0000:02:00.0", 64);
	unit_guest_config_cut(&machine, UP_LINK "/0000:02:01.0", 64);
	unit_guest_config_cut(&machine, "pci0000:00/0000:00:02.0", 64);
	unit_guest_config_cut(&machine, GPU_LINK, 64);
	unit_guest_config_cut(&machine, NIC_LINK, 64);
	expect(DOCTOR(), PFB_EXIT_IMPOSSIBLE);
	says("note not-seen");
	says("run as root");
	says("0 errors");
	put_manifest("\n bar2 gpa=0x6b8100000000 hpa=gpa size=4G", "");
	expect(DOCTOR(), PFB_EXIT_FAILED);
	says("error bar-moved");
	says_not("0x6b8");
}

/* A BAR that is elsewhere: what to do depends on what the module may do, and did. */
static void test_moved(void **state)
{
	static const char policy[] = "/sys/kernel/pci_fixed_bars/policy";
	static const char report[] = "/sys/kernel/pci_fixed_bars/enforce";

	(void)state;
	make(&good);
	put_manifest("\n bar2 gpa=0x6b8100000000 hpa=gpa size=4G", "");
	expect(DOCTOR(), PFB_EXIT_FAILED);
	says("fix       keep the boot configuration");
	says_not("enforce");

	unit_guest_text(&machine, policy, "observe\n");
	expect(DOCTOR(), PFB_EXIT_FAILED);
	says("fix       keep the boot configuration");
	says("load it with policy=enforce");
	unit_guest_text(&machine, policy, "preserve\n");
	expect(DOCTOR(), PFB_EXIT_FAILED);
	says("fix       have the module move it: pci-fixed-bars enforce");
	says("keep the boot configuration");

	/* why it was not moved, of its own root port only */
	unit_guest_text(&machine, policy, "enforce\n");
	unit_guest_text(&machine, report, "below 0000:00:02.0\n  refused: the other's\n"
			"below 0000:00:01.0\n  move 0000:00:01.0 prefetchable window\n"
			"  done: 9 steps\nbelow 0000:00:03.0\n  refused: another's\n");
	expect(DOCTOR(), PFB_EXIT_FAILED);
	says("have the module move it");
	unit_guest_text(&machine, report, "below 0000:00:02.0\n  refused: the other's\n"
			"below 0000:00:01.0\n  move 0000:00:01.0 prefetchable window\n"
			"  refused: no room for it: enlarge the window\n");
	expect(DOCTOR(), PFB_EXIT_FAILED);
	says("fix       the module did not move it: no room for it: enlarge the window");
	says_not("the other's");
}

/* What a source that cannot be read may declare is not undeclared. */
static void test_hidden_source(void **state)
{
	(void)state;
	make(&good);
	put_manifest("", "client");
	expect(DOCTOR(), PFB_EXIT_FAILED);
	unit_guest_text(&machine, "/sys/bus/acpi/devices/QEMU0002:00/hid", "QEMU0002\n");
	expect(DOCTOR(), PFB_EXIT_IMPOSSIBLE);
	says("0 errors");
	says("modprobe qemu_fw_cfg");
}

/* The first of two settings counts, as it does for NCCL. */
static void test_nccl_settings(void **state)
{
	(void)state;
	make(&good);
	unit_guest_text(&machine, "/etc/nccl.conf", "NCCL_P2P_DISABLE=0\nNCCL_P2P_DISABLE=1\n");
	expect(DOCTOR(), PFB_EXIT_GOOD);
	unit_guest_text(&machine, "/etc/nccl.conf", "XNCCL_P2P_DISABLE=1\nNCCL_P2P_DISABLE=1");
	fires(PFB_DOCTOR_NCCL_OFF, "NCCL_P2P_DISABLE=1");
}

static void test_rules(void **state)
{
	struct json_object *rules;
	u32 i;

	(void)state;
	unit_guest_create(&machine);
	expect(run(pfb_cmd_doctor, "--rules", NULL), PFB_EXIT_GOOD);
	for (i = 0; i < PFB_NR_DOCTOR_RULES; i++)
		says(pfb_doctor_rules[i].id);
	expect(run(pfb_cmd_doctor, "--rules", "--json", NULL), PFB_EXIT_GOOD);
	rules = json();
	assert_int_equal(json_object_array_length(rules), PFB_NR_DOCTOR_RULES);
	json_object_put(rules);
	/* the table is the order of reports: a severity's rules stand together, the worst first */
	for (i = 1; i < PFB_NR_DOCTOR_RULES; i++)
		assert_true(pfb_doctor_rules[i - 1].severity >= pfb_doctor_rules[i].severity);
	expect(run(pfb_cmd_doctor, "word", NULL), PFB_EXIT_USAGE);
	expect(run(pfb_cmd_doctor, "--help", NULL), PFB_EXIT_GOOD);
	says("--nccl-topo");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_good, teardown),
		cmocka_unit_test_teardown(test_module_key, teardown),
		cmocka_unit_test_teardown(test_files, teardown),
		cmocka_unit_test_teardown(test_machines, teardown),
		cmocka_unit_test_teardown(test_declared, teardown),
		cmocka_unit_test_teardown(test_nvidia_rdma, teardown),
		cmocka_unit_test_teardown(test_amdgpu, teardown),
		cmocka_unit_test_teardown(test_kernel_symbols, teardown),
		cmocka_unit_test_teardown(test_order, teardown),
		cmocka_unit_test_teardown(test_peers, teardown),
		cmocka_unit_test_teardown(test_pairs, teardown),
		cmocka_unit_test_teardown(test_no_gpu, teardown),
		cmocka_unit_test_teardown(test_unprivileged, teardown),
		cmocka_unit_test_teardown(test_moved, teardown),
		cmocka_unit_test_teardown(test_hidden_source, teardown),
		cmocka_unit_test_teardown(test_nccl_settings, teardown),
		cmocka_unit_test_teardown(test_rules, teardown),
	};

	return cmocka_run_group_tests_name("doctor", tests, NULL, NULL);
}
