// SPDX-License-Identifier: GPL-2.0
/*
 * What starts a planned VM, in every format: read back by the readers of these tools it is
 * the plan, device by device, lint finds no error in it, and what a format cannot say is refused.
 */
#include "unit.h"

#include <fcntl.h>
#include <libfdt.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <pci_fixed_bars/manifest.h>

#include "lib/libvirt_xml.h"
#include "lib/lint.h"
#include "lib/qemu_args.h"
#include "lib/vm_devices.h"
#include "lib/vm_emit.h"
#include "lib/vm_stand_ins.h"
#include "unit_host.h"

#define RFC	"0000:03:00.0 0000:04:00.0"
#define DGX	"0000:03:00.0 0000:04:00.0 0000:05:00.0 0000:06:00.0 " \
		"0000:09:00.0 0000:0a:00.0 0000:0b:00.0 0000:0c:00.0 " \
		"0000:83:00.0 0000:84:00.0 0000:85:00.0 0000:86:00.0"

static struct unit_host host;
static struct unit_rfc_host rfc;
static struct pfb_vm_plan plan, dry;
static struct pfb_error error;
static char *text;
static size_t text_size;
static struct pfb_vm_config config;
static struct pfb_vm_devices devices;
static struct unit_collector manifest;

static int setup(void **state)
{
	(void)state;
	unit_host_rfc(&host, &rfc);
	unit_host_finish(&host);
	return 0;
}

static void forget(void)
{
	pfb_vm_devices_free(&devices);
	pfb_vm_config_free(&config);
	memset(&devices, 0, sizeof(devices));
	memset(&config, 0, sizeof(config));
	free(text);
	text = NULL;
}

static int teardown(void **state)
{
	(void)state;
	forget();
	pfb_vm_plan_free(&plan);
	pfb_vm_plan_free(&dry);
	return 0;
}

static void plan_for(const char *machine, const char *names)
{
	const struct pfb_vm_request request = { .machine = machine };

	pfb_vm_plan_free(&plan);
	unit_host_plan(&plan, &host, &request, names);
}

static void plan_dry(void)
{
	pfb_vm_plan_free(&dry);
	if (pfb_vm_stand_ins(&dry, &plan, &error))
		fail_msg("%s", error.text);
}

typedef int (*writer)(FILE *out, const struct pfb_vm_emit *emit, struct pfb_error *err);

static int write_with(writer write, const struct pfb_vm_emit *emit)
{
	FILE *out;
	int ret;

	forget();
	error.text[0] = '\0';
	out = open_memstream(&text, &text_size);
	assert_non_null(out);
	ret = write(out, emit, &error);
	assert_int_equal(fclose(out), 0);
	return ret;
}

static void written(int ret)
{
	if (ret)
		fail_msg("%d: %s", ret, error.text);
}

static void refused(int ret, int expected, const char *message)
{
	assert_string_equal(error.text, message);
	assert_int_equal(ret, expected);
}

static const char *get(const struct pfb_vm_device *device, const char *key)
{
	return pfb_vm_option_get(&config, device->option, key);
}

static void fixed_reads_back(const struct pfb_vm_emit *emit, u32 index,
			     const struct pfb_vm_device *device)
{
	const struct pfb_vm_function *vf = &emit->plan->functions[index];
	char list[192], key[24];
	unsigned int i;

	if (emit->dialect == PFB_VM_FIXED_BARS && vf->fixed) {
		pfb_vm_emit_fixed(emit->plan, index, ",", list, sizeof(list));
		assert_non_null(get(device, "fixed-bars"));
		assert_string_equal(get(device, "fixed-bars"), list);
	} else {
		assert_null(get(device, "fixed-bars"));
	}
	for (i = 0; i < PFB_BAR_ROM; i++) {
		u64 address = 0;

		snprintf(key, sizeof(key), "fixed-bar-%u", i);
		if (emit->dialect != PFB_VM_FIXED_BAR_N || !(vf->fixed & (1U << i))) {
			assert_null(get(device, key));
			continue;
		}
		assert_true(pfb_vm_size(get(device, key), 1, &address));
		assert_int_equal(address, emit->plan->top.functions[index].bars[i].address);
	}
}

