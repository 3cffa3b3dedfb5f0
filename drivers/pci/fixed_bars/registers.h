/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The registers of BARs and bridge windows. The PCI core's own writers
 * (pci_update_resource(), pci_setup_bridge()) are not exported, so they are
 * written here, in the order that keeps every state in between harmless.
 * Addresses are PCI bus addresses. Nothing here looks at the resource tree.
 */
#ifndef PFB_REGISTERS_H
#define PFB_REGISTERS_H

#include <linux/types.h>

struct pci_dev;
struct pfb_window;

/* Registers that one window or BAR takes at most. */
#define PFB_RAW_REGISTERS	3

/**
 * struct pfb_raw - registers as they are, to be put back bit by bit
 * @value: as read; how many count depends on the window or BAR
 */
struct pfb_raw {
	u32 value[PFB_RAW_REGISTERS];
};

/**
 * pfb_window_name_of() - a bridge window's name in messages
 * @index: index into pci_dev.resource
 *
 * Context: any.
 * Return: "I/O window", "memory window" or "prefetchable window".
 */
const char *pfb_window_name_of(unsigned int index);

/**
 * pfb_window_flags() - the resource flags of a bridge window that has an address
 * @bridge: the bridge
 * @index: index into pci_dev.resource
 *
 * Context: any.
 * Return: IORESOURCE_* as the core sets them.
 */
unsigned long pfb_window_flags(struct pci_dev *bridge, unsigned int index);

/**
 * pfb_window_write() - open a window, or let it grow
 * @bridge: the bridge
 * @index: index into pci_dev.resource
 * @start: first address
 * @end: last address
 *
 * A window that only grows holds all that it held at every moment in between,
 * one that was left or closed holds no more than in the end.
 *
 * Context: may sleep.
 * Return: 0, -EIO when the registers do not hold what was written.
 */
int pfb_window_write(struct pci_dev *bridge, unsigned int index, u64 start, u64 end);

/**
 * pfb_window_narrow() - let a window shrink
 * @bridge: the bridge
 * @index: index into pci_dev.resource
 * @start: first address, not below what it is
 * @end: last address, not above what it is
 *
 * What is left is forwarded at every moment in between.
 *
 * Context: may sleep.
 * Return: 0, -EIO when the registers do not hold what was written.
 */
int pfb_window_narrow(struct pci_dev *bridge, unsigned int index, u64 start, u64 end);

/**
 * pfb_window_leave() - close a window that is on its way to elsewhere
 * @bridge: the bridge
 * @index: index into pci_dev.resource; not the I/O window
 * @start: first address where it goes
 * @end: last address there; it has nothing in common with where the window is
 *
 * Where that is possible, with a register that it needs there anyway, so that
 * pfb_window_write() has one less to write.
 *
 * Context: may sleep.
 */
void pfb_window_leave(struct pci_dev *bridge, unsigned int index, u64 start, u64 end);

/**
 * pfb_window_close() - let a bridge forward nothing through a window
 * @bridge: the bridge
 * @index: index into pci_dev.resource
 *
 * Context: may sleep.
 */
void pfb_window_close(struct pci_dev *bridge, unsigned int index);

/**
 * pfb_window_holds_now() - do the registers of a window say this
 * @bridge: the bridge
 * @index: index into pci_dev.resource
 * @start: first address
 * @end: last address
 *
 * Context: may sleep.
 * Return: true when they say exactly that.
 */
bool pfb_window_holds_now(struct pci_dev *bridge, unsigned int index, u64 start, u64 end);

/**
 * pfb_window_read_now() - what the registers of a memory window forward
 * @bridge: the bridge
 * @index: index into pci_dev.resource; not the I/O window
 * @window: receives it; closed when base is above limit
 *
 * Context: may sleep.
 */
void pfb_window_read_now(struct pci_dev *bridge, unsigned int index, struct pfb_window *window);

/**
 * pfb_window_save() - read the registers of a memory window
 * @bridge: the bridge
 * @index: index into pci_dev.resource; not the I/O window
 * @raw: receives them
 *
 * Context: may sleep.
 */
void pfb_window_save(struct pci_dev *bridge, unsigned int index, struct pfb_raw *raw);

/**
 * pfb_window_restore() - put the registers of a memory window back
 * @bridge: the bridge
 * @index: index into pci_dev.resource; not the I/O window
 * @raw: what pfb_window_save() read
 *
 * Context: may sleep.
 * Return: 0, -EIO when they do not hold it.
 */
int pfb_window_restore(struct pci_dev *bridge, unsigned int index, const struct pfb_raw *raw);

/**
 * pfb_bar_register() - where a BAR's register is
 * @pdev: the function
 * @bar: PCI resource index
 *
 * Context: any.
 * Return: offset in config space, 0 for what has none that is written here (a ROM).
 */
int pfb_bar_register(struct pci_dev *pdev, unsigned int bar);

/**
 * pfb_bar_write() - write a BAR's register and read it back
 * @pdev: the function
 * @bar: PCI resource index
 * @flags: its resource flags
 * @start: the address
 *
 * Decoding is off while a standard BAR is half written.
 *
 * Context: may sleep.
 * Return: 0, -EIO when it does not hold what was written.
 */
int pfb_bar_write(struct pci_dev *pdev, unsigned int bar, unsigned long flags, u64 start);

/**
 * pfb_bar_save() - read a BAR's register
 * @pdev: the function
 * @bar: PCI resource index
 * @flags: its resource flags
 * @raw: receives it
 *
 * Context: may sleep.
 */
void pfb_bar_save(struct pci_dev *pdev, unsigned int bar, unsigned long flags,
		  struct pfb_raw *raw);

/**
 * pfb_bar_restore() - put a BAR's register back
 * @pdev: the function; memory decode is off
 * @bar: PCI resource index
 * @flags: its resource flags
 * @raw: what pfb_bar_save() read
 *
 * Context: may sleep.
 * Return: 0, -EIO when it does not hold it.
 */
int pfb_bar_restore(struct pci_dev *pdev, unsigned int bar, unsigned long flags,
		    const struct pfb_raw *raw);

/**
 * pfb_bar_flags_now() - the resource flags of a memory BAR, by its register alone
 * @pdev: the function
 * @bar: PCI resource index, a standard BAR
 *
 * For a BAR whose resource the core emptied.
 *
 * Context: may sleep.
 * Return: flags, 0 for an I/O BAR.
 */
unsigned long pfb_bar_flags_now(struct pci_dev *pdev, unsigned int bar);

/**
 * pfb_bar_size_now() - the size of a BAR, by its register alone
 * @pdev: the function; memory decode is off
 * @bar: PCI resource index, a standard memory BAR
 * @flags: its resource flags
 *
 * The register is written and put back.
 *
 * Context: may sleep.
 * Return: bytes, 0 when there is no such BAR.
 */
u64 pfb_bar_size_now(struct pci_dev *pdev, unsigned int bar, unsigned long flags);

#endif /* PFB_REGISTERS_H */
