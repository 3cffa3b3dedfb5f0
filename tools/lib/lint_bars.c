// SPDX-License-Identifier: GPL-2.0
/* Where BARs are said to be, and whether they can be there. */
#include <ctype.h>
#include <stdlib.h>

#include <pci_fixed_bars/bar_spec.h>
#include <pci_fixed_bars/cpu.h>

#include "lib/lint_checks.h"

/* Stands before a BAR list to make it what pfb_bar_spec_parse() takes. */
#define ANY_PATH	"0:0.0="

/* Ranges that a CPU or its IOMMU keeps for itself. */
static const struct reserved {
	enum pfb_lint_board board;	/* OTHER: x86 */
	bool by_cpu;			/* only where pfb_cpu_reserves() says so */
	u64 base;
	u64 limit;
	const char *what;
} reserved[] = {
	{ PFB_LINT_BOARD_OTHER, true, PFB_CPU_HT_BASE, PFB_CPU_HT_LIMIT,
	  "HyperTransport's, which AMD's and Hygon's CPUs and IOMMUs keep" },
	{ PFB_LINT_BOARD_OTHER, false, 0xfee00000, 0xfeefffff, "interrupt messages of x86" },
	{ PFB_LINT_BOARD_VIRT, false, 0x8000000, 0x80fffff, "interrupt messages of Linux's arm64 IOMMUs" },
};

static void add_bar(struct pfb_lint_context *c, u32 device, const struct pfb_vm_option *option,
		    const struct pfb_declared_bar *declared)
{
	u32 i;

	for (i = 0; i < c->nr_bars; i++) {
		struct pfb_lint_bar *bar = &c->bars[i];

		if (bar->device != device || bar->declared.index != declared->index)
			continue;
		if (bar->declared.gpa != declared->gpa)
			pfb_lint_say(c, PFB_LINT_BAR_CONFLICT, option, "one address",
				     pfb_findings_text("0x%llx and 0x%llx",
						       (unsigned long long)bar->declared.gpa,
						       (unsigned long long)declared->gpa),
				     "state the host's address in all places",
				     "%s of %s is said to be at two addresses",
				     pfb_bar_index_name(declared->index),
				     pfb_vm_devices_name(&c->devices.list[device]));
		if (!bar->declared.size)
			bar->declared.size = declared->size;
		if (declared->flags & PFB_MANIFEST_BAR_HPA) {
			bar->declared.hpa = declared->hpa;
			bar->declared.flags |= PFB_MANIFEST_BAR_HPA;
		}
		return;
	}
	if (c->nr_bars == c->room_bars) {
		u32 room = c->room_bars ? c->room_bars * 2 : 32;
		struct pfb_lint_bar *bigger = reallocarray(c->bars, room, sizeof(*bigger));

		if (!bigger) {
			c->failed = true;
			return;
		}
		c->bars = bigger;
		c->room_bars = room;
	}
	c->bars[c->nr_bars++] = (struct pfb_lint_bar){ device, option, *declared };
}

struct spec_target {
	struct pfb_lint_context *c;
	u32 device;
};

static int take_spec(void *ctx, const struct pfb_declaration *decl, struct pfb_error *err)
{
	struct spec_target *target = ctx;
	unsigned int i;

	(void)err;
	for (i = 0; i < decl->nr_bars; i++)
		add_bar(target->c, target->device,
			target->c->devices.list[target->device].option, &decl->bars[i]);
	return 0;
}

/* The RFC's fixed-bars=bar2@ADDRESS,,bar4@ADDRESS. */
static void read_list(struct pfb_lint_context *c, u32 device, const char *value)
{
	struct spec_target target = { c, device };
	struct pfb_error err = { "" };
	const char *why = err.text;
	char *text;

	if (asprintf(&text, ANY_PATH "%s", value) < 0) {
		c->failed = true;
		return;
	}
	if (pfb_bar_spec_parse(text, strlen(text), take_spec, &target, &err)) {
		/* its column counts what was put before */
		if (!strncmp(why, "column ", 7) && strstr(why, ": "))
			why = strstr(why, ": ") + 2;
		pfb_lint_say(c, PFB_LINT_FIXED_SYNTAX, c->devices.list[device].option,
			     "barN@ADDRESS, more of them behind ',,'",
			     pfb_findings_text("fixed-bars=%.200s", value), "correct the list",
			     "fixed-bars= of %s: %s", pfb_vm_devices_name(&c->devices.list[device]),
			     why);
	}
	free(text);
}