/* Every function of the plan is where it was planned, and nothing else is there. */
static void reads_back(const struct pfb_vm_emit *emit)
{
	const struct pfb_vm_plan *p = emit->plan;
	u32 i, j;

	if (pfb_vm_devices_read(&devices, &config, &error))
		fail_msg("%s", error.text);
	assert_int_equal(devices.nr, p->top.nr_functions);
	for (i = 0; i < p->top.nr_functions; i++) {
		const struct pfb_vm_device *device = NULL;
		struct pfb_path path;

		assert_int_equal(pfb_topology_path(&p->top, i, &path), 0);
		for (j = 0; j < devices.nr && !device; j++)
			if (devices.list[j].has_path && !pfb_path_compare(&devices.list[j].path, &path))
				device = &devices.list[j];
		if (!device)
			fail_msg("%s is not where it was planned:\n%s", p->functions[i].id, text);
		assert_int_equal(device->fault, PFB_VM_FAULT_NONE);
		assert_string_equal(device->driver, pfb_vm_device(p->functions[i].kind));
		assert_int_equal(device->type, p->top.functions[i].type);
		if (p->functions[i].kind == PFB_VM_ASSIGNED)
			assert_string_equal(get(device, "host"),
					    p->capture->functions[p->functions[i].host].bdf);
		if (!strcmp(config.format, "command line"))
			assert_int_equal(pfb_vm_is_on(get(device, "multifunction"), false),
					 !!(p->top.functions[i].flags & PFB_FN_MULTIFUNCTION));
		fixed_reads_back(emit, i, device);
	}
}

static void lint_is_silent(const struct pfb_vm_plan *p)
{
	struct pfb_lint_request request = { .config = &config, .manifest = manifest.decls };
	struct pfb_findings lint = { 0 };
	void *data;
	size_t size;
	u32 i;

	memset(&manifest, 0, sizeof(manifest));
	manifest.refuse_at = -1;
	if (pfb_vm_plan_manifest(p, &data, &size, &error) ||
	    pfb_manifest_parse(data, size, PFB_SOURCE_FW_CFG_MANIFEST, unit_declare, &manifest, &error))
		fail_msg("%s", error.text);
	free(data);
	assert_true(manifest.nr <= UNIT_MAX_DECLARATIONS);
	request.nr_manifest = manifest.nr;
	if (pfb_lint(&lint, &request, &error))
		fail_msg("%s", error.text);
	for (i = 0; i < lint.nr; i++)
		if (lint.findings[i].rule->severity != PFB_SEVERITY_NOTE &&
		    strcmp(lint.findings[i].rule->id, "pref64-reserve"))
			fail_msg("%s: %s, expected %s, actual %s, in:\n%s", lint.findings[i].rule->id,
				 lint.findings[i].what, lint.findings[i].expected,
				 lint.findings[i].actual, text);
	pfb_findings_free(&lint);
}

static void qemu_good(const struct pfb_vm_plan *p, enum pfb_vm_dialect dialect)
{
	const struct pfb_vm_emit emit = { .plan = p, .dialect = dialect, .manifest = "/vm/m.bin" };

	written(write_with(pfb_vm_emit_lines, &emit));
	if (pfb_qemu_args_parse(&config, text, text_size, &error))
		fail_msg("%s:\n%s", error.text, text);
	reads_back(&emit);
	lint_is_silent(p);
	assert_string_equal(pfb_vm_config_get(&config, "fw_cfg", "file", NULL), "/vm/m.bin");
	assert_string_equal(pfb_vm_config_get(&config, "fw_cfg", "name", NULL), PFB_VM_MANIFEST_FW_CFG);

	written(write_with(pfb_vm_emit_run, &emit));
	if (pfb_qemu_args_parse(&config, text, text_size, &error))
		fail_msg("%s:\n%s", error.text, text);
	reads_back(&emit);
	lint_is_silent(p);
}

