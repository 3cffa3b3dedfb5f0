// SPDX-License-Identifier: GPL-2.0
/* pci-fixed-bars watch: follow changes of verdicts. */
#include <argp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "command.h"
#include "lib/json_fields.h"
#include "lib/uevent.h"
#include "view.h"

struct args {
	unsigned long count;
	bool json;
};

enum {
	OPT_JSON = 0x100,
};

static const struct argp_option options[] = {
	{ "count", 'n', "NUMBER", 0, "End after this many changes (default: never)", 0 },
	{ "json", OPT_JSON, NULL, 0, "Print each change as a line of JSON", 0 },
	{ 0 }
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *args = state->input;
	char *end;

	switch (key) {
	case 'n':
		errno = 0;
		args->count = strtoul(arg, &end, 10);
		if (errno || *end || *arg < '0' || *arg > '9' || !args->count)
			argp_error(state, "--count wants a number from 1, not '%s'", arg);
		return 0;
	case OPT_JSON:
		args->json = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.doc = "Follow changes of verdicts, as the module announces them. Says first that it listens."
	       "\vExit status: 0 as many changes came as --count said; 3 the kernel cannot be listened "
	       "to.",
};

static void print(const struct pfb_uevent *event, bool json)
{
	struct json_object *obj;

	if (!json) {
		printf("%s %s: %s, was %s\n", event->function, event->bar, event->state,
		       event->old_state);
		fflush(stdout);
		return;
	}
	obj = json_object_new_object();
	pfb_json_text(obj, "function", event->function);
	pfb_json_text(obj, "bar", event->bar);
	pfb_json_text(obj, "state", event->state);
	pfb_json_text(obj, "old_state", event->old_state);
	printf("%s\n", json_object_to_json_string_ext(obj, JSON_C_TO_STRING_PLAIN));
	fflush(stdout);
	json_object_put(obj);
}

/**
 * pfb_cmd_watch() - pci-fixed-bars watch
 * @argc: number of words
 * @argv: the words
 *
 * Return: an enum pfb_exit.
 */
int pfb_cmd_watch(int argc, char **argv)
{
	static char message[PFB_UEVENT_MAX];
	struct pfb_error err = { "" };
	struct args args = { 0 };
	struct pfb_uevent event;
	unsigned long seen = 0;
	int fd;

	if (argp_parse(&argp, argc, argv, 0, NULL, &args))
		return PFB_EXIT_USAGE;
	fd = pfb_uevent_open(&err);
	if (fd < 0) {
		pfb_complain(argv[0], "%s", err.text);
		return PFB_EXIT_IMPOSSIBLE;
	}
	pfb_complain(argv[0], "listening");
	while (!args.count || seen < args.count) {
		ssize_t len = recv(fd, message, sizeof(message), 0);

		if (len < 0 && errno == ENOBUFS) {
			/* The verdicts themselves are in sysfs. */
			pfb_complain(argv[0], "more changes came than could be kept: see 'pci-fixed-bars status'");
			continue;
		}
		if (len < 0 && errno == EINTR)
			continue;
		if (len < 0) {
			pfb_complain(argv[0], "listening to the kernel's uevents: %s", strerror(errno));
			close(fd);
			return PFB_EXIT_IMPOSSIBLE;
		}
		if (!pfb_uevent_parse(message, (size_t)len, &event))
			continue;
		print(&event, args.json);
		seen++;
	}
	close(fd);
	return PFB_EXIT_GOOD;
}
