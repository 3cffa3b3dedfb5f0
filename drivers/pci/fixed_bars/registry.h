/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The registry: every fact and verdict that the module holds.
 *
 * Sources fill it, sysfs and the provider read it, preserve and hotplug ask
 * it what belongs where. It knows none of them: main starts them in order, and
 * those who want to hear of something register for it. Nothing here writes to
 * PCI.
 *
 * Locks, outermost first:
 *	pci_lock_rescan_remove()  whoever walks or changes the device tree
 *	registry's track lock     who is tracked; held while the listener is told,
 *				  never taken by a reader
 *	registry's lock           the facts; a leaf, never held across a callback
 *
 * VFs are not tracked: their BARs have no registers, and their addresses
 * follow from the VF BARs of their PF, which are.
 */
#ifndef PFB_REGISTRY_H
#define PFB_REGISTRY_H

#include <linux/notifier.h>
#include <linux/types.h>

#include <pci_fixed_bars/declaration.h>
#include <pci_fixed_bars/verdict.h>

struct list_head;
struct pci_dev;

/**
 * enum pfb_policy - what the module may do to what it finds
 * @PFB_POLICY_OBSERVE: verify and report, touch nothing
 * @PFB_POLICY_PRESERVE: also pin what is right
 * @PFB_POLICY_ENFORCE: also move what is wrong
 */
enum pfb_policy {
	PFB_POLICY_OBSERVE,
	PFB_POLICY_PRESERVE,
	PFB_POLICY_ENFORCE,
};

/**
 * pfb_registry_policy() - the policy in force
 *
 * Context: any.
 * Return: the policy; it does not change while the module is loaded.
 */
enum pfb_policy pfb_registry_policy(void);

/**
 * pfb_registry_allow_declared() - does ``declared`` suffice for the provider
 *
 * Context: any.
 * Return: the value of the module parameter ``allow_declared``.
 */
bool pfb_registry_allow_declared(void);

/**
 * pfb_registry_declared_bar() - where a BAR belongs
 * @pdev: the function; need not be tracked yet
 * @bar: PCI resource index, see struct pfb_declared_bar
 * @declared: receives what was declared, merged from all sources that agree
 *
 * Only what applies is returned: nothing for a function whose sources
 * conflict, or whose vendor:device is not the declared one.
 *
 * Context: may sleep. Takes the registry's lock.
 * Return: 0, or -ENOENT when nothing that applies was declared.
 */
int pfb_registry_declared_bar(struct pci_dev *pdev, unsigned int bar,
			      struct pfb_declared_bar *declared);

/**
 * enum pfb_preserve - did firmware ask to keep a host bridge as it was
 * @PFB_PRESERVE_NOT_ASKED: no
 * @PFB_PRESERVE_HONOURED: yes, and the kernel did
 * @PFB_PRESERVE_IGNORED: yes, and the kernel does not, so that nothing is known
 */
enum pfb_preserve {
	PFB_PRESERVE_NOT_ASKED,
	PFB_PRESERVE_HONOURED,
	PFB_PRESERVE_IGNORED,
};

/**
 * struct pfb_bar_report - all that is known of one BAR of a tracked function
 * @state: the verdict as of the last check
 * @exists: the BAR exists
 * @assigned: the resource has an address and is in the resource tree
 * @cut_off: a bridge above forwards another range than the kernel's window for it
 * @registered: address that the BAR's register holds
 * @resource: start of the kernel's resource as a bus address
 * @size: bytes found
 * @has_declared: @declared is meaningful
 * @declared: what was declared, where it applies
 * @sources: BIT(enum pfb_source) of those that declared it
 * @clique: the function's clique or %PFB_CLIQUE_NONE
 * @flags: %PFB_MANIFEST_FN_* of the function
 * @preserve: what came of firmware's wish to keep the host bridge
 */
struct pfb_bar_report {
	enum pfb_bar_state state;
	bool exists;
	bool assigned;
	bool cut_off;
	u64 registered;
	u64 resource;
	u64 size;
	bool has_declared;
	struct pfb_declared_bar declared;
	u32 sources;
	u32 clique;
	u32 flags;
	enum pfb_preserve preserve;
};

/**
 * pfb_registry_bar() - what is known of a BAR
 * @pdev: the function
 * @bar: PCI resource index
 * @report: receives the facts as of the last check
 *
 * Context: may sleep. Takes the registry's lock.
 * Return: 0, -ENODEV when the function is not tracked, or not any more, -ENOENT when
 * @bar is no BAR.
 */