static void libvirt_good(enum pfb_vm_dialect dialect)
{
	const struct pfb_vm_emit emit = { .plan = &plan, .dialect = dialect, .manifest = "/vm/m.bin" };

	written(write_with(pfb_vm_emit_libvirt, &emit));
	if (pfb_libvirt_xml_parse(&config, text, text_size, &error))
		fail_msg("%s:\n%s", error.text, text);
	reads_back(&emit);
	lint_is_silent(&plan);
	assert_string_equal(pfb_vm_config_get(&config, "fw_cfg", "file", NULL), "/vm/m.bin");
}

static void all_good(const char *machine, const char *names)
{
	enum pfb_vm_dialect dialect, last = strcmp(machine, "virt") ? PFB_VM_STOCK :
								       PFB_VM_FIXED_BAR_N;

	plan_for(machine, names);
	plan_dry();
	for (dialect = PFB_VM_STOCK; dialect <= last; dialect++) {
		qemu_good(&plan, dialect);
		qemu_good(&dry, dialect);
		libvirt_good(dialect);
	}
}

static void test_virt(void **state)
{
	(void)state;
	all_good("virt", RFC);
}

static void test_q35(void **state)
{
	(void)state;
	all_good("q35", RFC);
}

static void test_dgx(void **state)
{
	(void)state;
	unit_host_dgx(&host);
	all_good("virt", DGX);
	all_good("q35", DGX);
}

/* Functions of one device, more ports than devices on a bus. */
static void test_multifunction(void **state)
{
	(void)state;
	unit_host_init(&host);
	rfc.upstream = unit_host_switch(&host, 1);
	rfc.gpu = unit_host_below(&host, rfc.upstream, 0, UNIT_CLASS_GPU);
	unit_host_gpu(&host, rfc.gpu, 0x6b8000000000, 0x6c8000000000);
	host.t.functions[rfc.gpu].flags |= PFB_FN_MULTIFUNCTION;
	host.t.functions[unit_add(&host.t, rfc.gpu - 1, PFB_PORT_ENDPOINT, 0, 1)].class =
		UNIT_CLASS_AUDIO;
	unit_host_nic(&host, unit_host_below(&host, rfc.upstream, 1, UNIT_CLASS_NIC));
	unit_host_finish(&host);
	all_good("virt", "0000:03:00.0 0000:03:00.1 0000:04:00.0");
	assert_non_null(strstr(text, "function='0x1' multifunction='on'"));
}

/* The RFC's own words, as its example has them. */
static void test_rfc_words(void **state)
{
	struct pfb_vm_emit emit = { .plan = &plan, .dialect = PFB_VM_FIXED_BARS };

	(void)state;
	plan_for("virt", RFC);
	written(write_with(pfb_vm_emit_lines, &emit));
	assert_non_null(strstr(text, "-machine\nvirt,pci-pre-enum=on,pcie-mmio-window=0x400000000000:0x400000000000\n"));
	assert_non_null(strstr(text, ",fixed-bars=bar2@0x6b8000000000,,bar4@0x6c8000000000\n"));
	emit.dialect = PFB_VM_FIXED_BAR_N;
	written(write_with(pfb_vm_emit_lines, &emit));
	assert_non_null(strstr(text, "pci-pre-enum=on,pcie-mmio-window=0x400000000000:0x400000000000\n"));
	assert_non_null(strstr(text, ",fixed-bar-2=0x6b8000000000,fixed-bar-4=0x6c8000000000\n"));
	emit.dialect = PFB_VM_STOCK;
	written(write_with(pfb_vm_emit_lines, &emit));
	assert_non_null(strstr(text, "-machine\nvirt,highmem-mmio-size=64T\n-accel\nkvm\n-cpu\nhost\n-nodefaults\n"));
	assert_non_null(strstr(text, "-device\nvfio-pci,id=gpu0,bus=dp0,addr=0.0,host=0000:03:00.0,x-nv-gpudirect-clique=0\n"));
	assert_null(strstr(text, "fixed-bar"));
}

