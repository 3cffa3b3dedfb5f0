// SPDX-License-Identifier: GPL-2.0
/*
 * Moving BARs and bridge windows of live functions, all together or not at all.
 *
 * In place, never by remove-and-rescan: that renumbers buses under
 * pci-host-generic, breaks bystanders, and falls back to the kernel's own
 * layout without a word. Forward, in this order:
 *
 *	wake		all that is touched is resumed
 *	release		drivers of functions with a BAR that moves, and what is exported
 *			of them: while they are silent, what peers write is lost. An
 *			importer that does not let go would write to whoever comes there
 *			next, so that nothing moves then. No driver binds meanwhile
 *	revoke		user mappings of these BARs
 *	silence		these functions decode and master nothing
 *	narrow		windows forward what is in the old and the new range
 *	unlink		resources, deepest first
 *	link		resources at their new place, root port first
 *	write		BARs, and windows root port first; each is read back
 *	answer		the command registers as they were
 *	save		state for error recovery, which would bring back the old
 *			addresses otherwise, and reads would return ones
 *	attach		the drivers
 *
 * A window that is unlinked takes what stays in it along: a bystander's BAR
 * and the regions in it remain linked to the window while that gets another
 * range. All in between "release" and "save" is a step that can fail; undoing
 * puts back resources and registers as they were recorded, not the reverse of
 * each step, so that it does not matter where it failed.
 */
#define dev_fmt(fmt) KBUILD_MODNAME ": " fmt
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/delay.h>
#include <linux/device.h>
#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/pci.h>
#include <linux/pm_runtime.h>
#include <linux/slab.h>

#include <pci_fixed_bars/topology.h>

#include "compat.h"
#include "export.h"
#include "registers.h"
#include "relocate.h"

/* How long a device lock is waited for: its holder may wait for us. */
#define PFB_LOCK_MS	10
#define PFB_LOCK_TRIES	100

/*
 * For the selftests, which let each step fail in turn. Always there: what is
 * tested is what is used.
 */
static unsigned int fail_step;
module_param(fail_step, uint, 0600);
MODULE_PARM_DESC(fail_step,
		 "for tests: the next time BARs are moved, fail at this step and undo all (default: 0, never)");

/**
 * struct pfb_mover - a function that has something that moves
 * @node: entry in pfb_relocation.movers
 * @pdev: referenced
 * @stops: a standard BAR moves: it stops decoding, and its driver goes
 * @gains: one of them had no address before
 * @driver: that was released; its module is held
 * @command: the command register without the driver
 * @locked: its device lock is held: no driver binds, and no VFs are turned on
 * @awake: a runtime PM reference is held
 * @silent: the command register has decoding off
 */
struct pfb_mover {
	struct list_head node;
	struct pci_dev *pdev;
	bool stops;
	bool gains;
	struct device_driver *driver;
	u16 command;
	bool locked;
	bool awake;
	bool silent;
};

/**
 * struct pfb_move - one BAR or window
 * @node: entry in pfb_relocation.moves
 * @mover: whose it is
 * @target: where it goes
 * @parent: of its resource before; NULL: it had no address
 * @old: its resource before
 * @old_region: the same as bus addresses
 * @flags: resource flags that it gets
 * @relink: its resource changes; else only the register is written again
 * @sizes: the core has forgotten its size, which is to be read
 * @raw: registers before
 * @saved: @raw was read
 * @linked: its resource is where @target says
 */
struct pfb_move {
	struct list_head node;
	struct pfb_mover *mover;
	struct pfb_target target;
	struct resource *parent;
	struct resource old;
	struct pci_bus_region old_region;
	unsigned long flags;
	bool relink;
	bool sizes;
	struct pfb_raw raw;
	bool saved;
	bool linked;
};

/**
 * struct pfb_relocation - all that moves together
 * @moves: struct pfb_move, bridges before what is behind them
 * @movers: struct pfb_mover
 * @steps: taken
 * @fail_step: the one that fails
 */
struct pfb_relocation {
	struct list_head moves;
	struct list_head movers;
	unsigned int steps;
	unsigned int fail_step;
};

