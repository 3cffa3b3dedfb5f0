// SPDX-License-Identifier: GPL-2.0
/*
 * The planner beside an exhaustive search: on small random topologies it must
 * find a plan exactly when there is one.
 *
 * PFB_PLAN_INSTANCES=N tries N topologies instead of the few that make check has
 * time for, PFB_PLAN_SEED=N others.
 */
#include "unit.h"
#include "unit_exhaustive.h"
#include "unit_plan.h"
#include "unit_topology.h"

#define MIB		0x100000ULL
#define MEM_STEP	(MIB / 2)
#define IO_STEP		0x400ULL
#define BRIDGES_MAX	4
#define ENDPOINTS_MAX	5
#define BARS_MAX	8
#define LARGE_FUNCTIONS	40
#define ON_BUS_MAX	8
#define PREF64		(PFB_BAR_MEM64 | PFB_BAR_PREFETCH)
#define TRIES_MAX	20000
#define INSTANCES	20000
#define LARGE		400	/* a large instance takes as long as so many small ones */

static u64 seed;

static u32 rnd(u32 below)
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
		if (!rnd(8))
			t->functions[bridge].flags &= ~PFB_FN_PREF64;
		add_bus(t, shape, i, bridge);
	}
}

static void random_tree(struct unit_topology *t)
{
	struct shape shape;
	int i;

	shape.bridges = (int)rnd(BRIDGES_MAX + 1);
	for (i = 0; i < shape.bridges; i++)
		shape.bridge_above[i] = (int)rnd(i + 1) - 1;
	shape.endpoints = 1 + (int)rnd(ENDPOINTS_MAX);
	for (i = 0; i < shape.endpoints; i++)
		shape.endpoint_above[i] = (int)rnd(shape.bridges + 1) - 1;
	add_bus(t, &shape, -1, PFB_NO_FUNCTION);
}

static struct pfb_window random_window(u64 base, u64 step, u32 least, u32 most)
{
	struct pfb_window w;

	w.base = base + step * rnd(4);
	w.limit = w.base + step * (least + rnd(most - least + 1)) - 1;
	return w;
}

