// SPDX-License-Identifier: GPL-2.0
/*
 * The topology: functions in depth-first order, and the rules that every other
 * part of the core relies on when it walks them.
 */
#include <pci_fixed_bars/topology.h>

#define PFB_4GIB		(1ULL << 32)

/* A BDF as the kernel prints it; the segment is the root bus's. */
#define BDF_FMT			"%04x:%02x:%02x.%x"
#define BDF_ARGS(top, fn)	(top)->roots[(fn)->root].segment, (fn)->bus,	\
				PFB_DEV((fn)->devfn), PFB_FN((fn)->devfn)

/* On one bus by devfn; VFs that spill onto the bus numbers after it come last. */
#define ORDER_KEY(fn)		((fn)->bus << 8 | (fn)->devfn)

static const char * const bar_names[PFB_NR_BARS] = {
	"bar0", "bar1", "bar2", "bar3", "bar4", "bar5", "rom",
	"vfbar0", "vfbar1", "vfbar2", "vfbar3", "vfbar4", "vfbar5",
};

const char *pfb_bar_index_name(unsigned int index)
{
	return index < PFB_NR_BARS ? bar_names[index] : "bar?";
}

const char *pfb_port_type_name(enum pfb_port_type type)
{
	switch (type) {
	case PFB_PORT_ENDPOINT:
		return "endpoint";
	case PFB_PORT_ROOT:
		return "root port";
	case PFB_PORT_UPSTREAM:
		return "upstream port";
	case PFB_PORT_DOWNSTREAM:
		return "downstream port";
	case PFB_PORT_PCI_BRIDGE:
		return "PCI bridge";
	}
	return "unknown type";
}

static int check_roots(const struct pfb_topology *top, struct pfb_error *err)
{
	u32 i;

	if (top->nr_roots > top->max_roots || top->nr_functions > top->max_functions)
		return pfb_fail(err, -EINVAL,
				"topology: %u root buses and %u functions are said to be in room for %u and %u",
				top->nr_roots, top->nr_functions,
				top->max_roots, top->max_functions);

	for (i = 0; i < top->nr_roots; i++) {
		const struct pfb_root *root = &top->roots[i];
		const struct pfb_root *prev = root - 1;

		if (root->last_bus < root->bus)
			return pfb_fail(err, -EINVAL,
					"root bus %04x:%02x: its last bus is %02x, expected %02x or higher",
					root->segment, root->bus, root->last_bus, root->bus);
		if (!i || prev->segment < root->segment)
			continue;
		if (prev->segment > root->segment || prev->bus >= root->bus)
			return pfb_fail(err, -EINVAL,
					"root bus %04x:%02x stands after %04x:%02x, expected ascending order",
					root->segment, root->bus, prev->segment, prev->bus);
		if (prev->last_bus >= root->bus)
			return pfb_fail(err, -EINVAL,
					"root bus %04x:%02x lies among the buses %02x-%02x of the host bridge before it",
					root->segment, root->bus, prev->bus, prev->last_bus);
	}
	return 0;
}

static bool type_can_stand(const struct pfb_topology *top, const struct pfb_function *fn)
{
	enum pfb_port_type above;

	/*
	 * An upstream port on a root bus is what a guest sees whose host bridge
	 * hides the root port; it routes like any other.
	 */
	if (fn->parent == PFB_NO_FUNCTION)
		return fn->type != PFB_PORT_DOWNSTREAM;

	above = top->functions[fn->parent].type;
	switch (fn->type) {
	case PFB_PORT_ROOT:
		return false;
	case PFB_PORT_UPSTREAM:
		return above != PFB_PORT_UPSTREAM;
	case PFB_PORT_DOWNSTREAM:
		return above == PFB_PORT_UPSTREAM;
	default:
		return true;
	}
}

