// SPDX-License-Identifier: GPL-2.0
/* A planned VM as a shell script that starts it: one that a person can read, change and lint. */
#include "lib/vm_emit.h"

static void quoted(FILE *out, const char *word)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				    "-_./:,=@+";

	if (*word && !word[strspn(word, plain)]) {
		fputs(word, out);
		return;
	}
	putc('\'', out);
	for (; *word; word++)
		if (*word == '\'')
			fputs("'\\''", out);
		else
			putc(*word, out);
	putc('\'', out);
}

static void put_args(FILE *out, const struct pfb_vm_args *args, bool devices)
{
	u32 i;

	for (i = 0; i < args->nr; i++) {
		const struct pfb_vm_arg *arg = &args->list[i];

		/* the machine is what stands before -nodefaults */
		fprintf(out, " \\\n\t\t%s", arg->option);
		if (arg->value) {
			putc(' ', out);
			quoted(out, arg->value);
		}
		if (!devices && !strcmp(arg->option, "-nodefaults"))
			return;
	}
}

static void put_host(FILE *out, const struct pfb_vm_plan *plan)
{
	u32 i;

	for (i = 0; i < plan->top.nr_functions; i++) {
		const struct pfb_vm_function *vf = &plan->functions[i];

		if (vf->host == PFB_NO_FUNCTION || pfb_topology_is_bridge(&plan->top.functions[i]))
			continue;
		fprintf(out, "#\t%-12s %s %s\n", vf->id,
			vf->kind == PFB_VM_ASSIGNED ? "is" : "stands in for",
			plan->capture->functions[vf->host].bdf);
	}
	fputs(pfb_vm_has_stand_ins(plan) ?
	      "# Nothing of the host is in it: it is a dry run.\n" :
	      "# On the host each must be bound to vfio-pci first.\n", out);
}

static const char pre_enumerated[] =
	"# It boots a kernel directly (-kernel): firmware would place everything anew. QEMU runs\n"
	"# twice with these arguments, the first time for its device tree only. In a copy of that\n"
	"# flags are set that make the kernel keep what it finds. Then the VM is started paused,\n"
	"# bus numbers, BARs and windows are written, and it is let run.\n";

static const char by_qemu[] =
	"# QEMU places the BARs before it starts the firmware, and says so in its device tree. A kernel\n"
	"# that is booted without firmware acts on linux,pci-probe-only alone: give it the device tree\n"
	"# of 'pci-fixed-bars plan ... --emit dtb' with -dtb.\n";

static const char by_firmware[] =
	"# The firmware places BARs, not QEMU: in the guest, load the module with policy=enforce to\n"
	"# have them where the manifest says. For OVMF add -drive if=pflash,... for its two files;\n"
	"# SeaBIOS, the default, may need a larger q35-pcihost.pci-hole64-size for the same window.\n";

static const char steps[] =
	"\n"
	"for word in \"$@\"; do\n"
	"\tcase $word in\n"
	"\t-bios|--bios|-pflash|--pflash|*if=pflash*|*pflash0=*)\n"
	"\t\techo \"$0: firmware ($word) would place everything anew: boot a kernel with -kernel\" >&2\n"
	"\t\texit 2\n"
	"\t\t;;\n"
	"\tesac\n"
	"done\n"
	"\n"
	"tmp=$(mktemp -d)\n"
	"trap 'rm -rf \"$tmp\"' EXIT\n"
	"trap 'exit 130' INT TERM HUP\n";