static bool is_bar_name(const char *key)
{
	return !strncmp(key, "bar", 3) && key[3] >= '0' && key[3] <= '5' && key[4] == '@';
}

static u64 memory_size(const struct pfb_vm_config *config, const char *id)
{
	u64 size = 0;
	u32 i;

	for (i = 0; id && i < config->nr; i++) {
		const struct pfb_vm_option *o = &config->options[i];
		const char *other = strcmp(o->name, "object") ? NULL :
				    pfb_vm_option_get(config, o, "id");

		if (other && !strcmp(other, id))
			pfb_vm_size(pfb_vm_option_get(config, o, "size"), 1, &size);
	}
	return size & (size - 1) ? 0 : size;
}

static void read_device(struct pfb_lint_context *c, u32 device)
{
	const struct pfb_vm_device *d = &c->devices.list[device];
	u32 i;

	for (i = 0; i < d->option->nr; i++) {
		const struct pfb_vm_prop *prop = &c->config->props[d->option->first + i];
		struct pfb_declared_bar bar = { 0 };

		if (!strcmp(prop->key, "fixed-bars")) {
			read_list(c, device, prop->value);
		} else if (!strncmp(prop->key, "fixed-bar-", 10)) {
			if (prop->key[10] < '0' || prop->key[10] > '5' || prop->key[11] ||
			    !pfb_vm_size(prop->value, 1, &bar.gpa)) {
				pfb_lint_say(c, PFB_LINT_FIXED_SYNTAX, d->option,
					     "fixed-bar-0 to fixed-bar-5, and an address",
					     pfb_findings_text("%.40s=%.200s", prop->key, prop->value),
					     "correct it", "%.40s=%.200s of %s cannot be read",
					     prop->key, prop->value, pfb_vm_devices_name(d));
				continue;
			}
			bar.index = (u8)(prop->key[10] - '0');
			add_bar(c, device, d->option, &bar);
		} else if (is_bar_name(prop->key)) {
			pfb_lint_say(c, PFB_LINT_COMMA_UNESCAPED, d->option,
				     pfb_findings_text("fixed-bars=...,,%.40s", prop->key),
				     pfb_findings_text(",%.40s", prop->key),
				     "double the comma before it", "'%.40s' of %s stands behind a single comma",
				     prop->key, pfb_vm_devices_name(d));
		}
	}
}

void pfb_lint_bars_read(struct pfb_lint_context *c)
{
	u32 i, j;

	for (i = 0; i < c->devices.nr; i++) {
		const struct pfb_declaration *decl = c->roles[i].declaration;

		read_device(c, i);
		for (j = 0; decl && j < decl->nr_bars; j++)
			if (!(decl->bars[j].flags & PFB_MANIFEST_BAR_IO) &&
			    decl->bars[j].index < PFB_BAR_VF0)
				add_bar(c, i, c->request->manifest_option, &decl->bars[j]);
	}
	/* Of a stand-in for a GPU the size is in the configuration. */
	for (i = 0; i < c->nr_bars; i++) {
		const struct pfb_vm_device *d = &c->devices.list[c->bars[i].device];

		if (!c->bars[i].declared.size && c->bars[i].declared.index == 2 &&
		    !strncmp(d->driver, "ivshmem-", 8))
			c->bars[i].declared.size =
				memory_size(c->config, pfb_vm_option_get(c->config, d->option, "memdev"));
	}
}

