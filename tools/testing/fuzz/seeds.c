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
	return 0;
}
