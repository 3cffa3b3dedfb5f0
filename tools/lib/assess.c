// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>

#include "lib/assess.h"

static const struct pfb_declared *sort_declared;

/* By function, and for one function in reporting order. */
static int compare_statements(const void *a, const void *b)
{
	const u32 *i = a, *k = b;
	const struct pfb_statement *x = &sort_declared->statements[*i];
	const struct pfb_statement *y = &sort_declared->statements[*k];
	int diff = pfb_path_compare(&x->decl.path, &y->decl.path);

	if (diff)
		return diff;
	return *i < *k ? -1 : *i > *k;
}

static const char *first_label(const struct pfb_declared *declared, u32 reports)
{
	u32 i;

	for (i = 0; i < declared->nr_reports; i++)
		if (reports & (1U << i))
			return declared->reports[i].label;
	return "?";
}

static void conflict(struct pfb_assessed *e, const char *fmt, ...) __printf(2, 3);

static void conflict(struct pfb_assessed *e, const char *fmt, ...)
{
	va_list args;

	if (e->conflict.text[0])
		return;
	va_start(args, fmt);
	vsnprintf(e->conflict.text, sizeof(e->conflict.text), fmt, args);
	va_end(args);
}

static void merge_number(struct pfb_assessed *e, const struct pfb_declared *declared,
			 const char *who_first, const struct pfb_statement *st,
			 const char *what, u64 first, u64 second)
{
	if (first != second)
		conflict(e, "%s: %s says 0x%llx, %s says 0x%llx: correct one of them", what,
			 who_first, (unsigned long long)first,
			 declared->reports[st->report].label, (unsigned long long)second);
}

static void merge_bar(struct pfb_assessed *e, const struct pfb_declared *declared,
		      const struct pfb_statement *st, const struct pfb_declared_bar *bar)
{
	struct pfb_assessed_bar *b = &e->bars[bar->index];
	const char *name = pfb_bar_index_name(bar->index);
	const char *who = first_label(declared, b->reports);
	char what[48];

	if (!b->declared) {
		b->declared = true;
		b->bar = *bar;
		b->facts.uncertain = st->decl.uncertain;
		b->reports = 1U << st->report;
		return;
	}

	if ((b->bar.flags ^ bar->flags) & PFB_MANIFEST_BAR_IO)
		conflict(e, "%s: one of %s and %s says that it is an I/O BAR, the other that it is memory: correct one of them",
			 name, who, declared->reports[st->report].label);
	snprintf(what, sizeof(what), "%s, guest-physical address", name);
	merge_number(e, declared, who, st, what, b->bar.gpa, bar->gpa);
	if (b->bar.size && bar->size) {
		snprintf(what, sizeof(what), "%s, size", name);
		merge_number(e, declared, who, st, what, b->bar.size, bar->size);
	}
	if (b->bar.flags & bar->flags & PFB_MANIFEST_BAR_HPA) {
		snprintf(what, sizeof(what), "%s, host-physical address", name);
		merge_number(e, declared, who, st, what, b->bar.hpa, bar->hpa);
	}
	if (bar->flags & PFB_MANIFEST_BAR_HPA)
		b->bar.hpa = bar->hpa;
	if (!b->bar.size)
		b->bar.size = bar->size;
	b->bar.flags |= bar->flags;
	/* One source that knows which of two identical functions it means suffices. */
	b->facts.uncertain &= st->decl.uncertain;
	b->reports |= 1U << st->report;
}

static void merge_statement(struct pfb_assessed *e, const struct pfb_declared *declared,
			    const struct pfb_statement *st)
{
	const struct pfb_declaration *decl = &st->decl;
	const char *who = first_label(declared, e->reports);
	unsigned int i;

	if (decl->vendor != PFB_ANY_ID) {
		if (e->vendor != PFB_ANY_ID)
			merge_number(e, declared, who, st, "vendor id", e->vendor, decl->vendor);
		e->vendor = decl->vendor;
	}
	if (decl->device != PFB_ANY_ID) {
		if (e->device != PFB_ANY_ID)
			merge_number(e, declared, who, st, "device id", e->device, decl->device);
		e->device = decl->device;
	}
	if (decl->clique != PFB_CLIQUE_NONE) {
		if (e->clique != PFB_CLIQUE_NONE)
			merge_number(e, declared, who, st, "clique", e->clique, decl->clique);
		e->clique = decl->clique;
	}
	e->flags |= decl->flags;
	for (i = 0; i < decl->nr_bars; i++)
		merge_bar(e, declared, st, &decl->bars[i]);
	e->stated = true;
	e->reports |= 1U << st->report;
}

