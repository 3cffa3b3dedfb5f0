// SPDX-License-Identifier: GPL-2.0
/* A planned VM as libvirt's domain XML (https://libvirt.org/formatdomain.html). */
#include "lib/text.h"
#include "lib/vm_emit.h"

#define QEMU_NAMESPACE	"http://libvirt.org/schemas/domain/qemu/1.0"

/* A PCI address names the controller whose bus it is on in eight bits. */
#define CONTROLLERS_MAX	255

/* Sockets are named after the domain, and a socket's path has 107 bytes. */
#define NAME_MAX_BYTES	64

#define MEMORY_GIB	16
#define VCPUS		8

static bool has_control(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			return true;
	return false;
}

/* QEMU ends a socket's path at a comma, and bytes that are no UTF-8 are no XML. */
static bool is_name(const char *text)
{
	size_t len = strlen(text), i;

	for (i = 0; i < len; i++)
		if (text[i] < ' ' || text[i] > 0x7e || text[i] == ',' || text[i] == '/')
			return false;
	return len && len <= NAME_MAX_BYTES;
}

static int check(const struct pfb_vm_emit *emit, const char *name, struct pfb_error *err)
{
	const struct pfb_vm_plan *plan = emit->plan;
	char quoted[PFB_TEXT_QUOTE_MAX];
	u32 i, bridges = 0;

	if (pfb_vm_has_stand_ins(plan))
		return pfb_fail(err, -EOPNOTSUPP,
				"libvirt has no NVMe controllers of QEMU's own, which stand in for clients: emit stand-ins for QEMU, or leave them out");
	if (!is_name(name))
		return pfb_fail(err, -EINVAL,
				"the domain's name '%s': expected 1 to %u printable ASCII characters without ',' and '/', for QEMU's sockets are named after it: choose another",
				pfb_text_quote(name, strlen(name), quoted), NAME_MAX_BYTES);
	if (emit->manifest && (*emit->manifest != '/' || has_control(emit->manifest)))
		return pfb_fail(err, -EOPNOTSUPP,
				"the manifest's file: libvirt wants an absolute path without control characters, for QEMU runs in another folder: state one");
	for (i = 0; i < plan->top.nr_functions; i++)
		bridges += pfb_topology_is_bridge(&plan->top.functions[i]);
	if (bridges > CONTROLLERS_MAX)
		return pfb_fail(err, -EOPNOTSUPP,
				"%u ports, and libvirt numbers at most %u PCI controllers: assign fewer functions, or emit for QEMU",
				bridges, CONTROLLERS_MAX);
	return pfb_vm_emit_check(emit, err);
}

/* The number of the controller that a bridge is; 0 is the root bus. */
static u32 controller(const struct pfb_vm_plan *plan, u32 index)
{
	u32 i, number = 0;

	for (i = 0; index != PFB_NO_FUNCTION && i <= index; i++)
		number += pfb_topology_is_bridge(&plan->top.functions[i]);
	return number;
}

static void put_address(FILE *out, const struct pfb_vm_plan *plan, u32 index)
{
	const struct pfb_function *fn = &plan->top.functions[index];

	fprintf(out, "      <address type='pci' domain='0x0000' bus='0x%02x' slot='0x%02x' function='0x%x'%s/>\n",
		controller(plan, fn->parent), PFB_DEV(fn->devfn), PFB_FN(fn->devfn),
		fn->flags & PFB_FN_MULTIFUNCTION ? " multifunction='on'" : "");
}

static void put_controller(FILE *out, const struct pfb_vm_plan *plan, u32 index)
{
	static const char *const models[] = {
		[PFB_VM_ROOT_PORT] = "pcie-root-port",
		[PFB_VM_UPSTREAM] = "pcie-switch-upstream-port",
		[PFB_VM_DOWNSTREAM] = "pcie-switch-downstream-port",
	};
	const struct pfb_vm_function *vf = &plan->functions[index];
	u32 number = controller(plan, index);

	fprintf(out, "    <!-- %s -->\n", vf->id);
	fprintf(out, "    <controller type='pci' index='%u' model='%s'>\n", number, models[vf->kind]);
	fprintf(out, "      <model name='%s'/>\n", pfb_vm_device(vf->kind));
	if (vf->kind != PFB_VM_UPSTREAM)
		fprintf(out, "      <target chassis='%u' port='0x%x'/>\n", number, number);
	put_address(out, plan, index);
	fputs("    </controller>\n", out);
}

