// SPDX-License-Identifier: GPL-2.0
/*
 * Why there is no plan: what is named must conflict, be no more than needed, and what
 * is offered must help. On random topologies the exhaustive search says whether.
 */
#include "unit.h"
#include "unit_instance.h"

#define MIB		0x100000ULL
#define GIB		0x40000000ULL
#define PREF64		(PFB_BAR_MEM64 | PFB_BAR_PREFETCH)
#define INSTANCES	30000

static int find_conflict(struct unit_topology *t, const struct pfb_plan_fixed *fixed, u32 nr,
			 struct pfb_plan_conflict *conflict, void **scratch,
			 struct pfb_error *err)
{
	*scratch = malloc(pfb_plan_scratch_size(&t->top, nr));
	assert_non_null(*scratch);
	return pfb_plan_find_conflict(&t->top, fixed, nr, *scratch, conflict, err);
}

static bool has_member(const struct pfb_plan_conflict *conflict, bool fixed, u32 function,
		       unsigned int bar)
{
	u32 i;

	for (i = 0; i < conflict->nr; i++)
		if (conflict->members[i].function == function &&
		    conflict->members[i].bar == bar && conflict->members[i].fixed == fixed)
			return true;
	return false;
}

/* A root bus with one window and endpoints of one BAR each, all of the same size. */
static void row_of_bars(struct unit_topology *t, u32 nr, u64 size, u64 window)
{
	u32 i;

	unit_topology_init(t);
	unit_add_root(t, 0, 255);
	t->roots[0].windows[PFB_WINDOW_PREF].limit = UNIT_PREF_BASE + window - 1;
	t->roots[0].windows[PFB_WINDOW_MEM] = (struct pfb_window){ 1, 0 };
	for (i = 0; i < nr; i++)
		unit_bar(t, unit_add(t, PFB_NO_FUNCTION, PFB_PORT_ENDPOINT, (u8)(i / 8), i % 8), 0,
			 size, PREF64);
}

/* Two of many: the others have nothing to do with it, and are not named. */
static void test_two_of_many(void **state)
{
	struct unit_topology *t = malloc(sizeof(*t)), *before = malloc(sizeof(*t));
	struct pfb_plan_conflict conflict;
	struct pfb_plan_fixed fixed[64];
	struct pfb_error err, same;
	void *scratch;
	u32 i;

	(void)state;
	row_of_bars(t, 64, MIB, GIB);
	for (i = 0; i < 64; i++)
		fixed[i] = (struct pfb_plan_fixed){ i, 0, UNIT_PREF_BASE + 2 * i * MIB };
	fixed[50].address = fixed[7].address;
	*before = *t;
	assert_int_equal(find_conflict(t, fixed, 64, &conflict, &scratch, &err), -EEXIST);
	assert_memory_equal(before, t, sizeof(*t));
	assert_int_equal(conflict.nr, 2);
	assert_int_equal(conflict.nr_fixed, 2);
	assert_int_equal(conflict.least, PFB_PLAN_SMALLEST);
	assert_true(conflict.proven && conflict.room_minimal);
	assert_true(has_member(&conflict, true, 7, 0) && has_member(&conflict, true, 50, 0));
	assert_int_equal(conflict.members[0].address, fixed[7].address);
	assert_int_equal(conflict.members[0].size, MIB);
	assert_error(&err, "0000:00:00.7 bar0", "0000:00:06.2 bar0", "overlap",
		     "(0000:00:00.7 bar0 fits at 0x400000100000)");
	assert_int_equal(conflict.movable, 0);
	assert_int_equal(conflict.address, 0x400000100000);
	free(scratch);

	/* The planner's own error is that one. */
	assert_int_equal(unit_plan(t, fixed, 64, &same), -EEXIST);
	assert_string_equal(err.text, same.text);

	/* No conflict, no members. */
	fixed[50].address += MIB;
	assert_int_equal(find_conflict(t, fixed, 64, &conflict, &scratch, &err), 0);
	assert_int_equal(conflict.nr, 0);
	assert_memory_equal(before, t, sizeof(*t));
	free(scratch);
	free(before);
	free(t);
}

