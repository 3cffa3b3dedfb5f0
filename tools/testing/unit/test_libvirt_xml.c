// SPDX-License-Identifier: GPL-2.0
#include "unit.h"

#include "lib/libvirt_xml.h"
#include "lib/lint.h"
#include "lib/vm_devices.h"

static struct pfb_vm_config config;

static int parse(const char *text, size_t len, struct pfb_error *err)
{
	char *exact = malloc(len ? len : 1);
	int ret;

	/* without a NUL behind it, so that reading past the end shows */
	assert_non_null(exact);
	memcpy(exact, text, len);
	err->text[0] = '\0';
	memset(&config, 0, sizeof(config));
	ret = pfb_libvirt_xml_parse(&config, exact, len, err);
	free(exact);
	return ret;
}

/* A GPU and a NIC under one switch; the devices stand before the controllers that they are on. */
static const char domain[] =
	"<?xml version='1.0'?>\n"
	"<domstatus>\n"
	"<domain type='kvm' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>\n"
	"  <memory unit='GiB'>8</memory><maxMemory slots='2'>16777216</maxMemory>\n"
	"  <sysinfo type='fwcfg'><entry name='opt/org.pci-fixed-bars/manifest' file='/m.bin'/></sysinfo>\n"
	"  <os firmware='efi'><type arch='x86_64' machine='pc-q35-9.2'>hvm</type>\n"
	"    <cmdline> pci=realloc=off &amp; </cmdline></os>\n"
	"  <cpu mode='custom'><model fallback='forbid'>EPYC</model><vendor>AMD</vendor>\n"
	"    <maxphysaddr mode='emulate' bits='48'/></cpu>\n"
	"  <devices>\n"
	"    <emulator>/usr/bin/qemu-system-x86_64</emulator>\n"
	"    <hostdev mode='subsystem' type='pci' managed='yes'>\n"
	"      <driver name='vfio'/>\n"
	"      <source><address domain='0x0000' bus='0x3b' slot='0x00' function='0x0'/></source>\n"
	"      <alias name='ua-gpu0'/>\n"
	"      <address type='pci' domain='0x0000' bus='0x03' slot='0x00' function='0x0'/>\n"
	"    </hostdev>\n"
	"    <hostdev mode='subsystem' type='usb'><source><address bus='1' device='2'/></source></hostdev>\n"
	"    <interface type='hostdev'>\n"
	"      <source><address type='pci' domain='0x0000' bus='0x3c' slot='0x00' function='0x1'/></source>\n"
	"      <address type='pci' domain='0x0000' bus='0x04' slot='0x00' function='0x0'/>\n"
	"    </interface>\n"
	"    <disk type='file' device='disk'><address type='pci' bus='0x05' slot='0x00'/></disk>\n"
	"    <controller type='pci' index='4' model='pcie-switch-downstream-port'>\n"
	"      <target chassis='4' port='0x1'/><address type='pci' bus='0x02' slot='0x01'/></controller>\n"
	"    <controller type='pci' index='3' model='pcie-switch-downstream-port'>\n"
	"      <target chassis='3' port='0x0'/><address type='pci' bus='0x02' slot='0x00'/></controller>\n"
	"    <controller type='pci' index='2' model='pcie-switch-upstream-port'>\n"
	"      <address type='pci' bus='0x01' slot='0x00'/></controller>\n"
	"    <controller type='pci' index='1' model='pcie-root-port'>\n"
	"      <address type='pci' bus='0x00' slot='0x01' function='0x0' multifunction='on'/></controller>\n"
	"    <controller type='pci' index='5' model='pcie-root-port'>\n"
	"      <address type='pci' bus='0x00' slot='0x01' function='0x1'/></controller>\n"
	"    <controller type='pci' index='0' model='pcie-root'><pcihole64 unit='TiB'>64</pcihole64></controller>\n"
	"    <controller type='usb' index='0' model='none'/>\n"
	"    <shmem name='pool'><model type='ivshmem-plain'/><size unit='G'>4</size>\n"
	"      <address type='pci' bus='0x00' slot='0x03'/></shmem>\n"
	"    <iommu model='intel'><driver intremap='on' iotlb='on'/></iommu>\n"
	"  </devices>\n"
	"  <qemu:commandline><qemu:arg value='-device'/><qemu:arg value='edu,id=e0,bus=pcie.0,addr=4'/></qemu:commandline>\n"
	"  <qemu:override><qemu:device alias='ua-gpu0'><qemu:frontend>\n"
	"    <qemu:property name='x-nv-gpudirect-clique' type='unsigned' value='3'/>\n"
	"  </qemu:frontend></qemu:device></qemu:override>\n"
	"</domain>\n"
	"</domstatus>\n";

