// SPDX-License-Identifier: GPL-2.0
/*
 * Writes what the fuzz targets begin with: good inputs of each kind, so that
 * mutations of them get past the first checks. Made here rather than kept as
 * binaries, so that they follow the formats.
 *
 *	seeds DIR	writes DIR/fuzz_<target>/<name>; the folders must exist
 */
#include <err.h>
#include <stdlib.h>

#include <pci_fixed_bars/manifest.h>

#define GIB	(1ULL << 30)

static const char *folder;

static void write_seed(const char *target, const char *name, const void *data, size_t size)
{
	char path[4096];
	FILE *file;

	if ((size_t)snprintf(path, sizeof(path), "%s/fuzz_%s/%s", folder, target, name) >= sizeof(path))
		errx(1, "%s: the name is too long", folder);
	file = fopen(path, "wb");
	if (!file)
		err(1, "%s", path);
	if (fwrite(data, 1, size, file) != size || fclose(file))
		err(1, "%s", path);
}

static void write_texts(void)
{
	static const char *const paths[] = {
		"0000:00:01.0/00.0/01.0/00.0", "00:01.0", "ffff:ff:1f.7/1f.7",
	};
	static const char *const lists[] = {
		"0000:00:01.0/00.0/01.0/00.0=bar2@0x6b8000000000",
		"00:01.0 = bar0@16, bar2@0x6b8000000000, rom@0x10000; 02:00.0=vfbar0@8388608;",
		"0:1.0=bar0@0x10;0:2.0=bar5@0x20;0:3.0=vfbar5@0x30,vfbar3@0x40",
		/* Refused: what a parser that forgot to look would take. */
		"0:1.0=bar0@0x10;0:1.0=bar1@0x20",
		"0:1.0=bar0@0x10;0:2.0=bar1@0x10",
	};
	static const char *const manifests[] = {
		"# comment\nfunction 0000:00:01.0/00.0/00.0/00.0 id=1af4:* clique=0x7 provider\n"
		"\tbar2 gpa=0x6b8000000000 hpa=gpa size=16G mem64 prefetch\n"
		"function 0:2.0 client\n",
		"function 1:40:2.1\n rom gpa=65536 size=64K\n bar1 io gpa=0x6000 hpa=0x7000\n"
		" vfbar0 gpa=0x100000000 mem64\n",
	};
	char name[16];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(manifests); i++) {
		snprintf(name, sizeof(name), "%zu", i);
		write_seed("manifest_text", name, manifests[i], strlen(manifests[i]));
	}
	for (i = 0; i < ARRAY_SIZE(paths); i++) {
		snprintf(name, sizeof(name), "%zu", i);
		write_seed("path", name, paths[i], strlen(paths[i]));
	}
	for (i = 0; i < ARRAY_SIZE(lists); i++) {
		snprintf(name, sizeof(name), "%zu", i);
		write_seed("bar_spec", name, lists[i], strlen(lists[i]));
	}
}

