// SPDX-License-Identifier: GPL-2.0
/* pci-fixed-bars manifest: build one from text, show one, check one, load one into the module. */
#include <argp.h>
#include <stdlib.h>
#include <unistd.h>

#include <pci_fixed_bars/manifest.h>

#include "command.h"
#include "lib/declared.h"
#include "lib/device.h"
#include "lib/file.h"
#include "lib/guest.h"
#include "lib/json_fields.h"
#include "lib/manifest_text.h"
#include "view.h"

struct args {
	const char *verb;
	const char *input;
	const char *output;
	const char *sysroot;
	bool json;
	bool machine;
	bool quiet;
};

enum {
	OPT_JSON = 0x100,
	OPT_MACHINE,
	OPT_SYSROOT,
};

static const struct argp_option options[] = {
	{ "output", 'o', "FILE", 0,
	  "build: where the manifest goes (default: standard output, if it is no terminal)", 0 },
	{ "json", OPT_JSON, NULL, 0, "show, check: print JSON", 0 },
	{ "machine", OPT_MACHINE, NULL, 0,
	  "check: also hold it against the functions of this machine", 0 },
	{ "quiet", 'q', NULL, 0, "check: print only what is wrong", 0 },
	{ "sysroot", OPT_SYSROOT, "DIR", OPTION_HIDDEN, "Read /sys and /proc below DIR", 0 },
	{ 0 }
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *args = state->input;

	switch (key) {
	case 'o':
		args->output = arg;
		return 0;
	case 'q':
		args->quiet = true;
		return 0;
	case OPT_JSON:
		args->json = true;
		return 0;
	case OPT_MACHINE:
		args->machine = true;
		return 0;
	case OPT_SYSROOT:
		args->sysroot = arg;
		return 0;
	case ARGP_KEY_ARG:
		if (!args->verb)
			args->verb = arg;
		else if (!args->input)
			args->input = arg;
		else
			argp_error(state, "'%s' is one word too many", arg);
		return 0;
	case ARGP_KEY_END:
		if (!args->verb) {
			argp_error(state, "say what to do: build, show, check, load or unload");
			return EINVAL;
		}
		if (strcmp(args->verb, "build") && strcmp(args->verb, "show") &&
		    strcmp(args->verb, "check") && strcmp(args->verb, "load") &&
		    strcmp(args->verb, "unload"))
			argp_error(state, "'%s' is not build, show, check, load or unload",
				   args->verb);
		if (!args->input && strcmp(args->verb, "build") && strcmp(args->verb, "unload"))
			argp_error(state, "name the manifest");
		if (args->input && !strcmp(args->verb, "unload"))
			argp_error(state, "unload takes back what was loaded, and no file");
		if (args->output && strcmp(args->verb, "build"))
			argp_error(state, "--output is for build; %s prints", args->verb);
		if (args->machine && strcmp(args->verb, "check"))
			argp_error(state, "--machine is for check");
		if (args->json && strcmp(args->verb, "show") && strcmp(args->verb, "check"))
			argp_error(state, "--json is for show and check");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "build [TEXT]\nshow MANIFEST\ncheck MANIFEST\nload MANIFEST\nunload",
	.doc = "A manifest states where BARs must be. 'build' makes the binary form from text, 'show' "
	       "prints a binary one as text that builds again, 'check' says what is wrong with one. "
	       "'load' has the module take one, in the place of what was loaded before and beside what "
	       "other sources declare; 'unload' takes it back. What is exported and no longer passes is "
	       "revoked before either returns. '-' is standard input."
	       "\vThe text form:\n\n"
	       "  # a comment\n"
	       "  function 0000:00:01.0/00.0/00.0/00.0 id=1af4:1110 clique=1 provider\n"
	       "      bar2 gpa=0x6b8000000000 hpa=gpa size=16G mem64 prefetch\n"
	       "  function 0000:00:01.0/00.0/01.0/00.0 clique=1 client\n\n"
	       "After 'function PATH': id=VVVV:DDDD, clique=N, provider, client. After bar0 to bar5, rom, "
	       "vfbar0 to vfbar5: gpa=ADDRESS (must be there), hpa=ADDRESS or hpa=gpa, size=SIZE, io, "
	       "mem64, prefetch.\n\n"
	       "Exit status: 0 good, 1 the text or manifest is wrong, 2 wrong usage, 3 it cannot be "
	       "read, written or loaded.",
};

struct list {
	struct pfb_declaration *decls;
	u32 nr;
	u32 room;
};

static int collect(void *ctx, const struct pfb_declaration *decl, struct pfb_error *err)
{
	struct list *list = ctx;

	if (list->nr == list->room) {
		u32 room = list->room ? list->room * 2 : 16;
		struct pfb_declaration *bigger = reallocarray(list->decls, room, sizeof(*bigger));

		if (!bigger)
			return pfb_fail(err, -ENOMEM, "out of memory");
		list->decls = bigger;
		list->room = room;
	}
	list->decls[list->nr++] = *decl;
	return 0;
}

static int build(const struct args *args, const char *who)
{
	const char *input = args->input ? args->input : "-";
	const char *name = strcmp(input, "-") ? input : "standard input";
	struct pfb_declaration *decls = NULL;
	struct pfb_error err = { "" };
	void *text, *binary = NULL;
	size_t len, size;
	u32 nr;
	int ret;

	if (!args->output && isatty(STDOUT_FILENO)) {
		pfb_complain(who, "a manifest is binary: write it to a file with -o FILE");
		return PFB_EXIT_USAGE;
	}
	ret = pfb_file_read(input, PFB_MANIFEST_TEXT_MAX, &text, &len, &err);
	if (ret) {
		pfb_complain(who, "%s", err.text);
		return PFB_EXIT_IMPOSSIBLE;
	}
	ret = pfb_manifest_text_parse(text, len, &decls, &nr, &err);
	free(text);
	if (ret) {
		pfb_complain(who, "%s: %s", name, err.text);
		return ret == -ENOMEM ? PFB_EXIT_IMPOSSIBLE : PFB_EXIT_FAILED;
	}
	if (!nr) {
		pfb_complain(who, "%s: no function is named; a manifest that states nothing is of no use",
			     name);
		free(decls);
		return PFB_EXIT_FAILED;
	}
	size = pfb_manifest_size(decls, nr);
	binary = malloc(size);
	if (!binary) {
		free(decls);
		pfb_complain(who, "out of memory");
		return PFB_EXIT_IMPOSSIBLE;
	}
	ret = pfb_manifest_write(decls, nr, binary, size, &err);
	free(decls);
	if (ret) {
		pfb_complain(who, "%s: %s", name, err.text);
		ret = PFB_EXIT_FAILED;
	} else if (pfb_file_write(args->output ? args->output : "-", binary, size, &err)) {
		pfb_complain(who, "%s", err.text);
		ret = PFB_EXIT_IMPOSSIBLE;
	}
	free(binary);
	return ret;
}

static void json_id(struct json_object *obj, const char *key, u16 id)
{
	char text[8];

	if (id == PFB_ANY_ID)
		return;
	snprintf(text, sizeof(text), "%04x", id);
	pfb_json_text(obj, key, text);
}

static struct json_object *json_declaration(const struct pfb_declaration *decl)
{
	struct json_object *obj = json_object_new_object();
	struct json_object *bars = json_object_new_array();
	char path[PFB_PATH_TEXT_MAX];
	unsigned int i;

	pfb_json_text(obj, "path", pfb_path_format(&decl->path, path, sizeof(path)));
	json_id(obj, "vendor", decl->vendor);
	json_id(obj, "device", decl->device);
	if (decl->clique != PFB_CLIQUE_NONE)
		pfb_json_number(obj, "clique", decl->clique);
	pfb_json_bool(obj, "provider", decl->flags & PFB_MANIFEST_FN_PROVIDER);
	pfb_json_bool(obj, "client", decl->flags & PFB_MANIFEST_FN_CLIENT);
	for (i = 0; i < decl->nr_bars; i++) {
		const struct pfb_declared_bar *bar = &decl->bars[i];
		struct json_object *b = json_object_new_object();

		pfb_json_text(b, "bar", pfb_bar_index_name(bar->index));
		pfb_json_hex(b, "gpa", bar->gpa);
		if (bar->flags & PFB_MANIFEST_BAR_HPA)
			pfb_json_hex(b, "hpa", bar->hpa);
		if (bar->size)
			pfb_json_hex(b, "size", bar->size);
		pfb_json_bool(b, "io", bar->flags & PFB_MANIFEST_BAR_IO);
		pfb_json_bool(b, "mem64", bar->flags & PFB_MANIFEST_BAR_MEM64);
		pfb_json_bool(b, "prefetch", bar->flags & PFB_MANIFEST_BAR_PREFETCH);
		json_object_array_add(bars, b);
	}
	json_object_object_add(obj, "bars", bars);
	return obj;
}

/* Return: an enum pfb_exit; anything but good was explained. */
static int load(const struct args *args, const char *who, struct list *list)
{
	struct pfb_error err = { "" };
	void *data;
	size_t size;
	int ret;

	ret = pfb_file_read(args->input, PFB_MANIFEST_SIZE_MAX, &data, &size, &err);
	if (ret) {
		pfb_complain(who, "%s", err.text);
		return ret == -E2BIG ? PFB_EXIT_FAILED : PFB_EXIT_IMPOSSIBLE;
	}
	ret = pfb_manifest_parse(data, size, PFB_SOURCE_IOCTL, collect, list, &err);
	free(data);
	if (ret) {
		pfb_complain(who, "%s: %s", args->input, err.text);
		return ret == -ENOMEM ? PFB_EXIT_IMPOSSIBLE : PFB_EXIT_FAILED;
	}
	return PFB_EXIT_GOOD;
}

static int show(const struct args *args, const char *who)
{
	struct list list = { 0 };
	u32 i;
	int ret = load(args, who, &list);

	if (ret != PFB_EXIT_GOOD)
		goto out;
	if (args->json) {
		struct json_object *top = json_object_new_object();
		struct json_object *functions = json_object_new_array();

		for (i = 0; i < list.nr; i++)
			json_object_array_add(functions, json_declaration(&list.decls[i]));
		pfb_json_number(top, "version", PFB_MANIFEST_VERSION);
		json_object_object_add(top, "functions", functions);
		ret = pfb_json_print(top) ? PFB_EXIT_IMPOSSIBLE : PFB_EXIT_GOOD;
	} else if (pfb_manifest_text_write(stdout, list.decls, list.nr)) {
		ret = PFB_EXIT_IMPOSSIBLE;
	}
out:
	free(list.decls);
	return ret;
}

struct findings {
	struct json_object *array;	/* NULL: print */
	unsigned int nr;
};

static void find(struct findings *f, const char *path, const char *fmt, ...) __printf(3, 4);

static void find(struct findings *f, const char *path, const char *fmt, ...)
{
	char text[PFB_ERROR_TEXT_MAX];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	f->nr++;
	if (f->array) {
		struct json_object *obj = json_object_new_object();

		pfb_json_text(obj, "path", path);
		pfb_json_text(obj, "problem", text);
		json_object_array_add(f->array, obj);
	} else {
		printf("%s  %s\n", path, text);
	}
}

/* Of its windows there may be several above 4 GiB as well as below; true if none is shown. */
static bool is_forwarded(const struct pfb_guest_root *root, u64 first, u64 last)
{
	return !root->nr_ranges || pfb_guest_range_of(root, first, last);
}

static void compare_bar(struct findings *f, const char *path, const struct pfb_guest *guest,
			const struct pfb_function *fn, const struct pfb_declared_bar *bar)
{
	const struct pfb_bar *found = &fn->bars[bar->index];
	const struct pfb_window *window = &guest->top.roots[fn->root].windows[PFB_WINDOW_PREF];
	const char *name = pfb_bar_index_name(bar->index);
	u64 last, span;

	if (!found->size) {
		find(f, path, "%s: the function has no such BAR: correct the index", name);
		return;
	}
	if (bar->size && bar->size != found->size)
		find(f, path, "%s: size 0x%llx, the function's is 0x%llx: correct the size, or size the BAR on the host",
		     name, (unsigned long long)bar->size, (unsigned long long)found->size);
	if (!(bar->flags & PFB_MANIFEST_BAR_IO) != !(found->flags & PFB_BAR_IO))
		find(f, path, "%s: %s, the function's is %s: add or remove 'io'", name,
		     bar->flags & PFB_MANIFEST_BAR_IO ? "I/O" : "memory",
		     found->flags & PFB_BAR_IO ? "I/O" : "memory");
	if ((bar->flags & PFB_MANIFEST_BAR_MEM64) && !(found->flags & PFB_BAR_MEM64))
		find(f, path, "%s: stated as 64-bit, the function's is 32-bit: remove 'mem64'",
		     name);
	if ((bar->flags & PFB_MANIFEST_BAR_PREFETCH) && !(found->flags & PFB_BAR_PREFETCH))
		find(f, path, "%s: stated as prefetchable, the function's is not: remove 'prefetch'",
		     name);
	if (!(found->flags & (PFB_BAR_MEM64 | PFB_BAR_IO)) && bar->gpa >> 32)
		find(f, path, "%s: gpa 0x%llx is above 4 GiB, and the function's BAR is 32-bit: choose a lower address",
		     name, (unsigned long long)bar->gpa);
	if (bar->gpa & (found->size - 1))
		find(f, path, "%s: gpa 0x%llx is no multiple of the BAR's size 0x%llx: BARs are naturally aligned",
		     name, (unsigned long long)bar->gpa, (unsigned long long)found->size);

	if (found->flags & PFB_BAR_IO || !(bar->gpa >> 32) || window->limit < window->base)
		return;
	span = found->size * (bar->index >= PFB_BAR_VF0 ? fn->total_vfs : 1);
	if (check_add_overflow(bar->gpa, span - 1, &last))
		last = ~0ULL;
	if (!is_forwarded(&guest->roots[fn->root], bar->gpa, last))
		find(f, path, "%s: 0x%llx to 0x%llx is in none of its host bridge's windows, the widest of which is 0x%llx to 0x%llx: choose an address inside, or enlarge the window (QEMU virt: highmem-mmio-size=, q35: pci-hole64-size=)",
		     name, (unsigned long long)bar->gpa, (unsigned long long)last,
		     (unsigned long long)window->base, (unsigned long long)window->limit);
}

static void compare(struct findings *f, const struct pfb_guest *guest,
		    const struct pfb_declaration *decl)
{
	const struct pfb_function *fn;
	char path[PFB_PATH_TEXT_MAX];
	unsigned int i;
	u32 index;

	pfb_path_format(&decl->path, path, sizeof(path));
	index = pfb_topology_find(&guest->top, &decl->path);
	if (index == PFB_NO_FUNCTION) {
		find(f, path, "no PCI function is there: correct the path ('pci-fixed-bars status --all' shows each function's), or plug the device in");
		return;
	}
	fn = &guest->top.functions[index];
	if ((decl->vendor != PFB_ANY_ID && decl->vendor != fn->vendor) ||
	    (decl->device != PFB_ANY_ID && decl->device != fn->device)) {
		find(f, path, "id %04x:%04x (ffff: any), found %04x:%04x: correct the path or the id",
		     decl->vendor, decl->device, fn->vendor, fn->device);
		return;
	}
	for (i = 0; i < decl->nr_bars; i++)
		compare_bar(f, path, guest, fn, &decl->bars[i]);
}

static int check(const struct args *args, const char *who)
{
	struct pfb_guest guest = { 0 };
	struct pfb_error err = { "" };
	struct findings f = { 0 };
	struct list list = { 0 };
	u32 i, bars = 0;
	int ret;

	ret = load(args, who, &list);
	if (ret != PFB_EXIT_GOOD)
		goto out;
	for (i = 0; i < list.nr; i++)
		bars += list.decls[i].nr_bars;
	if (args->json)
		f.array = json_object_new_array();
	if (args->machine) {
		if (pfb_guest_read(&guest, args->sysroot ? args->sysroot : "", false, &err)) {
			pfb_complain(who, "%s", err.text);
			ret = PFB_EXIT_IMPOSSIBLE;
			goto out;
		}
		for (i = 0; i < list.nr; i++)
			compare(&f, &guest, &list.decls[i]);
	}
	ret = f.nr ? PFB_EXIT_FAILED : PFB_EXIT_GOOD;
	if (args->json) {
		struct json_object *top = json_object_new_object();

		pfb_json_bool(top, "good", !f.nr);
		pfb_json_number(top, "functions", list.nr);
		pfb_json_number(top, "bars", bars);
		json_object_object_add(top, "problems", f.array);
		f.array = NULL;
		if (pfb_json_print(top))
			ret = PFB_EXIT_IMPOSSIBLE;
	} else if (!f.nr && !args->quiet) {
		printf("%s: good, %u function%s, %u BAR%s%s\n", args->input, list.nr,
		       list.nr == 1 ? "" : "s", bars, bars == 1 ? "" : "s",
		       args->machine ? "; fits this machine" : "");
	}
	/* SR-IOV is in what only root can read: a VF BAR would look as if it were not there. */
	if (ret == PFB_EXIT_GOOD && guest.config_cut) {
		pfb_complain(who, "the capabilities of %u functions cannot be read: run as root",
			     guest.config_cut);
		ret = PFB_EXIT_IMPOSSIBLE;
	}
out:
	json_object_put(f.array);
	pfb_guest_free(&guest);
	free(list.decls);
	return ret;
}

/* Return: an enum pfb_exit. Nothing in @data: take back what was loaded. */
static int hand_over(const void *data, size_t size, const char *who)
{
	struct pfb_ioc_manifest manifest = { .data = (uintptr_t)data, .size = (__u32)size };
	struct pfb_error err = { "" };
	int ret, fd;

	fd = pfb_device_open(&err);
	if (fd < 0) {
		pfb_complain(who, "%s", err.text);
		return PFB_EXIT_IMPOSSIBLE;
	}
	ret = pfb_device_ask(fd, PFB_IOC_MANIFEST, &manifest, manifest.text, &err);
	close(fd);
	if (ret) {
		pfb_complain(who, "not loaded: %s", err.text);
		return PFB_EXIT_IMPOSSIBLE;
	}
	if (size)
		printf("%u function%s declared; 'pci-fixed-bars status' has the verdicts\n",
		       manifest.nr_functions, manifest.nr_functions == 1 ? "" : "s");
	return PFB_EXIT_GOOD;
}

static int load_into_module(const struct args *args, const char *who)
{
	struct list list = { 0 };
	struct pfb_error err = { "" };
	void *data = NULL;
	size_t size;
	int ret;

	ret = pfb_file_read(args->input, PFB_MANIFEST_SIZE_MAX, &data, &size, &err);
	if (ret) {
		pfb_complain(who, "%s", err.text);
		return ret == -E2BIG ? PFB_EXIT_FAILED : PFB_EXIT_IMPOSSIBLE;
	}
	/* The module would say the same, but of no file. */
	ret = pfb_manifest_parse(data, size, PFB_SOURCE_IOCTL, collect, &list, &err);
	free(list.decls);
	if (ret) {
		pfb_complain(who, "%s: %s", args->input, err.text);
		ret = ret == -ENOMEM ? PFB_EXIT_IMPOSSIBLE : PFB_EXIT_FAILED;
	} else {
		ret = hand_over(data, size, who);
	}
	free(data);
	return ret;
}

/**
 * pfb_cmd_manifest() - pci-fixed-bars manifest
 * @argc: number of words
 * @argv: the words
 *
 * Return: an enum pfb_exit.
 */
int pfb_cmd_manifest(int argc, char **argv)
{
	struct args args = { 0 };

	if (argp_parse(&argp, argc, argv, 0, NULL, &args))
		return PFB_EXIT_USAGE;
	if (!strcmp(args.verb, "build"))
		return build(&args, argv[0]);
	if (!strcmp(args.verb, "show"))
		return show(&args, argv[0]);
	if (!strcmp(args.verb, "load"))
		return load_into_module(&args, argv[0]);
	if (!strcmp(args.verb, "unload"))
		return hand_over(NULL, 0, argv[0]);
	return check(&args, argv[0]);
}