static int check_place(const struct pfb_topology *top, u32 index, struct pfb_error *err)
{
	const struct pfb_function *fn = &top->functions[index];
	const struct pfb_function *prev;
	u32 sibling = PFB_NO_FUNCTION;
	u32 i;

	if (fn->root >= top->nr_roots)
		return pfb_fail(err, -EINVAL,
				"function %u names root bus %u, but there are %u",
				index, fn->root, top->nr_roots);
	if ((unsigned int)fn->type > PFB_PORT_PCI_BRIDGE)
		return pfb_fail(err, -EINVAL, BDF_FMT ": port type %u is unknown",
				BDF_ARGS(top, fn), (unsigned int)fn->type);
	if (fn->parent != PFB_NO_FUNCTION) {
		if (fn->parent >= index)
			return pfb_fail(err, -EINVAL,
					BDF_FMT ": stands before the bridge above it, expected depth-first order",
					BDF_ARGS(top, fn));
		if (!pfb_topology_is_bridge(&top->functions[fn->parent]))
			return pfb_fail(err, -EINVAL,
					BDF_FMT ": function %u above it is no bridge",
					BDF_ARGS(top, fn), fn->parent);
		if (top->functions[fn->parent].root != fn->root)
			return pfb_fail(err, -EINVAL,
					BDF_FMT ": is on another root bus than the bridge above it",
					BDF_ARGS(top, fn));
	}
	if (!type_can_stand(top, fn))
		return pfb_fail(err, -EINVAL,
				BDF_FMT ": %s cannot be below %s",
				BDF_ARGS(top, fn), pfb_port_type_name(fn->type),
				fn->parent == PFB_NO_FUNCTION ? "root bus" :
				pfb_port_type_name(top->functions[fn->parent].type));

	/*
	 * In depth-first order the bridge above is the function before, or one
	 * above that. Each step leaves a subtree for good: linear in sum.
	 */
	for (i = index ? index - 1 : PFB_NO_FUNCTION; i != fn->parent;
	     i = top->functions[i].parent) {
		if (i == PFB_NO_FUNCTION)
			return pfb_fail(err, -EINVAL,
					BDF_FMT ": stands apart from the bridge above it, expected depth-first order",
					BDF_ARGS(top, fn));
		sibling = i;
	}
	if (sibling == PFB_NO_FUNCTION)
		return 0;

	prev = &top->functions[sibling];
	if (prev->root > fn->root ||
	    (prev->root == fn->root && ORDER_KEY(prev) >= ORDER_KEY(fn)))
		return pfb_fail(err, -EINVAL,
				BDF_FMT ": stands after " BDF_FMT ", expected ascending device and function",
				BDF_ARGS(top, fn), BDF_ARGS(top, prev));
	return 0;
}

static int check_bar(const struct pfb_topology *top, const struct pfb_function *fn,
		     unsigned int index, struct pfb_error *err)
{
	const struct pfb_bar *bar = &fn->bars[index];
	bool vf = index >= PFB_BAR_VF0;
	u64 span = bar->size;
	u64 last;

	if (!bar->size)
		return 0;
	if (bar->size & (bar->size - 1))
		return pfb_fail(err, -EINVAL,
				BDF_FMT " %s: size 0x%llx, expected a power of two",
				BDF_ARGS(top, fn), pfb_bar_index_name(index),
				(unsigned long long)bar->size);
	if (pfb_topology_is_bridge(fn) && index > 1 && index != PFB_BAR_ROM)
		return pfb_fail(err, -EINVAL, BDF_FMT " %s: a bridge has bar0, bar1 and rom only",
				BDF_ARGS(top, fn), pfb_bar_index_name(index));
	if ((bar->flags & PFB_BAR_IO) &&
	    ((bar->flags & (PFB_BAR_MEM64 | PFB_BAR_PREFETCH)) || vf || index == PFB_BAR_ROM))
		return pfb_fail(err, -EINVAL,
				BDF_FMT " %s: flags 0x%x, expected no I/O BAR that is 64-bit, prefetchable, a ROM or a VF's",
				BDF_ARGS(top, fn), pfb_bar_index_name(index), bar->flags);
	if (vf && !fn->total_vfs)
		return pfb_fail(err, -EINVAL, BDF_FMT " %s: has a size, but TotalVFs is 0",
				BDF_ARGS(top, fn), pfb_bar_index_name(index));
	if (bar->flags & PFB_BAR_MEM64) {
		/* The register after it holds the upper half of the address. */
		if (index == 5 || index == PFB_BAR_ROM || index == PFB_NR_BARS - 1 ||
		    (pfb_topology_is_bridge(fn) && index) || fn->bars[index + 1].size)
			return pfb_fail(err, -EINVAL,
					BDF_FMT " %s: is 64-bit, but the register after it is not its upper half",
					BDF_ARGS(top, fn), pfb_bar_index_name(index));
	} else if (bar->size > PFB_4GIB / 2) {
		return pfb_fail(err, -EINVAL,
				BDF_FMT " %s: size 0x%llx, expected at most 2 GiB for a 32-bit BAR",
				BDF_ARGS(top, fn), pfb_bar_index_name(index),
				(unsigned long long)bar->size);
	}

	if (vf && check_mul_overflow(bar->size, (u64)fn->total_vfs, &span))
		return pfb_fail(err, -EINVAL, BDF_FMT " %s: %u VFs of 0x%llx bytes exceed 64 bits",
				BDF_ARGS(top, fn), pfb_bar_index_name(index), fn->total_vfs,
				(unsigned long long)bar->size);
	if (!(bar->flags & PFB_BAR_ASSIGNED))
		return 0;
	if (bar->address & (bar->size - 1))
		return pfb_fail(err, -EINVAL,
				BDF_FMT " %s: address 0x%llx, expected a multiple of its size 0x%llx",
				BDF_ARGS(top, fn), pfb_bar_index_name(index),
				(unsigned long long)bar->address, (unsigned long long)bar->size);
	if (check_add_overflow(bar->address, span - 1, &last) ||
	    (!(bar->flags & PFB_BAR_MEM64) && last >= PFB_4GIB))
		return pfb_fail(err, -EINVAL,
				BDF_FMT " %s: address 0x%llx and size 0x%llx leave the space that the BAR can address",
				BDF_ARGS(top, fn), pfb_bar_index_name(index),
				(unsigned long long)bar->address, (unsigned long long)span);
	return 0;
}

