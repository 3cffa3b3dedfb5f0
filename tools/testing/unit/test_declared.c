// SPDX-License-Identifier: GPL-2.0
#include "unit.h"

#include <sys/stat.h>
#include <unistd.h>

#include <pci_fixed_bars/manifest.h>

#include "lib/assess.h"
#include "lib/manifest_text.h"
#include "unit_guest.h"

#define GPU_ADDRESS	0x6b8000000000ULL
#define GPU		"0000:00:01.0/00.0/00.0/00.0"
#define NIC		"0000:00:01.0/00.0/01.0/00.0"
#define FW_CFG		"/sys/firmware/qemu_fw_cfg/by_name/"
#define FW_MANIFEST	FW_CFG "opt/org.pci-fixed-bars/manifest/raw"

static struct unit_guest machine;
static struct pfb_guest guest;
static struct pfb_declared declared;
static struct pfb_assessment as;

static int setup(void **state)
{
	(void)state;
	unit_guest_create(&machine);
	unit_guest_add_rfc(&machine, GPU_ADDRESS);
	return 0;
}

static void release(void)
{
	pfb_assess_free(&as);
	pfb_declared_free(&declared);
	pfb_guest_free(&guest);
}

static int teardown(void **state)
{
	(void)state;
	release();
	unit_guest_remove(&machine);
	return 0;
}

static void *manifest_of(const char *text, size_t *size)
{
	struct pfb_declaration *decls;
	struct pfb_error err;
	void *data;
	u32 nr;

	if (pfb_manifest_text_parse(text, strlen(text), &decls, &nr, &err))
		fail_msg("%s", err.text);
	*size = pfb_manifest_size(decls, nr);
	data = malloc(*size);
	assert_non_null(data);
	if (pfb_manifest_write(decls, nr, data, *size, &err))
		fail_msg("%s", err.text);
	free(decls);
	return data;
}

static void put_manifest(const char *path, const char *text)
{
	size_t size;
	void *data = manifest_of(text, &size);

	unit_guest_write(&machine, path, data, size);
	free(data);
}

static void read_all(const char *manifest, const char *fixed_bars)
{
	struct pfb_error err;

	release();
	unit_guest_finish(&machine, NULL);
	if (pfb_guest_read(&guest, machine.root, false, &err))
		fail_msg("%s", err.text);
	assert_int_equal(pfb_declared_read(&declared, &guest, manifest, fixed_bars), 0);
	assert_int_equal(pfb_assess(&as, &guest, &declared), 0);
}

static const struct pfb_source_report *report(enum pfb_source source)
{
	u32 i;

	for (i = 0; i < declared.nr_reports; i++)
		if (declared.reports[i].source == source)
			return &declared.reports[i];
	fail_msg("source %d is not reported", source);
	return NULL;
}

static struct pfb_assessed *entry(const char *path_text)
{
	struct pfb_path path;
	u32 i;

	assert_true(pfb_path_parse(path_text, strlen(path_text), &path, NULL) > 0);
	for (i = 0; i < as.nr; i++)
		if (pfb_path_equal(&as.entries[i].path, &path))
			return &as.entries[i];
	fail_msg("no entry for %s", path_text);
	return NULL;
}

static void test_nothing(void **state)
{
	u32 i;

	(void)state;
	read_all(NULL, NULL);
	assert_int_equal(declared.nr_reports, 6);
	for (i = 0; i < declared.nr_reports; i++)
		assert_int_equal(declared.reports[i].status, PFB_STATUS_ABSENT);
	assert_int_equal(declared.nr_statements, 0);
	assert_int_equal(as.nr, guest.top.nr_functions);
	assert_int_equal(entry(GPU)->bars[2].state, PFB_STATE_UNTRACKED);
	assert_false(entry(GPU)->stated);
}