/* One stand-in for each fixed BAR, of its size, where it is; ids are what QEMU has. */
static void test_stand_ins(void **state)
{
	const struct pfb_function *fn;
	u32 i;

	(void)state;
	plan_for("virt", RFC);
	plan_dry();
	assert_true(pfb_vm_has_stand_ins(&dry));
	assert_false(pfb_vm_has_stand_ins(&plan));
	assert_int_equal(dry.top.nr_functions, plan.top.nr_functions + 1);
	assert_int_equal(pfb_topology_check(&dry.top, &error), 0);
	assert_int_equal(dry.nr_fixed, 2);
	for (i = 0; i < dry.nr_fixed; i++) {
		const struct pfb_vm_function *vf = &dry.functions[dry.fixed[i].function];

		fn = &dry.top.functions[dry.fixed[i].function];
		assert_string_equal(vf->id, i ? "gpu0-bar4" : "gpu0");
		assert_int_equal(vf->kind, PFB_VM_MEMORY);
		assert_int_equal(fn->vendor, 0x1af4);
		assert_int_equal(fn->device, 0x1110);
		assert_int_equal(fn->devfn, i);
		assert_true(fn->flags & PFB_FN_MULTIFUNCTION);
		assert_int_equal(fn->bars[2].address, i ? 0x6c8000000000 : 0x6b8000000000);
		assert_int_equal(fn->bars[2].size, i ? 32ULL << 20 : 128ULL << 30);
		assert_true(vf->provider);
		assert_int_equal(vf->clique, dry.functions[dry.top.nr_functions - 1].clique);
	}
	fn = &dry.top.functions[dry.top.nr_functions - 1];
	assert_string_equal(dry.functions[dry.top.nr_functions - 1].id, "nic0");
	assert_int_equal(dry.functions[dry.top.nr_functions - 1].kind, PFB_VM_DISK);
	assert_int_equal(fn->vendor, 0x1b36);
	assert_int_equal(fn->device, 0x0010);
	assert_int_equal(dry.nr_pairs, 2);
	assert_string_equal(dry.functions[dry.pairs[0].client].id, "nic0");
	assert_string_equal(dry.functions[dry.pairs[0].provider].id, "gpu0");
	assert_string_equal(dry.functions[dry.pairs[1].provider].id, "gpu0-bar4");
}

static void test_stand_ins_refused(void **state)
{
	u32 gpu;

	(void)state;
	plan_for("virt", RFC);
	for (gpu = 0; strcmp(plan.functions[gpu].id, "gpu0"); gpu++)
		;
	plan.top.functions[gpu].devfn = 7;
	refused(pfb_vm_stand_ins(&dry, &plan, &error), -EOPNOTSUPP,
		"gpu0 bar4: each fixed BAR takes a stand-in of its own, and the device has no function number left for it: assign fewer functions of that device");
	pfb_vm_plan_free(&dry);
	plan.top.functions[gpu].bars[4].size = 2048;
	refused(pfb_vm_stand_ins(&dry, &plan, &error), -EOPNOTSUPP,
		"gpu0 bar4 has 0x800 bytes, and a stand-in's memory has at least a page: plan without stand-ins");
}

