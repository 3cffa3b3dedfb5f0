// SPDX-License-Identifier: GPL-2.0
/* The ACPI tables of a boot policy: AML that is read, changed and written. */
#include "unit.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/acpi_table.h"
#include "lib/cpio.h"
#include "lib/policy_ssdt.h"
#include "lib/policy_tables.h"
#include "unit_aml.h"

static struct pfb_policy_bridges bridges;

static void test_finds_bridges(void **state)
{
	struct pfb_error err = { "" };
	struct unit_aml dsdt;

	(void)state;
	unit_aml_dsdt(&dsdt, true);
	assert_int_equal(pfb_policy_dsdt_bridges(dsdt.data, dsdt.nr, &bridges, &err), 0);
	assert_int_equal(bridges.nr, 1);
	assert_string_equal(bridges.path[0], "\\_SB_.PCI0");
	assert_memory_equal(dsdt.data + bridges.dsm[0], "_DSM", 4);

	unit_aml_dsdt(&dsdt, false);
	assert_int_equal(pfb_policy_dsdt_bridges(dsdt.data, dsdt.nr, &bridges, &err), 0);
	assert_int_equal(bridges.nr, 1);
	assert_int_equal(bridges.dsm[0], 0);
}

/* Nothing but the host bridge's _DSM, the OEM revision and the checksum is another. */
static void test_patches(void **state)
{
	struct pfb_error err = { "" };
	struct unit_aml dsdt, old;
	unsigned int differ = 0;
	size_t i;

	(void)state;
	unit_aml_dsdt(&dsdt, true);
	old = dsdt;
	assert_int_equal(pfb_policy_dsdt_bridges(dsdt.data, dsdt.nr, &bridges, &err), 0);
	assert_int_equal(pfb_policy_dsdt_patch(dsdt.data, dsdt.nr, &bridges, &err), 0);
	assert_int_equal(pfb_acpi_table_check(dsdt.data, dsdt.nr, "DSDT", true, &err), 0);
	assert_memory_equal(dsdt.data + bridges.dsm[0], "XDSM", 4);
	assert_int_equal(pfb_get_le32(dsdt.data + PFB_ACPI_OEM_REVISION), 2);
	for (i = 0; i < dsdt.nr; i++)
		differ += dsdt.data[i] != old.data[i];
	assert_int_equal(differ, 3);

	pfb_put_le32(dsdt.data + PFB_ACPI_OEM_REVISION, UINT32_MAX);
	assert_int_equal(pfb_policy_dsdt_patch(dsdt.data, dsdt.nr, &bridges, &err), -ERANGE);
	assert_error(&err, "revision", "0xffffffff");
}

static void refused(const struct unit_aml *body, int code, const char *word)
{
	struct pfb_error err = { "" };
	struct unit_aml table;

	unit_aml_table(&table, "DSDT", body);
	assert_int_equal(pfb_policy_dsdt_bridges(table.data, table.nr, &bridges, &err), code);
	assert_error(&err, word, "offset 0x");
}

static void test_refuses(void **state)
{
	struct unit_aml body = { .nr = 0 }, deeper;
	unsigned int i;

	(void)state;
	UNIT_AML_PUT(&body, 0x10, 0x3f, '_', 'S', 'B', '_');
	refused(&body, -EINVAL, "longer than");
	body.nr = 0;
	UNIT_AML_PUT(&body, 0x08, '_', 'H', 'I', 'D', 0x0c, 0x41);
	refused(&body, -EINVAL, "ends before");
	body.nr = 0;
	UNIT_AML_PUT(&body, 0x08, '_', 'H', 'I', 'D', 0x0d, 'P');
	refused(&body, -EINVAL, "no end");
	body.nr = 0;
	UNIT_AML_PUT(&body, 0x08, 'a', 'H', 'I', 'D', 0x00);
	refused(&body, -EINVAL, "name");
	body.nr = 0;
	UNIT_AML_PUT(&body, 0x08, '^', 'H', 'I', 'D', '0', 0x00);
	refused(&body, -EINVAL, "above the root");
	body.nr = 0;
	UNIT_AML_PUT(&body, 0xfe);
	refused(&body, -EOPNOTSUPP, "0xfe");
	/* A method that is called: alone, and with an argument that is left over. */
	body.nr = 0;
	UNIT_AML_PUT(&body, 'F', 'O', 'O', '_');
	refused(&body, -EOPNOTSUPP, "called");
	body.nr = 0;
	UNIT_AML_PUT(&body, 0x08, 'N', 'A', 'M', 'E', 'F', 'O', 'O', '_', 0x0a, 0x05);
	refused(&body, -EOPNOTSUPP, "called");
	body.nr = 0;
	for (i = 0; i < 70; i++) {
		deeper.nr = 0;
		unit_aml_package(&deeper, 0xa1, NULL, &body);
		body = deeper;
	}
	refused(&body, -EINVAL, "nested");
}

