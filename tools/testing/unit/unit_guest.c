// SPDX-License-Identifier: GPL-2.0
#include "unit.h"

#include <fcntl.h>
#include <ftw.h>
#include <linux/pci_regs.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit_guest.h"

#define PCIE_CAP	0x40
#define ACS_CAP		0x100
#define ATS_CAP		0x120
#define SRIOV_CAP	0x140

static void path_of(const struct unit_guest *guest, const char *path, char *buf, size_t size)
{
	assert_true(snprintf(buf, size, "%s%s", guest->root, path) < (int)size);
}

static void make_folders(char *path)
{
	char *slash;

	for (slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(path, 0755))
			assert_int_equal(errno, EEXIST);
		*slash = '/';
	}
}

static void make_link(const struct unit_guest *guest, const char *target, const char *path)
{
	char full[512];

	path_of(guest, path, full, sizeof(full));
	make_folders(full);
	assert_int_equal(symlink(target, full), 0);
}

void unit_guest_create(struct unit_guest *guest)
{
	memset(guest, 0, sizeof(*guest));
	strcpy(guest->root, "/tmp/pfb-unit-XXXXXX");
	assert_non_null(mkdtemp(guest->root));
	unit_guest_text(guest, "/sys/bus/pci/devices/.keep", "");
}

void unit_guest_write(const struct unit_guest *guest, const char *path, const void *data,
		      size_t size)
{
	char full[512];
	int fd;

	path_of(guest, path, full, sizeof(full));
	make_folders(full);
	fd = open(full, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, size), size);
	close(fd);
}

void unit_guest_text(const struct unit_guest *guest, const char *path, const char *text)
{
	unit_guest_write(guest, path, text, strlen(text));
}

static void put_window(u8 *config, const struct unit_guest_fn *fn)
{
	/* base above limit: closed */
	pfb_put_le16(config + PCI_MEMORY_BASE, 0xfff0);
	pfb_put_le16(config + PCI_PREF_MEMORY_BASE, 0xfff1);
	pfb_put_le16(config + PCI_PREF_MEMORY_LIMIT, 0x0001);
	config[PCI_IO_BASE] = 0xf0;
	if (fn->mem.limit) {
		pfb_put_le16(config + PCI_MEMORY_BASE, (u16)(fn->mem.base >> 16 & 0xfff0));
		pfb_put_le16(config + PCI_MEMORY_LIMIT, (u16)(fn->mem.limit >> 16 & 0xfff0));
	}
	if (fn->pref.limit) {
		pfb_put_le16(config + PCI_PREF_MEMORY_BASE,
			     (u16)((fn->pref.base >> 16 & 0xfff0) | 1));
		pfb_put_le16(config + PCI_PREF_MEMORY_LIMIT,
			     (u16)((fn->pref.limit >> 16 & 0xfff0) | 1));
		pfb_put_le32(config + PCI_PREF_BASE_UPPER32, (u32)(fn->pref.base >> 32));
		pfb_put_le32(config + PCI_PREF_LIMIT_UPPER32, (u32)(fn->pref.limit >> 32));
	}
}

static void put_bars(u8 *config, size_t offset, const struct unit_guest_bar *bars, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		u8 *reg = config + offset + 4 * i;

		if (!bars[i].size)
			continue;
		pfb_put_le32(reg, (u32)bars[i].address | (bars[i].flags & 0xf));
		if (bars[i].flags & 4)
			pfb_put_le32(reg + 4, (u32)(bars[i].address >> 32));
	}
}

static void put_capabilities(u8 *config, const struct unit_guest_fn *fn)
{
	static const u16 types[] = {
		[PFB_PORT_ENDPOINT] = PCI_EXP_TYPE_ENDPOINT,
		[PFB_PORT_ROOT] = PCI_EXP_TYPE_ROOT_PORT,
		[PFB_PORT_UPSTREAM] = PCI_EXP_TYPE_UPSTREAM,
		[PFB_PORT_DOWNSTREAM] = PCI_EXP_TYPE_DOWNSTREAM,
	};
	size_t last = 0;

	/* a conventional bridge has none */
	if (fn->type == PFB_PORT_PCI_BRIDGE)
		return;
	pfb_put_le16(config + PCI_STATUS, PCI_STATUS_CAP_LIST);
	config[PCI_CAPABILITY_LIST] = PCIE_CAP;
	config[PCIE_CAP] = PCI_CAP_ID_EXP;
	pfb_put_le16(config + PCIE_CAP + PCI_EXP_FLAGS, (u16)(2 | types[fn->type] << 4));

	if (fn->has_acs) {
		pfb_put_le32(config + ACS_CAP, PCI_EXT_CAP_ID_ACS | 1 << 16);
		pfb_put_le16(config + ACS_CAP + PCI_ACS_CAP, 0x5f);
		pfb_put_le16(config + ACS_CAP + PCI_ACS_CTRL, fn->acs_ctrl);
		last = ACS_CAP;
	} else {
		/* the chain begins at 0x100, with something nobody looks for */
		pfb_put_le32(config + ACS_CAP, PCI_EXT_CAP_ID_VNDR | 1 << 16);
		last = ACS_CAP;
	}
	if (fn->ats) {
		pfb_put_le32(config + last, pfb_get_le32(config + last) | ATS_CAP << 20);
		pfb_put_le32(config + ATS_CAP, PCI_EXT_CAP_ID_ATS | 1 << 16);
		pfb_put_le16(config + ATS_CAP + PCI_ATS_CTRL,
			     fn->ats == 2 ? PCI_ATS_CTRL_ENABLE : 0);
		last = ATS_CAP;
	}
	if (fn->total_vfs) {
		pfb_put_le32(config + last, pfb_get_le32(config + last) | (u32)SRIOV_CAP << 20);
		pfb_put_le32(config + SRIOV_CAP, PCI_EXT_CAP_ID_SRIOV | 1 << 16);
		pfb_put_le16(config + SRIOV_CAP + PCI_SRIOV_TOTAL_VF, fn->total_vfs);
		put_bars(config, SRIOV_CAP + PCI_SRIOV_BAR, &fn->bars[PFB_BAR_VF0], 6);
	}
}

