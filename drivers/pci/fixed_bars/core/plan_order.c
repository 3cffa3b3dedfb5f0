// SPDX-License-Identifier: GPL-2.0
/*
 * The thorough way to addresses: which order can things follow each other in?
 *
 * Lower every BAR of a plan as far as it goes, and each follows right after
 * another, or after what is fixed, but for alignment. So a plan is an order: of what
 * is on each bus, bridges' windows included, and each window is gone through before what
 * follows it. Given an order, each BAR takes the lowest address after the one before;
 * nothing is gained by leaving more room. And of two orders of the same things the one that
 * ends lower is as good for all that follows.
 *
 * So this goes through orders, depth first, remembers how low each set of things
 * ended when it was left without a plan, and does not go on from there
 * unless it ends lower. Every set, that is, and not every order; with what is
 * fixed it takes far less. Equal things on a bus are tried in one order.
 *
 * It is exact if it comes to an end. It has a number of steps, so that
 * it always does.
 */
#include "plan_state.h"

#define PFB_TABLE_MIN	256U
#define PFB_TABLE_MAX	8192U

/**
 * struct visit - a bus that is gone through
 * @first: its first item in plan->order: those with an address in ascending order, then
 *	the others
 * @nr: how many
 * @nr_pinned: how many of those have an address
 * @next_pinned: how many of those were passed
 * @left: items yet to pass
 * @last: highest address that it may have, for what follows it
 * @size: bytes of all that is on it and behind it
 * @align: the largest alignment of all that
 * @shape: equal for buses with equal things behind them
 */
struct visit {
	u32 first;
	u32 nr;
	u32 nr_pinned;
	u32 next_pinned;
	u32 left;
	u64 last;
	u64 size;
	u64 align;
	u64 shape;
};

/**
 * struct step - what was chosen
 * @item: index in plan->order
 * @tried: where the bus's choices go on, should this one lead nowhere
 * @bus: the bus that was gone through before
 * @next: first free address before
 * @late: highest address that leaves room for all that follows
 */
struct step {
	u32 item;
	u32 tried;
	u32 bus;
	u64 next;
	u64 late;
};

/* How low a set of things ended; two sets share a @key once in 2^64. */
struct known {
	u64 key;
	u64 next;
};

struct search {
	struct pfb_plan *plan;
	struct visit *visits;
	struct step *steps;
	struct known *table;
	u64 *shapes;
	u8 *passed;
	u32 nr_table;
	u32 nr_steps;
	u32 root;
	u64 key;
};

static u32 table_size(u32 max_items)
{
	u32 nr = PFB_TABLE_MIN;

	while (nr < PFB_TABLE_MAX && nr / 16 < max_items)
		nr *= 2;
	return nr;
}

size_t pfb_plan_order_size(u32 nr_buses, u32 max_items)
{
	return nr_buses * sizeof(struct visit) + table_size(max_items) * sizeof(struct known) +
	       max_items * (sizeof(struct step) + sizeof(u64) + sizeof(u8));
}

static void divide(struct search *s, struct pfb_plan *plan)
{
	u32 nr_buses = plan->top->nr_functions + plan->top->nr_roots;

	s->plan = plan;
	s->nr_table = table_size(plan->max_items);
	s->visits = plan->search;
	s->steps = (struct step *)(s->visits + nr_buses);
	s->table = (struct known *)(s->steps + plan->max_items);
	s->shapes = (u64 *)(s->table + s->nr_table);
	s->passed = (u8 *)(s->shapes + plan->max_items);
	memset(s->visits, 0, nr_buses * sizeof(*s->visits));
}

/* The finalizer of SplitMix64: every bit of @x changes half of the result's. */
static u64 mix(u64 x)
{
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
	return x ^ (x >> 31);
}

static u64 add_up(u64 a, u64 b)
{
	return a + b < a ? ~0ULL : a + b;
}

static bool is_window(const struct pfb_plan_item *item)
{
	return item->by.bar == PFB_WINDOW_ITEM;
}

