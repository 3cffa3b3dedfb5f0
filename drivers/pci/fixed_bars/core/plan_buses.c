// SPDX-License-Identifier: GPL-2.0
#include <pci_fixed_bars/plan.h>

/*
 * Depth-first: a bridge's number is given before those behind it, and what it reserves
 * after them.
 */
static void number(struct pfb_topology *top)
{
	u32 above = PFB_NO_FUNCTION, root = PFB_NO_FUNCTION, next = 0, i;

	for (i = 0; i <= top->nr_functions; i++) {
		struct pfb_function *fn = i < top->nr_functions ? &top->functions[i] : NULL;
		u32 parent = fn ? fn->parent : PFB_NO_FUNCTION;

		/* All bridges from here up to the next function's are complete. */
		for (; above != parent; above = top->functions[above].parent) {
			next += top->functions[above].reserve_buses;
			top->functions[above].subordinate = (u8)(next - 1);
		}
		if (!fn)
			return;
		if (fn->root != root) {
			root = fn->root;
			next = top->roots[root].bus + 1U;
		}
		fn->bus = parent == PFB_NO_FUNCTION ? top->roots[root].bus :
			  top->functions[parent].secondary;
		if (!pfb_topology_is_bridge(fn))
			continue;
		fn->secondary = (u8)next++;
		above = i;
	}
}

int pfb_plan_bus_numbers(struct pfb_topology *top, struct pfb_error *err)
{
	u32 root, i, next, bridges;
	int ret;

	ret = pfb_topology_check_tree(top, err);
	if (ret)
		return ret;

	/* Each bridge takes one number, and what it reserves: counting them tells it all. */
	for (root = 0, i = 0; root < top->nr_roots; root++) {
		const struct pfb_root *r = &top->roots[root];

		for (next = r->bus + 1U, bridges = 0; i < top->nr_functions &&
		     top->functions[i].root == root; i++) {
			if (!pfb_topology_is_bridge(&top->functions[i]))
				continue;
			bridges++;
			next += 1U + top->functions[i].reserve_buses;
		}
		if (next > r->last_bus + 1U)
			return pfb_fail(err, -ENOSPC,
					"root bus %04x:%02x: %u bridges and %u buses reserved behind them need buses %02x-%02x, but it has %02x-%02x: put a part of them below another host bridge (QEMU: pxb-pcie), give this one more bus numbers (bus_nr of the next), or reserve fewer",
					r->segment, r->bus, bridges,
					next - r->bus - 1U - bridges, r->bus, next - 1U, r->bus,
					r->last_bus);
	}

	number(top);
	return 0;
}
