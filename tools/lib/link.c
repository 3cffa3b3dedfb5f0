// SPDX-License-Identifier: GPL-2.0
#include <linux/pci_regs.h>
#include <stdlib.h>

#include "lib/file.h"
#include "lib/link.h"

/*
 * drivers/pci/pci.h, pci_speed_string(), writes these; NCCL's src/graph/topo.cc,
 * kvDictPciGen, looks them up, and takes what it does not find for 8 GT/s.
 */
static const struct {
	unsigned int speed;
	const char *text;
} speeds[] = {
	{ 2500, "2.5 GT/s PCIe" },
	{ 5000, "5.0 GT/s PCIe" },
	{ 8000, "8.0 GT/s PCIe" },
	{ 16000, "16.0 GT/s PCIe" },
	{ 32000, "32.0 GT/s PCIe" },
	{ 64000, "64.0 GT/s PCIe" },
};

const char *pfb_link_speed_text(unsigned int speed)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(speeds); i++)
		if (speeds[i].speed == speed)
			return speeds[i].text;
	return "Unknown";
}

bool pfb_link_speed_known(unsigned int speed)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(speeds); i++)
		if (speeds[i].speed == speed)
			return true;
	return false;
}

unsigned int pfb_link_parse_speed(const char *text, const char **end)
{
	unsigned int speed = 0, digits = 0;

	*end = text;
	for (; **end >= '0' && **end <= '9' && digits < 3; (*end)++, digits++)
		speed = speed * 10 + (unsigned int)(**end - '0');
	if (!digits)
		return 0;
	speed *= 1000;
	if ((*end)[0] == '.' && (*end)[1] >= '0' && (*end)[1] <= '9') {
		speed += (unsigned int)((*end)[1] - '0') * 100;
		*end += 2;
	}
	return pfb_link_speed_known(speed) ? speed : 0;
}

static void read_attr(const struct pfb_guest *guest, const char *bdf, const char *name, char *buf,
		      size_t size)
{
	char *path = pfb_guest_path(guest, "/sys/bus/pci/devices/%s/%s", bdf, name);

	buf[0] = '\0';
	if (path)
		pfb_file_line(path, buf, size);
	free(path);
}

void pfb_link_read(const struct pfb_guest *guest, const char *bdf, struct pfb_link *link)
{
	char text[64];
	const char *end;
	unsigned long width;

	read_attr(guest, bdf, "max_link_speed", text, sizeof(text));
	link->speed = pfb_link_parse_speed(text, &end);
	read_attr(guest, bdf, "max_link_width", text, sizeof(text));
	/* 255 is the kernel's "unknown" */
	width = strtoul(text, NULL, 10);
	link->width = width <= PFB_LINK_WIDTH_MAX ? (unsigned int)width : 0;
}

struct pfb_link pfb_link_register(u32 lnkcap)
{
	u32 speed = lnkcap & PCI_EXP_LNKCAP_SLS, width = (lnkcap & PCI_EXP_LNKCAP_MLW) >> 4;

	/* Supported Link Speeds count from 1, in the order of the speeds above. */
	return (struct pfb_link){
		.speed = speed && speed <= ARRAY_SIZE(speeds) ? speeds[speed - 1].speed : 0,
		.width = width <= PFB_LINK_WIDTH_MAX ? width : 0,
	};
}

struct pfb_link pfb_link_min(struct pfb_link a, struct pfb_link b)
{
	return (struct pfb_link){
		.speed = a.speed < b.speed ? a.speed : b.speed,
		.width = a.width < b.width ? a.width : b.width,
	};
}
