// SPDX-License-Identifier: GPL-2.0
#include "lib/kernel_cmdline.h"

/*
 * The next word, without blanks around it; one that holds blanks is quoted as the
 * kernel quotes. Returns NULL at the end.
 */
static const char *next_word(const char **at, size_t *len)
{
	const char *word;
	bool quoted = false;

	*at += strspn(*at, " \t\n");
	word = *at;
	for (; **at && (quoted || !strchr(" \t\n", **at)); (*at)++) {
		if (**at == '"')
			quoted = !quoted;
	}
	*len = (size_t)(*at - word);
	return *len ? word : NULL;
}

bool pfb_cmdline_has(const char *cmdline, const char *word)
{
	const char *found;
	size_t len;

	while ((found = next_word(&cmdline, &len))) {
		if (len == strlen(word) && !memcmp(found, word, len))
			return true;
	}
	return false;
}

/* The next value of any "pci=", and what is left of that parameter from there on. */
struct values {
	const char *cmdline;
	const char *value;
	size_t len;
	size_t rest;
};

static bool next_value(struct values *v)
{
	const char *word;
	size_t len;

	if (v->value && v->rest > v->len) {
		v->value += v->len + 1;
		v->rest -= v->len + 1;
	} else {
		do {
			word = next_word(&v->cmdline, &len);
			if (!word)
				return false;
		} while (len < 4 || memcmp(word, "pci=", 4));
		v->value = word + 4;
		v->rest = len - 4;
	}
	for (v->len = 0; v->len < v->rest && v->value[v->len] != ','; v->len++)
		;
	return true;
}

static bool is(const struct values *v, const char *value)
{
	return v->len == strlen(value) && !memcmp(v->value, value, v->len);
}

bool pfb_cmdline_pci(const char *cmdline, const char *value)
{
	struct values v = { .cmdline = cmdline };

	while (next_value(&v)) {
		if (is(&v, value))
			return true;
	}
	return false;
}

const char *pfb_cmdline_pci_starting(const char *cmdline, const char *start, size_t *len)
{
	struct values v = { .cmdline = cmdline };

	while (next_value(&v)) {
		if (v.len < strlen(start) || memcmp(v.value, start, strlen(start)))
			continue;
		*len = v.rest;
		return v.value;
	}
	return NULL;
}

enum pfb_cmdline_realloc pfb_cmdline_realloc(const char *cmdline, bool *contradicts)
{
	enum pfb_cmdline_realloc last = PFB_CMDLINE_REALLOC_UNSAID;
	struct values v = { .cmdline = cmdline };
	bool on = false, off = false;

	while (next_value(&v)) {
		if (is(&v, "realloc") || is(&v, "realloc=on")) {
			last = PFB_CMDLINE_REALLOC_ON;
			on = true;
		} else if (is(&v, "realloc=off")) {
			last = PFB_CMDLINE_REALLOC_OFF;
			off = true;
		}
	}
	if (contradicts)
		*contradicts = on && off;
	return last;
}
