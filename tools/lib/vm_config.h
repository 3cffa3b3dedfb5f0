/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A VM as somebody configured it: what the readers of QEMU's command line and of
 * libvirt's XML make of their input, in QEMU's terms. An option is what follows
 * a dash there ("device", "machine"), with its properties; readers of other
 * formats write what QEMU would have been told.
 *
 *	device	driver, id, bus, addr, ...	machine	type, ...
 *	cpu	model, features			accel	accel
 *	object	qom-type, id, ...		memory	size, maxmem
 *	global	driver, property, value		fw_cfg	name, file, string
 *	drive	as it stands			nodefaults
 *	append, kernel, bios, dtb: value	unread	value, why
 *
 * A device's property "pfb-role" is a reader's own: "client" where the format
 * says that it is to reach others.
 */
#ifndef PFB_LIB_VM_CONFIG_H
#define PFB_LIB_VM_CONFIG_H

#include <pci_fixed_bars/error.h>
#include <pci_fixed_bars/types.h>

#define PFB_VM_CONFIG_SIZE_MAX	(1U << 20)	/* bytes of text that a reader takes */
#define PFB_VM_OPTIONS_MAX	4096		/* options of one VM */

/**
 * struct pfb_vm_prop - a property
 * @key: its name
 * @value: its value; "on" for one that has none, "off" for one with "no" before it
 */
struct pfb_vm_prop {
	const char *key;
	const char *value;
};

/**
 * struct pfb_vm_option - an option with its properties
 * @name: what it is, such as "device"
 * @argument: place among the arguments, from 1; 0 when it stands in none
 * @line: line of the text, from 1; 0 when there are no lines
 * @first: its first property, an index in struct pfb_vm_config.props
 * @nr: how many properties it has
 */
struct pfb_vm_option {
	const char *name;
	u32 argument;
	u32 line;
	u32 first;
	u32 nr;
};

struct pfb_vm_text;

/**
 * struct pfb_vm_config - a VM's configuration
 * @format: what it was read from, such as "command line"
 * @program: the program's name without its folder; "" when not known
 * @options: in the order of the input
 * @nr: used entries of @options
 * @room: allocated entries of @options
 * @props: properties of all options
 * @nr_props: used entries of @props
 * @room_props: allocated entries of @props
 * @texts: memory of the strings
 */
struct pfb_vm_config {
	const char *format;
	const char *program;
	struct pfb_vm_option *options;
	u32 nr;
	u32 room;
	struct pfb_vm_prop *props;
	u32 nr_props;
	u32 room_props;
	struct pfb_vm_text *texts;
};

/**
 * pfb_vm_config_keep() - copy a string into the configuration
 * @config: the configuration
 * @text: the string; need not end in a NUL
 * @len: its bytes
 *
 * Control characters become '?', so that what is quoted in a message stays one
 * line and changes no terminal.
 *
 * Return: the copy, valid until pfb_vm_config_free(); NULL without memory.
 */
const char *pfb_vm_config_keep(struct pfb_vm_config *config, const char *text, size_t len);

/**
 * pfb_vm_config_add() - begin an option; what properties are added next are its own
 * @config: the configuration
 * @name: its name, a constant string
 * @argument: its place among the arguments, or 0
 * @line: its line, or 0
 * @err: receives what is wrong
 *
 * Return: 0, -E2BIG past %PFB_VM_OPTIONS_MAX, -ENOMEM.
 */
int pfb_vm_config_add(struct pfb_vm_config *config, const char *name, u32 argument, u32 line,
		      struct pfb_error *err);

/**
 * pfb_vm_config_prop() - add a property to the option that was begun last
 * @config: the configuration, with an option
 * @key: its name
 * @key_len: bytes of @key
 * @value: its value
 * @value_len: bytes of @value
 * @err: receives what is wrong
 *
 * Return: 0 or -ENOMEM.
 */
int pfb_vm_config_prop(struct pfb_vm_config *config, const char *key, size_t key_len,
		       const char *value, size_t value_len, struct pfb_error *err);

/**
 * pfb_vm_config_free() - give back its memory
 * @config: the configuration; may be all zero
 */
void pfb_vm_config_free(struct pfb_vm_config *config);

/**
 * pfb_vm_option_get() - a property of an option
 * @config: the configuration
 * @option: the option
 * @key: the property's name; "-" and "_" are the same
 *
 * Return: its value, the last one when it stands twice; NULL when it is not there.
 */
const char *pfb_vm_option_get(const struct pfb_vm_config *config,
			      const struct pfb_vm_option *option, const char *key);

/**
 * pfb_vm_config_get() - a property of all options of a name together
 * @config: the configuration
 * @name: the options' name
 * @key: the property's name
 * @option: receives the option that it stands in; may be NULL
 *
 * Return: its value, the last one when it stands several times, or NULL.
 */
const char *pfb_vm_config_get(const struct pfb_vm_config *config, const char *name,
			      const char *key, const struct pfb_vm_option **option);

/**
 * pfb_vm_config_global() - what -global sets
 * @config: the configuration
 * @driver: the driver
 * @property: the property
 * @option: receives the option; may be NULL
 *
 * Return: the value, or NULL.
 */
const char *pfb_vm_config_global(const struct pfb_vm_config *config, const char *driver,
				 const char *property, const struct pfb_vm_option **option);

/**
 * pfb_vm_is_on() - is a boolean on
 * @value: the value as QEMU takes it, or NULL
 * @otherwise: what NULL and any other text means
 *
 * Return: whether it is.
 */
bool pfb_vm_is_on(const char *value, bool otherwise);

/**
 * pfb_vm_size() - read a size
 * @value: as QEMU takes it: decimal or 0x-hexadecimal, B, K, M, G, T, P or E behind it
 * @unit: bytes of one when there is no letter
 * @size: receives the bytes
 *
 * Return: false when it is no size, or does not fit in 64 bits.
 */
bool pfb_vm_size(const char *value, u64 unit, u64 *size);

#endif /* PFB_LIB_VM_CONFIG_H */
