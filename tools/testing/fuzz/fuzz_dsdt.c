// SPDX-License-Identifier: GPL-2.0
#include "fuzz.h"

#include "lib/acpi_table.h"
#include "lib/policy_ssdt.h"

static struct pfb_policy_bridges bridges, again;

/*
 * Any table, whose header is made right so that mutations reach the AML. One that
 * is understood can be patched: nothing but names, revision and checksum differ, no
 * host bridge has a _DSM any more, and the SSDT beside it is sound AML.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_collector none = { 0 };
	struct pfb_error err = { "" };
	size_t i, differ = 0, renamed = 0, ssdt_size, offset, length;
	u8 *table, *ssdt;
	int ret;

	pfb_acpi_table_find(data, size, "DSDT", &offset, &length, NULL);
	if (size < PFB_ACPI_HEADER)
		return 0;
	table = malloc(size);
	FUZZ_HOLDS(table);
	memcpy(table, data, size);
	ret = pfb_policy_dsdt_bridges(table, size, &bridges, &err);
	fuzz_check_result(ret, &err, &none);
	if (ret)
		goto out;
	for (i = 0; i < bridges.nr; i++)
		renamed += bridges.dsm[i] != 0;
	if (pfb_policy_dsdt_patch(table, size, &bridges, &err))
		goto out;
	for (i = 0; i < size; i++)
		differ += table[i] != data[i];
	/* "_D" becomes "XD"; the revision has four bytes, the checksum one */
	FUZZ_HOLDS(differ <= renamed + 5);
	FUZZ_HOLDS(!pfb_policy_dsdt_bridges(table, size, &again, &err));
	FUZZ_HOLDS(again.nr == bridges.nr);
	for (i = 0; i < again.nr; i++)
		FUZZ_HOLDS(!again.dsm[i]);
	FUZZ_HOLDS(!pfb_policy_ssdt(&bridges, &ssdt, &ssdt_size, &err));
	FUZZ_HOLDS(!pfb_acpi_table_check(ssdt, ssdt_size, "SSDT", true, &err));
	FUZZ_HOLDS(!pfb_policy_dsdt_bridges(ssdt, ssdt_size, &again, &err));
	free(ssdt);
out:
	free(table);
	return 0;
}