static void test_fw_cfg_manifest(void **state)
{
	struct pfb_assessed *e;

	(void)state;
	put_manifest(FW_MANIFEST,
		     "function " GPU " id=1af4:1110 clique=3 provider\n"
		     " bar2 gpa=0x6b8000000000 hpa=gpa size=4G mem64 prefetch\n"
		     "function " NIC " clique=3 client\n");
	read_all(NULL, NULL);
	assert_int_equal(report(PFB_SOURCE_FW_CFG_MANIFEST)->status, PFB_STATUS_GOOD);
	assert_int_equal(report(PFB_SOURCE_FW_CFG_FIXED_BARS)->status, PFB_STATUS_ABSENT);
	e = entry(GPU);
	assert_int_equal(e->bars[2].state, PFB_STATE_VERIFIED);
	assert_int_equal(e->bars[0].state, PFB_STATE_UNTRACKED);
	assert_int_equal(e->clique, 3);
	assert_int_equal(e->flags, PFB_MANIFEST_FN_PROVIDER);
	assert_int_equal(entry(NIC)->clique, 3);
	assert_true(entry(NIC)->stated);
}

/* What is broken declares nothing, and the rest still counts. */
static void test_broken_source(void **state)
{
	(void)state;
	unit_guest_text(&machine, FW_MANIFEST, "this is no manifest, and it is long enough to be one");
	read_all(NULL, "03:00.0=bar2@0x6b8000000000");
	assert_int_equal(report(PFB_SOURCE_FW_CFG_MANIFEST)->status, PFB_STATUS_BROKEN);
	assert_true(report(PFB_SOURCE_FW_CFG_MANIFEST)->text.text[0]);
	assert_int_equal(report(PFB_SOURCE_FW_CFG_MANIFEST)->nr, 0);
	assert_int_equal(declared.nr_statements, 1);
	assert_int_equal(entry(GPU)->bars[2].state, PFB_STATE_DECLARED);

	unit_guest_text(&machine, FW_CFG "etc/fixed-bars/raw", "\x09\0\0\0\0\0\0\0");
	read_all(NULL, NULL);
	assert_int_equal(report(PFB_SOURCE_FW_CFG_FIXED_BARS)->status, PFB_STATUS_BROKEN);
}

/* etc/fixed-bars, v2: the GPU's BAR. */
static void test_fixed_bars_blob(void **state)
{
	u8 blob[32 + 48] = { 2, 0, 0, 0, 1 };

	(void)state;
	pfb_put_le64(blob + 8, 0x400000000000ULL);
	pfb_put_le64(blob + 16, 0x400000000000ULL);
	blob[32 + 2] = 4;	/* path_len */
	blob[32 + 3] = 2;	/* bar */
	pfb_put_le32(blob + 32 + 4, 3);
	pfb_put_le64(blob + 32 + 8, GPU_ADDRESS);
	pfb_put_le64(blob + 32 + 16, 1ULL << 32);
	pfb_put_le16(blob + 32 + 24, 0x1af4);
	pfb_put_le16(blob + 32 + 26, 0x1110);
	blob[32 + 32] = 1;	/* 01.0, then 00.0 three times */
	unit_guest_write(&machine, FW_CFG "etc/fixed-bars/raw", blob, sizeof(blob));
	read_all(NULL, NULL);
	if (report(PFB_SOURCE_FW_CFG_FIXED_BARS)->status != PFB_STATUS_GOOD)
		fail_msg("%s", report(PFB_SOURCE_FW_CFG_FIXED_BARS)->text.text);
	assert_non_null(strstr(report(PFB_SOURCE_FW_CFG_FIXED_BARS)->text.text, "v2"));
	assert_int_equal(entry(GPU)->bars[2].state, PFB_STATE_DECLARED);
}

static size_t v1_device(u8 *p, u16 vendor, u16 device, u64 address)
{
	pfb_put_le16(p, vendor);
	pfb_put_le16(p + 2, device);
	p[4] = !!address;
	p[6] = !!address;
	if (!address)
		return 8;
	p[8] = 2;
	pfb_put_le32(p + 12, 3);
	pfb_put_le64(p + 16, address);
	pfb_put_le64(p + 24, 1ULL << 32);
	return 32;
}

