// SPDX-License-Identifier: GPL-2.0
/*
 * ACPI: _DSM function 5 of a host bridge, "Ignore PCI Boot Configurations"
 * (PCI Firmware Specification 3.3, 4.6.5). An Integer 0 asks the OS to keep
 * the boot configuration.
 *
 * Function 0 tells which functions there are and is asked first. QEMU's arm64
 * tables answer any function with a Buffer: that is "not supported".
 */
#include <linux/acpi.h>
#include <linux/pci.h>

#include "sources.h"

#define DSM_REVISION		1
#define DSM_BOOT_CONFIG		5

/* PCI Firmware Specification 3.3, 4.6: the UUID of all _DSM functions of PCI. */
static const guid_t pci_dsm_guid =
	GUID_INIT(0xe5c937d0, 0x3553, 0x4d7a,
		  0x91, 0x17, 0xea, 0x4d, 0x19, 0xc3, 0x43, 0x4d);

enum dsm_answer {
	DSM_ABSENT,		/* no _DSM at all */
	DSM_UNSUPPORTED,	/* a _DSM that has no usable function 5 */
	DSM_REASSIGN,		/* the OS may reassign */
	DSM_PRESERVE,
	DSM_NR_ANSWERS
};

static const char *type_name(acpi_object_type type)
{
	switch (type) {
	case ACPI_TYPE_ANY:
		return "nothing";
	case ACPI_TYPE_INTEGER:
		return "an Integer";
	case ACPI_TYPE_STRING:
		return "a String";
	case ACPI_TYPE_BUFFER:
		return "a Buffer";
	case ACPI_TYPE_PACKAGE:
		return "a Package";
	default:
		return "an object of another type";
	}
}

static enum dsm_answer ask_bridge(struct pfb_source_read *read, struct pci_bus *root)
{
	acpi_handle handle = ACPI_HANDLE(root->bridge);
	enum dsm_answer answer;
	union acpi_object *obj;

	if (!handle || !acpi_has_method(handle, "_DSM"))
		return DSM_ABSENT;

	if (!acpi_check_dsm(handle, &pci_dsm_guid, DSM_REVISION, BIT(DSM_BOOT_CONFIG))) {
		pfb_source_say(read,
			       "host bridge %04x:%02x has a _DSM whose function 0 does not offer function 5 at revision 1: it cannot ask to keep the boot configuration; for that it must offer function 5 and return an Integer 0 from it",
			       pci_domain_nr(root), root->number);
		return DSM_UNSUPPORTED;
	}

	obj = acpi_evaluate_dsm(handle, &pci_dsm_guid, DSM_REVISION, DSM_BOOT_CONFIG, NULL);
	if (!obj || obj->type != ACPI_TYPE_INTEGER) {
		pfb_source_say(read,
			       "host bridge %04x:%02x: _DSM function 5 returned %s, expected an Integer: not supported; correct the ACPI tables",
			       pci_domain_nr(root), root->number,
			       type_name(obj ? obj->type : ACPI_TYPE_ANY));
		answer = DSM_UNSUPPORTED;
	} else {
		answer = obj->integer.value ? DSM_REASSIGN : DSM_PRESERVE;
	}
	ACPI_FREE(obj);
	return answer;
}

/**
 * pfb_source_acpi_read() - ask each host bridge's _DSM
 * @read: receives the host bridges that firmware asked to keep
 *
 * Context: may sleep. The caller holds pci_lock_rescan_remove().
 * Return: 0 when at least one host bridge answered, -ENOENT without ACPI or
 * any _DSM, -EOPNOTSUPP when there are only ones that cannot be used.
 */
int pfb_source_acpi_read(struct pfb_source_read *read)
{
	unsigned int count[DSM_NR_ANSWERS] = {};
	struct pci_bus *root = NULL;
	enum dsm_answer answer;
	int ret;

	if (acpi_disabled)
		return pfb_fail(&read->message, -ENOENT, "ACPI is not in use");

	while ((root = pci_find_next_bus(root))) {
		answer = ask_bridge(read, root);
		count[answer]++;
		if (answer != DSM_PRESERVE)
			continue;
		ret = read->preserve(read, root);
		if (ret)
			return ret;
	}

	if (count[DSM_PRESERVE] || count[DSM_REASSIGN]) {
		pfb_source_say(read,
			       "_DSM function 5 asks to keep %u host bridges as firmware left them, lets the kernel reassign %u; %u have none that can be used",
			       count[DSM_PRESERVE], count[DSM_REASSIGN],
			       count[DSM_UNSUPPORTED] + count[DSM_ABSENT]);
		return 0;
	}
	if (count[DSM_UNSUPPORTED])
		return -EOPNOTSUPP;
	return pfb_fail(&read->message, -ENOENT, "no host bridge has a _DSM");
}