static void put_hostdev(FILE *out, const struct pfb_vm_plan *plan, u32 index)
{
	const struct pfb_vm_function *vf = &plan->functions[index];
	const struct pfb_topology *host = &plan->capture->top;
	const struct pfb_function *fn = &host->functions[vf->host];

	fputs("    <hostdev mode='subsystem' type='pci' managed='yes'>\n"
	      "      <driver name='vfio'/>\n"
	      "      <source>\n", out);
	fprintf(out, "        <address domain='0x%04x' bus='0x%02x' slot='0x%02x' function='0x%x'/>\n",
		host->roots[fn->root].segment, fn->bus, PFB_DEV(fn->devfn), PFB_FN(fn->devfn));
	fprintf(out, "      </source>\n"
		"      <alias name='ua-%s'/>\n", vf->id);
	put_address(out, plan, index);
	fputs("    </hostdev>\n", out);
}

static void put_devices(FILE *out, const struct pfb_vm_plan *plan)
{
	const struct pfb_window *window = &plan->top.roots[0].windows[PFB_WINDOW_PREF];
	u64 size = window->limit - window->base + 1;
	u32 i;

	/* What libvirt would add by itself takes device numbers on the root bus. */
	fputs("  <devices>\n"
	      "    <controller type='usb' model='none'/>\n"
	      "    <memballoon model='none'/>\n"
	      "    <console type='pty'/>\n", out);
	if (strcmp(plan->machine, "virt")) {
		while (size & (size - 1))
			size += size & -size;
		fprintf(out, "    <controller type='pci' index='0' model='pcie-root'>\n"
			"      <pcihole64 unit='KiB'>%llu</pcihole64>\n"
			"    </controller>\n", (unsigned long long)(size >> 10));
	} else {
		fputs("    <controller type='pci' index='0' model='pcie-root'/>\n", out);
	}
	for (i = 0; i < plan->top.nr_functions; i++)
		if (pfb_topology_is_bridge(&plan->top.functions[i]))
			put_controller(out, plan, i);
	for (i = 0; i < plan->top.nr_functions; i++)
		if (!pfb_topology_is_bridge(&plan->top.functions[i]))
			put_hostdev(out, plan, i);
	fputs("  </devices>\n", out);
}

static void put_os(FILE *out, const struct pfb_vm_emit *emit)
{
	bool virt = !strcmp(emit->plan->machine, "virt");

	if (!virt) {
		fputs("  <!-- the firmware places BARs; in the guest the module moves them: policy=enforce -->\n"
		      "  <os firmware='efi'>\n"
		      "    <type arch='x86_64' machine='q35'>hvm</type>\n"
		      "  </os>\n"
		      "  <features>\n"
		      "    <acpi/>\n"
		      "    <apic/>\n"
		      "  </features>\n"
		      "  <cpu mode='host-passthrough'>\n"
		      "    <maxphysaddr mode='passthrough'/>\n"
		      "  </cpu>\n", out);
		return;
	}
	if (emit->dialect == PFB_VM_STOCK)
		fputs("  <!-- add <kernel>, <initrd>, <cmdline>, and <dtb> with the flags: firmware would place\n"
		      "       everything anew; and run pci-fixed-bars preenum before the CPUs do -->\n"
		      "  <os>\n", out);
	else
		fputs("  <os firmware='efi'>\n", out);
	fprintf(out, "    <type arch='aarch64' machine='virt'>hvm</type>\n"
		"  </os>\n"
		"%s"
		"  <cpu mode='host-passthrough'/>\n",
		emit->dialect == PFB_VM_STOCK ? "" :
		"  <features>\n"
		"    <acpi/>\n"
		"  </features>\n");
}

static void put_arg(FILE *out, const char *value)
{
	fputs("    <qemu:arg value='", out);
	pfb_text_put_xml(out, value, false);
	fputs("'/>\n", out);
}

