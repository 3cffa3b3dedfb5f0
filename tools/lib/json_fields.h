/* SPDX-License-Identifier: GPL-2.0 */
/* JSON as all commands print it. */
#ifndef PFB_LIB_JSON_FIELDS_H
#define PFB_LIB_JSON_FIELDS_H

#include <json-c/json.h>

#include <pci_fixed_bars/types.h>

/**
 * pfb_json_text() - add a string
 * @obj: the object
 * @key: its name
 * @text: the string; NULL or empty becomes null
 */
void pfb_json_text(struct json_object *obj, const char *key, const char *text);

/**
 * pfb_json_hex() - add an address or size
 * @obj: the object
 * @key: its name
 * @value: written as a string "0x...": JSON's numbers end at 2^53 in many readers
 */
void pfb_json_hex(struct json_object *obj, const char *key, u64 value);

/**
 * pfb_json_number() - add a number
 * @obj: the object
 * @key: its name
 * @value: the number
 */
void pfb_json_number(struct json_object *obj, const char *key, long long value);

/**
 * pfb_json_bool() - add a truth value
 * @obj: the object
 * @key: its name
 * @value: the value
 */
void pfb_json_bool(struct json_object *obj, const char *key, bool value);

/**
 * pfb_json_print() - print to standard output, and release
 * @obj: the object
 *
 * Return: 0, or -ENOMEM when json-c had no memory for the text.
 */
int pfb_json_print(struct json_object *obj);

#endif /* PFB_LIB_JSON_FIELDS_H */