/* Two identical GPUs: the blob alone leaves open which is which, a path does not. */
static void test_uncertain(void **state)
{
	static const struct unit_guest_fn second[] = {
		{ .link = "pci0000:00/0000:00:03.0", .vendor = 0x1b36, .device = 0x000c,
		  .type = PFB_PORT_ROOT, .secondary = 6,
		  .mem = { 0x10300000, 0x103fffff }, .pref = { 0x6b8100000000, 0x6b81ffffffff } },
		{ .link = "pci0000:00/0000:00:03.0/0000:06:00.0", .vendor = 0x1af4,
		  .device = 0x1110, .bars = { { 0x10300000, 256, UNIT_RES_MEM32 }, { 0 },
			{ 0x6b8100000000ULL, 1ULL << 32, UNIT_RES_PREF64 } } },
	};
	u8 blob[256] = { 1, 0, 0, 0, 4 };
	size_t n = 8;

	(void)state;
	unit_guest_add(&machine, &second[0]);
	unit_guest_add(&machine, &second[1]);
	n += v1_device(blob + n, 0x1af4, 0x1110, GPU_ADDRESS);
	n += v1_device(blob + n, 0x1b36, 0x0010, 0);
	n += v1_device(blob + n, 0x1b36, 0x0010, 0);
	n += v1_device(blob + n, 0x1af4, 0x1110, 0x6b8100000000ULL);
	unit_guest_write(&machine, FW_CFG "etc/fixed-bars/raw", blob, n);
	read_all(NULL, NULL);
	if (report(PFB_SOURCE_FW_CFG_FIXED_BARS)->status != PFB_STATUS_GOOD)
		fail_msg("%s", report(PFB_SOURCE_FW_CFG_FIXED_BARS)->text.text);
	assert_true(entry(GPU)->bars[2].facts.uncertain);
	assert_int_equal(entry(GPU)->bars[2].state, PFB_STATE_DECLARED);

	put_manifest(FW_MANIFEST, "function " GPU "\n bar2 gpa=0x6b8000000000 hpa=gpa\n");
	read_all(NULL, NULL);
	assert_false(entry(GPU)->bars[2].facts.uncertain);
	assert_int_equal(entry(GPU)->bars[2].state, PFB_STATE_VERIFIED);
	assert_int_equal(entry("00:03.0/00.0")->bars[2].state, PFB_STATE_DECLARED);
}

/* A device whose driver is not there is not the same as no device. */
static void test_fw_cfg_without_driver(void **state)
{
	(void)state;
	unit_guest_text(&machine, "/sys/bus/acpi/devices/QEMU0002:00/hid", "QEMU0002\n");
	read_all(NULL, NULL);
	assert_int_equal(report(PFB_SOURCE_FW_CFG_MANIFEST)->status, PFB_STATUS_UNREADABLE);
	assert_int_equal(report(PFB_SOURCE_FW_CFG_FIXED_BARS)->status, PFB_STATUS_UNREADABLE);
	assert_non_null(strstr(report(PFB_SOURCE_FW_CFG_MANIFEST)->text.text, "modprobe"));
}

static void test_acpi(void **state)
{
	(void)state;
	unit_guest_text(&machine, "/sys/firmware/acpi/tables/DSDT", "");
	read_all(NULL, NULL);
	assert_int_equal(report(PFB_SOURCE_ACPI)->status, PFB_STATUS_UNKNOWN);
}

static void test_firmware_file(void **state)
{
	(void)state;
	put_manifest("/lib/firmware/pci-fixed-bars/manifest.bin",
		     "function " GPU "\n bar2 gpa=0x6b8000000000\n");
	read_all(NULL, NULL);
	assert_int_equal(report(PFB_SOURCE_FIRMWARE_FILE)->status, PFB_STATUS_GOOD);
	assert_int_equal(entry(GPU)->bars[2].state, PFB_STATE_DECLARED);

	/* the kernel takes the folder of its own release first */
	unit_guest_text(&machine, "/proc/sys/kernel/osrelease", "6.12.1-test\n");
	put_manifest("/lib/firmware/6.12.1-test/pci-fixed-bars/manifest.bin",
		     "function " GPU "\n bar2 gpa=0x6b8100000000 hpa=gpa\n");
	read_all(NULL, NULL);
	assert_int_equal(entry(GPU)->bars[2].state, PFB_STATE_MOVED);
}

