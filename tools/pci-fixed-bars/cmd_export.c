// SPDX-License-Identifier: GPL-2.0
/* pci-fixed-bars export: a verified BAR as a dma-buf, for a program that it starts. */
#include <argp.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <pci_fixed_bars/route.h>
#include <pci_fixed_bars/topology.h>

#include "command.h"
#include "lib/bar_name.h"
#include "lib/device.h"
#include "lib/guest.h"
#include "lib/json_fields.h"
#include "view.h"

struct args {
	const char *provider;
	const char *client;
	int bar;			/* -1: choose */
	struct pfb_ioc_range ranges[PFB_EXPORT_RANGES_MAX];
	unsigned int nr_ranges;
	bool json;
	char **command;			/* NULL: none */
};

static const struct argp_option options[] = {
	{ "bar", 'b', "BAR", 0,
	  "Which BAR of PROVIDER, as in 'bar2' (default: the largest that is verified)", 0 },
	{ "range", 'r', "OFFSET+LENGTH", 0,
	  "Only this part of the BAR, of whole pages; may be given several times, in ascending order",
	  0 },
	{ "client", 'c', "CLIENT", 0,
	  "Only if this function reaches the BAR directly, as its driver will be asked when it imports",
	  0 },
	{ "json", 'j', NULL, 0, "Print JSON", 0 },
	{ 0 }
};

static bool parse_number(const char **text, char end, __u64 *value)
{
	char *rest;

	if (**text < '0' || **text > '9')
		return false;
	errno = 0;
	*value = strtoull(*text, &rest, 0);
	if (errno || *rest != end)
		return false;
	*text = rest + 1;
	return true;
}