static u64 last_of(const struct pfb_lint_bar *bar)
{
	u64 last;

	/* without a size, as much as every memory BAR has at least */
	return check_add_overflow(bar->declared.gpa,
				  (bar->declared.size ? bar->declared.size : 16) - 1, &last) ?
	       ~0ULL : last;
}

static const char *bar_text(const struct pfb_lint_context *c, const struct pfb_lint_bar *bar)
{
	return pfb_findings_text("%s of %.60s, 0x%llx to 0x%llx",
			     pfb_bar_index_name(bar->declared.index),
			     pfb_vm_devices_name(&c->devices.list[bar->device]),
			     (unsigned long long)bar->declared.gpa,
			     (unsigned long long)last_of(bar));
}

static void check_window(struct pfb_lint_context *c, const struct pfb_lint_bar *bar)
{
	const struct pfb_lint_machine *m = &c->machine;
	u64 gpa = bar->declared.gpa, last = last_of(bar);
	const struct pfb_window low = { 0x10000000, 0x3efeffff };

	if (m->board == PFB_LINT_BOARD_VIRT) {
		const struct pfb_window *window = gpa >> 32 ? &m->window : &low;

		/* A lost window was said already. */
		if ((window->limit < window->base && gpa >> 32) ||
		    (gpa >= window->base && last <= window->limit))
			return;
		pfb_lint_say(c, PFB_LINT_BAR_OUTSIDE_WINDOW, bar->option,
			     pfb_findings_text("inside 0x%llx to 0x%llx", (unsigned long long)window->base,
					       (unsigned long long)window->limit),
			     bar_text(c, bar),
			     "-M virt,highmem-mmio-size=N (the window is then at N, N bytes long; 64T for the RFC's addresses), or another address",
			     "%s of %s is outside of the window that the machine has",
			     pfb_bar_index_name(bar->declared.index),
			     pfb_vm_devices_name(&c->devices.list[bar->device]));
	} else if ((m->board == PFB_LINT_BOARD_Q35 || m->board == PFB_LINT_BOARD_PC) && m->bits &&
		   m->bits < 64 && last >> m->bits) {
		pfb_lint_say(c, PFB_LINT_PHYS_BITS_LOW, bar->option,
			     pfb_findings_text("an address up to 0x%llx", (1ULL << m->bits) - 1),
			     bar_text(c, bar),
			     "-cpu ...,phys-bits=N or host-phys-bits=on (libvirt: <maxphysaddr mode='passthrough'/>)",
			     "%s of %s is above what the CPU %s can address",
			     pfb_bar_index_name(bar->declared.index),
			     pfb_vm_devices_name(&c->devices.list[bar->device]), m->cpu);
	}
}

static void check_ram(struct pfb_lint_context *c, const struct pfb_lint_bar *bar)
{
	const struct pfb_lint_machine *m = &c->machine;
	u64 gpa = bar->declared.gpa, last = last_of(bar), base, end;

	if (m->board == PFB_LINT_BOARD_OTHER)
		return;
	if (m->board == PFB_LINT_BOARD_VIRT) {
		base = PFB_GIB;
		end = m->ram_high_end;
	} else if (gpa < m->ram_low) {
		base = 0;
		end = m->ram_low;
	} else {
		base = 4 * PFB_GIB;
		end = m->ram_high_end;
	}
	if (gpa >= end || last < base)
		return;
	pfb_lint_say(c, PFB_LINT_BAR_IN_RAM, bar->option,
		     pfb_findings_text("an address at 0x%llx or above", (unsigned long long)end),
		     bar_text(c, bar), "choose another address, or give the VM less memory",
		     "%s of %s is where the VM has RAM", pfb_bar_index_name(bar->declared.index),
		     pfb_vm_devices_name(&c->devices.list[bar->device]));
}

