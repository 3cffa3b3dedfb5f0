// SPDX-License-Identifier: GPL-2.0
/*
 * Takes what sources declare into the records: merged where they agree,
 * refused where they don't, and where two BARs would share an address.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/sort.h>

#include <pci_fixed_bars/topology.h>

#include "declare.h"
#include "records.h"
#include "registry.h"

/* Under pfb_state_lock, as the records are. */
static struct pfb_source_report source_reports[PFB_NR_SOURCES];

const char *pfb_source_status_name(enum pfb_source_status status)
{
	switch (status) {
	case PFB_SOURCE_ABSENT:
		return "absent";
	case PFB_SOURCE_OK:
		return "ok";
	case PFB_SOURCE_UNSUPPORTED:
		return "unsupported";
	case PFB_SOURCE_BROKEN:
		return "broken";
	}
	return "unknown";
}

static void refuse(struct pfb_record *rec, const char *logged, const char *fmt, ...) __printf(3, 4);

/*
 * What contradicts itself is refused even where there is no memory to say how. The log says
 * @logged instead, where that is not NULL: not only root reads it.
 */
static void refuse(struct pfb_record *rec, const char *logged, const char *fmt, ...)
{
	char path[PFB_PATH_TEXT_MAX];
	va_list args;

	/* The first reason is enough to act on. */
	if (rec->error)
		return;
	va_start(args, fmt);
	rec->error = kvasprintf(GFP_KERNEL, fmt, args) ?: pfb_record_error_unsaid;
	va_end(args);
	pr_err("%s: %s; nothing that was declared for this function applies\n",
	       pfb_path_format(&rec->path, path, sizeof(path)), logged ?: rec->error);
}

static void declare_id(struct pfb_record *rec, const struct pfb_declaration *decl, u16 *kept,
		       u16 stated, const char *what)
{
	if (stated == PFB_ANY_ID || *kept == stated)
		return;
	if (*kept == PFB_ANY_ID)
		*kept = stated;
	else
		refuse(rec, NULL, "%s says %s id %04x, %s says %04x: make them agree, or drop one",
		       pfb_first_source_name(rec->sources), what, *kept,
		       pfb_source_name(decl->source), stated);
}

static void declare_function(struct pfb_record *rec, const struct pfb_declaration *decl)
{
	declare_id(rec, decl, &rec->decl_vendor, decl->vendor, "vendor");
	declare_id(rec, decl, &rec->decl_device, decl->device, "device");
	if (decl->clique != PFB_CLIQUE_NONE) {
		if (rec->clique != PFB_CLIQUE_NONE && rec->clique != decl->clique) {
			refuse(rec, NULL, "%s says clique %u, %s says %u: make them agree, or drop one",
			       pfb_first_source_name(rec->sources), rec->clique,
			       pfb_source_name(decl->source), decl->clique);
			return;
		}
		rec->clique = decl->clique;
	}
	rec->flags |= decl->flags;
}

static int conflict(struct pfb_record *rec, const struct pfb_bar_record *bar, const char *what,
		    u64 kept, u64 stated, enum pfb_source source, const char *logged)
{
	refuse(rec, logged, "%s: %s says %s 0x%llx, %s says 0x%llx: make them agree, or drop one",
	       pfb_bar_index_name(bar->declared.index), pfb_first_source_name(bar->sources),
	       what, kept, pfb_source_name(source), stated);
	return 0;
}

static int declare_bar(struct pfb_record *rec, const struct pfb_declaration *decl,
		       const struct pfb_declared_bar *stated)
{
	struct pfb_bar_record *bar = pfb_record_bar(rec, stated->index);
	const u32 space = PFB_MANIFEST_BAR_IO;

	if (!bar)
		return -ENOMEM;

	if (!bar->has_declared) {
		bar->declared = *stated;
		bar->uncertain = decl->uncertain;
		bar->has_declared = true;
		bar->sources = BIT(decl->source);
		return 0;
	}

	if (bar->declared.gpa != stated->gpa || (bar->declared.flags ^ stated->flags) & space)
		return conflict(rec, bar, "GPA", bar->declared.gpa, stated->gpa, decl->source,
				NULL);
	if (bar->declared.size && stated->size && bar->declared.size != stated->size)
		return conflict(rec, bar, "size", bar->declared.size, stated->size, decl->source,
				NULL);
	if (stated->flags & PFB_MANIFEST_BAR_HPA) {
		if (bar->declared.flags & PFB_MANIFEST_BAR_HPA &&
		    bar->declared.hpa != stated->hpa)
			return conflict(rec, bar, "HPA", bar->declared.hpa, stated->hpa,
					decl->source,
					"two sources state different host-physical addresses, see errors in /sys/kernel/pci_fixed_bars: make them agree, or drop one");
		bar->declared.hpa = stated->hpa;
	}
	if (stated->size)
		bar->declared.size = stated->size;
	bar->declared.flags |= stated->flags;
	bar->uncertain &= decl->uncertain;
	bar->sources |= BIT(decl->source);
	return 0;
}