static void test_parameter(void **state)
{
	static const char path[] = "/sys/module/pci_fixed_bars/parameters/fixed_bars";

	(void)state;
	unit_guest_text(&machine, path, "03:00.0=bar2@0x6b8000000000\n");
	read_all(NULL, NULL);
	assert_true(guest.module_loaded);
	assert_int_equal(report(PFB_SOURCE_PARAM)->status, PFB_STATUS_GOOD);
	assert_int_equal(entry(GPU)->bars[2].state, PFB_STATE_DECLARED);
	unit_guest_text(&machine, path, "(null)\n");
	read_all(NULL, NULL);
	assert_int_equal(report(PFB_SOURCE_PARAM)->status, PFB_STATUS_ABSENT);
	unit_guest_text(&machine, path, "\n");
	read_all(NULL, NULL);
	assert_int_equal(report(PFB_SOURCE_PARAM)->status, PFB_STATUS_ABSENT);
	unit_guest_text(&machine, path, "03:00.0=bar9@1\n");
	read_all(NULL, NULL);
	assert_int_equal(report(PFB_SOURCE_PARAM)->status, PFB_STATUS_BROKEN);
}

static void test_named_manifest_must_be_there(void **state)
{
	(void)state;
	read_all("/nowhere/manifest.bin", NULL);
	assert_int_equal(report(PFB_SOURCE_IOCTL)->status, PFB_STATUS_UNREADABLE);
}