static void check_reserved(struct pfb_lint_context *c, const struct pfb_lint_bar *bar)
{
	const struct pfb_lint_machine *m = &c->machine;
	bool x86 = m->board == PFB_LINT_BOARD_Q35 || m->board == PFB_LINT_BOARD_PC;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(reserved); i++) {
		const struct reserved *r = &reserved[i];

		if (r->board == PFB_LINT_BOARD_OTHER ? !x86 : r->board != m->board)
			continue;
		if (bar->declared.gpa > r->limit || last_of(bar) < r->base)
			continue;
		if (r->by_cpu &&
		    !pfb_cpu_reserves(m->cpu_vendor, bar->declared.gpa, last_of(bar)))
			continue;
		pfb_lint_say(c, PFB_LINT_BAR_RESERVED, bar->option,
			     pfb_findings_text("an address outside of 0x%llx to 0x%llx",
					       (unsigned long long)r->base, (unsigned long long)r->limit),
			     bar_text(c, bar), "choose another address",
			     "%s of %s is in a reserved range: %s",
			     pfb_bar_index_name(bar->declared.index),
			     pfb_vm_devices_name(&c->devices.list[bar->device]), r->what);
	}
}

static int by_address(const void *a, const void *b)
{
	const struct pfb_lint_bar *x = a, *y = b;

	if (x->declared.gpa != y->declared.gpa)
		return x->declared.gpa < y->declared.gpa ? -1 : 1;
	return x->device < y->device ? -1 : x->device > y->device;
}

static void check_overlaps(struct pfb_lint_context *c)
{
	const struct pfb_lint_bar *reaching = NULL;	/* of those before, the one that ends last */
	u32 i;

	if (c->nr_bars)
		qsort(c->bars, c->nr_bars, sizeof(*c->bars), by_address);
	for (i = 0; i < c->nr_bars; i++) {
		const struct pfb_lint_bar *bar = &c->bars[i];

		if (reaching && last_of(reaching) >= bar->declared.gpa)
			pfb_lint_say(c, PFB_LINT_BAR_OVERLAP, bar->option,
				     pfb_findings_text("an address above 0x%llx",
						       (unsigned long long)last_of(reaching)),
				     pfb_findings_text("%.120s; %.120s", bar_text(c, reaching), bar_text(c, bar)),
				     "give one of them another address",
				     "%s of %s and %s of %s overlap",
				     pfb_bar_index_name(reaching->declared.index),
				     pfb_vm_devices_name(&c->devices.list[reaching->device]),
				     pfb_bar_index_name(bar->declared.index),
				     pfb_vm_devices_name(&c->devices.list[bar->device]));
		if (!reaching || last_of(bar) > last_of(reaching))
			reaching = bar;
	}
}

static void check_sum(struct pfb_lint_context *c)
{
	const struct pfb_lint_machine *m = &c->machine;
	u64 sum = 0, size;
	u32 i;

	for (i = 0; i < c->nr_bars; i++)
		if (c->bars[i].declared.gpa >> 32 &&
		    check_add_overflow(sum, c->bars[i].declared.size, &sum))
			sum = ~0ULL;
	for (i = 0; i < c->devices.nr; i++) {
		const struct pfb_vm_device *d = &c->devices.list[i];

		/* BARs that nobody fixed need room as well. */
		if (strncmp(d->driver, "ivshmem-", 8) || c->roles[i].flags & PFB_LINT_PROVIDER)
			continue;
		size = memory_size(c->config, pfb_vm_option_get(c->config, d->option, "memdev"));
		if (check_add_overflow(sum, size, &sum))
			sum = ~0ULL;
	}
	if (!m->window_size || sum <= m->window_size)
		return;
	pfb_lint_say(c, PFB_LINT_WINDOW_TOO_SMALL, m->window_option,
		     pfb_findings_text("a window of at least 0x%llx bytes", (unsigned long long)sum),
		     pfb_findings_text("0x%llx bytes", (unsigned long long)m->window_size),
		     m->board == PFB_LINT_BOARD_VIRT ? "raise -M virt,highmem-mmio-size=" :
		     "raise -global q35-pcihost.pci-hole64-size= (libvirt: <pcihole64> of the pcie-root controller)",
		     "the BARs that are known do not fit in the 64-bit window");
}

