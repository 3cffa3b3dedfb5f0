// SPDX-License-Identifier: GPL-2.0
/*
 * Why there is no plan: the fewest fixed BARs that leave none, what needs room beside
 * them, and an address that would do.
 *
 * It begins with the fixed BARs whose windows were seen to overlap, if that was it, and
 * with all of them otherwise. They are left free, ever smaller parts of them, for as
 * long as there is no plan without; then every smaller set is tried, where those are
 * few. After that the same is done with everything that is not fixed. A part that is
 * needed is proven by a plan without it, so that a set is only called minimal when it is.
 */
#include "plan_state.h"

/* What all tries may take together, beside the plan that failed. */
#define PFB_CONFLICT_STEPS	(1U << 20)	/* of pfb_plan_order() */
#define PFB_CONFLICT_WORK	(1U << 21)	/* items planned */

/* Sets of so many fixed BARs are tried, while they and their subsets are no more than these. */
#define PFB_CONFLICT_PICK_MAX	4
#define PFB_CONFLICT_SETS	4096U

/* Names end here in the error's text, so that what resolves it is said, too. */
#define PFB_CONFLICT_LIST_MAX	(PFB_ERROR_TEXT_MAX - 160)

enum outcome {
	FITS,
	CONFLICTS,
	TIRED,		/* nothing left to try it with */
};

/**
 * struct conflict - a conflict that is looked for
 * @plan: is planned over again
 * @fixed: BARs whose address is given
 * @nr_fixed: how many
 * @nr: members found up to now, in plan->members
 * @nr_kept: how many of them are fixed
 * @only: what is no member is ignored
 * @steps: what pfb_plan_order() may still take
 * @work: items that may still be planned
 */
struct conflict {
	struct pfb_plan *plan;
	const struct pfb_plan_fixed *fixed;
	u32 nr_fixed;
	u32 nr;
	u32 nr_kept;
	bool only;
	u32 steps;
	u32 work;
};

static void ignore_all(struct pfb_plan *plan)
{
	u32 i;

	for (i = 0; i < plan->top->nr_functions; i++) {
		plan->slots[i].ignored = (1U << PFB_NR_BARS) - 1;
		memset(plan->slots[i].reserve, 0, sizeof(plan->slots[i].reserve));
	}
}

static bool begin(struct conflict *c)
{
	struct pfb_plan *plan = c->plan;
	u32 work = plan->top->nr_functions + (c->only ? c->nr : plan->max_items);

	if (c->work <= work)
		return false;
	c->work -= work;
	/* It was done before, on the same topology. */
	pfb_plan_init(plan, NULL);
	if (c->only)
		ignore_all(plan);
	plan->budget = c->steps < PFB_PLAN_BUDGET ? c->steps : PFB_PLAN_BUDGET;
	plan->work = c->work < PFB_PLAN_WORK ? c->work : PFB_PLAN_WORK;
	plan->gave_up = false;
	plan->unsure = false;
	return true;
}

static void fix(struct conflict *c, u32 function, unsigned int bar, u64 address)
{
	struct pfb_plan_slot *slot = &c->plan->slots[function];

	slot->ignored &= ~(1U << bar);
	slot->fixed |= 1U << bar;
	slot->address[bar] = address;
}

static void include(struct conflict *c, const struct pfb_plan_member *member)
{
	if (member->fixed)
		fix(c, member->function, member->bar, member->address);
	else if (member->bar == PFB_PLAN_RESERVE)
		pfb_plan_take_reserve(c->plan, member->function);
	else
		c->plan->slots[member->function].ignored &= ~(1U << member->bar);
}

static int run(struct conflict *c, struct pfb_error *err)
{
	struct pfb_plan *plan = c->plan;
	u32 budget = plan->budget, work = plan->work;
	int ret;

	ret = pfb_plan_all(plan, err);
	c->steps -= budget - plan->budget;
	c->work -= work - plan->work;
	return ret;
}

/* Plan with the members, but for @nr from @from on. */
static enum outcome try_without(struct conflict *c, u32 from, u32 nr, struct pfb_error *err)
{
	u32 i;

	if (!begin(c))
		return TIRED;
	for (i = 0; i < c->nr; i++)
		if (i < from || i - from >= nr)
			include(c, &c->plan->members[i]);
	return run(c, err) ? CONFLICTS : FITS;
}

static void leave_out(struct conflict *c, u32 from, u32 nr)
{
	struct pfb_plan_member *members = c->plan->members;

	memmove(&members[from], &members[from + nr],
		(c->nr - from - nr) * sizeof(*members));
	c->nr -= nr;
}