/* Two conflicts: the smaller one is named, though the planner meets the other one first. */
static void test_smaller_one(void **state)
{
	struct unit_topology *t = malloc(sizeof(*t));
	struct pfb_plan_conflict conflict;
	struct pfb_plan_fixed fixed[6];
	struct pfb_error err;
	struct unit_rfc rfc;
	void *scratch;
	u32 i;

	(void)state;
	unit_add_rfc(t, &rfc);
	for (i = 0; i < 2; i++) {
		unit_bar(t, rfc.nic, 2 + 2 * i, 16 * MIB, PREF64);
		unit_bar(t, rfc.other_nic, 2 + 2 * i, 16 * MIB, PREF64);
	}
	/* A pair that overlaps stands before three that do, so that it is left out first. */
	fixed[0] = (struct pfb_plan_fixed){ rfc.nic, 4, UNIT_PREF_BASE + 64 * GIB };
	fixed[1] = (struct pfb_plan_fixed){ rfc.other_nic, 4, UNIT_PREF_BASE + 64 * GIB };
	fixed[2] = (struct pfb_plan_fixed){ rfc.gpu, 2, UNIT_PREF_BASE };
	fixed[3] = (struct pfb_plan_fixed){ rfc.nic, 2, UNIT_PREF_BASE + 12 * GIB };
	fixed[4] = (struct pfb_plan_fixed){ rfc.other_nic, 2, UNIT_PREF_BASE + 8 * GIB };
	assert_int_equal(find_conflict(t, fixed, 5, &conflict, &scratch, &err), -EEXIST);
	assert_int_equal(conflict.nr_fixed, 2);
	assert_int_equal(conflict.nr, 2);
	assert_int_equal(conflict.least, PFB_PLAN_SMALLEST);
	assert_true(has_member(&conflict, true, rfc.nic, 4) &&
		    has_member(&conflict, true, rfc.other_nic, 4));
	/* Nothing helps while there is another conflict. */
	assert_int_equal(conflict.movable, conflict.nr);
	free(scratch);
	free(t);
}

/* A minimal set so large that smaller ones are too many to try them all. */
static void test_many_are_needed(void **state)
{
	static struct pfb_plan_fixed fixed[40];
	struct unit_topology *t = malloc(sizeof(*t));
	struct pfb_plan_conflict conflict;
	struct pfb_error err;
	void *scratch;
	u32 i;

	(void)state;
	/* Every other slot is taken, so that there is no room for two in a row. */
	row_of_bars(t, 40, MIB, 80 * MIB);
	unit_bar(t, unit_add(t, PFB_NO_FUNCTION, PFB_PORT_ENDPOINT, 31, 0), 0, 2 * MIB, PREF64);
	for (i = 0; i < 40; i++)
		fixed[i] = (struct pfb_plan_fixed){ i, 0, UNIT_PREF_BASE + 2 * i * MIB };
	assert_int_equal(find_conflict(t, fixed, 40, &conflict, &scratch, &err), -ENOSPC);
	assert_int_equal(conflict.nr_fixed, 40);
	assert_int_equal(conflict.nr, 41);
	assert_true(has_member(&conflict, false, 40, 0));
	assert_int_equal(conflict.least, PFB_PLAN_MINIMAL);
	assert_true(conflict.room_minimal);
	assert_error(&err, "0000:00:00.0 bar0 at 0x400000000000", " more",
		     "without any one of them there is a plan",
		     "fix 0000:00:00.0 bar0 at 0x400000300000");
	free(scratch);
	free(t);
}

/* When trying takes too long, it says no more than it knows. */
static void test_too_large(void **state)
{
	static struct pfb_plan_fixed fixed[254];
	struct unit_topology *t = malloc(sizeof(*t));
	struct pfb_plan_conflict conflict;
	struct pfb_error err;
	void *scratch;
	u32 bridge, i, bar;

	(void)state;
	/* As above, with so much beside them that each try is long: too much to go there, too. */
	row_of_bars(t, 255, MIB, 508 * MIB);
	unit_bar(t, 254, 0, 2 * MIB, PREF64);
	t->roots[0].windows[PFB_WINDOW_MEM] = (struct pfb_window){ UNIT_MEM_BASE,
		UNIT_MEM_BASE + 21 * MIB - 1 };
	bridge = unit_add(t, PFB_NO_FUNCTION, PFB_PORT_PCI_BRIDGE, 31, 7);
	for (i = 0; i < 200; i++)
		unit_add(t, bridge, PFB_PORT_ENDPOINT, (u8)(i / 8), i % 8);
	for (i = 0; i < t->top.nr_functions; i++) {
		if (i == bridge)
			continue;
		t->functions[i].total_vfs = 1;
		for (bar = 2; bar < PFB_NR_BARS; bar++)
			unit_bar(t, i, bar, 0x1000, 0);
	}
	for (i = 0; i < 254; i++)
		fixed[i] = (struct pfb_plan_fixed){ i, 0, UNIT_PREF_BASE + 2 * i * MIB };
	assert_int_equal(find_conflict(t, fixed, 254, &conflict, &scratch, &err), -ENOSPC);
	assert_int_equal(conflict.least, PFB_PLAN_SOME);
	assert_false(conflict.room_minimal);
	assert_int_equal(conflict.movable, conflict.nr);
	assert_error(&err, "0000:00:00.0 bar0 at 0x400000000000", " more with room for all else",
		     "fewer of them may conflict, too", "move them apart");
	free(scratch);
	free(t);
}

