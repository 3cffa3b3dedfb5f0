// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <uapi/linux/pci_fixed_bars.h>

#include "lib/file.h"
#include "lib/module.h"

#define MODULE_DIR	"/sys/kernel/pci_fixed_bars"

bool pfb_module_ready(const struct pfb_guest *guest)
{
	char *path = pfb_guest_path(guest, MODULE_DIR "/version");
	bool ready = path && !access(path, F_OK);

	free(path);
	return ready;
}

static int read_attr(char *path, char *buf, size_t size)
{
	int ret;

	buf[0] = '\0';
	if (!path)
		return -ENOMEM;
	ret = pfb_file_line(path, buf, size);
	free(path);
	return ret;
}

int pfb_module_attr(const struct pfb_guest *guest, const char *name, char *buf, size_t size)
{
	return read_attr(pfb_guest_path(guest, MODULE_DIR "/%s", name), buf, size);
}

int pfb_module_function_attr(const struct pfb_guest *guest, const char *bdf, const char *name,
			     char *buf, size_t size)
{
	return read_attr(pfb_guest_path(guest, "/sys/bus/pci/devices/%s/fixed_bars/%s", bdf, name),
			 buf, size);
}

int pfb_module_bar_state(const struct pfb_guest *guest, const char *bdf, unsigned int bar,
			 enum pfb_bar_state *state)
{
	char name[32], word[32];
	unsigned int i;
	int ret;

	snprintf(name, sizeof(name), "%s_state", pfb_bar_index_name(bar));
	ret = pfb_module_function_attr(guest, bdf, name, word, sizeof(word));
	if (ret)
		return ret;
	for (i = 0; i < PFB_NR_STATES; i++) {
		if (!strcmp(word, pfb_state_name(i))) {
			*state = i;
			return 0;
		}
	}
	return -EPROTO;
}

bool pfb_module_source(const struct pfb_guest *guest, enum pfb_source source,
		       struct pfb_module_source *seen)
{
	static const char * const names[PFB_NR_SOURCES] = {
		[PFB_SOURCE_DT] = "device_tree",
		[PFB_SOURCE_ACPI] = "acpi",
		[PFB_SOURCE_FW_CFG_FIXED_BARS] = "fw_cfg_fixed_bars",
		[PFB_SOURCE_FW_CFG_MANIFEST] = "fw_cfg_manifest",
		[PFB_SOURCE_FIRMWARE_FILE] = "firmware_file",
		[PFB_SOURCE_PARAM] = "parameter",
		[PFB_SOURCE_IOCTL] = "ioctl",
	};
	char attr[64];

	memset(seen, 0, sizeof(*seen));
	if ((unsigned int)source >= PFB_NR_SOURCES || !names[source])
		return false;
	snprintf(attr, sizeof(attr), "sources/%s_status", names[source]);
	if (pfb_module_attr(guest, attr, seen->status, sizeof(seen->status)) || !seen->status[0])
		return false;
	snprintf(attr, sizeof(attr), "sources/%s_message", names[source]);
	pfb_module_attr(guest, attr, seen->message, sizeof(seen->message));
	return true;
}

bool pfb_module_refusal(const struct pfb_guest *guest, u32 function, char *buf, size_t size)
{
	static const char below[] = "below ", refused[] = "  refused: ";
	char *path = pfb_guest_path(guest, MODULE_DIR "/enforce"), *line, *rest = NULL;
	bool within = false;
	void *report = NULL;
	size_t len;

	buf[0] = '\0';
	while (guest->top.functions[function].parent != PFB_NO_FUNCTION)
		function = guest->top.functions[function].parent;
	if (path && !pfb_file_read(path, PFB_ENFORCE_REPORT_MAX, &report, &len, NULL)) {
		for (line = strtok_r(report, "\n", &rest); line && !buf[0];
		     line = strtok_r(NULL, "\n", &rest)) {
			if (!strncmp(line, below, strlen(below)))
				within = !strcmp(line + strlen(below),
						 guest->functions[function].bdf);
			else if (within && !strncmp(line, refused, strlen(refused)))
				snprintf(buf, size, "%s", line + strlen(refused));
		}
	}
	free(report);
	free(path);
	return buf[0];
}