/* What is in a name stays in it. */
static void test_escapes(void **state)
{
	struct pfb_vm_emit emit = { .plan = &plan, .manifest = "/vm/a,b,fixed-bars=c" };

	(void)state;
	plan_for("virt", RFC);
	written(write_with(pfb_vm_emit_lines, &emit));
	assert_non_null(strstr(text, ",file=/vm/a,,b,,fixed-bars=c\n"));
	assert_int_equal(pfb_qemu_args_parse(&config, text, text_size, &error), 0);
	assert_string_equal(pfb_vm_config_get(&config, "fw_cfg", "file", NULL), emit.manifest);

	emit.manifest = "/vm/<a>&'b\"";
	emit.name = "vm<1>&'x'";
	written(write_with(pfb_vm_emit_libvirt, &emit));
	assert_non_null(strstr(text, "<name>vm&lt;1&gt;&amp;&apos;x&apos;</name>"));
	assert_non_null(strstr(text, "unix:/var/lib/libvirt/qemu/vm&lt;1&gt;&amp;&apos;x&apos;.qtest,"));
	if (pfb_libvirt_xml_parse(&config, text, text_size, &error))
		fail_msg("%s:\n%s", error.text, text);
	assert_string_equal(pfb_vm_config_get(&config, "fw_cfg", "file", NULL), emit.manifest);
}

static void test_refused(void **state)
{
	struct pfb_vm_emit emit = { .plan = &plan };
	const struct pfb_window window = { 0x300000000000, 0x6fffffffffff };
	const struct pfb_vm_request stated = { .machine = "virt", .window64 = &window };
	u32 gpu;

	(void)state;
	plan_for("q35", RFC);
	emit.dialect = PFB_VM_FIXED_BARS;
	refused(write_with(pfb_vm_emit_lines, &emit), -EOPNOTSUPP,
		"machine q35: pci-pre-enum and pcie-mmio-window are properties of virt; on q35 the firmware places BARs, and the guest's module moves them (policy=enforce): emit for stock QEMU");

	/* a window that stock virt cannot have, and the RFC's can */
	pfb_vm_plan_free(&plan);
	unit_host_plan(&plan, &host, &stated, RFC);
	qemu_good(&plan, PFB_VM_FIXED_BARS);
	assert_non_null(strstr(text, "pcie-mmio-window=0x300000000000:0x400000000000"));
	emit.dialect = PFB_VM_STOCK;
	refused(write_with(pfb_vm_emit_lines, &emit), -EOPNOTSUPP,
		"the 64-bit window 0x300000000000-0x6fffffffffff: stock QEMU's virt has only windows of a power of two of bytes, 512 GiB or more, that begin at their size: plan without --window64, or emit for a QEMU with pcie-mmio-window (--emit qemu-rfc)");

	plan_for("virt", RFC);
	emit.manifest = "/vm/a\nb";
	refused(write_with(pfb_vm_emit_lines, &emit), -EOPNOTSUPP,
		"the manifest's file name has a line break, and arguments are written one a line: choose another folder");
	refused(write_with(pfb_vm_emit_libvirt, &emit), -EOPNOTSUPP,
		"the manifest's file: libvirt wants an absolute path without control characters, for QEMU runs in another folder: state one");
	emit.manifest = "m.bin";
	assert_int_equal(write_with(pfb_vm_emit_libvirt, &emit), -EOPNOTSUPP);
	emit.manifest = NULL;
	emit.name = "a/b";
	refused(write_with(pfb_vm_emit_libvirt, &emit), -EINVAL,
		"the domain's name 'a/b': expected 1 to 64 printable ASCII characters without ',' and '/', for QEMU's sockets are named after it: choose another");
	/* QEMU would take what is behind it for an argument of the socket */
	emit.name = "a,b";
	assert_int_equal(write_with(pfb_vm_emit_libvirt, &emit), -EINVAL);
	emit.name = "gr\xfcn";
	refused(write_with(pfb_vm_emit_libvirt, &emit), -EINVAL,
		"the domain's name 'gr?n': expected 1 to 64 printable ASCII characters without ',' and '/', for QEMU's sockets are named after it: choose another");
	emit.name = "a\033[2Jb";
	assert_int_equal(write_with(pfb_vm_emit_libvirt, &emit), -EINVAL);
	emit.name = "";
	assert_int_equal(write_with(pfb_vm_emit_libvirt, &emit), -EINVAL);
	emit.name = "0123456789012345678901234567890123456789012345678901234567890123";
	written(write_with(pfb_vm_emit_libvirt, &emit));
	emit.name = "0123456789012345678901234567890123456789012345678901234567890123+";
	assert_int_equal(write_with(pfb_vm_emit_libvirt, &emit), -EINVAL);
	emit.name = NULL;
	plan_dry();
	emit.plan = &dry;
	refused(write_with(pfb_vm_emit_libvirt, &emit), -EOPNOTSUPP,
		"libvirt has no NVMe controllers of QEMU's own, which stand in for clients: emit stand-ins for QEMU, or leave them out");
	emit.plan = &plan;
	for (gpu = 0; strcmp(plan.functions[gpu].id, "gpu0"); gpu++)
		;
	strcpy(plan.functions[gpu].id, "gpu,0");
	refused(write_with(pfb_vm_emit_lines, &emit), -EINVAL,
		"id 'gpu,0' of a function: QEMU takes letters, digits, '-', '.' and '_', a letter first: rename it");
}