static void add_windows(struct search *s, u32 index)
{
	struct pfb_plan *plan = s->plan;
	u32 i;

	for (i = plan->buses[index].first; i != PFB_NO_FUNCTION; i = plan->slots[i].next) {
		struct pfb_plan_item *item;

		if (!s->visits[i].nr || pfb_has_hull(&plan->buses[i]))
			continue;
		item = pfb_plan_add_item(plan, i, PFB_WINDOW_ITEM, s->visits[i].size);
		item->align = s->visits[i].align;
		item->max = pfb_plan_highest(plan, plan->buses[i].can);
	}
}

/* List what is on a bus, once that is known of the buses below it. */
static void list_bus(struct search *s, u32 index)
{
	struct pfb_plan *plan = s->plan;
	struct visit *visit = &s->visits[index];
	u32 i;

	visit->first = plan->nr_items;
	pfb_plan_add_pinned(plan, index, true);
	visit->nr_pinned = plan->nr_items - visit->first;
	add_windows(s, index);
	pfb_plan_add_bars(plan, index);
	visit->nr = plan->nr_items - visit->first;
	pfb_plan_sort_items(plan, visit->first, visit->first + visit->nr_pinned,
			    pfb_plan_by_address);
	pfb_plan_sort_items(plan, visit->first + visit->nr_pinned, plan->nr_items,
			    pfb_plan_by_alignment);

	visit->align = plan->granule;
	for (i = visit->first; i < plan->nr_items; i++) {
		const struct pfb_plan_item *item = pfb_nth_item(plan, i);
		u64 shape = mix(item->size) ^ mix(item->align + 1) ^ mix(item->max + 2);

		if (is_window(item))
			shape = mix(s->visits[item->by.function].shape + 3) ^ mix(item->max + 4);
		s->shapes[i] = mix(shape);
		visit->shape += s->shapes[i];
		visit->size = add_up(visit->size, item->size);
		if (item->align > visit->align)
			visit->align = item->align;
	}
}

/* Where what has an address begins on a bus, after what was passed. */
static u64 pinned_at(const struct search *s, u32 bus)
{
	const struct visit *visit = &s->visits[bus];

	if (visit->next_pinned == visit->nr_pinned)
		return ~0ULL;
	return pfb_nth_item(s->plan, visit->first + visit->next_pinned)->address;
}

/* Highest address for what comes next on a bus. */
static u64 last_on(const struct search *s, u32 bus)
{
	u64 pinned = pinned_at(s, bus);
	u64 last = s->visits[bus].last;

	return pinned == ~0ULL || pinned - 1 > last ? last : pinned - 1;
}

static bool align_up(u64 address, u64 align, u64 *out)
{
	if (check_add_overflow(address, align - 1, out))
		return false;
	*out = pfb_round_down(*out, align);
	return true;
}

/* Begin a bridge's window at @*next, if there can be room for it. */
static bool enter(struct search *s, const struct pfb_plan_item *item, u32 *bus, u64 *next)
{
	struct visit *behind = &s->visits[item->by.function];
	u64 granule = s->plan->granule, last = last_on(s, *bus);
	u64 max = pfb_plan_highest(s->plan, s->plan->buses[item->by.function].can);

	if (last > max)
		last = max;
	if (last + 1 < granule || !align_up(*next, granule, next))
		return false;
	last = pfb_round_down(last + 1, granule) - 1;
	if (*next > last || last - *next < behind->size - 1)
		return false;
	behind->last = last;
	behind->left = behind->nr;
	behind->next_pinned = 0;
	*bus = item->by.function;
	return true;
}

/* Place a BAR at or after @*next, and end the windows that it is the last of. */
static bool pass(struct search *s, const struct pfb_plan_item *item, bool pinned, u32 *bus,
		 u64 *next)
{
	u64 address = *next, last = last_on(s, *bus);

	if (pinned) {
		if (item->address < *next)
			return false;
		address = item->address;
	} else {
		if (address < pfb_first_free(s->plan))
			address = pfb_first_free(s->plan);
		if (!align_up(address, item->align, &address))
			return false;
		if (last > item->max)
			last = item->max;
	}
	if (address > last || last - address < item->size - 1)
		return false;
	*next = address + item->size;

	while (!--s->visits[*bus].left && *bus != s->root) {
		/* Within what enter() found to be there. */
		*next = pfb_last_of_granule(*next - 1, s->plan->granule) + 1;
		*bus = pfb_bus_of(s->plan, *bus);
	}
	return true;
}

