// SPDX-License-Identifier: GPL-2.0
/*
 * The records: one for each function that is there or was declared.
 */
#include <linux/hashtable.h>
#include <linux/jhash.h>
#include <linux/pci.h>
#include <linux/slab.h>

#include "records.h"
#include "scan.h"

DEFINE_MUTEX(pfb_state_lock);
LIST_HEAD(pfb_records);
static DEFINE_HASHTABLE(records_by_path, 10);

static u32 path_hash(const struct pfb_path *path)
{
	return jhash(path->hops, path->nr_hops, path->segment << 8 | path->bus);
}

struct pfb_record *pfb_record_find(const struct pfb_path *path)
{
	struct pfb_record *rec;

	hash_for_each_possible(records_by_path, rec, by_path, path_hash(path))
		if (pfb_path_equal(&rec->path, path))
			return rec;
	return NULL;
}

/*
 * A function that was not there yet may have been declared by its BDF, which
 * could not be made a path then.
 */
static struct pfb_record *find_bdf(struct pci_dev *pdev)
{
	struct pfb_path bdf = {
		.segment = pci_domain_nr(pdev->bus),
		.bus = pdev->bus->number,
		.nr_hops = 1,
		.hops = { pdev->devfn },
	};

	return pfb_record_find(&bdf);
}

struct pfb_record *pfb_record_of(struct pci_dev *pdev)
{
	struct pfb_record *rec;
	struct pfb_path path;

	if (pdev->is_virtfn || pfb_scan_path(pdev, &path))
		return NULL;
	rec = pfb_record_find(&path);
	if (rec || path.nr_hops == 1)
		return rec;
	return find_bdf(pdev);
}

struct pfb_record *pfb_record_tracked(struct pci_dev *pdev)
{
	struct pfb_record *rec = pfb_record_of(pdev);

	return rec && rec->pdev == pdev ? rec : NULL;
}

struct pfb_record *pfb_record_new(const struct pfb_path *path)
{
	struct pfb_record *rec = kzalloc(sizeof(*rec), GFP_KERNEL);

	if (!rec)
		return NULL;
	rec->path = *path;
	rec->clique = PFB_CLIQUE_NONE;
	rec->decl_vendor = PFB_ANY_ID;
	rec->decl_device = PFB_ANY_ID;
	hash_add(records_by_path, &rec->by_path, path_hash(path));
	list_add_tail(&rec->node, &pfb_records);
	return rec;
}

void pfb_record_set_path(struct pfb_record *rec, const struct pfb_path *path)
{
	if (pfb_path_equal(&rec->path, path))
		return;
	hash_del(&rec->by_path);
	rec->path = *path;
	hash_add(records_by_path, &rec->by_path, path_hash(path));
}

const char pfb_record_error_unsaid[] =
	"what was declared for it contradicts itself, and there was no memory to say how: free some, and have it declared again";

void pfb_record_clear_error(struct pfb_record *rec)
{
	if (rec->error != pfb_record_error_unsaid)
		kfree(rec->error);
	rec->error = NULL;
}

void pfb_record_free(struct pfb_record *rec)
{
	unsigned int bar;

	hash_del(&rec->by_path);
	list_del(&rec->node);
	for (bar = 0; bar < PFB_NR_BARS; bar++) {
		if (rec->bars[bar])
			kfree(rec->bars[bar]->hidden_reason);
		kfree(rec->bars[bar]);
	}
	pfb_record_clear_error(rec);
	kfree(rec->provider);
	kfree(rec);
}

struct pfb_bar_record *pfb_record_bar(struct pfb_record *rec, unsigned int bar)
{
	if (!rec->bars[bar])
		rec->bars[bar] = kzalloc(sizeof(*rec->bars[bar]), GFP_KERNEL);
	return rec->bars[bar];
}

const struct pfb_declared_bar *pfb_record_applies(const struct pfb_record *rec, unsigned int bar)
{
	if (rec->error || !rec->bars[bar] || !rec->bars[bar]->has_declared)
		return NULL;
	return &rec->bars[bar]->declared;
}

const char *pfb_first_source_name(u32 sources)
{
	return pfb_source_name(__ffs(sources));
}
