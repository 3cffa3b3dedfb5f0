/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A plan in the making: what the planner's parts share, and nobody else.
 */
#ifndef PFB_PLAN_STATE_H
#define PFB_PLAN_STATE_H

#include <pci_fixed_bars/gaps.h>
#include <pci_fixed_bars/plan.h>
#include <pci_fixed_bars/sort.h>

#define PFB_4GIB		(1ULL << 32)
#define PFB_IO16_LAST		0xffffULL

/* PCI-to-PCI Bridge Architecture 1.2, 3.2.5: what window registers can express. */
#define PFB_GRANULE_IO		0x1000ULL
#define PFB_GRANULE_MEM		0x100000ULL

/* Legacy devices decode below it; the kernel's PCIBIOS_MIN_IO stays above it too. */
#define PFB_IO_FIRST		0x1000ULL

/* BARs that share a page can't be mapped one by one. */
#define PFB_BAR_ALIGN_MIN	0x1000ULL

/* Steps that pfb_plan_order() takes at most: for one kind of window, and in one plan. */
#define PFB_PLAN_STEPS		(1U << 17)
#define PFB_PLAN_BUDGET		(1U << 20)

/* Items that are planned over again at most, in one plan. */
#define PFB_PLAN_WORK		(1U << 22)

#define PFB_WINDOW_ITEM		PFB_NR_BARS		/* an item that is a bridge's window */
#define PFB_RESERVE_ITEM	(PFB_NR_BARS + 1)	/* room behind a bridge for hot-plug */

/**
 * struct pfb_plan_owner - who is at an address
 * @function: index of the function
 * @bar: its PCI resource index, %PFB_WINDOW_ITEM or %PFB_RESERVE_ITEM
 */
struct pfb_plan_owner {
	u32 function;
	u32 bar;
};

/* struct pfb_plan_bus.can: what all bridges above a bus can forward. */
#define PFB_CAN_IO		(1U << 0)
#define PFB_CAN_PREF		(1U << 1)
#define PFB_ONLY_IO16		(1U << 2)

/**
 * struct pfb_plan_bus - a bus: those behind bridges by the bridge's index, then the root buses
 * @first: the first function on it, or %PFB_NO_FUNCTION
 * @pool: root buses: the first root bus that shares its windows, or itself; what is
 *	on the others stands in the list of that one
 * @can: PFB_CAN_*, PFB_ONLY_IO16
 * @wants: something that is not fixed lies behind the bridge
 * @hull_lo: first address that fixed BARs need; above @hull_hi when there are none
 * @hull_hi: last address that fixed BARs need
 * @hull_lo_by: the fixed BAR at @hull_lo
 * @hull_hi_by: the fixed BAR at @hull_hi
 * @bound_lo: first address that the window may have
 * @bound_hi: last address that the window may have
 * @base: the window: its address, or its offset in the block of the bus above
 * @size: bytes, 0 when closed
 * @align: what @base must be a multiple of
 * @max: highest address that the window may have
 */
struct pfb_plan_bus {
	u32 first;
	u32 pool;
	u8 can;
	bool wants;
	u64 hull_lo;
	u64 hull_hi;
	struct pfb_plan_owner hull_lo_by;
	struct pfb_plan_owner hull_hi_by;
	u64 bound_lo;
	u64 bound_hi;
	u64 base;
	u64 size;
	u64 align;
	u64 max;
};

/**
 * struct pfb_plan_slot - what is planned for a function
 * @next: the next function on its bus, or %PFB_NO_FUNCTION
 * @fixed: BARs whose address is given, by bit
 * @placed: BARs that have an address, by bit
 * @ignored: BARs that are planned as if they were not there, by bit
 * @spilled: BARs that go into the other of the two memory windows that could
 *	forward them, by bit
 * @address: by PCI resource index: the address, or the offset in the block of the bus
 * @windows: bridges: by enum pfb_window_kind
 * @reserve: bridges: room for hot-plug, bytes by enum pfb_window_kind
 */
struct pfb_plan_slot {
	u32 next;
	u16 fixed;
	u16 placed;
	u16 spilled;
	u16 ignored;
	u64 address[PFB_NR_BARS];
	struct pfb_window windows[PFB_NR_WINDOWS];
	u64 reserve[PFB_NR_WINDOWS];
};

/**
 * struct pfb_plan_item - something on a bus that takes addresses
 * @by: what it is
 * @size: bytes
 * @align: what its address must be a multiple of
 * @max: highest address that it may have
 * @address: where it is, once that is known
 */
struct pfb_plan_item {
	struct pfb_plan_owner by;
	u64 size;
	u64 align;
	u64 max;
	u64 address;
};