/* NVIDIA's GPUs get their cliques' numbers from 0 on; what is no NVIDIA GPU gets none. */
static void test_nv_cliques(void **state)
{
	u32 i, gpus = 0;

	(void)state;
	unit_host_dgx(&host);
	plan_for("virt", DGX);
	for (i = 0; i < plan.top.nr_functions; i++) {
		int clique = pfb_vm_emit_nv_clique(&plan, i);

		if (strncmp(plan.functions[i].id, "gpu", 3)) {
			assert_int_equal(clique, -1);
			continue;
		}
		assert_int_equal(clique, gpus++ / 2);
	}
	assert_int_equal(gpus, 6);

	/* another maker's GPUs: QEMU would refuse the property, and lint must not ask for it */
	for (i = 0; i < host.t.top.nr_functions; i++)
		if (host.t.functions[i].vendor == 0x10de)
			host.t.functions[i].vendor = 0x1002;
	all_good("virt", DGX);
	assert_null(strstr(text, "x-nv-gpudirect-clique"));
}

static void test_nv_cliques_refused(void **state)
{
	const struct pfb_vm_emit emit = { .plan = &plan };
	struct pfb_function functions[17];
	struct pfb_vm_function vf[17];
	u32 i;

	(void)state;
	memset(functions, 0, sizeof(functions));
	memset(vf, 0, sizeof(vf));
	plan_for("virt", RFC);
	for (i = 0; i < 17; i++) {
		functions[i].vendor = 0x10de;
		functions[i].class = UNIT_CLASS_GPU;
		vf[i].kind = PFB_VM_ASSIGNED;
		vf[i].provider = true;
		vf[i].clique = 100 - i;
		snprintf(vf[i].id, sizeof(vf[i].id), "gpu%u", i);
	}
	free(plan.top.functions);
	free(plan.functions);
	plan.top.functions = functions;
	plan.functions = vf;
	plan.top.nr_functions = 17;
	assert_int_equal(pfb_vm_emit_nv_clique(&plan, 15), 15);
	refused(pfb_vm_emit_check(&emit, &error), -EOPNOTSUPP,
		"gpu16 is of the 17th clique of NVIDIA GPUs, and x-nv-gpudirect-clique has numbers for 16: assign fewer GPUs, or some that share a switch");
	plan.top.nr_functions = 16;
	assert_int_equal(pfb_vm_emit_check(&emit, &error), 0);
	plan.top.functions = NULL;
	plan.functions = NULL;
}