static void test_two_dsm(void **state)
{
	struct unit_aml body = { .nr = 0 }, bridge = { .nr = 0 }, method = { .nr = 0 };
	struct pfb_error err = { "" };
	struct unit_aml table;

	(void)state;
	UNIT_AML_PUT(&method, 0x04);
	UNIT_AML_PUT(&bridge, 0x08, '_', 'H', 'I', 'D', 0x0d, 'P', 'N', 'P', '0', 'A', '0', '3', 0);
	unit_aml_package(&bridge, 0x14, "_DSM", &method);
	unit_aml_package(&bridge, 0x14, "_DSM", &method);
	unit_aml_package(&body, 0x5b82, "PCI0", &bridge);
	unit_aml_table(&table, "DSDT", &body);
	assert_int_equal(pfb_policy_dsdt_bridges(table.data, table.nr, &bridges, &err),
			 -EOPNOTSUPP);
	assert_error(&err, "PCI0", "two _DSM");
}

/* Whatever is cut or turned over: refused, or read, never read past the end. */
static void test_hostile(void **state)
{
	struct pfb_error err = { "" };
	struct unit_aml dsdt;
	size_t i, bit;
	u8 *copy;

	(void)state;
	unit_aml_dsdt(&dsdt, true);
	for (i = PFB_ACPI_HEADER; i < dsdt.nr; i++) {
		copy = malloc(i);
		assert_non_null(copy);
		memcpy(copy, dsdt.data, i);
		pfb_policy_dsdt_bridges(copy, i, &bridges, &err);
		free(copy);
	}
	for (i = PFB_ACPI_HEADER; i < dsdt.nr; i++) {
		for (bit = 0; bit < 8; bit++) {
			copy = malloc(dsdt.nr);
			assert_non_null(copy);
			memcpy(copy, dsdt.data, dsdt.nr);
			copy[i] ^= (u8)(1 << bit);
			if (!pfb_policy_dsdt_bridges(copy, dsdt.nr, &bridges, &err))
				pfb_policy_dsdt_patch(copy, dsdt.nr, &bridges, &err);
			free(copy);
		}
	}
}

static void test_header(void **state)
{
	struct pfb_error err = { "" };
	struct unit_aml dsdt;
	size_t offset, length;
	u8 blob[2 * UNIT_AML_MAX] = { 0 };

	(void)state;
	unit_aml_dsdt(&dsdt, true);
	assert_int_equal(pfb_acpi_table_check(dsdt.data, dsdt.nr - 1, "DSDT", true, &err), -EINVAL);
	assert_error(&err, "states");
	assert_int_equal(pfb_acpi_table_check(dsdt.data, 10, "DSDT", true, &err), -EINVAL);
	assert_int_equal(pfb_acpi_table_check(dsdt.data, dsdt.nr, "SSDT", true, &err), -EINVAL);
	assert_error(&err, "SSDT");
	dsdt.data[dsdt.nr - 1]++;
	assert_int_equal(pfb_acpi_table_check(dsdt.data, dsdt.nr, "DSDT", true, &err), -EINVAL);
	assert_error(&err, "damaged");
	assert_int_equal(pfb_acpi_table_check(dsdt.data, dsdt.nr, "DSDT", false, &err), 0);

	/* Behind padding, and beside what only looks like one. */
	assert_int_equal(pfb_acpi_table_find(blob, sizeof(blob), "DSDT", &offset, &length, &err),
			 -ENOENT);
	memcpy(blob + 8, "DSDT", 4);
	memcpy(blob + 64, dsdt.data, dsdt.nr);
	assert_int_equal(pfb_acpi_table_find(blob, sizeof(blob), "DSDT", &offset, &length, &err), 0);
	assert_int_equal(offset, 64);
	assert_int_equal(length, dsdt.nr);
	assert_int_equal(pfb_acpi_table_find(blob, 64 + dsdt.nr - 1, "DSDT", &offset, &length, &err),
			 -ENOENT);
	memcpy(blob + UNIT_AML_MAX, dsdt.data, dsdt.nr);
	assert_int_equal(pfb_acpi_table_find(blob, sizeof(blob), "DSDT", &offset, &length, &err),
			 -EINVAL);
	assert_error(&err, "2 tables");
}

static unsigned int methods, renamed_names;

