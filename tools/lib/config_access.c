// SPDX-License-Identifier: GPL-2.0
#include "config_access.h"

#include <linux/pci_regs.h>

#include "qtest.h"

/* A list has room for no more entries than this; more means it loops. */
#define CAPS_MAX	((256 - PCI_STD_HEADER_SIZEOF) / PCI_CAP_SIZEOF)
#define EXT_CAPS_MAX	((4096 - 256) / 8)

/* Accesses past the ECAM area would hit whatever lies behind it. */
static bool ecam_holds(const struct pfb_ecam *ecam, u8 bus, u16 reg, unsigned int width)
{
	return bus >= ecam->first_bus && bus <= ecam->last_bus && reg + width <= 4096 &&
	       !(reg % width);
}

static int ecam_outside(const struct pfb_ecam *ecam, u8 bus, u8 devfn, u16 reg,
			struct pfb_error *err)
{
	return pfb_fail(err, -ERANGE,
			"%02x:%02x.%x register 0x%x: outside the ECAM area, which holds buses %02x to %02x",
			bus, devfn >> 3, devfn & 7, reg, ecam->first_bus, ecam->last_bus);
}

static u64 ecam_address(const struct pfb_ecam *ecam, u8 bus, u8 devfn, u16 reg)
{
	return ecam->base + ((u64)(bus - ecam->first_bus) << 20) + ((u64)devfn << 12) + reg;
}

static int ecam_read(void *ctx, u8 bus, u8 devfn, u16 reg, unsigned int width, u32 *value,
		     struct pfb_error *err)
{
	const struct pfb_ecam *ecam = ctx;
	u64 wide;
	int ret;

	if (!ecam_holds(ecam, bus, reg, width))
		return ecam_outside(ecam, bus, devfn, reg, err);
	ret = pfb_qtest_read(ecam->qtest, ecam_address(ecam, bus, devfn, reg), width, &wide,
			     err);
	if (ret)
		return ret;
	*value = (u32)wide;
	return 0;
}

static int ecam_write(void *ctx, u8 bus, u8 devfn, u16 reg, unsigned int width, u32 value,
		      struct pfb_error *err)
{
	const struct pfb_ecam *ecam = ctx;

	if (!ecam_holds(ecam, bus, reg, width))
		return ecam_outside(ecam, bus, devfn, reg, err);
	return pfb_qtest_write(ecam->qtest, ecam_address(ecam, bus, devfn, reg), width, value,
			       err);
}

void pfb_ecam_config_space(struct pfb_ecam *ecam, u16 segment, struct pfb_config_space *cs)
{
	*cs = (struct pfb_config_space) {
		.read = ecam_read,
		.write = ecam_write,
		.ctx = ecam,
		.segment = segment,
		.first_bus = ecam->first_bus,
		.last_bus = ecam->last_bus,
	};
}

int pfb_config_find_cap(const struct pfb_config_space *cs, u8 bus, u8 devfn, u8 id,
			u16 *offset, struct pfb_error *err)
{
	unsigned int left = CAPS_MAX;
	u32 status, pos, entry;
	int ret;

	*offset = 0;
	ret = cs->read(cs->ctx, bus, devfn, PCI_STATUS, 2, &status, err);
	if (ret || !(status & PCI_STATUS_CAP_LIST))
		return ret;
	ret = cs->read(cs->ctx, bus, devfn, PCI_CAPABILITY_LIST, 1, &pos, err);
	if (ret)
		return ret;

	while (pos) {
		pos &= ~3U;
		if (pos < PCI_STD_HEADER_SIZEOF || !left--)
			return pfb_fail(err, -EPROTO,
					"%04x:%02x:%02x.%x: the capability list loops or points to 0x%x, below 0x40: the device is broken",
					cs->segment, bus, devfn >> 3, devfn & 7, pos);
		ret = cs->read(cs->ctx, bus, devfn, (u16)pos, 2, &entry, err);
		if (ret)
			return ret;
		if ((entry & 0xff) == id) {
			*offset = (u16)pos;
			return 0;
		}
		pos = entry >> 8;
	}
	return 0;
}

int pfb_config_find_ext_cap(const struct pfb_config_space *cs, u8 bus, u8 devfn, u16 id,
			    u16 *offset, struct pfb_error *err)
{
	unsigned int left = EXT_CAPS_MAX;
	u32 pos = PCI_CFG_SPACE_SIZE, header;
	int ret;

	*offset = 0;
	while (pos) {
		if (pos < PCI_CFG_SPACE_SIZE || !left--)
			return pfb_fail(err, -EPROTO,
					"%04x:%02x:%02x.%x: the extended capability list loops or points to 0x%x, below 0x100: the device is broken",
					cs->segment, bus, devfn >> 3, devfn & 7, pos);
		ret = cs->read(cs->ctx, bus, devfn, (u16)pos, 4, &header, err);
		if (ret)
			return ret;
		/* A function without extended configuration space reads zeros or ones. */
		if (!header || header == 0xffffffff)
			return 0;
		if (PCI_EXT_CAP_ID(header) == id) {
			*offset = (u16)pos;
			return 0;
		}
		pos = PCI_EXT_CAP_NEXT(header);
	}
	return 0;
}
