// SPDX-License-Identifier: GPL-2.0
#include "lib/module_key.h"

#include <stdlib.h>

#include "lib/file.h"

#define CERTIFICATE_MAX	(64U << 10)
#define LIST_MAX	(4U << 20)

/* DER, as DKMS makes it; and Ubuntu, for DKMS. */
static const char *const certificates[] = {
	"/var/lib/dkms/mok.pub",
	"/var/lib/shim-signed/mok/MOK.der",
};

/* Each holds certificates whole (UEFI specification, 32.4.1, EFI_SIGNATURE_DATA). */
static const char *const lists[] = {
	"/sys/firmware/efi/efivars/MokListRT-605dab50-e046-4300-abb6-3dd810dd8b23",
	/* A list that is too long for a variable is handed over as a table. */
	"/sys/firmware/efi/mok-variables/MokListRT",
	"/sys/firmware/efi/efivars/db-d719b2cb-3d3a-4596-a3bc-dad00e67656f",
};

bool pfb_module_key_wanted(const char *root, const struct pfb_policy_platform *platform)
{
	char full[PFB_POLICY_PATH_MAX], line[8];

	if (platform->secure_boot || pfb_policy_locked_down(platform))
		return true;
	return !pfb_policy_path(root, "/sys/module/module/parameters/sig_enforce", full, NULL) &&
	       !pfb_file_line(full, line, sizeof(line)) && !strcmp(line, "Y");
}

static bool enrolled(const char *root, const void *certificate, size_t size)
{
	bool found = false;
	size_t i, len;
	void *list;

	for (i = 0; i < ARRAY_SIZE(lists) && !found; i++) {
		if (pfb_policy_read(root, lists[i], LIST_MAX, &list, &len, NULL))
			continue;
		found = memmem(list, len, certificate, size);
		free(list);
	}
	return found;
}

const char *pfb_module_key_missing(const char *root, const struct pfb_policy_platform *platform)
{
	const char *missing = NULL;
	void *certificate;
	size_t i, size;

	if (!platform->running || !pfb_module_key_wanted(root, platform) ||
	    pfb_policy_exists(root, "/sys/module/pci_fixed_bars"))
		return NULL;
	for (i = 0; i < ARRAY_SIZE(certificates) && !missing; i++) {
		if (pfb_policy_read(root, certificates[i], CERTIFICATE_MAX, &certificate, &size,
				    NULL))
			continue;
		if (size && !enrolled(root, certificate, size))
			missing = certificates[i];
		free(certificate);
	}
	return missing;
}