int pfb_registry_bar(struct pci_dev *pdev, unsigned int bar, struct pfb_bar_report *report);

/**
 * pfb_registry_bars() - what is known of all BARs of a function
 * @pdev: the function
 * @reports: receives the facts as of the last check, by PCI resource index;
 *	%PFB_NR_BARS of them
 *
 * Context: may sleep. Takes the registry's lock, once.
 * Return: a bit for each BAR that there is, and whose report was filled in.
 */
u32 pfb_registry_bars(struct pci_dev *pdev, struct pfb_bar_report *reports);

/**
 * pfb_registry_bar_explain() - a BAR's verdict in words: expected, actual, fix
 * @pdev: the function
 * @bar: PCI resource index
 * @buf: receives the text, always with a NUL
 * @size: bytes in @buf
 *
 * Context: may sleep. Takes the registry's lock.
 * Return: @buf.
 */
const char *pfb_registry_bar_explain(struct pci_dev *pdev, unsigned int bar,
				     char *buf, size_t size);

/**
 * pfb_registry_bar_log_text() - the same, without what only root may know
 * @pdev: the function
 * @bar: PCI resource index
 * @buf: receives the text, always with a NUL. No host-physical address is in it
 * @size: bytes in @buf
 *
 * Context: may sleep. Takes the registry's lock.
 * Return: @buf.
 */
const char *pfb_registry_bar_log_text(struct pci_dev *pdev, unsigned int bar,
				      char *buf, size_t size);

/**
 * pfb_registry_flags() - the flags that a manifest gives a function
 * @pdev: the function; need not be tracked yet
 *
 * Context: may sleep. Takes the registry's lock.
 * Return: %PFB_MANIFEST_FN_*, 0 when nothing that applies was declared.
 */
u32 pfb_registry_flags(struct pci_dev *pdev);

/**
 * pfb_registry_clique() - the clique that the host put a function in
 * @pdev: the function; need not be tracked yet
 *
 * Context: may sleep. Takes the registry's lock.
 * Return: the clique, %PFB_CLIQUE_NONE when none that applies was declared.
 */
u32 pfb_registry_clique(struct pci_dev *pdev);

/**
 * pfb_registry_preserve_of() - what came of firmware's wish to keep a host bridge
 * @pdev: any function behind it
 *
 * Context: may sleep. Takes the registry's lock.
 * Return: whether firmware asked, and whether the kernel did it.
 */
enum pfb_preserve pfb_registry_preserve_of(struct pci_dev *pdev);

/**
 * typedef pfb_registry_fn - called for each tracked function
 * @pdev: the function, referenced during the call
 * @ctx: the caller's
 *
 * Return: 0 to go on; anything else ends the walk.
 */
typedef int (*pfb_registry_fn)(struct pci_dev *pdev, void *ctx);

/**
 * pfb_registry_for_each() - walk the tracked functions that are present
 * @fn: called for each, with no lock of the registry held, in (segment, bus,
 *	devfn) order of the time they were added
 * @ctx: handed to @fn
 *
 * A function that is added or removed meanwhile may be seen or not.
 *
 * Context: may sleep. The caller holds pci_lock_rescan_remove() if it wants
 * the set to stand still.
 * Return: 0, -ENOMEM, or what ended the walk.
 */
int pfb_registry_for_each(pfb_registry_fn fn, void *ctx);

/**
 * pfb_registry_removed() - a function is going
 * @pdev: the function
 *
 * For BUS_NOTIFY_DEL_DEVICE. Tells the listener, who may wait for readers, and
 * drops the registry's reference; the function's declaration becomes
 * ``missing``.
 *
 * Context: may sleep. Not under the registry's locks.
 */
void pfb_registry_removed(struct pci_dev *pdev);

/**
 * pfb_registry_verify() - read one function again and judge it
 * @pdev: the function; is tracked from now on if it was not
 *
 * Reads config space and the resource tree; announces what changed. Safe from
 * a bus notifier and from a driver's probe: it does not take
 * pci_lock_rescan_remove().
 *
 * Context: may sleep.
 * Return: 0, -ENODEV when the function does not answer, is a VF, or is being
 * removed, -EEXIST when another function that had its path is not gone yet, -ENAMETOOLONG when
 * it is deeper than %PFB_PATH_HOPS_MAX, -ERANGE in a domain that no path names, -ENOMEM.
 */
int pfb_registry_verify(struct pci_dev *pdev);

/**
 * pfb_registry_verify_all() - read every function again and judge it
 *
 * Context: may sleep. Takes pci_lock_rescan_remove(): not for a bus notifier,
 * a probe or a remove.
 */
