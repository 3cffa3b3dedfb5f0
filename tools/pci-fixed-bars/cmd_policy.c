// SPDX-License-Identifier: GPL-2.0
/* pci-fixed-bars policy: what keeps the boot configuration before any module can. */
#include <argp.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "command.h"
#include "lib/file.h"
#include "lib/guest.h"
#include "lib/json_fields.h"
#include "lib/kernel_cmdline.h"
#include "lib/policy.h"
#include "lib/policy_bridges.h"
#include "lib/policy_lint.h"
#include "lib/policy_tables.h"
#include "view.h"

enum verb {
	VERB_NONE,
	VERB_SHOW,
	VERB_INSTALL,
	VERB_REMOVE,
	VERB_UPDATE,
	VERB_LINT,
	VERB_TABLE,
};

static const char *const verbs[] = {
	[VERB_SHOW] = "show",
	[VERB_INSTALL] = "install",
	[VERB_REMOVE] = "remove",
	[VERB_UPDATE] = "update",
	[VERB_LINT] = "lint",
	[VERB_TABLE] = "table",
};

enum {
	OPT_ROOT = 0x100,
	OPT_PLATFORM,
	OPT_DSDT,
	OPT_DTB,
	OPT_DRY_RUN,
	OPT_NO_COMMANDS,
	OPT_JSON,
};

struct args {
	enum verb verb;
	const char *root;
	const char *output;
	struct pfb_policy_wish wish;
	bool dry_run;
	bool no_commands;
	bool json;
};

