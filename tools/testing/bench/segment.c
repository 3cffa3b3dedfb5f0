// SPDX-License-Identifier: GPL-2.0
#include "segment.h"

#include <stdlib.h>

#define BUSES_BELOW	4U	/* bridges on a bus */
#define FUNCTIONS_MIN	16U	/* on a bus, while there are buses left */
#define PREF64		(PFB_BAR_MEM64 | PFB_BAR_PREFETCH)

struct shape {
	u32 buses;
	u32 on_bus;
};

static void add_bar(struct pfb_function *fn, unsigned int bar, u64 size, u32 flags)
{
	fn->bars[bar].size = size;
	fn->bars[bar].flags = flags;
}

/* Sizes differ from function to function, but not from run to run. */
static void add_bars(struct pfb_function *fn, u32 n)
{
	u32 mixed = n * 2654435761U >> 16;

	add_bar(fn, 0, 0x100ULL << mixed % 5, 0);
	add_bar(fn, 2, 0x10000ULL << mixed % 11, PREF64);
	if (n % 4 == 1)
		add_bar(fn, 1, 0x20, PFB_BAR_IO);
	if (n % 8 == 2)
		add_bar(fn, PFB_BAR_ROM, 0x800ULL << mixed % 4, PFB_BAR_DISABLED);
	if (n % 16 == 3) {
		fn->total_vfs = (u16)(1 + mixed % 16);
		add_bar(fn, PFB_BAR_VF0, 0x4000, PREF64);
	}
}

/* Bus @bus has the buses 4 * bus + 1 to 4 * bus + 4 behind it. */
static void add_bus(struct pfb_topology *top, const struct shape *shape, u32 bus, u32 parent)
{
	u32 i, index;

	for (i = 0; i < shape->on_bus; i++) {
		u32 below = BUSES_BELOW * bus + 1 + i;
		bool bridge = i < BUSES_BELOW && below < shape->buses;
		struct pfb_function *fn;

		index = top->nr_functions++;
		fn = &top->functions[index];
		fn->parent = parent;
		fn->type = bridge ? PFB_PORT_PCI_BRIDGE : PFB_PORT_ENDPOINT;
		fn->devfn = (u8)i;
		if (!bridge) {
			add_bars(fn, index);
			continue;
		}
		fn->flags = PFB_FN_PREF64 | PFB_FN_IO32;
		add_bus(top, shape, below, index);
	}
}

bool segment_make(struct pfb_topology *top, u32 nr)
{
	struct shape shape = { .buses = nr / FUNCTIONS_MIN };

	if (shape.buses > SEGMENT_BUSES_MAX)
		shape.buses = SEGMENT_BUSES_MAX;
	shape.on_bus = nr / shape.buses;

	memset(top, 0, sizeof(*top));
	top->roots = calloc(1, sizeof(*top->roots));
	top->functions = calloc(nr, sizeof(*top->functions));
	if (!top->roots || !top->functions) {
		segment_free(top);
		return false;
	}
	top->nr_roots = 1;
	top->max_roots = 1;
	top->max_functions = nr;
	top->roots[0] = (struct pfb_root) {
		.last_bus = 0xff,
		.windows = {
			[PFB_WINDOW_IO] = { 0, 0xffffff },
			[PFB_WINDOW_MEM] = { 0x10000000, 0xefffffff },
			[PFB_WINDOW_PREF] = { 0x400000000000ULL, 0x7fffffffffffULL },
		},
	};
	add_bus(top, &shape, 0, PFB_NO_FUNCTION);
	return true;
}

static bool is_fixed(const struct pfb_topology *top, u32 function, u32 every)
{
	return !(function % every) && top->functions[function].bars[2].size;
}

struct pfb_plan_fixed *segment_fix(struct pfb_topology *top, u32 every, u32 *nr)
{
	struct pfb_plan_fixed *fixed = calloc(top->nr_functions, sizeof(*fixed));
	void *scratch = malloc(pfb_plan_scratch_size(top, 0));
	u64 *sizes = calloc(top->nr_functions, sizeof(*sizes));
	bool planned = false;
	u32 i;

	*nr = 0;
	for (i = 0; sizes && i < top->nr_functions; i++)
		if (is_fixed(top, i, every)) {
			sizes[i] = top->functions[i].bars[2].size;
			top->functions[i].bars[2].size = SEGMENT_ROOM;
			top->functions[i].bars[2].flags &= ~PFB_BAR_ASSIGNED;
		}
	if (fixed && scratch && sizes)
		planned = !pfb_plan_addresses(top, NULL, 0, scratch, NULL);
	free(scratch);
	for (i = 0; sizes && i < top->nr_functions; i++) {
		struct pfb_bar *bar = &top->functions[i].bars[2];

		if (!is_fixed(top, i, every))
			continue;
		bar->size = sizes[i];
		if (planned)
			fixed[(*nr)++] = (struct pfb_plan_fixed){ i, 2, bar->address };
	}
	free(sizes);
	if (planned)
		return fixed;
	free(fixed);
	return NULL;
}

void segment_free(struct pfb_topology *top)
{
	free(top->roots);
	free(top->functions);
	memset(top, 0, sizeof(*top));
}
