// SPDX-License-Identifier: GPL-2.0
/* Puts together what lspci said of each function, and builds the tree that bus numbers tell. */
#include <stdlib.h>

#include "lib/capture_lspci.h"

/* PCI Code and ID Assignment Specification 1.15, section 1.7 */
#define CLASS_PCI_BRIDGE	0x0604

#define NONE		PFB_NO_FUNCTION
#define KIND_FLAGS	(PFB_BAR_IO | PFB_BAR_MEM64 | PFB_BAR_PREFETCH)

#define PLACE_FMT	"%s line %u"
#define PLACE_ARGS(b, p) (b)->inputs[(p)->input].name, (p)->line

/* Beside pfb_lspci.functions. */
struct found {
	struct pfb_function fn;
	struct pfb_config_sriov sriov;
	u64 rebar_sizes[PFB_CONFIG_REBARS];
	struct pfb_link link;
	u16 unsized;
	bool caps_read;
	u32 pf;		/* of a VF: its PF, else NONE */
};

struct builder {
	struct pfb_capture *capture;
	const struct pfb_lspci_input *inputs;
	struct pfb_lspci lspci;
	struct found *found;
	u32 *order;		/* capture index to lspci index */
	struct pfb_error *err;
};

static void bdf_text(const struct pfb_lspci_function *f, char *buf)
{
	snprintf(buf, PFB_BDF_TEXT_MAX, "%04x:%02x:%02x.%x", f->segment, f->bus,
		 PFB_DEV(f->devfn), PFB_FN(f->devfn));
}

/* @where names one of its lines. */
static int fail(struct builder *b, const struct pfb_lspci_function *f,
		const struct pfb_lspci_place *where, const char *fmt, ...) __printf(4, 5);

static int fail(struct builder *b, const struct pfb_lspci_function *f,
		const struct pfb_lspci_place *where, const char *fmt, ...)
{
	char text[PFB_ERROR_TEXT_MAX], bdf[PFB_BDF_TEXT_MAX];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	bdf_text(f, bdf);
	return pfb_fail(b->err, -EINVAL, PLACE_FMT ": %s: %s", PLACE_ARGS(b, where), bdf, text);
}

/* Text and dump say different things of @what. */
static int differ(struct builder *b, const struct pfb_lspci_function *f, const char *what,
		  u64 text, u64 hex)
{
	char bdf[PFB_BDF_TEXT_MAX];

	bdf_text(f, bdf);
	return pfb_fail(b->err, -EINVAL,
			"%s %s: 0x%llx in the text (" PLACE_FMT "), but 0x%llx in the dump (" PLACE_FMT "): take both in one go, with 'lspci -vvvnnxxxx'",
			bdf, what, (unsigned long long)text, PLACE_ARGS(b, &f->text_at),
			(unsigned long long)hex, PLACE_ARGS(b, &f->hex_at));
}

/* A device that has fallen off the bus: all ones. */
static bool is_dead(const u8 *config)
{
	size_t i;

	for (i = 0; i < PFB_CONFIG_SPACE_MIN; i++)
		if (config[i] != 0xff)
			return false;
	return true;
}