/* One declared BAR's place, for finding two in one. */
struct span {
	u64 first;
	u64 last;
	bool io;
	u32 entry;
	unsigned int bar;
};

static int compare_spans(const void *a, const void *b)
{
	const struct span *x = a, *y = b;

	if (x->io != y->io)
		return x->io ? 1 : -1;
	if (x->first != y->first)
		return x->first < y->first ? -1 : 1;
	return 0;
}

static void say_overlap(struct pfb_assessment *as, const struct pfb_declared *declared,
			const struct span *a, const struct span *b)
{
	struct pfb_assessed *e = &as->entries[a->entry], *other = &as->entries[b->entry];
	char path[PFB_PATH_TEXT_MAX];

	conflict(e, "%s at 0x%llx (%s) overlaps %s %s at 0x%llx (%s): correct one of them",
		 pfb_bar_index_name(a->bar), (unsigned long long)a->first,
		 first_label(declared, e->bars[a->bar].reports),
		 pfb_path_format(&other->path, path, sizeof(path)), pfb_bar_index_name(b->bar),
		 (unsigned long long)b->first, first_label(declared, other->bars[b->bar].reports));
}

/* A source's own overlaps its parser refuses; this finds those between sources. */
static int find_overlaps(struct pfb_assessment *as, const struct pfb_guest *guest,
			 const struct pfb_declared *declared)
{
	struct span *spans;
	size_t nr = 0, i, widest = 0;
	u32 e;

	for (e = 0; e < as->nr; e++)
		for (i = 0; i < PFB_NR_BARS; i++)
			nr += as->entries[e].bars[i].declared;
	spans = calloc(nr + 1, sizeof(*spans));
	if (!spans)
		return -ENOMEM;
	for (nr = 0, e = 0; e < as->nr; e++) {
		struct pfb_assessed *entry = &as->entries[e];

		for (i = 0; i < PFB_NR_BARS; i++) {
			struct pfb_declared_bar *bar = &entry->bars[i].bar;
			u64 size = bar->size;

			if (!entry->bars[i].declared)
				continue;
			if (!size && entry->function != PFB_NO_FUNCTION)
				size = guest->top.functions[entry->function].bars[i].size;
			spans[nr].first = bar->gpa;
			if (check_add_overflow(bar->gpa, size ? size - 1 : 0, &spans[nr].last))
				spans[nr].last = ~0ULL;
			spans[nr].io = bar->flags & PFB_MANIFEST_BAR_IO;
			spans[nr].entry = e;
			spans[nr].bar = (unsigned int)i;
			nr++;
		}
	}
	qsort(spans, nr, sizeof(*spans), compare_spans);
	for (i = 1; i < nr; i++) {
		if (spans[widest].io == spans[i].io && spans[i].first <= spans[widest].last) {
			say_overlap(as, declared, &spans[widest], &spans[i]);
			say_overlap(as, declared, &spans[i], &spans[widest]);
		}
		if (spans[widest].io != spans[i].io || spans[i].last > spans[widest].last)
			widest = i;
	}
	free(spans);
	return 0;
}

/* What was said of another function, or contradicts itself, says nothing of this one. */
static void drop_what_does_not_apply(struct pfb_assessed *e, const struct pfb_guest *guest)
{
	const struct pfb_function *fn;
	bool applies = !e->conflict.text[0];

	if (e->function != PFB_NO_FUNCTION) {
		fn = &guest->top.functions[e->function];
		applies &= e->vendor == PFB_ANY_ID || e->vendor == fn->vendor;
		applies &= e->device == PFB_ANY_ID || e->device == fn->device;
	}
	if (applies)
		return;
	e->clique = PFB_CLIQUE_NONE;
	e->flags = 0;
}