static void write_manifests(void)
{
	static const struct pfb_declaration decls[] = {
		{
			.path = { .nr_hops = 4, .hops = { 0x08, 0x00, 0x00, 0x00 } },
			.flags = PFB_MANIFEST_FN_PROVIDER,
			.clique = 1,
			.vendor = 0x10de,
			.device = 0x2330,
			.nr_bars = 3,
			.bars = {
				{ .index = 0, .gpa = 0x6b7000000000, .hpa = 0x6b7000000000,
				  .size = 16 << 20,
				  .flags = PFB_MANIFEST_BAR_HPA | PFB_MANIFEST_BAR_MEM64 },
				{ .index = 2, .gpa = 0x6b8000000000, .hpa = 0x6b8000000000,
				  .size = 256 * GIB,
				  .flags = PFB_MANIFEST_BAR_HPA | PFB_MANIFEST_BAR_MEM64 |
					   PFB_MANIFEST_BAR_PREFETCH },
				{ .index = 4, .gpa = 0xc000, .size = 0x20, .flags = PFB_MANIFEST_BAR_IO },
			},
		},
		{
			.path = { .nr_hops = 4, .hops = { 0x08, 0x00, 0x08, 0x00 } },
			.flags = PFB_MANIFEST_FN_CLIENT,
			.clique = 1,
			.vendor = PFB_ANY_ID,
			.device = PFB_ANY_ID,
		},
		{
			.path = { .segment = 1, .bus = 0x40, .nr_hops = 1, .hops = { 0x10 } },
			.clique = PFB_CLIQUE_NONE,
			.vendor = 0x8086,
			.device = 0x10c9,
			.nr_bars = 2,
			.bars = {
				{ .index = PFB_BAR_ROM, .gpa = 0x10000000 },
				{ .index = PFB_BAR_VF0, .gpa = 0x400000000000, .size = 0x4000,
				  .flags = PFB_MANIFEST_BAR_MEM64 },
			},
		},
	};
	struct pfb_error error;
	char name[16];
	u8 data[4096];
	size_t nr;

	for (nr = 0; nr <= ARRAY_SIZE(decls); nr++) {
		if (pfb_manifest_write(decls, nr, data, sizeof(data), &error))
			errx(1, "%s", error.text);
		snprintf(name, sizeof(name), "%zu", nr);
		write_seed("manifest", name, data, pfb_manifest_size(decls, nr));
	}
}

static size_t v1_device(u8 *p, u16 vendor, u16 device, u8 bus, u8 nr_bars)
{
	memset(p, 0, 8);
	pfb_put_le16(p, vendor);
	pfb_put_le16(p + 2, device);
	p[4] = nr_bars > 0;
	p[5] = bus;
	p[6] = nr_bars;
	return 8;
}

static size_t fw_path(u8 *p, const char *path)
{
	memset(p, 0, 128);
	memcpy(p, path, strlen(path));
	return 128;
}

static size_t v1_bar(u8 *p, u8 index, u64 address, u64 size)
{
	memset(p, 0, 24);
	p[0] = index;
	pfb_put_le32(p + 4, 3);
	pfb_put_le64(p + 8, address);
	pfb_put_le64(p + 16, size);
	return 24;
}

static size_t v2_entry(u8 *p, u16 segment, u8 slot, u8 index, u64 address, u64 size)
{
	memset(p, 0, 48);
	pfb_put_le16(p, segment);
	p[2] = 2;
	p[3] = index;
	pfb_put_le32(p + 4, 3);
	pfb_put_le64(p + 8, address);
	pfb_put_le64(p + 16, size);
	pfb_put_le16(p + 24, 0x10de);
	pfb_put_le16(p + 26, 0x2330);
	p[32] = slot;
	return 48;
}

/* For the guest of fuzz_fixed_bars.c. */
static void write_fixed_bars(void)
{
	static const u8 empty[8] = { 1 };
	u8 data[4096] = {};
	size_t n;

	write_seed("fixed_bars", "empty", empty, sizeof(empty));

	pfb_put_le32(data, 1);
	pfb_put_le32(data + 4, 4);
	n = 8;
	n += v1_device(data + n, 0x10de, 0x2330, 0, 2);
	n += v1_bar(data + n, 0, 0x6b7000000000, 16 << 20);
	n += v1_bar(data + n, 2, 0x6b8000000000, GIB);
	n += v1_device(data + n, 0x10de, 0x2330, 0, 1);
	n += v1_bar(data + n, 2, 0x6b8040000000, GIB);
	n += v1_device(data + n, 0x10de, 0x2330, 0, 1);
	n += v1_bar(data + n, 2, 0x6b8080000000, 2 * GIB);
	n += v1_device(data + n, 0x15b3, 0x1021, 0, 0);
	write_seed("fixed_bars", "v1-short", data, n);

	pfb_put_le32(data + 4, 2);
	n = 8;
	n += v1_device(data + n, 0x10de, 0x2330, 0, 1);
	n += fw_path(data + n, "/pcie@4010000000/pci-bridge@1/display@0");
	n += v1_bar(data + n, 2, 0x6b8000000000, GIB);
	n += v1_device(data + n, 0x15b3, 0x1021, 0x40, 0);
	n += fw_path(data + n, "/pci@i0cf8,1/pci-bridge@2,0/ethernet@0,1");
	write_seed("fixed_bars", "v1-long", data, n);

	memset(data, 0, 32);
	pfb_put_le32(data, 2);
	pfb_put_le32(data + 4, 4);
	pfb_put_le64(data + 8, 0x6b8000000000);
	pfb_put_le64(data + 16, 4 * GIB);
	n = 32;
	n += v2_entry(data + n, 1, 1, 2, 0x6b8000000000, GIB);
	n += v2_entry(data + n, 1, 1, 0, 0, 16 << 20);
	n += v2_entry(data + n, 1, 3, 2, 0x6b8040000000, GIB);
	n += v2_entry(data + n, 1, 3, 0, 0x6b8080000000, 16 << 20);
	write_seed("fixed_bars", "v2", data, n);
}

