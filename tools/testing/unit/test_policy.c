// SPDX-License-Identifier: GPL-2.0
/* Boot policies in images made of files: what is written, and that all of it goes again. */
#include "unit.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <libfdt.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/kernel_cmdline.h"
#include "lib/policy.h"
#include "lib/policy_lint.h"
#include "unit_aml.h"

static char root[64];
static struct pfb_policy_plan plan;
static struct pfb_error err;

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

static void put(const char *path, const char *text)
{
	char full[256], *slash;
	int fd;

	snprintf(full, sizeof(full), "%s%s", root, path);
	for (slash = strchr(full + strlen(root) + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(full, 0755);
		*slash = '/';
	}
	fd = open(full, O_WRONLY | O_CREAT | O_TRUNC, 0640);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (int)strlen(text));
	close(fd);
}

static void put_program(unsigned char machine)
{
	char elf[65] = "";
	char full[256];
	int fd;

	memset(elf, 'x', 64);
	memcpy(elf, "\177ELF\2\1", 6);
	elf[18] = (char)machine;
	elf[19] = 0;
	put("/usr/bin/env", "");
	snprintf(full, sizeof(full), "%s/usr/bin/env", root);
	fd = open(full, O_WRONLY);
	assert_int_equal(write(fd, elf, 64), 64);
	close(fd);
}

static char *get(const char *path)
{
	size_t size;
	void *data;

	return pfb_policy_read(root, path, 1 << 20, &data, &size, NULL) ? NULL : data;
}

static void holds(const char *path, const char *text)
{
	char *data = get(path);

	if (!data || !strstr(data, text))
		fail_msg("%s is not in %s:\n%s", text, path, data ? data : "(not there)");
	free(data);
}

/* Every file below the root, with its mode and content. */
static char *tree;
static size_t tree_len;
static FILE *tree_out;

static int list_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)ftw;
	fprintf(tree_out, "%s %o ", path + strlen(root), st->st_mode);
	if (flag == FTW_F) {
		char *data = get(path + strlen(root));

		fputs(data ? data : "(unreadable)", tree_out);
		free(data);
	}
	fputc('\n', tree_out);
	return 0;
}

