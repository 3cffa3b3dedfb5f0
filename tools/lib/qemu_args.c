// SPDX-License-Identifier: GPL-2.0
#include <json-c/json.h>
#include <stdlib.h>

#include "lib/qemu_args.h"

#define JSON_DEPTH_MAX	16	/* of a -device in JSON; QEMU's have one */

struct word {
	const char *text;
	u32 line;
};

struct reader {
	struct pfb_vm_config *config;
	const char *text;
	size_t len;
	size_t pos;
	u32 line;
	char *out;		/* the words, each with a NUL; no longer than the text */
	size_t used;
	struct word *words;
	u32 nr;
	u32 room;
	const char *variable;	/* the first thing that a shell would have expanded */
	u32 variable_line;
	struct pfb_error *err;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* What ends a word, and a command, where it is not quoted. */
static bool is_operator(char c)
{
	return c == ';' || c == '&' || c == '|' || c == '<' || c == '>' || c == '(' || c == ')';
}

static int add_word(struct reader *r, size_t start, u32 line)
{
	r->out[r->used++] = '\0';
	if (r->nr == r->room) {
		u32 room = r->room ? r->room * 2 : 256;
		struct word *bigger = reallocarray(r->words, room, sizeof(*bigger));

		if (!bigger)
			return pfb_fail(r->err, -ENOMEM, "out of memory");
		r->words = bigger;
		r->room = room;
	}
	r->words[r->nr++] = (struct word){ r->out + start, line };
	return 0;
}

static void put(struct reader *r, char c)
{
	r->out[r->used++] = c;
}

static void expansion(struct reader *r, size_t pos)
{
	if (!r->variable) {
		r->variable = r->text + pos;
		r->variable_line = r->line;
	}
}

/* Past the quote that closes; the text between goes to the word. */
static int read_quoted(struct reader *r, char quote)
{
	u32 line = r->line;

	for (r->pos++; r->pos < r->len; r->pos++) {
		char c = r->text[r->pos];

		if (c == quote) {
			r->pos++;
			return 0;
		}
		if (c == '\n')
			r->line++;
		if (quote == '"' && c == '\\' && r->pos + 1 < r->len) {
			char next = r->text[r->pos + 1];

			if (next == '\n') {
				r->line++;
				r->pos++;
				continue;
			}
			if (next == '"' || next == '\\' || next == '$' || next == '`') {
				put(r, next);
				r->pos++;
				continue;
			}
		}
		if (quote == '"' && (c == '$' || c == '`'))
			expansion(r, r->pos);
		put(r, c);
	}
	return pfb_fail(r->err, -EINVAL,
			"line %u: a %s is not closed: close it, or escape it with a backslash",
			line, quote == '"' ? "double quote" : "single quote");
}

static bool at_continuation(const struct reader *r)
{
	size_t next = r->pos + 1;

	if (r->text[r->pos] != '\\')
		return false;
	if (next < r->len && r->text[next] == '\r')
		next++;
	return next < r->len && r->text[next] == '\n';
}

static void skip_continuation(struct reader *r)
{
	while (r->text[r->pos] != '\n')
		r->pos++;
	r->pos++;
	r->line++;
}

/* One word of a shell, from a character that begins one. */
static int read_word(struct reader *r)
{
	size_t start = r->used;
	u32 line = r->line;
	int ret;

	while (r->pos < r->len) {
		char c = r->text[r->pos];

		if (c == '\n' || is_blank(c) || is_operator(c))
			break;
		if (at_continuation(r)) {
			skip_continuation(r);
			continue;
		}
		if (c == '\\') {
			r->pos++;
			if (r->pos < r->len)
				put(r, r->text[r->pos++]);
			continue;
		}
		if (c == '\'' || c == '"') {
			ret = read_quoted(r, c);
			if (ret)
				return ret;
			continue;
		}
		if (c == '$' || c == '`')
			expansion(r, r->pos);
		put(r, c);
		r->pos++;
	}
	return add_word(r, start, line);
}

static void skip_comment(struct reader *r)
{
	while (r->pos < r->len && r->text[r->pos] != '\n')
		r->pos++;
}

/* Is this the name of QEMU? Distributions have qemu-system-x86_64, qemu-kvm, kvm. */
static const char *program_name(const char *word)
{
	const char *base = strrchr(word, '/');

	base = base ? base + 1 : word;
	if (!strncmp(base, "qemu-system-", 12) || !strcmp(base, "qemu-kvm") || !strcmp(base, "kvm"))
		return base;
	return NULL;
}

/* By its name, or, where that is in a variable, by what only it is told. */
static bool is_qemu(const struct reader *r, u32 from)
{
	u32 i;

	for (i = from; i < r->nr; i++)
		if (program_name(r->words[i].text) || !strcmp(r->words[i].text, "-device") ||
		    !strcmp(r->words[i].text, "-machine") || !strcmp(r->words[i].text, "-M"))
			return true;
	return false;
}

/* A shell's text: words until the command that has QEMU in it ends. */
static int read_shell(struct reader *r)
{
	u32 command = 0;	/* first word of the command */
	int ret;

	while (r->pos < r->len) {
		char c = r->text[r->pos];

		if (is_blank(c)) {
			r->pos++;
		} else if (at_continuation(r)) {
			skip_continuation(r);
		} else if (c == '#') {
			skip_comment(r);
		} else if (c == '<' || c == '>') {
			/* a redirection, "2>&1" too: what it goes to is no argument */
			while (r->pos < r->len &&
			       (is_operator(r->text[r->pos]) || is_blank(r->text[r->pos])))
				r->pos++;
			if (r->pos < r->len && r->text[r->pos] != '\n' && !at_continuation(r)) {
				ret = read_word(r);
				if (ret)
					return ret;
				r->nr--;
			}
		} else if (c == '\n' || is_operator(c)) {
			if (is_qemu(r, command))
				break;
			/* a script's other commands, unless it is all arguments */
			if (r->nr > command && r->words[command].text[0] != '-')
				r->nr = command;
			command = r->nr;
			r->line += c == '\n';
			r->pos++;
		} else {
			ret = read_word(r);
			if (ret)
				return ret;
		}
	}
	return 0;
}

/* What stands on one line is one word, or an option and one word. */
static int read_lines(struct reader *r)
{
	while (r->pos < r->len) {
		u32 first = r->nr, i, keep;
		char c = r->text[r->pos];
		int ret;

		if (is_blank(c)) {
			r->pos++;
			continue;
		}
		if (c == '\n') {
			r->line++;
			r->pos++;
			continue;
		}
		if (c == '#') {
			skip_comment(r);
			continue;
		}
		while (r->pos < r->len && r->text[r->pos] != '\n') {
			if (is_blank(r->text[r->pos])) {
				r->pos++;
				continue;
			}
			if (is_operator(r->text[r->pos])) {
				/* no shell reads this: it is text */
				put(r, r->text[r->pos++]);
				ret = add_word(r, r->used - 1, r->line);
			} else {
				ret = read_word(r);
			}
			if (ret)
				return ret;
		}
		/* Words are behind each other in memory: a blank for the NUL joins them. */
		keep = r->words[first].text[0] == '-' ? 2 : 1;
		for (i = first + keep; i < r->nr; i++)
			((char *)r->words[i].text)[-1] = ' ';
		if (r->nr > first + keep)
			r->nr = first + keep;
	}
	return 0;
}

static int read_cmdline(struct reader *r)
{
	size_t start = r->used;
	int ret;

	for (; r->pos < r->len; r->pos++) {
		if (r->text[r->pos]) {
			put(r, r->text[r->pos]);
			continue;
		}
		ret = add_word(r, start, 0);
		if (ret)
			return ret;
		start = r->used;
	}
	return r->used > start ? add_word(r, start, 0) : 0;
}

static bool has_continuation(const struct reader *r)
{
	size_t i;

	for (i = 0; i + 1 < r->len; i++)
		if (r->text[i] == '\\' && (r->text[i + 1] == '\n' || r->text[i + 1] == '\r'))
			return true;
	return false;
}

static unsigned int full_lines(const struct reader *r)
{
	bool full = false, begins = true;
	unsigned int nr = 0;
	size_t i;

	for (i = 0; i < r->len; i++) {
		char c = r->text[i];

		if (c == '\n') {
			nr += full;
			full = false;
			begins = true;
		} else if (!is_blank(c)) {
			if (!begins || c != '#')
				full = true;
			else
				while (i + 1 < r->len && r->text[i + 1] != '\n')
					i++;
			begins = false;
		}
	}
	return nr + full;
}

/* --- options ----------------------------------------------------------------------- */

enum value { NONE, PROPS, WHOLE, GLOBAL };

static const struct known {
	const char *option;	/* as it is written, without the dash */
	const char *name;	/* as it is kept */
	enum value value;
	const char *implied;	/* the property that needs no name */
} known[] = {
	{ "device", "device", PROPS, "driver" },
	{ "object", "object", PROPS, "qom-type" },
	{ "machine", "machine", PROPS, "type" },
	{ "M", "machine", PROPS, "type" },
	{ "cpu", "cpu", PROPS, "model" },
	{ "m", "memory", PROPS, "size" },
	{ "accel", "accel", PROPS, "accel" },
	{ "enable-kvm", "accel", NONE, NULL },
	{ "fw_cfg", "fw_cfg", PROPS, "name" },
	{ "drive", "drive", PROPS, NULL },
	{ "global", "global", GLOBAL, NULL },
	{ "append", "append", WHOLE, NULL },
	{ "kernel", "kernel", WHOLE, NULL },
	{ "bios", "bios", WHOLE, NULL },
	{ "pflash", "bios", WHOLE, NULL },
	{ "dtb", "dtb", WHOLE, NULL },
	{ "nodefaults", "nodefaults", NONE, NULL },
	{ "readconfig", "readconfig", WHOLE, NULL },
	{ "set", "set", WHOLE, NULL },
};

static int add_json(struct pfb_vm_config *config, const char *text, struct pfb_error *err)
{
	struct json_tokener *tokener = json_tokener_new_ex(JSON_DEPTH_MAX);
	struct json_object *obj;
	int ret = 0;

	if (!tokener)
		return pfb_fail(err, -ENOMEM, "out of memory");
	obj = json_tokener_parse_ex(tokener, text, -1);
	if (!obj || !json_object_is_type(obj, json_type_object)) {
		ret = pfb_fail(err, -EINVAL, "expected a JSON object such as {\"driver\":\"pcie-root-port\"}, found something else: %s",
			       json_tokener_error_desc(json_tokener_get_error(tokener)));
		goto out;
	}
	{
		json_object_object_foreach(obj, key, member) {
			const char *value = json_object_get_string(member);

			value = value ? value : "";
			ret = pfb_vm_config_prop(config, key, strlen(key), value, strlen(value), err);
			if (ret)
				break;
		}
	}
out:
	json_object_put(obj);
	json_tokener_free(tokener);
	return ret;
}

/* "implied,key=value,key=a,,b,flag": a doubled comma is one of the value's. */
static int add_props(struct pfb_vm_config *config, const char *text, const char *implied,
		     struct pfb_error *err)
{
	char *part = malloc(strlen(text) + 1);
	bool first = true;
	int ret = 0;