/* The text's half alone must make sense, too. */
static int check_text(struct builder *b, const struct pfb_lspci_function *f)
{
	if (!(f->said & PFB_LSPCI_TEXT)) {
		if (!f->config)
			return fail(b, f, &f->text_at, "nothing but its name is here: send the output of 'lspci -vvv -nn' or 'lspci -xxxx'");
		return 0;
	}
	if (!(f->said & PFB_LSPCI_CONTROL) && !(f->said & PFB_LSPCI_DEAD))
		return fail(b, f, &f->text_at, "its text has no line 'Control: I/O+ Mem+ BusMaster+ ...': was it cut?");
	if (!(f->said & PFB_LSPCI_STATUS) && !(f->said & PFB_LSPCI_DEAD))
		return fail(b, f, &f->text_at, "its text has no line 'Status: Cap+ ...': was it cut?");
	if (!(f->said & PFB_LSPCI_IDS) && !f->config)
		return fail(b, f, &f->text_at, "its first line has no [vendor:device]: send the output of 'lspci -vvv -nn', with -nn");
	if ((f->said & PFB_LSPCI_PORT) && !(f->said & PFB_LSPCI_BUSES))
		return fail(b, f, &f->text_at, "it is a %s, but its text has no line 'Bus: primary=..., secondary=...': was it cut?",
			    pfb_port_type_name(f->fn.type));
	if (f->fn.class >> 8 == CLASS_PCI_BRIDGE && (f->said & PFB_LSPCI_IDS) &&
	    !(f->said & (PFB_LSPCI_BUSES | PFB_LSPCI_DEAD)))
		return fail(b, f, &f->text_at, "it is a bridge, but its text has no line 'Bus: primary=..., secondary=...': was it cut?");
	if ((f->said & PFB_LSPCI_WINDOWS) && !(f->said & PFB_LSPCI_BUSES))
		return fail(b, f, &f->text_at, "its text has windows ('Memory behind bridge: ...'), but no line 'Bus: primary=..., secondary=...': was it cut, or is this two functions' text?");
	if (!!(f->said & PFB_LSPCI_ACS_CAP) != !!(f->said & PFB_LSPCI_ACS_CTRL))
		return fail(b, f, &f->text_at, "its text has one of the lines 'ACSCap:' and 'ACSCtl:' only: was it cut?");
	return 0;
}

/* Of a text and a dump that were cut between two functions, one has fewer. */
static int check_both(struct builder *b)
{
	u32 i, texts = 0, dumps = 0;

	for (i = 0; i < b->lspci.nr; i++) {
		texts += !!(b->lspci.functions[i].said & PFB_LSPCI_TEXT);
		dumps += !!b->lspci.functions[i].config;
	}
	if (!texts || !dumps)
		return 0;
	for (i = 0; i < b->lspci.nr; i++) {
		const struct pfb_lspci_function *f = &b->lspci.functions[i];
		bool text = f->said & PFB_LSPCI_TEXT;

		if (!text || !f->config)
			return fail(b, f, &f->text_at, "it is in the %s, but not in the %s, which has %u of %u functions: was that cut? If it was made so, leave it out",
				    text ? "text" : "dump", text ? "dump" : "text",
				    text ? dumps : texts, b->lspci.nr);
	}
	return 0;
}

/* Whether what the text lacks is not there. */
static bool text_is_whole(const struct pfb_lspci_function *f)
{
	if (!(f->said & PFB_LSPCI_CONTROL) || (f->said & PFB_LSPCI_DENIED))
		return false;
	if (!(f->said & PFB_LSPCI_CAP_LIST))
		return true;
	/* lspci is silent where there is no access to extended configuration space */
	return (f->said & PFB_LSPCI_CAPS) &&
	       (!(f->said & PFB_LSPCI_EXPRESS) || (f->said & PFB_LSPCI_EXT_CAPS));
}

static enum pfb_port_type text_type(const struct pfb_lspci_function *f)
{
	if (!(f->said & PFB_LSPCI_BUSES))
		return PFB_PORT_ENDPOINT;
	return f->said & PFB_LSPCI_PORT ? f->fn.type : PFB_PORT_PCI_BRIDGE;
}