/* Was this set of things left without a plan when it ended as low? */
static bool known_hopeless(struct search *s, u64 next)
{
	struct known *known = &s->table[s->key & (s->nr_table - 1)];

	if (known->key == s->key && known->next <= next)
		return true;
	known->key = s->key;
	known->next = next;
	return false;
}

static void take_back(struct search *s, u32 n, u32 bus)
{
	const struct pfb_plan_item *item = pfb_nth_item(s->plan, n);
	struct visit *visit = &s->visits[bus];

	s->passed[n] = 0;
	s->key ^= mix(n + 1ULL);
	if (n < visit->first + visit->nr_pinned)
		visit->next_pinned--;
	if (is_window(item))
		return;
	while (!s->visits[bus].left++ && bus != s->root)
		bus = pfb_bus_of(s->plan, bus);
}

/*
 * The next choice on a bus from *@tried on, counted from its first item without
 * an address; what has an address is the last choice.
 */
static bool choose(struct search *s, u32 *tried, u32 *bus, u64 *next)
{
	struct pfb_plan *plan = s->plan;
	struct visit *visit = &s->visits[*bus];
	u32 free = visit->nr - visit->nr_pinned;
	u32 from = *bus;
	u64 at = *next;

	for (; *tried <= free; ++*tried) {
		bool pinned = *tried == free;
		u32 n = visit->first + (pinned ? visit->next_pinned : visit->nr_pinned + *tried);
		const struct pfb_plan_item *item;
		bool fits;

		if (pinned ? visit->next_pinned == visit->nr_pinned : s->passed[n])
			continue;
		/* Of equal things the first one goes first. */
		if (!pinned && *tried && !s->passed[n - 1] && s->shapes[n - 1] == s->shapes[n])
			continue;
		if (!plan->steps) {
			plan->gave_up = true;
			plan->unsure = true;
			return false;
		}
		plan->steps--;

		item = pfb_nth_item(plan, n);
		/* Before last_on() is asked what comes after it. */
		visit->next_pinned += pinned;
		fits = is_window(item) && pinned && item->address < *next ? false :
		       is_window(item) ? enter(s, item, bus, next) :
		       pass(s, item, pinned, bus, next);
		if (!fits) {
			visit->next_pinned -= pinned;
			*next = at;
			continue;
		}
		s->passed[n] = 1;
		s->key ^= mix(n + 1ULL);
		if (!known_hopeless(s, *next)) {
			s->steps[s->nr_steps++] = (struct step){ n, *tried, from, at, 0 };
			return true;
		}
		take_back(s, n, from);
		*bus = from;
		*next = at;
	}
	return false;
}

/* Find an order for what is below one root bus. */
static bool find_order(struct search *s)
{
	const struct pfb_plan *plan = s->plan;
	const struct pfb_window *window =
		&plan->top->roots[s->root - plan->top->nr_functions].windows[plan->kind];
	struct visit *root = &s->visits[s->root];
	u64 next = window->base;
	u32 bus = s->root;
	u32 tried = 0;

	s->nr_steps = 0;
	if (!root->nr)
		return true;
	if (!pfb_window_is_open(window))
		return false;
	s->key = 0;
	memset(s->table, 0, s->nr_table * sizeof(*s->table));
	memset(s->passed, 0, plan->max_items);
	root->left = root->nr;
	/* So that the address after it is one. */
	root->last = window->limit < ~0ULL - plan->granule ? window->limit : ~0ULL - plan->granule;

	for (;;) {
		if (choose(s, &tried, &bus, &next)) {
			if (!root->left)
				return true;
			tried = 0;
			continue;
		}
		if (plan->gave_up || !s->nr_steps)
			return false;
		bus = s->steps[--s->nr_steps].bus;
		next = s->steps[s->nr_steps].next;
		tried = s->steps[s->nr_steps].tried + 1;
		take_back(s, s->steps[s->nr_steps].item, bus);
	}
}