/* Each form of the flag: absent, empty, 0, 1, another length. */
static void test_device_tree(void **state)
{
	static const char node[] = "/sys/firmware/devicetree/base/pcie@10000000";
	static const char chosen[] = "/sys/firmware/devicetree/base/chosen/linux,pci-probe-only";
	static const char osrelease[] = "/proc/sys/kernel/osrelease";
	static const char upl[] = "/sys/firmware/devicetree/base/options/upl-params/pci-enum-done";
	char path[256], done[128], probe[128], file[320], sources[64];

	(void)state;
	snprintf(path, sizeof(path), "%s/ranges", node);
	snprintf(done, sizeof(done), "%s/pci-enum-done", node);
	snprintf(probe, sizeof(probe), "%s/linux,pci-probe-only", node);
	unit_guest_write(&machine, path, "", 0);
	snprintf(path, sizeof(path), "%s/sys/devices/pci0000:00/of_node", machine.root);
	assert_int_equal(symlink("../../firmware/devicetree/base/pcie@10000000", path), 0);
	read_all(NULL, NULL);
	assert_int_equal(report(PFB_SOURCE_DT)->status, PFB_STATUS_ABSENT);
	assert_non_null(strstr(report(PFB_SOURCE_DT)->text.text, "none with pci-enum-done"));

	/* asked, and the kernel does not know that word */
	unit_guest_write(&machine, done, "\0\0\0\1", 4);
	read_all(NULL, NULL);
	assert_int_equal(report(PFB_SOURCE_DT)->status, PFB_STATUS_GOOD);
	assert_non_null(strstr(report(PFB_SOURCE_DT)->text.text, "without linux,pci-probe-only"));

	unit_guest_write(&machine, chosen, "\0\0\0\1", 4);
	read_all(NULL, NULL);
	assert_non_null(strstr(report(PFB_SOURCE_DT)->text.text, "and the kernel does"));
	/* nobody declared it, and the kernel has left it where it was */
	assert_int_equal(entry(GPU)->bars[2].state, PFB_STATE_PRESERVED);
	assert_string_equal(pfb_assessed_sources(&declared, entry(GPU)->bars[2].reports, sources,
						 sizeof(sources)), "device-tree");

	/* the bridge's own word goes before /chosen's */
	unit_guest_write(&machine, probe, "\0\0\0\0", 4);
	unit_guest_text(&machine, osrelease, "7.3.4+deb13-arm64\n");
	read_all(NULL, NULL);
	assert_non_null(strstr(report(PFB_SOURCE_DT)->text.text, "without linux,pci-probe-only"));
	assert_int_equal(entry(GPU)->bars[2].state, PFB_STATE_UNTRACKED);
	/* of which older kernels know nothing */
	unit_guest_text(&machine, osrelease, "6.1.0-50-amd64\n");
	read_all(NULL, NULL);
	assert_non_null(strstr(report(PFB_SOURCE_DT)->text.text, "and the kernel does"));
	unit_guest_text(&machine, osrelease, "7.3.4+deb13-arm64\n");

	unit_guest_write(&machine, done, "\0\0\0\0", 4);
	read_all(NULL, NULL);
	assert_int_equal(report(PFB_SOURCE_DT)->status, PFB_STATUS_ABSENT);

	/* empty says yes, except to linux,pci-probe-only */
	unit_guest_write(&machine, done, "", 0);
	read_all(NULL, NULL);
	assert_int_equal(report(PFB_SOURCE_DT)->status, PFB_STATUS_GOOD);
	unit_guest_write(&machine, probe, "", 0);
	read_all(NULL, NULL);
	assert_int_equal(report(PFB_SOURCE_DT)->status, PFB_STATUS_BROKEN);
	assert_non_null(strstr(report(PFB_SOURCE_DT)->text.text,
			       "linux,pci-probe-only has another length"));
	/* nothing of a broken source counts, not even what /chosen says */
	assert_int_equal(entry(GPU)->bars[2].state, PFB_STATE_UNTRACKED);

	unit_guest_write(&machine, probe, "\0\0\0\0", 4);
	unit_guest_write(&machine, done, "\1", 1);
	read_all(NULL, NULL);
	assert_int_equal(report(PFB_SOURCE_DT)->status, PFB_STATUS_BROKEN);
	unit_guest_write(&machine, done, "12345", 5);
	read_all(NULL, NULL);
	assert_int_equal(report(PFB_SOURCE_DT)->status, PFB_STATUS_BROKEN);

	snprintf(file, sizeof(file), "%s%s", machine.root, done);
	assert_int_equal(unlink(file), 0);
	unit_guest_write(&machine, upl, "", 0);
	read_all(NULL, NULL);
	assert_int_equal(report(PFB_SOURCE_DT)->status, PFB_STATUS_GOOD);
}

/* Two that agree complete each other. */
static void test_agreement(void **state)
{
	char sources[256];
	struct pfb_assessed *e;

	(void)state;
	put_manifest(FW_MANIFEST, "function " GPU " clique=1\n bar2 gpa=0x6b8000000000 hpa=gpa\n");
	read_all(NULL, "03:00.0=bar2@0x6b8000000000,bar0@0x10000000");
	e = entry(GPU);
	assert_string_equal(e->conflict.text, "");
	assert_int_equal(e->bars[2].state, PFB_STATE_VERIFIED);
	assert_int_equal(e->bars[0].state, PFB_STATE_DECLARED);
	assert_string_equal(pfb_assessed_sources(&declared, e->bars[2].reports, sources,
						 sizeof(sources)),
			    "fw_cfg:opt/org.pci-fixed-bars/manifest, --fixed-bars");
	assert_string_equal(pfb_assessed_sources(&declared, e->bars[0].reports, sources,
						 sizeof(sources)), "--fixed-bars");
}