int pfb_declare_one(const struct pfb_declaration *decl)
{
	struct pfb_record *rec;
	unsigned int i;
	int ret = 0;

	rec = pfb_record_find(&decl->path) ?: pfb_record_new(&decl->path);
	if (!rec)
		return -ENOMEM;
	declare_function(rec, decl);
	for (i = 0; !ret && i < decl->nr_bars; i++)
		ret = declare_bar(rec, decl, &decl->bars[i]);
	rec->sources |= BIT(decl->source);
	return ret;
}

int pfb_registry_declare(const struct pfb_declaration *decl)
{
	int ret;

	mutex_lock(&pfb_state_lock);
	ret = pfb_declare_one(decl);
	mutex_unlock(&pfb_state_lock);
	return ret;
}

void pfb_declare_forget(void)
{
	struct pfb_record *rec;
	unsigned int i;

	list_for_each_entry(rec, &pfb_records, node) {
		pfb_record_clear_error(rec);
		rec->sources = 0;
		rec->flags = 0;
		rec->clique = PFB_CLIQUE_NONE;
		rec->decl_vendor = PFB_ANY_ID;
		rec->decl_device = PFB_ANY_ID;
		for (i = 0; i < PFB_NR_BARS; i++) {
			if (!rec->bars[i])
				continue;
			rec->bars[i]->has_declared = false;
			rec->bars[i]->uncertain = false;
			rec->bars[i]->sources = 0;
		}
	}
}

void pfb_registry_set_source(enum pfb_source source, const struct pfb_source_report *report)
{
	mutex_lock(&pfb_state_lock);
	source_reports[source] = *report;
	mutex_unlock(&pfb_state_lock);
}

void pfb_registry_get_source(enum pfb_source source, struct pfb_source_report *report)
{
	mutex_lock(&pfb_state_lock);
	*report = source_reports[source];
	mutex_unlock(&pfb_state_lock);
}

/* A declared BAR and where it ends, to find two that overlap. */
struct claim {
	struct pfb_record *rec;
	const struct pfb_bar_record *bar;
	u64 last;
};

static int compare_claims(const void *left, const void *right)
{
	const struct claim *a = left;
	const struct claim *b = right;

	return (a->bar->declared.gpa > b->bar->declared.gpa) -
	       (a->bar->declared.gpa < b->bar->declared.gpa);
}

static void refuse_overlap(struct claim *a, struct claim *b)
{
	struct claim *sides[2] = { a, b };
	unsigned int i;

	for (i = 0; i < 2; i++) {
		struct claim *self = sides[i], *other = sides[!i];
		char path[PFB_PATH_TEXT_MAX];

		pfb_path_format(&other->rec->path, path, sizeof(path));
		refuse(self->rec, NULL,
		       "%s: %s says 0x%llx, which overlaps %s of %s, for which %s says 0x%llx: correct one",
		       pfb_bar_index_name(self->bar->declared.index),
		       pfb_first_source_name(self->bar->sources), self->bar->declared.gpa,
		       pfb_bar_index_name(other->bar->declared.index), path,
		       pfb_first_source_name(other->bar->sources), other->bar->declared.gpa);
	}
}

static unsigned int collect_claims(struct claim *claims)
{
	struct pfb_record *rec;
	unsigned int nr = 0;
	unsigned int i;

	list_for_each_entry(rec, &pfb_records, node) {
		for (i = 0; i < PFB_NR_BARS; i++) {
			const struct pfb_declared_bar *declared = pfb_record_applies(rec, i);
			u64 size;

			if (!declared || declared->flags & PFB_MANIFEST_BAR_IO)
				continue;
			size = declared->size ?: rec->bars[i]->actual.size ?: 1;
			if (claims) {
				claims[nr].rec = rec;
				claims[nr].bar = rec->bars[i];
				if (check_add_overflow(declared->gpa, size - 1, &claims[nr].last))
					claims[nr].last = U64_MAX;
			}
			nr++;
		}
	}
	return nr;
}

/*
 * Each source is free of overlaps in itself as far as it states sizes; two
 * sources together, or one without sizes, need not be. A GPA is an address of
 * the guest, whichever host bridge it is behind.
 */
int pfb_declare_refuse_overlaps(void)
{
	struct claim *claims, *widest;
	unsigned int nr, i;

	nr = collect_claims(NULL);
	claims = kvcalloc(max(nr, 1U), sizeof(*claims), GFP_KERNEL);
	if (!claims)
		return -ENOMEM;
	collect_claims(claims);
	sort(claims, nr, sizeof(*claims), compare_claims, NULL);

	for (i = 1, widest = claims; i < nr; i++) {
		if (claims[i].bar->declared.gpa <= widest->last)
			refuse_overlap(widest, &claims[i]);
		if (claims[i].last > widest->last)
			widest = &claims[i];
	}
	kvfree(claims);
	return 0;
}