static struct resource *res_of(const struct pfb_move *move)
{
	return &move->target.pdev->resource[move->target.index];
}

static bool is_window(const struct pfb_move *move)
{
	return move->target.index >= PCI_BRIDGE_RESOURCES;
}

static const char *name_of(const struct pfb_move *move)
{
	return is_window(move) ? pfb_window_name_of(move->target.index) :
				 pfb_bar_index_name(move->target.index);
}

struct pfb_relocation *pfb_relocation_new(void)
{
	struct pfb_relocation *rel = kzalloc(sizeof(*rel), GFP_KERNEL);

	if (!rel)
		return NULL;
	INIT_LIST_HEAD(&rel->moves);
	INIT_LIST_HEAD(&rel->movers);
	return rel;
}

void pfb_relocation_free(struct pfb_relocation *rel)
{
	struct pfb_mover *mover, *next_mover;
	struct pfb_move *move, *next;

	if (!rel)
		return;
	list_for_each_entry_safe(move, next, &rel->moves, node)
		kfree(move);
	list_for_each_entry_safe(mover, next_mover, &rel->movers, node) {
		pci_dev_put(mover->pdev);
		kfree(mover);
	}
	kfree(rel);
}

/* Functions come in order, each with all of its own. */
static struct pfb_mover *mover_of(struct pfb_relocation *rel, struct pci_dev *pdev)
{
	struct pfb_mover *mover;

	if (!list_empty(&rel->movers)) {
		mover = list_last_entry(&rel->movers, struct pfb_mover, node);
		if (mover->pdev == pdev)
			return mover;
	}
	mover = kzalloc(sizeof(*mover), GFP_KERNEL);
	if (!mover)
		return NULL;
	mover->pdev = pci_dev_get(pdev);
	list_add_tail(&mover->node, &rel->movers);
	return mover;
}

int pfb_relocation_add(struct pfb_relocation *rel, const struct pfb_target *target)
{
	struct resource *res = &target->pdev->resource[target->index];
	struct pci_bus_region region = { .start = target->start, .end = target->end };
	struct resource want = {};
	struct pfb_mover *mover;
	struct pfb_move *move;

	mover = mover_of(rel, target->pdev);
	move = kzalloc(sizeof(*move), GFP_KERNEL);
	if (!mover || !move) {
		kfree(move);
		return -ENOMEM;
	}
	move->mover = mover;
	move->target = *target;
	move->parent = res->parent;
	move->old = *res;
	pcibios_resource_to_bus(target->pdev->bus, &move->old_region, res);

	if (is_window(move)) {
		move->flags = pfb_window_flags(target->pdev, target->index) |
			      (res->flags & IORESOURCE_PCI_FIXED);
	} else {
		mover->stops |= target->index < PFB_BAR_VF0;
		mover->gains |= target->index < PFB_BAR_VF0 && !res->parent;
		move->flags = res->flags & ~(IORESOURCE_UNSET | IORESOURCE_DISABLED);
		move->sizes = !res->flags;
		if (move->sizes)
			move->flags = pfb_bar_flags_now(target->pdev, target->index);
	}
	want.flags = move->flags;
	pcibios_bus_to_resource(target->pdev->bus, &want, &region);
	move->relink = target->open ? !res->parent || res->start != want.start ||
				      res->end != want.end : !!res->parent;
	list_add_tail(&move->node, &rel->moves);
	return 0;
}

bool pfb_relocation_is_empty(const struct pfb_relocation *rel)
{
	return list_empty(&rel->moves);
}

bool pfb_relocation_has(const struct pfb_relocation *rel, const struct pci_dev *pdev)
{
	const struct pfb_mover *mover;

	list_for_each_entry(mover, &rel->movers, node)
		if (mover->pdev == pdev)
			return true;
	return false;
}

static void describe_range(char *buf, size_t size, bool open, u64 start, u64 end)
{
	if (open)
		snprintf(buf, size, "0x%llx-0x%llx", (unsigned long long)start,
			 (unsigned long long)end);
	else
		snprintf(buf, size, "none");
}