/* Two that do not are both refused, for this function. */
static void test_conflicts(void **state)
{
	static const struct {
		const char *first;
		const char *second;
		const char *what;
	} cases[] = {
		{ " bar2 gpa=0x6b8000000000", " bar2 gpa=0x6b8100000000", "guest-physical" },
		{ " bar2 gpa=0x6b8000000000 hpa=gpa", " bar2 gpa=0x6b8000000000 hpa=0x700000000000",
		  "host-physical" },
		{ " bar2 gpa=0x6b8000000000 size=4G", " bar2 gpa=0x6b8000000000 size=2G", "size" },
	};
	struct pfb_assessed *e;
	char text[256], path[128];
	size_t i;

	(void)state;
	snprintf(path, sizeof(path), "%s/other.bin", machine.root);
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		snprintf(text, sizeof(text), "function " GPU " clique=1 provider\n%s\n"
			 "function " NIC "\n bar0 gpa=0x10100000 hpa=gpa\n", cases[i].first);
		put_manifest(FW_MANIFEST, text);
		snprintf(text, sizeof(text), "function " GPU "\n%s\n", cases[i].second);
		put_manifest("/other.bin", text);
		read_all(path, NULL);
		e = entry(GPU);
		assert_error(&e->conflict, "bar2", cases[i].what, "--manifest",
			     "fw_cfg:opt/org.pci-fixed-bars/manifest");
		assert_int_equal(e->bars[2].state, PFB_STATE_UNTRACKED);
		assert_int_equal(e->clique, PFB_CLIQUE_NONE);
		assert_int_equal(e->flags, 0);
		/* of another function they agree */
		assert_int_equal(entry(NIC)->bars[0].state, PFB_STATE_VERIFIED);
	}

	put_manifest(FW_MANIFEST, "function " GPU "\n bar4 gpa=0x6000\n");
	put_manifest("/other.bin", "function " GPU "\n bar4 gpa=0x6000 io\n");
	read_all(path, NULL);
	assert_error(&entry(GPU)->conflict, "bar4", "I/O", "memory", "--manifest");
	put_manifest(FW_MANIFEST, "function " GPU " clique=1\n");
	put_manifest("/other.bin", "function " GPU " clique=2\n");
	read_all(path, NULL);
	assert_error(&entry(GPU)->conflict, "clique", "0x1", "0x2");
	put_manifest(FW_MANIFEST, "function " GPU " id=1af4:1110\n");
	put_manifest("/other.bin", "function " GPU " id=1af4:1111\n");
	read_all(path, NULL);
	assert_error(&entry(GPU)->conflict, "device id", "0x1110", "0x1111");
}

/* Two functions at one address: each source alone is well-formed. */
static void test_overlap(void **state)
{
	(void)state;
	put_manifest(FW_MANIFEST, "function " GPU "\n bar2 gpa=0x6b8000000000 hpa=gpa size=4G\n");
	read_all(NULL, NIC "=bar0@0x6b8000004000");
	assert_error(&entry(GPU)->conflict, "overlaps", NIC, "0x6b8000004000", "--fixed-bars");
	assert_error(&entry(NIC)->conflict, "overlaps", GPU, "0x6b8000000000");
	assert_int_equal(entry(GPU)->bars[2].state, PFB_STATE_UNTRACKED);

	/* with one that lies below both */
	read_all(NULL, "05:00.0=bar0@0x10200000;" NIC "=bar0@0x6b8000004000");
	assert_error(&entry(NIC)->conflict, "overlaps", GPU);
	assert_string_equal(entry("00:02.0/00.0")->conflict.text, "");

	/* sizes that were not stated are those of the functions: 16 KiB end below this */
	put_manifest(FW_MANIFEST, "function " GPU "\n bar2 gpa=0x6b8000000000 hpa=gpa\n");
	read_all(NULL, NIC "=bar0@0x6b8100000000");
	assert_string_equal(entry(GPU)->conflict.text, "");
	assert_int_equal(entry(GPU)->bars[2].state, PFB_STATE_VERIFIED);
}

