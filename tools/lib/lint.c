// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>

#include "lib/lint_checks.h"

const struct pfb_rule pfb_lint_rules[PFB_NR_LINT_RULES] = {
#define PFB_LINT_RULE(ident, name, sev, text)	\
	[PFB_LINT_##ident] = { .id = name, .severity = PFB_SEVERITY_##sev, .why = text },
#include "lib/lint_rules.def"
#undef PFB_LINT_RULE
};

void pfb_lint_say(struct pfb_lint_context *c, enum pfb_lint_rule_index rule,
		  const struct pfb_vm_option *option, const char *expected, const char *actual,
		  const char *fix, const char *fmt, ...)
{
	/* options lie in one array, in the order of the configuration */
	u32 place = option ? (u32)(option - c->config->options) + 1 : 0;
	char where[256];
	va_list args;

	va_start(args, fmt);
	pfb_findings_vadd(c->lint, &pfb_lint_rules[rule], place,
			  pfb_lint_where(c->config, option, where, sizeof(where)), expected, actual,
			  fix, fmt, args);
	va_end(args);
}

const struct pfb_vm_option *pfb_lint_option(const struct pfb_vm_config *config,
					    const struct pfb_finding *finding)
{
	return finding->place ? &config->options[finding->place - 1] : NULL;
}

const char *pfb_lint_where(const struct pfb_vm_config *config, const struct pfb_vm_option *option,
			   char *buf, size_t size)
{
	const char *id;
	size_t used;
	u32 i;

	if (!option) {
		snprintf(buf, size, "the %s as a whole", config->format);
		return buf;
	}
	buf[0] = '\0';
	if (option->line)
		snprintf(buf, size, "line %u, ", option->line);
	used = strlen(buf);
	if (option->argument)
		snprintf(buf + used, size - used, "argument %u, ", option->argument);
	used = strlen(buf);
	snprintf(buf + used, size - used, "-%s", option->name);
	id = pfb_vm_option_get(config, option, "id");
	for (i = 0; i < option->nr; i++) {
		const struct pfb_vm_prop *prop = &config->props[option->first + i];

		used = strlen(buf);
		if (!i)
			snprintf(buf + used, size - used, " %.60s", prop->value);
		else if (id && !strcmp(prop->key, "id"))
			snprintf(buf + used, size - used, ",id=%.60s", prop->value);
	}
	return buf;
}

static void not_read(struct pfb_lint_context *c)
{
	u32 i;

	for (i = 0; i < c->config->nr; i++) {
		const struct pfb_vm_option *option = &c->config->options[i];
		const char *value, *why;

		if (strcmp(option->name, "unread"))
			continue;
		value = pfb_vm_option_get(c->config, option, "value");
		why = pfb_vm_option_get(c->config, option, "why");
		pfb_lint_say(c, PFB_LINT_NOT_READ, option, "the options themselves", value,
			     "lint what QEMU is really started with: /proc/PID/cmdline", "%.80s: %s",
			     value, why);
	}
}

/* Those that were named, by id or by their address on the host. */
static int named_roles(struct pfb_lint_context *c, const char *const *names, u32 nr, u32 role,
		       struct pfb_error *err)
{
	u32 i, j;

	for (i = 0; i < nr; i++) {
		bool found = false;

		for (j = 0; j < c->devices.nr; j++) {
			const struct pfb_vm_device *d = &c->devices.list[j];
			const char *host = pfb_vm_option_get(c->config, d->option, "host");

			if (strcmp(d->id, names[i]) &&
			    !(host && (!strcmp(host, names[i]) ||
				       (strlen(names[i]) > 5 && !strncmp(names[i], "0000:", 5) &&
					!strcmp(host, names[i] + 5)) ||
				       (strlen(host) > 5 && !strncmp(host, "0000:", 5) &&
					!strcmp(host + 5, names[i])))))
				continue;
			c->roles[j].flags |= role;
			found = true;
		}
		if (!found)
			return pfb_fail(err, -EINVAL,
					"'%s' is no PCI device of this VM: expected the id of a -device, or the host address of an assigned function",
					names[i]);
	}
	return 0;
}

static void manifest_roles(struct pfb_lint_context *c)
{
	char path[PFB_PATH_TEXT_MAX];
	bool implicit = false;
	u32 i, j;

	for (j = 0; j < c->devices.nr; j++)
		if (!c->devices.list[j].has_path)
			implicit = true;
	for (i = 0; i < c->request->nr_manifest; i++) {
		const struct pfb_declaration *decl = &c->request->manifest[i];
		bool found = false;

		for (j = 0; j < c->devices.nr; j++) {
			struct pfb_vm_device *d = &c->devices.list[j];

			if (!d->has_path || !pfb_path_equal(&d->path, &decl->path))
				continue;
			c->roles[j].declaration = decl;
			if (decl->flags & PFB_MANIFEST_FN_PROVIDER)
				c->roles[j].flags |= PFB_LINT_PROVIDER;
			if (decl->flags & PFB_MANIFEST_FN_CLIENT)
				c->roles[j].flags |= PFB_LINT_CLIENT;
			found = true;
		}
		/* Whoever has no known path may be the one that is meant. */
		if (found || implicit)
			continue;
		pfb_path_format(&decl->path, path, sizeof(path));
		pfb_lint_say(c, PFB_LINT_MANIFEST_PATH, c->request->manifest_option,
			     pfb_findings_text("a device at %s", path), "no device there",
			     "correct the path in the manifest, or bus= and addr= of the device",
			     "the manifest declares %s, and nothing is there", path);
	}
}

static void own_roles(struct pfb_lint_context *c)
{
	u32 i;

	for (i = 0; i < c->devices.nr; i++) {
		const struct pfb_vm_option *o = c->devices.list[i].option;

		if (pfb_vm_option_get(c->config, o, "x-nv-gpudirect-clique"))
			c->roles[i].flags |= PFB_LINT_PROVIDER;
		if (pfb_vm_option_get(c->config, o, "pfb-role"))
			c->roles[i].flags |= PFB_LINT_CLIENT;
	}
	/* Only what is meant to be reached needs its address. */
	for (i = 0; i < c->nr_bars; i++)
		if (!c->roles[c->bars[i].device].declaration)
			c->roles[c->bars[i].device].flags |= PFB_LINT_PROVIDER;
}

int pfb_lint(struct pfb_findings *lint, const struct pfb_lint_request *request,
	     struct pfb_error *err)
{
	struct pfb_lint_context c = {
		.lint = lint, .request = request, .config = request->config,
	};
	int ret;

	ret = pfb_vm_devices_read(&c.devices, request->config, err);
	if (ret)
		goto out;
	c.roles = calloc(c.devices.nr ? c.devices.nr : 1, sizeof(*c.roles));
	if (!c.roles) {
		ret = pfb_fail(err, -ENOMEM, "out of memory");
		goto out;
	}
	ret = named_roles(&c, request->providers, request->nr_providers, PFB_LINT_PROVIDER, err);
	if (!ret)
		ret = named_roles(&c, request->clients, request->nr_clients, PFB_LINT_CLIENT, err);
	if (ret)
		goto out;
	not_read(&c);
	pfb_lint_machine_read(&c);
	manifest_roles(&c);
	pfb_lint_bars_read(&c);
	own_roles(&c);
	pfb_lint_machine_check(&c);
	pfb_lint_devices_check(&c);
	pfb_lint_paths_check(&c);
	pfb_lint_bars_check(&c);
	pfb_lint_host_check(&c);
	if (c.failed || lint->failed)
		ret = pfb_fail(err, -ENOMEM, "out of memory");
	else
		pfb_findings_sort(lint);
out:
	pfb_vm_devices_free(&c.devices);
	free(c.roles);
	free(c.bars);
	return ret;
}