/* Remove members from @from on until none can be; false when that took too long. */
static bool minimise(struct conflict *c, u32 from)
{
	u32 part = c->nr - from, before, i, nr;

	while (part) {
		before = c->nr;
		for (i = from; i < c->nr; ) {
			nr = part < c->nr - i ? part : c->nr - i;
			switch (try_without(c, i, nr, NULL)) {
			case FITS:
				i += nr;
				break;
			case CONFLICTS:
				leave_out(c, i, nr);
				break;
			default:
				return false;
			}
		}
		/* The last round is one in which each was tried, and none could go. */
		if (part > 1)
			part /= 2;
		else if (c->nr == before)
			break;
	}
	return true;
}

static void add_fixed(struct conflict *c, const struct pfb_plan_fixed *fixed)
{
	const struct pfb_function *fn = &c->plan->top->functions[fixed->function];

	c->plan->members[c->nr++] = (struct pfb_plan_member) {
		.function = fixed->function,
		.bar = (u16)fixed->bar,
		.fixed = true,
		.address = fixed->address,
		.size = pfb_bar_span(fn, fixed->bar),
	};
}

/*
 * Those that were seen in each other's way, if they conflict by themselves, else all: a
 * few to begin with, out of however many.
 */
static void add_suspects(struct conflict *c)
{
	const struct pfb_plan *plan = c->plan;
	u32 i, j;

	for (i = 0; i < c->nr_fixed; i++)
		for (j = 0; j < plan->nr_culprits; j++)
			if (c->fixed[i].function == plan->culprits[j].function &&
			    c->fixed[i].bar == plan->culprits[j].bar) {
				add_fixed(c, &c->fixed[i]);
				break;
			}
	c->only = true;
	if (!c->nr || try_without(c, 0, 0, NULL) != CONFLICTS)
		for (c->nr = 0, i = 0; i < c->nr_fixed; i++)
			add_fixed(c, &c->fixed[i]);
	c->only = false;
}

/* Sets of at most @size out of @nr; saturates. */
static u32 count_sets(u32 nr, u32 size)
{
	u32 sum = 0, sets = 1, i;

	for (i = 0; i < size && i < nr; i++) {
		/* Exact: i + 1 successive numbers, one is a multiple of it. */
		sets = sets * (nr - i) / (i + 1);
		sum += sets;
		if (sum > PFB_CONFLICT_SETS)
			break;
	}
	return sum;
}

/* The next set of @size in ascending order, false after the last one. */
static bool next_set(u32 *pick, u32 size, u32 nr)
{
	u32 i, j;

	for (i = size; i--; ) {
		if (pick[i] == nr - size + i)
			continue;
		pick[i]++;
		for (j = i + 1; j < size; j++)
			pick[j] = pick[j - 1] + 1;
		return true;
	}
	return false;
}

static enum outcome try_set(struct conflict *c, const u32 *pick, u32 size)
{
	u32 i;

	if (!begin(c))
		return TIRED;
	for (i = 0; i < size; i++)
		fix(c, c->fixed[pick[i]].function, c->fixed[pick[i]].bar,
		    c->fixed[pick[i]].address);
	return run(c, NULL) ? CONFLICTS : FITS;
}

/*
 * Is there a smaller set of fixed BARs that conflicts? It takes the place of the one that
 * is known. False when not all were tried.
 */
static bool find_smaller(struct conflict *c)
{
	u32 pick[PFB_CONFLICT_PICK_MAX], size, i;

	if (c->nr > PFB_CONFLICT_PICK_MAX + 1 || c->nr_fixed > PFB_CONFLICT_SETS ||
	    count_sets(c->nr_fixed, c->nr - 1) > PFB_CONFLICT_SETS)
		return c->nr < 2;
	for (size = 1; size < c->nr; size++) {
		for (i = 0; i < size; i++)
			pick[i] = i;
		do {
			switch (try_set(c, pick, size)) {
			case FITS:
				break;
			case CONFLICTS:
				for (c->nr = 0, i = 0; i < size; i++)
					add_fixed(c, &c->fixed[pick[i]]);
				return true;
			default:
				return false;
			}
		} while (next_set(pick, size, c->nr_fixed));
	}
	return true;
}

static bool is_member(const struct conflict *c, u32 function, unsigned int bar)
{
	return pfb_is_fixed(c->plan, function, bar);
}