static int compare_header(struct builder *b, const struct pfb_lspci_function *f,
			  const struct pfb_function *fn)
{
	char what[24];
	unsigned int kind;

	/* a VF's ids read as ffff */
	if ((f->said & PFB_LSPCI_IDS) && fn->vendor != 0xffff &&
	    (f->fn.vendor != fn->vendor || f->fn.device != fn->device))
		return differ(b, f, "[vendor:device]", (u32)f->fn.vendor << 16 | f->fn.device,
			      (u32)fn->vendor << 16 | fn->device);
	if (!(f->said & PFB_LSPCI_TEXT))
		return 0;
	if (!!(f->said & PFB_LSPCI_BUSES) != pfb_topology_is_bridge(fn))
		return differ(b, f, "being a bridge", !!(f->said & PFB_LSPCI_BUSES),
			      pfb_topology_is_bridge(fn));
	if (!pfb_topology_is_bridge(fn))
		return 0;
	if (f->fn.secondary != fn->secondary)
		return differ(b, f, "secondary bus", f->fn.secondary, fn->secondary);
	if (f->fn.subordinate != fn->subordinate)
		return differ(b, f, "subordinate bus", f->fn.subordinate, fn->subordinate);
	/* I/O windows are in the kernel's own numbers where the CPU has no ports */
	for (kind = PFB_WINDOW_MEM; kind < PFB_NR_WINDOWS; kind++) {
		const struct pfb_window *t = &f->fn.windows[kind], *h = &fn->windows[kind];

		if (t->base > t->limit || h->base > h->limit)
			continue;
		snprintf(what, sizeof(what), "%s window", pfb_window_name(kind));
		if (t->base != h->base)
			return differ(b, f, what, t->base, h->base);
		if (t->limit != h->limit)
			return differ(b, f, what, t->limit, h->limit);
	}
	return 0;
}

static int compare_caps(struct builder *b, const struct pfb_lspci_function *f,
			const struct found *x)
{
	const struct pfb_function *fn = &x->fn;
	const u32 same = PFB_FN_ACS | PFB_FN_ATS | PFB_FN_ATS_ENABLED | PFB_FN_HOTPLUG;

	if (text_type(f) != fn->type)
		return differ(b, f, "port type", text_type(f), fn->type);
	if ((f->fn.flags ^ fn->flags) & same)
		return differ(b, f, "ACS, ATS and hotplug", f->fn.flags & same, fn->flags & same);
	if (f->fn.acs_cap != fn->acs_cap)
		return differ(b, f, "ACS capability", f->fn.acs_cap, fn->acs_cap);
	if (f->fn.acs_ctrl != fn->acs_ctrl)
		return differ(b, f, "ACS control", f->fn.acs_ctrl, fn->acs_ctrl);
	if (f->fn.total_vfs != fn->total_vfs)
		return differ(b, f, "TotalVFs", f->fn.total_vfs, fn->total_vfs);
	if (f->link.speed && f->link.speed != x->link.speed)
		return differ(b, f, "link speed in MT/s", f->link.speed, x->link.speed);
	if (f->link.width && f->link.width != x->link.width)
		return differ(b, f, "link width", f->link.width, x->link.width);
	return 0;
}

/* What the text has beyond the registers that the dump shows. */
static void take_text_caps(const struct pfb_lspci_function *f, struct found *x)
{
	struct pfb_function *fn = &x->fn;
	unsigned int i;

	if ((f->said & PFB_LSPCI_TEXT) && fn->type == PFB_PORT_PCI_BRIDGE)
		fn->type = text_type(f);
	fn->flags |= f->fn.flags & (PFB_FN_ACS | PFB_FN_ATS | PFB_FN_ATS_ENABLED | PFB_FN_HOTPLUG);
	fn->acs_cap = f->fn.acs_cap;
	fn->acs_ctrl = f->fn.acs_ctrl;
	fn->total_vfs = f->fn.total_vfs;
	x->sriov = f->sriov;
	/* of 256 bytes the dump has told it */
	if (!x->link.speed)
		x->link = f->link;
	for (i = 0; i < PFB_CONFIG_REBARS; i++)
		x->rebar_sizes[i] = f->rebar_sizes[i];
}