static void random_bar(struct unit_topology *t)
{
	static const u8 slots[] = { 0, 2, 4, PFB_BAR_VF0 };
	u32 function = rnd(t->top.nr_functions);
	struct pfb_function *fn = &t->functions[function];
	unsigned int bar = pfb_topology_is_bridge(fn) ? 0 : slots[rnd(ARRAY_SIZE(slots))];
	u64 size = MEM_STEP << rnd(4);

	if (fn->bars[bar].size)
		return;
	if (bar == PFB_BAR_VF0) {
		if (!fn->total_vfs)
			fn->total_vfs = (u16)(1 + rnd(3));
		unit_bar(t, function, bar, MEM_STEP << rnd(2),
			 PFB_BAR_MEM64 | (rnd(2) ? PFB_BAR_PREFETCH : 0));
		return;
	}
	switch (rnd(8)) {
	case 0:
		unit_bar(t, function, bar, IO_STEP << rnd(4), PFB_BAR_IO);
		break;
	case 1:
	case 2:
		unit_bar(t, function, bar, size, rnd(2) ? PFB_BAR_PREFETCH : 0);
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
	struct pfb_function *fn = &t->functions[rnd(t->top.nr_functions)];

	if (!pfb_topology_is_bridge(fn))
		return;
	switch (rnd(4)) {
	case 0:
		fn->reserve[PFB_WINDOW_IO] = IO_STEP * (1 + rnd(6));
		break;
	case 1:
		fn->reserve[PFB_WINDOW_MEM] = MEM_STEP * (1 + rnd(5));
		break;
	default:
		fn->reserve[PFB_WINDOW_PREF] = MEM_STEP * (1 + rnd(8));
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
	windows[PFB_WINDOW_IO] = random_window(rnd(2) ? 0 : 0x2000, IO_STEP, 8, 24);
	windows[PFB_WINDOW_MEM] = random_window(0x10000000, MEM_STEP, 4, 20);
	windows[PFB_WINDOW_PREF] = random_window(UNIT_PREF_BASE, MEM_STEP, 4, 24);
	if (!rnd(10))
		windows[PFB_WINDOW_PREF] = (struct pfb_window){ 1, 0 };
	random_tree(t);
	if (!rnd(5)) {
		/* A pxb-pcie, which has no windows of its own. */
		t->roots[0].last_bus = 0x7f;
		unit_add_root(t, 0x80, 0xff);
		memcpy(t->roots[1].windows, windows, sizeof(t->roots[1].windows));
		random_tree(t);
	}
	bars = 1 + (int)rnd(BARS_MAX);
	for (i = 0; i < bars; i++)
		random_bar(t);
	for (i = 0; i < 2 && !rnd(4); i++)
		random_reserve(t);
}

static u64 random_address(const struct unit_topology *t, u32 function, unsigned int bar)
{
	const struct pfb_bar *b = &t->functions[function].bars[bar];
	const struct pfb_window *w = t->roots[0].windows;
	u64 slots;

	if (b->flags & PFB_BAR_IO)
		w += PFB_WINDOW_IO;
	else if ((b->flags & PFB_BAR_MEM64) && unit_window_is_open(&w[PFB_WINDOW_PREF]) && rnd(8))
		w += PFB_WINDOW_PREF;
	else
		w += PFB_WINDOW_MEM;
	slots = (w->limit - w->base) / b->size + 1;
	return (w->base / b->size + 1 + rnd((u32)slots)) * b->size;
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
			if (rnd(2))
				fixed[nr++] = (struct pfb_plan_fixed){ i, bar, planted ?
					b->address : random_address(t, i, bar) };
			b->address = 0;
			b->flags &= ~PFB_BAR_ASSIGNED;
		}
	return nr;
}

static unsigned long from_environment(const char *name, unsigned long otherwise)
{
	const char *text = getenv(name);

	return text ? strtoul(text, NULL, 0) : otherwise;
}

static void print_instance(const struct unit_topology *t, const struct pfb_plan_fixed *fixed,
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

static void test_exhaustive(void **state)
{
	unsigned long instances = from_environment("PFB_PLAN_INSTANCES", INSTANCES);
	unsigned long first_seed = from_environment("PFB_PLAN_SEED", 1);
	struct unit_topology *t = malloc(sizeof(*t)), *before = malloc(sizeof(*t));
	struct pfb_plan_fixed fixed[BARS_MAX];
	unsigned long feasible = 0, found = 0, none = 0, undecided = 0, n;
	enum unit_exhaustive exists;
	struct pfb_error err;
	u32 nr;
	int ret;

	(void)state;
	for (n = 0; n < instances; n++) {
		seed = 0x9e3779b97f4a7c15ULL * (first_seed + n);
		random_topology(t);
		nr = random_fixed(t, fixed, n % 3);
		*before = *t;
		before->top.roots = before->roots;
		before->top.functions = before->functions;
		exists = unit_exhaustive(before, fixed, nr, IO_STEP, MEM_STEP, TRIES_MAX, 0);

		ret = unit_plan(t, fixed, nr, &err);
		if (!ret)
			unit_check_plan(t, fixed, nr);
		switch (exists) {
		case UNIT_EXHAUSTIVE_UNDECIDED:
			undecided++;
			break;
		case UNIT_EXHAUSTIVE_NONE:
			none++;
			if (!ret) {
				print_instance(t, fixed, nr);
				fail_msg("instance %lu: planned, though there is no plan", n);
			}
			break;
		case UNIT_EXHAUSTIVE_FOUND:
			feasible++;
			found += !ret;
			if (ret && getenv("PFB_PLAN_SHOW")) {
				print_message("# instance %lu: %s\n", n, err.text);
				print_instance(before, fixed, nr);
			}
			break;
		}
	}
	print_message("# %lu feasible, %lu of them planned; %lu not feasible, %lu undecided\n",
		      feasible, found, none, undecided);
	assert_true(feasible > instances / 4 && none > instances / 20);
	assert_true(undecided < instances / 100);
	assert_int_equal(found, feasible);
	free(before);
	free(t);
}

/* Go up through a bus in random order, with random gaps: an assignment, and then some. */
static u64 assign_bus(struct unit_topology *t, u32 bus, u64 next)
{
	u32 on_bus[ON_BUS_MAX];
	u32 nr = 0, i;

	for (i = 0; i < t->top.nr_functions; i++)
		if (t->functions[i].parent == bus) {
			u32 at = rnd(++nr);

			assert_true(nr <= ON_BUS_MAX);
			on_bus[nr - 1] = on_bus[at];
			on_bus[at] = i;
		}
	for (i = 0; i < nr; i++) {
		struct pfb_function *fn = &t->functions[on_bus[i]];
		unsigned int bar;

		for (bar = 0; bar < PFB_NR_BARS; bar++) {
			u64 size = fn->bars[bar].size;

			if (!size)
				continue;
			next += rnd(6) ? 0 : MIB * rnd(8);
			next = (next + size - 1) & ~(size - 1);
			fn->bars[bar].address = next;
			next += size;
		}
		if (!pfb_topology_is_bridge(fn))
			continue;
		next = (next + MIB - 1) & ~(MIB - 1);
		next = assign_bus(t, on_bus[i], next);
		next = (next + MIB - 1) & ~(MIB - 1);
	}
	return next;
}

static void large_bus(struct unit_topology *t, u32 parent, unsigned int depth)
{
	u32 devices = 1 + rnd(5), dev, function;

	for (dev = 0; dev < devices && t->top.nr_functions < LARGE_FUNCTIONS; dev++) {
		bool bridge = depth && rnd(2);
		unsigned int bar;

		function = unit_add(t, parent, bridge ? PFB_PORT_PCI_BRIDGE : PFB_PORT_ENDPOINT,
				    (u8)dev, 0);
		for (bar = 0; bar < (bridge ? 1 : 6); bar += 2)
			if (rnd(2))
				unit_bar(t, function, bar, (MIB / 4) << rnd(8), PREF64);
		if (bridge)
			large_bus(t, function, depth - 1);
	}
}

/*
 * Larger ones, of which is known that there is an assignment, in a window as
 * small as that lets it be: too many orders to try them all.
 */
static void test_planted(void **state)
{
	unsigned long instances = from_environment("PFB_PLAN_INSTANCES", INSTANCES) / LARGE + 200;
	unsigned long first_seed = from_environment("PFB_PLAN_SEED", 1);
	struct unit_topology *t = malloc(sizeof(*t));
	static struct pfb_plan_fixed fixed[LARGE_FUNCTIONS * 3];
	unsigned long found[3] = { 0 }, n, bars = 0;
	struct pfb_error err;
	unsigned int bar;
	u32 nr, i;

	(void)state;
	for (n = 0; n < 3 * instances; n++) {
		seed = 0xd1342543de82ef95ULL * (first_seed + n);
		unit_topology_init(t);
		unit_add_root(t, 0, 255);
		large_bus(t, PFB_NO_FUNCTION, 4);
		t->roots[0].windows[PFB_WINDOW_MEM] = (struct pfb_window){ 1, 0 };
		t->roots[0].windows[PFB_WINDOW_PREF] = (struct pfb_window){ UNIT_PREF_BASE,
			assign_bus(t, PFB_NO_FUNCTION, UNIT_PREF_BASE) - 1 };
		for (i = 0, nr = 0; i < t->top.nr_functions; i++)
			for (bar = 0; bar < 6; bar++) {
				if (!t->functions[i].bars[bar].size)
					continue;
				/* A quarter, half, and three quarters. */
				if (rnd(4) <= n % 3)
					fixed[nr++] = (struct pfb_plan_fixed){ i, bar,
						t->functions[i].bars[bar].address };
				bars++;
			}
		if (!unit_window_is_open(&t->roots[0].windows[PFB_WINDOW_PREF])) {
			found[n % 3]++;
			continue;
		}
		if (unit_plan(t, fixed, nr, &err))
			continue;
		unit_check_plan(t, fixed, nr);
		found[n % 3]++;
	}
	print_message("# of %lu each, %lu BARs on average, planned: %lu with a quarter of the BARs fixed, %lu with half, %lu with three quarters\n",
		      instances, bars / n, found[0], found[1], found[2]);
	assert_true(found[0] + found[1] + found[2] >= instances * 3 * 9 / 10);
	free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exhaustive),
		cmocka_unit_test(test_planted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
