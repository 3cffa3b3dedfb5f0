// SPDX-License-Identifier: GPL-2.0
/* pci-fixed-bars lint: what in a VM's configuration will break GPA == HPA or P2P. */
#include <argp.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <pci_fixed_bars/manifest.h>

#include "command.h"
#include "lib/capture.h"
#include "lib/file.h"
#include "lib/findings_report.h"
#include "lib/json_fields.h"
#include "lib/libvirt_xml.h"
#include "lib/lint.h"
#include "lib/qemu_args.h"
#include "view.h"

#define NAMES_MAX	64

struct args {
	const char *input;
	const char *manifest;
	const char *providers[NAMES_MAX];
	u32 nr_providers;
	const char *clients[NAMES_MAX];
	u32 nr_clients;
	const char *host;
	bool json;
	bool rules;
};

enum {
	OPT_JSON = 0x100,
	OPT_RULES,
	OPT_MANIFEST,
	OPT_HOST,
};

static const struct argp_option options[] = {
	{ "provider", 'p', "DEVICE", 0,
	  "This function's BARs are provided: its id, or its address on the host; may be repeated", 0 },
	{ "client", 'c', "DEVICE", 0, "This function is to reach them; may be repeated", 0 },
	{ "manifest", OPT_MANIFEST, "FILE", 0,
	  "The manifest that the VM is given (default: what its fw_cfg names)", 0 },
	{ "host", OPT_HOST, "CAPTURE", 0,
	  "Hold what is assigned against a capture of the host: its addresses, sizes, switches, ACS and ATS", 0 },
	{ "json", OPT_JSON, NULL, 0, "Print JSON", 0 },
	{ "rules", OPT_RULES, NULL, 0, "List the rules, and read nothing", 0 },
	{ 0 }
};

