// SPDX-License-Identifier: GPL-2.0
/*
 * The planner on any topology, with anything fixed: what it plans is what it promises, and
 * what it refuses it leaves alone, and says why.
 */
#include "fuzz.h"

#include <pci_fixed_bars/plan.h>

#define ROOTS_MAX	3
#define FUNCTIONS_MAX	24
#define FIXED_MAX	8
#define MIB		0x100000ULL

/* What is left of the input; zeros after its end. */
struct input {
	const uint8_t *data;
	size_t size;
};

struct problem {
	struct pfb_topology top;
	struct pfb_root roots[ROOTS_MAX];
	struct pfb_function functions[FUNCTIONS_MAX];
	struct pfb_plan_fixed fixed[FIXED_MAX];
	u32 nr_fixed;
};

/* Addresses that something takes on one bus: a BAR, or a window. */
struct range {
	u64 first;
	u64 last;
};

static u8 next(struct input *in)
{
	if (!in->size)
		return 0;
	in->size--;
	return *in->data++;
}

/* A window of up to 256 steps that begins at a step. */
static struct pfb_window window(struct input *in, u64 base, u64 step)
{
	u8 from = next(in), steps = next(in);

	if (!steps)
		return (struct pfb_window){ 1, 0 };
	return (struct pfb_window){ base + from * step, base + (from + steps) * step - 1 };
}

static void make_roots(struct input *in, struct problem *p)
{
	u8 how = next(in);
	u32 nr = 1 + how % ROOTS_MAX, i;

	for (i = 0; i < nr; i++) {
		struct pfb_root *root = &p->roots[i];

		root->segment = how & 0x10 ? (u16)i : 0;
		root->bus = (u8)(i * 0x40);
		root->last_bus = root->bus + 0x3f;
		if (i && how & 0x20) {
			memcpy(root->windows, root[-1].windows, sizeof(root->windows));
			continue;
		}
		root->windows[PFB_WINDOW_IO] = window(in, 0, 0x400);
		root->windows[PFB_WINDOW_MEM] = window(in, 0x10000000, MIB);
		root->windows[PFB_WINDOW_PREF] = window(in, 0x400000000000ULL, MIB);
	}
	p->top.nr_roots = nr;
}

static void make_bars(struct input *in, struct pfb_function *fn)
{
	static const u32 flags[] = { 0, PFB_BAR_IO, PFB_BAR_PREFETCH, PFB_BAR_MEM64,
				     PFB_BAR_MEM64 | PFB_BAR_PREFETCH };
	unsigned int bars = next(in) % 4, i;

	fn->total_vfs = next(in) % 8;
	for (i = 0; i < bars; i++) {
		u8 what = next(in), size = next(in);
		struct pfb_bar *bar = &fn->bars[what % PFB_NR_BARS];

		bar->size = 1ULL << (4 + size % 24);
		bar->flags = flags[what / PFB_NR_BARS % ARRAY_SIZE(flags)];
	}
}

/* Depth-first: each function goes below the one before, or beside one above that. */
static void make_functions(struct input *in, struct problem *p)
{
	u32 nr = next(in) % (FUNCTIONS_MAX + 1), parent = PFB_NO_FUNCTION, root = 0, i;
	u8 devfn[FUNCTIONS_MAX + 1] = { 0 };

	for (i = 0; i < nr; i++) {
		struct pfb_function *fn = &p->functions[i];
		u8 how = next(in), up = how % 4;

		while (up-- && parent != PFB_NO_FUNCTION)
			parent = p->functions[parent].parent;
		if (how & 0x80 && root + 1 < p->top.nr_roots) {
			parent = PFB_NO_FUNCTION;
			devfn[0] = 0;
			root++;
		}
		fn->parent = parent;
		fn->root = root;
		fn->devfn = devfn[parent + 1U]++;
		fn->flags = next(in) << 6 & (PFB_FN_PREF64 | PFB_FN_IO32 | PFB_FN_NO_IO_WINDOW |
					    PFB_FN_NO_PREF_WINDOW | PFB_FN_VF);
		fn->type = how & 0x40 ? PFB_PORT_PCI_BRIDGE : PFB_PORT_ENDPOINT;
		make_bars(in, fn);
		if (fn->type == PFB_PORT_ENDPOINT)
			continue;
		if (how & 0x20) {
			fn->reserve[next(in) % PFB_NR_WINDOWS] = next(in) * 0x8000ULL;
			fn->reserve_buses = next(in) % 16;
		}
		parent = i;
		devfn[i + 1] = 0;
	}
	p->top.nr_functions = nr;
}

