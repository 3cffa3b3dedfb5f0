// SPDX-License-Identifier: GPL-2.0
#include "lib/json_fields.h"

void pfb_json_text(struct json_object *obj, const char *key, const char *text)
{
	json_object_object_add(obj, key, text && *text ? json_object_new_string(text) : NULL);
}

void pfb_json_hex(struct json_object *obj, const char *key, u64 value)
{
	char text[24];

	snprintf(text, sizeof(text), "0x%llx", (unsigned long long)value);
	json_object_object_add(obj, key, json_object_new_string(text));
}

void pfb_json_number(struct json_object *obj, const char *key, long long value)
{
	json_object_object_add(obj, key, json_object_new_int64(value));
}

void pfb_json_bool(struct json_object *obj, const char *key, bool value)
{
	json_object_object_add(obj, key, json_object_new_boolean(value));
}

int pfb_json_print(struct json_object *obj)
{
	const char *text = json_object_to_json_string_ext(obj, JSON_C_TO_STRING_PRETTY |
							  JSON_C_TO_STRING_SPACED |
							  JSON_C_TO_STRING_NOSLASHESCAPE);
	int ret = 0;

	if (text)
		printf("%s\n", text);
	else
		ret = -ENOMEM;
	json_object_put(obj);
	return ret;
}