/* A tree as virt's, with this 64-bit window. */
static struct pfb_dtb tree(u64 base, u64 size, u32 last_bus)
{
	const u32 words[] = {
		0x02000000, 0, 0x10000000, 0, 0x10000000, 0, 0x2eff0000,
		0x43000000, (u32)(base >> 32), (u32)base, (u32)(base >> 32), (u32)base,
		(u32)(size >> 32), (u32)size,
	};
	fdt32_t ranges[ARRAY_SIZE(words)];
	const fdt64_t reg[] = { cpu_to_fdt64(0x4010000000), cpu_to_fdt64(((u64)last_bus + 1) << 20) };
	const fdt32_t buses[] = { 0, cpu_to_fdt32(last_bus) };
	u32 i, nr = size ? ARRAY_SIZE(words) : 7;
	void *fdt = malloc(8192);

	assert_non_null(fdt);
	for (i = 0; i < nr; i++)
		ranges[i] = cpu_to_fdt32(words[i]);
	assert_int_equal(fdt_create(fdt, 8192), 0);
	assert_int_equal(fdt_finish_reservemap(fdt), 0);
	assert_int_equal(fdt_begin_node(fdt, ""), 0);
	assert_int_equal(fdt_property_u32(fdt, "#address-cells", 2), 0);
	assert_int_equal(fdt_property_u32(fdt, "#size-cells", 2), 0);
	assert_int_equal(fdt_begin_node(fdt, "pcie@10000000"), 0);
	assert_int_equal(fdt_property_string(fdt, "device_type", "pci"), 0);
	assert_int_equal(fdt_property_string(fdt, "compatible", "pci-host-ecam-generic"), 0);
	assert_int_equal(fdt_property_u32(fdt, "#address-cells", 3), 0);
	assert_int_equal(fdt_property_u32(fdt, "#size-cells", 2), 0);
	assert_int_equal(fdt_property(fdt, "reg", reg, sizeof(reg)), 0);
	assert_int_equal(fdt_property(fdt, "bus-range", buses, sizeof(buses)), 0);
	assert_int_equal(fdt_property(fdt, "ranges", ranges, (int)(nr * 4)), 0);
	assert_int_equal(fdt_end_node(fdt), 0);
	assert_int_equal(fdt_end_node(fdt), 0);
	assert_int_equal(fdt_finish(fdt), 0);
	assert_int_equal(fdt_open_into(fdt, fdt, 8192), 0);
	return (struct pfb_dtb) { fdt };
}

static void tree_refused(u64 base, u64 size, u32 last_bus, int expected, const char *message)
{
	struct pfb_dtb dtb = tree(base, size, last_bus);

	refused(pfb_vm_emit_dtb(&plan, &dtb, &error), expected, message);
	assert_int_equal(pfb_dtb_get_flag(&dtb, PFB_DTB_PROBE_ONLY, NULL), PFB_DTB_FLAG_ABSENT);
	pfb_dtb_free(&dtb);
}

static void test_dtb(void **state)
{
	struct pfb_dtb dtb;

	(void)state;
	plan_for("virt", RFC);
	dtb = tree(0x400000000000, 0x400000000000, 255);
	written(pfb_vm_emit_dtb(&plan, &dtb, &error));
	assert_int_equal(pfb_dtb_get_flag(&dtb, PFB_DTB_ENUM_DONE, "/pcie@10000000"), PFB_DTB_FLAG_SET);
	assert_int_equal(pfb_dtb_get_flag(&dtb, PFB_DTB_PROBE_ONLY, NULL), PFB_DTB_FLAG_SET);
	pfb_dtb_free(&dtb);

	tree_refused(0, 0, 255, -EXDEV,
		     "the device tree has no 64-bit window, expected 0x400000000000-0x7fffffffffff: QEMU drops it when it does not fit the CPU's address bits: -cpu max or host, and the machine's highmem-mmio-size");
	tree_refused(0x8000000000, 0x8000000000, 255, -EXDEV,
		     "the device tree has the 64-bit window 0x8000000000-0xffffffffff, expected 0x400000000000-0x7fffffffffff: dump it with the -machine and -cpu that were emitted, and less memory than lies below the window");
	tree_refused(0x400000000000, 0x400000000000, 3, -EXDEV,
		     "the device tree has buses 00-03, and the plan takes 00-04: highmem-ecam=off leaves too few, remove it");
	plan_for("q35", RFC);
	tree_refused(0x400000000000, 0x400000000000, 255, -EOPNOTSUPP,
		     "machine q35 has no device tree, virt has: its firmware places BARs, and the guest's module moves them (policy=enforce)");
}

