// SPDX-License-Identifier: GPL-2.0
#include <ctype.h>
#include <stdlib.h>
#include <strings.h>

#include "lib/vm_config.h"

#define TEXT_CHUNK	16384

struct pfb_vm_text {
	struct pfb_vm_text *next;
	size_t used;
	size_t room;
	char bytes[];
};

const char *pfb_vm_config_keep(struct pfb_vm_config *config, const char *text, size_t len)
{
	struct pfb_vm_text *chunk = config->texts;
	char *copy;
	size_t i;

	if (!chunk || chunk->room - chunk->used <= len) {
		size_t room = len + 1 > TEXT_CHUNK ? len + 1 : TEXT_CHUNK;

		chunk = malloc(sizeof(*chunk) + room);
		if (!chunk)
			return NULL;
		chunk->used = 0;
		chunk->room = room;
		chunk->next = config->texts;
		config->texts = chunk;
	}
	copy = chunk->bytes + chunk->used;
	for (i = 0; i < len; i++)
		copy[i] = (u8)text[i] < 0x20 || text[i] == 0x7f ? '?' : text[i];
	copy[len] = '\0';
	chunk->used += len + 1;
	return copy;
}

static int out_of_memory(struct pfb_error *err)
{
	return pfb_fail(err, -ENOMEM, "out of memory");
}

int pfb_vm_config_add(struct pfb_vm_config *config, const char *name, u32 argument, u32 line,
		      struct pfb_error *err)
{
	if (config->nr == PFB_VM_OPTIONS_MAX)
		return pfb_fail(err, -E2BIG, "more than %u options: this is no VM's configuration",
				PFB_VM_OPTIONS_MAX);
	if (config->nr == config->room) {
		u32 room = config->room ? config->room * 2 : 64;
		struct pfb_vm_option *bigger = reallocarray(config->options, room, sizeof(*bigger));

		if (!bigger)
			return out_of_memory(err);
		config->options = bigger;
		config->room = room;
	}
	config->options[config->nr++] = (struct pfb_vm_option){
		.name = name, .argument = argument, .line = line, .first = config->nr_props,
	};
	return 0;
}

int pfb_vm_config_prop(struct pfb_vm_config *config, const char *key, size_t key_len,
		       const char *value, size_t value_len, struct pfb_error *err)
{
	struct pfb_vm_prop *prop;

	if (config->nr_props == config->room_props) {
		u32 room = config->room_props ? config->room_props * 2 : 256;
		struct pfb_vm_prop *bigger = reallocarray(config->props, room, sizeof(*bigger));

		if (!bigger)
			return out_of_memory(err);
		config->props = bigger;
		config->room_props = room;
	}
	prop = &config->props[config->nr_props];
	prop->key = pfb_vm_config_keep(config, key, key_len);
	prop->value = pfb_vm_config_keep(config, value, value_len);
	if (!prop->key || !prop->value)
		return out_of_memory(err);
	config->nr_props++;
	config->options[config->nr - 1].nr++;
	return 0;
}

void pfb_vm_config_free(struct pfb_vm_config *config)
{
	while (config->texts) {
		struct pfb_vm_text *next = config->texts->next;

		free(config->texts);
		config->texts = next;
	}
	free(config->options);
	free(config->props);
	memset(config, 0, sizeof(*config));
}

static bool same_key(const char *a, const char *b)
{
	for (; *a && *b; a++, b++)
		if (*a != *b && !((*a == '-' || *a == '_') && (*b == '-' || *b == '_')))
			return false;
	return *a == *b;
}

const char *pfb_vm_option_get(const struct pfb_vm_config *config,
			      const struct pfb_vm_option *option, const char *key)
{
	u32 i;

	for (i = option->nr; i--; )
		if (same_key(config->props[option->first + i].key, key))
			return config->props[option->first + i].value;
	return NULL;
}

const char *pfb_vm_config_get(const struct pfb_vm_config *config, const char *name,
			      const char *key, const struct pfb_vm_option **option)
{
	const char *value;
	u32 i;

	for (i = config->nr; i--; ) {
		if (strcmp(config->options[i].name, name))
			continue;
		value = pfb_vm_option_get(config, &config->options[i], key);
		if (!value)
			continue;
		if (option)
			*option = &config->options[i];
		return value;
	}
	return NULL;
}

const char *pfb_vm_config_global(const struct pfb_vm_config *config, const char *driver,
				 const char *property, const struct pfb_vm_option **option)
{
	u32 i;

	for (i = config->nr; i--; ) {
		const struct pfb_vm_option *o = &config->options[i];
		const char *d, *p;

		if (strcmp(o->name, "global"))
			continue;
		d = pfb_vm_option_get(config, o, "driver");
		p = pfb_vm_option_get(config, o, "property");
		if (!d || !p || strcmp(d, driver) || !same_key(p, property))
			continue;
		if (option)
			*option = o;
		return pfb_vm_option_get(config, o, "value");
	}
	return NULL;
}

bool pfb_vm_is_on(const char *value, bool otherwise)
{
	static const char *const on[] = { "on", "yes", "true", "y" };
	static const char *const off[] = { "off", "no", "false", "n" };
	size_t i;

	for (i = 0; value && i < ARRAY_SIZE(on); i++) {
		if (!strcasecmp(value, on[i]))
			return true;
		if (!strcasecmp(value, off[i]))
			return false;
	}
	return otherwise;
}

bool pfb_vm_size(const char *value, u64 unit, u64 *size)
{
	static const char letters[] = "BKMGTPE";
	const char *letter;
	char *end;
	u64 n;

	if (!value || !isdigit((unsigned char)*value))
		return false;
	errno = 0;
	n = strtoull(value, &end, value[0] == '0' && (value[1] | 0x20) == 'x' ? 16 : 10);
	if (errno || (value[0] == '0' && (value[1] | 0x20) == 'x' && end == value + 1))
		return false;
	if (*end) {
		letter = strchr(letters, toupper((unsigned char)*end));
		if (!letter || end[1])
			return false;
		unit = 1ULL << 10 * (letter - letters);
	}
	return !check_mul_overflow(n, unit, size);
}