static bool lock_device(struct device *dev)
{
	unsigned int tries;

	for (tries = 0; !device_trylock(dev); tries++) {
		if (tries == PFB_LOCK_TRIES)
			return false;
		msleep(PFB_LOCK_MS);
	}
	return true;
}

void pfb_relocation_describe(struct pfb_relocation *rel, pfb_relocation_line_fn tell, void *ctx)
{
	char from[40], to[40], line[192];
	struct pfb_mover *mover;
	struct pfb_move *move;

	list_for_each_entry(move, &rel->moves, node) {
		describe_range(from, sizeof(from), move->parent, move->old_region.start,
			       move->old_region.end);
		describe_range(to, sizeof(to), move->target.open, move->target.start,
			       move->target.end);
		snprintf(line, sizeof(line), "%s %s %s: %s -> %s",
			 move->relink ? "move" : "rewrite", pci_name(move->target.pdev),
			 name_of(move), from, to);
		tell(ctx, line);
	}
	list_for_each_entry(mover, &rel->movers, node) {
		if (!mover->stops || !lock_device(&mover->pdev->dev))
			continue;
		if (mover->pdev->dev.driver) {
			snprintf(line, sizeof(line), "restart %s driver %s", pci_name(mover->pdev),
				 mover->pdev->dev.driver->name);
			tell(ctx, line);
		}
		device_unlock(&mover->pdev->dev);
	}
}

int pfb_relocation_check_vfs(struct pci_dev *pdev, struct pfb_error *err)
{
	if (!pci_num_vf(pdev))
		return 0;
	return pfb_fail(err, -EBUSY,
			"%s: %d VFs are enabled, and would lose their addresses: turn them off (echo 0 > /sys/bus/pci/devices/%s/sriov_numvfs), enforce again, and turn them on (echo %d > the same file)",
			pci_name(pdev), pci_num_vf(pdev), pci_name(pdev), pci_num_vf(pdev));
}

int pfb_relocation_check(struct pfb_relocation *rel, struct pfb_error *err)
{
	struct pfb_move *move;
	int ret;

	list_for_each_entry(move, &rel->moves, node) {
		struct pci_dev *pdev = move->target.pdev;
		struct resource *res = res_of(move);

		if (is_window(move))
			continue;
		if (pdev->hdr_type != PCI_HEADER_TYPE_NORMAL)
			return pfb_fail(err, -EOPNOTSUPP,
					"%s: %s is a bridge's own, which stays where it is while something lives behind it: declare addresses that leave it there",
					pci_name(pdev), name_of(move));
		if (!pfb_bar_register(pdev, move->target.index) || !(move->flags & IORESOURCE_MEM))
			return pfb_fail(err, -EOPNOTSUPP,
					"%s: %s is no memory BAR, and is not moved: declare it where it is, or not at all",
					pci_name(pdev), name_of(move));
		ret = pfb_relocation_check_vfs(pdev, err);
		if (ret)
			return ret;
		if (res->child && !pdev->dev.driver)
			return pfb_fail(err, -EBUSY,
					"%s: %s is used by \"%s\", which is no driver of it and does not let go: stop it (a firmware framebuffer: boot with video=efifb:off), and enforce again",
					pci_name(pdev), name_of(move), res->child->name ?: "?");
	}
	return 0;
}

/* Every step that can fail begins here. */
static int step(struct pfb_relocation *rel, struct pfb_error *err)
{
	if (++rel->steps != rel->fail_step)
		return 0;
	return pfb_fail(err, -EIO, "step %u failed because the parameter fail_step says so",
			rel->steps);
}

static int lock_mover(struct pfb_mover *mover, struct pfb_error *err)
{
	if (!lock_device(&mover->pdev->dev))
		return pfb_fail(err, -EBUSY,
				"%s: its driver, or VFs of it, are just being changed: enforce again",
				pci_name(mover->pdev));
	mover->locked = true;
	return 0;
}

static void unlock_mover(struct pfb_mover *mover)
{
	if (mover->locked)
		device_unlock(&mover->pdev->dev);
	mover->locked = false;
}