static int take_header(struct builder *b, u32 index, struct pfb_config_bars *bars)
{
	const struct pfb_lspci_function *f = &b->lspci.functions[index];
	struct found *x = &b->found[index];
	struct pfb_function *fn = &x->fn;
	bool hex_whole = false, text_whole = text_is_whole(f);
	unsigned int kind;
	int ret;

	memset(bars, 0, sizeof(*bars));
	for (kind = 0; kind < PFB_NR_WINDOWS; kind++)
		fn->windows[kind].base = 1;
	if (f->config && !is_dead(f->config)) {
		hex_whole = pfb_config_space_decode(f->config, f->config_size, fn, bars);
		x->link = pfb_link_register(pfb_config_space_lnkcap(f->config, f->config_size));
		pfb_config_space_rebar(f->config, f->config_size, x->rebar_sizes);
		pfb_config_space_sriov(f->config, f->config_size, &x->sriov);
		ret = compare_header(b, f, fn);
		if (!ret && hex_whole && text_whole)
			ret = compare_caps(b, f, x);
		if (ret)
			return ret;
		if (!hex_whole)
			take_text_caps(f, x);
		if (fn->vendor == 0xffff && (f->said & PFB_LSPCI_IDS)) {
			/* PCIe 6.0, 9.3.4.1.1: only VFs have no ids of their own */
			fn->vendor = f->fn.vendor;
			fn->device = f->fn.device;
			fn->flags |= PFB_FN_VF;
		}
	} else {
		*fn = f->fn;
		memset(fn->bars, 0, sizeof(fn->bars));
		fn->type = text_type(f);
		take_text_caps(f, x);
		if (f->config && !(f->said & PFB_LSPCI_IDS)) {
			fn->vendor = 0xffff;
			fn->device = 0xffff;
		}
	}
	x->caps_read = hex_whole || text_whole;
	fn->bus = f->bus;
	fn->devfn = f->devfn;
	return 0;
}

static int compare_bar(struct builder *b, const struct pfb_lspci_function *f, unsigned int i,
		       const struct pfb_config_bars *bars)
{
	const struct pfb_bar *text = &f->fn.bars[i];
	char what[32];

	/*
	 * A register that holds nothing says nothing; nor does that of a ROM that is
	 * off, which the kernel leaves alone when it moves the ROM
	 * (drivers/pci/setup-res.c, pci_std_update_resource()).
	 */
	if ((!bars->address[i] && !bars->flags[i]) || i == PFB_BAR_ROM)
		return 0;
	if ((text->flags ^ bars->flags[i]) & KIND_FLAGS) {
		snprintf(what, sizeof(what), "%s flags", pfb_bar_index_name(i));
		return differ(b, f, what, text->flags & KIND_FLAGS, bars->flags[i] & KIND_FLAGS);
	}
	/* I/O ports are the kernel's own numbers where the CPU has none */
	if (!(text->flags & PFB_BAR_IO) && (text->flags & PFB_BAR_ASSIGNED) && bars->address[i] &&
	    text->address != bars->address[i]) {
		snprintf(what, sizeof(what), "%s address", pfb_bar_index_name(i));
		return differ(b, f, what, text->address, bars->address[i]);
	}
	return 0;
}

static int take_bar(struct builder *b, u32 index, unsigned int i,
		    const struct pfb_config_bars *bars)
{
	const struct pfb_lspci_function *f = &b->lspci.functions[index];
	struct found *x = &b->found[index];
	struct pfb_bar *bar = &x->fn.bars[i];
	bool vf = x->fn.flags & PFB_FN_VF;
	bool hex = f->config && !is_dead(f->config) && !vf;
	int ret;

	if (f->bars & 1U << i) {
		if (hex && !(f->virtual & 1U << i)) {
			ret = compare_bar(b, f, i, bars);
			if (ret)
				return ret;
		}
		*bar = f->fn.bars[i];
		/* the register's, as everywhere; a VF has none */
		if (hex) {
			bar->address = bars->address[i];
			/* before 3.7 lspci takes the kind of one that is virtual from its address */
			if (f->virtual & 1U << i && bars->flags[i] && i != PFB_BAR_ROM)
				bar->flags = (bar->flags & ~KIND_FLAGS) |
					     (bars->flags[i] & KIND_FLAGS);
			if (i == PFB_BAR_ROM)
				bar->flags = (bar->flags & ~PFB_BAR_DISABLED) |
					     (bars->flags[i] & PFB_BAR_DISABLED);
		} else if (!vf && f->virtual & 1U << i) {
			bar->address = 0;
		}
		if (!bar->size)
			x->unsized |= (u16)(1U << i);
		return 0;
	}
	if (!hex || (!bars->address[i] && (i == PFB_BAR_ROM || !bars->flags[i])))
		return 0;
	/* The kernel says nothing of a BAR that fits nowhere, nor of a ROM that it gave up. */
	if (i == PFB_BAR_ROM && f->said & PFB_LSPCI_TEXT)
		return 0;
	bar->address = bars->address[i];
	bar->flags = bars->flags[i];
	if (bar->address && (i >= PFB_BAR_VF0 || !(f->said & PFB_LSPCI_TEXT)))
		bar->flags |= PFB_BAR_ASSIGNED;
	x->unsized |= (u16)(1U << i);
	return 0;
}