static const struct pfb_vm_device *device(const struct pfb_vm_devices *devices, const char *id)
{
	u32 i;

	for (i = 0; i < devices->nr; i++)
		if (!strcmp(devices->list[i].id, id))
			return &devices->list[i];
	fail_msg("no device '%s'", id);
	return NULL;
}

static void is_at(const struct pfb_vm_devices *devices, const char *id, const char *path)
{
	const struct pfb_vm_device *d = device(devices, id);
	char text[PFB_PATH_TEXT_MAX];

	assert_int_equal(d->fault, PFB_VM_FAULT_NONE);
	assert_true(d->has_path);
	assert_string_equal(pfb_path_format(&d->path, text, sizeof(text)), path);
}

static const char *prop(const struct pfb_vm_device *d, const char *key)
{
	const char *value = pfb_vm_option_get(&config, d->option, key);

	return value ? value : "(none)";
}

static void test_domain(void **state)
{
	struct pfb_vm_devices devices = { 0 };
	const struct pfb_vm_device *d;
	struct pfb_error err;

	(void)state;
	if (parse(domain, strlen(domain), &err))
		fail_msg("%s", err.text);
	assert_string_equal(config.program, "qemu-system-x86_64");
	assert_string_equal(pfb_vm_config_get(&config, "machine", "type", NULL), "pc-q35-9.2");
	assert_string_equal(pfb_vm_config_get(&config, "accel", "accel", NULL), "kvm");
	assert_string_equal(pfb_vm_config_get(&config, "cpu", "model", NULL), "EPYC");
	assert_string_equal(pfb_vm_config_get(&config, "cpu", "vendor", NULL), "AuthenticAMD");
	assert_string_equal(pfb_vm_config_get(&config, "cpu", "phys-bits", NULL), "48");
	assert_string_equal(pfb_vm_config_get(&config, "memory", "size", NULL), "8589934592B");
	assert_string_equal(pfb_vm_config_get(&config, "memory", "maxmem", NULL), "17179869184B");
	assert_string_equal(pfb_vm_config_get(&config, "append", "value", NULL), "pci=realloc=off &");
	assert_string_equal(pfb_vm_config_get(&config, "fw_cfg", "file", NULL), "/m.bin");
	assert_non_null(pfb_vm_config_get(&config, "bios", "value", NULL));
	assert_string_equal(pfb_vm_config_global(&config, "q35-pcihost", "pci-hole64-size", NULL),
			    "70368744177664B");

	assert_int_equal(pfb_vm_devices_read(&devices, &config, &err), 0);
	assert_int_equal(devices.nr, 10);
	is_at(&devices, "pci.1", "0000:00:01.0");
	is_at(&devices, "pci.2", "0000:00:01.0/00.0");
	is_at(&devices, "pci.4", "0000:00:01.0/00.0/01.0");
	is_at(&devices, "pci.5", "0000:00:01.1");
	is_at(&devices, "ua-gpu0", "0000:00:01.0/00.0/00.0/00.0");
	is_at(&devices, "hostdev1", "0000:00:01.0/00.0/01.0/00.0");
	is_at(&devices, "e0", "0000:00:04.0");
	d = device(&devices, "ua-gpu0");
	assert_int_equal(d->option->line, 12);
	assert_string_equal(prop(d, "host"), "0000:3b:00.0");
	assert_string_equal(prop(d, "x-nv-gpudirect-clique"), "3");
	assert_string_equal(prop(d, "pfb-role"), "(none)");
	d = device(&devices, "hostdev1");
	assert_string_equal(prop(d, "host"), "0000:3c:00.1");
	assert_string_equal(prop(d, "pfb-role"), "client");
	pfb_vm_devices_free(&devices);
	pfb_vm_config_free(&config);
}

