// SPDX-License-Identifier: GPL-2.0
/*
 * jsonq - read one value out of a JSON text, strictly
 *
 *	jsonq FILE [QUERY]
 *	jsonq -l FILE
 *
 * Without QUERY it only says whether FILE (- for standard input) is JSON by
 * RFC 8259. QUERY is a chain of keys and indices:
 *
 *	functions[bdf=0000:03:00.0].bars[0].state
 *	results[direction=read&bytes=4096].p2p
 *	results#			(number of elements)
 *	functions[*].bdf		(one line each)
 *
 * -l prints every value on a line of its own, "functions[0].bars[2].size=0x1000",
 * in the text's order.
 *
 * Exit: 0 found, 1 not there, 2 usage, 3 not JSON. A guest has no jq, and a
 * test must notice JSON that only a lenient reader would take.
 */
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX	64
#define TEXT_MAX	(8U << 20)
#define NAME_MAX_LEN	1024

enum type { OBJECT, ARRAY, STRING, OTHER };

struct node {
	enum type type;
	char *key;		/* in an object */
	char *text;		/* STRING: unescaped; OTHER: number or word as written */
	struct node *child;
	struct node *next;
};

static const char *start, *at;

static void __attribute__((noreturn)) bad(const char *what)
{
	fprintf(stderr, "jsonq: not JSON: %s at offset %td\n", what, at - start);
	exit(3);
}

static void *must(void *memory)
{
	if (!memory) {
		fputs("jsonq: out of memory\n", stderr);
		exit(3);
	}
	return memory;
}