/* The topology itself does not fit: no fixed BAR is to blame. */
static void test_nothing_fixed(void **state)
{
	struct unit_topology *t = malloc(sizeof(*t));
	struct pfb_plan_conflict conflict;
	struct pfb_plan_fixed fixed;
	struct pfb_error err;
	void *scratch;

	(void)state;
	row_of_bars(t, 8, GIB, 16 * GIB);
	unit_bar(t, 3, 0, 8 * GIB, PREF64);
	unit_bar(t, 5, 0, 16 * GIB, PREF64);
	fixed = (struct pfb_plan_fixed){ 0, 0, UNIT_PREF_BASE };
	assert_int_equal(find_conflict(t, &fixed, 1, &conflict, &scratch, &err), -ENOSPC);
	assert_int_equal(conflict.nr_fixed, 0);
	/* The largest BAR, and any other one. */
	assert_int_equal(conflict.nr, 2);
	assert_true(conflict.room_minimal && conflict.proven);
	assert_true(has_member(&conflict, false, 5, 0));
	assert_error(&err, "even if no BAR is fixed: ", "needs 0x", "highmem-mmio-size");
	free(scratch);
	/* A BAR that can be nowhere near is refused by itself. */
	fixed.address = UNIT_PREF_BASE + 16 * GIB;
	assert_int_equal(find_conflict(t, &fixed, 1, &conflict, &scratch, &err), -ENOSPC);
	assert_int_equal(conflict.nr, 0);
	assert_error(&err, "outside");
	free(scratch);
	free(t);
}

static enum unit_exhaustive exists(const struct unit_topology *t,
				   const struct pfb_plan_fixed *fixed, u32 nr)
{
	static struct unit_topology copy;

	copy = *t;
	copy.top.roots = copy.roots;
	copy.top.functions = copy.functions;
	return unit_instance_exists(&copy, fixed, nr);
}

/* Some of @fixed, by bit. */
static enum unit_exhaustive exists_set(const struct unit_topology *t,
				       const struct pfb_plan_fixed *fixed, u32 nr, u32 set)
{
	struct pfb_plan_fixed some[UNIT_INSTANCE_BARS];
	u32 i, n = 0;

	for (i = 0; i < nr; i++)
		if (set & (1U << i))
			some[n++] = fixed[i];
	return exists(t, some, n);
}

static u32 set_of(const struct pfb_plan_conflict *conflict, const struct pfb_plan_fixed *fixed,
		  u32 nr)
{
	u32 set = 0, i;

	for (i = 0; i < nr; i++)
		if (has_member(conflict, true, fixed[i].function, fixed[i].bar))
			set |= 1U << i;
	return set;
}

/* Members only, but for @without: is there an assignment? */
static enum unit_exhaustive exists_among(const struct unit_topology *t,
					 const struct pfb_plan_conflict *conflict, u32 without)
{
	static struct unit_topology copy;
	struct pfb_plan_fixed fixed[UNIT_INSTANCE_BARS];
	u32 i, nr = 0;

	copy = *t;
	for (i = 0; i < copy.top.nr_functions; i++) {
		memset(copy.functions[i].reserve, 0, sizeof(copy.functions[i].reserve));
		memset(copy.functions[i].bars, 0, sizeof(copy.functions[i].bars));
	}
	for (i = 0; i < conflict->nr; i++) {
		const struct pfb_plan_member *m = &conflict->members[i];
		const struct pfb_function *fn = &t->functions[m->function];

		if (i == without)
			continue;
		if (m->bar == PFB_PLAN_RESERVE)
			memcpy(copy.functions[m->function].reserve, fn->reserve,
			       sizeof(fn->reserve));
		else
			copy.functions[m->function].bars[m->bar] = fn->bars[m->bar];
		if (m->fixed)
			fixed[nr++] = (struct pfb_plan_fixed){ m->function, m->bar, m->address };
	}
	return exists(&copy, fixed, nr);
}