void pfb_registry_verify_all(void);

/**
 * pfb_registry_hidden() - a BAR was kept from being assigned
 * @pdev: the function; need not be tracked yet
 * @bar: PCI resource index
 * @size: the size it has in hardware, bytes
 * @reason: why, one line; copied
 *
 * A BAR whose resource was emptied so that the kernel would not make room for
 * it looks as if it did not exist. Told so, the registry judges it
 * ``unassigned`` and shows @reason, until the function goes.
 *
 * Context: may sleep. Takes the registry's lock.
 * Return: 0 or -ENOMEM.
 */
int pfb_registry_hidden(struct pci_dev *pdev, unsigned int bar, u64 size, const char *reason);

/**
 * pfb_registry_set_provider() - say how a function stands as a provider
 * @pdev: a tracked function
 * @text: one line, no address in it: ``registered``, or the reason of refusal;
 *	copied. NULL: ``none``
 *
 * Shown in sysfs, world-readable.
 *
 * Context: may sleep. Takes the registry's lock.
 */
void pfb_registry_set_provider(struct pci_dev *pdev, const char *text);

/**
 * struct pfb_registry_change - a verdict that changed
 * @pdev: the function, referenced during the call; NULL for one that is not there
 * @path: its path
 * @bar: PCI resource index
 * @old_state: what it was
 * @new_state: what it is
 */
struct pfb_registry_change {
	struct pci_dev *pdev;
	struct pfb_path path;
	unsigned int bar;
	enum pfb_bar_state old_state;
	enum pfb_bar_state new_state;
};

/**
 * pfb_registry_register_notifier() - be told of each verdict that changes
 * @nb: called with a struct pfb_registry_change as data, in the context of
 *	whoever had it checked, no registry lock held; must not call
 *	pfb_registry_verify_all() nor (un)register from within
 *
 * Context: may sleep.
 * Return: 0 or what blocking_notifier_chain_register() says.
 */
int pfb_registry_register_notifier(struct notifier_block *nb);

/**
 * pfb_registry_unregister_notifier() - no longer be told
 * @nb: what was registered; on return it is not running
 *
 * Context: may sleep.
 */
void pfb_registry_unregister_notifier(struct notifier_block *nb);

/*
 * For main, which runs the registry, and for sources, which fill it.
 */

/**
 * struct pfb_registry_listener - who shows the functions that are tracked
 * @checked: a function was read and judged. bars: BIT(PCI resource index) of
 *	the BARs that are known of it; declared: some source knows the function
 * @going: a function that is tracked goes, or the registry stops; on return it
 *	is referenced no more
 *
 * Both may sleep, and wait for whoever reads from the registry. They are called
 * under the registry's track lock, so that the calls for a function come one
 * after another, and not under its lock: they may ask it, but not have it
 * verify anything.
 */
struct pfb_registry_listener {
	void (*checked)(struct pci_dev *pdev, u32 bars, bool declared);
	void (*going)(struct pci_dev *pdev);
};

/**
 * enum pfb_source_status - what came of a source
 * @PFB_SOURCE_ABSENT: it is not there
 * @PFB_SOURCE_OK: what it states was taken
 * @PFB_SOURCE_UNSUPPORTED: it says nothing that can be used
 * @PFB_SOURCE_BROKEN: it is wrong, and nothing of it was taken
 */
enum pfb_source_status {
	PFB_SOURCE_ABSENT,
	PFB_SOURCE_OK,
	PFB_SOURCE_UNSUPPORTED,
	PFB_SOURCE_BROKEN,
};

/**
 * struct pfb_source_report - what came of a source
 * @status: in short
 * @nr_functions: functions that it declared
 * @message: in one line
 */
struct pfb_source_report {
	enum pfb_source_status status;
	unsigned int nr_functions;
	struct pfb_error message;
};

/**
 * pfb_source_status_name() - a status in reports and in sysfs
 * @status: the status
 *
 * Context: any.
 * Return: "absent", "ok", "unsupported" or "broken".
 */
const char *pfb_source_status_name(enum pfb_source_status status);

/**
 * pfb_registry_init() - be ready for what sources declare
 * @policy: the policy from now on
 * @allow_declared: does ``declared`` suffice for the provider
 * @told: is told of the functions that are tracked; stays until
 *	pfb_registry_stop()
 *
 * Notes which host bridges there are and how the kernel treated them, before
 * the module itself changes anything.
 *
 * Context: may sleep. The caller holds pci_lock_rescan_remove().
 * Return: 0 or -ENOMEM; pfb_registry_stop() cleans up after either.
 */
