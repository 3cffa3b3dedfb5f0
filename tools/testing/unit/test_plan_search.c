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
#include "unit_instance.h"
#include "unit_plan.h"
#include "unit_topology.h"

#define MIB		0x100000ULL
#define LARGE_FUNCTIONS	40
#define ON_BUS_MAX	8
#define PREF64		(PFB_BAR_MEM64 | PFB_BAR_PREFETCH)
#define INSTANCES	20000
#define LARGE		400	/* a large instance takes as long as so many small ones */

static unsigned long from_environment(const char *name, unsigned long otherwise)
{
	const char *text = getenv(name);

	return text ? strtoul(text, NULL, 0) : otherwise;
}

static void test_exhaustive(void **state)
{
	unsigned long instances = from_environment("PFB_PLAN_INSTANCES", INSTANCES);
	unsigned long first_seed = from_environment("PFB_PLAN_SEED", 1);
	struct unit_topology *t = malloc(sizeof(*t)), *before = malloc(sizeof(*t));
	struct pfb_plan_fixed fixed[UNIT_INSTANCE_BARS];
	unsigned long feasible = 0, found = 0, none = 0, undecided = 0, n;
	enum unit_exhaustive exists;
	struct pfb_error err;
	u32 nr;
	int ret;

	(void)state;
	for (n = 0; n < instances; n++) {
		nr = unit_instance(t, fixed, 0x9e3779b97f4a7c15ULL * (first_seed + n), n % 3);
		*before = *t;
		before->top.roots = before->roots;
		before->top.functions = before->functions;
		exists = unit_instance_exists(before, fixed, nr);

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
				unit_instance_print(t, fixed, nr);
				fail_msg("instance %lu: planned, though there is no plan", n);
			}
			break;
		case UNIT_EXHAUSTIVE_FOUND:
			feasible++;
			found += !ret;
			if (ret && getenv("PFB_PLAN_SHOW")) {
				print_message("# instance %lu: %s\n", n, err.text);
				unit_instance_print(before, fixed, nr);
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
			u32 at = unit_rnd(++nr);

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
			next += unit_rnd(6) ? 0 : MIB * unit_rnd(8);
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
	u32 devices = 1 + unit_rnd(5), dev, function;

	for (dev = 0; dev < devices && t->top.nr_functions < LARGE_FUNCTIONS; dev++) {
		bool bridge = depth && unit_rnd(2);
		unsigned int bar;

		function = unit_add(t, parent, bridge ? PFB_PORT_PCI_BRIDGE : PFB_PORT_ENDPOINT,
				    (u8)dev, 0);
		for (bar = 0; bar < (bridge ? 1 : 6); bar += 2)
			if (unit_rnd(2))
				unit_bar(t, function, bar, (MIB / 4) << unit_rnd(8), PREF64);
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
		unit_seed(0xd1342543de82ef95ULL * (first_seed + n));
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
				if (unit_rnd(4) <= n % 3)
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