static void hold_against_search(const struct unit_topology *t, const struct pfb_plan_fixed *fixed,
				u32 nr, const struct pfb_plan_conflict *conflict)
{
	u32 set = set_of(conflict, fixed, nr), i, other;

	assert_int_equal(__builtin_popcount(set), conflict->nr_fixed);
	assert_int_equal(conflict->least, PFB_PLAN_SMALLEST);
	assert_true(conflict->room_minimal);

	/* They conflict, and so they do with what is said to need room, and nothing else. */
	assert_int_not_equal(exists_set(t, fixed, nr, set), UNIT_EXHAUSTIVE_FOUND);
	assert_int_not_equal(exists_among(t, conflict, conflict->nr), UNIT_EXHAUSTIVE_FOUND);
	/* None can be left out. */
	for (i = 0; i < nr; i++)
		if (set & (1U << i))
			assert_int_not_equal(exists_set(t, fixed, nr, set & ~(1U << i)),
					     UNIT_EXHAUSTIVE_NONE);
	for (i = conflict->nr_fixed; i < conflict->nr; i++)
		assert_int_not_equal(exists_among(t, conflict, i), UNIT_EXHAUSTIVE_NONE);
	/* No smaller set conflicts. */
	for (other = 0; other < 1U << nr; other++)
		if (__builtin_popcount(other) < __builtin_popcount(set))
			assert_int_not_equal(exists_set(t, fixed, nr, other),
					     UNIT_EXHAUSTIVE_NONE);
}

/* What is offered helps. */
static bool check_offer(const struct unit_topology *t, struct pfb_plan_fixed *fixed, u32 nr,
			const struct pfb_plan_conflict *conflict)
{
	const struct pfb_plan_member *m = &conflict->members[conflict->movable];
	u32 i;

	if (conflict->movable >= conflict->nr_fixed)
		return false;
	for (i = 0; i < nr; i++)
		if (fixed[i].function == m->function && fixed[i].bar == m->bar) {
			assert_int_not_equal(fixed[i].address, conflict->address);
			fixed[i].address = conflict->address;
		}
	assert_int_not_equal(exists(t, fixed, nr), UNIT_EXHAUSTIVE_NONE);
	return true;
}

static void test_random(void **state)
{
	struct unit_topology *t = malloc(sizeof(*t));
	struct pfb_plan_fixed fixed[UNIT_INSTANCE_BARS];
	unsigned int conflicts = 0, alone = 0, with_room = 0, unfixed = 0, offered = 0, of_three = 0;
	struct pfb_plan_conflict conflict;
	struct pfb_error err;
	void *scratch;
	u32 n, nr;
	int ret;

	(void)state;
	for (n = 0; n < INSTANCES; n++) {
		nr = unit_instance(t, fixed, 0x9e3779b97f4a7c15ULL * (1000000 + n), !(n % 4));
		ret = find_conflict(t, fixed, nr, &conflict, &scratch, &err);
		/* One fixed BAR that can't be there is no conflict. */
		if (ret && conflict.nr) {
			conflicts++;
			of_three += conflict.nr_fixed > 2;
			unfixed += !conflict.nr_fixed;
			alone += conflict.nr_fixed == conflict.nr;
			with_room += conflict.nr_fixed && conflict.nr_fixed < conflict.nr;
			hold_against_search(t, fixed, nr, &conflict);
			offered += check_offer(t, fixed, nr, &conflict);
		}
		free(scratch);
	}
	print_message("# %u conflicts: %u of fixed BARs alone, %u with what needs room, %u without fixed ones; %u of more than two; an address offered for %u\n",
		      conflicts, alone, with_room, unfixed, of_three, offered);
	assert_true(conflicts > INSTANCES / 20 && alone > 100 && with_room > 100);
	assert_true(of_three > 3 && offered > 100);
	free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_two_of_many),
		cmocka_unit_test(test_smaller_one),
		cmocka_unit_test(test_many_are_needed),
		unit_test_large(test_too_large),
		cmocka_unit_test(test_nothing_fixed),
		unit_test_large(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