static int check_reserve(const struct pfb_topology *top, const struct pfb_function *fn,
			 struct pfb_error *err)
{
	unsigned int kind;

	for (kind = 0; kind < PFB_NR_WINDOWS; kind++) {
		/* Leaves room to round up. */
		u64 max = kind == PFB_WINDOW_PREF ? 1ULL << 62 : PFB_4GIB / 2;

		if (!pfb_topology_is_bridge(fn))
			max = 0;
		if (fn->reserve[kind] > max)
			return pfb_fail(err, -EINVAL,
					BDF_FMT ": 0x%llx bytes of its %s window are to be reserved, expected 0x%llx at most",
					BDF_ARGS(top, fn), (unsigned long long)fn->reserve[kind],
					pfb_window_name(kind), (unsigned long long)max);
	}
	if (fn->reserve_buses && !pfb_topology_is_bridge(fn))
		return pfb_fail(err, -EINVAL,
				BDF_FMT ": %u bus numbers are to be reserved behind it, but it is no bridge",
				BDF_ARGS(top, fn), fn->reserve_buses);
	return 0;
}

int pfb_topology_check_tree(const struct pfb_topology *top, struct pfb_error *err)
{
	unsigned int bar;
	u32 i;
	int ret;

	ret = check_roots(top, err);
	if (ret)
		return ret;

	for (i = 0; i < top->nr_functions; i++) {
		ret = check_place(top, i, err);
		if (!ret)
			ret = check_reserve(top, &top->functions[i], err);
		if (ret)
			return ret;
		for (bar = 0; bar < PFB_NR_BARS; bar++) {
			ret = check_bar(top, &top->functions[i], bar, err);
			if (ret)
				return ret;
		}
	}
	return 0;
}

static int check_windows(const struct pfb_topology *top, const struct pfb_function *fn,
			 struct pfb_error *err)
{
	const struct pfb_window *window;
	unsigned int kind;

	for (kind = 0; kind < PFB_WINDOW_PREF; kind++) {
		window = &fn->windows[kind];
		if (window->base <= window->limit && window->limit >= PFB_4GIB)
			return pfb_fail(err, -EINVAL,
					BDF_FMT ": %s window 0x%llx-0x%llx, expected it below 4 GiB",
					BDF_ARGS(top, fn), pfb_window_name(kind),
					(unsigned long long)window->base,
					(unsigned long long)window->limit);
	}
	return 0;
}

/*
 * @owner: for each bus number of this root bus, the bus that hands it on: the
 * root bus, or the secondary bus of the lowest bridge seen so far whose range
 * holds it. A bridge may take only what the bus that it is on owns.
 */
static int check_buses(const struct pfb_topology *top, const struct pfb_function *fn,
		       u8 *owner, struct pfb_error *err)
{
	const struct pfb_function *above;
	unsigned int bus;
	u8 expected;

	if (fn->parent == PFB_NO_FUNCTION) {
		expected = top->roots[fn->root].bus;
	} else {
		above = &top->functions[fn->parent];
		if (!above->secondary)
			return pfb_fail(err, -EINVAL,
					BDF_FMT ": the bridge above it, " BDF_FMT ", has no bus number",
					BDF_ARGS(top, fn), BDF_ARGS(top, above));
		expected = above->secondary;
	}
	/*
	 * VFs may have bus numbers after their PF's (PCIe 6.0, 9.2.1.2), among
	 * those of the bridge above and no other's.
	 */
	if (fn->bus != expected &&
	    (pfb_topology_is_bridge(fn) || fn->bus < expected || owner[fn->bus] != expected))
		return pfb_fail(err, -EINVAL, BDF_FMT ": expected on bus %02x",
				BDF_ARGS(top, fn), expected);

	/* A bridge that nobody numbered: nothing behind it can be reached. */
	if (!pfb_topology_is_bridge(fn) || (!fn->secondary && !fn->subordinate))
		return 0;

	if (fn->secondary <= fn->bus || fn->subordinate < fn->secondary)
		return pfb_fail(err, -EINVAL,
				BDF_FMT ": secondary bus %02x, subordinate %02x, expected %02x < secondary <= subordinate",
				BDF_ARGS(top, fn), fn->secondary, fn->subordinate, fn->bus);
	for (bus = fn->secondary; bus <= fn->subordinate; bus++) {
		if (owner[bus] != fn->bus)
			return pfb_fail(err, -EINVAL,
					BDF_FMT ": its buses %02x-%02x include %02x, which bus %02x does not own",
					BDF_ARGS(top, fn), fn->secondary, fn->subordinate,
					bus, fn->bus);
		owner[bus] = fn->secondary;
	}
	return 0;
}