static const struct argp_option options[] = {
	{ "root", OPT_ROOT, "DIR", 0,
	  "The system is the image in DIR: commands that make it count are printed, not run", 0 },
	{ "platform", OPT_PLATFORM, "KIND", 0,
	  "What the image runs on: x86, arm64-acpi or arm64-dt (default: as it looks)", 0 },
	{ "dsdt", OPT_DSDT, "FILE", 0,
	  "The VM's DSDT, as /sys/firmware/acpi/tables/DSDT has it there (default: this VM's)", 0 },
	{ "dtb", OPT_DTB, "FILE", 0, "The device tree that the boot loader shall load, changed", 0 },
	{ "output", 'o', "FILE", 0, "table: where to write the cpio archive; - is standard output", 0 },
	{ "dry-run", OPT_DRY_RUN, NULL, 0, "Say what would be done, and do nothing", 0 },
	{ "no-commands", OPT_NO_COMMANDS, NULL, 0,
	  "Write files only, and print the commands that make them count", 0 },
	{ "json", OPT_JSON, NULL, 0, "show, lint: print JSON", 0 },
	{ 0 }
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *args = state->input;
	size_t i;

	switch (key) {
	case OPT_ROOT:
		args->root = arg;
		return 0;
	case OPT_PLATFORM:
		args->wish.kind = pfb_policy_kind_parse(arg);
		if (args->wish.kind == PFB_POLICY_UNKNOWN)
			argp_error(state, "no platform '%s': x86, arm64-acpi or arm64-dt", arg);
		return 0;
	case OPT_DSDT:
		args->wish.dsdt = arg;
		return 0;
	case OPT_DTB:
		args->wish.dtb = arg;
		return 0;
	case 'o':
		args->output = arg;
		return 0;
	case OPT_DRY_RUN:
		args->dry_run = true;
		return 0;
	case OPT_NO_COMMANDS:
		args->no_commands = true;
		return 0;
	case OPT_JSON:
		args->json = true;
		return 0;
	case ARGP_KEY_ARG:
		if (args->verb)
			argp_error(state, "'%s' is one word too many", arg);
		for (i = VERB_SHOW; i < ARRAY_SIZE(verbs); i++) {
			if (!strcmp(arg, verbs[i]))
				args->verb = (enum verb)i;
		}
		if (!args->verb)
			argp_error(state, "'%s' is none of show, install, remove, update, lint, table", arg);
		return 0;
	case ARGP_KEY_END:
		if (!args->verb)
			argp_error(state, "say what to do: show, install, remove, update, lint or table");
		if (args->verb == VERB_TABLE && !args->output)
			argp_error(state, "table wants --output FILE");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "show|install|remove|update|lint|table",
	.doc = "Have the kernel keep the boot configuration from its first instruction on.\v"
	       "show: what this boot had, what the next one will have, and who keeps each host bridge.\n\n"
	       "install: what this platform needs, and no more: on x86 'pci=realloc=off' through GRUB, "
	       "systemd-boot or extlinux; on arm64 with ACPI a table before the initrd, which asks the "
	       "kernel to keep what firmware assigned; on arm64 with extlinux a device tree that does. "
	       "Run again, it changes nothing.\n\n"
	       "remove: take it back, to the byte.\n\n"
	       "update: make the ACPI table fit the VM that runs now, or drop it; at each boot.\n\n"
	       "lint: settings that move BARs, contradict, or keep the policy from counting.\n\n"
	       "table: write the ACPI table as a cpio archive, to be put before an initrd.\n\n"
	       "Exit status: 0 good, 1 lint found errors or a host bridge is not kept, 2 wrong usage, "
	       "3 it cannot be done here (the reason is printed).",
};

/* Where there is no image, nothing is found that would have to be changed. */
static bool is_image(const char *root, const char *who)
{
	struct stat st;
	int code = stat(root, &st) ? errno : S_ISDIR(st.st_mode) ? 0 : ENOTDIR;

	if (code)
		pfb_complain(who, "--root %s: %s, expected the folder of an image: correct it, or mount the image there",
			     *root ? root : "''", strerror(code));
	return !code;
}

/* Slashes at the end of --root would double those that paths begin with. */
static char *clean_root(const char *root)
{
	char *clean = strdup(root ? root : "");
	size_t len = clean ? strlen(clean) : 0;

	while (len && clean[len - 1] == '/')
		clean[--len] = '\0';
	return clean;
}

static void print_plan(const struct pfb_policy_plan *plan, int changes, bool done)
{
	u32 i;

	for (i = 0; i < plan->nr_files; i++) {
		const struct pfb_policy_file *file = &plan->files[i];

		if (file->changes)
			printf("%s %s%s\n", !file->data ? "remove" : file->old ? "change" : "write",
			       plan->root, file->path);
	}
	for (i = 0; changes && i < plan->nr_commands; i++)
		printf("%s %s\n", done ? "ran" : "run", plan->commands[i]);
	for (i = 0; i < plan->nr_notes; i++)
		printf("note: %s\n", plan->notes[i]);
	if (!changes)
		printf("nothing to change\n");
}

static int make_plan(struct pfb_policy_plan *plan, const struct args *args, struct pfb_error *err)
{
	struct pfb_policy_platform platform;
	struct pfb_policy_wish wish = args->wish;

	if (args->verb == VERB_REMOVE)
		return pfb_policy_remove(plan, err);
	pfb_policy_platform_read(plan->root, &platform);
	if (args->verb == VERB_UPDATE)
		return pfb_policy_update(plan, &platform, err);
	if (!wish.kind)
		wish.kind = platform.kind;
	return pfb_policy_install(plan, &platform, &wish, err);
}

/* What lint and show collect, in either form. */
struct report {
	struct json_object *findings;	/* NULL for text */
};

static void report_finding(void *ctx, bool error, const char *where, const char *text)
{
	struct report *report = ctx;
	struct json_object *obj;

	if (!report->findings) {
		printf("%s: %s: %s\n", error ? "error" : "warning", where, text);
		return;
	}
	obj = json_object_new_object();
	pfb_json_text(obj, "severity", error ? "error" : "warning");
	pfb_json_text(obj, "where", where);
	pfb_json_text(obj, "what", text);
	json_object_array_add(report->findings, obj);
}

/* What somebody else set may still be stronger than what was installed. */
static void warn(const char *root)
{
	struct report report = { NULL };
	struct pfb_policy_platform platform;

	pfb_policy_platform_read(root, &platform);
	/* this boot is over before it counts */
	platform.running = false;
	pfb_policy_lint(root, &platform, report_finding, &report);
}

static int change(const struct args *args, const char *root, const char *who)
{
	struct pfb_policy_plan *plan = calloc(1, sizeof(*plan));
	bool run = !*root && !args->no_commands && !args->dry_run;
	struct pfb_error err = { "" };
	int changes, ret;

	if (!plan) {
		pfb_complain(who, "out of memory");
		return PFB_EXIT_IMPOSSIBLE;
	}
	plan->root = root;
	changes = make_plan(plan, args, &err);
	ret = changes < 0 ? changes : 0;
	if (changes > 0 && !args->dry_run)
		ret = pfb_policy_plan_apply(plan, &err);
	if (changes > 0 && !ret && run) {
		ret = pfb_policy_plan_run(plan, &err);
		/* Files that no boot loader knows of yet would be a policy that is only said. */
		if (ret && pfb_policy_plan_undo(plan))
			pfb_complain(who, "the files could not be restored");
		else if (ret)
			pfb_complain(who, "the files are as they were");
	}
	if (ret)
		pfb_complain(who, "%s", err.text);
	else
		print_plan(plan, changes, run);
	if (!ret && run && args->verb == VERB_INSTALL)
		warn(root);
	pfb_policy_plan_free(plan);
	free(plan);
	return ret ? PFB_EXIT_IMPOSSIBLE : PFB_EXIT_GOOD;
}

static int table(const struct args *args, const char *root, const char *who)
{
	struct pfb_error err = { "" };
	size_t size;
	u8 *data;
	int ret;

	ret = pfb_policy_tables_of_vm(root, args->wish.dsdt, NULL, &data, &size, &err);
	if (!ret) {
		ret = pfb_file_write(args->output, data, size, &err);
		free(data);
	}
	if (ret)
		pfb_complain(who, "%s", err.text);
	return ret ? PFB_EXIT_IMPOSSIBLE : PFB_EXIT_GOOD;
}

static int lint(const struct args *args, const char *root)
{
	struct report report = { args->json ? json_object_new_array() : NULL };
	struct pfb_policy_platform platform;
	unsigned int errors;

	pfb_policy_platform_read(root, &platform);
	if (args->wish.kind)
		platform.kind = args->wish.kind;
	errors = pfb_policy_lint(root, &platform, report_finding, &report);
	if (args->json) {
		struct json_object *top = json_object_new_object();

		pfb_json_bool(top, "good", !errors);
		json_object_object_add(top, "findings", report.findings);
		if (pfb_json_print(top))
			return PFB_EXIT_IMPOSSIBLE;
	} else if (!errors) {
		printf("no errors\n");
	}
	return errors ? PFB_EXIT_FAILED : PFB_EXIT_GOOD;
}

struct entries {
	unsigned int nr;
	unsigned int with;	/* pci=realloc=off */
};

static void count_entry(void *ctx, const char *file, const char *cmdline)
{
	struct entries *entries = ctx;

	(void)file;
	entries->nr++;
	entries->with += pfb_cmdline_realloc(cmdline, NULL) == PFB_CMDLINE_REALLOC_OFF;
}

/* What is known before any host bridge is looked at. */
struct overview {
	struct pfb_policy_platform platform;
	struct entries entries;
	const char *refused;
	bool used;	/* the kernel uses our table */
	bool tables;	/* it is installed */
	bool words;	/* pci=realloc=off is */
};

static void read_overview(struct overview *o, const char *root)
{
	memset(o, 0, sizeof(*o));
	pfb_policy_platform_read(root, &o->platform);
	pfb_policy_entries(root, count_entry, &o->entries);
	o->refused = pfb_policy_tables_refused(&o->platform);
	o->used = pfb_policy_tables_used(root);
	pfb_policy_installed(root, &o->tables, &o->words);
}

static struct json_object *json_overview(const struct overview *o)
{
	struct json_object *obj = json_object_new_object();

	pfb_json_text(obj, "platform", pfb_policy_kind_name(o->platform.kind));
	pfb_json_bool(obj, "secure_boot", o->platform.secure_boot);
	pfb_json_text(obj, "lockdown", o->platform.lockdown);
	pfb_json_text(obj, "tables_refused", o->refused);
	pfb_json_bool(obj, "table_in_use", o->used);
	pfb_json_bool(obj, "table_installed", o->tables);
	pfb_json_bool(obj, "parameters_installed", o->words);
	pfb_json_number(obj, "boot_entries", o->entries.nr);
	pfb_json_number(obj, "boot_entries_with_realloc_off", o->entries.with);
	return obj;
}

static void print_overview(const struct overview *o)
{
	const struct pfb_policy_platform *platform = &o->platform;
	bool off = pfb_cmdline_realloc(platform->cmdline, NULL) == PFB_CMDLINE_REALLOC_OFF;

	printf("Platform     %s, Secure Boot %s, lockdown %s\n", pfb_policy_kind_name(platform->kind),
	       platform->secure_boot ? "on" : "off",
	       *platform->lockdown ? platform->lockdown : "not known");
	if (platform->running)
		printf("This boot    pci=realloc=off %s, ACPI table %s\n", off ? "given" : "not given",
		       o->used ? "in use" : "not in use");
	if (!o->entries.nr && !o->words && !o->tables) {
		printf("Next boot    no boot entry is here: whoever starts this machine gives it kernel, parameters and initrd\n");
		return;
	}
	printf("Next boot    pci=realloc=off %s (in %u of %u boot entries), ACPI table %s%s%s\n",
	       o->words ? "installed" : "not installed", o->entries.with, o->entries.nr,
	       o->tables ? "installed" : "not installed", o->refused ? "; " : "",
	       o->refused ? o->refused : "");
}

static void show_bridge(const struct pfb_policy_bridge *bridge, struct json_object *list)
{
	struct json_object *obj;

	if (!list) {
		printf("%s %s  %s: %s\n", bridge->name, bridge->acpi_path,
		       bridge->kept ? "kept" : "not kept", bridge->why);
		return;
	}
	obj = json_object_new_object();
	pfb_json_text(obj, "bridge", bridge->name);
	pfb_json_text(obj, "acpi_path", bridge->acpi_path);
	pfb_json_text(obj, "asked", bridge->asked);
	pfb_json_bool(obj, "kept", bridge->kept);
	pfb_json_text(obj, "why", bridge->why);
	json_object_array_add(list, obj);
}

/* Of each host bridge of a running system. False when one is not kept, or none can be read. */
static bool show_bridges(const struct overview *o, const char *root, struct json_object *list,
			 const char *who)
{
	struct pfb_guest guest = { 0 };
	struct pfb_error err = { "" };
	bool kept = true;
	int ret;
	u32 i;

	if (!o->platform.running)
		return true;
	ret = pfb_guest_read(&guest, root, false, &err);
	if (ret && ret != -ENODEV) {
		pfb_complain(who, "%s", err.text);
		kept = false;
	}
	for (i = 0; !ret && i < guest.top.nr_roots; i++) {
		struct pfb_policy_bridge bridge;

		pfb_policy_bridge_read(&guest, i, &o->platform, o->used, &bridge);
		show_bridge(&bridge, list);
		kept &= bridge.kept;
	}
	pfb_guest_free(&guest);
	return kept;
}

static int show(const struct args *args, const char *root, const char *who)
{
	struct json_object *top = NULL, *bridges = NULL;
	struct report report = { NULL };
	struct overview o;
	bool kept;

	read_overview(&o, root);
	if (args->json) {
		top = json_overview(&o);
		bridges = json_object_new_array();
		report.findings = json_object_new_array();
	} else {
		print_overview(&o);
	}
	kept = show_bridges(&o, root, bridges, who);
	pfb_policy_lint(root, &o.platform, report_finding, &report);
	if (args->json) {
		json_object_object_add(top, "bridges", bridges);
		json_object_object_add(top, "findings", report.findings);
		if (pfb_json_print(top))
			return PFB_EXIT_IMPOSSIBLE;
	}
	return kept ? PFB_EXIT_GOOD : PFB_EXIT_FAILED;
}

/**
 * pfb_cmd_policy() - pci-fixed-bars policy
 * @argc: number of words
 * @argv: the words
 *
 * Return: an enum pfb_exit.
 */
int pfb_cmd_policy(int argc, char **argv)
{
	struct args args = { 0 };
	char *root;
	int ret;

	if (argp_parse(&argp, argc, argv, 0, NULL, &args))
		return PFB_EXIT_USAGE;
	if (args.root && !is_image(args.root, argv[0]))
		return PFB_EXIT_IMPOSSIBLE;
	root = clean_root(args.root);
	if (!root) {
		pfb_complain(argv[0], "out of memory");
		return PFB_EXIT_IMPOSSIBLE;
	}
	switch (args.verb) {
	case VERB_SHOW:
		ret = show(&args, root, argv[0]);
		break;
	case VERB_LINT:
		ret = lint(&args, root);
		break;
	case VERB_TABLE:
		ret = table(&args, root, argv[0]);
		break;
	default:
		ret = change(&args, root, argv[0]);
		break;
	}
	free(root);
	return ret;
}