/* A port with capabilities of each kind that is looked for. */
static void write_config_space(void)
{
	u8 data[4096] = {};

	data[0x06] = 0x10;		/* has capabilities, the first at 0x40 */
	data[0x0e] = 1;
	data[0x34] = 0x40;
	data[0x40] = 0x10;		/* PCI Express: a downstream port with a slot */
	data[0x42] = 0x62;
	data[0x43] = 0x01;
	pfb_put_le32(data + 0x100, 0x0001000d | 0x140u << 20);	/* ACS */
	pfb_put_le32(data + 0x140, 0x0001000f | 0x180u << 20);	/* ATS */
	pfb_put_le32(data + 0x180, 0x00010010);			/* SR-IOV */
	write_seed("config_space", "port", data, sizeof(data));
	data[0x0e] = 0;
	pfb_put_le32(data + 0x10, 0x0000000c);
	pfb_put_le32(data + 0x14, 0x00006b80);
	write_seed("config_space", "endpoint", data, sizeof(data));
	write_seed("config_space", "user", data, 64);
}

/* As fuzz_plan.c reads it: two bridges, an endpoint behind each, a BAR of each fixed. */
static void write_plan(void)
{
	u8 data[] = {
		0, 0x10, 0x40, 0, 64, 0, 200,		/* one host bridge and its windows */
		4,					/* functions: */
		0x40, 4, 0, 0,				/* a bridge */
		0, 0, 2, 0, 52, 17, 2, 8,		/* 2 MiB prefetchable, 4 KiB 32-bit */
		0x41, 4, 0, 0,				/* a bridge beside the first */
		0, 0, 1, 0, 52, 17,			/* 2 MiB prefetchable */
		2, 2, 0, 1, 0, 2, 4, 3, 0,		/* fixed at the window's start, and apart */
	};

	write_seed("plan", "planned", data, sizeof(data));
	data[sizeof(data) - 3] = 0;
	write_seed("plan", "conflict", data, sizeof(data));
}

