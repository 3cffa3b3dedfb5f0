// SPDX-License-Identifier: GPL-2.0
/* pci-fixed-bars plan --emit as an operator runs it, on the capture of the QEMU RFC's host. */
#include "unit.h"

#include <libfdt.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pci-fixed-bars/command.h"
#include "unit_command.h"

#define CAPTURE		UNIT_CAPTURES "/rfc-host.json"
#define ASSIGN		"0000:03:00.0,0000:04:00.0"

#define PLAN(...)	run(pfb_cmd_plan, CAPTURE, "-a", ASSIGN, ##__VA_ARGS__, NULL)

static char folder[] = "/tmp/unit-emit-XXXXXX";
static char vm[64], file[64];

static int setup(void **state)
{
	(void)state;
	strcpy(folder + sizeof(folder) - 7, "XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(vm, sizeof(vm), "%s/vm", folder);
	snprintf(file, sizeof(file), "%s/file", folder);
	return 0;
}

static int teardown(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof(command), "rm -r %s", folder);
	return system(command);
}

static bool in_folder(const char *name)
{
	char path[128];
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s", vm, name);
	return !stat(path, &st) && st.st_size;
}

static void test_formats(void **state)
{
	(void)state;
	expect(PLAN("--emit", "qemu"), PFB_EXIT_GOOD);
	says("-machine\nvirt,highmem-mmio-size=64T\n");
	says("host=0000:04:00.0");
	says("note: the guest gets no manifest: name a file with --manifest");
	says_not("-fw_cfg");
	expect(PLAN("--emit", "qemu-rfc"), PFB_EXIT_GOOD);
	says(",fixed-bars=bar2@0x6b8000000000,,bar4@0x6c8000000000\n");
	expect(PLAN("--emit", "qemu-fixed-bar-n"), PFB_EXIT_GOOD);
	says(",fixed-bar-2=0x6b8000000000,fixed-bar-4=0x6c8000000000\n");
	expect(PLAN("--emit", "libvirt"), PFB_EXIT_GOOD);
	says("<name>planned</name>");
	says("highmem-mmio-size=64T");
	expect(PLAN("--emit", "libvirt-rfc", "--name", "gpu-vm"), PFB_EXIT_GOOD);
	says("<name>gpu-vm</name>");
	says("name='fixed-bars' type='string' value='bar2@0x6b8000000000,bar4@0x6c8000000000'");
	expect(PLAN("--emit", "libvirt-fixed-bar-n"), PFB_EXIT_GOOD);
	says("name='fixed-bar-2' type='unsigned' value='118197499985920'");
	expect(PLAN("--emit", "qemu", "--machine", "q35"), PFB_EXIT_GOOD);
	says("-machine\nq35\n");
	says("q35-pcihost.pci-hole64-size=64T\n");
	says(",pref64-reserve=137438953472\n");
	expect(PLAN("--emit", "qemu", "--stand-ins"), PFB_EXIT_GOOD);
	says("ivshmem-plain,id=gpu0-bar4,");
	says_not("vfio-pci");
	expect(PLAN("--stand-ins"), PFB_EXIT_GOOD);
	says("gpu0 03:00.0 ivshmem-plain for host 0000:03:00.0, clique 0, provider\n");
}

static void test_manifest_is_named(void **state)
{
	char line[160];

	(void)state;
	expect(PLAN("--emit", "qemu", "--manifest", file), PFB_EXIT_GOOD);
	snprintf(line, sizeof(line), "-fw_cfg\nname=opt/org.pci-fixed-bars/manifest,file=%s\n", file);
	says(line);
	says_not("note: the guest gets no manifest");
}

static void test_folders(void **state)
{
	(void)state;
	expect(PLAN("--emit", "qemu", "-o", vm), PFB_EXIT_GOOD);
	says("bar2  0x6b8000000000  128 GiB  fixed\n");
	assert_true(in_folder("run") && in_folder("qemu.args") && in_folder("manifest.bin") &&
		    in_folder("plan.json"));
	expect(PLAN("--emit", "libvirt", "-o", vm, "--json"), PFB_EXIT_GOOD);
	assert_true(in_folder("domain.xml"));
	expect(PLAN("--emit", "qemu", "-o", "/nowhere/vm"), PFB_EXIT_IMPOSSIBLE);
	says("/nowhere/vm");
	/* refused: nothing is written, whether the plan or the format is why */
	expect(run(pfb_cmd_plan, CAPTURE, "-a", "0000:03:00.0,0000:06:00.0", "--emit", "qemu", "-o",
		   file, NULL), PFB_EXIT_FAILED);
	expect(PLAN("--emit", "qemu-rfc", "--machine", "q35", "-o", file), PFB_EXIT_IMPOSSIBLE);
	says("pci-pre-enum and pcie-mmio-window are properties of virt");
	assert_int_equal(access(file, F_OK), -1);
}

static void test_dtb(void **state)
{
	char tree[1024];
	FILE *f;

	(void)state;
	assert_int_equal(fdt_create_empty_tree(tree, sizeof(tree)), 0);
	f = fopen(file, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(tree, sizeof(tree), 1, f), 1);
	assert_int_equal(fclose(f), 0);
	expect(PLAN("--emit", "dtb", "--dtb", file, "-o", vm), PFB_EXIT_IMPOSSIBLE);
	says("0 PCI host bridges in the device tree, expected one");
	assert_int_equal(access(vm, F_OK), -1);
	expect(PLAN("--emit", "dtb", "--dtb", "/nowhere"), PFB_EXIT_IMPOSSIBLE);
	says("/nowhere");
}

static void test_usage(void **state)
{
	(void)state;
	expect(PLAN("--emit", "xen"), PFB_EXIT_USAGE);
	says("expected qemu, qemu-rfc");
	expect(PLAN("-o", vm), PFB_EXIT_USAGE);
	says("--output goes with --emit");
	expect(PLAN("--emit", "dtb"), PFB_EXIT_USAGE);
	says("name the device tree that QEMU dumped with --dtb");
	expect(PLAN("--emit", "qemu", "--dtb", file), PFB_EXIT_USAGE);
	says("--dtb goes with --emit dtb");
	expect(PLAN("--emit", "qemu", "--name", "vm"), PFB_EXIT_USAGE);
	says("--name goes with --emit libvirt");
	expect(PLAN("--emit", "qemu", "-o", "-"), PFB_EXIT_USAGE);
	says("--output: a folder");
	expect(PLAN("--emit", "qemu", "--json"), PFB_EXIT_USAGE);
	says("only one of");
	expect(PLAN("--emit", "qemu", "--explain"), PFB_EXIT_USAGE);
	expect(PLAN("--emit", "libvirt", "--stand-ins"), PFB_EXIT_IMPOSSIBLE);
	says("emit stand-ins for QEMU");
}

int main(void)
{
#define TEST(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_formats),
		TEST(test_manifest_is_named),
		TEST(test_folders),
		TEST(test_dtb),
		TEST(test_usage),
	};

	return cmocka_run_group_tests_name("cmd_plan_emit", tests, NULL, NULL);
}
