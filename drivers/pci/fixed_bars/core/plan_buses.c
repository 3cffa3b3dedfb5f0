// SPDX-License-Identifier: GPL-2.0
#include <pci_fixed_bars/plan.h>

int pfb_plan_bus_numbers(struct pfb_topology *top, struct pfb_error *err)
{
	u32 root, i, next;
	int ret;

	ret = pfb_topology_check_tree(top, err);
	if (ret)
		return ret;

	/* Each bridge takes one number, so that counting them tells it all. */
	for (root = 0, i = 0; root < top->nr_roots; root++) {
		const struct pfb_root *r = &top->roots[root];

		for (next = r->bus + 1U; i < top->nr_functions &&
		     top->functions[i].root == root; i++)
			if (pfb_topology_is_bridge(&top->functions[i]))
				next++;
		if (next > r->last_bus + 1U)
			return pfb_fail(err, -ENOSPC,
					"root bus %04x:%02x: %u bridges need buses %02x-%02x, but it has %02x-%02x: put a part of them below another host bridge (QEMU: pxb-pcie), or give this one more bus numbers (bus_nr of the next)",
					r->segment, r->bus, next - r->bus - 1U, r->bus,
					next - 1U, r->bus, r->last_bus);
	}

	for (root = PFB_NO_FUNCTION, next = 0, i = 0; i < top->nr_functions; i++) {
		struct pfb_function *fn = &top->functions[i];

		if (fn->root != root) {
			root = fn->root;
			next = top->roots[root].bus + 1U;
		}
		fn->bus = fn->parent == PFB_NO_FUNCTION ? top->roots[root].bus :
			  top->functions[fn->parent].secondary;
		if (!pfb_topology_is_bridge(fn))
			continue;
		fn->secondary = next;
		fn->subordinate = next;
		next++;
	}
	for (i = top->nr_functions; i--; ) {
		const struct pfb_function *fn = &top->functions[i];
		struct pfb_function *above;

		if (!pfb_topology_is_bridge(fn) || fn->parent == PFB_NO_FUNCTION)
			continue;
		above = &top->functions[fn->parent];
		if (above->subordinate < fn->subordinate)
			above->subordinate = fn->subordinate;
	}
	return 0;
}