static const char flags[] =
	"\"$PCI_FIXED_BARS\" dtb -i \"$tmp/plain.dtb\" -o \"$tmp/guest.dtb\" --pci-enum-done --probe-only >/dev/null\n"
	"\n"
	"# Beside QEMU, which takes this shell's place. A VM whose BARs are not where they must be\n"
	"# does not run.\n"
	"(\n"
	"\twhile kill -0 $$ 2>/dev/null && ! [ -S \"$tmp/qmp\" ]; do\n"
	"\t\tsleep 0.1\n"
	"\tdone\n"
	"\tif kill -0 $$ 2>/dev/null; then\n"
	"\t\t\"$PCI_FIXED_BARS\" preenum --timeout 3600 --qtest \"$tmp/qtest\" --qmp \"$tmp/qmp\" \\\n"
	"\t\t\t--dtb \"$tmp/guest.dtb\" --manifest \"$here/manifest.bin\" >&2 || {\n"
	"\t\t\techo \"$0: the VM was not let run, and is ended\" >&2\n"
	"\t\t\tkill -KILL $$ 2>/dev/null || :\n"
	"\t\t}\n"
	"\tfi\n"
	"\trm -rf \"$tmp\"\n"
	") &\n"
	"vm -dtb \"$tmp/guest.dtb\" -S -qtest-log none \\\n"
	"\t-qtest unix:\"$tmp/qtest\",server=on,wait=off -qmp unix:\"$tmp/qmp\",server=on,wait=off \"$@\"\n";

static void put_script(FILE *out, const struct pfb_vm_emit *emit, const struct pfb_vm_args *args)
{
	bool virt = !strcmp(emit->plan->machine, "virt");
	bool preenum = virt && emit->dialect == PFB_VM_STOCK;
	const char *qemu = virt ? "qemu-system-aarch64" : "qemu-system-x86_64";

	fprintf(out, "#!/bin/sh\n"
		"# Made by 'pci-fixed-bars plan'.\n"
		"#\n"
		"# Usage: run QEMU-ARGUMENT...\n"
		"#\n"
		"# Starts the VM that was planned. The arguments say what a plan does not: memory, CPUs,\n"
		"# %s, disks, console, for example\n"
		"#\n"
		"#\trun -m 16G -smp 8 %s -serial mon:stdio\n"
		"#\n"
		"%s"
		"#\n",
		virt ? "kernel" : "firmware",
		preenum ? "-kernel vmlinuz -initrd initrd.img -append 'root=/dev/vda1'" :
			  "-drive file=disk.img,if=virtio",
		preenum ? pre_enumerated : virt ? by_qemu : by_firmware);
	put_host(out, emit->plan);
	fprintf(out, "#\n"
		"# Environment: QEMU (%s), PCI_FIXED_BARS (pci-fixed-bars)\n"
		"\n"
		"set -eu\n"
		"QEMU=${QEMU:-%s}\n"
		"PCI_FIXED_BARS=${PCI_FIXED_BARS:-pci-fixed-bars}\n"
		"here=$(CDPATH='' cd -- \"$(dirname -- \"$0\")\" && pwd)\n"
		"# in QEMU's options a comma ends a file's name, two are one\n"
		"files=$(printf '%%s\\n' \"$here\" | sed 's/,/,,/g')\n"
		"\n"
		"vm()\n"
		"{\n"
		"\texec \"$QEMU\"", qemu, qemu);
	put_args(out, args, true);
	fprintf(out, " \\\n\t\t-fw_cfg name=" PFB_VM_MANIFEST_FW_CFG ",file=\"$files\"/manifest.bin \\\n"
		"\t\t\"$@\"\n"
		"}\n");
	if (!preenum) {
		fputs("\nvm \"$@\"\n", out);
		return;
	}
	fputs(steps, out);
	fputs("\"$QEMU\"", out);
	put_args(out, args, false);
	fputs(" \\\n\t\t\"$@\" -machine dumpdtb=\"$tmp/plain.dtb\" </dev/null >&2\n", out);
	fputs(flags, out);
}

int pfb_vm_emit_run(FILE *out, const struct pfb_vm_emit *emit, struct pfb_error *err)
{
	struct pfb_vm_emit beside = *emit;
	struct pfb_vm_args args;
	int ret;

	beside.manifest = NULL;
	ret = pfb_vm_emit_args(&args, &beside, err);
	if (!ret)
		put_script(out, &beside, &args);
	pfb_vm_args_free(&args);
	return ret;
}
