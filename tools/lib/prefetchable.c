// SPDX-License-Identifier: GPL-2.0
#include "prefetchable.h"

#include <stdlib.h>

bool pfb_bar_is_prefetchable64(const struct pfb_bar *bar)
{
	return bar->size && (bar->flags & PFB_BAR_MEM64) && (bar->flags & PFB_BAR_PREFETCH);
}

static void unassign(struct pfb_bar *bar)
{
	bar->address = 0;
	bar->flags &= ~PFB_BAR_ASSIGNED;
}

/* Behind a bridge without a 64-bit window the planner has put it below 4 GiB. */
static bool is_high(const struct pfb_topology *top, const struct pfb_function *fn,
		    const struct pfb_bar *bar)
{
	const struct pfb_window *high = &top->roots[fn->root].windows[PFB_WINDOW_PREF];

	return (bar->flags & PFB_BAR_ASSIGNED) && bar->address >= high->base &&
	       bar->address <= high->limit;
}

/* What a function asks for, while only a part of it is planned. */
struct asked {
	u64 sizes[PFB_NR_BARS];
	u64 reserve[PFB_NR_WINDOWS];
};

int pfb_plan_prefetchable(struct pfb_topology *top, const struct pfb_plan_fixed *fixed,
			  u32 nr_fixed, void *scratch, struct pfb_error *err)
{
	struct asked *asked = calloc(top->nr_functions + 1UL, sizeof(*asked));
	unsigned int bar;
	int ret;
	u32 i;

	if (!asked)
		return pfb_fail(err, -ENOMEM, "no memory to plan with");
	for (i = 0; i < top->nr_functions; i++) {
		u64 *reserve = top->functions[i].reserve;

		memcpy(asked[i].reserve, reserve, sizeof(asked[i].reserve));
		reserve[PFB_WINDOW_IO] = 0;
		reserve[PFB_WINDOW_MEM] = 0;
		for (bar = 0; bar < PFB_NR_BARS; bar++) {
			struct pfb_bar *b = &top->functions[i].bars[bar];

			asked[i].sizes[bar] = b->size;
			if (!pfb_bar_is_prefetchable64(b))
				b->size = 0;
		}
	}
	ret = pfb_plan_addresses(top, fixed, nr_fixed, scratch, err);
	for (i = 0; i < top->nr_functions; i++) {
		struct pfb_function *fn = &top->functions[i];

		for (bar = 0; bar < PFB_NR_BARS; bar++) {
			if (!fn->bars[bar].size || !is_high(top, fn, &fn->bars[bar]))
				unassign(&fn->bars[bar]);
			fn->bars[bar].size = asked[i].sizes[bar];
		}
		memcpy(fn->reserve, asked[i].reserve, sizeof(fn->reserve));
		for (bar = 0; bar < PFB_NR_WINDOWS; bar++) {
			if (bar != PFB_WINDOW_PREF)
				fn->windows[bar] = (struct pfb_window) { .base = 1, .limit = 0 };
		}
	}
	free(asked);
	return ret;
}