/* Two windows that overlap do so because of the first and the last fixed BAR in each. */
#define PFB_PLAN_CULPRITS_MAX	4

/**
 * struct pfb_plan - a plan in the making, in the caller's scratch
 * @top: the topology; not written before everything is planned
 * @kind: the kind of window that is planned
 * @granule: what windows of @kind start at a multiple of, bytes
 * @strategy: 0: the room between two fixed things is the lower one's to grow
 *	into, and windows grow upwards first; 1: the other way round
 * @buses: one for each function (used by bridges), then one for each root bus
 * @slots: one for each function
 * @items: what is on the bus that is worked on: @nr_pinned that have an address, then
 *	the others
 * @order: indexes into @items, little-endian, for sorting
 * @gap_memory: for gaps between items
 * @members: for pfb_plan_explain()
 * @nr_items: entries used in @items
 * @nr_pinned: entries at the start of @items that have an address
 * @max_items: entries in @items and @order
 * @search: what pfb_plan_order() works with
 * @steps: what pfb_plan_order() may still try
 * @budget: what all calls of it together may still try
 * @culprits: fixed BARs that pfb_plan_pack() found in each other's way
 * @nr_culprits: how many, 0 when it was something else
 * @work: items that pfb_plan_memory() may still plan over again
 * @gave_up: pfb_plan_order() has not tried everything
 * @unsure: something else has not tried everything, or that
 * @hopeless: what is fixed is in its own way: no use to try further
 */
struct pfb_plan {
	struct pfb_topology *top;
	enum pfb_window_kind kind;
	u64 granule;
	unsigned int strategy;
	struct pfb_plan_bus *buses;
	struct pfb_plan_slot *slots;
	struct pfb_plan_item *items;
	u32 *order;
	struct pfb_gap *gap_memory;
	u32 nr_items;
	u32 nr_pinned;
	u32 max_items;
	void *search;
	u32 steps;
	u32 budget;
	u32 work;
	struct pfb_plan_member *members;
	struct pfb_plan_owner culprits[PFB_PLAN_CULPRITS_MAX];
	u32 nr_culprits;
	bool gave_up;
	bool unsure;
	bool hopeless;
};

/**
 * struct pfb_plan_owner_text - an owner in words
 * @text: "0000:00:01.0/00.0 bar2", "the window of 0000:00:01.0"
 */
struct pfb_plan_owner_text {
	char text[PFB_PATH_TEXT_MAX + 32];
};

static inline u64 pfb_round_down(u64 address, u64 align)
{
	return address & ~(align - 1);
}

static inline u64 pfb_last_of_granule(u64 address, u64 granule)
{
	return address | (granule - 1);
}

static inline bool pfb_window_is_open(const struct pfb_window *window)
{
	return window->base <= window->limit;
}

static inline bool pfb_window_holds(const struct pfb_window *window, u64 first, u64 last)
{
	return window->base <= first && last <= window->limit;
}

/* Bytes that a BAR takes: a PF's VF BAR holds those of all its VFs. */
static inline u64 pfb_bar_span(const struct pfb_function *fn, unsigned int bar)
{
	u64 size = fn->bars[bar].size;

	return bar < PFB_BAR_VF0 ? size : size * fn->total_vfs;
}

/* Does a function have a BAR that is planned here? VFs have theirs inside their PF's. */
static inline bool pfb_plan_has_bar(const struct pfb_function *fn, unsigned int bar)
{
	return fn->bars[bar].size && !(fn->flags & PFB_FN_VF);
}

static inline u32 pfb_root_bus_of(const struct pfb_topology *top, u32 root)
{
	return top->nr_functions + root;
}

/* The bus that a function is on. */
static inline u32 pfb_bus_of(const struct pfb_plan *plan, u32 function)
{
	const struct pfb_function *fn = &plan->top->functions[function];

	return fn->parent == PFB_NO_FUNCTION ?
	       plan->buses[pfb_root_bus_of(plan->top, fn->root)].pool : fn->parent;
}

static inline bool pfb_is_root_bus(const struct pfb_topology *top, u32 bus)
{
	return bus >= top->nr_functions;
}

static inline bool pfb_has_hull(const struct pfb_plan_bus *bus)
{
	return bus->hull_lo <= bus->hull_hi;
}

static inline bool pfb_is_fixed(const struct pfb_plan *plan, u32 function, unsigned int bar)
{
	return plan->slots[function].fixed & (1U << bar);
}

static inline u64 pfb_item_last(const struct pfb_plan_item *item)
{
	return item->address + (item->size - 1);
}

static inline struct pfb_plan_item *pfb_nth_item(const struct pfb_plan *plan, u32 n)
{
	return &plan->items[pfb_get_le32(&plan->order[n])];
}