/* Everything else that needs room. */
static bool add_others(struct conflict *c)
{
	const struct pfb_topology *top = c->plan->top;
	unsigned int bar, kind;
	u32 i;

	/* For what kinds of window there are, and which BARs are fixed. */
	c->only = false;
	if (!begin(c))
		return false;
	for (i = 0; i < c->nr; i++)
		include(c, &c->plan->members[i]);
	for (i = 0; i < top->nr_functions; i++) {
		u64 reserve = 0;

		for (bar = 0; bar < PFB_NR_BARS; bar++) {
			if (!pfb_plan_has_bar(&top->functions[i], bar) || is_member(c, i, bar) ||
			    pfb_plan_bar_kind(c->plan, i, bar) == PFB_NR_WINDOWS)
				continue;
			c->plan->members[c->nr++] = (struct pfb_plan_member) {
				.function = i,
				.bar = (u16)bar,
				.size = pfb_bar_span(&top->functions[i], bar),
			};
		}
		for (kind = 0; kind < PFB_NR_WINDOWS; kind++)
			reserve += c->plan->slots[i].reserve[kind];
		if (reserve)
			c->plan->members[c->nr++] = (struct pfb_plan_member) {
				.function = i, .bar = PFB_PLAN_RESERVE, .size = reserve,
			};
	}
	c->only = true;
	return true;
}

/* With all else as it was asked for: a fixed member that fits elsewhere. */
static void find_address(struct conflict *c, struct pfb_plan_conflict *conflict)
{
	u32 i, j;

	c->only = false;
	for (i = 0; i < c->nr_kept; i++) {
		const struct pfb_plan_member *member = &c->plan->members[i];

		if (!begin(c))
			return;
		for (j = 0; j < c->nr_fixed; j++)
			if (c->fixed[j].function != member->function ||
			    c->fixed[j].bar != member->bar)
				fix(c, c->fixed[j].function, c->fixed[j].bar, c->fixed[j].address);
		if (run(c, NULL))
			continue;
		conflict->movable = i;
		conflict->address = c->plan->slots[member->function].address[member->bar];
		return;
	}
}

static void __printf(2, 3) append(struct pfb_error *err, const char *fmt, ...)
{
	size_t len = strlen(err->text);
	va_list args;

	va_start(args, fmt);
	vsnprintf(err->text + len, sizeof(err->text) - len, fmt, args);
	va_end(args);
}

static void name_member(const struct pfb_topology *top, const struct pfb_plan_member *member,
			struct pfb_plan_owner_text *name)
{
	struct pfb_plan_owner by = { member->function, member->bar };

	if (member->bar == PFB_PLAN_RESERVE)
		by.bar = PFB_RESERVE_ITEM;
	pfb_plan_name_owner(top, &by, name);
}

static void append_fixed(const struct pfb_topology *top, const struct pfb_plan_conflict *conflict,
			 struct pfb_error *err)
{
	struct pfb_plan_owner_text name;
	u32 i;

	for (i = 0; i < conflict->nr_fixed; i++) {
		name_member(top, &conflict->members[i], &name);
		if (i && strlen(err->text) + strlen(name.text) > PFB_CONFLICT_LIST_MAX) {
			append(err, " and %u more", conflict->nr_fixed - i);
			return;
		}
		append(err, "%s%s at 0x%llx",
		       !i ? "" : i + 1 == conflict->nr_fixed ? " and " : ", ", name.text,
		       (unsigned long long)conflict->members[i].address);
	}
}

static void append_room(const struct pfb_topology *top, const struct pfb_plan_conflict *conflict,
			struct pfb_error *err)
{
	u32 nr = conflict->nr - conflict->nr_fixed, i;
	struct pfb_plan_owner_text name;

	append(err, " with room for ");
	if (!conflict->room_minimal) {
		append(err, "all else");
		return;
	}
	for (i = 0; i < nr; i++) {
		const struct pfb_plan_member *member = &conflict->members[conflict->nr_fixed + i];

		name_member(top, member, &name);
		if (strlen(err->text) + strlen(name.text) > PFB_CONFLICT_LIST_MAX) {
			append(err, i ? " and %u more" : "%u BARs beside", nr - i);
			return;
		}
		append(err, "%s%s (0x%llx bytes)", i ? ", " : "", name.text,
		       (unsigned long long)member->size);
	}
}

static void append_fix(const struct pfb_plan *plan, const struct pfb_plan_conflict *conflict,
		       bool alone, enum pfb_window_kind kind, struct pfb_error *err)
{
	struct pfb_plan_owner_text name;

	if (conflict->movable < conflict->nr_fixed) {
		name_member(plan->top, &conflict->members[conflict->movable], &name);
		append(err, ": fix %s at 0x%llx, or ", name.text,
		       (unsigned long long)conflict->address);
	} else {
		append(err, ": ");
	}
	if (alone)
		append(err, "put them below one bridge, and no other between them");
	else if (conflict->nr_fixed > 1)
		append(err, "move them apart, put one below another bridge, or %s",
		       pfb_plan_more_room(kind));
	else
		append(err, "put it below another bridge, or %s", pfb_plan_more_room(kind));
}

