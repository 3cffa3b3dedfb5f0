/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where facts come from. Each source is a file source_*.c with one reader;
 * none trusts its input, none knows of another.
 */
#ifndef PFB_SOURCES_H
#define PFB_SOURCES_H

#include <linux/errno.h>

#include <pci_fixed_bars/declaration.h>

struct device;
struct pci_bus;

/**
 * struct pfb_source_read - what a reader gets, and gives back
 * @source: which source is read
 * @declare: a pfb_declare_fn for what the source declares
 * @ctx: to be handed to @declare
 * @preserve: say that firmware asked to keep what is behind a root bus as it is
 * @message: the source's one line for reports: what was found, or what is
 *	wrong and the fix
 *
 * What a reader hands over is held back until it returns: only when it
 * returns 0 does any of it apply.
 */
struct pfb_source_read {
	enum pfb_source source;
	pfb_declare_fn declare;
	void *ctx;
	int (*preserve)(struct pfb_source_read *read, struct pci_bus *root);
	struct pfb_error message;
};

/* The message of a source that was read well. */
#define pfb_source_say(read, ...) pfb_fail(&(read)->message, 0, __VA_ARGS__)

/**
 * pfb_sources_read() - read every source, and hand what is good to the registry
 *
 * Context: may sleep. The caller holds pci_lock_rescan_remove().
 * Return: 0 whatever the sources say, -ENOMEM when none could be read.
 */
int pfb_sources_read(void);

/**
 * pfb_sources_load() - take a manifest as the source ``ioctl``
 * @data: the manifest
 * @size: bytes; 0: that source declares nothing from now on
 * @nr_functions: receives how many functions it declares
 * @message: receives what was taken, or what is wrong with it
 *
 * Takes the place of what the source declared before. What is wrong changes
 * nothing.
 *
 * Context: may sleep. Takes pci_lock_rescan_remove() and the registry's locks.
 * Return: 0, what pfb_manifest_parse() says, or -ENOMEM.
 */
int pfb_sources_load(const void *data, size_t size, unsigned int *nr_functions,
		     struct pfb_error *message);

/**
 * pfb_sources_forget() - forget what sources declared
 *
 * Context: may sleep. No pfb_sources_load() can run any more.
 */
void pfb_sources_forget(void);

/*
 * Readers return 0 (found and good), -ENOENT (the source is not there, which
 * is normal), -EOPNOTSUPP (it is there, and says nothing that can be used) or
 * another negative errno (it is broken). Each may sleep; the caller holds no
 * lock but pci_lock_rescan_remove().
 */
int pfb_source_of_read(struct pfb_source_read *read);
void pfb_source_fw_cfg_prepare(void);
int pfb_source_fw_cfg_fixed_bars_read(struct pfb_source_read *read);
int pfb_source_fw_cfg_manifest_read(struct pfb_source_read *read);
int pfb_source_firmware_read(struct pfb_source_read *read);
int pfb_source_param_read(struct pfb_source_read *read);

#ifdef CONFIG_ACPI
int pfb_source_acpi_read(struct pfb_source_read *read);
#else
static inline int pfb_source_acpi_read(struct pfb_source_read *read)
{
	return pfb_fail(&read->message, -ENOENT, "this kernel is built without ACPI");
}
#endif

#endif /* PFB_SOURCES_H */