/* Does a window of every bridge above hold it, by their registers? */
static bool is_cut_off(const struct pfb_topology *top, const struct pfb_function *fn,
		       unsigned int index)
{
	const struct pfb_bar *bar = &fn->bars[index];
	u64 last = bar->address + bar->size - 1;
	u32 up;

	if (index == PFB_BAR_ROM || !bar->size || bar->flags & PFB_BAR_IO)
		return false;
	if (index >= PFB_BAR_VF0)
		last = bar->address + bar->size * fn->total_vfs - 1;
	for (up = fn->parent; up != PFB_NO_FUNCTION; up = top->functions[up].parent) {
		const struct pfb_window *mem = &top->functions[up].windows[PFB_WINDOW_MEM];
		const struct pfb_window *pref = &top->functions[up].windows[PFB_WINDOW_PREF];

		if ((bar->address < mem->base || last > mem->limit) &&
		    (bar->address < pref->base || last > pref->limit))
			return true;
	}
	return false;
}

static void judge_bar(struct pfb_assessed *e, const struct pfb_guest *guest,
		      const struct pfb_declared *declared, unsigned int index)
{
	struct pfb_assessed_bar *b = &e->bars[index];
	struct pfb_bar_facts *facts = &b->facts;
	u32 i;

	if (b->declared && !e->conflict.text[0])
		facts->declared = &b->bar;
	facts->decl_vendor = e->vendor;
	facts->decl_device = e->device;
	if (e->function != PFB_NO_FUNCTION) {
		const struct pfb_guest_function *gf = &guest->functions[e->function];
		const struct pfb_function *fn = &guest->top.functions[e->function];
		const struct pfb_bar *bar = &fn->bars[index];

		facts->present = true;
		facts->vendor = fn->vendor;
		facts->device = fn->device;
		facts->exists = bar->size || gf->seen[index];
		facts->assigned = bar->flags & PFB_BAR_ASSIGNED;
		facts->registered = bar->address;
		facts->resource = gf->resource[index];
		facts->cut_off = facts->assigned && is_cut_off(&guest->top, fn, index);
		facts->size = bar->size;
		/* A BAR whose resource was emptied is unassigned; nothing tells its size. */
		if (facts->exists && !facts->size && facts->declared)
			facts->size = facts->declared->size;
		/* The kernel writes a ROM's register only when the ROM is enabled. */
		if (index == PFB_BAR_ROM && (bar->flags & PFB_BAR_DISABLED) && !facts->declared)
			facts->registered = facts->resource;
		/*
		 * A kernel that keeps the boot configuration has assigned nothing: where
		 * a BAR is when somebody first looks is where firmware left it. The
		 * module takes its baseline by the same reasoning.
		 */
		if (declared->kept[fn->root] && facts->assigned) {
			facts->preserve = true;
			facts->has_baseline = true;
			facts->baseline = facts->registered;
		}
	}
	b->exists = facts->exists || b->declared;
	b->state = pfb_verdict(facts);
	/* Then it is the device tree that speaks of it: it asked to keep the BAR. */
	for (i = 0; b->state == PFB_STATE_PRESERVED && i < declared->nr_reports; i++)
		if (declared->reports[i].source == PFB_SOURCE_DT)
			b->reports |= 1U << i;
}

static void ask_module(struct pfb_assessed *e, const struct pfb_guest *guest, unsigned int index)
{
	struct pfb_assessed_bar *b = &e->bars[index];

	if (e->function == PFB_NO_FUNCTION)
		return;
	b->in_module = !pfb_module_bar_state(guest, guest->functions[e->function].bdf, index,
					     &b->module_state);
	b->exists |= b->in_module;
}