static void name(const char **names, u32 *nr, const char *arg, struct argp_state *state)
{
	if (*nr == NAMES_MAX)
		argp_error(state, "more than %d names", NAMES_MAX);
	else
		names[(*nr)++] = arg;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *args = state->input;

	switch (key) {
	case 'p':
		name(args->providers, &args->nr_providers, arg, state);
		return 0;
	case 'c':
		name(args->clients, &args->nr_clients, arg, state);
		return 0;
	case OPT_JSON:
		args->json = true;
		return 0;
	case OPT_RULES:
		args->rules = true;
		return 0;
	case OPT_MANIFEST:
		args->manifest = arg;
		return 0;
	case OPT_HOST:
		args->host = arg;
		return 0;
	case ARGP_KEY_ARG:
		if (args->input)
			argp_error(state, "'%s' is one word too many", arg);
		args->input = arg;
		return 0;
	case ARGP_KEY_END:
		if (!args->input && !args->rules)
			argp_error(state, "name the file, or - for standard input");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "FILE",
	.doc = "Find what in a VM's configuration will break GPA == HPA or P2P.\v"
	       "FILE is QEMU's command line: a shell's text with quotes and lines that go on, "
	       "arguments one a line, or /proc/PID/cmdline; or libvirt's domain XML. - is standard "
	       "input.\n\n"
	       "Each finding says what is wrong, where, why, what was expected, what is there, and the "
	       "fix. Errors break it, warnings may, notes say what could not be checked.\n\n"
	       "A function provides its BARs when one is fixed, when it has x-nv-gpudirect-clique, or "
	       "when the manifest or --provider says so.\n\n"
	       "Exit status: 0 no errors, 1 errors, 2 wrong usage, 3 it cannot be read.",
};

struct manifest {
	struct pfb_declaration *decls;
	u32 nr;
	u32 room;
};

static int collect(void *ctx, const struct pfb_declaration *decl, struct pfb_error *err)
{
	struct manifest *m = ctx;

	if (m->nr == m->room) {
		u32 room = m->room ? m->room * 2 : 16;
		struct pfb_declaration *bigger = reallocarray(m->decls, room, sizeof(*bigger));

		if (!bigger)
			return pfb_fail(err, -ENOMEM, "out of memory");
		m->decls = bigger;
		m->room = room;
	}
	m->decls[m->nr++] = *decl;
	return 0;
}

/* Which file the VM gets as its manifest, and where that was said. */
static const char *manifest_of(const struct pfb_vm_config *config,
			       const struct pfb_vm_option **option)
{
	u32 i;

	for (i = 0; i < config->nr; i++) {
		const struct pfb_vm_option *o = &config->options[i];
		const char *fw_name = strcmp(o->name, "fw_cfg") ? NULL :
				      pfb_vm_option_get(config, o, "name");

		if (!fw_name || strcmp(fw_name, "opt/org.pci-fixed-bars/manifest"))
			continue;
		*option = o;
		return pfb_vm_option_get(config, o, "file");
	}
	return NULL;
}

/* Reading must end, whatever the configuration names: no pipes, no devices. */
static int read_manifest(struct manifest *m, const char *path, struct pfb_error *err)
{
	struct stat st;
	size_t size;
	void *data;
	int ret;

	if (stat(path, &st))
		return pfb_fail(err, -errno, "%s: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return pfb_fail(err, -EINVAL, "%s: expected a regular file", path);
	ret = pfb_file_read(path, PFB_MANIFEST_SIZE_MAX, &data, &size, err);
	if (ret)
		return ret;
	ret = pfb_manifest_parse(data, size, PFB_SOURCE_FW_CFG_MANIFEST, collect, m, err);
	free(data);
	return ret;
}

static int print_json(const struct pfb_vm_config *config, const struct pfb_findings *lint)
{
	struct json_object *top = json_object_new_object();
	struct json_object *findings;
	u32 i;

	pfb_json_text(top, "format", config->format);
	findings = pfb_findings_json(top, lint);
	for (i = 0; i < lint->nr; i++) {
		const struct pfb_vm_option *option = pfb_lint_option(config, &lint->findings[i]);
		struct json_object *obj = json_object_array_get_idx(findings, i);

		if (option && option->line)
			pfb_json_number(obj, "line", option->line);
		if (option && option->argument)
			pfb_json_number(obj, "argument", option->argument);
	}
	return pfb_json_print(top);
}

/* What names the manifest, as an option like those that lint finds unread. */
static int note_unread(struct pfb_vm_config *config, const char *value, const char *why,
		       u32 argument, u32 line, struct pfb_error *err)
{
	int ret = pfb_vm_config_add(config, "unread", argument, line, err);

	if (!ret)
		ret = pfb_vm_config_prop(config, "value", 5, value, strlen(value), err);
	if (!ret)
		ret = pfb_vm_config_prop(config, "why", 3, why, strlen(why), err);
	return ret;
}

static int lint_config(const struct args *args, struct pfb_vm_config *config, const char *who)
{
	struct pfb_lint_request request = {
		.config = config,
		.providers = args->providers, .nr_providers = args->nr_providers,
		.clients = args->clients, .nr_clients = args->nr_clients,
	};
	const struct pfb_vm_option *option = NULL;
	struct manifest manifest = { 0 };
	struct pfb_error err = { "" };
	struct pfb_capture host = { 0 };
	struct pfb_findings lint = { 0 };
	const char *path;
	int ret;

	if (args->host) {
		if (pfb_capture_load(&host, args->host, &err)) {
			pfb_complain(who, "%s", err.text);
			ret = PFB_EXIT_IMPOSSIBLE;
			goto out;
		}
		request.host = &host;
	}
	path = manifest_of(config, &option);
	if (args->manifest || path) {
		ret = read_manifest(&manifest, args->manifest ? args->manifest : path, &err);
		if (ret && (args->manifest || ret == -ENOMEM)) {
			pfb_complain(who, "%s", err.text);
			ret = PFB_EXIT_IMPOSSIBLE;
			goto out;
		}
		if (ret) {
			/* adding an option may move the others */
			u32 argument = option->argument, line = option->line;

			manifest.nr = 0;
			option = NULL;
			ret = note_unread(config, path, err.text, argument, line, &err);
			if (ret)
				goto out_of_memory;
		}
	}
	request.manifest = manifest.decls;
	request.nr_manifest = manifest.nr;
	request.manifest_option = option;
	ret = pfb_lint(&lint, &request, &err);
	if (ret == -EINVAL) {
		pfb_complain(who, "%s", err.text);
		ret = PFB_EXIT_USAGE;
		goto out;
	}
	if (ret)
		goto out_of_memory;
	ret = lint.errors ? PFB_EXIT_FAILED : PFB_EXIT_GOOD;
	if (!args->json)
		pfb_findings_print(&lint);
	else if (print_json(config, &lint))
		ret = PFB_EXIT_IMPOSSIBLE;
	goto out;
out_of_memory:
	pfb_complain(who, "%s", err.text);
	ret = PFB_EXIT_IMPOSSIBLE;
out:
	pfb_findings_free(&lint);
	pfb_capture_free(&host);
	free(manifest.decls);
	return ret;
}

static bool is_xml(const char *text)
{
	if (!strncmp(text, "\xef\xbb\xbf", 3))
		text += 3;
	return text[strspn(text, " \t\r\n")] == '<';
}

/**
 * pfb_cmd_lint() - pci-fixed-bars lint
 * @argc: number of words
 * @argv: the words
 *
 * Return: an enum pfb_exit.
 */
int pfb_cmd_lint(int argc, char **argv)
{
	struct pfb_vm_config config = { 0 };
	struct pfb_error err = { "" };
	struct args args = { 0 };
	const char *shown;
	void *text;
	size_t len;
	int ret;

	if (argp_parse(&argp, argc, argv, 0, NULL, &args))
		return PFB_EXIT_USAGE;
	if (args.rules)
		return pfb_rules_print(pfb_lint_rules, PFB_NR_LINT_RULES, args.json) ?
		       PFB_EXIT_IMPOSSIBLE : PFB_EXIT_GOOD;
	shown = strcmp(args.input, "-") ? args.input : "standard input";
	if (pfb_file_read(args.input, PFB_VM_CONFIG_SIZE_MAX, &text, &len, &err)) {
		pfb_complain(argv[0], "%s", err.text);
		return PFB_EXIT_IMPOSSIBLE;
	}
	if (is_xml(text))
		ret = pfb_libvirt_xml_parse(&config, text, len, &err);
	else
		ret = pfb_qemu_args_parse(&config, text, len, &err);
	free(text);
	if (ret) {
		pfb_complain(argv[0], "%s: %s", shown, err.text);
		ret = PFB_EXIT_IMPOSSIBLE;
	} else {
		ret = lint_config(&args, &config, argv[0]);
	}
	pfb_vm_config_free(&config);
	return ret;
}
