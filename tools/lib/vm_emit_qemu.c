// SPDX-License-Identifier: GPL-2.0
/* A planned VM as QEMU's arguments. Dialects differ in the machine and in how a BAR is fixed. */
#include <stdlib.h>

#include "lib/vm_emit.h"

/* What a stand-in for a NIC or disk reads and writes; kept in a file that has no name. */
#define DISK_SIZE		"256M"

#define VALUE_MAX		1024

static int push(struct pfb_vm_args *args, const char *option, char *value, struct pfb_error *err)
{
	if (args->nr == args->room) {
		u32 room = args->room ? args->room * 2 : 64;
		struct pfb_vm_arg *bigger = reallocarray(args->list, room, sizeof(*bigger));

		if (!bigger) {
			free(value);
			return pfb_fail(err, -ENOMEM, "out of memory");
		}
		args->list = bigger;
		args->room = room;
	}
	args->list[args->nr++] = (struct pfb_vm_arg){ option, value };
	return 0;
}

static int add(struct pfb_vm_args *args, struct pfb_error *err, const char *option,
	       const char *fmt, ...) __printf(4, 5);

static int add(struct pfb_vm_args *args, struct pfb_error *err, const char *option,
	       const char *fmt, ...)
{
	va_list list;
	char *value;
	int len;

	va_start(list, fmt);
	len = vasprintf(&value, fmt, list);
	va_end(list);
	if (len < 0)
		return pfb_fail(err, -ENOMEM, "out of memory");
	return push(args, option, value, err);
}

/* Within an option a comma ends the value, two of them are one. */
static char *doubled(const char *text)
{
	char *copy = malloc(2 * strlen(text) + 1), *to = copy;

	if (!copy)
		return NULL;
	for (; *text; text++) {
		if (*text == ',')
			*to++ = ',';
		*to++ = *text;
	}
	*to = '\0';
	return copy;
}

static int add_machine(struct pfb_vm_args *args, const struct pfb_vm_emit *emit, bool hardware,
		       struct pfb_error *err)
{
	const struct pfb_window *window = &emit->plan->top.roots[0].windows[PFB_WINDOW_PREF];
	u64 size = window->limit - window->base + 1;
	bool virt = !strcmp(emit->plan->machine, "virt");
	char text[32];
	int ret;

	if (!virt)
		ret = add(args, err, "-machine", "q35");
	else if (emit->dialect == PFB_VM_STOCK)
		ret = add(args, err, "-machine", "virt,highmem-mmio-size=%s",
			  pfb_vm_emit_size(size, text, sizeof(text)));
	else
		ret = add(args, err, "-machine", "virt,pci-pre-enum=on,pcie-mmio-window=0x%llx:0x%llx",
			  (unsigned long long)window->base, (unsigned long long)size);
	if (!ret)
		ret = add(args, err, "-accel", hardware ? "kvm" : "tcg");
	/* The CPU's address bits decide whether there is such a window. */
	if (!ret)
		ret = add(args, err, "-cpu", "%s%s", hardware ? "host" : "max",
			  virt ? "" : hardware ? ",host-phys-bits=on" : ",phys-bits=48");
	/* A default NIC or display would take a device number that was planned for a port. */
	if (!ret)
		ret = push(args, "-nodefaults", NULL, err);
	if (ret || virt)
		return ret;
	/* The firmware chooses where in it the window is, and takes a power of two. */
	while (size & (size - 1))
		size += size & -size;
	return add(args, err, "-global", "q35-pcihost.pci-hole64-size=%s",
		   pfb_vm_emit_size(size, text, sizeof(text)));
}

/* Firmware sizes windows for what it finds; room for the largest fixed BAR is kept. */
static u64 reserve(const struct pfb_vm_plan *plan, u32 port)
{
	u64 most = 0, size;
	u32 i;

	for (i = 0; i < plan->nr_fixed; i++) {
		const struct pfb_plan_fixed *fixed = &plan->fixed[i];
		u32 above = fixed->function;

		while (above != PFB_NO_FUNCTION && above != port)
			above = plan->top.functions[above].parent;
		if (above != port)
			continue;
		size = plan->top.functions[fixed->function].bars[fixed->bar].size;
		most = size > most ? size : most;
	}
	return most;
}

static size_t put(char *value, size_t len, const char *fmt, ...) __printf(3, 4);

static size_t put(char *value, size_t len, const char *fmt, ...)
{
	va_list list;
	int more;

	va_start(list, fmt);
	more = vsnprintf(value + len, VALUE_MAX - len, fmt, list);
	va_end(list);
	/* All of a function's properties have less than half of the room. */
	return len + (size_t)more < VALUE_MAX ? len + (size_t)more : VALUE_MAX - 1;
}

/* What a port has beside its place. @slot: no two ports have one number */
static size_t put_port(char *value, size_t len, const struct pfb_vm_plan *plan, u32 index, u32 slot)
{
	const struct pfb_vm_function *vf = &plan->functions[index];
	u64 room;

	if (vf->kind != PFB_VM_UPSTREAM)
		len = put(value, len, ",chassis=1,slot=%u", slot);
	room = vf->kind == PFB_VM_ROOT_PORT && strcmp(plan->machine, "virt") ? reserve(plan, index) : 0;
	if (room)
		len = put(value, len, ",pref64-reserve=%llu", (unsigned long long)room);
	return len;
}