static size_t size_of(const char *folder, const char *name, mode_t *mode)
{
	char path[128];
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	if (stat(path, &st))
		return 0;
	if (mode)
		*mode = st.st_mode & 0777;
	return (size_t)st.st_size;
}

static void test_folder(void **state)
{
	char folder[] = "/tmp/pfb-test-emit-XXXXXX", command[512];
	struct pfb_vm_emit emit = { .plan = &plan };
	mode_t mode = 0;

	(void)state;
	plan_for("virt", RFC);
	assert_non_null(mkdtemp(folder));
	written(pfb_vm_emit_folder(&emit, false, folder, &error));
	assert_true(size_of(folder, "manifest.bin", NULL));
	assert_true(size_of(folder, "plan.json", NULL));
	assert_true(size_of(folder, "qemu.args", NULL));
	assert_true(size_of(folder, "run", &mode));
	assert_int_equal(mode, 0755);
	assert_false(size_of(folder, "domain.xml", NULL));
	written(pfb_vm_emit_folder(&emit, true, folder, &error));
	assert_true(size_of(folder, "domain.xml", NULL));

	/* the manifest is named where it is */
	snprintf(command, sizeof(command),
		 "grep -qxF 'name=" PFB_VM_MANIFEST_FW_CFG ",file=%s/manifest.bin' %s/qemu.args && grep -qF \"file='%s/manifest.bin'\" %s/domain.xml && sh -n %s/run && rm -r %s",
		 folder, folder, folder, folder, folder, folder);
	assert_int_equal(system(command), 0);

	/* what cannot be said leaves nothing */
	plan_for("q35", RFC);
	emit.dialect = PFB_VM_FIXED_BARS;
	assert_int_equal(pfb_vm_emit_folder(&emit, false, folder, &error), -EOPNOTSUPP);
	assert_int_equal(access(folder, F_OK), -1);
}

/* The script on stock virt refuses firmware before anything is started. */
static void test_run_refuses_firmware(void **state)
{
	static const char *const firmware[] = {
		"-bios x", "-pflash x", "-drive if=pflash,file=x", "-machine pflash0=x",
	};
	char folder[] = "/tmp/pfb-test-emit-XXXXXX", command[512];
	const struct pfb_vm_emit emit = { .plan = &plan };
	size_t i;
	int status;

	(void)state;
	plan_for("virt", RFC);
	assert_non_null(mkdtemp(folder));
	written(pfb_vm_emit_folder(&emit, false, folder, &error));
	for (i = 0; i < ARRAY_SIZE(firmware); i++) {
		snprintf(command, sizeof(command), "QEMU=/bin/true sh %s/run -m 4G %s 2>%s/said", folder,
			 firmware[i], folder);
		status = system(command);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), 2);
	}
	snprintf(command, sizeof(command), "grep -q 'boot a kernel with -kernel' %s/said && rm -r %s",
		 folder, folder);
	assert_int_equal(system(command), 0);
}

int main(void)
{
#define TEST(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_virt),
		TEST(test_q35),
		TEST(test_dgx),
		TEST(test_multifunction),
		TEST(test_rfc_words),
		TEST(test_stand_ins),
		TEST(test_stand_ins_refused),
		TEST(test_escapes),
		TEST(test_refused),
		TEST(test_nv_cliques),
		TEST(test_nv_cliques_refused),
		TEST(test_dtb),
		TEST(test_folder),
		TEST(test_run_refuses_firmware),
	};

	return cmocka_run_group_tests_name("vm_emit", tests, NULL, NULL);
}