	if (!part)
		return pfb_fail(err, -ENOMEM, "out of memory");
	while (*text && !ret) {
		size_t len = 0, key_len;
		char *equals;

		for (; *text && (*text != ',' || text[1] == ','); text++) {
			if (*text == ',')
				text++;
			part[len++] = *text;
		}
		if (*text)
			text++;
		part[len] = '\0';
		equals = strchr(part, '=');
		key_len = equals ? (size_t)(equals - part) : 0;
		if (equals)
			ret = pfb_vm_config_prop(config, part, key_len, equals + 1,
						 len - key_len - 1, err);
		else if (first && implied)
			ret = pfb_vm_config_prop(config, implied, strlen(implied), part, len, err);
		else if (part[0] == '+' || part[0] == '-')
			ret = pfb_vm_config_prop(config, part + 1, len - 1,
						 part[0] == '+' ? "on" : "off",
						 part[0] == '+' ? 2 : 3, err);
		else if (len)
			ret = pfb_vm_config_prop(config, part, len, "on", 2, err);
		first = false;
	}
	free(part);
	return ret;
}

/* "driver.property=value" */
static int add_global(struct pfb_vm_config *config, const char *text, struct pfb_error *err)
{
	const char *equals = strchr(text, '=');
	const char *dot = strchr(text, '.');
	int ret;

	if (!dot || !equals || dot > equals)
		return add_props(config, text, NULL, err);
	ret = pfb_vm_config_prop(config, "driver", 6, text, (size_t)(dot - text), err);
	if (!ret)
		ret = pfb_vm_config_prop(config, "property", 8, dot + 1,
					 (size_t)(equals - dot - 1), err);
	if (!ret)
		ret = pfb_vm_config_prop(config, "value", 5, equals + 1, strlen(equals + 1), err);
	return ret;
}

static int add_unread(struct pfb_vm_config *config, const char *value, size_t len, const char *why,
		      u32 argument, u32 line, struct pfb_error *err)
{
	int ret = pfb_vm_config_add(config, "unread", argument, line, err);

	if (!ret)
		ret = pfb_vm_config_prop(config, "value", 5, value, len, err);
	if (!ret)
		ret = pfb_vm_config_prop(config, "why", 3, why, strlen(why), err);
	return ret;
}

int pfb_qemu_args_option(struct pfb_vm_config *config, const char *name, const char *value,
			 u32 argument, u32 line, bool *takes, struct pfb_error *err)
{
	const struct known *k = NULL;
	struct pfb_error why = { "" };
	size_t i;
	int ret;

	name += name[0] == '-';
	name += name[0] == '-';
	for (i = 0; i < ARRAY_SIZE(known) && !k; i++)
		if (!strcmp(name, known[i].option))
			k = &known[i];
	if (!k) {
		/* of what concerns nobody here: a value does not begin with a dash */
		*takes = value && value[0] && (value[0] != '-' || !value[1]);
		return 0;
	}
	*takes = k->value != NONE;
	if (*takes && !value)
		return pfb_fail(err, -EINVAL, "argument %u: -%s wants a value, and nothing follows: the command line is cut",
				argument, k->option);
	if (*takes && !strcmp(k->name, "readconfig"))
		return add_unread(config, value, strlen(value),
				  "-readconfig names a file with more options", argument, line, err);
	if (*takes && !strcmp(k->name, "set"))
		return add_unread(config, value, strlen(value),
				  "-set changes another option afterwards", argument, line, err);
	ret = pfb_vm_config_add(config, k->name, argument, line, err);
	if (ret)
		return ret;
	if (k->value == NONE)
		ret = strcmp(k->name, "accel") ? 0 :
			pfb_vm_config_prop(config, "accel", 5, "kvm", 3, err);
	else if (k->value == WHOLE)
		ret = pfb_vm_config_prop(config, "value", 5, value, strlen(value), err);
	else if (k->value == GLOBAL)
		ret = add_global(config, value, err);
	else if (value[0] == '{')
		ret = add_json(config, value, &why);
	else
		ret = add_props(config, value, k->implied, err);
	if (ret && why.text[0])
		pfb_fail(err, ret, "%s %u: -%s: %s", line ? "line" : "argument",
			 line ? line : argument, k->option, why.text);
	return ret;
}

/* Is this word what the option before it says? "-accel kvm" does not run kvm. */
static bool is_value(const struct reader *r, u32 index)
{
	const char *option = index ? r->words[index - 1].text : "";
	size_t i;

	if (*option != '-')
		return false;
	option += strspn(option, "-");
	for (i = 0; i < ARRAY_SIZE(known); i++)
		if (known[i].value != NONE && !strcmp(option, known[i].option))
			return true;
	return false;
}

static int take_words(struct reader *r)
{
	u32 first = 0, i;
	int ret;

	for (i = 0; i < r->nr; i++) {
		const char *name = program_name(r->words[i].text);

		if (!name || is_value(r, i))
			continue;
		r->config->program = pfb_vm_config_keep(r->config, name, strlen(name));
		if (!r->config->program)
			return pfb_fail(r->err, -ENOMEM, "out of memory");
		first = i + 1;
		break;
	}
	if (!first && !is_qemu(r, 0))
		return pfb_fail(r->err, -EINVAL, "expected a command line of QEMU (qemu-system-..., or arguments with -machine or -device), or libvirt's XML; found neither");
	for (i = first; i < r->nr; i++) {
		const struct word *word = &r->words[i];
		bool takes = false;

		if (word->text[0] != '-')
			continue;
		ret = pfb_qemu_args_option(r->config, word->text,
					   i + 1 < r->nr ? r->words[i + 1].text : NULL,
					   i - first + 1, word->line, &takes, r->err);
		if (ret)
			return ret;
		i += takes;
	}
	return 0;
}

int pfb_qemu_args_parse(struct pfb_vm_config *config, const char *text, size_t len,
			struct pfb_error *err)
{
	struct reader r = { .config = config, .text = text, .len = len, .line = 1, .err = err };
	int ret;

	config->format = "command line";
	config->program = "";
	if (len > PFB_VM_CONFIG_SIZE_MAX)
		return pfb_fail(err, -E2BIG, "%zu bytes: at most %u are read", len,
				PFB_VM_CONFIG_SIZE_MAX);
	/* each word takes a NUL, and has at least a blank or a NUL behind it but the last */
	r.out = malloc(2 * len + 2);
	if (!r.out)
		return pfb_fail(err, -ENOMEM, "out of memory");
	if (memchr(text, '\0', len))
		ret = read_cmdline(&r);
	else if (has_continuation(&r) || full_lines(&r) < 2)
		ret = read_shell(&r);
	else
		ret = read_lines(&r);
	if (!ret)
		ret = take_words(&r);
	if (!ret && r.variable) {
		size_t rest = len - (size_t)(r.variable - text), nr = 1;

		while (nr < rest && nr < 40 && (u8)r.variable[nr] > ' ' && r.variable[nr] != ',' &&
		       r.variable[nr] != '"')
			nr++;
		ret = add_unread(config, r.variable, nr, "only the shell knows what it stands for",
				 0, r.variable_line, err);
	}
	free(r.words);
	free(r.out);
	return ret;
}
