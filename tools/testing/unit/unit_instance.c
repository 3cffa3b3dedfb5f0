// SPDX-License-Identifier: GPL-2.0
#include "unit.h"
#include "unit_instance.h"

#define MEM_STEP	0x80000ULL
#define IO_STEP		0x400ULL
#define BRIDGES_MAX	4
#define ENDPOINTS_MAX	5
#define TRIES_MAX	20000

static u64 seed;

void unit_seed(u64 value)
{
	seed = value;
}

u32 unit_rnd(u32 below)
{
	/* xorshift64*: reproducible everywhere. */
	seed ^= seed >> 12;
	seed ^= seed << 25;
	seed ^= seed >> 27;
	return (u32)((seed * 0x2545f4914f6cdd1dULL) >> 33) % below;
}

/* Who hangs below which bridge; -1: the root bus. */
struct shape {
	int bridges;
	int bridge_above[BRIDGES_MAX];
	int endpoints;
	int endpoint_above[ENDPOINTS_MAX];
};

static void add_bus(struct unit_topology *t, const struct shape *shape, int bus, u32 parent)
{
	u8 dev = 0;
	u32 bridge;
	int i;

	for (i = 0; i < shape->endpoints; i++)
		if (shape->endpoint_above[i] == bus)
			unit_add(t, parent, PFB_PORT_ENDPOINT, dev++, 0);
	for (i = 0; i < shape->bridges; i++) {
		if (shape->bridge_above[i] != bus)
			continue;
		bridge = unit_add(t, parent, PFB_PORT_PCI_BRIDGE, dev++, 0);
		if (!unit_rnd(8))
			t->functions[bridge].flags &= ~PFB_FN_PREF64;
		add_bus(t, shape, i, bridge);
	}
}

static void random_tree(struct unit_topology *t)
{
	struct shape shape;
	int i;

	shape.bridges = (int)unit_rnd(BRIDGES_MAX + 1);
	for (i = 0; i < shape.bridges; i++)
		shape.bridge_above[i] = (int)unit_rnd(i + 1) - 1;
	shape.endpoints = 1 + (int)unit_rnd(ENDPOINTS_MAX);
	for (i = 0; i < shape.endpoints; i++)
		shape.endpoint_above[i] = (int)unit_rnd(shape.bridges + 1) - 1;
	add_bus(t, &shape, -1, PFB_NO_FUNCTION);
}

static struct pfb_window random_window(u64 base, u64 step, u32 least, u32 most)
{
	struct pfb_window w;

	w.base = base + step * unit_rnd(4);
	w.limit = w.base + step * (least + unit_rnd(most - least + 1)) - 1;
	return w;
}

static void random_bar(struct unit_topology *t)
{
	static const u8 slots[] = { 0, 2, 4, PFB_BAR_VF0 };
	u32 function = unit_rnd(t->top.nr_functions);
	struct pfb_function *fn = &t->functions[function];
	unsigned int bar = pfb_topology_is_bridge(fn) ? 0 : slots[unit_rnd(ARRAY_SIZE(slots))];
	u64 size = MEM_STEP << unit_rnd(4);

	if (fn->bars[bar].size)
		return;
	if (bar == PFB_BAR_VF0) {
		if (!fn->total_vfs)
			fn->total_vfs = (u16)(1 + unit_rnd(3));
		unit_bar(t, function, bar, MEM_STEP << unit_rnd(2),
			 PFB_BAR_MEM64 | (unit_rnd(2) ? PFB_BAR_PREFETCH : 0));
		return;
	}
	switch (unit_rnd(8)) {
	case 0:
		unit_bar(t, function, bar, IO_STEP << unit_rnd(4), PFB_BAR_IO);
		break;
	case 1:
	case 2:
		unit_bar(t, function, bar, size, unit_rnd(2) ? PFB_BAR_PREFETCH : 0);
		break;
	case 3:
		unit_bar(t, function, bar, size, PFB_BAR_MEM64);
		break;
	default:
		unit_bar(t, function, bar, size, PFB_BAR_MEM64 | PFB_BAR_PREFETCH);
		break;
	}
}

/* A bridge keeps room for what is plugged in: one in four topologies has such. */
static void random_reserve(struct unit_topology *t)
{
	struct pfb_function *fn = &t->functions[unit_rnd(t->top.nr_functions)];

	if (!pfb_topology_is_bridge(fn))
		return;
	switch (unit_rnd(4)) {
	case 0:
		fn->reserve[PFB_WINDOW_IO] = IO_STEP * (1 + unit_rnd(6));
		break;
	case 1:
		fn->reserve[PFB_WINDOW_MEM] = MEM_STEP * (1 + unit_rnd(5));
		break;
	default:
		fn->reserve[PFB_WINDOW_PREF] = MEM_STEP * (1 + unit_rnd(8));
		break;
	}
}