static size_t put_fixed(char *value, size_t len, const struct pfb_vm_emit *emit, u32 index)
{
	const struct pfb_function *fn = &emit->plan->top.functions[index];
	const struct pfb_vm_function *vf = &emit->plan->functions[index];
	char list[192];
	unsigned int i;

	if (!vf->fixed || emit->dialect == PFB_VM_STOCK)
		return len;
	if (emit->dialect == PFB_VM_FIXED_BARS)
		return put(value, len, ",fixed-bars=%s",
			   pfb_vm_emit_fixed(emit->plan, index, ",,", list, sizeof(list)));
	for (i = 0; i < PFB_BAR_ROM; i++)
		if (vf->fixed & (1U << i))
			len = put(value, len, ",fixed-bar-%u=0x%llx", i,
				  (unsigned long long)fn->bars[i].address);
	return len;
}

/* What makes a function: the objects behind it first. */
static size_t put_endpoint(struct pfb_vm_args *args, char *value, size_t len,
			   const struct pfb_vm_plan *plan, u32 index, int *ret,
			   struct pfb_error *err)
{
	const struct pfb_vm_function *vf = &plan->functions[index];
	int clique;

	switch (vf->kind) {
	case PFB_VM_MEMORY:
		*ret = add(args, err, "-object",
			   "memory-backend-ram,id=%s-mem,size=%llu,share=on,reserve=off", vf->id,
			   (unsigned long long)plan->top.functions[index].bars[PFB_VM_MEMORY_BAR].size);
		return put(value, len, ",memdev=%s-mem", vf->id);
	case PFB_VM_DISK:
		*ret = add(args, err, "-drive",
			   "id=%s-disk,if=none,snapshot=on,format=raw,file.driver=null-co,file.size=" DISK_SIZE ",file.read-zeroes=on",
			   vf->id);
		return put(value, len, ",serial=%s,drive=%s-disk", vf->id, vf->id);
	case PFB_VM_ASSIGNED:
		len = put(value, len, ",host=%s", plan->capture->functions[vf->host].bdf);
		clique = pfb_vm_emit_nv_clique(plan, index);
		return clique < 0 ? len : put(value, len, ",x-nv-gpudirect-clique=%d", clique);
	default:
		return len;
	}
}

static int add_function(struct pfb_vm_args *args, const struct pfb_vm_emit *emit, u32 index,
			u32 slot, struct pfb_error *err)
{
	const struct pfb_vm_plan *plan = emit->plan;
	const struct pfb_function *fn = &plan->top.functions[index];
	const struct pfb_vm_function *vf = &plan->functions[index];
	char value[VALUE_MAX];
	size_t len;
	int ret = 0;

	len = put(value, 0, "%s,id=%s,bus=%s,addr=%x.%x", pfb_vm_device(vf->kind), vf->id,
		  fn->parent == PFB_NO_FUNCTION ? "pcie.0" : plan->functions[fn->parent].id,
		  PFB_DEV(fn->devfn), PFB_FN(fn->devfn));
	if (fn->flags & PFB_FN_MULTIFUNCTION)
		len = put(value, len, ",multifunction=on");
	if (pfb_topology_is_bridge(fn))
		len = put_port(value, len, plan, index, slot);
	else
		len = put_endpoint(args, value, len, plan, index, &ret, err);
	put_fixed(value, len, emit, index);
	return ret ? ret : add(args, err, "-device", "%s", value);
}

static int add_manifest(struct pfb_vm_args *args, const char *manifest, struct pfb_error *err)
{
	char *file = doubled(manifest);
	int ret;

	if (!file)
		return pfb_fail(err, -ENOMEM, "out of memory");
	ret = add(args, err, "-fw_cfg", "name=" PFB_VM_MANIFEST_FW_CFG ",file=%s", file);
	free(file);
	return ret;
}

int pfb_vm_emit_args(struct pfb_vm_args *args, const struct pfb_vm_emit *emit,
		     struct pfb_error *err)
{
	const struct pfb_vm_plan *plan = emit->plan;
	u32 i, slot = 0;
	int ret;

	memset(args, 0, sizeof(*args));
	ret = pfb_vm_emit_check(emit, err);
	if (!ret)
		ret = add_machine(args, emit, !pfb_vm_has_stand_ins(plan), err);
	for (i = 0; i < plan->top.nr_functions && !ret; i++) {
		slot += pfb_topology_is_bridge(&plan->top.functions[i]);
		ret = add_function(args, emit, i, slot, err);
	}
	if (!ret && emit->manifest)
		ret = add_manifest(args, emit->manifest, err);
	return ret;
}

void pfb_vm_args_free(struct pfb_vm_args *args)
{
	u32 i;

	for (i = 0; i < args->nr; i++)
		free(args->list[i].value);
	free(args->list);
	memset(args, 0, sizeof(*args));
}

int pfb_vm_emit_lines(FILE *out, const struct pfb_vm_emit *emit, struct pfb_error *err)
{
	struct pfb_vm_args args;
	u32 i;
	int ret;

	ret = pfb_vm_emit_args(&args, emit, err);
	for (i = 0; i < args.nr && !ret; i++)
		if (args.list[i].value && strpbrk(args.list[i].value, "\n\r"))
			ret = pfb_fail(err, -EOPNOTSUPP,
				       "the manifest's file name has a line break, and arguments are written one a line: choose another folder");
	for (i = 0; i < args.nr && !ret; i++) {
		fprintf(out, "%s\n", args.list[i].option);
		if (args.list[i].value)
			fprintf(out, "%s\n", args.list[i].value);
	}
	pfb_vm_args_free(&args);
	return ret;
}