static bool parse_range(const char *text, struct pfb_ioc_range *range)
{
	return parse_number(&text, '+', &range->offset) && parse_number(&text, '\0', &range->length);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *args = state->input;

	switch (key) {
	case 'b':
		args->bar = pfb_bar_by_name(arg);
		if (args->bar < 0 || args->bar >= PFB_BAR_ROM)
			argp_error(state, "--bar: '%s' is no BAR; bar0 to bar5 are", arg);
		return 0;
	case 'r':
		if (args->nr_ranges == PFB_EXPORT_RANGES_MAX)
			argp_error(state, "--range: at most %d", PFB_EXPORT_RANGES_MAX);
		if (!parse_range(arg, &args->ranges[args->nr_ranges++]))
			argp_error(state, "--range: '%s' is not like 0x100000+0x200000", arg);
		return 0;
	case 'c':
		args->client = arg;
		return 0;
	case 'j':
		args->json = true;
		return 0;
	case ARGP_KEY_ARG:
		if (!args->provider) {
			args->provider = arg;
			return 0;
		}
		/* The rest belongs to the program. */
		args->command = state->argv + state->next - 1;
		state->next = state->argc;
		return 0;
	case ARGP_KEY_END:
		if (!args->provider)
			argp_error(state, "name PROVIDER");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "PROVIDER [--] [COMMAND [ARGUMENT]...]",
	.doc = "Make a dma-buf of a BAR that is where it must be, and start COMMAND with it: open as the "
	       "file descriptor in $PFB_DMABUF, with its size in $PFB_DMABUF_SIZE, and the driver that has "
	       "the function in $PFB_DMABUF_OWNER. Without COMMAND, say whether there would be one. "
	       "PROVIDER and CLIENT are named by BDF, by path, or by a file below /sys or /dev that "
	       "belongs to the device."
	       "\vThe dma-buf is gone when the last program that has it ends, and is revoked when the "
	       "driver unbinds or the BAR moves.\n\n"
	       "Exit status: that of COMMAND; 1 the BAR or the path does not pass, 3 not possible here "
	       "(the reason is printed).",
};

static int find_function(const struct pfb_guest *guest, const char *name,
			 struct pfb_ioc_function *function, const char **bdf, struct pfb_error *err)
{
	u32 index;
	int ret = pfb_guest_find(guest, name, &index, err);

	if (ret)
		return ret;
	if (index == PFB_NO_FUNCTION)
		return pfb_fail(err, -EINVAL, "%s is no PCI function", name);
	*bdf = guest->functions[index].bdf;
	return pfb_device_function(*bdf, function);
}

/* The largest that is verified; else the largest, for the module to say what is wrong with it. */
static int choose_bar(int fd, struct pfb_ioc_function function)
{
	bool best_good = false;
	__u64 best_size = 0;
	int best = -1, i;

	for (i = 0; i < PFB_BAR_ROM; i++) {
		struct pfb_ioc_bar bar = { .function = function, .bar = (__u32)i };
		bool good;

		if (pfb_device_ask(fd, PFB_IOC_BAR, &bar, bar.text, NULL))
			continue;
		good = bar.state == PFB_STATE_VERIFIED || bar.state == PFB_STATE_DECLARED;
		if (good < best_good || (good == best_good && bar.size <= best_size))
			continue;
		best = i;
		best_good = good;
		best_size = bar.size;
	}
	return best;
}

/* @why: receives all reasons, which are more than an error has room for */
static int ask_path(int fd, const struct args *args, const struct pfb_ioc_export *export,
		    struct pfb_ioc_function client, __u32 *why, struct pfb_error *err)
{
	struct pfb_ioc_path path = {
		.provider = export->provider, .bar = export->bar, .client = client
	};
	int ret = pfb_device_ask(fd, PFB_IOC_PATH, &path, path.text, err);

	if (ret || path.passes)
		return ret;
	*why = path.why;
	return pfb_fail(err, -EREMOTEIO, "%s does not reach %s of %s directly:", args->client,
			pfb_bar_index_name(export->bar), args->provider);
}

static void complain(const char *who, const struct pfb_error *err, __u32 why)
{
	unsigned int i;

	pfb_complain(who, "%s", err->text);
	for (i = 0; i < PFB_NR_WHYS; i++)
		if (why >> i & 1)
			fprintf(stderr, "  %s: %s\n", pfb_route_why_name(1U << i),
				pfb_route_why_text(1U << i));
}

static int make(int fd, const struct pfb_guest *guest, const struct args *args,
		struct pfb_ioc_export *export, const char **bdf, __u32 *why, struct pfb_error *err)
{
	struct pfb_ioc_function client = { 0 };
	const char *client_bdf;
	int bar, ret;

	ret = find_function(guest, args->provider, &export->provider, bdf, err);
	if (!ret && args->client)
		ret = find_function(guest, args->client, &client, &client_bdf, err);
	if (ret)
		return ret;
	bar = args->bar >= 0 ? args->bar : choose_bar(fd, export->provider);
	if (bar < 0)
		return pfb_fail(err, -ENOENT, "%s: no BAR of it is known to the module", args->provider);
	export->bar = (__u32)bar;
	if (args->nr_ranges) {
		export->ranges = (uintptr_t)args->ranges;
		export->nr_ranges = args->nr_ranges;
	}
	ret = pfb_device_ask(fd, PFB_IOC_EXPORT, export, export->text, err);
	if (!ret && args->client)
		ret = ask_path(fd, args, export, client, why, err);
	return ret;
}

static int report(const struct args *args, const struct pfb_ioc_export *export, const char *bdf)
{
	struct json_object *obj;

	if (!args->json) {
		printf("%s %s: %llu bytes%s%s\n", bdf, pfb_bar_index_name(export->bar),
		       (unsigned long long)export->size, export->owner[0] ? ", owned by " : "",
		       export->owner);
		return PFB_EXIT_GOOD;
	}
	obj = json_object_new_object();
	pfb_json_text(obj, "provider", bdf);
	pfb_json_text(obj, "bar", pfb_bar_index_name(export->bar));
	pfb_json_hex(obj, "size", export->size);
	pfb_json_text(obj, "owner", export->owner);
	pfb_json_text(obj, "client", args->client);
	return pfb_json_print(obj) ? PFB_EXIT_IMPOSSIBLE : PFB_EXIT_GOOD;
}

static int start(const struct args *args, const struct pfb_ioc_export *export, const char *who)
{
	char number[24];

	snprintf(number, sizeof(number), "%d", export->fd);
	setenv("PFB_DMABUF", number, 1);
	snprintf(number, sizeof(number), "%llu", (unsigned long long)export->size);
	setenv("PFB_DMABUF_SIZE", number, 1);
	setenv("PFB_DMABUF_OWNER", export->owner, 1);
	if (!fcntl(export->fd, F_SETFD, 0))
		execvp(args->command[0], args->command);
	pfb_complain(who, "%s: %s", args->command[0], strerror(errno));
	return PFB_EXIT_IMPOSSIBLE;
}

static int exit_of(int ret)
{
	switch (ret) {
	case -EPERM:
	case -EREMOTEIO:
	case -EIO:
	case -EBUSY:
	case -EINVAL:
		return PFB_EXIT_FAILED;
	default:
		return PFB_EXIT_IMPOSSIBLE;
	}
}

/**
 * pfb_cmd_export() - pci-fixed-bars export
 * @argc: number of words
 * @argv: the words
 *
 * Return: an enum pfb_exit, or what the program returned that took its place.
 */
int pfb_cmd_export(int argc, char **argv)
{
	struct args args = { .bar = -1 };
	struct pfb_ioc_export export = { .fd = -1 };
	struct pfb_guest guest = { 0 };
	struct pfb_error err = { "" };
	const char *bdf = NULL;
	__u32 why = 0;
	int ret, fd;

	if (argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &args))
		return PFB_EXIT_USAGE;
	fd = pfb_device_open(&err);
	ret = fd < 0 ? fd : pfb_guest_read(&guest, "", false, &err);
	if (ret) {
		pfb_complain(argv[0], "%s", err.text);
		ret = PFB_EXIT_IMPOSSIBLE;
	} else {
		ret = make(fd, &guest, &args, &export, &bdf, &why, &err);
		if (ret) {
			complain(argv[0], &err, why);
			ret = exit_of(ret);
		} else {
			ret = args.command ? start(&args, &export, argv[0]) :
					     report(&args, &export, bdf);
		}
	}
	if (export.fd >= 0)
		close(export.fd);
	if (fd >= 0)
		close(fd);
	pfb_guest_free(&guest);
	return ret;
}