static void random_topology(struct unit_topology *t)
{
	struct pfb_window *windows;
	int i, bars;

	unit_topology_init(t);
	unit_add_root(t, 0, 255);
	windows = t->roots[0].windows;
	windows[PFB_WINDOW_IO] = random_window(unit_rnd(2) ? 0 : 0x2000, IO_STEP, 8, 24);
	windows[PFB_WINDOW_MEM] = random_window(0x10000000, MEM_STEP, 4, 20);
	windows[PFB_WINDOW_PREF] = random_window(UNIT_PREF_BASE, MEM_STEP, 4, 24);
	if (!unit_rnd(10))
		windows[PFB_WINDOW_PREF] = (struct pfb_window){ 1, 0 };
	random_tree(t);
	if (!unit_rnd(5)) {
		/* A pxb-pcie, which has no windows of its own. */
		t->roots[0].last_bus = 0x7f;
		unit_add_root(t, 0x80, 0xff);
		memcpy(t->roots[1].windows, windows, sizeof(t->roots[1].windows));
		random_tree(t);
	}
	bars = 1 + (int)unit_rnd(UNIT_INSTANCE_BARS);
	for (i = 0; i < bars; i++)
		random_bar(t);
	for (i = 0; i < 2 && !unit_rnd(4); i++)
		random_reserve(t);
}

static u64 random_address(const struct unit_topology *t, u32 function, unsigned int bar)
{
	const struct pfb_bar *b = &t->functions[function].bars[bar];
	const struct pfb_window *w = t->roots[0].windows;
	u64 slots;

	if (b->flags & PFB_BAR_IO)
		w += PFB_WINDOW_IO;
	else if ((b->flags & PFB_BAR_MEM64) && unit_window_is_open(&w[PFB_WINDOW_PREF]) && unit_rnd(8))
		w += PFB_WINDOW_PREF;
	else
		w += PFB_WINDOW_MEM;
	slots = (w->limit - w->base) / b->size + 1;
	return (w->base / b->size + 1 + unit_rnd((u32)slots)) * b->size;
}

/*
 * Fix about half of the BARs: where an assignment has them, so that they can be
 * there, or anywhere.
 */
static u32 random_fixed(struct unit_topology *t, struct pfb_plan_fixed *fixed, bool planted)
{
	unsigned int bar;
	u32 nr = 0;
	u32 i;

	if (planted && unit_exhaustive(t, NULL, 0, IO_STEP, MEM_STEP, TRIES_MAX,
				       seed | 1) != UNIT_EXHAUSTIVE_FOUND)
		planted = false;
	for (i = 0; i < t->top.nr_functions; i++)
		for (bar = 0; bar < PFB_NR_BARS; bar++) {
			struct pfb_bar *b = &t->functions[i].bars[bar];

			if (!b->size)
				continue;
			if (unit_rnd(2))
				fixed[nr++] = (struct pfb_plan_fixed){ i, bar, planted ?
					b->address : random_address(t, i, bar) };
			b->address = 0;
			b->flags &= ~PFB_BAR_ASSIGNED;
		}
	return nr;
}

u32 unit_instance(struct unit_topology *t, struct pfb_plan_fixed *fixed, u64 value, bool planted)
{
	unit_seed(value);
	random_topology(t);
	return random_fixed(t, fixed, planted);
}

enum unit_exhaustive unit_instance_exists(struct unit_topology *t,
					  const struct pfb_plan_fixed *fixed, u32 nr)
{
	return unit_exhaustive(t, fixed, nr, IO_STEP, MEM_STEP, TRIES_MAX, 0);
}

void unit_instance_print(const struct unit_topology *t, const struct pfb_plan_fixed *fixed,
			 u32 nr)
{
	unsigned int bar;
	u32 i, n;

	for (i = 0; i < PFB_NR_WINDOWS; i++)
		print_message("#   window %u 0x%llx-0x%llx\n", i,
			      (unsigned long long)t->roots[0].windows[i].base,
			      (unsigned long long)t->roots[0].windows[i].limit);
	for (i = 0; i < t->top.nr_functions; i++) {
		const struct pfb_function *fn = &t->functions[i];

		print_message("#   %u: %s below %d%s, %u VFs, reserves 0x%llx, 0x%llx, 0x%llx\n",
			      i, pfb_port_type_name(fn->type), (int)fn->parent,
			      fn->flags & PFB_FN_PREF64 ? "" : " (not 64-bit)", fn->total_vfs,
			      (unsigned long long)fn->reserve[PFB_WINDOW_IO],
			      (unsigned long long)fn->reserve[PFB_WINDOW_MEM],
			      (unsigned long long)fn->reserve[PFB_WINDOW_PREF]);
		for (bar = 0; bar < PFB_NR_BARS; bar++) {
			if (!fn->bars[bar].size)
				continue;
			print_message("#      %s 0x%llx flags %x", pfb_bar_index_name(bar),
				      (unsigned long long)fn->bars[bar].size, fn->bars[bar].flags);
			for (n = 0; n < nr; n++)
				if (fixed[n].function == i && fixed[n].bar == bar)
					print_message(" fixed at 0x%llx",
						      (unsigned long long)fixed[n].address);
			print_message("; possible at 0x%llx\n",
				      (unsigned long long)fn->bars[bar].address);
		}
	}
}