static void test_states(void **state)
{
	(void)state;
	put_manifest(FW_MANIFEST, "function " GPU "\n bar2 gpa=0x6b8000000000 hpa=0x100000000\n"
				  " bar4 gpa=0x20000000\n");
	read_all(NULL, "00:09.0/00.0=bar0@0x30000000");
	assert_int_equal(entry(GPU)->bars[2].state, PFB_STATE_HPA_MISMATCH);
	assert_int_equal(entry(GPU)->bars[4].state, PFB_STATE_MISSING);
	assert_int_equal(entry("00:09.0/00.0")->bars[0].state, PFB_STATE_MISSING);
	assert_int_equal(entry("00:09.0/00.0")->function, PFB_NO_FUNCTION);
	assert_true(entry("00:09.0/00.0")->bars[0].exists);

	put_manifest(FW_MANIFEST, "function " GPU " id=1af4:1111 clique=1 provider\n"
				  " bar2 gpa=0x6b8000000000\n");
	read_all(NULL, NULL);
	assert_int_equal(entry(GPU)->bars[2].state, PFB_STATE_ID_MISMATCH);
	/* nor is its clique this function's */
	assert_int_equal(entry(GPU)->clique, PFB_CLIQUE_NONE);
	assert_int_equal(entry(GPU)->flags, 0);

	put_manifest(FW_MANIFEST, "function " GPU "\n bar2 gpa=0x6b8000000000 size=2G\n");
	read_all(NULL, NULL);
	assert_int_equal(entry(GPU)->bars[2].state, PFB_STATE_WRONG_SIZE);

	put_manifest(FW_MANIFEST, "function " GPU "\n bar2 gpa=0x6b8000000000\n");
	strcpy(machine.iomem, "10000000-10000fff : other\n");
	read_all(NULL, NULL);
	assert_int_equal(entry(GPU)->bars[2].state, PFB_STATE_UNASSIGNED);
}

/* The kernel empties the resource of what fits nowhere; its register is still one. */
static void test_emptied_resource(void **state)
{
	static const char link[] = "pci0000:00/0000:00:01.0/0000:01:00.0/0000:02:00.0/0000:03:00.0";
	const u32 none[2] = { 0xc, 0 };
	char path[256];

	(void)state;
	snprintf(path, sizeof(path), "/sys/devices/%s/resource", link);
	unit_guest_text(&machine, path,
			"0x0000000010000000 0x00000000100000ff 0x0000000000040200\n"
			"0x0000000000000000 0x0000000000000000 0x0000000000000000\n"
			"0x0000000000000000 0x0000000000000000 0x0000000000000000\n");
	unit_guest_config(&machine, link, 0x18, none, sizeof(none));
	put_manifest(FW_MANIFEST, "function " GPU "\n bar2 gpa=0x6b8000000000 size=4G hpa=gpa\n"
				  " bar4 gpa=0x20000000\n");
	read_all(NULL, NULL);
	assert_int_equal(entry(GPU)->bars[2].state, PFB_STATE_UNASSIGNED);
	assert_int_equal(entry(GPU)->bars[4].state, PFB_STATE_MISSING);
}

/* A missing function that two sources declare is one entry. */
static void test_missing_once(void **state)
{
	(void)state;
	put_manifest(FW_MANIFEST, "function 00:09.0\n bar0 gpa=0x30000000\n"
				  "function 00:0a.0\n bar0 gpa=0x40000000\n");
	read_all(NULL, "00:09.0=bar0@0x30000000;00:08.0=bar0@0x50000000");
	assert_int_equal(as.nr, guest.top.nr_functions + 3);
	assert_int_equal(__builtin_popcount(entry("00:09.0")->bars[0].reports), 2);
}