static int take_bars(struct builder *b, u32 index, const struct pfb_config_bars *bars)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < PFB_NR_BARS && !ret; i++)
		ret = take_bar(b, index, i, bars);
	return ret;
}

static int compare_functions(const void *key, const void *element)
{
	const struct pfb_lspci_function *x = key, *y = element;

	if (x->segment != y->segment)
		return x->segment < y->segment ? -1 : 1;
	if (x->bus != y->bus)
		return x->bus < y->bus ? -1 : 1;
	return x->devfn < y->devfn ? -1 : x->devfn > y->devfn;
}

static u32 find(const struct builder *b, u16 segment, u32 rid)
{
	struct pfb_lspci_function key = {
		.segment = segment, .bus = (u8)(rid >> 8), .devfn = (u8)rid,
	};
	const struct pfb_lspci_function *f;

	f = bsearch(&key, b->lspci.functions, b->lspci.nr, sizeof(key), compare_functions);
	return f ? (u32)(f - b->lspci.functions) : NONE;
}

/*
 * Marks the VFs of a PF. The kernel lists all that are enabled, so the first that is
 * not there ends it: however many are claimed, the work is bounded by those there are.
 */
static int find_vfs(struct builder *b, u32 index)
{
	const struct pfb_lspci_function *f = &b->lspci.functions[index];
	const struct pfb_config_sriov *sriov = &b->found[index].sriov;
	u32 i, vf, rid = (u32)f->bus << 8 | f->devfn;
	char bdf[PFB_BDF_TEXT_MAX];

	rid += sriov->offset;
	for (i = 0; i < sriov->nr && rid <= 0xffff; i++, rid += sriov->stride) {
		vf = find(b, f->segment, rid);
		if (vf == NONE || (i && !sriov->stride))
			break;
		bdf_text(&b->lspci.functions[vf], bdf);
		if (vf == index || b->found[vf].pf != NONE ||
		    pfb_topology_is_bridge(&b->found[vf].fn))
			return fail(b, f, f->hex_at.line ? &f->hex_at : &f->text_at,
				    "its VF number %u is %s, which is %s", i + 1, bdf,
				    vf == index ? "itself" : b->found[vf].pf != NONE ?
				    "another one's VF already" : "a bridge");
		b->found[vf].pf = index;
	}
	return 0;
}

/* A VF's ids are its PF's affair, and so is what its BARs decode. */
static int take_vfs(struct builder *b)
{
	u32 i;
	int ret;

	for (i = 0; i < b->lspci.nr; i++) {
		ret = find_vfs(b, i);
		if (ret)
			return ret;
	}
	for (i = 0; i < b->lspci.nr; i++) {
		struct found *x = &b->found[i];

		if (x->pf == NONE) {
			if (x->fn.flags & PFB_FN_VF)
				x->fn.flags |= PFB_FN_MEMORY;
			continue;
		}
		if (b->found[x->pf].pf != NONE)
			return fail(b, &b->lspci.functions[i], &b->lspci.functions[i].text_at,
				    "its PF is a VF itself");
		x->fn.flags |= PFB_FN_VF | PFB_FN_MEMORY;
		if (x->fn.vendor == 0xffff) {
			x->fn.vendor = b->found[x->pf].fn.vendor;
			x->fn.device = b->found[x->pf].sriov.device;
		}
	}
	return 0;
}

