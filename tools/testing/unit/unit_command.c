// SPDX-License-Identifier: GPL-2.0
#include "unit.h"

#include <argp.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pci-fixed-bars/command.h"
#include "unit_command.h"

#define WORDS_MAX	32

char out[65536];

int run(int (*command)(int argc, char **argv), ...)
{
	char *argv[WORDS_MAX] = { (char *)"pci-fixed-bars test" };
	int argc = 1, status, fds[2];
	size_t used = 0;
	va_list words;
	ssize_t n;
	pid_t pid;

	va_start(words, command);
	while ((argv[argc] = va_arg(words, char *)))
		assert_true(++argc < WORDS_MAX);
	va_end(words);

	assert_int_equal(pipe(fds), 0);
	fflush(stdout);
	fflush(stderr);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		int i;

		/* commands may take their words apart, and what a test wrote is constant */
		for (i = 1; i < argc; i++)
			argv[i] = strdup(argv[i]);
		dup2(fds[1], STDOUT_FILENO);
		dup2(fds[1], STDERR_FILENO);
		close(fds[0]);
		close(fds[1]);
		argp_err_exit_status = PFB_EXIT_USAGE;
		status = command(argc, argv);
		for (i = 1; i < argc; i++)
			free(argv[i]);
		/* a leak that the sanitizer finds is an exit status of its own */
		exit(status);
	}
	close(fds[1]);
	while ((n = read(fds[0], out + used, sizeof(out) - 1 - used)) > 0)
		used += (size_t)n;
	out[used] = '\0';
	close(fds[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

void says(const char *text)
{
	if (!strstr(out, text))
		fail_msg("\"%s\" is not in:\n%s", text, out);
}

void says_not(const char *text)
{
	if (strstr(out, text))
		fail_msg("\"%s\" is in:\n%s", text, out);
}

struct json_object *json(void)
{
	struct json_object *obj = json_tokener_parse(out);

	if (!obj)
		fail_msg("this is no JSON:\n%s", out);
	return obj;
}

const char *json_text(struct json_object *obj, const char *key)
{
	struct json_object *value;

	if (!json_object_object_get_ex(obj, key, &value))
		return NULL;
	return json_object_get_string(value);
}

struct json_object *json_at(struct json_object *obj, const char *key, size_t index)
{
	struct json_object *array;

	assert_true(json_object_object_get_ex(obj, key, &array));
	assert_true(index < json_object_array_length(array));
	return json_object_array_get_idx(array, index);
}

size_t json_count(struct json_object *obj, const char *key)
{
	struct json_object *array;

	assert_true(json_object_object_get_ex(obj, key, &array));
	return json_object_array_length(array);
}