static void test_module_view(void **state)
{
	static const char state_file[] = "/sys/devices/pci0000:00/0000:00:01.0/0000:01:00.0/"
		"0000:02:00.0/0000:03:00.0/fixed_bars/bar2_state";
	struct pfb_assessed_bar *bar;

	(void)state;
	unit_guest_text(&machine, "/sys/kernel/pci_fixed_bars/version", "0.1.0\n");
	unit_guest_text(&machine, state_file, "verified\n");
	read_all(NULL, NULL);
	bar = &entry(GPU)->bars[2];
	assert_true(as.with_module);
	assert_true(bar->in_module);
	/* it knows a source that this program cannot see */
	assert_int_equal(bar->state, PFB_STATE_UNTRACKED);
	assert_int_equal(pfb_assessed_state(bar), PFB_STATE_VERIFIED);
	assert_false(pfb_assessed_differs(bar));

	read_all(NULL, "03:00.0=bar2@0x6b8100000000");
	bar = &entry(GPU)->bars[2];
	assert_int_equal(pfb_assessed_state(bar), PFB_STATE_MOVED);
	assert_true(pfb_assessed_differs(bar));

	unit_guest_text(&machine, state_file, "untracked\n");
	read_all(NULL, "03:00.0=bar2@0x6b8000000000");
	bar = &entry(GPU)->bars[2];
	assert_int_equal(pfb_assessed_state(bar), PFB_STATE_DECLARED);
	assert_false(pfb_assessed_differs(bar));

	unit_guest_text(&machine, state_file, "splendid\n");
	read_all(NULL, NULL);
	assert_false(entry(GPU)->bars[2].in_module);
}

/* A manifest that the module was given while it ran. */
static void test_loaded(void **state)
{
	static const char folder[] = "/sys/devices/pci0000:00/0000:00:01.0/0000:01:00.0/"
		"0000:02:00.0/0000:03:00.0/fixed_bars";
	static const char status[] = "/sys/kernel/pci_fixed_bars/sources/ioctl_status";
	const struct {
		const char *name, *text;
	} files[] = {
		{ "bar2_state", "verified\n" }, { "bar2_source", "fw_cfg_manifest ioctl\n" },
		{ "bar2_declared", "0x6b8000000000\n" }, { "bar2_hpa", "0x6b8000000000\n" },
		{ "clique", "7\n" },
		/* of another source alone, and one that says nothing */
		{ "bar0_source", "parameter\n" }, { "bar0_declared", "0x10000000\n" },
		{ "bar1_source", "ioctl\n" }, { "bar1_declared", "none\n" },
	};
	char path[256];
	size_t i;

	(void)state;
	unit_guest_text(&machine, "/sys/kernel/pci_fixed_bars/version", "0.1.0\n");
	for (i = 0; i < ARRAY_SIZE(files); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, files[i].name);
		unit_guest_text(&machine, path, files[i].text);
	}
	unit_guest_text(&machine, status, "absent\n");
	read_all(NULL, NULL);
	assert_int_equal(entry(GPU)->bars[2].state, PFB_STATE_UNTRACKED);

	unit_guest_text(&machine, status, "ok\n");
	read_all(NULL, NULL);
	assert_int_equal(entry(GPU)->bars[2].state, PFB_STATE_VERIFIED);
	assert_int_equal(entry(GPU)->bars[0].reports, 0);
	assert_int_equal(entry(GPU)->bars[1].reports, 0);
	assert_int_equal(entry(GPU)->clique, 7);

	/* nothing but the GPA: the HPA is not known */
	snprintf(path, sizeof(path), "%s/bar2_hpa", folder);
	unit_guest_text(&machine, path, "none\n");
	read_all(NULL, NULL);
	assert_int_equal(entry(GPU)->bars[2].state, PFB_STATE_DECLARED);
}

#define TEST(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_nothing),
		TEST(test_fw_cfg_manifest),
		TEST(test_broken_source),
		TEST(test_fixed_bars_blob),
		TEST(test_uncertain),
		TEST(test_fw_cfg_without_driver),
		TEST(test_acpi),
		TEST(test_firmware_file),
		TEST(test_parameter),
		TEST(test_named_manifest_must_be_there),
		TEST(test_device_tree),
		TEST(test_agreement),
		TEST(test_conflicts),
		TEST(test_overlap),
		TEST(test_states),
		TEST(test_emptied_resource),
		TEST(test_missing_once),
		TEST(test_module_view),
		TEST(test_loaded),
	};

	return cmocka_run_group_tests_name("declared", tests, NULL, NULL);
}