int pfb_registry_init(enum pfb_policy policy, bool allow_declared,
		      const struct pfb_registry_listener *told);

/**
 * pfb_registry_start() - judge every function, and follow them from now on
 * @news: receives what there is to announce, by pfb_announce()
 *
 * Called once every source has declared what it has to.
 *
 * Context: may sleep. The caller holds pci_lock_rescan_remove().
 * Return: 0, or -ENOMEM with nothing in @news.
 */
int pfb_registry_start(struct list_head *news);

/**
 * pfb_registry_stop() - forget everything, and tell the listener so
 *
 * A function that leaves meanwhile waits in pfb_registry_removed() until the
 * listener is done with it here. Harmless after a failed start.
 *
 * Context: may sleep. pci_lock_rescan_remove() is not held.
 */
void pfb_registry_stop(void);

/**
 * pfb_registry_declare() - take one declaration
 * @decl: the declaration, its path from a root bus down if the function is there
 *
 * One that contradicts another source's makes neither apply to the function.
 *
 * Context: may sleep. Before the functions are judged.
 * Return: 0 or -ENOMEM.
 */
int pfb_registry_declare(const struct pfb_declaration *decl);

/**
 * typedef pfb_redeclare_fn - declares all that every source declares
 * @declare: to be called for each declaration; what it returns but 0 ends it
 *
 * Called under the registry's lock.
 *
 * Return: 0, or what @declare returned.
 */
typedef int (*pfb_redeclare_fn)(int (*declare)(const struct pfb_declaration *decl));

/**
 * pfb_registry_redeclare() - what sources declare is another from now on
 * @all: declares it
 * @news: receives what there is to announce, by pfb_announce()
 *
 * In the eyes of others it is one step. Nothing is read again: what was found
 * at the last check is judged by what is declared now.
 *
 * Context: may sleep. Takes the registry's locks; the caller holds
 * pci_lock_rescan_remove().
 * Return: 0, or -ENOMEM, and then not all is declared.
 */
int pfb_registry_redeclare(pfb_redeclare_fn all, struct list_head *news);

/**
 * pfb_registry_preserve() - firmware asked to keep what is behind a root bus
 * @segment: its segment
 * @bus: its number
 * @source: who says so
 *
 * Context: may sleep. Before the functions are judged.
 */
void pfb_registry_preserve(u16 segment, u8 bus, enum pfb_source source);

/**
 * pfb_registry_set_source() - keep what came of a source, for reports
 * @source: the source
 * @report: copied
 *
 * Context: may sleep.
 */
void pfb_registry_set_source(enum pfb_source source, const struct pfb_source_report *report);

/**
 * pfb_registry_get_source() - what came of a source
 * @source: the source
 * @report: receives it
 *
 * Context: may sleep.
 */
void pfb_registry_get_source(enum pfb_source source, struct pfb_source_report *report);

/**
 * pfb_registry_provider() - how a function stands as a provider
 * @pdev: the function
 * @buf: receives what pfb_registry_set_provider() said, or ``none``
 * @size: bytes in @buf
 *
 * Context: may sleep. Takes the registry's lock.
 */
void pfb_registry_provider(struct pci_dev *pdev, char *buf, size_t size);

/**
 * pfb_registry_error() - why nothing that was declared for a function applies
 * @pdev: the function
 * @buf: receives the reason, or ``none``
 * @size: bytes in @buf
 *
 * Context: may sleep. Takes the registry's lock.
 */
void pfb_registry_error(struct pci_dev *pdev, char *buf, size_t size);

/**
 * pfb_registry_count() - how many BARs are in a state
 * @state: the state
 *
 * Context: may sleep. Takes the registry's lock.
 * Return: the number, BARs of functions that are not there included.
 */
unsigned int pfb_registry_count(enum pfb_bar_state state);

/**
 * pfb_registry_emit_missing() - list the functions that were declared and are not there
 * @buf: a sysfs buffer
 *
 * Context: may sleep. Takes the registry's lock.
 * Return: bytes written, at most a page.
 */
ssize_t pfb_registry_emit_missing(char *buf);

/**
 * pfb_registry_emit_errors() - list why declarations do not apply
 * @buf: a sysfs buffer
 *
 * Context: may sleep. Takes the registry's lock.
 * Return: bytes written, at most a page.
 */
ssize_t pfb_registry_emit_errors(char *buf);

#endif /* PFB_REGISTRY_H */