/* First address that is given to what does not ask for one by name. */
static inline u64 pfb_first_free(const struct pfb_plan *plan)
{
	/* Software takes address 0 for "none". */
	return plan->kind == PFB_WINDOW_IO ? PFB_IO_FIRST : 1;
}

/* plan_state.c */

const char *pfb_plan_name_function(const struct pfb_topology *top, u32 function, char *buf,
				   size_t size);
const char *pfb_plan_name_owner(const struct pfb_topology *top,
				const struct pfb_plan_owner *by,
				struct pfb_plan_owner_text *out);
/* What gives a host bridge more room of a kind. */
const char *pfb_plan_more_room(enum pfb_window_kind kind);
const struct pfb_window *pfb_plan_root_window(const struct pfb_topology *top, u32 function,
					      enum pfb_window_kind kind);
/* The kind of window that a BAR's address is in, %PFB_NR_WINDOWS for one without address. */
enum pfb_window_kind pfb_plan_bar_kind(const struct pfb_plan *plan, u32 function,
				       unsigned int bar);
/* Is there another memory window that could forward a BAR that is not fixed? */
bool pfb_plan_can_spill(const struct pfb_plan *plan, u32 function, unsigned int bar);
/* Nothing is fixed or planned; -EINVAL for windows that roots share in part. */
int pfb_plan_init(struct pfb_plan *plan, struct pfb_error *err);
struct pfb_plan_item *pfb_plan_add_item(struct pfb_plan *plan, u32 function, unsigned int bar,
					u64 size);
/* Highest address that what is on a bus can have, by its PFB_ONLY_IO16. */
u64 pfb_plan_highest(const struct pfb_plan *plan, u8 can);
/* What a bridge reserves: forget what was taken, and take what is asked for. */
void pfb_plan_take_reserve(struct pfb_plan *plan, u32 index);
/* Add what is on a bus and has an address; @hulls: bridges' hulls, not yet their windows. */
void pfb_plan_add_pinned(struct pfb_plan *plan, u32 index, bool hulls);
/* Add BARs on a bus that are not fixed, and its reserve. */
void pfb_plan_add_bars(struct pfb_plan *plan, u32 index);
int pfb_plan_by_address(const void *ctx, u32 a, u32 b);
int pfb_plan_by_alignment(const void *ctx, u32 a, u32 b);
void pfb_plan_sort_items(struct pfb_plan *plan, u32 from, u32 to, pfb_compare_fn compare);
/* Addresses and windows of this kind are final: note them in the slots. */
void pfb_plan_finish_kind(struct pfb_plan *plan);

/* plan_pack.c */

/* What fixed BARs make each window span. */
void pfb_plan_find_hulls(struct pfb_plan *plan);
/*
 * Plan one kind of window, quickly. -EEXIST, or @hopeless: what is fixed makes it
 * impossible; otherwise -ENOSPC means that it found nothing.
 */
int pfb_plan_pack(struct pfb_plan *plan, bool *hopeless, struct pfb_error *err);

/* plan.c */

/* Check the topology and divide the scratch. */
int pfb_plan_prepare(struct pfb_plan *plan, struct pfb_topology *top, u32 nr_fixed,
		     void *scratch, struct pfb_error *err);
/* Plan from the start: what is fixed, or why one of those cannot be. */
int pfb_plan_begin(struct pfb_plan *plan, const struct pfb_plan_fixed *fixed, u32 nr_fixed,
		   struct pfb_error *err);
/* Plan every kind of window. */
int pfb_plan_all(struct pfb_plan *plan, struct pfb_error *err);
/* Plan one kind of window; see pfb_plan_pack() for what it returns. */
int pfb_plan_kind(struct pfb_plan *plan, enum pfb_window_kind kind, struct pfb_error *err);

/* plan_spill.c */

/* Plan both kinds of memory window. */
int pfb_plan_memory(struct pfb_plan *plan, struct pfb_error *err);

/* plan_order.c */

size_t pfb_plan_order_size(u32 nr_buses, u32 max_items);
/*
 * Plan plan->kind by trying every order in which things can follow each other.
 * 0 or -ENOSPC, and plan->gave_up when it took too long.
 */
int pfb_plan_order(struct pfb_plan *plan);

/* plan_conflict.c */

/*
 * pfb_plan_all() said @ret and @err: say what conflicts and what would resolve it instead.
 * @plan is lost. Returns what planning just that says.
 */
int pfb_plan_explain(struct pfb_plan *plan, const struct pfb_plan_fixed *fixed, u32 nr_fixed,
		     int ret, struct pfb_plan_conflict *conflict, struct pfb_error *err);

#endif /* PFB_PLAN_STATE_H */