static bool is_pinned(const struct search *s, const struct step *step)
{
	const struct visit *visit = &s->visits[step->bus];

	return step->item < visit->first + visit->nr_pinned;
}

/* From the end: how high each thing could be. */
static void find_latest(struct search *s)
{
	const struct pfb_plan *plan = s->plan;
	u64 end = s->visits[s->root].last + 1;
	u32 bus = s->root;
	u32 i;

	for (i = s->nr_steps; i--; ) {
		struct step *step = &s->steps[i];
		const struct pfb_plan_item *item = pfb_nth_item(plan, step->item);

		if (is_window(item)) {
			end = pfb_round_down(end, plan->granule);
			bus = step->bus;
			continue;
		}
		if (bus != step->bus)
			end = pfb_round_down(end, plan->granule);
		if (is_pinned(s, step)) {
			end = item->address;
		} else {
			if (end - 1 > item->max)
				end = item->max + 1;
			end = pfb_round_down(end - item->size, item->align);
		}
		step->late = end;
		bus = step->bus;
	}
}

static void widen(struct pfb_plan_bus *bus, u64 base, u64 size)
{
	/* In ascending order. */
	if (!bus->size)
		bus->base = base;
	bus->size = base + size - bus->base;
}

/*
 * From the start: give addresses. What a window has before its first fixed BAR
 * moves up to it, so that the window begins late; all else is as low as can be.
 */
static void give_addresses(struct search *s)
{
	struct pfb_plan *plan = s->plan;
	u64 next = s->steps[0].next, granule = plan->granule;
	bool waiting = false;
	u32 i, bus;

	for (i = 0; i < s->nr_steps; i++) {
		const struct step *step = &s->steps[i];
		const struct pfb_plan_item *item = pfb_nth_item(plan, step->item);
		u32 after = i + 1 < s->nr_steps ? s->steps[i + 1].bus : s->root;
		bool pinned = is_pinned(s, step);
		u64 address;

		if (is_window(item)) {
			waiting |= pinned;
			align_up(next, granule, &next);
			continue;
		}
		if (pinned) {
			address = item->address;
			waiting = false;
		} else if (waiting) {
			address = step->late;
		} else {
			if (next < pfb_first_free(plan))
				next = pfb_first_free(plan);
			align_up(next, item->align, &address);
		}
		if (item->by.bar != PFB_RESERVE_ITEM)
			plan->slots[item->by.function].address[item->by.bar] = address;
		next = address + item->size;
		widen(&plan->buses[step->bus], address, item->size);

		for (bus = step->bus; bus != after; ) {
			struct pfb_plan_bus *ended = &plan->buses[bus];

			next = pfb_last_of_granule(next - 1, granule) + 1;
			ended->size = next - pfb_round_down(ended->base, granule);
			ended->base = pfb_round_down(ended->base, granule);
			bus = pfb_bus_of(plan, bus);
			widen(&plan->buses[bus], ended->base, ended->size);
		}
	}
}

int pfb_plan_order(struct pfb_plan *plan)
{
	const struct pfb_topology *top = plan->top;
	struct search search;
	u32 i;

	divide(&search, plan);
	pfb_plan_find_hulls(plan);
	plan->nr_items = 0;
	/* From the leaves up; root buses have the highest indexes, and come last. */
	for (i = top->nr_functions; i--; )
		if (pfb_topology_is_bridge(&top->functions[i]))
			list_bus(&search, i);
	for (i = 0; i < top->nr_roots; i++)
		list_bus(&search, pfb_root_bus_of(top, i));

	for (i = 0; i < top->nr_roots; i++) {
		search.root = pfb_root_bus_of(top, i);
		if (!find_order(&search))
			return -ENOSPC;
		if (!search.nr_steps)
			continue;
		find_latest(&search);
		give_addresses(&search);
	}
	pfb_plan_finish_kind(plan);
	return 0;
}