int pfb_assess(struct pfb_assessment *as, const struct pfb_guest *guest,
	       const struct pfb_declared *declared)
{
	u32 *order, i, k;
	unsigned int bar;
	int ret;

	memset(as, 0, sizeof(*as));
	as->entries = calloc((size_t)guest->top.nr_functions + declared->nr_statements + 1,
			     sizeof(*as->entries));
	order = calloc((size_t)declared->nr_statements + 1, sizeof(*order));
	if (!as->entries || !order) {
		free(order);
		return -ENOMEM;
	}
	as->nr = guest->top.nr_functions;
	as->with_module = pfb_module_ready(guest);
	for (i = 0; i < as->nr + declared->nr_statements; i++) {
		as->entries[i].function = i < as->nr ? i : PFB_NO_FUNCTION;
		as->entries[i].vendor = PFB_ANY_ID;
		as->entries[i].device = PFB_ANY_ID;
		as->entries[i].clique = PFB_CLIQUE_NONE;
		if (i < as->nr)
			pfb_topology_path(&guest->top, i, &as->entries[i].path);
	}

	for (i = 0; i < declared->nr_statements; i++)
		order[i] = i;
	sort_declared = declared;
	qsort(order, declared->nr_statements, sizeof(*order), compare_statements);
	for (i = 0; i < declared->nr_statements; i++) {
		const struct pfb_statement *st = &declared->statements[order[i]];
		struct pfb_assessed *e;

		if (st->function != PFB_NO_FUNCTION) {
			e = &as->entries[st->function];
		} else {
			e = &as->entries[as->nr - 1];
			/* sorted: what speaks of the same missing function is adjacent */
			if (as->nr == guest->top.nr_functions ||
			    !pfb_path_equal(&e->path, &st->decl.path))
				e = &as->entries[as->nr++];
			e->path = st->decl.path;
		}
		merge_statement(e, declared, st);
	}
	free(order);

	ret = find_overlaps(as, guest, declared);
	if (ret)
		return ret;
	for (k = 0; k < as->nr; k++) {
		drop_what_does_not_apply(&as->entries[k], guest);
		for (bar = 0; bar < PFB_NR_BARS; bar++) {
			judge_bar(&as->entries[k], guest, declared, bar);
			if (as->with_module)
				ask_module(&as->entries[k], guest, bar);
		}
	}
	return 0;
}

void pfb_assess_free(struct pfb_assessment *as)
{
	free(as->entries);
	memset(as, 0, sizeof(*as));
}

enum pfb_bar_state pfb_assessed_state(const struct pfb_assessed_bar *bar)
{
	return bar->state == PFB_STATE_UNTRACKED && bar->in_module ? bar->module_state : bar->state;
}

bool pfb_assessed_differs(const struct pfb_assessed_bar *bar)
{
	return bar->in_module && bar->state != PFB_STATE_UNTRACKED &&
	       bar->module_state != PFB_STATE_UNTRACKED && bar->state != bar->module_state;
}

const char *pfb_assessed_sources(const struct pfb_declared *declared, u32 reports,
				 char *buf, size_t size)
{
	size_t used = 0;
	u32 i;

	buf[0] = '\0';
	for (i = 0; i < declared->nr_reports && used < size; i++)
		if (reports & (1U << i))
			used += (size_t)snprintf(buf + used, size - used, "%s%s",
						 used ? ", " : "", declared->reports[i].label);
	return buf;
}

bool pfb_assessed_module_source(const struct pfb_assessment *as, const struct pfb_guest *guest,
				const struct pfb_source_report *report,
				struct pfb_module_source *seen)
{
	return as->with_module && report->label[0] != '-' &&
	       pfb_module_source(guest, report->source, seen);
}

const char *pfb_assessed_source_status(const struct pfb_assessment *as,
				       const struct pfb_guest *guest,
				       const struct pfb_source_report *report)
{
	/* of what the module says, what this program has a word of its own for */
	static const struct {
		const char *module;
		enum pfb_source_status status;
	} words[] = {
		{ "ok", PFB_STATUS_GOOD },
		{ "broken", PFB_STATUS_BROKEN },
		{ "absent", PFB_STATUS_ABSENT },
	};
	enum pfb_source_status status = report->status;
	struct pfb_module_source seen;
	size_t i;

	if (!pfb_assessed_module_source(as, guest, report, &seen))
		return pfb_source_status_name(status);
	if (!strcmp(seen.status, "broken"))
		return pfb_source_status_name(PFB_STATUS_BROKEN);
	if (status == PFB_STATUS_UNREADABLE ? !strcmp(seen.status, "absent") :
					      status != PFB_STATUS_UNKNOWN)
		return pfb_source_status_name(status);
	for (i = 0; i < ARRAY_SIZE(words); i++)
		if (!strcmp(seen.status, words[i].module))
			return pfb_source_status_name(words[i].status);
	return "unsupported";
}