/* What libvirt has no element for. */
static void put_commandline(FILE *out, const struct pfb_vm_emit *emit, const char *name)
{
	const struct pfb_window *window = &emit->plan->top.roots[0].windows[PFB_WINDOW_PREF];
	u64 size = window->limit - window->base + 1;
	char text[128], number[32];

	if (strcmp(emit->plan->machine, "virt"))
		return;
	fputs("  <qemu:commandline>\n", out);
	put_arg(out, "-machine");
	if (emit->dialect == PFB_VM_STOCK) {
		snprintf(text, sizeof(text), "highmem-mmio-size=%s",
			 pfb_vm_emit_size(size, number, sizeof(number)));
		put_arg(out, text);
		fputs("    <!-- for pci-fixed-bars preenum -->\n", out);
		put_arg(out, "-qtest");
		snprintf(text, sizeof(text), "unix:/var/lib/libvirt/qemu/%s.qtest,server=on,wait=off",
			 name);
		put_arg(out, text);
		put_arg(out, "-qmp");
		snprintf(text, sizeof(text), "unix:/var/lib/libvirt/qemu/%s.qmp,server=on,wait=off",
			 name);
		put_arg(out, text);
	} else {
		snprintf(text, sizeof(text), "pci-pre-enum=on,pcie-mmio-window=0x%llx:0x%llx",
			 (unsigned long long)window->base, (unsigned long long)size);
		put_arg(out, text);
	}
	fputs("  </qemu:commandline>\n", out);
}

/* Numbers are decimal there. */
static void put_property(FILE *out, const char *name, u64 value)
{
	fprintf(out, "        <qemu:property name='%s' type='unsigned' value='%llu'/>\n", name,
		(unsigned long long)value);
}

static void put_override(FILE *out, const struct pfb_vm_emit *emit, u32 index)
{
	const struct pfb_function *fn = &emit->plan->top.functions[index];
	const struct pfb_vm_function *vf = &emit->plan->functions[index];
	int clique = pfb_vm_emit_nv_clique(emit->plan, index);
	char list[192], name[24];
	unsigned int i;

	fprintf(out, "    <qemu:device alias='ua-%s'>\n"
		"      <qemu:frontend>\n", vf->id);
	if (clique >= 0)
		put_property(out, "x-nv-gpudirect-clique", (u64)clique);
	if (emit->dialect == PFB_VM_FIXED_BARS && vf->fixed)
		fprintf(out, "        <qemu:property name='fixed-bars' type='string' value='%s'/>\n",
			pfb_vm_emit_fixed(emit->plan, index, ",", list, sizeof(list)));
	for (i = 0; emit->dialect == PFB_VM_FIXED_BAR_N && i < PFB_BAR_ROM; i++) {
		if (!(vf->fixed & (1U << i)))
			continue;
		snprintf(name, sizeof(name), "fixed-bar-%u", i);
		put_property(out, name, fn->bars[i].address);
	}
	fputs("      </qemu:frontend>\n"
	      "    </qemu:device>\n", out);
}

static bool has_override(const struct pfb_vm_emit *emit, u32 index)
{
	return pfb_vm_emit_nv_clique(emit->plan, index) >= 0 ||
	       (emit->dialect != PFB_VM_STOCK && emit->plan->functions[index].fixed);
}

static void put_overrides(FILE *out, const struct pfb_vm_emit *emit)
{
	bool any = false;
	u32 i;

	for (i = 0; i < emit->plan->top.nr_functions; i++) {
		if (!has_override(emit, i))
			continue;
		if (!any)
			fputs("  <qemu:override>\n", out);
		any = true;
		put_override(out, emit, i);
	}
	if (any)
		fputs("  </qemu:override>\n", out);
}

int pfb_vm_emit_libvirt(FILE *out, const struct pfb_vm_emit *emit, struct pfb_error *err)
{
	const char *name = emit->name ? emit->name : "planned";
	int ret;

	ret = check(emit, name, err);
	if (ret)
		return ret;
	fputs("<!-- made by 'pci-fixed-bars plan' -->\n"
	      "<domain type='kvm' xmlns:qemu='" QEMU_NAMESPACE "'>\n"
	      "  <name>", out);
	pfb_text_put_xml(out, name, false);
	fprintf(out, "</name>\n"
		"  <!-- memory, CPUs and disks are yours to choose: a plan has none -->\n"
		"  <memory unit='GiB'>%d</memory>\n"
		"  <vcpu>%d</vcpu>\n", MEMORY_GIB, VCPUS);
	if (emit->manifest) {
		fputs("  <sysinfo type='fwcfg'>\n"
		      "    <entry name='" PFB_VM_MANIFEST_FW_CFG "' file='", out);
		pfb_text_put_xml(out, emit->manifest, false);
		fputs("'/>\n"
		      "  </sysinfo>\n", out);
	}
	put_os(out, emit);
	put_devices(out, emit->plan);
	put_commandline(out, emit, name);
	put_overrides(out, emit);
	fputs("</domain>\n", out);
	return 0;
}
