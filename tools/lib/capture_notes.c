// SPDX-License-Identifier: GPL-2.0
#include "lib/capture_notes.h"

/* How many there are of a kind, and the first of them. */
struct tally {
	u32 nr;
	u32 index;
	unsigned int bar;
};

static void count(struct tally *tally, u32 index, unsigned int bar)
{
	if (tally->nr++)
		return;
	tally->index = index;
	tally->bar = bar;
}

static void note(struct pfb_capture_notes *notes, const char *fmt, ...) __printf(2, 3);

static void note(struct pfb_capture_notes *notes, const char *fmt, ...)
{
	va_list args;

	if (notes->nr == PFB_CAPTURE_NOTES_MAX)
		return;
	va_start(args, fmt);
	vsnprintf(notes->text[notes->nr++], PFB_CAPTURE_NOTE_MAX, fmt, args);
	va_end(args);
}

/* " and 3 more" */
static const char *more(const struct tally *tally, char *buf, size_t size)
{
	buf[0] = '\0';
	if (tally->nr > 1)
		snprintf(buf, size, " and %u more", tally->nr - 1);
	return buf;
}

/* Does the bridge above pass requests for a BAR down to it? */
static bool is_forwarded(const struct pfb_topology *top, const struct pfb_function *fn,
			 const struct pfb_bar *bar)
{
	const struct pfb_function *bridge = &top->functions[fn->parent];
	unsigned int kind;

	for (kind = 0; kind < PFB_NR_WINDOWS; kind++) {
		const struct pfb_window *w = &bridge->windows[kind];

		if ((kind == PFB_WINDOW_IO) != !!(bar->flags & PFB_BAR_IO))
			continue;
		if (w->base <= w->limit && bar->address >= w->base &&
		    bar->size - 1 <= w->limit - w->base &&
		    bar->address <= w->limit - (bar->size - 1))
			return true;
	}
	return false;
}

static bool is_outside(const struct pfb_capture *capture, u32 index, unsigned int bar)
{
	const struct pfb_function *fn = &capture->top.functions[index];
	const struct pfb_bar *b = &fn->bars[bar];
	u32 decodes = b->flags & PFB_BAR_IO ? PFB_FN_IO : PFB_FN_MEMORY;

	/* a ROM that is off answers to nothing */
	if (fn->parent == PFB_NO_FUNCTION || bar >= PFB_BAR_ROM || !b->size || !b->address ||
	    !(b->flags & PFB_BAR_ASSIGNED) || !(fn->flags & decodes))
		return false;
	return !is_forwarded(&capture->top, fn, b);
}

static bool is_closed(const struct pfb_root *root)
{
	unsigned int kind;

	for (kind = 0; kind < PFB_NR_WINDOWS; kind++)
		if (root->windows[kind].base <= root->windows[kind].limit)
			return false;
	return true;
}

void pfb_capture_notes(const struct pfb_capture *capture, struct pfb_capture_notes *notes)
{
	bool lspci = !strcmp(capture->origin, "lspci");
	struct tally caps = { 0 }, bars = { 0 }, vf_bars = { 0 }, vfs = { 0 }, outside = { 0 };
	const struct pfb_topology *top = &capture->top;
	u32 i, groups = 0, closed = 0;
	unsigned int bar;
	char buf[24];

	notes->nr = 0;
	for (i = 0; i < top->nr_functions; i++) {
		const struct pfb_capture_function *cf = &capture->functions[i];

		if (!cf->acs_read)
			count(&caps, i, 0);
		if (top->functions[i].flags & PFB_FN_VF && !cf->pf[0])
			count(&vfs, i, 0);
		groups += cf->iommu_group >= 0;
		for (bar = 0; bar < PFB_NR_BARS; bar++) {
			/* a bridge's own are planned for by nobody */
			if (cf->unsized & 1U << bar && !pfb_topology_is_bridge(&top->functions[i]))
				count(bar < PFB_BAR_VF0 ? &bars : &vf_bars, i, bar);
			if (is_outside(capture, i, bar))
				count(&outside, i, bar);
		}
	}
	for (i = 0; i < top->nr_roots; i++)
		closed += is_closed(&top->roots[i]);

	if (caps.nr)
		note(notes, "%s%s: capabilities could not be read, so that ACS, ATS, SR-IOV and resizable BARs are not known there: no plan can say that peer-to-peer is direct. %s",
		     capture->functions[caps.index].bdf, more(&caps, buf, sizeof(buf)),
		     lspci ? "Run 'lspci -vvv -nn' and 'lspci -xxxx' as root" :
		     "Run it as root; if root sees no more, the kernel has no extended configuration space there (pci=nommconf; QEMU's machine pc)");
	if (bars.nr)
		note(notes, "%s %s%s: the size is not known, so that the function cannot be assigned in a plan. %s",
		     capture->functions[bars.index].bdf, pfb_bar_index_name(bars.bar),
		     more(&bars, buf, sizeof(buf)),
		     lspci ? "Give the text of 'lspci -vvv -nn', too; where it has none, the kernel found no room for the BAR" :
		     "The kernel found no room for the BAR: look for \"can't assign\" in its log");
	if (outside.nr)
		note(notes, "%s %s%s: lies outside the windows of the bridge above, so that nothing reaches it from there: %s",
		     capture->functions[outside.index].bdf, pfb_bar_index_name(outside.bar),
		     more(&outside, buf, sizeof(buf)),
		     lspci ? "capture again if the machine has changed meanwhile" :
		     "look at the kernel's log");
	if (!groups)
		note(notes, "no function has an IOMMU group: %s without an IOMMU no function can be assigned",
		     lspci ? "the IOMMU is off there, the text of 'lspci -vvv -nn' was not given, or lspci is older than 3.7;" :
		     "the IOMMU is off;");
	if (vfs.nr)
		note(notes, "%s%s: is a VF, and its PF is not known, so that it cannot be assigned in a plan. Give the dump ('lspci -xxxx' as root) of its PF, too",
		     capture->functions[vfs.index].bdf, more(&vfs, buf, sizeof(buf)));
	if (vf_bars.nr)
		note(notes, "%s %s%s: the size of the VFs' BARs is not known. It matters only when VFs are assigned: enable them before capturing",
		     capture->functions[vf_bars.index].bdf, pfb_bar_index_name(vf_bars.bar),
		     more(&vf_bars, buf, sizeof(buf)));
	if (closed && !lspci)
		note(notes, "windows of %u of %u host bridges could not be read: whether BARs could lie elsewhere is not known. Run it as root",
		     closed, top->nr_roots);
	if (!capture->address_bits || !capture->cpu_vendor[0])
		note(notes, "the CPU's %s not known, on which depends which addresses a guest can have%s",
		     capture->address_bits ? "vendor is" : capture->cpu_vendor[0] ?
		     "address bits are" : "vendor and address bits are",
		     lspci ? ": give its /proc/cpuinfo with --cpuinfo" : "");
	if (capture->skipped)
		note(notes, "%u functions in segments above ffff (behind a VMD) are left out: no path can name them",
		     capture->skipped);
}
