/* SPDX-License-Identifier: GPL-2.0 */
/* Commands as a user runs them: the words that tests of them are written in. */
#ifndef UNIT_COMMAND_H
#define UNIT_COMMAND_H

#include <json-c/json.h>

/* What the command that run() ran last printed: both streams as they came. */
extern char out[65536];

/**
 * run() - run a command in a process of its own
 * @command: such as pfb_cmd_status()
 *
 * Its words follow, %NULL at the end.
 *
 * Return: its exit status; what it printed is in @out.
 */
__attribute__((sentinel)) int run(int (*command)(int argc, char **argv), ...);

#define expect(status, expected)					\
	do {								\
		int _s = (status);					\
		if (_s != (expected))					\
			fail_msg("exit status %d, expected %d:\n%s", _s, (int)(expected), out); \
	} while (0)

/**
 * says() - the command's output has a text in it
 * @text: the text
 */
void says(const char *text);

/**
 * says_not() - the command's output has no such text in it
 * @text: the text
 */
void says_not(const char *text);

/**
 * json() - read the command's output as JSON
 *
 * Return: the value, which the caller puts.
 */
struct json_object *json(void);

/**
 * json_text() - a member as text
 * @obj: the object
 * @key: the member
 *
 * Return: the text, %NULL when there is no such member.
 */
const char *json_text(struct json_object *obj, const char *key);

/**
 * json_at() - an entry of an array
 * @obj: the object that has the array
 * @key: the array
 * @index: which entry; must be there
 *
 * Return: the entry.
 */
struct json_object *json_at(struct json_object *obj, const char *key, size_t index);

/**
 * json_count() - entries of an array
 * @obj: the object that has the array
 * @key: the array; must be there
 *
 * Return: how many.
 */
size_t json_count(struct json_object *obj, const char *key);

#endif /* UNIT_COMMAND_H */