/* What is judged of a command line is judged of XML. */
static void test_lint(void **state)
{
	static const struct {
		const char *find;
		const char *replace;	/* as long */
		enum pfb_lint_rule_index rule;
	} cases[] = {
		{ "bus='0x04' slot='0x00' function='0x0'", "bus='0x05' slot='0x00' function='0x1'",
		  PFB_LINT_P2P_NO_SWITCH },
		{ "bus='0x03' slot", "bus='0x09' slot", PFB_LINT_BUS_MISSING },
		{ "chassis='4'", "chassis='3'", PFB_LINT_SLOT_DUPLICATE },
		{ "realloc=off", "realloc,off", PFB_LINT_PCI_REALLOC },
		{ "bits='48'", "bits='40'", PFB_LINT_PHYS_BITS_LOW },
		{ "iotlb='on'", "iotlb='no'", PFB_LINT_IOMMU_TRANSLATES },
		{ "value='3'", "value='a'", PFB_LINT_CLIQUE_INVALID },
		{ "name='ua-gpu0'", "name='pci.1'  ", PFB_LINT_ID_DUPLICATE },
	};
	struct pfb_lint_request request = { .config = &config };
	struct pfb_findings lint = { 0 };
	struct pfb_error err;
	char text[sizeof(domain)];
	u32 i, j;

	(void)state;
	assert_int_equal(parse(domain, strlen(domain), &err), 0);
	assert_int_equal(pfb_lint(&lint, &request, &err), 0);
	for (j = 0; j < lint.nr; j++)
		if (lint.findings[j].rule != &pfb_lint_rules[PFB_LINT_PREF64_RESERVE])
			fail_msg("%s: %s", lint.findings[j].rule->id, lint.findings[j].what);
	pfb_findings_free(&lint);
	pfb_vm_config_free(&config);

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		bool seen = false;
		char *at;

		memcpy(text, domain, sizeof(domain));
		at = strstr(text, cases[i].find);
		assert_non_null(at);
		assert_int_equal(strlen(cases[i].find), strlen(cases[i].replace));
		memcpy(at, cases[i].replace, strlen(cases[i].replace));
		assert_int_equal(parse(text, strlen(text), &err), 0);
		assert_int_equal(pfb_lint(&lint, &request, &err), 0);
		for (j = 0; j < lint.nr; j++)
			seen = seen || lint.findings[j].rule == &pfb_lint_rules[cases[i].rule];
		if (!seen)
			fail_msg("%s does not fire on %s", pfb_lint_rules[cases[i].rule].id,
				 cases[i].replace);
		pfb_findings_free(&lint);
		pfb_vm_config_free(&config);
	}
}

static void test_errors(void **state)
{
	static const struct {
		const char *text;
		const char *what;
	} bad[] = {
		{ "", "line 1: " },
		{ "<html/>", "found <html>" },
		{ "<domain>\n<devices>", "line 2: " },
		{ "<domain>\n</devices>", "line 2: " },
		{ "<!DOCTYPE d [<!ENTITY a 'aaaa'>]><domain>&a;</domain>", "DOCTYPE" },
		{ "<domain>&a;</domain>", "line 1: " },
		{ "<domain><devices>\n<controller type='pci' model='pcie-root-port' index='256'/>",
		  "line 2: expected index=" },
		{ "<domain><devices>\n<disk><address type='pci' bus='x'/>", "line 2: expected a PCI address" },
		{ "<domain><devices>\n<disk><address type='pci' bus='256'/>", "expected a PCI address" },
		{ "<domain><commandline><arg value='-device'/></commandline></domain>", "wants a value" },
	};
	char *deep, *at;
	struct pfb_error err;
	size_t i;
	int ret;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		ret = parse(bad[i].text, strlen(bad[i].text), &err);
		if (ret != -EINVAL || !strstr(err.text, bad[i].what))
			fail_msg("%s: %d \"%s\", expected -EINVAL \"%s\"", bad[i].text, ret, err.text,
				 bad[i].what);
		pfb_vm_config_free(&config);
	}

	deep = malloc(16 * 1024);
	assert_non_null(deep);
	at = deep + sprintf(deep, "<domain>");
	for (i = 0; i < 1000; i++)
		at += sprintf(at, "<a>");
	assert_int_equal(parse(deep, strlen(deep), &err), -EINVAL);
	assert_error(&err, "nested deeper");
	pfb_vm_config_free(&config);
	at = deep + sprintf(deep, "<domain><os><cmdline>");
	memset(at, 'a', 9000);
	assert_int_equal(parse(deep, (size_t)(at - deep) + 9000, &err), -E2BIG);
	assert_error(&err, "longer than any");
	pfb_vm_config_free(&config);
	assert_int_equal(pfb_libvirt_xml_parse(&config, "", PFB_VM_CONFIG_SIZE_MAX + 1, &err), -E2BIG);
	pfb_vm_config_free(&config);
	free(deep);
}

/* libvirt's cpu_map/x86_vendors.xml has a name of its own for each. */
static void test_vendor(void **state)
{
	static const char text[] = "<domain><cpu><vendor>Hygon</vendor></cpu></domain>";
	struct pfb_error err;

	(void)state;
	assert_int_equal(parse(text, strlen(text), &err), 0);
	assert_string_equal(pfb_vm_config_get(&config, "cpu", "vendor", NULL), "HygonGenuine");
	pfb_vm_config_free(&config);
}

static void test_fragment(void **state)
{
	static const char text[] =
		"<devices><controller type='pci' index='1' model='pcie-root-port'/></devices>";
	struct pfb_error err;

	(void)state;
	assert_int_equal(parse(text, strlen(text), &err), 0);
	assert_string_equal(pfb_vm_config_get(&config, "device", "id", NULL), "pci.1");
	pfb_vm_config_free(&config);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_domain),
		cmocka_unit_test(test_lint),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_vendor),
		cmocka_unit_test(test_fragment),
	};

	return cmocka_run_group_tests_name("libvirt_xml", tests, NULL, NULL);
}