/* One VF's BAR is as large as every other's. */
static int size_vf_bars(struct builder *b, u32 index)
{
	const struct found *vf = &b->found[index];
	const struct pfb_lspci_function *f = &b->lspci.functions[index];
	struct found *pf = &b->found[vf->pf];
	char bdf[PFB_BDF_TEXT_MAX];
	unsigned int i, bar;

	for (i = 0; i < 6; i++) {
		bar = PFB_BAR_VF0 + i;
		if (!vf->fn.bars[i].size || (!pf->fn.bars[bar].size && !(pf->unsized & 1U << bar)))
			continue;
		if (pf->fn.bars[bar].size && pf->fn.bars[bar].size != vf->fn.bars[i].size) {
			bdf_text(&b->lspci.functions[vf->pf], bdf);
			return fail(b, f, &f->text_at, "its %s is of 0x%llx bytes, that of another VF of %s of 0x%llx, expected equal ones",
				    pfb_bar_index_name(i),
				    (unsigned long long)vf->fn.bars[i].size, bdf,
				    (unsigned long long)pf->fn.bars[bar].size);
		}
		pf->fn.bars[bar].size = vf->fn.bars[i].size;
		pf->unsized &= (u16)~(1U << bar);
	}
	return 0;
}

/* Text has no header type; where there is a function beside another, the device has several. */
static void find_multifunction(struct builder *b)
{
	const struct pfb_lspci_function *f = b->lspci.functions;
	u32 i;

	for (i = 1; i < b->lspci.nr; i++) {
		if (f[i].segment != f[i - 1].segment || f[i].bus != f[i - 1].bus ||
		    PFB_DEV(f[i].devfn) != PFB_DEV(f[i - 1].devfn) ||
		    b->found[i].fn.flags & PFB_FN_VF)
			continue;
		if (!f[i].config)
			b->found[i].fn.flags |= PFB_FN_MULTIFUNCTION;
		if (!f[i - 1].config && !(b->found[i - 1].fn.flags & PFB_FN_VF))
			b->found[i - 1].fn.flags |= PFB_FN_MULTIFUNCTION;
	}
}

/* One segment's buses. */
struct buses {
	u32 first[256];		/* first function on it, NONE without */
	u32 bridge[256];	/* whose secondary bus it is */
	u32 owner[256];		/* lowest bridge whose range holds it */
	u8 home[256];		/* the bus that its functions belong to; their own but for VFs' */
	u16 segment;
};

static bool all_vfs(const struct builder *b, const struct buses *s, unsigned int bus)
{
	u32 i;

	for (i = s->first[bus]; i < b->lspci.nr && b->lspci.functions[i].segment == s->segment &&
	     b->lspci.functions[i].bus == bus; i++)
		if (!(b->found[i].fn.flags & PFB_FN_VF))
			return false;
	return true;
}

static int take_bridges(struct builder *b, struct buses *s, u32 from, u32 to)
{
	const struct pfb_lspci_function *f = b->lspci.functions;
	unsigned int bus;
	u32 i;

	for (bus = 0; bus < 256; bus++) {
		s->first[bus] = NONE;
		s->bridge[bus] = NONE;
		s->owner[bus] = NONE;
	}
	for (i = from; i < to; i++) {
		const struct pfb_function *fn = &b->found[i].fn;

		if (s->first[f[i].bus] == NONE)
			s->first[f[i].bus] = i;
		if (!pfb_topology_is_bridge(fn) || (!fn->secondary && !fn->subordinate))
			continue;
		if (fn->secondary <= fn->bus || fn->subordinate < fn->secondary)
			return fail(b, &f[i], &f[i].text_at, "secondary bus %02x, subordinate %02x, expected %02x < secondary <= subordinate",
				    fn->secondary, fn->subordinate, fn->bus);
		if (s->bridge[fn->secondary] != NONE) {
			char bdf[PFB_BDF_TEXT_MAX];

			bdf_text(&f[s->bridge[fn->secondary]], bdf);
			return fail(b, &f[i], &f[i].text_at, "its secondary bus %02x is that of %s, too",
				    fn->secondary, bdf);
		}
		s->bridge[fn->secondary] = i;
		/* by ascending bus number: a bridge comes before those below it */
		for (bus = fn->secondary; bus <= fn->subordinate; bus++)
			s->owner[bus] = i;
	}
	return 0;
}