static void describe(const struct pfb_plan *plan, const struct pfb_plan_conflict *conflict,
		     enum pfb_window_kind kind, int ret, struct pfb_error *err)
{
	static const char *const least[] = {
		[PFB_PLAN_SOME] = "fewer of them may conflict, too",
		[PFB_PLAN_MINIMAL] = "without any one of them there is a plan",
		[PFB_PLAN_SMALLEST] = "no fewer conflict",
	};
	/* They are in each other's way, whatever else there is. */
	bool alone = ret == -EEXIST ||
		     (conflict->room_minimal && conflict->nr == conflict->nr_fixed);

	err->text[0] = '\0';
	append(err, conflict->proven ? "no plan keeps " : "no plan was found that keeps ");
	append_fixed(plan->top, conflict, err);
	if (!alone)
		append_room(plan->top, conflict, err);
	append(err, "%s; %s", ret == -EEXIST ? " (bridge windows overlap)" : "",
	       least[conflict->least]);
	append_fix(plan, conflict, alone, kind, err);
}

/* Nothing is fixed in what conflicts: the planner's own words, and whose fault it is not. */
static void say_unfixed(struct pfb_error *err)
{
	static const char without[] = "even if no BAR is fixed: ";
	const size_t len = sizeof(without) - 1;

	memmove(err->text + len, err->text, sizeof(err->text) - len);
	memcpy(err->text, without, len);
	err->text[sizeof(err->text) - 1] = '\0';
}

/* Two fixed BARs that overlap were named by the planner, and how. */
static void add_address(const struct pfb_plan *plan, const struct pfb_plan_conflict *conflict,
			struct pfb_error *err)
{
	struct pfb_plan_owner_text name;

	if (conflict->movable >= conflict->nr_fixed)
		return;
	name_member(plan->top, &conflict->members[conflict->movable], &name);
	append(err, " (%s fits at 0x%llx)", name.text, (unsigned long long)conflict->address);
}

int pfb_plan_explain(struct pfb_plan *plan, const struct pfb_plan_fixed *fixed, u32 nr_fixed,
		     int ret, struct pfb_plan_conflict *conflict, struct pfb_error *err)
{
	struct conflict c = {
		.plan = plan,
		.fixed = fixed,
		.nr_fixed = nr_fixed,
		.steps = PFB_CONFLICT_STEPS,
		.work = PFB_CONFLICT_WORK,
	};
	enum pfb_window_kind kind = plan->kind;
	enum outcome alone;
	u32 i;

	memset(conflict, 0, sizeof(*conflict));
	conflict->proven = !plan->unsure;
	add_suspects(&c);
	if (minimise(&c, 0))
		conflict->least = find_smaller(&c) ? PFB_PLAN_SMALLEST : PFB_PLAN_MINIMAL;
	c.nr_kept = c.nr;

	c.only = true;
	alone = c.nr ? try_without(&c, 0, 0, NULL) : FITS;
	if (alone == CONFLICTS)
		conflict->room_minimal = true;
	else if (alone == FITS && add_others(&c))
		conflict->room_minimal = minimise(&c, c.nr_kept);

	/* Once more with just those, for what is said of it. */
	if (conflict->least != PFB_PLAN_SOME) {
		c.only = conflict->room_minimal && c.nr_kept;
		if (begin(&c)) {
			for (i = 0; i < c.nr; i++)
				include(&c, &plan->members[i]);
			ret = run(&c, err);
			kind = plan->kind;
			conflict->proven = !plan->unsure;
		}
	}
	conflict->movable = c.nr;
	find_address(&c, conflict);
	conflict->members = plan->members;
	conflict->nr = c.nr;
	conflict->nr_fixed = c.nr_kept;

	if (!err)
		return ret;
	if (!c.nr_kept)
		say_unfixed(err);
	else if (ret == -EEXIST && c.nr_kept == 2)
		add_address(plan, conflict, err);
	else
		describe(plan, conflict, kind, ret, err);
	return ret;
}

int pfb_plan_find_conflict(struct pfb_topology *top, const struct pfb_plan_fixed *fixed,
			   u32 nr_fixed, void *scratch, struct pfb_plan_conflict *conflict,
			   struct pfb_error *err)
{
	struct pfb_plan plan;
	int ret;

	memset(conflict, 0, sizeof(*conflict));
	ret = pfb_plan_prepare(&plan, top, nr_fixed, scratch, err);
	if (!ret)
		ret = pfb_plan_begin(&plan, fixed, nr_fixed, err);
	if (!ret)
		ret = pfb_plan_all(&plan, err);
	else
		return ret;
	return ret ? pfb_plan_explain(&plan, fixed, nr_fixed, ret, conflict, err) : 0;
}