static int count(void *ctx, const struct pfb_aml_object *object, struct pfb_error *err)
{
	(void)ctx;
	(void)err;
	if (object->kind != PFB_AML_METHOD)
		return 0;
	assert_int_equal(object->args, 4);
	assert_string_equal(strrchr(object->path, '.'), "._DSM");
	methods++;
	if (!strcmp(object->path, "\\_SB_.PCI0._DSM") || !strcmp(object->path, "\\_SB_.ODD0._DSM"))
		renamed_names++;
	return 0;
}

/* What is written is AML that the reader understands; the guests' kernels run it. */
static void test_ssdt(void **state)
{
	struct pfb_error err = { "" };
	size_t size;
	u8 *ssdt;

	(void)state;
	memset(&bridges, 0, sizeof(bridges));
	strcpy(bridges.path[0], "\\_SB_.ODD0");
	bridges.dsm[0] = 1;
	bridges.nr = 1;
	assert_int_equal(pfb_policy_ssdt(&bridges, &ssdt, &size, &err), 0);
	assert_int_equal(pfb_acpi_table_check(ssdt, size, "SSDT", true, &err), 0);
	methods = renamed_names = 0;
	if (pfb_aml_walk(ssdt, size, count, NULL, &err))
		fail_msg("%s", err.text);
	/* PC00 to PCFF, PCI0, and the one that was given */
	assert_int_equal(methods, 258);
	assert_int_equal(renamed_names, 2);
	assert_non_null(memmem(ssdt, size, "\\/\3_SB_ODD0XDSM", 15));
	assert_null(memmem(ssdt, size, "PCI0XDSM", 8));
	free(ssdt);
}

/* The longest path there can be, several times in one method. */
static void test_ssdt_long(void **state)
{
	struct pfb_error err = { "" };
	unsigned int i;
	size_t size;
	u8 *ssdt;

	(void)state;
	memset(&bridges, 0, sizeof(bridges));
	for (i = 0; i < PFB_AML_SEGS_MAX - 1; i++)
		strcat(bridges.path[0], i ? ".ABCD" : "\\ABCD");
	bridges.dsm[0] = 1;
	bridges.nr = 1;
	assert_int_equal(pfb_policy_ssdt(&bridges, &ssdt, &size, &err), 0);
	methods = 0;
	if (pfb_aml_walk(ssdt, size, count, NULL, &err))
		fail_msg("%s", err.text);
	assert_int_equal(methods, 258);
	free(ssdt);
}

static void test_cpio(void **state)
{
	struct pfb_cpio cpio = { 0 }, other = { 0 };
	struct pfb_error err = { "" };
	size_t offset, length, next, i;
	u8 *both;

	(void)state;
	pfb_cpio_add(&other, "kernel/x86/microcode", "12345", 5);
	assert_int_equal(pfb_cpio_end(&other, &err), 0);
	pfb_cpio_add(&cpio, "kernel", NULL, 0);
	pfb_cpio_add(&cpio, "kernel/firmware/acpi/a.aml", "abc", 3);
	pfb_cpio_add(&cpio, "kernel/firmware/acpi/b.aml", "defg", 4);
	assert_int_equal(pfb_cpio_end(&cpio, &err), 0);
	assert_int_equal(cpio.size % 512, 0);
	assert_memory_equal(cpio.data, "07070100000000000041ed", 22);

	/* As initrds are made: behind each other. */
	both = malloc(other.size + cpio.size);
	assert_non_null(both);
	memcpy(both, other.data, other.size);
	memcpy(both + other.size, cpio.data, cpio.size);
	assert_true(pfb_cpio_find(both, other.size + cpio.size, "kernel/firmware/acpi/", 0, &offset,
				  &length, &next));
	assert_int_equal(length, 3);
	assert_memory_equal(both + offset, "abc", 3);
	assert_true(pfb_cpio_find(both, other.size + cpio.size, "kernel/firmware/acpi/", next,
				  &offset, &length, &next));
	assert_memory_equal(both + offset, "defg", 4);
	assert_false(pfb_cpio_find(both, other.size + cpio.size, "kernel/firmware/acpi/", next,
				   &offset, &length, &next));
	for (i = 0; i < cpio.size; i++) {
		u8 *cut = malloc(i + 1);

		assert_non_null(cut);
		memcpy(cut, cpio.data, i);
		pfb_cpio_find(cut, i, "kernel/firmware/acpi/b.aml", 0, &offset, &length, NULL);
		free(cut);
	}
	free(both);
	free(other.data);
	free(cpio.data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_finds_bridges),
		cmocka_unit_test(test_patches),
		cmocka_unit_test(test_refuses),
		cmocka_unit_test(test_two_dsm),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_header),
		cmocka_unit_test(test_ssdt),
		cmocka_unit_test(test_ssdt_long),
		cmocka_unit_test(test_cpio),
	};

	return cmocka_run_group_tests_name("policy_tables", tests, NULL, NULL);
}
