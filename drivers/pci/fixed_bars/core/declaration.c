// SPDX-License-Identifier: GPL-2.0
#include <pci_fixed_bars/declaration.h>

#define END_OF_32BIT	0x100000000ULL
#define ROM_ALIGN	0x800ULL	/* PCI 3.0 section 6.2.5.2: bits 10:0 hold no address */

const char *pfb_source_name(enum pfb_source source)
{
	switch (source) {
	case PFB_SOURCE_DT:
		return "device-tree";
	case PFB_SOURCE_ACPI:
		return "acpi";
	case PFB_SOURCE_FW_CFG_FIXED_BARS:
		return "fw_cfg:etc/fixed-bars";
	case PFB_SOURCE_FW_CFG_MANIFEST:
		return "fw_cfg:opt/org.pci-fixed-bars/manifest";
	case PFB_SOURCE_FIRMWARE_FILE:
		return "firmware:pci-fixed-bars/manifest.bin";
	case PFB_SOURCE_PARAM:
		return "parameter:fixed_bars";
	case PFB_SOURCE_IOCTL:
		return "ioctl";
	case PFB_NR_SOURCES:
		break;
	}
	return "unknown";
}

static bool is_vf_bar(unsigned int index)
{
	return index >= PFB_BAR_VF0;
}

/* The last BAR of a function has no register after it for an upper half. */
static bool can_be_64bit(unsigned int index)
{
	return index != PFB_BAR_ROM && index != PFB_BAR_ROM - 1 && index != PFB_NR_BARS - 1;
}

static bool is_64bit(const struct pfb_declared_bar *bar)
{
	return bar->flags & PFB_MANIFEST_BAR_MEM64 ||
	       (!(bar->flags & PFB_MANIFEST_BAR_IO) && bar->gpa >= END_OF_32BIT);
}

static const char *bar_fault(const struct pfb_declared_bar *bar)
{
	const u32 known = PFB_MANIFEST_BAR_HPA | PFB_MANIFEST_BAR_IO |
			  PFB_MANIFEST_BAR_MEM64 | PFB_MANIFEST_BAR_PREFETCH;
	bool io = bar->flags & PFB_MANIFEST_BAR_IO;
	bool hpa = bar->flags & PFB_MANIFEST_BAR_HPA;
	u64 align = bar->size;
	u64 last;

	if (bar->index >= PFB_NR_BARS)
		return "has an index that no BAR has; they are 0 to 5, 6 (rom), 7 to 12 (vfbars)";
	if (bar->flags & ~known)
		return "has flag bits that this version does not know; clear them";
	if (io && bar->flags & (PFB_MANIFEST_BAR_MEM64 | PFB_MANIFEST_BAR_PREFETCH))
		return "is marked I/O and also 64-bit or prefetchable; only memory can be those";
	if (io && (bar->index == PFB_BAR_ROM || is_vf_bar(bar->index)))
		return "is marked I/O; expansion ROMs and VF BARs are memory";
	if (bar->flags & PFB_MANIFEST_BAR_MEM64 && !can_be_64bit(bar->index))
		return "is marked 64-bit, and its upper half would lie past the last BAR";
	if (!hpa && bar->hpa)
		return "has an HPA without the flag that states one; set the flag or clear the HPA";

	if (!align)
		align = io ? 4 : 16;
	if (align & (align - 1))
		return "has a size that is not a power of two; state the size that the BAR decodes";
	if (align < (io ? 4 : 16))
		return "is smaller than a BAR can be, which is 16 bytes (I/O: 4)";
	if (bar->index == PFB_BAR_ROM && align < ROM_ALIGN)
		align = ROM_ALIGN;

	/* I/O port 0 exists; a memory BAR at 0 is one that nobody assigned. */
	if (!bar->gpa && !io)
		return "has GPA 0, which means unassigned; state the address or leave the BAR out";
	if (bar->gpa & (align - 1) && bar->size)
		return "has a GPA that is not a multiple of its size; BARs are naturally aligned";
	if (bar->gpa & (align - 1))
		return "has a GPA that no BAR can hold; the low 4 bits (ROM: 11, I/O: 2) must be 0";
	/* A multiple of its size: the end cannot wrap. */
	last = bar->gpa + (bar->size ? bar->size : 1) - 1;
	if (hpa && bar->hpa & (align - 1))
		return "has an HPA that is not a multiple of its size; BARs are naturally aligned";
	if (io && last >= END_OF_32BIT)
		return "is an I/O BAR above 4 GiB, where no port is";
	if (!io && last >= END_OF_32BIT && !can_be_64bit(bar->index))
		return "lies above 4 GiB, where a 32-bit BAR cannot be";
	return NULL;
}

const char *pfb_declaration_add_bar(struct pfb_declaration *decl,
				    const struct pfb_declared_bar *bar)
{
	const char *fault = bar_fault(bar);
	unsigned int i;

	if (fault)
		return fault;

	for (i = decl->nr_bars; i > 0 && decl->bars[i - 1].index >= bar->index; i--) {
		if (decl->bars[i - 1].index == bar->index)
			return "is declared twice for this function; keep one";
	}
	if (i > 0 && is_64bit(&decl->bars[i - 1]) && decl->bars[i - 1].index + 1 == bar->index)
		return "is the upper half of the 64-bit BAR before it; leave one out";
	if (i < decl->nr_bars && is_64bit(bar) && bar->index + 1 == decl->bars[i].index)
		return "is 64-bit, and its upper half is declared as a BAR, too; leave one out";

	memmove(&decl->bars[i + 1], &decl->bars[i], (decl->nr_bars - i) * sizeof(*bar));
	decl->bars[i] = *bar;
	decl->nr_bars++;
	return NULL;
}
