// SPDX-License-Identifier: GPL-2.0
#include "fuzz.h"

#include "lib/lint.h"
#include "lib/qemu_args.h"
#include "same_vm.h"

static bool is_line(const char *text)
{
	for (; *text; text++)
		if ((u8)*text < 0x20 || *text == 0x7f)
			return false;
	return true;
}

static void check_lint(const struct pfb_vm_config *config)
{
	struct pfb_lint_request request = { .config = config };
	struct pfb_findings lint = {};
	struct pfb_error err = {};
	char where[256];
	u32 i;

	FUZZ_HOLDS(!pfb_lint(&lint, &request, &err));
	FUZZ_HOLDS(lint.nr <= PFB_FINDINGS_MAX);
	for (i = 0; i < lint.nr; i++) {
		const struct pfb_finding *f = &lint.findings[i];

		FUZZ_HOLDS(is_line(f->what) && is_line(f->expected) && is_line(f->actual) &&
			   is_line(f->fix));
		FUZZ_HOLDS(is_line(pfb_lint_where(config, pfb_lint_option(config, f), where,
						  sizeof(where))));
	}
	pfb_findings_free(&lint);
}

/* A comma within a value is doubled. */
static void put(FILE *out, const char *text, bool in_props)
{
	for (; *text; text++) {
		fputc(*text, out);
		if (in_props && *text == ',')
			fputc(',', out);
	}
}

static bool is_whole(const char *name)
{
	static const char *const whole[] = { "append", "kernel", "bios", "dtb" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(whole); i++)
		if (!strcmp(name, whole[i]))
			return true;
	return false;
}

/*
 * Return: false for what a command line cannot say: keys, out of JSON or XML,
 * with what ends a key there; and keys that begin with a comma, which only "-,,key" can.
 */
static bool write_option(FILE *out, const struct pfb_vm_config *config,
			 const struct pfb_vm_option *o)
{
	const struct pfb_vm_prop *props = o->nr ? &config->props[o->first] : NULL;
	bool global = !strcmp(o->name, "global") && o->nr == 3 && !strcmp(props[0].key, "driver");
	u32 i;

	fprintf(out, "-%s%c", strcmp(o->name, "memory") ? o->name : "m", 0);
	if (!strcmp(o->name, "nodefaults"))
		return true;
	if (global) {
		if (strpbrk(props[0].value, ".=") || strchr(props[1].value, '='))
			return false;
		fprintf(out, "%s.%s=%s%c", props[0].value, props[1].value, props[2].value, 0);
		return true;
	}
	if (is_whole(o->name)) {
		FUZZ_HOLDS(o->nr == 1);
		fprintf(out, "%s%c", props[0].value, 0);
		return true;
	}
	for (i = 0; i < o->nr; i++) {
		if (strchr(props[i].key, '=') || (!i && props[i].key[0] == '{') ||
		    (i && props[i].key[0] == ',') ||
		    (!strcmp(o->name, "global") && strchr(props[i].key, '.')))
			return false;
		fputs(i ? "," : "", out);
		put(out, props[i].key, true);
		fputc('=', out);
		put(out, props[i].value, true);
	}
	fputc('\0', out);
	return true;
}

static u32 next_read(const struct pfb_vm_config *config, u32 i)
{
	while (i < config->nr && !strcmp(config->options[i].name, "unread"))
		i++;
	return i;
}

static void check_same(const struct pfb_vm_config *a, const struct pfb_vm_config *b)
{
	u32 i = next_read(a, 0), j = 0, k;

	for (; i < a->nr; i = next_read(a, i + 1), j++) {
		const struct pfb_vm_option *x = &a->options[i], *y = &b->options[j];

		FUZZ_HOLDS(j < b->nr);
		FUZZ_HOLDS(!strcmp(x->name, y->name));
		FUZZ_HOLDS(x->nr == y->nr);
		for (k = 0; k < x->nr; k++) {
			FUZZ_HOLDS(!strcmp(a->props[x->first + k].key, b->props[y->first + k].key));
			FUZZ_HOLDS(!strcmp(a->props[x->first + k].value,
					   b->props[y->first + k].value));
		}
	}
	FUZZ_HOLDS(j == b->nr);
}

void fuzz_check_vm(const struct pfb_vm_config *config)
{
	struct pfb_vm_config again = {};
	struct pfb_error err = {};
	bool can = true;
	char *text;
	size_t len;
	FILE *out;
	u32 i, j;

	FUZZ_HOLDS(config->nr <= PFB_VM_OPTIONS_MAX);
	for (i = 0; i < config->nr; i++) {
		const struct pfb_vm_option *o = &config->options[i];

		FUZZ_HOLDS(o->first + o->nr <= config->nr_props);
		for (j = 0; j < o->nr; j++)
			FUZZ_HOLDS(is_line(config->props[o->first + j].key) &&
				   is_line(config->props[o->first + j].value));
	}
	check_lint(config);

	out = open_memstream(&text, &len);
	FUZZ_HOLDS(out);
	fprintf(out, "%s%c", config->program[0] ? config->program : "qemu-kvm", 0);
	for (i = next_read(config, 0); i < config->nr && can; i = next_read(config, i + 1))
		can = write_option(out, config, &config->options[i]);
	fclose(out);
	if (can) {
		FUZZ_HOLDS(!pfb_qemu_args_parse(&again, text, len, &err));
		check_same(config, &again);
	}
	pfb_vm_config_free(&again);
	free(text);
}