/* Without its driver, and so that it gets none until it is unlocked. */
static int release_driver(struct pfb_relocation *rel, struct pfb_mover *mover,
			  struct pfb_error *err)
{
	struct device *dev = &mover->pdev->dev;
	int ret;

	ret = lock_mover(mover, err);
	if (ret || !dev->driver)
		return ret;
	ret = step(rel, err);
	if (ret)
		return ret;
	/* It must be there to be attached again. */
	if (!try_module_get(dev->driver->owner))
		return pfb_fail(err, -EBUSY, "%s: its driver %s is being unloaded: enforce again",
				pci_name(mover->pdev), dev->driver->name);
	mover->driver = dev->driver;
	/* It takes the lock itself. */
	unlock_mover(mover);
	device_release_driver(dev);
	ret = lock_mover(mover, err);
	if (!ret && dev->driver)
		ret = pfb_fail(err, -EBUSY,
			       "%s: %s took it while it was without a driver: enforce again",
			       pci_name(mover->pdev), dev->driver->name);
	return ret;
}

static int revoke_exports(struct pfb_mover *mover, struct pfb_error *err)
{
	char name[64];

	pfb_export_revoke(mover->pdev, U32_MAX, "the function is moved");
	if (!pfb_export_user(mover->pdev, name, sizeof(name)))
		return 0;
	return pfb_fail(err, -EBUSY,
			"%s: %s was told to stop, and still uses what is exported of it, and would write to whatever comes there: stop it (unbind its driver), and enforce again",
			pci_name(mover->pdev), name);
}

static void silence(struct pfb_mover *mover)
{
	pci_write_config_word(mover->pdev, PCI_COMMAND,
			      mover->command & ~(PCI_COMMAND_IO | PCI_COMMAND_MEMORY |
						 PCI_COMMAND_MASTER));
	mover->silent = true;
}

static int stop_functions(struct pfb_relocation *rel, struct pfb_error *err)
{
	struct pfb_mover *mover;
	int ret;

	list_for_each_entry(mover, &rel->movers, node) {
		ret = pm_runtime_get_sync(&mover->pdev->dev);
		mover->awake = true;
		if (ret < 0 && ret != -EACCES)
			return pfb_fail(err, ret,
					"%s: it cannot be woken up (error %d): keep it awake (echo on > power/control in its folder), and enforce again",
					pci_name(mover->pdev), ret);
	}
	list_for_each_entry(mover, &rel->movers, node) {
		if (mover->stops) {
			ret = revoke_exports(mover, err);
			if (!ret)
				ret = release_driver(rel, mover, err);
		} else if (mover->pdev->hdr_type == PCI_HEADER_TYPE_NORMAL) {
			ret = lock_mover(mover, err);
			if (!ret)
				ret = pfb_relocation_check_vfs(mover->pdev, err);
		} else {
			continue;
		}
		if (ret)
			return ret;
	}
	return 0;
}

/*
 * Whoever requests a region takes it from user space: mappings of the BAR
 * through sysfs go, and fault when they are used again.
 */
static int revoke(struct pfb_relocation *rel, struct pfb_move *move, struct pfb_error *err)
{
	struct pci_dev *pdev = move->target.pdev;
	struct resource *res = res_of(move);
	int ret;

	ret = step(rel, err);
	if (ret)
		return ret;
	if (res->child || pci_request_region(pdev, (int)move->target.index, KBUILD_MODNAME))
		return pfb_fail(err, -EBUSY,
				"%s: %s is still used by \"%s\": stop that, and enforce again",
				pci_name(pdev), name_of(move),
				res->child && res->child->name ? res->child->name : "?");
	pci_release_region(pdev, (int)move->target.index);
	return 0;
}