static int by_line(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* nftw() has no order of its own. */
static char *snapshot(void)
{
	char *lines[512], *save = NULL, *sorted = NULL;
	size_t nr = 0, i, len;
	FILE *out;

	tree_out = open_memstream(&tree, &tree_len);
	assert_int_equal(nftw(root, list_one, 16, FTW_PHYS), 0);
	fclose(tree_out);
	for (lines[nr] = strtok_r(tree, "\n", &save); lines[nr]; lines[nr] = strtok_r(NULL, "\n", &save))
		nr++;
	qsort(lines, nr, sizeof(*lines), by_line);
	out = open_memstream(&sorted, &len);
	for (i = 0; i < nr; i++)
		fprintf(out, "%s\n", lines[i]);
	fclose(out);
	free(tree);
	return sorted;
}

static void fresh(void)
{
	pfb_policy_plan_free(&plan);
	memset(&plan, 0, sizeof(plan));
	plan.root = root;
	err.text[0] = '\0';
}

static int install(enum pfb_policy_kind kind, const char *dsdt, const char *dtb)
{
	struct pfb_policy_wish wish = { kind, dsdt, dtb };
	struct pfb_policy_platform platform;
	int ret;

	fresh();
	pfb_policy_platform_read(root, &platform);
	if (!kind)
		wish.kind = platform.kind;
	ret = pfb_policy_install(&plan, &platform, &wish, &err);
	return ret < 0 ? ret : pfb_policy_plan_apply(&plan, &err) ? -1 : ret;
}

static int uninstall(void)
{
	int ret;

	fresh();
	ret = pfb_policy_remove(&plan, &err);
	return ret < 0 ? ret : pfb_policy_plan_apply(&plan, &err) ? -1 : ret;
}

static void commands(const char *expected)
{
	char all[2048] = "";
	u32 i;

	for (i = 0; i < plan.nr_commands; i++) {
		strcat(all, plan.commands[i]);
		strcat(all, ";");
	}
	assert_string_equal(all, expected);
}

/* The three that every boot loader must pass. */
static void there_and_back(enum pfb_policy_kind kind, const char *dsdt, const char *dtb,
			   const char *expected_commands)
{
	char *before = snapshot(), *with, *again, *after;

	if (install(kind, dsdt, dtb) <= 0)
		fail_msg("nothing was installed: %s", err.text);
	commands(expected_commands);
	with = snapshot();
	assert_string_not_equal(before, with);
	assert_true(pfb_policy_installed(root, NULL, NULL));
	assert_int_equal(install(kind, dsdt, dtb), 0);
	again = snapshot();
	assert_string_equal(with, again);
	if (uninstall() <= 0)
		fail_msg("nothing was removed: %s", err.text);
	commands(expected_commands);
	after = snapshot();
	assert_string_equal(before, after);
	assert_false(pfb_policy_installed(root, NULL, NULL));
	assert_int_equal(uninstall(), 0);
	free(before);
	free(with);
	free(again);
	free(after);
}

static void make_grub(void)
{
	put("/etc/default/grub", "GRUB_CMDLINE_LINUX_DEFAULT=\"quiet\"\n");
	put("/etc/default/grub.d/50-cloud.cfg", "GRUB_TIMEOUT=0\n");
	put("/usr/sbin/grub-mkconfig", "for x in ${sysconfdir}/default/grub.d/*.cfg ; do\n");
}

static void test_grub(void **state)
{
	(void)state;
	put_program(62);
	make_grub();
	there_and_back(0, NULL, NULL, "update-grub;");
	assert_int_equal(install(0, NULL, NULL), 1);
	holds("/etc/default/grub.d/pci-fixed-bars.cfg",
	      "\nGRUB_CMDLINE_LINUX=\"$GRUB_CMDLINE_LINUX pci=realloc=off\"\n");
}

/* One that reads no drop-ins would take the file and do nothing. */
static void test_grub_unknown(void **state)
{
	char *before;

	(void)state;
	put_program(62);
	make_grub();
	put("/usr/sbin/grub-mkconfig", "source /etc/default/grub\n");
	before = snapshot();
	assert_int_equal(install(0, NULL, NULL), -EOPNOTSUPP);
	assert_error(&err, "grub-mkconfig", "pci=realloc=off", "grubby");
	free(before);
}

static void test_not_ours(void **state)
{
	(void)state;
	put_program(62);
	make_grub();
	put("/etc/default/grub.d/pci-fixed-bars.cfg", "GRUB_CMDLINE_LINUX=mine\n");
	assert_int_equal(install(0, NULL, NULL), -EEXIST);
	assert_error(&err, "pci-fixed-bars.cfg", "not touched");
	assert_int_equal(uninstall(), -EEXIST);
	holds("/etc/default/grub.d/pci-fixed-bars.cfg", "mine");
}

static void make_systemd_boot(void)
{
	put("/var/lib/dpkg/status", "");
	put("/usr/bin/kernel-install", "");
	put("/boot/efi/loader/entries/abc-6.12.conf", "options root=/dev/vda1 ro\n");
	put("/boot/vmlinuz-6.12.1-amd64", "");
	put("/boot/vmlinuz-6.1.0-amd64", "");
	put("/lib/modules/6.12.1-amd64/modules.dep", "");
	put("/lib/modules/6.1.0-amd64/modules.dep", "");
	put("/lib/modules/5.10.0-gone/modules.dep", "");
}

static void test_systemd_boot(void **state)
{
	static const char all[] =
		"kernel-install add 6.1.0-amd64 /boot/vmlinuz-6.1.0-amd64;"
		"kernel-install add 6.12.1-amd64 /boot/vmlinuz-6.12.1-amd64;";
	static const char *const lines[] = {
		"root=/dev/vda1 ro quiet\n", "root=/dev/vda1 ro quiet", "root=/dev/vda1 \n\n",
	};
	char *text;
	size_t i;

	(void)state;
	put_program(62);
	make_systemd_boot();
	assert_int_equal(install(0, NULL, NULL), -EOPNOTSUPP);
	assert_error(&err, "/etc/kernel/cmdline", "root=");
	for (i = 0; i < ARRAY_SIZE(lines); i++) {
		put("/etc/kernel/cmdline", lines[i]);
		there_and_back(0, NULL, NULL, all);
	}
	put("/etc/kernel/cmdline", "root=/dev/vda1 ro\n");
	assert_true(install(0, NULL, NULL) > 0);
	text = get("/etc/kernel/cmdline");
	assert_string_equal(text, "root=/dev/vda1 ro pci=realloc=off\n");
	free(text);

	/* What somebody adds meanwhile is theirs, and stays. */
	put("/etc/kernel/cmdline", "root=/dev/vda2 ro pci=realloc=off nosmt\n");
	assert_true(uninstall() > 0);
	assert_true(plan.nr_notes == 1 && strstr(plan.notes[0], "changed since"));
	text = get("/etc/kernel/cmdline");
	assert_string_equal(text, "root=/dev/vda2 ro nosmt\n");
	free(text);

	/* What was there before is not ours to remove. */
	put("/etc/kernel/cmdline", "root=/dev/vda1 pci=realloc=off ro\n");
	assert_int_equal(install(0, NULL, NULL), 0);
	assert_int_equal(uninstall(), 0);
}

static void test_extlinux(void **state)
{
	(void)state;
	put_program(62);
	put("/usr/sbin/u-boot-update", "for file in /etc/u-boot-menu/conf.d/*.conf\n");
	put("/etc/u-boot-menu/conf.d/own.conf", "U_BOOT_TIMEOUT=1\n");
	there_and_back(0, NULL, NULL, "u-boot-update;");
	put("/usr/sbin/u-boot-update", ". /etc/default/u-boot\n");
	assert_int_equal(install(0, NULL, NULL), -EOPNOTSUPP);
	assert_error(&err, "U_BOOT_PARAMETERS", "pci=realloc=off");
}

static char said[4096];

static void collect(void *ctx, bool error, const char *where, const char *text)
{
	(void)ctx;
	snprintf(said + strlen(said), sizeof(said) - strlen(said), "%s %s: %s\n",
		 error ? "E" : "W", where, text);
}

static unsigned int lint(void)
{
	struct pfb_policy_platform platform;

	said[0] = '\0';
	pfb_policy_platform_read(root, &platform);
	return pfb_policy_lint(root, &platform, collect, NULL);
}

static void test_extlinux_dtb(void **state)
{
	char fdt[4096], full[256], *dtb;
	const void *value;
	int fd, len;

	(void)state;
	put_program(183);
	put("/usr/sbin/u-boot-update", "for file in /etc/u-boot-menu/conf.d/*.conf\n");
	put("/etc/u-boot-menu/conf.d/own.conf", "");
	put("/boot/vm.dtb", "");
	assert_int_equal(fdt_create_empty_tree(fdt, sizeof(fdt)), 0);
	len = fdt_add_subnode(fdt, 0, "pcie@0");
	assert_int_equal(fdt_setprop_string(fdt, len, "device_type", "pci"), 0);
	fdt_pack(fdt);
	snprintf(full, sizeof(full), "%s/boot/vm.dtb", root);
	fd = open(full, O_WRONLY);
	assert_int_equal(write(fd, fdt, fdt_totalsize(fdt)), (int)fdt_totalsize(fdt));
	close(fd);

	assert_int_equal(install(0, NULL, NULL), -EOPNOTSUPP);
	assert_error(&err, "linux,pci-probe-only", "--dtb");
	there_and_back(0, NULL, full, "u-boot-update;");
	assert_int_equal(install(0, NULL, full), 2);
	holds("/etc/u-boot-menu/conf.d/pci-fixed-bars.conf", "U_BOOT_FDT=/boot/pci-fixed-bars.dtb\n");
	dtb = get("/boot/pci-fixed-bars.dtb");
	assert_non_null(dtb);
	value = fdt_getprop(dtb, fdt_path_offset(dtb, "/chosen"), "linux,pci-probe-only", &len);
	assert_non_null(value);
	assert_non_null(fdt_getprop(dtb, fdt_path_offset(dtb, "/pcie@0"), "pci-enum-done", &len));
	free(dtb);
	/* No parameters were installed, so none are missed. */
	put("/boot/extlinux/extlinux.conf", "\tappend root=/dev/vda1 ro quiet\n");
	assert_int_equal(lint(), 0);
}

static void put_dsdt(const char *path, bool dsm)
{
	struct unit_aml dsdt;
	char full[256];
	int fd;

	unit_aml_dsdt(&dsdt, dsm);
	put(path, "");
	snprintf(full, sizeof(full), "%s%s", root, path);
	fd = open(full, O_WRONLY | O_TRUNC);
	assert_int_equal(write(fd, dsdt.data, dsdt.nr), (int)dsdt.nr);
	close(fd);
}

static void make_initramfs_tools(void)
{
	put_program(183);
	put("/usr/sbin/update-initramfs", "");
	put("/usr/share/initramfs-tools/hooks/pci-fixed-bars", "");
	put("/var/lib/dpkg/status", "");
}

static bool cpio_has_dsdt(void)
{
	char full[256];
	size_t size;
	void *data;
	bool has;

	snprintf(full, sizeof(full), "%s", root);
	if (pfb_policy_read(root, PFB_POLICY_CPIO, 1 << 20, &data, &size, &err))
		fail_msg("%s", err.text);
	assert_non_null(memmem(data, size, "kernel/firmware/acpi/pci-fixed-bars-ssdt.aml", 44));
	has = memmem(data, size, "kernel/firmware/acpi/pci-fixed-bars-dsdt.aml", 44);
	free(data);
	return has;
}

static void test_tables(void **state)
{
	char full[256];

	(void)state;
	make_initramfs_tools();
	put_dsdt("/tmp/dsdt", true);
	snprintf(full, sizeof(full), "%s/tmp/dsdt", root);
	there_and_back(0, full, NULL, "update-initramfs -u -k all;");
	there_and_back(0, NULL, NULL, "update-initramfs -u -k all;");
	assert_int_equal(install(0, full, NULL), 1);
	assert_true(cpio_has_dsdt());
	assert_int_equal(install(0, NULL, NULL), 1);
	assert_false(cpio_has_dsdt());
	assert_true(plan.nr_notes && strstr(plan.notes[0], "--dsdt"));
	put("/tmp/dsdt", "DSDT");
	assert_int_equal(install(0, full, NULL), -EINVAL);
	assert_error(&err, full, ": 4 bytes, expected");
}

static void test_tables_dracut(void **state)
{
	char full[256];

	(void)state;
	put_program(183);
	put("/usr/bin/dracut", "");
	/* Of initramfs-tools-core, which Debian's dracut leaves installed. */
	put("/usr/sbin/mkinitramfs", "");
	put("/etc/dracut.conf.d/own.conf", "");
	put("/var/lib/rpm/db", "");
	put_dsdt("/tmp/dsdt", true);
	snprintf(full, sizeof(full), "%s/tmp/dsdt", root);
	there_and_back(0, full, NULL, "dracut --regenerate-all --force;");
	assert_int_equal(install(0, full, NULL), 3);
	holds(PFB_POLICY_DRACUT, "acpi_table_dir=\"/var/lib/pci-fixed-bars/acpi\"\n");
	/* The VM no longer has one that must be replaced: the old one would be a wrong one. */
	put_dsdt("/tmp/dsdt", false);
	assert_int_equal(install(0, full, NULL), 2);
	assert_null(get("/var/lib/pci-fixed-bars/acpi/dsdt.aml"));
}

static void test_tables_refused(void **state)
{
	(void)state;
	put_program(183);
	assert_int_equal(install(PFB_POLICY_ARM64_ACPI, NULL, NULL), -EOPNOTSUPP);
	assert_error(&err, "initramfs-tools", "policy table");
	put("/usr/sbin/update-initramfs", "");
	assert_int_equal(install(PFB_POLICY_ARM64_ACPI, NULL, NULL), -EOPNOTSUPP);
	assert_error(&err, "hooks/pci-fixed-bars", "pci-fixed-bars-tools");
	make_initramfs_tools();
	put("/sys/kernel/security/lockdown", "none [integrity] confidentiality\n");
	assert_int_equal(install(PFB_POLICY_ARM64_ACPI, NULL, NULL), -EOPNOTSUPP);
	assert_error(&err, "locked down", "_DSM");
	put("/sys/kernel/security/lockdown", "[none] integrity confidentiality\n");
	assert_true(install(PFB_POLICY_ARM64_ACPI, NULL, NULL) > 0);
}

static int update(void)
{
	struct pfb_policy_platform platform;
	int ret;

	fresh();
	pfb_policy_platform_read(root, &platform);
	ret = pfb_policy_update(&plan, &platform, &err);
	return ret < 0 ? ret : pfb_policy_plan_apply(&plan, &err) ? -1 : ret;
}

/* A running VM whose DSDT becomes another. */
static void test_update(void **state)
{
	static const char live[] = "/sys/firmware/acpi/tables/DSDT";
	static const char qemu[] = "/sys/firmware/qemu_fw_cfg/by_name/etc/acpi/tables/raw";

	(void)state;
	make_initramfs_tools();
	put("/proc/sys/kernel/osrelease", "6.12.1\n");
	put_dsdt(live, true);
	assert_int_equal(update(), 0);
	assert_false(pfb_policy_installed(root, NULL, NULL));

	/* Where the VM's own can't be seen behind ours, ours could outlive it. */
	assert_int_equal(install(0, NULL, NULL), -EOPNOTSUPP);
	assert_error(&err, "later");
	put_dsdt(qemu, true);
	assert_int_equal(install(0, NULL, NULL), 1);
	assert_true(cpio_has_dsdt());
	assert_int_equal(update(), 0);

	put_dsdt(qemu, false);
	put_dsdt(live, false);
	assert_int_equal(update(), 1);
	assert_false(cpio_has_dsdt());
	commands("update-initramfs -u -k all;");

	/* Firmware that changes what QEMU gave: no telling it from a changed VM. */
	put_dsdt(live, true);
	assert_int_equal(update(), 1);
	assert_false(pfb_policy_installed(root, NULL, NULL));
	assert_true(plan.nr_notes == 1 && strstr(plan.notes[0], "dropped"));
	commands("update-initramfs -u -k all;");
}

/* A link in an image that leads out of it. */
static void test_link_out(void **state)
{
	char from[128], to[128];

	(void)state;
	put_program(62);
	make_grub();
	snprintf(from, sizeof(from), "%s/etc/default/grub.d", root);
	snprintf(to, sizeof(to), "%s-outside", root);
	mkdir(to, 0755);
	nftw(from, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	assert_int_equal(symlink(to, from), 0);
	assert_int_equal(install(0, NULL, NULL), -EXDEV);
	assert_error(&err, "outside");
	assert_int_equal(rmdir(to), 0);
}

/* The second file cannot be written: the first is as it was. */
static void test_rollback(void **state)
{
	char *before, *after, full[128];

	(void)state;
	put_program(62);
	make_grub();
	put("/boot/x", "");
	before = snapshot();
	fresh();
	assert_int_equal(pfb_policy_plan_write(&plan, "/etc/default/grub.d/pci-fixed-bars.cfg",
					       PFB_POLICY_MARK, strlen(PFB_POLICY_MARK), &err), 0);
	assert_int_equal(pfb_policy_plan_write(&plan, "/boot/pci-fixed-bars.dtb", "x", 1, &err), 0);
	assert_int_equal(pfb_policy_plan_compare(&plan, 0, &err), 2);
	snprintf(full, sizeof(full), "%s/boot/pci-fixed-bars.dtb", root);
	mkdir(full, 0755);
	assert_int_not_equal(pfb_policy_plan_apply(&plan, &err), 0);
	rmdir(full);
	after = snapshot();
	assert_string_equal(before, after);
	free(before);
	free(after);
}

static void test_cmdline(void **state)
{
	bool both;
	size_t len;

	(void)state;
	assert_int_equal(pfb_cmdline_realloc("quiet", NULL), PFB_CMDLINE_REALLOC_UNSAID);
	assert_int_equal(pfb_cmdline_realloc("a pci=nocrs,realloc=off b", &both),
			 PFB_CMDLINE_REALLOC_OFF);
	assert_false(both);
	assert_int_equal(pfb_cmdline_realloc("pci=realloc=off pci=realloc", &both),
			 PFB_CMDLINE_REALLOC_ON);
	assert_true(both);
	assert_int_equal(pfb_cmdline_realloc("xpci=realloc pci=reallocated", NULL),
			 PFB_CMDLINE_REALLOC_UNSAID);
	assert_int_equal(pfb_cmdline_realloc("x=\"a pci=realloc\"", NULL),
			 PFB_CMDLINE_REALLOC_UNSAID);
	assert_true(pfb_cmdline_pci("pci=a,b,", "b"));
	assert_false(pfb_cmdline_pci("pci=a,b", "c"));
	assert_true(pfb_cmdline_has("a acpi=off", "acpi=off"));
	assert_false(pfb_cmdline_has("acpi=offf", "acpi=off"));
	assert_non_null(pfb_cmdline_pci_starting("pci=x,config_acs=1@a;b z", "config_acs=", &len));
	assert_int_equal(len, strlen("config_acs=1@a;b"));
}

static void test_lint(void **state)
{
	(void)state;
	put_program(62);
	make_grub();
	put("/boot/grub/grub.cfg", "\tlinux /boot/vmlinuz root=/dev/vda1 ro pci=realloc=off\n");
	assert_int_equal(lint(), 0);
	assert_string_equal(said, "");
	put("/boot/grub/grub.cfg", "\tlinux /boot/vmlinuz root=/dev/vda1 ro pci=realloc\n");
	assert_int_equal(lint(), 1);
	assert_non_null(strstr(said, "E /boot/grub/grub.cfg: pci=realloc lets"));
	put("/boot/grub/grub.cfg", "linux /v pci=realloc=off pci=realloc\nlinux /v pci=realloc pci=realloc=off\n");
	assert_int_equal(lint(), 1);
	assert_non_null(strstr(said, "W /boot/grub/grub.cfg: pci=realloc and"));
	assert_non_null(strstr(said, "E /boot/grub/grub.cfg: pci=realloc and"));
	put("/boot/grub/grub.cfg", "linux /v ro\n");
	assert_int_equal(lint(), 0);
	assert_non_null(strstr(said, "W /boot/grub/grub.cfg: no pci=realloc=off"));
	assert_true(install(0, NULL, NULL) > 0);
	assert_int_equal(lint(), 1);
	assert_non_null(strstr(said, "E /boot/grub/grub.cfg: pci=realloc=off is installed, and not in it"));

	put("/boot/grub/grub.cfg",
	    "linux /v pci=realloc=off,assign-busses pci=resource_alignment=30@1:0.0 pci=nocrs\n");
	assert_int_equal(lint(), 2);
	assert_non_null(strstr(said, "assign-busses"));
	assert_non_null(strstr(said, "resource_alignment"));
	assert_non_null(strstr(said, "W /boot/grub/grub.cfg: pci=nocrs"));

	put("/boot/grub/grub.cfg", "linux /v pci=realloc=off pci=config_acs=x@1:0.0;2:0.0\n");
	put("/proc/sys/kernel/osrelease", "6.14.11\n");
	put("/proc/cmdline", "pci=realloc=off\n");
	assert_int_equal(lint(), 0);
	assert_non_null(strstr(said, "config_acs"));
	put("/proc/sys/kernel/osrelease", "6.15.0\n");
	assert_int_equal(lint(), 0);
	assert_string_equal(said, "");
	put("/proc/cmdline", "pci=realloc\n");
	assert_int_equal(lint(), 1);
	assert_non_null(strstr(said, "E this boot: pci=realloc lets"));
}

static void test_lint_tables(void **state)
{
	(void)state;
	make_initramfs_tools();
	assert_true(install(0, NULL, NULL) > 0);
	assert_int_equal(lint(), 0);
	put("/boot/config-6.12", "# CONFIG_ACPI_TABLE_UPGRADE is not set\n");
	assert_int_equal(lint(), 0);
	assert_non_null(strstr(said, "CONFIG_ACPI_TABLE_UPGRADE"));
	put("/boot/config-6.12", "CONFIG_ACPI_TABLE_UPGRADE=y\n");
	put("/sys/kernel/security/lockdown", "none [integrity] confidentiality\n");
	assert_int_equal(lint(), 1);
	assert_non_null(strstr(said, "E next boot: the ACPI table that is installed does not count"));
	put("/boot/grub/grub.cfg", "linux /v acpi=off lockdown=integrity\n");
	assert_int_equal(lint(), 3);
}

/* With Secure Boot, a module whose key nobody enrolled is refused; so is a table. */
static void test_module_key(void **state)
{
	static const char list[] = "/sys/firmware/efi/efivars/MokListRT-605dab50-e046-4300-abb6-3dd810dd8b23";
	static const char want[] = "E this boot: the kernel refuses the module";

	(void)state;
	put_program(62);
	put("/proc/sys/kernel/osrelease", "6.12.1\n");
	put("/proc/cmdline", "pci=realloc=off\n");
	put("/var/lib/dkms/mok.pub", "the certificate");
	put("/sys/kernel/security/lockdown", "[none] integrity confidentiality\n");
	assert_int_equal(lint(), 0);
	put("/sys/module/module/parameters/sig_enforce", "N\n");
	assert_int_equal(lint(), 0);
	put("/sys/module/module/parameters/sig_enforce", "Y\n");
	assert_int_equal(lint(), 1);
	put("/sys/module/module/parameters/sig_enforce", "N\n");
	put("/sys/kernel/security/lockdown", "none [integrity] confidentiality\n");
	assert_int_equal(lint(), 1);
	assert_non_null(strstr(said, want));
	assert_non_null(strstr(said, "mokutil --import /var/lib/dkms/mok.pub"));
	put(list, "....another certificate");
	assert_int_equal(lint(), 1);
	put(list, "....another certificate, the certificate");
	assert_int_equal(lint(), 0);
	put(list, "");
	put("/sys/firmware/efi/mok-variables/MokListRT", "the certificate");
	assert_int_equal(lint(), 0);
	put("/sys/firmware/efi/mok-variables/MokListRT", "");
	put("/sys/firmware/efi/efivars/db-d719b2cb-3d3a-4596-a3bc-dad00e67656f", "the certificate");
	assert_int_equal(lint(), 0);
	put("/sys/firmware/efi/efivars/db-d719b2cb-3d3a-4596-a3bc-dad00e67656f", "");
	assert_int_equal(lint(), 1);
	put("/sys/module/pci_fixed_bars/refcnt", "0\n");
	assert_int_equal(lint(), 0);
}

static int setup(void **state)
{
	(void)state;
	strcpy(root, "/tmp/pfb-policy.XXXXXX");
	return mkdtemp(root) ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	fresh();
	return nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

#define TEST(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_grub),
		TEST(test_grub_unknown),
		TEST(test_not_ours),
		TEST(test_systemd_boot),
		TEST(test_extlinux),
		TEST(test_extlinux_dtb),
		TEST(test_tables),
		TEST(test_tables_dracut),
		TEST(test_tables_refused),
		TEST(test_update),
		TEST(test_link_out),
		TEST(test_rollback),
		TEST(test_cmdline),
		TEST(test_lint),
		TEST(test_lint_tables),
		TEST(test_module_key),
	};

	return cmocka_run_group_tests_name("policy", tests, NULL, NULL);
}