static void skip_space(void)
{
	while (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r')
		at++;
}

static char *parse_string(void)
{
	char *text = must(malloc(strlen(at) + 1));
	size_t len = 0;

	if (*at != '"')
		bad("a string must start with a quote");
	for (at++; *at != '"'; at++) {
		unsigned int code;

		if ((unsigned char)*at < 0x20)
			bad("a control character in a string");
		if (*at != '\\') {
			text[len++] = *at;
			continue;
		}
		at++;
		switch (*at) {
		case '"':
		case '\\':
		case '/':
			text[len++] = *at;
			break;
		case 'b':
		case 'f':
		case 'n':
		case 'r':
		case 't':
			text[len++] = ' ';
			break;
		case 'u':
			for (int i = 1; i <= 4; i++)
				if (!isxdigit((unsigned char)at[i]))
					bad("\\u needs four hexadecimal digits");
			if (sscanf(at + 1, "%4x", &code) != 1)
				bad("\\u needs four hexadecimal digits");
			text[len++] = code < 0x80 && code ? (char)code : '?';
			at += 4;
			break;
		default:
			bad("an unknown escape");
		}
	}
	at++;
	text[len] = '\0';
	return text;
}

static void digits(void)
{
	if (!isdigit((unsigned char)*at))
		bad("a digit is missing");
	while (isdigit((unsigned char)*at))
		at++;
}

static char *parse_scalar(void)
{
	static const char * const words[] = { "true", "false", "null" };
	const char *from = at;
	char *text;
	size_t len;

	for (size_t i = 0; i < 3; i++) {
		len = strlen(words[i]);
		if (!strncmp(at, words[i], len)) {
			at += len;
			goto out;
		}
	}
	if (*at == '-')
		at++;
	if (*at == '0')
		at++;
	else
		digits();
	if (*at == '.') {
		at++;
		digits();
	}
	if (*at == 'e' || *at == 'E') {
		at++;
		if (*at == '+' || *at == '-')
			at++;
		digits();
	}
out:
	len = (size_t)(at - from);
	text = must(malloc(len + 1));
	memcpy(text, from, len);
	text[len] = '\0';
	return text;
}

static struct node *parse_value(unsigned int depth)
{
	struct node *node = must(calloc(1, sizeof(*node)));
	struct node **tail = &node->child;
	char close;

	if (depth > DEPTH_MAX)
		bad("too deep");
	skip_space();
	if (*at == '"') {
		node->type = STRING;
		node->text = parse_string();
		return node;
	}
	if (*at != '{' && *at != '[') {
		node->type = OTHER;
		node->text = parse_scalar();
		return node;
	}

	node->type = *at == '{' ? OBJECT : ARRAY;
	close = *at == '{' ? '}' : ']';
	at++;
	skip_space();
	if (*at == close) {
		at++;
		return node;
	}
	for (;;) {
		char *key = NULL;

		skip_space();
		if (node->type == OBJECT) {
			key = parse_string();
			for (struct node *other = node->child; other; other = other->next)
				if (!strcmp(other->key, key))
					bad("a key twice in one object");
			skip_space();
			if (*at++ != ':')
				bad("':' is missing after a key");
		}
		*tail = parse_value(depth + 1);
		(*tail)->key = key;
		tail = &(*tail)->next;
		skip_space();
		if (*at == ',') {
			at++;
			continue;
		}
		if (*at++ != close)
			bad("',' or a closing bracket is missing");
		return node;
	}
}

static void print_node(const struct node *node)
{
	const struct node *child;

	switch (node->type) {
	case STRING:
	case OTHER:
		puts(node->text);
		break;
	case OBJECT:
		for (child = node->child; child; child = child->next)
			puts(child->key);
		break;
	case ARRAY:
		for (child = node->child; child; child = child->next)
			print_node(child);
		break;
	}
}

static bool has(const struct node *element, const char *key, size_t key_len,
		const char *value, size_t value_len)
{
	const struct node *child;

	for (child = element->child; child; child = child->next)
		if (child->key && strlen(child->key) == key_len &&
		    !strncmp(child->key, key, key_len) && child->text &&
		    strlen(child->text) == value_len && !strncmp(child->text, value, value_len))
			return true;
	return false;
}

/* Conditions KEY=VALUE, joined by '&', that end at @close. */
static bool matches(const struct node *element, const char *text, const char *close)
{
	while (text < close) {
		size_t key_len = strcspn(text, "=");
		const char *value = text + key_len + 1;
		size_t value_len;

		if (value > close)
			return false;
		value_len = strcspn(value, "&]");
		if (!has(element, text, key_len, value, value_len))
			return false;
		text = value + value_len + 1;
	}
	return true;
}

static bool query(const struct node *node, const char *text);

static bool query_index(const struct node *node, const char *text)
{
	const char *close = strchr(text, ']');
	const char *equal = strchr(text, '=');
	const struct node *child;
	bool found = false;
	long index;

	if (node->type != ARRAY || !close)
		return false;
	if (*text == '*' || (equal && equal < close)) {
		for (child = node->child; child; child = child->next)
			if (*text == '*' || matches(child, text, close))
				found |= query(child, close + 1);
		return found;
	}
	index = strtol(text, NULL, 10);
	for (child = node->child; child && index > 0; child = child->next)
		index--;
	return child && !index && query(child, close + 1);
}

static bool query(const struct node *node, const char *text)
{
	const struct node *child;
	size_t len;

	if (*text == '.')
		text++;
	if (!*text) {
		print_node(node);
		return true;
	}
	if (!strcmp(text, "#")) {
		size_t count = 0;

		for (child = node->child; child; child = child->next)
			count++;
		printf("%zu\n", count);
		return true;
	}
	if (*text == '[')
		return query_index(node, text + 1);
	len = strcspn(text, ".[#");
	if (node->type == OBJECT)
		for (child = node->child; child; child = child->next)
			if (strlen(child->key) == len && !strncmp(child->key, text, len))
				return query(child, text + len);
	return false;
}

/* @name has @len bytes so far, and room for as deep as a text may be. */
static void print_leaves(const struct node *node, char *name, size_t len)
{
	const struct node *child;
	size_t nr = 0;

	if (node->type == STRING || node->type == OTHER) {
		printf("%s=%s\n", name, node->text);
		return;
	}
	for (child = node->child; child; child = child->next, nr++) {
		int more;

		if (node->type == ARRAY)
			more = snprintf(name + len, NAME_MAX_LEN - len, "[%zu]", nr);
		else
			more = snprintf(name + len, NAME_MAX_LEN - len, "%s%s", len ? "." : "",
					child->key);
		if (more < 0 || (size_t)more >= NAME_MAX_LEN - len) {
			fputs("jsonq: a name is too long\n", stderr);
			exit(3);
		}
		print_leaves(child, name, len + (size_t)more);
	}
	name[len] = '\0';
}

int main(int argc, char **argv)
{
	char *text = must(malloc(TEXT_MAX + 1));
	bool leaves = argc == 3 && !strcmp(argv[1], "-l");
	char name[NAME_MAX_LEN] = "";
	struct node *root;
	size_t len;
	FILE *file;

	if (argc < 2 || argc > 3) {
		fputs("usage: jsonq FILE [QUERY] | jsonq -l FILE\n", stderr);
		return 2;
	}
	if (leaves) {
		argv++;
		argc--;
	}
	file = strcmp(argv[1], "-") ? fopen(argv[1], "r") : stdin;
	if (!file) {
		perror(argv[1]);
		return 2;
	}
	len = fread(text, 1, TEXT_MAX, file);
	text[len] = '\0';
	start = text;
	at = text;
	root = parse_value(0);
	skip_space();
	if (at != text + len)
		bad("something follows the value");
	if (leaves) {
		print_leaves(root, name, 0);
		return 0;
	}
	return argc == 2 || query(root, argv[2]) ? 0 : 1;
}