static void write_captures(void)
{
	static const char capture[] =
		"{\"format\": \"pci-fixed-bars capture\", \"version\": 1, \"origin\": \"sysfs\",\n"
		"\"machine\": \"host\", \"release\": \"6.8\", \"cpu_vendor\": \"AuthenticAMD\", \"address_bits\": 52,\n"
		"\"roots\": [{\"bus\": \"0000:20\", \"last_bus\": \"3f\", \"windows\": {\"io\": null,\n"
		" \"mem\": [\"0xb0000000\", \"0xbfffffff\"], \"pref\": [\"0x28000000000\", \"0x2ffffffffff\"]}}],\n"
		"\"functions\": [{\"bdf\": \"0000:20:01.0\", \"parent\": null, \"id\": \"1022:14ab\",\n"
		" \"class\": \"0x060400\", \"type\": \"root port\", \"flags\": [\"memory-decode\", \"pref64\"],\n"
		" \"capabilities_read\": true, \"acs\": {\"capability\": \"0x5f\", \"control\": \"0x1d\"},\n"
		" \"ats\": null, \"buses\": [\"21\", \"22\"], \"windows\": {\"io\": null, \"mem\": null,\n"
		" \"pref\": [\"0x28000000000\", \"0x2807fffffff\"]}, \"bars\": []},\n"
		"{\"bdf\": \"0000:21:00.0\", \"parent\": \"0000:20:01.0\", \"id\": \"15b3:1021\",\n"
		" \"class\": \"0x020000\", \"type\": \"endpoint\", \"name\": null, \"driver\": \"mlx5_core\",\n"
		" \"numa_node\": 1, \"iommu_group\": 8, \"flags\": [\"bus-master\"], \"capabilities_read\": true,\n"
		" \"acs\": null, \"ats\": \"off\", \"total_vfs\": 8, \"bars\": [{\"bar\": \"bar0\",\n"
		" \"address\": \"0x28000000000\", \"size\": \"0x2000000\", \"flags\": [\"mem64\", \"assigned\"],\n"
		" \"resizable\": [\"0x2000000\"]}, {\"bar\": \"vfbar0\", \"address\": \"0x28004000000\",\n"
		" \"size\": null, \"flags\": [\"mem64\"]}]},\n"
		"{\"bdf\": \"0000:21:00.1\", \"parent\": \"0000:20:01.0\", \"pf\": \"0000:21:00.0\",\n"
		" \"id\": \"15b3:101e\", \"class\": \"0x020000\", \"type\": \"endpoint\",\n"
		" \"capabilities_read\": false, \"bars\": []}]}\n";

	write_seed("capture_json", "whole", capture, strlen(capture));
}

/* lspci's text of a port with a PF and a VF behind it, and the dump of the port. */
static void write_lspci(void)
{
	static const char text[] =
		"00:01.0 PCI bridge [0604]: Red Hat, Inc. Port [1b36:000c] (prog-if 00 [Normal decode])\n"
		"\tControl: I/O- Mem+ BusMaster+ SpecCycle-\n\tStatus: Cap+ 66MHz-\n"
		"\tRegion 0: Memory at fea00000 (32-bit, non-prefetchable) [size=4K]\n"
		"\tBus: primary=00, secondary=01, subordinate=01, sec-latency=0\n"
		"\tI/O behind bridge: 0000f000-00000fff [disabled] [16-bit]\n"
		"\tMemory behind bridge: fe000000-fe1fffff [size=2M] [32-bit]\n"
		"\tPrefetchable memory behind bridge: 00006b8000000000-00006bbfffffffff [size=256G] [64-bit]\n"
		"\tCapabilities: [54] Express (v2) Root Port (Slot+), IntMsgNum 0\n"
		"\t\tSltCap:\tAttnBtn- PwrCtrl- MRL- AttnInd- PwrInd- HotPlug+ Surprise-\n"
		"\tCapabilities: [148 v1] Access Control Services\n"
		"\t\tACSCap:\tSrcValid+ TransBlk+ ReqRedir+ CmpltRedir+ UpstreamFwd+ EgressCtrl- DirectTrans+\n"
		"\t\tACSCtl:\tSrcValid+ TransBlk- ReqRedir+ CmpltRedir+ UpstreamFwd+ EgressCtrl- DirectTrans-\n"
		"\tKernel driver in use: pcieport\n\n"
		"01:00.0 3D controller [0302]: NVIDIA Corporation GH100 [10de:2330] (rev a1)\n"
		"\tControl: I/O- Mem+ BusMaster+ SpecCycle-\n\tStatus: Cap+ 66MHz-\n"
		"\tNUMA node: 1\n\tIOMMU group: 17\n"
		"\tRegion 0: Memory at 6b8000000000 (64-bit, prefetchable) [size=128G]\n"
		"\tRegion 2: I/O ports at d000 [disabled] [size=32]\n"
		"\tExpansion ROM at fe100000 [virtual] [disabled] [size=512K]\n"
		"\tCapabilities: [40] Express (v2) Endpoint, MSI 00\n"
		"\tCapabilities: [100 v1] Address Translation Service (ATS)\n"
		"\t\tATSCtl:\tEnable+, Smallest Translation Unit: 00\n"
		"\tCapabilities: [160 v1] Single Root I/O Virtualization (SR-IOV)\n"
		"\t\tIOVCtl:\tEnable+ Migration-\n"
		"\t\tInitial VFs: 8, Total VFs: 8, Number of VFs: 1, Function Dependency Link: 00\n"
		"\t\tVF offset: 1, stride: 1, Device ID: 101e\n"
		"\t\tRegion 0: Memory at 00006ba000000000 (64-bit, prefetchable)\n"
		"\tCapabilities: [200 v1] Physical Resizable BAR\n"
		"\t\tBAR 0: current size: 128GB, supported: 64MB 128GB\n\n"
		"01:00.1 3D controller [0302]: NVIDIA Corporation VF [10de:101e] (rev a1)\n"
		"\tControl: I/O- Mem- BusMaster-\n\tStatus: Cap-\n"
		"\tRegion 0: Memory at 6ba000000000 (64-bit, prefetchable) [virtual] [size=1G]\n\n";
	static u8 config[4096] = {
		0x36, 0x1b, 0x0c, 0x00, 0x06, 0x00, 0x10, 0x00, 0x00, 0x00, 0x04, 0x06,
		0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0xa0, 0xfe, 0x00, 0x00, 0x00, 0x00,
		0x00, 0x01, 0x01, 0x00, 0xf0, 0x00, 0x00, 0x00, 0x00, 0xfe, 0x10, 0xfe,
		0x01, 0x00, 0xf1, 0xff, 0x80, 0x6b, 0x00, 0x00, 0xbf, 0x6b, 0x00, 0x00,
	};
	static char both[32768];
	size_t used, i;

	config[0x34] = 0x54;
	config[0x54] = 0x10;
	config[0x56] = 0x42;
	config[0x57] = 0x01;
	config[0x68] = 0x40;
	pfb_put_le32(config + 0x100, 0x0001000d);
	pfb_put_le32(config + 0x104, 0x001d005f);
	memcpy(both, text, sizeof(text));
	used = sizeof(text);
	used += (size_t)sprintf(both + used, "00:01.0 Class 0604: Device 1b36:000c");
	for (i = 0; i < sizeof(config); i++) {
		if (i % 16 == 0)
			used += (size_t)sprintf(both + used, "\n%02zx:", i);
		used += (size_t)sprintf(both + used, " %02x", config[i]);
	}
	used += (size_t)sprintf(both + used, "\n\n");
	write_seed("capture_lspci", "text", text, strlen(text));
	write_seed("capture_lspci", "dump", both + sizeof(text), used - sizeof(text));
	write_seed("capture_lspci", "both", both, used);
}