int pfb_topology_check(const struct pfb_topology *top, struct pfb_error *err)
{
	u32 root = PFB_NO_FUNCTION;
	unsigned int bus;
	u8 owner[256];
	u32 i;
	int ret;

	ret = pfb_topology_check_tree(top, err);
	if (ret)
		return ret;

	for (i = 0; i < top->nr_functions; i++) {
		const struct pfb_function *fn = &top->functions[i];

		if (fn->root != root) {
			root = fn->root;
			/* Bus 0 can only be a root bus, so 0 also says "nobody's". */
			memset(owner, top->roots[root].bus ? 0 : 0xff, sizeof(owner));
			for (bus = top->roots[root].bus; bus <= top->roots[root].last_bus; bus++)
				owner[bus] = top->roots[root].bus;
		}
		ret = check_buses(top, fn, owner, err);
		if (ret)
			return ret;
		if (!pfb_topology_is_bridge(fn))
			continue;
		ret = check_windows(top, fn, err);
		if (ret)
			return ret;
	}
	return 0;
}

int pfb_topology_path(const struct pfb_topology *top, u32 index, struct pfb_path *path)
{
	const struct pfb_root *root = &top->roots[top->functions[index].root];
	unsigned int depth = 0;
	u32 i;

	for (i = index; i != PFB_NO_FUNCTION; i = top->functions[i].parent)
		if (++depth > PFB_PATH_HOPS_MAX)
			return -ENAMETOOLONG;

	memset(path, 0, sizeof(*path));
	path->segment = root->segment;
	path->bus = root->bus;
	path->nr_hops = depth;
	for (i = index; i != PFB_NO_FUNCTION; i = top->functions[i].parent)
		path->hops[--depth] = top->functions[i].devfn;
	return 0;
}

static bool is_root_bus(const struct pfb_topology *top, u16 segment, u8 bus)
{
	u32 i;

	for (i = 0; i < top->nr_roots; i++)
		if (top->roots[i].segment == segment && top->roots[i].bus == bus)
			return true;
	return false;
}

u32 pfb_topology_find(const struct pfb_topology *top, const struct pfb_path *path)
{
	bool on_root = is_root_bus(top, path->segment, path->bus);
	unsigned int hop;
	u32 i;

	if (!path->nr_hops || path->nr_hops > PFB_PATH_HOPS_MAX)
		return PFB_NO_FUNCTION;
	/* Below the root, only a BDF may name a bus: buses are renumbered. */
	if (!on_root && path->nr_hops > 1)
		return PFB_NO_FUNCTION;

	for (i = 0; i < top->nr_functions; i++) {
		const struct pfb_function *fn = &top->functions[i];

		if (fn->devfn == path->hops[0] && fn->bus == path->bus &&
		    (fn->parent == PFB_NO_FUNCTION) == on_root &&
		    top->roots[fn->root].segment == path->segment)
			break;
	}
	if (i >= top->nr_functions)
		return PFB_NO_FUNCTION;

	for (hop = 1; hop < path->nr_hops; hop++) {
		u32 above = i;

		/* What is behind a bridge follows it without a gap. */
		for (i = above + 1; ; i++) {
			const struct pfb_function *fn = &top->functions[i];

			if (i >= top->nr_functions || fn->parent == PFB_NO_FUNCTION ||
			    fn->parent < above)
				return PFB_NO_FUNCTION;
			if (fn->parent == above && fn->devfn == path->hops[hop])
				break;
		}
	}
	return i;
}

const char *pfb_window_name(enum pfb_window_kind kind)
{
	switch (kind) {
	case PFB_WINDOW_IO:
		return "I/O";
	case PFB_WINDOW_MEM:
		return "32-bit memory";
	case PFB_WINDOW_PREF:
		return "prefetchable";
	case PFB_NR_WINDOWS:
		break;
	}
	return "unknown";
}