static void make_fixed(struct input *in, struct problem *p)
{
	u32 i;

	p->nr_fixed = next(in) % (FIXED_MAX + 1);
	for (i = 0; i < p->nr_fixed; i++) {
		struct pfb_plan_fixed *fixed = &p->fixed[i];
		u8 where = next(in), at = next(in);

		fixed->function = next(in);
		fixed->bar = next(in) % (PFB_NR_BARS + 1);
		if (p->top.nr_functions)
			fixed->function %= p->top.nr_functions + 1;
		/* Near the windows' starts, in steps of the BAR's size or of a megabyte. */
		fixed->address = where & 1 ? 0x10000000 : where & 2 ? 0x400000000000ULL : 0;
		if (fixed->function < p->top.nr_functions && fixed->bar < PFB_NR_BARS &&
		    !(where & 4))
			fixed->address += at * p->functions[fixed->function].bars[fixed->bar].size;
		else
			fixed->address += at * MIB;
	}
}

static bool holds(const struct pfb_window *w, const struct range *r)
{
	return w->base <= r->first && r->last <= w->limit;
}

/* A range lies in a window of its kind of whatever is above. */
static void check_above(const struct problem *p, const struct pfb_function *fn, bool io,
			const struct range *r)
{
	const struct pfb_window *w = fn->parent == PFB_NO_FUNCTION ?
		p->roots[fn->root].windows : p->functions[fn->parent].windows;

	FUZZ_HOLDS(io ? holds(&w[PFB_WINDOW_IO], r) :
		   holds(&w[PFB_WINDOW_MEM], r) || holds(&w[PFB_WINDOW_PREF], r));
}

static u32 ranges_of(const struct problem *p, u32 index, bool io, struct range *out)
{
	const struct pfb_function *fn = &p->functions[index];
	unsigned int i;
	u32 nr = 0;

	for (i = 0; i < PFB_NR_BARS; i++) {
		const struct pfb_bar *bar = &fn->bars[i];
		u64 span = i < PFB_BAR_VF0 ? bar->size : bar->size * fn->total_vfs;

		if (!(bar->flags & PFB_BAR_ASSIGNED) || !(bar->flags & PFB_BAR_IO) == io)
			continue;
		FUZZ_HOLDS(bar->address && !(bar->address & (bar->size - 1)));
		out[nr] = (struct range){ bar->address, bar->address + span - 1 };
		check_above(p, fn, io, &out[nr++]);
	}
	for (i = 0; i < PFB_NR_WINDOWS && pfb_topology_is_bridge(fn); i++) {
		const struct pfb_window *w = &fn->windows[i];
		u64 granule = i == PFB_WINDOW_IO ? 0x1000 : MIB;

		if (w->base > w->limit || (i == PFB_WINDOW_IO) != io)
			continue;
		FUZZ_HOLDS(!(w->base & (granule - 1)) && !((w->limit + 1) & (granule - 1)));
		FUZZ_HOLDS(i != PFB_WINDOW_PREF || (fn->flags & PFB_FN_PREF64));
		out[nr] = (struct range){ w->base, w->limit };
		check_above(p, fn, io, &out[nr++]);
	}
	return nr;
}

/* On one bus nothing overlaps; host bridges with equal windows have one bus's addresses. */
static bool same_bus(const struct problem *p, u32 a, u32 b)
{
	const struct pfb_function *x = &p->functions[a], *y = &p->functions[b];
	const struct pfb_root *rx = &p->roots[x->root], *ry = &p->roots[y->root];

	return x->parent == y->parent && rx->segment == ry->segment &&
	       (x->parent != PFB_NO_FUNCTION ||
		!memcmp(rx->windows, ry->windows, sizeof(rx->windows)));
}