static void put_resources(struct unit_guest *guest, const struct unit_guest_fn *fn, const char *bdf,
			  const char *path)
{
	char text[2048];
	size_t used = 0;
	unsigned int i;

	for (i = 0; i < PFB_NR_BARS; i++) {
		const struct unit_guest_bar *bar = &fn->bars[i];
		bool unset = bar->flags & UNIT_RES_UNSET;
		u64 start = unset ? 0 : bar->address;
		u64 end = bar->size ? start + bar->size - 1 : 0;

		used += (size_t)snprintf(text + used, sizeof(text) - used,
					 "0x%016llx 0x%016llx 0x%016llx\n",
					 (unsigned long long)(bar->size ? start : 0),
					 (unsigned long long)end,
					 (unsigned long long)(bar->size ? bar->flags : 0));
		if (!bar->size || unset || (bar->flags & UNIT_RES_IO & 0x100))
			continue;
		guest->iomem_used += (size_t)snprintf(guest->iomem + guest->iomem_used,
						      sizeof(guest->iomem) - guest->iomem_used,
						      "  %08llx-%08llx : %s\n",
						      (unsigned long long)start,
						      (unsigned long long)end, bdf);
		assert_true(guest->iomem_used < sizeof(guest->iomem));
	}
	unit_guest_text(guest, path, text);
}

void unit_guest_add(struct unit_guest *guest, const struct unit_guest_fn *fn)
{
	static u8 config[UNIT_GUEST_CONFIG_SIZE];
	bool bridge = fn->type != PFB_PORT_ENDPOINT;
	const char *bdf = strrchr(fn->link, '/') + 1;
	char path[256], target[256], text[32];
	unsigned int bus = 0;

	memset(config, 0, sizeof(config));
	pfb_put_le16(config + PCI_VENDOR_ID, fn->pf ? 0xffff : fn->vendor);
	pfb_put_le16(config + PCI_DEVICE_ID, fn->pf ? 0xffff : fn->device);
	pfb_put_le16(config + PCI_COMMAND, fn->command);
	config[PCI_HEADER_TYPE] = bridge;
	put_capabilities(config, fn);
	if (bridge) {
		assert_int_equal(sscanf(bdf, "%*x:%x", &bus), 1);
		config[PCI_PRIMARY_BUS] = (u8)bus;
		config[PCI_SECONDARY_BUS] = fn->secondary;
		config[PCI_SUBORDINATE_BUS] = fn->subordinate ? fn->subordinate : fn->secondary;
		put_window(config, fn);
	}
	if (!fn->pf)
		put_bars(config, PCI_BASE_ADDRESS_0, fn->bars, bridge ? 2 : 6);

	snprintf(path, sizeof(path), "/sys/devices/%s/config", fn->link);
	unit_guest_write(guest, path, config, sizeof(config));
	snprintf(path, sizeof(path), "/sys/devices/%s/resource", fn->link);
	put_resources(guest, fn, bdf, path);
	snprintf(path, sizeof(path), "/sys/devices/%s/vendor", fn->link);
	snprintf(text, sizeof(text), "0x%04x\n", fn->vendor);
	unit_guest_text(guest, path, text);
	snprintf(path, sizeof(path), "/sys/devices/%s/device", fn->link);
	snprintf(text, sizeof(text), "0x%04x\n", fn->device);
	unit_guest_text(guest, path, text);
	snprintf(path, sizeof(path), "/sys/devices/%s/dma_mask_bits", fn->link);
	snprintf(text, sizeof(text), "%u\n", fn->dma_mask_bits ? fn->dma_mask_bits : 32);
	unit_guest_text(guest, path, text);

	/* Only their last part is looked at: they need not lead anywhere. */
	if (fn->driver) {
		snprintf(path, sizeof(path), "/sys/devices/%s/driver", fn->link);
		snprintf(target, sizeof(target), "../../bus/pci/drivers/%s", fn->driver);
		make_link(guest, target, path);
	}
	if (fn->pf) {
		snprintf(path, sizeof(path), "/sys/devices/%s/physfn", fn->link);
		snprintf(target, sizeof(target), "../%s", fn->pf);
		make_link(guest, target, path);
	}
	if (fn->iommu_type) {
		snprintf(path, sizeof(path), "/sys/groups/%u/type", guest->nr_groups);
		snprintf(text, sizeof(text), "%s\n", fn->iommu_type);
		unit_guest_text(guest, path, text);
		snprintf(path, sizeof(path), "/sys/devices/%s/iommu_group", fn->link);
		snprintf(target, sizeof(target), "%s/sys/groups/%u", guest->root,
			 guest->nr_groups++);
		make_link(guest, target, path);
	}

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s", bdf);
	snprintf(target, sizeof(target), "../../../devices/%s", fn->link);
	make_link(guest, target, path);
}

