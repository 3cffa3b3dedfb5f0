// SPDX-License-Identifier: GPL-2.0
#include "fuzz.h"

#include <pci_fixed_bars/fixed_bars.h>

#define NR_SLOTS	6
#define GIB		(1ULL << 30)

static struct fuzz_collector found;

/*
 * Two root buses in segment 0, one in segment 1. Below each, root ports with a
 * GPU or a NIC behind: identical ones, and ones that differ in a BAR's size, so
 * that every way to match can succeed and fail.
 */
static const struct pfb_topology *guest(void)
{
	static struct pfb_root roots[] = {
		{ .segment = 0, .bus = 0x00, .last_bus = 0x3f },
		{ .segment = 0, .bus = 0x40, .last_bus = 0xff },
		{ .segment = 1, .bus = 0x00, .last_bus = 0xff },
	};
	static struct pfb_function functions[ARRAY_SIZE(roots) * NR_SLOTS * 2];
	static struct pfb_topology top = {
		.roots = roots,
		.nr_roots = ARRAY_SIZE(roots),
		.max_roots = ARRAY_SIZE(roots),
		.functions = functions,
		.nr_functions = ARRAY_SIZE(functions),
		.max_functions = ARRAY_SIZE(functions),
	};
	struct pfb_function *fn = functions;
	u32 root, slot;

	if (functions[0].vendor)
		return &top;
	for (root = 0; root < ARRAY_SIZE(roots); root++) {
		for (slot = 0; slot < NR_SLOTS; slot++) {
			fn->parent = PFB_NO_FUNCTION;
			fn->root = root;
			fn->type = PFB_PORT_ROOT;
			fn->bus = roots[root].bus;
			fn->devfn = PFB_DEVFN(slot + 1, 0);
			fn->secondary = (u8)(roots[root].bus + slot + 1);
			fn->subordinate = fn->secondary;
			fn->vendor = 0x1b36;
			fn->device = 0x000c;
			fn->bars[0].size = 0x1000;
			fn++;

			fn->parent = (u32)(fn - functions) - 1;
			fn->root = root;
			fn->type = PFB_PORT_ENDPOINT;
			fn->bus = fn[-1].secondary;
			fn->vendor = slot & 1 ? 0x15b3 : 0x10de;
			fn->device = slot & 1 ? 0x1021 : 0x2330;
			fn->bars[0].size = 16 << 20;
			fn->bars[0].flags = PFB_BAR_MEM64 | PFB_BAR_PREFETCH;
			fn->bars[2].size = slot < 4 ? GIB : 2 * GIB;
			fn->bars[2].flags = PFB_BAR_MEM64 | PFB_BAR_PREFETCH;
			fn->bars[4].size = 0x20;
			fn->bars[4].flags = PFB_BAR_IO;
			fn++;
		}
	}
	return &top;
}

static bool overlap(const struct pfb_declared_bar *a, const struct pfb_declared_bar *b)
{
	return a->gpa <= b->gpa ? b->gpa - a->gpa < a->size : a->gpa - b->gpa < b->size;
}

static void check_declaration(const struct pfb_topology *top,
			      enum pfb_fixed_bars_layout layout, unsigned int nr)
{
	const struct pfb_declaration *decl = &found.decls[nr];
	unsigned int i, bar, other;
	bool root = false;

	FUZZ_HOLDS(decl->source == PFB_SOURCE_FW_CFG_FIXED_BARS);
	FUZZ_HOLDS(decl->nr_bars > 0);
	FUZZ_HOLDS(!decl->uncertain || layout == PFB_FIXED_BARS_V1_SHORT);
	FUZZ_HOLDS(layout == PFB_FIXED_BARS_V2 || !decl->path.segment);
	FUZZ_HOLDS(layout != PFB_FIXED_BARS_V1_SHORT ||
		   pfb_topology_find(top, &decl->path) != PFB_NO_FUNCTION);
	for (i = 0; i < top->nr_roots; i++)
		root |= top->roots[i].segment == decl->path.segment &&
			top->roots[i].bus == decl->path.bus;
	FUZZ_HOLDS(root);

	for (bar = 0; bar < decl->nr_bars; bar++)
		FUZZ_HOLDS(!(decl->bars[bar].flags & PFB_MANIFEST_BAR_HPA) && decl->bars[bar].size);
	for (i = 0; i < nr; i++) {
		FUZZ_HOLDS(!pfb_path_equal(&decl->path, &found.decls[i].path));
		for (bar = 0; bar < decl->nr_bars; bar++) {
			for (other = 0; other < found.decls[i].nr_bars; other++)
				FUZZ_HOLDS(!overlap(&decl->bars[bar], &found.decls[i].bars[other]));
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct pfb_topology *top = guest();
	enum pfb_fixed_bars_layout layout;
	struct pfb_error err = {};
	unsigned int i;
	void *scratch;
	int ret;

	scratch = malloc(pfb_fixed_bars_scratch_size(size, top));
	FUZZ_HOLDS(scratch);
	found.nr = 0;
	ret = pfb_fixed_bars_parse(data, size, top, scratch, fuzz_declare, &found, &err);
	fuzz_check_result(ret, &err, &found);
	free(scratch);

	if (pfb_fixed_bars_check(data, size, &layout, &err)) {
		FUZZ_HOLDS(ret);
		return 0;
	}
	for (i = 0; i < found.nr; i++)
		check_declaration(top, layout, i);
	return 0;
}