static void write_vms(void)
{
	static const char script[] =
		"#!/bin/sh\n# a VM\nNAME=vm\nqemu-system-x86_64 -machine q35,accel=kvm -m 4G,maxmem=8G \\\n"
		" -cpu host,phys-bits=48,+x2apic -nodefaults -name \"$NAME\" \\\n"
		" -device pcie-root-port,id=rp1,bus=pcie.0,addr=1.0,chassis=1,slot=1,pref64-reserve=256G \\\n"
		" -device '{\"driver\":\"x3130-upstream\",\"id\":\"up1\",\"bus\":\"rp1\",\"addr\":\"0\"}' \\\n"
		" -device xio3130-downstream,id=dp1,bus=up1,addr=0.0,chassis=1,slot=2 \\\n"
		" -device vfio-pci,host=0000:3b:00.0,id=gpu0,bus=dp1,x-nv-gpudirect-clique=1,fixed-bars=bar2@0x6b8000000000 \\\n"
		" -object memory-backend-ram,id=mem0,size=4G,share=on -global q35-pcihost.pci-hole64-size=64T \\\n"
		" -fw_cfg name=opt/org.pci-fixed-bars/manifest,file=a,,b -append 'root=/dev/vda pci=realloc=off' 2>&1 | tee log\n";
	static const char lines[] =
		"-machine virt,highmem-mmio-size=64T\n-cpu max\n-device pxb-pcie,id=pxb,bus_nr=128\n"
		"-device nvme,id=nic0,serial=a b c\n-drive if=none,id=d,file=x\n";
	static const char cmdline[] =
		"/usr/bin/qemu-kvm\0-M\0q35\0-device\0vfio-pci,host=3b:00.0,addr=2\0-enable-kvm\0-readconfig\0f";
	static const char xml[] =
		"<domain type='kvm' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>\n"
		"<memory unit='GiB'>16</memory><vcpu>4</vcpu><os><type machine='q35'>hvm</type>\n"
		"<cmdline>pci=realloc=off</cmdline></os><cpu mode='host-passthrough'><maxphysaddr mode='emulate' bits='48'/></cpu>\n"
		"<devices><controller type='pci' index='0' model='pcie-root'/>\n"
		"<controller type='pci' index='1' model='pcie-root-port'><target chassis='1' port='0x10'/>\n"
		"<address type='pci' domain='0' bus='0' slot='1' function='0'/></controller>\n"
		"<controller type='pci' index='2' model='pcie-switch-upstream-port'>\n"
		"<address type='pci' bus='1' slot='0'/></controller>\n"
		"<controller type='pci' index='3' model='pcie-switch-downstream-port'>\n"
		"<address type='pci' bus='2' slot='0'/></controller>\n"
		"<hostdev mode='subsystem' type='pci' managed='yes'><driver name='vfio'/><source>\n"
		"<address domain='0' bus='0x3b' slot='0' function='0'/></source><alias name='ua-gpu0'/>\n"
		"<address type='pci' bus='3' slot='0'/></hostdev>\n"
		"<interface type='hostdev'><source><address type='pci' bus='0x3c' slot='0' function='1'/></source></interface>\n"
		"<disk type='file' device='disk'><target dev='vda' bus='virtio'/></disk><iommu model='intel'/>\n"
		"</devices><qemu:commandline><qemu:arg value='-fw_cfg'/><qemu:arg value='name=opt/x,file=y'/></qemu:commandline>\n"
		"<qemu:override><qemu:device alias='ua-gpu0'><qemu:frontend><qemu:property name='x-nv-gpudirect-clique' type='unsigned' value='1'/>\n"
		"</qemu:frontend></qemu:device></qemu:override></domain>\n";

	write_seed("qemu_args", "script", script, strlen(script));
	write_seed("qemu_args", "lines", lines, strlen(lines));
	write_seed("qemu_args", "cmdline", cmdline, sizeof(cmdline));
	write_seed("libvirt_xml", "domain", xml, strlen(xml));
}