static int silence_functions(struct pfb_relocation *rel, struct pfb_error *err)
{
	struct pfb_mover *mover;
	struct pfb_move *move;
	int ret;

	list_for_each_entry(move, &rel->moves, node) {
		if (is_window(move) || !move->parent || !move->mover->stops ||
		    move->target.index >= PFB_BAR_VF0)
			continue;
		ret = revoke(rel, move, err);
		if (ret)
			return ret;
	}
	list_for_each_entry(mover, &rel->movers, node) {
		if (!mover->stops)
			continue;
		ret = step(rel, err);
		if (ret)
			return ret;
		pci_read_config_word(mover->pdev, PCI_COMMAND, &mover->command);
		silence(mover);
		/* What was exported since it was told. Nothing is that does not answer. */
		ret = revoke_exports(mover, err);
		if (ret)
			return ret;
	}
	return 0;
}

static int read_registers(struct pfb_relocation *rel, struct pfb_error *err)
{
	struct pfb_move *move;
	u64 size;

	list_for_each_entry(move, &rel->moves, node) {
		struct pci_dev *pdev = move->target.pdev;
		unsigned int index = move->target.index;

		if (is_window(move))
			pfb_window_save(pdev, index, &move->raw);
		else
			pfb_bar_save(pdev, index, move->flags, &move->raw);
		move->saved = true;
		if (!move->sizes)
			continue;
		size = pfb_bar_size_now(pdev, index, move->flags);
		if (size != move->target.end - move->target.start + 1)
			return pfb_fail(err, -EINVAL,
					"%s: %s has %llu KiB, and was declared with %llu KiB: correct the declaration",
					pci_name(pdev), name_of(move),
					(unsigned long long)size >> 10,
					(unsigned long long)(move->target.end -
							     move->target.start + 1) >> 10);
	}
	return 0;
}

/* What a window forwards before and after, so that a bystander's BAR never goes. */
static bool narrow_window(const struct pfb_move *move, u64 to_start, u64 to_end)
{
	u64 start = max_t(u64, move->old_region.start, move->target.start);
	u64 end = min_t(u64, move->old_region.end, move->target.end);

	if (!move->parent || !move->target.open)
		pfb_window_close(move->target.pdev, move->target.index);
	else if (start > end)
		pfb_window_leave(move->target.pdev, move->target.index, to_start, to_end);
	else
		return !pfb_window_narrow(move->target.pdev, move->target.index, start, end);
	return true;
}

static int narrow_windows(struct pfb_relocation *rel, struct pfb_error *err)
{
	struct pfb_move *move;
	int ret;

	list_for_each_entry_reverse(move, &rel->moves, node) {
		if (!is_window(move))
			continue;
		ret = step(rel, err);
		if (ret)
			return ret;
		if (!narrow_window(move, move->target.start, move->target.end))
			return pfb_fail(err, -EIO,
					"%s: %s does not hold what is written to it: the port does not answer any more",
					pci_name(move->target.pdev), name_of(move));
	}
	return 0;
}

static int unlink_resources(struct pfb_relocation *rel, struct pfb_error *err)
{
	struct pfb_move *move;
	int ret;

	list_for_each_entry_reverse(move, &rel->moves, node) {
		if (!move->relink || !move->parent)
			continue;
		ret = step(rel, err);
		if (ret)
			return ret;
		ret = release_resource(res_of(move));
		if (ret)
			return pfb_fail(err, -EBUSY, "%s: %s is not in /proc/iomem any more",
					pci_name(move->target.pdev), name_of(move));
	}
	return 0;
}

static int link_resources(struct pfb_relocation *rel, struct pfb_error *err)
{
	struct pfb_move *move;
	int ret;

	list_for_each_entry(move, &rel->moves, node) {
		struct pci_bus_region region = {
			.start = move->target.start,
			.end = move->target.end,
		};
		struct resource *res = res_of(move);

		if (!move->relink)
			continue;
		ret = step(rel, err);
		if (ret)
			return ret;
		res->flags = move->flags;
		if (!move->target.open) {
			/* The kernel's sizing of windows trips over one that is pinned nowhere. */
			res->flags &= ~IORESOURCE_PCI_FIXED;
			res->start = 0;
			res->end = 0;
			continue;
		}
		pcibios_bus_to_resource(move->target.pdev->bus, res, &region);
		if (pci_claim_resource(move->target.pdev, (int)move->target.index))
			return pfb_fail(err, -EBUSY,
					"%s: %s cannot be at %#llx-%#llx: something that is not a PCI function is there, see /proc/iomem; declare another address",
					pci_name(move->target.pdev), name_of(move),
					(unsigned long long)region.start,
					(unsigned long long)region.end);
		move->linked = true;
	}
	return 0;
}