static void add_root(struct builder *b, const struct buses *s, unsigned int bus)
{
	struct pfb_topology *top = &b->capture->top;
	struct pfb_root *root = &top->roots[top->nr_roots];

	root->segment = s->segment;
	root->bus = (u8)bus;
	root->last_bus = 0xff;
	if (top->nr_roots && root[-1].segment == s->segment)
		root[-1].last_bus = (u8)(bus - 1);
	top->nr_roots++;
}

/* Where the functions of each bus belong, and which buses are root buses. */
static int find_homes(struct builder *b, struct buses *s)
{
	const struct pfb_lspci_function *f = b->lspci.functions;
	const struct found *x;
	unsigned int bus;

	for (bus = 0; bus < 256; bus++) {
		s->home[bus] = (u8)bus;
		if (s->first[bus] == NONE || s->bridge[bus] != NONE)
			continue;
		x = &b->found[s->first[bus]];
		if (!all_vfs(b, s, bus) && s->owner[bus] != NONE)
			return fail(b, &f[s->first[bus]], &f[s->first[bus]].text_at,
				    "bus %02x is within %02x-%02x of bridge %02x:%02x.%x, and no bridge has it as its secondary bus: is a function missing? lspci as root tells VFs, which may stand there",
				    bus, b->found[s->owner[bus]].fn.secondary,
				    b->found[s->owner[bus]].fn.subordinate, f[s->owner[bus]].bus,
				    PFB_DEV(f[s->owner[bus]].devfn),
				    PFB_FN(f[s->owner[bus]].devfn));
		/* VFs whose bus number is after their PF's: PCIe 6.0, 9.2.1.2 */
		if (s->owner[bus] != NONE)
			s->home[bus] = b->found[s->owner[bus]].fn.secondary;
		else if (all_vfs(b, s, bus) && x->pf != NONE && f[x->pf].bus < bus)
			s->home[bus] = s->home[f[x->pf].bus];
		else
			add_root(b, s, bus);
	}
	return 0;
}

static void emit_function(struct builder *b, u32 index, u32 parent, u32 root)
{
	const struct pfb_lspci_function *f = &b->lspci.functions[index];
	struct pfb_topology *top = &b->capture->top;
	struct pfb_function *fn = &top->functions[top->nr_functions];
	struct pfb_capture_function *cf = &b->capture->functions[top->nr_functions];
	const struct found *x = &b->found[index];

	*fn = x->fn;
	fn->parent = parent;
	fn->root = root;
	bdf_text(f, cf->bdf);
	if (x->pf != NONE)
		bdf_text(&b->lspci.functions[x->pf], cf->pf);
	memcpy(cf->driver, f->driver, sizeof(cf->driver));
	memcpy(cf->name, f->name, sizeof(cf->name));
	cf->iommu_group = f->iommu_group;
	cf->numa_node = f->numa_node;
	cf->link = x->link;
	memcpy(cf->rebar_sizes, x->rebar_sizes, sizeof(cf->rebar_sizes));
	cf->acs_read = x->caps_read;
	cf->unsized = x->unsized;
	b->order[top->nr_functions++] = index;
}

/* At most 256 deep: a bridge's secondary bus is above its own. */
static void emit_bus(struct builder *b, const struct buses *s, unsigned int home, u32 parent,
		     u32 root)
{
	const struct pfb_lspci_function *f = b->lspci.functions;
	unsigned int bus;
	u32 i, index;

	for (bus = home; bus < 256; bus++) {
		if (s->first[bus] == NONE || s->home[bus] != home)
			continue;
		for (i = s->first[bus]; i < b->lspci.nr && f[i].segment == s->segment &&
		     f[i].bus == bus; i++) {
			const struct pfb_function *fn = &b->found[i].fn;

			index = b->capture->top.nr_functions;
			emit_function(b, i, parent, root);
			if (pfb_topology_is_bridge(fn) && fn->secondary)
				emit_bus(b, s, fn->secondary, index, root);
		}
	}
}

