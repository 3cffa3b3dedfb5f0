// SPDX-License-Identifier: GPL-2.0
/*
 * How the planner's work and memory grow with the number of functions, up to a full
 * segment. Work is counted in basic blocks that the core runs (the Makefile has the
 * compiler call __sanitizer_cov_trace_pc() in each), so that no other load on the
 * machine can fail the test. tools/testing/bench measures the time.
 */
#include "unit.h"

#include <math.h>
#include <time.h>

#include "segment.h"

#define SHIFT_MIN	6U
#define SHIFT_MAX	16U
#define FIXED_EVERY	8U
#define SECONDS_MAX	30	/* takes a fraction of one; something is very wrong beyond */

/* Steps over n log n may grow by this from one size to any larger one. */
#define GROWTH_MAX	1.2

#define SCRATCH_MAX	1024U	/* bytes of scratch for a function, of a large segment */

static unsigned long long steps;

void __sanitizer_cov_trace_pc(void);

void __sanitizer_cov_trace_pc(void)
{
	steps++;
}

static double count(struct pfb_topology *top, const struct pfb_plan_fixed *fixed, u32 nr)
{
	void *scratch = malloc(pfb_plan_scratch_size(top, nr));
	struct pfb_error err;

	assert_non_null(scratch);
	steps = 0;
	if (pfb_plan_bus_numbers(top, &err) || pfb_plan_addresses(top, fixed, nr, scratch, &err))
		fail_msg("%u functions: %s", top->nr_functions, err.text);
	free(scratch);
	return (double)steps / (top->nr_functions * log2(top->nr_functions));
}

static void test_growth(void **state)
{
	double least[2] = { INFINITY, INFINITY }, now[2];
	time_t start = time(NULL);
	unsigned int shift, i;

	(void)state;
	for (shift = SHIFT_MIN; shift <= SHIFT_MAX; shift++) {
		struct pfb_plan_fixed *fixed;
		struct pfb_topology top;
		u32 nr;

		assert_true(segment_make(&top, 1U << shift));
		now[0] = count(&top, NULL, 0);
		fixed = segment_fix(&top, FIXED_EVERY, &nr);
		assert_non_null(fixed);
		now[1] = count(&top, fixed, nr);
		print_message("# %5u functions: %.0f steps per n log n, with %u fixed BARs %.0f\n",
			      1U << shift, now[0], nr, now[1]);
		for (i = 0; i < 2; i++) {
			assert_true(now[i] > 0);
			assert_true(now[i] < least[i] * GROWTH_MAX);
			if (now[i] < least[i])
				least[i] = now[i];
		}
		if (shift >= 10)
			assert_in_range(pfb_plan_scratch_size(&top, nr) >> shift, 1, SCRATCH_MAX);
		free(fixed);
		segment_free(&top);
	}
	assert_in_range(time(NULL) - start, 0, SECONDS_MAX);
}

/* A conflict in a full segment is told in bounded steps, too. */
static void test_conflict(void **state)
{
	struct pfb_plan_conflict conflict;
	unsigned long long planned;
	struct pfb_plan_fixed *fixed;
	struct pfb_topology top;
	struct pfb_error err;
	void *scratch;
	u32 nr;

	(void)state;
	assert_true(segment_make(&top, SEGMENT_FUNCTIONS_MAX));
	fixed = segment_fix(&top, FIXED_EVERY, &nr);
	assert_non_null(fixed);
	count(&top, fixed, nr);
	planned = steps;

	fixed[nr - 1].address = fixed[nr / 2].address & ~((1ULL << 30) - 1);
	scratch = malloc(pfb_plan_scratch_size(&top, nr));
	assert_non_null(scratch);
	steps = 0;
	assert_int_equal(pfb_plan_find_conflict(&top, fixed, nr, scratch, &conflict, &err),
			 -EEXIST);
	print_message("# a conflict among %u fixed BARs: %u named, %.1f times the steps of a plan\n",
		      nr, conflict.nr_fixed, (double)steps / (double)planned);
	assert_true(steps < 30 * planned);
	/* Two BARs overlap, and so do the windows of bridges above them. */
	assert_in_range(conflict.nr_fixed, 2, 3);
	assert_int_equal(conflict.least, PFB_PLAN_MINIMAL);
	free(scratch);
	free(fixed);
	segment_free(&top);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_growth),
		cmocka_unit_test(test_conflict),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