static int write_one(const struct pfb_move *move)
{
	struct pci_dev *pdev = move->target.pdev;
	unsigned int index = move->target.index;

	if (!is_window(move))
		return pfb_bar_write(pdev, index, move->flags, move->target.start);
	if (move->target.open)
		return pfb_window_write(pdev, index, move->target.start, move->target.end);
	pfb_window_close(pdev, index);
	return 0;
}

/* BARs while nothing leads to them, then windows, root port first. */
static int write_registers(struct pfb_relocation *rel, bool windows, struct pfb_error *err)
{
	struct pfb_move *move;
	int ret;

	list_for_each_entry(move, &rel->moves, node) {
		if (is_window(move) != windows)
			continue;
		ret = step(rel, err);
		if (ret)
			return ret;
		if (write_one(move))
			return pfb_fail(err, -EIO, "%s: %s does not hold the %#llx written to it",
					pci_name(move->target.pdev), name_of(move),
					(unsigned long long)move->target.start);
		/* What was read back may still be another's: fail once more, after it. */
		ret = step(rel, err);
		if (ret)
			return ret;
	}
	return 0;
}

static int answer_again(struct pfb_relocation *rel, struct pfb_error *err)
{
	struct pfb_mover *mover;
	int ret;

	list_for_each_entry(mover, &rel->movers, node) {
		if (!mover->stops)
			continue;
		ret = step(rel, err);
		if (ret)
			return ret;
		pci_write_config_word(mover->pdev, PCI_COMMAND, mover->command);
		mover->silent = false;
	}
	return 0;
}

/* All registers once more, now that everything answers. */
static int read_back(struct pfb_relocation *rel, struct pfb_error *err)
{
	struct pfb_move *move;
	struct pfb_raw raw;
	bool holds;
	int ret;

	ret = step(rel, err);
	if (ret)
		return ret;
	list_for_each_entry(move, &rel->moves, node) {
		struct pci_dev *pdev = move->target.pdev;

		if (!move->target.open)
			continue;
		if (is_window(move)) {
			holds = pfb_window_holds_now(pdev, move->target.index,
						     move->target.start, move->target.end);
		} else {
			memset(&raw, 0, sizeof(raw));
			pfb_bar_save(pdev, move->target.index, move->flags, &raw);
			raw.value[0] &= (u32)PCI_BASE_ADDRESS_MEM_MASK;
			holds = ((u64)raw.value[1] << 32 | raw.value[0]) == move->target.start;
		}
		if (!holds)
			return pfb_fail(err, -EIO,
					"%s: %s held %#llx, and does not any more: something else writes to it",
					pci_name(pdev), name_of(move),
					(unsigned long long)move->target.start);
	}
	return 0;
}

static void save_states(struct pfb_relocation *rel)
{
	struct pfb_mover *mover;

	list_for_each_entry(mover, &rel->movers, node)
		pci_save_state(mover->pdev);
}

static unsigned int start_functions(struct pfb_relocation *rel, bool moved)
{
	struct pfb_mover *mover;
	unsigned int drivers = 0;
	int ret;

	list_for_each_entry(mover, &rel->movers, node)
		unlock_mover(mover);
	list_for_each_entry(mover, &rel->movers, node) {
		struct device *dev = &mover->pdev->dev;

		if (mover->driver) {
			ret = device_driver_attach(mover->driver, dev);
			if (ret)
				pci_err(mover->pdev, "its driver %s does not take it back (error %d): see the lines above, then echo %s > /sys/bus/pci/drivers/%s/bind\n",
					mover->driver->name, ret, pci_name(mover->pdev),
					mover->driver->name);
			module_put(mover->driver->owner);
			drivers++;
		} else if (moved && mover->gains && !dev->driver && device_attach(dev) < 0) {
			/* Its driver could not have taken it before. */
			pci_dbg(mover->pdev, "no driver takes it with its new address\n");
		}
		mover->driver = NULL;
	}
	list_for_each_entry(mover, &rel->movers, node) {
		if (mover->awake)
			pm_runtime_put(&mover->pdev->dev);
		mover->awake = false;
	}
	return drivers;
}