static int build_tree(struct builder *b)
{
	const struct pfb_lspci_function *f = b->lspci.functions;
	struct pfb_topology *top = &b->capture->top;
	u32 from, to, root, first_root;
	struct buses s;
	int ret;

	for (from = 0; from < b->lspci.nr; from = to) {
		for (to = from; to < b->lspci.nr && f[to].segment == f[from].segment; to++)
			;
		s.segment = f[from].segment;
		first_root = top->nr_roots;
		ret = take_bridges(b, &s, from, to);
		if (!ret)
			ret = find_homes(b, &s);
		if (ret)
			return ret;
		for (root = first_root; root < top->nr_roots; root++)
			emit_bus(b, &s, top->roots[root].bus, PFB_NO_FUNCTION, root);
	}
	return 0;
}

/* The topology's rules know functions, not lines: what they say begins with a BDF. */
static int check_topology(struct builder *b)
{
	struct pfb_capture *capture = b->capture;
	const struct pfb_lspci_function *f;
	struct pfb_error why;
	size_t len;
	u32 i;
	int ret;

	ret = pfb_topology_check(&capture->top, &why);
	if (!ret)
		return 0;
	for (i = 0; i < capture->top.nr_functions; i++) {
		len = strlen(capture->functions[i].bdf);
		if (strncmp(why.text, capture->functions[i].bdf, len))
			continue;
		f = &b->lspci.functions[b->order[i]];
		return fail(b, f, &f->text_at, "%s", why.text + len + strspn(why.text + len, ": "));
	}
	return pfb_fail(b->err, ret, "%s", why.text);
}

static int build(struct builder *b, const char *machine)
{
	struct pfb_config_bars bars;
	u32 i, nr = b->lspci.nr;
	int ret;

	ret = pfb_capture_alloc(b->capture, "lspci", nr, nr, b->err);
	if (ret)
		return ret;
	if (machine)
		snprintf(b->capture->machine, sizeof(b->capture->machine), "%s", machine);
	b->capture->skipped = b->lspci.skipped;
	b->found = calloc((size_t)nr + 1, sizeof(*b->found));
	b->order = calloc((size_t)nr + 1, sizeof(*b->order));
	if (!b->found || !b->order)
		return pfb_fail(b->err, -ENOMEM, "out of memory");
	ret = check_both(b);
	if (ret)
		return ret;
	for (i = 0; i < nr; i++) {
		b->found[i].pf = NONE;
		ret = check_text(b, &b->lspci.functions[i]);
		if (!ret)
			ret = take_header(b, i, &bars);
		if (ret)
			return ret;
	}
	/* which function is a VF decides whose addresses its BARs have */
	ret = take_vfs(b);
	if (ret)
		return ret;
	for (i = 0; i < nr; i++) {
		const struct pfb_lspci_function *f = &b->lspci.functions[i];
		struct pfb_function scratch = { 0 };

		memset(&bars, 0, sizeof(bars));
		if (f->config && !is_dead(f->config))
			pfb_config_space_decode(f->config, f->config_size, &scratch, &bars);
		ret = take_bars(b, i, &bars);
		if (ret)
			return ret;
	}
	for (i = 0; i < nr; i++) {
		if (b->found[i].pf == NONE)
			continue;
		ret = size_vf_bars(b, i);
		if (ret)
			return ret;
	}
	find_multifunction(b);
	ret = build_tree(b);
	if (ret)
		return ret;
	pfb_capture_normalize(b->capture);
	return check_topology(b);
}

int pfb_capture_lspci(struct pfb_capture *capture, const struct pfb_lspci_input *inputs, u32 nr,
		      const char *machine, struct pfb_error *err)
{
	struct builder b = { .capture = capture, .inputs = inputs, .err = err };
	int ret;

	memset(capture, 0, sizeof(*capture));
	ret = pfb_lspci_read(&b.lspci, inputs, nr, err);
	if (!ret)
		ret = build(&b, machine);
	free(b.order);
	free(b.found);
	pfb_lspci_free(&b.lspci);
	return ret;
}