static void check_plan(const struct problem *p)
{
	static struct range ranges[FUNCTIONS_MAX][PFB_NR_BARS + PFB_NR_WINDOWS];
	u32 nr[FUNCTIONS_MAX], i, j, k, l, kind;

	for (i = 0; i < p->nr_fixed; i++) {
		const struct pfb_plan_fixed *fixed = &p->fixed[i];
		const struct pfb_bar *bar = &p->functions[fixed->function].bars[fixed->bar];

		FUZZ_HOLDS((bar->flags & PFB_BAR_ASSIGNED) && bar->address == fixed->address);
	}
	for (i = 0; i < p->top.nr_functions; i++)
		for (k = 0; k < PFB_NR_BARS; k++) {
			const struct pfb_bar *bar = &p->functions[i].bars[k];

			/* Only I/O can be done without; a VF's BARs are its PF's. */
			FUZZ_HOLDS(!bar->size || (bar->flags & (PFB_BAR_ASSIGNED | PFB_BAR_IO)) ||
				   (p->functions[i].flags & PFB_FN_VF));
		}
	for (kind = 0; kind < 2; kind++) {
		for (i = 0; i < p->top.nr_functions; i++)
			nr[i] = ranges_of(p, i, kind, ranges[i]);
		for (i = 0; i < p->top.nr_functions; i++)
			for (j = i; j < p->top.nr_functions; j++)
				for (k = 0; same_bus(p, i, j) && k < nr[i]; k++)
					for (l = i == j ? k + 1 : 0; l < nr[j]; l++)
						FUZZ_HOLDS(ranges[i][k].last < ranges[j][l].first ||
							   ranges[j][l].last < ranges[i][k].first);
	}
}

static void check_error(const struct pfb_error *err)
{
	size_t len = strnlen(err->text, sizeof(err->text)), i;

	FUZZ_HOLDS(len && len < sizeof(err->text));
	for (i = 0; i < len; i++)
		FUZZ_HOLDS(err->text[i] >= 0x20 && err->text[i] < 0x7f);
}

static void check_conflict(const struct problem *p, const struct pfb_plan_conflict *conflict)
{
	u32 i, j;

	FUZZ_HOLDS(conflict->nr_fixed <= conflict->nr && conflict->nr_fixed <= p->nr_fixed);
	FUZZ_HOLDS(conflict->movable <= conflict->nr);
	for (i = 0; i < conflict->nr; i++) {
		const struct pfb_plan_member *m = &conflict->members[i];

		FUZZ_HOLDS(m->function < p->top.nr_functions && m->size);
		FUZZ_HOLDS(m->fixed == (i < conflict->nr_fixed));
		for (j = 0; m->fixed && j < p->nr_fixed; j++)
			if (p->fixed[j].function == m->function && p->fixed[j].bar == m->bar)
				break;
		FUZZ_HOLDS(!m->fixed || (j < p->nr_fixed && p->fixed[j].address == m->address));
		for (j = 0; j < i; j++)
			FUZZ_HOLDS(m[0].function != conflict->members[j].function ||
				   m[0].bar != conflict->members[j].bar);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	static struct problem p, before;
	struct pfb_plan_conflict conflict;
	struct pfb_error err = {};
	void *scratch;
	int ret;

	memset(&p, 0, sizeof(p));
	p.top.roots = p.roots;
	p.top.max_roots = ROOTS_MAX;
	p.top.functions = p.functions;
	p.top.max_functions = FUNCTIONS_MAX;
	make_roots(&in, &p);
	make_functions(&in, &p);
	make_fixed(&in, &p);

	before = p;
	if (pfb_plan_bus_numbers(&p.top, &err)) {
		FUZZ_HOLDS(!memcmp(&before, &p, sizeof(p)));
		check_error(&err);
		return 0;
	}
	before = p;
	scratch = malloc(pfb_plan_scratch_size(&p.top, p.nr_fixed));
	FUZZ_HOLDS(scratch);
	memset(scratch, 0xa5, pfb_plan_scratch_size(&p.top, p.nr_fixed));
	ret = pfb_plan_addresses(&p.top, p.fixed, p.nr_fixed, scratch, &err);
	if (!ret) {
		check_plan(&p);
		before = p;
		FUZZ_HOLDS(!pfb_plan_addresses(&p.top, p.fixed, p.nr_fixed, scratch, &err));
		FUZZ_HOLDS(!pfb_topology_check(&p.top, &err));
	} else {
		check_error(&err);
		FUZZ_HOLDS(pfb_plan_find_conflict(&p.top, p.fixed, p.nr_fixed, scratch, &conflict,
						  &err) == ret || !p.nr_fixed);
		check_error(&err);
		check_conflict(&p, &conflict);
	}
	FUZZ_HOLDS(!memcmp(&before, &p, sizeof(p)));
	free(scratch);
	return 0;
}