/*
 * Undo.
 */

static void unlink_new(struct pfb_relocation *rel)
{
	struct pfb_move *move;

	list_for_each_entry_reverse(move, &rel->moves, node) {
		struct resource *res = res_of(move);

		if (!move->relink)
			continue;
		/* Those that were not unlinked yet, too: children before parents. */
		if (res->parent)
			release_resource(res);
		move->linked = false;
	}
}

static void link_old(struct pfb_relocation *rel)
{
	struct pfb_move *move;

	list_for_each_entry(move, &rel->moves, node) {
		struct resource *res = res_of(move);

		if (!move->relink)
			continue;
		res->start = move->old.start;
		res->end = move->old.end;
		res->flags = move->old.flags;
		if (move->parent && request_resource(move->parent, res))
			pci_err(move->target.pdev, "%s could not go back to %pR, which somebody took meanwhile: remove the function and rescan\n",
				name_of(move), res);
	}
}

static void restore_registers(struct pfb_relocation *rel)
{
	struct pfb_move *move;
	int ret;

	/* New windows first narrow to what is in both, so that none overlaps another's. */
	list_for_each_entry_reverse(move, &rel->moves, node)
		if (move->saved && is_window(move))
			narrow_window(move, move->old_region.start, move->old_region.end);
	list_for_each_entry(move, &rel->moves, node) {
		if (!move->saved)
			continue;
		ret = is_window(move) ?
		      pfb_window_restore(move->target.pdev, move->target.index, &move->raw) :
		      pfb_bar_restore(move->target.pdev, move->target.index, move->flags,
				      &move->raw);
		if (ret)
			pci_err(move->target.pdev, "%s does not take back what it held: remove the function and rescan\n",
				name_of(move));
	}
}

static void undo(struct pfb_relocation *rel)
{
	struct pfb_mover *mover;

	list_for_each_entry(mover, &rel->movers, node)
		if (mover->command && !mover->silent)
			silence(mover);
	restore_registers(rel);
	unlink_new(rel);
	link_old(rel);
	list_for_each_entry(mover, &rel->movers, node) {
		if (!mover->silent)
			continue;
		pci_write_config_word(mover->pdev, PCI_COMMAND, mover->command);
		mover->silent = false;
	}
}

static int relocate(struct pfb_relocation *rel, struct pfb_error *err)
{
	int ret;

	ret = silence_functions(rel, err);
	if (!ret)
		ret = read_registers(rel, err);
	if (!ret)
		ret = narrow_windows(rel, err);
	if (!ret)
		ret = unlink_resources(rel, err);
	if (!ret)
		ret = link_resources(rel, err);
	if (!ret)
		ret = write_registers(rel, false, err);
	if (!ret)
		ret = write_registers(rel, true, err);
	if (!ret)
		ret = answer_again(rel, err);
	if (!ret)
		ret = read_back(rel, err);
	if (ret)
		undo(rel);
	else
		save_states(rel);
	return ret;
}

int pfb_relocation_run(struct pfb_relocation *rel, struct pfb_relocation_result *result,
		       struct pfb_error *err)
{
	ktime_t begin;
	int ret;

	rel->steps = 0;
	rel->fail_step = fail_step;
	ret = stop_functions(rel, err);
	begin = ktime_get();
	if (!ret)
		ret = relocate(rel, err);
	result->pause_us = ktime_us_delta(ktime_get(), begin);
	result->drivers = start_functions(rel, !ret);
	result->steps = rel->steps;
	/* Once: a test that forgets it must not be taken for a fault. */
	if (ret && rel->fail_step)
		fail_step = 0;
	return ret;
}