void unit_guest_add_rfc(struct unit_guest *guest, u64 gpu_bar2)
{
	const struct pfb_window window = { gpu_bar2, gpu_bar2 + (1ULL << 32) - 1 };
	const struct pfb_window mem = { 0x10000000, 0x101fffff };
	const u16 on = PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER;
	const struct unit_guest_fn fns[] = {
		{ .link = "pci0000:00/0000:00:01.0", .vendor = 0x1b36, .device = 0x000c,
		  .type = PFB_PORT_ROOT, .command = on, .secondary = 1, .subordinate = 4,
		  .mem = mem, .pref = window, .has_acs = true },
		{ .link = "pci0000:00/0000:00:01.0/0000:01:00.0", .vendor = 0x104c,
		  .device = 0x8232, .type = PFB_PORT_UPSTREAM, .command = on, .secondary = 2,
		  .subordinate = 4, .mem = mem, .pref = window },
		{ .link = "pci0000:00/0000:00:01.0/0000:01:00.0/0000:02:00.0", .vendor = 0x104c,
		  .device = 0x8233, .type = PFB_PORT_DOWNSTREAM, .command = on, .secondary = 3,
		  .mem = { 0x10000000, 0x100fffff }, .pref = window },
		{ .link = "pci0000:00/0000:00:01.0/0000:01:00.0/0000:02:01.0", .vendor = 0x104c,
		  .device = 0x8233, .type = PFB_PORT_DOWNSTREAM, .command = on, .secondary = 4,
		  .mem = { 0x10100000, 0x101fffff } },
		{ .link = "pci0000:00/0000:00:01.0/0000:01:00.0/0000:02:00.0/0000:03:00.0",
		  .vendor = 0x1af4, .device = 0x1110, .command = PCI_COMMAND_MEMORY,
		  .bars = { { 0x10000000, 256, UNIT_RES_MEM32 }, { 0 },
			    { gpu_bar2, 1ULL << 32, UNIT_RES_PREF64 } } },
		{ .link = "pci0000:00/0000:00:01.0/0000:01:00.0/0000:02:01.0/0000:04:00.0",
		  .vendor = 0x1b36, .device = 0x0010, .command = on, .driver = "nvme",
		  .dma_mask_bits = 64, .bars = { { 0x10100000, 16384, UNIT_RES_MEM64 } } },
		{ .link = "pci0000:00/0000:00:02.0", .vendor = 0x1b36, .device = 0x000c,
		  .type = PFB_PORT_ROOT, .command = on, .secondary = 5,
		  .mem = { 0x10200000, 0x102fffff }, .has_acs = true },
		{ .link = "pci0000:00/0000:00:02.0/0000:05:00.0", .vendor = 0x1b36,
		  .device = 0x0010, .command = on, .driver = "nvme", .dma_mask_bits = 64,
		  .bars = { { 0x10200000, 16384, UNIT_RES_MEM64 } } },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(fns); i++)
		unit_guest_add(guest, &fns[i]);
}

void unit_guest_config(const struct unit_guest *guest, const char *link, size_t offset,
		       const void *data, size_t size)
{
	char path[512];
	int fd;

	snprintf(path, sizeof(path), "%s/sys/devices/%s/config", guest->root, link);
	fd = open(path, O_WRONLY);
	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, data, size, (off_t)offset), size);
	close(fd);
}

void unit_guest_config_cut(const struct unit_guest *guest, const char *link, off_t size)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/sys/devices/%s/config", guest->root, link);
	assert_int_equal(truncate(path, size), 0);
}

void unit_guest_finish(struct unit_guest *guest, const char *cpu_vendor)
{
	char text[128];

	unit_guest_text(guest, "/proc/iomem", guest->iomem);
	snprintf(text, sizeof(text), "processor\t: 0\n%s%s%s", cpu_vendor ? "vendor_id\t: " : "",
		 cpu_vendor ? cpu_vendor : "", cpu_vendor ? "\n" : "");
	unit_guest_text(guest, "/proc/cpuinfo", text);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

void unit_guest_remove(struct unit_guest *guest)
{
	nftw(guest->root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}