static void check_reserve(struct pfb_lint_context *c, u32 device)
{
	u32 port = pfb_vm_devices_root_port(&c->devices, device), i;
	const struct pfb_vm_option *o;
	u64 need = 0, have = 0;
	const char *text;

	if (port == PFB_VM_NO_DEVICE || !c->machine.firmware || c->machine.pre_enum)
		return;
	o = c->devices.list[port].option;
	for (i = 0; i < c->nr_bars; i++)
		if (c->bars[i].device == device && c->bars[i].declared.size > need)
			need = c->bars[i].declared.size;
	text = pfb_vm_option_get(c->config, o, "pref64-reserve");
	if (pfb_vm_size(text, 1, &have) && have && have >= need)
		return;
	pfb_lint_say(c, PFB_LINT_PREF64_RESERVE, o,
		     need ? pfb_findings_text("pref64-reserve=0x%llx or more", (unsigned long long)need) :
		     "pref64-reserve= of the BAR's size or more",
		     text ? pfb_findings_text("pref64-reserve=%s", text) : "no pref64-reserve=",
		     "add pref64-reserve=SIZE to the root port",
		     "root port %s has no prefetchable reserve for %s behind it",
		     pfb_vm_devices_name(&c->devices.list[port]),
		     pfb_vm_devices_name(&c->devices.list[device]));
}

static void check_pre_enum(struct pfb_lint_context *c)
{
	const struct pfb_vm_option *at = NULL;
	const char *stated = pfb_vm_config_get(c->config, "machine", "pci-pre-enum", &at);
	u32 i;

	for (i = 0; i < c->devices.nr && !c->machine.pre_enum; i++) {
		const struct pfb_vm_option *o = c->devices.list[i].option;
		bool fixed = pfb_vm_option_get(c->config, o, "fixed-bars");
		unsigned int k;

		for (k = 0; k < 6 && !fixed; k++)
			fixed = pfb_vm_option_get(c->config, o, pfb_findings_text("fixed-bar-%u", k));
		if (!fixed)
			continue;
		pfb_lint_say(c, PFB_LINT_PRE_ENUM_OFF, at ? at : o, "-M virt,pci-pre-enum=on",
			     stated ? pfb_findings_text("pci-pre-enum=%s", stated) : "no pci-pre-enum=",
			     "add pci-pre-enum=on to -machine",
			     "%s has fixed BARs, and the machine's pre-enumeration is off",
			     pfb_vm_devices_name(&c->devices.list[i]));
		return;
	}
}

void pfb_lint_bars_check(struct pfb_lint_context *c)
{
	u32 i;

	check_overlaps(c);
	for (i = 0; i < c->nr_bars; i++) {
		const struct pfb_lint_bar *bar = &c->bars[i];
		const struct pfb_declared_bar *d = &bar->declared;
		const char *name = pfb_vm_devices_name(&c->devices.list[bar->device]);

		if (d->gpa & ((d->size ? d->size : 16) - 1))
			pfb_lint_say(c, PFB_LINT_BAR_MISALIGNED, bar->option,
				     pfb_findings_text("a multiple of 0x%llx",
						       (unsigned long long)(d->size ? d->size : 16)),
				     bar_text(c, bar), "take the address that the BAR has on the host",
				     "%s of %s is not aligned to its size", pfb_bar_index_name(d->index),
				     name);
		if (d->flags & PFB_MANIFEST_BAR_HPA && d->hpa != d->gpa)
			pfb_lint_say(c, PFB_LINT_HPA_DIFFERS, bar->option,
				     pfb_findings_text("0x%llx, the host's", (unsigned long long)d->hpa),
				     bar_text(c, bar), "fix the BAR at the host's address",
				     "%s of %s is not at its host-physical address",
				     pfb_bar_index_name(d->index), name);
		check_window(c, bar);
		check_ram(c, bar);
		check_reserved(c, bar);
	}
	check_sum(c);
	for (i = 0; i < c->devices.nr; i++)
		if (c->roles[i].flags & PFB_LINT_PROVIDER)
			check_reserve(c, i);
	check_pre_enum(c);
}