/* Scope (\_SB) { Device (PCI0) { Name (_HID, EISAID ("PNP0A08")) Method (_DSM, 4) {} } } */
static void write_dsdt(void)
{
	static const u8 aml[] = {
		0x10, 0x20, '\\', '_', 'S', 'B', '_',
		0x5b, 0x82, 0x18, 'P', 'C', 'I', '0',
		0x08, '_', 'H', 'I', 'D', 0x0c, 0x41, 0xd0, 0x0a, 0x08,
		0x14, 0x08, '_', 'D', 'S', 'M', 0x04, 0xa4, 0x00,
	};
	u8 table[36 + sizeof(aml)] = "DSDT";

	pfb_put_le32(table + 4, sizeof(table));
	memcpy(table + 36, aml, sizeof(aml));
	write_seed("dsdt", "bridge", table, sizeof(table));
}

static void write_cpio(void)
{
	char archive[512];
	int n;

	n = snprintf(archive, sizeof(archive),
		     "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%s", 0, 0x81a4, 0, 0, 1,
		     0, 4, 0, 0, 0, 0, 27, 0, "kernel/firmware/acpi/a.aml");
	memset(archive + n, 0, sizeof(archive) - (size_t)n);
	write_seed("cpio", "table", archive, sizeof(archive));
}

int main(int argc, char **argv)
{
	if (argc != 2)
		errx(2, "usage: seeds DIR");
	folder = argv[1];
	write_texts();
	write_manifests();
	write_fixed_bars();
	write_config_space();
	write_plan();
	write_captures();
	write_lspci();
	write_vms();
	write_dsdt();
	write_cpio();
	return 0;
}
