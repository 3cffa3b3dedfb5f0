// SPDX-License-Identifier: GPL-2.0
#include "lib/policy_platform.h"

#include <elf.h>
#include <stdlib.h>

#include "lib/file.h"
#include "lib/kernel_cmdline.h"

/* 4 bytes of attributes, and the value (UEFI specification, 3.3) */
#define SECURE_BOOT	"/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"
#define UPGRADE		"CONFIG_ACPI_TABLE_UPGRADE=y"

static const char *const names[] = {
	[PFB_POLICY_UNKNOWN] = "unknown",
	[PFB_POLICY_X86] = "x86",
	[PFB_POLICY_ARM64_ACPI] = "arm64-acpi",
	[PFB_POLICY_ARM64_DT] = "arm64-dt",
};

const char *pfb_policy_kind_name(enum pfb_policy_kind kind)
{
	return names[kind];
}

enum pfb_policy_kind pfb_policy_kind_parse(const char *name)
{
	size_t i;

	for (i = 1; i < ARRAY_SIZE(names); i++) {
		if (!strcmp(names[i], name))
			return (enum pfb_policy_kind)i;
	}
	return PFB_POLICY_UNKNOWN;
}

/* What the system's programs are made for; any that every Debian and Fedora has will do. */
static unsigned int machine_of(const char *root)
{
	static const char *const programs[] = { "/usr/bin/env", "/bin/env", "/usr/bin/busybox",
						"/bin/busybox" };
	unsigned int machine = EM_NONE;
	size_t i, size;
	void *data;

	for (i = 0; i < ARRAY_SIZE(programs) && machine == EM_NONE; i++) {
		if (pfb_policy_read(root, programs[i], 16U << 20, &data, &size, NULL))
			continue;
		if (size >= sizeof(Elf64_Ehdr) && !memcmp(data, ELFMAG, SELFMAG) &&
		    ((u8 *)data)[EI_DATA] == ELFDATA2LSB)
			machine = pfb_get_le16((u8 *)data + offsetof(Elf64_Ehdr, e_machine));
		free(data);
	}
	return machine;
}

static enum pfb_policy_kind kind_of(const char *root, bool running)
{
	bool acpi = pfb_policy_exists(root, "/sys/firmware/acpi/tables/DSDT");
	bool dt = pfb_policy_exists(root, "/sys/firmware/fdt") ||
		  pfb_policy_exists(root, "/sys/firmware/devicetree/base/compatible");

	switch (machine_of(root)) {
	case EM_X86_64:
		return PFB_POLICY_X86;
	case EM_AARCH64:
		if (acpi)
			return PFB_POLICY_ARM64_ACPI;
		if (dt)
			return PFB_POLICY_ARM64_DT;
		if (running)
			return PFB_POLICY_UNKNOWN;
		/* An image: U-Boot hands over a device tree, UEFI in a VM mostly ACPI. */
		return pfb_policy_exists(root, "/usr/sbin/u-boot-update") ?
		       PFB_POLICY_ARM64_DT : PFB_POLICY_ARM64_ACPI;
	default:
		return PFB_POLICY_UNKNOWN;
	}
}

static void read_line(const char *root, const char *path, char *buf, size_t size)
{
	char full[PFB_POLICY_PATH_MAX];

	*buf = '\0';
	if (!pfb_policy_path(root, path, full, NULL))
		pfb_file_line(full, buf, size);
}

/* "none [integrity] confidentiality": the one in brackets holds. */
static void read_lockdown(const char *root, struct pfb_policy_platform *platform)
{
	char line[96], *from, *to;

	read_line(root, "/sys/kernel/security/lockdown", line, sizeof(line));
	from = strchr(line, '[');
	to = from ? strchr(from, ']') : NULL;
	if (!to || to - from > (int)sizeof(platform->lockdown))
		return;
	*to = '\0';
	strcpy(platform->lockdown, from + 1);
}

static bool secure_boot(const char *root)
{
	size_t size;
	void *data;
	bool on;

	if (pfb_policy_read(root, SECURE_BOOT, 64, &data, &size, NULL))
		return false;
	on = size == 5 && ((u8 *)data)[4] == 1;
	free(data);
	return on;
}

static void find_no_upgrade(const char *root, struct pfb_policy_platform *platform)
{
	size_t nr, i;
	char **list = pfb_policy_list(root, "/boot/config-*", &nr);

	for (i = 0; i < nr && !*platform->no_upgrade; i++) {
		if (!pfb_policy_mentions(root, list[i], UPGRADE))
			snprintf(platform->no_upgrade, sizeof(platform->no_upgrade), "%s",
				 list[i] + strlen("/boot/config-"));
	}
	pfb_policy_list_free(list, nr);
}

void pfb_policy_platform_read(const char *root, struct pfb_policy_platform *platform)
{
	memset(platform, 0, sizeof(*platform));
	read_line(root, "/proc/cmdline", platform->cmdline, sizeof(platform->cmdline));
	read_line(root, "/proc/sys/kernel/osrelease", platform->release, sizeof(platform->release));
	platform->running = *platform->release;
	platform->kind = kind_of(root, platform->running);
	platform->secure_boot = secure_boot(root);
	read_lockdown(root, platform);
	find_no_upgrade(root, platform);
}

bool pfb_policy_locked_down(const struct pfb_policy_platform *platform)
{
	return !strcmp(platform->lockdown, "integrity") ||
	       !strcmp(platform->lockdown, "confidentiality");
}

const char *pfb_policy_tables_refused(const struct pfb_policy_platform *platform)
{
	if (pfb_policy_locked_down(platform))
		return "the kernel is locked down, and ignores ACPI tables from an initrd";
	if (platform->secure_boot)
		return "Secure Boot is on, and distributions' kernels lock themselves down then: they ignore ACPI tables from an initrd";
	if (pfb_cmdline_has(platform->cmdline, "acpi=off"))
		return "the kernel was started with acpi=off";
	return NULL;
}
