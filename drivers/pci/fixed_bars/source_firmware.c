// SPDX-License-Identifier: GPL-2.0
/*
 * A manifest among the firmware files, for hypervisors without fw_cfg: put it
 * into the initramfs as /lib/firmware/pci-fixed-bars/manifest.bin.
 */
#include <linux/firmware.h>
#include <linux/kernel_read_file.h>
#include <linux/pci.h>
#include <linux/vmalloc.h>

#include <pci_fixed_bars/manifest.h>

#include "sources.h"

#define MANIFEST_FILE	"pci-fixed-bars/manifest.bin"

/* To the firmware loader an empty file is none; to whoever put it there it is not. */
static int explain_absent(struct pfb_source_read *read)
{
	void *data = NULL;
	ssize_t ret;

	ret = kernel_read_file_from_path_initns("/lib/firmware/" MANIFEST_FILE, 0, &data,
						PFB_MANIFEST_SIZE_MAX, NULL, READING_UNKNOWN);
	if (ret >= 0)
		vfree(data);
	if (ret == -EINVAL)
		return pfb_fail(&read->message, -EINVAL,
				"firmware file " MANIFEST_FILE " is empty, 0 bytes, expected a manifest: replace or remove it");
	return pfb_fail(&read->message, -ENOENT, "there is no firmware file " MANIFEST_FILE);
}

/**
 * pfb_source_firmware_read() - read the manifest among the firmware files
 * @read: receives the declarations
 *
 * Context: may sleep. The caller holds pci_lock_rescan_remove().
 * Return: 0, -ENOENT when there is none, or what is wrong with it.
 */
int pfb_source_firmware_read(struct pfb_source_read *read)
{
	struct pci_bus *root = pci_find_next_bus(NULL);
	const struct firmware *file;
	int ret;

	/* The device only lends its name to messages: any host bridge will do. */
	if (!root)
		return pfb_fail(&read->message, -ENOENT, "there is no PCI bus");

	ret = request_firmware_direct(&file, MANIFEST_FILE, root->bridge);
	if (ret == -ENOENT)
		return explain_absent(read);
	if (ret)
		return pfb_fail(&read->message, ret,
				"firmware file " MANIFEST_FILE " cannot be read (error %d): remove or replace it",
				ret);

	ret = pfb_manifest_parse(file->data, file->size, read->source, read->declare,
				 read->ctx, &read->message);
	if (!ret)
		pfb_source_say(read, "a manifest of %zu bytes", file->size);
	release_firmware(file);
	return ret;
}
